"""The screens by name on the leading side of the window, and which network is in use."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts.plain import plain
from touchstone.ui import icons, style
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, margins, repolish
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.network import Network

PRACTICE = "practice"  # `chain.network.PRACTICE`, which is not needed to show the window


class Place(IntEnum):
    """The screens, in the order of the navigation; their shortcuts are Ctrl and their number from 1."""

    CHECK = 0
    REVIEW = 1
    PUBLISH = 2
    HISTORY = 3
    MODELS = 4
    SETTINGS = 5


class Navigation(QFrame):
    """A button for each screen; below, the network and what is promised."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setFixedWidth(style.NAVIGATION)
        self._rows = column(GRID + 4, 4)
        self.setLayout(self._rows)
        brand = Text("Touchstone", Type.STRONG, bold=True, wrap=False)
        margins(brand, GRID, GRID, 0, 2 * GRID)
        self._rows.addWidget(brand)
        self.buttons: list[QToolButton] = []
        self._names: list[str] = []
        self._rows.addStretch()
        self.badge: NetworkBadge | None = None
        self._rows.addWidget(_offline())

    def show_network(self, name: str, network: Network | None = None) -> None:
        """Name the network in use, and say what it is once that is known; first, once the window is on the screen."""
        if self.badge is None:
            self.badge = NetworkBadge()
            self._rows.insertWidget(self._rows.count() - 1, self.badge)
            self._rows.insertSpacing(self._rows.count() - 1, 4)
        self.badge.show_network(name, network)

    def tell(self, place: Place, count: int) -> None:
        """Say beside a screen's name how much waits there."""
        button, name = self.buttons[place], self._names[place]
        said = _("{screen} ({count})").format(screen=name, count=count) if count else name
        button.setText(said)
        button.setAccessibleName(said)

    def add(self, name: str, glyph: Glyph, call: Callable[[], None]) -> None:
        """One more screen; its shortcut is Ctrl and its number."""
        number = len(self.buttons) + 1
        button = QToolButton()
        button.setObjectName("destination")
        button.setText(name)
        button.setIcon(icons.icon(glyph))
        button.setIconSize(QSize(28, 20))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        button.setAccessibleName(name)
        button.setToolTip(_("{screen} (Ctrl+{number})").format(screen=name, number=number))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setFixedHeight(40)
        button.setFixedWidth(style.NAVIGATION - 3 * GRID - 1)
        button.clicked.connect(lambda _checked: call())  # `call` must not get what a click brings along
        self.buttons.append(button)
        self._names.append(name)
        self._rows.insertWidget(number, button)


class NetworkBadge(QFrame):
    """Says which register is meant: never to be taken for a public one where it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("badge")
        row = QHBoxLayout(self)
        margins(row, GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        self._icon = Icon(Glyph.FLASK, 16, "muted")
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        self._name = Text("", Type.CAPTION, bold=True)
        self._about = Text("", Type.CAPTION, muted=True)
        words.addWidget(self._name)
        words.addWidget(self._about)
        row.addLayout(words, 1)

    def show_network(self, name: str, network: Network | None = None) -> None:
        """Name the network in use, by the name it has in the settings; where it is at hand, say what it is."""
        practice = name == PRACTICE
        self._name.setText(_("Practice ledger") if practice else plain(name, 24))
        if network is not None:
            caution(network, self._icon, self._about)
        else:
            self._icon.set_glyph(Glyph.FLASK if practice else Glyph.GLOBE, "muted")
            self._about.setText(_("Only on this computer") if practice else _("A public register"))
            repolish(self._about, None)
        self.setAccessibleName(_("Network: {name}, {about}").format(name=self._name.text(), about=self.about()))

    def text(self) -> str:
        """The name that is shown."""
        return self._name.text()

    def about(self) -> str:
        """What is said of it."""
        return self._about.text()


def caution(network: Network, icon: Icon, words: Text) -> None:
    """Say what never to forget about a network, in words and with an icon."""
    from touchstone.texts import networks

    here = network.practice or not network.public
    glyph = Glyph.WARNING if network.mainnet else Glyph.FLASK if here else Glyph.GLOBE
    icon.set_glyph(glyph, "amber" if network.mainnet else "muted")
    words.setText(networks.badge(network))
    repolish(words, Tone.AMBER if network.mainnet else None)


def _offline() -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    margins(row, GRID, 0, 0, GRID)
    row.setSpacing(GRID)
    row.addWidget(Icon(Glyph.CLOUD_SLASH, 16, "muted"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(_("Works offline. Nothing is uploaded."), Type.CAPTION, muted=True), 1)
    return made
