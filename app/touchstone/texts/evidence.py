"""Evidence for the court: what is wrong with it, what becomes public with it, what a flag lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, call_words, credentials, formats, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.court.statement import EvidenceError

Params = Mapping[str, Any]
_LONGEST_NAME = 120


def trouble(error: EvidenceError) -> str:
    """What went wrong, and what to do."""
    return problem(error.code, error.params)


def problem(code: str, params: Params) -> str:
    """The same from a code and its params."""
    said = _plain().get(code)
    if said is not None:
        return said
    make = _told().get(code)
    return make(params) if make is not None else _("The evidence could not be used.")


def _plain() -> Mapping[str, str]:
    return _making() | _reading() | _fetching() | _flagging()


def _making() -> dict[str, str]:
    return {
        "empty-reason": _("Say why. Reviewers have nothing else to begin with."),
        "long-reason": _("The reason is too long. It has at most 20,000 characters; add a file for more."),
        "long-claim": _("The text that it is used with is too long. It has at most 1,024 bytes."),
        "many-links": _("There are too many links. An item of evidence has at most 32."),
        "many-files": _("There are too many files. An item of evidence has at most 32, the file itself among them."),
        "large-report": _("The report is larger than a report can be (4 MB)."),
        "bad-report": _("The report with it is none that this version understands."),
        "other-report": _("The report is about another file."),
        "no-room": _("There is no room for the evidence on this disk. Nothing was kept."),
        "unwritable": _("The evidence could not be written. Nothing was kept."),
    }


def _reading() -> dict[str, str]:
    return {
        "not-a-bundle": _("That is no bundle of evidence in the one form that is read. Nothing of it was kept."),
        "other-item": _("What is there is not what the register names. Nothing of it was kept."),
        "damaged": _("The copy of this evidence on this computer was changed. Fetch it again."),
        "newer": _("A newer version wrote this evidence. Update to read it."),
        "unreadable": _("The evidence could not be read from its disk."),
        "not-an-item": _("That is no item of evidence. An item is a hash of 64 hexadecimal digits."),
        "hidden-damaged": _(
            "The list of what you hid is damaged, so no evidence is shown. It is hidden.json in the folder evidence."
        ),
    }


def _fetching() -> dict[str, str]:
    return {
        "no-address": _("It does not say where it is, or not in a way that is used here (https, ipfs, file)."),
        "missing": _("The evidence is not where it should be."),
        "not-allowed": _("It is not fetched from there: a file address counts on a practice ledger only."),
        "no-gateway": _(
            "It is on IPFS. Say which gateway to fetch it from: `touchstone case evidence ID --fetch --gateway URL`."
        ),
        "hidden": _("You hid this evidence. It is not fetched again unless you let it."),
        "stopped": _("Stopped. Nothing of it was kept."),
    }


def _flagging() -> dict[str, str]:
    return {
        "unreadable-file": _("No picture, video or recording could be read from it, so there is nothing to review."),
        "no-claim": _("Say the text that it is used with, out of context."),
        "claim-unused": _("Only a flag that says “out of context” is about a text that the file is used with."),
        "no-court": _("Nobody has put a court on this network."),
        "no-uri": _(
            "Say at which address others will find the evidence: nobody else can review what is on your disk alone."
        ),
        "long-uri": _("The address of the evidence is too long. It has at most 512 bytes."),
        "bad-uri": _("The address of the evidence is none that others can fetch from. Use https, ipfs or file."),
        "other-bundle": _("That bundle is about another file, or another text that it is used with."),
        "high-bounty": _("The bounty is more than there can be."),
    }


def _told() -> Mapping[str, Callable[[Params], str]]:
    return {
        "bad-link": lambda p: _("{link} is no address of the web.").format(link=plain(p.get("untrusted_link"), 120)),
        "no-file": lambda p: _("{file} cannot be read.").format(file=_file(p)),
        "empty-file": lambda p: _("{file} is empty.").format(file=_file(p)),
        "changed": lambda p: _("{file} was changed while it was looked at.").format(file=_file(p)),
        "other-case": lambda p: _("It is not among the evidence of case {case}.").format(case=p.get("case")),
        "too-large": lambda p: _("It is larger than {most}. Nothing was kept.").format(
            most=formats.size(p.get("most"))
        ),
        "other-bytes": _other_bytes,
        "failed": _not_fetched,
        "low-bond": lambda p: _("The bond is {needed} for this file now, neither more nor less.").format(**_money(p)),
        "low-bounty": lambda p: _("The bounty is {needed} at least: it pays the first panel.").format(**_money(p)),
        "no-money": lambda p: _("That takes {needed}, and this address has {has}.").format(**_money(p)),
        "open-case": lambda p: _("Case {case} about this is open already. Add your evidence to it.").format(
            case=p.get("case")
        ),
        "no-case": lambda p: _("There is no case {case} here.").format(case=p.get("case")),
        "not-the-file": lambda p: _("{file} is not the file that case {case} is about, byte for byte.").format(
            file=_file(p), case=p.get("case")
        ),
    }


def _file(p: Params) -> str:
    return plain(p.get("untrusted_file") or _("The file"), _LONGEST_NAME)


def _money(p: Params) -> dict[str, str]:
    play = bool(p.get("play"))
    told = {"needed": p.get("amount"), "has": p.get("balance")}
    return {name: call_words.dollars(int(value or 0), play=play) for name, value in told.items()}


def _other_bytes(p: Params) -> str:
    number = p.get("number")
    if not number:
        return _("The report in it is not the one that it names. Nothing of it was kept.")
    return _("File {number} in it is not the one that it names. Nothing of it was kept.").format(number=number)


def _not_fetched(p: Params) -> str:
    why = credentials.fetch_failure(p.get("why"), int(p.get("status") or 0))
    host = plain(p.get("untrusted_host"), 80)
    return _("{host}: {why}").format(host=host, why=why) if host else why


def becomes_public(
    uri: str, *, names: tuple[str, ...], report: bool, media: bool, play: bool, bond: bool = True
) -> tuple[str, ...]:
    """What a flag, or an item of evidence (no `bond`), tells others for ever."""
    first = (
        _("Public for ever: your address, the file's SHA-256, the hash of your evidence, and what you put down.")
        if bond
        else _("Public for ever: your address, the case, and the hash of your evidence.")
    )
    said = [first]
    inside = [_("what you say and its links")]
    if media:
        inside.append(_("the file itself"))
    if report:
        inside.append(_("the report of your check with the file's name, what every witness said, and when"))
    if names:
        shown = ", ".join(plain(name, 60) for name in names[:6])
        inside.append(_("files and their names ({names})").format(names=shown))
    said.append(_("Whoever has the evidence sees: {what}.").format(what="; ".join(inside)))
    if uri:
        said.append(
            _("It will stand at {uri}, as you say. Put it there soon, and in a second place: without it no one can"
              " review.").format(uri=plain(uri, 200))
        )  # fmt: skip
    elif play:
        said.append(_("It stays on this computer, where practice reviewers find it."))
    return tuple(said)


def added(item: str, case: int) -> str:
    """Evidence was added."""
    return _("Evidence {item} was added to case {case}.").format(item=item, case=case)


def replied(item: str, case: int) -> str:
    """A publisher replied."""
    return _("The reply {item} was added to case {case}.").format(item=item, case=case)


def justified(item: str, case: int) -> str:
    """A voter said why."""
    return _("Your reason {item} was added to case {case}.").format(item=item, case=case)


def flagged(case: int) -> str:
    """A file was flagged."""
    return _("Flagged: case {case}.").format(case=case)


def state(code: str) -> str:
    """Where an item of evidence is."""
    return {
        "here": _("on this computer, verified"),
        "elsewhere": _("not on this computer"),
        "hidden": _("hidden: removed from this computer"),
        "broken": _("the copy on this computer was changed"),
    }.get(code, plain(code, 40))


def hidden(item: str) -> str:
    """An item was hidden."""
    return _(
        "Hidden: {item} was removed from this computer. On the register its hash and address stay for ever."
    ).format(item=item)


def unhidden(item: str) -> str:
    """An item may be fetched again."""
    return _("{item} may be fetched and shown again.").format(item=item)


def exported(name: str, size: int) -> str:
    """A bundle was written."""
    return _("{file} was written ({size}). Put it where its address says.").format(
        file=plain(name, 120), size=formats.size(size)
    )


def fetching(host: str, items: int) -> str:
    """What fetching tells whom."""
    said = ngettext("Fetching {count} item from {host}.", "Fetching {count} items from {host}.", items)
    return said.format(count=formats.whole(items), host=plain(host, 80) or _("this computer"))
