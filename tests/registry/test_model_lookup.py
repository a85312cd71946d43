"""How a model stands with the register, and what anybody can do about that of others: nothing."""

import dataclasses

import pytest
from tests.registry.scripted import NETWORK, OTHER, SIGNER, Chain, ScriptedNode, created, digest, modelled

from touchstone.chain import event_types as e
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry.lookup import mirror_path
from touchstone.registry.mirror import sync
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Standing, Status

MODEL = modelled("a")
HASHES = (MODEL.manifest.hex(), MODEL.weights.hex(), MODEL.record.hex())
WEIGHTS, RECORD = digest("other weights"), digest("other record")
STRANGER = 2


class World:
    """Publisher 1 is the user's own or trusted; 2 and 3 are strangers, each with a key of their own."""

    def __init__(self, folder, network=NETWORK):
        self.home, self.network, self.chain = Home(folder / "home"), network, Chain()
        for publisher, key in ((1, SIGNER), (2, OTHER), (3, b"\xcc" * 20)):
            self.chain.add(
                e.PublisherCreated(publisher, key, bytes(20), f"Publisher {publisher}"),
                e.SignerSet(publisher, key, 15, 1, 0),
            )

    def add(self, *events, time=None):
        self.chain.add(*events, time=time)
        sync(self.home, self.network, [ScriptedNode(self.chain, final=2)])

    def ask(self, *hashes, **whose):
        models = Models(self.home, self.network)
        try:
            return models.standing(*(hashes or HASHES), **whose)
        finally:
            models.close()

    def stands(self, *hashes, **whose):
        """What the entries of publisher 1 come to, beside those of strangers."""
        return self.ask(*hashes, **({"trusted": frozenset({1})} | whose))[0]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def by(publisher, **fields):
    """The model as another publisher registers it."""
    return modelled("a", publisher, {1: SIGNER, 2: OTHER, 3: b"\xcc" * 20}[publisher], **fields)


def revoked(publisher, status=3, reason=0):
    return e.StatusSet(by(publisher).model, publisher, by(publisher).signer, status, reason)


class TestStanding:
    def test_registered_as_it_is_here(self, world):
        world.add(MODEL)
        standing, entry = world.ask(trusted=frozenset({1}))
        assert (standing, entry.model, entry.publisher) == (Standing.REGISTERED, MODEL.model.hex(), 1)
        assert world.stands(*HASHES[:2], "") is Standing.REGISTERED  # no record beside it

    @pytest.mark.parametrize(("status", "standing"), [(2, Standing.DEPRECATED), (3, Standing.WITHDRAWN)])
    def test_what_its_owner_said_since(self, world, status, standing):
        world.add(MODEL, revoked(1, status, 5))
        found, entry = world.ask(trusted=frozenset({1}))
        assert (found, entry.reason, entry.status) == (standing, 5, Status(status))
        if status == 2:
            world.add(revoked(1, 1))
            assert world.stands() is Standing.REGISTERED

    @pytest.mark.parametrize(
        "hashes",
        [
            (HASHES[0], WEIGHTS.hex(), HASHES[2]),
            (HASHES[0], HASHES[1], RECORD.hex()),
            (digest("m").hex(), HASHES[1], HASHES[2]),
            (digest("m").hex(), HASHES[1], ""),
            (digest("m").hex(), WEIGHTS.hex(), HASHES[2]),
        ],
    )
    def test_some_of_it_registered_and_not_together(self, world, hashes):
        world.add(MODEL)
        standing, entry = world.ask(*hashes, trusted=frozenset({1}))
        assert (standing, entry.model) == (Standing.DIFFERS, MODEL.model.hex())
        world.add(revoked(1))
        assert world.stands(*hashes) is Standing.DIFFERS

    def test_none_of_it_registered(self, world):
        world.add(modelled("b"))
        assert world.ask(trusted=frozenset({1})) == (Standing.NOT_REGISTERED, None)

    def test_the_same_publisher_may_register_the_weights_under_a_new_manifest(self, world):
        new = MODEL._replace(model=digest("n"), manifest=digest("new manifest"))
        world.add(MODEL, new, revoked(1))
        assert world.stands() is Standing.WITHDRAWN
        assert world.stands(new.manifest.hex(), *HASHES[1:]) is Standing.REGISTERED

    def test_hashes_that_are_none(self, world):
        world.add(MODEL)
        for hashes in (("", *HASHES[1:]), ("zz", *HASHES[1:]), (HASHES[0], "00", HASHES[2])):
            assert world.ask(*hashes) == (Standing.UNKNOWN, None)
        models = Models(world.home, world.network)
        for look in (models.get, models.by_manifest, models.outputs_of, models.retired, models.output_lists):
            with pytest.raises(ValueError, match=r"bytes|hex"):
                look("zz" if look is not models.output_lists else "0x12")
        models.close()

    def test_a_mirror_that_is_not_there_or_damaged(self, world):
        assert world.ask() == (Standing.UNKNOWN, None)
        world.add(MODEL)
        mirror_path(world.home, NETWORK).write_bytes(b"no database at all" * 1000)
        assert world.ask() == (Standing.UNKNOWN, None)

    def test_an_open_one_sees_what_is_synced_later(self, world):
        models = Models(world.home, NETWORK)
        assert models.standing(*HASHES, everybody=True)[0] is Standing.UNKNOWN
        world.add(MODEL)
        assert models.standing(*HASHES, everybody=True)[0] is Standing.REGISTERED
        world.add(revoked(1))
        assert models.standing(*HASHES, everybody=True)[0] is Standing.WITHDRAWN
        models.close()
        assert models.standing(*HASHES, everybody=True)[0] is Standing.UNKNOWN


class TestSignatures:
    def test_what_was_signed_by_a_compromised_key_is_nothing(self, world):
        world.add(MODEL, time=2_000_000)
        world.add(e.SignerCompromised(1, SIGNER, 1_999_999), time=2_000_100)
        assert world.stands() is Standing.NOT_REGISTERED
        models = Models(world.home, NETWORK)
        assert [entry.counts for entry in models.by_manifest(HASHES[0])] == [False]
        models.close()

    def test_what_it_withdrew_stands(self, world):
        world.add(MODEL, time=2_000_000)
        world.add(revoked(1), time=2_000_100)
        world.add(e.SignerCompromised(1, SIGNER, 2_000_050), time=2_000_200)
        assert world.stands() is Standing.REGISTERED

    def test_taking_away_a_role_later_undoes_nothing(self, world):
        world.add(MODEL)
        world.add(e.SignerSet(1, SIGNER, 0, 1, 0), e.SignerRevoked(1, SIGNER, 1_000_500))
        assert world.stands() is Standing.REGISTERED

    def test_an_attestation_by_a_compromised_key_takes_the_place_of_none_that_counts(self, world):
        world.add(MODEL, e.Attested(MODEL.model, 1, SIGNER, digest(1), ""), time=2_000_000)
        world.add(e.Attested(MODEL.model, 1, SIGNER, digest(2), ""), time=2_000_100)
        world.add(e.AttestationWithdrawn(MODEL.model, 1, SIGNER, 0), time=2_000_200)
        models = Models(world.home, NETWORK)
        assert [(a.evaluation, bool(a.withdrawn)) for a in models.attestations(MODEL.model.hex())] == [
            (digest(2).hex(), True)
        ]
        world.add(e.SignerCompromised(1, SIGNER, 2_000_050), time=2_000_300)
        (attestation,) = models.attestations(MODEL.model.hex())
        assert (attestation.evaluation, attestation.withdrawn, attestation.counts) == (digest(1).hex(), 0, True)
        models.close()


ATTACKS = [
    [by(2)],
    [by(2), revoked(2)],
    [by(2), revoked(2, 2)],
    [by(2, weights=WEIGHTS)],
    [by(2, record=RECORD)],
    [by(2, weights=WEIGHTS), revoked(2)],
    [modelled("x", 2, OTHER, weights=MODEL.weights, record=MODEL.record)],
    [modelled("x", 2, OTHER, weights=MODEL.weights), e.StatusSet(modelled("x", 2).model, 2, OTHER, 3, 0)],
    # A publisher can name anybody as its signer, and offer anything to anybody.
    [e.SignerSet(2, SIGNER, 15, 1, 0), by(2), revoked(2)],
    [by(2), e.ModelOffered(by(2).model, 2, 1), revoked(2)],
]


class TestStrangers:
    """What others register, and take back, changes nothing about a model that they have nothing to do with."""

    @pytest.mark.parametrize("attack", ATTACKS)
    @pytest.mark.parametrize(
        ("own", "standing"),
        [
            ([MODEL], Standing.REGISTERED),
            ([MODEL, revoked(1, 2)], Standing.DEPRECATED),
            ([MODEL, revoked(1)], Standing.WITHDRAWN),
            ([by(1, weights=WEIGHTS)], Standing.DIFFERS),
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_where_one_who_is_heard_has_spoken(self, world, attack, own, standing, first):
        world.add(*(attack if first else own))
        world.add(*(own if first else attack))
        assert world.stands() is standing
        assert world.stands(trusted=(), makers=["0x" + SIGNER.hex().upper()]) is standing

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_where_nobody_has(self, world, attack):
        world.add(*attack)
        expected = Standing.REGISTERED if attack == [by(2)] else Standing.NOT_REGISTERED
        assert world.stands() is world.stands(trusted=()) is expected
        assert world.stands(makers=["0x" + SIGNER.hex()]) is expected

    def test_a_stranger_who_stands_by_it_says_that_it_is_registered(self, world):
        world.add(by(2), revoked(2), by(3))
        standing, entry = world.ask(trusted=frozenset({1}))
        assert (standing, entry.publisher) == (Standing.REGISTERED, 3)

    def test_one_publishers_withdrawal_is_not_anothers(self, world):
        world.add(by(2), by(3), revoked(2))
        assert world.stands(trusted=frozenset({2, 3})) is Standing.REGISTERED
        assert world.stands(everybody=True) is Standing.REGISTERED
        world.add(revoked(3, 2))
        assert world.stands(everybody=True) is Standing.DEPRECATED

    def test_everybody_is_heard_where_the_question_is_about_the_register(self, world):
        world.add(by(2), revoked(2))
        assert world.stands(everybody=True) is Standing.WITHDRAWN
        assert world.stands(HASHES[0], WEIGHTS.hex(), "", everybody=True) is Standing.DIFFERS
        assert world.stands() is Standing.NOT_REGISTERED

    def test_whoever_took_a_model_over_is_heard(self, world):
        world.add(by(2), e.ModelOffered(by(2).model, 2, 1))
        assert world.stands() is Standing.REGISTERED
        world.add(e.ModelTransferred(by(2).model, 2, 1), e.StatusSet(by(2).model, 1, SIGNER, 3, 1))
        standing, entry = world.ask(trusted=frozenset({1}))
        assert (standing, entry.publisher, entry.owner) == (Standing.WITHDRAWN, 2, 1)

    def test_a_thousand_of_them_hide_nothing(self, world):
        crowd = [modelled(("x", n), 2, OTHER, weights=MODEL.weights, record=MODEL.record) for n in range(1500)]
        world.add(*crowd)
        world.add(MODEL, revoked(1))
        world.add(*(modelled(("y", n), 3, b"\xcc" * 20, weights=MODEL.weights) for n in range(1500)))
        assert world.stands() is Standing.WITHDRAWN

    def test_on_the_practice_ledger_of_this_computer_everybody_is_heard(self, tmp_path):
        network = dataclasses.replace(NETWORK, name="practice", practice=True)
        world = World(tmp_path, network)
        world.chain.add(by(2), revoked(2))
        sync(world.home, dataclasses.replace(network, practice=False), [ScriptedNode(world.chain, final=2)])
        assert world.ask()[0] is Standing.WITHDRAWN
        shared = Networks.load(world.home).by_name["base"]
        assert not shared.practice

    def test_who_controls_a_publisher_is_the_users_own(self, world):
        world.add(e.SignerSet(2, SIGNER, 15, 1, 0), e.ControlTransferred(3, b"\xcc" * 20, SIGNER))
        models = Models(world.home, NETWORK)
        assert models.controlled_by(["0x" + SIGNER.hex()]) == {1, 3}
        assert models.controlled_by([]) == frozenset()
        models.close()


def test_created_publishers_have_names(world):
    world.add(*created(4, "Vier", "vier.example"), modelled("b", 4))
    models = Models(world.home, NETWORK)
    entry = models.get(modelled("b", 4).model.hex())
    assert (entry.name, entry.domain) == ("Vier", "vier.example")
    models.close()
