"""What detectors found, as an exported report shows it: lines, maps over the picture, a clip's frames as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from touchstone.export import heatmap
from touchstone.export.layers import Frames, Layer, frames_of
from touchstone.report import Finding, Picture, Status
from touchstone.texts import _, overlays, traces
from touchstone.texts import detectors as words
from touchstone.texts.plain import plain

STRENGTH = 0.75  # how opaque a map is at most
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what stands below it, and what is said where it cannot be seen."""

    picture: Picture
    caption: str
    said: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The frames of a clip on a plane of `width` by `height` units, y downward; all points lie within it."""

    width: int
    height: int
    points: tuple[tuple[float, float], ...]
    above: tuple[bool, ...]
    limit: float | None
    ticks: tuple[tuple[float, str], ...]
    said: str
    caption: str


def facts_of(finding: Finding) -> list[tuple[str, str, bool]]:
    """Labels and values, and whether a value is code. Raw scores stay in the JSON."""
    details = finding.details
    name, sha256 = details.get("model"), details.get("model_sha256")
    rates = details.get("error_rate")
    measured_on = rates.get("set") if isinstance(rates, Mapping) else None
    named = " ".join(part for part in (plain(name, 64), plain(finding.version, 40)) if part)
    rows = [
        (_("What was looked at"), words.looked_at(finding.witness), False),
        (_("Traces"), traces.stood_out(finding), False),
        (_("Frames"), frames_line(frames_in(finding)), False),
        (_("Model"), named if isinstance(name, str) and name else "", False),
        (_("SHA-256 of the model"), plain(sha256, 64) if isinstance(sha256, str) else "", True),
        (_("Measured on"), plain(measured_on, 200) if isinstance(measured_on, str) else "", False),
        *((_("Note"), note, False) for note in words.notes(finding)),
    ]
    return [row for row in rows if row[1]]


def frames_in(finding: Finding) -> Frames:
    """The timeline of a finding that is done."""
    return frames_of(finding) if finding.status is Status.DONE else Frames()


def frames_line(frames: Frames) -> str:
    """What the frames come to, in a sentence; empty where there are none."""
    count = len(frames.times)
    if not count:
        return ""
    return overlays.unlimited_timeline(count) if frames.limit is None else overlays.timeline(frames.above, count)


def figures_of(layer: Layer, shown: Picture | None) -> list[Figure]:
    """A layer over the file's picture; nothing where either is not at hand."""
    if shown is None or (layer.map is None and not layer.boxes):
        return []
    drawn = heatmap.over(shown, layer.map, layer.boxes, STRENGTH, layer.floor)
    caption = f"{_sentence(overlays.figure(layer.code))} {meaning_of(layer)}"
    return [Figure(drawn, caption, place_of(layer) or overlays.figure(layer.code))]


def meaning_of(layer: Layer) -> str:
    """What the colours and frames of a layer mean and are worth; where nothing is drawn, that first."""
    meaning = overlays.layer_meaning(layer.code, heat=layer.map is not None, boxes=len(layer.boxes))
    if layer.map is None:
        return meaning
    nothing = "" if heatmap.strongest(layer.map, layer.floor) else overlays.nothing()
    return " ".join(part for part in (nothing, meaning, overlays.caution()) if part)


def place_of(layer: Layer) -> str:
    """Where a map is strongest, in words; empty where there is no map."""
    return "" if layer.map is None else overlays.where(layer.code, heatmap.strongest(layer.map, layer.floor))


def plot_of(frames: Frames, width: int = 560, height: int = 96) -> Plot | None:
    """The frames as a plot; None where there are fewer than two."""
    if len(frames.times) < 2:
        return None
    start, end = frames.times[0], frames.times[-1]
    span = (end - start) or 1.0
    points = tuple(
        ((time - start) / span * width, (1 - score) * height)
        for time, score in zip(frames.times, frames.scores, strict=True)
    )
    limit = frames.limit
    ticks = tuple((width * step / _TICKS, overlays.moment(start + span * step / _TICKS)) for step in range(_TICKS + 1))
    return Plot(
        width=width,
        height=height,
        points=points,
        above=tuple(limit is not None and score >= limit for score in frames.scores),
        limit=None if limit is None else (1 - min(1.0, max(0.0, limit))) * height,
        ticks=ticks,
        said=frames_line(frames),
        caption=frames_line(frames) if limit is None else f"{frames_line(frames)} {overlays.limit_line()}",
    )


def path(points: Sequence[tuple[float, float]]) -> str:
    """Points as the `points` attribute of an SVG polyline."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _sentence(said: str) -> str:
    return said if said.endswith(".") else f"{said}."
