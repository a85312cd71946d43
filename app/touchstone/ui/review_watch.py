"""Looks after one's votes while the window is open: says when it is one's turn, and opens what was agreed to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.ui import review_work

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QSystemTrayIcon

    from touchstone.chain.network import Network
    from touchstone.court.due import Task
    from touchstone.court.opening import Result
    from touchstone.court.vault import Kept
    from touchstone.ui.desk import Desk

_FIRST_MS, _EVERY_MS, _SOON_MS, _RETRY_MS = 2000, 60_000, 1500, 5000
_SYNC_S = 600.0  # how often nodes of a network are asked by themselves, where one has a seat or a sealed vote
_SHOWN_MS = 15_000


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to be told. `urgent` is whether waiting much longer would cost money, `kind` of a task, "" for none."""

    case: int
    title: str
    said: str
    urgent: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one has to do, and what was done by itself just now."""

    tasks: tuple[Task, ...] = ()
    done: tuple[Result, ...] = ()
    now: int = 0


class ReviewWatch(QObject):
    """`reminded` carries a `Reminder` once for each task, and again when it becomes urgent.

    `waiting` carries how many tasks have an end, `due` (kind, case) of all that is to be done; `did` has words about
    what was done by itself, and in which case. `case_asked` carries the case that was asked for outside of the window.
    """

    reminded = Signal(object)
    waiting = Signal(int)
    did = Signal(str, int)
    due = Signal(object)
    case_asked = Signal(int)

    def __init__(self, desk: Desk, icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._icon = desk, icon
        self._told: set[tuple[str, int, int, str, bool]] = set()
        self._looking = self._again = False
        self._synced = -_SYNC_S
        self._tray: QSystemTrayIcon | None = None
        self._asked_for = 0  # the case of the reminder that the tray shows
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_FIRST_MS)
        self._soon.timeout.connect(self.look)
        desk.register.changed.connect(self._changed)
        desk.register.keys_changed.connect(self._changed)
        desk.register.network_changed.connect(self._changed)

    def begin(self) -> None:
        """Look soon, and then every minute."""
        self._timer.start()
        self._soon.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._soon.stop()
        if self._tray is not None:
            self._tray.hide()

    def look(self) -> None:
        """Look now."""
        if self._looking:
            self._again = True
            return
        self._looking, desk = True, self._desk
        sync = time.monotonic() - self._synced >= _SYNC_S

        def then(seen: Seen) -> None:
            self._ended()
            if sync:
                self._synced = time.monotonic()
            self._tell(seen)

        self._desk.background.run(lambda: look(desk, sync=sync), then, self._failed)

    def notify(self, reminder: Reminder) -> None:
        """Tell it outside of the window, where the desktop has a place for that."""
        from PySide6.QtWidgets import QSystemTrayIcon

        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._icon, self)
            self._tray.setToolTip("Touchstone")
            self._tray.messageClicked.connect(lambda: self.case_asked.emit(self._asked_for))
            self._tray.activated.connect(lambda _reason: self.case_asked.emit(self._asked_for))
        self._tray.show()
        self._asked_for = reminder.case
        self._tray.showMessage(reminder.title, reminder.said, self._icon, _SHOWN_MS)

    def _changed(self) -> None:
        self._soon.start(_SOON_MS)

    def _failed(self, error: Exception) -> None:
        """It is looked at again soon: somebody else may have been at the ledger, or a node was away for a moment."""
        import logging

        logging.getLogger(__name__).warning("votes could not be looked after", exc_info=error)
        self._ended()
        self._soon.start(_RETRY_MS)

    def _ended(self) -> None:
        self._looking = False
        if self._again:
            self._again = False
            self._soon.start(_SOON_MS)

    def _tell(self, seen: Seen) -> None:
        self.due.emit({(str(task.kind), task.case) for task in seen.tasks})
        self.waiting.emit(sum(task.ends > 0 for task in seen.tasks))
        for result in seen.done:
            said = of_result(result)
            if said:
                self.did.emit(said, result.kept.case)
        for task in seen.tasks:
            if not task.ends or (task.sure and not task.missed_soon):
                continue
            key = (str(task.kind), task.case, task.round, task.account, task.missed_soon)
            if key not in self._told:
                self._told.add(key)
                self.reminded.emit(reminder_of(task, seen.now))
        if any(str(result.done) in {"opened", "sealed"} for result in seen.done):
            self._desk.register.changed.emit()


def look(desk: Desk, *, sync: bool) -> Seen:
    """What one has to do; before that, votes are opened that may be opened by themselves. For threads.

    Raises:
        ChainError, StoreError, VaultError: it cannot be found out now.
    """
    from touchstone.court import due
    from touchstone.registry.case_lookup import Cases

    network = desk.register.network()
    if not network.court or (network.practice and not desk.home.ledger.exists()):
        return Seen()
    keys = review_work.keys_of(desk)
    votes = [one for one in desk.register.vault().all(network.chain_id) if one.court == network.court.lower()]
    accounts = [key.address.lower() for key in keys]
    if not accounts and not votes:
        return Seen()
    review_work.catch_up(desk, network)
    cases = Cases(desk.home, network)
    try:
        seats = {held.case for account in accounts for held in cases.seats_of(account, unsettled=True)}
        if sync and not network.practice and (seats or votes):
            _follow(desk, network)
        done = _open(desk, network, votes)
        wanted = [case for number in sorted(seats) if (case := cases.get(number)) is not None]
        left = desk.register.vault().all(network.chain_id)
        now = review_work.clock(desk, network)
        return Seen(due.due(wanted, accounts, left, now, pauses=cases.pauses()), done, now)
    finally:
        cases.close()


def _follow(desk: Desk, network: Network) -> None:
    from touchstone.registry import mirror

    if network.consented or not network.public:
        mirror.sync(desk.home, network, desk.register.nodes())


def _open(desk: Desk, network: Network, votes: Sequence[Kept]) -> tuple[Result, ...]:
    """Open what may be opened by itself, each once."""
    from touchstone.court import opening
    from touchstone.registry import mirror

    agreed = {(one.case, one.voter) for one in votes if one.by_itself}
    if not agreed or (network.public and not network.consented):
        return ()
    register = desk.register
    done = opening.open_due(desk.home, network, register.nodes(), register.vault(), only=agreed)
    if any(str(one.done) in {"opened", "sealed"} for one in done) and network.practice:
        mirror.sync(desk.home, network)
    return done


def reminder_of(task: Task, now: int) -> Reminder:
    """A task as it is told."""
    kind = str(task.kind)
    title = _("{task}, case {number}").format(task=words.task_word(kind), number=task.case)
    said = [words.deadline(task.ends, now), words.task_sentence(kind)]
    if task.lost:
        said.append(_("This computer has not got what was sealed. The key can find out."))
    return Reminder(task.case, title, " · ".join(part for part in said if part), task.missed_soon, kind)


def of_result(result: Result) -> str:
    """What was done by itself, in words; "" for nothing to be told."""
    from touchstone.chain.errors import ChainError
    from touchstone.texts import votes
    from touchstone.ui import register_desk

    case = result.kept.case
    if str(result.done) == "opened" and result.hash:
        return _("Your vote in case {number} was opened by itself, as you wished.").format(number=case)
    if str(result.done) == "sealed":
        return _("Your sealed vote in case {number} was lost by the network, and handed in again.").format(number=case)
    if str(result.done) == "failed" and result.trouble is not None:
        error = result.trouble
        why = register_desk.why(error) if isinstance(error, ChainError) else votes.trouble(error)
        return _("Your vote in case {number} could not be opened by itself. {why}").format(number=case, why=why)
    return ""
