"""What an account earned and lost in the court, as a table model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from touchstone.texts import _, formats
from touchstone.texts import review as words
from touchstone.ui.columns import RowsModel

if TYPE_CHECKING:
    from touchstone.registry.case_types import Earned

WHEN, WHAT, CASE, AMOUNT = range(4)

_KEYS: dict[int, Callable[[Any], Any]] = {
    WHEN: lambda row: (row.time, row.block),
    WHAT: lambda row: (str(row.kind), row.time),
    CASE: lambda row: (row.case, row.time),
    AMOUNT: lambda row: (row.amount, row.time),
}


class EarningsModel(RowsModel["Earned"]):
    """One row for each sum."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(WHEN, Qt.SortOrder.DescendingOrder, parent)

    def titles(self) -> tuple[str, ...]:
        return (_("When"), _("What for"), _("Case"), _("Amount"))

    def text(self, row: Earned, column: int, *, whole: bool) -> str:
        match column:
            case 0:
                return formats.minute(datetime.fromtimestamp(row.time, UTC).isoformat())
            case 1:
                return words.earning(str(row.kind))
            case 2:
                return formats.whole(row.case) if row.case else ""
            case _:
                return words.amount(row.amount)
