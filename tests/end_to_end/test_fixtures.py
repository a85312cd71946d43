"""Third-party C2PA files with expected results, through the real worker; and none of them may open a socket."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from touchstone.check import credentials, identify
from touchstone.check.credentials import CredentialsReply
from touchstone.check.sandbox import Pool
from touchstone.trust.lists import Slot, TrustSnapshot, TrustStore

ROOT = Path(__file__).parents[3] / "shared" / "data" / "c2pa"
SCRIPT = Path(__file__).with_name("read_without_sockets.py")
LISTS = (
    ("trust/official/C2PA-TRUST-LIST.json", Slot.OFFICIAL),
    ("trust/official/C2PA-TSA-TRUST-LIST.json", Slot.OFFICIAL),
    ("trust/interim/anchors.pem", Slot.INTERIM),
    ("trust/test/test_cert_root_bundle.pem", Slot.YOURS),  # the test roots, as a user would take them
)
# Where our answer is another one than the table's, and why it is the better one.
ARGUED = {
    # The first piece of a stream, without the pieces that its hash covers. The hash differs because most of the file
    # is missing, which is no change by anybody: "cannot be held against what was signed", as the table also accepts.
    ("files/c2pa-js/dashinit.mp4", "integrity"): "broken",
}


def rows() -> list[dict[str, str]]:
    if not ROOT.is_dir():
        return []
    with (ROOT / "expected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


if not ROOT.is_dir():
    pytest.skip(f"no fixtures at {ROOT}", allow_module_level=True)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> TrustSnapshot:
    store = TrustStore(tmp_path_factory.mktemp("trust"))
    for name, slot in LISTS:
        store.add((ROOT / name).read_bytes(), name, slot)
    return store.snapshot()


@pytest.fixture(scope="module")
def pool(lists: TrustSnapshot) -> Iterator[Pool]:
    made = Pool("provenance", credentials.setup(lists, None))
    yield made
    made.close()


def read(pool: Pool, row: dict[str, str]) -> CredentialsReply:
    paths = [ROOT / row["file"]] + ([ROOT / row["sidecar"]] if row["sidecar"] else [])
    with paths[0].open("rb") as media:
        mime = identify.identify(media.read(identify.HEAD), paths[0].name).mime
    fds = [os.open(path, os.O_RDONLY) for path in paths]
    try:
        reply = pool.run(credentials.request(mime, sidecar=len(fds) > 1, sample=False), fds)
    finally:
        for fd in fds:
            os.close(fd)
    return credentials.parse(reply.body, reply.blobs)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"].removeprefix("files/"))
def test_expected(pool: Pool, lists: TrustSnapshot, row: dict[str, str]) -> None:
    details = credentials.finding(read(pool, row), lists=lists).details
    for field in ("integrity", "issuer", "history", "declares_ai"):
        expected = {"test-root": "yours"}.get(row[field], row[field])
        assert details[field] == ARGUED.get((row["file"], field), expected), field
    if details["integrity"] == "intact":
        named = details.get("issuer_name") or details.get("untrusted_issuer_name")
        assert named == row["issuer_name"]


def test_every_argument_is_about_a_file_that_is_there() -> None:
    assert {file for file, _field in ARGUED} <= {row["file"] for row in rows()}


def test_a_store_elsewhere_and_its_sidecar(pool: Pool) -> None:
    (row,) = [row for row in rows() if row["sidecar"]]
    alone = read(pool, {**row, "sidecar": ""}).main
    assert (alone.integrity, alone.untrusted_remote.startswith("https://")) == ("elsewhere", True)
    assert read(pool, row).main.origin == "sidecar"


def test_a_name_is_not_shown_as_the_signer_where_the_signature_does_not_verify(
    pool: Pool, lists: TrustSnapshot
) -> None:
    (row,) = [row for row in rows() if row["file"] == "files/c2pa-python/E-sig-CA.jpg"]
    finding = credentials.finding(read(pool, row), lists=lists)
    assert (finding.code, finding.details["issuer_name"]) == ("changed-unknown", "")
    assert "issuer_name" not in finding.params


def test_reports_name_the_lists_that_they_rest_on(pool: Pool, lists: TrustSnapshot) -> None:
    finding = credentials.finding(read(pool, rows()[0]), lists=lists)
    assert finding.details["list_dates"]["official"] == "2026-08-05"
    assert finding.version.startswith("c2pa-rs 0.91.")
    assert "official 2026-08-05" in finding.version


@pytest.mark.skipif(sys.platform != "linux", reason="the ban is a seccomp filter")
def test_none_opens_a_socket() -> None:
    """The same reader outside its sandbox, in a process that the kernel ends when it asks for a socket."""
    banned = subprocess.run([sys.executable, SCRIPT, ROOT], capture_output=True, text=True, check=False)
    assert banned.returncode == 0, banned.stderr
    assert int(banned.stdout) == len(rows())
    control = subprocess.run([sys.executable, SCRIPT, "--open-one"], capture_output=True, check=False)
    assert control.returncode == -signal.SIGSYS
