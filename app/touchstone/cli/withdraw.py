"""`touchstone withdraw`: take back what was registered, or say what takes its place."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from touchstone.cli import acting
from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _
from touchstone.texts.plain import plain

REASONS = ("unstated", "error", "replaced", "rights", "privacy", "manipulated", "key-compromised")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("file", metavar="SHA256|FILE", help=_("the SHA-256 of the file, or the file itself"))
    parser.add_argument(
        "--reason", choices=REASONS, default="unstated", metavar="R", help=_("why: ") + ", ".join(REASONS)
    )
    parser.add_argument("--replacement", default="", metavar="SHA256|FILE", help=_("the file that takes its place"))
    parser.add_argument(
        "--receipt", type=Path, action="append", default=[], metavar="FILE",
        help=_("its receipt, where the list of its batch is lost"),
    )  # fmt: skip
    acting.add_arguments(parser)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Withdraw it; 1 where that failed."""
    return acting.guarded(lambda: _run(arguments, home))


def _run(arguments: argparse.Namespace, home: Home) -> int:
    from touchstone.registry import withdraw
    from touchstone.registry.media import Reason

    sha256, replacement = _hash(arguments.file), _hash(arguments.replacement) if arguments.replacement else ""
    reason = Reason(REASONS.index(arguments.reason))
    if replacement and reason is Reason.UNSTATED:
        reason = Reason.REPLACED
    given = [_receipt(path) for path in arguments.receipt]
    with acting.acting(arguments, home) as key:
        number = key.publisher()
        key.sync()
        claims = withdraw.standing(home, key.network, number, sha256)
        sent = [
            key.send(intent)
            for intent in withdraw.intents(home, key.network, claims, (sha256, reason, replacement), given)
        ]
        if key.network.practice:
            key.sync()
        if arguments.json:
            data = {"network": key.network.name, "publisher": number, "sha256": sha256, "reason": str(arguments.reason)}
            hashes = [{"hash": mined.hash, "block": mined.block} for mined in sent]
            print(json.dumps({**data, "replacement": replacement or None, "transactions": hashes}, indent=2))
        else:
            print(_("{sha256} is withdrawn.").format(sha256=sha256))
    return 0


def _hash(named: str) -> str:
    from touchstone.check.opening import OpenedFile

    if _SHA256.fullmatch(named):
        return named.lower()
    with OpenedFile(Path(named)) as opened:
        return opened.sha256()


def _receipt(path: Path) -> Mapping[str, Any]:
    from touchstone.registry import receipts

    try:
        return receipts.read(path)
    except (OSError, receipts.ReceiptError) as error:
        raise RefusedError(_("{name} is no receipt.").format(name=plain(path.name))) from error
