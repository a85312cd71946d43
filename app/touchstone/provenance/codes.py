"""What the reader's validation codes mean for us. The SDK's overall state is never asked: see docs/trust.md.

Codes are those of the C2PA specification, "Validation status codes" (2.4, section 15).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# The content, or what the claim says about it, is not what was signed.
CHANGED = frozenset(
    {
        "assertion.dataHash.mismatch",
        "assertion.bmffHash.mismatch",
        "assertion.boxesHash.mismatch",
        "assertion.collectionHash.mismatch",
        "assertion.hashedURI.mismatch",
        "claimSignature.mismatch",
    }
)
# These speak about the signer, the time or another file, never about whether this one is unchanged.
_NOT_INTEGRITY = ("signingCredential.", "timeStamp.", "cawg.", "ingredient.", "claimSignature.outsideValidity")
# A source whose signer is on no list, or whose certificate has run out since, was not altered.
_NOT_A_FAILED_SOURCE = ("signingCredential.untrusted", "signingCredential.expired", "signingCredential.ocsp.", "cawg.")
_GRAMMAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+){1,5}")
_LONGEST = 80
_NOT_FAILURES = (
    ".match",
    ".validated",
    ".trusted",
    ".insideValidity",
    ".accessible",
    ".notRevoked",
    ".skipped",
    ".inaccessible",
    ".unknownProvenance",
    ".additionalExclusionsPresent",
)
_LABEL = re.compile(r"(?:self#jumbf=)?/?c2pa/([^/]+)")


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one manifest in one reading."""

    success: frozenset[str] = frozenset()
    informational: frozenset[str] = frozenset()
    failure: frozenset[str] = frozenset()

    @classmethod
    def of(cls, groups: object) -> Codes:
        """The three groups of a `StatusCodes` object of the SDK, whatever is wrong with it."""
        if not isinstance(groups, Mapping):
            return cls()
        return cls(*(frozenset(code for code, _url in entries(groups.get(n))) for n in cls.__slots__))

    def __or__(self, other: Codes) -> Codes:
        return Codes(
            self.success | other.success, self.informational | other.informational, self.failure | other.failure
        )


def entries(group: object) -> list[tuple[str, str]]:
    """`(code, url)` of each validation status in a list; what is not one is left out."""
    if not isinstance(group, list):
        return []
    return [(code_of(e.get("code")), str(e.get("url") or "")) for e in group if isinstance(e, Mapping)]


def code_of(value: object) -> str:
    """A code as it may cross the border: of the specification's grammar and short, else `other.unknown`."""
    if isinstance(value, str) and len(value) <= _LONGEST and _GRAMMAR.fullmatch(value):
        return value
    return "other.unknown"


def label_of(url: str) -> str:
    """The label of the manifest that a JUMBF address points into, or an empty string."""
    found = _LABEL.match(url)
    return found.group(1) if found else ""


def integrity(failures: Iterable[str]) -> str:
    """`intact`, `changed` or `broken`, from the failures of one manifest."""
    left = [code for code in failures if not code.startswith(_NOT_INTEGRITY)]
    if any(code in CHANGED for code in left):
        return "changed"
    return "broken" if left else "intact"


def failed_source(codes: Iterable[str]) -> frozenset[str]:
    """Those failures that say that a source is not what it was."""
    return frozenset(c for c in codes if not c.startswith(_NOT_A_FAILED_SOURCE))


def failures_of_statuses(statuses: object) -> frozenset[str]:
    """The failures in the older flat list, where successes may stand beside them."""
    listed = (code for code, _url in entries(statuses))
    return frozenset(c for c in listed if not c.endswith(_NOT_FAILURES) and not c.startswith("timeStamp."))


def signature_verifies(codes: Codes) -> bool:
    """Whether the claim's own signature verifies, whatever is known of the signer or of the content."""
    return "claimSignature.validated" in codes.success and "claimSignature.mismatch" not in codes.failure


def expired(codes: Codes) -> bool:
    """Whether the certificate had run out, or was not valid yet, for all that can be shown."""
    return bool(codes.failure & {"signingCredential.expired", "claimSignature.outsideValidity"})


def revoked(codes: Codes) -> bool:
    """Whether an answer of the certificate's issuer inside the file says that it was withdrawn."""
    return bool(codes.failure & {"signingCredential.ocsp.revoked", "signingCredential.revoked"})


def stamp(codes: Codes) -> str:
    """`validated`, `invalid` or `none`: whether a time stamp was made over this signature."""
    every = codes.success | codes.informational | codes.failure
    if "timeStamp.validated" in codes.success:
        return "validated"
    return "invalid" if any(c.startswith("timeStamp.") for c in every) else "none"


def exclusions(codes: Codes) -> bool:
    """Whether bytes beyond the credentials themselves are left out of what was signed."""
    every = codes.success | codes.informational | codes.failure
    return any(c.endswith(".additionalExclusionsPresent") for c in every)


def part(mapping: object, *path: str) -> Any:
    """The value at a path of keys in nested objects, or None."""
    for key in path:
        if not isinstance(mapping, Mapping):
            return None
        mapping = mapping.get(key)
    return mapping
