"""Who signs: a certificate chain and the key to it, which stays in this process."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

_LARGEST = 256 * 1024
_SHORTEST_RSA = 2048
_ORGANISATION = "2.5.4.10"
_COMMON_NAME = "2.5.4.3"


class KeyFailure(StrEnum):
    """Why nobody can sign with these."""

    MISSING = "missing"
    NO_CHAIN = "no-chain"  # no certificates in the file
    NO_KEY = "no-key"  # no private key in the file, or a damaged one
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code
    NEEDS_PASSWORD = "needs-password"  # noqa: S105 - a code
    EXPOSED = "exposed"  # others can read the key's file
    MISMATCH = "mismatch"  # the key is not that of the first certificate
    KIND = "kind"  # a kind of key that credentials cannot be signed with
    EXPIRED = "expired"
    SELF_SIGNED = "self-signed"  # a signer's certificate needs an issuer


class IdentityError(Exception):
    """These are no chain and key to sign with."""

    def __init__(self, failure: KeyFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate chain (PEM, leaf first), its algorithm as COSE names it, and the only way to use its key.

    `sign` takes the bytes to be signed and returns the signature as COSE wants it (RFC 9053: ECDSA as r and s).
    `name` is the certificate's own say.
    """

    chain: str
    algorithm: str
    expires: datetime
    untrusted_name: str = ""
    practice: bool = False
    sign: Callable[[bytes], bytes] = field(default=lambda _data: b"", repr=False, compare=False)


def load(chain: Path, key: Path, password: bytes | None = None) -> Identity:
    """The identity in two PEM files; the key may be encrypted.

    Raises:
        IdentityError: they are not that.
    """
    if _read_by_others(key):
        raise IdentityError(KeyFailure.EXPOSED)
    return identity(_read(chain), _read(key), password)


def identity(chain: bytes, key: bytes, password: bytes | None = None) -> Identity:
    """The identity in the PEM of a chain and of a key.

    Raises:
        IdentityError: they are not that.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        raise IdentityError(KeyFailure.NO_CHAIN) from error
    secret = _secret(key, password)
    leaf = certificates[0]
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if secret.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
        raise IdentityError(KeyFailure.MISMATCH)
    if leaf.issuer == leaf.subject:
        raise IdentityError(KeyFailure.SELF_SIGNED)
    if leaf.not_valid_after_utc <= datetime.now(UTC):
        raise IdentityError(KeyFailure.EXPIRED)
    algorithm, sign = _algorithm(secret)
    pem = "".join(c.public_bytes(Encoding.PEM).decode("ascii") for c in certificates)
    return Identity(pem, algorithm, leaf.not_valid_after_utc, _name(leaf), sign=sign)


def _secret(key: bytes, password: bytes | None) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(key, password)
    except TypeError as error:  # a password where none is needed, or none where one is
        if password is not None:
            return _secret(key, None)
        raise IdentityError(KeyFailure.NEEDS_PASSWORD) from error
    except ValueError as error:
        encrypted = b"ENCRYPTED" in key
        raise IdentityError(KeyFailure.WRONG_PASSWORD if encrypted and password else KeyFailure.NO_KEY) from error
    except UnsupportedAlgorithm as error:
        raise IdentityError(KeyFailure.KIND) from error


def _algorithm(secret: Any) -> tuple[str, Callable[[bytes], bytes]]:
    """The COSE algorithm of a key (RFC 9053), and signing with it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    if isinstance(secret, ec.EllipticCurvePrivateKey):
        curves = {
            "secp256r1": ("ES256", hashes.SHA256()),
            "secp384r1": ("ES384", hashes.SHA384()),
            "secp521r1": ("ES512", hashes.SHA512()),
        }
        if secret.curve.name in curves:
            name, digest = curves[secret.curve.name]
            return name, lambda data: _raw(secret.sign(data, ec.ECDSA(digest)), (secret.key_size + 7) // 8)
    if isinstance(secret, ed25519.Ed25519PrivateKey):
        return "Ed25519", secret.sign
    if isinstance(secret, rsa.RSAPrivateKey) and secret.key_size >= _SHORTEST_RSA:
        sha256 = hashes.SHA256()
        salted = padding.PSS(padding.MGF1(sha256), sha256.digest_size)
        return "PS256", lambda data: secret.sign(data, salted, sha256)
    raise IdentityError(KeyFailure.KIND)


def _raw(signature: bytes, width: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(signature)
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def _name(leaf: x509.Certificate) -> str:
    parts = {a.oid.dotted_string: str(a.value) for a in leaf.subject}
    return (parts.get(_ORGANISATION) or parts.get(_COMMON_NAME) or "")[:200]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        raise IdentityError(KeyFailure.MISSING) from error


def _read_by_others(path: Path) -> bool:
    """Whether others than the user may read a file; where the system keeps no such modes, that is not known."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError as error:
        raise IdentityError(KeyFailure.MISSING) from error
