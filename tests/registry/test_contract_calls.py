"""Every call of both registries from its intent to its effect, and signatures that must not be used again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from tests.practice import Key, Publisher, sha
from tests.registry.publishing import Desk, KeySigner

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.intent import Intent
from touchstone.chain.send import Sender
from touchstone.registry import media, publishers
from touchstone.registry.media import BySignature, Reason, Registration
from touchstone.registry.merkle import Tree
from touchstone.registry.publishers import Role


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.make(tmp_path_factory.mktemp("calls"))
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def sender(desk: Desk) -> Iterator[Sender]:
    made = Sender(desk.home, desk.network)
    yield made
    made.close()


def send(sender: Sender, signer: KeySigner, intent: Intent) -> Any:
    return sender.send(sender.prepare(intent, signer.address), signer, lambda _p: True)


def reason(call: Any) -> str:
    with pytest.raises(ChainError) as caught:
        call()
    assert caught.value.code is ChainTrouble.REVERTED
    return str(caught.value.params["reason"])


def key_of(desk: Desk) -> KeySigner:
    return KeySigner(Key(desk.ledger).signer)


class TestPublishers:
    def test_made_renamed_and_its_domain_claimed(self, desk: Desk, sender: Sender) -> None:
        node, who = [desk.ledger.node()], key_of(desk)
        mined = send(sender, who, publishers.create(desk.network, "Le Monde", "lemonde.example"))
        number = publishers.created(mined.logs)
        state = publishers.state(node, desk.network, number)
        assert state is not None
        assert state.controller == who.address
        assert state.domain_hash
        assert publishers.may(node, desk.network, number, who.address, Role.BATCH)
        send(sender, who, publishers.set_name(desk.network, number, "Le Monde 2"))
        send(sender, who, publishers.claim_domain(desk.network, number, ""))
        state = publishers.state(node, desk.network, number)
        assert state is not None
        assert state.domain_hash == ""

    def test_signers_come_and_go(self, desk: Desk, sender: Sender) -> None:
        node, other = [desk.ledger.node()], key_of(desk)
        number = desk.publisher
        assert publishers.signer(node, desk.network, number, other.address) is None
        intent = publishers.set_signer(desk.network, number, other.address, Role.REGISTER | Role.REVOKE)
        send(sender, desk.signer, intent)
        found = publishers.signer(node, desk.network, number, other.address)
        assert found is not None
        assert (found.roles, found.valid_to, found.revoked) == (Role.REGISTER | Role.REVOKE, 0, 0)
        assert not publishers.may(node, desk.network, number, other.address, Role.BATCH)
        send(sender, desk.signer, publishers.mark_compromised(desk.network, number, other.address, 1_000_000))
        send(sender, desk.signer, publishers.revoke_signer(desk.network, number, other.address))
        found = publishers.signer(node, desk.network, number, other.address)
        assert found is not None
        assert found.revoked > 0
        assert found.compromised_since == 1_000_000
        assert not publishers.may(node, desk.network, number, other.address, Role.REGISTER)

    def test_control_in_two_steps(self, desk: Desk, sender: Sender) -> None:
        node, first, second = [desk.ledger.node()], key_of(desk), key_of(desk)
        number = publishers.created(send(sender, first, publishers.create(desk.network, "Handed on")).logs)
        send(sender, first, publishers.offer_control(desk.network, number, second.address))
        stranger = key_of(desk)
        accept = publishers.accept_control(desk.network, number)
        assert reason(lambda: sender.prepare(accept, stranger.address)) == "NotOffered"
        send(sender, second, accept)
        state = publishers.state(node, desk.network, number)
        assert state is not None
        assert (state.controller, state.pending_controller) == (second.address, "")

    def test_recovery_takes_seven_days_and_can_be_stopped(self, desk: Desk, sender: Sender) -> None:
        node, lost, friend, new = [desk.ledger.node()], key_of(desk), key_of(desk), key_of(desk)
        create = publishers.create(desk.network, "Recovered", "", friend.address)
        number = publishers.created(send(sender, lost, create).logs)
        send(sender, lost, publishers.set_recovery(desk.network, number, friend.address))
        start = publishers.start_recovery(desk.network, number, new.address)
        send(sender, friend, start)
        send(sender, lost, publishers.cancel_recovery(desk.network, number))
        send(sender, friend, start)
        finish = publishers.finish_recovery(desk.network, number)
        assert reason(lambda: sender.prepare(finish, new.address)) == "TooEarly"
        desk.ledger.skip(7 * 24 * 3600 + 1)
        send(sender, new, finish)
        state = publishers.state(node, desk.network, number)
        assert state is not None
        assert state.controller == new.address

    def test_nobody(self, desk: Desk) -> None:
        assert publishers.state([desk.ledger.node()], desk.network, 4_000_000) is None
        with pytest.raises(ChainError):
            publishers.created([{"topics": []}, {"topics": ["0x00", "0x01"]}, {}])


class TestMedia:
    def test_by_itself_withdrawn_and_again(self, desk: Desk, sender: Sender) -> None:
        what, node = Registration(sha(11), kind=1, uri="https://a.example/11"), [desk.ledger.node()]
        send(sender, desk.signer, media.register(desk.network, desk.publisher, what))
        again = media.register(desk.network, desk.publisher, what)
        assert reason(lambda: sender.prepare(again, desk.signer.address)) == "AlreadyRegistered"
        assert media.claim(node, desk.network, what.sha256, desk.publisher).stands
        gone = media.revoke(desk.network, desk.publisher, what.sha256, Reason.RIGHTS)
        send(sender, desk.signer, gone)
        assert reason(lambda: sender.prepare(gone, desk.signer.address)) == "AlreadyRevoked"
        assert not media.claim(node, desk.network, what.sha256, desk.publisher).stands
        send(sender, desk.signer, again)
        assert media.claim(node, desk.network, what.sha256, desk.publisher).stands

    def test_many(self, desk: Desk, sender: Sender) -> None:
        items = [Registration(sha(100 + n), kind=1, flags=1) for n in range(20)]
        mined = send(sender, desk.signer, media.register_many(desk.network, desk.publisher, items))
        assert len(mined.logs) == 20
        for one in (items[0], items[-1]):
            assert media.claim([desk.ledger.node()], desk.network, one.sha256, desk.publisher).flags == 1

    def test_a_batch_and_one_leaf_of_it(self, desk: Desk, sender: Sender) -> None:
        node = [desk.ledger.node()]
        listed = [Registration(sha(200 + n)).leaf for n in range(5)]
        tree = Tree.of(listed)
        intent = media.register_root(desk.network, desk.publisher, tree.root, 5, b"\x01" * 32, "")
        send(sender, desk.signer, intent)
        assert media.root_stands(node, desk.network, desk.publisher, tree.root)
        batch = (tree.root, 3, listed[3], tree.proof(3))
        wrong = media.revoke_leaf(desk.network, desk.publisher, (*batch[:3], tree.proof(2)), Reason.ERROR, "")
        assert reason(lambda: sender.prepare(wrong, desk.signer.address)) == "BadProof"
        send(sender, desk.signer, media.revoke_leaf(desk.network, desk.publisher, batch, Reason.ERROR, sha(1)))
        assert not media.leaf_stands(node, desk.network, desk.publisher, tree.root, (3, listed[3]))
        assert media.leaf_stands(node, desk.network, desk.publisher, tree.root, (2, listed[2]))
        send(sender, desk.signer, media.revoke_root(desk.network, desk.publisher, tree.root, Reason.KEY_COMPROMISED))
        assert not media.root_stands(node, desk.network, desk.publisher, tree.root)

    @pytest.mark.parametrize("value", ["ab", "zz" * 32, "ab" * 33])
    def test_what_is_no_hash(self, desk: Desk, value: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            media.register(desk.network, desk.publisher, Registration(value))


class TestBySignature:
    """One key signs, another sends; the signature is good for one chain, contract, nonce and time."""

    def signed(self, desk: Desk, number: int, **changed: Any) -> BySignature:
        node, network = [desk.ledger.node()], desk.network
        fields = {
            "publisher": desk.publisher,
            "what": Registration(sha(number), kind=1, uri="https://a.example/"),
            "signer": desk.signer.address,
            "nonce": media.nonce(node, network, desk.signer.address),
            "deadline": desk.ledger.status().time + 3600,
        }
        return BySignature(**{**fields, **changed})

    def test_the_desk_and_the_contract_hash_alike(self, desk: Desk) -> None:
        from eth_account.messages import encode_typed_data

        wanted = self.signed(desk, 300)
        signable = encode_typed_data(full_message=media.typed_data(desk.network, wanted))
        from touchstone.chain.keccak import keccak256

        digest = keccak256(b"\x19" + signable.version + signable.header + signable.body)
        call = contracts.encode(
            "MediaRegistry",
            "registrationDigest",
            wanted.publisher,
            media._struct(wanted.what),
            wanted.signer,
            wanted.nonce,
            wanted.deadline,
        )
        answered = desk.ledger.node().request(
            "eth_call", [{"to": desk.network.media, "data": "0x" + call.hex()}, "latest"]
        )
        assert answered == "0x" + digest.hex()

    def test_sent_by_somebody_else_and_only_once(self, desk: Desk, sender: Sender) -> None:
        wanted = self.signed(desk, 301)
        signature = desk.signer.sign_typed_data(media.typed_data(desk.network, wanted))
        courier = key_of(desk)
        intent = media.register_by_signature(desk.network, wanted, signature)
        send(sender, courier, intent)
        claim = media.claim([desk.ledger.node()], desk.network, wanted.what.sha256, desk.publisher)
        assert claim.stands
        assert reason(lambda: sender.prepare(intent, courier.address)) == "BadNonce"

    def test_for_another_chain_or_contract(self, desk: Desk, sender: Sender) -> None:
        courier = key_of(desk)
        for number, changed in ((302, {"chain_id": 1}), (303, {"media": "0x" + "11" * 20})):
            wanted = self.signed(desk, number)
            elsewhere = dataclasses.replace(desk.network, **changed)
            signature = desk.signer.sign_typed_data(media.typed_data(elsewhere, wanted))
            intent = media.register_by_signature(desk.network, wanted, signature)
            assert reason(lambda intent=intent: sender.prepare(intent, courier.address)) == "BadSignature"

    def test_for_another_nonce_publisher_or_file(self, desk: Desk, sender: Sender) -> None:
        courier, other = key_of(desk), Publisher.create(desk.ledger, "Other")
        wanted = self.signed(desk, 304)
        signature = desk.signer.sign_typed_data(media.typed_data(desk.network, wanted))
        cases = {
            "BadNonce": {"nonce": wanted.nonce + 1},
            "NotSigner": {"publisher": other.id},
            "BadSignature": {"what": dataclasses.replace(wanted.what, sha256=sha(305))},
            "Expired": {"deadline": desk.ledger.status().time - 1},
        }
        for expected, changed in cases.items():
            intent = media.register_by_signature(desk.network, dataclasses.replace(wanted, **changed), signature)
            assert reason(lambda intent=intent: sender.prepare(intent, courier.address)) == expected
        later = media.register_by_signature(
            desk.network, dataclasses.replace(wanted, deadline=wanted.deadline + 1), signature
        )
        assert reason(lambda: sender.prepare(later, courier.address)) == "BadSignature"

    def test_too_late(self, desk: Desk, sender: Sender) -> None:
        wanted = self.signed(desk, 306)
        signature = desk.signer.sign_typed_data(media.typed_data(desk.network, wanted))
        desk.ledger.skip(7200)
        intent = media.register_by_signature(desk.network, wanted, signature)
        assert reason(lambda: sender.prepare(intent, key_of(desk).address)) == "Expired"
