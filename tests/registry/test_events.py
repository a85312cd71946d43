"""Decoding: against the contracts' ABI, against web3, and on logs that nobody should write."""

import contextlib
import itertools

import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from tests.registry.scripted import ABI, digest, raw_log
from web3 import Web3

from touchstone.chain import contracts
from touchstone.chain import event_types as e
from touchstone.chain import events as decoding
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.events import EVENTS, MOST_TEXT, decode
from touchstone.chain.keccak import keccak256
from touchstone.chain.logs import parse_log

BLOCK = (5, digest("block"), 3, digest("tx"))
NOT_MIRRORED = {"EIP712DomainChanged", "NonceSkipped"}  # they say nothing about files or publishers

hashes = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20)
texts = st.text(max_size=80)


def of_kind(kind):
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    return {"bytes32": hashes, "address": addresses, "string": texts}[kind]


def events_of(name):
    return st.tuples(*[of_kind(entry["type"]) for entry in ABI[name][1]]).map(lambda v: getattr(e, name)(*v))


any_event = st.sampled_from(sorted(ABI.keys() - NOT_MIRRORED)).flatmap(events_of)


def log_of(event, **changes):
    return raw_log(event, *BLOCK) | changes


class TestTable:
    def test_every_event_of_every_register_is_known_by_its_own_topic(self):
        expected = {
            f"{name}({','.join(entry['type'] for entry in inputs)})": 1 + sum(entry["indexed"] for entry in inputs)
            for name, (_, inputs) in ABI.items()
            if name not in NOT_MIRRORED
        }
        assert {signature: topics for signature, (_, topics, _, _) in EVENTS.items()} == expected
        for signature, (topic, *_) in EVENTS.items():
            assert topic == keccak256(signature.encode()).hex()


class TestDecoding:
    @given(any_event)
    def test_what_the_abi_encodes_comes_back(self, event):
        assert decode(parse_log(log_of(event))) == event

    @given(any_event)
    def test_it_says_what_web3_says(self, event):
        name = type(event).__name__
        abi = next(
            entry
            for artefact in ("PublisherRegistry", "MediaRegistry", "ModelRegistry")
            for entry in contracts.artefact(artefact)["abi"]
            if entry["type"] == "event" and entry["name"] == name
        )
        raw = log_of(event)
        formatted = {key: int(raw[key], 16) for key in ("blockNumber", "logIndex", "transactionIndex")}
        formatted |= {key: bytes.fromhex(raw[key][2:]) for key in ("blockHash", "transactionHash", "data")}
        formatted |= {"address": to_checksum_address(raw["address"])}
        formatted |= {"topics": [bytes.fromhex(topic[2:]) for topic in raw["topics"]]}
        told = getattr(Web3().eth.contract(abi=[abi]).events, name)().process_log(formatted)["args"]
        ours = decode(parse_log(raw))
        for entry, value in zip(abi["inputs"], ours, strict=True):
            theirs = told[entry["name"]]
            assert (to_checksum_address(value) if entry["type"] == "address" else value) == theirs

    def test_another_event_is_none_of_ours(self):
        log = log_of(e.RecoveryCancelled(1), topics=["0x" + "99" * 32])
        assert decode(parse_log(log)) is None
        assert decode(parse_log(log | {"topics": []})) is None

    def test_text_that_is_no_utf8_is_left_out_and_holds_up_nothing(self):
        log = log_of(e.NameSet(1, "abc"))
        assert decode(parse_log(log | {"data": log["data"].replace(b"abc".hex(), "ff6263")})) == e.NameSet(1, "")

    def test_long_text_is_cut_between_characters(self):
        found = decode(parse_log(log_of(e.NameSet(1, "a" + "é" * MOST_TEXT))))
        assert found.name == "a" + "é" * ((MOST_TEXT - 1) // 2)


class TestMalformed:
    @pytest.mark.parametrize("name", sorted(ABI.keys() - NOT_MIRRORED))
    def test_every_shortened_log_is_refused(self, name):
        event = _plain(name)
        whole = log_of(event)
        data = whole["data"]
        for length in range(2, len(data) - 64 + 1, 64):
            if length != len(data):
                _refused(whole | {"data": data[:length]})
        for count in range(1, len(whole["topics"])):
            _refused(whole | {"topics": whole["topics"][:count]})
        if len(whole["topics"]) < 4:
            _refused(whole | {"topics": [*whole["topics"], "0x" + "00" * 32]})

    @pytest.mark.parametrize("name", sorted(ABI.keys() - NOT_MIRRORED))
    def test_numbers_and_addresses_out_of_range_are_refused(self, name):
        event = _plain(name)
        inputs = ABI[name][1]
        whole = log_of(event)
        topic = itertools.count(1)
        place = itertools.count(0)
        for entry in inputs:
            if entry["indexed"]:
                number = next(topic)
                topics = list(whole["topics"])
                topics[number] = "0x" + "ff" * 32
                if entry["type"] != "bytes32":
                    _refused(whole | {"topics": topics})
            else:
                at = 2 + 64 * next(place)
                if entry["type"] != "bytes32":
                    _refused(whole | {"data": whole["data"][:at] + "ff" * 32 + whole["data"][at + 64 :]})

    def test_a_string_may_not_begin_in_the_head_or_end_after_the_data(self):
        whole = log_of(e.NameSet(1, "abc"))
        for offset, length in ((0, 3), (31, 3), (33, 64), (64, 3), (96, 0), (32, 33), (32, 2**255)):
            data = offset.to_bytes(32) + length.to_bytes(32) + b"abc".ljust(32, b"\0")
            _refused(whole | {"data": "0x" + data.hex()})

    @given(any_event, st.data())
    def test_no_change_of_a_log_does_more_than_be_refused(self, event, data):
        raw = log_of(event)
        key = data.draw(st.sampled_from(sorted(raw)))
        junk = (
            st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=5)
        )
        longer = st.binary(max_size=400).map(lambda b: "0x" + b.hex())
        raw[key] = data.draw(junk | longer | st.just("0x" + "f" * 80))
        if data.draw(st.booleans()):
            del raw[data.draw(st.sampled_from(sorted(raw)))]
        with contextlib.suppress(ChainError):
            decode(parse_log(raw))

    @pytest.mark.parametrize("raw", [None, [], "0x", 7, {}, {"topics": None}, {"topics": [1]}])
    def test_what_is_no_log_is_refused(self, raw):
        with pytest.raises(ChainError) as caught:
            parse_log(raw)
        assert caught.value.code is ChainTrouble.PROTOCOL

    def test_a_log_that_was_taken_back_is_refused(self):
        with pytest.raises(ChainError):
            parse_log(log_of(e.RecoveryCancelled(1), removed=True))


def _plain(name):
    values = {"bytes32": b"\x01" * 32, "address": b"\x02" * 20, "string": "abc"}
    return getattr(e, name)(*[values.get(entry["type"], 1) for entry in ABI[name][1]])


def _refused(raw):
    with pytest.raises(ChainError) as caught:
        decode(parse_log(raw))
    assert caught.value.code is ChainTrouble.PROTOCOL


def test_all_event_types_have_a_decoder():
    names = {signature.split("(")[0] for signature in decoding.EVENTS}
    kinds = (*e.PublisherEvent.__args__, *e.MediaEvent.__args__, *e.ModelEvent.__args__)
    assert names == {kind.__name__ for kind in kinds}
