"""Following a transaction from the journal to a block that counts: found by its hash, whatever happened since."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from touchstone.chain.agree import first_answer
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.chain.quantity import data, member, number
from touchstone.store.outbox import LIVE, Outbox, Sent, SentState

PATIENCE = 600.0  # seconds
_QUICK, _SLOW = 0.02, 2.0  # seconds between looks: at a ledger on this computer, at others
_REMIND = 15  # looks after which a node that does not know a transaction gets it again
_SURE = 3  # looks that find a nonce used and no receipt, before one counts as dropped: nodes lag behind each other
_MOST_BLOCKS = 2_000  # looked through for one that a signer outside sent
_TAKEN_ANYWAY = frozenset({ChainTrouble.UNDERPRICED, ChainTrouble.NO_FUNDS})
_REFUSALS = _TAKEN_ANYWAY | {ChainTrouble.NONCE, ChainTrouble.REVERTED, ChainTrouble.FAILED, ChainTrouble.TOO_LARGE}


class Step(StrEnum):
    """Where a transaction is, as it goes."""

    SIGNING = "signing"
    SIGNED = "signed"  # nothing is kept yet
    KEPT = "kept"  # in the journal: from here on it is never signed again
    BROADCAST = "broadcast"
    WAITING = "waiting"
    AGAIN = "again"  # no node knew it: the same bytes went out once more
    MINED = "mined"
    DEPTH = "depth"  # {done, needed} blocks
    REORGANISED = "reorganised"  # its block is no more
    FINAL = "final"


OnStep = Callable[[Step, Mapping[str, Any]], None]
Cancel = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that counts. `fee` is wei, `logs` as in its receipt, `sent` its line in the journal."""

    hash: str
    block: int
    block_hash: str
    gas_used: int
    fee: int
    sent: Sent
    logs: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Receipt:
    hash: str
    block: int
    block_hash: str
    succeeded: bool
    gas_used: int
    price: int
    logs: tuple[Mapping[str, Any], ...]


def nothing(_step: Step, _params: Mapping[str, Any]) -> None:
    """Tell nobody."""


def never() -> bool:
    """Nobody cancels."""
    return False


class Watcher:
    """Looks after what the journal of a network holds."""

    def __init__(
        self, network: Network, nodes: Sequence[Node], outbox: Outbox, *, poll: float = 0.0, patience: float = PATIENCE
    ) -> None:
        self._network, self._nodes, self._outbox = network, nodes, outbox
        self._poll = poll or (_QUICK if not network.public else _SLOW)
        self._patience = patience

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """What the first node says that says anything."""
        return first_answer(self._nodes, method, params)

    def broadcast(self, sent: Sent) -> Sent:
        """Give a transaction to every node. It comes back SENT where one has it, as it was where that is not known.

        Raises:
            ChainError: every node refused it for certain (the journal says FAILED, its nonce is free), with why.
        """
        refused: ChainError | None = None
        unknown = False
        for node in self._nodes:
            refusal = self._give(node, sent)
            if refusal is None:
                return self._outbox.change(sent.id, state=SentState.SENT) if sent.state is SentState.SIGNED else sent
            certain = refusal.code in _REFUSALS or refusal.params.get("nothing_sent") is True
            unknown = unknown or not certain
            refused = refusal if certain else refused
        if unknown or refused is None or sent.state is not SentState.SIGNED:
            return sent
        self._outbox.change(sent.id, state=SentState.FAILED, trouble=str(refused.code), raw=b"")
        raise refused

    def follow(self, sent: Sent, on_step: OnStep = nothing, cancel: Cancel = never) -> Mined:
        """Wait until a transaction, or one that outbids it, is in a block that counts.

        Raises:
            ChainError: REVERTED {reason, …} and DROPPED are final. TIMEOUT and STOPPED {pending, hash}: it is on its
                way, and is found again by `send` with the same key or by `resume`.
        """
        until = time.monotonic() + self._patience
        looks = 0
        while True:
            mined = self.look(sent, on_step, remind=looks % _REMIND == 0 and looks > 0)
            if mined is not None:
                return mined
            sent = self._outbox.get(sent.id)
            if sent.state is SentState.FINAL:  # nodes forget in time
                return Mined(sent.hash, sent.block, sent.block_hash, sent.gas_used, sent.fee, sent)
            if sent.state not in LIVE:
                raise ChainError(ChainTrouble(sent.trouble or ChainTrouble.DROPPED), hash=sent.hash)
            if cancel():
                raise ChainError(ChainTrouble.STOPPED, pending=True, hash=sent.hash)
            if time.monotonic() > until:
                raise ChainError(ChainTrouble.TIMEOUT, pending=True, hash=sent.hash)
            if looks == 0:
                on_step(Step.WAITING, {"hash": sent.hash})
            looks += 1
            time.sleep(self._poll)

    def look(self, sent: Sent, on_step: OnStep = nothing, *, remind: bool = True) -> Mined | None:
        """Look once, and write down what is found. `remind`: nodes that do not know it get the same bytes again.

        Raises:
            ChainError: REVERTED {reason, …}.
        """
        try:
            if sent.state is SentState.ASKED:
                sent = self._find_asked(sent)
            return self._look(sent, on_step, remind=remind)
        except ChainError as error:
            if error.code is ChainTrouble.REVERTED:
                raise
            return None  # a node that fails to answer is asked again

    def _look(self, sent: Sent, on_step: OnStep, *, remind: bool) -> Mined | None:
        rivals = [one for one in self._outbox.rivals(sent) if one.hash]
        for attempt in range(_SURE):
            passed = self._nonce_passed(sent)  # before the receipts: whoever used it by now is among them
            for one in reversed(rivals):
                receipt, sure = self._receipt(one.hash)
                if receipt is not None:
                    return self._in_block(one, receipt, rivals, on_step)
                passed = passed and sure
            if not passed:
                break
            if attempt < _SURE - 1:
                time.sleep(self._poll)
        lost = [one for one in rivals if one.state is SentState.MINED]
        for one in lost:
            self._outbox.change(one.id, state=SentState.SENT, block=0, block_hash="")
            on_step(Step.REORGANISED, {"hash": one.hash})
        if passed and sent.state in LIVE:
            for one in rivals or [sent]:
                self._outbox.change(one.id, state=SentState.DROPPED, trouble=str(ChainTrouble.DROPPED))
        elif rivals and (remind or lost) and rivals[-1].raw and not self._known(rivals[-1].hash):
            self.broadcast(rivals[-1])
            on_step(Step.AGAIN, {"hash": rivals[-1].hash})
        return None

    def _in_block(self, one: Sent, receipt: _Receipt, rivals: Sequence[Sent], on_step: OnStep) -> Mined | None:
        if one.state is not SentState.MINED or one.block_hash != receipt.block_hash:
            if one.state is SentState.MINED:
                on_step(Step.REORGANISED, {"hash": one.hash})
            one = self._outbox.change(
                one.id,
                state=SentState.MINED,
                block=receipt.block,
                block_hash=receipt.block_hash,
                gas_used=receipt.gas_used,
                fee=receipt.gas_used * receipt.price,
            )
            on_step(Step.MINED, {"hash": one.hash, "block": one.block})
        depth = number(self.ask("eth_blockNumber", []), 64) - receipt.block + 1
        on_step(Step.DEPTH, {"done": max(depth, 0), "needed": self._network.confirmations})
        if depth < self._network.confirmations or not self._second_opinion(receipt):
            return None
        for other in rivals:
            if other.id != one.id and other.state in LIVE:
                self._outbox.change(other.id, state=SentState.DROPPED, trouble=str(ChainTrouble.DROPPED))
        final = self._outbox.change(one.id, state=SentState.FINAL if receipt.succeeded else SentState.REVERTED)
        if not receipt.succeeded:
            raise self._why(final)
        on_step(Step.FINAL, {"hash": final.hash, "block": final.block})
        return Mined(receipt.hash, receipt.block, receipt.block_hash, receipt.gas_used, final.fee, final, receipt.logs)

    def _second_opinion(self, receipt: _Receipt) -> bool:
        """Whether another node, if there is one that answers, has the transaction in the same block."""
        for node in self._nodes[1:2]:
            try:
                other = _parse(node.request("eth_getTransactionReceipt", [receipt.hash]), receipt.hash)
            except ChainError:
                continue
            return other is not None and (other.block_hash, other.succeeded) == (receipt.block_hash, receipt.succeeded)
        return True

    def _nonce_passed(self, sent: Sent) -> bool:
        """Whether every node says that the address has used that nonce, so long ago that it counts."""
        for node in self._nodes:
            try:
                head = number(node.request("eth_blockNumber", []), 64)
                block = hex(max(head - self._network.confirmations + 1, 0))
                used = number(node.request("eth_getTransactionCount", [sent.sender, block]), 64)
            except ChainError:
                return False
            if used <= sent.nonce:
                return False
        return True

    def _known(self, hash_: str) -> bool:
        return self.ask("eth_getTransactionByHash", [hash_]) is not None

    def _receipt(self, hash_: str) -> tuple[_Receipt | None, bool]:
        """The receipt, if any node has one; and whether every node that was asked did answer."""
        sure = True
        for node in self._nodes:
            try:
                found = _parse(node.request("eth_getTransactionReceipt", [hash_]), hash_)
            except ChainError:
                sure = False
                continue
            if found is not None:
                return found, sure
        return None, sure

    def _give(self, node: Node, sent: Sent) -> ChainError | None:
        """Give a transaction to one node: None where it has it now, else why not."""
        try:
            node.request("eth_sendRawTransaction", ["0x" + sent.raw.hex()])
        except ChainError as error:
            if error.code is ChainTrouble.ALREADY_KNOWN:
                return None
            if error.code not in _REFUSALS - _TAKEN_ANYWAY:
                return error
            # Some nodes take a transaction and complain all the same; one that is in a block is "nonce too low".
            try:
                return None if node.request("eth_getTransactionByHash", [sent.hash]) is not None else error
            except ChainError as second:
                return second
        return None

    def _find_asked(self, sent: Sent) -> Sent:
        """Look for what a signer outside may have sent: by its address and nonce, from the block where it was asked."""
        used = number(self.ask("eth_getTransactionCount", [sent.sender, "latest"]), 64) > sent.nonce
        head = number(self.ask("eth_blockNumber", []), 64)
        if used:
            for block in range(sent.block, min(head, sent.block + _MOST_BLOCKS) + 1):
                for one in _list(member(self.ask("eth_getBlockByNumber", [hex(block), True]), "transactions")):
                    if _is_it(one, sent):
                        return self._outbox.change(sent.id, state=SentState.SENT, hash=str(one["hash"]))
        return sent

    def _why(self, sent: Sent) -> ChainError:
        """Why it had no effect: the same call again on the state it met."""
        question = {"from": sent.sender, "to": sent.target, "data": "0x" + sent.data.hex(), "gas": hex(sent.gas)}
        try:
            self.ask("eth_call", [question, hex(max(sent.block - 1, 0))])
        except ChainError as error:
            if error.code is ChainTrouble.REVERTED:
                told = {"intent": sent.code, "play": sent.params.get("play"), "hash": sent.hash, "mined": True}
                return ChainError(ChainTrouble.REVERTED, **{**reason(error), **told})
        return ChainError(ChainTrouble.REVERTED, reason="", hash=sent.hash, mined=True)


def reason(error: ChainError) -> dict[str, Any]:
    """The parameters of REVERTED, from the `data` a node gave: {reason, arguments}."""
    from touchstone.chain import contracts

    if "reason" in error.params:
        return dict(error.params)
    raw = error.params.get("data", b"")
    name, arguments = contracts.revert_reason(data(raw) if isinstance(raw, str) and raw else raw or b"")
    return {**error.params, "reason": name, "arguments": dict(arguments)}


def _parse(answer: Any, hash_: str) -> _Receipt | None:
    if answer is None:
        return None
    if str(member(answer, "transactionHash")).lower() != hash_.lower():
        raise ChainError(ChainTrouble.PROTOCOL, what="transactionHash")
    if member(answer, "blockNumber") is None:
        return None
    return _Receipt(
        hash_,
        number(answer["blockNumber"], 64),
        "0x" + data(member(answer, "blockHash"), 32).hex(),
        number(member(answer, "status")) == 1,
        number(member(answer, "gasUsed"), 64),
        number(answer.get("effectiveGasPrice", "0x0"), 96),
        tuple(_list(member(answer, "logs"))),
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ChainError(ChainTrouble.PROTOCOL)
    return value


def _is_it(one: Mapping[str, Any], sent: Sent) -> bool:
    return (
        str(one.get("from", "")).lower() == sent.sender.lower()
        and number(one.get("nonce"), 64) == sent.nonce
        and str(one.get("to") or "").lower() == sent.target.lower()
        and str(one.get("input", "")).lower() == "0x" + sent.data.hex()
    )
