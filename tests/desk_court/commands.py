"""Commands as they are typed, and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from touchstone.cli import main as command_line
from touchstone.court.evidence import EvidenceStore
from touchstone.paths import Home

WORK = 2**4
PASSWORD = "correct horse battery"
Run = Callable[..., tuple[int, str, str]]


def typed(home: Path, capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    ended = command_line.main([str(a) for a in ("--home", home, *arguments)], lambda _home: 99)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return ended, said.out, said.err


def flag(folder: Path, *more: object) -> list[object]:
    path = folder / "in" / "ours.jpg"
    return ["case", "flag", path, "--choice", "manipulated", "--reason", "the quay was dry", *more, "--json"]


def document(told: tuple[int, str, str]) -> dict[str, Any]:
    assert told[0] == 0, told[2]
    found: dict[str, Any] = json.loads(told[1])
    return found


def kept(folder: Path) -> set[str]:
    return set(EvidenceStore(Home(folder / "home")).items())
