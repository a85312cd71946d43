"""Roots and proofs: they are those of RFC 9162, in whatever order and how often items come, and in little memory."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import roots

from touchstone.lineage import items, proof, tree, verifier
from touchstone.lineage.items_types import ItemsError, Root
from touchstone.lineage.proof import Kind, Proof, ProofError
from touchstone.lineage.tree import Prover

VECTORS = json.loads(Path(__file__).with_name("root-vectors.json").read_text())
TEN_MILLION = 10_000_000
ITEM = st.binary(min_size=32, max_size=32)
# Items that differ in the last byte alone, or have zeros at the end, are where sorting goes wrong.
AWKWARD = st.one_of(ITEM, st.integers(0, 40).map(lambda n: bytes(31) + bytes([n])), st.binary(max_size=2).map(
    lambda some: some.ljust(32, b"\0")
))  # fmt: skip


@given(st.lists(AWKWARD, min_size=1, max_size=300), st.sampled_from([1, 32 * 3, 32 * 17, 1 << 20]))
@settings(max_examples=300, deadline=None)
def test_the_root_of_any_items(some: list[bytes], budget: int) -> None:
    found = tree.root_of(some, budget=budget)
    distinct = len(set(some))
    assert found == Root(roots.tree_hash(some), distinct, len(some) - distinct)
    random.Random(1).shuffle(some)
    assert tree.root_of(iter(some), budget=budget) == found


@pytest.mark.parametrize("vector", VECTORS["trees"], ids=lambda vector: str(vector["count"]))
def test_the_vectors(tmp_path: Path, vector: dict) -> None:
    """Roots and ways that were not made by this code."""
    members = [bytes.fromhex(one[2:]) for one in vector["items"]]
    root = bytes.fromhex(vector["root"][2:])
    assert tree.root_of(members) == Root(root, vector["count"])
    with items.read(roots.put(tmp_path / "list", members)) as listed:
        prover = Prover(listed)
        for one in vector["present"]:
            item = bytes.fromhex(one["item"][2:])
            index, path = proof.presence_arguments(prover.presence(item), vector["count"], item)
            assert (index, ["0x" + part.hex() for part in path]) == (one["index"], one["path"])
        for one in vector["absent"]:
            made = proof.absence_arguments(prover.absence(bytes.fromhex(one["item"][2:])), vector["count"])
            shown = {name: value if name == "index" else _hex(value) for name, value in made.items()}
            assert shown == {name: one[name] for name in shown}


def _hex(value: bytes | list[bytes]) -> str | list[str]:
    return [_hex(one) for one in value] if isinstance(value, list) else "0x" + value.hex()


@pytest.mark.parametrize("count", [1, 2, 1023, 1024, 1025, 2048, 3000, 70_000])
def test_proofs_at_the_edges_of_chunks(tmp_path: Path, count: int) -> None:
    members = sorted(roots.item(n) for n in range(count))
    root = roots.tree_hash(members)
    places = {0, 1, 2, 1022, 1023, 1024, 1025, 2047, 2048, count // 2, count - 2, count - 1}
    with items.read(roots.put(tmp_path / "list", members)) as listed:
        prover = Prover(listed)
        assert prover.root == Root(root, count)
        for place in sorted(place for place in places if 0 <= place < count):
            one = members[place]
            assert verifier.present(root, count, one, prover.presence(one))
            assert prover.absence(one) is None
            for near in (roots.before(one), roots.after(one)):
                assert verifier.absent(root, count, near, prover.absence(near))
                assert prover.presence(near) is None


@given(st.dictionaries(AWKWARD, st.integers(1, 7), min_size=1, max_size=120), st.lists(ITEM, max_size=5))
@settings(max_examples=150, deadline=None)
def test_each_set_of_a_list_has_its_own_root(masks: dict[bytes, int], others: list[bytes]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        items.read(roots.put(Path(folder, "list"), masks, "one,two")) as listed,
    ):
        for bit, name in enumerate(("", "one", "two")):
            members = [item for item, mask in masks.items() if mask >> bit & 1]
            if not members:
                with pytest.raises(ItemsError, match="empty"):
                    Prover(listed, name)
                continue
            prover = Prover(listed, name)
            root = prover.root
            assert root == Root(roots.tree_hash(members), len(members)) == listed.root(name)
            for item in [*masks, *others, bytes(32), b"\xff" * 32]:
                assert listed.contains(item, name) == (item in members)
                if item in members:
                    assert verifier.present(root.root, root.items, item, prover.presence(item))
                else:
                    assert verifier.absent(root.root, root.items, item, prover.absence(item))


def _beside(index: int, count: int) -> int:
    """How many hashes stand beside the ways of the two leaves around an index: counted in a tree of names."""
    if index in {0, count}:
        return _depth(count, last=index == count)
    half = 1 << (count - 1).bit_length() - 1
    if index == half:
        return _depth(half, last=True) + _depth(count - half, last=False)
    return 1 + (_beside(index, half) if index < half else _beside(index - half, count - half))


def _depth(count: int, *, last: bool) -> int:
    found = 0
    while count > 1:
        half = 1 << (count - 1).bit_length() - 1
        count, found = (count - half if last else half), found + 1
    return found


def test_a_proof_among_ten_million_has_at_most_two_kilobytes() -> None:
    """The longest there is: of an index at every fork. It is built, and the verifier takes it."""
    chance = random.Random(3)
    forks = {0, TEN_MILLION}
    spans = [(0, TEN_MILLION)]
    for start, end in spans:
        if end - start > 1:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            forks.add(middle)
            # Deeper forks have shorter ways of their own: what they lose, they get back as one shared hash at most.
            spans += [(start, middle), (middle, end)] if end - start > TEN_MILLION // 200 else []
    forks |= {chance.randrange(TEN_MILLION) for _ in range(5_000)}
    worst = max(forks, key=lambda index: _beside(index, TEN_MILLION))
    low, item, high = (n.to_bytes(32) for n in (1, 2, 3))
    beside = tuple(chance.randbytes(32) for _ in range(_beside(worst, TEN_MILLION)))
    made = proof.dumps(Proof(Kind.ABSENT, worst, (low, high), beside))
    assert len(made) == 1517
    told = proof.absence_arguments(made, TEN_MILLION)
    root = _climbed(low, told["index"] - 1, told["leftPath"])
    assert root == _climbed(high, told["index"], told["rightPath"])
    assert verifier.absent(root, TEN_MILLION, item, made)
    assert not verifier.absent(root, TEN_MILLION, low, made)
    # In the contract's form, each way is in full.
    assert len(told["leftPath"]) + len(told["rightPath"]) <= 48


def _climbed(item: bytes, index: int, path: list[bytes]) -> bytes:
    """Verification as in RFC 9162, 2.1.3.2."""
    at, last = index, TEN_MILLION - 1
    found = hashlib.sha256(b"\0" + item).digest()
    for beside in path:
        if at & 1 or at == last:
            found = hashlib.sha256(b"\1" + beside + found).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + beside).digest()
        at, last = at >> 1, last >> 1
    assert last == 0
    return found


@given(st.binary(max_size=400), st.integers(0, 200))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_proof_in_one_spelling_or_none(raw: bytes, count: int) -> None:
    for some in (raw, b"TSP1A" + raw, b"TSP1P" + bytes(7) + raw):
        try:
            read = proof.loads(some, count)
        except ProofError:
            continue
        assert proof.dumps(read) == some
        assert proof.from_text(proof.to_text(some)) == some


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_proof_in_one_spelling_or_none(text: str) -> None:
    try:
        raw = proof.from_text(text)
    except ProofError:
        return
    assert proof.to_text(raw) == text


def test_a_proof_of_the_one_is_none_of_the_other(tmp_path: Path) -> None:
    members = [roots.item(n) for n in range(5)]
    with items.read(roots.put(tmp_path / "list", members)) as listed:
        prover = Prover(listed)
        present, absent = prover.presence(members[0]), prover.absence(bytes(32))
    with pytest.raises(ProofError):
        proof.absence_arguments(present, 5)
    with pytest.raises(ProofError):
        proof.presence_arguments(absent, 5, members[0])
    for count in (0, 4, 8, 1 << 64):
        with pytest.raises(ProofError):
            proof.loads(present, count)
    with pytest.raises(ProofError):
        proof.from_text("A" * 20_000)


@pytest.mark.parametrize("bad", [b"", b"x" * 31, b"x" * 33, "x" * 32, 7])
def test_what_is_no_item(bad: object) -> None:
    with pytest.raises(ItemsError) as raised:
        tree.root_of([roots.item(1), bad])  # type: ignore[list-item]
    assert raised.value.code == "bad-item"


def test_nothing_has_no_root() -> None:
    with pytest.raises(ItemsError) as raised:
        tree.root_of([])
    assert raised.value.code == "empty"


def test_stopping_and_being_told() -> None:
    told: list[int] = []
    tree.root_of((roots.item(n) for n in range(100_000)), on_items=told.append)
    assert told == [65_536, 100_000]
    cancel = threading.Event()

    def some() -> object:
        for number in range(1_000_000):
            if number == 40_000:
                cancel.set()
            yield roots.item(number)

    with pytest.raises(ItemsError) as raised:
        tree.root_of(some(), cancel=cancel)
    assert raised.value.code == "stopped"


_CHILD = """
import resource, sys
from touchstone.lineage import tree
from touchstone.lineage.items_types import ItemsError
if sys.argv[1] == "full":
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.argv[1] == "alike":
    found = (bytes([n & 1]) * 32 for n in range(400_000))
else:
    found = ((n * 0x9E3779B97F4A7C15 % 2**256).to_bytes(32) for n in range(400_000))
try:
    root = tree.root_of(found, budget=1 << 20)
    print(root.items, root.duplicates, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
except ItemsError as error:
    print(error.code)
"""


def _child(kind: str) -> list[str]:
    ran = subprocess.run([sys.executable, "-c", _CHILD, kind], check=True, capture_output=True, text=True, timeout=100)
    return ran.stdout.split()


def test_memory_is_bounded_whatever_the_items_are_like() -> None:
    """400,000 items would take 12 MB as they are, 35 MB as objects; 1 MB at a time is sorted."""
    items_, duplicates, grown = map(int, _child("near"))
    assert (items_, duplicates) == (400_000, 0)
    assert grown < 25  # MB, most of it what is hashed at a time
    items_, duplicates, grown = map(int, _child("alike"))
    assert (items_, duplicates) == (2, 399_998)
    assert grown < 25


def test_a_full_disk_is_said() -> None:
    assert _child("full") == ["no-room"]
