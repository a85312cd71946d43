"""Similar look-ups: nothing within 31 bits is missed, whatever the index looks like; brute force says so."""

import contextlib
import json
import sqlite3

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.scripted import NETWORK, SIGNER, Chain, ScriptedNode, created, digest, item, registered

from touchstone.chain import event_types as e
from touchstone.paths import Home
from touchstone.registry import fingerprints, index_files, segments
from touchstone.registry.lookup import RADIUS, Register, mirror_path
from touchstone.registry.mirror import sync
from touchstone.registry.segment_file import NARROW, WIDE
from touchstone.registry.segments import Segment, SegmentError

IDENTITY = b"i" * 16


@pytest.fixture
def small(monkeypatch):
    """Segments and tails small enough that a few hundred rows make several, with bands and without."""
    monkeypatch.setattr(fingerprints, "_UNBANDED", 64)
    monkeypatch.setattr(fingerprints, "LOOSE", 8)
    monkeypatch.setattr(index_files, "LOOSE", 8)
    monkeypatch.setattr("touchstone.registry.mirror._INDEX_EVERY", 50)


def rng(seed=1):
    return np.random.default_rng(seed)


def hashes(count, seed=1):
    return rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(pdq, bits):
    """The hash with these bits changed."""
    whole = np.unpackbits(np.frombuffer(pdq, np.uint8))
    whole[list(bits)] ^= 1
    return np.packbits(whole).tobytes()


def distances(kept, query):
    return np.bitwise_count(kept ^ np.frombuffer(query, np.uint8)).sum(axis=1)


def written(folder, kept, *, banded, ids=None, span=None):
    ids = np.arange(1, len(kept) + 1) if ids is None else ids
    name = segments.write(folder, IDENTITY, span or (1, int(ids[-1]) + 1), ids, kept, banded=banded)
    return Segment(folder / name, IDENTITY)


def near(segment, *queries):
    asked = np.frombuffer(b"".join(queries), np.uint8).reshape(-1, 32)
    return {
        (int(number), int(row))
        for rows, _, numbers in segment.search(asked)
        for row, number in zip(rows, numbers, strict=True)
    }


def filled(home, *blocks):
    chain = Chain()
    chain.add(*created())
    for block in blocks:
        chain.add(*block)
    sync(home, NETWORK, [ScriptedNode(chain, final=2)])
    return chain


@contextlib.contextmanager
def opened(home):
    register = Register(home, NETWORK)
    try:
        yield register
    finally:
        register.close()


@pytest.fixture(params=["narrow", "wide"])
def cut(request, monkeypatch):
    """How segments with bands are cut in a test, whatever their size."""
    monkeypatch.setattr(segments, "_WIDE", 1 if request.param == "wide" else 1 << 30)
    return {"narrow": NARROW, "wide": WIDE}[request.param]


class TestBands:
    def test_they_are_the_whole_hash_and_miss_nothing(self, cut):
        assert sum(cut.widths) == 256
        assert sum(cut.radii) + cut.count > RADIUS

    def test_a_neighbour_that_only_one_band_knows(self, tmp_path, cut):
        """One bit too many in every band but one."""
        kept = hashes(300)
        segment = written(tmp_path, kept, banded=True)
        assert segment._shape.bands == cut
        starts = [sum(cut.widths[:band]) for band in range(cut.count)]
        for only in range(cut.count):
            many = [radius + (band != only) for band, radius in enumerate(cut.radii)]
            assert sum(many) == RADIUS
            for row in (0, 150, 299):
                for at in (0, min(cut.widths) - 3):
                    bits = [start + at + n for start, count in zip(starts, many, strict=True) for n in range(count)]
                    query = flipped_low_first(kept[row].tobytes(), bits)
                    rows, _near = segment._in_buckets(*asked(query, cut))
                    assert row in rows

    def test_rows_are_in_the_buckets_of_their_words(self, tmp_path, cut):
        kept = hashes(2000)
        segment = written(tmp_path, kept, banded=True)
        whole = [int.from_bytes(row.tobytes(), "little") for row in kept]
        at = 0
        for band, (start, width) in enumerate(zip(cut.starts, cut.widths, strict=True)):
            words = [(number >> at) & ((1 << width) - 1) for number in whole]
            for row in (0, 1, 999, 1999):
                first, last = segment._begins[start + words[row]], segment._begins[start + words[row] + 1]
                found = segment._lower[first:last].astype(int) | segment._upper[first:last].astype(int) << 16
                assert found.tolist() == [n for n, word in enumerate(words) if word == words[row]]
            assert segment._begins[start + (1 << width)] == (band + 1) * 2000
            at += width


def flipped_low_first(pdq, bits):
    """With bits turned over, counted from the lowest of each byte, as bands are cut."""
    return (int.from_bytes(pdq, "little") ^ sum(1 << bit for bit in bits)).to_bytes(32, "little")


def asked(query, cut):
    hashed = np.frombuffer(query, np.uint8).reshape(1, 32)
    return segments.halves(hashed)[0], segments._cut(hashed, cut)[0]


class TestSegments:
    @pytest.mark.parametrize("banded", [True, False])
    @pytest.mark.parametrize("distance", range(34))
    def test_a_neighbour_at_every_distance(self, tmp_path, banded, distance, cut):
        kept = hashes(300)
        segment = written(tmp_path, kept, banded=banded)
        chance = rng(distance)
        for row in (0, 17, 299):
            for _ in range(5):
                query = flipped(kept[row].tobytes(), chance.permutation(256)[:distance])
                if distance <= RADIUS:
                    assert (0, row + 1) in near(segment, query)
                spread = flipped(
                    kept[row].tobytes(), [16 * (n % 16) + chance.integers(8) * 2 + n // 16 for n in range(distance)]
                )
                if int(distances(kept, spread)[row]) <= RADIUS:
                    assert (0, row + 1) in near(segment, spread)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_nothing_is_missed(self, tmp_path_factory, cut, data):
        """Words are drawn from few values, so that buckets are crowded and near misses common."""
        draw = rng(data.draw(st.integers(0, 2**32 - 1)))
        count, values = data.draw(st.integers(1, 400)), data.draw(st.integers(1, 6))
        few = draw.integers(0, 1 << 16, values, dtype=np.uint16)
        words = few[draw.integers(0, values, (count, 16))] ^ (1 << draw.integers(0, 16, (count, 16))).astype(np.uint16)
        kept = np.ascontiguousarray(words).view(np.uint8)
        ids = np.cumsum(draw.integers(1, 4, count))
        segment = written(tmp_path_factory.mktemp("segment"), kept, banded=True, ids=ids)
        for row in draw.integers(0, count, 4):
            query = flipped(kept[row].tobytes(), draw.permutation(256)[: draw.integers(0, 40)])
            wanted = {(0, int(ids[place])) for place in np.flatnonzero(distances(kept, query) <= RADIUS)}
            assert wanted <= near(segment, query)

    def test_shared_among_cores_it_finds_the_same(self, tmp_path, monkeypatch, cut):
        kept = hashes(3000)
        segment = written(tmp_path, kept, banded=True)
        queries = [flipped(kept[n].tobytes(), range(n % 31)) for n in range(0, 3000, 300)]
        alone = near(segment, *queries)
        monkeypatch.setattr(segments, "_SHARED", 1)
        assert near(segment, *queries) == alone >= {(n, 300 * n + 1) for n in range(10)}

    def test_what_is_far_is_left_out_nearly_always(self, tmp_path, cut):
        segment = written(tmp_path, hashes(5000), banded=True)
        assert len(near(segment, *[row.tobytes() for row in hashes(200, seed=9)])) < 20

    def test_buckets_that_are_too_full_are_not_gone_through(self, tmp_path):
        kept = hashes(2000)
        kept[:, :2] = 7  # one band, one bucket
        segment = written(tmp_path, kept, banded=True)
        query = flipped(kept[5].tobytes(), [3, 100, 200])
        assert (
            segment._in_buckets(
                segments.halves(np.frombuffer(query, np.uint8).reshape(1, 32))[0], np.frombuffer(query, "<u2")
            )
            is None
        )
        assert (0, 6) in near(segment, query)

    def test_flat_pictures_are_found_like_others(self, tmp_path):
        kept = np.concatenate([np.zeros((500, 32), np.uint8), np.full((500, 32), 255, np.uint8), hashes(10)])
        segment = written(tmp_path, kept, banded=True)
        assert near(segment, bytes(32)) >= {(0, n) for n in range(1, 501)}
        assert near(segment, flipped(bytes([255]) * 32, range(31))) >= {(0, n) for n in range(501, 1001)}

    def test_ids_may_have_gaps_and_be_large(self, tmp_path):
        ids = np.array([10**12 + 5, 10**12 + 9, 10**12 + 3_000_000_000])
        kept = hashes(3)
        segment = written(tmp_path, kept, banded=True, ids=ids, span=(10**12, 10**12 + 4 * 10**9))
        assert {row for _, row in near(segment, *[one.tobytes() for one in kept])} == set(ids.tolist())

    @pytest.mark.parametrize("damage", ["cut", "longer", "magic", "owner", "empty", "rows"])
    def test_a_file_that_is_no_segment_of_this_mirror_is_refused(self, tmp_path, damage):
        name = segments.write(tmp_path, IDENTITY, (1, 101), np.arange(1, 101), hashes(100), banded=True)
        path = tmp_path / name
        raw = bytearray(path.read_bytes())
        if damage == "magic":
            raw[0] ^= 1
        elif damage == "owner":
            raw[10] ^= 1
        elif damage == "rows":
            raw[40] ^= 1
        path.write_bytes({"cut": raw[:-1], "longer": raw + b"\0", "empty": b""}.get(damage, raw))
        with pytest.raises(SegmentError):
            Segment(path, IDENTITY)

    @settings(max_examples=30, deadline=None)
    @given(st.integers(64, 4_000_000), st.binary(min_size=1, max_size=64))
    def test_one_that_was_tampered_with_misleads_but_does_no_more(self, tmp_path_factory, place, junk):
        folder = tmp_path_factory.mktemp("segment")
        name = segments.write(folder, IDENTITY, (1, 101), np.arange(1, 101), hashes(100), banded=True)
        raw = bytearray((folder / name).read_bytes())
        place = min(place, len(raw) - len(junk))
        raw[place : place + len(junk)] = junk
        (folder / name).write_bytes(raw)
        near(Segment(folder / name, IDENTITY), *[one.tobytes() for one in hashes(20)])

    def test_a_disk_that_refuses_leaves_nothing(self, tmp_path, monkeypatch):
        monkeypatch.setattr(segments.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            segments.write(tmp_path, IDENTITY, (1, 4), np.arange(1, 4), hashes(3), banded=True)
        assert not list(tmp_path.iterdir())


class TestLookup:
    def test_nearest_first_and_the_orientation_that_was_nearest(self, tmp_path):
        home, pdq = Home(tmp_path), digest("pdq")
        filled(
            home,
            [registered(digest(1), pdq=flipped(pdq, range(9)))],
            [registered(digest(2), pdq=flipped(pdq, range(3)))],
            [registered(digest(3), pdq=flipped(pdq, range(32)))],
            [registered(digest(4))],
        )
        with opened(home) as register:
            found = register.similar([digest("other").hex(), pdq.hex()])
            assert [(s.sha256, s.distance, s.orientation) for s in found] == [
                (digest(2).hex(), 3, 1),
                (digest(1).hex(), 9, 1),
            ]
            assert found[0].claims == register.exact(digest(2).hex())
            assert len(register.similar([pdq.hex()], limit=1)) == 1
            assert register.similar(["00" * 32]) == ()
            assert register.similar([]) == ()

    @pytest.mark.parametrize("bad", [["11"], ["zz" * 32], ["11" * 32] * 257])
    def test_what_is_no_hash_is_refused(self, tmp_path, bad):
        filled(Home(tmp_path), [registered(digest(1), pdq=digest(1))])
        with opened(Home(tmp_path)) as register, pytest.raises(ValueError, match=r"PDQ|hex"):
            register.similar(bad)

    def test_a_file_of_many_publishers_is_one_file(self, tmp_path):
        pdq = digest("pdq")
        filled(
            Home(tmp_path),
            [*created(2), registered(digest(1), pdq=pdq), registered(digest(1), 2, pdq=flipped(pdq, [1]))],
        )
        with opened(Home(tmp_path)) as register:
            (found,) = register.similar([flipped(pdq, [1]).hex()])
            assert (found.distance, len(found.claims)) == (0, 2)

    def test_many_that_are_the_same_take_no_place_from_those_as_near(self, tmp_path):
        filled(Home(tmp_path), *[[item(digest(n, k), pdq=b"\x01" * 32) for k in range(400)] for n in range(10)])
        with opened(Home(tmp_path)) as register:
            found = register.similar(["01" * 32], limit=5)
            assert [s.distance for s in found] == [0] * 5
            assert [s.sha256 for s in found] == [digest(0, k).hex() for k in range(5)]


class TestIndex:
    def test_however_it_grew_everything_is_found(self, tmp_path, small):
        home, chain = Home(tmp_path), Chain()
        chain.add(*created())
        kept = hashes(900)
        at = 0
        for step in (5, 40, 3, 300, 20, 9, 150, 200, 1, 172):
            for row in range(at, at + step):
                chain.add(item(digest(row), pdq=kept[row].tobytes()), registered(digest("x", row)))
            at += step
            sync(home, NETWORK, [ScriptedNode(chain, final=2)])
            with opened(home) as register:
                for row in (0, at // 2, at - 1):
                    query = flipped(kept[row].tobytes(), rng(row).permutation(256)[:31])
                    wanted = {digest(int(n)).hex() for n in np.flatnonzero(distances(kept[:at], query) <= RADIUS)}
                    assert {s.sha256 for s in register.similar([query.hex()])} == wanted
        listed = json.loads((index_files.folder_of(mirror_path(home, NETWORK)) / "segments.json").read_text())
        names = {path.name for path in index_files.folder_of(mirror_path(home, NETWORK)).glob("*.pdq")}
        assert set(listed["segments"]) == names
        assert len(names) <= 6

    def test_what_a_reorganisation_took_back_is_not_found(self, tmp_path, small):
        home, kept = Home(tmp_path), hashes(200)
        chain = filled(home, *[[registered(digest(n), pdq=kept[n].tobytes())] for n in range(200)])
        for _ in range(3):
            chain.rewrite(chain.head - 2)
            chain.add(registered(digest("new"), pdq=kept[7].tobytes()))
            sync(home, NETWORK, [ScriptedNode(chain, final=2)])
        with opened(home) as register:
            assert register.similar([kept[199].tobytes().hex()]) == ()
            assert {s.sha256 for s in register.similar([kept[7].tobytes().hex()])} == {
                digest(7).hex(),
                digest("new").hex(),
            }

    @pytest.mark.parametrize("damage", ["list", "segment", "gone", "names", "foreign"])
    def test_without_a_usable_index_everything_is_found_and_it_is_made_again(self, tmp_path, small, damage):
        home, kept = Home(tmp_path), hashes(200)
        chain = filled(home, *[[registered(digest(n), pdq=kept[n].tobytes())] for n in range(200)])
        folder = index_files.folder_of(mirror_path(home, NETWORK))
        segment = next(folder.glob("*.pdq"))
        match damage:
            case "list":
                (folder / "segments.json").write_bytes(b"{")
            case "names":
                (folder / "segments.json").write_text(json.dumps({"segments": ["../../etc/passwd"]}))
            case "segment":
                segment.write_bytes(b"x" * 100)
            case "gone":
                segment.unlink()
            case "foreign":
                raw = bytearray(segment.read_bytes())
                raw[8:24] = bytes(16)
                segment.write_bytes(raw)
        with opened(home) as register:
            assert register.similar([kept[3].tobytes().hex()])
        for n in range(60):
            chain.add(registered(digest("more", n), pdq=kept[n].tobytes()))
        sync(home, NETWORK, [ScriptedNode(chain, final=2)])
        with opened(home) as register:
            assert len(register.similar([kept[3].tobytes().hex()])) == 2
            connection = sqlite3.connect(mirror_path(home, NETWORK))
            identity = connection.execute("SELECT identity FROM mirror").fetchone()[0]
            connection.close()
            assert fingerprints.load(mirror_path(home, NETWORK), identity).high > 200

    def test_a_mirror_that_began_again_does_not_use_the_old_index(self, tmp_path, small):
        home, kept = Home(tmp_path), hashes(200)
        filled(home, *[[registered(digest(n), pdq=kept[n].tobytes())] for n in range(200)])
        other = Chain()
        other.add(*created(), time=7)
        for n in range(20):
            other.add(registered(digest("other", n), pdq=kept[n].tobytes()))
        sync(home, NETWORK, [ScriptedNode(other, final=2)])
        with opened(home) as register:
            assert [s.sha256 for s in register.similar([kept[3].tobytes().hex()])] == [digest("other", 3).hex()]
            assert register.similar([kept[150].tobytes().hex()]) == ()

    def test_segments_of_the_greatest_size_are_cut(self, tmp_path, small, monkeypatch):
        monkeypatch.setattr(segments, "MOST_ROWS", 100)
        home, kept = Home(tmp_path), hashes(350)
        filled(home, [item(digest(n), pdq=kept[n].tobytes()) for n in range(350)])
        assert len(list(index_files.folder_of(mirror_path(home, NETWORK)).glob("*.pdq"))) == 4
        with opened(home) as register:
            assert all(register.similar([kept[n].tobytes().hex()]) for n in (0, 99, 100, 349))


class TestVideo:
    def test_the_one_with_most_frames_comes_first(self, tmp_path):
        home, frames = Home(tmp_path), [digest("frame", n) for n in range(16)]
        leaves = [item(digest("clip"), pdq=frame) for frame in frames[:8]]
        filled(
            home,
            leaves,
            [registered(digest("still"), pdq=frames[2]), registered(digest("other"), pdq=digest("none"))],
            [item(digest("long"), pdq=pdq) for pdq in [frames[0], frames[1], *[digest("else", n) for n in range(9)]]],
        )
        with opened(home) as register:
            found = register.similar_video([[flipped(frame, range(n)).hex()] for n, frame in enumerate(frames[:10])])
            assert [(s.sha256, s.votes) for s in found] == [(digest("clip").hex(), 8), (digest("still").hex(), 1)]
            assert found[0].distance == 0
            assert register.similar_video([[frames[5].hex()]])[0].votes == 1
            assert register.similar_video([]) == ()
            assert len(register.similar_video([[f.hex()] for f in frames[:10]], limit=1)) == 1

    def test_frames_may_be_asked_for_in_all_orientations(self, tmp_path):
        filled(Home(tmp_path), [registered(digest("clip"), pdq=digest("frame"))])
        with opened(Home(tmp_path)) as register:
            turned = [digest("turn", n).hex() for n in range(7)]
            (found,) = register.similar_video([[*turned, digest("frame").hex()], [digest("x").hex()]])
            assert (found.orientation, found.votes) == (7, 1)

    def test_votes_are_for_one_way_of_turning_the_clip(self, tmp_path):
        home, frames = Home(tmp_path), [digest("frame", n) for n in range(8)]
        filled(home, [item(digest("clip"), pdq=frame) for frame in frames])

        def asked(ways, also=()):
            """Each frame as registered in that one of eight orientations, and in those of `also`."""
            return [
                [(frame if k in {way, *also} else digest("turn", n, k)).hex() for k in range(8)]
                for n, (frame, way) in enumerate(zip(frames, ways, strict=True))
            ]

        with opened(home) as register:
            assert [(s.orientation, s.votes) for s in register.similar_video(asked([5] * 8))] == [(5, 8)]
            assert [(s.orientation, s.votes) for s in register.similar_video(asked([5] * 4 + [1, 2, 3, 7]))] == [(5, 4)]
            assert register.similar_video(asked([5] * 3 + [1, 1, 1, 2, 2])) == ()
            assert register.similar_video(asked(range(8))) == ()
            # A frame that is its own mirror image votes for both.
            (found,) = register.similar_video(asked([0, 0, 0, 4, 4, 4, 4, 4], also=[4]))
            assert (found.orientation, found.votes) == (4, 8)


def test_a_withdrawn_file_is_found_with_its_withdrawal(tmp_path):
    filled(Home(tmp_path), [registered(digest(1), pdq=digest("pdq"))], [e.Revoked(digest(1), 1, SIGNER, 5, bytes(32))])
    with opened(Home(tmp_path)) as register:
        (found,) = register.similar([digest("pdq").hex()])
        assert found.claims[0].reason == 5
