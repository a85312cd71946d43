"""Real workers try what a taken-over decoder might try. All of it works in an ordinary process; there, none of it."""

import ctypes
import os
import resource
import sys
from pathlib import Path

import pytest

from touchstone.check.sandbox import Pool
from touchstone.worker import probe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

DONE, REFUSED, FAILED = 0, 1, 2
LANDLOCK_CREATE_RULESET, VERSION = 444, 1

# What has to be among the attempts, whatever else is.
ASKED_FOR = {
    *("open", "stat", "utime", "listdir", "write", "unlink", "open own memory", "open an inherited file again"),
    *("socket inet", "socket unix", "exec", "spawn", "fork", "clone3", "kill parent", "trace"),
    *("shared memory", "named shared memory", "limits of parent", "priority of parent", "processors of parent"),
}


def kernel_has_landlock() -> bool:
    libc = ctypes.CDLL(None)
    return libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_long(0), VERSION) >= 1


def kernel_has_seccomp() -> bool:
    return Path("/proc/sys/kernel/seccomp/actions_avail").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"kept")
    return tmp_path


def test_all_that_matters_is_attempted():
    assert probe.ATTEMPTS.keys() >= ASKED_FOR


@pytest.mark.parametrize("name", probe.ATTEMPTS)
def test_an_ordinary_process_can_do_it(name, folder):
    """Else its refusal would prove nothing."""
    outcome = in_a_child(name, folder)
    if outcome == REFUSED and "Seccomp:\t0" not in Path("/proc/self/status").read_text():
        pytest.skip("something around these tests refuses it already")
    assert outcome == DONE


def in_a_child(name: str, folder: Path) -> int:
    scene = probe.Scene.around(folder, os.getpid())
    pid = os.fork()
    if pid == 0:
        code = FAILED
        try:
            outcome = probe.attempt(name, scene)
            code = DONE if outcome == 0 else REFUSED if probe.is_refusal(outcome) else FAILED
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("profile", ["provenance", "pixels", "detector", "model-trial"])
def test_a_worker_can_do_none_of_it(profile, folder):
    pool = Pool("probe", setup=profile.encode())
    try:
        reply = pool.run({"op": "attempt", "folder": str(folder)}, [])
        (server,) = pool.pids()
        os.kill(server, 0)
        assert os.getpriority(os.PRIO_PROCESS, server) == os.getpriority(os.PRIO_PROCESS, 0)
        assert resource.prlimit(server, resource.RLIMIT_CORE) == resource.getrlimit(resource.RLIMIT_CORE)
    finally:
        pool.close()

    assert kernel_has_landlock(), "this kernel has no Landlock"
    assert kernel_has_seccomp(), "this kernel has no seccomp filters"
    assert reply.body["done"] == []
    assert reply.body["otherwise"] == {}
    assert set(reply.body["refused"]) == probe.ATTEMPTS.keys()
    assert reply.protection.process
    assert reply.protection.limits
    assert reply.protection.filesystem
    assert reply.protection.syscalls
    assert reply.protection.landlock_abi >= 1
    assert [entry.name for entry in folder.iterdir()] == ["file"]
    assert (folder / "file").read_bytes() == b"kept"
