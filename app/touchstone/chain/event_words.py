"""The words of an event, 32 bytes each, as the values they stand for.

https://docs.soliditylang.org/en/latest/abi-spec.html#events
"""

from __future__ import annotations

from collections.abc import Callable

from touchstone.chain.event_types import Event

Decoder = Callable[[tuple[bytes, ...], bytes], Event]
MOST_TEXT = 2048  # bytes of a string that are kept
_WORD = 32
_ZERO12 = bytes(12)


class Malformed(Exception):  # noqa: N818 - never leaves the decoding
    """A log that no contract with these events can have written."""


def address(word: bytes) -> bytes:
    """The address in a word, 20 bytes. Malformed where there is more in it; so do the others."""
    if word[:12] != _ZERO12:
        raise Malformed
    return word[12:]


def below(word: bytes, bits: int) -> int:
    """A number of so many bits."""
    value = int.from_bytes(word)
    if value >> bits:
        raise Malformed
    return value


def exactly(data: bytes, words: int) -> bytes:
    """The data, which has so many words and no byte more."""
    if len(data) != words * _WORD:
        raise Malformed
    return data


def text(data: bytes, word: int, words: int) -> str:
    """The string whose offset is in word `word` of data whose head has `words`; cut, and "" where it is no UTF-8."""
    start = int.from_bytes(data[word * _WORD : (word + 1) * _WORD])
    if start < words * _WORD or start + _WORD > len(data):
        raise Malformed
    length = int.from_bytes(data[start : start + _WORD])
    if start + _WORD + length > len(data):
        raise Malformed
    raw = data[start + _WORD : start + _WORD + length]
    try:
        said = raw.decode()
    except UnicodeDecodeError:
        return ""
    return said if length <= MOST_TEXT else raw[:MOST_TEXT].decode("utf-8", "ignore")
