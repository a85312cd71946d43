"""A pixels worker is not believed: its replies keep to the bounds, or count for nothing."""

import copy
import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone import filefacts
from touchstone.check import pixels
from touchstone.check.sandbox import WorkerError
from touchstone.report import Kind, Media, Status, Witness
from touchstone.texts import facts as words
from touchstone.wire import WorkerFailure

HASH = "0123456789abcdef" * 4
BODY = {
    "media": {
        "width": 40, "height": 30, "duration": None, "fps": None, "format": "jpeg", "frames": 1, "has_alpha": False,
    },
    "fingerprints": {"pdq": HASH, "pdq_quality": 99, "pdq_orientations": [HASH] * 8, "pipeline": "pdq/1"},
    "facts": {
        "declares_ai": "yes", "basis": "parameters", "generator": "comfyui", "software": "gimp",
        "source_type": "composite", "gps": True, "thumbnail": "matches",
        "jpeg": {"tables": "standard", "quality": 90, "sampling": "4:2:0", "progressive": False},
        "streams": {"video": 1, "audio": 1, "channels": 2, "sample_rate": 44100, "bit_rate": None},
        "notes": ["truncated", "c2pa-bytes"],
        "untrusted": {"make": "Maker", "location": "1.0, 2.0"},
        "untrusted_texts": [["prompt", "a boat"]],
    },
    "thumbnails": {"thumbnail": [4, 3], "thumbnail-small": [2, 1]},
}  # fmt: skip
BLOBS = {"thumbnail": bytes(36), "thumbnail-small": bytes(6)}


def frame(**fields: object) -> dict:
    return {"time": 0.5, "pdq": HASH, "pdq_orientations": [HASH] * 8, "quality": 3} | fields


VIDEO = {"pdq_frames": [frame()] * 16, "pipeline": "pdq/1"}


def changed(path: str, value: object) -> dict:
    body = copy.deepcopy(BODY)
    *parents, last = path.split(".")
    place = body
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def taken(parse, body, blobs=BLOBS):
    """What the parser makes of a reply, or None where it refuses it in the way it should."""
    try:
        return parse(body, blobs)
    except WorkerError as error:
        if error.failure is not WorkerFailure.PROTOCOL:
            raise
        return None


def refused(body, blobs=BLOBS) -> bool:
    return taken(pixels.parse, body, blobs) is None


def test_a_reply_within_bounds_fills_media_details_and_pictures():
    reply = pixels.parse(copy.deepcopy(BODY), BLOBS)
    media = Media("x", 1, "", Kind.IMAGE, "image/jpeg", **pixels.media_fields(reply))
    assert (media.width, media.height, media.duration) == (40, 30, None)
    assert media.fingerprints["pdq"] == HASH
    assert (reply.pictures["thumbnail"].width, reply.pictures["thumbnail"].height) == (4, 3)
    finding = pixels.facts_finding(reply, took_ms=12)
    assert (finding.witness, finding.status, finding.took_ms) == (Witness.FACTS, Status.DONE, 12)
    assert finding.code == "file-says-ai"
    assert finding.params == {"generator": "comfyui", "source_type": "composite", "basis": "parameters"}
    assert finding.details["untrusted_make"] == "Maker"
    assert "untrusted" not in finding.details
    assert json.loads(json.dumps(asdict(finding))) == asdict(finding)


def test_frames_of_a_video_have_fingerprints_of_their_own():
    reply = pixels.parse(changed("fingerprints", VIDEO), BLOBS)
    assert len(pixels.media_fields(reply)["fingerprints"]["pdq_frames"]) == 16
    assert not refused(changed("fingerprints", {}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("media", ...),
        ("media.width", ...),
        ("media.width", 0),
        ("media.width", -5),
        ("media.width", 1.5),
        ("media.width", True),
        ("media.width", "40"),
        ("media.width", 10**12),
        ("media.duration", float("nan")),
        ("media.duration", float("inf")),
        ("media.duration", -1),
        ("media.duration", 1e9),
        ("media.format", "JPEG"),
        ("media.format", "<b>"),
        ("media.has_alpha", 1),
        ("media.more", 1),
        ("more", {}),
        ("fingerprints.pdq", "zz"),
        ("fingerprints.pdq", HASH.upper()),
        ("fingerprints.pdq", HASH + "\n"),
        ("fingerprints.pdq_quality", 101),
        ("fingerprints.pdq_orientations", [HASH] * 7),
        ("fingerprints.pdq_orientations", [HASH] * 9),
        ("fingerprints.pipeline", ...),
        ("fingerprints", {"pdq_frames": [], "pipeline": "pdq/1"}),
        ("fingerprints", VIDEO | {"pdq_frames": VIDEO["pdq_frames"] * 2}),
        ("fingerprints", VIDEO | {"pdq": HASH}),
        ("fingerprints", VIDEO | {"pdq_frames": [{"time": 0.5, "pdq": HASH, "quality": 3}]}),
        ("fingerprints", VIDEO | {"pdq_frames": [frame(pdq_orientations=[HASH] * 7 + [HASH.upper()])]}),
        ("fingerprints", VIDEO | {"pdq_frames": [frame(pdq_orientations=[[HASH]] * 8)]}),
        ("fingerprints", VIDEO | {"pdq_frames": [frame(pdq_orientations=HASH)]}),
        ("facts.declares_ai", "maybe"),
        ("facts.declares_ai", None),
        ("facts.generator", "a new one"),
        ("facts.generator", ["comfyui"]),
        ("facts.source_type", "paintedByACat"),
        ("facts.thumbnail", None),
        ("facts.gps", "yes"),
        ("facts.jpeg", {}),
        ("facts.jpeg.quality", 0),
        ("facts.jpeg.sampling", "4:2:7"),
        ("facts.streams.sample_rate", -1),
        ("facts.streams.more", 1),
        ("facts.notes", ["something else"]),
        ("facts.notes", ["truncated"] * 50),
        ("facts.untrusted.make", "x" * (filefacts.MAX_TEXT + 1)),
        ("facts.untrusted.make", 7),
        ("facts.untrusted.anything", "x"),
        ("facts.untrusted_texts", [["a", "b"]] * (filefacts.MAX_TEXTS + 1)),
        ("facts.untrusted_texts", [["a"]]),
        ("facts.untrusted_texts", [["a" * 41, "b"]]),
        ("facts.untrusted_texts", [["a", "b" * 301]]),
        ("facts.sentence", "Trust me."),
        ("thumbnails.thumbnail", [4, 4]),
        ("thumbnails.thumbnail", [4]),
        ("thumbnails.thumbnail", [0, 0]),
        ("thumbnails.thumbnail", [-4, -3]),
        ("thumbnails.thumbnail", [100_000, 100_000]),
        ("thumbnails.thumbnail-small", [97, 1]),
        ("thumbnails.thumbnail-small", ...),
        ("thumbnails.other", [1, 1]),
    ],
)
def test_one_value_out_of_bounds_refuses_the_reply(path, value):
    assert refused(changed(path, value))


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        ("media.width", 1, 10**9),
        ("media.height", 1, 10**9),
        ("media.frames", 1, 10**9),
        ("media.duration", 0, 10**7),
        ("media.fps", 0, 10_000),
        ("fingerprints.pdq_quality", 0, 100),
        ("facts.jpeg.quality", 1, 100),
        ("facts.streams.video", 0, 4096),
        ("facts.streams.audio", 0, 4096),
        ("facts.streams.channels", 0, 1024),
        ("facts.streams.sample_rate", 0, 10_000_000),
        ("facts.streams.bit_rate", 0, 10**12),
    ],
)
def test_a_number_may_reach_its_bounds_and_no_further(path, least, most):
    assert [refused(changed(path, n)) for n in (least - 1, least, most, most + 1)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("path", "make", "least", "most"),
    [
        ("facts.notes", lambda n: ["truncated"] * n, 0, len(filefacts.Note)),
        ("facts.untrusted_texts", lambda n: [["a", "b"]] * n, 0, filefacts.MAX_TEXTS),
        ("facts.untrusted_texts", lambda n: [["a" * n, "b"]], 0, filefacts.MAX_KEY),
        ("facts.untrusted_texts", lambda n: [["a", "b" * n]], 0, filefacts.MAX_TEXT),
        ("facts.untrusted_texts", lambda n: [["a"] * n], 2, 2),
        ("facts.untrusted.make", lambda n: "x" * n, 0, filefacts.MAX_TEXT),
        ("fingerprints.pdq", lambda n: "0" * n, 64, 64),
        ("fingerprints.pdq_orientations", lambda n: [HASH] * n, 8, 8),
        ("fingerprints", lambda n: VIDEO | {"pdq_frames": VIDEO["pdq_frames"][:1] * n}, 1, filefacts.MAX_FRAMES),
        ("fingerprints", lambda n: VIDEO | {"pdq_frames": [frame(time=n)]}, 0, 10**7),
        ("fingerprints", lambda n: VIDEO | {"pdq_frames": [frame(quality=n)]}, 0, 100),
        ("fingerprints", lambda n: VIDEO | {"pdq_frames": [frame(pdq_orientations=[HASH] * n)]}, 8, 8),
        ("fingerprints", lambda n: VIDEO | {"pdq_frames": [frame(pdq_orientations=["0" * n] * 8)]}, 64, 64),
        ("media.format", lambda n: "x" * n, 1, 16),
    ],
)
def test_a_list_or_a_string_may_be_as_long_as_agreed_and_no_longer(path, make, least, most):
    assert [refused(changed(path, make(n))) for n in (least, most, most + 1)] == [False, False, True]
    below = make(least - 1)
    assert below == make(least) or refused(changed(path, below))  # nothing is shorter than an empty list


@pytest.mark.parametrize("name", ["thumbnail", "thumbnail-small"])
@pytest.mark.parametrize("shape", [lambda n: [n, 1], lambda n: [1, n]])
def test_a_picture_may_reach_its_bounds_and_no_further(name, shape):
    most = {"thumbnail": filefacts.THUMBNAIL, "thumbnail-small": filefacts.THUMBNAIL_SMALL}[name]
    for side, too_large in ((1, False), (most, False), (most + 1, True)):
        assert refused(changed(f"thumbnails.{name}", shape(side)), BLOBS | {name: bytes(3 * side)}) is too_large


@pytest.mark.parametrize(
    "path",
    [
        "media.width", "media.height", "media.duration", "media.fps", "media.format", "media.frames", "facts.basis",
        "facts.generator", "facts.software", "facts.source_type", "facts.jpeg", "facts.jpeg.quality",
        "facts.jpeg.sampling", "facts.streams.channels", "facts.streams.sample_rate", "facts.streams.bit_rate",
    ],
)  # fmt: skip
def test_what_need_not_be_known_may_be_left_empty(path):
    assert not refused(changed(path, None))


@pytest.mark.parametrize(
    "blobs",
    [
        {},
        {"thumbnail": bytes(36)},
        BLOBS | {"other": b""},
        BLOBS | {"thumbnail": bytes(35)},
        BLOBS | {"thumbnail": b""},
    ],
)
def test_pictures_are_of_the_announced_size(blobs):
    assert refused(BODY, blobs)


@pytest.mark.parametrize("body", [None, [], "x", 3, {}, {"media": None}, {"media": BODY["media"]}])
def test_what_is_no_reply_is_refused(body):
    assert refused(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def paths(value: object, prefix: tuple = ()) -> list[tuple]:
    found = [prefix] if prefix else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*prefix, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths(inner, (*prefix, index))
    return found


CLIP = changed("fingerprints", VIDEO | {"pdq_frames": [frame()]})


@settings(max_examples=300, deadline=None)
@given(st.one_of(*(st.tuples(st.just(body), st.sampled_from(paths(body))) for body in (BODY, CLIP))), JSON)
def test_any_value_anywhere_is_refused_or_makes_a_sound_finding(where, value):
    body, path = copy.deepcopy(where[0]), where[1]
    place = body
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    reply = taken(pixels.parse, body)
    if reply is None:
        return
    finding = pixels.facts_finding(reply)
    json.dumps(asdict(finding), allow_nan=False)
    assert len(json.dumps(finding.details)) < 64 * 1024
    assert words.sentence(finding)
    assert all(label and shown for label, shown in words.rows(finding))


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_refused_or_understood(body):
    assert refused(body)


@given(st.integers(-10, 700), st.integers(-10, 700), st.binary(max_size=64))
def test_a_picture_of_a_manifest_is_small_and_of_its_size(width, height, data):
    body = {"thumbnails": {"thumbnail": [width, height]}, "alpha": False}
    picture = taken(pixels.parse_thumbnail, body, {"thumbnail": data})
    if picture is None:
        return
    assert 0 < picture.width <= 320
    assert len(picture.rgb) == picture.width * picture.height * 3


def test_a_whole_picture_of_a_manifest_is_taken():
    body = {"thumbnails": {"thumbnail": [3, 2]}, "alpha": True}
    assert pixels.parse_thumbnail(body, {"thumbnail": bytes(18)}).width == 3
    with pytest.raises(WorkerError):
        pixels.parse_thumbnail({**body, "more": 1}, {"thumbnail": bytes(18)})
    with pytest.raises(WorkerError):
        pixels.parse_thumbnail({**body, "thumbnails": {"thumbnail": [321, 1]}}, {"thumbnail": bytes(963)})


@pytest.mark.parametrize("shape", [lambda n: [n, 1], lambda n: [1, n]])
def test_a_picture_of_a_manifest_may_reach_its_bounds_and_no_further(shape):
    most = filefacts.THUMBNAIL_MANIFEST
    for side, too_large in ((1, False), (most, False), (most + 1, True)):
        body = {"thumbnails": {"thumbnail": shape(side)}, "alpha": False}
        assert (taken(pixels.parse_thumbnail, body, {"thumbnail": bytes(3 * side)}) is None) is too_large


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "file-says-ai"),
        ({"declares_ai": "unknown", "notes": ["undecodable"]}, "undecodable"),
        ({"declares_ai": "unknown", "thumbnail": "differs"}, "thumbnail-differs"),
        ({"declares_ai": "unknown"}, "truncated"),
        ({"declares_ai": "no", "notes": []}, "states-source"),
        ({"declares_ai": "unknown", "notes": []}, "metadata"),
        ({"declares_ai": "unknown", "notes": [], "untrusted": {}, "untrusted_texts": []}, "nothing"),
    ],
)
def test_the_most_telling_fact_makes_the_sentence(changes, code):
    body = changed("facts", BODY["facts"] | changes)
    finding = pixels.facts_finding(pixels.parse(body, BLOBS))
    assert finding.code == code
    assert words.sentence(finding)
    said = " ".join([words.sentence(finding), *words.notes(finding)]).casefold()
    assert not {"authentic", "genuine", "real", "fake"} & set(said.replace(".", " ").replace(",", " ").split())


def test_every_word_of_the_vocabulary_has_words():
    for note in filefacts.Note:
        assert words.note(str(note))
    for kind in filefacts.SourceType:
        assert words.source_type(str(kind)) != words.source_type("something else")
    for software in filefacts.Software:
        body = changed("facts.software", str(software))
        finding = pixels.facts_finding(pixels.parse(body, BLOBS))
        assert dict(words.rows(finding))["Program"]


CUT = {
    "media": {
        "width": 40, "height": 30, "duration": None, "fps": None, "format": "png", "frames": 1, "has_alpha": False,
    },
    "notes": [],
    "arrays": {"shapes": {"view": [2, 2, 3], "crops": [1, 2, 2, 3]}, "places": [[0, 0, 1, 1]], "times": []},
}  # fmt: skip
CUT_BLOBS = {"view": bytes(12), "crops": bytes(12)}


def test_a_reply_within_bounds_is_taken():
    assert pixels.parse_arrays(CUT, CUT_BLOBS).shapes == {"view": (2, 2, 3), "crops": (1, 2, 2, 3)}


@pytest.mark.parametrize(
    "arrays",
    [
        {"shapes": {"view": [2, 2, 3]}},
        {"shapes": {"view": [2, 3], "crops": [1, 2, 2, 3]}},
        {"shapes": {"view": [2, 2, 4], "crops": [1, 2, 2, 3]}},
        {"shapes": {"view": [2, 2, 3], "crops": [2, 2, 3]}},
        {"shapes": {"view": [2, 2, 3], "crops": [10, 2, 2, 3]}},
        {"shapes": {"view": [2, 2, 3], "crops": [1, 2, 2, 3], "detail": [1281, 1, 3]}},
        {"shapes": {"view": [2, 2, 3], "crops": [1, 2, 2, 3], "other": [1, 1, 3]}},
        {"shapes": {"view": [2, 3, 3], "crops": [1, 2, 2, 3]}},
        {"places": []},
        {"places": [[0, 0, 1, 1.5]]},
        {"places": [[0, 0, 1, float("nan")]]},
        {"times": [0.5]},
    ],
)
def test_a_reply_outside_of_bounds_is_refused(arrays):
    with pytest.raises(WorkerError):
        pixels.parse_arrays(CUT | {"arrays": CUT["arrays"] | arrays}, CUT_BLOBS)


def test_arrays_that_were_not_announced_are_refused():
    with pytest.raises(WorkerError):
        pixels.parse_arrays(CUT, CUT_BLOBS | {"more": b"x"})
