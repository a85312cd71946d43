"""Nothing is signed that has no words; and the words are those of the call itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.chain import contracts, known_calls, typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.fees import Fees
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.send import Prepared
from touchstone.paths import Home
from touchstone.texts import chain as chain_words
from touchstone.texts import intents

NETWORKS = Networks.load(Home(Path("/nonexistent")))
PRACTICE, BASE = NETWORKS.get("practice"), NETWORKS.get("base")
SOMEBODY = "0x" + "5a" * 20


# What nobody is asked to sign: between pool and court, by steward and guardian, of the court's other half, of the lot.
NOT_SIGNED = {
    "ReviewerPool": {"freeze", "lock", "collect", "settle", "setCourt", "propose", "pause", "unpause"},
    "FactCheckCourt": {"propose", "pause", "unpause"},
    "PracticeSteward": {"run"},
    "FutureBlockHash": {"request", "take"},
}


def functions() -> list[tuple[str, str]]:
    """Every function of every contract of ours that changes anything, and that somebody may be asked to sign."""
    return [one for one in changing() if one[0] != "CourtBench" and one[1] not in NOT_SIGNED.get(one[0], ())]


def changing() -> list[tuple[str, str]]:
    """Every function of every contract of ours that changes anything."""
    return [
        (name, entry["name"])
        for name in contracts.order(practice=True)
        for entry in contracts.artefact(name)["abi"]
        if entry["type"] == "function" and entry["stateMutability"] not in {"view", "pure"}
    ]


def some(kind: str, components: Any = ()) -> Any:
    if kind.endswith("[]"):
        return [some(kind[:-2], components)] * 2
    if kind == "tuple":
        return {one["name"]: some(one["type"], one.get("components", ())) for one in components}
    if kind == "address":
        return SOMEBODY
    if kind.startswith("bytes") and kind != "bytes":
        return b"\xab" * int(kind[5:])
    return {"string": "Agence \u202e <b>X</b>", "bytes": b"\x01", "bool": True}.get(kind, 3)


def call_of(contract: str, function: str) -> list[Any]:
    entry = next(
        e for e in contracts.artefact(contract)["abi"] if e.get("name") == function and e["type"] == "function"
    )
    return [some(one["type"], one.get("components", ())) for one in entry["inputs"]]


def refused(network: Network, intent: Intent) -> str:
    with pytest.raises(ChainError) as caught:
        known_calls.check(network, intent)
    assert caught.value.code is ChainTrouble.UNKNOWN_CALL
    return str(caught.value.params["why"])


@pytest.mark.parametrize(("contract", "function"), functions())
def test_every_function_of_every_contract_has_words(contract: str, function: str) -> None:
    intent = known_calls.intent(PRACTICE, contract, function, *call_of(contract, function))
    said = intents.sentence(intent)
    assert said
    assert "?" not in said, "an argument is missing from the words"
    assert "{" not in said
    assert "\u202e" not in said
    assert intents.title(intent)
    assert intents.action(intent)
    assert intents.public(intent)


def test_there_are_no_words_without_a_function_and_no_function_without_words() -> None:
    known = {call.code for calls in known_calls.CALLS.values() for call in calls.values()}
    known |= {known_calls.DEPLOY, known_calls.SET_COURT}
    known |= {typed_calls.REGISTRATION, typed_calls.PERMIT, typed_calls.SEAL, typed_calls.SALT}
    assert known == intents.codes()
    assert {(c, f) for c, calls in known_calls.CALLS.items() for f in calls} == set(functions())


@pytest.mark.parametrize("name", contracts.order(practice=True))
def test_a_deployment_has_words(name: str) -> None:
    to, call = contracts.deployment_call(name)
    intent = known_calls.check(PRACTICE, Intent("deploy", to, call))
    assert name in intents.sentence(intent)
    assert refused(PRACTICE, Intent("deploy", to, call + b"\0")) == "arguments"
    assert refused(PRACTICE, Intent("deploy", to, b"\x01" + call[1:])) == "arguments"


def test_words_are_those_of_the_call_whatever_its_maker_says() -> None:
    honest = known_calls.intent(PRACTICE, "PublisherRegistry", "offerControl", 1, SOMEBODY)
    lying = dataclasses.replace(honest, params={"to": "0x" + "11" * 20, "publisher": 9, "untrusted_publisher": "Me"})
    said = intents.sentence(known_calls.check(PRACTICE, lying))
    assert SOMEBODY in said
    assert "11" * 20 not in said
    assert "publisher 1 (Me)" in said
    posing = dataclasses.replace(honest, code="recovery-cancel")
    assert refused(PRACTICE, posing) == "code"
    reversible = dataclasses.replace(
        known_calls.intent(PRACTICE, "PublisherRegistry", "revokeSigner", 1, SOMEBODY), reversible=True
    )
    assert not known_calls.check(PRACTICE, reversible).reversible


def test_an_unknown_contract() -> None:
    good = known_calls.intent(PRACTICE, "PublisherRegistry", "setName", 1, "X")
    assert refused(PRACTICE, dataclasses.replace(good, to=SOMEBODY)) == "contract"
    assert refused(PRACTICE, dataclasses.replace(good, to="")) == "contract"
    assert refused(dataclasses.replace(PRACTICE, publishers=""), good) == "contract"
    assert refused(PRACTICE, dataclasses.replace(good, to=PRACTICE.media)) == "function"


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\0", bytes(100), b"\xff" * 40])
def test_an_unknown_function(data: bytes) -> None:
    assert refused(PRACTICE, Intent("publisher-name", PRACTICE.publishers, data)) == "function"


def test_money_is_never_sent_along() -> None:
    good = known_calls.intent(PRACTICE, "PublisherRegistry", "setName", 1, "X")
    assert refused(PRACTICE, dataclasses.replace(good, value=1)) == "value"


@given(st.binary(min_size=1, max_size=64), st.integers(0, 200))
@settings(max_examples=60)
def test_bytes_that_do_not_belong(more: bytes, at: int) -> None:
    """What a decoder would skip is not signed."""
    good = known_calls.intent(PRACTICE, "PublisherRegistry", "setName", 1, "X")
    assert refused(PRACTICE, dataclasses.replace(good, data=good.data + more)) == "arguments"
    cut = 4 + at % (len(good.data) - 4)
    assert refused(PRACTICE, dataclasses.replace(good, data=good.data[:cut])) == "arguments"


def test_practice_money_is_made_on_practice_only() -> None:
    mint = known_calls.intent(PRACTICE, "PracticeUSD", "mint", SOMEBODY, 10**7)
    assert "10.00 practice dollars" in intents.sentence(mint)
    assert refused(BASE, dataclasses.replace(mint, to=BASE.stablecoin)) == "function"
    transfer = known_calls.intent(BASE, "PracticeUSD", "transfer", SOMEBODY, 10**6)
    assert transfer.to == BASE.stablecoin


def test_a_network_without_the_contract() -> None:
    with pytest.raises(ChainError) as caught:
        known_calls.intent(dataclasses.replace(BASE, stablecoin=""), "PracticeUSD", "transfer", SOMEBODY, 1)
    assert caught.value.code is ChainTrouble.NOT_DEPLOYED


MESSAGE = {"publisher": 1, "sha256": b"\xab" * 32, "deadline": 1_900_000_000}


def typed(**changed: Any) -> dict[str, Any]:
    domain = {"name": "Touchstone", "version": "1", "chainId": PRACTICE.chain_id, "verifyingContract": PRACTICE.media}
    return {"types": {}, "primaryType": "Registration", "domain": domain, "message": MESSAGE, **changed}


def test_typed_data_that_may_be_signed() -> None:
    said = intents.sentence(known_calls.check_typed_data(PRACTICE, typed()))
    assert said.startswith("Whoever has this signature can register the file abababab…abababab for publisher 1, until ")
    assert "2030" in said


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"primaryType": "Permit"}, "contract"),
        ({"primaryType": "Order"}, "function"),
        ({"domain": {"chainId": 1, "verifyingContract": PRACTICE.media}}, "contract"),
        ({"domain": {"chainId": PRACTICE.chain_id, "verifyingContract": SOMEBODY}}, "contract"),
        ({"domain": {"chainId": PRACTICE.chain_id}}, "contract"),
        ({"domain": None}, "arguments"),
        ({"message": []}, "arguments"),
    ],
)
def test_typed_data_of_another_contract_or_chain(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ChainError) as caught:
        known_calls.check_typed_data(PRACTICE, typed(**changed))
    assert (caught.value.code, caught.value.params["why"]) == (ChainTrouble.UNKNOWN_CALL, why)


def prepared(network: Network, function: str = "create", *arguments: Any, **more: Any) -> Prepared:
    intent = known_calls.intent(network, "PublisherRegistry", function, *(arguments or ("X", "x.example", SOMEBODY)))
    fees = Fees(10**9, 10**6, 2 * 10**9 + 10**6)
    return Prepared(network, intent, SOMEBODY, 120_000, 100_000, fees, 10**18, 5, **more)


def test_the_table_says_cost_what_is_public_and_whether_it_can_be_undone() -> None:
    rows = dict(intents.rows(prepared(PRACTICE, outcome={"publisher": 4})))
    assert rows["Cost"] == "about 0.0001 practice ETH, at most 0.00024 practice ETH"
    assert rows["Public for ever"] == "the name, the domain, that your address did it"
    assert rows["Can be undone"] == "no"
    assert rows["Publisher number"] == "4"
    assert "practice" in rows["Network"]


def test_a_registration_can_be_withdrawn_and_not_erased() -> None:
    for function, call in known_calls.CALLS["MediaRegistry"].items():
        intent = known_calls.intent(PRACTICE, "MediaRegistry", function, *call_of("MediaRegistry", function))
        registers = call.code.startswith("media-register")
        assert intents.undone(intent) == ("no: it can be withdrawn, not erased" if registers else "no")


def test_what_is_left_empty_does_not_become_public() -> None:
    bare = prepared(PRACTICE, "create", "X", "", SOMEBODY).intent
    assert bare.public == ("name", "address")
    assert known_calls.check(PRACTICE, bare) == bare
    assert intents.public(bare) == "the name, that your address did it"
    assert prepared(PRACTICE, "claimDomain", 1, "").intent.public == ()
    for uri, named in (("", False), ("ipfs://abc", True)):
        args = (1, b"\xab" * 32, 12, b"\xcd" * 32, uri)
        assert ("uri" in known_calls.intent(PRACTICE, "MediaRegistry", "registerRoot", *args).public) is named
        (entry,) = call_of("MediaRegistry", "register")[1:]
        single = known_calls.intent(PRACTICE, "MediaRegistry", "register", 1, {**entry, "uri": uri})
        assert ("uri" in single.public) is named
        signed = known_calls.check_typed_data(PRACTICE, typed(message={**MESSAGE, "uri": uri}))
        assert ("uri" in signed.public) is named
    told = dataclasses.replace(bare, public=(*bare.public, "count"))
    assert known_calls.check(PRACTICE, told).public == ("name", "address", "count")


HASH, NOTHING = b"\xab" * 32, bytes(32)


def of_models(function: str, *arguments: Any) -> Intent:
    return known_calls.intent(PRACTICE, "ModelRegistry", function, *arguments)


def a_model(**changed: Any) -> dict[str, Any]:
    (entry,) = call_of("ModelRegistry", "register")[1:]
    return {**entry, **changed}


def test_what_a_model_tells_becomes_public_and_nothing_else() -> None:
    full = of_models("register", 1, a_model())
    assert full.public == ("model", "data", "evaluation", "parents", "uri", "address")
    assert "3 items, under the root" in intents.sentence(full)
    assert "made from 2 other models" in intents.sentence(full)
    bare = of_models("register", 1, a_model(dataRoot=NOTHING, items=0, evaluation=NOTHING, parents=[], uri=""))
    assert bare.public == ("model", "address")
    assert "does not tell what it was trained on" in intents.sentence(bare)
    assert "made from" not in intents.sentence(bare)


def test_a_model_is_withdrawn_for_ever_and_deprecated_for_now() -> None:
    said = {status: of_models("setStatus", HASH, status, 1) for status in (1, 2, 3)}
    assert [intents.undone(one) for one in said.values()] == ["yes, by another transaction"] * 2 + ["no"]
    assert "active again (an error)" in intents.sentence(said[1])
    assert "deprecated" in intents.sentence(said[2])
    assert "withdrawn for ever" in intents.sentence(said[3])
    for status, intent in said.items():
        for_ever = any("This is for ever" in words for words in intents.warnings(of(intent)))
        assert for_ever is (status == 3)
    posing = dataclasses.replace(said[3], reversible=True)
    assert not known_calls.check(PRACTICE, posing).reversible


def test_registers_of_models_can_be_withdrawn_and_not_erased() -> None:
    lasting = {"register", "attest", "recordOutputs"}
    for function in known_calls.CALLS["ModelRegistry"]:
        said = intents.undone(of_models(function, *call_of("ModelRegistry", function)))
        assert (said == "no: it can be withdrawn, not erased") is (function in lasting)


def test_whose_word_a_list_of_outputs_is() -> None:
    assert "in its own name" in intents.sentence(of_models("recordOutputs", 0, HASH, 2, HASH, ""))
    assert "Publisher 4 records a list of 2 outputs" in intents.sentence(
        of_models("recordOutputs", 4, HASH, 2, HASH, "")
    )


def test_retiring_says_what_it_gives_away() -> None:
    one, two = of_models("retire", 1, [HASH], 1), of_models("retire", 1, [HASH, NOTHING], 77)
    assert "abababab…abababab no more (somebody whose it is, or who is in it, asked)" in intents.sentence(one)
    assert "2 items no more (a reason that is not known here)" in intents.sentence(two)
    for intent in (one, two):
        assert any("tells everybody the hash of each item" in words for words in intents.warnings(of(intent)))
        assert intents.undone(intent) == "no"


def test_an_offer_of_a_model_and_none() -> None:
    assert "offered to publisher 7" in intents.sentence(of_models("offerModel", HASH, 7))
    assert "taken back" in intents.sentence(of_models("offerModel", HASH, 0))
    assert any("alone decides" in words for words in intents.warnings(of(of_models("offerModel", HASH, 7))))
    assert not any("alone decides" in words for words in intents.warnings(of(of_models("offerModel", HASH, 0))))


def test_what_registering_a_model_would_answer() -> None:
    intent = of_models("register", 1, a_model())
    outcome = known_calls.outcome(PRACTICE, intent, HASH)
    assert outcome == {"model": "0x" + "ab" * 32}
    assert dict(intents.rows(dataclasses.replace(of(intent), outcome=outcome)))["The model's id"] == "ab" * 32


def test_refusals_are_told_in_the_words_of_the_register_that_refuses() -> None:
    def said(code: str) -> str:
        return chain_words.trouble(ChainError(ChainTrouble.REVERTED, reason="AlreadyRegistered", intent=code))

    assert "this model" in said("model-register")
    assert "this file" in said("media-register")


def of(intent: Intent) -> Prepared:
    """It, as it is agreed to."""
    return dataclasses.replace(prepared(PRACTICE), intent=intent)


def test_what_somebody_would_regret_not_having_read() -> None:
    assert any("unaudited" in words for words in intents.warnings(prepared(BASE)))
    assert any("risen" in words for words in intents.warnings(prepared(PRACTICE, fees_rose=True)))
    assert any("outbids" in words for words in intents.warnings(prepared(PRACTICE, replaces=3)))
    assert not any("unaudited" in words for words in intents.warnings(prepared(PRACTICE)))


def test_every_reason_of_every_contract_has_words() -> None:
    names = {
        entry["name"]
        for contract in contracts.order(practice=True)
        for entry in contracts.artefact(contract)["abi"]
        if entry["type"] == "error"
    }
    # Only OpenZeppelin's own checks of arguments, which the desk never gets wrong, stay without.
    names -= {"ERC20InvalidApprover", "ERC20InvalidReceiver", "ERC20InvalidSender", "ERC20InvalidSpender"}
    without = {name for name in names if name in chain_words.reason(name, {})}
    assert without == set()


@pytest.mark.parametrize("code", list(ChainTrouble))
def test_every_trouble_has_words(code: ChainTrouble) -> None:
    said = chain_words.trouble(ChainError(code))
    assert said.endswith((".", "'"))
    assert code is ChainTrouble.FAILED or said != chain_words.trouble(ChainError(ChainTrouble.FAILED))
    pending = chain_words.trouble(ChainError(code, pending=True))
    assert code is ChainTrouble.REVERTED or "may be on its way" in pending


def test_words_of_nodes_never_reach_a_sentence() -> None:
    for code in ChainTrouble:
        assert "EVIL" not in chain_words.trouble(ChainError(code, untrusted_message="EVIL"))
