"""Bundles of evidence: made, read back, and refused where a single bit is another."""

from __future__ import annotations

import json
import os
import struct
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desk_court.bundles import REASON, contents, made, picture, report_on, sha256

from touchstone.court import bundle as bundles
from touchstone.court import statement as statements
from touchstone.court.bundle import Contents, make, pack, read, unpack
from touchstone.court.statement import Choice, EvidenceError, Role, Stated, Statement
from touchstone.lineage import archive, canonical
from touchstone.paths import Home

A = "a" * 64
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def code(call: object, *arguments: object, **more: object) -> str:
    with pytest.raises(EvidenceError) as caught:
        call(*arguments, **more)  # type: ignore[operator]
    return caught.value.code


# --- round trips


def test_a_bundle_says_what_it_was_made_of(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    media = picture(tmp_path)
    report = report_on(home, media)
    found = made(tmp_path, report=report)
    back = read(found.path, item=found.item)
    assert back.statement == Statement(
        sha256(media), "", Choice.EDITED, REASON, ("https://example.org/original",), back.statement.report,
        (
            Stated("harbour.jpg", sha256(media), media.stat().st_size, Role.MEDIA),
            Stated("note.txt", sha256(tmp_path / "note.txt"), 17, Role.EVIDENCE),
        ),
    )  # fmt: skip
    assert back.report is not None
    assert back.report.media.sha256 == sha256(media)
    assert found.bytes == found.path.stat().st_size
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_the_same_evidence_makes_the_same_bytes(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one"), made(tmp_path / "two")
    assert one.item == two.item
    assert one.path.read_bytes() == two.path.read_bytes()


def test_nothing_of_this_computer_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "secret-person" / "private"
    home = Home(tmp_path / "secret-person" / "home")
    found = made(folder, report=report_on(home, picture(folder)))
    assert b"secret-person" not in found.path.read_bytes()


def test_any_program_for_zip_files_opens_it(tmp_path: Path) -> None:
    found = made(tmp_path)
    with zipfile.ZipFile(found.path) as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist() == ["files/0", "files/1", "statement.json"]
        assert json.loads(zipped.read("statement.json"))["schema"] == statements.SCHEMA


def test_unpacked_and_packed_again_it_has_the_same_bytes(tmp_path: Path) -> None:
    found = made(tmp_path)
    with bundles.drafted(tmp_path / "here") as draft:
        bundle = unpack(found.path, draft, item=found.item)
        assert bundle.media is not None
        assert bundle.media.name == "0.jpg"
        assert bundle.media.read_bytes() == (tmp_path / "harbour.jpg").read_bytes()
        assert [path.name for path in bundle.evidence] == ["1.txt"]
        again = pack(draft, found.item, tmp_path / "again.zip")
    assert again.path.read_bytes() == found.path.read_bytes()
    assert not list((tmp_path / "here").iterdir())


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
STATEMENTS = st.builds(
    Statement,
    media=st.just(A),
    claim=st.text(st.characters(codec="utf-8"), max_size=60),
    choice=st.sampled_from(Choice),
    reason=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200).filter(str.strip),
    links=st.lists(st.sampled_from(["https://example.org/a?b=c", "http://[::1]/x"]), max_size=4).map(tuple),
    report=st.none() | st.tuples(st.just(A), st.integers(1, statements.MOST_REPORT)),
    files=st.lists(
        st.builds(Stated, NAMES.map(statements.safe_name), st.sampled_from([A, "b" * 64]), st.integers(1, 2**20)),
        max_size=5,
    ).map(tuple),
)


@given(STATEMENTS)
@settings(deadline=None)
def test_statements_come_back(statement: Statement) -> None:
    raw = statements.to_bytes(statement)
    assert statements.parse(raw) == statement
    assert statements.to_bytes(statements.parse(raw)) == raw


@given(st.text(max_size=300))
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    safe = statements.safe_name(name)
    assert statements.safe_name(safe) == safe
    assert 0 < len(safe) <= statements.LONGEST_NAME
    assert not set(safe) & set("/\\\n\x00\u202e")


@given(st.binary(max_size=300))
def test_bytes_that_are_no_statement_are_refused(raw: bytes) -> None:
    assert code(statements.parse, raw) == "not-a-bundle"


@given(st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_documents_that_are_no_statement_are_refused(value: object) -> None:
    good = json.loads(statements.to_bytes(Statement(A, reason="why", files=(Stated("a", A, 1, Role.MEDIA),))))
    for key in ("case", "choice", "links", "report", "files", "schema"):
        is_choice = key == "choice" and isinstance(value, str) and value in set(Choice)
        if value == good[key] or is_choice or (key == "files" and value == []) or (key == "report" and value is None):
            continue
        try:
            raw = canonical.dumps({**good, key: value})
        except canonical.CanonicalError:
            continue
        assert code(statements.parse, raw) == "not-a-bundle"


# --- a bit


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "m.png").write_bytes(b"\x89PNG not a picture, and it does not matter here")
    (folder / "n.txt").write_bytes(b"note")
    found = make(folder / "e.zip", Contents("why", folder / "m.png", files=(folder / "n.txt",)))
    return found.path.read_bytes(), found.item


@given(st.data())
@settings(QUIET, max_examples=300)
def test_any_bit_that_is_another_is_refused(small: tuple[bytes, str], tmp_path: Path, data: st.DataObject) -> None:
    raw, item = small
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    changed = bytearray(raw)
    changed[at // 8] ^= 1 << at % 8
    path = tmp_path / "changed.zip"
    path.write_bytes(changed)
    assert code(read, path, item=item) in {"not-a-bundle", "other-item", "other-bytes"}


@given(st.data())
@settings(QUIET, max_examples=150)
def test_any_cut_or_addition_is_refused(small: tuple[bytes, str], tmp_path: Path, data: st.DataObject) -> None:
    raw, item = small
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, len(raw)))
    other = raw[:begin] + data.draw(st.binary(max_size=20)) + raw[end:]
    if other == raw:
        return
    path = tmp_path / "changed.zip"
    path.write_bytes(other)
    assert code(read, path, item=item) in {"not-a-bundle", "other-item", "other-bytes"}


@given(st.data())
@settings(QUIET, max_examples=60)
def test_any_bit_of_a_folder_that_is_another_is_refused(
    small: tuple[bytes, str], tmp_path: Path, data: st.DataObject
) -> None:
    raw, item = small
    (tmp_path / "e.zip").write_bytes(raw)
    with bundles.drafted(tmp_path / "here") as draft:
        unpack(tmp_path / "e.zip", draft, item=item)
        path = data.draw(st.sampled_from(sorted(p for p in draft.rglob("*") if p.is_file())))
        held = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(held) * 8 - 1))
        held[at // 8] ^= 1 << at % 8
        path.write_bytes(held)
        assert code(read, draft, item=item) == "damaged"


def test_a_bundle_with_another_item_is_refused(small: tuple[bytes, str], tmp_path: Path) -> None:
    (tmp_path / "e.zip").write_bytes(small[0])
    assert code(read, tmp_path / "e.zip", item=A) == "other-item"
    assert code(read, tmp_path / "none.zip", item=A) == "missing"
    assert code(read, tmp_path, item=A) == "damaged"


# --- hostile


def zipped(path: Path, parts: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as out:
        for name, data in parts:
            out.writestr(name, data)
    return path


def stating(**more: object) -> tuple[bytes, str]:
    files = [{"name": "m", "sha256": "e3" * 32, "bytes": 4, "role": "evidence"}]
    document = {
        "schema": statements.SCHEMA, "case": {"media": A, "claim": ""}, "choice": "", "reason": "why", "links": [],
        "report": None, "files": files,
    }  # fmt: skip
    raw = canonical.dumps(document | more)
    return raw, statements.item_of(raw)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [
        ["../../escaped", "statement.json"],
        ["/etc/passwd", "statement.json"],
        ["files/../../x", "statement.json"],
        ["files\\0", "statement.json"],
        ["files/0", "files/0", "statement.json"],
        ["files/0", "FILES/0", "statement.json"],
        ["statement.json", "files/0"],
        ["files/0", "files/1", "statement.json"],
        ["files/0", "report.json", "statement.json"],
        ["files/0", "statement.json", "z\u202etxt"],
        ["statement.json"],
        ["files/0"],
    ],
)
def test_a_zip_with_other_names_is_refused(tmp_path: Path, names: list[str]) -> None:
    raw, item = stating()
    path = zipped(tmp_path / "e.zip", [(n, raw if n == "statement.json" else b"1234") for n in names])
    assert code(read, path, item=item) == "not-a-bundle"
    with bundles.drafted(tmp_path / "here") as draft:
        assert code(unpack, path, draft, item=item) == "not-a-bundle"
    assert sorted(os.listdir(tmp_path)) == ["e.zip", "here"]


def test_a_bomb_is_refused_before_it_is_blown_up(tmp_path: Path) -> None:
    raw, item = stating()
    path = zipped(tmp_path / "e.zip", [("files/0", bytes(64 * 2**20)), ("statement.json", raw)], zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2**20
    assert code(read, path, item=item) == "not-a-bundle"


def test_a_file_that_says_it_has_two_gigabytes_is_refused(tmp_path: Path) -> None:
    raw, item = stating(files=[{"name": "m", "sha256": A, "bytes": 2**31, "role": "evidence"}])
    header = (
        struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, (20 << 9) | 33, 0, 2**31, 2**31, 7, 0) + b"files/0"
    )
    path = tmp_path / "e.zip"
    path.write_bytes(header + raw)
    assert code(read, path, item=item) == "not-a-bundle"


def test_a_bundle_of_more_than_two_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "e.zip"
    with path.open("wb") as file:
        file.truncate(statements.MOST_WHOLE + 2**21)  # sparse: nothing is written
    assert code(read, path) == "too-large"


def test_a_statement_that_states_more_than_it_may_is_refused(tmp_path: Path) -> None:
    big = {"name": "m", "sha256": A, "bytes": statements.MOST_WHOLE, "role": "evidence"}
    one = {"name": "m", "sha256": A, "bytes": 1, "role": "media"}
    wrong: list[dict[str, object]] = [
        {"files": [big, big]},
        {"files": [one] * 33},
        {"files": [one, one]},
        {"files": [{**one, "sha256": "b" * 64}]},
        {"files": [{**one, "name": "../m"}]},
        {"files": [{**one, "name": "m\u202egpj.exe"}]},
        {"files": [{**one, "bytes": 0}]},
        {"files": [{**one, "bytes": True}]},
        {"files": [{**one, "role": "other"}]},
        {"reason": " \n"},
        {"reason": "x" * 20_001},
        {"links": ["javascript:alert(1)"]},
        {"links": ["https://user:secret@example.org/"]},
        {"links": ["https://example.org/"] * 33},
        {"case": {"media": A, "claim": "x" * 1025}},
        {"case": {"media": A.upper(), "claim": ""}},
        {"report": {"sha256": A, "bytes": statements.MOST_REPORT + 1}},
        {"more": 1},
        {"schema": "other/1"},
    ]
    for more in wrong:
        assert code(statements.parse, stating(**more)[0]) == "not-a-bundle", more
    assert code(statements.parse, stating(schema="touchstone.evidence/2")[0]) == "newer"


def test_a_statement_has_one_spelling(tmp_path: Path) -> None:
    raw, _item = stating()
    for other in (raw + b"\n", b" " + raw, raw.replace(b'"reason":"why"', b'"reason":"why","reason":"why"')):
        assert code(statements.parse, other) == "not-a-bundle"


def test_a_report_of_another_file_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    report = report_on(home, picture(tmp_path / "other", 2))
    assert code(made, tmp_path, report=report) == "other-report"
    assert code(made, tmp_path, report=b"{}") == "bad-report"
    assert code(made, tmp_path, report=b" " * (statements.MOST_REPORT + 1)) == "large-report"
    # Whoever wrote the bundle by other means is refused as well.
    raw, item = stating(report={"sha256": statements.item_of(report), "bytes": len(report)}, files=[])
    path = tmp_path / "e.zip"
    with path.open("wb") as file:
        archive.write(file, {"statement.json": raw, "report.json": report})
    assert code(read, path, item=item) == "other-report"


# --- what cannot be made


def test_what_cannot_be_made_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    good = contents(tmp_path / "in")
    empty = tmp_path / "in" / "empty.jpg"
    empty.touch()
    fifo = tmp_path / "in" / "fifo"
    os.mkfifo(fifo)
    stopped = threading.Event()
    stopped.set()
    out = tmp_path / "out"
    wrong = {
        "empty-reason": replace(good, reason=" \n "),
        "long-reason": replace(good, reason="x" * 20_001),
        "bad-link": replace(good, links=("ftp://example.org",)),
        "many-links": replace(good, links=("https://example.org",) * 33),
        "many-files": replace(good, files=(tmp_path / "in" / "note.txt",) * 32),
        "long-claim": replace(good, claim="ä" * 513),
        "empty-file": replace(good, files=(empty,)),
        "changed": replace(good, sha256=A),
        "not-a-bundle": replace(good, reason="\ud800"),
    }
    for expected, one in wrong.items():
        assert code(make, out / "e.zip", one) == expected
    for path in (tmp_path / "gone", tmp_path / "in", fifo):
        assert code(make, out / "e.zip", replace(good, files=(path,))) == "no-file"
    assert code(make, out / "e.zip", good, cancel=stopped) == "stopped"
    assert not list(out.iterdir())


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert code(make, tmp_path / "file" / "e.zip", contents(tmp_path / "in")) == "unwritable"
