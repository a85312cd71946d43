"""What the ledger holds, as JSON-RPC says it (https://ethereum.github.io/execution-apis/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchstone.chain import ledger_rules as rules
from touchstone.chain.engine import COINBASE, Log
from touchstone.chain.ledger_envelope import Transaction, decode
from touchstone.chain.ledger_rows import BlockRow, LogRow, TransactionRow
from touchstone.chain.ledger_trie import EMPTY_ROOT

_ZERO = "0x" + "00" * 32


def data(value: bytes) -> str:
    """Bytes."""
    return "0x" + value.hex()


def address(value: bytes) -> str | None:
    """An address, in small letters; None for none."""
    return data(value) if value else None


def block(row: BlockRow, transactions: Sequence[TransactionRow], *, full: bool) -> dict[str, Any]:
    """A block, with its transactions or their hashes."""
    return {
        "number": hex(row.number),
        "hash": data(row.hash),
        "parentHash": data(row.parent),
        "nonce": "0x0000000000000000",
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "logsBloom": data(row.bloom or bytes(256)),
        "transactionsRoot": data(row.transactions_root),
        "stateRoot": data(row.state_root),
        "receiptsRoot": data(row.receipts_root),
        "miner": data(COINBASE),
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "extraData": "0x",
        "size": hex(row.size),
        "gasLimit": hex(row.gas_limit),
        "gasUsed": hex(row.gas_used),
        "timestamp": hex(row.timestamp),
        "mixHash": data(rules.randomness(row.parent)),
        "baseFeePerGas": hex(row.base_fee),
        "withdrawalsRoot": data(EMPTY_ROOT),
        "withdrawals": [],
        "blobGasUsed": "0x0",
        "excessBlobGas": "0x0",
        "parentBeaconBlockRoot": _ZERO,
        "requestsHash": "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "uncles": [],
        "transactions": [transaction(one, row) if full else data(one.hash) for one in transactions],
    }


def transaction(row: TransactionRow, within: BlockRow) -> dict[str, Any]:
    """A transaction that was mined."""
    what = decode(row.raw)
    said = {
        "type": hex(what.type_id),
        "hash": data(what.hash),
        "nonce": hex(what.nonce),
        "from": data(row.sender),
        "to": address(what.to),
        "value": hex(what.value),
        "gas": hex(what.gas),
        "gasPrice": hex(_price(row)),
        "input": data(what.data),
        "chainId": hex(what.chain_id),
        "v": hex(what.v),
        "r": hex(what.r),
        "s": hex(what.s),
        "blockHash": data(within.hash),
        "blockNumber": hex(within.number),
        "transactionIndex": hex(row.place),
    }
    return said | _typed(what)


def _typed(what: Transaction) -> dict[str, Any]:
    """What only newer kinds of transaction have."""
    if what.type_id == 0:
        return {}
    said: dict[str, Any] = {"yParity": hex(what.y_parity)}
    said["accessList"] = [
        {"address": data(one), "storageKeys": [data(slot.to_bytes(32, "big")) for slot in slots]}
        for one, slots in what.access_list
    ]
    if what.type_id >= 2:
        said["maxFeePerGas"] = hex(what.max_fee_per_gas)
        said["maxPriorityFeePerGas"] = hex(what.max_priority_fee_per_gas)
    if what.type_id == 4:
        said["authorizationList"] = [
            {"chainId": hex(chain), "address": data(to), "nonce": hex(nonce)}
            | {"yParity": hex(parity), "r": hex(r), "s": hex(s)}
            for chain, to, nonce, parity, r, s in what.authorization_list
        ]
    return said


def receipt(row: TransactionRow, within: BlockRow, logs: Sequence[LogRow]) -> dict[str, Any]:
    """What came of a transaction."""
    what = decode(row.raw)
    return {
        "type": hex(what.type_id),
        "transactionHash": data(row.hash),
        "transactionIndex": hex(row.place),
        "blockHash": data(within.hash),
        "blockNumber": hex(within.number),
        "from": data(row.sender),
        "to": address(what.to),
        "contractAddress": address(row.contract),
        "status": hex(1 - row.failed),
        "gasUsed": hex(row.gas_used),
        "cumulativeGasUsed": hex(row.cumulative),
        "effectiveGasPrice": hex(_price(row)),
        "logsBloom": data(rules.bloom([Log(one.address, one.topics, one.data) for one in logs])),
        "logs": [log(one) for one in logs],
    }


def log(row: LogRow) -> dict[str, Any]:
    """An event."""
    return {
        "address": data(row.address),
        "topics": [data(topic) for topic in row.topics],
        "data": data(row.data),
        "blockNumber": hex(row.block),
        "blockHash": data(row.block_hash),
        "blockTimestamp": hex(row.timestamp),
        "transactionHash": data(row.tx_hash),
        "transactionIndex": hex(row.tx_index),
        "logIndex": hex(row.index),
        "removed": False,
    }


def _price(row: TransactionRow) -> int:
    return int.from_bytes(row.price, "big")
