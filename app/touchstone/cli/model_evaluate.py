"""`touchstone model evaluate`: how often the detectors are wrong, on pictures of which it is known what they are."""

from __future__ import annotations

import argparse
from pathlib import Path

from touchstone.paths import Home
from touchstone.texts import _


def add_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare this action."""
    summary = _("measure how often the detectors are wrong, on pictures that you know")
    evaluate = actions.add_parser("evaluate", help=summary, description=summary)
    evaluate.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="DIR",
        help=_("a folder with the folders untouched and generated (or manipulated), and in each a folder a source"),
    )
    evaluate.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help=_("a table (.csv) with the columns path and label, and if you like source, generator and content"),
    )
    evaluate.add_argument("--index", type=Path, metavar="FILE", help=_("the index of a data set, in place of DIR"))
    evaluate.add_argument("--split", default="dev", metavar="NAME", help=_("which part of the index (dev unless said)"))
    evaluate.add_argument(
        "--use", default="view", metavar="NAME", help=_("which column of files of the index (view unless said)")
    )
    evaluate.add_argument(
        "--model", default="", metavar="ID", help=_("measure this detector alone, switched on or not")
    )
    evaluate.add_argument("--report", type=Path, metavar="OUT", help=_("write the figures: .html or .json"))
    evaluate.add_argument("--json", action="store_true", help=_("print JSON"))


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Measure; 1 where there was nothing to measure, or it was stopped; 2 where nothing was named."""
    from touchstone.check.sandbox import Pool

    pixels = Pool("pixels")
    pixels.warm()
    try:
        from touchstone.cli import evaluating

        return evaluating.run(arguments, home, pixels)
    finally:
        pixels.close()
