"""The practice ledger for web3.py. Imports web3 with the module, so it is imported late, by who wants a provider."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from web3.providers.base import JSONBaseProvider  # noqa: TID253 - this module loads with web3
from web3.types import RPCEndpoint, RPCResponse  # noqa: TID253

from touchstone.chain.ledger_rules import RpcError

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger


class LedgerProvider(JSONBaseProvider):
    """Hands calls straight to the ledger: no socket, and no JSON in between."""

    def __init__(self, ledger: PracticeLedger) -> None:
        super().__init__()
        self._ledger = ledger
        self._numbers = itertools.count(1)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One call.

        Raises:
            ChainError: the ledger's file cannot be read or written.
        """
        number = next(self._numbers)
        try:
            return {"jsonrpc": "2.0", "id": number, "result": self._ledger.request(method, params)}
        except RpcError as error:
            return {"jsonrpc": "2.0", "id": number, "error": error.as_json()}  # type: ignore[typeddict-item]

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002, FBT001, FBT002 - web3's signature
        """It always is."""
        return True
