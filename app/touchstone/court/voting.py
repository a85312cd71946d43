"""A reviewer's own calls: seal, open, say why, say that the file cannot be had, show a vote that somebody let out.

A vote is in the vault before there is anything to send. Every function asks the court first, and says in a code why
something cannot be done; what comes back is an intent, which `sending.send` sends as long as its window is open.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.watch import never
from touchstone.court.clock import catch_up, now_of
from touchstone.court.sending import InTime, next_key
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.court.vault import Kept, SealedVote, Vault, VaultError, VaultTrouble, recovered, salt_from, secret_of
from touchstone.registry import court
from touchstone.registry.court_types import Ballot, Phase

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer
    from touchstone.chain.watch import Cancel
    from touchstone.registry.court_state import CaseState, VoteState
    from touchstone.registry.court_types import CourtParameters

# Seconds that pass before a vote is shown. A reorganisation across the end of sealing could otherwise put it into a
# block in which a vote that is known costs its seats.
SETTLED = 120
_ORDER = (Phase.FLAGGED, Phase.SEED_REQUESTED, Phase.DRAWN, Phase.COMMIT, Phase.REVEAL, Phase.TALLYING)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case and one voter's seats in its round are now, as the chain has them. `commit_ends` by its clock."""

    case: CaseState
    phase: Phase
    vote: VoteState
    parameters: CourtParameters
    commit_ends: int
    now: int

    @property
    def reveal_ends(self) -> int:
        """When votes can be opened no more."""
        return self.commit_ends + self.parameters.reveal_time


@dataclass(frozen=True, slots=True)
class Sealing:
    """A vote that is in the vault, and the call that hands its seal in. `again`: another seal is there already."""

    intent: Intent
    kept: Kept
    key: str
    again: bool
    window: InTime

    @property
    def only_here(self) -> bool:
        """Whether the vault and its backups are the only places it is in."""
        return self.kept.only_here


def standing(nodes: Sequence[Node], network: Network, case: int, voter: str) -> Standing:
    """Where a case is, and what a voter has in it.

    Raises:
        VoteError: NO_COURT, NO_CASE, NO_SEAT, VOID_SEAT, each {case, voter}.
        ChainError: what a node can be.
    """
    if not network.court:
        raise VoteError(VoteTrouble.NO_COURT, network=network.name)
    catch_up(nodes, network)
    state = court.case(nodes, network, case)
    if state is None:
        raise VoteError(VoteTrouble.NO_CASE, case=case)
    vote = court.vote(nodes, network, case, state.round, voter)
    if vote.seats == 0:
        raise VoteError(VoteTrouble.NO_SEAT, case=case, voter=voter)
    if vote.voided:
        raise VoteError(VoteTrouble.VOID_SEAT, case=case, voter=voter)
    return Standing(
        state,
        court.phase(nodes, network, case),
        vote,
        court.parameters(nodes, network, state.parameters),
        court.round_(nodes, network, case, state.round).commit_ends,
        now_of(nodes, network).now,
    )


def seal(  # noqa: PLR0913 - a vote, whose it is, and where
    nodes: Sequence[Node],
    network: Network,
    signer: Signer,
    vault: Vault,
    case: int,
    ballot: Ballot,
    *,
    by_itself: bool = False,
    cancel: Cancel | None = None,
) -> Sealing:
    """Put a vote into the vault, and make the call that hands its seal in. The signer signs for the salt.

    `by_itself`: the application may open it without the signer. A signer that does not sign the same twice gets a
    random salt; such a vote opens by itself.

    Raises:
        VoteError: as `standing`; TOO_EARLY, TOO_LATE, BAD_BALLOT.
        VaultError: it cannot be kept; nothing was made to send.
        ChainError: what a signer, or a node, can be.
    """
    found = standing(nodes, network, case, signer.address)
    _require(found, Phase.COMMIT)
    if ballot is Ballot.SYNTHETIC and found.case.claim:
        raise VoteError(VoteTrouble.BAD_BALLOT, case=case)
    secret = _secret(signer, network, case, found.case.round)
    salt = salt_from(secret) if secret else secrets.token_hex(32)
    vote = SealedVote(
        network.chain_id, network.court.lower(), case, found.case.round, signer.address.lower(), ballot, salt
    )
    kept = vault.put(vote, secret=secret, by_itself=by_itself, only_here=not secret)
    there = found.vote.commitment == vote.commitment
    intent = court.commit(
        network, case, vote.commitment, opens=found.commit_ends, closes=found.reveal_ends, lose=found.vote.locked
    )
    return Sealing(
        intent,
        kept,
        deed_of("seal", kept) if there else next_key(vault.home, network.chain_id, deed_of("seal", kept)),
        found.vote.commitment not in {"", vote.commitment},
        window_of(nodes, network, found, cancel),
    )


def opening(
    nodes: Sequence[Node],
    network: Network,
    vault: Vault,
    case: int,
    voter: str,
    signer: Signer | None = None,
    *,
    cancel: Cancel | None = None,
) -> tuple[Intent, Kept, InTime]:
    """The call that opens a voter's vote: of those in the vault the one whose seal is on the chain.

    `signer` is the voter's, for a vote that does not open by itself; without it in the vault, it is recovered with it.

    Raises:
        VoteError: as `standing`; TOO_EARLY, TOO_LATE, OPENED, NOT_SEALED, NOT_IN_VAULT, NOT_RECOVERED.
        VaultError: as `Vault.open`.
        ChainError: what a signer, or a node, can be.
    """
    found = standing(nodes, network, case, voter)
    if found.vote.revealed:
        raise VoteError(VoteTrouble.OPENED, case=case)
    _require(found, Phase.REVEAL)
    opens = found.commit_ends + (0 if network.play else SETTLED)
    if found.now < opens:
        raise VoteError(VoteTrouble.TOO_EARLY, case=case, opens=opens)
    if not found.vote.commitment:
        raise VoteError(VoteTrouble.NOT_SEALED, case=case)
    kept = matching(vault, network, found, voter)
    if kept is None:
        if signer is None:
            raise VoteError(VoteTrouble.NOT_IN_VAULT, case=case, voter=voter)
        kept = recover(nodes, network, signer, vault, case, found=found)
    vote = _opened(vault, kept, signer)
    intent = court.reveal(network, case, vote.voter, vote.ballot, vote.salt)
    return intent, kept, window_of(nodes, network, found, cancel)


def recover(
    nodes: Sequence[Node],
    network: Network,
    signer: Signer,
    vault: Vault,
    case: int,
    *,
    by_itself: bool = False,
    found: Standing | None = None,
) -> Kept:
    """Bring a vote back from its owner's key, and into the vault.

    Raises:
        VoteError: as `standing`; NOT_SEALED, NOT_RECOVERED.
        VaultError: it cannot be kept.
        ChainError: what a signer, or a node, can be; UNSUPPORTED: it does not sign the same twice.
    """
    found = found or standing(nodes, network, case, signer.address)
    if not found.vote.commitment:
        raise VoteError(VoteTrouble.NOT_SEALED, case=case)
    vote = recovered(signer, network, case, found.case.round, found.vote.commitment)
    if vote is None:
        raise VoteError(VoteTrouble.NOT_RECOVERED, case=case, voter=signer.address)
    secret = secret_of(signer, network.chain_id, network.court, case, found.case.round)
    return vault.put(vote, secret=secret, by_itself=by_itself)


def matching(vault: Vault, network: Network, found: Standing, voter: str) -> Kept | None:
    """The vote in the vault whose seal is on the chain. Raises VaultError."""
    kept = vault.of(network.chain_id, network.court, found.case.id, found.case.round, voter)
    return next((one for one in kept if one.commitment == found.vote.commitment), None)


def unobtainable(nodes: Sequence[Node], network: Network, case: int, voter: str) -> tuple[Intent, InTime]:
    """The call that says that the file cannot be had: first round, first part of the time for sealing.

    Raises:
        VoteError: as `standing`; TOO_EARLY, TOO_LATE.
        ChainError: what a node can be.
    """
    found = standing(nodes, network, case, voter)
    _require(found, Phase.COMMIT)
    ends = found.commit_ends - found.parameters.commit_time + found.parameters.obtain_time
    if found.case.round or court.clock(nodes, network) >= ends:
        raise VoteError(VoteTrouble.TOO_LATE, case=case, sent=False)
    return court.report_unobtainable(network, case), window_of(nodes, network, found)


def leak(
    nodes: Sequence[Node], network: Network, case: int, voter: str, ballot: Ballot, salt: str
) -> tuple[Intent, InTime]:
    """The call that shows a vote which somebody let out before its time.

    Raises:
        VoteError: as `standing`; TOO_EARLY, TOO_LATE; NOT_SEALED: it is not what was sealed.
        ChainError: what a node can be.
    """
    found = standing(nodes, network, case, voter)
    _require(found, Phase.COMMIT)
    if court.commitment(network, case, found.case.round, voter, ballot, salt) != found.vote.commitment:
        raise VoteError(VoteTrouble.NOT_SEALED, case=case)
    return court.report_leak(network, case, voter, ballot, salt), window_of(nodes, network, found)


def justify(nodes: Sequence[Node], network: Network, case: int, round_: int, voter: str, item: str, uri: str) -> Intent:
    """The call that says why somebody voted so: the hash of a bundle, and where it is.

    Raises:
        VoteError: NOT_OPENED.
        ChainError: what a node can be.
    """
    if not court.vote(nodes, network, case, round_, voter).revealed:
        raise VoteError(VoteTrouble.NOT_OPENED, case=case)
    return court.justify(network, case, round_, item, uri)


def window_of(nodes: Sequence[Node], network: Network, found: Standing, cancel: Cancel | None = None) -> InTime:
    """The window that a case is in now."""
    return InTime(nodes, network, found.case.id, found.case.round, found.phase, cancel=cancel or never)


def deed_of(deed: str, kept: Kept) -> str:
    """What the journal of transactions knows a deed by: it is done once, whoever asks for it, and however often."""
    return f"{deed} {kept.court} {kept.case} {kept.round} {kept.voter} {kept.commitment}"


def _require(found: Standing, phase: Phase) -> None:
    if found.phase is phase:
        return
    early = found.phase in _ORDER and _ORDER.index(found.phase) < _ORDER.index(phase)
    code = VoteTrouble.TOO_EARLY if early else VoteTrouble.TOO_LATE
    raise VoteError(code, case=found.case.id, opens=found.commit_ends if early else 0, sent=False)


def _secret(signer: Signer, network: Network, case: int, round_: int) -> bytes:
    """What the salt comes from; none where the signer does not sign the same twice, or no such data at all."""
    try:
        return secret_of(signer, network.chain_id, network.court, case, round_)
    except ChainError as error:
        if error.code is ChainTrouble.UNSUPPORTED:
            return b""
        raise


def _opened(vault: Vault, kept: Kept, signer: Signer | None) -> SealedVote:
    """The vote; one that is damaged here is recovered, where its owner's signer is at hand."""
    try:
        return vault.open(kept, signer)
    except VaultError as error:
        lost = error.code in {VaultTrouble.DAMAGED, VaultTrouble.OTHER_KEY, VaultTrouble.FILE_LOST}
        if not lost or signer is None or signer.address.lower() != kept.voter:
            raise
        secret = _checked_secret(signer, kept, error)
        vote = _tried(kept, salt_from(secret))
        if vote is None:
            raise
        vault.put(vote, secret=secret, by_itself=kept.by_itself)
        return vote


def _checked_secret(signer: Signer, kept: Kept, error: VaultError) -> bytes:
    try:
        return secret_of(signer, kept.chain_id, kept.court, kept.case, kept.round)
    except ChainError as trouble:
        if trouble.code is ChainTrouble.UNSUPPORTED:
            raise error from trouble
        raise


def _tried(kept: Kept, salt: str) -> SealedVote | None:
    votes = (SealedVote(kept.chain_id, kept.court, kept.case, kept.round, kept.voter, b, salt) for b in Ballot)
    return next((vote for vote in votes if vote.commitment == kept.commitment), None)
