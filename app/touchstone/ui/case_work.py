"""What the page of one case reads, in threads."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.registry.case_stage import CLOSED, Next, Stage, current, stage, target
from touchstone.registry.court_types import Ballot, CaseEntry, EvidenceEntry, Phase, RoundEntry
from touchstone.texts import _
from touchstone.texts.plain import middle, plain
from touchstone.ui import review_work
from touchstone.ui.case_evidence import File, Item
from touchstone.ui.case_vote import OwnSeat

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.court.evidence import EvidenceStore
    from touchstone.court.vault import Kept, Vault
    from touchstone.registry.case_lookup import Cases
    from touchstone.registry.own import OwnPublisher
    from touchstone.ui.desk import Desk

_MOST_ITEMS = 200  # that are read from the disk
_FLAGGER, _PUBLISHER, _OTHER = range(3)


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, and what this computer and its user have to do with it.

    `simulated` are the numbers of simulated reviewers by address, `due` the kinds of what can be collected.
    """

    network: Network
    case: CaseEntry
    stage: Stage
    now: int
    keys: tuple[Key, ...] = ()
    own: tuple[OwnSeat, ...] = ()
    evidence: tuple[Item, ...] = ()
    media: Path | None = None
    publishers: tuple[OwnPublisher, ...] = ()
    simulated: Mapping[str, int] = field(default_factory=dict)
    due: frozenset[str] = frozenset()

    @property
    def round(self) -> RoundEntry:
        """The round that the case is in."""
        return current(self.case)

    @property
    def media_name(self) -> str:
        """What the file was called where it was handed in; "" where nothing here says."""
        files = (file for item in self.evidence for file in item.files if file.media)
        return next((plain(file.name, 120) for file in files), "")

    @property
    def open(self) -> bool:
        """Whether it is neither final nor cancelled."""
        return self.stage.phase not in CLOSED

    @property
    def adds_evidence(self) -> bool:
        """Whether anyone can add evidence now, for this round or the one to come."""
        at = self.stage
        if at.phase is Phase.FLAGGED:
            return not (at.reply_from and at.reply_from <= self.now)
        last = target(self.case.parameters, self.case.round, against=False) == 0
        return self.open and not (last and at.phase not in {Phase.SEED_REQUESTED, Phase.DRAWN})

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody to move it on."""
        return self.stage.next not in {Next.WAIT, Next.SETTLE}


def read(desk: Desk, number: int) -> CaseView | None:
    """A case as the copy of the register has it; None where it has none of that number.

    Raises:
        ChainError: the network is not configured.
        StoreError: the copy cannot be read.
    """
    from touchstone.registry.case_lookup import Cases

    network = desk.register.network()
    review_work.catch_up(desk, network)
    cases = Cases(desk.home, network)
    try:
        case = cases.get(number)
        if case is None:
            return None
        now = review_work.clock(desk, network)
        at = stage(case, now, cases.pauses())
        return _view(desk, network, cases, case, at, now)
    finally:
        cases.close()


def _view(desk: Desk, network: Network, cases: Cases, case: CaseEntry, at: Stage, now: int) -> CaseView:
    from touchstone.chain.ledger_simulated import number_of
    from touchstone.court.evidence import EvidenceStore

    keys = review_work.keys_of(desk)
    store = EvidenceStore(desk.home)
    entries = cases.evidence(case.id)
    voters = {seat.voter.lower() for one in case.rounds for seat in one.seats}
    early = case.round == 0 and at.phase is Phase.FLAGGED
    return CaseView(
        network,
        case,
        at,
        now,
        keys,
        _own_seats(desk, network, case, at, keys),
        _items(store, case, entries, keys),
        store.media_of(case, [entry.item for entry in entries[:_MOST_ITEMS]]) or _local(desk, case.media),
        _publishers(desk, network, case, keys) if early else (),
        {voter: number for voter in voters if network.play and (number := number_of(voter))},
        _due(desk, network, cases, case, at, keys),
    )


def _own_seats(desk: Desk, network: Network, case: CaseEntry, at: Stage, keys: Sequence[Key]) -> tuple[OwnSeat, ...]:
    if at.phase not in {Phase.COMMIT, Phase.REVEAL}:
        return ()
    own = {key.address.lower(): key for key in keys}
    mine = [seat for seat in current(case).seats if seat.voter.lower() in own and not seat.leaked]
    if not mine:
        return ()
    vault = desk.register.vault()
    found = []
    for seat in mine:
        votes = vault.of(network.chain_id, network.court, case.id, case.round, seat.voter)
        kept = next((one for one in votes if one.commitment == seat.sealed.lower()), None) if seat.sealed else None
        found.append(OwnSeat(own[seat.voter.lower()], case.round, seat, kept, _ballot(vault, kept)))
    return tuple(found)


def _ballot(vault: Vault, kept: Kept | None) -> Ballot | None:
    """What was sealed, as far as it can be told without the account's key."""
    from touchstone.court.vault import VaultError

    if kept is None or not kept.at_hand:
        return None
    with contextlib.suppress(VaultError):
        return vault.open(kept).ballot
    return None


def _items(
    store: EvidenceStore, case: CaseEntry, entries: Sequence[EvidenceEntry], keys: Sequence[Key]
) -> tuple[Item, ...]:
    mine = {key.address.lower() for key in keys}
    ranked = sorted(entries, key=lambda entry: (_rank(case, entry), entry.block))
    return tuple(_item(store, case, entry, mine, place) for place, entry in enumerate(ranked))


def _rank(case: CaseEntry, entry: EvidenceEntry) -> int:
    if entry.publisher:
        return _PUBLISHER
    return _FLAGGER if entry.sender.lower() == case.flagger.lower() else _OTHER


def _item(store: EvidenceStore, case: CaseEntry, entry: EvidenceEntry, mine: set[str], place: int) -> Item:
    from touchstone.court import evidence_fetch
    from touchstone.court.statement import EvidenceError
    from touchstone.texts import evidence

    who = _who(case, entry, mine)
    host = evidence_fetch.host(entry.uri)
    try:
        if store.hidden(entry.item):
            return Item(entry, "hidden", who, host=host)
        bundle = store.get(entry.item) if place < _MOST_ITEMS else None
    except EvidenceError as error:
        return Item(entry, "broken", who, host=host, problem=evidence.trouble(error))
    if bundle is None:
        return Item(entry, "elsewhere", who, host=host)
    said = bundle.statement
    files = [
        File(stated.name, stated.bytes, path, media=stated.sha256 == case.media)
        for number, stated in enumerate(said.files)
        if (path := bundle.path(number)) is not None
    ]
    problem = "" if said.media == case.media else _("It is about another file than this case.")
    return Item(entry, "here", who, bundle.choice, said.reason, tuple(said.links), tuple(files), host, problem)


def _who(case: CaseEntry, entry: EvidenceEntry, mine: set[str]) -> str:
    you = entry.sender.lower() in mine
    if entry.publisher:
        name = case.publisher_name if entry.publisher == case.publisher else ""
        said = _("Publisher {name}").format(name=plain(name or entry.publisher, 60))
    elif entry.sender.lower() == case.flagger.lower():
        said = _("Who flagged it")
    else:
        said = middle(entry.sender, 6)
    return _("{who} (you)").format(who=said) if you else said


def _local(desk: Desk, sha256: str) -> Path | None:
    """Where the file was when it was checked here, if it is there still. A check finds out whether it is the same."""
    from touchstone.store.database import StoreError

    with contextlib.suppress(StoreError, OSError):
        row = desk.history().latest(sha256)
        if row is not None and Path(row.path).is_file():
            return Path(row.path)
    return None


def _publishers(desk: Desk, network: Network, case: CaseEntry, keys: Sequence[Key]) -> tuple[OwnPublisher, ...]:
    """The user's publishers that have registered the file."""
    from touchstone.registry import own
    from touchstone.registry.lookup import Register

    mine = own.publishers(desk.home, network, [key.address for key in keys])
    if not mine:
        return ()
    register = Register(desk.home, network)
    try:
        claimed = {claim.publisher for claim in register.exact(case.media)}
    finally:
        register.close()
    return tuple(one for one in mine if one.number in claimed)


def _due(desk: Desk, network: Network, cases: Cases, case: CaseEntry, at: Stage, keys: Sequence[Key]) -> frozenset[str]:
    """What of the user's can be collected: "settle", "withdraw"."""
    from touchstone.chain.errors import ChainError
    from touchstone.registry import court

    if at.phase not in CLOSED or not keys:
        return frozenset()
    own, found = {key.address.lower() for key in keys}, set()
    if any(not seat.settled and seat.voter.lower() in own for one in case.rounds for seat in one.seats):
        found.add("settle")
    for key in keys:
        if any(one.case == case.id and not one.claimed for one in cases.appeals_of(key.address)):
            found.add("settle")
    if network.play or network.consented:
        with contextlib.suppress(ChainError):
            if any(court.credit(desk.register.nodes(), network, key.address) for key in keys):
                found.add("withdraw")
    return frozenset(found)


def why(error: Exception) -> str:
    """Why something came to nothing; "" where somebody stopped it or said no."""
    return review_work.why(error)
