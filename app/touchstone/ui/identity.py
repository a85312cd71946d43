"""Publishing: who you are on the register: the publisher, its domain and the keys that sign for it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from touchstone.texts import _
from touchstone.texts import domain as domain_words
from touchstone.texts.plain import plain
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Choice
from touchstone.ui.forms import clear
from touchstone.ui.identity_create import CreateForm, Wanted
from touchstone.ui.identity_domain import DomainCard
from touchstone.ui.identity_publisher import PublisherCard
from touchstone.ui.identity_signers import SignersCard
from touchstone.ui.labels import column
from touchstone.ui.notes import Notice
from touchstone.ui.pages import Scroll
from touchstone.ui.progress import Working
from touchstone.ui.register_desk import why
from touchstone.ui.signing import Deed, Signing, transact, was_refused
from touchstone.ui.style import GRID, Tone

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined
    from touchstone.registry.own import OwnPublisher

PUBLISHERS = "PublisherRegistry"


@dataclass(frozen=True, slots=True)
class Who:
    """The user on the network in use: keys that can sign, and the publishers that they act for.

    `unread` is whether its register was never read, so that publishers may be there that are not known here.
    """

    network: Network
    keys: tuple[Key, ...] = ()
    publishers: tuple[OwnPublisher, ...] = ()
    unread: bool = False

    def key_for(self, publisher: OwnPublisher, *, control: bool = False) -> Key | None:
        """The key that acts for a publisher: its controller, or, for registering, any signer of it."""
        of = {key.address: key for key in self.keys}
        if control or publisher.controls:
            return of.get(publisher.controller)
        return next((of[address] for address in publisher.mine if address in of), None)


class IdentityPage(QWidget):
    """Teaches where there is no publisher yet. `found` tells who the user is, each time that is read or chosen."""

    found = Signal(object)  # Who
    files_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.who: Who | None = None
        self.publisher: OwnPublisher | None = None
        self.signing = Signing(desk, self)
        self.notice = Notice()
        self.working = Working(_("Signing"))
        self.choice = Choice()
        self.choice.setAccessibleName(_("Publisher"))
        self.form: CreateForm | None = None
        self.card: PublisherCard | None = None
        self.domain: DomainCard | None = None
        self.signers: SignersCard | None = None
        page = QWidget()
        rows = column(0, 2 * GRID)
        page.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.working)
        rows.addWidget(self.choice)
        self._cards = column(0, 2 * GRID)
        rows.addLayout(self._cards)
        layout = column(0, 0)
        self.setLayout(layout)
        scroll = Scroll(widest=840, margin=0)
        layout.addWidget(scroll)
        scroll.hold(page)
        self.choice.hide()
        self.choice.currentIndexChanged.connect(self._chosen)
        self.notice.action.clicked.connect(self._read)
        self.signing.stepped.connect(self.working.show_step)
        self.signing.busy.connect(self._busy)
        self.working.stopped.connect(self.signing.stop)
        desk.register.changed.connect(self.reload)
        desk.register.keys_changed.connect(self.reload)
        desk.register.network_changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Read again who the user is."""
        desk = self._desk

        def work() -> Who:
            return who_is(desk)

        self._desk.background.run(work, self._show, self._refused)

    # What was found

    def _show(self, who: Who) -> None:
        before = self.publisher.number if self.publisher is not None else 0
        self.who = who
        self.choice.blockSignals(True)  # noqa: FBT003 - Qt's
        self.choice.clear()
        for publisher in who.publishers:
            said = _("{name} · publisher {number}")
            self.choice.addItem(said.format(name=plain(publisher.name, 60), number=publisher.number), publisher)
        numbers = [publisher.number for publisher in who.publishers]
        self.choice.setCurrentIndex(numbers.index(before) if before in numbers else 0 if numbers else -1)
        self.choice.blockSignals(False)  # noqa: FBT003 - Qt's
        self.choice.setVisible(len(numbers) > 1)
        self._chosen()
        if who.unread:
            hosts = ", ".join(plain(url, 60) for url in who.network.urls)
            said = _("This register was not read yet, so a publisher of yours would not be seen. Reading asks {hosts}.")
            self.notice.say(said.format(hosts=hosts), Tone.AMBER, _("Read it now"))

    def _read(self) -> None:
        """Read the register: the user has pressed a button that says whom it asks."""
        home, register = self._desk.home, self._desk.register

        def work() -> None:
            from touchstone.registry import mirror

            mirror.sync(home, register.network(), register.nodes())

        def then(_none: None) -> None:
            self.notice.hide()
            register.changed.emit()

        self.notice.say(_("Reading the register…"), Tone.INK)
        self._desk.background.run(work, then, self._refused)

    def _chosen(self) -> None:
        who = self.who
        if who is None:
            return
        self.publisher = self.choice.currentData()
        self.found.emit(who)
        if self.publisher is None and self.form is not None:
            self.form.use(who.keys, who.network)
            return
        clear(self._cards)
        self.form = self.card = self.domain = self.signers = None
        if self.publisher is None:
            self._teach(who)
        else:
            self._know(who, self.publisher)
        self._busy(self.signing.running())

    def _teach(self, who: Who) -> None:
        self.form = CreateForm(who.network)
        self.form.use(who.keys, who.network)
        self.form.asked.connect(self._create)
        self.form.named.connect(self._named)
        self._cards.addWidget(self.form)

    def _named(self, name: str) -> None:
        """Look whether a name can be taken for another that is known here."""
        who, home = self.who, self._desk.home
        if who is None or not name:
            return

        def work() -> str:
            from touchstone.registry import confusable

            known = confusable.known(home, who.network)
            others = [
                (one.number, text) for one in known for text in (one.untrusted_name, one.untrusted_domain) if text
            ]
            return " ".join(domain_words.doubt(doubt) for doubt in confusable.doubts(name, others))

        self._desk.background.run(work, lambda said: self.form.doubt(said) if self.form is not None else None)

    def _know(self, who: Who, publisher: OwnPublisher) -> None:
        self.card = PublisherCard(publisher, who.network)
        self.domain = DomainCard(self._desk, publisher, who.network)
        self.signers = SignersCard(publisher, who.keys)
        for made in (self.card, self.domain, self.signers):
            self._cards.addWidget(made)
            made.asked.connect(self._ask)
        self.card.files_asked.connect(self.files_asked)

    # What is asked for

    def _create(self, wanted: Wanted) -> None:
        from touchstone.registry.domain import DomainError, normalised

        desk = self._desk
        try:
            domain = normalised(wanted.domain) if wanted.domain else ""
        except DomainError:
            self.notice.say(_("That is no domain. An example of one: agence-x.example"))
            return

        def keep() -> Key:
            from touchstone.chain import keystore

            if wanted.key is not None:
                return wanted.key
            key = keystore.new(desk.home, wanted.key_name, wanted.password)
            desk.register.unlock(key, wanted.password)
            return key

        def go_on(key: Key) -> None:
            desk.register.keys_changed.emit()

            def work(deed: Deed) -> list[Mined]:
                from touchstone.registry import publishers

                return transact(desk, deed, lambda network: [publishers.create(network, wanted.name, domain)])

            said = _("You are on the register as {name}.").format(name=plain(wanted.name, 60))
            self.signing.run(key, work, lambda _mined: self._done(said), self._refused)

        self.notice.hide()
        if self.form is not None:
            self.form.setEnabled(False)
        self.working.show_step(
            _("Making a key; this takes a second or two") if wanted.key is None else _("Trying it out")
        )
        self._desk.background.run(keep, go_on, self._refused)

    def _ask(self, function: str, arguments: tuple[object, ...], said: str) -> None:
        """A card asks for a call of the register of publishers; `said` tells that it was done."""
        who, publisher, desk = self.who, self.publisher, self._desk
        key = who.key_for(publisher, control=True) if who is not None and publisher is not None else None
        if publisher is None or key is None:
            self.notice.say(_("The key that controls this publisher is not on this computer."))
            return
        number, name = publisher.number, publisher.name

        def work(deed: Deed) -> list[Mined]:
            from touchstone.chain.known_calls import intent

            def build(network: Network) -> list[Intent]:
                return [intent(network, PUBLISHERS, function, number, *arguments, untrusted_publisher=name)]

            return transact(desk, deed, build)

        self.signing.run(key, work, lambda _mined: self._done(said), self._refused)

    def _done(self, said: str) -> None:
        self.notice.say(said, Tone.INK)

    def _busy(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        if busy and self.working.isHidden():
            self.working.show_step(_("Trying it out"))
        if not busy:
            self.working.end()
        for made in (self.form, self.card, self.domain, self.signers):
            if made is not None:
                made.setEnabled(not busy)

    def _refused(self, error: Exception) -> None:
        self._busy(busy=self.signing.running())
        if not was_refused(error):
            self.notice.say(why(error))


def who_is(desk: Desk) -> Who:
    """Who the user is on the network in use. For threads. Raises ChainError, StoreError."""
    from touchstone.chain import keystore
    from touchstone.chain.errors import ChainError
    from touchstone.registry import mirror, own

    network = desk.register.network()
    keys = tuple(key for key in keystore.keys(desk.home) if not key.damaged and not key.exposed)
    if network.practice and desk.home.ledger.exists():
        with contextlib.suppress(ChainError):  # what is there already is shown
            mirror.sync(desk.home, network)
    publishers = own.publishers(desk.home, network, [key.address for key in keys])
    return Who(network, keys, tuple(map(_checksummed, publishers)), unread=_unread(desk, network))


def _unread(desk: Desk, network: Network) -> bool:
    """Whether a register that is not on this computer was never read."""
    from touchstone.registry.lookup import Register

    if network.practice:
        return False
    copy = Register(desk.home, network)
    try:
        return copy.state().synced_at == 0
    finally:
        copy.close()


def _checksummed(publisher: OwnPublisher) -> OwnPublisher:
    """With addresses as people compare them."""
    from touchstone.chain.keystore import checksummed

    return replace(
        publisher,
        controller=checksummed(publisher.controller),
        recovery=checksummed(publisher.recovery) if publisher.recovery else "",
        signers={checksummed(address): signer for address, signer in publisher.signers.items()},
        mine=tuple(checksummed(address) for address in publisher.mine),
    )
