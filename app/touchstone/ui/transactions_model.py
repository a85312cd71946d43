"""What was sent, as a table model: sorted here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from touchstone.texts import _, chain, formats
from touchstone.texts import transactions as words
from touchstone.texts.plain import plain
from touchstone.ui import icons, style
from touchstone.ui.columns import RowsModel
from touchstone.ui.icons import Glyph

WHEN, WHAT, STATE, NETWORK, FEE = range(5)
_LIVE = {"asked", "signed", "sent", "mined"}
_LOOKS = {
    "final": (Glyph.CHECK, "ink"),
    "reverted": (Glyph.PROHIBIT, "amber"),
    "failed": (Glyph.PROHIBIT, "amber"),
    "dropped": (Glyph.X, "muted"),
    "cancelled": (Glyph.X, "muted"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction, in words. `wei` is what it took or takes at most, `can_outbid` whether its fee can be raised.

    `briefly` and `cost` are `what` and `fee` for a cell that may be narrow.
    """

    id: int
    what: str
    briefly: str
    state: str
    network: str
    created: str
    hash: str
    sender: str
    fee: str
    cost: str
    wei: int
    can_outbid: bool

    @property
    def live(self) -> bool:
        """Whether it is under way."""
        return self.state in _LIVE


_KEYS: dict[int, Callable[[Row], Any]] = {
    WHEN: lambda row: row.id,  # moments have seconds only
    WHAT: lambda row: (row.briefly.casefold(), row.id),
    STATE: lambda row: (not row.live, row.state, row.id),
    NETWORK: lambda row: (row.network, row.id),
    FEE: lambda row: (row.wei, row.id),
}


def _text(row: Row, column: int, *, whole: bool) -> str:
    match column:
        case 0:
            return formats.moment(row.created) if whole else formats.minute(row.created)
        case 1:
            return row.what if whole else row.briefly
        case 2:
            return chain.state(row.state) if whole else words.state(row.state)
        case 3:
            return plain(row.network, 40)
        case _:
            return (row.fee if whole else row.cost) or _("none")


def _look(row: Row, role: int) -> Any:
    glyph, shade = _LOOKS.get(row.state, (Glyph.CLOCK, "stone"))
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(glyph, shade)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(getattr(style.tokens(), shade))
    return None


class TransactionsModel(RowsModel[Row]):
    """Every transaction of the journal."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(WHEN, Qt.SortOrder.DescendingOrder, parent)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self.show(rows)

    def row_of(self, identity: int) -> int:
        """Where a transaction is shown, -1 where it is not."""
        return next((place for place, row in enumerate(self._rows) if row.id == identity), -1)

    def count_live(self) -> int:
        """How many are under way."""
        return sum(row.live for row in self._rows)

    def titles(self) -> tuple[str, ...]:
        return (_("Signed"), _("What it does"), _("State"), _("Network"), _("Fee"))

    def text(self, row: Row, column: int, *, whole: bool) -> str:
        return _text(row, column, whole=whole)

    def look(self, row: Row, column: int, role: int) -> Any:
        return _look(row, role) if column == STATE else None
