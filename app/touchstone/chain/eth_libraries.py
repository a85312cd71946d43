"""Loading the libraries for keys and signatures without what one of them does to the interpreter.

py_ecc, which eth-keyfile and eth-account bring, raises the bound on nesting to 100,000 when it is loaded. From then on
JSON from anybody that is nested deeply enough overruns the stack, and the process dies, where it should be refused.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def nesting_kept() -> Iterator[None]:
    """Keep the interpreter's bound on nesting as it is, whatever is imported meanwhile."""
    bound = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(bound)


def account() -> Any:
    """`eth_account.Account`."""
    with nesting_kept():
        from eth_account import Account
    return Account
