"""Cases on a practice ledger among simulated reviewers: a home, somebody who flags, and the files that it is about."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from tests import making
from tests.practice import Key

from touchstone.chain import contracts, keystore
from touchstone.court.bundle import Contents
from touchstone.court.evidence import EvidenceStore
from touchstone.court.practice import Practice
from touchstone.court.practice_judging import Seen, about, ballot
from touchstone.court.statement import Choice
from touchstone.registry import court, mirror
from touchstone.registry.case_lookup import Cases
from touchstone.registry.court_types import Ballot, CaseEntry

COURT, DOLLARS = "FactCheckCourt", "PracticeUSD"


@dataclass
class Desk:
    """A home with simulated reviewers, and a key that flags and appeals."""

    practice: Practice
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        self.home, self.network = self.practice.home, self.practice.network
        self.ledger = self.practice._ledger
        self.nodes = [self.ledger.node()]
        self.key = Key(self.ledger)
        self.key.send(DOLLARS, "mint", self.key.address, 10_000_000_000)
        self.key.send(DOLLARS, "approve", self.network.court, 2**255)
        self.store = EvidenceStore(self.home)

    def flag(self, path: Path, choice: Choice = Choice.EDITED, claim: str = "") -> int:
        """The number of a new case about this file."""
        item = self.store.make(Contents("It does not look right.", media=path, choice=choice, claim=claim))
        parameters = court.parameters(self.nodes, self.network)
        bond = court.bond_for(self.nodes, self.network, sha256(path), court.claim_hash(claim))
        what = court.Flagging(sha256(path), claim, item, "", court.round_cost(parameters, 0), bond)
        self._send(court.flag(self.network, what))
        return court.last_case(self.nodes, self.network, sha256(path), claim)

    def add(self, case: int, media: Path, *files: Path) -> None:
        """Add files as evidence."""
        item = self.store.make(Contents("Here is more.", sha256=sha256(media), files=files))
        self._send(court.add_evidence(self.network, case, item, ""))

    def appeal(self, case: int) -> None:
        """Pay for the next round, against the ruling."""
        state = court.case(self.nodes, self.network, case)
        wanted = court.appeal_target(self.nodes, self.network, case, state.round, True)
        self._send(court.fund_appeal(self.network, case, True, wanted))

    def join(self, stake: int) -> None:
        """Stake, join the people's tree as somebody with a key here, and wait until it counts."""
        (self.home.root / "keys").mkdir(mode=0o700, exist_ok=True)
        keystore.attach(self.home, "mine", self.key.address, "http://127.0.0.1:1")
        self.key.send(DOLLARS, "approve", self.network.pool, 2**255)
        self.key.send("ReviewerPool", "stake", stake)
        self.key.send("ReviewerPool", "join", False, bytes(32))
        self.practice.ensure()
        self.ledger.skip(15 * 86_400)
        self.practice.ensure()
        self.key.send("ReviewerPool", "refresh", self.key.address)

    def case(self, number: int) -> CaseEntry:
        mirror.sync(self.home, self.network)
        cases = Cases(self.home, self.network)
        try:
            return cases.get(number)
        finally:
            cases.close()

    def through(self, case: int, *phases: str) -> CaseEntry:
        """Skip until the case has gone through these phases, each of which it has to come to next."""
        for wanted in phases:
            skipped = self.practice.skip_to_next(case)
            assert skipped.after.phase.name == wanted, (skipped, self.case(case))
        return self.case(case)

    def _send(self, intent: object) -> None:
        function, arguments = contracts.decode_call(COURT, intent.data)
        self.key.send(COURT, function, *arguments.values())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pictures(folder: Path) -> tuple[Path, Path]:
    """A signed picture; and one in which something was painted over, saved without its credentials.

    About the second two of the simulated people err at most, in either round: some files are harder on them.
    """
    original, altered = folder / "original.jpg", folder / "altered.jpg"
    plain = making.picture(7, (640, 480))
    leaf = making.Authority.create().leaf()
    original.write_bytes(making.sign(_saved(plain, 95), "image/jpeg", leaf)[0])
    painted = plain.copy()
    ImageDraw.Draw(painted).rectangle((200, 150, 420, 330), fill=(250, 240, 20))
    for quality in range(95, 40, -1):
        data = _saved(painted, quality)
        digest = hashlib.sha256(data).hexdigest()
        if max(faults(digest, round_) for round_ in (0, 1)) <= 2:
            altered.write_bytes(data)
            return original, altered
    raise AssertionError("many err about each of them")


def faults(digest: str, round_: int) -> int:
    """How many of the simulated people say something else than the rest, of an altered file that shows nothing.

    In the first round there is nothing to be seen, in the second the original.
    """
    seen = Seen.NOTHING if round_ == 0 else Seen.EDITED
    said = [ballot(number, about(digest, "", round_), seen, "edited") for number in range(1, 25)]
    right = Ballot.NOT_ALTERED if round_ == 0 else Ballot.EDITED
    return sum(one is not right for one in said)


def _saved(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
