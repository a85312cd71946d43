"""Folders that somebody offers, read once; installed and removed as a whole, whatever comes in between."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.plugins import onnx_making as making

from touchstone import modelfile
from touchstone.check import plugins_install, plugins_offer
from touchstone.check.plugins_types import PluginError, Refusal
from touchstone.modelfile import MANIFEST, MAX_MODEL, MODEL, RECORD, Task


def refused(folder: Path) -> PluginError:
    with pytest.raises(PluginError) as caught:
        plugins_offer.read(folder)
    return caught.value


def test_a_folder_is_read_as_it_is(tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    (folder / RECORD).write_text('{"seed": 1}')
    offer = plugins_offer.read(folder)
    assert offer.manifest == modelfile.parse((folder / MANIFEST).read_bytes())
    assert offer.model == (folder / MODEL).read_bytes()
    assert offer.record == b'{"seed": 1}'


def test_what_is_no_folder(tmp_path: Path):
    assert refused(tmp_path / "absent").refusal is Refusal.NOT_A_FOLDER
    (tmp_path / "file").write_bytes(b"")
    assert refused(tmp_path / "file").refusal is Refusal.NOT_A_FOLDER


def test_files_that_are_not_there(tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    (folder / MODEL).unlink()
    assert refused(folder).refusal is Refusal.NO_MODEL
    (folder / MANIFEST).unlink()
    assert refused(folder).refusal is Refusal.NO_MANIFEST


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"schema": "other/1"}, "schema"),
        ({"id": "../../../etc"}, "id"),
        ({"id": "Upper"}, "id"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"bytes": MAX_MODEL + 1}, "bytes"),
        ({"bytes": True}, "bytes"),
        ({"task": "everything"}, "task"),
        ({"inputs": []}, "inputs"),
        ({"outputs": {"logit": ""}}, "logit"),
        ({"title": "two\nlines"}, "title"),
        ({"licence": 7}, "licence"),
    ],
)
def test_a_manifest_out_of_bounds_names_its_field(tmp_path: Path, change: dict[str, object], field: str):
    folder = making.folder(tmp_path / "m")
    data = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(data | change))
    error = refused(folder)
    assert (error.refusal, error.params["untrusted_field"]) == (Refusal.MANIFEST_BROKEN, field)


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"schema": NaN}', b" " * (1 << 19)])
def test_a_manifest_that_is_none(tmp_path: Path, raw: bytes):
    folder = making.folder(tmp_path / "m")
    (folder / MANIFEST).write_bytes(raw)
    assert refused(folder).refusal is Refusal.MANIFEST_BROKEN


def test_half_a_model_another_and_too_much(tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    whole = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(whole[:-10])
    error = refused(folder)
    assert (error.refusal, dict(error.params)) == (
        Refusal.HALF_DOWNLOADED,
        {"bytes": len(whole) - 10, "of": len(whole)},
    )
    (folder / MODEL).write_bytes(whole[:-1] + b"x")
    assert refused(folder).refusal is Refusal.HASH_DIFFERS
    (folder / MODEL).write_bytes(whole + b"x")
    assert refused(folder).refusal is Refusal.HASH_DIFFERS
    with (folder / MODEL).open("wb") as file:
        file.truncate(MAX_MODEL + 1)
    assert refused(folder).refusal is Refusal.TOO_LARGE


def test_what_is_no_file(tmp_path: Path):
    folder = making.folder(tmp_path / "m")
    (folder / MODEL).unlink()
    os.mkfifo(folder / MODEL)
    assert refused(folder).refusal is Refusal.UNREADABLE
    (folder / MODEL).unlink()
    (folder / MODEL).mkdir()
    assert refused(folder).refusal is Refusal.UNREADABLE
    (folder / MODEL).rmdir()
    (folder / MODEL).symlink_to("/dev/zero")
    assert refused(folder).refusal is Refusal.UNREADABLE


@pytest.mark.parametrize("raw", [b"", b"[]", b"nothing", b"[" * 50_000])
def test_a_record_that_is_none(tmp_path: Path, raw: bytes):
    folder = making.folder(tmp_path / "m")
    (folder / RECORD).write_bytes(raw)
    assert refused(folder).refusal is Refusal.RECORD_BROKEN


def test_tasks_that_nobody_asks(tmp_path: Path):
    assert refused(making.folder(tmp_path / "voice", task=Task.VOICE)).refusal is Refusal.TASK_UNUSED


def test_a_file_written_to_while_it_is_read(tmp_path: Path):
    """Somebody writes all the while: what is read is whole and as the manifest says, or refused; never a mixture."""
    model = making.sound() + b"\x12\x00" * 4_000_000
    folder = making.folder(tmp_path / "m", model)
    done, seen = threading.Event(), set()

    def write() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            with (folder / MODEL).open("r+b") as file:
                file.seek(len(model) // 2)
                file.write(b"\x12\x00" if turn % 2 else b"\x1a\x00")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until = time.monotonic() + 10
        while Refusal.CHANGED_WHILE_READ not in seen and time.monotonic() < until:
            try:
                assert hashlib.sha256(plugins_offer.read(folder).model).digest() == hashlib.sha256(model).digest()
            except PluginError as error:
                seen.add(error.refusal)
    finally:
        done.set()
        writer.join()
    assert Refusal.CHANGED_WHILE_READ in seen
    assert seen <= {Refusal.CHANGED_WHILE_READ, Refusal.HASH_DIFFERS}


def test_installed_as_it_was_read(tmp_path: Path):
    folder, models = making.folder(tmp_path / "m"), tmp_path / "home" / "models"
    (folder / RECORD).write_text("{}")
    (folder / "setup.py").write_text("print('nobody asked for this')")
    offer = plugins_offer.read(folder)
    (folder / MODEL).write_bytes(b"something else by now")
    placed = plugins_install.put(models, offer)
    assert placed == models / "mean-of-all"
    assert sorted(path.name for path in placed.iterdir()) == [MANIFEST, MODEL, RECORD]
    assert (placed / MODEL).read_bytes() == offer.model
    assert (placed / MODEL).stat().st_mode & 0o077 == 0
    with pytest.raises(PluginError) as caught:
        plugins_install.put(models, offer)
    assert caught.value.refusal is Refusal.ALREADY_INSTALLED
    plugins_install.take_out(models, "mean-of-all")
    assert [path.name for path in models.iterdir()] == [".lock"]
    with pytest.raises(PluginError) as caught:
        plugins_install.take_out(models, "mean-of-all")
    assert caught.value.refusal is Refusal.UNKNOWN


def test_two_at_once_and_one_of_them_wins(tmp_path: Path):
    offer, models = plugins_offer.read(making.folder(tmp_path / "m")), tmp_path / "models"
    said: list[str] = []

    def put() -> None:
        try:
            plugins_install.put(models, offer)
            said.append("put")
        except PluginError as error:
            said.append(str(error.refusal))

    threads = [threading.Thread(target=put) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["already-installed"] * 5 + ["put"]


def test_a_disk_that_refuses(tmp_path: Path):
    offer = plugins_offer.read(making.folder(tmp_path / "m"))
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PluginError) as caught:
        plugins_install.put(tmp_path / "file" / "models", offer)
    assert caught.value.refusal is Refusal.FAILED


KILLED = """
import sys
from pathlib import Path
from touchstone.check import plugins_install, plugins_offer
offer = plugins_offer.read(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    plugins_install.put(Path(sys.argv[2]), offer)
    print("put", flush=True)
    plugins_install.take_out(Path(sys.argv[2]), offer.manifest.id)
"""


def test_killed_midway_leaves_all_or_nothing(tmp_path: Path):
    folder, models = making.folder(tmp_path / "m", making.sound() + b"\x12\x00" * 500_000), tmp_path / "models"
    offer = plugins_offer.read(folder)
    for attempt in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder), str(models)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.002 + attempt * 0.003)
            process.send_signal(signal.SIGKILL)
        placed = models / offer.manifest.id
        if placed.exists():
            assert plugins_offer.read(placed).model == offer.model
            plugins_install.take_out(models, offer.manifest.id)
    with contextlib.suppress(PluginError):
        plugins_install.put(models, offer)
    assert sorted(path.name for path in models.iterdir()) == [".lock", offer.manifest.id]
