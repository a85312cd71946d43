"""What was sent, in words: what it was for, how far it is, what it took, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from touchstone.texts import _, chain, intents, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.store.outbox import Sent

_PAID = frozenset({"mined", "final", "reverted"})
_LIVE = frozenset({"asked", "signed", "sent", "mined"})
_MOST_TOLD = 3


def what(intent: Intent) -> str:
    """What it was for, as a sentence."""
    return intents.sentence(intent) or intents.title(intent) or plain(intent.code, 40)


def briefly(intent: Intent) -> str:
    """The same for a line that may be cut: what kind of thing it was comes first."""
    title, sentence = intents.title(intent), intents.sentence(intent)
    return _("{title}: {sentence}").format(title=title, sentence=sentence) if title and sentence else what(intent)


def state(code: str) -> str:
    """How far it is, in a word or three; `chain.state` says it whole."""
    return {
        "asked": _("At the signer"),
        "signed": _("Not seen yet"),
        "sent": _("On its way"),
        "mined": _("In a block"),
        "final": _("Done"),
        "reverted": _("No effect"),
        "dropped": _("Replaced"),
        "cancelled": _("Cancelled"),
        "failed": _("Refused"),
    }.get(code, plain(code, 40))


def fee(sent: Sent, network: Network | None, *, brief: bool = False) -> str:
    """What it took, or takes at most; empty for what never took anything. `network` is None where it is gone."""
    if str(sent.state) in _PAID:
        return _coins(sent.fee, network)
    if str(sent.state) in _LIVE:
        said = _("≤ {most}") if brief else _("at most {most}")
        return said.format(most=_coins(sent.gas * sent.max_fee, network))
    return ""


def outcome(state: str, said: str) -> str:
    """What became of one, as a sentence; `said` is what it was for."""
    return {
        "final": _("Done: {what}"),
        "reverted": _("Without effect, since the contract refused it: {what}"),
        "dropped": _("Never counted, since another transaction of its address took its place: {what}"),
        "failed": _("Refused by every node: {what}"),
        "cancelled": _("Cancelled before it was sent: {what}"),
        "mined": _("In a block, not final yet: {what}"),
        "asked": _("Waiting for the signer: {what}"),
        "signed": _("Kept, not seen by a node yet: {what}"),
    }.get(state, _("On its way: {what}")).format(what=said)


def came_back(outcomes: Sequence[str]) -> str:
    """What has come to an end while nobody looked."""
    count = len(outcomes)
    intro = ngettext(
        "A transaction that was under way has come to an end.",
        "{count} transactions that were under way have come to an end.",
        count,
    ).format(count=count)
    return " ".join((intro, *outcomes[:_MOST_TOLD]))


def nothing_under_way(network: str) -> str:
    """That there was nothing to look after."""
    return _("Nothing is under way on {network}.").format(network=plain(network, 40))


def not_waiting() -> str:
    """Why one cannot be outbid."""
    return _("Only a transaction that waits for a block can be outbid.")


def _coins(wei: int, network: Network | None) -> str:
    return chain.coins(wei) if network is None else intents.coins(wei, network)
