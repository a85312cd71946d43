"""The register of models in the mirror: read with the others, caught up with in older mirrors, carried in snapshots."""

import dataclasses
import hashlib
import sqlite3
import zlib

import pytest
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
    modelled,
    registered,
)

from touchstone.chain import event_types as e
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry import output_lists, snapshot
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.mirror import Access, Step, sync
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Decision, Output, Standing, Status
from touchstone.registry.records import pack
from touchstone.registry.snapshot import SnapshotError, SnapshotTrouble
from touchstone.store.register_schema import APPLICATION_ID, MIGRATIONS
from touchstone.store.schema import migrate

FILES = [digest("file", n) for n in range(6)]
MODEL, CHILD = modelled("a"), modelled("b", 2)
OUTPUTS = [Output(MODEL.manifest.hex(), FILES[n].hex(), "global", 10 * n or None, Decision(n), 5 + n) for n in range(4)]
DATA = output_lists.dump(OUTPUTS)
ROOT = output_lists.tree(OUTPUTS).root
ACCESS = Access(web=True, fetch=lambda *_: DATA)
EARLIER = dataclasses.replace(NETWORK, models="")
ELSEWHERE = dataclasses.replace(NETWORK, models="0x" + "55" * 20)


def recorded(publisher=1, signer=SIGNER, **changes):
    whole = {"outputs": 4, "list_hash": output_lists.list_hash(DATA), "uri": "https://a.example/list"}
    return e.OutputsRecorded(ROOT, publisher, signer, **(whole | changes))


def story():
    """Files and models in the same blocks; head 9."""
    chain = Chain()
    chain.add(*created(1), *created(2, "Zwei", ""))
    chain.add(registered(FILES[0]), MODEL, item(FILES[1]), item(FILES[2]))
    chain.add(CHILD, e.ParentNamed(CHILD.model, MODEL.model), registered(FILES[3]))
    chain.add(e.Attested(MODEL.model, 2, SIGNER, digest("evaluation"), "https://b.example"))
    chain.add(recorded(), recorded(0, OTHER), e.ItemRetired(FILES[5], 2, SIGNER, 1))
    chain.add(
        e.ModelOffered(MODEL.model, 1, 2), e.ModelTransferred(MODEL.model, 1, 2), e.ModelOffered(CHILD.model, 2, 1)
    )
    chain.add(e.StatusSet(MODEL.model, 2, SIGNER, 2, 4), e.AttestationWithdrawn(MODEL.model, 2, SIGNER, 4))
    chain.add(e.OutputsWithdrawn(ROOT, 1, SIGNER, 1))
    chain.add(registered(FILES[4]))
    return chain


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def chain():
    return story()


def run(home, *nodes, network=NETWORK, access=ACCESS):
    steps = []
    state = sync(home, network, nodes, steps.append, access=access)
    return state, [step.step for step in steps if step.step in {Step.REORGANISED, Step.RESTARTED}]


def fresh(tmp_path, chain, network=NETWORK, final=2):
    home = Home(tmp_path / f"fresh-{len(list(tmp_path.iterdir()))}")
    run(home, ScriptedNode(chain, final=final), network=network)
    return contents(home, FILES, network)


def asked(node):
    """The addresses that logs were asked of, with the first block of each question."""
    return [(int(p[0]["fromBlock"], 16), len(p[0]["address"])) for method, p in node.asked if method == "eth_getLogs"]


def earlier_schema(home):
    """The mirror as the version before this one would have written it: its tables, and nothing of models."""
    path = mirror_path(home, NETWORK)
    old = path.with_name("old.sqlite3")
    connection = sqlite3.connect(old, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(connection, MIGRATIONS[:1])
    connection.execute("ATTACH ? AS made", (str(path),))
    for (table,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"INSERT INTO main.{table} SELECT {columns} FROM made.{table}")
    connection.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    old.replace(path)


class TestReading:
    def test_a_model_is_what_was_registered_and_what_became_of_it(self, home, chain):
        state, _ = run(home, ScriptedNode(chain, final=2))
        assert (state.models, state.missing_outputs) == (True, 0)
        models = Models(home, NETWORK)
        entry = models.get(MODEL.model.hex())
        assert (entry.publisher, entry.owner, entry.pending_owner, entry.name, entry.domain) == (1, 2, 0, "Zwei", "")
        assert (entry.manifest, entry.weights) == (MODEL.manifest.hex(), MODEL.weights.hex())
        assert (entry.data_root, entry.items, entry.record) == (MODEL.data_root.hex(), 7, MODEL.record.hex())
        assert (entry.evaluation, entry.family, entry.parents, entry.uri) == ("", MODEL.model.hex(), (), "")
        assert (entry.status, entry.reason, entry.changed) == (Status.DEPRECATED, 4, 1_000_084)
        assert (entry.registered, entry.block, entry.tx) == (1_000_024, 2, chain.blocks[2].tx(1).hex())
        assert (entry.signer, entry.counts, entry.controller) == ("0x" + SIGNER.hex(), True, "0x" + SIGNER.hex())
        (child,) = models.children(MODEL.model.hex())
        assert (child.model, child.parents, child.pending_owner) == (CHILD.model.hex(), (MODEL.model.hex(),), 1)
        assert models.by_manifest(MODEL.manifest.hex()) == models.by_weights(MODEL.weights.hex()) == (entry,)
        assert models.by_record(MODEL.record.hex()) == (entry,)
        models.close()
        assert models.get(MODEL.model.hex()) is None

    def test_attestations_retirements_and_outputs(self, home, chain):
        run(home, ScriptedNode(chain, final=2))
        models = Models(home, NETWORK)
        (attestation,) = models.attestations(MODEL.model.hex())
        assert (attestation.publisher, attestation.evaluation) == (2, digest("evaluation").hex())
        assert (attestation.attested, attestation.withdrawn, attestation.counts) == (1_000_048, 1_000_084, True)
        (retirement,) = models.retired(FILES[5].hex())
        assert (retirement.publisher, retirement.name, retirement.reason, retirement.counts) == (2, "Zwei", 1, True)
        own, published = models.output_lists()
        assert (own.publisher, own.signer, own.counts, own.withdrawn, own.state) == (0, "0x" + OTHER.hex(), True, 0, 1)
        assert (published.publisher, published.withdrawn, published.reason) == (1, 1_000_096, 1)
        assert models.output_lists("0x" + SIGNER.hex()) == (published,)
        said = models.outputs_of(FILES[2].hex())
        assert [(one.output, one.index, one.list) for one in said] == [(OUTPUTS[2], 2, own), (OUTPUTS[2], 2, published)]
        assert [one.output for one in models.outputs_by(MODEL.manifest.hex())] == OUTPUTS[::-1]
        assert [one.index for one in models.outputs_by(MODEL.manifest.hex(), 2, 1)] == [2, 1]
        assert models.count_outputs(MODEL.manifest.hex()) == 4
        assert models.outputs_of(digest("x").hex()) == models.outputs_by(digest("x").hex()) == ()
        models.close()

    def test_a_list_that_is_recorded_again_stands_again(self, home, chain):
        chain.add(recorded(uri="https://again.example"))
        run(home, ScriptedNode(chain, final=2))
        models = Models(home, NETWORK)
        (published,) = models.output_lists("0x" + SIGNER.hex())
        assert (published.withdrawn, published.uri, published.state) == (0, "https://again.example", 1)
        models.close()

    def test_what_no_integer_holds_holds_up_nobody(self, home):
        chain = Chain()
        chain.add(*created(), modelled("a", items=2**64 - 1), registered(FILES[0]))
        run(home, ScriptedNode(chain))
        models = Models(home, NETWORK)
        assert models.get(modelled("a").model.hex()).items == 2**64 - 1
        models.close()

    def test_a_reorganisation_takes_all_of_it_back(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=8))
        for height in (8, 7, 6, 5, 4, 3, 2):
            chain.rewrite(height)
            chain.add()
            assert run(home, ScriptedNode(chain, final=height))[1] == [Step.REORGANISED]
            kept = contents(home, FILES)
            assert kept["models"] == fresh(tmp_path, chain)["models"]
        assert [row[4] for row in kept["models"]["model"]] == [MODEL.model]
        assert kept["models"]["outputs"] == kept["models"]["retirement"] == []

    @pytest.mark.parametrize("network", [EARLIER, ELSEWHERE])
    def test_where_no_models_are_followed_nothing_is_known(self, home, chain, network):
        state, _ = run(home, ScriptedNode(chain, final=2), network=network)
        assert state.count == 5
        models = Models(home, network)
        assert models.is_known() == state.models == (network is ELSEWHERE)
        assert models.get(MODEL.model.hex()) is None
        assert (
            models.by_weights(MODEL.weights.hex()) == models.output_lists() == models.outputs_of(FILES[0].hex()) == ()
        )
        nothing = Standing.NOT_REGISTERED if network is ELSEWHERE else Standing.UNKNOWN
        hashes = (MODEL.manifest.hex(), MODEL.weights.hex(), MODEL.record.hex())
        assert models.standing(*hashes) == (nothing, None)
        models.close()


class TestCatchingUp:
    """Mirrors that were made before models were followed, or while another register of them was."""

    @pytest.mark.parametrize("final", [2, 9, 0])
    def test_one_of_the_earlier_schema_gets_what_it_lacks_and_keeps_what_it_has(self, home, chain, tmp_path, final):
        run(home, ScriptedNode(chain, final=final), network=EARLIER)
        earlier_schema(home)
        register = Register(home, NETWORK)  # files are found before the next sync as well
        assert [len(register.exact(file.hex())) for file in FILES] == [1, 1, 1, 1, 1, 0]
        assert (register.state().models, register.state().count) == (False, 5)
        models = Models(home, NETWORK)
        assert models.standing(MODEL.manifest.hex(), MODEL.weights.hex(), "")[0] is Standing.UNKNOWN
        assert not models.is_known()
        before = self._media(home)
        node = ScriptedNode(chain, final=final)
        assert run(home, node)[1] == []
        assert asked(node) == [(0, 1)]  # of one address, from the first block on: of the others nothing again
        assert self._media(home) == before
        assert contents(home, FILES) == fresh(tmp_path, chain, final=final)
        assert models.get(MODEL.model.hex()).owner == 2
        assert register.state().models
        models.close()
        register.close()
        node = ScriptedNode(chain, final=final)
        run(home, node)
        assert asked(node) == []

    def test_new_blocks_are_read_of_all_and_old_ones_of_models_alone(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=2, head=4), network=EARLIER)
        earlier_schema(home)
        node = ScriptedNode(chain, final=2)
        run(home, node)
        assert asked(node) == [(5, 3), (8, 3), (0, 1)]
        assert contents(home, FILES) == fresh(tmp_path, chain)

    def test_a_node_without_the_old_blocks_holds_up_no_file(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=2, head=4), network=EARLIER)
        for _ in range(2):
            with pytest.raises(ChainError) as caught:
                run(home, ScriptedNode(chain, final=2, oldest=5))
            assert caught.value.code is ChainTrouble.PRUNED
            register, models = Register(home, NETWORK), Models(home, NETWORK)
            assert [len(register.exact(file.hex())) for file in FILES] == [1, 1, 1, 1, 1, 0]
            assert (register.state().synced_block, register.state().models) == (9, False)
            hashes = (MODEL.manifest.hex(), MODEL.weights.hex(), MODEL.record.hex())
            assert models.standing(*hashes) == (
                Standing.UNKNOWN,
                None,
            )  # it might be withdrawn, or not registered at all
            assert models.get(MODEL.model.hex()) is None
            register.close()
            models.close()
        run(home, ScriptedNode(chain, final=2))
        assert contents(home, FILES) == fresh(tmp_path, chain)

    def test_it_goes_on_where_it_stopped(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=2), network=EARLIER)

        def breaks(method, params):
            if method != "eth_getLogs" or len(params[0]["address"]) > 1:
                return None
            first, last = (int(params[0][which], 16) for which in ("fromBlock", "toBlock"))
            return ChainError(ChainTrouble.UNREACHABLE) if last > 5 and last - first < 2 else None

        with pytest.raises(ChainError):
            run(home, ScriptedNode(chain, final=2, widest=2, trouble=breaks))
        node = ScriptedNode(chain, final=2)
        run(home, node)
        first = asked(node)[0][0]
        assert 0 < first <= 6
        assert contents(home, FILES) == fresh(tmp_path, chain)

    @pytest.mark.parametrize("height", [2, 5, 8])
    def test_a_reorganisation_before_all_was_read(self, home, chain, tmp_path, height):
        run(home, ScriptedNode(chain, final=9), network=EARLIER)
        with pytest.raises(ChainError):
            run(home, ScriptedNode(chain, final=9, oldest=1))  # it is followed, and nothing of it could be read
        chain.rewrite(height)
        chain.add(modelled("c"))
        chain.add(registered(FILES[5]))
        assert run(home, ScriptedNode(chain, final=chain.head))[1] == [Step.REORGANISED]
        assert contents(home, FILES) == fresh(tmp_path, chain, final=chain.head)

    def test_a_reorganisation_while_it_reads(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=9), network=EARLIER)
        node = ScriptedNode(chain, final=9)

        def moves(method, params):
            if method == "eth_getLogs" and len(params[0]["address"]) == 1 and node.chain is chain:
                node.chain = chain.copy()
                node.chain.rewrite(4)
                node.chain.add(modelled("c"), registered(FILES[5]))

        node.trouble = moves
        run(home, node)
        assert node.chain is not chain
        assert contents(home, FILES) == fresh(tmp_path, node.chain, final=9)

    def test_another_register_of_models_takes_the_place_of_the_first(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=2))
        before = self._media(home)
        run(home, ScriptedNode(chain, final=2), network=ELSEWHERE)
        assert contents(home, FILES, ELSEWHERE) == fresh(tmp_path, chain, ELSEWHERE)
        assert contents(home, FILES, ELSEWHERE)["models"]["model"] == []
        run(home, ScriptedNode(chain, final=2), network=EARLIER)
        run(home, ScriptedNode(chain, final=2))
        assert self._media(home) == before
        assert contents(home, FILES) == fresh(tmp_path, chain)

    def test_two_nodes_have_to_agree_about_it(self, home, chain):
        run(home, ScriptedNode(chain, final=2), network=EARLIER)
        liar = ScriptedNode(chain, final=2, lie=lambda logs: logs[:-1])
        with pytest.raises(ChainError) as caught:
            run(home, ScriptedNode(chain, final=2), liar)
        assert caught.value.code is ChainTrouble.NODES_DISAGREE
        assert not Models(home, NETWORK).is_known()

    def _media(self, home):
        """Every row about files and publishers, with its number."""
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        tables = ("registration", "withdrawal", "root", "list", "publisher_event", "signer", "tag")
        try:
            return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
        finally:
            connection.close()


class TestSnapshots:
    @pytest.fixture
    def made(self, tmp_path, chain):
        home = Home(tmp_path / "from")
        run(home, ScriptedNode(chain, final=0))
        path = tmp_path / "mirror.snapshot"
        return home, path, snapshot.export(home, NETWORK, path)

    def test_what_was_there_is_there(self, made, tmp_path):
        home, path, told = made
        other = Home(tmp_path / "to")
        assert snapshot.take(other, NETWORK, path, told.sha256) == told
        assert contents(other, FILES) == contents(home, FILES)
        theirs, ours = Models(home, NETWORK), Models(other, NETWORK)
        assert ours.get(CHILD.model.hex()) == theirs.get(CHILD.model.hex())
        assert ours.outputs_of(FILES[1].hex()) == theirs.outputs_of(FILES[1].hex()) != ()
        theirs.close()
        ours.close()
        assert snapshot.export(other, NETWORK, tmp_path / "again") == told
        assert (tmp_path / "again").read_bytes() == path.read_bytes()

    def test_whoever_made_it_and_however_it_has_the_same_bytes(self, made, chain, tmp_path):
        _, path, _ = made
        late = Home(tmp_path / "late")
        run(late, ScriptedNode(chain, final=0, head=5), network=EARLIER)
        run(late, ScriptedNode(chain, final=0, head=7), access=Access())
        run(late, ScriptedNode(chain, final=0))
        snapshot.export(late, NETWORK, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == path.read_bytes()

    def test_one_of_the_first_format_is_taken_and_models_are_read_afterwards(self, chain, tmp_path):
        home, path = Home(tmp_path / "from"), tmp_path / "old.snapshot"
        run(home, ScriptedNode(chain, final=0), network=EARLIER)
        snapshot.export(home, EARLIER, path)
        self._first_format(path)
        for network in (NETWORK, EARLIER):
            other = Home(tmp_path / f"to-{network.models}")
            assert snapshot.take(other, network, path).files == 5
            node = ScriptedNode(chain, final=0)
            run(other, node, network=network)
            assert asked(node) == ([(0, 1)] if network.models else [])
            assert contents(other, FILES, network) == fresh(tmp_path, chain, network, final=0)

    def test_one_of_another_register_of_models_is_taken_without_them(self, made, chain, tmp_path):
        _, path, _ = made
        other = Home(tmp_path / "to")
        assert snapshot.take(other, ELSEWHERE, path).files == 5
        assert contents(other, FILES, ELSEWHERE)["models"]["model"] == []
        run(other, ScriptedNode(chain, final=0), network=ELSEWHERE)
        assert contents(other, FILES, ELSEWHERE) == fresh(tmp_path, chain, ELSEWHERE, final=0)

    def test_a_mirror_that_lacks_some_of_it_gives_none(self, chain, tmp_path):
        home, path = Home(tmp_path / "home"), tmp_path / "a"
        run(home, ScriptedNode(chain, final=0), network=EARLIER)
        earlier_schema(home)
        snapshot.export(home, NETWORK, path)
        other = Home(tmp_path / "to")
        snapshot.take(other, NETWORK, path)
        assert not Models(other, NETWORK).is_known()
        assert Register(other, NETWORK).exact(FILES[0].hex())
        run(other, ScriptedNode(chain, final=0))
        assert contents(other, FILES) == fresh(tmp_path, chain, final=0)

    def test_any_damage(self, made, tmp_path):
        _, path, told = made
        raw, home = path.read_bytes(), Home(tmp_path / "to")
        for place in range(25, len(raw), 11):
            changed = bytearray(raw)
            changed[place] ^= 0x10
            path.write_bytes(changed)
            try:  # bits that fill up the last byte of a compressed stream mean nothing
                assert snapshot.take(home, NETWORK, path) == told
                home = Home(tmp_path / str(place))
            except SnapshotError as error:
                assert error.trouble in {SnapshotTrouble.DAMAGED, SnapshotTrouble.OTHER_NETWORK}  # noqa: PT017

    HEADER = (77, b"\x11" * 20, b"\x22" * 20, b"\x33" * 20, b"", 9, bytes(32))
    EVENT = (3, 0, 5, digest("tx"))
    M = ("M", *EVENT, *(digest(1), 1, digest(2), SIGNER, digest(3), None, b"", digest(4), None, None, ""))
    SET = (("L", ROOT, 1), (bytes.fromhex(OUTPUTS[0].manifest), FILES[0], "global", None, 0, 5))

    @pytest.mark.parametrize(
        "records",
        [
            [(*M[:1], 10, *M[2:]), ()],
            [M, M, ()],
            [(*M[:11], b"\0\1", *M[12:]), ()],
            [(*M[:11], b"x" * 9, *M[12:]), ()],
            [M[:-1], ()],
            [(*M[:-1], "x" * 3000), ()],
            [("S", *EVENT, digest(1), 1, SIGNER, 4, 0), ()],
            [("S", *EVENT, digest(1), 1, SIGNER, 0, 0), ()],
            [("V", *EVENT, digest(1), 1, 2, 2), ()],
            [("P", *EVENT, digest(1), None), ()],
            [("A", *EVENT, digest(1), 2**32, SIGNER, None, 0, ""), ()],
            [("L", ROOT, 0), ()],
            [("L", ROOT, 2**31), ()],
            [("L", ROOT, 4), ()],
            [SET[0], ()],
            [*SET, ()],
            [SET[0], (*SET[1][:4], 9, 5), ()],
            [SET[0], (*SET[1][:2], "Glöbal", None, 0, 5), ()],
            [SET[0], (*SET[1][:2], "x" * 33, None, 0, 5), ()],
            [SET[0], (*SET[1][:3], 2_000_000, 0, 5), ()],
            [SET[0], SET[0], ()],
        ],
    )
    def test_what_no_mirror_holds_is_damage(self, tmp_path, records):
        body = b"".join(pack(record) for record in (self.HEADER, *records))
        (tmp_path / "a").write_bytes(snapshot.FORMAT + zlib.compress(body) + hashlib.sha256(body).digest())
        with pytest.raises(SnapshotError) as caught:
            snapshot.take(Home(tmp_path / "to"), NETWORK, tmp_path / "a")
        assert caught.value.trouble is SnapshotTrouble.DAMAGED

    def _first_format(self, path):
        """What the version before this one would have written: without the register of models in its header."""
        raw = path.read_bytes().removeprefix(snapshot.FORMAT)
        stretch = zlib.decompressobj()
        body = stretch.decompress(raw)
        header = pack((77, b"\x11" * 20, b"\x22" * 20, b"", b"", 9, story().blocks[9].hash))
        body = pack((77, b"\x11" * 20, b"\x22" * 20, 9, story().blocks[9].hash)) + body.removeprefix(header)
        path.write_bytes(b"touchstone-mirror/1\n" + zlib.compress(body) + hashlib.sha256(body).digest())
