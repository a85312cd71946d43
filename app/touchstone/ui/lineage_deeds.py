"""What can be done with the lineage of a model: asked about an item, exported, registered, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from touchstone.texts import _
from touchstone.texts import lineage_deeds as words
from touchstone.texts.plain import plain
from touchstone.ui import lineage_deeds_work
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.forms import ask_path
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import push_button
from touchstone.ui.lineage_forms import ACTIVE, REVOKED, RegisterForm, StatusForm
from touchstone.ui.lineage_item import ItemForm
from touchstone.ui.lineage_who import Name
from touchstone.ui.lineage_work import Looked, Subject
from touchstone.ui.models_work import ModelsWork
from touchstone.ui.notes import Notice
from touchstone.ui.progress import Working
from touchstone.ui.signing import Deed, Signing
from touchstone.ui.style import Tone

if TYPE_CHECKING:
    from touchstone.registry.model_types import ModelEntry


class LineageDeeds(QObject):
    """Forms and messages (`widgets`), and the buttons that open them. `publisher_asked`: see the page."""

    publisher_asked = Signal()

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._subject: Subject | None = None
        self._looked: Looked | None = None
        self._names: tuple[Name, ...] = ()
        self._saved: Path | None = None
        self.signing = Signing(desk, page)
        self.work = ModelsWork(desk, self)
        self.notice = Notice()
        self.working = Working(_("Working on the register"))
        self.register_form, self.status_form = RegisterForm(), StatusForm()
        self.item_form = ItemForm(desk)
        self.item_button = push_button(_("Is this item in its data?"))
        self.bundle_button = push_button(_("Export the audit bundle…"), Glyph.EXPORT)
        self.register_button = push_button(_("Register…"), Glyph.BOOK_BOOKMARK)
        self.register_button.setAccessibleName(_("Register this model"))
        self.withdraw_button = push_button(_("Withdraw…"), Glyph.PROHIBIT)
        self.withdraw_button.setAccessibleName(_("Withdraw this model"))
        for widget in (*self.buttons, *self.widgets):
            widget.setParent(page)  # until it gets its place: one that stands alone would be a window of its own
        self._connect()
        self.use(None, None)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons that belong to it."""
        return self.item_button, self.bundle_button, self.register_button, self.withdraw_button

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """What stands above the picture, one below the other."""
        return self.notice, self.working, *self._forms

    @property
    def _forms(self) -> tuple[RegisterForm, StatusForm, ItemForm]:
        return self.register_form, self.status_form, self.item_form

    def use(self, subject: Subject | None, looked: Looked | None) -> None:
        """Another model is shown, or something new is known of it."""
        if subject != self._subject:
            self.notice.dismiss()
            for form in self._forms:
                form.hide()
        self._subject, self._looked = subject, looked
        self.item_form.use(subject)
        self._refresh()

    def offer(self, found: tuple[Name, ...]) -> None:
        """The names that the user can act in."""
        self._names = found
        self._refresh()

    def back(self) -> bool:
        """Esc: away from a form; false where there was nothing to leave."""
        for form, button in zip(
            self._forms, (self.register_button, self.withdraw_button, self.item_button), strict=True
        ):
            if not form.isHidden():
                form.hide()
                button.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    def close_down(self) -> None:
        """The window closes."""
        self.signing.stop()
        self.work.stop()
        self.item_form.close_down()

    def _connect(self) -> None:
        self.item_button.clicked.connect(lambda _checked: self._open(self.item_form, self.item_form.begin))
        self.bundle_button.clicked.connect(lambda _checked: self._ask_where())
        self.register_button.clicked.connect(lambda _checked: self._ask_register())
        self.withdraw_button.clicked.connect(lambda _checked: self._ask_withdraw())
        self.register_form.agree.clicked.connect(lambda _checked: self._register())
        self.status_form.agree.clicked.connect(lambda _checked: self._withdraw())
        self.notice.action.clicked.connect(lambda _checked: self._act())
        for signal in (self.signing.stepped, self.work.stepped):
            signal.connect(self.working.show_step)
        for busy in (self.signing.busy, self.work.busy):
            busy.connect(self._busy)
        self.working.stopped.connect(self._stop)

    # What can be done

    def _entry(self) -> ModelEntry | None:
        return None if self._looked is None else self._looked.known.entry

    def _mine(self) -> Name | None:
        """Whose name the model is registered in, where that is one of the user's."""
        entry = self._entry()
        if entry is None:
            return None
        return next((name for name in self._names if name.publisher == entry.owner), None)

    def _refresh(self) -> None:
        looked, free = self._looked, not self.signing.running() and not self.work.running()
        entry = self._entry()
        mine = self._mine()
        sound = looked is not None and looked.known.record is not None
        shown = self._subject is not None
        for button in (self.item_button, self.bundle_button):
            button.setVisible(shown)
        self.bundle_button.setEnabled(free and looked is not None)
        self.register_button.setVisible(shown and entry is None)
        self.register_button.setEnabled(free and sound)
        self.withdraw_button.setVisible(mine is not None)
        self.withdraw_button.setEnabled(free and entry is not None and int(entry.status) != REVOKED)

    def _open(self, form: QWidget, begin: Callable[[], None]) -> None:
        for other in self._forms:
            if other is not form:
                other.hide()
        self.notice.dismiss()
        begin()

    def _ask_register(self) -> None:
        if self._subject is None:
            return
        if not self._names:
            self.notice.say(words.no_publisher(), Tone.AMBER, _("Become a publisher"))
            return
        title = words.register_title(self._title())
        self._open(self.register_form, lambda: self.register_form.begin(title, self._names))

    def _ask_withdraw(self) -> None:
        entry, form, about = self._entry(), self.status_form, words.withdrawing_means()
        if entry is not None:
            title, now = words.withdraw_title(self._title()), int(entry.status)
            self._open(form, lambda: form.ask(title, about, now))

    def _title(self) -> str:
        subject = self._subject
        if subject is None:
            return ""
        return plain(subject.manifest.title if subject.manifest is not None else subject.id, 120)

    # What happens

    def _register(self) -> None:
        subject, name, desk = self._subject, self.register_form.names.chosen(), self._desk
        uri = self.register_form.uri.text().strip()
        if subject is None or name is None:
            return
        self.register_form.hide()
        self.signing.run(
            name.key,
            lambda deed: lineage_deeds_work.register(desk, deed, subject, name, uri),
            lambda _none: self._say(words.was_registered(), Tone.INK),
            self._refused,
        )

    def _withdraw(self) -> None:
        mine, desk, form = self._mine(), self._desk, self.status_form
        entry = self._entry()
        if mine is None or entry is None:
            return
        form.hide()
        model, status, reason = entry.model, form.status(), form.chosen()

        def work(deed: Deed) -> None:
            lineage_deeds_work.set_status(desk, deed, model, status, reason)

        said = {REVOKED: words.was_withdrawn, ACTIVE: words.was_activated}.get(status, words.was_deprecated)()
        self.signing.run(mine.key, work, lambda _none: self._say(said, Tone.INK), self._refused)

    def _ask_where(self) -> None:
        if self._looked is not None:
            name = lineage_deeds_work.bundle_name(self._looked.subject, self._desk.settings.report_folder)
            title = _("Export the audit bundle")
            ask_path(self._page, title, self.export, filters=[_("Audit bundle (*.zip)")], save_as=name)

    def export(self, path: Path) -> None:
        """Write the audit bundle of the model that is shown."""
        looked, desk = self._looked, self._desk
        if looked is None:
            return
        self.notice.dismiss()

        def then(target: Path) -> None:
            self._say(_("Saved as {path}").format(path=plain(target, 300)), Tone.INK, saved=target)

        self.work.run(lambda task: lineage_deeds_work.export(desk, looked, path, task), then, self._refused)

    def _say(self, said: str, tone: Tone = Tone.AMBER, saved: Path | None = None) -> None:
        self._saved = saved
        self.notice.say(said, tone, _("Show in folder") if saved is not None else "")

    def _act(self) -> None:
        if self._saved is not None:
            show_folder(self._saved)
        else:
            self.publisher_asked.emit()

    def _refused(self, error: Exception) -> None:
        said = lineage_deeds_work.why(error)
        if said:
            self._say(said)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self.working.show_step(_("Trying it out") if self.signing.running() else _("Packing the bundle"))
        elif not self.signing.running() and not self.work.running():
            self.working.end()
        self._refresh()

    def _stop(self) -> None:
        self.signing.stop()
        self.work.stop()
