"""Every call that may be signed. What is not in these tables, or does not decode, is refused before anybody is asked.

The sentence a person agrees to is made from the call's own bytes, never from what whoever built it says they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.networks import MEDIA, MODELS, PUBLISHERS, STABLECOIN

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"  # the usual CREATE2 deployment proxy: salt, then init code
DEPLOY = "deploy"
SIGNATURE = "media-signature"  # EIP-712: nothing is sent, and whoever has it can register with it


@dataclass(frozen=True, slots=True)
class Call:
    """What is said about one function: the code of its sentence, what it makes public, whether it can be undone.

    `final` is an argument and the value of it with which it cannot be undone all the same.
    """

    code: str
    public: tuple[str, ...] = ()
    reversible: bool = False
    final: tuple[str, int] | None = None


_FILE = ("sha256", "fingerprint", "uri", "address")

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
        "register": Call("media-register", _FILE),
        "registerBySig": Call("media-register-by-signature", _FILE),
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
}
_DEPLOYMENT = Call(DEPLOY, ("address",))
_PRACTICE_ONLY = frozenset({"mint"})
# Of what becomes public, what may be left out: the argument that has it, and what stands there when it has nothing.
_MAY_BE_EMPTY: Mapping[str, tuple[str, Any]] = {
    "domain": ("domain", ""),
    "uri": ("uri", ""),
    "data": ("items", 0),
    "evaluation": ("evaluation", "0x" + 64 * "0"),
    "parents": ("parents_count", 0),
}


def intent(network: Network, contract: str, function: str, *args: Any, **params: Any) -> Intent:
    """The intent to call a function of ours. `params` are for the sentence, beside those the call itself gives.

    Raises:
        ChainError: UNKNOWN_CALL, NOT_DEPLOYED (the network has no such contract).
    """
    call = CALLS.get(contract, {}).get(function)
    if call is None:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    to = _targets(network, contract)
    if not to:
        raise ChainError(ChainTrouble.NOT_DEPLOYED, contract=contract)
    data = contracts.encode(contract, function, *args)
    return check(network, Intent(call.code, to, data, params, call.public, call.reversible))


def check(network: Network, wanted: Intent) -> Intent:
    """The same intent with the parameters that its bytes hold, under the names of the contract's own arguments.

    Raises:
        ChainError: UNKNOWN_CALL {why: contract | function | arguments | code | value}.
    """
    if wanted.value:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="value")  # nothing of ours takes the network's own money
    if wanted.to.lower() == PROXY.lower():
        call, found = _DEPLOYMENT, _deployed(wanted.data)
    else:
        call, found = _decoded(network, wanted)
    if wanted.code != call.code:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="code")
    public = _public(call, found) + tuple(p for p in wanted.public if p not in call.public)
    reversible = call.reversible and not (call.final and found[call.final[0]] == call.final[1])
    return dataclasses.replace(wanted, params={**wanted.params, **found}, public=public, reversible=reversible)


def outcome(network: Network, wanted: Intent, output: bytes) -> Mapping[str, Any]:
    """What a call would answer, by the names of the contract's own results; {} where it answers nothing of use."""
    contract = next((c for c in CALLS if _targets(network, c).lower() == wanted.to.lower() != ""), None)
    if contract is None or not output:
        return {}
    try:
        function, _arguments = contracts.decode_call(contract, wanted.data)
        answer = contracts.decode(contract, function, output)
    except ChainError:
        return {}
    outputs = next(one["outputs"] for one in contracts.artefact(contract)["abi"] if one.get("name") == function)
    names = [one["name"] for one in outputs]
    values = answer if isinstance(answer, tuple) and len(names) > 1 else (answer,)
    return _flat({name: value for name, value in zip(names, values, strict=False) if name})


def check_typed_data(network: Network, data: Mapping[str, Any]) -> Intent:
    """What signing EIP-712 data means: a registration that others may send, for the media registry of this network.

    Raises:
        ChainError: UNKNOWN_CALL {why: contract | function | arguments}.
    """
    domain, message = data.get("domain"), data.get("message")
    if not isinstance(domain, Mapping) or not isinstance(message, Mapping):
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    here = str(domain.get("verifyingContract", "")).lower() == network.media.lower() != ""
    if not here or domain.get("chainId") != network.chain_id:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="contract")
    if data.get("primaryType") != "Registration":
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    found = _flat(message)
    return Intent(SIGNATURE, network.media, b"", found, _public(Call(SIGNATURE, _FILE), found))


def _targets(network: Network, contract: str) -> str:
    return {
        PUBLISHERS: network.publishers,
        MEDIA: network.media,
        MODELS: network.models,
        STABLECOIN: network.stablecoin,
    }.get(contract, "")


def _public(call: Call, found: Mapping[str, Any]) -> tuple[str, ...]:
    """What a call makes public: an argument that is left empty tells nothing."""
    empty = {one for one, (name, nothing) in _MAY_BE_EMPTY.items() if name in found and found[name] == nothing}
    return tuple(one for one in call.public if one not in empty)


def _decoded(network: Network, wanted: Intent) -> tuple[Call, dict[str, Any]]:
    contract = next((c for c in CALLS if _targets(network, c).lower() == wanted.to.lower() != ""), None)
    if contract is None:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="contract")
    try:
        function, arguments = contracts.decode_call(contract, wanted.data)
        canonical = contracts.encode(contract, function, *arguments.values()) == wanted.data
    except ValueError:
        canonical, function, arguments = False, "", {}
    except ChainError as error:
        why = "function" if error.code is ChainTrouble.UNKNOWN_CALL else "arguments"
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why=why) from error
    if not canonical:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    practising = network.play or not network.public
    if function not in CALLS[contract] or (function in _PRACTICE_ONLY and not practising):
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    return CALLS[contract][function], _flat(arguments)


def _flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name, the members of a struct beside them. Bytes become hex, a list its length.

    Of a list of one hash that hash is there too.
    """
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            found |= _flat(value)
        elif isinstance(value, (tuple, list)):
            found[f"{name}_count"] = len(value)
            if len(value) == 1 and isinstance(value[0], bytes):
                found[f"{name}_only"] = "0x" + value[0].hex()
        else:
            found[name] = "0x" + value.hex() if isinstance(value, bytes) else value
    return found


def _deployed(data: bytes) -> dict[str, Any]:
    """Which contract of ours this puts in place: exactly the init code that ships, with the salt that ships."""
    name = contracts.deployed_by(data)
    if not name:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    return {"contract": name}
