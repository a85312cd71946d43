"""Sample files: making a set of them, and the record of which files on this computer are samples.

Drawing and signing happen in a process of their own that leaves everything in a folder of its own; from there the
desk hashes, records and moves. A sample is what the record says it is, by SHA-256: the record's certificates vouch for
those files and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from touchstone import paths
from touchstone.check.opening import Stopped
from touchstone.check.signing_practice import PracticeRecord
from touchstone.paths import Home
from touchstone.store.files import Trouble, free_name, locked, trouble_of, write_atomically

NAMES: Mapping[str, str] = {
    "signed": "01-signed.jpg",
    "changed": "02-signed-then-changed.jpg",
    "laundered": "03-changed-then-signed-again.jpg",
    "expired": "04-expired-certificate.jpg",
    "declared-ai": "05-says-it-is-ai.jpg",
    "generator-text": "06-generator-left-its-settings.png",
    "stripped": "07-credentials-removed.jpg",
    "smaller": "08-smaller-copy.jpg",
    "plain": "09-plain.jpg",
    "composite": "10-two-pictures-in-one.jpg",
    "video-signed": "11-video-signed.mp4",
    "video-changed": "12-video-changed.mp4",
    "sound-signed": "13-sound-signed.wav",
    "sound-changed": "14-sound-changed.wav",
    "withdrawn": "15-withdrawn.jpg",
    "everyday": "16-everyday.jpg",
}
README = "README.txt"

_GENERATIONS = 5
_RECORD_VERSION = 1
_MAX_RECORD = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]{1,8000}-----END CERTIFICATE-----\n")
_STAGING = ".touchstone-samples-"
_STALE_SECONDS = 3600
_PATIENCE_SECONDS = 180
_POLL_SECONDS = 0.05


class SamplesFailure(StrEnum):
    """Why there are no new samples."""

    NOT_A_FOLDER = "not-a-folder"  # something else has the folder's name
    NOT_OURS = "not-ours"  # a file of that name is there and is no sample
    READ_ONLY = "read-only"  # the folder cannot be written to
    FULL = "full"
    FAILED = "failed"  # the system refuses for another reason
    HOME = "home"  # the record cannot be kept
    CANNOT_MAKE = "cannot-make"  # the process that makes them gave up


class SamplesError(Exception):
    """No samples were made, and nothing is left behind. `name` is the file that it is about, where there is one."""

    def __init__(self, failure: SamplesFailure, name: str = "") -> None:
        super().__init__(f"{failure} {name}".strip())
        self.failure = failure
        self.name = name


@dataclass(frozen=True, slots=True)
class Generation:
    """One set of samples: the root certificate (PEM) that its signers stand on, and SHA-256 to file name."""

    made: str
    root: str
    files: Mapping[str, str]
    readme: str = ""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """The sets of samples made on this computer, newest first, a few at most; and what was signed for practice."""

    generations: tuple[Generation, ...] = ()
    practice: PracticeRecord = field(default_factory=PracticeRecord)

    @classmethod
    def load(cls, home: Home) -> SampleRecord:
        """What is recorded; nothing where there is no record or it cannot be read as one."""
        practice = PracticeRecord.load(home)
        try:
            return cls(_parse(_read(_record_path(home))).generations, practice)
        except (OSError, ValueError):
            return cls(practice=practice)

    @property
    def sha256(self) -> frozenset[str]:
        """The SHA-256 of every sample, lower-case hex."""
        return frozenset(digest for generation in self.generations for digest in generation.files)

    @property
    def roots(self) -> str:
        """The root certificates, PEM, one after another; empty where nothing was made or signed."""
        return "".join([*(generation.root for generation in self.generations), *self.practice.roots])

    def __contains__(self, sha256: object) -> bool:
        """Whether the roots vouch for a file with this hash."""
        return sha256 in self.practice.files or self._made(sha256)

    def _made(self, sha256: object) -> bool:
        return any(sha256 in generation.files for generation in self.generations)

    def with_newest(self, generation: Generation) -> SampleRecord:
        """The record with one more set, the oldest ones dropped."""
        return SampleRecord((generation, *self.generations)[:_GENERATIONS], self.practice)

    def knows(self, sha256: str) -> bool:
        """Whether a file with this hash was written by `make_samples`, the README included."""
        return self._made(sha256) or any(sha256 == generation.readme for generation in self.generations)


@dataclass(frozen=True, slots=True)
class SampleStep:
    """Sample `number` of `of` is being made; `code` is its key in `NAMES`."""

    number: int
    of: int
    code: str


@dataclass(frozen=True, slots=True)
class SampleSet:
    """A finished set: where it is, its files by code, their SHA-256 by code, and its root certificate (PEM)."""

    directory: Path
    files: Mapping[str, Path]
    sha256: Mapping[str, str]
    root: str


def make_samples(
    home: Home,
    directory: Path,
    on_step: Callable[[SampleStep], None] | None = None,
    cancel: threading.Event | None = None,
    *,
    readme: str = "",
) -> SampleSet:
    """Make a set of samples in `directory` (made where missing), with `readme` as the text of its README.

    Samples of an earlier set there are replaced; anything else is left alone. Nothing appears under its final name
    before the whole set is finished and recorded.

    Raises:
        SamplesError: it could not be done.
        Stopped: `cancel` was set.
    """
    directory = directory.absolute()
    _refuse_strangers(directory, SampleRecord.load(home))
    _refuse_home(home)
    with _staging(directory) as staging:
        root = _drawn(staging, on_step or (lambda _step: None), cancel or threading.Event())
        with _reported():
            (staging / README).write_text(readme, encoding="utf-8")
            hashes = {code: _digest(staging / name) for code, name in NAMES.items()}
            readme_hash = _digest(staging / README)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        files = {hashes[code]: name for code, name in NAMES.items()}
        _record(home, Generation(made, root, files, readme_hash), directory)
        with _reported():
            for name in (*NAMES.values(), README):
                (staging / name).replace(directory / name)
    return SampleSet(directory, {code: directory / name for code, name in NAMES.items()}, hashes, root)


def _refuse_strangers(directory: Path, record: SampleRecord) -> None:
    """Refuse to replace what is not a sample of ours, whatever it is."""
    for name in (*NAMES.values(), README):
        path = directory / name
        if not os.path.lexists(path):
            continue
        try:
            ours = path.is_file() and not path.is_symlink() and record.knows(_digest(path))
        except OSError:
            ours = False
        if not ours:
            raise SamplesError(SamplesFailure.NOT_OURS, name)


def _refuse_home(home: Home) -> None:
    """Find out before the work whether the record can be kept after it."""
    try:
        with locked(_lock_path(home)):
            pass
    except OSError as error:
        raise SamplesError(SamplesFailure.HOME) from error


@contextlib.contextmanager
def _reported(name: str = "") -> Iterator[None]:
    """What the system refuses becomes a `SamplesError`."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise SamplesError(SamplesFailure.NOT_A_FOLDER, name) from error
    except OSError as error:
        raise SamplesError(_failure(error), name) from error


def _failure(error: OSError) -> SamplesFailure:
    match trouble_of(error):
        case Trouble.READ_ONLY:
            return SamplesFailure.READ_ONLY
        case Trouble.FULL:
            return SamplesFailure.FULL
        case _:
            return SamplesFailure.FAILED


@contextlib.contextmanager
def _staging(directory: Path) -> Iterator[Path]:
    """An empty folder inside `directory`, gone afterwards; `directory` too, where it was made for nothing."""
    with _reported():
        existed = directory.exists()
        directory.mkdir(parents=True, exist_ok=True)
        _sweep(directory)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=directory))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed:
            with contextlib.suppress(OSError):
                directory.rmdir()


def _sweep(directory: Path) -> None:
    """Remove what a run that was killed long ago left behind."""
    for left in directory.glob(_STAGING + "*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _drawn(staging: Path, on_step: Callable[[SampleStep], None], cancel: threading.Event) -> str:
    """Have the samples made in `staging` by a process of their own; returns the root certificate."""
    try:
        worker = subprocess.Popen(
            [*paths.worker_command(), "samples"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise SamplesError(SamplesFailure.CANNOT_MAKE) from error
    assert worker.stdin is not None and worker.stdout is not None  # noqa: S101, PT018 - they are pipes
    reader: threading.Thread | None = None
    try:
        with contextlib.suppress(BrokenPipeError), worker.stdin:
            worker.stdin.write(json.dumps({"directory": str(staging), "files": dict(NAMES)}).encode("ascii") + b"\n")
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        reader = threading.Thread(target=_pump, args=(worker.stdout, lines), daemon=True)
        reader.start()
        return _followed(lines, on_step, cancel)
    finally:
        worker.kill()
        worker.wait()
        if reader is not None:
            reader.join()
        worker.stdout.close()


def _pump(source: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Every line to the queue, an empty one at the end."""
    for line in source:
        lines.put(line)
    lines.put(b"")


def _followed(lines: queue.SimpleQueue[bytes], on_step: Callable[[SampleStep], None], cancel: threading.Event) -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if cancel.is_set():
            raise Stopped
        try:
            line = lines.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        match _message(line):
            case {"step": int(number), "of": int(of), "name": str(code)} if code in NAMES:
                on_step(SampleStep(number, of, code))
            case {"done": {"root": str(root)}} if _ROOT.fullmatch(root):
                return root
            case {"failed": "cannot-write", "errno": int(number)}:
                raise SamplesError(_failure(OSError(number, "")))
            case _:
                break
    raise SamplesError(SamplesFailure.CANNOT_MAKE)


def _message(line: bytes) -> object:
    """What a line says; None at the end of the stream, and for what is no message."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _record(home: Home, generation: Generation, directory: Path) -> None:
    """Add a set to the record; a record that cannot be read is kept aside."""
    path = _record_path(home)
    try:
        with locked(_lock_path(home)):
            try:
                record = _parse(_read(path))
            except FileNotFoundError:
                record = SampleRecord()
            except ValueError:
                path.rename(free_name(path, "damaged"))
                record = SampleRecord()
            _refuse_strangers(directory, record)
            write_atomically(path, _serialised(record.with_newest(generation)))
    except OSError as error:
        raise SamplesError(SamplesFailure.HOME) from error


def _record_path(home: Home) -> Path:
    return home.samples / "record.json"


def _lock_path(home: Home) -> Path:
    return home.samples / "lock"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_MAX_RECORD + 1)
    if len(data) > _MAX_RECORD:
        raise ValueError("record too large")
    return data


def _serialised(record: SampleRecord) -> bytes:
    generations = [
        {"made": g.made, "root": g.root, "files": dict(g.files), "readme": g.readme} for g in record.generations
    ]
    return json.dumps({"version": _RECORD_VERSION, "generations": generations}, indent=1).encode()


def _parse(data: bytes) -> SampleRecord:
    """The record in `data`. Raises ValueError where it is not one of this version."""
    try:
        found = json.loads(data)
        if found["version"] != _RECORD_VERSION:
            raise ValueError("another version of the record")
        generations = tuple(_generation(entry) for entry in found["generations"][:_GENERATIONS])
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a record of samples") from error
    return SampleRecord(generations)


def _generation(entry: Mapping[str, Any]) -> Generation:
    files = {str(digest): str(name) for digest, name in entry["files"].items()}
    if not _ROOT.fullmatch(entry["root"]) or not all(_SHA256.fullmatch(digest) for digest in files):
        raise ValueError("not a set of samples")
    return Generation(str(entry["made"]), entry["root"], files, str(entry["readme"]))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
