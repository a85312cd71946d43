"""What the page of a case sends, fetches and has simulated reviewers do, in threads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, formats, review
from touchstone.ui import court_signing
from touchstone.ui.signing import Deed, transact

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.registry.court_types import Ballot, CaseEntry
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
    court_signing.send(desk, deed, sealing.intent, window=sealing.window, key=sealing.key)


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
    court_signing.send(desk, deed, intent, window=window, key=key)


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
    court_signing.send(desk, deed, intent, window=window)


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
    """Pay into an appeal. Raises ChainError, VoteError."""
    from touchstone.court import appeals

    network = desk.register.network()
    funding = appeals.fund(desk.register.nodes(), network, deed.key.address, case, amount, against=against)
    permit = court_signing.permit_for(desk, deed, network.court, funding.amount)
    court_signing.send(desk, deed, funding.call(network, permit), window=funding.window)


def settle(desk: Desk, deed: Deed, view: CaseView) -> None:
    """Settle the seats of the user's accounts in a case, and claim what they paid for appeals. Raises ChainError."""
    from touchstone.court import rewards
    from touchstone.registry.case_lookup import Cases

    cases = Cases(desk.home, view.network)
    try:
        due = [
            one
            for key in view.keys
            for one in rewards.settling(desk.register.nodes(), view.network, cases, key.address, case=view.case.id)
        ]
    finally:
        cases.close()
    for step in (rewards.Step.SETTLE, rewards.Step.CLAIM):
        wanted = [one.intent for one in due if one.step is step]
        if wanted:
            transact(desk, deed, lambda _network, wanted=wanted: wanted)  # type: ignore[misc]


def withdraw(desk: Desk, deed: Deed, view: CaseView) -> None:
    """Withdraw what the court holds for the user's accounts. Raises ChainError."""
    from touchstone.court import rewards

    nodes = desk.register.nodes()
    due = [rewards.withdrawing(nodes, view.network, key.address) for key in view.keys]
    wanted = [one.intent for one in due if one is not None]
    transact(desk, deed, lambda _network: wanted)


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
    from touchstone.court import handing
    from touchstone.court.bundle import Contents
    from touchstone.court.statement import Choice
    from touchstone.registry import court

    deed.tell(_("Putting the evidence together"))
    publisher = wanted.publisher
    contents = Contents(wanted.reason, choice=Choice(wanted.choice), links=wanted.links, files=wanted.files)
    here = desk.register.network()
    with handing.handing_in(desk.home, here, case, contents, wanted.uri, cancel=deed.stopped) as handed:
        if publisher is None:
            court_signing.send(desk, deed, court.add_evidence(here, case.id, handed.item, wanted.uri), key=handed.deed)
            return
        number = publisher.number
        if wanted.counter:
            _allow(desk, deed, case.bond)

        def build(network: Network) -> list[Intent]:
            return [court.reply(network, case.id, number, handed.item, wanted.uri, wanted.counter, bond=case.bond)]

        transact(desk, deed, build, publisher.name)


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


def export(desk: Desk, task: Task, item: Item, path: Path) -> str:
    """Write an item as the file that others fetch; what was written, in words. Raises EvidenceError."""
    from touchstone.court.evidence import EvidenceStore
    from touchstone.texts import evidence

    made = EvidenceStore(desk.home).export(item.entry.item, path, cancel=task.stopped)
    return evidence.exported(made.path.name, made.bytes)


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
