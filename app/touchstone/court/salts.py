"""Where the salt of a sealed vote comes from, and how a vote comes back from its owner's key alone.

The owner's key signs the seat (EIP-712; RFC 6979 makes that the same signature each time). Salt and vault key are
derived from it. Whoever gets that signature can read the vote, so what is signed says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from touchstone.chain import typed_calls
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keystore import checksummed
from touchstone.chain.network import Network
from touchstone.court.vault_crypto import derived
from touchstone.registry import court
from touchstone.registry.court_types import Ballot

if TYPE_CHECKING:
    from touchstone.chain.signer import Signer

PURPOSE = "Seal or open my vote in this case. Whoever has this signature can read the vote."
_SIGNATURE = 64  # r and s; what follows says v in one of two ways


@dataclass(frozen=True, slots=True)
class SealedVote:
    """A vote as it was sealed. Addresses are lower-case hex with 0x, `salt` 64 hex digits."""

    chain_id: int
    court: str
    case: int
    round: int
    voter: str
    ballot: Ballot = field(repr=False)
    salt: str = field(repr=False)

    @property
    def commitment(self) -> str:
        """What is on the chain for it (`commitmentOf` of the court), 64 hex digits."""
        return court.commitment(
            _on(self.chain_id, self.court), self.case, self.round, self.voter, self.ballot, self.salt
        )


def typed_data(chain_id: int, court_: str, case: int, round_: int, voter: str) -> Mapping[str, Any]:
    """What is signed for a seat (EIP-712)."""
    here, voter = _on(chain_id, checksummed(court_)), checksummed(voter)
    return typed_calls.salt_data(here, case, round_, voter, PURPOSE)


def secret_of(signer: Signer, chain_id: int, court_: str, case: int, round_: int) -> bytes:
    """64 bytes that the signer alone can make for its seat, again and again.

    A signer that is not a key file here is asked twice: some sign differently each time.

    Raises:
        ChainError: UNSUPPORTED: it does not sign the same twice, or not such data; and what else a signer can be.
    """
    from touchstone.chain.signer import KeystoreSigner

    data = typed_data(chain_id, court_, case, round_, signer.address)
    first = signer.sign_typed_data(data)[:_SIGNATURE]
    if len(first) < _SIGNATURE:
        raise ChainError(ChainTrouble.PROTOCOL, what="signature")
    if not isinstance(signer, KeystoreSigner) and signer.sign_typed_data(data)[:_SIGNATURE] != first:
        raise ChainError(ChainTrouble.UNSUPPORTED)
    return first


def salt_from(secret: bytes) -> str:
    """The salt of a seat, 64 hex digits, from what `secret_of` gave."""
    return derived(secret, "salt").hex()


def salt_of(signer: Signer, network: Network, case: int, round_: int) -> str:
    """The salt of the signer's seat, 64 hex digits. Raises as `secret_of`."""
    return salt_from(secret_of(signer, network.chain_id, network.court, case, round_))


def recovered(signer: Signer, network: Network, case: int, round_: int, commitment: str) -> SealedVote | None:
    """The vote that was sealed with the signer's salt as `commitment` (64 hex digits); None where it was not.

    Raises:
        ChainError: as `secret_of`.
    """
    salt = salt_of(signer, network, case, round_)
    for ballot in Ballot:
        vote = SealedVote(network.chain_id, network.court.lower(), case, round_, signer.address.lower(), ballot, salt)
        if vote.commitment == commitment.lower().removeprefix("0x"):
            return vote
    return None


def recover(signer: Signer, network: Network, case: int, round_: int, commitment: str) -> Ballot | None:
    """What was voted, where it was sealed with the signer's salt. Raises as `secret_of`."""
    vote = recovered(signer, network, case, round_, commitment)
    return None if vote is None else vote.ballot


def _on(chain_id: int, court_: str) -> Network:
    """A court on a chain, as the functions that make words of it take it."""
    return Network("", chain_id, "", "", court=court_)
