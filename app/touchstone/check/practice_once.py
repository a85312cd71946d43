"""What is registered once on the practice ledger, by a key that nobody has afterwards.

What was signed stands in a journal until it is on the ledger, so that an interruption leaves nothing half registered.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.store.files import make_folder, write_atomically

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger
    from touchstone.chain.throwaway import ThrowawaySigner

_ETHER = 10**18
_WAIT_SECONDS = 10.0
_LARGEST = 1 << 20


class OnceSender:
    """Signs one transaction after another from one address, at a price that is paid whatever happens meanwhile."""

    def __init__(self, ledger: PracticeLedger, signer: ThrowawaySigner) -> None:
        ledger.fund(signer.address, _ETHER)
        self._signer, self._nonce = signer, 0
        self._price = 10 * int(ledger.node().request("eth_gasPrice", []), 16)

    def sign(self, contract: str, function: str, arguments: Sequence[Any], gas: int) -> bytes:
        """The signed transaction, as it is sent."""
        from touchstone.chain import contracts, transactions
        from touchstone.chain.network import PRACTICE_CHAIN_ID

        fields = transactions.fields(
            chain_id=PRACTICE_CHAIN_ID,
            nonce=self._nonce,
            to=contracts.address(contract),
            data=contracts.encode(contract, function, *arguments),
            gas=gas,
            max_fee=self._price,
            priority=min(self._price, 10**9),
        )
        self._nonce += 1
        return self._signer.sign_transaction(fields).raw


def publisher(ledger: PracticeLedger, sender: OnceSender, name: str, gas: int) -> int:
    """The number of a new publisher of that name.

    Raises:
        ChainError: the ledger refuses.
    """
    from touchstone.chain import contracts

    receipt = mined(ledger, sender.sign("PublisherRegistry", "create", (name, "", "0x" + "00" * 20), gas))
    topic = "0x" + contracts.topic("PublisherRegistry", "PublisherCreated").hex()
    for log in receipt["logs"]:
        if log["topics"] and log["topics"][0] == topic:
            return int(str(log["topics"][1]), 16)
    raise ChainError(ChainTrouble.PROTOCOL)


def keep(journal: Path, calls: Sequence[bytes]) -> None:
    """Write down what was signed, before any of it is sent. Raises OSError."""
    make_folder(journal.parent)
    write_atomically(journal, json.dumps([raw.hex() for raw in calls]).encode())


def resume(journal: Path, ledger: PracticeLedger) -> None:
    """Send what was signed and may not have been sent; what the ledger has already is not sent twice.

    Raises:
        ChainError: the ledger cannot be written now.
    """
    try:
        with journal.open("rb") as file:
            signed = [bytes.fromhex(raw) for raw in json.loads(file.read(_LARGEST))]
    except FileNotFoundError:
        return
    except (ValueError, TypeError, OSError):
        signed = []
    try:
        for raw in signed:
            mined(ledger, raw)
    except ChainError as error:
        if error.code in {ChainTrouble.BUSY, ChainTrouble.FULL, ChainTrouble.READ_ONLY}:
            raise  # it will go another time
    # Whatever else refuses them, such as a ledger that began anew, will go on refusing.
    journal.unlink(missing_ok=True)


def mined(ledger: PracticeLedger, raw: bytes) -> Mapping[str, Any]:
    """The receipt of a transaction, sent where the ledger does not have it yet.

    Raises:
        ChainError: it is refused, fails, or does not come.
    """
    from touchstone.chain.keccak import keccak256

    node, digest = ledger.node(), "0x" + keccak256(raw).hex()
    receipt = node.request("eth_getTransactionReceipt", [digest])
    if receipt is None:
        node.request("eth_sendRawTransaction", ["0x" + raw.hex()])
    until = time.monotonic() + _WAIT_SECONDS
    while receipt is None:
        receipt = node.request("eth_getTransactionReceipt", [digest])
        if receipt is None and time.monotonic() > until:
            raise ChainError(ChainTrouble.TIMEOUT)
    if int(receipt["status"], 16) != 1:
        raise ChainError(ChainTrouble.REVERTED)
    found: Mapping[str, Any] = receipt
    return found
