"""Syncing: windows, reorganisations, nodes that lie, lag, prune or fail; and what is left after each."""

import sqlite3
import threading

import pytest
from tests.registry.scripted import (
    NETWORK,
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
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.mirror import Step, sync
from touchstone.store.register_store import writer

FILES = [digest("file", n) for n in range(12)]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def chain():
    """A publisher and three files: in block 2 one, in block 4 two in one transaction; head 5."""
    made = Chain()
    made.add(*created())
    made.add(registered(FILES[0], uri="https://agence-x.example/0"))
    made.add()
    made.add(item(FILES[1]), item(FILES[2]))
    made.add()
    return made


def run(home, *nodes, network=NETWORK, **more):
    steps = []
    state = sync(home, network, nodes, steps.append, **more)
    return state, [step.step for step in steps if step.step in {Step.REORGANISED, Step.RESTARTED}]


def trouble(home, *nodes, **more):
    with pytest.raises(ChainError) as caught:
        run(home, *nodes, **more)
    return caught.value.code


def found(home, *files):
    register = Register(home, NETWORK)
    try:
        return [len(register.exact(file.hex())) for file in files or FILES[:3]]
    finally:
        register.close()


def fresh(tmp_path, chain, final=2):
    """What a mirror says that never saw anything else."""
    home = Home(tmp_path / f"fresh-{len(list(tmp_path.iterdir()))}")
    sync(home, NETWORK, [ScriptedNode(chain, final=final)])
    return contents(home, FILES)


class TestReading:
    def test_a_claim_says_what_was_registered(self, home, chain):
        state, _ = run(home, ScriptedNode(chain, final=2))
        assert (state.synced_block, state.final_block, state.count, state.network) == (5, 3, 3, "scripted")
        assert (state.missing, state.agreed, state.head) == (0, False, -1)
        register = Register(home, NETWORK)
        (claim,) = register.exact(FILES[0].hex())
        assert (claim.publisher, claim.name, claim.domain) == (1, "Agence X", "agence-x.example")
        assert (claim.signer, claim.kind, claim.flags) == ("0x" + SIGNER.hex(), 1, 0)
        assert (claim.block, claim.registered, claim.uri) == (2, 1_000_024, "https://agence-x.example/0")
        assert claim.tx == chain.blocks[2].tx(0).hex()
        assert (claim.counts, claim.final, claim.revoked, claim.root, claim.index) == (True, True, 0, "", -1)
        first, second = (register.exact(FILES[n].hex())[0] for n in (1, 2))
        assert first.tx == second.tx == chain.blocks[4].tx(0).hex()
        assert not first.final
        register.close()

    def test_the_hash_of_a_transaction_is_kept_once(self, home, chain):
        run(home, ScriptedNode(chain))
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        kinds = connection.execute("SELECT typeof(tx) FROM registration ORDER BY id").fetchall()
        connection.close()
        assert kinds == [("blob",), ("blob",), ("integer",)]

    def test_times_are_asked_for_where_logs_do_not_say_them(self, home, chain):
        run(home, ScriptedNode(chain, timed=False))
        register = Register(home, NETWORK)
        assert register.exact(FILES[1].hex())[0].registered == chain.blocks[4].time
        register.close()

    def test_a_second_sync_asks_for_nothing_it_has(self, home, chain):
        run(home, ScriptedNode(chain))
        node = ScriptedNode(chain)
        run(home, node)
        assert not [params for method, params in node.asked if method == "eth_getLogs"]

    def test_a_node_without_a_word_for_final_is_given_confirmations(self, home, chain):
        assert run(home, ScriptedNode(chain))[0].final_block == -1
        for _ in range(10):
            chain.add()
        assert run(home, ScriptedNode(chain))[0].final_block == 15 - NETWORK.confirmations

    def test_a_register_that_was_never_synced_is_empty(self, home):
        register = Register(home, NETWORK)
        assert register.exact("00" * 32) == register.similar(["11" * 32]) == register.similar_video([["11" * 32]]) == ()
        assert register.state().synced_block == -1
        assert not mirror_path(home, NETWORK).exists()
        register.close()

    def test_an_open_register_sees_what_is_synced_later(self, home, chain):
        register = Register(home, NETWORK)
        run(home, ScriptedNode(chain))
        assert register.exact(FILES[0].hex())
        chain.add(registered(FILES[5]))
        assert not register.exact(FILES[5].hex())
        run(home, ScriptedNode(chain))
        assert register.exact(FILES[5].hex())
        register.close()
        assert register.exact(FILES[5].hex()) == ()

    def test_another_network_of_the_same_name_is_another_mirror(self, home, chain):
        import dataclasses

        run(home, ScriptedNode(chain))
        other = dataclasses.replace(NETWORK, chain_id=78)
        register = Register(home, other)
        assert register.exact(FILES[0].hex()) == ()
        register.close()
        assert run(home, ScriptedNode(Chain(), chain_id=78), network=other)[1] == [Step.RESTARTED]
        assert found(home) == [0, 0, 0]

    def test_files_that_are_nearly_the_same_cost_no_more(self, home):
        """Somebody may register any hashes: all of these but one differ from it in their last bytes alone."""
        chain = Chain()
        chain.add(*created())
        for n in range(40):
            chain.add(*[item(FILES[0][:28] + (50 * n + k).to_bytes(4)) for k in range(50)])
        run(home, ScriptedNode(chain))
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        (most,) = connection.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM tag GROUP BY tag)").fetchone()
        connection.close()
        assert most <= 2


class TestWindows:
    def test_ten_thousand_results_are_asked_for_in_smaller_windows(self, home):
        chain = Chain()
        chain.add(*created())
        for n in range(300):
            chain.add(*[item(digest(n, k)) for k in range(5)])
        node = ScriptedNode(chain, most=64)
        assert run(home, node)[0].count == 1500
        assert len(node.asked) < 250

    def test_a_narrow_range_is_found_and_then_widened_again(self, home):
        chain = Chain()
        for _ in range(500):
            chain.add()
        node = ScriptedNode(chain, widest=10)
        assert run(home, node)[0].synced_block == 500
        asked = [p[0] for method, p in node.asked if method == "eth_getLogs"]
        sizes = [int(p["toBlock"], 16) - int(p["fromBlock"], 16) + 1 for p in asked]
        assert max(size for size in sizes if size <= 10) > 5
        assert len(sizes) < 250

    def test_one_block_that_is_too_much_is_said(self, home, chain):
        assert trouble(home, ScriptedNode(chain, most=1)) is ChainTrouble.TOO_MANY
        assert found(home) == [0, 0, 0]

    def test_slow_answers_make_windows_smaller(self, home, chain):
        def slow(method, params):
            if method == "eth_getLogs" and params[0]["fromBlock"] != params[0]["toBlock"]:
                return ChainError(ChainTrouble.TIMEOUT)
            return None

        assert run(home, ScriptedNode(chain, trouble=slow))[0].count == 3

    @pytest.mark.parametrize(
        "code", [ChainTrouble.UNREACHABLE, ChainTrouble.RATE_LIMITED, ChainTrouble.NOT_JSON, ChainTrouble.PROTOCOL]
    )
    def test_what_fails_midway_keeps_what_came_before(self, home, chain, code):
        for n in range(3, 9):
            chain.add(registered(FILES[n]))

        def breaks(method, params):
            late = method == "eth_getLogs" and int(params[0]["toBlock"], 16) > 6
            return (
                ChainError(ChainTrouble.TOO_MANY if late and params[0]["fromBlock"] != "0x7" else code)
                if late
                else None
            )

        assert trouble(home, ScriptedNode(chain, trouble=breaks)) is code
        register = Register(home, NETWORK)
        assert 0 <= register.state().synced_block <= 6
        cursor = register.state().synced_block
        register.close()
        assert found(home, FILES[3]) == [int(cursor >= 6)]
        assert run(home, ScriptedNode(chain))[0].count == 9

    def test_stopping_keeps_what_came_before(self, home):
        chain = Chain()
        chain.add(*created(), registered(FILES[0]))
        for _ in range(5000):
            chain.add()
        stop = threading.Event()
        with pytest.raises(ChainError) as caught:
            sync(home, NETWORK, [ScriptedNode(chain)], lambda _: stop.set(), stop)
        assert caught.value.code is ChainTrouble.STOPPED
        assert found(home, FILES[0]) == [1]
        assert run(home, ScriptedNode(chain))[0].synced_block == 5001


class TestReorganisations:
    def test_what_was_in_blocks_that_are_gone_is_gone(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=3))
        chain.rewrite(3)
        chain.add(registered(FILES[1]), registered(FILES[7]))
        chain.add()
        chain.add()
        assert run(home, ScriptedNode(chain, final=2))[1] == [Step.REORGANISED]
        assert found(home, FILES[0], FILES[1], FILES[2], FILES[7]) == [1, 1, 0, 1]
        assert contents(home, FILES) == fresh(tmp_path, chain)

    def test_a_shorter_chain_is_one_too(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=3))
        chain.rewrite(3)
        assert run(home, ScriptedNode(chain, final=1))[1] == [Step.REORGANISED]
        assert found(home) == [1, 0, 0]
        assert run(home, ScriptedNode(chain, final=1))[0].synced_block == 3

    def test_publishers_and_signers_are_what_they_were(self, home, chain, tmp_path):
        run(home, ScriptedNode(chain, final=3))
        chain.add(e.NameSet(1, "Agence Y"), e.SignerCompromised(1, SIGNER, 5), e.SignerRevoked(1, SIGNER, 6))
        run(home, ScriptedNode(chain, final=4))
        register = Register(home, NETWORK)
        (claim,) = register.exact(FILES[0].hex())
        assert (claim.name, claim.counts, claim.compromised) == ("Agence Y", False, 5)
        chain.rewrite(5)
        chain.add()
        run(home, ScriptedNode(chain, final=4))
        (claim,) = register.exact(FILES[0].hex())
        assert (claim.name, claim.counts, claim.compromised) == ("Agence X", True, 0)
        register.close()

    def test_a_withdrawal_that_is_gone_is_gone(self, home, chain):
        chain.add(e.Revoked(FILES[0], 1, SIGNER, 3, bytes(32)))
        run(home, ScriptedNode(chain, final=4))
        chain.rewrite(5)
        chain.add()
        run(home, ScriptedNode(chain, final=4))
        register = Register(home, NETWORK)
        assert register.exact(FILES[0].hex())[0].revoked == 0
        register.close()

    def test_one_below_the_final_block_begins_again_and_says_so(self, home, chain, tmp_path):
        for _ in range(20):
            chain.add()
        run(home, ScriptedNode(chain, final=3))
        chain.rewrite(1)
        chain.add(registered(FILES[9]))
        for _ in range(30):
            chain.add()
        assert run(home, ScriptedNode(chain, final=2))[1] == [Step.RESTARTED]
        assert found(home, FILES[0], FILES[9]) == [0, 1]
        assert contents(home, FILES) == fresh(tmp_path, chain)

    def test_the_tail_stays_short(self, home, chain):
        for _ in range(40):
            chain.add()
            run(home, ScriptedNode(chain, final=5))
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        blocks = [row[0] for row in connection.execute("SELECT block FROM tail ORDER BY block")]
        connection.close()
        assert blocks[0] <= chain.head - 5 < blocks[1]
        assert len(blocks) <= 7

    def test_one_while_logs_are_read_is_noticed(self, home, chain, tmp_path):
        node = ScriptedNode(chain, final=4)

        def moves(method, _params):
            if method == "eth_getLogs" and not node.chain.blocks[-1].events and node.chain is chain:
                other = chain.copy()
                other.rewrite(3)
                other.add(registered(FILES[8]))
                other.add(registered(FILES[6]))
                node.chain = other

        node.trouble = moves
        run(home, node)
        assert found(home, FILES[2], FILES[8], FILES[6]) == [0, 1, 1]
        assert contents(home, FILES) == fresh(tmp_path, node.chain, final=4)

    def test_one_between_two_windows_is_noticed(self, home, chain, tmp_path):
        for _ in range(4):
            chain.add()
        node = ScriptedNode(chain, final=9, widest=3)
        other = chain.copy()
        other.rewrite(3)
        for n in range(3, 9):
            other.add(registered(FILES[n]))

        def moves(method, params):
            if method == "eth_getBlockByNumber" and params[0] == hex(6) and found(home, FILES[1]) == [1]:
                node.chain = other

        node.trouble = moves
        run(home, node)
        assert node.chain is other
        assert found(home, FILES[1], FILES[3]) == [0, 1]
        assert contents(home, FILES) == fresh(tmp_path, other, final=9)

    def test_a_chain_that_never_holds_still_is_given_up(self, home, chain):
        node = ScriptedNode(chain, final=4)

        def moves(method, _params):
            if method == "eth_getLogs":
                chain.rewrite(chain.head - 1)
                chain.add()

        node.trouble = moves
        assert trouble(home, node) is ChainTrouble.PROTOCOL

    def test_restarting_never_uses_a_number_again_that_an_index_knows(self, home, chain):
        run(home, ScriptedNode(chain, final=4))
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        before = connection.execute("SELECT identity, next_id FROM mirror").fetchone()
        chain.rewrite(3)
        chain.add(registered(FILES[1]))
        run(home, ScriptedNode(chain, final=4))
        after = connection.execute("SELECT identity, next_id FROM mirror").fetchone()
        lowest = connection.execute("SELECT id FROM registration WHERE sha256 = ?", (FILES[1],)).fetchone()[0]
        connection.close()
        assert before[0] == after[0]
        assert lowest >= before[1]


class TestNodes:
    def test_two_that_agree(self, home, chain):
        assert run(home, ScriptedNode(chain), ScriptedNode(chain, timed=False))[0].agreed

    def test_the_slower_one_says_how_far(self, home, chain):
        assert run(home, ScriptedNode(chain), ScriptedNode(chain, head=4))[0].synced_block == 4

    @pytest.mark.parametrize("first", [True, False], ids=["first lies", "second lies"])
    @pytest.mark.parametrize(
        "lie",
        [
            lambda logs: logs[:-1],
            lambda logs: [log | {"data": log["data"].replace("00", "01", 1)} for log in logs],
            lambda logs: [log | {"transactionHash": "0x" + "77" * 32} for log in logs],
            lambda logs: [log | {"blockTimestamp": "0x1"} for log in logs],
            lambda logs: [],
        ],
        ids=["one left out", "other data", "other transaction", "other time", "nothing"],
    )
    def test_where_one_lies_nothing_is_kept(self, home, chain, lie, first):
        liar, honest = ScriptedNode(chain, lie=lie, label="liar"), ScriptedNode(chain)
        pair = (liar, honest) if first else (honest, liar)
        assert trouble(home, *pair) in {ChainTrouble.NODES_DISAGREE, ChainTrouble.PROTOCOL}
        assert found(home) == [0, 0, 0]
        assert run(home, honest, ScriptedNode(chain))[0].count == 3

    def test_of_three_two_are_enough(self, home, chain):
        liar = ScriptedNode(chain, lie=lambda _: [])
        assert run(home, ScriptedNode(chain), liar, ScriptedNode(chain))[0].count == 3

    def test_one_that_is_down_leaves_too_few(self, home, chain):
        down = ScriptedNode(chain, trouble=lambda *_: ChainError(ChainTrouble.UNREACHABLE))
        assert trouble(home, ScriptedNode(chain), down) is ChainTrouble.UNREACHABLE
        assert run(home, ScriptedNode(chain), down, ScriptedNode(chain))[0].agreed
        assert trouble(home, down) is ChainTrouble.UNREACHABLE
        assert trouble(home) is ChainTrouble.UNREACHABLE

    def test_one_that_fails_later_is_said(self, home, chain):
        def late(method, _params):
            return ChainError(ChainTrouble.RATE_LIMITED) if method == "eth_getLogs" else None

        assert trouble(home, ScriptedNode(chain), ScriptedNode(chain, trouble=late)) is ChainTrouble.RATE_LIMITED

    def test_nodes_on_two_forks_hold_up_only_what_is_not_final(self, home, chain):
        other = chain.copy()
        other.rewrite(4)
        other.add(registered(FILES[8]))
        assert trouble(home, ScriptedNode(chain, final=1), ScriptedNode(other, final=1)) is ChainTrouble.NODES_DISAGREE
        register = Register(home, NETWORK)
        assert register.state().synced_block == 4
        register.close()
        assert found(home) == [1, 1, 1]

    def test_another_chain_is_refused(self, home, chain):
        assert trouble(home, ScriptedNode(chain, chain_id=1)) is ChainTrouble.WRONG_CHAIN
        assert trouble(home, ScriptedNode(chain), ScriptedNode(chain, chain_id=1)) is ChainTrouble.WRONG_CHAIN

    def test_a_pruned_history_is_said(self, home, chain):
        assert trouble(home, ScriptedNode(chain, oldest=3)) is ChainTrouble.PRUNED
        assert trouble(home, ScriptedNode(chain, oldest=3), ScriptedNode(chain, oldest=3)) is ChainTrouble.PRUNED

    @pytest.mark.parametrize(
        "lie",
        [
            lambda logs: "<html>",
            lambda logs: [None],
            lambda logs: [log | {"blockNumber": "0x63"} for log in logs],
            lambda logs: [log | {"address": "0x" + "44" * 20} for log in logs],
            lambda logs: [logs[0], *logs],
            lambda logs: [log | {"data": log["data"][:-2]} for log in logs],
            lambda logs: [log | {"removed": True} for log in logs],
        ],
        ids=["html", "null", "other block", "other contract", "twice", "cut", "removed"],
    )
    def test_nonsense_is_refused(self, home, chain, lie):
        assert trouble(home, ScriptedNode(chain, lie=lie)) is ChainTrouble.PROTOCOL
        assert found(home) == [0, 0, 0]

    def test_nothing_is_final_that_was_not_read(self, home, chain):
        assert run(home, ScriptedNode(chain, final=0), ScriptedNode(chain, final=0, head=3))[0].final_block == 3


class TestFile:
    def test_a_damaged_mirror_is_moved_aside_and_begun_again(self, home, chain):
        run(home, ScriptedNode(chain))
        path = mirror_path(home, NETWORK)
        path.write_bytes(b"no database at all" * 1000)
        assert run(home, ScriptedNode(chain))[0].count == 3
        assert list(path.parent.glob("*.damaged*"))

    def test_while_another_process_writes_it_is_busy_and_can_be_read(self, home, chain, monkeypatch):
        run(home, ScriptedNode(chain))
        monkeypatch.setattr("touchstone.registry.mirror.PATIENCE", 0.05)
        with writer(mirror_path(home, NETWORK)):
            assert trouble(home, ScriptedNode(chain)) is ChainTrouble.BUSY
            assert found(home) == [1, 1, 1]

    def test_a_newer_mirror_is_left_alone(self, home, chain):
        run(home, ScriptedNode(chain))
        connection = sqlite3.connect(mirror_path(home, NETWORK))
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        assert trouble(home, ScriptedNode(chain)) is ChainTrouble.NEWER
