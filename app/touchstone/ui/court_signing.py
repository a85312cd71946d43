"""What is signed for pool and court from the window: allowances and the secrets of sealed votes, then transactions.

A signature that is not a transaction is asked about on the same sheet, in the words that its data stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from touchstone.texts import _, intents, networks
from touchstone.texts.plain import plain
from touchstone.ui.confirm import Question
from touchstone.ui.signing import Agreement, Deed, transact

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.chain.send import Mined
    from touchstone.court.sending import InTime
    from touchstone.registry.permits import Permit
    from touchstone.ui.desk import Desk


def agreeing(desk: Desk, deed: Deed) -> Callable[[Intent], bool]:
    """What asks before something is signed that is no transaction; where it is agreed to, the key is open afterwards.

    For threads.
    """
    network = desk.register.network()

    def agree(intent: Intent) -> bool:
        return deed.ask(question(intent, deed.key, network, locked=desk.register.is_locked(deed.key)))

    return agree


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


def permit_for(desk: Desk, deed: Deed, spender: str, amount: int) -> Permit | None:
    """What lets pool or court take `amount`: a permit where the key signs one; else None, and it was allowed before.

    For threads.

    Raises:
        ChainError: it was not agreed to, or does not count.
    """
    from touchstone.court import payments

    register = desk.register
    register.fund(deed.key.address)
    agree = agreeing(desk, deed)
    payment = payments.prepare(register.nodes(), register.network(), deed.signer, spender, amount, agree)
    if payment.approve is not None:
        wanted = payment.approve
        transact(desk, deed, lambda _network: [wanted])
    return payment.permit


def send(desk: Desk, deed: Deed, intent: Intent, *, window: InTime | None = None, key: str = "") -> Mined:
    """Try, ask, sign and send, unless its window closes meanwhile; then the copy of the register follows. For threads.

    `key` is the deed's name in the journal of transactions, "" for none.

    Raises:
        ChainError, VoteError: it was not sent, or does not count.
    """
    from touchstone.court import sending

    deed.tell(_("Trying it out"))
    register = desk.register
    register.fund(deed.key.address)
    sender, agreement = register.open_sender(), Agreement(deed, desk)
    try:
        return sending.send(
            sender,
            intent,
            deed.signer,
            agreement.confirm,
            window,
            key=key,
            on_step=agreement.on_step,
            cancel=deed.cancel,
        )
    finally:
        sender.close()
        register.follow()
