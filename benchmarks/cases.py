"""Cases of the court in the mirror: how long lists and their filters take, however many there are.

Large is 100,000 cases of fifteen seats, every other one about a text, one in a hundred with seats of one account. The
differences are to the same question to a mirror of 100 cases, in turns; each opens the mirror anew, as a list does when
it is first shown.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import mirror
from results import Table

from touchstone.chain import court_event_types as t
from touchstone.paths import Home
from touchstone.registry import case_rows, court_rows
from touchstone.registry.case_lookup import Cases
from touchstone.registry.case_replay import Told, parameters_of, replay
from touchstone.registry.case_stage import CLOSED, NO_PAUSES, OPEN
from touchstone.registry.court_types import Phase
from touchstone.registry.follow import start_again
from touchstone.registry.lookup_types import mirror_path
from touchstone.store.register_store import checkpoint, transaction, writer

NETWORK = dataclasses.replace(mirror.NETWORK, court="0x" + "44" * 20, pool="0x" + "55" * 20)
_DAY = 86400
_START = 1_000_000
_SEATS = 15
_MINE = b"\xaa" * 20
_ME = "0x" + _MINE.hex()
_PARAMETERS = t.CourtParametersAdopted(
    *(1, 15, 31, 0, 2500, 1000, 3 * _DAY, 2 * _DAY, _DAY // 2, 2 * _DAY, 3 * _DAY),
    *(20_000_000, 10_000_000, 2_000_000, 200_000, 100_000, 35_000_000, 2_000_000, b"\x66" * 20),
)
_WORDS = ("harbour", "flood", "election", "stadium", "mayor", "wildfire", "Oslo", "bridge", "march", "1 May")


def measure(table: Table, *, quick: bool) -> None:
    large = 5_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        small_home, large_home = (Home(Path(folder) / name) for name in ("small", "large"))
        filled(small_home, 100)
        before = time.perf_counter()
        filled(large_home, large)
        table.add(f"{large:,} cases kept in", time.perf_counter() - before, "s")
        table.add(f"  which take, with {_SEATS} seats each", _size(large_home) / 1e6, "MB")
        table.add("  a whole case worked out from its logs", _worked_out() * 1e3, "ms", 20)
        for said, ask in _questions(large):
            little, much = _in_turns(ask, small_home, large_home)
            table.add(said, much * 1e3, "ms")
            table.add("    more than of 100 cases", (much - little) * 1e3, "ms", 100)


def filled(home: Home, count: int) -> None:
    """Make a mirror of so many cases."""
    chance = random.Random(11)
    known = {1: parameters_of(_PARAMETERS)}
    with writer(mirror_path(home, NETWORK)) as connection:
        start_again(connection, NETWORK)
        for first in range(1, count + 1, 5_000):
            with transaction(connection):
                for number in range(first, min(first + 5_000, count + 1)):
                    case = replay(_told(number, chance), known, NO_PAUSES)
                    assert case is not None
                    case_rows.put(connection, case, (_account("flagger", number % 500),), court_rows.words(case))
        with transaction(connection):
            data = b"".join(_word(value) for value in _PARAMETERS[1:])
            connection.execute("INSERT INTO court_parameters VALUES (1, ?, 1)", (data,))
            connection.execute("UPDATE mirror SET cursor = 9, cursor_hash = ?, final = 9, synced = 1", (bytes(32),))
        checkpoint(connection)


def _told(number: int, chance: random.Random) -> list[Told]:
    """A case: half of them open, in all phases; what is closed is final, one in five cancelled."""
    flagged = _START + number * 60
    claim = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}" if number % 2 else ""
    flag = t.Flagged(
        *(number, _hash("media", number % 90_000), _account("flagger", number % 500)),
        *(_hash(claim) if claim else bytes(32), _hash("evidence", number)),
        *(31_000_000, 35_000_000, 0, 1, claim, "https://x.example/bundle.zip"),
    )
    events: list[t.CourtEvent] = [flag]
    step = number % 10
    if step:
        events += [t.SeedRequested(number, 0, bytes(32), number, b"\x66" * 20), *_seats(number, chance)]
        events.append(t.CommitStarted(number, 0, _SEATS, _hash("root", number), flagged + 5 * _DAY))
    if step > 3:
        events.append(t.Tallied(number, 0, 3, _SEATS, _SEATS, flagged + 10 * _DAY))
    if step > 4:
        events.append(
            t.CaseCancelled(number, 1) if number % 5 == 1 else t.Finalised(number, 3, 1, 40_000_000, 2_000_000)
        )
    return [Told(event, number, flagged, _hash("tx", number)) for event in events]


def _seats(number: int, chance: random.Random) -> list[t.CourtEvent]:
    voters = [_account("voter", chance.randrange(2_000)) for _ in range(_SEATS - 1)]
    voters.append(_MINE if number % 100 == 3 else _account("voter", 3_000))
    return [t.SeatDrawn(number, 0, voter, automated=False, family=bytes(32), locked=20_000_000) for voter in voters]


def _questions(count: int) -> list[tuple[str, Callable[[Cases], object]]]:
    now = _START + count * 60

    def page(**asked: object) -> Callable[[Cases], object]:
        return lambda cases: (cases.listing(**asked), cases.count(**asked))  # type: ignore[arg-type]

    return [
        ("the list of cases opened, first page and number", page()),
        ("  what waits for one account first", lambda cases: cases.listing(first=(_ME,), now=now)),
        ("  open ones", page(states=OPEN)),
        ("  closed ones", page(states=CLOSED)),
        ("  final ones", page(states={Phase.FINAL})),
        ("  those of one account", page(mine=(_ME,))),
        ("  with words that many have", page(text="harbour")),
        ("  with words that none has", page(text="no such words")),
        ("  with a number", page(text="#77")),
        ("  the last page", lambda cases: cases.listing(offset=max(0, cases.count() - 50))),
        ("  open ones with words", page(states=OPEN, text="harbour flood")),
    ]


def _in_turns(ask: Callable[[Cases], object], *homes: Home, rounds: int = 15) -> list[float]:
    """Median seconds to open the mirror of each and ask it, in turns."""
    times: list[list[float]] = [[] for _ in homes]
    for number in range(rounds + 2):
        for took, home in zip(times, homes, strict=True):
            before = time.perf_counter()
            cases = Cases(home, NETWORK)
            ask(cases)
            cases.close()
            if number >= 2:
                took.append(time.perf_counter() - before)
    return [sorted(took)[len(took) // 2] for took in times]


def _worked_out() -> float:
    """Seconds to work a case of fifteen voters out from its logs and keep it."""
    from touchstone.chain.court_events import decode
    from touchstone.chain.court_topics import COURT_EVENTS

    chance = random.Random(3)
    events = [one for one in _told(9, chance) if not isinstance(one.event, t.Flagged)]
    voters = [one.event.voter for one in events if isinstance(one.event, t.SeatDrawn)]
    for place, voter in enumerate(voters):
        events.append(events[0]._replace(event=t.Committed(9, 0, voter, _hash("sealed", place))))
        events.append(events[0]._replace(event=t.Revealed(9, 0, voter, 2, 1, _hash("salt", place))))
    logs = []
    for one in events:
        layout = COURT_EVENTS[type(one.event).__name__]
        words = [_word(value) for value in one.event]
        logs.append(((bytes.fromhex(layout.topic), *words[: layout.indexed]), b"".join(words[layout.indexed :]), one))
    flag = next(one for one in _told(9, chance) if isinstance(one.event, t.Flagged))

    def work() -> None:
        told = [flag, *(one._replace(event=decode(topics, data)) for topics, data, one in logs)]
        replay(told, {1: parameters_of(_PARAMETERS)}, NO_PAUSES)

    times = []
    for _ in range(9):
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return sorted(times)[len(times) // 2]


def _word(value: int | bytes | str) -> bytes:
    return value.to_bytes(32) if isinstance(value, int) else bytes(value).rjust(32, b"\0")  # type: ignore[arg-type]


def _account(kind: str, number: int) -> bytes:
    return _hash(kind, number)[:20]


def _hash(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def _size(home: Home) -> int:
    return mirror_path(home, NETWORK).stat().st_size
