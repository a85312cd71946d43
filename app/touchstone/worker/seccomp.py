"""A list of the system calls that decoding needs; every other call is answered EPERM.

The kernel runs the list as a small program (classic BPF) over `struct seccomp_data`: number at byte 0, architecture
at 4, six 64-bit arguments from 16. Source: Documentation/userspace-api/seccomp_filter.rst of the kernel.

What is *not* here is the point: nothing that takes a path, nothing that makes a process, a socket or a file
descriptor, nothing that names another process. Numbers with the x32 bit match nothing, so they are refused as well.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from dataclasses import dataclass
from functools import cache

from touchstone.worker import linux

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_GETSID = {"x86_64": 124, "aarch64": 156}

_SET_MODE_FILTER = 1
_FLAG_ALL_THREADS = 1
_MODE_FILTER = 2

KILL = 0x80000000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000

_LOAD, _AND, _IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_PROT_EXEC = 0x4
# What glibc and musl ask for when they start a thread; CLONE_THREAD is what a new process lacks.
_CLONE_THREAD = 0x00010000
_CLONE_OF_A_THREAD = 0x007D0F00
_F_GETFD, _F_GETFL = 1, 3
_PR_SET_NAME = 15


@dataclass(frozen=True, slots=True)
class Test:
    """One argument, masked, has this value. The kernel reads only the low half of most; `whole` compares both."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    whole: bool = False
    own_pid: bool = False  # compare with the process's number, put in when the list is installed


@dataclass(frozen=True, slots=True)
class Call:
    """A system call by its number on x86_64 and aarch64, and when it is allowed: any of `when`, or always."""

    x86_64: int | None
    aarch64: int | None
    when: tuple[tuple[Test, ...], ...] = ()
    refusal: int | None = None  # never allowed, and answered with this errno


_OWN = Test(0, 0, own_pid=True)

CALLS: dict[str, Call] = {
    # Files that are open already.
    "read": Call(0, 63),
    "readv": Call(19, 65),
    "pread64": Call(17, 67),
    "write": Call(1, 64),
    "writev": Call(20, 66),
    "lseek": Call(8, 62),
    "fstat": Call(5, 80),
    "close": Call(3, 57),
    "fcntl": Call(72, 25, ((Test(1, _F_GETFD),), (Test(1, _F_GETFL),))),
    # Memory, never executable: callbacks get theirs before the lock-down.
    "mmap": Call(9, 222, ((Test(2, 0, mask=_PROT_EXEC),),)),
    "mprotect": Call(10, 226, ((Test(2, 0, mask=_PROT_EXEC),),)),
    "munmap": Call(11, 215),
    "mremap": Call(25, 216),
    "madvise": Call(28, 233),
    "brk": Call(12, 214),
    # Threads of this process.
    "clone": Call(56, 220, ((Test(0, _CLONE_THREAD, mask=0xFFFFFFFF & ~(_CLONE_OF_A_THREAD & ~_CLONE_THREAD)),),)),
    # Its flags are behind a pointer, where a filter cannot look; the C library then falls back to clone.
    "clone3": Call(435, 435, refusal=errno.ENOSYS),
    "futex": Call(202, 98),
    "set_robust_list": Call(273, 99),
    "rseq": Call(334, 293),
    "gettid": Call(186, 178),
    "getpid": Call(39, 172),
    "sched_yield": Call(24, 124),
    "sched_getaffinity": Call(204, 123, ((Test(0, 0),), (_OWN,))),
    "getcpu": Call(309, 168),
    "prctl": Call(157, 167, ((Test(0, _PR_SET_NAME),), (Test(0, linux.PR_GET_SECCOMP),))),
    # Signals to itself: abort() has to end the process.
    "rt_sigaction": Call(13, 134),
    "rt_sigprocmask": Call(14, 135),
    "rt_sigreturn": Call(15, 139),
    "sigaltstack": Call(131, 132),
    "tgkill": Call(234, 131, ((_OWN,),)),
    "restart_syscall": Call(219, 128),
    "exit": Call(60, 93),
    "exit_group": Call(231, 94),
    # Time, chance, and what kind of computer this is.
    "clock_gettime": Call(228, 113),
    "clock_getres": Call(229, 114),
    "clock_nanosleep": Call(230, 115),
    "nanosleep": Call(35, 101),
    "gettimeofday": Call(96, 169),
    "time": Call(201, None),
    "getrandom": Call(318, 278),
    "getrusage": Call(98, 165),
    "sysinfo": Call(99, 179),
    "uname": Call(63, 160),
    # Reading its own limits, by the call that could also set another process's.
    "prlimit64": Call(302, 261, ((Test(0, 0), Test(2, 0, whole=True)),)),
}


@dataclass(frozen=True, slots=True)
class _Instruction:
    code: int
    k: int
    jump_true: int = 0
    jump_false: int = 0
    own_pid: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """Instructions as the kernel reads them, and where among them the process's own number belongs."""

    code: bytes
    own_pid_at: tuple[int, ...]

    def of(self, pid: int) -> bytes:
        """The instructions for the process with this number."""
        filled = bytearray(self.code)
        for offset in self.own_pid_at:
            struct.pack_into("=I", filled, offset, pid)
        return bytes(filled)


@cache
def program(machine: str) -> Program:
    """The list, assembled for an architecture."""
    instructions = [
        _Instruction(_LOAD, _ARCHITECTURE),
        _Instruction(_IF_EQUAL, _AUDIT_ARCH[machine], jump_true=1),
        _Instruction(_RETURN, KILL),
        _Instruction(_LOAD, _NUMBER),
    ]
    for call in CALLS.values():
        number = call.x86_64 if machine == "x86_64" else call.aarch64
        if number is not None:
            block = _block(call)
            instructions += [_Instruction(_IF_EQUAL, number, jump_false=len(block)), *block]
    instructions.append(_Instruction(_RETURN, ERRNO | errno.EPERM))
    code = b"".join(struct.pack("=HBBI", i.code, i.jump_true, i.jump_false, i.k) for i in instructions)
    return Program(code, tuple(8 * at + 4 for at, i in enumerate(instructions) if i.own_pid))


def _block(call: Call) -> list[_Instruction]:
    """What follows once the number has matched; it always returns, so the number need not be loaded again."""
    if call.refusal is not None:
        return [_Instruction(_RETURN, ERRNO | call.refusal)]
    if not call.when:
        return [_Instruction(_RETURN, ALLOW)]
    block: list[_Instruction] = []
    for tests in call.when:
        alternative = [_Instruction(_RETURN, ALLOW)]
        for test in reversed(tests):
            alternative = [*_comparison(test, over=len(alternative)), *alternative]
        block += alternative
    return [*block, _Instruction(_RETURN, ERRNO | errno.EPERM)]


def _comparison(test: Test, over: int) -> list[_Instruction]:
    """Go on if the test holds, else jump over the `over` instructions that follow."""
    low = _ARGUMENTS + 8 * test.argument
    compare = _Instruction(_IF_EQUAL, test.value & 0xFFFFFFFF, jump_false=over, own_pid=test.own_pid)
    if test.whole:
        high = [_Instruction(_LOAD, low + 4), _Instruction(_IF_EQUAL, test.value >> 32, jump_false=over)]
        return [*_comparison(Test(test.argument, test.value & 0xFFFFFFFF, test.mask), over + len(high)), *high]
    masked = [_Instruction(_AND, test.mask)] if test.mask != 0xFFFFFFFF else []
    return [_Instruction(_LOAD, low), *masked, compare]


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def prepare() -> None:
    """Do what can be done before the fork."""
    machine = linux.machine()
    if machine is not None:
        program(machine)


def install() -> bool:
    """Hold every thread of this process to the list, for good. True where that is then seen to be so.

    It needs `PR_SET_NO_NEW_PRIVS`.
    """
    machine = linux.machine()
    if machine is None or not _reads_session(machine):
        return False
    code = program(machine).of(os.getpid())
    instructions = ctypes.create_string_buffer(code, len(code))
    filter_program = _FilterProgram(len(code) // 8, ctypes.addressof(instructions))
    try:
        linux.syscall(
            _SECCOMP[machine],
            ctypes.c_long(_SET_MODE_FILTER),
            ctypes.c_long(_FLAG_ALL_THREADS),
            ctypes.cast(ctypes.byref(filter_program), ctypes.c_void_p),
        )
        return linux.prctl(linux.PR_GET_SECCOMP) == _MODE_FILTER and not _reads_session(machine)
    except OSError:
        return False


def _reads_session(machine: str) -> bool:
    """Try a call that does no harm, always succeeds, and is not on the list."""
    try:
        linux.syscall(_GETSID[machine], ctypes.c_long(0))
    except OSError:
        return False
    return True
