"""What cases of the court come to: which of them a check tells of, and the details of the finding. Pure.

The keys are those that `check.weigh_views` describes, and these. `case` is its number, `cases` how many there are
about this very file, `flagged` and `ended` ISO 8601. `state` is open | appealable | final | unresolved | cancelled,
`phase` what the last event left it in. `ruling` of a case that is not final is the one that stands so far, "" for
none. `round` is the one whose ruling stands, else the last, `rounds` how many there were, both counted from 1.
`seats`, `human_seats` and `automated_seats` are that round's panel as it was drawn, `opened` how many seats voted,
`quorum` how many had to, `votes` seats for each choice, `human_votes` those of people. `randomness` is what its
seats were drawn by: a known source's name, else its address. `stake` is people's weight in the pool when they were
drawn, in whole units of the token. `appeal_ends` is ISO 8601. `panels` has the same of every round. `own_because`:
flagged | voted | registered | sample. `claims` are cases about texts that this very file was used with, none of
which is about the file itself, `others` other cases about the file; `disagreed` says that one of those came to the
other ruling. For a likeness `similar_sha256`, `distance`, and `disputed_alike`, how many registered files that look
like it have been before the court.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from touchstone.check.register_claims import moment
from touchstone.check.weigh_views import SEATS_AT_LEAST
from touchstone.registry.case_stage import NO_PAUSES, Pauses, blank_round
from touchstone.registry.court_types import Phase, Ruling

if TYPE_CHECKING:
    from touchstone.registry.court_types import CaseEntry, RoundEntry

MOST = 20  # other cases, and claims, that are listed
# People's weight has to be this many times what people's seats of the panel lock: half of such a pool, which holds its
# panels, costs fifty panels. A choice, and not a result.
WELL_STAKED = 100
_LONGEST = 1024  # characters of a claim
_RULINGS = {
    Ruling.CANNOT_TELL: "cannot-tell",
    Ruling.NOT_ALTERED: "not-altered",
    Ruling.EDITED: "altered",
    Ruling.SYNTHETIC: "generated",
    Ruling.ALTERED: "altered",
    Ruling.UNRESOLVED: "unresolved",
}
_BALLOTS = ("cannot-tell", "not-altered", "altered", "generated")  # by `Ballot`
_STATES = {Phase.FINAL: "final", Phase.CANCELLED: "cancelled", Phase.APPEALABLE: "appealable"}
_DECISIVE = frozenset({"altered", "generated", "not-altered"})


@dataclass(frozen=True, slots=True)
class Around:
    """What this computer knows beside the cases.

    `addresses` are its own, lower-case hex with 0x; `sources` names sources of randomness by address (lower-case hex);
    `gated` is whether not everybody may join the pool; `registered` and `sample` whether this user registered the file
    that is checked, and whether it was made here.
    """

    practice: bool = False
    addresses: Collection[str] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    gated: bool = False
    registered: bool = False
    sample: bool = False
    pauses: Pauses = NO_PAUSES


@dataclass(frozen=True, slots=True)
class Similar:
    """Cases about a registered file that looks like the one that is checked."""

    sha256: str
    distance: int
    cases: Sequence[CaseEntry]


def chosen(cases: Sequence[CaseEntry]) -> CaseEntry | None:
    """The case about a file itself that is told of; None where there is none.

    A final ruling that it is altered, or is not: of several that of the largest panel, the last of these, so that no
    small panel undoes what a large one said. Without one the case that is open, then the last that came to an end.
    """
    about = [case for case in cases if not case.claim]

    def order(case: CaseEntry) -> tuple[int, int, int]:
        if state(case) == "final" and ruling(case) in _DECISIVE:
            return 2, deciding(case).panel, case.id
        return (0 if case.phase in {Phase.FINAL, Phase.CANCELLED} else 1), 0, case.id

    return max(about, key=order, default=None)


def found(cases: Sequence[CaseEntry], around: Around, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The details about this very file, of which there is a case at least."""
    main = chosen(cases)
    claims = [case for case in cases if case.claim]
    told = main or max(claims, key=lambda case: case.id)
    details = {"match": "exact", "claim": "file" if main else "context", "cases": len(cases), **facts}
    details |= _of(told, around)
    others = [case for case in cases if not case.claim and case is not told]
    if others:
        details["others"] = [_brief(case) for case in others[:MOST]]
        details["disagreed"] = any(_differs(told, other) for other in others)
    if claims:
        details["claims"] = [_brief(case) | _text(case) for case in claims[:MOST]]
    return details


def alike(similar: Iterable[Similar], around: Around, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The details about files that look like it; {} where none of them has been before the court."""
    known = [(one, told) for one in similar if (told := chosen(one.cases)) is not None]
    if not known:
        return {}

    def order(pair: tuple[Similar, CaseEntry]) -> tuple[bool, bool, int, int]:
        one, case = pair
        final = state(case) == "final"
        altered = final and case.ruling.altered
        return (not altered, not final, one.distance, -case.id)

    one, case = min(known, key=order)
    details = {"match": "similar", "claim": "file", "cases": len(one.cases), **facts, **_of(case, around)}
    return details | {"similar_sha256": one.sha256, "distance": one.distance, "disputed_alike": len(known)}


def state(case: CaseEntry) -> str:
    """How far a case is, in one word."""
    if case.phase is Phase.FINAL and case.ruling is Ruling.UNRESOLVED:
        return "unresolved"
    return _STATES.get(case.phase, "open")


def ruling(case: CaseEntry) -> str:
    """The ruling that stands, "" for none so far."""
    return _RULINGS.get(case.ruling, "")


def deciding(case: CaseEntry) -> RoundEntry:
    """The round whose ruling stands; without one the last that was drawn, else the one it is in."""
    by_number = {entry.number: entry for entry in case.rounds}
    if case.decided_by in by_number:
        return by_number[case.decided_by]
    drawn = [entry for entry in case.rounds if entry.panel]
    return drawn[-1] if drawn else by_number.get(case.round, blank_round(case.round))


def own(case: CaseEntry, around: Around) -> list[str]:
    """Why a case is this user's own matter: what happens on a practice ledger decides about nothing else.

    On other networks nobody asks, and a report that is passed on should not tell whose account it was.
    """
    if not around.practice:
        return []
    voters = {s.voter for entry in case.rounds for s in entry.seats if s.sealed}
    because = {
        "flagged": case.flagger in around.addresses,
        "voted": not voters.isdisjoint(around.addresses),
        "registered": around.registered,
        "sample": around.sample,
    }
    return [why for why, is_so in because.items() if is_so]


def qualified(entry: RoundEntry, case: CaseEntry, around: Around) -> bool:
    """Whether the panel behind a ruling is one to answer by.

    On a public network, of enough seats, and of a pool that not everybody may join, or with so much stake that half of
    it is dear.
    """
    if around.practice or entry.panel < SEATS_AT_LEAST or entry.panel == entry.panel_automated:
        return False
    locked = (entry.panel - entry.panel_automated) * case.parameters.seat_lock
    return around.gated or (locked > 0 and entry.stake >= WELL_STAKED * locked)


def params(details: Mapping[str, Any]) -> dict[str, Any]:
    """What a finding's code does not say, and a comparison of two reports has to notice."""
    told = ("case", "claim", "ruling", "round", "seats", "similar_sha256", "disagreed")
    return {key: details[key] for key in told if details.get(key)}


def code(details: Mapping[str, Any]) -> str:
    """The code of the finding; with the ruling where that is final and more than a note."""
    if details["match"] == "similar":
        return "similar"
    if details["claim"] == "context":
        return "context"
    decides = details["qualified"] or (details["practice"] and details["own"] and details["seats"] >= SEATS_AT_LEAST)
    if details["state"] == "final" and decides and details["human_seats"]:
        return f"final-{details['ruling']}"
    return str(details["state"])


def _of(case: CaseEntry, around: Around) -> dict[str, Any]:
    entry = deciding(case)
    because = own(case, around)
    details = {
        "case": case.id,
        "state": state(case),
        "ruling": ruling(case),
        "qualified": state(case) == "final" and qualified(entry, case, around),
        "phase": case.phase.name.lower().replace("_", "-"),
        "rounds": len(case.rounds),
        **_panel(entry, around),
        "panels": [_panel(one, around) | {"ruling": _RULINGS.get(one.ruling, "")} for one in case.rounds],
        "flagged": moment(around.pauses.moment(case.flagged)),
        "ended": moment(case.ended),
        "flagger": case.flagger,
        "own": bool(because),
        "own_because": because,
    }
    if state(case) == "appealable":
        details["appeal_ends"] = moment(around.pauses.moment(entry.appeal_ends))
    if case.phase is Phase.CANCELLED:
        details["reason"] = case.reason.name.lower().replace("_", "-")
    return details | (_text(case) if case.claim else {})


def _panel(entry: RoundEntry, around: Around) -> dict[str, Any]:
    people, every = entry.people, [a + b for a, b in zip(entry.people, entry.automated, strict=True)]
    return {
        "round": entry.number + 1,
        "seats": entry.panel,
        "human_seats": entry.panel - entry.panel_automated,
        "automated_seats": entry.panel_automated,
        "opened": sum(every),
        "quorum": -(-2 * entry.panel // 3),
        "votes": dict(zip(_BALLOTS, every, strict=True)),
        "human_votes": dict(zip(_BALLOTS, people, strict=True)),
        "randomness": around.sources.get(entry.randomness, entry.randomness),
        "stake": entry.stake,
    }


def _brief(case: CaseEntry) -> dict[str, Any]:
    entry = deciding(case)
    return {"case": case.id, "state": state(case), "ruling": ruling(case), "seats": entry.panel}


def _text(case: CaseEntry) -> dict[str, Any]:
    return {"untrusted_claim": case.untrusted_claim[:_LONGEST]}


def _differs(told: CaseEntry, other: CaseEntry) -> bool:
    """Whether two final rulings say the opposite of one another."""
    both = (told, other)
    if any(state(case) != "final" or ruling(case) not in _DECISIVE for case in both):
        return False
    return told.ruling.altered != other.ruling.altered
