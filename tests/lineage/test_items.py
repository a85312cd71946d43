"""Lists of items: one spelling, every flaw a code, and no list half written."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import roots

from touchstone.lineage import items, tree
from touchstone.lineage.items import ItemsError
from touchstone.lineage.items_types import Root

ONE, TWO, THREE = sorted(roots.item(n) for n in range(3))


def code(work: Any, **params: Any) -> str:
    """What it ends in."""
    with pytest.raises(ItemsError) as raised:
        work()
    assert raised.value.params.items() >= params.items()
    return raised.value.code


def pass_over(path: Path) -> Root:
    with items.read(path) as listed:
        return listed.root()


def test_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "data.items"
    told = items.write(path, {TWO: 0b101, ONE: 0b011, THREE: 0b010}, ["test", "dev"])
    assert told == Root(roots.tree_hash([ONE, TWO]), 2)
    # The names are sorted, and the bits moved along.
    rows = ONE + bytes([0b101]) + TWO + bytes([0b011]) + THREE + bytes([0b100])
    assert path.read_bytes() == b"touchstone-items/1 3 dev,test\n" + rows
    with items.read(path) as listed:
        assert (listed.count, listed.names) == (3, ("dev", "test"))
        assert listed.sets_of(ONE) == (True, ("test",))
        assert listed.sets_of(TWO) == (True, ("dev",))
        assert listed.sets_of(THREE) == (False, ("test",))
        assert listed.sets_of(bytes(32)) is None
        assert listed.root("test") == Root(roots.tree_hash([ONE, THREE]), 2)
        assert not listed.contains(THREE)
        assert listed.contains(THREE, "test")
        assert code(lambda: listed.root("train")) == "unknown-set"
        assert code(lambda: listed.sets_of(b"")) == "bad-item"
    assert os.listdir(path.parent) == ["data.items"]


@given(
    st.dictionaries(st.binary(min_size=32, max_size=32), st.integers(1, 255), min_size=1, max_size=60),
    st.sampled_from([66, 500, 1 << 20]),
)
@settings(max_examples=80, deadline=None)
def test_any_masks_are_kept(tmp_path_factory: pytest.TempPathFactory, masks: dict[bytes, int], budget: int) -> None:
    path = tmp_path_factory.mktemp("any") / "list"
    masks[ONE] = 1
    names = [f"s{n}" for n in range(7)]
    items.write(path, masks, names, budget=budget)
    assert path.read_bytes() == roots.put(path.with_name("other"), masks, ",".join(names)).read_bytes()


def test_items_alone_in_any_order_count_once(tmp_path: Path) -> None:
    told = items.write(tmp_path / "list", [THREE, ONE, TWO, ONE, ONE], budget=1)
    assert told == Root(roots.tree_hash([ONE, TWO, THREE]), 3, 2)
    assert pass_over(tmp_path / "list") == tree.root_of([ONE, TWO, THREE])


@pytest.mark.parametrize("budget", [1, 1 << 20])
def test_an_item_that_comes_again_has_the_bits_of_all_its_turns(tmp_path: Path, budget: int) -> None:
    turns = [(THREE, 2), (ONE, 1), (TWO, 4), (ONE, 4), TWO, (THREE, 2)]
    told = items.write(tmp_path / "list", turns, ["dev", "test"], budget=budget)
    assert told == Root(roots.tree_hash([ONE, TWO]), 2, 3)
    expected = roots.put(tmp_path / "other", {ONE: 5, TWO: 5, THREE: 2}, "dev,test")
    assert (tmp_path / "list").read_bytes() == expected.read_bytes()


@pytest.mark.parametrize(
    ("given", "names", "expected"),
    [
        ([], (), "empty"),
        ({}, (), "empty"),
        ({ONE: 2}, ("test",), "empty"),  # nothing was trained on
        ({ONE: 0}, (), "bad-mask"),
        ({ONE: 2}, (), "bad-mask"),
        ({ONE: 256}, tuple("abcdefg"), "bad-mask"),
        ({ONE: -1}, (), "bad-mask"),
        ([ONE[:31]], (), "bad-item"),
        ({ONE[:31]: 1}, (), "bad-item"),
        ([ONE], ("test", "test"), "unknown-set"),
        ([ONE], ("Test",), "unknown-set"),
        ([ONE], ("",), "unknown-set"),
        ([ONE], ("a,b",), "unknown-set"),
        ([ONE], ("x" * 33,), "unknown-set"),
        ([ONE], tuple("abcdefgh"), "unknown-set"),
    ],
)
def test_what_is_not_written(tmp_path: Path, given: Any, names: tuple[str, ...], expected: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"what was there before")
    assert code(lambda: items.write(path, given, names)) == expected
    assert path.read_bytes() == b"what was there before"
    assert os.listdir(tmp_path) == ["list"]


GOOD = ONE + b"\1" + TWO + b"\1"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not-a-list"),
        (b"touchstone-items/1 2 \n", "truncated"),
        (b"touchstone-items/1 2 \n" + GOOD[:-1], "truncated"),
        (b"touchstone-items/1 3 \n" + GOOD, "truncated"),
        (b"touchstone-items/1 2 \n" + GOOD + b"\n", "trailing"),
        (b"touchstone-items/1 1 \n" + GOOD, "trailing"),
        (b"touchstone-items/1 0 \n", "not-a-list"),
        (b"touchstone-items/1 02 \n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1  2 \n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 \r\n" + GOOD, "not-a-list"),
        (b"touchstone-items/2 2 \n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 b,a\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 a,a\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 A\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 a,b,c,d,e,f,g,h\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 " + b"x" * 4000 + b"\n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 9999999999999 \n" + GOOD, "not-a-list"),
        (b"touchstone-items/1 2 \n" + TWO + b"\1" + ONE + b"\1", "unsorted"),
        (b"touchstone-items/1 2 \n" + ONE + b"\1" + ONE + b"\1", "unsorted"),
        (b"touchstone-items/1 2 \n" + ONE + b"\1" + TWO + b"\0", "bad-mask"),
        (b"touchstone-items/1 2 \n" + ONE + b"\1" + TWO + b"\3", "bad-mask"),
        (b"touchstone-items/1 2 a\n" + ONE + b"\2" + TWO + b"\2", "empty"),
        (b"\x7fELF" + bytes(4000), "not-a-list"),
    ],
)
def test_what_is_no_list(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "list"
    path.write_bytes(data)
    assert code(lambda: pass_over(path)) == expected


@given(st.binary(max_size=200), st.integers(0, 300), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_list_in_one_spelling_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, place: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    near = bytearray(b"touchstone-items/1 2 dev,test\n" + ONE + b"\1" + TWO + b"\7")
    near[place % len(near)] = value
    for some in (data, bytes(near), bytes(near[:place])):
        path.write_bytes(some)
        try:
            with items.read(path) as listed:
                listed.root()
                masks = {}
                for item in (listed.item(row) for row in range(listed.count)):
                    found = listed.sets_of(item)
                    assert found is not None
                    masks[item] = found[0] + sum(2 << listed.names.index(name) for name in found[1])
                names = listed.names
        except ItemsError:
            continue
        items.write(path.with_name("again"), masks, names)
        assert path.with_name("again").read_bytes() == some


def test_an_order_that_breaks_between_blocks_is_found(tmp_path: Path) -> None:
    count = (1 << 16) + 10
    rows = [n.to_bytes(32) + b"\1" for n in range(count)]
    rows[1 << 16], rows[(1 << 16) - 1] = rows[(1 << 16) - 1], rows[1 << 16]
    (tmp_path / "list").write_bytes(f"touchstone-items/1 {count} \n".encode() + b"".join(rows))
    assert code(lambda: pass_over(tmp_path / "list")) == "unsorted"


def test_ten_gigabytes_are_refused_without_reading_them(tmp_path: Path) -> None:
    """A header that says so, and a file of that size with nothing in it."""
    count = 10 * 10**9 // 33
    with (tmp_path / "list").open("wb") as file:
        file.write(f"touchstone-items/1 {count} \n".encode())
        file.truncate(file.tell() + 33 * count)
    assert code(lambda: pass_over(tmp_path / "list")) == "unsorted"
    with (tmp_path / "list").open("ab") as file:
        file.truncate(33 * count)
    assert code(lambda: pass_over(tmp_path / "list")) == "truncated"


def test_cut_off_gone_or_changed_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list"
    members = sorted(n.to_bytes(2).ljust(32, b"x") for n in range(3000))
    items.write(path, members)
    with items.read(path) as listed:
        prover = tree.Prover(listed)
        assert prover.absence(bytes(32)) is not None
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(data)
        assert code(lambda: prover.absence(b"\xff" * 32)) == "changed"
        os.truncate(path, 60_000)
        assert code(lambda: tree.Prover(listed)) == "truncated"
        path.unlink()
        assert code(lambda: tree.Prover(listed)) == "truncated"  # it is still open
    assert code(lambda: listed.item(0)) == "unreadable"
    assert code(lambda: items.read(path), untrusted_path=str(path)) == "unreadable"


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path, tmp_path / "pipe", tmp_path / "not" / "there", Path("/dev/zero"), Path("a\0b")):
        assert code(lambda odd=odd: items.read(odd)) == "unreadable"
    assert code(lambda: list(items.gather([tmp_path / "pipe"]))) == "unreadable"
    assert code(lambda: list(items.gather(tmp_path))) == "unreadable"
    assert code(lambda: list(items.gather(tmp_path / "not there"))) == "unreadable"


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert code(lambda: items.write(tmp_path / "file" / "list", [ONE])) == "unwritable"


_FULL = """
import resource, signal, sys
from pathlib import Path
from touchstone.lineage import items
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
try:
    items.write(Path(sys.argv[1]), (n.to_bytes(32) for n in range(1000)))
except items.ItemsError as error:
    print(error.code)
"""


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path / "list")], check=True, capture_output=True, text=True, timeout=100
    )
    assert ran.stdout == "no-room\n"
    assert os.listdir(tmp_path) == []


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    assert code(lambda: items.write(tmp_path / "list", [ONE], cancel=cancel)) == "stopped"
    assert os.listdir(tmp_path) == []
    items.write(tmp_path / "list", [ONE])
    with items.read(tmp_path / "list") as listed:
        assert code(lambda: listed.root(cancel=cancel)) == "stopped"
    assert code(lambda: list(items.gather([tmp_path / "list"], cancel=cancel))) == "stopped"


def test_a_folder_is_hashed_with_those_below(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "b" / "c").mkdir(parents=True)
    contents = {"a.jpg": b"one", "b/two": b"two", "b/c/three": b"", "b/again": b"one"}
    for name, content in contents.items():
        (data / name).write_bytes(content)
    (data / "link").symlink_to(data / "a.jpg")
    (data / "round").symlink_to(data)
    found = list(items.gather(data))
    assert sorted(found) == sorted(hashlib.sha256(c).digest() for c in [*contents.values(), b"one"])
    assert tree.root_of(found).duplicates == 2
    assert list(items.gather([data / "a.jpg", data / "b" / "c"])) == [
        hashlib.sha256(b"one").digest(),
        hashlib.sha256(b"").digest(),
    ]
    (data / "broken").symlink_to(data / "nothing")
    assert code(lambda: list(items.gather(data))) == "unreadable"


def test_a_folder_that_goes_half_way(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "file").write_bytes(name.encode())
    found = items.gather(tmp_path / "data")
    assert next(found) == hashlib.sha256(b"a").digest()
    shutil.rmtree(tmp_path / "data")
    assert code(lambda: list(found)) == "unreadable"


def test_a_text_list(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"{TWO.hex()}\n\n{ONE.hex()}  a picture.jpg\n\\{TWO.hex()} *odd\\nname\r\n{THREE.hex()}")
    assert list(items.gather(path)) == [TWO, ONE, TWO, THREE]
    path.write_bytes(b"")
    assert list(items.gather(path)) == []
    assert code(lambda: items.write(tmp_path / "out", items.gather(path))) == "empty"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ONE.hex().upper().encode(), "not-hex"),
        (b"0x" + ONE.hex().encode(), "not-hex"),
        (ONE.hex()[:-1].encode(), "not-hex"),
        (ONE.hex().encode() + b"0", "not-hex"),
        (ONE.hex().encode() + b"\tname", "not-hex"),
        (b" " + ONE.hex().encode(), "not-hex"),
        (b"\xef\xbb\xbf" + ONE.hex().encode(), "not-hex"),
        (b"\xff\xfe\0", "not-hex"),
        (ONE.hex().encode() + b"  " + b"x" * 9000, "too-long"),
        (b"0" * 100_000, "too-long"),
    ],
)
def test_a_line_that_is_no_hash(tmp_path: Path, line: bytes, expected: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(TWO.hex().encode() + b"\n" + line + b"\n" + ONE.hex().encode() + b"\n")
    found = items.gather(path)
    assert next(found) == TWO
    assert code(lambda: list(found), line=2, untrusted_path=str(path)) == expected


def test_what_sha256sum_prints(tmp_path: Path) -> None:
    names = ["plain", "with space", "new\nline", "back\\slash"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("there is no sha256sum on this computer")
    ran = subprocess.run([program, *names], check=True, capture_output=True, cwd=tmp_path, timeout=30)
    (tmp_path / "sums").write_bytes(ran.stdout)
    assert list(items.gather(tmp_path / "sums")) == [hashlib.sha256(name.encode()).digest() for name in names]
