"""Models registered by real transactions on a practice ledger, as the mirror on this computer then has them."""

import dataclasses
import hashlib
import shutil

import pytest
from tests.practice import Publisher, ledger_of, now

from touchstone.chain import contracts
from touchstone.chain.keccak import keccak256
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry import output_lists, snapshot
from touchstone.registry.lookup import Register
from touchstone.registry.mirror import sync
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Decision, Output, Standing, Status

NONE = "00" * 32


def digest(what):
    return hashlib.sha256(repr(what).encode()).hexdigest()


def hex32(value):
    return "0x" + value


class World:
    """A ledger with two publishers, and the mirror of it."""

    def __init__(self, home):
        self.home, self.ledger = home, ledger_of(home)
        self.network = Networks.load(home).get("practice")
        self.one = Publisher.create(self.ledger, "Agence X", "agence-x.example")
        self.two = Publisher.create(self.ledger, "Zwei")

    def register(self, by, name, parents=(), uri=""):
        what = {
            "manifest": hex32(digest(("manifest", name))),
            "weights": hex32(digest(("weights", name))),
            "dataRoot": hex32(digest(("data", name))),
            "items": 12,
            "record": hex32(digest(("record", name))),
            "evaluation": hex32(NONE),
            "parents": [hex32(parent) for parent in parents],
            "uri": uri,
        }
        by.key.send("ModelRegistry", "register", by.id, what)
        return keccak256(by.id.to_bytes(32) + bytes.fromhex(digest(("manifest", name)))).hex()

    def send(self, by, function, *arguments):
        by.key.send("ModelRegistry", function, *arguments)

    def sync(self):
        return sync(self.home, self.network)

    def standing(self, name, **changes):
        models = Models(self.home, self.network)
        try:
            hashes = [changes.get(kind, digest((kind, name))) for kind in ("manifest", "weights", "record")]
            return models.standing(*hashes)[0]
        finally:
            models.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(Home(tmp_path_factory.mktemp("world") / "home"))
    yield made
    made.ledger.close()


@pytest.fixture
def models(world):
    made = Models(world.home, world.network)
    yield made
    made.close()


def test_the_mirror_says_what_the_contract_says(world, models):
    parent = world.register(world.one, "parent", uri="https://agence-x.example/parent")
    child = world.register(world.two, "child", [parent])
    world.send(world.one, "offerModel", hex32(parent), world.two.id)
    world.sync()
    entry, made = models.get(parent), models.get(child)
    assert (entry.owner, entry.pending_owner, entry.name) == (world.one.id, world.two.id, "Agence X")
    assert (entry.items, entry.uri, entry.counts) == (12, "https://agence-x.example/parent", True)
    assert (made.parents, made.family, made.evaluation) == ((parent,), parent, "")
    assert models.children(parent) == (made,)
    world.send(world.two, "acceptModel", hex32(parent))
    world.send(world.two, "setStatus", hex32(parent), 2, 4)
    assert models.get(parent) == entry  # until the next sync
    world.sync()
    entry = models.get(parent)
    assert (entry.publisher, entry.owner, entry.pending_owner, entry.name) == (world.one.id, world.two.id, 0, "Zwei")
    assert (entry.status, entry.reason) == (Status.DEPRECATED, 4)
    assert entry.changed >= entry.registered > 0
    told = world.ledger.node().request(
        "eth_call",
        [
            {
                "to": contracts.address("ModelRegistry"),
                "data": "0x" + contracts.encode("ModelRegistry", "modelOf", hex32(parent)).hex(),
            },
            "latest",
        ],
    )
    words = [told[2 + 64 * n : 66 + 64 * n] for n in range(14)]
    assert [int(word, 16) for word in words[:8]] == [
        entry.owner,
        entry.pending_owner,
        entry.registered,
        entry.changed,
        entry.status,
        entry.reason,
        entry.items,
        len(entry.parents),
    ]
    assert words[8:] == [
        entry.manifest,
        entry.weights,
        entry.data_root,
        entry.record,
        entry.evaluation or NONE,
        entry.family,
    ]


def test_a_model_through_its_life(world):
    assert world.standing("life") is Standing.NOT_REGISTERED
    model = world.register(world.one, "life")
    assert world.standing("life") is Standing.NOT_REGISTERED
    world.sync()
    assert world.standing("life") is Standing.REGISTERED
    for kind in ("manifest", "weights", "record"):
        assert world.standing("life", **{kind: digest("another")}) is Standing.DIFFERS
    world.send(world.one, "setStatus", hex32(model), 2, 0)
    world.sync()
    assert world.standing("life") is Standing.DEPRECATED
    world.register(world.two, "life")
    world.sync()
    assert world.standing("life") is Standing.REGISTERED
    world.send(world.one, "setStatus", hex32(model), 3, 3)
    world.sync()
    assert world.standing("life") is Standing.REGISTERED
    second = keccak256(world.two.id.to_bytes(32) + bytes.fromhex(digest(("manifest", "life")))).hex()
    world.send(world.two, "setStatus", hex32(second), 3, 3)
    world.sync()
    assert world.standing("life") is Standing.WITHDRAWN


def test_a_key_that_was_stolen_registered_nothing(world):
    thief = world.one.second_key()
    world.sync()
    world.register(thief, "stolen")
    world.sync()
    assert world.standing("stolen") is Standing.REGISTERED
    world.one.compromised(thief.key, now(world.ledger) - 1)
    world.sync()
    assert world.standing("stolen") is Standing.NOT_REGISTERED


def test_attestations_and_retired_items(world, models):
    model = world.register(world.one, "measured")
    world.send(world.two, "attest", world.two.id, hex32(model), hex32(digest("evaluation")), "https://zwei.example")
    world.send(world.one, "attest", world.one.id, hex32(model), hex32(digest("own")), "")
    world.send(world.one, "withdrawAttestation", world.one.id, hex32(model), 4)
    items = [digest(("item", n)) for n in range(3)]
    world.send(world.one, "retire", world.one.id, [hex32(item) for item in items], 1)
    world.send(world.two, "retire", world.two.id, [hex32(items[0])], 2)
    world.sync()
    said = models.attestations(model)
    assert [(one.name, one.evaluation, bool(one.withdrawn)) for one in said] == [
        ("Zwei", digest("evaluation"), False),
        ("Agence X", digest("own"), True),
    ]
    assert [(one.publisher, one.reason) for one in models.retired(items[0])] == [(world.one.id, 1), (world.two.id, 2)]
    assert len(models.retired(items[2])) == 1
    assert models.retired(digest("kept")) == ()


def test_outputs_from_a_list_of_ones_own(world, models):
    media = digest("picture")
    outputs = [
        Output(digest(("manifest", "life")), media, "global", 930_000, Decision.SIGNS, now(world.ledger)),
        Output(digest(("manifest", "maker")), media, "maker", None, Decision.MADE, now(world.ledger)),
        Output(digest(("manifest", "life")), digest("another"), "global", 0, Decision.NONE, now(world.ledger)),
    ]
    data, root = output_lists.dump(outputs), output_lists.tree(outputs).root
    arguments = (hex32(root.hex()), 3, "0x" + output_lists.list_hash(data).hex())
    world.send(world.one, "recordOutputs", world.one.id, *arguments, "")
    assert world.sync().missing_outputs == 1
    world.home.outputs.mkdir(exist_ok=True)
    (world.home.outputs / output_lists.file_name(root)).write_bytes(data)
    world.send(world.two, "recordOutputs", 0, *arguments, "")
    assert world.sync().missing_outputs == 0  # what came for the second is for both
    said = models.outputs_of(media)
    assert [one.output for one in said] == [*outputs[:2], *outputs[:2]]
    assert [one.list.publisher for one in said] == [world.one.id, world.one.id, 0, 0]
    world.send(world.two, "withdrawOutputs", world.two.key.address, hex32(root.hex()), 1)
    world.sync()
    assert [bool(one.list.withdrawn) for one in models.outputs_of(media)] == [False, False, True, True]


def test_a_snapshot_of_it(world, tmp_path):
    told = snapshot.export(world.home, world.network, tmp_path / "a")
    other = Home(tmp_path / "other")
    assert snapshot.take(other, world.network, tmp_path / "a") == told
    theirs, ours = Models(other, world.network), Models(world.home, world.network)
    assert theirs.output_lists() == ours.output_lists() != ()
    assert theirs.by_manifest(digest(("manifest", "life"))) == ours.by_manifest(digest(("manifest", "life"))) != ()
    theirs.close()
    ours.close()


def test_a_mirror_whose_network_had_no_models_catches_up(world, tmp_path):
    home = Home(tmp_path / "home")
    shutil.copytree(world.home.root, home.root, ignore=shutil.ignore_patterns("registers"))
    earlier = dataclasses.replace(world.network, models="")
    world.one.register(digest("file"))
    sync(home, earlier)
    assert not Models(home, world.network).is_known()
    assert sync(home, world.network).models
    ours, theirs = Models(home, world.network), Models(world.home, world.network)
    hashes = [digest(("manifest", name)) for name in ("parent", "child", "life", "stolen")]
    assert [ours.by_manifest(one) for one in hashes] == [theirs.by_manifest(one) for one in hashes]
    ours.close()
    theirs.close()
    state = Register(home, world.network).state()
    assert (state.models, state.head - state.synced_block) == (True, 0)
