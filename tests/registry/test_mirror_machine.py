"""Any chain, rewritten anywhere, synced at any moment: the mirror is what one made from scratch is."""

import dataclasses
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.registry.scripted import (
    NETWORK,
    OTHER,
    SIGNER,
    Chain,
    ScriptedNode,
    contents,
    created,
    digest,
    model_id,
    modelled,
)

from touchstone.chain import event_types as e
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry import leaves, output_lists
from touchstone.registry.lookup import Register
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.mirror import Access, sync
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Decision, Output

FILES = [digest("file", n) for n in range(6)]
PDQS = [bytes(32), *(digest("pdq", n) for n in range(4))]
BATCHES = [
    [Leaf(FILES[n], PDQS[1 + n % 4], bytes(32)) for n in range(start, start + count)]
    for start, count in ((0, 1), (1, 3), (2, 4))
]
ROOTS = [Tree.of(batch).root for batch in BATCHES]

MANIFESTS = [digest("manifest", name) for name in range(3)]
MODELS = [model_id(publisher, manifest) for publisher in (1, 2) for manifest in MANIFESTS]
OUTPUTS = [
    [Output(MANIFESTS[n % 3].hex(), FILES[n].hex(), "global", 1000 * n or None, Decision(n % 4), n) for n in places]
    for places in ((0,), (1, 2), (2, 3, 4))
]
OUTPUT_ROOTS = [output_lists.tree(outputs).root for outputs in OUTPUTS]
WITHOUT = dataclasses.replace(NETWORK, models="")  # as an earlier version follows it

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
names = st.integers(0, 2)
models = st.sampled_from(MODELS)
output_roots = st.sampled_from(range(3))
model_events = st.one_of(
    st.builds(
        lambda name, publisher, signer, other: modelled(
            name, publisher, signer, **({"weights": digest("weights", 0)} if other else {})
        ),
        names,
        publishers,
        signers,
        st.booleans(),
    ),
    st.builds(e.ParentNamed, models, models),
    st.builds(e.StatusSet, models, publishers, signers, st.integers(1, 3), kinds),
    st.builds(e.ModelOffered, models, publishers, publishers),
    st.builds(e.ModelTransferred, models, publishers, publishers),
    st.builds(e.Attested, models, publishers, signers, pdqs.filter(any), st.just("")),
    st.builds(e.AttestationWithdrawn, models, publishers, signers, kinds),
    st.builds(
        lambda number, publisher, signer: e.OutputsRecorded(
            OUTPUT_ROOTS[number],
            publisher,
            signer,
            len(OUTPUTS[number]),
            output_lists.list_hash(output_lists.dump(OUTPUTS[number])),
            "",
        ),
        output_roots,
        st.integers(0, 2),
        signers,
    ),
    st.builds(e.OutputsWithdrawn, st.sampled_from(OUTPUT_ROOTS), st.integers(0, 2), signers, kinds),
    st.builds(e.ItemRetired, files, publishers, signers, kinds),
)
blocks = st.lists(st.one_of(events, model_events), max_size=4)


class MirrorMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self._folder = tempfile.TemporaryDirectory()
        self._homes = 0
        root = Path(self._folder.name)
        for batch in BATCHES:
            (root / leaves.file_name(Tree.of(batch).root)).write_bytes(leaves.dump(batch))
        for outputs, name in zip(OUTPUTS, OUTPUT_ROOTS, strict=True):
            (root / output_lists.file_name(name)).write_bytes(output_lists.dump(outputs))
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

    @rule(behind=st.integers(0, 8))
    def sync_without_models(self, behind):
        """An earlier version at work, or a network whose register of models is not known."""
        self._behind = behind
        self._sync(self._home, ScriptedNode(self._chain, final=behind), WITHOUT)
        self._synced = False

    @precondition(lambda self: self._synced)
    @invariant()
    def it_is_what_one_from_scratch_is(self):
        home = self._new_home()
        self._sync(home, ScriptedNode(self._chain, final=self._behind))
        kept, made = contents(self._home, FILES), contents(home, FILES)
        assert _without_final(kept) == _without_final(made)
        assert self._alike(self._home) == self._alike(home)
        assert _about_models(self._home) == _about_models(home)

    def _sync(self, home, node, network=NETWORK):
        sync(home, network, [node], access=self._access)

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


def _about_models(home):
    models = Models(home, NETWORK)
    try:
        assert models.is_known()
        return [
            [
                (models.get(model.hex()), models.children(model.hex()), models.attestations(model.hex()))
                for model in MODELS
            ],
            [(models.outputs_of(sha.hex()), models.retired(sha.hex())) for sha in FILES],
            [sorted(map(repr, models.outputs_by(manifest.hex()))) for manifest in MANIFESTS],
            [models.standing(m.hex(), digest("weights", n).hex(), "", everybody=True) for n, m in enumerate(MANIFESTS)],
            models.output_lists(),
        ]
    finally:
        models.close()


TestMirror = MirrorMachine.TestCase
TestMirror.settings = settings(
    max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
