"""The practice ledger: a chain of one's own in one file, for the window and the command line at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain import contracts, ledger_faucet
from touchstone.chain.engine import PyEvm
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_chain import Chain
from touchstone.chain.ledger_file import LedgerFile, identity, set_aside
from touchstone.chain.ledger_rpc import Rpc
from touchstone.chain.ledger_store import LedgerReader, chain_error
from touchstone.chain.network import PRACTICE, PRACTICE_CHAIN_ID
from touchstone.store.files import locked

if TYPE_CHECKING:
    from touchstone.chain.ledger_provider import LedgerProvider


_BEYOND_REPAIR = frozenset({ChainTrouble.DAMAGED, ChainTrouble.WRONG_CODE, ChainTrouble.NOT_DEPLOYED})


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """How the ledger stands. Times are unix seconds of ledger time; `ahead` is how far that is before the clock.

    `kept` names a damaged file that was put aside when the ledger was opened, "" for none.
    """

    chain_id: int
    block: int
    hash: str
    time: int
    ahead: int
    transactions: int
    bytes: int
    kept: str


class PracticeLedger:
    """The ledger at `path`, made with the first question. Any thread may ask; several processes may, at once.

    Whoever reads never waits. Whoever writes takes a turn, and gets `ChainError` (BUSY) after ten seconds in vain.
    """

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.time, *, chain_id: int = PRACTICE_CHAIN_ID
    ) -> None:
        self.path, self.chain_id = path, chain_id
        self._clock = clock
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def node(self) -> LedgerNode:
        """It, as any other node."""
        return LedgerNode(self)

    def provider(self) -> LedgerProvider:
        """It, for `web3.Web3`."""
        from touchstone.chain.ledger_provider import LedgerProvider

        return LedgerProvider(self)

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """The raw result of one call of JSON-RPC.

        Raises:
            RpcError: an error that JSON-RPC carries.
            ChainError: the file cannot be read or written.
        """
        return self._ready().rpc.request(method, params)

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """The same, with every failure a ChainError."""
        return self._ready().rpc.as_others_ask(method, params)

    def skip(self, seconds: int) -> int:
        """Move ledger time forward; returns the new time in unix seconds.

        Raises:
            ChainError: that is no number of seconds, or the file cannot be written.
        """
        return int(self.ask("touchstone_skip", [seconds]), 16)

    def fund(self, address: str, wei: int) -> str:
        """Give practice ether; returns the hash of the transaction that did.

        Raises:
            ChainError: the address is none, the faucet is empty, or the file cannot be written.
        """
        return str(self.ask("touchstone_fund", [address, hex(wei)]))

    def give_dollars(self, address: str, units: int) -> str:
        """Give practice dollars, in millionths, at most 10,000 of them at once; returns the transaction's hash.

        Raises:
            ChainError: that is no address, too much, or the file cannot be written.
        """
        try:
            to = bytes.fromhex(address.removeprefix("0x"))
            return f"0x{ledger_faucet.give_dollars(self.ask, self.chain_id, to, units).hex()}"
        except ValueError as error:
            raise ChainError(ChainTrouble.PROTOCOL) from error

    @property
    def kept(self) -> str:
        """The name under which a damaged ledger was put aside when this one was opened; "" where nothing was wrong."""
        return self._opened.file.kept if self._opened is not None else ""

    def status(self) -> LedgerStatus:
        """How it stands.

        Raises:
            ChainError: the file cannot be read or made.
        """
        opened = self._ready()
        reader, head = opened.reader, opened.reader.head()
        if head is None:
            raise ChainError(ChainTrouble.DAMAGED)
        return LedgerStatus(
            chain_id=self.chain_id,
            block=head.number,
            hash="0x" + head.hash.hex(),
            time=head.timestamp,
            ahead=max(head.timestamp - int(self._clock()), reader.meta("skipped")),
            transactions=reader.transaction_count(),
            bytes=reader.size(),
            kept=opened.file.kept,
        )

    def reset(self, *, keep_copy: bool = True) -> Path | None:
        """Begin again; returns where the copy of what was is kept, None where none was asked for.

        Raises:
            ChainError: no room for the copy, or the file cannot be written; the ledger is as it was.
        """
        found = identity(self.path)
        try:
            opened = self._ready()
            copy = opened.file.copy() if keep_copy else None
            opened.chain.restart()
        except ChainError as error:
            if error.code not in _BEYOND_REPAIR:
                raise
            self.close()
            aside = set_aside(self.path, found)
            self._ready()
            return aside
        opened.file.shrink()
        opened.deploy()
        return copy

    def close(self) -> None:
        """Let go of the file; the next question opens it again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _ready(self) -> _Opened:
        opened = self._opened
        if opened is not None and opened.file.in_place:
            return opened
        with self._lock:
            if self._opened is not None and not self._opened.file.in_place:
                self._opened.close()  # another process put it aside, or somebody took it away
                self._opened = None
            if self._opened is None:
                self._opened = _Opened.open(self.path, self._clock, self.chain_id)
            return self._opened


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a ledger consists of while its file is open."""

    file: LedgerFile
    reader: LedgerReader
    chain: Chain
    rpc: Rpc

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float], chain_id: int) -> _Opened:
        """Open the file, or make it, with its first block and our contracts."""
        file, reader, engine = LedgerFile(path), LedgerReader(path), PyEvm(chain_id)
        chain = Chain(file, engine, chain_id, clock)
        opened = cls(file, reader, chain, Rpc(reader, chain, engine, chain_id))
        try:
            chain.begin()
            opened.deploy()
        except BaseException:
            opened.close()
            raise
        return opened

    def deploy(self) -> None:
        """Put our contracts in place where those that ship are not there yet. One process at a time does."""
        shipped = int.from_bytes(
            keccak256(repr(sorted(contracts.deployment()["addresses"].items())).encode())[:7], "big"
        )
        if self.reader.meta("contracts") == shipped:
            return
        try:
            with locked(self.file.path.with_suffix(".lock")):
                ledger_faucet.put_contracts(self.rpc.as_others_ask, self.rpc.chain_id)
                self.file.note("contracts", shipped)
        except OSError as error:
            raise chain_error(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()
        self.file.close()


class LedgerNode:
    """A practice ledger as `touchstone.chain.node.Node`."""

    def __init__(self, ledger: PracticeLedger) -> None:
        self._ledger = ledger

    @property
    def label(self) -> str:
        """Its name, for people."""
        return PRACTICE

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """See `Node`."""
        return self._ledger.ask(method, params)

    def close(self) -> None:
        """See `Node`."""
        self._ledger.close()
