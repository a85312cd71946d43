"""Metadata of images: EXIF, XMP and the text of PNG, WebP, GIF and JPEG comments, through Pillow."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from touchstone.filefacts import Note, Thumbnail
from touchstone.media import raster, xmp
from touchstone.media.facts import Facts

_MAX_EXIF = 4 << 20
_MAX_VALUE = 1 << 16
_MAX_FIELDS = 64
_TOOL_KEYS = frozenset({"software", "creatortool", "generator", "tool", "source", "model"})
_PROSE_KEYS = frozenset({"title", "author", "copyright", "warning", "disclaimer", "credit", "creator"})
_SKIPPED_KEYS = frozenset({"xml:com.adobe.xmp", "raw profile type exif", "raw profile type xmp"})
_USER_COMMENT_CODES = {b"ASCII\x00\x00\x00": "latin-1", b"\x00" * 8: "utf-8"}
_LEAST_ALIKE = 0.5  # correlation below which an embedded thumbnail shows something else
_ASPECT = 0.12  # relative difference of proportions above which it was made of something else
_SIDE = 64


def read(image: Image.Image, facts: Facts) -> int:
    """Gather the metadata of an opened image into `facts`; returns its EXIF orientation, 1 to 8."""
    _texts(image, facts)
    read_xmp(image.info.get("xmp") or image.info.get("XML:com.adobe.xmp"), facts)
    raw = image.info.get("exif")
    if isinstance(raw, bytes) and len(raw) > _MAX_EXIF:
        facts.notes.add(Note.METADATA_CAPPED)
        return 1
    try:
        return _exif(image, facts)
    except (*raster.BROKEN, *raster.BOMB):
        facts.notes.add(Note.METADATA_UNREADABLE)
        return 1


def _texts(image: Image.Image, facts: Facts) -> None:
    """Text chunks of PNG, comments of JPEG and GIF."""
    found: dict[str, object]
    try:
        found = dict(getattr(image, "text", {}))
    except (*raster.BROKEN, *raster.BOMB, AssertionError):  # it looks behind the pixels
        facts.notes.add(Note.METADATA_UNREADABLE)
        found = {str(name): value for name, value in image.info.items() if isinstance(value, str)}
    if "comment" in image.info:
        found["comment"] = image.info["comment"]
    for count, (name, value) in enumerate(found.items()):
        if count >= _MAX_FIELDS:
            facts.notes.add(Note.METADATA_CAPPED)
            return
        text = value if isinstance(value, str) else _decoded(value)
        if name.casefold() not in _SKIPPED_KEYS:
            _sort_in(name, text[:_MAX_VALUE], facts)


def _sort_in(name: str, text: str, facts: Facts) -> None:
    kind = name.casefold()
    if kind in _TOOL_KEYS:
        facts.tool(name, text)
    elif kind in _PROSE_KEYS:
        facts.prose(name, text)
    else:
        facts.settings(name, text)


def _decoded(value: object) -> str:
    return value[:_MAX_VALUE].decode("utf-8", "replace") if isinstance(value, bytes) else ""


def read_xmp(packet: object, facts: Facts) -> None:
    """Gather what an XMP packet says, if it is one."""
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if not isinstance(packet, bytes) or not packet.strip(b"\x00 \r\n\t"):
        return
    try:
        found = xmp.read(packet)
    except xmp.XmpError as error:
        facts.notes.add(error.note)
        return
    _use_xmp(found, facts)


def _use_xmp(found: Mapping[str, list[str]], facts: Facts) -> None:
    facts.source_type, unknown = xmp.source_type(found.get("digitalsourcetype", []))
    if unknown:
        facts.show("source_type", unknown)
    for value in found.get("credit", []):  # a person or an agency, if it is not "Made with ..."
        facts.prose("xmp:credit", value[:_MAX_VALUE])
    for name in ("creatortool", "softwareagent", "aisystemused"):
        for value in found.get(name, []):
            facts.tool(f"xmp:{name}", value[:_MAX_VALUE])
    for name in ("usercomment", "description", "aiprompt", "aipromptinformation"):
        for value in found.get(name, []):
            facts.settings(f"xmp:{name}", value[:_MAX_VALUE])
    for name in ("make", "model"):
        facts.show(name, next(iter(found.get(name, [])), ""))
    facts.show("taken", next(iter(found.get("datecreated", []) + found.get("createdate", [])), ""))
    facts.gps = facts.gps or bool(found.get("gpslatitude"))


def _exif(image: Image.Image, facts: Facts) -> int:
    exif = image.getexif()
    if not exif:
        return 1
    base = ExifTags.Base
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    make, model = _string(exif.get(base.Make)), _string(exif.get(base.Model))
    # ComfyUI writes its graphs into these two of a WebP
    for name, value in (("Make", make), ("Model", model)):
        if value.startswith(("workflow:", "prompt:")):
            facts.settings(f"exif:{name}", value)
        else:
            facts.show(name.casefold(), value)
    facts.tool("exif:Software", _string(exif.get(base.Software)))
    facts.show("artist", _string(exif.get(base.Artist)))
    facts.settings("exif:ImageDescription", _string(exif.get(base.ImageDescription)))
    facts.settings("exif:UserComment", _user_comment(detail.get(base.UserComment)))
    facts.settings("exif:XPComment", _utf16(exif.get(base.XPComment)))
    facts.show("taken", _string(detail.get(base.DateTimeOriginal)))
    facts.show("lens", _string(detail.get(base.LensModel)))
    _gps(exif.get_ifd(ExifTags.IFD.GPSInfo), facts)
    orientation = exif.get(base.Orientation)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _string(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value[:_MAX_VALUE].strip("\x00 ") if isinstance(value, str) else ""


def _user_comment(value: object) -> str:
    """EXIF 2.32, 4.6.5 D: eight bytes say the character code. Writers disagree about the byte order of Unicode."""
    if isinstance(value, str):
        return value[:_MAX_VALUE]
    if not isinstance(value, bytes):
        return ""
    code, text = value[:8], value[8:_MAX_VALUE]
    if code == b"UNICODE\x00":
        big = text[:512:2].count(0) >= text[1:512:2].count(0)
        return text.decode("utf-16-be" if big else "utf-16-le", "replace").strip("\x00")
    if code in _USER_COMMENT_CODES:
        return text.decode(_USER_COMMENT_CODES[code], "replace").strip("\x00")
    return value[:_MAX_VALUE].decode("utf-8", "replace").strip("\x00")


def _utf16(value: object) -> str:
    if isinstance(value, tuple):
        value = bytes(v & 0xFF for v in value[:_MAX_VALUE] if isinstance(v, int))
    return value[:_MAX_VALUE].decode("utf-16-le", "replace").strip("\x00") if isinstance(value, bytes) else ""


def _gps(ifd: Mapping[int, Any], facts: Facts) -> None:
    latitude, longitude = ifd.get(ExifTags.GPS.GPSLatitude), ifd.get(ExifTags.GPS.GPSLongitude)
    if latitude is None or longitude is None:
        return
    facts.gps = True
    try:
        north = _degrees(latitude) * (-1 if ifd.get(ExifTags.GPS.GPSLatitudeRef) == "S" else 1)
        east = _degrees(longitude) * (-1 if ifd.get(ExifTags.GPS.GPSLongitudeRef) == "W" else 1)
    except (TypeError, ValueError, ArithmeticError):
        return
    if abs(north) <= 90 and abs(east) <= 180:
        facts.show("location", f"{north:.5f}, {east:.5f}")


def _degrees(value: Any) -> float:
    degrees, minutes, seconds = (float(v) for v in value)
    return degrees + minutes / 60 + seconds / 3600


def compare_thumbnail(image: Image.Image, small: Image.Image, facts: Facts) -> None:
    """Set whether the thumbnail inside the EXIF data shows the image itself.

    Args:
        image: the opened image, for its EXIF data.
        small: the image as stored, shrunk to a few hundred pixels, RGB.
        facts: where to put what was found.
    """
    raw = image.info.get("exif")
    if not isinstance(raw, bytes) or not 0 < len(raw) <= _MAX_EXIF:
        return
    try:
        ifd = image.getexif().get_ifd(ExifTags.IFD.IFD1)
        start, length = ifd.get(513), ifd.get(514)
        if not isinstance(start, int) or not isinstance(length, int) or length <= 0 or start < 0:
            return
        data = raw.removeprefix(b"Exif\x00\x00")[start : start + length]
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as thumbnail:
            if max(thumbnail.size) > 1024:
                return
            facts.embedded_thumbnail = _compared(thumbnail.convert("L"), small.convert("L"))
    except (*raster.BROKEN, *raster.BOMB):
        facts.embedded_thumbnail = Thumbnail.UNREADABLE


def _compared(thumbnail: Image.Image, whole: Image.Image) -> Thumbnail:
    """Cameras put black bars round a thumbnail, and editors turn the image but not its thumbnail: both are no news."""
    trimmed = _without_bars(np.asarray(thumbnail))
    for turns in range(4):
        turned = whole.rotate(90 * turns, expand=True)
        for candidate in (np.asarray(thumbnail), trimmed):
            if _same_shape(candidate.shape, turned.size) and _alike(candidate, turned):
                return Thumbnail.MATCHES
    return Thumbnail.DIFFERS


def _same_shape(shape: tuple[int, ...], size: tuple[int, int]) -> bool:
    one, other = shape[1] / shape[0], size[0] / size[1]
    return abs(one - other) / other <= _ASPECT + 1 / min(shape)


def _without_bars(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows = np.flatnonzero(grey.max(axis=1) > 40)
    columns = np.flatnonzero(grey.max(axis=0) > 40)
    if not rows.size or not columns.size:
        return grey
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _alike(thumbnail: NDArray[np.uint8], whole: Image.Image) -> bool:
    size = (_SIDE, _SIDE)
    one = np.asarray(Image.fromarray(thumbnail).resize(size, raster.BOX), np.float64)
    other = np.asarray(whole.resize(size, raster.BOX), np.float64)
    if one.std() < 4 or other.std() < 4:  # nothing to compare but brightness
        return bool(abs(one.mean() - other.mean()) < 32)
    return bool(np.corrcoef(one.ravel(), other.ravel())[0, 1] >= _LEAST_ALIKE)
