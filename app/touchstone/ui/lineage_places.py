"""The boxes of a lineage: where they lie, which of them are joined, and where an arrow key leads. Nothing of Qt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

LEAST_BOX, MOST_BOX = 124, 232  # pixels across
GAP, ACROSS, DOWN = 28, 40, 36  # between boxes: at least, at most; and between rows


class Kind(StrEnum):
    """A box of the picture."""

    PARENTS = "parents"
    REGISTER = "register"
    DATA = "data"
    RUN = "run"
    WEIGHTS = "weights"
    EVALUATION = "evaluation"
    OUTPUTS = "outputs"


class Mark(StrEnum):
    """How what a box stands for was found."""

    VERIFIED = "verified"
    PARTLY = "partly"  # what could be checked holds; something could not
    FAILED = "failed"
    NOT_CHECKED = "not-checked"
    WAITING = "waiting"  # the audit is under way


@dataclass(frozen=True, slots=True)
class Box:
    """What stands in a box: a title, one or two lines of fact, and how it was found, in a word or two."""

    kind: Kind
    title: str
    lines: tuple[str, ...]
    mark: Mark
    said: str


# Parents lie above the run that began with them, the register above what is registered.
_WIDE: Mapping[Kind, tuple[int, int]] = {
    Kind.PARENTS: (1, 0),
    Kind.REGISTER: (2, 0),
    Kind.DATA: (0, 1),
    Kind.RUN: (1, 1),
    Kind.WEIGHTS: (2, 1),
    Kind.EVALUATION: (3, 1),
    Kind.OUTPUTS: (4, 1),
}
# The same, its end folded below.
_NARROW: Mapping[Kind, tuple[int, int]] = {**_WIDE, Kind.EVALUATION: (2, 2), Kind.OUTPUTS: (1, 2)}
_LINE: Mapping[Kind, tuple[int, int]] = {kind: (0, number) for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Joint:
    """A line between two boxes; `told_by` is the box whose checks say whether it holds."""

    begin: Kind
    end: Kind
    told_by: Kind


JOINTS = (
    Joint(Kind.DATA, Kind.RUN, Kind.DATA),
    Joint(Kind.PARENTS, Kind.RUN, Kind.PARENTS),
    Joint(Kind.RUN, Kind.WEIGHTS, Kind.RUN),
    Joint(Kind.WEIGHTS, Kind.REGISTER, Kind.REGISTER),
    Joint(Kind.WEIGHTS, Kind.EVALUATION, Kind.EVALUATION),
    Joint(Kind.EVALUATION, Kind.OUTPUTS, Kind.OUTPUTS),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Cells by box, as column and row; how wide a box is and how far apart boxes are, in pixels."""

    cells: Mapping[Kind, tuple[int, int]]
    box: int
    gap: int

    @property
    def columns(self) -> int:
        """How many there are."""
        return 1 + max((column for column, _row in self.cells.values()), default=0)

    @property
    def rows(self) -> int:
        """How many there are."""
        return 1 + max((row for _column, row in self.cells.values()), default=0)

    @property
    def width(self) -> int:
        """Of the whole picture, in pixels."""
        return self.columns * self.box + (self.columns - 1) * self.gap


def plan(kinds: Collection[Kind], width: int) -> Plan:
    """Lay boxes out in `width` pixels: in one line from data to outputs, folded where that is too narrow."""
    for cells in (_WIDE, _NARROW, _LINE):
        shown = {kind: place for kind, place in cells.items() if kind in kinds}
        if cells is _LINE:  # one below the other: none is left out between two
            shown = {kind: (0, number) for number, kind in enumerate(shown)}
        columns = 1 + max((column for column, _row in shown.values()), default=0)
        if columns * LEAST_BOX + (columns - 1) * GAP <= width or columns == 1:
            break
    gap = ACROSS if columns * LEAST_BOX + (columns - 1) * ACROSS <= width else GAP
    box = max(LEAST_BOX, min(MOST_BOX, (width - (columns - 1) * gap) // columns))
    top = min((row for _column, row in shown.values()), default=0)
    return Plan({kind: (column, row - top) for kind, (column, row) in shown.items()}, box, gap)


def neighbour(cells: Mapping[Kind, tuple[int, int]], here: Kind, step: tuple[int, int]) -> Kind | None:
    """The box that an arrow leads to: the nearest that lies that way, those on the same line first; None for none."""
    column, row = cells[here]
    right, down = step

    def distance(kind: Kind) -> tuple[int, int]:
        other_column, other_row = cells[kind]
        along = (other_column - column) * right + (other_row - row) * down
        aside = abs(other_row - row) if right else abs(other_column - column)
        return aside, along

    that_way = [kind for kind in cells if kind is not here and distance(kind)[1] > 0]
    return min(that_way, key=distance, default=None)
