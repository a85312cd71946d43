"""Accounts and their storage while one transaction runs: what py-evm asks of its account database, with undo."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, NamedTuple

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain import ledger_trie as trie
from touchstone.chain.keccak import keccak256

EMPTY_CODE = bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")
_NOTHING = object()


class Account(NamedTuple):
    """One account as the state trie holds it; `balance` in wei."""

    nonce: int = 0
    balance: int = 0
    storage_root: bytes = trie.EMPTY_ROOT
    code_hash: bytes = EMPTY_CODE

    def encode(self) -> bytes:
        """Its RLP."""
        return rlp.encode((rlp.number(self.nonce), rlp.number(self.balance), self.storage_root, self.code_hash))


class Known:
    """What has been read from the state at `root`. One writer's at a time: it is carried from block to block."""

    def __init__(self, read: Callable[[bytes], bytes], root: bytes) -> None:
        self.read, self.root = read, root
        self.accounts: dict[bytes, Account | None] = {}
        self.slots: dict[tuple[bytes, int], int] = {}

    def account(self, address: bytes) -> Account | None:
        """The account; None where there is none."""
        if address not in self.accounts:
            data = trie.get(self.read, self.root, trie.hashed(address))
            self.accounts[address] = _decode(data) if data else None
        return self.accounts[address]

    def slot(self, address: bytes, slot: int) -> int:
        """One word of storage."""
        key = (address, slot)
        if key not in self.slots:
            account = self.account(address)
            data = trie.get(self.read, account.storage_root, _slot_key(slot)) if account else b""
            self.slots[key] = int.from_bytes(bytes(rlp.decode(data)), "big") if data else 0  # type: ignore[arg-type]
        return self.slots[key]


class Change(NamedTuple):
    """What a transaction did to the state: the new root, the nodes and code to keep, and the values to know."""

    root: bytes
    nodes: dict[bytes, bytes]
    accounts: dict[bytes, Account | None]
    slots: dict[tuple[bytes, int], int]
    wiped: frozenset[bytes]


class Accounts:
    """The state on top of `known`, for ONE transaction: "original" values are those of `known`.

    Named and shaped as py-evm's `AccountDatabaseAPI`, which calls it. Every change is put on a list with what was there
    before; a checkpoint is the length of that list, and going back is walking it backwards.
    """

    def __init__(self, known: Known, state_root: bytes) -> None:
        self._known, self.state_root = known, state_root
        self._accounts: dict[bytes, Account | None] = {}
        self._slots: dict[bytes, dict[int, int]] = {}
        self._wiped: dict[bytes, None] = {}  # accounts whose storage in `known` no longer counts
        self._codes: dict[bytes, bytes] = {}
        self._warm: dict[Any, None] = {}
        self._undo: list[tuple[MutableMapping[Any, Any], Any, Any]] = []
        self.transient: dict[tuple[bytes, int], bytes] = {}

    def _set(self, where: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((where, key, where.get(key, _NOTHING)))
        where[key] = value

    def _get(self, address: bytes) -> Account:
        return self._find(address) or Account()

    def _find(self, address: bytes) -> Account | None:
        found = self._accounts.get(address, _NOTHING)
        return self._known.account(address) if found is _NOTHING else found  # type: ignore[return-value]

    # --- storage

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:  # noqa: FBT001, FBT002
        """One word, now or (`from_journal=False`) before the transaction."""
        if from_journal:
            written = self._slots.get(address)
            if written is not None and slot in written:
                return written[slot]
        return 0 if address in self._wiped else self._known.slot(address, slot)

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        """Write one word."""
        written = self._slots.get(address)
        if written is None:
            written = {}
            self._set(self._slots, address, written)
        self._set(written, slot, value)

    def delete_storage(self, address: bytes) -> None:
        """Forget every word of an account."""
        self._set(self._wiped, address, None)
        self._set(self._slots, address, {})

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        """Whether the transaction touched that word before (EIP-2929)."""
        return (address, slot) in self._warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        """It has now."""
        if (address, slot) not in self._warm:
            self._set(self._warm, (address, slot), None)

    # --- balance, nonce, code

    def get_balance(self, address: bytes) -> int:
        """In wei."""
        return self._get(address).balance

    def set_balance(self, address: bytes, balance: int) -> None:
        """In wei."""
        if not 0 <= balance < 2**256:
            raise ValueError(balance)
        self._set(self._accounts, address, self._get(address)._replace(balance=balance))

    def get_nonce(self, address: bytes) -> int:
        """How many transactions (or creations) it has made."""
        return self._get(address).nonce

    def set_nonce(self, address: bytes, nonce: int) -> None:
        """See `get_nonce`."""
        self._set(self._accounts, address, self._get(address)._replace(nonce=nonce))

    def increment_nonce(self, address: bytes) -> None:
        """One more."""
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code(self, address: bytes) -> bytes:
        """Its code, b"" for none."""
        code_hash = self._get(address).code_hash
        if code_hash == EMPTY_CODE:
            return b""
        return self._codes[code_hash] if code_hash in self._codes else self._known.read(code_hash)

    def set_code(self, address: bytes, code: bytes) -> None:
        """Give it code."""
        code_hash = keccak256(code)
        self._codes[code_hash] = code
        self._set(self._accounts, address, self._get(address)._replace(code_hash=code_hash))

    def get_code_hash(self, address: bytes) -> bytes:
        """Keccak-256 of its code."""
        return self._get(address).code_hash

    def delete_code(self, address: bytes) -> None:
        """Take its code away."""
        self._set(self._accounts, address, self._get(address)._replace(code_hash=EMPTY_CODE))

    # --- whole accounts

    def account_has_code_or_nonce(self, address: bytes) -> bool:
        """Whether a contract could not be created there."""
        account = self._get(address)
        return account.nonce != 0 or account.code_hash != EMPTY_CODE

    def delete_account(self, address: bytes) -> None:
        """Take it out of the state."""
        self.delete_storage(address)
        self._set(self._accounts, address, None)

    def account_exists(self, address: bytes) -> bool:
        """Whether it is in the state, empty or not."""
        return self._find(address) is not None

    def touch_account(self, address: bytes) -> None:
        """Make it exist."""
        self._set(self._accounts, address, self._get(address))

    def account_is_empty(self, address: bytes) -> bool:
        """In the sense of EIP-161."""
        return not self.account_has_code_or_nonce(address) and self.get_balance(address) == 0

    def is_address_warm(self, address: bytes) -> bool:
        """Whether the transaction touched it before (EIP-2929)."""
        return address in self._warm

    def mark_address_warm(self, address: bytes) -> None:
        """It has now."""
        if address not in self._warm:
            self._set(self._warm, address, None)

    # --- going back

    def record(self) -> int:
        """A point to go back to."""
        return len(self._undo)

    def discard(self, checkpoint: int) -> None:
        """Go back to it."""
        while len(self._undo) > checkpoint:
            where, key, old = self._undo.pop()
            if old is _NOTHING:
                del where[key]
            else:
                where[key] = old

    def commit(self, checkpoint: int) -> None:
        """Stay. Nothing to do: an outer point may still go back further."""

    def set_transient(self, address: bytes, slot: int, value: bytes) -> None:
        """Write one word of EIP-1153."""
        self._set(self.transient, (address, slot), value)

    # --- the end

    def change(self) -> Change:
        """What all of it comes to. Nothing is written anywhere."""
        nodes: dict[bytes, bytes] = {}
        slots: dict[tuple[bytes, int], int] = {}
        accounts: dict[bytes, Account | None] = dict(self._accounts)
        for address in {**self._slots, **self._wiped}:
            account = self._find(address)
            root, new, written = self._storage(address, account or Account())
            if account is not None or root != trie.EMPTY_ROOT:
                nodes |= new
                slots |= written
                accounts[address] = (account or Account())._replace(storage_root=root)
        changed = {
            trie.hashed(address): b"" if account is None else account.encode()
            for address, account in accounts.items()
            if account != self._known.account(address)
        }
        root, new = trie.update(self._known.read, self._known.root, changed)
        nodes |= new
        nodes |= {account.code_hash: self._codes[account.code_hash] for account in accounts.values()
                  if account is not None and account.code_hash in self._codes}  # fmt: skip
        return Change(root, nodes, accounts, slots, frozenset(self._wiped))

    def _storage(
        self, address: bytes, account: Account
    ) -> tuple[bytes, dict[bytes, bytes], dict[tuple[bytes, int], int]]:
        wiped = address in self._wiped
        written = {
            slot: value
            for slot, value in self._slots.get(address, {}).items()
            if value != (0 if wiped else self._known.slot(address, slot))
        }
        changes = {_slot_key(slot): rlp.encode(rlp.number(value)) if value else b"" for slot, value in written.items()}
        root, new = trie.update(self._known.read, trie.EMPTY_ROOT if wiped else account.storage_root, changes)
        return root, new, {(address, slot): value for slot, value in written.items()}


def carry(known: Known, change: Change) -> None:
    """Make `known` what is known after `change` was kept."""
    if change.wiped:
        known.slots = {key: value for key, value in known.slots.items() if key[0] not in change.wiped}
    known.accounts |= change.accounts
    known.slots |= change.slots
    known.root = change.root


def _slot_key(slot: int) -> bytes:
    return trie.hashed(slot.to_bytes(32, "big"))


def _decode(data: bytes) -> Account:
    nonce, balance, storage_root, code_hash = rlp.decode(data)
    return Account(
        int.from_bytes(bytes(nonce), "big"),  # type: ignore[arg-type]
        int.from_bytes(bytes(balance), "big"),  # type: ignore[arg-type]
        bytes(storage_root),  # type: ignore[arg-type]
        bytes(code_hash),  # type: ignore[arg-type]
    )
