"""Pages that scroll, and keep their content to the middle."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from touchstone.ui.style import CARD_WIDTH, GRID


class Scroll(QScrollArea):
    """A page that scrolls up and down, its content no wider than a card may be."""

    def __init__(self, widest: int = CARD_WIDTH, margin: int = 3 * GRID) -> None:
        super().__init__()
        self._widest, self._margin = widest, margin
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def hold(self, content: QWidget) -> None:
        """Show `content`, from its top."""
        page = _Page()
        page.setObjectName("page")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, self._margin, 0, self._margin)
        layout.addLayout(centred(content, self._widest, self._margin))
        layout.addStretch()
        self.setWidget(page)  # which begins at its top


class _Page(QWidget):
    """As high as its words need at its width: Qt would reserve what they need at their narrowest."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


def centred(content: QWidget, widest: int, margin: int) -> QHBoxLayout:
    """`content` in the middle, no wider than `widest`, with a margin on either side."""
    content.setMaximumWidth(widest)
    content.setSizePolicy(QSizePolicy.Policy.Expanding, content.sizePolicy().verticalPolicy())
    row = QHBoxLayout()
    row.setContentsMargins(margin, 0, margin, 0)
    row.setSpacing(0)
    row.addStretch(1)
    row.addWidget(content, 1000)
    row.addStretch(1)
    return row
