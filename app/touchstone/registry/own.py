"""What in the mirror is this user's: publishers that one's keys control or sign for, and what those registered."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry.lookup_types import identity_of, mirror_path
from touchstone.registry.signers import Signer, signers_of
from touchstone.store.database import StoreError, trouble_in
from touchstone.store.register_store import open_reader

T = TypeVar("T")

_ZERO = bytes(20)


@dataclass(frozen=True, slots=True)
class OwnPublisher:
    """A publisher as the mirror has it. Addresses are lower-case hex with 0x, "" for none; times unix seconds.

    `name` and `domain` are as they were written. `signers` are all that it has or had. `controls` is whether one of
    the user's addresses is its controller; `mine` are those of its signers that are the user's.
    """

    number: int
    name: str
    domain: str
    controller: str
    recovery: str
    created: int
    signers: Mapping[str, Signer]
    controls: bool
    mine: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A file that a publisher registered, as it stands. Hashes are lower-case hex, "" for none; times unix seconds.

    `root` and `index` name the leaf of a batch, "" and -1 for one that was registered singly; `place` orders what was
    registered. `revoked` is 0 where it stands.
    """

    sha256: str
    registered: int
    block: int
    kind: int
    root: str
    index: int
    place: int
    pdq: str = ""
    manifest: str = ""
    revoked: int = 0
    reason: int = 0
    replacement: str = ""


def publishers(home: Home, network: Network, addresses: Collection[str]) -> tuple[OwnPublisher, ...]:
    """The publishers that these addresses (0x hex) control or sign for, the oldest first.

    Raises:
        StoreError: the mirror cannot be read.
    """
    wanted = {bytes.fromhex(address[2:]) for address in addresses}
    return _read(home, network, lambda connection: tuple(_publishers(connection, wanted)), ())


def registered(home: Home, network: Network, publisher: int) -> tuple[Registered, ...]:
    """The files that a publisher has registered, the newest first.

    A file that was registered in several ways, or in several batches, is there once: as the newest of those that stand,
    else as the newest.

    Raises:
        StoreError: the mirror cannot be read.
    """

    def work(connection: sqlite3.Connection) -> tuple[Registered, ...]:
        standing: dict[tuple[str, str, int], Registered] = {}
        for one in sorted((*_singles(connection, publisher), *_leaves(connection, publisher)), key=lambda r: r.place):
            standing[one.sha256, one.root, one.index] = one
        standing |= dict(_withdrawn(connection, publisher, standing))
        files: dict[str, Registered] = {}
        for one in sorted(standing.values(), key=lambda r: (not r.revoked, r.place, -r.index)):
            files[one.sha256] = one
        return tuple(sorted(files.values(), key=lambda r: (-r.place, r.index)))

    return _read(home, network, work, ())


def _publishers(connection: sqlite3.Connection, wanted: Collection[bytes]) -> Iterator[OwnPublisher]:
    marks = ",".join("?" * len(wanted))
    rows = connection.execute(
        "SELECT id, name, domain, controller, recovery, created FROM publisher"  # noqa: S608 - question marks
        f" WHERE controller IN ({marks}) OR id IN (SELECT publisher FROM signer WHERE address IN ({marks}))"
        " ORDER BY id",
        (*wanted, *wanted),
    )
    for number, name, domain, controller, recovery, created in rows.fetchall():
        signers = signers_of(connection, number)
        yield OwnPublisher(
            number,
            name,
            domain,
            _address(controller),
            _address(recovery),
            created,
            {_address(address): signer for address, signer in signers.items()},
            controller in wanted,
            tuple(_address(address) for address in signers if address in wanted),
        )


def _singles(connection: sqlite3.Connection, publisher: int) -> Iterator[Registered]:
    rows = connection.execute(
        "SELECT r.id, r.sha256, r.time, r.block, w.kind, r.pdq, r.manifest FROM registration r"
        " JOIN registrant w ON w.id = r.registrant WHERE w.publisher = ?",
        (publisher,),
    )
    for place, sha256, time, block, kind, pdq, manifest in rows:
        yield Registered(sha256.hex(), time, block, kind, "", -1, place, _hex(pdq), _hex(manifest))


def _leaves(connection: sqlite3.Connection, publisher: int) -> Iterator[Registered]:
    rows = connection.execute(
        "SELECT o.id, r.sha256, o.time, o.block, o.root, r.id - l.first, r.pdq, r.manifest FROM root o"
        " JOIN list l ON l.root = o.root JOIN registration r ON r.id >= l.first AND r.id < l.first + l.count"
        " WHERE o.publisher = ? AND r.list = l.id",
        (publisher,),
    )
    for place, sha256, time, block, root, index, pdq, manifest in rows:
        yield Registered(sha256.hex(), time, block, 0, root.hex(), index, place, _hex(pdq), _hex(manifest))


def _withdrawn(
    connection: sqlite3.Connection, publisher: int, standing: Mapping[tuple[str, str, int], Registered]
) -> Iterator[tuple[tuple[str, str, int], Registered]]:
    rows = connection.execute(
        "SELECT id, sha256, root, leaf, time, reason, replacement FROM withdrawal WHERE publisher = ? ORDER BY id",
        (publisher,),
    ).fetchall()
    of_root: dict[str, list[tuple[str, str, int]]] = {}
    if any(root is not None and leaf is None for _id, _sha, root, leaf, *_rest in rows):
        for key in standing:
            of_root.setdefault(key[1], []).append(key)
    for place, sha256, root, leaf, time, reason, replacement in rows:
        if root is None:
            keys = [(sha256.hex(), "", -1)]
        elif leaf is None:
            keys = of_root.get(root.hex(), [])
        else:
            keys = [(_hex(sha256), root.hex(), leaf)]
        for key in keys:
            one = standing.get(key)
            if one is not None and one.place < place:
                yield key, replace(one, revoked=time, reason=reason, replacement=_hex(replacement))


def _read(home: Home, network: Network, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
    try:
        connection = open_reader(mirror_path(home, network))
        if connection is None:
            return otherwise
        try:
            row = connection.execute("SELECT chain_id, publishers, media FROM mirror").fetchone()
            return work(connection) if row == identity_of(network) else otherwise
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(trouble_in(error)) from error


def _address(value: bytes) -> str:
    return "" if not value or value == _ZERO else "0x" + value.hex()


def _hex(value: bytes | None) -> str:
    return "" if value is None else value.hex()
