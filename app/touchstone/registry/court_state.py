"""What the court answers, as values of ours. A node's answer that makes no sense is refused (PROTOCOL)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from touchstone.chain import contracts
from touchstone.chain.agree import agreed_call
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.network import Network
from touchstone.chain.networks import COURT
from touchstone.chain.node import Node
from touchstone.registry.court_types import Ballot, CancelReason, CourtParameters, Phase, Ruling

E = TypeVar("E", bound=IntEnum)
_NOBODY = "0x" + 40 * "0"


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case as the court stores it (`ICourtTypes.Case`). Moments are those of the court's clock; 0 and "" for none."""

    id: int
    media: str
    claim: str  # hash
    evidence_root: str
    flagger: str
    bounty: int
    publisher: int
    parameters: int
    flagged: int
    evidence_ends: int
    round: int
    phase: Phase  # as stored; `court.phase` has it by the clock
    reason: CancelReason
    ruling: Ruling
    doublings: int
    replier: str
    keeper_paid: int
    share: int


@dataclass(frozen=True, slots=True)
class RoundState:
    """A round as the court stores it (`ICourtTypes.Round`). `people` and `automated` are opened seats by `Ballot`."""

    seed: str
    evidence_root: str
    request: int
    snapshot: int
    commit_ends: int
    appeal_ends: int
    cursor: int
    requests: int
    panel_people: int
    seats_people: int
    seats_automated: int
    voided: int
    unobtainable: int
    ruling: Ruling
    people: tuple[int, int, int, int]
    automated: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class VoteState:
    """A voter's seats in a round."""

    commitment: str
    seats: int
    automated: bool
    revealed: bool
    voided: bool
    settled: bool
    unobtainable: bool
    ballot: Ballot
    locked: int


@dataclass(frozen=True, slots=True)
class SideState:
    """A side of an appeal: all that was paid in, and of that what nobody has claimed yet."""

    funded: int
    unclaimed: int
    reduced: bool
    back: int


def read(nodes: Sequence[Node], network: Network, function: str, *arguments: Any) -> Any:
    """What a view function of the court answers. Raises as `registry.court` says."""
    return view(nodes, network.court, COURT, function, *arguments)


def view(nodes: Sequence[Node], address: str, contract: str, function: str, *arguments: Any) -> Any:
    """What a view function of a contract answers.

    Raises:
        ChainError: NOT_DEPLOYED {contract}: the network has none. NODES_DISAGREE, or what a node can be.
    """
    if not address:
        raise ChainError(ChainTrouble.NOT_DEPLOYED, contract=contract)
    found = agreed_call(nodes, address, contracts.encode(contract, function, *arguments))
    return contracts.decode(contract, function, found.value)


def word(value: str | bytes) -> bytes:
    """32 bytes of a hash in hex, with or without 0x, or as they are; zeros for none. ValueError where it is no hash."""
    found = (bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else value) or bytes(32)
    if len(found) != 32:
        raise ValueError("not a hash")
    return found


def named(address: str) -> bytes:
    """An address as a word of 32 bytes. ValueError where it is none."""
    found = bytes.fromhex(address.removeprefix("0x"))
    if len(found) != 20:
        raise ValueError("not an address")
    return found.rjust(32, b"\0")


def hexed(found: bytes) -> str:
    """A word in hex, "" for zeros."""
    return found.hex() if any(found) else ""


def somebody(address: str) -> str:
    """An address in small letters, "" for nobody's."""
    return "" if address.lower() == _NOBODY else address.lower()


def known(kind: type[E], value: int) -> E:
    """A member of an enumeration.

    Raises:
        ChainError: PROTOCOL: there is none of that number.
    """
    try:
        return kind(value)
    except ValueError as error:
        raise ChainError(ChainTrouble.PROTOCOL) from error


def case_of(number: int, found: Mapping[str, Any]) -> CaseState:
    """`caseOf`."""
    return CaseState(
        id=number,
        media=hexed(found["media"]),
        claim=hexed(found["claim"]),
        evidence_root=hexed(found["evidenceRoot"]),
        flagger=somebody(found["flagger"]),
        bounty=found["bounty"],
        publisher=found["publisher"],
        parameters=found["parameters"],
        flagged=found["flaggedAt"],
        evidence_ends=found["evidenceEnds"],
        round=found["round"],
        phase=known(Phase, found["phase"]),
        reason=known(CancelReason, found["reason"]),
        ruling=known(Ruling, found["ruling"]),
        doublings=found["doublings"],
        replier=somebody(found["replier"]),
        keeper_paid=found["keeperPaid"],
        share=found["share"],
    )


def round_of(found: Mapping[str, Any]) -> RoundState:
    """`roundOf`."""
    return RoundState(
        seed=hexed(found["seed"]),
        evidence_root=hexed(found["evidenceRoot"]),
        request=found["request"],
        snapshot=found["snapshot"],
        commit_ends=found["commitEnds"],
        appeal_ends=found["appealEnds"],
        cursor=found["cursor"],
        requests=found["requests"],
        panel_people=found["panelPeople"],
        seats_people=found["seatsPeople"],
        seats_automated=found["seatsAutomated"],
        voided=found["voided"],
        unobtainable=found["unobtainable"],
        ruling=known(Ruling, found["ruling"]),
        people=tuple(found["people"]),
        automated=tuple(found["automated"]),
    )


def vote_of(found: Mapping[str, Any]) -> VoteState:
    """`voteOf`."""
    return VoteState(
        commitment=hexed(found["commitment"]),
        seats=found["seats"],
        automated=found["automated"],
        revealed=found["revealed"],
        voided=found["voided"],
        settled=found["settled"],
        unobtainable=found["unobtainable"],
        ballot=known(Ballot, found["ballot"]),
        locked=found["locked"],
    )


def side_of(found: Mapping[str, Any]) -> SideState:
    """`sideOf`."""
    return SideState(found["funded"], found["unclaimed"], found["reduced"], found["back"])


def parameters_of(number: int, found: Mapping[str, Any]) -> CourtParameters:
    """`parametersOf`."""
    return CourtParameters(
        number=number,
        seats=tuple(found["seats"]),
        slash_bps=found["slashBps"],
        leak_bps=found["leakBps"],
        evidence_time=found["evidenceTime"],
        commit_time=found["commitTime"],
        obtain_time=found["obtainTime"],
        reveal_time=found["revealTime"],
        appeal_time=found["appealTime"],
        seat_lock=found["seatLock"],
        automated_lock=found["automatedLock"],
        seat_fee=found["seatFee"],
        fixed_fee=found["fixedFee"],
        keeper_fee=found["keeperFee"],
        flag_bond=found["flagBond"],
        appeal_per_seat=found["appealPerSeat"],
        randomness=somebody(found["randomness"]),
    )
