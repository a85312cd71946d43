"""A stake over time: what was put down, what of it seats lock, and what was earned, as a stepped plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from touchstone.texts import _, formats
from touchstone.texts import review as words
from touchstone.ui import style
from touchstone.ui.labels import Text, column
from touchstone.ui.style import GRID, Type

_HEIGHT = 176
_TICK_ROOM = 128  # pixels for a date
_UNIT = 1_000_000
_SHADES = {"staked": "accent", "locked": "amber", "earned": "ink"}


@dataclass(frozen=True, slots=True)
class Point:
    """How things stood from a moment on, in whole units."""

    time: int
    staked: int
    locked: int
    earned: int


class StakePlot(QWidget):
    """The plot, and what its lines are. Whoever cannot see it is told the first and the last of each."""

    def __init__(self) -> None:
        super().__init__()
        self.points: Sequence[Point] = ()
        self._frame = _Frame()
        rows = column(0, GRID)
        self.setLayout(rows)
        rows.addWidget(self._frame)
        legend = QHBoxLayout()
        legend.setSpacing(3 * GRID)
        for name, shade in ((_("At stake"), "accent"), (_("Locked by seats"), "amber"), (_("Earned so far"), "ink")):
            legend.addWidget(_Key(name, shade))
        legend.addStretch(1)
        rows.addLayout(legend)

    def show_points(self, points: Sequence[Point], now: int, money: str) -> None:
        """Draw these, by time, up to now; `money` is what the amounts are in."""
        self.points = points
        self._frame.draw([*points, replace(points[-1], time=max(now, points[-1].time))] if points else [])
        said = _said(points, money)
        self._frame.setAccessibleName(said)
        self.setAccessibleName(said)


def _said(points: Sequence[Point], money: str) -> str:
    if not points:
        return _("No stake yet")
    first, last = points[0], points[-1]
    said = _("Stake over time: from {first} to {last} {money} at stake, {locked} locked now, {earned} earned in all.")
    return said.format(
        first=words.amount(first.staked),
        last=words.amount(last.staked),
        locked=words.amount(last.locked),
        earned=words.amount(last.earned),
        money=money,
    )


class _Frame(QWidget):
    """A frame in the look of the window; the plot in it is made when there is something to draw."""

    def __init__(self) -> None:
        super().__init__()
        self._points: Sequence[Point] = ()
        self._drawn: Any = None
        self._items: dict[str, Any] = {}
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(160)
        self._rows = column(4, 0)
        self.setLayout(self._rows)

    def draw(self, points: Sequence[Point]) -> None:
        """Draw these."""
        self._points = points
        if not points:
            return
        if self._drawn is None:
            self._drawn = _drawing()
            self._rows.addWidget(self._drawn)
            self._items = _items(self._drawn)
            self._colour()
        times = [point.time for point in points]
        span = max(times[-1] - times[0], 3600)
        edges = [*times[:-1], times[0] + span] if times[-1] - times[0] < span else times
        for name, item in self._items.items():
            item.setData(edges, [getattr(point, name) / _UNIT for point in points[:-1]], stepMode="center")
        most = max(max(point.staked, point.locked, point.earned) for point in points) / _UNIT or 1
        least = min(0, *(point.earned for point in points)) / _UNIT
        self._drawn.setXRange(times[0], times[0] + span, padding=0.02)
        self._drawn.setYRange(least, most * 1.08, padding=0)
        self._ticks()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ticks()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.StyleChange} and self._drawn is not None:
            self._colour()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(t.border), 1))
        painter.setBrush(QColor(t.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _ticks(self) -> None:
        if self._drawn is None or not self._points:
            return
        first, last = self._points[0].time, self._points[-1].time
        number = max(1, min(4, self.width() // _TICK_ROOM - 1))
        moments = [first + (last - first) * step // number for step in range(number + 1)] if last > first else [first]
        named: dict[str, int] = {}
        for moment in moments:
            named.setdefault(formats.day(datetime.fromtimestamp(moment).astimezone().isoformat()), moment)
        self._drawn.getAxis("bottom").setTicks([[(moment, name) for name, moment in named.items()]])

    def _colour(self) -> None:
        t = style.tokens()
        self._drawn.setBackground(t.surface)
        for side in ("bottom", "left"):
            axis = self._drawn.getAxis(side)
            axis.setPen(_pen(t.control, 1))
            axis.setTextPen(_pen(t.muted, 1))
            axis.setStyle(tickFont=style.font(Type.CAPTION))
        for name, item in self._items.items():
            dashes = Qt.PenStyle.DashLine if name == "earned" else Qt.PenStyle.SolidLine
            item.setPen(_pen(getattr(t, _SHADES[name]), 2, dashes))


class _Key(QWidget):
    """A line of a colour, and what it is."""

    def __init__(self, name: str, shade: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(_Sample(shade))
        row.addWidget(Text(name, Type.CAPTION, muted=True, wrap=False))


class _Sample(QWidget):
    def __init__(self, shade: str) -> None:
        super().__init__()
        self._shade = shade
        self.setFixedSize(20, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        kind = Qt.PenStyle.DashLine if self._shade == "ink" else Qt.PenStyle.SolidLine
        painter.setPen(_pen(getattr(style.tokens(), self._shade), 2, kind))
        painter.drawLine(0, 6, 20, 6)


def _pen(ink: str, width: float, kind: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(QColor(ink), width, kind)
    pen.setCosmetic(True)  # widths are pixels, whatever the axes are
    return pen


def _drawing() -> Any:
    import pyqtgraph

    drawn = pyqtgraph.PlotWidget(enableMenu=False)
    drawn.setFrameShape(drawn.Shape.NoFrame)
    drawn.hideButtons()
    drawn.setMouseEnabled(x=False, y=False)
    drawn.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    for part in (drawn, drawn.viewport()):
        part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return drawn


def _items(drawn: Any) -> dict[str, Any]:
    import pyqtgraph

    items = {name: pyqtgraph.PlotCurveItem(antialias=True) for name in _SHADES}
    for item in items.values():
        drawn.addItem(item)
    return items
