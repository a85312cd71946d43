"""Pictures on the screen: raw pixels from a worker become images, away from the main thread."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from touchstone.report import Kind, Picture
from touchstone.ui import icons, style


def image(pixels: Picture) -> QImage:
    """An image that owns its pixels. Null where the sizes do not fit the bytes. Callable from any thread."""
    width, height, data = pixels.width, pixels.height, pixels.rgb
    for channels, kind in ((3, QImage.Format.Format_RGB888), (4, QImage.Format.Format_RGBA8888)):
        if width > 0 and height > 0 and len(data) == width * height * channels:
            return QImage(data, width, height, width * channels, kind).copy()
    return QImage()


def small(source: QImage, side: int) -> QImage:
    """The middle square of an image, `side` pixels wide. Callable from any thread."""
    if source.isNull():
        return source
    filled = source.scaled(
        QSize(side, side), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return filled.copy((filled.width() - side) // 2, (filled.height() - side) // 2, side, side)


def paint_tile(painter: QPainter, area: QRect, picture: QImage | None, kind: Kind) -> None:
    """A rounded square for a list: the picture, or the icon of its kind where there is none."""
    t = style.tokens()
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(area), 4, 4)
    painter.fillPath(shape, QColor(t.stone_soft))
    if picture is None or picture.isNull():
        side = area.height() // 2
        inner = QRect(0, 0, side, side)
        inner.moveCenter(area.center())
        icons.paint(painter, inner, icons.KINDS[kind], t.muted)
    else:
        painter.setClipPath(shape)
        painter.drawImage(area, picture)
        if kind is Kind.VIDEO:
            paint_play(painter, QRectF(area), area.height() / 2.4)
    painter.restore()


def kind_tile(kind: Kind, side: int) -> QPixmap:
    """A tile for a file without a picture, twice as fine for dense screens; in the colours of the moment."""
    tile = QPixmap(2 * side, 2 * side)
    tile.setDevicePixelRatio(2)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    paint_tile(painter, QRect(0, 0, side, side), None, kind)
    painter.end()
    return tile


def paint_play(painter: QPainter, area: QRectF, side: float) -> None:
    """The mark that says: this one moves."""
    centre = area.center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 160))
    painter.drawEllipse(centre, side / 2, side / 2)
    painter.setBrush(QColor("#ffffff"))
    reach = side / 4
    painter.drawPolygon(
        QPolygonF(
            [
                QPointF(centre.x() - reach * 0.7, centre.y() - reach),
                QPointF(centre.x() + reach * 1.1, centre.y()),
                QPointF(centre.x() - reach * 0.7, centre.y() + reach),
            ]
        )
    )


class PictureView(QWidget):
    """A picture fitted into its place, on a checkerboard where it is see-through, marked where it is a video."""

    def __init__(self, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._kind = Kind.UNKNOWN
        self._limit = QSize(width, height)
        self.setFixedSize(self._limit)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_picture(self, picture: QImage | None, kind: Kind) -> None:
        """Show a picture, or the icon of its kind."""
        self._image = QImage() if picture is None else picture
        self._kind = kind
        self._fit()
        self.update()

    def _fit(self) -> None:
        """Take no more height than the picture needs."""
        size = QSize(self._limit)
        if not self._image.isNull():
            fitted = self._image.size().scaled(self._limit, Qt.AspectRatioMode.KeepAspectRatio)
            size.setHeight(max(96, fitted.height()))
        self.setFixedSize(size)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), QColor(t.stone_soft))
        if self._image.isNull():
            inner = QRect(0, 0, 48, 48)
            inner.moveCenter(self.rect().center())
            icons.paint(painter, inner, icons.KINDS[self._kind], t.muted)
            return
        area = self.picture_area()
        if self._image.hasAlphaChannel():
            _checkerboard(painter, area)
        painter.drawImage(area, self._image)
        self.paint_over(painter, area)
        if self._kind is Kind.VIDEO:
            paint_play(painter, QRectF(area), 48)

    def picture_area(self) -> QRect:
        """Where the picture lies in its place."""
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        area = QRect(0, 0, size.width(), size.height())
        area.moveCenter(self.rect().center())
        return area

    def paint_over(self, painter: QPainter, area: QRect) -> None:
        """For kinds of view that draw something over the picture: here nothing."""


class FlexiblePicture(PictureView):
    """A picture that gives way where there is no room, always of the same shape."""

    def __init__(self, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(width, height, parent)
        self.setMinimumSize(64, 32)
        self.setMaximumSize(self._limit)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        return self._limit

    def heightForWidth(self, width: int) -> int:
        return min(self._limit.height(), width * self._limit.height() // self._limit.width())

    def _fit(self) -> None:
        self.updateGeometry()


def _checkerboard(painter: QPainter, area: QRect) -> None:
    painter.fillRect(area, QColor("#ffffff"))
    for y in range(area.top(), area.bottom() + 1, 8):
        for x in range(area.left() + 8 * (((y - area.top()) // 8) % 2), area.right() + 1, 16):
            painter.fillRect(QRect(x, y, 8, 8).intersected(area), QColor("#d8d8d8"))
