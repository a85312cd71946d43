"""`touchstone model`: the detectors on this computer. Each action's module loads when it is needed."""

from __future__ import annotations

import argparse

from touchstone.cli import groups
from touchstone.paths import Home

MODULES: groups.Modules = (
    ("touchstone.cli.model_store", frozenset({"list", "add", "remove", "enable", "disable", "verify"})),
    ("touchstone.cli.model_evaluate", frozenset({"evaluate"})),
    ("touchstone.cli.model_lineage", frozenset({"record", "audit"})),
    ("touchstone.cli.model_register", frozenset({"register", "withdraw", "activate", "attest", "offer", "accept"})),
    ("touchstone.cli.model_outputs", frozenset({"outputs"})),
    ("touchstone.cli.model_absent", frozenset({"absent", "retire"})),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of this command."""
    groups.add_arguments(parser, MODULES)


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Do what was asked; 1 where it failed."""
    return groups.run(arguments, home, MODULES)
