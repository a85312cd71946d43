"""Whole cases by agents on the model of the court's money: `PYTHONPATH=. python benchmarks/court/simulate.py OUT.md`.

`grid.json` fixes adversaries, seeds and parameters; it was committed before the first run. Seats are drawn
independently by share of stake, each for an account of its own: what a strategy earned is what its seats earned.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.court.model import AGAINST, DECIDED, FIRST_DESIGN, WITH, Ballot, Case, Court, Group, Params, Phase, Rules

GRID = Path(__file__).with_name("grid.json")
_UNIT = 1_000_000
_HEAD = """Made by `PYTHONPATH=. python benchmarks/court/simulate.py benchmarks/court/results.md` from `grid.json`,
6,000 cases a row. Right, wrong and none are final rulings; "none" is cannot tell or unresolved. The net of a seat is
what it earned less 1.00 for looking, where it looked; the net of a case is what that party has more or less after it.

| | right | wrong | none | rounds | net of a seat | net of a case |
|---|---|---|---|---|---|---|"""
_WRONG = {Ballot.EDITED: Ballot.NOT_ALTERED, Ballot.NOT_ALTERED: Ballot.EDITED}
_LOOKS = {"honest", "machine", "sabotage"}  # who works for a vote


@dataclass
class Tally:
    """What came of a scenario's cases."""

    cases: int = 0
    right: int = 0
    wrong: int = 0
    none: int = 0
    rounds: int = 0
    seats: Counter[str] = field(default_factory=Counter)
    net: Counter[str] = field(default_factory=Counter)
    rich: int = 0
    flagger: int = 0
    bribes: int = 0


class Play:
    """One case, from flag to the last coin."""

    def __init__(self, grid: dict[str, Any], scenario: dict[str, Any], chance: random.Random) -> None:
        self.chance, self.work = chance, grid["work"]
        self.of = grid["defaults"] | scenario
        parameters = grid["parameters"] | self.of.get("parameters", {})
        parameters |= {"slash_bps": self.of.get("slash_bps", parameters["slash_bps"])}
        params = Params(**parameters | {"seats": tuple(parameters["seats"])})
        self.court = Court(params, Rules() if self.of["rules"] == "answered" else FIRST_DESIGN)
        self.truth = Ballot.EDITED if chance.random() < self.of["base"] else Ballot.NOT_ALTERED
        self.names, self.weights = zip(*self.of["shares"].items(), strict=True)
        self.strategy: dict[str, str] = {}

    def run(self, total: Tally) -> None:
        """Play it and add it up."""
        court = self.court
        case = court.flag("flagger", "case", court.params.cost(0))
        while not case.over:
            self._round(case)
            self._appeal(case)
            court.close_appeal(case, "keeper")
        for number, round_ in enumerate(case.rounds):
            for who in round_.votes:
                court.settle(case, number, who)
            for side in (WITH, AGAINST):
                for who in list(round_.sides[side].given):
                    court.claim(case, number, side, who)
        self._add(case, total)

    def _round(self, case: Case) -> None:
        court, number = self.court, len(case.rounds) - 1
        seats = court.params.seats[number]
        machines = int(seats * self.of.get("machine_part", 1 / 3)) if self.of["machines"] else 0
        panel = []
        for seat in range(seats):
            who = f"{number}.{seat}"
            automated = seat < machines
            self.strategy[who] = "machine" if automated else self.chance.choices(self.names, self.weights)[0]
            court.deposit(who, court.params.lock_of(automated))
            panel.append((who, automated, who if automated else ""))
        court.request(case, "keeper")
        court.draw(case, "keeper", panel)
        together = self.chance.random() < self.of["together"]
        standing = court.standing(case) if number else Group.UNRESOLVED
        for who, _, _ in panel:
            ballot = self._vote(self.strategy[who], number, standing, together)
            if ballot is not None:
                court.commit(case, who, ballot)
        court.close_commit(case)
        for who, _, _ in panel:
            if case.now.votes[who].sealed is not None:
                court.reveal(case, who)
        court.tally(case, "keeper")

    def _vote(self, strategy: str, number: int, standing: Group, together: bool) -> Ballot | None:  # noqa: FBT001
        looked = _WRONG[self.truth] if self.chance.random() < self.of["error"] else self.truth
        follow = {Group.ALTERED: Ballot.EDITED, Group.NOT_ALTERED: Ballot.NOT_ALTERED}.get(standing, Ballot.EDITED)
        return {
            "honest": looked,
            "machine": _WRONG[self.truth] if together else looked,
            "lazy": Ballot.EDITED,
            "abstain": Ballot.CANNOT_TELL,
            "follow": follow,
            "collude": _WRONG[self.truth],
            "bribed": _WRONG[self.truth],
            "silent": None,
            "sabotage": None if number else looked,
        }[strategy]

    def _appeal(self, case: Case) -> None:
        number = len(case.rounds) - 1
        most = self.of.get("rounds", len(self.court.params.seats))
        if number + 1 >= most or case.phase is not Phase.APPEAL:
            return
        right = self.court.standing(case) is Group(min(self.truth, 2))
        policy = self.of["appeal"]
        if policy in {"against", "both"} or (policy == "truth" and not right):
            self.court.fund(case, AGAINST, "rich" if policy != "truth" else "truth", 10**15)
        if policy == "both":
            self.court.fund(case, WITH, "rich", 10**15)

    def _add(self, case: Case, total: Tally) -> None:
        court = self.court
        total.cases += 1
        total.rounds += len(case.rounds)
        right = Group(min(self.truth, 2))
        total.right += case.group is right
        total.wrong += case.group in DECIDED and case.group is not right
        total.none += case.group not in DECIDED
        total.rich += court.credit["rich"] - court.paid_in["rich"]
        total.flagger += court.credit["flagger"] - court.paid_in["flagger"]
        for number, round_ in enumerate(case.rounds):
            for who in round_.votes:
                strategy = self.strategy[who]
                looked = strategy in _LOOKS and not (strategy == "sabotage" and number)
                net = court.stake[who] + court.credit[who] - court.paid_in[who] - self.work * looked
                total.seats[strategy] += 1
                total.net[strategy] += net
                if strategy == "bribed" and case.group is right:
                    total.bribes += court.params.slash_of(False) + case.share  # noqa: FBT003


def run(grid: dict[str, Any], scenario: dict[str, Any]) -> Tally:
    total = Tally()
    for seed in grid["seeds"]:
        chance = random.Random(f"{seed} {scenario['name']}")
        for _ in range(grid["cases"]):
            Play(grid, scenario, chance).run(total)
    return total


def row(name: str, total: Tally) -> str:
    def share(count: int) -> str:
        return f"{100 * count / total.cases:.1f} %"

    def coins(amount: float) -> str:
        return f"{amount / _UNIT:+.2f}"

    nets = ", ".join(f"{who} {coins(total.net[who] / total.seats[who])}" for who in sorted(total.seats))
    costs = [f"rich {coins(total.rich / total.cases)}"] if total.rich else []
    costs += [f"flagger {coins(total.flagger / total.cases)}"]
    for who in ("collude", "sabotage"):
        if total.seats[who]:
            costs.append(f"{who} {coins(total.net[who] / total.cases)}")
    if total.bribes:
        costs.append(f"bribes {coins(-total.bribes / total.cases)}")
    cells = [name, share(total.right), share(total.wrong), share(total.none), f"{total.rounds / total.cases:.2f}"]
    return "| " + " | ".join([*cells, nets, ", ".join(costs)]) + " |"


def main() -> None:
    grid = json.loads(GRID.read_text())
    scenarios = list(grid["scenarios"])
    for name in grid["variants"]["for"]:
        found = next(scenario for scenario in grid["scenarios"] if scenario["name"] == name)
        slashes = grid["variants"]["slash_bps"]
        scenarios += [found | {"name": f"{name}; slash {bps / 100:g} %", "slash_bps": bps} for bps in slashes]
    lines = [_HEAD]
    for scenario in scenarios:
        lines.append(row(scenario["name"], run(grid, scenario)))
        print(lines[-1], flush=True)
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
