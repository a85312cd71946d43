"""`touchstone model`: the detectors on this computer. Each action's module loads when it is needed."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import Any

from touchstone.paths import Home
from touchstone.texts import _

# Each module has `add_arguments(actions)`, which declares its actions, and `run(arguments, home) -> exit code`.
MODULES: Sequence[tuple[str, frozenset[str]]] = (
    ("touchstone.cli.model_store", frozenset({"list", "add", "remove", "enable", "disable", "verify"})),
    ("touchstone.cli.model_evaluate", frozenset({"evaluate"})),
    ("touchstone.cli.model_lineage", frozenset({"record", "audit"})),
    ("touchstone.cli.model_register", frozenset({"register", "withdraw", "activate", "attest", "offer", "accept"})),
    ("touchstone.cli.model_outputs", frozenset({"outputs"})),
    ("touchstone.cli.model_absent", frozenset({"absent", "retire"})),
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
