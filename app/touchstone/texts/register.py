"""What the publisher register says, in words. The details it reads are described in `check.weigh_views`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Finding
from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

_NAME = 80


def sentence(finding: Finding) -> str:
    """One sentence or a few for a finding of this witness."""
    details = finding.details
    said = [_claim(details)]
    claims = details.get("claims")
    others = (len(claims) if isinstance(claims, list) else claims if type(claims) is int else 1) - 1
    if details.get("match") == "exact" and others > 0:
        said.append(
            ngettext(
                "{count} other publisher has registered it too.",
                "{count} other publishers have registered it too.",
                others,
            ).format(count=formats.whole(others))
        )
    if details.get("practice") is True:
        said.append(_("This is the practice ledger on your own computer: nobody else can see it."))
    return " ".join(said)


def _claim(details: Mapping[str, Any]) -> str:
    publisher = _publisher(details)
    on = formats.day(details.get("registered") or "") or _("an unknown day")
    match details.get("match"):
        case "exact" if details.get("revoked") and not details.get("revoked_by_compromised_key"):
            return _("{publisher} registered exactly this file on {day} and has withdrawn it since.").format(
                publisher=publisher, day=on
            )
        case "exact":
            return _("{publisher} registered exactly this file on {day}.").format(publisher=publisher, day=on)
        case "similar":
            return _("It looks like a file registered by {publisher}, and is not the same file.").format(
                publisher=publisher
            )
        case _:
            return _("Nobody has registered this file, or one that looks like it.")


def _publisher(details: Mapping[str, Any]) -> str:
    name = plain(details.get("untrusted_publisher") or details.get("publisher") or _("no name"), _NAME)
    return name if details.get("domain_verified") is True else _("An unverified publisher ({name})").format(name=name)
