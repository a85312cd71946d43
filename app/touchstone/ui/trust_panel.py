"""Settings: the three trust lists, kept apart: what is on them, how old they are, and changing them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from touchstone.texts import _, credentials, formats, ngettext
from touchstone.texts import notices as words
from touchstone.texts.plain import plain
from touchstone.trust.lists import Slot, TrustList, TrustSnapshot, TrustStore
from touchstone.trust.releases import OFFICIAL_URLS
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Tone, Type


class TrustPanel(QWidget):
    """One section for each list. Nothing is fetched before the user has seen whom it would ask and has agreed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._store = TrustStore(desk.home.trust)
        self.snapshot = TrustSnapshot()
        self.notice = Notice()
        self.confirm = Confirm()
        self.sections = {slot: Section(slot) for slot in Slot}
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.confirm)
        for slot, section in self.sections.items():
            rows.addWidget(section)
            section.import_button.clicked.connect(lambda _checked=False, slot=slot: self._ask_file(slot))
        self.update_button = push_button(_("Update…"), Glyph.DOWNLOAD_SIMPLE)
        self.update_button.clicked.connect(self._ask_update)
        self.sections[Slot.OFFICIAL].add_button(self.update_button)
        self.reload()

    def reload(self) -> None:
        """Read the lists again."""
        self._desk.background.run(self._store.snapshot, self._show)

    def take_file(self, path: Path, slot: Slot) -> None:
        """Import a file onto a list."""

        def work() -> TrustList:
            from touchstone.trust.certificates import LARGEST

            with path.open("rb") as file:
                return self._store.add(file.read(LARGEST + 1), path.name, slot)

        def then(one: TrustList) -> None:
            said = ngettext(
                "{count} certificate taken from {name}.", "{count} certificates taken from {name}.", one.count
            )
            self._changed(said.format(count=formats.whole(one.count), name=plain(one.name)))

        self._desk.background.run(work, then, self._refused)

    def remove(self, one: TrustList) -> None:
        """Take a file's certificates off a list."""
        said = _("{name} was removed.").format(name=plain(one.name))
        self._desk.background.run(
            lambda: self._store.remove(one.sha256), lambda _was: self._changed(said), self._refused
        )

    def update_now(self) -> None:
        """Fetch the official lists: the user has agreed."""
        self.update_button.setEnabled(False)
        self.notice.say(_("Fetching the official lists…"), Tone.INK)

        def work() -> list[TrustList]:
            from touchstone.trust import update

            return update.update(self._store)

        def then(_taken: list[TrustList]) -> None:
            self.update_button.setEnabled(True)
            self._changed(_("The official lists are up to date."))

        def otherwise(error: Exception) -> None:
            self.update_button.setEnabled(True)
            self._refused(error)

        self._desk.background.run(work, then, otherwise)

    def _show(self, snapshot: TrustSnapshot) -> None:
        self.snapshot = snapshot
        for slot, section in self.sections.items():
            section.show_lists([one for one in snapshot.lists if one.slot is slot], self._ask_remove)
        if snapshot.damaged:
            names = ", ".join(plain(name, 60) for name in snapshot.damaged)
            self.notice.say(_("{names}: damaged, and not used. Import it again.").format(names=names))

    def _changed(self, said: str) -> None:
        self.notice.say(said, Tone.INK)
        self._desk.refresh_trust()
        self.reload()

    def _refused(self, error: Exception) -> None:
        from touchstone.trust.certificates import ListRefusedError
        from touchstone.trust.https import FetchError
        from touchstone.trust.lists import TrustError

        match error:
            case ListRefusedError():
                said = credentials.list_refusal(error.refusal)
            case FetchError():
                said = credentials.fetch_failure(error.failure, error.status)
            case TrustError():
                said = _("The lists could not be written ({why}).").format(why=words.trouble(error.trouble))
            case _:
                said = _("The file could not be read.")
        self.notice.say(said)

    def _ask_file(self, slot: Slot) -> None:
        dialog = QFileDialog(self.window(), _("Import a trust list"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([_("Trust lists (*.pem *.json *.crt *.cer *.der)"), _("All files (*)")])
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name), slot))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_update(self) -> None:
        host = OFFICIAL_URLS[0].split("/")[2]
        self.confirm.ask(
            _(
                "This asks {host} for the two official lists. It learns your network address and that somebody uses"
                " them, nothing about your files."
            ).format(host=host),
            _("Fetch from {host}").format(host=host),
            self.update_now,
        )

    def _ask_remove(self, one: TrustList) -> None:
        self.confirm.ask(
            _("Remove {name}? Signers that only this file vouches for become unknown.").format(name=plain(one.name)),
            _("Remove"),
            lambda: self.remove(one),
        )


class Confirm(QFrame):
    """A question in place, the safe answer focused."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.setProperty("tone", Tone.AMBER.value)
        self._call: Callable[[], None] | None = None
        self._text = Text()
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button("")
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch()
        row.addWidget(self.agree)
        row.addWidget(self.cancel)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, GRID + 4, 2 * GRID, GRID + 4)
        rows.setSpacing(GRID)
        rows.addWidget(self._text)
        rows.addLayout(row)
        self.cancel.clicked.connect(self.hide)
        self.agree.clicked.connect(self._agreed)
        self.hide()

    def ask(self, question: str, yes: str, call: Callable[[], None]) -> None:
        """Put a question; `call` runs where the answer is `yes`."""
        self._call = call
        self._text.setText(question)
        self.setAccessibleName(question)
        self.agree.setText(yes)
        self.agree.setAccessibleName(yes)
        self.show()
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _agreed(self) -> None:
        self.hide()
        if self._call is not None:
            self._call()


class Section(QFrame):
    """One list: what it is, the files on it, a way to add one."""

    def __init__(self, slot: Slot) -> None:
        super().__init__()
        self.setObjectName("card")
        title, about = _about(slot)
        rows = column(2 * GRID, GRID)
        self.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(Text(title, Type.BODY, bold=True, wrap=False), 1)
        self._buttons = head
        self.import_button = push_button(_("Import file…"), Glyph.FILE_PLUS)
        self.import_button.setAccessibleName(_("Import a file onto: {list}").format(list=title))
        head.addWidget(self.import_button)
        rows.addLayout(head)
        rows.addWidget(Text(about, muted=True))
        self._lists = column(0, GRID)
        rows.addLayout(self._lists)

    def add_button(self, button: QWidget) -> None:
        """One more button beside the import."""
        self._buttons.insertWidget(1, button)

    def show_lists(self, lists: list[TrustList], remove: Callable[[TrustList], None]) -> None:
        """Show the files on this list."""
        while (item := self._lists.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for one in lists:
            self._lists.addWidget(line())
            self._lists.addWidget(_entry(one, remove))
        if not lists:
            self._lists.addWidget(line())
            self._lists.addWidget(Text(_("Nothing on this list yet."), muted=True))


def _entry(one: TrustList, remove: Callable[[TrustList], None]) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    said = column(0, 4)
    name = plain(one.name, 100)
    said.addWidget(Text(name))
    said.addWidget(Text(_facts(one), Type.CAPTION, muted=True))
    for warning in _warnings(one):
        label = Text(warning, Type.CAPTION)
        label.set_tone(Tone.AMBER)
        said.addWidget(label)
    row.addLayout(said, 1)
    button = push_button(_("Remove"), quiet=True)
    button.setAccessibleName(_("Remove {name}").format(name=name))
    button.clicked.connect(lambda: remove(one))
    row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return made


def _facts(one: TrustList) -> str:
    parts = [ngettext("{count} certificate", "{count} certificates", one.count).format(count=formats.whole(one.count))]
    if one.time_stamps:
        parts.append(_("for time stamps"))
    if one.expired:
        parts.append(_("{count} expired").format(count=formats.whole(one.expired)))
    if one.issued:
        parts.append(_("issued {day}").format(day=formats.day(one.issued)))
    if one.next_update:
        parts.append(_("next update due {day}").format(day=formats.day(one.next_update)))
    parts.append(_("taken {day}").format(day=formats.day(one.imported)))
    return " · ".join(parts)


def _warnings(one: TrustList) -> list[str]:
    found = []
    if one.overdue():
        found.append(_("Out of date: a newer list should have been published. Update it."))
    if one.slot is not Slot.YOURS and not one.recognised:
        found.append(_("Not a release that this version knows by its hash. Make sure where it came from."))
    return found


def _about(slot: Slot) -> tuple[str, str]:
    return {
        Slot.OFFICIAL: (
            _("Official C2PA list"),
            _("Signers that the C2PA's conformance programme admits, and its time-stamp authorities."),
        ),
        Slot.INTERIM: (
            _("Interim list"),
            _("Signers known before the official list; frozen on 1 January 2026. Reports name it as what it is."),
        ),
        Slot.YOURS: (
            _("Your list"),
            _("Certificates you decide to rely on: your own newsroom, a partner, a camera maker."),
        ),
    }[slot]
