"""The desk's side of the credentials witness: what it takes from a worker, and what it makes of it."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.check import credentials
from touchstone.check.servers import WorkerError
from touchstone.provenance import claims
from touchstone.provenance.reading import NotReadError
from touchstone.provenance.summary import of_nothing
from touchstone.report import Finding, Status, Witness
from touchstone.texts import credentials as texts
from touchstone.trust.certificates import Refusal
from touchstone.trust.https import FetchFailure
from touchstone.trust.lists import Slot, TrustSnapshot
from touchstone.wire import WorkerFailure

NODE = {
    "parent": -1,
    "relation": "this",
    "integrity": "intact",
    "issuer": "official",
    "declares_ai": "no",
    "signals": ["captured"],
    "codes": [],
    "thumbnail": "t0",
    "untrusted_title": "a",
    "untrusted_format": "image/jpeg",
    "untrusted_generator": "b",
    "untrusted_signer": "c",
}


def reading(**changes: Any) -> dict[str, Any]:
    made = {"from": "embedded", **of_nothing(NotReadError("none", "no-credentials"))}
    return made | changes


def signed(**changes: Any) -> dict[str, Any]:
    return reading(
        integrity="intact",
        reason="read",
        issuer="official",
        signature=True,
        claim_version=2,
        coverage="whole",
        untrusted_issuer_organisation="Agence X",
        untrusted_issuer_common_name="Agence X Desk",
        **changes,
    )


def reply(*readings: dict[str, Any]) -> dict[str, Any]:
    return {"sdk": "0.91.3", "refused": [], "readings": list(readings)}


def finding(*readings: dict[str, Any]) -> Finding:
    return credentials.finding(credentials.parse(reply(*readings), {}))


def full() -> tuple[dict[str, Any], dict[str, bytes]]:
    nodes = [NODE, NODE | {"parent": 0, "relation": "parent", "thumbnail": "t1"}]
    body = signed(nodes=nodes, failed=[{"node": 1, "codes": ["assertion.dataHash.mismatch"]}], signals=["captured"])
    other = signed(codes=["signingCredential.untrusted"]) | {"from": "sidecar"}
    return reply(body, other), {"t0": b"one", "t1": b"two"}


def within(body: dict[str, Any], blobs: dict[str, bytes] | None = None) -> bool:
    try:
        credentials.parse(body, blobs or {})
    except WorkerError as error:
        if error.failure is not WorkerFailure.PROTOCOL:
            raise
        return False
    return True


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        found += paths(below, (*path, key))
    return found


PATHS = [p for p in paths(full()[0]) if p]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=5),
    st.just("x" * 5000),
    st.just([0] * 6000),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def test_a_full_reply_is_taken() -> None:
    body, blobs = full()
    taken = credentials.parse(body, blobs)
    assert taken.thumbnails == {"ingredient-0": b"one", "ingredient-1": b"two"}
    json.dumps(credentials.finding(taken).details)


@given(st.sampled_from(PATHS), JUNK)
def test_a_reply_with_one_strange_value_is_refused_or_harmless(path: tuple[Any, ...], junk: Any) -> None:
    body, blobs = copy.deepcopy(full())
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    try:
        taken = credentials.parse(body, blobs)
    except WorkerError:
        return
    found = credentials.finding(taken)
    assert found.code in credentials.CODES
    assert len(json.dumps(found.details, allow_nan=False)) < 300_000
    texts.sentence(found)


@pytest.mark.parametrize("path", [p for p in PATHS if isinstance(p[-1], str)], ids=lambda p: ".".join(map(str, p)))
def test_a_reply_that_lacks_a_field_or_has_another_is_refused(path: tuple[Any, ...]) -> None:
    for change in ("lack", "more"):
        body, blobs = copy.deepcopy(full())
        place = body
        for key in path[:-1]:
            place = place[key]
        if change == "lack":
            del place[path[-1]]
        else:
            place["more"] = 1
        with pytest.raises(WorkerError):
            credentials.parse(body, blobs)


@pytest.mark.parametrize(
    "blobs",
    [
        {},
        {"t0": b"one"},
        {"t0": b"one", "t1": b"two", "t2": b"more"},
        {"t0": b"one", "x": b"two"},
        {"t0": b"one", "t1": bytes(1024 * 1024 + 1)},
    ],
)
def test_pictures_that_nobody_announced_are_refused(blobs: dict[str, bytes]) -> None:
    with pytest.raises(WorkerError):
        credentials.parse(full()[0], blobs)


def test_as_many_pictures_as_agreed_are_taken_and_no_more() -> None:
    for pictures, taken in ((16, True), (17, False)):
        nodes = [NODE | {"parent": min(n, 1) - 1, "thumbnail": f"t{n}"} for n in range(pictures)]
        assert within(reply(signed(nodes=nodes)), {f"t{n}": b"x" for n in range(pictures)}) is taken


def test_a_picture_may_have_a_megabyte() -> None:
    body, blobs = full()
    assert within(body, blobs | {"t1": bytes(1024 * 1024)})


def branches(count: int) -> list[dict[str, Any]]:
    return [NODE | {"parent": min(n, 1) - 1, "thumbnail": ""} for n in range(count)]


@pytest.mark.parametrize(
    ("make", "least", "most"),
    [
        (lambda n: reply(signed(nodes=branches(n))), 0, 64),
        (lambda n: reply(signed(failed=[{"node": -1, "codes": []}] * n)), 0, 16),
        (lambda n: reply(signed(nodes=branches(3), failed=[{"node": n, "codes": []}])), -1, 2),
        (lambda n: reply(signed(codes=["a.b"] * n)), 0, 40),
        (lambda n: reply(signed(codes=["a." + "b" * (n - 2)])), 3, 80),
        (lambda n: reply(signed(codes=["a" + ".b" * n])), 1, 5),
        (lambda n: reply(signed(signals=["captured"] * n)), 0, 48),
        (lambda n: reply(signed(signals=["a" * n])), 1, 40),
        (lambda n: reply(signed(nodes_left_out=n)), 0, 10_000),
        (lambda n: reply(signed(sources=n)), 0, 5000),
        (lambda n: reply(signed(sources_without=n)), 0, 5000),
        (lambda n: reply(signed() | {"claim_version": n}), 0, 2),
        (lambda n: reply(signed() | {"untrusted_issuer_organisation": "x" * n}), 0, 200),
        (lambda n: reply(signed() | {"untrusted_issuer_common_name": "x" * n}), 0, 200),
        (lambda n: reply(signed(untrusted_agent="x" * n)), 0, 200),
        (lambda n: reply(signed(untrusted_remote="x" * n)), 0, 1000),
        (lambda n: reply(signed(nodes=[NODE | {"thumbnail": "", "untrusted_title": "x" * n}])), 0, 200),
        (lambda n: reply(signed(nodes=[NODE | {"thumbnail": "", "untrusted_signer": "x" * n}])), 0, 200),
        (lambda n: reply(signed()) | {"refused": ["official"] * n}, 0, 5),
        (lambda n: reply(signed()) | {"sdk": "0" * n}, 1, 20),
        (lambda n: reply(signed(), *[signed() | {"from": "sidecar"}] * n), 0, 1),
    ],
)  # fmt: skip
def test_a_reply_may_reach_its_bounds_and_go_no_further(make: Any, least: int, most: int) -> None:
    assert [within(make(n)) for n in (least, most, most + 1)] == [True, True, False]
    below = make(least - 1)
    assert below == make(least) or not within(below)  # nothing is shorter than an empty list


def test_lists_that_the_worker_refused_are_named() -> None:
    named = ["official", "interim", "yours", "samples", "time stamps"]
    assert credentials.parse(reply(signed()) | {"refused": named}, {}).refused == tuple(named)
    assert not within(reply(signed()) | {"refused": ["another"]})


def test_a_reply_is_about_the_file_first_and_its_sidecar_then() -> None:
    side = signed() | {"from": "sidecar"}
    assert [within(reply(*r)) for r in ((), (side,), (side, signed()), (signed(), signed()))] == [False] * 4


@pytest.mark.parametrize("parent", [-1, 1, 2, 63])
def test_a_tree_that_is_none_is_refused(parent: int) -> None:
    body, blobs = copy.deepcopy(full())
    body["readings"][0]["nodes"][1]["parent"] = parent
    with pytest.raises(WorkerError):
        credentials.parse(body, blobs)


@given(st.dictionaries(st.text(max_size=10), JUNK, max_size=5))
def test_any_body_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WorkerError) as caught:
        credentials.parse(body, {})
    assert caught.value.failure is WorkerFailure.PROTOCOL


@pytest.mark.parametrize(
    ("made", "code", "status"),
    [
        (reading(), "none", Status.DONE),
        (signed(), "signed", Status.DONE),
        (signed() | {"issuer": "expired"}, "signed-expired", Status.DONE),
        (signed() | {"issuer": "revoked"}, "signed-revoked", Status.DONE),
        (signed() | {"issuer": "unknown"}, "signed-unknown", Status.DONE),
        (signed() | {"integrity": "changed"}, "changed", Status.DONE),
        (signed() | {"integrity": "changed", "signature": False}, "changed-unknown", Status.DONE),
        (signed() | {"integrity": "changed", "issuer": "unknown"}, "changed-unknown", Status.DONE),
        (signed() | {"history": "ingredient-failed"}, "source-failed", Status.DONE),
        (reading(integrity="broken", reason="credentials-unreadable"), "broken", Status.DONE),
        (reading(integrity="broken", reason="file-unreadable"), "file-unreadable", Status.DONE),
        (signed() | {"integrity": "broken", "reason": "fragments-missing"}, "fragments-missing", Status.DONE),
        (reading(integrity="elsewhere", reason="remote", untrusted_remote="https://h.x/"), "elsewhere", Status.DONE),
        (reading(reason="format-not-supported"), "format-not-supported", Status.NOT_CHECKED),
        (reading(reason="sidecar-alone"), "sidecar-alone", Status.NOT_CHECKED),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_a_reading_comes_to(made: dict[str, Any], code: str, status: Status) -> None:
    found = finding(made)
    assert (found.witness, found.code, found.status) == (Witness.CREDENTIALS, code, status)
    assert texts.sentence(found)


def test_every_code_has_a_case_and_a_sentence_of_its_own() -> None:
    sentences = {
        code: texts.sentence(Finding(Witness.CREDENTIALS, Status.DONE, code, {"issuer_name": "X"}))
        for code in credentials.CODES
    }
    assert len(set(sentences.values())) == len(credentials.CODES)


def test_the_name_of_a_signer_nobody_vouches_for_is_marked() -> None:
    found = finding(signed() | {"issuer": "unknown"})
    assert found.params["untrusted_issuer_name"] == "Agence X"
    assert "issuer_name" not in found.params
    assert found.details["issuer_name"] == ""


def test_a_date_is_given_only_where_an_authority_on_a_list_stamped_it() -> None:
    for stamp in ("untrusted", "unchecked", "invalid"):
        found = finding(signed() | {"stamp": stamp, "stamp_time": "2026-03-12T10:00:00Z"})
        assert "signed_at" not in found.params
        assert found.details["time_stamp"] == ""
    found = finding(signed() | {"stamp": "trusted", "stamp_time": "2026-03-12T10:00:00Z"})
    assert found.params["signed_at"] == found.details["time_stamp"] == "2026-03-12T10:00:00Z"


@pytest.mark.parametrize("nothing", ["none", "elsewhere"])
def test_a_sidecar_speaks_where_the_file_carries_nothing(nothing: str) -> None:
    side = signed() | {"from": "sidecar"}
    found = finding(reading(integrity=nothing), side)
    assert (found.code, found.details["from"]) == ("signed", "sidecar")
    assert "other" not in found.details


@pytest.mark.parametrize(("embedded", "sidecar"), [("changed", "intact"), ("intact", "changed")])
def test_two_stores_that_disagree_are_both_shown(embedded: str, sidecar: str) -> None:
    found = finding(signed() | {"integrity": embedded}, signed() | {"from": "sidecar", "integrity": sidecar})
    assert (found.details["integrity"], found.details["other"]["integrity"]) == (embedded, sidecar)
    assert found.details["disagree"]


def test_the_setup_keeps_the_lists_apart() -> None:
    anchors = {Slot.OFFICIAL: "A", Slot.YOURS: "C"}
    sent = json.loads(credentials.setup(TrustSnapshot(anchors=anchors, time_stamps="T"), "S"))["lists"]
    assert [(one["name"], one["anchors"], one["tsa"]) for one in sent] == [
        ("official", "A", "T"),
        ("interim", "", ""),
        ("yours", "C", ""),
        ("samples", "S", ""),
    ]


def test_every_refusal_and_every_failure_to_fetch_has_words_of_its_own() -> None:
    assert len({texts.list_refusal(code) for code in [*Refusal, "?"]}) == len(Refusal) + 1
    assert len({texts.fetch_failure(code) for code in [*FetchFailure, "?"]}) == len(FetchFailure) + 1


def test_every_signal_has_words_of_its_own() -> None:
    codes = {*claims.SOURCE_TYPES.values(), *claims.ACTIONS.values()}
    unnamed = texts.signal("other-edit")
    assert len({texts.signal(code) for code in codes}) == len(codes)
    assert unnamed not in {texts.signal(code) for code in codes}


def test_no_sentence_has_a_word_that_no_answer_may_have() -> None:
    banned = re.compile(r"\b(authentic|genuine|real|fake|verified true)\b", re.IGNORECASE)
    said = [texts.sentence(Finding(Witness.CREDENTIALS, Status.DONE, code)) for code in credentials.CODES]
    said += [texts.signal(code) for code in (*claims.SOURCE_TYPES.values(), *claims.ACTIONS.values())]
    assert not [sentence for sentence in said if banned.search(sentence)]


def test_strings_of_the_file_are_made_harmless() -> None:
    evil = "\u202eevil\n<b>"
    found = finding(signed() | {"issuer": "unknown", "untrusted_issuer_organisation": evil})
    sentence = texts.sentence(found)
    assert "\u202e" not in sentence
    assert "\n" not in sentence
