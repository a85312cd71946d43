"""Random histories of the real contracts beside the model. `python -m tests.court.histories --count 300` plays many.

What happens is decided by chance alone, from a number, so that a history that fails can be played again.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter

from tests.court.acts import CourtWorld
from tests.court.model import AGAINST, BURNED, TREASURY, WITH, Ballot, Group, Phase
from tests.court.setting import PAYERS, some_terms, world_of
from tests.court.world import COURT, POOL, TOKEN, Tracked, hashed


class Player:
    """Does whatever chance wants, mostly what a case's phase allows."""

    def __init__(self, world: CourtWorld, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.everybody = (*world.members, *PAYERS, "publisher")
        self.serial = 0

    def step(self) -> None:
        """One act, and what must hold after it."""
        world, chance = self.world, self.chance
        world.on_time()
        is_open = [t for t in world.cases if not t.case.over]
        before = {t.id: (t.number, t.case.phase) for t in world.cases}
        dice = chance.random()
        if not world.cases or dice < (0.08 if len(is_open) < 4 else 0.01):
            self.flag()
        elif dice < 0.15:
            self.pool()
        elif dice < 0.17:
            self.roles()
        elif dice < 0.20:
            self.another(chance.choice(world.cases))
        else:
            self.go_on(chance.choice(is_open if is_open and chance.random() < 0.9 else world.cases))
        world.on_time()
        for t in world.cases:
            if t.id in before:
                number, phase = before[t.id]
                assert t.number > number or t.case.phase >= phase  # I7
        world.agree()

    def flag(self) -> None:
        chance = self.chance
        key = chance.choice(("mine", "mine", "other", "mine:used with this"))
        more, off = chance.choice((0, chance.randrange(500))), 0
        if chance.random() < 0.1:
            more, off = chance.choice(((-1, 0), (0, 1), (0, -1)))
        t = self.world.flag(chance.choice(PAYERS), key, more, off)
        if t is not None:
            t.truth = chance.choice((Group.ALTERED, Group.NOT_ALTERED, Group.ALTERED, Group.CANNOT_TELL))

    def another(self, t: Tracked) -> None:
        """Something that its phase seldom allows."""
        w, who, by = self.world, self.chance.choice(list(self.world.members)), self.chance.choice(PAYERS)
        number, side = self.chance.randrange(len(t.case.rounds)), self.chance.choice((WITH, AGAINST))
        self.chance.choice((
            lambda: w.request(t, by), lambda: w.draw(t, by, 9), lambda: w.tally(t, by), lambda: w.open_round(t, by),
            lambda: w.finalise(t, by), lambda: w.commit(t, who, Ballot.EDITED), lambda: w.reveal(t, who, by),
            lambda: w.leak(t, who, by, truly=True), lambda: w.unobtainable(t, who), lambda: w.justify(t, who),
            lambda: w.settle(t, number, who, by), lambda: w.claim(t, number, side, by, by),
            lambda: w.fund(t, side, by, 7), lambda: w.add_evidence(t, by, self.item()),
            lambda: w.reply(t, "publisher", self.item(), bond=True),
        ))()  # fmt: skip

    def item(self) -> bytes:
        self.serial += 1
        return hashed(["uint256"], [self.serial])

    def pool(self) -> None:
        w, chance = self.world, self.chance
        who = chance.choice(list(w.members))
        left = w.court.stake[who] - w.court.unbonding[who]
        dice = chance.random()
        if dice < 0.25:
            w.stake(who, chance.choice((0, 1, w.court.params.lock, 5_000)))
        elif dice < 0.45:
            w.unbond(who, chance.choice((left, left + 1, left // 2, 777)))
        elif dice < 0.6:
            w.take_out(who)
        elif dice < 0.65:
            w.depart(who)
        elif dice < 0.8:
            w.join(who)
        elif dice < 0.9:
            w.refresh(who, chance.choice(PAYERS))
        else:
            w.withdraw(chance.choice((*self.everybody, BURNED, TREASURY)), chance.choice(PAYERS))

    def roles(self) -> None:
        w, chance = self.world, self.chance
        dice = chance.random()
        if dice < 0.4:
            w.pause()
        elif dice < 0.7:
            w.unpause()
        elif dice < 0.85:
            w.propose(some_terms(chance))
        else:
            w.adopt(chance.choice(PAYERS))

    def go_on(self, t: Tracked) -> None:
        {
            Phase.FLAGGED: self._flagged,
            Phase.SEED: self._seed,
            Phase.COMMIT: self.commit,
            Phase.REVEAL: self.reveal,
            Phase.APPEAL: self._appeal,
        }.get(t.case.phase, self._over)(t, self.chance.random())

    def wait(self, until: int, *, whole: bool = False) -> None:
        """To a moment of the court's clock, or some way there; a block before it or after."""
        left = until - self.world.clock()
        if left <= 0:
            return
        if not whole and self.chance.random() < 0.3:
            left = self.chance.randint(1, left)
        self.world.chain.skip(max(1, left - self.chance.choice((0, 0, 0, 1))))

    def _flagged(self, t: Tracked, dice: float) -> None:
        w, by = self.world, self.chance.choice(PAYERS)
        if dice < 0.18:
            w.reply(t, self.chance.choice(("publisher", "publisher", by)), self.item(), bond=self.chance.random() < 0.7)
        elif dice < 0.28:
            w.add_evidence(t, by, self.item())
        elif dice < 0.9 and w.clock() < t.evidence_ends:
            self.wait(t.evidence_ends)
        else:
            w.request(t, by)

    def _seed(self, t: Tracked, dice: float) -> None:
        w, by = self.world, self.chance.choice(PAYERS)
        if dice < 0.08:
            w.chain.mine(self.chance.choice((254, 255, 256, 257, 300)))
        elif dice < 0.25 or (t.id % 5 == 4 and dice < 0.7):
            if t.id % 5 == 4 and not t.drawing:
                w.chain.mine(260)
            w.request(t, by)
        elif dice < 0.3 or (w.chain.number < t.source and dice < 0.9):
            w.chain.mine(2)
        else:
            w.draw(t, by, self.chance.choice((0, 1, 3, 9, 512, 512)))

    def commit(self, t: Tracked, dice: float) -> None:
        w, chance = self.world, self.chance
        votes = t.case.now.votes
        left = [who for who, vote in votes.items() if vote.sealed is None and not vote.void]
        who = chance.choice(left if left and chance.random() < 0.85 else list(votes))
        if dice < 0.08:
            shown = [name for seat, name in t.sealed if seat == t.number and not votes[name].void]
            who = chance.choice(shown or [who])
            w.leak(t, who, chance.choice((*PAYERS, who)), truly=chance.random() < 0.8)
        elif dice < 0.10 or (t.id % 4 == 2 and dice < 0.6):
            w.unobtainable(t, who)
        elif dice < 0.11:
            w.reveal(t, who, chance.choice(PAYERS))
        elif not left or dice < 0.14:
            self.wait(t.commit_ends)
        else:
            w.commit(t, who, self._ballot(t), self.serial)
            self.serial += 1

    def _ballot(self, t: Tracked) -> Ballot:
        if self.chance.random() < 0.3:
            return self.chance.choice(list(Ballot))
        if t.truth is Group.ALTERED:
            return self.chance.choice((Ballot.EDITED, Ballot.EDITED, Ballot.SYNTHETIC))
        return Ballot.NOT_ALTERED if t.truth is Group.NOT_ALTERED else Ballot.CANNOT_TELL

    def reveal(self, t: Tracked, dice: float) -> None:
        w, chance = self.world, self.chance
        left = [who for who, vote in t.case.now.votes.items() if vote.sealed is not None and vote.opened is None
                and not (t.text and vote.sealed is Ballot.SYNTHETIC) and not vote.void]  # fmt: skip
        who = chance.choice(left or list(t.case.now.votes))
        if dice < 0.04:
            w.commit(t, who, Ballot.EDITED)
        elif dice < 0.08 and left:
            w.reveal(t, who, chance.choice(PAYERS), truly=False)
        elif left and dice < 0.98 and w.clock() < t.commit_ends + t.terms.reveal:
            w.reveal(t, who, chance.choice(PAYERS))
        else:
            self.wait(t.commit_ends + t.terms.reveal)
            w.tally(t, chance.choice(PAYERS))

    def _appeal(self, t: Tracked, dice: float) -> None:
        w, chance, by = self.world, self.chance, self.chance.choice(PAYERS)
        last = t.number + 1 == len(t.case.params.seats)
        if dice < 0.05:
            w.justify(t, chance.choice(list(t.case.now.votes)))
        elif not last and dice < 0.6 and w.clock() < t.appeal_ends:
            side = chance.choice((WITH, AGAINST))
            target = t.case.params.target(t.number, side)
            w.fund(t, side, by, chance.choice((target, target, target, target // 3, 1, target - 1, 0)))
        elif dice < 0.9 and w.clock() < t.appeal_ends:
            self.wait(t.appeal_ends)
        elif any(side.full for side in t.case.now.sides) ^ (dice > 0.95):
            w.open_round(t, by)
        else:
            w.finalise(t, by)

    def _over(self, t: Tracked, dice: float) -> None:
        w, chance, by = self.world, self.chance, self.chance.choice(PAYERS)
        number = chance.randrange(len(t.case.rounds))
        votes = list(t.case.rounds[number].votes)
        if dice < 0.6 and votes:
            w.settle(t, number, chance.choice(votes), by)
        elif dice < 0.8:
            w.claim(t, number, chance.choice((WITH, AGAINST)), chance.choice(PAYERS), by)
        else:
            w.withdraw(chance.choice((*self.everybody, BURNED, TREASURY)), by)


def settle_everything(player: Player) -> None:
    """Every case to its end, all seats settled, all coins fetched: contracts hold none, and none is missing (I2)."""
    w, chance = player.world, player.chance
    for t in w.cases:
        for _ in range(2_000):
            if t.case.over:
                break
            w.on_time()
            _further(player, t)
        assert t.case.over, "a case came to no end"
    w.agree()
    seats = [(t, n, who) for t in w.cases for n, r in enumerate(t.case.rounds) for who, v in r.votes.items()
             if not v.settled]  # fmt: skip
    claims = [(t, n, side, who) for t in w.cases for n, r in enumerate(t.case.rounds) for side in (WITH, AGAINST)
              for who in r.sides[side].given]  # fmt: skip
    chance.shuffle(seats)
    chance.shuffle(claims)
    for t, number, who in seats:
        w.settle(t, number, who, "keeper")
    for t, number, side, who in claims:
        w.claim(t, number, side, who, "keeper")
    w.agree()
    assert not w.court.locked.total()
    assert not w.court.pending
    _all_out(w)


def _all_out(w: CourtWorld) -> None:
    for who in w.members:
        left = w.court.stake[who] - w.court.unbonding[who]
        if left:
            w.unbond(who, left)
    w.chain.skip(w.unbonding_time)
    for who in w.members:
        if w.court.stake[who]:
            w.take_out(who)
    for who in list(w.names.values()):
        if w.court.credit[who]:
            w.withdraw(who, "keeper")
    w.agree()
    assert w.see(TOKEN, "balanceOf", w.at[POOL]) == w.see(TOKEN, "balanceOf", w.at[COURT]) == 0
    owned = sum(w.see(TOKEN, "balanceOf", w.addressed(who)) for who in w.names.values())
    assert owned == w.see(TOKEN, "totalSupply") == w.funds.total()


def _further(player: Player, t: Tracked) -> None:
    """What brings a case on, whatever chance left of it."""
    w, phase = player.world, t.case.phase
    if w.paused():
        w.chain.skip(w.pauses[-1][1] - w.chain.time)
        return
    if phase is Phase.FLAGGED:
        player.wait(t.evidence_ends + 2, whole=True)
        w.request(t, "keeper")
    elif phase is Phase.SEED:
        w.chain.mine(2)
        if not t.drawing and w.lost(t):
            w.request(t, "keeper")
        else:
            w.draw(t, "keeper", 512)
    elif phase is Phase.COMMIT:
        player.commit(t, 0.9 if player.chance.random() < 0.95 else 0.12)
    elif phase is Phase.REVEAL:
        player.reveal(t, player.chance.random())
    else:
        player.wait(t.appeal_ends + 2, whole=True)
        (w.open_round if any(side.full for side in t.case.now.sides) else w.finalise)(t, "keeper")


def play(seed: int, steps: int) -> CourtWorld:
    """One history, to the end of everything."""
    world = world_of(seed)
    player = Player(world, random.Random(f"play {seed}"))
    for _ in range(steps):
        player.step()
    settle_everything(player)
    return world


def ends_of(world: CourtWorld) -> Counter[str]:
    """How its cases ended."""
    found = Counter[str]()
    for t in world.cases:
        found[(t.case.phase if t.case.group is None else t.case.group).name] += 1
        found[f"rounds {len(t.case.rounds)}"] += 1
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=200)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--steps", type=int, default=250)
    given = asked.parse_args()
    begun_at, ends, calls, steps = time.monotonic(), Counter[str](), Counter[str](), 0
    for seed in range(given.first, given.first + given.count):
        try:
            world = play(seed, given.steps)
        except BaseException:
            print(f"history {seed} failed; again: --first {seed} --count 1 --steps {given.steps}", flush=True)
            raise
        ends, calls, steps = ends + ends_of(world), calls + world.calls, steps + world.steps
    took = time.monotonic() - begun_at
    print(f"{given.count} histories, {steps} calls, {took:.0f} s; ends {dict(sorted(ends.items()))}")
    print(f"calls {dict(sorted(calls.items()))}")


if __name__ == "__main__":
    main()
