"""The contract says of each proof what the verifier says, and takes none that is forged."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.lineage import audited, roots
from tests.lineage.audited import World

from touchstone.chain.node import Node
from touchstone.lineage import items, proof, verifier
from touchstone.lineage.tree import Prover
from touchstone.registry import models

SETS = 100
VECTORS = json.loads(Path(__file__).with_name("root-vectors.json").read_text())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.make(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def nodes(world: World) -> list[Node]:
    return [world.publisher.key.ledger.node()]


def forged(chance: random.Random, good: dict[str, Any], count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Arguments near to good ones, with the count that is claimed."""
    index = good["index"]
    yield count, {**good, "index": index + 1}
    yield count, {**good, "index": max(0, index - 1)}
    yield count, {**good, "left": good["right"], "right": good["left"]}
    yield count, {**good, "leftPath": good["rightPath"], "rightPath": good["leftPath"]}
    yield count + 1, {**good, "index": index + 1}
    yield max(1, count - 1), {**good, "index": max(0, index - 1)}
    for name in ("leftPath", "rightPath"):
        path = list(good[name])
        yield count, {**good, name: [*path, chance.randbytes(32)]}
        if path:
            yield count, {**good, name: path[:-1]}
            yield count, {**good, name: [*path[:-1], chance.randbytes(32)]}
    yield count, {**good, "index": 0, "left": bytes(32), "leftPath": []}
    yield count, {**good, "index": count, "right": bytes(32), "rightPath": []}


def test_random_sets(world: World, nodes: list[Node], tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(SETS):
        members = sorted(roots.item(n, str(number)) for n in range(chance.choice((1, 2, 3, 5, 8, 9, 30))))
        root, count = roots.tree_hash(members), len(members)

        def absent(item: bytes, told: dict[str, Any], root: bytes = root, count: int = count) -> bool:
            return models.proves_absence(nodes, world.network, (root, count), item.hex(), told)

        with items.read(roots.put(tmp_path / str(number), members)) as listed:
            prover = Prover(listed)
            gaps = [roots.after(chance.choice(members)), roots.before(members[0]), roots.after(members[-1])]
            for gap in gaps:
                made = prover.absence(gap)
                assert made is not None
                told = proof.absence_arguments(made, count)
                assert verifier.absent(root, count, gap, made)
                assert absent(gap, told)
            # The last of them, bent towards an item that is there.
            one = chance.choice(members)
            place = members.index(one)
            beside = proof.absence_arguments(prover.absence(roots.after(one)) or b"", count)
            for claimed, bent in (*forged(chance, beside, count), (count, beside), (count, told)):
                assert not absent(one, bent, count=claimed), (place, claimed, bent)


def test_the_vectors_that_prove_nothing(world: World, nodes: list[Node]) -> None:
    assert len(VECTORS["refused"]) > 10
    for one in VECTORS["refused"]:
        told = {name: _bytes(one[name]) for name in ("left", "right", "leftPath", "rightPath")}
        told["index"] = int(one["index"])
        root = (_bytes(one["root"]), int(one["count"]))
        assert not models.proves_absence(nodes, world.network, root, one["item"][2:], told), one


def _bytes(value: str | list[str]) -> Any:
    return [_bytes(one) for one in value] if isinstance(value, list) else bytes.fromhex(value[2:])


def test_of_a_registered_model(world: World, nodes: list[Node]) -> None:
    model = world.register()
    picture = bytes.fromhex(audited.sha(audited.TRAINED[3]))
    judged = bytes.fromhex(audited.sha(audited.JUDGED[1]))
    with items.read(world.folder / items.FILE) as listed:
        prover = Prover(listed)
        count = prover.root.items
        absence = proof.absence_arguments(prover.absence(judged) or b"", count)
        placed = proof.presence_arguments(prover.presence(picture) or b"", count, picture)
    assert models.absent_from(nodes, world.network, model, judged.hex(), absence)
    assert not models.absent_from(nodes, world.network, model, picture.hex(), absence)
    assert models.present_in(nodes, world.network, model, picture.hex(), placed)
    assert not models.present_in(nodes, world.network, model, judged.hex(), placed)
    # Of a model that tells no data, or that there is not, nothing is proved.
    untold = dataclasses.replace(world, publisher=audited.Publisher.create(world.publisher.key.ledger, "Agence Y"))
    without = untold.register(dataRoot=bytes(32), items=0)
    assert not models.absent_from(nodes, world.network, without, judged.hex(), absence)
    assert not models.absent_from(nodes, world.network, "ab" * 32, judged.hex(), absence)
