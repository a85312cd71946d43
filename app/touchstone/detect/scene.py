"""One picture as the detectors see it: each array, face and feature made once, when the first model asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from touchstone.detect import prepare
from touchstone.detect.prepare import Rgb
from touchstone.detect.session import Floats, Trouble
from touchstone.modelfile import Feed, Input

Box = tuple[float, float, float, float]  # x, y, width, height as shares of the picture's sides
Find = Callable[[Rgb], Sequence[Any]]


@dataclass
class Scene:
    """A picture: its arrays by name (`touchstone.detect.prepare`), where the crops lie, and what finds faces in it."""

    arrays: Mapping[str, Rgb]
    places: Sequence[Box] = ()
    find: Find | None = None
    _fed: dict[Any, Floats] = field(default_factory=dict)

    @property
    def view(self) -> Rgb:
        """The whole picture, small."""
        return self.arrays["view"]

    @property
    def detail(self) -> Rgb:
        """The whole picture, large."""
        return self.arrays["detail"]

    @cached_property
    def faces(self) -> Sequence[Any]:
        """The faces found, largest first."""
        return [] if self.find is None else self.find(self.detail)

    @cached_property
    def copies(self) -> Sequence[Any]:
        """What was copied within the picture."""
        from touchstone.detect import splicing

        return splicing.copies(self.detail)

    @property
    def seen_faces(self) -> int:
        """How many faces were found, if any were looked for."""
        return len(self.__dict__.get("faces", ()))

    @property
    def face_boxes(self) -> list[tuple[float, float, float, float]]:
        """Their boxes in pixels: x, y, width, height."""
        return [(f.x, f.y, f.width, f.height) for f in self.__dict__.get("faces", ())]

    @cached_property
    def features(self) -> Floats:
        """The forensic features."""
        from touchstone.detect import features

        return np.asarray(features.features(self.view), np.float32)

    def fed(self, given: Input) -> Floats:
        """What an input is given, in the form that its manifest asks for.

        Raises:
            Trouble: no-face, or not-a-picture where an array is missing.
        """
        key = (given.feed, given.size, given.count, given.mean, given.std)
        if key not in self._fed:
            self._fed[key] = self._made(given)
        return self._fed[key]

    def _made(self, given: Input) -> Floats:
        if given.feed is Feed.FEATURES:
            if self.features.size != given.size:
                raise Trouble("model-refused")  # made for features of another version
            return self.features[None]
        try:
            return prepare.normalised(self._pixels(given), given)
        except KeyError as error:
            raise Trouble("not-a-picture") from error

    def _pixels(self, given: Input) -> Rgb:
        if given.feed is Feed.FACES:
            return self._cut_faces(given)
        if given.feed is Feed.CROPS:
            return prepare.crops(self.arrays["crops"], given.size, given.count)
        if given.feed is Feed.DETAIL:
            return prepare.detail(self.detail, given.size)
        return prepare.squares(self.view, given.size, given.count)

    def _cut_faces(self, given: Input) -> Rgb:
        if not self.faces:
            raise Trouble("no-face")
        from touchstone.detect import faces

        return np.stack([faces.cut(self.detail, face, given.size) for face in self.faces[: given.count]])

    def boxes(self, given: Input) -> list[Box]:
        """Where each element of a batch lies in the picture; empty for feeds of one element."""
        if given.feed is Feed.FACES:
            height, width = self.detail.shape[:2]
            return [
                _within(f.x / width, f.y / height, f.width / width, f.height / height)
                for f in self.faces[: given.count]
            ]
        if given.feed is Feed.CROPS:
            return [_within(*place) for place in self.places[: given.count]]
        return _squares(self, given) if given.feed is Feed.SQUARES else []


def _squares(scene: Scene, given: Input) -> list[Box]:
    """Where `prepare.squares` cut; a view shows the middle of a long picture, whose proportions the detail has."""
    height, width = scene.view.shape[:2]
    whole = scene.arrays.get("detail", scene.view)
    count = len(scene.fed(given))
    along = min(height, width) / max(height, width)  # of the longer side, one square
    longer = max(whole.shape[:2]) / min(whole.shape[:2])
    shown = min(1.0, max(height, width) / min(height, width) / longer)  # how much of the longer side the view shows
    starts = [(1 - along) / 2] if count == 1 else [(1 - along) * i / (count - 1) for i in range(count)]
    spans = [((1 - shown) / 2 + s * shown, along * shown) for s in starts]
    if width >= height:
        return [_within(start, 0.0, length, 1.0) for start, length in spans]
    return [_within(0.0, start, 1.0, length) for start, length in spans]


def _within(x: float, y: float, width: float, height: float) -> Box:
    left, top = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
    right, bottom = min(max(x + width, 0.0), 1.0), min(max(y + height, 0.0), 1.0)
    return round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4)
