"""`touchstone index`: look after the copy of the register on this computer."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, mirror
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.lists import Access
    from touchstone.registry.lookup import MirrorState, MissingList
    from touchstone.registry.mirror import Progress
    from touchstone.registry.snapshot import Snapshot


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    status = actions.add_parser("status", help=_("say how far it goes"))
    sync = actions.add_parser("sync", help=_("read what is new"))
    sync.add_argument(
        "--lists", action="append", type=Path, default=[], metavar="DIR", help=_("a folder that has lists of batches")
    )
    sync.add_argument("--gateway", default="", metavar="URL", help=_("an IPFS gateway to fetch lists of batches from"))
    sync.add_argument("--no-fetch", action="store_true", help=_("fetch no lists of batches from web servers"))
    export = actions.add_parser("export", help=_("write what is final into one file"))
    take = actions.add_parser("import", help=_("begin with what is in such a file"))
    take.add_argument("--expect", default="", metavar="SHA256", help=_("the hash that it must have"))
    for action in (export, take):
        action.add_argument("file", type=Path, metavar="FILE", help=_("the file"))
    for action in (status, sync, export, take):
        action.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    from touchstone.chain.errors import ChainError
    from touchstone.registry.snapshot import SnapshotError
    from touchstone.store.database import StoreError

    act = {"status": _status, "sync": _sync, "export": _export, "import": _import}[arguments.action]
    try:
        return act(arguments, home, confirm.network(arguments, home))
    except ChainError as error:
        confirm.failed(error)
        return complain(mirror.pruned()) if error.code == "pruned" else 1
    except SnapshotError as error:
        return complain(mirror.snapshot_failure(error.trouble))
    except StoreError as error:
        return complain(mirror.unreadable(error.code))


def as_data(state: MirrorState, missing: tuple[MissingList, ...]) -> dict[str, Any]:
    """A mirror as `--json` shows it."""
    return {
        "network": state.network,
        "synced_block": state.synced_block if state.synced_at else None,
        "synced_at": state.synced_at or None,
        "final_block": state.final_block if state.final_block >= 0 else None,
        "head": state.head if state.head >= 0 else None,
        "files": state.count,
        "agreed": state.agreed,
        "missing_files": state.missing_files,
        "models": state.models,
        "missing_outputs": state.missing_outputs,
        "court": state.court,
        "missing": [
            {"untrusted_uri" if key == "uri" else key: value for key, value in dataclasses.asdict(entry).items()}
            for entry in missing
        ],
    }


def _status(arguments: argparse.Namespace, home: Home, network: Network) -> int:
    from touchstone.registry.lookup import Register

    register = Register(home, network)
    try:
        state, missing = register.state(), register.missing_lists()
    finally:
        register.close()
    if arguments.json:
        print(json.dumps(as_data(state, missing), indent=2))
        return 0
    print(plain(network.name))
    for line in mirror.status(state):
        print(f"  {line}")
    if missing:
        print(f"  {mirror.not_found(state.missing_files)}")
    for entry in missing:
        print(f"    {mirror.missing(entry)}")
    return 0


def _sync(arguments: argparse.Namespace, home: Home, network: Network) -> int:
    from touchstone.registry.mirror import sync

    nodes = []
    if not network.practice:
        from touchstone.chain.agree import open_nodes

        nodes = open_nodes(home, network)
    ticker = _Ticker()
    try:
        sync(home, network, nodes, ticker.show, access=_access(arguments, home, network))
    finally:
        ticker.clear()
        for node in nodes:
            node.close()
    return _status(arguments, home, network)


def _access(arguments: argparse.Namespace, home: Home, network: Network) -> Access:
    from touchstone.registry import lists

    return lists.Access(
        folders=(lists.own_folder(home), *arguments.lists),
        any_file=network.practice,
        web=not network.practice and not arguments.no_fetch,
        gateway=arguments.gateway,
    )


def _export(arguments: argparse.Namespace, home: Home, network: Network) -> int:
    from touchstone.registry import snapshot

    written = snapshot.export(home, network, arguments.file)
    return _told(arguments, written, mirror.exported(written, arguments.file))


def _import(arguments: argparse.Namespace, home: Home, network: Network) -> int:
    from touchstone.registry import snapshot

    found = snapshot.take(home, network, arguments.file, arguments.expect)
    return _told(arguments, found, mirror.taken(found))


def _told(arguments: argparse.Namespace, snapshot: Snapshot, said: str) -> int:
    print(json.dumps(dataclasses.asdict(snapshot), indent=2) if arguments.json else said)
    return 0


class _Ticker:
    """Where a sync is, on one line of a terminal's standard error; elsewhere only what is worth knowing afterwards."""

    def __init__(self) -> None:
        self._shown = ""
        self._on = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        if progress.step == "reorganised":
            self._say(mirror.reorganised(progress.block))
        elif progress.step == "restarted":
            self._say(mirror.restarted())
        elif self._on:
            said = _("{step}: {block} of {head}").format(
                step=mirror.step(progress.step), block=progress.block, head=progress.head
            )
            self.clear()
            self._shown = said
            print(said, end="\r", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            print(" " * len(self._shown), end="\r", file=sys.stderr, flush=True)
            self._shown = ""

    def _say(self, message: str) -> None:
        self.clear()
        complain(message)
