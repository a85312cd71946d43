"""What `touchstone check` is measured against: the same library calls in a pool of two plain processes.

plain_pool.py ours|reference FOLDER: no lock-down, no report, no history; "reference" computes PDQ with pdqhash.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
from pathlib import Path

import c2pa
import numpy as np
from PIL import Image


def _pdq_ours(image: Image.Image) -> str:
    from touchstone.media import pdq, raster

    with raster.pixels(image) as pixels:  # without the copy that np.asarray makes, as the product does
        return pdq.fingerprint(pixels).hash


def _pdq_reference(image: Image.Image) -> str:
    import pdqhash

    bits, _quality = pdqhash.compute(np.asarray(image))
    return np.packbits(bits).tobytes().hex()


_PDQ = {"ours": _pdq_ours, "reference": _pdq_reference}


def look(task: tuple[str, str]) -> tuple[str, str, int]:
    kind, path = task
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        try:
            with c2pa.Reader("image/jpeg", file) as reader:
                credentials = len(json.loads(reader.json())["manifests"])
        except c2pa.C2paError.ManifestNotFound:
            credentials = 0
        file.seek(0)
        with Image.open(file) as image:
            image.load()
            fingerprint = _PDQ[kind](image)
    return sha256, fingerprint, credentials


def main() -> None:
    kind, folder = sys.argv[1:]
    tasks = [(kind, str(path)) for path in sorted(Path(folder).glob("*.jpg"))]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for sha256, fingerprint, credentials in pool.imap(look, tasks):
            print(sha256, fingerprint, credentials)


if __name__ == "__main__":
    main()
