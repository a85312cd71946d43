"""The verifier of proofs: it takes every proof that holds, and no forged one, whatever is tried."""

from __future__ import annotations

import hashlib
import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lineage import roots

from touchstone.lineage import items, verifier
from touchstone.lineage.tree import Prover

SETS, PARTS = 10_000, 4  # in parts, so that they run side by side
HEAD = 13


def proof(kind: bytes, index: int, *hashes: bytes) -> bytes:
    return b"TSP1" + kind + index.to_bytes(8) + b"".join(hashes)


class Set:
    """A set of items with what proves from its list."""

    def __init__(self, folder: Path, members: list[bytes]) -> None:
        self.members = sorted(members)
        self.root, self.count = roots.tree_hash(members), len(members)
        path = roots.put(folder / members[0].hex(), members)  # a new file: it takes long to empty an old one
        with items.read(path) as listed:
            prover = Prover(listed)
            assert (prover.root.root, prover.root.items) == (self.root, self.count)
            self.present = {one: prover.presence(one) or b"" for one in members}
            self.gaps = self._absent(prover)
        path.unlink()

    def _absent(self, prover: Prover) -> list[tuple[bytes, bytes]]:
        wanted = {bytes(32), b"\xff" * 32} | {roots.after(one) for one in self.members}
        wanted |= {roots.before(one) for one in self.members}
        return [(one, prover.absence(one) or b"") for one in sorted(wanted - set(self.members))]


def size(chance: random.Random) -> int:
    """Mostly small sets, some that fill a few levels, few with more than a chunk."""
    kind = chance.random()
    return chance.randint(1, 6) if kind < 0.8 else chance.randint(7, 24) if kind < 0.995 else chance.randint(25, 120)


def mutants(chance: random.Random, good: bytes, other: bytes, count: int) -> list[bytes]:
    """Proofs near to a good one: a bit, the index, an item, a hash changed, left out, added, exchanged, taken over."""
    index, hashes = int.from_bytes(good[5:HEAD]), [good[at : at + 32] for at in range(HEAD, len(good), 32)]
    kind = good[4:5]
    bit = chance.randrange(8 * len(good))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    found = [bytes(flipped), good[:-1], good + b"\0", good + chance.randbytes(32), good[:HEAD] + other[HEAD:]]
    found += [proof(kind, near, *hashes) for near in (index + 1, max(0, index - 1), count, 1 << 63)]
    found.append((b"TSP1A" if kind == b"P" else b"TSP1P") + good[5:])
    if hashes:
        place = chance.randrange(len(hashes))
        found.append(proof(kind, index, *hashes[:place], *hashes[place + 1 :]))
        found.append(proof(kind, index, *hashes[:place], chance.randbytes(32), *hashes[place + 1 :]))
        found.append(proof(kind, index, *hashes[: place + 1], *hashes[place:]))
    if len(hashes) > 1:
        one, two = chance.sample(range(len(hashes)), 2)
        hashes[one], hashes[two] = hashes[two], hashes[one]
        found.append(proof(kind, index, *hashes))
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_sets(tmp_path: Path, part: int) -> None:
    chance = random.Random(part)
    former = Set(tmp_path, [roots.item(n, "former") for n in range(5)])
    forged = taken = 0
    for number in range(part, SETS, PARTS):
        whole = Set(tmp_path, [roots.item(n, str(number)) for n in range(size(chance))])
        # All that are absent are proved to be, by their own proof.
        assert all(verifier.absent(whole.root, whole.count, one, made) for one, made in whole.gaps)
        assert all(verifier.present(whole.root, whole.count, one, made) for one, made in whole.present.items())
        taken += len(whole.gaps)
        # No proof that is near to any of these shows of an item in the set that it is not.
        tried = whole.members if len(whole.members) < 5 else chance.sample(whole.members, 5)
        for one in tried:
            place = whole.members.index(one)
            gaps = chance.sample(whole.gaps, min(3, len(whole.gaps))) + whole.gaps[place : place + 1]
            near = [made for _gap, made in gaps]
            start = chance.choice((near[-1], whole.present[one]))
            near += mutants(chance, start, chance.choice(former.gaps)[1], whole.count)
            lie = max(0, whole.count + chance.choice((-1, 1, whole.count)))
            for made in near:
                assert not verifier.absent(whole.root, whole.count, one, made)
                assert not verifier.absent(whole.root, lie, one, made)
                forged += 2
        # Nor does one show of an item that is not in the set that it is.
        gap, made = chance.choice(whole.gaps)
        for other in (made, *mutants(chance, whole.present[one], made, whole.count), *former.present.values()):
            assert not verifier.present(whole.root, whole.count, gap, other)
        # Nor does a proof hold for another root.
        assert not verifier.absent(former.root, whole.count, gap, made)
        assert not verifier.absent(former.root, former.count, gap, made)
        former = whole
    assert taken > SETS // PARTS
    assert forged > 20 * SETS // PARTS


def test_the_set_without_the_item_proves_nothing_about_the_set(tmp_path: Path) -> None:
    for count in range(2, 40):
        members = [roots.item(n) for n in range(count)]
        whole = roots.tree_hash(members)
        for left_out in members:
            rest = Set(tmp_path, [one for one in members if one != left_out])
            made = next(made for gap, made in reversed(rest.gaps) if gap <= left_out)
            assert verifier.absent(rest.root, rest.count, left_out, made)
            assert not verifier.absent(whole, count, left_out, made)
            assert not verifier.absent(whole, count - 1, left_out, made)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_nothing_that_can_be_put_together_from_a_tree_forges(count: int) -> None:
    """All indices, all claimed counts, all items as neighbours, all hashes of the tree beside the ways."""
    members = sorted(roots.item(n) for n in range(count))
    root, hashes = roots.tree_hash(members), roots.every_hash(members)
    most = {2: 4, 3: 3, 4: 3}[count]
    tried = 0
    for beside in itertools.chain.from_iterable(itertools.product(hashes, repeat=n) for n in range(most + 1)):
        for around in itertools.chain(((),), ((one,) for one in members), itertools.permutations(members, 2)):
            for claimed in range(1, count + 3):
                for index in range(claimed + 1):
                    made = proof(b"A", index, *around, *beside)
                    tried += 1
                    if len(made) > HEAD + 32 * 6:
                        continue
                    assert not any(verifier.absent(root, claimed, one, made) for one in members)
    assert tried > 5_000


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
def test_a_lying_count_moves_nothing(tmp_path: Path, count: int) -> None:
    """Whatever count is claimed: no item is absent, and what is absent at most stays so."""
    whole = Set(tmp_path, [roots.item(n) for n in range(count)])
    claims = [*range(min(2 * count + 3, 60)), count - 1, count + 1, 1 << 32, (1 << 64) - 1, 1 << 64, 1 << 70]
    for claimed in claims:
        for gap, made in whole.gaps[:50]:
            verifier.absent(whole.root, claimed, gap, made)  # true or false, and no exception
            for one in whole.members[:20]:
                assert not verifier.absent(whole.root, claimed, one, made)


def test_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    whole = Set(tmp_path, [roots.item(n) for n in range(9)])
    gap, made = whole.gaps[4]
    assert verifier.absent(whole.root, 9, gap, made)
    for odd in (b"", b"TSP1", b"TSP1A", made[:HEAD], made[:-32], bytes(4096), made * 2, b"TSP2" + made[4:]):
        assert not verifier.absent(whole.root, 9, gap, odd)
        assert not verifier.present(whole.root, 9, gap, odd)
    one = whole.members[3]
    assert verifier.present(whole.root, 9, one, whole.present[one])
    for more in (b"\0", bytes(31), bytes(32), bytes(64)):  # nothing may stand behind a proof
        assert not verifier.absent(whole.root, 9, gap, made + more)
        assert not verifier.present(whole.root, 9, one, whole.present[one] + more)
    for item in (b"", gap[:-1], gap + b"\0"):
        assert not verifier.absent(whole.root, 9, item, made)
    for root in (b"", bytes(32), whole.root[:-1]):
        assert not verifier.absent(root, 9, gap, made)
    # With nothing in the set there is no proof, not even an empty one.
    assert not verifier.absent(b"", 0, gap, proof(b"A", 0))


def test_an_index_has_one_spelling(tmp_path: Path) -> None:
    for count in (1, 2, 5, 8):
        whole = Set(tmp_path, [roots.item(n) for n in range(count)])
        last = whole.members[-1]
        made = whole.present[last]
        assert verifier.present(whole.root, count, last, made)
        for index in (count, count + 1, 1 << 63):
            assert not verifier.present(whole.root, count, last, proof(b"P", index, made[HEAD:]))
        gap, made = whole.gaps[-1]
        assert verifier.absent(whole.root, count, gap, made)
        for index in (count + 1, 1 << 63):
            assert not verifier.absent(whole.root, count, gap, proof(b"A", index, made[HEAD:]))


def test_more_items_than_there_can_be() -> None:
    """A way through 2**64 items and more would fit: it is refused for its count alone."""
    low, item, beside = bytes(32), roots.item(1), [roots.item(n) for n in range(65)]
    for count, taken in ((1 << 63, True), (1 << 64, False), (1 << 65, False)):
        depth = count.bit_length() - 1
        root = hashlib.sha256(b"\0" + item).digest()
        for one in beside[:depth]:
            root = hashlib.sha256(b"\1" + root + one).digest()
        assert verifier.present(root, count, item, proof(b"P", 0, *beside[:depth])) == taken
        assert verifier.absent(root, count, low, proof(b"A", 0, item, *beside[:depth])) == taken


def test_it_is_short_and_needs_nothing() -> None:
    text = Path(verifier.__file__).read_text("utf-8")
    assert len(text.splitlines()) < 60
    assert [line for line in text.splitlines() if line.startswith(("import", "from"))] == ["import hashlib"]


def test_it_runs_alone(tmp_path: Path) -> None:
    whole = Set(tmp_path, [roots.item(n) for n in range(50)])
    program = tmp_path / "alone.py"
    program.write_bytes(Path(verifier.__file__).read_bytes())
    gap, made = whole.gaps[20]
    one = whole.members[7]
    (tmp_path / "absent").write_bytes(made)
    (tmp_path / "present").write_bytes(whole.present[one])

    def check(*arguments: object) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", str(program), *map(str, arguments)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=30)
        assert "Traceback" not in ran.stderr
        return ran.returncode, ran.stdout + ran.stderr

    root = whole.root.hex()
    assert check(root, 50, gap.hex(), "absent") == (0, "The proof holds: the item is absent here.\n")
    assert check(root, 50, one.hex(), "present") == (0, "The proof holds: the item is present here.\n")
    assert check(root, 50, one.hex(), "absent") == (1, "This proof does not hold.\n")
    assert check(root, 50, gap.hex(), "present")[0] == 1
    for wrong in (
        (),
        (root,),
        (root, "x", gap.hex(), "absent"),
        ("zz", 50, gap.hex(), "absent"),
        (root, 50, "", "gone"),
    ):
        assert check(*wrong)[0] == 1
