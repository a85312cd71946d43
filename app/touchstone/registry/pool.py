"""The pool of reviewers: what may be asked of it, and what it says about an account.

Each function that sends comes as an `Intent` (`chain.send`); each that reads wants two nodes to say the same where
there are two (`chain.agree`) and raises

    ChainError: NOT_DEPLOYED {contract}: the network has no pool. NODES_DISAGREE, or what a node can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchstone.chain.intent import Intent
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import POOL
from touchstone.chain.node import Node
from touchstone.registry.court_state import hexed, somebody, view, word
from touchstone.registry.court_types import PoolParameters, ReviewerEntry
from touchstone.registry.permits import Permit

_JOINED, _DEACTIVATED = 1, 2
_DAY = 86_400


def stake(network: Network, amount: int, permit: Permit | None = None, *, unbonding: int = 0) -> Intent:
    """Put money at stake. `unbonding` is how long taking it out takes (seconds), for the words alone."""
    told = {"unbonding_days": -(-unbonding // _DAY)} if unbonding else {}
    if permit is None:
        return intent(network, POOL, "stake", amount, **told)
    return intent(network, POOL, "stakeWithPermit", amount, permit.as_struct(), **told)


def join(network: Network, automated: bool, model: str = "") -> Intent:  # noqa: FBT001 - as the contract takes it
    """Join the people's tree, or the automated one with the id of a registered model."""
    return intent(network, POOL, "join", automated, word(model))


def refresh(network: Network, account: str) -> Intent:
    """Write an account's weight as it is now, by anyone."""
    return intent(network, POOL, "refresh", account)


def depart(network: Network) -> Intent:
    """Leave the tree; the stake stays."""
    return intent(network, POOL, "depart")


def unbond(network: Network, amount: int, *, ready: int = 0) -> Intent:
    """Begin to take stake out. `ready` is from when it can be withdrawn (unix seconds), for the words alone."""
    return intent(network, POOL, "unbond", amount, **({"ready": ready} if ready else {}))


def withdraw(network: Network, to: str) -> Intent:
    """Take out what has unbonded and no seat has locked."""
    return intent(network, POOL, "withdraw", to)


def reviewer(nodes: Sequence[Node], network: Network, account: str) -> ReviewerEntry:
    """An account as the pool has it; zeros where it never staked."""
    found = _read(nodes, network, "accountOf", account)
    return ReviewerEntry(
        account=account.lower(),
        staked=found["staked"],
        locked=found["locked"],
        maturing=found["maturing"],
        matures=found["maturesAt"],
        unbonding=found["unbonding"],
        unbonds=found["unbondsAt"],
        withdrawable=int(_read(nodes, network, "withdrawable", account)),
        weight=int(_read(nodes, network, "weightOf", account)) if found["leaf"] else 0,
        missed=found["missed"],
        joined=found["status"] == _JOINED,
        deactivated=found["status"] == _DEACTIVATED,
        automated=found["automated"],
        family=hexed(found["family"]),
        identity=hexed(found["identity"]),
    )


def parameters(nodes: Sequence[Node], network: Network) -> PoolParameters:
    """What holds in the pool now."""
    found = _read(nodes, network, "parameters")
    return PoolParameters(
        min_stake=found["minStake"],
        min_automated=found["minAutomated"],
        activation_delay=found["activationDelay"],
        unbonding_time=found["unbondingTime"],
        people=somebody(found["people"]),
        automated=somebody(found["automated"]),
    )


def total(nodes: Sequence[Node], network: Network, automated: bool) -> int:  # noqa: FBT001 - as the contract takes it
    """The weight of a tree now."""
    return int(_read(nodes, network, "total", automated))


def free(nodes: Sequence[Node], network: Network) -> int:
    """The weight of the people's tree that no seat has locked: what panels can still be made of."""
    return int(_read(nodes, network, "freePeople"))


def _read(nodes: Sequence[Node], network: Network, function: str, *arguments: Any) -> Any:
    return view(nodes, network.pool, POOL, function, *arguments)
