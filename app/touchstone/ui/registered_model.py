"""What a publisher has registered, as a table model: searched and sorted here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from touchstone.texts import _, formats, intents
from touchstone.texts.plain import middle, plain
from touchstone.ui import icons, style
from touchstone.ui.columns import RowsModel
from touchstone.ui.icons import Glyph
from touchstone.ui.style import Type

if TYPE_CHECKING:
    from touchstone.registry.own import Registered

WHEN, NAME, SHA256, HOW, STATE = range(5)


@dataclass(frozen=True, slots=True)
class Row:
    """A registration, and where its file is; None where this computer did not publish it."""

    what: Registered
    path: Path | None = None

    @property
    def name(self) -> str:
        """The name of the file, "" where it is not known."""
        return "" if self.path is None else plain(self.path.name)


_KEYS: dict[int, Callable[[Row], Any]] = {
    WHEN: lambda row: (row.what.place, -row.what.index),
    NAME: lambda row: (not row.name, row.name.casefold()),
    SHA256: lambda row: row.what.sha256,
    HOW: lambda row: row.what.root,
    STATE: lambda row: (bool(row.what.revoked), row.what.reason),
}


def _text(row: Row, column: int, *, whole: bool) -> str:
    what = row.what
    match column:
        case 0:
            return formats.moment(datetime.fromtimestamp(what.registered, UTC).isoformat())
        case 1:
            return row.name or _("(not known here)")
        case 2:
            return what.sha256 if whole else middle(what.sha256)
        case 3:
            return _("In a batch") if what.root else _("Singly")
        case _:
            return _state(row)


def _state(row: Row) -> str:
    if not row.what.revoked:
        return _("Stands")
    reason = intents.reasons().get(row.what.reason, "")
    return _("Withdrawn: {reason}").format(reason=reason)


def _look(row: Row, role: int) -> Any:
    glyph, shade = (Glyph.PROHIBIT, "amber") if row.what.revoked else (Glyph.BOOK_BOOKMARK, "ink")
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(glyph, shade)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(getattr(style.tokens(), shade))
    return None


class RegisteredModel(RowsModel[Row]):
    """The registrations of one publisher, those that match a search."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(WHEN, Qt.SortOrder.DescendingOrder, parent)
        self._search = ""

    def show_rows(self, found: Sequence[Registered], places: Mapping[str, Path]) -> None:
        """Show these; `places` are of files by SHA-256."""
        self.show(Row(one, places.get(one.sha256)) for one in found)

    def search(self, text: str) -> None:
        """Show those whose name or SHA-256 has `text` in it."""
        self._search = text.strip().casefold()
        self.fill()

    def wanted(self, row: Row) -> bool:
        return not self._search or self._search in row.name.casefold() or self._search in row.what.sha256

    def titles(self) -> tuple[str, ...]:
        return (_("Registered"), _("File"), _("SHA-256"), _("How"), _("State"))

    def text(self, row: Row, column: int, *, whole: bool) -> str:
        return _text(row, column, whole=whole)

    def look(self, row: Row, column: int, role: int) -> Any:
        if column == SHA256 and role == Qt.ItemDataRole.FontRole:
            return style.font(Type.MONO)
        return _look(row, role) if column == STATE else None
