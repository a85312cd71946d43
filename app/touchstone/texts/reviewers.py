"""What reviewers decided, in words. The details it reads are described in `check.weigh_views`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Finding
from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

_CLAIM = 300


def sentence(finding: Finding) -> str:
    """One sentence or a few for a finding of this witness."""
    details = finding.details
    if details.get("match") not in {"exact", "similar"}:
        return _("Nobody has disputed this file.")
    said = [_ruling(details)]
    if details.get("claim") == "context":
        said = [
            _("Reviewers looked at a claim made with this file, not at the file itself: “{claim}”").format(
                claim=plain(details.get("untrusted_claim") or "", _CLAIM)
            )
        ]
    elif details.get("match") == "similar":
        said.insert(0, _("About a file that looks like this one:"))
    if details.get("state") == "final" and details.get("qualified") is not True:
        said.append(_("The panel was too small or too open for an answer: take this as a note."))
    if details.get("practice") is True:
        said.append(_("This is the practice ledger on your own computer, with simulated reviewers."))
    return " ".join(said)


def _ruling(details: Mapping[str, Any]) -> str:
    if details.get("state") != "final":
        return _("A dispute is open. An open dispute says nothing about the file.")
    what = {
        "altered": _("Reviewers found it altered"),
        "generated": _("Reviewers found it generated"),
        "not-altered": _("Reviewers found no manipulation"),
        "cannot-tell": _("Reviewers could not tell"),
    }.get(str(details.get("ruling")), _("Reviewers came to no ruling"))
    seats = details.get("seats")
    count = seats if isinstance(seats, int) and not isinstance(seats, bool) and seats >= 0 else 0
    panel = ngettext("{count} seat", "{count} seats", count).format(count=formats.whole(count))
    return _("{ruling} (a panel of {seats}, final).").format(ruling=what, seats=panel)
