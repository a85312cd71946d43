"""What the register holds about a file, from the mirror on this computer: no socket, no node.

Everything that a publisher or a node wrote (`name`, `domain`, `uri`) is as it was written: untrusted.
"""

from __future__ import annotations

from collections.abc import Sequence

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import claims, similar, state
from touchstone.registry.disputes import Disputes, disputes
from touchstone.registry.lookup_types import RADIUS, Claim, MirrorState, MissingList, Similar, mirror_path
from touchstone.registry.mirror_reader import MirrorReader

__all__ = ["RADIUS", "Claim", "MirrorState", "MissingList", "Register", "Similar", "mirror_path"]


class Register:
    """The mirror of one network, for look-ups from any thread. One that is not there is empty.

    Raises:
        StoreError: the mirror is damaged, of a newer version, or cannot be read.
    """

    def __init__(self, home: Home, network: Network) -> None:
        self._mirror = MirrorReader(home, network)
        self._index = similar.Index(self._mirror.path)
        self._network, self._home = network, home
        self._mirror.read(lambda _: None, None)

    def exact(self, sha256: str) -> tuple[Claim, ...]:
        """What publishers say about the very file of this SHA-256 (hex), earliest first.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not a SHA-256.
        """
        wanted = bytes.fromhex(sha256)
        if len(wanted) != 32:
            raise ValueError("not a SHA-256")
        return self._mirror.read(lambda connection: claims.about(connection, wanted), ())

    def similar(self, pdqs: Sequence[str], limit: int = 20) -> tuple[Similar, ...]:
        """Registered files whose PDQ differs in at most `RADIUS` bits from one of `pdqs`, nearest first, all found.

        `pdqs` are hex, one for each way the picture can be turned; of files as near, the first registered come first.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not such hashes.
        """
        return self._mirror.read(lambda connection: similar.pictures(connection, self._index, pdqs, limit), ())

    def similar_video(self, frames: Sequence[Sequence[str]], limit: int = 20) -> tuple[Similar, ...]:
        """Registered files that frames of a clip look like, those with the most frames first.

        `frames` are the fingerprints (hex) of sampled frames that show something (quality 50 or more), all turned in
        the same ways. The votes for a file are for one of these ways, and it needs half of those that it can get: of
        the frames asked about, or of those it was registered with where these are fewer.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not such hashes.
        """
        return self._mirror.read(lambda connection: similar.clips(connection, self._index, frames, limit), ())

    def disputes(self, sha256: str) -> Disputes | None:
        """Whether anything, and this very file, was ever brought before the court; None where that is not known.

        Raises:
            StoreError: the mirror cannot be read.
            ValueError: not a SHA-256.
        """
        wanted = bytes.fromhex(sha256)
        return self._mirror.read(lambda connection: disputes(connection, self._network, wanted), None)

    @property
    def mirror(self) -> MirrorReader:
        """What it reads, for others that look into the same mirror as long as this is open."""
        return self._mirror

    def warm(self, *, clip: bool) -> None:
        """Load what the first look-up of a likeness needs."""
        self._index.warm(short=not clip)

    def state(self) -> MirrorState:
        """How far the mirror goes.

        Raises:
            StoreError: the mirror cannot be read.
        """
        found = self._mirror.read(lambda connection: state.read(connection, self._network, self._home), None)
        return found or state.absent(self._network, self._home)

    def missing_lists(self) -> tuple[MissingList, ...]:
        """The Merkle batches whose files cannot be found, because their lists are not here.

        Raises:
            StoreError: the mirror cannot be read.
        """
        return self._mirror.read(state.missing, ())

    def close(self) -> None:
        """Let go of the file; what is asked afterwards finds nothing."""
        self._mirror.close()
