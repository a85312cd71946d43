"""Publishing as a job: read, sign, measure, register, receipts; each step in the journal before it is taken.

Whatever ends the program in between, `Publisher.run` goes on where it was: a signed copy is known by the hash that was
written down before it got its name, a transaction by the key under which the journal of transactions has it, and what
goes into which transaction is settled once. So nothing is signed or registered twice.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import deals, job_files, receipts
from touchstone.registry.deals import Deal, Mode
from touchstone.registry.job_types import (
    Hands,
    NotSignedError,
    OnProgress,
    Order,
    Outcome,
    Planned,
    SignedCopy,
    Step,
    StoppedError,
    packed,
    unpacked,
)
from touchstone.store.database import StoreError
from touchstone.store.outbox import LIVE, Outbox, SentState
from touchstone.store.publish_journal import DealLine, FileLine, FileState, JobLine, JobState, PublishJournal

if TYPE_CHECKING:
    from touchstone.chain.send import Mined, Prepared, Sender
    from touchstone.chain.signer import Signer

__all__ = ["Mode", "Order", "Outcome", "Planned", "Publisher", "Step", "StoppedError", "local_original"]


def _silent(_step: Step, _done: int, _of: int, _name: str) -> None:
    pass


@dataclass(slots=True)
class _Run:
    """One run of a job, with what it was given."""

    line: JobLine
    order: Order
    tell: OnProgress
    cancel: threading.Event | None
    written: list[Path] = field(default_factory=list)
    made: list[receipts.Receipt] = field(default_factory=list)
    table: Path | None = None

    def stop_if_asked(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise StoppedError


class Publisher:
    """Runs publishing jobs of one home on one network. One thread at a time."""

    def __init__(self, home: Home, network: Network, hands: Hands) -> None:
        self._home, self._network, self._hands = home, network, hands
        self._journal = PublishJournal(home)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def begin(self, publisher: int, order: Order, paths: Sequence[Path]) -> int:
        """Write a job down; its id. Nothing else happens yet.

        Raises:
            StoreError: the disk refuses.
        """
        network = (self._network.chain_id, self._network.name)
        return self._journal.begin(network, publisher, packed(order), [path.absolute() for path in paths])

    def unfinished(self) -> list[JobLine]:
        """Jobs that were begun on this network and not ended. Raises StoreError."""
        return self._journal.unfinished(self._network.chain_id)

    def files(self, job: int) -> list[FileLine]:
        """How far the files of a job are. Raises StoreError."""
        return self._journal.files(job)

    def abandon(self, job: int) -> None:
        """Give a job up: what was registered stays so. Raises StoreError."""
        self._journal.set_job(job, JobState.ABANDONED)

    def plan(
        self,
        publisher: int,
        order: Order,
        paths: Sequence[Path],
        sender: Sender | None = None,
        on_progress: OnProgress = _silent,
        cancel: threading.Event | None = None,
    ) -> Planned:
        """What a job would come to. Nothing is signed, sent or written; with `sign`, hashes are those before.

        Raises:
            Stopped, StoppedError: `cancel` was set.
        """
        lines: list[FileLine] = []
        known: set[str] = set()
        for place, path in enumerate(paths):
            if cancel is not None and cancel.is_set():
                raise StoppedError
            on_progress(Step.READING, place, len(paths), path.name)
            seen = self._hands.look(path, publisher, cancel)
            state, why = job_files.judged(seen, known)
            facts = job_files.facts(seen, order, signed=order.sign)
            lines.append(FileLine(place, 0, place, path, state, seen.sha256, path, seen.sha256, "", facts, why=why))
        ready = [line for line in lines if line.state is FileState.READ]
        settled = deals.settle(
            [(line.id, job_files.registration(line, order)) for line in ready], order.mode, order.uri
        )
        intents = tuple(deal.intent(self._network, publisher) for deal in settled)
        if sender is None:
            return Planned(tuple(lines), intents)
        prepared: list[Prepared] = []
        for intent in intents:
            try:
                prepared.append(sender.prepare(intent, order.sender))
            except ChainError as error:
                return Planned(tuple(lines), intents, tuple(prepared), error)
        return Planned(tuple(lines), intents, tuple(prepared))

    def run(
        self,
        job: int,
        sender: Sender,
        signer: Signer,
        confirm: Callable[[Prepared], bool],
        on_progress: OnProgress = _silent,
        cancel: threading.Event | None = None,
        on_step: Callable[[Any, Mapping[str, Any]], None] = lambda _step, _params: None,
    ) -> Outcome:
        """Do a job, or what is left of it.

        Raises:
            StoppedError, Stopped: `cancel` was set; what was done stays.
            ChainError: a transaction came to nothing, or is on its way (`pending`); the job can be taken up again.
            StoreError: the journal cannot be written, or another process works on this job (BUSY).
            OSError: a list or a receipt cannot be written.
        """
        with self._journal.only_one(job):
            line = self._journal.job(job)
            run = _Run(line, unpacked(line.order), on_progress, cancel)
            settled = line.state is not JobState.OPEN
            if settled:
                self._forget_other_ledger(job)
            else:
                self._read(run)
                self._sign(run)
                self._measure(run)
            while True:
                if not settled:
                    self._settle(run)
                settled = self._registered(run, sender, signer, confirm, on_step)
                if settled:
                    break
            self._receipts(run)
            self._journal.set_job(job, JobState.DONE)
            files, lines = tuple(self._journal.files(job)), tuple(self._journal.deals(job))
            return Outcome(job, files, lines, tuple(run.written), run.table)

    def _forget_other_ledger(self, job: int) -> None:
        """A practice ledger that was begun anew knows nothing of what was registered: it is done once more."""
        if not self._network.practice:
            return
        reader = LedgerReader(self._home.ledger)
        try:
            for deal in self._journal.deals(job):
                block = reader.block(deal.block) if deal.hash else None
                if deal.hash and (block is None or "0x" + block.hash.hex() != deal.block_hash.lower()):
                    self._journal.uncount(job)
                    return
        finally:
            reader.close()

    def _read(self, run: _Run) -> None:
        files = self._journal.files(run.line.id)
        known = {file.source_sha256 for file in files if file.source_sha256 and file.state is not FileState.SKIPPED}
        for file in files:
            if file.state is not FileState.WAITING:
                continue
            run.stop_if_asked()
            run.tell(Step.READING, file.place, len(files), file.source.name)
            seen = self._hands.look(file.source, run.line.publisher, run.cancel)
            state, why = job_files.judged(seen, known)
            facts = job_files.facts(seen, run.order, signed=False)
            self._journal.change(
                file.id, state=state, source_sha256=seen.sha256, sha256=seen.sha256, facts=facts, why=why
            )

    def _sign(self, run: _Run) -> None:
        folder = run.order.folder
        if not run.order.sign or folder is None:
            return
        files = self._journal.files(run.line.id)
        taken = {file.final for file in files}
        for file in files:
            if file.state not in {FileState.READ, FileState.SIGNING}:
                continue
            run.stop_if_asked()
            run.tell(Step.SIGNING, file.place, len(files), file.source.name)
            target = file.final or job_files.free(folder, file.source.name, taken)
            taken.add(target)
            self._signed(run, file, target)

    def _signed(self, run: _Run, file: FileLine, target: Path) -> None:
        if file.state is FileState.SIGNING and file.manifest and self._hands.sha256(target) == file.sha256:
            self._journal.change(file.id, state=FileState.SIGNED)  # it got its name before this ended
            return
        self._journal.change(file.id, state=FileState.SIGNING, final=target, manifest="")

        def before(copy: SignedCopy) -> None:
            self._journal.change(file.id, sha256=copy.sha256, manifest=copy.manifest)

        try:
            self._hands.sign(file.source, target, run.order, before, run.cancel)
        except NotSignedError as error:
            if error.fit:
                self._journal.change(file.id, state=FileState.READY, final=None, manifest="", why=error.code)
            else:
                self._journal.change(file.id, state=FileState.FAILED, final=None, manifest="", why=error.code)
            return
        self._journal.change(file.id, state=FileState.SIGNED)

    def _measure(self, run: _Run) -> None:
        """Signed copies are hashed and measured as any file; the rest is so already."""
        files = self._journal.files(run.line.id)
        for file in files:
            if file.state is FileState.READ:
                self._journal.change(file.id, state=FileState.READY)
            elif file.state is FileState.SIGNED and file.final is not None:
                run.stop_if_asked()
                run.tell(Step.MEASURING, file.place, len(files), file.source.name)
                seen = self._hands.look(file.final, run.line.publisher, run.cancel)
                if seen.problem or seen.sha256 != file.sha256:
                    self._journal.change(file.id, state=FileState.FAILED, why=seen.problem or "changed")
                else:
                    facts = job_files.facts(seen, run.order, signed=True)
                    self._journal.change(file.id, state=FileState.READY, facts=facts)

    def _settle(self, run: _Run) -> None:
        ready = [file for file in self._journal.files(run.line.id) if file.state is FileState.READY]
        settled = deals.settle(
            [(f.id, job_files.registration(f, run.order)) for f in ready], run.order.mode, run.order.uri
        )
        lines: list[DealLine] = []
        places: dict[int, tuple[int, int]] = {}
        first = 1 + max((line.number for line in self._journal.deals(run.line.id)), default=-1)
        for number, deal in enumerate(settled, first):
            lines.append(DealLine(0, run.line.id, number, str(deal.mode), *deal.named))
            places |= {file: (number, index) for file, index in deal.places.items()}
        self._journal.settle(run.line.id, lines, places)

    def _registered(
        self,
        run: _Run,
        sender: Sender,
        signer: Signer,
        confirm: Callable[[Prepared], bool],
        on_step: Callable[[Any, Mapping[str, Any]], None],
    ) -> bool:
        """Register what is settled. False where a file turned out to be registered already: settle again without it."""
        try:
            self._register(run, sender, signer, confirm, on_step)
        except ChainError as error:
            if error.code is not ChainTrouble.REVERTED or error.params.get("reason") != "AlreadyRegistered":
                raise
            sha256 = bytes((error.params.get("arguments") or {}).get("sha256", b"")).hex()
            again = [f for f in self._journal.files(run.line.id) if f.sha256 == sha256 and f.state is FileState.PLACED]
            if not again:
                raise
            self._journal.unsettle(run.line.id)
            for file in again:
                self._journal.change(file.id, state=FileState.SKIPPED, why="already-registered")
            return False
        return True

    def _register(
        self,
        run: _Run,
        sender: Sender,
        signer: Signer,
        confirm: Callable[[Prepared], bool],
        on_step: Callable[[Any, Mapping[str, Any]], None],
    ) -> None:
        lines = self._journal.deals(run.line.id)
        if any(not line.hash for line in lines):
            sender.resume()  # what a process that ended has sent is looked for first
        for line in lines:
            if line.hash:
                continue
            run.stop_if_asked()
            run.tell(Step.REGISTERING, line.number, len(lines), "")
            deal = self._deal(run, line)
            deal.write_list(self._home, run.order.folder)
            key = f"publish-{run.line.uid}-{line.number}"
            mined = self._earlier(sender, key, on_step, run)
            if mined is None:
                prepared = sender.prepare(deal.intent(self._network, run.line.publisher), run.order.sender)
                mined = sender.send(prepared, signer, confirm, on_step=on_step, cancel=_asked(run), key=key)
            self._journal.counted(line, mined.hash, mined.block, mined.block_hash)

    def _earlier(self, sender: Sender, key: str, on_step: Any, run: _Run) -> Mined | None:
        """The transaction that was sent under this key, once it counts; None where there is none that could."""
        outbox = Outbox(self._home)
        try:
            sent = [one for one in outbox.keyed(self._network.chain_id, key) if one.state in LIVE | {SentState.FINAL}]
        finally:
            outbox.close()
        # One that a signer outside was asked for may never have been sent: `Sender.send` decides about that.
        found = [one for one in sent if one.state is not SentState.ASKED]
        return sender.follow(found[-1].id, on_step, _asked(run)) if found else None

    def _receipts(self, run: _Run) -> None:
        lines = self._journal.deals(run.line.id)
        for line in lines:
            deal = self._deal(run, line)
            files = {f.id: f for f in self._journal.files(run.line.id) if f.deal == line.number}
            for receipt, file_id in deal.receipts(self._network, run.line.publisher, line):
                file = files[file_id]
                path = file.final or file.source
                run.tell(Step.RECEIPTS, file.place, len(files), path.name)
                named = _named(receipt, path)
                run.written.append(receipts.write(named, receipts.place_for(path, run.order.folder, run.written)))
                run.made.append(named)
                if file.state is FileState.REGISTERED:
                    self._journal.change(file.id, state=FileState.DONE)
        if run.made:
            folder = run.order.folder or run.written[0].parent
            run.table = folder / f"{run.line.uid}-{receipts.TABLE}"
            receipts.write_table(run.made, run.table)

    def _deal(self, run: _Run, line: DealLine) -> Deal:
        """A transaction as it was settled, made again from the journal."""
        files = sorted(
            (file for file in self._journal.files(run.line.id) if file.deal == line.number), key=lambda f: f.index
        )
        (deal,) = deals.settle([(f.id, job_files.registration(f, run.order)) for f in files], Mode(line.mode), line.uri)
        if deal.named[0] != line.root:
            raise StoreError(deals.DAMAGED)
        return deal


def local_original(home: Home, sha256: str) -> Path | None:
    """The file on this computer that was registered with this hash; it is not read, and may have been changed since."""
    from touchstone.store.publish_journal import path_of

    if not path_of(home).exists():
        return None
    journal = PublishJournal(home)
    try:
        return next((path for path in journal.registered(sha256) if path.is_file()), None)
    except (StoreError, OSError):
        return None
    finally:
        journal.close()


def _named(receipt: receipts.Receipt, path: Path) -> receipts.Receipt:
    return dataclasses.replace(receipt, file=os.fsencode(path.name).decode("utf-8", "backslashreplace"))


def _asked(run: _Run) -> Callable[[], bool]:
    return lambda: run.cancel is not None and run.cancel.is_set()
