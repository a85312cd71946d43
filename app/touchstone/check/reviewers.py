"""The reviewers witness: has anyone disputed exactly this file, or one that looks like it, and what came of it?

It asks the mirror that the register witness has open, on the same thread and under the same rules: no socket, the
network in use, consent. Most files are in no case; of such a file one question is asked and nothing more is loaded.

Likenesses are looked for among registered files, whose fingerprints the mirror has; the court keeps none of its own. A
file that was disputed and never registered is found by its SHA-256 alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchstone.check.register import NotAskedError, Ready, RegisterQuestion, RegisterWitness, alike, quality
from touchstone.check.weigh_views import QUALITY_AT_LEAST
from touchstone.report import Finding, Kind, Status, Witness

if TYPE_CHECKING:
    from touchstone.check.reviewers_rulings import Around
    from touchstone.registry.case_lookup import Cases
    from touchstone.registry.court_types import CaseEntry

# On a practice ledger this stands for "nothing is there yet" as the register's own code does.
_NOTHING_YET = {"no-register": "no-cases"}


class ReviewersWitness:
    """Looks files up at the court of the network that `register` asks."""

    def __init__(self, register: RegisterWitness) -> None:
        self._register = register

    def finish(
        self,
        question: RegisterQuestion,
        subject: tuple[str, Kind, Mapping[str, Any]],
        registered: Finding,
        cancel: threading.Event | None = None,
    ) -> Finding:
        """Look a file up: SHA-256, kind, and the fields of `report.Media` that are known.

        `registered` is what the register said of the same file. Raises `Stopped` alone.
        """
        began = time.monotonic()

        def look(ready: Ready) -> Finding:
            details = _look(ready, subject, registered)
            return _finding(details, ready, began)

        return self._register.ask(question, Witness.REVIEWERS, look, cancel, _NOTHING_YET)


def _look(ready: Ready, subject: tuple[str, Kind, Mapping[str, Any]], registered: Finding) -> dict[str, Any]:
    """The details of the finding. Raises NotAskedError, and what look-ups raise."""
    sha256, kind, media = subject
    network = ready.network
    if not network.court or not network.pool:
        raise NotAskedError("no-court")
    known = ready.register.disputes(sha256)
    if known is None:
        raise NotAskedError("mirror-behind" if network.practice else "mirror-missing")
    if not known.anywhere and network.practice:
        raise NotAskedError("mirror-behind" if ready.behind else "no-cases")
    nothing = {"match": "none", **ready.facts()}
    fingerprints = media.get("fingerprints") or {}
    likenesses = [] if known.here or not known.anywhere else _disputed(ready, kind, fingerprints)
    if not known.here and not likenesses:
        return nothing
    from touchstone.registry.case_lookup import Cases

    cases = Cases(ready.home, network, ready.register.mirror)
    around = _around(ready, cases, sha256, registered)
    if known.here:
        from touchstone.check import reviewers_rulings as rulings

        return rulings.found(_with_seats(cases, cases.about(sha256)), around, ready.facts())
    details = _alike(cases, likenesses, around, ready.facts())
    return details | {"quality": quality(fingerprints)} if details else nothing


def _disputed(ready: Ready, kind: Kind, fingerprints: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Registered files that look like it and are in a case, as SHA-256 and distance, the nearest first."""
    if kind not in {Kind.IMAGE, Kind.VIDEO} or (quality(fingerprints) or 0) < QUALITY_AT_LEAST:
        return []
    found = []
    for one in alike(ready.register, fingerprints):
        known = ready.register.disputes(one.sha256)
        if known is not None and known.here:
            found.append((one.sha256, one.distance))
    return found


def _alike(cases: Cases, likenesses: list[tuple[str, int]], around: Around, facts: Mapping[str, Any]) -> dict[str, Any]:
    from touchstone.check import reviewers_rulings as rulings

    similar = [
        rulings.Similar(sha256, distance, _with_seats(cases, cases.about(sha256))) for sha256, distance in likenesses
    ]
    return rulings.alike(similar, around, facts)


def _with_seats(cases: Cases, about: Sequence[CaseEntry]) -> Sequence[CaseEntry]:
    """The cases about a file, the one that is told of with its seats: who voted there has it for an own matter."""
    from touchstone.check.reviewers_rulings import chosen

    told = chosen(about) or max(about, key=lambda case: case.id)
    whole = cases.get(told.id) or told
    return [whole if case.id == told.id else case for case in about]


def _around(ready: Ready, cases: Cases, sha256: str, registered: Finding) -> Around:
    from touchstone.chain import contracts
    from touchstone.check.reviewers_rulings import Around

    beside = ready.beside()
    sources = {contracts.address("FutureBlockHash").lower(): "future-block-hash"}
    everybody = contracts.address("Open").lower()
    rule = cases.admission()
    return Around(
        practice=ready.network.play,
        addresses=beside.addresses,
        sources=sources,
        gated=bool(rule) and rule != everybody,
        registered=registered.details.get("own_key") is True and registered.details.get("match") == "exact",
        sample=beside.samples(sha256),
        pauses=cases.pauses(),
    )


def _finding(details: dict[str, Any], ready: Ready, began: float) -> Finding:
    if details["match"] == "none":
        said, told = "none", {}
    else:
        from touchstone.check import reviewers_rulings as rulings

        said, told = rulings.code(details), rulings.params(details)
    return Finding(
        witness=Witness.REVIEWERS,
        status=Status.DONE,
        code=said,
        params=told,
        source=ready.network.name,
        version=ready.version(),
        took_ms=round((time.monotonic() - began) * 1000),
        details=details,
    )
