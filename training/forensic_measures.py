"""How often `touchstone.detect.measures` calls a picture drawn or heavily compressed; `python -m` runs it.

Only real pictures are looked at. Crops serve as detail, for they alone are at native resolution.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from touchstone.detect import measures
from training import ai_image_data, data
from training.data import Item, Rgb

_QUALITIES = (95, 75, 60, 50, 35, 25, 15)
_SAMPLE = 400


def kept() -> Path:
    """The file that says of each picture and state why detectors do not look at it."""
    return data.work() / "features" / "unfit.json"


def unfit() -> dict[str, list[str]]:
    """For "STEM STATE" (0 as it is, 1 laundered) the names of what holds: drawn, flat, heavy. Made once, then kept."""
    if kept().exists():
        found: dict[str, list[str]] = json.loads(kept().read_text("utf-8"))
        return found
    found = {}
    for item in data.items():
        for state, name in enumerate(ai_image_data.EVALUATED):
            found[f"{item.stem} {state}"] = _unfit(item, name)
    kept().parent.mkdir(parents=True, exist_ok=True)
    kept().write_text(json.dumps(found), "utf-8")
    return found


def _unfit(item: Item, name: str) -> list[str]:
    """A picture as it is has its crop for detail; a laundered one is its own detail."""
    crop = data.decode(item.crop)
    view = ai_image_data.state(data.decode(item.view), item.stem, name) if item.view else crop
    said = measures.measures(view, crop if name == "clean" else view)
    return [what for what in ("drawn", "flat", "heavy") if getattr(said, what)]


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
    unfit()
    found = data.items(label="real")
    heavy(found)
    drawn(found)


if __name__ == "__main__":
    main()
