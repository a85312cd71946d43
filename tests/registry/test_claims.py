"""What registrations and withdrawals of one file come to, also where keys were compromised."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.scripted import NETWORK, OTHER, SIGNER, Chain, ScriptedNode, created, digest, registered

from touchstone.chain import event_types as e
from touchstone.paths import Home
from touchstone.registry.lookup import Register
from touchstone.registry.mirror import sync

FILE = digest("file")
BAD = b"\xcc" * 20
NONE = bytes(32)


@pytest.fixture
def claims(tmp_path):
    """The claims about `FILE` after these events, a block each, a thousand seconds apart from the moment 1000 on."""

    def about(*events):
        return said(tmp_path / secrets.token_hex(4), *events)

    return about


def said(folder, *events):
    home = Home(folder)
    chain = Chain()
    chain.add(
        *created(1, "One", "one.example"),
        e.SignerSet(1, BAD, 15, 1, 0),
        *created(2, "Two", "two.example"),
        time=500,
    )
    for number, event in enumerate(events):
        chain.add(event, time=1000 * (number + 1))
    sync(home, NETWORK, [ScriptedNode(chain)])
    register = Register(home, NETWORK)
    try:
        return register.exact(FILE.hex())
    finally:
        register.close()


def withdrawn(publisher=1, signer=SIGNER, reason=1, replacement=NONE):
    return e.Revoked(FILE, publisher, signer, reason, replacement)


def test_a_withdrawal_with_its_reason_and_what_takes_the_place(claims):
    (claim,) = claims(registered(FILE), withdrawn(reason=2, replacement=digest("new")))
    assert (claim.registered, claim.revoked, claim.reason, claim.revoked_counts) == (1000, 2000, 2, True)
    assert claim.replacement == digest("new").hex()


def test_registered_again_it_stands_from_then_on(claims):
    (claim,) = claims(registered(FILE), withdrawn(), registered(FILE, uri="https://again.example"))
    assert (claim.registered, claim.revoked, claim.uri) == (3000, 0, "https://again.example")
    (claim,) = claims(registered(FILE), withdrawn(), registered(FILE), withdrawn(reason=4))
    assert (claim.registered, claim.revoked, claim.reason) == (3000, 4000, 4)


def test_other_publishers_claims_are_their_own(claims):
    one, two = claims(registered(FILE), registered(FILE, 2), withdrawn(1))
    assert [(c.publisher, c.name, c.revoked) for c in (one, two)] == [(1, "One", 3000), (2, "Two", 0)]


def test_the_earliest_comes_first(claims):
    assert [c.publisher for c in claims(registered(FILE, 2), registered(FILE, 1))] == [2, 1]
    again = claims(registered(FILE, 2), registered(FILE, 1), withdrawn(2), registered(FILE, 2))
    assert [c.publisher for c in again] == [1, 2]


def test_what_a_compromised_key_signed_since_does_not_count(claims):
    (claim,) = claims(registered(FILE, signer=BAD), e.SignerCompromised(1, BAD, 900))
    assert (claim.counts, claim.compromised) == (False, 900)
    (claim,) = claims(registered(FILE, signer=BAD), e.SignerCompromised(1, BAD, 1001))
    assert (claim.counts, claim.compromised) == (True, 1001)
    (claim,) = claims(registered(FILE, signer=BAD), e.SignerCompromised(1, BAD, 1000))
    assert not claim.counts


def test_a_compromise_only_ever_moves_back(claims):
    first, second = e.SignerCompromised(1, BAD, 1500), e.SignerCompromised(1, BAD, 900)
    assert claims(registered(FILE, signer=BAD), first)[0].counts
    assert not claims(registered(FILE, signer=BAD), first, second)[0].counts


def test_a_withdrawal_by_a_compromised_key_leaves_the_claim_standing(claims):
    (claim,) = claims(registered(FILE), withdrawn(signer=BAD), e.SignerCompromised(1, BAD, 1500))
    assert (claim.counts, claim.revoked, claim.revoked_counts) == (True, 2000, False)
    (claim,) = claims(
        registered(FILE), withdrawn(signer=BAD), registered(FILE), withdrawn(), e.SignerCompromised(1, BAD, 1500)
    )
    assert (claim.registered, claim.revoked, claim.revoked_counts) == (1000, 4000, True)
    (claim,) = claims(registered(FILE), withdrawn(signer=BAD), registered(FILE), e.SignerCompromised(1, BAD, 1500))
    assert (claim.registered, claim.revoked) == (1000, 0)


def test_a_registration_that_does_not_count_hides_none_that_does(claims):
    (claim,) = claims(registered(FILE), withdrawn(), registered(FILE, signer=BAD), e.SignerCompromised(1, BAD, 2500))
    assert (claim.counts, claim.registered, claim.revoked) == (True, 1000, 2000)
    (claim,) = claims(registered(FILE, signer=BAD), withdrawn(), registered(FILE), e.SignerCompromised(1, BAD, 900))
    assert (claim.counts, claim.registered, claim.revoked) == (True, 3000, 0)


def test_one_that_counts_takes_the_place_of_one_that_never_did(claims):
    (claim,) = claims(
        registered(FILE, signer=BAD),
        withdrawn(signer=BAD),
        registered(FILE),
        e.SignerCompromised(1, BAD, 900),
    )
    assert (claim.counts, claim.registered, claim.revoked) == (True, 3000, 0)


def test_later_limits_of_a_key_do_not_reach_back(claims):
    later = (e.SignerRevoked(1, BAD, 2000), e.SignerSet(1, BAD, 0, 5000, 6000))
    (claim,) = claims(registered(FILE, signer=BAD), *later)
    assert claim.counts


def test_a_signer_that_nobody_named_counts_for_nothing(claims):
    (claim,) = claims(registered(FILE, signer=OTHER))
    assert not claim.counts


def test_names_are_those_of_now(claims):
    (claim,) = claims(registered(FILE), e.NameSet(1, "Neu"), e.DomainClaimed(1, NONE, ""))
    assert (claim.name, claim.domain) == ("Neu", "")


def test_a_revoked_root_of_the_same_name_is_none_of_a_single_files_business(claims):
    (claim,) = claims(registered(FILE), e.RootRevoked(FILE, 1, SIGNER, 1))
    assert claim.revoked == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), st.booleans()), min_size=1, max_size=12))
def test_it_is_what_the_contract_would_say(tmp_path_factory, wanted):
    """Without compromised keys, `registered` and `revoked` are those of `claimOf`."""
    state: dict[int, tuple[int, int]] = {}
    events = []
    for publisher, register in wanted:
        now = 1000 * (len(events) + 1)
        since, until = state.get(publisher, (0, 0))
        if register and (not since or until):
            state[publisher] = (now, 0)
            events.append(registered(FILE, publisher))
        elif not register and since and not until:
            state[publisher] = (since, now)
            events.append(withdrawn(publisher))
    found = said(tmp_path_factory.mktemp("home"), *events)
    assert {c.publisher: (c.registered, c.revoked) for c in found} == state
    assert [c.registered for c in found] == sorted(c.registered for c in found)
