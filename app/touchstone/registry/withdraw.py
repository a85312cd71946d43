"""Withdrawing: which of a publisher's claims to a file stand, and the transactions that end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from touchstone.chain.intent import Intent
from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import leaves, media, receipts
from touchstone.registry.leaves import LeavesError
from touchstone.registry.lists import own_folder
from touchstone.registry.lookup import Claim, Register
from touchstone.registry.media import Reason
from touchstone.registry.merkle import Leaf, Tree
from touchstone.registry.receipts import ReceiptError


class WithdrawFailure(StrEnum):
    """Why nothing can be withdrawn."""

    NOT_REGISTERED = "not-registered"  # by this publisher, as far as the mirror knows
    WITHDRAWN = "already-withdrawn"
    NO_PROOF = "no-proof"  # it is in a batch whose list is not here, and no receipt was given


class WithdrawError(Exception):
    """Nothing can be withdrawn."""

    def __init__(self, failure: WithdrawFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


def standing(home: Home, network: Network, publisher: int, sha256: str) -> tuple[Claim, ...]:
    """A publisher's claims to a file that are not withdrawn, from the mirror.

    Raises:
        WithdrawError: it has none, or none that stands.
        StoreError: the mirror cannot be read.
        ValueError: not a SHA-256.
    """
    register = Register(home, network)
    try:
        own = [claim for claim in register.exact(sha256) if claim.publisher == publisher]
    finally:
        register.close()
    if not own:
        raise WithdrawError(WithdrawFailure.NOT_REGISTERED)
    left = tuple(claim for claim in own if not claim.revoked)
    if not left:
        raise WithdrawError(WithdrawFailure.WITHDRAWN)
    return left


def intents(
    home: Home,
    network: Network,
    claims: Sequence[Claim],
    subject: tuple[str, Reason, str],
    given: Sequence[Mapping[str, Any]] = (),
) -> list[Intent]:
    """The transactions that withdraw these claims; `subject` is the SHA-256, the reason, and what takes its place.

    `given` are receipts, for batches whose list is not here.

    Raises:
        WithdrawError: a proof is missing.
    """
    sha256, reason, replacement = subject
    found: list[Intent] = []
    singles = {claim.publisher for claim in claims if not claim.root}
    found += [media.revoke(network, publisher, sha256, reason, replacement) for publisher in sorted(singles)]
    for claim in claims:
        if claim.root:
            batch = _from_list(home, claim, sha256) or _from_receipts(given, claim, sha256)
            if batch is None:
                raise WithdrawError(WithdrawFailure.NO_PROOF)
            found.append(media.revoke_leaf(network, claim.publisher, batch, reason, replacement))
    return found


_Batch = tuple[bytes, int, Leaf, Sequence[bytes]]


def _from_list(home: Home, claim: Claim, sha256: str) -> _Batch | None:
    root = bytes.fromhex(claim.root)
    try:
        with (own_folder(home) / leaves.file_name(root)).open("rb") as file:
            listed = leaves.load(file.read(leaves.LARGEST + 1))
        tree, leaf = Tree.of(listed), listed[claim.index]
    except (OSError, LeavesError, IndexError):
        return None
    if tree.root != root or leaf.sha256.hex() != sha256:
        return None
    return root, claim.index, leaf, tree.proof(claim.index)


def _from_receipts(given: Sequence[Mapping[str, Any]], claim: Claim, sha256: str) -> _Batch | None:
    for receipt in given:
        try:
            for root, index, leaf, proof in receipts.proved(receipt):
                if (root.hex(), index, leaf.sha256.hex()) == (claim.root, claim.index, sha256):
                    return root, index, leaf, proof
        except ReceiptError:
            continue
    return None
