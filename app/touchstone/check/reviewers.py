"""The reviewers witness: has anyone disputed exactly this file, or one that looks like it, and what came of it?

It asks the mirror that the register witness has open, on the same thread and under the same rules: no socket, the
network in use, consent. Most files are in no case; of such a file one question is asked and nothing more is loaded.

Likenesses are looked for among registered files, whose fingerprints the mirror has; the court keeps none of its own. A
file that was disputed and never registered is found by its SHA-256 alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from touchstone.check.register import NotAskedError, Ready, RegisterQuestion, RegisterWitness
from touchstone.check.weigh_views import QUALITY_AT_LEAST
from touchstone.report import Finding, Kind, Status, Witness

if TYPE_CHECKING:
    from touchstone.check.reviewers_rulings import Around
    from touchstone.registry.case_lookup import Cases

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
    if not known.here and (not known.anywhere or not _comparable(kind, fingerprints)):
        return nothing
    from touchstone.registry.case_lookup import Cases

    cases = Cases(ready.home, network, ready.register.mirror)
    around = _around(ready, cases, sha256, registered)
    if known.here:
        from touchstone.check import reviewers_rulings as rulings

        entries = [cases.get(case.id) or case for case in cases.about(sha256)[: rulings.MOST]]
        return rulings.found(entries, around, ready.facts())
    return _alike(ready, cases, around, fingerprints) or nothing


def _alike(ready: Ready, cases: Cases, around: Around, fingerprints: Mapping[str, Any]) -> dict[str, Any]:
    from touchstone.check import reviewers_rulings as rulings
    from touchstone.check.register import alike

    similar = []
    for one in alike(ready.register, fingerprints):
        about = cases.about(one.sha256)
        if about:
            similar.append(rulings.Similar(one.sha256, one.distance, about[: rulings.MOST]))
    details = rulings.alike(similar, around, ready.facts())
    return details | {"quality": _quality(fingerprints)} if details else {}


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


def _comparable(kind: Kind, fingerprints: Mapping[str, Any]) -> bool:
    return kind in {Kind.IMAGE, Kind.VIDEO} and _quality(fingerprints) >= QUALITY_AT_LEAST


def _quality(fingerprints: Mapping[str, Any]) -> int:
    from touchstone.check.register import quality

    return quality(fingerprints) or 0
