"""What can sign: a keystore of this user, a signer outside, and whatever else keeps to `Signer` (a hardware wallet).

The key of a keystore is in memory while it signs, or until its lock timer runs out. Python leaves copies behind that
nobody can wipe; the one that lasts is wiped. `key lock` locks every process at once, through a file beside the keys.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from touchstone.chain import keystore
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.eth_libraries import account
from touchstone.chain.keystore import Key
from touchstone.chain.networks import chain_error
from touchstone.paths import Home
from touchstone.store.files import make_folder, write_atomically

T = TypeVar("T")

LOCK_SECONDS = 300.0
_LOCKED = ".locked"  # the file whose content changes when everything is locked


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction as it is broadcast, and its hash (0x hex). `raw` is empty where the signer broadcast it."""

    raw: bytes
    hash: str


class Signer(Protocol):
    """Signs for one address. A transaction has the fields of `chain.transactions.Fields`."""

    @property
    def address(self) -> str:
        """Checksummed."""
        ...

    @property
    def sends(self) -> bool:
        """Whether `sign_transaction` also broadcasts, and gives back no bytes."""
        ...

    def sign_transaction(self, fields: Mapping[str, Any]) -> Signed:
        """Sign a transaction of type 2 (EIP-1559).

        Raises:
            ChainError: LOCKED, WRONG_PASSWORD, REJECTED, TIMEOUT, and what a keystore or a node can be.
        """
        ...

    def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
        """65 bytes over EIP-712 data: types, primaryType, domain, message. Raises as above."""
        ...

    def sign_message(self, message: bytes) -> bytes:
        """65 bytes over a message as wallets sign them (EIP-191). Raises as above."""
        ...


class KeystoreSigner:
    """Signs with a key file. Locked at first: unlock it, or give `ask`, which is called for the password.

    A password that `ask` gave serves `keep` seconds (0: one signature).
    """

    def __init__(
        self,
        key: Key,
        *,
        ask: Callable[[], str] | None = None,
        keep: float = LOCK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.key = key
        self._ask, self._keep, self._clock = ask, keep, clock
        self._guard = threading.RLock()
        self._secret: bytearray | None = None
        self._until, self._mark = 0.0, b""
        self._timer: threading.Timer | None = None

    def __repr__(self) -> str:
        return f"KeystoreSigner({self.address})"

    @property
    def address(self) -> str:
        """Checksummed."""
        return self.key.address

    @property
    def sends(self) -> bool:
        """Never."""
        return False

    @property
    def locked(self) -> bool:
        """Whether a password is needed before the next signature."""
        with self._guard:
            if self._secret is not None and (self._clock() >= self._until or self._mark != lock_mark(self._folder)):
                self.lock()
            return self._secret is None

    def unlock(self, password: str, seconds: float = LOCK_SECONDS) -> None:
        """Hold the key for that long.

        Raises:
            ChainError: WRONG_PASSWORD, BAD_KEY, EXPOSED_KEY, NO_KEY.
        """
        mark = lock_mark(self._folder)
        secret = keystore.decrypt(keystore.load(self.key.path), password)
        if keystore.address_of(secret) != self.address:
            raise ChainError(ChainTrouble.BAD_KEY)
        with self._guard:
            self.lock()
            self._secret, self._mark, self._until = bytearray(secret), mark, self._clock() + seconds
            self._timer = threading.Timer(max(seconds, 0.0), self._expire)
            self._timer.daemon = True
            self._timer.start()

    def lock(self) -> None:
        """Forget the key now."""
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
            if self._secret is not None:
                self._secret[:] = bytes(len(self._secret))
            self._secret = self._timer = None

    def sign_transaction(self, fields: Mapping[str, Any]) -> Signed:
        """As in `Signer`."""
        signed = self._with_key(lambda secret: account().sign_transaction(dict(fields), secret))
        return Signed(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())

    def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
        """As in `Signer`."""
        signed = self._with_key(lambda secret: account().sign_typed_data(secret, full_message=dict(data)))
        return bytes(signed.signature)

    def sign_message(self, message: bytes) -> bytes:
        """As in `Signer`."""
        account()
        from eth_account.messages import encode_defunct

        signable = encode_defunct(primitive=message)
        return bytes(self._with_key(lambda secret: account().sign_message(signable, secret)).signature)

    @property
    def _folder(self) -> Path:
        return self.key.path.parent

    def _expire(self) -> None:
        with self._guard:
            if self._clock() >= self._until:
                self.lock()

    def _with_key(self, work: Callable[[bytes], T]) -> T:
        once = False
        if self.locked:
            if self._ask is None:
                raise ChainError(ChainTrouble.LOCKED)
            self.unlock(self._ask(), self._keep or LOCK_SECONDS)
            once = not self._keep
        with self._guard:
            secret = b"" if self._secret is None else bytes(self._secret)
        try:
            return work(secret)
        except Exception:  # noqa: BLE001 - whatever a library says here may hold what it was given
            raise ChainError(ChainTrouble.FAILED if secret else ChainTrouble.LOCKED) from None
        finally:
            if once:
                self.lock()


def lock_all(home: Home) -> None:
    """Lock the keys in every process that runs now, the window among them.

    Raises:
        ChainError: what the disk refuses.
    """
    try:
        make_folder(home.keys)
        write_atomically(home.keys / _LOCKED, os.urandom(16))
    except OSError as error:
        raise chain_error(error) from error


def lock_mark(folder: Path) -> bytes:
    """Bytes that change with `lock_all`; none before the first."""
    with contextlib.suppress(OSError), (folder / _LOCKED).open("rb") as file:
        return file.read(64)
    return b""


def open_signer(key: Key, *, ask: Callable[[], str] | None = None, keep: float = LOCK_SECONDS) -> Signer:
    """The signer for a key: its keystore, or the one outside that holds it."""
    if key.url:
        from touchstone.chain.rpc_signer import RpcSigner

        return RpcSigner(key.url, key.address)
    return KeystoreSigner(key, ask=ask, keep=keep)
