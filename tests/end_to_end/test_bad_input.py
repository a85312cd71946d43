"""Input that nobody should have to meet, through the command: a finding or a message for each, and the rest goes on."""

import contextlib
import hashlib
import io
import os
import random
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import media_files as media
from tests.making import jpeg

# The administrator may read and write everything; these tests are about somebody who may not.
WITHOUT_PRIVILEGE = """
import ctypes, os, sys
PR_CAPBSET_DROP, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER = 24, 1, 2, 3
libc = ctypes.CDLL(None, use_errno=True)
for capability in (DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER):
    if os.geteuid() == 0 and libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
        sys.exit(f"capabilities stay: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
"""
ORDINARY = (sys.executable, "-c", WITHOUT_PRIVILEGE)
GIB = 1 << 30
GOOD = "zz good.jpg"  # last in order: it is reached only if everything before it is got over
SECRET = b"a line that no report may show"


def is_ordinary() -> bool:
    """Whether a process started through ORDINARY is held to permissions."""
    with tempfile.NamedTemporaryFile() as closed:
        Path(closed.name).chmod(0)
        probe = [*ORDINARY, sys.executable, "-c", "import sys; open(sys.argv[1])", closed.name]
        return b"PermissionError" in subprocess.run(probe, capture_output=True, check=False).stderr


ordinary_only = pytest.mark.skipif(
    not is_ordinary(), reason="the administrator's privileges cannot be given up here, so nothing is forbidden"
)


def archive(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, data)
    return file.getvalue()


def nested(depth: int) -> bytes:
    """Archives in archives, the innermost one of 50 MB of zeros."""
    made = archive("zeros", bytes(50_000_000))
    for level in range(depth):
        made = archive(f"level-{level}.zip", made)
    return made


@dataclass(frozen=True)
class Expected:
    """What a report must say: its answer, and the code of the facts finding or of what was not checked."""

    answer: str
    code: str
    note: str | None = None


RANDOM = random.Random(7).randbytes(5000)
# name -> bytes, and what is to be said of them
FILES: dict[bytes, tuple[bytes, Expected]] = {
    b"empty.jpg": (b"", Expected("unreadable", "unsupported", "name-differs")),
    b"random.jpg": (RANDOM, Expected("no-proof", "unsupported", "name-differs")),
    b"noise": (RANDOM, Expected("no-proof", "unsupported")),
    b"jpeg named.png": (jpeg(), Expected("no-proof", "nothing", "name-differs")),
    b"cut in half.jpg": (media.jpeg()[:4000], Expected("no-proof", "truncated")),
    b"cut to a few bytes.png": (
        media.saved(media.image(48, 64), "PNG")[:20],
        Expected("unreadable", "unreadable"),
    ),
    b"cut.mp4": (media.clip(frames=5)[:2000], Expected("unreadable", "unreadable")),
    b"cut.wav": (media.wav()[:20_000], Expected("no-proof", "truncated")),
    b"cut to a few bytes.wav": (media.wav()[:16], Expected("unreadable", "unreadable")),
    b"cut.mkv": (media.clip(".mkv", frames=5)[:4000], Expected("no-proof", "truncated")),
    b"cut.mp3": (media.mp3()[:9000], Expected("no-proof", "truncated")),
    b"bomb.png": (media.png_header(60_000, 60_000), Expected("unreadable", "too-large")),
    b"endless.gif": (media.gif(100_000), Expected("no-proof", "nothing")),
    b"archives.jpg": (nested(5), Expected("no-proof", "unsupported", "name-differs")),
    b"archives.zip": (nested(5), Expected("no-proof", "unsupported")),
}
ODD_NAMES = [
    b"two\nlines.jpg",
    b"\xe2\x80\xaegpj.turned around.jpg",
    b"not \xff\xfe text.jpg",
    b"\x1b[31mred\x1b[0m\x07.jpg",
    b"--json",
    b"<b>bold<b> & {x} %s.jpg",
    b"\xf0\x9f\x93\xb7.jpg",
    b"n" * 251 + b".jpg",
]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("zoo")
    folder = root / "zoo"
    folder.mkdir()
    for name, (data, _expected) in FILES.items():
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(data)
    for number, name in enumerate(ODD_NAMES):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(jpeg(number))
    (folder / GOOD).write_bytes(jpeg(99))
    secret = root / "elsewhere"
    secret.mkdir()
    (secret / "secret.txt").write_bytes(SECRET)
    (secret / "video.mp4").write_bytes(media.clip(frames=5))
    (folder / "concat.mp4").write_text(f"ffconcat version 1.0\nfile '{secret / 'video.mp4'}'\n")
    (folder / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:4,\n{secret / 'video.mp4'}\n#EXT-X-ENDLIST\n")
    (folder / "entity.svg").write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}/secret.txt">]><svg>&x;</svg>'
    )
    (folder / "link to a file.jpg").symlink_to(folder / GOOD)
    (folder / "link to nothing.jpg").symlink_to("nowhere")
    (folder / "link to itself.jpg").symlink_to("link to itself.jpg")
    (folder / "link to a device.jpg").symlink_to("/dev/zero")
    (folder / "link to the folder").symlink_to(".")
    (folder / "link out of the folder").symlink_to(secret)
    os.mkfifo(folder / "pipe.jpg")
    os.mkfifo(folder / f"{GOOD}.c2pa")
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
    (folder / "locked.jpg").write_bytes(jpeg())
    (folder / "locked.jpg").chmod(0)
    (folder / "locked folder").mkdir()
    (folder / "locked folder" / "inside.jpg").write_bytes(jpeg())
    (folder / "locked folder").chmod(0)
    return folder


DEVICES = [Path("/dev/zero"), Path("/dev/null"), Path("/dev/random"), Path("/dev/tty"), Path("/dev/full")]


@pytest.fixture(scope="module")
def seen(zoo, shared_desk):
    """All of it in one run: the folder, then pipes, devices and what is out of reach, by name."""
    named = [zoo / "pipe.jpg", *DEVICES, zoo / "locked folder" / "inside.jpg", Path("/proc/self/mem"), zoo / GOOD]
    ran = shared_desk.run("check", zoo, *named, "--json", before=ORDINARY, timeout=90)
    assert ran.code == 1
    return ran


@pytest.fixture(scope="module")
def reports(seen):
    return {report["media"]["name"]: report for report in seen.reports()}


def facts(report):
    return next(f for f in report["findings"] if f["witness"] == "facts")


def test_every_file_has_one_report_that_keeps_to_the_schema(seen, zoo, schema):
    every = seen.reports()
    for report in every:
        schema.validate(report)
    inside = [p for p in zoo.iterdir() if p.is_dir() is False]
    assert len(every) == len(inside) + 1 + 9  # the locked folder itself, and what was named
    unread = sum(1 for report in every if not report["media"]["sha256"])
    assert seen.stderr == f"{unread} of {len(every)} files could not be read.\n"
    assert every[-1]["media"]["name"] == GOOD
    assert every[-1]["answer"] == "no-proof"
    assert seen.seconds < 60


@pytest.mark.parametrize("name", FILES)
def test_damaged_and_disguised_files_are_said_to_be_that(reports, name):
    data, expected = FILES[name]
    report = reports[name.decode()]
    found = facts(report)
    assert (report["answer"], found["code"]) == (expected.answer, expected.code)
    assert report["media"]["sha256"] == hashlib.sha256(data).hexdigest()
    notes = found["details"].get("notes", [])
    assert ("name-differs" in notes) == (expected.note is not None)


def test_files_that_point_elsewhere_are_not_followed(reports, seen, zoo):
    for name in ("concat.mp4", "list.mp4", "entity.svg"):
        report = reports[name]
        assert (report["media"]["width"], report["media"]["duration"], facts(report)["status"]) == (
            None,
            None,
            "not-checked",
        )
    assert SECRET not in seen.stdout
    assert "video.mp4" not in reports
    assert "secret.txt" not in reports


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("link to nothing.jpg", "missing"),
        ("link to itself.jpg", "missing"),
        ("link to a device.jpg", "not-a-file"),
        ("pipe.jpg", "not-a-file"),
        ("socket.jpg", "not-a-file"),
        *((path.name, "not-a-file") for path in DEVICES),
        ("mem", "io-error"),
        pytest.param("locked.jpg", "no-permission", marks=ordinary_only),
        pytest.param("locked folder", "no-permission", marks=ordinary_only),
        pytest.param("inside.jpg", "no-permission", marks=ordinary_only),
    ],
)
def test_what_is_no_file_or_out_of_reach_is_said_to_be_that(reports, name, why):
    report = reports[name]
    assert (report["answer"], facts(report)["status"], facts(report)["code"]) == ("unreadable", "failed", why)
    assert report["media"]["sha256"] == ""
    assert report["headline_text"]


def test_a_link_to_a_file_is_read_under_its_own_name(reports):
    assert reports["link to a file.jpg"]["media"]["sha256"] == reports[GOOD]["media"]["sha256"]


def test_names_of_any_bytes_are_told_apart_and_read(reports):
    for number, name in enumerate(ODD_NAMES):
        shown = name.decode("utf-8", "backslashreplace")
        assert reports[shown]["media"]["sha256"] == hashlib.sha256(jpeg(number)).hexdigest()


def test_text_shows_odd_names_without_obeying_them(shared_desk, zoo):
    odd = [os.fsencode(zoo) + b"/" + name for name in ODD_NAMES]
    ran = shared_desk.run("check", *odd)
    assert (ran.code, ran.stderr) == (0, "")
    assert not {"\x1b", "\x07", "\u202e"}.intersection(ran.text)
    assert ran.text.count("SHA-256") == len(ODD_NAMES)
    assert "two\\u000alines.jpg\n" in ran.text
    assert "not \\xff\\xfe text.jpg\n" in ran.text


def test_reports_on_odd_names_are_written(shared_desk, zoo, tmp_path):
    odd = [os.fsencode(zoo) + b"/" + name for name in ODD_NAMES]
    twin = tmp_path / os.fsdecode(b"not \xfe\xff text.jpg")
    twin.write_bytes(jpeg())
    ran = shared_desk.run("check", *odd, twin, "--report", tmp_path / "reports")
    assert (ran.code, ran.stderr) == (0, "")
    written = list((tmp_path / "reports").iterdir())
    assert len(written) == len(ODD_NAMES) + 1
    for path in written:
        page = path.read_text(encoding="utf-8")
        assert "<b>bold" not in page
        assert "\x1b" not in page


def test_a_folder_of_folders_without_end(desk, tmp_path):
    """Deeper than Python calls itself."""
    deep, depth = tmp_path / "deep", 0
    with contextlib.chdir(tmp_path):
        folder = os.open(".", os.O_RDONLY)
        name = "deep"
        while depth < 1200:
            os.mkdir(name, dir_fd=folder)
            inner = os.open(name, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder, name, depth = inner, "a", depth + 1
        with open(os.open("photo.jpg", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as file:
            file.write(jpeg())
        os.close(folder)
    ran = desk.run("check", deep, "--json")
    (report,) = ran.reports()
    assert (ran.code, report["media"]["name"], report["answer"]) == (0, "photo.jpg", "no-proof")
    subprocess.run(["rm", "-rf", deep], check=True)


def opened_by(pid: int, path: Path) -> bool:
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/fd/{name}").readlink() == path:
                    return True
    return False


def large(path: Path, size: int = GIB // 4) -> Path:
    """A file that takes a while to read and no room."""
    with path.open("wb") as file:
        file.write(jpeg())
        file.truncate(size)
    return path


def wait_until_opened(started, path: Path) -> None:
    until = time.monotonic() + 30
    while not opened_by(started.process.pid, path):
        assert started.process.returncode is None
        assert time.monotonic() < until, "it was never opened"
        time.sleep(0.002)


@pytest.fixture
def pair(tmp_path) -> Path:
    folder = tmp_path / "pair"
    folder.mkdir()
    large(folder / "a.jpg")
    (folder / GOOD).write_bytes(jpeg())
    return folder


def appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(jpeg(2))


def cut(path: Path) -> None:
    os.truncate(path, 100)


@pytest.mark.parametrize("change", [appended, overwritten, cut])
def test_a_file_that_changes_while_it_is_read_is_said_to(desk, pair, change):
    started = desk.start("check", pair, "--json")
    wait_until_opened(started, pair / "a.jpg")
    change(pair / "a.jpg")
    ran = started.result()
    changed, good = ran.reports()
    assert ran.code == 1
    assert (changed["answer"], facts(changed)["code"], changed["media"]["sha256"]) == (
        "unreadable",
        "changed-while-read",
        "",
    )
    assert good["answer"] == "no-proof"


def test_a_file_that_something_keeps_writing_to(desk, pair):
    done = threading.Event()

    def write() -> None:
        with (pair / "a.jpg").open("ab") as file:
            while not done.wait(0.01):
                file.write(bytes(1000))
                file.flush()

    os.truncate(pair / "a.jpg", 64 << 20)
    writing = threading.Thread(target=write)
    writing.start()
    try:
        ran = desk.run("check", pair, "--json")
    finally:
        done.set()
        writing.join()
    assert [facts(r)["code"] for r in ran.reports()] == ["changed-while-read", "nothing"]


def test_a_file_that_is_deleted_while_it_is_read_is_read_to_its_end(desk, pair):
    """The name goes, the file stays for whoever has it open."""
    started = desk.start("check", pair, "--json")
    wait_until_opened(started, pair / "a.jpg")
    (pair / "a.jpg").unlink()
    ran = started.result()
    assert ran.code == 0
    deleted, good = ran.reports()
    assert (deleted["media"]["bytes"], len(deleted["media"]["sha256"])) == (GIB // 4, 64)
    assert good["answer"] == "no-proof"


def test_a_file_that_is_deleted_before_its_turn_is_said_to_be_missing(desk, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for k in range(len(os.sched_getaffinity(0)) + 1):  # as many as are read at once
        large(folder / f"{k:03}.jpg", GIB // 4)
    (folder / GOOD).write_bytes(jpeg())
    started = desk.start("check", folder, "--json")
    wait_until_opened(started, folder / "000.jpg")
    (folder / GOOD).unlink()
    ran = started.result()
    assert ran.code == 1
    *others, last = ran.reports()
    assert (last["media"]["name"], facts(last)["code"]) == (GOOD, "missing")
    assert {report["answer"] for report in others} == {"no-proof"}


def sparse_clip(path: Path, size: int) -> None:
    """A video whose samples end in a desert: `mdat` is as large as 64 bits allow, `moov` comes after it."""
    data = media.clip(frames=10)
    at = data.index(b"mdat") - 4
    moov = data.index(b"moov") - 4
    with path.open("wb") as file:
        file.write(data[:at] + (1).to_bytes(4, "big") + b"mdat" + (size - at - len(data) + moov).to_bytes(8, "big"))
        file.write(data[at + 8 : moov])
        file.truncate(size - (len(data) - moov))
        file.seek(0, os.SEEK_END)
        file.write(data[moov:])


@pytest.mark.long
def test_files_of_four_gigabytes_are_read_in_bounded_memory(desk, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    large(folder / "a.jpg", 4 * GIB + 5)
    with (folder / "b.bin").open("wb") as file:
        file.truncate(4 * GIB + 5)
    sparse_clip(folder / "c.mp4", 4 * GIB + 5)
    ran = desk.run("check", folder, "--json", timeout=400)
    assert ran.code == 0
    photo, zeros, clip = ran.reports()
    assert [r["media"]["bytes"] for r in (photo, zeros, clip)] == [4 * GIB + 5] * 3
    assert zeros["media"]["sha256"] == zeros_sha256(4 * GIB + 5)
    assert photo["media"]["width"] == 96
    assert clip["media"]["width"] == 160
    assert ran.peak_kib < 600 * 1024, f"{ran.peak_kib} KiB"


def test_large_files_take_no_more_memory_than_small_ones(desk, tmp_path):
    peaks = []
    for length in (10_000, GIB // 2 + GIB // 8):
        folder = tmp_path / str(length)
        folder.mkdir()
        large(folder / "a.jpg", length)
        with (folder / "b.bin").open("wb") as file:
            file.truncate(length)
        sparse_clip(folder / "c.mp4", 40_000 + length)
        ran = desk.run("check", folder, "--json")
        assert ran.code == 0
        peaks.append(ran.peak_kib)
    photo, zeros, clip = ran.reports()
    assert zeros["media"]["sha256"] == zeros_sha256(zeros["media"]["bytes"])
    assert (photo["media"]["width"], clip["media"]["width"]) == (96, 160)
    assert [f["code"] for f in photo["findings"][:2]] == ["too-large", "nothing"]
    assert peaks[1] < peaks[0] + 64 * 1024, f"{peaks} KiB"


def zeros_sha256(size: int) -> str:
    digest, block = hashlib.sha256(), bytes(1 << 20)
    for _ in range(size >> 20):
        digest.update(block)
    digest.update(block[: size & (1 << 20) - 1])
    return digest.hexdigest()


@pytest.fixture
def photos(tmp_path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(3):
        (folder / f"{k}.jpg").write_bytes(jpeg(k))
    return folder


def rows(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(database)) as history:
        return history.execute("SELECT count(*) FROM entry").fetchone()[0]


def all_checked(ran) -> bool:
    return ran.code == 0 and [report["answer"] for report in ran.reports()] == ["no-proof"] * 3


@ordinary_only
@pytest.mark.parametrize("place", ["home", "home/below"])
def test_a_home_where_nothing_can_be_written(desk, photos, tmp_path, place):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    ran = desk.run("--home", tmp_path / place, "check", photos, "--json", before=ORDINARY)
    assert all_checked(ran)
    assert ran.stderr == "There is no history for now (no permission to write there).\n"
    assert list(home.iterdir()) == []


@ordinary_only
def test_a_history_that_can_only_be_read_keeps_what_it_has(desk, photos):
    assert all_checked(desk.run("check", photos, "--json"))
    before = (desk.home / "history.sqlite3").read_bytes()
    (desk.home / "history.sqlite3").chmod(stat.S_IRUSR)
    desk.home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    ran = desk.run("check", photos, "--json", before=ORDINARY)
    assert all_checked(ran)
    assert "nothing can be added" in ran.stderr
    assert (desk.home / "history.sqlite3").read_bytes() == before


@pytest.mark.parametrize("kind", ["file", "pipe", "dangling link"])
def test_a_home_that_is_no_folder(desk, photos, kind):
    match kind:
        case "file":
            desk.home.write_bytes(b"precious")
        case "pipe":
            os.mkfifo(desk.home)
        case _:
            desk.home.symlink_to("/proc/nowhere/at/all")
    ran = desk.run("check", photos, "--json")
    assert all_checked(ran)
    assert "There is no history for now" in ran.stderr
    assert kind != "file" or desk.home.read_bytes() == b"precious"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few pages."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a small disk cannot be mounted here: " + made.stderr.decode(errors="replace").strip())
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="only the administrator mounts a disk")
def test_a_home_on_a_full_disk(desk, photos, small_disk):
    home = ("--home", small_disk)
    first = desk.run(*home, "check", photos, "--json")
    assert all_checked(first)
    kept = rows(small_disk / "history.sqlite3")
    assert kept == 3
    room = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(room.f_bavail * room.f_frsize))
    full = desk.run(*home, "check", photos, "--json")
    assert all_checked(full)
    assert "the disk is full" in full.stderr
    (small_disk / "filler").unlink()
    assert rows(small_disk / "history.sqlite3") == kept
    again = desk.run(*home, "check", photos, "--json")
    assert all_checked(again)
    assert again.stderr == ""
    assert rows(small_disk / "history.sqlite3") == kept + 3


def half_overwritten(database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[4096:] = random.Random(7).randbytes(len(data) - 4096)
    database.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"this is no database" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        half_overwritten,
    ],
    ids=["no database", "cut", "overwritten"],
)
def test_a_damaged_history_is_kept_aside_and_a_new_one_begun(desk, photos, damage):
    assert all_checked(desk.run("check", photos, "--json"))
    database = desk.home / "history.sqlite3"
    damage(database)
    damaged = database.read_bytes()
    ran = desk.run("check", photos, "--json")
    assert all_checked(ran)
    (aside,) = desk.home.glob("history.sqlite3.damaged*")
    assert aside.name in ran.stderr
    assert aside.read_bytes() == damaged
    assert rows(database) == 3
    assert desk.run("check", photos, "--json").stderr == ""


def test_a_history_from_a_newer_version_stays_as_it_is(desk, photos):
    desk.home.mkdir()
    database = desk.home / "history.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as newer:
        newer.executescript(
            "CREATE TABLE of_the_future (x); INSERT INTO of_the_future VALUES (1); PRAGMA user_version = 99"
        )
    before = database.read_bytes()
    ran = desk.run("check", photos, "--json")
    assert all_checked(ran)
    assert "A newer version of Touchstone wrote the history" in ran.stderr
    assert database.read_bytes() == before
    (own,) = desk.home.glob("history-v*.sqlite3")
    assert rows(own) == 3


def test_damaged_settings_are_kept_aside(desk, photos):
    desk.home.mkdir()
    (desk.home / "settings.toml").write_bytes(b"\xffwall_seconds = [")
    ran = desk.run("check", photos, "--json")
    assert all_checked(ran)
    (aside,) = desk.home.glob("settings.toml.damaged*")
    assert aside.name in ran.stderr
    assert aside.read_bytes() == b"\xffwall_seconds = ["


@pytest.mark.parametrize("made", [False, True])
def test_several_at_once_on_one_home_all_succeed_and_lose_nothing(desk, photos, made):
    if made:
        assert all_checked(desk.run("check", photos, "--json"))
    started = [desk.start("check", photos, "--json") for _ in range(4)]
    for one in started:
        ran = one.result()
        assert all_checked(ran)
        assert ran.stderr == ""
    assert rows(desk.home / "history.sqlite3") == 3 * (4 + made)
