"""What a transaction to pool or court would do, in plain words; `touchstone.texts.intents` asks here.

What a call does not hold itself (until when, how much is at stake) is said where whoever built the intent knew it; see
the keywords of `registry.court`. What it risks is in `court_risks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from touchstone.texts import _, chain
from touchstone.texts import call_words as words
from touchstone.texts.call_words import Params
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent


def titles() -> Mapping[str, str]:
    """What each call is, in a few words."""
    return {**_titles_of_cases(), **_titles_of_stakes()}


def _titles_of_cases() -> Mapping[str, str]:
    return {
        "case-flag": _("Flag a file"),
        "case-flag-permit": _("Flag a file"),
        "case-evidence": _("Add evidence"),
        "case-reply": _("Reply as a publisher"),
        "case-seed": _("Ask for the lot"),
        "case-draw": _("Draw reviewers"),
        "case-seal": _("Seal your vote"),
        "case-seal-signed": _("Hand in a sealed vote"),
        "case-unobtainable": _("Say that the file cannot be obtained"),
        "case-leak": _("Report a vote that was let out"),
        "case-open": _("Open a vote"),
        "case-justify": _("Say why"),
        "case-tally": _("Count the votes"),
        "case-fund": _("Pay into an appeal"),
        "case-fund-permit": _("Pay into an appeal"),
        "case-round": _("Open the next round"),
        "case-final": _("Make the ruling final"),
        "case-settle": _("Settle a reviewer's seats"),
        "case-claim": _("Fetch an appeal's money"),
        "case-withdraw": _("Pay out what the court owes"),
        "case-withdraw-to": _("Pay out what the court owes you"),
        "case-skip-nonce": _("Take a signature back"),
        "case-adopt": _("Put new rules in force"),
        "court-set": _("Join court and pool"),
    }


def _titles_of_stakes() -> Mapping[str, str]:
    return {
        "stake-add": _("Put money at stake"),
        "stake-add-permit": _("Put money at stake"),
        "stake-join": _("Become a reviewer"),
        "stake-refresh": _("Bring a reviewer's weight up to date"),
        "stake-depart": _("Stop being a reviewer"),
        "stake-unbond": _("Begin to take stake out"),
        "stake-unbond-signed": _("Begin to take another's stake out"),
        "stake-withdraw": _("Take stake out"),
        "stake-withdraw-signed": _("Take another's stake out"),
        "stake-skip-nonce": _("Take a signature back"),
        "stake-adopt": _("Put new rules in force"),
        "permit-signature": _("Sign an allowance"),
        "seal-signature": _("Sign a sealed vote for somebody else to hand in"),
        "salt-signature": _("Sign for the secret of a sealed vote"),
    }


def sentences() -> Mapping[str, Callable[[Params], str]]:
    """What each call does, in a sentence or two."""
    return {
        "case-flag": _flag,
        "case-flag-permit": lambda p: _flag(p) + " " + _allowed_to(p, _("the court")),
        **_of_evidence(),
        **_of_votes(),
        **_of_moving_on(),
        **_of_money(),
        **_of_stakes(),
        **_of_signatures(),
    }


def public_names() -> Mapping[str, str]:
    """What becomes public, by its code."""
    return {
        "claim": _("the text it was used with"),
        "evidence": _("the hash of the evidence"),
        "seal": _("that you have voted, and the seal, which tells nobody how"),
        "vote": _("the vote, and who gave it"),
        "why": _("the hash of the reasons"),
        "unobtainable": _("that you could not get the file"),
        "runs": _("which model you run"),
        "weight": _("the weight of that reviewer"),
    }


def ballot(value: object) -> str:
    """A vote, as the contract numbers it. What the second of them means depends on what the case is about."""
    return {
        0: _("cannot tell"),
        1: _("not altered"),
        2: _("edited (of a text: used out of context)"),
        3: _("generated"),
    }.get(value if type(value) is int else -1, _("a vote that is not known here"))


def outcome(intent: Intent, found: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """What a simulation answered, as rows of the table: label and value."""
    if intent.code in {"case-flag", "case-flag-permit"} and "id" in found:
        return ((_("Number of the case"), plain(found["id"], 20)),)
    if "amount" in found and (intent.code.startswith("case-withdraw") or intent.code.startswith("stake-withdraw")):
        return ((_("Paid out"), words.money({**found, "play": intent.params.get("play")}, "amount")),)
    return ()


def _case(p: Params) -> str:
    return plain(p.get("id", "?"), 20)


def _round(p: Params) -> str:
    """A round, counted from one as people do."""
    return str(words.count(p, "round") + 1)


def _allowed_to(p: Params, whom: str) -> str:
    return _("A signature handed in with it lets {whom} take up to {amount} from you.").format(
        whom=whom, amount=_most(p)
    )


def _most(p: Params) -> str:
    return _("all that you have") if words.count(p, "value") >= 1 << 255 else words.money(p, "value")


def _flag(p: Params) -> str:
    amounts = {"bounty": words.money(p, "bounty"), "bond": words.money(p, "bond")}
    if p.get("claim"):
        said = _("You flag the file {file} as used out of context with the text {claim}.").format(
            file=words.file(p, "media"), claim=words.quoted(p, "claim")
        )
    else:
        said = _("You flag the file {file}: you say that it was altered or generated.").format(
            file=words.file(p, "media")
        )
    paid = _("You pay {bounty} for those who review it, and put down {bond} as your bond.").format(**amounts)
    return f"{said} {paid}"


def _of_evidence() -> Mapping[str, Callable[[Params], str]]:
    return {
        "case-evidence": lambda p: _("You add the evidence {item} to case {case}.").format(
            item=words.file(p, "item"), case=_case(p)
        ),
        "case-reply": _reply,
        "case-justify": lambda p: _("You say why you voted as you did in round {round} of case {case}: {item}.").format(
            round=_round(p), case=_case(p), item=words.file(p, "item")
        ),
        "case-unobtainable": lambda p: _(
            "You say, as a reviewer of case {case}, that the file cannot be obtained. If two thirds of the seats say"
            " so, the case is cancelled."
        ).format(case=_case(p)),
    }


def _reply(p: Params) -> str:
    said = _("Publisher {publisher} replies in case {case}, with {item}.").format(
        publisher=words.number(p), case=_case(p), item=words.file(p, "item")
    )
    if not p.get("counterBond"):
        return said + " " + _("It puts nothing down.")
    if words.count(p, "bond"):
        return said + " " + _("It puts down {bond}, as much as the flag's bond.").format(bond=words.money(p, "bond"))
    return said + " " + _("It puts down as much as the flag's bond.")


def _of_votes() -> Mapping[str, Callable[[Params], str]]:
    return {
        "case-seal": lambda p: _(
            "Your sealed vote in case {case} is handed in. Nobody can read it until it is opened; a new one takes its"
            " place until the time for sealing is over."
        ).format(case=_case(p)),
        "case-seal-signed": lambda p: _(
            "The sealed vote that {voter} signed in round {round} of case {case} is handed in."
        ).format(voter=words.address(p, "voter"), round=_round(p), case=_case(p)),
        "case-open": lambda p: _("The vote of {voter} in case {case} is opened: {vote}.").format(
            voter=words.address(p, "voter"), case=_case(p), vote=ballot(p.get("ballot"))
        ),
        "case-leak": lambda p: _(
            "You show that the vote of {voter} in case {case} was let out before its time: {vote}. Those seats are"
            " lost; a part of the lock goes to you, the rest is burned."
        ).format(voter=words.address(p, "voter"), case=_case(p), vote=ballot(p.get("ballot"))),
    }


def _of_moving_on() -> Mapping[str, Callable[[Params], str]]:
    return {
        "case-seed": lambda p: _(
            "You ask for the lot of case {case}: from now on its reviewers are drawn from the stake as it stands."
        ).format(case=_case(p)),
        "case-draw": lambda p: _("You draw reviewers for case {case} by lot, in up to {count} steps.").format(
            case=_case(p), count=words.count(p, "words")
        ),
        "case-tally": lambda p: _("You have the votes of case {case} counted.").format(case=_case(p)),
        "case-round": lambda p: _("You open the next round of case {case}, which an appeal has paid for.").format(
            case=_case(p)
        ),
        "case-final": lambda p: _("You make the ruling of case {case} final. It can never be changed again.").format(
            case=_case(p)
        ),
        "case-settle": lambda p: _(
            "The seats of {voter} in round {round} of case {case} are settled: what was won is credited, what was lost"
            " is taken, the rest of the lock is free again."
        ).format(voter=words.address(p, "voter"), round=_round(p), case=_case(p)),
        "case-adopt": lambda _p: _("The rules that were proposed hold for every case that is flagged from now on."),
        "court-set": lambda p: _("The pool is told, for ever, that the court at {court} draws its reviewers.").format(
            court=words.address(p, "court")
        ),
        "stake-adopt": lambda _p: _("The rules that were proposed for the pool hold from now on."),
    }


def _fund(p: Params) -> str:
    said = (
        _("You pay up to {amount} into the appeal against the ruling of case {case}.")
        if p.get("against")
        else _("You pay up to {amount} into the appeal on the side of the ruling of case {case}.")
    )
    return said.format(amount=words.money(p, "amount"), case=_case(p))


def _of_money() -> Mapping[str, Callable[[Params], str]]:
    return {
        "case-fund": _fund,
        "case-fund-permit": lambda p: _fund(p) + " " + _allowed_to(p, _("the court")),
        "case-claim": lambda p: _(
            "What {account} gets back of the appeal in round {round} of case {case} is credited to it."
        ).format(account=words.address(p, "account"), round=_round(p), case=_case(p)),
        "case-withdraw": lambda p: _("All that the court owes {account} is paid out to it.").format(
            account=words.address(p, "account")
        ),
        "case-withdraw-to": lambda p: _("All that the court owes you is paid out to {to}.").format(
            to=words.address(p, "to")
        ),
        "case-skip-nonce": lambda _p: _(
            "A signature that this key gave for a sealed vote, and that nobody has used yet, can never be used."
        ),
    }


def _of_stakes() -> Mapping[str, Callable[[Params], str]]:
    return {
        "stake-add": _stake,
        "stake-add-permit": lambda p: _stake(p) + " " + _allowed_to(p, _("the pool")),
        "stake-join": _join,
        "stake-refresh": lambda p: _(
            "The weight of {account} in the lot is written as its stake and the rules have it now."
        ).format(account=words.address(p, "account")),
        "stake-depart": lambda _p: _("You leave the pool of reviewers. Your stake stays there until you take it out."),
        "stake-unbond": lambda p: _("You begin to take {amount} out of your stake.").format(
            amount=words.money(p, "amount")
        ),
        "stake-unbond-signed": lambda p: _("{account} begins to take {amount} out of its stake, as it signed.").format(
            account=words.address(p, "account"), amount=words.money(p, "amount")
        ),
        "stake-withdraw": lambda p: _("All of your stake that is free to go is paid out to {to}.").format(
            to=words.address(p, "to")
        ),
        "stake-withdraw-signed": lambda p: _(
            "All of the stake of {account} that is free to go is paid out to {to}, as it signed."
        ).format(account=words.address(p, "account"), to=words.address(p, "to")),
        "stake-skip-nonce": lambda _p: _(
            "A signature that this key gave to take stake out, and that nobody has used yet, can never be used."
        ),
    }


def _stake(p: Params) -> str:
    return _("You put {amount} into the pool of reviewers, at stake.").format(amount=words.money(p, "amount"))


def _join(p: Params) -> str:
    if p.get("automated"):
        return _("You become an automated reviewer, which runs the model {model}. It can be drawn by lot.").format(
            model=words.model(p)
        )
    return _("You become a reviewer among people. You can be drawn by lot.")


def _of_signatures() -> Mapping[str, Callable[[Params], str]]:
    return {
        "permit-signature": lambda p: _(
            "Whoever has this signature can let {spender} take up to {amount} from {owner}, until {deadline}."
        ).format(
            spender=_("the pool of reviewers") if p.get("to_pool") else _("the court"),
            amount=_most(p),
            owner=words.address(p, "owner"),
            deadline=chain.moment(p.get("deadline")),
        ),
        "seal-signature": lambda p: _(
            "Whoever has this signature can hand in this sealed vote of {voter} in round {round} of case {case}, until"
            " {deadline}."
        ).format(
            voter=words.address(p, "voter"),
            round=_round(p),
            case=_case(p),
            deadline=chain.moment(p.get("deadline")),
        ),
        "salt-signature": lambda p: _(
            "Anyone who gets this signature can read your sealed vote in round {round} of case {case}."
        ).format(round=_round(p), case=_case(p)),
    }
