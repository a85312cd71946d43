"""`touchstone model record|audit`: a run sealed, and what is told of a model replayed."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sqlite3
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from touchstone import paths
from touchstone.cli import acting, confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, lineage
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer
    from touchstone.chain.throwaway import ThrowawaySigner
    from touchstone.lineage.audit_types import Audit, Place, Step

_LABEL = 19
_SOON = 1.0  # seconds before progress is shown


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    audit = actions.add_parser("audit", help=_("replay what is told of a model, from its data to the register"))
    audit.add_argument("what", metavar="ID|FOLDER|BUNDLE", help=_("a detector, the folder of a model, or a bundle"))
    audit.add_argument("--contents", type=Path, metavar="DIR", help=_("hash the files of the data, which are in DIR"))
    audit.add_argument("--bundle", type=Path, metavar="OUT.zip", help=_("write everything that was audited to a file"))
    audit.add_argument("--no-weights", action="store_true", help=_("leave the weights out of the bundle"))
    audit.add_argument("--offline", action="store_true", help=_("ask no register"))
    audit.add_argument("--json", action="store_true", help=_("print JSON"))
    record = actions.add_parser("record", help=_("seal a finished run, so that it can be registered and audited"))
    record.add_argument("folder", type=Path, metavar="FOLDER", help=_("a folder with model.onnx and manifest.json"))
    record.add_argument(
        "--data",
        type=Path,
        metavar="PATH|LIST",
        help=_("what it was trained on, where no record was kept: a folder, or a list of SHA-256"),
    )
    record.add_argument(
        "--parent",
        action="append",
        default=[],
        metavar="ID|FOLDER:RELATION",
        help=_("a model it was made from, and how: fine-tuned, retrained, distilled or merged"),
    )
    keys = record.add_mutually_exclusive_group()
    keys.add_argument("--key", default="", metavar="NAME", help=_("the key to sign with, by its name or address"))
    keys.add_argument("--sign-once", action="store_true", help=_("sign with a key that is made for it and thrown away"))
    confirm.add_password(record)
    record.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where something failed."""
    from touchstone.cli.sign import stopping

    with stopping() as cancel:
        if arguments.action == "record":
            return acting.guarded(lambda: _record(arguments, home, cancel))
        return acting.guarded(lambda: _audit(arguments, home, cancel))


def _audit(arguments: argparse.Namespace, home: Home, cancel: threading.Event) -> int:
    from touchstone.lineage.audit import AuditError, AuditStoppedError, audit

    network = None if arguments.offline else confirm.network(arguments, home)
    try:
        where = _where(arguments.what, home)
        _register_shipped(home, network, where)
        with _nodes(home, network) as nodes, _Progress() as progress:
            found = audit(
                where,
                home=home,
                network=network,
                nodes=nodes,
                contents=arguments.contents,
                cancel=cancel,
                on_step=progress.step,
            )
            written = _bundle(arguments, where, found, (home, network), (cancel, progress))
    except AuditError as error:
        if arguments.json:
            print(json.dumps({"refused": error.code, **error.params}, indent=2))
        return complain(lineage.trouble(error))
    except AuditStoppedError:
        return complain(_("Stopped."))
    _show(found, written, arguments)
    return 0 if found.sound else 1


def _where(what: str, home: Home) -> Path:
    """The folder of the detector of that name, else the folder or bundle at that path."""
    from touchstone.lineage import installed

    found = next((one for one in installed.models(home) if one.manifest.id == what), None)
    return found.folder if found is not None else Path(what)


def _register_shipped(home: Home, network: Network | None, where: Path) -> None:
    """See to it that what came with the application stands on the practice ledger, as a check does at first."""
    if network is None or not network.practice or where.parent != paths.shipped_models():
        return
    from touchstone.chain.errors import ChainError
    from touchstone.check.models import ModelStore
    from touchstone.check.models_first_start import register_shipped
    from touchstone.store.database import StoreError

    with contextlib.suppress(ChainError, StoreError, sqlite3.Error, OSError):  # the audit says what is not there
        register_shipped(home, network, ModelStore(home))


@contextlib.contextmanager
def _nodes(home: Home, network: Network | None) -> Iterator[Sequence[Node]]:
    """The nodes of a network; none where there is nobody to be asked, which the audit then says."""
    from touchstone.chain.agree import open_nodes
    from touchstone.chain.errors import ChainError

    nodes: Sequence[Node] = ()
    if network is not None and (not network.practice or home.ledger.exists()):
        with contextlib.suppress(ChainError):
            nodes = open_nodes(home, network)
    try:
        yield nodes
    finally:
        for node in nodes:
            node.close()


def _bundle(
    arguments: argparse.Namespace,
    where: Path,
    found: Audit,
    asked: tuple[Home, Network | None],
    telling: tuple[threading.Event, _Progress],
) -> tuple[str, ...]:
    """Write the bundle where one is wanted; the names in it."""
    if arguments.bundle is None:
        return ()
    from touchstone.lineage import bundle

    (home, network), (cancel, progress) = asked, telling
    wanted = bundle.Wanted(lineage.readme(found), weights=not arguments.no_weights)
    with bundle.opened(where, cancel=cancel) as opened:
        return bundle.export(
            opened.folder,
            arguments.bundle,
            wanted,
            home=home,
            network=network,
            cancel=cancel,
            on_step=progress.step,
        )


def _show(found: Audit, written: Sequence[str], arguments: argparse.Namespace) -> None:
    if arguments.json:
        bundle = {"bundle": {"path": str(arguments.bundle), "files": list(written)}} if written else {}
        print(json.dumps({**as_data(found), **bundle}, indent=2))
        return
    title = plain(found.facts.get("manifest", {}).get("untrusted_title", ""), 120)
    model = plain(found.model, 64)
    print(_("{id}: {title}").format(id=model, title=title) if title else model)
    before = ""
    for step in found.steps:
        print(_row(step, same=step.place == before))
        before = step.place
    print(lineage.summary(found))
    if written:
        print(lineage.bundled(str(arguments.bundle), len(written)))


def as_data(found: Audit) -> dict[str, Any]:
    """An audit as `--json` shows it."""
    return {
        "model": found.model,
        "sound": found.sound,
        "steps": [
            {
                "place": str(step.place),
                "outcome": str(step.outcome),
                "code": step.code,
                "params": dict(step.params),
                "text": lineage.sentence(step),
            }
            for step in found.steps
        ],
        "facts": {place: dict(values) for place, values in found.facts.items()},
        "text": lineage.summary(found),
    }


def _row(step: Step, *, same: bool) -> str:
    marks = {"verified": _("ok"), "failed": _("FAILED"), "not-checked": "-"}
    label = "" if same else lineage.place(step.place)
    first = f"  {marks[step.outcome]:<8}{label:<{_LABEL}}"
    width = max(80, shutil.get_terminal_size((100, 24)).columns)
    return textwrap.fill(
        lineage.sentence(step),
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


class _Progress:
    """How far an audit is, on one line of a terminal's standard error; silent elsewhere."""

    def __init__(self) -> None:
        self._on, self._shown, self._began = sys.stderr.isatty(), "", time.monotonic()
        self._told = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def step(self, place: Place, share: float | None) -> None:
        """Tell, ten times a second at most."""
        now = time.monotonic()
        if not self._on or now - self._began < _SOON or now - self._told < 0.1:
            return
        self._told = now
        self._clear()
        said = lineage.doing(place)
        self._shown = said if share is None else _("{what}, {share} %").format(what=said, share=round(share * 100))
        print(self._shown, end="\r", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._shown:
            print(" " * len(self._shown), end="\r", file=sys.stderr, flush=True)
            self._shown = ""


def _record(arguments: argparse.Namespace, home: Home, cancel: threading.Event) -> int:
    from touchstone.lineage.sealing import SealingError, parent_of, seal_run

    try:
        parents = [parent_of(home, named) for named in arguments.parent]
        signer = _signer(arguments, home)
        done = seal_run(arguments.folder, signer, data=arguments.data, parents=parents, cancel=cancel)
    except SealingError as error:
        if arguments.json:
            print(json.dumps({"refused": error.code, **error.params}, indent=2))
        return complain(lineage.refused(error))
    sealed = done.sealed
    if arguments.json:
        told = {
            "model": sealed.model,
            "folder": str(arguments.folder),
            "address": sealed.address,
            "time": sealed.time,
            "manifest": sealed.manifest,
            "weights": sealed.weights,
            "record": sealed.record,
            "items": sealed.items,
            "evaluation": sealed.evaluation,
            "data": {"root": done.record.data.root, "items": done.record.data.items},
            "minimal": done.minimal,
            "removed": done.removed,
            "sign_once": arguments.sign_once,
        }
        print(json.dumps(told, indent=2))
    else:
        print(lineage.sealed(sealed.model, sealed.address, once=arguments.sign_once, minimal=done.minimal))
    return 0


def _signer(arguments: argparse.Namespace, home: Home) -> Signer | ThrowawaySigner:
    if not arguments.sign_once:
        return confirm.signer(arguments, home)
    from touchstone.chain.throwaway import ThrowawaySigner

    return ThrowawaySigner()
