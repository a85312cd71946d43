"""Cases on a real practice ledger: what the mirror says is what the contracts hold, phase by phase."""

from __future__ import annotations

import pytest
from tests.practice import sha
from tests.registry.court_play import COURT, DAY, DOLLAR, EDITED, NOT_ALTERED, POOL, SYNTHETIC, Play, digest

from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry import mirror
from touchstone.registry.case_lookup import Cases
from touchstone.registry.case_stage import Next, stage
from touchstone.registry.case_types import Earning, StakeKind
from touchstone.registry.court_types import CancelReason, Phase, Ruling

NOBODY = "0x" + "00" * 20


class Desk:
    """A ledger, those who play on it, and the mirror."""

    def __init__(self, home: Home, **play: int) -> None:
        self.home, self.ledger = home, PracticeLedger(home.ledger)
        self.play = Play(self.ledger, **play)
        self.network = Networks.load(home).get("practice")
        self.cases = Cases(home, self.network)

    def get(self, number: int):
        mirror.sync(self.home, self.network)
        return self.cases.get(number)

    def agrees(self, number: int) -> Phase:
        """The phase, once everything that the contracts hold about the case is seen to be what the mirror says."""
        case = self.get(number)
        phase = stage(case, self.ledger.status().time, self.cases.pauses()).phase
        assert phase == one(self.play.ask(COURT, "phaseOf", number))
        held = one(self.play.ask(COURT, "caseOf", number))
        assert (case.media, case.flagger) == (hexed(held["media"]), hexed(held["flagger"], "0x"))
        for name in ("bounty", "publisher", "round", "ruling", "reason", "share"):
            assert getattr(case, name) == held[name], name
        assert (case.flagged, case.evidence_ends) == (held["flaggedAt"], held["evidenceEnds"])
        for entry in case.rounds:
            self._round(number, entry)
        return phase

    def _round(self, number, entry):
        kept = one(self.play.ask(COURT, "roundOf", number, entry.number))
        assert (entry.commit_ends, entry.appeal_ends) == (kept["commitEnds"], kept["appealEnds"])
        assert entry.ruling == kept["ruling"]
        assert entry.people == tuple(kept["people"])
        assert entry.automated == tuple(kept["automated"])
        assert sum(s.seats for s in entry.seats if not s.leaked) == kept["seatsPeople"] + kept["seatsAutomated"]
        for against, funded in ((False, entry.funded_with), (True, entry.funded_against)):
            assert one(self.play.ask(COURT, "sideOf", number, entry.number, against))["funded"] == funded
        for seat in entry.seats:
            vote = one(self.play.ask(COURT, "voteOf", number, entry.number, seat.voter))
            assert (seat.seats, seat.automated, seat.settled) == (vote["seats"], vote["automated"], vote["settled"])
            assert (seat.leaked, seat.unobtainable) == (vote["voided"], vote["unobtainable"])
            assert (seat.opened is not None) == vote["revealed"]
            assert seat.opened is None or seat.opened == vote["ballot"]
            assert (seat.sealed or "00" * 32) == hexed(vote["commitment"])


def one(value):
    while isinstance(value, (tuple, list)) and len(value) == 1:
        value = value[0]
    return value


def hexed(value, prefix=""):
    return prefix + (value.hex() if isinstance(value, bytes) else value.lower().removeprefix("0x"))


@pytest.fixture
def desk(tmp_path):
    return Desk(Home(tmp_path / "home"))


def test_a_case_to_its_end_and_every_seat_settled(desk):
    play = desk.play
    case = play.flag(sha(1))
    assert desk.agrees(case) is Phase.FLAGGED
    play.draw(case)
    assert desk.agrees(case) is Phase.COMMIT
    votes = {0: EDITED, 1: EDITED, 2: SYNTHETIC, 3: EDITED, 4: NOT_ALTERED}
    play.seal(case, 0, votes)
    assert desk.agrees(case) is Phase.COMMIT
    play.open(case, 0, votes)
    assert desk.agrees(case) is Phase.REVEAL
    desk.ledger.skip(2 * DAY)
    desk.ledger.fund(play.flagger.address, 1)
    assert desk.agrees(case) is Phase.TALLYING
    assert stage(desk.get(case), desk.ledger.status().time).next is Next.TALLY
    play.tally(case)
    assert desk.agrees(case) is Phase.APPEALABLE
    play.finalise(case)
    assert desk.agrees(case) is Phase.FINAL
    play.settle(case, 0)
    assert desk.agrees(case) is Phase.FINAL
    for key in play.reviewers:
        history = desk.cases.stake_history(key.address)
        assert [e.kind for e in history[:3]] == [StakeKind.STAKED, StakeKind.JOINED, StakeKind.WEIGHT]
        kept = one(play.ask(POOL, "accountOf", key.address))
        assert (history[-1].staked, history[-1].locked) == (kept["staked"], kept["locked"])
        won = sum(e.amount for e in desk.cases.earnings(key.address) if e.kind is Earning.SEAT)
        assert won == one(play.ask(COURT, "creditOf", key.address))
        lost = -sum(e.amount for e in desk.cases.earnings(key.address) if e.kind is Earning.LOST)
        assert history[-1].staked == play.stake - lost
    kinds = [e.kind for e in desk.cases.earnings(play.flagger.address)]
    assert kinds == [Earning.KEEPER] * 4 + [Earning.CASE]


def test_an_appeal_turns_a_ruling(desk):
    play = desk.play
    case = play.ruled(sha(2), EDITED)
    needs = one(play.ask(COURT, "appealTarget", case, 0, True))
    play.reviewers[0].send(COURT, "fundAppeal", case, True, needs // 2)
    assert desk.agrees(case) is Phase.APPEALABLE
    play.flagger.send(COURT, "fundAppeal", case, True, needs)
    desk.ledger.skip(3 * DAY)
    desk.ledger.fund(play.flagger.address, 1)
    assert stage(desk.get(case), desk.ledger.status().time).next is Next.OPEN_ROUND
    play.flagger.send(COURT, "openRound", case)
    assert desk.agrees(case) is Phase.FLAGGED
    assert stage(desk.get(case), desk.ledger.status().time).next is Next.SEED
    play.draw(case, first=False)
    votes = dict.fromkeys(range(5), NOT_ALTERED)
    play.seal(case, 1, votes)
    play.open(case, 1, votes)
    play.tally(case)
    desk.agrees(case)
    play.flagger.send(COURT, "finalise", case)
    assert desk.agrees(case) is Phase.FINAL
    found = desk.get(case)
    assert (found.ruling, found.decided_by, [r.panel for r in found.rounds]) == (Ruling.NOT_ALTERED, 1, [15, 31])
    play.flagger.send(COURT, "claimAppeal", case, 0, True, play.reviewers[0].address)
    mirror.sync(desk.home, desk.network)
    (mine,) = desk.cases.appeals_of(play.reviewers[0].address)
    assert (mine.case, mine.round, mine.against, mine.paid, mine.claimed) == (case, 0, True, needs // 2, True)
    back = [e for e in desk.cases.earnings(play.reviewers[0].address) if e.kind is Earning.APPEAL]
    assert [e.amount for e in back] == [mine.back]
    assert case in {c.id for c in desk.cases.listing(mine=[play.reviewers[0].address])}


def test_where_nobody_opens_there_is_no_ruling(desk):
    play = desk.play
    case = play.flag(sha(3))
    play.draw(case)
    play.seal(case, 0, {0: EDITED})
    desk.ledger.skip(2 * DAY)
    play.tally(case)
    desk.agrees(case)
    play.finalise(case)
    assert desk.agrees(case) is Phase.FINAL
    assert (desk.get(case).ruling, desk.get(case).decided_by) == (Ruling.UNRESOLVED, -1)


def test_a_vote_that_leaks_is_void(desk):
    play = desk.play
    case = play.flag(sha(4))
    play.draw(case)
    play.seal(case, 0, dict.fromkeys(range(5), EDITED))
    place = next(n for n in range(5) if play.has_seat(case, 0, play.reviewers[n]))
    loser = play.reviewers[place]
    play.flagger.send(COURT, "reportLeak", case, loser.address, EDITED, play.salt(case, 0, loser))
    assert desk.agrees(case) is Phase.COMMIT
    seat = next(s for s in desk.get(case).rounds[0].seats if s.voter == loser.address.lower())
    assert (seat.leaked, seat.settled, seat.slashed) == (True, True, seat.locked)
    kinds = {e.kind for e in desk.cases.earnings(play.flagger.address)}
    assert kinds == {Earning.KEEPER, Earning.LEAK}


def test_a_case_about_a_text_and_one_that_nobody_can_look_at(desk):
    play = desk.play
    text = "Oslo, “1. May”"
    case = play.flag(sha(5), text)
    file = play.flag(sha(5))
    assert desk.get(case).untrusted_claim == text
    assert desk.get(case).claim == hexed(one(play.ask(COURT, "caseOf", case))["claim"])
    play.draw(case)
    for key in play.reviewers:
        if play.has_seat(case, 0, key) and one(play.ask(COURT, "phaseOf", case)) == Phase.COMMIT:
            key.send(COURT, "reportUnobtainable", case)
    assert desk.agrees(case) is Phase.CANCELLED
    assert desk.get(case).reason is CancelReason.NOT_OBTAINABLE
    assert [c.id for c in desk.cases.about(sha(5))] == [file, case]


def test_evidence_comes_in_its_order(desk):
    play = desk.play
    case = play.flag(sha(6), uri="ipfs://flag")
    play.reviewers[0].send(COURT, "addEvidence", case, digest("one"), "https://x.example/1")
    desk.get(case)
    told = desk.cases.evidence(case)
    assert [(e.uri, e.sender) for e in told] == [
        ("ipfs://flag", play.flagger.address.lower()),
        ("https://x.example/1", play.reviewers[0].address.lower()),
    ]
    assert told[1].item == digest("one").hex()


def test_a_pool_that_is_too_small_cancels(tmp_path):
    desk = Desk(Home(tmp_path / "home"), people=1, stake=300 * DOLLAR)
    case = desk.play.flag(sha(7))
    desk.ledger.skip(3 * DAY)
    desk.play.flagger.send(COURT, "requestSeed", case)
    assert desk.agrees(case) is Phase.CANCELLED
    assert desk.get(case).reason is CancelReason.POOL_TOO_SMALL
    assert desk.cases.listing()[0].id == case
