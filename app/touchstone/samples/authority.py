"""A certificate authority that lives for one run: its keys are made here, used here, and never written anywhere.

The certificates follow the C2PA 2.x certificate profile ("X.509 certificates" in the trust model): the signing leaf
may sign data (KU digitalSignature), is meant for signing content (EKU emailProtection), is no authority itself, and
names its issuer's key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

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
        self._root = _certificate(ROOT_NAME, self._key.public_key(), self._key, lifetime)

    @property
    def root(self) -> str:
        """The root certificate, PEM."""
        return _pem(self._root)

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
        leaf = _certificate(name, key.public_key(), self._key, (start, end), issuer=self._root)

        def sign(data: bytes) -> bytes:
            r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(_ES256_NUMBER, "big") + s.to_bytes(_ES256_NUMBER, "big")

        return Identity(_pem(leaf) + _pem(self._root), sign, end)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    signing_key: ec.EllipticCurvePrivateKey,
    lifetime: tuple[datetime, datetime],
    issuer: x509.Certificate | None = None,
) -> x509.Certificate:
    """A leaf below `issuer`, or the self-signed root where there is none."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    is_root = issuer is None
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(lifetime[0])
        .not_valid_after(lifetime[1])
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
    )
    if not is_root:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode("ascii")
