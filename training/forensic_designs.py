"""Designs of the forensic model side by side on the same folds: `python -m training.forensic_designs [NAME...]`.

Each design's out-of-fold scores go to `work()/forensic/NAME.csv`, its line of the table to standard output.
"""

from __future__ import annotations

import sys
import time

from training import data, scores
from training.forensic_fit import Design, boosted, forest, logistic, rows

DESIGNS = {
    "logistic": Design((logistic(0.003),)),
    "logistic-clean": Design((logistic(0.003),), draws=(0,)),
    "logistic-no-pseudo": Design((logistic(0.003),), pseudo=0),
    "logistic-clean-no-pseudo": Design((logistic(0.003),), draws=(0,), pseudo=0),
    "logistic-pseudo-half": Design((logistic(0.003),), pseudo=0.6),
    "logistic-weaker": Design((logistic(0.0005),)),
    "logistic-stronger": Design((logistic(0.03),)),
    "logistic-steady": Design((logistic(0.003),), steady=True),
    "logistic-unbalanced": Design((logistic(0.003),), balanced=False),
    "logistic-no-colour-tone": Design((logistic(0.003),), without=("colour", "tone")),
    "logistic-pattern": Design((logistic(0.003),), families=("pattern",)),
    "forest": Design((forest(),), draws=(0, 1)),
    "boosted": Design((boosted(),), draws=(0, 1)),
    "boosted-no-pseudo": Design((boosted(),), draws=(0, 1), pseudo=0),
    "boosted-steady": Design((boosted(),), draws=(0, 1), steady=True),
    "both": Design((logistic(0.003), boosted()), draws=(0, 1)),
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
