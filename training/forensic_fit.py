"""The forensic model's designs: what they are fed, how they are fitted, and what they say of what was held out.

Every content (photograph, face, made by people without a camera) has its own share, the same for real and generated;
inside it a source weighs as the square root of its pictures. Pseudo-fakes count as generated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchstone.detect import features
from training import ai_image_fronts, data, folds, scores
from training.data import Item
from training.forensic_features import load

SHARES = {"photo": 0.4, "face": 0.25, "other": 0.35}
CLIP = 4.0  # spreads; beyond, a feature says no more
Matrix = NDArray[np.float32]
Vector = NDArray[np.float64]
Fit = Callable[[Matrix, NDArray[np.bool_], Vector], Callable[[Matrix], Vector]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Pictures in one state: a row of features for each."""

    items: tuple[Item, ...]
    contents: tuple[str, ...]
    values: Matrix
    pseudo: NDArray[np.bool_]

    @property
    def generated(self) -> NDArray[np.bool_]:
        return self.pseudo | np.array([i.generated for i in self.items], bool)

    @property
    def folds(self) -> NDArray[np.intp]:
        return np.array([folds.fold(i) for i in self.items], np.intp)

    @property
    def sources(self) -> NDArray[np.str_]:
        names = [f"{i.source}{'-pseudo' if p else ''}" for i, p in zip(self.items, self.pseudo, strict=True)]
        return np.array(names)

    def where(self, chosen: NDArray[np.bool_]) -> Sample:
        """The pictures chosen."""
        at = np.flatnonzero(chosen)
        return Sample(
            tuple(self.items[i] for i in at), tuple(self.contents[i] for i in at), self.values[at], self.pseudo[at]
        )


def sample(draws: Sequence[int], *, pseudo: bool, straddling: bool = False) -> Sample:
    """All pictures with a view, in each of the draws that were computed; with or without what straddles folds."""
    by, tags = {i.stem: i for i in data.items() if straddling or not folds.straddling(i)}, ai_image_fronts.tags()
    items: list[Item] = []
    values, made = [], []
    for kind in ("view", "pseudo-view") if pseudo else ("view",):
        for draw in draws:
            table = load(kind, draw)
            kept = [s in by for s in table.stems]
            items += [by[s] for s in table.stems if s in by]
            values.append(table.values[kept])
            made += [kind == "pseudo-view"] * sum(kept)
    contents = tuple(tags[i.stem] for i in items)
    return Sample(tuple(items), contents, np.concatenate(values), np.array(made, bool))


def weights(of: Sample, pseudo_share: float = 0.4) -> Vector:
    """The weight of each picture; they sum up to their number."""
    content, generated, source = np.array(of.contents), of.generated, of.sources
    found = np.zeros(len(of.items))
    for name, share in SHARES.items():
        made = pseudo_share if of.pseudo.any() else 0.0
        for cell, part in (
            (~generated, 1.0),
            (generated & ~of.pseudo, 1 - made),
            (of.pseudo, made),
        ):
            here = cell & (content == name)
            for one in np.unique(source[here]):
                own = here & (source == one)
                found[own] = own.sum() ** -0.5
            if here.any():
                found[here] *= share * part / found[here].sum()
    return found * len(found) / found.sum()


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighted mean and spread of each feature."""

    means: Matrix
    spreads: Matrix

    def __call__(self, values: Matrix) -> Matrix:
        """Standardised and clipped."""
        return np.clip((values - self.means) / self.spreads, -CLIP, CLIP)


def scale(values: Matrix, weight: Vector) -> Scale:
    means = np.average(values, axis=0, weights=weight)
    spreads = np.sqrt(np.average((values - means) ** 2, axis=0, weights=weight))
    return Scale(means.astype(np.float32), np.maximum(spreads, 1e-4).astype(np.float32))


def logistic(strength: float) -> Fit:
    """Logistic regression, the inverse of its penalty given."""

    def fit(x: Matrix, y: NDArray[np.bool_], weight: Vector) -> Callable[[Matrix], Vector]:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=strength, max_iter=300).fit(x, y, sample_weight=weight).decision_function

    return fit


def forest(trees: int = 150, leaf: int = 8) -> Fit:
    """Extremely randomised trees."""

    def fit(x: Matrix, y: NDArray[np.bool_], weight: Vector) -> Callable[[Matrix], Vector]:
        from sklearn.ensemble import ExtraTreesClassifier

        model = ExtraTreesClassifier(trees, min_samples_leaf=leaf, max_features=0.1, random_state=0)
        model.fit(x, y, sample_weight=weight)

        def say(values: Matrix) -> Vector:
            p = np.clip(model.predict_proba(values)[:, 1], 1e-3, 1 - 1e-3)
            return np.log(p / (1 - p))

        return say

    return fit


def boosted(rounds: int = 120, leaves: int = 6, rate: float = 0.08) -> Fit:
    """Gradient-boosted trees."""

    def fit(x: Matrix, y: NDArray[np.bool_], weight: Vector) -> Callable[[Matrix], Vector]:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=40, l2_regularization=5,
            max_features=0.15, max_bins=64, early_stopping=False, random_state=0,
        )  # fmt: skip
        return model.fit(x, y, sample_weight=weight).decision_function

    return fit


def steady(of: Sample, least: float = 0.02) -> NDArray[np.bool_]:
    """Features whose effect has the same sign in every fold, and on average at least this much AUC away from 0.5.

    The effect in a fold is the mean over contents of AUC of its generated against its real pictures.
    """
    content, number, generated = np.array(of.contents), of.folds, of.generated
    effects = []
    for fold in np.unique(number):
        cells = []
        for name in SHARES:
            here = (number == fold) & (content == name)
            if (here & generated).sum() >= scores.LEAST and (here & ~generated).sum() >= scores.LEAST:
                cells.append(_aucs(of.values[here & generated], of.values[here & ~generated]))
        effects.append(np.mean(cells, axis=0) - 0.5)
    found = np.array(effects)
    return (np.abs(np.sign(found).sum(axis=0)) == len(found)) & (np.abs(found.mean(axis=0)) >= least)


def _aucs(high: Matrix, low: Matrix) -> Vector:
    ranks = np.argsort(np.argsort(np.concatenate([high, low]), axis=0, kind="stable"), axis=0) + 1.0
    count = len(high)
    return (ranks[:count].sum(axis=0) - count * (count + 1) / 2) / (count * len(low))


@dataclass(frozen=True, slots=True)
class Design:
    """One way to make the model."""

    fits: tuple[Fit, ...]  # several are averaged, each scaled by its spread on what it was fitted to
    shares: tuple[float, ...] = (1.0,)  # of each fit in the average
    draws: tuple[int, ...] = (0, 1)
    pseudo: float = 0.4  # share of the generated weight; 0: none
    families: tuple[str, ...] = ()  # all
    without: tuple[str, ...] = ()
    steady: bool = False
    balanced: bool = True


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted design."""

    columns: NDArray[np.intp]
    scale: Scale
    parts: tuple[Callable[[Matrix], Vector], ...]
    factors: tuple[float, ...]  # of each part in the sum

    def __call__(self, values: Matrix) -> Vector:
        """The logits of rows of all features."""
        x = self.scale(values[:, self.columns])
        said = [factor * part(x) for part, factor in zip(self.parts, self.factors, strict=True)]
        return np.sum(said, axis=0)


def columns(design: Design, of: Sample) -> NDArray[np.intp]:
    """The features that the design uses."""
    family = np.array([n.split(".")[1] for n in features.NAMES])
    kept = ~np.isin(family, design.without)
    if design.families:
        kept &= np.isin(family, design.families)
    if design.steady:
        kept &= steady(of.where(~of.pseudo))
    return np.flatnonzero(kept)


def fitted(design: Design, of: Sample, tell: Callable[[Mapping[str, Any], int], object] | None = None) -> Model:
    """The design fitted to a sample. `tell` is handed the standardisation, and each part once it is fitted."""
    kept = columns(design, of)
    weight = weights(of, design.pseudo) if design.balanced else np.ones(len(of.items))
    scaled = scale(of.values[:, kept], weight)
    x = scaled(of.values[:, kept])
    if tell is not None:
        tell({"columns": kept, "means": scaled.means, "spreads": scaled.spreads}, 0)
    fits = []
    for number, fit in enumerate(design.fits, 1):
        fits.append(fit(x, of.generated, weight))
        if tell is not None:
            tell(_state(fits[-1]), number)
    parts = tuple(fits)
    spreads = [float(part(x).std()) if len(parts) > 1 else 1.0 for part in parts]
    factors = tuple(share / spread for share, spread in zip(design.shares, spreads, strict=True))
    return Model(kept, scaled, parts, factors)


def _state(part: Callable[[Matrix], Vector]) -> dict[str, Any]:
    """What was fitted, as arrays: the coefficients, or the nodes of each tree."""
    owner: Any = part.__self__  # type: ignore[attr-defined]
    if not hasattr(owner, "_predictors"):
        return {"coefficients": owner.coef_, "intercept": owner.intercept_}
    trees = [predictor.nodes for (predictor,) in owner._predictors]
    return {
        "baseline": owner._baseline_prediction,
        "trees": [{name: nodes[name] for name in nodes.dtype.names} for nodes in trees],
    }


def held_out(design: Design) -> Iterator[tuple[Model, Sample, int]]:
    """For each fold and state (0 as it is, 1 laundered): the model that saw nothing of it, and its pictures."""
    train = sample(design.draws, pseudo=design.pseudo > 0)
    judged = [sample([state], pseudo=False) for state in (0, 1)]
    for fold in range(folds.FOLDS):
        model = fitted(design, train.where(train.folds != fold))
        for state, of in enumerate(judged):
            yield model, of.where(of.folds == fold), state


def rows(design: Design) -> list[scores.Row]:
    """Out-of-fold scores of every picture in both states."""
    found = []
    for model, of, state in held_out(design):
        said = model(of.values)
        found += [row(i, c, state, x) for i, c, x in zip(of.items, of.contents, said, strict=True)]
    return found


def row(item: Item, content: str, state: int, logit: float, distance: float = 0.0) -> scores.Row:
    return scores.Row(
        item.stem, item.source, item.split, item.label, item.generator, content, folds.fold(item), state, float(logit),
        float(distance),
    )  # fmt: skip
