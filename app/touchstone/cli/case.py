"""`touchstone case`: cases before the court. Each action's module loads when it is needed."""

from __future__ import annotations

import argparse

from touchstone.cli import groups
from touchstone.paths import Home

MODULES: groups.Modules = (
    ("touchstone.cli.case_flag", frozenset({"flag"})),
    ("touchstone.cli.case_list", frozenset({"list"})),
    ("touchstone.cli.case_show", frozenset({"show"})),
    ("touchstone.cli.case_evidence", frozenset({"evidence"})),
    ("touchstone.cli.case_reply", frozenset({"reply", "justify"})),
    ("touchstone.cli.case_seal", frozenset({"seal", "recover"})),
    ("touchstone.cli.case_report", frozenset({"unobtainable", "leak"})),
    ("touchstone.cli.case_open", frozenset({"open"})),
    ("touchstone.cli.case_due", frozenset({"due"})),
    ("touchstone.cli.case_appeal", frozenset({"appeal"})),
    ("touchstone.cli.case_settle", frozenset({"settle", "withdraw"})),
    ("touchstone.cli.case_earnings", frozenset({"earnings"})),
    ("touchstone.cli.case_advance", frozenset({"advance", "skip"})),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    groups.add_arguments(parser, MODULES)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    return groups.run(arguments, home, MODULES)
