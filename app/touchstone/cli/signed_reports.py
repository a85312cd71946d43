"""Reports signed with one's own key, and who signed one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.paths import Home
from touchstone.texts import _, publish

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.signer import Signer
    from touchstone.export.signature import Verified
    from touchstone.export.write import SignDocument


def problem(arguments: argparse.Namespace) -> str:
    """Why the report cannot be signed as the arguments are; empty where it can, or need not be."""
    if not arguments.sign_as:
        return ""
    target: Path | None = arguments.report
    if target is None or target.suffix.lower() != ".json":
        return _("Only a report in JSON can be signed: --report OUT.json")
    return ""


def signing(arguments: argparse.Namespace, home: Home) -> SignDocument | None:
    """What signs a report; None where none is to be signed.

    Raises:
        ChainError: there is no such key or network.
    """
    if not arguments.sign_as:
        return None
    from touchstone.cli import confirm
    from touchstone.export import signature

    network = confirm.network(arguments, home)
    signer = _signer(arguments, home)
    publisher = _publisher(home, network, signer.address)
    return lambda document: signature.sign(document, signer, network.chain_id, publisher)


def checked(home: Home, path: Path, most: int) -> dict[str, Any]:
    """Whether the report at `path` is signed, and by whom, as JSON-ready data with its sentence."""
    from touchstone.export import signature

    with path.open("rb") as file:
        document = json.loads(file.read(most + 1))
    found = signature.verify(document)
    who, domain = _acts_for(home, found)
    text = publish.report_signature(found.fit, found.address, who, domain)
    known = {"address": found.address or None, "publisher": who or None, "untrusted_domain": domain or None}
    return {"fit": str(found.fit), **known, "claimed_publisher": found.publisher or None, "text": text}


def _signer(arguments: argparse.Namespace, home: Home) -> Signer:
    from touchstone.chain import keystore
    from touchstone.chain.signer import open_signer
    from touchstone.cli import confirm

    key = keystore.find(home, arguments.sign_as)
    return open_signer(key, ask=lambda: confirm.password(arguments, _("Password of the key")))


def _publisher(home: Home, network: Network, address: str) -> int:
    """The only publisher that a key acts for, as far as the mirror knows; else 0."""
    from touchstone.registry import mirror, own
    from touchstone.store.database import StoreError

    try:
        if network.practice:
            mirror.sync(home, network)
        found = own.publishers(home, network, [address.lower()])
    except StoreError:
        return 0
    return found[0].number if len(found) == 1 else 0


def _acts_for(home: Home, found: Verified) -> tuple[int, str]:
    """The publisher that the signer really acts for, and its domain where that vouches for it; 0 and "" otherwise."""
    from touchstone.chain.networks import Networks
    from touchstone.registry import own
    from touchstone.registry.domain_proofs import verified
    from touchstone.store.database import StoreError

    networks: Mapping[str, Network] = Networks.load(home).by_name
    network = next((n for n in networks.values() if n.chain_id == found.chain_id), None)
    if network is None or not found.publisher:
        return 0, ""
    try:
        people = own.publishers(home, network, [found.address.lower()])
    except StoreError:
        return 0, ""
    one = next((p for p in people if p.number == found.publisher), None)
    if one is None:
        return 0, ""
    state = verified(home, network, one.number, one.domain, one.controller)
    return one.number, one.domain if state.is_verified else ""
