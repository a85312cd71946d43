"""The contracts and the model of their money side by side: what is done to one is done to the other.

Before each call it is said whether the contracts have to take it, from the rules in docs/court.md and the clock that is
kept here; after each, every number that the contracts tell is held to the model's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode as packed
from tests.court.chains import ChainOfTests, Receipt
from tests.court.model import AGAINST, BURNED, TREASURY, WITH, Ballot, Case, Court, Group, Params, Phase

from touchstone.chain import contracts
from touchstone.chain.keccak import keccak256

COURT, POOL, TOKEN = "FactCheckCourt", "ReviewerPool", "PracticeUSD"
DEAD = "0x000000000000000000000000000000000000dEaD"
KINDS = {Phase.FLAGGED: (1,), Phase.SEED: (2, 3), Phase.COMMIT: (4,), Phase.REVEAL: (4,), Phase.APPEAL: (7,),
         Phase.FINAL: (8,), Phase.CANCELLED: (9,)}  # fmt: skip
MAX_PAUSE, PAUSE_GAP, DELAY = 7 * 86_400, 30 * 86_400, 2 * 86_400
NONE, JOINED, DEACTIVATED = 0, 1, 2


@dataclass(frozen=True)
class Terms:
    """Parameters of the court: what the model knows of them, and its windows in seconds."""

    params: Params
    evidence: int = 86_401
    commit: int = 172_803
    obtain: int = 43_201
    reveal: int = 86_403
    appeal: int = 129_601

    def struct(self, randomness: str) -> tuple[Any, ...]:
        """As the contracts take them."""
        p = self.params
        seats = tuple(p.seats) + (0,) * (3 - len(p.seats))
        return (
            seats, p.slash_bps, p.leak_bps, self.evidence, self.commit, self.obtain, self.reveal, self.appeal, p.lock,
            p.lock_automated, p.seat_fee, p.fixed_fee, p.keeper, p.bond, p.appeal_per_seat, randomness,
        )  # fmt: skip


@dataclass
class Tracked:
    """A case on both sides, and what the model has no word for: moments, hashes, ballots."""

    id: int
    case: Case
    terms: Terms
    text: str
    media: bytes
    root: bytes
    evidence_ends: int
    publisher: int
    truth: Group = Group.ALTERED
    drawing: bool = False
    source: int = 0
    pauses: int = 0
    weights: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ((), ())  # type: ignore[assignment]
    cursor: int = 0
    commit_ends: int = 0
    appeal_ends: int = 0
    sealed: dict[tuple[int, str], tuple[Ballot, bytes]] = field(default_factory=dict)
    kinds: list[int] = field(default_factory=list)

    @property
    def number(self) -> int:
        return len(self.case.rounds) - 1


@dataclass
class Member:
    """What the pool knows of an account beside money."""

    automated: bool
    family: str
    status: int = JOINED
    missed: int = 0
    unbonds_at: int = 0


class World:
    """Everybody, both sides, and the clock."""

    def __init__(self, chain: ChainOfTests, at: Mapping[str, str], terms: Terms, members: Mapping[str, Member]) -> None:
        self.chain, self.at, self.terms = chain, dict(at), terms
        self.members = dict(members)
        self.court = Court(terms.params)
        self.cases: list[Tracked] = []
        self.pauses: list[tuple[int, int]] = []
        self.funds: Counter[str] = Counter()
        self.proposed: tuple[Terms, int] | None = None
        self.steps = 0
        self.calls: Counter[str] = Counter()
        self.unbonding_time = int(self.see(POOL, "parameters")["unbondingTime"])
        self.names = {self.addressed(who).lower(): who for who in (BURNED, TREASURY)}

    # -- names, money, time
    def addressed(self, who: str) -> str:
        return self.at.get(who) or self.chain.address(who)

    def named(self, address: str) -> str:
        return self.names[address.lower()]

    def rich(self, who: str, amount: int) -> None:
        """Makes money for somebody, who lets pool and court take it."""
        self.names[self.addressed(who).lower()] = who
        while amount:
            part = min(amount, 10_000_000_000)
            self.raw("maker", TOKEN, "mint", self.addressed(who), part)
            self.funds[who] += part
            amount -= part
        for spender in (POOL, COURT):
            self.raw(who, TOKEN, "approve", self.at[spender], 2**256 - 1)

    def raw(self, who: str, name: str, function: str, *arguments: Any) -> Receipt:
        receipt = self.chain.send(who, name, self.at[name], function, *arguments)
        assert receipt.ok, (function, receipt.error)
        return receipt

    def see(self, name: str, function: str, *arguments: Any) -> Any:
        return self.chain.see(name, self.at[name], function, *arguments)

    @property
    def next(self) -> int:
        """The time of the next block."""
        return self.chain.time + 1

    def paused(self, moment: int | None = None) -> bool:
        return any(begin <= (self.next if moment is None else moment) < end for begin, end in self.pauses)

    def stood(self, moment: int) -> int:
        """How long the clock stood still in all."""
        return sum(min(moment, end) - begin for begin, end in self.pauses)

    def clock(self, moment: int | None = None) -> int:
        moment = self.next if moment is None else moment
        return moment - self.stood(moment)

    def attempt(self, allowed: bool, who: str, name: str, function: str, *arguments: Any) -> Receipt | None:
        """Calls; it must be taken exactly if it is allowed. A refusal has to be one of the contracts' own."""
        receipt = self.chain.send(who, name, self.at[name], function, *arguments)
        self.steps += 1
        self.calls[function if receipt.ok else f"{function} refused"] += 1
        if receipt.ok != allowed:
            raise AssertionError(f"{function}{arguments} by {who}: {receipt.error or 'taken'}; allowed: {allowed}")
        assert receipt.ok or receipt.error not in {"", "Panic", "unknown", "Error"}, (function, receipt.error)
        return receipt if receipt.ok else None

    # -- pool
    def stake(self, who: str, amount: int) -> None:
        if self.attempt(amount > 0, who, POOL, "stake", amount):
            self.court.deposit(who, amount)

    def unbond(self, who: str, amount: int) -> None:
        allowed = 0 < amount <= self.court.stake[who] - self.court.unbonding[who]
        receipt = self.attempt(allowed, who, POOL, "unbond", amount)
        if receipt:
            self.court.unbond(who, amount)
            self.members[who].unbonds_at = receipt.time + self.unbonding_time

    def take_out(self, who: str) -> None:
        """I11: whatever is paused."""
        most = min(self.court.unbonding[who], self.court.free(who))
        allowed = self.next >= self.members[who].unbonds_at and most > 0
        receipt = self.attempt(allowed, who, POOL, "withdraw", self.addressed(who))
        if receipt:
            assert receipt.events[0].of["amount"] == self.court.take_out(who)

    def depart(self, who: str) -> None:
        member = self.members[who]
        if self.attempt(member.status == JOINED, who, POOL, "depart"):
            member.status = NONE

    def join(self, who: str) -> None:
        """Comes back, to the same tree."""
        member, court = self.members[who], self.court
        limits = self.see(POOL, "parameters")
        least = limits["minAutomated"] if member.automated else limits["minStake"]
        allowed = member.status != JOINED and court.stake[who] - court.unbonding[who] >= least
        model = self.models[who] if member.automated else bytes(32)
        if self.attempt(allowed, who, POOL, "join", member.automated, model):
            if member.status == DEACTIVATED:
                member.missed = 0
            member.status = JOINED

    models: Mapping[str, bytes] = {}

    def refresh(self, who: str, by: str) -> None:
        self.attempt(self.members[who].status == JOINED, by, POOL, "refresh", self.addressed(who))

    def free_people(self) -> int:
        """People's weight that no seat has locked."""
        weight, busy = 0, 0
        for who, member in self.members.items():
            if not member.automated and member.status == JOINED:
                weight += self.see(POOL, "weightOf", self.addressed(who))
                busy += self.court.locked[who]
        return max(0, weight - busy)

    # -- roles
    def as_role(self, allowed: bool, who: str, function: str, *arguments: Any) -> Receipt | None:
        """On practice networks one steward has every role, and does what anybody asks."""
        if "PracticeSteward" not in self.at:
            return self.attempt(allowed, who, COURT, function, *arguments)
        call = contracts.encode(COURT, function, *arguments)
        return self.attempt(allowed, "keeper", "PracticeSteward", "run", self.at[COURT], call)

    def pause(self) -> None:
        last = self.pauses[-1][1] if self.pauses else 0
        receipt = self.as_role(not last or self.next >= last + PAUSE_GAP, "guardian", "pause")
        if receipt:
            self.pauses.append((receipt.time, receipt.time + MAX_PAUSE))

    def unpause(self) -> None:
        receipt = self.as_role(self.paused(), "guardian", "unpause")
        if receipt:
            self.pauses[-1] = (self.pauses[-1][0], receipt.time)

    def propose(self, terms: Terms) -> None:
        receipt = self.as_role(True, "timelock", "propose", terms.struct(self.at["FutureBlockHash"]))
        if receipt:
            self.proposed = (terms, receipt.time + DELAY)

    def adopt(self, by: str) -> None:
        allowed = self.proposed is not None and self.next >= self.proposed[1]
        if self.attempt(allowed, by, COURT, "adopt") and self.proposed:
            self.terms, self.proposed = self.proposed[0], None
            self.court.params = self.terms.params

    def withdraw(self, who: str, by: str) -> None:
        receipt = self.attempt(self.court.credit[who] > 0, by, COURT, "withdraw", self.addressed(who))
        if receipt:
            moved = next(event for event in receipt.events if event.name == "Withdrawn")
            assert moved.of["amount"] == self.court.withdraw(who)

    # -- both sides agree
    def agree(self) -> None:
        """Every number that the contracts tell, to the unit; and I1, I3, I4 of what they tell."""
        court = self.court
        stakes, pending = court.stake.total(), court.pending
        in_pool = self.see(TOKEN, "balanceOf", self.at[POOL])
        in_court = self.see(TOKEN, "balanceOf", self.at[COURT])
        assert court.held + pending == court.owed()
        same("staked", self.see(POOL, "totalStaked"), stakes)
        same("locked", self.see(POOL, "totalLocked"), court.locked.total())
        same("pending", self.see(POOL, "pendingSlash"), pending)
        same("in the pool", in_pool, stakes - pending)
        same("in the court", in_court, court.held - in_pool)
        for who in self.names.values():
            self._agree_of(who)
        for tracked in self.cases:
            self._agree_about(tracked)

    def _agree_of(self, who: str) -> None:
        court, address = self.court, self.addressed(who)
        same(f"credit of {who}", self.see(COURT, "creditOf", address), court.credit[who])
        balance = self.funds[who] - court.paid_in[who] + court.paid_out[who]
        same(f"balance of {who}", self.see(TOKEN, "balanceOf", address), balance)
        if who in self.members:
            member, found = self.members[who], self.see(POOL, "accountOf", address)
            same(f"stake of {who}", found["staked"], court.stake[who])
            same(f"locked of {who}", found["locked"], court.locked[who])
            same(f"unbonding of {who}", found["unbonding"], court.unbonding[who])
            assert found["locked"] <= found["staked"]
            same(f"{who} in the pool", (found["status"], found["missed"]), (member.status, member.missed))

    def _agree_about(self, tracked: Tracked) -> None:
        case, found = tracked.case, self.see(COURT, "caseOf", tracked.id)
        what = f"case {tracked.id}"
        assert case.money_out <= case.money_in
        assert found["phase"] in KINDS[case.phase], (what, found["phase"], case.phase)
        assert (found["phase"] == 3) == tracked.drawing
        same(f"{what} round", found["round"], tracked.number)
        same(f"{what} bounty", found["bounty"], case.bounty)
        same(f"{what} keepers", found["keeperPaid"], case.keeper_paid)
        same(f"{what} bond", tracked.terms.params.bond << found["doublings"], case.bond)
        same(f"{what} evidence", (found["evidenceRoot"], found["evidenceEnds"]), (tracked.root, tracked.evidence_ends))
        replier = self.addressed(case.replier).lower() if case.replier else "0x" + "00" * 20
        same(f"{what} replier", found["replier"].lower(), replier)
        standing = self.court.standing(case)
        same(f"{what} group", group_of_ruling(found["ruling"]), standing)
        same(f"{what} share", found["share"], case.share)
        for number in range(len(case.rounds)):
            self._agree_in(tracked, number)

    def _agree_in(self, tracked: Tracked, number: int) -> None:
        round_, what = tracked.case.rounds[number], f"case {tracked.id} round {number}"
        found = self.see(COURT, "roundOf", tracked.id, number)
        people, machines = counted(tracked, number)
        same(f"{what} people", list(found["people"]), people)
        same(f"{what} automated", list(found["automated"]), machines)
        ruled = number < len(tracked.kinds)
        if ruled:
            same(f"{what} ruling", found["ruling"], tracked.kinds[number])
            same(f"{what} group", group_of_ruling(found["ruling"]), round_.group)  # I8
        live = [vote for vote in round_.votes.values() if not vote.void]
        same(f"{what} seats", found["seatsPeople"], sum(v.seats for v in live if not v.automated))
        same(f"{what} machines", found["seatsAutomated"], sum(v.seats for v in live if v.automated))
        for who, vote in round_.votes.items():
            self._agree_on(tracked, number, who, vote)
        for side in (WITH, AGAINST):
            self._agree_beside(tracked, number, side)

    def _agree_on(self, tracked: Tracked, number: int, who: str, vote: Any) -> None:
        got = self.see(COURT, "voteOf", tracked.id, number, self.addressed(who))
        same(
            f"case {tracked.id} round {number} vote of {who}",
            (got["seats"], got["automated"], got["revealed"], got["voided"], got["settled"], got["unobtainable"]),
            (vote.seats, vote.automated, vote.opened is not None, vote.void, vote.settled, vote.unobtainable),
        )
        same("locked by them", got["locked"], tracked.terms.params.lock_of(vote.automated) * vote.seats)

    def _agree_beside(self, tracked: Tracked, number: int, side: int) -> None:
        of, what = tracked.case.rounds[number].sides[side], f"case {tracked.id} round {number} side {side}"
        found = self.see(COURT, "sideOf", tracked.id, number, side == AGAINST)
        left = found["back"] if found["reduced"] else found["unclaimed"]
        same(what, left, of.back if tracked.case.phase is Phase.FINAL else of.funded)
        for who in of.given:
            got = self.see(COURT, "contributionOf", tracked.id, number, side == AGAINST, self.addressed(who))
            same(f"{what} of {who}", got, of.given[who])


def same(what: str, found: Any, wanted: Any) -> None:
    assert found == wanted, f"{what}: {found} on chain, {wanted} by the model"


def group_of_ruling(ruling: int) -> Group:
    """CannotTell, NotAltered, Edited, Synthetic, Altered; None and Unresolved are one."""
    return {1: Group.CANNOT_TELL, 2: Group.NOT_ALTERED, 3: Group.ALTERED, 4: Group.ALTERED, 5: Group.ALTERED}.get(
        ruling, Group.UNRESOLVED
    )


def counted(tracked: Tracked, number: int) -> tuple[list[int], list[int]]:
    """Opened seats by ballot, of people and of machines."""
    people, machines = [0] * 4, [0] * 4
    for vote in tracked.case.rounds[number].votes.values():
        if vote.opened is not None:
            (machines if vote.automated else people)[vote.opened] += vote.seats
    return people, machines


def salt_of(tracked: Tracked, who: str) -> bytes:
    return keccak256(f"{tracked.id} {tracked.number} {who}".encode())


def hashed(kinds: list[str], values: list[Any]) -> bytes:
    return keccak256(packed(kinds, values))
