"""Drives the model through whole cases that chance alone decides. What is tried and refused must change nothing."""

from __future__ import annotations

import random

from tests.court.model import AGAINST, WITH, Ballot, Case, Court, Params, Phase, Refused, Rules

PEOPLE = tuple(f"p{n}" for n in range(7))
MACHINES = tuple((f"m{n}", f"f{n % 3}") for n in range(4))
PAYERS = ("x", "y", "z")

# Odd, so that every division leaves something over.
ODD = Params(
    seats=(3, 7, 9),
    lock=1_009,
    lock_automated=307,
    slash_bps=2_501,
    leak_bps=1_009,
    seat_fee=53,
    fixed_fee=17,
    keeper=5,
    bond=211,
    appeal_per_seat=29,
)


def staked(params: Params = ODD, rules: Rules | None = None, locks: int = 12) -> Court:
    court = Court(params, rules)
    for who in PEOPLE:
        court.deposit(who, params.lock * locks)
    for who, _ in MACHINES:
        court.deposit(who, params.lock_automated * locks)
    return court


def panel_of(court: Court, seats: int, chance: random.Random) -> list[tuple[str, bool, str]]:
    """Whoever can still lock enough, with at most a third of the seats automated and each family once."""
    machines = dict((family, who) for who, family in chance.sample(MACHINES, len(MACHINES)))  # noqa: C402
    wanted = chance.randint(0, min(len(machines), seats // 3))
    able = [(f, w) for f, w in machines.items() if court.free(w) >= court.params.lock_automated]
    panel = [(who, True, family) for family, who in able[:wanted]]
    free = {who: court.free(who) // court.params.lock for who in PEOPLE}
    while len(panel) < seats and any(free.values()):
        who = chance.choice([name for name, left in free.items() if left])
        free[who] -= 1
        panel.append((who, False, ""))
    return panel


def step(court: Court, case: Case, chance: random.Random) -> None:
    """One act in a case, whichever its phase allows; some are tried where they must be refused."""
    acts = {
        Phase.FLAGGED: _flagged,
        Phase.SEED: _seed,
        Phase.COMMIT: _commit,
        Phase.REVEAL: _reveal,
        Phase.APPEAL: _appeal,
        Phase.FINAL: _settle,
        Phase.CANCELLED: _settle,
    }
    try:
        acts[case.phase](court, case, chance)
    except Refused:
        return


def _flagged(court: Court, case: Case, chance: random.Random) -> None:
    if chance.random() < 0.3:
        court.reply(case, "publisher")
    else:
        court.request(case, chance.choice(PAYERS))


def _seed(court: Court, case: Case, chance: random.Random) -> None:
    if chance.random() < 0.1:
        court.request(case, chance.choice(PAYERS))
        return
    panel = panel_of(court, case.params.seats[len(case.rounds) - 1], chance)
    if len(panel) == case.params.seats[len(case.rounds) - 1] and chance.random() < 0.95:
        court.draw(case, chance.choice(PAYERS), panel)
    else:
        court.fail(case, panel[: len(panel) // 2])


def _commit(court: Court, case: Case, chance: random.Random) -> None:
    who = chance.choice(list(case.now.votes))
    act = chance.random()
    if act < 0.7:
        truth = Ballot.NOT_ALTERED if case.key.endswith("n") else Ballot.EDITED
        court.commit(case, who, truth if chance.random() < 0.7 else chance.choice(list(Ballot)))
    elif act < 0.75:
        vote = case.now.votes[who]
        refill: list[tuple[str, str]] = []
        if not vote.automated and chance.random() < 0.7:
            able = [p for p in PEOPLE if p != who and court.free(p) >= case.params.lock]
            refill = [(p, "") for p in chance.sample(able, min(len(able), vote.seats))]
        court.leak(case, who, chance.choice((*PAYERS, who)), refill)
    elif act < 0.8:
        court.unobtainable(case, who)
    elif act < 0.9 or all(vote.sealed is not None for vote in case.now.votes.values()):
        court.close_commit(case)
        court.commit(case, who, Ballot.EDITED)


def _reveal(court: Court, case: Case, chance: random.Random) -> None:
    closed = [w for w, v in case.now.votes.items() if v.sealed is not None and v.opened is None and not v.void]
    if closed and chance.random() < 0.95:
        court.reveal(case, chance.choice(closed))
    else:
        court.tally(case, chance.choice(PAYERS))


def _appeal(court: Court, case: Case, chance: random.Random) -> None:
    if chance.random() < 0.75:
        amount = chance.choice((7, 500, 10_000))
        court.fund(case, chance.choice((WITH, AGAINST)), chance.choice(PAYERS), amount)
    else:
        court.close_appeal(case, chance.choice(PAYERS))


def _settle(court: Court, case: Case, chance: random.Random) -> None:
    number = chance.randrange(len(case.rounds))
    if chance.random() < 0.7 and case.rounds[number].votes:
        court.settle(case, number, chance.choice(list(case.rounds[number].votes)))
    else:
        court.claim(case, number, chance.choice((WITH, AGAINST)), chance.choice(PAYERS))


def finish(court: Court, chance: random.Random) -> None:
    """Every case to its end, every seat settled, every share claimed, every coin out."""
    for case in court.cases:
        while not case.over:
            step(court, case, chance)
        _close(court, case)
    for who in list(court.stake):
        if court.stake[who]:
            court.leave(who, court.stake[who])
    for who in [name for name, amount in court.credit.items() if amount]:
        court.withdraw(who)


def _close(court: Court, case: Case) -> None:
    for number, round_ in enumerate(case.rounds):
        for who in [name for name, vote in round_.votes.items() if not vote.settled]:
            court.settle(case, number, who)
        for side in (WITH, AGAINST):
            for who in list(round_.sides[side].given):
                court.claim(case, number, side, who)
