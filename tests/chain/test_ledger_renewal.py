"""A ledger from before there was a register of models, or a court, gets it when it is opened, and loses nothing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.chain import old_ledger
from tests.chain.test_shared_ledger import serving
from tests.practice import Key

from touchstone.chain import contracts, deploy, ledger_faucet, networks
from touchstone.chain.agree import open_nodes
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_file import place
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import PRACTICE_CHAIN_ID, SHARED_CHAIN_ID
from touchstone.chain.networks import MODELS, Networks
from touchstone.paths import Home
from touchstone.registry import court, media, mirror, models, publishers
from touchstone.registry.lookup import Register

_ORDER = contracts.order(practice=True)
_IDS = pytest.mark.parametrize("chain_id", [PRACTICE_CHAIN_ID, SHARED_CHAIN_ID])
_WITH_MODELS = -1  # a practice ledger that had models, and no court


@dataclass
class Before:
    """A ledger as it was, and what is on it."""

    path: Path
    told: dict[str, Any]
    missing: int = 0

    @property
    def renewed(self) -> int:
        """The last block once everything is there: a transaction for each contract, one that sets the court."""
        return int(self.told["block"]) + self.missing + 1


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Before]:
    """One of each kind."""
    found = {}
    for which in (PRACTICE_CHAIN_ID, SHARED_CHAIN_ID, _WITH_MODELS):
        folder = tmp_path_factory.mktemp("before")
        path = folder / "ledger.sqlite3"
        there = old_ledger.COURT if which == _WITH_MODELS else old_ledger.MODELS
        chain_id = PRACTICE_CHAIN_ID if which == _WITH_MODELS else which
        found[which] = Before(path, old_ledger.made(folder, path, chain_id, there), len(_ORDER) - len(there))
    return found


@pytest.fixture
def before(kept: dict[int, Before], tmp_path: Path) -> Callable[[int], Before]:
    """A copy of one, where the practice ledger of a home in `tmp_path` is kept."""

    def copied(chain_id: int) -> Before:
        home = Home(tmp_path)
        path = home.shared_ledger if chain_id == SHARED_CHAIN_ID else home.ledger
        path.parent.mkdir(exist_ok=True)
        shutil.copy(kept[chain_id].path, path)
        return Before(path, kept[chain_id].told, kept[chain_id].missing)

    return copied


def blocks(path: Path, last: int) -> list[tuple[object, ...]]:
    """Every block up to one, with its transactions and logs, as the file has them."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT * FROM block WHERE number <= ? ORDER BY number", (last,)).fetchall()
        for table in ("tx", "log"):
            found += connection.execute(f"SELECT * FROM {table} WHERE id < ?", (place(last + 1, 0),)).fetchall()
    connection.close()
    return found


def standing(ledger: PracticeLedger) -> set[deploy.Standing]:
    return set(deploy.survey(ledger.node(), _ORDER).values())


@_IDS
def test_it_is_there_when_the_ledger_is_next_opened(before: Callable[[int], Before], chain_id: int) -> None:
    old = before(chain_id)
    then = blocks(old.path, old.told["block"])
    ledger = PracticeLedger(old.path, chain_id=chain_id)
    try:
        assert standing(ledger) == {deploy.Standing.OURS}
        status = ledger.status()
        assert ledger.kept == status.kept == ""
        assert status.block == old.renewed, "a transaction for each, and one that sets the court"
        known = ledger.ask("eth_getBlockByNumber", [hex(old.told["block"]), False])
        assert known["hash"] == old.told["hash"]
        assert blocks(old.path, old.told["block"]) == then
    finally:
        ledger.close()
    again = PracticeLedger(old.path, chain_id=chain_id)
    assert again.status().block == status.block, "and only once"
    again.close()
    assert not list(old.path.parent.glob("*damaged*"))


def test_what_was_registered_counts_and_what_is_new_can_be_done(before: Callable[[int], Before]) -> None:
    old = before(PRACTICE_CHAIN_ID)
    home = Home(old.path.parent)
    network = Networks.load(home).get("practice")
    ledger = PracticeLedger(old.path)
    try:
        node = [ledger.node()]
        owner = publishers.state(node, network, 1)
        assert owner is not None
        assert owner.controller == old.told["controller"]
        assert media.claim(node, network, old.told["sha256"][2:], 1).stands
        key = Key(ledger)
        key.send("PublisherRegistry", "create", "Another", "", "0x" + "00" * 20)
        words = dict.fromkeys(("manifest", "weights", "record"), b"\x01" * 32)
        what = words | {"dataRoot": bytes(32), "items": 0, "evaluation": bytes(32), "parents": [], "uri": ""}
        assert len(key.send(MODELS, "register", 2, what)["logs"]) == 1  # type: ignore[arg-type]
    finally:
        ledger.close()


def test_one_that_nobody_opened_yet_is_read_as_it_is(before: Callable[[int], Before]) -> None:
    """Looking something up writes nothing, and what is not there yet is in nobody's way."""
    old = before(PRACTICE_CHAIN_ID)
    home = Home(old.path.parent)
    network = Networks.load(home).get("practice")
    mirror.sync(home, network)
    register = Register(home, network)
    try:
        (claim,) = register.exact(old.told["sha256"][2:])
        assert claim.publisher == 1
    finally:
        register.close()
    with sqlite3.connect(old.path) as connection:
        (newest,) = connection.execute("SELECT max(number) FROM block").fetchone()
    connection.close()
    assert newest == old.told["block"]


def test_two_processes_at_once_put_it_there_once(before: Callable[[int], Before]) -> None:
    old = before(PRACTICE_CHAIN_ID)
    code = """if True:
        import sys
        from pathlib import Path
        from touchstone.chain.local import PracticeLedger
        ledger = PracticeLedger(Path(sys.argv[1]))
        print(ledger.status().block, ledger.kept)
        ledger.close()
    """
    command = [sys.executable, "-c", code, str(old.path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {one.communicate()[0].strip() for one in running}
    assert said == {str(old.renewed)}


def test_a_disk_that_takes_no_more_leaves_it_as_it_was(before: Callable[[int], Before]) -> None:
    old = before(PRACTICE_CHAIN_ID)
    with sqlite3.connect(old.path) as connection:
        then = connection.execute("SELECT count(*) FROM node").fetchone()
    connection.close()
    code = """if True:
        import resource, signal, sys
        from pathlib import Path
        from touchstone.chain.errors import ChainError
        from touchstone.chain.local import PracticeLedger
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
        try:
            PracticeLedger(Path(sys.argv[1])).status()
        except ChainError as error:
            print(error.code)
    """
    ran = subprocess.run([sys.executable, "-c", code, str(old.path)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {ChainTrouble.FULL, ChainTrouble.FAILED}, ran.stderr
    with sqlite3.connect(old.path) as connection:
        assert connection.execute("SELECT count(*) FROM node").fetchone() == then
    connection.close()
    ledger = PracticeLedger(old.path)
    assert standing(ledger) == {deploy.Standing.OURS}
    assert ledger.kept == ""
    ledger.close()


def test_served_it_is_there_for_every_desk(before: Callable[[int], Before], tmp_path: Path) -> None:
    old = before(SHARED_CHAIN_ID)
    with serving(PracticeLedger(old.path, chain_id=SHARED_CHAIN_ID)) as server:
        home = Home(tmp_path / "desk")
        networks.add(home, networks.own("class", SHARED_CHAIN_ID, (f"http://127.0.0.1:{server.port}",)))
        network = Networks.load(home).get("class")
        nodes = open_nodes(home, network)
        try:
            assert models.model(nodes, network, "ab" * 32) is None
            assert media.claim(nodes, network, old.told["sha256"][2:], 1).stands
        finally:
            for node in nodes:
                node.close()


def test_a_ledger_begun_anew_has_it_too(before: Callable[[int], Before]) -> None:
    old = before(PRACTICE_CHAIN_ID)
    ledger = PracticeLedger(old.path)
    copy = ledger.reset()
    assert standing(ledger) == {deploy.Standing.OURS}
    assert ledger.status().block == len(_ORDER) + 1
    ledger.close()
    assert copy is not None
    assert blocks(copy, old.told["block"]) == blocks(before(PRACTICE_CHAIN_ID).path, old.told["block"])


def the_court_of(ledger: PracticeLedger) -> str:
    """What the pool says its court is."""
    call = {"to": contracts.address("ReviewerPool"), "data": "0x" + contracts.encode("ReviewerPool", "court").hex()}
    return str(contracts.decode("ReviewerPool", "court", bytes.fromhex(ledger.ask("eth_call", [call, "latest"])[2:])))


def test_one_that_had_models_gets_its_court(before: Callable[[int], Before]) -> None:
    old = before(_WITH_MODELS)
    ledger = PracticeLedger(old.path)
    try:
        assert standing(ledger) == {deploy.Standing.OURS}
        assert ledger.status().block == old.renewed
        assert the_court_of(ledger) == contracts.address("FactCheckCourt").lower()
        network = Networks.load(Home(old.path.parent)).get("practice")
        assert court.parameters([ledger.node()], network).number == 1
        assert media.claim([ledger.node()], network, old.told["sha256"][2:], 1).stands
    finally:
        ledger.close()


@pytest.mark.parametrize("after", range(8))
def test_one_that_was_interrupted_is_finished_when_it_is_next_opened(
    before: Callable[[int], Before], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Wherever the process ended: the next one puts in place what is missing, and nothing twice."""
    old, sent = before(_WITH_MODELS), 0
    spend = ledger_faucet.spend

    def ends_after(*arguments: Any) -> bytes:
        nonlocal sent
        if sent == after:
            raise KeyboardInterrupt
        sent += 1
        return spend(*arguments)

    with monkeypatch.context() as ending:
        ending.setattr(ledger_faucet, "spend", ends_after)
        interrupted = PracticeLedger(old.path)
        if after < old.missing + 1:
            with pytest.raises(KeyboardInterrupt):
                interrupted.status()
        else:
            interrupted.status()
        interrupted.close()
    ledger = PracticeLedger(old.path)
    assert ledger.status().block == old.renewed
    assert standing(ledger) == {deploy.Standing.OURS}
    assert the_court_of(ledger) == contracts.address("FactCheckCourt").lower()
    ledger.close()


def test_a_pool_that_serves_another_court_is_not_ours(tmp_path: Path) -> None:
    ledger = PracticeLedger(tmp_path / "ledger.sqlite3")
    ledger.status()
    there: dict[str, str] = {}

    class Told:
        label = "told"

        def request(self, method: str, params: Any) -> Any:
            return there.get(method) or ledger.ask(method, params)

        def close(self) -> None:
            pass

    there["eth_call"] = "0x" + "00" * 12 + "11" * 20
    with pytest.raises(ChainError) as caught:
        deploy.set_court(Told(), lambda *_a: None)
    assert (caught.value.code, caught.value.params["contract"]) == (ChainTrouble.WRONG_CODE, "ReviewerPool")
    there["eth_call"] = "0x" + "00" * 32
    with pytest.raises(ChainError) as caught:
        deploy.set_court(Told(), lambda *_a: None)
    assert caught.value.code is ChainTrouble.REVERTED
    assert not deploy.set_court(ledger.node(), lambda *_a: None)
    ledger.close()
