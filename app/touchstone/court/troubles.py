"""What keeps somebody from sealing, opening, appealing or collecting, as codes (words: `touchstone.texts.votes`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class VoteTrouble(StrEnum):
    """Why nothing was sent, or what was sent had no effect."""

    NO_COURT = "no-court"  # not on this network
    NO_CASE = "no-case"
    NO_SEAT = "no-seat"  # the account has none in this round
    VOID_SEAT = "void-seat"  # its vote was let out before the time
    TOO_EARLY = "too-early"  # the window has not begun
    TOO_LATE = "too-late"  # it is over
    WRONG_PHASE = "wrong-phase"
    BAD_BALLOT = "bad-ballot"  # a case about a claim has no "generated"
    NOT_SEALED = "not-sealed"
    SEAL_LOST = "seal-lost"  # a reorganisation took it, and its owner's key is needed to hand it in again
    OPENED = "opened-already"
    NOT_OPENED = "not-opened"
    NOT_IN_VAULT = "not-in-vault"  # something else is on the chain than what is kept here
    NOT_RECOVERED = "not-recovered"  # the key's salt does not give what is on the chain
    NO_FURTHER_ROUND = "no-further-round"
    FUNDED = "side-funded"
    AGAINST_OVER = "against-over"  # the side against the ruling pays in the first half alone
    NOTHING = "nothing-due"
    NO_DOLLARS = "no-dollars"
    BAD_AMOUNT = "bad-amount"
    LOCKED_STAKE = "locked-stake"  # more than what is free of it
    NOT_YET = "not-yet"  # stake that is still on its way out
    NO_STAKE = "no-stake"
    TOO_LITTLE = "too-little-stake"
    JOINED = "joined-already"


class VoteError(Exception):
    """Nothing was changed but what `params` say. Amounts in whole units, moments in unix seconds."""

    def __init__(self, code: VoteTrouble, **params: Any) -> None:
        super().__init__(str(code))
        self.code = code
        self.params: Mapping[str, Any] = params
