"""The hands of a publishing job: files are read, measured and signed in the closed processes that a check uses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchstone.chain.network import Network
from touchstone.check.opening import OpenedFile, OpenError
from touchstone.check.run import Checker
from touchstone.check.signing import FileSigner, SignError, SignFailure, Source, Statement
from touchstone.check.signing_keys import Identity
from touchstone.paths import Home
from touchstone.registry.job_types import NotSignedError, Order, Seen, SignedCopy
from touchstone.registry.lookup import Register
from touchstone.registry.media import KINDS
from touchstone.report import Finding, Report, Status, Witness

QUALITY = 50  # of a fingerprint, below which it is shared by too many pictures to say anything
# Why a file that was not signed can be registered as it is all the same.
_FIT = frozenset({SignFailure.FORMAT, SignFailure.REMOTE})


def registration_of(network: Network, publisher: int) -> dict[str, Any]:
    """What credentials say about where a file is registered: the chain (CAIP-2), the registry, and the publisher."""
    return {"chain": f"eip155:{network.chain_id}", "registry": network.media, "publisher": publisher}


class PublishHands:
    """Hands for jobs of one network. `identity` signs, where anything is to be signed; `stamps` is a time-stamp server.

    `checker` is closed by whoever gave it; one that was made here is closed with this.
    """

    def __init__(
        self,
        home: Home,
        network: Network,
        publisher: int,
        *,
        identity: Identity | None = None,
        stamps: str = "",
        checker: Checker | None = None,
    ) -> None:
        self._own = None if checker is not None else Checker(home)
        self._checker = checker or self._own or Checker(home)
        self._signer = None if identity is None else FileSigner(home, identity, stamps)
        self._register = Register(home, network)
        self._registration = registration_of(network, publisher)

    def close(self) -> None:
        """End the worker processes that were started here."""
        self._register.close()
        if self._signer is not None:
            self._signer.close()
        if self._own is not None:
            self._own.close()

    def look(self, path: Path, publisher: int, cancel: threading.Event | None) -> Seen:
        """As in `Hands`."""
        report = self._checker.check(path, cancel=cancel, pictures=False).report
        if not report.media.sha256:
            return Seen(problem=_problem(report))
        claims = self._register.exact(report.media.sha256)
        standing = [claim for claim in claims if not claim.revoked]
        return Seen(
            sha256=report.media.sha256,
            kind=KINDS[report.media.kind],
            pdqs=fingerprints(report),
            credentials=_integrity(report.finding(Witness.CREDENTIALS)),
            own=any(claim.publisher == publisher for claim in standing),
            others=len({claim.publisher for claim in standing} - {publisher}),
        )

    def sign(
        self,
        source: Path,
        target: Path,
        order: Order,
        before: Callable[[SignedCopy], None],
        cancel: threading.Event | None,
    ) -> None:
        """As in `Hands`."""
        if self._signer is None:
            raise NotSignedError("no-identity", fit=False)
        statement = Statement(source.name, Source(order.source or Source.UNSTATED), self._registration)
        try:
            self._signer.sign(
                source,
                target,
                statement,
                cancel=cancel,
                before=lambda signed: before(SignedCopy(signed.sha256, signed.manifest)),
            )
        except SignError as error:
            raise NotSignedError(str(error.failure), fit=error.failure in _FIT) from error
        except OpenError as error:
            raise NotSignedError(str(error.failure), fit=False) from error

    def sha256(self, path: Path) -> str:
        """As in `Hands`."""
        with contextlib.suppress(OpenError), OpenedFile(path) as opened:
            return opened.sha256()
        return ""


def fingerprints(report: Report) -> tuple[str, ...]:
    """PDQ fingerprints that say something: that of a picture, or those of a clip's frames, the best first."""
    found = report.media.fingerprints
    frames = found.get("pdq_frames")
    if isinstance(frames, list):
        good = [frame for frame in frames if frame["quality"] >= QUALITY]
        return tuple(dict.fromkeys(frame["pdq"] for frame in sorted(good, key=lambda f: -f["quality"])))
    quality, one = found.get("pdq_quality"), found.get("pdq")
    return (one,) if isinstance(one, str) and isinstance(quality, int) and quality >= QUALITY else ()


def _integrity(finding: Finding | None) -> str:
    if finding is None or finding.status is not Status.DONE:
        return "unknown"
    return str(finding.details.get("integrity", "unknown"))


def _problem(report: Report) -> str:
    return next((f.code for f in report.findings if f.status is Status.FAILED), "unreadable")
