"""Every call of the register of models from its intent to its effect, on a practice ledger."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from tests.practice import Key, Publisher
from tests.registry import data_roots
from tests.registry.publishing import Desk, KeySigner

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.send import Sender
from touchstone.registry import models, output_lists, publishers
from touchstone.registry.model_types import Decision, ModelReason, Output, RetirementReason, Status
from touchstone.registry.models import Registration
from touchstone.registry.publishers import Role
from touchstone.texts import chain as chain_words

ITEMS = sorted(hashlib.sha256(b"item %d" % n).digest() for n in range(13))
_NUMBERS = itertools.count()


def digest(what: object = "") -> str:
    """A hash like no other here."""
    return hashlib.sha256(f"{what} {next(_NUMBERS)}".encode()).hexdigest()


def some(**changed: Any) -> Registration:
    """A model like no other here."""
    return dataclasses.replace(Registration(digest("manifest"), digest("weights"), digest("record")), **changed)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.make(tmp_path_factory.mktemp("models"))
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def sender(desk: Desk) -> Iterator[Sender]:
    made = Sender(desk.home, desk.network)
    yield made
    made.close()


@dataclasses.dataclass
class Registrar:
    """A publisher that sends, and a look at what the register then says."""

    desk: Desk
    sender: Sender
    number: int
    signer: KeySigner

    def send(self, intent: Intent) -> Any:
        return self.sender.send(self.sender.prepare(intent, self.signer.address), self.signer, lambda _p: True)

    def refused(self, intent: Intent) -> str:
        with pytest.raises(ChainError) as caught:
            self.sender.prepare(intent, self.signer.address)
        assert caught.value.code is ChainTrouble.REVERTED
        said = chain_words.trouble(caught.value)
        assert "no reason that is known" not in said
        assert "file" not in said, "words of the register of files"
        return str(caught.value.params["reason"])

    def register(self, what: Registration) -> str:
        self.send(models.register(self.desk.network, self.number, what))
        return models.id_of(self.number, what.manifest)

    def model(self, model: str) -> models.ModelState:
        found = models.model([self.desk.ledger.node()], self.desk.network, model)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def own(desk: Desk, sender: Sender) -> Registrar:
    return Registrar(desk, sender, desk.publisher, desk.signer)


@pytest.fixture(scope="module")
def other(desk: Desk, sender: Sender) -> Registrar:
    made = Publisher.create(desk.ledger, "Another")
    return Registrar(desk, sender, made.id, KeySigner(made.key.signer))


class TestRegister:
    def test_all_that_is_told_is_there(self, desk: Desk, own: Registrar) -> None:
        what = some(
            data_root=data_roots.root(ITEMS).hex(),
            items=len(ITEMS),
            evaluation=digest("evaluation"),
            uri="https://models.example/1",
        )
        prepared = own.sender.prepare(models.register(desk.network, own.number, what), own.signer.address)
        model = models.id_of(own.number, what.manifest)
        assert prepared.outcome == {"model": "0x" + model}
        own.sender.send(prepared, own.signer, lambda _p: True)
        found = own.model(model)
        assert (found.manifest, found.weights, found.record) == (what.manifest, what.weights, what.record)
        assert (found.data_root, found.items, found.evaluation) == (what.data_root, what.items, what.evaluation)
        assert (found.owner, found.pending_owner, found.status) == (own.number, 0, Status.ACTIVE)
        assert (found.family, found.parents, found.changed, found.reason) == (model, 0, 0, 0)
        assert found.registered == desk.ledger.status().time

    def test_the_id_is_the_contracts_own(self, desk: Desk) -> None:
        for publisher in (1, 7, 2**32 - 1):
            manifest = digest()
            call = contracts.encode("ModelRegistry", "idOf", publisher, bytes.fromhex(manifest))
            asked = [{"to": desk.network.models, "data": "0x" + call.hex()}, "latest"]
            assert desk.ledger.node().request("eth_call", asked) == "0x" + models.id_of(publisher, manifest)

    def test_what_is_not_told_is_not_there(self, own: Registrar) -> None:
        found = own.model(own.register(some()))
        assert (found.data_root, found.items, found.evaluation, found.parents) == ("", 0, "", 0)

    def test_once_only_and_yet_by_others_too(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        what = some()
        first = own.register(what)
        assert own.refused(models.register(desk.network, own.number, what)) == "AlreadyRegistered"
        second = other.register(what)
        assert first != second
        assert (own.model(first).owner, own.model(second).owner) == (own.number, other.number)

    def test_parents_and_families(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        node = [desk.ledger.node()]
        eldest, stranger = own.register(some()), other.register(some())
        child = own.register(some(parents=(eldest, stranger)))
        grandchild = other.register(some(parents=(child,)))
        assert models.parents(node, desk.network, child, own.model(child).parents) == (eldest, stranger)
        assert models.parents(node, desk.network, grandchild, 1) == (child,)
        assert own.model(grandchild).family == own.model(child).family == eldest
        assert own.model(stranger).family == stranger

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"manifest": ""}, "ZeroHash"),
            ({"weights": ""}, "ZeroHash"),
            ({"record": ""}, "ZeroHash"),
            ({"items": 3}, "ZeroHash"),
            ({"data_root": "ab" * 32}, "BatchSize"),
            ({"parents": ("ab" * 32,)}, "UnknownParent"),
            ({"parents": tuple(f"{n:064x}" for n in range(17))}, "TooManyParents"),
            ({"uri": "x" * (models.LONGEST_URI + 1)}, "BadLength"),
        ],
    )
    def test_what_is_refused(self, desk: Desk, own: Registrar, changed: dict[str, Any], reason: str) -> None:
        assert own.refused(models.register(desk.network, own.number, some(**changed))) == reason

    def test_a_parent_twice_is_refused(self, desk: Desk, own: Registrar) -> None:
        parent = own.register(some())
        twice = models.register(desk.network, own.number, some(parents=(parent, parent)))
        assert own.refused(twice) == "DuplicateParent"

    def test_only_keys_that_may(self, desk: Desk, own: Registrar, other: Registrar, sender: Sender) -> None:
        assert own.refused(models.register(desk.network, other.number, some())) == "NotSigner"
        key = KeySigner(Key(desk.ledger).signer)
        hand = Registrar(desk, sender, own.number, key)
        own.send(publishers.set_signer(desk.network, own.number, key.address, Role.REGISTER | Role.BATCH))
        assert hand.refused(models.register(desk.network, own.number, some())) == "NotSigner"
        own.send(publishers.set_signer(desk.network, own.number, key.address, Role.MODEL))
        assert hand.model(hand.register(some())).owner == own.number

    def test_what_is_no_hash_is_no_call(self, desk: Desk) -> None:
        for wrong in ("ab", "zz" * 32, "0x" + "ab" * 32):
            with pytest.raises(ValueError, match=r"not a hash|hex"):
                models.register(desk.network, 1, some(manifest=wrong))


class TestStatus:
    def test_down_and_up_again(self, desk: Desk, own: Registrar) -> None:
        model = own.register(some())
        own.send(models.set_status(desk.network, model, Status.DEPRECATED, ModelReason.REPLACED))
        found = own.model(model)
        assert (found.status, found.reason) == (Status.DEPRECATED, ModelReason.REPLACED)
        assert found.changed == desk.ledger.status().time
        own.send(models.set_status(desk.network, model, Status.ACTIVE))
        assert own.model(model).status is Status.ACTIVE
        assert own.refused(models.set_status(desk.network, model, Status.ACTIVE)) == "BadStatus"

    def test_withdrawn_is_for_ever(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        model = own.register(some())
        gone = models.set_status(desk.network, model, Status.REVOKED, ModelReason.DATA)
        assert other.refused(gone) == "NotSigner"
        own.send(gone)
        assert own.model(model).status is Status.REVOKED
        for status in Status:
            assert own.refused(models.set_status(desk.network, model, status)) == "AlreadyRevoked"

    def test_of_none(self, desk: Desk, own: Registrar) -> None:
        assert own.refused(models.set_status(desk.network, digest(), Status.REVOKED)) == "NotRegistered"
        assert models.model([desk.ledger.node()], desk.network, digest()) is None


class TestTransfer:
    def test_offered_and_taken(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        model = own.register(some())
        assert other.refused(models.accept(desk.network, model)) == "NotOffered"
        own.send(models.offer(desk.network, model, other.number))
        assert own.model(model).pending_owner == other.number
        assert own.refused(models.accept(desk.network, model)) == "NotOffered"
        other.send(models.accept(desk.network, model))
        found = own.model(model)
        assert (found.owner, found.pending_owner, found.model) == (other.number, 0, model)
        assert own.refused(models.set_status(desk.network, model, Status.REVOKED)) == "NotSigner"
        assert own.refused(models.offer(desk.network, model, own.number)) == "NotController"
        other.send(models.set_status(desk.network, model, Status.DEPRECATED))

    def test_an_offer_taken_back(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        model = own.register(some())
        own.send(models.offer(desk.network, model, other.number))
        own.send(models.offer(desk.network, model, 0))
        assert other.refused(models.accept(desk.network, model)) == "NotOffered"
        assert own.refused(models.offer(desk.network, model, 0)) == "NotOffered"
        assert own.refused(models.offer(desk.network, model, 4_000_000)) == "NotRegistered"


class TestAttestations:
    def test_said_and_taken_back(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        node, model = [desk.ledger.node()], own.register(some())
        first, second = digest("report"), digest("report")
        assert models.attestation(node, desk.network, model, other.number) is None
        other.send(models.attest(desk.network, other.number, model, first, "https://a.example/1"))
        other.send(models.attest(desk.network, other.number, model, second))
        found = models.attestation(node, desk.network, model, other.number)
        assert found is not None
        assert (found.evaluation, found.stands) == (second, True)
        back = models.withdraw_attestation(desk.network, other.number, model, ModelReason.ERROR)
        other.send(back)
        found = models.attestation(node, desk.network, model, other.number)
        assert found is not None
        assert not found.stands
        assert other.refused(back) == "AlreadyRevoked"
        assert own.refused(models.withdraw_attestation(desk.network, own.number, model)) == "NotRegistered"
        other.send(models.attest(desk.network, other.number, model, first))
        found = models.attestation(node, desk.network, model, other.number)
        assert found is not None
        assert found.stands

    def test_of_nothing(self, desk: Desk, own: Registrar) -> None:
        assert own.refused(models.attest(desk.network, own.number, digest(), digest())) == "NotRegistered"
        model = own.register(some())
        assert own.refused(models.attest(desk.network, own.number, model, "")) == "ZeroHash"


def listed(count: int) -> list[Output]:
    return [
        Output(digest(), digest(), "face", None if n % 2 else 1000 * n, Decision(n % 4), 1_700_000_000 + n)
        for n in range(count)
    ]


class TestOutputs:
    @pytest.mark.parametrize("count", [1, 2, 7])
    def test_recorded_proved_and_withdrawn(self, desk: Desk, own: Registrar, other: Registrar, count: int) -> None:
        node, network, outputs = [desk.ledger.node()], desk.network, listed(count)
        hashed = output_lists.list_hash(output_lists.dump(outputs))
        root = output_lists.tree(outputs).root
        own.send(models.record_outputs(network, own.number, root, count, hashed, "https://lists.example"))
        found = models.outputs(node, network, own.signer.address, root)
        assert found is not None
        assert (found.publisher, found.count, found.stands) == (own.number, count, True)
        proofs = [output_lists.proof(outputs, index) for index in range(count)]
        assert all(models.verify_output(node, network, own.signer.address, proof) for proof in proofs)
        assert not models.verify_output(node, network, other.signer.address, proofs[0])
        for changed in ({"media": digest()}, {"score": 12}, {"decision": Decision.MADE, "witness": "voice"}):
            lie = dataclasses.replace(proofs[0], output=dataclasses.replace(outputs[0], **changed))
            assert not models.verify_output(node, network, own.signer.address, lie)
        again = models.record_outputs(network, own.number, root, count, hashed)
        assert own.refused(again) == "AlreadyRecorded"
        gone = models.withdraw_outputs(network, own.signer.address, root, ModelReason.ERROR)
        assert other.refused(gone) == "NotSigner"
        own.send(gone)
        assert own.refused(gone) == "AlreadyRevoked"
        found = models.outputs(node, network, own.signer.address, root)
        assert found is not None
        assert not found.stands
        assert not models.verify_output(node, network, own.signer.address, proofs[0])

    def test_in_ones_own_name(self, desk: Desk, sender: Sender, own: Registrar) -> None:
        nobody = Registrar(desk, sender, 0, KeySigner(Key(desk.ledger).signer))
        root, hashed = digest(), digest()
        nobody.send(models.record_outputs(desk.network, 0, root, 1, hashed))
        found = models.outputs([desk.ledger.node()], desk.network, nobody.signer.address, root)
        assert found is not None
        assert found.publisher == 0
        assert own.refused(models.withdraw_outputs(desk.network, nobody.signer.address, root)) == "NotSigner"
        nobody.send(models.withdraw_outputs(desk.network, nobody.signer.address, root))

    def test_of_nothing(self, desk: Desk, own: Registrar) -> None:
        assert own.refused(models.record_outputs(desk.network, own.number, digest(), 0, digest())) == "BatchSize"
        assert own.refused(models.record_outputs(desk.network, own.number, "", 1, digest())) == "ZeroHash"
        assert own.refused(models.withdraw_outputs(desk.network, own.signer.address, digest())) == "NotRegistered"
        assert models.outputs([desk.ledger.node()], desk.network, own.signer.address, digest()) is None

    def test_an_output_hashes_as_the_contract_has_it(self, desk: Desk) -> None:
        for index, output in enumerate(listed(4)):
            call = contracts.encode("ModelRegistry", "outputHash", models.output_struct(index, output))
            asked = [{"to": desk.network.models, "data": "0x" + call.hex()}, "latest"]
            hashed = output_lists.output_hash(index, output).hex()
            assert desk.ledger.node().request("eth_call", asked) == "0x" + hashed


class TestRetirement:
    def test_for_good_and_for_each_publisher(self, desk: Desk, own: Registrar, other: Registrar) -> None:
        node, items = [desk.ledger.node()], [digest() for _ in range(3)]
        gone = models.retire(desk.network, own.number, items, RetirementReason.REQUEST)
        mined = own.send(gone)
        assert len(mined.logs) == 3
        now = desk.ledger.status().time
        assert [models.retired_at(node, desk.network, own.number, item) for item in items] == [now] * 3
        assert models.retired_at(node, desk.network, other.number, items[0]) == 0
        assert own.refused(models.retire(desk.network, own.number, [digest(), items[1]])) == "AlreadyRetired"
        other.send(models.retire(desk.network, other.number, items[:1]))

    def test_too_few_and_too_many(self, desk: Desk, own: Registrar) -> None:
        assert own.refused(models.retire(desk.network, own.number, [])) == "BatchSize"
        over = [f"{n:064x}" for n in range(1, models.MOST_RETIRED + 2)]
        assert own.refused(models.retire(desk.network, own.number, over)) == "BatchSize"
        assert own.refused(models.retire(desk.network, own.number, [""])) == "ZeroHash"


class TestProofs:
    @pytest.fixture(scope="class")
    @staticmethod
    def model(own: Registrar) -> str:
        return own.register(some(data_root=data_roots.root(ITEMS).hex(), items=len(ITEMS)))

    def test_absence_before_between_and_after(self, desk: Desk, own: Registrar, model: str) -> None:
        node, network = [desk.ledger.node()], desk.network
        strangers = [bytes(31) + b"\x01", b"\xff" * 32, *(bytes.fromhex(digest()) for _ in range(6))]
        for item in strangers:
            proof = data_roots.absence(ITEMS, item)
            assert models.absent_from(node, network, model, item.hex(), proof)
            root = (data_roots.root(ITEMS), len(ITEMS))
            assert models.proves_absence(node, network, root, item.hex(), proof)
            assert not models.proves_absence(node, network, (digest(), len(ITEMS)), item.hex(), proof)

    def test_presence_and_no_proof_of_absence(self, desk: Desk, model: str) -> None:
        node, network = [desk.ledger.node()], desk.network
        for index, item in enumerate(ITEMS):
            path = data_roots.path(ITEMS, index)
            assert models.present_in(node, network, model, item.hex(), (index, path))
            assert not models.present_in(node, network, model, digest(), (index, path))
            assert not models.absent_from(node, network, model, item.hex(), data_roots.absence(ITEMS, item))

    def test_neighbours_that_are_none(self, desk: Desk, model: str) -> None:
        """Two leaves with one between them prove nothing about that one."""
        node, network = [desk.ledger.node()], desk.network
        proof = {
            "index": 4,
            "left": ITEMS[3],
            "right": ITEMS[5],
            "leftPath": data_roots.path(ITEMS, 3),
            "rightPath": data_roots.path(ITEMS, 5),
        }
        assert not models.absent_from(node, network, model, ITEMS[4].hex(), proof)

    def test_a_model_that_tells_no_data_or_is_none(self, desk: Desk, own: Registrar) -> None:
        node, item = [desk.ledger.node()], bytes.fromhex(digest())
        proof = data_roots.absence(ITEMS, item)
        for model in (own.register(some()), digest()):
            assert not models.absent_from(node, desk.network, model, item.hex(), proof)
            assert not models.present_in(node, desk.network, model, item.hex(), (0, []))


def test_a_network_without_the_register(desk: Desk) -> None:
    bare = dataclasses.replace(desk.network, models="")
    calls = (
        lambda: models.model([desk.ledger.node()], bare, digest()),
        lambda: models.retire(bare, 1, [digest()]),
    )
    for call in calls:
        with pytest.raises(ChainError) as caught:
            call()
        assert caught.value.code is ChainTrouble.NOT_DEPLOYED
        assert "register of models" in chain_words.trouble(caught.value)
