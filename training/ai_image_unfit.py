"""Which pictures the application abstains on whatever a net says: `touchstone.detect.measures` on each view and state.

`python -m training.ai_image_unfit` makes what is missing. The detail is the view here: the originals are not kept.
"""

from __future__ import annotations

import json
import time

from touchstone.detect.measures import measures
from training import data
from training.ai_image_data import EVALUATED, pictures, state


def fill() -> None:
    """Measure what was not."""
    began, path = time.monotonic(), data.work() / "unfit.jsonl"
    done = unfit()
    with path.open("a", encoding="utf-8") as file:
        for picture in pictures(pseudos=False):
            pixels = None
            for name in EVALUATED:
                if (picture.item.stem, int(name != "clean")) in done:
                    continue
                pixels = picture.pixels() if pixels is None else pixels
                laundered = state(pixels, picture.name, name)
                found = measures(laundered, laundered)
                why = "recompressed" if found.heavy else "drawing" if found.drawn or found.flat else ""
                file.write(json.dumps([picture.item.stem, int(name != "clean"), why]) + "\n")
    print(f"what the application abstains on: {time.monotonic() - began:.0f} s", flush=True)


def unfit() -> dict[tuple[str, int], str]:
    """Why the application abstains, by stem and state (1: laundered); empty where it does not."""
    path = data.work() / "unfit.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {(stem, laundered): why for stem, laundered, why in map(json.loads, lines)}


if __name__ == "__main__":
    fill()
