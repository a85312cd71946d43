"""Names that look like other names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.registry.confusable import ascii_of, doubts, is_mixed, shown, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Agence X", "Аgence X"),  # Cyrillic А
        ("paypal.example", "раураl.example"),
        ("apple", "appIe"),
        ("apple", "app1e"),
        ("modern news", "modem news"),
        ("google", "g00gle"),
        ("Reuters", "Rеutеrs"),
        ("Le Monde", "Le\u200bMonde"),
        ("Le Monde", "LE MONDE"),
        ("wave", "vvave"),
        ("cafe", "café"),
        ("agence-x.example", "agence\u2010x.example"),
        ("Omega", "Οmega"),
    ],
)
def test_pass_for_each_other(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert [d.code for d in doubts(other, [(7, one)]) if d.code == "looks-like"] == ["looks-like"]


@pytest.mark.parametrize(
    ("one", "other"), [("Agence X", "Agence Y"), ("Le Monde", "La Mode"), ("abc", "abd"), ("朝日", "毎日")]
)
def test_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
    assert doubts(other, [(7, one)]) == ()


@pytest.mark.parametrize(
    "text",
    ["Agence X", "Süddeutsche", "Правда", "Το Βήμα", "朝日新聞デジタル", "NHKニュース", "한국日報", "Al-Jazeera"],
)
def test_ordinary_names_raise_no_doubt(text: str) -> None:
    assert doubts(text, [(1, text)]) == ()


@pytest.mark.parametrize(("text", "mixed"), [("Аgence", True), ("Agence", False), ("Αgence", True), ("Правда", False)])
def test_scripts_mixed_within_a_word(text: str, mixed: bool) -> None:
    assert is_mixed(text) is mixed
    assert ("mixed-scripts" in {d.code for d in doubts(text)}) is mixed


def test_words_of_different_scripts_beside_each_other_are_no_mixture() -> None:
    assert doubts("Правда News") == ()


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200db", "a\u00adb", "a\u00a0b", "a\0b"])
def test_what_nobody_sees(text: str) -> None:
    assert "invisible" in {d.code for d in doubts(text)}


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("agence-x.example", "agence-x.example"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # Cyrillic letters that read as apple
        ("xn--3pxu8k.example", "点看.example"),
        ("xn--80aafey1amqq.example", "навигатор.example"),
        ("xn--nonsense-.example", "xn--nonsense-.example"),
        ("раураl.example", ascii_of("раураl.example")),
    ],
)
def test_domains_are_shown_in_ascii_where_they_could_mislead(domain: str, expected: str) -> None:
    assert shown(domain) == expected


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    assert isinstance(skeleton(text), str)
    doubts(text, [(1, "Agence X")])
    shown(text)
