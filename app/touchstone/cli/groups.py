"""Commands that consist of actions, as `touchstone case ...`. Each action's module loads when it is needed."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import Any

from touchstone.paths import Home
from touchstone.texts import _

Modules = Sequence[tuple[str, frozenset[str]]]
"""Each module has `add_arguments(actions)`, which declares its actions, and `run(arguments, home) -> exit code`."""


def add_arguments(parser: argparse.ArgumentParser, modules: Modules) -> None:
    """Declare the actions of every module."""
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    for name, _actions in modules:
        _module(name).add_arguments(actions)


def run(arguments: argparse.Namespace, home: Home, modules: Modules) -> int:
    """Do what was asked; 1 where it failed."""
    name = next(name for name, actions in modules if arguments.action in actions)
    code: int = _module(name).run(arguments, home)
    return code


def _module(name: str) -> Any:
    return importlib.import_module(name)
