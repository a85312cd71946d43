"""`touchstone lookup`: what the register holds about a file. Only the copy on this computer is asked."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.cli import confirm
from touchstone.cli.output import complain
from touchstone.paths import Home
from touchstone.texts import _, failures, lookup, mirror, register
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.check.register_claims import Proof
    from touchstone.registry.lookup import Claim, MirrorState, Register, Similar

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_QUALITY = 50  # of a fingerprint, below which anything looks like anything


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("what", metavar="FILE|SHA256", help=_("a file, or the SHA-256 of one"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Look it up; 1 where that is not possible, whatever is found."""
    from touchstone.chain.errors import ChainError
    from touchstone.check.opening import OpenError
    from touchstone.store.database import StoreError

    try:
        network = confirm.network(arguments, home)
        sha256, fingerprints = _subject(arguments.what, home)
        return _look(arguments, home, network, (sha256, fingerprints))
    except ChainError as error:
        return confirm.failed(error)
    except OpenError as error:
        return complain(_("{file}: {why}").format(file=plain(arguments.what), why=failures.reason(error.failure)))
    except StoreError as error:
        return complain(mirror.unreadable(error.code))


def _subject(what: str, home: Home) -> tuple[str, Mapping[str, Any] | None]:
    """The SHA-256 of what was named, and the fingerprints of a file; None where only a hash was given."""
    path = Path(what)
    if _SHA256.fullmatch(what) and not path.exists():
        return what.lower(), None
    from touchstone.check.opening import OpenedFile

    with OpenedFile(path) as opened:
        return opened.sha256(), _fingerprints(opened, home)


def _fingerprints(opened: Any, home: Home) -> Mapping[str, Any]:
    from touchstone import settings
    from touchstone.check.sandbox import Limits, WorkerError
    from touchstone.check.witnesses import PixelsWitness

    chosen = settings.load(home)
    limits = Limits(wall_seconds=chosen.wall_seconds, memory_bytes=chosen.memory_mb * 1024**2)
    witness = PixelsWitness()
    try:
        return witness.fingerprints(opened, limits, None)
    except WorkerError:
        return {}  # it has no picture that could be read
    finally:
        witness.pool.close()


def _look(
    arguments: argparse.Namespace, home: Home, network: Network, subject: tuple[str, Mapping[str, Any] | None]
) -> int:
    from touchstone.registry.lookup import Register

    if network.practice:
        from touchstone.registry.mirror import sync

        sync(home, network)
    register = Register(home, network)
    try:
        state = register.state()
        if not network.practice and not state.synced_at:
            return complain(_("There is no copy of that register yet. `touchstone index sync` makes one."))
        sha256, fingerprints = subject
        claims, similar = register.exact(sha256), _similar(register, sha256, fingerprints or {})
    finally:
        register.close()
    if arguments.json:
        print(json.dumps(_document(sha256, state, claims, similar), indent=2))
    else:
        _print(home, network, claims, similar, hash_only=fingerprints is None)
    return 0


def _similar(register: Register, sha256: str, fingerprints: Mapping[str, Any]) -> Sequence[Similar]:
    """Other files that look like it."""
    found: Sequence[Similar] = ()
    if fingerprints.get("pdq_quality", 0) >= _QUALITY:
        found = register.similar(fingerprints["pdq_orientations"])
    frames = [frame for frame in fingerprints.get("pdq_frames", ()) if frame["quality"] >= _QUALITY]
    if frames:
        found = register.similar_video([frame["pdq_orientations"] for frame in frames])
    return [one for one in found if one.sha256 != sha256]


def _document(sha256: str, state: MirrorState, claims: Sequence[Claim], similar: Sequence[Similar]) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "network": state.network,
        "synced_block": state.synced_block if state.synced_at else None,
        "synced_at": state.synced_at or None,
        "missing_files": state.missing_files,
        "claims": [_as_data(claim) for claim in claims],
        "similar": [
            {
                "sha256": one.sha256,
                "distance": one.distance,
                "orientation": one.orientation,
                "votes": one.votes,
                "claims": [_as_data(claim) for claim in one.claims],
            }
            for one in similar
        ],
    }


def _as_data(claim: Claim) -> dict[str, Any]:
    untrusted = {"name", "domain", "uri"}
    return {f"untrusted_{key}" if key in untrusted else key: v for key, v in dataclasses.asdict(claim).items()}


def _print(
    home: Home, network: Network, claims: Sequence[Claim], similar: Sequence[Similar], *, hash_only: bool
) -> None:
    from touchstone.check.register_home import proofs

    proof = proofs(home, network)
    for claim in claims:
        _print_claim(claim, proof, "")
    if similar:
        print(_("These look like it, and are not the same file:"))
    for one in similar:
        print(f"  {lookup.alike(one)}")
        for claim in one.claims:
            _print_claim(claim, proof, "    ")
    if not claims and not similar:
        print(lookup.nothing_exact() if hash_only else lookup.nothing())
    if network.practice and (claims or similar):
        print(_("This is the practice ledger on your own computer: nobody else can see it."))
    if network.shared and (claims or similar):
        print(register.shared_practice(plain(network.name, 40)))


def _print_claim(claim: Claim, proof: Callable[[Claim], Proof], indent: str) -> None:
    first, *more = lookup.claim(claim, verified=proof(claim).verified)
    print(f"{indent}{first}")
    for line in more:
        print(f"{indent}  {line}")
