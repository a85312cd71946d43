"""What detectors look at, cut by the pixels worker: of any picture, as it is displayed, within bounds."""

import io
import math
import struct

import numpy as np
import pytest
from PIL import Image
from tests import media_files

from touchstone import filefacts
from touchstone.check import pixels
from touchstone.check.arrays import Arrays
from touchstone.check.identify import identify
from touchstone.detect import prepare
from touchstone.filefacts import Note
from touchstone.media import handler
from touchstone.worker.job import Job


def cut(data: bytes) -> Arrays:
    """Both ways of asking, which come to the same."""
    known = identify(data, "file")
    alone = pixels.request_arrays(known.kind, known.mime)
    handler.preload(alone)
    result = handler.handle(Job(alone, [io.BytesIO(data)]))
    found = pixels.parse_arrays(result.body, result.blobs)
    whole = handler.handle(Job(pixels.request(known.kind, known.mime, detectors=True), [io.BytesIO(data)]))
    beside = pixels.parse(whole.body, whole.blobs).arrays
    assert (beside.shapes, beside.blobs, beside.places) == (found.shapes, found.blobs, found.places)
    return found


def array(found: Arrays, name: str) -> np.ndarray:
    return np.frombuffer(found.blobs[name], np.uint8).reshape(found.shapes[name])


def png(picture: Image.Image, **options) -> bytes:
    return media_files.saved(picture, "PNG", **options)


def halves(width: int = 600, height: int = 400, left=(255, 0, 0), right=(0, 0, 255)) -> Image.Image:
    picture = Image.new("RGB", (width, height), right)
    picture.paste(left, (0, 0, width // 2, height))
    return picture


def test_both_sides_keep_the_same_bounds():
    names = ("VIEW_SHORT", "VIEW_LONG", "CROP", "CROPS", "DETAIL_SIDE", "DETAIL_PIXELS")
    assert all(getattr(filefacts, name) == getattr(prepare, name) for name in names)


@pytest.mark.parametrize(
    ("size", "view", "detail", "crops"),
    [
        ((4000, 3000), (288, 384, 3), (886, 1182, 3), (9, 192, 192, 3)),
        ((640, 480), (288, 384, 3), (480, 640, 3), (9, 192, 192, 3)),
        ((300, 200), (200, 300, 3), (200, 300, 3), (4, 192, 192, 3)),
        ((192, 192), (192, 192, 3), (192, 192, 3), (1, 192, 192, 3)),
        ((100, 50), (50, 100, 3), (50, 100, 3), (1, 50, 100, 3)),
        ((1, 1), (1, 1, 3), (1, 1, 3), (1, 1, 1, 3)),
        ((5000, 400), (288, 640, 3), (102, 1280, 3), (9, 192, 192, 3)),
        ((6000, 3), (3, 640, 3), (1, 1280, 3), (3, 3, 192, 3)),
    ],
)
def test_sizes(size, view, detail, crops):
    found = cut(png(Image.new("RGB", size, (10, 200, 30))))
    assert found.shapes == {"view": view, "detail": detail, "crops": crops}
    assert all(len(found.blobs[name]) == math.prod(shape) for name, shape in found.shapes.items())
    assert all((array(found, name) == (10, 200, 30)).all() for name in found.shapes)
    assert found.sides == size
    assert len(found.places) == crops[0]


def test_crops_are_the_pixels_at_their_places_the_middle_first():
    picture = media_files.image(900, 1300)
    found, whole = cut(png(picture)), np.asarray(picture)
    for crop, (x, y, width, height) in zip(array(found, "crops"), found.places, strict=True):
        left, top, wide, tall = (round(v) for v in (x * 1300, y * 900, width * 1300, height * 900))
        assert np.array_equal(crop, whole[top : top + tall, left : left + wide])
    assert found.places[0][:2] == pytest.approx((554 / 1300, 354 / 900))
    assert len({place[:2] for place in found.places}) == 9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation):
    from PIL import ImageOps

    picture = media_files.image(500, 700)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = png(picture, exif=exif)
    shown = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    found, straight = cut(data), cut(png(shown))
    assert found.shapes == straight.shapes
    assert found.places == straight.places
    assert np.array_equal(array(found, "crops"), array(straight, "crops"))
    for name in ("view", "detail"):
        assert np.abs(array(found, name).astype(int) - array(straight, name)).max() <= 2


def test_a_view_is_near_what_lanczos_makes_of_the_whole():
    picture = media_files.image(1500, 2000)
    direct = np.asarray(picture.resize((384, 288), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(array(cut(png(picture)), "view") - direct).mean() < 1.0


def test_a_long_picture_is_viewed_at_its_middle():
    picture = halves(4000, 400)
    view = array(cut(png(picture)), "view")
    assert view.shape == (288, 640, 3)
    assert (view[0, 10] == (255, 0, 0)).all()
    assert (view[0, -10] == (0, 0, 255)).all()


def test_what_is_transparent_is_white():
    picture = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    assert (array(cut(png(picture)), "view") == 255).all()


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "LA", "I;16", "RGBA"])
def test_modes(mode):
    grey = Image.linear_gradient("L").resize((400, 300))
    if mode == "I;16":
        data = png(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
    elif mode == "CMYK":
        data = media_files.saved(grey.convert("RGB").convert("CMYK"), "TIFF")
    else:
        data = png(grey.convert(mode))
    view = array(cut(data), "view").astype(int)
    assert view.shape == (288, 384, 3)
    assert view[-20:].mean() - view[:20].mean() > 200  # dark above, bright below, whatever it was stored as


def test_of_an_animation_the_first_frame_is_looked_at():
    frames = [Image.new("RGB", (300, 300), colour) for colour in ((250, 0, 0), (0, 250, 0))]
    data = media_files.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert array(cut(data), "view")[0, 0, 0] > 240


def test_of_a_picture_that_ends_early_nothing_is_looked_at():
    found = cut(media_files.jpeg(600, 800)[:9000])
    assert found.shapes == {}
    assert Note.TRUNCATED in found.notes


def test_of_what_cannot_be_decoded_nothing_is_looked_at():
    assert cut(media_files.png_header(100, 100)).shapes == {}


def test_frames_of_a_clip():
    found = cut(media_files.written([np.asarray(media_files.image(720, 1280, seed)) for seed in range(20)]))
    assert found.shapes == {"frames": (16, 480, 853, 3)}
    assert list(found.times) == sorted(found.times)
    assert found.times[-1] > 0.5
    assert len({frame.tobytes() for frame in array(found, "frames")}) == 16


def test_a_clip_that_is_held_upright_is_looked_at_upright():
    data = bytearray(media_files.clip(size=(320, 240)))
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 240 << 16, 0, 1 << 30)
    assert cut(bytes(data)).shapes == {"frames": (16, 320, 240, 3)}


def with_changing_rate(mp4: bytes) -> bytes:
    """The first half of the frames stay three times as long as the others; `moov` has to come last."""
    at = mp4.index(b"stts") - 4
    size, _kind, _flags, _entries, count, length = struct.unpack_from(">I4sIIII", mp4, at)
    halves = (count // 2, length * 3 // 2, count - count // 2, length // 2)  # as long as before
    made = bytearray(mp4[:at] + struct.pack(">I4sII4I", size + 8, b"stts", 0, 2, *halves) + mp4[at + size :])
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        place = made.rindex(parent, 0, at) - 4
        struct.pack_into(">I", made, place, struct.unpack_from(">I", made, place)[0] + 8)
    return bytes(made)


def test_times_are_those_of_a_clip_whose_rate_changes():
    even, uneven = (cut(data) for data in (media_files.clip(), with_changing_rate(media_files.clip())))
    assert uneven.shapes == even.shapes
    steps = np.diff(uneven.times)
    assert (steps > 0).all()
    assert steps[:6].mean() > 2 * steps[-6:].mean()
    assert np.diff(even.times).max() < 2 * np.diff(even.times).min()


def test_of_a_clip_that_ends_early_its_first_frames_are_looked_at():
    data = media_files.clip(".avi", "MJPG")
    found = cut(data[: len(data) // 2])
    count = found.shapes["frames"][0]
    assert 1 <= count < 16
    assert len(found.times) == count


def test_a_clip_without_frames_gives_none():
    assert cut(media_files.written([np.zeros((64, 64, 3), np.uint8)])[:-300] + bytes(300)).shapes.get("frames", ()) in {
        (), (1, 64, 64, 3),
    }  # fmt: skip
