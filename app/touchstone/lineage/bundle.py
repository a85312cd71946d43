"""Audit bundles: a model with all that is told of it in one file, for a stranger who has nothing else.

A bundle is a zip file of one spelling (`lineage.archive`), so that the same parts make the same bytes. In it lie
manifest, record, seal, the list of items, the weights unless they were left out, what accompanies them, what the
register says (register.json), and two programs that need Python alone. bundle.json names every other file with its
SHA-256, and those that were left out.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone import modelfile, paths
from touchstone.lineage import archive, audit_files, audit_find, audit_register, audit_run, canonical
from touchstone.lineage import seal as seals
from touchstone.lineage.archive import ArchiveError
from touchstone.lineage.audit_case import AuditError, Case, UnreadError
from touchstone.lineage.audit_types import OnStep, Place
from touchstone.lineage.canonical import CanonicalError
from touchstone.paths import Home
from touchstone.store.files import Trouble, make_folder, trouble_of

if TYPE_CHECKING:
    from touchstone.chain.network import Network

SCHEMA = "touchstone.bundle/1"
INDEX, REGISTER, README = "bundle.json", "register.json", "README.txt"
PROGRAMS = {"check.py": "standalone.py", "verifier.py": "verifier.py"}
_MOST_INDEX = 256 * 1024  # bytes
_OWN = frozenset({INDEX, REGISTER, README, *PROGRAMS})


@dataclass(frozen=True, slots=True)
class Opened:
    """A model's folder to be audited. `told` is what its bundle says of the register, `left_out` what it lacks.

    `differing` are files that are not as the bundle says, or that it does not name.
    """

    folder: Path
    told: dict[str, Any] | None = None
    left_out: frozenset[str] = frozenset()
    differing: tuple[str, ...] = ()


@contextlib.contextmanager
def opened(path: Path, *, cancel: threading.Event | None = None, on_step: OnStep | None = None) -> Iterator[Opened]:
    """The folder of a model, or that of a bundle, which is unpacked for as long as this lasts.

    Raises:
        AuditError: there is neither.
        AuditStoppedError: `cancel` was set.
    """
    if path.is_dir():
        yield _looked_at(Case(path, Home(path), cancel=cancel, on_step=on_step))
        return
    if not path.is_file():
        raise AuditError("not-found")
    with tempfile.TemporaryDirectory(prefix="touchstone-audit-", ignore_cleanup_errors=True) as folder:
        case = Case(Path(folder) / "bundle", Home(path), cancel=cancel, on_step=on_step)
        try:
            _unpack(path, case)
        except ArchiveError as error:
            raise AuditError(error.code) from error
        except OSError as error:
            raise AuditError("no-room" if trouble_of(error) is Trouble.FULL else "unreadable") from error
        if not (case.folder / INDEX).exists():
            raise AuditError("not-a-bundle")
        yield _looked_at(case)


def _unpack(path: Path, case: Case) -> None:
    with path.open("rb") as source:
        entries = archive.read(source, lambda _n: case.at(Place.FILES))
        for entry in entries:
            target = case.folder / entry.name
            make_folder(target.parent)
            with target.open("xb") as file:
                for chunk in archive.chunks(source, entry):
                    case.at(Place.FILES)
                    file.write(chunk)


def _looked_at(case: Case) -> Opened:
    """What an index, where there is one, says of the folder, held to the files."""
    if not (case.folder / INDEX).exists():
        return Opened(case.folder)
    try:
        index = canonical.loads(case.read(INDEX, _MOST_INDEX))
        files, left_out = index["files"], index["left_out"]
        if index["schema"] != SCHEMA or set(index) != {"schema", "model", "files", "left_out"}:
            raise AuditError("not-a-bundle")
        told = {str(name): (str(one["sha256"]), int(one["bytes"])) for name, one in files.items()}
    except (UnreadError, CanonicalError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise AuditError("not-a-bundle") from error
    differing = [name for name, (sha256, size) in told.items() if not _is(case, name, sha256, size)]
    differing += [name for name in _names(case.folder) if name not in told and name != INDEX]
    lacking = frozenset(str(name) for name in left_out if not (case.folder / str(name)).exists())
    return Opened(case.folder, _register_told(case), lacking, tuple(sorted(differing)))


def _names(folder: Path) -> list[str]:
    found = [*folder.glob("*"), *folder.glob("*/*")]
    return [path.relative_to(folder).as_posix() for path in found if not path.is_dir()]


def _is(case: Case, name: str, sha256: str, size: int) -> bool:
    if not archive.NAME.fullmatch(name):
        return False
    try:
        return case.sha256(Place.FILES, case.folder / name, archive.MOST, size) == sha256
    except UnreadError:
        return False


def _register_told(case: Case) -> dict[str, Any] | None:
    try:
        return canonical.loads(case.read(REGISTER, _MOST_INDEX))
    except (UnreadError, CanonicalError):
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle gets besides: the text that explains it, and the weights or not."""

    readme: str
    weights: bool = True


def export(
    folder: Path,
    path: Path,
    wanted: Wanted,
    *,
    home: Home,
    network: Network | None,
    cancel: threading.Event | None = None,
    on_step: OnStep | None = None,
) -> tuple[str, ...]:
    """Write the bundle of the model in `folder` to `path`, whole or not at all; the names in it.

    `network` is whose register is asked; without nodes, so whoever wants more than the mirror has audits first.

    Raises:
        AuditError: `not-found`, `not-a-model`; `too-large`, `changed`, `unreadable`; `name-taken` {untrusted_file};
            `no-room`, `unwritable`.
        AuditStoppedError: `cancel` was set.
    """
    if not folder.is_dir():
        raise AuditError("not-found")
    case = Case(folder, home, network, cancel=cancel, on_step=on_step)
    audit_files.read_manifest(case)
    audit_run.read_record(case)
    audit_run.read_seal(case)
    if case.manifest is None:
        raise AuditError("not-a-model")
    parts, left_out = _parts(case, weights=wanted.weights)
    register = audit_find.find(case)
    register.close()
    if case.entry is not None and case.network is not None and not register.otherwise:
        told = {"schema": "touchstone.registration/1", **audit_register.facts_of(case.network, case.entry)}
        parts[REGISTER] = canonical.dumps(told)
    parts[README] = wanted.readme.encode("utf-8")
    parts |= {name: program(source) for name, source in PROGRAMS.items()}
    index = {"schema": SCHEMA, "model": case.manifest.id, "files": _hashes(case, parts), "left_out": sorted(left_out)}
    parts[INDEX] = canonical.dumps(index)
    _write(case, path, parts)
    return tuple(sorted(parts))


def _parts(case: Case, *, weights: bool) -> tuple[dict[str, bytes | Path], set[str]]:
    """The model's own files by the names that they get, and the names of those that are left out."""
    named = [modelfile.MANIFEST, modelfile.RECORD, seals.SEAL, seals.ITEMS]
    companions = sorted(case.record.files) if case.record is not None else []
    for name in companions:
        if name in _OWN or name in named:
            raise AuditError("name-taken", untrusted_file=name)
    parts: dict[str, bytes | Path] = {}
    left_out = set()
    for name in [*named, modelfile.MODEL, *companions]:
        if (name == modelfile.MODEL and not weights) or not case.path(name).is_file():
            left_out.add(name)
        else:
            parts[name] = case.path(name)
    return parts, left_out


def program(name: str) -> bytes:
    """The source of a program that goes into every bundle; from the resources where modules have none."""
    beside = Path(__file__).with_name(name)
    return (beside if beside.is_file() else paths.resources() / "lineage" / name).read_bytes()


def _hashes(case: Case, parts: dict[str, bytes | Path]) -> dict[str, Any]:
    found = {}
    for name, what in parts.items():
        try:
            found[name] = _hashed(case, what)
        except UnreadError as error:
            raise AuditError("unreadable", untrusted_file=name) from error
    return found


def _hashed(case: Case, what: bytes | Path) -> dict[str, Any]:
    if isinstance(what, bytes):
        return {"sha256": hashlib.sha256(what).hexdigest(), "bytes": len(what)}
    size = what.stat().st_size
    return {"sha256": case.sha256(Place.FILES, what, archive.MOST, size), "bytes": size}


def _write(case: Case, path: Path, parts: dict[str, bytes | Path]) -> None:
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with draft.open("xb") as file:
            archive.write(file, parts, lambda _n: case.at(Place.FILES))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except ArchiveError as error:
        raise AuditError(error.code) from error
    except OSError as error:
        raise AuditError("no-room" if trouble_of(error) is Trouble.FULL else "unwritable") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
