"""The figures of an evaluation, against cases that can be worked out by hand and laws that hold for any scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.check import measure

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.75, 0.9, 1.0]), min_size=1, max_size=30)
LABELLED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans(), st.sampled_from("abc")),
    min_size=2,
    max_size=40,
).filter(lambda rows: len({p for _s, p, _g in rows}) == 2)


def reals(*values: float) -> measure.Reals:
    return np.array(values, np.float64)


def flags(*values: int) -> measure.Flags:
    return np.array(values, bool)


def split(rows: list[tuple[float, bool, str]]) -> tuple[measure.Reals, measure.Flags, list[str]]:
    return reals(*(r[0] for r in rows)), flags(*(r[1] for r in rows)), [r[2] for r in rows]


def counted(low: list[float], high: list[float]) -> float:
    """The definition, pair by pair."""
    return sum((h > g) + (h == g) / 2 for g in low for h in high) / (len(low) * len(high))


@given(SCORES, SCORES)
def test_the_auc_is_the_share_of_pairs_won(low: list[float], high: list[float]) -> None:
    assert measure.auc(reals(*low), reals(*high)) == pytest.approx(counted(low, high), abs=1e-12)


@given(SCORES, SCORES)
def test_the_auc_keeps_its_laws(low: list[float], high: list[float]) -> None:
    a, b = reals(*low), reals(*high)
    value = measure.auc(a, b)
    assert measure.auc(b, a) == pytest.approx(1 - value)
    assert measure.auc(np.exp(3 * a), np.exp(3 * b)) == pytest.approx(value)  # only the order counts
    assert measure.auc(np.zeros(len(a)), np.zeros(len(b))) == 0.5


@given(LABELLED)
def test_equal_weights_give_the_plain_auc_and_its_curve_the_same_area(rows: list[tuple[float, bool, str]]) -> None:
    scores, positive, _sources = split(rows)
    plain = measure.auc(scores[~positive], scores[positive])
    assert measure.weighted_auc(scores, positive, np.ones(len(scores))) == pytest.approx(plain)
    curve = measure.roc(scores, positive)
    assert np.trapezoid(curve.recall, curve.false_alarms) == pytest.approx(plain)
    assert (curve.false_alarms[0], curve.recall[0]) == (0, 0)
    assert (curve.false_alarms[-1], curve.recall[-1]) == pytest.approx((1, 1))
    for alarms, recall, limit in zip(curve.false_alarms, curve.recall, curve.limits, strict=True):
        assert alarms == pytest.approx(np.mean(scores[~positive] >= limit))
        assert recall == pytest.approx(np.mean(scores[positive] >= limit))


@given(LABELLED)
def test_the_macro_auc_is_the_mean_over_pairs_of_sources(rows: list[tuple[float, bool, str]]) -> None:
    scores, positive, sources = split(rows)
    named = np.array(sources)
    pairs = [
        measure.auc(scores[~positive & (named == a)], scores[positive & (named == b)])
        for a in set(named[~positive])
        for b in set(named[positive])
    ]
    assert measure.macro_auc(scores, positive, sources) == pytest.approx(np.mean(pairs))


@given(LABELLED)
def test_weights_give_each_class_one_half_and_each_source_the_same(rows: list[tuple[float, bool, str]]) -> None:
    _scores, positive, sources = split(rows)
    weights, named = measure.source_weights(positive, sources), np.array(sources)
    assert weights.sum() == pytest.approx(1)
    for side in (positive, ~positive):
        assert weights[side].sum() == pytest.approx(0.5)
        shares = [weights[side & (named == s)].sum() for s in set(named[side])]
        assert shares == pytest.approx([shares[0]] * len(shares))


def test_a_large_source_counts_no_more_than_a_small_one() -> None:
    scores = reals(*[0.9] * 98, 0.1, 0.5, 0.5)
    positive = flags(*[0] * 99, 1, 1)
    sources = ["loud"] * 98 + ["quiet"] + ["made"] * 2
    assert measure.auc(scores[~positive], scores[positive]) == pytest.approx(1 / 99)
    assert measure.macro_auc(scores, positive, sources) == pytest.approx(0.5)


def test_groups_are_measured_inside_themselves_or_against_all_untouched_pictures() -> None:
    scores, positive = reals(0.1, 0.2, 0.9, 0.6, 0.15), flags(0, 1, 0, 1, 1)
    groups = ["photo", "photo", "face", "face", "poster"]
    assert measure.auc_by_group(scores, positive, groups) == {"face": 0.0, "photo": 1.0}
    assert measure.auc_of_each(scores, positive, groups) == {"face": 0.5, "photo": 0.5, "poster": 0.5}


def test_rates_name_the_worst_source() -> None:
    found = measure.rate(flags(1, 0, 0, 0, 1, 1, 0), ["b", "b", "b", "b", "c", "c", "a"])
    assert (found.sources, found.shares, found.pictures) == (("a", "b", "c"), (0.0, 0.25, 1.0), (1, 4, 2))
    assert (found.worst, found.least) == (("c", 1.0), ("a", 0.0))
    assert (found.mean, found.pooled) == pytest.approx((1.25 / 3, 3 / 7))


@given(LABELLED, st.sampled_from([0.0, 0.03, 0.25, 0.5, 1.0]))
def test_at_the_limit_of_the_worst_source_none_flags_more(rows: list[tuple[float, bool, str]], share: float) -> None:
    scores, positive, sources = split(rows)
    untouched, named = scores[~positive], [s for s, p in zip(sources, positive, strict=True) if not p]
    limit = measure.limit_of_worst_source(untouched, named, share)
    assert measure.rate(untouched >= limit, named).worst[1] <= share + 1e-9
    if np.isfinite(limit):  # and no lower limit keeps the promise
        below = np.nextafter(limit, -np.inf)
        assert measure.rate(untouched >= below, named).worst[1] > share


def test_calibration_is_measured_bin_by_bin() -> None:
    scores, positive = reals(0.05, 0.05, 0.95, 0.95), flags(0, 1, 1, 1)
    found = measure.reliability(scores, positive)
    assert (list(found.weight), list(found.pictures)) == ([0.5, 0.5], [2, 2])
    assert list(found.score) == pytest.approx([0.05, 0.95])
    assert list(found.positive) == [0.5, 1.0]
    assert found.error == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert measure.calibration_error(reals(0.0, 1.0, 1.0), flags(0, 1, 1)) == 0
    assert measure.calibration_error(scores, positive, reals(1, 0, 1, 1)) == pytest.approx(0.05)


@given(LABELLED)
def test_the_calibration_error_is_a_share(rows: list[tuple[float, bool, str]]) -> None:
    scores, positive, _sources = split(rows)
    assert 0 <= measure.calibration_error(scores, positive) <= 1
    perfect = measure.calibration_error(positive.astype(float), positive)
    assert perfect == 0


def test_balanced_accuracy_counts_what_was_decided_and_both_classes_the_same() -> None:
    signs, decided = flags(1, 0, 0, 0, 1, 0), flags(1, 1, 1, 0, 1, 1)
    positive = flags(1, 1, 0, 0, 0, 0)
    assert measure.balanced_accuracy(signs, decided, positive) == pytest.approx((1 / 2 + 2 / 3) / 2)
    with pytest.raises(measure.TooFewError):
        measure.balanced_accuracy(signs, ~positive & decided, positive)


def test_an_interval_comes_from_drawing_sources() -> None:
    random = np.random.default_rng(3)
    sources = [f"{i % 6}" for i in range(600)]
    positive = flags(*(i >= 300 for i in range(600)))
    leaning = np.array([0.35 * (int(s) - 2.5) for s in sources])  # sources differ, pictures of one hardly do
    scores = 1 / (1 + np.exp(-(leaning + positive + random.normal(0, 0.05, 600))))

    def statistic(drawn: measure.Reals) -> float:
        return measure.weighted_auc(scores, positive, drawn)

    by_source = measure.bootstrap(statistic, positive, sources, rounds=300)
    by_picture = measure.bootstrap(statistic, positive, [str(i) for i in range(600)], rounds=300)
    assert by_source is not None
    assert by_picture is not None
    assert by_source.low <= statistic(np.ones(600)) <= by_source.high
    assert by_source.high - by_source.low > 2 * (by_picture.high - by_picture.low)
    assert measure.bootstrap(statistic, positive, sources, rounds=300) == by_source  # by its seed
    assert measure.bootstrap(statistic, positive, sources, rounds=300, seed=1) != by_source


def test_where_a_class_has_one_source_its_pictures_are_drawn() -> None:
    positive, sources = flags(*[0] * 8, *[1] * 8), ["a"] * 8 + ["b"] * 8
    drawn: list[measure.Reals] = []

    def statistic(times: measure.Reals) -> float:
        drawn.append(times.copy())
        return float(times[0])

    measure.bootstrap(statistic, positive, sources, rounds=20)
    assert all(d[:8].sum() == 8 and d[8:].sum() == 8 for d in drawn)
    assert any(len(set(d[:8])) > 1 for d in drawn)


@pytest.mark.parametrize("count", [1, 20, 300])
def test_what_was_never_seen_may_still_be_there(count: int) -> None:
    share = measure.most_missed(count)
    assert (1 - share) ** count == pytest.approx(0.025)  # a larger share would have shown itself more often


def test_an_interval_of_a_figure_that_hardly_exists_is_none() -> None:
    def never(_drawn: measure.Reals) -> float:
        raise measure.TooFewError

    assert measure.bootstrap(never, flags(0, 1), ["a", "b"], rounds=10) is None


@settings(max_examples=25)
@given(st.floats(0.1, 3), st.integers(40, 120), st.integers(0, 99))
def test_the_interval_of_a_mean_is_as_wide_as_theory_says(spread: float, count: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, spread, count)
    positive = np.zeros(count, bool)
    found = measure.bootstrap(
        lambda drawn: float(np.average(values, weights=drawn)), positive, [str(i) for i in range(count)], rounds=600
    )
    assert found is not None
    expected = 2 * 1.96 * values.std() / np.sqrt(count)
    assert found.high - found.low == pytest.approx(expected, rel=0.25)


@pytest.mark.parametrize("missing", [0, 1])
def test_one_class_alone_is_refused(missing: int) -> None:
    scores, positive = reals(0.1, 0.9), flags(missing, missing)
    empty = reals()
    for figure in (
        lambda: measure.auc(empty, scores) if missing else measure.auc(scores, empty),
        lambda: measure.weighted_auc(scores, positive, np.ones(2)),
        lambda: measure.macro_auc(scores, positive, ["a", "b"]),
        lambda: measure.roc(scores, positive),
    ):
        with pytest.raises(measure.TooFewError):
            figure()
    for nothing in (
        lambda: measure.rate(flags(), []),
        lambda: measure.reliability(empty, flags()),
        lambda: measure.limit_of_worst_source(empty, [], 0.1),
    ):
        with pytest.raises(measure.TooFewError):
            nothing()
