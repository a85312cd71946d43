"""Images of every format and mode, whole and damaged."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from tests import media_files as make
from tests.worker.reading import read

from touchstone.media import pdq
from touchstone.media.handler import handle, preload
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"]


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_has_size_fingerprint_and_thumbnails(form):
    found = read(make.saved(make.image(300, 400), form))
    assert (found.reply.media["width"], found.reply.media["height"]) == (400, 300)
    assert found.details["format"] == form.lower()
    assert found.details["frames"] == 1
    original = pdq.fingerprint(make.scene(300, 400))
    assert pdq.distance(found.reply.media["fingerprints"]["pdq"], original.hash) <= 31
    assert found.reply.media["fingerprints"]["pdq_quality"] > 50
    assert len(set(found.reply.media["fingerprints"]["pdq_orientations"])) == 8
    thumbnail, small = found.reply.pictures["thumbnail"], found.reply.pictures["thumbnail-small"]
    assert (thumbnail.width, thumbnail.height) == (400, 300)
    assert (small.width, small.height) == (96, 72)
    assert found.finding.code == "nothing"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "LAB", "RGBX"])
def test_every_mode_is_looked_at_in_eight_bits(mode):
    picture = make.image(120, 160)
    picture = picture.convert("L").convert(mode) if mode in {"I", "F"} else picture
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    found = read(make.saved(picture.convert(mode) if picture.mode != mode else picture, "TIFF"))
    assert found.reply.pictures["thumbnail"].width == 160
    grey = pdq.fingerprint(np.asarray(make.image(120, 160, mode="L"))[..., None])
    assert pdq.distance(found.reply.media["fingerprints"]["pdq"], grey.hash) <= (90 if mode == "1" else 31)


def test_floating_point_with_nothing_finite_in_it_is_black():
    values = np.full((20, 30), np.nan, np.float32)
    found = read(make.saved(Image.fromarray(values), "TIFF"))
    assert set(found.reply.pictures["thumbnail"].rgb) == {0}


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_is_white(form):
    picture = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 20, 30))
    found = read(make.saved(picture, form, **({"lossless": True} if form == "WEBP" else {})))
    shown = np.frombuffer(found.reply.pictures["thumbnail"].rgb, np.uint8).reshape(30, 40, 3)
    assert (shown[:, :20] == (0, 0, 255)).all()
    assert (shown[:, 20:] == 255).all()
    assert found.details["has_alpha"] is True


def test_a_palette_with_a_transparent_colour_is_on_white_too():
    picture = Image.new("P", (10, 10), 3)
    picture.putpalette([0, 0, 0] * 256)
    found = read(make.saved(picture, "GIF", transparency=3))
    assert set(found.reply.pictures["thumbnail"].rgb) == {255}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sizes_thumbnails_and_fingerprints_are_those_of_the_image_as_displayed(orientation):
    stored = make.image(300, 400)
    found = read(make.saved(stored, "PNG", exif=make.exif(Orientation=orientation)))
    transposed, flip_rows, flip_columns = pdq.TURNS[orientation]
    shown = np.asarray(stored)[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    shown = np.ascontiguousarray(shown.swapaxes(0, 1) if transposed else shown)
    assert (found.reply.media["height"], found.reply.media["width"]) == shown.shape[:2]
    assert found.reply.pictures["thumbnail"].rgb == shown.tobytes()
    assert found.reply.media["fingerprints"]["pdq"] == pdq.fingerprint(shown).hash


def test_a_nonsense_orientation_is_none():
    found = read(make.saved(make.image(30, 40), "PNG", exif=make.exif(Orientation=77)))
    assert (found.reply.media["width"], found.reply.media["height"]) == (40, 30)


@pytest.mark.parametrize(("size", "expected"), [((1, 1), (1, 1)), ((1, 3000), (640, 1)), ((2000, 1000), (320, 640))])
def test_extreme_shapes_have_thumbnails(size, expected):
    found = read(make.saved(Image.fromarray(np.full((*size, 3), 9, np.uint8)), "PNG"))
    assert (found.reply.pictures["thumbnail"].width, found.reply.pictures["thumbnail"].height) == expected


def test_animations_are_counted_and_their_first_frame_is_shown():
    first, second = Image.new("RGB", (20, 20), (200, 0, 0)), Image.new("RGB", (20, 20), (0, 200, 0))
    for form in ("GIF", "PNG", "WEBP", "AVIF"):
        lossless = (
            {"lossless": True} if form == "WEBP" else {"quality": 100, "subsampling": "4:4:4"} if form == "AVIF" else {}
        )
        found = read(make.saved(first, form, save_all=True, append_images=[second, first], duration=50, **lossless))
        assert found.details["frames"] == 3, form
        assert "animated" in found.notes
        red, green, blue = found.reply.pictures["thumbnail"].rgb[:3]
        assert red > 150 + max(green, blue), form


def test_pages_are_counted_and_the_first_is_shown():
    pages = [make.image(40 + k, 60, seed=k) for k in range(3)]
    found = read(make.saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert found.details["frames"] == 3
    assert "pages" in found.notes
    assert found.reply.media["height"] == 40


@pytest.mark.parametrize("tags", [{0xC612: b"\x01\x04\x00\x00"}, {254: 1}])
def test_of_a_raw_file_only_the_preview_is_shown(tags):
    found = read(make.saved(make.image(30, 40), "TIFF", tiffinfo={**tags, 272: "Camera"}))
    assert "preview" in found.notes
    assert (found.reply.media["width"], found.reply.media["fingerprints"]) == (None, {})
    assert found.reply.pictures["thumbnail"].width == 40
    assert found.details["untrusted_model"] == "Camera"


def test_an_endless_animation_is_counted_up_to_a_bound():
    found = read(make.gif(100_000))
    assert found.details["frames"] == 2000
    assert "frames-capped" in found.notes


def test_pages_that_point_at_each_other_end():
    directory = struct.pack("<H", 9)
    for tag, value in ((256, 2), (257, 2), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 2), (279, 4)):
        directory += struct.pack("<HHII", tag, 3, 1, value)
    found = read(b"II*\x00" + struct.pack("<I", 8) + directory + struct.pack("<I", 8) + bytes(8))
    assert 1 <= found.details["frames"] <= 2000


@pytest.mark.parametrize("form", ["JPEG", "PNG", "BMP", "TIFF"])
def test_what_is_cut_off_is_read_as_far_as_it_goes_and_has_no_fingerprint(form):
    whole = make.saved(make.image(300, 400), form)
    found = read(whole[: len(whole) * 6 // 10])
    assert found.reply.media["width"] == 400
    assert found.finding.code == "truncated"
    assert found.reply.media["fingerprints"] == {}
    if form == "JPEG":
        shown = np.frombuffer(found.reply.pictures["thumbnail"].rgb, np.uint8).reshape(300, 400, 3)
        assert np.abs(shown[:100].astype(int) - make.scene(300, 400)[:100]).mean() < 12


def test_headers_without_content_tell_sizes_and_facts():
    whole = make.jpeg(exif=make.exif(Make="Maker", Model="Camera"))
    found = read(whole[: whole.index(b"\xff\xda")])
    assert "undecodable" in found.notes or "truncated" in found.notes
    assert found.reply.media["width"] == 320
    assert found.details["untrusted_model"] == "Camera"


@pytest.mark.parametrize(
    ("data", "mime", "failure"),
    [
        (b"", "image/png", WorkerFailure.UNREADABLE),
        (b"\xff\xd8\xff", "image/jpeg", WorkerFailure.UNREADABLE),
        (np.random.default_rng(1).bytes(5000), "image/webp", WorkerFailure.UNREADABLE),
        (make.saved(make.image(), "PNG"), "image/jpeg", WorkerFailure.UNREADABLE),
        (make.png_header(60_000, 60_000), "image/png", WorkerFailure.TOO_LARGE),
        (make.png_header(2**31 - 1, 2**31 - 1), "image/png", WorkerFailure.TOO_LARGE),
        (make.png_header(16_000, 16_000), "image/png", WorkerFailure.TOO_LARGE),
        (b"8BPS\x00\x01" + bytes(30), "image/vnd.adobe.photoshop", WorkerFailure.UNSUPPORTED),
        (b"<svg/>", "image/svg+xml", WorkerFailure.UNSUPPORTED),
    ],
    ids=["empty", "three bytes", "random", "another type", "huge", "hugest", "just too large", "psd", "svg"],
)
def test_what_cannot_be_read_says_why(data, mime, failure):
    request = {"op": "read", "kind": "image", "mime": mime}
    preload(request)
    with pytest.raises(JobError) as raised:
        handle(Job(request, [io.BytesIO(data)]))
    assert raised.value.failure is failure


def test_text_that_unpacks_to_far_more_is_refused():
    bomb = zlib.compress(b"a" * (80 << 20), 9)
    data = make.png_with(*[(b"zTXt", b"parameters\x00\x00" + bomb)] * 2)
    with pytest.raises(JobError):
        read(data)


def test_a_picture_out_of_a_manifest_becomes_small_and_flat():
    for form in ("JPEG", "PNG", "WEBP"):
        request = {"op": "thumbnail"}
        preload(request)
        result = handle(Job(request, [io.BytesIO(make.saved(make.image(500, 1000), form))]))
        assert result.body == {"thumbnails": {"thumbnail": [320, 160]}, "alpha": False}
        assert len(result.blobs["thumbnail"]) == 320 * 160 * 3
    with pytest.raises(JobError):
        handle(Job({"op": "thumbnail"}, [io.BytesIO(make.gif(2))]))
    with pytest.raises(JobError):
        handle(Job({"op": "thumbnail"}, [io.BytesIO(make.jpeg()[:900])]))


@pytest.mark.parametrize("kind", ["document", "unknown"])
def test_other_kinds_are_not_decoded(kind):
    request = {"op": "read", "kind": kind, "mime": "application/pdf"}
    preload(request)
    with pytest.raises(JobError) as raised:
        handle(Job(request, [io.BytesIO(b"%PDF-1.7")]))
    assert raised.value.failure is WorkerFailure.UNSUPPORTED
