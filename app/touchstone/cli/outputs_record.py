"""What `touchstone model outputs record` and `declare` do: collect, say what becomes public, ask, and send."""

from __future__ import annotations

import argparse
import json
import textwrap
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, confirm, outputs_shared
from touchstone.cli.acting import Acting, RefusedError
from touchstone.paths import Home
from touchstone.texts import _, outputs
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    import threading

    from touchstone.lineage.outputs import Hands, Said, Waiting
    from touchstone.report import Report
    from touchstone.store.outputs_journal import Batch

_WIDTH = 100
_SHOWN = 20  # lines of what waits
_LONGEST_URI = 512  # bytes


def record(arguments: argparse.Namespace, home: Home) -> int:
    """Record what detectors found and is not recorded yet; 0 too where nothing waits."""
    from touchstone.cli.sign import stopping
    from touchstone.lineage import outputs as lineage

    since = _day(arguments.since)
    reports = _reports(arguments.report) if arguments.report else None
    _refuse_uri(arguments.uri)

    def found(network: Any, cancel: threading.Event) -> Waiting:
        if reports is not None:
            return lineage.of_reports(home, network, reports, since=since)
        return lineage.waiting(home, network, since=since, cancel=cancel)

    with stopping() as cancel:
        if arguments.dry_run:
            return _dry(arguments, home, lambda network: found(network, cancel))
        with acting.acting(arguments, home, key_for_practice=True) as key:
            key.sync()
            done = _go_on(key, cancel)
            waiting = found(key.network, cancel)
            for words in outputs.left_out(waiting.unknown, waiting.unreadable):
                confirm.say(words)
            if waiting.said:
                confirm.say(outputs.waits(len(waiting.said)))
                done.append(_recorded(key, lineage.FINDINGS, waiting.said, cancel))
            return _show(key, done, waiting.unknown)


def declare(arguments: argparse.Namespace, home: Home) -> int:
    """Record that files were made by a model."""
    from touchstone.cli.sign import stopping
    from touchstone.lineage import outputs as lineage

    _refuse_uri(arguments.uri)
    manifest = outputs_shared.manifest_of(home, arguments.model)
    with stopping() as cancel:
        said = _made(arguments.paths, manifest, arguments.model, cancel)

        def found(network: Any) -> Waiting:
            left = lineage.unrecorded(home, network, lineage.DECLARED, [one.output for one in said])
            kept = tuple(one for one in said if lineage.key_of(lineage.DECLARED, one.output) in left)
            return lineage.Waiting(kept, len(said) - len(kept))

        if arguments.dry_run:
            return _dry(arguments, home, found)
        with acting.acting(arguments, home, key_for_practice=True) as key:
            key.sync()
            done = _go_on(key, cancel)
            waiting = found(key.network)
            if waiting.recorded:
                confirm.say(outputs.declared_already(waiting.recorded))
            if waiting.said:
                if not _is_registered(key, manifest):
                    confirm.say("! " + outputs.manifest_unknown())
                done.append(_recorded(key, lineage.DECLARED, waiting.said, cancel))
            return _show(key, done, 0)


def _made(paths: Sequence[Path], manifest: str, model: str, cancel: threading.Event) -> list[Said]:
    """The declarations that files were made by a model, each file once."""
    from touchstone.check import batch
    from touchstone.check.opening import OpenedFile, OpenError
    from touchstone.lineage.outputs import GENERATOR, Said
    from touchstone.registry.model_types import Decision, Output
    from touchstone.texts import failures

    now, found = int(time.time()), dict[str, Said]()
    for path in batch.expand(paths):
        try:
            with OpenedFile(path) as opened:
                media = opened.sha256(cancel)
        except OpenError as error:
            why = failures.reason(error.failure)
            raise RefusedError(_("{file}: {why}").format(file=plain(path, 200), why=why)) from error
        found.setdefault(media, Said(Output(manifest, media, GENERATOR, None, Decision.MADE, now), path.name, model))
    if not found:
        raise RefusedError(_("There are no files in that folder."))
    return list(found.values())


def _go_on(key: Acting, cancel: threading.Event) -> list[Batch]:
    """Send what was written and is not known to be recorded."""
    from touchstone.lineage import outputs as lineage

    done = []
    for batch in lineage.unfinished(key.home, key.network):
        confirm.say(outputs.going_on(batch))
        _say_public(batch.uri)
        done.append(lineage.finish(key.home, key.network, batch.id, _hands(key), cancel))
    return done


def _recorded(key: Acting, kind: str, said: Sequence[Said], cancel: threading.Event) -> Batch:
    """Write the list, ask, and send its root."""
    from touchstone.lineage import outputs as lineage
    from touchstone.registry.output_lists import MOST_OUTPUTS

    for one in said[:_SHOWN]:
        confirm.say("  " + outputs.row(one))
    if len(said) > _SHOWN:
        confirm.say("  " + outputs.further(len(said) - _SHOWN))
    arguments = key.arguments
    _say_public(arguments.uri)
    chosen = [one.output for one in said[:MOST_OUTPUTS]]
    batch = lineage.prepare(
        key.home, key.network, chosen, kind=kind, publisher=arguments.publisher or 0, uri=arguments.uri
    )
    return lineage.finish(key.home, key.network, batch.id, _hands(key), cancel)


def _say_public(uri: str) -> None:
    for words in outputs.becomes_public(uri):
        confirm.say(textwrap.fill(words, _WIDTH, initial_indent="! ", subsequent_indent="  ", break_long_words=False))


def _hands(key: Acting) -> Hands:
    from touchstone.lineage.outputs import Hands

    return Hands(
        key.sender,
        key.signer,
        confirm.confirming(key.arguments),
        lambda step, params: confirm.progress(str(step), params),
    )


def _dry(arguments: argparse.Namespace, home: Home, find: Callable[[Any], Waiting]) -> int:
    """What would be recorded; nothing is written, and no key is needed."""
    from touchstone.lineage import outputs as lineage
    from touchstone.registry import mirror

    network = confirm.network(arguments, home)
    if network.practice:
        mirror.sync(home, network)  # a file on this computer; nobody is asked
    waiting = find(network)
    root = lineage.drafted([one.output for one in waiting.said])[0].hex() if waiting.said else ""
    if arguments.json:
        data = {"network": network.name, "root": root or None, "outputs": [_said_data(one) for one in waiting.said]}
        print(json.dumps({**data, "recorded": waiting.recorded, "unknown": waiting.unknown}, indent=2))
        return 0
    for words in outputs.left_out(waiting.unknown, waiting.unreadable):
        confirm.say(words)
    for one in waiting.said:
        print(outputs.row(one))
    if waiting.said:
        _say_public(arguments.uri)
        print(outputs.drafted(len(waiting.said), root))
    else:
        print(outputs.waits(0))
    return 0


def _show(key: Acting, done: Sequence[Batch], unknown: int) -> int:
    from touchstone.registry import output_lists

    if done and key.network.practice:
        key.sync()
    places = [key.home.outputs / output_lists.file_name(bytes.fromhex(batch.root)) for batch in done]
    if key.arguments.json:
        lists = [
            {**outputs_shared.batch_data(batch), "list": str(path)} for batch, path in zip(done, places, strict=True)
        ]
        print(json.dumps({"network": key.network.name, "recorded": lists, "unknown": unknown}, indent=2))
        return 0
    for batch, path in zip(done, places, strict=True):
        print(outputs.recorded(batch))
        print(outputs.kept_at(path))
    if not done:
        print(outputs.waits(0))
    return 0


def _said_data(said: Said) -> dict[str, Any]:
    return {**outputs_shared.output_data(said.output), "untrusted_file": said.name, "untrusted_model": said.model}


def _is_registered(key: Acting, manifest: str) -> bool:
    from touchstone.registry.model_lookup import Models

    models = Models(key.home, key.network)
    try:
        return bool(models.by_manifest(manifest))
    finally:
        models.close()


def _reports(paths: Iterable[Path]) -> list[Report]:
    """The reports in files. Raises RefusedError: one is none."""
    from touchstone.lineage.installed import read_small
    from touchstone.report import MAX_DOCUMENT, loads

    found = []
    for path in paths:
        raw = read_small(path, MAX_DOCUMENT)
        try:
            found.append(loads(raw or b""))
        except ValueError as error:
            raise RefusedError(_("{name} is no report.").format(name=plain(path.name, 80))) from error
    return found


def _day(text: str) -> int:
    """Unix seconds of a date or a moment; 0 for none. Raises RefusedError."""
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
        return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError) as error:
        raise RefusedError(_("{text} is not a date, such as 2026-03-12.").format(text=plain(text, 40))) from error


def _refuse_uri(uri: str) -> None:
    if len(uri.encode("utf-8", "replace")) > _LONGEST_URI:
        raise RefusedError(_("An address has at most 512 bytes."))
