"""The automated reviewer among 1,000 open cases: what a look costs when nothing is due, and what a vote costs.

The cases are real ones on a practice ledger. In a few of them the account has a seat; of these each has a picture of
its own, which the model that ships is asked about. What all 1,000 would take follows from that.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from results import Table

from touchstone.chain import contracts, keystore, known_calls
from touchstone.chain.ledger_simulated import ADDRESSES, PEOPLE
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.check.models import ModelStore
from touchstone.court.automated import AutomatedReviewer, Happened
from touchstone.court.bundle import Contents
from touchstone.court.evidence import EvidenceStore
from touchstone.court.practice import Practice
from touchstone.paths import Home
from touchstone.registry import court, pool
from touchstone.registry.model_lookup import Models

_MODEL, _PASSWORD = "ai-image", "a long enough password"
_DAY = 86_400
_WINDOW = 2 * _DAY  # seconds in which votes can be sealed
_MUCH = 10_000_000_000


def measure(table: Table, *, quick: bool) -> None:
    cases, own = (20, 3) if quick else (1_000, 30)
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Home(Path(folder) / "home"))
        try:
            bench.flag(cases, own)
            _measured(table, bench, cases, own)
        finally:
            bench.practice.close()


def _measured(table: Table, bench: _Bench, cases: int, own: int) -> None:
    reviewer = AutomatedReviewer(bench.home, bench.practice.network, _MODEL, bench.signer)
    try:
        first, events = _timed(reviewer)
        sealed = sum(one.kind is Happened.SEALED for one in events)
        assert sealed >= own - 1, events  # a simulated reviewer of the family may have one of the seats
        table.add(f"an automated reviewer starts and votes in {sealed} of {cases:,} open cases", first, "s")
        each = first / sealed
        table.add("  for each: file, model, seal, transaction", each, "s", _WINDOW / 1_000)
        table.add("  so for 1,000 cases, of the two days that there are", 1_000 * each / _WINDOW * 100, "%", 100)
        idle = min(_timed(reviewer)[0] for _again in range(5))
        table.add(f"  a look at {cases:,} open cases in which nothing is due", idle * 1e3, "ms", 1_000)
        table.add("  processes with the model", _with_models(reviewer), "", 1)
        bench.ledger.skip(_WINDOW)
        took, events = _timed(reviewer)
        opened = sum(one.kind is Happened.OPENED for one in events)
        assert opened == sealed, events
        table.add("  opening a vote", took / opened, "s", _WINDOW / 1_000)
    finally:
        reviewer.close()


def _timed(reviewer: AutomatedReviewer) -> tuple[float, Any]:
    before = time.perf_counter()
    events = reviewer.step()
    return time.perf_counter() - before, events


def _with_models(reviewer: AutomatedReviewer) -> int:
    """How many processes have loaded models."""
    return len(reviewer._ready()._detectors.pids())


class _Bench:
    """A practice ledger with simulated reviewers, and an account that joined with a model."""

    def __init__(self, home: Home) -> None:
        home.root.mkdir(mode=0o700)
        self.home, self.practice = home, Practice(home)
        self.ledger, self.crowd = self.practice._ledger, self.practice.crowd
        self.store = EvidenceStore(home)
        self.key = keystore.new(home, "robot", _PASSWORD, 2)
        self.signer = KeystoreSigner(self.key, ask=lambda: _PASSWORD, keep=1e6)
        self.practice.ensure()
        self._stakes()
        self._join()
        self.ledger.skip(15 * _DAY)
        self.practice.ensure()
        self.practice.act()

    def flag(self, count: int, own: int) -> None:
        """Flag so many files, and draw panels for the first of them."""
        parameters = court.parameters([self.ledger.node()], self.practice.network)
        cost = court.round_cost(parameters, 0)
        self._money(1, count * (cost + parameters.flag_bond), self.practice.network.court)
        for number in range(count):
            media, item = hashlib.sha256(b"%d" % number).hexdigest(), hashlib.sha256(b"-%d" % number).hexdigest()
            if number < own:
                path = self._picture(number)
                media = hashlib.sha256(path.read_bytes()).hexdigest()
                item = self.store.make(Contents("It does not look right.", media=path))
            what = court.Flagging(media, "", item, "", cost, parameters.flag_bond)
            self._send(court.flag(self.practice.network, what))
        self.ledger.skip(3 * _DAY)
        for case in range(1, own + 1):
            self._send(court.request_seed(self.practice.network, case))
            self.ledger.skip(1)
            self._send(court.draw(self.practice.network, case, 256))

    def _send(self, intent: Any) -> None:
        assert self.crowd.send(1, intent.to, intent.data, gas=12_000_000), intent.code

    def _stakes(self) -> None:
        for number in range(1, PEOPLE + 1):
            self._money(number, _MUCH, self.practice.network.pool)
            self._send_as(number, pool.stake(self.practice.network, _MUCH))

    def _send_as(self, number: int, intent: Any) -> None:
        assert self.crowd.send(number, intent.to, intent.data), intent.code

    def _money(self, number: int, units: int, spender: str) -> None:
        dollars = contracts.address("PracticeUSD")
        for at in range(0, units, _MUCH):
            data = contracts.encode("PracticeUSD", "mint", ADDRESSES[number - 1], min(_MUCH, units - at))
            assert self.crowd.send(number, dollars, data)
        assert self.crowd.send(number, dollars, contracts.encode("PracticeUSD", "approve", spender, 2**255))

    def _join(self) -> None:
        network = self.practice.network
        self.ledger.fund(self.key.address, 10**18)
        for _each in range(10):
            self.ledger.give_dollars(self.key.address, _MUCH)
        store, models = ModelStore(self.home), Models(self.home, network)
        one = next(one for one in store.installed() if one.manifest.id == _MODEL)
        (entry,) = models.by_manifest(store.hashes(one).manifest)
        models.close()
        sender = Sender(self.home, network)
        for intent in (
            known_calls.intent(network, "PracticeUSD", "approve", network.pool, 2**255),
            pool.stake(network, 10 * _MUCH),
            pool.join(network, True, entry.model),  # noqa: FBT003 - as the contract takes it
        ):
            sender.send(sender.prepare(intent, self.key.address), self.signer, lambda _prepared: True)
        sender.close()

    def _picture(self, number: int) -> Path:
        """A picture like no other, as large as a photograph on a web page."""
        rough = np.random.default_rng(number).integers(0, 255, (12, 16, 3), dtype=np.uint8)
        path = self.home.root / f"{number}-{os.getpid()}.jpg"
        Image.fromarray(rough).resize((1600, 1200), Image.Resampling.BICUBIC).save(path, quality=90)
        return path
