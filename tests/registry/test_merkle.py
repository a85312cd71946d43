"""Trees and leaf lists, against the vector that the contracts' tests read, and bad lists."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.registry import leaves as lists
from touchstone.registry.leaves import LeavesError, ListTrouble
from touchstone.registry.merkle import Leaf, Tree, leaf_hash, node_hash, verify

VECTOR = json.loads(Path(__file__).with_name("merkle-vector.json").read_text())["trees"]
ZERO = bytes(32)

hashes = st.binary(min_size=32, max_size=32)
leaf = st.builds(Leaf, hashes, hashes | st.just(ZERO), hashes | st.just(ZERO))
batches = st.lists(leaf, min_size=1, max_size=40, unique_by=lambda one: (one.sha256, one.pdq))


def some(count, start=0):
    return [Leaf(bytes([n]) * 32, bytes([n + 1]) * 32) for n in range(start, start + count)]


def trouble(work):
    with pytest.raises(LeavesError) as caught:
        work()
    return caught.value.trouble


class TestVector:
    @pytest.mark.parametrize("tree", VECTOR, ids=lambda tree: f"{tree['count']} leaves")
    def test_it_is_what_the_contracts_agree_to(self, tree):
        def part(entry, name):
            return bytes.fromhex(entry[name][2:])

        found = [Leaf(part(one, "sha256"), part(one, "pdq"), part(one, "manifest")) for one in tree["leaves"]]
        made = Tree.of(found)
        assert "0x" + made.root.hex() == tree["root"]
        assert "0x" + lists.list_hash(lists.dump(found)).hex() == tree["listHash"]
        for index, one in enumerate(tree["leaves"]):
            assert "0x" + leaf_hash(index, found[index]).hex() == one["hash"]
            assert ["0x" + step.hex() for step in made.proof(index)] == one["proof"]


class TestTree:
    @given(batches)
    def test_every_leaf_is_proved_and_nothing_else(self, batch):
        tree = Tree.of(batch)
        for index, one in enumerate(batch):
            proof = tree.proof(index)
            hashed = leaf_hash(index, one)
            assert verify(tree.root, hashed, proof)
            assert not verify(tree.root, leaf_hash(index + 1, one), proof)
            assert not verify(tree.root, bytes(32), proof)
            if proof:
                assert not verify(tree.root, hashed, proof[:-1])

    @given(batches, st.data())
    def test_any_change_changes_the_root(self, batch, data):
        place = data.draw(st.integers(0, len(batch) - 1))
        changed = list(batch)
        changed[place] = Leaf(changed[place].sha256, changed[place].pdq, bytes(31) + b"\x07")
        assert (Tree.of(changed).root == Tree.of(batch).root) == (changed == batch)

    @given(batches, st.data())
    def test_the_order_counts(self, batch, data):
        mixed = data.draw(st.permutations(batch))
        assert (Tree.of(mixed).root == Tree.of(batch).root) == (mixed == batch)

    @given(hashes, hashes)
    def test_a_pair_has_no_sides(self, one, other):
        assert node_hash(one, other) == node_hash(other, one)

    def test_a_tree_has_leaves_and_only_those(self):
        with pytest.raises(ValueError, match="leaves"):
            Tree([])
        for place in (-1, 3):
            with pytest.raises(IndexError):
                Tree.of(some(3)).proof(place)


class TestLists:
    @given(batches)
    def test_what_is_written_is_read(self, batch):
        data = lists.dump(batch)
        assert lists.load(data) == batch
        found = lists.check(data, root=Tree.of(batch).root, count=len(batch), hashed=lists.list_hash(data))
        assert found == batch

    @given(batches, st.data())
    def test_a_list_has_one_spelling(self, batch, data):
        raw = bytearray(lists.dump(batch))
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
        try:
            found = lists.load(bytes(raw))
        except LeavesError:
            return
        assert lists.dump(found) == bytes(raw)

    @given(st.binary(max_size=300))
    def test_anything_else_is_refused(self, data):
        assert trouble(lambda: lists.load(data)) is ListTrouble.MALFORMED
        if data:
            assert trouble(lambda: lists.load(lists.HEADER + data)) is ListTrouble.MALFORMED

    def test_each_way_to_be_wrong_has_its_name(self, monkeypatch):
        batch = some(3)
        data = lists.dump(batch)
        right = {"root": Tree.of(batch).root, "count": 3, "hashed": lists.list_hash(data)}

        def checked(raw=data, **changed):
            return trouble(lambda: lists.check(raw, **right | changed))

        assert checked(hashed=ZERO) is ListTrouble.WRONG_HASH
        assert checked(count=2) is ListTrouble.WRONG_COUNT
        assert checked(root=ZERO) is ListTrouble.WRONG_ROOT
        for raw in (data[:-1], data + b"\n", data.upper(), data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data):
            assert checked(raw, hashed=lists.list_hash(raw)) is ListTrouble.MALFORMED
        twice = data + data.splitlines(keepends=True)[1]
        assert checked(twice, hashed=lists.list_hash(twice), count=4) is ListTrouble.DUPLICATES
        zeros = lists.HEADER + b" ".join([b"11" * 32, b"00" * 32, b"-"]) + b"\n"
        assert checked(zeros, hashed=lists.list_hash(zeros), count=1) is ListTrouble.MALFORMED
        monkeypatch.setattr(lists, "LARGEST", 100)
        assert checked() is ListTrouble.TOO_LARGE
        assert trouble(lambda: lists.load(data)) is ListTrouble.TOO_LARGE

    def test_a_clip_may_have_a_leaf_for_each_frame_but_none_twice(self):
        frames = [Leaf(b"\x01" * 32, bytes([n]) * 32) for n in range(1, 4)]
        assert lists.load(lists.dump(frames)) == frames
        assert trouble(lambda: lists.dump([*frames, frames[0]])) is ListTrouble.DUPLICATES
        assert trouble(lambda: lists.dump([])) is ListTrouble.MALFORMED

    def test_more_than_a_list_may_hold(self, monkeypatch):
        monkeypatch.setattr(lists, "MOST_LEAVES", 3)
        assert trouble(lambda: lists.dump(some(4))) is ListTrouble.TOO_LARGE
