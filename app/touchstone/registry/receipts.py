"""Receipts: what was registered of a file and how to show it, beside the file as JSON, and in one table as CSV.

A receipt of a file in a Merkle batch holds its proof, so that the file can be shown to be in the batch, or be
withdrawn, when the list of its leaves is lost. Anybody can check one against the register; nothing in it is secret.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone import __version__
from touchstone.chain.network import Network
from touchstone.registry.media import Registration
from touchstone.registry.merkle import Leaf, leaf_hash, verify
from touchstone.store.files import write_atomically

SCHEMA = "touchstone.receipt/1"
ENDING = ".touchstone.json"
TABLE = "receipts.csv"
_WRITTEN = (ENDING, "-" + TABLE, ".leaves")
_LARGEST = 1024 * 1024
_MOST_PROOF = 32
_MOST_LEAVES = 64
Proved = tuple[bytes, int, Leaf, tuple[bytes, ...]]
_HASH = re.compile(r"[0-9a-f]{64}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
_COLUMNS = (
    "file", "sha256", "kind", "pdq", "manifest", "network", "chain_id", "registry", "publisher", "transaction", "block",
    "mode", "root", "index", "count", "list", "list_hash", "uri", "proof",
)  # fmt: skip


def is_ours(path: Path) -> bool:
    """Whether publishing wrote that file beside others, by its name: nobody means to publish it."""
    return path.name.endswith(_WRITTEN) or path.name == TABLE


@dataclass(frozen=True, slots=True)
class Batch:
    """A file's place in a Merkle batch; hashes are bytes, `count` is of leaves."""

    root: bytes
    index: int
    count: int
    list_hash: bytes
    uri: str
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A registration that counts. `transaction` and `block_hash` are 0x hex."""

    file: str
    network: Network
    publisher: int
    what: Registration
    mode: str
    transaction: str
    block: int
    block_hash: str
    batch: Batch | None = None
    more: tuple[tuple[int, str, tuple[bytes, ...]], ...] = ()  # further leaves of a clip: index, fingerprint, proof


class ReceiptError(ValueError):
    """This is no receipt, or one whose proof does not lead to its root."""


def document(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON-ready data."""
    what, batch = receipt.what, receipt.batch
    return {
        "schema": SCHEMA,
        "application": f"touchstone {__version__}",
        "file": receipt.file,
        "sha256": what.sha256,
        "kind": what.kind,
        "flags": what.flags,
        "pdq": what.pdq,
        "manifest": what.manifest,
        "network": {
            "name": receipt.network.name,
            "chain_id": receipt.network.chain_id,
            "registry": receipt.network.media,
            "publishers": receipt.network.publishers,
        },
        "publisher": receipt.publisher,
        "mode": receipt.mode,
        "transaction": {"hash": receipt.transaction, "block": receipt.block, "block_hash": receipt.block_hash},
        "uri": what.uri,
        "batch": None
        if batch is None
        else {
            "root": batch.root.hex(),
            "index": batch.index,
            "count": batch.count,
            "list_hash": batch.list_hash.hex(),
            "uri": batch.uri,
            "proof": [step.hex() for step in batch.proof],
            "more": [
                {"index": index, "pdq": pdq, "proof": [step.hex() for step in proof]}
                for index, pdq, proof in receipt.more
            ],
        },
    }


def path_for(file: Path) -> Path:
    """Where the receipt of a file is, where it was written beside it."""
    return file.with_name(file.name + ENDING)


def place_for(file: Path, folder: Path | None, taken: Collection[Path]) -> Path:
    """Where the receipt of a file goes: beside it, or in a folder; never where another of the same run is."""
    path, number = (file.parent if folder is None else folder) / (file.name + ENDING), 1
    while path in taken:
        number += 1
        path = path.with_name(f"{file.name}-{number}{ENDING}")
    return path


def write(receipt: Receipt, path: Path) -> Path:
    """Write a receipt to `path`, which it returns.

    Raises:
        OSError: the disk refuses.
    """
    write_atomically(path, json.dumps(document(receipt), indent=1, ensure_ascii=True).encode() + b"\n")
    return path


def write_table(receipts: Iterable[Receipt], path: Path) -> None:
    """Write receipts as one table.

    Raises:
        OSError: the disk refuses.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(_COLUMNS)
    for receipt in receipts:
        table.writerow([_cell(value) for value in _row(receipt)])
    write_atomically(path, out.getvalue().encode("utf-8", "backslashreplace"))


def read(path: Path) -> Mapping[str, Any]:
    """A receipt as it was written, once its proof was seen to hold.

    Raises:
        ReceiptError: it is none, or does not hold.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    try:
        found = json.loads(raw) if len(raw) <= _LARGEST else None
    except (ValueError, RecursionError) as error:
        raise ReceiptError from error
    if not isinstance(found, Mapping) or found.get("schema") != SCHEMA or not _is_hash(found.get("sha256")):
        raise ReceiptError
    batch = found.get("batch")
    if batch is not None:
        proved(found)
    return found


def proved(found: Mapping[str, Any]) -> list[Proved]:
    """Root, index, leaf and proof of each leaf in a receipt of a batch, as `media.revoke_leaf` takes them.

    Raises:
        ReceiptError: a proof does not lead from its leaf to the root.
    """
    try:
        batch = found["batch"]
        first = {"index": batch["index"], "pdq": found["pdq"], "proof": batch["proof"]}
        return [_proved(found, leaf) for leaf in (first, *batch.get("more", ())[:_MOST_LEAVES])]
    except (AttributeError, KeyError, TypeError) as error:
        raise ReceiptError from error


def _proved(found: Mapping[str, Any], said: Mapping[str, Any]) -> Proved:
    index, proof = said["index"], said["proof"]
    sound = type(index) is int and 0 <= index < 2**32 and len(proof) <= _MOST_PROOF and all(map(_is_hash, proof))
    words = [found["sha256"], said["pdq"] or "0" * 64, found["manifest"] or "0" * 64, found["batch"]["root"]]
    if not sound or not all(map(_is_hash, words)):
        raise ReceiptError
    sha256, pdq, manifest, root = (bytes.fromhex(word) for word in words)
    leaf, path = Leaf(sha256, pdq, manifest), tuple(bytes.fromhex(step) for step in proof)
    if not verify(root, leaf_hash(index, leaf), path):
        raise ReceiptError
    return root, index, leaf, path


def _row(receipt: Receipt) -> Sequence[object]:
    what, batch, network = receipt.what, receipt.batch, receipt.network
    placed: tuple[object, ...] = ("", "", "", "", "", what.uri, "")
    if batch is not None:
        name = f"{batch.root.hex()}.leaves"
        proof = " ".join(step.hex() for step in batch.proof)
        placed = (batch.root.hex(), batch.index, batch.count, name, batch.list_hash.hex(), batch.uri, proof)
    return (
        receipt.file,
        what.sha256,
        what.kind,
        what.pdq,
        what.manifest,
        network.name,
        network.chain_id,
        network.media,
        receipt.publisher,
        receipt.transaction,
        receipt.block,
        receipt.mode,
        *placed,
    )


def _cell(value: object) -> object:
    """A cell that a spreadsheet takes for text, whatever a file is called."""
    text = os.fsencode(value).decode("utf-8", "backslashreplace") if isinstance(value, str) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None
