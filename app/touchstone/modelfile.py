"""What a detector is: an ONNX file and a manifest that says what goes in, what comes out, and how often it is wrong.

Both sides read manifests: the desk decides by them, the worker feeds the model by them. Standard library only.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

SCHEMA = "touchstone.model/1"
MANIFEST = "manifest.json"
MODEL = "model.onnx"
RECORD = "record.json"
SEAL = "seal.json"
ITEMS = "data.items"
CLIPS = "video.json"
CLIPS_SCHEMA = "touchstone.video/1"
MAX_MANIFEST = 256 * 1024  # bytes
MAX_RECORD = 4 * 1024 * 1024  # bytes of a training record
MAX_SEAL = 16 * 1024
MAX_ITEMS = 1024 * 1024 * 1024  # bytes of the list of a model's data
MAX_MODEL = 20 * 1024 * 1024
MAX_BATCH = 32
MAX_SIDE = 1280
_E = TypeVar("_E", bound=StrEnum)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9_./:-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")


class ManifestError(ValueError):
    """The bytes are no manifest of a detector; the text names the field, for developers."""


class Task(StrEnum):
    """What a detector looks at: the witness that it speaks for."""

    AI_IMAGE = "ai-image"
    FORENSIC = "forensic"
    FACE = "face"
    SPLICE = "splice"
    VIDEO = "video"
    VOICE = "voice"


class Feed(StrEnum):
    """What an input of a model is given; `touchstone.detect.prepare` makes it."""

    SQUARES = "squares"  # N x 3 x size x size: squares along the whole picture, its short side brought to `size`
    CROPS = "crops"  # N x 3 x size x size: cut at native resolution
    DETAIL = "detail"  # 1 x 3 x H x W: the whole picture at up to about a megapixel, sides multiples of `size`
    FACES = "faces"  # N x 3 x size x size: one face each
    FEATURES = "features"  # 1 x size: `touchstone.detect.features`


@dataclass(frozen=True, slots=True)
class Input:
    """One input: pixels are scaled to [0, 1], then (x - mean) / std for each of red, green, blue."""

    name: str
    feed: Feed
    size: int
    count: int = 1  # at most this many in a batch
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Names of the outputs; an empty one is not there.

    `logit` is one number a picture (or one a face); `distance` one number, how far the picture lies from those that the
    limits were measured on; `map` h x w logits over the picture; `parts` one logit for each element of the batch.
    """

    logit: str
    distance: str = ""
    map: str = ""
    parts: str = ""


@dataclass(frozen=True, slots=True)
class Rates:
    """What was measured at the limit, on sources never trained on. Shares, 0 to 1; None where it was not measured."""

    false_alarms: float | None = None  # mean over sources of real pictures
    worst_source: float | None = None
    recall: float | None = None
    auc: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a logit becomes a score and a decision: score = 1 / (1 + exp(-(logit - bias) / temperature))."""

    temperature: float = 1.0
    bias: float = 0.0
    limit: float = 0.5  # signs, at this score and above
    none_below: float = 0.5  # no signs found, below this score
    agreed_limit: float | None = None  # signs at this score too, where the other detector that asks the same agrees
    distance_limit: float | None = None  # unfamiliar beyond
    least_side: int = 256  # too small under
    joint: bool = False  # whether its limit is part of the budget that all detectors share
    set: str = ""  # what it was measured on; empty: not measured
    date: str = ""
    rates: Rates = Rates()

    def score(self, logit: float) -> float:
        """The calibrated score, 0 to 1."""
        x = max(-60.0, min(60.0, (logit - self.bias) / self.temperature))
        return 1 / (1 + math.exp(-x))


@dataclass(frozen=True, slots=True)
class ClipLimit:
    """What was measured of clips, whose score is the median of what one model says of their frames."""

    model_sha256: str
    limit: float  # signs, at this median of calibrated scores and above
    rates: Rates
    set: str
    date: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A detector. `sha256` and `bytes` are those of its ONNX file."""

    id: str
    version: str
    task: Task
    title: str
    licence: str
    sha256: str
    bytes: int
    inputs: tuple[Input, ...]
    outputs: Outputs
    calibration: Calibration = Calibration()
    made: str = ""  # ISO 8601 date
    limits_of_use: tuple[str, ...] = ()
    preprocessing: str = "1"  # version of `touchstone.detect.prepare` (and of `features`) that it was trained with


def dumps(manifest: Manifest) -> str:
    """The manifest as JSON text, keys in order."""
    return json.dumps({"schema": SCHEMA, **dataclasses.asdict(manifest)}, indent=2, ensure_ascii=False) + "\n"


def parse(raw: bytes) -> Manifest:
    """The manifest in the bytes of a JSON document, whoever wrote them. Fields not known here are left out.

    Raises:
        ManifestError: it is no manifest of this schema, or asks for what is not offered.
    """
    if len(raw) > MAX_MANIFEST:
        raise ManifestError("longer than a manifest can be")
    try:
        data = _object(json.loads(raw.decode("utf-8"), parse_constant=_no_constant), "manifest")
    except (ValueError, RecursionError) as error:
        raise ManifestError("not JSON") from error
    if data.get("schema") != SCHEMA:
        raise ManifestError("schema")
    inputs = _list(data.get("inputs"), "inputs", 1, 4)
    return Manifest(
        id=_text(data, "id", _ID),
        version=_text(data, "version", _VERSION),
        task=_member(Task, data, "task"),
        title=_free(data, "title", 120),
        licence=_free(data, "licence", 120),
        sha256=_text(data, "sha256", _SHA256),
        bytes=_whole(data, "bytes", 1, MAX_MODEL),
        inputs=tuple(_input(_object(i, "inputs")) for i in inputs),
        outputs=_outputs(_object(data.get("outputs"), "outputs")),
        calibration=_calibration(_object(data.get("calibration", {}), "calibration")),
        made=_free(data, "made", 40, ""),
        limits_of_use=tuple(_free({"t": t}, "t", 400) for t in _list(data.get("limits_of_use", []), "limits", 0, 20)),
        preprocessing=_free(data, "preprocessing", 20, "1"),
    )


def parse_clips(raw: bytes) -> ClipLimit:
    """The limit of clips in the bytes of a JSON document.

    Raises:
        ManifestError: there is none of this schema.
    """
    try:
        data = _object(json.loads(raw[:MAX_MANIFEST].decode("utf-8"), parse_constant=_no_constant), "clips")
    except (ValueError, RecursionError) as error:
        raise ManifestError("not JSON") from error
    if data.get("schema") != CLIPS_SCHEMA or data.get("statistic") != "median":
        raise ManifestError("schema")
    return ClipLimit(
        model_sha256=_text(data, "model_sha256", _SHA256),
        limit=_real(data, "limit", 0.0, 1.0, 1.0),
        rates=_rates(_object(data.get("rates", {}), "rates")),
        set=_free(data, "set", 400, ""),
        date=_free(data, "date", 40, ""),
    )


def _rates(data: Mapping[str, Any]) -> Rates:
    return Rates(**{name: _share(data, name) for name in ("false_alarms", "worst_source", "recall", "auc")})


def _input(data: Mapping[str, Any]) -> Input:
    return Input(
        name=_text(data, "name", _NAME),
        feed=_member(Feed, data, "feed"),
        size=_whole(data, "size", 1, MAX_SIDE),
        count=_whole(data, "count", 1, MAX_BATCH, 1),
        mean=_three(data, "mean", 0.0),
        std=_three(data, "std", 1.0),
    )


def _outputs(data: Mapping[str, Any]) -> Outputs:
    names = {n: _text(data, n, _NAME) if data.get(n) else "" for n in ("distance", "map", "parts")}
    return Outputs(logit=_text(data, "logit", _NAME), **names)


def _calibration(data: Mapping[str, Any]) -> Calibration:
    limit = _real(data, "limit", 0.0, 1.0, 0.5)
    return Calibration(
        temperature=_real(data, "temperature", 1e-3, 1e3, 1.0),
        bias=_real(data, "bias", -1e3, 1e3, 0.0),
        limit=limit,
        agreed_limit=None if data.get("agreed_limit") is None else _real(data, "agreed_limit", 0.0, limit, limit),
        none_below=min(limit, _real(data, "none_below", 0.0, 1.0, limit)),
        distance_limit=None if data.get("distance_limit") is None else _real(data, "distance_limit", 0.0, 1e9, 0.0),
        least_side=_whole(data, "least_side", 1, 4096, 256),
        joint=data.get("joint") is True,
        set=_free(data, "set", 400, ""),
        date=_free(data, "date", 40, ""),
        rates=_rates(_object(data.get("rates", {}), "rates")),
    )


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ManifestError(what)
    return value


def _list(value: object, what: str, least: int, most: int) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise ManifestError(what)
    return value


def _text(data: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ManifestError(key)
    return value


def _free(data: Mapping[str, Any], key: str, most: int, missing: str | None = None) -> str:
    value = data.get(key, missing)
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise ManifestError(key)
    return value


def _member(kind: type[_E], data: Mapping[str, Any], key: str) -> _E:
    try:
        return kind(data.get(key, ""))
    except ValueError as error:
        raise ManifestError(key) from error


def _whole(data: Mapping[str, Any], key: str, least: int, most: int, missing: int | None = None) -> int:
    value = data.get(key, missing)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ManifestError(key)
    return value


def _real(data: Mapping[str, Any], key: str, least: float, most: float, missing: float) -> float:
    value = data.get(key, missing)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ManifestError(key)
    return float(value)


def _share(data: Mapping[str, Any], key: str) -> float | None:
    return None if data.get(key) is None else _real(data, key, 0.0, 1.0, 0.0)


def _three(data: Mapping[str, Any], key: str, missing: float) -> tuple[float, float, float]:
    values = _list(data.get(key, [missing] * 3), key, 3, 3)
    least = 1e-6 if key == "std" else -1e6
    red, green, blue = (_real({key: v}, key, least, 1e6, missing) for v in values)
    return red, green, blue


def _no_constant(name: str) -> object:
    raise ValueError(name)
