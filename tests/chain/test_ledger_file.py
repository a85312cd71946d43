import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from tests.chain.ledger_consistent import assert_whole
from tests.chain.ledger_making import BEGUN, ETHER, LOGGER, Person, created, deployed, open_ledger, send, words

from touchstone.chain import ledger_file, ledger_store
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_store import LedgerReader

ROOT = Path(__file__).parents[2]
ANA, BEN = Person("ana"), Person("ben")


@pytest.fixture
def ledger(tmp_path):
    made = open_ledger(tmp_path)
    made.fund(ANA.address, 100 * ETHER)
    made.fund(BEN.address, 100 * ETHER)
    yield made
    made.close()


@contextlib.contextmanager
def another(does, path):
    """Another process at the ledger."""
    command = [sys.executable, str(ROOT / "tests/chain/ledger_child.py"), does, str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "app")}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, bufsize=1
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def order(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


def trouble(work, *arguments):
    with pytest.raises(ChainError) as caught:
        work(*arguments)
    return caught.value.code


def transfers(who, count, first=0):
    return [who.sign(first + i, bytes([i % 200 + 1]) * 20, value=i, gas=21_000) for i in range(count)]


class TestTogether:
    def test_two_processes_write_in_turns_and_each_sees_the_others_blocks(self, ledger):
        with another("send", ledger.path) as child:
            assert child.stdout.readline() == "ready\n"
            for theirs, ours in zip(transfers(BEN, 30), transfers(ANA, 30), strict=True):
                order(child, theirs)
                mine = send(ledger, ours)
                answer = child.stdout.readline().strip()
                assert ledger.ask("eth_getTransactionReceipt", [answer])["status"] == mine["status"] == "0x1"
        assert assert_whole(ledger.path) == BEGUN + 2 + 60

    def test_threads_of_one_process_read_while_others_write(self, ledger):
        faults, done = [], threading.Event()

        def read():
            seen = 0
            while not done.is_set():
                head = ledger.ask("eth_getBlockByNumber", ["latest", True])
                if int(head["number"], 16) < seen or len(head["transactions"]) != 1:
                    faults.append(head)
                seen = int(head["number"], 16)
                ledger.ask("eth_getBalance", [ANA.address, "latest"])

        def write(who):
            for raw in transfers(who, 25):
                send(ledger, raw)

        readers = [threading.Thread(target=read) for _ in range(3)]
        writers = [threading.Thread(target=write, args=(who,)) for who in (ANA, BEN)]
        for thread in readers + writers:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        for thread in readers:
            thread.join()
        assert not faults
        assert assert_whole(ledger.path) == BEGUN + 2 + 50

    def test_a_second_writer_waits_then_says_why_and_readers_never_wait(self, ledger, monkeypatch):
        monkeypatch.setattr(ledger_store, "_BUSY_SECONDS", 0.3)
        monkeypatch.setattr(ledger_file, "_WAIT", 0.3)
        ledger.close()
        ledger.status()
        with another("hold", ledger.path) as child:
            assert child.stdout.readline() == "held\n"
            start = time.monotonic()
            assert ledger.status().block == BEGUN + 2
            assert ledger.ask("eth_getBalance", [ANA.address, "latest"]) == hex(100 * ETHER)
            assert time.monotonic() - start < 0.25
            assert trouble(send, ledger, transfers(ANA, 1)[0]) is ChainTrouble.BUSY
            assert 0.25 < time.monotonic() - start < 5
            order(child, "")
            child.wait()
        send(ledger, transfers(ANA, 1)[0])
        assert assert_whole(ledger.path) == BEGUN + 3

    def test_who_waits_long_enough_gets_a_turn(self, ledger):
        with another("hold", ledger.path) as child:
            assert child.stdout.readline() == "held\n"
            threading.Timer(0.3, order, (child, "")).start()
            send(ledger, transfers(ANA, 1)[0])
        assert_whole(ledger.path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, to have fifty of them in time")
class TestKills:
    def test_fifty_of_fifty_while_sending(self, ledger, tmp_path):
        """At any moment from opening the file on. What was answered is there; what was not is there or is not."""
        where, chance, nonce = created(ANA.address, 0), random.Random(9), 1
        send(ledger, ANA.sign(0, data=deployed(LOGGER), gas=300_000))
        signed = [ANA.sign(number, where, data=words(3), gas=60_000) for number in range(3_000)]
        orders, killed, head = tmp_path / "orders", 0, 0
        with another("crash", ledger.path) as helper:
            for run in range(50):
                ledger.close()
                orders.write_text("\n".join(signed[nonce : nonce + 300]))
                answered, finished = kill(helper, ledger.path, orders, chance.uniform(0, 0.06), run % 3)
                killed += not finished
                for sent in answered:
                    assert ledger.ask("eth_getTransactionReceipt", [sent])["status"] == "0x1"
                now = int(ledger.ask("eth_getTransactionCount", [ANA.address, "latest"]), 16)
                assert len(answered) <= now - nonce <= len(answered) + 1
                nonce = now
                if run % 5 == 4:
                    head, before = assert_whole(ledger.path), head
                    assert head >= before
        assert killed == 50
        assert nonce > 50

    def test_while_it_is_being_made(self, tmp_path):
        orders, chance = tmp_path / "orders", random.Random(4)
        orders.write_text("0x\n" * 100_000)
        with another("crash", tmp_path) as helper:
            for run in range(12):
                path = tmp_path / str(run) / "practice-ledger.sqlite3"
                kill(helper, path, orders, chance.uniform(0, 0.25))
                ledger = open_ledger(path.parent)
                assert ledger.status().block == BEGUN
                ledger.close()
                assert assert_whole(path) == BEGUN
                assert not ledger.kept


def kill(helper, path, orders, after, answers=0):
    """Kill a child at work `after` so many seconds and answers; what it answered, and whether it had ended before."""
    order(helper, f"{path}\t{orders}")
    child = int(helper.stdout.readline())
    said = [helper.stdout.readline().strip() for _ in range(answers)]
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    while (line := helper.stdout.readline().strip()) != "ended":
        said.append(line)
    return said, len(said) == len(orders.read_text().split())


class TestFull:
    def test_nothing_half_written_where_the_file_may_not_grow(self, ledger):
        opened = ledger._ready()
        connection = opened.file._connection
        before = ledger.status()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        nonce = send_until(ChainTrouble.FULL, ledger)
        assert ledger.status().block == before.block + nonce
        assert ledger.ask("eth_getTransactionCount", [ANA.address, "latest"]) == hex(nonce)
        connection.execute("PRAGMA max_page_count = 1073741823")
        send(ledger, transfers(ANA, 1, nonce)[0])
        assert assert_whole(ledger.path) == before.block + nonce + 1

    def test_nothing_half_written_where_the_disk_is_full(self, small_disk):
        ledger = open_ledger(small_disk)
        ledger.fund(ANA.address, 100 * ETHER)
        nonce = send_until(ChainTrouble.FULL, ledger)
        assert nonce
        assert trouble(ledger.reset) is ChainTrouble.FULL  # no room for the copy either, so all is as it was
        assert ledger.ask("eth_getTransactionCount", [ANA.address, "latest"]) == hex(nonce)
        (small_disk / "ballast").unlink()
        send(ledger, transfers(ANA, 1, nonce)[0])
        ledger.close()
        assert assert_whole(ledger.path) == BEGUN + 1 + nonce + 1

    def test_nothing_is_made_where_there_is_no_room_for_it(self, small_disk):
        ledger = open_ledger(small_disk)
        fill(small_disk, leave=40_000)
        assert trouble(ledger.status) is ChainTrouble.FULL
        (small_disk / "ballast").unlink()
        assert ledger.status().block == BEGUN
        ledger.close()

    @pytest.fixture
    def small_disk(self, tmp_path):
        disk = tmp_path / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
        if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can be mounted by root only")
        fill(disk, leave=1_200_000)
        yield disk
        subprocess.run(["umount", "-l", str(disk)], check=True)


def send_until(code, ledger):
    """Send transfers of Ana's until one fails with `code`; how many there were before."""
    for nonce, raw in enumerate(transfers(ANA, 2_000)):
        with contextlib.suppress(ChainError):
            send(ledger, raw)
            continue
        assert trouble(send, ledger, raw) is code
        return nonce
    raise AssertionError("it never failed")


def fill(disk, leave):
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    ballast.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - leave)))


class TestFound:
    """What may stand where the ledger belongs."""

    @pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + os.urandom(8_000)], ids=len)
    def test_what_is_damaged_is_kept_aside_and_said(self, tmp_path, content):
        path = tmp_path / "practice-ledger.sqlite3"
        path.write_bytes(content)
        ledger = open_ledger(tmp_path)
        status = ledger.status()
        assert status.block == BEGUN
        assert (tmp_path / status.kept).read_bytes() == content
        ledger.close()
        assert not ledger.status().kept
        ledger.close()

    def test_so_is_one_whose_pages_were_overwritten(self, ledger):
        ledger.close()
        with ledger.path.open("r+b") as file:
            for at in range(4_096, ledger.path.stat().st_size, 4_096):
                file.seek(at)
                file.write(os.urandom(300))
        before = ledger.path.read_bytes()
        status = ledger.status()
        assert status.block == BEGUN
        assert (ledger.path.parent / status.kept).read_bytes() == before
        send_anything(ledger)

    def test_a_node_that_is_missing_is_damage(self, ledger):
        ledger.close()
        with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM node")
        assert trouble(send, ledger, transfers(ANA, 1)[0]) is ChainTrouble.DAMAGED
        assert trouble(ledger.ask, "eth_getBalance", [ANA.address, "latest"]) is ChainTrouble.DAMAGED
        ledger.reset()
        send_anything(ledger)

    def test_others_go_on_with_the_new_one_when_a_damaged_one_was_put_aside(self, ledger):
        other = open_ledger(ledger.path.parent)
        assert other.status().block == BEGUN + 2
        found = ledger_file.identity(ledger.path)
        assert ".damaged-" in ledger_file.set_aside(ledger.path, found).name
        assert ledger.status().block == BEGUN
        assert ledger_file.set_aside(ledger.path, found) == ledger.path  # another was faster
        assert other.status().block == BEGUN
        send_anything(other)
        assert ledger.status() == other.status()
        other.close()

    def test_one_that_was_taken_away_is_begun_again(self, ledger):
        ledger.path.unlink()
        assert ledger.status().block == BEGUN
        send_anything(ledger)

    def test_one_of_a_newer_version_is_left_alone(self, ledger):
        ledger.close()
        with contextlib.closing(sqlite3.connect(ledger.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA user_version = 99")
        before = ledger.path.read_bytes()
        assert trouble(ledger.status) is ChainTrouble.NEWER
        assert trouble(ledger.reset) is ChainTrouble.NEWER
        assert trouble(LedgerReader(ledger.path).head) is ChainTrouble.NEWER
        assert ledger.path.read_bytes() == before

    def test_what_is_no_file(self, tmp_path):
        (tmp_path / "practice-ledger.sqlite3").mkdir()
        assert trouble(open_ledger(tmp_path).status) in {ChainTrouble.FAILED, ChainTrouble.READ_ONLY}
        (tmp_path / "file").write_bytes(b"")
        assert trouble(open_ledger(tmp_path / "file").status) is ChainTrouble.FAILED

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "practice-ledger.sqlite3")
        assert trouble(open_ledger(tmp_path).status) is ChainTrouble.FAILED

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_written_to(self, tmp_path):
        tmp_path.chmod(0o500)
        assert trouble(open_ledger(tmp_path).status) is ChainTrouble.READ_ONLY
        tmp_path.chmod(0o700)

    @pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
    def test_nobody_else_may_read_it(self, ledger):
        send_anything(ledger)
        for path in ledger.path.parent.glob("practice-ledger*"):
            assert path.stat().st_mode & 0o077 == 0


def send_anything(ledger):
    assert ledger.fund(BEN.address, 5)
    assert_whole(ledger.path)


class TestReset:
    def test_it_begins_anew_and_keeps_a_copy(self, ledger, tmp_path):
        send(ledger, transfers(ANA, 1)[0])
        before = ledger.status()
        copy = ledger.reset()
        assert ledger.status().block == BEGUN
        assert ledger.ask("eth_getBalance", [ANA.address, "latest"]) == "0x0"
        assert_whole(ledger.path)
        assert assert_whole(copy) == before.block
        shutil.copy(copy, tmp_path / "old.sqlite3")
        old = LedgerReader(tmp_path / "old.sqlite3")
        assert old.head().hash.hex() == before.hash[2:]
        old.close()

    def test_other_processes_go_on_with_the_new_one(self, ledger):
        with another("send", ledger.path) as child:
            assert child.stdout.readline() == "ready\n"
            order(child, transfers(ANA, 1)[0])
            child.stdout.readline()
            other = open_ledger(ledger.path.parent)
            seen = other.status()
            ledger.reset()
            assert other.status().block == BEGUN < seen.block
            order(child, transfers(ANA, 1, 1)[0])
            assert child.stdout.readline() == "nonce\n"
            ledger.fund(ANA.address, ETHER)
            order(child, transfers(ANA, 1)[0])
            assert child.stdout.readline().startswith("0x")
            other.close()
        assert_whole(ledger.path)

    def test_skipped_time_is_forgotten(self, ledger):
        ledger.skip(10**7)
        ledger.reset(keep_copy=False)
        assert ledger.status().ahead < 100


class TestReader:
    def test_a_ledger_that_is_not_there_is_empty(self, tmp_path):
        reader = LedgerReader(tmp_path / "none.sqlite3")
        assert reader.head() is None
        assert reader.block(3) is None
        assert reader.logs(0, 10**9) == reader.blocks(0, 5) == reader.transactions(1) == []
        assert reader.transaction(bytes(32)) is None
        assert (reader.meta("skipped"), reader.transaction_count()) == (0, 0)
        assert not (tmp_path / "none.sqlite3").exists()
        (tmp_path / "none.sqlite3").write_bytes(b"")  # made, and nothing in it yet
        assert reader.head() is None
        reader.close()

    def test_it_follows_a_file_that_was_replaced(self, ledger, tmp_path):
        reader = LedgerReader(ledger.path)
        assert reader.head().number == BEGUN + 2
        ledger.close()
        ledger.path.rename(tmp_path / "away.sqlite3")
        assert reader.head() is None
        assert ledger.status().block == BEGUN
        assert reader.head().number == BEGUN
        reader.close()

    def test_it_needs_neither_web3_nor_a_virtual_machine(self, ledger):
        code = """
            import sys
            from pathlib import Path
            from touchstone.chain.ledger_store import LedgerReader
            reader = LedgerReader(Path(sys.argv[1]))
            assert reader.head().number == int(sys.argv[2]) and reader.logs(0, 9, [b"x" * 20], [[b"y" * 32]]) == []
            heavy = {"web3", "eth", "eth_account", "eth_abi", "eth_keys", "eth_utils", "rlp", "trie", "coincurve"}
            print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
        """
        environment = os.environ | {"PYTHONPATH": str(ROOT / "app")}
        command = [sys.executable, "-c", textwrap.dedent(code), str(ledger.path), str(BEGUN + 2)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout == "[]\n"
