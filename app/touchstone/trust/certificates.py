"""Reads the files that trust lists come in: PEM, DER, or the C2PA's JSON (a list of trusted entities)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

LARGEST = 8 * 1024 * 1024
_MOST = 2000
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_PRIVATE = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_CLAIM_SIGNING = frozenset({"1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"})
_IN_FORCE = ("", "trusted", "granted")  # the last part of a service's status


class Refusal(StrEnum):
    """Why a file is not taken as a trust list."""

    TOO_LARGE = "too-large"
    PRIVATE_KEY = "private-key"
    NOT_A_LIST = "not-a-list"
    NO_CERTIFICATE = "no-certificate"
    TOO_MANY = "too-many"
    NO_AUTHORITY = "no-authority"  # signers' own certificates, which the reader does not take as anchors (measured)
    ALL_EXPIRED = "all-expired"
    OLDER = "older"  # than the list of that name that is already there
    TIME_STAMPS_ELSEWHERE = "time-stamps-elsewhere"  # authorities for time stamps belong to the official list only


class ListRefusedError(Exception):
    """The file is not taken as a trust list."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file holds. `pem` has its certificates alone, each once; dates are ISO 8601 in UTC, empty where unknown.

    `unreadable` certificates were left out; `expired` ones are among the `count`.
    """

    sha256: str
    pem: str
    count: int
    expired: int
    unreadable: int
    time_stamps: bool
    issued: str = ""
    next_update: str = ""


def parse(data: bytes, now: datetime | None = None) -> Parsed:
    """The certificates of a file.

    Raises:
        ListRefusedError: it is too large, holds a private key, or has no certificate that could vouch for anything.
    """
    if len(data) > LARGEST:
        raise ListRefusedError(Refusal.TOO_LARGE)
    if _PRIVATE.search(data):
        raise ListRefusedError(Refusal.PRIVATE_KEY)
    encoded, facts = _encoded(data)
    if len(encoded) > _MOST:
        raise ListRefusedError(Refusal.TOO_MANY)
    read = [c for c in map(_certificate, encoded) if c is not None]
    if not read:
        raise ListRefusedError(Refusal.NO_CERTIFICATE if encoded else Refusal.NOT_A_LIST)
    unique = list({c.public_bytes(_der()): c for c in read}.items())
    if not any(_issues(c) for _der_bytes, c in unique):
        raise ListRefusedError(Refusal.NO_AUTHORITY)
    moment = now or datetime.now(UTC)
    expired = sum(c.not_valid_after_utc < moment for _der_bytes, c in unique)
    if expired == len(unique):
        raise ListRefusedError(Refusal.ALL_EXPIRED)
    return Parsed(
        sha256=hashlib.sha256(data).hexdigest(),
        pem="".join(_pem(der) for der, _certificate in unique),
        count=len(unique),
        expired=expired,
        unreadable=len(encoded) - len(read),
        time_stamps=facts.time_stamps or _for_time_stamps(c for _der_bytes, c in unique),
        issued=facts.issued,
        next_update=facts.next_update,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    issued: str = ""
    next_update: str = ""
    time_stamps: bool = False


def _encoded(data: bytes) -> tuple[list[bytes], _Facts]:
    """The certificates as DER, unparsed, and what the list says about itself."""
    if data.lstrip()[:1] == b"{":
        return _from_json(data)
    blocks = [_decoded(block) for block in _BLOCK.findall(data)]
    if not blocks and data[:1] == b"\x30":
        return [data], _Facts()
    return blocks, _Facts()


def _from_json(data: bytes) -> tuple[list[bytes], _Facts]:
    try:
        body = json.loads(data)["LoTE"]
        about = body["ListAndSchemeInformation"]
        found = [_decoded(str(value).encode("ascii", "replace")) for value in _values(body)]
        facts = _Facts(
            issued=_moment(about.get("ListIssueDateTime")),
            next_update=_moment(about.get("NextUpdate")),
            time_stamps=any("TSA" in str(name.get("value")) for name in about.get("SchemeName") or ()),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ListRefusedError(Refusal.NOT_A_LIST) from error
    return found, facts


def _values(body: Mapping[str, Any]) -> Iterator[object]:
    for entity in body["TrustedEntitiesList"]:
        for service in entity["TrustedEntityServices"]:
            about = service["ServiceInformation"]
            if str(about.get("ServiceStatus", "")).lower().rsplit("/", 1)[-1] not in _IN_FORCE:
                continue
            for certificate in about["ServiceDigitalIdentity"]["X509Certificates"]:
                yield certificate["val"]


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        return b""


def _certificate(der: bytes) -> x509.Certificate | None:
    import warnings

    from cryptography import x509

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of certificates that are odd but were issued all the same
            certificate = x509.load_der_x509_certificate(der)
            certificate.not_valid_after_utc  # noqa: B018 - parsed when asked for
    except ValueError:
        return None
    return certificate


def _issues(certificate: x509.Certificate) -> bool:
    """Whether a certificate may vouch for others, by its constraints or, lacking those, as a root."""
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return certificate.issuer == certificate.subject


def _for_time_stamps(certificates: Iterable[x509.Certificate]) -> bool:
    usages = set().union(*map(_usages, certificates))
    return _TIME_STAMPING in usages and not usages & _CLAIM_SIGNING


def _usages(certificate: x509.Certificate) -> set[str]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {usage.dotted_string for usage in extension.value}


def _moment(value: object) -> str:
    if not isinstance(value, str):
        return ""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return ""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment.tzinfo else ""


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def _pem(der: bytes) -> str:
    body = base64.b64encode(der).decode("ascii")
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
