"""A list of what models said of files: the file from which others rebuild the tree under a recorded root.

ASCII text: the line `touchstone-outputs/1`, then for each output, in the order of their places, SHA-256 of the model's
manifest and of the file in lower-case hex, the witness, the score in millionths (`-` for none), the decision (a digit)
and the time in Unix seconds, with one space between and a line feed after. Numbers are decimal, without zeros in front.
One list has exactly one spelling; the register holds the Keccak-256 of these bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from touchstone.chain.keccak import keccak256
from touchstone.registry.merkle import Tree
from touchstone.registry.model_types import Decision, Output

HEADER = b"touchstone-outputs/1\n"
MOST_OUTPUTS = 1_000_000
LARGEST_LINE = 64 + 1 + 64 + 1 + 32 + 1 + 7 + 1 + 1 + 1 + 13 + 1  # bytes
LARGEST = len(HEADER) + MOST_OUTPUTS * LARGEST_LINE  # bytes
MILLION = 1_000_000  # a score of 1
NO_SCORE = 2**32 - 1  # how the contract writes a score that is none
_LATEST = 2**40 - 1
_LINE = re.compile(
    rb"([0-9a-f]{64}) ([0-9a-f]{64}) ([a-z0-9][a-z0-9-]{0,31}) (-|0|[1-9][0-9]{0,6}) ([0-3]) (0|[1-9][0-9]{0,12})\n"
)
_DECISIONS = {b"0": Decision.NONE, b"1": Decision.SIGNS, b"2": Decision.INCONCLUSIVE, b"3": Decision.MADE}


class ListTrouble(StrEnum):
    """Why a list of outputs is of no use."""

    TOO_LARGE = "too-large"
    WRONG_HASH = "wrong-hash"  # not the bytes that the register names
    MALFORMED = "malformed"
    WRONG_COUNT = "wrong-count"  # another number of outputs than was recorded
    DUPLICATES = "duplicates"
    WRONG_ROOT = "wrong-root"


class OutputsError(Exception):
    """The list is not used."""

    def __init__(self, trouble: ListTrouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Proof:
    """That an output stands at a place under a root: `path` are the hashes from its leaf to the root, from below."""

    root: bytes
    index: int
    output: Output
    path: tuple[bytes, ...]


def file_name(root: bytes) -> str:
    """What the file is called."""
    return f"{root.hex()}.outputs"


def dump(outputs: Sequence[Output]) -> bytes:
    """The list of these outputs, in their order.

    Raises:
        OutputsError: more than a list may have, none, one twice, or one that cannot be written.
    """
    _refuse(outputs)
    return HEADER + b"".join(line(one) for one in outputs)


def line(output: Output) -> bytes:
    """The line of an output in a list.

    Raises:
        OutputsError: it cannot be written.
    """
    score = "-" if output.score is None else output.score
    text = f"{output.manifest} {output.media} {output.witness} {score} {output.decision:d} {output.time}\n"
    try:
        written = text.encode("ascii")
    except ValueError as error:
        raise OutputsError(ListTrouble.MALFORMED) from error
    if not _LINE.fullmatch(written) or (output.score or 0) > MILLION or output.time > _LATEST:
        raise OutputsError(ListTrouble.MALFORMED)
    return written


def list_hash(data: bytes) -> bytes:
    """What the register holds of a list."""
    return keccak256(data)


def load(data: bytes) -> list[Output]:
    """The outputs in a list.

    Raises:
        OutputsError: it is none, or has one twice.
    """
    if len(data) > LARGEST:
        raise OutputsError(ListTrouble.TOO_LARGE)
    if not data.startswith(HEADER):
        raise OutputsError(ListTrouble.MALFORMED)
    outputs, place, texts = [], len(HEADER), _Texts()
    while place < len(data):
        found = _LINE.match(data, place)
        if found is None:
            raise OutputsError(ListTrouble.MALFORMED)
        outputs.append(_output(found, texts))
        place = found.end()
    _refuse(outputs)
    return outputs


def check(data: bytes, *, root: bytes, count: int, hashed: bytes) -> list[Output]:
    """The outputs in a list, if it is the one that was recorded with these values.

    Raises:
        OutputsError: it is not.
    """
    if len(data) > LARGEST:
        raise OutputsError(ListTrouble.TOO_LARGE)
    if list_hash(data) != hashed:
        raise OutputsError(ListTrouble.WRONG_HASH)
    outputs = load(data)
    if len(outputs) != count:
        raise OutputsError(ListTrouble.WRONG_COUNT)
    if tree(outputs).root != root:
        raise OutputsError(ListTrouble.WRONG_ROOT)
    return outputs


def output_hash(index: int, output: Output) -> bytes:
    """The hash of a leaf: keccak256 of keccak256 of its fields, each a word, so that no inner node can pass for one.

    Raises:
        OverflowError: the index is negative or takes more than 32 bits.
        OutputsError: the output cannot be written.
    """
    line(output)
    words = (
        index.to_bytes(4).rjust(32, b"\0"),
        bytes.fromhex(output.manifest),
        bytes.fromhex(output.media),
        output.witness.encode("ascii").ljust(32, b"\0"),
        (NO_SCORE if output.score is None else output.score).to_bytes(32),
        int(output.decision).to_bytes(32),
        output.time.to_bytes(32),
    )
    return keccak256(keccak256(b"".join(words)))


def tree(outputs: Sequence[Output]) -> Tree:
    """The tree over a list.

    Raises:
        ValueError: it is empty.
        OutputsError: an output cannot be written.
    """
    return Tree([output_hash(index, one) for index, one in enumerate(outputs)])


def proof(outputs: Sequence[Output], index: int) -> Proof:
    """That the output at a place stands under the root of the list.

    Raises:
        IndexError: there is no such place.
        OutputsError: an output cannot be written.
    """
    if not 0 <= index < len(outputs):
        raise IndexError(index)
    made = tree(outputs)
    return Proof(made.root, index, outputs[index], made.proof(index))


class _Texts(dict[bytes, str]):
    """Text of bytes, one object for those that come again: a list has few models and few witnesses."""

    def __missing__(self, raw: bytes) -> str:
        text = raw.decode("ascii")
        if len(self) < 10_000:
            self[raw] = text
        return text


def _output(found: re.Match[bytes], texts: _Texts) -> Output:
    manifest, media, witness, score, decision, time = found.groups()
    output = Output(
        texts[manifest],
        media.decode("ascii"),
        texts[witness],
        None if score == b"-" else int(score),
        _DECISIONS[decision],
        int(time),
    )
    if (output.score or 0) > MILLION or output.time > _LATEST:
        raise OutputsError(ListTrouble.MALFORMED)
    return output


def _refuse(outputs: Sequence[Output]) -> None:
    """The same model may speak of a file again later: only what is the same in everything comes twice."""
    if not outputs:
        raise OutputsError(ListTrouble.MALFORMED)
    if len(outputs) > MOST_OUTPUTS:
        raise OutputsError(ListTrouble.TOO_LARGE)
    if len(set(outputs)) != len(outputs):
        raise OutputsError(ListTrouble.DUPLICATES)
