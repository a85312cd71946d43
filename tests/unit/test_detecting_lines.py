"""The file of lines that a run goes on in: whatever a stop or a stranger left in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.check.deciding import Choice
from touchstone.check.detecting_lines import (
    Line,
    LinesFile,
    NotLinesError,
    OtherDetectorsError,
    parse,
    path_text,
    read,
)

WANTED = ("ai-image", "splice")


def of(name: str, *witnesses: str) -> list[Line]:
    return [Line(name, "ab" * 32, w, 0.25, 0.5, Choice.NONE, "", w) for w in witnesses or WANTED]


def text(*groups: list[Line]) -> bytes:
    return "".join(f"{line.as_json()}\n" for group in groups for line in group).encode()


def continued(path: Path, names: list[str], wanted=WANTED) -> list[str]:
    """What is left of some files, which is then done."""
    with LinesFile(path, wanted) as kept:
        left = [str(p) for p in kept.left(map(Path, names))]
        for name in left:
            kept.add(of(path_text(Path(name)), *wanted))
    return left


@given(st.integers(0, 1200), st.lists(st.sampled_from(["a", "b", "b", "ä\udcff"]), min_size=1, max_size=4))
def test_wherever_it_was_cut_off_nothing_is_lost_and_nothing_done_twice(tmp_path_factory, cut, names):
    names = [f"{k}-{name}" for k, name in enumerate(names)] + ["twice", "twice"]
    path = tmp_path_factory.mktemp("lines") / "out.jsonl"
    continued(path, names)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    continued(path, names)
    assert path.read_bytes() == whole
    assert continued(path, names) == []


def test_a_clip_has_a_line_more(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(text(of("clip.mp4", *WANTED, "video"), of("a.jpg")))
    assert continued(path, ["clip.mp4", "a.jpg", "b.jpg"]) == ["b.jpg"]


@pytest.mark.parametrize("witnesses", [("voice",), ("ai-image",), ("ai-image", "face"), (*WANTED, "face")])
def test_lines_of_other_detectors_are_not_written_on(tmp_path, witnesses):
    path = tmp_path / "out"
    path.write_bytes(text(of("a", *witnesses), of("b", *witnesses)))
    with pytest.raises(OtherDetectorsError):
        LinesFile(path, WANTED)
    assert path.read_bytes() == text(of("a", *witnesses), of("b", *witnesses))


@pytest.mark.parametrize(
    "content",
    [
        b"my notes",
        b"my notes\n",
        b"{}\n",
        b"[1]\n",
        b"null\n",
        b"\xff\n",
        b"[" * 10_000 + b"\n",
        text(of("a")).replace(b'"none"', b'"maybe"'),
        text(of("a")).replace(b"0.25", b"NaN"),
        text(of("a")).replace(b"0.25", b"true"),
        text(of("a")).replace(b'"a"', b"7"),
    ],
)
def test_what_is_something_else_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "out"
    path.write_bytes(content)
    with pytest.raises(NotLinesError):
        LinesFile(path, WANTED)
    assert path.read_bytes() == content


def test_a_line_comes_back_as_it_was(tmp_path):
    line = Line("x\udcff\n\u2028", "", "face", None, 0.5, Choice.INCONCLUSIVE, "no-face", "")
    assert parse(line.as_json()) == line
    assert list(json.loads(line.as_json())) == [
        "path", "sha256", "witness", "score", "limit", "decision", "reason", "model"
    ]  # fmt: skip
    path = tmp_path / "out"
    path.write_bytes(text([line]) + b'{"path": ')
    assert read(path) == [line]


def test_two_runs_do_not_write_to_one_file(tmp_path):
    path = tmp_path / "out"
    with LinesFile(path, WANTED) as kept:
        kept.add(of("a"))
        with pytest.raises(BlockingIOError):
            LinesFile(path, WANTED)
    assert continued(path, ["a", "b"]) == ["b"]
