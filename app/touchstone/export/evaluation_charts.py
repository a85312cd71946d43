"""Drawings of an evaluation as SVG: lines and dots whose colours come from the page, each with its words beside it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from touchstone.check.evaluate import Measured
from touchstone.texts import _, evaluation

_LEFT, _TOP, _SIDE = 52, 12, 264
_WIDTH, _HEIGHT = _LEFT + _SIDE + 16, _TOP + _SIDE + 48
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_SMALLEST, _LARGEST = 3.0, 10.0  # radius of a dot


def roc(measured: Measured, key: str) -> str:
    """Found pictures against false alarms; empty where there is no curve. `key` is unique on its page."""
    if not measured.curve:
        return ""
    points = " ".join(f"{_x(alarms)},{_y(recall)}" for alarms, recall in measured.curve)
    drawn = [f'<polyline class="line" points="{points}"/>']
    if measured.false_alarms_above is not None and measured.recall_above is not None:
        drawn.append(_dot(measured.false_alarms_above, measured.recall_above, 5))
    return _drawing(
        key,
        (evaluation.roc_title(), evaluation.roc_description(measured)),
        (_("untouched pictures flagged"), _("found")),
        drawn,
    )


def reliability(measured: Measured, key: str) -> str:
    """Scores against shares; empty where there is nothing to compare. `key` is unique on its page."""
    if not measured.bins:
        return ""
    points = " ".join(f"{_x(one.score)},{_y(one.positive)}" for one in measured.bins)
    most = max(one.weight for one in measured.bins)
    dots = [
        _dot(one.score, one.positive, _SMALLEST + (_LARGEST - _SMALLEST) * (one.weight / most) ** 0.5)
        for one in measured.bins
    ]
    return _drawing(
        key,
        (evaluation.reliability_title(), evaluation.reliability_description(measured)),
        (_("score"), _("share that was made or changed")),
        [f'<polyline class="thin" points="{points}"/>', *dots],
    )


def _drawing(key: str, words: tuple[str, str], axes: tuple[str, str], drawn: Iterable[str]) -> str:
    """A square from 0 to 1 on both axes, with its dashed diagonal and what is drawn in it."""
    title, description = words
    middle = _TOP + _SIDE / 2
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img"'
        f' aria-labelledby="{key}-title {key}-description" direction="ltr">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-description">{escape(description)}</desc>'
        f"{''.join(map(_tick, _TICKS))}"
        f'<line class="chance" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
        f"{''.join(drawn)}"
        f'<text class="axis" x="{_LEFT + _SIDE / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(axes[0])}</text>'
        f'<text class="axis" x="14" y="{middle}" text-anchor="middle"'
        f' transform="rotate(-90 14 {middle})">{escape(axes[1])}</text></svg>'
    )


def _tick(share: float) -> str:
    """A line of the grid each way, and its numbers."""
    across = f'<line class="grid" x1="{_x(0)}" y1="{_y(share)}" x2="{_x(1)}" y2="{_y(share)}"/>'
    up = f'<line class="grid" x1="{_x(share)}" y1="{_y(0)}" x2="{_x(share)}" y2="{_y(1)}"/>'
    below = f'<text class="tick" x="{_x(share)}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{share:g}</text>'
    beside = f'<text class="tick" x="{_LEFT - 8}" y="{_y(share) + 4}" text-anchor="end">{share:g}</text>'
    return across + up + below + beside


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle class="dot" cx="{_x(x)}" cy="{_y(y)}" r="{radius:.1f}"/>'


def _x(share: float) -> float:
    return round(_LEFT + share * _SIDE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIDE, 1)
