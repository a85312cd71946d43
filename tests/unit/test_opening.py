"""Files as people name them: links, pipes, devices, files that change or vanish."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from touchstone.check.opening import OpenedFile, OpenError, OpenFailure, Stopped, anonymous_file


def test_hash_and_head_are_those_of_the_file(tmp_path):
    data = os.urandom(3 * 1024 * 1024 + 17)
    (tmp_path / "a").write_bytes(data)
    seen = []
    with OpenedFile(tmp_path / "a") as opened:
        assert opened.size == len(data)
        assert opened.head(16) == data[:16]
        assert opened.head() == data[:4096]
        assert opened.head(5, at=7) == data[7:12]
        assert opened.sha256(on_bytes=seen.append) == hashlib.sha256(data).hexdigest()
    assert seen[-1] == len(data)


def test_each_reader_has_an_offset_of_its_own(tmp_path):
    (tmp_path / "a").write_bytes(b"0123456789")
    with OpenedFile(tmp_path / "a") as opened:
        first, second = opened.again(), opened.again()
        assert os.read(first, 5) == b"01234"
        assert os.read(second, 5) == b"01234"
        assert opened.head(3) == b"012"
        os.close(first)
        os.close(second)


def test_a_deleted_file_is_still_read_to_its_end(tmp_path):
    (tmp_path / "a").write_bytes(b"still here")
    with OpenedFile(tmp_path / "a") as opened:
        (tmp_path / "a").unlink()
        fd = opened.again()
        assert os.read(fd, 20) == b"still here"
        os.close(fd)
        assert opened.sha256() == hashlib.sha256(b"still here").hexdigest()


def test_a_file_put_in_its_place_is_not_taken_for_it(tmp_path):
    (tmp_path / "a").write_bytes(b"the first")
    with OpenedFile(tmp_path / "a") as opened:
        (tmp_path / "b").write_bytes(b"the other")
        (tmp_path / "b").replace(tmp_path / "a")
        fd = opened.again()
        assert os.read(fd, 20) == b"the first"
        os.close(fd)


@pytest.fixture
def without_proc(monkeypatch):
    """Opening as on a system that has no /proc."""
    really_open = os.open

    def opening(path, flags):
        if str(path).startswith("/proc/"):
            raise FileNotFoundError(errno.ENOENT, "no /proc", path)
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", opening)


def test_without_proc_a_file_is_opened_again_by_its_name(tmp_path, without_proc):
    (tmp_path / "a").write_bytes(b"0123456789")
    with OpenedFile(tmp_path / "a") as opened:
        assert opened.head(3) == b"012"
        fd = opened.again()
        assert os.read(fd, 20) == b"0123456789"
        os.close(fd)


def test_without_proc_a_file_put_in_its_place_is_refused(tmp_path, without_proc):
    (tmp_path / "a").write_bytes(b"the first")
    with OpenedFile(tmp_path / "a") as opened:
        (tmp_path / "b").write_bytes(b"the other")
        (tmp_path / "b").replace(tmp_path / "a")
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(OpenError) as caught:
            opened.again()
        assert caught.value.failure is OpenFailure.CHANGED
        assert len(os.listdir("/proc/self/fd")) == before


def test_without_the_calls_that_only_some_systems_have(tmp_path, monkeypatch):
    data = os.urandom(2 * 1024 * 1024 + 17)
    (tmp_path / "a").write_bytes(data)
    monkeypatch.delattr(os, "readv", raising=False)
    monkeypatch.delattr(os, "memfd_create", raising=False)
    with OpenedFile(tmp_path / "a") as opened:
        assert opened.sha256() == hashlib.sha256(data).hexdigest()
    with anonymous_file(b"data") as file:
        assert file.read() == b"data"


@pytest.mark.parametrize("change", ["append", "rewrite", "truncate"])
def test_a_file_that_changes_is_said_to_have_changed(tmp_path, change):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    with OpenedFile(path) as opened:
        if change == "append":
            with path.open("ab") as f:
                f.write(b"y")
        elif change == "rewrite":
            path.write_bytes(b"z" * 1000)
            os.utime(path, ns=(1, 1))
        else:
            os.truncate(path, 10)
        with pytest.raises(OpenError) as caught:
            opened.sha256()
    assert caught.value.failure is OpenFailure.CHANGED


def make_missing(tmp_path):
    return tmp_path / "nothing"


def make_folder(tmp_path):
    return tmp_path


def make_fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


def make_device(tmp_path):
    return Path("/dev/zero")


def make_link_to_device(tmp_path):
    (tmp_path / "link.jpg").symlink_to("/dev/zero")
    return tmp_path / "link.jpg"


def make_loop(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    return tmp_path / "loop"


def make_dangling(tmp_path):
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    return tmp_path / "dangling"


def make_null_byte(tmp_path):
    return tmp_path / "a\0b"


def make_long_name(tmp_path):
    return tmp_path / ("n" * 300)


@pytest.mark.parametrize(
    ("make", "failure"),
    [
        (make_missing, OpenFailure.MISSING),
        (make_folder, OpenFailure.FOLDER),
        (make_fifo, OpenFailure.NOT_A_FILE),
        (make_device, OpenFailure.NOT_A_FILE),
        (make_link_to_device, OpenFailure.NOT_A_FILE),
        (make_loop, OpenFailure.MISSING),
        (make_dangling, OpenFailure.MISSING),
        (make_null_byte, OpenFailure.MISSING),
        (make_long_name, OpenFailure.MISSING),
    ],
)
def test_what_is_no_file_is_named_at_once(tmp_path, make, failure):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OpenError) as caught:
        OpenedFile(make(tmp_path))
    assert caught.value.failure is failure
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("read", [OpenedFile.head, OpenedFile.sha256])
def test_a_file_that_cannot_be_read_is_said_to_be_so(read):
    # A regular file that opens, and whose first page is in no process' memory.
    with OpenedFile(Path("/proc/self/mem")) as opened, pytest.raises(OpenError) as caught:
        read(opened)
    assert caught.value.failure is OpenFailure.IO


def test_a_link_to_a_file_is_that_file(tmp_path):
    (tmp_path / "a").write_bytes(b"linked")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with OpenedFile(tmp_path / "link") as opened:
        assert opened.sha256() == hashlib.sha256(b"linked").hexdigest()


def test_stopping_ends_the_hash(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 4 * 1024 * 1024)
    cancel = threading.Event()
    with OpenedFile(tmp_path / "a") as opened, pytest.raises(Stopped):
        opened.sha256(cancel, on_bytes=lambda _done: cancel.set())


def test_a_sparse_file_of_gigabytes_is_hashed_in_bounded_memory(tmp_path):
    with (tmp_path / "huge").open("wb") as f:
        f.truncate(300 * 1024 * 1024)
    with OpenedFile(tmp_path / "huge") as opened:
        expected = hashlib.sha256(bytes(300 * 1024 * 1024)).hexdigest()
        assert opened.sha256() == expected


def test_an_anonymous_file_holds_its_data_and_is_on_no_disk():
    with anonymous_file(b"data") as file:
        assert file.read() == b"data"
        assert str(Path(f"/proc/self/fd/{file.fileno()}").readlink()) == "/memfd:touchstone (deleted)"
