"""The forensic features that stood out, in plain words: what was measured, and how far it is from what is usual.

A feature is called size.family.what (`touchstone.detect.features`); the family is what can be said in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from touchstone.report import Finding
from touchstone.texts import _

_MOST = 4
_FAR, _VERY_FAR = 2.0, 4.0  # spreads of the pictures that the model was calibrated on


def stood_out(finding: Finding) -> str:
    """The features that stood out most, in a sentence; empty where none is named."""
    listed = finding.details.get("features")
    named: dict[str, float] = {}
    for entry in listed[:64] if isinstance(listed, (list, tuple)) else ():
        match entry:
            case [str(name), int() | float() as away] if math.isfinite(away):
                family = _families().get(_family(name))
                if family and family not in named:
                    named[family] = float(away)
    if not named:
        return ""
    said = [_("{feature} ({how})").format(feature=f, how=_how_far(away)) for f, away in list(named.items())[:_MOST]]
    return _("What stood out most, held against photographs: {features}.").format(features="; ".join(said))


def _family(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def _how_far(away: float) -> str:
    far = abs(away)
    if far >= _VERY_FAR:
        return _("very far from usual")
    return _("far from usual") if far >= _FAR else _("near usual")


def _families() -> Mapping[str, str]:
    return {
        "noise": _("the grain of its noise"),
        "level": _("how much noise there is in its calm parts"),
        "pattern": _("how neighbouring pixels follow each other"),
        "channels": _("how the noise of its colours hangs together"),
        "mosaic": _("the traces of a camera sensor's colour mosaic"),
        "spectrum": _("how its fine and coarse detail are balanced"),
        "grid": _("a pattern that repeats every few pixels"),
        "cosine": _("what compression left of its detail"),
        "scales": _("how its detail changes from one size to the next"),
        "contrast": _("its contrast from place to place"),
        "colour": _("its colours"),
        "tone": _("its brightness and darkness"),
        "edges": _("its edges"),
        "variance": _("how evenly detail is spread over it"),
        "sharpness": _("where it is sharp and where it is not"),
        "texture": _("its texture"),
    }
