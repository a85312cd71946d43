"""What a report says to whoever votes without eyes: simulated reviewers, and automated ones.

Pure. A person weighs more than this, and should.
"""

from __future__ import annotations

from collections.abc import Iterable

from touchstone.court.practice_judging import Seen
from touchstone.report import DETECTORS, Answer, Finding, Report, Status, Witness

SIGNS, NONE = "signs", "none"
_GENERATION = frozenset({Witness.AI_IMAGE, Witness.VIDEO, Witness.VOICE})


def of_file(report: Report) -> Seen:
    """What there is to be seen of a file by itself: credentials and register before what detectors estimate."""
    plain = plainly(report)
    if plain is not None:
        return plain
    return Seen.UNALTERED if is_vouched(report) else of_detectors(report.findings)


def plainly(report: Report) -> Seen | None:
    """What is not estimated: that it cannot be read, was changed, or that a model made it; None for none of these."""
    if not report.media.sha256 or report.answer is Answer.UNREADABLE:
        return Seen.ABSENT
    signed, facts = _details(report, Witness.CREDENTIALS), _details(report, Witness.FACTS)
    if signed.get("integrity") == "changed" or signed.get("history") == "ingredient-failed":
        return Seen.EDITED
    if "yes" in {signed.get("declares_ai"), facts.get("declares_ai")}:
        return Seen.GENERATED
    if any(claim.get("revoked_reason") == "manipulated" for claim in _claims(report)):
        return Seen.EDITED
    return None


def is_vouched(report: Report) -> bool:
    """Whether somebody signed or registered exactly this file, and stands by it."""
    signed = _details(report, Witness.CREDENTIALS)
    if signed.get("integrity") == "changed" or signed.get("history") == "ingredient-failed":
        return False
    if signed.get("integrity") == "intact":
        return True
    register = _details(report, Witness.REGISTER)
    return register.get("match") == "exact" and not any(claim.get("revoked") for claim in _claims(report))


def of_detectors(findings: Iterable[Finding]) -> Seen:
    """What detectors found: signs, or nothing that they would say."""
    signs = [f.witness for f in findings if f.witness in DETECTORS and f.details.get("decision") == SIGNS]
    if not signs:
        return Seen.NOTHING
    return Seen.GENERATED if _GENERATION.intersection(signs) else Seen.EDITED


def of_model(report: Report, manifest: str) -> Seen:
    """What one model says of a file, by the hash of its manifest; NOTHING where it, or another, cannot say.

    That it found nothing counts where no other detector found signs.
    """
    own = next((f for f in report.findings if f.details.get("manifest_sha256") == manifest), None)
    if own is None or own.status is not Status.DONE:
        return Seen.NOTHING
    if own.details.get("decision") == SIGNS:
        return of_detectors([own])
    if own.details.get("decision") == NONE and of_detectors(report.findings) is Seen.NOTHING:
        return Seen.UNALTERED
    return Seen.NOTHING


def _details(report: Report, witness: Witness) -> dict[str, object]:
    found = report.finding(witness)
    return {} if found is None or found.status is not Status.DONE else dict(found.details)


def _claims(report: Report) -> list[dict[str, object]]:
    claims = _details(report, Witness.REGISTER).get("claims")
    match = _details(report, Witness.REGISTER).get("match")
    return [one for one in claims if isinstance(one, dict)] if isinstance(claims, list) and match == "exact" else []
