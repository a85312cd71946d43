"""What is known of an item and a model: absent, present or unknown, each with a proof or with why there is none."""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path

import pytest
from tests.lineage import audited, roots
from tests.lineage.audited import World

from touchstone.lineage import absence, bundle, canonical, items, verifier
from touchstone.lineage.absence import OnRegister, State
from touchstone.lineage.items import ItemsError
from touchstone.paths import Home
from touchstone.registry import mirror
from touchstone.registry.model_lookup import Models

TRAINED = hashlib.sha256(audited.TRAINED[3]).digest()
SHOWN = hashlib.sha256(audited.TRAINED[0]).digest()
JUDGED = hashlib.sha256(audited.JUDGED[1]).digest()
OTHER = hashlib.sha256(b"a picture that nobody had").digest()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited.make(tmp_path_factory.mktemp("made") / "model")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "model"))


def why(folder: Path) -> str:
    (found,) = absence.search([folder], [OTHER])
    assert found.state is State.UNKNOWN
    assert not found.proof
    return found.why


def test_every_answer_comes_with_a_proof_that_holds(folder: Path) -> None:
    found = absence.search([folder], [OTHER, TRAINED, SHOWN, JUDGED])
    assert [(one.state, one.sets) for one in found] == [
        (State.ABSENT, ()),
        (State.PRESENT, ()),
        (State.PRESENT, ("shown",)),
        (State.ABSENT, ("judged",)),  # what it was measured on is not what it was trained on
    ]
    for one in found:
        check = verifier.absent if one.state is State.ABSENT else verifier.present
        assert check(bytes.fromhex(one.model.root), one.model.items, one.item, one.proof)
        assert one.model.root == roots.tree_hash([hashlib.sha256(c).digest() for c in audited.TRAINED]).hex()
        assert one.model.record == audited.sha((folder / "record.json").read_bytes())
        assert one.model.manifest == audited.sha((folder / "manifest.json").read_bytes())


def test_items_and_models_come_in_order(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "second")
    found = absence.search([folder, tmp_path / "second", tmp_path / "nothing"], [OTHER, TRAINED])
    assert [one.item for one in found] == [OTHER] * 3 + [TRAINED] * 3
    assert [one.model.name for one in found] == ["brightness", "brightness", "nothing"] * 2
    assert found[2].why == "not-found"


def test_why_nothing_is_known(folder: Path) -> None:
    (folder / "data.items").rename(folder / "list")
    assert why(folder) == "no-list"
    (folder / "data.items").write_bytes(b"touchstone-items/1 1 \n" + OTHER + b"\1")
    assert why(folder) == "list-differs"
    (folder / "data.items").write_bytes((folder / "list").read_bytes()[:-1])
    assert why(folder) == "truncated"
    (folder / "record.json").write_bytes(b"{}")
    assert why(folder) == "record-broken"
    (folder / "record.json").unlink()
    assert why(folder) == "no-record"
    assert why(folder / "list") == "not-a-bundle"
    assert why(folder / "nothing") == "not-found"


def test_a_list_that_the_record_does_not_name_is_held_to_its_roots(folder: Path) -> None:
    told = canonical.loads((folder / "record.json").read_bytes())
    audited.write(folder / "record.json", {**told, "items_file": None})
    assert absence.search([folder], [OTHER])[0].state is State.ABSENT
    with items.read(folder / "data.items") as listed:
        masks = {listed.item(row): 1 for row in range(listed.count)}
    # What was judged goes missing from the list: the split's root no longer fits, though the data root does.
    trained = {hashlib.sha256(one).digest() for one in audited.TRAINED}
    bits = {item: mask | 4 if item == SHOWN else mask for item, mask in masks.items() if item in trained}
    items.write(folder / "data.items", {**bits, OTHER: 2}, ["judged", "shown"])
    assert why(folder) == "list-differs"
    # A list cut off, unsorted or otherwise broken is told by its code.
    whole = (folder / "data.items").read_bytes()
    (folder / "data.items").write_bytes(whole[:-1])
    assert why(folder) == "truncated"
    start = whole.index(b"\n") + 1
    (folder / "data.items").write_bytes(
        whole[:start] + whole[start + 33 : start + 66] + whole[start : start + 33] + whole[start + 66 :]
    )
    assert why(folder) == "unsorted"


def test_a_record_of_other_weights_says_nothing(folder: Path) -> None:
    told = canonical.loads((folder / "record.json").read_bytes())
    audited.write(folder / "record.json", {**told, "weights": audited.file(b"others")})
    assert why(folder) == "record-of-another"


def test_a_bundle_answers_as_its_folder(folder: Path, tmp_path: Path) -> None:
    world = World.make(tmp_path / "world")
    wanted = bundle.Wanted("what this is", weights=False)
    path = tmp_path / "model.zip"
    bundle.export(world.folder, path, wanted, home=world.home, network=None)
    here, there = absence.search([world.folder, path], [OTHER])
    assert here == there
    assert here.state is State.ABSENT
    data = bytearray(path.read_bytes())
    data[data.index(OTHER[:0] + TRAINED) + 3] ^= 1
    path.write_bytes(data)
    assert why(path) == "not-a-bundle"


def test_stopping(folder: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ItemsError) as raised:
        absence.search([folder], [OTHER], cancel=cancel)
    assert raised.value.code == "stopped"


def test_the_register_has_this_root_another_or_none(tmp_path: Path) -> None:
    world = World.make(tmp_path / "world")

    def about() -> tuple[OnRegister, int]:
        mirror.sync(world.home, world.network)
        (found,) = absence.search([world.folder], [OTHER])
        models = Models(world.home, world.network)
        state, entry = absence.on_register(found.model, models)
        models.close()
        return state, entry.publisher if entry is not None else 0

    assert about() == (OnRegister.NOT_REGISTERED, 0)
    others = [audited.Publisher.create(world.publisher.key.ledger, name) for name in ("Agence Y", "Agence Z")]
    world.register(publisher=others[0], dataRoot=bytes(32), items=0)
    assert about() == (OnRegister.NOT_TOLD, others[0].id)
    world.register(publisher=others[1], dataRoot=roots.item(1))
    assert about() == (OnRegister.DIFFERS, others[1].id)
    world.register()
    assert about() == (OnRegister.SAME, world.publisher.id)


def test_a_register_that_is_not_here(folder: Path, tmp_path: Path) -> None:
    from touchstone.chain.networks import Networks

    home = Home(tmp_path / "home")
    models = Models(home, Networks.load(home).get("practice"))
    (found,) = absence.search([folder], [OTHER])
    assert absence.on_register(found.model, models) == (OnRegister.UNKNOWN, None)
    models.close()


def retrained(folder: Path, parent: Path, removed: list[bytes]) -> Path:
    """A model without some of its parent's items, which says that they were removed."""
    told = canonical.loads((parent / "record.json").read_bytes())
    named = {
        "record": audited.sha((parent / "record.json").read_bytes()),
        "weights": told["weights"]["sha256"],
        "relation": "retrained",
        "name": "the one before",
        "removed": sorted(one.hex() for one in removed),
    }
    audited.make(folder, parents=[named])
    with items.read(folder / "data.items") as listed:
        left = [listed.item(row) for row in range(listed.count)]
    masks = {item: 1 for item in left if item not in {TRAINED, JUDGED}}
    root = items.write(folder / "data.items", masks, [])
    record = canonical.loads((folder / "record.json").read_bytes())
    record |= {
        "data": {"root": root.root.hex(), "items": root.items},
        "splits": {},
        "items_file": audited.file((folder / "data.items").read_bytes()),
    }
    record["chain"] = audited.chain(record)
    audited.write(folder / "record.json", record)
    return folder


def test_a_retrained_model_proves_what_was_removed(folder: Path, tmp_path: Path) -> None:
    child = retrained(tmp_path / "child", folder, [TRAINED])
    (alone,) = absence.removals(child)
    assert (alone.item, alone.absent, alone.was_there, alone.parent.name) == (TRAINED, True, None, "the one before")
    (both,) = absence.removals(child, [tmp_path / "nothing", child, folder])
    assert (both.absent, both.was_there) == (True, True)
    # An item that is still there, and one that the parent never had.
    lying = retrained(tmp_path / "lying", folder, [SHOWN, OTHER])
    found = {one.item: (one.absent, one.was_there) for one in absence.removals(lying, [folder])}
    assert found == {SHOWN: (False, True), OTHER: (True, False)}
    # Without a list there is nothing to hold it to.
    (child / "data.items").unlink()
    with pytest.raises(ItemsError) as raised:
        absence.removals(child)
    assert raised.value.code == "no-list"


def test_a_model_without_parents_removed_nothing(folder: Path) -> None:
    assert absence.removals(folder) == []
    (folder / "record.json").unlink()
    with pytest.raises(ItemsError) as raised:
        absence.removals(folder)
    assert raised.value.code == "no-record"
