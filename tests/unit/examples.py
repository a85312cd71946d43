"""Findings and reports of every sort, made by hand, for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace

from touchstone.check.weigh import weigh
from touchstone.report import DETECTORS, Finding, Kind, Media, Picture, Protection, Report, Status, Witness

HOSTILE = "<b>Evil</b> & \u202eexe.gpj\x1b[31m {x} %s \u2066<img src=//evil.example/x onerror=alert(1)>"
LISTS = {"official": "2026-08-05", "interim": "2026-01-01", "yours": "2026-10-02"}
PHOTO = Media(
    name="harbour.jpg",
    bytes=3_412_233,
    sha256="4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce",
    kind=Kind.IMAGE,
    mime="image/jpeg",
    width=4032,
    height=3024,
    fingerprints={"pdq": "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22", "pdq_quality": 100},
)


def picture(width: int = 320, height: int = 240) -> Picture:
    """A sky over water, in bands."""
    rgb = bytearray()
    for y in range(height):
        for x in range(width):
            down = y / height
            rgb += bytes((int(240 - 150 * down), int(190 - 90 * down), int(120 + 60 * down + x % 7)))
    return Picture(width, height, bytes(rgb))


def credentials(**details) -> Finding:
    """An intact signature on the official list, unless `details` say otherwise."""
    known = {
        "from": "embedded",
        "integrity": "intact",
        "reason": "read",
        "issuer": "official",
        "issuer_name": "Example Cameras",
        "issuer_product": "Camera Y",
        "signature": True,
        "stamp": "trusted",
        "time_stamp": "2026-03-12T13:05:00Z",
        "history": "none",
        "sources": 0,
        "sources_without": 0,
        "failed_ingredients": [],
        "ingredients": [],
        "identity": "none",
        "signals": ["created", "captured"],
        "declares_ai": "no",
        "declares_ai_extent": "none",
        "declares_ai_where": "none",
        "coverage": "whole",
        "sdk": "0.91.3",
        "sdk_state": "Trusted",
        "codes": [],
        "list_dates": dict(LISTS),
        "untrusted_agent": "Camera Y firmware 3",
    } | details
    code = {"none": "none", "elsewhere": "elsewhere", "broken": "broken"}.get(known["integrity"])
    params = {"issuer_name": known["issuer_name"], "list": known["issuer"]} if not code else {}
    return Finding(
        Witness.CREDENTIALS,
        Status.DONE,
        code or _code(known),
        params,
        source=known["issuer"] if known["issuer"] in {"official", "interim", "yours", "samples"} else "c2pa",
        version="c2pa-rs 0.91.3; official 2026-08-05; interim 2026-01-01; yours 2026-10-02",
        took_ms=13,
        details=known,
    )


def _code(known) -> str:
    if known["integrity"] == "changed":
        return "changed" if known["issuer"] in {"official", "interim", "yours", "samples"} else "changed-unknown"
    if known["history"] == "ingredient-failed":
        return "source-failed"
    return {"expired": "signed-expired", "revoked": "signed-revoked", "unknown": "signed-unknown"}.get(
        known["issuer"], "signed"
    )


def unsigned() -> Finding:
    """No credentials."""
    return Finding(
        Witness.CREDENTIALS,
        Status.DONE,
        "none",
        source="c2pa",
        version="c2pa-rs 0.91.3",
        took_ms=4,
        details={
            "integrity": "none",
            "reason": "no-credentials",
            "issuer": "none",
            "history": "none",
            "identity": "none",
            "declares_ai": "unknown",
            "list_dates": dict(LISTS),
        },
    )


def facts(**details) -> Finding:
    """Plain facts, unless `details` say otherwise."""
    known = {
        "declares_ai": "unknown",
        "basis": None,
        "generator": None,
        "software": None,
        "source_type": None,
        "gps": False,
        "thumbnail": "none",
        "jpeg": None,
        "streams": None,
        "format": "JPEG",
        "frames": 1,
        "fps": None,
        "has_alpha": False,
        "notes": [],
    } | details
    says = known["declares_ai"] == "yes"
    params = {"generator": known["generator"] or "", "source_type": "", "basis": "parameters"} if says else {}
    code = "file-says-ai" if says else "nothing"
    return Finding(Witness.FACTS, Status.DONE, code, params, "file", "facts/1", took_ms=92, details=known)


def register(**details) -> Finding:
    """An exact registration by a verified publisher, unless `details` say otherwise."""
    known = {
        "match": "exact",
        "untrusted_publisher": "agence-x.example",
        "domain_verified": True,
        "registered": "2026-03-12T10:00:00Z",
        "revoked": None,
        "claims": [claim()],
        "quality": 100,
        "mirror_age_s": 60,
        "network": "base",
        "practice": False,
        "publisher": 7,
        "block": 1234,
        "final": True,
        "own": False,
        "compared": "yes",
    } | details
    return Finding(Witness.REGISTER, Status.DONE, known["match"], source="Base", version="block 1234", details=known)


def recorded(*, decides: bool = True, own_key: bool = False, same_publisher: bool = True, **details) -> Finding:
    """As `register`, and somebody recorded that a model made the file: whoever registered it, unless told otherwise."""
    entry = {
        "publisher": 7,
        "untrusted_publisher": "agence-x.example",
        "domain_verified": True,
        "own_key": own_key,
        "signer": "0x" + "5e" * 20,
        "manifest": "a1" * 32,
        "recorded": "2026-03-11T10:00:00Z",
        "said": "2026-03-11T09:00:00Z",
        "block": 1200,
        "tx": "0x" + "7d" * 32,
        "root": "b2" * 32,
        "index": 3,
        "counts": True,
        "withdrawn": None,
        "same_publisher": same_publisher,
    }
    return register(made=[entry], made_decides=decides, **details)


def claim(**changes) -> dict[str, object]:
    """A claim as the register's finding lists it: of a verified publisher, standing, relied on."""
    return {
        "publisher": 7,
        "untrusted_publisher": "agence-x.example",
        "untrusted_name": "Agence X",
        "untrusted_domain": "agence-x.example",
        "domain_verified": True,
        "domain_checked": "2026-03-01T09:00:00+00:00",
        "registered": "2026-03-12T10:00:00Z",
        "block": 1234,
        "tx": "ab" * 32,
        "signer": "0x" + "cd" * 20,
        "counts": True,
        "compromised_since": "",
        "revoked": None,
        "revoked_reason": "",
        "revoked_counts": False,
        "replacement": "",
        "untrusted_uri": "",
        "batch": False,
        "signed": False,
        "declares_ai": False,
        "final": True,
        "own": False,
        "relied": True,
    } | changes


def reviewers(**details) -> Finding:
    """A qualified final ruling that this file was altered, unless `details` say otherwise."""
    known = {
        "match": "exact",
        "claim": "file",
        "state": "final",
        "ruling": "altered",
        "qualified": True,
        "seats": 15,
        "human_seats": 10,
        "automated_seats": 5,
        "votes": {"altered": 13, "generated": 0, "not-altered": 2, "cannot-tell": 0},
        "quality": 100,
        "network": "Base",
        "practice": False,
        "mirror_age_s": 60,
        "case": 7,
        "round": 1,
        "quorum": 10,
        "randomness": "future-block-hash",
        "own": False,
    } | details
    if isinstance(known["votes"], dict):
        known["votes"] = dict.fromkeys(("altered", "generated", "not-altered", "cannot-tell"), 0) | known["votes"]
    return Finding(Witness.REVIEWERS, Status.DONE, known["state"], source="Base", version="block 1234", details=known)


def detector(witness: Witness = Witness.AI_IMAGE, **details) -> Finding:
    """A measured detector that sees signs, unless `details` say otherwise."""
    known = {
        "decision": "signs",
        "score": 0.93,
        "limit": 0.8,
        "error_rate": {"false_alarms": 0.03, "worst_source": 0.1, "recall": 0.4, "set": "set 1"},
    } | details
    return Finding(witness, Status.DONE, known["decision"], source="model", version="1", took_ms=48, details=known)


def absent(witness: Witness) -> Finding:
    """A witness that is not installed."""
    return Finding(witness, Status.NOT_CHECKED, "not-installed")


def failed(witness: Witness, failure: str, **params) -> Finding:
    """A witness whose reader failed."""
    return Finding(witness, Status.FAILED, failure, params)


def report(*findings: Finding, media: Media = PHOTO, created: str = "2026-11-22T09:30:00+00:00") -> Report:
    """The report that these findings come to; the witnesses to come are not installed."""
    named = {f.witness for f in findings}
    rest = (Witness.REGISTER, Witness.REVIEWERS, *DETECTORS)
    every = (*findings, *(absent(w) for w in rest if w not in named))
    verdict = weigh(every, media)
    held = {"process": True, "limits": True, "filesystem": True, "syscalls": True, "landlock_abi": 6}
    return Report(
        created=created,
        application="touchstone 0.1.0",
        media=media,
        answer=verdict.answer,
        headline=verdict.headline,
        findings=every,
        conflicts=verdict.conflicts,
        not_checked=verdict.not_checked,
        protection=(Protection("provenance", **held), Protection("pixels", **held)),
    )


def laundered() -> Report:
    """The hardest report to lay out: a failed source in a tree of them, contradictions, hostile strings."""
    tree = [
        _node(-1, "this", "intact", "unknown", "", "Newsroom"),
        _node(0, "parent", "changed", "official", "harbour at dusk, original.jpg", "Example Cameras"),
        _node(1, "component", "none", "none", HOSTILE, ""),
        _node(0, "component", "intact", "expired", "boat-without-a-very-telling-name-" * 3, "Agence X"),
    ]
    signed = credentials(
        issuer="yours",
        issuer_name="Newsroom of the Daily Example",
        history="ingredient-failed",
        sources=3,
        sources_without=1,
        failed_ingredients=[{"node": 1, "codes": ["assertion.dataHash.mismatch"]}],
        ingredients=tree,
        untrusted_agent=HOSTILE,
        signals=["opened", "placed", "colour-adjusted", "composite"],
        identity="not-checked-offline",
    )
    media = replace(PHOTO, name=f"{HOSTILE}.jpg"[-120:])
    return report(signed, facts(declares_ai="yes", generator="stable-diffusion", thumbnail="differs"), media=media)


def _node(parent, relation, integrity, issuer, title, signer):
    return {
        "parent": parent,
        "relation": relation,
        "integrity": integrity,
        "issuer": issuer,
        "declares_ai": "no",
        "signals": [],
        "codes": [],
        "picture": "ingredient-1" if parent == 0 else "",
        "untrusted_title": title,
        "untrusted_format": "image/jpeg",
        "untrusted_generator": "",
        "untrusted_signer": signer,
    }
