"""What the events of the registries say. Hashes and addresses are bytes, times unix seconds."""

from __future__ import annotations

from typing import NamedTuple


class PublisherCreated(NamedTuple):
    """A new publisher; its controller is a signer with all roles."""

    publisher: int
    controller: bytes
    recovery: bytes
    name: str


class NameSet(NamedTuple):
    """A publisher's name."""

    publisher: int
    name: str


class DomainClaimed(NamedTuple):
    """A publisher's domain, "" where it has none any more."""

    publisher: int
    domain_hash: bytes
    domain: str


class ControlOffered(NamedTuple):
    """Control offered to an address; the zero address takes the offer back."""

    publisher: int
    old: bytes
    new: bytes


class ControlTransferred(NamedTuple):
    """Control accepted, or recovered."""

    publisher: int
    old: bytes
    new: bytes


class RecoverySet(NamedTuple):
    """The address that can recover control."""

    publisher: int
    recovery: bytes


class RecoveryStarted(NamedTuple):
    """Control goes to `new` at `ready` (unix seconds) unless the controller objects."""

    publisher: int
    new: bytes
    ready: int


class RecoveryCancelled(NamedTuple):
    """The controller objected."""

    publisher: int


class SignerSet(NamedTuple):
    """What a signer may do, and from when to when (unix seconds; `valid_to` 0 for no end)."""

    publisher: int
    signer: bytes
    roles: int
    valid_from: int
    valid_to: int


class SignerRevoked(NamedTuple):
    """A signer may sign no more."""

    publisher: int
    signer: bytes
    revoked: int


class SignerCompromised(NamedTuple):
    """Nothing that a signer signed from `since` on counts."""

    publisher: int
    signer: bytes
    since: int


class Registered(NamedTuple):
    """One file, by a transaction of its own. `pdq`, `manifest` and `parent` are 32 bytes, all zero for none."""

    sha256: bytes
    publisher: int
    signer: bytes
    kind: int
    flags: int
    pdq: bytes
    manifest: bytes
    parent: bytes
    uri: str


class BatchItem(NamedTuple):
    """One file of several in one transaction."""

    sha256: bytes
    publisher: int
    signer: bytes
    kind: int
    flags: int
    pdq: bytes
    manifest: bytes


class RootRegistered(NamedTuple):
    """A Merkle batch of so many `leaves`, in a list whose Keccak-256 is `list_hash`, to be found at `uri`."""

    root: bytes
    publisher: int
    signer: bytes
    leaves: int
    list_hash: bytes
    uri: str


class Revoked(NamedTuple):
    """A registration withdrawn."""

    sha256: bytes
    publisher: int
    signer: bytes
    reason: int
    replacement: bytes


class LeafRevoked(NamedTuple):
    """One leaf of a Merkle batch withdrawn."""

    sha256: bytes
    publisher: int
    signer: bytes
    root: bytes
    leaf: int
    reason: int
    replacement: bytes


class RootRevoked(NamedTuple):
    """A whole Merkle batch withdrawn."""

    root: bytes
    publisher: int
    signer: bytes
    reason: int


class ModelRegistered(NamedTuple):
    """A model, by a signer of its publisher's. `data_root` and `evaluation` are all zero for none."""

    model: bytes
    publisher: int
    manifest: bytes
    signer: bytes
    weights: bytes
    data_root: bytes
    items: int
    record: bytes
    evaluation: bytes
    family: bytes
    uri: str


class ParentNamed(NamedTuple):
    """A model was made from another; in the order in which they were given."""

    model: bytes
    parent: bytes


class StatusSet(NamedTuple):
    """What its owner says of a model from now on: 1 active, 2 deprecated, 3 revoked."""

    model: bytes
    owner: int
    signer: bytes
    status: int
    reason: int


class ModelOffered(NamedTuple):
    """A model offered to another publisher; 0 takes the offer back."""

    model: bytes
    old: int
    new: int


class ModelTransferred(NamedTuple):
    """A model that went over to another publisher."""

    model: bytes
    old: int
    new: int


class Attested(NamedTuple):
    """What a publisher says was measured of a model, in place of what it said before."""

    model: bytes
    publisher: int
    signer: bytes
    evaluation: bytes
    uri: str


class AttestationWithdrawn(NamedTuple):
    """A publisher takes that back."""

    model: bytes
    publisher: int
    signer: bytes
    reason: int


class OutputsRecorded(NamedTuple):
    """A list of so many outputs, whose Keccak-256 is `list_hash`; `publisher` 0 is the signer's own name alone."""

    root: bytes
    publisher: int
    signer: bytes
    outputs: int
    list_hash: bytes
    uri: str


class OutputsWithdrawn(NamedTuple):
    """A list of outputs withdrawn; `signer` is who recorded it."""

    root: bytes
    publisher: int
    signer: bytes
    reason: int


class ItemRetired(NamedTuple):
    """A publisher will train on this item no more."""

    item: bytes
    publisher: int
    signer: bytes
    reason: int


PublisherEvent = (
    PublisherCreated
    | NameSet
    | DomainClaimed
    | ControlOffered
    | ControlTransferred
    | RecoverySet
    | RecoveryStarted
    | RecoveryCancelled
    | SignerSet
    | SignerRevoked
    | SignerCompromised
)
MediaEvent = Registered | BatchItem | RootRegistered | Revoked | LeafRevoked | RootRevoked
ModelEvent = (
    ModelRegistered
    | ParentNamed
    | StatusSet
    | ModelOffered
    | ModelTransferred
    | Attested
    | AttestationWithdrawn
    | OutputsRecorded
    | OutputsWithdrawn
    | ItemRetired
)
Event = PublisherEvent | MediaEvent | ModelEvent
