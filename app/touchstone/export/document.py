"""A report as a JSON document, with its sentences; its canonical bytes and their hash.

The document is `resources/schema/report-1.json`. Its canonical form follows RFC 8785 in what matters here: keys sorted,
no white space. It differs in two points, so that any JSON library of Python gives it again: numbers stand as Python
writes them, and every character outside ASCII is escaped, so that nothing in the text can hide or turn around. A saved
`.json` file holds exactly these bytes, and its own SHA-256 is the hash that the other forms of a report carry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from touchstone.report import Finding, Report, Witness, to_dict
from touchstone.texts import answers, findings


def for_others(report: Report) -> Report:
    """The report as others read it: "you" would be whoever reads, so nothing is said to be registered by you."""
    headline = replace(report.headline, params={k: v for k, v in report.headline.params.items() if k != "own"})
    return replace(report, headline=headline, findings=tuple(map(_not_own, report.findings)))


def _not_own(finding: Finding) -> Finding:
    details = finding.details
    if finding.witness is not Witness.REGISTER or not details.get("own_key"):
        return finding
    claims = [{**claim, "own_key": False} for claim in details.get("claims") or () if isinstance(claim, Mapping)]
    return replace(finding, details={**details, "own_key": False, "claims": claims})


def to_document(report: Report) -> dict[str, Any]:
    """The report as JSON-ready data, each code with its sentence in the user's language beside it."""
    plain, report = to_dict(report), for_others(report)
    for entry, finding in zip(plain["findings"], report.findings, strict=True):
        entry["text"] = findings.sentence(finding)
    for entry, conflict in zip(plain["conflicts"], report.conflicts, strict=True):
        entry["text"] = answers.conflict(conflict)
    for entry, left_open in zip(plain["not_checked"], report.not_checked, strict=True):
        entry["text"] = findings.left_open(left_open)
    first = ("schema", "created", "application", "media", "answer", "headline")
    ordered = {key: plain.pop(key) for key in first}
    return ordered | {"headline_text": answers.headline(report.headline)} | plain


def canonical(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a document.

    Raises:
        ValueError: it holds a number that JSON cannot.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def digest(document: Mapping[str, Any]) -> str:
    """Lower-case hex SHA-256 of a document's canonical bytes."""
    return hashlib.sha256(canonical(document)).hexdigest()
