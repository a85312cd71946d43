"""What simulated reviewers have on the practice ledger: money, stakes and seats in the pool; and how they leave.

They stake like anybody, so they wait like anybody until their stake counts: nothing of the court is switched off for
practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchstone.chain import contracts
from touchstone.chain.ledger_simulated import ADDRESSES, AUTOMATED, BUNDLE, PEOPLE, Crowd
from touchstone.chain.quantity import data as sized
from touchstone.paths import Home

if TYPE_CHECKING:
    from touchstone.chain.local import PracticeLedger
    from touchstone.chain.network import Network

POOL, DOLLARS = "ReviewerPool", "PracticeUSD"
STAKE, AUTOMATED_STAKE = 200_000_000, 100_000_000  # millionths of a practice dollar
_JOINED, _DEACTIVATED = 1, 2
_MUCH = 2**255
_LEAST = 0.6  # of a full stake; with less, more is staked


@dataclass(frozen=True, slots=True)
class Standing:
    """How a simulated reviewer stands in the pool; amounts in the token's whole units, times in unix seconds."""

    number: int
    address: str
    automated: bool
    staked: int
    locked: int
    unbonding: int
    weight: int
    matures: int
    joined: bool
    deactivated: bool

    @property
    def full(self) -> int:
        """What it stakes."""
        return AUTOMATED_STAKE if self.automated else STAKE


class Accounts:
    """The accounts of simulated reviewers on one practice ledger."""

    def __init__(self, home: Home, network: Network, ledger: PracticeLedger) -> None:
        self._home, self._network, self._ledger = home, network, ledger
        self.crowd = Crowd(ledger.ask, ledger.chain_id)

    def standings(self) -> tuple[Standing, ...]:
        """How all of them stand. Raises ChainError."""
        pool = contracts.address(POOL)
        asked = [(pool, contracts.encode(POOL, what, one)) for what in ("accountOf", "weightOf") for one in ADDRESSES]
        answers = self._read(asked)
        found = []
        for place, address in enumerate(ADDRESSES):
            told = contracts.decode(POOL, "accountOf", answers[place])
            weight = contracts.decode(POOL, "weightOf", answers[place + len(ADDRESSES)])
            found.append(_standing(place + 1, address, told, weight))
        return tuple(found)

    def ensure(self, now: int) -> tuple[Standing, ...]:
        """See to it that each has money, a stake and a place in its tree, and weight once that is due at `now`.

        Raises:
            ChainError: the ledger cannot be read or written.
        """
        found = self.standings()
        if self._stake_more(found):
            found = self.standings()
        if self._join(found):
            found = self.standings()
        due = [one for one in found if one.joined and one.matures <= now and one.weight < _weight(one)]
        if due:
            self.crowd.send_all(due[0].number, [_pool("refresh", one.address) for one in due])
            found = self.standings()
        return found

    def leave(self) -> tuple[Standing, ...]:
        """Let all of them leave the trees, take out what no seat has locked, and fetch what has unbonded.

        Raises:
            ChainError: the ledger cannot be read or written.
        """
        for one in self.standings():
            if one.joined:
                self.crowd.send(one.number, *_pool("depart"))
            if one.staked > one.unbonding:
                self.crowd.send(one.number, *_pool("unbond", one.staked - one.unbonding))
        asked = [_pool("withdrawable", address) for address in ADDRESSES]
        for number, answer in enumerate(self._read(asked), 1):
            if contracts.decode(POOL, "withdrawable", answer):
                self.crowd.send(number, *_pool("withdraw", ADDRESSES[number - 1]))
        return self.standings()

    def refresh(self, accounts: Sequence[str], now: int) -> None:
        """Let the stakes of others count that have matured at `now`: anybody may. Raises ChainError."""
        asked = [_pool(what, one) for what in ("accountOf", "weightOf") for one in accounts]
        answers = self._read(asked) if asked else []
        due = []
        for place, address in enumerate(accounts):
            told = contracts.decode(POOL, "accountOf", answers[place])
            weight = contracts.decode(POOL, "weightOf", answers[place + len(accounts)])
            one = _standing(0, address, told, weight)
            if one.joined and one.matures <= now and weight < _weight(one):
                due.append(address)
        if due:
            self.crowd.send_all(1, [_pool("refresh", one) for one in due])

    def credits(self) -> tuple[str, ...]:
        """The addresses of those whom the court owes something. Raises ChainError."""
        court = self._network.court
        asked = [(court, contracts.encode("FactCheckCourt", "creditOf", one)) for one in ADDRESSES]
        answers = self._read(asked)
        return tuple(
            one
            for one, answer in zip(ADDRESSES, answers, strict=True)
            if contracts.decode("FactCheckCourt", "creditOf", answer)
        )

    def _stake_more(self, standings: Sequence[Standing]) -> bool:
        models = self._models() if any(one.automated and not one.staked for one in standings) else ()
        wanting = [
            one
            for one in standings
            if one.staked - one.unbonding < _LEAST * one.full
            and (not one.automated or one.staked or one.number - PEOPLE <= len(models))
        ]
        if not wanting:
            return False
        self.crowd.fund()
        dollars = contracts.address(DOLLARS)
        mints = [(dollars, contracts.encode(DOLLARS, "mint", one.address, one.full)) for one in wanting]
        self.crowd.send_all(wanting[0].number, mints)
        for one in wanting:
            self.crowd.send(one.number, dollars, contracts.encode(DOLLARS, "approve", contracts.address(POOL), _MUCH))
            self.crowd.send(one.number, *_pool("stake", one.full))
        return True

    def _join(self, standings: Sequence[Standing]) -> bool:
        waiting = [one for one in standings if not one.joined and one.staked - one.unbonding >= _LEAST * one.full]
        models = self._models() if any(one.automated for one in waiting) else ()
        sent = 0
        for one in waiting:
            place = one.number - PEOPLE - 1
            if not one.automated:
                sent += self.crowd.send(one.number, *_pool("join", False, bytes(32)))  # noqa: FBT003 - the contract's
            elif place < len(models):
                sent += self.crowd.send(one.number, *_pool("join", True, "0x" + models[place]))  # noqa: FBT003
        return sent > 0

    def _models(self) -> tuple[str, ...]:
        """The ids of the models that came with the application, on the register; a family each."""
        from touchstone.check.models import ModelError, ModelStore
        from touchstone.check.models_first_start import register_shipped
        from touchstone.registry.model_lookup import Models
        from touchstone.registry.model_types import Status

        store = ModelStore(self._home)
        register_shipped(self._home, self._network, store)
        found: dict[str, str] = {}
        models = Models(self._home, self._network)
        try:
            for one in store.installed():
                if not one.shipped:
                    continue
                try:
                    entries = models.by_manifest(store.hashes(one).manifest)
                except (ModelError, OSError):
                    continue
                for entry in entries:
                    if entry.status is Status.ACTIVE:
                        found.setdefault(entry.family, entry.model)
        finally:
            models.close()
        return tuple(sorted(found.values()))[:AUTOMATED]

    def _read(self, calls: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """What calls answer, in one question."""
        listed = [{"target": to, "allowFailure": False, "callData": data} for to, data in calls]
        asked = {"to": contracts.address(BUNDLE), "data": "0x" + contracts.encode(BUNDLE, "aggregate3", listed).hex()}
        answer = sized(self._ledger.ask("eth_call", [asked, "latest"]))
        return [bytes(one["returnData"]) for one in contracts.decode(BUNDLE, "aggregate3", answer)]


def _standing(number: int, address: str, told: Any, weight: int) -> Standing:
    return Standing(
        number=number,
        address=address,
        automated=number > PEOPLE,
        staked=told["staked"],
        locked=told["locked"],
        unbonding=told["unbonding"],
        weight=weight,
        matures=told["maturesAt"],
        joined=told["status"] == _JOINED,
        deactivated=told["status"] == _DEACTIVATED,
    )


def _weight(one: Standing) -> int:
    """What its weight should be once its stake has matured."""
    return one.staked - one.unbonding


def _pool(function: str, *arguments: Any) -> tuple[str, bytes]:
    return contracts.address(POOL), contracts.encode(POOL, function, *arguments)
