"""The sections of the Settings screen that concern the register."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from touchstone.texts import _
from touchstone.ui.backup_panel import BackupPanel
from touchstone.ui.desk import Desk
from touchstone.ui.forms import heading
from touchstone.ui.keys_panel import KeysPanel
from touchstone.ui.labels import Text
from touchstone.ui.ledger_panel import LedgerPanel
from touchstone.ui.mirror_panel import MirrorPanel
from touchstone.ui.networks_panel import NetworksPanel


class RegisterSections:
    """The panels, each below its heading."""

    def __init__(self, desk: Desk, rows: QVBoxLayout) -> None:
        self.networks = NetworksPanel(desk)
        self.keys = KeysPanel(desk)
        self.ledger = LedgerPanel(desk)
        self.mirror = MirrorPanel(desk)
        self.backup = BackupPanel(desk)
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
            (
                _("Practice ledger"),
                _("A register of your own, to try everything with. Nobody else sees it; its money is worth nothing."),
                self.ledger,
            ),
            (
                _("Copy of the register"),
                _("Checks look files up in this copy, so that no one learns what you check."),
                self.mirror,
            ),
            (
                _("Backup"),
                _("A lost key or password cannot be recovered by anybody."),
                self.backup,
            ),
        ]
