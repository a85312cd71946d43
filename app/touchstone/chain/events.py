"""The events of the registries, decoded by slicing words: their layouts are fixed.

https://docs.soliditylang.org/en/latest/abi-spec.html#events. Topic 0 is the Keccak-256 of the signature, further topics
are the indexed values, a word (32 bytes) each; the data holds the others, a string as its offset, then length and
bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.chain.court_topics import COURT_TOPICS
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
from touchstone.chain.event_words import MOST_TEXT, Decoder, Malformed, address, below, exactly, text
from touchstone.chain.logs import Log
from touchstone.chain.model_events import MODEL_EVENTS

__all__ = ["EVENTS", "MOST_TEXT", "TOPICS", "decode"]


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
    except Malformed as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error


def _publisher_created(topics: tuple[bytes, ...], data: bytes) -> Event:
    return PublisherCreated(below(topics[1], 32), address(topics[2]), address(data[:32]), text(data, 1, 2))


def _name_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    return NameSet(below(topics[1], 32), text(data, 0, 1))


def _domain_claimed(topics: tuple[bytes, ...], data: bytes) -> Event:
    return DomainClaimed(below(topics[1], 32), topics[2], text(data, 0, 1))


def _control_offered(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return ControlOffered(below(topics[1], 32), address(topics[2]), address(topics[3]))


def _control_transferred(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return ControlTransferred(below(topics[1], 32), address(topics[2]), address(topics[3]))


def _recovery_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RecoverySet(below(topics[1], 32), address(exactly(data, 1)))


def _recovery_started(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RecoveryStarted(below(topics[1], 32), address(topics[2]), below(exactly(data, 1), 40))


def _recovery_cancelled(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return RecoveryCancelled(below(topics[1], 32))


def _signer_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 3)
    roles, since, until = below(data[:32], 8), below(data[32:64], 40), below(data[64:], 40)
    return SignerSet(below(topics[1], 32), address(topics[2]), roles, since, until)


def _signer_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    return SignerRevoked(below(topics[1], 32), address(topics[2]), below(exactly(data, 1), 40))


def _signer_compromised(topics: tuple[bytes, ...], data: bytes) -> Event:
    return SignerCompromised(below(topics[1], 32), address(topics[2]), below(exactly(data, 1), 40))


def _registered(topics: tuple[bytes, ...], data: bytes) -> Event:
    return Registered(
        topics[1],
        below(topics[2], 32),
        address(topics[3]),
        below(data[:32], 8),
        below(data[32:64], 8),
        data[64:96],
        data[96:128],
        data[128:160],
        text(data, 5, 6),
    )


def _batch_item(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 4)
    return BatchItem(
        topics[1],
        below(topics[2], 32),
        address(topics[3]),
        below(data[:32], 8),
        below(data[32:64], 8),
        data[64:96],
        data[96:],
    )


def _root_registered(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RootRegistered(
        topics[1], below(topics[2], 32), address(topics[3]), below(data[:32], 32), data[32:64], text(data, 2, 3)
    )


def _revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 2)
    return Revoked(topics[1], below(topics[2], 32), address(topics[3]), below(data[:32], 8), data[32:])


def _leaf_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 4)
    return LeafRevoked(
        topics[1],
        below(topics[2], 32),
        address(topics[3]),
        data[:32],
        below(data[32:64], 32),
        below(data[64:96], 8),
        data[96:],
    )


def _root_revoked(topics: tuple[bytes, ...], data: bytes) -> Event:
    return RootRevoked(topics[1], below(topics[2], 32), address(topics[3]), below(exactly(data, 1), 8))


# signature: (topic 0, number of topics, least bytes of data, decoder). A test holds it to the contracts' ABI.
EVENTS: Mapping[str, tuple[str, int, int, Decoder]] = {
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
    **MODEL_EVENTS,
}
TOPICS = (*(bytes.fromhex(topic) for topic, *_ in EVENTS.values()), *COURT_TOPICS)
_DECODERS = {bytes.fromhex(topic): (count, least, decoder) for topic, count, least, decoder in EVENTS.values()}
