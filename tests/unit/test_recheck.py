"""What changed between two reports."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit import examples as made

from touchstone.check.recheck import Change, compare, same_file
from touchstone.report import Report, Status, Witness
from touchstone.texts import reports as texts

OLD = made.report(made.credentials(), made.facts())


def codes(old: Report, new: Report) -> list[str]:
    return [change.code for change in compare(old, new)]


def changed(finding, **details):
    return replace(finding, details={**finding.details, **details})


def test_nothing():
    assert codes(OLD, replace(OLD, created="2026-11-22T10:00:00+00:00")) == ["same-file", "nothing"]


def test_another_file():
    other = replace(OLD, media=replace(OLD.media, sha256="0" * 64))
    assert codes(OLD, other) == ["other-file", "nothing"]
    assert not same_file(compare(OLD, other))


@pytest.mark.parametrize("side", [0, 1])
def test_a_file_that_could_not_be_read(side):
    pair = [OLD, OLD]
    pair[side] = replace(OLD, media=replace(OLD.media, sha256=""))
    assert codes(*pair) == ["file-unknown", "nothing"]
    assert not same_file(compare(*pair))


def test_the_age_is_told_in_days():
    later = replace(OLD, created="2026-12-24T09:29:00+00:00")
    assert compare(OLD, later)[1] == Change("age", {"days": 31})


def test_an_expired_certificate():
    new = made.report(made.credentials(issuer="expired"), made.facts())
    found = compare(OLD, new)
    assert [c.code for c in found] == ["same-file", "answer", "issuer", "finding"]
    assert found[1].params == {"before": "traced", "now": "signed-unknown"}
    assert found[2].params == {"before": "official", "now": "expired"}
    assert found[3].params == {"witness": "credentials", "before": "signed", "now": "signed-expired"}


def test_a_file_changed_since():
    new = made.report(made.credentials(integrity="changed"), made.facts())
    assert "integrity" in codes(OLD, new)


def test_a_witness_that_was_added_and_one_that_failed():
    new = made.report(made.credentials(), made.failed(Witness.FACTS, "timeout"), made.detector())
    found = [c.params for c in compare(OLD, new) if c.code == "finding-status"]
    assert found == [
        {"witness": "facts", "before": "done", "now": "failed"},
        {"witness": "ai-image", "before": "not-checked", "now": "done"},
    ]


def test_a_witness_without_a_place_counts_as_not_checked():
    fewer = replace(OLD, findings=tuple(f for f in OLD.findings if f.status is Status.DONE))
    assert codes(OLD, fewer) == ["same-file", "nothing"]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"official": "2026-11-05"}, ("list-newer", "official")),
        ({"official": "2026-01-05"}, ("list-older", "official")),
        ({"time-stamps": "2026-01-05"}, ("list-added", "time-stamps")),
        ({"yours": None}, ("list-removed", "yours")),
    ],
)
def test_trust_lists(dates, expected):
    lists = {k: v for k, v in (made.LISTS | dates).items() if v}
    new = made.report(made.credentials(list_dates=lists), made.facts())
    assert [(c.code, c.params["list"]) for c in compare(OLD, new)[1:]] == [expected]


def test_lists_are_not_said_to_be_gone_when_credentials_could_not_be_read():
    new = made.report(made.failed(Witness.CREDENTIALS, "crashed"), made.facts())
    assert not [c for c in codes(OLD, new) if c.startswith("list-")]


def test_versions():
    new = made.report(changed(made.credentials(), sdk="0.92.0"), replace(made.facts(), version="facts/2"))
    new = replace(new, application="touchstone 0.2.0")
    assert [c.params for c in compare(OLD, new)[1:]] == [
        {"witness": "credentials", "before": "0.91.3", "now": "0.92.0"},
        {"witness": "facts", "before": "facts/1", "now": "facts/2"},
        {"before": "touchstone 0.1.0", "now": "touchstone 0.2.0"},
    ]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (made.report(made.credentials(issuer="expired"), made.facts()), "The answer was “Traced” and is now “Signed"),
        (made.report(made.credentials(list_dates={}), made.facts()), "A trust list is no longer there"),
        (replace(OLD, created="2026-11-23T09:30:00+00:00"), "That report is 1 day old."),
        (made.report(made.credentials(), made.failed(Witness.FACTS, "cpu")), "checked then, could not be checked now"),
        (replace(OLD, application="touchstone 0.2.0"), "touchstone 0.1.0 then, touchstone 0.2.0 now"),
        (made.report(made.credentials(), made.facts(declares_ai="yes")), "File facts said: "),
    ],
)
def test_every_change_has_its_sentence(new, said):
    sentences = [texts.change(change) for change in compare(OLD, new)]
    assert any(said in sentence for sentence in sentences)
    assert all(s.endswith((".", ":")) and "{" not in s for s in sentences)
