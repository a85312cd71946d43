"""What reviewers decided, in words. Its details: `check.weigh_views`, `check.reviewers_rulings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Finding
from touchstone.texts import _, formats, ngettext, register
from touchstone.texts.plain import plain

_CLAIM = 300
_MOST = 3  # claims that are told of in a sentence


def sentence(finding: Finding) -> str:
    """One sentence or a few for a finding of this witness."""
    details = finding.details
    if details.get("match") not in {"exact", "similar"}:
        return " ".join(part for part in (_("Nobody has disputed this file."), _asked(details)) if part)
    context = details.get("claim") == "context"
    said = [_about_claim(details)] if context else [_standing(details), *_beside(details)]
    if details.get("match") == "similar":
        said.insert(0, _("About a file that looks like this one:"))
    if details.get("state") == "final" and details.get("qualified") is not True and not _practice(details):
        said.append(_("The panel was too small or too open for an answer: take this as a note."))
    if _practice(details):
        said.append(_on_practice(details))
    return " ".join(part for part in said if part)


def notes(finding: Finding) -> list[str]:
    """What has to be known of the panel: who sat in it, how they were drawn, and what rulings are not."""
    details = finding.details
    if details.get("match") not in {"exact", "similar"}:
        return []
    said = [_seats(details), _round(details), _drawn(details), *_other_cases(details)]
    if details.get("match") == "similar":
        said.append(_("A ruling is about one file, byte for byte. This is another file."))
    said += register.notes(finding)
    return [part for part in said if part]


def rows(finding: Finding) -> list[tuple[str, str]]:
    """The case and its rounds, as labels and values."""
    details = finding.details
    if details.get("match") not in {"exact", "similar"}:
        return []
    case = _("case {number} on {network}, {state}").format(
        number=_count(details, "case"),
        network=plain(details.get("network") or finding.source, 40),
        state=state_word(details.get("state")),
    )
    found = [(_("Case"), case)]
    flagged, ended = formats.moment(details.get("flagged") or ""), formats.moment(details.get("ended") or "")
    found += [(_("Flagged"), flagged)] if flagged else []
    for panel in panels(details):
        label = _("Round {number}").format(number=_count(panel, "round"))
        found.append((label, round_line(panel, claim=details.get("claim") == "context")))
    found += [(_("Ended"), ended)] if ended else []
    for other in _listed(details, "others"):
        said = _("{state}: {ruling}").format(
            state=state_word(other.get("state")), ruling=ruling_word(other.get("ruling"))
        )
        found.append((_("Case {number}").format(number=_count(other, "case")), said))
    return found


def round_line(panel: Mapping[str, Any], *, claim: bool = False) -> str:
    """A round in one line: its ruling, and how many seats voted how."""
    votes, seats = panel.get("votes"), _number(panel, "seats")
    if not seats:
        return _("no panel yet")
    counts = votes if isinstance(votes, Mapping) else {}
    said = [
        _("{choice} {count}").format(choice=ruling_word(choice, claim=claim), count=_count(counts, choice))
        for choice in choices()
        if _number(counts, choice)
    ]
    silent = max(0, seats - sum(_number(counts, choice) for choice in choices()))
    if silent:
        said.append(_("not opened {count}").format(count=formats.whole(silent)))
    ruling = ruling_word(panel.get("ruling"), claim=claim)
    return _("{ruling} · of {seats} seats: {votes}").format(
        ruling=ruling, seats=formats.whole(seats), votes=", ".join(said)
    )


def panels(details: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rounds that a finding lists."""
    listed = details.get("panels")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, (list, tuple)) else []


def ruling_word(ruling: object, *, claim: bool = False) -> str:
    """A ruling in a word or three."""
    if claim:
        words = {"altered": _("out of context"), "not-altered": _("not out of context")}
    else:
        words = {"altered": _("altered"), "generated": _("generated"), "not-altered": _("no manipulation")}
    words |= {"cannot-tell": _("could not tell"), "unresolved": _("no ruling")}
    return words.get(str(ruling), _("no ruling yet"))


def choices() -> Mapping[str, str]:
    """What a seat can vote, as heads of a table."""
    return {
        "altered": _("Altered"),
        "generated": _("Generated"),
        "not-altered": _("No manipulation"),
        "cannot-tell": _("Cannot tell"),
    }


def state_word(state: object) -> str:
    """How far a case is, in a word or two."""
    return {
        "open": _("open"),
        "appealable": _("can be appealed"),
        "final": _("final"),
        "unresolved": _("ended without a ruling"),
        "cancelled": _("cancelled"),
    }.get(str(state), _("open"))


def randomness(source: object) -> str:
    """What seats were drawn by."""
    if source == "future-block-hash":
        return _("the hash of a block to come")
    return plain(source or "", 60)


def _standing(details: Mapping[str, Any]) -> str:
    """How far the case is, and what stands."""
    match details.get("state"):
        case "final":
            return _("{ruling} ({panel}, final).").format(ruling=_ruling(details), panel=_panel(details))
        case "unresolved":
            return _("Reviewers came to no ruling: too few of the {seats} seats voted, or too few agreed.").format(
                seats=_count(details, "seats")
            )
        case "cancelled":
            return _cancelled(details)
        case "appealable" if details.get("ruling"):
            return _appealable(details)
    if details.get("ruling"):
        return _("{ruling} ({panel}), and an appeal is being looked at: that decides nothing yet.").format(
            ruling=_ruling(details), panel=_panel(details)
        )
    return _("A dispute is open. An open dispute says nothing about the file.")


def _appealable(details: Mapping[str, Any]) -> str:
    until = formats.minute(details.get("appeal_ends") or "")
    words = {"ruling": _ruling(details), "panel": _panel(details), "until": until}
    if until:
        return _("{ruling} ({panel}). Anyone can pay for an appeal until {until}, so it is not final yet.").format(
            **words
        )
    return _("{ruling} ({panel}). Anyone can pay for an appeal, so it is not final yet.").format(**words)


def _cancelled(details: Mapping[str, Any]) -> str:
    why = {
        "seed-lost": _("no panel could be drawn by lot"),
        "pool-too-small": _("there were too few reviewers"),
        "not-obtainable": _("reviewers could not get hold of the file"),
    }.get(str(details.get("reason")))
    if why is None:
        return _("A dispute was cancelled. That says nothing about the file.")
    return _("A dispute was cancelled, because {why}. That says nothing about the file.").format(why=why)


def _ruling(details: Mapping[str, Any]) -> str:
    return {
        "altered": _("Reviewers found it altered"),
        "generated": _("Reviewers found it generated"),
        "not-altered": _("Reviewers found no manipulation"),
        "cannot-tell": _("Reviewers could not tell"),
    }.get(str(details.get("ruling")), _("Reviewers came to no ruling"))


def _panel(details: Mapping[str, Any]) -> str:
    """The seats that voted as was ruled, of all."""
    seats, votes = _number(details, "seats"), details.get("votes")
    if not isinstance(votes, Mapping) or details.get("ruling") not in choices():
        return ngettext("a panel of {count} seat", "a panel of {count} seats", seats).format(count=formats.whole(seats))
    kinds = ("altered", "generated") if details.get("ruling") in {"altered", "generated"} else (details["ruling"],)
    return ngettext("{votes} of {count} seat", "{votes} of {count} seats", seats).format(
        votes=formats.whole(sum(_number(votes, kind) for kind in kinds)), count=formats.whole(seats)
    )


def _beside(details: Mapping[str, Any]) -> list[str]:
    """What else is known about the very file: rulings that say the opposite, and claims made with it."""
    said = []
    if details.get("disagreed") is True:
        said.append(_("Another panel about this file came to the opposite ruling."))
    waiting = [one for one in _listed(details, "others") if one.get("state") in {"open", "appealable"}]
    if details.get("state") in {"final", "unresolved", "cancelled"} and waiting:
        said.append(_("It has been disputed again since."))
    said += [_claim(claim) for claim in _listed(details, "claims")[:_MOST]]
    return said


def _about_claim(details: Mapping[str, Any]) -> str:
    text = plain(details.get("untrusted_claim") or "", _CLAIM)
    about = _("Reviewers looked at a claim made with this file, not at the file itself: “{claim}”").format(claim=text)
    return f"{about} {_context(details)}"


def _claim(claim: Mapping[str, Any]) -> str:
    text = plain(claim.get("untrusted_claim") or "", _CLAIM)
    about = _("A claim made with it was disputed as well: “{claim}”").format(claim=text)
    return f"{about} {_context(claim)}"


def _context(case: Mapping[str, Any]) -> str:
    """What became of a case about a claim. It never speaks about the file."""
    if case.get("state") == "cancelled":
        return _("That dispute was cancelled.")
    if case.get("state") not in {"final", "unresolved"}:
        return _("That dispute is open.")
    return {
        "altered": _("They found that it is used out of context."),
        "not-altered": _("They found that it is not used out of context."),
        "cannot-tell": _("They could not tell."),
    }.get(str(case.get("ruling")), _("They came to no ruling."))


def _seats(details: Mapping[str, Any]) -> str:
    seats, automated = _number(details, "seats"), _number(details, "automated_seats")
    if not seats:
        return ""
    words = {"people": _count(details, "human_seats"), "automated": formats.whole(automated)}
    said = (
        _("{people} of the seats were people's, {automated} those of automated reviewers.").format(**words)
        if automated
        else _("All seats were people's.")
    )
    if details.get("state") in {"final", "unresolved", "appealable"}:
        said += " " + _("{opened} seats voted; {quorum} had to.").format(
            opened=_count(details, "opened"), quorum=_count(details, "quorum")
        )
    return said


def _round(details: Mapping[str, Any]) -> str:
    rounds, number = _number(details, "rounds"), _number(details, "round")
    if rounds < 2:
        return ""
    if details.get("ruling"):
        return _("The ruling is that of round {round} of {rounds}.").format(
            round=formats.whole(number), rounds=formats.whole(rounds)
        )
    return _("It is in round {round}.").format(round=formats.whole(rounds))


def _drawn(details: Mapping[str, Any]) -> str:
    source = details.get("randomness")
    if not source:
        return ""
    if source == "future-block-hash":
        return _("Seats were drawn by the hash of a block to come: whoever makes that block can influence it.")
    return _("Seats were drawn by the source of randomness at {address}.").format(address=randomness(source))


def _other_cases(details: Mapping[str, Any]) -> list[str]:
    count = len(_listed(details, "others"))
    if not count:
        return []
    return [
        ngettext(
            "There is {count} other case about this file.", "There are {count} other cases about this file.", count
        ).format(count=formats.whole(count))
    ]


def _asked(details: Mapping[str, Any]) -> str:
    if not _practice(details):
        return ""
    return register.asked_on_practice(details)


def _on_practice(details: Mapping[str, Any]) -> str:
    shared = details.get("shared") is True
    where = (
        register.practice(details)
        if shared
        else _("This is the practice ledger on your own computer, with simulated reviewers.")
    )
    if details.get("own") is True or details.get("state") != "final":
        return where
    said = _("It decides only about samples, and what was flagged, voted on or registered with keys of this computer.")
    return f"{where} {said}"


def _practice(details: Mapping[str, Any]) -> bool:
    return details.get("practice") is True


def _listed(details: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = details.get(key)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, (list, tuple)) else []


def _count(details: Mapping[str, Any], key: str) -> str:
    return formats.whole(_number(details, key))


def _number(details: Mapping[str, Any], key: str) -> int:
    value = details.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
