"""What can go wrong between the desk and a ledger, as codes; `touchstone.texts.chain` has the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class ChainTrouble(StrEnum):
    """Why a read or a transaction came to nothing."""

    UNREACHABLE = "unreachable"  # nobody answers at that address
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate-limited"
    NOT_JSON = "not-json"  # a web page, or anything else that is no JSON-RPC answer
    PROTOCOL = "protocol"  # JSON-RPC, but not what was asked for
    TOO_LARGE = "too-large"  # an answer over the bound
    TOO_MANY = "too-many-results"  # the node wants a smaller range
    PRUNED = "pruned"  # the node has thrown that part of the history away
    WRONG_CHAIN = "wrong-chain"
    WRONG_CODE = "wrong-code"  # another contract stands at the pinned address
    NOT_DEPLOYED = "not-deployed"
    NODES_DISAGREE = "nodes-disagree"
    REVERTED = "reverted"
    NO_FUNDS = "insufficient-funds"
    NONCE = "nonce"
    UNDERPRICED = "underpriced"
    FEE_TOO_HIGH = "fee-too-high"  # above the ceiling that was confirmed
    REJECTED = "rejected"  # the person, or the device, said no
    LOCKED = "locked"  # the key is locked
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code
    BAD_KEY = "bad-key"  # a keystore that is damaged or none
    EXPOSED_KEY = "exposed-key"  # a key file that others can read
    NO_KEY = "no-key"
    KEY_EXISTS = "key-exists"  # the address, or the name, is taken
    WEAK_PASSWORD = "weak-password"  # noqa: S105 - a code
    UNKNOWN_CALL = "unknown-call"  # a call that has no words is never signed
    NO_CONSENT = "no-consent"  # a public network that was not opted in to
    UNKNOWN_NETWORK = "unknown-network"
    BAD_NETWORK = "bad-network"  # a description of a network that makes no sense
    REFUSED = "refused"  # the node, or the signer, does not serve us
    UNSUPPORTED = "unsupported"  # it does not know that method
    ALREADY_KNOWN = "already-known"  # the node has exactly this transaction
    DROPPED = "dropped"  # replaced by another transaction with the same nonce
    STOPPED = "stopped"
    BUSY = "busy"  # another process is writing
    FULL = "full"  # the disk
    READ_ONLY = "read-only"
    DAMAGED = "damaged"
    NEWER = "newer"  # a newer version of the application wrote it
    FAILED = "failed"


class ChainError(Exception):
    """Nothing was changed by what raised this. `params` fill the sentence; what a node said is under `untrusted_`."""

    def __init__(self, code: ChainTrouble, **params: Any) -> None:
        super().__init__(str(code))
        self.code = code
        self.params: Mapping[str, Any] = params
