"""The verdict card: one file, one headline, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from touchstone.export.layers import layers_of
from touchstone.report import Finding, Report, Status, Witness
from touchstone.texts import _, answers, facts, findings, formats, ngettext, reports
from touchstone.texts.plain import plain
from touchstone.ui import details, detectors_row, icons, style
from touchstone.ui.batch import Shown
from touchstone.ui.folds import Fold
from touchstone.ui.history_tree import HistoryTree
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, announce, column, line, push_button
from touchstone.ui.marks import MarkedPicture, Marks, MarksView, drawable
from touchstone.ui.notes import Elided, Hash, Notice
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.tabulated import add_row, table

_NARROW = 520  # pixels below which the picture stands above the words
_LONG_HEADLINE = 56  # characters above which a headline takes the smaller size
_REVEALED_MS = (0, 120)  # what was opened has its place at once, and its full height when words have found their lines
_SHADES = {
    "changed": "brick",
    "changed-unknown": "brick",
    "source-failed": "amber",
    "broken": "amber",
    "signed": "ink",
    "signed-unknown": "ink",
    "signed-expired": "ink",
    "signed-revoked": "amber",
    "file-says-ai": "amber",
    "recorded-ai": "amber",
    "thumbnail-differs": "amber",
    "exact": "ink",
    "final-altered": "brick",
    "final-generated": "brick",
    "final-not-altered": "ink",
    "withdrawn": "amber",
    "similar": "amber",
    "discounted": "amber",
}


class Card(QWidget):
    """Shows one report. Signals ask whoever owns the card to act."""

    fetch_asked = Signal(str)  # the address of a manifest store that is kept elsewhere
    reveal_asked = Signal(object)  # a widget of the card is to be scrolled to
    case_asked = Signal(int)  # the number of a case of the court
    compared = Signal(object)  # a `CompareView` was made, and wants the registered file

    def __init__(self, shown: Shown, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = shown
        self.folds: dict[str, Fold] = {}
        self.marks = Marks(layers_of(shown.report, shown.pictures), self)
        self.marks_view: MarksView | None = None
        self._picture = MarkedPicture(216, 168, self.marks)
        self.where = push_button(_("Show where"), Glyph.CROSSHAIR, quiet=True)
        self.headline = Text()
        self._layout = column(0, 2 * GRID)
        self.setLayout(self._layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._build()

    def announce(self) -> None:
        """Have a screen reader say the answer."""
        announce(self.headline, self.spoken())

    def spoken(self) -> str:
        """The answer as it is read out."""
        report = self.shown.report
        parts = (plain(report.media.name, 80), answers.headline(report.headline), answers.meaning(report))
        return ". ".join(part for part in parts if part)

    def _build(self) -> None:
        report = self.shown.report
        self._layout.addLayout(self._top(report))
        for conflict in report.conflicts:
            notice = Notice(Tone.AMBER, closable=False)
            said = _("Contradiction: {conflict}").format(conflict=answers.conflict(conflict))
            notice.say(said, Tone.AMBER)
            self._layout.addWidget(notice)
        self._offer_fetch(report)
        frame = QFrame()
        frame.setObjectName("card")
        rows = column(0, 0)
        rows.setContentsMargins(1, 1, 1, 1)
        frame.setLayout(rows)
        for number, fold in enumerate(self._make_folds(report)):
            if number:
                rows.addWidget(line())
            rows.addWidget(fold)
        self._layout.addWidget(frame)

    def _top(self, report: Report) -> QBoxLayout:
        thumbnail = self.shown.images.get("thumbnail") or self.shown.images.get("thumbnail-small")
        self._picture.show_picture(thumbnail, report.media.kind)
        self._picture.setAccessibleName(_("Picture of the file"))
        tone = Tone(answers.tone(report.answer, report.headline))
        said = answers.headline(report.headline)
        size = Type.SECTION if len(said) > _LONG_HEADLINE else Type.HEADLINE
        self.headline.setFont(style.font(size))
        self.headline.setText(said)
        self.headline.set_tone(tone)
        word = Text(answers.answer_word(report.answer), Type.BODY, bold=True, wrap=False)
        word.set_tone(tone)
        caption = QHBoxLayout()
        caption.setSpacing(GRID)
        caption.addWidget(Icon(icons.ANSWERS[report.answer], 24, tone.value))
        caption.addWidget(word)
        caption.addStretch()
        words = QVBoxLayout()
        words.setSpacing(GRID)
        words.addLayout(caption)
        words.addWidget(self.headline)
        words.addWidget(Text(answers.meaning(report)))
        words.addSpacing(4)
        name = Elided(plain(report.media.name), Type.BODY, mode=Qt.TextElideMode.ElideMiddle)
        words.addWidget(name)
        words.addWidget(Text(reports.media_line(report.media), Type.CAPTION, muted=True))
        words.addStretch()
        top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setSpacing(3 * GRID)
        top.addLayout(self._seen(), 0)
        top.addLayout(words, 1)
        self._top_row = top
        return top

    def _seen(self) -> QVBoxLayout:
        """The picture, and a way to what detectors point at in it."""
        seen = column(0, 4)
        seen.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self.where.setToolTip(_("Show over the picture what the detectors point at"))
        self.where.clicked.connect(self._show_where)
        self.where.setVisible(any(map(drawable, self.marks.layers.values())))
        seen.addWidget(self.where)
        seen.addStretch()
        return seen

    def _show_where(self) -> None:
        """Open the detectors' row at its picture, with a layer over it."""
        if self.marks.shown is None:
            self.marks.show(next(code for code, layer in self.marks.layers.items() if drawable(layer)))
        fold = self.folds["detectors"]
        if fold.header.isChecked() and not fold.moving:
            self._reveal()
        else:
            fold.settled.connect(self._reveal, Qt.ConnectionType.SingleShotConnection)
            fold.open()

    def _reveal(self) -> None:
        view, layer = self.marks_view, self.marks.shown
        if view is None or layer is None:
            return
        view.buttons[layer.code].setFocus(Qt.FocusReason.OtherFocusReason)
        for wait in _REVEALED_MS:
            QTimer.singleShot(wait, view, lambda: self.reveal_asked.emit(view))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._top_row.direction() != wanted:
            self._top_row.setDirection(wanted)

    def _offer_fetch(self, report: Report) -> None:
        finding = report.finding(Witness.CREDENTIALS)
        address = finding.details.get("untrusted_remote") if finding is not None else None
        host = plain(finding.details.get("untrusted_host") or "", 80) if finding is not None else ""
        if finding is None or finding.code != "elsewhere" or not isinstance(address, str) or not host:
            return
        notice = Notice(Tone.INK, closable=False)
        notice.say(
            _("Its credentials are kept at {host}. Fetching them tells that host which file you are checking.").format(
                host=host
            ),
            Tone.INK,
            _("Fetch from {host}").format(host=plain(host, 40)),
        )
        notice.action.clicked.connect(lambda: self.fetch_asked.emit(address))
        self._layout.addWidget(notice)

    def _make_folds(self, report: Report) -> list[Fold]:
        return [
            self._witness(report, Witness.CREDENTIALS, self._credentials),
            self._witness(report, Witness.REGISTER, self._register),
            self._witness(report, Witness.REVIEWERS, self._reviewers),
            self._facts(report),
            self._detectors(report),
            self._left_open(report),
            self._technical(report),
        ]

    def _witness(self, report: Report, witness: Witness, build: Callable[[QVBoxLayout], None]) -> Fold:
        fold = Fold(findings.witness_name(witness), icons.WITNESSES[witness], build)
        finding = report.finding(witness)
        said = findings.sentence(finding) if finding is not None else _("Not checked.")
        done = finding is not None and finding.status is Status.DONE
        fold.header.say(said, _SHADES.get(finding.code, "stone") if finding is not None and done else "muted")
        self.folds[str(witness)] = fold
        return fold

    def _question(self, report: Report, witness: Witness) -> Callable[[QVBoxLayout], None]:
        def build(into: QVBoxLayout) -> None:
            finding = report.finding(witness)
            into.addWidget(Text(findings.sentence(finding) if finding is not None else _("Not checked.")))
            question = findings.witness_question(witness)
            into.addWidget(Text(_("What it will answer: {question}").format(question=question), muted=True))

        return build

    def _register(self, into: QVBoxLayout) -> None:
        from touchstone.ui import register_row

        finding = self.shown.report.finding(Witness.REGISTER)
        if finding is None:
            into.addWidget(Text(_("Not checked.")))
            return
        comparison = register_row.fill(into, self.shown, finding)
        if comparison is not None:
            self.compared.emit(comparison)

    def _reviewers(self, into: QVBoxLayout) -> None:
        from touchstone.ui import reviewers_row

        finding = self.shown.report.finding(Witness.REVIEWERS)
        if finding is None:
            into.addWidget(Text(_("Not checked.")))
            return
        button = reviewers_row.fill(into, finding)
        if button is not None:
            button.clicked.connect(lambda: self.case_asked.emit(reviewers_row.case_of(finding)))

    def _credentials(self, into: QVBoxLayout) -> None:
        finding = self.shown.report.finding(Witness.CREDENTIALS)
        if finding is None:
            return
        into.addWidget(Text(findings.sentence(finding)))
        rows = details.credential_rows(finding)
        if rows:
            into.addWidget(table(rows))
        if len(details.nodes(finding.details)) > 1:
            tree = HistoryTree(self.shown, finding.details)
            failed = tree.failed_place()
            if failed is not None:
                tree.choose(failed)
            into.addWidget(tree)

    def _facts(self, report: Report) -> Fold:
        finding = report.finding(Witness.FACTS)

        def build(into: QVBoxLayout) -> None:
            if finding is not None:
                self._fact_rows(finding, into)

        fold = Fold(_("File facts"), icons.WITNESSES[Witness.FACTS], build)
        done = finding is not None and finding.status is Status.DONE
        said = findings.sentence(finding) if finding is not None else _("Not checked.")
        fold.header.say(said, _SHADES.get(finding.code, "stone") if finding is not None and done else "muted")
        self.folds[str(Witness.FACTS)] = fold
        return fold

    def _detectors(self, report: Report) -> Fold:
        def build(into: QVBoxLayout) -> None:
            self.marks_view = detectors_row.fill(into, self.shown, self.marks)

        fold = Fold(_("Detectors"), icons.WITNESSES["detectors"], build)
        fold.header.say(*detectors_row.header(report))
        self.folds["detectors"] = fold
        return fold

    def _fact_rows(self, finding: Finding, into: QVBoxLayout) -> None:
        into.addWidget(Text(findings.sentence(finding)))
        said = facts.notes(finding)
        signed = self.shown.report.finding(Witness.CREDENTIALS)
        if signed is not None and signed.code not in {"none", "broken"}:
            said = [note for note in said if note != facts.note("c2pa-bytes")]  # told by that witness already
        for note in said:
            into.addWidget(Text(note))
        rows = facts.rows(finding) if finding.status is Status.DONE else []
        if rows:
            into.addWidget(table(rows))
        carried = facts.texts(finding)
        if carried:
            into.addWidget(Text(_("Texts that the file carries, in its own words"), Type.BODY, bold=True))
            into.addWidget(table(carried))

    def _left_open(self, report: Report) -> Fold:
        rows = details.open_rows(report)

        def build(into: QVBoxLayout) -> None:
            into.addWidget(table(rows))

        fold = Fold(_("Not checked"), Glyph.CIRCLE_DASHED, build, quiet=True)
        said = ngettext("{count} question stays open", "{count} questions stay open", len(rows))
        fold.header.say(said.format(count=formats.whole(len(rows))) if rows else _("Nothing"))
        self.folds["not-checked"] = fold
        return fold

    def _technical(self, report: Report) -> Fold:
        def build(into: QVBoxLayout) -> None:
            grid = table(details.technical_rows(report))
            into.addWidget(grid)
            media = report.media
            for label, value in (("SHA-256", media.sha256), ("PDQ", str(media.fingerprints.get("pdq") or ""))):
                if value:
                    add_row(grid, label, Hash(value, label))
            for label, value in details.model_hashes(report):
                add_row(grid, label, Hash(value, label))
            for said in reports.protection(report.protection):
                into.addWidget(Text(said, Type.CAPTION, muted=True))

        fold = Fold(_("Technical details"), Glyph.LIST_BULLETS, build, quiet=True)
        fold.header.say(_("Versions, fingerprints, and what protected this computer"))
        self.folds["technical"] = fold
        return fold
