"""What a finding rests on, as labels and values in words. Values are plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import DETECTORS, Finding, Report, Status, Witness
from touchstone.texts import _, credentials, detectors, findings, formats, ngettext, reports
from touchstone.texts.plain import plain

Rows = list[tuple[str, str]]


def credential_rows(finding: Finding) -> Rows:
    """The fields of the credentials finding; empty where there are no credentials to speak of."""
    details = finding.details
    if details.get("integrity") in {None, "none", "elsewhere"}:
        return []
    rows = [
        (_("Signed by"), _signer(finding)),
        (_("Signer known from"), credentials.issuer(details.get("issuer"))),
        (_("Since it was signed"), credentials.integrity(details.get("integrity"))),
        (_("Time of signing"), _time(details)),
        (_("Certificate valid"), _validity(details)),
        (_("The signer says"), _signals(details)),
        (_("Made with"), plain(details.get("untrusted_agent") or "", 120)),
        (_("What is covered"), credentials.coverage(details.get("coverage"))),
        (_("Identity"), credentials.identity(details.get("identity"))),
        (_("Sources"), _sources(details)),
        (_("Second record"), _other(details)),
    ]
    return [(label, value) for label, value in rows if value]


def _signer(finding: Finding) -> str:
    details = finding.details
    if not (details.get("issuer_name") or details.get("untrusted_issuer_name")):
        return _("nobody who is named")
    name = credentials.signer(details)
    if details.get("issuer_name"):
        return name
    return _("{name}, by the certificate's own word").format(name=name)


def _time(details: Mapping[str, Any]) -> str:
    moment = details.get("time_stamp")
    if moment:
        return formats.moment(moment)
    return credentials.stamp(details.get("stamp"))


def _validity(details: Mapping[str, Any]) -> str:
    certificate = details.get("certificate")
    if not isinstance(certificate, Mapping) or not certificate.get("valid_until"):
        return ""
    return _("from {start} to {end}").format(
        start=formats.day(certificate.get("valid_from")), end=formats.day(certificate["valid_until"])
    )


def _signals(details: Mapping[str, Any]) -> str:
    codes = details.get("signals") or ()
    said = [credentials.signal(code) for code in codes] if isinstance(codes, (list, tuple)) else []
    return ", ".join(dict.fromkeys(said))


def _sources(details: Mapping[str, Any]) -> str:
    count, without = _number(details, "sources"), _number(details, "sources_without")
    if not count:
        return ""
    said = ngettext("{count} source", "{count} sources", count).format(count=formats.whole(count))
    if not without:
        return said
    lacking = ngettext(
        "{count} without credentials of its own", "{count} without credentials of their own", without
    ).format(count=formats.whole(without))
    return _("{sources}, {lacking}").format(sources=said, lacking=lacking)


def _other(details: Mapping[str, Any]) -> str:
    other = details.get("other")
    if not isinstance(other, Mapping):
        return ""
    place = _("next to the file") if other.get("from") == "sidecar" else _("inside the file")
    return _("{place}: {state}").format(place=place, state=credentials.integrity(other.get("integrity")))


def node_line(node: Mapping[str, Any], *, failed: bool) -> str:
    """What is known of a file in the history."""
    if failed and node.get("integrity") not in {"changed", "broken"}:
        return _("not what was signed")
    said = credentials.integrity(node.get("integrity"))
    if node.get("integrity") in {"intact", "changed"} and node.get("untrusted_signer"):
        said = _("{state}, signed by {name}").format(state=said, name=plain(node["untrusted_signer"], 60))
    if node.get("declares_ai") == "yes":
        said = _("{state}, says: AI-generated").format(state=said)
    return said


def node_title(node: Mapping[str, Any]) -> str:
    """What a file in the history calls itself."""
    return plain(node.get("untrusted_title") or _("a file without a name"), 80)


def failed_nodes(details: Mapping[str, Any]) -> frozenset[int]:
    """The places of those sources that are not what they were."""
    listed = details.get("failed_ingredients") or ()
    return frozenset(f.get("node", -1) for f in listed if isinstance(f, Mapping))


def nodes(details: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The tree of sources, place 0 the file itself."""
    listed = details.get("ingredients")
    return [n for n in listed if isinstance(n, Mapping)] if isinstance(listed, (list, tuple)) else []


def open_rows(report: Report) -> Rows:
    """The questions that stay open, those with the same answer together: whose they are, and why."""
    asked: dict[str, list[Witness]] = {}
    for entry in report.not_checked:
        witnesses = asked.setdefault(findings.reason(entry.why, entry.witness), [])
        if entry.witness not in witnesses:
            witnesses.append(entry.witness)
    return [(findings.witness_names(named), why[:1].upper() + why[1:]) for why, named in asked.items()]


def technical_rows(report: Report) -> Rows:
    """The versions and dates that a report rests on."""
    rows = [
        (_("Checked"), formats.moment(report.created)),
        (_("Application"), plain(report.application, 80)),
        (_("Kind"), reports.media_line(report.media)),
    ]
    for finding in report.findings:
        if finding.status is Status.DONE:
            rests = reports.rests_on(finding.source, finding.version)
            took = _("took {time}").format(time=formats.took(finding.took_ms))
            figures = [_("{label}: {value}").format(label=label, value=value) for label, value in _figures(finding)]
            rows.append((findings.witness_name(finding.witness), " · ".join(p for p in (rests, took, *figures) if p)))
    codes = _codes(report)
    return [*rows, (_("Codes"), codes)] if codes else rows


def _figures(finding: Finding) -> Rows:
    """The raw figures of a detector; nothing for other witnesses."""
    return detectors.technical(finding) if finding.witness in DETECTORS else []


def model_hashes(report: Report) -> Rows:
    """The whole hashes of the models that were run, each once."""
    found: dict[str, str] = {}
    for finding in detectors.detectors_of(report.findings):
        name, sha256 = finding.details.get("model"), finding.details.get("model_sha256")
        if isinstance(name, str) and isinstance(sha256, str) and name and sha256:
            found.setdefault(plain(sha256, 64), _("Model {name}").format(name=plain(name, 64)))
    return [(label, value) for value, label in found.items()]


def _codes(report: Report) -> str:
    for finding in report.findings:
        listed = finding.details.get("codes")
        if isinstance(listed, (list, tuple)) and listed:
            return ", ".join(plain(code, 60) for code in dict.fromkeys(listed))
    return ""


def _number(details: Mapping[str, Any], key: str) -> int:
    value = details.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
