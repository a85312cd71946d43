"""The lock-down on a real kernel: what it says of itself is so, and decoding works under it."""

import ctypes
import errno
import io
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("Landlock and seccomp are Linux's", allow_module_level=True)

import cv2
import numpy as np
import pi_heif
from PIL import Image
from pymediainfo import MediaInfo
from tests import making
from tests.worker.children import child, locked, protection

from touchstone.wire import Limits
from touchstone.worker import lockdown, probe

MIB = 1024 * 1024
HEIC = Path(__file__).parents[2] / "../shared/data/c2pa/files/c2pa-ts/trustnxt-icon-signed-v2-bmff.heic"
NUMBERS = {"x86_64": {"seccomp": 317, "openat": 257}, "aarch64": {"seccomp": 277, "openat": 56}}[os.uname().machine]
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446

cv2.setNumThreads(1)
Image.init()
pi_heif.register_heif_opener()
assert MediaInfo.can_parse()  # loads its library, as a handler does before the fork


def test_it_says_what_holds():
    said, _ = protection()
    abi = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_long(0), 1)
    assert abi >= 1, "this kernel has no Landlock"
    assert said == type(said)("test", process=True, limits=True, filesystem=True, syscalls=True, landlock_abi=abi)


def answer(number: int, code: int) -> None:
    """Have the kernel answer a call with an errno from here on, like one that lacks it. Code 0 is a lie: success."""
    instructions = b"".join(
        (
            struct.pack("=HBBI", 0x20, 0, 0, 0),
            struct.pack("=HBBI", 0x15, 0, 1, number),
            struct.pack("=HBBI", 0x06, 0, 0, 0x00050000 | code),
            struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000),
        )
    )
    held = ctypes.create_string_buffer(instructions, len(instructions))
    program = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(held)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, program, 0, 0) == 0, os.strerror(ctypes.get_errno())


def refusals(names: tuple[str, ...], folder: Path):
    scene = probe.Scene.around(folder, os.getpid())
    return lambda: {name: probe.is_refusal(probe.attempt(name, scene)) for name in names}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    return tmp_path


def test_landlock_that_is_missing_is_not_claimed(folder):
    lockdown.landlock.interface.cache_clear()
    try:
        said, refused = protection(
            lambda: (answer(LANDLOCK_CREATE_RULESET, errno.ENOSYS), lockdown.landlock.interface.cache_clear()),
            then=refusals(("open", "create", "socket inet"), folder),
        )
    finally:
        lockdown.landlock.interface.cache_clear()
    assert (said.filesystem, said.landlock_abi) == (False, 0)
    assert said.syscalls
    assert said.limits
    assert all(refused.values())  # the list of calls holds on its own


@pytest.mark.parametrize("number", [LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF])
def test_landlock_that_only_says_it_works_is_not_claimed(number):
    said, _ = protection(lambda: answer(number, 0))
    assert not said.filesystem
    assert said.syscalls


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, 0])
def test_seccomp_that_is_missing_is_not_claimed(code, folder):
    said, refused = protection(
        lambda: answer(NUMBERS["seccomp"], code), then=refusals(("open", "create", "unlink", "getcwd"), folder)
    )
    assert not said.syscalls
    assert said.filesystem
    assert refused == {"open": True, "create": True, "unlink": True, "getcwd": False}  # Landlock's part alone
    assert (folder / "file").read_bytes() == b"kept"


def test_landlock_is_not_claimed_for_threads_it_does_not_hold():
    def start():
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()

    said, _ = protection(start)
    assert not said.filesystem
    assert said.syscalls


def test_it_takes_little_time():
    """Under a millisecond on an idle machine; the bound only catches another order of magnitude."""

    def timed():
        began = time.perf_counter()
        lockdown.apply("test", Limits())
        return time.perf_counter() - began

    lockdown.prepare()
    assert min(child(timed).value for _ in range(20)) < 0.005


def image(name: str):
    out = io.BytesIO()
    making.picture(size=(320, 200)).save(out, name)
    return lambda: pixels(Image.open(out))


def pixels(opened: Image.Image) -> list:
    opened.load()
    return [*opened.size, int(np.asarray(opened.convert("RGB"), np.uint64).sum())]


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_pillow_decodes(name):
    decode = image(name)
    assert locked(decode).value == decode()


@pytest.mark.skipif(not HEIC.exists(), reason="no HEIC file here, and nothing that writes one")
def test_heic_decodes():
    data = HEIC.read_bytes()

    def decode():
        return pixels(Image.open(io.BytesIO(data)))

    assert locked(decode).value == decode()


def test_opencv_computes():
    data = np.frombuffer(making.noise(300, 200), np.uint8)

    def compute():
        grey = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY).astype(np.float32)
        small = cv2.resize(cv2.boxFilter(grey, -1, (5, 5)), (64, 64), interpolation=cv2.INTER_AREA)
        return [round(float(x), 3) for x in cv2.dct(small)[0, :4]] + [round(float(np.linalg.norm(small @ small.T)), 1)]

    assert locked(compute).value == compute()


@pytest.mark.parametrize("threads", [1, 4])
def test_ffmpeg_decodes_a_stream(threads):
    data = making.mp4(frames=12, size=(320, 240))

    def decode():
        capture = cv2.VideoCapture(io.BytesIO(data), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
        sums = []
        while (frame := capture.read())[0]:
            sums.append(int(frame[1].sum()))
        return sums

    assert len(decode()) == 12
    assert locked(decode).value == decode()


@pytest.mark.parametrize("data", [making.wav(), making.mp4(), making.png()], ids=["wav", "mp4", "png"])
def test_mediainfo_reads_a_stream(data):
    def read():
        return [[t.track_type, t.format] for t in MediaInfo.parse(io.BytesIO(data)).tracks]

    assert locked(read).value == read()


def test_credentials_are_read():
    import c2pa

    signed, _store = making.sign(making.jpeg(), "image/jpeg", making.Authority.create().leaf())

    def read():
        context = c2pa.Context.from_dict({"version": 1, "verify": {"remote_manifest_fetch": False}})
        return c2pa.Reader("image/jpeg", io.BytesIO(signed), context=context).json()

    assert locked(read).value == read()


def test_threads_start():
    def threads():
        done = []
        started = [threading.Thread(target=lambda n=n: done.append(n)) for n in range(4)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()
        return sorted(done)

    assert locked(threads).value == [0, 1, 2, 3]


CALLBACKS = """
import ctypes
from tests.worker.children import locked
def call():
    make = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    return sum(made(1) for made in [make(lambda n: n + 1) for _ in range(48)])
print(locked(call).value)
"""


def test_callbacks_are_made_without_executable_memory():
    """In a process that has made none before: their memory is taken by `prepare`."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", CALLBACKS], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "96", done.stdout


def test_text_is_decoded_by_codecs_that_are_imported_on_first_use():
    def decode():
        return [b"\x41\x00\xe9\x00".decode("utf-16-le"), b"\x93\xfa".decode("shift_jis"), b"\x80".decode("cp1252")]

    assert locked(decode).value == ["Aé", "日", "€"]


def test_memory_beyond_the_allowance_is_refused():
    def grow():
        held = bytearray(32 * MIB)
        try:
            bytearray(200 * MIB)
        except MemoryError:
            return [len(held), "refused"]
        return [len(held), "granted"]

    assert locked(grow, Limits(memory_bytes=128 * MIB)).value == [32 * MIB, "refused"]
    assert locked(grow, Limits(memory_bytes=512 * MIB)).value == [32 * MIB, "granted"]


def spin():
    while True:
        pass


def test_a_busy_loop_ends_at_the_cpu_limit():
    ended = locked(spin, Limits(cpu_seconds=1))
    assert (ended.value, ended.code) == (None, -signal.SIGXCPU)


def test_the_cpu_limit_cannot_be_ignored():
    def ignore():
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        spin()

    ended = locked(ignore, Limits(cpu_seconds=1))
    assert (ended.value, ended.code) == (None, -signal.SIGKILL)


def test_limits_are_what_was_asked_for():
    kinds = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)

    def away_from_files():
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)

    ended = locked(
        lambda: [resource.getrlimit(kind) for kind in kinds],
        Limits(cpu_seconds=7, open_files=20),
        before=away_from_files,
    )
    assert ended.value == [[0, 0], [20, 20], [7, 8], [0, 0]]


def test_nothing_is_lost_where_the_output_is_a_file(tmp_path):
    def redirect():
        fd = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
        os.dup2(fd, 1)

    ended = locked(lambda: os.write(1, b"x" * 1000), before=redirect)
    assert ended.value == 1000
    assert (tmp_path / "out").stat().st_size == 1000


@pytest.mark.parametrize("end", [signal.SIGABRT, signal.SIGSEGV])
def test_a_crash_ends_the_process(end):
    crash = os.abort if end == signal.SIGABRT else lambda: ctypes.string_at(0)
    ended = locked(crash, before=lambda: signal.signal(end, signal.SIG_DFL))
    assert (ended.value, ended.code) == (None, -end)


def test_it_ends_with_its_parent():
    read, write = os.pipe()

    def parent():
        os.close(read)
        lockdown.prepare()
        if os.fork() == 0:
            lockdown.apply("test", Limits())
            os.write(write, b"locked")
            time.sleep(60)
            os._exit(0)
        time.sleep(0.5)

    began = time.monotonic()
    assert child(parent).code == 0
    os.close(write)
    with os.fdopen(read, "rb") as source:
        assert source.read() == b"locked"  # the end comes when nobody holds the other end of it any more
        assert time.monotonic() - began < 30


def test_nothing_can_be_imported_any_more():
    assert "mailbox" not in sys.modules
    assert locked(lambda: __import__("mailbox").__name__).value.startswith("ModuleNotFoundError")
