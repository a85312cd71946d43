"""Simulated reviewers: whose they are, how they stake, and a whole case among them, with an appeal that turns it."""

import threading

import pytest
from eth_keys.datatypes import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.court import practising
from tests.court.practising import Desk

from touchstone.chain import contracts, ledger_simulated
from touchstone.chain.agree import agreed_call
from touchstone.court import keeper
from touchstone.court.keeper import Wait
from touchstone.court.practice import Practice, PracticeError, has_cases, is_simulated
from touchstone.court.practice_judging import TEMPERS, Seen, about, automated_ballot, ballot, errs, opens, temper
from touchstone.paths import Home
from touchstone.registry import court, pool
from touchstone.registry.case_stage import Next
from touchstone.registry.court_types import Ballot, Phase, Ruling
from touchstone.texts import practice_reviewers

PEOPLE = range(1, ledger_simulated.PEOPLE + 1)
BURNED = "0x000000000000000000000000000000000000dEaD"
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    practice = Practice(Home(tmp_path / "home"))
    yield Desk(practice)
    practice.close()


def block(desk):
    return int(desk.ledger.ask("eth_blockNumber", []), 16)


# -- who they are ---------------------------------------------------------------------------------------------------


def test_the_addresses_are_those_of_the_published_keys():
    for number, address in enumerate(ledger_simulated.ADDRESSES, 1):
        assert PrivateKey(ledger_simulated.key(number)).public_key.to_address() == address
        assert ledger_simulated.number_of(address.upper().replace("0X", "0x")) == number
        assert is_simulated(address)
        assert "imulated" in practice_reviewers.name_of(number)
    assert len(set(ledger_simulated.ADDRESSES)) == ledger_simulated.PEOPLE + ledger_simulated.AUTOMATED
    assert not is_simulated("0x" + "11" * 20)
    assert practice_reviewers.name_of(0) == ""


# -- how they behave ------------------------------------------------------------------------------------------------


def test_each_errs_as_often_as_is_stated():
    files = [about(f"{n:064x}", "", n % 3) for n in range(4000)]
    for kind in TEMPERS:
        for number in kind.people:
            wrong = sum(errs(number, one) for one in files) * 1000 / len(files)
            assert wrong == pytest.approx(kind.error, abs=20)
            silent = sum(not opens(number, one) for one in files) * 1000 / len(files)
            assert silent == pytest.approx(kind.misses, abs=15)


@given(HASHES, st.sampled_from(Seen), st.integers(0, 2))
def test_what_they_say_is_what_is_seen_but_for_their_faults(media, seen, round_):
    which = about(media, "", round_)
    truth = {Seen.EDITED: Ballot.EDITED, Seen.GENERATED: Ballot.SYNTHETIC, Seen.ABSENT: Ballot.CANNOT_TELL}
    said = [ballot(number, which, seen, "generated") for number in PEOPLE]
    for number, one in zip(PEOPLE, said, strict=True):
        if temper(number).name != "hasty" and not errs(number, which):
            assert one is truth.get(seen, Ballot.NOT_ALTERED)
    assert said == [ballot(number, which, seen, "generated") for number in PEOPLE]
    careful = [number for number in PEOPLE if temper(number).name == "careful"]
    assert sum(errs(number, which) for number in careful) <= 1  # never all about the same file


@given(HASHES, st.sampled_from(Seen))
def test_of_a_claim_nobody_can_see_anything(media, seen):
    said = {ballot(number, about(media, "ab" * 32, 0), seen, "generated", claim=True) for number in PEOPLE}
    assert said <= {Ballot.CANNOT_TELL, Ballot.EDITED}  # "generated" is no vote there
    assert automated_ballot(seen, claim=True) is Ballot.CANNOT_TELL


# -- stakes ---------------------------------------------------------------------------------------------------------


def test_they_stake_once_and_count_when_their_stakes_have_matured(desk):
    first = desk.practice.ensure()
    people = [one for one in first if not one.automated]
    assert len(people) == 24
    assert all(one.joined and one.staked == 200_000_000 and one.weight == 0 for one in people)
    assert not any(one.joined for one in first if one.automated)  # no model came with the application here
    before = block(desk)
    assert desk.practice.ensure() == first
    assert block(desk) == before
    desk.ledger.skip(max(one.matures for one in people) - desk.practice.now())
    assert all(one.weight == one.staked for one in desk.practice.ensure() if not one.automated)
    assert pool.total(desk.nodes, desk.network, False) == 24 * 200_000_000


def test_nothing_is_asked_of_a_home_without_cases(tmp_path):
    home = Home(tmp_path)
    assert not has_cases(home)
    assert not home.ledger.exists()


def test_a_case_is_not_ended_by_drawing_from_a_pool_that_is_too_small(desk, tmp_path):
    _original, altered = practising.pictures(tmp_path)
    case = desk.flag(altered)
    desk.ledger.skip(3 * 86_400)
    move = keeper.look(desk.nodes, desk.network, desk.case(case), desk.practice.now())
    assert (move.wait, move.next, move.stake) == (Wait.POOL, Next.SEED, 0)
    assert move.needed == 4 * 15 * 20_000_000
    acted = desk.practice.act()
    assert acted.waits == (case,)
    assert acted.ready > acted.now
    assert desk.case(case).phase is Phase.FLAGGED
    assert desk.through(case, "COMMIT").phase is Phase.COMMIT  # it waits for their stakes, and is drawn


# -- a whole case ---------------------------------------------------------------------------------------------------


def test_an_appeal_with_the_original_turns_a_ruling_and_all_money_is_accounted_for(desk, tmp_path):
    original, altered = practising.pictures(tmp_path)
    case = desk.flag(altered)
    first = desk.through(case, "COMMIT", "REVEAL", "APPEALABLE")
    assert first.ruling is Ruling.NOT_ALTERED
    assert {is_simulated(seat.voter) for seat in first.rounds[0].seats} == {True}
    desk.add(case, altered, original)
    desk.appeal(case)
    final = desk.through(case, "COMMIT", "REVEAL", "FINAL")
    assert (final.ruling, final.decided_by) == (Ruling.EDITED, 1)
    assert all(seat.settled for round_ in final.rounds for seat in round_.seats)
    with pytest.raises(PracticeError) as closed:
        desk.practice.skip_to_next(case)
    assert closed.value.code == "closed"
    _withdraw_everything(desk, case)


def _withdraw_everything(desk, case):
    """Everybody fetches all, and every unit that was made is with somebody, none in pool or court."""
    desk.key.send("FactCheckCourt", "claimAppeal", case, 0, True, desk.key.address)
    for account in (
        desk.key.address,
        "0x000000000000000000000000000000000000dEaD",
        contracts.address("PracticeSteward"),
    ):
        if court.credit(desk.nodes, desk.network, account):
            desk.key.send("FactCheckCourt", "withdraw", account)
    desk.practice.leave()
    desk.ledger.skip(14 * 86_400)
    assert all(one.staked == 0 for one in desk.practice.leave())
    places = [desk.network.pool, desk.network.court]
    assert [_balance(desk, one) for one in places] == [0, 0]
    holders = [*ledger_simulated.ADDRESSES, desk.key.address, BURNED, contracts.address("PracticeSteward")]
    total = _read(desk, "totalSupply")
    assert sum(_balance(desk, one) for one in holders) == total > 0


def _balance(desk, account):
    return _read(desk, "balanceOf", account)


def _read(desk, function, *arguments):
    call = contracts.encode("PracticeUSD", function, *arguments)
    answer = agreed_call(desk.nodes, contracts.address("PracticeUSD"), call).value
    return contracts.decode("PracticeUSD", function, answer)


def test_a_case_whose_files_are_gone_ends_with_cannot_tell(desk, tmp_path):
    _original, altered = practising.pictures(tmp_path)
    case = desk.flag(altered)
    desk.store.remove(desk.case(case).evidence)
    assert desk.through(case, "COMMIT", "REVEAL", "APPEALABLE", "FINAL").ruling is Ruling.CANNOT_TELL


def test_whoever_has_a_seat_is_not_skipped_past_it(desk, tmp_path):
    _original, altered = practising.pictures(tmp_path)
    desk.join(5_000_000_000)
    case = desk.flag(altered)
    entry = desk.through(case, "COMMIT")
    assert desk.key.address.lower() in {seat.voter for seat in entry.rounds[0].seats}
    with pytest.raises(PracticeError) as refused:
        desk.practice.skip_to_next(case)
    assert refused.value.code == "own-seal"
    commitment = court.commitment(desk.network, case, 0, desk.key.address, Ballot.EDITED, "11" * 32)
    desk.key.send("FactCheckCourt", "commit", case, "0x" + commitment)
    desk.through(case, "REVEAL")
    with pytest.raises(PracticeError) as refused:
        desk.practice.skip_to_next(case)
    assert refused.value.code == "own-open"
    assert "Open first" in practice_reviewers.trouble(refused.value.code, refused.value.params)
    skipped = desk.practice.skip_to_next(case, anyway=True)
    assert skipped.after.phase is Phase.APPEALABLE


def test_two_that_act_at_once_take_turns_and_do_everything_once(desk, tmp_path):
    _original, altered = practising.pictures(tmp_path)
    case = desk.flag(altered)
    desk.practice.ensure()
    desk.ledger.skip(15 * 86_400)
    others = [Practice(desk.home) for _each in range(2)]
    threads = [threading.Thread(target=one.act) for one in (desk.practice, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    entry = desk.case(case)
    assert entry.phase is Phase.COMMIT
    assert all(seat.sealed for seat in entry.rounds[0].seats)
    before = block(desk)
    assert not desk.practice.act().deeds
    assert block(desk) == before
