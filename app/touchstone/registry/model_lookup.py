"""What the register of models holds, from the mirror on this computer: no socket, no node.

Everything that a publisher wrote (`name`, `domain`, `uri`) is as it was written: untrusted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import model_entries, output_entries, state
from touchstone.registry.mirror_reader import MirrorReader
from touchstone.registry.model_entries import People
from touchstone.registry.model_standing import Answer, Asked, standing
from touchstone.registry.model_types import (
    AttestationEntry,
    ModelEntry,
    Output,
    OutputList,
    RecordedOutput,
    Retirement,
    Standing,
)
from touchstone.store.database import StoreError
from touchstone.store.register_schema import WITH_MODELS

T = TypeVar("T")
_UNKNOWN: Answer = (Standing.UNKNOWN, None)


class Models:
    """The models in the mirror of one network, for look-ups from any thread.

    A mirror that is not there, follows no models, or has not read all that was said of them is empty, and `is_known`
    says so. Hashes are given as hex; every method but `standing` and `close` raises:

    Raises:
        StoreError: the mirror is damaged, of a newer version, or cannot be read.
        ValueError: not a SHA-256, or an address, as hex.
    """

    def __init__(self, home: Home, network: Network) -> None:
        self._network = network
        self._mirror = MirrorReader(home, network, WITH_MODELS)

    def is_known(self) -> bool:
        """Whether the mirror has all that the register of models said up to where it goes."""
        return self._read(lambda _: True, otherwise=False)

    def get(self, model: str) -> ModelEntry | None:
        """The model of this id."""
        return next(iter(self._entries("model", model)), None)

    def by_manifest(self, sha256: str) -> tuple[ModelEntry, ...]:
        """The models with this manifest, each another publisher's, the first registered first, as the others."""
        return self._entries("manifest", sha256)

    def by_weights(self, sha256: str) -> tuple[ModelEntry, ...]:
        """The models with these weights, at most `model_entries.MOST`, as the others."""
        return self._entries("weights", sha256)

    def by_record(self, sha256: str) -> tuple[ModelEntry, ...]:
        """The models with this training record."""
        return self._entries("record", sha256)

    def children(self, model: str) -> tuple[ModelEntry, ...]:
        """The models that name this one as a parent."""
        wanted = _hash(model)
        return self._read(lambda found: model_entries.children(found, wanted, People(found)), ())

    def attestations(self, model: str) -> tuple[AttestationEntry, ...]:
        """What publishers say was measured of a model: of each what it said last."""
        wanted = _hash(model)
        return self._read(lambda found: model_entries.attestations(found, wanted, People(found)), ())

    def outputs_of(self, media: str) -> tuple[RecordedOutput, ...]:
        """What models said of the file of this SHA-256, once for each who recorded it.

        Records that count and stand come first, publishers' before others. Of a list at most
        `output_entries.MOST_OF_A_LIST` outputs are given.
        """
        wanted = _hash(media)
        return self._read(lambda found: output_entries.of_media(found, wanted, People(found)), ())

    def outputs_by(self, manifest: str, limit: int = 100, offset: int = 0) -> tuple[RecordedOutput, ...]:
        """What the model with this manifest said, what was read last first."""
        wanted = _hash(manifest)
        return self._read(lambda found: output_entries.of_model(found, wanted, People(found), limit, offset), ())

    def count_outputs(self, manifest: str) -> int:
        """How much of what the model with this manifest said is here."""
        wanted = _hash(manifest)
        return self._read(lambda found: output_entries.count_of_model(found, wanted), 0)

    def output_lists(self, signer: str | None = None, limit: int = 1000, offset: int = 0) -> tuple[OutputList, ...]:
        """The lists of outputs that were recorded, by this address (0x hex) or by anybody, the newest first."""
        wanted = None if signer is None else _bytes(signer.removeprefix("0x"), 20)
        return self._read(lambda found: output_entries.lists(found, wanted, People(found), limit, offset), ())

    def lists_with(self, root: str) -> tuple[OutputList, ...]:
        """The lists of outputs with this root, whoever recorded it; what counts and stands first."""
        wanted = _hash(root)
        return self._read(lambda found: output_entries.lists_with(found, wanted, People(found)), ())

    def outputs_in(self, root: str) -> tuple[Output, ...]:
        """The outputs in the list with this root, in order; none where it is not here."""
        wanted = _hash(root)
        return self._read(lambda found: output_entries.under(found, wanted), ())

    def retired(self, item: str) -> tuple[Retirement, ...]:
        """Who said that this item is trained on no more."""
        wanted = _hash(item)
        return self._read(lambda found: tuple(model_entries.retirements(found, wanted, People(found))), ())

    def standing(
        self,
        manifest: str,
        weights: str,
        record: str,
        *,
        trusted: Collection[int] = (),
        makers: Collection[str] = (),
        everybody: bool = False,
    ) -> Answer:
        """How an installed model stands, and the entry that says so; `record` "" where it has none. Raises nothing.

        REGISTERED: it is registered as it is here, and that stands. DEPRECATED, WITHDRAWN: it is, and whoever
        registered it said so since. DIFFERS: of manifest, weights and record some are registered, and not together.
        UNKNOWN: the mirror cannot be read, or does not know of models, or one of these is no SHA-256.

        Strangers say at most REGISTERED (`model_standing` says why). The others are said by those who are heard: on the
        practice ledger of this computer, where there are no strangers, everybody; elsewhere publishers with a number in
        `trusted`, which are the user's own (`controlled_by` his addresses) and those he trusts with the models he runs,
        and `makers`, which is the address in the model's seal, once its signature was verified. With `everybody`
        everybody is heard: to show what the register says, as an audit does, and not to decide about what runs.
        """
        try:
            asked = Asked(
                _hash(manifest),
                _hash(weights),
                _hash(record) if record else b"",
                None if everybody or self._network.practice else trusted,
                tuple(_bytes(maker.removeprefix("0x"), 20) for maker in makers),
            )
            return self._read(lambda found: standing(found, asked), _UNKNOWN)
        except (StoreError, ValueError):
            return _UNKNOWN

    def controlled_by(self, addresses: Collection[str]) -> frozenset[int]:
        """The publishers that these addresses (0x hex) control now.

        To be a publisher's signer is not enough: any publisher can name any address as its signer.
        """
        wanted = [_bytes(address.removeprefix("0x"), 20) for address in addresses]
        return self._read(lambda found: _controlled(found, wanted), frozenset())

    def close(self) -> None:
        """Let go of the file; what is asked afterwards finds nothing."""
        self._mirror.close()

    def _entries(self, column: str, value: str) -> tuple[ModelEntry, ...]:
        wanted = _hash(value)
        return self._read(
            lambda found: model_entries.entries(found, f"m.{column} = ?", (wanted,), People(found)),
            (),
        )

    def _read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        def look(connection: sqlite3.Connection) -> T:
            return work(connection) if state.follows_models(connection, self._network) else otherwise

        return self._mirror.read(look, otherwise)


def _controlled(connection: sqlite3.Connection, wanted: Collection[bytes]) -> frozenset[int]:
    found = set()
    for address in wanted:
        rows = connection.execute("SELECT id FROM publisher WHERE controller = ?", (address,))
        found |= {number for (number,) in rows}
    return frozenset(found)


def _hash(value: str) -> bytes:
    return _bytes(value, 32)


def _bytes(value: str, size: int) -> bytes:
    raw = bytes.fromhex(value)
    if len(raw) != size:
        raise ValueError("not so many bytes")
    return raw
