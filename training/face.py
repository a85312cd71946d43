"""The face net, from pictures to a model that ships: `python -m training.face` does everything.

`python -m training.face try NAME...` trains the two folds of a design and prints its row of the table in
RESULTS-face.md. What was trained is kept in `work()/face` and not trained again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from training import data, face_data, face_fit, face_measure, face_swaps
from training.face_blend import Recipe
from training.face_data import Portrait
from training.face_fit import Design, FaceNet
from training.face_measure import GENERATED, UNTOUCHED, Scored

# Each fold is judged on one group of sources by a net trained on the other.
GROUPS = (("src09", "src29"), ("src23", "src21"))
DESIGNS = {
    d.name: d
    for d in (
        Design("self"),
        Design("self-front-frozen", front=False),
        Design("self-and-others", Recipe(others=0.5)),
        Design("others", Recipe(others=1.0)),
        Design("self-192", size=192),
    )
}


def _kept(name: str) -> Path:
    return data.work() / "face" / name


def trained(design: Design, name: str, portraits: Sequence[Portrait]) -> FaceNet:
    """The net of a design, trained on these faces or read where it was."""
    path = _kept(f"nets/{design.name}-{name}.pt")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        model = face_fit.train(design, portraits, f"{design.name} {name}")
        torch.save(model.state_dict(), path)
    model = FaceNet().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


def folds(design: Design) -> list[Scored]:
    """The scores of every face by a net that saw nothing of its source, clean and laundered."""
    path = _kept(f"scores/{design.name}.csv")
    if not path.exists():
        every = face_data.collect()
        swaps = face_swaps.frozen(GROUPS)
        rows: list[Scored] = []
        for fold, group in enumerate(GROUPS):
            model = trained(design, f"fold{fold}", [p for p in every if p.source in GROUPS[1 - fold]])
            rows += _scored(model, design, fold, group, every, swaps)
        face_measure.write(path, rows)
    return face_measure.read(path)


def _scored(
    model: FaceNet,
    design: Design,
    fold: int,
    group: Sequence[str],
    every: Sequence[Portrait],
    swaps: Sequence[face_swaps.Swap],
) -> list[Scored]:
    """The faces of a fold: its own sources, and (by the first fold's net alone) those that no net is trained on."""
    known = {s for g in GROUPS for s in g}
    large = [p for p in every if p.face.width >= 80 and (p.source in group or (fold == 1 and p.source not in known))]
    shown = [(p, p.pixels, GENERATED if p.source == face_data.GENERATED else UNTOUCHED) for p in large]
    shown += [(s.target, s.pixels, s.kind) for s in swaps if s.target.source in group]
    rows = []
    for laundered in (0, 1):
        squares = (face_fit.judged(x, p.face, design.size, p.stem, laundered=bool(laundered)) for p, x, _ in shown)
        logits = face_fit.score(model, squares)
        rows += [
            Scored(p.stem, p.source, kind, fold, laundered, round(float(v), 4))
            for (p, _, kind), v in zip(shown, logits, strict=True)
        ]
    return rows


def attempt(names: Sequence[str]) -> None:
    """Print the rows of the table for these designs."""
    for name in names:
        rows = folds(DESIGNS[name])
        for laundered in (1, 0):
            own = [r for r in rows if r.laundered == laundered]
            print(face_measure.line(name if laundered else f"{name}, clean", own), flush=True)


if __name__ == "__main__":
    attempt(sys.argv[2:])
