"""What `weigh` reads out of findings: typed views that take any details, whatever is wrong with them.

The keys read here are the contract between a witness and the answer. Those of the credentials
witness stand in `touchstone.check.credentials`, those of the file facts in `touchstone.check.pixels`. Of the others:

register
    `match` exact | similar | none; `untrusted_publisher` (a domain where `domain_verified`, else whatever name the
    register gives; `publisher` is read too); `domain_verified` bool; `registered` ISO 8601 of the claim relied on;
    `revoked` ISO 8601 or true where that same claimant withdrew it; `revoked_by_compromised_key` true where the
    withdrawal was signed at or after the key's `compromisedSince` (it then counts for nothing); `claims` a list of
    every claim, or their number, and `claimants` how many publishers' claims count where the list shows others too;
    `quality` 0-100 of the fingerprint and `distance` for similar files; `mirror_age_s` seconds; `practice` true for a
    practice ledger, with `shared` where it is none of this computer's alone; `own` true for a sample or something this
    user registered, `own_key` for the latter alone. Claims that do not count, because their key did not or is known
    to have been in other hands, make no `match`. `made`: entries that say that a model made the file, as
    `check.register_made` has them, the one that decides first; `made_decides` whether that one does.
reviewers
    `match` exact | similar | none (a case about this very file, about one that looks like it); `claim` file | context;
    `state` final | open | ...; `ruling` altered | generated | not-altered | cannot-tell | unresolved; `qualified` true
    for a public network with a gated or well-staked pool; `seats`, `human_seats`, and `votes` with the number for each
    ruling; `quality` as above; `practice`, and `own` true for a sample or a case that this user flagged, voted in, or
    whose file they registered.
detectors
    `decision` signs | none | inconclusive; `error_rate.false_alarms` 0-1, without which it was not measured and weighs
    nothing; `joint_limit` false where its limit is not part of the budget that all detectors share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.check.weigh_reading import count, mapping, number, objects, text, words
from touchstone.report import DETECTORS, Finding, Media, Status, Witness
from touchstone.wire import WorkerFailure

SEATS_AT_LEAST = 15
QUALITY_AT_LEAST = 50
MIRROR_FRESH_S = 24 * 3600
PRACTICE_SIGNER = "Touchstone practice"  # the organisation of `touchstone.check.signing_practice`
LISTS = ("official", "interim", "yours", "samples")
CAPTURE = frozenset({"captured", "captured-computed"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """The content credentials, as far as an answer needs them."""

    integrity: str = "none"
    issuer: str = "none"
    name: str = ""
    product: str = ""
    signature: bool = False
    time_stamp: str = ""
    history: str = "none"
    source_changed: bool = False
    untraceable: int = 0
    declares_ai: bool = False
    states_source: bool = False
    extent: str = "wholly"
    where: str = "this"
    signals: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    damaged: bool = False
    disagree: bool = False
    identity: str = "none"
    coverage: str = ""
    lists: frozenset[str] | None = None

    @property
    def intact(self) -> bool:
        """Whether the file is as it was signed."""
        return self.integrity == "intact"

    @property
    def listed(self) -> bool:
        """Whether the file is as it was signed, by a signer on a list."""
        return self.intact and self.issuer in LISTS

    @property
    def signer(self) -> dict[str, str]:
        """Who signed, where chain and claim signature themselves verify; else nobody."""
        holds = self.signature and self.issuer in LISTS and "claimSignature.mismatch" not in self.codes
        if not holds or not self.name:
            return {}
        return {"issuer_name": self.name} | ({"issuer_product": self.product} if self.product else {})

    @property
    def sample(self) -> bool:
        """Whether an authority made on this computer signed: that of the samples, or the one for practice."""
        return self.issuer == "samples"

    @property
    def mark(self) -> dict[str, bool]:
        """What a headline about the signer begins with."""
        if not self.sample:
            return {}
        return {"practice": True} if self.name == PRACTICE_SIGNER else {"sample": True}

    @property
    def captured(self) -> bool:
        """Whether the signer says that a camera took it."""
        return bool(self.signals & CAPTURE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says about itself."""

    declares_ai: bool = False
    generator: str = ""
    source_type: str = ""
    thumbnail: str = "none"


@dataclass(frozen=True, slots=True)
class Register:
    """What the publisher register says."""

    match: str = "none"
    publisher: str = ""
    verified: bool = False
    date: str = ""
    withdrawn: bool = False
    withdrawn_date: str = ""
    claims: int = 0
    quality: float = 0
    stale_hours: int = 0
    practice: bool = False
    own_key: bool = False

    @property
    def known(self) -> bool:
        """Whether this user knows who the claimant is: by domain, or because it is this user."""
        return self.verified or self.own_key

    @property
    def exact(self) -> bool:
        """Whether this very file is registered."""
        return self.match == "exact"


@dataclass(frozen=True, slots=True)
class Made:
    """Who recorded that a model made the file, where that decides."""

    publisher: str
    date: str = ""
    practice: bool = False
    own_key: bool = False
    same_publisher: bool = False


@dataclass(frozen=True, slots=True)
class Reviewers:
    """What a final panel ruled about the file itself."""

    match: str = "none"
    ruling: str = ""
    qualified: bool = False
    seats: int = 0
    votes: int = 0
    quality: float = 0
    practice: bool = False

    @property
    def altered(self) -> bool:
        """Whether the panel found it altered or generated."""
        return self.ruling in {"altered", "generated"}


@dataclass(frozen=True, slots=True)
class Detector:
    """What one detector decided at its limit."""

    witness: Witness
    decision: str
    false_alarms: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything an answer is made from."""

    media: Media
    credentials: Credentials = field(default_factory=Credentials)
    facts: Facts = field(default_factory=Facts)
    register: Register = field(default_factory=Register)
    made: Made | None = None
    reviewers: Reviewers = field(default_factory=Reviewers)
    detectors: tuple[Detector, ...] = ()
    failures: tuple[Finding, ...] = ()
    read: bool = False
    undecodable: bool = False

    @property
    def signs(self) -> tuple[Detector, ...]:
        """The detectors that see signs."""
        return tuple(d for d in self.detectors if d.decision == "signs")


def evidence(findings: Sequence[Finding], media: Media) -> Evidence:
    """The findings as views. Of several findings of one witness, the first that is done counts."""
    done: dict[Witness, Finding] = {}
    for finding in findings:
        if finding.status is Status.DONE:
            done.setdefault(finding.witness, finding)

    def details(witness: Witness) -> Mapping[str, Any]:
        found = done.get(witness)
        return found.details if found is not None else {}

    seen = [_detector(w, details(w)) for w in DETECTORS if w in done]
    credentials = _credentials(details(Witness.CREDENTIALS))
    return Evidence(
        media=media,
        credentials=credentials,
        facts=_facts(details(Witness.FACTS)),
        register=_register(details(Witness.REGISTER)),
        made=_made(details(Witness.REGISTER)),
        reviewers=_reviewers(details(Witness.REVIEWERS)),
        detectors=tuple(d for d in seen if d is not None),
        failures=tuple(f for f in findings if f.status is Status.FAILED),
        read=_was_read(done.get(Witness.FACTS), credentials),
        undecodable="undecodable" in words(details(Witness.FACTS), "notes"),
    )


def failure_of(finding: Finding) -> str:
    """Why a witness failed: what its reader reported, else the finding's own code."""
    return text(finding.params, "failure", "why") or finding.code


def reader_failure(seen: Evidence) -> Mapping[str, Any]:
    """Why nobody could read the file, as a `reason` and its numbers; empty where somebody could or nobody had to."""
    failures = {f.witness: f for f in seen.failures if f.witness in {Witness.FACTS, Witness.CREDENTIALS}}
    why = failures.get(Witness.FACTS) or failures.get(Witness.CREDENTIALS)
    code = "" if why is None else failure_of(why)
    said = {} if why is None else {k: v for k, v in why.params.items() if k == "seconds"} | {"reason": code}
    if not seen.media.sha256:
        return said or {"reason": "io-error"}
    if seen.media.bytes == 0:
        return {"reason": "empty"}
    if seen.read:
        return {}
    if why is None:
        return {"reason": "undecodable"} if seen.undecodable else {}
    nobody_tried = code in {WorkerFailure.UNSUPPORTED, WorkerFailure.STOPPED}
    # A reader that could not start says nothing about the file while the other one has looked.
    other_looked = code == WorkerFailure.UNAVAILABLE and len(failures) == 1
    return {} if nobody_tried or other_looked else said


def _was_read(facts: Finding | None, credentials: Credentials) -> bool:
    if facts is not None and "undecodable" not in words(facts.details, "notes"):
        return True
    return credentials.integrity in {"intact", "changed"}


def _credentials(details: Mapping[str, Any]) -> Credentials:
    codes = words(details, "codes")
    signature = details.get("signature")
    ai = text(details, "declares_ai")
    issuer = text(details, "issuer") or "none"
    failed = [words(e, "codes") for e in objects(details, "failed_ingredients")]
    dates = details.get("list_dates")
    return Credentials(
        integrity=text(details, "integrity") or "none",
        issuer=issuer,
        name=text(details, "issuer_name"),
        product=text(details, "issuer_product"),
        signature=signature if isinstance(signature, bool) else issuer in LISTS,
        time_stamp=text(details, "time_stamp"),
        history=text(details, "history") or "none",
        source_changed=any(c.endswith(".mismatch") for found in failed for c in found),
        untraceable=count(details, "sources_without"),
        declares_ai=ai == "yes",
        states_source=ai in {"yes", "no"},
        extent="part" if text(details, "declares_ai_extent") == "part" else "wholly",
        where="source" if text(details, "declares_ai_where") == "source" else "this",
        signals=words(details, "signals"),
        codes=codes,
        damaged=text(details, "integrity") == "broken" and text(details, "reason") != "file-unreadable",
        disagree=_disagree(details),
        identity=text(details, "identity") or "none",
        coverage=text(details, "coverage"),
        lists=frozenset(map(str, dates)) if isinstance(dates, Mapping) else None,
    )


def _disagree(details: Mapping[str, Any]) -> bool:
    """Whether the file carries one manifest and comes with another, of which one holds and the other does not."""
    both = {text(details, "integrity"), text(mapping(details, "other"), "integrity")}
    return details.get("disagree") is True or both == {"intact", "changed"}


def _facts(details: Mapping[str, Any]) -> Facts:
    return Facts(
        declares_ai=text(details, "declares_ai") == "yes",
        generator=text(details, "generator"),
        source_type=text(details, "source_type"),
        thumbnail=text(details, "thumbnail") or "none",
    )


def _register(details: Mapping[str, Any]) -> Register:
    if not _decides(details):
        return Register()
    revoked = details.get("revoked")
    withdrawn = bool(revoked) and isinstance(revoked, (bool, str)) and not details.get("revoked_by_compromised_key")
    age = number(details, "mirror_age_s")
    return Register(
        match=text(details, "match") or "none",
        publisher=text(details, "untrusted_publisher", "publisher"),
        verified=details.get("domain_verified") is True,
        date=text(details, "registered"),
        withdrawn=withdrawn,
        withdrawn_date=text(details, "revoked"),
        claims=count(details, "claimants" if "claimants" in details else "claims"),
        quality=number(details, "quality"),
        stale_hours=int(min(age, 1e9) // 3600) if age > MIRROR_FRESH_S else 0,
        practice=details.get("practice") is True,
        own_key=details.get("own_key") is True,
    )


def _made(details: Mapping[str, Any]) -> Made | None:
    entries = objects(details, "made")
    if details.get("made_decides") is not True or not entries:
        return None
    entry = entries[0]
    practice, own = details.get("practice") is True, entry.get("own_key") is True
    if practice and not own:
        return None  # what others say on a practice ledger decides nothing
    return Made(
        publisher=text(entry, "untrusted_publisher"),
        date=text(entry, "recorded"),
        practice=practice,
        own_key=own,
        same_publisher=entry.get("same_publisher") is True,
    )


def _reviewers(details: Mapping[str, Any]) -> Reviewers:
    about_the_file = text(details, "claim") in {"", "file"}
    if not _decides(details) or not about_the_file or text(details, "state") != "final":
        return Reviewers()
    seats, ruling = count(details, "seats"), text(details, "ruling")
    practice = details.get("practice") is True
    enough = seats >= SEATS_AT_LEAST and count(details, "human_seats") > 0
    return Reviewers(
        match=text(details, "match") or "none",
        ruling=ruling,
        qualified=enough and (practice or details.get("qualified") is True),
        seats=seats,
        votes=_votes(mapping(details, "votes"), ruling),
        quality=number(details, "quality"),
        practice=practice,
    )


def _votes(votes: Mapping[str, Any], ruling: str) -> int:
    """How many voted as ruled; both kinds of `altered` count, because that question is tallied first."""
    kinds = ("altered", "generated") if ruling in {"altered", "generated"} else (ruling,)
    return sum(count(votes, kind) for kind in kinds)


def _decides(details: Mapping[str, Any]) -> bool:
    """Facts of the practice ledger decide about samples and this user's own registrations, and nothing else."""
    return details.get("practice") is not True or details.get("own") is True


def _detector(witness: Witness, details: Mapping[str, Any]) -> Detector | None:
    rate = mapping(details, "error_rate").get("false_alarms")
    measured = isinstance(rate, (int, float)) and not isinstance(rate, bool) and 0 <= rate <= 1
    if not measured or details.get("joint_limit") is False:
        return None
    return Detector(witness, text(details, "decision") or "inconclusive", float(rate or 0))
