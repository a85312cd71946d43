"""Everything that cannot be made again, in one file; and back on another machine."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import shutil
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchstone import settings as app_settings
from touchstone.chain import keystore, networks
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.report import Answer, Kind, Media, Message, Report
from touchstone.store import backup, publish_journal, sealing
from touchstone.store.backup import BackupError, BackupTrouble
from touchstone.store.history import History, HistoryQuery
from touchstone.store.outbox import Outbox, Sent
from touchstone.store.sealing import END, Opener, Sealer, SealError
from touchstone.texts import backup as words

PASSWORD = "correct horse"
WORK = 10  # log2 n of scrypt, for tests that are not about it


def a_report(name: str) -> Report:
    media = Media(name=name, bytes=3, sha256="ab" * 32, kind=Kind.IMAGE, mime="image/png")
    return Report("2026-03-01T10:00:00Z", "touchstone 0", media, Answer.NO_PROOF, Message("no-proof"), ())


def sent(nonce: int = 1) -> Sent:
    return Sent(5, "mine", "0xabc", nonce, "0xdef", b"\x01", "publisher-name", 1, 2, 3, raw=b"\x02", hash="0x01")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home where everything is that a backup keeps, and some that it does not."""
    home = Home(tmp_path / "here")
    app_settings.save(home, app_settings.Settings(language="de"))
    networks.add(home, networks.own("mine", 1234, ("https://a.example",)))
    networks.consent(home, "mine", given=True)
    keystore.new(home, "agence", PASSWORD, work=2**10)
    history = History(home)
    history.add(a_report("one.png"), Path("/pictures/one.png"))
    history.close()
    outbox = Outbox(home)
    outbox.add(sent())
    outbox.close()
    publish_journal.PublishJournal(home).close()
    kept = ("votes/case-7.vote", "registers/lists/aa.leaves", "registers/domains.json", "samples/practice-key.pem")
    for name in (*kept, "trust/yours.pem", "registers/base.sqlite3", "samples/x"):
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_bytes(name.encode())
    return home


@pytest.fixture
def file(home: Home, tmp_path: Path) -> Path:
    path = tmp_path / "mine.backup"
    backup.create(home, path, PASSWORD, work=WORK)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Home:
    return Home(tmp_path / "another machine")


def refused(call: Any) -> BackupTrouble:
    with pytest.raises(BackupError) as caught:
        call()
    assert words.trouble(caught.value.code)
    return caught.value.code


def restore(home: Home, path: Path, password: str = PASSWORD) -> backup.Restored:
    with backup.opened(home, path, password) as staged:
        return staged.put()


def tree(home: Home) -> dict[str, bytes]:
    files = (path for path in home.root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(home.root).as_posix(): path.read_bytes() for path in files}


def test_everything_is_there_on_another_machine(home: Home, file: Path, elsewhere: Home) -> None:
    restored = restore(elsewhere, file)
    assert restored.aside == ""
    (key,) = keystore.keys(elsewhere)
    assert key.name == "agence"
    assert keystore.address_of(keystore.decrypt(keystore.load(key.path), PASSWORD)) == key.address
    assert app_settings.load(elsewhere).language == "de"
    assert Networks.load(elsewhere).get("mine").consented
    history = History(elsewhere)
    assert [row.name for row in history.page(HistoryQuery(), 0, 10)] == ["one.png"]
    history.close()
    outbox = Outbox(elsewhere)
    assert [one.raw for one in outbox.live(5)] == [b"\x02"]
    outbox.close()
    assert (elsewhere.root / "votes/case-7.vote").read_bytes() == b"votes/case-7.vote"
    assert publish_journal.path_of(elsewhere).exists()
    for name in ("trust/yours.pem", "registers/lists/aa.leaves", "registers/domains.json", "samples/practice-key.pem"):
        assert (elsewhere.root / name).read_bytes() == name.encode()
    fetched_again = ("registers/base.sqlite3", "samples/x")
    assert not any((elsewhere.root / name).exists() for name in fetched_again), "what can be fetched again stays out"
    assert not list(elsewhere.root.glob(".restore-*"))


def test_what_is_restored_is_for_this_user_alone(file: Path, elsewhere: Home) -> None:
    restore(elsewhere, file)
    for path in elsewhere.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_of_it_can_be_read_without_the_password(home: Home, file: Path) -> None:
    raw = file.read_bytes()
    key = next(home.keys.glob("*.json")).read_bytes()
    for hidden in (b"agence", b"one.png", b"publisher-name", b"contents.json", key[20:60], b"SQLite"):
        assert hidden not in raw


def test_keys_in_it_are_still_under_their_own_password(file: Path, elsewhere: Home) -> None:
    with backup.opened(elsewhere, file, PASSWORD) as staged:
        for path in (staged.folder / "keys").glob("*.json"):
            assert "crypto" in json.loads(path.read_bytes())


def test_what_would_be_replaced_is_told_and_kept_aside(home: Home, file: Path) -> None:
    app_settings.save(home, app_settings.load(home))
    history = History(home)
    history.add(a_report("two.png"), Path("/pictures/two.png"))
    history.close()
    (home.root / "votes/case-8.vote").write_bytes(b"newer than the backup")
    home.settings.write_text('language = "fr"\n')
    with backup.opened(home, file, PASSWORD) as staged:
        assert set(staged.replaced()) == {"settings.toml", "history.sqlite3", "outbox.sqlite3", "publishing.sqlite3"}
        restored = staged.put()
    aside = home.root / restored.aside
    assert (aside / "settings.toml").read_text() == 'language = "fr"\n'
    with sqlite3.connect(aside / "history.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (2,)
    connection.close()
    assert app_settings.load(home).language == "de"
    history = History(home)
    assert history.count(HistoryQuery()) == 1
    history.close()
    assert (home.root / "votes/case-8.vote").exists(), "what the backup does not know stays"


def test_looking_changes_nothing(home: Home, file: Path) -> None:
    before = tree(home)
    with backup.opened(home, file, PASSWORD) as staged:
        assert staged.contents.count("keys") == 1
        assert dict(words.contents(staged.contents))["Keys"] == "1 key file"
    assert tree(home) == before


def test_a_database_that_is_being_written_is_copied_whole(home: Home, tmp_path: Path, elsewhere: Home) -> None:
    """Each transaction writes two rows; a copy must never hold an odd number."""
    outbox, stop = Outbox(home), threading.Event()
    copied = (
        "INSERT INTO sent SELECT NULL, chain_id, network, sender, ?, target, data, code, gas, max_fee, priority,"
        " params, key, raw, hash, 'final', trouble, replaces, block, block_hash, gas_used, fee, created, changed"
        " FROM sent WHERE id = 1"
    )

    def write() -> None:
        for nonce in itertools.count(100):
            if stop.is_set():
                return

            def both(connection: sqlite3.Connection, nonce: int = nonce) -> None:
                for one in (2 * nonce, 2 * nonce + 1):
                    connection.execute(copied, (one,))

            outbox._write(both)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        counts = []
        for number in range(4):
            path = tmp_path / f"busy-{number}"
            backup.create(home, path, PASSWORD, work=WORK)
            restore(elsewhere, path)
            with sqlite3.connect(elsewhere.outbox) as connection:
                counts.append(connection.execute("SELECT count(*) FROM sent WHERE state = 'final'").fetchone()[0])
            connection.close()
    finally:
        stop.set()
        thread.join()
        outbox.close()
    assert all(count % 2 == 0 for count in counts)
    assert counts == sorted(counts)
    assert counts[-1] > 0


def test_a_running_window_goes_on_with_what_was_restored(home: Home, file: Path) -> None:
    history = History(home)
    restore(home, file)
    history.add(a_report("three.png"), Path("/pictures/three.png"))
    history.close()
    again = History(home)
    assert {row.name for row in again.page(HistoryQuery(), 0, 10)} == {"one.png", "three.png"}
    again.close()


# --- what a backup may be instead


def test_a_wrong_password(file: Path, elsewhere: Home) -> None:
    assert refused(lambda: restore(elsewhere, file, "another password")) is BackupTrouble.WRONG_PASSWORD
    assert tree(elsewhere) == {}


def test_a_short_password(home: Home, tmp_path: Path) -> None:
    assert refused(lambda: backup.create(home, tmp_path / "x", "1234567")) is BackupTrouble.WEAK_PASSWORD


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.999])
def test_one_that_was_cut_short(file: Path, elsewhere: Home, keep: float) -> None:
    raw = file.read_bytes()
    file.write_bytes(raw[: max(int(len(raw) * keep), 9)])
    assert refused(lambda: backup.look(file)) is BackupTrouble.TRUNCATED
    assert refused(lambda: restore(elsewhere, file)) is BackupTrouble.TRUNCATED
    assert tree(elsewhere) == {}


def test_one_that_lost_a_part_in_the_middle(tmp_path: Path, home: Home, elsewhere: Home) -> None:
    (home.root / "votes" / "large").write_bytes(os.urandom(300_000))
    path = tmp_path / "large.backup"
    backup.create(home, path, PASSWORD, work=WORK)
    raw, chunk = path.read_bytes(), 64 * 1024 + 16
    header = len(raw) - len(END) - (len(raw) - len(END)) % chunk if False else 67
    for changed in (
        raw[:header] + raw[header + chunk :],
        raw[:header]
        + raw[header + chunk : header + 2 * chunk]
        + raw[header : header + chunk]
        + raw[header + 2 * chunk :],
        raw[: header + chunk] + raw[header:],
        raw[: header + 2 * chunk] + END,
    ):
        path.write_bytes(changed)
        assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.CHANGED
    assert tree(elsewhere) == {}


@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_a_changed_bit_anywhere_is_found(sealed: tuple[bytes, bytes], at: int, bit: int) -> None:
    raw = bytearray(sealed[0])
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(SealError):
        Opener(io.BytesIO(bytes(raw)), PASSWORD).read()


@pytest.fixture(scope="module")
def sealed() -> tuple[bytes, bytes]:
    plain = os.urandom(150_000)
    file = io.BytesIO()
    sealer = Sealer(file, PASSWORD, WORK)
    sealer.write(plain)
    sealer.finish()
    return file.getvalue(), plain


@given(sizes=st.lists(st.integers(0, 70_000), max_size=6), step=st.integers(1, 100_000))
@settings(max_examples=25, deadline=None)
def test_what_is_sealed_comes_back(sizes: list[int], step: int) -> None:
    file = io.BytesIO()
    parts = [os.urandom(size) for size in sizes]
    sealer = Sealer(file, PASSWORD, 1)
    for part in parts:
        sealer.write(part)
    sealer.finish()
    opener = Opener(io.BytesIO(file.getvalue()), PASSWORD)
    read = iter(lambda: opener.read(step), b"")
    assert b"".join(read) == b"".join(parts)
    opener.finish()


def test_the_same_twice_is_never_the_same_bytes(sealed: tuple[bytes, bytes]) -> None:
    file = io.BytesIO()
    sealer = Sealer(file, PASSWORD, WORK)
    sealer.write(sealed[1])
    sealer.finish()
    assert file.getvalue()[200:1000] != sealed[0][200:1000]


def test_what_a_password_guesser_has_to_do() -> None:
    assert 128 * 8 * 2**sealing.WORK >= 128 * 1024 * 1024


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 a zip", b"TSBACKU", bytes(5000)])
def test_what_is_no_backup(tmp_path: Path, elsewhere: Home, raw: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(raw)
    assert refused(lambda: backup.look(path)) is BackupTrouble.NOT_A_BACKUP
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.NOT_A_BACKUP


def test_no_file_at_all(tmp_path: Path, elsewhere: Home) -> None:
    assert refused(lambda: backup.look(tmp_path / "none")) is BackupTrouble.MISSING
    assert refused(lambda: restore(elsewhere, tmp_path / "none")) is BackupTrouble.MISSING


def test_one_of_a_newer_version(file: Path, elsewhere: Home) -> None:
    raw = bytearray(file.read_bytes())
    raw[8] = 2
    file.write_bytes(raw)
    assert refused(lambda: backup.look(file)) is BackupTrouble.NEWER
    assert refused(lambda: restore(elsewhere, file)) is BackupTrouble.NEWER


def test_one_that_asks_for_all_memory(file: Path, elsewhere: Home) -> None:
    raw = bytearray(file.read_bytes())
    raw[9] = 40
    file.write_bytes(raw)
    assert refused(lambda: restore(elsewhere, file)) is BackupTrouble.CHANGED


def forge(path: Path, members: list[tuple[str, bytes]], contents: Any) -> None:
    """A backup by somebody who knows the password."""
    with path.open("wb") as file:
        sealer = Sealer(file, PASSWORD, WORK)
        with tarfile.open(fileobj=cast("Any", sealer), mode="w|") as archive:
            for name, data in [("contents.json", json.dumps(contents).encode()), *members]:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        sealer.finish()


def listed(*names: str, **changed: Any) -> dict[str, Any]:
    members = [
        {"name": n, "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest(), "database": False} | changed for n in names
    ]
    return {"format": 1, "created": "2026-01-01T00:00:00+00:00", "application": "1", "members": members}


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", ".hidden", "keys/.hidden", "c:evil", "a\\b", "", "."]
)
def test_places_outside_the_home(tmp_path: Path, elsewhere: Home, name: str) -> None:
    path = tmp_path / "forged"
    forge(path, [(name, b"x")], listed(name))
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.CHANGED
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("members", "contents"),
    [
        ([("votes/a", b"x")], listed("votes/a", "votes/b")),
        ([("votes/a", b"x"), ("votes/b", b"x")], listed("votes/a")),
        ([("votes/a", b"x"), ("votes/a", b"x")], listed("votes/a")),
        ([("votes/a", b"y")], listed("votes/a")),
        ([("votes/a", b"x")], listed("votes/a", bytes=2)),
        ([("votes/a", b"x")], {"format": 1}),
        ([("votes/a", b"x")], []),
        ([("votes/a", b"x")], {**listed("votes/a"), "members": 7}),
    ],
)
def test_contents_that_do_not_fit(tmp_path: Path, elsewhere: Home, members: Any, contents: Any) -> None:
    path = tmp_path / "forged"
    forge(path, members, contents)
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.CHANGED
    assert tree(elsewhere) == {}


def test_contents_of_a_newer_format(tmp_path: Path, elsewhere: Home) -> None:
    path = tmp_path / "forged"
    forge(path, [("votes/a", b"x")], {**listed("votes/a"), "format": 2})
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.NEWER


def test_a_link_in_place_of_a_file(tmp_path: Path, elsewhere: Home) -> None:
    path = tmp_path / "forged"
    with path.open("wb") as file:
        sealer = Sealer(file, PASSWORD, WORK)
        with tarfile.open(fileobj=cast("Any", sealer), mode="w|") as archive:
            data = json.dumps(listed("votes/a")).encode()
            info = tarfile.TarInfo("contents.json")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("votes/a")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
        sealer.finish()
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.CHANGED


def test_a_database_that_is_damaged(tmp_path: Path, elsewhere: Home) -> None:
    path = tmp_path / "forged"
    forge(path, [("history.sqlite3", b"x")], listed("history.sqlite3", database=True))
    assert refused(lambda: restore(elsewhere, path)) is BackupTrouble.DAMAGED


# --- all or nothing


@pytest.mark.parametrize("at", range(1, 8))
def test_a_disk_that_refuses_in_the_middle_leaves_all_as_it_was(
    home: Home, file: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    for path in (home.settings, home.networks, home.root / "votes/case-7.vote"):
        path.write_bytes(b"# later\n")
    before = tree(home)
    left, real = [at], Path.rename

    def rename(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, "no space left on device")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        assert refused(lambda: restore(home, file)) is BackupTrouble.FULL
    assert tree(home) == before
    restore(home, file)
    assert app_settings.load(home).language == "de"


@pytest.mark.parametrize("at", range(1, 8))
def test_one_that_was_killed_in_the_middle_is_finished_later(
    home: Home, file: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    class Killed(BaseException):
        pass

    left = [at]
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return real(self, target)

    home.settings.write_text('language = "fr"\n')
    (home.root / "votes/case-7.vote").write_bytes(b"later")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        patch.setattr(shutil, "rmtree", lambda *_args, **_more: None)
        with pytest.raises(Killed):
            restore(home, file)
    assert backup.finish(home)
    assert not backup.finish(home)
    assert app_settings.load(home).language == "de"
    assert (home.root / "votes/case-7.vote").read_bytes() == b"votes/case-7.vote"
    assert keystore.find(home, "agence")
    aside = next(home.root.glob("before-restore*"))
    assert (aside / "settings.toml").read_text() == 'language = "fr"\n'


def test_a_backup_is_written_whole_or_not_at_all(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.backup"
    path.write_bytes(b"the one before")
    assert refused(lambda: backup.create(home, path, PASSWORD, work=WORK)) is BackupTrouble.EXISTS

    def full(*_args: Any) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Sealer, "finish", full)
        assert refused(lambda: backup.create(home, path, PASSWORD, replace=True, work=WORK)) is BackupTrouble.FULL
    assert path.read_bytes() == b"the one before"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    assert not list(home.root.glob(".backup-*"))
    backup.create(home, path, PASSWORD, replace=True, work=WORK)
    backup.look(path)


def test_an_empty_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "empty")
    home.root.mkdir()
    assert refused(lambda: backup.create(home, tmp_path / "x", PASSWORD, work=WORK)) is BackupTrouble.NOTHING
    assert not (tmp_path / "x").exists()


def test_links_in_the_home_are_not_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of somebody else")
    (home.keys / "link.json").symlink_to(tmp_path / "secret")
    contents = backup.create(home, tmp_path / "b", PASSWORD, work=WORK)
    assert "keys/link.json" not in [member.name for member in contents.members]
