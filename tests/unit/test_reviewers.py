"""The reviewers witness, over real cases on a real practice ledger; and what cases come to, as they might stand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.practice import Publisher, near, sha, some_pdq
from tests.registry.court_logs import DAY, PARAMETERS
from tests.registry.court_play import EDITED, NOT_ALTERED, SYNTHETIC, Play
from tests.unit import examples
from tests.unit.test_register import prints

from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.check import reviewers_rulings as rulings
from touchstone.check.recheck import compare
from touchstone.check.register import RegisterWitness
from touchstone.check.reviewers import ReviewersWitness
from touchstone.check.reviewers_rulings import Around, Similar
from touchstone.check.weigh import weigh
from touchstone.paths import Home
from touchstone.registry.case_replay import parameters_of
from touchstone.registry.case_stage import Pauses, blank_round
from touchstone.registry.court_types import Ballot, CancelReason, CaseEntry, Phase, Ruling, SeatEntry
from touchstone.registry.follow import start_again
from touchstone.registry.lookup import mirror_path
from touchstone.report import Finding, Kind, Status, Witness, from_dict, to_dict
from touchstone.settings import Settings
from touchstone.store.register_store import writer
from touchstone.texts import findings

FACTS = {"network": "Base", "practice": False, "mirror_age_s": 0}
ME = "0x" + "a1" * 20


class Asking:
    """Both witnesses of one home."""

    def __init__(self, home: Home, settings: Settings | None = None) -> None:
        self.register = RegisterWitness(home, settings or Settings())
        self.reviewers = ReviewersWitness(self.register)

    def ask(self, sha256: str, pdq: str = "", kind: Kind = Kind.IMAGE) -> Finding:
        media = prints(pdq) if pdq else {"fingerprints": {}}
        question = self.register.begin(kind)
        known = self.register.finish(question, sha256, kind, media)
        return self.reviewers.finish(question, (sha256, kind, media), known)

    def close(self) -> None:
        self.register.close()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def asking(home):
    made = Asking(home)
    yield made
    made.close()


@pytest.fixture
def play(home):
    ledger = PracticeLedger(home.ledger)
    yield Play(ledger)
    ledger.close()


def own_key(home, address):
    home.keys.mkdir(parents=True, exist_ok=True)
    (home.keys / "mine.json").write_text(json.dumps({"address": address.removeprefix("0x")}))


def answer(finding, media=examples.PHOTO):
    verdict = weigh([finding], media)
    return str(verdict.answer), verdict.headline.code, verdict.headline.params.get("practice", False)


class TestOnPractice:
    def test_nothing_is_there_to_ask(self, asking, home):
        found = asking.ask(sha(1))
        assert (found.status, found.code) == (Status.NOT_CHECKED, "no-cases")
        assert findings.sentence(found) == "Not checked: nothing has been disputed on the practice ledger yet."
        assert not home.root.exists()

    def test_a_case_from_its_flag_to_its_end(self, asking, home, play):
        assert asking.ask(sha(1)).code == "no-cases"
        own_key(home, play.flagger.address)
        case = play.flag(sha(1))
        found = asking.ask(sha(1))
        assert (found.code, found.details["phase"], found.details["case"]) == ("open", "flagged", case)
        assert findings.sentence(found).startswith("A dispute is open. An open dispute says nothing about the file.")
        assert answer(found)[0] == "no-proof"
        assert asking.ask(sha(2)).code == "none"
        assert "Only the practice ledger" in findings.sentence(asking.ask(sha(2)))
        before = found
        play.draw(case)
        votes = dict.fromkeys(range(5), EDITED) | {4: NOT_ALTERED}
        play.seal(case, 0, votes)
        play.open(case, 0, votes)
        play.tally(case)
        found = asking.ask(sha(1))
        assert (found.code, found.details["ruling"], answer(found)[0]) == ("appealable", "altered", "no-proof")
        assert "Anyone can pay for an appeal until" in findings.sentence(found)
        play.finalise(case)
        found = asking.ask(sha(1))
        altered = 15 - found.details["votes"]["not-altered"]
        assert answer(found) == ("refuted", "refuted-altered", True)
        assert found.code == "final-altered"
        assert findings.sentence(found).startswith(f"Reviewers found it altered ({altered} of 15 seats, final).")
        assert found.details["own_because"] == ["flagged"]
        assert from_dict(to_dict(examples.report(found))).finding(Witness.REVIEWERS) == found
        changes = compare(examples.report(before), examples.report(found))
        assert [c.code for c in changes if c.code in {"answer", "finding"}] == ["answer", "finding"]

    def test_what_others_play_decides_nothing(self, asking, play):
        case = play.ruled(sha(1), SYNTHETIC)
        play.finalise(case)
        found = asking.ask(sha(1))
        assert (found.code, found.details["ruling"], found.details["own"]) == ("final", "generated", False)
        assert answer(found)[0] == "no-proof"
        assert "It decides only about samples" in findings.sentence(found)

    def test_who_voted_has_it_for_an_own_matter(self, asking, home, play):
        case = play.ruled(sha(1), NOT_ALTERED)
        play.finalise(case)
        seated = next(key for key in play.reviewers if play.has_seat(case, 0, key))
        own_key(home, seated.address)
        found = asking.ask(sha(1))
        assert found.details["own_because"] == ["voted"]
        assert answer(found) == ("upheld", "upheld", True)

    def test_a_ruling_about_a_text_says_nothing_about_the_file(self, asking, home, play):
        own_key(home, play.flagger.address)
        case = play.ruled(sha(1), EDITED, "Oslo, 1 May")
        play.finalise(case)
        found = asking.ask(sha(1))
        assert (found.code, found.details["claim"], answer(found)[0]) == ("context", "context", "no-proof")
        assert "altered" not in findings.sentence(found)
        assert "“Oslo, 1 May” They found that it is used out of context." in findings.sentence(found)
        file = play.ruled(sha(1), NOT_ALTERED)
        play.finalise(file)
        found = asking.ask(sha(1))
        assert (found.details["case"], answer(found)[1]) == (file, "upheld")
        assert "A claim made with it was disputed as well: “Oslo, 1 May”" in findings.sentence(found)

    def test_a_likeness_of_a_disputed_file_is_named_as_such(self, asking, home, play):
        pdq = some_pdq()
        Publisher.create(play.ledger).register(sha(1), pdq)
        own_key(home, play.flagger.address)
        case = play.ruled(sha(1), EDITED)
        play.finalise(case)
        found = asking.ask(sha(2), near(pdq, 12))
        assert (found.code, found.details["similar_sha256"], found.details["distance"]) == ("similar", sha(1), 12)
        assert findings.sentence(found).startswith("About a file that looks like this one:")
        assert answer(found) == ("similar", "similar-altered", True)
        assert asking.ask(sha(2), some_pdq()).code == "none"
        assert asking.ask(sha(2), pdq, Kind.AUDIO).code == "none"


class TestElsewhere:
    def test_a_network_without_a_court(self, home):
        home.root.mkdir(parents=True)
        home.networks.write_text('[consents.base-sepolia]\nchain_id = 84532\ngiven = "2026-11-01T00:00:00+00:00"\n')
        network = Networks.load(home).get("base-sepolia")
        assert not network.court
        with writer(mirror_path(home, network)) as connection:
            start_again(connection, network)
            connection.execute("UPDATE mirror SET cursor = 9, synced = 9")
        asking = Asking(home, replace(Settings(), network=network.name))
        try:
            found = asking.ask(sha(1))
            assert (found.status, found.code) == (Status.NOT_CHECKED, "no-court")
            assert findings.sentence(found) == "Not checked: there is no court on this network."
        finally:
            asking.close()

    def test_a_network_that_was_not_agreed_to_is_not_asked(self, home):
        asking = Asking(home, replace(Settings(), network="base-sepolia"))
        try:
            assert asking.ask(sha(1)).code == "no-consent"
        finally:
            asking.close()


def seat(voter, opened, *, automated=False, seats=1):
    told = {"voter": voter, "automated": automated, "family": "", "seats": seats, "locked": 20, "sealed": "ab" * 32}
    rest = {"leaked": False, "unobtainable": False, "why": "", "why_uri": "", "settled": False, "paid": 0, "slashed": 0}
    return SeatEntry(**told, opened=opened, salt="", **rest)


def case(number=1, *, ruling=Ruling.EDITED, panel=15, phase=Phase.FINAL, claim="", stake=10**9, automated=0, **more):
    entry = replace(
        blank_round(0),
        panel=panel,
        panel_automated=automated,
        people=(0, 0, panel - automated, 0),
        automated=(0, 0, automated, 0),
        ruling=ruling,
        stake=stake,
        tallied=5,
        appeal_ends=DAY,
        randomness="0x" + "66" * 20,
        seats=(seat(ME, Ballot.EDITED),),
    )
    fields = {
        "id": number, "media": sha(1), "claim": claim, "untrusted_claim": "", "flagger": "0x" + "f1" * 20,
        "bounty": 1, "bond": 1, "publisher": 0, "publisher_name": "", "parameters": parameters_of(PARAMETERS),
        "evidence": sha(2), "uri": "", "flagged": 1, "evidence_ends": 2, "phase": phase, "round": 0, "ruling": ruling,
        "decided_by": 0, "reason": CancelReason.NONE, "pot": 0, "share": 0, "ended": 9, "block": 1, "tx": sha(3),
        "rounds": (entry,),
    }  # fmt: skip
    return CaseEntry(**(fields | more))


GATED = Around(gated=True)


def told(*cases, around=GATED):
    details = rulings.found(cases, around, FACTS)
    return Finding(Witness.REVIEWERS, Status.DONE, rulings.code(details), details=details)


class TestWhichCase:
    def test_a_small_panel_does_not_undo_what_a_large_one_said(self):
        found = told(case(9, ruling=Ruling.NOT_ALTERED, panel=15), case(2, panel=31))
        assert (found.details["case"], found.details["disagreed"]) == (2, True)
        assert answer(found)[1] == "refuted-altered"
        assert told(case(9, panel=15), case(2, panel=15)).details["case"] == 9

    def test_a_ruling_stands_while_it_is_disputed_again(self):
        found = told(case(9, phase=Phase.COMMIT, ruling=Ruling.NONE), case(2))
        assert (found.details["case"], found.details["disagreed"]) == (2, False)
        assert "It has been disputed again since." in findings.sentence(found)

    def test_a_dispute_comes_before_what_decided_nothing(self):
        undecided = case(1, ruling=Ruling.UNRESOLVED)
        for other in (undecided, case(2, ruling=Ruling.CANNOT_TELL), case(3, phase=Phase.CANCELLED)):
            assert told(other, case(9, phase=Phase.FLAGGED, ruling=Ruling.NONE)).details["state"] == "open"
        assert told(undecided).code == "unresolved"

    def test_the_kinds_of_rulings(self):
        names = {Ruling.EDITED: "altered", Ruling.ALTERED: "altered", Ruling.SYNTHETIC: "generated"}
        for ruling, name in names.items():
            assert told(case(ruling=ruling)).code == f"final-{name}"
        assert told(case(ruling=Ruling.CANNOT_TELL)).details["ruling"] == "cannot-tell"


class TestQualified:
    @pytest.mark.parametrize(
        ("entry", "around", "qualified"),
        [
            (case(), Around(gated=True), True),
            (case(stake=15 * 20 * 100), Around(), True),
            (case(stake=15 * 20 * 100 - 1), Around(), False),
            (case(panel=7), Around(gated=True), False),
            (case(automated=15), Around(gated=True), False),
            (case(), Around(gated=True, practice=True), False),
            (case(phase=Phase.APPEALABLE), Around(gated=True), False),
        ],
    )
    def test_it_takes_a_public_network_enough_seats_and_a_pool_that_costs(self, entry, around, qualified):
        found = told(entry, around=around)
        assert found.details["qualified"] is qualified
        assert (answer(found)[0] == "refuted") is qualified

    def test_a_smaller_panel_is_a_note(self):
        found = told(case(panel=7))
        assert found.code == "final"
        assert "take this as a note" in findings.sentence(found)


def test_deadlines_are_told_with_pauses():
    around = Around(pauses=Pauses(((10, 10 + DAY),)))
    details = rulings.found([case(phase=Phase.APPEALABLE)], around, FACTS)
    assert details["appeal_ends"] == "1970-01-03T00:00:00+00:00"


def test_of_likenesses_the_one_that_was_ruled_altered_is_told_of():
    near_by = [
        Similar(sha(5), 3, [case(1, phase=Phase.FLAGGED, ruling=Ruling.NONE)]),
        Similar(sha(6), 9, [case(2)]),
        Similar(sha(7), 20, [case(3)]),
        Similar(sha(8), 1, [case(4, claim=sha(9))]),
    ]
    details = rulings.alike(near_by, Around(gated=True), FACTS)
    assert (details["similar_sha256"], details["disputed_alike"]) == (sha(6), 3)
    assert rulings.alike(near_by[3:], Around(), FACTS) == {}


def test_a_round_that_came_to_nothing_leaves_the_one_before():
    first = case().rounds[0]
    second = replace(blank_round(1), panel=31, ruling=Ruling.UNRESOLVED)
    found = told(case(rounds=(first, second), round=1))
    assert (found.details["round"], found.details["rounds"], found.details["seats"]) == (1, 2, 15)
    assert answer(found)[1] == "refuted-altered"
