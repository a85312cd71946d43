"""What the screens share about the register: the network in use, its nodes, and the keys that are open."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from touchstone.texts import _

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.local import PracticeLedger
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.send import Sender
    from touchstone.chain.signer import Signer
    from touchstone.court.vault import Vault
    from touchstone.ui.desk import Desk


class RegisterDesk(QObject):
    """One for a window. What loads or opens something is for threads; signals reach the main thread.

    `changed` tells that the register may hold something new about this user, `keys_changed` that keys came or went,
    `locks_changed` that some were opened or locked, `network_changed` that another network is in use.
    """

    changed = Signal()
    keys_changed = Signal()
    locks_changed = Signal()
    network_changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._lock = threading.RLock()
        self._nodes: list[Node] | None = None
        self._nodes_of = ""
        self._ledger: PracticeLedger | None = None
        self._signers: dict[str, Signer] = {}
        self._vault: Vault | None = None
        self._name = desk.settings.network
        desk.settings_changed.connect(self._settings_changed)
        self.keys_changed.connect(desk.refresh_register)

    @property
    def network_name(self) -> str:
        """The network in use, by its name."""
        return self._desk.settings.network

    def network(self) -> Network:
        """The network in use.

        Raises:
            ChainError: it is not configured.
        """
        from touchstone.chain.networks import Networks

        return Networks.load(self._desk.home).get(self.network_name)

    def nodes(self) -> list[Node]:
        """Its nodes, opened when first asked for. Raises ChainError."""
        from touchstone.chain.agree import open_nodes

        with self._lock:
            network = self.network()
            if network.practice:
                return [self.ledger().node()]
            if self._nodes is None or self._nodes_of != network.name:
                self._close_nodes()
                self._nodes, self._nodes_of = open_nodes(self._desk.home, network), network.name
            return self._nodes

    def ledger(self) -> PracticeLedger:
        """The practice ledger, whatever network is in use."""
        from touchstone.chain.local import PracticeLedger

        with self._lock:
            if self._ledger is None:
                self._ledger = PracticeLedger(self._desk.home.ledger)
            return self._ledger

    def vault(self) -> Vault:
        """The sealed votes: the same one as long as the window is open, so that it knows what was sealed in it."""
        from touchstone.court.vault import Vault

        with self._lock:
            if self._vault is None:
                self._vault = Vault(self._desk.home)
            return self._vault

    def open_sender(self) -> Sender:
        """What prepares and sends transactions; whoever asked closes it. Raises ChainError."""
        from touchstone.chain.send import Sender

        return Sender(self._desk.home, self.network(), self.nodes())

    def fund(self, address: str) -> None:
        """On a practice ledger, give an address play money where it has next to none. Raises ChainError."""
        network = self.network()
        if network.shared:
            from touchstone.chain import ledger_faucet

            ledger_faucet.top_up(self.nodes()[0].request, network.chain_id, address, 10 * _ENOUGH_WEI)
        elif network.practice:
            has = int(str(self.nodes()[0].request("eth_getBalance", [address, "latest"])), 16)
            if has < _ENOUGH_WEI:
                self.ledger().fund(address, 10 * _ENOUGH_WEI)

    def follow(self) -> None:
        """Bring the copy of the register up to what was just done; where that fails, the next check does it."""
        from touchstone.chain.errors import ChainError
        from touchstone.registry import mirror

        with contextlib.suppress(ChainError):
            network = self.network()
            mirror.sync(self._desk.home, network, [] if network.practice else self.nodes())
        self._desk.background.later(self.changed.emit)

    def signer(self, key: Key) -> Signer:
        """The signer for a key: the same one as long as the window is open, so that it can stay unlocked."""
        from touchstone.chain.signer import open_signer

        with self._lock:
            if key.address not in self._signers:
                self._signers[key.address] = open_signer(key, keep=float(self._desk.settings.lock_seconds))
            return self._signers[key.address]

    def is_locked(self, key: Key) -> bool:
        """Whether a password is needed before this key signs."""
        return not key.url and bool(getattr(self.signer(key), "locked", False))

    def unlock(self, key: Key, password: str) -> None:
        """Open a key for as long as the settings say. Raises ChainError; takes a second."""
        from touchstone.chain.signer import KeystoreSigner

        signer = self.signer(key)
        if isinstance(signer, KeystoreSigner) and signer.locked:
            signer.unlock(password, max(float(self._desk.settings.lock_seconds), _ONE_JOB))

    def settle(self, key: Key) -> None:
        """A job is done: where the settings say that a key is open for one signature, it is locked again."""
        from touchstone.chain.signer import KeystoreSigner

        if self._desk.settings.lock_seconds == 0:
            signer = self.signer(key)
            if isinstance(signer, KeystoreSigner):
                signer.lock()
                self.locks_changed.emit()

    def lock(self) -> None:
        """Lock every key, in every process. Raises ChainError."""
        from touchstone.chain.signer import lock_all

        lock_all(self._desk.home)
        with self._lock:
            self._signers.clear()

    def close(self) -> None:
        """Let go of nodes and keys."""
        from touchstone.chain.signer import KeystoreSigner

        with self._lock:
            self._close_nodes()
            if self._ledger is not None:
                self._ledger.close()
            if self._vault is not None:
                self._vault.close()
                self._vault = None
            for signer in self._signers.values():
                if isinstance(signer, KeystoreSigner):
                    signer.lock()
            self._signers.clear()

    def _close_nodes(self) -> None:
        for node in self._nodes or ():
            node.close()
        self._nodes = None

    def _settings_changed(self) -> None:
        if self._name != self.network_name:
            self._name = self.network_name
            self.network_changed.emit()


_ENOUGH_WEI = 10**17
_ONE_JOB = 60.0  # seconds that a key is open where the settings say "for one signature": time to prepare and sign


def why(error: Exception) -> str:
    """What went wrong with the register or a key, as a sentence."""
    from touchstone.chain.errors import ChainError
    from touchstone.texts import chain as words

    if isinstance(error, ChainError):
        return words.trouble(error)
    return _("Something went wrong in the application ({kind}).").format(kind=type(error).__name__)
