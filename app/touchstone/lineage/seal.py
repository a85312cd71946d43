"""A seal over a model: its files' hashes and what was measured of it, signed with one key.

What is signed is a message of three lines (EIP-191) over the canonical document (RFC 8785) without its signature. A
signature has one spelling: with any (r, s, v) there is (r, n - s, 1 - v), which recovers the same key, and v is written
in several ways. So s is in the lower half (as in EIP-2), v is 27 or 28, hex is lower-case, the address checksummed.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from touchstone import modelfile
from touchstone.lineage import canonical, fields, record
from touchstone.lineage.canonical import CanonicalError
from touchstone.lineage.fields import Field, FieldError
from touchstone.lineage.record import RecordError

SCHEMA = "touchstone.seal/1"
SCHEME = "touchstone-seal-1"
SEAL = "seal.json"
ITEMS = "data.items"
MOST = 16 * 1024  # bytes of a seal
_MOST_ITEMS = 2**33  # bytes of a list: above 200 million items
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of the curve (SEC 2, secp256k1)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_VALUE = re.compile(r"0x[0-9a-f]{130}")


class SealError(ValueError):
    """There is no seal, or none that holds.

    `code`: that of `CanonicalError`; `field` (`field` says which); `spelling` (the signature is written in another way
    than it has to be); `does-not-fit` (it is another's, or over other hashes); and of `make`, `manifest`, `weights`,
    `record`, `items` (missing, broken, or not what another file says), `signature` (the signer's is none).
    """

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(f"{code} {field}".rstrip())
        self.code, self.field = code, field


class Signer(Protocol):
    """What a seal is made with; `chain.signer.Signer` and `chain.throwaway.ThrowawaySigner` are such."""

    @property
    def address(self) -> str:
        """Checksummed."""
        ...

    def sign_message(self, message: bytes) -> bytes:
        """65 bytes over a message (EIP-191)."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal that holds says. Hashes are lower-case hex; `address` is whose key made it, checksummed."""

    address: str
    model: str
    manifest: str
    weights: str
    record: str
    items: str | None
    evaluation: str
    time: str


def make(folder: Path, signer: Signer, *, time: datetime.datetime | None = None) -> bytes:
    """The seal of a model's folder, to be written as `seal.json`. `time`: now, unless given.

    Raises:
        SealError: the files do not belong together.
        ChainError: what a signer can be.
    """
    bare = _told(folder)
    moment = (time or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC)
    bare["time"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    value = _one_spelling(signer.sign_message(_message(bare, signer.address)))
    whole = {**bare, "signature": {"scheme": SCHEME, "address": signer.address, "value": "0x" + value.hex()}}
    raw = canonical.dumps(whole)
    try:
        verify(raw)
    except SealError as error:
        raise SealError("signature") from error
    return raw


def read(path: Path) -> Sealed:
    """The seal in a file. Raises as `verify`."""
    try:
        raw = canonical.read(path, MOST)
    except CanonicalError as error:
        raise SealError(error.code) from error
    return verify(raw)


def verify(raw: bytes) -> Sealed:
    """What the bytes of a seal say, whoever wrote them, and whose key said it.

    Raises:
        SealError: they are no seal, or its signature does not fit.
    """
    from touchstone.chain.messages import signer_of

    try:
        document = canonical.loads(raw, MOST)
        sealed, value = _sealed(Field(document))
    except CanonicalError as error:
        raise SealError(error.code) from error
    except FieldError as error:
        raise SealError("field", error.path) from error
    signature = bytes.fromhex(value[2:])
    if signature != _one_spelling(signature):
        raise SealError("spelling")
    found = signer_of(_message(document, sealed.address), signature)
    if found.lower() != sealed.address.lower():
        raise SealError("does-not-fit")
    if found != sealed.address:
        raise SealError("spelling")
    return sealed


def _sealed(whole: Field) -> tuple[Sealed, str]:
    names = ("schema", "model", "manifest", "weights", "record", "items", "evaluation", "time", "signature")
    Field(whole.free().get("schema"), "schema").text(re.compile(re.escape(SCHEMA)))
    told = whole.members(names)
    signature = told["signature"].members(("scheme", "address", "value"))
    signature["scheme"].text(re.compile(re.escape(SCHEME)))
    hashes = {name: told[name].text(fields.SHA256) for name in ("manifest", "weights", "record", "evaluation")}
    sealed = Sealed(
        address=signature["address"].text(_ADDRESS),
        model=told["model"].text(fields.MODEL),
        items=None if told["items"].value is None else told["items"].text(fields.SHA256),
        time=told["time"].time(),
        **hashes,
    )
    return sealed, signature["value"].text(_VALUE)


def _message(document: Mapping[str, Any], address: str) -> bytes:
    bare = {name: value for name, value in document.items() if name != "signature"}
    lines = ("Touchstone model seal", f"SHA-256: {canonical.sha256(bare)}", f"Signer: {address}")
    return "\n".join(lines).encode("ascii")


def _one_spelling(signature: bytes) -> bytes:
    """The signature as it is written: v 27 or 28, s in the lower half. What is no signature comes back as it is."""
    if len(signature) != 65:
        return signature
    s, v = int.from_bytes(signature[32:64], "big"), signature[64]
    v += 27 if v < 27 else 0
    if v in (27, 28) and _ORDER // 2 < s < _ORDER:
        s, v = _ORDER - s, 55 - v
    return signature[:32] + s.to_bytes(32, "big") + bytes([v])


def _told(folder: Path) -> dict[str, Any]:
    """What the files of a folder say of each other, as far as it agrees."""
    try:
        raw = canonical.read(folder / modelfile.MANIFEST, modelfile.MAX_MANIFEST)
        manifest = modelfile.parse(raw)
    except (CanonicalError, modelfile.ManifestError) as error:
        raise SealError("manifest") from error
    try:
        written = record.read(folder / modelfile.RECORD)
    except RecordError as error:
        raise SealError("record", error.field) from error
    weights = _hash(folder / modelfile.MODEL, modelfile.MAX_MODEL, "weights")
    if weights != manifest.sha256 or written.weights.sha256 != weights:
        raise SealError("weights")
    if written.model != manifest.id or not written.chain_holds:
        raise SealError("record", "chain" if written.model == manifest.id else "model")
    items = _hash(folder / ITEMS, _MOST_ITEMS, "items") if (folder / ITEMS).exists() else None
    if items != (written.items_file.sha256 if written.items_file else None):
        raise SealError("items")
    return {
        "schema": SCHEMA,
        "model": manifest.id,
        "manifest": hashlib.sha256(raw).hexdigest(),
        "weights": weights,
        "record": written.sha256,
        "items": items,
        "evaluation": written.evaluation,
    }


def _hash(path: Path, most: int, code: str) -> str:
    try:
        if not path.is_file() or path.stat().st_size > most:
            raise SealError(code)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SealError(code) from error
