"""Designs of the forensic model side by side on the same folds: `python -m training.forensic_designs [NAME...]`.

Each design's out-of-fold scores go to `work()/forensic/NAME.csv`, its line of the table to standard output.
"""

from __future__ import annotations

import sys
import time

from training import data, scores
from training.forensic_fit import Design, boosted, forest, logistic, rows

DESIGNS = {
    "logistic": Design((logistic(0.003),), pseudo=0),
    "logistic, as they are only": Design((logistic(0.003),), draws=(0,), pseudo=0),
    "logistic, laundered only": Design((logistic(0.003),), draws=(1,), pseudo=0),
    "logistic, pseudo-fakes .4": Design((logistic(0.003),), pseudo=0.4),
    "logistic, pseudo-fakes .15": Design((logistic(0.003),), pseudo=0.15),
    "logistic, penalty x 6": Design((logistic(0.0005),), pseudo=0),
    "logistic, penalty / 10": Design((logistic(0.03),), pseudo=0),
    "logistic, steady features": Design((logistic(0.003),), pseudo=0, steady=True),
    "logistic, not balanced": Design((logistic(0.003),), pseudo=0, balanced=False),
    "logistic, no colour or tone": Design((logistic(0.003),), pseudo=0, without=("colour", "tone")),
    "logistic, pattern alone": Design((logistic(0.003),), pseudo=0, families=("pattern",)),
    "boosted": Design((boosted(),), pseudo=0),
    "boosted, pseudo-fakes .1": Design((boosted(),), pseudo=0.1),
    "boosted, 300 rounds": Design((boosted(300, 6, 0.05),), pseudo=0),
    "boosted, 200 rounds of 12 leaves": Design((boosted(200, 12, 0.06),), pseudo=0),
    "logistic, penalty / 30": Design((logistic(0.1),), pseudo=0),
    "boosted and logistic": Design((boosted(240, 16, 0.06), logistic(0.1)), (0.7, 0.3), pseudo=0),
    "forest": Design((forest(),), pseudo=0),
}


def main(names: list[str]) -> None:
    print("| design | macro AUC | worst generator | photographic | other | false alarms mean / worst | recall |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in names or list(DESIGNS):
        began, found = time.monotonic(), rows(DESIGNS[name])
        scores.write(data.work() / "forensic" / f"{name}.csv", found)
        for laundered in (1, 0):
            own = [r for r in found if r.laundered == laundered]
            if own:
                print(scores.line(f"{name}{'' if laundered else ' (clean)'}", own), flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
