"""What a detector estimates, in words: never without its error rate, and never a percentage alone."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.report import Finding, Witness
from touchstone.texts import _, formats


def sentence(finding: Finding) -> str:
    """Two sentences for a finding of a detector: what it sees, and how often it is wrong."""
    details = finding.details
    decision = details.get("decision")
    if decision == "signs":
        said = _signs(finding.witness)
    elif decision == "none":
        said = _("No signs found. That does not show that there are none.")
    else:
        why = _undecided().get(str(details.get("reason")), _("it cannot tell"))
        said = _("Inconclusive: {why}.").format(why=why)
    return _("{finding} {rate}").format(finding=said, rate=_rate(details.get("error_rate")))


def _signs(witness: Witness) -> str:
    if witness is Witness.FACE:
        return _("It sees signs that a face was replaced or changed.")
    if witness is Witness.SPLICE:
        return _("It sees signs that parts were put in or copied.")
    if witness is Witness.VOICE:
        return _("It sees signs that the voice was synthesised.")
    return _("It sees signs of generation.")


def _rate(rates: object) -> str:
    rate = rates.get("false_alarms") if isinstance(rates, Mapping) else None
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        return _("How often it is wrong has not been measured.")
    return _("At this limit {rate} camera photos are flagged.").format(rate=formats.in_hundred(rate))


def _undecided() -> Mapping[str, str]:
    return {
        "too-small": _("the picture is too small"),
        "recompressed": _("the picture was compressed too heavily"),
        "disagree": _("its own measurements disagree"),
        "unfamiliar": _("the picture is unlike those it was measured on"),
        "drawing": _("this is a drawing or a screenshot, not a photograph"),
    }
