"""Settings: which register is meant: the practice ledger, a public network, or one of the user's own."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPlainTextEdit, QRadioButton, QVBoxLayout, QWidget

from touchstone.texts import _, formats
from touchstone.texts import networks as words
from touchstone.texts.plain import plain
from touchstone.ui.desk import Desk
from touchstone.ui.fields import Switch
from touchstone.ui.forms import buttons, card, clear, field, labelled
from touchstone.ui.icons import Glyph
from touchstone.ui.labels import Text, column, line, push_button
from touchstone.ui.notes import Notice
from touchstone.ui.register_desk import why
from touchstone.ui.style import GRID, Tone, Type
from touchstone.ui.trust_panel import Confirm

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.networks import Networks


class NetworksPanel(QWidget):
    """The networks, one of which is in use. A public one is asked nothing before the user has agreed to it.

    `transactions_asked` asks for the list of what was sent, which is on another screen.
    """

    transactions_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._networks: Networks | None = None
        self.notice = Notice()
        self.confirm = Confirm()
        self.form = NetworkForm()
        self.choices: dict[str, QRadioButton] = {}
        self.test_button = push_button(_("Test the connection"), Glyph.ARROWS_CLOCKWISE)
        self.add_button = push_button(_("Add a network…"), Glyph.PLUS)
        self.transactions_button = push_button(_("Transactions…"), quiet=True)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        rows = column(0, 2 * GRID)
        self.setLayout(rows)
        rows.addWidget(self.notice)
        rows.addWidget(self.confirm)
        frame, inside = card()
        self._list = column(0, GRID)
        inside.addLayout(self._list)
        inside.addWidget(line())
        inside.addLayout(buttons(self.test_button, self.add_button, self.transactions_button, trailing=False))
        rows.addWidget(frame)
        rows.addWidget(self.form)
        self.test_button.clicked.connect(self._ask_test)
        self.add_button.clicked.connect(self.form.begin)
        self.transactions_button.clicked.connect(self.transactions_asked)
        self.form.agree.clicked.connect(self._add)
        self.confirm.cancel.clicked.connect(self._mark)
        self.reload()

    def reload(self) -> None:
        """Read the networks again."""
        home = self._desk.home

        def work() -> Networks:
            from touchstone.chain.networks import Networks

            return Networks.load(home)

        self._desk.background.run(work, self._show, self._refused)

    def choose(self, name: str) -> None:
        """Use a network; where it is a public one, ask first."""
        network = self._networks.by_name.get(name) if self._networks is not None else None
        if network is None or name == self._desk.settings.network:
            return
        if network.public and not network.consented:
            self.confirm.ask(words.consent(network), _("Agree and use it"), lambda: self._agree(network))
        else:
            self._use(network)

    def _agree(self, network: Network) -> None:
        from touchstone.chain import networks

        home = self._desk.home

        def then(_none: None) -> None:
            self._use(network)
            self.reload()

        self._desk.background.run(lambda: networks.consent(home, network.name, given=True), then, self._failed)

    def _use(self, network: Network) -> None:
        self._desk.change_settings(dataclasses.replace(self._desk.settings, network=network.name))
        said = _("{name} is in use now.").format(name=title(network))
        if network.mainnet:
            said = _("{said} {warning}").format(said=said, warning=words.unaudited())
        self.notice.say(said, Tone.AMBER if network.mainnet else Tone.INK)
        self._mark()

    def _mark(self) -> None:
        """Mark the network in use, whatever was pressed."""
        button = self.choices.get(self._desk.settings.network)
        if button is not None:
            button.setChecked(True)

    def _show(self, networks: Networks) -> None:
        self._networks = networks
        for button in self.choices.values():
            self._group.removeButton(button)
        clear(self._list)
        self.choices = {}
        for number, network in enumerate(networks.by_name.values()):
            if number:
                self._list.addWidget(line())
            self._list.addWidget(self._entry(network))
        self._mark()
        if networks.damaged:
            self.notice.say(_("The list of networks is damaged; only the built-in ones are there, without consent."))

    def _entry(self, network: Network) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        button = QRadioButton(title(network))
        button.setAccessibleName(_("Network: {name}").format(name=title(network)))
        button.clicked.connect(lambda _checked=False: self.choose(network.name))
        self._group.addButton(button)
        self.choices[network.name] = button
        words = column(0, 4)
        words.addWidget(button)
        words.addLayout(_about(network, self._networks))
        row.addLayout(words, 1)
        if network.consented and network.public:
            withdraw = push_button(_("Withdraw consent"), quiet=True)
            withdraw.setAccessibleName(_("Withdraw consent: {name}").format(name=title(network)))
            withdraw.clicked.connect(lambda: self._withdraw(network))
            row.addWidget(withdraw, 0, Qt.AlignmentFlag.AlignTop)
        if not _built_in(network.name):
            remove = push_button(_("Remove"), quiet=True)
            remove.setAccessibleName(_("Remove {name}").format(name=title(network)))
            remove.clicked.connect(lambda: self._ask_remove(network))
            row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def _withdraw(self, network: Network) -> None:
        from touchstone.chain import networks

        home = self._desk.home

        def then(_none: None) -> None:
            if self._desk.settings.network == network.name:
                self._desk.change_settings(dataclasses.replace(self._desk.settings, network="practice"))
            self.notice.say(_("{name} is asked nothing any more.").format(name=title(network)), Tone.INK)
            self.reload()

        self._desk.background.run(lambda: networks.consent(home, network.name, given=False), then, self._failed)

    def _ask_remove(self, network: Network) -> None:
        question = _("Remove {name}? What was read from it stays on this computer.").format(name=title(network))
        self.confirm.ask(question, _("Remove"), lambda: self._remove(network))

    def _remove(self, network: Network) -> None:
        from touchstone.chain import networks

        home = self._desk.home

        def then(_was: bool) -> None:  # noqa: FBT001 - what the work returned
            if self._desk.settings.network == network.name:
                self._desk.change_settings(dataclasses.replace(self._desk.settings, network="practice"))
            self.reload()

        self._desk.background.run(lambda: networks.remove(home, network.name), then, self._failed)

    def _ask_test(self) -> None:
        network = self._networks.by_name.get(self._desk.settings.network) if self._networks is not None else None
        if network is None:
            return
        if network.practice or not network.public:
            self._test(network)
            return
        hosts = ", ".join(_host(url) for url in network.urls)
        said = _("This asks {hosts} for the newest block. They learn your network address, nothing about your files.")
        self.confirm.ask(said.format(hosts=hosts), _("Ask them"), lambda: self._test(network))

    def _test(self, network: Network) -> None:
        self.test_button.setEnabled(False)
        self.notice.say(_("Asking {name}…").format(name=title(network)), Tone.INK)
        register = self._desk.register

        def work() -> list[tuple[str, int, float]]:
            found = []
            for node in register.nodes():
                began = time.monotonic()
                number = int(str(node.request("eth_blockNumber", [])), 16)
                found.append((node.label, number, time.monotonic() - began))
            return found

        def then(found: list[tuple[str, int, float]]) -> None:
            self.test_button.setEnabled(True)
            parts = [
                _("{node}: block {number}, {time}").format(
                    node=plain(label, 80), number=formats.whole(number), time=formats.took(round(took * 1000))
                )
                for label, number, took in found
            ]
            self.notice.say(_("It answers. {nodes}").format(nodes=" · ".join(parts)), Tone.INK)

        def otherwise(error: Exception) -> None:
            self.test_button.setEnabled(True)
            self._refused(error)

        self._desk.background.run(work, then, otherwise)

    def _add(self) -> None:
        network = self.form.value()
        if network is None:
            return
        home, (name, chain_id, urls) = self._desk.home, network

        def work() -> Network:
            from touchstone.chain import networks

            made = networks.own(name, chain_id, urls, mainnet=self.form.real_money.isChecked())
            networks.add(home, made)
            return made

        def then(made: Network) -> None:
            self.form.end()
            if made.name == self._desk.settings.network:
                self._desk.settings_changed.emit()  # it may be another now, with real money
            self.notice.say(_("{name} was added. Choose it to use it.").format(name=title(made)), Tone.INK)
            self.reload()

        self._desk.background.run(work, then, lambda error: self.form.notice.say(why(error)))

    def _failed(self, error: Exception) -> None:
        self._mark()
        self._refused(error)

    def _refused(self, error: Exception) -> None:
        self.notice.say(why(error))


class NetworkForm(QFrame):
    """Asks for a network of the user's own. Hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.notice = Notice(closable=False)
        self.name = field(_("Name"), hint=_("my-network"))
        self.chain_id = field(_("Chain id"), hint="31337")
        self.urls = QPlainTextEdit()
        self.urls.setAccessibleName(_("Addresses of nodes"))
        self.urls.setPlaceholderText(_("https://… (one on each line)"))
        self.urls.setTabChangesFocus(True)
        self.urls.setFixedHeight(88)
        self.real_money = Switch(_("Its coin has a price"))
        self.real_money.setAccessibleName(_("Its coin has a price"))
        self.cancel = push_button(_("Cancel"))
        self.agree = push_button(_("Add it"), primary=True)
        rows = column(2 * GRID, GRID + 4)
        self.setLayout(rows)
        rows.addWidget(Text(_("A network of your own"), bold=True))
        rows.addLayout(labelled(_("Name"), self.name, _("Small letters, digits and hyphens.")))
        about = _("The number by which the network calls itself. A node that says another number is not believed.")
        rows.addLayout(labelled(_("Chain id"), self.chain_id, about))
        two = _("Give two of different owners: what one of them says is then believed only if the other says the same.")
        rows.addLayout(labelled(_("Addresses of nodes"), self.urls, two))
        rows.addWidget(self.real_money)
        rows.addWidget(self.notice)
        rows.addLayout(buttons(self.cancel, self.agree))
        self.cancel.clicked.connect(self.end)
        self.hide()

    def begin(self) -> None:
        """Ask."""
        self.notice.hide()
        self.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Forget what was typed, and go."""
        self.name.clear()
        self.chain_id.clear()
        self.urls.clear()
        self.real_money.setChecked(False)
        self.hide()

    def value(self) -> tuple[str, int, tuple[str, ...]] | None:
        """Name, chain id and node addresses; None, and a word about it, where they make no sense."""
        urls = tuple(url for url in self.urls.toPlainText().split() if url)
        number = self.chain_id.text().strip()
        if not (number.isascii() and number.isdigit()) or len(number) > 16:
            self.notice.say(_("The chain id is a number, for example 8453."))
            return None
        return self.name.text().strip(), int(number), urls


def title(network: Network) -> str:
    """What a network is called."""
    return {
        "practice": _("Practice ledger"),
        "base-sepolia": _("Base Sepolia (test network)"),
        "base": _("Base"),
    }.get(network.name, plain(network.name, 40))


def _about(network: Network, networks: Networks | None) -> QVBoxLayout:
    rows = column(0, 2)
    rows.setContentsMargins(28, 0, 0, 0)
    rows.addWidget(Text(_facts(network), Type.CAPTION, muted=True))
    if network.mainnet:
        warning = Text(words.unaudited(), Type.CAPTION)
        warning.set_tone(Tone.AMBER)
        rows.addWidget(warning)
    given = networks.consents.get(network.name, "") if networks is not None else ""
    if given:
        said = _("You agreed on {day}.").format(day=formats.day(given))
        rows.addWidget(Text(said, Type.CAPTION, muted=True))
    return rows


def _facts(network: Network) -> str:
    if network.practice:
        return _("Only on this computer. Practice money; nothing of it is public.")
    parts = [_("chain {number}").format(number=network.chain_id), *(_host(url) for url in network.urls)]
    return " · ".join(parts)


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        return plain(urlsplit(url).netloc.rpartition("@")[2] or url, 60)
    except ValueError:
        return plain(url, 60)


def _built_in(name: str) -> bool:
    return name in {"practice", "base-sepolia", "base"}
