"""What a manifest says about how its file came to be, as codes. All of it is the signer's claim.

Source types: IPTC digital source type vocabulary. Actions: C2PA specification, "Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from touchstone.provenance.codes import part

SIGNALS_AT_MOST = 48  # more than there are, so that no declaration can be crowded out
_DEEPEST = 8
_MOST_VALUES = 4096

SOURCE_TYPES: Mapping[str, str] = {
    "digitalCapture": "captured",
    "computationalCapture": "captured-computed",
    "negativeFilm": "digitised",
    "positiveFilm": "digitised",
    "print": "digitised",
    "humanEdits": "edited-by-people",
    "minorHumanEdits": "edited-by-people",
    "compositeCapture": "composite-captured",
    "algorithmicallyEnhanced": "enhanced-by-program",
    "softwareImage": "made-by-program",
    "algorithmicMedia": "made-by-program",
    "dataDrivenMedia": "made-from-data",
    "digitalArt": "drawn",
    "digitalCreation": "drawn",
    "virtualRecording": "virtual-recording",
    "composite": "composite",
    "compositeSynthetic": "generated-part",
    "compositeWithTrainedAlgorithmicMedia": "generated-part",
    "trainedAlgorithmicMedia": "generated-wholly",
    "trainedAlgorithmicData": "generated-wholly",
    "screenCapture": "screen-capture",
    "empty": "blank-start",
}
AI = frozenset({"generated-part", "generated-wholly"})

ACTIONS: Mapping[str, str] = {
    "c2pa.addedText": "text-added",
    "c2pa.adjustedColor": "colour-adjusted",
    "c2pa.changedSpeed": "speed-changed",
    "c2pa.color_adjustments": "colour-adjusted",
    "c2pa.converted": "converted",
    "c2pa.created": "created",
    "c2pa.cropped": "cropped",
    "c2pa.deleted": "parts-deleted",
    "c2pa.drawing": "drawn-on",
    "c2pa.dubbed": "dubbed",
    "c2pa.edited": "edited",
    "c2pa.edited.metadata": "metadata-edited",
    "c2pa.enhanced": "enhanced",
    "c2pa.filtered": "filtered",
    "c2pa.opened": "opened",
    "c2pa.orientation": "turned",
    "c2pa.placed": "placed",
    "c2pa.published": "published",
    "c2pa.redacted": "redacted",
    "c2pa.removed": "removed",
    "c2pa.repackaged": "repackaged",
    "c2pa.resized": "resized",
    "c2pa.resized.proportional": "resized",
    "c2pa.transcoded": "transcoded",
    "c2pa.translated": "translated",
    "c2pa.trimmed": "trimmed",
    "c2pa.unknown": "unknown-edit",
    "c2pa.watermarked": "watermarked",
    "c2pa.watermarked.bound": "watermarked",
    "c2pa.watermarked.unbound": "watermarked",
}
_SOURCE_KEYS = frozenset({"digitalSourceType", "Iptc4xmpExt:DigitalSourceType", "DigitalSourceType"})


def signals(manifest: Mapping[str, Any]) -> list[str]:
    """Codes of what a manifest says was done, in the order of its actions, each once."""
    found: dict[str, None] = {}
    for action in _actions(manifest):
        found.setdefault(ACTIONS.get(str(action.get("action")), "other-edit"))
        _add_source(found, action.get("digitalSourceType"))
    for value in _source_values(manifest):
        _add_source(found, value)
    return list(found)[:SIGNALS_AT_MOST]


def states_source(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest names any source type, known to us or not."""
    return any(isinstance(v, str) and v for v in _source_values(manifest))


def agent(manifest: Mapping[str, Any]) -> str:
    """The software named in the actions, uncapped: the signer's string."""
    for action in _actions(manifest):
        named = action.get("softwareAgent")
        name = named if isinstance(named, str) else part(named, "name")
        if isinstance(name, str) and name:
            return name
    return ""


def generator(manifest: Mapping[str, Any]) -> str:
    """The program that wrote the claim, uncapped: the signer's string."""
    info = manifest.get("claim_generator_info")
    first = info[0] if isinstance(info, list) and info else None
    name, version = part(first, "name"), part(first, "version")
    if isinstance(name, str) and name:
        return f"{name} {version}" if isinstance(version, str) and version else name
    named = manifest.get("claim_generator")
    return named if isinstance(named, str) else ""


def has_identity(manifest: Mapping[str, Any]) -> bool:
    """Whether a CAWG identity assertion is there. It can only be checked online, so it is not."""
    return any(str(a.get("label", "")).startswith("cawg.identity") for a in _assertions(manifest))


def _assertions(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = manifest.get("assertions")
    for assertion in listed if isinstance(listed, list) else []:
        if isinstance(assertion, Mapping):
            yield assertion


def _actions(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for assertion in _assertions(manifest):
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        listed = part(assertion, "data", "actions")
        for action in listed if isinstance(listed, list) else []:
            if isinstance(action, Mapping):
                yield action


def _add_source(found: dict[str, None], value: object) -> None:
    if isinstance(value, str) and value:
        code = SOURCE_TYPES.get(value.rsplit("/", 1)[-1])
        if code is not None:
            found.setdefault(code)


def _source_values(manifest: Mapping[str, Any]) -> Iterator[object]:
    """Source types wherever an assertion states one: in actions, in their templates, in embedded metadata."""
    todo: list[tuple[object, int]] = [(a.get("data"), 0) for a in _assertions(manifest)]
    for _ in range(_MOST_VALUES):
        if not todo:
            return
        value, depth = todo.pop()
        if isinstance(value, Mapping):
            yield from (value[k] for k in _SOURCE_KEYS & value.keys())
        if depth < _DEEPEST:
            todo += [(inner, depth + 1) for inner in _inner(value)]


def _inner(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [v for v in value.values() if isinstance(v, (Mapping, list))]
    return [v for v in value if isinstance(v, (Mapping, list))] if isinstance(value, list) else []
