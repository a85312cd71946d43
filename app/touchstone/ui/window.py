"""The main window: where the screens are, and what can be dropped, pasted and pressed anywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from touchstone import paths
from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import line
from touchstone.ui.navigation import PRACTICE, Navigation, Place

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from touchstone.chain.network import Network
    from touchstone.ui.batch import Shown
    from touchstone.ui.catching_up import CatchingUp
    from touchstone.ui.check import CheckScreen
    from touchstone.ui.models_screen import ModelsScreen
    from touchstone.ui.overlay import DropOverlay
    from touchstone.ui.pane import CardPane
    from touchstone.ui.pasted import Pasted
    from touchstone.ui.publish import PublishScreen
    from touchstone.ui.review import ReviewScreen
    from touchstone.ui.review_banner import ReviewBanner

_SIZE = QSize(1280, 800)
_FRAME_MS = 16  # what was painted is on the screen by then
_SMALLEST = QSize(960, 560)


class MainWindow(QMainWindow):
    """Everything a person sees. Each screen is built when it is first opened, the first one once the frame is drawn."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._pasted: Pasted | None = None
        self._built: dict[int, QWidget] = {}
        self.setWindowTitle("Touchstone")
        self.setAccessibleName("Touchstone")
        self.setAcceptDrops(True)
        self.setMinimumSize(_SMALLEST)
        self.resize(_SIZE)
        # From the outside in: with a stylesheet, a finished widget that is put into another one is styled once more.
        content = QWidget(self)
        self.setCentralWidget(content)
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.navigation = Navigation(content)
        self._pages = QStackedWidget(content)
        row.addWidget(self.navigation)
        row.addWidget(line(upright=True))
        self._column = QVBoxLayout()
        self._column.addWidget(self._pages, 1)
        row.addLayout(self._column, 1)
        self._screens: list[tuple[str, Glyph, Callable[[], QWidget]]] = [
            (_("Check"), Glyph.FILE_SEARCH, lambda: self.check),
            (_("Review"), Glyph.USERS_THREE, self._make_review),
            (_("Publish"), Glyph.PAPER_PLANE_TILT, self._make_publish),
            (_("History"), Glyph.CLOCK_COUNTER_CLOCKWISE, self._make_history),
            (_("Models"), Glyph.GAUGE, self._make_models),
            (_("Settings"), Glyph.GEAR_SIX, self._make_settings),
        ]
        for number, (name, glyph, _make) in enumerate(self._screens):
            self.navigation.add(name, glyph, lambda number=number: self.go(number))  # type: ignore[misc]
        self._drawn = self._filled = False
        self._check: CheckScreen | None = None
        self._publish: PublishScreen | None = None
        self._review: ReviewScreen | None = None
        self._models: ModelsScreen | None = None
        self._network: Network | None = None  # other than the practice ledger, once it is known
        self._catching_up: CatchingUp | None = None
        self._banner: ReviewBanner | None = None
        self._overlay: DropOverlay | None = None
        desk.background.trouble.connect(self._trouble)
        self.navigation.buttons[0].setChecked(True)

    def go(self, number: int) -> None:
        """Open a screen, by its `Place`."""
        if number not in self._built:
            screen = self._screens[number][2]()
            self._built[number] = screen
            self._pages.addWidget(screen)
        self._pages.setCurrentWidget(self._built[number])
        for place, button in enumerate(self.navigation.buttons):
            button.setChecked(place == number)

    @property
    def overlay(self) -> DropOverlay:
        """What lies over the window while something is dragged across it; made when that first happens."""
        if self._overlay is None:
            from touchstone.ui.overlay import DropOverlay

            self._overlay = DropOverlay(self)
        return self._overlay

    @property
    def check(self) -> CheckScreen:
        """The Check screen; built when first asked for."""
        if self._check is None:
            from touchstone.ui.check import CheckScreen

            self._check = CheckScreen(self._desk, self._pages)
            self._leads_to_review(self._check)
        return self._check

    @property
    def publish(self) -> PublishScreen:
        """The Publish screen; opened where it is not."""
        if self._publish is None:
            self.go(Place.PUBLISH)
        assert self._publish is not None  # noqa: S101 - `go` has built it
        return self._publish

    @property
    def review(self) -> ReviewScreen:
        """The Review screen; opened where it is not."""
        if self._review is None:
            self.go(Place.REVIEW)
        assert self._review is not None  # noqa: S101 - `go` has built it
        return self._review

    def fill(self) -> None:
        """Put the first screen into the frame, unless that has been done."""
        if self._filled:
            return
        self._filled = True
        self._shortcuts()
        self._show_network()
        self._desk.settings_changed.connect(self._show_network)
        if not self._built:
            self.go(Place.CHECK)
            self.check.start.choose.setFocus()
            if self._desk.settings.notices or self._desk.home.restoring.exists():
                from touchstone.ui.first_words import tell

                tell(self._desk, self.check.tell)

    def warm(self) -> None:
        """Build and start what a check needs, now that the window is there."""
        self.fill()
        self.setWindowIcon(QIcon(str(paths.resources() / "icons" / "touchstone.png")))
        _bench = self.check.bench
        self._desk.warm()
        self._catch_up()
        self._remind()

    def _catch_up(self) -> None:
        """Look after what was under way when the window was last closed."""
        if self._desk.home.outbox.exists():
            from touchstone.ui.catching_up import CatchingUp

            self._catching_up = CatchingUp(self._desk)
            self._catching_up.begin(lambda: self._publish)

    def _remind(self) -> None:
        """Look after one's votes as long as the window is open."""
        from touchstone.ui.review_banner import ReviewBanner

        self._banner = ReviewBanner(self._desk, self.windowIcon())
        self._column.insertWidget(0, self._banner)
        self._banner.case_asked.connect(self.open_case)
        self._banner.watch.waiting.connect(lambda count: self.navigation.tell(Place.REVIEW, count))
        self._banner.watch.begin()

    def check_paths(self, paths: list[Path]) -> None:
        """Check files, on the Check screen."""
        self.go(Place.CHECK)
        self.check.check(paths)

    def take(self, data: QMimeData) -> bool:
        """Check what was dropped or pasted; false, and a word about it, where there is nothing to check.

        On the Publish screen, files join those to be published; on the Models screen, folders are added.
        """
        from touchstone.ui.pasted import take

        return take(self, data)

    def takes_files(self) -> Callable[[list[Path]], None]:
        """What becomes of files that are dropped now: the screen's own way with them, else a check."""
        own: Callable[[list[Path]], None] | None = getattr(self._pages.currentWidget(), "take_files", None)
        return own or self.check_paths

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._drawn:
            self._drawn = True
            QTimer.singleShot(_FRAME_MS, self.fill)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasUrls() or data.hasImage() or data.hasText():
            event.acceptProposedAction()
            self.overlay.setGeometry(self.rect())
            self.overlay.say(getattr(self._pages.currentWidget(), "drop_words", None))
            self.overlay.raise_()
            self.overlay.show()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        # Copying is all that is ever done with a file: a file manager must not think that it was moved.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.take(event.mimeData())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._overlay is not None:
            self._overlay.setGeometry(self.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.hide()
        for screen in (self._check, self._publish, self._review, self._models):
            if screen is not None:
                screen.close_down()
        if self._catching_up is not None:
            self._catching_up.stop()
        if self._banner is not None:
            self._banner.watch.stop()
        self._desk.close()
        if self._pasted is not None:
            self._pasted.clean_up()
            self._pasted = None
        event.accept()

    # Building

    def _make_publish(self) -> QWidget:
        from touchstone.ui.publish import PublishScreen

        self._publish = PublishScreen(self._desk)
        self._publish.show_network(self._network)
        if self._catching_up is not None:
            self._catching_up.tell()
        return self._publish

    def _make_review(self) -> QWidget:
        from touchstone.ui.review import ReviewScreen

        self._review = ReviewScreen(self._desk)
        self._review.show_network(self._network)
        self._review.publisher_asked.connect(self._show_publisher)
        return self._review

    def _leads_to_review(self, owner: CheckScreen | CardPane) -> None:
        """Cards lead to the page on which their file is flagged, and to the case that is about it."""
        owner.flag_asked.connect(self._flag)
        owner.case_asked.connect(self.open_case)

    def _flag(self, shown: Shown) -> None:
        self.go(Place.REVIEW)
        self.review.begin_flag(shown)

    def open_case(self, number: int) -> None:
        """Open a case of the court."""
        self.go(Place.REVIEW)
        self.review.open_case(number)

    def _make_models(self) -> QWidget:
        from touchstone.ui.models_screen import ModelsScreen

        self._models = ModelsScreen(self._desk)
        self._models.publisher_asked.connect(self._show_publisher)
        return self._models

    def _make_history(self) -> QWidget:
        from touchstone.ui.history import HistoryScreen

        screen = HistoryScreen(self._desk)
        screen.check_asked.connect(self.check_paths)
        self._leads_to_review(screen.pane)
        return screen

    def _make_settings(self) -> QWidget:
        from touchstone.ui.settings import SettingsScreen

        screen = SettingsScreen(self._desk)
        screen.register.networks.transactions_asked.connect(self._show_transactions)
        return screen

    def _show_transactions(self) -> None:
        self.go(Place.PUBLISH)
        self.publish.show_transactions()

    def _show_publisher(self) -> None:
        from touchstone.ui.publish import PUBLISHER

        self.publish.go(PUBLISHER)
        self.go(Place.PUBLISH)

    def _shortcuts(self) -> None:
        from touchstone.ui.shortcuts import give

        keys: dict[str, Callable[[], None]] = {
            f"Ctrl+{number + 1}": partial(self.go, number) for number in range(len(self._screens))
        }
        keys |= {"Ctrl+O": self._open, "Ctrl+S": self._save, "F1": self._help, "Esc": self._escape}
        give(self, keys | {"Ctrl+V": self._paste})

    def _open(self) -> None:
        own: Callable[[], None] | None = getattr(self._pages.currentWidget(), "choose_files", None)
        if own is None:
            self.go(Place.CHECK)
            own = self.check.choose_files
        own()

    def _save(self) -> None:
        self._ask_screen("save")

    def _help(self) -> None:
        from touchstone.ui.help import HelpDialog

        HelpDialog(self).open()

    def _escape(self) -> None:
        self._ask_screen("back")

    def _ask_screen(self, deed: str) -> None:
        """Have the screen that is open do something, where it can."""
        call = getattr(self._pages.currentWidget(), deed, None)
        if callable(call):
            call()

    def _paste(self) -> None:
        from PySide6.QtWidgets import QLineEdit

        field = QGuiApplication.focusObject()
        if isinstance(field, QLineEdit):
            field.paste()
            return
        self.take(QGuiApplication.clipboard().mimeData())

    def check_image(self, image: QImage) -> None:
        """A picture on the clipboard has no file: it gets one, for as long as the window is open."""
        if self._pasted is None:
            from touchstone.ui.pasted import Pasted

            self._pasted = Pasted(self._desk)
        self._pasted.check(image, self.check_paths, self.check.tell)

    def _show_network(self) -> None:
        """Name the network in use at once; what it is stands in a file, unless it is the practice ledger."""
        home, name = self._desk.home, self._desk.settings.network
        self._use_network(name, None)
        if name == PRACTICE:
            return

        def work() -> Network | None:
            from touchstone.chain.networks import Networks

            return Networks.load(home).by_name.get(name)

        def then(found: Network | None) -> None:
            if name == self._desk.settings.network:
                self._use_network(name, found)

        self._desk.background.run(work, then)

    def _use_network(self, name: str, network: Network | None) -> None:
        self._network = network
        self.navigation.show_network(name, network)
        for screen in (self._publish, self._review):
            if screen is not None:
                screen.show_network(network)

    def _trouble(self, error: object) -> None:
        self.go(Place.CHECK)
        kind = type(error).__name__
        self.check.tell(_("Something went wrong in the application ({kind}).").format(kind=kind))
