"""Mirrors of chains that run the contracts: the practice ledger, by its file and as a node; anvil, also rewritten."""

import contextlib
import dataclasses
import subprocess
import sys

import pytest
from tests.chain.nodes import anvil, anvil_bench, practice_bench
from tests.registry.scripted import digest

from touchstone.chain import known_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.local import PracticeLedger
from touchstone.paths import Home
from touchstone.registry import leaves, lists
from touchstone.registry.lookup import Register
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, Progress, Step, sync

NONE = bytes(32)
BATCH = [Leaf(digest("leaf", n), digest("pdq", n)) for n in range(4)]
ROOT = Tree.of(BATCH).root
SINGLE, MANY = digest("single"), [digest("many", n) for n in range(3)]


def tell(bench, name, function, *arguments):
    """Send a call of a contract, and wait for it."""
    sender = bench.sender()
    intent = known_calls.intent(bench.network, name, function, *arguments)
    try:
        sender.send(sender.prepare(intent, bench.address), bench.signer, lambda _: True)
    finally:
        sender.close()


def live(bench):
    """A publisher's day."""
    tell(bench, "PublisherRegistry", "create", "Agence X", "agence-x.example", bench.address)
    what = {"sha256": SINGLE, "pdq": digest("pdq"), "manifest": NONE, "parent": NONE, "kind": 1, "flags": 1, "uri": "x"}
    tell(bench, "MediaRegistry", "register", 1, what)
    items = [{"sha256": one, "pdq": NONE, "manifest": NONE, "kind": 2, "flags": 0} for one in MANY]
    tell(bench, "MediaRegistry", "registerMany", 1, items)
    data = leaves.dump(BATCH)
    tell(bench, "MediaRegistry", "registerRoot", 1, ROOT, len(BATCH), leaves.list_hash(data), "https://x.example/list")
    one = BATCH[2]
    leaf = {"index": 2, "sha256": one.sha256, "pdq": one.pdq, "manifest": one.manifest}
    tell(bench, "MediaRegistry", "revokeLeaf", 1, ROOT, leaf, list(Tree.of(BATCH).proof(2)), 3, NONE)
    tell(bench, "MediaRegistry", "revoke", 1, SINGLE, 2, MANY[0])
    folder = lists.own_folder(bench.home)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / leaves.file_name(ROOT)).write_bytes(data)


def said(home, network):
    register = Register(home, network)
    try:
        files = [SINGLE, *MANY, *[leaf.sha256 for leaf in BATCH]]
        claims = [register.exact(file.hex()) for file in files]
        return [dataclasses.replace(claim, final=True) for found in claims for claim in found], register.state()
    finally:
        register.close()


@contextlib.contextmanager
def on_anvil(folder, *arguments, chain_id=31337):
    with anvil(*arguments) as url:
        made = anvil_bench(folder, url, chain_id)
        try:
            yield made
        finally:
            made.node.close()


@pytest.fixture
def practice(tmp_path):
    made = practice_bench(tmp_path)
    yield made
    made.node.close()


@pytest.fixture(params=["practice", "anvil"])
def bench(request, tmp_path):
    if request.param == "practice":
        yield request.getfixturevalue("practice")
        return
    with on_anvil(tmp_path) as made:
        yield made


def test_what_was_told_to_the_contracts_is_found(bench):
    live(bench)
    steps: list[Progress] = []
    sync(bench.home, bench.network, [bench.node], steps.append)
    claims, state = said(bench.home, bench.network)
    assert len(claims) == state.count == 8
    assert {(c.publisher, c.name, c.domain, c.counts) for c in claims} == {(1, "Agence X", "agence-x.example", True)}
    single, first, *_ = claims
    assert (single.kind, single.flags, single.pdq, single.uri) == (1, 1, digest("pdq").hex(), "x")
    assert (single.reason, single.replacement, single.revoked_counts) == (2, MANY[0].hex(), True)
    assert (first.kind, first.revoked) == (2, 0)
    assert [c.reason for c in claims[4:]] == [0, 0, 3, 0]
    assert claims[5].root == ROOT.hex()
    assert steps


def test_a_node_and_the_file_of_the_practice_ledger_say_the_same(practice, tmp_path):
    made = practice
    live(made)
    sync(made.home, made.network)
    as_node, other = dataclasses.replace(made.network, practice=False, name="node"), Home(tmp_path / "other")
    access = Access(folders=(lists.own_folder(made.home),))
    sync(other, as_node, [made.node.node], access=access)
    by_file, by_node = said(made.home, made.network), said(other, as_node)
    assert by_file[0] == by_node[0]
    assert by_file[1].synced_block == by_node[1].synced_block


class TestPractice:
    def test_each_check_reads_what_is_new_and_no_more(self, practice, monkeypatch):
        made = practice
        tell(made, "PublisherRegistry", "create", "Agence X", "", made.address)
        state = sync(made.home, made.network)
        assert state.head == state.synced_block == state.final_block
        monkeypatch.setattr("touchstone.registry.mirror.writer", None)  # nothing new: nothing is opened for writing
        assert sync(made.home, made.network).synced_block == state.synced_block

    def test_a_ledger_that_was_reset_is_another(self, practice):
        made = practice
        live(made)
        sync(made.home, made.network)
        assert said(made.home, made.network)[0]
        ledger = PracticeLedger(made.home.ledger)
        ledger.reset()
        ledger.status()
        ledger.close()
        steps: list[Progress] = []
        sync(made.home, made.network, on_progress=steps.append)
        assert steps[0].step is Step.RESTARTED
        assert said(made.home, made.network)[0] == []

    def test_a_ledger_that_is_gone_leaves_nothing(self, practice, tmp_path):
        made = practice
        live(made)
        sync(made.home, made.network)
        for path in tmp_path.glob("practice-ledger.sqlite3*"):
            path.unlink()
        assert sync(made.home, made.network).count == 0
        assert said(made.home, made.network)[0] == []

    def test_a_home_without_a_ledger_is_left_as_it_is(self, tmp_path):
        from touchstone.chain.networks import Networks

        home = Home(tmp_path / "home")
        assert sync(home, Networks.load(home).get("practice")).synced_at == 0
        assert not home.root.exists()

    def test_it_loads_no_chain_code(self, practice, tmp_path):
        """What a check loads before it has an answer is time that somebody waits."""
        made = practice
        live(made)
        script = (
            "import sys; from pathlib import Path; from touchstone.paths import Home;"
            "from touchstone.registry.mirror import sync; from touchstone.registry.lookup import Register;"
            "from touchstone.chain.network import Network, PRACTICE, PRACTICE_CHAIN_ID;"
            f"home = Home(Path({str(tmp_path)!r}));"
            f"network = Network(PRACTICE, PRACTICE_CHAIN_ID, {made.network.publishers!r}, {made.network.media!r},"
            "practice=True, public=False);"
            f"assert sync(home, network).count == 8; register = Register(home, network);"
            f"assert register.exact({SINGLE.hex()!r}); assert register.similar([{digest('pdq').hex()!r}]);"
            "found = {n.split('.')[0] for n in sys.modules} & {'web3', 'eth', 'eth_abi', 'eth_utils', 'rlp', 'ssl',"
            "'numpy', 'cryptography', 'PySide6'};"
            "found -= {'Crypto'}; assert not found, found"
        )
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


class TestAnvil:
    @pytest.fixture
    def rewritten(self, tmp_path):
        with on_anvil(tmp_path) as made:
            yield made

    def test_a_chain_that_goes_back(self, rewritten):
        made = rewritten
        tell(made, "PublisherRegistry", "create", "Agence X", "", made.address)
        before = made.tell("evm_snapshot")
        items = [{"sha256": one, "pdq": NONE, "manifest": NONE, "kind": 2, "flags": 0} for one in MANY]
        tell(made, "MediaRegistry", "registerMany", 1, items)
        sync(made.home, made.network, [made.node.node])
        assert len(said(made.home, made.network)[0]) == 3
        made.tell("evm_revert", before)
        made.tell("anvil_mine", "0x3")
        steps: list[Progress] = []
        sync(made.home, made.network, [made.node.node], steps.append)
        assert Step.REORGANISED in {step.step for step in steps} or Step.RESTARTED in {step.step for step in steps}
        assert said(made.home, made.network)[0] == []

    def test_blocks_that_are_replaced(self, rewritten):
        made = rewritten
        tell(made, "PublisherRegistry", "create", "Agence X", "", made.address)
        sync(made.home, made.network, [made.node.node])
        items = [{"sha256": one, "pdq": NONE, "manifest": NONE, "kind": 2, "flags": 0} for one in MANY]
        tell(made, "MediaRegistry", "registerMany", 1, items)
        sync(made.home, made.network, [made.node.node])
        assert len(said(made.home, made.network)[0]) == 3
        made.tell("anvil_reorg", 1, [])
        steps: list[Progress] = []
        sync(made.home, made.network, [made.node.node], steps.append)
        assert steps[0].step in {Step.REORGANISED, Step.RESTARTED}
        claims, state = said(made.home, made.network)
        assert state.count == len(claims)

    def test_another_anvil_is_another_chain_id(self, tmp_path):
        with on_anvil(tmp_path, "--chain-id", "31338", chain_id=31338) as made:
            network = dataclasses.replace(made.network, chain_id=31337)
            with pytest.raises(ChainError) as caught:
                sync(made.home, network, [made.node.node])
            assert caught.value.code is ChainTrouble.WRONG_CHAIN
