"""What a pixels worker cut for the detectors, on its way to them: bytes of known shapes, which the desk never opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from touchstone.filefacts import Note


@dataclass(frozen=True, slots=True)
class Arrays:
    """Arrays by name (`view`, `detail`, `crops`, `frames`), uint8 and red first; `touchstone.detect.prepare` has more.

    `places` says where each crop lies (x, y, width, height as shares of the picture), `times` when each frame is shown
    (seconds), `sides` how many pixels wide and high the file shows (0: not told), `notes` what is amiss with it.
    """

    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    places: tuple[tuple[float, ...], ...] = ()
    times: tuple[float, ...] = ()
    sides: tuple[int, int] = (0, 0)
    notes: frozenset[Note] = frozenset()
