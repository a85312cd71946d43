"""The JSON-RPC methods of the practice ledger: parameters in, raw results out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from touchstone import __version__
from touchstone.chain import ledger_faucet
from touchstone.chain import ledger_json as say
from touchstone.chain import ledger_params as read
from touchstone.chain import ledger_rules as rules
from touchstone.chain import ledger_trie as trie
from touchstone.chain.engine import Engine
from touchstone.chain.errors import ChainError
from touchstone.chain.ledger_accounts import EMPTY_CODE, Account, Known
from touchstone.chain.ledger_chain import Chain
from touchstone.chain.ledger_rows import BlockRow, TransactionRow
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.ledger_run import Runner
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.rpc_errors import error_of

MOST_LOGS = 10_000
TIP = 1_000_000  # wei: what the ledger suggests; it takes any
_MOST_HISTORY = 1_024

Method = Callable[[Sequence[Any]], Any]


class Rpc:
    """Answers one call at a time, from any thread; reading never waits for writing."""

    def __init__(self, reader: LedgerReader, chain: Chain, engine: Engine, chain_id: int) -> None:
        self._reader = reader
        self.chain_id = chain_id
        self._runner = Runner(reader, chain, engine, chain_id)
        self._methods: Mapping[str, Method] = {
            "eth_chainId": lambda _p: hex(chain_id),
            "net_version": lambda _p: str(chain_id),
            "net_listening": lambda _p: True,
            "web3_clientVersion": lambda _p: f"touchstone/{__version__}/practice",
            "eth_syncing": lambda _p: False,
            "eth_accounts": lambda _p: [],
            "eth_blockNumber": lambda _p: hex(self._newest().number),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionCount": lambda p: hex(self._account(p)[1].nonce),
            "eth_getBalance": lambda p: hex(self._account(p)[1].balance),
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage,
            "eth_getProof": self._proof,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_gasPrice": lambda _p: hex(rules.next_base_fee(self._newest()) + TIP),
            "eth_maxPriorityFeePerGas": lambda _p: hex(TIP),
            "eth_feeHistory": self._fee_history,
            "eth_getLogs": self._logs,
            "eth_sendRawTransaction": lambda p: say.data(chain.send(read.data(_at(p, 0)))),
            "touchstone_fund": self._fund,
            "touchstone_skip": lambda p: hex(chain.skip(read.quantity(_at(p, 0))).timestamp),
        }

    @property
    def methods(self) -> frozenset[str]:
        """The names of all of them."""
        return frozenset(self._methods)

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one call.

        Raises:
            RpcError: there is none.
            ChainError: the ledger's file cannot be read or written.
        """
        if method not in self._methods:
            text = f"the method {method[:80]} does not exist/is not available"
            raise RpcError(-32601, text)
        return self._methods[method](params)

    # --- blocks

    def _newest(self) -> BlockRow:
        head = self._reader.head()
        found = self._reader.block(head.number) if head else None
        if found is None:
            raise RpcError(-32000, "header not found")
        return found

    def _find(self, which: Any) -> BlockRow | None:
        """A block by tag, number, or {blockHash} or {blockNumber} (EIP-1898)."""
        if isinstance(which, Mapping):
            if "blockHash" in which:
                return self._reader.block(read.data(which["blockHash"], 32))
            which = which.get("blockNumber", "latest")
        if which == "earliest":
            return self._reader.block(0)
        return self._newest() if which is None or which in read.TAGS else self._reader.block(read.quantity(which))

    def _existing(self, which: Any) -> BlockRow:
        found = self._find(which)
        if found is None:
            raise RpcError(-32000, "header not found")
        return found

    def _block_by_number(self, params: Sequence[Any]) -> Any:
        which = _at(params, 0)
        return self._said(self._find(which), full=bool(_or(params, 1, default=False)), pending=which == "pending")

    def _block_by_hash(self, params: Sequence[Any]) -> Any:
        found = self._reader.block(read.data(_at(params, 0), 32))
        return self._said(found, full=bool(_or(params, 1, default=False)))

    def _said(self, row: BlockRow | None, *, full: bool, pending: bool = False) -> Any:
        if row is None:
            return None
        if not pending:
            return say.block(row, self._reader.transactions(row.number), full=full)
        around = self._runner.next_block(row)
        told = row._replace(number=around.number, parent=row.hash, timestamp=around.timestamp, bloom=None, gas_used=0,
                            base_fee=around.base_fee, transactions_root=trie.EMPTY_ROOT,
                            receipts_root=trie.EMPTY_ROOT)  # fmt: skip
        return say.block(told, (), full=full) | {"hash": None, "nonce": None, "miner": None}

    def _block_receipts(self, params: Sequence[Any]) -> Any:
        found = self._find(_at(params, 0))
        if found is None:
            return None
        return [self._receipt_of(row, found) for row in self._reader.transactions(found.number)]

    # --- transactions and logs

    def _transaction(self, params: Sequence[Any]) -> Any:
        row = self._reader.transaction(read.data(_at(params, 0), 32))
        return None if row is None else say.transaction(row, self._existing(row.block))

    def _receipt(self, params: Sequence[Any]) -> Any:
        row = self._reader.transaction(read.data(_at(params, 0), 32))
        return None if row is None else self._receipt_of(row, self._existing(row.block))

    def _receipt_of(self, row: TransactionRow, within: BlockRow) -> Any:
        logs = [log for log in self._reader.logs(row.block, row.block) if log.tx_index == row.place]
        return say.receipt(row, within, logs)

    def _logs(self, params: Sequence[Any]) -> Any:
        wanted = read.log_filter(_at(params, 0))
        if wanted.block_hash:
            found = self._reader.block(wanted.block_hash)
            if found is None:
                raise RpcError(-32000, "unknown block")
            first = last = found.number
        else:
            first, last = self._number(wanted.first), self._number(wanted.last)
            if first > last:
                raise RpcError(-32000, "invalid block range params")
        rows = self._reader.logs(first, last, wanted.addresses, wanted.topics, MOST_LOGS + 1)
        if len(rows) > MOST_LOGS:
            raise RpcError(-32005, f"query returned more than {MOST_LOGS} results")
        return [say.log(row) for row in rows]

    def _number(self, which: Any) -> int:
        if which == "earliest":
            return 0
        return self._newest().number if which in read.TAGS else read.quantity(which)

    # --- state

    def _account(self, params: Sequence[Any], block: int = 1) -> tuple[Known, Account]:
        who = read.data(_at(params, 0), 20)
        known = self._runner.state(self._existing(_or(params, block, default="latest")))
        return known, known.account(who) or Account()

    def _code(self, params: Sequence[Any]) -> str:
        known, account = self._account(params)
        return "0x" if account.code_hash == EMPTY_CODE else say.data(known.read(account.code_hash))

    def _storage(self, params: Sequence[Any]) -> str:
        known, _found = self._account(params, 2)
        slot = known.slot(read.data(_at(params, 0), 20), read.quantity(_at(params, 1)))
        return say.data(slot.to_bytes(32, "big"))

    def _proof(self, params: Sequence[Any]) -> Any:
        who = read.data(_at(params, 0), 20)
        known, account = self._account(params, 2)
        slots = [read.quantity(one) for one in _at(params, 1)]
        return {
            "address": say.data(who),
            "accountProof": [say.data(one) for one in trie.proof(known.read, known.root, trie.hashed(who))],
            "balance": hex(account.balance),
            "codeHash": say.data(account.code_hash),
            "nonce": hex(account.nonce),
            "storageHash": say.data(account.storage_root),
            "storageProof": [
                {"key": hex(slot), "value": hex(known.slot(who, slot)),
                 "proof": [say.data(one) for one in trie.proof(known.read, account.storage_root,
                                                               trie.hashed(slot.to_bytes(32, "big")))]}
                for slot in slots
            ],
        }  # fmt: skip

    # --- running without sending, and giving

    def _call(self, params: Sequence[Any]) -> str:
        which = _or(params, 1, default="latest")
        row = self._existing(which)
        return say.data(self._runner.call(row, read.call(_at(params, 0)), pending=which == "pending"))

    def _estimate(self, params: Sequence[Any]) -> str:
        row = self._existing(_or(params, 1, default="latest"))
        return hex(self._runner.estimate(row, read.call(_at(params, 0))))

    def as_others_ask(self, method: str, params: Sequence[Any]) -> Any:
        """`request` for callers who do not speak JSON-RPC: every failure is a ChainError."""
        try:
            return self.request(method, params)
        except RpcError as error:
            raise error_of(error.as_json()) from error

    def _fund(self, params: Sequence[Any]) -> str:
        wei = read.quantity(_or(params, 1, default=10**18))
        try:
            to = read.data(_at(params, 0), 20)
            return say.data(ledger_faucet.spend(self.as_others_ask, self.chain_id, to, b"", wei))
        except ChainError as error:
            if isinstance(error.__cause__, RpcError):
                raise error.__cause__ from None
            raise

    # --- fees

    def _fee_history(self, params: Sequence[Any]) -> Any:
        count = min(read.quantity(_at(params, 0)), _MOST_HISTORY)
        last = self._existing(_or(params, 1, default="latest"))
        percentiles = _or(params, 2, default=None) or []
        rows = self._reader.blocks(max(0, last.number - count + 1), last.number) if count else []
        said: dict[str, Any] = {
            "oldestBlock": hex(rows[0].number if rows else 0),
            "baseFeePerGas": [hex(row.base_fee) for row in rows] + [hex(rules.next_base_fee(rows[-1]))] if rows else [],
            "gasUsedRatio": [row.gas_used / row.gas_limit for row in rows],
        }
        if percentiles:
            said["reward"] = [[hex(self._tip(row))] * len(percentiles) for row in rows]
        return said

    def _tip(self, row: BlockRow) -> int:
        """What the one transaction of a block paid above the base fee."""
        paid = [int.from_bytes(one.price, "big") - row.base_fee for one in self._reader.transactions(row.number)]
        return paid[0] if paid else 0


def _at(params: Sequence[Any], place: int) -> Any:
    if len(params) <= place:
        raise RpcError(-32602, f"missing value for required argument {place}")
    return params[place]


def _or(params: Sequence[Any], place: int, default: Any) -> Any:
    return params[place] if len(params) > place and params[place] is not None else default
