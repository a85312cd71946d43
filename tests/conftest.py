"""Of all tests: the detectors that ship are asked by those alone that are about them; loading them takes long."""

import os
import sys

os.environ.setdefault("TOUCHSTONE_MODELS", os.devnull)


def pytest_collection_finish() -> None:
    """Undo what libraries that tests import themselves do to the bound on nesting; the application never lets them."""
    engine = sys.modules.get("touchstone.chain.engine_state")
    sys.setrecursionlimit(engine.EVM_RECURSION_LIMIT if engine else 1000)
