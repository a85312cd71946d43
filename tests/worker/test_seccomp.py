"""The list of allowed calls, as a program: run here by an interpreter of its own, on numbers for both architectures."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.worker import seccomp

PID = 4321
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, KILLED = "allowed", "killed"
WORD = st.integers(0, 2**64 - 1)
ARGUMENTS = st.tuples(WORD, WORD, WORD, WORD, WORD, WORD)

# Numbers as in the kernel's tables: x86_64, aarch64 (None: it has no such call).
FORBIDDEN = {
    "open": (2, None),
    "creat": (85, None),
    "openat": (257, 56),
    "openat2": (437, 437),
    "open_by_handle_at": (304, 265),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "statfs": (137, 43),
    "access": (21, None),
    "faccessat2": (439, 439),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "chdir": (80, 49),
    "getcwd": (79, 17),
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "utimensat": (280, 88),
    "unlinkat": (263, 35),
    "renameat2": (316, 276),
    "linkat": (265, 37),
    "symlinkat": (266, 36),
    "mkdirat": (258, 34),
    "mknodat": (259, 33),
    "fchmod": (91, 52),
    "fchown": (93, 55),
    "setxattr": (188, 5),
    "mount": (165, 40),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "ioctl": (16, 29),
    "dup": (32, 23),
    "dup3": (292, 24),
    "pipe2": (293, 59),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "setrlimit": (160, 164),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "ioprio_set": (251, 30),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "personality": (135, 92),
    "unshare": (272, 97),
    "setns": (308, 268),
    "seccomp": (317, 277),
    "landlock_restrict_self": (446, 446),
    "setuid": (105, 146),
    "capset": (126, 91),
    "pkey_mprotect": (329, 288),
    "remap_file_pages": (216, 234),
    "modify_ldt": (154, None),
    "arch_prctl": (158, None),
    "init_module": (175, 105),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    "epoll_create1": (291, 20),
    "eventfd2": (290, 19),
    "timer_create": (222, 107),
    "setitimer": (103, 103),
    "setsid": (112, 157),
    "umask": (95, 166),
    "splice": (275, 76),
    "copy_file_range": (326, 285),
    "pwrite64": (18, 68),
    "getsid": (124, 156),
}


def run(machine, number, arguments=(0,) * 6, architecture=None):
    """What the kernel would do, by the rules of classic BPF."""
    data = struct.pack("=IIQ6Q", number, architecture or ARCHITECTURES[machine], 0, *arguments)
    instructions = list(struct.iter_unpack("=HBBI", seccomp.program(machine).of(PID)))
    assert len(instructions) < 4096
    at = accumulator = 0
    while True:
        code, true, false, k = instructions[at]
        at += 1
        match code:
            case 0x20:  # BPF_LD | BPF_W | BPF_ABS
                (accumulator,) = struct.unpack_from("=I", data, k)
            case 0x54:  # BPF_ALU | BPF_AND | BPF_K
                accumulator &= k
            case 0x15:  # BPF_JMP | BPF_JEQ | BPF_K
                at += true if accumulator == k else false
            case 0x06:  # BPF_RET | BPF_K
                return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(k, k & 0xFFFF)
            case _:
                raise AssertionError(code)


def numbers(machine, table):
    return {pair[list(ARCHITECTURES).index(machine)] for pair in table.values()} - {None}


def number(machine, name):
    found = getattr(seccomp.CALLS[name], machine)
    assert found is not None
    return found


@pytest.fixture(params=ARCHITECTURES)
def machine(request):
    return request.param


@pytest.mark.parametrize("name", FORBIDDEN)
@given(arguments=ARGUMENTS)
def test_what_reaches_out_is_refused(name, arguments):
    for machine, found in zip(ARCHITECTURES, FORBIDDEN[name], strict=True):
        if found is not None:
            assert run(machine, found, arguments) == errno.EPERM


@given(st.sampled_from(list(ARCHITECTURES)), st.integers(0, 2**32 - 1), ARGUMENTS)
def test_whatever_is_not_listed_is_refused(machine, unlisted, arguments):
    listed = {getattr(call, machine) for call in seccomp.CALLS.values()}
    if unlisted not in listed:
        assert run(machine, unlisted, arguments) == errno.EPERM


def test_no_listed_number_is_a_forbidden_one(machine):
    listed = [getattr(call, machine) for call in seccomp.CALLS.values() if getattr(call, machine) is not None]
    assert len(listed) == len(set(listed))
    assert not set(listed) & numbers(machine, FORBIDDEN)


@given(st.integers(0, 1023), ARGUMENTS, st.integers(0, 2**32 - 1))
def test_another_architecture_ends_the_process(found, arguments, architecture):
    for machine, own in ARCHITECTURES.items():
        if architecture not in {0, own}:
            assert run(machine, found, arguments, architecture) == KILLED


def test_x32_numbers_are_refused():
    for call in seccomp.CALLS.values():
        assert run("x86_64", call.x86_64 | 0x40000000) == errno.EPERM


@given(ARGUMENTS)
def test_memory_may_be_had_but_never_executable(arguments):
    for machine in ARCHITECTURES:
        for name in ("mmap", "mprotect"):
            protection = arguments[2]
            expected = errno.EPERM if protection & 4 else ALLOWED
            assert run(machine, number(machine, name), arguments) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0x3D0F00, ALLOWED),  # glibc's pthread_create
        (0x7D0F00, ALLOWED),  # musl's
        (0x3D0F00 | 17, errno.EPERM),  # with a signal for the parent
        (0x1200011, errno.EPERM),  # glibc's fork
        (0x4111, errno.EPERM),  # vfork and posix_spawn
        (17, errno.EPERM),
        (0, errno.EPERM),
        (0x10000 | 0x10000000, errno.EPERM),  # CLONE_NEWUSER
        (0x10000 | 0x2000, errno.EPERM),  # CLONE_PTRACE
    ],
)
def test_clone_makes_threads_and_nothing_else(machine, flags, expected):
    assert run(machine, number(machine, "clone"), (flags, 0, 0, 0, 0, 0)) == expected


def test_clone3_sends_the_c_library_back_to_clone(machine):
    assert run(machine, number(machine, "clone3")) == errno.ENOSYS


@given(WORD, WORD)
def test_limits_are_read_and_only_its_own(pid, new):
    for machine in ARCHITECTURES:
        expected = ALLOWED if pid & 0xFFFFFFFF == 0 and new == 0 else errno.EPERM
        assert run(machine, number(machine, "prlimit64"), (pid, 7, new, 1, 0, 0)) == expected


@pytest.mark.parametrize(("pid", "new"), [(0, 1 << 32), (0, 1), (1, 0), (PID, 0)])
def test_a_limit_cannot_be_set_by_half_a_pointer(machine, pid, new):
    assert run(machine, number(machine, "prlimit64"), (pid, 7, new, 1, 0, 0)) == errno.EPERM


def test_own_limits_are_read(machine):
    assert run(machine, number(machine, "prlimit64"), (0, 7, 0, 1, 0, 0)) == ALLOWED


@pytest.mark.parametrize(
    ("name", "argument", "allowed"),
    [("tgkill", 0, {PID}), ("sched_getaffinity", 0, {0, PID}), ("prctl", 0, {15, 21}), ("fcntl", 1, {1, 3})],
)
def test_calls_are_held_to_some_arguments(machine, name, argument, allowed):
    for value in (*range(64), PID - 1, PID, PID + 1, 2**31, 2**32 - 1):
        arguments = [0] * 6
        arguments[argument] = value
        expected = ALLOWED if value in allowed else errno.EPERM
        assert run(machine, number(machine, name), arguments) == expected
