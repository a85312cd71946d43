"""A seal fits one key and one set of files, in one spelling."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.lineage.records import document, hashed, model_folder

from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.lineage import canonical, record, seal
from touchstone.lineage.seal import SealError

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_SIGNER = ThrowawaySigner()
_AT = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return seal.make(model_folder(tmp_path_factory.mktemp("sealed") / "brightness"), _SIGNER, time=_AT)


def _refused(raw: bytes) -> SealError:
    with pytest.raises(SealError) as caught:
        seal.verify(raw)
    return caught.value


def _with_value(raw: bytes, signature: bytes | str) -> bytes:
    whole = json.loads(raw)
    whole["signature"]["value"] = signature if isinstance(signature, str) else "0x" + signature.hex()
    return canonical.dumps(whole)


def _signature(raw: bytes) -> bytes:
    return bytes.fromhex(json.loads(raw)["signature"]["value"][2:])


def test_a_seal_says_whose_it_is_and_over_what(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    raw = seal.make(folder, _SIGNER, time=_AT)
    found = seal.verify(raw)
    written = record.read(folder / "record.json")
    assert found == seal.Sealed(
        address=_SIGNER.address,
        model="brightness",
        manifest=hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest(),
        weights=hashlib.sha256(b"weights").hexdigest(),
        record=written.sha256,
        items=None,
        evaluation=written.evaluation,
        time="2026-01-31T12:00:00Z",
    )
    (folder / seal.SEAL).write_bytes(raw)
    assert seal.read(folder / seal.SEAL) == found
    assert canonical.loads(raw) == json.loads(raw)


def test_every_byte_of_a_seal_counts(sealed: bytes) -> None:
    for at in range(len(sealed)):
        for by in (1, 0x20):
            edited = bytearray(sealed)
            edited[at] ^= by
            _refused(bytes(edited))


def test_a_signature_has_one_spelling(sealed: bytes) -> None:
    signature = _signature(sealed)
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    assert s <= _ORDER // 2
    assert v in (27, 28)
    high = r + (_ORDER - s).to_bytes(32, "big")
    for other in (high + bytes([55 - v]), signature[:64] + bytes([v - 27]), high + bytes([28 - v])):
        assert _refused(_with_value(sealed, other)).code == "spelling"
    for other in (signature[:64] + bytes([55 - v]), high + bytes([v]), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1b"):
        assert _refused(_with_value(sealed, other)).code in {"does-not-fit", "spelling"}
    for text in ("0X" + signature.hex(), "0x" + signature.hex().upper(), "0x" + signature.hex() + "00", ""):
        assert _refused(_with_value(sealed, text)).field == "signature.value"


def test_signers_that_write_signatures_otherwise_come_out_in_that_spelling(tmp_path: Path) -> None:
    class Otherwise:
        address = _SIGNER.address

        def sign_message(self, message: bytes) -> bytes:
            signature = _SIGNER.sign_message(message)
            s = _ORDER - int.from_bytes(signature[32:64], "big")
            return signature[:32] + s.to_bytes(32, "big") + bytes([28 - signature[64]])

    folder = model_folder(tmp_path / "m")
    assert seal.make(folder, Otherwise(), time=_AT) == seal.make(folder, _SIGNER, time=_AT)


def test_a_signer_that_says_another_address_makes_no_seal(tmp_path: Path) -> None:
    class Another:
        def __init__(self, address: str) -> None:
            self.address = address

        def sign_message(self, message: bytes) -> bytes:
            return _SIGNER.sign_message(message)

    folder = model_folder(tmp_path / "m")
    for address in (ThrowawaySigner().address, _SIGNER.address.lower()):
        with pytest.raises(SealError) as caught:
            seal.make(folder, Another(address))
        assert caught.value.code == "signature"


def test_a_seal_does_not_go_over_to_another_key(sealed: bytes, tmp_path: Path) -> None:
    whole = json.loads(sealed)
    whole["signature"]["address"] = ThrowawaySigner().address
    assert _refused(canonical.dumps(whole)).code == "does-not-fit"
    other = seal.make(model_folder(tmp_path / "m", metrics={"auc": 1}), _SIGNER, time=_AT)
    assert _refused(_with_value(sealed, _signature(other))).code == "does-not-fit"


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("model", "Brightness", "model"),
        ("manifest", None, "manifest"),
        ("items", "", "items"),
        ("time", "2026-01-31", "time"),
        ("schema", "touchstone.seal/2", "schema"),
        ("signature", None, "signature"),
        ("signature", {}, "signature.scheme"),
        ("more", 1, "more"),
    ],
)
def test_a_field_out_of_bounds_names_itself(sealed: bytes, name: str, value: Any, field: str) -> None:
    error = _refused(canonical.dumps({**json.loads(sealed), name: value}))
    assert (error.code, error.field) == ("field", field)


def test_what_is_no_seal_is_refused(sealed: bytes, tmp_path: Path) -> None:
    for raw, code in ((b"", "not-json"), (sealed + b"\n", "not-canonical"), (sealed + b" " * 20_000, "too-large")):
        assert _refused(raw).code == code
    with pytest.raises(SealError) as caught:
        seal.read(tmp_path / "nothing")
    assert caught.value.code == "no-file"


def test_files_that_do_not_belong_together_are_not_sealed(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m")
    sound = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = model_folder(tmp_path / "other", weights={"sha256": hashed("x"), "bytes": 7})
    chain = canonical.dumps(document(weights=json.loads(sound["record.json"])["weights"], chain=hashed("y")))
    listed = document(
        weights=json.loads(sound["record.json"])["weights"], items_file={"sha256": hashed("z"), "bytes": 1}
    )
    for name, content, code in (
        ("manifest.json", b"{}", "manifest"),
        ("manifest.json", None, "manifest"),
        ("model.onnx", b"other", "weights"),
        ("model.onnx", None, "weights"),
        ("record.json", b"{}", "record"),
        ("record.json", None, "record"),
        ("record.json", (other / "record.json").read_bytes(), "weights"),
        ("record.json", chain, "record"),
        ("record.json", canonical.dumps(listed), "items"),
        ("data.items", b"list", "items"),
    ):
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
        with pytest.raises(SealError) as caught:
            seal.make(folder, _SIGNER)
        assert caught.value.code == code
        (folder / name).unlink(missing_ok=True)
        for kept, before in sound.items():
            (folder / kept).write_bytes(before)
    assert seal.verify(seal.make(folder, _SIGNER)).address == _SIGNER.address
