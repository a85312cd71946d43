"""`touchstone model absent`: whether items were among what models were trained on, with proofs; and `model retire`.

`absent` ends with 0 where every item is proved absent from every model asked, and with 1 otherwise: where one is
present, where nothing is known of one, and where it failed. An item that a model was measured on but not trained on
counts as absent. `retire` ends with 0 where every item is retired afterwards.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from touchstone.cli import acting, confirm
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, absence
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.lineage.absence import Answer, OnRegister
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import ModelEntry, Retirement

REASONS = ("unstated", "request", "rights", "error", "illegal")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_INDENT = 4
_SOON = 2.0  # seconds before progress is shown


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare these actions."""
    summary = _("prove that files were not among what models were trained on, or say where they were")
    absent = actions.add_parser("absent", help=summary, description=summary)
    _add_items(absent)
    absent.add_argument(
        "--model", action="append", default=[], metavar="ID|FOLDER|BUNDLE", help=_("only this one; all where none is")
    )
    absent.add_argument("--proof", type=Path, metavar="DIR", help=_("write the proofs there, and how to check them"))
    absent.add_argument("--json", action="store_true", help=_("print JSON"))
    summary = _("say on the register that items are trained on no more, for ever and for all to see")
    retire = actions.add_parser("retire", help=summary, description=summary)
    _add_items(retire)
    retire.add_argument("--reason", choices=REASONS, required=True, metavar="R", help=_("why: ") + ", ".join(REASONS))
    acting.add_arguments(retire)


def _add_items(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "items", nargs="*", metavar="ITEM", help=_("a file, a folder of files, or the SHA-256 of a file")
    )
    parser.add_argument(
        "--list", type=Path, action="append", default=[], dest="lists", metavar="FILE",
        help=_("a text file with one SHA-256 a line"),
    )  # fmt: skip


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; the exit codes are those above."""
    work = _absent if arguments.action == "absent" else _retire
    return acting.guarded(lambda: _guarded(lambda: work(arguments, home)))


def _guarded(work: Callable[[], int]) -> int:
    from touchstone.lineage.items_types import ItemsError

    try:
        return work()
    except ItemsError as error:
        raise RefusedError(absence.items_trouble(error.code, error.params)) from error


def _items(arguments: argparse.Namespace) -> dict[bytes, str]:
    """What was named, each item once, with the path it was named by, "" for none.

    Raises:
        RefusedError: nothing was named.
        ItemsError: a file, folder or list cannot be read.
    """
    found: dict[bytes, str] = {}
    for item, name in _named(arguments):
        found.setdefault(item, name)
    if not found:
        raise RefusedError(_("Name a file, a folder with files in it, or a SHA-256."))
    return found


def _named(arguments: argparse.Namespace) -> Iterator[tuple[bytes, str]]:
    from touchstone.lineage import gathering

    for named in arguments.items:
        path = Path(named)
        if _SHA256.fullmatch(named) and not path.exists():
            yield bytes.fromhex(named), ""
        elif path.is_dir():
            for item in gathering.gather(path):
                yield item, named
        else:
            yield gathering.sha256(path), named
    for path in arguments.lists:
        for item in gathering.gather(path):
            yield item, ""


def _absent(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.lineage.absence import State

    named = _items(arguments)
    sources = _sources(arguments.model, home)
    if not sources:
        raise RefusedError(_("There are no models here. Name one with --model."))
    network = confirm.network(arguments, home)
    answers = _searched(sources, list(named))
    with _Register(home, network) as register:
        told = [(answer, register.about(answer)) for answer in answers]
        retired = {item: register.retired(item) for item in named}
    if arguments.proof is not None:
        _write_proofs(arguments.proof, answers)
    if arguments.json:
        print(json.dumps(_document(named, network, told, retired), indent=2))
    else:
        _print(named, told, retired)
    return int(any(answer.state is not State.ABSENT for answer in answers))


def _searched(sources: Sequence[Path], wanted: Sequence[bytes]) -> list[Answer]:
    """`absence.search`, which Ctrl-C stops; how far it is, on a terminal, where it takes long."""
    from touchstone.cli.stopping import stopped_by_signals
    from touchstone.lineage.absence import search

    cancel, began, width = threading.Event(), time.monotonic(), 0

    def tell(done: int) -> None:
        nonlocal width
        if sys.stderr.isatty() and time.monotonic() - began > _SOON:
            said = absence.reading(done)
            width = max(width, len(said))
            print(said.ljust(width), end="\r", file=sys.stderr, flush=True)

    with stopped_by_signals(cancel):
        try:
            return search(sources, wanted, cancel=cancel, on_items=tell)
        finally:
            if width:
                print(" " * width, end="\r", file=sys.stderr, flush=True)


def _sources(named: Sequence[str], home: Home) -> list[Path]:
    from touchstone.lineage import installed

    if not named:
        return [one.folder for one in installed.models(home)]
    by_id = {one.manifest.id: one.folder for one in installed.models(home)}
    return [by_id.get(name, Path(name)) for name in named]


class _Register:
    """What the register says, as far as the copy of it on this computer goes; the practice ledger is asked itself."""

    def __init__(self, home: Home, network: Network) -> None:
        self._home, self._network = home, network
        self._models: Models | None = None

    def __enter__(self) -> Self:
        from touchstone.chain.errors import ChainError
        from touchstone.registry.mirror import sync
        from touchstone.registry.model_lookup import Models
        from touchstone.store.database import StoreError

        try:
            if self._network.practice:
                sync(self._home, self._network)
            self._models = Models(self._home, self._network)
        except (ChainError, StoreError):
            self._models = None  # each answer says that the register could not be asked
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._models is not None:
            self._models.close()

    def about(self, answer: Answer) -> tuple[OnRegister, ModelEntry | None, bool | None]:
        """How its data root stands, the entry that says so, and whether the contract takes the proof, where asked."""
        from touchstone.lineage import absence as lineage
        from touchstone.store.database import StoreError

        if self._models is None:
            return lineage.OnRegister.UNKNOWN, None, None
        try:
            state, entry = lineage.on_register(answer.model, self._models)
        except StoreError:
            return lineage.OnRegister.UNKNOWN, None, None
        asked = self._network.practice and state is lineage.OnRegister.SAME and entry is not None and answer.proof
        return state, entry, self._contract(answer, entry.model) if asked and entry is not None else None

    def retired(self, item: bytes) -> tuple[Retirement, ...]:
        """Who retired it, as far as that is known here."""
        from touchstone.store.database import StoreError

        try:
            return self._models.retired(item.hex()) if self._models is not None else ()
        except StoreError:
            return ()

    def _contract(self, answer: Answer, model: str) -> bool | None:
        from touchstone.chain.agree import open_nodes
        from touchstone.chain.errors import ChainError
        from touchstone.lineage.absence import State
        from touchstone.lineage.proof import absence_arguments, presence_arguments
        from touchstone.registry import models

        item, count = answer.item.hex(), answer.model.items
        try:
            nodes = open_nodes(self._home, self._network)
            try:
                if answer.state is State.ABSENT:
                    proof = absence_arguments(answer.proof, count)
                    return models.absent_from(nodes, self._network, model, item, proof)
                placed = presence_arguments(answer.proof, count, answer.item)
                return models.present_in(nodes, self._network, model, item, placed)
            finally:
                for node in nodes:
                    node.close()
        except ChainError:
            return None


_Told = tuple["Answer", tuple["OnRegister", "ModelEntry | None", "bool | None"]]


def _document(
    named: dict[bytes, str],
    network: Network,
    told: Sequence[_Told],
    retired: dict[bytes, tuple[Retirement, ...]],
) -> dict[str, Any]:
    return {
        "network": network.name,
        "items": [
            {
                "item": item.hex(),
                "untrusted_path": name or None,
                "retired": [_untrusted(asdict(one)) for one in retired[item]],
                "models": [_data(answer, on) for answer, on in told if answer.item == item],
            }
            for item, name in named.items()
        ],
        "limits": absence.limits(),
    }


def _data(answer: Answer, on: tuple[OnRegister, ModelEntry | None, bool | None]) -> dict[str, Any]:
    from touchstone.lineage.proof import to_text

    state, entry, agrees = on
    model = asdict(answer.model)
    return {
        "model": model.pop("name"),
        "untrusted_title": model.pop("title"),
        "state": str(answer.state),
        "why": answer.why or None,
        "sets": list(answer.sets),
        **{name: value or None for name, value in model.items()},
        "proof": to_text(answer.proof) if answer.proof else None,
        "register": {
            "data_root": str(state),
            "model": entry.model if entry is not None else None,
            "publisher": entry.publisher if entry is not None else None,
            "contract_agrees": agrees,
        },
        "text": absence.answer(answer),
    }


def _untrusted(data: dict[str, Any]) -> dict[str, Any]:
    return {f"untrusted_{name}" if name in {"name", "domain"} else name: value for name, value in data.items()}


def _print(named: dict[bytes, str], told: Sequence[_Told], retired: dict[bytes, tuple[Retirement, ...]]) -> None:
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    for item, name in named.items():
        print(_("{name}: {sha256}").format(name=plain(name, 120), sha256=item.hex()) if name else item.hex())
        for answer, (state, entry, agrees) in told:
            if answer.item != item:
                continue
            print("  " + plain(answer.model.name, 64))
            lines = [absence.answer(answer)]
            if answer.proof:
                lines += [absence.on_register(str(state), entry)]
                lines += [absence.agreed(agrees)] if agrees is not None else []
            print(_filled(" ".join(lines), width))
        for one in retired[item]:
            print(_filled(absence.retirement(one), width, 2))
        print()
    print(_filled(absence.limits(), width, 0))


def _filled(text: str, width: int, indent: int = _INDENT) -> str:
    return textwrap.fill(text, width, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _write_proofs(folder: Path, answers: Sequence[Answer]) -> None:
    """Each proof, the program that checks it, and how.

    Raises:
        RefusedError: the disk refuses.
    """
    from touchstone.lineage import bundle
    from touchstone.store.files import write_atomically

    proved = [answer for answer in answers if answer.proof]
    files = {_proof_name(one): one.proof for one in proved}
    lines = [
        f"python verifier.py {one.model.root} {one.model.items} {one.item.hex()} {_proof_name(one)}" for one in proved
    ]
    files |= {"verifier.py": bundle.program("verifier.py"), "README.txt": absence.readme(lines).encode()}
    try:
        for name, data in files.items():
            write_atomically(folder / name, data)
    except OSError as error:
        raise RefusedError(_("The proofs cannot be written to {folder}.").format(folder=plain(folder, 120))) from error


def _proof_name(answer: Answer) -> str:
    model = re.sub(r"[^A-Za-z0-9-]", "-", answer.model.name)[:64]
    return f"{model}-{answer.model.root[:12]}-{answer.item.hex()}.proof"


def _retire(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import models
    from touchstone.registry.model_types import RetirementReason

    named = [item.hex() for item in _items(arguments)]
    reason = RetirementReason(REASONS.index(arguments.reason))
    with acting.acting(arguments, home) as key:
        number = key.publisher()
        already = [item for item in named if models.retired_at(key.nodes, key.network, number, item)]
        left = [item for item in named if item not in set(already)]
        sent = []
        for first in range(0, len(left), models.MOST_RETIRED):
            some = left[first : first + models.MOST_RETIRED]
            sent.append(key.send(models.retire(key.network, number, some, reason)))
        if key.network.practice:
            key.sync()
        if arguments.json:
            hashes = [{"hash": mined.hash, "block": mined.block} for mined in sent]
            data = {"network": key.network.name, "publisher": number, "reason": arguments.reason}
            print(json.dumps({**data, "retired": left, "already": already, "transactions": hashes}, indent=2))
        else:
            print(absence.retired(len(left), len(already)))
    return 0
