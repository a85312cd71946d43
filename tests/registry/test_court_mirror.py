"""The court in the mirror: reorganisations, catching up, older mirrors, snapshots; and what is left after each."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.court_logs import COURT_NETWORK, DAY, FLAGGER, PARAMETERS, VOTERS, drawn, flagged, voted
from tests.registry.scripted import NETWORK, Chain, ScriptedNode, created, digest, registered

from touchstone.chain import court_event_types as t
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry import court_rows, snapshot, snapshot_court
from touchstone.registry.case_lookup import Cases
from touchstone.registry.case_types import Earning
from touchstone.registry.court_types import Ballot, Phase, Ruling
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.mirror import Step, sync
from touchstone.registry.records import pack
from touchstone.store import register_schema
from touchstone.store.register_store import writer

MEDIA = [digest("media", n) for n in range(9)]
START = 1_000_000


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def story() -> Chain:
    """Parameters; a file registered; case 1 from its flag (block 3) to its end (block 8); case 2 open (block 9)."""
    made = Chain()
    made.add(PARAMETERS, *created())
    made.add(registered(MEDIA[0]))
    made.add(flagged(1, MEDIA[0], publisher=1), time=START)
    made.add(*drawn(1), t.CommitStarted(1, 0, 3, digest("root"), START + 5 * DAY), time=START + 3 * DAY)
    made.add(*voted(1, 0, {0: 2, 1: 2, 2: 1}), time=START + 6 * DAY)
    made.add(t.Tallied(1, 0, 3, 3, 3, START + 10 * DAY), time=START + 7 * DAY)
    made.add(
        t.Finalised(1, 3, 1, 90, 45),
        t.KeeperPaid(1, b"\x77" * 20, 1),
        t.Credited(b"\x77" * 20, 1, 1),
        time=START + 10 * DAY,
    )
    made.add(*settled(), time=START + 11 * DAY)
    made.add(flagged(2, MEDIA[1], claim="Oslo, 2026"), time=START + 12 * DAY)
    return made


def settled():
    return (
        t.SeatsSettled(1, 0, VOTERS[0], 45, 0),
        t.Credited(VOTERS[0], 1, 45),
        t.LockSettled(VOTERS[0], 20, 0, False),
        t.SeatsSettled(1, 0, VOTERS[2], 0, 5),
        t.LockSettled(VOTERS[2], 20, 5, False),
    )


def run(home, chain, network=COURT_NETWORK, **node):
    steps = []
    sync(home, network, [ScriptedNode(chain, **node)], steps.append)
    return [step.step for step in steps if step.step in {Step.REORGANISED, Step.RESTARTED}]


def cases(home, network=COURT_NETWORK):
    return Cases(home, network)


def rows(home):
    """All that the mirror says of the court."""
    connection = sqlite3.connect(mirror_path(home, COURT_NETWORK))
    try:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in court_rows.TABLES
        }
    finally:
        connection.close()


def test_a_case_is_as_it_was_told(home):
    run(home, story())
    found = cases(home)
    case = found.get(1)
    assert (case.phase, case.ruling, case.decided_by) == (Phase.FINAL, Ruling.EDITED, 0)
    assert (case.publisher_name, case.bounty, case.pot, case.share) == ("Agence X", 100, 90, 45)
    (round_,) = case.rounds
    assert (round_.panel, round_.people, round_.stake) == (3, (0, 1, 2, 0), 9000)
    assert (round_.commit_starts, round_.reveal_ends) == (START + 3 * DAY, START + 7 * DAY)
    assert [(s.opened, s.settled, s.paid, s.slashed) for s in round_.seats] == [
        (Ballot.EDITED, True, 45, 0),
        (Ballot.EDITED, False, 0, 0),
        (Ballot.NOT_ALTERED, True, 0, 5),
    ]
    assert found.about(MEDIA[0].hex())[0].rounds[0].seats == ()
    second = found.get(2)
    assert (second.untrusted_claim, second.phase, second.ruling) == ("Oslo, 2026", Phase.FLAGGED, Ruling.NONE)
    assert found.get(3) is None
    assert found.get(2**70) is None
    assert [(e.kind, e.amount) for e in found.earnings("0x" + VOTERS[0].hex())] == [(Earning.SEAT, 45)]
    assert [(e.kind, e.amount) for e in found.earnings("0x" + VOTERS[2].hex())] == [(Earning.LOST, -5)]
    assert [(e.kind, e.amount) for e in found.earnings("0x" + "77" * 20)] == [(Earning.KEEPER, 1)]
    assert [(h.case, h.seat.seats) for h in found.seats_of("0x" + VOTERS[1].hex(), unsettled=True)] == [(1, 1)]
    assert found.seats_of("0x" + VOTERS[0].hex(), unsettled=True) == ()


@pytest.mark.parametrize("height", range(2, 9))
def test_a_reorganisation_leaves_what_the_other_chain_says(home, tmp_path, height):
    chain = story()
    run(home, chain, final=20)
    chain.rewrite(height)
    chain.add(flagged(5, MEDIA[5]), time=START + 13 * DAY)
    chain.add(time=START + 14 * DAY)
    assert run(home, chain, final=20) in ([Step.REORGANISED], [Step.RESTARTED])
    fresh = Home(tmp_path / "fresh")
    run(fresh, chain, final=20)
    assert rows(home) == rows(fresh)


def test_a_mirror_of_the_registers_alone_reads_what_it_lacks(home, tmp_path):
    chain = story()
    run(home, chain, network=NETWORK)
    assert not cases(home).is_known()
    assert cases(home).get(1) is None
    assert Register(home, COURT_NETWORK).disputes(MEDIA[0].hex()) is None
    chain.add(t.CaseCancelled(2, 2), time=START + 16 * DAY)
    run(home, chain)
    fresh = Home(tmp_path / "fresh")
    run(fresh, chain)
    assert rows(home) == rows(fresh)
    assert cases(home).get(2).phase is Phase.CANCELLED
    assert tuple(Register(home, COURT_NETWORK).disputes(MEDIA[0].hex())) == (True, True)
    assert tuple(Register(home, COURT_NETWORK).disputes(MEDIA[7].hex())) == (False, True)


def test_a_mirror_of_the_version_before_is_brought_up_to_date(home, tmp_path, monkeypatch):
    chain = story()
    path = mirror_path(home, COURT_NETWORK)
    with monkeypatch.context() as before:
        before.setattr(register_schema, "MIGRATIONS", register_schema.MIGRATIONS[:2])
        from touchstone.store import register_store

        before.setattr(register_store, "MIGRATIONS", register_schema.MIGRATIONS[:2])
        with writer(path) as connection:
            cursor = (
                b"i" * 16,
                77,
                b"\x11" * 20,
                b"\x22" * 20,
                2,
                chain.blocks[2].hash,
                2,
                1,
                1,
                0,
                1,
                1,
                b"\x33" * 20,
            )
            connection.execute("INSERT INTO mirror VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, -1)", cursor)
    assert not cases(home).is_known()
    run(home, chain)
    assert cases(home).get(1).phase is Phase.FINAL
    assert cases(home).parameters()[0].seats == (3, 7, 0)


def test_another_court_is_followed_from_the_beginning(home):
    run(home, story())
    other = replace(COURT_NETWORK, court="0x" + "99" * 20)
    sync(home, other, [ScriptedNode(story())])
    assert cases(home, other).is_known()
    assert cases(home, other).listing() == ()
    without = replace(COURT_NETWORK, court="", pool="")
    sync(home, without, [ScriptedNode(story())])
    assert not cases(home, without).is_known()


def test_a_log_that_the_court_cannot_have_written_ends_a_sync_in_a_code(home):
    chain = story()

    def lie(logs):
        return [log | {"data": log["data"][:-64]} if log["address"] == COURT_NETWORK.court else log for log in logs]

    with pytest.raises(ChainError) as caught:
        run(home, chain, lie=lie)
    assert caught.value.code is ChainTrouble.PROTOCOL


def test_a_pause_is_the_courts_alone_and_moves_deadlines(home):
    chain = story()
    chain.add(t.PausedUntil(START + 20 * DAY), time=START + 13 * DAY)
    chain.add(t.Unpaused(), time=START + 14 * DAY)
    chain.add(flagged(3, MEDIA[3]), time=START + 15 * DAY)
    run(home, chain)
    assert cases(home).pauses().spans == ((START + 13 * DAY, START + 14 * DAY),)
    assert cases(home).get(3).flagged == START + 14 * DAY


def test_numbers_beyond_63_bits_come_back(home):
    chain = story()
    chain.add(flagged(3, MEDIA[3], bounty=2**88, bond=2**80), time=START + 13 * DAY)
    chain.add(t.SeatDrawn(3, 0, VOTERS[0], False, bytes(32), 2**95), time=START + 14 * DAY)
    run(home, chain)
    case = cases(home).get(3)
    assert (case.bounty, case.bond, case.rounds[0].seats[0].locked) == (2**88, 2**80, 2**95)


def test_snapshots_hold_the_court(home, tmp_path):
    run(home, story(), final=0)
    there = Home(tmp_path / "there")
    snapshot.export(home, COURT_NETWORK, tmp_path / "a")
    snapshot.take(there, COURT_NETWORK, tmp_path / "a")
    assert rows(there) == rows(home)
    assert cases(there).is_known()
    snapshot.export(there, COURT_NETWORK, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


def test_a_snapshot_without_the_court_is_taken_and_the_rest_is_read(home, tmp_path):
    run(home, story(), network=NETWORK, final=0)
    snapshot.export(home, NETWORK, tmp_path / "a")
    there = Home(tmp_path / "there")
    snapshot.take(there, COURT_NETWORK, tmp_path / "a")
    assert not cases(there).is_known()
    run(there, story(), final=0)
    assert cases(there).get(1).ruling is Ruling.EDITED


MORE = st.sampled_from(
    [
        *drawn(2),
        t.CommitStarted(2, 0, 3, digest("r"), START + 20 * DAY),
        *voted(2, 0, {0: 1, 1: 3, 2: None}),
        t.Unobtainable(2, VOTERS[1], 1),
        t.Leaked(2, 0, VOTERS[0], FLAGGER, 20, 1),
        t.Justified(2, 0, VOTERS[1], digest("why"), "ipfs://x"),
        t.Tallied(2, 0, 6, 2, 3, START + 30 * DAY),
        t.AppealFunded(2, 0, True, FLAGGER, 10, 10),
        t.RoundOpened(2, 1),
        t.EvidenceAdded(2, VOTERS[3], digest("item"), digest("root"), "x" * 600),
        t.Replied(2, 1, VOTERS[3], digest("item"), 35),
        t.Finalised(2, 9, 250, 2**90, 1),
        t.CaseCancelled(2, 200),
        t.PausedUntil(START + 40 * DAY),
        t.Unpaused(),
        flagged(2, MEDIA[2], parameters=7),
        PARAMETERS._replace(number=7, evidence_time=2**32 - 1),
    ]
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(MORE, st.integers(0, 3)), max_size=12), st.integers(2, 20))
def test_whatever_is_told_and_taken_back_the_mirror_is_as_if_read_at_once(tmp_path_factory, events, back):
    base = tmp_path_factory.mktemp("m")
    chain, home = story(), Home(base / "one")
    for number, (event, reads) in enumerate(events):
        chain.add(event, time=START + (13 + number) * DAY)
        if reads == 0:
            run(home, chain, final=50)
    chain.rewrite(max(2, chain.head - back))
    chain.add(flagged(4, MEDIA[4]), time=START + 60 * DAY)
    run(home, chain, final=50)
    fresh = Home(base / "two")
    run(fresh, chain, final=50)
    assert rows(home) == rows(fresh)
    for case in cases(home).listing(limit=50):
        assert cases(home).get(case.id) is not None
        assert len(cases(home).evidence(case.id)) >= 1


def rewritten(path, first, change):
    """A snapshot under another first line, its content changed and hashed anew."""
    body = zlib.decompressobj().decompress(path.read_bytes().removeprefix(snapshot.FORMAT))
    body = change(body)
    path.write_bytes(first + zlib.compress(body) + hashlib.sha256(body).digest())


def test_snapshots_of_the_format_before_are_taken(home, tmp_path):
    chain = story()
    run(home, chain, network=NETWORK, final=0)
    snapshot.export(home, NETWORK, tmp_path / "a")
    here = (77, b"\x11" * 20, b"\x22" * 20, b"\x33" * 20)
    end = (chain.head, chain.blocks[-1].hash)
    old, new = pack((*here, *end)), pack((*here, b"", *end))
    rewritten(tmp_path / "a", b"touchstone-mirror/2\n", lambda body: old + body.removeprefix(new))
    there = Home(tmp_path / "there")
    assert snapshot.take(there, COURT_NETWORK, tmp_path / "a").block == chain.head
    assert not cases(there).is_known()
    run(there, chain, final=0)
    assert rows(there)["court_case"]


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record[:-1],
        lambda record: (*record[:1], 10**6, *record[2:]),
        lambda record: (*record[:5], 2, *record[6:]),
        lambda record: (*record[:6], b"\x99" * 32, *record[7:]),
        lambda record: (*record[:7], b"odd", record[8]),
        lambda record: (*record[:8], record[8][:-64]),
        lambda record: (*record[:8], bytes(9000)),
        lambda record: (*record[:4], b"short", *record[5:]),
        lambda record: (*record[:1], "3", *record[2:]),
    ],
)
def test_a_record_that_no_court_told_of_is_damage(home, tmp_path, change):
    run(home, story(), final=0)
    snapshot.export(home, COURT_NETWORK, tmp_path / "a")
    connection = sqlite3.connect(mirror_path(home, COURT_NETWORK))
    last = list(snapshot_court.content(connection, 10**6))[-1]
    connection.close()
    for spoilt in (change(last), None):
        there = Home(tmp_path / f"there{spoilt is None}")
        raw = (tmp_path / "a").read_bytes()
        ended = pack(last) + pack(())
        instead = (pack(spoilt) if spoilt else 2 * pack(last)) + pack(())
        rewritten(tmp_path / "a", snapshot.FORMAT, lambda body, e=ended, i=instead: body.removesuffix(e) + i)
        with pytest.raises(snapshot.SnapshotError) as caught:
            snapshot.take(there, COURT_NETWORK, tmp_path / "a")
        assert caught.value.trouble is snapshot.SnapshotTrouble.DAMAGED
        assert not cases(there).is_known()
        (tmp_path / "a").write_bytes(raw)
