"""What is done in a case from its page: in threads, each transaction after the one sheet, with steps and a Stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.ui import case_sending
from touchstone.ui.case_forms import EvidenceForm
from touchstone.ui.forms import ask_path
from touchstone.ui.models_work import ModelsWork, Task
from touchstone.ui.signing import Deed, Signing
from touchstone.ui.trust_panel import Confirm

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.registry.court_types import Ballot
    from touchstone.ui.case_evidence import Item
    from touchstone.ui.case_page import CasePage
    from touchstone.ui.case_vote import OwnSeat
    from touchstone.ui.case_work import CaseView
    from touchstone.ui.desk import Desk


class CaseDeeds(QObject):
    """Acts for one page, one thing at a time."""

    def __init__(self, desk: Desk, page: CasePage) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self.signing = Signing(desk, page)
        self.work = ModelsWork(desk, self)
        self.form = EvidenceForm()
        self.confirm = Confirm()
        self.form.agreed.connect(lambda _none: self._hand_in())
        self.signing.stepped.connect(page.working.show_step)
        self.work.stepped.connect(page.working.show_step)
        self.signing.busy.connect(self._busy)
        self.work.busy.connect(self._busy)
        page.working.stopped.connect(self.stop)

    @property
    def running(self) -> bool:
        """Whether something is under way."""
        return self.signing.running() or self.work.running()

    def widgets(self) -> tuple[QWidget, ...]:
        """What is shown above the rest of a case where it is needed."""
        return self.confirm, self.form

    def back(self) -> bool:
        """Esc: away from a question or a form; false where there is none."""
        for widget in self.widgets():
            if not widget.isHidden():
                widget.hide()
                return True
        return False

    def stop(self) -> None:
        """Stop what is under way, as soon as that does no harm."""
        self.signing.stop()
        self.work.stop()

    # One's own seats

    def seal(self, own: OwnSeat, ballot: Ballot, by_itself: bool) -> None:  # noqa: FBT001 - a signal's argument
        """Seal a vote."""
        view = self._page.view
        if view is None:
            return
        desk, case = self._desk, view.case.id
        when = words.at(view.round.commit_ends, view.now)
        said = _("Your vote is sealed. It can be opened from {moment} on.").format(moment=when)
        if by_itself:
            said = _("Your vote is sealed. If Touchstone runs from {moment} on, it is opened by itself.").format(
                moment=when
            )
        self._send(own.key, lambda deed: case_sending.seal(desk, deed, case, ballot, by_itself=by_itself), said)

    def open_vote(self, own: OwnSeat) -> None:
        """Open a vote."""
        view, desk = self._page.view, self._desk
        if view is not None:
            case = view.case.id
            self._send(own.key, lambda deed: case_sending.open_vote(desk, deed, case), _("Your vote is open."))

    def recover(self, own: OwnSeat) -> None:
        """Find out from the key what was sealed."""
        view, desk = self._page.view, self._desk
        if view is not None:
            case = view.case.id
            said = _("The key has told what was sealed. It is kept on this computer again.")
            self._send(own.key, lambda deed: case_sending.recover(desk, deed, case), said)

    def unobtainable(self, own: OwnSeat) -> None:
        """Say that the file cannot be obtained."""
        view, desk = self._page.view, self._desk
        if view is not None:
            case = view.case.id
            said = _("It is on record that you could not obtain the file.")
            self._send(own.key, lambda deed: case_sending.unobtainable(desk, deed, case), said)

    # The case

    def advance(self) -> None:
        """Move the case on."""
        view, desk = self._page.view, self._desk
        if view is not None and view.keys:
            case = view.case
            self._send(self._page.key(), lambda deed: case_sending.advance(desk, deed, case), "")

    def fund(self, against: bool, amount: int) -> None:  # noqa: FBT001 - a signal's argument
        """Pay into an appeal."""
        view, desk = self._page.view, self._desk
        if view is not None:
            case = view.case.id
            said = _("It is paid in.")
            self._send(
                self._page.key(),
                lambda deed: case_sending.fund(desk, deed, case, against=against, amount=amount),
                said,
            )

    def settle(self) -> None:
        """Settle one's seats, and claim what one paid for appeals."""
        self._collect(case_sending.settle, _("It is settled. What is due to you can be withdrawn."))

    def withdraw(self) -> None:
        """Withdraw what the court holds."""
        self._collect(case_sending.withdraw, _("What the court held for you is in your account."))

    def skip(self, *, anyway: bool = False) -> None:
        """Practice: on to the next step."""
        view, desk = self._page.view, self._desk
        if view is None or self.running:
            return
        case = view.case.id

        def then(said: str) -> None:
            self._page.tell(said)
            desk.register.changed.emit()

        def otherwise(error: Exception) -> None:
            if str(getattr(error, "code", "")) in {"own-seal", "own-open"}:
                self._ask_anyway(str(error))
            else:
                self._page.refused(error)
            desk.register.changed.emit()

        if self.work.run(lambda task: case_sending.skip(desk, task, case, anyway=anyway), then, otherwise):
            self._page.working.show_step(_("Simulated reviewers look at what is due"))

    # Evidence

    def begin_evidence(self, *, reply: bool) -> None:
        """Ask for an item of evidence, or for a publisher's reply."""
        view = self._page.view
        if view is not None:
            self.form.begin(view, reply=reply)
            self._page.reveal(self.form)

    def fetch(self, item: Item) -> None:
        """Fetch an item from where the register says it is."""
        desk, network = self._desk, self._page.view.network if self._page.view is not None else None
        if network is None:
            return

        def work(task: Task) -> None:
            case_sending.fetch(desk, task, network, item)

        def then(_none: None) -> None:
            self._page.tell(_("It was fetched, and it is what the register names."))
            self._page.reload()

        if self.work.run(work, then, self._failed):
            self._page.working.show_step(_("Fetching the evidence"))

    def export(self, item: Item) -> None:
        """Save an item as the file that others fetch."""
        name = f"evidence-{item.entry.item[:12]}.zip"
        ask_path(self._page, _("Save the bundle"), lambda path: self.export_to(item, path), save_as=name)

    def export_to(self, item: Item, path: Path) -> None:
        """Write it."""
        desk = self._desk

        def then(said: str) -> None:
            self._page.tell(said)

        if self.work.run(lambda task: case_sending.export(desk, task, item, path), then, self._failed):
            self._page.working.show_step(_("Writing the bundle"))

    def hide_item(self, item: Item, hide: bool) -> None:  # noqa: FBT001 - a signal's argument
        """Remove an item from this computer, or let it be fetched again."""
        desk = self._desk

        def then(_none: None) -> None:
            self._page.reload()

        self.work.run(lambda _task: case_sending.hide(desk, item, hide=hide), then, self._failed)

    def _hand_in(self) -> None:
        wanted, view, desk = self.form.wanted(), self._page.view, self._desk
        if wanted is None or view is None:
            return
        case = view.case
        self._send(
            self._page.key() if wanted.publisher is None else self._page.key_for(wanted.publisher),
            lambda deed: case_sending.add_evidence(desk, deed, case, wanted),
            _("It was handed in. Put the bundle where its address says, so that others can fetch it."),
            self.form.hide,
        )

    # How

    def _collect(self, work: Callable[[Desk, Deed, CaseView], None], said: str) -> None:
        view, desk = self._page.view, self._desk
        if view is not None:
            self._send(self._page.key(), lambda deed: work(desk, deed, view), said)

    def _send(
        self, key: Key | None, work: Callable[[Deed], object], said: str, after: Callable[[], object] | None = None
    ) -> None:
        if key is None or self.running:
            return

        def then(told: object) -> None:
            if after is not None:
                after()
            self._page.tell(said or str(told))
            self._page.reload()
            self._desk.register.changed.emit()

        self.signing.run(key, work, then, self._failed)

    def _ask_anyway(self, code: str) -> None:
        said = (
            _("Your vote is not sealed yet. If you skip ahead now, your seat loses all that it locks.")
            if code == "own-seal"
            else _("Your vote is not open yet. If you skip ahead now, your seat loses all that it locks.")
        )
        self.confirm.ask(said, _("Skip ahead all the same"), lambda: self.skip(anyway=True))
        self._page.reveal(self.confirm)

    def _failed(self, error: Exception) -> None:
        self._page.refused(error)
        self._page.reload()

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy:
            self._page.notice.dismiss()
            self.confirm.hide()
            self._page.working.show_step(_("Trying it out"))
        else:
            self._page.working.end()
        self._page.enable(on=not busy)
