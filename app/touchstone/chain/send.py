"""The one way anything is sent: simulate, say what it does, agree, sign, keep, broadcast, wait until it counts.

Whatever ends this between two of these, nothing is sent twice: a transaction is in the journal before a node sees it,
and is found again there by its key, its nonce and its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from touchstone.chain import fees, keystore, known_calls, transactions
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.fees import Fees
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.node import Node
from touchstone.chain.quantity import data, member, number
from touchstone.chain.signer import Signed, Signer
from touchstone.chain.watch import PATIENCE, Cancel, Mined, OnStep, Step, Watcher, never, nothing, reason
from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.outbox import LIVE, Outbox, Sent, SentState

__all__ = ["Mined", "Prepared", "Sender", "Step"]

MOST_GAS = 16_777_216  # of one transaction (EIP-7825)
_MORE_GAS = 6, 5  # times the estimate: the state may be another by then
_MOST_QUESTIONS = 5  # in a row, while fees run away
_OUTBID = LIVE - {SentState.MINED}
_MOST_GAP = 1_000  # nonces looked through for a free one


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be agreed to: an intent that was tried at block `block` and would succeed.

    `gas_used` is what the trial took, `gas` the most it may take; `bytes_fee` is what a rollup takes for its bytes
    (wei). `outcome` is what the call would answer, by name. `fees_rose` is whether this question comes again because
    fees did, `replaces` the id in the journal of the transaction that it outbids (0: none) and `replaced_cost` the most
    that one takes (wei). `names` are the user's own addresses and what they are called.
    """

    network: Network
    intent: Intent
    sender: str
    gas: int
    gas_used: int
    fees: Fees
    balance: int
    block: int
    bytes_fee: int = 0
    outcome: Mapping[str, Any] = field(default_factory=dict)
    fees_rose: bool = False
    replaces: int = 0
    replaced_cost: int = 0
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def cost(self) -> int:
        """Wei, at most."""
        return self.gas * self.fees.max_fee + self.bytes_fee

    @property
    def expected(self) -> int:
        """Wei, as things are."""
        return self.gas_used * (self.fees.base + self.fees.priority) + self.bytes_fee


Confirm = Callable[[Prepared], bool]


class Sender:
    """Sends for one network. `nodes` are those of `agree.open_nodes`, which are opened where none are given."""

    def __init__(
        self,
        home: Home,
        network: Network,
        nodes: Sequence[Node] | None = None,
        *,
        poll: float = 0.0,
        patience: float = PATIENCE,
    ) -> None:
        self.network = network
        self._home = home
        self._own_nodes = open_nodes(home, network) if nodes is None else []
        self._nodes = list(self._own_nodes if nodes is None else nodes)
        self._outbox = Outbox(home)
        self._watcher = Watcher(network, self._nodes, self._outbox, poll=poll, patience=patience)

    def close(self) -> None:
        """Close the journal, and the nodes as far as they were opened here."""
        self._outbox.close()
        for node in self._own_nodes:
            node.close()

    def prepare(self, intent: Intent, sender: str) -> Prepared:
        """Try an intent without sending anything.

        Raises:
            ChainError: UNKNOWN_CALL, REVERTED {reason, arguments}, NO_FUNDS {needed, has, sender} (wei), or what a
                node can be.
        """
        return self._prepared(known_calls.check(self.network, intent), sender)

    def send(
        self,
        prepared: Prepared,
        signer: Signer,
        confirm: Confirm,
        *,
        on_step: OnStep = nothing,
        cancel: Cancel = never,
        key: str = "",
    ) -> Mined:
        """Send what was prepared, once `confirm` has agreed to exactly that, and wait until it counts.

        `key` names the deed: a second call with the same key follows the first transaction instead of sending another
        (nobody is asked again), unless that one failed. `cancel` is asked until it is broadcast; afterwards it ends
        only the waiting.

        Raises:
            ChainError: REJECTED (by `confirm` or the device), STOPPED, FEE_TOO_HIGH, LOCKED and what else a signer
                can be, NONCE, UNDERPRICED, NO_FUNDS, BUSY, REVERTED and DROPPED (final), TIMEOUT. With `pending` in
                its params the transaction is on its way.
        """
        try:
            self._forget_other_ledger()
            earlier = self._earlier(key)
            if earlier is None:
                prepared = self._agreed(prepared, confirm, cancel)
                with self._outbox.one_sender(self.network.chain_id, prepared.sender):
                    earlier = self._earlier(key) or self._new(prepared, signer, key, on_step, cancel)
            return self._watcher.follow(earlier, on_step, cancel)
        except StoreError as error:
            raise _from_store(error) from error

    def resume(self, on_step: OnStep = nothing) -> list[Sent]:
        """Look once after everything that is under way, and give nodes what they have lost. Nothing is signed.

        What comes back are the lines of the journal as they stand now.

        Raises:
            ChainError: what the disk refuses.
        """
        try:
            self._forget_other_ledger()
            waiting = self._outbox.live(self.network.chain_id)
            for sent in waiting:
                try:
                    self._watcher.look(sent, on_step)
                except ChainError:
                    continue  # reverted or refused: the journal has it
            return [self._outbox.get(sent.id) for sent in waiting]
        except StoreError as error:
            raise _from_store(error) from error

    def follow(self, number_: int, on_step: OnStep = nothing, cancel: Cancel = never) -> Mined:
        """Wait for one that is in the journal, by its id. Raises as `send`; KeyError: there is none."""
        try:
            return self._watcher.follow(self._outbox.get(number_), on_step, cancel)
        except StoreError as error:
            raise _from_store(error) from error

    def replace(
        self,
        number_: int,
        signer: Signer,
        confirm: Confirm,
        *,
        on_step: OnStep = nothing,
        cancel: Cancel = never,
    ) -> Mined:
        """Outbid one that waits, by its id in the journal: the same call and nonce, an eighth more in fees at least.

        Either may end up in a block, never both; one that is in a block already is only followed. Raises as `send`;
        KeyError: there is none.
        """
        try:
            sent = self._outbox.get(number_)
            last = self._outbox.rivals(sent)[-1:] or [sent]
            if self._watcher.look(sent, on_step) is None and self._outbox.get(number_).state in _OUTBID:
                intent = Intent(sent.code, sent.target, sent.data, sent.params)
                now = fees.estimate(self._watcher.ask)
                offer = Fees(now.base, last[0].priority, last[0].max_fee).outbid(now)
                prepared = self._prepared(known_calls.check(self.network, intent), sent.sender, offer)
                before = last[0].gas * last[0].max_fee + prepared.bytes_fee
                gas = max(prepared.gas, sent.gas)
                prepared = replace(prepared, gas=gas, replaces=last[0].id, replaced_cost=before)
                prepared = self._agreed(prepared, confirm, cancel)
                with self._outbox.one_sender(self.network.chain_id, sent.sender):
                    sent = self._sign(prepared, signer, sent.nonce, sent.key, on_step, cancel)
                    sent = self._broadcast(sent, on_step)
            return self._watcher.follow(sent, on_step, cancel)
        except StoreError as error:
            raise _from_store(error) from error

    def journal(self, limit: int = 100) -> list[Sent]:
        """The newest entries of the journal, of every network, newest first.

        Raises:
            ChainError: what the disk refuses.
        """
        try:
            return self._outbox.recent(limit)
        except StoreError as error:
            raise _from_store(error) from error

    def _prepared(self, intent: Intent, sender: str, offer: Fees | None = None) -> Prepared:
        ask = self._watcher.ask
        call = {"from": sender, "to": intent.to, "data": "0x" + intent.data.hex()}
        try:
            block = number(ask("eth_blockNumber", []), 64)
            output = data(ask("eth_call", [call, "latest"]))
            used = number(ask("eth_estimateGas", [call]), 64)
        except ChainError as error:
            if error.code is ChainTrouble.REVERTED:
                raise ChainError(ChainTrouble.REVERTED, **self._refused(error, intent)) from error
            raise
        times, over = _MORE_GAS
        prepared = Prepared(
            self.network,
            intent,
            sender,
            gas=min(-(-used * times // over), max(MOST_GAS, used)),
            gas_used=used,
            fees=offer or fees.estimate(ask),
            balance=number(ask("eth_getBalance", [sender, "latest"])),
            block=block,
            bytes_fee=fees.bytes_fee(ask, self.network.chain_id, intent.data),
            outcome=known_calls.outcome(self.network, intent, output),
            names={key.address: key.name for key in keystore.keys(self._home)},
        )
        if prepared.balance < prepared.cost:
            raise ChainError(
                ChainTrouble.NO_FUNDS,
                needed=prepared.cost,
                has=prepared.balance,
                sender=sender,
                network=self.network.name,
            )
        return prepared

    def _refused(self, error: ChainError, intent: Intent) -> dict[str, Any]:
        """Why, and what its words need beside: what was to be done, and what money it is about."""
        return {**reason(error), "intent": intent.code, "play": intent.params.get("play")}

    def _agreed(self, prepared: Prepared, confirm: Confirm, cancel: Cancel) -> Prepared:
        """Ask, and ask again where fees rose above what was agreed to in the meantime."""
        for _attempt in range(_MOST_QUESTIONS):
            if cancel():
                raise ChainError(ChainTrouble.STOPPED)
            if not confirm(prepared):
                raise ChainError(ChainTrouble.REJECTED)
            now = fees.estimate(self._watcher.ask)
            if prepared.fees.covers(now):
                return prepared
            if prepared.replaces:
                now = prepared.fees.outbid(now)
            again = replace(self._prepared(prepared.intent, prepared.sender, now), fees_rose=True)
            if prepared.replaces:
                gas, before = max(again.gas, prepared.gas), prepared.replaced_cost
                again = replace(again, gas=gas, replaces=prepared.replaces, replaced_cost=before)
            prepared = again
        raise ChainError(ChainTrouble.FEE_TOO_HIGH, needed=prepared.cost)

    def _forget_other_ledger(self) -> None:
        """Clear the journal of a practice ledger that was begun anew: same chain id, same nonces, other blocks."""
        last = self._outbox.newest_in_block(self.network.chain_id) if self.network.play else None
        if last is not None:
            found = self._watcher.ask("eth_getBlockByNumber", [hex(last.block), False])
            if found is None or str(member(found, "hash")).lower() != last.block_hash:
                self._outbox.forget(self.network.chain_id)

    def _earlier(self, key: str) -> Sent | None:
        """What was sent under that key and stands, or may."""
        for sent in reversed(self._outbox.keyed(self.network.chain_id, key) if key else []):
            if sent.state is SentState.ASKED and self._given_up(sent):
                continue
            if sent.state in LIVE or sent.state is SentState.FINAL:
                return sent
        return None

    def _new(self, prepared: Prepared, signer: Signer, key: str, on_step: OnStep, cancel: Cancel) -> Sent:
        for sent in self._outbox.live(self.network.chain_id, prepared.sender):
            if sent.state is SentState.ASKED:
                self._given_up(sent)
        nonce = self._free_nonce(prepared.sender)
        return self._broadcast(self._sign(prepared, signer, nonce, key, on_step, cancel), on_step)

    def _given_up(self, sent: Sent) -> bool:
        """Whether nothing is known of one that a signer outside was asked to send.

        It may still come: the next one gets the same nonce, so that only one of the two can.
        """
        self._watcher.look(sent)
        if self._outbox.get(sent.id).state is not SentState.ASKED:
            return False
        self._outbox.change(sent.id, state=SentState.CANCELLED)
        return True

    def _free_nonce(self, sender: str) -> int:
        """The lowest nonce that neither the nodes nor the journal have in use: a gap is filled first."""
        used = {sent.nonce for sent in self._outbox.live(self.network.chain_id, sender)}
        first = number(self._watcher.ask("eth_getTransactionCount", [sender, "pending"]), 64)
        return next(nonce for nonce in range(first, first + _MOST_GAP) if nonce not in used)

    def _sign(self, prepared: Prepared, signer: Signer, nonce: int, key: str, on_step: OnStep, cancel: Cancel) -> Sent:
        if signer.address.lower() != prepared.sender.lower():
            raise ChainError(ChainTrouble.NO_KEY, untrusted_name=prepared.sender, count=0)
        entry = self._entry(prepared, nonce, key)
        fields = transactions.fields(
            chain_id=entry.chain_id,
            nonce=nonce,
            to=entry.target,
            data=entry.data,
            gas=entry.gas,
            max_fee=entry.max_fee,
            priority=entry.priority,
        )
        on_step(Step.SIGNING, {"nonce": nonce})
        if cancel():
            raise ChainError(ChainTrouble.STOPPED)
        if signer.sends:
            return self._asked(entry, signer, fields, on_step)
        signed = transactions.verify(signer.sign_transaction(fields), fields, prepared.sender)
        on_step(Step.SIGNED, {"hash": signed.hash})
        if cancel():
            raise ChainError(ChainTrouble.STOPPED)
        kept = self._outbox.add(replace(entry, raw=signed.raw, hash=signed.hash))
        on_step(Step.KEPT, {"hash": kept.hash, "id": kept.id})
        if cancel():
            self._outbox.change(kept.id, state=SentState.CANCELLED, raw=b"")
            raise ChainError(ChainTrouble.STOPPED)
        return kept

    def _asked(self, entry: Sent, signer: Signer, fields: Mapping[str, Any], on_step: OnStep) -> Sent:
        """Have a signer outside sign and send at once; the journal knows of it before the signer does."""
        head = number(self._watcher.ask("eth_blockNumber", []), 64)
        kept = self._outbox.add(replace(entry, state=SentState.ASKED, block=head))
        on_step(Step.KEPT, {"hash": "", "id": kept.id})
        try:
            signed: Signed = signer.sign_transaction(fields)
        except ChainError as error:
            if error.code in {ChainTrouble.TIMEOUT, ChainTrouble.UNREACHABLE} and not error.params.get("nothing_sent"):
                raise ChainError(error.code, **{**error.params, "pending": True}) from error
            self._outbox.change(kept.id, state=SentState.CANCELLED, trouble=str(error.code))
            raise
        return self._outbox.change(kept.id, state=SentState.SENT, hash=signed.hash, block=0)

    def _broadcast(self, sent: Sent, on_step: OnStep) -> Sent:
        if sent.raw:
            sent = self._watcher.broadcast(sent)
        on_step(Step.BROADCAST, {"hash": sent.hash})
        return sent

    def _entry(self, prepared: Prepared, nonce: int, key: str) -> Sent:
        return Sent(
            chain_id=self.network.chain_id,
            network=self.network.name,
            sender=prepared.sender,
            nonce=nonce,
            target=prepared.intent.to,
            data=prepared.intent.data,
            code=prepared.intent.code,
            gas=prepared.gas,
            max_fee=prepared.fees.max_fee,
            priority=prepared.fees.priority,
            params=prepared.intent.params,
            key=key,
            replaces=prepared.replaces,
        )


def _from_store(error: StoreError) -> ChainError:
    return ChainError(ChainTrouble(str(error.code)))
