"""Runs what has to be signed: in a thread, with the one sheet before each signature, steps as it goes, and a stop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain
from touchstone.ui.confirm import ConfirmSheet, Question
from touchstone.ui.desk import Desk
from touchstone.ui.register_desk import why

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined, Prepared
    from touchstone.chain.signer import Signer

T = TypeVar("T")

_ROOM = 3, 2  # times the cost of the first transaction, up to which the others are covered by its agreement


class Deed:
    """One run, as the thread sees it. It is handed to whatever prepares and sends."""

    def __init__(self, signing: Signing, desk: Desk, key: Key) -> None:
        self.key = key
        self._signing, self._desk = signing, desk
        self._stopped = threading.Event()
        self._answers: queue.Queue[str | None] = queue.Queue()

    @property
    def stopped(self) -> threading.Event:
        """Set once the user has pressed Stop, or closes the window."""
        return self._stopped

    @property
    def signer(self) -> Signer:
        """What signs. Locked until a sheet was agreed to."""
        return self._desk.register.signer(self.key)

    def cancel(self) -> bool:
        """Whether to stop."""
        return self._stopped.is_set()

    def ask(self, question: Question) -> bool:
        """Show a sheet and wait for the answer; where it is yes, the key is open afterwards.

        A key that locks itself while the sheet is read is asked for again: what was agreed to must not fail by that.
        """
        from touchstone.chain.errors import ChainError

        self._later(lambda: self._signing.show(question, self._answers))
        try:
            while True:
                password = self._answers.get()
                if password is None or self.cancel():
                    return False
                if not question.key:
                    if not self._desk.register.is_locked(self.key):
                        return True
                    question = self._ask_again(question)
                    continue
                try:
                    self._desk.register.unlock(self.key, password)
                except ChainError as error:
                    said = why(error)
                    self._later(lambda said=said: self._signing.refuse(said))  # type: ignore[misc]
                    continue
                self._later(self._desk.register.locks_changed.emit)
                return True
        finally:
            self._later(self._signing.dismiss)

    def _ask_again(self, question: Question) -> Question:
        """The same sheet with a place for the password."""
        asked = replace(question, key=plain(self.key.name, 60))
        self._later(self._signing.dismiss)
        self._later(lambda: self._signing.show(asked, self._answers))
        said = _("The key has locked itself meanwhile. Type its password.")
        self._later(lambda: self._signing.refuse(said))
        return asked

    def tell(self, words: str, done: int = 0, of: int = 0) -> None:
        """Name a step; `of` is 0 where nobody knows how long it takes."""
        self._later(lambda: self._signing.stepped.emit(words, done, of))

    def stop(self) -> None:
        """Stop as soon as that does no harm. What was broadcast goes its way."""
        self._stopped.set()
        self._answers.put(None)

    def _later(self, call: Callable[[], object]) -> None:
        self._desk.background.later(lambda: (call(), None)[1])


class Signing(QObject):
    """One at a time for a screen. `stepped` carries words, and how far it is; `busy` whether something is under way."""

    stepped = Signal(str, int, int)
    busy = Signal(bool)

    def __init__(self, desk: Desk, screen: QWidget) -> None:
        super().__init__(screen)
        self._desk, self._screen = desk, screen
        self._deed: Deed | None = None
        self._sheet: ConfirmSheet | None = None

    def running(self) -> bool:
        """Whether something is under way."""
        return self._deed is not None

    def run(
        self,
        key: Key,
        work: Callable[[Deed], T],
        then: Callable[[T], None],
        otherwise: Callable[[Exception], None],
    ) -> None:
        """Run `work` in a thread; then, on the main thread, one of the others. Nothing is begun while another runs."""
        if self._deed is not None:
            return
        deed = self._deed = Deed(self, self._desk, key)
        self.busy.emit(True)  # noqa: FBT003 - Qt's

        def ended() -> None:
            self._deed = None
            self._desk.register.settle(key)
            self.busy.emit(False)  # noqa: FBT003 - Qt's

        def done(value: T) -> None:
            ended()
            then(value)

        def failed(error: Exception) -> None:
            ended()
            otherwise(error)

        self._desk.background.run(lambda: work(deed), done, failed)

    def stop(self) -> None:
        """Stop what is under way."""
        if self._deed is not None:
            self._deed.stop()

    def show(self, question: Question, answers: queue.Queue[str | None]) -> None:
        """Open the sheet; its answers go to the thread that waits."""
        sheet = self._sheet = ConfirmSheet(question, self._screen.window())

        def agreed(password: str) -> None:
            sheet.busy(_("Opening the key…") if question.key else _("Going on…"))
            answers.put(password)

        sheet.agreed.connect(agreed)
        sheet.refused.connect(lambda: answers.put(None))
        sheet.finished.connect(self._gone)
        sheet.open()

    def refuse(self, said: str) -> None:
        """Tell on the sheet why the password did not do."""
        if self._sheet is not None:
            self._sheet.refuse(said)

    def dismiss(self) -> None:
        """Close the sheet, if it is still there."""
        if self._sheet is not None:
            self._sheet.done(1)

    def _gone(self) -> None:
        self._sheet = None


def question_of(prepared: Prepared, key: Key, *, locked: bool) -> Question:
    """What is asked before a transaction that was tried out is signed."""
    from touchstone.texts import intents

    tried = _("it goes through, as of block {block}").format(block=formats.whole(prepared.block))
    return Question(
        title=intents.title(prepared.intent),
        sentence=intents.sentence(prepared.intent),
        rows=(*intents.rows(prepared), (_("Tried out"), tried)),
        action=intents.action(prepared.intent),
        warnings=intents.warnings(prepared),
        key=plain(key.name, 60) if locked else "",
    )


def was_refused(error: Exception) -> bool:
    """Whether the user said no, or Stop: nothing to be told as a fault."""
    return str(getattr(error, "code", "")) in {"rejected", "stopped"} and not getattr(error, "params", {}).get(
        "pending"
    )


class Agreement:
    """One sheet for several transactions of a kind: it names what comes after the first.

    Whatever is of another kind, or costs much more than the first, is asked about again.
    """

    def __init__(self, deed: Deed, desk: Desk, publisher: str = "") -> None:
        self._deed, self._desk, self._publisher = deed, desk, publisher
        self._first: Prepared | None = None
        self._number, self._of = 0, 1

    def at(self, number: int, of: int) -> None:
        """The transaction of that number comes next, from 0, of so many."""
        self._number, self._of = number, of

    def on_step(self, step: object, params: Mapping[str, Any]) -> None:
        """A transaction has come further."""
        from touchstone.texts import chain

        said = chain.step(str(step), params)
        if self._of > 1:
            said = _("Transaction {number} of {count}: {step}").format(
                number=formats.whole(self._number + 1), count=formats.whole(self._of), step=said
            )
        self._deed.tell(said, self._number, self._of if self._of > 1 else 0)

    def confirm(self, prepared: Prepared) -> bool:
        """Ask about the first; the others are covered as long as they are of its kind and cost about the same."""
        if self._first is not None and self._covers(self._first, prepared):
            return not self._deed.cancel()
        question = question_of(
            self._named(prepared), self._deed.key, locked=self._desk.register.is_locked(self._deed.key)
        )
        left = self._of - self._number - 1
        if left > 0:
            question = replace(question, rows=(*question.rows, (_("And then"), _more(prepared, left))))
        agreed = self._deed.ask(question)
        if agreed:
            self._first = prepared
        return agreed

    def _named(self, prepared: Prepared) -> Prepared:
        """With the publisher's name beside its number, for the sentence."""
        if not self._publisher:
            return prepared
        params = {**prepared.intent.params, "untrusted_publisher": self._publisher}
        return replace(prepared, intent=replace(prepared.intent, params=params))

    def _covers(self, first: Prepared, now: Prepared) -> bool:
        times, over = _ROOM
        same = (now.intent.code, now.sender, now.intent.to) == (first.intent.code, first.sender, first.intent.to)
        same = same and now.intent.reversible == first.intent.reversible
        return same and now.cost * over <= first.cost * times


def _more(prepared: Prepared, left: int) -> str:
    from touchstone.texts import intents

    times, over = _ROOM
    said = ngettext(
        "{count} more transaction of this kind, of at most {cost}",
        "{count} more transactions of this kind, of at most {cost} each",
        left,
    )
    most = prepared.cost * times // over
    return said.format(count=formats.whole(left), cost=intents.coins(most, prepared.network))


def transact(desk: Desk, deed: Deed, build: Callable[[Network], Sequence[Intent]], publisher: str = "") -> list[Mined]:
    """Try what `build` makes, ask, send it and wait until it counts; then the copy follows. For threads.

    `publisher` is the name of the one it is done for, where that is known: it stands beside its number on the sheet.

    Raises:
        ChainError: it was not sent, or does not count.
    """
    register = desk.register
    deed.tell(_("Trying it out"))
    register.fund(deed.key.address)
    sender, agreement, mined = register.open_sender(), Agreement(deed, desk, publisher), []
    try:
        wanted = build(register.network())
        for number, intent in enumerate(wanted):
            agreement.at(number, len(wanted))
            prepared = sender.prepare(intent, deed.key.address)
            mined.append(
                sender.send(prepared, deed.signer, agreement.confirm, on_step=agreement.on_step, cancel=deed.cancel)
            )
        return mined
    finally:
        sender.close()
        register.follow()
