"""A certificate authority that lives for one run: its keys are made here, used here, and never written anywhere.

`touchstone.certificate` has what the certificates look like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from touchstone.certificate import certificate, pem

ORGANISATION = "Touchstone samples"
ROOT_NAME = "Touchstone Sample Authority (made on this computer)"
SIGNER_NAME = "made on this computer"  # headlines put it in brackets after the organisation
_YEARS = timedelta(days=365)
_ES256_NUMBER = 32  # bytes of r and of s


@dataclass(frozen=True, slots=True)
class Identity:
    """A signing certificate with its chain, and the only way to use its key.

    `chain` is PEM, leaf first. `sign` takes the bytes to be signed and returns the ECDSA P-256/SHA-256 signature as
    r and s, 32 bytes each (COSE ES256, RFC 9053 section 2.1). `expires` is in UTC, on a whole second.
    """

    chain: str
    sign: Callable[[bytes], bytes]
    expires: datetime


class Authority:
    """The root of the samples. The key is an attribute of this object and goes with it."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = ec.generate_private_key(ec.SECP256R1())
        now = _now()
        lifetime = (now - 2 * _YEARS, now + 30 * _YEARS)
        self._root = certificate((ORGANISATION, ROOT_NAME), self._key.public_key(), self._key, lifetime)

    @property
    def root(self) -> str:
        """The root certificate, PEM."""
        return pem(self._root)

    def signer(self) -> Identity:
        """An identity that stays valid as long as the samples may lie around."""
        now = _now()
        return self._identity(SIGNER_NAME, now - timedelta(days=1), now + 29 * _YEARS)

    def expiring(self, seconds: int) -> Identity:
        """An identity whose certificate runs out in `seconds` (at most), after being valid for a year."""
        now = _now()
        return self._identity(SIGNER_NAME, now - _YEARS, now + timedelta(seconds=seconds))

    def _identity(self, name: str, start: datetime, end: datetime) -> Identity:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        key = ec.generate_private_key(ec.SECP256R1())
        leaf = certificate((ORGANISATION, name), key.public_key(), self._key, (start, end), issuer=self._root)

        def sign(data: bytes) -> bytes:
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(_ES256_NUMBER, "big") + s.to_bytes(_ES256_NUMBER, "big")

        return Identity(pem(leaf) + pem(self._root), sign, end)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
