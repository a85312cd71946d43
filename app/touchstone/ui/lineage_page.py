"""The lineage of the detector that is chosen: the picture of its chain, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from touchstone.lineage.audit_types import Audit
from touchstone.texts import _
from touchstone.texts import lineage_view as words
from touchstone.ui import lineage_chain, lineage_deeds_work, lineage_work
from touchstone.ui.desk import Desk
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Icon, Text, breakable, column, repolish, tool_button
from touchstone.ui.lineage_chain import Known, Link
from touchstone.ui.lineage_deeds import LineageDeeds
from touchstone.ui.lineage_details import LinkDetails
from touchstone.ui.lineage_map import MARKS, LineageMap
from touchstone.ui.lineage_places import Kind, Mark
from touchstone.ui.lineage_work import Looked, Subject
from touchstone.ui.models_work import ModelsWork, Task
from touchstone.ui.pages import Scroll, centred
from touchstone.ui.progress import Working
from touchstone.ui.style import GRID, Tone, Type

if TYPE_CHECKING:
    from touchstone.ui.models_model import Row

_NOTHING, _NO_RECORD, _CHAIN = range(3)
_WIDEST = 1320
_MEASURE = 640  # pixels of a paragraph
_LEAST_DETAILS = 120  # pixels of them that are worth seeing


class LineagePage(QWidget):
    """Follows the chain of a model when it is shown; `publisher_asked` leads to where one becomes a publisher."""

    publisher_asked = Signal()
    model_asked = Signal(str)  # another model, by its id

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._row: Row | None = None
        self._looked: dict[str, Looked] = {}
        self._links: dict[Kind, Link] = {}
        self._open: Kind | None = None
        self._again = False
        self.work = ModelsWork(desk, self)
        self.working = Working(_("Following the chain"))
        self.map = LineageMap()
        self.details = LinkDetails()
        self.deeds = LineageDeeds(desk, self)
        self._mark, self._said = Icon(Glyph.CLOCK, 20, "muted"), Text("", Type.BODY, bold=True)
        self._standing = Text("", Type.CAPTION, muted=True)
        self.again_button = tool_button(Glyph.ARROWS_CLOCKWISE, _("Follow the chain again"))
        self._bodies = QStackedWidget()
        self._build()
        self._connect()

    @property
    def looked(self) -> Looked | None:
        """What was found about the model that is shown; None until its chain was followed."""
        return None if self._row is None else self._looked.get(self._row.id)

    def show_row(self, row: Row | None) -> None:
        """Show the lineage of a detector, or of none."""
        if row is not None and self._row is not None and row.id == self._row.id and row.manifest == self._row.manifest:
            self._row = row
            self.look()
            return
        self._row, self._open = row, None
        self._show()
        self.look()

    def look(self) -> None:
        """Follow the chain, where the page is shown; what was found before stays where no file has changed."""
        row = self._row
        if row is None or row.manifest is None or not self.isVisible():
            return
        if self.work.running():
            self._again = True
            self.work.stop()
            return
        self._begin(Subject(row.id, row.listed.folder, row.manifest))

    def look_anew(self) -> None:
        """Follow the chain, whether or not a file has changed."""
        if self._row is not None:
            self._looked.pop(self._row.id, None)
            self._show()
            self.look()

    def back(self) -> bool:
        """Esc: away from a form or from details; false where there was nothing to leave."""
        if self.deeds.back():
            return True
        if self._open is None:
            return False
        kind = self._open
        self._close_details()
        self.map.buttons[kind].setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def enter(self) -> None:
        """Go to the picture: to the box whose details are open, else to the first of the chain."""
        kind = self._open or Kind.DATA
        if kind in self.map.buttons:
            self.map.buttons[kind].setFocus(Qt.FocusReason.TabFocusReason)

    def close_down(self) -> None:
        """The window closes."""
        self._again = False
        self.work.stop()
        self.deeds.close_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_names()
        self.look()

    # Building

    def _build(self) -> None:
        page = QWidget()
        rows = column(0, GRID + 4)
        page.setLayout(rows)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said = column(0, 2)
        said.addWidget(self._said)
        said.addWidget(self._standing)
        head.addLayout(said, 1)
        head.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(head)
        for widget in (*self.deeds.widgets, self.working, self.map, self.details):
            rows.addWidget(widget)
        self.area = Scroll(widest=_WIDEST, margin=0)
        self.area.hold(page)
        self._bodies.addWidget(_message(words.no_model()))
        self._bodies.addWidget(_message(*words.no_record()))
        self._bodies.addWidget(self.area)
        whole = column(0, 0)
        self.setLayout(whole)
        whole.addWidget(self._bodies)

    def _connect(self) -> None:
        self.map.chosen.connect(lambda kind, by_keys: self.open_details(Kind(kind), enter=by_keys))
        self.map.reached.connect(lambda button: self.area.ensureWidgetVisible(button, 0, GRID))
        self.details.close_button.clicked.connect(lambda _checked: self.back())
        self.again_button.clicked.connect(lambda _checked: self.look_anew())
        self.work.stepped.connect(self.working.show_step)
        self.working.stopped.connect(self._stop)
        self._desk.register.changed.connect(self._changed)
        self._desk.register.network_changed.connect(self.look)
        self._desk.register.keys_changed.connect(self._read_names)
        self.details.model_asked.connect(self.model_asked)
        self.deeds.publisher_asked.connect(self.publisher_asked)
        for widget in self.deeds.widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What opens above the picture is scrolled to: whoever asked for it may be far below."""
        if event.type() is QEvent.Type.ShowToParent and isinstance(watched, QWidget):
            QTimer.singleShot(0, self, lambda: self._reveal_above(watched))
        return super().eventFilter(watched, event)

    def _reveal_above(self, widget: QWidget) -> None:
        page = self.area.widget()
        if page is not None and widget.isVisible():
            self.area.verticalScrollBar().setValue(widget.mapTo(page, QPoint(0, 0)).y() - GRID)

    # What is shown

    def _show(self) -> None:
        row = self._row
        subject = None if row is None or row.manifest is None else Subject(row.id, row.listed.folder, row.manifest)
        recorded = self.looked is not None or (subject is not None and subject.recorded)
        self.deeds.use(subject if recorded else None, self.looked)
        if subject is None:
            self._bodies.setCurrentIndex(_NOTHING)
        elif not recorded:
            self._bodies.setCurrentIndex(_NO_RECORD)
        else:
            self._bodies.setCurrentIndex(_CHAIN)
            looked = self.looked
            known = Known(subject.manifest) if looked is None else looked.known
            self._show_chain(None if looked is None else looked.audit, known)

    def _show_chain(self, audit: Audit | None, known: Known) -> None:
        links = lineage_chain.links(audit, known)
        self._links = {link.box.kind: link for link in links}
        self.map.show_boxes([link.box for link in links])
        if audit is None:
            self._say(Mark.WAITING, words.auditing())
        else:
            worst = Mark.VERIFIED if audit.sound else Mark.FAILED
            self._say(worst, lineage_work.summary(audit))
        self._standing.setText(self._standing_of(known))
        self._standing.setVisible(known.standing is not None)
        self.map.mark(self._open)
        self.details.show_link(None if self._open is None else self._links.get(self._open))

    def _standing_of(self, known: Known) -> str:
        if known.standing is None:
            return ""
        return breakable(words.standing(known.standing, known.entry, practice=known.practice))

    def _say(self, mark: Mark, said: str) -> None:
        glyph, shade = MARKS[mark]
        self._mark.set_glyph(glyph, shade)
        repolish(self._said, Tone.BRICK if mark is Mark.FAILED else None)
        self._said.setText(said)

    def open_details(self, kind: Kind, *, enter: bool = False) -> None:
        """Open the details of a box; with `enter`, go to them."""
        self._open = kind
        self.map.mark(kind)
        self.details.show_link(self._links[kind])
        if enter:
            self.details.enter()
        QTimer.singleShot(0, self._reveal)  # once they have their height

    def _reveal(self) -> None:
        """Scroll to the details: as far as the chain above them stays in view, where there is room for both."""
        page, seen = self.area.widget(), self.area.viewport().height()
        if page is None:
            return
        place = self.details.mapTo(page, QPoint(0, 0)).y()
        end = place + self.details.height() + 2 * GRID - seen
        keep = self.map.y() + self.map.chain_top() - GRID
        begin = keep if place + _LEAST_DETAILS - keep <= seen else place - GRID
        self.area.verticalScrollBar().setValue(min(begin, end))

    def _close_details(self) -> None:
        self._open = None
        self.map.mark(None)
        self.details.show_link(None)

    # What happens

    def _begin(self, subject: Subject) -> None:
        if not subject.recorded:
            self._show()
            return
        home, register, before = self._desk.home, self._desk.register, self._looked.get(subject.id)
        self._again = False

        def work(task: Task) -> Looked:
            return lineage_work.look(home, register.network(), subject, task, before)

        self.work.run(work, self._found, self._refused)

    def _found(self, looked: Looked) -> None:
        self.working.end()
        before = self._looked.get(looked.subject.id)
        self._looked[looked.subject.id] = looked
        if self._row is not None and self._row.id == looked.subject.id:
            if looked is not before and self._open is None:
                self._open = lineage_chain.failed(looked.audit)
            self._show()
        self._go_on()

    def _refused(self, error: Exception) -> None:
        self.working.end()
        if self._go_on():
            return
        row, said = self._row, lineage_work.why(error)
        if row is None or (self.looked is not None and not said):
            return
        self._looked.pop(row.id, None)
        self._show_chain(Audit(row.id, ()), Known(row.manifest))
        if said:
            self._say(Mark.FAILED, said)
        else:
            self._say(Mark.NOT_CHECKED, words.not_audited())

    def _go_on(self) -> bool:
        """Another model was chosen meanwhile: begin with it."""
        if self._again:
            self._again = False
            self.look()
            return True
        return False

    def _changed(self) -> None:
        self._read_names()
        self.look()

    def _stop(self) -> None:
        self._again = False
        self.work.stop()

    def _read_names(self) -> None:
        """Read again in whose name the user can act."""
        desk = self._desk
        if self.isVisible():
            desk.background.run(lambda: lineage_deeds_work.who(desk), self.deeds.offer, lambda _e: self.deeds.offer(()))


def _message(title: str, about: str = "") -> QWidget:
    page = QWidget()
    rows = column(0, GRID)
    page.setLayout(rows)
    centre = Qt.AlignmentFlag.AlignHCenter
    rows.addStretch()
    rows.addWidget(Icon(Glyph.TREE_STRUCTURE, 40, "muted"), 0, centre)
    for label in [Text(title, Type.SECTION if about else Type.BODY), *([Text(about, muted=True)] if about else [])]:
        label.setAlignment(centre)
        rows.addLayout(centred(label, _MEASURE, 0))
    rows.addStretch()
    return page
