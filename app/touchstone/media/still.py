"""Still images: size, fingerprint, thumbnails and facts of a file that Pillow reads."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from touchstone.filefacts import MAX_COUNTED_FRAMES, THUMBNAIL, THUMBNAIL_MANIFEST, THUMBNAIL_SMALL, Note
from touchstone.media import arrays, gif, jpeg, metadata, pdq, raster
from touchstone.media.arrays import Arrays
from touchstone.media.embedded import c2pa_bytes
from touchstone.media.facts import Facts
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

MAX_PIXELS = 250_000_000
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # the handler turns Pillow's warning about more into an error
# The only plugins that see a file of each type. MPO is JPEG with more than one picture.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "image/gif": ("GIF",),
    "image/tiff": ("TIFF",),
    "image/x-adobe-dng": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/avif": ("AVIF",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
}
_EMBEDDED = ("JPEG", "PNG", "WEBP")  # what a manifest may carry as a thumbnail
_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
_PLUGINS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)  # registered by being imported
_HEIF = frozenset({"image/heic", "image/heif"})


def preload(mime: str) -> None:
    """Import what reading images of this type needs, and read one, so that whatever loads late has loaded."""
    Image.preinit()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    if mime in _HEIF and "HEIF" not in Image.OPEN:
        import pi_heif

        pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)
    raster.contiguous_images()
    _rehearse()


@lru_cache(maxsize=1)
def _rehearse() -> None:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0131] = "rehearsal"
    picture = Image.linear_gradient("L").convert("RGB")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    picture.save(file, "JPEG", exif=exif, xmp=xmp)
    _read(Job({"mime": "image/jpeg", "detectors": True}, [file]))


def read(job: Job) -> Result:
    """Serve "read", "arrays" and "thumbnail" for an image.

    Raises:
        JobError: it is no image of its type (unreadable) or has more pixels than are decoded (too-large).
    """
    serve = {"thumbnail": _thumbnail, "arrays": _arrays}.get(job.request["op"], _read)
    return serve(job)


def _read(job: Job) -> Result:
    file, mime = job.files[0], str(job.request["mime"])
    facts = Facts()
    if c2pa_bytes(file, mime):
        facts.notes.add(Note.C2PA_BYTES)
    with _opened(file, mime) as image:
        frames = _frames(image, file, facts)
        job.step("decode")
        whole = _decoded(image, facts)
        if _is_preview(image):
            facts.notes.add(Note.PREVIEW)
        job.step("facts")
        orientation = metadata.read(image, facts)
        if image.format in {"JPEG", "MPO"}:
            facts.coding = jpeg.coding(image)
        job.step("fingerprints")
        wanted = bool(job.request.get("detectors"))
        seen = _looked_at(image, orientation, facts, detectors=wanted) if whole else _Seen()
        media = _media(image, orientation, frames)
    if Note.PREVIEW in facts.notes:  # its size and look are not those of the photograph
        media |= {"width": None, "height": None}
    body = {"media": media, "fingerprints": seen.fingerprints, "facts": facts.body(), "thumbnails": seen.sizes}
    return Result(body | {"arrays": seen.arrays.body()}, seen.blobs | seen.arrays.blobs)


@dataclass(slots=True)
class _Seen:
    fingerprints: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    arrays: Arrays = field(default_factory=Arrays)


def _arrays(job: Job) -> Result:
    """What detectors look at and no more: nothing is measured."""
    file, mime = job.files[0], str(job.request["mime"])
    facts, cut = Facts(), Arrays()
    with _opened(file, mime) as image:
        whole = _decoded(image, facts)
        if _is_preview(image):
            facts.notes.add(Note.PREVIEW)
        orientation = metadata.read(image, facts)
        if whole and not facts.notes & {Note.TRUNCATED, Note.PREVIEW}:
            try:
                cut = arrays.of_picture(raster.flatten(image), orientation)
            except raster.BROKEN as error:
                raise JobError(WorkerFailure.UNREADABLE) from error
        media = _media(image, orientation, 1)
    return Result({"media": media, "notes": sorted(facts.notes), "arrays": cut.body()}, cut.blobs)


def _thumbnail(job: Job) -> Result:
    """A picture out of a manifest, at most 320 pixels a side; one that cannot be decoded whole is refused."""
    with _open(job.files[0], _EMBEDDED) as image:
        try:
            image.draft("RGB", (THUMBNAIL_MANIFEST, THUMBNAIL_MANIFEST))
            image.load()
            small = raster.shrink(raster.flatten(image), THUMBNAIL_MANIFEST)
            alpha = raster.has_alpha(image)
        except (*raster.BROKEN, *raster.BOMB) as error:
            raise JobError(WorkerFailure.UNREADABLE) from error
    body = {"thumbnails": {"thumbnail": [small.width, small.height]}, "alpha": alpha}
    return Result(body, {"thumbnail": small.tobytes()})


def _opened(file: BinaryIO, mime: str) -> Image.Image:
    formats = FORMATS.get(mime)
    if formats is None:
        raise JobError(WorkerFailure.UNSUPPORTED)
    return _open(file, formats)


def _open(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    try:
        file.seek(0)
        return Image.open(file, formats=formats)
    except raster.BOMB as error:
        raise JobError(WorkerFailure.TOO_LARGE) from error
    except raster.BROKEN as error:
        raise JobError(WorkerFailure.UNREADABLE) from error


def _media(image: Image.Image, orientation: int, frames: int) -> dict[str, Any]:
    width, height = image.size
    if pdq.TURNS[orientation][0]:
        width, height = height, width
    return {
        "width": width,
        "height": height,
        "duration": None,
        "fps": None,
        "format": str(image.format).lower(),
        "frames": frames,
        "has_alpha": raster.has_alpha(image),
    }


def _is_preview(image: Image.Image) -> bool:
    """Whether the first directory of a TIFF is a reduced picture (TIFF 6.0, NewSubfileType) or that of a DNG."""
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
    kind = tags.get(254, 0)
    return 0xC612 in tags or (isinstance(kind, int) and bool(kind & 1))


def _frames(image: Image.Image, file: BinaryIO, facts: Facts) -> int:
    """How many frames or pages, up to a bound: Pillow would walk a GIF or TIFF of millions to its end."""
    if image.format == "GIF":
        count = gif.count_frames(file, MAX_COUNTED_FRAMES)
    elif image.format == "TIFF":
        count = _pages(image)
    else:
        count = int(getattr(image, "n_frames", 1))
    if count >= MAX_COUNTED_FRAMES:
        facts.notes.add(Note.FRAMES_CAPPED)
    if count > 1:
        facts.notes.add(Note.ANIMATED if image.format in _ANIMATED else Note.PAGES)
    return min(max(count, 1), MAX_COUNTED_FRAMES)


def _pages(image: Image.Image) -> int:
    count = 1
    try:
        while count < MAX_COUNTED_FRAMES:
            image.seek(count)
            count += 1
    except (*raster.BROKEN, *raster.BOMB):
        pass
    image.seek(0)
    return count


def _decoded(image: Image.Image, facts: Facts) -> bool:
    """Decode the whole image; what ends early is decoded as far as it goes, and noted."""
    try:
        image.load()
    except raster.BOMB as error:
        raise JobError(WorkerFailure.TOO_LARGE) from error
    except raster.BROKEN:
        return _decoded_in_part(image, facts)
    return True


def _decoded_in_part(image: Image.Image, facts: Facts) -> bool:
    kept = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        image.load()
    except raster.BROKEN:
        facts.notes.add(Note.UNDECODABLE)
        return False
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = kept
    facts.notes.add(Note.TRUNCATED)
    return True


def _looked_at(image: Image.Image, orientation: int, facts: Facts, *, detectors: bool) -> _Seen:
    """Thumbnails, and unless part of the image is missing fingerprints and what detectors look at."""
    try:
        flat = raster.flatten(image)
        stored = raster.shrink(flat, THUMBNAIL)
    except raster.BROKEN:  # what was decoded in part can be of no mode at all
        facts.notes.add(Note.UNDECODABLE)
        return _Seen()
    seen = _Seen()
    metadata.compare_thumbnail(image, stored, facts)
    shown = raster.turn(stored, orientation)
    for name, picture in (("thumbnail", shown), ("thumbnail-small", raster.shrink(shown, THUMBNAIL_SMALL))):
        seen.blobs[name] = picture.tobytes()
        seen.sizes[name] = [picture.width, picture.height]
    if not facts.notes & {Note.TRUNCATED, Note.PREVIEW}:
        with raster.pixels(flat) as pixels:
            found = pdq.fingerprint(pixels, orientation)
        seen.fingerprints = {
            "pdq": found.hash,
            "pdq_quality": found.quality,
            "pdq_orientations": list(found.hashes),
            "pipeline": pdq.PIPELINE,
        }
        if detectors:
            seen.arrays = arrays.of_picture(flat, orientation)
    return seen
