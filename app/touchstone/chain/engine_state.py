"""py-evm's Prague state over our own accounts. Imports py-evm with the module, so only `engine` imports this, late."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from eth import EVM_RECURSION_LIMIT  # noqa: TID253 - this module loads with the engine
from eth.abc import ExecutionContextAPI  # noqa: TID253
from eth.exceptions import Halt, OutOfGas  # noqa: TID253
from eth.vm.code_stream import CodeStream  # noqa: TID253
from eth.vm.forks.prague.computation import PragueComputation  # noqa: TID253
from eth.vm.forks.prague.state import PragueState  # noqa: TID253
from eth.vm.forks.prague.transactions import Authorization  # noqa: TID253
from eth.vm.logic.invalid import InvalidOpcode  # noqa: TID253

from touchstone.chain.ledger_accounts import Accounts
from touchstone.chain.ledger_envelope import Transaction

_JUMPDEST, _PUSH1, _PUSH32, _SELFDESTRUCT = 0x5B, 0x60, 0x7F, 0xFF

# One of its libraries asks for 100,000: nested JSON from anybody would overrun the stack instead of being refused.
sys.setrecursionlimit(EVM_RECURSION_LIMIT)


class LedgerCode(CodeStream):
    """Code with its jump destinations found in one pass, once: py-evm looks back from each, as deep as code is long."""

    __slots__ = ()

    def is_valid_opcode(self, position: int) -> bool:
        """Whether a jump may lead there."""
        return position in _jump_destinations(self._raw_code_bytes)


@lru_cache(256)
def _jump_destinations(code: bytes) -> frozenset[int]:
    found, at = set(), 0
    while at < len(code):
        opcode = code[at]
        if opcode == _JUMPDEST:
            found.add(at)
        at += opcode - _PUSH1 + 2 if _PUSH1 <= opcode <= _PUSH32 else 1
    return frozenset(found)


class LedgerComputation(PragueComputation):
    """Prague's, without the price of init code: `Transaction.intrinsic_gas` has it, as EIP-3860 says."""

    def __init__(self, state: Any, message: Any, transaction_context: Any) -> None:
        super().__init__(state, message, transaction_context)
        self.code = LedgerCode(bytes(message.code))

    @classmethod
    def consume_initcode_gas_cost(cls, computation: Any) -> None:
        """Nothing to do."""

    @classmethod
    def apply_computation(
        cls, state: Any, message: Any, transaction_context: Any, parent_computation: Any = None
    ) -> Any:
        """Run a message's code, or the precompiled contract that it calls. What fails is kept in what comes back."""
        with cls(state, message, transaction_context) as computation:
            computation.contracts_created = [] if parent_computation is None else parent_computation.contracts_created
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompiled = cls.get_precompiles().get(message.code_address)
            if precompiled is None:
                _interpret(computation)
            elif not message.is_delegation:
                precompiled(computation)
        return computation


def _interpret(computation: Any) -> None:
    """py-evm's loop takes five calls for an instruction; this takes one where its price is fixed."""
    code, meter, steps = computation.code, computation.get_gas_meter(), _steps()
    raw = code._raw_code_bytes
    end = len(raw)
    with contextlib.suppress(Halt):
        while True:
            at = code.program_counter
            code.program_counter = at + 1
            step, price = steps[raw[at] if at < end else 0]  # what follows the code is STOP
            if price > meter.gas_remaining:
                raise OutOfGas("a fixed price")
            meter.gas_remaining -= price
            step(computation)


@cache
def _steps() -> list[tuple[Callable[[Any], None], int]]:
    """For each of 256 instructions, what it does and its price before that."""
    known: dict[int, Any] = LedgerComputation.opcodes
    found: list[tuple[Callable[[Any], None], int]] = []
    for opcode in range(256):
        what = known.get(opcode, InvalidOpcode(opcode))
        fixed = type(what).__name__ == "_FastOpcode"
        found.append((what.logic_fn, what.gas_cost) if fixed else (what, 0))
    destroy, price = found[_SELFDESTRUCT]
    found[_SELFDESTRUCT] = (inspect.unwrap(destroy), price)  # without Python's warning that it is deprecated
    return found


class LedgerState(PragueState):
    """One transaction's state: accounts with undo instead of py-evm's journals over a trie."""

    computation_class = LedgerComputation

    def __init__(  # super's would build the journals
        self, accounts: Accounts, context: ExecutionContextAPI, ancestor: Callable[[int], bytes]
    ) -> None:
        self.execution_context = context
        self._account_db = accounts  # type: ignore[assignment]
        self._ancestor = ancestor

    @property
    def accounts(self) -> Accounts:
        """The accounts that it changes."""
        return self._account_db  # type: ignore[return-value]

    def snapshot(self) -> Any:
        """A point to go back to."""
        return self.accounts.record()

    def revert(self, snapshot: Any) -> None:
        """Go back to it."""
        self.accounts.discard(snapshot)

    def commit(self, snapshot: Any) -> None:
        """Stay."""

    def get_transient_storage(self, address: Any, slot: int) -> bytes:
        """One word of EIP-1153; this state ends with its transaction, and so do they."""
        return self.accounts.transient.get((address, slot), b"")

    def set_transient_storage(self, address: Any, slot: int, value: bytes) -> None:
        """Write one."""
        self.accounts.set_transient(address, slot, value)

    def clear_transient_storage(self) -> None:
        """Nothing to do."""

    def get_ancestor_hash(self, block_number: Any) -> Any:
        """The hash of one of the 256 blocks before this one, b"" for any other."""
        return self._ancestor(block_number) if 0 < self.block_number - block_number <= 256 else b""


def prepared(transaction: Transaction) -> Transaction:
    """The transaction with its authorizations as py-evm wants them."""
    if not transaction.authorization_list:
        return transaction
    return replace(transaction, authorization_list=tuple(Authorization(*one) for one in transaction.authorization_list))
