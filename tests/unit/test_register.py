"""The register witness, over real mirrors of a real practice ledger."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.practice import Key, Publisher, near, now, sha, some_pdq
from tests.unit import examples

from touchstone.chain.local import PracticeLedger
from touchstone.chain.networks import Networks
from touchstone.check import register, register_claims, register_home
from touchstone.check.opening import Stopped
from touchstone.check.register import RegisterWitness
from touchstone.check.register_claims import Beside, Proof
from touchstone.check.weigh import weigh
from touchstone.paths import Home
from touchstone.registry import domain_proofs
from touchstone.registry.lookup import Claim, Similar
from touchstone.report import Finding, Kind, Status, from_dict, to_dict
from touchstone.settings import Settings
from touchstone.texts import findings


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def ledger(home):
    made = PracticeLedger(home.ledger)
    yield made
    made.close()


@pytest.fixture
def witness(home):
    made = RegisterWitness(home, Settings())
    yield made
    made.close()


def prints(pdq, quality=100):
    turned = [pdq, *(some_pdq() for _way in range(7))]
    return {"fingerprints": {"pdq": pdq, "pdq_quality": quality, "pdq_orientations": turned, "pipeline": "pdq/1"}}


def ask(witness, sha256, pdq="", kind=Kind.IMAGE, quality=100, cancel=None) -> Finding:
    media = prints(pdq, quality) if pdq else {"fingerprints": {}}
    return witness.finish(witness.begin(kind), sha256, kind, media, cancel)


class TestOnPractice:
    def test_nothing_is_there_to_ask(self, witness, home):
        found = ask(witness, sha(1))
        assert (found.status, found.code) == (Status.NOT_CHECKED, "no-register")
        assert findings.sentence(found) == "Not checked: nothing has been registered on the practice ledger yet."
        assert not home.root.exists()  # asking leaves nothing behind

    def test_a_ledger_on_which_nobody_has_registered_anything_is_nothing_to_ask(self, witness, ledger):
        Publisher.create(ledger)
        assert ask(witness, sha(1)).code == "no-register"

    def test_exactly_this_file(self, witness, ledger):
        agence = Publisher.create(ledger, "Agence X", "agence-x.example")
        began = now(ledger)
        agence.register(sha(1), flags=2)
        found = ask(witness, sha(1))
        details = found.details
        assert (found.status, found.code, found.source) == (Status.DONE, "exact", "practice")
        assert found.version == f"block {ledger.status().block}"
        assert (details["match"], details["publisher"], details["practice"]) == ("exact", agence.id, True)
        assert (details["untrusted_publisher"], details["domain_verified"]) == ("Agence X", False)
        assert details["registered"] >= register_claims.moment(began)
        assert (details["revoked"], details["own"], details["mirror_age_s"]) == (None, False, 0)
        (claim,) = details["claims"]
        assert claim["signer"].lower() == agence.key.address.lower()
        assert (claim["counts"], claim["declares_ai"], claim["relied"], claim["batch"]) == (True, True, True, False)
        assert claim["untrusted_domain"] == "agence-x.example"

    def test_what_is_registered_meanwhile_is_seen_with_the_next_file(self, witness, ledger):
        agence = Publisher.create(ledger)
        agence.register(sha(1))
        assert ask(witness, sha(2)).code == "none"
        agence.register(sha(2))
        assert ask(witness, sha(2)).code == "exact"
        agence.withdraw(sha(2), 5)
        assert ask(witness, sha(2)).code == "withdrawn"

    def test_another_file_that_looks_alike(self, witness, ledger):
        agence, pdq = Publisher.create(ledger), some_pdq()
        agence.register(sha(1), pdq)
        found = ask(witness, sha(2), near(pdq, 31))
        assert (found.code, found.details["match"], found.details["distance"]) == ("similar", "similar", 31)
        assert (found.details["similar_sha256"], found.details["quality"]) == (sha(1), 100)
        assert ask(witness, sha(2), near(pdq, 32)).code == "none"

    @pytest.mark.parametrize(
        ("kind", "quality", "compared"),
        [(Kind.IMAGE, 49, "quality"), (Kind.AUDIO, 100, "kind"), (Kind.DOCUMENT, 100, "kind")],
    )
    def test_likenesses_are_looked_for_where_they_mean_something(self, witness, ledger, kind, quality, compared):
        agence, pdq = Publisher.create(ledger), some_pdq()
        agence.register(sha(1), pdq)
        found = ask(witness, sha(2), pdq, kind, quality)
        assert (found.code, found.details["compared"]) == ("none", compared)
        assert findings.sentence(found).startswith("Nobody has registered this file. ")

    def test_a_film_is_looked_for_by_its_frames(self, witness, ledger):
        agence, frames = Publisher.create(ledger), [some_pdq() for _frame in range(5)]
        agence.register(sha(1), frames[2], kind=2)
        turned = [[some_pdq(), near(pdq, 9), *(some_pdq() for _way in range(6))] for pdq in frames]
        sampled = [
            {"time": n, "pdq": ways[0], "pdq_orientations": ways, "quality": 80} for n, ways in enumerate(turned)
        ]
        media = {"fingerprints": {"pdq_frames": sampled, "pipeline": "pdq/1"}}
        found = witness.finish(witness.begin(Kind.VIDEO), sha(2), Kind.VIDEO, media)
        assert (found.code, found.details["similar_sha256"], found.details["quality"]) == ("similar", sha(1), 80)
        assert found.details["orientation"] == 1

    def test_a_ledger_that_began_anew_is_followed(self, witness, ledger):
        Publisher.create(ledger).register(sha(1))
        assert ask(witness, sha(1)).code == "exact"
        ledger.reset(keep_copy=False)
        assert ask(witness, sha(1)).code == "no-register"
        Publisher.create(ledger).register(sha(2))
        assert ask(witness, sha(1)).code == "none"

    def test_the_users_own_registration_decides(self, home, witness, ledger):
        agence = Publisher.create(ledger)
        agence.register(sha(1))
        assert not ask(witness, sha(1)).details["own"]
        home.keys.mkdir(parents=True)
        (home.keys / "one.json").write_text(json.dumps({"address": agence.key.address[2:].lower(), "version": 3}))
        found = ask(witness, sha(1))
        assert found.details["own"]
        assert weigh([found], examples.PHOTO).headline.params["practice"] is True

    def test_a_domain_that_was_seen_to_vouch_counts_until_another_controls_the_publisher(self, home, witness, ledger):
        agence = Publisher.create(ledger, "Agence X", "agence-x.example")
        agence.register(sha(1))
        network = Networks.load(home).get("practice")
        checked = datetime.now(UTC).isoformat(timespec="seconds")
        proof = domain_proofs.Proof(checked, agence.key.address.lower(), domain_proofs.Way.DNS, None)
        domain_proofs.keep(home, network, agence.id, "agence-x.example", proof)
        found = ask(witness, sha(1))
        assert (found.details["untrusted_publisher"], found.details["domain_verified"]) == ("agence-x.example", True)
        assert found.details["claims"][0]["domain_checked"] == checked
        assert findings.sentence(found).startswith("agence-x.example registered exactly this file")
        buyer = Key(ledger)
        agence.key.send("PublisherRegistry", "offerControl", agence.id, buyer.address)
        buyer.send("PublisherRegistry", "acceptControl", agence.id)
        found = ask(witness, sha(1))
        assert (found.details["untrusted_publisher"], found.details["domain_verified"]) == ("Agence X", False)

    def test_a_key_in_other_hands(self, witness, ledger):
        agence = Publisher.create(ledger)
        stolen = agence.second_key()
        since = now(ledger) + 100
        ledger.skip(200)
        stolen.register(sha(1))
        assert ask(witness, sha(1)).code == "exact"
        agence.compromised(stolen.key, since)
        found = ask(witness, sha(1))
        assert (found.code, found.details["match"], found.details["claims"]) == ("discounted", "none", [])
        (claim,) = found.details["discounted"]
        assert (claim["counts"], claim["compromised_since"]) == (False, register_claims.moment(since))
        assert "does not count" in findings.sentence(found)
        assert weigh([found], examples.PHOTO).answer == "no-proof"

    def test_a_withdrawal_by_a_key_in_other_hands_counts_for_nothing(self, witness, ledger):
        agence = Publisher.create(ledger)
        stolen = agence.second_key()
        agence.register(sha(1))
        ledger.skip(100)
        since = now(ledger)
        stolen.withdraw(sha(1), 5)
        assert ask(witness, sha(1)).code == "withdrawn"
        agence.compromised(stolen.key, since)
        found = ask(witness, sha(1))
        assert (found.code, found.details["revoked_by_compromised_key"]) == ("exact", True)
        assert "A withdrawal is left aside" in findings.sentence(found)


class TestOnAPublicNetwork:
    """A mirror made once, and never followed by a check."""

    def witness_of(self, home, name="base-sepolia"):
        return RegisterWitness(home, Settings(network=name))

    @pytest.mark.parametrize(
        ("toml", "why"),
        [
            ("", "no-consent"),
            ('[consents.base-sepolia]\nchain_id = 84532\ngiven = "2026-11-01T00:00:00+00:00"\n', "mirror-missing"),
        ],
    )
    def test_without_a_copy_of_its_register_nothing_is_asked(self, home, toml, why):
        home.root.mkdir(parents=True)
        home.networks.write_text(toml)
        witness = self.witness_of(home)
        found = ask(witness, sha(1))
        witness.close()
        assert (found.status, found.code, found.source) == (Status.NOT_CHECKED, why, "base-sepolia")

    def test_a_network_that_nobody_set_up(self, home):
        witness = self.witness_of(home, "elsewhere")
        found = ask(witness, sha(1))
        witness.close()
        assert (found.status, found.code) == (Status.NOT_CHECKED, "unknown-network")
        assert "not set up here" in findings.sentence(found)


class TestBadMirrors:
    @pytest.fixture
    def path(self, home, ledger, witness):
        Publisher.create(ledger).register(sha(1))
        assert ask(witness, sha(1)).code == "exact"
        witness.refresh()
        return home.registers / "practice.sqlite3"

    def test_a_damaged_one_is_made_again(self, path, witness):
        path.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
        for side in ("-wal", "-shm"):
            path.with_name(path.name + side).unlink(missing_ok=True)
        found = ask(witness, sha(1))
        assert (found.status, found.code) == (Status.FAILED, "register-damaged")
        assert findings.sentence(found) == "Could not be checked: the copy of the register on this computer is damaged."
        assert ask(witness, sha(1)).code == "exact"

    def test_one_of_a_newer_version_is_left_alone(self, path, witness):
        import sqlite3

        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 999")
        connection.close()
        found = ask(witness, sha(1))
        assert found.status is Status.FAILED
        assert found.code in {"register-newer", "register-damaged"}
        assert findings.sentence(found).startswith("Could not be checked: ")

    def test_a_damaged_ledger_costs_no_more_than_its_finding(self, home, path, witness, ledger):
        ledger.close()
        for side in ("-wal", "-shm"):
            home.ledger.with_name(home.ledger.name + side).unlink(missing_ok=True)
        home.ledger.write_bytes(os.urandom(8192))
        found = ask(witness, sha(1))
        assert found.status is Status.FAILED
        assert found.code == "register-damaged"

    def test_another_process_that_writes_does_not_hold_a_check_up(self, home, path, witness, ledger, monkeypatch):
        import fcntl

        monkeypatch.setattr(register, "SYNC_SECONDS", 0.2)
        Publisher.create(ledger).register(sha(2))
        with path.with_name(path.name + ".lock").open("r+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            began = time.monotonic()
            found = ask(witness, sha(1))
            assert time.monotonic() - began < 8
        assert (found.code, found.details["behind"] > 0) == ("exact", True)
        assert ask(witness, sha(2)).code == "exact"

    def test_stopping_a_check_does_not_wait_for_the_register(self, path, witness):
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(Stopped):
            ask(witness, sha(1), cancel=cancel)

    def test_choices_that_change_meanwhile_do_not_cost_the_file_under_way(self, path, witness):
        question = witness.begin(Kind.IMAGE)
        question.ready.result()
        witness.refresh()
        assert witness.finish(question, sha(1), Kind.IMAGE, {}).code == "exact"
        witness.refresh("base")
        assert ask(witness, sha(1)).code == "no-consent"
        witness.refresh("practice")
        assert ask(witness, sha(1)).code == "exact"

    def test_a_witness_can_be_closed_at_any_time_and_used_again(self, path, witness):
        question = witness.begin(Kind.IMAGE)
        witness.close()
        found = witness.finish(question, sha(1), Kind.IMAGE, {})
        assert found.status in set(Status)
        assert ask(witness, sha(1)).code == "exact"


# --- which claim a check rests on: pure

BASE = Claim(
    publisher=1, name="Agence X", domain="agence-x.example", signer="0x" + "11" * 20, registered=1000, block=10,
    tx="aa" * 32, kind=1, flags=0, pdq="", manifest="", parent="", uri="", root="", index=-1, counts=True, revoked=0,
    reason=0, replacement="", revoked_counts=False, final=True,
)  # fmt: skip
STRANGER = replace(BASE, publisher=2, name="Somebody", domain="", signer="0x" + "22" * 20, registered=500, block=5)
WITHDRAWN = {"revoked": 2000, "revoked_counts": True, "reason": 5}
KNOWN = Beside(proof=lambda claim: Proof(verified=claim.publisher == 1, checked="2026-03-01T00:00:00+00:00"))


def relied(*claims, beside=KNOWN):
    found = register_claims.matched(sha(1), sorted(claims, key=lambda c: c.registered), beside)
    return found.relied and (found.relied.claim.publisher, found.relied.withdrawn)


@pytest.mark.parametrize(
    ("claims", "rests_on"),
    [
        ([BASE], (1, False)),
        ([STRANGER, BASE], (1, False)),  # known by domain comes before earlier
        ([STRANGER, replace(STRANGER, publisher=3, registered=400)], (3, False)),  # else the earliest
        ([replace(BASE, **WITHDRAWN)], (1, True)),
        ([replace(BASE, **WITHDRAWN), STRANGER], (1, True)),  # a stranger does not outweigh a withdrawal
        ([BASE, replace(STRANGER, **WITHDRAWN)], (1, False)),  # nor does a stranger's withdrawal touch anybody
        ([replace(STRANGER, **WITHDRAWN), replace(STRANGER, publisher=3, registered=900)], (3, False)),
        ([replace(BASE, counts=False)], None),
        ([replace(BASE, counts=False), STRANGER], (2, False)),
        ([replace(BASE, revoked=2000, revoked_counts=False)], (1, False)),
        # Registered in a batch too: withdrawing the file is about the file, unless it was registered again since.
        ([replace(BASE, **WITHDRAWN), replace(BASE, root="ab" * 32, index=3, registered=1500)], (1, True)),
        ([replace(BASE, **WITHDRAWN), replace(BASE, root="ab" * 32, index=3, registered=2500)], (1, False)),
        ([], None),
    ],
)
def test_which_claim_a_check_rests_on(claims, rests_on):
    assert relied(*claims) == rests_on


def test_on_practice_the_users_own_claims_come_first():
    beside = replace(KNOWN, practice=True, addresses=frozenset({STRANGER.signer}))
    assert relied(BASE, STRANGER, beside=beside) == (2, False)


def test_ones_own_withdrawal_decides_about_the_file_and_hides_no_likeness():
    """Of a sample that one registered as well, and withdrew: its own publisher still stands by it."""
    mine = replace(STRANGER, publisher=3, signer="0x" + "33" * 20, registered=1500, **WITHDRAWN)
    beside = Beside(practice=True, addresses=frozenset({mine.signer}), samples=lambda sha256: sha256 == sha(1))
    assert relied(STRANGER, mine, beside=beside) == (3, True)
    match, _count = register_claims.nearest([Similar(sha(1), 4, 0, (STRANGER, mine))], sha(9), beside)
    assert (match.relied.claim.publisher, match.relied.withdrawn) == (2, False)


def test_of_likenesses_the_nearest_that_is_stood_by():
    def similar(number, distance, claim):
        return Similar(sha(number), distance, 0, (claim,))

    found = [
        similar(1, 0, BASE),  # the very file
        similar(2, 2, replace(BASE, **WITHDRAWN)),
        similar(3, 4, replace(BASE, counts=False)),
        similar(4, 6, STRANGER),
        similar(5, 9, BASE),
        similar(6, 12, BASE),
    ]
    match, count = register_claims.nearest(found, sha(1), KNOWN)
    assert (match.sha256, match.distance, count) == (sha(5), 9, 4)
    assert register_claims.nearest([], sha(1), KNOWN) == (None, 0)


def test_hostile_names_stay_within_what_a_report_can_hold():
    claims = [replace(BASE, publisher=n, name=examples.HOSTILE * 200, uri="x" * 9000) for n in range(1, 200)]
    looked = register_claims.Looked(register_claims.matched(sha(1), claims, Beside()))
    details = register_claims.details(looked)
    assert (len(details["claims"]), details["claims_left_out"]) == (register_claims.MOST_CLAIMS, 149)
    assert details["claimants"] == 199
    report = examples.report(examples.register(**details))
    assert from_dict(to_dict(report)) == report


@pytest.mark.parametrize(("seconds", "said"), [(0, ""), (2**40 - 1, ""), (1_795_801_919, "2026-11-27T17:51:59+00:00")])
def test_times_of_the_ledger(seconds, said):
    assert register_claims.moment(seconds) == said


@pytest.mark.parametrize("number", [-1, 7, 255])
def test_a_reason_that_nobody_knows_is_none(number):
    assert register_claims.reason(number) == "unstated"


def test_addresses_are_read_without_opening_a_key(home):
    home.keys.mkdir(parents=True)
    address = "ab" * 20
    (home.keys / "good.json").write_text(json.dumps({"address": "0x" + address.upper()}))
    (home.keys / "list.json").write_text("[1]")
    (home.keys / "torn.json").write_text('{"address": "ab')
    (home.keys / "number.json").write_text('{"address": 7}')
    (home.keys / "deep.json").write_text("[" * 100_000)
    (home.keys / "folder.json").mkdir()
    assert register_home.addresses(home) == {"0x" + address}
    assert register_home.addresses(Home(home.root / "nowhere")) == frozenset()
