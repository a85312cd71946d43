"""A file beside the registered one that it looks like: both pictures, and where they differ."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QWidget,
)

from touchstone.report import Finding, Kind
from touchstone.texts import _, register
from touchstone.ui import difference, style
from touchstone.ui.batch import Shown
from touchstone.ui.difference import Difference
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, announce, column, push_button
from touchstone.ui.notes import Elided
from touchstone.ui.pictures import FlexiblePicture
from touchstone.ui.style import GRID, Type

_PAIR = (336, 224)
_LAID = (640, 424)
_STEPS = 20
_NOTHING = 0.002  # of the area: single pixels along sharp edges


class CompareView(QWidget):
    """Two ways to look: side by side, and one over the other with what differs marked.

    `original_asked` carries what `look_for` was asked. The answer comes through `show_original` or `say`.
    """

    original_asked = Signal(object)  # Path | None
    choose_asked = Signal()

    def __init__(self, shown: Shown, finding: Finding) -> None:
        super().__init__()
        details = finding.details
        self.shown, self.sha256 = shown, str(details.get("similar_sha256") or "")
        turned = details.get("orientation")
        self.orientation = turned if isinstance(turned, int) and 0 <= turned < 8 else 0
        self.beside = push_button(_("Side by side"))
        self.over = push_button(_("What differs"))
        self.find_button = push_button(_("Find the original…"), Glyph.FOLDER_OPEN)
        self.status = Text("", muted=True)
        self.pair = _Pair(shown, _names(finding))
        self.laid = _Laid()
        layout = column(0, GRID)
        self.setLayout(layout)
        layout.addWidget(Text(_("This file and the registered one"), Type.BODY, bold=True))
        likeness = register.likeness(details.get("distance"))
        if likeness:
            layout.addWidget(Text(_("Likeness: {how}").format(how=likeness), muted=True))
        layout.addLayout(self._choices())
        layout.addWidget(self.pair)
        layout.addWidget(self.laid)
        layout.addWidget(self.status)
        layout.addWidget(self.find_button)
        self.find_button.clicked.connect(self.choose_asked)
        self._compared: Difference | None = None
        self.over.setEnabled(False)
        self._look(over=False)
        self._looking()

    def look_for(self, place: Path | None) -> None:
        """Ask for the registered file: at a place that the user named, or, where None, wherever it may be."""
        self._looking()
        self.original_asked.emit(place)

    def _looking(self) -> None:
        self.status.setText(_("Looking for the registered file on this computer…"))
        self.status.show()
        self.find_button.hide()

    def say(self, why: str) -> None:
        """The registered file is not to be had: why, and how it may be."""
        self.status.setText(why)
        self.status.show()
        self.find_button.show()
        announce(self.status, why)

    def show_original(self, original: QImage, compared: Difference | None) -> None:
        """Show the registered file, and where it differs; None where that means nothing, as for films."""
        self._compared = compared
        self.status.hide()
        self.find_button.hide()
        self.pair.show_original(original, self.shown.report.media.kind)
        self.over.setEnabled(compared is not None)
        if compared is None:
            self.status.setText(_("Of films, one picture each is shown; they need not be of the same moment."))
            self.status.show()
            return
        self.laid.show_difference(compared)
        announce(self.status, self.laid.said.text())

    def _choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        group = QButtonGroup(self)
        for button in (self.beside, self.over):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setProperty("segment", "true")
            group.addButton(button)
            row.addWidget(button)
        row.addStretch()
        self.beside.setChecked(True)
        self.over.toggled.connect(lambda on: self._look(over=on))
        return row

    def _look(self, *, over: bool) -> None:
        self.pair.setVisible(not over)
        self.laid.setVisible(over)


def _names(finding: Finding) -> str:
    listed = register.claims(finding.details)
    return register.claimant(listed[0]) if listed else ""


class _Pair(QWidget):
    """Two pictures of the same height, each with whose it is."""

    def __init__(self, shown: Shown, publisher: str) -> None:
        super().__init__()
        self._file, self._original = FlexiblePicture(*_PAIR), FlexiblePicture(*_PAIR)
        thumbnail = shown.images.get("thumbnail") or shown.images.get("thumbnail-small")
        self._file.show_picture(thumbnail, shown.report.media.kind)
        self._original.show_picture(None, Kind.UNKNOWN)
        self._file.setAccessibleName(_("This file"))
        self._original.setAccessibleName(_("The registered file: not found yet"))
        said = _("Registered by {publisher}").format(publisher=publisher) if publisher else _("Registered")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(4)
        grid.addWidget(Text(_("This file"), Type.CAPTION, muted=True, wrap=False), 0, 0)
        grid.addWidget(Elided(said, Type.CAPTION, muted=True, mode=Qt.TextElideMode.ElideMiddle), 0, 1)
        grid.addWidget(self._file, 1, 0)
        grid.addWidget(self._original, 1, 1)
        for number, stretch in enumerate((100, 100, 1)):
            grid.setColumnStretch(number, stretch)

    def show_original(self, picture: QImage, kind: Kind) -> None:
        self._original.show_picture(picture, kind)
        self._original.setAccessibleName(_("The registered file"))


class _Laid(QWidget):
    """One picture over the other: a slider goes from one to the other, and what differs is marked on both."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = _Overlay(*_LAID)
        self.picture.setAccessibleName(_("Both pictures, one over the other"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 4)
        self.slider.setAccessibleName(_("From this file to the registered one"))
        self.slider.setMinimumHeight(32)
        self.marks = push_button(_("Mark what differs"))
        self.marks.setCheckable(True)
        self.marks.setChecked(True)
        self.said = Text("")
        ends = QHBoxLayout()
        ends.setSpacing(GRID)
        ends.addWidget(Text(_("This file"), Type.CAPTION, muted=True, wrap=False))
        ends.addWidget(self.slider, 1)
        ends.addWidget(Text(_("Registered"), Type.CAPTION, muted=True, wrap=False))
        legend = QHBoxLayout()
        legend.setSpacing(GRID)
        legend.addWidget(self.marks)
        legend.addSpacing(GRID)
        legend.addWidget(Text(_("a little"), Type.CAPTION, muted=True, wrap=False))
        legend.addWidget(_Legend())
        legend.addWidget(Text(_("much"), Type.CAPTION, muted=True, wrap=False))
        legend.addStretch()
        layout = column(0, GRID)
        self.setLayout(layout)
        layout.addWidget(self.picture)
        layout.addLayout(ends)
        layout.addLayout(legend)
        layout.addWidget(self.said)
        self.slider.valueChanged.connect(self._fade)
        self.marks.toggled.connect(self.picture.mark)

    def show_difference(self, compared: Difference) -> None:
        self.picture.lay(compared)
        self.said.setText(_summary(compared))
        self.picture.setAccessibleDescription(self.said.text())

    def _fade(self, value: int) -> None:
        self.picture.fade(value / _STEPS)
        share = _("{count} of {total} towards the registered file").format(count=value, total=_STEPS)
        self.slider.setAccessibleDescription(share)


class _Overlay(QWidget):
    """The two pictures in one place, the second as strong as the slider says, and the marks above both."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._limit, self._part, self._marked = QSize(width, height), 0.0, True
        self._compared: Difference | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(64, 32)
        self.setMaximumSize(self._limit)

    def lay(self, compared: Difference) -> None:
        self._compared = compared
        self._limit = compared.file.size().scaled(QSize(*_LAID), Qt.AspectRatioMode.KeepAspectRatio)
        self.setMaximumSize(self._limit)
        self.updateGeometry()
        self.update()

    def fade(self, part: float) -> None:
        self._part = part
        self.update()

    def mark(self, marked: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._marked = marked
        self.update()

    def sizeHint(self) -> QSize:
        return self._limit

    def heightForWidth(self, width: int) -> int:
        return min(self._limit.height(), width * self._limit.height() // max(1, self._limit.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        compared = self._compared
        if compared is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        size = compared.file.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(0, 0, size.width(), size.height())
        area.moveCenter(self.rect().center())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(area), 4, 4)
        painter.setClipPath(shape)
        painter.drawImage(area, compared.file)
        painter.setOpacity(self._part)
        painter.drawImage(area, compared.original)
        if self._marked:
            painter.setOpacity(0.45)
            painter.fillRect(area, QColor("#808080"))  # marks stand out from any picture that is greyed
            painter.setOpacity(1.0)
            painter.drawImage(area, compared.heat)


class _Legend(QWidget):
    """The colours of the marks, from a little to much."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(96, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        backwards = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        ends = (difference.BRICK, difference.AMBER) if backwards else (difference.AMBER, difference.BRICK)
        colours = QLinearGradient(0, 0, self.width(), 0)
        for place, colour in enumerate(ends):
            colours.setColorAt(place, QColor(*colour))
        painter.setPen(QColor(style.tokens().border))
        painter.setBrush(colours)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def _summary(compared: Difference) -> str:
    """What the marks come to, in words."""
    if compared.stretched:
        shape = _("The two have different shapes: one was cut or stretched, and is pulled here to fit the other.")
    else:
        shape = ""
    if compared.share < _NOTHING:
        said = _("Nowhere do they differ by more than saving a file again explains.")
    elif compared.share < 0.5:
        parts = max(1, round(compared.share * 100))
        said = _("They differ visibly in about {count} of 100 parts of the picture.").format(count=parts)
    else:
        said = _("They differ almost everywhere: in colour or brightness as a whole, or in what they show.")
    return " ".join(part for part in (said, shape) if part)
