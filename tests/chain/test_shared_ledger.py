"""A practice ledger that several desks share: one home serves it, the others register there and look files up."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import making
from tests.chain.ledger_making import Person

from touchstone.chain import ledger_faucet, networks
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID, SHARED_CHAIN_ID
from touchstone.chain.networks import Networks, own, usable_url
from touchstone.chain.serve import LedgerServer
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.texts import networks as words

ROOT = Path(__file__).parents[2]
LAN = ("http://192.168.1.5:8545",)
ADDRESS = "0x" + "11" * 20
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerServer]:
    """A shared ledger, served to the whole local network."""
    ledger = PracticeLedger(Home(tmp_path_factory.mktemp("teacher")).shared_ledger, chain_id=SHARED_CHAIN_ID)
    with serving(ledger, lan=True) as server:
        yield server


@contextlib.contextmanager
def serving(ledger: PracticeLedger, *, lan: bool = False) -> Iterator[LedgerServer]:
    """Serves a ledger, and closes it."""
    server = LedgerServer(ledger, 0, lan=lan)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        ledger.close()


@pytest.fixture(params=["loopback", "private"])
def url(request: pytest.FixtureRequest, served: LedgerServer) -> str:
    """Where another desk reaches it."""
    host = "127.0.0.1" if request.param == "loopback" else _private_address()
    if not host:
        pytest.skip("this computer has no private address")
    return f"http://{host}:{served.port}"


def _private_address() -> str:
    """This computer's address in its own network, "" for none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.254", 9))
        except OSError:
            return ""
        host = str(probe.getsockname()[0])
    return host if networks.is_nearby(f"http://{host}") else ""


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a home by its name: exit code, output, complaints."""
    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    password.chmod(0o600)

    def run(home: str, *arguments: object, sends: bool = False) -> tuple[int, str, str]:
        more = ["--password-file", password, "--yes"] if sends else []
        whole = [str(a) for a in ("--home", tmp_path / home, *arguments, *more)]
        code = command_line.main(whole, lambda _home: 99)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


def test_desks_share_it(desk: Run, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from touchstone.chain import keystore

    monkeypatch.setattr(keystore.new, "__defaults__", (2**4,))
    picture = tmp_path / "a.jpg"
    picture.write_bytes(making.jpeg(1, (320, 240)))
    for home in ("ana", "ben"):
        assert desk(home, "network", "add", "class", "--chain-id", SHARED_CHAIN_ID, "--url", url, "--test")[0] == 0
        if not networks.is_loopback(url):
            assert desk(home, "network", "use", "class")[0] == 1, "nobody agreed to it yet"
            code, _out, said = desk(home, "network", "consent", "class", "--yes")
            assert code == 0
            assert "can rewrite it" in " ".join(said.split())
            assert "Nothing is encrypted" in " ".join(said.split())
        assert desk(home, "network", "use", "class")[0] == 0
    code, _out, said = desk("ana", "key", "new", "ana", "--password-file", tmp_path / "password")
    assert code == 0, said
    code, out, said = desk("ana", "publisher", "create", "Agence X", "--json", sends=True)
    assert code == 0, said
    assert "a practice ledger that others share" in " ".join(said.split())
    code, _out, said = desk("ana", "register", picture, sends=True)
    assert code == 0, said

    assert desk("ben", "index", "sync")[0] == 0
    code, out, _err = desk("ben", "lookup", picture)
    assert code == 0
    assert "This is class, a practice ledger that others share: whoever runs it can rewrite it." in out
    (found,) = _register(desk("ben", "check", picture, "--json")[1])
    assert (found["code"], found["source"]) == ("exact", "class")
    details = found["details"]
    assert (details["practice"], details["shared"], details["own"]) == (True, True, False)
    said = desk("ben", "check", picture)[1]
    assert "Agence X" not in said.splitlines()[0], "play decides about nothing of somebody else's"
    assert "nobody else can see it" not in " ".join(said.split())

    assert desk("ana", "index", "sync")[0] == 0
    (mine,) = _register(desk("ana", "check", picture, "--json")[1])
    assert (mine["details"]["own_key"], mine["details"]["shared"]) == (True, True)
    assert not (tmp_path / "ana" / "practice-ledger.sqlite3").exists()


def _register(out: str) -> list[dict[str, object]]:
    return [one for one in json.loads(out)["findings"] if one["witness"] == "register"]


def test_one_that_was_begun_anew_is_used_on(desk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from touchstone.chain import keystore

    monkeypatch.setattr(keystore.new, "__defaults__", (2**4,))
    picture = tmp_path / "a.jpg"
    picture.write_bytes(making.jpeg(1, (320, 240)))
    with serving(PracticeLedger(tmp_path / "shared.sqlite3", chain_id=SHARED_CHAIN_ID)) as server:
        assert desk("ana", "network", "add", "class", "--chain-id", SHARED_CHAIN_ID, "--url", server.urls[0])[0] == 0
        assert desk("ana", "network", "use", "class")[0] == 0
        assert desk("ana", "key", "new", "ana", "--password-file", tmp_path / "password")[0] == 0
        for _time in range(2):
            code, out, said = desk("ana", "publisher", "create", "Agence X", "--json", sends=True)
            assert (code, json.loads(out or "{}").get("publisher")) == (0, 1), said
            assert desk("ana", "register", picture, sends=True)[0] == 0
            assert desk("ana", "index", "sync")[0] == 0
            code, out, said = desk("ana", "lookup", hashlib.sha256(picture.read_bytes()).hexdigest(), "--json")
            assert (code, len(json.loads(out)["claims"])) == (0, 1), said
            server.ledger.reset(keep_copy=False)


def test_fund_goes_through_the_node(desk: Run, url: str, served: LedgerServer) -> None:
    assert desk("cleo", "network", "add", "class", "--chain-id", SHARED_CHAIN_ID, "--url", url)[0] == 0
    if not networks.is_loopback(url):
        assert desk("cleo", "ledger", "fund", ADDRESS, "--network", "class")[0] == 1
        assert desk("cleo", "network", "consent", "class", "--yes")[0] == 0
    before = int(served.ledger.request("eth_getBalance", [ADDRESS, "latest"]), 16)
    code, out, said = desk(
        "cleo", "ledger", "fund", ADDRESS, "--network", "class", "--ether", "2", "--dollars", "5", "--json"
    )
    assert (code, said) == (0, "")
    assert len(json.loads(out)["transactions"]) == 2
    assert int(served.ledger.request("eth_getBalance", [ADDRESS, "latest"]), 16) == before + 2 * 10**18
    code, _out, said = desk("cleo", "ledger", "fund", ADDRESS, "--network", "class", "--dollars", "10001")
    assert code == 1
    assert said
    assert desk("cleo", "ledger", "fund", "0x12", "--network", "class")[0] == 2


def test_the_key_of_the_faucet_is_for_practice_ledgers_alone(desk: Run) -> None:
    assert desk("dan", "network", "add", "mine", "--chain-id", 31337, "--url", "http://127.0.0.1:9")[0] == 0
    code, _out, said = desk("dan", "ledger", "fund", ADDRESS, "--network", "mine")
    assert (code, said) == (1, "Practice money is there on practice ledgers only.\n")
    assert desk("dan", "ledger", "fund", ADDRESS, "--network", "nowhere")[0] == 1


def test_its_chain_id_is_in_what_is_signed(tmp_path: Path) -> None:
    ledger = PracticeLedger(tmp_path / "shared.sqlite3", chain_id=SHARED_CHAIN_ID)
    try:
        ana = Person("ana")
        ledger.fund(ana.address, 10**18)
        with pytest.raises(ChainError) as caught:
            ledger.ask("eth_sendRawTransaction", [ana.sign(0, ADDRESS, value=1, gas=21_000)])
        assert "chain id" in str(caught.value.params)
        raw = ana.sign(0, ADDRESS, value=1, gas=21_000, chainId=SHARED_CHAIN_ID)
        assert ledger.ask("eth_sendRawTransaction", [raw])
        assert ledger.status().chain_id == int(ledger.ask("eth_chainId", []), 16) == SHARED_CHAIN_ID
        domain = networks.contracts.encode("MediaRegistry", "eip712Domain")
        registry = networks.contracts.address("MediaRegistry")
        said = ledger.ask("eth_call", [{"to": registry, "data": f"0x{domain.hex()}"}])
        found = networks.contracts.decode("MediaRegistry", "eip712Domain", bytes.fromhex(said[2:]))
        assert SHARED_CHAIN_ID in found
        assert PRACTICE_CHAIN_ID not in found
        assert ledger_faucet.give_dollars(ledger.ask, SHARED_CHAIN_ID, bytes(20)[:-1] + b"\x01", 1)
        with pytest.raises(ChainError):
            ledger_faucet.give_dollars(ledger.ask, PRACTICE_CHAIN_ID, bytes(20)[:-1] + b"\x01", 1)
    finally:
        ledger.close()


@pytest.mark.parametrize(
    ("url", "always", "shared"),
    [
        ("https://a.example", True, True),
        ("http://127.0.0.1:8545", True, True),
        ("http://localhost:8545", True, True),
        ("http://[::1]:8545", True, True),
        ("http://10.0.0.7:8545", False, True),
        ("http://172.16.0.1", False, True),
        ("http://172.31.255.254:1", False, True),
        ("http://192.168.1.5:8545/path", False, True),
        ("http://169.254.7.7:8545", False, True),
        ("http://[fd00::7]:8545", False, True),
        ("http://[fe80::7]:8545", False, True),
        ("http://172.15.0.1:8545", False, False),
        ("http://172.32.0.1:8545", False, False),
        ("http://192.169.1.5:8545", False, False),
        ("http://11.0.0.1:8545", False, False),
        ("http://8.8.8.8:8545", False, False),
        ("http://0.0.0.0:8545", False, False),
        ("http://100.64.0.1:8545", False, False),
        ("http://192.0.2.1:8545", False, False),
        ("http://224.0.0.1:8545", False, False),
        ("http://[2001:db8::1]:8545", False, False),
        ("http://[::ffff:192.168.1.5]:8545", False, False),
        ("http://[::]:8545", False, False),
        ("http://teacher.local:8545", False, False),
        ("http://192.168.1.5.example:8545", False, False),
        ("http://192.168.1:8545", False, False),
        ("http://0xc0a80105:8545", False, False),
        ("http://3232235781:8545", False, False),
        ("http://192.168.01.5:8545", False, False),
        ("http://me@192.168.1.5:8545", False, False),
        ("http://192.168.1.5:0", False, False),
        ("http://192.168.1.5:99999", False, False),
        ("http://[192.168.1.5", False, False),
        ("ftp://192.168.1.5", False, False),
        ("192.168.1.5:8545", False, False),
        ("", False, False),
    ],
)
def test_where_nodes_may_be(url: str, always: bool, shared: bool) -> None:
    assert (usable_url(url), usable_url(url, shared=True)) == (always, shared)


class TestAsANetwork:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Home:
        return Home(tmp_path / "home")

    def test_it_is_play_whatever_is_said_of_it(self, home: Home) -> None:
        networks.add(home, own("class", SHARED_CHAIN_ID, LAN, mainnet=True))
        found = Networks.load(home).get("class")
        assert (found.shared, found.play, found.public, found.mainnet) == (True, True, True, False)
        assert (found.practice, found.confirmations) == (False, 1)
        assert networks.contracts.address("PracticeUSD") in found.code
        assert words.kind(found) == "a practice ledger that others share, play money"
        assert "rewrite" in words.one_node(found)
        assert "192.168.1.5:8545" in words.consent(found)
        with pytest.raises(ChainError) as caught:
            open_nodes(home, found)
        assert caught.value.code is ChainTrouble.NO_CONSENT
        (node,) = open_nodes(home, dataclasses.replace(found, consented=True))
        assert node.label == "192.168.1.5:8545"

    def test_no_other_network_is_asked_over_http(self, home: Home) -> None:
        for chain_id in (5, PRACTICE_CHAIN_ID, SHARED_CHAIN_ID + 1):
            with pytest.raises(ChainError) as caught:
                networks.add(home, own("class", chain_id, LAN))
            assert caught.value.code is ChainTrouble.BAD_NETWORK
        with pytest.raises(ChainError):
            HttpNode(LAN[0])
        home.root.mkdir()
        home.networks.write_text('[networks.base]\nchain_id = 8453\nurls = ["http://192.168.1.5:8545"]\n')
        assert Networks.load(home).get("base").urls[0].startswith("https://")

    def test_there_is_one_at_most(self, home: Home) -> None:
        networks.add(home, own("class", SHARED_CHAIN_ID, LAN))
        networks.add(home, own("class", SHARED_CHAIN_ID, ("http://192.168.1.6:8545",)))
        with pytest.raises(ChainError) as caught:
            networks.add(home, own("other", SHARED_CHAIN_ID, LAN))
        assert caught.value.params["what"] == "shared"
        text = home.networks.read_text()
        again = text[text.index("[networks.class]") :].split("\n[", 1)[0].replace("class", "other")
        home.networks.write_text(f"{text}\n{again}\n")
        assert [n.name for n in Networks.load(home).by_name.values() if n.shared] == ["class"]

    def test_the_practice_ledger_is_no_shared_one(self, tmp_path: Path) -> None:
        with serving(PracticeLedger(tmp_path / "practice.sqlite3")) as server:
            (node,) = open_nodes(Home(tmp_path), own("class", SHARED_CHAIN_ID, (server.urls[0],)))
            with contextlib.closing(node), pytest.raises(ChainError) as caught:
                node.request("eth_blockNumber", [])
        assert caught.value.code is ChainTrouble.WRONG_CHAIN


def test_serve_takes_a_ledger_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "touchstone", "--home", str(tmp_path), "ledger", "serve", "--shared"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "app")}
    with subprocess.Popen(
        [*command, "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            assert said["chain_id"] == SHARED_CHAIN_ID
            with contextlib.closing(HttpNode(said["urls"][0])) as node:
                assert node.request("eth_chainId", []) == hex(SHARED_CHAIN_ID)
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert (tmp_path / "shared-ledger.sqlite3").exists()
    assert not (tmp_path / "practice-ledger.sqlite3").exists()
