"""Sealed votes, kept encrypted, and durably before anything is sent.

Whoever has a vote and its salt before votes are opened can have its seats made void and its lock taken; afterwards
anybody who has them may open it: opening takes what was sealed and a sender, not the voter's key. So:

- Each vote is encrypted with a key of its own, everything that is known about it authenticated (`vault_crypto`). That
  key is kept under one or two others. *By wallet*: derived from a signature of the voter's key over the seat (`salts`).
  *By file*: a random key in a file that this user alone can read, for votes that the user wants opened without being
  there. Nothing else is opened by it, and a file that others can read is not used.
- The salt is derived from the same signature. Who has the key has the vote: where the vault is lost, the signature
  gives the salt, and the four possible votes are tried against what is on the chain (`recover`). Signing again gives
  the same salt, also for another vote of that seat.
- A signer that does not sign the same twice gets a random salt. Then the vault and its backups are the only places that
  vote is in; it is kept by file, because no signature would open it.
- What was sealed or opened in this process stays in its memory until it is forgotten: a wallet that locks itself in
  between does not keep the window from opening in time.
- The operating system's keyring is not used. It would add a dependency, is missing on servers, and where there is one
  every program of this user can mostly ask it, as it can read the file.

A backup holds the database and the file, under the backup's own password. Somebody who copies the whole folder by
other means gets those votes that open by themselves, and no others. Who can act as this user gets both, and the wallet
as well.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from touchstone.court.salts import SealedVote, recover, recovered, salt_from, salt_of, secret_of
from touchstone.court.vault_crypto import KEY, BrokenError, OtherKeyError, derived, seal, unseal, unwrap, wrap
from touchstone.paths import Home
from touchstone.registry.court_types import Ballot
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble, locked, make_folder, trouble_of, write_atomically
from touchstone.store.votes_store import OpenerLine, VoteLine, VotesStore

if TYPE_CHECKING:
    from touchstone.chain.signer import Signer

__all__ = [
    "Kept",
    "SealedVote",
    "Vault",
    "VaultError",
    "VaultTrouble",
    "recover",
    "recovered",
    "salt_from",
    "salt_of",
    "secret_of",
]

_FILE = "opens-by-itself.key"
_SALT = 32


class VaultTrouble(StrEnum):
    """Why a sealed vote cannot be kept or read."""

    MISSING = "vote-missing"  # no vote of that seat is here
    DAMAGED = "vote-damaged"  # it is not what was written
    VAULT_DAMAGED = "vault-damaged"  # the database was no database; it was set aside
    OTHER_KEY = "vote-other-key"  # another account sealed it
    NEEDS_KEY = "vote-needs-key"  # its owner's key is needed
    FILE_LOST = "vote-file-lost"  # the file with the key is gone, or is another
    FILE_EXPOSED = "vote-file-exposed"  # others can read that file
    NEWER = "vault-newer"
    READ_ONLY = "vault-read-only"
    FULL = "vault-full"
    BUSY = "vault-busy"
    FAILED = "vault-failed"


_OF_DISK = {
    Trouble.DAMAGED: VaultTrouble.VAULT_DAMAGED,
    Trouble.NEWER: VaultTrouble.NEWER,
    Trouble.READ_ONLY: VaultTrouble.READ_ONLY,
    Trouble.FULL: VaultTrouble.FULL,
    Trouble.BUSY: VaultTrouble.BUSY,
    Trouble.FAILED: VaultTrouble.FAILED,
}


class VaultError(Exception):
    """Nothing was changed. `params` fill the sentence (`touchstone.texts.votes`)."""

    def __init__(self, code: VaultTrouble, **params: Any) -> None:
        super().__init__(str(code))
        self.code = code
        self.params: Mapping[str, Any] = params


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be said of a sealed vote without opening it. Addresses and hashes as in `SealedVote`.

    `by_itself`: the application may open it without its owner's key. `only_here`: it cannot be recovered from that key.
    `at_hand`: this process can open it now. `created` is in unix seconds.
    """

    id: int
    chain_id: int
    court: str
    case: int
    round: int
    voter: str
    commitment: str
    created: int
    by_itself: bool
    only_here: bool
    at_hand: bool


class Vault:
    """The sealed votes of one home. Any thread may use it, and several processes at once.

    Every method raises `VaultError`: READ_ONLY, FULL, BUSY, NEWER, FAILED for what the disk refuses, VAULT_DAMAGED
    once, when a broken database was set aside (recovering votes from their keys is the way back).
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._store: VotesStore | None = None
        self._guard = threading.RLock()
        self._open: dict[int, SealedVote] = {}

    @property
    def home(self) -> Home:
        """Whose votes they are."""
        return self._home

    def close(self) -> None:
        """Forget what is in memory, and close the database."""
        with self._guard:
            self._open.clear()
            if self._store is not None:
                self._store.close()
            self._store = None

    def put(self, vote: SealedVote, *, secret: bytes = b"", by_itself: bool = False, only_here: bool = False) -> Kept:
        """Keep a vote; it is on the disk when this returns. One that opened by itself still does.

        `secret` is what `secret_of` gave for the seat. Without it the vote opens by itself, asked for or not.

        Raises:
            VaultError: as above, FILE_EXPOSED.
        """
        with self._troubles(), self._guard:
            court, voter = vote.court.lower(), vote.voter.lower()
            before = self._stored().of(vote.chain_id, court, vote.case, vote.round, voter)
            by_file = by_itself or not secret or any(o.by_file for o in before if o.commitment == vote.commitment)
            line = VoteLine(
                vote.chain_id, court, vote.case, vote.round, voter, vote.commitment, only_here, int(time.time())
            )
            key, about = os.urandom(KEY), _about(line)
            line = dataclasses.replace(
                line,
                sealed=seal(key, bytes([vote.ballot]) + bytes.fromhex(vote.salt), about),
                by_wallet=wrap(derived(secret, "vault"), key, about) if secret else b"",
                by_file=wrap(self._file_key(), key, about) if by_file else b"",
            )
            line = self._stored().put(line)
            self._open[line.id] = vote
            return self._kept(line)

    def of(self, chain_id: int, court: str, case: int, round_: int, voter: str) -> tuple[Kept, ...]:
        """The votes of one seat, oldest first: several where it was sealed anew, or in two windows."""
        with self._troubles(), self._guard:
            lines = self._stored().of(chain_id, court.lower(), case, round_, voter.lower())
            return tuple(self._kept(line) for line in lines)

    def in_case(self, chain_id: int, court: str, case: int, voter: str) -> tuple[Kept, ...]:
        """The votes of one voter in every round of a case, oldest first."""
        with self._troubles(), self._guard:
            lines = self._stored().in_case(chain_id, court.lower(), case, voter.lower())
            return tuple(self._kept(line) for line in lines)

    def all(self, chain_id: int | None = None) -> tuple[Kept, ...]:
        """All votes, of one chain or of all, oldest first."""
        with self._troubles(), self._guard:
            return tuple(self._kept(line) for line in self._stored().all(chain_id))

    def open(self, kept: Kept, signer: Signer | None = None) -> SealedVote:
        """The vote itself: from memory, by file, or with its owner's signer, which may ask for a password.

        Raises:
            VaultError: as above; NEEDS_KEY, OTHER_KEY, DAMAGED, FILE_LOST, FILE_EXPOSED, MISSING, each {case, voter}.
            ChainError: what the signer can be.
        """
        with self._troubles():
            with self._guard:
                if kept.id in self._open:
                    return self._open[kept.id]
                seat = (kept.chain_id, kept.court, kept.case, kept.round, kept.voter)
                line = next((one for one in self._stored().of(*seat) if one.id == kept.id), None)
            if line is None:
                raise _error(VaultTrouble.MISSING, kept)
            vote = self._opened(line, kept, signer)
            with self._guard:
                self._open[line.id] = vote
            return vote

    def forget(self, kept: Kept) -> None:
        """Delete a vote, here and in memory."""
        with self._troubles(), self._guard:
            self._open.pop(kept.id, None)
            self._stored().forget(kept.id)

    def forget_chain(self, chain_id: int) -> None:
        """Delete what belongs to a practice ledger that was begun anew."""
        with self._troubles(), self._guard:
            self._open = {number: vote for number, vote in self._open.items() if vote.chain_id != chain_id}
            self._stored().forget_chain(chain_id)

    def opener(self, chain_id: int) -> bytes:
        """The secret key of the account that sends openings on a chain while wallets are locked; made when first asked.

        It needs a little of the network's own money, and should hold nothing else: its key opens by file.

        Raises:
            VaultError: as above, FILE_EXPOSED.
        """
        about = f"opener {chain_id}".encode()
        with self._troubles(), self._guard:
            key = self._file_key()
            for _attempt in range(2):  # the second where another process was faster
                line = self._stored().opener(chain_id)
                if line is not None:
                    with contextlib.suppress(BrokenError):
                        return unseal(key, line.sealed, about)
                    self._stored().drop_opener(chain_id)  # under a key that is gone: so is what little it had
                secret = _new_secret()
                self._stored().keep_opener(OpenerLine(chain_id, _address_of(secret), seal(key, secret, about)))
            return secret

    def _opened(self, line: VoteLine, kept: Kept, signer: Signer | None) -> SealedVote:
        about = _about(line)
        try:
            key = self._key_by_file(line, kept, about, last=signer is None)
            if key is None:
                key = _key_by_wallet(line, kept, about, signer)
            return _vote(line, unseal(key, line.sealed, about))
        except (BrokenError, ValueError) as error:
            raise _error(VaultTrouble.DAMAGED, kept) from error

    def _key_by_file(self, line: VoteLine, kept: Kept, about: bytes, *, last: bool) -> bytes | None:
        """The vote's key by file; None where the wallet is the way, or is left after this one failed."""
        if not line.by_file:
            return None
        try:
            key = self._file_key(make=False)
            if key:
                return unwrap(key, line.by_file, about)
        except (VaultError, BrokenError, OtherKeyError) as error:
            if last or not line.by_wallet:
                raise _error(_why(error), kept) from error
            return None
        if last or not line.by_wallet:
            raise _error(VaultTrouble.FILE_LOST, kept)
        return None

    def _file_key(self, *, make: bool = True) -> bytes:
        """The key in the file; none where there is no file and none is to be made.

        Raises:
            VaultError: FILE_EXPOSED; FILE_LOST: what is there is no key.
        """
        path = self._home.vault_keys / _FILE
        found = _read_private(path)
        if found or not make:
            return found
        make_folder(path.parent)
        with locked(path.with_name("opens-by-itself.lock"), 5.0):
            found = _read_private(path)
            if not found:
                found = os.urandom(KEY)
                write_atomically(path, found)
        return found

    def _stored(self) -> VotesStore:
        if self._store is None:
            self._store = VotesStore(self._home)
        return self._store

    def _kept(self, line: VoteLine) -> Kept:
        return Kept(
            line.id,
            *_seat(line),
            line.commitment,
            line.created,
            bool(line.by_file),
            line.only_here,
            line.id in self._open or bool(line.by_file),
        )

    @contextlib.contextmanager
    def _troubles(self) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            raise VaultError(_OF_DISK[error.code]) from error
        except OSError as error:
            busy = error.errno == errno.EAGAIN
            raise VaultError(VaultTrouble.BUSY if busy else _OF_DISK[trouble_of(error)]) from error


def _key_by_wallet(line: VoteLine, kept: Kept, about: bytes, signer: Signer | None) -> bytes:
    if signer is None:
        raise _error(VaultTrouble.NEEDS_KEY, kept)
    if signer.address.lower() != line.voter:
        raise _error(VaultTrouble.OTHER_KEY, kept)
    secret = secret_of(signer, line.chain_id, line.court, line.case_id, line.round)
    try:
        return unwrap(derived(secret, "vault"), line.by_wallet, about)
    except OtherKeyError as error:
        raise _error(VaultTrouble.OTHER_KEY, kept) from error


def _vote(line: VoteLine, plain: bytes) -> SealedVote:
    """The vote in what a line held. Raises BrokenError, ValueError."""
    if len(plain) != 1 + _SALT:
        raise BrokenError
    vote = SealedVote(*_seat(line), Ballot(plain[0]), plain[1:].hex())
    if vote.commitment != line.commitment:
        raise BrokenError
    return vote


def _why(error: Exception) -> VaultTrouble:
    if isinstance(error, VaultError):
        return error.code
    return VaultTrouble.FILE_LOST if isinstance(error, OtherKeyError) else VaultTrouble.DAMAGED


def _error(code: VaultTrouble, kept: Kept) -> VaultError:
    return VaultError(code, case=kept.case, voter=kept.voter)


def _seat(line: VoteLine) -> tuple[int, str, int, int, str]:
    return (line.chain_id, line.court, line.case_id, line.round, line.voter)


def _about(line: VoteLine) -> bytes:
    """What a vote is bound to: everything that is known about it in the open, but when it was written."""
    return "|".join(str(one) for one in (*_seat(line), line.commitment, int(line.only_here))).encode()


def _read_private(path: os.PathLike[str]) -> bytes:
    """The key in a file that this user alone can read; none where there is no file."""
    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise VaultError(VaultTrouble.FILE_EXPOSED, untrusted_path=os.fspath(path))
            found = file.read(KEY + 1)
    except FileNotFoundError:
        return b""
    if len(found) != KEY:
        raise VaultError(VaultTrouble.FILE_LOST, untrusted_path=os.fspath(path))
    return found


def _new_secret() -> bytes:
    """A key for an account."""
    while True:
        secret = os.urandom(32)
        with contextlib.suppress(ValueError):
            _address_of(secret)
            return secret


def _address_of(secret: bytes) -> str:
    from touchstone.chain.keystore import address_of

    return address_of(secret).lower()
