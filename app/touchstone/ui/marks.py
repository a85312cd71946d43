"""What detectors point at, drawn over a picture: which layer is shown, how strongly, and the widgets that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from touchstone.export import detected, heatmap
from touchstone.export.layers import Layer
from touchstone.report import Kind
from touchstone.texts import _, overlays
from touchstone.ui import style
from touchstone.ui.labels import Text, announce, column, push_button
from touchstone.ui.pictures import PictureView
from touchstone.ui.style import GRID, Type

_LARGE = (640, 424)
_STEP = 5
_PERCENT = 70  # how strong a layer is at first
_LABEL = 64  # pixels
_NONE = ""


class _Session(QObject):
    """What was chosen last, for every card: whoever compares files looks at the same layer of each."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.percent = _NONE, _PERCENT

    def choose(self, layer: str, percent: int) -> None:
        """Take a choice, and tell every card."""
        if (layer, percent) != (self.layer, self.percent):
            self.layer, self.percent = layer, percent
            self.changed.emit()


_session = _Session()


def forget() -> None:
    """Begin anew, as at the start of a session."""
    _session.choose(_NONE, _PERCENT)


class Marks(QObject):
    """The layers of one card, which of them is shown, and how strongly. Whatever draws them listens to `changed`."""

    changed = Signal()

    def __init__(self, layers: Sequence[Layer], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layers: Mapping[str, Layer] = {layer.code: layer for layer in layers}
        self._heat: dict[str, QImage] = {}
        _session.changed.connect(self.changed)

    @property
    def shown(self) -> Layer | None:
        """The layer that is drawn."""
        layer = self.layers.get(_session.layer)
        return layer if layer is not None and drawable(layer) else None

    @property
    def percent(self) -> int:
        """How strongly it is drawn, 0 to 100."""
        return _session.percent

    def show(self, code: str) -> None:
        """Draw another layer, or none."""
        _session.choose(code, _session.percent)

    def fade(self, percent: int) -> None:
        """Draw it more or less strongly."""
        _session.choose(_session.layer, percent)

    def heat(self, layer: Layer) -> QImage:
        """The layer's map in colour; null where it has none."""
        if layer.code not in self._heat:
            self._heat[layer.code] = _heat(layer)
        return self._heat[layer.code]


def drawable(layer: Layer) -> bool:
    """Whether there is something of it to draw."""
    return layer.map is not None or bool(layer.boxes)


def _heat(layer: Layer) -> QImage:
    if layer.map is None:
        return QImage()
    width, height, rgba = heatmap.coloured(layer.map, layer.floor)
    return QImage(rgba, width, height, width * 4, QImage.Format.Format_RGBA8888).copy()


def paint(painter: QPainter, area: QRect, marks: Marks, grey: QImage) -> None:
    """Draw the layer that is shown over a picture that fills `area`; `grey` is that picture without its colours."""
    layer = marks.shown
    if layer is None:
        return
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    heat = marks.heat(layer)
    if not heat.isNull():
        painter.setOpacity(heatmap.GREYED)
        painter.drawImage(area, grey)
        painter.setOpacity(marks.percent / 100)
        painter.drawImage(area, heat)
        painter.setOpacity(1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    place = (float(area.x()), float(area.y()), float(area.width()), float(area.height()))
    for box in layer.boxes:
        frame = QRectF(*heatmap.placed(box, place))
        for ink, width in ((heatmap.OUTLINE_DARK, 4), (heatmap.OUTLINE, 2)):
            pen = QPen(QColor(*ink), width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(frame)
    painter.restore()


class MarkedPicture(PictureView):
    """A picture of a card with the layer that is shown drawn over it."""

    def __init__(self, width: int, height: int, marks: Marks) -> None:
        super().__init__(width, height)
        self._marks, self._grey = marks, QImage()
        marks.changed.connect(self._again)
        self._again()

    def paint_over(self, painter: QPainter, area: QRect) -> None:
        if self._grey.isNull():
            self._grey = self._image.convertToFormat(QImage.Format.Format_Grayscale8)
        paint(painter, area, self._marks, self._grey)

    def show_picture(self, picture: QImage | None, kind: Kind) -> None:
        self._grey = QImage()
        super().show_picture(picture, kind)

    def _again(self) -> None:
        layer = self._marks.shown
        self.setAccessibleDescription("" if layer is None else spoken(layer))
        self.update()


class LargePicture(MarkedPicture):
    """The same, as large as the column lets it be, and of the picture's own shape."""

    def __init__(self, marks: Marks) -> None:
        super().__init__(*_LARGE, marks)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return self.maximumSize()

    def heightForWidth(self, width: int) -> int:
        most = self.maximumSize()
        return min(most.height(), width * most.height() // max(1, most.width()))

    def _fit(self) -> None:
        shape = QSize(*_LARGE) if self._image.isNull() else self._image.size()
        self.setMinimumSize(64, 32)
        self.setMaximumSize(shape.scaled(QSize(*_LARGE), Qt.AspectRatioMode.KeepAspectRatio))
        self.updateGeometry()


class MarksView(QWidget):
    """A large picture, a row of buttons that choose what lies over it, a slider, and what the colours mean."""

    def __init__(self, marks: Marks, picture: QImage | None, kind: Kind) -> None:
        super().__init__()
        self._marks = marks
        self.buttons: dict[str, QPushButton] = {}
        self.picture = LargePicture(marks)
        self.picture.show_picture(picture, kind)
        self.picture.setAccessibleName(_("The picture with what detectors point at"))
        self.slider = _slider(marks.percent)
        self.legend = _Legend()
        self.meaning = Text("", Type.CAPTION, muted=True)
        self._strength = QWidget()
        layout = column(0, GRID)
        self.setLayout(layout)
        layout.addWidget(Text(_("Where the detectors looked"), Type.BODY, bold=True))
        layout.addWidget(self._choices())
        layout.addWidget(self.picture)
        layout.addWidget(self._strengths())
        layout.addWidget(self.meaning)
        if any(layer.missing for layer in marks.layers.values()):
            layout.addWidget(Text(overlays.not_kept(), Type.CAPTION, muted=True))
        self.slider.valueChanged.connect(marks.fade)
        marks.changed.connect(self._again)
        self._again()

    def _choices(self) -> QWidget:
        row = _Choices()
        group = QButtonGroup(self)
        codes = [_NONE, *(code for code, layer in self._marks.layers.items() if drawable(layer))]
        for code in codes:
            button = push_button(overlays.layer_name(code))
            button.setAccessibleName(_("Show over the picture: {layer}").format(layer=overlays.layer_name(code)))
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setProperty("segment", "true")
            button.toggled.connect(lambda on, code=code: self._choose(code) if on else None)
            group.addButton(button)
            row.add(button)
            self.buttons[code] = button
        return row

    def _strengths(self) -> QWidget:
        rows = column(0, 4)
        self._strength.setLayout(rows)
        for name, parts in (
            (_("Strength"), [self.slider]),
            (_("Colours"), [_caption(_("a little")), self.legend, _caption(_("much"))]),
        ):
            row = QHBoxLayout()
            row.setSpacing(GRID)
            label = _caption(name)
            label.setFixedWidth(_LABEL)
            for part in (label, *parts):
                row.addWidget(part)
            row.addStretch()
            rows.addLayout(row)
        return self._strength

    def _choose(self, code: str) -> None:
        self._marks.show(code)
        layer = self._marks.shown
        announce(self.picture, overlays.layer_name(_NONE) if layer is None else spoken(layer))

    def _again(self) -> None:
        layer = self._marks.shown
        code = _NONE if layer is None else layer.code
        self.buttons[code].setChecked(True)
        self._strength.setVisible(layer is not None and layer.map is not None)
        self.meaning.setVisible(layer is not None)
        self.meaning.setText("" if layer is None else detected.meaning_of(layer))
        self.slider.setValue(self._marks.percent)
        self.slider.setAccessibleDescription(overlays.strength(self._marks.percent))


class _Choices(QWidget):
    """Buttons side by side, as many in a line as there is room for, each line as wide as the widest of them asks."""

    def __init__(self) -> None:
        super().__init__()
        self._buttons: list[QPushButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def add(self, button: QPushButton) -> None:
        """One more, at the end."""
        self._buttons.append(button)
        self._lay()

    def minimumSizeHint(self) -> QSize:
        return QSize(max((b.sizeHint().width() for b in self._buttons), default=0), self._grid.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        each = max(b.sizeHint().width() for b in self._buttons) + GRID
        columns = max(1, min(len(self._buttons), (self.width() + GRID) // each))
        for number, button in enumerate(self._buttons):
            place = (number // columns, number % columns)
            at = self._grid.indexOf(button)
            if at < 0 or self._grid.getItemPosition(at)[:2] != place:  # type: ignore[index]
                self._grid.addWidget(button, *place, Qt.AlignmentFlag.AlignLeading)
        for spare in range(self._grid.columnCount()):
            self._grid.setColumnStretch(spare, int(spare == columns))
        self._grid.setColumnStretch(columns, 1)
        self.updateGeometry()


def _caption(said: str) -> Text:
    return Text(said, Type.CAPTION, muted=True, wrap=False)


def _slider(percent: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(10, 100)
    slider.setSingleStep(_STEP)
    slider.setPageStep(4 * _STEP)
    slider.setValue(percent)
    slider.setMinimumWidth(96)
    slider.setMaximumWidth(176)
    slider.setMinimumHeight(32)
    slider.setAccessibleName(_("How strongly the map is drawn"))
    return slider


def spoken(layer: Layer) -> str:
    """A layer for who cannot see it."""
    return detected.place_of(layer) or detected.meaning_of(layer)


class _Legend(QWidget):
    """The colours of a map, from a little to much, and a light outline that shows them on any ground."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(128, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        backwards = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        colours = QLinearGradient(0, 0, self.width(), 0)
        for step in range(11):
            colours.setColorAt(1 - step / 10 if backwards else step / 10, QColor(*heatmap.colour(step / 10)))
        painter.setPen(QColor(style.tokens().border))
        painter.setBrush(colours)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
