"""What court and pool hold, from the mirror on this computer: no socket, no node.

Everything that a person wrote (`untrusted_claim`, `uri`, `why_uri`, `publisher_name`) is as it was written: untrusted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from touchstone.chain.network import Network
from touchstone.paths import Home
from touchstone.registry import case_accounts, case_lists, case_rows, court_rows, state
from touchstone.registry.case_stage import Pauses
from touchstone.registry.case_types import AppealEntry, Earned, HeldSeat, Order, StakeEvent
from touchstone.registry.court_types import CaseEntry, CourtParameters, EvidenceEntry, Phase
from touchstone.registry.mirror_reader import MirrorReader

__all__ = ["Cases", "HeldSeat"]

T = TypeVar("T")


class Cases:
    """The cases in the mirror of one network, for look-ups from any thread.

    A mirror that is not there, follows no court, or has not read all that was said of it is empty, and `is_known` says
    so. Every method but `close` raises:

    Raises:
        StoreError: the mirror is damaged, of a newer version, or cannot be read.
        ValueError: not a SHA-256, or an address, as hex.
    """

    def __init__(self, home: Home, network: Network, mirror: MirrorReader | None = None) -> None:
        """`mirror` is one of this network's that is open already, and stays its owner's to close."""
        self._network = network
        self._owned = mirror is None
        self._mirror = mirror or MirrorReader(home, network)

    def is_known(self) -> bool:
        """Whether the mirror has all that court and pool said up to where it goes."""
        return self._read(lambda _: True, otherwise=False)

    def get(self, number: int) -> CaseEntry | None:
        """The case of this number, with rounds and seats."""

        def look(found: sqlite3.Connection) -> CaseEntry | None:
            cases = case_rows.cases(found, [number], court_rows.parameters(found), seats=True)
            return cases[0] if cases else None

        return self._read(look, None) if 0 < number < 1 << 63 else None

    def about(self, media: str) -> tuple[CaseEntry, ...]:
        """The cases about the very file of this SHA-256, the newest first, without seats; see `case_lists.MOST`."""
        wanted = _bytes(media, 32)
        return self._read(lambda found: _entries(found, case_lists.about(found, wanted)), ())

    def listing(  # noqa: PLR0913 - a filter has as many parts
        self,
        states: Collection[Phase] = (),
        *,
        mine: Sequence[str] = (),
        text: str = "",
        media: str = "",
        first: Sequence[str] = (),
        now: int = 0,
        order: Order = Order.NEWEST,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[CaseEntry, ...]:
        """Cases without seats, by number, the newest first.

        `states` are phases as the last event left them (`case_stage.OPEN`, `CLOSED`), () for all. `mine` are addresses:
        cases that these flagged, have seats in, gave evidence in or paid for. `text` is looked for in claims (their
        first 200 characters) and publishers' names, whatever its case; it can be a number, or the beginning of a file's
        hash or of the address of who flagged, gave evidence or paid. `media` is a SHA-256. With `first` cases in which
        it is the turn of these addresses at `now` (unix seconds) come before all others, what ends soonest first; see
        `case_lists.turns`.
        """
        asked = _asked(states, mine, text, media, order)
        waiting = tuple(_address(account) for account in first)
        page = (max(0, limit), max(0, offset))

        def look(found: sqlite3.Connection) -> tuple[CaseEntry, ...]:
            return _entries(found, case_lists.page(found, asked, waiting, now, page))

        return self._read(look, ())

    def count(
        self, states: Collection[Phase] = (), *, mine: Sequence[str] = (), text: str = "", media: str = ""
    ) -> int:
        """How many cases `listing` has in all."""
        asked = _asked(states, mine, text, media, Order.NEWEST)
        return self._read(lambda found: case_lists.count(found, asked), 0)

    def turns(self, accounts: Sequence[str], now: int) -> tuple[CaseEntry, ...]:
        """The cases in which it is the turn of one of these addresses, what ends soonest first."""
        wanted = tuple(_address(account) for account in accounts)

        def look(found: sqlite3.Connection) -> tuple[CaseEntry, ...]:
            return _entries(found, case_lists.turns(found, wanted, now))

        return self._read(look, ())

    def evidence(self, number: int) -> tuple[EvidenceEntry, ...]:
        """All evidence of a case in its order, that of the flag first."""

        def look(found: sqlite3.Connection) -> tuple[EvidenceEntry, ...]:
            from touchstone.registry.case_replay import evidence

            return evidence(court_rows.told(found, number))

        return self._read(look, ()) if 0 < number < 1 << 63 else ()

    def seats_of(self, account: str, *, unsettled: bool = False) -> tuple[HeldSeat, ...]:
        """The seats of an address by case and round; with `unsettled` those alone that are not settled."""
        wanted = _address(account)

        def look(found: sqlite3.Connection) -> tuple[HeldSeat, ...]:
            rows = case_accounts.seats(found, wanted, unsettled=unsettled)
            return tuple(HeldSeat(number, round_, case_rows.seat(rest)) for number, round_, *rest in rows)

        return self._read(look, ())

    def earnings(self, account: str) -> tuple[Earned, ...]:
        """What an address got, and lost, in the order of the chain."""
        wanted = _address(account)
        return self._read(lambda found: case_accounts.earnings(found, wanted), ())

    def stake_history(self, account: str) -> tuple[StakeEvent, ...]:
        """What happened to an address's stake, in the order of the chain."""
        wanted = _address(account)
        return self._read(lambda found: case_accounts.stake_history(found, wanted), ())

    def appeals_of(self, account: str) -> tuple[AppealEntry, ...]:
        """What an address paid into appeals, by case, round and side."""
        wanted = _address(account)
        return self._read(lambda found: case_accounts.appeals(found, wanted), ())

    def parameters(self) -> tuple[CourtParameters, ...]:
        """The court's parameters by number; the last hold for new cases."""
        return self._read(lambda found: tuple(p for _, p in sorted(court_rows.parameters(found).items())), ())

    def admission(self) -> str:
        """The address of the rule of who may join the people's tree (lower-case hex with 0x), "" where unknown."""
        return self._read(case_accounts.admission, "")

    def pauses(self) -> Pauses:
        """The court's pauses, for `case_stage.stage`."""
        return self._read(court_rows.pauses, Pauses())

    def close(self) -> None:
        """Let go of the file; what is asked afterwards finds nothing."""
        if self._owned:
            self._mirror.close()

    def _read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        def look(connection: sqlite3.Connection) -> T:
            return work(connection) if state.follows_court(connection, self._network) else otherwise

        return self._mirror.read(look, otherwise)


def _entries(connection: sqlite3.Connection, numbers: Sequence[int]) -> tuple[CaseEntry, ...]:
    if not numbers:
        return ()
    return case_rows.cases(connection, numbers, court_rows.parameters(connection))


def _asked(states: Collection[Phase], mine: Sequence[str], text: str, media: str, order: Order) -> case_lists.Asked:
    said = text.encode("utf-8", "replace").decode().casefold()  # what came from a terminal may be no text
    accounts = tuple(_address(account) for account in mine)
    return case_lists.Asked(frozenset(states), accounts, said, _maybe(media), order)


def _address(value: str) -> bytes:
    return _bytes(value.removeprefix("0x"), 20)


def _maybe(media: str) -> bytes:
    return _bytes(media, 32) if media else b""


def _bytes(value: str, size: int) -> bytes:
    raw = bytes.fromhex(value)
    if len(raw) != size:
        raise ValueError("not so many bytes")
    return raw
