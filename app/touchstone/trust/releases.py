"""Releases of public trust lists that are known by their hash, and where the official ones are published.

These are facts about files; the lists themselves are never part of the application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# C2PA conformance programme, repository c2pa-org/conformance-public, folder trust-list (seen November 2026).
_PUBLISHED = "https://raw.githubusercontent.com/c2pa-org/conformance-public/refs/heads/main/trust-list/"
OFFICIAL_URLS = (f"{_PUBLISHED}C2PA-TRUST-LIST.json", f"{_PUBLISHED}C2PA-TSA-TRUST-LIST.json")


@dataclass(frozen=True, slots=True)
class Release:
    """One published list: its slot, its dates (ISO 8601, UTC), and whether it is of time-stamp authorities."""

    slot: str
    issued: str
    next_update: str = ""
    time_stamps: bool = False


_AUGUST_2026 = Release("official", "2026-08-05T00:11:39Z", "2027-08-05T00:11:39Z")
_AUGUST_2026_TSA = Release("official", "2026-08-05T00:11:47Z", "2027-08-05T00:11:47Z", time_stamps=True)

KNOWN: Mapping[str, Release] = {
    "75cacc98b79ecac33713c7ecfb58d4a0ef383f3c1f886e7409f9e37e8664aea5": _AUGUST_2026,  # PEM
    "709555a038a78d4b001e96826313957a27771dc66ca881d408ec8cbf2e21627e": _AUGUST_2026,  # JSON
    "c688d3555f4a2f1f8d663472bbd37888ff234abdd234c25934c0f9292e4eb5c9": _AUGUST_2026_TSA,  # PEM
    "6f409f08c7c877019cb8fa54e83017bd02feee5a1851cc95d2e369ccaba1793e": _AUGUST_2026_TSA,  # JSON
    # Content Authenticity Initiative, verify site: the interim list as frozen.
    "e0ab688a23a03a995b355fef351f6a89ccbb09329b5dc9195297fbe2c7a525c5": Release("interim", "2026-01-01T00:00:00Z"),
}
