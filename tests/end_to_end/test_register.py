"""The register as a user meets it on the command line: no socket, no virtual machine, and what is wrong is said."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests import media_files
from tests.making import jpeg
from tests.practice import Publisher

from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.check.samples import NAMES
from touchstone.paths import Home
from touchstone.registry import mirror

DENYING = Path(__file__).with_name("without_sockets.py")
HEAVY = ("web3", "eth", "eth_account", "eth_abi", "eth_keys", "eth_utils", "rlp", "trie", "aiohttp", "requests")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finding(report, witness="register"):
    return next(f for f in report["findings"] if f["witness"] == witness)


@pytest.fixture(scope="module")
def practised(tmp_path_factory) -> Home:
    """A home with a ledger on which a picture is registered, and a mirror of it as if it were a public network."""
    folder = tmp_path_factory.mktemp("practised")
    home = Home(folder / "home")
    (folder / "one.jpg").write_bytes(jpeg(1))
    (folder / "two.jpg").write_bytes(jpeg(2))
    ledger = PracticeLedger(home.ledger)
    Publisher.create(ledger, "Agence X").register(sha256(folder / "one.jpg"))
    mirror.sync(home, Networks.load(home).get("base-sepolia"), [AsPublic(ledger)])
    ledger.close()
    return home


class AsPublic:
    """The ledger, saying that it is Base Sepolia."""

    label = "scripted"

    def __init__(self, ledger):
        self._node = ledger.node()

    def request(self, method, params):
        return hex(84532) if method == "eth_chainId" else self._node.request(method, params)

    def close(self):
        """Nothing to close."""


@pytest.fixture
def at(practised, desk):
    """The command's home, as `practised` left it."""
    shutil.copytree(practised.root, desk.home)
    return practised.root.parent


@pytest.mark.parametrize("network", ["practice", "base-sepolia"])
def test_a_check_opens_no_socket(desk, at, network, schema):
    files = [at / "one.jpg", at / "two.jpg"]
    ran = desk.run("check", *files, "--network", network, "--json", before=[sys.executable, DENYING])
    assert (ran.code, ran.stderr) == (0, "")
    one, two = ran.reports()
    for report in (one, two):
        schema.validate(report)
        assert finding(report)["source"] == network
    assert (finding(one)["code"], finding(one)["details"]["publisher"]) == ("exact", 1)
    assert (finding(two)["code"], finding(two)["details"]["match"]) == ("none", "none")
    # A stranger's registration on the practice ledger decides nothing; on a public network it is said who it is.
    assert one["answer"] == ("no-proof" if network == "practice" else "registered")
    assert finding(one)["details"]["practice"] is (network == "practice")


def test_a_network_that_was_never_copied_is_not_asked(desk, at):
    ran = desk.run("check", at / "one.jpg", "--network", "base", "--json", before=[sys.executable, DENYING])
    report = json.loads(ran.stdout)
    assert finding(report)["code"] == "no-consent"
    assert ("register", "no-consent") in {(entry["witness"], entry["why"]) for entry in report["not_checked"]}


def test_a_check_loads_no_virtual_machine_and_no_web3(at, practised):
    code = (
        "import sys, io, contextlib\n"
        "from touchstone.__main__ import main\n"
        f"sys.argv = ['touchstone', '--home', {str(practised.root)!r}, 'check', {str(at / 'one.jpg')!r}]\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        f"print(sorted(m for m in sys.modules if m.split('.')[0] in {HEAVY!r}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_what_has_changed_since_a_report(desk, at):
    report = at / "before.json"
    assert desk.run("check", at / "one.jpg", "--report", report).code == 0
    ledger = PracticeLedger(Home(desk.home).ledger)
    Publisher.create(ledger, "Somebody else").register(sha256(at / "one.jpg"))
    ledger.close()
    ran = desk.run("recheck", report, at / "one.jpg")
    assert ran.code == 0
    assert "Publisher register said: " in ran.text
    assert "1 other publisher has registered it too." in " ".join(ran.text.split())


@pytest.mark.parametrize("damage", ["mirror", "ledger", "folder"])
def test_what_is_damaged_costs_no_more_than_the_registers_finding(desk, at, damage, schema):
    assert desk.run("check", at / "one.jpg", "--json").code == 0
    places = {
        "mirror": [desk.home / "registers" / "practice.sqlite3"],
        "ledger": [desk.home / "practice-ledger.sqlite3"],
    }
    for place in places.get(damage, []):
        for side in ("-wal", "-shm"):
            place.with_name(place.name + side).unlink(missing_ok=True)
        place.write_bytes(os.urandom(20_000))
    if damage == "folder":
        shutil.rmtree(desk.home / "registers")
        (desk.home / "registers").write_text("not a folder")
    ran = desk.run("check", at / "one.jpg", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    report = json.loads(ran.stdout)
    schema.validate(report)
    said = finding(report)
    assert said["status"] in {"done", "failed", "not-checked"}
    assert said["text"]
    assert finding(report, "facts")["status"] == "done"


def test_two_checks_at_once_share_the_ledger(desk, at):
    started = [desk.start("check", at / "one.jpg", "--json") for _number in range(3)]
    codes = [finding(json.loads(one.result().stdout))["code"] for one in started]
    assert codes == ["exact"] * 3


def test_samples_without_a_ledger_are_samples_all_the_same(desk, tmp_path):
    desk.home.mkdir()
    (desk.home / "practice-ledger.sqlite3").mkdir()  # nothing can be kept there
    ran = desk.run("samples", tmp_path / "files", "--json")
    assert ran.code == 0
    made = json.loads(ran.stdout)
    assert (made["registered"], bool(made["not_registered_because"])) == (False, True)
    assert "could not be registered on the practice ledger" in ran.stderr
    assert {path.name for path in (tmp_path / "files").iterdir()} >= set(NAMES.values())


def scene(path, seed, *, size=(960, 640), quality=92):
    """A picture with large shapes in it, as photographs have; the same seed in another size is a copy."""
    rough = np.random.default_rng(seed).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(rough).resize((960, 640), Image.Resampling.BICUBIC).resize(size).save(path, quality=quality)
    return path


def test_what_one_registers_oneself_is_found_as_it_is_as_a_copy_and_once_it_is_withdrawn(desk, tmp_path, schema):
    one, two = scene(tmp_path / "one.jpg", 1), scene(tmp_path / "two.jpg", 2)
    copy, other = scene(tmp_path / "copy.jpg", 1, size=(600, 400), quality=70), scene(tmp_path / "other.jpg", 3)
    password = tmp_path / "password"
    password.write_text("a long enough password\n")
    password.chmod(0o600)
    with_key = ("--password-file", password, "--yes")
    assert desk.run("publisher", "create", "My desk", *with_key).code == 0
    assert desk.run("register", one, two, "--batch", *with_key).code == 0
    assert desk.run("withdraw", sha256(two), "--reason", "error", *with_key).code == 0
    ran = desk.run("check", one, two, copy, other, "--json", before=[sys.executable, DENYING])
    assert (ran.code, ran.stderr) == (0, "")
    reports = ran.reports()
    for report in reports:
        schema.validate(report)
    assert [report["answer"] for report in reports] == ["registered", "doubtful", "similar", "no-proof"]
    assert all(report["headline_text"].startswith("Practice: ") for report in reports[:3])
    claims = [finding(report)["details"]["claims"] for report in reports]
    assert [(c["untrusted_name"], c["own_key"], c["batch"]) for c in claims[0]] == [("My desk", True, True)]
    assert claims[1][0]["revoked_reason"] == "error"
    assert finding(reports[2])["details"]["similar_sha256"] == sha256(one)
    assert claims[3] == []


def test_a_clip_is_found_however_it_was_turned_and_an_unrelated_one_is_not(desk, tmp_path, schema):
    clip, other = tmp_path / "clip.mp4", tmp_path / "other.mp4"
    clip.write_bytes(media_files.shots(1))
    other.write_bytes(media_files.shots(2))
    copies = [tmp_path / f"copy{way}.mp4" for way in range(1, 8)]
    for way, path in enumerate(copies, 1):
        path.write_bytes(media_files.shots(1, way, size=(480, 360)))
    password = tmp_path / "password"
    password.write_text("a long enough password\n")
    password.chmod(0o600)
    with_key = ("--password-file", password, "--yes")
    assert desk.run("publisher", "create", "My desk", *with_key).code == 0
    assert desk.run("register", clip, "--batch", *with_key).code == 0
    ran = desk.run("check", clip, *copies, other, "--json", before=[sys.executable, DENYING])
    assert (ran.code, ran.stderr) == (0, "")
    reports = ran.reports()
    for report in reports:
        schema.validate(report)
    details = [finding(report)["details"] for report in reports]
    assert [one["match"] for one in details] == ["exact", *["similar"] * 7, "none"]
    assert {one["similar_sha256"] for one in details[1:-1]} == {sha256(clip)}
    assert sorted(one["orientation"] for one in details[1:-1]) == list(range(1, 8))
    found = json.loads(desk.run("lookup", copies[-1], "--json").stdout)
    assert [one["sha256"] for one in found["similar"]] == [sha256(clip)]
    assert json.loads(desk.run("lookup", other, "--json").stdout)["similar"] == []
