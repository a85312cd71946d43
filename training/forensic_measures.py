"""How often `touchstone.detect.measures` calls a picture drawn or heavily compressed; `python -m` runs it.

Only real pictures are looked at. Crops serve as detail, for they alone are at native resolution.
"""

from __future__ import annotations

from collections import defaultdict

import cv2
import numpy as np

from touchstone.detect import measures
from training import ai_image_data, data
from training.data import Item, Rgb

_QUALITIES = (95, 75, 60, 50, 35, 25, 15)
_SAMPLE = 400


def jpeg(pixels: Rgb, quality: int) -> Rgb:
    coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(decoded[..., ::-1])


def drawn(found: list[Item]) -> None:
    """Share of pictures called drawn, by content and by photographic source, as they are and laundered."""
    for state in ("clean", "laundered0"):
        by: dict[str, list[bool]] = defaultdict(list)
        for item in found:
            if item.view is None:
                continue
            view = ai_image_data.state(data.decode(item.view), item.stem, state)
            said = measures.measures(view, view).drawn
            by[item.content].append(said)
            if item.content in data.PHOTOGRAPHIC:
                by[item.source].append(said)
                by["photographs"].append(said)
        print(state, {k: f"{np.mean(v):.1%} of {len(v)}" for k, v in sorted(by.items())}, flush=True)


def heavy(found: list[Item]) -> None:
    """Share of crops called heavily compressed, as they are and after JPEG of known quality."""
    by: dict[str, list[float]] = defaultdict(list)
    for index in np.random.default_rng(0).permutation(len(found))[:_SAMPLE]:
        crop = data.decode(found[index].crop)
        by["as it is"].append(measures.measures(crop, crop).recompression)
        for quality in _QUALITIES:
            made = jpeg(crop, quality)
            by[f"JPEG {quality}"].append(measures.measures(made, made).recompression)
    for name, values in by.items():
        print(f"{name}: median {np.median(values):.2f}, heavy {np.mean(np.array(values) >= measures.HEAVY):.1%}")


def main() -> None:
    cv2.setNumThreads(1)
    found = data.items(label="real")
    heavy(found)
    drawn(found)


if __name__ == "__main__":
    main()
