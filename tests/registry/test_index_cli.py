"""`touchstone index` and `touchstone lookup`, from the practice ledger to the terminal."""

import dataclasses
import json
import re
import signal
import subprocess
import sys
import time

import pytest
from tests.chain.nodes import anvil, anvil_bench, practice_bench
from tests.media_files import jpeg
from tests.practice import Key, ledger_of
from tests.registry.test_real_chains import BATCH, MANY, ROOT, SINGLE, live, tell

from touchstone.chain.networks import Networks
from touchstone.cli import main as command_line
from touchstone.paths import Home
from touchstone.registry import leaves, lists
from touchstone.registry.lookup import mirror_path
from touchstone.registry.mirror import sync

NONE = bytes(32)


@pytest.fixture
def command(tmp_path, capsys):
    """Runs a command; exit code, output, complaints."""

    def run(*arguments):
        try:
            code = command_line.main(["--home", str(tmp_path), *map(str, arguments)], lambda _home: 9)
        except SystemExit as stopped:
            code = stopped.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def practice(tmp_path):
    made = practice_bench(tmp_path)
    live(made)
    yield made
    made.node.close()


class TestIndex:
    def test_a_home_without_anything_says_so(self, command):
        code, said, complaints = command("index", "status")
        assert (code, complaints) == (0, "")
        assert "There is no copy yet" in said
        assert json.loads(command("index", "status", "--json")[1])["synced_block"] is None

    def test_sync_says_how_far_it_got(self, command, practice):
        code, said, complaints = command("index", "sync")
        assert (code, complaints) == (0, "")
        assert "8 registered files" in said
        told = json.loads(command("index", "status", "--json")[1])
        assert (told["files"], told["network"], told["missing"], told["agreed"]) == (8, "practice", [], True)
        assert told["head"] == told["synced_block"] == told["final_block"]
        assert (told["models"], told["missing_outputs"], told["court"]) == (True, 0, True)

    def test_what_is_missing_about_models_is_said(self, command, practice):
        arguments = ("0x" + "ab" * 32, 3, "0x" + "cd" * 32, "")
        sync(practice.home, dataclasses.replace(practice.network, models=""))
        said = command("index", "status")[1]
        assert "without all that was registered about models" in said
        ledger = ledger_of(practice.home)
        Key(ledger).send("ModelRegistry", "recordOutputs", 0, *arguments)
        ledger.close()
        said = command("index", "sync")[1]
        assert "1 list of what models said of files is not here" in said
        assert "without all" not in said
        told = json.loads(command("index", "status", "--json")[1])
        assert (told["models"], told["missing_outputs"]) == (True, 1)

    def test_what_is_missing_about_the_court_is_said(self, command, practice):
        sync(practice.home, dataclasses.replace(practice.network, court="", pool=""))
        assert "without all cases of the court" in command("index", "status")[1]
        assert "without all" not in command("index", "sync")[1]

    def test_a_batch_without_its_list_is_said(self, command, practice, tmp_path):
        path = lists.own_folder(practice.home) / leaves.file_name(ROOT)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        path.rename(elsewhere / path.name)
        code, said, _ = command("index", "sync")
        assert code == 0
        assert "4 registered files cannot be found" in said
        assert "may not be fetched from where it is" in said
        (told,) = json.loads(command("index", "status", "--json")[1])["missing"]
        assert (told["root"], told["files"], told["why"], told["bad"]) == (ROOT.hex(), 4, "not-allowed", False)
        assert told["untrusted_uri"] == "https://x.example/list"
        assert "cannot be found" not in command("index", "sync", "--lists", elsewhere)[1]

    def test_a_snapshot_goes_from_one_home_to_another(self, command, practice, tmp_path):
        path, other = tmp_path / "a.snapshot", tmp_path / "other"
        code, _, complaints = command("index", "export", path)
        assert (code, complaints) == (1, "There is nothing final in the copy yet, so there is nothing to export.\n")
        command("index", "sync")
        code, said, _ = command("index", "export", path)
        assert code == 0
        (sha256,) = re.findall(r"[0-9a-f]{64}", said)
        assert command("--home", other, "index", "import", path, "--expect", "00" * 32)[0] == 1
        code, said, _ = command("--home", other, "index", "import", path, "--expect", sha256, "--json")
        assert (code, json.loads(said)["sha256"], json.loads(said)["files"]) == (0, sha256, 8)
        assert json.loads(command("--home", other, "index", "status", "--json")[1])["files"] == 8
        (tmp_path / "a.txt").write_text("no snapshot")
        assert command("index", "import", tmp_path / "a.txt")[2] == "That is no snapshot of a register.\n"

    def test_networks_that_are_not_there_or_not_agreed_to(self, command):
        assert command("--network", "nowhere", "index", "status")[0] == 1
        code, _, complaints = command("--network", "base", "index", "sync")
        assert code == 1
        assert "not agreed" in complaints

    def test_a_damaged_copy_is_said_and_made_again(self, command, practice):
        command("index", "sync")
        path = mirror_path(practice.home, practice.network)
        path.write_bytes(b"x" * 10_000)
        code, _, complaints = command("index", "status")
        assert code == 1
        assert "damaged" in complaints
        assert command("index", "sync")[0] == 0
        assert json.loads(command("index", "status", "--json")[1])["files"] == 8

    def test_a_chain_that_changed_is_said(self, command, tmp_path):
        with anvil() as url:
            made = anvil_bench(tmp_path, url)
            tell(made, "PublisherRegistry", "create", "Agence X", "", made.address)
            assert command("--network", "anvil", "index", "sync")[0] == 0
            made.tell("anvil_reorg", 1, [])
            code, _, complaints = command("--network", "anvil", "index", "sync")
            made.node.close()
        assert code == 0
        assert re.search("The chain (has changed|is another)", complaints)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted_it_keeps_what_it_has(self, command, tmp_path, number):
        """A node that answers slowly; the command is stopped while it waits."""
        with anvil() as url:
            made = anvil_bench(tmp_path, url)
            live(made)
            made.node.close()
            process = subprocess.Popen(
                [sys.executable, "-m", "touchstone", "--home", str(tmp_path), "--network", "anvil", "index", "sync"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            time.sleep(0.3)
            process.send_signal(number)
            _, complaints = process.communicate(timeout=20)
            assert b"Traceback" not in complaints
            assert command("--network", "anvil", "index", "sync")[0] == 0
            assert json.loads(command("--network", "anvil", "index", "status", "--json")[1])["files"] == 8


class TestLookup:
    def test_by_hash(self, command, practice):
        code, said, complaints = command("lookup", SINGLE.hex())
        assert (code, complaints) == (0, "")
        assert "An unverified publisher (Agence X, agence-x.example) registered it on" in said
        assert "withdrawn on" in said
        assert "practice ledger on your own computer" in said
        told = json.loads(command("lookup", MANY[0].hex().upper(), "--json")[1])
        assert told["sha256"] == MANY[0].hex()
        (claim,) = told["claims"]
        assert (claim["untrusted_name"], claim["kind"], claim["revoked"]) == ("Agence X", 2, 0)
        assert told["similar"] == []

    def test_a_leaf_of_a_batch(self, command, practice):
        assert "number 1 of the batch" in command("lookup", BATCH[1].sha256.hex())[1]

    def test_nothing(self, command, practice):
        assert command("lookup", "00" * 32)[1] == "Nobody has registered a file with this SHA-256.\n"

    def test_a_file_and_one_that_looks_like_it(self, command, practice, tmp_path):
        from touchstone.check.opening import OpenedFile
        from touchstone.check.sandbox import Limits
        from touchstone.check.witnesses import PixelsWitness

        first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
        first.write_bytes(jpeg(seed=3))
        second.write_bytes(jpeg(seed=3, quality=40))
        witness = PixelsWitness()
        with OpenedFile(first) as opened:
            sha256, found = opened.sha256(), witness.fingerprints(opened, Limits(), None)
        witness.pool.close()
        assert command("lookup", first)[1] == "Nobody has registered this file, or one that looks like it.\n"
        what = {"sha256": bytes.fromhex(sha256), "pdq": bytes.fromhex(found["pdq"]), "manifest": NONE, "parent": NONE}
        tell(
            practice, "MediaRegistry", "register", 1, what | {"kind": 1, "flags": 0, "uri": "https://x.example/\u202e"}
        )
        said = command("lookup", first)[1]
        assert "registered it on" in said
        assert "see https://x.example/\\u202e" in said
        assert "These look like it" not in said
        said = command("lookup", second)[1]
        assert f"  {sha256}: " in said
        assert "These look like it, and are not the same file:" in said
        (told,) = json.loads(command("lookup", second, "--json")[1])["similar"]
        assert (told["sha256"], told["orientation"], told["votes"]) == (sha256, 0, 1)
        assert 0 <= told["distance"] <= 31

    def test_what_cannot_be_looked_up(self, command, practice, tmp_path):
        assert command("lookup", tmp_path / "missing.jpg")[0] == 1
        assert command("lookup", tmp_path)[0] == 1
        code, _, complaints = command("--network", "base-sepolia", "lookup", "00" * 32)
        assert code == 1
        assert "touchstone index sync" in complaints

    def test_a_file_without_a_picture_is_looked_up_by_its_hash(self, command, practice, tmp_path):
        (tmp_path / "a.txt").write_text("no picture")
        assert command("lookup", tmp_path / "a.txt")[0] == 0

    def test_no_socket_is_opened(self, practice, monkeypatch):
        import socket

        monkeypatch.setattr(socket, "socket", None)
        monkeypatch.setattr(socket, "create_connection", None)
        home = Home(practice.home.root)
        assert sync(home, Networks.load(home).get("practice")).count == 8
