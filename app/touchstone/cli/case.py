"""`touchstone case`: cases before the court. Each action's module loads when it is needed."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import Any

from touchstone.paths import Home
from touchstone.texts import _

# Each module has `add_arguments(actions)`, which declares its actions, and `run(arguments, home) -> exit code`.
MODULES: Sequence[tuple[str, frozenset[str]]] = (
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
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    for name, _actions in MODULES:
        _module(name).add_arguments(actions)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    name = next(name for name, actions in MODULES if arguments.action in actions)
    code: int = _module(name).run(arguments, home)
    return code


def _module(name: str) -> Any:
    return importlib.import_module(name)
