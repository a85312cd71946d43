"""Frames: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import io
import json
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from touchstone import wire
from touchstone.wire import Frame, FrameError, FrameType

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
FRAMES = st.builds(
    Frame,
    type=st.sampled_from(FrameType),
    body=st.dictionaries(st.text(max_size=8), JSON, max_size=5),
    blobs=st.dictionaries(st.text(max_size=64), st.binary(max_size=300), max_size=5),
)


def reading(data: bytes) -> Frame | None:
    return wire.read(io.BytesIO(data).read)


def framed(header: object, blobs: bytes = b"", *, magic: bytes = wire.MAGIC, total: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("!4sII", magic, len(raw), len(blobs) if total is None else total) + raw + blobs


def header(**fields: object) -> dict[str, object]:
    return {"type": "result", "body": {}, "blobs": []} | fields


@given(FRAMES)
def test_a_frame_comes_out_as_it_went_in(frame):
    assert reading(wire.encode(frame)) == frame


@given(FRAMES, FRAMES)
def test_frames_follow_each_other_without_a_gap(first, second):
    stream = io.BytesIO(wire.encode(first) + wire.encode(second))
    assert [wire.read(stream.read), wire.read(stream.read), wire.read(stream.read)] == [first, second, None]


@given(FRAMES, st.data())
def test_a_frame_that_is_cut_off_is_refused(frame, data):
    whole = wire.encode(frame)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(FrameError):
        reading(whole[:cut])


@given(FRAMES, st.data())
def test_a_damaged_frame_is_refused_or_still_a_frame(frame, data):
    whole = bytearray(wire.encode(frame))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = reading(bytes(whole))
    except FrameError:
        return
    assert isinstance(found, Frame)
    assert isinstance(found.body, dict)


@given(st.binary(max_size=400))
@example(b"TSF1" + b"\xff" * 8)
@example(struct.pack("!4sII", b"TSF1", 2, 0) + b"\xff\xfe")
@example(framed(b"[" * 60_000))
@example(framed(b'{"type":"result","body":{"x":NaN},"blobs":[]}'))
@example(framed(b'{"type":"result","body":{"x":' + b"9" * 5000 + b'},"blobs":[]}'))
def test_noise_is_refused_without_another_error(data):
    if not data:
        assert reading(data) is None
        return
    with pytest.raises(FrameError):
        reading(data)


@pytest.mark.parametrize(
    "bad",
    [
        framed(header(), magic=b"TSF0"),
        framed(header(type="order")),
        framed(header(type=["result"])),
        framed(header(type=None)),
        framed(header(body=[])),
        framed(header(blobs={})),
        framed(header(extra=1)),
        framed({"type": "result", "body": {}}),
        framed([]),
        framed(header(blobs=[["a", 1]]), b""),
        framed(header(blobs=[["a", 1]]), b"xy"),
        framed(header(blobs=[["a", -1], ["b", 2]]), b"x"),
        framed(header(blobs=[["a", True]]), b"x"),
        framed(header(blobs=[["a", 1.0]]), b"x"),
        framed(header(blobs=[["a", 1], ["a", 1]]), b"xy"),
        framed(header(blobs=[["a" * 65, 1]]), b"x"),
        framed(header(blobs=[["a"]])),
        framed(header(blobs=[[f"b{n}", 0] for n in range(wire.MAX_BLOBS + 1)])),
        framed(header(), total=wire.MAX_BLOB_TOTAL + 1),
        framed(header(), b"more than was announced", total=23),
        framed(b'{"type":"result","body":{},"blobs":[]}' + b" " * wire.MAX_HEADER),
    ],
)
def test_what_is_not_a_frame_is_refused(bad):
    with pytest.raises(FrameError):
        reading(bad)


def test_the_reader_never_asks_for_more_than_a_frame_may_hold():
    asked: list[int] = []
    stream = io.BytesIO(struct.pack("!4sII", wire.MAGIC, 2**32 - 1, 2**32 - 1) + b"x" * 100)

    def read(size: int) -> bytes:
        asked.append(size)
        return stream.read(size)

    with pytest.raises(FrameError):
        wire.read(read)
    assert asked == [12]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(FrameType.RESULT, {"x": "y" * wire.MAX_HEADER}),
        Frame(FrameType.RESULT, {}, {f"b{n}": b"" for n in range(wire.MAX_BLOBS + 1)}),
    ],
)
def test_what_is_too_large_is_not_sent(frame):
    with pytest.raises(FrameError):
        wire.encode(frame)


def test_a_frame_may_be_as_large_as_agreed_and_no_larger():
    overhead = len(wire.encode(Frame(FrameType.RESULT, {"x": ""}))) - 12
    header_full = Frame(FrameType.RESULT, {"x": "y" * (wire.MAX_HEADER - overhead)})
    assert reading(wire.encode(header_full)) == header_full
    with pytest.raises(FrameError):
        wire.encode(Frame(FrameType.RESULT, {"x": "y" * (wire.MAX_HEADER - overhead + 1)}))

    many = Frame(FrameType.RESULT, {}, {f"b{n}": b"" for n in range(wire.MAX_BLOBS)})
    assert reading(wire.encode(many)) == many
    named = Frame(FrameType.RESULT, {}, {"n" * 64: b"x"})
    assert reading(wire.encode(named)) == named

    half = bytes(wire.MAX_BLOB_TOTAL // 2)
    heavy = Frame(FrameType.RESULT, {}, {"a": half, "b": half})
    assert reading(wire.encode(heavy)) == heavy
    with pytest.raises(FrameError):
        wire.encode(Frame(FrameType.RESULT, {}, {"a": half, "b": half, "c": b"x"}))


def test_the_bounds_are_those_that_both_sides_were_built_for():
    assert (wire.MAX_HEADER, wire.MAX_BLOBS, wire.MAX_BLOB_TOTAL) == (65_536, 32, 67_108_864)
    assert wire.encode(Frame(FrameType.STEP, {"a": [1, 2]}))[12:] == b'{"type":"step","body":{"a":[1,2]},"blobs":[]}'


def test_numbers_that_json_lacks_are_not_sent():
    with pytest.raises(ValueError, match="JSON compliant"):
        wire.encode(Frame(FrameType.RESULT, {"x": float("nan")}))
