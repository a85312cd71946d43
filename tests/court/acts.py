"""What is done in a case, to the contracts and to the model of their money at once, and the lot drawn a second time."""

from __future__ import annotations

from tests.court.chains import Receipt
from tests.court.model import AGAINST, Ballot, Case, Phase, Vote
from tests.court.world import COURT, DEACTIVATED, POOL, Tracked, World, counted, hashed, salt_of, same

from touchstone.chain.network import PRACTICE_CHAIN_ID

DEPTH, AUTOMATED_WORDS, MAX_WORDS, MISSED = 4, 128, 512, 2
Seat = tuple[str, bool, str]


def ruling(case: Case, people: list[int], machines: list[int]) -> int:
    """The ruling of a round with a panel of that size, by what was opened: counted here a second time."""
    both = [a + b for a, b in zip(people, machines, strict=True)]
    total, of_people = sum(both), sum(people)
    if 3 * total < 2 * case.size or 2 * of_people < case.now.people_seats:
        return 6
    for ballots, name in (((2, 3), 0), ((1,), 2), ((0,), 1)):
        if 2 * sum(both[b] for b in ballots) > total and 2 * sum(people[b] for b in ballots) > of_people:
            return name or (5 if both[2] == both[3] else 3 if both[2] > both[3] else 4)
    return 6


class CourtWorld(World):
    """Everything that anybody can do to a case."""

    # -- until the draw
    def flag(self, who: str, key: str, more: int = 0, off: int = 0) -> Tracked | None:
        """A case about a file, "a:text" being about its use with a text. `off`: how far the bond named is off."""
        file, _, text = key.partition(":")
        media, params = hashed(["string"], [file]), self.court.params
        bond, bounty = self.court.bond_for(key), params.cost(0) + more
        is_open = any(tracked.case.key == key and not tracked.case.over for tracked in self.cases)
        allowed = not (self.paused() or is_open or off or more < 0)
        what = (media, text, hashed(["string"], ["evidence"]), "https://example.org/b", bounty, bond + off)
        receipt = self.attempt(allowed, who, COURT, "flag", what)
        if not receipt:
            return None
        case = self.court.flag(who, key, bounty)
        told = next(event for event in receipt.events if event.name == "Flagged").of
        same("bond", told["bond"], case.bond)
        ends = self.clock(receipt.time) + self.terms.evidence
        publisher = 1 if file == "mine" else 0
        same("publisher", told["publisher"], publisher)
        tracked = Tracked(told["id"], case, self.terms, text, media, what[2], ends, publisher)
        self.cases.append(tracked)
        return tracked

    def add_evidence(self, t: Tracked, who: str, item: bytes) -> None:
        case = t.case
        if case.phase in {Phase.FLAGGED, Phase.SEED}:
            allowed = t.number > 0 or self.clock() < t.evidence_ends - t.terms.evidence // 3
        else:
            allowed = not case.over and t.number + 1 < len(case.params.seats)
        if self.attempt(allowed, who, COURT, "addEvidence", t.id, item, "") is not None:
            t.root = hashed(["bytes32", "address", "bytes32"], [t.root, self.addressed(who), item])

    def reply(self, t: Tracked, who: str, item: bytes, *, bond: bool) -> None:
        """By the publisher, for whom number 1 stands; nobody else has one."""
        allowed = t.case.phase is Phase.FLAGGED and t.number == 0 and self.clock() < t.evidence_ends
        allowed = allowed and who == "publisher" and t.publisher == 1 and not (bond and t.case.replier)
        if self.attempt(allowed, who, COURT, "reply", t.id, 1, item, "", bond) is not None:
            t.root = hashed(["bytes32", "address", "bytes32"], [t.root, self.addressed(who), item])
            if bond:
                self.court.reply(t.case, who)

    def lost(self, t: Tracked) -> bool:
        """A word can be taken from the second block after the request on, for 256 blocks."""
        return self.chain.number + 1 > t.source + 256

    def request(self, t: Tracked, keeper: str) -> None:
        case, first = t.case, t.case.phase is Phase.FLAGGED
        if first:
            allowed = self.clock() >= t.evidence_ends
        else:
            allowed = case.phase is Phase.SEED and not t.drawing and self.lost(t)
        enough = self.free_people() >= DEPTH * case.size * case.params.lock if not case.over else False
        weights = self._weights(t) if not case.over else ([], [])
        receipt = self.attempt(allowed and not self.paused(), keeper, COURT, "requestSeed", t.id)
        if not receipt:
            return
        stood = self.stood(receipt.time)
        counted_now = first or t.pauses == stood
        lost = counted_now and case.requests == case.params.requests
        if lost or not enough:
            self._failed(t, receipt, 1 if lost else 2)
            return
        self.court.request(case, keeper, counted=counted_now)
        t.source, t.pauses, t.weights = receipt.number + 1, stood, weights

    def _weights(self, t: Tracked) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Both trees as they are now: accounts in the order of their leaves, with their weight."""
        trees: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ([], [])
        for who, member in self.members.items():
            trees[member.automated].append((who, self.see(POOL, "weightOf", self.addressed(who))))
        return trees

    def _failed(self, t: Tracked, receipt: Receipt, reason: int) -> None:
        self.court.fail(t.case)
        t.drawing = False
        told = self.see(COURT, "caseOf", t.id)
        same("reason", told["reason"], reason)
        if t.number:
            t.kinds.append(6)
            self._ended(t, receipt)

    def _ended(self, t: Tracked, receipt: Receipt) -> None:
        told = next(event for event in receipt.events if event.name == "Finalised").of
        same("pot", (told["pot"], told["share"]), (t.case.whole, t.case.share))

    # -- the draw
    def draw(self, t: Tracked, keeper: str, words: int) -> None:
        case, next_block = t.case, self.chain.number + 1
        ready = t.drawing or (next_block > t.source and not self.lost(t))
        allowed = case.phase is Phase.SEED and ready and not self.paused()
        receipt = self.attempt(allowed, keeper, COURT, "draw", t.id, words)
        if not receipt:
            return
        if not t.drawing:
            t.drawing, t.cursor = True, 0
        expected = self._lot(t, words)
        seats = self._seats(receipt)
        same("panel", seats, expected)
        names = {event.name for event in receipt.events}
        if len(case.drawn) == case.size:
            assert "CommitStarted" in names
            self.court.begin(case, keeper)
            t.drawing, t.commit_ends = False, self.clock(receipt.time) + t.terms.commit
        elif t.cursor == MAX_WORDS:
            self._failed(t, receipt, 2)
        else:
            assert not names & {"CommitStarted", "CaseCancelled", "Finalised"}

    def _seats(self, receipt: Receipt) -> list[Seat]:
        told = [event.of for event in receipt.events if event.name == "SeatDrawn"]
        return [(self.named(of["voter"]), of["automated"], self._family(of)) for of in told]

    def _family(self, told: dict[str, object]) -> str:
        who = self.named(str(told["voter"]))
        family = self.members[who].family
        wanted = self.models[family] if told["automated"] else bytes(32)
        same("family", told["family"], wanted)
        return family if told["automated"] else ""

    def _lot(self, t: Tracked, words: int) -> list[Seat]:
        """The panel once more: each tree's words one after another, until the seats are filled or the words are used.

        A third of the seats is offered to machines first, at most four words a seat; people follow from word 128 on.
        """
        seats, case = list[Seat](), t.case
        wanted = case.size // 3
        if t.cursor < AUTOMATED_WORDS:
            last = min(t.cursor + words, 4 * wanted)
            exists = sum(weight for _, weight in t.weights[True]) > 0
            missing = wanted - sum(automated for _, automated, _ in case.drawn) if exists else 0
            while missing and t.cursor < last:
                missing -= self._offered(t, True, seats)
            if missing and t.cursor < 4 * wanted:
                return seats
            t.cursor = AUTOMATED_WORDS
        end = min(t.cursor + words, MAX_WORDS)
        while len(case.drawn) < case.size and t.cursor < end:
            self._offered(t, False, seats)
        return seats

    def _offered(self, t: Tracked, automated: bool, seats: list[Seat]) -> bool:
        who, case = self._picked(t, automated), t.case
        t.cursor += 1
        member = self.members[who]
        vote = case.now.votes.get(who)
        taken = automated and any(vote.automated and vote.family == member.family for vote in case.now.votes.values())
        if taken or (vote and vote.void) or member.status == DEACTIVATED:
            return False
        if self.court.free(who) < case.params.lock_of(automated):
            return False
        seat = (who, automated, member.family if automated else "")
        seats.append(seat)
        if case.phase is Phase.SEED:
            self.court.seat(case, *seat)
        return True

    def _picked(self, t: Tracked, automated: bool) -> str:
        """Who a word of the seed names."""
        tree = t.weights[automated]
        seed = self.see(COURT, "roundOf", t.id, t.number)["seed"]
        kinds = ["bytes32", "uint256", "uint256", "bool", "uint16"]
        word = int.from_bytes(hashed(kinds, [seed, t.id, t.number, automated, t.cursor]), "big")
        left = word % sum(weight for _, weight in tree)
        for who, weight in tree:
            if left < weight:
                return who
            left -= weight
        raise AssertionError("beyond the tree")

    # -- votes
    def on_time(self) -> None:
        """What the clock alone ends."""
        for t in self.cases:
            if t.case.phase is Phase.COMMIT and self.clock() >= t.commit_ends:
                self.court.close_commit(t.case)

    def _vote(self, t: Tracked, who: str) -> Vote | None:
        vote = t.case.now.votes.get(who)
        return vote if vote and not vote.void else None

    def commit(self, t: Tracked, who: str, ballot: Ballot, number: int = 0) -> None:
        salt = salt_of(t, f"{who} {number}")
        values = [PRACTICE_CHAIN_ID, self.at[COURT], t.id, t.number, self.addressed(who), ballot, salt]
        seal = hashed(["uint256", "address", "uint256", "uint8", "address", "uint8", "bytes32"], values)
        allowed = t.case.phase is Phase.COMMIT and self._vote(t, who) is not None
        if self.attempt(allowed, who, COURT, "commit", t.id, seal) is not None:
            self.court.commit(t.case, who, ballot)
            t.sealed[t.number, who] = (ballot, salt)

    def unobtainable(self, t: Tracked, who: str) -> None:
        case, vote = t.case, self._vote(t, who)
        until = t.commit_ends - t.terms.commit + t.terms.obtain
        allowed = case.phase is Phase.COMMIT and t.number == 0 and self.clock() < until
        allowed = allowed and vote is not None and not vote.unobtainable
        if self.attempt(allowed, who, COURT, "reportUnobtainable", t.id):
            self.court.unobtainable(case, who)
            if case.over:
                same("reason", self.see(COURT, "caseOf", t.id)["reason"], 3)

    def leak(self, t: Tracked, who: str, by: str, *, truly: bool) -> None:
        """Shows a sealed vote, or a wrong one."""
        vote = self._vote(t, who)
        ballot, salt = t.sealed.get((t.number, who), (Ballot.EDITED, bytes(32)))
        known = (t.number, who) in t.sealed
        if not truly:
            ballot = Ballot((ballot + 1) % 4)
        allowed = t.case.phase is Phase.COMMIT and vote is not None and known and truly
        allowed = allowed and not (t.text and ballot is Ballot.SYNTHETIC)
        receipt = self.attempt(allowed, by, COURT, "reportLeak", t.id, self.addressed(who), int(ballot), salt)
        if not receipt or vote is None:
            return
        given = self._seats(receipt)
        expected = self._again(t, who, vote, self.clock(receipt.time) < t.commit_ends - t.terms.commit // 2)
        same("seats drawn again", given, expected)
        self.court.leak(t.case, who, by, [(holder, family) for holder, _, family in given])

    def _again(self, t: Tracked, who: str, vote: Vote, early: bool) -> list[Seat]:
        """Void seats go to the next words, four for each, in the first half of the window."""
        seats = list[Seat]()
        if not early:
            return seats
        vote.void = True
        tries, before = 4 * vote.seats, self.court.locked.copy()
        while len(seats) < vote.seats and tries:
            if self._offered(t, vote.automated, seats):
                holder, automated, family = seats[-1]
                self.court.locked[holder] += t.case.params.lock_of(automated)
                if automated:
                    t.case.now.votes.setdefault(f"{holder} again", Vote(0, True, family))
            tries -= 1
        self.court.locked, vote.void = before, False
        for name in [name for name in t.case.now.votes if name.endswith(" again")]:
            del t.case.now.votes[name]
        return seats

    def reveal(self, t: Tracked, who: str, by: str, *, truly: bool = True) -> None:
        vote = self._vote(t, who)
        ballot, salt = t.sealed.get((t.number, who), (Ballot.EDITED, bytes(32)))
        if not truly:
            ballot = Ballot((ballot + 1) % 4)
        allowed = t.case.phase is Phase.REVEAL and self.clock() < t.commit_ends + t.terms.reveal
        allowed = allowed and vote is not None and vote.opened is None and (t.number, who) in t.sealed and truly
        allowed = allowed and not (t.text and ballot is Ballot.SYNTHETIC)
        if self.attempt(allowed, by, COURT, "reveal", t.id, self.addressed(who), int(ballot), salt) is not None:
            self.court.reveal(t.case, who)

    def justify(self, t: Tracked, who: str) -> None:
        vote = t.case.rounds[0].votes.get(who)
        allowed = vote is not None and vote.opened is not None
        self.attempt(allowed, who, COURT, "justify", t.id, 0, hashed(["string"], [who]), "")

    def tally(self, t: Tracked, keeper: str) -> None:
        case = t.case
        allowed = case.phase is Phase.REVEAL and self.clock() >= t.commit_ends + t.terms.reveal
        receipt = self.attempt(allowed, keeper, COURT, "tally", t.id)
        if receipt:
            t.kinds.append(ruling(case, *counted(t, t.number)))
            self.court.tally(case, keeper)
            further = t.number + 1 < len(case.params.seats)
            t.appeal_ends = self.clock(receipt.time) + (t.terms.appeal if further else 0)

    # -- appeals, the end
    def fund(self, t: Tracked, side: int, who: str, amount: int) -> None:
        case = t.case
        until = t.appeal_ends - t.terms.appeal // 2 if side == AGAINST else t.appeal_ends
        allowed = case.phase is Phase.APPEAL and t.number + 1 < len(case.params.seats) and self.clock() < until
        allowed = allowed and amount > 0 and not case.now.sides[side].full
        receipt = self.attempt(allowed, who, COURT, "fundAppeal", t.id, side == AGAINST, amount)
        if receipt:
            told = next(event for event in receipt.events if event.name == "AppealFunded").of
            same("taken", told["amount"], self.court.fund(case, side, who, amount))

    def open_round(self, t: Tracked, keeper: str) -> None:
        case = t.case
        full = any(side.full for side in case.now.sides)
        allowed = case.phase is Phase.APPEAL and full and self.clock() >= t.appeal_ends
        if self.attempt(allowed, keeper, COURT, "openRound", t.id) is not None:
            self.court.close_appeal(case, keeper)

    def finalise(self, t: Tracked, keeper: str) -> None:
        case = t.case
        full = any(side.full for side in case.now.sides)
        allowed = case.phase is Phase.APPEAL and not full and self.clock() >= t.appeal_ends
        receipt = self.attempt(allowed, keeper, COURT, "finalise", t.id)
        if receipt:
            self.court.close_appeal(case, keeper)
            self._ended(t, receipt)

    def settle(self, t: Tracked, number: int, who: str, by: str) -> None:
        """I5: once. Two silences in a row put somebody out."""
        case, round_ = t.case, t.case.rounds[number]
        vote, member = round_.votes.get(who), self.members[who]
        allowed = case.over and vote is not None and not vote.settled
        if self.attempt(allowed, by, COURT, "settle", t.id, number, self.addressed(who)) is None:
            return
        assert vote is not None
        self.court.settle(case, number, who)
        if case.phase is Phase.CANCELLED or round_.failed:
            return
        if vote.opened is not None:
            member.missed = 0
        elif member.status != DEACTIVATED:
            member.missed += 1
            if member.missed >= MISSED:
                member.status = DEACTIVATED

    def claim(self, t: Tracked, number: int, side: int, who: str, by: str) -> None:
        given = t.case.rounds[number].sides[side].given
        allowed = t.case.over and bool(given.get(who))
        receipt = self.attempt(allowed, by, COURT, "claimAppeal", t.id, number, side == AGAINST, self.addressed(who))
        if receipt:
            told = next(event for event in receipt.events if event.name == "AppealClaimed").of
            same("back", told["paid"], self.court.claim(t.case, number, side, who))
