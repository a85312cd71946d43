"""What a transaction costs, on networks that say it in different ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from touchstone.chain import fees
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.fees import Fees


def says(**answers: Any) -> fees.Ask:
    def ask(method: str, _params: Sequence[Any]) -> Any:
        answer = answers.get(method, ChainError(ChainTrouble.UNSUPPORTED))
        if isinstance(answer, ChainError):
            raise answer
        return answer

    return ask


BLOCK = {"number": "0x1", "baseFeePerGas": hex(10**9)}


def test_base_fee_and_tip() -> None:
    found = fees.estimate(says(eth_getBlockByNumber=BLOCK, eth_maxPriorityFeePerGas=hex(10**8)))
    assert found == Fees(10**9, 10**8, 2 * 10**9 + 10**8)


def test_a_node_without_an_opinion_about_tips() -> None:
    found = fees.estimate(says(eth_getBlockByNumber=BLOCK))
    assert 0 < found.priority < 10**9


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ({"number": "0x1"}, ChainTrouble.UNSUPPORTED),
        (None, ChainTrouble.PROTOCOL),
        ({"baseFeePerGas": None}, ChainTrouble.PROTOCOL),
        ({"baseFeePerGas": hex(2**97)}, ChainTrouble.PROTOCOL),
        ({"baseFeePerGas": 7}, ChainTrouble.PROTOCOL),
    ],
)
def test_a_block_without_a_base_fee(block: Any, code: ChainTrouble) -> None:
    with pytest.raises(ChainError) as caught:
        fees.estimate(says(eth_getBlockByNumber=block))
    assert caught.value.code is code


def test_a_rollup_takes_more_for_the_bytes() -> None:
    asked: list[Any] = []

    def ask(_method: str, params: Sequence[Any]) -> Any:
        asked.append(params[0])
        return "0x" + (12345).to_bytes(32, "big").hex()

    assert fees.bytes_fee(ask, 8453, bytes(100)) == 12345
    assert asked[0]["to"] == "0x420000000000000000000000000000000000000F"
    assert asked[0]["data"] == "0xf1c7a58b" + (300).to_bytes(32, "big").hex()
    assert fees.bytes_fee(ask, 31337, bytes(100)) == 0
    assert len(asked) == 1


def test_what_covers_what() -> None:
    agreed = Fees(100, 10, 210)
    assert agreed.covers(Fees(200, 10, 410))
    assert not agreed.covers(Fees(201, 10, 412))
    assert agreed.covers(Fees(200, 50, 450)), "a tip that others raise is no reason to ask again"
