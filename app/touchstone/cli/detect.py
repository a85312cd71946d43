"""`touchstone detect`: the detectors alone, fast, over many files."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchstone.paths import Home
from touchstone.report import DETECTORS
from touchstone.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("files, and folders of files"))
    parser.add_argument("--json", action="store_true", help=_("print a line of JSON for each detector and file"))
    parser.add_argument(
        "--only", choices=[str(w) for w in DETECTORS], metavar="WITNESS", help=_("ask this detector alone")
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=_("write the lines of JSON to FILE; what a run that was stopped wrote there is not done again"),
    )


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Ask the detectors about what was named; 1 where nothing could be asked or written."""
    from touchstone.check.sandbox import Pool

    # The decoders take longer to load than all of the desk: they load in their process while this one loads the rest.
    pixels = Pool("pixels")
    pixels.warm()
    try:
        from touchstone.cli import detecting

        return detecting.run(arguments, home, pixels)
    finally:
        pixels.close()
