"""Findings become one answer. Pure: the same findings always weigh the same.

`weigh_rows` holds the table, `weigh_conflicts` the contradictions, `weigh_views` what both read out of findings.
Nothing is averaged, and nothing a witness fails to say counts for or against a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from touchstone.check import weigh_conflicts, weigh_rows, weigh_views
from touchstone.check.weigh_views import Evidence
from touchstone.report import Finding, Media, NotChecked, Status, Verdict, Witness

NOT_INSTALLED = "not-installed"


def weigh(findings: Sequence[Finding], media: Media) -> Verdict:
    """The answer of the first row that applies, the contradictions, and what stays open."""
    seen = weigh_views.evidence(findings, media)
    outcomes = (row(seen) for row in weigh_rows.ROWS)
    answer, headline = next(found for found in outcomes if found is not None)
    return Verdict(
        answer=answer,
        headline=headline,
        conflicts=weigh_conflicts.find(seen),
        not_checked=tuple(dict.fromkeys(_left_open(findings, seen))),
    )


def _left_open(findings: Sequence[Finding], seen: Evidence) -> Iterator[NotChecked]:
    done = {f.witness for f in findings if f.status is Status.DONE}
    for witness in Witness:
        if witness in done:
            yield from _notes(witness, seen)
            continue
        reasons = [_why(f) for f in findings if f.witness is witness] or [NOT_INSTALLED]
        yield NotChecked(witness, reasons[0])


def _why(finding: Finding) -> str:
    return weigh_views.failure_of(finding) if finding.status is Status.FAILED else finding.code


def _notes(witness: Witness, seen: Evidence) -> Iterator[NotChecked]:
    """What a witness that has done its work had to leave open all the same."""
    if witness is Witness.CREDENTIALS:
        yield from (NotChecked(witness, why) for why in _open_in_credentials(seen))
    if witness is Witness.FACTS and seen.read:
        yield NotChecked(witness, "invisible-watermarks")
    if witness is Witness.REGISTER and seen.register.stale_hours:
        yield NotChecked(witness, "mirror-stale")


def _open_in_credentials(seen: Evidence) -> Iterator[str]:
    signed = seen.credentials
    if signed.integrity == "broken" and not signed.damaged:
        yield "file-unreadable"
    if signed.integrity == "elsewhere":
        yield "remote-manifest"
    if signed.identity == "not-checked-offline":
        yield "identity-offline"
    if signed.coverage == "exclusions":
        yield "bytes-not-covered"
    if signed.integrity not in {"intact", "changed"}:
        return
    if signed.lists is not None and "official" not in signed.lists:
        yield "no-official-list"
    if signed.issuer != "revoked" and "signingCredential.ocsp.notRevoked" not in signed.codes:
        yield "revocation-offline"
