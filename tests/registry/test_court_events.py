"""Decoding what court and pool log: against their ABI, and on logs that nobody should write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.court_logs import PARAMETERS, court_log, flagged, kinds_of
from tests.registry.scripted import digest

from touchstone.chain import contracts
from touchstone.chain import court_event_types as t
from touchstone.chain.court_events import decode
from touchstone.chain.court_topics import COURT_EVENTS
from touchstone.chain.errors import ChainError
from touchstone.chain.event_words import MOST_TEXT
from touchstone.chain.events import TOPICS
from touchstone.chain.keccak import keccak256
from touchstone.chain.logs import parse_log

BLOCK = (5, digest("block"), 3, digest("tx"))
LEFT_OUT = {"EIP712DomainChanged", "NonceSkipped", "ParametersProposed", "Collected", "CourtSet"}
POOL_NAMES = {"StakeWithdrawn": "Withdrawn", "LockSettled": "Settled", "PoolParametersAdopted": "ParametersAdopted"}
COURT_NAMES = {"CreditWithdrawn": "Withdrawn", "CourtParametersAdopted": "ParametersAdopted"}

VALUES = {
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20),
    "bool": st.booleans(),
    "string": st.text(max_size=80),
}


def of_kind(field, kind):
    if field == "request":
        return VALUES["bytes32"]
    if field == "case":
        return st.integers(0, 2**63 - 1)
    return st.integers(0, 2 ** int(kind[4:]) - 1) if kind.startswith("uint") else VALUES[kind]


def events_of(name):
    made = getattr(t, name)
    return st.tuples(*map(of_kind, made._fields, kinds_of(name))).map(lambda values: made(*values))


any_event = st.sampled_from(sorted(COURT_EVENTS)).flatmap(events_of)


def parts(raw):
    log = parse_log(raw)
    return log.topics, log.data


def signature(entry):
    return f"{entry['name']}({','.join(contracts._type(one) for one in entry['inputs'])})"


def test_every_event_of_court_and_pool_is_known_by_its_own_topic():
    told = {}
    for contract in ("FactCheckCourt", "ReviewerPool"):
        for entry in contracts.artefact(contract)["abi"]:
            if entry["type"] == "event" and entry["name"] not in LEFT_OUT:
                marks = [one["indexed"] for one in entry["inputs"]]
                assert marks == sorted(marks, reverse=True), "topics come first"
                told[signature(entry)] = sum(marks)
    assert {layout.signature: layout.indexed for layout in COURT_EVENTS.values()} == told
    for layout in COURT_EVENTS.values():
        assert layout.topic == keccak256(layout.signature.encode()).hex()
        assert bytes.fromhex(layout.topic) in TOPICS


@given(any_event)
def test_what_the_abi_encodes_comes_back(event):
    assert decode(*parts(court_log(event, *BLOCK))) == event


def test_others_are_none_of_theirs():
    assert decode((), b"") is None
    assert decode((b"\x99" * 32,), b"") is None


@given(any_event, st.data())
def test_whatever_is_changed_in_a_log_it_is_an_event_or_refused(event, data):
    topics, body = parts(court_log(event, *BLOCK))
    cut = data.draw(st.integers(0, len(body)))
    junk = data.draw(st.binary(max_size=64))
    more = data.draw(st.lists(st.binary(min_size=32, max_size=32), max_size=3))
    for changed in ((topics, body[:cut] + junk), ((topics[0], *more), body), (topics, body + junk)):
        try:
            found = decode(*changed)
        except ChainError:
            continue
        assert found is None or type(found) is type(event)


@pytest.mark.parametrize("name", sorted(COURT_EVENTS))
def test_numbers_and_addresses_out_of_range_are_refused(name):
    zero = {"string": "", "bytes32": bytes(32), "address": bytes(20), "bool": False}
    kinds = kinds_of(name)
    made = getattr(t, name)
    plain = [
        bytes(32) if field == "request" else zero.get(kind, 0) for field, kind in zip(made._fields, kinds, strict=True)
    ]
    topics, body = parts(court_log(made(*plain), *BLOCK))
    for place, (field, kind) in enumerate(zip(made._fields, kinds, strict=True)):
        if kind in {"bytes32", "uint256"} and field != "case":
            continue
        changed = list(topics)
        data = body
        if place < COURT_EVENTS[name].indexed:
            changed[place + 1] = b"\xff" * 32
        else:
            at = 32 * (place - COURT_EVENTS[name].indexed)
            data = body[:at] + b"\xff" * 32 + body[at + 32 :]
        with pytest.raises(ChainError):
            decode(tuple(changed), data)


def test_text_that_is_no_utf8_is_left_out_and_long_text_is_cut():
    topics, body = parts(court_log(flagged(1, digest("m"), "abc"), *BLOCK))
    assert decode(topics, body.replace(b"abc", b"\xff\xfe\xfd")).claim_text == ""
    topics, body = parts(court_log(flagged(1, digest("m"), "x" * (MOST_TEXT + 9)), *BLOCK))
    assert decode(topics, body).claim_text == "x" * MOST_TEXT


def test_parameters_come_whole():
    assert decode(*parts(court_log(PARAMETERS, *BLOCK))) == PARAMETERS
