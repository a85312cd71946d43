"""A profile that tries to get out: each thing that a hostile file might make a decoder do, to see that it is refused.

Used by the tests and by `touchstone --selftest`. The server of this profile loads what a real profile loads, named by
`setup`, so that what is tried is tried from the same process: `b"pixels"`, for one, none where empty.

Request: `{"op": "attempt", "folder": str}` tries everything in `ATTEMPTS` with a folder of the caller's, and answers
`{"refused": [name], "done": [name], "otherwise": {name: errno}}`; a worker that holds has only `refused`.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import importlib
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.wire import WorkerFailure
from touchstone.worker import linux
from touchstone.worker.job import Job, JobError, Result

_PROFILES = {
    "provenance": "touchstone.provenance.handler",
    "pixels": "touchstone.media.handler",
    "detector": "touchstone.detect.handler",
    "model-trial": "touchstone.detect.dryrun",
}
_KINDS = ("image", "video", "audio", "document", "unknown")
_CLONE3 = 435
_TGKILL = {"x86_64": 234, "aarch64": 131}
_PROCESS_VM_READV = {"x86_64": 310, "aarch64": 270}
_IPC_CREATE, _IPC_PRIVATE, _IPC_REMOVE = 0o1000, 0, 0
_PTRACE_TRACEME = 0
_FIOCLEX = 0x5451
_PAGE = 4096

_loaded: Any = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What the attempts are aimed at: files of the caller's, and the parent as it was before the lock-down."""

    folder: Path
    parent: int
    priority: int
    processors: frozenset[int]
    core_limit: tuple[int, int]

    @property
    def file(self) -> Path:
        """A file that the caller has put there."""
        return self.folder / "file"

    @property
    def absent(self) -> Path:
        """A path at which nothing is."""
        return self.folder / "absent"

    @classmethod
    def around(cls, folder: Path, parent: int) -> Scene:
        """Look at the parent; to be called while that is still possible."""
        return cls(
            folder,
            parent,
            os.getpriority(os.PRIO_PROCESS, parent),
            frozenset(os.sched_getaffinity(parent)),
            resource.getrlimit(resource.RLIMIT_CORE),
        )


_scene: Scene | None = None


def setup(data: bytes) -> None:
    """Load a real profile."""
    global _loaded  # noqa: PLW0603 - what every child of this process inherits
    if data:
        _loaded = importlib.import_module(_PROFILES[data.decode("ascii")])
        _loaded.setup(b"")


def preload(request: Mapping[str, Any]) -> None:
    """Load what the real profile loads for any kind of file, and look at this process, the child's parent."""
    global _scene  # noqa: PLW0603
    if _loaded is not None:
        for kind in _KINDS:
            _loaded.preload({"op": "read", "kind": kind, "mime": "image/jpeg", "sidecar": False, "sample": False})
    _scene = Scene.around(Path(str(request.get("folder", os.devnull))), os.getpid())


def handle(job: Job) -> Result:
    """Try everything.

    Raises:
        JobError: the request is not one of this profile.
    """
    if job.request.get("op") != "attempt" or _scene is None:
        raise JobError(WorkerFailure.INTERNAL)
    codes = {name: attempt(name, _scene) for name in ATTEMPTS}
    return Result(
        {
            "refused": [name for name, code in codes.items() if is_refusal(code)],
            "done": [name for name, code in codes.items() if code == 0],
            "otherwise": {name: code for name, code in codes.items() if code and not is_refusal(code)},
        }
    )


def attempt(name: str, scene: Scene) -> int:
    """Try one thing of `ATTEMPTS`. Returns 0 where it could be done, else the errno. An `exec` does not return."""
    try:
        ATTEMPTS[name](scene)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def is_refusal(code: int) -> bool:
    """Whether an errno says that the lock-down forbade it, and not that it failed by itself."""
    return code in {errno.EPERM, errno.EACCES}


def _read(path: str | Path) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _make(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _pair() -> None:
    for end in socket.socketpair():
        end.close()


def _pipe() -> None:
    for fd in os.pipe():
        os.close(fd)


def _fork() -> None:
    _end_child(os.fork())


def _clone3() -> None:
    arguments = (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    try:
        _end_child(linux.syscall(_CLONE3, ctypes.cast(arguments, ctypes.c_void_p), ctypes.c_long(64)))
    except OSError as error:
        if error.errno == errno.ENOSYS:  # how this one is refused: see `seccomp`
            raise PermissionError(errno.EPERM, "clone3") from error
        raise


def _end_child(pid: int) -> None:
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _spawn() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-ISc", ""], os.environ), 0)


def _shared_memory() -> None:
    identity = _checked(linux.libc().shmget(_IPC_PRIVATE, _PAGE, _IPC_CREATE | 0o600))
    linux.libc().shmctl(identity, _IPC_REMOVE, None)


def _message_queue() -> None:
    identity = _checked(linux.libc().msgget(_IPC_PRIVATE, _IPC_CREATE | 0o600))
    linux.libc().msgctl(identity, _IPC_REMOVE, None)


def _named_shared_memory() -> None:
    name = f"/touchstone-probe-{os.getpid()}".encode()
    os.close(_checked(linux.libc().shm_open(name, os.O_RDWR | os.O_CREAT, 0o600)))
    _checked(linux.libc().shm_unlink(name))


def _trace() -> None:
    _checked(linux.libc().ptrace(_PTRACE_TRACEME, 0, None, None))


def _read_memory_of_process() -> None:
    number = _PROCESS_VM_READV[os.uname().machine]
    nothing, count, flags = None, ctypes.c_long(0), ctypes.c_long(0)
    linux.syscall(number, ctypes.c_long(os.getpid()), nothing, count, nothing, count, flags)


def _signal_thread(scene: Scene) -> None:
    target = ctypes.c_long(scene.parent)
    linux.syscall(_TGKILL[os.uname().machine], target, target, ctypes.c_long(0))


def _executable_memory() -> None:
    mmap.mmap(-1, _PAGE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()


def _make_executable() -> None:
    page = mmap.mmap(-1, _PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    _checked(linux.libc().mprotect(ctypes.c_void_p(address), _PAGE, mmap.PROT_READ | mmap.PROT_EXEC))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


# Each does what it says, or raises OSError. Nothing here depends on another, and each gets a folder of its own where
# it is shown to work without a lock-down.
ATTEMPTS: Mapping[str, Callable[[Scene], object]] = {
    "open": lambda s: _read(s.file),
    "open an inherited file again": lambda _: _read("/proc/self/fd/0"),
    "open own memory": lambda _: _read("/proc/self/mem"),
    "open own environment": lambda _: _read("/proc/self/environ"),
    "stat": lambda s: s.file.stat(),
    "readlink": lambda _: Path("/proc/self/exe").readlink(),
    "utime": lambda s: os.utime(s.file),
    "listdir": lambda s: os.listdir(s.folder),
    "chdir": lambda s: os.chdir(s.folder),
    "getcwd": lambda _: Path.cwd(),
    "write": lambda s: os.close(os.open(s.file, os.O_WRONLY)),
    "create": lambda s: _make(s.absent),
    "truncate": lambda s: os.truncate(s.file, 0),
    "unlink": lambda s: s.file.unlink(),
    "rename": lambda s: s.file.rename(s.absent),
    "link": lambda s: os.link(s.file, s.absent),
    "symlink": lambda s: s.absent.symlink_to(s.file),
    "mkdir": lambda s: s.absent.mkdir(),
    "mkfifo": lambda s: os.mkfifo(s.absent),
    "chmod": lambda s: s.file.chmod(0o600),
    "chown": lambda s: os.chown(s.file, os.getuid(), os.getgid()),
    "statvfs": lambda s: os.statvfs(s.folder),
    "socket inet": lambda _: socket.socket(socket.AF_INET).close(),
    "socket unix": lambda _: socket.socket(socket.AF_UNIX).close(),
    "socket pair": lambda _: _pair(),
    "pipe": lambda _: _pipe(),
    "memory file": lambda _: os.close(os.memfd_create("probe")),
    "another descriptor": lambda _: os.close(os.dup(0)),
    "ioctl": lambda _: fcntl.ioctl(0, _FIOCLEX),
    "exec": lambda _: os.execv(sys.executable, [sys.executable, "-ISc", ""]),  # noqa: S606
    "spawn": lambda _: _spawn(),
    "fork": lambda _: _fork(),
    "clone3": lambda _: _clone3(),
    "kill parent": lambda s: os.kill(s.parent, 0),
    "signal a thread of parent": _signal_thread,
    "hold parent": lambda s: os.close(os.pidfd_open(s.parent)),
    "shared memory": lambda _: _shared_memory(),
    "named shared memory": lambda _: _named_shared_memory(),
    "message queue": lambda _: _message_queue(),
    "limits of parent": lambda s: resource.prlimit(s.parent, resource.RLIMIT_CORE, s.core_limit),
    "read limits of parent": lambda s: resource.prlimit(s.parent, resource.RLIMIT_CORE),
    "own limits": lambda _: resource.prlimit(0, resource.RLIMIT_STACK, resource.getrlimit(resource.RLIMIT_STACK)),
    "priority of parent": lambda s: os.setpriority(os.PRIO_PROCESS, s.parent, s.priority),
    "processors of parent": lambda s: os.sched_setaffinity(s.parent, s.processors),
    "scheduling of parent": lambda s: os.sched_setscheduler(s.parent, os.SCHED_OTHER, os.sched_param(0)),
    "trace": lambda _: _trace(),
    "read memory of a process": lambda _: _read_memory_of_process(),
    "executable memory": lambda _: _executable_memory(),
    "make memory executable": lambda _: _make_executable(),
    "be traceable": lambda _: linux.prctl(linux.PR_SET_DUMPABLE, 1),
    "session": lambda _: os.getsid(0),
    "umask": lambda _: _checked(linux.libc().umask(0o077)),
}
