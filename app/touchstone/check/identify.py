"""What a file is, from its first bytes. Its name is never believed, only compared."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from touchstone.report import Kind

HEAD = 4096
UNKNOWN_MIME = "application/octet-stream"

_KINDS = {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.AUDIO}
_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif", "jif", "mpo"),
    "image/png": ("png", "apng"),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    # Raw formats are TIFF too; which one often stands further in than the head reaches.
    "image/tiff": ("tif", "tiff", "dng", "nef", "cr2", "arw", "pef", "srw", "orf"),
    "image/x-adobe-dng": ("dng",),
    "image/bmp": ("bmp", "dib"),
    "image/avif": ("avif", "avifs"),
    "image/heic": ("heic", "heics", "hif", "heif"),
    "image/heif": ("heif", "heifs", "hif", "heic"),
    "image/x-canon-cr3": ("cr3",),
    "image/jxl": ("jxl",),
    "image/jp2": ("jp2", "jpx", "j2k"),
    "image/svg+xml": ("svg",),
    "image/vnd.adobe.photoshop": ("psd", "psb"),
    "video/mp4": ("mp4", "m4v", "m4s", "mpg4", "cmfv", "f4v"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3gpp", "3g2"),
    "video/x-matroska": ("mkv", "mka", "mk3d"),
    "video/webm": ("webm", "weba"),
    "video/x-msvideo": ("avi",),
    "video/mp2t": ("ts", "mts", "m2ts"),
    "video/mpeg": ("mpg", "mpeg", "vob"),
    "video/ogg": ("ogv", "ogg"),
    "video/x-flv": ("flv",),
    "video/x-ms-wmv": ("wmv", "wma", "asf"),
    "audio/mp4": ("m4a", "m4b", "m4p", "mp4", "cmfa"),
    "audio/mpeg": ("mp3", "mp2", "mpga"),
    "audio/aac": ("aac",),
    "audio/wav": ("wav", "wave"),
    "audio/flac": ("flac",),
    "audio/ogg": ("ogg", "oga", "opus", "spx"),
    "audio/aiff": ("aif", "aiff", "aifc"),
    "application/pdf": ("pdf",),
    "application/c2pa": ("c2pa",),
}
_KNOWN_EXTENSIONS = frozenset(e for names in _EXTENSIONS.values() for e in names)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the first bytes say. `extension_matches` is false where the name promises something else."""

    kind: Kind
    mime: str
    extension_matches: bool


def identify(head: bytes, name: str, behind: bytes = b"") -> Identity:
    """Tell kind and media type from the first bytes of a file (`HEAD` of them are enough; fewer will do).

    `behind` are those that follow a tag of `tag_length` bytes: such a tag may stand before any sort of sound.
    """
    head, tagged = head[:HEAD], (_flac, _mpeg_audio) if tag_length(head) else ()
    found = next((mime for look in tagged if (mime := look(behind[:HEAD]))), None)
    mime = found or next((mime for look in _LOOKS if (mime := look(head))), UNKNOWN_MIME)
    return Identity(_kind(mime), mime, _matches(mime, name))


def tag_length(head: bytes) -> int:
    """How many bytes an ID3 tag at the start takes (id3.org, ID3v2.4, section 3.1); 0 where there is none."""
    if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 127:
        return 0
    length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + length + (10 if head[5] & 0x10 else 0)


def _kind(mime: str) -> Kind:
    if mime == "application/pdf":
        return Kind.DOCUMENT
    return _KINDS.get(mime.partition("/")[0], Kind.UNKNOWN)


def _matches(mime: str, name: str) -> bool:
    extension = PurePath(name).suffix[1:].casefold()
    if mime == UNKNOWN_MIME:
        return extension not in _KNOWN_EXTENSIONS
    return not extension or extension in _EXTENSIONS[mime]


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"8BPS\x00", "image/vnd.adobe.photoshop"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
)


def _magic(head: bytes) -> str | None:
    return next((mime for magic, mime in _MAGIC if head.startswith(magic)), None)


def _riff(head: bytes) -> str | None:
    forms = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return forms.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "audio/aiff"
    return None


def _tiff(head: bytes) -> str | None:
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(head[:4])
    if order is None:
        return "image/tiff" if head[:4] in {b"II+\x00", b"MM\x00+"} else None
    return "image/x-adobe-dng" if 0xC612 in _tags(head, order) else "image/tiff"


def _tags(head: bytes, order: str) -> list[int]:
    """The tag numbers of the first directory, as far as it lies within the head."""
    if len(head) < 8:
        return []
    (start,) = struct.unpack_from(f"{order}I", head, 4)
    if start + 2 > len(head):
        return []
    (count,) = struct.unpack_from(f"{order}H", head, start)
    ends = range(start + 2, min(start + 2 + 12 * count, len(head) - 1), 12)
    return [struct.unpack_from(f"{order}H", head, at)[0] for at in ends]


def _bmp(head: bytes) -> str | None:
    if head[:2] != b"BM" or len(head) < 18:
        return None
    (size,) = struct.unpack_from("<I", head, 14)
    return "image/bmp" if size in {12, 16, 40, 52, 56, 64, 108, 124} else None


_BRANDS: tuple[tuple[frozenset[bytes], str], ...] = (
    (frozenset({b"avif", b"avis"}), "image/avif"),
    (frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}), "image/heic"),
    (frozenset({b"mif1", b"msf1"}), "image/heif"),
    (frozenset({b"crx "}), "image/x-canon-cr3"),
    (frozenset({b"M4A ", b"M4B ", b"M4P "}), "audio/mp4"),
    (frozenset({b"qt  "}), "video/quicktime"),
)


def _boxes(head: bytes) -> str | None:
    """ISO base media (ISO/IEC 14496-12) and QuickTime: the first box, and the brands where it is `ftyp`."""
    if len(head) < 12:
        return None
    size, box = struct.unpack_from(">I4s", head)
    if box == b"jumb":
        return "application/c2pa" if b"c2pa" in head[:64] else None
    if box in {b"moov", b"mdat", b"wide", b"pnot"}:
        return "video/quicktime" if size >= 8 or size == 1 else None
    if box == b"ftyp":
        return _branded(head[8:12], [head[at : at + 4] for at in range(16, min(size, len(head)), 4)])
    return "video/mp4" if box == b"styp" else None


def _branded(major: bytes, others: list[bytes]) -> str:
    """What a file calls itself comes first; among the other brands only those of images say more than "a movie"."""
    for names, mime in _BRANDS:
        if major in names:
            return _sharper(mime, others)
    for names, mime in _BRANDS[:3]:
        if names.intersection(others):
            return mime
    return "video/3gpp" if major[:3] in {b"3gp", b"3g2"} else "video/mp4"


def _sharper(mime: str, brands: list[bytes]) -> str:
    """`mif1` says only "an image": the other brands say which codec."""
    if mime != "image/heif":
        return mime
    return next((m for names, m in _BRANDS[:2] if names.intersection(brands)), mime)


def _matroska(head: bytes) -> str | None:
    if head[:4] != b"\x1a\x45\xdf\xa3":
        return None
    found = re.search(rb"\x42\x82.(webm|matroska)", head[:512], re.DOTALL)
    if found is None:
        return None
    return "video/webm" if found[1] == b"webm" else "video/x-matroska"


def _flac(head: bytes) -> str | None:
    return "audio/flac" if head[:4] == b"fLaC" else None


def _ogg(head: bytes) -> str | None:
    if head[:4] != b"OggS":
        return None
    return "video/ogg" if b"\x80theora" in head else "audio/ogg"


def _transport(head: bytes) -> str | None:
    for size, start in ((188, 0), (192, 4)):
        marks = head[start::size]
        if len(marks) >= 3 and not marks.strip(b"\x47"):
            return "video/mp2t"
    return None


_BITRATES = {
    3: {3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
        2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
        1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)},
    2: {3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
        2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
        1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)},
}  # fmt: skip
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mpeg_audio(head: bytes) -> str | None:
    """Two frame headers in a row (ISO/IEC 11172-3, 2.4.2.3), or ADTS, which has layer 0."""
    if len(head) >= 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return "audio/aac" if length > 7 and (length + 1 >= len(head) or head[length] == 0xFF) else None
    length = _frame_length(head)
    if not length:
        return None
    following = head[length : length + 4]
    return "audio/mpeg" if len(following) < 4 or _frame_length(following) else None


def _frame_length(head: bytes) -> int:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 0 or bitrate in {0, 15} or rate == 3:
        return 0
    bits = 1000 * _BITRATES[3 if version == 3 else 2][layer][bitrate]
    hertz = _RATES[version][rate]
    if layer == 3:
        return (12 * bits // hertz + padding) * 4
    return (72 if version != 3 and layer == 1 else 144) * bits // hertz + padding


def _pdf(head: bytes) -> str | None:
    return "application/pdf" if b"%PDF-" in head[:1024] else None


def _svg(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg", b"<svg")):
        return None
    return "image/svg+xml" if re.search(rb"<(?:\w+:)?svg[\s>]", text) else None


_LOOKS: tuple[Callable[[bytes], str | None], ...] = (
    _magic, _riff, _tiff, _bmp, _boxes, _matroska, _ogg, _transport, _mpeg_audio, _svg, _pdf,
)  # fmt: skip
