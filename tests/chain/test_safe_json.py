"""JSON that is made to hurt, in a process whose bound on nesting is of no help."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.chain import safe_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**70), 10**70) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=30,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((depth(one) for one in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth(one) for one in value), default=0)
    return 0


@given(JSON, st.booleans())
def test_any_sensible_document_is_read(document: Any, ascii_only: bool) -> None:
    raw = json.dumps(document, ensure_ascii=ascii_only).encode()
    assert safe_json.parse(raw) == document
    assert safe_json._depth(raw) == depth(document)


@given(st.text(alphabet='[]{}"\\\\ab\\u005b,:'), st.integers(0, 80))
def test_brackets_in_strings_neither_count_nor_hide(text: str, deep: int) -> None:
    raw = (b"[" * deep) + json.dumps([text, {text: [text]}]).encode() + (b"]" * deep)
    assert safe_json._depth(raw) == deep + 3
    if deep + 3 > safe_json.DEEPEST:
        with pytest.raises(ValueError, match="deep"):
            safe_json.parse(raw)
    else:
        safe_json.parse(raw)


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_document_or_a_refusal(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        safe_json.parse(raw)


@pytest.mark.parametrize("raw", [b"9" * 81, b"0." + b"1" * 90, b"NaN", b"-Infinity", b"[" * 65 + b"]" * 65])
def test_what_no_node_says(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"digits|NaN|Infinity|deeply"):
        safe_json.parse(raw)


def test_a_large_answer_takes_no_longer_for_it() -> None:
    """Compared with the parser alone: 10,000 logs, as nodes give them at most."""
    log = {"address": "0x" + "11" * 20, "topics": ["0x" + "22" * 32] * 4, "data": "0x" + "33" * 320, "logIndex": "0x1"}
    raw = json.dumps({"result": [log] * 10_000}).encode()
    assert _fastest(safe_json.parse, raw) < 4 * _fastest(json.loads, raw) + 0.1


def _fastest(parse: Callable[[bytes], object], raw: bytes) -> float:
    """Seconds of the processor, of the best of five: whatever else the machine does only adds to them."""
    took = []
    for _ in range(5):
        began = time.process_time()
        parse(raw)
        took.append(time.process_time() - began)
    return min(took)


def test_libraries_that_raise_the_bound_do_not_make_it_deadly() -> None:
    """In a process of its own: it would die by a signal."""
    script = """
        import sys
        before = sys.getrecursionlimit()
        from touchstone.chain import keystore, safe_json, transactions
        from touchstone.chain.eth_libraries import account
        account()
        keystore.address_of(bytes(31) + b"1")
        try:
            keystore.decrypt({}, "x")
        except Exception:
            pass
        assert sys.getrecursionlimit() == before, sys.getrecursionlimit()
        sys.setrecursionlimit(10**6)
        for raw in (b"[" * 10**6, b'{"a":' * 10**6, b'["\\\\"' + b"[" * 10**6, b'["]]]]",' * 10**5):
            try:
                safe_json.parse(raw)
            except ValueError:
                continue
            raise AssertionError(raw[:20])
        print("refused")
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=False, capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (0, "refused\n"), ran.stderr[-500:]
