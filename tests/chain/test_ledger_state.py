"""Tries, RLP and accounts against the libraries whose work they do here."""

import pytest
import rlp as reference
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from hypothesis import given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from touchstone.chain import ledger_rlp as rlp
from touchstone.chain import ledger_trie as trie
from touchstone.chain.ledger_accounts import Accounts, Known, carry

_ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=20), max_leaves=40)
# Hashes share few nibbles; these share many, and some differ in the last only.
_KEYS = st.tuples(st.sampled_from([b"\0", b"\1", b"\x10"]), st.binary(min_size=1, max_size=1)).map(
    lambda parts: (parts[0] * 31 + parts[1])[:32]
)
_VALUES = st.one_of(st.just(b""), st.binary(min_size=1, max_size=40))


_WHY = "cut short|shortest form|zeros in front|follow|too deep"


class TestRlp:
    @given(_ITEMS)
    def test_it_is_rlp(self, item):
        encoded = rlp.encode(item)
        assert encoded == reference.encode(item)
        assert rlp.decode(encoded) == item

    @given(st.one_of(st.binary(max_size=80), _ITEMS.map(reference.encode).flatmap(
        lambda whole: st.integers(0, len(whole)).map(lambda cut: whole[:cut] + whole[cut + 1 :]))))  # fmt: skip
    def test_what_is_none_is_refused_alike(self, data):
        try:
            expected = reference.decode(data)
        except reference.DecodingError:
            with pytest.raises(ValueError, match=_WHY):
                rlp.decode(data)
        else:
            assert rlp.decode(data) == expected

    @pytest.mark.parametrize("data", [b"", b"\xb8", b"\xb8\x37" + bytes(55), b"\xb9\0\x38" + bytes(56), b"\x81\x05"])
    def test_other_forms_are_refused(self, data):
        with pytest.raises(ValueError, match=_WHY):
            rlp.decode(data)

    def test_depth_has_a_bound(self):
        with pytest.raises(ValueError, match="too deep"):
            rlp.decode(reference.encode(_nested(80)))


def _nested(depth):
    item = []
    for _ in range(depth):
        item = [item]
    return item


class TestTrie:
    @settings(max_examples=200)
    @given(st.lists(st.lists(st.tuples(_KEYS, _VALUES), max_size=12), max_size=6))
    def test_roots_and_values_are_those_of_the_reference(self, steps):
        nodes, root, other = {}, trie.EMPTY_ROOT, HexaryTrie({})
        held = {}
        for step in steps:
            root, new = trie.update(nodes.__getitem__, root, dict(step))
            nodes |= new
            for key, value in dict(step).items():
                other[key] = value
            held |= dict(step)
            assert root == other.root_hash
            for key, value in held.items():
                assert trie.get(nodes.__getitem__, root, key) == value

    @given(st.lists(st.binary(min_size=1, max_size=50), max_size=140))
    def test_roots_of_lists(self, values):
        other = HexaryTrie({})
        for index, value in enumerate(values):
            other[reference.encode(index)] = value
        assert trie.root_of(values) == other.root_hash

    def test_old_roots_stay(self):
        nodes = {}
        first, new = trie.update(nodes.__getitem__, trie.EMPTY_ROOT, {bytes([i]) * 32: b"a" * 40 for i in range(50)})
        nodes |= new
        second, new = trie.update(nodes.__getitem__, first, {bytes([i]) * 32: b"" for i in range(49)})
        nodes |= new
        assert trie.get(nodes.__getitem__, first, b"\7" * 32) == b"a" * 40
        assert trie.get(nodes.__getitem__, second, b"\7" * 32) == b""
        assert trie.get(nodes.__getitem__, second, bytes([49]) * 32) == b"a" * 40

    def test_nothing_changed_needs_no_node(self):
        root, new = trie.update({}.__getitem__, trie.EMPTY_ROOT, {b"k" * 32: b""})
        assert (root, new) == (trie.EMPTY_ROOT, {})


_ADDRESS = st.integers(1, 4).map(lambda n: bytes([n]) * 20)
_SLOT = st.integers(0, 3)
_STEP = st.one_of(
    st.tuples(st.just("set_storage"), _ADDRESS, _SLOT, st.integers(0, 3)),
    st.tuples(st.just("set_balance"), _ADDRESS, st.integers(0, 5)),
    st.tuples(st.just("increment_nonce"), _ADDRESS),
    st.tuples(st.just("set_code"), _ADDRESS, st.binary(max_size=3)),
    st.tuples(st.just("delete_code"), _ADDRESS),
    st.tuples(st.just("touch_account"), _ADDRESS),
    st.tuples(st.just("mark_address_warm"), _ADDRESS),
    st.tuples(st.just("mark_storage_warm"), _ADDRESS, _SLOT),
    st.tuples(st.just("record")),
    st.tuples(st.just("discard")),
    st.tuples(st.just("commit")),
)


class TestAccounts:
    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(st.lists(_STEP, max_size=25), st.lists(_ADDRESS, max_size=2)), max_size=4))
    def test_they_do_what_py_evms_do(self, transactions):
        """One transaction after another, each ending in accounts destroyed (EIP-6780, EIP-161)."""
        nodes, theirs = {}, AccountDB(AtomicDB())
        known = Known(nodes.__getitem__, trie.EMPTY_ROOT)
        for steps, destroyed in transactions:
            ours = Accounts(known, known.root)
            self._both(ours, theirs, steps)
            for address in destroyed:
                ours.delete_account(address)
                theirs.delete_account(address)
            self._same(ours, theirs)
            change = ours.change()
            nodes.update(change.nodes)
            carry(known, change)
            theirs.lock_changes()
            theirs.persist()
            assert change.root == theirs.state_root
            self._same(Accounts(known, known.root), theirs)
            self._same(Accounts(Known(nodes.__getitem__, change.root), change.root), theirs)

    def _both(self, ours, theirs, steps):
        points = []
        for name, *arguments in steps:
            if name == "record":
                points.append((ours.record(), theirs.record()))
            elif name in {"discard", "commit"}:
                if points:
                    for db, point in zip((ours, theirs), points.pop(), strict=True):
                        getattr(db, name)(point)
            else:
                for db in (ours, theirs):
                    getattr(db, name)(*arguments)
            self._same(ours, theirs)

    def _same(self, ours, theirs):
        for address in (bytes([n]) * 20 for n in range(1, 5)):
            for name in ("get_balance", "get_nonce", "get_code", "account_exists", "account_is_empty",
                         "account_has_code_or_nonce", "is_address_warm", "get_code_hash"):  # fmt: skip
                assert getattr(ours, name)(address) == getattr(theirs, name)(address), name
            for slot in range(4):
                assert ours.get_storage(address, slot) == theirs.get_storage(address, slot)
                assert ours.is_storage_warm(address, slot) == theirs.is_storage_warm(address, slot)
                before = theirs.get_storage(address, slot, from_journal=False)
                assert ours.get_storage(address, slot, from_journal=False) == before
