"""EIP-712 data that may be signed. What is not exactly one of these kinds is refused before anybody is asked.

Nothing is sent by signing: what a signature can do in whose hands is what the words say. Four kinds are known: a
registration that others may send, a permit (ERC-2612) of the network's dollar for pool or court, a sealed vote that
others may hand in, and the secret that a sealed vote is opened with, which is drawn from a signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from touchstone.chain.call_table import FILE, Call, flat, public_of
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.eth_libraries import account
from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.chain.signer import Signer

REGISTRATION, PERMIT, SEAL, SALT = "media-signature", "permit-signature", "seal-signature", "salt-signature"
SALT_NAME, SALT_VERSION = "Touchstone sealed vote", "1"

_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
_TYPES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Permit": (
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ),
    "Commit": (
        ("id", "uint256"),
        ("round", "uint8"),
        ("commitment", "bytes32"),
        ("voter", "address"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ),
    "Salt": (("id", "uint256"), ("round", "uint8"), ("voter", "address"), ("purpose", "string")),
}


def permit_data(network: Network, domain: tuple[str, str], message: Mapping[str, Any]) -> dict[str, Any]:
    """A permit as it is signed. `domain` is the token's name and version; the message has ERC-2612's members."""
    return _data(network, "Permit", domain, network.stablecoin, message)


def commit_data(network: Network, message: Mapping[str, Any]) -> dict[str, Any]:
    """A sealed vote that others may hand in, as it is signed (`IFactCheckCourt.commitDigest`)."""
    return _data(network, "Commit", ("Touchstone FactCheckCourt", "1"), network.court, message)


def salt_data(network: Network, case: int, round_: int, voter: str, purpose: str) -> dict[str, Any]:
    """What is signed to draw the secret of a sealed vote from. No contract takes it."""
    message = {"id": case, "round": round_, "voter": voter, "purpose": purpose}
    return _data(network, "Salt", (SALT_NAME, SALT_VERSION), network.court, message)


def check(network: Network, data: Mapping[str, Any]) -> Intent:
    """What signing EIP-712 data means on this network.

    Raises:
        ChainError: UNKNOWN_CALL {why: contract | function | arguments}.
    """
    domain, message = data.get("domain"), data.get("message")
    if not isinstance(domain, Mapping) or not isinstance(message, Mapping):
        raise _refused("arguments")
    kind = data.get("primaryType")
    contract, code = {
        "Registration": (network.media, REGISTRATION),
        "Permit": (network.stablecoin, PERMIT),
        "Commit": (network.court, SEAL),
        "Salt": (network.court, SALT),
    }.get(str(kind), ("", ""))
    if not code:
        raise _refused("function" if _is(domain, network, network.media) else "contract")
    if not _is(domain, network, contract):
        raise _refused("contract")
    if code == REGISTRATION:
        found = flat(message)
        return Intent(REGISTRATION, network.media, b"", found, public_of(Call(REGISTRATION, FILE), found))
    _check_form(data, str(kind))
    return _known(network, code, dict(message))


def sign(network: Network, signer: Signer, data: Mapping[str, Any], agree: Callable[[Intent], bool]) -> bytes:
    """65 bytes over typed data of a known kind, once `agree` has been told what it means.

    Raises:
        ChainError: UNKNOWN_CALL; REJECTED; PROTOCOL: the signer signed something else, or as somebody else; and what
            a signer can be.
    """
    if not agree(check(network, data)):
        raise ChainError(ChainTrouble.REJECTED)
    signature = signer.sign_typed_data(data)
    if signed_by(data, signature).lower() != signer.address.lower():
        raise ChainError(ChainTrouble.PROTOCOL, what="signature")
    return signature


def signed_by(data: Mapping[str, Any], signature: bytes) -> str:
    """The checksummed address whose key made this signature over typed data; "" where none did."""
    recover = account().recover_message
    from eth_account.messages import encode_typed_data

    try:
        return str(recover(encode_typed_data(full_message=dict(data)), signature=signature))
    except Exception:  # noqa: BLE001 - what is no signature, or no data, is refused in many ways
        return ""


def _data(
    network: Network, kind: str, named: tuple[str, str], contract: str, message: Mapping[str, Any]
) -> dict[str, Any]:
    name, version = named
    return {
        "types": {"EIP712Domain": _members(_DOMAIN), kind: _members(_TYPES[kind])},
        "primaryType": kind,
        "domain": {
            "name": name,
            "version": version,
            "chainId": network.chain_id,
            "verifyingContract": contract,
        },
        "message": dict(message),
    }


def _members(members: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in members]


def _is(domain: Mapping[str, Any], network: Network, contract: str) -> bool:
    here = str(domain.get("verifyingContract", "")).lower() == contract.lower() != ""
    return here and domain.get("chainId") == network.chain_id and type(domain.get("chainId")) is int


def _check_form(data: Mapping[str, Any], kind: str) -> None:
    """Refuse what is not exactly of that kind: what is not among the types is shown and not signed, or the reverse."""
    domain, message = data["domain"], data["message"]
    right = (
        data.get("types") == {"EIP712Domain": _members(_DOMAIN), kind: _members(_TYPES[kind])}
        and set(domain) == {name for name, _kind in _DOMAIN}
        and all(type(domain[name]) is str for name in ("name", "version"))
        and set(message) == {name for name, _kind in _TYPES[kind]}
        and all(_fits(message[name], of) for name, of in _TYPES[kind])
    )
    if not right:
        raise _refused("arguments")


def _fits(value: Any, kind: str) -> bool:
    """Whether a value is given in the one way that is understood alike by everybody who reads it."""
    if kind.startswith("uint"):
        return type(value) is int and 0 <= value < 1 << int(kind[4:])
    if type(value) is not str:
        return False
    if kind == "string":
        return len(value) <= 200 and value.isprintable()
    digits = 40 if kind == "address" else 64
    return value.startswith("0x") and len(value) == 2 + digits and set(value[2:].lower()) <= set("0123456789abcdef")


def _known(network: Network, code: str, found: dict[str, Any]) -> Intent:
    if code == PERMIT:
        spender = str(found["spender"]).lower()
        if spender not in {network.pool.lower(), network.court.lower()} - {""}:
            raise _refused("contract")
        told = {**found, "play": network.play or not network.public, "to_pool": spender == network.pool.lower()}
        return Intent(PERMIT, network.stablecoin, b"", told, ("amount", "address"))
    public = ("seal", "address") if code == SEAL else ()
    if code == SALT and (network.court == "" or not found["purpose"]):
        raise _refused("arguments")
    return Intent(code, network.court, b"", found, public)


def _refused(why: str) -> ChainError:
    return ChainError(ChainTrouble.UNKNOWN_CALL, why=why)
