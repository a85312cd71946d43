"""Photograph-like files for measuring, made once and kept in build/benchmarks."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

CACHE = Path(__file__).parents[1] / "build" / "benchmarks"
_SHAPES = ((4, 3), (3, 2), (3, 4), (16, 9))


def photo(seed: int, megapixels: float, shape: tuple[int, int] = (4, 3)) -> bytes:
    """A JPEG with structure at every scale and a sensor's grain: about 0.3 bytes a pixel, as cameras write."""
    random = np.random.default_rng(seed)
    width = int((megapixels * 1e6 * shape[0] / shape[1]) ** 0.5) // 16 * 16
    height = int(width * shape[1] / shape[0])
    scene = _scene(random, (width // 4, height // 4)).resize((width, height), Image.Resampling.BICUBIC)
    grain = random.standard_normal(height * width // 4 + width, np.float32) * 5
    total = np.asarray(scene) + np.resize(grain, (height, width, 1))
    image = Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, exif=_exif())
    return file.getvalue()


def _scene(random: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    total = np.full((size[1], size[0], 3), 118, np.float32)
    for level in range(2, 9):
        cells = random.standard_normal((2**level, 2**level, 3)).astype(np.float32)
        for channel in range(3):
            plane = Image.fromarray(cells[:, :, channel]).resize(size, Image.Resampling.BICUBIC)
            total[:, :, channel] += np.asarray(plane) * (120 / 1.7**level)
    return Image.fromarray(np.clip(total, 0, 255).astype(np.uint8))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Example Optics", "Model 1", "Firmware 1.0"
    return exif


def photos(count: int, low: float, high: float, *, signed_every: int = 5) -> Path:
    """A folder of `count` JPEGs of `low` to `high` megapixels; every n-th carries content credentials."""
    folder = CACHE / f"photos-{count}-{low:g}-{high:g}-{signed_every}"
    done = folder / ".done"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    sign = _signer()
    random = np.random.default_rng(7)
    sizes = []
    for number in range(count):
        megapixels = float(random.uniform(low, high))
        data = photo(number, megapixels, _SHAPES[number % len(_SHAPES)])
        if signed_every and number % signed_every == 0:
            data = sign(data)
        (folder / f"photo-{number:04}.jpg").write_bytes(data)
        sizes.append(len(data))
    done.write_text(json.dumps(sizes))
    return folder


def _signer():
    from touchstone.samples.authority import Authority
    from touchstone.samples.credentials import JPEG, Stamp, Statement

    authority = Authority()
    stamp = Stamp(authority.signer(), authority.root)
    return lambda data: stamp.sign(data, JPEG, Statement("Benchmark picture"))
