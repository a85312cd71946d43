"""How the SDK is asked: settings that open no socket, and one list of anchors at a time.

A context holds one list of signers, or the time-stamp authorities. Measured with c2pa-rs 0.91: within one context an
authority of kind `tsa` vouches for signers too, and where several lists hold a root, which one is named changes from
run to run. Apart, neither can happen. Signers and authorities only meet where a certificate has run out since it was
used, because then the reader looks at the chain as of the stamped time, and has to know both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import c2pa

ORDER = ("official", "interim", "yours", "samples")
STAMPS = "time stamps"
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
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
    """Anchors (PEM) by list, in the order in which lists are asked; lists the SDK would not take are `refused`."""

    lists: Mapping[str, str]
    stamps: str = ""
    refused: tuple[str, ...] = ()

    @classmethod
    def from_setup(cls, data: bytes) -> Contexts:
        """From what the desk sends: `{"lists": [{"name", "anchors": PEM, "tsa": PEM}]}`.

        Raises:
            ValueError: it is not that.
        """
        sent = {entry["name"]: entry for entry in json.loads(data)["lists"]}
        lists = {name: str(sent.get(name, {}).get("anchors") or "") for name in ORDER}
        stamps = "".join(str(entry.get("tsa") or "") for entry in sent.values())
        refused = [name for name, anchors in {**lists, STAMPS: stamps}.items() if anchors and not _taken(anchors)]
        return cls(
            {name: anchors for name, anchors in lists.items() if anchors and name not in refused},
            "" if STAMPS in refused else stamps,
            tuple(refused),
        )

    def names(self, *, sample: bool) -> list[str]:
        """The lists to ask, in order; one nameless empty list where there is none."""
        return [n for n in self.lists if sample or n != "samples"] or [""]

    # A context belongs to the process that made it: the SDK refuses one from before a fork.

    def signers(self, name: str) -> c2pa.Context:
        """A context for the signers on a list, alone."""
        return _context(signers=self.lists.get(name, ""))

    def signers_and_stamps(self, name: str) -> c2pa.Context:
        """A context for the signers on a list together with the time-stamp authorities."""
        return _context(signers=self.lists.get(name, ""), stamps=self.stamps)

    def only_stamps(self, beyond: str = "") -> c2pa.Context:
        """A context for the time-stamp authorities alone, without those that are anchors of the list `beyond`."""
        signers = set(_BLOCK.findall(self.lists.get(beyond, "")))
        return _context(stamps="".join(block for block in _BLOCK.findall(self.stamps) if block not in signers))


def _context(*, signers: str = "", stamps: str = "") -> c2pa.Context:
    trust: dict[str, Any] = {"trust_config": "\n".join(_USAGES) + "\n"}
    kinds = {"manifest": signers, "tsa": stamps}
    anchors = [{"trust_anchors": pem, "trust_kind": kind, "trust_uri": kind} for kind, pem in kinds.items() if pem]
    if anchors:
        trust["anchors"] = anchors
    settings = {
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
    return c2pa.Context.from_json(json.dumps(settings))


def _taken(anchors: str) -> bool:
    try:
        _context(signers=anchors).close()
    except c2pa.C2paError:
        return False
    return True
