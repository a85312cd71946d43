"""The credentials witness on the desk: asks the provenance worker, holds its answer to bounds, makes the finding.

Nothing of a media file is parsed here. Every field of a reply has a closed set of values, a range or a longest length;
anything else in it refuses the whole reply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from touchstone.check.credentials_reply import Node, Reading, ReplyError, read_reply
from touchstone.check.servers import WorkerError
from touchstone.report import Finding, Status, Witness
from touchstone.trust.lists import Slot, TrustSnapshot
from touchstone.wire import WorkerFailure

__all__ = ["CODES", "CredentialsReply", "finding", "parse", "request", "setup"]

LISTS = frozenset({"official", "interim", "yours", "samples"})
# What the witness can say; `touchstone.texts.credentials` has a sentence for each.
CODES = frozenset(
    {
        "none",  # no content credentials
        "signed",  # intact, the signer on a list
        "signed-expired",  # intact, the certificate ran out and no trusted time stamp says it was signed before
        "signed-revoked",  # intact, the certificate was withdrawn by its issuer
        "signed-unknown",  # intact, the signer on no list
        "changed",  # by somebody, since a signer on a list signed it
        "changed-unknown",  # since somebody unknown signed it
        "source-failed",  # itself intact, a source inside it is not
        "broken",  # credentials are there and cannot be read
        "file-unreadable",  # the file cannot be read far enough to look for credentials
        "fragments-missing",  # the beginning of a stream, which cannot be held against what was signed without the rest
        "elsewhere",  # kept at an address, not fetched
        "format-not-supported",
        "sidecar-alone",
    }
)
_NOT_CHECKED = frozenset({"format-not-supported", "sidecar-alone"})
_NOTHING = {"format-not-supported", "sidecar-alone", "file-unreadable"}


@dataclass(frozen=True, slots=True)
class CredentialsReply:
    """A worker's answer, within bounds. `thumbnails` are encoded pictures of the signer's, by picture name."""

    sdk: str
    refused: tuple[str, ...]
    readings: tuple[Reading, ...]
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def main(self) -> Reading:
        """The reading that speaks for the file: what it carries, or the sidecar where it carries nothing readable."""
        embedded, *others = self.readings
        return others[0] if others and embedded.integrity in {"none", "elsewhere"} else embedded

    @property
    def other(self) -> Reading | None:
        """A second store for the same file, where both could be read."""
        both = [r for r in self.readings if r is not self.main and r.integrity not in {"none", "elsewhere"}]
        return both[0] if both else None


def request(mime: str, *, sidecar: bool, sample: bool) -> dict[str, Any]:
    """What to ask the worker; its files are the media and, where `sidecar`, a manifest store.

    `sample` adds the list of the samples made on this computer, as the last.
    """
    return {"op": "read", "mime": mime, "sidecar": sidecar, "sample": sample}


def setup(lists: TrustSnapshot, samples_pem: str | None) -> bytes:
    """What the worker's server is told once: the anchors, list by list (PEM)."""
    sent = [
        {
            "name": str(slot),
            "anchors": lists.anchors.get(slot, ""),
            "tsa": lists.time_stamps if slot is Slot.OFFICIAL else "",
        }
        for slot in Slot
    ]
    sent.append({"name": "samples", "anchors": samples_pem or "", "tsa": ""})
    return json.dumps({"lists": sent}).encode("ascii")


def parse(body: Mapping[str, Any], blobs: Mapping[str, bytes]) -> CredentialsReply:
    """A worker's answer, once it is seen to be one.

    Raises:
        WorkerError: it is not (`protocol`).
    """
    try:
        sdk, refused, readings = read_reply(body, blobs)
    except ReplyError as error:
        raise WorkerError(WorkerFailure.PROTOCOL) from error
    reply = CredentialsReply(sdk, refused, readings)
    pictures = {
        picture_name(place): blobs[node.thumbnail] for place, node in enumerate(reply.main.nodes) if node.thumbnail
    }
    return CredentialsReply(sdk, refused, readings, pictures)


def picture_name(place: int) -> str:
    """The name of the picture of a node: place 0 is the file itself."""
    return f"ingredient-{place}"


def finding(reply: CredentialsReply, *, lists: TrustSnapshot | None = None, took_ms: int = 0) -> Finding:
    """What the worker's answer comes to."""
    main = reply.main
    dates = lists.dates() if lists is not None else {}
    code = _code(main)
    return Finding(
        witness=Witness.CREDENTIALS,
        status=Status.NOT_CHECKED if code in _NOT_CHECKED else Status.DONE,
        code=code,
        params=_params(main),
        source=main.issuer if main.issuer in LISTS else "c2pa",
        version="; ".join([f"c2pa-rs {reply.sdk}", *(f"{name} {day}" for name, day in dates.items())]),
        took_ms=took_ms,
        details=_details(reply, main, dates),
    )


def _code(main: Reading) -> str:
    if main.integrity == "elsewhere":
        return "elsewhere"
    if main.integrity == "none":
        return main.reason if main.reason in _NOTHING else "none"
    if main.integrity == "broken":
        return main.reason if main.reason in {"file-unreadable", "fragments-missing"} else "broken"
    if main.integrity == "changed":
        return "changed" if main.names_signer else "changed-unknown"
    if main.history == "ingredient-failed":
        return "source-failed"
    return {"expired": "signed-expired", "revoked": "signed-revoked", "unknown": "signed-unknown"}.get(
        main.issuer, "signed"
    )


def _params(main: Reading) -> dict[str, Any]:
    params: dict[str, Any] = {"list": main.issuer if main.issuer in LISTS else "", "ai": main.ai_extent}
    params |= _names(main)
    if main.stamp == "trusted":
        params["signed_at"] = main.stamp_time
    if main.integrity == "elsewhere":
        params["untrusted_host"] = _host(main.untrusted_remote)
    return params


def _names(reading: Reading) -> dict[str, str]:
    """The signer's names: vouched for by a list, or marked as what they are, the file's own say."""
    prefix = "" if reading.names_signer else "untrusted_"
    organisation, common = reading.untrusted_issuer_organisation, reading.untrusted_issuer_common_name
    if not organisation and not common:
        return {}
    named = {f"{prefix}issuer_name": organisation or common}
    if organisation and common and common != organisation:
        named[f"{prefix}issuer_product"] = common
    return named


def _details(reply: CredentialsReply, main: Reading, dates: Mapping[str, str]) -> dict[str, Any]:
    details = _about(main)
    details |= {
        "issuer_name": "",
        **_names(main),
        "signature": main.signature,
        "stamp": main.stamp,
        "time_stamp": main.stamp_time if main.stamp == "trusted" else "",
        "untrusted_stamp_time": main.stamp_time,
        "certificate": {"valid_from": main.valid_from, "valid_until": main.valid_until},
        "history": main.history,
        "sources": main.sources,
        "sources_without": main.sources_without,
        "failed_ingredients": [{"node": f.node, "codes": list(f.codes)} for f in main.failed],
        "ingredients": [_node(place, node) for place, node in enumerate(main.nodes)],
        "ingredients_left_out": main.nodes_left_out,
        "identity": main.identity,
        "signals": list(main.signals),
        "declares_ai_extent": main.ai_extent,
        "declares_ai_where": main.ai_where,
        "coverage": main.coverage,
        "sdk": reply.sdk,
        "sdk_state": main.sdk_state,
        "codes": list(main.codes),
        "list_dates": dict(dates),
        "lists_refused": list(reply.refused),
        "untrusted_agent": main.untrusted_agent,
    }
    if main.integrity == "elsewhere":
        details |= {"untrusted_remote": main.untrusted_remote, "untrusted_host": _host(main.untrusted_remote)}
    if reply.other is not None:
        details["other"] = {**_about(reply.other), "history": reply.other.history, **_names(reply.other)}
        details["disagree"] = _comes_to(reply.other) != _comes_to(main)
    return details


def _about(reading: Reading) -> dict[str, Any]:
    return {
        "from": reading.origin,
        "integrity": reading.integrity,
        "reason": reading.reason,
        "issuer": reading.issuer,
        "declares_ai": reading.declares_ai,
    }


def _comes_to(reading: Reading) -> tuple[bool, bool]:
    """Whether a store holds, and holds with its sources: two that differ in this contradict each other."""
    return reading.integrity == "intact", reading.history == "ingredient-failed"


def _node(place: int, node: Node) -> dict[str, Any]:
    return {
        "parent": node.parent,
        "relation": node.relation,
        "integrity": node.integrity,
        "issuer": node.issuer,
        "declares_ai": node.declares_ai,
        "signals": list(node.signals),
        "codes": list(node.codes),
        "picture": picture_name(place) if node.thumbnail else "",
        "untrusted_title": node.untrusted_title,
        "untrusted_format": node.untrusted_format,
        "untrusted_generator": node.untrusted_generator,
        "untrusted_signer": node.untrusted_signer,
    }


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:253]
    except ValueError:
        return ""
