"""Snapshots: the same bytes from whoever made them, and nothing taken that is not whole and expected."""

import dataclasses
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.registry.scripted import (
    NETWORK,
    OTHER,
    SIGNER,
    Chain,
    ScriptedNode,
    contents,
    created,
    digest,
    item,
    registered,
)

from touchstone.chain import event_types as e
from touchstone.paths import Home
from touchstone.registry import leaves, restore, snapshot
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, Step, sync
from touchstone.registry.records import RecordError, pack, unpack
from touchstone.registry.snapshot import SnapshotError, SnapshotTrouble
from touchstone.store.register_store import writer

FILES = [digest("file", n) for n in range(8)]
BATCH = [Leaf(FILES[n], digest("pdq", n), digest("manifest")) for n in (4, 5, 6)]
ROOT = Tree.of(BATCH).root
ACCESS = Access(web=True, fetch=lambda *_: leaves.dump(BATCH))


def story():
    chain = Chain()
    chain.add(*created(), *created(2, "Zwei", ""), e.ControlOffered(1, SIGNER, OTHER), e.RecoveryStarted(1, OTHER, 99))
    chain.add(registered(FILES[0], pdq=digest("pdq", 0), parent=digest("parent"), uri="https://x.example/ü"))
    chain.add(item(FILES[1]), item(FILES[2]), registered(FILES[3], 2), item(FILES[3]))
    chain.add(e.RootRegistered(ROOT, 1, SIGNER, 3, leaves.list_hash(leaves.dump(BATCH)), "https://x.example/list"))
    chain.add(e.Revoked(FILES[0], 1, SIGNER, 2, FILES[1]), e.LeafRevoked(FILES[5], 1, SIGNER, ROOT, 1, 3, bytes(32)))
    chain.add(registered(FILES[0]), e.SignerCompromised(2, SIGNER, 1_000_000))
    chain.add()
    chain.add()
    return chain


def mirrored(folder, chain=None, final=2, steps=()):
    home, chain = Home(folder), chain or story()
    for head in (*steps, None):
        sync(home, NETWORK, [ScriptedNode(chain, final=final, head=head)], access=ACCESS)
    return home


@pytest.fixture
def made(tmp_path):
    """A home with a mirror, and its snapshot."""
    home = mirrored(tmp_path / "from")
    path = tmp_path / "mirror.snapshot"
    return home, path, snapshot.export(home, NETWORK, path)


def refused(home, path, expected="", network=NETWORK):
    with pytest.raises(SnapshotError) as caught:
        snapshot.take(home, network, path, expected)
    return caught.value.trouble


class TestRoundTrip:
    def test_what_was_there_is_there(self, made, tmp_path):
        home, path, told = made
        assert (told.block, told.files) == (6, 9)
        other = Home(tmp_path / "to")
        assert snapshot.take(other, NETWORK, path, told.sha256.upper()) == told
        theirs, ours = contents(home, FILES), contents(other, FILES)
        assert ours["cursor"] == 6
        assert ours | {"cursor": 8} == theirs
        register = Register(other, NETWORK)
        assert register.similar([digest("pdq", 0).hex()])[0].sha256 == FILES[0].hex()
        assert register.similar([digest("pdq", 5).hex()])[0].claims[0].reason == 3
        register.close()

    def test_whoever_made_it_and_however_it_has_the_same_hash(self, made, tmp_path):
        _, path, told = made
        slowly = mirrored(tmp_path / "slowly", steps=(1, 2, 3, 4, 5, 6, 7))
        again = snapshot.export(slowly, NETWORK, tmp_path / "again")
        assert again == told
        assert (tmp_path / "again").read_bytes() == path.read_bytes()
        taken = Home(tmp_path / "taken")
        snapshot.take(taken, NETWORK, path)
        assert snapshot.export(taken, NETWORK, tmp_path / "third") == told

    def test_nothing_that_is_not_final_is_in_it(self, tmp_path):
        home = mirrored(tmp_path / "home", final=5)
        assert snapshot.export(home, NETWORK, tmp_path / "a").block == 3
        taken = Home(tmp_path / "taken")
        snapshot.take(taken, NETWORK, tmp_path / "a")
        assert contents(taken, FILES)["count"] == 5
        sync(taken, NETWORK, [ScriptedNode(story(), final=5)], access=ACCESS)
        assert contents(taken, FILES) == contents(home, FILES)

    def test_a_sync_goes_on_from_there(self, made, tmp_path):
        home, path, _ = made
        taken = Home(tmp_path / "taken")
        snapshot.take(taken, NETWORK, path)
        node = ScriptedNode(story(), final=2, oldest=7)  # pruned: a full sync could not
        sync(taken, NETWORK, [node], access=ACCESS)
        assert contents(taken, FILES) == contents(home, FILES)

    def test_a_chain_that_has_another_block_there_begins_again(self, made, tmp_path):
        _, path, _ = made
        taken, steps = Home(tmp_path / "taken"), []
        snapshot.take(taken, NETWORK, path)
        other = Chain()
        for _ in range(9):
            other.add(time=7)
        sync(taken, NETWORK, [ScriptedNode(other, final=2)], lambda step: steps.append(step.step))
        assert Step.RESTARTED in steps
        assert contents(taken, FILES)["count"] == 0


class TestRefused:
    def test_another_hash_than_was_expected(self, made, tmp_path):
        _, path, _ = made
        assert refused(Home(tmp_path / "to"), path, "00" * 32) is SnapshotTrouble.UNEXPECTED
        assert not Register(Home(tmp_path / "to"), NETWORK).exact(FILES[0].hex())

    @pytest.mark.parametrize(
        "change", [{"chain_id": 78}, {"media": "0x" + "99" * 20}, {"publishers": "0x" + "99" * 20}]
    )
    def test_another_network(self, made, tmp_path, change):
        other = dataclasses.replace(NETWORK, **change)
        assert refused(Home(tmp_path / "to"), made[1], network=other) is SnapshotTrouble.OTHER_NETWORK

    def test_one_that_is_older_than_what_is_here(self, made):
        home, path, _ = made
        before = contents(home, FILES)
        assert refused(home, path) is SnapshotTrouble.OLDER
        assert contents(home, FILES) == before

    @pytest.mark.parametrize(
        ("raw", "trouble"),
        [
            (b"", SnapshotTrouble.NOT_ONE),
            (b"PK\x03\x04", SnapshotTrouble.NOT_ONE),
            (b"touchstone-mirror/4\n" + bytes(100), SnapshotTrouble.NEWER),
            (b"touchstone-mirror/1\n", SnapshotTrouble.DAMAGED),
            (b"touchstone-mirror/1\n" + bytes(100), SnapshotTrouble.DAMAGED),
            (b"touchstone-mirror/2\n" + bytes(100), SnapshotTrouble.DAMAGED),
            (b"touchstone-mirror/3\n" + bytes(100), SnapshotTrouble.DAMAGED),
        ],
    )
    def test_what_is_none(self, tmp_path, raw, trouble):
        (tmp_path / "a").write_bytes(raw)
        assert refused(Home(tmp_path / "to"), tmp_path / "a") is trouble

    def test_one_that_is_not_there(self, tmp_path):
        assert refused(Home(tmp_path / "to"), tmp_path / "missing") is SnapshotTrouble.UNREADABLE

    def test_any_damage(self, made, tmp_path):
        _, path, told = made
        raw, home = path.read_bytes(), Home(tmp_path / "to")
        for place in range(25, len(raw), 7):
            changed = bytearray(raw)
            changed[place] ^= 0x10
            path.write_bytes(changed)
            try:  # bits that fill up the last byte of a compressed stream mean nothing
                assert snapshot.take(home, NETWORK, path) == told
                home = Home(tmp_path / str(place))
            except SnapshotError as error:
                assert error.trouble in {SnapshotTrouble.DAMAGED, SnapshotTrouble.OTHER_NETWORK}  # noqa: PT017
        for cut in range(21, len(raw), 31):
            path.write_bytes(raw[:cut])
            assert refused(home, path) is SnapshotTrouble.DAMAGED
        path.write_bytes(raw + b"x")
        assert refused(home, path) is SnapshotTrouble.DAMAGED
        assert not Register(home, NETWORK).exact(FILES[0].hex())

    def test_no_mirror_or_nothing_final(self, tmp_path):
        with pytest.raises(SnapshotError) as caught:
            snapshot.export(Home(tmp_path / "none"), NETWORK, tmp_path / "a")
        assert caught.value.trouble is SnapshotTrouble.NOTHING
        home = mirrored(tmp_path / "home", final=100)
        sync(home, NETWORK, [ScriptedNode(story(), final=100)])
        assert snapshot.export(home, NETWORK, tmp_path / "a").block == 0
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []

    def test_while_the_mirror_is_written(self, made, tmp_path, monkeypatch):
        monkeypatch.setattr(snapshot, "PATIENCE", 0.05)
        home = Home(tmp_path / "to")
        with writer(mirror_path(home, NETWORK)):
            assert refused(home, made[1]) is SnapshotTrouble.BUSY

    def test_a_folder_that_cannot_be_written(self, made, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(SnapshotError) as caught:
            snapshot.export(made[0], NETWORK, tmp_path / "file" / "a")
        assert caught.value.trouble is SnapshotTrouble.DISK


def forged(path, *records):
    """A snapshot of these records, with the right hash."""
    content = b"".join(pack(record) for record in records)
    import hashlib

    path.write_bytes(snapshot.FORMAT + zlib.compress(content) + hashlib.sha256(content).digest())


HEADER = (77, b"\x11" * 20, b"\x22" * 20, b"\x33" * 20, b"", 9, bytes(32))
ROW = ("r", 1, 5, FILES[0], None, None, None, FILES[1], 1, SIGNER, 1, 0, None)


class TestForged:
    def test_a_sound_one_is_taken(self, tmp_path):
        forged(tmp_path / "a", HEADER, ROW, ())
        assert snapshot.take(Home(tmp_path / "to"), NETWORK, tmp_path / "a").files == 1

    @pytest.mark.parametrize(
        "records",
        [
            [(*ROW[:1], 10, *ROW[2:]), ()],
            [(*ROW[:3], b"short", *ROW[4:]), ()],
            [(*ROW[:7], None, *ROW[8:]), ()],
            [(*ROW[:8], 2**32, *ROW[9:]), ()],
            [(*ROW[:12], "x" * 5000), ()],
            [(*ROW[:12], 7), ()],
            [ROW[:-1], ()],
            [("?", 1), ()],
            [(1, 2), ()],
            [("l", ROOT, 2), (FILES[0], None, None), ()],
            [("l", ROOT, 1), (FILES[0], None, None), ()],
            [("l", ROOT, 0), ()],
            [("l", ROOT, 3)],
            [ROW],
            [ROW, (), ROW],
            [("p", 1, 1, 1, "NoEvent", None, None, None, None, None, None, FILES[0]), ()],
        ],
    )
    def test_what_no_mirror_holds_is_damage(self, tmp_path, records):
        forged(tmp_path / "a", HEADER, *records)
        assert refused(Home(tmp_path / "to"), tmp_path / "a") is SnapshotTrouble.DAMAGED

    @pytest.mark.parametrize(
        ("header", "trouble"),
        [
            (HEADER[:3], SnapshotTrouble.DAMAGED),
            ((*HEADER[:5], None, bytes(32)), SnapshotTrouble.DAMAGED),
            ((*HEADER[:5], 9, b"short"), SnapshotTrouble.DAMAGED),
            ((*HEADER[:3], b"short", b"", 9, bytes(32)), SnapshotTrouble.DAMAGED),
            ((*HEADER[:4], b"short", 9, bytes(32)), SnapshotTrouble.DAMAGED),
            (("77", *HEADER[1:]), SnapshotTrouble.DAMAGED),
        ],
    )
    def test_a_header_that_is_none(self, tmp_path, header, trouble):
        forged(tmp_path / "a", header, ())
        assert refused(Home(tmp_path / "to"), tmp_path / "a") is trouble

    def test_more_than_a_disk_holds_is_cut_off(self, tmp_path, monkeypatch):
        monkeypatch.setattr(snapshot, "_LARGEST", 100)
        forged(tmp_path / "a", HEADER, *[ROW] * 10, ())
        assert refused(Home(tmp_path / "to"), tmp_path / "a") is SnapshotTrouble.DAMAGED


values = st.none() | st.integers(0, 2**64 - 1) | st.binary(max_size=80) | st.text(max_size=30)


@settings(deadline=None)
@given(st.lists(values, max_size=20))
def test_a_record_has_one_spelling(record):
    import io

    packed = pack(record)
    assert unpack(io.BytesIO(packed)) == tuple(record)
    for cut in range(len(packed)):
        with pytest.raises(RecordError):
            unpack(io.BytesIO(packed[:cut]))


@given(st.binary(max_size=200))
def test_junk_is_no_record_or_spells_one(junk):
    import io

    file = io.BytesIO(junk)
    try:
        found = unpack(file)
    except RecordError:
        return
    assert pack(found) == junk[: file.tell()]


def test_every_publisher_event_may_be_in_it():
    assert {kind.__name__ for kind in e.PublisherEvent.__args__} == set(restore._EVENTS)
