"""Reports signed with a key, and signatures that do not fit."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.registry.publishing import KeySigner
from tests.unit.examples import report as an_example

from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.export import document, signature, write
from touchstone.export.signature import Fit, NotSignableError
from touchstone.report import loads

SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "schema" / "report-1.json").read_bytes())


@pytest.fixture(scope="module")
def signer() -> KeySigner:
    return KeySigner(ThrowawaySigner())


@pytest.fixture
def signed(signer: KeySigner) -> dict[str, Any]:
    return signature.sign(document.to_document(an_example()), signer, 84532, 7)  # type: ignore[arg-type]


def test_fits(signed: dict[str, Any], signer: KeySigner) -> None:
    found = signature.verify(signed)
    assert (found.fit, found.address, found.chain_id, found.publisher) == (Fit.FITS, signer.address, 84532, 7)
    jsonschema.Draft202012Validator(SCHEMA).validate(signed)


def test_white_space_and_order_do_not_matter(signed: dict[str, Any]) -> None:
    other = json.loads(json.dumps(dict(reversed(signed.items())), indent=7, ensure_ascii=False))
    assert signature.verify(other).fit is Fit.FITS


def test_without_one(signed: dict[str, Any]) -> None:
    del signed["signature"]
    assert signature.verify(signed).fit is Fit.NONE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(answer="upheld"),
        lambda d: d.update(headline_text=d["headline_text"] + " "),
        lambda d: d["media"].update(sha256="00" * 32),
        lambda d: d.update(more=1),
        lambda d: d["signature"].update(publisher=8),
        lambda d: d["signature"].update(network="eip155:1"),
        lambda d: d["signature"].update(address="0x" + "11" * 20),
        lambda d: d["signature"].update(value="0x" + "00" * 65),
        lambda d: d["signature"].update(value="0x" + "ff" * 65),
        lambda d: d["signature"].update(value="0x12"),
        lambda d: d["signature"].update(value=None),
        lambda d: d["signature"].update(scheme="touchstone-report-2"),
        lambda d: d["signature"].update(publisher=-1),
        lambda d: d["signature"].update(publisher=2**40),
        lambda d: d["signature"].update(publisher="7"),
        lambda d: d["signature"].update(more=1),
        lambda d: d["signature"].pop("network"),
        lambda d: d.update(signature=[]),
        lambda d: d.update(signature="0x"),
        lambda d: d.update(big=2**70),
        lambda d: d.update(odd=float("nan")),
    ],
)
def test_does_not_fit(signed: dict[str, Any], spoil: Any) -> None:
    changed = copy.deepcopy(signed)
    spoil(changed)
    assert signature.verify(changed).fit is Fit.DOES_NOT


def test_a_second_signature_takes_the_place_of_the_first(signed: dict[str, Any]) -> None:
    other = KeySigner(ThrowawaySigner())
    again = signature.sign(signed, other, 1)  # type: ignore[arg-type]
    assert signature.verify(again).address == other.address


def test_numbers_that_have_no_form(signer: KeySigner) -> None:
    with pytest.raises(NotSignableError):
        signature.sign({"big": 2**70}, signer, 1)  # type: ignore[arg-type]


def test_written_and_read_as_any_report(tmp_path: Path, signer: KeySigner) -> None:
    path = tmp_path / "r.json"
    report = an_example()
    write.save(report, {}, path, lambda d: signature.sign(d, signer, 1))  # type: ignore[arg-type]
    assert loads(path.read_bytes()) == report
    assert signature.verify(json.loads(path.read_bytes())).fit is Fit.FITS


def test_what_cannot_sign_leaves_nothing(tmp_path: Path) -> None:
    def refuses(_document: Any) -> Any:
        raise NotSignableError

    with pytest.raises(NotSignableError):
        write.save(an_example(), {}, tmp_path / "r.json", refuses)
    assert list(tmp_path.iterdir()) == []
