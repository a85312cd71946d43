"""Two nodes that agree, or do not; and nodes that are not what they are taken for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chain.nodes import Between, Scripted, error, refuses_connections, times_out

from touchstone.chain import agree, networks
from touchstone.chain.agree import PinnedNode, agreed, agreed_call, first_answer, open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.keccak import keccak256
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.paths import Home

CODE = "0x6001600155"
THERE = "0x" + "11" * 20
NETWORK = Network("test", 77, THERE, THERE, code={THERE: "0x" + keccak256(bytes.fromhex(CODE[2:])).hex()})
BLOCK = {"number": "0x10", "hash": "0x" + "ab" * 32, "parentHash": "0x" + "cd" * 32}


@pytest.fixture
def servers() -> Iterator[list[Scripted]]:
    made = [Scripted(), Scripted()]
    for server in made:
        server.answers |= {
            "eth_chainId": "0x4d",
            "eth_getCode": CODE,
            "eth_blockNumber": "0x10",
            "eth_getBlockByNumber": BLOCK,
            "eth_call": "0x" + "00" * 31 + "01",
        }
    yield made
    for server in made:
        server.close()


@pytest.fixture
def nodes(servers: list[Scripted]) -> Iterator[list[PinnedNode]]:
    made = [PinnedNode(HttpNode(server.url, seconds=1), NETWORK) for server in servers]
    yield made
    for node in made:
        node.close()


def failure(call: Any) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def test_chain_and_code_are_looked_at_once_before_anything_else(
    servers: list[Scripted], nodes: list[PinnedNode]
) -> None:
    nodes[0].request("eth_blockNumber", [])
    nodes[0].request("eth_blockNumber", [])
    assert servers[0].methods() == ["eth_chainId", "eth_getCode", "eth_blockNumber", "eth_blockNumber"]


def test_another_chain(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    servers[0].answers["eth_chainId"] = "0x1"
    found = failure(lambda: nodes[0].request("eth_blockNumber", []))
    assert found.code is ChainTrouble.WRONG_CHAIN
    assert (found.params["expected"], found.params["found"]) == (77, 1)
    assert "eth_blockNumber" not in servers[0].methods()


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("0x", ChainTrouble.NOT_DEPLOYED), ("0x6001", ChainTrouble.WRONG_CODE), (7, ChainTrouble.PROTOCOL)],
)
def test_another_contract(servers: list[Scripted], nodes: list[PinnedNode], code: Any, trouble: ChainTrouble) -> None:
    servers[0].answers["eth_getCode"] = code
    assert failure(lambda: nodes[0].request("eth_call", [])).code is trouble
    assert "eth_call" not in servers[0].methods()


MODELS = "0x" + "22" * 20
WITH_MODELS = dataclasses.replace(NETWORK, models=MODELS, code={**NETWORK.code, MODELS: NETWORK.code[THERE]})


@pytest.fixture
def models_node(servers: list[Scripted]) -> Iterator[PinnedNode]:
    """A node of a network where the register of models should stand too."""
    node = PinnedNode(HttpNode(servers[0].url, seconds=1), WITH_MODELS)
    yield node
    node.close()


def code_at(**found: str) -> Any:
    """What `eth_getCode` says: at THERE what ships, at MODELS what is given."""
    return lambda params: {THERE: CODE, MODELS: found["models"]}[params[0]]


def test_the_register_of_models_is_missed_by_those_who_ask_it(servers: list[Scripted], models_node: PinnedNode) -> None:
    servers[0].answers["eth_getCode"] = code_at(models="0x")
    assert models_node.request("eth_call", [{"to": THERE, "data": "0x01"}, "0x10"]) == "0x" + "00" * 31 + "01"
    assert models_node.request("eth_blockNumber", []) == "0x10"
    for method in ("eth_call", "eth_estimateGas"):
        found = failure(lambda method=method: models_node.request(method, [{"to": MODELS.upper(), "data": "0x01"}]))
        assert found.code is ChainTrouble.NOT_DEPLOYED
        assert found.params["contract"] == "ModelRegistry"
    assert "eth_estimateGas" not in servers[0].methods(), "a call to nothing seems to succeed"
    servers[0].answers["eth_getCode"] = code_at(models=CODE)
    for _again in range(2):
        assert models_node.request("eth_call", [{"to": MODELS, "data": "0x01"}, "0x10"])
    assert [params[0] for method, params in servers[0].asked if method == "eth_getCode"] == [THERE, *[MODELS] * 3]


def test_another_register_of_models(servers: list[Scripted], models_node: PinnedNode) -> None:
    servers[0].answers["eth_getCode"] = code_at(models="0x6001")
    found = failure(lambda: models_node.request("eth_call", [{"to": MODELS, "data": "0x01"}, "0x10"]))
    assert found.code is ChainTrouble.WRONG_CODE
    assert models_node.request("eth_call", [{"to": THERE, "data": "0x01"}, "0x10"])


@pytest.mark.parametrize("params", [[], [None], [7], [[]], [{}], [{"to": None}], ["0x01"]])
def test_questions_about_nothing(models_node: PinnedNode, params: list[Any]) -> None:
    assert models_node.request("eth_call", params) == "0x" + "00" * 31 + "01"


def test_a_deployment_does_without_the_code(servers: list[Scripted]) -> None:
    servers[0].answers["eth_getCode"] = "0x"
    node = PinnedNode(HttpNode(servers[0].url), NETWORK, code=False)
    assert node.request("eth_blockNumber", []) == "0x10"
    node.close()


def test_two_nodes_agree(nodes: list[PinnedNode]) -> None:
    found = agreed_call(nodes, THERE, b"\x01")
    assert found.value == bytes(31) + b"\x01"
    assert found.block == 16
    assert len(found.nodes) == 2
    assert found.note == ""


def test_a_lying_node_is_not_believed(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    servers[1].answers["eth_call"] = "0x" + "00" * 32
    found = failure(lambda: agreed_call(nodes, THERE, b"\x01"))
    assert found.code is ChainTrouble.NODES_DISAGREE
    assert len(found.params["nodes"]) == 2


def test_a_node_on_a_fork_is_not_believed(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    servers[1].answers["eth_getBlockByNumber"] = BLOCK | {"hash": "0x" + "99" * 32}
    assert failure(lambda: agreed_call(nodes, THERE, b"\x01")).code is ChainTrouble.NODES_DISAGREE


def test_a_node_that_lags_is_asked_about_what_it_has(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    servers[1].answers["eth_blockNumber"] = "0xe"
    assert agreed_call(nodes, THERE, b"\x01").block == 14
    assert all(params[1] == "0xe" for method, params in servers[0].asked if method == "eth_call")


def test_one_of_two_alone_is_not_enough(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    """A node that is silent must not turn two opinions into one: then nothing is known."""
    servers[1].close()
    assert failure(lambda: agreed(nodes, "eth_getBlockByNumber", ["0x10", False])).code is ChainTrouble.UNREACHABLE
    assert failure(lambda: agreed_call(nodes, THERE, b"\x01")).code is ChainTrouble.UNREACHABLE
    servers[1] = Scripted()


def test_a_third_stands_in_for_one_that_is_silent(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    silent = Between(nodes[0])
    silent.on["eth_getBlockByNumber"] = refuses_connections
    found = agreed([silent, nodes[0], nodes[1]], "eth_getBlockByNumber", ["0x10", False])
    assert len(found.nodes) == 2


def test_one_node_in_all_is_said(nodes: list[PinnedNode]) -> None:
    assert agreed_call(nodes[:1], THERE, b"\x01").note == agree.ONE_NODE


def test_letter_case_and_members_of_a_nodes_own_do_not_matter(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    log = {
        "address": THERE,
        "topics": ["0xAB"],
        "data": "0x",
        "blockHash": "0x01",
        "blockNumber": "0x1",
        "logIndex": "0x0",
    }
    servers[0].answers["eth_getLogs"] = [log]
    servers[1].answers["eth_getLogs"] = [{**log, "topics": ["0xab"], "blockTimestamp": "0x5"}]
    assert agreed(nodes, "eth_getLogs", [{}]).value == [log]
    servers[1].answers["eth_getLogs"] = [{**log, "data": "0x01"}]
    assert failure(lambda: agreed(nodes, "eth_getLogs", [{}])).code is ChainTrouble.NODES_DISAGREE
    servers[1].answers["eth_getLogs"] = []
    assert failure(lambda: agreed(nodes, "eth_getLogs", [{}])).code is ChainTrouble.NODES_DISAGREE


def test_a_revert_is_an_answer(servers: list[Scripted], nodes: list[PinnedNode]) -> None:
    servers[0].answers["eth_call"] = error(3, "execution reverted", "0x")
    assert failure(lambda: agreed_call(nodes, THERE, b"\x01")).code is ChainTrouble.REVERTED


def test_the_first_that_answers_is_enough_where_nothing_rests_on_it(nodes: list[PinnedNode]) -> None:
    silent = Between(nodes[0])
    silent.on["eth_blockNumber"] = times_out
    assert first_answer([silent, nodes[1]], "eth_blockNumber", []) == "0x10"
    assert failure(lambda: first_answer([silent], "eth_blockNumber", [])).code is ChainTrouble.TIMEOUT
    assert failure(lambda: first_answer([], "eth_blockNumber", [])).code is ChainTrouble.UNREACHABLE


def test_a_public_network_needs_consent(tmp_path: Path) -> None:
    home = Home(tmp_path)
    found = failure(lambda: open_nodes(home, Networks.load(home).get("base")))
    assert found.code is ChainTrouble.NO_CONSENT
    networks.consent(home, "base", given=True)
    opened = open_nodes(home, Networks.load(home).get("base"))
    assert [node.label for node in opened] == ["mainnet.base.org", "base-rpc.publicnode.com"]
    networks.consent(home, "base", given=False)
    assert failure(lambda: open_nodes(home, Networks.load(home).get("base"))).code is ChainTrouble.NO_CONSENT


def test_the_practice_ledger_needs_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (node,) = open_nodes(home, Networks.load(home).get("practice"))
    assert int(node.request("eth_chainId", []), 16) == 7_031_337
    node.close()
    PracticeLedger(home.ledger).close()
