"""Kinds and types come from the first bytes; the name is compared, never believed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import media_files as make

from touchstone.check.identify import HEAD, identify, tag_length
from touchstone.report import Kind


def ftyp(major: bytes, *others: bytes) -> bytes:
    return make.box(b"ftyp", major, bytes(4), *others) + bytes(64)


def tiff_with(tag: int) -> bytes:
    return b"II*\x00" + struct.pack("<IHHHII", 8, 1, tag, 1, 4, 0) + bytes(4)


KNOWN = [
    ("a.jpg", make.jpeg, Kind.IMAGE, "image/jpeg"),
    ("a.png", lambda: make.saved(make.image(), "PNG"), Kind.IMAGE, "image/png"),
    ("a.webp", lambda: make.saved(make.image(), "WEBP"), Kind.IMAGE, "image/webp"),
    ("a.gif", lambda: make.gif(2), Kind.IMAGE, "image/gif"),
    ("a.tiff", lambda: make.saved(make.image(), "TIFF"), Kind.IMAGE, "image/tiff"),
    ("a.dng", lambda: tiff_with(0xC612), Kind.IMAGE, "image/x-adobe-dng"),
    ("a.bmp", lambda: make.saved(make.image(), "BMP"), Kind.IMAGE, "image/bmp"),
    ("a.avif", lambda: make.saved(make.image(), "AVIF"), Kind.IMAGE, "image/avif"),
    ("a.heic", lambda: ftyp(b"heic", b"mif1"), Kind.IMAGE, "image/heic"),
    ("a.heic", lambda: ftyp(b"mif1", b"heic"), Kind.IMAGE, "image/heic"),
    ("a.avif", lambda: ftyp(b"mif1", b"avif"), Kind.IMAGE, "image/avif"),
    ("a.heif", lambda: ftyp(b"mif1", b"miaf"), Kind.IMAGE, "image/heif"),
    ("a.psd", lambda: b"8BPS\x00\x01" + bytes(30), Kind.IMAGE, "image/vnd.adobe.photoshop"),
    ("a.jxl", lambda: b"\xff\x0a" + bytes(30), Kind.IMAGE, "image/jxl"),
    ("a.jxl", lambda: b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(30), Kind.IMAGE, "image/jxl"),
    ("a.svg", lambda: b'<?xml version="1.0"?>\n<svg xmlns="x"/>', Kind.IMAGE, "image/svg+xml"),
    ("a.svg", lambda: b"\xef\xbb\xbf<svg>", Kind.IMAGE, "image/svg+xml"),
    ("a.mp4", lambda: make.clip(frames=2), Kind.VIDEO, "video/mp4"),
    ("a.mov", lambda: make.clip(".mov", frames=2), Kind.VIDEO, "video/quicktime"),
    ("a.mov", lambda: struct.pack(">I4s", 64, b"moov") + bytes(56), Kind.VIDEO, "video/quicktime"),
    ("a.mkv", lambda: make.clip(".mkv", frames=2), Kind.VIDEO, "video/x-matroska"),
    ("a.webm", lambda: make.clip(".webm", "VP80", frames=2), Kind.VIDEO, "video/webm"),
    ("a.avi", lambda: make.clip(".avi", "MJPG", frames=2), Kind.VIDEO, "video/x-msvideo"),
    ("a.ts", lambda: (b"\x47" + bytes(187)) * 4, Kind.VIDEO, "video/mp2t"),
    ("a.3gp", lambda: ftyp(b"3gp5"), Kind.VIDEO, "video/3gpp"),
    ("a.m4s", lambda: make.box(b"styp", b"msdh", bytes(4)) + bytes(64), Kind.VIDEO, "video/mp4"),
    ("a.m4a", lambda: ftyp(b"M4A ", b"isom"), Kind.AUDIO, "audio/mp4"),
    ("a.mp3", lambda: make.mp3(3), Kind.AUDIO, "audio/mpeg"),
    ("a.mp3", lambda: make.mp3(20)[10:], Kind.AUDIO, "audio/mpeg"),
    ("a.wav", make.wav, Kind.AUDIO, "audio/wav"),
    ("a.flac", make.flac, Kind.AUDIO, "audio/flac"),
    ("a.ogg", make.opus, Kind.AUDIO, "audio/ogg"),
    ("a.pdf", lambda: b"%PDF-1.7\n", Kind.DOCUMENT, "application/pdf"),
    ("a.c2pa", lambda: make.box(b"jumb", make.box(b"jumd", b"c2pa" + bytes(20))), Kind.UNKNOWN, "application/c2pa"),
]


@pytest.mark.parametrize(("name", "made", "kind", "mime"), KNOWN, ids=[f"{n}-{m}" for n, _f, _k, m in KNOWN])
def test_each_format_is_known_by_its_first_bytes_under_any_name(name, made, kind, mime):
    data = made()[:HEAD]
    found = identify(data, name)
    assert (found.kind, found.mime, found.extension_matches) == (kind, mime, True)
    renamed = identify(data, "holiday.docx")
    assert (renamed.kind, renamed.mime, renamed.extension_matches) == (kind, mime, False)
    assert identify(data, "no extension").extension_matches


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"#EXTM3U\n#EXTINF:4,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"file '/etc/passwd'\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"<?xml version='1.0'?><MPD/>",
        b"BM is how this text begins, which does not make it a bitmap",
        b"\xff\xfb",
        b"\xff\xff\xff\xff" * 8,
        b"RIFF\x00\x00\x00\x00ABCD",
        b"PK\x03\x04" + bytes(40),
    ],
)
def test_playlists_archives_and_fragments_are_nothing_that_is_decoded(data):
    found = identify(data, "clip.mp4")
    assert (found.kind, found.mime) == (Kind.UNKNOWN, "application/octet-stream")
    assert not found.extension_matches
    assert identify(data, "notes.txt").extension_matches


def tag(length: int) -> bytes:
    size = bytes(length >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + bytes(length)


@pytest.mark.parametrize("length", [0, 100, 2 * HEAD])
@pytest.mark.parametrize(
    ("made", "name", "mime"),
    [
        (make.flac, "a.flac", "audio/flac"),
        (lambda: make.mp3(20)[10:], "a.mp3", "audio/mpeg"),
        (lambda: b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9) + b"\xff", "a.aac", "audio/aac"),
        (lambda: b"nothing known", "a.mp3", "audio/mpeg"),
    ],
)
def test_a_tag_may_stand_before_any_sort_of_sound(made, name, mime, length):
    data = tag(length) + made()
    assert tag_length(data[:HEAD]) == length + 10
    found = identify(data[:HEAD], name, data[tag_length(data) :][:HEAD])
    assert (found.kind, found.mime, found.extension_matches) == (Kind.AUDIO, mime, True)


def test_the_extension_is_compared_without_regard_to_case():
    data = make.jpeg()
    assert identify(data, "A.JPG").extension_matches
    assert not identify(data, "A.PNG").extension_matches


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_under_any_name_are_identified(data, name):
    for prefix in (b"", b"II*\x00", b"\x00\x00\x00\x20ftyp", b"\x1a\x45\xdf\xa3", b"\xff\xfb", b"OggS"):
        found = identify(prefix + data, name)
        assert found.kind in set(Kind)
        assert "/" in found.mime


def test_only_the_head_is_looked_at():
    assert identify(b"\x00" * HEAD + b"%PDF-1.7", "x").kind is Kind.UNKNOWN
    assert identify(b"\n" * 500 + b"%PDF-1.7", "x").kind is Kind.DOCUMENT
