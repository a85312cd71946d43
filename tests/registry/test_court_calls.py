"""A whole case through what the application asks of pool and court: every call from its intent to its effect."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.practice import Key, Publisher
from tests.registry.publishing import KeySigner

from touchstone.chain import contracts, typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.send import Prepared, Sender
from touchstone.paths import Home
from touchstone.registry import court, permits, pool
from touchstone.registry.court import Flagging
from touchstone.registry.court_types import Ballot, CancelReason, Phase, Ruling
from touchstone.registry.permits import Permit
from touchstone.texts import chain as chain_words
from touchstone.texts import intents

DOLLAR, DAY, HOUR = 10**6, 86_400, 3_600
REVIEWERS, STAKE = 8, 600 * DOLLAR


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


@dataclass
class Court:
    """A practice ledger, and people with money on it who send what the application would."""

    ledger: PracticeLedger
    network: Network
    sender: Sender
    reviewers: list[KeySigner] = field(default_factory=list)
    agreed: list[Prepared] = field(default_factory=list)

    @property
    def nodes(self) -> list[Any]:
        return [self.ledger.node()]

    def somebody(self, units: int = 1_000 * DOLLAR) -> KeySigner:
        signer = KeySigner(Key(self.ledger).signer)
        if units:
            self.ledger.give_dollars(signer.address, units)
        return signer

    def send(self, who: KeySigner, intent: Intent) -> Prepared:
        """Send it as the application does; what was agreed to."""

        def agree(prepared: Prepared) -> bool:
            self.agreed.append(prepared)
            return True

        self.sender.send(self.sender.prepare(intent, who.address), who, agree)
        return self.agreed[-1]

    def refusal(self, who: KeySigner, intent: Intent) -> tuple[str, str]:
        """The contract's reason, and the words for it."""
        with pytest.raises(ChainError) as caught:
            self.sender.prepare(intent, who.address)
        assert caught.value.code is ChainTrouble.REVERTED
        return str(caught.value.params["reason"]), chain_words.trouble(caught.value)

    def permit(self, who: KeySigner, spender: str, amount: int) -> Permit:
        deadline = self.ledger.status().time + HOUR
        typed = permits.typed_data(self.nodes, self.network, who.address, spender, amount, deadline)
        signature = typed_calls.sign(self.network, who, typed, lambda intent: bool(intents.sentence(intent)))
        return permits.signed(typed, signature)

    def flag(self, media: str, claim: str = "", who: KeySigner | None = None) -> int:
        who = who or self.somebody()
        rules = court.parameters(self.nodes, self.network)
        bond = court.bond_for(self.nodes, self.network, media, court.claim_hash(claim))
        what = Flagging(media, claim, sha("evidence " + media), "ipfs://x", court.round_cost(rules, 0), bond)
        allowed = self.permit(who, self.network.court, what.total)
        sent = self.send(who, court.flag(self.network, what, allowed))
        return int(sent.outcome["id"])

    def draw(self, case: int) -> None:
        """From the evidence window to the end of the draw."""
        keeper = self.reviewers[0]
        self.ledger.skip(3 * DAY)
        self.send(keeper, court.request_seed(self.network, case))
        while self.phase(case) is Phase.SEED_REQUESTED or self.phase(case) is Phase.DRAWN:
            self.ledger.skip(1)
            with contextlib.suppress(ChainError):
                self.send(keeper, court.draw(self.network, case))

    def panel(self, case: int, round_: int = 0) -> dict[KeySigner, int]:
        found = {who: court.vote(self.nodes, self.network, case, round_, who.address).seats for who in self.reviewers}
        return {who: seats for who, seats in found.items() if seats}

    def seal(self, case: int, round_: int, votes: dict[KeySigner, Ballot]) -> None:
        for who, ballot in votes.items():
            sealed = court.commitment(self.network, case, round_, who.address, ballot, salt(who, case, round_))
            self.send(who, court.commit(self.network, case, sealed))

    def open(self, case: int, round_: int, votes: dict[KeySigner, Ballot]) -> None:
        for who, ballot in votes.items():
            self.send(who, court.reveal(self.network, case, who.address, ballot, salt(who, case, round_)))

    def phase(self, case: int) -> Phase:
        return court.phase(self.nodes, self.network, case)


def salt(who: KeySigner, case: int, round_: int) -> str:
    return sha(f"salt of {who.address} in {case}, {round_}")


@pytest.fixture(scope="module")
def court_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """Eight reviewers who staked, one with a permit and the others after an allowance, and whose stake has matured."""
    home = Home(tmp_path_factory.mktemp("court") / "home")
    network = Networks.load(home).get("practice")
    made = Court(PracticeLedger(home.ledger), network, Sender(home, network))
    for number in range(REVIEWERS):
        who = made.somebody()
        made.reviewers.append(who)
        if number:
            made.send(who, permits.approve(network, network.pool, STAKE))
            made.send(who, pool.stake(network, STAKE))
        else:
            made.send(who, pool.stake(network, STAKE, made.permit(who, network.pool, STAKE)))
        made.send(who, pool.join(network, False))
    assert pool.total(made.nodes, network, False) == 0
    made.ledger.skip(14 * DAY)
    for who in made.reviewers:
        made.send(who, pool.refresh(network, who.address))
    yield made
    made.sender.close()
    made.ledger.close()


def test_what_practice_rules_are(court_house: Court) -> None:
    rules = court.parameters(court_house.nodes, court_house.network)
    assert rules.number == 1
    assert rules == court.parameters(court_house.nodes, court_house.network, 1)
    assert rules.seats == (15, 31, 0)
    assert (rules.seat_lock, rules.automated_lock, rules.flag_bond) == (20 * DOLLAR, 10 * DOLLAR, 35 * DOLLAR)
    assert (rules.evidence_time, rules.commit_time, rules.obtain_time) == (3 * DAY, 2 * DAY, 12 * HOUR)
    assert (rules.reveal_time, rules.appeal_time) == (2 * DAY, 3 * DAY)
    assert (rules.slash_bps, rules.leak_bps) == (2500, 1000)
    assert court.round_cost(rules, 0) == 30_600_000
    assert rules.randomness == contracts.address("FutureBlockHash").lower()
    held = pool.parameters(court_house.nodes, court_house.network)
    assert (held.min_stake, held.min_automated) == (50 * DOLLAR, 25 * DOLLAR)
    assert held.activation_delay == held.unbonding_time == 14 * DAY
    assert held.people == held.automated == contracts.address("Open").lower()


def test_who_staked_has_weight(court_house: Court) -> None:
    for who in court_house.reviewers:
        found = pool.reviewer(court_house.nodes, court_house.network, who.address)
        assert found.staked == found.weight == STAKE
        assert found.joined
        assert not found.automated
        assert (found.unbonding, found.withdrawable, found.account) == (0, 0, who.address.lower())
    assert pool.total(court_house.nodes, court_house.network, False) == REVIEWERS * STAKE
    nobody = pool.reviewer(court_house.nodes, court_house.network, "0x" + "99" * 20)
    assert (nobody.staked, nobody.weight, nobody.joined) == (0, 0, False)


def test_a_whole_case(court_house: Court) -> None:
    on, media = court_house, sha("a file")
    flagger = on.somebody()
    case = on.flag(media, who=flagger)
    agreed = on.agreed[-1]
    assert dict(intents.rows(agreed))["Number of the case"] == str(case)
    assert "put down 35.00 practice dollars as your bond" in intents.sentence(agreed.intent)
    assert court.last_case(on.nodes, on.network, media) == case == court.count(on.nodes, on.network)
    found = court.case(on.nodes, on.network, case)
    assert found is not None
    assert (found.media, found.claim, found.flagger) == (media, "", flagger.address.lower())
    assert (found.phase, found.bounty, found.replier) == (Phase.FLAGGED, 30_600_000, "")
    assert on.refusal(flagger, court.draw(on.network, case))[0] == "WrongPhase"
    on.send(on.somebody(), court.add_evidence(on.network, case, sha("more"), "https://x.example/e.zip"))

    on.draw(case)
    panel = on.panel(case)
    assert sum(panel.values()) == 15
    assert on.phase(case) is Phase.COMMIT
    wrong, silent = next((a, b) for a in panel for b in panel if a is not b and panel[a] + panel[b] <= 5)
    votes = dict.fromkeys(panel, Ballot.EDITED) | {wrong: Ballot.NOT_ALTERED}
    on.seal(case, 0, votes)
    assert "when the time for opening comes" in intents.warnings(on.agreed[-1])[0]
    sealed = court.vote(on.nodes, on.network, case, 0, wrong.address)
    assert sealed.commitment == court.commitment(
        on.network, case, 0, wrong.address, Ballot.NOT_ALTERED, salt(wrong, case, 0)
    )
    assert sealed.locked == 20 * DOLLAR * panel[wrong]

    on.ledger.skip(2 * DAY)
    early = dict(votes)
    del early[silent]
    on.open(case, 0, early)
    lied = court.reveal(on.network, case, silent.address, Ballot.NOT_ALTERED, salt(silent, case, 0))
    assert on.refusal(silent, lied) == (
        "NotCommitted",
        "The contract would refuse it: that is not the vote that was sealed last.",
    )
    on.send(wrong, court.justify(on.network, case, 0, sha("why"), ""))
    on.ledger.skip(2 * DAY)
    on.send(on.reviewers[0], court.tally(on.network, case))
    assert on.phase(case) is Phase.APPEALABLE
    round_ = court.round_(on.nodes, on.network, case, 0)
    assert (round_.ruling, sum(round_.people)) == (Ruling.EDITED, 15 - panel[silent])

    on.ledger.skip(3 * DAY)
    on.send(on.reviewers[0], court.finalise(on.network, case))
    assert "can never be changed" in intents.sentence(on.agreed[-1].intent)
    everybody_has_what_is_theirs(on, case, flagger, wrong, silent)


def everybody_has_what_is_theirs(on: Court, case: int, flagger: KeySigner, wrong: KeySigner, silent: KeySigner) -> None:
    """Once the ruling is final: altered, with one reviewer against it and one who did not open."""
    panel = on.panel(case)
    for who in panel:
        on.send(who, court.settle(on.network, case, 0, who.address))
        assert court.vote(on.nodes, on.network, case, 0, who.address).settled
    assert on.refusal(wrong, court.settle(on.network, case, 0, wrong.address))[0] == "NothingToSettle"
    slashed = pool.reviewer(on.nodes, on.network, wrong.address)
    assert (slashed.staked, slashed.locked) == (STAKE - 5 * DOLLAR * panel[wrong], 0)
    lost = pool.reviewer(on.nodes, on.network, silent.address)
    assert lost.staked == STAKE - 20 * DOLLAR * panel[silent]

    assert court.credit(on.nodes, on.network, flagger.address) == 35 * DOLLAR
    before = permits.balance(on.nodes, on.network, flagger.address)
    paid = on.send(flagger, court.withdraw(on.network, flagger.address))
    assert dict(intents.rows(paid))["Paid out"] == "35.00 practice dollars"
    assert permits.balance(on.nodes, on.network, flagger.address) == before + 35 * DOLLAR
    assert on.refusal(flagger, court.withdraw(on.network, flagger.address))[0] == "NothingCredited"
    final = court.case(on.nodes, on.network, case)
    assert final is not None
    assert (final.phase, final.ruling) == (Phase.FINAL, Ruling.EDITED)
    winners = 15 - panel[wrong] - panel[silent]
    winner = next(who for who in panel if who not in {wrong, silent, on.reviewers[0]})
    assert court.credit(on.nodes, on.network, winner.address) == final.share * panel[winner]
    assert final.share * winners <= final.bounty + 20 * DOLLAR * 15


def test_an_appeal_that_is_not_paid_in_full_comes_back(court_house: Court) -> None:
    on = court_house
    case = on.flag(sha("another"), claim="It was taken yesterday")
    on.draw(case)
    votes = dict.fromkeys(on.panel(case), Ballot.CANNOT_TELL)
    on.seal(case, 0, votes)
    on.ledger.skip(2 * DAY)
    synthetic = court.reveal(
        on.network, case, next(iter(votes)).address, Ballot.SYNTHETIC, salt(next(iter(votes)), case, 0)
    )
    assert on.refusal(on.reviewers[0], synthetic)[0] == "BadBallot"
    on.open(case, 0, votes)
    on.ledger.skip(2 * DAY)
    on.send(on.reviewers[0], court.tally(on.network, case))
    rules = court.parameters(on.nodes, on.network)
    for against in (False, True):
        asked = court.appeal_target(on.nodes, on.network, case, 0, against)
        assert asked == court.target(rules, 0, against) > 0
    payer = on.somebody()
    on.send(
        payer, court.fund_appeal(on.network, case, True, 5 * DOLLAR, on.permit(payer, on.network.court, 5 * DOLLAR))
    )
    assert court.side(on.nodes, on.network, case, 0, True).funded == 5 * DOLLAR
    assert court.contribution(on.nodes, on.network, case, 0, True, payer.address) == 5 * DOLLAR
    assert on.refusal(payer, court.open_round(on.network, case))[0] == "WrongTime"
    on.ledger.skip(3 * DAY)
    reason, said = on.refusal(payer, court.open_round(on.network, case))
    assert reason == "RoundNotFunded"
    assert said.endswith("The ruling can be made final instead.")
    on.send(payer, court.finalise(on.network, case))
    on.send(payer, court.claim_appeal(on.network, case, 0, True, payer.address))
    assert court.credit(on.nodes, on.network, payer.address) == 5 * DOLLAR + rules.keeper_fee
    other = on.somebody(0)
    on.send(payer, court.withdraw_to(on.network, other.address))
    assert permits.balance(on.nodes, on.network, other.address) == 5 * DOLLAR + rules.keeper_fee


def test_a_second_round_that_an_appeal_opened(court_house: Court) -> None:
    on = court_house
    case = on.flag(sha("appealed"))
    on.draw(case)
    votes = dict.fromkeys(on.panel(case), Ballot.NOT_ALTERED)
    on.seal(case, 0, votes)
    on.ledger.skip(2 * DAY)
    on.open(case, 0, votes)
    on.ledger.skip(2 * DAY)
    on.send(on.reviewers[0], court.tally(on.network, case))
    payer, asked = on.somebody(), court.appeal_target(on.nodes, on.network, case, 0, True)
    on.send(payer, court.fund_appeal(on.network, case, True, asked, on.permit(payer, on.network.court, asked)))
    assert on.refusal(payer, court.fund_appeal(on.network, case, True, 1))[0] == "FullyFunded"
    on.ledger.skip(3 * DAY)
    assert on.refusal(payer, court.finalise(on.network, case))[0] == "RoundFunded"
    on.send(payer, court.open_round(on.network, case))
    found = court.case(on.nodes, on.network, case)
    assert found is not None
    assert (found.round, found.phase) == (1, Phase.FLAGGED)


def test_a_sealed_vote_that_somebody_else_hands_in(court_house: Court) -> None:
    on = court_house
    case = on.flag(sha("by signature"))
    on.draw(case)
    voter = next(iter(on.panel(case)))
    sealed = court.commitment(on.network, case, 0, voter.address, Ballot.SYNTHETIC, salt(voter, case, 0))
    nonce = court.nonce_of(on.nodes, on.network, voter.address)
    deadline = on.ledger.status().time + HOUR
    typed = court.commit_data(on.network, case, 0, sealed, voter=voter.address, nonce=nonce, deadline=deadline)
    signature = typed_calls.sign(on.network, voter, typed, lambda _intent: True)
    relay = on.somebody(0)
    on.send(relay, court.commit_by_signature(on.network, typed, signature))
    assert court.vote(on.nodes, on.network, case, 0, voter.address).commitment == sealed
    again = court.commit_by_signature(on.network, typed, signature)
    assert on.refusal(relay, again)[0] == "BadNonce"
    leak = court.report_leak(on.network, case, voter.address, Ballot.SYNTHETIC, salt(voter, case, 0))
    assert "was let out before its time: generated" in intents.sentence(leak)
    on.send(relay, leak)
    assert court.vote(on.nodes, on.network, case, 0, voter.address).voided
    assert court.credit(on.nodes, on.network, relay.address) > 0


def test_media_that_nobody_can_get(court_house: Court) -> None:
    on = court_house
    case = on.flag(sha("gone"))
    on.draw(case)
    for who in on.panel(case):
        if on.phase(case) is Phase.COMMIT:
            on.send(who, court.report_unobtainable(on.network, case))
    found = court.case(on.nodes, on.network, case)
    assert found is not None
    assert (found.phase, found.reason) == (Phase.CANCELLED, CancelReason.NOT_OBTAINABLE)
    assert court.bond_for(on.nodes, on.network, sha("gone")) == 70 * DOLLAR


def test_a_publisher_replies_with_a_counter_bond(court_house: Court) -> None:
    on, media = court_house, sha("registered")
    publisher = Publisher.create(on.ledger)
    publisher.register(media)
    owner = KeySigner(publisher.key.signer)
    on.ledger.give_dollars(owner.address, 100 * DOLLAR)
    case = on.flag(media)
    found = court.case(on.nodes, on.network, case)
    assert found is not None
    assert found.publisher == publisher.id
    stranger = court.reply(on.network, case, publisher.id, sha("reply"), "", False)
    assert on.refusal(on.somebody(), stranger)[0] == "NotPublisher"
    on.send(owner, permits.approve(on.network, on.network.court, 35 * DOLLAR))
    mine = court.reply(on.network, case, publisher.id, sha("reply"), "", True, bond=35 * DOLLAR)
    assert "puts down 35.00 practice dollars" in intents.sentence(mine)
    on.send(owner, mine)
    found = court.case(on.nodes, on.network, case)
    assert found is not None
    assert found.replier == owner.address.lower()


def test_stake_goes_out_after_the_wait(court_house: Court) -> None:
    on, who = court_house, court_house.somebody()
    on.send(who, permits.approve(on.network, on.network.pool, STAKE))
    on.send(who, pool.stake(on.network, STAKE, unbonding=14 * DAY))
    assert "To take it out again takes 14 days." in intents.warnings(on.agreed[-1])
    reason, said = on.refusal(who, pool.unbond(on.network, STAKE + 1))
    assert (reason, "600.00 practice dollars of your stake are left" in said) == ("NotFree", True)
    on.send(who, pool.unbond(on.network, STAKE))
    assert on.refusal(who, pool.withdraw(on.network, who.address))[0] == "TooEarly"
    on.ledger.skip(14 * DAY)
    found = pool.reviewer(on.nodes, on.network, who.address)
    assert (found.unbonding, found.withdrawable) == (STAKE, STAKE)
    on.send(who, pool.withdraw(on.network, who.address))
    assert permits.balance(on.nodes, on.network, who.address) == 1_000 * DOLLAR
    assert on.refusal(who, pool.depart(on.network))[0] == "NotJoined"


def test_refusals_say_what_to_do(court_house: Court) -> None:
    on, media, who = court_house, sha("twice"), court_house.somebody()
    case = on.flag(media)
    again = Flagging(media, "", sha("e"), "", 30_600_000, 35 * DOLLAR)
    assert on.refusal(who, court.flag(on.network, again)) == (
        "AlreadyOpen",
        f"The contract would refuse it: case {case} is about this file and claim already. Add your evidence there.",
    )
    other = dataclasses.replace(again, media=sha("new"), bounty=1)
    assert (
        "a bounty of 0.000001 practice dollars is not enough for the first panel, which costs 30.60"
        in (on.refusal(who, court.flag(on.network, other))[1])
    )
    other = dataclasses.replace(again, media=sha("new"), bond=1)
    assert "is 35.00 practice dollars now, not 0.000001" in on.refusal(who, court.flag(on.network, other))[1]
    other = dataclasses.replace(again, media=sha("new"))
    assert on.refusal(who, court.flag(on.network, other))[0] == "ERC20InsufficientAllowance"
    assert on.refusal(who, pool.join(on.network, False))[0] == "BadAmount"
    assert on.refusal(who, court.tally(on.network, 10**9)) == (
        "WrongPhase",
        "The contract would refuse it: there is no such case.",
    )
    assert court.case(on.nodes, on.network, 10**9) is None


def test_a_permit_that_fails_leaves_the_allowance_to_decide(court_house: Court) -> None:
    on, who = court_house, court_house.somebody()
    spoiled = dataclasses.replace(on.permit(who, on.network.pool, STAKE), r="0x" + "11" * 32)
    assert on.refusal(who, pool.stake(on.network, STAKE, spoiled))[0] == "ERC20InsufficientAllowance"
    on.send(who, permits.approve(on.network, on.network.pool, STAKE))
    on.send(who, pool.stake(on.network, STAKE, spoiled))
    assert pool.reviewer(on.nodes, on.network, who.address).staked == STAKE


def test_a_network_without_a_court_says_so(tmp_path: Path, court_house: Court) -> None:
    base = Networks.load(Home(tmp_path)).get("base")
    for call in (
        lambda: court.tally(base, 1),
        lambda: pool.depart(base),
        lambda: court.case(court_house.nodes, base, 1),
        lambda: pool.parameters(court_house.nodes, base),
    ):
        with pytest.raises(ChainError) as caught:
            call()
        assert caught.value.code is ChainTrouble.NOT_DEPLOYED
        assert "on this network" in chain_words.trouble(caught.value)
