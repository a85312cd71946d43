"""A report signed with one's own key, and whether the signature fits.

What is signed is a message of four lines (EIP-191): the SHA-256 of the document without its signature, in the form of
RFC 8785, and whom the signer says to act for. So the same signature stands whatever white space or order of members
the document is saved with, and no member of the signature can be exchanged.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchstone.chain.signer import Signer

SCHEME = "touchstone-report-1"
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_NETWORK = re.compile(r"eip155:[0-9]{1,16}")
_VALUE = re.compile(r"0x[0-9a-f]{130}")
_MOST_ID = 2**32


class Fit(StrEnum):
    """What a signature comes to."""

    NONE = "none"
    FITS = "fits"
    DOES_NOT = "does-not-fit"


class NotSignableError(ValueError):
    """The document holds a number that RFC 8785 has no form for."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that was looked at. `address`, `chain_id` and `publisher` (0: none) hold only where it fits."""

    fit: Fit
    address: str = ""
    chain_id: int = 0
    publisher: int = 0


def sign(document: Mapping[str, Any], signer: Signer, chain_id: int, publisher: int = 0) -> dict[str, Any]:
    """The document with the signature of a key. `publisher` is the one that it acts for, 0 for none.

    Raises:
        NotSignableError: it cannot be signed.
        ChainError: what a signer can be.
    """
    bare = {name: value for name, value in document.items() if name != "signature"}
    network = f"eip155:{chain_id}"
    value = signer.sign_message(_message(bare, signer.address, network, publisher))
    return {
        **bare,
        "signature": {
            "scheme": SCHEME,
            "address": signer.address,
            "network": network,
            "publisher": publisher,
            "value": "0x" + value.hex(),
        },
    }


def verify(document: Mapping[str, Any]) -> Verified:
    """Whether the signature in a document, whoever wrote it, fits the rest of it."""
    from touchstone.chain.messages import signer_of

    said = document.get("signature")
    if said is None:
        return Verified(Fit.NONE)
    match said:
        case {
            "scheme": "touchstone-report-1",
            "address": str(address),
            "network": str(network),
            "publisher": int(publisher),
            "value": str(value),
            **rest,
        } if not rest and _sound(address, network, value) and 0 <= publisher < _MOST_ID:
            bare = {name: part for name, part in document.items() if name != "signature"}
            try:
                message = _message(bare, address, network, int(publisher))
            except NotSignableError:
                return Verified(Fit.DOES_NOT)
            if signer_of(message, bytes.fromhex(value[2:])).lower() == address.lower():
                return Verified(Fit.FITS, address, int(network.partition(":")[2]), int(publisher))
    return Verified(Fit.DOES_NOT)


def _sound(address: str, network: str, value: str) -> bool:
    return bool(_ADDRESS.fullmatch(address) and _NETWORK.fullmatch(network) and _VALUE.fullmatch(value))


def _message(bare: Mapping[str, Any], address: str, network: str, publisher: int) -> bytes:
    import rfc8785

    try:
        digest = hashlib.sha256(rfc8785.dumps(dict(bare))).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError) as error:
        raise NotSignableError from error
    lines = ("Touchstone report", f"SHA-256: {digest}", f"Signer: {address}", f"Publisher: {publisher} on {network}")
    return "\n".join(lines).encode("ascii")
