"""Where the boxes of a lineage lie, and where arrow keys lead: held for every width and every choice of boxes."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from touchstone.ui.lineage_places import LEAST_BOX, MOST_BOX, Kind, neighbour, plan

KINDS = st.sets(st.sampled_from(list(Kind)), min_size=1)
MAIN = (Kind.DATA, Kind.RUN, Kind.WEIGHTS, Kind.EVALUATION, Kind.OUTPUTS)
STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))


@given(KINDS, st.integers(0, 4000))
def test_no_two_boxes_share_a_cell_and_none_is_too_narrow(kinds: set[Kind], width: int) -> None:
    made = plan(kinds, width)
    assert set(made.cells) == kinds
    assert len(set(made.cells.values())) == len(kinds)
    assert LEAST_BOX <= made.box <= MOST_BOX
    assert made.width <= max(width, LEAST_BOX)
    assert min(row for _column, row in made.cells.values()) == 0


@given(st.integers(0, 4000))
def test_every_box_is_reached_by_arrows_from_every_other(width: int) -> None:
    cells = plan(tuple(Kind), width).cells
    for start in cells:
        reached, left = {start}, [start]
        while left:
            here = left.pop()
            found = {to for step in STEPS if (to := neighbour(cells, here, step)) is not None} - reached
            reached |= found
            left += found
        assert reached == set(cells)


def test_the_chain_is_one_line_where_there_is_room_and_folds_where_there_is_not() -> None:
    wide = plan(tuple(Kind), 1000).cells
    assert [wide[kind] for kind in MAIN] == [(column, 1) for column in range(5)]
    assert wide[Kind.PARENTS] == (1, 0)
    narrow = plan(tuple(Kind), 460)
    assert (narrow.columns, narrow.rows) == (3, 3)
    assert narrow.cells[Kind.EVALUATION] == (2, 2)
    assert plan(tuple(Kind), 200).columns == 1


def test_right_goes_along_the_chain_and_up_to_what_lies_above() -> None:
    cells = plan(tuple(Kind), 1000).cells
    for one, other in itertools.pairwise(MAIN):
        assert neighbour(cells, one, (1, 0)) is other
        assert neighbour(cells, other, (-1, 0)) is one
    assert neighbour(cells, Kind.RUN, (0, -1)) is Kind.PARENTS
    assert neighbour(cells, Kind.REGISTER, (0, 1)) is Kind.WEIGHTS
    assert neighbour(cells, Kind.OUTPUTS, (1, 0)) is None
