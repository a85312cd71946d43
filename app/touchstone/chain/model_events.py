"""The events of the register of models, decoded as `events` decodes the others."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.chain.event_types import (
    AttestationWithdrawn,
    Attested,
    Event,
    ItemRetired,
    ModelOffered,
    ModelRegistered,
    ModelTransferred,
    OutputsRecorded,
    OutputsWithdrawn,
    ParentNamed,
    StatusSet,
)
from touchstone.chain.event_words import Decoder, address, below, exactly, text


def _model_registered(topics: tuple[bytes, ...], data: bytes) -> Event:
    return ModelRegistered(
        topics[1],
        below(topics[2], 32),
        topics[3],
        address(data[:32]),
        data[32:64],
        data[64:96],
        below(data[96:128], 64),
        data[128:160],
        data[160:192],
        data[192:224],
        text(data, 7, 8),
    )


def _parent_named(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return ParentNamed(topics[1], topics[2])


def _status_set(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 2)
    return StatusSet(topics[1], below(topics[2], 32), address(topics[3]), below(data[:32], 8), below(data[32:], 8))


def _model_offered(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return ModelOffered(topics[1], below(topics[2], 32), below(topics[3], 32))


def _model_transferred(topics: tuple[bytes, ...], data: bytes) -> Event:
    exactly(data, 0)
    return ModelTransferred(topics[1], below(topics[2], 32), below(topics[3], 32))


def _attested(topics: tuple[bytes, ...], data: bytes) -> Event:
    return Attested(topics[1], below(topics[2], 32), address(topics[3]), data[:32], text(data, 1, 2))


def _attestation_withdrawn(topics: tuple[bytes, ...], data: bytes) -> Event:
    return AttestationWithdrawn(topics[1], below(topics[2], 32), address(topics[3]), below(exactly(data, 1), 8))


def _outputs_recorded(topics: tuple[bytes, ...], data: bytes) -> Event:
    return OutputsRecorded(
        topics[1], below(topics[2], 32), address(topics[3]), below(data[:32], 32), data[32:64], text(data, 2, 3)
    )


def _outputs_withdrawn(topics: tuple[bytes, ...], data: bytes) -> Event:
    return OutputsWithdrawn(topics[1], below(topics[2], 32), address(topics[3]), below(exactly(data, 1), 8))


def _item_retired(topics: tuple[bytes, ...], data: bytes) -> Event:
    return ItemRetired(topics[1], below(topics[2], 32), address(topics[3]), below(exactly(data, 1), 8))


# As in `events`: signature: (topic 0, number of topics, least bytes of data, decoder).
MODEL_EVENTS: Mapping[str, tuple[str, int, int, Decoder]] = {
    "ModelRegistered(bytes32,uint32,bytes32,address,bytes32,bytes32,uint64,bytes32,bytes32,bytes32,string)": (
        "301cdd877de34de0be9d6a37a21a89361099d61d2d16922f6e68a98c0d17d011",
        4,
        288,
        _model_registered,
    ),
    "ParentNamed(bytes32,bytes32)": (
        "65733d11cb093b0d228d03e753d13d3476d399c4b1273d1f4ab006b2f766c1ca",
        3,
        0,
        _parent_named,
    ),
    "StatusSet(bytes32,uint32,address,uint8,uint8)": (
        "bef1af811395cd26761c3828d11d9a474296557cd6ae6ee1de03a171bfa39e60",
        4,
        64,
        _status_set,
    ),
    "ModelOffered(bytes32,uint32,uint32)": (
        "bf5e730d46a31f46c704bd56fd6ab8f43f4cdd292ad621354f70aee80b088e61",
        4,
        0,
        _model_offered,
    ),
    "ModelTransferred(bytes32,uint32,uint32)": (
        "103ff70ab228586f2ff642ae8b3f534d7929d257ae94cc897726beb5294720f4",
        4,
        0,
        _model_transferred,
    ),
    "Attested(bytes32,uint32,address,bytes32,string)": (
        "2be7763f84a471bc4d220c792d8bc6a62778247dc523969aee6be84a042339e4",
        4,
        96,
        _attested,
    ),
    "AttestationWithdrawn(bytes32,uint32,address,uint8)": (
        "782bdd5cc47ac2a550647297534aa3a12a04ab6994af84952526acb38a05b8be",
        4,
        32,
        _attestation_withdrawn,
    ),
    "OutputsRecorded(bytes32,uint32,address,uint32,bytes32,string)": (
        "7e9e3b4db9772170184e78d8f0ca78bed1e0d1ac173816c6e8a237c949b1c2f6",
        4,
        128,
        _outputs_recorded,
    ),
    "OutputsWithdrawn(bytes32,uint32,address,uint8)": (
        "58388412a1b117ebdf520cff2a3ece740bf628c6988911e905b838136125f1cb",
        4,
        32,
        _outputs_withdrawn,
    ),
    "ItemRetired(bytes32,uint32,address,uint8)": (
        "9b0ac124590451c281d24275bfdde577b78c3ab1adc806a923e488a28751225f",
        4,
        32,
        _item_retired,
    ),
}
