"""The index read without numpy finds what it finds with numpy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from touchstone.registry import fingerprints, plain_fingerprints, segments
from touchstone.registry.index_files import LIST, folder_of

IDENTITY = b"i" * 16


def index(path: Path, *parts: tuple[int, bool], identity: bytes = IDENTITY, gaps: bool = False) -> np.ndarray:
    """An index with segments of so many rows, with bands or without; returns the hashes, in the order of their ids."""
    rng = np.random.default_rng(5)
    folder = folder_of(path)
    folder.mkdir(parents=True)
    low, names, every = 1, [], []
    for rows, banded in parts:
        hashes = rng.integers(0, 256, (rows, 32), dtype=np.uint8)
        high = low + rows * (2 if gaps else 1)
        ids = np.arange(low, high, 2 if gaps else 1, dtype=np.int64)
        names.append(segments.write(folder, identity, (low, high), ids, hashes, banded=banded))
        low = high
        every.append(hashes)
    (folder / LIST).write_text(json.dumps({"segments": names}))
    return np.concatenate(every)


def flipped(row: np.ndarray, bits: int, seed: int) -> bytes:
    whole = int.from_bytes(row.tobytes())
    for bit in np.random.default_rng(seed).choice(256, bits, replace=False):
        whole ^= 1 << int(bit)
    return whole.to_bytes(32)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("parts", [((9000, True),), ((3000, False),), ((12000, True), (5000, True), (2100, False))])
def test_both_find_the_same(tmp_path: Path, parts: tuple[tuple[int, bool], ...], gaps: bool) -> None:
    path = tmp_path / "mirror.sqlite3"
    hashes = index(path, *parts, gaps=gaps)
    plain, quick = plain_fingerprints.load(path, IDENTITY), fingerprints.load(path, IDENTITY)
    assert plain is not None
    assert plain.high == quick.high
    queries = [flipped(hashes[seed * 7], seed % 40, seed) for seed in range(100)] + [os.urandom(32) for _ in range(8)]
    for query in queries:
        assert list(plain.search([query])) == sorted(set(quick.search([query])))
    together = list(plain.search(queries[:8]))
    assert together == sorted(together)
    assert {number for _near, _row, number in together} >= set(range(8))


def test_nothing_within_reach_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "mirror.sqlite3"
    hashes = index(path, (20000, True))
    plain = plain_fingerprints.load(path, IDENTITY)
    assert plain is not None
    for seed in range(300):
        found = {row for _near, row, _number in plain.search([flipped(hashes[seed], 31, seed)])}
        assert seed + 1 in found


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("banded", [True, False])
def test_an_index_of_hardly_anything(tmp_path: Path, rows: int, banded: bool) -> None:
    path = tmp_path / "mirror.sqlite3"
    hashes = index(path, (rows, banded))
    plain = plain_fingerprints.load(path, IDENTITY)
    assert plain is not None
    for number in range(rows):
        assert list(plain.search([flipped(hashes[number], 31, 3)])) == sorted(
            set(fingerprints.load(path, IDENTITY).search([flipped(hashes[number], 31, 3)]))
        )
    assert list(plain.search([os.urandom(32)])) == []


def test_words_that_are_all_alike_are_left_to_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mirror.sqlite3"
    folder = folder_of(path)
    folder.mkdir(parents=True)
    same = np.zeros((20000, 32), np.uint8)
    name = segments.write(folder, IDENTITY, (1, 20001), np.arange(1, 20001), same, banded=True)
    (folder / LIST).write_text(json.dumps({"segments": [name]}))
    plain = plain_fingerprints.load(path, IDENTITY)
    assert plain is not None
    assert plain.segments[0].to_compare(bytes(32)) == 16 * 20000
    asked = []
    load = fingerprints.load
    monkeypatch.setattr(fingerprints, "load", lambda *args: asked.append(args) or load(*args))
    assert len({row for _near, row, _number in plain.search([bytes(32)])}) == 20000
    assert asked


@pytest.mark.parametrize("parts", [((9000, False),), ()])
def test_what_is_not_read_well_without_numpy_is_refused(tmp_path: Path, parts: tuple[tuple[int, bool], ...]) -> None:
    path = tmp_path / "mirror.sqlite3"
    if parts:
        index(path, *parts)
    assert plain_fingerprints.load(path, IDENTITY) is None


def test_a_segment_that_was_tampered_with_misleads_at_most(tmp_path: Path) -> None:
    path = tmp_path / "mirror.sqlite3"
    hashes = index(path, (9000, True))
    (file,) = folder_of(path).glob("*.pdq")
    raw = bytearray(file.read_bytes())
    for seed in range(20):
        rng = np.random.default_rng(seed)
        broken = raw.copy()
        for place in rng.integers(64, len(raw), 20_000):
            broken[place] = int(rng.integers(256))
        file.write_bytes(broken)
        plain = plain_fingerprints.load(path, IDENTITY)
        assert plain is not None
        for _near, row, _number in plain.search([hashes[seed].tobytes()]):
            assert 1 <= row <= 9000
    file.write_bytes(raw[:-1])
    assert plain_fingerprints.load(path, IDENTITY) is None
    file.write_bytes(raw)
    assert plain_fingerprints.load(path, b"another mirror's") is None


def test_one_question_loads_no_numpy(tmp_path: Path) -> None:
    path = tmp_path / "mirror.sqlite3"
    hashes = index(path, (9000, True))
    asking = (
        "import sys, sqlite3\n"
        "from pathlib import Path\n"
        "from touchstone.registry.similar import Index\n"
        "connection = sqlite3.connect(':memory:')\n"
        "connection.execute('CREATE TABLE mirror (identity BLOB)')\n"
        f"connection.execute('INSERT INTO mirror VALUES (?)', ({IDENTITY!r},))\n"
        f"index = Index(Path({str(path)!r}))\n"
        f"print(sorted(index.now(connection).search([{hashes[4].tobytes()!r}]))[0], 'numpy' in sys.modules)\n"
        "index.now(connection)\n"
        "print('numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(0, 5, 0) False", "True"]
