"""Opening votes in time, by whoever runs: the window, the automated reviewer, `touchstone case open --all`.

The chain is asked what is open, never a note of ours, so that it can be done again at any moment, and from several
places at once: a vote is opened once. What is on its way is followed, not sent anew; what a reorganisation took back
goes out again, as the same bytes as long as it can come back, and once it cannot, as a new transaction.

A vote that may be opened by itself is sent by an account of the vault's own (`Vault.opener`), which needs a little of
the network's own money: wallets may be locked by then.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.send import Confirm, Prepared, Sender
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.chain.watch import Cancel, Mined, OnStep, never, nothing
from touchstone.court import sending, voting
from touchstone.court.clock import catch_up
from touchstone.court.troubles import VoteError, VoteTrouble
from touchstone.court.vault import Kept, Vault, VaultError, VaultTrouble
from touchstone.paths import Home
from touchstone.registry import court
from touchstone.registry.court_types import Phase
from touchstone.store.files import locked

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.chain.signer import Signer

_MONEY = 10**17  # wei of practice money for the account that opens
_PATIENCE = 120.0  # seconds to wait for one to count; what takes longer is found again the next time
_LOCK_SECONDS = 30.0
_NO_NODE = frozenset({ChainTrouble.UNREACHABLE, ChainTrouble.TIMEOUT, ChainTrouble.RATE_LIMITED})

Signers = Callable[[str], "Signer | None"]
Seat = tuple[int, int, str]


class Done(StrEnum):
    """What became of a vote."""

    OPENED = "opened"  # now
    SENT = "sent"  # on its way; it is looked after the next time
    SEALED = "sealed"  # its seal was lost in a reorganisation, and is handed in again
    WAITS = "waits"  # it cannot be opened yet
    FAILED = "failed"  # `trouble` says why


@dataclass(frozen=True, slots=True)
class Result:
    """One vote, and what became of it. `trouble` is why nothing could be done, `opener` who was to send it."""

    kept: Kept
    done: Done
    hash: str = ""
    trouble: ChainError | VaultError | VoteError | None = None
    opener: str = ""


class Opening:
    """Opens what is in a vault on one network. `signers` gives the signer of an address where that may be used now.

    Without a signer those votes alone are opened that may be opened by themselves, or that this process has in memory.
    """

    def __init__(
        self,
        home: Home,
        network: Network,
        nodes: Sequence[Node],
        vault: Vault,
        *,
        signers: Signers = lambda _address: None,
        patience: float = _PATIENCE,
    ) -> None:
        self._home, self._network, self._nodes, self._vault = home, network, nodes, vault
        self._signers = signers
        self._sender = Sender(home, network, nodes, patience=patience)

    def close(self) -> None:
        """Close the journal."""
        self._sender.close()

    def open_due(
        self,
        only: Iterable[tuple[int, str]] | None = None,
        *,
        cancel: Cancel = never,
        on_step: OnStep = nothing,
        confirm: Confirm | None = None,
    ) -> tuple[Result, ...]:
        """Open every vote in the vault that can be opened now, each once; what is of no use any more is forgotten.

        `only` is (case, voter) of those to look at, all where None. Nobody is asked unless `confirm` is given: that
        they are opened was agreed to when they were sealed. One that fails keeps no other from being opened.

        Raises:
            VaultError: the vault cannot be read.
            ChainError: what the disk refuses, or no node answers.
        """
        chain_id, court_ = self._network.chain_id, self._network.court
        if only is None:
            kept = self._vault.all(chain_id)
        else:
            seats = {(case, voter.lower()) for case, voter in only}
            kept = tuple(one for seat in sorted(seats) for one in self._vault.in_case(chain_id, court_, *seat))
        catch_up(self._nodes, self._network)
        self._sender.resume(on_step)
        results: list[Result] = []
        for seat, votes in _by_seat(kept, court_).items():
            if cancel():
                break
            results += self._look_after(seat, votes, cancel, on_step, confirm or _agreed_before)
            if results and getattr(results[-1].trouble, "code", None) in _NO_NODE:
                break  # it would be the same for all others, after the same wait
        return tuple(results)

    def open_one(
        self, case: int, voter: str, signer: Signer | None, confirm: Confirm, *, on_step: OnStep = nothing
    ) -> tuple[Kept, Mined]:
        """Open one vote, by whoever `signer` is; recovered from the voter's key where the vault has it no more.

        Without a signer it has to open by itself. Raises as `voting.opening` and `sending.send`.
        """
        voter = voter.lower()
        with self._alone(voter):
            intent, kept, window = voting.opening(self._nodes, self._network, self._vault, case, voter, signer)
            by = signer or self._opener()
            key = self._key("open", kept)
            return kept, sending.send(self._sender, intent, by, confirm, window, key=key, on_step=on_step)

    def _look_after(
        self, seat: Seat, votes: Sequence[Kept], cancel: Cancel, on_step: OnStep, confirm: Confirm
    ) -> Iterator[Result]:
        case, round_, voter = seat
        newest = votes[-1]
        try:
            state = court.case(self._nodes, self._network, case)
            if state is None:
                return  # of another ledger: a practice ledger was begun anew
            phase = court.phase(self._nodes, self._network, case)
            if state.round != round_ or phase not in {Phase.COMMIT, Phase.REVEAL}:
                if phase in {Phase.FINAL, Phase.CANCELLED}:
                    self._forget(votes)
                return
            vote = court.vote(self._nodes, self._network, case, round_, voter)
            if vote.seats == 0 or vote.voided or vote.revealed:
                return
            if phase is Phase.COMMIT:
                yield from self._seal_again(votes, vote.commitment, on_step, cancel)
                return
            yield self._open(case, voter, newest, cancel, on_step, confirm)
        except (ChainError, VaultError, VoteError) as error:
            yield Result(newest, Done.FAILED, trouble=error)

    def _open(self, case: int, voter: str, newest: Kept, cancel: Cancel, on_step: OnStep, confirm: Confirm) -> Result:
        owner = self._signers(voter)
        signer: Signer | ThrowawaySigner | None = owner
        kept = newest
        try:
            with self._alone(voter):
                intent, kept, window = voting.opening(
                    self._nodes, self._network, self._vault, case, voter, owner, cancel=cancel
                )
                signer = owner or self._opener()
                mined = sending.send(
                    self._sender, intent, signer, confirm, window, key=self._key("open", kept), on_step=on_step
                )
        except (ChainError, VaultError, VoteError) as error:
            if isinstance(error, VoteError) and error.code is VoteTrouble.TOO_EARLY:
                return Result(kept, Done.WAITS)
            address = "" if signer is None else signer.address
            if isinstance(error, ChainError) and error.params.get("pending"):
                return Result(kept, Done.SENT, str(error.params.get("hash", "")), opener=address)
            if self._is_open(case, kept):
                return Result(kept, Done.OPENED)
            return Result(kept, Done.FAILED, trouble=error, opener=address)
        return Result(kept, Done.OPENED, mined.hash, opener=signer.address)

    def _seal_again(self, votes: Sequence[Kept], commitment: str, on_step: OnStep, cancel: Cancel) -> Iterator[Result]:
        """Hand a seal in again that counted once, and is on the chain no more: agreed to before, and for one seat."""
        lost = next((one for one in reversed(votes) if self._counted("seal", one)), None)
        if commitment or lost is None:
            return
        signer = self._signers(lost.voter)
        if signer is None:
            yield Result(lost, Done.FAILED, trouble=VoteError(VoteTrouble.SEAL_LOST, case=lost.case, voter=lost.voter))
            return
        found = voting.standing(self._nodes, self._network, lost.case, lost.voter)
        window = voting.window_of(self._nodes, self._network, found, cancel)
        intent = court.commit(self._network, lost.case, lost.commitment)
        mined = sending.send(
            self._sender, intent, signer, _agreed_before, window, key=self._key("seal", lost), on_step=on_step
        )
        yield Result(lost, Done.SEALED, mined.hash, opener=signer.address)

    def _key(self, deed: str, kept: Kept) -> str:
        """The key under which a deed is sent: a new one each time that one counted and is undone all the same."""
        return sending.next_key(self._home, kept.chain_id, voting.deed_of(deed, kept))

    def _counted(self, deed: str, kept: Kept) -> bool:
        return self._key(deed, kept) != voting.deed_of(deed, kept)

    def _opener(self) -> ThrowawaySigner:
        signer = ThrowawaySigner(self._vault.opener(self._network.chain_id))
        if self._network.play:
            from touchstone.chain import ledger_faucet

            ledger_faucet.top_up(self._nodes[0].request, self._network.chain_id, signer.address, _MONEY)
        return signer

    @contextlib.contextmanager
    def _alone(self, voter: str) -> Iterator[None]:
        """One process at a time opens a voter's votes: two accounts could otherwise send one at once."""
        name = f"opening-{self._network.chain_id}-{voter}.lock"
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(self._home.vault_keys / name, _LOCK_SECONDS))
            except OSError as error:
                busy = isinstance(error, BlockingIOError)
                raise VaultError(VaultTrouble.BUSY if busy else VaultTrouble.FAILED) from error
            yield

    def _is_open(self, case: int, kept: Kept) -> bool:
        with contextlib.suppress(ChainError):
            return court.vote(self._nodes, self._network, case, kept.round, kept.voter).revealed
        return False

    def _forget(self, votes: Sequence[Kept]) -> None:
        for kept in votes:
            self._vault.forget(kept)


def open_due(  # noqa: PLR0913 - as `Opening`
    home: Home,
    network: Network,
    nodes: Sequence[Node],
    vault: Vault,
    *,
    signers: Signers = lambda _address: None,
    only: Iterable[tuple[int, str]] | None = None,
    cancel: Cancel = never,
    on_step: OnStep = nothing,
) -> tuple[Result, ...]:
    """`Opening.open_due`, once."""
    opening = Opening(home, network, nodes, vault, signers=signers)
    try:
        return opening.open_due(only, cancel=cancel, on_step=on_step)
    finally:
        opening.close()


def _by_seat(votes: Sequence[Kept], court_: str) -> dict[Seat, list[Kept]]:
    seats: dict[Seat, list[Kept]] = {}
    for kept in votes:
        if kept.court == court_.lower():
            seats.setdefault((kept.case, kept.round, kept.voter), []).append(kept)
    return seats


def _agreed_before(_prepared: Prepared) -> bool:
    return True
