"""What this computer knows beside the register: its own addresses, and which domains vouch for their publishers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.check.register_claims import Proof
from touchstone.paths import Home

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.domain_proofs import DomainProofs
    from touchstone.registry.lookup_types import Claim

_LARGEST = 64 * 1024  # bytes; a keystore is half a kilobyte
_MOST = 1000
_ADDRESS = re.compile(r"(?:0x)?([0-9a-fA-F]{40})")


def addresses(home: Home) -> frozenset[str]:
    """The addresses of the keys of `home`, lower-case hex with 0x. No key is opened: a keystore names its address."""
    found: set[str] = set()
    try:
        files = sorted(home.keys.iterdir())[:_MOST]
    except OSError:
        return frozenset()
    for path in files:
        try:
            with path.open("rb") as file:
                said = json.loads(file.read(_LARGEST)).get("address")
        except (OSError, ValueError, AttributeError, RecursionError):
            continue
        known = _ADDRESS.fullmatch(said) if isinstance(said, str) else None
        if known is not None:
            found.add("0x" + known[1].lower())
    return frozenset(found)


def proofs(home: Home, network: Network) -> Callable[[Claim], Proof]:
    """What was found out about domains earlier and kept; nothing is asked of anybody."""

    @cache
    def kept() -> DomainProofs:
        from touchstone.registry.domain_proofs import DomainProofs

        return DomainProofs.load(home)

    def proof(claim: Claim) -> Proof:
        state = kept().state(network, claim.publisher, claim.domain, claim.controller)
        return Proof(state.is_verified, state.checked)

    return proof


def stamp(home: Home) -> tuple[int, ...]:
    """Changes when what `addresses`, `proofs` and the record of samples read does."""
    places = (home.keys, home.registers / "domains.json", home.samples / "record.json", home.samples / "practice.json")
    return tuple(_changed(path) for path in places)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
