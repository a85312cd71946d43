"""What models said of files, recorded: collected from reports, put into a list, the list's root sent, and marked.

Nothing is collected or sent unasked. A list is written, and its lines with it to a journal, before its transaction is
signed; that has a key in the journal of transactions. So whatever ends the program in between, the next call sends what
was written, follows what was sent, and records nothing twice. Somebody who says no takes the list back.
"""

from __future__ import annotations

import bisect
import contextlib
import datetime
import hashlib
import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.ledger_store import LedgerReader
from touchstone.chain.network import Network
from touchstone.lineage import installed
from touchstone.paths import Home
from touchstone.registry import output_lists
from touchstone.registry.model_types import Decision, Output
from touchstone.report import DETECTORS, Finding, Report, Status, from_dict
from touchstone.store.files import write_atomically
from touchstone.store.outbox import LIVE, Outbox, SentState
from touchstone.store.outputs_journal import Batch, BatchState, Line, OutputsJournal, path_of

if TYPE_CHECKING:
    from touchstone.chain.send import Mined, Prepared, Sender
    from touchstone.chain.signer import Signer

FINDINGS, DECLARED = "findings", "declared"  # whose word a list is: a detector's, or that of who made the files
GENERATOR = "generator"  # the witness of a declaration
_NEEDED = frozenset({"manifest_sha256", "model_sha256", "model", "score"})
_DECISIONS = {"none": Decision.NONE, "signs": Decision.SIGNS, "inconclusive": Decision.INCONCLUSIVE}


class OutputsStoppedError(Exception):
    """`cancel` was set; what was done stays."""


@dataclass(frozen=True, slots=True)
class Said:
    """Something that can be recorded. `name` is the file's, untrusted; `model` the id of the model, untrusted too."""

    output: Output
    name: str
    model: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was not recorded yet, the oldest first.

    `recorded` is how many findings stand in a list already, `unknown` how many cannot be recorded because the model
    that they are of is not on this computer, `unreadable` how many reports say nothing that this version understands.
    """

    said: tuple[Said, ...] = ()
    recorded: int = 0
    unknown: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Hands:
    """What sends: the sender of the network, the key, and whoever is asked."""

    sender: Sender
    signer: Signer
    confirm: Callable[[Prepared], bool]
    on_step: Callable[[Any, Mapping[str, Any]], None] = lambda _step, _params: None


def waiting(
    home: Home, network: Network, *, since: int = 0, cancel: threading.Event | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Waiting:  # fmt: skip
    """The findings of the history that are not recorded on a network; `since`: of checks from then on (unix seconds).

    Raises:
        StoreError: the history or the journal cannot be read.
        OutputsStoppedError: `cancel` was set.
    """
    from touchstone.store.history import History, HistoryQuery

    if not home.history.exists():
        return Waiting()  # opening one would make it
    history = History(home)
    try:
        ids = history.ids(HistoryQuery())  # the oldest first
        if since:

            def checked(number: int) -> int:
                entry = history.get(number)
                return 0 if entry is None else moment_of(entry.row.created)

            ids = ids[bisect.bisect_left(ids, since, key=checked) :]

        def reports() -> Iterable[Report | None]:
            for done, number in enumerate(ids):
                _stop_if(cancel)
                on_progress(done, len(ids))
                entry = history.get(number)
                if entry is not None:
                    yield from _said_by_detectors(entry.document)

        return of_reports(home, network, reports(), since=since)
    finally:
        history.close()


def of_reports(home: Home, network: Network, reports: Iterable[Report | None], *, since: int = 0) -> Waiting:
    """The findings in reports that are not recorded on a network; None stands for a report that cannot be read.

    Raises:
        StoreError: the journal cannot be read.
    """
    manifests = installed.by_weights(installed.models(home))
    found: dict[bytes, Said] = {}
    unknown = unreadable = 0
    for report in reports:
        if report is None:
            unreadable += 1
            continue
        time = moment_of(report.created)
        if time < since or not report.media.sha256:
            continue
        for finding in report.findings:
            if _speaks(finding):
                said = _said(report, finding, time, manifests)
                unknown += said is None
                if said is not None:
                    found.setdefault(key_of(FINDINGS, said.output), said)
    left = unrecorded(home, network, FINDINGS, [said.output for said in found.values()])
    kept = [said for key, said in found.items() if key in left]
    kept.sort(key=lambda said: (said.output.time, said.output.media, said.output.witness))
    return Waiting(tuple(kept), len(found) - len(kept), unknown, unreadable)


def unrecorded(home: Home, network: Network, kind: str, outputs: Sequence[Output]) -> set[bytes]:
    """The keys of those that stand in no list of one's own, as far as journal and mirror know.

    Raises:
        StoreError: the journal cannot be read.
    """
    keys = {key_of(kind, output): output for output in outputs}
    journal = OutputsJournal(home)
    try:
        _forget_other_ledger(home, network, journal)
        left = keys.keys() - journal.known(network.chain_id, keys)
    finally:
        journal.close()
    return left - _in_own_lists(home, network, kind, {key: keys[key] for key in left})


def prepare(
    home: Home, network: Network, outputs: Sequence[Output], *, kind: str = FINDINGS, publisher: int = 0, uri: str = ""
) -> Batch:
    """Write the list of these, and write down that it is to be recorded; nothing is sent. At most a million at once.

    Raises:
        StoreError: the journal refuses; BUSY: another process has some of these in a list by now.
        OutputsError: there are none, one comes twice, or one cannot be written.
        OSError: the list cannot be written.
    """
    root, data = drafted(outputs)
    batch = Batch(
        0, "", network.chain_id, network.name, kind, publisher, "", root.hex(), len(outputs),
        output_lists.list_hash(data).hex(), uri, BatchState.WRITTEN, "", 0, "", "", "",
    )  # fmt: skip
    lines = [Line(key_of(kind, output), output_lists.line(output)) for output in outputs]
    write_atomically(home.outputs / output_lists.file_name(root), data)
    journal = OutputsJournal(home)
    try:
        return journal.begin(batch, lines)
    except BaseException:
        _remove_list(home, journal, batch)
        raise
    finally:
        journal.close()


def drafted(outputs: Sequence[Output]) -> tuple[bytes, bytes]:
    """The root and the bytes of the list of these. Raises OutputsError."""
    data = output_lists.dump(outputs)
    return output_lists.tree(outputs).root, data


def unfinished(home: Home, network: Network) -> list[Batch]:
    """Lists that were written and are not known to be recorded, the oldest first. Raises StoreError."""
    if not path_of(home).exists():
        return []
    journal = OutputsJournal(home)
    try:
        _forget_other_ledger(home, network, journal)
        return journal.batches(network.chain_id, BatchState.WRITTEN)
    finally:
        journal.close()


def finish(home: Home, network: Network, batch: int, hands: Hands, cancel: threading.Event | None = None) -> Batch:
    """Send the root of a list, or follow what was sent, until it counts; and mark it.

    Raises:
        ChainError: it came to nothing. Where somebody said no, or it cannot succeed, the list is taken back and what
            was in it waits again; else the next call goes on with it.
        StoreError: the journal refuses, or another process works on this list (BUSY).
        KeyError: there is no such list (any more).
        OSError: the list cannot be written.
    """
    journal = OutputsJournal(home)
    try:
        with journal.only_one(batch):
            wanted = journal.batch(batch)
            if wanted.state is not BatchState.WRITTEN:
                return wanted
            try:
                mined = _sent(home, network, journal, wanted, hands, cancel)
            except ChainError as error:
                if error.params.get("reason") == "AlreadyRecorded":  # by this key, as the journal no longer knew
                    return journal.recorded(batch, (hands.signer.address, "", 0, ""))
                if error.code in {ChainTrouble.REJECTED, ChainTrouble.REVERTED} and not error.params.get("pending"):
                    _take_back(home, journal, wanted)
                raise
            return journal.recorded(batch, (mined.sent.sender, mined.hash, mined.block, mined.block_hash))
    finally:
        journal.close()


def withdrawn(home: Home, network: Network, root: str) -> None:
    """Note that the list with this root was withdrawn: findings in it wait no more, files may be declared again.

    Raises:
        StoreError: the journal refuses.
    """
    journal = OutputsJournal(home)
    try:
        for batch in journal.with_root(network.chain_id, root):
            journal.withdrawn(batch.id, again=batch.kind == DECLARED)
    finally:
        journal.close()


def key_of(kind: str, output: Output) -> bytes:
    """What an output is known by: a finding by all but the manifest, a declaration by model and file.

    An older report does not name the manifest, which is then that of the model as it is now: when that changes, what
    was recorded must not look new. And whenever a file is declared, it says the same.
    """
    what = f"{output.manifest} {output.media}" if kind == DECLARED else output_lists.line(output)[65:].decode()
    return hashlib.sha256(f"{kind} {what}".encode()).digest()[:16]


def moment_of(created: str) -> int:
    """Unix seconds of an ISO 8601 moment; one without an offset is taken as UTC, one of before 1970 as 0."""
    moment = datetime.datetime.fromisoformat(created)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0, math.floor(moment.timestamp()))


def _said_by_detectors(document: Mapping[str, Any]) -> Iterable[Report | None]:
    """The report, with nothing in it but what is needed here, which makes it four times as fast to read."""
    try:
        found = [
            {**one, "params": {}, "details": {k: v for k, v in one["details"].items() if k in _NEEDED}}
            for one in document["findings"]
            if one["witness"] in DETECTORS and one["status"] == Status.DONE
        ]
        if found:
            yield from_dict({**document, "findings": found, "conflicts": [], "not_checked": [], "protection": []})
    except (ValueError, KeyError, TypeError, AttributeError):
        yield None


def _speaks(finding: Finding) -> bool:
    return finding.witness in DETECTORS and finding.status is Status.DONE and finding.code in _DECISIONS


def _said(report: Report, finding: Finding, time: int, manifests: Mapping[tuple[str, str], str]) -> Said | None:
    """What a finding says, in the register's terms; None where nobody knows which manifest it rests on."""
    details = finding.details
    manifest = details.get("manifest_sha256") or manifests.get((str(details.get("model_sha256")), finding.version))
    score = details.get("score")
    whole = None
    if isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1:
        whole = round(score * output_lists.MILLION)
    if not isinstance(manifest, str):
        return None
    output = Output(manifest, report.media.sha256, str(finding.witness), whole, _DECISIONS[finding.code], time)
    try:
        output_lists.line(output)
    except output_lists.OutputsError:
        return None
    return Said(output, report.media.name, str(details.get("model") or finding.source))


def _sent(
    home: Home, network: Network, journal: OutputsJournal, batch: Batch, hands: Hands, cancel: threading.Event | None
) -> Mined:
    from touchstone.registry import models

    key = f"outputs-{batch.uid}"
    _write_again(home, journal, batch)  # before anything counts: what was signed earlier may be sent in the next line
    hands.sender.resume()  # what a process that ended has sent is looked for first
    earlier = _earlier(home, network, key)
    if earlier:
        return hands.sender.follow(earlier, hands.on_step, _asked(cancel))
    intent = models.record_outputs(
        network, batch.publisher, bytes.fromhex(batch.root), batch.count, bytes.fromhex(batch.list_hash), batch.uri
    )
    prepared = hands.sender.prepare(intent, hands.signer.address)
    return hands.sender.send(
        prepared, hands.signer, hands.confirm, on_step=hands.on_step, cancel=_asked(cancel), key=key
    )


def _earlier(home: Home, network: Network, key: str) -> int:
    """The id of a transaction that was sent under a key and counts, or may; 0 where there is none."""
    outbox = Outbox(home)
    try:
        sent = outbox.keyed(network.chain_id, key)
    finally:
        outbox.close()
    # One that a signer outside was asked for may never have been sent: `Sender.send` decides about that.
    found = [one.id for one in sent if one.state in LIVE - {SentState.ASKED} | {SentState.FINAL}]
    return found[-1] if found else 0


def _write_again(home: Home, journal: OutputsJournal, batch: Batch) -> None:
    """Make sure that the list is there as it was written: what is recorded and cannot be shown is of no use."""
    path = home.outputs / output_lists.file_name(bytes.fromhex(batch.root))
    data = output_lists.HEADER + b"".join(journal.lines(batch.id))
    if installed.read_small(path, len(data)) != data:
        write_atomically(path, data)


def _take_back(home: Home, journal: OutputsJournal, batch: Batch) -> None:
    journal.forget(batch.id)
    _remove_list(home, journal, batch)


def _remove_list(home: Home, journal: OutputsJournal, batch: Batch) -> None:
    """Delete the file of a list that stands in no journal."""
    if not journal.with_root(batch.chain_id, batch.root):
        with contextlib.suppress(OSError):
            (home.outputs / output_lists.file_name(bytes.fromhex(batch.root))).unlink()


def _forget_other_ledger(home: Home, network: Network, journal: OutputsJournal) -> None:
    """A practice ledger that was begun anew knows nothing of what was recorded: all of it waits again."""
    if not network.practice:
        return
    reader = LedgerReader(home.ledger)
    try:
        for batch in journal.batches(network.chain_id, BatchState.RECORDED, BatchState.WITHDRAWN):
            block = reader.block(batch.block) if batch.hash else None
            if batch.hash and (block is None or "0x" + block.hash.hex() != batch.block_hash.lower()):
                journal.forget(batch.id)
    finally:
        reader.close()


def _in_own_lists(home: Home, network: Network, kind: str, outputs: Mapping[bytes, Output]) -> set[bytes]:
    """Of these keys, those that the mirror has in a list of one's own: the journal may be younger than the lists."""
    from touchstone.chain import keystore
    from touchstone.registry.model_lookup import Models

    mine = {key.address.lower() for key in keystore.keys(home) if key.address}
    if not mine or not outputs:
        return set()
    found = set[bytes]()
    models = Models(home, network)
    try:
        for media in {output.media for output in outputs.values()}:
            for one in models.outputs_of(media):
                declared = one.output.decision is Decision.MADE
                stands = declared == (kind == DECLARED) and not (declared and one.list.withdrawn)
                if stands and one.list.signer.lower() in mine:
                    found.add(key_of(kind, one.output))
    finally:
        models.close()
    return found & outputs.keys()


def _asked(cancel: threading.Event | None) -> Callable[[], bool]:
    return (lambda: False) if cancel is None else cancel.is_set


def _stop_if(cancel: threading.Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise OutputsStoppedError
