"""What the commands about votes and stakes share: sentences for what a vault refuses, the time, and sending in time."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from touchstone.cli import acting, case_shared, confirm
from touchstone.cli.acting import Acting, RefusedError
from touchstone.paths import Home
from touchstone.texts import _, votes

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.send import Mined
    from touchstone.court.sending import InTime
    from touchstone.registry.court_types import Ballot

BALLOTS = ("altered", "generated", "not-altered", "cannot-tell")


def guarded(work: Callable[[], int]) -> int:
    """`case_shared.guarded`, for what a vault refuses as well."""
    return case_shared.guarded(lambda: _guarded(work))


def _guarded(work: Callable[[], int]) -> int:
    from touchstone.court.vault import VaultError

    try:
        return work()
    except VaultError as error:
        raise RefusedError(votes.trouble(error)) from error


def ballot(word: str) -> Ballot:
    """A vote by the word that stands for it."""
    from touchstone.registry.court_types import Ballot

    return {
        "altered": Ballot.EDITED,
        "generated": Ballot.SYNTHETIC,
        "not-altered": Ballot.NOT_ALTERED,
        "cannot-tell": Ballot.CANNOT_TELL,
    }[word]


def tell_clock(key: Acting) -> int:
    """Say where this computer's clock is wrong; the time of the chain, in unix seconds. Raises ChainError."""
    from touchstone.court.clock import now_of

    found = now_of(key.nodes, key.network)
    if said := votes.clock_off(found.off):
        confirm.say("! " + said)
    return found.now


def send(key: Acting, intent: Intent, window: InTime | None = None, deed: str = "") -> Mined:
    """Try, show, ask, send in time, and wait until it counts. Raises VoteError, ChainError."""
    from touchstone.court import sending

    return sending.send(
        key.sender,
        intent,
        key.signer,
        confirm.confirming(key.arguments),
        window,
        key=deed,
        on_step=lambda step, params: confirm.progress(str(step), params),
    )


def transaction(mined: Mined) -> dict[str, Any]:
    """A transaction, as data."""
    return {"hash": mined.hash, "block": mined.block}


def account_of(arguments: argparse.Namespace, home: Home) -> str:
    """The address of the key that was named, or of the only one; nothing is unlocked. Raises ChainError (NO_KEY)."""
    from touchstone.chain import keystore

    return keystore.find(home, arguments.key).address


def add_signing(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that signs for an account."""
    acting.add_arguments(parser, publisher=False)


def add_reading(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that only looks at an account."""
    parser.add_argument("--key", default="", metavar="NAME", help=_("whose, by the key's name or address"))
    parser.add_argument("--json", action="store_true", help=_("print JSON"))
