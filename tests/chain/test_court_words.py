"""What is agreed to before anything is sent to pool or court: what it does, what it risks, and why it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.chain import contracts, deploy, known_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import SET_COURT
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry import court, permits, pool
from touchstone.registry.court import Flagging
from touchstone.registry.court_types import Ballot
from touchstone.registry.permits import Permit
from touchstone.texts import call_words, court_calls, court_risks, intents
from touchstone.texts import chain as chain_words

PRACTICE = Networks.load(Home(Path("/nonexistent"))).get("practice")
SOMEBODY, HASH = "0x" + "5a" * 20, "ab" * 32
PERMIT = Permit(65_600_000, 1_900_000_000, 27, "0x" + "11" * 32, "0x" + "22" * 32)
FLAG = Flagging(HASH, "", HASH, "ipfs://x", 30_600_000, 35_000_000)
CLAIM = Flagging(HASH, "Taken yesterday", HASH, "", 30_600_000, 35_000_000)


def risks(intent: Intent) -> str:
    return " ".join(court_risks.warnings(intent))


def test_a_flag_says_what_is_paid_what_is_lost_and_what_stays() -> None:
    intent = court.flag(PRACTICE, FLAG)
    assert intents.sentence(intent) == (
        "You flag the file abababab…abababab: you say that it was altered or generated. You pay 30.60 practice dollars"
        " for those who review it, and put down 35.00 practice dollars as your bond."
    )
    assert "If the ruling is “not altered”, or reviewers cannot obtain the file, you lose your bond of 35.00" in risks(
        intent
    )
    assert "your address flagged this file" in risks(intent)
    assert intent.public == ("sha256", "evidence", "uri", "amount", "address")
    assert intents.undone(intent) == "no"
    named = court.flag(PRACTICE, FLAG, file="holiday\u202e.jpg")
    assert "You flag the file holiday\\u202e.jpg (abababab…abababab):" in intents.sentence(named)
    about = court.flag(PRACTICE, CLAIM, PERMIT)
    assert "as used out of context with the text “Taken yesterday”" in intents.sentence(about)
    assert "lets the court take up to 65.60 practice dollars from you" in intents.sentence(about)
    assert "“not out of context”" in risks(about)
    assert about.public == ("sha256", "claim", "evidence", "amount", "address")


def test_a_seal_says_when_it_has_to_be_opened_and_what_silence_costs() -> None:
    known = court.commit(PRACTICE, 3, HASH, opens=1_900_000_000, closes=1_900_172_800, lose=40_000_000)
    assert "You must open it between 17 March 2030" in risks(known)
    assert risks(known).count("2030") == 2
    assert "or you lose 40.00 practice dollars." in risks(known)
    told = court.commit(PRACTICE, 3, HASH)
    assert "You must open it when the time for opening comes, or you lose all that these seats lock." in risks(told)
    assert intents.undone(told).startswith("yes")
    assert "Nobody can read it until it is opened" in intents.sentence(told)


@pytest.mark.parametrize(
    ("ballot", "said"),
    [
        (Ballot.CANNOT_TELL, "cannot tell"),
        (Ballot.NOT_ALTERED, "not altered"),
        (Ballot.EDITED, "edited (of a text: used out of context)"),
        (Ballot.SYNTHETIC, "generated"),
    ],
)
def test_an_opening_says_how_it_was_voted(ballot: Ballot, said: str) -> None:
    intent = court.reveal(PRACTICE, 3, SOMEBODY, ballot, HASH)
    assert intents.sentence(intent) == f"The vote of {SOMEBODY} in case 3 is opened: {said}."
    assert "for ever" in risks(intent)
    assert court_calls.ballot("3") == court_calls.ballot(9) == "a vote that is not known here"


def test_an_appeal_says_which_side_and_when_it_is_lost() -> None:
    against, with_it = court.fund_appeal(PRACTICE, 3, True, 5_000_000), court.fund_appeal(PRACTICE, 3, False, 5_123_456)
    assert "5.00 practice dollars into the appeal against the ruling of case 3" in intents.sentence(against)
    assert "5.123456 practice dollars into the appeal on the side of the ruling" in intents.sentence(with_it)
    assert "If the ruling stands in the end, all of it is lost." in risks(against)
    assert "If the ruling is another in the end, all of it is lost." in risks(with_it)


def test_stake_says_how_long_it_stays() -> None:
    assert "takes 14 days" in risks(pool.stake(PRACTICE, 50_000_000, unbonding=14 * 86_400))
    assert "takes days" in risks(pool.stake(PRACTICE, 50_000_000))
    assert "2030" in risks(pool.unbond(PRACTICE, 1, ready=1_900_000_000))
    assert "runs the model abababab…abababab" in intents.sentence(pool.join(PRACTICE, True, HASH))
    assert "runs" in pool.join(PRACTICE, True, HASH).public
    assert pool.join(PRACTICE, False).public == ("address",)
    assert "Coming back" not in risks(pool.depart(PRACTICE))


def test_a_reply_says_what_is_put_down() -> None:
    bonded = court.reply(PRACTICE, 3, 7, HASH, "", True, bond=35_000_000)
    assert "It puts down 35.00 practice dollars, as much as the flag's bond." in intents.sentence(bonded)
    assert "amount" in bonded.public
    bare = court.reply(PRACTICE, 3, 7, HASH, "", False)
    assert "It puts nothing down." in intents.sentence(bare)
    assert "amount" not in bare.public
    assert risks(bare) == ""


def test_an_allowance_names_pool_and_court() -> None:
    assert intents.sentence(permits.approve(PRACTICE, PRACTICE.court, 5_000_000)).startswith("The court (0x")
    assert intents.sentence(permits.approve(PRACTICE, PRACTICE.pool, 1)).startswith("The pool of reviewers (0x")
    assert intents.sentence(permits.approve(PRACTICE, SOMEBODY, 1)).startswith("0x5a5a")


def test_setting_the_court_is_signed_for_this_court_alone() -> None:
    to, data = deploy.court_call()
    intent = known_calls.check(PRACTICE, Intent(SET_COURT, to, data))
    assert contracts.address("FactCheckCourt") in intents.sentence(intent)
    other = contracts.encode("ReviewerPool", "setCourt", SOMEBODY)
    run = contracts.encode("PracticeSteward", "run", contracts.address("ReviewerPool"), other)
    for data in (run, b"", deploy.court_call()[1] + b"\0"):
        with pytest.raises(ChainError) as caught:
            known_calls.check(PRACTICE, Intent(SET_COURT, to, data))
        assert caught.value.code is ChainTrouble.UNKNOWN_CALL


@pytest.mark.parametrize(
    ("contract", "function", "arguments"),
    [
        ("ReviewerPool", "setCourt", (SOMEBODY,)),
        ("ReviewerPool", "pause", ()),
        ("ReviewerPool", "collect", (1,)),
        ("FactCheckCourt", "pause", ()),
        ("FactCheckCourt", "unpause", ()),
    ],
)
def test_what_is_not_for_users_is_not_signed(contract: str, function: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ChainError):
        known_calls.intent(PRACTICE, contract, function, *arguments)
    to = contracts.address(contract)
    with pytest.raises(ChainError) as caught:
        known_calls.check(PRACTICE, Intent("case-flag", to, contracts.encode(contract, function, *arguments)))
    assert caught.value.params["why"] == "function"


def test_money_is_called_what_it_is() -> None:
    assert call_words.dollars(35_000_000, play=True) == "35.00 practice dollars"
    assert call_words.dollars(35_000_000) == "35.00 dollars"
    assert call_words.dollars(0) == "0.00 dollars"
    assert call_words.dollars(1) == "0.000001 dollars"
    assert call_words.dollars(1_500) == "0.0015 dollars"
    assert (
        call_words.dollars(1_234_567_890_000) == "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567.89 dollars"
    )
    lying = court.flag(PRACTICE, FLAG).params | {"play": False, "bond": 1}
    intent = known_calls.check(PRACTICE, Intent("case-flag", PRACTICE.court, court.flag(PRACTICE, FLAG).data, lying))
    assert "35.00 practice dollars as your bond" in intents.sentence(intent), (
        "the call's own bytes, and the network's money"
    )


@given(st.integers(0, 2**96))
def test_no_unit_of_an_amount_is_lost(units: int) -> None:
    said = call_words.dollars(units).removesuffix(" dollars").replace("\N{NARROW NO-BREAK SPACE}", "")
    whole, part = said.split(".")
    assert int(whole) * 10**6 + int(part.ljust(6, "0")) == units
    assert 2 <= len(part) <= 6


ERRORS = sorted(
    {
        entry["name"]: entry
        for name in ("ReviewerPool", "FactCheckCourt", "FutureBlockHash")
        for entry in contracts.artefact(name)["abi"]
        if entry["type"] == "error"
    }.items()
)


@pytest.mark.parametrize("intent", ["", "case-flag", "case-seal", "case-final", "case-settle", "stake-add"])
@pytest.mark.parametrize(("name", "entry"), ERRORS)
def test_every_refusal_is_a_sentence_with_and_without_what_it_tells(name: str, entry: Any, intent: str) -> None:
    given: dict[str, Any] = {
        one["name"]: SOMEBODY
        if one["type"] == "address"
        else b"\xab" * 32
        if one["type"] == "bytes32"
        else 1_900_000_000
        for one in entry["inputs"]
    }
    for arguments in (given, {}):
        for play in (True, None):
            told = {"reason": name, "arguments": arguments, "intent": intent, "play": play}
            said = chain_words.trouble(ChainError(ChainTrouble.REVERTED, **told))
            assert said.startswith("The contract would refuse it: ")
            assert said.endswith((".", ").", "”."))
            assert "{" not in said
            assert "?" not in said
            assert name not in said, "no word of code"


@pytest.mark.parametrize("found", [*range(10), 77, None, "x", True])
def test_a_case_at_another_step_says_at_which(found: Any) -> None:
    told = {"reason": "WrongPhase", "arguments": {"found": found}, "intent": "case-tally"}
    said = chain_words.trouble(ChainError(ChainTrouble.REVERTED, **told))
    assert said.endswith(".")
    assert ("There is no such case" in said.replace("there", "There")) is (found == 0 and type(found) is int)


def test_hostile_arguments_of_a_refusal_are_harmless() -> None:
    for name, _entry in ERRORS:
        for junk in ("\u202e{x}", b"\xff", -1, 2**300, None, [], {}):
            keys = ("found", "until", "readyAt", "id", "holder", "model", "which", "bond", "wanted", "least", "amount")
            told = {"reason": name, "arguments": dict.fromkeys(keys, junk), "intent": "case-flag"}
            said = chain_words.trouble(ChainError(ChainTrouble.REVERTED, **told))
            assert "\u202e" not in said
            assert said.endswith((".", "”."))
