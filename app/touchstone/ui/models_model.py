"""The detectors that are installed, as a table model: sorted here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from touchstone.report import Witness
from touchstone.texts import _
from touchstone.texts import models as words
from touchstone.texts.plain import plain
from touchstone.ui import icons, style
from touchstone.ui.columns import RowsModel
from touchstone.ui.icons import Glyph

if TYPE_CHECKING:
    from touchstone.check.plugins import Listed
    from touchstone.modelfile import Manifest

TITLE, LOOKS_AT, STATE, FILE, RATES = range(5)
_TASKS = [str(w) for w in (Witness.AI_IMAGE, Witness.FORENSIC, Witness.FACE, Witness.SPLICE)]


@dataclass(frozen=True, slots=True)
class Row:
    """A detector, and a few facts of its training record as labels and values.

    `barred` is why it is not used although it is whole, by the register of models; empty where it is.
    """

    listed: Listed
    record: Sequence[tuple[str, str]] = ()
    barred: str = ""

    @property
    def id(self) -> str:
        """Its name."""
        return self.listed.id

    @property
    def state(self) -> str:
        """ok, missing, changed or refused."""
        return str(self.listed.state)

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""
        return self.listed.enabled

    @property
    def shipped(self) -> bool:
        """Whether it came with the application."""
        return self.listed.shipped

    @property
    def manifest(self) -> Manifest | None:
        """None where it cannot be read."""
        return self.listed.manifest

    @property
    def title(self) -> str:
        """What it is called."""
        return plain(self.manifest.title if self.manifest is not None else self.id, 120)

    @property
    def task(self) -> str:
        """The witness that it speaks for; empty where its manifest cannot be read."""
        return "" if self.manifest is None else str(self.manifest.task)

    @property
    def rates(self) -> tuple[float | None, float | None]:
        """False alarms and finds: those that Touchstone ships with it, else those measured here."""
        if self.shipped and self.manifest is not None and self.manifest.calibration.rates.false_alarms is not None:
            rates = self.manifest.calibration.rates
            return rates.false_alarms, rates.recall
        kept = self.listed.kept
        return (None, None) if kept is None else (kept.false_alarms, kept.recall)


def _place(row: Row) -> tuple[int, bool, str]:
    """In the order of the witnesses, those that came with the application first."""
    place = _TASKS.index(row.task) if row.task in _TASKS else len(_TASKS)
    return place, not row.shipped, row.id


_KEYS: dict[int, Callable[[Row], Any]] = {
    TITLE: lambda row: (row.title.casefold(), row.id),
    LOOKS_AT: _place,
    STATE: lambda row: (row.state != "ok", bool(row.barred), not row.enabled, _place(row)),
    FILE: lambda row: (row.state, _place(row)),
    RATES: lambda row: (row.rates[0] is None, row.rates[0] or 0.0, _place(row)),
}


def _text(row: Row, column: int) -> str:
    match column:
        case 0:
            return row.title
        case 1:
            return words.looks_at(row.task) if row.task else "–"
        case 2:
            return words.state(row.state, enabled=row.enabled, barred=row.barred)
        case 3:
            return words.file_state(row.state)
        case _:
            return words.rates_short(*row.rates)


def _look(row: Row, column: int, role: int) -> Any:
    if column not in {STATE, FILE}:
        return None
    bad = row.state != "ok" or (column == STATE and bool(row.barred))
    shade = "amber" if bad else "ink" if row.enabled or column == FILE else "muted"
    glyph = Glyph.WARNING if bad else Glyph.CHECK if row.enabled or column == FILE else Glyph.PROHIBIT
    if role == Qt.ItemDataRole.DecorationRole:
        return icons.icon(glyph, shade)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(getattr(style.tokens(), shade))
    return None


class ModelsModel(RowsModel[Row]):
    """Every detector that is installed."""

    keys = _KEYS

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(LOOKS_AT, parent=parent)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these."""
        self.show(rows)

    def row_of(self, model_id: str) -> int:
        """Where a detector is shown, -1 where it is not."""
        return next((place for place, row in enumerate(self._rows) if row.id == model_id), -1)

    def titles(self) -> tuple[str, ...]:
        return (_("Detector"), _("Looks at"), _("State"), _("File"), _("How often it is wrong"))

    def text(self, row: Row, column: int, *, whole: bool) -> str:
        return _text(row, column)

    def look(self, row: Row, column: int, role: int) -> Any:
        return _look(row, column, role)
