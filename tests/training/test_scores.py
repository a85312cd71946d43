"""Figures of known scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.scores import Row, alarms, auc, figures, interval, read, write


def _rows(source: str, label: str, logits: list[float], *, content: str = "photo", generator: str = "x") -> list[Row]:
    return [
        Row(f"{source}{label}{n:04}", source, "train", label, generator, content, 0, 1, x) for n, x in enumerate(logits)
    ]


def _many(count: int, level: float) -> list[float]:
    return [level + n / count for n in range(count)]


def test_auc_counts_ties_by_half() -> None:
    assert auc([2, 3], [0, 1]) == 1
    assert auc([1], [0, 1, 2, 1]) == 0.5
    assert auc([0], [1, 1]) == 0


def test_each_real_source_weighs_the_same_and_contents_are_kept_apart() -> None:
    rows = [
        *_rows("ai", "ai-generated", _many(20, 1.0)),
        *_rows("below", "real", _many(500, -5.0)),
        *_rows("above", "real", _many(10, 5.0)),
        *_rows("posters", "real", _many(50, 9.0), content="other"),
    ]
    found = figures(rows)
    assert found.macro == pytest.approx(0.5)
    assert found.groups == {"ai x": (pytest.approx(0.5), 20)}
    assert found.photographic == pytest.approx(0.5)


def test_the_worst_generator_is_named() -> None:
    rows = [
        *_rows("good", "ai-generated", _many(12, 3.0), generator="g"),
        *_rows("bad", "ai-generated", _many(12, -3.0), generator="b"),
        *_rows("one", "real", _many(30, 0.0)),
        *_rows("two", "real", _many(30, 0.0)),
    ]
    found = figures(rows)
    assert (found.worst_group, found.worst, found.macro) == ("bad b", 0.0, 0.5)
    low, high = interval(rows)
    assert 0 <= low < 0.5 < high <= 1


def test_a_source_has_no_say_in_the_limit_that_it_is_held_to() -> None:
    rows = [*_rows("low", "real", _many(40, 0.0)), *_rows("high", "real", _many(40, 0.5))]
    by, limit = alarms(rows)
    assert by["low"] == 0
    assert by["high"] == pytest.approx(0.55, abs=0.03)
    assert limit == pytest.approx(np.quantile(_many(40, 0.5), 0.97))


def test_a_file_keeps_every_row(tmp_path: Path) -> None:
    rows = _rows("some", "real", [0.25, -1.5])
    write(tmp_path / "it.csv", rows)
    assert read(tmp_path / "it.csv") == rows
