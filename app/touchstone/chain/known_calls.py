"""Every call that may be signed. What is not in these tables, or does not decode, is refused before anybody is asked.

The sentence a person agrees to is made from the call's own bytes, never from what whoever built it says they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.keccak import keccak256
from touchstone.chain.network import Network
from touchstone.chain.networks import MEDIA, PUBLISHERS, STABLECOIN

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"  # the usual CREATE2 deployment proxy: salt, then init code
DEPLOY = "deploy"


@dataclass(frozen=True, slots=True)
class Call:
    """What is said about one function: the code of its sentence, what it makes public, whether it can be undone."""

    code: str
    public: tuple[str, ...] = ()
    reversible: bool = False


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
        "registerMany": Call("media-register-many", _FILE),
        "registerRoot": Call("media-register-root", ("count", "uri", "address")),
        "revoke": Call("media-revoke", ("sha256", "reason", "address")),
        "revokeLeaf": Call("media-revoke-leaf", ("sha256", "fingerprint", "reason", "address")),
        "revokeRoot": Call("media-revoke-root", ("reason", "address")),
    },
    STABLECOIN: {
        "mint": Call("money-mint", ("amount", "address")),
        "transfer": Call("money-transfer", ("amount", "address")),
        "approve": Call("money-approve", ("amount", "address"), reversible=True),
    },
}
_DEPLOYMENT = Call(DEPLOY, ("address",))
_PRACTICE_ONLY = frozenset({"mint"})


def intent(network: Network, contract: str, function: str, *args: Any, **params: Any) -> Intent:
    """The intent to call a function of ours. `params` are for the sentence, beside those the call itself gives.

    Raises:
        ChainError: UNKNOWN_CALL, NOT_DEPLOYED (the network has no such contract).
    """
    from touchstone.chain import contracts

    call = CALLS.get(contract, {}).get(function)
    if call is None:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    to = _targets(network, contract)
    if not to:
        raise ChainError(ChainTrouble.NOT_DEPLOYED)
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
    public = (*call.public, *(p for p in wanted.public if p not in call.public))
    return dataclasses.replace(
        wanted, params={**wanted.params, **found}, public=public, reversible=call.reversible and wanted.reversible
    )


def check_typed_data(network: Network, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message of EIP-712 data that may be signed: a registration, for the media registry of this network.

    Raises:
        ChainError: UNKNOWN_CALL {why: contract | function}.
    """
    domain = data.get("domain")
    message = data.get("message")
    if not isinstance(domain, Mapping) or not isinstance(message, Mapping):
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    here = str(domain.get("verifyingContract", "")).lower() == network.media.lower() != ""
    if not here or domain.get("chainId") != network.chain_id:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="contract")
    if data.get("primaryType") != "Registration":
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    return message


def _targets(network: Network, contract: str) -> str:
    return {PUBLISHERS: network.publishers, MEDIA: network.media, STABLECOIN: network.stablecoin}.get(contract, "")


def _decoded(network: Network, wanted: Intent) -> tuple[Call, dict[str, Any]]:
    contract = next((c for c in CALLS if _targets(network, c).lower() == wanted.to.lower() != ""), None)
    if contract is None:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="contract")
    function, inputs = _selectors(contract).get(wanted.data[:4], ("", ()))
    practising = network.practice or not network.public
    if not function or (function in _PRACTICE_ONLY and not practising):
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="function")
    return CALLS[contract][function], _arguments(inputs, wanted.data[4:])


def _arguments(inputs: tuple[Mapping[str, Any], ...], data: bytes) -> dict[str, Any]:
    """Arguments by name, the members of a struct beside them. Bytes become hex, lists of structs their number."""
    from eth_abi import decode, encode

    types = [_type(one) for one in inputs]
    try:
        values = decode(types, data)
        canonical = encode(types, values) == data
    except Exception:  # noqa: BLE001 - the decoder raises what it likes; anything means: not our call
        canonical, values = False, ()
    if not canonical:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    found: dict[str, Any] = {}
    for one, value in zip(inputs, values, strict=True):
        if one["type"] == "tuple":
            found |= {c["name"]: _plain(v) for c, v in zip(one["components"], value, strict=True)}
        elif one["type"].endswith("[]"):
            found[f"{one['name']}_count"] = len(value)
        else:
            found[one["name"]] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _deployed(data: bytes) -> dict[str, Any]:
    """Which contract of ours this puts in place: exactly the init code that ships, with the salt that ships."""
    from touchstone.chain import contracts

    name = contracts.deployed_by(data)
    if not name:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    return {"contract": name}


@cache
def _selectors(contract: str) -> Mapping[bytes, tuple[str, tuple[Mapping[str, Any], ...]]]:
    from touchstone.chain import contracts

    found = {}
    for entry in contracts.artefact(contract)["abi"]:
        if entry.get("type") == "function" and entry["name"] in CALLS[contract]:
            inputs = tuple(entry["inputs"])
            signature = f"{entry['name']}({','.join(_type(one) for one in inputs)})"
            found[keccak256(signature.encode())[:4]] = (entry["name"], inputs)
    return found


def _type(one: Mapping[str, Any]) -> str:
    if one["type"].startswith("tuple"):
        return f"({','.join(_type(c) for c in one['components'])}){one['type'][5:]}"
    return str(one["type"])
