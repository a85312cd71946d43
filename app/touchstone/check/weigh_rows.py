"""The answer table, a function for each row: the first that applies wins (ARCHITECTURE.md, "The answer")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from touchstone.check import weigh_views as views
from touchstone.check.weigh_views import Credentials, Evidence, Register, Reviewers
from touchstone.report import Answer, Message, Witness

Outcome = tuple[Answer, Message]
Row = Callable[[Evidence], Outcome | None]


def refuted(seen: Evidence) -> Outcome | None:
    """1: a qualified final ruling that this very file was altered or generated."""
    ruled = seen.reviewers
    if ruled.match == "exact" and ruled.altered and ruled.qualified:
        return Answer.REFUTED, Message(f"refuted-{ruled.ruling}", _panel(ruled))
    return None


def changed(seen: Evidence) -> Outcome | None:
    """2: not as it was signed."""
    signed = seen.credentials
    if signed.integrity == "changed":
        return Answer.DOUBTFUL, _said("changed", signed, **signed.signer)
    return None


def source_failed(seen: Evidence) -> Outcome | None:
    """2: a source inside it is not as that was signed."""
    signed = seen.credentials
    if signed.history == "ingredient-failed":
        return Answer.DOUBTFUL, _said("source-changed" if signed.source_changed else "source-failed", signed)
    return None


def withdrawn(seen: Evidence) -> Outcome | None:
    """2: the publisher who registered it, known by domain or this user's own, has withdrawn it."""
    return _withdrawal(seen.register) if seen.register.known else None


def declared_signed(seen: Evidence) -> Outcome | None:
    """3: the signer says that a model made it."""
    signed = seen.credentials
    if signed.listed and signed.declares_ai:
        extras = {"extent": signed.extent, "where": signed.where}
        return Answer.DECLARED_AI, _said("signed-ai", signed, list=signed.issuer, **signed.signer, **extras)
    return None


def upheld(seen: Evidence) -> Outcome | None:
    """4: a qualified final ruling of no manipulation."""
    ruled = seen.reviewers
    if ruled.match == "exact" and ruled.ruling == "not-altered" and ruled.qualified:
        return Answer.UPHELD, Message("upheld", _panel(ruled))
    return None


def traced(seen: Evidence) -> Outcome | None:
    """5: as it was signed, by somebody on a list."""
    signed = seen.credentials
    if not signed.listed:
        return None
    params: dict[str, Any] = {"list": signed.issuer} | signed.signer
    params |= {"time_stamp": signed.time_stamp} if signed.time_stamp else {}
    params |= {"untraceable": signed.untraceable} if signed.untraceable else {}
    return Answer.TRACED, _said("traced", signed, **params)


def withdrawn_unverified(seen: Evidence) -> Outcome | None:
    """2, below 5: nothing better to rest on than a registration that its unverified claimant has withdrawn.

    A stranger's withdrawal must not outweigh a signature, or registering and withdrawing would buy a smear.
    """
    return _withdrawal(seen.register)


def declared_recorded(seen: Evidence) -> Outcome | None:
    """3, below 5: somebody known recorded that a model made it, and nobody else who is known stands by the file."""
    made, entry = seen.made, seen.register
    if made is None or (entry.exact and entry.known and not entry.withdrawn and not made.same_publisher):
        return None
    marks = {"practice": made.practice, "own": made.own_key}
    params = {"untrusted_publisher": made.publisher, "date": made.date}
    return Answer.DECLARED_AI, Message("recorded-ai", params | {name: True for name, is_so in marks.items() if is_so})


def registered(seen: Evidence) -> Outcome | None:
    """6: a publisher has registered this very file."""
    entry = seen.register
    if not entry.exact:
        return None
    stale = {"stale_hours": entry.stale_hours} if entry.stale_hours else {}
    code = "registered" if entry.verified else "registered-unverified"
    return Answer.REGISTERED, Message(code, _entry(entry) | {"date": entry.date} | stale)


def signed_unknown(seen: Evidence) -> Outcome | None:
    """7: as it was signed, by somebody who is on no list."""
    signed = seen.credentials
    if not signed.intact:
        return None
    code = f"signed-{signed.issuer}" if signed.issuer in {"expired", "revoked"} else "signed-unknown"
    params: dict[str, Any] = {"no_lists": True} if signed.lists is not None and not signed.lists else {}
    params |= {"declares_ai": signed.extent} if signed.declares_ai else {}
    return Answer.SIGNED_UNKNOWN, Message(code, params)


def declared_unsigned(seen: Evidence) -> Outcome | None:
    """8: unsigned metadata says that a model made it."""
    if seen.facts.declares_ai:
        return Answer.DECLARED_AI, Message("file-says-ai", {"generator": seen.facts.generator})
    return None


def similar_refuted(seen: Evidence) -> Outcome | None:
    """9: it looks like a file that was ruled altered or generated."""
    ruled = seen.reviewers
    if ruled.match == "similar" and ruled.altered and ruled.qualified and ruled.quality >= views.QUALITY_AT_LEAST:
        return Answer.SIMILAR, Message(f"similar-{ruled.ruling}", _panel(ruled))
    return None


def detected(seen: Evidence) -> Outcome | None:
    """10: detectors are above their joint limit."""
    if not seen.signs:
        return None
    kinds = {_KIND_OF_SIGN.get(d.witness, "generation") for d in seen.signs}
    kind = kinds.pop() if len(kinds) == 1 else "both"
    return Answer.DOUBTFUL, Message("detectors", {"kind": kind, "witnesses": [str(d.witness) for d in seen.signs]})


def similar_registered(seen: Evidence) -> Outcome | None:
    """11: it looks like a registered file."""
    entry = seen.register
    if entry.match == "similar" and not entry.withdrawn and entry.quality >= views.QUALITY_AT_LEAST:
        code = "similar-registered" if entry.verified else "similar-registered-unverified"
        return Answer.SIMILAR, Message(code, _entry(entry))
    return None


def unreadable(seen: Evidence) -> Outcome | None:
    """12: readers tried and none could."""
    why = views.reader_failure(seen)
    return (Answer.UNREADABLE, Message("unreadable", why)) if why else None


def no_proof(seen: Evidence) -> Outcome:
    """13: everything else."""
    if seen.credentials.damaged:
        return Answer.NO_PROOF, Message("no-proof-broken")
    return Answer.NO_PROOF, Message("no-proof-elsewhere" if seen.credentials.integrity == "elsewhere" else "no-proof")


ROWS: tuple[Row, ...] = (
    refuted,
    changed,
    source_failed,
    withdrawn,
    declared_signed,
    upheld,
    traced,
    withdrawn_unverified,
    declared_recorded,
    registered,
    signed_unknown,
    declared_unsigned,
    similar_refuted,
    detected,
    similar_registered,
    unreadable,
    no_proof,
)

_KIND_OF_SIGN = {Witness.FACE: "manipulation", Witness.SPLICE: "manipulation"}


def _said(code: str, signed: Credentials, /, **params: Any) -> Message:
    return Message(code, params | signed.mark)


def _withdrawal(entry: Register) -> Outcome | None:
    if not entry.exact or not entry.withdrawn:
        return None
    code = "withdrawn" if entry.verified else "withdrawn-unverified"
    return Answer.DOUBTFUL, Message(code, _entry(entry) | {"date": entry.withdrawn_date})


def _panel(ruled: Reviewers) -> dict[str, Any]:
    return {"votes": ruled.votes, "seats": ruled.seats} | ({"practice": True} if ruled.practice else {})


def _entry(entry: Register) -> dict[str, Any]:
    marks = {"practice": entry.practice, "own": entry.own_key}
    return {"untrusted_publisher": entry.publisher} | {name: True for name, is_so in marks.items() if is_so}
