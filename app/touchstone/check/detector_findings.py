"""What the detectors said, as findings. Pure.

Details of a finding that is done: `score` 0 to 1, `limit`, `decision`, `reason` (empty unless inconclusive), `agreed`
(signs because two detectors agree, at the limits for that), `error_rate` {false_alarms, worst_source, recall, set},
each null where it was not measured, `joint_limit`, `model`, `model_sha256`, `map` (the name of a picture, or empty),
`boxes` (x, y, width, height as shares of the picture: the faces, or what drove the score most), `features` (name,
distance from what is usual), `distance`, and what `check.model_standing` adds of the register: `registered`,
`standing`, `registered_by`, `manifest_sha256`. Of a clip also `median`, `p90`, `timeline` ({time, score} of each
frame), `led_by` (the detector whose scores these are), `kept`.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from touchstone.check.deciding import Choice, Decision, Seen, Why, decide, settle
from touchstone.check.detector_reply import BROKEN_OUTPUT, Answer, Said
from touchstone.check.models import Installed
from touchstone.modelfile import Calibration, ClipLimit, Rates, Task
from touchstone.report import Finding, Status, Witness
from touchstone.wire import WorkerFailure

ON_PICTURES = (Task.AI_IMAGE, Task.FORENSIC, Task.FACE, Task.SPLICE)
ON_FRAMES = (Task.AI_IMAGE, Task.FACE)
_MAPS: Mapping[Task, str] = {Task.AI_IMAGE: "map-ai-image", Task.SPLICE: "map-splice"}
_FEWEST_FACES = 3  # frames with a face, below which faces say nothing about a clip


def without(task: Task, code: str, *, seconds: float = 0, took_ms: int = 0) -> Finding:
    """The finding of a detector that gave no answer, by the code of why."""
    somebody_tried = code == BROKEN_OUTPUT or (code in set(WorkerFailure) and code != WorkerFailure.UNSUPPORTED)
    params = {"seconds": round(seconds)} if code == WorkerFailure.TIMEOUT else {}
    status = Status.FAILED if somebody_tried else Status.NOT_CHECKED
    return Finding(Witness(str(task)), status, str(code), params, took_ms=took_ms)


def of_picture(
    answer: Answer, asked: Mapping[Task, Installed], sides: tuple[int, int], *, seconds: float
) -> dict[Task, Finding]:
    """The findings about a picture of these sides (pixels)."""
    seen = Seen(min(sides), answer.measures)
    decisions: dict[Task, Decision] = {}
    for task, said in answer.said.items():
        if task in asked and said.logit is not None and not said.failure:
            one = asked[task]
            around = seen if task is not Task.FACE else Seen(0, answer.measures)  # faces have a size of their own
            decisions[task] = decide(one.manifest.calibration, said.logit, said.distance, around, measured=one.measured)
    settled = settle(decisions, {task: _calibration(one) for task, one in asked.items()})
    found: dict[Task, Finding] = {}
    for task, said in answer.said.items():
        if task in settled:
            named = _MAPS.get(task, "")
            details = _details(asked[task], settled[task]) | _pointed(said, named if named in answer.maps else "")
            found[task] = _finding(task, asked[task], settled[task], details, said.took_ms)
        else:
            found[task] = without(task, said.failure or WorkerFailure.PROTOCOL, seconds=seconds, took_ms=said.took_ms)
    return found


def _calibration(one: Installed) -> Calibration:
    """Its limits; agreement was measured between the models that ship alone."""
    calibration = one.manifest.calibration
    return calibration if one.shipped else replace(calibration, agreed_limit=None)


def of_sample(finding: Finding) -> Finding:
    """The finding about a sample made on this computer: it is known to be drawn, whatever a detector makes of it."""
    if finding.status is not Status.DONE:
        return finding
    code, reason = str(Choice.INCONCLUSIVE), str(Why.DRAWING)
    return replace(finding, code=code, details={**finding.details, "decision": code, "reason": reason, "agreed": False})


def of_clip(answer: Answer, asked: Mapping[Task, Installed], measured: ClipLimit | None, *, seconds: float) -> Finding:
    """The finding about a clip: the scores of its frames, of whichever detector comes nearer to its limit.

    `measured` is how often a median over frames is wrong, for one model; of any other nothing is decided.
    """
    led = [_led(task, answer, asked[task], measured) for task in ON_FRAMES if task in asked]
    candidates = [one for one in led if one is not None]
    failures = [said.failure for said in answer.said.values() if said.failure]
    if not candidates:
        code = failures[0] if failures else WorkerFailure.UNREADABLE
        return without(Task.VIDEO, code, seconds=seconds)
    clip = max(candidates, key=lambda one: (one.median >= one.limit.limit, one.known, one.median - one.limit.limit))
    decision = _of_clip(clip)
    scores = sorted(entry["score"] for entry in clip.timeline)
    rates = clip.limit.rates if clip.known else Rates()
    details = _details(asked[clip.task], decision) | {
        "limit": clip.limit.limit,
        "error_rate": _named_rates(rates, clip.limit.set if clip.known else ""),
        "joint_limit": clip.known,  # of a clip, nobody else says anything
        "median": decision.score,
        "p90": scores[min(len(scores) - 1, int(0.9 * len(scores)))],
        "timeline": clip.timeline,
        "led_by": str(clip.task),
        "kept": answer.kept,
        "faces": answer.faces,
        "map": "",
    }
    took_ms = max(said.took_ms for said in answer.said.values())  # side by side
    return _finding(Task.VIDEO, asked[clip.task], decision, details, took_ms)


@dataclass(frozen=True, slots=True)
class _Clip:
    """What one detector says of the frames; whether it is known how often that is wrong."""

    task: Task
    timeline: list[dict[str, float]]
    calibration: Calibration
    limit: ClipLimit
    known: bool

    @property
    def median(self) -> float:
        return statistics.median(entry["score"] for entry in self.timeline)


def _of_clip(clip: _Clip) -> Decision:
    if not clip.known:
        return Decision(clip.median, Choice.INCONCLUSIVE, Why.NOT_MEASURED)
    if clip.median >= clip.limit.limit:
        return Decision(clip.median, Choice.SIGNS)
    if clip.median < clip.calibration.none_below:
        return Decision(clip.median, Choice.NONE)
    return Decision(clip.median, Choice.INCONCLUSIVE, Why.BETWEEN)


def _led(task: Task, answer: Answer, one: Installed, measured: ClipLimit | None) -> _Clip | None:
    calibration = one.manifest.calibration
    timeline = [
        {"time": frame["time"], "score": calibration.score(frame[task])}
        for frame in answer.frames
        if frame.get(task) is not None
    ]
    if len(timeline) < (_FEWEST_FACES if task is Task.FACE else 1):
        return None
    if measured is not None and measured.model_sha256 == one.manifest.sha256:
        return _Clip(task, timeline, calibration, measured, known=True)
    limit = ClipLimit(one.manifest.sha256, calibration.limit, Rates(), "", "")
    return _Clip(task, timeline, calibration, limit, known=False)


def _finding(task: Task, one: Installed, decision: Decision, details: dict[str, Any], took_ms: int) -> Finding:
    return Finding(
        witness=Witness(str(task)),
        status=Status.DONE,
        code=str(decision.choice),
        source=one.manifest.id,
        version=one.manifest.version,
        took_ms=took_ms,
        details=details,
    )


def _details(one: Installed, decision: Decision) -> dict[str, Any]:
    calibration = one.manifest.calibration
    return {
        "score": decision.score,
        "limit": calibration.agreed_limit if decision.agreed else calibration.limit,
        "agreed": decision.agreed,
        "decision": str(decision.choice),
        "reason": str(decision.reason or ""),
        "error_rate": _rates(one),
        "joint_limit": one.shipped and calibration.joint,
        "model": one.manifest.id,
        "model_sha256": one.manifest.sha256,
        "registered": False,
    }


def _rates(one: Installed) -> dict[str, Any]:
    """The error rate at the limit. What whoever made an added model says of it counts for nothing until measured."""
    if not one.measured:
        return _named_rates(Rates(), "")
    if one.evaluation is not None:
        return {name: one.evaluation.get(name) for name in ("false_alarms", "worst_source", "recall")} | {
            "set": str(one.evaluation.get("set", ""))
        }
    return _named_rates(one.manifest.calibration.rates, one.manifest.calibration.set)


def _named_rates(rates: Rates, measured_on: str) -> dict[str, Any]:
    return {
        "false_alarms": rates.false_alarms,
        "worst_source": rates.worst_source,
        "recall": rates.recall,
        "set": measured_on,
    }


def _pointed(said: Said, named: str) -> dict[str, Any]:
    """What points at places and reasons."""
    pointed: dict[str, Any] = {"map": named}
    if said.boxes:
        pointed["boxes"] = [list(box) for box in said.boxes]
    if said.features:
        pointed["features"] = [[name, away] for name, away in said.features]
    if said.distance is not None:
        pointed["distance"] = said.distance
    return pointed
