"""Whoever does whatever with models in whatever order, the register on the practice ledger is what a few lines say."""

from __future__ import annotations

import copy
import hashlib
import itertools
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.chain.plain_models import PlainModels
from tests.practice import Key, Publisher

from touchstone.chain import contracts, watch
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import MODELS, Networks
from touchstone.paths import Home
from touchstone.registry import models
from touchstone.registry.models import Registration

NETWORK = Networks.load(Home(Path("/nonexistent"))).get("practice")
PLACES = range(4)  # models, roots and items that a history is about
_HISTORIES = itertools.count()


class World:
    """One ledger for every history: two publishers, a second key of the first's for models alone, and a stranger."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = PracticeLedger(Path(self.folder.name) / "ledger.sqlite3")
        self.node = self.ledger.node()
        ana, ben = (Publisher.create(self.ledger, name) for name in ("Ana", "Ben"))
        hand, stranger = Key(self.ledger), Key(self.ledger)
        ana.key.send("PublisherRegistry", "setSigner", ana.id, hand.address, 8, 0, 0)
        self.keys = [ana.key, ben.key, hand, stranger]

    def close(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    def try_out(self, key: Key, intent: Intent) -> str:
        """The name of the error that a call would end in, "" for none."""
        call = {"from": key.address, "to": intent.to, "data": "0x" + intent.data.hex()}
        try:
            self.node.request("eth_call", [call, "latest"])
        except ChainError as error:
            return str(watch.reason(error)["reason"]) if error.code is ChainTrouble.REVERTED else str(error)
        return ""

    def do(self, key: Key, intent: Intent) -> int:
        """Send it; when it was."""
        function, arguments = contracts.decode_call(MODELS, intent.data)
        receipt = key.send(MODELS, function, *arguments.values())
        block = self.node.request("eth_getBlockByNumber", [receipt["blockNumber"], False])
        return int(block["timestamp"], 16)


class History:
    """A history on both: each step does the same on the ledger and in plain Python, and the same must come of it."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self._number = next(_HISTORIES)
        self.done: list[str] = []
        ana, ben, hand, _stranger = (key.address for key in world.keys)
        self.plain = PlainModels({1: ana, 2: ben}, {1: {ana, hand}, 2: {ben}})

    def hash(self, what: str, number: int) -> str:
        return hashlib.sha256(f"{self._number} {what} {number}".encode()).hexdigest()

    def id(self, number: int) -> str:
        """The id of a model: even ones are the first publisher's, odd ones the second's."""
        return models.id_of(1 + number % 2, self.hash("manifest", number))

    def go(self, steps: int) -> None:
        for number in PLACES[:2]:
            self.register(number)
        actions = (
            self.register,
            self.set_status,
            self.offer,
            self.accept,
            self.attest,
            self.withdraw_attestation,
            self.record,
            self.withdraw_outputs,
            self.retire,
        )
        for _step in range(steps):
            self.chance.choice(actions)(self.chance.choice(PLACES))

    def act(self, key: Key, intent: Intent, action: str, *arguments: Any) -> None:
        """Do the same on both."""
        wanted = getattr(copy.deepcopy(self.plain), action)(key.address, 0, *arguments)
        self.done.append(f"{action} {self.world.keys.index(key)} {arguments} -> {wanted or 'done'}")
        assert self.world.try_out(key, intent) == wanted, self.done
        if not wanted:
            now = self.world.do(key, intent)
            assert getattr(self.plain, action)(key.address, now, *arguments) == ""

    def key(self, name: int) -> Key:
        """The key that may act for a publisher, mostly."""
        if self.chance.random() < 0.2 or name not in {1, 2}:
            return self.chance.choice(self.world.keys)
        return self.world.keys[name - 1]

    def publisher(self) -> int:
        """One that there is, mostly."""
        return self.chance.choice((1, 2, 1, 2, 1, 2, 0, 3))

    def owner(self, number: int) -> int:
        """The publisher that a model belongs to, or would."""
        entry = self.plain.models.get(self.id(number))
        return entry.owner if entry else 1 + number % 2

    def register(self, number: int) -> None:
        owner, items = 1 + number % 2, self.chance.randrange(3)
        named = tuple(self.id(place) for place in self.chance.choices(PLACES[: number or 1], k=number))
        named = () if self.chance.random() < 0.3 else named
        manifest, weights, record = (self.hash(name, number) for name in ("manifest", "weights", "record"))
        root = self.hash("data", number) if items else ""
        what = Registration(manifest, weights, record, root, items, parents=named)
        intent = models.register(NETWORK, owner, what)
        self.act(self.key(owner), intent, "register", owner, self.id(number), named, items)

    def set_status(self, number: int) -> None:
        status, why = self.chance.choice((1, 2, 1, 2, 3, 0, 4, 255)), self.chance.randrange(256)
        data = contracts.encode(MODELS, "setStatus", bytes.fromhex(self.id(number)), status, why)
        intent = Intent("model-status", NETWORK.models, data)
        self.act(self.key(self.owner(number)), intent, "set_status", self.id(number), status, why)

    def offer(self, number: int) -> None:
        to = self.chance.choice((1, 2, 1, 2, 0, 4_000_000))
        intent = models.offer(NETWORK, self.id(number), to)
        self.act(self.key(self.owner(number)), intent, "offer", self.id(number), to)

    def accept(self, number: int) -> None:
        entry = self.plain.models.get(self.id(number))
        key = self.key(entry.offered if entry else 0)
        self.act(key, models.accept(NETWORK, self.id(number)), "accept", self.id(number))

    def attest(self, number: int) -> None:
        name, said = self.publisher(), self.hash("report", self.chance.randrange(3))
        intent = models.attest(NETWORK, name, self.id(number), said)
        self.act(self.key(name), intent, "attest", name, self.id(number), said)

    def withdraw_attestation(self, number: int) -> None:
        model, name = self.id(number), self.publisher()
        if self.plain.said and self.chance.random() < 0.7:
            model, name = self.chance.choice(sorted(self.plain.said))
        intent = models.withdraw_attestation(NETWORK, name, model)
        self.act(self.key(name), intent, "withdraw_attestation", name, model)

    def record(self, number: int) -> None:
        name, root, count = self.publisher(), self.hash("root", number), self.chance.randrange(4)
        intent = models.record_outputs(NETWORK, name, root, count, self.hash("list", number))
        self.act(self.key(name), intent, "record", name, root, count)

    def withdraw_outputs(self, number: int) -> None:
        key = self.chance.choice(self.world.keys)
        signer, root = self.chance.choice(self.world.keys).address, self.hash("root", number)
        if self.plain.lists and self.chance.random() < 0.7:
            signer, root = self.chance.choice(sorted(self.plain.lists))
            if self.chance.random() < 0.5:
                key = next(key for key in self.world.keys if key.address == signer)
        self.act(key, models.withdraw_outputs(NETWORK, signer, root), "withdraw_outputs", signer, root)

    def retire(self, number: int) -> None:
        name = self.publisher()
        numbers = [number, self.chance.randrange(10)][: self.chance.choice((1, 2, 2, 1, 0))]
        items = [self.hash("item", place) for place in numbers]
        self.act(self.key(name), models.retire(NETWORK, name, items), "retire", name, items)

    def compare(self) -> None:
        """All that can be read is as it should be, also what nobody touched."""
        for number in PLACES:
            self._compare_model(number)
            for name in (1, 2):
                self._compare_attestation(number, name)
                when = models.retired_at([self.world.node], NETWORK, name, self.hash("item", number))
                assert when == self.plain.retired.get((name, self.hash("item", number)), 0)
            for key in self.world.keys:
                self._compare_list(key.address, self.hash("root", number))

    def _compare_model(self, number: int) -> None:
        model, entry = self.id(number), self.plain.models.get(self.id(number))
        found = models.model([self.world.node], NETWORK, model)
        if entry is None or found is None:
            assert entry is found is None
            return
        told = (found.owner, found.pending_owner, found.registered, found.changed, found.status, found.reason)
        assert told == (entry.owner, entry.offered, entry.registered, entry.changed, entry.status, entry.reason)
        assert (found.family, found.items, found.parents) == (entry.family, entry.items, len(entry.parents))
        assert models.parents([self.world.node], NETWORK, model, found.parents) == entry.parents
        assert found.manifest == self.hash("manifest", number)

    def _compare_attestation(self, number: int, name: int) -> None:
        said = self.plain.said.get((self.id(number), name))
        found = models.attestation([self.world.node], NETWORK, self.id(number), name)
        assert (said is None) == (found is None)
        if said is not None and found is not None:
            assert (found.evaluation, found.attested, found.withdrawn) == (said.evaluation, said.at, said.withdrawn)

    def _compare_list(self, signer: str, root: str) -> None:
        known = self.plain.lists.get((signer, root))
        found = models.outputs([self.world.node], NETWORK, signer, root)
        assert (known is None) == (found is None)
        if known is not None and found is not None:
            told = (found.publisher, found.count, found.recorded, found.withdrawn)
            assert told == (known.publisher, known.count, known.at, known.withdrawn)


_WORLDS: list[World] = []


def setup_module() -> None:
    """Before any history: making a ledger takes as long as a hundred calls, and loads the machine that runs them."""
    _WORLDS.append(World())


def teardown_module() -> None:
    while _WORLDS:
        _WORLDS.pop().close()


@given(st.randoms(use_true_random=True))
@settings(max_examples=12, deadline=None, phases=[Phase.reuse, Phase.generate])  # a seed cannot be made smaller
def test_every_history(chance: random.Random) -> None:
    (world,) = _WORLDS
    history = History(world, chance)
    history.go(40)
    history.compare()
