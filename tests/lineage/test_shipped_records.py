"""The models that ship: each has a record of its training, the list of its data, and a seal that holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.lineage.records import hashed

from touchstone import modelfile
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.lineage import items, record, seal
from touchstone.lineage.record import Record, Relation

_ROOT = Path(__file__).parents[2]
_MODELS = _ROOT / "resources" / "models"
_SHIPPED = sorted(path.parent.name for path in _MODELS.glob(f"*/{modelfile.MANIFEST}"))
_STARTED_FROM_IMAGENET = {"ai-image", "face", "splice"}
_SPLITS = {
    "ai-image": {"fold-0", "fold-1", "fold-2", "fold-3"},
    "face": {"fold-0", "fold-1"},
    "forensic": {"fold-0", "fold-1", "fold-2", "fold-3"},
    "splice": {"chosen-on", "judged"},
}

pytestmark = pytest.mark.skipif(not _SHIPPED, reason="this version ships no detectors")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(params=_SHIPPED, name="folder")
def _folder(request: pytest.FixtureRequest) -> Path:
    return _MODELS / str(request.param)


@pytest.fixture(name="told")
def _told(folder: Path) -> Record:
    return record.read(folder / modelfile.RECORD)


def test_the_record_was_written_while_these_weights_were_made(folder: Path, told: Record) -> None:
    assert told.model == folder.name
    assert told.weights == record.FileHash(_sha256(folder / modelfile.MODEL), (folder / modelfile.MODEL).stat().st_size)
    assert told.chain_holds
    assert not told.clock_went_back
    assert len(told.checkpoints) >= 3
    assert [one.step for one in told.checkpoints] == sorted({one.step for one in told.checkpoints})
    assert told.sessions[0].resumed_from is None
    assert told.metrics


def test_it_was_made_by_code_that_was_committed(told: Record) -> None:
    assert told.code.commit is not None
    assert not told.code.dirty
    assert told.code.diff_sha256 is None
    assert not any(one.dirty for one in told.sessions)
    assert told.environment.lock_sha256 is not None


def test_the_list_has_the_roots_that_the_record_names(folder: Path, told: Record) -> None:
    path = folder / items.FILE
    assert told.items_file == record.FileHash(_sha256(path), path.stat().st_size)
    assert set(told.splits) == set(_SPLITS[folder.name])
    with items.read(path) as listed:
        assert set(listed.names) == set(told.splits)
        for name, root in [("", told.data), *told.splits.items()]:
            found = listed.root(name)
            assert (found.root.hex(), found.items) == (root.root, root.items)
        assert not listed.contains(bytes.fromhex(hashed("no picture")))


def test_what_ships_beside_is_named(folder: Path, told: Record) -> None:
    beside = {one.name for one in folder.iterdir()} - {
        "model.onnx",
        "manifest.json",
        "record.json",
        "data.items",
        "seal.json",
    }
    assert beside <= set(told.files)
    for name, one in told.files.items():
        path = folder.parent / name if "/" in name else folder / name
        assert (_sha256(path), path.stat().st_size) == (one.sha256, one.bytes)


def test_where_the_weights_started_is_named(folder: Path, told: Record) -> None:
    if folder.name in _STARTED_FROM_IMAGENET:
        (parent,) = told.parents
        assert parent.relation is Relation.FINE_TUNED
        assert "ImageNet" in parent.name
    else:
        assert told.parents == ()


def test_the_seal_is_over_these_files(folder: Path, told: Record) -> None:
    sealed = seal.read(folder / seal.SEAL)
    assert sealed.model == folder.name
    assert sealed.manifest == _sha256(folder / modelfile.MANIFEST)
    assert sealed.weights == told.weights.sha256
    assert sealed.record == told.sha256
    assert sealed.items == _sha256(folder / items.FILE)
    assert sealed.evaluation == told.evaluation
    again = seal.verify(seal.make(folder, ThrowawaySigner()))
    assert (again.manifest, again.record, again.items) == (sealed.manifest, sealed.record, sealed.items)


def test_all_are_sealed_by_one_key() -> None:
    assert len({seal.read(_MODELS / name / seal.SEAL).address for name in _SHIPPED}) == 1
