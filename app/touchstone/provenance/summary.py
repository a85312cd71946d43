"""What of a reading crosses to the desk: codes, numbers, and the signer's strings under `untrusted_`, all bounded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from touchstone.provenance import claims, codes, history
from touchstone.provenance.codes import Codes, part
from touchstone.provenance.history import Source, Store
from touchstone.provenance.reading import THUMBNAILS_AT_MOST, NotReadError, Reading
from touchstone.wire import MAX_HEADER

CODES_AT_MOST = 40
STRING = 200
NODE_STRING = 80
ADDRESS = 1000
# Room for the frame's own fields and for the list of blobs.
_BODY_AT_MOST = MAX_HEADER - 4096
_STATES = frozenset({"Trusted", "Valid", "Invalid"})


def of_nothing(error: NotReadError) -> dict[str, Any]:
    """The reading of a file whose store is not there or cannot be read."""
    return {
        "integrity": error.integrity,
        "reason": error.reason,
        "issuer": "none",
        "history": "none",
        "identity": "none",
        "coverage": "unknown",
        "declares_ai": "unknown",
        "ai_extent": "none",
        "ai_where": "none",
        "stamp": "none",
        "stamp_time": "",
        "valid_from": "",
        "valid_until": "",
        "signature": False,
        "claim_version": 0,
        "sdk_state": "",
        "codes": [],
        "signals": [],
        "failed": [],
        "nodes": [],
        "nodes_left_out": 0,
        "sources": 0,
        "sources_without": 0,
        "untrusted_issuer_organisation": "",
        "untrusted_issuer_common_name": "",
        "untrusted_agent": "",
        "untrusted_remote": error.remote[:ADDRESS],
    }


def of(reading: Reading, blobs_taken: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A reading, and its thumbnails as blobs that the nodes name (`t0`, `t1`, ... from `blobs_taken` on)."""
    store = reading.store
    active = store.views[0].active
    extent = history.declared_ai(store)
    entries = list(store.ingredients())
    room = range(blobs_taken, 2 * THUMBNAILS_AT_MOST)
    names = {place: f"t{n}" for place, n in zip(reading.thumbnails, room, strict=False)}
    nodes = [_node(reading, place, source, names.get(place, "")) for place, source in enumerate(reading.sources)]
    found = of_nothing(NotReadError(codes.integrity(active.failure), "read"))
    found |= _signer(reading)
    nodes[0]["issuer"] = found["issuer"]
    found |= {
        "history": "none" if not entries else "ingredient-failed" if store.failures() else "complete",
        "identity": "not-checked-offline" if claims.has_identity(store.active) else "none",
        "coverage": "exclusions" if codes.exclusions(active) else "whole",
        "declares_ai": extent[0],
        "ai_extent": extent[1],
        "ai_where": extent[2],
        "codes": sorted(active.failure | active.informational)[:CODES_AT_MOST],
        "signals": claims.signals(store.active),
        "failed": _failed(reading, nodes),
        "nodes": nodes,
        "nodes_left_out": reading.left_out,
        "sources": len(entries),
        "sources_without": sum(not e.get("active_manifest") for e in entries),
        "untrusted_agent": _text(claims.agent(store.active), STRING),
    }
    return found, {names[place]: data for place, data in reading.thumbnails.items() if place in names}


def only_box_hash_differs(reading: dict[str, Any]) -> bool:
    """Whether the file differs from what was signed in the hash over its boxes, and in nothing else."""
    return codes.CHANGED.intersection(reading["codes"]) == {"assertion.bmffHash.mismatch"}


def excuse(reading: dict[str, Any], reason: str) -> None:
    """Say that the file could not be held against what was signed, rather than that it was changed."""
    reading["integrity"], reading["reason"] = "broken", reason
    reading["nodes"][0]["integrity"] = "broken"


def within_header(body: dict[str, Any]) -> dict[str, Any]:
    """The body, with as many nodes as a frame's header has room for; what had to go is counted."""
    while len(json.dumps(body)) > _BODY_AT_MOST:
        longest = max(body["readings"], key=lambda r: len(json.dumps(r["nodes"])))
        nodes = longest["nodes"]
        kept = max(1, len(nodes) // 2)  # parents come before their children, so no child is left without one
        longest["nodes_left_out"] += len(nodes) - kept
        longest["nodes"] = nodes[:kept]
        for failed in longest["failed"]:
            failed["node"] = failed["node"] if failed["node"] < kept else -1
        if len(nodes) <= 1:
            break
    return body


def _signer(reading: Reading) -> dict[str, Any]:
    store = reading.store
    seen = [v.active for v in store.views]
    # The official list keeps authorities for time stamps apart from those for signers, so only the former count.
    timed = [v.active for v in store.views if v.name != "official"]
    timed += [] if reading.stamped is None else [reading.stamped.active]
    signature = reading.signatures.get(store.active_label)
    info = store.active.get("signature_info")
    issuer = _issuer(reading, seen, timed)
    return {
        "issuer": issuer,
        "sdk_state": _state(store, issuer),
        "stamp": _stamp(store, seen[0], timed),
        "stamp_time": _time(part(signature, "timeStampInfo", "timestamp") or part(info, "time")),
        "valid_from": _time(part(signature, "certificateInfo", "validity", "notBefore")),
        "valid_until": _time(part(signature, "certificateInfo", "validity", "notAfter")),
        "signature": codes.signature_verifies(seen[0]),
        "claim_version": 1 if store.active.get("claim_version") == 1 else 2,
        "untrusted_issuer_organisation": _text(
            part(signature, "certificateInfo", "subject", "O") or part(info, "issuer"), STRING
        ),
        "untrusted_issuer_common_name": _text(
            part(signature, "certificateInfo", "subject", "CN") or part(info, "common_name"), STRING
        ),
    }


def _issuer(reading: Reading, seen: list[Codes], timed: list[Codes]) -> str:
    if any(codes.revoked(c) for c in seen):
        return "revoked"
    if all(codes.expired(c) for c in timed or seen):
        return "expired"
    return reading.issuers.get(reading.store.active_label, "unknown")


def _stamp(store: Store, first: Codes, timed: list[Codes]) -> str:
    made = codes.stamp(first)
    if made != "validated":
        return made
    if store.active.get("claim_version") == 1:
        return "unchecked"  # the SDK takes any authority's word for claims of the first version
    return "trusted" if any("timeStamp.trusted" in c.success for c in timed) else "untrusted"


def _node(reading: Reading, place: int, source: Source, thumbnail: str) -> dict[str, Any]:
    store = reading.store
    manifest = store.manifests.get(source.label, {})
    if place == 0:
        known = store.views[0].active
        failures = known.failure
    else:
        known = store.codes_of(source.entry)
        failures = codes.failed_source(known.failure)
    named = claims.signals(manifest)
    said = "yes" if claims.AI.intersection(named) else "no" if claims.states_source(manifest) else "unknown"
    return {
        "parent": source.parent,
        "relation": "this" if place == 0 else history.relation(source.entry),
        "integrity": codes.integrity(failures) if source.label or failures else "none",
        "issuer": _node_issuer(reading, source, known),
        "declares_ai": said,
        "signals": named[:12],
        "codes": sorted(codes.failed_source(failures))[: history.NODE_CODES_AT_MOST],
        "thumbnail": thumbnail,
        "untrusted_title": _text(source.entry.get("title") or manifest.get("title"), NODE_STRING),
        "untrusted_format": _text(source.entry.get("format") or manifest.get("format"), NODE_STRING),
        "untrusted_generator": _text(claims.generator(manifest), NODE_STRING),
        "untrusted_signer": _text(part(manifest, "signature_info", "issuer"), NODE_STRING),
    }


def _node_issuer(reading: Reading, source: Source, known: Codes) -> str:
    if not source.label:
        return "none"
    listed = reading.issuers.get(source.label)
    if codes.revoked(known):
        return "revoked"
    if listed is None and codes.expired(known):
        return "expired"
    return listed or "unknown"


def _failed(reading: Reading, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Which sources failed and by which codes; node -1 stands for one that is not in the tree."""
    found: list[dict[str, Any]] = []
    named: set[str] = set()
    for place, (node, source) in enumerate(zip(nodes, reading.sources, strict=True)):
        if place and node["integrity"] in {"changed", "broken"}:
            named |= reading.store.codes_of(source.entry).failure
            found.append({"node": place, "codes": node["codes"]})
    rest = sorted(reading.store.failures() - named)[: history.NODE_CODES_AT_MOST]
    if rest:
        found.insert(0, {"node": -1, "codes": rest})
    return found[: history.FAILED_AT_MOST]


def _state(store: Store, issuer: str) -> str:
    view = next((v for v in store.views if v.name == issuer), store.views[0])
    state = view.data.get("validation_state")
    return state if state in _STATES else ""


def _text(value: object, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _time(value: object) -> str:
    """A moment as `YYYY-MM-DDTHH:MM:SSZ`, or an empty string."""
    if not isinstance(value, str) or len(value) > 40:
        return ""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return ""
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
