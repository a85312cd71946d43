"""Evidence bundles: a statement and all that it names, in one file that can be sent, and in a folder here.

A bundle is a zip file of one spelling (`lineage.archive`: nothing compressed, no times, names in order), so that the
same evidence makes the same bytes. In it lie `statement.json`, `report.json` where there is one, and the files as
`files/0`, `files/1` and so on; what they are called is in the statement. In a folder a file has the ending of its name,
since a check looks at that. Whatever is read is held to the statement's hashes to its last byte, and the statement to
the item that the register names, before any of it is given to anybody. Files are handed on as paths and opened by
workers alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from touchstone.court import statement as statements
from touchstone.court.bundle_read import (
    FILES,
    REPORT,
    Bundle,
    OnBytes,
    counting,
    disk_name,
    nothing,
    read,
    report_about,
    size_of,
    unpack,
)
from touchstone.court.statement import Choice, EvidenceError, Role, Stated, Statement
from touchstone.lineage import archive
from touchstone.lineage.archive import ArchiveError
from touchstone.store.files import Trouble, make_folder, trouble_of, write_atomically

__all__ = [
    "STATEMENT", "Bundle", "Contents", "Made", "OnBytes", "drafted", "gather", "make", "nothing", "pack", "read",
    "size_of", "unpack", "written",
]  # fmt: skip

STATEMENT = statements.NAME
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle is made of. `media` is the file that the case is about, None to leave it out; then `sha256` is its.

    `report` are the bytes of a report as `export.document` makes it, b"" for none; `files` are further ones.
    """

    reason: str
    media: Path | None = None
    sha256: str = ""
    claim: str = ""
    choice: Choice = Choice.EITHER
    links: Sequence[str] = ()
    report: bytes = b""
    files: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle that was made: its item, how many bytes it has as a zip file, and where it is."""

    item: str
    bytes: int
    path: Path


def make(out: Path, contents: Contents, *, on_bytes: OnBytes = nothing, cancel: threading.Event | None = None) -> Made:
    """Write a bundle to `out` as a zip file, whole or not at all.

    Raises:
        EvidenceError: see there, of what is made; `stopped`.
    """
    with drafted(out.parent) as draft:
        item = gather(contents, draft, on_bytes=on_bytes, cancel=cancel)
        return pack(draft, item, out, on_bytes=on_bytes, cancel=cancel)


@contextlib.contextmanager
def drafted(parent: Path) -> Iterator[Path]:
    """A folder for a bundle that is not whole yet, gone afterwards unless it was renamed.

    Raises:
        EvidenceError: `no-room`, `unwritable`.
    """
    draft = parent / f".bundle-{os.urandom(6).hex()}"
    try:
        make_folder(draft / FILES)
        yield draft
    except OSError as error:
        raise written(error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def gather(
    contents: Contents, draft: Path, *, on_bytes: OnBytes = nothing, cancel: threading.Event | None = None
) -> str:
    """Copy everything into a folder of `drafted` and state it; the item. What is stated is what was copied.

    Raises:
        EvidenceError: as `make`.
        OSError: the folder cannot be written.
    """
    taken = [(path, Role.MEDIA) for path in (contents.media,) if path is not None]
    taken += [(path, Role.EVIDENCE) for path in contents.files]
    if len(taken) > statements.MOST_FILES:
        raise EvidenceError("many-files")
    files: list[Stated] = []
    left = statements.MOST_WHOLE
    for place, (path, role) in enumerate(taken):
        one = _copied(path, role, draft / FILES / str(place), left, on_bytes, cancel)
        if one.sha256 == contents.sha256 and not any(other.role is Role.MEDIA for other in files):
            one = replace(one, role=Role.MEDIA)  # whoever has the file hands it in by whatever name
        files.append(one)
        left -= files[-1].bytes
        (draft / FILES / str(place)).rename(draft / FILES / disk_name(place, files[-1]))
    media = files[0].sha256 if contents.media is not None else contents.sha256
    if contents.media is not None and contents.sha256 not in {"", media}:
        raise EvidenceError("changed", untrusted_file=contents.media.name)
    report = None
    if contents.report:
        report_about(contents.report, media)
        report = hashlib.sha256(contents.report).hexdigest(), len(contents.report)
        write_atomically(draft / REPORT, contents.report)
    raw = statements.to_bytes(
        Statement(media, contents.claim, contents.choice, contents.reason, tuple(contents.links), report, tuple(files))
    )
    write_atomically(draft / statements.NAME, raw)
    return statements.item_of(raw)


def pack(
    folder: Path, item: str, out: Path, *, on_bytes: OnBytes = nothing, cancel: threading.Event | None = None
) -> Made:
    """Write the zip file of a bundle's folder, verified before, whole or not at all.

    Raises:
        EvidenceError: as `read`; `no-room`, `unwritable`.
    """
    bundle = read(folder, item=item, on_bytes=on_bytes, cancel=cancel)
    parts: dict[str, bytes | Path] = {statements.NAME: folder / statements.NAME}
    if bundle.statement.report is not None:
        parts[REPORT] = folder / REPORT
    parts |= {f"{FILES}/{n}": path for n in range(len(bundle.statement.files)) if (path := bundle.path(n))}
    draft = out.with_name(f".{out.name}.{os.urandom(6).hex()}")
    try:
        with draft.open("xb") as target:
            archive.write(target, parts, counting(on_bytes, cancel))
            target.flush()
            os.fsync(target.fileno())
        size = draft.stat().st_size
        draft.replace(out)
    except ArchiveError as error:
        raise EvidenceError("damaged") from error
    except OSError as error:
        raise written(error) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return Made(item, size, out)


def written(error: OSError) -> EvidenceError:
    """What the disk said, as a code."""
    return EvidenceError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable")


def _copied(
    path: Path, role: Role, target: Path, most: int, on_bytes: OnBytes, cancel: threading.Event | None
) -> Stated:
    """Copy a file and say what was copied."""
    count = counting(on_bytes, cancel)
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():
            raise EvidenceError("no-file", untrusted_file=path.name)
        source = path.open("rb")
    except (OSError, ValueError) as error:
        raise EvidenceError("no-file", untrusted_file=path.name) from error
    with source, target.open("xb") as file:
        while chunk := _chunk(source, path):
            count(len(chunk))
            size += len(chunk)
            if size > most:
                raise EvidenceError("too-large", most=statements.MOST_WHOLE)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if size == 0:
        raise EvidenceError("empty-file", untrusted_file=path.name)
    return Stated(
        statements.safe_name(os.fsencode(path.name).decode("utf-8", "replace")), digest.hexdigest(), size, role
    )


def _chunk(source: BinaryIO, path: Path) -> bytes:
    try:
        return source.read(_CHUNK)
    except OSError as error:
        raise EvidenceError("no-file", untrusted_file=path.name) from error
