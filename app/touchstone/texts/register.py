"""What the publisher register says, in words. The details it reads are described in `check.weigh_views`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Finding, Status
from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

_NAME = 80


def sentence(finding: Finding) -> str:
    """One sentence or a few for a finding of this witness."""
    details = finding.details
    said = [_claim(details), *_others(details), _recorded(details)]
    if details.get("match") == "none" and not details.get("discounted"):
        said += [_limits(details), _missing(details)]
    if details.get("practice") is True:
        nothing = details.get("match") == "none" and not details.get("discounted")
        said.append(asked_on_practice(details) if nothing else practice(details))
    return " ".join(part for part in said if part)


def _claim(details: Mapping[str, Any]) -> str:
    match details.get("match"):
        case "exact":
            said = _exact(details)
        case "similar" if _of_this_user(details):
            said = _("It looks like a file that you registered ({name}), and is not the same file.")
        case "similar" if details.get("domain_verified") is True:
            said = _("It looks like a file registered by {publisher}, and is not the same file.")
        case "similar":
            said = _("It looks like a file registered by an unverified publisher ({name}), and is not the same file.")
        case _ if details.get("discounted"):
            said = _("Exactly this file was registered, but with a key that does not count.")
        case _ if details.get("compared", "yes") == "yes":
            said = _("Nobody has registered this file, or one that looks like it.")
        case _:
            said = _("Nobody has registered this file.")
    on = formats.day(details.get("registered") or "") or _("an unknown day")
    return said.format(publisher=_publisher(details), name=_name(details), day=on)


def _exact(details: Mapping[str, Any]) -> str:
    withdrawn = details.get("revoked") and not details.get("revoked_by_compromised_key")
    if _of_this_user(details):
        return (
            _("You ({name}) registered exactly this file on {day} and have withdrawn it since.")
            if withdrawn
            else _("You ({name}) registered exactly this file on {day}.")
        )
    return (
        _("{publisher} registered exactly this file on {day} and has withdrawn it since.")
        if withdrawn
        else _("{publisher} registered exactly this file on {day}.")
    )


def _of_this_user(details: Mapping[str, Any]) -> bool:
    """Whether a publisher that no domain vouches for is known all the same: it is this user."""
    return details.get("own_key") is True and details.get("domain_verified") is not True


def _others(details: Mapping[str, Any]) -> list[str]:
    """What else has to be known of other claims, and of a withdrawal that counts for nothing."""
    said = []
    others = _claimants(details) - 1
    if details.get("match") == "exact" and others > 0:
        said.append(
            ngettext(
                "{count} other publisher has registered it too.",
                "{count} other publishers have registered it too.",
                others,
            ).format(count=formats.whole(others))
        )
    withdrawn = sum(1 for one in claims(details) if not one.get("relied") and _withdrawn(one))
    if details.get("match") == "exact" and withdrawn:
        said.append(
            ngettext(
                "{count} other publisher has withdrawn its own registration.",
                "{count} other publishers have withdrawn their own registrations.",
                withdrawn,
            ).format(count=formats.whole(withdrawn))
        )
    if details.get("revoked") and details.get("revoked_by_compromised_key"):
        said.append(_("A withdrawal is left aside: the key that signed it counts as being in other hands."))
    return said


def _recorded(details: Mapping[str, Any]) -> str:
    """Who recorded that a model made the file."""
    entries = claims(details, "made")
    if not entries:
        return ""
    first = entries[0]
    on = formats.day(first.get("recorded") or "") or _("an unknown day")
    if details.get("made_decides") is True:
        if first.get("own_key") is True:
            return _("You recorded on {day} that a model made it.").format(day=on)
        return _("{publisher} recorded on {day} that a model made it.").format(publisher=claimant(first), day=on)
    if first.get("withdrawn"):
        return _("Somebody recorded that a model made it, and has withdrawn that since.")
    return _(
        "Somebody who has not shown who they are recorded on {day} that a model made it. Anybody can do that, so it"
        " decides nothing."
    ).format(day=on)


def _claimants(details: Mapping[str, Any]) -> int:
    for key in ("claimants", "claims"):
        value = details.get(key)
        if isinstance(value, list):
            return len(value)
        if type(value) is int:
            return value
    return 1


def _limits(details: Mapping[str, Any]) -> str:
    """What was not looked for."""
    return {
        "kind": _("Likenesses are looked for among pictures and videos alone."),
        "quality": _("It is too plain to look for likenesses: too many other files would look like it."),
    }.get(str(details.get("compared")), "")


def asked_on_practice(details: Mapping[str, Any]) -> str:
    """Which practice ledger alone was asked."""
    if details.get("shared") is True:
        return _("Only {network} was asked, a practice ledger that others share.").format(network=_network(details))
    return _("Only the practice ledger on your own computer was asked.")


def practice(details: Mapping[str, Any]) -> str:
    """What a claim on a practice ledger is worth."""
    if details.get("shared") is True:
        return shared_practice(_network(details))
    return _("This is the practice ledger on your own computer: nobody else can see it.")


def shared_practice(network: str) -> str:
    """What a claim on a practice ledger that others share is worth."""
    return _("This is {network}, a practice ledger that others share: whoever runs it can rewrite it.").format(
        network=network
    )


def _network(details: Mapping[str, Any]) -> str:
    return plain(details.get("network") or _("no name"), 40)


def _publisher(details: Mapping[str, Any]) -> str:
    name = _name(details)
    return name if details.get("domain_verified") is True else _("An unverified publisher ({name})").format(name=name)


def _name(details: Mapping[str, Any]) -> str:
    return plain(details.get("untrusted_publisher") or details.get("publisher") or _("no name"), _NAME)


def reasons() -> Mapping[str, str]:
    """Why the register was not asked or could not be, as parts of sentences."""
    damaged = _("the copy of the register on this computer is damaged")
    return {
        "no-register": _("nothing has been registered on the practice ledger yet"),
        "no-cases": _("nothing has been disputed on the practice ledger yet"),
        "no-court": _("there is no court on this network"),
        "mirror-missing": _("there is no copy of this network's register on this computer yet"),
        "mirror-behind": _("the practice ledger is still being read for the first time"),
        "mirror-stale": _("the copy of the register on this computer is older than a day"),
        "unknown-network": _("the network that is chosen is not set up here"),
        "register-damaged": damaged,
        "register-protocol": damaged,
        "register-newer": _("a newer version of this application wrote the copy of the register"),
        "register-busy": _("another program was writing to the register on this computer"),
        "register-timeout": _("the register on this computer took too long to answer"),
        "register-full": _("the disk is full, so that the register could not be brought up to date"),
        "register-read-only": _("the copy of the register on this computer cannot be written to"),
        "register-failed": _("the register on this computer could not be read"),
    }


def failure(code: object) -> str:
    """Why the register could not be asked, as part of a sentence; empty where the code is not one of its own."""
    said = str(code)
    return reasons().get(said) or (reasons()["register-failed"] if said.startswith("register-") else "")


def claims(details: Mapping[str, Any], key: str = "claims") -> list[Mapping[str, Any]]:
    """The claims that a finding lists under `key`: `claims`, or `discounted`."""
    listed = details.get(key)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, (list, tuple)) else []


def claimant(claim: Mapping[str, Any]) -> str:
    """What a claimant is called: its domain where that vouches for it, else the name that it gives itself."""
    name = plain(claim.get("untrusted_name") or claim.get("untrusted_publisher") or "", _NAME)
    if claim.get("domain_verified") is True:
        return plain(claim.get("untrusted_domain") or name, _NAME)
    return name or _("publisher {number}").format(number=plain(claim.get("publisher"), 20))


def standing(claim: Mapping[str, Any]) -> str:
    """What is known of a claimant."""
    name = plain(claim.get("untrusted_name") or "", _NAME)
    domain = plain(claim.get("untrusted_domain") or "", _NAME)
    number = _("publisher {number}").format(number=plain(claim.get("publisher"), 20))
    own = _("one of your own publishers") if claim.get("own_key") is True else ""
    if claim.get("domain_verified") is True:
        checked = formats.day(claim.get("domain_checked") or "")
        known = _("domain verified on {day}").format(day=checked) if checked else _("domain verified")
    elif domain:
        known = _("not verified: {domain} has not been seen to vouch for it").format(domain=domain)
    else:
        known = _("not verified: it names no domain")
    parts = (name if claim.get("domain_verified") is True else "", number, known, own)
    said = " · ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def history(claim: Mapping[str, Any]) -> list[str]:
    """What became of a claim, a sentence for each thing to know."""
    said = [_registered(claim)]
    if claim.get("revoked"):
        said.append(_withdrawal(claim))
    if claim.get("counts") is False:
        since = formats.moment(claim.get("compromised_since") or "")
        said.append(
            _("It does not count: the key that signed it counts as being in other hands since {moment}.").format(
                moment=since
            )
            if since
            else _("It does not count: the key that signed it was not entitled to.")
        )
    if claim.get("declares_ai"):
        said.append(_("The publisher says: AI-generated."))
    if claim.get("final") is False:
        said.append(_("It is not final yet."))
    return said


def _registered(claim: Mapping[str, Any]) -> str:
    when = formats.moment(claim.get("registered") or "") or _("at an unknown time")
    if claim.get("batch"):
        said = _("Registered {moment}, in block {block}, as one of a batch.")
    else:
        said = _("Registered {moment}, in block {block}.")
    return said.format(moment=when, block=formats.whole(claim.get("block")))


def _withdrawal(claim: Mapping[str, Any]) -> str:
    when = formats.moment(claim.get("revoked") if isinstance(claim.get("revoked"), str) else "")
    why = {
        "error": _("it was registered by mistake"),
        "replaced": _("another file takes its place"),
        "rights": _("for reasons of rights"),
        "privacy": _("for reasons of privacy"),
        "manipulated": _("it was found to be altered"),
        "key-compromised": _("the key was in other hands"),
    }.get(str(claim.get("revoked_reason")), _("no reason given"))
    if not claim.get("revoked_counts"):
        return _("A withdrawal of {moment} counts for nothing: its key counts as being in other hands.").format(
            moment=when
        )
    return _("Withdrawn {moment}: {why}.").format(moment=when, why=why)


def _withdrawn(claim: Mapping[str, Any]) -> bool:
    return bool(claim.get("revoked")) and claim.get("revoked_counts") is True and claim.get("counts") is True


def notes(finding: Finding) -> list[str]:
    """What has to be known about the look-up itself: which ledger, how old the copy is, what it lacks."""
    details = finding.details
    if finding.status is not Status.DONE:
        return []
    on_this_computer = details.get("practice") is True and details.get("shared") is not True
    said = [] if on_this_computer else [_age(details)]
    behind = details.get("behind")
    if isinstance(behind, int) and behind:
        said.append(
            ngettext(
                "The newest {count} block of the ledger had not been read yet.",
                "The newest {count} blocks of the ledger had not been read yet.",
                behind,
            ).format(count=formats.whole(behind))
        )
    if details.get("match") != "none":
        said.append(_missing(details))
    if details.get("agreed") is False:
        said.append(_("One node alone said what the copy holds; no other was there to agree."))
    alike = details.get("alike")
    if isinstance(alike, int) and alike > 1:
        said.append(
            ngettext(
                "{count} registered file looks like it; this is the nearest of those that are stood by.",
                "{count} registered files look like it; this is the nearest of those that are stood by.",
                alike,
            ).format(count=formats.whole(alike))
        )
    left_out = details.get("claims_left_out")
    if isinstance(left_out, int) and left_out:
        said.append(_("{count} more are not shown.").format(count=formats.whole(left_out)))
    return [part for part in said if part]


def _missing(details: Mapping[str, Any]) -> str:
    count = details.get("missing_files")
    if not isinstance(count, int) or isinstance(count, bool) or count <= 0:
        return ""
    return ngettext(
        "{count} registered file could not be looked through: the list of its batch is not here.",
        "{count} registered files could not be looked through: the lists of their batches are not here.",
        count,
    ).format(count=formats.whole(count))


def _age(details: Mapping[str, Any]) -> str:
    seconds = details.get("mirror_age_s")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e12:
        return ""
    hours = int(seconds // 3600)
    if not hours:
        return _("Looked up in the copy on this computer, which is less than an hour old.")
    return ngettext(
        "Looked up in the copy on this computer, which is {count} hour old.",
        "Looked up in the copy on this computer, which is {count} hours old.",
        hours,
    ).format(count=formats.whole(hours))


def likeness(distance: object) -> str:
    """How near a likeness is; `distance` is the number of 256 bits in which two fingerprints differ."""
    if isinstance(distance, bool) or not isinstance(distance, int):
        return ""
    if distance == 0:
        return _("as good as the same picture (0 of 256 parts of the fingerprint differ)")
    word = _("very near") if distance <= 12 else _("near")
    return _("{word} ({count} of 256 parts of the fingerprint differ)").format(word=word, count=distance)
