"""An account that joined the pool with a model of a few nodes, and cases for it among simulated reviewers.

As a program it takes a step and is killed on the way: `python -m tests.court.automated_making HOME POINT`, where POINT
is the number of the question to a node at which it dies, or -N for dying once the N-th transaction has arrived.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tests.court.practising import Desk
from tests.detect import nets

from touchstone.chain import keystore, known_calls
from touchstone.chain.agree import open_nodes
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.check.models import ModelStore
from touchstone.cli.main import main
from touchstone.court.automated import AutomatedReviewer
from touchstone.court.practice import Practice
from touchstone.modelfile import Calibration
from touchstone.paths import Home
from touchstone.registry import pool
from touchstone.registry.model_lookup import Models

PASSWORD, MODEL = "a long enough password", "ai-image"
LENIENT = Calibration(limit=0.6, none_below=0.4, least_side=100, joint=True, set="made here", rates=nets.RATES)
STAKE = 100_000_000_000  # millionths: simulated ones of the same family have a thousandth of it
SIGNS, NOTHING, BETWEEN = 220, 20, 126  # how bright a picture is: what the model says of it


class Line:
    """A node that fails, or ends the process, on demand."""

    label = "line"

    def __init__(self, node: Any, die_at: int = 0) -> None:
        self._node, self._die_at = node, die_at
        self.fails: Exception | None = None
        self._asked = self._sent = 0

    def request(self, method: str, params: Sequence[Any]) -> Any:
        if self.fails is not None:
            raise self.fails
        self._asked += 1
        if self._asked == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = self._node.request(method, params)
        if method == "eth_sendRawTransaction":
            self._sent += 1
            if self._sent == -self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def close(self) -> None:
        self._node.close()


class World:
    """A home with a model, an account that joined with it, and simulated reviewers; `desk` flags."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, Home(folder / "home")
        self.home.root.mkdir(mode=0o700)
        models, data = folder / "models", folder / "data"
        nets.install(models, calibration=LENIENT)
        data.mkdir()
        for number in range(5):
            (data / f"{number}.bin").write_bytes(bytes([number]) * 100)
        os.environ["TOUCHSTONE_MODELS"] = str(models)
        self.manifest = models / MODEL / "manifest.json"
        made = ("model", "record", str(models / MODEL), "--data", str(data), "--sign-once")
        assert main(["--home", str(self.home.root), *made], lambda _home: 1) == 0
        self.practice = Practice(self.home)
        self.desk = Desk(self.practice)
        self.practice.ensure()
        self.key = keystore.new(self.home, "robot", PASSWORD, 2)
        self._join()

    def _join(self) -> None:
        ledger, network = self.desk.ledger, self.desk.network
        ledger.fund(self.key.address, 10**18)
        for _each in range(STAKE // 10_000_000_000):
            ledger.give_dollars(self.key.address, 10_000_000_000)
        store, models = ModelStore(self.home), Models(self.home, network)
        (entry,) = models.by_manifest(store.hashes(store.installed()[0]).manifest)
        models.close()
        sender, signer = Sender(self.home, network), signing(self.home)
        for intent in (
            known_calls.intent(network, "PracticeUSD", "approve", network.pool, 2**255),
            pool.stake(network, STAKE),
            pool.join(network, True, entry.model),
        ):
            sender.send(sender.prepare(intent, self.key.address), signer, lambda _prepared: True)
        sender.close()
        ledger.skip(15 * 86_400)
        self.practice.ensure()
        self.practice.act()  # lets stakes count

    def reviewer(self, line: Line | None = None, **more: Any) -> AutomatedReviewer:
        line = line or Line(self.desk.ledger.node())
        return AutomatedReviewer(self.home, self.desk.network, MODEL, signing(self.home), nodes=[line], **more)

    def picture(self, level: int, seed: int) -> Path:
        grain = np.random.default_rng(seed).integers(-6, 7, (300, 400, 3))
        path = self.folder / f"{level}-{seed}.png"
        Image.fromarray(np.clip(level + grain, 0, 255).astype(np.uint8)).save(path)
        return path

    def seat(self, case: int) -> Any:
        """The account's seat in the last round."""
        return next(s for s in self.desk.case(case).rounds[-1].seats if s.voter == self.key.address.lower())

    def close(self) -> None:
        self.practice.close()


def signing(home: Home) -> KeystoreSigner:
    return KeystoreSigner(keystore.find(home, "robot"), ask=lambda: PASSWORD, keep=1e6)


def step_and_die(folder: str, point: str) -> None:
    home = Home(Path(folder))
    network = Networks.load(home).get("practice")
    (node,) = open_nodes(home, network)
    reviewer = AutomatedReviewer(home, network, MODEL, signing(home), nodes=[Line(node, int(point))])
    reviewer.step()
    reviewer.close()


if __name__ == "__main__":
    step_and_die(*sys.argv[1:])
