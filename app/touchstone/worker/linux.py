"""Raw system calls through the C library, for the kernel interfaces that Python does not wrap."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_GET_SECCOMP = 21
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39


@cache
def machine() -> str | None:
    """The architecture whose system call numbers this process uses, or None where they are not known here."""
    if sys.platform != "linux" or sys.maxsize < 2**32 or sys.byteorder != "little":
        return None
    name = os.uname().machine
    return name if name in {"x86_64", "aarch64"} else None


@cache
def libc() -> ctypes.CDLL:
    """The C library, with a `syscall` that returns a full register."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    library.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return library


def syscall(number: int, *arguments: ctypes.c_long | ctypes.c_void_p | None) -> int:
    """Call the kernel. Pass integers as `c_long`, since a bare `int` would go as 32 bits.

    Raises:
        OSError: the kernel refused, with its errno.
    """
    result = int(libc().syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, value: int = 0) -> int:
    """Operate on this process.

    Raises:
        OSError: the kernel refused, with its errno.
    """
    result = int(libc().prctl(option, value, 0, 0, 0))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
