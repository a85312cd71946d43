"""Any chain, rewritten anywhere, synced at any moment: the mirror is what one made from scratch is."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.registry.scripted import NETWORK, OTHER, SIGNER, Chain, ScriptedNode, contents, created, digest

from touchstone.chain import event_types as e
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry import leaves
from touchstone.registry.lookup import Register
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, sync

FILES = [digest("file", n) for n in range(6)]
PDQS = [bytes(32), *(digest("pdq", n) for n in range(4))]
BATCHES = [
    [Leaf(FILES[n], PDQS[1 + n % 4], bytes(32)) for n in range(start, start + count)]
    for start, count in ((0, 1), (1, 3), (2, 4))
]
ROOTS = [Tree.of(batch).root for batch in BATCHES]

files = st.sampled_from(FILES)
pdqs = st.sampled_from(PDQS)
publishers = st.integers(1, 2)
signers = st.sampled_from([SIGNER, OTHER])
kinds = st.integers(0, 3)
roots = st.sampled_from(range(len(BATCHES)))
events = st.one_of(
    st.builds(e.Registered, files, publishers, signers, kinds, kinds, pdqs, pdqs, files, st.sampled_from(["", "x"])),
    st.builds(e.BatchItem, files, publishers, signers, kinds, kinds, pdqs, pdqs),
    st.builds(e.Revoked, files, publishers, signers, kinds, pdqs),
    st.builds(e.RootRevoked, st.sampled_from(ROOTS), publishers, signers, kinds),
    st.builds(e.LeafRevoked, files, publishers, signers, st.sampled_from(ROOTS), kinds, kinds, pdqs),
    st.builds(e.NameSet, publishers, st.sampled_from(["One", "Two"])),
    st.builds(e.DomainClaimed, publishers, pdqs, st.sampled_from(["", "one.example"])),
    st.builds(e.SignerSet, publishers, signers, st.integers(0, 15), kinds, kinds),
    st.builds(e.SignerCompromised, publishers, signers, st.integers(1_000_000, 1_000_200)),
    st.builds(
        lambda number, publisher, signer: e.RootRegistered(
            ROOTS[number],
            publisher,
            signer,
            len(BATCHES[number]),
            leaves.list_hash(leaves.dump(BATCHES[number])),
            "",
        ),
        roots,
        publishers,
        signers,
    ),
)
blocks = st.lists(events, max_size=4)


class MirrorMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self._folder = tempfile.TemporaryDirectory()
        self._homes = 0
        root = Path(self._folder.name)
        for batch in BATCHES:
            (root / leaves.file_name(Tree.of(batch).root)).write_bytes(leaves.dump(batch))
        self._access = Access(folders=(root,))
        self._home = self._new_home()
        self._chain = Chain()
        self._chain.add(*created(1), *created(2))
        self._behind = 3
        self._synced = False

    def teardown(self):
        if hasattr(self, "_folder"):
            self._folder.cleanup()

    @rule(new=st.lists(blocks, min_size=1, max_size=5))
    def grow(self, new):
        for block in new:
            self._chain.add(*block)
        self._synced = False

    @rule(depth=st.integers(1, 12), new=st.lists(blocks, max_size=5))
    def rewrite(self, depth, new):
        self._chain.rewrite(max(0, self._chain.head - depth))
        self.grow(new)

    @rule(behind=st.integers(0, 8), narrow=st.sampled_from([1, 3, 100_000]))
    def sync(self, behind, narrow):
        self._behind = behind
        self._sync(self._home, ScriptedNode(self._chain, final=behind, widest=narrow))
        self._synced = True

    @rule(until=st.integers(1, 20))
    def sync_that_is_cut_short(self, until):
        answers = iter(range(until))

        def fails(_method, _params):
            return None if next(answers, None) is not None else ChainError(ChainTrouble.UNREACHABLE)

        try:
            self._sync(self._home, ScriptedNode(self._chain, final=self._behind, widest=2, trouble=fails))
            self._synced = True
        except ChainError:
            self._synced = False

    @precondition(lambda self: self._synced)
    @invariant()
    def it_is_what_one_from_scratch_is(self):
        home = self._new_home()
        self._sync(home, ScriptedNode(self._chain, final=self._behind))
        kept, made = contents(self._home, FILES), contents(home, FILES)
        assert _without_final(kept) == _without_final(made)
        assert self._alike(self._home) == self._alike(home)

    def _sync(self, home, node):
        sync(home, NETWORK, [node], access=self._access)

    def _alike(self, home):
        register = Register(home, NETWORK)
        try:
            return [{(s.sha256, s.distance) for s in register.similar([pdq.hex()])} for pdq in PDQS]
        finally:
            register.close()

    def _new_home(self):
        self._homes += 1
        return Home(Path(self._folder.name) / str(self._homes))


def _without_final(said):
    """A mirror remembers what was once final, where a node now says less is."""
    files = {
        sha: [tuple(getattr(claim, name) for name in claim.__slots__ if name != "final") for claim in claims]
        for sha, claims in said["files"].items()
    }
    return said | {"files": files}


TestMirror = MirrorMachine.TestCase
TestMirror.settings = settings(
    max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
