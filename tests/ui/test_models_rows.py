"""What of a training record, of any form, stands on a card."""

from tests.lineage.records import document

from touchstone.ui.models_rows import facts_of


def test_a_record_tells_day_data_and_code():
    told = document()
    facts = dict(facts_of(told))
    assert set(facts) == {"Trained", "Data root", "Code"}
    assert facts["Trained"] == "31 January 2026"
    assert facts["Data root"] == told["data"]["root"]
    assert facts["Code"] == told["code"]["commit"]


def test_what_a_record_does_not_tell_is_left_out():
    assert facts_of({}) == []
    assert facts_of({"code": {"commit": None}, "data": [], "finished": 3}) == []
