"""The sections of the Settings screen that concern the register."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.desk import Desk
from touchstone.ui.forms import heading
from touchstone.ui.keys_panel import KeysPanel
from touchstone.ui.labels import Text
from touchstone.ui.networks_panel import NetworksPanel


class RegisterSections:
    """The panels, each below its heading."""

    def __init__(self, desk: Desk, rows: QVBoxLayout) -> None:
        self.networks = NetworksPanel(desk)
        self.keys = KeysPanel(desk)
        for title, about, panel in self._sections():
            rows.addWidget(heading(title))
            rows.addWidget(Text(about, muted=True))
            rows.addWidget(panel)

    def _sections(self) -> list[tuple[str, str, QWidget]]:
        return [
            (
                _("Networks"),
                _("Where the register is kept that you ask and publish to. Nothing is asked of a public one unasked."),
                self.networks,
            ),
            (
                _("Keys"),
                _("What signs for you. Each is encrypted with its own password, in a file that only you can read."),
                self.keys,
            ),
        ]
