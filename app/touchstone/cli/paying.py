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

_PERMIT_SECONDS = 3600  # that an allowance holds


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
    """
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.registry import permits

    send = send or key.send
    owner = key.signer.address
    if permits.allowance(key.nodes, key.network, owner, spender) >= amount:
        return send(build(None))
    permit: Permit | None = None
    try:
        permit = _permit(key, owner, spender, amount)
    except ChainError as error:
        if error.code is not ChainTrouble.UNSUPPORTED:
            raise
        key.send(permits.approve(key.network, spender, amount))
    return send(build(permit))


def _permit(key: Acting, owner: str, spender: str, amount: int) -> Permit:
    from touchstone.chain import typed_calls
    from touchstone.court.clock import now_of
    from touchstone.registry import permits

    deadline = now_of(key.nodes, key.network).now + _PERMIT_SECONDS
    typed = permits.typed_data(key.nodes, key.network, owner, spender, amount, deadline)
    return permits.signed(typed, typed_calls.sign(key.network, key.signer, typed, lambda intent: agreed(key, intent)))


def agreed(key: Acting, intent: Intent) -> bool:
    """Show what is signed that is no transaction, and ask."""
    confirm.say("")
    confirm.say(intents.sentence(intent))
    confirm.say(_("Signed by {address}. Nothing is sent anywhere with this.").format(address=plain(key.signer.address)))
    for words in court_risks.warnings(intent):
        confirm.say("! " + words)
    return bool(key.arguments.yes) or confirm.ask(_("Sign it?"))
