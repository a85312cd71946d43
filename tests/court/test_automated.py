"""The automated reviewer: votes as its model says, once, in time, whatever kills it or fails; or abstains."""

import io
import os
import subprocess
import sys
from contextlib import closing

import pytest
from PIL import Image
from tests import making
from tests.court.automated_making import BETWEEN, MODEL, NOTHING, SIGNS, Line, World, signing

from touchstone.chain import contracts
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.court.automated import AutomatedError, AutomatedReviewer, Happened
from touchstone.court.practice import forget_votes
from touchstone.court.statement import Choice
from touchstone.court.vault import SealedVote, Vault
from touchstone.registry.court_types import Ballot, Ruling
from touchstone.registry.model_lookup import Models
from touchstone.texts import automated

SEEDS = iter(range(1000))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    before = os.environ.get("TOUCHSTONE_MODELS")
    made = World(tmp_path_factory.mktemp("automated"))
    yield made
    made.close()
    if before is not None:
        os.environ["TOUCHSTONE_MODELS"] = before


@pytest.fixture
def reviewer(world):
    made = world.reviewer()
    yield made
    made.close()


def flagged(world, level, **more):
    return world.desk.flag(world.picture(level, next(SEEDS)), **more)


def drawn(world, level):
    """The number of a case in which the account has a seat, at the beginning of its window to seal."""
    case = flagged(world, level)
    world.desk.through(case, "COMMIT")
    assert world.seat(case)
    return case


def kinds(events, *cases):
    """What happened in these cases, or in all; each has its words."""
    for one in events:
        assert automated.event(str(one.kind), one.case, one.params)
    return [one.kind for one in events if not cases or one.case in cases]


def committed(world, case):
    """How often the account handed in a vote in a case."""
    topic = "0x" + contracts.topic("FactCheckCourt", "Committed").hex()
    voter = "0x" + world.key.address[2:].lower().rjust(64, "0")
    asked = {"fromBlock": "0x0", "address": world.desk.network.court, "topics": [topic, hex_word(case), None, voter]}
    return len(world.desk.nodes[0].request("eth_getLogs", [asked]))


def hex_word(number):
    return f"0x{number:064x}"


def test_it_seals_opens_and_records_what_the_model_said_once_that_is_public(world, reviewer):
    case = drawn(world, SIGNS)
    assert kinds(reviewer.step()) == [Happened.LOOKED, Happened.SEALED]
    assert kinds(reviewer.step()) == []
    told = reviewer.status()
    assert (told.seats, told.to_seal, told.to_open, told.standing) == (1, 0, 1, "registered")
    assert recorded(world) == 0
    world.practice.skip_to_next(case)
    assert kinds(reviewer.step()) == [Happened.OPENED]
    assert world.seat(case).opened is Ballot.SYNTHETIC
    assert kinds(reviewer.step()) == [Happened.RECORDED]
    assert kinds(reviewer.step()) == []
    assert recorded(world) == 1
    assert committed(world, case) == 1


def recorded(world):
    world.desk.case(1)
    models = Models(world.home, world.desk.network)
    try:
        return sum(one.count for one in models.output_lists(world.key.address))
    finally:
        models.close()


@pytest.mark.parametrize(("level", "ballot"), [(BETWEEN, Ballot.CANNOT_TELL), (NOTHING, Ballot.NOT_ALTERED)])
def test_it_says_what_the_model_says_and_nothing_where_that_says_nothing(world, reviewer, level, ballot):
    case = drawn(world, level)
    said = kinds(reviewer.step(), case)
    assert said == [Happened.ABSTAINS if ballot is Ballot.CANNOT_TELL else Happened.LOOKED, Happened.SEALED]
    world.practice.skip_to_next(case)
    assert Happened.OPENED in kinds(reviewer.step())
    assert world.seat(case).opened is ballot


def test_it_abstains_of_texts_and_of_files_that_are_not_to_be_had(world, reviewer):
    text = flagged(world, SIGNS, choice=Choice.CONTEXT, claim="This is the harbour of today.")
    gone = flagged(world, SIGNS)
    world.desk.through(text, "COMMIT")
    world.desk.ledger.skip(60)
    world.practice.act()
    world.desk.store.remove(world.desk.case(gone).evidence)
    first = {one.case: one for one in reviewer.step() if one.kind is not Happened.SEALED}
    assert (first[text].kind, first[text].params["why"]) == (Happened.ABSTAINS, "claim")
    assert first[gone].kind is Happened.WAITS
    assert kinds(reviewer.step(), text, gone) == []  # not at once again
    world.desk.ledger.skip(86_400)
    with closing(world.reviewer()) as again:
        assert kinds(again.step(), gone) == [Happened.ABSTAINS, Happened.SEALED]
        world.practice.skip_to_next(gone)
        assert kinds(again.step(), text, gone) == [Happened.OPENED] * 2
    assert {world.seat(case).opened for case in (text, gone)} == {Ballot.CANNOT_TELL}


def test_a_model_that_is_not_the_registered_one_votes_no_more_and_what_is_sealed_is_opened(world):
    before = drawn(world, SIGNS)
    with closing(world.reviewer()) as first:
        assert kinds(first.step(), before) == [Happened.LOOKED, Happened.SEALED]
    kept = world.manifest.read_text()
    world.manifest.write_text(kept.replace("A net of a few nodes", "Another net"))
    try:
        with closing(world.reviewer(record=False)) as second:
            after = drawn(world, SIGNS)  # by then the votes of the other are opened
            said = second.step()
            assert [one.params["why"] for one in said if one.kind is Happened.BARRED] == ["differs"]
            assert kinds(said, before) == [Happened.OPENED]
            assert kinds(said, after) == []
            assert not world.seat(after).sealed
    finally:
        world.manifest.write_text(kept)


def test_a_node_that_fails_is_asked_again_later_each_time_later(world):
    case = drawn(world, SIGNS)
    line = Line(world.desk.ledger.node())
    with closing(world.reviewer(line)) as made:
        line.fails = ChainError(ChainTrouble.UNREACHABLE)
        waits = []
        for _each in range(3):
            (said,) = made.step()
            assert (said.kind, said.params["code"]) == (Happened.TROUBLE, "unreachable")
            waits.append(made.status().wait)
            assert automated.event(str(said.kind), said.case, said.params)
        assert waits == [5.0, 10.0, 20.0]
        line.fails = None
        assert kinds(made.step(), case) == [Happened.LOOKED, Happened.SEALED]
        assert made.status().wait == 0
        world.practice.skip_to_next(case)
        made.step()
    assert committed(world, case) == 1


def test_whatever_kills_it_it_votes_once_and_opens(world):
    case = drawn(world, SIGNS)
    for point in (20, 50, 64, -1):  # 64: it is signed and kept, and no node has it
        killed(world, point)
    with closing(world.reviewer()) as made:
        assert Happened.TROUBLE not in kinds(made.step())
        assert world.seat(case).sealed
        assert committed(world, case) == 1
        world.practice.skip_to_next(case)
        killed(world, -1)
        assert Happened.TROUBLE not in kinds(made.step())
        assert world.seat(case).opened is Ballot.SYNTHETIC


def test_a_vote_for_a_case_of_a_ledger_that_is_gone_is_not_used_for_one_of_the_same_number(world, reviewer):
    case = drawn(world, NOTHING)
    entry = world.desk.case(case)
    vault = Vault(world.home)
    vault.put(SealedVote(*seat_of(world, entry), Ballot.SYNTHETIC, "22" * 32), secret=b"1" * 65)
    assert kinds(reviewer.step(), case) == [Happened.LOOKED, Happened.SEALED]
    world.practice.skip_to_next(case)
    assert Happened.OPENED in kinds(reviewer.step(), case)
    assert world.seat(case).opened is Ballot.NOT_ALTERED
    assert forget_votes(world.home, world.desk.network.chain_id)  # as when the ledger is begun anew
    assert vault.all() == ()
    vault.close()


def seat_of(world, entry):
    network = world.desk.network
    return network.chain_id, network.court.lower(), entry.id, entry.round, world.key.address.lower()


def killed(world, point):
    command = [sys.executable, "-m", "tests.court.automated_making", str(world.home.root), str(point)]
    subprocess.run(command, check=False, timeout=120, capture_output=True)


def test_among_simulated_people_an_original_outweighs_what_detectors_estimate(world, reviewer):
    copy = world.picture(SIGNS, next(SEEDS))
    original = world.folder / "original.jpg"
    saved = io.BytesIO()
    Image.open(copy).convert("RGB").save(saved, "JPEG", quality=90)
    original.write_bytes(making.sign(saved.getvalue(), "image/jpeg", making.Authority.create().leaf())[0])
    case = world.desk.flag(copy)
    rulings = []
    for wanted in ("COMMIT", "REVEAL", "APPEALABLE", "COMMIT", "REVEAL", "FINAL"):
        rulings.append(world.desk.through(case, wanted).ruling)
        reviewer.step()
        if wanted == "APPEALABLE":
            world.desk.add(case, copy, original)
            world.desk.appeal(case)
    assert rulings[2] is Ruling.SYNTHETIC
    assert rulings[-1] is Ruling.NOT_ALTERED


def test_without_a_court_or_a_model_there_is_none(world):
    with pytest.raises(AutomatedError) as refused:
        AutomatedReviewer(world.home, world.desk.network, "no-such-model", signing(world.home))
    assert refused.value.code == "no-model"
    assert "model list" in automated.trouble(refused.value.code, refused.value.params)
    assert MODEL not in automated.trouble(refused.value.code, refused.value.params)
