"""What the register of models holds, as the application reads it.

Hashes are lower-case hex without 0x, "" for none; addresses lower-case hex with 0x; times unix seconds, 0 for none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Status(IntEnum):
    """What its owner says of a model."""

    ACTIVE = 1
    DEPRECATED = 2
    REVOKED = 3


class Decision(IntEnum):
    """What an output says: a detector's decision, or that the model made the file."""

    NONE = 0
    SIGNS = 1
    INCONCLUSIVE = 2
    MADE = 3


class ModelReason(IntEnum):
    """Why a model's status was changed, or an attestation or a list of outputs withdrawn."""

    UNSTATED = 0
    ERROR = 1
    REPLACED = 2
    DATA = 3  # what it was trained on should not have been used
    PERFORMANCE = 4  # it is wrong more often than was said
    SECURITY = 5
    KEY_COMPROMISED = 6


class RetirementReason(IntEnum):
    """Why an item is trained on no more."""

    UNSTATED = 0
    REQUEST = 1  # the person whose it is, or who is in it, asked
    RIGHTS = 2
    ERROR = 3  # wrong label, or not what it was taken for
    ILLEGAL = 4


class Standing(StrEnum):
    """How an installed model stands with the register."""

    REGISTERED = "registered"
    DEPRECATED = "deprecated"
    WITHDRAWN = "withdrawn"
    DIFFERS = "differs"  # its weights, or its record, are registered with another manifest
    NOT_REGISTERED = "not-registered"
    UNKNOWN = "unknown"  # the register could not be read


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A registered model. `counts`: its signer had the role then, and is not compromised since before then."""

    model: str  # its id
    publisher: int  # who registered it
    owner: int  # whom it belongs to now
    pending_owner: int
    name: str  # of the owner, as text of anybody's making
    domain: str  # that the owner claims
    signer: str
    counts: bool
    manifest: str
    weights: str
    data_root: str
    items: int
    record: str
    evaluation: str
    family: str
    parents: tuple[str, ...]
    uri: str
    status: Status
    reason: int
    registered: int
    changed: int
    block: int
    tx: str
    controller: str = ""  # of the owner


@dataclass(frozen=True, slots=True)
class AttestationEntry:
    """What a publisher says was measured of a model."""

    model: str
    publisher: int
    name: str
    domain: str
    signer: str
    counts: bool
    evaluation: str
    uri: str
    attested: int
    withdrawn: int
    block: int
    tx: str


@dataclass(frozen=True, slots=True)
class OutputList:
    """A recorded list of outputs. `state`: 0 its list is still to be had, 1 it is here, 2 it is no good (`why`)."""

    root: str
    publisher: int  # 0: in the signer's own name
    name: str
    domain: str
    signer: str
    counts: bool
    count: int
    list_hash: str
    uri: str
    recorded: int
    withdrawn: int
    reason: int
    state: int
    why: str
    block: int
    tx: str
    controller: str = ""  # of the publisher


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that a model said of a file. `score` in millionths, None for none; `time` when it said so."""

    manifest: str
    media: str
    witness: str  # up to 32 ASCII characters
    score: int | None
    decision: Decision
    time: int


@dataclass(frozen=True, slots=True)
class RecordedOutput:
    """An output with the list that it stands in, and its place there."""

    output: Output
    index: int
    list: OutputList


@dataclass(frozen=True, slots=True)
class Retirement:
    """An item that a publisher will train on no more."""

    item: str
    publisher: int
    name: str
    domain: str
    signer: str
    counts: bool
    reason: int
    time: int
    block: int
    tx: str
