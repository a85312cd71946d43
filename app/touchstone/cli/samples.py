"""`touchstone samples DIR`: files to try."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from touchstone.check import samples
from touchstone.check.samples import SamplesError, SampleSet, SampleStep
from touchstone.paths import Home
from touchstone.texts import _
from touchstone.texts import samples as texts
from touchstone.texts.plain import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("directory", type=Path, metavar="DIR", help=_("the folder to write them to"))
    parser.add_argument("--json", action="store_true", help=_("print what was made as JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Make the samples; 1 where that could not be done."""
    try:
        made = samples.make_samples(home, arguments.directory, _show, readme=texts.readme(samples.NAMES))
    except SamplesError as error:
        _clear()
        print(texts.problem(error.failure, arguments.directory, error.name), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _clear()
        raise
    why = _registered(home, made)
    _clear()
    print(json.dumps(_as_data(made, why), indent=2) if arguments.json else _as_text(made))
    if why:
        print(texts.not_registered(why), file=sys.stderr)
    return 0


def _registered(home: Home, made: SampleSet) -> str:
    """Register those samples that are to be; why not, as a code, where the practice ledger refuses."""
    from touchstone.chain.errors import ChainError
    from touchstone.check.samples_register import register_samples

    if sys.stderr.isatty():
        print(f"\r\x1b[K{texts.registering()}", end="", file=sys.stderr, flush=True)
    try:
        register_samples(home, made.files)
    except ChainError as error:
        return str(error.code)
    return ""


def _show(step: SampleStep) -> None:
    if sys.stderr.isatty():
        said = texts.step(step.number, step.of, samples.NAMES[step.code])
        print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _as_data(made: SampleSet, why_not: str) -> dict[str, object]:
    files = [
        {"code": code, "path": str(path), "sha256": made.sha256[code], "text": texts.describe(code)}
        for code, path in made.files.items()
    ]
    return {
        "directory": str(made.directory),
        "files": files,
        "root": made.root,
        "registered": not why_not,
        "not_registered_because": why_not or None,
    }


def _as_text(made: SampleSet) -> str:
    width = max(len(path.name) for path in made.files.values())
    lines = [_("Samples in {folder}:").format(folder=plain(made.directory, 400)), ""]
    lines += [f"  {path.name:<{width}}  {texts.describe(code)}" for code, path in made.files.items()]
    return "\n".join(lines)
