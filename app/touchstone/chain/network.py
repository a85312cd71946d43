"""The networks that are configured, and what is pinned about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRACTICE = "practice"
PRACTICE_CHAIN_ID = 7_031_337
SHARED_CHAIN_ID = PRACTICE_CHAIN_ID + 1


@dataclass(frozen=True, slots=True)
class Network:
    """One network. Addresses are checksummed hex; `code` maps an address to the keccak of the code pinned there.

    `practice` is the ledger inside the application, `shared` another of that kind which other desks use too. `public`
    needs the user's consent before anything is asked of it (`consented`); `mainnet` moves real money. `urls` are
    JSON-RPC endpoints, two where an answer is to rest on a read. `confirmations` is the number of blocks after which a
    transaction counts as final where the node names no final block; `start_block` is the first that can hold an event
    of ours. The register of models (`models`), and the pool of reviewers with its court, came after the others: they
    may be missing where those stand. `pool` and `court` are "" on a network that has none.
    """

    name: str
    chain_id: int
    publishers: str
    media: str
    stablecoin: str = ""
    urls: tuple[str, ...] = ()
    practice: bool = False
    public: bool = True
    mainnet: bool = False
    consented: bool = False
    confirmations: int = 12
    start_block: int = 0
    explorer: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    models: str = ""
    pool: str = ""
    court: str = ""

    @property
    def shared(self) -> bool:
        """Whether it is a practice ledger that several desks share. Whoever runs it can rewrite it."""
        return self.chain_id == SHARED_CHAIN_ID

    @property
    def play(self) -> bool:
        """Whether it is a practice ledger of either kind: play money for the asking, and begun anew at will."""
        return self.practice or self.shared
