"""Whatever is sent, skipped and closed in whatever order, the ledger holds what a few numbers say it must."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.chain.ledger_making import ETHER, KEEPER, Clock, Person, created, deployed, open_ledger, send, words

from touchstone.chain.errors import ChainError

PEOPLE = [Person(name) for name in ("ana", "ben", "cem")]
_WHO = st.integers(0, 2)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.ledger = open_ledger(Path(self._folder.name), self.clock)
        self.balances, self.nonces, self.kept = [0, 0, 0], [0, 0, 0], {}

    @initialize()
    def begin(self):
        for who, person in enumerate(PEOPLE):
            self.ledger.fund(person.address, ETHER)
            self.balances[who] = ETHER
        receipt = send(self.ledger, PEOPLE[0].sign(0, data=deployed(KEEPER), gas=200_000))
        self._paid(0, receipt)
        self.keeper = created(PEOPLE[0].address, 0)
        self.head = self.ledger.status()

    def _paid(self, who, receipt):
        self.balances[who] -= int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        self.nonces[who] += 1

    @rule(giver=_WHO, taker=_WHO, wei=st.integers(0, ETHER // 4))
    def transfer(self, giver, taker, wei):
        raw = PEOPLE[giver].sign(self.nonces[giver], PEOPLE[taker].address, value=wei, gas=21_000)
        if wei + 21_000 * 2 * 10**9 > self.balances[giver]:
            with pytest.raises(ChainError):
                send(self.ledger, raw)
            return
        self._paid(giver, send(self.ledger, raw))
        self.balances[giver] -= wei
        self.balances[taker] += wei

    @rule(who=_WHO, slot=st.integers(0, 5), value=st.integers(0, 3))
    def keep(self, who, slot, value):
        raw = PEOPLE[who].sign(self.nonces[who], self.keeper, data=words(slot, value), gas=60_000)
        if self.balances[who] < 60_000 * 2 * 10**9:
            return
        self._paid(who, send(self.ledger, raw))
        self.kept[slot] = value

    @rule(who=_WHO, off=st.sampled_from([-1, 1, 7]))
    def send_out_of_turn(self, who, off):
        if self.nonces[who] + off < 0:
            return
        with pytest.raises(ChainError):
            send(self.ledger, PEOPLE[who].sign(self.nonces[who] + off, PEOPLE[0].address, value=3, gas=21_000))

    @rule(seconds=st.integers(1, 10**6))
    def skip(self, seconds):
        before = max(self.ledger.status().time, self.clock.now)
        assert self.ledger.skip(seconds) >= before + seconds

    @rule(seconds=st.integers(-1_000, 1_000))
    def pass_time(self, seconds):
        self.clock.now += seconds

    @rule()
    def reopen(self):
        self.ledger.close()

    @invariant()
    def it_holds_what_it_must(self):
        if not hasattr(self, "head"):
            return
        status = self.ledger.status()
        assert (status.block, status.time) >= (self.head.block, self.head.time)
        self.head = status
        for who, person in enumerate(PEOPLE):
            assert int(self.ledger.ask("eth_getBalance", [person.address, "latest"]), 16) == self.balances[who]
            assert int(self.ledger.ask("eth_getTransactionCount", [person.address]), 16) == self.nonces[who]
        for slot, value in self.kept.items():
            assert int(self.ledger.ask("eth_getStorageAt", [self.keeper, hex(slot), "latest"]), 16) == value

    def teardown(self):
        self.ledger.close()
        self._folder.cleanup()


LedgerMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestLedgerMachine = LedgerMachine.TestCase
