"""What a ruling costs, which parameters, what a pool learns: `PYTHONPATH=. python benchmarks/court/choose.py FOLDER`.

`choices.json` fixes adversaries, seeds and parameters; it was committed before the first run. Written into FOLDER:
`choices.md` with the tables, and a drawing for each of the three (SVG).
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.court.drawing import Line, chart
from benchmarks.court.simulate import Play, Tally, run

HERE = Path(__file__).parent
_UNIT = 1_000_000
_DEVIATIONS = ("lazy", "abstain", "silent", "collude")


def played(grid: dict[str, Any], part: dict[str, Any], name: str, **scenario: Any) -> Tally:
    """All cases of one scenario; its chance follows from its name alone."""
    sized = grid | {"cases": part["cases"], "seeds": part["seeds"]}
    return run(sized, {"name": name, "error": part["error"], "base": part["base"], **scenario})


def flips(grid: dict[str, Any], part: dict[str, Any], who: str) -> tuple[list[str], list[Line]]:
    """By share of stake and number of rounds that the truth is defended for: how often it falls, and at what price."""
    rows = ["| share | rounds | wrong | net a case | a turned ruling costs |", "|---|---|---|---|---|"]
    lines = []
    for rounds in part["rounds"]:
        points = []
        for share in part["shares"]:
            shares = {"honest": 1 - share, who: share}
            told = played(grid, part, f"{who} {share} {rounds}", shares=shares, appeal="truth", rounds=rounds)
            spent = told.bribes if who == "bribed" else -told.net[who]
            price = spent / told.wrong / _UNIT if told.wrong else None
            # An empty record says no more than that it is rarer than what can be seen.
            seen = f"{100 * told.wrong / told.cases:.2f} %" if told.wrong else f"under {100 / told.cases:.2f} %"
            cost = "not turned" if price is None else "a gain" if price < 0 else f"{price:,.0f}"
            rows.append(f"| {share:.0%} | {rounds} | {seen} | {-spent / told.cases / _UNIT:+.2f} | {cost} |")
            print(rows[-1], flush=True)
            if price is not None and price > 0:
                points.append((share, price))
        lines.append(Line(f"{rounds} round{'s' if rounds > 1 else ''}", tuple(points)))
    return rows, lines


def choices(grid: dict[str, Any], part: dict[str, Any]) -> list[str]:
    """Every combination of parameters in one mixed population, best first."""
    found = []
    ways = itertools.product(part["slash_bps"], part["lock"], part["seats"], part["machine_part"])
    for slash, lock, seats, machines in ways:
        parameters = {"slash_bps": slash, "lock": lock, "lock_automated": lock // 2, "seats": seats}
        told = played(
            grid,
            part,
            f"{slash} {lock} {seats} {machines}",
            shares=part["population"],
            parameters=parameters,
            machines=machines > 0,
            machine_part=machines,
            together=part["together"],
            appeal=part["appeal"],
        )
        nets = {who: told.net[who] / told.seats[who] / _UNIT for who in told.seats}
        best = max((who for who in _DEVIATIONS if who in nets), key=nets.__getitem__)
        edge = nets["honest"] - nets[best]
        cells = [f"{slash / 100:g} %", f"{lock // _UNIT}", "-".join(map(str, seats)), f"{machines:.0%}"]
        cells += [f"{100 * count / told.cases:.1f} %" for count in (told.right, told.wrong, told.none)]
        cells += [f"{nets['honest']:+.2f}", f"{best} {nets[best]:+.2f}", f"{edge:+.2f}"]
        cells += [f"{told.flagger / told.cases / _UNIT:+.2f}"]
        found.append((told.wrong / told.cases - told.right / told.cases, -edge, "| " + " | ".join(cells) + " |"))
        print(found[-1][2], flush=True)
    head = [
        "slash",
        "lock",
        "seats",
        "automated",
        "right",
        "wrong",
        "none",
        "honest seat",
        "best other",
        "edge",
        "flagger",
    ]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *(row for _, _, row in sorted(found))]


def learning(grid: dict[str, Any], part: dict[str, Any]) -> tuple[list[str], list[Line]]:
    """Shares move towards what earned more than the average, a little each generation; nobody quite dies out.

    `known` is the part of cases that somebody put in with an answer that is as often "not altered" as "altered".
    """
    rows = [
        "| appealed | altered | errs | known | honest | always altered | cannot tell | repeats | right at the end |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines = []
    ways = itertools.product(part["appeal"], part["base"], part["error"], part["known"])
    for appeal, base, error, known in ways:
        chance = random.Random(f"{part['seed']} {appeal} {base} {error} {known}")
        shares = dict(part["start"])
        course, right = [], Counter[int]()
        for generation in range(part["generations"]):
            told = Tally()
            for _ in range(part["cases"]):
                truth = 0.5 if chance.random() < known else base
                scenario = {
                    "name": "",
                    "shares": shares,
                    "base": truth,
                    "error": error,
                    "appeal": "against",
                    "rounds": 2,
                }
                Play(grid, grid["defaults"] | scenario, chance).run(told)
            course.append((generation, shares["honest"]))
            right[generation >= part["generations"] - 10] += told.right
            shares = _moved(shares, told, part)
        often = "always" if appeal == "against" else "where wrong"
        name = f"{often}; {base:.0%} altered, known {known:.0%}, errs {error:.0%}"
        lines.append(Line(name, tuple(course)))
        last = [f"{100 * shares[who]:.0f} %" for who in ("honest", "lazy", "abstain", "follow")]
        kept = f"{100 * right[True] / (10 * part['cases']):.1f} %"
        rows.append("| " + " | ".join([often, f"{base:.0%}", f"{error:.0%}", f"{known:.0%}", *last, kept]) + " |")
        print(rows[-1], flush=True)
    return rows, lines


def _moved(shares: dict[str, float], told: Tally, part: dict[str, Any]) -> dict[str, float]:
    nets = {who: told.net[who] / told.seats[who] / _UNIT if told.seats[who] else 0.0 for who in shares}
    average = sum(shares[who] * nets[who] for who in shares)
    grown = {who: max(part["floor"], shares[who] * (1 + part["step"] * (nets[who] - average))) for who in shares}
    return {who: share / sum(grown.values()) for who, share in grown.items()}


def main() -> None:
    grid, part = json.loads((HERE / "grid.json").read_text()), json.loads((HERE / "choices.json").read_text())
    out = Path(sys.argv[1])
    price = "price of a turned ruling, dollars"
    flipped, lines = flips(grid, part["flip"], "collude")
    (out / "flip.svg").write_text(
        chart("What colluders pay for a ruling", ("share of stake", price), lines, logarithmic=True)
    )
    bribed, lines = flips(grid, part["bribe"], "bribed")
    (out / "bribe.svg").write_text(
        chart("What bribes cost for a ruling", ("share bribed", price), lines, logarithmic=True)
    )
    learnt, lines = learning(grid, part["learn"])
    shown = [line for line in lines if "errs 10%" in line.name and "known 0%" in line.name]
    (out / "learn.svg").write_text(chart("Who looks, as the pool learns", ("generation", "share that looks"), shown))
    text = [
        "Made by `PYTHONPATH=. python benchmarks/court/choose.py benchmarks/court` from `grid.json`, `choices.json`.",
        "", "## What a ruling costs colluders, with the truth defended for so many rounds", "", *flipped,
        "", "## What it costs in bribes (p + epsilon, paid to who is not with the ruling)", "", *bribed,
        "", "## What a pool learns", "", *learnt,
        "", "## Parameters in one mixed population, best first", "", *choices(grid, part["choose"]),
    ]  # fmt: skip
    (out / "choices.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
