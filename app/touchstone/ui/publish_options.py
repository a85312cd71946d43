"""How files are to be published: signed or not, in one batch or one by one, and what the register will hold."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as field_of
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from touchstone.texts import _
from touchstone.ui.fields import Choice, Switch
from touchstone.ui.forms import FileField, field, labelled
from touchstone.ui.labels import Text, column, line
from touchstone.ui.style import GRID, Type

SAMPLE, OWN = "sample", "own"
BATCH, MANY, SINGLE = "batch", "many", "single"  # the values of `registry.deals.Mode`


@dataclass(frozen=True, slots=True)
class Options:
    """What was chosen. `sign_with` is "" where files are registered as they are; `source_type` is a C2PA source type.

    `chain` and `key` are PEM files, None with the sample authority. `folder` is where signed copies and receipts go.
    `uri` is the address of a batch's list, or of more about each file.
    """

    sign_with: str = ""
    chain: Path | None = None
    key: Path | None = None
    password: str = field_of(default="", repr=False)
    time_stamp_url: str = ""
    source_type: str = ""
    folder: Path | None = None
    mode: str = MANY
    uri: str = ""


class OptionsPanel(QWidget):
    """The choices, one below the other. `changed` tells that one of them was changed."""

    changed = Signal()

    def __init__(self, *, practice: bool) -> None:
        super().__init__()
        self.sign = Switch(_("Sign the files first"))
        self.signer = Choice()
        self.chain = FileField(_("Choose the certificate chain"), [_("Certificates (*.pem *.crt *.cer)")])
        self.key = FileField(_("Choose the signing key"), [_("Private keys (*.pem *.key)")])
        self.password = field(_("Password of the private key"), hint=_("None"), secret=True)
        self.stamp = field(_("Time-stamp server"), hint=_("None"))
        self.source = Choice()
        self.folder = FileField(_("Choose a folder for signed copies and receipts"), [], folder=True)
        self.ways = {
            MANY: QRadioButton(_("Each file, hundreds at once")),
            BATCH: QRadioButton(_("All in one batch")),
            SINGLE: QRadioButton(_("One by one")),
        }
        self.uri = field(_("Address"), hint=_("https://… or ipfs://…"))
        self._signing = QWidget()
        self._own = QWidget()
        self._list = QWidget()
        self._fill()
        self._connect()
        self.use_network(practice=practice)

    def use_network(self, *, practice: bool) -> None:
        """Offer what the network allows: the sample authority vouches on the practice ledger only."""
        self.signer.blockSignals(True)  # noqa: FBT003 - Qt's
        self.signer.clear()
        if practice:
            self.signer.addItem(_("Sample authority (practice only)"), SAMPLE)
        self.signer.addItem(_("My certificate and key"), OWN)
        self.signer.blockSignals(False)  # noqa: FBT003 - Qt's
        self._show()

    def value(self) -> Options:
        """What is chosen now."""
        signs = self.sign.isChecked()
        own = signs and self.signer.currentData() == OWN
        return Options(
            sign_with=str(self.signer.currentData()) if signs else "",
            chain=self.chain.path() if own else None,
            key=self.key.path() if own else None,
            password=self.password.text() if own else "",
            time_stamp_url=self.stamp.text().strip() if signs else "",
            source_type=str(self.source.currentData() or "") if signs else "",
            folder=self.folder.path(),
            mode=self._way(),
            uri="" if self._way() == MANY else self.uri.text().strip(),
        )

    def _way(self) -> str:
        return next(mode for mode, button in self.ways.items() if button.isChecked())

    def _fill(self) -> None:
        rows = column(0, GRID + 4)
        self.setLayout(rows)
        self.sign.setAccessibleName(_("Sign the files first"))
        rows.addWidget(self.sign)
        rows.addWidget(self._signing)
        rows.addWidget(line())
        rows.addWidget(Text(_("Register"), bold=True))
        self._group = QButtonGroup(self)
        for button in self.ways.values():
            button.setAccessibleName(_("Register: {how}").format(how=button.text()))
            self._group.addButton(button)
            rows.addWidget(button)
        self.ways[MANY].setChecked(True)
        self._about = Text("", Type.CAPTION, muted=True)
        rows.addWidget(self._about)
        self._list.setLayout(labelled(_("Address (optional)"), self.uri))
        rows.addWidget(self._list)
        rows.addWidget(line())
        rows.addLayout(labelled(_("Signed copies and receipts go to"), self.folder))
        self._fill_signing()

    def _fill_signing(self) -> None:
        rows = column(0, GRID + 4)
        self._signing.setLayout(rows)
        self.signer.setAccessibleName(_("Sign with"))
        rows.addLayout(labelled(_("Sign with"), self.signer))
        own = column(0, GRID + 4)
        self._own.setLayout(own)
        own.addLayout(labelled(_("Certificate chain (PEM)"), self.chain))
        own.addLayout(labelled(_("Private key (PEM)"), self.key, _("It is read by this program and handed to nobody.")))
        own.addLayout(labelled(_("Its password, if it has one"), self.password))
        rows.addWidget(self._own)
        about = _("It learns your network address and a hash of the signature, not the file.")
        rows.addLayout(labelled(_("Time-stamp server (optional)"), self.stamp, about))
        self.source.setAccessibleName(_("What the files are"))
        for code, name in _sources():
            self.source.addItem(name, code)
        rows.addLayout(labelled(_("What the files are"), self.source))

    def _connect(self) -> None:
        self.sign.toggled.connect(lambda _on: self._show())
        self.signer.currentIndexChanged.connect(lambda _row: self._show())
        self._group.buttonToggled.connect(lambda _button, on: self._show() if on else None)
        self.source.currentIndexChanged.connect(lambda _row: self.changed.emit())
        for text in (self.stamp, self.uri):
            text.editingFinished.connect(self.changed)
        for file in (self.chain, self.key, self.folder):
            file.changed.connect(self.changed)

    def _show(self) -> None:
        signs = self.sign.isChecked()
        self._signing.setVisible(signs)
        self._own.setVisible(signs and self.signer.currentData() == OWN)
        self._list.setVisible(self._way() != MANY)
        self._about.setText(_about(self._way()))
        self.changed.emit()


def _about(mode: str) -> str:
    return {
        MANY: _("Everybody finds each file. The fee grows with their number."),
        BATCH: _("One small fee for all. Others find the files only where they get the list: put it at an address."),
        SINGLE: _("A transaction for each, with an address where more about it can be read. The dearest way."),
    }[mode]


def _sources() -> list[tuple[str, str]]:
    """The values of `check.signing.Source`, with their names."""
    return [
        ("unstated", _("Not stated")),
        ("captured", _("Taken with a camera or recorded")),
        ("humanEdits", _("Edited by a person")),
        ("composite", _("Put together from several")),
        ("compositeWithTrainedAlgorithmicMedia", _("In part generated by AI")),
        ("trainedAlgorithmicMedia", _("Generated by AI")),
    ]
