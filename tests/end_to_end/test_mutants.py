"""Files of every format, damaged in every way, in batches through the command."""

import functools
import hashlib
import json
import os
import random
import shutil
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import making
from tests import media_files as media

SEED = 20_261
WALL_SECONDS = 10
LIMITS = {"wall_seconds": WALL_SECONDS, "memory_mb": 1024}
HEIC = Path(__file__).parents[2] / "../shared/data/c2pa/files/c2pa-ts/trustnxt-icon-signed-v2-bmff.heic"
# A worker may run out of time or memory, or be brought down by a decoder: that is what it is there for. It may not
# break the protocol, have a defect of our own, or fail to start.
NOT_OURS = {"internal", "protocol", "unavailable", "stopped"}


def m4a(seconds: int = 1) -> bytes:
    """Sound in MP4: one AAC track (ISO/IEC 14496-12 and -14) whose samples are silence."""
    rate, frame = 44100, b"\x21\x10\x04\x60\x8c\x1c"
    count = seconds * rate // 1024
    matrix = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    decoder = b"\x04\x11\x40\x15" + bytes(3) + struct.pack(">II", 128000, 128000) + b"\x05\x02\x12\x10"
    elementary = b"\x03" + bytes([3 + len(decoder) + 3]) + b"\x00\x01\x00" + decoder + b"\x06\x01\x02"
    entry = bytes(6) + struct.pack(">HQHHII", 1, 0, 2, 16, 0, rate << 16)
    sound = media.box(b"mp4a", entry, media.box(b"esds", bytes(4), elementary))
    brand = media.box(b"ftyp", b"M4A \0\0\0\0M4A isom")
    data = media.box(b"mdat", frame * count)
    table = media.box(
        b"stbl",
        media.box(b"stsd", struct.pack(">II", 0, 1), sound),
        media.box(b"stts", struct.pack(">IIII", 0, 1, count, 1024)),
        media.box(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)),
        media.box(b"stsz", struct.pack(">III", 0, len(frame), count)),
        media.box(b"stco", struct.pack(">III", 0, 1, len(brand) + 8)),
    )
    reference = media.box(b"dref", struct.pack(">II", 0, 1), media.box(b"url ", struct.pack(">I", 1)))
    info = media.box(b"minf", media.box(b"smhd", bytes(8)), media.box(b"dinf", reference), table)
    length = count * 1024
    kind = media.box(
        b"mdia",
        media.box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, rate, length, 0x55C4, 0)),
        media.box(b"hdlr", bytes(8), b"soun", bytes(13)),
        info,
    )
    track = struct.pack(">IIIIII8xHHH2x", 7, 0, 0, 1, 0, length, 0, 0, 0x100) + matrix + bytes(8)
    movie = struct.pack(">IIIIIIH10x", 0, 0, 0, rate, length, 1 << 16, 0x100) + matrix + bytes(24) + b"\0\0\0\2"
    return (
        brand
        + data
        + media.box(b"moov", media.box(b"mvhd", movie), media.box(b"trak", media.box(b"tkhd", track), kind))
    )


def pdf() -> bytes:
    """A page with nothing on it (ISO 32000-1, 7.5)."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    made, at = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        at.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in at)
    return bytes(made + b"trailer << /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)


# Every kind of file that the issue names, except HEIC, which nothing here can write: see `originals`.
PLAIN: dict[str, Callable[[], bytes]] = {
    "a.jpg": lambda: media.saved(media.image(96, 128), "JPEG", exif=media.exif(Make="Maker", gps=(52.5, 13.4))),
    "progressive.jpg": lambda: media.saved(media.image(96, 128), "JPEG", progressive=True, xmp=media.xmp("")),
    "thumbnail.jpg": lambda: media.saved(
        media.image(96, 128), "JPEG", exif=media.exif_with_thumbnail(media.jpeg(24, 32))
    ),
    "a.png": lambda: media.saved(media.image(48, 64), "PNG"),
    "text.png": lambda: media.png_text({"parameters": media.A1111}, compressed=True),
    "a.webp": lambda: media.saved(media.image(96, 128), "WEBP"),
    "a.gif": lambda: media.gif(5),
    "a.tiff": lambda: media.saved(media.image(48, 64), "TIFF", compression="tiff_lzw"),
    "a.bmp": lambda: media.saved(media.image(48, 64), "BMP"),
    "a.avif": lambda: media.saved(media.image(96, 128), "AVIF"),
    "a.mp4": lambda: media.clip(".mp4", frames=20),
    "tagged.mp4": lambda: media.with_tags(media.clip(".mp4", frames=6), too="Maker 1", cmt="about"),
    "a.mov": lambda: media.clip(".mov", frames=6),
    "a.mkv": lambda: media.clip(".mkv", frames=6),
    "a.webm": lambda: media.clip(".webm", codec="VP80", frames=6),
    "a.avi": lambda: media.clip(".avi", codec="MJPG", frames=6),
    "a.mp3": lambda: media.mp3(tags=[("TSSE", "Maker"), ("COMM", "about")]),
    "a.wav": lambda: media.riff_info(media.wav(0.3), ISFT="Maker"),
    "a.flac": lambda: media.flac(comments={"encoder": "Maker"}),
    "a.m4a": m4a,
    "a.ogg": media.opus,
    "a.pdf": pdf,
}
SIGNED = {
    "a.jpg": "image/jpeg",
    "a.png": "image/png",
    "a.webp": "image/webp",
    "a.gif": "image/gif",
    "a.tiff": "image/tiff",
    "a.avif": "image/avif",
    "a.mp4": "video/mp4",
    "a.mov": "video/quicktime",
    "a.avi": "video/x-msvideo",
    "a.mp3": "audio/mpeg",
    "a.wav": "audio/wav",
    "a.flac": "audio/flac",
    "a.m4a": "audio/mp4",
}


@functools.cache
def originals() -> dict[str, bytes]:
    """One undamaged file of each format, plain and signed, and signed ones that show what they were made from."""
    made = {name: make() for name, make in PLAIN.items()}
    leaf = making.Authority.create().leaf()
    for name, mime in SIGNED.items():
        made[f"signed-{name}"] = making.sign(made[name], mime, leaf, thumbnail=media.jpeg(24, 32))[0]
    parent = making.Ingredient(made["signed-a.jpg"])
    made["history.jpg"] = making.sign(
        made["a.jpg"], "image/jpeg", leaf, actions=[making.OPENED], ingredients=[parent], thumbnail=media.jpeg(24, 32)
    )[0]
    if HEIC.exists():
        made["signed-a.heic"] = HEIC.read_bytes()
    return made


# What may be done to a file. Each takes the data, a generator of random numbers and the other files.
def flipped(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    """Bits, a few or many; half of the time near the beginning, where the structure is."""
    reach = len(data) if rng.random() < 0.5 else min(len(data), 1024)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.randrange(reach)] ^= 1 << rng.randrange(8)


def overwritten(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.choice((1, 4, 16, 300)))
    data[at:end] = rng.choice((bytes(end - at), b"\xff" * (end - at), rng.randbytes(end - at)))


def cut(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    del data[rng.randrange(1, len(data)) :]


def holed(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 3, 16, 1000))]


def repeated(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    at = rng.randrange(len(data))
    data[at:at] = bytes(data[at : at + rng.randrange(1, 5000)]) * rng.choice((1, 1, 2, 20))


def spliced(data: bytearray, rng: random.Random, others: list[bytes]) -> None:
    """A part of another file, in the place of a part of this one or between its parts."""
    other = rng.choice(others)
    start = rng.randrange(len(other))
    part = other[start : start + rng.randrange(1, 1 + min(len(other), 8000))]
    at = rng.randrange(len(data))
    data[at : at + rng.choice((0, len(part)))] = part


def resized(data: bytearray, rng: random.Random, _others: list[bytes]) -> None:
    """Numbers that could be lengths, counts or offsets, set to what a parser may not expect."""
    for _ in range(rng.choice((1, 1, 3))):
        form = rng.choice((">I", "<I", ">H", "<H", ">Q"))
        width = struct.calcsize(form)
        if len(data) < width:
            return
        places = [rng.randrange(len(data) - width + 1) for _ in range(200)]
        fits = [at for at in places if 0 < struct.unpack_from(form, data, at)[0] <= len(data) - at]
        at = rng.choice(fits or places)
        (value,) = struct.unpack_from(form, data, at)
        most = (1 << 8 * width) - 1
        changed = rng.choice(
            (0, 1, value - 1, value + 1, 2 * value, len(data), most // 2, most // 2 + 1, most - 7, most)
        )
        struct.pack_into(form, data, at, changed & most)


HARM = (flipped, overwritten, cut, holed, repeated, spliced, resized)


def mutant(number: int) -> tuple[str, bytes]:
    """The name and the bytes of one damaged file; every format and every sort of damage comes round."""
    rng = random.Random(f"{SEED} {number}")
    names = list(originals())
    name = names[number % len(names)]
    data, others = bytearray(originals()[name]), [originals()[n] for n in names]
    first = HARM[number // len(names) % len(HARM)]
    for harm in (first, *rng.choices(HARM, k=rng.choice((0, 0, 0, 1, 3)))):
        if data:
            harm(data, rng, others)
    return f"{number:05}-{first.__name__}-{name}", bytes(data)


def write(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def check(desk, folder: Path, schema) -> tuple[list[dict], float]:
    """The reports on a folder, each of which keeps to the schema and is about its file."""
    names = sorted(os.listdir(folder))
    ran = desk.run("check", folder, "--json", timeout=60 + len(names) * WALL_SECONDS)
    assert (ran.code, ran.stderr) == (0, "")
    reports = ran.reports()
    assert [report["media"]["name"] for report in reports] == names
    for report in reports:
        schema.validate(report)
        data = (folder / report["media"]["name"]).read_bytes()
        assert (report["media"]["sha256"], report["media"]["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
    return reports, ran.seconds


def finding(report: dict, witness: str) -> dict:
    return next(f for f in report["findings"] if f["witness"] == witness)


def failures(report: dict) -> list[str]:
    """Why readers gave no answer, where the witness is one that reads files."""
    return [
        f["code"] for f in report["findings"] if f["witness"] in {"credentials", "facts"} and f["status"] == "failed"
    ]


def reached_a_decoder(report: dict) -> bool:
    """Whether a decoder got so far into the file that it could tell a size or a duration."""
    return report["media"]["width"] is not None or report["media"]["duration"] is not None


def run_batch(desk, folder: Path, numbers: range, schema) -> tuple[Counter, int]:
    """Check one batch of mutants; returns how its readers failed, and how many files reached a decoder."""
    write(folder, dict(mutant(number) for number in numbers))
    reports, seconds = check(desk, folder, schema)
    failed = Counter(code for report in reports for code in failures(report))
    ours = {r["media"]["name"]: codes for r in reports if NOT_OURS.intersection(codes := failures(r))}
    assert not ours, f"in {folder}: {ours}"
    # What is over its time is stopped, and two are read at once; so the time of all is bounded by that.
    assert seconds < 60 + 0.2 * len(numbers) + WALL_SECONDS * failed["timeout"], (seconds, failed)
    return failed, sum(map(reached_a_decoder, reports))


def test_files_that_nobody_damaged_are_read(shared_desk, tmp_path, schema):
    shared_desk.settings(**LIMITS)
    write(tmp_path / "files", originals())
    reports, _seconds = check(shared_desk, tmp_path / "files", schema)
    documents = [r for r in reports if r["media"]["kind"] == "document"]
    assert [r["media"]["name"] for r in documents] == ["a.pdf"]
    for report in reports:
        name = report["media"]["name"]
        if report not in documents:
            assert failures(report) == [], name
            assert reached_a_decoder(report), name
            assert finding(report, "facts")["code"] not in {"undecodable", "truncated"}, name
        expected = "intact" if name.startswith(("signed-", "history")) else "none"
        assert finding(report, "credentials")["details"].get("integrity", "none") == expected, name


def test_damaged_files_neither_crash_nor_hold_up_the_command(shared_desk, tmp_path, schema):
    shared_desk.settings(**LIMITS)
    failed, reached = run_batch(shared_desk, tmp_path / "files", range(300), schema)
    assert reached >= 0.3 * 300, (reached, failed)


@pytest.mark.long
def test_ten_thousand_damaged_files(desk, tmp_path, schema):
    desk.settings(**LIMITS)
    failed: Counter[str] = Counter()
    reached = 0
    for start in range(300, 10_300, 500):
        more, got = run_batch(desk, tmp_path / "files", range(start, start + 500), schema)
        failed += more
        reached += got
    print(json.dumps({"reached a decoder": reached / 10_000, "readers failed": failed}))
    assert reached >= 0.3 * 10_000, (reached, failed)
    assert failed["crashed"] < 100, failed


def test_no_signature_is_said_to_hold_over_a_byte_that_was_changed(shared_desk, tmp_path, schema):
    shared_desk.settings(**LIMITS)
    rng, files = random.Random(SEED), {}
    leaf = making.Authority.create().leaf()
    for name, mime in SIGNED.items():
        data, store = making.sign(originals()[name], mime, leaf)
        start = data.index(store[:100])
        end = start + len(store) + len(store) // 200  # GIF keeps it in pieces
        # The first 32 bytes may be `ftyp`, which a BMFF hash leaves out; and no hash covers where the store itself is.
        outside = [*range(32, start - 64), *range(end + 16, len(data))]
        for at in rng.sample(outside, 12):
            changed = bytearray(data)
            changed[at] ^= 1 << rng.randrange(8)
            files[f"{at:06}-{name}"] = bytes(changed)
        files[f"unchanged-{name}"] = data
    write(tmp_path / "files", files)
    reports, _seconds = check(shared_desk, tmp_path / "files", schema)
    intact = {r["media"]["name"] for r in reports if finding(r, "credentials")["details"].get("integrity") == "intact"}
    assert intact == {f"unchanged-{name}" for name in SIGNED}


def test_the_same_number_gives_the_same_damage():
    name = "a.bmp"
    number = list(originals()).index(name)
    assert mutant(number) == mutant(number)
    assert len({hashlib.sha256(mutant(number + len(originals()) * k)[1]).digest() for k in range(20)}) == 20
