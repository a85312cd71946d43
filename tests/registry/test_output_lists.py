"""Lists of outputs: their one spelling, the tree over them as the contract hashes it, and bad lists."""

import dataclasses

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from touchstone.chain.keccak import keccak256
from touchstone.registry import output_lists as lists
from touchstone.registry.merkle import verify
from touchstone.registry.model_types import Decision, Output
from touchstone.registry.output_lists import ListTrouble, OutputsError

ZERO = bytes(32)
ONE = Output("ab" * 32, "cd" * 32, "ai-image", 250_000, Decision.INCONCLUSIVE, 1_790_000_000)

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
output = st.builds(
    Output,
    hashes,
    hashes,
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True),
    st.none() | st.integers(0, 1_000_000),
    st.sampled_from(Decision),
    st.integers(0, 2**40 - 1),
)
outputs = st.lists(output, min_size=1, max_size=30, unique=True)


def trouble(work):
    with pytest.raises(OutputsError) as caught:
        work()
    return caught.value.trouble


def some(count):
    return [dataclasses.replace(ONE, time=number) for number in range(count)]


class TestHash:
    @given(st.integers(0, 2**32 - 1), output)
    def test_it_is_the_hash_of_the_contracts_encoding(self, index, one):
        types = ["uint32", "bytes32", "bytes32", "bytes32", "uint32", "uint8", "uint40"]
        values = [
            index,
            bytes.fromhex(one.manifest),
            bytes.fromhex(one.media),
            one.witness.encode(),
            2**32 - 1 if one.score is None else one.score,
            int(one.decision),
            one.time,
        ]
        assert lists.output_hash(index, one) == keccak256(keccak256(encode(types, values)))

    def test_a_place_is_32_bits(self):
        for index in (-1, 2**32):
            with pytest.raises(OverflowError):
                lists.output_hash(index, ONE)

    @given(outputs)
    def test_every_output_is_proved_at_its_place_and_nowhere_else(self, batch):
        root = lists.tree(batch).root
        for index, one in enumerate(batch):
            proof = lists.proof(batch, index)
            assert (proof.root, proof.index, proof.output) == (root, index, one)
            assert verify(root, lists.output_hash(index, one), proof.path)
            assert not verify(root, lists.output_hash(index + 1, one), proof.path)

    @given(output, st.data())
    def test_every_field_counts(self, one, data):
        field = data.draw(st.sampled_from([field.name for field in dataclasses.fields(Output)]))
        other = dataclasses.replace(one, **{field: getattr(data.draw(output), field)})
        assert (lists.output_hash(0, one) == lists.output_hash(0, other)) == (one == other)

    def test_there_is_no_proof_of_what_is_not_there(self):
        for place in (-1, 3):
            with pytest.raises(IndexError):
                lists.proof(some(3), place)


class TestLists:
    @given(outputs)
    def test_what_is_written_is_read(self, batch):
        data = lists.dump(batch)
        assert lists.load(data) == batch
        root = lists.tree(batch).root
        assert lists.check(data, root=root, count=len(batch), hashed=lists.list_hash(data)) == batch

    def test_it_is_written_as_described(self):
        assert lists.dump([ONE, dataclasses.replace(ONE, score=None, decision=Decision.MADE, time=0)]) == (
            b"touchstone-outputs/1\n"
            + f"{'ab' * 32} {'cd' * 32} ai-image 250000 2 1790000000\n".encode()
            + f"{'ab' * 32} {'cd' * 32} ai-image - 3 0\n".encode()
        )
        assert lists.file_name(b"\x01" * 32) == f"{'01' * 32}.outputs"

    @given(outputs, st.data())
    def test_a_list_has_one_spelling(self, batch, data):
        raw = bytearray(lists.dump(batch))
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255) | st.sampled_from(list(b"0123456789abcdef- \n")))
        try:
            found = lists.load(bytes(raw))
        except OutputsError:
            return
        assert lists.dump(found) == bytes(raw)

    @given(st.binary(max_size=300))
    def test_anything_else_is_refused(self, data):
        assert trouble(lambda: lists.load(data)) is ListTrouble.MALFORMED
        assert trouble(lambda: lists.load(lists.HEADER + data)) is ListTrouble.MALFORMED

    def test_each_way_to_be_wrong_has_its_name(self, monkeypatch):
        batch = some(3)
        data = lists.dump(batch)
        right = {"root": lists.tree(batch).root, "count": 3, "hashed": lists.list_hash(data)}

        def checked(raw=data, **changed):
            return trouble(lambda: lists.check(raw, **right | changed))

        assert checked(hashed=ZERO) is ListTrouble.WRONG_HASH
        assert checked(count=2) is ListTrouble.WRONG_COUNT
        assert checked(root=ZERO) is ListTrouble.WRONG_ROOT
        for raw in (data[:-1], data + b"\n", data.upper(), data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data):
            assert checked(raw, hashed=lists.list_hash(raw)) is ListTrouble.MALFORMED
        twice = data + data[len(lists.HEADER) :].splitlines(keepends=True)[0]
        assert checked(twice, hashed=lists.list_hash(twice)) is ListTrouble.DUPLICATES
        assert trouble(lambda: lists.dump(batch + batch[:1])) is ListTrouble.DUPLICATES
        monkeypatch.setattr(lists, "LARGEST", len(data) - 1)
        assert checked() is ListTrouble.TOO_LARGE
        assert trouble(lambda: lists.load(data)) is ListTrouble.TOO_LARGE
        monkeypatch.setattr(lists, "MOST_OUTPUTS", 2)
        assert trouble(lambda: lists.dump(batch)) is ListTrouble.TOO_LARGE

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            (b" 250000 ", b" 0250000 "),
            (b" 250000 ", b" 1000001 "),
            (b" 250000 ", b" +1 "),
            (b" 250000 ", b"  "),
            (b" 2 1790000000", b" 4 1790000000"),
            (b" 1790000000", b" 1099511627776"),
            (b" 1790000000", b" 01"),
            (b" 1790000000", b" -1"),
            (b" ai-image ", b" AI-image "),
            (b" ai-image ", b" -image "),
            (b" ai-image ", b" " + b"a" * 33 + b" "),
            (b" ai-image ", " bild\u00e4 ".encode()),
        ],
    )
    def test_a_value_out_of_bounds_is_refused(self, right, wrong):
        data = lists.dump([ONE])
        assert right in data
        assert trouble(lambda: lists.load(data.replace(right, wrong))) is ListTrouble.MALFORMED

    @pytest.mark.parametrize(
        "changed",
        [
            {"manifest": "AB" * 32},
            {"media": "cd" * 31},
            {"media": "cd" * 31 + "c\u0663"},
            {"witness": ""},
            {"witness": "two words"},
            {"witness": "a\n"},
            {"score": -1},
            {"score": 1_000_001},
            {"decision": 4},
            {"time": -1},
            {"time": 2**40},
        ],
    )
    def test_nothing_is_written_that_would_not_be_read(self, changed):
        one = dataclasses.replace(ONE, **changed)
        assert trouble(lambda: lists.dump([one])) is ListTrouble.MALFORMED
        assert trouble(lambda: lists.output_hash(0, one)) is ListTrouble.MALFORMED

    def test_none_is_no_list(self):
        assert trouble(lambda: lists.dump([])) is ListTrouble.MALFORMED
        assert trouble(lambda: lists.load(b"")) is ListTrouble.MALFORMED
        assert trouble(lambda: lists.load(lists.HEADER)) is ListTrouble.MALFORMED
