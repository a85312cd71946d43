"""Sealed votes, stakes and rewards in words: what went wrong and the way back, what was done, what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, call_words, chain, formats, ngettext
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.court.due import Task
    from touchstone.court.opening import Result
    from touchstone.court.troubles import VoteError
    from touchstone.court.vault import Kept, VaultError

Params = Mapping[str, Any]
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def trouble(error: VoteError | VaultError) -> str:
    """What went wrong, as a sentence or two, with the way on."""
    return told(str(error.code), error.params)


def told(code: str, params: Params) -> str:
    """The same, from a code and its parameters."""
    known: Mapping[str, Callable[[Params], str]] = {**_of_votes(), **_of_money(), **_of_vault()}
    return known[code](params) if code in known else _("It failed.")


def _of_votes() -> Mapping[str, Callable[[Params], str]]:
    return {
        "no-court": lambda p: _("There is no court on the network {network}.").format(
            network=plain(p.get("network", ""), 40)
        ),
        "no-case": lambda p: _("There is no case {case}.").format(case=_case(p)),
        "no-seat": lambda p: _("This account has no seat in case {case} now.").format(case=_case(p)),
        "void-seat": lambda p: _(
            "The vote of this account in case {case} was let out before its time, so its seats are void."
        ).format(case=_case(p)),
        "too-early": _too_early,
        "too-late": _too_late,
        "wrong-phase": lambda p: _("The ruling of case {case} cannot be appealed now.").format(case=_case(p)),
        "bad-ballot": lambda p: _(
            "Case {case} asks whether the file is used out of context. Vote altered (out of context), not-altered (in"
            " context) or cannot-tell."
        ).format(case=_case(p)),
        "not-sealed": lambda p: _("Nothing was sealed with that in case {case}.").format(case=_case(p)),
        "seal-lost": lambda p: _(
            "The network lost what {account} sealed in case {case}: a block was replaced. Seal it again in time:"
            " touchstone case seal {case}"
        ).format(account=middle(str(p.get("voter", ""))), case=_case(p)),
        "opened-already": lambda p: _("This vote in case {case} is open already.").format(case=_case(p)),
        "not-opened": lambda p: _("In case {case} a vote has to be open before you can say why.").format(case=_case(p)),
        "not-in-vault": lambda p: _(
            "What {account} sealed in case {case} is not on this computer. Its key brings it back: touchstone case"
            " recover {case}"
        ).format(account=middle(str(p.get("voter", ""))), case=_case(p)),
        "not-recovered": lambda p: _(
            "This key does not bring back what was sealed in case {case}. A device that signs differently each time, or"
            " another program, sealed it: it is in the vault of the computer that did, and in backups of that."
        ).format(case=_case(p)),
    }


def _too_early(params: Params) -> str:
    opens = params.get("opens")
    if not opens:
        return _("It is too early for that in case {case}.").format(case=_case(params))
    return _("It is too early for that in case {case}: votes can be opened from {moment} on.").format(
        case=_case(params), moment=chain.moment(opens)
    )


def _too_late(params: Params) -> str:
    if params.get("sent"):
        return _("It was too late by the time it was in a block. It had no effect but its fee.")
    return _("The time for that is over. Nothing was sent, and it cost nothing.")


def _of_money() -> Mapping[str, Callable[[Params], str]]:
    return {
        "no-further-round": lambda p: _("Case {case} was in its last round: there is nothing to appeal to.").format(
            case=_case(p)
        ),
        "side-funded": lambda p: _("That side of the appeal in case {case} has all that it needs.").format(
            case=_case(p)
        ),
        "against-over": lambda p: _(
            "In case {case} the side against the ruling could pay in the first half of the time alone, so that the"
            " other side can answer. Nothing was sent."
        ).format(case=_case(p)),
        "nothing-due": lambda _p: _("There is nothing to fetch."),
        "no-dollars": _no_dollars,
        "bad-amount": lambda _p: _("An amount is a number of dollars such as 35 or 35.00, more than nothing."),
        "locked-stake": lambda p: _("{free} of this stake can be taken out; the rest is on its way already.").format(
            free=_dollars(p, "free")
        ),
        "not-yet": _not_yet,
        "no-stake": lambda _p: _("This account has no stake."),
        "too-little-stake": lambda p: _("A reviewer needs a stake of {least} at least; that would be {has}.").format(
            least=_dollars(p, "least"), has=_dollars(p, "has")
        ),
        "joined-already": lambda _p: _("This account is a reviewer already. Leave --join out to add to its stake."),
    }


def _no_dollars(params: Params) -> str:
    said = _("{account} has {has}; this takes {needed}.").format(
        account=middle(str(params.get("address", ""))), has=_dollars(params, "has"), needed=_dollars(params, "needed")
    )
    if not params.get("play"):
        return said
    missing = -(-(int(params["needed"]) - int(params["has"])) // 10**6)
    command = f"touchstone ledger fund {params['address']} --dollars {missing}"
    return said + " " + _("Practice dollars are for the asking: {command}").format(command=plain(command, 120))


def _not_yet(params: Params) -> str:
    if not params.get("at"):
        return _("What is on its way out is locked by seats. It can be fetched once their cases are settled.")
    return _("It can be fetched from {moment} on.").format(moment=chain.moment(params["at"]))


def _of_vault() -> Mapping[str, Callable[[Params], str]]:
    recover = _("Its key brings it back, as long as votes can be opened: touchstone case recover {case}")
    return {
        "vote-missing": lambda p: _("The vote of case {case} is no longer in the vault.").format(case=_case(p)),
        "vote-damaged": lambda p: " ".join(
            (
                _("What was kept of the sealed vote in case {case} is damaged.").format(case=_case(p)),
                recover.format(case=_case(p)),
            )
        ),
        "vault-damaged": lambda _p: _(
            "The vault of sealed votes was damaged. It is kept aside, and a new one was begun. What was in it comes"
            " back from your keys: touchstone case recover, for each case in which you sealed a vote; or from a backup."
        ),
        "vote-other-key": lambda p: _(
            "Another account sealed this vote in case {case}: {account}. Use its key."
        ).format(case=_case(p), account=plain(p.get("voter", ""), 42)),
        "vote-needs-key": lambda p: _(
            "The vote of {account} in case {case} opens with its key alone. Unlock it: touchstone case open {case}"
        ).format(account=middle(str(p.get("voter", ""))), case=_case(p)),
        "vote-file-lost": lambda p: " ".join(
            (
                _("The file with the key to votes that open by themselves is gone, or is another one."),
                recover.format(case=_case(p)) if "case" in p else _("Bring it back from a backup."),
            )
        ),
        "vote-file-exposed": lambda p: _(
            "Others can read the file with the key to votes that open by themselves, so it is not used: {path}. Whoever"
            " read it could have read them. Take that permission away."
        ).format(path=plain(p.get("untrusted_path") or "votes/opens-by-itself.key", 300)),
        "vault-newer": lambda _p: _(
            "A newer version of Touchstone wrote the vault of sealed votes. Use that version. Nothing was sent."
        ),
        "vault-read-only": lambda _p: _(
            "The vault of sealed votes cannot be written to, so no vote is sealed. Nothing was sent."
        ),
        "vault-full": lambda _p: _("The disk is full. No vote is sealed that cannot be kept. Nothing was sent."),
        "vault-busy": lambda _p: _("Another window is at the vault of sealed votes. Try again."),
        "vault-failed": lambda _p: _("The vault of sealed votes could not be used. Nothing was sent."),
    }


def signs_twice() -> str:
    """What a signer outside is asked for before a vote is sealed."""
    return _(
        "Your signer is asked twice to sign for the secret of this vote, to see whether it signs the same both times:"
        " then your key alone brings the vote back. Sign it nowhere else: whoever has that signature can read the vote."
    )


# --- what was done


def sealed(kept: Kept) -> tuple[str, ...]:
    """That a vote is sealed, and what that means for opening it."""
    said = [_("Your vote in case {case} is sealed. Nobody can read it until it is opened.").format(case=kept.case)]
    if kept.only_here:
        said.append(
            _(
                "Your signer signs differently each time. So this vote is in the vault of this computer and its backups"
                " alone: if both are lost, it cannot be opened. Make a backup now."
            )
        )
    if kept.by_itself:
        said.append(
            _(
                "It may be opened by itself: it is opened in time wherever Touchstone runs with this folder, and by"
                " touchstone case open --all, without a password."
            )
        )
    else:
        said.append(_("It opens with your key. Do not forget: a vote that is not opened costs the whole lock."))
    return tuple(said)


def result(found: Result) -> str:
    """What became of a vote."""
    case, done = found.kept.case, str(found.done)
    if done == "failed" and found.trouble is not None:
        return _("Case {case}: {why}").format(case=case, why=_why(found))
    return {
        "opened": _("The vote of {account} in case {case} is open."),
        "sent": _("The opening of the vote of {account} in case {case} is on its way."),
        "sealed": _("A reorganisation took the seal of {account} in case {case} away. It is handed in again."),
    }.get(done, _("The vote of {account} in case {case} waits.")).format(account=middle(found.kept.voter), case=case)


def _why(found: Result) -> str:
    from touchstone.chain.errors import ChainError

    error = found.trouble
    if not isinstance(error, ChainError):
        return trouble(error) if error is not None else ""
    said = chain.trouble(error)
    if str(error.code) == "insufficient-funds" and found.opener and found.opener.lower() != found.kept.voter:
        said += " " + _("That is the account that opens votes by itself; send it a little of the network's money.")
    return said


def recovered(kept: Kept, vote: str) -> str:
    """That a vote came back."""
    return _("Your key brought it back: in case {case} you sealed {vote}. It is in the vault again.").format(
        case=kept.case, vote=vote
    )


# --- what is due


def warning(task: Task, now: int) -> str:
    """What to do before it is too late; "" where there is nothing to warn of."""
    if not task.missed_soon:
        return ""
    left = span(task.ends - now)
    if str(task.kind) == "seal":
        return _("Case {case}: seal your vote. {left} left; after that you lose {stake}.").format(
            case=task.case, left=left, stake=_amount(task.at_stake)
        )
    if task.lost:
        said = _("Case {case}: open your vote. {left} left; after that you lose {stake}. It has to be recovered first.")
    elif task.sure:
        said = _("Case {case}: your vote is not open yet. {left} left; after that you lose {stake}.")
    else:
        said = _("Case {case}: open your vote with your key. {left} left; after that you lose {stake}.")
    return said.format(case=task.case, left=left, stake=_amount(task.at_stake))


def clock_off(seconds: int) -> str:
    """That this computer's clock, or the node, is wrong; "" where neither is."""
    if not seconds:
        return ""
    said = (
        _("This computer's clock is {span} ahead of the newest block.")
        if seconds > 0
        else _("This computer's clock is {span} behind the newest block.")
    )
    rest = _("Deadlines are counted by the blocks. Set the clock, or look whether the node is up to date.")
    return said.format(span=span(abs(seconds))) + " " + rest


def span(seconds: int) -> str:
    """A length of time in its largest unit."""
    if seconds >= 2 * _DAY:
        return ngettext("{count} day", "{count} days", seconds // _DAY).format(count=formats.whole(seconds // _DAY))
    if seconds >= _HOUR:
        return _("{count} h").format(count=seconds // _HOUR)
    return _("{count} min").format(count=max(0, seconds) // _MINUTE)


def _case(params: Params) -> str:
    return plain(params.get("case", "?"), 20)


def _dollars(params: Params, name: str) -> str:
    return call_words.dollars(int(params.get(name) or 0), play=bool(params.get("play", False)))


def _amount(units: int) -> str:
    return call_words.dollars(units, play=False)
