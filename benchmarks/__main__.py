"""Every benchmark: `python benchmarks [--quick | --large] [--markdown FILE] [NAME...]`, in runs side by side."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from processes import use_cores
from results import Table

_REGISTER = ("register_check", "ledger", "mirror", "models", "similar", "cases", "reviewer")
NAMES = ("batch", "detect", "detectors", "small_file", "window", "responsiveness", "history", "data_root", *_REGISTER)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="few and small: does it run, not how fast")
    parser.add_argument("--large", action="store_true", help="what takes gigabytes and minutes as well")
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    use_cores(2)
    table = Table(large=chosen.large)
    for name in chosen.names or NAMES:
        importlib.import_module(name).measure(table, quick=chosen.quick)
    if chosen.markdown:
        chosen.markdown.write_text(table.markdown() + "\n")
    return int(table.failed and not chosen.quick)


if __name__ == "__main__":
    sys.exit(main())
