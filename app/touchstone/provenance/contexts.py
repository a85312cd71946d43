"""How the SDK is asked: settings that open no socket, and one list of anchors at a time.

A context holds one list of claim signers, or the time-stamp authorities alone. Measured with c2pa-rs 0.91: within one
context an authority of kind `tsa` vouches for claim signers too, and where several lists hold a root, which one is
named changes from run to run. Apart, neither can happen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import c2pa

ORDER = ("official", "interim", "yours", "samples")
STAMPS = "time stamps"
# Extended key usages that a claim signer's certificate may have: e-mail protection, document signing, the C2PA's own,
# and one of Microsoft's from before it. Those of time stamps and OCSP are for certificates of such services.
_USAGES = (
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
    "1.3.6.1.4.1.311.76.59.1.9",
    "1.3.6.1.4.1.62558.2.1",
)


@dataclass(frozen=True, slots=True)
class Contexts:
    """Settings by list name, in the order in which lists are asked; those the SDK would not take are `refused`."""

    lists: Mapping[str, str]
    stamps: str | None
    refused: tuple[str, ...] = ()

    @classmethod
    def from_setup(cls, data: bytes) -> Contexts:
        """From what the desk sends: `{"lists": [{"name", "anchors": PEM, "tsa": PEM}]}`.

        Raises:
            ValueError: it is not that.
        """
        sent = {entry["name"]: entry for entry in json.loads(data)["lists"]}
        lists, refused = {}, []
        for name in ORDER:
            anchors = sent.get(name, {}).get("anchors") or ""
            if not anchors:
                continue
            settings = _settings(anchors, "manifest")
            if _taken(settings):
                lists[name] = settings
            else:
                refused.append(name)
        authorities = "".join(str(entry.get("tsa") or "") for entry in sent.values())
        stamps = _settings(authorities, "tsa") if authorities else None
        if stamps is not None and not _taken(stamps):
            stamps = None
            refused.append(STAMPS)
        return cls(lists, stamps, tuple(refused))

    def names(self, *, sample: bool) -> list[str]:
        """The lists to ask, in order; one nameless empty list where there is none."""
        return [n for n in self.lists if sample or n != "samples"] or [""]

    def open(self, name: str) -> c2pa.Context:
        """A context for a list. It belongs to the process that asked: the SDK refuses one from before a fork."""
        settings = self.stamps if name == STAMPS else self.lists.get(name)
        return c2pa.Context.from_json(settings or _settings("", "manifest"))


def _settings(anchors: str, kind: str) -> str:
    trust: dict[str, Any] = {"trust_config": "\n".join(_USAGES) + "\n"}
    if anchors:
        trust["anchors"] = [{"trust_anchors": anchors, "trust_kind": kind, "trust_uri": "list"}]
    return json.dumps(
        {
            "version": 1,
            "trust": trust,
            "verify": {
                "verify_trust": True,
                "verify_timestamp_trust": True,
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
            },
            "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
        }
    )


def _taken(settings: str) -> bool:
    try:
        c2pa.Context.from_json(settings).close()
    except c2pa.C2paError:
        return False
    return True
