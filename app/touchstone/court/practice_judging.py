"""How simulated reviewers behave: what they make of what is there, and how often they are wrong, hasty or late.

Pure, and the same whenever it is asked: what somebody does about a file in a round follows from the file's hash, so
that nobody changes their mind between sealing and opening, in whatever process. Of a temper with a rate of 5 % each
errs about 5 files of 100, and never all of them about the same one: their turns are spread evenly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from touchstone.chain.ledger_simulated import AUTOMATED, PEOPLE
from touchstone.registry.court_types import Ballot

_ALL = 1000  # rates are in thousandths


class Seen(StrEnum):
    """What there is to be seen of a file, and of the evidence beside it."""

    EDITED = "edited"
    GENERATED = "generated"
    UNALTERED = "unaltered"  # something speaks for it
    NOTHING = "nothing"  # looked at, and nothing found
    ABSENT = "absent"  # there was nothing to look at


@dataclass(frozen=True, slots=True)
class Temper:
    """How some are: how often wrong, how often they follow the flag unseen or do not open, in 1/1000."""

    name: str
    people: range  # their numbers
    error: int
    follows: int = 0
    misses: int = 0


TEMPERS = (
    Temper("careful", range(1, 17), error=50),
    Temper("average", range(17, 23), error=150, misses=20),
    Temper("hasty", range(23, PEOPLE + 1), error=150, follows=300, misses=50),
)
MACHINES = Temper("automated", range(PEOPLE + 1, PEOPLE + AUTOMATED + 1), error=0)

_TRUTH = {
    Seen.EDITED: Ballot.EDITED,
    Seen.GENERATED: Ballot.SYNTHETIC,
    Seen.UNALTERED: Ballot.NOT_ALTERED,
    Seen.NOTHING: Ballot.NOT_ALTERED,
    Seen.ABSENT: Ballot.CANNOT_TELL,
}


def temper(number: int) -> Temper:
    """How the reviewer with that number, from 1, is."""
    return next((one for one in TEMPERS if number in one.people), MACHINES)


def ballot(number: int, about: str, seen: Seen, flagged: str, *, claim: bool = False) -> Ballot:
    """What a simulated person says.

    `about` names file, claim and round; `flagged` is what the flag says: altered, generated, edited, context or
    not-altered. Of a claim nothing can be seen in the file: only who follows the flag says anything.
    """
    kind = temper(number)
    if kind.follows and _lot(kind, number, about, "follow") < kind.follows:
        return _followed(flagged, claim=claim)
    said = Ballot.CANNOT_TELL if claim else _TRUTH[seen]
    if said is Ballot.CANNOT_TELL or not errs(number, about):
        return said
    return Ballot.EDITED if said is Ballot.NOT_ALTERED else Ballot.NOT_ALTERED


def automated_ballot(seen: Seen, *, claim: bool = False) -> Ballot:
    """What a simulated automated reviewer says, of what its own detectors found: nothing found is no vote."""
    if claim or seen in {Seen.NOTHING, Seen.ABSENT}:
        return Ballot.CANNOT_TELL
    return _TRUTH[seen]


def errs(number: int, about: str) -> bool:
    """Whether a simulated person is wrong about something that can be told."""
    kind = temper(number)
    return _lot(kind, number, about, "err") < kind.error


def opens(number: int, about: str) -> bool:
    """Whether a simulated reviewer opens its vote in time."""
    kind = temper(number)
    return _lot(kind, number, about, "miss") >= kind.misses


def about(media: str, claim: str, round_: int) -> str:
    """What names file, claim and round."""
    return f"{media} {claim} {round_}"


def _followed(flagged: str, *, claim: bool) -> Ballot:
    if flagged == "not-altered":
        return Ballot.NOT_ALTERED
    return Ballot.SYNTHETIC if flagged == "generated" and not claim else Ballot.EDITED


def _lot(kind: Temper, number: int, about: str, what: str) -> int:
    """From 0 to 999, as likely each; those of a temper are as far from one another as can be."""
    digest = hashlib.sha256(f"touchstone simulated reviewers: {what} {about}".encode()).digest()
    start = int.from_bytes(digest[:8], "big") % _ALL
    return (start + (number - kind.people.start) * _ALL // len(kind.people)) % _ALL
