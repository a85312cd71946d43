"""The frames of a clip as an image for a PDF, drawn fine enough for paper."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPen,
    QPolygonF,
)

from touchstone.export.detected import Plot
from touchstone.export.palette import LIGHT

FINER = 4  # image pixels for each unit of the plot
_LEFT, _TOP, _BELOW = 8, 6, 26
_TEXT = 12  # units


def size(plot: Plot) -> tuple[int, int]:
    """Width and height of the image in units of the plot."""
    return plot.width + 2 * _LEFT, plot.height + _TOP + _BELOW


def image(plot: Plot, font: QFont) -> QImage:
    """The plot with its limit and its times."""
    width, height = size(plot)
    made = QImage(width * FINER, height * FINER, QImage.Format.Format_RGB888)
    made.fill(QColor(LIGHT.surface))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(FINER, FINER)
    painter.translate(_LEFT, _TOP)
    _lines(painter, plot)
    _dots(painter, plot)
    _times(painter, plot, font)
    painter.end()
    return made


def _lines(painter: QPainter, plot: Plot) -> None:
    painter.setPen(QPen(QColor(LIGHT.muted), 1))
    painter.drawLine(QPointF(0, plot.height), QPointF(plot.width, plot.height))
    if plot.limit is not None:
        painter.setPen(QPen(QColor(LIGHT.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0, plot.limit), QPointF(plot.width, plot.limit))
    painter.setPen(QPen(QColor(LIGHT.accent), 1.5))
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in plot.points]))


def _dots(painter: QPainter, plot: Plot) -> None:
    for (x, y), above in zip(plot.points, plot.above, strict=True):
        painter.setPen(QPen(QColor(LIGHT.text if above else LIGHT.accent), 1))
        painter.setBrush(QColor(LIGHT.amber if above else LIGHT.accent))
        radius = 3.5 if above else 2.0
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _times(painter: QPainter, plot: Plot, font: QFont) -> None:
    font = QFont(font)
    font.setPixelSize(_TEXT)
    painter.setFont(font)
    painter.setPen(QColor(LIGHT.muted))
    metrics = QFontMetricsF(font)
    for x, said in plot.ticks:
        room = metrics.horizontalAdvance(said) + 2
        left = min(max(x - room / 2, -_LEFT), plot.width + _LEFT - room)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        painter.drawText(QRectF(left, plot.height + 6, room, _BELOW - 6), flags, said)
