"""Every call that may be signed. What is not in these tables, or does not decode, is refused before anybody is asked.

The sentence a person agrees to is made from the call's own bytes, never from what whoever built it says they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from touchstone.chain import contracts, deploy
from touchstone.chain.call_table import CALLS, Call, flat, public_of
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.networks import COURT, MEDIA, MODELS, POOL, PUBLISHERS, STABLECOIN

PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C"  # the usual CREATE2 deployment proxy: salt, then init code
DEPLOY = "deploy"
SET_COURT = "court-set"
_DEPLOYMENT = Call(DEPLOY, ("address",))
_SETTING = Call(SET_COURT, ("address",))
_PRACTICE_ONLY = frozenset({"mint"})


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
    elif wanted.to == contracts.address(deploy.STEWARD) and wanted.data == deploy.court_call()[1]:
        call, found = _SETTING, {"court": contracts.address(COURT)}
    else:
        call, found = _decoded(network, wanted)
    if wanted.code != call.code:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="code")
    public = public_of(call, found) + tuple(p for p in wanted.public if p not in call.public)
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
    return flat({name: value for name, value in zip(names, values, strict=False) if name})


def check_typed_data(network: Network, data: Mapping[str, Any]) -> Intent:
    """What signing EIP-712 data means (`chain.typed_calls`, which also signs).

    Raises:
        ChainError: UNKNOWN_CALL {why: contract | function | arguments}.
    """
    from touchstone.chain import typed_calls

    return typed_calls.check(network, data)


def _targets(network: Network, contract: str) -> str:
    return {
        PUBLISHERS: network.publishers,
        MEDIA: network.media,
        MODELS: network.models,
        STABLECOIN: network.stablecoin,
        POOL: network.pool,
        COURT: network.court,
    }.get(contract, "")


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
    found = flat(arguments)
    if "spender" in found:
        found["spender_is"] = {network.pool.lower(): "pool", network.court.lower(): "court"}.get(
            str(found["spender"]).lower(), ""
        )
    if contract in {POOL, COURT}:
        found["play"] = network.stablecoin.lower() == contracts.address(STABLECOIN).lower()  # what amounts are of
    return CALLS[contract][function], found


def _deployed(data: bytes) -> dict[str, Any]:
    """Which contract of ours this puts in place: exactly the init code that ships, with the salt that ships."""
    name = contracts.deployed_by(data)
    if not name:
        raise ChainError(ChainTrouble.UNKNOWN_CALL, why="arguments")
    return {"contract": name}
