"""Aligned pseudo-fakes: real pictures passed through a small autoencoder, so that content cannot tell them apart.

`python -m training.pseudo view|crop` writes one lossless picture for every real one into `work()/pseudo/KIND`; it goes
on where it was stopped. Method: arXiv 2410.11835, 2412.17671 (aligned fakes by reconstruction).
"""

from __future__ import annotations

import sys
import time
import zlib

import cv2
import numpy as np
import torch

from training import data, taef2
from training.data import Rgb
from training.pseudo_files import folder, path

LONGEST = 416  # of a view: its ends add time, not traces
_NOISE = 0.25  # of the latents' own spread
_SEED = 20_261_127


class Maker:
    """Passes pictures through the autoencoder. What it does to each depends on seed and stem alone."""

    def __init__(self) -> None:
        weights = data.folder() / "autoencoder"
        self._encode, self._decode = taef2.encoder(weights), taef2.decoder(weights)

    @torch.inference_mode()
    def make(self, pixels: Rgb, stem: str) -> Rgb:
        """The reconstruction: half of them with noise on the latents, a third blended with what they were made of."""
        random = np.random.default_rng([_SEED, zlib.crc32(stem.encode())])
        pixels = trimmed(pixels)
        x = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
        latents = self._encode(x.contiguous(memory_format=torch.channels_last))
        if random.random() < 0.5:
            noise = torch.from_numpy(random.standard_normal(latents.shape, dtype=np.float32))
            latents = latents + noise * latents.std() * float(random.uniform(0.02, _NOISE))
        made = self._decode(latents)
        if random.random() < 0.33:
            share = float(random.uniform(0.5, 1))
            made = made * share + x * (1 - share)
        whole = made[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).to(torch.uint8)
        return np.ascontiguousarray(whole.numpy())


def trimmed(pixels: Rgb) -> Rgb:
    """The middle of a picture, at most `LONGEST` long, sides multiples of 8."""
    height, width = (min(side, LONGEST) // 8 * 8 for side in pixels.shape[:2])
    top, left = ((pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2)
    return pixels[top : top + height, left : left + width]


def main(kind: str) -> None:
    """Make what is missing."""
    torch.set_num_threads(1)
    folder(kind).mkdir(parents=True, exist_ok=True)
    wanted = [i for i in data.items(label="real") if kind == "crop" or i.view]
    order = np.random.default_rng(_SEED).permutation(len(wanted))  # a part of them is a fair sample of them all
    maker, began = Maker(), time.monotonic()
    for done, index in enumerate(order):
        item = wanted[index]
        source, target = (item.crop if kind == "crop" else item.view), path(kind, item)
        if source is None or target.exists():
            continue
        pixels = data.decode(source)
        if min(pixels.shape[:2]) < 64:
            continue
        partial = target.with_suffix(".part.png")
        cv2.imwrite(str(partial), maker.make(pixels, item.stem)[..., ::-1])
        partial.replace(target)
        if done % 100 == 0:
            print(f"{kind}: {done} of {len(wanted)}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
