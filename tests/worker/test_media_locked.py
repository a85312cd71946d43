"""The pixels profile in its own process, locked down: it reads what it reads here, and nothing more."""

import json
from pathlib import Path

import pytest
from tests import media_files as make
from tests.worker.reading import read

from touchstone.check import pixels
from touchstone.check.identify import identify
from touchstone.check.opening import anonymous_file
from touchstone.check.sandbox import Limits, Pool, WorkerError
from touchstone.wire import WorkerFailure

QUICK = Limits(wall_seconds=20)


@pytest.fixture(scope="module")
def pool():
    made = Pool("pixels")
    yield made
    made.close()


def ask(pool, data: bytes, request=None):
    known = identify(data, "file")
    with anonymous_file(data) as file:
        return pool.run(request or pixels.request(known.kind, known.mime), [file.fileno()], QUICK)


MEDIA = {
    "jpeg": lambda: make.jpeg(exif=make.exif_with_thumbnail(make.jpeg(24, 32)), xmp=make.source_type("digitalCapture")),
    "jpeg with exif": lambda: make.jpeg(
        exif=make.exif(Model="Camera", UserComment=b"UNICODE\x00\x00a", gps=(1.0, 2.0))
    ),
    "png": lambda: make.png_text({"parameters": make.A1111}, international=True, compressed=True),
    "webp": lambda: make.saved(make.image(), "WEBP", xmp=make.source_type("composite")),
    "gif": lambda: make.gif(5),
    "tiff": lambda: make.saved(make.image(), "TIFF", compression="tiff_lzw"),
    "bmp": lambda: make.saved(make.image(), "BMP"),
    "avif": lambda: make.saved(make.image(), "AVIF"),
    "palette": lambda: make.saved(make.image(mode="P"), "PNG", transparency=3),
    "cmyk": lambda: make.saved(make.image(mode="CMYK"), "JPEG"),
    "floats": lambda: make.saved(make.image(mode="F"), "TIFF"),
    "xmp with entities": lambda: make.jpeg(xmp=make.xmp("&a;", '<!DOCTYPE x [<!ENTITY a "b">]>')),
    "cut off": lambda: make.jpeg()[:-4000],
    "mp4": lambda: make.clip(frames=40),
    "webm": lambda: make.clip(".webm", "VP90", frames=40),
    "mkv": lambda: make.clip(".mkv", "FFV1", frames=10),
    "avi": lambda: make.clip(".avi", "MJPG", frames=10),
    "wav": make.wav,
    "mp3": lambda: make.mp3(tags=[("COMM", "made with suno")]),
    "flac": make.flac,
    "ogg": make.opus,
}


@pytest.mark.parametrize("name", MEDIA)
def test_a_locked_process_reads_what_an_open_one_reads(pool, name):
    data = MEDIA[name]()
    reply = ask(pool, data)
    assert reply.protection.filesystem
    assert reply.protection.syscalls
    here = read(data)
    assert reply.body == json.loads(json.dumps(here.body))
    assert pixels.parse(reply.body, reply.blobs).pictures == here.reply.pictures


def test_a_picture_of_a_manifest_is_decoded(pool):
    reply = ask(pool, make.saved(make.image(400, 800), "PNG"), {"op": "thumbnail"})
    picture = pixels.parse_thumbnail(reply.body, reply.blobs)
    assert (picture.width, picture.height) == (320, 160)


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", WorkerFailure.UNSUPPORTED),
        (b"%PDF-1.7", WorkerFailure.UNSUPPORTED),
        (make.jpeg()[:30], WorkerFailure.UNREADABLE),
        (make.png_header(60_000, 60_000), WorkerFailure.TOO_LARGE),
    ],
    ids=["empty", "pdf", "cut off", "huge"],
)
def test_what_cannot_be_read_ends_in_its_code(pool, data, failure):
    with pytest.raises(WorkerError) as raised:
        ask(pool, data)
    assert raised.value.failure is failure


def test_a_parent_that_has_read_every_kind_still_has_one_thread(pool):
    for name in ("jpeg", "mp4", "wav", "avif"):
        ask(pool, MEDIA[name]())
    for pid in pool.pids():
        tasks = Path(f"/proc/{pid}/task")
        assert not tasks.exists() or len(list(tasks.iterdir())) == 1


HEIC = Path(__file__).parents[2] / "../shared/data/c2pa/files"


@pytest.mark.skipif(not HEIC.is_dir(), reason="nothing here writes HEIC; the shared fixtures are not there")
def test_heic_is_read_by_a_locked_process(pool):
    listed = list(HEIC.rglob("*.heic"))
    assert listed
    for path in listed:
        reply = ask(pool, path.read_bytes())
        found = pixels.parse(reply.body, reply.blobs)
        assert found.media["fingerprints"]["pdq_quality"] > 50
        assert found.pictures["thumbnail"].width > 96
