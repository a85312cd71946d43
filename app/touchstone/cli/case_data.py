"""A case as `--json` shows it. Amounts come as decimal strings and in whole units, moments in unix seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from touchstone.cli.case_shared import money
from touchstone.registry.court_types import Ballot, CaseEntry, EvidenceEntry, RoundEntry, SeatEntry

if TYPE_CHECKING:
    from touchstone.registry.case_stage import Stage


def named(value: Any) -> str | None:
    """The name of a phase, ballot, ruling or reason as it is written: `not-altered`; None for none."""
    name: str = value.name.lower().replace("_", "-")
    return None if name == "none" else name


def case(entry: CaseEntry, where: Stage) -> dict[str, Any]:
    """A case without its rounds."""
    return {
        "case": entry.id,
        "media": entry.media,
        "claim": entry.claim or None,
        "untrusted_claim": entry.untrusted_claim,
        "flagger": entry.flagger,
        "publisher": entry.publisher or None,
        "untrusted_publisher": entry.publisher_name,
        "phase": named(where.phase),
        "begins": where.begins or None,
        "ends": where.ends or None,
        "next": str(where.next),
        "round": entry.round,
        "ruling": named(entry.ruling),
        "decided_by": entry.decided_by if named(entry.ruling) else None,
        "cancelled": named(entry.reason),
        "bounty": money(entry.bounty),
        "bond": money(entry.bond),
        "evidence": entry.evidence,
        "untrusted_uri": entry.uri,
        "flagged": entry.flagged,
        "ended": entry.ended or None,
        "transaction": entry.tx,
    }


def details(entry: CaseEntry) -> dict[str, Any]:
    """What `show` has beside that."""
    rules = entry.parameters
    return {
        "rules": {
            "number": rules.number,
            "seats": list(rules.seats),
            "seat_lock": money(rules.seat_lock),
            "automated_lock": money(rules.automated_lock),
            "seat_fee": money(rules.seat_fee),
            "slash_bps": rules.slash_bps,
            "evidence_time": rules.evidence_time,
            "commit_time": rules.commit_time,
            "reveal_time": rules.reveal_time,
            "appeal_time": rules.appeal_time,
            "randomness": rules.randomness,
        },
        "pot": money(entry.pot),
        "share": money(entry.share),
        "rounds": [_round(one) for one in entry.rounds],
    }


def evidence(entries: Sequence[EvidenceEntry]) -> list[dict[str, Any]]:
    """Items as the register has them."""
    return [
        {
            "item": one.item,
            "sender": one.sender,
            "untrusted_uri": one.uri,
            "time": one.time,
            "publisher": one.publisher or None,
            "counter_bond": money(one.counter_bond) if one.counter_bond else None,
            "transaction": one.tx,
        }
        for one in entries
    ]


def _round(entry: RoundEntry) -> dict[str, Any]:
    return {
        "round": entry.number,
        "randomness": entry.randomness,
        "seats": entry.panel,
        "automated_seats": entry.panel_automated,
        "commit_starts": entry.commit_starts or None,
        "commit_ends": entry.commit_ends or None,
        "reveal_ends": entry.reveal_ends or None,
        "tallied": entry.tallied or None,
        "appeal_ends": entry.appeal_ends or None,
        "ruling": named(entry.ruling),
        "people": _votes(entry.people),
        "automated": _votes(entry.automated),
        "funded_with": money(entry.funded_with),
        "funded_against": money(entry.funded_against),
        "panel": [_seat(one) for one in entry.seats],
    }


def _votes(votes: Sequence[int]) -> dict[str, int]:
    return {str(named(ballot)): votes[ballot] for ballot in Ballot}


def _seat(entry: SeatEntry) -> dict[str, Any]:
    return {
        "voter": entry.voter,
        "automated": entry.automated,
        "family": entry.family or None,
        "seats": entry.seats,
        "locked": money(entry.locked),
        "sealed": entry.sealed or None,
        "opened": named(entry.opened) if entry.opened is not None else None,
        "leaked": entry.leaked,
        "unobtainable": entry.unobtainable,
        "why": entry.why or None,
        "untrusted_why_uri": entry.why_uri,
        "settled": entry.settled,
        "paid": money(entry.paid),
        "slashed": money(entry.slashed),
    }
