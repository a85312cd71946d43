"""Whether a practice ledger's file is whole: every hash, root, node, receipt and index of it."""

import contextlib
import sqlite3

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain import ledger_rules as rules
from touchstone.chain import ledger_trie as trie
from touchstone.chain.keccak import keccak256
from touchstone.chain.ledger_accounts import EMPTY_CODE
from touchstone.chain.ledger_envelope import decode
from touchstone.chain.ledger_store import LedgerReader


def assert_whole(path) -> int:
    """Look at everything; returns the number of the newest block."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    reader = LedgerReader(path)
    try:
        return _blocks(reader)
    finally:
        reader.close()


def _blocks(reader) -> int:
    head = reader.head()
    blocks = reader.blocks(0, head.number)
    assert [block.number for block in blocks] == list(range(head.number + 1))
    parent, sent, logs = bytes(32), {}, 0
    for block in blocks:
        assert block.parent == parent
        parent = keccak256(rules.header(block))
        assert block.hash == parent
        transactions = reader.transactions(block.number)
        assert trie.root_of([one.raw for one in transactions]) == block.transactions_root
        assert sum(one.gas_used for one in transactions) == block.gas_used
        logs += _receipts(reader, block, transactions)
        for one in transactions:
            assert keccak256(one.raw) == one.hash
            assert reader.transaction(one.hash) == one
            sent[one.sender] = sent.get(one.sender, 0) + 1
    assert logs == len(reader.logs(0, head.number))
    nonces = _state(reader, blocks[-1].state_root)
    assert {who: nonces[trie.hashed(who)] for who in sent} == sent
    return head.number


def _receipts(reader, block, transactions) -> int:
    logs = reader.logs(block.number, block.number)
    encoded = []
    for one in transactions:
        own = [log for log in logs if log.tx_hash == one.hash]
        told = [(log.address, log.topics, log.data) for log in own]
        body = rlp.encode([rlp.number(1 - one.failed), rlp.number(one.cumulative), rules.bloom(own), told])
        kind = decode(one.raw).type_id
        encoded.append(bytes([kind]) + body if kind else body)
    assert trie.root_of(encoded) == block.receipts_root
    assert (block.bloom or bytes(256)) == rules.bloom(logs)
    return len(logs)


def _state(reader, root) -> dict[bytes, int]:
    """Walks every node; the nonce of each account, by the hash of its address."""
    nonces = {}
    for key, value in _leaves(reader, root, b""):
        nonce, _balance, storage, code = rlp.decode(value)
        nonces[key] = int.from_bytes(nonce, "big")
        assert code == EMPTY_CODE or keccak256(reader.node(code)) == code
        assert all(slot for _key, slot in _leaves(reader, storage, b""))
    return nonces


def _leaves(reader, node, path):
    if isinstance(node, bytes):
        if node in {b"", trie.EMPTY_ROOT}:
            return
        encoded = reader.node(node)
        assert keccak256(encoded) == node
        node = rlp.decode(encoded)
    if len(node) == 17:
        for nibble, child in enumerate(node[:16]):
            yield from _leaves(reader, child, path + bytes([nibble]))
        return
    digits = node[0].hex()
    more = bytes(int(digit, 16) for digit in digits[1 if digits[0] in "13" else 2 :])
    if digits[0] in "23":
        whole = path + more
        yield bytes(a << 4 | b for a, b in zip(whole[::2], whole[1::2], strict=True)), node[1]
    else:
        yield from _leaves(reader, node[1], path + more)
