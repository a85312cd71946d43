"""Many files: folders walked, as much in parallel as the machine allows, results in order."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from touchstone.check.opening import Stopped

if TYPE_CHECKING:  # whoever walks folders needs no check
    from touchstone.check.run import Checked, Checker

_T = TypeVar("_T")
# A thread per core keeps the workers busy; one more covers the time a finished file takes to be weighed.
_EXTRA = 1
_AHEAD = 4


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file to check, in order: named files as they are, folders walked in order of their names.

    Links to folders are not followed, so that a walk ends and stays inside the folder that was named. A folder that
    cannot be listed is given back itself, so that its report says so.
    """
    for path in paths:
        if is_folder(path):
            yield from _walk(path)
        else:
            yield path


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder, as far as can be seen; never raises, as `Path.is_dir` may."""
    return os.path.isdir(path)  # noqa: PTH112


def _walk(top: Path) -> Iterator[Path]:
    """The files of a folder, then those of each folder in it; no deeper than the system can name a path."""
    waiting = [top]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            yield here
            continue
        folders: list[os.DirEntry[str]] = []
        for entry in entries:
            if _leads_to_folder(entry):
                folders.append(entry)
            else:
                yield Path(entry.path)
        waiting += [Path(folder.path) for folder in reversed(folders) if not folder.is_symlink()]


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def parallel() -> int:
    """How many files are checked at once on this machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    checker: Checker, paths: Iterable[Path], cancel: threading.Event, *, at_once: int = 0, pictures: bool = False
) -> Iterator[Checked]:
    """Check files in parallel and give back what was found, in the order of `paths`.

    `at_once` is how many files are read at a time (0: what the machine can).
    At most a few files are under way or waiting to be given back, so memory stays bounded for any number of files.
    Setting `cancel` stops the files under way; what was finished before is still given back, in order.
    """

    def one(path: Path) -> Checked:
        return checker.check(path, cancel=cancel, pictures=pictures)

    return in_order(one, paths, cancel, at_once or parallel() + _EXTRA)


def in_order(one: Callable[[Path], _T], paths: Iterable[Path], cancel: threading.Event, at_once: int) -> Iterator[_T]:
    """What `one` gives for each path, `at_once` of them at a time in threads, in the order of `paths`.

    It never runs more than a few files ahead of whoever takes the results. Setting `cancel` begins no more files; `one`
    then ends those under way by raising `Stopped`.
    """
    waiting: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="check") as pool:
        try:
            for path in paths:
                if cancel.is_set():
                    break
                waiting.append(pool.submit(one, path))
                while len(waiting) >= at_once + _AHEAD or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except Stopped:
            return
        except BaseException:
            cancel.set()
            raise
