"""What a job makes of one file: whether it goes on, what is kept about it, what is registered of it, where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from touchstone.registry.deals import Mode
from touchstone.registry.job_types import Order, Seen
from touchstone.registry.media import Flag, Registration
from touchstone.store.publish_journal import FileLine, FileState

_GENERATED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})


def judged(seen: Seen, known: set[str]) -> tuple[FileState, str]:
    """Whether a file goes on, and why not."""
    if seen.problem:
        return FileState.FAILED, seen.problem
    if seen.sha256 in known:
        return FileState.SKIPPED, "duplicate"
    known.add(seen.sha256)
    return (FileState.SKIPPED, "already-registered") if seen.own else (FileState.READ, "")


def facts(seen: Seen, order: Order, *, signed: bool) -> dict[str, Any]:
    """What is kept about a file until it is registered."""
    flags = (Flag.SIGNED if signed else Flag(0)) | (Flag.GENERATED if order.source in _GENERATED else Flag(0))
    return {
        "kind": seen.kind,
        "pdqs": list(seen.pdqs),
        "flags": int(flags),
        "credentials": seen.credentials,
        "others": seen.others,
    }


def registration(file: FileLine, order: Order) -> tuple[Registration, tuple[str, ...]]:
    """What is registered of a file, and the fingerprints of a clip beside the first."""
    first, *more = file.facts.get("pdqs") or [""]
    uri = "" if order.mode is Mode.BATCH else order.uri
    what = Registration(
        file.sha256, first, file.manifest, kind=file.facts.get("kind", 0), flags=file.facts.get("flags", 0), uri=uri
    )
    return what, tuple(more)


def free(folder: Path, name: str, taken: set[Path | None]) -> Path:
    """A place in the folder that no file has, and none of this job will."""
    first = folder / name
    path, number = first, 1
    while path in taken or path.exists():
        number += 1
        path = first.with_name(f"{first.stem}-{number}{first.suffix}")
    return path
