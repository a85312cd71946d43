"""Putting the contracts in place on a network, and holding what stands there to what ships.

They are made by CREATE2 through a deployment proxy that stands at one address on every network, with a salt of zeros:
what a contract is made from decides its address, so nobody can put anything else there, and it does not matter who
deploys. Pool and court of practice are joined afterwards: the court is made from the pool's address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from touchstone.chain import contracts, quantity
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.node import Node

PROXY = "Create2Proxy"
STEWARD, POOL, COURT = "PracticeSteward", "ReviewerPool", "FactCheckCourt"

Send = Callable[[str, str, bytes], None]
"""Sends one transaction (contract, address to call, data); returns when it is in a block, or raises ChainError."""


class Standing(StrEnum):
    """What is at a contract's address."""

    ABSENT = "absent"
    OURS = "ours"
    OTHER = "other"  # code that ours is not: the node lies, or is no EVM


@dataclass(frozen=True, slots=True)
class Cost:
    """What deploying one contract takes, by simulation: gas, and wei at the node's gas price of now."""

    name: str
    address: str
    gas: int
    wei: int


def standing(node: Node, name: str) -> Standing:
    """What is at a contract's address now.

    Raises:
        ChainError: what asking a node can end in.
    """
    code = quantity.data(node.request("eth_getCode", [contracts.address(name), "latest"]))
    if not code:
        return Standing.ABSENT
    return Standing.OURS if f"0x{keccak256(code).hex()}" == contracts.code_hash(name) else Standing.OTHER


def survey(node: Node, names: Sequence[str]) -> Mapping[str, Standing]:
    """What is at each contract's address now. Raises as above."""
    return {name: standing(node, name) for name in names}


def verify(node: Node, names: Sequence[str]) -> None:
    """Hold every contract's code to its hash.

    Raises:
        ChainError: NOT_DEPLOYED {contract} or WRONG_CODE {contract, address}, or what asking a node can end in.
    """
    for name in names:
        found = standing(node, name)
        if found is Standing.ABSENT:
            raise ChainError(ChainTrouble.NOT_DEPLOYED, contract=name)
        if found is Standing.OTHER:
            raise ChainError(ChainTrouble.WRONG_CODE, contract=name, address=contracts.address(name))


def simulate(node: Node, sender: str, names: Sequence[str]) -> tuple[Cost, ...]:
    """What deploying those that are missing would take. Nothing is sent.

    Raises:
        ChainError: NOT_DEPLOYED {contract: Create2Proxy}: the network has no deployment proxy. WRONG_CODE. REVERTED:
            the proxy makes something else. Or what asking a node can end in.
    """
    missing = _missing(node, names)
    price = quantity.number(node.request("eth_gasPrice", [])) if missing else 0
    costs = []
    for name in missing:
        to, data = contracts.deployment_call(name)
        call = {"from": sender, "to": to, "data": f"0x{data.hex()}"}
        # What its constructor asks of others that are missing as well, it is told by their code.
        needed = {address: {"code": code} for address, code in _needed(name, missing).items()}
        made = quantity.data(node.request("eth_call", [call, "latest", *([needed] if needed else [])]))
        if f"0x{made.hex()}" != contracts.address(name).lower():
            raise ChainError(ChainTrouble.REVERTED, contract=name)
        gas = quantity.number(node.request("eth_estimateGas", [call, "latest", needed] if needed else [call]))
        costs.append(Cost(name, contracts.address(name), gas, gas * price))
    return tuple(costs)


def deploy(node: Node, send: Send, names: Sequence[str]) -> tuple[str, ...]:
    """Deploy those that are missing, in order, and verify all. Returns the names of those that were deployed.

    One that somebody else deploys meanwhile is as good as ours: its sending may fail, and what counts is what stands.

    Raises:
        ChainError: as above, and whatever `send` raises.
    """
    missing = _missing(node, names)
    for name in missing:
        to, data = contracts.deployment_call(name)
        try:
            send(name, to, data)
        except ChainError as error:
            if error.code is not ChainTrouble.REVERTED or standing(node, name) is not Standing.OURS:
                raise
    verify(node, names)
    if COURT in names:
        set_court(node, send)
    return tuple(missing)


def court_call() -> tuple[str, bytes]:
    """The steward's address, and the call of it that sets the court in the pool."""
    call = contracts.encode(POOL, "setCourt", contracts.address(COURT))
    return contracts.address(STEWARD), contracts.encode(STEWARD, "run", contracts.address(POOL), call)


def set_court(node: Node, send: Send) -> bool:
    """Tell the pool of practice which court it serves, where it does not know; whether there was anything to do.

    Raises:
        ChainError: WRONG_CODE {contract, address}: it was told of another, for ever. Or whatever `send` raises.
    """
    if _court_is_set(node):
        return False
    to, data = court_call()
    try:
        send(COURT, to, data)
    except ChainError as error:
        if error.code is not ChainTrouble.REVERTED:
            raise
    if not _court_is_set(node):
        raise ChainError(ChainTrouble.REVERTED, contract=POOL)
    return True


def _court_is_set(node: Node) -> bool:
    pool = contracts.address(POOL)
    asked = {"to": pool, "data": f"0x{contracts.selector(POOL, 'court').hex()}"}
    found = quantity.data(node.request("eth_call", [asked, "latest"]), 32)
    if any(found) and found[12:].hex() != contracts.address(COURT)[2:].lower():
        raise ChainError(ChainTrouble.WRONG_CODE, contract=POOL, address=pool)
    return any(found)


def _needed(name: str, missing: Sequence[str]) -> Mapping[str, str]:
    """The runtime code, 0x hex, of what a constructor is given and is not there yet, by address."""
    found, left = {}, list(contracts.deployment()["arguments"][name])
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif one in missing:
            found[contracts.address(one)] = str(contracts.artefact(one)["deployedBytecode"])
    return found


def _missing(node: Node, names: Sequence[str]) -> list[str]:
    found = survey(node, names)
    for name, what in found.items():
        if what is Standing.OTHER:
            raise ChainError(ChainTrouble.WRONG_CODE, contract=name, address=contracts.address(name))
    missing = [name for name in names if found[name] is Standing.ABSENT]
    if missing and not quantity.data(node.request("eth_getCode", [contracts.address(PROXY), "latest"])):
        raise ChainError(ChainTrouble.NOT_DEPLOYED, contract=PROXY)
    return missing
