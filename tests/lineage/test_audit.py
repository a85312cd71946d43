"""An audit of a model whose every part is known: what holds is said, and one changed byte anywhere is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import audited
from tests.lineage.audited import World, codes, failed, places
from tests.practice import Publisher

from touchstone.lineage import canonical
from touchstone.lineage.audit_types import Outcome, Place

PLACES = {
    "manifest.json": "manifest",
    "model.onnx": "weights",
    "features.json": "files",
    "record.json": "record",
    "seal.json": "seal",
    "data.items": "data",
    "checkpoints/0.pt": "checkpoints",
    "checkpoints/1.pt": "checkpoints",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("audited"))
    made.register()
    made.audit()  # the mirror is made
    return made


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """A copy of the model, to be changed."""
    return Path(shutil.copytree(world.folder, tmp_path / "model"))


def test_a_whole_model_is_verified_from_its_data_to_the_register(world: World, tmp_path: Path) -> None:
    found = world.audit(contents=audited.data_files(tmp_path), nodes=[world.publisher.key.ledger.node()])
    assert found.sound
    assert found.model == "brightness"
    assert {step.outcome for step in found.steps} == {Outcome.VERIFIED}
    assert {str(step.place) for step in found.steps} == {str(place) for place in Place}
    assert [step.place for step in found.steps] == sorted([s.place for s in found.steps], key=list(Place).index)
    register = found.facts["register"]
    assert (register["publisher"], register["untrusted_name"], register["chain_id"]) == (1, "Agence X", 7_031_337)
    assert register["contract_agrees"]
    assert found.facts["contents"] == {"files": 15, "found": 15, "missing": 0, "extra": 0}
    json.dumps({place: dict(values) for place, values in found.facts.items()})


def test_without_files_and_register_it_says_what_was_not_checked(world: World, folder: Path) -> None:
    shutil.rmtree(folder / "checkpoints")
    found = world.audit(folder, network=None)
    assert found.sound
    left = {(str(s.place), s.code) for s in found.steps if s.outcome is Outcome.NOT_CHECKED}
    assert left == {
        ("checkpoints", "checkpoint-files-not-here"),
        ("contents", "contents-not-here"),
        ("register", "offline"),
        ("attestations", "offline"),
        ("outputs", "offline"),
    }


@pytest.mark.parametrize("name", PLACES)
def test_every_changed_byte_of_every_file_is_found_at_its_place(world: World, folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        assert PLACES[name] in places(world.audit(folder, network=None)), (name, at)


@pytest.mark.parametrize("name", PLACES)
def test_a_file_that_is_cut_or_goes_on_is_found_at_its_place(world: World, folder: Path, name: str) -> None:
    path = folder / name
    whole = path.read_bytes()
    for other in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"\n", whole + whole):
        path.write_bytes(other)
        found = world.audit(folder, network=None)
        if PLACES[name] == "checkpoints":  # it may as well be another file
            assert "checkpoint-missing" in codes(found, "checkpoints")
        else:
            assert PLACES[name] in places(found), other


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_changed_bytes_are_found_with_the_register_too(
    world: World, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(PLACES)))
    folder = Path(shutil.copytree(world.folder, tmp_path_factory.mktemp("bytes") / "model"))
    whole = bytearray((folder / name).read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=3, unique=True)):
        whole[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(whole)
    assert PLACES[name] in places(world.audit(folder))


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to every value in a document."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path


def other(value: object) -> object:
    """Another value of the same kind, as sound as the one before where that can be."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value / 2 if isinstance(value, float) else value + 1
        case str() if len(value) == 64 or value.endswith("Z"):
            end = "Z" if value.endswith("Z") else ""
            digit = value[-1 - len(end)]
            return value[: -1 - len(end)] + ("0" if digit != "0" else "1") + end
    return f"{value}a"


@pytest.mark.parametrize("name", ["record.json", "manifest.json", "seal.json"])
def test_every_changed_field_is_found(world: World, folder: Path, name: str) -> None:
    whole = canonical.loads((folder / name).read_bytes(), exact=False)
    ways = list(leaves(whole))
    assert len(ways) > 8
    for way in ways:
        document = json.loads(json.dumps(whole))
        spot = document
        for step in way[:-1]:
            spot = spot[step]
        spot[way[-1]] = other(spot[way[-1]])
        audited.write(folder / name, document)
        found = world.audit(folder, network=None)
        assert PLACES[name] in places(found), way


def test_a_changed_field_is_found_although_all_of_it_was_sealed_again(world: World, folder: Path) -> None:
    """Whoever has the key can make record and seal fit; what they rest on, and the register, still say otherwise."""
    told = canonical.loads((folder / "record.json").read_bytes())
    stranger = {"root": "ab" * 32, "items": 12}
    cases = {
        "data": ({"data": stranger}, {"data", "checkpoints", "record", "register"}),
        "data.items": ({"data": {**told["data"], "items": 13}}, {"data", "checkpoints", "record", "register"}),
        "splits": ({"splits": {**told["splits"], "judged": stranger}}, {"splits", "checkpoints", "record"}),
        "metrics": ({"metrics": {"auc": 0.99}}, {"evaluation", "record", "register"}),
        "parameters": ({"parameters": {}}, {"checkpoints", "record"}),
        "seeds": ({"seeds": {"torch": 4}}, {"checkpoints", "record"}),
        "files": ({"files": {}}, {"files", "record"}),
        "chain": ({"chain": "ab" * 32}, {"checkpoints", "record"}),
        "items_file": ({"items_file": {**told["items_file"], "bytes": 9}}, {"data", "record"}),
        "checkpoints": ({"checkpoints": told["checkpoints"][:1]}, {"checkpoints", "record"}),
        "weights": ({"weights": {**told["weights"], "bytes": 5}}, {"weights", "record"}),
        "model": ({"model": "another"}, {"record", "checkpoints"}),
    }
    for name, (changed, expected) in cases.items():
        audited.write(folder / "record.json", {**told, **changed})
        audited.seal_again(folder, world)
        found = world.audit(folder)
        assert expected <= places(found), (name, failed(found))
        assert ("register", "register-differs") in failed(found), name


@pytest.mark.parametrize("field", ["weights", "dataRoot", "items", "record", "evaluation"])
def test_each_value_on_the_register_is_held_to_the_files(world: World, folder: Path, field: str) -> None:
    publisher = Publisher.create(world.publisher.key.ledger, f"For {field}")
    audited.seal_again(folder, world, publisher)
    world.register(folder, publisher, **{field: 99 if field == "items" else "0x" + "ab" * 32})
    found = world.audit(folder)
    place = {"dataRoot": "data", "items": "data"}.get(field, field)
    assert {place, "register"} <= places(found), failed(found)
    step = next(s for s in found.steps if s.code == "register-differs")
    assert step.params["fields"] == [{"dataRoot": "data_root"}.get(field, field)]
    assert step.params["publisher"] == publisher.id


def test_what_strangers_register_does_not_count_against_it(tmp_path: Path) -> None:
    own = World.make(tmp_path)
    stranger = Publisher.create(own.publisher.key.ledger, "Stranger")
    stranger.key.send("PublisherRegistry", "setSigner", stranger.id, own.publisher.key.address, 8, 0, 0)
    own.register(publisher=stranger, record="0x" + "ab" * 32)
    own.register()
    found = own.audit()
    assert found.sound, failed(found)
    assert found.facts["register"]["publisher"] == own.publisher.id
    assert codes(found, "register") == ["registered", "other-records"]
    # Nor does a stranger's register entry make one's own seal theirs: nobody named their key.
    lone = Publisher.create(own.publisher.key.ledger, "Lone")
    audited.seal_again(own.folder, own, lone)
    found = own.audit()
    assert failed(found) == {("seal", "seal-of-stranger")}
