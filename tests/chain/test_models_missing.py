"""A network from before there was a register of models: files go on as ever, and models are missed out loud."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chain.nodes import Bench, Between, anvil, key_for

from touchstone.chain import contracts, networks
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.intent import Intent
from touchstone.chain.networks import MEDIA, MODELS, PUBLISHERS, Networks
from touchstone.chain.send import Sender
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.registry import media, mirror, models, publishers
from touchstone.registry.models import Registration
from touchstone.texts import chain as words

FILE, MODEL = "5a" * 32, Registration("11" * 32, "22" * 32, "33" * 32)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A desk at an anvil where the registers of publishers and of files stand."""
    with anvil() as url:
        home = Home(tmp_path)
        networks.add(home, networks.own("anvil", 31337, (url,)))
        node = HttpNode(url)
        made = Bench(home, Networks.load(home).get("anvil"), Between(node), key_for(home), "anvil")
        node.request("anvil_setBalance", [made.address, hex(10**19)])
        for name in (PUBLISHERS, MEDIA):
            deploy(made, name)
        yield made
        node.close()


def deploy(bench: Bench, name: str) -> None:
    to, call = contracts.deployment_call(name)
    with contextlib.closing(bench.sender()) as sender:
        sender.send(sender.prepare(Intent("deploy", to, call), bench.address), bench.signer, lambda _p: True)


def test_files_go_on_and_models_are_missed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    nodes = open_nodes(bench.home, bench.network)
    with contextlib.ExitStack() as stack:
        for node in nodes:
            stack.callback(node.close)
        sender = stack.enter_context(contextlib.closing(Sender(bench.home, bench.network, nodes, poll=0.01)))

        def send(intent: Intent) -> None:
            sender.send(sender.prepare(intent, bench.address), bench.signer, lambda _p: True)

        send(publishers.create(bench.network, "Agence X"))
        send(media.register(bench.network, 1, media.Registration(FILE, kind=1)))
        assert media.claim(nodes, bench.network, FILE, 1).stands
        mirror.sync(bench.home, bench.network, nodes)
        sent = bench.nonce()
        for asks in (
            lambda: models.model(nodes, bench.network, "ab" * 32),
            lambda: sender.prepare(models.register(bench.network, 1, MODEL), bench.address),
        ):
            with pytest.raises(ChainError) as caught:
                asks()
            assert caught.value.code is ChainTrouble.NOT_DEPLOYED
            said = words.trouble(caught.value)
            assert said.startswith("The register of models does not stand on this network yet.")
        assert bench.nonce() == sent, "money would be lost in what is not there"
        deploy(bench, MODELS)
        send(models.register(bench.network, 1, MODEL))
        assert models.model(nodes, bench.network, models.id_of(1, MODEL.manifest)) is not None
    assert command_line.main(["--home", str(bench.home.root), "network", "list", "--json"], lambda _home: 99) == 0
    assert f'"models": "{contracts.address(MODELS)}"' in capsys.readouterr().out
