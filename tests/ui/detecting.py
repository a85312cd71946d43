"""Detectors' findings with everything that a card can draw of them, made by hand, and the pictures beside them."""

from __future__ import annotations

import math

from tests.unit import examples

from touchstone.report import Finding, Picture, Report, Status, Witness

SHA256 = "3f2a9c1e" * 8
KNOWN = {"model": "ai-image", "model_sha256": SHA256, "registered": False}
FEATURES = [["fine.noise.luma.square.level", -5.1], ["coarse.mosaic.red.period", 2.4], ["fine.grid.luma.period8", 1.0]]


def blob(width: int, height: int, across: float, down: float) -> Picture:
    """A grey map that is strongest at one place, 0 to 1 across and down, and black far from it."""
    rows = bytearray()
    for y in range(height):
        for x in range(width):
            away = math.hypot((x + 0.5) / width - across, (y + 0.5) / height - down)
            rows += bytes([int(255 * max(0.0, 1 - 2.5 * away))] * 3)
    return Picture(width, height, bytes(rows))


def pictures() -> dict[str, Picture]:
    """The maps of `pointing`."""
    return {"map-ai-image": blob(48, 36, 0.8, 0.2), "map-splice": blob(64, 48, 0.2, 0.8)}


def pointing() -> list[Finding]:
    """Detectors of pictures: signs with a map and a crop, an abstention, faces, a map with no signs."""
    return [
        examples.detector(**KNOWN, map="map-ai-image", boxes=[[0.6, 0.0, 0.4, 0.5]]),
        examples.detector(Witness.FORENSIC, **KNOWN, decision="inconclusive", reason="recompressed", features=FEATURES),
        examples.detector(Witness.FACE, **KNOWN, decision="none", boxes=[[0.1, 0.2, 0.2, 0.3], [0.6, 0.3, 0.1, 0.2]]),
        examples.detector(Witness.SPLICE, **KNOWN, decision="none", map="map-splice"),
    ]


def clip(count: int = 24, **details: object) -> Finding:
    """A video's finding with `count` frames, one in half a second, whose scores rise from low to high."""
    frames = [{"time": i / 2, "score": round(i / max(1, count - 1), 3)} for i in range(count)]
    known = {**KNOWN, "timeline": frames, "median": 0.5, "p90": 0.9}
    return examples.detector(Witness.VIDEO, **(known | details))


def every_witness() -> Report:
    """A report in which each detector has something else to say."""
    return examples.report(
        examples.unsigned(),
        examples.facts(),
        *pointing(),
        clip(),
        Finding(Witness.VOICE, Status.FAILED, "broken-output"),
    )
