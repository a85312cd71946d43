"""The cheapest design, to compare with: a linear classifier on what ImageNet taught, nothing else trained.

`python -m training.ai_image_probe` prints its figures on clean squares, contents balanced or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from training import ai_image_fit, ai_image_fronts, folds
from training.ai_image_data import Picture, pictures
from training.scores import Row, line

_SHARES = {"photo": 0.45, "face": 0.2, "other": 0.35}


def weights(found: Sequence[Picture], tags: dict[str, str], *, balanced: bool) -> np.ndarray:
    """Both classes weigh the same (within each content), in them each source by the root of its size."""
    cells: dict[tuple[bool, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, picture in enumerate(found):
        content = tags[picture.item.stem] if balanced else "any"
        cells[picture.generated, content][picture.item.source].append(index)
    weight = np.zeros(len(found))
    for (made, content), by in cells.items():
        if (not made, content) in cells:
            total = sum(len(own) ** 0.5 for own in by.values())
            for own in by.values():
                weight[own] = _SHARES.get(content, 1.0) * len(own) ** -0.5 / total
    return weight * len(found)


def judged(strength: float, *, balanced: bool) -> list[Row]:
    """Scores of all folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    tags, features = ai_image_fronts.tags(), ai_image_fronts.features()
    found = [p for p in pictures(pseudos=False) if not folds.straddling(p.item)]
    x, fold = np.stack([features[p.name] for p in found]), np.array([p.fold for p in found])
    y, rows = np.array([p.generated for p in found]), []
    for number in range(folds.FOLDS):
        held = fold == number
        weight = weights([p for p in found if p.fold != number], tags, balanced=balanced)
        used = weight > 0
        scaler = StandardScaler().fit(x[~held][used])
        model = LogisticRegression(C=strength, max_iter=200)
        model.fit(scaler.transform(x[~held][used]), y[~held][used], sample_weight=weight[used])
        logits = model.decision_function(scaler.transform(x[held]))
        own = [p for p in found if p.fold == number]
        rows += [ai_image_fit.row(p, tags, "clean", float(v)) for p, v in zip(own, logits, strict=True)]
    return rows


if __name__ == "__main__":
    for balance in (False, True):
        for c in (1e-4, 1e-3, 1e-2):
            scored = judged(c, balanced=balance)
            name = f"probe, {'balanced' if balance else 'plain'}, C {c:g}"
            print(line(name, scored), flush=True)
            print(line(f"{name}, fold 2", [r for r in scored if r.fold == 2]), flush=True)
