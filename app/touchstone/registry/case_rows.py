"""Cases as rows of the mirror, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from touchstone.registry.case_stage import CLOSED, blank_parameters
from touchstone.registry.court_types import (
    Ballot,
    CancelReason,
    CaseEntry,
    CourtParameters,
    Phase,
    RoundEntry,
    Ruling,
    SeatEntry,
)

if TYPE_CHECKING:
    Row = Sequence[Any]

_CASE = (
    "c.id, c.media, c.phase, c.round, c.ruling, c.decided_by, c.reason, c.claim, c.claim_text, c.flagger, c.bounty, "
    "c.bond, c.publisher, c.parameters, c.evidence, c.uri, c.flagged, c.evidence_ends, c.pot, c.share, c.ended, "
    "c.block, c.tx, coalesce(p.name, '')"
)
_FROM = "FROM court_case AS c LEFT JOIN publisher AS p ON p.id = c.publisher"
_AT_ONCE = 500  # parameters of one statement
_LARGEST = (1 << 63) - 1


def put(connection: sqlite3.Connection, case: CaseEntry, accounts: Iterable[bytes], words: str) -> None:
    """Keep a case, of which there is nothing here, with who takes part and what is looked through for words."""
    _insert(connection, "court_case", _row_of(case))
    _insert(connection, "court_words", (case.id, int(case.phase), case.publisher, words))
    for entry in case.rounds:
        _insert(connection, "court_round", (case.id, *_row_of_round(entry)))
        for place, seat in enumerate(entry.seats):
            _insert(connection, "court_seat", (case.id, entry.number, place, *_row_of_seat(seat)))
    for account in sorted(set(accounts)):
        _insert(connection, "court_part", (account, case.id))


def cases(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    parameters: Mapping[int, CourtParameters],
    *,
    seats: bool = False,
) -> tuple[CaseEntry, ...]:
    """The cases of these numbers, in this order, as far as they are here."""
    found: dict[int, CaseEntry] = {}
    for part in _parts(numbers):
        marks = ", ".join("?" * len(part))
        rounds: dict[int, list[RoundEntry]] = {}
        for row in connection.execute(f"SELECT * FROM court_round WHERE id IN ({marks}) ORDER BY id, round", part):  # noqa: S608
            rounds.setdefault(row[0], []).append(_round(row[1:]))
        for row in connection.execute(f"SELECT {_CASE} {_FROM} WHERE c.id IN ({marks})", part):
            entry = _case(row, parameters)
            found[entry.id] = replace(entry, rounds=tuple(rounds.get(entry.id, ())))
    if seats:
        found = {number: _with_seats(connection, entry) for number, entry in found.items()}
    return tuple(found[number] for number in numbers if number in found)


def seat(row: Row) -> SeatEntry:
    """A seat of a row of `court_seat`, from `voter` on."""
    voter, automated, family, count, locked, sealed, opened, salt, leaked, unobtainable, why, uri, done, *money = row
    return SeatEntry(
        voter="0x" + voter.hex(),
        automated=bool(automated),
        family=_hex(family),
        seats=count,
        locked=amount_of(locked),
        sealed=_hex(sealed),
        opened=None if opened is None else Ballot(opened),
        salt=_hex(salt),
        leaked=bool(leaked),
        unobtainable=bool(unobtainable),
        why=_hex(why),
        why_uri=uri,
        settled=bool(done),
        paid=amount_of(money[0]),
        slashed=amount_of(money[1]),
    )


def amount(value: int) -> int | bytes:
    """An amount as it is kept."""
    return value if value <= _LARGEST else value.to_bytes(32).lstrip(b"\0")


def amount_of(kept: int | bytes) -> int:
    """An amount as it was."""
    return kept if isinstance(kept, int) else int.from_bytes(kept)


def _with_seats(connection: sqlite3.Connection, case: CaseEntry) -> CaseEntry:
    held: dict[int, list[SeatEntry]] = {}
    for row in connection.execute("SELECT * FROM court_seat WHERE id = ? ORDER BY round, place", (case.id,)):
        held.setdefault(row[1], []).append(seat(row[3:]))
    rounds = tuple(replace(entry, seats=tuple(held.get(entry.number, ()))) for entry in case.rounds)
    return replace(case, rounds=rounds)


def _case(row: Row, parameters: Mapping[int, CourtParameters]) -> CaseEntry:
    number, media, phase, round_, ruling, decided, reason, claim, text, flagger, bounty, bond, publisher, *rest = row
    held, evidence, uri, flagged, ends, pot, share, ended, block, tx, name = rest
    return CaseEntry(
        id=number,
        media=media.hex(),
        claim=_hex(claim),
        untrusted_claim=text,
        flagger="0x" + flagger.hex(),
        bounty=amount_of(bounty),
        bond=amount_of(bond),
        publisher=publisher,
        publisher_name=name,
        parameters=parameters.get(held) or blank_parameters(held),
        evidence=evidence.hex(),
        uri=uri,
        flagged=flagged,
        evidence_ends=ends,
        phase=Phase(phase),
        round=round_,
        ruling=Ruling(ruling),
        decided_by=decided,
        reason=CancelReason(reason),
        pot=amount_of(pot),
        share=amount_of(share),
        ended=ended,
        block=block,
        tx=tx.hex(),
    )


def _row_of(case: CaseEntry) -> Row:
    return (
        case.id,
        bytes.fromhex(case.media),
        int(case.phase in CLOSED),
        int(case.phase),
        case.round,
        int(case.ruling),
        case.decided_by,
        int(case.reason),
        _bytes(case.claim),
        case.untrusted_claim,
        bytes.fromhex(case.flagger[2:]),
        amount(case.bounty),
        amount(case.bond),
        case.publisher,
        case.parameters.number,
        bytes.fromhex(case.evidence),
        case.uri,
        case.flagged,
        case.evidence_ends,
        amount(case.pot),
        amount(case.share),
        case.ended,
        case.block,
        bytes.fromhex(case.tx),
    )


def _round(row: Row) -> RoundEntry:
    number, requested, randomness, panel, automated, root, starts, ends, reveal, tallied, appeal, ruling, *rest = row
    people, programs, with_, against, stake = rest
    return RoundEntry(
        number=number,
        requested=requested,
        randomness="0x" + randomness.hex() if randomness else "",
        panel=panel,
        panel_automated=automated,
        evidence_root=_hex(root),
        commit_starts=starts,
        commit_ends=ends,
        reveal_ends=reveal,
        tallied=tallied,
        appeal_ends=appeal,
        ruling=Ruling(ruling),
        people=_counts(people),
        automated=_counts(programs),
        funded_with=amount_of(with_),
        funded_against=amount_of(against),
        stake=amount_of(stake),
    )


def _row_of_round(entry: RoundEntry) -> Row:
    return (
        entry.number,
        entry.requested,
        _bytes(entry.randomness.removeprefix("0x")),
        entry.panel,
        entry.panel_automated,
        _bytes(entry.evidence_root),
        entry.commit_starts,
        entry.commit_ends,
        entry.reveal_ends,
        entry.tallied,
        entry.appeal_ends,
        int(entry.ruling),
        _row_of_counts(entry.people),
        _row_of_counts(entry.automated),
        amount(entry.funded_with),
        amount(entry.funded_against),
        amount(entry.stake),
    )


def _row_of_seat(entry: SeatEntry) -> Row:
    return (
        bytes.fromhex(entry.voter[2:]),
        int(entry.automated),
        _bytes(entry.family),
        entry.seats,
        amount(entry.locked),
        _bytes(entry.sealed),
        None if entry.opened is None else int(entry.opened),
        _bytes(entry.salt),
        int(entry.leaked),
        int(entry.unobtainable),
        _bytes(entry.why),
        entry.why_uri,
        int(entry.settled),
        amount(entry.paid),
        amount(entry.slashed),
    )


def _counts(raw: bytes) -> tuple[int, int, int, int]:
    one, two, three, four = (int.from_bytes(raw[at : at + 2]) for at in range(0, 8, 2))
    return one, two, three, four


def _row_of_counts(counts: Sequence[int]) -> bytes:
    return b"".join(min(count, 0xFFFF).to_bytes(2) for count in counts)


def _insert(connection: sqlite3.Connection, table: str, row: Row) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row))  # noqa: S608 - our own names


def _parts(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    for at in range(0, len(numbers), _AT_ONCE):
        yield numbers[at : at + _AT_ONCE]


def _hex(value: bytes | None) -> str:
    return value.hex() if value else ""


def _bytes(value: str) -> bytes | None:
    return bytes.fromhex(value) if value else None
