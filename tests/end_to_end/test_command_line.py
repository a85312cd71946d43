"""Every command as a user or a script runs it: exit codes, what goes to which stream, Ctrl-C, pipes, sockets."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests import media_files as media
from tests.making import Authority, jpeg, noise, sign

DENYING = Path(__file__).with_name("without_sockets.py")


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    """Three files, in a folder and in one below it."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "inner").mkdir()
    (folder / "b.jpg").write_bytes(jpeg(1))
    (folder / "a.png").write_bytes(media.saved(media.image(48, 64), "PNG"))
    (folder / "inner" / "c.wav").write_bytes(media.wav(0.2))
    return folder


def rows(home: Path) -> int:
    """How many reports the history of a home holds."""
    with contextlib.closing(sqlite3.connect(home / "history.sqlite3")) as history:
        return history.execute("SELECT count(*) FROM entry").fetchone()[0]


def names(ran) -> list[str]:
    return [report["media"]["name"] for report in ran.reports()]


def test_one_file_is_one_document_on_standard_output_and_nothing_else(desk, photos, schema):
    ran = desk.run("check", photos / "b.jpg", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    schema.validate(json.loads(ran.stdout))
    assert json.loads(ran.stdout)["media"]["name"] == "b.jpg"
    assert ran.stdout.endswith(b"}\n")


def test_several_files_are_a_line_each_in_the_order_they_were_named(desk, photos, schema):
    missing, large = photos / "no such file", photos / "b.jpg"
    ran = desk.run("check", large, missing, photos, photos / "inner" / "c.wav", "--json")
    assert names(ran) == ["b.jpg", "no such file", "a.png", "b.jpg", "c.wav", "c.wav"]
    for report in ran.reports():
        schema.validate(report)
    assert ran.code == 1
    assert ran.stderr == "1 of 6 files could not be read.\n"


def test_order_is_kept_where_a_slow_file_comes_first(desk, tmp_path):
    (tmp_path / "0.jpg").write_bytes(noise(3000, 2000))
    for k in range(1, 12):
        (tmp_path / f"{k}.jpg").write_bytes(jpeg(k))
    wanted = [f"{k}.jpg" for k in (0, 7, 3, 11, 1, 2, 10, 4, 9, 5, 8, 6)]
    ran = desk.run("check", *(tmp_path / name for name in wanted), "--json")
    assert (ran.code, names(ran)) == (0, wanted)


def test_text_names_the_file_the_answer_and_the_hash(desk, photos):
    ran = desk.run("check", photos / "b.jpg")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.text.startswith("b.jpg\n  No proof either way\n")
    assert re.search(r"SHA-256 +[0-9a-f]{64}\n", ran.text)
    assert not {"authentic", "genuine", "fake", "real"}.intersection(re.findall(r"[a-z]+", ran.text.lower()))


def test_a_folder_without_files_is_said_to_be_one(desk, tmp_path):
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    ran = desk.run("check", tmp_path / "empty", "--json")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "no files" in ran.stderr


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_file_that_is_not_there_fails_with_a_message(desk, tmp_path, flags):
    ran = desk.run("check", tmp_path / "gone.jpg", *flags)
    assert ran.code == 1
    assert "there is no such file" in ran.text
    assert "could not be read" in ran.stderr


@pytest.mark.parametrize("ending", ["json", "html", "pdf", "HTML"])
def test_a_report_is_written_in_the_form_its_name_asks_for(desk, photos, tmp_path, ending, schema):
    out = tmp_path / f"report.{ending}"
    ran = desk.run("check", photos / "a.png", "--report", out)
    assert (ran.code, ran.stderr) == (0, "")
    written = out.read_bytes()
    match ending.lower():
        case "json":
            schema.validate(json.loads(written))
        case "html":
            assert written.lower().startswith(b"<!doctype html>")
            assert b"a.png" in written
            assert not re.search(rb"(?:src|href)=\"(?!data:|#)", written), "it needs other files"
        case _:
            assert written.startswith(b"%PDF-")
            assert b"%%EOF" in written[-16:]


def test_several_reports_go_into_a_folder_under_names_of_their_own(desk, photos, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    shutil.copy(photos / "b.jpg", again)
    ran = desk.run("check", photos, again, "--report", tmp_path / "made" / "reports")
    assert (ran.code, ran.stderr) == (0, "")
    written = sorted(path.name for path in (tmp_path / "made" / "reports").iterdir())
    assert written == ["a.png.html", "b.jpg-2.html", "b.jpg.html", "c.wav.html"]


@pytest.mark.parametrize("out", ["report.txt", "report", "no/such/folder/report.html", "", "."])
def test_where_no_report_can_be_written_that_is_said_before_any_work(desk, photos, tmp_path, out):
    ran = desk.run("check", photos / "a.png", "--json", "--report", tmp_path / out, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def earlier(photos, shared_desk, tmp_path_factory) -> Path:
    """A report on b.jpg."""
    out = tmp_path_factory.mktemp("earlier") / "report.json"
    assert shared_desk.run("check", photos / "b.jpg", "--report", out).code == 0
    return out


def test_recheck_of_the_same_file(shared_desk, photos, earlier):
    ran = shared_desk.run("recheck", earlier, photos / "b.jpg", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    said = json.loads(ran.stdout)
    assert said["same_file"] is True
    assert [change["code"] for change in said["changes"]] == ["same-file", "nothing"]
    told = shared_desk.run("recheck", earlier, photos / "b.jpg")
    assert (told.code, told.stderr) == (0, "")
    assert "the same file" in told.text


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_recheck_of_another_file_and_of_a_changed_one_fails(shared_desk, photos, earlier, tmp_path, flags):
    changed = tmp_path / "b.jpg"
    changed.write_bytes((photos / "b.jpg").read_bytes() + b"\0")
    for path in (photos / "a.png", changed):
        ran = shared_desk.run("recheck", earlier, path, *flags)
        assert ran.code == 1
        assert ran.stderr == "This is not the file that the report is about.\n"
        if flags:
            assert json.loads(ran.stdout)["same_file"] is False


def test_recheck_says_what_became_of_the_answer(desk, tmp_path):
    path, out, root = tmp_path / "signed.jpg", tmp_path / "before.json", Authority.create()
    path.write_bytes(sign(jpeg(), "image/jpeg", root.leaf())[0])
    (tmp_path / "root.pem").write_text(root.pem)
    assert desk.run("check", path, "--report", out).code == 0
    assert desk.run("trust", "import", tmp_path / "root.pem").code == 0
    ran = desk.run("recheck", out, path, "--json")
    assert ran.code == 0
    changes = {change["code"]: change["params"] for change in json.loads(ran.stdout)["changes"]}
    assert changes["answer"] == {"before": "signed-unknown", "now": "traced"}
    assert changes["issuer"] == {"before": "unknown", "now": "yours"}


@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b"[" * 100_000, b"\xff\xfe", b'{"schema": "touchstone.report/1"}']
)
def test_recheck_without_a_report_fails_with_a_message(shared_desk, photos, tmp_path, content):
    report = tmp_path / "report.json"
    if content is not None:
        report.write_bytes(content)
    ran = shared_desk.run("recheck", report, photos / "b.jpg", "--json")
    assert (ran.code, ran.stdout) == (1, b"")
    assert "report.json" in ran.stderr


def test_recheck_of_a_file_that_is_gone_fails(shared_desk, earlier, tmp_path):
    ran = shared_desk.run("recheck", earlier, tmp_path / "gone.jpg", "--json")
    assert (ran.code, json.loads(ran.stdout)["same_file"]) == (1, False)
    assert "could not be read" in ran.stderr


def test_samples_where_nothing_can_be_written_fail_with_a_message(desk, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    ran = desk.run("samples", tmp_path / "file" / "samples")
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.stderr.strip()


def test_trust_lists_are_listed_imported_and_removed(desk, tmp_path):
    assert json.loads(desk.run("trust", "list", "--json").stdout) == {"lists": [], "damaged": []}
    (tmp_path / "root.pem").write_text(Authority.create().pem)
    taken = desk.run("trust", "import", tmp_path / "root.pem", "--json")
    assert (taken.code, taken.stderr) == (0, "")
    (one,) = json.loads(taken.stdout)["lists"]
    assert one["list"] == "yours"
    assert one["sha256"] in desk.run("trust", "list").text
    assert desk.run("trust", "remove", one["sha256"]).code == 0
    again = desk.run("trust", "remove", one["sha256"])
    assert (again.code, again.stdout) == (1, b"")
    assert again.stderr


def test_trust_import_of_what_is_no_list_fails_with_a_message(desk, tmp_path):
    (tmp_path / "photo.pem").write_bytes(jpeg())
    for path in (tmp_path / "photo.pem", tmp_path / "gone.pem", tmp_path):
        ran = desk.run("trust", "import", path, "--json")
        assert ran.code == 1
        assert json.loads(ran.stdout) == {"lists": []}
        assert path.name in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["check"],
        ["check", "a.jpg", "--frobnicate"],
        ["recheck", "report.json"],
        ["samples"],
        ["trust"],
        ["trust", "import", "--as", "mine", "a.pem"],
        ["--home"],
    ],
)
def test_wrong_usage_is_2_and_says_what_is_right(shared_desk, arguments):
    ran = shared_desk.run(*arguments)
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith("usage: touchstone")


def test_help_and_version(shared_desk):
    for arguments in (["--help"], ["check", "--help"], ["trust", "import", "--help"], ["--version"]):
        ran = shared_desk.run(*arguments)
        assert (ran.code, ran.stderr) == (0, "")
        assert "touchstone" in ran.text


def test_without_a_display_the_window_says_so_and_names_the_commands(shared_desk):
    hidden = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    ran = shared_desk.run(env=hidden)
    assert (ran.code, ran.stdout) == (1, b"")
    assert ran.stderr.startswith("There is no display here")
    for command in ("check", "recheck", "samples", "trust"):
        assert f"\n    {command} " in ran.stderr


@pytest.mark.parametrize("place", ["before", "after"])
def test_home_holds_everything_that_is_written(desk, photos, tmp_path, place):
    chosen = tmp_path / "chosen"
    option = ["--home", chosen]
    command = ["check", photos / "a.png", "--json"]
    ran = desk.run(*option, *command) if place == "before" else desk.run(*command, *option)
    assert ran.code == 0
    assert not desk.home.exists()
    assert rows(chosen) == 1


def test_without_a_home_the_one_of_the_system_is_used(desk, photos, tmp_path):
    environment = {"TOUCHSTONE_HOME": "", "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    assert desk.run("check", photos / "a.png", env=environment).code == 0
    assert (tmp_path / "data" / "touchstone" / "history.sqlite3").exists()


def test_what_is_kept_is_for_this_user_alone(desk, photos, tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    for home in (desk.home, tmp_path / "open"):
        assert desk.run("--home", home, "check", photos / "a.png").code == 0
        for path in [p for p in home.rglob("*") if p.is_file()]:
            assert path.stat().st_mode & 0o077 == 0, path
    assert desk.home.stat().st_mode & 0o077 == 0


def test_no_history_is_kept_where_none_is_wanted(desk, photos):
    desk.settings(history=False)
    assert desk.run("check", photos).code == 0
    assert sorted(path.name for path in desk.home.iterdir()) == ["settings.toml"]


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """More work than is done before anyone can press Ctrl-C."""
    folder = tmp_path_factory.mktemp("many")
    data = noise(2400, 1600)
    for k in range(80):
        (folder / f"{k:03}.jpg").write_bytes(data + bytes([k]))
    return folder


def wait_for(condition, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_is_stopped_gives_what_it_has_and_leaves_nothing_behind(desk, many, sent, interrupting):
    started = desk.start("check", many, "--json")
    wait_for(lambda: started.output().count(b"\n") >= 3)
    started.signal(sent)
    ran = started.result(timeout=20)
    assert ran.code == 1
    done = names(ran)
    assert 3 <= len(done) < 80
    assert done == sorted(path.name for path in many.iterdir())[: len(done)]
    assert ran.stderr == f"Stopped: {len(done)} of 80 files checked.\n"
    assert rows(desk.home) == len(done)


@pytest.mark.parametrize("sent", [1, 2])
@pytest.mark.parametrize("delay", [0.02, 0.05, 0.1, 0.2, 0.35])
def test_ctrl_c_at_any_moment_is_no_traceback(desk, many, delay, sent, interrupting):
    started = desk.start("check", many, "--json")
    time.sleep(delay)
    for _ in range(sent):
        started.signal(signal.SIGINT)
        time.sleep(0.05)
    assert started.result(timeout=20).code in {1, -signal.SIGINT}


def test_a_desk_that_is_killed_takes_its_workers_with_it(desk, many):
    started = desk.start("check", many, "--json")
    wait_for(lambda: started.output().count(b"\n") >= 3)
    assert len(started.processes()) > 2
    started.signal(signal.SIGKILL)
    assert started.result().code == -signal.SIGKILL


def test_a_reader_that_leaves_early_ends_the_command_quietly(desk, many):
    read, write = os.pipe()
    started = desk.start("check", many, "--json", stdout=write)
    os.close(write)
    with open(read, "rb") as output:
        first = output.readline()
    ran = started.result(timeout=30)
    assert json.loads(first)["media"]["name"] == "000.jpg"
    assert (ran.code, ran.stderr) == (1, "")


@pytest.mark.parametrize(
    ("closed", "code"),
    [("0<&-", 0), ("1>&-", 0), ("2>&-", 0), ("2>/dev/full", 0), ("0<&- 1>&- 2>&-", 0), ("1>/dev/full", 1)],
)
def test_closed_and_full_streams_are_no_traceback(desk, photos, closed, code):
    shell = ["bash", "-c", f'exec "$@" {closed}', "bash"]
    ran = desk.run("check", photos, before=shell)
    assert ran.code == code
    assert ("No space left on device" in ran.stderr) == (closed == "1>/dev/full")
    assert (ran.text.count("SHA-256") == 3) == ("1>" not in closed)
    assert rows(desk.home) == 3 or code


def test_names_are_shown_in_any_locale(desk, tmp_path):
    (tmp_path / "ü漢.jpg").write_bytes(jpeg())
    ran = desk.run("check", tmp_path, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.text.startswith("\\xfc\\u6f22.jpg\n")


def test_no_check_asks_for_the_network(desk, tmp_path):
    """A filter that the kernel keeps for the command and all it starts ends whoever asks for an internet socket."""
    remote = sign(jpeg(), "image/jpeg", Authority.create().leaf(), remote="https://example.invalid/m.c2pa", embed=False)
    (tmp_path / "remote.jpg").write_bytes(remote[0])
    (tmp_path / "signed.jpg").write_bytes(sign(jpeg(2), "image/jpeg", Authority.create().leaf())[0])
    (tmp_path / "clip.mp4").write_bytes(media.clip(frames=4))
    (tmp_path / "sound.mp3").write_bytes(media.mp3())
    ran = desk.run("check", tmp_path, "--json", before=[sys.executable, DENYING])
    assert (ran.code, ran.stderr) == (0, "")
    integrity = {report["media"]["name"]: report["findings"][0]["details"].get("integrity") for report in ran.reports()}
    assert integrity == {"clip.mp4": "none", "remote.jpg": "elsewhere", "signed.jpg": "intact", "sound.mp3": "none"}
    assert {p["syscalls"] for report in ran.reports() for p in report["protection"]} == {True}


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_NETLINK"])
def test_the_filter_ends_whoever_asks_for_the_network(family):
    asking = f"import socket; socket.socket(socket.{family}, socket.SOCK_RAW)"
    done = subprocess.run([sys.executable, DENYING, sys.executable, "-c", asking], check=False)
    assert done.returncode == -signal.SIGSYS
