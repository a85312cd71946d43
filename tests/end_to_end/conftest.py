"""The program as a user runs it: the command, in a process and a home of its own, and what it leaves behind."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "resources" / "schema" / "report-1.json"
MARK = "TOUCHSTONE_TEST_RUN"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its output, how long it took, and the most memory that any one process of it held."""

    code: int
    stdout: bytes
    stderr: str
    seconds: float
    peak_kib: int

    @property
    def text(self) -> str:
        return self.stdout.decode()

    def reports(self) -> list[dict[str, Any]]:
        """Standard output as a document a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class Started:
    """A command under way."""

    def __init__(self, desk: "Desk", process: subprocess.Popen[bytes], out: Any, err: Any, mark: str) -> None:
        self._desk, self.process, self._out, self._err, self._mark = desk, process, out, err, mark
        self._began = time.monotonic()

    def output(self) -> bytes:
        """What it has printed so far; nothing where its output went elsewhere."""
        return b"" if self._out is None else os.pread(self._out.fileno(), 1 << 26, 0)

    def errors(self) -> str:
        return os.pread(self._err.fileno(), 1 << 26, 0).decode()

    def processes(self) -> set[int]:
        """It, and what it started."""
        return marked(self._mark)

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)  # `Popen.send_signal` would first look whether it has ended

    def result(self, timeout: float = 120) -> Ran:
        """Wait for its end; then nothing of it may be left, and no traceback of ours in what it said.

        Python has one of its own for whoever interrupts it before it has come to the program.
        """
        late = threading.Timer(timeout, self.process.kill)
        late.start()
        try:
            _pid, status, used = os.wait4(self.process.pid, 0)
        finally:
            late.cancel()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - self._began
        ran = Ran(self.process.returncode, self.output(), self.errors(), seconds, used.ru_maxrss)
        for file in (self._out, self._err):
            if file is not None:
                file.close()
        assert seconds < timeout, f"still running after {timeout} s: {ran.stderr}"
        assert "Traceback" not in ran.stderr or "touchstone" not in ran.stderr, ran.stderr
        assert gone(self._mark), f"processes left behind: {marked(self._mark)}"
        assert list(self._desk.temporary.iterdir()) == [], "files left behind"
        return ran


class Desk:
    """Runs commands with one home. The folder for temporary files is looked at after each."""

    def __init__(self, folder: Path) -> None:
        self.home, self.temporary = folder / "home", folder / "temporary"
        self.temporary.mkdir(parents=True)

    def settings(self, **values: int | bool) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        (self.home / "settings.toml").write_text("\n".join(lines))

    def start(self, *arguments: str | bytes | Path, stdout: int | None = None, before=(), **options: Any) -> Started:
        """Start the command. `before` is a program, with its arguments, that is to start it."""
        mark = secrets.token_hex(8)
        changed = {"TOUCHSTONE_HOME": str(self.home), "TMPDIR": str(self.temporary), MARK: mark}
        environment = os.environ | changed | options.pop("env", {})
        # They outlive this call: `Started.result` closes them.
        out = tempfile.TemporaryFile() if stdout is None else None  # noqa: SIM115
        err = tempfile.TemporaryFile()  # noqa: SIM115
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "touchstone", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out if stdout is None else stdout,
            stderr=err,
            env=environment,
            **options,
        )
        return Started(self, process, out, err, mark)

    def run(self, *arguments: str | bytes | Path, timeout: float = 120, **options: Any) -> Ran:
        return self.start(*arguments, **options).result(timeout)


def marked(mark: str) -> set[int]:
    """The running processes whose environment carries the mark, and those in sessions of theirs."""
    wanted, found, sessions, closed = f"{MARK}={mark}".encode(), set(), set(), {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with contextlib.suppress(OSError):
            state, session = _state_and_session(pid)
            if state == "Z":
                continue
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes()
            except PermissionError:  # a locked-down worker shows its environment to the administrator alone
                closed[pid] = session
                continue
            if wanted in environment.split(b"\0"):
                found.add(pid)
                sessions.add(session)
    own = os.getsid(0)
    return found | {pid for pid, session in closed.items() if session in sessions and session != own}


def _state_and_session(pid: int) -> tuple[str, int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], int(fields[3])


def gone(mark: str, seconds: float = 3.0) -> bool:
    """Whether every process of a run has ended, or does very soon."""
    until = time.monotonic() + seconds
    while marked(mark):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk")


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Commands started meanwhile take Ctrl-C, even where the tests run in the background and ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
