"""Which detectors there are, which of them speak, and that only the bytes of their manifests are handed on."""

import hashlib
import json
import os

import pytest
from tests.detect import nets

from touchstone import modelfile
from touchstone.check.models import ModelError, ModelStore, State, speaking
from touchstone.modelfile import Task
from touchstone.paths import Home


@pytest.fixture
def shipped(tmp_path):
    return tmp_path / "shipped"


@pytest.fixture
def store(tmp_path, shipped):
    return ModelStore(Home(tmp_path / "home"), shipped)


def only(store):
    (one,) = store.installed()
    return one


def test_nothing_at_all(store):
    assert store.installed() == []


def test_a_model_that_ships(store, shipped):
    manifest = nets.install(shipped)
    one = only(store)
    assert (one.manifest, one.shipped, one.enabled, one.state, one.measured) == (manifest, True, True, State.OK, True)
    fd = store.open_verified(one)
    assert hashlib.sha256(os.read(fd, 1 << 20)).hexdigest() == manifest.sha256 or os.lseek(fd, 0, os.SEEK_SET) == 0
    os.close(fd)


def model_file(store):
    return only(store).folder / modelfile.MODEL


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-10])


def altered(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lambda p: p.unlink(), State.MISSING), (cut_off, State.CHANGED), (altered, State.CHANGED),
        (lambda p: p.write_bytes(b""), State.CHANGED), (a_folder, State.MISSING), (a_pipe, State.MISSING),
        (a_link, State.MISSING),
    ],
)  # fmt: skip
def test_harmed_files(store, shipped, harm, state):
    nets.install(shipped)
    harm(model_file(store))
    one = only(store)
    assert one.state is state
    with pytest.raises(ModelError) as refused:
        store.open_verified(one)
    assert refused.value.code == f"model-{state}"


def test_a_change_after_a_look_is_seen(store, shipped):
    nets.install(shipped)
    assert only(store).state is State.OK
    altered(model_file(store))
    with pytest.raises(ModelError):
        store.open_verified(only(store))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"schema": "touchstone.model/1"}', "x" * (300 * 1024)])
def test_a_folder_without_a_manifest_is_none(store, shipped, text):
    nets.install(shipped)
    (shipped / "ai-image" / modelfile.MANIFEST).write_text(text)
    assert store.installed() == []


def test_a_folder_of_another_name_is_none(store, shipped):
    nets.install(shipped)
    (shipped / "ai-image").rename(shipped / "other")
    assert store.installed() == []


def test_an_added_one_is_off_until_it_is_chosen_and_then_speaks_instead(store, shipped):
    nets.install(shipped)
    nets.install(store.added_to, name="mine")
    nets.install(store.added_to, name="yours")
    assert {t: o.manifest.id for t, o in speaking(store.listed()).items()} == {Task.AI_IMAGE: "ai-image"}

    store.enable("mine", on=True)
    assert speaking(store.listed())[Task.AI_IMAGE].manifest.id == "mine"
    assert not speaking(store.listed())[Task.AI_IMAGE].measured

    store.enable("yours", on=True)
    on = {one.manifest.id for one in store.installed() if one.enabled}
    assert on == {"ai-image", "yours"}

    store.enable("yours", on=False)
    store.enable("ai-image", on=False)
    assert speaking(store.listed()) == {}
    with pytest.raises(KeyError):
        store.enable("nobody", on=True)


@pytest.mark.parametrize("text", ["", "[]", '{"ai-image": 0}', "\xff", "[" * 100_000])
def test_a_damaged_choice_is_none(store, shipped, text):
    nets.install(shipped)
    store.added_to.mkdir(parents=True)
    (store.added_to / "enabled.json").write_text(text)
    assert only(store).enabled


def test_what_finds_faces_is_verified_as_well(store, shipped):
    nets.install(shipped, Task.FACE)
    with pytest.raises(ModelError) as refused:
        store.open_companions(only(store))
    assert refused.value.state is State.MISSING
    folder = shipped / "face-finder"
    folder.mkdir()
    (folder / modelfile.MODEL).write_bytes(b"a finder")
    note = {"bytes": 8, "sha256": hashlib.sha256(b"a finder").hexdigest()}
    (folder / "finder.json").write_text(json.dumps(note))
    (fd,) = store.open_companions(only(store)).values()
    os.close(fd)
    (folder / modelfile.MODEL).write_bytes(b"A finder")
    with pytest.raises(ModelError) as refused:
        store.open_companions(only(store))
    assert refused.value.state is State.CHANGED
