"""Running what is not sent: calls, and estimates of gas."""

from __future__ import annotations

from touchstone.chain import ledger_params as read
from touchstone.chain import ledger_rules as rules
from touchstone.chain.engine import Engine, EngineError, Outcome, Surroundings
from touchstone.chain.ledger_accounts import Account, Known
from touchstone.chain.ledger_chain import Chain
from touchstone.chain.ledger_envelope import Transaction
from touchstone.chain.ledger_rows import BlockRow
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.ledger_store import LedgerReader

_CLOSE_ENOUGH = 0.015  # of the gas limit, as geth estimates
_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_LONGEST_REASON = 1_024  # bytes


class Runner:
    """Runs on the state after a block, from any thread, and changes nothing."""

    def __init__(self, reader: LedgerReader, chain: Chain, engine: Engine, chain_id: int) -> None:
        self._reader, self._chain, self._engine, self._chain_id = reader, chain, engine, chain_id
        self._recent: Known | None = None

    def state(self, row: BlockRow) -> Known:
        """What is known of the state after a block; the last one asked about is kept, for every thread."""
        known = self._recent
        if known is None or known.root != row.state_root:
            known = self._recent = Known(self._reader.node, row.state_root)
        return known

    def next_block(self, row: BlockRow) -> Surroundings:
        """The block that would come after `row` now."""
        when = self._chain.next_time(row.timestamp, self._reader.meta("skipped"))
        base_fee, chance = rules.next_base_fee(row), rules.randomness(row.hash)
        return Surroundings(row.number + 1, when, rules.GAS_LIMIT, base_fee, chance, self._hash_of)

    def call(self, row: BlockRow, asked: read.Call, *, pending: bool) -> bytes:
        """What a call gives back, in that block or, `pending`, in the next.

        Raises:
            RpcError: it fails; with code 3 and data where it reverts.
        """
        chance = rules.randomness(row.parent)
        within = Surroundings(row.number, row.timestamp, row.gas_limit, row.base_fee, chance, self._hash_of)
        around = self.next_block(row) if pending else within
        outcome = self._run(self.state(row), around, asked, asked.gas or rules.GAS_LIMIT)
        if outcome.failure:
            raise _failed(outcome)
        return outcome.output

    def estimate(self, row: BlockRow, asked: read.Call) -> int:
        """Gas that is enough in the block after `row`, exactly or within 1.5 %.

        Raises:
            RpcError: none is.
        """
        known, around = self.state(row), self.next_block(row)
        high = asked.gas or rules.GAS_LIMIT
        if asked.max_fee:
            balance = (known.account(asked.sender) or Account()).balance
            high = min(high, max(0, balance - asked.value) // asked.max_fee)
        outcome = self._run(known, around, asked, high)
        if outcome.failure == "out of gas":
            raise RpcError(-32000, f"gas required exceeds allowance ({high})")
        if outcome.failure:
            raise _failed(outcome)
        if not self._run(known, around, asked, outcome.most_gas).failure:
            return outcome.most_gas
        low = outcome.most_gas  # calls within keep back a 64th of what there is (EIP-150), so it takes more
        while (high - low) / high > _CLOSE_ENOUGH:
            middle = (low + high) // 2
            if self._run(known, around, asked, middle).failure:
                low = middle
            else:
                high = middle
        return high

    def _run(self, known: Known, around: Surroundings, asked: read.Call, gas: int) -> Outcome:
        account = known.account(asked.sender) or Account()
        transaction = Transaction(
            type_id=2,
            chain_id=self._chain_id,
            nonce=account.nonce,
            max_priority_fee_per_gas=asked.tip,
            max_fee_per_gas=asked.max_fee,
            gas=gas,
            to=asked.to,
            value=asked.value,
            data=asked.data,
            access_list=asked.access_list,
            sender=asked.sender,
        )
        if asked.max_fee:
            rules.check_fees(transaction, around.base_fee)
        rules.check_gas(transaction)
        rules.check_funds(transaction, account)
        try:
            return self._engine.call(known, around, transaction)
        except EngineError as error:
            raise RpcError(-32000, "execution failed") from error

    def _hash_of(self, number: int) -> bytes:
        found = self._reader.block(number)
        return found.hash if found else b""


def _failed(outcome: Outcome) -> RpcError:
    if not outcome.reverted:
        return RpcError(-32000, outcome.failure)
    reason = _reason(outcome.output)
    return RpcError(3, f"{outcome.failure}: {reason}" if reason else outcome.failure, f"0x{outcome.output.hex()}")


def _reason(output: bytes) -> str:
    """The text of `Error(string)`, "" for anything else."""
    if output[:4] != _ERROR or len(output) < 68:
        return ""
    size = int.from_bytes(output[36:68], "big")
    return output[68 : 68 + min(size, _LONGEST_REASON)].decode("utf-8", "replace")
