"""Checked, recorded, declined, interrupted, lost and withdrawn in whatever order: each finding stands once."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.lineage import outputs_desk
from tests.lineage.outputs_desk import finding, keep, lists, on_ledger, record, report, waiting
from tests.registry.publishing import Desk

from touchstone.chain import keystore
from touchstone.chain.errors import ChainError
from touchstone.chain.send import Sender
from touchstone.lineage import installed, outputs
from touchstone.registry import mirror, models

STEPS = ("signing", "signed", "kept", "broadcast", "waiting", "mined", "final")


class Ended(BaseException):
    """The program ends here."""


class Recording(RuleBasedStateMachine):
    """One user, one ledger."""

    begun: ClassVar[Desk]

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.desk = self.begun.copy(Path(self.folder.name))
        (self.net,) = (one for one in installed.models(self.desk.home) if one.manifest.id == "mine")
        self.checked = 0
        self.gone: set[str] = set()

    @rule(count=st.integers(1, 3))
    def check(self, count: int) -> None:
        for _ in range(count):
            keep(self.desk.home, report(f"{self.checked}.jpg", finding(self.net.manifest)))
            self.checked += 1

    @rule()
    def record(self) -> None:
        record(self.desk)
        assert waiting(self.desk).said == ()

    @rule(step=st.sampled_from(STEPS))
    def record_and_end(self, step: str) -> None:
        def on_step(now: Any, _params: Any) -> None:
            if str(now) == step:
                raise Ended

        with contextlib.suppress(Ended):
            record(self.desk, on_step=on_step)

    @rule()
    def write_and_end(self) -> None:
        said = waiting(self.desk).said
        if said:
            outputs.prepare(self.desk.home, self.desk.network, [one.output for one in said])

    @rule()
    def decline(self) -> None:
        with contextlib.suppress(ChainError):
            record(self.desk, confirm=lambda _prepared: False)

    @rule()
    def lose_the_lists(self) -> None:
        if not outputs.unfinished(self.desk.home, self.desk.network):
            return
        for path in self.desk.home.outputs.glob("*.outputs"):
            path.unlink()

    @rule()
    def lose_the_journal(self) -> None:
        if outputs.unfinished(self.desk.home, self.desk.network):
            return  # then the mirror may not know yet, and only the journal of transactions does
        for path in self.desk.home.outputs.glob("journal*"):
            path.unlink()

    @rule(which=st.integers(0, 20))
    def withdraw(self, which: int) -> None:
        standing = [one for one in lists(self.desk) if not one.withdrawn]
        if not standing:
            return
        chosen = standing[which % len(standing)]
        known = outputs_desk.contents(self.desk, chosen.root)
        sender = Sender(self.desk.home, self.desk.network)
        address = self.desk.signer.address
        intent = models.withdraw_outputs(self.desk.network, address, chosen.root)
        sender.send(sender.prepare(intent, address), self.desk.signer, lambda _p: True)
        sender.close()
        mirror.sync(self.desk.home, self.desk.network)
        outputs.withdrawn(self.desk.home, self.desk.network, chosen.root)
        self.gone |= {one.media for one in known}

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        record(self.desk)
        wanted = {outputs_desk.sha(f"{number}.jpg") for number in range(self.checked)} - self.gone
        assert sorted(one.media for one in on_ledger(self.desk)) == sorted(wanted)
        assert record(self.desk) == []
        self.desk.ledger.close()
        self.folder.cleanup()


@pytest.fixture(scope="module", autouse=True)
def begun(tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = Desk.make(tmp_path_factory.mktemp("machine"))
    (desk.home.keys / "own.json").unlink()
    keystore.attach(desk.home, "own", desk.signer.address, "http://127.0.0.1:8550")
    outputs_desk.install(desk.home)
    Recording.begun = desk


TestRecording = Recording.TestCase
TestRecording.settings = settings(max_examples=8, stateful_step_count=8, deadline=None)


def test_a_list_that_was_lost_before_its_transaction_went_out_is_there_when_it_counts() -> None:
    """The machine found it; whatever it draws, this is looked at."""
    for step in STEPS:
        state = Recording()
        state.begin()
        state.check(count=1)
        state.record_and_end(step=step)
        state.lose_the_lists()
        state.teardown()
