"""The Review screen in words: where a case is, until when, what a vote means, what a ruling says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from touchstone.registry.court_types import Ballot, CancelReason, Phase, Ruling
from touchstone.texts import _, call_words, formats, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.network import Network

MINUTE, HOUR, DAY = 60, 3600, 86_400
_WEEK = 6 * DAY  # within which a day's name is enough
_SOON = 2 * DAY  # within which hours count
_UNIT = 1_000_000  # of the stablecoins in use
_CENT = _UNIT // 100


def steps() -> tuple[str, ...]:
    """The five steps that a person sees."""
    return _("Evidence"), _("Seal votes"), _("Open votes"), _("Appeal"), _("Final")


def step_of(phase: Phase) -> int:
    """Which of the five a phase belongs to."""
    return {
        Phase.COMMIT: 1,
        Phase.REVEAL: 2,
        Phase.TALLYING: 2,
        Phase.APPEALABLE: 3,
        Phase.FINAL: 4,
        Phase.CANCELLED: 4,
    }.get(phase, 0)


def phase_word(phase: Phase) -> str:
    """Where a case is, in a word or two."""
    return {
        Phase.NONE: _("Not known"),
        Phase.FLAGGED: _("Evidence"),
        Phase.SEED_REQUESTED: _("Drawing reviewers"),
        Phase.DRAWN: _("Drawing reviewers"),
        Phase.COMMIT: _("Seal votes"),
        Phase.REVEAL: _("Open votes"),
        Phase.TALLYING: _("Counting"),
        Phase.APPEALABLE: _("Appeal"),
        Phase.FINAL: _("Final"),
        Phase.CANCELLED: _("Cancelled"),
    }[phase]


def what_now(phase: Phase, *, waits: bool = False) -> str:
    """What happens in a phase, and what comes next. `waits`: its time is over, and somebody has to move it on."""
    if phase is Phase.FLAGGED and waits:
        return _("The time for evidence is over. Once somebody moves the case on, reviewers are drawn by lot.")
    if phase is Phase.APPEALABLE and waits:
        return _("The time for appeals is over. Once somebody moves the case on, it is final or goes to a new panel.")
    return {
        Phase.NONE: _("This copy of the register does not say."),
        Phase.FLAGGED: _("Anyone can add evidence, and a publisher can reply. Reviewers are drawn by lot after that."),
        Phase.SEED_REQUESTED: _("Reviewers are being drawn by lot. Whoever wants can move it on."),
        Phase.DRAWN: _("The panel is drawn. Votes can be sealed in a moment."),
        Phase.COMMIT: _("Reviewers look at the file and seal their votes. Nobody sees them before they are opened."),
        Phase.REVEAL: _("Sealed votes are opened now. What is not opened in time costs all that its seat locks."),
        Phase.TALLYING: _("All that was opened in time is there. Once somebody moves the case on, it is counted."),
        Phase.APPEALABLE: _(
            "Whoever disagrees can pay for a larger panel. Where nobody does, the ruling becomes final."
        ),
        Phase.FINAL: _("This ruling stands. What seats and appeals are due can be settled and withdrawn."),
        Phase.CANCELLED: _("There is no ruling. What was put down can be taken back."),
    }[phase]


def cancelled(reason: CancelReason) -> str:
    """Why a case was cancelled."""
    return {
        CancelReason.NONE: _("It was cancelled."),
        CancelReason.SEED_LOST: _("It was cancelled: the lot was not drawn in time, three times."),
        CancelReason.POOL_TOO_SMALL: _("It was cancelled: there were too few reviewers to draw from."),
        CancelReason.NOT_OBTAINABLE: _("It was cancelled: reviewers could not obtain the file."),
    }[reason]


def question(*, claim: bool) -> str:
    """What a case asks."""
    return _("Is it used out of context?") if claim else _("Was it altered or generated?")


def ballots(*, claim: bool) -> tuple[tuple[Ballot, str, str], ...]:
    """The choices of a vote: each with its word and what it says."""
    cannot = (
        Ballot.CANNOT_TELL,
        _("I cannot tell"),
        _("Costs nothing and earns next to nothing. Better than a guess."),
    )
    if claim:
        return (
            (Ballot.EDITED, _("Out of context"), _("The text says something about the file that is not so.")),
            (Ballot.NOT_ALTERED, _("In context"), _("The text fits what the file shows.")),
            cannot,
        )
    return (
        (Ballot.EDITED, _("Altered"), _("A picture or recording was changed so that it shows what was not there.")),
        (Ballot.SYNTHETIC, _("Generated"), _("It was made by a program, wholly or in a part that matters.")),
        (Ballot.NOT_ALTERED, _("Not altered"), _("Nothing that matters was changed. Cropping or colour is no matter.")),
        cannot,
    )


def ballot_word(ballot: Ballot, *, claim: bool) -> str:
    """A vote in a word."""
    return next((word for one, word, _about in ballots(claim=claim) if one is ballot), "")


def ruling_word(ruling: Ruling, *, claim: bool) -> str:
    """A ruling in a word or two; "" for none yet."""
    if claim and ruling.altered:
        return _("Out of context")
    return {
        Ruling.NONE: "",
        Ruling.CANNOT_TELL: _("Cannot tell"),
        Ruling.NOT_ALTERED: _("In context") if claim else _("Not altered"),
        Ruling.EDITED: _("Altered"),
        Ruling.SYNTHETIC: _("Generated"),
        Ruling.ALTERED: _("Altered or generated"),
        Ruling.UNRESOLVED: _("No ruling"),
    }[ruling]


def ruling_sentence(ruling: Ruling, *, claim: bool, final: bool) -> str:
    """What a ruling says, and that it can still change where it can; "" for none yet."""
    if ruling is Ruling.NONE:
        return ""
    if claim:
        said = {
            Ruling.CANNOT_TELL: _("Reviewers could not tell whether the text fits the file"),
            Ruling.NOT_ALTERED: _("Reviewers found that the text fits the file"),
            Ruling.UNRESOLVED: _("Reviewers came to no ruling"),
        }.get(ruling, _("Reviewers found the file used out of context"))
    else:
        said = {
            Ruling.CANNOT_TELL: _("Reviewers could not tell whether it was altered"),
            Ruling.NOT_ALTERED: _("Reviewers found no manipulation"),
            Ruling.EDITED: _("Reviewers found it altered"),
            Ruling.SYNTHETIC: _("Reviewers found it generated"),
            Ruling.ALTERED: _("Reviewers found it altered or generated"),
            Ruling.UNRESOLVED: _("Reviewers came to no ruling"),
        }.get(ruling, "")
    if not said:
        return ""
    return _("{ruling}. This is final.").format(ruling=said) if final else _("{ruling}, so far.").format(ruling=said)


def ruling_about(ruling: Ruling, *, claim: bool) -> str:
    """What a ruling is, and what it is not."""
    if ruling is Ruling.CANNOT_TELL:
        return _("That says nothing about the file, for or against it.")
    if ruling is Ruling.UNRESOLVED:
        return _("Too few votes agreed. That says nothing about the file.")
    if claim:
        return _("It is about the text that the file was used with. It says nothing about the file itself.")
    return _("It is what people with money at stake said of exactly this file. It is no proof.")


def deadline(ends: int, now: int) -> str:
    """Until when, in local time, and how long that is: `until Tue 14:00, in 5 h`."""
    if not ends:
        return ""
    if ends <= now:
        return _("since {moment}").format(moment=_moment(ends, now))
    return _("until {moment}, in {span}").format(moment=_moment(ends, now), span=span(ends - now))


def opens_until(ends: int, now: int) -> str:
    """The same for a column."""
    if not ends:
        return ""
    if ends <= now:
        return _("time is over")
    return _("{moment}, in {span}").format(moment=_moment(ends, now), span=span(ends - now))


def at(moment: int, now: int) -> str:
    """A moment in local time, short where it is near: `Tue 14:00`, `12 March 2026, 14:00`."""
    return _moment(moment, now)


def span(seconds: int) -> str:
    """A length of time in its largest unit: `5 h`, `3 days`."""
    hours, minutes = round(seconds / HOUR), round(seconds / MINUTE)
    if hours * HOUR >= _SOON:
        days = round(seconds / DAY)
        return ngettext("{count} day", "{count} days", days).format(count=days)
    if minutes >= 100:
        return _("{count} h").format(count=hours)
    if minutes:
        return _("{count} min").format(count=minutes)
    return _("less than a minute")


def _moment(moment: int, now: int) -> str:
    local, today = datetime.fromtimestamp(moment).astimezone(), datetime.fromtimestamp(now).astimezone()
    if local.date() == today.date():
        return _("today {time}").format(time=local.strftime("%H:%M"))
    if abs(moment - now) < _WEEK:
        return _("{day} {time}").format(day=_days()[local.weekday()], time=local.strftime("%H:%M"))
    return formats.minute(local.isoformat())


def _days() -> tuple[str, ...]:
    return _("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")


def dollars(units: int, network: Network) -> str:
    """An amount of a network's stablecoin, with its name: `35.00 practice dollars`."""
    return call_words.dollars(units, play=network.play)


def amount(units: int) -> str:
    """An amount with two decimals, or as many as it has: `35.00`, `0.001`."""
    sign, units = ("-" if units < 0 else ""), abs(units)
    if units % _CENT == 0:
        return f"{sign}{formats.whole(units // _UNIT)}.{units % _UNIT // _CENT:02}"
    return f"{sign}{formats.whole(units // _UNIT)}.{units % _UNIT:06}".rstrip("0")


def units(typed: str) -> int | None:
    """What was typed as an amount, in whole units; None where it is none, or has more decimals than there are."""
    whole, point, rest = typed.strip().replace(",", ".").partition(".")
    if not (whole + rest).isascii() or not (whole + rest).isdigit() or len(rest) > 6 or (point and not rest):
        return None
    return int(whole or "0") * _UNIT + int(rest.ljust(6, "0"))


def choices() -> tuple[tuple[str, str, str], ...]:
    """What a flag can say: each with its word and what it asks reviewers."""
    return (
        ("manipulated", _("It was altered"), _("Something in it was changed: a person, a text, a sound.")),
        ("generated", _("It was generated"), _("A program made it, wholly or in a part that matters.")),
        ("context", _("It is used out of context"), _("The file may be unchanged; what is said about it is not so.")),
    )


def choice_word(choice: str, *, claim: bool) -> str:
    """What an item of evidence argues for."""
    return {
        "altered": _("says: altered"),
        "generated": _("says: generated"),
        "edited": _("says: altered"),
        "context": _("says: out of context"),
        "not-altered": _("says: in context") if claim else _("says: not altered"),
    }.get(choice, "")


def no_court(name: str) -> str:
    """Where a network has none."""
    return _(
        "Nobody has put a court on the network {name}. On the practice ledger you can try all of it with play money:"
        " cases, stakes, rulings."
    ).format(name=plain(name, 40))


def empty() -> tuple[str, str]:
    """What stands in place of the list where there is no case."""
    return (
        _("No cases yet"),
        _(
            "Check a file and press Flag if you doubt it. You put down a bond and a bounty, reviewers are drawn by lot,"
            " seal their votes and open them. What they decide shows up in everybody's check."
        ),
    )


def task_word(kind: str) -> str:
    """What one is to do in a case."""
    return _tasks().get(kind, ("", ""))[0]


def task_sentence(kind: str) -> str:
    """Why."""
    return _tasks().get(kind, ("", ""))[1]


def _tasks() -> Mapping[str, tuple[str, str]]:
    return {
        "seal": (_("Seal your vote"), _("You have a seat. Look at the file, then seal your vote.")),
        "open": (_("Open your vote"), _("Open what you sealed, or you lose all that your seats lock.")),
        "settle": (_("Settle your seats"), _("The case is over: what your seats lock and earn is due.")),
        "claim": (_("Claim what you paid in"), _("The case is over: what you paid for an appeal is due.")),
        "withdraw": (_("Withdraw what is yours"), _("The court holds money of yours.")),
        "fund": (_("Appeal, or defend the ruling"), _("The ruling goes against you, and it can still be appealed.")),
        "advance": (_("Move it on"), _("The case waits for somebody to move it on. Whoever does is paid a small fee.")),
    }


def earning(kind: str) -> str:
    """What money of the court was for."""
    return {
        "seat": _("A seat's share"),
        "lost": _("Lost by a seat"),
        "appeal": _("Back from an appeal"),
        "keeper": _("For moving a case on"),
        "leak": _("For showing a vote that was let out"),
        "case": _("Back from a flag"),
        "withdrawn": _("Withdrawn from the court"),
    }.get(kind, plain(kind, 40))
