"""What is put before an audit by mistake or on purpose: each ends in a step that says what it is."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import audited
from tests.lineage.audited import World, codes, failed, places
from tests.practice import Publisher

from touchstone.chain.agree import open_nodes
from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import SHARED_CHAIN_ID, Network
from touchstone.chain.networks import Networks, add, own
from touchstone.chain.node import Node
from touchstone.chain.send import Sender
from touchstone.chain.serve import LedgerServer
from touchstone.lineage import bundle, canonical, items
from touchstone.lineage.audit import AuditError, AuditStoppedError, audit
from touchstone.lineage.audit_types import Audit, Outcome
from touchstone.paths import Home
from touchstone.registry import models, publishers
from touchstone.registry.lookup_types import mirror_path
from touchstone.registry.model_types import ModelReason, Status
from touchstone.texts import lineage

OTHER_WEIGHTS = b"weights of a parent"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("audited"))
    made.register()
    made.audit()
    return made


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world.folder, tmp_path / "model"))


@pytest.fixture
def told(folder: Path) -> dict[str, object]:
    return canonical.loads((folder / "record.json").read_bytes())


def step(found: Audit, code: str) -> object:
    return next(step for step in found.steps if step.code == code)


@pytest.mark.parametrize("name", ["manifest.json", "record.json", "seal.json", "model.onnx", "data.items"])
def test_ten_gigabytes_are_not_read(world: World, folder: Path, name: str) -> None:
    with (folder / name).open("wb") as file:
        file.truncate(10 * 10**9)
    began = time.monotonic()
    found = world.audit(folder, network=None)
    assert time.monotonic() - began < 5
    place = {"model.onnx": "weights", "data.items": "data"}.get(name, name.split(".", maxsplit=1)[0])
    assert place in places(found)
    assert {code.rpartition("-")[2] for p, code in failed(found) if p == place} <= {"large", "size"}


@pytest.mark.parametrize("name", ["manifest.json", "record.json", "seal.json", "model.onnx", "data.items"])
@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "locked"])
def test_what_is_no_plain_file_is_not_opened(world: World, folder: Path, name: str, kind: str) -> None:
    if kind == "locked" and os.getuid() == 0:
        pytest.skip("nothing is locked to this user")
    kept = (folder / name).rename(folder / f"real-{name}")
    match kind:
        case "link":
            (folder / name).symlink_to(kept)
        case "folder":
            (folder / name).mkdir()
        case "pipe":
            os.mkfifo(folder / name)
        case _:
            (folder / name).write_bytes(kept.read_bytes())
            (folder / name).chmod(0)
    found = world.audit(folder, network=None)
    place = {"model.onnx": "weights", "data.items": "data"}.get(name, name.split(".", maxsplit=1)[0])
    assert place in places(found)


def test_what_is_not_there_is_said(world: World, folder: Path) -> None:
    expected = {
        "manifest.json": ("failed", "manifest-missing"),
        "model.onnx": ("failed", "weights-missing"),
        "features.json": ("failed", "file-missing"),
        "record.json": ("failed", "record-missing"),
        "seal.json": ("not-checked", "no-seal"),
        "data.items": ("not-checked", "items-not-here"),
        "checkpoints/0.pt": ("not-checked", "checkpoint-missing"),
    }
    for name, (outcome, code) in expected.items():
        other = Path(shutil.copytree(folder, folder.parent / name.replace("/", "-")))
        (other / name).unlink()
        found = world.audit(other)
        assert (step(found, code).outcome, found.sound) == (outcome, outcome != "failed"), name


def test_a_folder_without_a_model_is_not_audited(world: World, tmp_path: Path) -> None:
    for path, code in ((tmp_path, "not-a-model"), (tmp_path / "none", "not-found"), (Path("/dev/null"), "not-found")):
        with pytest.raises(AuditError) as caught:
            world.audit(path)
        assert caught.value.code == code
        assert lineage.trouble(caught.value)
    (tmp_path / "text.zip").write_bytes(b"no bundle")
    with pytest.raises(AuditError, match="not-a-bundle"):
        world.audit(tmp_path / "text.zip")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows[:1] + rows[:1] + rows[2:], "unsorted"),  # one twice
        (lambda rows: rows[1:2] + rows[:1] + rows[2:], "unsorted"),
        (lambda rows: [rows[0][:32] + b"\0", *rows[1:]], "bad-mask"),
        (lambda rows: [rows[0][:32] + b"\xff", *rows[1:]], "bad-mask"),
        (lambda rows: rows[:-1], "truncated"),
        (lambda rows: [*rows, rows[0]], "trailing"),
        (lambda rows: [], "truncated"),
    ],
)
def test_a_list_that_is_none_is_found_although_all_was_sealed_again(
    world: World, folder: Path, told: dict[str, object], change: object, code: str
) -> None:
    header, body = (folder / "data.items").read_bytes().split(b"\n", 1)
    rows = [body[n : n + items.ROW] for n in range(0, len(body), items.ROW)]
    raw = header + b"\n" + b"".join(change(rows))
    (folder / "data.items").write_bytes(raw)
    audited.write(folder / "record.json", {**told, "items_file": audited.file(raw)})
    audited.seal_again(folder, world)
    found = world.audit(folder, network=None)
    assert failed(found) == {("data", "items-broken")}
    assert step(found, "items-broken").params["why"] == code
    assert lineage.sentence(step(found, "items-broken"))


def test_another_list_that_is_sound_makes_another_root(world: World, folder: Path, told: dict[str, object]) -> None:
    items.write(folder / "data.items", [bytes([n]) * 32 for n in range(12)], ["judged", "shown"])
    raw = (folder / "data.items").read_bytes()
    audited.write(folder / "record.json", {**told, "items_file": audited.file(raw)})
    audited.seal_again(folder, world)
    found = world.audit(folder, network=None)
    assert failed(found) >= {("data", "data-root-differs")}


def test_one_item_is_enough_and_none_is_refused(tmp_path: Path) -> None:
    made = audited.make(tmp_path / "model", checkpoints=False)
    items.write(made / "data.items", [b"\x01" * 32])
    with items.read(made / "data.items") as listed:
        root = listed.root()
    told = canonical.loads((made / "record.json").read_bytes())
    changed = {"data": {"root": root.root.hex(), "items": 1}, "splits": {}}
    changed["items_file"] = audited.file((made / "data.items").read_bytes())
    for items_told, sound in ((1, True), (0, False)):
        changed["data"] = {**changed["data"], "items": items_told}
        whole = {**told, **changed}
        whole["chain"] = audited.chain(whole)
        audited.write(made / "record.json", whole)
        found = audit(made, home=Home(tmp_path / "home"), network=None)
        assert ("data" not in places(found) and "record" not in places(found)) is sound


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("weights.sha256", {"weights": {"sha256": "AB" * 32, "bytes": 37}}),
        ("data.root", {"data": {"root": "ab" * 31, "items": 12}}),
        ("data.items", {"data": {"root": "ab" * 32, "items": 1.5}}),
        ("chain", {"chain": "0x" + "ab" * 32}),
        ("checkpoints[0].sha256", {"checkpoints": [{"step": 1, "sha256": "", "bytes": 1, "time": "x"}]}),
        ("more", {"more": 1}),
        ("schema", {"schema": "touchstone.training/1"}),
    ],
)
def test_a_field_that_is_none_is_named(
    world: World, folder: Path, told: dict[str, object], field: str, changed: dict[str, object]
) -> None:
    audited.write(folder / "record.json", {**told, **changed})
    found = world.audit(folder, network=None)
    broken = step(found, "record-broken")
    assert broken.params["untrusted_field"] == field
    assert field in lineage.sentence(broken)


def test_clocks_that_were_wrong_are_said_and_fail_nothing(world: World, folder: Path, told: dict[str, object]) -> None:
    times = {"started": "2026-01-31T10:00:00Z", "finished": "2099-01-31T09:00:00Z"}
    states = [{**one, "time": f"2026-01-31T1{n}:00:00Z"} for n, one in zip((2, 1), told["checkpoints"], strict=True)]
    audited.write(folder / "record.json", {**told, **times, "checkpoints": states})
    audited.seal_again(folder, world)
    publisher = Publisher.create(world.publisher.key.ledger, "Clocks")
    audited.seal_again(folder, world, publisher)
    world.register(folder, publisher)
    found = world.audit(folder)
    assert found.sound, failed(found)
    said = {s.code for s in found.steps if s.outcome is Outcome.NOT_CHECKED}
    assert said >= {"clock-went-back", "time-to-come", "sealed-before-finished", "registered-before-finished"}


def test_a_model_that_was_withdrawn_or_whose_key_is_compromised_fails(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    model = world.register()
    send = world.publisher.key.send
    send("ModelRegistry", "setStatus", "0x" + model, int(Status.DEPRECATED), int(ModelReason.REPLACED))
    found = world.audit()
    assert found.sound
    assert codes(found, "register") == ["deprecated"]
    send("ModelRegistry", "setStatus", "0x" + model, int(Status.REVOKED), int(ModelReason.DATA))
    found = world.audit()
    assert failed(found) == {("register", "withdrawn")}
    assert step(found, "withdrawn").params["reason"] == ModelReason.DATA
    send("PublisherRegistry", "markCompromised", world.publisher.id, world.publisher.key.address, 1)
    found = world.audit()
    assert {("register", "signer-compromised"), ("seal", "seal-compromised")} <= failed(found)


def test_attestations_and_outputs_are_counted(tmp_path: Path) -> None:
    world = World.make(tmp_path)
    model = world.register()
    own = audited.registration(world.folder)["evaluation"]
    others = [Publisher.create(world.publisher.key.ledger, f"Lab {n}") for n in range(3)]
    for number, one in enumerate(others):
        what = own if number == 0 else "0x" + "ab" * 32
        one.key.send("ModelRegistry", "attest", one.id, "0x" + model, what, "")
    others[2].key.send("ModelRegistry", "withdrawAttestation", others[2].id, "0x" + model, 1)
    found = world.audit()
    assert step(found, "attestations").params == {"count": 2, "withdrawn": 1, "same": 1}
    assert len(found.facts["attestations"]["list"]) == 3
    assert step(found, "outputs").params["count"] == 0


# --- The register is not to be had ------------------------------------------------------------------------------------


def test_no_ledger_and_nobody_registered(world: World, tmp_path: Path) -> None:
    found = world.audit(home=Home(tmp_path / "empty"))
    assert found.sound
    assert codes(found, "register") == ["no-ledger"]
    lone = World.make(tmp_path / "lone")
    found = lone.audit()
    assert found.sound
    assert [codes(found, place) for place in ("register", "attestations", "outputs")] == [["not-registered"]] * 3
    assert codes(found, "seal") == ["seal-fits"]


def test_a_node_that_is_down(world: World) -> None:
    """Nothing listens there: the register is said not to have been asked, and the rest is audited all the same."""
    add(world.home, own("away", 31337, ("http://127.0.0.1:9",)))
    network = Networks.load(world.home).get("away")
    with _opened(world, network) as nodes:
        found = world.audit(network=network, nodes=nodes)
    assert found.sound
    assert step(found, "node-down").params["why"] == "unreachable"
    # Without a node to ask there is not even that.
    assert codes(world.audit(network=network), "register") == ["no-mirror"]


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[str, PracticeLedger]]:
    """A ledger that others share, at this address while this lasts."""
    ledger = PracticeLedger(Home(folder).shared_ledger, chain_id=SHARED_CHAIN_ID)
    ledger.fund("0x" + "11" * 20, 1)  # a first block
    server = LedgerServer(ledger, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", ledger
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        ledger.close()


def _register_at(world: World, network: Network, nodes: Sequence[Node]) -> None:
    """Make a publisher of the sealing key there, and register the model in its name."""
    told = audited.registration(world.folder)
    hashes = {name: str(told[name])[2:] for name in ("manifest", "weights", "record", "evaluation")}
    what = models.Registration(**hashes, data_root=told["dataRoot"][2:], items=told["items"])
    sender = Sender(world.home, network, nodes)
    try:
        for intent in (publishers.create(network, "Agence X"), models.register(network, 1, what)):
            prepared = sender.prepare(intent, world.signer.address)
            sender.send(prepared, world.signer, lambda _prepared: True)
    finally:
        sender.close()


@contextlib.contextmanager
def _opened(world: World, network: Network) -> Iterator[Sequence[Node]]:
    nodes = open_nodes(world.home, network)
    try:
        yield nodes
    finally:
        for node in nodes:
            node.close()


def test_a_model_on_the_register_of_another_chain(world: World, tmp_path: Path) -> None:
    """The practice ledger of this computer has it, the network that is asked does not; then that one is gone."""
    world.audit()
    with served(tmp_path / "other") as (url, ledger):
        add(world.home, own("elsewhere", SHARED_CHAIN_ID, (url,)))
        network = Networks.load(world.home).get("elsewhere")
        with _opened(world, network) as nodes:
            found = world.audit(network=network, nodes=nodes)
            assert found.sound
            assert codes(found, "register") == ["registered-elsewhere"]
            assert step(found, "registered-elsewhere").params == {"network": "practice", "chain_id": 7_031_337}
            # A bundle says which chain it speaks of, also to those who have no copy of that.
            bundle.export(world.folder, tmp_path / "b.zip", bundle.Wanted(""), home=world.home, network=world.network)
            other = Home(tmp_path / "home")
            found = world.audit(tmp_path / "b.zip", home=other, network=network, nodes=nodes)
            assert codes(found, "register") == ["bundle-of-another-chain"]
            ledger.fund(world.publisher.key.address, 10**19)
            _register_at(world, network, nodes)
            assert world.audit(network=network, nodes=nodes).facts["register"]["chain_id"] == SHARED_CHAIN_ID
            found = world.audit(tmp_path / "b.zip", network=network, nodes=nodes)
            assert found.sound
            assert codes(found, "register") == ["registered", "bundle-of-another-chain"]
    with _opened(world, network) as nodes:
        for asked in (nodes, ()):
            found = world.audit(network=network, nodes=asked)
            assert found.sound
            assert {"registered", "mirror-old"} <= set(codes(found, "register"))


def test_a_network_without_consent_is_not_asked(world: World) -> None:
    network = Networks.load(world.home).get("base")
    found = world.audit(network=network)
    assert codes(found, "register") == ["no-consent"]


def test_a_mirror_that_is_damaged_is_said(world: World, tmp_path: Path) -> None:
    other = world.copy(tmp_path)
    add(other.home, own("broken", 31339, ("http://127.0.0.1:9",)))
    network = Networks.load(other.home).get("broken")
    mirror_path(other.home, network).parent.mkdir(exist_ok=True)
    mirror_path(other.home, network).write_bytes(b"not a database" * 1000)
    found = other.audit(network=network)
    assert found.sound
    assert codes(found, "register")[0] in {"mirror-unreadable", "no-mirror"}


# --- Stopped ----------------------------------------------------------------------------------------------------------


def test_it_stops_when_asked_and_tells_how_far_it_is(world: World) -> None:
    cancel, seen = threading.Event(), []

    def tell(place: object, share: float | None) -> None:
        assert share is None or 0 <= share <= 1
        seen.append(place)

    world.audit(cancel=cancel, on_step=tell)
    every = list(dict.fromkeys(seen))
    assert len(every) >= 10
    for place in every:
        cancel = threading.Event()

        def stop(at: object, _share: float | None, wanted: object = place, event: threading.Event = cancel) -> None:
            if at == wanted:
                event.set()

        if place != every[-1]:
            with pytest.raises(AuditStoppedError):
                world.audit(cancel=cancel, on_step=stop)


# --- Anything at all --------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20) | st.sampled_from(["ab" * 32, "0" * 64, "2026-01-31T10:00:00Z", "0001-01-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_is_written_there_ends_in_steps(
    world: World, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = Path(shutil.copytree(world.folder, tmp_path_factory.mktemp("any") / "model"))
    for name in data.draw(st.sets(st.sampled_from(["record.json", "seal.json", "manifest.json"]), min_size=1)):
        whole = canonical.loads((folder / name).read_bytes(), exact=False)
        for _number in range(data.draw(st.integers(1, 3))):
            whole[data.draw(st.sampled_from(sorted(whole)))] = data.draw(VALUES)
        try:
            audited.write(folder / name, whole)
        except canonical.CanonicalError:
            (folder / name).write_bytes(data.draw(st.binary(max_size=300)))
    if data.draw(st.booleans()) and (folder / "record.json").stat().st_size:
        with contextlib.suppress(KeyError, TypeError, AttributeError, canonical.CanonicalError, ValueError):
            audited.seal_again(folder, world)
    (folder / "data.items").write_bytes(
        data.draw(st.just((folder / "data.items").read_bytes()) | st.binary(max_size=99))
    )
    found = world.audit(folder, network=None)
    assert len({step.place for step in found.steps}) >= 12
    assert all(lineage.sentence(one) for one in found.steps)
    json.dumps([dict(one.params) for one in found.steps])
    json.dumps({place: dict(values) for place, values in found.facts.items()})
