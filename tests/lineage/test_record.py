"""Records are read strictly, name what is wrong, and notice every change."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lineage.records import document, hashed

from touchstone.lineage import canonical, record
from touchstone.lineage.record import RecordError

_RAW = canonical.dumps(document())
_FREE = ("parameters", "seeds", "metrics")


def _refused(whole: Any) -> str:
    with pytest.raises(RecordError) as caught:
        record.parse(canonical.dumps(whole))
    assert caught.value.code == "field"
    return caught.value.field


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every value of the document below the top, but what is of anybody's making."""
    if path and path[0] in _FREE and len(path) > 1:
        return
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from _places(part, (*path, name))


def _at(whole: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        whole = whole[name]
    return whole


def _written(path: tuple[Any, ...]) -> str:
    text = ""
    for name in path:
        text += f"[{name}]" if isinstance(name, int) else f".{name}" if text else str(name)
    return text


def test_a_sound_record_is_read() -> None:
    found = record.parse(_RAW)
    assert found.model == "brightness"
    assert found.sessions[1].resumed_from == 100
    assert found.splits["judged"].items == 3
    assert found.parents[0].relation is record.Relation.RETRAINED
    assert found.metrics["limits"]["many"] == 1e20
    assert found.sha256 == hashlib.sha256(_RAW).hexdigest()
    assert found.evaluation == canonical.sha256(document()["metrics"])
    assert found.chain_holds
    assert not found.clock_went_back


@pytest.mark.parametrize("path", list(_places(document())), ids=_written)
def test_every_field_names_itself_where_it_is_not_what_it_has_to_be(path: tuple[Any, ...]) -> None:
    for wrong in ("\n", -1, 2.5, [[]], {"-": 1}, "x" * 200):
        whole = document(chain=hashed("any"))
        before = _at(whole, path)
        if isinstance(wrong, dict) and path[0] in _FREE:
            continue  # sound there
        _at(whole, path[:-1])[path[-1]] = wrong
        named = _refused(whole)
        assert named == _written(path) or (
            type(before) in (type(wrong), type(None)) and named.startswith(_written(path))
        )


@pytest.mark.parametrize("path", [p for p in _places(document()) if isinstance(p[-1], str)], ids=_written)
def test_a_name_that_is_missing_or_too_many_is_told(path: tuple[Any, ...]) -> None:
    open_ = ("splits", "files")
    if (len(path) == 2 and path[0] in open_) or "packages" in path[:-1]:
        return  # names there are of the maker's choosing
    whole = document(chain=hashed("any"))
    del _at(whole, path[:-1])[path[-1]]
    assert _refused(whole) == _written(path)
    whole = document(chain=hashed("any"))
    _at(whole, path[:-1])["more"] = None
    assert _refused(whole) == _written((*path[:-1], "more"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data", "items"), 0),
        (("data", "items"), True),
        (("data", "root"), "AB" * 32),
        (("finished",), "2026-02-30T00:00:00Z"),
        (("finished",), "2026-01-31T12:00:00+00:00"),
        (("splits",), {f"s{n}": {"root": hashed("s"), "items": 1} for n in range(8)}),
        (("sessions",), []),
        (("checkpoints", 0, "step"), 2.0**53),
        (("parents",), [document()["parents"][0]] * 17),
        (("parents", 0, "removed"), [hashed("a"), hashed("a")]),
        (("parents", 0, "removed"), sorted([hashed("a"), hashed("b")], reverse=True)),
        (("parents", 0, "name"), ""),
    ],
)
def test_bounds_are_held(path: tuple[Any, ...], value: Any) -> None:
    whole = document(chain=hashed("any"))
    _at(whole, path[:-1])[path[-1]] = value
    assert _refused(whole).startswith(_written(path))


@pytest.mark.parametrize("name", ["Fold", "fold_0", "", "x" * 33])
def test_names_of_splits_are_of_one_form(name: str) -> None:
    assert _refused(document(splits={name: {"root": hashed("s"), "items": 1}})).startswith("splits")


@pytest.mark.parametrize("name", ["../weights", "a/b/c", "/etc", ".hidden", ""])
def test_names_of_files_lead_nowhere_else(name: str) -> None:
    assert _refused(document(files={name: {"sha256": hashed("f"), "bytes": 1}})).startswith("files")


def test_a_record_of_another_schema_is_told_as_such() -> None:
    assert _refused({"schema": "touchstone.training/1", "weights": {}}) == "schema"
    assert _refused({}) == "schema"


@given(st.integers(0, len(_RAW) - 1), st.integers(1, 255))
def test_a_byte_changed_is_noticed(at: int, by: int) -> None:
    edited = bytearray(_RAW)
    edited[at] ^= by
    try:
        found = record.parse(bytes(edited))
    except RecordError:
        return
    assert found.sha256 != record.parse(_RAW).sha256


@pytest.mark.parametrize("name", ["model", "data", "splits", "parameters", "seeds", "checkpoints"])
def test_the_chain_holds_together_what_it_is_made_of(name: str) -> None:
    whole = document()
    other: dict[str, Any] = {
        "model": "darkness",
        "data": {"root": hashed("data"), "items": 13},
        "splits": {},
        "parameters": {"rate": 0.002},
        "seeds": {"torch": 4},
        "checkpoints": list(reversed(whole["checkpoints"])),
    }
    assert not record.parse(canonical.dumps({**whole, name: other[name]})).chain_holds
    assert record.parse(canonical.dumps(document(**{name: other[name]}))).chain_holds


@pytest.mark.parametrize(
    ("path", "time"),
    [
        (("finished",), "2026-01-31T11:00:00Z"),
        (("sessions", 0, "ended"), "2026-01-31T09:00:00Z"),
        (("sessions", 1, "started"), "2026-01-31T10:10:00Z"),
        (("checkpoints", 1, "time"), "2026-01-31T10:10:00Z"),
    ],
)
def test_a_clock_that_was_set_back_is_told(path: tuple[Any, ...], time: str) -> None:
    whole = copy.deepcopy(document())
    _at(whole, path[:-1])[path[-1]] = time
    assert record.parse(canonical.dumps(whole)).clock_went_back


def test_other_spellings_of_a_record_are_refused() -> None:
    for raw in (_RAW + b"\n", json.dumps(document(), indent=1).encode(), b"", b"{}" * 3):
        with pytest.raises(RecordError) as caught:
            record.parse(raw)
        assert caught.value.field == ""
        assert caught.value.code in {"not-canonical", "not-json"}


def test_a_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(_RAW)
    assert record.read(path) == record.parse(_RAW)
    with path.open("r+b") as file:
        file.truncate(10 * 1024**3)
    with pytest.raises(RecordError) as caught:
        record.read(path)
    assert caught.value.code == "too-large"
    with pytest.raises(RecordError) as caught:
        record.read(tmp_path / "nothing")
    assert caught.value.code == "no-file"
