"""Lists of what detectors said, as they stand on the register: a table model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from touchstone.texts import _, formats, model_calls
from touchstone.texts import lineage_view as words
from touchstone.texts.plain import middle, plain
from touchstone.ui import icons, style
from touchstone.ui.columns import RowsModel
from touchstone.ui.icons import Glyph
from touchstone.ui.style import Type

if TYPE_CHECKING:
    from touchstone.registry.model_types import OutputList

WHEN, COUNT, NAME, ROOT, STATE = range(5)


def _name(row: OutputList) -> str:
    if not row.publisher:
        return middle(row.signer, 6)
    return plain(row.name, 60) or _("publisher {number}").format(number=row.publisher)


_KEYS: dict[int, Callable[[Any], Any]] = {
    WHEN: lambda row: (row.recorded, row.root),
    COUNT: lambda row: (row.count, row.root),
    NAME: lambda row: (_name(row).casefold(), row.root),
    ROOT: lambda row: row.root,
    STATE: lambda row: (bool(row.withdrawn), row.reason, row.root),
}


class OutputsModel(RowsModel["OutputList"]):
    """The lists that the user's keys recorded, the newest first."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(WHEN, Qt.SortOrder.DescendingOrder, parent)

    def titles(self) -> tuple[str, ...]:
        return (_("Recorded"), _("Outputs"), _("In the name of"), _("Root"), _("State"))

    def text(self, row: OutputList, column: int, *, whole: bool) -> str:
        moment = words.iso(row.recorded)
        match column:
            case 0:
                return formats.moment(moment) if whole else formats.minute(moment)
            case 1:
                return formats.whole(row.count)
            case 2:
                return _name(row)
            case 3:
                return row.root if whole else middle(row.root)
            case _:
                if not row.withdrawn:
                    return _("Stands")
                return _("Withdrawn: {reason}").format(reason=model_calls.reason(row.reason))

    def look(self, row: OutputList, column: int, role: int) -> Any:
        if column == ROOT and role == Qt.ItemDataRole.FontRole:
            return style.font(Type.MONO)
        if column != STATE:
            return None
        glyph, shade = (Glyph.PROHIBIT, "amber") if row.withdrawn else (Glyph.BOOK_BOOKMARK, "ink")
        if role == Qt.ItemDataRole.DecorationRole:
            return icons.icon(glyph, shade)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(getattr(style.tokens(), shade))
        return None
