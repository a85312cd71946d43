"""The court's economics in plain Python: who is owed what, to the wei, after any history of its cases.

It shares nothing with the Solidity. It knows no time, no signatures and no randomness: whoever drives it says who was
drawn and when a window ends. Sealed ballots are held as they are: what a commitment hides is no matter of money.
Amounts are whole units of the token. `Rules` switches between the design as it stood and what the attacks in
docs/court.md ask for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

BPS = 10_000
TREASURY = "treasury"
BURNED = "dead"


class Refused(Exception):  # noqa: N818
    """The contract would revert."""


class Ballot(IntEnum):
    """A vote: by its first step altered or not, by its second of what kind."""

    CANNOT_TELL = 0
    NOT_ALTERED = 1
    EDITED = 2
    SYNTHETIC = 3


class Group(IntEnum):
    """What money goes by. The kind is left out: it moves none."""

    CANNOT_TELL = 0
    NOT_ALTERED = 1
    ALTERED = 2
    UNRESOLVED = 3


class Phase(IntEnum):
    """Where a case is; each new round goes back to FLAGGED, where a seed can be asked for."""

    FLAGGED = 0
    SEED = 1
    COMMIT = 2
    REVEAL = 3
    APPEAL = 4
    FINAL = 5
    CANCELLED = 6


WITH, AGAINST = 0, 1
DECIDED = (Group.NOT_ALTERED, Group.ALTERED)


def group_of(ballot: Ballot) -> Group:
    return Group(min(ballot, 2))


@dataclass(frozen=True)
class Rules:
    """Answers to attacks, each off for the design as it was first written."""

    burn_silence: bool = True  # in groups 0 and 3 nothing of lost locks goes to the flagger
    ruling_stands: bool = True  # an unresolved later round leaves the ruling before it
    people_too: bool = True  # a majority of the people who revealed as well
    unpaid_reports: bool = True  # who says "not obtainable" gets nothing for it


FIRST_DESIGN = Rules(burn_silence=False, ruling_stands=False, people_too=False, unpaid_reports=False)


@dataclass(frozen=True)
class Params:
    """What a case keeps from when it was flagged."""

    seats: tuple[int, ...] = (7, 15, 31)
    lock: int = 20_000_000
    lock_automated: int = 10_000_000
    slash_bps: int = 2_500
    leak_bps: int = 1_000
    seat_fee: int = 2_000_000
    fixed_fee: int = 200_000
    keeper: int = 100_000
    keeper_calls: int = 6
    bond: int = 20_000_000
    appeal_per_seat: int = 2_000_000
    requests: int = 3

    def cost(self, round_: int) -> int:
        return self.seats[round_] * self.seat_fee + self.keeper_calls * self.keeper

    def target(self, round_: int, side: int) -> int:
        """What a side needs so that the round after `round_` opens."""
        base = 2 * self.cost(round_ + 1) + self.seats[round_ + 1] * self.appeal_per_seat
        return 2 * base if side == AGAINST else base

    def lock_of(self, automated: bool) -> int:
        return self.lock_automated if automated else self.lock

    def slash_of(self, automated: bool) -> int:
        """Floored for one seat: the floor of a sum would be more than its seats pay."""
        return self.lock_of(automated) * self.slash_bps // BPS


@dataclass
class Vote:
    """One voter's seats in a round: one vote, counted once for each seat."""

    seats: int
    automated: bool
    family: str
    sealed: Ballot | None = None
    opened: Ballot | None = None
    void: bool = False
    settled: bool = False
    unobtainable: bool = False


@dataclass
class Side:
    """One side of an appeal: what each brought, and what of it comes back."""

    given: dict[str, int] = field(default_factory=dict)
    full: bool = False
    back: int = 0

    @property
    def funded(self) -> int:
        return sum(self.given.values())


@dataclass
class Round:
    """A panel and its counters, which grow at each reveal, so that nothing at the end walks the seats."""

    votes: dict[str, Vote] = field(default_factory=dict)
    people: Counter[Group] = field(default_factory=Counter)
    automated: Counter[Group] = field(default_factory=Counter)
    silent: int = 0  # locks of seats that have not revealed and are not void
    people_seats: int = 0
    group: Group | None = None
    failed: bool = False  # could not be drawn: its seats are freed
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))

    def count(self, group: Group) -> int:
        return self.people[group] + self.automated[group]


@dataclass
class Case:
    """One question about one file."""

    key: str
    flagger: str
    params: Params
    bond: int
    bounty: int
    replier: str = ""
    phase: Phase = Phase.FLAGGED
    rounds: list[Round] = field(default_factory=lambda: [Round()])
    requests: int = 0
    drawn: list[tuple[str, bool, str]] = field(default_factory=list)
    keeper_paid: int = 0
    group: Group | None = None
    whole: int = 0  # once final: the pot before anybody was paid out of it
    pot: int = 0  # of that, what is for seats that are not settled
    share: int = 0
    money_in: int = 0  # bounty, bonds, sides and slashes; I3 holds what went out against it
    money_out: int = 0

    @property
    def now(self) -> Round:
        return self.rounds[-1]

    @property
    def size(self) -> int:
        return self.params.seats[len(self.rounds) - 1]

    @property
    def over(self) -> bool:
        return self.phase >= Phase.FINAL


def _seemly(panel: list[tuple[str, bool, str]], seats: int) -> bool:
    """At most a third automated, each family once, and nobody in both trees."""
    families = [family for _, automated, family in panel if automated]
    people = {who for who, automated, _ in panel if not automated}
    machines = {who for who, automated, _ in panel if automated}
    return len(families) <= seats // 3 and len(set(families)) == len(families) and not people & machines


def _need(condition: object, why: str) -> None:
    if not condition:
        raise Refused(why)


class Court:
    """Pool and court in one, with every coin that they hold."""

    def __init__(self, params: Params | None = None, rules: Rules | None = None) -> None:
        self.params, self.rules = params or Params(), rules or Rules()
        self.held = self.pending = 0
        self.stake: Counter[str] = Counter()
        self.locked: Counter[str] = Counter()
        self.unbonding: Counter[str] = Counter()
        self.credit: Counter[str] = Counter()
        self.paid_in: Counter[str] = Counter()
        self.paid_out: Counter[str] = Counter()
        self.cases: list[Case] = []
        self.closed: Counter[str] = Counter()

    # -------------------------------------------------------------------------------------------------------- the pool
    def deposit(self, who: str, amount: int) -> None:
        _need(amount > 0, "amount")
        self._take(who, amount)
        self.stake[who] += amount

    def free(self, who: str) -> int:
        return self.stake[who] - self.locked[who]

    def leave(self, who: str, amount: int) -> None:
        """Free stake goes out; that it takes its time is no matter of money."""
        _need(0 < amount <= self.free(who), "free")
        self.stake[who] -= amount
        self._pay(who, amount)

    def unbond(self, who: str, amount: int) -> None:
        """Stake on its way out, locked or not; what a case takes of it meanwhile is gone."""
        _need(0 < amount <= self.stake[who] - self.unbonding[who], "free")
        self.unbonding[who] += amount

    def take_out(self, who: str) -> int:
        """All that is on its way out and not locked, once its time is over."""
        amount = min(self.unbonding[who], self.free(who))
        _need(amount > 0, "nothing")
        self.unbonding[who] -= amount
        self.stake[who] -= amount
        self._pay(who, amount)
        return amount

    def withdraw(self, who: str) -> int:
        amount = self.credit.pop(who, 0)
        _need(amount, "nothing")
        self._pay(who, amount)
        return amount

    def _take(self, who: str, amount: int) -> None:
        self.paid_in[who] += amount
        self.held += amount

    def _pay(self, who: str, amount: int) -> None:
        if amount > self.held:
            raise AssertionError("insolvent")
        self.held -= amount
        self.paid_out[who] += amount

    def _slash(self, who: str, amount: int) -> None:
        self.stake[who] -= amount
        self.unbonding[who] = min(self.unbonding[who], self.stake[who])

    def _give(self, case: Case, who: str, amount: int) -> None:
        case.money_out += amount
        if amount:
            self.credit[who] += amount

    # ---------------------------------------------------------------------------------------------------- flag to draw
    def bond_for(self, key: str) -> int:
        """Twice as much for each case about the same that changed nothing, whatever its evidence; 16 times at most."""
        return self.params.bond << min(self.closed[key], 4)

    def flag(self, who: str, key: str, bounty: int) -> Case:
        _need(bounty >= self.params.cost(0), "bounty")
        _need(all(case.key != key or case.over for case in self.cases), "open")
        bond = self.bond_for(key)
        self._take(who, bounty + bond)
        case = Case(key, who, self.params, bond, bounty, money_in=bounty + bond)
        self.cases.append(case)
        return case

    def reply(self, case: Case, who: str) -> None:
        """The publisher's counter-bond, as large as the flag's bond."""
        _need(case.phase is Phase.FLAGGED and len(case.rounds) == 1 and not case.replier, "phase")
        self._take(who, case.bond)
        case.replier = who
        case.money_in += case.bond

    def request(self, case: Case, keeper: str, *, counted: bool = True) -> None:
        """Asks for a seed, for the first time in a round or because the last one was lost, in a pause at no price."""
        first = case.phase is Phase.FLAGGED
        _need(first or (case.phase is Phase.SEED and not case.drawn), "phase")
        _need(not counted or case.requests < case.params.requests, "requests")
        case.phase = Phase.SEED
        if counted:
            case.requests += 1
            self._keeper(case, keeper)

    def fail(self, case: Case, seated: list[tuple[str, bool, str]] | None = None) -> None:
        """No seed after all requests, or too few who can be seated: refunds, or in a later round an end without it."""
        _need(case.phase in {Phase.FLAGGED, Phase.SEED}, "phase")
        for seat in seated or []:
            self.seat(case, *seat)
        if len(case.rounds) == 1:
            self._cancel(case, obtainable=True)
            return
        case.now.group, case.now.failed = Group.UNRESOLVED, True
        self._finish(case)

    def draw(self, case: Case, keeper: str, panel: list[tuple[str, bool, str]]) -> None:
        """Seats the panel that the seed gave, at once: holder, automated and family for each seat."""
        _need(case.phase is Phase.SEED, "phase")
        _need(len(case.drawn) + len(panel) == case.size, "seats")
        drawn = case.drawn + panel
        before = Counter[str]()
        for who, automated, _ in panel:
            before[who] += case.params.lock_of(automated)
        _need(_seemly(drawn, case.size), "caps")
        _need(all(self.free(who) >= lock for who, lock in before.items()), "stake")
        for seat in panel:
            self.seat(case, *seat)
        self.begin(case, keeper)

    def seat(self, case: Case, who: str, automated: bool, family: str) -> None:
        """Gives one seat, which locks stake: a panel may be drawn in several calls."""
        _need(case.phase is Phase.SEED and len(case.drawn) < case.size, "phase")
        _need(_seemly([*case.drawn, (who, automated, family)], case.size), "caps")
        _need(self.free(who) >= case.params.lock_of(automated), "stake")
        case.drawn.append((who, automated, family))
        self._seat(case, who, automated, family)

    def begin(self, case: Case, keeper: str) -> None:
        """The last seat is given: votes are taken."""
        _need(case.phase is Phase.SEED and len(case.drawn) == case.size, "seats")
        case.now.people_seats = sum(not automated for _, automated, _ in case.drawn)
        case.phase, case.requests, case.drawn = Phase.COMMIT, 0, []
        self._keeper(case, keeper)

    def _seat(self, case: Case, who: str, automated: bool, family: str) -> None:
        lock = case.params.lock_of(automated)
        self.locked[who] += lock
        case.now.silent += lock
        case.now.votes.setdefault(who, Vote(0, automated, family)).seats += 1

    def _keeper(self, case: Case, keeper: str) -> None:
        case.keeper_paid += case.params.keeper
        self._give(case, keeper, case.params.keeper)

    # ----------------------------------------------------------------------------------------------------------- votes
    def _vote(self, case: Case, who: str, phase: Phase) -> Vote:
        _need(case.phase is phase, "phase")
        vote = case.now.votes.get(who)
        _need(vote is not None and not vote.void, "seat")
        assert vote is not None
        return vote

    def unobtainable(self, case: Case, who: str) -> None:
        """A seat of the first round says that the media cannot be had; two thirds of them end the case."""
        vote = self._vote(case, who, Phase.COMMIT)
        _need(len(case.rounds) == 1 and not vote.unobtainable, "said")
        vote.unobtainable = True
        said = sum(v.seats for v in case.now.votes.values() if v.unobtainable and not v.void)
        if 3 * said >= 2 * case.params.seats[0]:
            self._cancel(case, obtainable=False)

    def commit(self, case: Case, who: str, ballot: Ballot) -> None:
        self._vote(case, who, Phase.COMMIT).sealed = ballot

    def leak(self, case: Case, who: str, reporter: str, refill: list[tuple[str, str]]) -> None:
        """A vote was let out: its locks are lost at once. `refill`: holder and family of each seat drawn anew."""
        vote, params = self._vote(case, who, Phase.COMMIT), case.params
        _need(vote.sealed is not None, "commitment")
        lock = params.lock_of(vote.automated)
        wanted = Counter(holder for holder, _ in refill)
        seated = {v.family for v in case.now.votes.values() if v.automated and not v.void and v is not vote}
        seated |= {v.family for v in case.now.votes.values() if v.automated and v.void}
        names = [family for _, family in refill] if vote.automated else []
        _need(len(refill) <= vote.seats and not seated & set(names) and len(set(names)) == len(names), "refill")
        for holder, seats in wanted.items():
            other = case.now.votes.get(holder)
            _need(other is not vote and not (other and (other.void or other.automated != vote.automated)), "refill")
            _need(self.free(holder) >= lock * seats, "refill")
        vote.void = vote.settled = True
        lost = lock * vote.seats
        case.now.silent -= lost
        self.locked[who] -= lost
        self._slash(who, lost)
        case.money_in += lost
        reward = lost * params.leak_bps // BPS
        self._give(case, reporter, reward)
        self._give(case, BURNED, lost - reward)
        for holder, family in refill:
            self._seat(case, holder, vote.automated, family)

    def close_commit(self, case: Case) -> None:
        _need(case.phase is Phase.COMMIT, "phase")
        case.phase = Phase.REVEAL

    def reveal(self, case: Case, who: str) -> None:
        vote = self._vote(case, who, Phase.REVEAL)
        _need(vote.sealed is not None and vote.opened is None, "commitment")
        assert vote.sealed is not None
        vote.opened = vote.sealed
        counts = case.now.automated if vote.automated else case.now.people
        counts[group_of(vote.opened)] += vote.seats
        case.now.silent -= case.params.lock_of(vote.automated) * vote.seats

    def tally(self, case: Case, keeper: str) -> Group:
        _need(case.phase is Phase.REVEAL, "phase")
        now = case.now
        now.group = self._rule(case.params.seats[len(case.rounds) - 1], now)
        case.phase = Phase.APPEAL
        self._keeper(case, keeper)
        return now.group

    def _rule(self, seats: int, now: Round) -> Group:
        """By revealed votes alone. Seats that a leak made void and nobody filled still count for the quorum."""
        people, revealed = now.people.total(), now.people.total() + now.automated.total()
        if 3 * revealed < 2 * seats or 2 * people < now.people_seats:
            return Group.UNRESOLVED
        for group in (Group.CANNOT_TELL, *DECIDED):
            most_people = 2 * now.people[group] > people or not self.rules.people_too
            if 2 * now.count(group) > revealed and most_people:
                return group
        return Group.UNRESOLVED

    # --------------------------------------------------------------------------------------------------------- appeals
    def fund(self, case: Case, side: int, who: str, amount: int) -> int:
        """Takes what is missing and no more."""
        last = len(case.rounds) - 1
        _need(case.phase is Phase.APPEAL and last + 1 < len(case.params.seats) and amount > 0, "phase")
        into, target = case.now.sides[side], case.params.target(last, side)
        taken = min(amount, target - into.funded)
        _need(taken > 0, "funded")
        self._take(who, taken)
        case.money_in += taken
        into.given[who] = into.given.get(who, 0) + taken
        into.full = into.funded == target
        return taken

    def close_appeal(self, case: Case, keeper: str) -> None:
        """The next round opens where a side is funded; else the ruling is final, which pays the caller."""
        _need(case.phase is Phase.APPEAL, "phase")
        if any(side.full for side in case.now.sides):
            case.rounds.append(Round())
            case.phase = Phase.FLAGGED
            return
        self._keeper(case, keeper)
        self._finish(case)

    # ------------------------------------------------------------------------------------------------------ settlement
    def standing(self, case: Case, upto: int | None = None) -> Group:
        """The group that holds after the round before `upto`; after all of them, where none is named."""
        said = [r.group for r in case.rounds[:upto] if r.group is not None]
        if self.rules.ruling_stands:
            said = [group for group in said if group is not Group.UNRESOLVED]
        return said[-1] if said else Group.UNRESOLVED

    def _cancel(self, case: Case, *, obtainable: bool) -> None:
        """Nobody is slashed. The bond is lost where the media could not be had."""
        case.phase = Phase.CANCELLED
        bond = case.bond
        if obtainable:
            self._give(case, case.flagger, case.bounty + bond - case.keeper_paid)
        else:
            self.closed[case.key] += 1
            self._give(case, case.flagger, case.bounty - case.keeper_paid)
            for who, vote in case.now.votes.items():
                if vote.unobtainable and not vote.void and not self.rules.unpaid_reports:
                    fee = min(bond, case.params.fixed_fee * vote.seats)
                    bond -= fee
                    self._give(case, who, fee)
            self._give(case, BURNED if self.rules.unpaid_reports else TREASURY, bond)
        if case.replier:
            self._give(case, case.replier, case.bond)

    def _finish(self, case: Case) -> None:
        """The same work whatever the number of seats: counters of each round against the final group."""
        case.phase, case.group = Phase.FINAL, self.standing(case)
        self.closed[case.key] += case.group is not Group.ALTERED
        drawn = [round_ for round_ in case.rounds if not round_.failed]
        silent = sum(round_.silent for round_ in drawn)
        self.pending += silent
        case.money_in += silent
        pot = case.whole = case.bounty - case.keeper_paid + self._bonds(case) + self._appeals(case)
        if case.group in DECIDED:
            self._share(case, drawn, pot + silent)
            return
        fees = case.params.fixed_fee * sum(r.count(group) for r in drawn for group in Group)
        case.pot = fees
        if self.rules.burn_silence:
            self._give(case, BURNED, silent)
            back = min(pot - fees, case.bounty)
            self._give(case, TREASURY, pot - fees - back)
            self._give(case, case.flagger, back)
        else:
            self._give(case, case.flagger, pot + silent - fees)

    def _share(self, case: Case, drawn: list[Round], pot: int) -> None:
        assert case.group is not None
        other, params = Group(3 - case.group), case.params
        wrong = sum(
            r.people[other] * params.slash_of(False) + r.automated[other] * params.slash_of(True) for r in drawn
        )
        self.pending += wrong
        case.money_in += wrong
        fees = params.fixed_fee * sum(r.count(Group.CANNOT_TELL) for r in drawn)
        winners = sum(r.count(case.group) for r in drawn)
        case.whole = pot + wrong
        case.share = (pot + wrong - fees) // winners
        case.pot = case.share * winners + fees
        self._give(case, TREASURY, pot + wrong - case.pot)

    def _bonds(self, case: Case) -> int:
        """What of both bonds goes to the pot."""
        half = case.bond // 2
        if case.group is Group.NOT_ALTERED:
            if case.replier:
                self._give(case, case.replier, half + case.bond)
            return case.bond - half if case.replier else case.bond
        self._give(case, case.flagger, case.bond)
        if not case.replier:
            return 0
        if case.group is Group.ALTERED:
            self._give(case, case.flagger, half)
            return case.bond - half
        self._give(case, case.replier, case.bond)
        return 0

    def _appeals(self, case: Case) -> int:
        """Sets what each side gets back; returns what of them goes to the pot."""
        pot = 0
        for number, round_ in enumerate(case.rounds):
            sides = round_.sides
            for side in sides:
                side.back = side.funded
            if not any(side.full for side in sides):
                continue
            wrong = WITH if self.standing(case, number + 1) is not case.group else AGAINST
            if case.group in DECIDED and sides[wrong].full:
                burned = sides[wrong].funded // 2
                self._give(case, BURNED, burned)
                pot += sides[wrong].funded - burned
                sides[wrong].back = 0
                continue
            cost = case.params.cost(number + 1)
            pot += cost
            if all(side.full for side in sides):
                sides[WITH].back -= cost // 2
                sides[AGAINST].back -= cost - cost // 2
            else:
                sides[WITH if sides[WITH].full else AGAINST].back -= cost
        return pot

    def settle(self, case: Case, number: int, who: str) -> None:
        """By anyone, once for each voter in a round: unlock, slash, pay."""
        round_ = case.rounds[number]
        vote = round_.votes.get(who)
        _need(case.over and vote is not None and not vote.settled, "settled")
        assert vote is not None
        vote.settled = True
        self.locked[who] -= case.params.lock_of(vote.automated) * vote.seats
        if case.phase is Phase.CANCELLED or round_.failed:
            return
        slash, pay = self._of_seat(case, vote)
        self._slash(who, slash * vote.seats)
        self.pending -= slash * vote.seats
        case.pot -= pay * vote.seats
        self._give(case, who, pay * vote.seats)

    @staticmethod
    def _of_seat(case: Case, vote: Vote) -> tuple[int, int]:
        if vote.opened is None:
            return case.params.lock_of(vote.automated), 0
        group = group_of(vote.opened)
        if case.group not in DECIDED or group is Group.CANNOT_TELL:
            return 0, case.params.fixed_fee
        return (0, case.share) if group is case.group else (case.params.slash_of(vote.automated), 0)

    def claim(self, case: Case, number: int, side: int, who: str) -> int:
        """What a contributor gets back; whoever comes last takes what rounding left."""
        of = case.rounds[number].sides[side]
        _need(case.over and of.given.get(who), "nothing")
        back = of.back * of.given[who] // of.funded
        of.back -= back
        del of.given[who]
        self._give(case, who, back)
        return back

    # ---------------------------------------------------------------------------------------------------- what is held
    def owed(self) -> int:
        """Stakes, pots, bonds, sides and credits: I1 says that this is what is held and pending together."""
        total = self.stake.total() + self.credit.total()
        for case in self.cases:
            if case.over:
                total += case.pot + sum(side.back for r in case.rounds for side in r.sides)
            else:
                total += case.bounty + case.bond * (2 if case.replier else 1) - case.keeper_paid
                total += sum(side.funded for r in case.rounds for side in r.sides)
        return total
