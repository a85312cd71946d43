"""A key that lives in memory alone and ends with whoever holds it: for what is registered once, or sent by itself."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from touchstone.chain.eth_libraries import account
from touchstone.chain.signer import Signed


class ThrowawaySigner:
    """Signs with a key of its own that is never written anywhere, or with the one that is given."""

    def __init__(self, secret: bytes = b"") -> None:
        self._account = account().from_key(secret or secrets.token_bytes(32))

    def __repr__(self) -> str:
        return f"ThrowawaySigner({self.address})"

    @property
    def address(self) -> str:
        """Checksummed."""
        return str(self._account.address)

    @property
    def sends(self) -> bool:
        """Never."""
        return False

    def sign_transaction(self, fields: Mapping[str, Any]) -> Signed:
        """Sign a transaction of type 2, with the fields of `chain.transactions`."""
        signed = self._account.sign_transaction(dict(fields))
        return Signed(bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex())

    def sign_message(self, message: bytes) -> bytes:
        """65 bytes over a message as wallets sign them (EIP-191)."""
        from eth_account.messages import encode_defunct

        return bytes(self._account.sign_message(encode_defunct(primitive=message)).signature)

    def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
        """65 bytes over EIP-712 data."""
        return bytes(self._account.sign_typed_data(full_message=dict(data)).signature)
