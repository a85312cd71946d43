"""The automated reviewer in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain


def agrees(model: str, account: str, network: str) -> str:
    """What is agreed to when it is started."""
    return _(
        "{model} will vote by itself for {account} on {network}, until you stop it: it seals and opens votes in every "
        "case in which this account has a seat, and pays the fees. A vote against the final ruling costs a quarter of "
        "what its seat locks, and one that is not opened in time all of it. Keep this program running."
    ).format(model=plain(model, 60), account=account, network=plain(network, 40))


def question() -> str:
    """What is asked then."""
    return _("Let it vote?")


def event(kind: str, case: int, params: Mapping[str, Any]) -> str:
    """What happened; `kind` is a `court.automated_types.Happened`."""
    said = _events(params).get(kind, kind)
    return _("Case {case}: {what}").format(case=case, what=said) if case else said


def status(seats: int, to_seal: int, to_open: int, ends: int) -> str:
    """How it stands: seats in open cases, what waits, and the next deadline (unix seconds, 0 for none)."""
    said = ngettext("{count} seat in open cases", "{count} seats in open cases", seats).format(count=seats)
    parts = [said, _("{count} to seal").format(count=to_seal), _("{count} to open").format(count=to_open)]
    if ends:
        moment = formats.moment(datetime.fromtimestamp(ends, UTC).isoformat())
        parts.append(_("next deadline {moment}").format(moment=moment))
    return ", ".join(parts)


def trouble(code: str, params: Mapping[str, Any]) -> str:
    """Why there can be no such reviewer; `code` is that of a `court.automated_types.AutomatedError`."""
    if code == "no-model":
        name = plain(str(params.get("untrusted_model", "")), 60)
        return _(
            "There is no model {name} here that is whole and switched on. `touchstone model list` shows them."
        ).format(name=name)
    return _("There is no court on {network}.").format(network=plain(str(params.get("network", "")), 40))


def stopped() -> str:
    """What is said when it was stopped."""
    return _("Stopped. What is sealed has to be opened in time: start it again, or use `touchstone case open --all`.")


def _events(params: Mapping[str, Any]) -> Mapping[str, str]:
    opened = _("opened.")
    return {
        "looked": _("the model says: {ballot}.").format(ballot=_ballot(str(params.get("ballot", "")))),
        "abstains": _("abstains: {why}.").format(why=_abstains(str(params.get("why", "")))),
        "waits": _("the file is not to be had yet; tried again in {seconds} s.").format(seconds=_seconds(params)),
        "sealed": _("sealed."),
        "sealed-again": _("sealed again: the chain had lost it."),
        "opened": opened,
        "sent": _("on its way."),
        "missed": _("the time to open is over, and what the seat locks is lost.")
        if params.get("what") == "open"
        else _("the time to seal is over."),
        "recorded": ngettext(
            "{count} finding of the model is on the register.", "{count} findings of the model are on the register.",
            int(params.get("count", 0)),
        ).format(count=params.get("count", 0)),
        "barred": _barred(str(params.get("why", ""))),
        "trouble": _("{why} Tried again in {seconds} s.").format(why=_why(params), seconds=_seconds(params)),
    }  # fmt: skip


def _ballot(code: str) -> str:
    return {
        "edited": _("altered"),
        "synthetic": _("generated"),
        "not-altered": _("not altered"),
        "cannot-tell": _("cannot tell"),
    }.get(code, code)


def _abstains(why: str) -> str:
    return {
        "claim": _("a model cannot tell whether a text fits a file"),
        "missing": _("the file is not to be had"),
        "inconclusive": _("the model finds nothing that it can say"),
    }.get(why, why)


def _barred(why: str) -> str:
    return {
        "withdrawn": _("The model was withdrawn. It votes no more; what it sealed is still opened."),
        "differs": _("The model here is not the one that is registered. It does not vote."),
        "not-registered": _("The model is not registered on this network. It does not vote."),
        "unknown": _("What the register says of the model could not be read. It does not vote until that is known."),
        "other-family": _("The account joined with a model of another family. It does not vote."),
        "not-automated": _("The account has not joined as an automated reviewer. `touchstone stake add` does that."),
    }.get(why, why)


def _why(params: Mapping[str, Any]) -> str:
    """The sentence of what failed."""
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.court.troubles import VoteError, VoteTrouble
    from touchstone.court.vault import VaultError, VaultTrouble
    from touchstone.texts import chain, notices, votes

    code, told = str(params.get("code", "")), params.get("params") or {}
    match params.get("of"):
        case "chain":
            return chain.trouble(ChainError(ChainTrouble(code), **told))
        case "votes":
            return votes.trouble(VoteError(VoteTrouble(code), **told))
        case "vault":
            return votes.trouble(VaultError(VaultTrouble(code), **told))
        case "store":
            return _("What this computer keeps could not be used: {why}.").format(why=notices.trouble(code))
    return _("This computer refused something that was needed.")


def _seconds(params: Mapping[str, Any]) -> int:
    return round(float(params.get("seconds", 0)))
