"""What an exported report shows, in order and in words, for the HTML page and the PDF alike.

Everything here is plain text: each form escapes it in its own way. Strings from the file have been through `plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from touchstone.export import detected, document
from touchstone.export.detected import Figure, Plot
from touchstone.export.layers import layers_of
from touchstone.report import DETECTORS, Answer, Finding, Picture, Report, Status, Witness
from touchstone.texts import _, answers, credentials, facts, findings, formats, register, reports, reviewers
from touchstone.texts import detectors as estimates
from touchstone.texts.plain import plain

_NAME = 120
_MOST_SOURCES = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value; `code` asks for a monospaced, breakable one."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One file in the history of this one; `depth` is how far it is from it."""

    depth: int
    title: str
    said: str
    alarming: bool
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one witness says."""

    name: str
    status: str
    said: str
    rests_on: str
    facts: Sequence[Fact] = ()
    sources: Sequence[Source] = ()
    figures: Sequence[Figure] = ()
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A report, ready to be laid out."""

    answer: Answer
    answer_word: str
    tone: str
    headline: str
    meaning: str
    file: Sequence[Fact]
    name: str
    line: str
    picture: Picture | None
    entries: Sequence[Entry]
    conflicts: Sequence[str]
    left_open: Sequence[tuple[str, str]]
    made: Sequence[str]
    json: str
    json_hash: str
    created: str
    application: str


def build(report: Report, pictures: Mapping[str, Picture]) -> Page:
    """The report as a page, with such of `pictures` as it shows (`thumbnail`, `ingredient-N`, maps)."""
    whole, report = document.to_document(report), document.for_others(report)
    return Page(
        answer=report.answer,
        answer_word=answers.answer_word(report.answer),
        tone=answers.tone(report.answer, report.headline),
        headline=answers.headline(report.headline),
        meaning=answers.meaning(report),
        file=_file(report),
        name=plain(report.media.name, _NAME),
        line=reports.media_line(report.media),
        picture=_picture(pictures),
        entries=_entries(report, pictures),
        conflicts=[answers.conflict(c) for c in report.conflicts],
        left_open=_left_open(report),
        made=_made(report),
        json=document.canonical(whole).decode("ascii"),
        json_hash=document.digest(whole),
        created=formats.moment(report.created),
        application=plain(report.application, 80),
    )


def _file(report: Report) -> list[Fact]:
    media = report.media
    found = [Fact(_("Checked"), formats.moment(report.created))]
    if media.sha256:
        found.append(Fact("SHA-256", media.sha256, code=True))
    else:
        found.append(Fact("SHA-256", _("not known: the file could not be read to its end")))
    pdq = media.fingerprints.get("pdq")
    if isinstance(pdq, str) and pdq:
        quality = media.fingerprints.get("pdq_quality")
        found.append(Fact(_("Fingerprint (PDQ)"), plain(pdq, 64), code=True))
        if isinstance(quality, int):
            found.append(Fact(_("Fingerprint quality"), _("{quality} of 100").format(quality=quality)))
    return found


def _in_order(report: Report) -> list[Finding]:
    order = list(Witness)
    return sorted(report.findings, key=lambda f: order.index(f.witness))


def _picture(pictures: Mapping[str, Picture]) -> Picture | None:
    return pictures.get("thumbnail") or pictures.get("thumbnail-small")


def _entries(report: Report, pictures: Mapping[str, Picture]) -> list[Entry]:
    """What each witness that was asked says, with what detectors point at drawn over the picture."""
    layers = {layer.code: layer for layer in layers_of(report, pictures)}
    shown = _picture(pictures)
    entries = []
    for finding in _in_order(report):
        if finding.status is not Status.NOT_CHECKED:
            layer = layers.get(str(finding.witness))
            figures = [] if layer is None else detected.figures_of(layer, shown)
            entries.append(replace(_entry(finding, pictures), figures=figures))
    return entries


def _entry(finding: Finding, pictures: Mapping[str, Picture]) -> Entry:
    done = finding.status is Status.DONE
    signed = done and finding.witness is Witness.CREDENTIALS
    rests_on = [reports.rests_on(finding.source, finding.version)]
    if finding.took_ms:
        rests_on.append(formats.took(finding.took_ms))
    return Entry(
        name=findings.witness_name(finding.witness),
        status=findings.status_word(finding.status),
        said=findings.sentence(finding),
        rests_on=" · ".join(part for part in rests_on if part),
        facts=_facts_of(finding) if done else _what_to_do(finding),
        sources=_sources(finding.details, pictures) if signed else (),
        plot=detected.plot_of(detected.frames_in(finding)) if finding.witness in DETECTORS else None,
    )


def _facts_of(finding: Finding) -> list[Fact]:
    """What a finding rests on, line by line."""
    match finding.witness:
        case Witness.CREDENTIALS:
            return _signature(finding.details)
        case Witness.FACTS:
            return _file_facts(finding)
        case Witness.REGISTER:
            return _register_facts(finding)
        case Witness.REVIEWERS:
            return _rulings(finding)
        case _:
            return [Fact(*row) for row in detected.facts_of(finding)]


def _what_to_do(finding: Finding) -> list[Fact]:
    """What to do about a detector that gave no answer."""
    return [Fact(_("What to do"), estimates.advice(finding))] if finding.witness in DETECTORS else []


def _register_facts(finding: Finding) -> list[Fact]:
    """Every claim, the one relied on first, and what has to be known of the look-up."""
    found: list[Fact] = []
    for claim in register.claims(finding.details) + register.claims(finding.details, "discounted"):
        said = [register.standing(claim), *register.history(claim)]
        found.append(Fact(register.claimant(claim), " ".join(_sentence(part) for part in said)))
    likeness = register.likeness(finding.details.get("distance"))
    similar = finding.details.get("similar_sha256")
    if likeness and isinstance(similar, str):
        found += [Fact(_("Likeness"), likeness), Fact(_("Registered file"), plain(similar, 64), code=True)]
    return found + [Fact(_("Note"), note) for note in register.notes(finding)]


def _rulings(finding: Finding) -> list[Fact]:
    """The case, its rounds and votes, and what has to be known of the panel."""
    found = [Fact(label, value) for label, value in reviewers.rows(finding)]
    similar = finding.details.get("similar_sha256")
    if isinstance(similar, str):
        found.append(Fact(_("Registered file"), plain(similar, 64), code=True))
    return found + [Fact(_("Note"), note) for note in reviewers.notes(finding)]


def _sentence(said: str) -> str:
    return said if said.endswith(".") else f"{said}."


def _file_facts(finding: Finding) -> list[Fact]:
    """What the file says of itself, and what was noticed."""
    found = [Fact(label, value) for label, value in facts.rows(finding)]
    found += [Fact(_("Note"), note) for note in facts.notes(finding)]
    return found + [Fact(name, value) for name, value in facts.texts(finding)]


def _signature(details: Mapping[str, Any]) -> list[Fact]:
    """What the credentials say, line by line; nothing where there are none."""
    if details.get("integrity") not in {"intact", "changed"}:
        return []
    found = [
        Fact(_("File"), credentials.integrity(details.get("integrity"))),
        Fact(_("Signer"), _signer(details)),
        Fact(_("Time stamp"), _stamp(details)),
    ]
    signals = details.get("signals")
    if isinstance(signals, list) and signals:
        found.append(Fact(_("The signer says"), "; ".join(dict.fromkeys(credentials.signal(s) for s in signals[:24]))))
    agent = details.get("untrusted_agent")
    if isinstance(agent, str) and agent:
        found.append(Fact(_("Named program"), plain(agent, _NAME)))
    found.append(Fact(_("Coverage"), credentials.coverage(details.get("coverage"))))
    found.append(Fact(_("Identity"), credentials.identity(details.get("identity"))))
    dates = details.get("list_dates")
    if isinstance(dates, Mapping):
        found.append(Fact(_("Lists in use"), _lists(dates)))
    return found


def _signer(details: Mapping[str, Any]) -> str:
    return _("{name} · {known}").format(
        name=credentials.signer(details), known=credentials.issuer(details.get("issuer"))
    )


def _stamp(details: Mapping[str, Any]) -> str:
    if details.get("time_stamp"):
        return formats.moment(details["time_stamp"])
    return credentials.stamp(details.get("stamp"))


def _lists(dates: Mapping[str, Any]) -> str:
    named = [
        _("{list}, of {day}").format(list=credentials.list_name(name), day=formats.day(day))
        for name, day in dates.items()
    ]
    return "; ".join(named) or _("none")


def _sources(details: Mapping[str, Any], pictures: Mapping[str, Picture]) -> list[Source]:
    """The history as an indented list, this file left out, each source after what it was used for."""
    nodes = details.get("ingredients")
    if not isinstance(nodes, list) or len(nodes) < 2:
        return []
    children: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        if place and isinstance(node, Mapping) and isinstance(node.get("parent"), int):
            children.setdefault(node["parent"], []).append(place)
    found: list[Source] = []
    todo = [(place, 1) for place in reversed(children.get(0, []))]
    while todo and len(found) < _MOST_SOURCES:
        place, depth = todo.pop()
        found.append(_source(nodes[place], depth, pictures))
        todo += [(child, depth + 1) for child in reversed(children.pop(place, []))]
    return found


def _source(node: Mapping[str, Any], depth: int, pictures: Mapping[str, Picture]) -> Source:
    said = [credentials.relation(node.get("relation")), credentials.integrity(node.get("integrity"))]
    signer = node.get("untrusted_signer")
    if isinstance(signer, str) and signer:
        known = credentials.issuer(node.get("issuer"))
        said.append(_("names {signer} ({known})").format(signer=plain(signer, 60), known=known))
    if node.get("declares_ai") == "yes":
        said.append(_("says: AI-generated"))
    return Source(
        depth=depth,
        title=plain(node.get("untrusted_title") or _("without a title"), 80),
        said=" · ".join(said),
        alarming=node.get("integrity") in {"changed", "broken"},
        picture=pictures.get(str(node.get("picture") or "")),
    )


def _left_open(report: Report) -> list[tuple[str, str]]:
    """`(witnesses, why)`: the witnesses that share a reason stand together."""
    grouped: dict[str, list[Witness]] = {}
    for entry in report.not_checked:
        grouped.setdefault(findings.reason(entry.why, entry.witness), []).append(entry.witness)
    return [(findings.witness_names(witnesses), why) for why, witnesses in grouped.items()]


def _made(report: Report) -> list[str]:
    said: Iterable[str] = reports.protection(report.protection)
    return [
        _("Made by {application} on this computer. The file was not uploaded.").format(
            application=plain(report.application, 80)
        ),
        *said,
        _("Touchstone is not on the list of conforming C2PA validators."),
    ]
