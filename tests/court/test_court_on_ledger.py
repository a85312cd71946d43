"""Every role does whatever it likes on a practice ledger; after each act the contracts hold what the model says.

Checked after each step: I1, I3, I4, I5 and I8 by `World.agree`, I7 here, I9 as the model draws each panel, I6 as stakes
fall by no other hand than the model's, I11 as `attempt` expects to be let out in a pause. At the end: I2.
"""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.court.acts import CourtWorld
from tests.court.chains import LedgerChain
from tests.court.histories import Player, settle_everything
from tests.court.model import AGAINST, BURNED, TREASURY, WITH, Ballot, Phase
from tests.court.on_ledger import EVERYBODY, PAYERS, STAKES, prepare, shipped, world_on

_FOLDER = tempfile.TemporaryDirectory()
_TEMPLATE = Path(_FOLDER.name) / "template.sqlite3"
_MODELS = dict[str, bytes]()
_WHICH, _SEED = st.integers(0, 3), st.integers(0, 2**32 - 1)
_PAYER, _MEMBER = st.sampled_from(PAYERS), st.sampled_from(sorted(STAKES))
_SIDE, _BALLOT = st.sampled_from((WITH, AGAINST)), st.sampled_from(list(Ballot))
_some = precondition(lambda self: self.world is not None and bool(self.world.cases))


class CourtOnLedger(RuleBasedStateMachine):
    world: CourtWorld | None = None

    @initialize(seed=_SEED)
    def begin(self, seed):
        if not _MODELS:
            _MODELS.update(prepare(_TEMPLATE))
        self.folder = tempfile.TemporaryDirectory()
        self.world = world_on(_TEMPLATE, Path(self.folder.name) / "ledger.sqlite3", _MODELS)
        self.player = Player(self.world, random.Random(seed))
        self.phases = {}

    def case(self, which):
        self.world.on_time()
        return self.world.cases[which % len(self.world.cases)]

    # -- who flags and who replies
    @rule(who=_PAYER, key=st.sampled_from(("mine", "other", "mine:a text")), more=st.integers(-1, 10**6))
    def flag(self, who, key, more):
        self.world.flag(who, key, more)

    @_some
    @rule(which=_WHICH, who=st.sampled_from(("publisher", "x")), bond=st.booleans())
    def reply(self, which, who, bond):
        self.world.reply(self.case(which), who, self.player.item(), bond=bond)

    @_some
    @rule(which=_WHICH, who=_PAYER)
    def add_evidence(self, which, who):
        self.world.add_evidence(self.case(which), who, self.player.item())

    # -- who moves cases on
    @_some
    @rule(which=_WHICH, who=_PAYER)
    def ask_for_a_seed(self, which, who):
        self.world.request(self.case(which), who)

    @_some
    @rule(which=_WHICH, who=_PAYER, words=st.sampled_from((0, 3, 40, 512)))
    def draw(self, which, who, words):
        self.world.draw(self.case(which), who, words)

    @_some
    @rule(which=_WHICH, who=_PAYER, seed=_SEED)
    def to_a_panel(self, which, who, seed):
        """The usual way: wait, ask, wait, draw."""
        t = self.case(which)
        if t.case.phase is Phase.FLAGGED:
            self.player.wait(t.evidence_ends + 2, whole=True)
            self.world.request(t, who)
            self.world.chain.mine(2)
            self.world.draw(t, who, 512)

    @_some
    @rule(which=_WHICH, who=_PAYER, opening=st.booleans())
    def go_on(self, which, who, opening):
        t = self.case(which)
        if t.case.phase is Phase.REVEAL:
            self.player.wait(t.commit_ends + t.terms.reveal + 2, whole=True)
            self.world.tally(t, who)
        elif opening:
            self.world.open_round(t, who)
        else:
            self.world.finalise(t, who)

    # -- who has a seat
    @_some
    @rule(which=_WHICH, who=_MEMBER, ballot=_BALLOT)
    def seal(self, which, who, ballot):
        self.world.commit(self.case(which), who, ballot)

    @_some
    @rule(which=_WHICH, ballot=_BALLOT, seed=_SEED)
    def most_seal(self, which, ballot, seed):
        t, chance = self.case(which), random.Random(seed)
        if t.case.phase is Phase.COMMIT:
            for who in list(t.case.now.votes):
                self.world.commit(t, who, ballot if chance.random() < 0.8 else chance.choice(list(Ballot)))
            self.player.wait(t.commit_ends + 2, whole=True)

    @_some
    @rule(which=_WHICH, who=_MEMBER, by=_PAYER, truly=st.booleans())
    def open(self, which, who, by, truly):
        self.world.reveal(self.case(which), who, by, truly=truly)

    @_some
    @rule(which=_WHICH, seed=_SEED)
    def most_open(self, which, seed):
        t, chance = self.case(which), random.Random(seed)
        if t.case.phase is Phase.REVEAL:
            for who in list(t.case.now.votes):
                if chance.random() < 0.9:
                    self.world.reveal(t, who, who)

    @_some
    @rule(which=_WHICH, who=_MEMBER)
    def cannot_be_had(self, which, who):
        self.world.unobtainable(self.case(which), who)

    @_some
    @rule(which=_WHICH, who=_MEMBER, by=st.sampled_from(EVERYBODY), truly=st.booleans())
    def leak(self, which, who, by, truly):
        self.world.leak(self.case(which), who, by, truly=truly)

    # -- who appeals, settles, withdraws
    @_some
    @rule(which=_WHICH, side=_SIDE, who=_PAYER, part=st.integers(0, 3))
    def fund(self, which, side, who, part):
        t = self.case(which)
        last = t.number + 1 == len(t.case.params.seats)
        target = 1 if last else t.case.params.target(t.number, side)
        self.world.fund(t, side, who, target * part // 3)

    @_some
    @rule(which=_WHICH, seed=_SEED, by=_PAYER)
    def settle(self, which, seed, by):
        t, chance = self.case(which), random.Random(seed)
        number = chance.randrange(len(t.case.rounds))
        for who in chance.sample(sorted(STAKES), 3):
            self.world.settle(t, number, who, by)
        self.world.claim(t, number, chance.choice((WITH, AGAINST)), chance.choice(PAYERS), by)

    @rule(who=st.sampled_from((*EVERYBODY, BURNED, TREASURY)), by=_PAYER)
    def withdraw(self, who, by):
        self.world.withdraw(who, by)

    # -- who stakes
    @rule(who=_MEMBER, amount=st.sampled_from((0, 1, 20_000_000, 500_000_000)))
    def stake(self, who, amount):
        self.world.stake(who, amount)

    @rule(who=_MEMBER, parts=st.integers(0, 4))
    def unbond(self, who, parts):
        left = self.world.court.stake[who] - self.world.court.unbonding[who]
        self.world.unbond(who, left * parts // 3)

    @rule(who=_MEMBER)
    def take_out(self, who):
        self.world.take_out(who)

    @rule(who=_MEMBER, act=st.sampled_from(("depart", "join", "refresh")))
    def come_and_go(self, who, act):
        {"depart": self.world.depart, "join": self.world.join}.get(act, lambda w: self.world.refresh(w, "x"))(who)

    # -- roles and time
    @rule()
    def pause(self):
        self.world.pause()

    @rule()
    def unpause(self):
        self.world.unpause()

    @rule(bond=st.integers(1, 10**8), slash=st.integers(1, 5_000), by=_PAYER)
    def other_terms(self, bond, slash, by):
        if self.world.proposed is None:
            was = shipped()
            self.world.propose(replace(was, params=replace(was.params, bond=bond, slash_bps=slash)))
        else:
            self.world.adopt(by)

    @rule(seconds=st.sampled_from((60, 43_200, 172_800, 604_800)))
    def wait(self, seconds):
        self.world.chain.skip(seconds)

    @rule(blocks=st.sampled_from((1, 2, 2, 258)))
    def blocks(self, blocks):
        self.world.chain.mine(blocks)

    @invariant()
    def both_agree(self):
        if self.world is None:
            return
        self.world.on_time()
        for t in self.world.cases:
            now = (t.number, t.case.phase)
            before = self.phases.get(t.id, now)
            assert now[0] > before[0] or now[1] >= before[1]  # I7
            self.phases[t.id] = now
        self.world.agree()

    def teardown(self):
        if self.world is not None:
            settle_everything(self.player)
            assert isinstance(self.world.chain, LedgerChain)
            self.world.chain.close()
            self.folder.cleanup()


TestCourtOnLedger = CourtOnLedger.TestCase
TestCourtOnLedger.settings = settings(max_examples=5, stateful_step_count=25, deadline=None)


@pytest.mark.long
class TestCourtForLong(CourtOnLedger.TestCase):
    """The same, many times."""

    settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


def test_one_case_on_the_ledger_to_its_end():
    """Three rounds of the practice court with money on both sides, and nothing left anywhere."""
    machine = CourtOnLedger()
    machine.begin(7)
    for round_ in range(2):
        if not round_:
            machine.flag("x", "mine", 5)
            machine.reply(0, "publisher", bond=True)
        machine.to_a_panel(0, "y", 1)
        machine.most_seal(0, Ballot.EDITED, 3)
        machine.both_agree()
        machine.most_open(0, 5)
        machine.go_on(0, "z", opening=False)
        machine.both_agree()
        if not round_:
            for side in (AGAINST, WITH):
                machine.fund(0, side, "y", 3)
            machine.wait(604_800)
            machine.go_on(0, "z", opening=True)
    assert len(machine.world.cases[0].case.rounds) == 2
    machine.teardown()
