"""The contracts and the model of their money agree to the unit, on random histories, after every call."""

from collections import Counter

import pytest
from tests.court.histories import ends_of, play

HISTORIES, STEPS = 10, 100
ENDS = {"ALTERED", "NOT_ALTERED", "CANNOT_TELL", "UNRESOLVED", "CANCELLED", "rounds 1", "rounds 2"}
CALLS = {
    "flag", "addEvidence", "reply", "requestSeed", "draw", "commit", "reportUnobtainable", "reportLeak", "reveal",
    "tally", "fundAppeal", "openRound", "finalise", "settle", "claimAppeal", "withdraw", "stake", "unbond", "pause",
}  # fmt: skip


@pytest.mark.parametrize("part", range(3))
def test_contracts_and_model_agree_to_the_unit(part):
    """`python -m tests.court.histories --count 300 --steps 250` plays as many as one likes."""
    ends, calls = Counter(), Counter()
    for seed in range(HISTORIES * part, HISTORIES * (part + 1)):
        world = play(seed, STEPS)
        assert world.steps > 60
        ends += ends_of(world)
        calls += world.calls
    # It would hold over histories in which nothing happens.
    assert ends.keys() >= ENDS
    assert calls.keys() >= CALLS
    assert calls.keys() >= {f"{name} refused" for name in ("flag", "draw", "reveal", "fundAppeal", "tally")}


def test_keepers_may_cost_more_than_the_bounty():
    """Later rounds' keepers are paid by appeals. This history once left its case unable to end."""
    world = play(1027, 250)
    assert any(t.case.keeper_paid > t.case.bounty for t in world.cases)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2_000, 2_200))
def test_many_histories(seed):
    play(seed, 300)
