"""Pairs of statements that cannot both be the whole truth. None of them changes the answer; all of them are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from touchstone.check.weigh_views import Evidence
from touchstone.report import Conflict, Witness

_C, _F, _G, _R = Witness.CREDENTIALS, Witness.FACTS, Witness.REGISTER, Witness.REVIEWERS
_CAPTURE_TYPES = frozenset({"digitalCapture", "computationalCapture"})

_SAME_QUESTION = frozenset({Witness.AI_IMAGE, Witness.FORENSIC})


def find(seen: Evidence) -> tuple[Conflict, ...]:
    """Every contradiction, in the order in which they are told."""
    return tuple(conflict for group in _GROUPS for conflict in group(seen))


def _signed_against_the_rest(seen: Evidence) -> Iterator[Conflict]:
    signed, facts, entry = seen.credentials, seen.facts, seen.register
    if signed.intact and not signed.declares_ai and facts.declares_ai:
        yield Conflict("signed-but-file-says-ai", (_C, _F), {"generator": facts.generator})
    if signed.intact and signed.declares_ai and facts.source_type in _CAPTURE_TYPES:
        yield Conflict("signed-ai-but-file-says-captured", (_C, _F))
    if signed.intact and facts.thumbnail == "differs":
        yield Conflict("signed-but-thumbnail-differs", (_C, _F))
    if signed.integrity == "changed" and entry.exact and not entry.withdrawn:
        yield Conflict("changed-but-registered", (_C, _G), {"untrusted_publisher": entry.publisher})
    if signed.listed and entry.exact and entry.withdrawn:
        yield Conflict("signed-but-withdrawn", (_C, _G), {"untrusted_publisher": entry.publisher})
    if signed.disagree:
        yield Conflict("manifests-disagree", (_C,))


def _ruled_against_the_rest(seen: Evidence) -> Iterator[Conflict]:
    signed, ruled, entry = seen.credentials, seen.reviewers, seen.register
    numbers = {"votes": ruled.votes, "seats": ruled.seats}
    if ruled.match == "exact" and ruled.altered:
        if signed.intact and not signed.declares_ai:
            yield Conflict("ruled-altered-but-signed", (_R, _C), numbers)
        if entry.exact and not entry.withdrawn:
            yield Conflict("ruled-altered-but-registered", (_R, _G), numbers)
    if ruled.match == "similar" and ruled.altered and signed.listed and not signed.declares_ai:
        yield Conflict("similar-altered-but-signed", (_R, _C), numbers)
    if ruled.match == "exact" and ruled.ruling == "not-altered":
        yield from _ruled_unaltered(seen)


def _ruled_unaltered(seen: Evidence) -> Iterator[Conflict]:
    signed, facts, entry = seen.credentials, seen.facts, seen.register
    numbers = {"votes": seen.reviewers.votes, "seats": seen.reviewers.seats}
    if signed.intact and signed.declares_ai:
        yield Conflict("ruled-unaltered-but-signed-ai", (_R, _C), numbers)
    if facts.declares_ai:
        yield Conflict("ruled-unaltered-but-file-says-ai", (_R, _F), numbers)
    if signed.integrity == "changed" or signed.history == "ingredient-failed":
        yield Conflict("ruled-unaltered-but-changed", (_R, _C), numbers)
    if entry.exact and entry.withdrawn:
        yield Conflict("ruled-unaltered-but-withdrawn", (_R, _G), numbers)


def _register_against_itself_and_facts(seen: Evidence) -> Iterator[Conflict]:
    entry = seen.register
    if entry.exact and entry.claims > 1:
        yield Conflict("several-claimants", (_G,), {"claims": entry.claims})
    if entry.exact and not entry.withdrawn and seen.facts.declares_ai:
        yield Conflict("registered-but-file-says-ai", (_G, _F), {"untrusted_publisher": entry.publisher})


def _recorded_against_the_rest(seen: Evidence) -> Iterator[Conflict]:
    made, entry, signed = seen.made, seen.register, seen.credentials
    if made is None:
        return
    named = {"untrusted_publisher": made.publisher}
    if signed.intact and not signed.declares_ai:
        yield Conflict("signed-but-recorded-ai", (_C, _G), named)
    if entry.exact and entry.known and not entry.withdrawn and not made.same_publisher:
        yield Conflict("registered-but-recorded-ai", (_G,), named)
    if seen.reviewers.match == "exact" and seen.reviewers.ruling == "not-altered":
        yield Conflict("ruled-unaltered-but-recorded-ai", (_R, _G), named)


def _detectors_against_the_rest(seen: Evidence) -> Iterator[Conflict]:
    signs = tuple(d.witness for d in seen.signs)
    if not signs:
        return
    signed, ruled = seen.credentials, seen.reviewers
    if signed.listed and signed.captured:
        yield Conflict("signs-but-captured", (*signs, _C))
    elif signed.listed and not signed.declares_ai:
        yield Conflict("signs-but-signed", (*signs, _C))
    if ruled.match == "exact" and ruled.ruling == "not-altered":
        yield Conflict("signs-but-ruled-unaltered", (*signs, _R))
    none = tuple(d.witness for d in seen.detectors if d.decision == "none" and d.witness in _SAME_QUESTION)
    asked_alike = tuple(w for w in signs if w in _SAME_QUESTION)
    if none and asked_alike:  # of a generated picture it is no contradiction that nothing was pasted into it
        yield Conflict("detectors-disagree", asked_alike + none)


_GROUPS: tuple[Callable[[Evidence], Iterator[Conflict]], ...] = (
    _signed_against_the_rest,
    _ruled_against_the_rest,
    _register_against_itself_and_facts,
    _recorded_against_the_rest,
    _detectors_against_the_rest,
)
