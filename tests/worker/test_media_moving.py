"""Video and audio: tracks, tags, sampled frames, and what must not be followed or waited for."""

import io
import json
import struct
import time

import numpy as np
import pytest
from tests import media_files as make
from tests.worker.reading import read

from touchstone.media import containers, handler, moving, streams
from touchstone.media.facts import Facts
from touchstone.texts import facts as words
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError

CLIPS = [(".mp4", "mp4v"), (".mov", "mp4v"), (".mkv", "mp4v"), (".webm", "VP80"), (".webm", "VP90"), (".avi", "MJPG")]


def failure(data: bytes, mime: str, kind: str = "video") -> WorkerFailure:
    request = {"op": "read", "kind": kind, "mime": mime}
    handler.preload(request)
    with pytest.raises(JobError) as raised:
        handler.handle(Job(request, [io.BytesIO(data)]))
    return raised.value.failure


@pytest.mark.parametrize(("suffix", "codec"), CLIPS)
def test_each_container_has_size_length_and_sampled_frames(suffix, codec):
    found = read(make.clip(suffix, codec, frames=100))
    media = found.reply.media
    assert (media["width"], media["height"]) == (160, 120)
    assert media["duration"] == pytest.approx(4.0, abs=0.1)
    frames = media["fingerprints"]["pdq_frames"]
    assert len(frames) == 16
    times = [frame["time"] for frame in frames]
    assert times == sorted(times)
    assert times[0] < 0.3
    assert times[-1] > 3.6
    assert len({frame["pdq"] for frame in frames}) > 10
    assert max(frame["quality"] for frame in frames) >= 10
    assert (found.reply.pictures["thumbnail"].width, found.reply.pictures["thumbnail-small"].width) == (160, 96)
    assert found.details["streams"]["video"] == 1
    assert found.details["frames"] == 100
    assert found.notes == []


def test_frames_are_red_green_blue_and_the_right_way_up():
    found = read(make.clip(frames=1))
    shown = np.frombuffer(found.reply.pictures["thumbnail"].rgb, np.uint8).reshape(120, 160, 3).astype(int)
    expected = make.scene(120, 162, 5)[:, :160].astype(int) // 2
    assert np.abs(shown - expected).mean() < 12
    assert np.abs(shown - expected[..., ::-1]).mean() > 1.5 * np.abs(shown - expected).mean()


def test_frames_have_the_fingerprints_of_all_eight_ways_to_turn_them():
    frames = read(make.shots()).reply.media["fingerprints"]["pdq_frames"]
    assert len(frames) == 16
    assert all(frame["pdq"] == frame["pdq_orientations"][0] and frame["quality"] >= 50 for frame in frames)
    seen = []
    for way in range(8):
        copy = read(make.shots(way=way, size=(480, 360))).reply.media["fingerprints"]["pdq_frames"]
        apart = [
            [moving.pdq.distance(turned, ours["pdq"]) for turned in theirs["pdq_orientations"]]
            for ours, theirs in zip(frames, copy, strict=True)
        ]
        near = {frame.index(min(frame)) for frame in apart}
        assert len(near) == 1  # the same for every frame
        assert sum(min(frame) <= 31 for frame in apart) > 12
        seen += near
    assert sorted(seen) == list(range(8))


def test_the_fingerprints_of_a_clip_are_small():
    found = read(make.shots()).reply.media["fingerprints"]
    assert len(json.dumps(found)) < 12_000


@pytest.mark.parametrize("frames", [1, 2, 15, 16, 17, 250])
def test_clips_of_any_length_are_sampled_from_one_end_to_the_other(frames):
    found = read(make.clip(frames=frames))
    sampled = found.reply.media["fingerprints"]["pdq_frames"]
    assert len(sampled) == min(frames, 16)
    assert sampled[-1]["time"] >= (frames - 1 - frames / 16) / 25 - 0.05
    assert found.notes == []


def test_frames_that_were_sought_are_those_that_were_counted():
    data = make.clip(frames=250)
    sampled = read(data).reply.media["fingerprints"]["pdq_frames"]
    whole = []
    with moving.capture(io.BytesIO(data)) as opened:
        while (got := opened.read())[0]:
            whole.append(got[1])
    for k, frame in enumerate(sampled):
        rgb = np.ascontiguousarray(whole[int((k + 0.5) * 250 / 16)][..., ::-1])
        assert frame["pdq"] == moving.pdq.fingerprint(rgb).hash


def test_a_turned_clip_has_the_size_it_is_shown_in():
    data = bytearray(make.clip(frames=4))
    at = data.index(b"tkhd") + 4 + 40
    assert struct.unpack_from(">i", data, at)[0] == 0x10000
    struct.pack_into(">9i", data, at, 0, 0x10000, 0, -0x10000, 0, 0, 120 << 16, 0, 0x40000000)
    found = read(bytes(data))
    assert (found.reply.media["width"], found.reply.media["height"]) == (120, 160)
    assert found.reply.pictures["thumbnail"].height == 160


SOUNDS = [
    ("wav", lambda: make.wav(2.0, 44100), 2.0, 44100, "PCM"),
    ("mp3", lambda: make.mp3(100), 2.6, 44100, "MPEG Audio"),
    ("flac", lambda: make.flac(3), 3.0, 44100, "FLAC"),
    ("opus", lambda: make.opus(2), None, 48000, "Opus"),
]


@pytest.mark.parametrize(("name", "made", "seconds", "rate", "codec"), SOUNDS, ids=[s[0] for s in SOUNDS])
def test_sound_has_length_channels_and_codec(name, made, seconds, rate, codec):
    found = read(made())
    assert found.details["untrusted_audio_codec"] == codec
    assert found.details["streams"]["sample_rate"] == rate
    assert found.details["streams"]["channels"] == 2
    assert found.details["streams"]["video"] == 0
    if seconds is not None:
        assert found.reply.media["duration"] == pytest.approx(seconds, abs=0.1)
    assert found.reply.media["width"] is None
    assert found.reply.pictures == {}
    assert dict(words.rows(found.finding))["Sound"]


@pytest.mark.parametrize(
    ("data", "generator"),
    [
        (make.mp3(10, [("TIT2", "Blue"), ("COMM", "made with suno; created=2026-01-01")]), "suno"),
        (make.mp3(10, [("TSSE", "Udio")]), "udio"),
        (make.riff_info(make.wav(), ISFT="ElevenLabs 2"), "elevenlabs"),
        (make.riff_info(make.wav(), ICMT="Created with Stable Audio"), "stable-audio"),
        (make.flac(1, {"ENCODER": "Suno AI"}), "suno"),
        (make.mp3(10, [("TIT2", "Suno"), ("TPE1", "Sora and the Runways")]), None),
        (make.mp3(10, [("TSSE", "LAME 64bits version 3.100")]), None),
    ],
    ids=["suno", "udio", "elevenlabs", "stable audio", "flac", "names in a title", "lame"],
)
def test_generators_of_sound_are_known_by_their_tags(data, generator):
    found = read(data)
    assert found.details["generator"] == generator
    assert found.details["declares_ai"] == ("unknown" if generator is None else "yes")


def test_tags_of_a_video_are_read():
    found = read(make.with_tags(make.clip(frames=3), too="Lavf61.7.100", nam="A title"))
    assert (found.details["software"], found.details["generator"]) == ("libav", None)
    assert ["tag:Title", "A title"] in found.details["untrusted_texts"]
    graph = read(make.with_tags(make.clip(frames=3), cmt=make.COMFY_PROMPT))
    assert graph.details["generator"] == "comfyui"
    assert read(make.with_tags(make.clip(frames=3), too="OpenAI Sora")).details["generator"] == "sora"


def test_camera_and_place_of_a_video_are_read():
    found = read(make.with_tags(make.clip(frames=3), xyz="+27.5916+086.5640/", mak="Maker", mod="Phone 9"))
    assert found.details["gps"] is True
    assert found.details["untrusted_location"].startswith("+27.5916")
    facts = Facts()
    containers.gather(
        [{"@type": "General", "extra": {"com_apple_quicktime_make": "Maker", "x_model": "Phone 9"}}], facts
    )
    assert (facts.shown["make"], facts.shown["model"]) == ("Maker", "Phone 9")


def test_source_types_in_the_xmp_of_containers_are_read():
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    packet = make.source_type("trainedAlgorithmicMedia")
    video = read(make.clip(frames=2) + make.box(b"uuid", uuid, packet))
    assert (video.details["source_type"], video.finding.code) == ("trainedAlgorithmicMedia", "file-says-ai")
    sound = make.wav()
    packet += b" " * (len(packet) & 1)
    sound = sound[:4] + struct.pack("<I", len(sound) + len(packet)) + sound[8:]
    sound += b"_PMX" + struct.pack("<I", len(packet)) + packet
    assert read(sound).details["source_type"] == "trainedAlgorithmicMedia"


def test_bytes_of_credentials_are_seen():
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    assert "c2pa-bytes" in read(make.clip(frames=2) + make.box(b"uuid", uuid, bytes(40))).notes
    sound = make.wav() + b"C2PA" + struct.pack("<I", 4) + bytes(4)
    assert "c2pa-bytes" in read(sound).notes


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.mp4"
    path.write_bytes(make.clip(frames=5))
    return path


@pytest.mark.parametrize(
    "mime", ["video/mp4", "video/x-matroska", "video/x-msvideo", "video/mp2t", "audio/mpeg", "audio/wav"]
)
def test_playlists_lead_nowhere_whatever_they_are_taken_for(secret, mime):
    for text in (
        f"ffconcat version 1.0\nfile {secret}\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{secret}\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n{secret}\n",
        f"[playlist]\nFile1={secret}\n",
        f"file '{secret}'\n",
    ):
        kind = "video" if mime.startswith("video") else "audio"
        assert failure(text.encode(), mime, kind) is WorkerFailure.UNREADABLE
        with moving.capture(io.BytesIO(text.encode())) as opened:
            assert not opened.isOpened()


def test_a_movie_that_keeps_its_frames_in_another_file_has_none(secret):
    data = make.clip(".mov", frames=5)
    reference = struct.pack(">II", 0, 1) + make.box(b"url ", bytes(4), f"file://{secret}".encode() + b"\0")
    at = data.rindex(b"dref") - 4
    (size,) = struct.unpack_from(">I", data, at)
    grown = make.box(b"dref", reference)
    changed = bytearray(data[:at] + grown + data[at + size :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        place = changed.rindex(name, 0, at) - 4
        struct.pack_into(">I", changed, place, struct.unpack_from(">I", changed, place)[0] + len(grown) - size)
    mdat = changed.index(b"mdat")
    changed[mdat + 4 : at - 600] = bytes(at - 600 - mdat - 4)
    found = read(bytes(changed))
    assert found.reply.media["fingerprints"] == {}
    assert "no-frames" in found.notes


def test_only_named_formats_are_opened():
    for data in (make.gif(3), make.jpeg(), make.saved(make.image(), "PNG"), b"P6 2 2 255 " + bytes(12)):
        with moving.capture(io.BytesIO(data)) as opened:
            assert not opened.isOpened()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_clip_that_is_cut_off_says_so_or_cannot_be_read(share):
    for suffix, codec in ((".webm", "VP80"), (".avi", "MJPG"), (".mkv", "mp4v")):
        whole = make.clip(suffix, codec, frames=60)
        found = read(whole[: int(len(whole) * share)])
        assert found.reply.media["width"] == 160
        assert {"truncated", "no-frames"} & set(found.notes) or len(
            found.reply.media["fingerprints"]["pdq_frames"]
        ) < 16
    whole = make.clip(frames=60)
    assert failure(whole[: int(len(whole) * share)], "video/mp4") is WorkerFailure.UNREADABLE


@pytest.mark.parametrize(
    ("data", "mime", "kind"),
    [
        (b"", "video/mp4", "video"),
        (b"", "audio/mpeg", "audio"),
        (np.random.default_rng(1).bytes(9000), "video/x-matroska", "video"),
        (np.random.default_rng(1).bytes(9000), "audio/mpeg", "audio"),
        (make.box(b"ftyp", b"isom", bytes(4)), "video/mp4", "video"),
        (b"\x1a\x45\xdf\xa3\x8f\x42\x82\x84webm", "video/webm", "video"),
        (b"fLaC", "audio/flac", "audio"),
        (make.jpeg(), "video/mp4", "video"),
        (make.wav(), "video/mp4", "video"),
        (b"x" * 100, "video/of-no-known-type", "video"),
    ],
)
def test_what_is_no_clip_is_unreadable(data, mime, kind):
    assert failure(data, mime, kind) is WorkerFailure.UNREADABLE


def header_only(duration: int, width: int = 160, height: int = 120) -> bytes:
    """A movie whose boxes promise what they like and hold nothing."""
    data = bytearray(make.clip(frames=2))
    struct.pack_into(">I", data, data.index(b"mvhd") + 4 + 16, duration)
    struct.pack_into(">II", data, data.index(b"tkhd") + 4 + 76, width << 16 & 0xFFFFFFFF, height << 16 & 0xFFFFFFFF)
    return bytes(data)


def test_a_header_that_promises_years_costs_no_time():
    started = time.monotonic()
    found = read(header_only(0xFFFFFFFF))
    assert time.monotonic() - started < 3
    assert found.reply.media["duration"] is None or 0 <= found.reply.media["duration"] <= 1e7


def test_frames_of_more_pixels_than_are_decoded_are_too_large():
    data = bytearray(make.clip(".avi", "MJPG", frames=2))
    at = data.index(b"strf") + 8
    struct.pack_into("<ii", data, at + 4, 30_000, 30_000)
    struct.pack_into("<II", data, data.index(b"avih") + 8 + 32, 30_000, 30_000)
    assert failure(bytes(data), "video/x-msvideo") is WorkerFailure.TOO_LARGE


def test_a_clip_without_frames_has_no_fingerprints():
    data = make.clip(frames=2)
    at = data.index(b"mdat")
    found = read(
        data[: at + 4] + bytes(len(data[at + 4 : data.rindex(b"moov") - 4])) + data[data.rindex(b"moov") - 4 :]
    )
    assert "no-frames" in found.notes
    assert found.reply.media["fingerprints"] == {}
    assert found.reply.pictures == {}


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e400", "", "twelve", None, [], {}, True, 10**400])
def test_lengths_that_are_no_numbers_are_none(value):
    found = containers.number({"Duration": value}, "Duration", 1e7)
    assert found is None or 0 <= found <= 1e7
    assert containers.number(None, "Duration", 1e7) is None


def test_a_file_that_sends_its_reader_to_and_fro_comes_to_an_end():
    bounded = streams.MetadataStream(io.BytesIO(bytes(100)))
    for _ in range(3000):
        bounded.seek(0)
    assert bounded.read(10) == b""


def test_a_stream_never_raises_into_the_library_and_ends_in_time():
    data = bytes(range(100))
    stream = streams.CaptureStream(io.BytesIO(data), 60)
    assert [stream.seek(-5, 0), stream.seek(500, 0), stream.seek(0, 99)] == [-1] * 3
    assert stream.seek(10, 0) == 10
    assert stream.read(3) == data[10:13]
    assert [stream.read(-1), stream.read(0), stream.read(None)] == [b""] * 3
    assert streams.CaptureStream(io.BytesIO(data), -1).read(10) == b""


def test_an_index_that_points_before_the_file_is_survived():
    """Mutation found it: a negative offset raised inside OpenCV's callback, and the process crashed."""
    whole = make.clip(".avi", "MJPG", frames=10)
    for start in range(2000, len(whole), 1500):
        with moving.capture(io.BytesIO(whole[:start] + whole[start : start + 2624] + whole[start:])) as opened:
            opened.read()


@pytest.mark.parametrize(("gigabytes", "note"), [(3, None), (5, "frames-too-far")])
def test_clips_of_gigabytes_are_read_where_offsets_allow(tmp_path, gigabytes, note):
    whole = make.clip(frames=20)
    at = whole.rindex(b"moov") - 4
    path = tmp_path / "large.mp4"
    with path.open("wb") as out:
        out.write(whole[:at] + struct.pack(">I4sQ", 1, b"free", gigabytes << 30))
        out.seek(at + (gigabytes << 30))
        out.write(whole[at:])
    request = {"op": "read", "kind": "video", "mime": "video/mp4"}
    handler.preload(request)
    with path.open("rb") as file:
        body = handler.handle(Job(request, [file])).body
    assert body["media"]["width"] == 160
    assert (len(body["fingerprints"].get("pdq_frames", [])), body["facts"]["notes"]) == (
        (16, []) if note is None else (0, [note])
    )


def test_sampling_stops_when_its_time_is_up(monkeypatch):
    monkeypatch.setattr(moving, "_SAMPLING_SECONDS", 0.0)
    found = read(make.clip(frames=200))
    assert "sampled-in-part" in found.notes
