"""Lines in a frame, as SVG that reads on light and dark pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

_LEFT, _TOP, _WIDE, _HIGH, _KEY = 64, 40, 460, 260, 320
_COLOURS = ("#0f766e", "#b45309", "#7c3aed", "#be123c", "#1d4ed8", "#4d7c0f", "#a16207", "#0e7490", "#9d174d")


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y) in rising x, and what they are."""

    name: str
    points: tuple[tuple[float, float], ...]


def chart(title: str, axes: tuple[str, str], lines: list[Line], *, logarithmic: bool = False) -> str:
    """The drawing of all lines; those without points are left out."""
    lines = [line for line in lines if line.points]
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    if logarithmic:
        low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
        marks = [(power, f"{10**power:,}") for power in range(low, max(high, low + 1) + 1)]
        place = math.log10
    else:
        marks, place = [(share / 4, f"{share / 4:g}") for share in range(5)], float
    bottom, top = marks[0][0], marks[-1][0]
    left, right = min(xs), max(xs)

    def at(x: float, y: float) -> str:
        across = _LEFT + _WIDE * (x - left) / ((right - left) or 1)
        up = _TOP + _HIGH * (1 - (place(y) - bottom) / (top - bottom))
        return f"{across:.1f},{up:.1f}"

    drawn = [_frame(title, axes)]
    for height, label in marks:
        y = _TOP + _HIGH * (1 - (height - bottom) / (top - bottom))
        drawn.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="#888" opacity=".3"/>')
        drawn.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for part in range(5):
        label = f"{round(left + (right - left) * part / 4, 2):g}"
        x = _LEFT + _WIDE * part / 4
        drawn.append(f'<text x="{x:.1f}" y="{_TOP + _HIGH + 18}" text-anchor="middle">{label}</text>')
    for number, line in enumerate(lines):
        colour, y = _COLOURS[number % len(_COLOURS)], _TOP + 8 + 18 * number
        points = " ".join(at(*point) for point in line.points)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x = _LEFT + _WIDE + 16
        drawn.append(f'<line x1="{x}" x2="{x + 18}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
        drawn.append(f'<text x="{x + 24}" y="{y + 4}">{escape(line.name)}</text>')
    return "".join(drawn) + "</svg>\n"


def _frame(title: str, axes: tuple[str, str]) -> str:
    width, height = _LEFT + _WIDE + _KEY, _TOP + _HIGH + 48
    middle = _TOP + _HIGH / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' font-family="sans-serif" font-size="12" fill="#777" role="img"><title>{escape(title)}</title>'
        f'<text x="{_LEFT}" y="22" font-size="15" font-weight="bold">{escape(title)}</text>'
        f'<text x="{_LEFT + _WIDE / 2}" y="{height - 8}" text-anchor="middle">{escape(axes[0])}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(axes[1])}</text>'
    )
