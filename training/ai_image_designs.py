"""The designs that were compared (training/RESULTS.md), each a change of an earlier one."""

from __future__ import annotations

from dataclasses import replace

from training.ai_image_fit import Design

_PLAIN = Design()
_BALANCED = replace(_PLAIN, balanced=True)
_SHUFFLED = replace(_BALANCED, shuffle=0.5)
_WHOLE = replace(_PLAIN, fronted=False, steps=75)
# What ships: nets of these designs, their logits averaged; the distance is the first one's.
CHOSEN: tuple[str, ...] = ("local", "local-long")
DESIGNS: dict[str, Design] = {
    "plain": _PLAIN,
    "balanced": _BALANCED,
    "shuffled": _SHUFFLED,
    "deep": replace(_SHUFFLED, frozen=11),
    "pseudo": replace(_SHUFFLED, pseudo=0.3),
    "pseudo-second": replace(_SHUFFLED, pseudo=0.3, second=True),
    "pseudo-light": replace(_SHUFFLED, pseudo=0.3, weight=0.3),
    "long": replace(_SHUFFLED, steps=320),
    "bold": replace(_SHUFFLED, rate=1e-3, shuffle=0.8),
    "local": replace(_SHUFFLED, local=True),
    "local-long": replace(_SHUFFLED, local=True, steps=320, seed=1),
    "end-to-end": replace(_WHOLE, balanced=True, shuffle=0.5, steps=150),
    "colour": replace(_WHOLE, balanced=True, shuffle=0.5, steps=150, colour=True, frozen=3),
    "gentle": replace(_SHUFFLED, rate=1e-4, probe=60),
    "pulled": replace(_SHUFFLED, pull=0.4),
    "hard-sources": replace(_SHUFFLED, hard=2.0),
    "mixup": replace(_SHUFFLED, mixup=0.4),
}
