"""Paying pool and court from the command line: an allowance by signature where the key signs one, then the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from touchstone.cli import confirm
from touchstone.cli.acting import Acting
from touchstone.texts import _, call_words, court_risks, intents
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.send import Mined
    from touchstone.registry.permits import Permit


def fund_practice(key: Acting, amount: int) -> None:
    """Give the key practice dollars where it has less than `amount` on a practice ledger. Raises ChainError."""
    from touchstone.chain import ledger_faucet
    from touchstone.registry import permits

    if not key.network.play:
        return
    address = key.signer.address
    lacking = amount - permits.balance(key.nodes, key.network, address)
    to = bytes.fromhex(address.removeprefix("0x"))
    while lacking > 0:
        units = min(lacking, ledger_faucet.MOST_DOLLARS)
        ledger_faucet.give_dollars(key.nodes[0].request, key.network.chain_id, to, units)
        confirm.say(_("This address was given {amount}.").format(amount=call_words.dollars(units, play=True)))
        lacking -= units


def pay(
    key: Acting,
    spender: str,
    amount: int,
    build: Callable[[Permit | None], Intent],
    send: Callable[[Intent], Mined] | None = None,
) -> Mined:
    """Send a call that takes `amount` of the network's dollar; `spender` is pool or court. `send` is `key.send`.

    Raises:
        ChainError: it was not sent, or does not count; REJECTED where it was not agreed to.
        VoteError: NO_DOLLARS, BAD_AMOUNT.
    """
    from touchstone.court import payments

    payment = payments.prepare(key.nodes, key.network, key.signer, spender, amount, lambda intent: agreed(key, intent))
    if payment.approve is not None:
        key.send(payment.approve)
    return (send or key.send)(build(payment.permit))


def agreed(key: Acting, intent: Intent) -> bool:
    """Show what is signed that is no transaction, and ask."""
    confirm.say("")
    confirm.say(intents.sentence(intent))
    confirm.say(_("Signed by {address}. Nothing is sent anywhere with this.").format(address=plain(key.signer.address)))
    for words in court_risks.warnings(intent):
        confirm.say("! " + words)
    return bool(key.arguments.yes) or confirm.ask(_("Sign it?"))
