"""Typed data that may be signed, and nothing else; what is signed is what the contracts and tokens take."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.chain import contracts, typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.paths import Home
from touchstone.registry import court, permits
from touchstone.texts import court_risks, intents

NETWORKS = Networks.load(Home(Path("/nonexistent")))
PRACTICE, BASE = NETWORKS.get("practice"), NETWORKS.get("base")
OWNER = "0x" + "5a" * 20
MOMENT = 1_900_000_000
PERMIT = {"owner": OWNER, "spender": PRACTICE.court, "value": 65_600_000, "nonce": 0, "deadline": MOMENT}


def permit(**changed: Any) -> dict[str, Any]:
    return typed_calls.permit_data(PRACTICE, ("Practice USD", "1"), {**PERMIT, **changed})


def sealed(**changed: Any) -> dict[str, Any]:
    message = {"id": 3, "round": 0, "commitment": "0x" + "ab" * 32, "voter": OWNER, "nonce": 1, "deadline": MOMENT}
    return typed_calls.commit_data(PRACTICE, {**message, **changed})


def salted(purpose: str = "the secret of a sealed vote") -> dict[str, Any]:
    return typed_calls.salt_data(PRACTICE, 3, 1, OWNER, purpose)


ALL = {"permit": permit(), "sealed": sealed(), "salted": salted()}


def refused(data: Mapping[str, Any], network: Any = PRACTICE) -> str:
    with pytest.raises(ChainError) as caught:
        typed_calls.check(network, data)
    assert caught.value.code is ChainTrouble.UNKNOWN_CALL
    return str(caught.value.params["why"])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeLedger]:
    made = PracticeLedger(tmp_path_factory.mktemp("typed") / "ledger.sqlite3")
    yield made
    made.close()


def test_a_permit_says_who_may_take_how_much_until_when() -> None:
    said = intents.sentence(typed_calls.check(PRACTICE, permit()))
    assert said.startswith(
        f"Whoever has this signature can let the court take up to 65.60 practice dollars from {OWNER}, until "
    )
    assert "2030" in said
    assert "let the pool of reviewers take" in intents.sentence(
        typed_calls.check(PRACTICE, permit(spender=PRACTICE.pool.lower()))
    )
    assert "take up to all that you have from" in intents.sentence(
        typed_calls.check(PRACTICE, permit(value=2**256 - 1))
    )


def test_a_sealed_vote_says_whose_and_where() -> None:
    said = intents.sentence(typed_calls.check(PRACTICE, sealed()))
    assert said.startswith(f"Whoever has this signature can hand in this sealed vote of {OWNER} in round 1 of case 3")
    assert court_risks.warnings(typed_calls.check(PRACTICE, sealed()))[0].startswith("You must open it")


def test_the_secret_of_a_vote_says_who_could_read_it() -> None:
    intent = typed_calls.check(PRACTICE, salted())
    assert intents.sentence(intent) == "Anyone who gets this signature can read your sealed vote in round 2 of case 3."
    assert court_risks.warnings(intent) == (
        "Nothing can be spent with it, and nothing is sent.",
        "It is for this: “the secret of a sealed vote”",
    )
    assert intent.public == ()


@pytest.mark.parametrize("name", ALL)
def test_every_kind_has_words(name: str) -> None:
    intent = typed_calls.check(PRACTICE, ALL[name])
    said = intents.sentence(intent)
    assert said
    assert "?" not in said
    assert intents.title(intent)


@pytest.mark.parametrize("name", ALL)
def test_it_is_the_same_to_a_signer_outside(name: str) -> None:
    """Signers outside get it as JSON."""
    signer, sent = ThrowawaySigner(), json.loads(json.dumps(ALL[name]))
    assert typed_calls.check(PRACTICE, sent) == typed_calls.check(PRACTICE, ALL[name])
    assert signer.sign_typed_data(sent) == signer.sign_typed_data(ALL[name])
    assert typed_calls.signed_by(sent, signer.sign_typed_data(ALL[name])) == signer.address


@pytest.mark.parametrize("name", ALL)
def test_other_networks_and_contracts_are_refused(name: str) -> None:
    assert refused(ALL[name], BASE) == "contract"
    for place, value in (("chainId", 1), ("chainId", True), ("verifyingContract", OWNER), ("verifyingContract", "")):
        other = copy.deepcopy(ALL[name])
        other["domain"][place] = value
        assert refused(other) == "contract"


def test_a_permit_for_anybody_else_is_refused() -> None:
    for spender in (OWNER, PRACTICE.media, PRACTICE.stablecoin, "0x" + "00" * 20, contracts.address("PracticeSteward")):
        assert refused(permit(spender=spender)) == "contract"


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("permit", "value", "1"),
        ("permit", "value", True),
        ("permit", "value", -1),
        ("permit", "value", 2**256),
        ("permit", "deadline", 1.5),
        ("permit", "owner", OWNER[2:]),
        ("permit", "owner", b"Z" * 20),
        ("permit", "spender", None),
        ("sealed", "round", 256),
        ("sealed", "commitment", "0x" + "zz" * 32),
        ("sealed", "commitment", b"\xab" * 32),
        ("salted", "purpose", ""),
        ("salted", "purpose", "a\nb"),
        ("salted", "purpose", "x" * 201),
        ("salted", "purpose", 7),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(name: str, member: str, value: Any) -> None:
    other = copy.deepcopy(ALL[name])
    other["message"][member] = value
    assert refused(other) == "arguments"


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_shown_that_is_not_signed_nor_the_reverse(name: str) -> None:
    kind = ALL[name]["primaryType"]
    more = copy.deepcopy(ALL[name])
    more["message"]["untrusted"] = "told, not signed"
    assert refused(more) == "arguments"
    fewer = copy.deepcopy(ALL[name])
    del fewer["types"][kind][0]
    assert refused(fewer) == "arguments"
    hidden = copy.deepcopy(ALL[name])
    hidden["types"][kind].append({"name": "more", "type": "uint256"})
    assert refused(hidden) == "arguments"
    domain = copy.deepcopy(ALL[name])
    domain["domain"]["salt"] = "0x" + "00" * 32
    assert refused(domain) == "arguments"
    unnamed = copy.deepcopy(ALL[name])
    unnamed["domain"]["name"] = 7
    assert refused(unnamed) == "arguments"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PLACES = st.sampled_from(["types", "primaryType", "domain", "message"])


@given(st.sampled_from(sorted(ALL)), PLACES, JUNK, st.booleans())
def test_whatever_is_asked_for_has_words_or_is_refused(name: str, place: str, junk: Any, inside: bool) -> None:
    data = copy.deepcopy(ALL[name])
    if inside and isinstance(data[place], dict) and data[place]:
        data[place][min(data[place])] = junk
    else:
        data[place] = junk
    with contextlib.suppress(ChainError):
        assert intents.sentence(typed_calls.check(PRACTICE, data))


def test_a_permit_is_what_the_token_takes(ledger: PracticeLedger) -> None:
    signer, nodes = ThrowawaySigner(), [ledger.node()]
    typed = permits.typed_data(nodes, PRACTICE, signer.address, PRACTICE.pool, 5_000_000, MOMENT)
    signature = typed_calls.sign(PRACTICE, signer, typed, lambda _intent: True)
    made = permits.signed(typed, signature)
    arguments = (signer.address, PRACTICE.pool, made.value, made.deadline, made.v, made.r, made.s)
    call = contracts.encode("PracticeUSD", "permit", *arguments)
    ledger.ask("eth_call", [{"to": PRACTICE.stablecoin, "data": "0x" + call.hex()}, "latest"])
    assert made.v in {27, 28}
    with pytest.raises(ValueError, match="signature"):
        permits.signed(typed, signature[:64])
    with pytest.raises(ChainError):
        permits.typed_data(nodes, PRACTICE, signer.address, OWNER, 1, MOMENT)
    with pytest.raises(ChainError) as caught:
        permits.typed_data(nodes, BASE, signer.address, PRACTICE.pool, 1, MOMENT)
    assert caught.value.code in {ChainTrouble.UNSUPPORTED, ChainTrouble.UNKNOWN_CALL}


def test_a_sealed_vote_is_what_the_court_takes(ledger: PracticeLedger) -> None:
    signer = ThrowawaySigner()
    typed = court.commit_data(PRACTICE, 3, 1, "ab" * 32, voter=signer.address, nonce=2, deadline=MOMENT)
    signature = typed_calls.sign(PRACTICE, signer, typed, lambda _intent: True)
    call = contracts.encode("FactCheckCourt", "commitDigest", 3, 1, "ab" * 32, signer.address, 2, MOMENT)
    asked = {"to": PRACTICE.court, "data": "0x" + call.hex()}
    digest = bytes.fromhex(ledger.ask("eth_call", [asked, "latest"])[2:])
    from eth_keys.datatypes import Signature

    vrs = signature[:64] + bytes([signature[64] - 27])
    assert Signature(vrs).recover_public_key_from_msg_hash(digest).to_checksum_address() == signer.address


@given(
    st.integers(1, 2**40),
    st.integers(0, 2),
    st.binary(min_size=20, max_size=20),
    st.integers(0, 3),
    st.binary(min_size=32, max_size=32),
)
def test_commitments_are_those_of_the_court(
    ledger: PracticeLedger, case: int, round_: int, voter: bytes, ballot: int, salt: bytes
) -> None:
    arguments = (case, round_, "0x" + voter.hex(), ballot, salt)
    call = contracts.encode("FactCheckCourt", "commitmentOf", *arguments)
    asked = {"to": PRACTICE.court, "data": "0x" + call.hex()}
    found = ledger.ask("eth_call", [asked, "latest"])
    made = court.commitment(PRACTICE, case, round_, "0x" + voter.hex(), court.Ballot(ballot), salt.hex())
    assert found == "0x" + made


def test_nothing_is_signed_without_a_yes() -> None:
    signer, asked = ThrowawaySigner(), []

    def no(intent: Intent) -> bool:
        asked.append(intent.code)
        return False

    with pytest.raises(ChainError) as caught:
        typed_calls.sign(PRACTICE, signer, salted(), no)
    assert caught.value.code is ChainTrouble.REJECTED
    assert asked == [typed_calls.SALT]
    with pytest.raises(ChainError) as caught:
        typed_calls.sign(PRACTICE, signer, permit(spender=OWNER), no)
    assert caught.value.code is ChainTrouble.UNKNOWN_CALL
    assert asked == [typed_calls.SALT], "what has no words is not even asked about"


def test_a_signer_that_signs_something_else_is_found_out() -> None:
    class Lying(ThrowawaySigner):
        def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
            return super().sign_typed_data(permit(value=1))

    class Short(ThrowawaySigner):
        def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
            return b"\x01" * 3

    for signer in (Lying(), Short()):
        with pytest.raises(ChainError) as caught:
            typed_calls.sign(PRACTICE, signer, permit(), lambda _intent: True)
        assert caught.value.code is ChainTrouble.PROTOCOL
    assert typed_calls.signed_by(permit(), b"") == ""
