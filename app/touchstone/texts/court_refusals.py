"""Why pool or court refuse, in words: what is so, and what to do about it. `touchstone.texts.chain` asks here.

Each begins in small letters: it follows "The contract would refuse it:".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from touchstone.texts import _, formats
from touchstone.texts import call_words as words
from touchstone.texts.plain import middle, plain

Arguments = Mapping[str, Any]


def refusal(intent: str, name: str, arguments: Arguments, moment: Callable[[object], str]) -> str:
    """One reason of pool or court, by the name of its error; "" for what neither of them says.

    `intent` is the code of what was to be done ("" where that is not known), `moment` says a time.
    """
    if name == "WrongPhase":
        return _wrong_phase(intent, arguments.get("found"))
    if name == "WrongTime":
        return _wrong_time(intent)
    if name in _WITH_MOMENT:
        when = arguments.get(_WITH_MOMENT[name])
        return _with_moment(name, moment(when)) if type(when) is int else _with_moment(name, _("another moment"))
    told = _with_amounts(name, arguments) or _with_others(name, arguments)
    if told:
        return told
    return _of_court().get(name) or _of_pool().get(name, "")


_WITH_MOMENT = {"IsPaused": "until", "PausedLately": "readyAt"}


def _with_moment(name: str, when: str) -> str:
    if name == "IsPaused":
        return _("it is paused, until {moment} at the latest. Try again then: no time is lost meanwhile.").format(
            moment=when
        )
    return _("the last pause was too short a time ago. The next can begin at {moment}.").format(moment=when)


def _wrong_phase(intent: str, found: object) -> str:
    phases = {
        0: _("there is no such case."),
        1: _("evidence is still being collected in this case."),
        2: _("its reviewers have not been drawn yet."),
        3: _("its reviewers are drawn, and vote now."),
        4: _("votes are being sealed now."),
        5: _("votes are being opened now."),
        6: _("its votes wait to be counted."),
        7: _("its votes are counted, and the ruling can be appealed."),
        8: _("its ruling is final."),
        9: _("it was cancelled."),
    }
    said = phases.get(found if type(found) is int else -1, _("the case is at another step."))
    if not found:
        return said
    if intent in {"case-seed", "case-draw", "case-tally", "case-round", "case-final"}:
        return said + " " + _("Somebody else may have moved it on already: look at it again.")
    if intent in {"case-settle", "case-claim"}:
        return said + " " + _("Money is settled once the ruling is final, or the case is cancelled.")
    return said


def _wrong_time(intent: str) -> str:
    return {
        "case-evidence": _("evidence is not taken any more. If the ruling is appealed, it is taken again."),
        "case-reply": _("the time for a reply is over."),
        "case-seed": _("the time for evidence is not over yet. Try again when it is."),
        "case-draw": _("it is too early to draw, or too late."),
        "case-seal": _("the time for sealing is over."),
        "case-seal-signed": _("the time for sealing is over."),
        "case-unobtainable": _("that can be said in the first part of the time for sealing alone. Vote “cannot tell”."),
        "case-leak": _("the time for sealing is over: votes are being opened anyway."),
        "case-open": _("votes can be opened once the time for sealing is over, until they are counted."),
        "case-tally": _("the time for opening is not over yet. Try again when it is."),
        "case-fund": _("it is too late for that side of the appeal."),
        "case-fund-permit": _("it is too late for that side of the appeal."),
        "case-round": _("the time for appeals is not over yet. Try again when it is."),
        "case-final": _("the time for appeals is not over yet. Try again when it is."),
    }.get(intent, _("it is too early for that, or too late."))


def _with_amounts(name: str, arguments: Arguments) -> str:
    play = bool(arguments.get("play"))

    def amount(which: str) -> str:
        value = arguments.get(which)
        return words.dollars(value, play=play) if type(value) is int else "?"

    if name == "BountyTooLow" and "least" in arguments:
        return _("a bounty of {bounty} is not enough for the first panel, which costs {least}.").format(
            bounty=amount("bounty"), least=amount("least")
        )
    if name == "BadBond" and "wanted" in arguments:
        return _(
            "the bond for this file and claim is {wanted} now, not {bond}: it doubles when a flag turns out wrong."
        ).format(wanted=amount("wanted"), bond=amount("bond"))
    if name == "NotFree" and "free" in arguments:
        return _("{free} of your stake are left to take out, not {amount}.").format(
            free=amount("free"), amount=amount("amount")
        )
    if name == "BadTransfer" and "wanted" in arguments:
        return _("the money did not arrive as it should: {moved} instead of {wanted}. Nothing was changed.").format(
            moved=amount("moved"), wanted=amount("wanted")
        )
    if name == "BadAmount" and arguments.get("amount"):
        return _("a stake of {amount} is too little to be a reviewer.").format(amount=amount("amount"))
    return ""


def _with_others(name: str, arguments: Arguments) -> str:
    if name == "AlreadyOpen" and "id" in arguments:
        return _("case {case} is about this file and claim already. Add your evidence there.").format(
            case=plain(arguments["id"], 20)
        )
    if name == "IdentityTaken" and "holder" in arguments:
        return _("you review with another account already: {address}.").format(address=plain(arguments["holder"], 42))
    if name == "BadModel" and arguments.get("model"):
        model = arguments["model"]
        named = model.hex() if isinstance(model, bytes) else str(model).removeprefix("0x")
        return _("the model {model} is not on the register, or was withdrawn.").format(model=plain(middle(named), 40))
    if name == "OutOfBounds" and "which" in arguments:
        return _("number {which} of the rules is out of its bounds.").format(which=formats.whole(arguments["which"]))
    return ""


def _of_pool() -> Mapping[str, str]:
    return {
        "AlreadyJoined": _("you are a reviewer already."),
        "BadAmount": _("there is nothing to do it with: the amount is nothing, or less than it has to be."),
        "NotFree": _("that is more of your stake than is left to take out."),
        "NotEligible": _("the rules of this pool do not let this account in."),
        "IdentityTaken": _("you review with another account already."),
        "BadModel": _("that model is not on the register, or was withdrawn."),
        "NotJoined": _("this account is no reviewer now."),
        "OtherTree": _(
            "this account was a reviewer of another kind, or with a model of another family. Use another account."
        ),
        "NotCourt": _("the court alone can do that."),
        "CourtKnown": _("the pool has its court already."),
        "EmptyTree": _("nobody can be drawn: no reviewer has any weight yet."),
        "UnknownSnapshot": _("there is no such state of the pool."),
        "BeyondTotal": _("the lot points past the last reviewer. Nothing was changed."),
        "NoLeaf": _("that reviewer has no place in the pool."),
        "SafeCastOverflowedUintDowncast": _("a number is larger than fits."),
        "ReentrancyGuardReentrantCall": _("it was called from within itself. Nothing was changed."),
    }


def _of_court() -> Mapping[str, str]:
    return {
        "AlreadyOpen": _("a case is about this file and claim already. Add your evidence there."),
        "BountyTooLow": _("the bounty is not enough for the first panel."),
        "BadBond": _("the bond is another now. Look again, and flag anew."),
        "NotPublisher": _("this address does not speak for a publisher who registered the file."),
        "NotNamed": _("that is for the publisher whom the case names."),
        "AlreadyReplied": _("the publisher has put down its bond already."),
        "NoSeat": _("this account has no seat in this round, or lost it."),
        "AlreadyReported": _("this account has said so already."),
        "AlreadyRevealed": _("that vote was opened already."),
        "NotCommitted": _("that is not the vote that was sealed last."),
        "BadBallot": _("there is no such vote in this case."),
        "FullyFunded": _("that side of the appeal is paid in full already."),
        "ZeroAmount": _("the amount is nothing."),
        "NoFurtherRound": _("this was the last round. There is nothing to appeal to."),
        "RoundFunded": _("the next round is paid for. Open it instead."),
        "RoundNotFunded": _("nobody has paid for the next round in full. The ruling can be made final instead."),
        "NothingToSettle": _("that was settled already, or there is nothing to settle."),
        "NothingCredited": _("the court owes that account nothing."),
        "SeedNotLost": _("the lot is there, or comes with the next block. Draw the reviewers instead."),
        "NotReady": _("the lot comes with the next block but one. Try again in a moment."),
        "WordLost": _("nobody took the lot in time. Ask for it again."),
        "UnknownRequest": _("the lot was never asked for."),
        "OutOfBounds": _("one of the rules is out of its bounds."),
        "NothingProposed": _("no new rules are proposed."),
        "NotTimelock": _("the steward alone can do that."),
        "NotGuardian": _("the guardian alone can do that."),
        "NotPaused": _("it is not paused."),
        "OtherBench": _("the two halves of the court do not belong together."),
        "BadTransfer": _("the money did not arrive as it should. Nothing was changed."),
        "Reentered": _("it was called from within itself. Nothing was changed."),
        "SafeERC20FailedOperation": _("the dollar's contract refused to move the money. Nothing was changed."),
    }
