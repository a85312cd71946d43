"""Sending what has to be in time: the court is asked again for its phase right before it is signed, and right after.

What is found to be late then is not sent, and costs nothing. What is mined too late has no effect but its fee.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.send import Confirm, Sender
from touchstone.chain.watch import Cancel, Mined, OnStep, Step, never, nothing
from touchstone.court.clock import now_of
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.registry import court, permits
from touchstone.registry.court_types import Phase
from touchstone.store.database import StoreError
from touchstone.store.outbox import Outbox, SentState

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer
    from touchstone.paths import Home

_LATE = frozenset({"WrongTime", "WrongPhase"})


class InTime:
    """Whether a window of a case has closed since. Given to `Sender.send` as `cancel`, and `steps` as `on_step`.

    `ends` is when the window does, in unix seconds by the clock of the chain, or 0 where the phase alone tells.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        network: Network,
        case: int,
        round_: int,
        phase: Phase,
        *,
        ends: int = 0,
        cancel: Cancel = never,
    ) -> None:
        self._nodes, self._network, self._case, self._round, self._phase = nodes, network, case, round_, phase
        self._ends, self._cancel = ends, cancel
        self.closed = False
        self._sent = False

    def __call__(self) -> bool:
        """Whether to stop. Nothing is stopped once it is sent. A node that fails to answer says nothing."""
        if self._cancel():
            return True
        if self._sent:
            return False
        try:
            self.closed = self._is_over()
        except ChainError:
            return False
        return self.closed

    def steps(self, on_step: OnStep = nothing) -> OnStep:
        """`on_step`, and notice when it is sent."""

        def told(step: Step, params: Mapping[str, Any]) -> None:
            self._sent = self._sent or step is Step.BROADCAST
            on_step(step, params)

        return told

    def _is_over(self) -> bool:
        if self._ends and now_of(self._nodes, self._network).now >= self._ends:
            return True
        state = court.case(self._nodes, self._network, self._case)
        if state is None or state.round != self._round:
            return True
        return court.phase(self._nodes, self._network, self._case) is not self._phase


def afford(nodes: Sequence[Node], network: Network, account: str, amount: int) -> None:
    """Make sure that an account has so much of the network's dollar.

    Raises:
        VoteError: NO_DOLLARS {needed, has, address, play}.
        ChainError: what a node can be.
    """
    has = permits.balance(nodes, network, account)
    if has < amount:
        raise VoteError(VoteTrouble.NO_DOLLARS, needed=amount, has=has, address=account, play=network.play)


def next_key(home: Home, chain_id: int, deed: str) -> str:
    """The key for doing a deed that is not done: the deed, and a number where it counted before and was undone.

    Raises:
        ChainError: what the disk refuses.
    """
    try:
        outbox = Outbox(home)
        try:
            for attempt in itertools.count():
                key = f"{deed} {attempt}" if attempt else deed
                if all(sent.state is not SentState.FINAL for sent in outbox.keyed(chain_id, key)):
                    return key
        finally:
            outbox.close()
    except StoreError as error:
        raise ChainError(ChainTrouble(str(error.code))) from error
    raise AssertionError


def send(  # noqa: PLR0913 - as `Sender.send`
    sender: Sender,
    intent: Intent,
    signer: Signer,
    confirm: Confirm,
    window: InTime | None = None,
    *,
    key: str = "",
    on_step: OnStep = nothing,
    cancel: Cancel = never,
) -> Mined:
    """Try, ask, sign and send, unless its window closes meanwhile. Raises as `Sender.prepare` and `Sender.send`.

    Raises:
        VoteError: TOO_LATE {sent}: whether it was sent all the same, and cost its fee.
    """
    try:
        prepared = sender.prepare(intent, signer.address)
        stop = window or cancel
        steps = window.steps(on_step) if window is not None else on_step
        return sender.send(prepared, signer, confirm, on_step=steps, cancel=stop, key=key)
    except ChainError as error:
        late = error.code is ChainTrouble.REVERTED and error.params.get("reason") in _LATE
        if window is not None and (late or (error.code is ChainTrouble.STOPPED and window.closed)):
            raise VoteError(VoteTrouble.TOO_LATE, sent=bool(error.params.get("mined"))) from error
        raise
