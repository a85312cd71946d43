"""What somebody would regret not having read before a transaction to pool or court; `touchstone.texts.intents` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.texts import _, chain
from touchstone.texts import call_words as words
from touchstone.texts.call_words import Params

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent


def warnings(intent: Intent) -> tuple[str, ...]:
    """What somebody would regret not having read."""
    p = intent.params
    said = {
        "case-flag": _flagging,
        "case-flag-permit": _flagging,
        "case-reply": _replying,
        "case-evidence": _showing,
        "case-justify": _showing,
        "case-seal": _sealing,
        "case-seal-signed": _sealing,
        "seal-signature": _sealing,
        "case-open": _opening,
        "case-leak": _leaking,
        "case-unobtainable": _missing,
        "case-fund": _funding,
        "case-fund-permit": _funding,
        "stake-add": _staking,
        "stake-add-permit": _staking,
        "stake-join": _joining,
        "stake-depart": _departing,
        "stake-unbond": _unbonding,
        "stake-unbond-signed": _unbonding,
        "salt-signature": _salting,
    }.get(intent.code)
    return tuple(said(p)) if said else ()


def _flagging(p: Params) -> list[str]:
    ruled = _("not out of context") if p.get("claim") else _("not altered")
    return [
        _("If the ruling is “{ruling}”, or reviewers cannot obtain the file, you lose your bond of {bond}.").format(
            ruling=ruled, bond=words.money(p, "bond")
        ),
        _(
            "The bounty of {bounty} is spent on whoever votes with the ruling. Where there is none, what is left of it"
            " comes back."
        ).format(bounty=words.money(p, "bounty")),
        _("Everybody can see for ever that your address flagged this file. Use none that must not be linked to you."),
        *_showing(p),
    ]


def _replying(p: Params) -> list[str]:
    said = _showing(p)
    if p.get("counterBond"):
        said.insert(0, _("If the ruling goes against you, what you put down is lost. Else it comes back."))
    return said


def _showing(p: Params) -> list[str]:
    return [_("Whatever the link leads to, anyone can fetch. Nothing of it can be taken back.")] if p.get("uri") else []


def _sealing(p: Params) -> list[str]:
    lose = words.dollars(words.count(p, "lose"), play=bool(p.get("play"))) if words.count(p, "lose") else ""
    if words.count(p, "opens") and words.count(p, "closes"):
        window = {"opens": chain.moment(p["opens"]), "closes": chain.moment(p["closes"])}
        said = (
            _("You must open it between {opens} and {closes}, or you lose {lose}.").format(**window, lose=lose)
            if lose
            else _("You must open it between {opens} and {closes}, or you lose all that these seats lock.").format(
                **window
            )
        )
    else:
        said = _("You must open it when the time for opening comes, or you lose all that these seats lock.")
    return [said, _("Show your vote to nobody before: whoever sees it can have your seats taken.")]


def _opening(_p: Params) -> list[str]:
    return [_("From then on everybody can see how this address voted, for ever.")]


def _leaking(_p: Params) -> list[str]:
    return [_("The vote is public with this. It cannot be taken back.")]


def _missing(_p: Params) -> list[str]:
    return [_("If the case is cancelled for this, whoever flagged the file loses the bond. Try every address first.")]


def _funding(p: Params) -> list[str]:
    lost = (
        _("If the ruling stands in the end, all of it is lost.")
        if p.get("against")
        else _("If the ruling is another in the end, all of it is lost.")
    )
    return [
        lost,
        _("Else what the next round costs may be taken from it. If the appeal is not paid in full, all comes back."),
    ]


def _staking(p: Params) -> list[str]:
    said = _("Reviewers who vote against the ruling lose a part of what a seat locks, and who does not open loses all.")
    unbonding = words.count(p, "unbonding_days")
    wait = (
        _("To take it out again takes {days} days.").format(days=unbonding)
        if unbonding
        else _("To take it out again takes days.")
    )
    return [said, wait]


def _joining(_p: Params) -> list[str]:
    return [
        _("Once you are drawn you have to seal a vote and open it in time, or you lose all that your seats lock."),
        _("Everybody can see for ever that this address reviews, and how it votes."),
    ]


def _departing(_p: Params) -> list[str]:
    return [
        _("Seats that you hold stay yours, and so do those of draws that have begun: vote in them."),
        _("If you come back, it takes days until you can be drawn again."),
    ]


def _unbonding(p: Params) -> list[str]:
    ready = p.get("ready")
    said = (
        _("It can be paid out from {moment} on. Until then it can still be locked by a draw that has begun.").format(
            moment=chain.moment(ready)
        )
        if words.count(p, "ready")
        else _("It takes days until it can be paid out. Until then it can still be locked by a draw that has begun.")
    )
    return [said, _("This cannot be taken back: what is on its way out counts no more in the lot.")]


def _salting(p: Params) -> list[str]:
    said = [_("Nothing can be spent with it, and nothing is sent.")]
    if p.get("purpose"):
        said.append(_("It is for this: {purpose}").format(purpose=words.quoted(p, "purpose")))
    return said
