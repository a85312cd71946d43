import contextlib
import dataclasses
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.paths import Home
from touchstone.report import Answer, Finding, Kind, Media, Message, Picture, Report, Status, Witness
from touchstone.store.database import Database, StoreError
from touchstone.store.files import Trouble
from touchstone.store.history import History, HistoryOrder, HistoryQuery
from touchstone.store.thumbnail import LARGEST, shrink


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def opened():
    """Opens histories and closes them after the test."""
    with contextlib.ExitStack() as stack:

        def open_history(home):
            history = History(home)
            stack.callback(history.close)
            return history

        yield open_history


def report(name="a.jpg", created="2026-03-01T10:00:00Z", answer=Answer.NO_PROOF, size=100, signer="", digit="0"):
    return Report(
        created=created,
        application="touchstone 0",
        media=Media(name, size, digit * 64, Kind.IMAGE, "image/jpeg"),
        answer=answer,
        headline=Message("headline", {"untrusted_signer": signer, "seats": 3}),
        findings=(Finding(Witness.CREDENTIALS, Status.DONE, "code", {"untrusted_product": f"Camera of {signer}"}),),
    )


def names(history, query=None, **page):
    return [row.name for row in history.page(query or HistoryQuery(), **page)]


def codes(history):
    return [notice.code for notice in history.notices]


class TestRows:
    def test_what_is_added_comes_back_whole(self, home, opened):
        kept = report("ü.jpg", answer=Answer.TRACED, signer="Agence X")
        picture = Picture(2, 1, bytes(range(6)))
        with contextlib.closing(History(home)) as history:
            added = history.add(kept, Path("/somewhere/ü.jpg"), picture)
        history = opened(home)
        (row,) = history.page(HistoryQuery())
        assert (row.id, row.path, row.name, row.kind) == (added, Path("/somewhere/ü.jpg"), "ü.jpg", Kind.IMAGE)
        assert (row.answer, row.headline, row.bytes) == (Answer.TRACED, kept.headline, 100)
        assert (row.created, row.sha256, row.thumbnail) == (kept.created, "0" * 64, picture)
        entry = history.get(row.id)
        assert entry.row == row
        assert entry.report() == kept
        assert history.notices == ()

    def test_an_exported_document_is_kept_with_what_it_has_besides(self, home, opened):
        from touchstone.report import to_dict

        history = opened(home)
        added = history.add({**to_dict(report()), "headline_text": "No proof"}, Path("a.jpg"))
        assert history.get(added).document["headline_text"] == "No proof"

    @pytest.mark.parametrize(
        "name", ["a\nb.jpg", "\u202egpj.exe", "'; DROP TABLE entry; --", "%_*?[", "\0", "<b>x</b>"]
    )
    def test_names_are_kept_as_they_are_and_found(self, home, opened, name):
        history = opened(home)
        history.add(report("other.jpg"), Path("/x/other.jpg"))
        history.add(report(name), Path("/x") / name.replace("\0", ""))
        assert name in names(history)
        assert names(history, HistoryQuery(text=name)) == [name]

    @pytest.mark.skipif(sys.platform == "win32", reason="only POSIX has names that are no text")
    def test_a_path_that_is_no_text_comes_back_as_the_same_path(self, home, opened):
        path = Path(os.fsdecode(b"/x/\xff\xfe.jpg"))
        history = opened(home)
        history.add(report("\\xff\\xfe.jpg"), path)
        assert history.page(HistoryQuery())[0].path == path
        assert history.count(HistoryQuery(text="\\udcff")) == 1

    def test_what_is_not_there_is_none(self, home, opened):
        history = opened(home)
        assert history.get(1) is None
        assert history.latest("0" * 64) is None
        assert history.page(HistoryQuery()) == []

    def test_the_latest_report_of_the_same_bytes(self, home, opened):
        history = opened(home)
        history.add(report("new", "2026-03-02T00:00:00Z", digit="a"), Path("new"))
        history.add(report("old", "2026-03-01T00:00:00Z", digit="a"), Path("old"))
        history.add(report("other", "2026-03-03T00:00:00Z", digit="b"), Path("other"))
        assert history.latest("a" * 64).name == "new"


class TestQueries:
    ROWS = (
        ("b.jpg", "2026-03-01T00:00:00Z", Answer.TRACED, 300, "Agence Été"),
        ("A.jpg", "2026-03-03T00:00:00Z", Answer.DOUBTFUL, 100, ""),
        ("c.png", "2026-03-02T00:00:00Z", Answer.TRACED, 200, "Maker"),
    )

    @pytest.fixture
    def history(self, home, opened):
        history = opened(home)
        for number, (name, created, answer, size, signer) in enumerate(self.ROWS):
            history.add(report(name, created, answer, size, signer, digit=str(number)), Path("/photos") / name)
        return history

    @pytest.mark.parametrize(
        ("order", "ascending"),
        [
            (HistoryOrder.CREATED, ["b.jpg", "c.png", "A.jpg"]),
            (HistoryOrder.NAME, ["A.jpg", "b.jpg", "c.png"]),
            (HistoryOrder.ANSWER, ["A.jpg", "b.jpg", "c.png"]),
            (HistoryOrder.BYTES, ["A.jpg", "c.png", "b.jpg"]),
        ],
    )
    def test_every_order_both_ways_and_in_pages(self, history, order, ascending):
        for descending, expected in ((False, ascending), (True, ascending[::-1])):
            query = HistoryQuery(order=order, descending=descending)
            assert names(history, query) == expected
            assert [names(history, query, offset=n, limit=1) for n in range(4)] == [*([n] for n in expected), []]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", {"b.jpg", "A.jpg", "c.png"}),
            ("JPG", {"b.jpg", "A.jpg"}),
            ("photos png", {"c.png"}),
            ("agence ÉTÉ", {"b.jpg"}),
            ("agence E\u0301te\u0301", {"b.jpg"}),
            ("camera", {"b.jpg", "A.jpg", "c.png"}),
            ("1" * 64, {"A.jpg"}),
            ("%", set()),
            ("jpg png", set()),
        ],
    )
    def test_search_by_words(self, history, text, found):
        query = HistoryQuery(text=text)
        assert set(names(history, query)) == found
        assert history.count(query) == len(found)
        assert len(history.ids(query)) == len(found)

    def test_filter_by_answers(self, history):
        traced = HistoryQuery(answers=frozenset({Answer.TRACED}))
        assert names(history, traced) == ["c.png", "b.jpg"]
        both = HistoryQuery(text="jpg", answers=frozenset({Answer.TRACED, Answer.DOUBTFUL}))
        assert names(history, both) == ["A.jpg", "b.jpg"]
        assert history.count(both) == 2

    def test_odd_limits_are_harmless(self, history):
        assert history.page(HistoryQuery(), offset=-5, limit=-1) == []
        assert history.count(HistoryQuery(text="a " * 10_000)) == 3

    def test_a_search_reads_one_index_and_sorts_nothing(self, history, home):
        """Timings depend on the machine; that no plan sorts or reads the table does not."""
        with contextlib.closing(sqlite3.connect(home.history)) as connection:
            for order, column in (("created", "created"), ("name", "sort_name"), ("bytes", "bytes")):
                plan = connection.execute(
                    f"EXPLAIN QUERY PLAN SELECT id FROM entry INDEXED BY entry_by_{order} WHERE deleted = 0 AND "
                    f"answer IN ('x', 'y') AND instr(haystack, 'w') > 0 ORDER BY {column} DESC, id DESC LIMIT 9"
                ).fetchall()
                said = " ".join(row[-1] for row in plan)
                assert f"COVERING INDEX entry_by_{order}" in said
                assert "TEMP B-TREE" not in said


class TestDeletion:
    def test_delete_and_bring_back(self, home, opened):
        history = opened(home)
        ids = [history.add(report(f"{n}.jpg"), Path(f"{n}.jpg")) for n in range(1200)]
        undo = history.delete([*ids[:1100], ids[0], 10**9])
        assert undo.count == 1100
        assert history.count() == 100
        assert history.get(ids[0]) is None
        assert history.restore(undo) == 1100
        assert history.count() == 1200
        assert history.restore(undo) == 0

    def test_each_deletion_has_its_own_undo(self, home, opened):
        history = opened(home)
        ids = [history.add(report(f"{n}.jpg"), Path("x")) for n in range(3)]
        first, second = history.delete(ids[:1]), history.delete(ids[1:2])
        assert history.restore(second) == 1
        assert sorted(names(history)) == ["1.jpg", "2.jpg"]
        history.forget(first)
        assert history.restore(first) == 0

    def test_another_window_opening_does_not_take_the_undo_away(self, home, opened):
        history = opened(home)
        undo = history.delete([history.add(report(), Path("x"))])
        opened(home)
        assert history.restore(undo) == 1

    def test_old_deletions_are_final_on_opening(self, home, opened):
        history = opened(home)
        undo = history.delete([history.add(report("secret-name"), Path("x"))])
        history.close()
        with contextlib.closing(sqlite3.connect(home.history)) as connection, connection:
            connection.execute("UPDATE entry SET deleted = deleted + 700 * 1048576 WHERE deleted <> 0")
        history = opened(home)
        assert history.restore(undo) == 0
        with contextlib.closing(sqlite3.connect(home.history)) as connection:
            assert connection.execute("SELECT count(*) FROM entry").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM content").fetchone() == (0,)

    def test_clear_leaves_no_trace_on_the_disk(self, home, opened):
        history = opened(home)
        for number in range(50):
            history.add(report(f"secret-name-{number}"), Path("/secret-folder"), Picture(8, 8, b"secret" * 32))
        history.delete(history.ids(HistoryQuery())[:10])
        assert history.clear() == 40
        assert history.count() == 0
        history.close()
        left = b"".join(path.read_bytes() for path in home.root.iterdir())
        assert b"secret" not in left

    def test_ids_are_never_given_twice(self, home, opened):
        history = opened(home)
        first = history.add(report(), Path("x"))
        history.clear()
        assert history.add(report(), Path("x")) > first


class TestFound:
    """What can be in the place of the database, and that none of it is lost."""

    @pytest.mark.parametrize("data", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000], ids=["text", "header"])
    def test_what_is_no_database_is_moved_aside(self, home, opened, data):
        home.root.mkdir()
        home.history.write_bytes(data)
        history = opened(home)
        (notice,) = history.notices
        assert notice.code == "history-damaged"
        assert (home.root / notice.params["untrusted_kept"]).read_bytes() == data
        assert history.add(report(), Path("x")) is not None
        assert history.count() == 1

    def test_damage_in_the_middle_is_met_later_and_costs_no_report(self, home, opened):
        with contextlib.closing(History(home)) as history:
            for number in range(300):
                history.add(report(f"{number}.jpg"), Path("x"))
        with home.history.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(home.history.stat().st_size - 4096))
        damaged = home.history.read_bytes()
        history = opened(home)
        added = history.add(report("new.jpg"), Path("x"))
        assert added is not None
        assert names(history) == ["new.jpg"]
        (notice,) = history.notices
        assert notice.code == "history-damaged"
        kept = home.root / notice.params["untrusted_kept"]
        assert kept.stat().st_size == len(damaged)
        assert kept.read_bytes()[4096:8192] == damaged[4096:8192]

    def test_a_window_follows_when_another_moved_the_database_aside(self, home, opened):
        history = opened(home)
        history.add(report("old"), Path("x"))
        for path in list(home.root.glob("history.sqlite3*")):
            path.rename(path.with_name("moved-" + path.name))
        history.add(report("new"), Path("x"))
        assert names(opened(home)) == ["new"]

    def test_a_newer_database_is_left_alone_and_waits(self, home, opened):
        with contextlib.closing(History(home)) as history:
            history.add(report("old"), Path("x"))
        with contextlib.closing(sqlite3.connect(home.history)) as connection:
            connection.execute("PRAGMA user_version = 99")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = {p.name: p.read_bytes() for p in home.root.iterdir()}
        for expected in (1, 2):
            history = opened(home)
            assert codes(history) == ["history-newer"]
            assert history.notices[0].params == {
                "untrusted_kept": "history.sqlite3",
                "untrusted_used": "history-v1.sqlite3",
            }
            history.add(report(), Path("x"))
            assert history.count() == expected
            history.close()
        assert {name: (home.root / name).read_bytes() for name in before} == before

    def test_a_newer_version_that_stands_in_the_log_only_is_seen(self, home, opened, tmp_path):
        with contextlib.closing(sqlite3.connect(tmp_path / "made")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute("PRAGMA user_version = 99")
            home.root.mkdir()
            for suffix in ("", "-wal"):
                shutil.copy(tmp_path / f"made{suffix}", home.root / f"history.sqlite3{suffix}")
        assert codes(opened(home)) == ["history-newer"]

    def test_two_newer_ones_in_a_row_mean_no_history_and_no_loss(self, home, opened):
        home.root.mkdir()
        for name in ("history.sqlite3", "history-v1.sqlite3"):
            with contextlib.closing(sqlite3.connect(home.root / name)) as connection:
                connection.execute("PRAGMA user_version = 99")
        history = opened(home)
        assert codes(history) == ["history-newer", "history-off"]
        assert history.add(report(), Path("x")) is None

    def test_an_older_database_is_brought_up_to_date_step_by_step(self, tmp_path):
        path = tmp_path / "history.sqlite3"
        steps = [("CREATE TABLE one (x)", "INSERT INTO one VALUES (1)"), ("ALTER TABLE one ADD y",), ("BROKEN",)]
        for known in (1, 2):
            with contextlib.closing(Database(path, steps[:known])) as database:
                assert database.notices == ()
        with contextlib.closing(Database(path, steps)) as database:
            assert [notice.code for notice in database.notices] == ["history-off"]
        with contextlib.closing(Database(path, steps[:2])) as database:
            assert database.read(lambda c: c.execute("SELECT x, y FROM one").fetchall()) == [(1, None)]

    @pytest.mark.skipif(sys.platform == "win32", reason="pipes with a name are POSIX")
    def test_a_pipe_or_a_folder_in_its_place_blocks_nothing(self, home, opened):
        home.root.mkdir()
        os.mkfifo(home.history)
        assert codes(opened(home)) == ["history-off"]
        assert stat.S_ISFIFO(home.history.stat().st_mode)
        home.history.unlink()
        home.history.mkdir()
        assert codes(opened(home)) == ["history-off"]

    def test_an_unusable_home_turns_history_off_and_raises_only_when_asked(self, tmp_path, opened):
        (tmp_path / "file").write_text("")
        history = opened(Home(tmp_path / "file" / "home"))
        assert history.notices == (Message("history-off", {"why": "failed"}),)
        assert (history.readable, history.writable) == (False, False)
        assert history.add(report(), Path("x")) is None
        for asked in (history.count, history.clear, lambda: history.page(HistoryQuery()), lambda: history.delete([1])):
            with pytest.raises(StoreError):
                asked()

    def test_the_files_are_for_this_user_only(self, home, opened):
        opened(home).add(report(), Path("x"))
        assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


RUN_AS_SOMEBODY = """
import os, sys
from pathlib import Path
from touchstone.paths import Home
from touchstone.report import Answer, Media, Message, Picture, Report, to_dict
from touchstone.store import database, files, schema
from touchstone.store.history import History, HistoryQuery
import errno, fcntl, json, resource, secrets, signal, sqlite3, tempfile, unicodedata, zlib, datetime, encodings.idna
home = Home(Path(sys.argv[1]))
kept = Report("2026-03-01T10:00:00Z", "t", Media("n", 1, "0" * 64), Answer.NO_PROOF, Message("c"), ())
"""


def run(script, folder):
    """Run `script` where root's powers do not hide what a user would meet; returns what it printed."""
    return subprocess.run(
        [sys.executable, "-c", RUN_AS_SOMEBODY + textwrap.dedent(script), folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()


@pytest.fixture
def open_folder():
    """A folder that another user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="users and limits here are POSIX")
class TestRefusals:
    BECOME = "if os.getuid() == 0: os.setuid(65534)\n"

    def test_a_read_only_home_with_a_history_can_be_read(self, open_folder):
        home = Home(open_folder / "home")
        with contextlib.closing(History(home)) as history:
            history.add(report("old"), Path("x"))
        for path in home.root.iterdir():
            path.chmod(0o444)
        home.root.chmod(0o555)
        script = self.BECOME + (
            "h = History(home); print(*[n.code for n in h.notices], h.writable, h.count(), h.add(kept, Path('x')),"
            "[n.code for n in h.notices][-1])"
        )
        assert run(script, home.root) == ["history-read-only", "False", "1", "None", "history-not-saved"]

    def test_a_read_only_home_without_one_means_no_history(self, open_folder):
        (open_folder / "home").mkdir(mode=0o555)
        script = self.BECOME + "h = History(home); print(h.notices[0].code, h.notices[0].params['why'])"
        assert run(script, open_folder / "home") == ["history-off", "read-only"]
        assert run(script, open_folder / "home" / "deeper") == ["history-off", "read-only"]

    def test_a_full_disk_keeps_what_was_there(self, home, opened):
        opened(home).add(report("old"), Path("x"))
        script = """
            import random
            h = History(home)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
            big = {**to_dict(kept), "more": random.Random(1).randbytes(40_000).hex()}
            added = [h.add(big, Path("x")) for _ in range(10)]
            print(None in added, sum(a is not None for a in added) + 1 == h.count(), h.notices[-1].code)
        """
        assert run(script, home.root) == ["True", "True", "history-not-saved"]
        assert "old" in names(opened(home))
        assert opened(home).add(report(), Path("x")) is not None


class TestAtOnce:
    def test_threads(self, home, opened):
        history = opened(home)
        failures = []

        def work(number):
            try:
                for step in range(20):
                    added = history.add(report(f"{number}-{step}"), Path("x"))
                    assert history.get(added) is not None
                    history.page(HistoryQuery(text=str(number)))
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert history.count() == 120

    def test_processes_that_open_and_write_at_once_lose_nothing(self, home, opened):
        script = RUN_AS_SOMEBODY + textwrap.dedent("""
            h = History(home)
            assert not h.notices, h.notices
            for n in range(25):
                assert h.add(kept, Path("x")), h.notices
        """)
        running = [subprocess.Popen([sys.executable, "-c", script, home.root]) for _ in range(4)]
        assert [process.wait(60) for process in running] == [0] * 4
        assert opened(home).count() == 100

    def test_processes_that_meet_the_same_damage_keep_it_once(self, home, opened):
        home.root.mkdir()
        home.history.write_bytes(b"garbage" * 1000)
        script = RUN_AS_SOMEBODY + "h = History(home)\nassert h.add(kept, Path('x'))"
        running = [subprocess.Popen([sys.executable, "-c", script, home.root]) for _ in range(4)]
        assert [process.wait(60) for process in running] == [0] * 4
        assert opened(home).count() == 4
        assert len(list(home.root.glob("history.sqlite3.damaged-*"))) == 1

    def test_a_writer_that_holds_on_is_waited_for(self, home, opened):
        history = opened(home)
        blocker = sqlite3.connect(home.history, isolation_level=None, check_same_thread=False)
        blocker.execute("BEGIN IMMEDIATE")
        releasing = threading.Timer(0.3, blocker.execute, ("COMMIT",))
        releasing.start()
        assert history.add(report(), Path("x")) is not None
        releasing.join()
        blocker.close()


class TestThumbnails:
    @given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 255))
    def test_any_size_becomes_small_and_keeps_a_plain_colour(self, width, height, value):
        small = shrink(Picture(width, height, bytes([value, 7, 200]) * (width * height)))
        assert max(small.width, small.height) <= LARGEST
        assert set(small.rgb[0::3]) == {value}
        assert set(small.rgb[1::3]) == {7}
        assert set(small.rgb[2::3]) == {200}

    @given(st.integers(97, 128), st.integers(1, 6), st.randoms(use_true_random=False))
    def test_each_pixel_is_the_mean_of_its_four(self, width, height, random):
        pixels = random.randbytes(width * height * 3)
        small = shrink(Picture(width, height, pixels))
        assert (small.width, small.height) == (width // 2, max(1, height // 2))

        def at(x, y, channel):
            return pixels[(y * width + x) * 3 + channel]

        for y in range(small.height):
            for x in range(small.width):
                rows = [at(2 * x, 2 * y, 1), at(2 * x + 1, 2 * y, 1)]
                if height > 1:
                    rows = [(at(2 * x + n, 2 * y, 1) + at(2 * x + n, 2 * y + 1, 1)) // 2 for n in (0, 1)]
                assert small.rgb[(y * small.width + x) * 3 + 1] == sum(rows) // 2

    @pytest.mark.parametrize("size", [(0, 1), (1, 0), (2, 2), (-1, -1)])
    def test_sizes_that_do_not_fit_are_refused(self, size):
        with pytest.raises(ValueError, match="size"):
            Picture(*size, b"\0\0\0")

    def test_a_large_one_is_stored_small(self, home, opened):
        history = opened(home)
        history.add(report(), Path("x"), Picture(256, 171, bytes(256 * 171 * 3)))
        (row,) = history.page(HistoryQuery())
        assert (row.thumbnail.width, row.thumbnail.height) == (64, 42)


def test_a_row_from_elsewhere_that_makes_no_sense_is_damage_not_a_crash(home, opened):
    history = opened(home)
    added = history.add(report(), Path("x"))
    with contextlib.closing(sqlite3.connect(home.history)) as connection, connection:
        connection.execute("UPDATE content SET report = x'00'")
    with pytest.raises(StoreError) as refused:
        history.get(added)
    assert refused.value.code is Trouble.DAMAGED
    assert history.count() == 1


def test_rows_are_plain_values(home, opened):
    history = opened(home)
    history.add(report(), Path("x"))
    (row,) = history.page(HistoryQuery())
    assert dataclasses.replace(row, id=row.id) == row
