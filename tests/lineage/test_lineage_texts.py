"""Every step that an audit can take has a sentence, whatever its parameters turn out to be."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from touchstone.lineage import audit_case, sealing
from touchstone.lineage.audit_types import Audit, Outcome, Place, Step
from touchstone.texts import lineage, lineage_steps

SOURCES = sorted(Path(audit_case.__file__).parent.glob("audit*.py"))
FORBIDDEN = re.compile(r"\b(authentic|genuine|real|fake)", re.IGNORECASE)
UNREAD = ("missing", "not-a-file", "too-large", "unreadable", "changed", "size")
NAMED = {"named_by": ["seal", "register"], "against": ["seal"], "count": 1, "items": 1, "fields": ["x"]}
NAMED |= {"untrusted_name": "Name", "untrusted_file": "File", "step": 1, "missing": 1, "publisher": 1}
PREFIXES = {"manifest": UNREAD[:5], "record": UNREAD[1:5], "seal": UNREAD[1:5], "items": UNREAD, "weights": UNREAD}


def codes() -> set[str]:
    """Every code that is written in the source of the audit."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"verified", "failed", "not_checked"} and len(node.args) > 1:
                found |= {c.value for c in ast.walk(node.args[1]) if isinstance(c, ast.Constant)}
            elif name == "Register":
                found |= {c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
    found |= {"registered", "deprecated", "seal-does-not-fit", "seal-broken"}
    found = {code for code in found if isinstance(code, str) and code and not code.endswith("-")}
    found |= {f"{prefix}-{why}" for prefix, all_of in PREFIXES.items() for why in all_of}
    return {*found, *(f"file-{why}" for why in UNREAD)} - {"not-asked"}


def test_every_code_has_a_sentence() -> None:
    every = codes()
    assert len(every) > 90
    for code in sorted(every):
        for params in ({}, NAMED):
            said = lineage_steps.said(code, params)
            assert said not in {code, ""}, code
            assert params == {} or said[0].isupper() or said[0].isdigit() or not said[0].isalpha(), (code, said)
            assert said.endswith("."), (code, said)
            assert not FORBIDDEN.search(said), (code, said)
            assert "{" not in said, (code, said)


@pytest.mark.parametrize("value", ["\u202e<b>", 10**30, -1, None, [], {"a": 1}, "x" * 5000])
def test_parameters_of_anybodys_making_do_no_harm(value: Any) -> None:
    names = (
        "untrusted_name",
        "untrusted_file",
        "address",
        "time",
        "reason",
        "publisher",
        "why",
        "step",
        "model",
        "chain_id",
    )
    for code in codes():
        said = lineage_steps.said(code, dict.fromkeys(names, value))
        assert "\u202e" not in said
        assert len(said) < 1000


def test_places_progress_and_endings_have_words() -> None:
    for place in Place:
        assert lineage.place(place) != str(place)
        assert lineage.place(place) in lineage.doing(place)
    sound = Audit("x", (Step(Place.DATA, Outcome.VERIFIED, "data-root-matches"),))
    assert lineage.summary(sound) == "Everything that was looked at fits together."
    field = Step(Place.DATA, Outcome.FAILED, "data-root-differs", {"field": "data.root"})
    assert lineage.sentence(field).endswith("Look at: data.root.")
    assert "Data root" in lineage.summary(Audit("x", (field,)))
    assert FORBIDDEN.search(lineage.readme(sound)) is None
    assert max(map(len, lineage.readme(sound).splitlines())) < 100


def test_every_refusal_has_a_sentence() -> None:
    told = set(re.findall(r"`([a-z-]+)`", sealing.SealingError.__doc__ or "")) - {"code", "stopped"}
    assert len(told) > 12
    for code in told:
        assert f"({code})" not in lineage.refused(sealing.SealingError(code, why="unsorted"))
    told = set(re.findall(r"`([a-z-]+)`", audit_case.AuditError.__doc__ or "")) - {"code"}
    for code in (*told, "not-a-bundle", "too-large", "changed", "unreadable", "name-taken", "unwritable"):
        assert f"({code})" not in lineage.trouble(audit_case.AuditError(code))
