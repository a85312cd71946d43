"""Nodes to send through: a scripted web server, anvil where it is installed, real nodes with trouble on the line."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from touchstone.chain import contracts, deploy, keystore, networks
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.node import Node
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home

PASSWORD = "correct horse"
WORK = 2**10  # scrypt, for tests that are not about it
NOBODY = "0x" + "00" * 20
_FOUNDRY = Path(__file__).parents[2] / "contracts" / "node_modules" / "@foundry-rs"


def anvil_binary() -> Path | None:
    return next(iter(_FOUNDRY.glob("anvil-*/bin/anvil*")), None)


@contextlib.contextmanager
def anvil(*arguments: str) -> Iterator[str]:
    """A fresh anvil; its URL."""
    binary = anvil_binary()
    if binary is None:
        pytest.skip("anvil is not installed (npm ci in contracts/)")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [binary, "--port", str(port), "--silent", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _attempt in range(200):
            node = HttpNode(url)
            try:
                node.request("eth_chainId", [])
                break
            except ChainError:
                time.sleep(0.05)
            finally:
                node.close()
        yield url
    finally:
        process.kill()
        process.wait()


class Scripted:
    """A web server on this computer that answers JSON-RPC as it is told to.

    `answers` maps a method to a value, an exception-like dict under "error", or a function of the parameters;
    `raw` maps one to the whole of what goes over the line. `asked` is what was asked.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.raw: dict[str, Callable[[http.server.BaseHTTPRequestHandler, Any], None]] = {}
        self.asked: list[tuple[str, Any]] = []
        script = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                script.asked.append((question["method"], question["params"]))
                if question["method"] in script.raw:
                    script.raw[question["method"]](self, question)
                    return
                answer = script.answers.get(question["method"], error(-32601, "the method does not exist"))
                if callable(answer):
                    answer = answer(question["params"])
                body = {"error": answer.error} if isinstance(answer, error) else {"result": answer}
                say(self, json.dumps({"jsonrpc": "2.0", "id": question["id"], **body}).encode())

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # a client that leaves early is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def methods(self) -> list[str]:
        return [method for method, _params in self.asked]


class error:  # noqa: N801 - reads as what it stands for
    def __init__(self, code: int, message: str, data: Any = None) -> None:
        self.error = {"code": code, "message": message, **({} if data is None else {"data": data})}


def say(handler: http.server.BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Between:
    """A real node with somebody on the line: `on` maps a method to what becomes of the question.

    A function there gets the parameters and `ask`, which puts the question to the real node.
    """

    def __init__(self, node: Node, label: str = "") -> None:
        self.node, self._label = node, label
        self.on: dict[str, Callable[[Sequence[Any], Callable[[], Any]], Any]] = {}
        self.asked: list[tuple[str, Any]] = []

    @property
    def label(self) -> str:
        return self._label or self.node.label

    def request(self, method: str, params: Sequence[Any]) -> Any:
        self.asked.append((method, params))
        if method in self.on:
            return self.on[method](params, lambda: self.node.request(method, params))
        return self.node.request(method, params)

    def close(self) -> None:
        self.node.close()

    def count(self, method: str) -> int:
        return sum(1 for asked, _params in self.asked if asked == method)


def times_out(_params: Sequence[Any], _ask: Callable[[], Any]) -> Any:
    raise ChainError(ChainTrouble.TIMEOUT)


def arrives_but_times_out(_params: Sequence[Any], ask: Callable[[], Any]) -> Any:
    ask()
    raise ChainError(ChainTrouble.TIMEOUT)


def refuses_connections(_params: Sequence[Any], _ask: Callable[[], Any]) -> Any:
    raise ChainError(ChainTrouble.UNREACHABLE, nothing_sent=True)


@dataclasses.dataclass
class Bench:
    """A home with a funded key on a network with our contracts, and a node on whose line somebody sits."""

    home: Home
    network: Network
    node: Between
    signer: KeystoreSigner
    kind: str

    @property
    def address(self) -> str:
        return self.signer.address

    def sender(self, *others: Node, **more: Any) -> Sender:
        return Sender(self.home, self.network, [self.node, *others], **{"poll": 0.01, "patience": 10.0} | more)

    def nonce(self) -> int:
        return int(self.node.node.request("eth_getTransactionCount", [self.address, "latest"]), 16)

    def publishers(self) -> int:
        call = contracts.encode("PublisherRegistry", "publisherCount")
        question = [{"to": self.network.publishers, "data": "0x" + call.hex()}, "latest"]
        return int(self.node.node.request("eth_call", question), 16)

    def tell(self, method: str, *params: Any) -> Any:
        """Say something to the real node."""
        return self.node.node.request(method, list(params))


def key_for(home: Home, name: str = "me") -> KeystoreSigner:
    made = keystore.new(home, name, PASSWORD, work=WORK)
    signer = KeystoreSigner(made)
    signer.unlock(PASSWORD)
    return signer


def practice_bench(folder: Path) -> Bench:
    home = Home(folder)
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(home.ledger)
    signer = key_for(home)
    ledger.fund(signer.address, 10**19)
    return _deployed(Bench(home, network, Between(ledger.node()), signer, "practice"))


def anvil_bench(folder: Path, url: str, chain_id: int = 31337) -> Bench:
    home = Home(folder)
    networks.add(home, networks.own("anvil", chain_id, (url,)))
    network = Networks.load(home).get("anvil")
    signer = key_for(home)
    node = HttpNode(url)
    node.request("anvil_setBalance", [signer.address, hex(10**19)])
    return _deployed(Bench(home, network, Between(node), signer, "anvil"))


def _deployed(bench: Bench) -> Bench:
    sender = bench.sender()
    for name in contracts.order(practice=True):
        if deploy.standing(bench.node.node, name) is deploy.Standing.ABSENT:
            to, call = contracts.deployment_call(name)
            sender.send(sender.prepare(Intent("deploy", to, call), bench.address), bench.signer, lambda _p: True)

    def send(_name: str, to: str, data: bytes) -> None:
        sender.send(sender.prepare(Intent("court-set", to, data), bench.address), bench.signer, lambda _p: True)

    deploy.set_court(bench.node.node, send)
    sender.close()
    return bench
