"""What `touchstone detect` says: a line of JSON for each detector and file, and the file of lines that a run continues.

The lines of one picture follow one another and are written in one piece. Whatever ended a run midway, the next one
finds whole lines but for the last, cuts off what belongs to no whole picture, and goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from touchstone.check.deciding import Choice
from touchstone.report import DETECTORS, Witness

MOST_BYTES = 1 << 30
_WITNESSES = frozenset(map(str, DETECTORS))


@dataclass(frozen=True, slots=True)
class Line:
    """What one detector says of one file.

    `sha256` is empty where the file could not be read to its end. `score` and `limit` are 0 to 1, None where there is
    none. `reason` says why a decision is inconclusive. `model` is the id of the detector's model, empty for none.
    """

    path: str
    sha256: str
    witness: str
    score: float | None
    limit: float | None
    decision: Choice
    reason: str = ""
    model: str = ""

    def as_json(self) -> str:
        """The line, without its end."""
        return json.dumps(asdict(self), allow_nan=False)


def path_text(path: Path) -> str:
    """A path as the lines give it; bytes that are no UTF-8 are written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def parse(raw: str) -> Line:
    """The line in a piece of text.

    Raises:
        ValueError: it is none.
    """
    try:
        data = dict(json.loads(raw))
    except (TypeError, RecursionError) as error:
        raise ValueError("no line") from error
    texts = {name: _text(data.get(name)) for name in ("path", "sha256", "witness", "reason", "model")}
    if not texts["path"] or texts["witness"] not in _WITNESSES:
        raise ValueError("no line")
    return Line(
        **texts,
        score=_share(data.get("score")),
        limit=_share(data.get("limit")),
        decision=Choice(_text(data.get("decision"))),
    )


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError("no text")
    return value or ""


def _share(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("no share")
    return float(value)


class OtherDetectorsError(Exception):
    """The lines that are there were written by other detectors than those asked now."""

    def __init__(self, found: frozenset[str], wanted: frozenset[str]) -> None:
        super().__init__(f"{sorted(found)} instead of {sorted(wanted)}")
        self.found, self.wanted = found, wanted


class NotLinesError(Exception):
    """What is there is no file of lines, so nothing is written to it."""


class LinesFile:
    """A file of lines that is written on where it ends; use it as a context manager.

    `wanted` are the detectors that have a line for every file, by witness.

    Raises:
        OSError: it cannot be opened or read; `BlockingIOError` where another run writes to it.
        NotLinesError: it holds something else.
        OtherDetectorsError: its lines are those of other detectors.
    """

    def __init__(self, path: Path, wanted: Iterable[str]) -> None:
        self._file = path.open("ab+", buffering=0)
        try:
            _hold(self._file.fileno())
            self.done = self._take_up(frozenset(wanted))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, lines: Sequence[Line]) -> None:
        """Write the lines of one file, in one piece.

        Raises:
            OSError: the system refuses.
        """
        left = memoryview("".join(f"{line.as_json()}\n" for line in lines).encode())
        while left:  # a disk may take less than all of it
            left = left[self._file.write(left) :]

    def left(self, paths: Iterable[Path]) -> Iterator[Path]:
        """Those of `paths` that have no lines yet; a path that is named twice has them twice."""
        seen = self.done.copy()
        for path in paths:
            name = path_text(path)
            if seen[name]:
                seen[name] -= 1
            else:
                yield path

    def _take_up(self, wanted: frozenset[str]) -> Counter[str]:
        """How often each path is done; what follows the last whole picture is cut off."""
        self._file.seek(0)
        done: Counter[str] = Counter()
        begun, here, names, path = 0, 0, set[str](), ""
        for raw in self._lines():
            try:
                line = parse(raw.decode())
            except ValueError as error:
                raise NotLinesError from error
            if path and (line.path != path or line.witness in names):
                _refuse_others(names, wanted)
                done[path] += 1
                begun, names = here, set()
            path = line.path
            names.add(line.witness)
            here += len(raw)
        if path and not names < wanted:  # the last picture is whole as well
            _refuse_others(names, wanted)
            done[path] += 1
            begun = here
        self._file.truncate(begun)
        return done

    def _lines(self) -> Iterator[bytes]:
        """The whole lines of the file."""
        data = self._file.read(MOST_BYTES)
        if len(data) == MOST_BYTES:
            raise NotLinesError
        end = data.rfind(b"\n") + 1
        if not end and data and not data.startswith(b'{"path": '[: len(data)]):
            raise NotLinesError
        yield from data[:end].splitlines(keepends=True)


def _hold(descriptor: int) -> None:
    """Keep other runs out until the file is closed, where the system has locks for that.

    Raises:
        BlockingIOError: another run holds it.
    """
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _refuse_others(names: set[str], wanted: frozenset[str]) -> None:
    """A clip has a line more than a picture; whatever else differs comes from other detectors."""
    if not wanted <= names <= wanted | {Witness.VIDEO}:
        raise OtherDetectorsError(frozenset(names), wanted)


def read(path: Path) -> list[Line]:
    """The lines of a file; one that was cut off at its end is left out.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds something else.
    """
    whole, _end, _rest = path.read_bytes().rpartition(b"\n")
    return [parse(raw.decode()) for raw in whole.splitlines()]
