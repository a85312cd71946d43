"""What a node is to the rest of the application: something that answers JSON-RPC, and may lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Node(Protocol):
    """A JSON-RPC endpoint. Quantities and data are hex strings as on the wire (https://ethereum.github.io/execution-apis/).

    `label` names it to people (a host name, or the practice ledger).
    """

    @property
    def label(self) -> str:
        """Its name, for people."""
        ...

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """The `result` of one call.

        Raises:
            ChainError: there is none, and why.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files."""
        ...
