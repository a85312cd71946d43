"""Settings: the practice ledger: how it stands, moving its time forward, beginning again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.forms import buttons, card
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Tone
from touchstone.ui.trust_panel import Confirm

HOUR, DAY, WEEK = 3600, 86_400, 604_800
_LOOK_MS = 3000  # another window or a command may write to it


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger stands, read without its engine. `time` and `ahead` are seconds, `bytes` those on the disk."""

    block: int
    time: int
    ahead: int
    transactions: int
    bytes: int


class LedgerPanel(QWidget):
    """The practice ledger of this computer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._copy: Path | None = None
        self.notice = Notice()
        self.confirm = Confirm()
        self.status = Text("", muted=True)
        self.skips: dict[int, QPushButton] = {}
        self.reset_button = push_button(_("Begin again…"), Glyph.TRASH)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.confirm)
        frame, inside = card()
        rows.addWidget(frame)
        inside.addWidget(self.status)
        inside.addWidget(line())
        inside.addLayout(self._skip_row())
        inside.addLayout(buttons(self.reset_button, trailing=False))
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.reload)
        self.reset_button.clicked.connect(self._ask_reset)
        self.notice.action.clicked.connect(self._show_copy)
        desk.register.changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Look at the ledger again."""
        path = self._desk.home.ledger
        self._desk.background.run(lambda: standing(path), self._show, self._refused)

    def skip(self, seconds: int) -> None:
        """Move ledger time forward."""

        def then(_time: int) -> None:
            self._enable(on=True)
            self.notice.say(_("Ledger time was moved forward by {time}.").format(time=_span(seconds)), Tone.INK)
            self._desk.register.changed.emit()

        self._enable(on=False)
        register = self._desk.register
        self._desk.background.run(lambda: register.ledger().skip(seconds), then, self._refused)

    def reset(self) -> None:
        """Begin again: the user has agreed."""

        def then(copy: Path | None) -> None:
            self._copy = copy
            self._enable(on=True)
            said = _("The practice ledger was begun again. What it held was kept as {path}.")
            self.notice.say(said.format(path=plain(copy or "", 300)), Tone.INK, _("Show in folder"))
            self._desk.register.changed.emit()

        self._enable(on=False)
        self.notice.say(_("Keeping a copy and beginning again…"), Tone.INK)
        register, home = self._desk.register, self._desk.home

        def work() -> Path | None:
            from touchstone.chain.network import PRACTICE_CHAIN_ID
            from touchstone.court.practice import forget_votes
            from touchstone.store.publish_journal import end_jobs

            copy = register.ledger().reset()
            end_jobs(home, PRACTICE_CHAIN_ID)
            forget_votes(home, PRACTICE_CHAIN_ID)
            return copy

        self._desk.background.run(work, then, self._refused)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _skip_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(Text(_("Skip ahead in time"), wrap=False))
        for seconds, name in ((HOUR, _("1 hour")), (DAY, _("1 day")), (WEEK, _("7 days"))):
            button = push_button(name, Glyph.FAST_FORWARD)
            button.setAccessibleName(_("Skip ahead: {time}").format(time=name))
            button.clicked.connect(lambda _checked=False, seconds=seconds: self.skip(seconds))
            self.skips[seconds] = button
            row.addWidget(button)
        row.addStretch()
        return row

    def _show(self, found: Standing | None) -> None:
        if found is None:
            self.status.setText(_("Not begun yet. It begins with the first thing that is put on it."))
        else:
            self.status.setText(_said(found))
        self.reset_button.setEnabled(found is not None)

    def _ask_reset(self) -> None:
        question = _(
            "Begin again? Publishers and registrations on the practice ledger are gone then; a copy of it is kept."
            " Your keys, files and reports stay."
        )
        self.confirm.ask(question, _("Keep a copy and begin again"), self.reset)

    def _show_copy(self) -> None:
        if self._copy is not None:
            show_folder(self._copy)

    def _enable(self, *, on: bool) -> None:
        for button in (*self.skips.values(), self.reset_button):
            button.setEnabled(on)

    def _refused(self, error: Exception) -> None:
        self._enable(on=True)
        self.notice.say(why(error))


def standing(path: Path) -> Standing | None:
    """How the ledger at `path` stands; None where there is none yet. For threads.

    Raises:
        ChainError: it cannot be read.
    """
    from touchstone.chain.ledger_store import LedgerReader

    reader = LedgerReader(path)
    try:
        head = reader.head()
        if head is None:
            return None
        files = [Path(f"{path}{suffix}") for suffix in ("", "-wal")]
        return Standing(
            block=head.number,
            time=head.timestamp,
            ahead=max(head.timestamp - int(datetime.now(UTC).timestamp()), reader.meta("skipped")),
            transactions=reader.transaction_count(),
            bytes=sum(file.stat().st_size for file in files if file.exists()),
        )
    finally:
        reader.close()


def _said(found: Standing) -> str:
    count = found.transactions
    parts = [
        _("Block {number}").format(number=formats.whole(found.block)),
        ngettext("{count} transaction", "{count} transactions", count).format(count=formats.whole(count)),
        formats.size(found.bytes),
    ]
    moment = formats.moment(datetime.fromtimestamp(found.time, UTC).isoformat())
    said = _("{parts}. Its newest block is of {moment}").format(parts=" · ".join(parts), moment=moment)
    if found.ahead >= 60:
        return _("{said}; its time runs ahead by {time}.").format(said=said, time=_span(found.ahead))
    return _("{said}.").format(said=said)


def _span(seconds: int) -> str:
    """A length of time, in its largest units: `7 days`, `1 day 2 hours`."""
    days, rest = divmod(seconds, DAY)
    hours, minutes = rest // HOUR, rest % HOUR // 60
    parts = []
    if days:
        parts.append(ngettext("{count} day", "{count} days", days).format(count=formats.whole(days)))
    if hours:
        parts.append(ngettext("{count} hour", "{count} hours", hours).format(count=hours))
    if minutes and not days:
        parts.append(ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes))
    return " ".join(parts) or _("less than a minute")
