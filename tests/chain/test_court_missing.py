"""A network of one's own with a court, without, and with one that is not ours; and networks that never have one."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chain.nodes import Bench, anvil, anvil_bench

from touchstone.chain import contracts, deploy, networks
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.network import SHARED_CHAIN_ID, Network
from touchstone.chain.networks import OF_COURT, Networks
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.registry import court, media, pool, publishers
from touchstone.texts import chain as words
from touchstone.texts import networks as network_words

FILE = "5a" * 32


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A desk at an anvil with everything that ships."""
    with anvil() as url:
        made = anvil_bench(tmp_path_factory.mktemp("anvil"), url)
        yield made
        made.node.node.close()


@contextlib.contextmanager
def nodes_of(bench: Bench, network: Network | None = None) -> Iterator[list[object]]:
    nodes = open_nodes(bench.home, network or bench.network)
    try:
        yield nodes
    finally:
        for node in nodes:
            node.close()


def trouble(bench: Bench, network: Network | None = None) -> ChainError:
    """What asking the court ends in; files are asked about all the same."""
    network = network or bench.network
    with nodes_of(bench, network) as nodes:
        assert publishers.state(nodes, network, 1) is None
        assert media.claim(nodes, network, FILE, 1).registered == 0
        with pytest.raises(ChainError) as caught:
            court.parameters(nodes, network)
        with pytest.raises(ChainError) as again:
            pool.parameters(nodes, network)
        assert again.value.code is caught.value.code
        return caught.value


def test_a_court_that_stands_is_asked(bench: Bench) -> None:
    with nodes_of(bench) as nodes:
        assert court.parameters(nodes, bench.network).seats == (15, 31, 0)
        assert pool.parameters(nodes, bench.network).min_stake == 50 * 10**6
        assert court.case(nodes, bench.network, 1) is None
        assert pool.reviewer(nodes, bench.network, bench.address).staked == 0


@pytest.mark.parametrize("name", OF_COURT)
def test_one_that_lacks_a_part_or_has_another_is_not_asked(bench: Bench, name: str) -> None:
    """The court runs code of its other half, draws by the lot's word, from whom the pool lets in."""
    address = contracts.address(name)
    code = bench.tell("eth_getCode", address, "latest")
    try:
        bench.tell("anvil_setCode", address, "0x")
        found = trouble(bench)
        assert (found.code, found.params["address"]) == (ChainTrouble.NOT_DEPLOYED, address)
        assert words.trouble(found) == "There is no court on this network. What else is there works without it."
        bench.tell("anvil_setCode", address, code[:-2] + "00")
        found = trouble(bench)
        assert (found.code, found.params["address"]) == (ChainTrouble.WRONG_CODE, address)
        assert words.trouble(found).startswith("Another contract stands where ours should.")
    finally:
        bench.tell("anvil_setCode", address, code)


def test_a_network_without_one_says_so(bench: Bench) -> None:
    found = trouble(bench, dataclasses.replace(bench.network, court="", pool=""))
    assert found.code is ChainTrouble.NOT_DEPLOYED
    assert words.trouble(found).startswith("There is no court on this network.")


def test_the_court_is_set_once(bench: Bench) -> None:
    sent: list[str] = []
    assert not deploy.set_court(bench.node.node, lambda name, *_rest: sent.append(name))
    assert sent == []


def test_which_networks_have_one(tmp_path: Path) -> None:
    home, ours = Home(tmp_path), (contracts.address("ReviewerPool"), contracts.address("FactCheckCourt"))
    local, shared = ("http://127.0.0.1:8545",), ("https://class.example",)
    made = {
        "practice": Networks.load(home).get("practice"),
        "shared": networks.own("class", SHARED_CHAIN_ID, shared),
        "local": networks.own("anvil", 31337, local),
    }
    for network in made.values():
        assert (network.pool, network.court) == ours
        assert {contracts.address(name) for name in OF_COURT} <= set(network.code)
        assert network_words.court(network) == f"with a court: {ours[1]}"
    none = (
        Networks.load(home).get("base"),
        Networks.load(home).get("base-sepolia"),
        networks.own("elsewhere", 5, ("https://a.example",)),
        networks.own("test", 5, ("https://a.example",), mainnet=False),
        networks.own("other-money", 31337, local, stablecoin="0x" + "11" * 20),
        networks.own("no-money", 31337, local, stablecoin=""),
    )
    for network in none:
        assert (network.pool, network.court) == ("", "")
        assert not {contracts.address(name) for name in OF_COURT} & set(network.code)
        assert network_words.court(network) == "without a court"


def test_the_list_of_networks_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--home", str(tmp_path), "network", "list"], lambda _home: 99) == 0
    said = capsys.readouterr().out
    assert f"with a court: {contracts.address('FactCheckCourt')}" in said
    assert said.count("without a court") == 2
    assert command_line.main(["--home", str(tmp_path), "network", "list", "--json"], lambda _home: 99) == 0
    told = capsys.readouterr().out
    assert f'"court": "{contracts.address("FactCheckCourt")}"' in told
    assert told.count('"court": null') == told.count('"pool": null') == 2
