"""Fetches credentials that a file says are kept elsewhere: only when the user asks, for one file, from a named host."""

from __future__ import annotations

from urllib.parse import urlsplit

from touchstone.report import Report, Witness
from touchstone.trust import https
from touchstone.trust.https import FetchError as RemoteError
from touchstone.trust.https import FetchFailure

__all__ = ["FetchFailure", "RemoteError", "address", "fetch", "host"]

LIMIT = 32 * 1024 * 1024
_SECONDS = 30.0


def host(address: str) -> str:
    """The host that a fetch would ask, as the file names it; empty where the address names none. Untrusted."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def fetch(address: str, limit: int = LIMIT, timeout: float = _SECONDS) -> bytes:
    """The manifest store at an https address; the answer is untrusted and goes to a worker as it is.

    Raises:
        RemoteError: nothing was fetched, and why.
    """
    return https.fetch(address, limit, timeout)


def address(report: Report) -> str:
    """Where a file says that its credentials are kept; empty where it does not say so. Untrusted."""
    finding = report.finding(Witness.CREDENTIALS)
    details = finding.details if finding is not None else {}
    return str(details.get("untrusted_remote", "")) if details.get("integrity") == "elsewhere" else ""
