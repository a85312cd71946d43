"""Earnings as a table: every sum to the unit, and a file that a spreadsheet reads as it is meant."""

from __future__ import annotations

import csv
import io
from datetime import UTC, timedelta, timezone
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone.court import rewards
from touchstone.court.rewards import Row
from touchstone.registry.case_types import Earning
from touchstone.registry.court_types import Ballot, Ruling

TX = "0x" + "ab" * 32


def row(**changes: Any) -> Row:
    given_ = {
        "time": 1_800_000_000, "case": 7, "round": 0, "what": Earning.SEAT, "vote": Ballot.EDITED,
        "ruling": Ruling.ALTERED, "claim": False, "paid": 9_750_000, "lost": 0, "withdrawn": 0, "fee": 0,
        "transaction": TX,
    }  # fmt: skip
    return Row(**{**given_, **changes})


def read(table: list[Row], **more: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rewards.as_csv(table, **more).decode(), newline="")))


def test_a_line_says_what_was_paid_for_what() -> None:
    (line,) = read([row(fee=42 * 10**12)], zone=UTC)
    assert line == {
        "time": "2027-01-15 08:00:00+00:00", "case": "7", "round": "1", "what": "seat", "vote": "altered",
        "ruling": "altered-or-generated", "paid": "9.75", "lost": "", "withdrawn": "", "network_fee": "0.000042",
        "transaction": TX,
    }  # fmt: skip


def test_times_are_local_with_their_offset() -> None:
    (line,) = read([row()], zone=timezone(timedelta(hours=5, minutes=30)))
    assert line["time"] == "2027-01-15 13:30:00+05:30"


def test_a_case_about_a_text_has_words_of_its_own() -> None:
    lines = read([row(claim=True), row(claim=True, vote=Ballot.NOT_ALTERED, ruling=Ruling.NOT_ALTERED)])
    assert [(one["vote"], one["ruling"]) for one in lines] == [
        ("out-of-context", "out-of-context"), ("in-context", "in-context"),
    ]  # fmt: skip


def test_what_is_only_fetched_is_not_another_gain() -> None:
    table = [row(), row(what=Earning.LOST, paid=0, lost=5_000_001), row(what=Earning.WITHDRAWN, paid=0, withdrawn=9)]
    assert rewards.total(table) == 9_750_000 - 5_000_001
    assert read([row(case=0, round=-1, vote=None, ruling=Ruling.NONE)])[0]["case"] == ""


@given(st.integers(-(2**96), 2**96))
def test_dollars_are_exact(units: int) -> None:
    said = rewards.dollars(units)
    assert Fraction(said) == Fraction(units, 10**6)
    assert len(said.partition(".")[2]) >= 2


@given(
    st.lists(
        st.builds(
            row,
            case=st.integers(0, 2**63),
            round=st.integers(-1, 2),
            what=st.sampled_from(list(Earning)),
            vote=st.sampled_from([None, *Ballot]),
            ruling=st.sampled_from(list(Ruling)),
            claim=st.booleans(),
            paid=st.integers(0, 2**96),
            lost=st.integers(0, 2**96),
            fee=st.integers(0, 2**80),
            time=st.integers(0, 4 * 10**9),
        ),
        max_size=5,
    )
)
@settings(max_examples=100, deadline=None)
def test_a_spreadsheet_reads_back_every_sum_and_no_formula(table: list[Row]) -> None:
    lines = read(table, zone=UTC)
    assert len(lines) == len(table)
    assert sum(Fraction(one["paid"] or 0) for one in lines) == Fraction(sum(one.paid for one in table), 10**6)
    assert sum(Fraction(one["network_fee"] or 0) for one in lines) == Fraction(sum(one.fee for one in table), 10**18)
    for line in lines:
        assert all(not value.startswith(("=", "+", "-", "@")) for value in line.values())
