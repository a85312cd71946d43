"""Proofs of outputs: written, read strictly, held to the register; and every edit of one noticed."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lineage import outputs_desk
from tests.lineage.outputs_desk import finding, keep, record, recorded_of, report
from tests.registry.publishing import Desk

from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.lineage import installed, output_proofs, outputs_verify
from touchstone.lineage.output_proofs import OutputProof, ProofError
from touchstone.lineage.outputs_verify import Held
from touchstone.registry import output_lists
from touchstone.registry.model_types import Output

NAMES = tuple(f"{number}.jpg" for number in range(5))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Five findings, recorded under one root."""
    made = Desk.make(tmp_path_factory.mktemp("proofs"))
    outputs_desk.install(made.home)
    (net,) = [one for one in installed.models(made.home) if one.manifest.id == "mine"]
    keep(made.home, *(report(name, finding(net.manifest, score=n / 10)) for n, name in enumerate(NAMES)))
    record(made)
    return made


@pytest.fixture(scope="module")
def nodes(desk: Desk) -> Any:
    found = open_nodes(desk.home, desk.network)
    yield found
    for node in found:
        node.close()


@pytest.fixture(scope="module")
def proof(desk: Desk, nodes: Any) -> OutputProof:
    (found,) = outputs_verify.of_media(desk.home, desk.network, nodes, recorded_of(desk, outputs_desk.sha("2.jpg")))
    assert found.code is Held.VERIFIED
    assert found.proof is not None
    return found.proof


def held(desk: Desk, nodes: Any, proof: OutputProof) -> Held:
    return outputs_verify.of_proof(desk.home, desk.network, nodes, proof, None).code


def changed(proof: OutputProof, **fields: Any) -> OutputProof:
    """With another output, or another place, in it."""
    own = {name: fields.pop(name) for name in ("root", "index", "path") if name in fields}
    output = dataclasses.replace(proof.proof.output, **fields)
    return dataclasses.replace(proof, proof=dataclasses.replace(proof.proof, output=output, **own))


class TestProofs:
    def test_every_output_of_a_list_is_proved_here_and_by_the_contract(self, desk, nodes):
        for name in NAMES:
            (found,) = outputs_verify.of_media(
                desk.home, desk.network, nodes, recorded_of(desk, outputs_desk.sha(name))
            )
            assert (found.code, found.holds) == (Held.VERIFIED, True)
            assert found.proof is not None
            assert found.proof.fits
            again = output_proofs.loads(output_proofs.dumps(found.proof))
            assert again == found.proof
            assert held(desk, nodes, again) is Held.VERIFIED

    def test_a_proof_names_no_other_file(self, proof):
        raw = output_proofs.dumps(proof).decode()
        assert outputs_desk.sha("2.jpg") in raw
        assert not any(outputs_desk.sha(name) in raw for name in NAMES if name != "2.jpg")

    def test_without_asking_it_rests_on_the_mirror(self, desk):
        (found,) = outputs_verify.of_media(desk.home, desk.network, None, recorded_of(desk, outputs_desk.sha("2.jpg")))
        assert found.code is Held.MIRRORED

    @pytest.mark.parametrize(
        "fields",
        [
            {"manifest": "00" * 32},
            {"media": "00" * 32},
            {"witness": "face"},
            {"score": 200_001},
            {"score": None},
            {"decision": 0},
            {"time": 1},
            {"index": 3},
            {"path": ()},
            {"root": bytes(32)},
        ],
    )
    def test_whatever_is_changed_in_it_is_noticed(self, desk, nodes, proof, fields):
        assert held(desk, nodes, changed(proof, **fields)) is Held.NOT_IN_LIST

    def test_a_list_that_nobody_recorded_proves_nothing(self, desk, nodes, proof):
        own = [Output("11" * 32, "22" * 32, "ai-image", 1, proof.proof.output.decision, 5)]
        made_up = dataclasses.replace(proof, proof=output_lists.proof(own, 0), count=1)
        assert made_up.fits
        assert held(desk, nodes, made_up) is Held.NOT_RECORDED
        other = dataclasses.replace(proof, signer="0x" + "11" * 20)
        assert held(desk, nodes, other) is Held.NOT_RECORDED

    def test_what_the_register_says_otherwise_is_noticed(self, desk, nodes, proof):
        assert held(desk, nodes, dataclasses.replace(proof, count=6)) is Held.DIFFERS
        assert held(desk, nodes, dataclasses.replace(proof, publisher=7)) is Held.DIFFERS
        (listed,) = outputs_desk.lists(desk)
        claimed = dataclasses.replace(proof, list_hash="00" * 32)
        assert outputs_verify.of_proof(desk.home, desk.network, nodes, claimed, listed).code is Held.DIFFERS

    def test_a_proof_of_another_network_is_told_apart(self, desk, nodes, proof):
        for other in ({"chain_id": 1}, {"registry": "0x" + "22" * 20}):
            assert held(desk, nodes, dataclasses.replace(proof, **other)) is Held.OTHER_NETWORK

    def test_a_place_beyond_the_list_is_none(self, proof):
        assert not dataclasses.replace(proof, count=2).fits

    def test_a_node_that_is_down_leaves_it_open(self, desk, proof):
        class Down:
            label = "down"

            def request(self, _method: str, _params: Any) -> Any:
                raise ChainError(ChainTrouble.UNREACHABLE)

        found = outputs_verify.of_proof(desk.home, desk.network, [Down()], proof, None)  # type: ignore[list-item]
        assert (found.code, found.holds) == (Held.NOT_ASKED, False)
        assert found.trouble is not None

    def test_a_list_that_was_changed_here_is_not_believed(self, desk, nodes):
        (path,) = desk.home.outputs.glob("*.outputs")
        before = path.read_bytes()
        try:
            for now in (before[:-2], before.replace(b" 1 ", b" 0 "), b""):
                path.write_bytes(now)
                (found,) = outputs_verify.of_media(
                    desk.home, desk.network, nodes, recorded_of(desk, outputs_desk.sha("2.jpg"))
                )
                assert found.code is Held.VERIFIED  # what the mirror has was checked when it came
            path.unlink()
            assert len(outputs_verify.contents(desk.home, desk.network, outputs_desk.lists(desk)[0])) == 5
        finally:
            path.write_bytes(before)

    def test_without_the_list_nothing_is_proved(self, desk, nodes):
        recorded = recorded_of(desk, outputs_desk.sha("2.jpg"))
        (found,) = outputs_verify.of_media(desk.home, desk.network, nodes, recorded, {recorded[0].list.root: ()})
        assert (found.code, found.proof, found.holds) == (Held.NO_LIST, None, False)


class TestReading:
    def test_every_field_has_its_bounds(self, proof):
        whole = json.loads(output_proofs.dumps(proof))
        places = [("schema",)] + [(part, name) for part in ("network", "list", "output") for name in whole[part]]
        assert len(places) == 19
        for place in places:
            for value in ("", "X" * 70, -1, 2**60, 1.5, True, [], {}, "0x", float("nan"), None):
                broken = copy.deepcopy(whole)
                inner = broken
                for step in place[:-1]:
                    inner = inner[step]
                if (value is None and place[-1] in {"score", "transaction"}) or inner[place[-1]] == value:
                    continue
                if value == "0x" and place[-1] in {"name", "witness"}:  # they may be called that
                    continue
                inner[place[-1]] = value
                with pytest.raises(ProofError):
                    output_proofs.loads(json.dumps(broken).encode())

    def test_members_are_those_and_no_others(self, proof):
        whole = json.loads(output_proofs.dumps(proof))
        for part in (None, "network", "list", "output"):
            for change in ("add", "drop"):
                broken = copy.deepcopy(whole)
                inner = broken if part is None else broken[part]
                if change == "add":
                    inner["more"] = 1
                else:
                    inner.popitem()
                with pytest.raises(ProofError):
                    output_proofs.loads(json.dumps(broken).encode())

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b"\xff",
            b"[" * 100_000,
            b"{" + b" " * output_proofs.LARGEST + b"}",
            b'{"schema": "touchstone.output-proof/1", "schema": "touchstone.output-proof/1"}',
            b'{"schema": "touchstone.output-proof/2"}',
        ],
    )
    def test_what_is_no_proof_is_refused(self, raw):
        with pytest.raises(ProofError):
            output_proofs.loads(raw)

    @given(st.binary(max_size=200))
    def test_so_is_anything_else(self, raw):
        with pytest.raises(ProofError):
            output_proofs.loads(raw)

    @given(st.data())
    def test_no_edit_of_one_byte_proves_another_output(self, proof, data):
        raw = bytearray(output_proofs.dumps(proof))
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = output_proofs.loads(bytes(raw))
        except ProofError:
            return
        assert not found.fits or found.proof == proof.proof


def test_a_list_in_a_file_is_read_or_refused(desk: Desk, tmp_path: Path) -> None:
    (path,) = desk.home.outputs.glob("*.outputs")
    root, data, found = outputs_verify.load(path)
    assert (path.name, len(found)) == (f"{root}.outputs", 5)
    assert data == path.read_bytes()
    (tmp_path / "bad").write_bytes(data[:-1])
    with pytest.raises(output_lists.OutputsError):
        outputs_verify.load(tmp_path / "bad")
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(OSError, match=str(missing)):
            outputs_verify.load(missing)
