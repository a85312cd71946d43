"""What the picture of a lineage makes of an audit: each place in one box, nothing hidden, nothing unsafe to see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lineage import records
from tests.ui.lineage_screens import known

from touchstone.lineage import canonical, record
from touchstone.lineage.audit_types import Audit, Outcome, Place, Step
from touchstone.ui import lineage_chain
from touchstone.ui.lineage_chain import PLACES, Known
from touchstone.ui.lineage_places import Kind, Mark

STEPS = st.lists(st.builds(Step, st.sampled_from(Place), st.sampled_from(Outcome), st.just("no-record")), max_size=12)


def test_every_place_stands_in_one_box() -> None:
    listed = [place for places in PLACES.values() for place in places]
    assert sorted(listed) == sorted(Place)
    assert set(PLACES) == set(Kind)


@given(STEPS)
def test_a_box_fails_exactly_where_one_of_its_steps_does(steps: list[Step]) -> None:
    audit = Audit("any", tuple(steps))
    links = lineage_chain.links(audit, known())
    for link in links:
        own = {step.outcome for step in steps if step.place in PLACES[link.box.kind]}
        assert (link.box.mark is Mark.FAILED) == (Outcome.FAILED in own)
        assert (link.box.mark is Mark.VERIFIED) == (own == {Outcome.VERIFIED})
        assert (link.box.mark is Mark.PARTLY) == (own == {Outcome.VERIFIED, Outcome.NOT_CHECKED})
        assert len(link.steps) == sum(step.place in PLACES[link.box.kind] for step in steps)
    failed = lineage_chain.failed(audit)
    assert (failed is None) == audit.sound


def test_while_an_audit_runs_everything_waits() -> None:
    links = lineage_chain.links(None, Known())
    assert {link.box.mark for link in links} == {Mark.WAITING}
    assert Kind.PARENTS not in {link.box.kind for link in links}
    assert all(link.box.lines for link in links)


@pytest.mark.parametrize("name", ["\u202egnorw", "two\nlines", "\x1b[31m"])
def test_what_others_wrote_is_made_plain(name: str) -> None:
    told = record.parse(canonical.dumps(records.document()))
    parents = tuple(replace(parent, name=name) for parent in told.parents)
    whole = known()
    assert whole.entry is not None
    found = replace(
        whole, record=replace(told, parents=parents), entry=replace(whole.entry, name=name, domain=name, uri=name)
    )
    for link in lineage_chain.links(Audit("any", ()), found):
        shown = [*link.box.lines, *(fact.value for fact in link.facts), *(fact.label for fact in link.facts)]
        assert not any(name in text for text in shown)
        assert not any("\u202e" in text or "\x1b" in text for text in shown)


def test_hashes_are_told_whole_to_whoever_copies_them() -> None:
    for link in lineage_chain.links(None, known()):
        for fact in link.facts:
            if fact.whole:
                assert "…" not in fact.value
                assert len(fact.value) in {40, 42, 64, 66}
