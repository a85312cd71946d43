"""What can be done with a report: saved, copied, looked for in its folder. Used by every screen that shows a card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QIcon, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from touchstone.texts import _, answers, findings
from touchstone.texts.plain import plain
from touchstone.ui.batch import Shown
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import announce, push_button
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from touchstone.ui.report_signing import ReportSigning

_SUFFIXES = (".html", ".pdf", ".json")


class Actions(QWidget):
    """The buttons below a card. `told` carries what came of pressing one, and a file to show, if any."""

    told = Signal(str, object, object)  # words, their Tone, a Path or None

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shown: Shown | None = None
        self._dialog: QFileDialog | None = None
        self._signing: ReportSigning | None = None
        self._icons: dict[QPushButton, tuple[QIcon, int]] = {}  # and how wide a button is with its icon
        self.save = push_button(_("Save report…"), Glyph.FLOPPY_DISK, primary=True)
        self.save.setToolTip(_("Save as an HTML page, a PDF or JSON (Ctrl+S)"))
        self.copy = push_button(_("Copy"), Glyph.COPY)
        menu = QMenu(self.copy)
        menu.setAccessibleName(_("What to copy"))
        self.copy_text = menu.addAction(_("Copy as text"))
        self.copy_json = menu.addAction(_("Copy as JSON"))
        self.copy.setMenu(menu)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._row.addStretch()
        self._row.addWidget(self.copy)
        self._row.addWidget(self.save)
        self.copy_text.triggered.connect(self._copy_text)
        self.copy_json.triggered.connect(self._copy_json)
        self.save.clicked.connect(self.ask_where)

    def add(self, text: str, glyph: Glyph, call: Callable[[], None]) -> QPushButton:
        """One more button, before the others."""
        button = push_button(text, glyph)
        button.clicked.connect(call)
        self._row.insertWidget(1, button)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width: int) -> None:
        """Where there is no room for words and icons, the words stay."""
        buttons = [item.widget() for n in range(self._row.count()) if (item := self._row.itemAt(n)) is not None]
        shown = [button for button in buttons if isinstance(button, QPushButton)]
        for button in shown:
            if button not in self._icons:
                self._icons[button] = (button.icon(), button.sizeHint().width())
        needed = sum(self._icons[button][1] for button in shown) + GRID * (len(shown) - 1)
        for button in shown:
            button.setIcon(self._icons[button][0] if needed <= width else QIcon())

    def use(self, shown: Shown) -> None:
        """The report that the buttons are about."""
        self._shown = shown

    def ask_where(self) -> None:
        """Ask where the report is to be saved."""
        if self._shown is None:
            return
        dialog = QFileDialog(self.window(), _("Save report"), self._proposed())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        signed = _("JSON, signed with your key (*.json)")
        filters = [_("HTML page (*.html)"), _("PDF (*.pdf)"), _("JSON (*.json)")]
        dialog.setNameFilters([*filters, signed] if any(self._desk.home.keys.glob("*.json")) else filters)
        dialog.setDefaultSuffix("html")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_suffix_of(chosen)))

        def chosen(name: str) -> None:
            if dialog.selectedNameFilter() == signed:
                self.write_signed(Path(name))
            else:
                self.write(Path(name))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def write(self, target: Path) -> None:
        """Write the report to `target`, in a thread."""
        shown = self._shown
        if shown is None:
            return
        self.save.setEnabled(False)

        def work() -> None:
            from touchstone.export import write

            write.save(shown.report, shown.pictures, target)

        def then(_none: None) -> None:
            self.save.setEnabled(True)
            self.told.emit(_("Saved as {path}").format(path=plain(target, 300)), Tone.INK, target)

        def otherwise(error: Exception) -> None:
            self.save.setEnabled(True)
            self.told.emit(_why_not(error, target), Tone.AMBER, None)

        self._desk.background.run(work, then, otherwise)

    def write_signed(self, target: Path) -> None:
        """Ask, sign the report with one's own key, and write it as JSON."""
        shown = self._shown
        if shown is None:
            return
        from touchstone.ui.report_signing import ReportSigning

        if self._signing is None:
            self._signing = ReportSigning(self._desk, self)
        self.save.setEnabled(False)

        def then() -> None:
            self.save.setEnabled(True)
            self.told.emit(_("Signed, and saved as {path}").format(path=plain(target, 300)), Tone.INK, target)

        def otherwise(error: Exception | None) -> None:
            self.save.setEnabled(True)
            if error is not None:
                self.told.emit(_why_not(error, target), Tone.AMBER, None)

        self._signing.save(shown, target, then, otherwise)

    def _proposed(self) -> str:
        folder = self._desk.settings.report_folder or QDir.homePath()
        stem = self._shown.path.name if self._shown is not None else "report"
        return str(Path(folder, f"{stem}.html"))

    def _copy_text(self) -> None:
        if self._shown is not None:
            QGuiApplication.clipboard().setText(as_text(self._shown))
            self.told.emit(_("Copied as text"), Tone.INK, None)

    def _copy_json(self) -> None:
        shown = self._shown
        if shown is None:
            return
        from touchstone.export.document import to_document

        QGuiApplication.clipboard().setText(json.dumps(to_document(shown.report), indent=2))
        self.told.emit(_("Copied as JSON"), Tone.INK, None)
        announce(self, _("Copied as JSON"))


def as_text(shown: Shown) -> str:
    """A report in a few lines of text."""
    report = shown.report
    lines = [plain(report.media.name), answers.headline(report.headline), answers.meaning(report), ""]
    for finding in report.findings:
        if str(finding.status) != "not-checked":
            name, said = findings.witness_name(finding.witness), findings.in_full(finding)
            lines.append(_("{witness}: {said}").format(witness=name, said=said))
    lines += [_("Contradiction: {conflict}").format(conflict=answers.conflict(c)) for c in report.conflicts]
    left_open = dict.fromkeys(findings.left_open(entry) for entry in report.not_checked)
    lines += ["", _("Not checked"), *(f"- {said}" for said in left_open)]
    if report.media.sha256:
        lines += ["", f"SHA-256 {report.media.sha256}"]
    lines.append(_("Checked {moment} with {application}").format(moment=report.created, application=report.application))
    return "\n".join(lines)


def show_folder(path: Path) -> None:
    """Open the folder of a file in the desktop's own program for that."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))


def open_file(path: Path) -> None:
    """Open a file in the desktop's own program for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _suffix_of(name_filter: str) -> str:
    return next((suffix[1:] for suffix in _SUFFIXES if f"*{suffix}" in name_filter), "html")


def _why_not(error: Exception, target: Path) -> str:
    from touchstone.chain.errors import ChainError
    from touchstone.export.write import ExportError
    from touchstone.texts import chain, exports

    if isinstance(error, ExportError):
        return exports.failure(error, target)
    if isinstance(error, ChainError):
        return chain.trouble(error)
    return _("The report could not be saved: {error}").format(error=plain(error))
