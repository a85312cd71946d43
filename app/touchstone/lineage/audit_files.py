"""Audit steps about files: the manifest, the weights, and what accompanies them."""

from __future__ import annotations

import hashlib

from touchstone import modelfile
from touchstone.lineage.audit_case import MOST_COMPANION, Case, UnreadError
from touchstone.lineage.audit_types import Place
from touchstone.modelfile import ManifestError

# What the application reads beside the weights, and what therefore has to stand in the record where it lies there.
READ_BESIDE = ("features.json",)


def read_manifest(case: Case) -> None:
    """Read the manifest; what is wrong with it is a step."""
    case.at(Place.MANIFEST)
    try:
        raw = case.read(modelfile.MANIFEST, modelfile.MAX_MANIFEST)
    except UnreadError as error:
        case.failed(Place.MANIFEST, f"manifest-{error.code}", **error.params)
        return
    case.manifest_hash = hashlib.sha256(raw).hexdigest()
    case.fact(Place.MANIFEST, sha256=case.manifest_hash, bytes=len(raw))
    try:
        case.manifest = manifest = modelfile.parse(raw)
    except ManifestError as error:
        case.failed(Place.MANIFEST, "manifest-broken", untrusted_field=str(error))
        return
    case.fact(Place.MANIFEST, id=manifest.id, version=manifest.version, task=str(manifest.task))
    case.fact(Place.MANIFEST, untrusted_title=manifest.title, untrusted_licence=manifest.licence, made=manifest.made)


def manifest(case: Case) -> None:
    """Hold the manifest to the seal and the register."""
    if not case.manifest_hash:
        return
    same, other = case.differing("manifest", "manifest", case.manifest_hash)
    if other:
        case.failed(Place.MANIFEST, "manifest-differs", against=other)
    elif case.manifest is not None:
        case.verified(Place.MANIFEST, "manifest-matches", named_by=same)


def weights(case: Case) -> None:
    """Hash the weights, and hold them to manifest, record, seal and register."""
    case.at(Place.WEIGHTS, 0.0)
    left_out = modelfile.MODEL in case.left_out
    said = _named_weights(case)
    if not left_out:
        size = next((size for _hash, size in said.values() if size is not None), None)
        try:
            case.weights_hash = case.sha256(Place.WEIGHTS, case.folder / modelfile.MODEL, modelfile.MAX_MODEL, size)
        except UnreadError as error:
            case.failed(Place.WEIGHTS, f"weights-{error.code}", **error.params)
            return
        case.fact(Place.WEIGHTS, sha256=case.weights_hash)
    # Where the file is not here, those who name it are held to each other.
    own = case.weights_hash or next((value for value, _size in said.values()), "")
    other = [who for who, (value, _size) in said.items() if value != own]
    sizes = {size for _hash, size in said.values() if size is not None}
    case.fact(Place.WEIGHTS, **({"sha256": own} if own else {}), **({"bytes": min(sizes)} if sizes else {}))
    if other:
        case.failed(Place.WEIGHTS, "weights-differ" if not left_out else "weights-named-apart", against=other)
    elif len(sizes) > 1:
        case.failed(Place.WEIGHTS, "weights-sizes-differ", field="weights.bytes")
    elif left_out:
        case.not_checked(Place.WEIGHTS, "weights-not-here", named_by=list(said))
    else:
        case.verified(Place.WEIGHTS, "weights-match", named_by=list(said))


def _named_weights(case: Case) -> dict[str, tuple[str, int | None]]:
    """Who names the weights: hash and, where it is told, size in bytes."""
    said: dict[str, tuple[str, int | None]] = {}
    if case.manifest is not None:
        said["manifest"] = case.manifest.sha256, case.manifest.bytes
    if case.record is not None:
        said["record"] = case.record.weights.sha256, case.record.weights.bytes
    if case.seal is not None:
        said["seal"] = case.seal.weights, None
    if case.entry is not None:
        said["register"] = case.entry.weights, None
    return said


def companions(case: Case) -> None:
    """Hold each file that the record names to its hash."""
    case.at(Place.FILES)
    named = {} if case.record is None else case.record.files
    stray = [name for name in READ_BESIDE if name not in named and (case.folder / name).exists()]
    for name in stray:
        case.failed(Place.FILES, "file-not-named", untrusted_file=name)
    if case.record is None:
        case.not_checked(Place.FILES, "no-record")
        return
    bad = [name for name in sorted(named) if not _companion(case, name)]
    case.fact(Place.FILES, count=len(named), untrusted_names=sorted(named))
    if not bad and not stray:
        case.verified(Place.FILES, "files-match" if named else "no-files", count=len(named))


def _companion(case: Case, name: str) -> bool:
    """Whether a file is as the record says; else a step says what it is."""
    assert case.record is not None  # noqa: S101 - the caller looked
    told = case.record.files[name]
    if name in case.left_out:
        case.not_checked(Place.FILES, "file-not-here", untrusted_file=name)
        return False
    try:
        found = case.sha256(Place.FILES, case.path(name), MOST_COMPANION, told.bytes)
    except UnreadError as error:
        case.failed(Place.FILES, f"file-{error.code}", untrusted_file=name, **error.params)
        return False
    if found != told.sha256:
        case.failed(Place.FILES, "file-differs", untrusted_file=name)
    return found == told.sha256
