"""The networks that are configured, and what is pinned about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRACTICE = "practice"
PRACTICE_CHAIN_ID = 7_031_337


@dataclass(frozen=True, slots=True)
class Network:
    """One network. Addresses are checksummed hex; `code` maps an address to the keccak of the code pinned there.

    `practice` is the ledger inside the application. `public` needs the user's consent before anything is asked of it
    (`consented`); `mainnet` moves real money. `urls` are JSON-RPC endpoints, two where an answer is to rest on a read.
    `confirmations` is the number of blocks after which a transaction counts as final where the node names no final
    block; `start_block` is the first that can hold an event of ours.
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
