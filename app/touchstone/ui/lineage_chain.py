"""What the picture of a lineage shows: boxes and their details, out of an audit and what was read beside it.

Nothing of Qt and nothing of the disk: what goes in is an `Audit` with what it was made from, what comes out are words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from touchstone.lineage.audit_types import Audit, Outcome, Place, Step
from touchstone.texts import _, formats
from touchstone.texts import lineage_view as words
from touchstone.texts.plain import middle, plain
from touchstone.ui.lineage_places import Box, Kind, Mark

if TYPE_CHECKING:
    from touchstone.lineage.record import Record
    from touchstone.lineage.seal import Sealed
    from touchstone.modelfile import Manifest
    from touchstone.registry.model_types import AttestationEntry, ModelEntry, RecordedOutput, Standing

PLACES: Mapping[Kind, tuple[Place, ...]] = {
    Kind.PARENTS: (Place.PARENTS,),
    Kind.REGISTER: (Place.REGISTER,),
    Kind.DATA: (Place.DATA, Place.SPLITS, Place.CONTENTS),
    Kind.RUN: (Place.RECORD, Place.CHECKPOINTS),
    Kind.WEIGHTS: (Place.MANIFEST, Place.WEIGHTS, Place.FILES, Place.SEAL),
    Kind.EVALUATION: (Place.EVALUATION, Place.ATTESTATIONS),
    Kind.OUTPUTS: (Place.OUTPUTS,),
}
_SHORT = 4  # characters of a hash at either end


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model beside its audit; None for what could not be read or is not there."""

    manifest: Manifest | None = None
    record: Record | None = None
    sealed: Sealed | None = None
    standing: Standing | None = None
    entry: ModelEntry | None = None
    practice: bool = False
    attestations: Sequence[AttestationEntry] = ()
    outputs: int = 0
    said: Sequence[RecordedOutput] = ()  # the last of them
    here: Mapping[str, str] = field(default_factory=dict)  # models on this computer: ids by the hash of their weights


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value; `whole` says that the value is a hash or an address, which is copied as a whole."""

    label: str
    value: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One box with all that its details say. `steps` are the sentences of the audit, each with how it ended."""

    box: Box
    steps: tuple[tuple[Mark, str], ...]
    facts: tuple[Fact, ...]
    proves: str
    proves_not: str
    others: tuple[str, ...] = ()  # ids of models on this computer that it leads to


def links(audit: Audit | None, known: Known) -> tuple[Link, ...]:
    """The boxes of the picture, from what a model was made of to what it said; `audit` is None while it runs."""
    kinds = [kind for kind in Kind if kind is not Kind.PARENTS or _parents(known)]
    return tuple(_link(kind, audit, known) for kind in kinds)


def failed(audit: Audit) -> Kind | None:
    """The first box that does not hold, in the order in which the chain is followed; None where all do."""
    return next((kind for kind in _ORDER if _mark(kind, audit) is Mark.FAILED), None)


_ORDER = (Kind.DATA, Kind.PARENTS, Kind.RUN, Kind.WEIGHTS, Kind.REGISTER, Kind.EVALUATION, Kind.OUTPUTS)


def _link(kind: Kind, audit: Audit | None, known: Known) -> Link:
    mark = Mark.WAITING if audit is None else _mark(kind, audit)
    box = Box(kind, words.title(kind), _lines(kind, known), mark, words.mark(mark))
    told = () if audit is None else tuple((_MARKS[step.outcome], _sentence(step)) for step in _steps(kind, audit))
    facts, others = tuple(_FACTS[kind](known)), _others(known) if kind is Kind.PARENTS else ()
    return Link(box, told, facts, words.proves(kind), words.proves_not(kind), others)


def _others(known: Known) -> tuple[str, ...]:
    parents = known.record.parents if known.record is not None else ()
    return tuple(known.here[parent.weights] for parent in parents if parent.weights in known.here)


_MARKS = {Outcome.VERIFIED: Mark.VERIFIED, Outcome.FAILED: Mark.FAILED, Outcome.NOT_CHECKED: Mark.NOT_CHECKED}


def _steps(kind: Kind, audit: Audit) -> list[Step]:
    return [step for step in audit.steps if step.place in PLACES[kind]]


def _mark(kind: Kind, audit: Audit) -> Mark:
    found = {step.outcome for step in _steps(kind, audit)}
    if Outcome.FAILED in found:
        return Mark.FAILED
    if Outcome.VERIFIED not in found:
        return Mark.NOT_CHECKED
    return Mark.PARTLY if Outcome.NOT_CHECKED in found else Mark.VERIFIED


def _sentence(step: Step) -> str:
    from touchstone.texts import lineage

    return _("{place}. {sentence}").format(place=lineage.place(step.place), sentence=lineage.sentence(step))


def _parents(known: Known) -> bool:
    return bool((known.record and known.record.parents) or (known.entry and known.entry.parents))


# The lines of a box


def _lines(kind: Kind, known: Known) -> tuple[str, ...]:
    said = tuple(line for line in _LINES[kind](known) if line)
    return said or (words.nothing(kind),)


def _data_lines(known: Known) -> Iterable[str]:
    if known.record is not None:
        yield words.items(known.record.data.items)
        yield words.root(middle(known.record.data.root, _SHORT))


def _run_lines(known: Known) -> Iterable[str]:
    record = known.record
    if record is None:
        return
    last = record.checkpoints[-1].step if record.checkpoints else 0
    if last:
        yield words.steps(last)
    yield formats.day(record.finished)


def _weights_lines(known: Known) -> Iterable[str]:
    manifest = known.manifest
    if manifest is not None:
        yield formats.size(manifest.bytes)
        yield middle(manifest.sha256, _SHORT)


def _evaluation_lines(known: Known) -> Iterable[str]:
    if known.manifest is None:
        return
    rates = known.manifest.calibration.rates
    if rates.auc is not None:
        yield words.auc(rates.auc)
    if rates.false_alarms is not None:
        yield words.false_alarms(rates.false_alarms)


def _register_lines(known: Known) -> Iterable[str]:
    entry = known.entry
    if entry is not None:
        yield plain(entry.name, 60) or _("Publisher {number}").format(number=entry.owner)
        yield formats.day(words.iso(entry.registered))


def _parent_lines(known: Known) -> Iterable[str]:
    for parent in known.record.parents if known.record is not None else ():
        yield plain(parent.name, 60)


def _output_lines(known: Known) -> Iterable[str]:
    if known.outputs:
        yield words.recorded(known.outputs)


_LINES = {
    Kind.PARENTS: _parent_lines,
    Kind.REGISTER: _register_lines,
    Kind.DATA: _data_lines,
    Kind.RUN: _run_lines,
    Kind.WEIGHTS: _weights_lines,
    Kind.EVALUATION: _evaluation_lines,
    Kind.OUTPUTS: _output_lines,
}


# The facts of its details


def _fact(name: str, value: str | None, *, whole: bool = False) -> Iterable[Fact]:
    if value:
        yield Fact(words.label(name), value, whole)


def _hash(name: str, value: str | None) -> Iterable[Fact]:
    return _fact(name, value, whole=True)


def _data_facts(known: Known) -> Iterable[Fact]:
    record = known.record
    if record is None:
        return
    yield from _fact("items", formats.whole(record.data.items))
    yield from _hash("root", record.data.root)
    if record.items_file is not None:
        yield from _hash("list", record.items_file.sha256)
    for name, part in record.splits.items():
        said = _("{name}: {items}").format(name=plain(name, 40), items=words.items(part.items))
        yield Fact(said, part.root, whole=True)


def _run_facts(known: Known) -> Iterable[Fact]:
    record = known.record
    if record is None:
        return
    yield from _hash("record", record.sha256)
    yield from _fact("started", formats.moment(record.started))
    yield from _fact("finished", formats.moment(record.finished))
    yield from _fact("sessions", formats.whole(len(record.sessions)))
    yield from _hash("code", record.code.commit)
    yield from _fact("changed", words.changed_code(dirty=record.code.dirty))
    yield from _fact("states", words.saved_states(len(record.checkpoints)))
    yield from _hash("chain", record.chain)
    made = record.environment
    yield from _fact("environment", " · ".join(plain(part, 60) for part in (made.python, made.machine, made.system)))
    yield from _hash("lock", made.lock_sha256)


def _weights_facts(known: Known) -> Iterable[Fact]:
    manifest, record, sealed = known.manifest, known.record, known.sealed
    if manifest is not None:
        yield from _hash("weights", manifest.sha256)
        yield from _fact("size", formats.size(manifest.bytes))
    if record is not None:
        for name, file in record.files.items():
            yield Fact(plain(name, 60), file.sha256, whole=True)
    if sealed is not None:
        yield from _hash("manifest", sealed.manifest)
        yield from _fact("sealed", formats.moment(sealed.time))
        yield from _hash("sealed-by", sealed.address)


def _evaluation_facts(known: Known) -> Iterable[Fact]:
    if known.record is not None:
        yield from _hash("evaluation", known.record.evaluation)
    if known.manifest is not None:
        calibration = known.manifest.calibration
        rates = calibration.rates
        yield from _fact("auc", f"{rates.auc:.3f}" if rates.auc is not None else "")
        for name, rate in (("false-alarms", rates.false_alarms), ("recall", rates.recall)):
            yield from _fact(name, formats.in_hundred(rate) if rate is not None else "")
        yield from _fact("measured-on", plain(calibration.set, 400))
    for one in known.attestations:
        who = plain(one.name, 60) or _("publisher {number}").format(number=one.publisher)
        yield from _fact("attested", _("{who}, {day}").format(who=who, day=formats.day(words.iso(one.attested))))
        yield from _hash("evaluation", one.evaluation)


def _register_facts(known: Known) -> Iterable[Fact]:
    entry = known.entry
    if entry is None:
        return
    yield from _fact("publisher", plain(entry.name, 60) or formats.whole(entry.owner))
    yield from _fact("domain", plain(entry.domain, 80))
    yield from _fact("registered", formats.moment(words.iso(entry.registered)))
    yield from _fact("status", words.status(int(entry.status), entry.reason))
    yield from _fact("changed-on", formats.moment(words.iso(entry.changed)) if entry.changed else "")
    yield from _hash("model", entry.model)
    yield from _hash("signer", entry.signer)
    yield from _fact("block", formats.whole(entry.block))
    yield from _hash("transaction", entry.tx)
    yield from _fact("address", plain(entry.uri, 400))


def _parent_facts(known: Known) -> Iterable[Fact]:
    for parent in known.record.parents if known.record is not None else ():
        name, how = plain(parent.name, 120), words.relation(parent.relation)
        yield from _fact("parent", _("{name}, {relation}").format(name=name, relation=how))
        yield from _hash("weights", parent.weights)
        yield from _hash("record", parent.record)
        if parent.removed:
            yield from _fact("removed", words.items(len(parent.removed)))


def _output_facts(known: Known) -> Iterable[Fact]:
    from touchstone.texts import outputs

    yield from _fact("recorded", formats.whole(known.outputs) if known.outputs else "")
    for one in known.said:
        told = _("{said}; {by}").format(said=outputs.spoken(one.output), by=outputs.by(one.list))
        yield Fact(words.of_file(middle(one.output.media, _SHORT)), told)


_FACTS = {
    Kind.PARENTS: _parent_facts,
    Kind.REGISTER: _register_facts,
    Kind.DATA: _data_facts,
    Kind.RUN: _run_facts,
    Kind.WEIGHTS: _weights_facts,
    Kind.EVALUATION: _evaluation_facts,
    Kind.OUTPUTS: _output_facts,
}
