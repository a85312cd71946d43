"""Leaf lists: from where they may come, what is wrong with them, and what look-ups then find."""

import sqlite3

import pytest
from tests.registry.scripted import NETWORK, SIGNER, Chain, ScriptedNode, created, digest

from touchstone.chain import event_types as e
from touchstone.paths import Home
from touchstone.registry import leaves, lists
from touchstone.registry.leaves import LeavesError, ListTrouble
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, sync

NONE = bytes(32)
BATCH = [Leaf(digest(n), digest("pdq", n) if n else NONE, digest("manifest", n) if n % 2 else NONE) for n in range(5)]
DATA = leaves.dump(BATCH)
ROOT = Tree.of(BATCH).root


def registered(uri="https://a.example/list", publisher=1, **changes):
    whole = {"root": ROOT, "publisher": publisher, "signer": SIGNER, "leaves": 5, "list_hash": leaves.list_hash(DATA)}
    return e.RootRegistered(**(whole | {"uri": uri} | changes))


class World:
    def __init__(self, folder):
        self.home = Home(folder / "home")
        self.lists = folder / "lists"
        self.lists.mkdir()
        self.chain = Chain()
        self.chain.add(*created(1), *created(2, "Two", "two.example"))
        self.fetched = []
        self.answer = lambda _url: DATA

    def fetch(self, url, most, _seconds):
        self.fetched.append((url, most))
        return self.answer(url)

    def sync(self, *events, **access):
        if events:
            self.chain.add(*events)
        given = Access(fetch=self.fetch, **access)
        return sync(self.home, NETWORK, [ScriptedNode(self.chain, final=2)], access=given)

    def claims(self, sha256=BATCH[1].sha256):
        register = Register(self.home, NETWORK)
        try:
            return register.exact(sha256.hex())
        finally:
            register.close()

    def roots(self):
        connection = sqlite3.connect(mirror_path(self.home, NETWORK))
        try:
            return connection.execute("SELECT state, why FROM root ORDER BY id").fetchall()
        finally:
            connection.close()


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


class TestFetching:
    def test_leaves_are_claims_with_their_place_in_the_batch(self, world):
        state = world.sync(registered(), web=True)
        assert (state.count, state.missing) == (5, 0)
        (claim,) = world.claims()
        assert (claim.root, claim.index, claim.publisher, claim.block) == (ROOT.hex(), 1, 1, 2)
        assert (claim.pdq, claim.manifest, claim.parent) == (BATCH[1].pdq.hex(), BATCH[1].manifest.hex(), "")
        assert claim.tx == world.chain.blocks[2].tx(0).hex()
        assert claim.counts
        (plain,) = world.claims(BATCH[0].sha256)
        assert (plain.pdq, plain.manifest) == ("", "")
        register = Register(world.home, NETWORK)
        assert [s.sha256 for s in register.similar([BATCH[3].pdq.hex()])] == [BATCH[3].sha256.hex()]
        register.close()
        assert world.fetched == [("https://a.example/list", len(leaves.HEADER) + 5 * 195)]

    def test_a_batch_without_its_list_is_said(self, world):
        state = world.sync(registered())
        assert (state.count, state.missing, state.missing_files) == (0, 1, 5)
        assert world.roots() == [(lists.PENDING, "not-allowed")]
        assert world.claims() == ()
        assert world.sync(web=True).missing == 0
        assert world.claims()

    def test_a_folder_with_the_list_comes_before_its_address(self, world):
        (world.lists / leaves.file_name(ROOT)).write_bytes(DATA)
        assert world.sync(registered(), folders=(world.lists,), web=True).missing == 0
        assert world.fetched == []

    def test_two_publishers_of_one_batch_have_a_claim_each(self, world):
        state = world.sync(registered(), registered(publisher=2, uri=""), web=True)
        assert (state.missing, state.count, len(world.fetched)) == (0, 5, 1)
        assert [c.publisher for c in world.claims()] == [1, 2]
        world.chain.add(registered(publisher=1, uri="https://again.example"))
        assert world.sync().missing == 0

    def test_ipfs_goes_through_the_gateway_that_was_named(self, world):
        cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"
        assert world.sync(registered(f"ipfs://{cid}/lists/a.leaves"), web=True).missing == 1
        assert world.roots() == [(lists.PENDING, "no-gateway")]
        assert world.sync(web=True, gateway="https://gateway.example/").missing == 0
        assert world.fetched[-1][0] == f"https://gateway.example/ipfs/{cid}/lists/a.leaves"

    @pytest.mark.parametrize(
        ("uri", "why"),
        [
            ("", "no-address"),
            ("http://a.example/list", "no-address"),
            ("ftp://a.example/list", "no-address"),
            ("https://[bad", "no-address"),
            ("data:text/plain,abc", "no-address"),
            ("ipfs://../../etc/passwd", "no-address"),
            ("ipfs://x@evil.example/", "no-address"),
            ("file://elsewhere.example/list", "no-address"),
            ("file:///etc/passwd", "not-allowed"),
            ("file:///nowhere/at/all", "not-allowed"),
        ],
    )
    def test_other_addresses_lead_nowhere(self, world, uri, why):
        world.sync(registered(uri), web=True, gateway="https://gateway.example", folders=(world.lists,))
        assert world.roots() == [(lists.PENDING, why)]
        assert world.fetched == []

    def test_files_are_read_below_folders_that_were_allowed(self, world):
        inside, outside = world.lists / "a list", world.lists.parent / "outside"
        for path in (inside, outside):
            path.write_bytes(DATA)
        (world.lists / "link").symlink_to(outside)
        for uri in (outside.as_uri(), (world.lists / "link").as_uri(), f"{world.lists.as_uri()}/../outside"):
            assert world.sync(registered(uri), folders=(world.lists,)).missing
            assert world.roots()[-1] == (lists.PENDING, "not-allowed")
        assert not world.sync(registered(inside.as_uri()), folders=(world.lists,)).missing_files

    def test_what_is_no_file_is_not_opened(self, world):
        import os

        pipe = world.lists / "pipe"
        os.mkfifo(pipe)
        world.sync(registered(pipe.as_uri()), any_file=True)
        assert world.roots() == [(lists.PENDING, "not-a-file")]
        world.sync(registered(f"{world.lists.as_uri()}/missing"), any_file=True)
        assert world.roots()[1] == (lists.PENDING, "missing")


class TestBad:
    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (b"", "wrong-hash"),
            (b"<html>not found</html>", "wrong-hash"),
            (DATA[:-1], "wrong-hash"),
            (DATA * 2, "wrong-hash"),
        ],
    )
    def test_other_bytes_than_were_registered(self, world, answer, why):
        world.answer = lambda _url: answer
        assert world.sync(registered(), web=True).missing == 1
        assert world.roots() == [(lists.BAD, why)]
        assert world.claims() == ()
        world.answer = lambda _url: DATA
        assert world.sync(web=True).missing == 0

    @pytest.mark.parametrize(
        ("data", "changes", "why"),
        [
            (DATA, {"leaves": 4}, "wrong-count"),
            (DATA, {"root": digest("root")}, "wrong-root"),
            (DATA.replace(b"\n", b"\r\n"), {}, "malformed"),
            (DATA + DATA.splitlines(keepends=True)[1], {"leaves": 6}, "duplicates"),
            (DATA, {"leaves": leaves.MOST_LEAVES + 1}, "too-large"),
        ],
    )
    def test_lists_that_were_registered_as_they_are_and_are_no_good(self, world, data, changes, why):
        world.answer = lambda _url: data
        world.sync(registered(**{"list_hash": leaves.list_hash(data)} | changes), web=True)
        assert world.roots() == [(lists.BAD, why)]
        assert world.claims() == ()

    def test_one_that_is_larger_than_its_count_allows_is_not_read(self, world):
        path = world.lists / leaves.file_name(ROOT)
        path.write_bytes(DATA + b"x" * 1000)
        world.sync(registered(), folders=(world.lists,))
        assert world.roots() == [(lists.BAD, "too-large")]

    def test_a_web_server_that_sends_more_is_cut_off(self, world):
        def endless(_url):
            raise LeavesError(ListTrouble.TOO_LARGE)

        world.answer = endless
        world.sync(registered(), web=True)
        assert world.roots() == [(lists.BAD, "too-large")]

    def test_one_that_cannot_be_had_is_not_asked_for_at_once_again(self, world):
        world.sync(registered(), web=True)
        world.chain.rewrite(1)
        world.chain.add(registered(uri="file:///nowhere"))
        sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)])
        assert world.roots() == [(lists.PENDING, "not-allowed")]
        (lists.own_folder(world.home)).mkdir(parents=True)
        (lists.own_folder(world.home) / leaves.file_name(ROOT)).write_bytes(DATA)
        assert sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)]).missing == 1
        world.chain.add()
        connection = sqlite3.connect(mirror_path(world.home, NETWORK))
        connection.execute("UPDATE root SET tried = 0")
        connection.commit()
        connection.close()
        assert sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)]).missing == 0

    def test_web_failures_have_their_names(self, world, monkeypatch):
        from touchstone.trust import https

        for failure in (https.FetchFailure.TIMEOUT, https.FetchFailure.PRIVATE):

            def fails(*_, failure=failure, **_more):
                raise https.FetchError(failure)

            monkeypatch.setattr(https, "fetch", fails)
            world.chain.add(registered(root=digest(str(failure))))
            sync(world.home, NETWORK, [ScriptedNode(world.chain, final=2)], access=Access(web=True))
            assert world.roots()[-1] == (lists.PENDING, str(failure))


class TestWithdrawals:
    def test_of_one_leaf(self, world):
        one = e.LeafRevoked(BATCH[1].sha256, 1, SIGNER, ROOT, 1, 3, digest("new"))
        world.sync(registered(), registered(publisher=2), one, web=True)
        first, second = world.claims()
        assert (first.revoked > 0, first.reason, first.replacement) == (True, 3, digest("new").hex())
        assert second.revoked == 0
        assert world.claims(BATCH[2].sha256)[0].revoked == 0

    def test_of_all_of_them_and_registered_again(self, world):
        world.sync(registered(), e.RootRevoked(ROOT, 1, SIGNER, 4), web=True)
        assert world.claims()[0].reason == 4
        world.sync(registered())
        (claim,) = world.claims()
        assert (claim.revoked, claim.block) == (0, 3)

    def test_of_the_same_file_registered_singly_is_another(self, world):
        world.sync(registered(), e.Revoked(BATCH[1].sha256, 1, SIGNER, 1, NONE), web=True)
        assert world.claims()[0].revoked == 0

    def test_leaves_go_with_the_last_block_that_registered_them(self, world):
        world.sync(registered(), web=True)
        world.chain.rewrite(1)
        state = world.sync(registered(publisher=2))
        assert (state.count, state.missing) == (0, 1)
        assert world.claims() == ()
