"""The frames of a clip along time: a line of scores, its limit, and one frame that is told in words.

pyqtgraph draws it, and is loaded when the first timeline is. It takes no mouse and no keys: this widget does, so that a
page still scrolls over it, and every frame can be reached with the arrow keys.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from touchstone.export.detected import frames_line
from touchstone.export.layers import Frames
from touchstone.report import Kind
from touchstone.texts import _, overlays
from touchstone.ui import style
from touchstone.ui.labels import Text, announce, column
from touchstone.ui.pictures import PictureView
from touchstone.ui.style import GRID, Type

_HEIGHT = 136
_TICK_ROOM = 96  # pixels for each time on the axis
_THUMBNAIL = (128, 96)


def nearest(times: Sequence[float], moment: float) -> int:
    """The place of the time nearest to a moment; `times` rise, and there is at least one."""
    after = bisect_left(times, moment)
    if after == 0:
        return 0
    if after == len(times):
        return len(times) - 1
    return after if times[after] - moment < moment - times[after - 1] else after - 1


def stepped(place: int, count: int, key: int) -> int | None:
    """Where a key leads from a frame; None where it is no key of the timeline."""
    moves = {
        Qt.Key.Key_Left: place - 1,
        Qt.Key.Key_Right: place + 1,
        Qt.Key.Key_Home: 0,
        Qt.Key.Key_End: count - 1,
    }
    wanted = next((to for name, to in moves.items() if name == key), None)
    return None if wanted is None else min(count - 1, max(0, wanted))


class Timeline(QWidget):
    """The plot with the chosen frame told below it. `thumbnails` are pictures of frames by their place."""

    def __init__(self, frames: Frames, thumbnails: Mapping[int, QImage] | None = None) -> None:
        super().__init__()
        self._frames, self._thumbnails = frames, thumbnails or {}
        highest = max(frames.scores, default=0.0)
        self.place = frames.scores.index(highest)  # begins where there is most to see
        self.plot = _Plot(frames, self)
        self.said = Text("")
        self.thumbnail = PictureView(*_THUMBNAIL)
        self.thumbnail.setAccessibleName(_("Picture of the frame"))
        layout = column(0, GRID)
        self.setLayout(layout)
        layout.addWidget(Text(_("Frames of the clip"), Type.BODY, bold=True))
        layout.addWidget(self.plot)
        told = QHBoxLayout()
        told.setSpacing(2 * GRID)
        told.addWidget(self.thumbnail, 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.said, 1)
        layout.addLayout(told)
        summary = frames_line(frames)
        how = _("Point at a frame, or move from frame to frame with the arrow keys.")
        limit = "" if frames.limit is None else overlays.limit_line()
        layout.addWidget(Text(" ".join(p for p in (summary, limit, how) if p), Type.CAPTION, muted=True))
        self.plot.setAccessibleName(_("Frames of the clip over time. {summary}").format(summary=summary))
        self._choose(self.place)

    def go(self, place: int) -> None:
        """Choose a frame, and have it read out."""
        self._choose(place)
        announce(self.plot, self.said.text())

    def _choose(self, place: int) -> None:
        self.place = place
        self._tell(place)

    def point_at(self, place: int) -> None:
        """Tell another frame as long as it is pointed at."""
        self._tell(place)

    def point_away(self) -> None:
        """Tell the chosen frame again."""
        self._tell(self.place)

    def _tell(self, place: int) -> None:
        frames = self._frames
        standing = overlays.standing(frames.scores[place], frames.limit)
        said = overlays.frame(place + 1, len(frames.times), frames.times[place], standing)
        self.said.setText(said)
        self.plot.setAccessibleDescription(said)
        self.plot.mark(place)
        picture = self._thumbnails.get(place)
        self.thumbnail.setVisible(picture is not None)
        if picture is not None:
            self.thumbnail.show_picture(picture, Kind.IMAGE)


class _Plot(QWidget):
    """The line itself; takes the focus and the mouse."""

    def __init__(self, frames: Frames, owner: Timeline) -> None:
        super().__init__()
        self._frames, self._owner = frames, owner
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(160)
        self._drawn = _drawing(frames)
        self._drawn.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for part in (self._drawn, self._drawn.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = column(4, 0)
        self.setLayout(layout)
        layout.addWidget(self._drawn)
        self._items = _items(self._drawn, frames)
        self._colour()

    def sizeHint(self) -> QSize:
        return QSize(480, _HEIGHT)

    def mark(self, place: int) -> None:
        """Point at one frame in the plot."""
        at = self._frames.times[place]
        self._items["here"].setData([at], [self._frames.scores[place]])
        self._items["cursor"].setValue(at)

    def place_of(self, at: QPointF) -> int:
        """The frame nearest to a point of this widget."""
        scene = self._drawn.mapToScene(self._drawn.mapFrom(self, at.toPoint()))
        moment = self._drawn.getViewBox().mapSceneToView(scene).x()
        return nearest(self._frames.times, moment)

    def point_of(self, place: int) -> QPointF:
        """Where a frame lies in this widget."""
        there = QPointF(self._frames.times[place], self._frames.scores[place])
        seen = self._drawn.mapFromScene(self._drawn.getViewBox().mapViewToScene(there))
        return QPointF(self._drawn.mapTo(self, seen))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = stepped(self._owner.place, len(self._frames.times), event.key())
        if place is None:
            super().keyPressEvent(event)
        else:
            self._owner.go(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._owner.point_at(self.place_of(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._owner.go(self.place_of(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._owner.point_away()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._ticks()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.StyleChange} and hasattr(self, "_items"):
            self._colour()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(t.accent if self.hasFocus() else t.border), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(t.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _ticks(self) -> None:
        times = self._frames.times
        number = max(1, min(6, self.width() // _TICK_ROOM))
        span = times[-1] - times[0]
        at = [times[0] + span * step / number for step in range(number + 1)]
        self._drawn.getAxis("bottom").setTicks([[(time, overlays.moment(time)) for time in dict.fromkeys(at)]])

    def _colour(self) -> None:
        t = style.tokens()
        self._drawn.setBackground(t.surface)
        axis = self._drawn.getAxis("bottom")
        axis.setPen(_pen(t.control, 1))
        axis.setTextPen(_pen(t.muted, 1))
        axis.setStyle(tickFont=style.font(Type.CAPTION))
        self._items["line"].setPen(_pen(t.accent, 2))
        self._items["below"].setBrush(QColor(t.accent))
        self._items["above"].setBrush(QColor(t.amber))
        self._items["above"].setPen(_pen(t.text, 1))
        self._items["here"].setPen(_pen(t.text, 2))
        self._items["cursor"].setPen(_pen(t.control, 1))
        if "limit" in self._items:
            self._items["limit"].setPen(_pen(t.text, 1, Qt.PenStyle.DashLine))


def _pen(ink: str, width: float, kind: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(QColor(ink), width, kind)
    pen.setCosmetic(True)  # widths are pixels, whatever the axes are
    return pen


def _drawing(frames: Frames) -> Any:
    """An empty plot with no numbers on its upright axis: a score alone means nothing."""
    import pyqtgraph

    drawn = pyqtgraph.PlotWidget(enableMenu=False)
    drawn.setFrameShape(drawn.Shape.NoFrame)
    drawn.hideButtons()
    drawn.setMouseEnabled(x=False, y=False)
    drawn.hideAxis("left")
    start, end = frames.times[0], frames.times[-1]
    spare = (end - start) * 0.04 or 0.5
    drawn.setXRange(start - spare, end + spare, padding=0)
    drawn.setYRange(-0.06, 1.06, padding=0)
    return drawn


def _items(drawn: Any, frames: Frames) -> dict[str, Any]:
    import pyqtgraph

    limit = frames.limit
    pairs = list(zip(frames.times, frames.scores, strict=True))
    above = [pair for pair in pairs if limit is not None and pair[1] >= limit]
    below = [pair for pair in pairs if limit is None or pair[1] < limit]
    items: dict[str, Any] = {
        "cursor": pyqtgraph.InfiniteLine(movable=False),
        "line": pyqtgraph.PlotCurveItem(list(frames.times), list(frames.scores), antialias=True),
        "below": _dots(below, 5),
        "above": _dots(above, 8),
        "here": pyqtgraph.ScatterPlotItem(size=15, pxMode=True, antialias=True, brush=None),
    }
    if limit is not None:
        items["limit"] = pyqtgraph.InfiniteLine(pos=limit, angle=0, movable=False)
    for item in items.values():
        drawn.addItem(item)
    return items


def _dots(pairs: Sequence[tuple[float, float]], size: int) -> Any:
    import pyqtgraph

    dots = pyqtgraph.ScatterPlotItem(size=size, pxMode=True, antialias=True, pen=None)
    dots.setData([x for x, _y in pairs], [y for _x, y in pairs])
    return dots
