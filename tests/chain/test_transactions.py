"""`touchstone transactions`: on a node whose blocks wait for us, and on the practice ledger after a kill."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chain import crashing
from tests.chain.nodes import NOBODY, PASSWORD, Bench, anvil, anvil_bench, practice_bench

from touchstone.chain import known_calls, networks, waiting
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.networks import Networks
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.store.outbox import Outbox, Sent, SentState

Run = Callable[..., tuple[int, str, str]]
SEEN = """
import json, sys
from touchstone.chain import waiting
from touchstone.paths import Home
found = waiting.look_everywhere(Home(__import__("pathlib").Path(sys.argv[1])))
print(json.dumps([[str(one.state) for one in found], sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with anvil() as url:
        made = anvil_bench(tmp_path_factory.mktemp("pool"), url)
        made.tell("evm_setAutomine", False)
        yield made
        made.node.close()


@pytest.fixture
def bench(pooled: Bench) -> Iterator[Bench]:
    yield pooled
    pooled.tell("anvil_dropAllTransactions")
    forget(pooled.home, pooled.network.chain_id)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice ledger with a funded key; what was sent is final."""
    folder = tmp_path_factory.mktemp("template")
    bench = practice_bench(folder)
    bench.node.close()
    return folder


@pytest.fixture
def practice(template: Path, tmp_path: Path) -> Home:
    return Home(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)

    def call(home: Home, *arguments: object, signs: bool = False) -> tuple[int, str, str]:
        more = ["--password-file", password] if signs else []
        code = command_line.main([str(a) for a in ("--home", home.root, *arguments, *more)], lambda _home: 99)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def forget(home: Home, chain_id: int) -> None:
    outbox = Outbox(home)
    outbox.forget(chain_id)
    outbox.close()


def launch(bench: Bench, name: str = "Agence X") -> Sent:
    """Send without waiting for a block; its line in the journal."""
    sender, reached = bench.sender(), []
    intent = known_calls.intent(bench.network, "PublisherRegistry", "create", name, "", NOBODY)
    with pytest.raises(ChainError) as caught:
        sender.send(
            sender.prepare(intent, bench.address),
            bench.signer,
            lambda _prepared: True,
            on_step=lambda step, _params: reached.append(str(step)),
            cancel=lambda: "broadcast" in reached,
        )
    assert caught.value.params["pending"] is True
    (newest,) = sender.journal(1)
    sender.close()
    return newest


def kill(home: Home, at: str) -> None:
    """Have a process send something and be killed on the way."""
    command = [sys.executable, crashing.__file__, str(home.root), at]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def mine_once_it_is_outbid(bench: Bench, first: Sent) -> threading.Thread:
    def work() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            (newest,) = waiting.journal(bench.home, 1)
            if newest.id != first.id and newest.state is SentState.SENT:
                break
            time.sleep(0.02)
        bench.tell("evm_mine")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


# --- listing


def test_nothing_was_sent_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    home = Home(tmp_path / "empty")
    assert run(home, "transactions", "list") == (0, "Nothing was sent yet.\n", "")
    assert json.loads(run(home, "transactions", "list", "--json")[1]) == {"transactions": []}
    assert run(home, "transactions", "resume") == (0, "Nothing is under way on practice.\n", "")
    code, _out, err = run(home, "transactions", "outbid", 1)
    assert (code, err) == (1, "There is no transaction of that number.\n")
    assert not home.root.exists()


def test_the_newest_first_with_its_sentence_state_and_fee(run: Run, bench: Bench) -> None:
    first, second = launch(bench, "Agence X"), launch(bench, "Agence Y")
    code, out, _err = run(bench.home, "transactions", "list")
    assert code == 0
    assert out.index("“Agence Y”") < out.index("“Agence X”")
    head = next(line for line in out.splitlines() if line.startswith(f"{first.id}  "))
    assert head.endswith(" · anvil · on its way")
    assert f"    {first.hash}\n" in out
    assert "Fee: at most " in out
    listed = json.loads(run(bench.home, "transactions", "list", "--json", "--limit", 1)[1])["transactions"]
    (one,) = listed
    assert (one["id"], one["hash"], one["state"], one["fee"]) == (second.id, second.hash, "sent", None)
    assert one["most"] == str(second.gas * second.max_fee)
    assert json.loads(run(bench.home, "--network", "practice", "transactions", "list", "--json")[1]) == {
        "transactions": []
    }
    assert run(bench.home, "--network", "nowhere", "transactions", "list")[0] == 1


# --- looking again


def test_what_was_lost_goes_out_again_and_is_done_once_mined(run: Run, bench: Bench) -> None:
    sent = launch(bench)
    bench.tell("anvil_dropAllTransactions")
    code, out, err = run(bench.home, "--network", "anvil", "transactions", "resume")
    assert code == 0
    assert out.startswith(f"{sent.id}  On its way: A new publisher called “Agence X”")
    assert "No node knew it; sent again as it was" in err
    assert bench.tell("eth_getTransactionByHash", sent.hash) is not None
    bench.tell("evm_mine")
    found = json.loads(run(bench.home, "--network", "anvil", "transactions", "resume", "--json")[1])
    assert [(one["id"], one["state"]) for one in found["transactions"]] == [(sent.id, "final")]
    code, out, _err = run(bench.home, "--network", "anvil", "transactions", "resume")
    assert out == "Nothing is under way on anvil.\n"
    assert "Fee: 0.0" in run(bench.home, "transactions", "list")[1]


def test_a_node_that_is_down_is_told(run: Run, bench: Bench, tmp_path: Path) -> None:
    sent = launch(bench)
    home = Home(shutil.copytree(bench.home.root, tmp_path / "copy"))
    networks.add(home, networks.own("anvil", bench.network.chain_id, ("http://127.0.0.1:9",)))
    code, out, err = run(home, "--network", "anvil", "transactions", "resume")
    assert (code, out) == (1, "")
    assert "Nobody answers" in err or "node" in err
    assert waiting.entry(home, sent.id).state is SentState.SENT
    assert waiting.look_everywhere(home) == []


def test_networks_that_are_gone_or_not_agreed_to_are_left_alone(bench: Bench, tmp_path: Path) -> None:
    sent = launch(bench)
    home = Home(shutil.copytree(bench.home.root, tmp_path / "copy"))
    outbox = Outbox(home)
    outbox.add(dataclasses.replace(sent, network="base", chain_id=8453, id=0))
    outbox.add(dataclasses.replace(sent, network="elsewhere", chain_id=99, id=0))
    outbox.close()
    assert [one.network for one in waiting.look_everywhere(home)] == ["anvil"]
    with pytest.raises(ChainError) as caught:
        waiting.look_again(home, Networks.load(home).get("base"))
    assert caught.value.code is ChainTrouble.NO_CONSENT


def test_a_journal_that_cannot_be_used_is_told_once(run: Run, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.outbox.write_bytes(b"no database" * 100)
    code, _out, err = run(home, "transactions", "list")
    assert code == 1
    assert "look through what you sent lately" in err
    assert run(home, "transactions", "list")[1] == "Nothing was sent yet.\n"


# --- outbidding


def test_a_higher_fee_takes_its_place(run: Run, bench: Bench) -> None:
    before, first = bench.publishers(), launch(bench)
    thread = mine_once_it_is_outbid(bench, first)
    code, out, err = run(bench.home, "transactions", "outbid", first.id, "--yes", signs=True)
    thread.join()
    assert code == 0, err
    second, old = waiting.journal(bench.home, 2)
    assert second.replaces == old.id == first.id
    assert (second.nonce, second.state, old.state) == (first.nonce, SentState.FINAL, SentState.DROPPED)
    assert second.hash in out
    assert bench.publishers() == before + 1
    costs = [line.split() for line in err.splitlines() if line.strip().startswith("Cost")]
    new, until_now = (float(line[line.index("most") + 1]) for line in costs)
    assert costs[1][:3] == ["Cost", "until", "now"]
    assert new * 8 >= until_now * 9 * 0.99
    assert "Only one of the two will count." in err


def test_nobody_agrees_and_nothing_changes(run: Run, bench: Bench) -> None:
    first = launch(bench)
    code, out, err = run(bench.home, "transactions", "outbid", first.id, signs=True)
    assert (code, out) == (1, "")
    assert "Cost until now" in err
    assert "It was refused. Nothing was sent." in err
    assert [one.id for one in waiting.under_way(bench.home)] == [first.id]


def test_what_cannot_be_outbid(run: Run, bench: Bench) -> None:
    first = launch(bench)
    wrong = run(bench.home, "--network", "practice", "transactions", "outbid", first.id)
    assert wrong == (1, "", "That transaction is on the network anvil.\n")
    assert "no key called" in run(bench.home, "transactions", "outbid", first.id, "--key", "nobody", "--yes")[2]
    bench.tell("evm_mine")
    code, out, err = run(bench.home, "transactions", "outbid", first.id, "--yes", signs=True)
    assert code == 0, "it was mined meanwhile: nobody is asked, and nothing is signed"
    assert first.hash in out
    assert "Sign" not in err
    code, _out, err = run(bench.home, "transactions", "outbid", first.id, "--yes", signs=True)
    assert (code, "This one: done." in err) == (1, True)


def test_one_in_a_block_that_is_not_final_is_only_followed(bench: Bench) -> None:
    first = launch(bench)
    deep = dataclasses.replace(bench, network=dataclasses.replace(bench.network, confirmations=3))
    sender = deep.sender(patience=0.1)
    bench.tell("evm_mine")
    with pytest.raises(ChainError) as caught:
        sender.replace(first.id, bench.signer, lambda _prepared: pytest.fail("asked"))
    assert caught.value.code is ChainTrouble.TIMEOUT
    sender.close()
    assert waiting.entry(bench.home, first.id).state is SentState.MINED


def test_of_two_that_outbid_each_other_one_end_is_told(bench: Bench) -> None:
    first = launch(bench)
    sender = bench.sender(patience=0.05)
    with pytest.raises(ChainError):
        sender.replace(first.id, bench.signer, lambda _prepared: True)
    sender.close()
    both = waiting.under_way(bench.home)
    assert len(both) == 2
    assert waiting.ended(waiting.look_everywhere(bench.home)) == []
    bench.tell("evm_mine")
    found = waiting.look_everywhere(bench.home)
    assert {one.state for one in found} == {SentState.FINAL, SentState.DROPPED}
    (told,) = waiting.ended(found)
    assert told.id == both[1].id
    assert told.state is SentState.FINAL


# --- the practice ledger


@pytest.mark.parametrize("at", ["kept", "arrived", "mined"])
def test_killed_on_the_way_and_looked_after_later(run: Run, practice: Home, at: str) -> None:
    kill(practice, at)
    (left,) = waiting.under_way(practice)
    assert f"{left.id}  " in run(practice, "transactions", "list")[1]
    code, out, _err = run(practice, "transactions", "resume")
    assert code == 0
    assert out.startswith(f"{left.id}  Done: A new publisher called “Agence X”")
    assert waiting.under_way(practice) == []


def looked(home: Home) -> tuple[list[str], set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", SEEN, str(home.root)], check=True, capture_output=True, text=True, timeout=60
    )
    states, modules = json.loads(done.stdout)
    return states, set(modules)


def test_no_machine_is_loaded_where_nothing_is_under_way(practice: Home) -> None:
    states, modules = looked(practice)
    assert states == []
    assert not modules & {"eth", "web3", "touchstone.chain.local", "touchstone.chain.send"}
    kill(practice, "kept")
    states, modules = looked(practice)
    assert (states, "eth" in modules) == (["final"], True)


def test_no_ledger_is_begun_to_look_for_what_was_on_another(practice: Home) -> None:
    kill(practice, "kept")
    practice.ledger.unlink()
    assert waiting.look_everywhere(practice) == []
    assert not practice.ledger.exists()
    assert len(waiting.under_way(practice)) == 1


def test_words_of_every_state() -> None:
    from touchstone.texts import transactions

    said: dict[Any, str] = {state: transactions.outcome(str(state), "It.") for state in SentState}
    assert len(set(said.values())) == len(SentState)
    assert all(words.endswith(": It.") for words in said.values())
    assert transactions.came_back(["A.", "B."]) == ("2 transactions that were under way have come to an end. A. B.")
