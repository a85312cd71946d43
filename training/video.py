"""How often clips of untouched pictures would be flagged: `python -m training.video`, once `ai-image` ships.

There are no clips in the training data. They are made of views by code: a slow pan or zoom, each frame recompressed
alike, and asked about as the application asks (`touchstone.detect.video`). The net that ships saw the pictures, so a
frame's logit is shifted by what the still's out-of-fold logit differs from the shipped net's: the clip is scored as if
the net had not seen it. Statistic: the median of the frames' calibrated scores, with the 90th percentile beside it.
Writes `resources/models/video.json`.
"""

from __future__ import annotations

import datetime
import json
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from touchstone import modelfile
from touchstone.detect import video
from touchstone.detect.prepare import Rgb
from touchstone.detect.session import Model
from touchstone.modelfile import Manifest, Task
from training import data, joint, scores
from training.data import PHOTOGRAPHIC, Item
from training.joint_rows import LEAST

FOLDER = data.ROOT / "resources" / "models"
FRAMES, EACH = 6, 15  # frames a clip; clips a source
_SHORT = 240  # px of a frame
_SEED = 20_261_129
SET = "clips-1: pans and zooms over untouched photographs, and over generated pictures, made by code"


@dataclass(frozen=True, slots=True)
class Clip:
    """The calibrated scores of one clip."""

    item: Item
    median: float
    high: float


def clip(view: Rgb, stem: str) -> Rgb:
    """N x h x w x 3: a window that moves and grows over the picture, through JPEG of one quality."""
    random = np.random.default_rng([_SEED, zlib.crc32(stem.encode())])
    height, width = view.shape[:2]
    sizes = np.linspace(*random.uniform(0.7, 1.0, 2), FRAMES)
    ends = random.uniform(0, 1, (2, 2))
    quality = int(random.integers(60, 90))
    longest = round(_SHORT * max(height, width) / min(height, width))
    target = (longest, _SHORT) if width >= height else (_SHORT, longest)
    frames = []
    for step, share in enumerate(sizes):
        tall, wide = round(height * share), round(width * share)
        at = ends[0] + (ends[1] - ends[0]) * step / (FRAMES - 1)
        top, left = round((height - tall) * at[0]), round((width - wide) * at[1])
        window = cv2.resize(view[top : top + tall, left : left + wide], target, interpolation=cv2.INTER_AREA)
        coded = cv2.imencode(".jpg", window, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        frames.append(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8))
    return np.stack(frames)


def _logits(model: Model, frames: Rgb) -> list[float]:
    said = video.asked({Task.AI_IMAGE: model}, lambda _: [], frames, range(len(frames)), lambda _: None, alone=True)
    return [float(f[Task.AI_IMAGE]) for f in said.body["frames"] if f.get(Task.AI_IMAGE) is not None]


def clips(model: Model, still: dict[str, float]) -> list[Clip]:
    """The clips of a few pictures of each source."""
    found, counts = [], defaultdict[str, int](int)
    every = [i for i in data.items() if i.view and i.stem in still]
    for index in np.random.default_rng(_SEED).permutation(len(every)):
        item = every[index]
        photograph = item.label == "real" and item.content in PHOTOGRAPHIC
        if counts[item.source] >= EACH or not (photograph or item.generated) or item.view is None:
            continue
        counts[item.source] += 1
        view = data.decode(item.view)
        own = _logits(model, view[None])
        moved = [x - own[0] + still[item.stem] for x in _logits(model, clip(view, item.stem))] if own else []
        if moved:
            said = [model.manifest.calibration.score(x) for x in moved]
            found.append(Clip(item, float(np.median(said)), float(np.quantile(said, 0.9))))
    return found


def _alarms(found: Sequence[Clip]) -> tuple[dict[str, float], float]:
    """Each source's share of clips at or above the limit that the others set; and the limit of all of them.

    A limit is the highest median of an untouched clip, raised by the least margin that keeps the false alarms within
    what pictures are allowed.
    """
    by: dict[str, list[float]] = defaultdict(list)
    for one in found:
        if not one.item.generated:
            by[one.item.source].append(one.median)
    tops = {s: max(x) for s, x in by.items()}
    for margin in joint.MARGINS:
        others = {s: joint.raised(max(top for o, top in tops.items() if o != s), margin) for s in by}
        alarms = {s: float(np.mean([m >= others[s] for m in medians])) for s, medians in by.items()}
        if np.mean(list(alarms.values())) <= joint.FALSE_ALARMS and max(alarms.values()) <= joint.WORST:
            break
    return alarms, joint.raised(max(tops.values()), margin)


def told(found: Sequence[Clip], manifest: Manifest) -> dict[str, Any]:
    """What stands in `video.json`."""
    alarms, limit = _alarms(found)
    made = [c for c in found if c.item.generated]
    same = [c.median >= manifest.calibration.limit for c in found if not c.item.generated]
    return {
        "schema": "touchstone.video/1",
        "statistic": "median",
        "beside": "p90",
        "model": manifest.id,
        "model_sha256": manifest.sha256,
        "limit": limit,
        "rates": {
            "false_alarms": round(float(np.mean(list(alarms.values()))), 4),
            "worst_source": round(max(alarms.values()), 4),
            "recall": round(float(np.mean([c.median >= limit for c in made])), 4),
            "false_alarms_at_picture_limit": round(float(np.mean(same)), 4),
        },
        "median_against_p90": {
            name: round(
                scores.auc([get(c) for c in made], [get(c) for c in found if not c.item.generated]), 3
            )
            for name, get in (("median", lambda c: c.median), ("p90", lambda c: c.high))
        },
        "clips": {"untouched": len(found) - len(made), "generated": len(made), "sources": len(alarms)},
        "by_source": {s: round(a, 4) for s, a in sorted(alarms.items())},
        "set": SET,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }  # fmt: skip


def main() -> None:
    cv2.setNumThreads(1)
    folder = FOLDER / "ai-image"
    manifest = modelfile.parse((folder / modelfile.MANIFEST).read_bytes())
    model = Model(manifest, (folder / modelfile.MODEL).read_bytes(), 1)
    rows = scores.read(data.work() / "oof" / "ai-image.csv")
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row.source] += not row.laundered
    still = {r.stem: r.logit for r in rows if not r.laundered and counts[r.source] >= LEAST}
    made = told(clips(model, still), manifest)
    (FOLDER / "video.json").write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
