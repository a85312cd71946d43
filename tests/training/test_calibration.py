"""Calibration of scores whose shares are known."""

from __future__ import annotations

import numpy as np
import pytest

from training.ai_image_calibrate import calibrated, expected_error, fitted, weights
from training.scores import Row


def _rows(source: str, label: str, logits: list[float], distance: float = 1.0) -> list[Row]:
    return [
        Row(f"{source}{n:05}", source, "train", label, source, "photo", 0, 1, x, distance) for n, x in enumerate(logits)
    ]


def _some() -> list[Row]:
    random = np.random.default_rng(11)
    rows = []
    for name, label, level in (("a", "real", -2), ("b", "real", -1.5), ("c", "ai-generated", 2), ("d", "real", -2.2)):
        rows += _rows(name, label, (random.standard_normal(200) + level).tolist())
    return rows


def test_temperature_and_bias_of_logits_that_were_stretched_are_found() -> None:
    random = np.random.default_rng(3)
    true = random.uniform(-4, 4, 20_000)
    made = random.random(20_000) < 1 / (1 + np.exp(-true))
    temperature, bias = fitted(true * 3 + 0.7, made, np.full(20_000, 1 / 20_000))
    assert temperature == pytest.approx(3, rel=0.05)
    assert bias == pytest.approx(0.7, abs=0.15)
    scores = 1 / (1 + np.exp(-true))
    assert expected_error(scores, made, np.ones(20_000)) < 0.02
    assert expected_error(scores**3, made, np.ones(20_000)) > 0.1


def test_classes_weigh_the_same_and_a_tiny_source_does_not_count_as_whole() -> None:
    rows = [*_rows("big", "real", [0.0] * 90), *_rows("tiny", "real", [0.0]), *_rows("made", "ai-generated", [0.0] * 5)]
    weight = weights(rows)
    assert weight[:91].sum() == pytest.approx(weight[91:].sum()) == pytest.approx(0.5)
    assert weight[90] == pytest.approx(0.05 / 1.1)


def test_limits_are_in_order_and_false_alarms_stay_in_bounds() -> None:
    found = calibrated(_some())
    assert 0 < found.none_below <= found.limit < 1
    assert found.false_alarms <= 0.03
    assert found.worst_alarms <= 0.10
    assert found.recall > 0.7
    assert found.decided > 0.85
    assert set(found.covered) == {"a", "b", "c", "d"}


def test_what_the_application_abstains_on_is_flagged_by_nothing() -> None:
    rows = _some()
    loud = _rows("loud", "real", [9.0] * 30)
    assert calibrated(rows + loud).recall == 0
    unfit = calibrated(rows + loud, {r.stem for r in loud})
    assert unfit.recall > 0.7
    assert unfit.alarms["loud"] == 0
    assert unfit.covered["loud"] == 0


def test_few_pictures_lie_beyond_the_distance() -> None:
    random = np.random.default_rng(5)
    rows = [
        Row(f"{n:05}", f"s{n % 5}", "train", "real" if n % 2 else "ai-generated", "g", "photo", 0, 1, 0.0, float(d))
        for n, d in enumerate(random.uniform(0, 1, 2_000))
    ]
    assert calibrated(rows).distance_limit == pytest.approx(0.99, abs=0.01)
