"""What is signed for pool and court from the window: allowances and the secrets of sealed votes, then transactions.

A signature that is not a transaction is asked about on the same sheet, in the words that its data stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, intents, networks
from touchstone.texts.plain import plain
from touchstone.ui.confirm import Question
from touchstone.ui.signing import Deed, transact

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined
    from touchstone.registry.permits import Permit
    from touchstone.ui.desk import Desk

_PERMIT_SECONDS = 3600  # that an allowance holds


def sign(desk: Desk, deed: Deed, data: Mapping[str, Any]) -> bytes:
    """Sign typed data of a known kind, once that was agreed to. For threads. Raises ChainError."""
    from touchstone.chain import typed_calls

    network = desk.register.network()

    def agree(intent: Intent) -> bool:
        return deed.ask(question(intent, deed.key, network, locked=desk.register.is_locked(deed.key)))

    return typed_calls.sign(network, deed.signer, data, agree)


def question(intent: Intent, key: Key, network: Network, *, locked: bool) -> Question:
    """What is asked before something is signed that is no transaction."""
    from touchstone.texts import court_risks

    return Question(
        title=intents.title(intent),
        sentence=intents.sentence(intent),
        rows=(
            (_("Network"), networks.named(network)),
            (_("Signed by"), _("{name}, {address}").format(name=plain(key.name, 40), address=key.address)),
            (_("Cost"), _("nothing: nothing is sent anywhere")),
        ),
        action=_("Sign"),
        warnings=court_risks.warnings(intent),
        key=plain(key.name, 60) if locked else "",
    )


def pay(
    desk: Desk, deed: Deed, spender: str, amount: int, build: Callable[[Network, Permit | None], Intent]
) -> list[Mined]:
    """Send a call that takes `amount` of the stablecoin: with a permit where the key signs one. For threads.

    Raises:
        ChainError: it was not sent, or does not count.
    """
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.registry import permits

    register = desk.register
    network, nodes = register.network(), register.nodes()
    owner = deed.key.address
    register.fund(owner)
    if permits.allowance(nodes, network, owner, spender) >= amount:
        return transact(desk, deed, lambda network: [build(network, None)])
    from touchstone.court.clock import now_of

    deadline = now_of(nodes, network).now + _PERMIT_SECONDS
    try:
        typed = permits.typed_data(nodes, network, owner, spender, amount, deadline)
        permit = permits.signed(typed, sign(desk, deed, typed))
    except ChainError as error:
        if error.code is not ChainTrouble.UNSUPPORTED:
            raise
        transact(desk, deed, lambda network: [permits.approve(network, spender, amount)])
        return transact(desk, deed, lambda network: [build(network, None)])
    return transact(desk, deed, lambda network: [build(network, permit)])
