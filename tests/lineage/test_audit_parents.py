"""Models made from others: found here and on the register, in circles, with what was taken out of their data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lineage import audited
from tests.lineage.audited import TRAINED, World, codes, failed, sha

from touchstone.lineage import canonical
from touchstone.lineage.audit import audit
from touchstone.lineage.audit_types import Audit, Outcome
from touchstone.paths import Home

OLDER = b"weights that were there before"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A home where the older model is installed, sealed and registered, and nothing else is."""
    world = World.make(tmp_path_factory.mktemp("parents"))
    world.seal(audited.make(world.home.models / "older", "older", OLDER))
    return world


@pytest.fixture
def world(begun: World, tmp_path: Path) -> World:
    return begun.copy(tmp_path)


def parent(folder: Path, **changed: Any) -> dict[str, Any]:
    return {
        "record": sha((folder / "record.json").read_bytes()),
        "weights": sha((folder / "model.onnx").read_bytes()),
        "relation": "retrained",
        "name": "older",
        "removed": [],
        **changed,
    }


def made_from(world: World, *parents: dict[str, Any], **changed: Any) -> Path:
    """The model of the world, once more, made from these."""
    told = canonical.loads((world.folder / "record.json").read_bytes())
    audited.write(world.folder / "record.json", {**told, "parents": list(parents), **changed})
    world.seal()
    return world.folder


def parents(found: Audit) -> list[tuple[str, str]]:
    return [(str(s.outcome), s.code) for s in found.steps if s.place == "parents"]


def test_a_parent_is_found_on_this_computer_and_on_the_register(world: World) -> None:
    older = world.home.models / "older"
    made_from(world, parent(older))
    found = world.audit()
    assert parents(found) == [("verified", "parent-found")]
    step = next(s for s in found.steps if s.code == "parent-found")
    assert (step.params["here"], step.params["registered"]) == (True, False)
    family = world.register(older)
    world.register(parents=["0x" + family])
    found = world.audit()
    assert found.sound, failed(found)
    step = next(s for s in found.steps if s.code == "parent-found")
    assert (step.params["here"], step.params["registered"]) == (True, True)
    assert found.facts["parents"]["family"] == family
    assert found.facts["register"]["parents"] == [family]
    # Without a record named, any over those weights is meant.
    made_from(world, parent(older, record=None))
    assert ("verified", "parent-found") in parents(world.audit())


def test_a_parent_that_nobody_knows_is_said_and_fails_nothing(world: World) -> None:
    made_from(world, parent(world.home.models / "older", record="ab" * 32, weights="cd" * 32))
    found = world.audit()
    assert found.sound
    assert parents(found) == [("not-checked", "parent-unknown")]
    assert parents(world.audit(network=None)) == [("not-checked", "parent-not-here")]


def test_a_parent_with_other_weights_or_another_record_fails(world: World) -> None:
    older = world.home.models / "older"
    made_from(world, parent(older, record="ab" * 32))
    assert failed(world.audit()) == {("parents", "parent-record-differs")}
    made_from(world, parent(older))
    (older / "model.onnx").write_bytes(OLDER[::-1])
    assert failed(world.audit()) == {("parents", "parent-weights-differ")}


def test_register_and_record_name_the_same_parents(world: World) -> None:
    older = world.home.models / "older"
    registered = world.register(older)
    world.register(parents=["0x" + registered])
    found = world.audit()
    assert failed(found) == {("parents", "parent-not-in-record")}
    # And the other way round: the record names one that the register knows and does not name.
    other = audited.make(world.home.root / "other", "other", b"more weights", parents=[parent(older)])
    world.seal(other)
    world.register(other)
    found = world.audit(other)
    assert found.sound
    assert parents(found) == [("verified", "parent-found"), ("not-checked", "parent-not-named")]


def test_models_made_from_each_other_fail(world: World) -> None:
    """Records cannot name each other by hash, but weights can be named without a record."""
    older = world.home.models / "older"
    own = parent(world.folder, record=None)
    made_from(world, own)
    assert ("parents", "parents-cycle") in failed(world.audit())
    told = canonical.loads((older / "record.json").read_bytes())
    audited.write(older / "record.json", {**told, "parents": [own]})
    made_from(world, parent(older))
    found = world.audit()
    assert failed(found) == {("parents", "parents-cycle")}
    # A circle further up, in which this one is not, ends too.
    audited.write(older / "record.json", {**told, "parents": [parent(older, record=None)]})
    made_from(world, parent(older))
    assert world.audit().sound


def test_what_was_taken_out_is_not_in_the_list_any_more(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    gone, kept = sha(TRAINED[3]), sha(TRAINED[4])
    older = audited.make(home.models / "older", "older", OLDER)
    fewer = tuple(one for one in TRAINED if one != TRAINED[3])
    child = audited.make(tmp_path / "child", trained=fewer, parents=[parent(older, removed=[gone])])
    found = audit(child, home=home, network=None)
    assert found.sound, failed(found)
    assert codes(found, "parents") == ["parent-found", "removed-absent"]
    forged = audited.make(tmp_path / "forged", trained=fewer, parents=[parent(older, removed=sorted([gone, kept]))])
    found = audit(forged, home=home, network=None)
    assert failed(found) == {("parents", "removed-still-in")}
    assert next(s for s in found.steps if s.outcome is Outcome.FAILED).params["item"] == kept
    strange = audited.make(tmp_path / "strange", trained=fewer, parents=[parent(older, removed=[sha(b"never")])])
    found = audit(strange, home=home, network=None)
    assert failed(found) == {("parents", "removed-never-in")}
    (older / "data.items").write_bytes(b"another list")  # then nothing can be said of that
    assert audit(strange, home=home, network=None).sound
    (child / "data.items").unlink()
    assert codes(audit(child, home=home, network=None), "parents") == ["parent-found", "removed-without-list"]
