"""What `touchstone detect` is measured against: the calls of the runtime that it makes, and nothing around them.

bare_networks.py MODELS FOLDER COUNT: every detector in MODELS on what a dozen pictures of FOLDER give it, COUNT times
in all, one call after another, each with the threads that it has there. The pictures are decoded and everything is
loaded before the clock starts; it prints the seconds.
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from touchstone import modelfile
from touchstone.check.detector_panel import threads as product_threads
from touchstone.detect.faces import Finder
from touchstone.detect.scene import Scene
from touchstone.detect.session import Model, Trouble
from touchstone.media import arrays

_PICTURES = 12


def scene(path: Path, finder: Finder | None) -> Scene:
    """A picture as the detectors are given it."""
    with Image.open(path) as image:
        cut = arrays.of_picture(image.convert("RGB"), 1)
    blobs = {name: np.frombuffer(data, np.uint8).reshape(cut.shapes[name]) for name, data in cut.blobs.items()}
    places = [(x, y, wide, tall) for x, y, wide, tall in cut.places]
    return Scene(blobs, places, None if finder is None else finder.find)


def feeds(model: Model, seen: Scene):
    """What a network is given of a picture; None where there is nothing for it."""
    try:
        return {given.name: seen.fed(given) for given in model.manifest.inputs}
    except Trouble:
        return None


def main() -> None:
    folder, pictures, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    threads = product_threads()
    finding = folder / "face-finder" / modelfile.MODEL
    finder = Finder(finding.read_bytes(), threads) if finding.exists() else None
    models = [
        Model(modelfile.parse(path.read_bytes()), (path.parent / modelfile.MODEL).read_bytes(), threads)
        for path in sorted(folder.glob(f"*/{modelfile.MANIFEST}"))
    ]
    scenes = [scene(path, finder) for path in sorted(pictures.glob("*.jpg"))[:_PICTURES]]
    fed = [[(model, given) for model in models if (given := feeds(model, s)) is not None] for s in scenes]
    with_faces = finder is not None and any(m.manifest.task is modelfile.Task.FACE for m in models)
    for calls in fed:  # once for everything that is made with the first call
        for model, given in calls:
            model.run(given)
    began = time.perf_counter()
    for seen, calls in itertools.islice(itertools.cycle(zip(scenes, fed, strict=True)), count):
        if with_faces:
            finder.find(seen.detail)
        for model, given in calls:
            model.run(given)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
