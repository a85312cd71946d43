"""What practice ledgers give away, and what they begin with: transactions of a key that everybody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from touchstone.chain import contracts, deploy
from touchstone.chain import ledger_rlp as rlp
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.keccak import keccak256
from touchstone.chain.quantity import data as sized
from touchstone.chain.quantity import number

# Published on purpose, as the keys of every test network are. Never send it anything of worth.
KEY = keccak256(b"touchstone practice ledger: faucet, worth nothing")
WEI = 10**9 * 10**18  # what the account has in the first block
DOLLARS = "PracticeUSD"
MOST_DOLLARS = 10_000_000_000  # millionths, in one go
_ATTEMPTS = 5
# To find out what each takes would be most of the time that a new ledger takes; what stands there is looked at anyway.
_DEPLOYMENT_GAS = 12_000_000

Request = Callable[[str, Sequence[Any]], Any]
"""One call of JSON-RPC; raises ChainError."""


class _Asking:
    """A `Node` of a function."""

    label = "practice"

    def __init__(self, request: Request) -> None:
        self._request = request

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """See `Node`."""
        return self._request(method, params)

    def close(self) -> None:
        """See `Node`."""


def address() -> bytes:
    """The account of `KEY`."""
    from eth_keys.datatypes import PrivateKey

    return bytes(PrivateKey(KEY).public_key.to_canonical_address())


def spend(request: Request, chain_id: int, to: bytes, data: bytes, wei: int, gas: int = 0) -> bytes:
    """Send a transaction from the faucet; returns its hash. Where another process is faster, it tries again.

    With `gas` it is not simulated before: it may come to nothing.

    Raises:
        ChainError: REVERTED and the like where the simulation fails, BUSY, or what writing the ledger can raise.
    """
    sender = "0x" + address().hex()
    if not gas:
        call = {"from": sender, "to": f"0x{to.hex()}", "data": f"0x{data.hex()}", "value": hex(wei)}
        # What was estimated is held at once by what is true now; a quarter more for what others do meanwhile.
        gas = number(request("eth_estimateGas", [call])) * 5 // 4
    for _attempt in range(_ATTEMPTS):
        nonce = number(request("eth_getTransactionCount", [sender, "pending"]))
        price = 2 * number(request("eth_gasPrice", []))
        raw = signed((chain_id, nonce, 1, price, gas, to, wei, data))
        try:
            return sized(request("eth_sendRawTransaction", ["0x" + raw.hex()]), 32)
        except ChainError as error:
            if error.code is not ChainTrouble.NONCE:
                raise
    raise ChainError(ChainTrouble.BUSY)


def top_up(request: Request, chain_id: int, to: str, wei: int) -> None:
    """Give practice ether to an address, in hex with 0x, that has less than a tenth of `wei`. Raises as above."""
    if number(request("eth_getBalance", [to, "latest"])) < wei // 10:
        spend(request, chain_id, bytes.fromhex(to.removeprefix("0x")), b"", wei)


def give_dollars(request: Request, chain_id: int, to: bytes, units: int) -> bytes:
    """Give practice dollars, in millionths; returns the hash of the transaction.

    Raises:
        ChainError: as above; REVERTED where it is more than one call gives.
    """
    data = contracts.encode(DOLLARS, "mint", f"0x{to.hex()}", units)
    return spend(request, chain_id, bytes.fromhex(contracts.address(DOLLARS)[2:]), data, 0)


def put_contracts(request: Request, chain_id: int) -> None:
    """Put our contracts on the ledger, where they are not yet.

    Raises:
        ChainError: what deploying can end in.
    """

    def send(_name: str, to: str, data: bytes) -> None:
        spend(request, chain_id, bytes.fromhex(to[2:]), data, 0, _DEPLOYMENT_GAS)

    deploy.deploy(_Asking(request), send, contracts.order(practice=True))


def signed(fields: tuple[int | bytes, ...], key: bytes = KEY) -> bytes:
    """A transaction of type 2 as it is sent, from its fields in order, up to the data."""
    from eth_keys.datatypes import PrivateKey

    items: list[rlp.Item] = [one if isinstance(one, bytes) else rlp.number(one) for one in fields]
    items.append([])  # the access list
    parity, r, s = PrivateKey(key).sign_msg(b"\x02" + rlp.encode(items)).vrs
    return b"\x02" + rlp.encode([*items, rlp.number(parity), rlp.number(r), rlp.number(s)])
