"""The second simulation says again what is written down: rows are played anew, the document holds to the tables."""

import json
import re
from pathlib import Path

import pytest
from benchmarks.court import choose

ROOT = Path(__file__).parents[2]
COURT = ROOT / "benchmarks" / "court"
GRID = json.loads((COURT / "grid.json").read_text())
PART = json.loads((COURT / "choices.json").read_text())
WRITTEN = (COURT / "choices.md").read_text()
DOCUMENT = (ROOT / "docs" / "court.md").read_text()


@pytest.mark.parametrize(("share", "rounds"), [(0.3, 1), (0.3, 2), (0.3, 3)])
def test_what_colluders_pay_is_played_again_to_the_digit(share, rounds):
    rows, _lines = choose.flips(GRID, PART["flip"] | {"shares": [share], "rounds": [rounds]}, "collude")
    assert rows[-1] in WRITTEN


def _prices(part: str) -> dict[tuple[int, int], str]:
    rows = re.findall(r"^\| (\d+)% \| (\d) \| .* \| ([^|]+) \|$", part, re.MULTILINE)
    return {(int(share), int(rounds)): price for share, rounds, price in rows}


def test_the_price_of_a_ruling_grows_faster_than_its_rounds():
    colluders, bribes = (_prices(part) for part in WRITTEN.split("## ")[1:3])
    for prices, share in ((colluders, 25), (bribes, 30), (bribes, 40), (bribes, 50)):
        one, two, three = (int(prices[share, rounds].replace(",", "")) for rounds in (1, 2, 3))
        assert two > 2 * one
        assert three > 1.5 * two


def test_the_document_tells_the_table():
    colluders = _prices(WRITTEN.split("## ")[1])
    told = re.findall(r"^\| (\d+) % \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)
    checked = 0
    for share, *prices in told:
        for rounds, price in enumerate(prices, 1):
            if (int(share), rounds) in colluders and "not turned" not in price and "%" not in price:
                assert price.strip("* ") == colluders[int(share), rounds], (share, rounds)
                checked += 1
    assert checked >= 15
