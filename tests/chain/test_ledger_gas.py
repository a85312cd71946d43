"""The practice ledger against anvil: the same transactions, the same outcome, the same gas to the last unit."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from tests.chain.ledger_making import ETHER, Person, open_ledger, send, story

from touchstone.chain import contracts
from touchstone.chain.network import PRACTICE_CHAIN_ID

_MODULES = Path(__file__).parents[2] / "contracts" / "node_modules" / "@foundry-rs"


def _anvil():
    found = next(iter(sorted(_MODULES.glob("anvil-*/bin/anvil*"))), None) or shutil.which("anvil")
    if found is None:
        pytest.skip("anvil is not installed (npm ci in contracts/)")
    return str(found)


class _Anvil:
    def __init__(self, port):
        self._url = f"http://127.0.0.1:{port}"

    def ask(self, method, params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            said = json.loads(answer.read())
        assert "error" not in said, said
        return said["result"]

    def send(self, raw):
        sent = self.ask("eth_sendRawTransaction", [raw])
        return self._receipt(sent)

    def _receipt(self, sent):
        for _ in range(500):
            if found := self.ask("eth_getTransactionReceipt", [sent]):
                return found
            time.sleep(0.01)
        raise AssertionError("anvil mines nothing")

    def deploy(self):
        """What the practice ledger begins with, in the same places."""
        for address, code in contracts.genesis().items():
            self.ask("anvil_setCode", [address, "0x" + code.hex()])
        (giver, *_rest) = self.ask("eth_accounts", [])
        for name in contracts.order(practice=True):
            to, data = contracts.deployment_call(name)
            call = {"from": giver, "to": to, "data": "0x" + data.hex(), "gas": hex(8_000_000)}
            self._receipt(self.ask("eth_sendTransaction", [call]))


@pytest.fixture
def anvil():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [_anvil(), "--hardfork", "prague", "--chain-id", str(PRACTICE_CHAIN_ID), "--port", str(port), "--silent"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        node = _Anvil(port)
        for _ in range(200):
            try:
                node.ask("eth_chainId", [])
                break
            except OSError:
                time.sleep(0.05)
        yield node
    finally:
        process.kill()
        process.wait()


def test_every_kind_of_transaction_costs_what_it_costs_on_anvil(anvil, tmp_path):
    ana, ben = Person("ana"), Person("ben")
    ledger = open_ledger(tmp_path)
    for who in (ana, ben):
        ledger.fund(who.address, 1_000 * ETHER)
        anvil.ask("anvil_setBalance", [who.address, hex(1_000 * ETHER)])
    anvil.deploy()
    for what, raw in story(ana, ben):
        here, there = send(ledger, raw), anvil.send(raw)
        told = ("gasUsed", "status", "contractAddress", "from", "to", "type", "transactionHash", "logsBloom")
        assert {k: here[k] for k in told} == {k: there[k] for k in told}, what
        for ours, theirs in zip(here["logs"], there["logs"], strict=True):
            told = ("address", "topics", "data", "logIndex") if what.startswith("call") else ("address", "topics")
            assert {k: ours[k] for k in told} == {k: theirs[k] for k in told}, what
    for method in ("eth_getTransactionCount", "eth_getCode"):
        assert ledger.ask(method, [ana.address, "latest"]) == anvil.ask(method, [ana.address, "latest"])
    ledger.close()
