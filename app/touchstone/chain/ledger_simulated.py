"""The accounts of simulated reviewers on practice ledgers: their keys, and how they send.

Their keys are published on purpose, as the faucet's is: they stand for nobody, and what they hold is worth nothing.
Whoever wants can act for them, or read their sealed votes before they are opened. No account here is anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from touchstone.chain import contracts, ledger_faucet
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.quantity import data as sized
from touchstone.chain.quantity import number

PEOPLE, AUTOMATED = 24, 4
BUNDLE = "CallBundle"
WEI = 10**18  # what each is given
_LITTLE = 10**17
_GAS, _BUNDLE_GAS = 3_000_000, 15_000_000
_MOST_IN_BUNDLE = 40
_ATTEMPTS = 5

# By number, from 1: people first. A test holds them to the keys; here they cost no curve arithmetic.
ADDRESSES: tuple[str, ...] = (
    "0x0ced9e436bc7907462465f7f359083d6d82dabc7",
    "0x7c3870ae0eebcc291ce8a70722493e8fee7fad3d",
    "0x7eda25c991a9ccec0cc6a9e029102853efc515a3",
    "0x4ecd883ef39a3c1c19309a294deaaac8b1ebd92c",
    "0xae896c3eb7d512fa6e7cf01e290208c0d282f220",
    "0x90ee22f9669f6ad625035acd3a9a616d261345e8",
    "0xbdd35124975358ed878aba6be0d27a7e8ba0cfde",
    "0xb47f12e06650f4f2af9054b6968c5f3764099b7e",
    "0xb715924fd8ae0b82e290c7ece798d5a71f2b11df",
    "0xf828abff49e8df9badddcfcff7f7fd42cd2e8903",
    "0x0d1ac72bfbfdb59bafe80135ead09cbd47080e30",
    "0xdfc1a21f3e4d6f2c74d3d45e4395825c7ecd81b3",
    "0x57557c13f46fecab5abdde95fe68d62ccd98a5e3",
    "0x44cdb01de9a8a7596d93929c5e302fc3a0c921d9",
    "0x1b983367f258c5e6b0c74d9dd9d093e359299d78",
    "0x2574fa65a5e8c437d81c7117a0af7f8edf0a3885",
    "0x0949b592e45b9b687007a6df169252d13a2ddae5",
    "0x79fb4d5c7479d11b65bb7517dcf752236f036ced",
    "0x6b58b42bcc142fa80fb638ceb1cca8aef0994982",
    "0x5eaf011361388bff19d52f322b9170c1fc2bb70a",
    "0x5bf62b6e701808604d7d63b6c4404b042dc0e2ed",
    "0x7a753d89beaf385d391333baa69cb7e61c72ceeb",
    "0xa9ae5e4080e43ee6bfe2f0418a6f564ac105ba50",
    "0xf30a2bf27a69a669f081fb176b93ffab5e12ce4f",
    "0x875a6c91e86bc18c4f266544b46fa727d7f0f802",
    "0x61de2152617dff4c06bfb2213b0510e37b122bda",
    "0x6436d5fbc1fb2f63deaddb2b35fb7088e5e3d091",
    "0x5f783bf2ec1f18c5ac6e2399d3c3c8387247ccd4",
)
_NUMBERS: Mapping[str, int] = {address: place for place, address in enumerate(ADDRESSES, 1)}

Request = Callable[[str, Sequence[Any]], Any]
Call = tuple[str, bytes]
"""An address to call (hex with 0x), and the bytes of the call."""


def key(number_: int) -> bytes:
    """The private key of the simulated reviewer with that number, 32 bytes."""
    return keccak256(b"touchstone practice ledger: simulated reviewer %d, worth nothing" % number_)


def number_of(address: str) -> int:
    """The number, from 1, of the simulated reviewer with that address; 0 where it is nobody's of them."""
    return _NUMBERS.get(address.lower(), 0)


def is_simulated(address: str) -> bool:
    """Whether an address is a simulated reviewer's, whose key everybody knows."""
    return address.lower() in _NUMBERS


class Crowd:
    """Sends for simulated reviewers on one ledger, without asking anybody: a block for each transaction."""

    def __init__(self, request: Request, chain_id: int) -> None:
        self._request, self._chain_id = request, chain_id
        self._nonces: dict[int, int] = {}
        self._price = 0

    def fund(self) -> None:
        """Give practice ether to those who have next to none, in one transaction. Raises ChainError."""
        poor = [one for one in ADDRESSES if number(self._request("eth_getBalance", [one, "latest"])) < _LITTLE]
        if poor:
            calls = [{"target": one, "allowFailure": False, "value": WEI, "callData": b""} for one in poor]
            bundle = contracts.encode(BUNDLE, "aggregate3Value", calls)
            ledger_faucet.spend(self._request, self._chain_id, _bundle(), bundle, WEI * len(poor))

    def send(self, sender: int, to: str, data: bytes, *, gas: int = _GAS) -> bool:
        """Send a call in the name of a reviewer; whether it succeeded.

        Raises:
            ChainError: the ledger takes nothing now.
        """
        target = bytes.fromhex(to[2:])
        for attempt in range(_ATTEMPTS):
            nonce = self._nonce(sender, fresh=attempt > 0)
            fields = (self._chain_id, nonce, 0, self._price, gas, target, 0, data)
            raw = ledger_faucet.signed(fields, key(sender))
            try:
                digest = sized(self._request("eth_sendRawTransaction", ["0x" + raw.hex()]), 32)
            except ChainError as error:
                if error.code not in {ChainTrouble.NONCE, ChainTrouble.UNDERPRICED}:
                    raise
                continue
            self._nonces[sender] = nonce + 1
            receipt = self._request("eth_getTransactionReceipt", [f"0x{digest.hex()}"])
            return bool(receipt) and number(receipt["status"]) == 1
        raise ChainError(ChainTrouble.BUSY)

    def send_all(self, sender: int, calls: Sequence[Call]) -> int:
        """Make calls that anyone may make, many in a transaction; how many transactions that took.

        A call that fails hinders none of the others. Raises ChainError, as above.
        """
        chunks = [calls[at : at + _MOST_IN_BUNDLE] for at in range(0, len(calls), _MOST_IN_BUNDLE)]
        for chunk in chunks:
            listed = [{"target": to, "allowFailure": True, "callData": data} for to, data in chunk]
            data = contracts.encode(BUNDLE, "aggregate3", listed)
            self.send(sender, contracts.address(BUNDLE), data, gas=_BUNDLE_GAS)
        return len(chunks)

    def _nonce(self, sender: int, *, fresh: bool) -> int:
        if fresh or sender not in self._nonces:
            asked = [ADDRESSES[sender - 1], "latest"]
            self._nonces[sender] = number(self._request("eth_getTransactionCount", asked))
        if fresh or not self._price:
            self._price = 4 * number(self._request("eth_gasPrice", []))
        return self._nonces[sender]


def _bundle() -> bytes:
    return bytes.fromhex(contracts.address(BUNDLE)[2:])
