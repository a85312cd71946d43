"""A signer outside: a wallet or a signing service that answers JSON-RPC, and asks its own user before it signs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from touchstone.chain import quantity
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.http_node import HttpNode
from touchstone.chain.signer import Signed
from touchstone.chain.transactions import on_the_wire

SECONDS = 180.0  # a person may have to find the device first
_SIGNATURE = 65


class RpcSigner:
    """Signs for `address` through the signer at `url`.

    It is asked for a signed transaction; one that only signs and sends in one step (as wallets in browsers do) is
    found out on the first try, and then `sends` is true.
    """

    def __init__(self, url: str, address: str, *, seconds: float = SECONDS) -> None:
        self._node = HttpNode(url, seconds=seconds, largest=1024 * 1024)
        self._address = address
        self._sends: bool | None = None

    def __repr__(self) -> str:
        return f"RpcSigner({self._node.label}, {self._address})"

    @property
    def address(self) -> str:
        """Checksummed."""
        return self._address

    @property
    def sends(self) -> bool:
        """Whether signing also broadcasts. Asks the signer with an empty question, once."""
        if self._sends is None:
            self._sends = not self._offers("eth_signTransaction")
        return self._sends

    def accounts(self) -> tuple[str, ...]:
        """The addresses that it signs for, lower case.

        Raises:
            ChainError: what a node can be.
        """
        found = self._ask("eth_accounts", [])
        if not isinstance(found, list):
            raise ChainError(ChainTrouble.PROTOCOL, what="eth_accounts")
        return tuple("0x" + quantity.data(one, 20).hex() for one in found[:1000])

    def sign_transaction(self, fields: Mapping[str, Any]) -> Signed:
        """As in `Signer`; REFUSED where it does not have the key."""
        self._refuse_other_account()
        written = on_the_wire(fields, self._address)
        if self.sends:
            return Signed(b"", "0x" + quantity.data(self._ask("eth_sendTransaction", [written]), 32).hex())
        answer = self._ask("eth_signTransaction", [written])
        raw = answer.get("raw") if isinstance(answer, dict) else answer
        return Signed(quantity.data(raw), "")

    def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
        """As in `Signer`."""
        self._refuse_other_account()
        written = json.dumps(data, default=_bytes)
        return quantity.data(self._ask("eth_signTypedData_v4", [self._address, written]), _SIGNATURE)

    def sign_message(self, message: bytes) -> bytes:
        """As in `Signer`."""
        self._refuse_other_account()
        return quantity.data(self._ask("personal_sign", ["0x" + message.hex(), self._address]), _SIGNATURE)

    def _ask(self, method: str, params: list[Any]) -> Any:
        """One question on a connection of its own: minutes may pass until the next."""
        try:
            return self._node.request(method, params)
        finally:
            self._node.close()

    def _refuse_other_account(self) -> None:
        if self._address.lower() not in self.accounts():
            raise ChainError(ChainTrouble.REFUSED)

    def _offers(self, method: str) -> bool:
        """Whether it knows a method. Without parameters nothing can be signed: every answer is an error."""
        try:
            self._ask(method, [])
        except ChainError as error:
            if error.code in {ChainTrouble.UNREACHABLE, ChainTrouble.TIMEOUT}:
                raise
            return error.code is not ChainTrouble.UNSUPPORTED
        return True


def _bytes(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    raise TypeError(type(value))
