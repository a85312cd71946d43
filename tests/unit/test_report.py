"""Reports as data: they survive the trip through JSON, and nothing that is not one passes for one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import examples as made

from touchstone import report as reports
from touchstone.export import document
from touchstone.report import Picture, Report, Witness, from_dict, loads, to_dict

REPORTS = {
    "traced": made.report(made.credentials(), made.facts()),
    "laundered": made.laundered(),
    "unread": made.report(made.unsigned(), made.failed(Witness.FACTS, "timeout", seconds=30)),
    "disputed": made.report(
        made.credentials(),
        made.facts(),
        made.reviewers(),
        made.register(claims=[made.claim(), made.claim(publisher=8, relied=False)]),
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_survives_the_trip(name):
    before = REPORTS[name]
    assert from_dict(to_dict(before)) == before
    assert loads(json.dumps(to_dict(before)).encode()) == before


@pytest.mark.parametrize("name", REPORTS)
def test_a_document_with_its_sentences_is_the_same_report(name):
    before = REPORTS[name]
    assert loads(document.canonical(document.to_document(before))) == before


def test_fields_of_a_later_version_are_left_out():
    data = to_dict(REPORTS["traced"])
    for place in (data, data["media"], data["headline"], data["findings"][0], data["not_checked"][0]):
        place["later"] = {"anything": [1, 2, 3]}
    assert from_dict(data) == REPORTS["traced"]


def test_older_reports_without_protection_are_read():
    data = to_dict(REPORTS["traced"])
    del data["protection"]
    assert from_dict(data).protection == ()


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every value that the schema fixes; what is inside details and params is free."""
    found = [path] if path else []
    if path and path[-1] in {"details", "params", "fingerprints"}:
        return found
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return found + [p for key, value in items for p in places(value, (*path, key))]


WHOLE = to_dict(REPORTS["laundered"])
PLACES = places(WHOLE)
JUNK = [None, True, -1, 0.5, 2**64, float("nan"), "junk value", "x" * 20_001, [], [[]], {}, {"a": float("inf")}]


def put(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(WHOLE)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


@given(st.sampled_from(PLACES), st.sampled_from(JUNK))
def test_junk_in_any_place_is_refused_or_harmless(path, junk):
    try:
        found = from_dict(put(path, junk))
    except ValueError:
        return
    assert isinstance(found, Report)
    document.canonical(document.to_document(found))  # what was let in can be told and written


@pytest.mark.parametrize("path", [p for p in PLACES if isinstance(p[-1], str) and p != ("protection",)])
def test_every_field_is_needed(path):
    data = copy.deepcopy(WHOLE)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    with pytest.raises(ValueError, match=r"."):
        from_dict(data)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), ANYTHING))
def test_noise_of_the_right_names_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        from_dict(data | {"schema": reports.SCHEMA})


@given(st.binary(max_size=200))
def test_noise_is_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"null",
        b"[]",
        b'"touchstone.report/1"',
        b'{"schema":"touchstone.report/2"}',
        b'{"schema":"touchstone.report/1"}',
        b'{"schema":NaN}',
        b"\xff\xfe",
        b"9" * 10_000,
        b" " * (reports.MAX_DOCUMENT + 1),
    ],
    ids=range(11),
)
def test_hostile_documents_are_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        loads(raw)


def nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(depth):
        data = {"x": data}
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("findings",), [WHOLE["findings"][0]] * (reports.MAX_ENTRIES + 1)),
        (("findings", 0, "details"), nested(reports.MAX_DEPTH + 1)),
        (("findings", 0, "details"), nested(5_000)),
        (("findings", 0, "details"), {"x": [0] * (reports.MAX_VALUES + 1)}),
        (("findings", 0, "details"), {"x" * (reports.MAX_STRING + 1): 0}),
        (("findings", 0, "details"), {"x": 2**64}),
        (("findings", 0, "details"), {"x": float("nan")}),
        (("findings", 0, "details"), {"x": b"bytes"}),
        (("findings", 0, "details"), {1: 1}),
        (("findings", 0, "code"), "<script>"),
        (("findings", 0, "code"), ""),
        (("media", "sha256"), "A" * 64),
        (("media", "sha256"), "0" * 63),
        (("media", "bytes"), True),
        (("media", "duration"), -1.0),
        (("media", "duration"), float("inf")),
        (("media", "width"), 1.5),
        (("created",), "yesterday"),
        (("created",), "2026-11-22T09:30:00"),
        (("protection", 0, "process"), 1),
        (("conflicts", 0, "witnesses"), "credentials"),
    ],
)
def test_more_than_a_report_can_hold_is_refused(path, value):
    with pytest.raises(ValueError, match=r"."):
        from_dict(put(path, value))


@pytest.mark.parametrize(("width", "height", "length"), [(0, 1, 0), (1, 0, 0), (-1, -1, 3), (2, 2, 11), (2, 2, 13)])
def test_a_picture_has_the_bytes_of_its_size(width, height, length):
    with pytest.raises(ValueError, match="size"):
        Picture(width, height, bytes(length))
