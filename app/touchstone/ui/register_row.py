"""What the register's row of a card opens to: who claims the file, since when, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from touchstone.report import Finding, Status
from touchstone.texts import _, findings, formats, register
from touchstone.texts.plain import plain
from touchstone.ui.batch import Shown
from touchstone.ui.compare import CompareView
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column
from touchstone.ui.notes import Hash
from touchstone.ui.style import GRID, Type
from touchstone.ui.tabulated import add_row, table


def fill(into: QVBoxLayout, shown: Shown, finding: Finding) -> CompareView | None:
    """Add everything to `into`; returns the comparison with a similar file, where there is one."""
    into.addWidget(Text(findings.sentence(finding)))
    if finding.status is not Status.DONE:
        question = findings.witness_question(finding.witness)
        into.addWidget(Text(_("What it answers: {question}").format(question=question), muted=True))
        return None
    for key in ("claims", "discounted"):
        for claim in register.claims(finding.details, key):
            into.addWidget(ClaimView(claim))
    compared = None
    if finding.details.get("match") == "similar":
        compared = CompareView(shown, finding)
        into.addWidget(compared)
    rows = _rows(finding)
    if rows is not None:
        into.addWidget(rows)
    for note in register.notes(finding):
        into.addWidget(Text(note, Type.CAPTION, muted=True))
    return compared


class ClaimView(QWidget):
    """One publisher's word: who, what is known of them, and what became of it."""

    def __init__(self, claim: Mapping[str, Any]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + 4)
        glyph, shade = _look(claim)
        row.addWidget(Icon(glyph, 20, shade), 0, Qt.AlignmentFlag.AlignTop)
        words = column(0, 2)
        row.addLayout(words, 1)
        name = Text(register.claimant(claim), Type.BODY, bold=True)
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(name)
        words.addWidget(Text(register.standing(claim), Type.CAPTION, muted=True))
        words.addWidget(Text(" ".join(register.history(claim))))
        replacement = claim.get("replacement")
        if isinstance(replacement, str) and replacement:
            made = table([])
            add_row(made, _("Replaced by"), Hash(replacement, _("SHA-256 of the replacement")))
            words.addWidget(made)


def _look(claim: Mapping[str, Any]) -> tuple[Glyph, str]:
    """The icon and the colour of a claim."""
    if claim.get("counts") is False:
        return Glyph.PROHIBIT, "muted"
    if claim.get("revoked") and claim.get("revoked_counts"):
        return Glyph.WARNING, "amber"
    if claim.get("domain_verified") is True:
        return Glyph.BOOK_BOOKMARK, "ink"
    return Glyph.CIRCLE_WAVY_QUESTION, "stone"


def _rows(finding: Finding) -> QWidget | None:
    """Where the claim relied on stands in the ledger, to be looked up by whoever wants to."""
    listed = register.claims(finding.details)
    claim = listed[0] if listed else None
    made = table([(_("Network"), _network(finding))])
    if claim is None:
        return None
    for label, key, name in (
        (_("Signed by"), "signer", _("address of the signer")),
        (_("Transaction"), "tx", _("transaction")),
        (_("Registered file"), "similar_sha256", _("SHA-256 of the registered file")),
    ):
        value = (finding.details if key == "similar_sha256" else claim).get(key)
        if isinstance(value, str) and value:
            add_row(made, label, Hash(plain(value, 80), name))
    return made


def _network(finding: Finding) -> str:
    block = finding.details.get("block")
    here = finding.details.get("practice") is True and finding.details.get("shared") is not True
    named = _("practice ledger, on this computer") if here else finding.source
    return _("{network}, block {block}").format(network=plain(named, 60), block=formats.whole(block))
