"""What the Check screen shows while there are no files: what to drop, samples to try, what stays on this computer."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.texts import samples as words
from touchstone.ui import style
from touchstone.ui.desk import Desk
from touchstone.ui.folds import FoldHeader
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.style import GRID, Type

_FORMATS = "JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF, HEIC · MP4, MOV, MKV, WebM, AVI · MP3, WAV, FLAC, M4A, OGG · PDF"


class StartPage(QWidget):
    """Teaches, and offers two ways to begin."""

    files_asked = Signal()
    samples_made = Signal(object, object)  # list[Path], and the one to show (a Path)
    not_registered = Signal(str)  # why the samples do not stand on the practice ledger

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._cancel: threading.Event | None = None
        self.notice = Notice()
        self.welcome = None if desk.settings.first_run_done else Welcome()
        self.choose = push_button(_("Choose files…"), Glyph.FOLDER_OPEN, primary=True)
        self.samples = push_button(_("Try the samples"), Glyph.SPARKLE)
        self.stop = push_button(_("Stop"), Glyph.STOP_CIRCLE)
        self._step = Text("", Type.CAPTION, muted=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Making the samples"))
        self._bar.setFixedWidth(320)
        layout = column(0, 0)
        self.setLayout(layout)
        scroll = Scroll(widest=880)
        layout.addWidget(scroll)
        page = QWidget()
        scroll.hold(page)
        self._fill(page)
        self._making(running=False)
        self.choose.clicked.connect(self.files_asked)
        self.samples.clicked.connect(self._make_all)
        self.stop.clicked.connect(self._stop)
        if self.welcome is not None:
            self.welcome.dismissed.connect(self._seen)

    def _fill(self, page: QWidget) -> None:
        rows = column(0, 3 * GRID)
        page.setLayout(rows)
        rows.addWidget(self.notice)
        if self.welcome is not None:
            rows.addWidget(self.welcome)
        rows.addWidget(self._drop_zone())
        rows.addLayout(self._examples())
        rows.addWidget(_promise())

    def _drop_zone(self) -> QWidget:
        zone = DropZone()
        rows = QVBoxLayout(zone)
        above = (7 if self.welcome is None else 4) * GRID
        rows.setContentsMargins(4 * GRID, above, 4 * GRID, above)
        rows.setSpacing(GRID + 4)
        centre = Qt.AlignmentFlag.AlignHCenter
        rows.addWidget(Icon(Glyph.DOWNLOAD_SIMPLE, 40, "accent"), 0, centre)
        title = Text(_("Drop photos, videos or recordings here"), Type.SECTION)
        title.setAlignment(centre)
        rows.addWidget(title)
        how = Text(_("Anywhere in this window will do, whole folders too. You can also paste with Ctrl+V."), muted=True)
        how.setAlignment(centre)
        rows.addWidget(how)
        rows.addSpacing(GRID)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        for button in (self.choose, self.samples, self.stop):
            buttons.addWidget(button)
        buttons.addStretch()
        rows.addLayout(buttons)
        rows.addWidget(self._bar, 0, centre)
        self._step.setAlignment(centre)
        rows.addWidget(self._step)
        formats = Text(
            _FORMATS,
            Type.CAPTION,
            muted=True,
        )
        formats.setAlignment(centre)
        rows.addWidget(formats)
        return zone

    def _examples(self) -> QVBoxLayout:
        """Three samples to begin with."""
        around = column(0, GRID)
        around.addWidget(Text(_("Or begin with one of the samples"), Type.BODY, bold=True))
        frame = QFrame()
        frame.setObjectName("card")
        rows = column(1, 0)
        frame.setLayout(rows)
        self.examples: dict[str, FoldHeader] = {}
        for number, (code, title, glyph, tone) in enumerate(_examples()):
            if number:
                rows.addWidget(line())
            row = FoldHeader(title, glyph, opens=False)
            row.say(words.describe(code), tone)
            row.clicked.connect(lambda _checked=False, code=code: self.make_samples(code))
            self.examples[code] = row
            rows.addWidget(row)
        around.addWidget(frame)
        return around

    def _make_all(self) -> None:
        self.make_samples()

    def make_samples(self, show: str = "signed") -> None:
        """Make the samples, unless they are there, check them, and show the one whose code is `show`."""
        self._cancel = threading.Event()
        self.notice.dismiss()
        self._making(running=True)
        self._step.setText(_("Drawing and signing files on this computer"))
        folder = self._folder()
        cancel, desk = self._cancel, self._desk

        def work() -> tuple[list[Path], str]:
            paths = _present(desk, folder) or _made(desk, folder, cancel, self._told)
            desk.background.later(lambda: self._step.setText(words.registering()))
            return paths, _registered(desk, paths, cancel)

        desk.background.run(work, lambda done: self._made(*done, show), self._failed)

    def _folder(self) -> Path:
        chosen = self._desk.settings.sample_folder
        return Path(chosen) if chosen else self._desk.home.root / "sample-files"

    def _told(self, number: int, of: int, said: str) -> None:
        """In a thread: a step was reached."""

        def show() -> None:
            self._bar.setMaximum(of)
            self._bar.setValue(number - 1)
            self._step.setText(said)

        self._desk.background.later(show)

    def _made(self, paths: list[Path], why_not: str, show: str) -> None:
        from touchstone.check.samples import NAMES

        self._making(running=False)
        self._seen()
        self.samples_made.emit(paths, next((path for path in paths if path.name == NAMES[show]), None))
        if why_not:
            self.not_registered.emit(words.not_registered(why_not))

    def _failed(self, error: Exception) -> None:
        from touchstone.check.opening import Stopped
        from touchstone.check.samples import SamplesError

        self._making(running=False)
        if isinstance(error, SamplesError):
            self.notice.say(words.problem(str(error.failure), self._folder(), error.name))
        elif not isinstance(error, Stopped):
            self.notice.say(words.problem("cannot-make", self._folder()))

    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel.set()

    def _making(self, *, running: bool) -> None:
        self.samples.setVisible(not running)
        for row in self.examples.values():
            row.setEnabled(not running)
        self.stop.setVisible(running)
        self._bar.setVisible(running)
        self._bar.setMaximum(0)
        self._step.setVisible(running)

    def _seen(self) -> None:
        if self.welcome is not None:
            self.welcome.hide()
        if not self._desk.settings.first_run_done:
            self._desk.change_settings(dataclasses.replace(self._desk.settings, first_run_done=True))


class DropZone(QFrame):
    """A dashed frame: here things can be dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = style.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(t.control), 1.5, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(t.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), style.RADIUS, style.RADIUS)


class Welcome(QWidget):
    """Three short cards, shown until they are sent away."""

    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.addWidget(Text(_("Before you believe it"), Type.HEADLINE), 1)
        self.close_button = push_button(_("Got it"))
        self.close_button.clicked.connect(self._dismiss)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(head)
        cards = QHBoxLayout()
        cards.setSpacing(2 * GRID)
        for glyph, title, text in _cards():
            cards.addWidget(_card(glyph, title, text), 1)
        rows.addLayout(cards)

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()


def _cards() -> list[tuple[Glyph, str, str]]:
    return [
        (
            Glyph.SCALES,
            _("What is known, not a guess"),
            _("Who signed a file, whether it changed since, what it admits about itself. No score, no percentage."),
        ),
        (
            Glyph.CIRCLE_DASHED,
            _("“No proof” is not a verdict"),
            _("Most files carry no proof at all. That says nothing for or against them."),
        ),
        (
            Glyph.CLOUD_SLASH,
            _("Nothing is uploaded"),
            _("Files are read here, in closed processes. A check opens no network connection."),
        ),
    ]


def _examples() -> list[tuple[str, str, Glyph, str]]:
    """Code, title, icon and tone of the samples to begin with."""
    return [
        ("signed", _("A signed picture"), Glyph.PEN_NIB, "ink"),
        ("laundered", _("One signed twice"), Glyph.WARNING, "amber"),
        ("everyday", _("An everyday file"), Glyph.CIRCLE_DASHED, "stone"),
    ]


def _card(glyph: Glyph, title: str, text: str) -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    rows = column(2 * GRID, GRID)
    card.setLayout(rows)
    rows.addWidget(Icon(glyph, 24, "accent"))
    rows.addWidget(Text(title, Type.BODY, bold=True))
    rows.addWidget(Text(text, muted=True))
    rows.addStretch()
    return card


def _promise() -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(Icon(Glyph.SHIELD, 20, "muted"), 0, Qt.AlignmentFlag.AlignTop)
    words = _(
        "What never leaves this computer: your files, their names, their fingerprints, and what was found. The history"
        " is kept here alone, and you can turn it off."
    )
    row.addWidget(Text(words, Type.CAPTION, muted=True), 1)
    return made


def _present(desk: Desk, folder: Path) -> list[Path]:
    """The samples in `folder`, if all of them are there and are what they were."""
    from touchstone.check.samples import NAMES, SampleRecord

    record = SampleRecord.load(desk.home)
    paths = [folder / name for name in NAMES.values()]
    import hashlib

    try:
        for path in paths:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() not in record:
                    return []
    except OSError:
        return []
    return paths


def _made(desk: Desk, folder: Path, cancel: threading.Event, told: Callable[[int, int, str], None]) -> list[Path]:
    """Make the samples; the checker then knows them."""
    from touchstone.check.samples import NAMES, SampleStep, make_samples

    def on_step(step: SampleStep) -> None:
        told(step.number, step.of, words.step(step.number, step.of, NAMES[step.code]))

    made = make_samples(desk.home, folder, on_step, cancel, readme=words.readme(NAMES))
    desk.checker().refresh()
    return list(made.files.values())


def _registered(desk: Desk, paths: list[Path], cancel: threading.Event) -> str:
    """See to it that samples stand on the practice ledger; why not, as a code, where it refuses."""
    from touchstone.chain.errors import ChainError
    from touchstone.check.samples import NAMES
    from touchstone.check.samples_register import register_samples

    codes = {name: code for code, name in NAMES.items()}
    try:
        register_samples(desk.home, {codes[path.name]: path for path in paths}, cancel)
    except ChainError as error:
        return str(error.code)
    return ""
