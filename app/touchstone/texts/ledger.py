"""The practice ledger in words."""

from __future__ import annotations

from datetime import UTC, datetime

from touchstone.texts import _, ngettext
from touchstone.texts.formats import moment, size, whole
from touchstone.texts.plain import plain


def trouble(code: str) -> str:
    """Why the practice ledger did not do what was asked; `code` is a `touchstone.chain.errors.ChainTrouble`."""
    sentences = {
        "busy": _("Another window or command is writing to the practice ledger. Try again in a moment."),
        "full": _("The disk is full. Nothing was added to the practice ledger."),
        "read-only": _("The practice ledger cannot be written to: the folder or the file is read-only."),
        "damaged": _("The practice ledger is damaged. `touchstone ledger reset` begins a new one and keeps a copy."),
        "newer": _(
            "A newer version of Touchstone wrote this practice ledger. Use that version, or another home folder."
        ),
        "insufficient-funds": _("The practice ledger's own account has not that much to give."),
        "reverted": _("The practice ledger's contract refused. At most 10 000 practice dollars are given at once."),
        "wrong-code": _("Another contract stands where one of ours belongs. `touchstone ledger reset` begins anew."),
    }
    return sentences.get(code, _("The practice ledger could not do that."))


def block_count(number: int) -> str:
    """How many blocks there are after the first."""
    return ngettext("{count} block", "{count} blocks", number).format(count=whole(number))


def transaction_count(number: int) -> str:
    """How many transactions there are."""
    return ngettext("{count} transaction", "{count} transactions", number).format(count=whole(number))


def ledger_time(seconds: int) -> str:
    """A moment of ledger time, in unix seconds, and what that is."""
    return _("Ledger time: {moment}").format(moment=moment(datetime.fromtimestamp(seconds, UTC).isoformat()))


def ahead(seconds: int) -> str:
    """How far ledger time is ahead of the clock; "" where it is not."""
    if seconds <= 0:
        return ""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    span = _("{days} d {hours} h {minutes} min {seconds} s").format(
        days=days, hours=hours, minutes=rest // 60, seconds=rest % 60
    )
    said = _("That is {span} ahead of this computer's clock: time was skipped, or there were many transactions.")
    return said.format(span=span)


def place(path: object, count: int) -> str:
    """Where the ledger is kept, and how large it is."""
    return _("{path}, {size}").format(path=plain(path, 500), size=size(count))


def kept(name: object) -> str:
    """That a damaged ledger was put aside."""
    return _("The practice ledger was damaged. It is kept as {name}; a new one was begun.").format(name=plain(name))


def reset_question() -> str:
    """What beginning again would do."""
    return _(
        "This takes every publisher, registration and balance off the practice ledger. A copy of it is kept."
        " Keys and files stay as they are."
    )


def reset_done(copy: object) -> str:
    """That it was begun again."""
    return _("The practice ledger begins anew. What it held is kept in {path}.").format(path=plain(copy, 500))


def lan_warning() -> str:
    """What serving to the local network means."""
    return _(
        "Everybody in this network can now read the practice ledger and write to it, without a password."
        " Nothing of worth is on it. It is not encrypted on the way."
    )


def not_served(why: object) -> str:
    """That the port could not be opened."""
    return _("The practice ledger cannot be served there: {why}").format(why=plain(why))
