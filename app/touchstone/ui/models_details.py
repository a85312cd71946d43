"""What there is to know about one detector before it is relied on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from touchstone.report import Witness
from touchstone.texts import _, detectors, formats
from touchstone.texts import models as words
from touchstone.texts.plain import plain
from touchstone.ui.actions import show_folder
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, breakable, column, push_button
from touchstone.ui.models_model import Row
from touchstone.ui.notes import Hash
from touchstone.ui.pages import Scroll
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tabulated import add_row, table

_HASH = 40  # characters of the shortest hash


class ModelDetails(Scroll):
    """The card of a detector; a word to choose one where none is chosen."""

    def __init__(self) -> None:
        super().__init__(widest=1200, margin=0)
        self.setAccessibleName(_("About this detector"))
        self.row: Row | None = None
        self.show_row(None)

    def show_row(self, row: Row | None) -> None:
        """Show a detector, or none."""
        self.row = row
        self.hold(_nothing() if row is None else _card(row))

    def enter(self) -> None:
        """Go to the first thing on the card that can be pressed."""
        buttons = self.findChildren(QPushButton)
        if buttons:
            buttons[0].setFocus(Qt.FocusReason.TabFocusReason)


def _nothing() -> QWidget:
    made = QFrame()
    made.setObjectName("card")
    rows = column(2 * GRID, GRID)
    made.setLayout(rows)
    rows.addWidget(Text(_("Choose a detector to read how it was measured and where its limits are."), muted=True))
    return made


def _card(row: Row) -> QWidget:
    made = QFrame()
    made.setObjectName("card")
    rows = column(2 * GRID, GRID + 4)
    made.setLayout(rows)
    head = QHBoxLayout()
    head.setSpacing(GRID)
    said = column(0, 2)
    said.addWidget(Text(breakable(row.title), Type.STRONG, bold=True))
    said.addWidget(Text(_caption(row), Type.CAPTION, muted=True))
    head.addLayout(said, 1)
    folder = push_button(_("Show its folder"), Glyph.FOLDER_OPEN, quiet=True)
    folder.clicked.connect(lambda: show_folder(row.listed.folder))
    head.addWidget(folder, 0, Qt.AlignmentFlag.AlignTop)
    rows.addLayout(head)
    advice = words.file_advice(row.state, shipped=row.shipped)
    if advice:
        rows.addLayout(_warning(advice))
    for sentence in sentences(row):
        rows.addWidget(Text(sentence))
    rows.addWidget(_table(row))
    return made


def _warning(said: str) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(GRID)
    made.addWidget(Icon(Glyph.WARNING, 20, "amber"), 0, Qt.AlignmentFlag.AlignTop)
    label = Text(said)
    label.set_tone(Tone.AMBER)
    made.addWidget(label, 1)
    return made


def _caption(row: Row) -> str:
    parts = [words.origin(shipped=row.shipped)]
    if row.manifest is not None:
        version = _("version {version}").format(version=plain(row.manifest.version, 40))
        parts = [words.looks_at(row.task), version, *parts]
    return " · ".join(parts)


def sentences(row: Row) -> list[str]:
    """What it looks at, and how often it is wrong, in sentences."""
    if row.manifest is None:
        return []
    return [detectors.looked_at(Witness(row.task)), *words.rates(row.listed)]


def _table(row: Row) -> QWidget:
    manifest = row.manifest
    if manifest is None:
        return table([])
    made = table(facts(row))
    for label, value in row.record:
        add_row(made, label, Hash(value, label) if len(value) >= _HASH else Text(value))
    add_row(made, _("SHA-256"), Hash(manifest.sha256, _("SHA-256")))
    return made


def facts(row: Row) -> list[tuple[str, str]]:
    """The card of the model, as labels and values."""
    manifest = row.manifest
    if manifest is None:
        return []
    calibration = manifest.calibration
    measured = plain(calibration.set, 400)
    if measured and calibration.date:
        measured = _("{set} ({day})").format(set=measured, day=formats.day(calibration.date))
    found = [
        (_("Limits of use"), "\n".join(plain(one, 400) for one in manifest.limits_of_use)),
        (_("Measured on"), measured),
        (_("Licence"), plain(manifest.licence, 120)),
        (_("Made"), formats.day(manifest.made) if manifest.made else ""),
        (_("Size"), formats.size(manifest.bytes)),
    ]
    return [(label, breakable(value)) for label, value in found if value]


def empty_page() -> QWidget:
    """What stands in place of the table where there is no detector."""
    page = QWidget()
    rows = column(0, GRID)
    page.setLayout(rows)
    centre = Qt.AlignmentFlag.AlignHCenter
    rows.addStretch()
    rows.addWidget(Icon(Glyph.GAUGE, 40, "muted"), 0, centre)
    about = _("Drop a folder with model.onnx and manifest.json here, or choose one with Add.")
    for label in (Text(_("No detectors yet"), Type.SECTION), Text(about, muted=True)):
        label.setAlignment(centre)
        rows.addWidget(label)
    rows.addStretch()
    return page
