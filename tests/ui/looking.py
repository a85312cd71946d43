"""Looks at a window as it is drawn: what has no name, what is cut off, what overlaps, what is too faint to read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QSplitterHandle,
    QWidget,
)

from touchstone.ui.notes import Elided
from touchstone.ui.overlay import DropOverlay
from touchstone.ui.pages import Scroll
from touchstone.ui.pictures import PictureView
from touchstone.ui.style import contrast_ratio

NAMED = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QProgressBar, PictureView)
# What is drawn upon is not part of the layout.
UNLAID = (QScrollBar, QSplitterHandle, DropOverlay)


def visible(window: QWidget) -> Iterator[QWidget]:
    """Everything on the screen, the parts that Qt makes inside its own controls left out."""
    for widget in window.findChildren(QWidget):
        if widget.isVisibleTo(window) and not _inside_a_control(widget, window):
            yield widget


def _inside_a_control(widget: QWidget, window: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and above is not window:
        if isinstance(above, (QAbstractItemView, QComboBox, QLineEdit, QScrollBar)):
            return True
        above = above.parentWidget()
    return False


def nameless(window: QWidget) -> list[str]:
    """Controls that a screen reader could not call by a name."""
    found = []
    for widget in visible(window):
        takes_focus = widget.focusPolicy() != widget.focusPolicy().NoFocus and widget is not window
        if (isinstance(widget, NAMED) or takes_focus) and not isinstance(widget, UNLAID):
            label = widget.text() if isinstance(widget, (QLabel, QAbstractButton)) else ""
            if not (widget.accessibleName() or label):
                found.append(describe(widget))
    return found


def unreachable(window: QWidget) -> list[str]:
    """Buttons that the keyboard cannot get to: the circle of focus is walked, and has to hold all of them."""
    reached, widget = set(), window.nextInFocusChain()
    while widget is not window and widget is not None:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    controls = [w for w in visible(window) if isinstance(w, NAMED[:4]) and w.isEnabled()]
    return [describe(w) for w in controls if w not in reached or not _takes_tab(w)]


def _takes_tab(widget: QWidget) -> bool:
    """Whether Tab stops there; of buttons that exclude each other, it stops at one, and arrows go to the others."""
    group = widget.group() if isinstance(widget, QRadioButton) else None
    these = group.buttons() if group is not None else [widget]
    return any(one.focusPolicy() & Qt.FocusPolicy.TabFocus for one in these)


def cut_off(window: QWidget) -> list[str]:
    """Words that do not fit where they stand."""
    found = []
    for widget in visible(window):
        if isinstance(widget, QLabel) and widget.text():
            fits = _label_fits(widget)
        elif isinstance(widget, QPushButton) and widget.text():
            hint = widget.sizeHint()
            fits = widget.width() >= hint.width() and widget.height() >= hint.height()
        else:
            continue
        if not fits or _outside_its_parent(widget):
            found.append(describe(widget))
    return found


def _label_fits(label: QLabel) -> bool:
    if label.wordWrap():
        metrics, width = label.fontMetrics(), label.contentsRect().width()
        words = label.text().replace("\u200b", " ").split()  # where a long word may be broken
        longest = max((metrics.horizontalAdvance(word) for word in words), default=0)
        return label.height() >= label.heightForWidth(label.width()) and longest <= width + 1
    hint = label.sizeHint()
    return label.width() >= hint.width() and label.height() >= hint.height()


def _outside_its_parent(widget: QWidget) -> bool:
    """Whether part of it is cut off by what it lies in; a page that scrolls may be longer, not wider, than its view."""
    area, above = QRect(QPoint(0, 0), widget.size()), widget.parentWidget()
    while above is not None and not widget.isWindow():
        area = QRect(widget.mapTo(above, QPoint(0, 0)), widget.size())
        inside = above.rect()
        scrolled = isinstance(above.parentWidget(), QAbstractScrollArea)
        if scrolled:
            return area.left() < inside.left() or area.right() > inside.right()
        if not inside.contains(area):
            return True
        if above.isWindow():
            return False
        above = above.parentWidget()
    return False


def overlapping(window: QWidget) -> list[str]:
    """Neighbours that lie on each other."""
    found = []
    parents = {w.parentWidget() for w in visible(window)}
    for parent in parents:
        if parent is None or isinstance(parent, QAbstractScrollArea):
            continue
        children = [
            c
            for c in parent.children()
            if isinstance(c, QWidget) and c.isVisibleTo(window) and not c.isWindow() and not isinstance(c, UNLAID)
        ]
        for number, one in enumerate(children):
            beside = [o for o in children[number + 1 :] if one.geometry().intersects(o.geometry())]
            found += [f"{describe(one)} / {describe(other)}" for other in beside]
    return found


def sideways(window: QWidget) -> list[str]:
    """Pages that have to be scrolled sideways."""
    return [
        describe(area)
        for area in window.findChildren(Scroll)
        if area.isVisibleTo(window) and area.horizontalScrollBar().maximum() > 0
    ]


def faint(window: QWidget, at_least: float = 4.5) -> list[str]:
    """Words whose strongest pixel stands out too little from what they stand on, as drawn."""
    drawn = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    width, height = drawn.width(), drawn.height()
    pixels = np.frombuffer(drawn.constBits(), np.uint32).reshape(height, width) & 0xFFFFFF
    scale = drawn.devicePixelRatio()
    found = []
    for widget in visible(window):
        if not isinstance(widget, (QLabel, Elided, QPushButton)) or not widget.text() or not widget.isEnabled():
            continue
        shown = _words_of(widget, window)
        left, top, right, bottom = (int(v * scale) for v in (shown.left(), shown.top(), shown.right(), shown.bottom()))
        best = _contrast_within(pixels[top:bottom, left:right]) if not shown.isEmpty() else 21.0
        if best < at_least:
            found.append(f"{describe(widget)}: {best:.1f}")
    return found


def _words_of(widget: QWidget, window: QWidget) -> QRect:
    """Where its words are, as far as they are on the screen, without an icon beside them."""
    region = widget.visibleRegion().boundingRect()
    if isinstance(widget, QPushButton):
        beside = 16 + widget.iconSize().width() if not widget.icon().isNull() else 0
        mirrored = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
        region &= widget.rect().adjusted(4 if mirrored else beside, 4, -beside if mirrored else -4, -4)
    return QRect(widget.mapTo(window, region.topLeft()), region.size()) if region.height() > 8 else QRect()


def _contrast_within(pixels: NDArray[np.uint32]) -> float:
    colours, counts = np.unique(pixels, return_counts=True)
    ground = f"#{int(colours[counts.argmax()]):06x}"
    return max(contrast_ratio(ground, f"#{int(colour):06x}") for colour in colours)


def describe(widget: QWidget) -> str:
    """A widget, so that it can be found."""
    said = widget.text() if isinstance(widget, (QLabel, QAbstractButton, Elided)) else widget.accessibleName()
    above = type(widget.parentWidget()).__name__ if widget.parentWidget() is not None else "-"
    return f"{above}/{type(widget).__name__} {said[:40]!r} {widget.geometry().getRect()}"


def faults(window: QWidget, *, colours: bool = True) -> dict[str, list[str]]:
    """All that is wrong with what is on the screen now; where `colours`, also with how strong it is."""
    every = {
        "nameless": nameless(window),
        "unreachable": unreachable(window),
        "cut off": cut_off(window),
        "overlapping": overlapping(window),
        "sideways": sideways(window),
        "faint": faint(window) if colours else [],
    }
    return {name: found for name, found in every.items() if found}
