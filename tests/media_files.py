"""Media made by code, honest and hostile, for the tests of the pixels worker."""

from __future__ import annotations

import io
import json
import struct
import tempfile
import wave
import zlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, PngImagePlugin

Pixels = NDArray[np.uint8]

A1111 = (
    "a lighthouse at dusk, oil painting\nNegative prompt: blurry\n"
    "Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1234567, Size: 512x768, Model: example, Version: v1.9.3"
)
COMFY_PROMPT = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}})
COMFY_WORKFLOW = json.dumps({"last_node_id": 9, "last_link_id": 9, "nodes": [], "links": []})
NOVELAI = json.dumps({"prompt": "a boat", "steps": 28, "sampler": "k_euler", "seed": 7, "uc": "lowres"})
MIDJOURNEY = "a boat on a lake --ar 3:2 --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"


def scene(height: int, width: int, seed: int = 1) -> Pixels:
    """Something with the statistics of a photograph: structure at every size."""
    rng = np.random.default_rng(seed)
    made = np.zeros((height, width, 3), np.float32)
    for cells in (4, 16, 64):
        coarse = rng.normal(0, 1, (max(2, cells * height // max(height, width)), cells, 3)).astype(np.float32)
        made += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * (90 / cells**0.6)
    made += rng.normal(0, 3, made.shape)
    return np.clip(made + 128, 0, 255).astype(np.uint8)


def image(height: int = 240, width: int = 320, seed: int = 1, mode: str = "RGB") -> Image.Image:
    return Image.fromarray(scene(height, width, seed)).convert(mode)


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def jpeg(height: int = 240, width: int = 320, seed: int = 1, **options: Any) -> bytes:
    return saved(image(height, width, seed), "JPEG", **options)


def png_text(texts: Mapping[str, str], *, compressed: bool = False, international: bool = False) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, value in texts.items():
        if international:
            info.add_itxt(name, value, zip=compressed)
        else:
            info.add_text(name, value, zip=compressed)
    return saved(image(48, 64), "PNG", pnginfo=info)


def xmp(properties: str, prolog: str = "") -> bytes:
    return (
        f'{prolog}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">'
        f"{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def source_type(name: str) -> bytes:
    address = f"http://cv.iptc.org/newscodes/digitalsourcetype/{name}"
    return xmp(f"<Iptc4xmpExt:DigitalSourceType>{address}</Iptc4xmpExt:DigitalSourceType>")


def exif(**fields: Any) -> Image.Exif:
    """EXIF from names of `ExifTags.Base`; `gps` takes (north, east) in degrees, and they may be nonsense."""
    made = Image.Exif()
    place = fields.pop("gps", None)
    for name, value in fields.items():
        tag = ExifTags.Base[name]
        target = made.get_ifd(ExifTags.IFD.Exif) if tag >= 0x829A and name != "XPComment" else made
        target[tag] = value
    if place is not None:
        made[ExifTags.IFD.GPSInfo] = {
            1: "N" if place[0] >= 0 else "S",
            2: _degrees(abs(place[0])),
            3: "E" if place[1] >= 0 else "W",
            4: _degrees(abs(place[1])),
        }
    return made


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    whole = int(value)
    minutes = (value - whole) * 60
    return Fraction(whole), Fraction(int(minutes)), Fraction(round((minutes - int(minutes)) * 60 * 1000), 1000)


def exif_with_thumbnail(thumbnail: bytes) -> bytes:
    """A TIFF header, an empty first directory, and a second one that holds the thumbnail."""
    second = 8 + 2 + 4
    body = second + 2 + 3 * 12 + 4
    entries = struct.pack("<HHII", 0x0103, 3, 1, 6)
    entries += struct.pack("<HHII", 0x0201, 4, 1, body) + struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    return (
        b"Exif\x00\x00II*\x00"
        + struct.pack("<IHI", 8, 0, second)
        + struct.pack("<H", 3)
        + entries
        + b"\0" * 4
        + thumbnail
    )


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    """An honest PNG with more chunks before its pixels."""
    whole = saved(image(48, 64), "PNG")
    at = whole.index(b"IDAT") - 4
    return whole[:at] + b"".join(chunk(name, body) for name, body in chunks) + whole[at:]


def gif(frames: int, size: tuple[int, int] = (8, 8)) -> bytes:
    """An animation that loops for ever, its frames a few bytes each."""
    width, height = size
    made = bytearray(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff")
    made += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    one = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return bytes(made + one * frames + b"\x3b")


def wav(seconds: float = 1.0, rate: int = 8000, channels: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        tone = (np.sin(np.arange(int(seconds * rate)) / 9) * 9000).astype("<i2")
        out.writeframes(np.repeat(tone, channels).tobytes())
    return file.getvalue()


def riff_info(data: bytes, **fields: str) -> bytes:
    """A RIFF file with an INFO list at its end; names such as ISFT, ICMT, INAM."""
    listed = b"INFO"
    for name, value in fields.items():
        text = value.encode() + b"\0"
        listed += name.encode() + struct.pack("<I", len(text)) + text + b"\0" * (len(text) & 1)
    whole = data + b"LIST" + struct.pack("<I", len(listed)) + listed
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def mp3(frames: int = 60, tags: Iterable[tuple[str, str]] = ()) -> bytes:
    """Silent frames of 128 kbit/s at 44.1 kHz behind an ID3 tag."""
    body = b"".join(_id3(name, text) for name, text in tags)
    size = bytes((len(body) >> shift) & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body + (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def _id3(name: str, text: str) -> bytes:
    data = (b"\x03eng\x00" if name == "COMM" else b"\x03") + text.encode()
    return name.encode() + struct.pack(">I", len(data)) + b"\x00\x00" + data


def flac(seconds: int = 2, comments: Mapping[str, str] | None = None) -> bytes:
    """The metadata of a FLAC file: stream information and comments."""
    rate, channels, bits = 44100, 2, 16
    packed = rate << 44 | (channels - 1) << 41 | (bits - 1) << 36 | rate * seconds
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    vendor = b"reference"
    listed = [f"{k}={v}".encode() for k, v in (comments or {}).items()]
    text = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(listed))
    text += b"".join(struct.pack("<I", len(c)) + c for c in listed)
    return b"fLaC\x00" + len(info).to_bytes(3, "big") + info + b"\x84" + len(text).to_bytes(3, "big") + text


def opus(seconds: int = 2) -> bytes:
    """An Ogg file with the two headers of Opus and one page of silence."""
    head = b"OpusHead\x01\x02" + struct.pack("<HIh", 0, 48000, 0) + b"\x00"
    vendor = b"maker"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page(head, 0, 0, 2), _page(tags, 1, 0, 0)]
    pages += [_page(b"\xfc\xff\xfe", 2 + k, 960 * (k + 1), 0) for k in range(50 * seconds)]
    return b"".join(pages)


def _page(packet: bytes, number: int, granule: int, flags: int) -> bytes:
    head = b"OggS\x00" + struct.pack("<BqIII", flags, granule, 7, number, 0) + bytes([1, len(packet)])
    crc = 0
    for byte in head + packet:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return head[:22] + struct.pack("<I", crc) + head[26:] + packet


def box(name: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I4s", 8 + len(body), name) + body


def clip(
    suffix: str = ".mp4", codec: str = "mp4v", frames: int = 50, size: tuple[int, int] = (160, 120), fps: float = 25.0
) -> bytes:
    """A picture that pans, brighter from frame to frame."""
    width, height = size
    wide = scene(height, width + 2 * frames, 5) // 2
    brighter = [np.uint8(100 * k // max(frames, 1)) for k in range(frames)]
    return written([wide[:, 2 * k : 2 * k + width] + brighter[k] for k in range(frames)], suffix, codec, fps)


def shots(seed: int = 1, way: int = 0, size: tuple[int, int] = (640, 480)) -> bytes:
    """A clip of 16 pictures, turned as `turned` does; those of one seed are copies in different sizes."""
    pictures = [cv2.resize(scene(480, 640, 16 * seed + n), size, interpolation=cv2.INTER_AREA) for n in range(16)]
    return written([turned(one, way) for one in pictures for _frame in range(2)])


def turned(pixels: Pixels, way: int) -> Pixels:
    """Turned round by 90 degrees `way` times, from 4 on after it was mirrored."""
    return np.ascontiguousarray(np.rot90(pixels[:, ::-1] if way >= 4 else pixels, way % 4))


def written(pictures: Sequence[Pixels], suffix: str = ".mp4", codec: str = "mp4v", fps: float = 25.0) -> bytes:
    """A clip of these frames."""
    height, width = pictures[0].shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{suffix}"
        out = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, (width, height))
        assert out.isOpened()
        for shown in pictures:
            out.write(np.ascontiguousarray(shown[..., ::-1]))
        out.release()
        return path.read_bytes()


def with_tags(mp4: bytes, **tags: str) -> bytes:
    """An MP4 whose `moov` comes last, with iTunes tags; names without their first byte: too, cmt, nam, day."""
    items = b"".join(
        box(b"\xa9" + name.encode(), box(b"data", struct.pack(">II", 1, 0), value.encode()))
        for name, value in tags.items()
    )
    handler = box(b"hdlr", struct.pack(">II4s4s", 0, 0, b"mdir", b"appl"), bytes(9))
    udta = box(b"udta", box(b"meta", bytes(4), handler, box(b"ilst", items)))
    at = mp4.rindex(b"moov") - 4
    (size,) = struct.unpack_from(">I", mp4, at)
    assert at + size == len(mp4), "moov is not the last box"
    return mp4[:at] + struct.pack(">I", size + len(udta)) + mp4[at + 4 :] + udta
