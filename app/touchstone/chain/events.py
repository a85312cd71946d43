"""The events of both registries, decoded by slicing words: their layouts are fixed.

https://docs.soliditylang.org/en/latest/abi-spec.html#events. Topic 0 is the Keccak-256 of the signature, further topics
are the indexed values, a word (32 bytes) each; the data holds the others, a string as its offset, then length and
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.event_types import (
    BatchItem,
    ControlOffered,
    ControlTransferred,
    DomainClaimed,
    Event,
    LeafRevoked,
    NameSet,
    PublisherCreated,
    RecoveryCancelled,
    RecoverySet,
    RecoveryStarted,
    Registered,
    Revoked,
    RootRegistered,
    RootRevoked,
    SignerCompromised,
    SignerRevoked,
    SignerSet,
)
from touchstone.chain.logs import Log

MOST_TEXT = 2048  # bytes of a string that are kept
_WORD = 32
_ZERO12 = bytes(12)


class _Malformed(Exception):  # noqa: N818 - never leaves this module
    """A log that no contract with these events can have written."""


def decode(log: Log) -> Event | None:
    """The event in a log; None where it is none of these.

    Text that is not UTF-8 becomes "": anybody may put any bytes into a transaction, and that must hold up nobody. Text
    over `MOST_TEXT` bytes is cut.

    Raises:
        ChainError: a log of that name that the contract cannot have written (`PROTOCOL`).
    """
    topics = log.topics
    if not topics:
        return None
    known = _DECODERS.get(topics[0])
    if known is None:
        return None
    count, least, decoder = known
    if len(topics) != count or len(log.data) < least:
        raise ChainError(ChainTrouble.PROTOCOL)
    try:
        return decoder(topics, log.data)
    except _Malformed as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error


def _address(word: bytes) -> bytes:
    if word[:12] != _ZERO12:
        raise _Malformed
    return word[12:]


def _below(word: bytes, bits: int) -> int:
    value = int.from_bytes(word)
    if value >> bits:
        raise _Malformed
    return value


def _exactly(data: bytes, words: int) -> bytes:
    if len(data) != words * _WORD:
        raise _Malformed
    return data


def _text(data: bytes, word: int, words: int) -> str:
    """The string whose offset is in word `word` of data whose head has `words`."""
    start = int.from_bytes(data[word * _WORD : (word + 1) * _WORD])
    if start < words * _WORD or start + _WORD > len(data):
        raise _Malformed
    length = int.from_bytes(data[start : start + _WORD])
    if start + _WORD + length > len(data):
        raise _Malformed
    raw = data[start + _WORD : start + _WORD + length]
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ""
    return text if length <= MOST_TEXT else raw[:MOST_TEXT].decode("utf-8", "ignore")


def _publisher_created(topics: tuple[bytes, ...], data: bytes) -> Event:
    return PublisherCreated(_below(topics[1], 32), _address(topics[2]), _address(data[:32]), _text(data, 1, 2))


def _name_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    return NameSet(_below(topics[1], 32), _text(data, 0, 1))


def _domain_claimed(topics: tuple[bytes, ...], data: bytes) -> Event:
    return DomainClaimed(_below(topics[1], 32), topics[2], _text(data, 0, 1))


def _control_offered(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 0)
    return ControlOffered(_below(topics[1], 32), _address(topics[2]), _address(topics[3]))


def _control_transferred(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 0)
    return ControlTransferred(_below(topics[1], 32), _address(topics[2]), _address(topics[3]))


def _recovery_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RecoverySet(_below(topics[1], 32), _address(_exactly(data, 1)))


def _recovery_started(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RecoveryStarted(_below(topics[1], 32), _address(topics[2]), _below(_exactly(data, 1), 40))


def _recovery_cancelled(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 0)
    return RecoveryCancelled(_below(topics[1], 32))


def _signer_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 3)
    roles, since, until = _below(data[:32], 8), _below(data[32:64], 40), _below(data[64:], 40)
    return SignerSet(_below(topics[1], 32), _address(topics[2]), roles, since, until)


def _signer_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    return SignerRevoked(_below(topics[1], 32), _address(topics[2]), _below(_exactly(data, 1), 40))


def _signer_compromised(topics: tuple[bytes, ...], data: bytes) -> Event:
    return SignerCompromised(_below(topics[1], 32), _address(topics[2]), _below(_exactly(data, 1), 40))


def _registered(topics: tuple[bytes, ...], data: bytes) -> Event:
    return Registered(
        topics[1],
        _below(topics[2], 32),
        _address(topics[3]),
        _below(data[:32], 8),
        _below(data[32:64], 8),
        data[64:96],
        data[96:128],
        data[128:160],
        _text(data, 5, 6),
    )


def _batch_item(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 4)
    return BatchItem(
        topics[1],
        _below(topics[2], 32),
        _address(topics[3]),
        _below(data[:32], 8),
        _below(data[32:64], 8),
        data[64:96],
        data[96:],
    )


def _root_registered(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RootRegistered(
        topics[1], _below(topics[2], 32), _address(topics[3]), _below(data[:32], 32), data[32:64], _text(data, 2, 3)
    )


def _revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 2)
    return Revoked(topics[1], _below(topics[2], 32), _address(topics[3]), _below(data[:32], 8), data[32:])


def _leaf_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    _exactly(data, 4)
    return LeafRevoked(
        topics[1],
        _below(topics[2], 32),
        _address(topics[3]),
        data[:32],
        _below(data[32:64], 32),
        _below(data[64:96], 8),
        data[96:],
    )


def _root_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RootRevoked(topics[1], _below(topics[2], 32), _address(topics[3]), _below(_exactly(data, 1), 8))


# signature: (topic 0, number of topics, least bytes of data, decoder). A test holds it to the contracts' ABI.
_Decoder = Callable[[tuple[bytes, ...], bytes], Event]
EVENTS: Mapping[str, tuple[str, int, int, _Decoder]] = {
    "PublisherCreated(uint32,address,address,string)": (
        "04814800edfcc5d0e8ad1c22db3ded2adc9b23e9861927bf74526957fb341c7a",
        3,
        96,
        _publisher_created,
    ),
    "NameSet(uint32,string)": (
        "b97ac4865843bc7c1aa55f339d641245aab09b831bd04d98112e106f5e9d8f94",
        2,
        64,
        _name_set,
    ),
    "DomainClaimed(uint32,bytes32,string)": (
        "126eb38b8815338c40a7ef9e7238a1ea33f4eff16efad398a592816381bff5e2",
        3,
        64,
        _domain_claimed,
    ),
    "ControlOffered(uint32,address,address)": (
        "d93860ccb42dafcb0b238fed2cbbbf59752891b0d0c97105e669f0a49a006e8b",
        4,
        0,
        _control_offered,
    ),
    "ControlTransferred(uint32,address,address)": (
        "072aa583469c4fc38a3733bfc87f49dadcfdb3fddd2fb07b31abb45e4ba58096",
        4,
        0,
        _control_transferred,
    ),
    "RecoverySet(uint32,address)": (
        "f8db8d25da7efd31f38e8d97ad5576e241d05477963d5990f8338d071e3307ce",
        2,
        32,
        _recovery_set,
    ),
    "RecoveryStarted(uint32,address,uint40)": (
        "7a3a85a785079e25aa53c9d3facf122b684ed71a1c0e6f70c58f62349e857962",
        3,
        32,
        _recovery_started,
    ),
    "RecoveryCancelled(uint32)": (
        "df8aa1927c1c58300242ba4bb6ef5cf1e86441979f6caa9c1b68e8fcf06406ca",
        2,
        0,
        _recovery_cancelled,
    ),
    "SignerSet(uint32,address,uint8,uint40,uint40)": (
        "c82f2669bbafa6a77636a595ff374507cb629d341495dc8313607764ff98f7a6",
        3,
        96,
        _signer_set,
    ),
    "SignerRevoked(uint32,address,uint40)": (
        "ac8be9a2e4823c15db7b9809aac16009f81a940d9b24cb60fa0291f450457b6f",
        3,
        32,
        _signer_revoked,
    ),
    "SignerCompromised(uint32,address,uint40)": (
        "7d50406d21a2ba5bdcc416b3eef9a1a8cc05e3eb436c306d7aa2d972bd958592",
        3,
        32,
        _signer_compromised,
    ),
    "Registered(bytes32,uint32,address,uint8,uint8,bytes32,bytes32,bytes32,string)": (
        "6804ac2aebcf6b515b25ad0d36012482048f39a0b6769894b25e283b96b7cea4",
        4,
        224,
        _registered,
    ),
    "BatchItem(bytes32,uint32,address,uint8,uint8,bytes32,bytes32)": (
        "a197e66e9881fedfb1fb698a321f752260346b4090e408fc889acc3497aa1069",
        4,
        128,
        _batch_item,
    ),
    "RootRegistered(bytes32,uint32,address,uint32,bytes32,string)": (
        "f4559431401833b8b3083839e88abaf721065eb38f6958e6ad01e418e22fbaa2",
        4,
        128,
        _root_registered,
    ),
    "Revoked(bytes32,uint32,address,uint8,bytes32)": (
        "51f91c2c79726ada5912ae4918a41d26f96945970305f83641ae4245e78aeeb4",
        4,
        64,
        _revoked,
    ),
    "LeafRevoked(bytes32,uint32,address,bytes32,uint32,uint8,bytes32)": (
        "31b359f4cc78ab4b2d0f6bcfae5fa07192510fe8023e868412a8b298496abe88",
        4,
        128,
        _leaf_revoked,
    ),
    "RootRevoked(bytes32,uint32,address,uint8)": (
        "6cae07ecb6c816d6eefff8928afa50108eaead6e126487f978f28e62db1c216d",
        4,
        32,
        _root_revoked,
    ),
}
TOPICS = tuple(bytes.fromhex(topic) for topic, *_ in EVENTS.values())
_DECODERS = {bytes.fromhex(topic): (count, least, decoder) for topic, count, least, decoder in EVENTS.values()}
