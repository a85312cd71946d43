"""How an account stands in the pool of reviewers, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts import review as words
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.ui.stake_work import Stake


def rows(found: Stake) -> list[tuple[str, str]]:
    """What an account has in the pool, as labels and values."""
    entry = found.reviewer
    assert entry is not None  # noqa: S101 - asked before
    net = found.network
    rows = [
        (_("At stake"), words.dollars(entry.staked, net)),
        (_("Locked by seats"), words.dollars(entry.locked, net)),
        (_("In your account"), words.dollars(found.wallet, net)),
    ]
    if entry.maturing and entry.matures > found.now:
        when = words.at(entry.matures, found.now)
        rows.insert(
            1,
            (
                _("Not counted yet"),
                _("{amount}, until {moment}").format(amount=words.dollars(entry.maturing, net), moment=when),
            ),
        )
    if entry.unbonding:
        when = words.at(entry.unbonds, found.now)
        rows.append(
            (
                _("On its way out"),
                _("{amount}, free {moment}").format(amount=words.dollars(entry.unbonding, net), moment=when),
            )
        )
    if entry.withdrawable:
        rows.append((_("Free to take out"), words.dollars(entry.withdrawable, net)))
    return rows


def standing(found: Stake) -> str:
    """How an account stands as a reviewer."""
    entry, rules = found.reviewer, found.rules
    assert entry is not None  # noqa: S101 - asked before
    if entry.deactivated:
        return _("This account missed votes and is not drawn any more. Becoming a reviewer again takes a while.")
    if entry.joined:
        kind = _("as a program") if entry.automated else _("as a person")
        if entry.weight:
            return _("This account reviews {kind}. It can be drawn into panels now.").format(kind=kind)
        if entry.matures <= found.now:
            return _("The stake has matured. Let it count, then this account can be drawn.")
        return _("This account reviews {kind}, once its stake has matured.").format(kind=kind)
    needed = words.dollars(rules.min_stake if rules else 0, found.network)
    if entry.staked < least(found):
        return _(
            "Reviewers are drawn by lot, by what they have at stake. It takes {least} to be one, so put that at"
            " stake first."
        ).format(least=needed)
    return _("There is enough at stake to review. Reviewers who do not open their votes in time lose what seats lock.")


def counts(found: Stake) -> int:
    """What the weight would be, of a stake that has matured."""
    entry = found.reviewer
    return entry.staked - entry.unbonding if entry is not None else 0


def least(found: Stake) -> int:
    """What has to be at stake to review."""
    return found.rules.min_stake if found.rules is not None else 0


def named(name: str, address: str) -> str:
    """An account as it is listed."""
    return _("{name} ({address})").format(name=plain(name, 40), address=middle(address, 6))


def plain_amount(units: int) -> str:
    """An amount as it is typed."""
    return words.amount(units).replace("\N{NARROW NO-BREAK SPACE}", "")
