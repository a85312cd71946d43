"""What claims in the register come to: which of them a check rests on, and the details of the finding. Pure.

The keys are those that `check.weigh_views` describes, and: `network`; `block` and `final` of the claim relied on;
`claims`, as `_listed` has them, the one relied on first, at most `MOST_CLAIMS` (`claims_left_out` says how many more);
`claimants`, how many publishers' claims count; `discounted`, claims about this very file that do not count, where
nothing but they are exact; for a likeness `similar_sha256`, `orientation` and `alike` (how many registered files look
like it); `compared`: yes | kind | quality, whether likenesses were looked for and why not. Of the mirror: `behind`,
blocks that it lacks; `missing_files`, registered in batches whose lists it lacks; `agreed` false where one node alone
said what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchstone.registry.lookup import Claim, Similar

MOST_CLAIMS = 50
REASONS = ("unstated", "error", "replaced", "rights", "privacy", "manipulated", "key-compromised")
_SIGNED, _DECLARED_AI = 1, 2  # bits of a claim's flags
_LONGEST = 300  # characters of what a publisher wrote


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a publisher's domain on this computer: whether it vouches for the publisher, and since when."""

    verified: bool = False
    checked: str = ""  # ISO 8601


@dataclass(frozen=True, slots=True)
class Beside:
    """What this computer knows beside the register: proofs of domains, its own addresses, its own samples.

    `addresses` are lower-case hex with 0x; `samples` says of a SHA-256 whether it is a sample made here.
    """

    practice: bool = False
    proof: Callable[[Claim], Proof] = lambda _claim: Proof()
    addresses: frozenset[str] = frozenset()
    samples: Callable[[str], bool] = lambda _sha256: False


@dataclass(frozen=True, slots=True)
class Weighed:
    """A claim with what this computer knows about it."""

    claim: Claim
    proof: Proof
    own: bool  # of a sample, or by one of this user's publishers
    mine: bool  # by one of this user's publishers

    @property
    def withdrawn(self) -> bool:
        """Whether its claimant has withdrawn it, with a key that counts."""
        return bool(self.claim.revoked) and self.claim.revoked_counts

    @property
    def name(self) -> str:
        """What the publisher is called: its domain where that vouches for it, else its name. Untrusted."""
        claim = self.claim
        return (claim.domain if self.proof.verified else claim.name or claim.domain)[:_LONGEST]


@dataclass(frozen=True, slots=True)
class Match:
    """Claims about one file, and the one relied on; None where none counts. `distance` is 0 for this very file."""

    sha256: str
    claims: Sequence[Weighed] = ()
    relied: Weighed | None = None
    distance: int = 0
    orientation: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look-up came to. `exact` are all claims about this very file, `similar` the nearest likenesses."""

    exact: Match
    similar: Match | None = None
    alike: int = 0
    compared: str = "yes"
    quality: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # `network`, `mirror_age_s`, `behind`

    @property
    def match(self) -> str:
        """exact, similar or none: claims that do not count make no match."""
        if self.exact.relied is not None:
            return "exact"
        return "similar" if self.similar is not None and self.similar.relied is not None else "none"


def matched(sha256: str, claims: Iterable[Claim], beside: Beside, subject: str = "") -> Match:
    """The claims about a file, and the one a check rests on. `subject` is the file that is checked, if another."""
    weighed = [_weighed(sha256, claim, beside, subject or sha256) for claim in claims]
    return Match(sha256, weighed, _relied(weighed, beside, likeness=bool(subject)))


def _weighed(sha256: str, claim: Claim, beside: Beside, subject: str) -> Weighed:
    mine = bool({claim.signer.lower(), claim.controller.lower()} & beside.addresses)
    own = mine or beside.samples(sha256) or beside.samples(subject)
    return Weighed(claim, beside.proof(claim) if claim.domain else Proof(), own, mine)


def _relied(weighed: Sequence[Weighed], beside: Beside, *, likeness: bool) -> Weighed | None:
    """The claim a check rests on: of a publisher known by domain if there is one, standing if there is one, earliest.

    A withdrawal touches its claimant's word alone: a stranger who registers first and withdraws must not speak for
    another who stands by the file. But it is about the file: of a publisher that registered it twice, once in a batch,
    the claim not withdrawn does not outlive the one that was. On the practice ledger this user's own claims come
    first, then those about samples, because no others decide; of a `likeness` whichever of these stands, so that one's
    own withdrawal does not hide that somebody else stands by the original.
    """

    def order(one: Weighed) -> tuple[bool, bool, bool, bool, bool, int, int]:
        claim = one.claim
        foreign, of_others = beside.practice and not one.own, beside.practice and not one.mine
        first = of_others and not likeness
        return (
            foreign, first, not one.proof.verified, one.withdrawn, of_others, claim.registered, claim.block
        )  # fmt: skip

    counting = [one for one in weighed if one.claim.counts]
    return min((one for one in counting if not _outlived(one, counting)), key=order, default=None)


def _outlived(one: Weighed, counting: Iterable[Weighed]) -> bool:
    """Whether its own publisher has withdrawn the file since, in another claim."""
    claim = one.claim
    return not one.withdrawn and any(
        other.withdrawn and other.claim.publisher == claim.publisher and other.claim.revoked >= claim.registered
        for other in counting
    )


def nearest(found: Sequence[Similar], sha256: str, beside: Beside) -> tuple[Match | None, int]:
    """The likeness worth telling of, and how many there are: stood by, by a known publisher, the nearest."""
    matches = []
    for one in found:
        if one.sha256 != sha256:
            made = matched(one.sha256, one.claims, beside, sha256)
            matches.append(Match(made.sha256, made.claims, made.relied, one.distance, one.orientation))
    counting = [one for one in matches if one.relied is not None]

    def order(one: Match) -> tuple[bool, bool, bool, int]:
        relied = one.relied
        assert relied is not None  # noqa: S101 - the others were left out
        return (beside.practice and not relied.own, relied.withdrawn, not relied.proof.verified, one.distance)

    return min(counting, key=order, default=None), len(counting)


def code(looked: Looked) -> str:
    """The code of the finding."""
    match looked.match:
        case "exact":
            relied = looked.exact.relied
            return "withdrawn" if relied is not None and relied.withdrawn else "exact"
        case "none" if looked.exact.claims:
            return "discounted"
        case kind:
            return kind


def details(looked: Looked) -> dict[str, Any]:
    """The details of the finding."""
    shown = looked.similar if looked.match == "similar" and looked.similar is not None else looked.exact
    relied = shown.relied
    found: dict[str, Any] = {"match": looked.match, "compared": looked.compared, **looked.facts}
    if looked.quality is not None:
        found["quality"] = looked.quality
    if relied is None:
        listed = _claims(looked.exact)
        return found | {"claims": [], "claimants": 0} | ({"discounted": listed} if listed else {})
    found |= _of(relied) | {"claims": _claims(shown), "claimants": _claimants(shown)}
    left_out = len(shown.claims) - len(found["claims"])
    if left_out:
        found["claims_left_out"] = left_out
    if looked.match == "similar":
        found |= {
            "distance": shown.distance,
            "orientation": shown.orientation,
            "similar_sha256": shown.sha256,
            "alike": looked.alike,
        }
        if looked.exact.claims:
            found["discounted"] = _claims(looked.exact)
    return found


def _of(relied: Weighed) -> dict[str, Any]:
    """What decides, out of the claim relied on."""
    claim = relied.claim
    found = {
        "publisher": claim.publisher,
        "untrusted_publisher": relied.name,
        "domain_verified": relied.proof.verified,
        "registered": moment(claim.registered),
        "block": claim.block,
        "final": claim.final,
        "revoked": moment(claim.revoked) or True if claim.revoked else None,
        "own": relied.own,
        "own_key": relied.mine,
    }
    if claim.revoked:
        found["revoked_reason"] = reason(claim.reason)
        found["replacement"] = claim.replacement
    if claim.revoked and not claim.revoked_counts:
        found["revoked_by_compromised_key"] = True
    return found


def _claimants(shown: Match) -> int:
    return len({one.claim.publisher for one in shown.claims if one.claim.counts})


def _claims(shown: Match) -> list[dict[str, Any]]:
    """Every claim as it is listed, the one relied on first, then in order of time."""
    ordered = sorted(shown.claims, key=lambda one: (one is not shown.relied, one.claim.registered, one.claim.block))
    return [_listed(one, relied=one is shown.relied) for one in ordered[:MOST_CLAIMS]]


def _listed(one: Weighed, *, relied: bool) -> dict[str, Any]:
    claim = one.claim
    return {
        "publisher": claim.publisher,
        "untrusted_publisher": one.name,
        "untrusted_name": claim.name[:_LONGEST],
        "untrusted_domain": claim.domain[:_LONGEST],
        "domain_verified": one.proof.verified,
        "domain_checked": one.proof.checked,
        "registered": moment(claim.registered),
        "block": claim.block,
        "tx": claim.tx,
        "signer": claim.signer,
        "counts": claim.counts,
        "compromised_since": moment(claim.compromised),
        "revoked": moment(claim.revoked) or None,
        "revoked_reason": reason(claim.reason) if claim.revoked else "",
        "revoked_counts": claim.revoked_counts,
        "replacement": claim.replacement,
        "untrusted_uri": claim.uri[:_LONGEST],
        "batch": bool(claim.root),
        "signed": bool(claim.flags & _SIGNED),
        "declares_ai": bool(claim.flags & _DECLARED_AI),
        "final": claim.final,
        "own": one.own,
        "own_key": one.mine,
        "relied": relied,
    }


def reason(number: int) -> str:
    """The code of a reason for withdrawing."""
    return REASONS[number] if 0 <= number < len(REASONS) else REASONS[0]


def moment(seconds: int) -> str:
    """Unix seconds as ISO 8601 in UTC; empty for 0 and for what is no date."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""
