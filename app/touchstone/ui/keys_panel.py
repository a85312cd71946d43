"""Settings: the keys that sign for you: listed, made, imported, locked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from touchstone.texts import _, formats
from touchstone.texts.plain import plain
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.forms import FileField, buttons, card, clear, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line, push_button
from touchstone.ui.notes import Hash, Notice
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key

_LOCK_AFTER = (0, 60, 300, 900, 3600)
_LARGEST = 64 * 1024  # bytes of a key file that is imported


class KeysPanel(QWidget):
    """The keys of this user. A key never leaves its file but to sign, and its password is asked for each time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._keys: tuple[Key, ...] = ()
        self.notice = Notice()
        self.form = KeyForm()
        self.new_button = push_button(_("New key…"), Glyph.PLUS)
        self.import_button = push_button(_("Import a key…"), Glyph.FILE_PLUS)
        self.lock_button = push_button(_("Lock all keys now"), Glyph.LOCK_SIMPLE)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        frame, inside = card()
        rows.addWidget(frame)
        self._list = column(0, GRID)
        inside.addLayout(self._list)
        inside.addWidget(line())
        inside.addLayout(self._timer_row())
        inside.addLayout(buttons(self.new_button, self.import_button, self.lock_button, trailing=False))
        rows.addWidget(self.form)
        self.new_button.clicked.connect(lambda: self.form.begin(importing=False))
        self.import_button.clicked.connect(lambda: self.form.begin(importing=True))
        self.lock_button.clicked.connect(self.lock)
        self.form.agree.clicked.connect(self._keep)
        desk.register.keys_changed.connect(self.reload)
        desk.register.locks_changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Read the keys again."""
        register, home = self._desk.register, self._desk.home

        def work() -> list[tuple[Key, bool]]:
            from touchstone.chain import keystore

            return [(key, not key.damaged and register.is_locked(key)) for key in keystore.keys(home)]

        self._desk.background.run(work, self._show, self._refused)

    def lock(self) -> None:
        """Lock every key now, in every window and command."""

        def then(_none: None) -> None:
            self.notice.say(_("All keys are locked."), Tone.INK)
            self._desk.register.locks_changed.emit()

        self._desk.background.run(self._desk.register.lock, then, self._refused)

    def _show(self, found: list[tuple[Key, bool]]) -> None:
        clear(self._list)
        for number, (key, locked) in enumerate(found):
            if number:
                self._list.addWidget(line())
            self._list.addWidget(_entry(key, locked=locked))
        if not found:
            said = _("No key yet. One is made together with a publisher, or here.")
            self._list.addWidget(Text(said, muted=True))
        self.lock_button.setEnabled(any(not locked for _key, locked in found))

    def _timer_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        name = Text(_("A key stays open for"), wrap=False)
        name.setMinimumWidth(176)
        self.timer = Choice()
        self.timer.setAccessibleName(_("A key stays open for"))
        self.timer.setFixedWidth(176)
        now = self._desk.settings.lock_seconds
        for seconds in sorted({*_LOCK_AFTER, now}):
            self.timer.addItem(_duration(seconds), seconds)
        self.timer.setCurrentIndex(self.timer.findData(now))
        self.timer.currentIndexChanged.connect(lambda _row: self._use_timer(int(self.timer.currentData())))
        row.addWidget(name)
        row.addWidget(self.timer)
        row.addStretch()
        return row

    def _use_timer(self, seconds: int) -> None:
        self._desk.change_settings(dataclasses.replace(self._desk.settings, lock_seconds=seconds))

    def _keep(self) -> None:
        asked = self.form.value()
        if asked is None:
            return
        home = self._desk.home

        def work() -> Key:
            from touchstone.chain import keystore

            if asked.material is None:
                return keystore.new(home, asked.name, asked.password)
            return keystore.take(home, asked.name, asked.material(), asked.password)

        def then(key: Key) -> None:
            self.form.end()
            said = _("The key {name} was kept. Its password cannot be recovered: write it down, or make a backup.")
            self.notice.say(said.format(name=plain(key.name)), Tone.INK)
            self._desk.register.keys_changed.emit()

        def otherwise(error: Exception) -> None:
            self.form.refuse(_("The file could not be read.") if isinstance(error, OSError) else why(error))

        self.form.busy()
        self._desk.background.run(work, then, otherwise)

    def _refused(self, error: Exception) -> None:
        self.notice.say(why(error))


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for: a new key, or the one that `material` gives."""

    name: str
    password: str = dataclasses.field(repr=False)
    material: Callable[[], str] | None = dataclasses.field(default=None, repr=False)


class KeyForm(QFrame):
    """Asks for a name and a password, and for the key where one is imported. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._importing = False
        self.notice = Notice(closable=False)
        self._title = Text("", Type.BODY, bold=True)
        self.name = field(_("Name of the key"), hint=_("For example: newsroom"))
        self.password = field(_("Password"), secret=True)
        self.again = field(_("Password again"), secret=True)
        self.file = FileField(_("Choose the key file"), [_("Key files (*.json *.txt)"), _("All files (*)")])
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Keep the key"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self._title)
        rows.addLayout(labelled(_("Name"), self.name))
        self._source, self._twice = QWidget(), QWidget()
        self._source.setLayout(
            labelled(
                _("Key file"), self.file, _("A keystore of another wallet, or a text file with the key in hexadecimal.")
            )
        )
        self._twice.setLayout(labelled(_("Password again"), self.again))
        rows.addWidget(self._source)
        about = _("At least 8 characters. Whoever has the key file and the password can act for you.")
        rows.addLayout(labelled(_("Password"), self.password, about))
        rows.addWidget(self._twice)
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.end)
        self.again.returnPressed.connect(self.agree.click)
        self.hide()

    def begin(self, *, importing: bool) -> None:
        """Ask for a new key, or for one to import."""
        self._importing = importing
        self._title.setText(_("Import a key") if importing else _("New key"))
        self._source.setVisible(importing)
        self._twice.setVisible(not importing)
        self.notice.hide()
        self.agree.setEnabled(True)
        self.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Forget what was typed, and go."""
        for line_edit in (self.name, self.password, self.again):
            line_edit.clear()
        self.file.use(None)
        self.hide()

    def busy(self) -> None:
        """It is being kept."""
        self.agree.setEnabled(False)
        self.notice.say(_("Encrypting the key; this takes a second or two…"), Tone.INK)

    def refuse(self, words: str) -> None:
        """Say what is wrong."""
        self.agree.setEnabled(True)
        self.notice.say(words)

    def value(self) -> Asked | None:
        """What was typed; None, and a word about it, where something is missing."""
        name, password, path = self.name.text().strip(), self.password.text(), self.file.path()
        if not name:
            self.refuse(_("Give the key a name."))
        elif not self._importing and password != self.again.text():
            self.refuse(_("The two passwords differ."))
        elif self._importing and path is None:
            self.refuse(_("Choose the key file."))
        else:
            material = _reader(path) if self._importing and path is not None else None
            return Asked(name, password, material)
        return None


def _reader(path: Path) -> Callable[[], str]:
    def read() -> str:
        with path.open("rb") as file:
            return file.read(_LARGEST + 1).decode("utf-8", "replace")

    return read


def _entry(key: Key, *, locked: bool) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID + 4)
    glyph, shade, said = _state(key, locked=locked)
    row.addWidget(Icon(glyph, 20, shade), 0, Qt.AlignmentFlag.AlignTop)
    words = column(0, 4)
    words.addWidget(Text(plain(key.name, 60), bold=True))
    if key.address:
        words.addWidget(Hash(key.address, _("address")))
    label = Text(said, Type.CAPTION, muted=shade == "muted")
    if shade == "amber":
        label.set_tone(Tone.AMBER)
    words.addWidget(label)
    row.addLayout(words, 1)
    return made


def _state(key: Key, *, locked: bool) -> tuple[Glyph, str, str]:
    if key.damaged:
        return Glyph.WARNING, "amber", _("This file is no key, or is damaged. It is not used.")
    if key.exposed:
        return Glyph.WARNING, "amber", _("Others on this computer can read the file. It is not used until they cannot.")
    if key.url:
        return Glyph.KEY, "muted", _("In a signer outside: {url}").format(url=plain(key.url, 80))
    made = _("made {day}").format(day=formats.day(key.created)) if key.created else ""
    state = _("Locked") if locked else _("Open")
    said = _("{state} · {made}").format(state=state, made=made) if made else state
    return (Glyph.LOCK_SIMPLE if locked else Glyph.LOCK_OPEN), "muted", said


def _duration(seconds: int) -> str:
    if seconds == 0:
        return _("One signature")
    if seconds < 60 or seconds % 60:
        return _("{count} seconds").format(count=seconds)
    if seconds == 60:
        return _("1 minute")
    return _("{count} minutes").format(count=seconds // 60)
