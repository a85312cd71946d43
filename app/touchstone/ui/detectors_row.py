"""What the detectors' row of a card opens to: each detector's words, the picture they point at, a clip's frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from touchstone.export.layers import Frames, frames_of
from touchstone.report import Finding, Report, Status, Witness
from touchstone.texts import _, detectors, findings, traces
from touchstone.ui.batch import Shown
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, column, line
from touchstone.ui.marks import Marks, MarksView
from touchstone.ui.style import GRID, Type
from touchstone.ui.tabulated import table
from touchstone.ui.timeline import Timeline

_LOOKS = {
    "signs": (Glyph.WARNING, "amber"),
    "none": (Glyph.MAGNIFYING_GLASS, "stone"),
}
_FRAME = "frame-"  # pictures of frames: this, and their moment in milliseconds


def fill(into: QVBoxLayout, shown: Shown, marks: Marks) -> MarksView | None:
    """Add everything to `into`; returns the large picture, where there is something to lay over it."""
    found = detectors.detectors_of(shown.report.findings)
    asked = [f for f in found if f.status is not Status.NOT_CHECKED]
    for finding in asked:
        into.addWidget(DetectorView(finding))
    for finding in asked:
        frames = frames_of(finding)
        if len(frames.times) > 1:
            into.addWidget(line())
            into.addWidget(Timeline(frames, _thumbnails(frames, shown.images)))
    view = None
    if marks.layers:
        into.addWidget(line())
        picture = shown.images.get("thumbnail") or shown.images.get("thumbnail-small")
        view = MarksView(marks, picture, shown.report.media.kind)
        into.addWidget(view)
    rows = not_asked_rows(found)
    if rows:
        if asked:
            into.addWidget(line())
        into.addWidget(table(rows))
    if not asked:
        question = findings.witness_question(Witness.AI_IMAGE)
        into.addWidget(Text(_("What they answer: {question}").format(question=question), muted=True))
    return view


def header(report: Report) -> tuple[str, str]:
    """What the row says closed, and the shade of its icon."""
    found = detectors.detectors_of(report.findings)
    if not found:
        return _("Not checked"), "muted"
    done = [f for f in found if f.status is Status.DONE]
    signs = any(f.details.get("decision") == "signs" for f in done)
    return detectors.fold_line(found), "amber" if signs else "stone" if done else "muted"


def not_asked_rows(found: Sequence[Finding]) -> list[tuple[str, str]]:
    """Which detectors were not asked, why, and what to do; those with the same answer together."""
    named: dict[str, list[str]] = {}
    for finding in found:
        if finding.status is Status.NOT_CHECKED:
            why = _("Not checked: {why}. {advice}").format(
                why=findings.reason(finding.code, finding.witness), advice=detectors.advice(finding)
            )
            named.setdefault(why, []).append(detectors.title(finding.witness))
    return [(", ".join(titles), why) for why, titles in named.items()]


class DetectorView(QWidget):
    """One detector: what it sees, how often it is wrong, what stood out, and which model said so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + 4)
        glyph, shade = look(finding)
        row.addWidget(Icon(glyph, 20, shade), 0, Qt.AlignmentFlag.AlignTop)
        words = column(0, 4)
        row.addLayout(words, 1)
        words.addWidget(Text(detectors.title(finding.witness), Type.BODY, bold=True))
        if finding.status is Status.DONE:
            words.addWidget(Text(detectors.decision(finding)))
            rate = detectors.rate_beside(finding)
            if rate:
                words.addWidget(Text(rate, muted=True))
        else:
            words.addWidget(Text(detectors.failed(finding)))
            words.addWidget(Text(detectors.advice(finding), muted=True))
        small = [traces.stood_out(finding), *detectors.notes(finding), detectors.model_line(finding)]
        for said in small:
            if said:
                caption = Text(said, Type.CAPTION, muted=True)
                caption.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                words.addWidget(caption)
        self.setToolTip(detectors.looked_at(finding.witness))


def look(finding: Finding) -> tuple[Glyph, str]:
    """The icon of a finding and its shade: never green, never red."""
    if finding.status is Status.FAILED:
        return Glyph.WARNING_CIRCLE, "muted"
    return _LOOKS.get(str(finding.details.get("decision")), (Glyph.CIRCLE_WAVY_QUESTION, "stone"))


def _thumbnails(frames: Frames, images: Mapping[str, QImage]) -> dict[int, QImage]:
    """The pictures of frames by their place in the timeline; they are kept by their milliseconds."""
    found = {place: images.get(f"{_FRAME}{round(time * 1000)}") for place, time in enumerate(frames.times)}
    return {place: image for place, image in found.items() if image is not None}
