"""What an automated reviewer's model said of the files of its cases, kept until it can be recorded on the register.

It is recorded once the vote is open and not before: what the model said is the vote. A report is written before its
vote is sealed, so that nothing that was voted on goes unrecorded, whatever ends the program in between. A note of which
case it is, by the transaction that flagged it, tells a vote in the vault from one for a case of the same number on a
practice ledger that was begun anew.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.report import MAX_DOCUMENT, Report, loads, to_dict
from touchstone.store.files import make_folder, write_atomically

if TYPE_CHECKING:
    from touchstone.lineage.outputs import Hands
    from touchstone.registry.court_types import CaseEntry
    from touchstone.store.outputs_journal import Batch

_NAME = re.compile(r"(\d{1,20})-(\d{1,20})-(\d{1,3})-([0-9a-f]{40})\.(?:json|case)")
_MOST = 1000  # reports in one list
Seat = tuple[int, int]
"""A case, and a round of it."""


class Kept:
    """The reports of one account's votes on one network."""

    def __init__(self, home: Home, network: Network, account: str) -> None:
        self._home, self._network = home, network
        self._account = account.lower().removeprefix("0x")
        self._folder = home.outputs / "reviews"

    def keep(self, case: int, round_: int, report: Report, manifest: str) -> None:
        """Keep what the model with this manifest said, and nothing else of a report. Raises OSError."""
        from touchstone.export import document

        own = tuple(one for one in report.findings if one.details.get("manifest_sha256") == manifest)
        make_folder(self._folder)
        said = replace(report, findings=own, conflicts=(), not_checked=())
        write_atomically(self._path(case, round_), document.canonical(to_dict(said)))

    def note(self, case: CaseEntry) -> None:
        """Note which case a vote is for, before there is one. Raises OSError."""
        make_folder(self._folder)
        write_atomically(self._path(case.id, case.round, "case"), case.tx.encode())

    def is_noted(self, case: CaseEntry) -> bool:
        """Whether what the vault has for a case of this number and round is for this case."""
        with contextlib.suppress(OSError), self._path(case.id, case.round, "case").open("rb") as file:
            return file.read(200) == case.tx.encode()
        return False

    def waiting(self) -> tuple[Seat, ...]:
        """The votes whose outputs are not recorded yet, and those of which nothing is to be recorded."""
        with contextlib.suppress(OSError):
            return tuple(sorted(set(self._seats())))
        return ()

    def drop(self, case: int, round_: int) -> None:
        """Forget one: it is recorded, or nothing to record."""
        for ending in ("json", "case"):
            with contextlib.suppress(OSError):
                self._path(case, round_, ending).unlink()

    def record(self, seats: Sequence[Seat], hands: Callable[[], Hands]) -> tuple[Batch, ...]:
        """Record what was said about these seats in one list, and go on with lists that were begun before.

        Raises:
            ChainError: it came to nothing; another call goes on.
            StoreError, OSError: what the disk refuses.
        """
        from touchstone.lineage import outputs

        done = [
            outputs.finish(self._home, self._network, batch.id, hands())
            for batch in outputs.unfinished(self._home, self._network)
            if batch.kind == outputs.FINDINGS and not batch.publisher  # others are not this key's to send
        ]
        chosen = list(seats)[:_MOST]
        said = outputs.of_reports(self._home, self._network, self._reports(chosen)).said
        if said:
            batch = outputs.prepare(self._home, self._network, [one.output for one in said])
            done.append(outputs.finish(self._home, self._network, batch.id, hands()))
        for case, round_ in chosen:
            self.drop(case, round_)
        return tuple(done)

    def _reports(self, seats: Sequence[Seat]) -> Iterator[Report | None]:
        for case, round_ in seats:
            with contextlib.suppress(OSError, ValueError), self._path(case, round_).open("rb") as file:
                yield loads(file.read(MAX_DOCUMENT))

    def _seats(self) -> Iterator[Seat]:
        for path in self._folder.iterdir():
            named = _NAME.fullmatch(path.name)
            if named and named[4] == self._account and int(named[1]) == self._network.chain_id:
                yield int(named[2]), int(named[3])

    def _path(self, case: int, round_: int, ending: str = "json") -> Path:
        return self._folder / f"{self._network.chain_id}-{case}-{round_}-{self._account}.{ending}"
