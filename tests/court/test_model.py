"""The model keeps its books: nothing is made, nothing is lost, and after everything is settled nothing is left."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.court.model import (
    AGAINST,
    BURNED,
    DECIDED,
    FIRST_DESIGN,
    TREASURY,
    WITH,
    Ballot,
    Court,
    Group,
    Params,
    Phase,
    Refused,
    Rules,
    group_of,
)
from tests.court.play import ODD, PAYERS, PEOPLE, finish, panel_of, staked, step

_SEED = st.integers(0, 2**32 - 1)
_BOTH = pytest.mark.parametrize("rules", [Rules(), FIRST_DESIGN], ids=["answered", "first"])


def books(court):
    """I1, I3, I4, and no amount below zero."""
    assert court.held + court.pending == court.owed()
    assert court.pending >= 0
    assert all(0 <= court.locked[who] <= stake for who, stake in court.stake.items())
    assert all(amount >= 0 for amount in court.credit.values())
    for case in court.cases:
        assert case.money_out <= case.money_in
        assert case.pot >= 0
        assert all(side.back >= 0 for round_ in case.rounds for side in round_.sides)
        for round_ in case.rounds:
            machines = [vote for vote in round_.votes.values() if vote.automated and not vote.void]
            assert 3 * sum(vote.seats for vote in machines) <= case.params.seats[case.rounds.index(round_)]  # I9
            families = Counter(vote.family for vote in machines)
            assert all(count == 1 for count in families.values())


def empty(court):
    """I2."""
    assert court.held == court.pending == court.owed() == 0
    assert not court.stake.total()
    assert not court.credit.total()
    assert court.paid_in.total() == court.paid_out.total()


class CourtMachine(RuleBasedStateMachine):
    """Several cases at once over one pool, so that locks and credits of one could leak into another."""

    @initialize(seed=_SEED, first=st.booleans(), locks=st.integers(3, 12))
    def begin(self, seed, first, locks):
        self.chance = random.Random(seed)
        self.court = staked(rules=FIRST_DESIGN if first else Rules(), locks=locks)
        self.settled = Counter()

    @rule(key=st.sampled_from(["a", "bn", "c"]), more=st.integers(0, 300), who=st.sampled_from(PAYERS))
    def flag(self, key, more, who):
        if any(case.key == key and not case.over for case in self.court.cases):
            with pytest.raises(Refused):
                self.court.flag(who, key, self.court.params.cost(0))
            return
        self.court.flag(who, key, self.court.params.cost(0) + more)

    @precondition(lambda self: self.court.cases)
    @rule(which=_SEED, times=st.integers(1, 30))
    def go_on(self, which, times):
        case = self.court.cases[which % len(self.court.cases)]
        for _ in range(times):
            before = case.phase, len(case.rounds)
            step(self.court, case, self.chance)
            later = (case.phase, len(case.rounds))
            assert later[1] > before[1] or later[0] >= before[0]  # I7

    @rule(who=st.sampled_from(PEOPLE), amount=st.integers(1, 5_000))
    def leave(self, who, amount):
        if amount > self.court.free(who):
            with pytest.raises(Refused):
                self.court.leave(who, amount)
            return
        self.court.leave(who, amount)

    @rule(who=st.sampled_from([*PEOPLE, *PAYERS, BURNED, TREASURY]))
    def withdraw(self, who):
        if self.court.credit[who]:
            self.court.withdraw(who)

    @precondition(lambda self: any(case.over for case in self.court.cases))
    @rule(which=_SEED)
    def settle_twice(self, which):
        over = [case for case in self.court.cases if case.over]
        case = over[which % len(over)]
        for number, round_ in enumerate(case.rounds):
            for who, vote in round_.votes.items():
                if vote.settled:
                    with pytest.raises(Refused):
                        self.court.settle(case, number, who)  # I5

    @invariant()
    def hold(self):
        if hasattr(self, "court"):
            books(self.court)

    @invariant()
    def rulings_come_from_revealed_votes(self):
        for case in getattr(self, "court", Court()).cases:
            for round_ in case.rounds:
                seen = Counter()
                for vote in round_.votes.values():
                    if vote.opened is not None:
                        seen[group_of(vote.opened)] += vote.seats
                assert all(round_.count(group) == seen[group] for group in Group)  # I5
                if round_.group is not None and round_.group is not Group.UNRESOLVED:
                    assert 2 * seen[round_.group] > seen.total()  # I8

    def teardown(self):
        if hasattr(self, "court"):
            finish(self.court, self.chance)
            books(self.court)
            empty(self.court)


TestCourt = CourtMachine.TestCase
TestCourt.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


@_BOTH
def test_settle_everything_is_zero(rules):
    """Hundreds of whole histories, and each kind of end is among them."""
    ends = Counter()
    for seed in range(300):
        chance = random.Random(seed)
        court = staked(rules=rules)
        for key in ("a", "bn")[: 1 + seed % 2]:
            court.flag(chance.choice(PAYERS), key, court.params.cost(0) + chance.randrange(99))
        finish(court, chance)
        books(court)
        empty(court)
        ends.update((case.group or case.phase, len(case.rounds)) for case in court.cases)
    kinds = {kind for kind, _ in ends}
    assert {*DECIDED, Group.UNRESOLVED, Phase.CANCELLED} <= kinds
    assert {rounds for _, rounds in ends} == {1, 2, 3}


@given(
    seed=_SEED,
    numbers=st.tuples(*[st.integers(1, 10**6)] * 6),
    bps=st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)),
)
@settings(max_examples=200, deadline=None)
def test_books_hold_for_any_parameters(seed, numbers, bps):
    lock, automated, fee, keeper, bond, per_seat = numbers
    params = replace(
        ODD, lock=max(lock, automated), lock_automated=min(lock, automated), seat_fee=fee, fixed_fee=fee, keeper=keeper,
        bond=bond, appeal_per_seat=per_seat, slash_bps=bps[0], leak_bps=bps[1],
    )  # fmt: skip
    chance = random.Random(seed)
    court = staked(params, Rules() if seed % 2 else FIRST_DESIGN)
    court.flag("x", "a", params.cost(0))
    finish(court, chance)
    books(court)
    empty(court)


def played(court, votes, bounty=None, key="a"):
    """One round in which each of the people votes as told, None being silent."""
    case = court.flag("x", key, bounty or court.params.cost(0))
    return case, another(court, case, votes)


def another(court, case, votes):
    court.request(case, "k")
    court.draw(case, "k", [(PEOPLE[n % len(PEOPLE)], False, "") for n in range(len(votes))])
    for who, ballot in zip(PEOPLE, votes, strict=False):
        if ballot is not None:
            court.commit(case, who, ballot)
    court.close_commit(case)
    for who, ballot in zip(PEOPLE, votes, strict=False):
        if ballot is not None:
            court.reveal(case, who)
    return court.tally(case, "k")


def test_a_case_to_the_unit():
    court = staked()
    case, group = played(court, [Ballot.EDITED, Ballot.SYNTHETIC, Ballot.NOT_ALTERED])
    assert group is Group.ALTERED  # a split over the kind defeats no majority
    court.close_appeal(case, "k")
    cost = 3 * 53 + 6 * 5
    slash = 1_009 * 2_501 // 10_000
    pot = cost - 4 * 5 + slash
    assert case.share == pot // 2
    for who in PEOPLE[:3]:
        court.settle(case, 0, who)
    assert (court.credit["k"], court.credit["x"]) == (20, 211)
    assert [court.credit[who] for who in PEOPLE[:3]] == [pot // 2, pot // 2, 0]
    assert court.credit[TREASURY] == pot % 2
    assert court.stake[PEOPLE[2]] == 12 * 1_009 - slash


def test_the_example_in_the_documentation():
    """docs/court.md, "A case in numbers"."""
    court = staked(Params())
    votes = [
        Ballot.EDITED,
        Ballot.EDITED,
        Ballot.SYNTHETIC,
        Ballot.EDITED,
        Ballot.NOT_ALTERED,
        Ballot.CANNOT_TELL,
        None,
    ]
    case, group = played(court, votes)
    assert (group, case.bounty, case.bond) == (Group.ALTERED, 14_600_000, 20_000_000)
    court.close_appeal(case, "k")
    before = court.stake.copy()
    for who in PEOPLE:
        court.settle(case, 0, who)
    assert [court.credit[who] for who in PEOPLE] == [9_750_000] * 4 + [0, 200_000, 0]
    assert [before[who] - court.stake[who] for who in PEOPLE] == [0] * 4 + [5_000_000, 0, 20_000_000]
    assert (court.credit["k"], court.credit["x"]) == (400_000, 20_000_000)


def test_nobody_profits_from_sleepers():
    """Of a case in which all were silent the flagger gets at most what went in; at first it took every lock."""
    for rules, most in ((Rules(), 0), (FIRST_DESIGN, 3 * 1_009)):
        court = staked(rules=rules)
        case, group = played(court, [None, None, None])
        assert group is Group.UNRESOLVED
        court.close_appeal(case, "k")
        gain = court.credit["x"] + court.credit["k"] - court.paid_in["x"]
        assert gain == most


def test_silence_in_an_appeal_annuls_nothing():
    for rules, final in ((Rules(), Group.ALTERED), (FIRST_DESIGN, Group.UNRESOLVED)):
        court = staked(rules=rules)
        case, _ = played(court, [Ballot.EDITED] * 3)
        court.fund(case, AGAINST, "y", 10**9)
        court.close_appeal(case, "k")
        another(court, case, [Ballot.EDITED] * 4 + [None] * 3)
        court.close_appeal(case, "k")
        assert case.group is final
        finish(court, random.Random(1))
        empty(court)
        lost = court.paid_in["y"] - court.paid_out["y"]
        assert lost == (ODD.target(0, AGAINST) if final is Group.ALTERED else ODD.cost(1))


def test_a_flag_without_a_ruling_earns_no_more_than_it_brought():
    """What appeals paid for a round that stayed without a ruling is not the flagger's."""
    court = staked()
    case, group = played(court, [Ballot.CANNOT_TELL] * 3)
    assert group is Group.CANNOT_TELL
    court.fund(case, WITH, "y", 10**9)
    court.close_appeal(case, "k")
    another(court, case, [None] * 7)
    court.close_appeal(case, "k")
    fees, keepers, cost = 3 * 17, 7 * 5, ODD.cost(1)
    assert court.credit["x"] == ODD.bond + ODD.cost(0)
    assert court.credit[TREASURY] == cost - fees - keepers
    assert court.credit[BURNED] == 7 * 1_009
    finish(court, random.Random(1))
    empty(court)
    assert court.paid_in["y"] - court.paid_out["y"] == cost


def test_nobody_is_paid_for_ending_a_case():
    """The bond of a case whose media cannot be obtained goes to nobody with a vote."""
    for rules, fee in ((Rules(), 0), (FIRST_DESIGN, 17)):
        court = staked(rules=rules)
        case = court.flag("x", "a", court.params.cost(0))
        court.request(case, "k")
        court.draw(case, "k", [(who, False, "") for who in PEOPLE[:3]])
        for who in PEOPLE[:2]:
            court.unobtainable(case, who)
        assert case.phase is Phase.CANCELLED
        assert [court.credit[who] for who in PEOPLE[:3]] == [fee, fee, 0]
        assert court.credit[BURNED] + court.credit[TREASURY] == ODD.bond - 2 * fee
        assert court.credit["x"] == ODD.cost(0) - 2 * 5
        finish(court, random.Random(1))
        empty(court)


def test_seats_of_a_round_that_cannot_be_drawn_are_freed():
    court = staked()
    case, _ = played(court, [Ballot.EDITED] * 3)
    court.fund(case, AGAINST, "y", 10**9)
    court.close_appeal(case, "k")
    court.request(case, "k")
    court.fail(case, [(who, False, "") for who in PEOPLE[3:6]])
    books(court)
    assert (case.group, court.pending) == (Group.ALTERED, 0)
    for number, round_ in enumerate(case.rounds):
        for who in round_.votes:
            court.settle(case, number, who)
    assert not court.locked.total()
    assert court.stake.total() == 7 * 12 * 1_009 + 4 * 12 * 307


def test_who_disputes_oneself_pays_for_it():
    """With money on both sides of an appeal half of the losing side is gone, whoever owns both."""
    court = staked()
    case, _ = played(court, [Ballot.EDITED] * 3)
    for side in (WITH, AGAINST):
        court.fund(case, side, "rich", 10**9)
    court.close_appeal(case, "k")
    another(court, case, [Ballot.EDITED] * 7)
    court.close_appeal(case, "k")
    finish(court, random.Random(1))
    assert court.paid_in["rich"] - court.paid_out["rich"] == ODD.target(0, AGAINST)
    assert court.paid_out[BURNED] == ODD.target(0, AGAINST) // 2


def test_a_leak_takes_the_lock_at_once_and_its_seat_goes_on():
    court = staked()
    case = court.flag("x", "a", court.params.cost(0))
    court.request(case, "k")
    court.draw(case, "k", [(who, False, "") for who in PEOPLE[:3]])
    court.commit(case, PEOPLE[0], Ballot.EDITED)
    court.leak(case, PEOPLE[0], "z", [(PEOPLE[4], "")])
    reward = 1_009 * 1_009 // 10_000
    assert (court.credit["z"], court.credit[BURNED]) == (reward, 1_009 - reward)
    for attempt in (lambda: court.commit(case, PEOPLE[0], Ballot.EDITED), lambda: court.leak(case, PEOPLE[0], "z", [])):
        with pytest.raises(Refused):
            attempt()
    court.commit(case, PEOPLE[4], Ballot.EDITED)
    books(court)


def test_a_leak_of_two_seats_is_one_reward():
    court = staked()
    case = court.flag("x", "a", court.params.cost(0))
    court.request(case, "k")
    court.draw(case, "k", [("p0", False, "")] * 2 + [("p1", False, "")])
    court.commit(case, "p0", Ballot.EDITED)
    court.leak(case, "p0", "z", [])
    reward = 2 * 1_009 * 1_009 // 10_000
    assert reward != 2 * (1_009 * 1_009 // 10_000)
    assert (court.credit["z"], court.credit[BURNED]) == (reward, 2 * 1_009 - reward)


def test_machines_alone_do_not_make_a_majority():
    """Two of seven automated and two of five people say altered; three people do not: no ruling, where it was one."""
    for rules, group in ((Rules(), Group.UNRESOLVED), (FIRST_DESIGN, Group.ALTERED)):
        court = staked(replace(ODD, seats=(7,)), rules)
        case = court.flag("x", "a", court.params.cost(0))
        court.request(case, "k")
        people = [(who, False, "") for who in PEOPLE[:5]]
        court.draw(case, "k", [*people, ("m0", True, "f0"), ("m1", True, "f1")])
        for who in (*PEOPLE[:2], "m0", "m1"):
            court.commit(case, who, Ballot.SYNTHETIC)
        for who in PEOPLE[2:5]:
            court.commit(case, who, Ballot.NOT_ALTERED)
        court.close_commit(case)
        for who in list(case.now.votes):
            court.reveal(case, who)
        assert court.tally(case, "k") is group


def test_caps_and_locks_are_kept():
    court = staked(locks=2)
    case = court.flag("x", "a", court.params.cost(0))
    court.request(case, "k")
    for panel in (
        [("m0", True, "f0"), ("m1", True, "f1"), ("p0", False, "")],
        [("p0", False, "")] * 3,
        [("p0", False, "")] * 2,
    ):
        with pytest.raises(Refused):
            court.draw(case, "k", panel)
    court.draw(case, "k", panel_of(court, 3, random.Random(3)))


def test_the_bond_doubles_with_each_case_that_changed_nothing():
    court = staked(locks=60)
    for doubled in (1, 2, 4, 8, 16, 16):
        case, _ = played(court, [Ballot.NOT_ALTERED] * 3)
        assert case.bond == ODD.bond * doubled
        court.close_appeal(case, "k")
    assert court.bond_for("b") == ODD.bond


def test_default_parameters_pay_for_the_fees():
    params = Params()
    assert params.seat_fee >= params.fixed_fee
    assert params.keeper_calls == params.requests + 3
