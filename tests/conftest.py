"""Of all tests: the detectors that ship are asked by those alone that are about them; loading them takes long."""

import os
import sys

os.environ.setdefault("TOUCHSTONE_MODELS", os.devnull)


def pytest_collection_finish() -> None:
    """Libraries that some tests import lift the bound on nesting for good; the application and its tests keep it."""
    sys.setrecursionlimit(1000)
