"""Settings: all that cannot be made again in one encrypted file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from touchstone.texts import _, ngettext
from touchstone.texts import backup as words
from touchstone.texts.plain import plain
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.forms import ask_path, buttons, card, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.style import GRID, Tone
from touchstone.ui.trust_panel import Confirm

if TYPE_CHECKING:
    from touchstone.store.backup import Contents, Restored

_SHORTEST = 8
_NAMED = 6  # files that are named where they would be replaced


class BackupPanel(QWidget):
    """Making a backup, and restoring one. What a backup would replace is said before anything is touched."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._kept: Path | None = None
        self.notice = Notice()
        self.confirm = Confirm()
        self.form = PasswordForm()
        self.create_button = push_button(_("Make a backup…"), Glyph.ARCHIVE_BOX)
        self.restore_button = push_button(_("Restore a backup…"), Glyph.ARROW_COUNTER_CLOCKWISE)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.confirm)
        frame, inside = card()
        rows.addWidget(frame)
        about = _(
            "Keys, settings, the history, records of what you published and the practice ledger, in one file that is"
            " encrypted with a password of its own. Keep it on another disk."
        )
        inside.addWidget(Text(about, muted=True))
        inside.addLayout(buttons(self.create_button, self.restore_button, trailing=False))
        rows.addWidget(self.form)
        self.create_button.clicked.connect(self._ask_create)
        self.restore_button.clicked.connect(self._ask_restore)
        self.form.agree.clicked.connect(self._agreed)
        self.notice.action.clicked.connect(self._show_kept)

    def create_at(self, path: Path) -> None:
        """Ask for a password, then write a backup to `path`."""
        self.form.begin(path, restoring=False)

    def restore_from(self, path: Path) -> None:
        """Ask for the password, then say what would be replaced; `_put` does it."""

        def work() -> None:
            from touchstone.store import backup

            backup.look(path)

        self._desk.background.run(work, lambda _none: self.form.begin(path, restoring=True), self._refused)

    def _agreed(self) -> None:
        asked = self.form.value()
        if asked is None:
            return
        path, password = asked
        self.form.busy()
        if self.form.restoring:
            self._look_into(path, password)
        else:
            self._create(path, password)

    def _create(self, path: Path, password: str) -> None:
        home = self._desk.home

        def work() -> Contents:
            from touchstone.store import backup

            return backup.create(home, path, password, replace=True)  # the dialog has asked already

        def then(contents: Contents) -> None:
            self.form.end()
            self._kept = path
            self.notice.say(
                _("Kept as {path}. {contents}. Without its password nobody can open it, you neither.").format(
                    path=plain(path, 300), contents=_in_a_line(contents)
                ),
                Tone.INK,
                _("Show in folder"),
            )

        self._desk.background.run(work, then, self._form_refused)

    def _look_into(self, path: Path, password: str) -> None:
        home = self._desk.home

        def work() -> tuple[Contents, tuple[str, ...]]:
            from touchstone.store import backup

            with backup.opened(home, path, password) as staged:
                return staged.contents, staged.replaced()

        def then(found: tuple[Contents, tuple[str, ...]]) -> None:
            self.form.end()
            self._ask_put(path, password, *found)

        self._desk.background.run(work, then, self._form_refused)

    def _ask_put(self, path: Path, password: str, contents: Contents, replaced: tuple[str, ...]) -> None:
        said = _in_a_line(contents)
        if replaced:
            named = ", ".join(plain(name, 60) for name in replaced[:_NAMED])
            count = len(replaced)
            more = ngettext(
                "{count} file here is replaced ({names}).", "{count} files here are replaced ({names}).", count
            )
            said = _("{contents}. {more} What stands there now is kept in a folder beside.").format(
                contents=said, more=more.format(count=count, names=named)
            )
        else:
            said = _("{contents}. Nothing here is replaced.").format(contents=said)
        self.confirm.ask(said, _("Restore it"), lambda: self._put(path, password))

    def _put(self, path: Path, password: str) -> None:
        desk = self._desk
        self._enable(on=False)
        self.notice.say(_("Restoring…"), Tone.INK)

        def work() -> Restored:
            from touchstone.store import backup

            with backup.opened(desk.home, path, password) as staged:
                desk.let_go()
                return staged.put()

        def then(restored: Restored) -> None:
            self._enable(on=True)
            self._kept = desk.home.root / restored.aside if restored.aside else None
            desk.take_up()
            said = _("The backup was restored.")
            if self._kept is not None:
                said = _("The backup was restored. What stood in its place is in {path}.").format(
                    path=plain(self._kept, 300)
                )
            self.notice.say(said, Tone.INK, _("Show in folder") if self._kept is not None else "")

        def otherwise(error: Exception) -> None:
            self._enable(on=True)
            desk.take_up()
            self._refused(error)

        desk.background.run(work, then, otherwise)

    def _ask_create(self) -> None:
        ask_path(self, _("Make a backup"), self.create_at, save_as="touchstone.backup")

    def _ask_restore(self) -> None:
        ask_path(self, _("Restore a backup"), self.restore_from)

    def _enable(self, *, on: bool) -> None:
        self.create_button.setEnabled(on)
        self.restore_button.setEnabled(on)

    def _form_refused(self, error: Exception) -> None:
        self.form.refuse(_why(error))

    def _refused(self, error: Exception) -> None:
        self.notice.say(_why(error))

    def _show_kept(self) -> None:
        if self._kept is not None:
            show_folder(self._kept)


class PasswordForm(QFrame):
    """Asks for the password of a backup. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.restoring = False
        self._path = Path()
        self.notice = Notice(closable=False)
        self._title = Text("", bold=True)
        self._where = Text("", muted=True)
        self.password = field(_("Password of the backup"), secret=True)
        self.again = field(_("Password again"), secret=True)
        self._twice = QWidget()
        self._twice.setLayout(labelled(_("Password again"), self.again))
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Go on"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(self._title)
        rows.addWidget(self._where)
        rows.addLayout(labelled(_("Password of the backup"), self.password))
        rows.addWidget(self._twice)
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.end)
        self.password.returnPressed.connect(self._go_on)
        self.again.returnPressed.connect(self.agree.click)
        self.hide()

    def begin(self, path: Path, *, restoring: bool) -> None:
        """Ask."""
        self._path, self.restoring = path, restoring
        self._title.setText(_("Restore a backup") if restoring else _("Make a backup"))
        self._where.setText(plain(path, 300))
        self._twice.setVisible(not restoring)
        self.notice.hide()
        self.agree.setEnabled(True)
        self.show()
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Forget what was typed, and go."""
        self.password.clear()
        self.again.clear()
        self.hide()

    def busy(self) -> None:
        """It is being done."""
        self.agree.setEnabled(False)
        words_ = _("Reading the backup…") if self.restoring else _("Writing the backup…")
        self.notice.say(words_, Tone.INK)

    def refuse(self, said: str) -> None:
        """Say what is wrong."""
        self.agree.setEnabled(True)
        self.notice.say(said)

    def value(self) -> tuple[Path, str] | None:
        """The file and the password; None, and a word about it, where that makes no sense."""
        password = self.password.text()
        if not self.restoring and len(password) < _SHORTEST:
            self.refuse(words.trouble("weak-password"))
        elif not self.restoring and password != self.again.text():
            self.refuse(_("The two passwords differ."))
        else:
            return self._path, password
        return None

    def _go_on(self) -> None:
        if self.restoring:
            self.agree.click()
        else:
            self.again.setFocus(Qt.FocusReason.TabFocusReason)


def _in_a_line(contents: Contents) -> str:
    return " · ".join(
        _("{label}: {value}").format(label=label, value=value) for label, value in words.contents(contents)
    )


def _why(error: Exception) -> str:
    return words.trouble(getattr(error, "code", ""))
