"""Fetches the official lists from where the C2PA publishes them. Runs only when the user asks for it."""

from __future__ import annotations

from collections.abc import Callable

from touchstone.trust.certificates import LARGEST, ListRefusedError, Refusal, parse
from touchstone.trust.https import fetch
from touchstone.trust.lists import Slot, TrustList, TrustStore
from touchstone.trust.releases import OFFICIAL_URLS

_SECONDS = 30.0

Fetch = Callable[[str, int, float], bytes]


def update(store: TrustStore, fetched: Fetch = fetch) -> list[TrustList]:
    """Fetch both official lists and, once both have come and are lists, put them in place.

    Raises:
        FetchError: one could not be fetched; nothing has changed.
        ListRefusedError: what came is not a list, or is older than the one in place.
        TrustError: it could not be written.
    """
    files = [(url, fetched(url, LARGEST, _SECONDS)) for url in OFFICIAL_URLS]
    for _url, data in files:
        if not parse(data).issued:
            raise ListRefusedError(Refusal.NOT_A_LIST)
    return [store.add(data, url, Slot.OFFICIAL) for url, data in files]
