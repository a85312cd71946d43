"""What is due to an account: seats to settle, appeals to claim, money to fetch; and what it earned, as a table.

What is due is read from the mirror, and asked of the chain before anything is sent: somebody else may have settled it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

from touchstone.registry import court
from touchstone.registry.case_stage import CLOSED
from touchstone.registry.case_types import Earned, Earning
from touchstone.registry.court_types import Ballot, CaseEntry, Ruling

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.node import Node
    from touchstone.registry.case_lookup import Cases

_UNIT = 10**6
_WEI = 10**18
COLUMNS = (
    "time", "case", "round", "what", "vote", "ruling", "paid", "lost", "withdrawn", "network_fee", "transaction",
)  # fmt: skip
_VOTES = {Ballot.EDITED: "altered", Ballot.SYNTHETIC: "generated"}
_RULINGS = {Ruling.EDITED: "altered", Ruling.SYNTHETIC: "generated", Ruling.ALTERED: "altered-or-generated"}


class Step(StrEnum):
    """What is to be sent."""

    SETTLE = "settle"
    CLAIM = "claim"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Collect:
    """One call that brings an account what is its own. `amount` in whole units, where it is known beforehand."""

    step: Step
    case: int
    round: int
    intent: Intent
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what an account earned. Amounts in whole units, `fee` in wei, `time` in unix seconds.

    `what` is as in `registry.case_types.Earning`; `case` is 0 and `round` -1 where it belongs to none. `vote` and
    `ruling` are those of the case, where there are any, `claim` whether it is about a text; `fee` is what sending it
    cost, 0 where somebody else did.
    """

    time: int
    case: int
    round: int
    what: Earning
    vote: Ballot | None
    ruling: Ruling
    claim: bool
    paid: int
    lost: int
    withdrawn: int
    fee: int
    transaction: str


def settling(nodes: Sequence[Node], network: Network, cases: Cases, account: str, *, case: int = 0) -> list[Collect]:
    """Seats to settle and appeals to claim, of one case or of all, oldest first.

    Raises:
        ChainError: what a node can be.
        StoreError: what the mirror can be.
    """
    found: list[Collect] = []
    closed = _closed(cases)
    for held in cases.seats_of(account, unsettled=True):
        if held.seat.leaked or (case and held.case != case) or not closed(held.case):
            continue
        vote = court.vote(nodes, network, held.case, held.round, account)
        if vote.seats and not vote.settled:
            intent = court.settle(network, held.case, held.round, account)
            found.append(Collect(Step.SETTLE, held.case, held.round, intent))
    for one in cases.appeals_of(account):
        if one.claimed or (case and one.case != case) or not closed(one.case):
            continue
        left = court.contribution(nodes, network, one.case, one.round, one.against, account)
        if left:
            intent = court.claim_appeal(network, one.case, one.round, one.against, account)
            found.append(Collect(Step.CLAIM, one.case, one.round, intent, left))
    return found


def withdrawing(nodes: Sequence[Node], network: Network, account: str) -> Collect | None:
    """The call that fetches what the court holds for an account; None where that is nothing. Raises ChainError."""
    held = court.credit(nodes, network, account)
    return Collect(Step.WITHDRAW, 0, 0, court.withdraw(network, account), held) if held else None


def rows(cases: Cases, account: str, fees: Mapping[str, int] | None = None) -> tuple[Row, ...]:
    """What an account earned and lost, in the order of the chain. `fees` are wei by the hash of a transaction.

    Raises:
        StoreError: what the mirror can be.
    """
    known: dict[int, CaseEntry | None] = {}
    fees = {hash_.lower(): fee for hash_, fee in (fees or {}).items()}
    charged: set[str] = set()
    made = []
    for one in cases.earnings(account):
        if one.case not in known:
            known[one.case] = cases.get(one.case) if one.case else None
        hash_ = one.tx if one.tx.startswith("0x") else f"0x{one.tx}"
        fee = 0 if hash_ in charged else fees.get(hash_.lower(), 0)  # a transaction is paid for once
        charged.add(hash_)
        made.append(_row(one, known[one.case], account, hash_, fee))
    return tuple(made)


def as_csv(table: Sequence[Row], zone: tzinfo | None = None) -> bytes:
    """The table for a spreadsheet (RFC 4180): dollars with their decimals, local time with its offset.

    No cell holds what anybody else wrote, so that none can be a formula. `zone` is that of this computer where None.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in table:
        writer.writerow(_cells(row, zone))
    return out.getvalue().encode()


def total(table: Sequence[Row]) -> int:
    """What was earned less what was lost, in whole units; what was only fetched is not another gain."""
    return sum(row.paid - row.lost for row in table)


def dollars(units: int) -> str:
    """Whole units as a plain decimal number: 9.75, 0.000001."""
    sign, units = ("-" if units < 0 else ""), abs(units)
    whole, part = divmod(units, _UNIT)
    text = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{text}"


def _row(one: Earned, case: CaseEntry | None, account: str, hash_: str, fee: int) -> Row:
    gained = one.kind is not Earning.WITHDRAWN
    return Row(
        one.time,
        one.case,
        one.round,
        one.kind,
        _vote(case, one.round, account),
        case.ruling if case is not None else Ruling.NONE,
        case is not None and bool(case.claim),
        max(one.amount, 0) if gained else 0,
        max(-one.amount, 0),
        0 if gained else one.amount,
        fee,
        hash_,
    )


def _vote(case: CaseEntry | None, round_: int, account: str) -> Ballot | None:
    seats = [seat for entry in (case.rounds if case else ()) if entry.number == round_ for seat in entry.seats]
    return next((seat.opened for seat in seats if seat.voter.lower() == account.lower()), None)


def _cells(row: Row, zone: tzinfo | None) -> tuple[str, ...]:
    when = datetime.fromtimestamp(row.time, UTC).astimezone(zone)
    return (
        when.isoformat(sep=" ", timespec="seconds"),
        str(row.case) if row.case else "",
        str(row.round + 1) if row.case and row.round >= 0 else "",
        str(row.what),
        "" if row.vote is None else code(row.vote, claim=row.claim),
        "" if row.ruling is Ruling.NONE else code(row.ruling, claim=row.claim),
        dollars(row.paid) if row.paid else "",
        dollars(row.lost) if row.lost else "",
        dollars(row.withdrawn) if row.withdrawn else "",
        _ether(row.fee) if row.fee else "",
        row.transaction,
    )


def code(member: Ballot | Ruling, *, claim: bool = False) -> str:
    """A vote or a ruling as commands and tables name it, such as `altered`, `generated`, `not-altered`, `cannot-tell`.

    With `claim`, of a case about a text: `out-of-context` and `in-context`.
    """
    if claim and member in {Ballot.EDITED, Ballot.NOT_ALTERED} and isinstance(member, Ballot):
        return "out-of-context" if member is Ballot.EDITED else "in-context"
    if claim and isinstance(member, Ruling) and (member.altered or member is Ruling.NOT_ALTERED):
        return "out-of-context" if member.altered else "in-context"
    named = _VOTES.get(member, "") if isinstance(member, Ballot) else _RULINGS.get(member, "")
    return named or member.name.lower().replace("_", "-")


def _ether(wei: int) -> str:
    whole, part = divmod(wei, _WEI)
    return f"{whole}.{part:018d}".rstrip("0").ljust(len(str(whole)) + 3, "0")


def _closed(cases: Cases) -> Callable[[int], bool]:
    known: dict[int, bool] = {}

    def closed(number: int) -> bool:
        if number not in known:
            entry = cases.get(number)
            known[number] = entry is not None and entry.phase in CLOSED
        return known[number]

    return closed
