"""Simulated reviewers in words, and moving a case on. Whoever is simulated is called so wherever it is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from touchstone.registry.case_stage import Next, Stage
from touchstone.registry.court_types import Phase
from touchstone.texts import _, formats, ngettext, review

_ALL = 10  # a rate in thousandths, in hundredths


def name_of(number: int) -> str:
    """What a simulated reviewer is called, by its number from 1 (`ledger_simulated.number_of`); "" for nobody."""
    from touchstone.chain.ledger_simulated import PEOPLE  # a window that shows no votes need not load it

    if not number:
        return ""
    if number > PEOPLE:
        return _("Simulated automated reviewer {number}").format(number=number - PEOPLE)
    return _("Simulated reviewer {number}").format(number=number)


def what_they_are() -> str:
    """What simulated reviewers are."""
    return _(
        "Simulated reviewers stand for nobody. They live on your practice ledger, play with practice money, and are "
        "there so that you can try a whole case alone. Their keys are published, so what they vote proves nothing."
    )


def temper(kind: str) -> str:
    """How some of them are, by `practice_judging.Temper.name`."""
    return {
        "careful": _("careful"),
        "average": _("average"),
        "hasty": _("hasty"),
        "automated": _("automated"),
    }.get(kind, kind)


def rates(error: int, follows: int, misses: int) -> str:
    """How often they err, follow the flag without looking, and do not open in time; in thousandths."""
    said = [_("wrong in {rate} of 100 files").format(rate=_rate(error))]
    if follows:
        said.append(_("say what the flag says, unseen, in {rate} of 100").format(rate=_rate(follows)))
    if misses:
        said.append(_("do not open in time in {rate} of 100").format(rate=_rate(misses)))
    return ", ".join(said)


def machine_rates() -> str:
    """How the automated ones are."""
    return _("say what the detectors here say, and nothing where those find nothing")


def drawn_from(moment: int) -> str:
    """From when they can be drawn, in unix seconds of ledger time; 0: now."""
    if not moment:
        return _("They can be drawn.")
    when = formats.moment(datetime.fromtimestamp(moment, UTC).isoformat())
    return _(
        "Their stakes count from {moment} of ledger time on. Until then they cannot be drawn; you can skip ahead."
    ).format(moment=when)


def not_in() -> str:
    """What is said while they have no stakes."""
    return _(
        "They have no stakes now. They stake once you skip ahead in a case, or with `touchstone reviewer practice act`."
    )


def deed(code: str, params: Mapping[str, Any]) -> str:
    """What they did just now; `code` is a `court.practice.Deed`."""
    count, case = int(params.get("count", 0)), params.get("case", "")
    match code:
        case "moved":
            return _("Case {case}: {what}").format(case=case, what=moved(str(params.get("next", ""))))
        case "looked":
            return _("Case {case}: simulated reviewers look at the file and the evidence.").format(case=case)
        case "sealed":
            said = ngettext(
                "{count} simulated reviewer sealed a vote.", "{count} simulated reviewers sealed votes.", count
            )
        case "opened":
            said = ngettext("{count} simulated reviewer opened.", "{count} simulated reviewers opened.", count)
        case "silent":
            said = ngettext(
                "{count} simulated reviewer does not open, and loses the lock.",
                "{count} simulated reviewers do not open, and lose their locks.",
                count,
            )
        case "settled":
            return ngettext(
                "{count} simulated seat was settled.", "{count} simulated seats were settled.", count
            ).format(count=count)
        case "paid":
            return ngettext(
                "{count} simulated reviewer fetched what the court owed.",
                "{count} simulated reviewers fetched what the court owed.",
                count,
            ).format(count=count)
        case _:
            return ""
    return _("Case {case}: {what}").format(case=case, what=said.format(count=count))


def moved(step: str) -> str:
    """What a keeper's call did; `step` is a `case_stage.Next`."""
    return {
        "seed": _("the lot was asked for."),
        "draw": _("reviewers were drawn."),
        "tally": _("the votes were counted."),
        "open-round": _("the next round was opened."),
        "finalise": _("the ruling was made final."),
    }.get(step, step)


def not_due(wait: str, at: Stage, stake: int = 0, needed: int = 0) -> str:
    """Why a case cannot be moved on now; `wait` is a `court.keeper.Wait`, amounts are of the token."""
    if wait == "clock" and at.ends:
        when = formats.moment(datetime.fromtimestamp(at.ends, UTC).isoformat())
        return _("Nothing is due. This phase ({phase}) ends {moment}.").format(
            phase=review.phase_word(at.phase), moment=when
        )
    return {
        "seed": _("The lot is not known yet: it comes from a block that is still to be made. Try again in a moment."),
        "pool": _(
            "The reviewers' free stake is {stake}, and a panel takes {needed}. Asking for a lot now would end the "
            "case, so it was not done."
        ).format(stake=review.amount(stake), needed=review.amount(needed)),
        "paused": _("The court is paused: nothing is drawn until the pause ends."),
        "closed": _("The case is closed. What is left is to settle and to withdraw."),
    }.get(wait, _("Nothing is due."))


def skipped(seconds: int, before: Stage, after: Stage) -> str:
    """How far ledger time went, and where the case is."""
    return _("Ledger time went {time} ahead. The case went from {before} to {after}.").format(
        time=review.span(seconds), before=review.phase_word(before.phase), after=review.phase_word(after.phase)
    )


def until(at: Stage) -> str:
    """When a phase ends; "" where no clock ends it."""
    if not at.ends or at.phase in {Phase.FINAL, Phase.CANCELLED}:
        return ""
    when = formats.moment(datetime.fromtimestamp(at.ends, UTC).isoformat())
    return _("Until {moment} of ledger time.").format(moment=when)


def trouble(code: str, params: Mapping[str, Any]) -> str:
    """Why practice refused; `code` is that of a `court.practice.PracticeError`."""
    case = params.get("case", "")
    return {
        "not-practice": _("Simulated reviewers are there on your own practice ledger alone."),
        "no-case": _("There is no case {case}.").format(case=case),
        "closed": _("Case {case} is closed: nothing comes after that.").format(case=case),
        "no-clock": _("Nothing of case {case} waits for time to pass.").format(case=case),
        "own-seal": _(
            "You have a seat in case {case} and have not sealed a vote. Skipping now would cost the whole lock. Seal "
            "first, or say --anyway."
        ).format(case=case),
        "own-open": _(
            "Your sealed vote in case {case} is not open yet. Skipping now would cost the whole lock. Open first, or "
            "say --anyway."
        ).format(case=case),
    }.get(code, _("That could not be done."))


def due(step: Next) -> str:
    """What is due, as a heading."""
    return {
        Next.SEED: _("Ask for the lot"),
        Next.DRAW: _("Draw reviewers"),
        Next.TALLY: _("Count the votes"),
        Next.OPEN_ROUND: _("Open the next round"),
        Next.FINALISE: _("Make the ruling final"),
    }.get(step, _("Nothing is due."))


def _rate(thousandths: int) -> str:
    return f"{thousandths / _ALL:g}"
