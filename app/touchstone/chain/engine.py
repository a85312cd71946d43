"""The Ethereum virtual machine behind a small interface: a transaction in, what it did out. py-evm, Prague rules.

Nothing here is written down: the state is read through a function and changes are handed back. What a block does
beside its transactions on the main network (withdrawals, deposits, the system contracts of EIP-4788 and EIP-2935) is
left out: no contract of ours asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from touchstone.chain.ledger_accounts import Accounts, Change, Known
from touchstone.chain.ledger_envelope import Transaction

COINBASE = bytes(20)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The block that a transaction runs in. Times are unix seconds, fees wei; `ancestor` gives a block's hash."""

    number: int
    timestamp: int
    gas_limit: int
    base_fee: int
    randomness: bytes
    ancestor: Callable[[int], bytes]


class Log(NamedTuple):
    """One event: 20, 32 each, any number of bytes."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running a transaction came to.

    `failure` is "" where it succeeded, else geth's words; `output` is what it returned, or the revert data.
    `contract` is the address that it created. `most_gas` is the gas it needs to hold at once, before refunds.
    """

    gas_used: int
    most_gas: int
    failure: str
    reverted: bool
    output: bytes
    logs: tuple[Log, ...]
    contract: bytes
    price: int


class EngineError(Exception):
    """The engine itself failed at something that no transaction of ours does; nothing came of it."""


class Engine(Protocol):
    """What a practice ledger asks of a virtual machine."""

    def run(self, known: Known, around: Surroundings, transaction: Transaction) -> tuple[Outcome, Change]:
        """Run a transaction that has been found valid, and take its fee. Raises EngineError."""
        ...

    def call(self, known: Known, around: Surroundings, transaction: Transaction) -> Outcome:
        """Run one without a fee, a signature or a lasting effect. Raises EngineError."""
        ...


class PyEvm:
    """`Engine` by py-evm, which loads when first used."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id

    def run(self, known: Known, around: Surroundings, transaction: Transaction) -> tuple[Outcome, Change]:
        """See `Engine`."""
        state = self._state(known, around, around.base_fee)
        outcome = _execute(state, transaction)
        return outcome, state.accounts.change()

    def call(self, known: Known, around: Surroundings, transaction: Transaction) -> Outcome:
        """See `Engine`. Without a fee the block's base fee is 0 as well, or nobody could pay it."""
        base_fee = around.base_fee if transaction.max_fee_per_gas else 0
        return _execute(self._state(known, around, base_fee), transaction)

    def _state(self, known: Known, around: Surroundings, base_fee: int) -> Any:
        from eth.vm.execution_context import ExecutionContext

        from touchstone.chain.engine_state import LedgerState

        context = ExecutionContext(
            coinbase=COINBASE,  # type: ignore[arg-type]
            timestamp=around.timestamp,
            block_number=around.number,  # type: ignore[arg-type]
            difficulty=0,
            mix_hash=around.randomness,  # type: ignore[arg-type]
            gas_limit=around.gas_limit,
            prev_hashes=(),
            chain_id=self._chain_id,
            base_fee_per_gas=base_fee,
            excess_blob_gas=0,
        )
        return LedgerState(Accounts(known, known.root), context, around.ancestor)


def _execute(state: Any, transaction: Transaction) -> Outcome:
    from eth_utils.exceptions import ValidationError

    try:
        return _executed(state, transaction)
    except (RecursionError, MemoryError, ArithmeticError, ValueError, ValidationError) as error:
        raise EngineError(type(error).__name__) from error


def _executed(state: Any, transaction: Transaction) -> Outcome:
    from touchstone.chain.engine_state import prepared

    executor = state.get_transaction_executor()
    transaction = prepared(transaction)
    message = executor.build_evm_message(transaction)
    computation = executor.build_computation(message, transaction)
    spent = transaction.gas - computation.get_gas_remaining()
    refund = executor.calculate_gas_refund(computation, spent)
    executor.finalize_computation(transaction, computation)
    failure, reverted = _failure(computation)
    return Outcome(
        gas_used=spent - refund + computation.data_floor_gas,
        most_gas=max(spent, transaction.floor_gas),
        failure=failure,
        reverted=reverted,
        output=bytes(computation.output),
        logs=() if failure else _logs(computation.get_log_entries()),
        contract=b"" if transaction.to else bytes(message.storage_address),
        price=state.get_gas_price(transaction),
    )


def _logs(entries: Sequence[tuple[bytes, tuple[int, ...], bytes]]) -> tuple[Log, ...]:
    return tuple(
        Log(bytes(address), tuple(topic.to_bytes(32, "big") for topic in topics), bytes(data))
        for address, topics, data in entries
    )


def _failure(computation: Any) -> tuple[str, bool]:
    """Geth's words for how it failed, and whether it was by REVERT."""
    if not computation.is_error:
        return "", False
    from eth import exceptions

    error = computation.error
    if isinstance(error, exceptions.Revert):
        return "execution reverted", True
    words = (
        (exceptions.OutOfGas, "out of gas"),
        (exceptions.InsufficientFunds, "insufficient balance for transfer"),
        (exceptions.InvalidInstruction, "invalid opcode"),
        (exceptions.InvalidJumpDestination, "invalid jump destination"),
        (exceptions.InsufficientStack, "stack underflow"),
        (exceptions.FullStack, "stack limit reached 1024"),
        (exceptions.WriteProtection, "write protection"),
        (exceptions.ContractCreationCollision, "contract address collision"),
        (exceptions.StackDepthLimit, "max call depth exceeded"),
    )
    return next((text for kind, text in words if isinstance(error, kind)), "execution failed"), False
