"""What a look-up answers with, and which mirror it asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from touchstone.chain.network import Network
from touchstone.paths import Home

RADIUS = 31  # bits in which two PDQ hashes of pictures that look alike may differ


@dataclass(frozen=True, slots=True)
class Claim:
    """One publisher's word about one file, as it stands; hashes are lower-case hex, "" for none.

    `registered` and `revoked` are unix seconds. `root` and `index` name the leaf of a Merkle batch, "" and -1 for a
    file that was registered singly: what a publisher did both ways is two claims. `counts` is false where the
    registration was signed at or after its key's `compromised` (unix seconds, 0 for never). `revoked`, `reason` and
    `replacement` are of the withdrawal, 0 and "" for none; `revoked_counts` is false where it was signed by a key that
    was compromised by then. `final` is whether a reorganisation can no longer take the registration away. `controller`
    is the address that the publisher is controlled by now, lower-case hex with 0x, "" where that is not known.
    """

    publisher: int
    name: str
    domain: str
    signer: str
    registered: int
    block: int
    tx: str
    kind: int
    flags: int
    pdq: str
    manifest: str
    parent: str
    uri: str
    root: str
    index: int
    counts: bool
    revoked: int
    reason: int
    replacement: str
    revoked_counts: bool
    final: bool
    compromised: int = 0
    controller: str = ""


@dataclass(frozen=True, slots=True)
class Similar:
    """A registered file that looks like what was asked about.

    `distance` is the least number of bits in which fingerprints differ, `orientation` which of those asked for (0: as
    it is). `votes` is how many of a clip's frames look like it when turned in that way, 1 for a picture.
    """

    sha256: str
    distance: int
    orientation: int
    claims: tuple[Claim, ...]
    votes: int = 1


@dataclass(frozen=True, slots=True)
class MirrorState:
    """How far a mirror goes. `synced_block` is -1, and `synced_at` (unix seconds) 0, where there is none yet.

    `final_block` is the last that no reorganisation takes back. `count` is of registered files. `missing` is how many
    Merkle batches have no list here, so that their files are not found; `missing_files` how many files that is.
    `agreed` is whether two nodes said the same. `head` is the practice ledger's block, -1 where that is not known.
    `models` is whether all that the register of models said up to there is in it, `missing_outputs` how many lists of
    outputs are not. `court` is whether all that court and pool said is in it, None where the network has none.
    """

    network: str
    synced_block: int = -1
    synced_at: int = 0
    final_block: int = -1
    count: int = 0
    missing: int = 0
    missing_files: int = 0
    agreed: bool = False
    head: int = -1
    models: bool = False
    missing_outputs: int = 0
    court: bool | None = None


@dataclass(frozen=True, slots=True)
class MissingList:
    """A Merkle batch whose leaves are not here; hashes are hex.

    `bad` is whether there was a list and it is of no use; `why` a code (`leaves.ListTrouble`, `lists.NotFetched`, the
    failures of `trust.https`), "" where nobody tried yet; `tried` unix seconds, 0 for never. `uri` is untrusted.
    """

    root: str
    publisher: int
    files: int
    uri: str
    bad: bool
    why: str
    tried: int


def mirror_path(home: Home, network: Network) -> Path:
    """Where the mirror of a network is kept."""
    return home.registers / f"{network.name}.sqlite3"


def models_of(network: Network) -> bytes:
    """The address of the register of models, b"" where there is none: apart, because files are found without it."""
    return bytes.fromhex(network.models[2:])


def court_of(network: Network) -> bytes:
    """The addresses of court and pool, one after the other, b"" where there is no court."""
    if not network.court or not network.pool:
        return b""
    return bytes.fromhex(network.court[2:]) + bytes.fromhex(network.pool[2:])


def identity_of(network: Network) -> tuple[int, bytes, bytes]:
    """What a mirror of this network was made from: chain id, addresses of both registries."""
    return network.chain_id, bytes.fromhex(network.publishers[2:]), bytes.fromhex(network.media[2:])
