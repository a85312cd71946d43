"""Takes away from a worker's process everything that decoding one open file does not need.

`prepare` runs in the thread-free parent, once; `apply` in the child, before the first untrusted byte is read. What
`apply` returns was seen to be in force. A layer that the system lacks is False there, and decoding goes on without.

After `apply` nothing can be imported: a module that is needed has to be loaded before the fork.
"""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import os
import signal
import stat
import sys
import time
from functools import cache

from touchstone.report import Protection
from touchstone.wire import Limits
from touchstone.worker import landlock, linux, seccomp

if sys.platform != "win32":
    import fcntl
    import resource

# Text in files comes in these; Python imports a codec when it is first used, which is too late then.
_CODECS = (
    *("ascii", "latin-1", "cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    *("shift_jis", "euc_jp"),
)
_CALLBACKS = 64

_parent_pid = 0


def prepare() -> None:
    """Do in the parent what need not be done in every child, and what a child can no longer do."""
    global _parent_pid  # noqa: PLW0603 - the process that forks is one
    _parent_pid = os.getpid()
    for name in _CODECS:
        codecs.lookup(name)
    time.localtime()
    _executable_memory_for_callbacks()
    landlock.prepare()
    seccomp.prepare()


@cache
def _executable_memory_for_callbacks() -> list[object]:
    """Memory for the entry points of callbacks comes in blocks; make sure that there is one, with room in it.

    A locked-down process may not map executable memory. On Linux the C side would besides map it from a descriptor
    that it opened for itself and that the child has closed: by then its number may be that of an untrusted file.
    """
    make = ctypes.CFUNCTYPE(None)
    held = [make(int) for _ in range(_CALLBACKS)]
    return [*held[:1], make]  # the rest goes back to be used again


def apply(profile: str, limits: Limits, keep_fds: tuple[int, ...] = ()) -> Protection:
    """Lock the calling process down for good, and say what holds it.

    A system without Landlock and seccomp gets what limits it knows, and none of them is claimed: macOS, for one,
    accepts a limit on memory and does not keep it.

    Args:
        profile: The worker's profile, for the answer.
        limits: What the process may use.
        keep_fds: The descriptors it goes on using, besides the standard three.
    """
    forked = os.getpid() != _parent_pid
    if sys.platform == "win32":
        return Protection(profile, process=forked)
    if sys.platform != "linux":
        _limit(limits, keep_fds, mapped=0)
        return Protection(profile, process=forked)
    if forked:
        _die_with_parent()
    threads, mapped = _threads_and_memory()
    limited = _limit(limits, keep_fds, mapped)
    _try_prctl(linux.PR_SET_DUMPABLE, 0)
    _try_prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    filesystem = landlock.restrict() and threads == 1  # it holds the calling thread only
    return Protection(
        profile,
        process=forked,
        limits=limited,
        filesystem=filesystem,
        syscalls=seccomp.install(),
        landlock_abi=landlock.interface() if filesystem else 0,
    )


if sys.platform != "win32":

    def _limit(limits: Limits, keep_fds: tuple[int, ...], mapped: int) -> bool:
        """Set the limits, lowering only; `mapped` is in bytes. True where all of them are seen to hold."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime) + limits.cpu_seconds
        wanted = {
            resource.RLIMIT_AS: (mapped + limits.memory_bytes, mapped + limits.memory_bytes),
            # The first ends it with SIGXCPU, which tells the desk why; the second cannot be ignored.
            resource.RLIMIT_CPU: (seconds, seconds + 1),
            resource.RLIMIT_CORE: (0, 0),
            resource.RLIMIT_NOFILE: (limits.open_files, limits.open_files),
        }
        if not any(_writes_to_a_file(fd) for fd in (0, 1, 2, *keep_fds)):
            wanted[resource.RLIMIT_FSIZE] = (0, 0)  # with one, this would silently lose what is written to it
        elif limits.file_bytes:
            wanted[resource.RLIMIT_FSIZE] = (limits.file_bytes, limits.file_bytes)
        held = [_limit_one(kind, soft, hard) for kind, (soft, hard) in wanted.items()]
        return all(held)

    def _limit_one(kind: int, soft: int, hard: int) -> bool:
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (OSError, ValueError):
            return False
        return resource.getrlimit(kind) == (soft, hard)

    def _writes_to_a_file(fd: int) -> bool:
        try:
            writable = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
            return writable and stat.S_ISREG(os.fstat(fd).st_mode)
        except OSError:
            return False


def _die_with_parent() -> None:
    _try_prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _parent_pid:  # it died before that
        os._exit(os.EX_UNAVAILABLE)


def _threads_and_memory() -> tuple[int, int]:
    """How many threads this process has, and how many bytes it has mapped; zeros where the system does not say."""
    try:
        with open("/proc/self/stat", "rb", buffering=0) as file:
            fields = file.read(4096).rpartition(b")")[2].split()
    except OSError:
        return 0, 0
    return int(fields[17]), int(fields[20])  # fields 20 and 23 of proc_pid_stat(5), counted from the third


def _try_prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError):
        linux.prctl(option, value)
