"""The Settings screen: trust lists, how the window looks, what is kept and where, limits of the readers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDir, Qt
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from touchstone.settings import Theme
from touchstone.texts import _, ngettext
from touchstone.texts import notices as words
from touchstone.texts.plain import plain
from touchstone.ui import style
from touchstone.ui.actions import show_folder
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.forms import card, heading
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, line, push_button
from touchstone.ui.notes import Elided, Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.register_settings import RegisterSections
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.trust_panel import Confirm, TrustPanel

_SECONDS = (10, 30, 60, 120, 300)
_MEGABYTES = (2048, 4096, 8192, 16384)


class SettingsScreen(QWidget):
    """One page of cards. Every choice holds at once."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self._desk = desk
        self.notice = Notice()
        self.confirm = Confirm()
        self.trust = TrustPanel(desk)
        page = QWidget()
        rows = column(0, 2 * GRID)
        page.setLayout(rows)
        rows.addWidget(Text(_("Settings"), Type.SECTION))
        rows.addWidget(self.notice)
        rows.addWidget(heading(_("Trust lists")))
        rows.addWidget(Text(_("Whom you rely on to say who somebody is. The three lists are never mixed."), muted=True))
        rows.addWidget(self.trust)
        self.register = RegisterSections(desk, rows)
        rows.addWidget(heading(_("Detectors")))
        rows.addWidget(self._detectors())
        rows.addWidget(heading(_("Appearance")))
        rows.addWidget(self._appearance())
        rows.addWidget(heading(_("Privacy and history")))
        rows.addWidget(self._privacy())
        rows.addWidget(heading(_("Folders")))
        rows.addWidget(self._folders())
        rows.addWidget(heading(_("Limits")))
        rows.addWidget(self._limits())
        layout = column(0, 0)
        self.setLayout(layout)
        scroll = Scroll(widest=840)
        layout.addWidget(scroll)
        scroll.hold(page)
        desk.settings_refused.connect(self._refused)
        for message in desk.settings.notices:
            self.notice.say(words.notice(message))

    def _change(self, **values: Any) -> None:
        self._desk.change_settings(dataclasses.replace(self._desk.settings, **values))

    def _refused(self, code: str) -> None:
        said = _("The settings could not be kept ({why}). They hold until the window is closed.")
        self.notice.say(said.format(why=words.trouble(code)))

    # Detectors

    def _detectors(self) -> QFrame:
        frame, rows = card()
        self.detectors = Switch(_("Ask detectors"))
        self.detectors.setAccessibleName(_("Ask detectors"))
        self.detectors.setChecked(self._desk.settings.detectors)
        self.detectors.toggled.connect(lambda on: self._change(detectors=on))
        rows.addWidget(self.detectors)
        said = _(
            "Detectors estimate whether a picture was generated or changed. Each is sometimes wrong, and says how"
            " often. They run on this computer alone. Without them a check is faster and leaves that question open;"
            " what is known from signatures and registers stays the same."
        )
        rows.addWidget(Text(said, muted=True))
        return frame

    # Appearance

    def _appearance(self) -> QFrame:
        frame, rows = card()
        names = {
            Theme.SYSTEM: _("As the system does"),
            Theme.LIGHT: _("Light"),
            Theme.DARK: _("Dark"),
            Theme.CONTRAST: _("High contrast"),
        }
        group = QButtonGroup(self)
        self.themes: dict[Theme, QRadioButton] = {}
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        for theme, name in names.items():
            button = QRadioButton(name)
            button.setAccessibleName(_("Theme: {name}").format(name=name))
            button.setChecked(self._desk.settings.theme is theme)
            button.toggled.connect(lambda on, theme=theme: self._use_theme(theme) if on else None)
            group.addButton(button)
            self.themes[theme] = button
            row.addWidget(button)
        row.addStretch()
        rows.addLayout(row)
        return frame

    def _use_theme(self, theme: Theme) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            style.apply(application, theme)
        self._change(theme=theme)

    # Privacy

    def _privacy(self) -> QFrame:
        frame, rows = card()
        said = _(
            "Files, their fingerprints and what was found stay on this computer. A check opens no network connection."
            " The network is used only when you press a button that says whom it asks."
        )
        rows.addWidget(Text(said))
        rows.addWidget(line())
        row = QHBoxLayout()
        self.keep = Switch(_("Keep a history of reports"))
        self.keep.setAccessibleName(_("Keep a history of reports"))
        self.keep.setChecked(self._desk.settings.history)
        self.keep.toggled.connect(lambda on: self._change(history=on))
        self.clear = push_button(_("Delete the history…"), Glyph.TRASH)
        self.clear.clicked.connect(self._ask_clear)
        row.addWidget(self.keep, 1)
        row.addWidget(self.clear)
        rows.addLayout(row)
        rows.addWidget(self.confirm)
        return frame

    def _ask_clear(self) -> None:
        self.confirm.ask(
            _("Delete every report in the history? This cannot be undone."), _("Delete all"), self._clear_history
        )

    def _clear_history(self) -> None:
        def then(count: int) -> None:
            said = ngettext("{count} report deleted.", "{count} reports deleted.", count).format(count=count)
            self.notice.say(said, Tone.INK)
            self._desk.history_changed.emit()

        def otherwise(error: Exception) -> None:
            why = words.trouble(getattr(error, "code", ""))
            self.notice.say(_("The history could not be deleted ({why}).").format(why=why))

        self._desk.background.run(lambda: self._desk.history().clear(), then, otherwise)

    # Folders

    def _folders(self) -> QFrame:
        frame, rows = card()
        home = self._desk.home.root
        rows.addLayout(self._folder_row(_("Application data"), str(home), None))
        rows.addWidget(line())
        settings = self._desk.settings
        reports = settings.report_folder or QDir.homePath()
        rows.addLayout(self._folder_row(_("Reports are saved in"), reports, "report_folder"))
        rows.addWidget(line())
        samples = settings.sample_folder or str(home / "sample-files")
        rows.addLayout(self._folder_row(_("Samples are made in"), samples, "sample_folder"))
        return frame

    def _folder_row(self, label: str, folder: str, key: str | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        name = Text(label, wrap=False)
        name.setMinimumWidth(176)
        current = [folder]
        place = Elided(plain(folder, 1000), Type.MONO, muted=True, mode=Qt.TextElideMode.ElideMiddle)
        row.addWidget(name)
        row.addWidget(place, 1)
        show = push_button(_("Open folder"), quiet=True)
        show.setAccessibleName(_("Open folder: {label}").format(label=label))
        show.clicked.connect(lambda: show_folder(Path(current[0])))
        if key is not None:
            change = push_button(_("Change…"), quiet=True)
            change.setAccessibleName(_("Change folder: {label}").format(label=label))
            change.clicked.connect(lambda: self._ask_folder(current, place, key))
            row.addWidget(change)
        row.addWidget(show)
        return row

    def _ask_folder(self, current: list[str], place: Elided, key: str) -> None:
        dialog = QFileDialog(self.window(), _("Choose a folder"), current[0])
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)

        def chosen(folder: str) -> None:
            current[0] = folder
            place.set_text(plain(folder, 1000))
            self._change(**{key: folder})

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # Limits

    def _limits(self) -> QFrame:
        frame, rows = card()
        rows.addWidget(Text(_("A file that asks for more is stopped. Changes hold from the next start.")))
        settings = self._desk.settings
        seconds = [
            (value, _("{count} seconds").format(count=value)) for value in _with(_SECONDS, settings.wall_seconds)
        ]
        memory = [
            (value, _("{count} GB").format(count=round(value / 1024)))
            for value in _with(_MEGABYTES, settings.memory_mb)
        ]
        self.seconds = self._choice(
            rows, _("Time for one file"), seconds, settings.wall_seconds, lambda v: self._change(wall_seconds=v)
        )
        self.memory = self._choice(
            rows, _("Memory for one file"), memory, settings.memory_mb, lambda v: self._change(memory_mb=v)
        )
        return frame

    def _choice(
        self, rows: QVBoxLayout, label: str, values: list[tuple[int, str]], now: int, take: Callable[[int], None]
    ) -> Choice:
        row = QHBoxLayout()
        name = Text(label, wrap=False)
        name.setMinimumWidth(176)
        box = Choice()
        box.setAccessibleName(label)
        box.setFixedWidth(176)
        for value, text in values:
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(now))
        box.currentIndexChanged.connect(lambda _row: take(box.currentData()))
        row.addWidget(name)
        row.addWidget(box)
        row.addStretch()
        rows.addLayout(row)
        return box


def _with(values: tuple[int, ...], one: int) -> list[int]:
    return sorted({*values, one})
