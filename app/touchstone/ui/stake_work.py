"""What the page of one's stake reads and sends, in threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.registry.court_types import PoolParameters, ReviewerEntry
from touchstone.texts import _
from touchstone.ui import court_signing, review_work
from touchstone.ui.signing import Deed, transact
from touchstone.ui.stake_plot import Point

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.registry.case_types import Earned, StakeEvent
    from touchstone.ui.desk import Desk

_MARGIN_S = 5  # a block may have been dated ahead of the clock
GIFT = 1_000_000_000  # whole units of practice dollars given at once: a thousand
COUNTED = frozenset({"seat", "lost", "keeper", "leak"})  # kinds of earnings; others give back what was paid in


@dataclass(frozen=True, slots=True)
class Stake:
    """An account as pool and court have it. `wallet` and `credit` in whole units; `reviewer` None where not asked."""

    network: Network
    keys: tuple[Key, ...]
    key: Key | None = None
    reviewer: ReviewerEntry | None = None
    rules: PoolParameters | None = None
    wallet: int = 0
    credit: int = 0
    earnings: tuple[Earned, ...] = ()
    points: Sequence[Point] = ()
    now: int = 0


def read(desk: Desk, address: str) -> Stake:
    """How an account stands; that of the first key where `address` is none of the user's.

    Raises:
        ChainError, StoreError: it cannot be read.
    """
    network = desk.register.network()
    keys = review_work.keys_of(desk)
    key = next((key for key in keys if key.address == address), next(iter(keys), None))
    if key is None or not network.court:
        return Stake(network, keys, key)
    return _of(desk, network, keys, key)


def _of(desk: Desk, network: Network, keys: tuple[Key, ...], key: Key) -> Stake:
    from touchstone.registry import court, permits, pool
    from touchstone.registry.case_lookup import Cases

    review_work.catch_up(desk, network)
    cases = Cases(desk.home, network)
    try:
        earned, history = cases.earnings(key.address), cases.stake_history(key.address)
    finally:
        cases.close()
    nodes = desk.register.nodes()
    return Stake(
        network,
        keys,
        key,
        pool.reviewer(nodes, network, key.address),
        pool.parameters(nodes, network),
        permits.balance(nodes, network, key.address),
        court.credit(nodes, network, key.address),
        earned,
        points(history, earned),
        review_work.clock(desk, network),
    )


def points(history: Sequence[StakeEvent], earned: Sequence[Earned]) -> tuple[Point, ...]:
    """Stake, locks and earnings by time."""
    told = [(one.time, one.block, one.staked, one.locked, 0) for one in history]
    told += [(one.time, one.block, -1, -1, one.amount) for one in earned if str(one.kind) in COUNTED]
    found: list[Point] = []
    staked = locked = total = 0
    for moment, _block, now_staked, now_locked, amount in sorted(told, key=lambda row: row[:2]):
        if now_staked >= 0:
            staked, locked = now_staked, now_locked
        total += amount
        point = Point(moment, staked, locked, total)
        if found and found[-1].time == moment:
            found[-1] = point
        else:
            found.append(point)
    return tuple(found)


def give(desk: Desk, address: str) -> None:
    """Give practice dollars and practice ether. Raises ChainError."""
    network = desk.register.network()
    if network.practice:
        desk.register.ledger().give_dollars(address, GIFT)
    else:
        from touchstone.chain import ledger_faucet

        to = bytes.fromhex(address.removeprefix("0x"))
        ledger_faucet.give_dollars(desk.register.nodes()[0].request, network.chain_id, to, GIFT)
    desk.register.fund(address)


def save(desk: Desk, network: Network, address: str, path: Path) -> None:
    """Write what an account earned as a table for a spreadsheet. Raises StoreError, OSError."""
    from touchstone.court import rewards
    from touchstone.registry.case_lookup import Cases
    from touchstone.store.files import write_atomically

    cases = Cases(desk.home, network)
    try:
        write_atomically(path, rewards.as_csv(rewards.rows(cases, address)))
    finally:
        cases.close()


def skip_to(desk: Desk, until: int) -> str:
    """Practice: move ledger time to a moment; why not, in words, where a vote of the user's would be late.

    Raises:
        ChainError, StoreError: it cannot be moved, or looked at.
    """
    from touchstone.court.practice import Practice
    from touchstone.registry.case_lookup import Cases

    network = desk.register.network()
    now = review_work.clock(desk, network)
    accounts = [key.address for key in review_work.keys_of(desk)]
    cases = Cases(desk.home, network)
    try:
        waiting = [case for case in cases.turns(accounts, now) if not case.ended] if accounts else []
    finally:
        cases.close()
    if waiting:
        return _("Case {number} waits for your vote, which would be late then.").format(number=waiting[0].id)
    practice = Practice(desk.home)
    try:
        practice.ensure()  # so that there are others to be drawn beside the user
        desk.register.ledger().skip(max(0, until - practice.now()) + _MARGIN_S)
        practice.ensure()
    finally:
        practice.close()
    return ""


def put(desk: Desk, deed: Deed, amount: int) -> None:
    """Put money at stake, in one step where the key signs an allowance. Raises ChainError, VoteError."""
    from touchstone.court import staking

    register = desk.register
    network = register.network()
    adding = staking.add(register.nodes(), network, deed.key.address, amount)
    permit = court_signing.permit_for(desk, deed, network.pool, amount)
    court_signing.send(desk, deed, adding.call(network, permit))


def join(desk: Desk, deed: Deed) -> None:
    """Become a reviewer, as a person. Raises ChainError."""
    from touchstone.registry import pool

    court_signing.send(desk, deed, pool.join(desk.register.network(), False))  # noqa: FBT003 - the contract's


def depart(desk: Desk, deed: Deed) -> None:
    """Be none any more. Raises ChainError."""
    from touchstone.registry import pool

    court_signing.send(desk, deed, pool.depart(desk.register.network()))


def count(desk: Desk, deed: Deed) -> None:
    """Have what matured counted; where nothing would change, nothing is sent. Raises ChainError."""
    from touchstone.court import staking
    from touchstone.court.clock import catch_up

    register = desk.register
    catch_up(register.nodes(), register.network())
    wanted = staking.refresh(register.nodes(), register.network(), deed.key.address)
    if wanted is not None:
        court_signing.send(desk, deed, wanted)


def unbond(desk: Desk, deed: Deed, amount: int) -> None:
    """Begin to take stake out. Raises ChainError, VoteError."""
    from touchstone.court import staking

    register = desk.register
    wanted = staking.remove(register.nodes(), register.network(), deed.key.address, amount)
    court_signing.send(desk, deed, wanted)


def fetch(desk: Desk, deed: Deed) -> None:
    """Take out of the pool what is free. Raises ChainError, VoteError."""
    from touchstone.court import staking

    register = desk.register
    wanted, _amount = staking.withdraw(register.nodes(), register.network(), deed.key.address)
    court_signing.send(desk, deed, wanted)


def withdraw(desk: Desk, deed: Deed) -> None:
    """Settle what is due to the account, then withdraw what the court holds for it. Raises ChainError, StoreError."""
    from touchstone.court import rewards
    from touchstone.registry.case_lookup import Cases

    register = desk.register
    network, nodes = register.network(), register.nodes()
    cases = Cases(desk.home, network)
    try:
        due = rewards.settling(nodes, network, cases, deed.key.address)
    finally:
        cases.close()
    for step in (rewards.Step.SETTLE, rewards.Step.CLAIM):
        wanted = [one.intent for one in due if one.step is step]
        if wanted:
            transact(desk, deed, lambda _network, wanted=wanted: wanted)  # type: ignore[misc]
    last = rewards.withdrawing(nodes, network, deed.key.address)
    if last is not None:
        court_signing.send(desk, deed, last.intent)
