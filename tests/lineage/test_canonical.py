"""The one spelling of a document, and everything that is refused."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.lineage import canonical
from touchstone.lineage.canonical import CanonicalError

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXTS
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    _PLAIN | _NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)
_DOCUMENTS = st.dictionaries(_TEXTS, _VALUES, max_size=6)


def _refused(raw: bytes, most: int = canonical.MOST, *, exact: bool = True) -> str:
    with pytest.raises(CanonicalError) as caught:
        canonical.loads(raw, most, exact=exact)
    return caught.value.code


@given(_DOCUMENTS)
def test_what_was_written_is_read_to_the_same_bytes(document: dict[str, Any]) -> None:
    raw = canonical.dumps(document)
    read = canonical.loads(raw)
    assert read == document
    assert canonical.dumps(read) == raw


@given(_DOCUMENTS)
def test_any_other_spelling_is_refused_where_it_has_to_be_exact(document: dict[str, Any]) -> None:
    raw = canonical.dumps(document)
    for other in (raw + b"\n", b" " + raw, json.dumps(document, indent=1).encode()):
        if other != raw:
            assert _refused(other) == "not-canonical"
            assert canonical.dumps(canonical.loads(other, exact=False)) == raw


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes) -> None:
    try:
        canonical.loads(raw)
    except CanonicalError:
        return
    assert canonical.dumps(canonical.loads(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff{}", "not-json"),
        (b"\xef\xbb\xbf{}", "not-json"),
        (b'{"a":"\xed\xa0\x80"}', "not-json"),
        (b"[]", "not-an-object"),
        (b"null", "not-an-object"),
        (b'{"a":1,"a":1}', "duplicate-name"),
        (b'{"b":{"a":1,"a":2}}', "duplicate-name"),
        (b'{"a":NaN}', "number"),
        (b'{"a":-Infinity}', "number"),
        (b'{"a":1e999}', "number"),
        (b'{"a":' + b"9" * 5000 + b"}", "number"),
        (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", "too-deep"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too-deep"),
        (b'{"a":"\\ud800"}', "value"),
        (b'{"a":1.0}', "not-canonical"),
        (b'{"a":-0}', "not-canonical"),
        (b'{"a":9007199254740993}', "not-canonical"),
        (b'{"b":1,"a":1}', "not-canonical"),
        (b'{"a":"\\u0061"}', "not-canonical"),
        (b'{"a":1} ', "not-canonical"),
    ],
)
def test_what_is_refused_says_why(raw: bytes, code: str) -> None:
    assert _refused(raw) == code


def test_a_document_longer_than_allowed_is_refused_before_it_is_read() -> None:
    assert _refused(b'{"a":1}', 6) == "too-large"
    assert canonical.loads(b'{"a":1}', 7) == {"a": 1}


def test_large_numbers_keep_their_one_spelling() -> None:
    raw = canonical.dumps({"a": 1e20, "b": 2.0**53, "c": 2**53 - 1, "d": 1e21, "e": 1e-7})
    assert raw == b'{"a":100000000000000000000,"b":9007199254740992,"c":9007199254740991,"d":1e+21,"e":1e-7}'
    assert canonical.dumps(canonical.loads(raw)) == raw


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (math.nan, "number"),
        (math.inf, "number"),
        (2**53, "number"),
        ({1, 2}, "value"),
        ("\ud800", "value"),
        (b"", "value"),
    ],
)
def test_what_has_no_form_is_not_written(value: object, code: str) -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical.dumps({"a": [value]})
    assert caught.value.code == code
    with pytest.raises(CanonicalError):
        canonical.sha256({"a": value})


def test_what_refers_to_itself_is_not_written() -> None:
    round_about: dict[str, Any] = {}
    round_about["a"] = round_about
    with pytest.raises(CanonicalError) as caught:
        canonical.dumps(round_about)
    assert caught.value.code == "too-deep"


def test_names_that_are_no_text_are_not_written() -> None:
    with pytest.raises(CanonicalError) as caught:
        canonical.dumps({"a": {1: 2}})
    assert caught.value.code == "value"


def test_a_file_of_ten_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)  # sparse: it takes no room
    with pytest.raises(CanonicalError) as caught:
        canonical.read(path)
    assert caught.value.code == "too-large"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, code in (("nothing", "no-file"), ("pipe", "no-file"), ("", "no-file"), ("a\0b", "unreadable")):
        with pytest.raises(CanonicalError) as caught:
            canonical.read(tmp_path / path)
        assert caught.value.code == code
    (tmp_path / "file").write_bytes(b"{}")
    assert canonical.read(tmp_path / "file", 2) == b"{}"
