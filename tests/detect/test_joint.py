"""The one budget of false alarms: limits that keep all witnesses together within it, measured on who had no say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Task
from training import joint, joint_agree
from training.joint_rows import Scored

NAMES = ("ai-image", "face", "splice")
SOURCES, EACH = 8, 200


def manifest(name: str) -> Manifest:
    return Manifest(
        id=name,
        version="1",
        task=Task(name),
        title=name,
        licence="Apache-2.0",
        sha256="0" * 64,
        bytes=1,
        inputs=(Input("x", Feed.SQUARES, 8),),
        outputs=Outputs("logit", distance="distance"),
        calibration=Calibration(distance_limit=5.0, none_below=0.2),
    )


def scored(
    stem: str, label: str, source: str, logit: float | None, distance: float = 1.0, *, unfit: bool = False
) -> Scored:
    return Scored(stem, 0, label, source, "", "photo", 0, logit, distance, unfit)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[tuple[str, int], Scored]]:
    random, tables = np.random.default_rng(0), {}
    for name, label in zip(NAMES, ("ai-generated", "swapped", "spliced"), strict=True):
        table = {}
        for source in range(SOURCES):
            for i in range(EACH):
                row = scored(f"{source}-{i}", "real", f"src{source}", float(random.normal(-2 + source / 10)))
                table[row.key] = row
        for i in range(EACH):
            row = scored(f"{label}-{i}", label, "made", float(random.normal(1.5)))
            table[row.key] = row
        tables[name] = table
    return tables


def prepared(found: dict[str, dict[tuple[str, int], Scored]]) -> tuple[list[joint.Witness], joint.Pictures]:
    manifests = {name: manifest(name) for name in found}
    rows = joint.shown(found)
    of = joint.pictures(rows, found)
    return [joint.witness(manifests[n], rows, found[n]) for n in found], of


def test_together_they_flag_no_more_than_the_budget(found: dict[str, dict[tuple[str, int], Scored]]) -> None:
    witnesses, of = prepared(found)
    at = joint.chosen(witnesses, of)
    flags = [w.scores >= c.limit for w, c in zip(witnesses, at.candidates, strict=True)]
    assert len(of.sources) == SOURCES
    assert at.within
    assert joint.any_alarm(flags, NAMES, of).mean() <= at.alarms.mean() <= joint.FALSE_ALARMS
    assert at.alarms.max() <= joint.WORST
    assert all(c.found > 0.2 for c in at.candidates)


def test_a_source_is_judged_at_the_limit_that_the_others_give(found: dict[str, dict[tuple[str, int], Scored]]) -> None:
    witnesses, of = prepared(found)
    strict = max(joint.candidates(witnesses[0], of), key=lambda c: c.quantile)
    own = of.by_source[of.sources.index("src7")] > 0
    others = (of.by_source.sum(axis=0) > 0) & ~own
    assert strict.quantile == 1
    assert (witnesses[0].scores[own] < strict.limit).all()
    edge = joint.raised(float(witnesses[0].scores[others].max()), strict.margin)
    np.testing.assert_array_equal(strict.flags[own], witnesses[0].scores[own] >= edge)


def test_a_margin_raises_a_limit() -> None:
    assert joint.raised(0.5, 0.0) == pytest.approx(0.5)
    assert 0.5 < joint.raised(0.5, 0.2) < joint.raised(0.5, 0.4) < 1


def test_what_a_sampled_witness_adds_counts_over_its_sample(found: dict[str, dict[tuple[str, int], Scored]]) -> None:
    few = {k: r for k, r in found["splice"].items() if r.wanted or int(r.stem.split("-")[1]) < 20}
    _, of = prepared({**found, "splice": few})
    flags = [np.zeros(len(of.rows), bool) for _ in NAMES]
    flags[NAMES.index("splice")] = np.array([r.key == ("0-0", 0) for r in of.rows])
    assert joint.any_alarm(flags, NAMES, of).tolist() == [1 / 20] + [0.0] * (SOURCES - 1)


def test_what_is_unfamiliar_unfit_or_unseen_raises_no_alarm() -> None:
    rows = [
        scored("far", "real", "a", 9.0, 7.0),
        scored("drawn", "real", "a", 9.0, unfit=True),
        scored("faceless", "real", "a", None),
        scored("near", "real", "a", 9.0),
    ]
    one = joint.witness(manifest("ai-image"), rows, {r.key: r for r in rows})
    assert (one.scores >= 0.9).tolist() == [False, False, False, True]


def test_a_picture_that_one_of_them_never_saw_has_no_say() -> None:
    seen = {r.key: r for r in (scored("both", "real", "a", 0.0), scored("one", "real", "a", 0.0))}
    tables = {"ai-image": seen, "forensic": {("both", 0): seen["both", 0]}, "face": {}, "splice": {}}
    assert [row.stem for row in joint.shown(tables)] == ["both"]


def test_signs_of_one_against_none_of_the_other_are_no_alarm() -> None:
    flags = [np.array([True, True]), np.array([False, True])]
    low = [np.array([False, False]), np.array([True, False])]
    settled = joint.together(flags, low, ["ai-image", "forensic"])
    assert [f.tolist() for f in settled] == [[False, True], [False, True]]
    assert joint.together(flags, low, ["ai-image", "face"])[0].tolist() == [True, True]


def test_two_that_agree_find_more_at_the_same_alarms():
    random = np.random.default_rng(5)
    calibration = Calibration(none_below=0.2)
    sources, each = 6, 200
    real = np.arange(sources * each)
    size = len(real) * 2
    noise = random.normal(0, 1, (2, size))
    logits = noise + np.where(np.arange(size) < len(real), -1.0, 1.0)
    scores = tuple(1 / (1 + np.exp(-one)) for one in logits)
    by_source = np.zeros((sources, size))
    for source in range(sources):
        by_source[source, source * each : (source + 1) * each] = 1 / each
    wanted = np.where(np.arange(size) < len(real), 0.0, 1 / len(real))
    both = joint_agree.agreement(scores, (calibration, calibration), by_source, wanted)
    assert (by_source @ both.flags).mean() <= 2 * joint_agree.FALSE_ALARMS
    alone = np.quantile(scores[0][: len(real)], 1 - joint_agree.FALSE_ALARMS)
    assert wanted @ both.flags > 1.2 * (wanted @ (scores[0] >= alone))


@given(arrays(np.float64, 40, elements=st.floats(0, 1)), st.floats(0.3, 1))
def test_no_signs_reach_no_higher_than_what_is_decided_stays_right(scores, most):
    by_source = np.repeat([[1 / 10, 0.0], [0.0, 1 / 10]], 10, axis=1)
    by_source = np.hstack([by_source, np.zeros((2, 20))])
    wanted = np.where(np.arange(40) < 20, 0.0, 1 / 20)
    signs = scores >= 0.9
    low = joint_agree.none_below(scores, signs, by_source, wanted, most)
    if low is not None:
        none = (scores < low) & ~signs
        right = [none[:20].mean() / (none | signs)[:20].mean(), signs[20:].mean() / (none | signs)[20:].mean()]
        assert low <= most
        assert np.mean(right) >= joint_agree.DECIDED - 1e-9
