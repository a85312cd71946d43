"""What is said about each call that may be signed, and what of it becomes public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.chain.networks import COURT, MEDIA, MODELS, POOL, PUBLISHERS, STABLECOIN


@dataclass(frozen=True, slots=True)
class Call:
    """What is said about one function: the code of its sentence, what it makes public, whether it can be undone.

    `final` is an argument and the value of it with which it cannot be undone all the same.
    """

    code: str
    public: tuple[str, ...] = ()
    reversible: bool = False
    final: tuple[str, int] | None = None


FILE = ("sha256", "fingerprint", "uri", "address")
_FLAG = ("sha256", "claim", "evidence", "uri", "amount", "address")

CALLS: Mapping[str, Mapping[str, Call]] = {
    PUBLISHERS: {
        "create": Call("publisher-create", ("name", "domain", "address")),
        "setName": Call("publisher-name", ("name",), reversible=True),
        "claimDomain": Call("publisher-domain", ("domain",), reversible=True),
        "offerControl": Call("publisher-offer", ("address",), reversible=True),
        "acceptControl": Call("publisher-accept", ("address",)),
        "setRecovery": Call("publisher-recovery", ("address",), reversible=True),
        "startRecovery": Call("recovery-start", ("address",), reversible=True),
        "cancelRecovery": Call("recovery-cancel", (), reversible=True),
        "finishRecovery": Call("recovery-finish", ("address",)),
        "setSigner": Call("signer-set", ("address",), reversible=True),
        "revokeSigner": Call("signer-revoke", ("address",)),
        "markCompromised": Call("signer-compromised", ("address",)),
    },
    MEDIA: {
        "register": Call("media-register", FILE),
        "registerBySig": Call("media-register-by-signature", FILE),
        "skipNonce": Call("media-skip-nonce", ("address",)),
        "registerMany": Call("media-register-many", ("sha256", "fingerprint", "address")),
        "registerRoot": Call("media-register-root", ("count", "uri", "address")),
        "revoke": Call("media-revoke", ("sha256", "reason", "address")),
        "revokeLeaf": Call("media-revoke-leaf", ("sha256", "fingerprint", "reason", "address")),
        "revokeRoot": Call("media-revoke-root", ("reason", "address")),
    },
    MODELS: {
        "register": Call("model-register", ("model", "data", "evaluation", "parents", "uri", "address")),
        "setStatus": Call("model-status", ("status", "reason", "address"), reversible=True, final=("status", 3)),
        "offerModel": Call("model-offer", ("transfer", "address"), reversible=True),
        "acceptModel": Call("model-accept", ("transfer", "address")),
        "attest": Call("model-attest", ("evaluation", "uri", "address")),
        "withdrawAttestation": Call("model-attest-withdraw", ("reason", "address")),
        "recordOutputs": Call("outputs-record", ("outputs", "uri", "address")),
        "withdrawOutputs": Call("outputs-withdraw", ("reason", "address")),
        "retire": Call("items-retire", ("items", "reason", "address")),
    },
    STABLECOIN: {
        "mint": Call("money-mint", ("amount", "address")),
        "transfer": Call("money-transfer", ("amount", "address")),
        "transferFrom": Call("money-transfer-from", ("amount", "address")),
        "approve": Call("money-approve", ("amount", "address"), reversible=True),
        "permit": Call("money-permit", ("amount", "address"), reversible=True),
    },
    POOL: {
        "stake": Call("stake-add", ("amount", "address"), reversible=True),
        "stakeWithPermit": Call("stake-add-permit", ("amount", "address"), reversible=True),
        "join": Call("stake-join", ("runs", "address"), reversible=True),
        "refresh": Call("stake-refresh", ("weight",)),
        "depart": Call("stake-depart", ("address",), reversible=True),
        "unbond": Call("stake-unbond", ("amount", "address")),
        "unbondBySig": Call("stake-unbond-signed", ("amount", "address")),
        "withdraw": Call("stake-withdraw", ("amount", "address")),
        "withdrawBySig": Call("stake-withdraw-signed", ("amount", "address")),
        "skipNonce": Call("stake-skip-nonce", ("address",)),
        "adopt": Call("stake-adopt", ("address",)),
    },
    COURT: {
        "flag": Call("case-flag", _FLAG),
        "flagWithPermit": Call("case-flag-permit", _FLAG),
        "addEvidence": Call("case-evidence", ("evidence", "uri", "address")),
        "reply": Call("case-reply", ("evidence", "uri", "amount", "address")),
        "requestSeed": Call("case-seed", ("address",)),
        "draw": Call("case-draw", ("address",)),
        "commit": Call("case-seal", ("seal", "address"), reversible=True),
        "commitBySig": Call("case-seal-signed", ("seal", "address"), reversible=True),
        "reportUnobtainable": Call("case-unobtainable", ("unobtainable", "address")),
        "reportLeak": Call("case-leak", ("vote", "address")),
        "reveal": Call("case-open", ("vote", "address")),
        "justify": Call("case-justify", ("why", "uri", "address")),
        "tally": Call("case-tally", ("address",)),
        "fundAppeal": Call("case-fund", ("amount", "address")),
        "fundAppealWithPermit": Call("case-fund-permit", ("amount", "address")),
        "openRound": Call("case-round", ("address",)),
        "finalise": Call("case-final", ("address",)),
        "settle": Call("case-settle", ("address",)),
        "claimAppeal": Call("case-claim", ("amount", "address")),
        "withdraw": Call("case-withdraw", ("amount", "address")),
        "withdrawTo": Call("case-withdraw-to", ("amount", "address")),
        "skipNonce": Call("case-skip-nonce", ("address",)),
        "adopt": Call("case-adopt", ("address",)),
    },
}
# Of what becomes public, what may be left out: the argument that has it, and what stands there when it has nothing.
_MAY_BE_EMPTY: Mapping[str, tuple[str, Any]] = {
    "domain": ("domain", ""),
    "uri": ("uri", ""),
    "data": ("items", 0),
    "evaluation": ("evaluation", "0x" + 64 * "0"),
    "parents": ("parents_count", 0),
    "claim": ("claim", ""),
    "runs": ("model", "0x" + 64 * "0"),
    "amount": ("counterBond", False),
}


def public_of(call: Call, found: Mapping[str, Any]) -> tuple[str, ...]:
    """What a call makes public: an argument that is left empty tells nothing."""
    empty = {one for one, (name, nothing) in _MAY_BE_EMPTY.items() if name in found and found[name] == nothing}
    return tuple(one for one in call.public if one not in empty)


def flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name, the members of a struct beside them. Bytes become hex, a list its length.

    Of a list of one hash that hash is there too.
    """
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            found |= flat(value)
        elif isinstance(value, (tuple, list)):
            found[f"{name}_count"] = len(value)
            if len(value) == 1 and isinstance(value[0], bytes):
                found[f"{name}_only"] = "0x" + value[0].hex()
        else:
            found[name] = "0x" + value.hex() if isinstance(value, bytes) else value
    return found
