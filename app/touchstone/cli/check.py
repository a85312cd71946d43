"""`touchstone check`: the main job, in a terminal."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchstone.paths import Home
from touchstone.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("files, and folders of files"))
    parser.add_argument("--json", action="store_true", help=_("print reports as JSON: one document, or one a line"))
    parser.add_argument(
        "--report", type=Path, metavar="OUT", help=_("write a report: .json, .html or .pdf; a folder for several files")
    )
    parser.add_argument(
        "--fetch-remote",
        action="store_true",
        help=_("fetch credentials that a file says are stored at an https address (tells that host what you check)"),
    )
    parser.add_argument(
        "--sign-as", default="", metavar="KEY", help=_("sign the report (.json) with this key, by its name or address")
    )
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help=_("read the key's password from the first line of FILE")
    )


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Check what was named; 1 where a file could not be read or a report not be written."""
    from touchstone.check.sandbox import Pool

    # The decoders take longer to load than all of the desk: they load in their process while this one loads the rest.
    pixels = Pool("pixels")
    pixels.warm()
    try:
        from touchstone.cli import checking

        return checking.run(arguments, home, pixels)
    finally:
        pixels.close()
