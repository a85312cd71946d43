"""What the page of a case sends, fetches and has simulated reviewers do, in threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, formats, review
from touchstone.ui import court_signing
from touchstone.ui.signing import Agreement, Deed, transact

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.court.sending import InTime
    from touchstone.registry.court_types import Ballot, CaseEntry
    from touchstone.registry.permits import Permit
    from touchstone.ui.case_evidence import Item
    from touchstone.ui.case_forms import WantedEvidence
    from touchstone.ui.case_work import CaseView
    from touchstone.ui.desk import Desk
    from touchstone.ui.models_work import Task

_MOST_FETCHED = 256 * 1024 * 1024


def seal(desk: Desk, deed: Deed, case: int, ballot: Ballot, *, by_itself: bool) -> None:
    """Seal a vote: into the vault first, then to the court. Raises ChainError, VoteError, VaultError."""
    from touchstone.court import voting

    register = desk.register
    network, nodes = register.network(), register.nodes()
    deed.tell(_("Sealing your vote"))
    register.fund(deed.key.address)
    _unlock(desk, deed, case, voting.standing(nodes, network, case, deed.key.address).case.round)
    sealing = voting.seal(
        nodes, network, deed.signer, register.vault(), case, ballot, by_itself=by_itself, cancel=deed.cancel
    )
    _in_time(desk, deed, sealing.intent, sealing.window, sealing.key)


def open_vote(desk: Desk, deed: Deed, case: int) -> None:
    """Open a vote. Raises ChainError, VoteError, VaultError."""
    from touchstone.court import sending, voting

    register = desk.register
    network, nodes = register.network(), register.nodes()
    deed.tell(_("Opening your vote"))
    register.fund(deed.key.address)
    found = voting.standing(nodes, network, case, deed.key.address)
    kept = voting.matching(register.vault(), network, found, deed.key.address)
    if kept is None or not kept.at_hand:
        _unlock(desk, deed, case, found.case.round)
    intent, kept, window = voting.opening(
        nodes, network, register.vault(), case, deed.key.address, deed.signer, cancel=deed.cancel
    )
    key = sending.next_key(desk.home, network.chain_id, voting.deed_of("open", kept))
    _in_time(desk, deed, intent, window, key)


def recover(desk: Desk, deed: Deed, case: int) -> None:
    """Find out from the key what was sealed. Raises ChainError, VoteError, VaultError."""
    from touchstone.court import voting

    register = desk.register
    network, nodes = register.network(), register.nodes()
    found = voting.standing(nodes, network, case, deed.key.address)
    _unlock(desk, deed, case, found.case.round, always=True)
    voting.recover(nodes, network, deed.signer, register.vault(), case)


def unobtainable(desk: Desk, deed: Deed, case: int) -> None:
    """Say that the file cannot be obtained. Raises ChainError, VoteError."""
    from touchstone.court import voting

    register = desk.register
    register.fund(deed.key.address)
    intent, window = voting.unobtainable(register.nodes(), register.network(), case, deed.key.address)
    _in_time(desk, deed, intent, window, "")


def advance(desk: Desk, deed: Deed, case: CaseEntry) -> str:
    """Move a case on, where something is due; what was done, or why nothing was. Raises ChainError, StoreError."""
    from touchstone.court import keeper
    from touchstone.court.clock import catch_up, now_of
    from touchstone.registry.case_lookup import Cases
    from touchstone.texts import practice_reviewers

    register = desk.register
    network, nodes = register.network(), register.nodes()
    catch_up(nodes, network)
    cases = Cases(desk.home, network)
    try:
        entry = cases.get(case.id) or case
        move = keeper.look(nodes, network, entry, now_of(nodes, network).now, cases.pauses())
    finally:
        cases.close()
    if move.intent is None or move.wait is not keeper.Wait.NONE:
        return practice_reviewers.not_due(str(move.wait), move.stage, move.stake, move.needed)
    wanted = move.intent
    transact(desk, deed, lambda _network: [wanted])
    said = practice_reviewers.moved(str(move.next))
    return said[:1].upper() + said[1:]


def fund(desk: Desk, deed: Deed, case: int, *, against: bool, amount: int) -> None:
    """Pay into an appeal. Raises ChainError."""
    from touchstone.registry import court

    def build(network: Network, permit: Permit | None) -> Intent:
        return court.fund_appeal(network, case, against, amount, permit)

    court_signing.pay(desk, deed, desk.register.network().court, amount, build)


def settle(desk: Desk, deed: Deed, view: CaseView, _key: Key) -> None:
    """Settle all of the user's seats in a case. Raises ChainError."""
    from touchstone.registry import court

    own = {key.address.lower() for key in view.keys}
    seats = [
        (one.number, seat.voter)
        for one in view.case.rounds
        for seat in one.seats
        if seat.voter.lower() in own and not seat.settled
    ]
    transact(desk, deed, lambda net: [court.settle(net, view.case.id, number, voter) for number, voter in seats])


def claim(desk: Desk, deed: Deed, view: CaseView, _key: Key) -> None:
    """Claim all that the user paid for appeals of a case. Raises ChainError, StoreError."""
    from touchstone.registry import court
    from touchstone.registry.case_lookup import Cases

    cases = Cases(desk.home, view.network)
    try:
        paid = [
            (one.round, one.against, key.address)
            for key in view.keys
            for one in cases.appeals_of(key.address)
            if one.case == view.case.id and not one.claimed
        ]
    finally:
        cases.close()
    transact(desk, deed, lambda net: [court.claim_appeal(net, view.case.id, *one) for one in paid])


def withdraw(desk: Desk, deed: Deed, view: CaseView, _key: Key) -> None:
    """Withdraw what the court holds for the user's accounts. Raises ChainError."""
    from touchstone.registry import court

    nodes = desk.register.nodes()
    owed = [key.address for key in view.keys if court.credit(nodes, view.network, key.address)]
    transact(desk, deed, lambda network: [court.withdraw(network, address) for address in owed])


def skip(desk: Desk, task: Task, case: int, *, anyway: bool) -> str:
    """Practice: on to a case's next step; what happened, in words.

    Raises:
        PracticeError: nothing comes next, or one's own vote would be late.
        ChainError, StoreError, Stopped: it went no further.
    """
    from touchstone.court.practice import Deed as Done
    from touchstone.court.practice import Practice
    from touchstone.texts import practice_reviewers

    def told(done: Done, params: Mapping[str, Any]) -> None:
        task.step(practice_reviewers.deed(str(done), params))

    practice = Practice(desk.home, desk.checker())
    try:
        found = practice.skip_to_next(case, task.stopped, told, anyway=anyway)
        said = _("Practice time went {time} ahead: from “{before}” to “{after}”.")
        before, after = (review.phase_word(at.phase) for at in (found.before, found.after))
        return said.format(time=review.span(found.seconds), before=before, after=after)
    finally:
        practice.close()


def add_evidence(desk: Desk, deed: Deed, case: CaseEntry, wanted: WantedEvidence) -> None:
    """Hand in an item of evidence, or a publisher's reply. Raises ChainError, EvidenceError."""
    from touchstone.court.bundle import Contents
    from touchstone.court.evidence import EvidenceStore
    from touchstone.court.statement import Choice
    from touchstone.registry import court

    deed.tell(_("Putting the evidence together"))
    contents = Contents(
        reason=wanted.reason,
        sha256=case.media,
        claim=case.untrusted_claim,
        choice=Choice(wanted.choice),
        links=wanted.links,
        files=wanted.files,
    )
    item = EvidenceStore(desk.home).make(contents, cancel=deed.stopped)
    publisher = wanted.publisher
    if publisher is None:
        transact(desk, deed, lambda network: [court.add_evidence(network, case.id, item, wanted.uri)])
        return
    number = publisher.number

    def reply(network: Network, _permit: Permit | None) -> Intent:
        return court.reply(network, case.id, number, item, wanted.uri, wanted.counter, bond=case.bond)

    if wanted.counter:
        _allow(desk, deed, case.bond)
    transact(desk, deed, lambda network: [reply(network, None)], publisher.name)


def _allow(desk: Desk, deed: Deed, amount: int) -> None:
    """A reply takes no permit: the court is allowed to take the counter-bond before."""
    from touchstone.registry import permits

    network, nodes = desk.register.network(), desk.register.nodes()
    if permits.allowance(nodes, network, deed.key.address, network.court) < amount:
        transact(desk, deed, lambda network: [permits.approve(network, network.court, amount)])


def fetch(desk: Desk, task: Task, network: Network, item: Item) -> None:
    """Fetch an item, and hold it to its hash. Raises EvidenceError."""
    from touchstone.court.evidence import Access, EvidenceStore

    def told(count: int) -> None:
        task.step(_("Fetching the evidence: {size}").format(size=formats.size(count)))

    access = Access(any_file=network.play)
    EvidenceStore(desk.home).fetch(
        item.entry.item, [item.entry.uri], cancel=task.stopped, on_progress=told, most=_MOST_FETCHED, access=access
    )


def hide(desk: Desk, item: Item, *, hide: bool) -> None:
    """Remove an item from this computer for good, or let it be fetched again. Raises EvidenceError."""
    from touchstone.court.evidence import EvidenceStore

    store = EvidenceStore(desk.home)
    if hide:
        store.hide(item.entry.item)
    else:
        store.unhide(item.entry.item)


def _unlock(desk: Desk, deed: Deed, case: int, round_: int, *, always: bool = False) -> None:
    """Where the key is locked, say what its signature over the seat is for, and open it. Raises ChainError."""
    from touchstone.chain import typed_calls
    from touchstone.chain.errors import ChainError, ChainTrouble
    from touchstone.chain.keystore import checksummed
    from touchstone.court import salts

    register = desk.register
    locked = register.is_locked(deed.key)
    if not locked and not always:
        return
    network = register.network()
    data = salts.typed_data(network.chain_id, checksummed(network.court), case, round_, deed.key.address)
    asked = court_signing.question(typed_calls.check(network, data), deed.key, network, locked=locked)
    if not deed.ask(asked):
        raise ChainError(ChainTrouble.REJECTED)


def _in_time(desk: Desk, deed: Deed, intent: Intent, window: InTime, key: str) -> None:
    """Ask and send, unless its window closes meanwhile. Raises ChainError, VoteError."""
    from touchstone.court import sending

    deed.tell(_("Trying it out"))
    sender, agreement = desk.register.open_sender(), Agreement(deed, desk)
    try:
        sending.send(
            sender, intent, deed.signer, agreement.confirm, window, key=key, on_step=agreement.on_step,
            cancel=deed.cancel,
        )  # fmt: skip
    finally:
        sender.close()
        desk.register.follow()
