"""What moves a case on: told by the clock and by what the chain says of seed and stake; sent by command."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.court import practising
from tests.court.practising import Desk

from touchstone.chain.networks import Networks
from touchstone.cli.main import main
from touchstone.court.keeper import Seed, Wait, due, needed
from touchstone.court.practice import Practice
from touchstone.paths import Home
from touchstone.registry.case_stage import Next, Pauses, blank_parameters, blank_round
from touchstone.registry.court_types import CancelReason, CaseEntry, Phase, Ruling
from touchstone.texts import practice_reviewers

DOLLAR = 1_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return Networks.load(Home(tmp_path_factory.mktemp("home"))).get("practice")


def case(phase, **changed):
    parameters = replace(
        blank_parameters(1), seats=(15, 31, 0), seat_lock=20 * DOLLAR, seat_fee=2 * DOLLAR, keeper_fee=DOLLAR // 10,
        appeal_per_seat=2 * DOLLAR, evidence_time=3 * DAY, commit_time=2 * DAY, reveal_time=2 * DAY,
        appeal_time=3 * DAY,
    )  # fmt: skip
    entry = CaseEntry(
        id=7, media="ab" * 32, claim="", untrusted_claim="", flagger="0x" + "11" * 20, bounty=31 * DOLLAR,
        bond=35 * DOLLAR, publisher=0, publisher_name="", parameters=parameters, evidence="cd" * 32, uri="",
        flagged=1000, evidence_ends=1000 + 3 * DAY, phase=phase, round=0, ruling=Ruling.NONE, decided_by=0,
        reason=CancelReason.NONE, pot=0, share=0, ended=0, block=1, tx="ef" * 32,
        rounds=(replace(blank_round(0), requested=1000 + 3 * DAY),),
    )  # fmt: skip
    return replace(entry, **changed)


def test_nothing_is_due_while_a_window_is_open(network):
    move = due(network, case(Phase.FLAGGED), 1000 + DAY)
    assert (move.wait, move.intent, move.stage.ends) == (Wait.CLOCK, None, 1000 + 3 * DAY)
    assert "Nothing is due" in practice_reviewers.not_due(str(move.wait), move.stage)


def test_a_lot_is_asked_for_where_there_is_stake_to_draw_from(network):
    late = 1000 + 4 * DAY
    enough = needed(case(Phase.FLAGGED))
    assert enough == 4 * 15 * 20 * DOLLAR
    asked = due(network, case(Phase.FLAGGED), late, stake=enough)
    assert (asked.wait, asked.next, asked.intent.code) == (Wait.NONE, Next.SEED, "case-seed")
    thin = due(network, case(Phase.FLAGGED), late, stake=enough - 1)
    assert thin.wait is Wait.POOL
    said = practice_reviewers.not_due(str(thin.wait), thin.stage, thin.stake, thin.needed)
    assert "1 200.00" in said.replace("\u202f", " ").replace("\xa0", " ")
    assert needed(case(Phase.FLAGGED, round=1)) == 4 * 31 * 20 * DOLLAR


@pytest.mark.parametrize(
    ("seed", "wait", "step"),
    [
        (Seed.WAITING, Wait.SEED, Next.DRAW),
        (Seed.READY, Wait.NONE, Next.DRAW),
        (Seed.LOST, Wait.NONE, Next.SEED),
        (Seed.UNKNOWN, Wait.NONE, Next.DRAW),
    ],
)
def test_a_panel_is_drawn_once_the_seed_is_known_and_another_is_asked_for_where_it_was_lost(network, seed, wait, step):
    move = due(network, case(Phase.SEED_REQUESTED), 1000 + 4 * DAY, seed=seed)
    assert (move.wait, move.next) == (wait, step)
    begun = due(network, case(Phase.DRAWN), 1000 + 4 * DAY, seed=seed)  # the word is kept once it was taken
    assert (begun.wait, begun.next) == (Wait.SEED if seed is Seed.WAITING else Wait.NONE, Next.DRAW)


def test_nothing_is_drawn_in_a_pause(network):
    late = 1000 + 4 * DAY
    pauses = Pauses(((late - 60, late + 60),))
    assert due(network, case(Phase.SEED_REQUESTED), late, seed=Seed.READY, pauses=pauses).wait is Wait.PAUSED
    assert due(network, case(Phase.SEED_REQUESTED), late + 61, seed=Seed.READY, pauses=pauses).wait is Wait.NONE


@given(st.sampled_from(sorted(set(Phase) - {Phase.NONE})), st.integers(0, 60 * DAY), st.sampled_from(Seed))
def test_there_is_a_call_exactly_where_nothing_is_waited_for(network, phase, after, seed):
    round_ = replace(
        blank_round(0), requested=1000 + 3 * DAY, commit_starts=1000 + 3 * DAY, commit_ends=1000 + 5 * DAY,
        reveal_ends=1000 + 7 * DAY, tallied=1000 + 7 * DAY, appeal_ends=1000 + 10 * DAY,
    )  # fmt: skip
    move = due(network, case(phase, rounds=(round_,)), 1000 + after, seed=seed)
    assert (move.intent is None) == (move.wait is not Wait.NONE)
    closed = phase in {Phase.FINAL, Phase.CANCELLED}
    assert (move.wait is Wait.CLOSED) == closed


def test_by_command_a_case_is_moved_on_as_far_as_it_goes(tmp_path, capsys):
    (tmp_path / "home").mkdir(mode=0o700)
    practice = Practice(Home(tmp_path / "home"))
    desk = Desk(practice)
    number = desk.flag(practising.pictures(tmp_path)[1])
    password = tmp_path / "password"
    password.write_text("a long enough password\n")
    password.chmod(0o600)

    def advance():
        arguments = ["case", "advance", str(number), "--password-file", str(password), "--yes", "--json"]
        code = main(["--home", str(practice.home.root), *arguments], lambda _home: 1)
        return code, json.loads(capsys.readouterr().out)

    try:
        assert advance() == (1, advance()[1])
        desk.ledger.skip(3 * DAY)
        code, told = advance()
        assert (code, told["sent"], told["waits_for"]) == (1, [], "pool")  # it would end the case, so it is not done
        practice.ensure()
        desk.ledger.skip(14 * DAY)
        practice.ensure()
        code, told = advance()
        assert code == 0
        assert [one["did"] for one in told["sent"]] == ["seed", "draw"]
        assert (told["phase"], told["waits_for"]) == ("commit", "clock")
        desk.ledger.skip(4 * DAY)  # nobody sealed
        assert [one["did"] for one in advance()[1]["sent"]] == ["tally"]
        desk.ledger.skip(3 * DAY)
        code, told = advance()
        assert [one["did"] for one in told["sent"]] == ["finalise"]
        assert told["phase"] == "final"
    finally:
        practice.close()
