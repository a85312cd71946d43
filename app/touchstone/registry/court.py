"""The court: what may be asked of it, and what it says about a case, a round, a vote, an account.

Hashes are lower-case hex without 0x, "" for none. Each function that sends comes as an `Intent` (`chain.send`); each
that reads wants two nodes to say the same where there are two (`chain.agree`) and raises

    ChainError: NOT_DEPLOYED {contract}: the network has no court. NODES_DISAGREE, or what a node can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.chain import typed_calls
from touchstone.chain.intent import Intent
from touchstone.chain.keccak import keccak256
from touchstone.chain.known_calls import intent
from touchstone.chain.network import Network
from touchstone.chain.networks import COURT
from touchstone.chain.node import Node
from touchstone.registry.court_state import (
    CaseState,
    RoundState,
    SideState,
    VoteState,
    case_of,
    known,
    named,
    parameters_of,
    read,
    round_of,
    side_of,
    vote_of,
    word,
)
from touchstone.registry.court_types import Ballot, CourtParameters, Phase
from touchstone.registry.permits import Permit

LONGEST_CLAIM, LONGEST_URI = 1024, 512  # bytes
MOST_WORDS = 512  # words of a seed that a draw may use, over all its calls
MOST_DOUBLINGS = 4
KEEPER_CALLS = 6  # of a round, which its cost pays for


@dataclass(frozen=True, slots=True)
class Flagging:
    """A flag. `claim` is the text that the file is used with, "" for "altered or generated"; amounts as in the token.

    `bond` is exactly what `bond_for` says, `bounty` at least `round_cost` of the first round.
    """

    media: str
    claim: str
    evidence: str
    uri: str
    bounty: int
    bond: int

    @property
    def total(self) -> int:
        """What the court takes."""
        return self.bounty + self.bond


def flag(network: Network, what: Flagging, permit: Permit | None = None, *, file: str = "") -> Intent:
    """Flag a file; with a permit, or after an allowance for `what.total`. `file` is its name, for the words alone."""
    told = {"untrusted_file": file} if file else {}
    struct = {
        "media": word(what.media),
        "claim": what.claim,
        "evidence": word(what.evidence),
        "uri": what.uri,
        "bounty": what.bounty,
        "bond": what.bond,
    }
    if permit is None:
        return intent(network, COURT, "flag", struct, **told)
    return intent(network, COURT, "flagWithPermit", struct, permit.as_struct(), **told)


def add_evidence(network: Network, case: int, item: str, uri: str) -> Intent:
    """Add evidence, by anyone."""
    return intent(network, COURT, "addEvidence", case, word(item), uri)


def reply(
    network: Network,
    case: int,
    publisher: int,
    item: str,
    uri: str,
    counter_bond: bool,  # noqa: FBT001 - as the contract takes it
    *,
    bond: int = 0,
) -> Intent:
    """Reply as a publisher of the file; `bond` is what a counter-bond takes, for the words alone."""
    told = {"bond": bond} if bond else {}
    return intent(network, COURT, "reply", case, publisher, word(item), uri, counter_bond, **told)


def request_seed(network: Network, case: int) -> Intent:
    """Ask for the lot, by anyone, once evidence is in; paid."""
    return intent(network, COURT, "requestSeed", case)


def draw(network: Network, case: int, words: int = 64) -> Intent:
    """Draw seats with up to so many words of the seed, by anyone; again until all are drawn, which is paid."""
    return intent(network, COURT, "draw", case, words)


def commit(network: Network, case: int, commitment: str, *, opens: int = 0, closes: int = 0, lose: int = 0) -> Intent:
    """Hand in a sealed vote. When it can be opened (unix seconds) and what silence loses are for the words alone."""
    told = {name: value for name, value in (("opens", opens), ("closes", closes), ("lose", lose)) if value}
    return intent(network, COURT, "commit", case, word(commitment), **told)


def report_unobtainable(network: Network, case: int) -> Intent:
    """Say, as a reviewer, that the media cannot be obtained."""
    return intent(network, COURT, "reportUnobtainable", case)


def report_leak(network: Network, case: int, voter: str, ballot: Ballot, salt: str) -> Intent:
    """Show a vote that was let out before its time."""
    return intent(network, COURT, "reportLeak", case, voter, int(ballot), word(salt))


def reveal(network: Network, case: int, voter: str, ballot: Ballot, salt: str) -> Intent:
    """Open a vote, by anyone who has it."""
    return intent(network, COURT, "reveal", case, voter, int(ballot), word(salt))


def justify(network: Network, case: int, round_: int, item: str, uri: str) -> Intent:
    """Say why, after the vote was opened."""
    return intent(network, COURT, "justify", case, round_, word(item), uri)


def tally(network: Network, case: int) -> Intent:
    """Count a round, by anyone; paid."""
    return intent(network, COURT, "tally", case)


def fund_appeal(network: Network, case: int, against: bool, amount: int, permit: Permit | None = None) -> Intent:  # noqa: FBT001 - as the contract takes it
    """Pay up to so much into an appeal, against the ruling or with it."""
    if permit is None:
        return intent(network, COURT, "fundAppeal", case, against, amount)
    return intent(network, COURT, "fundAppealWithPermit", case, against, amount, permit.as_struct())


def open_round(network: Network, case: int) -> Intent:
    """Open the next round, by anyone, where an appeal is paid in full."""
    return intent(network, COURT, "openRound", case)


def finalise(network: Network, case: int) -> Intent:
    """Make the ruling final, by anyone; paid."""
    return intent(network, COURT, "finalise", case)


def settle(network: Network, case: int, round_: int, voter: str) -> Intent:
    """Settle a voter's seats in a round, by anyone."""
    return intent(network, COURT, "settle", case, round_, voter)


def claim_appeal(network: Network, case: int, round_: int, against: bool, account: str) -> Intent:  # noqa: FBT001 - as the contract takes it
    """Credit what a contributor to an appeal gets back, by anyone."""
    return intent(network, COURT, "claimAppeal", case, round_, against, account)


def withdraw(network: Network, account: str) -> Intent:
    """Pay an account what is credited to it, by anyone."""
    return intent(network, COURT, "withdraw", account)


def withdraw_to(network: Network, to: str) -> Intent:
    """Pay what is credited to who signs to another address."""
    return intent(network, COURT, "withdrawTo", to)


def commit_by_signature(
    network: Network, signed: Mapping[str, Any], signature: bytes, *, opens: int = 0, closes: int = 0, lose: int = 0
) -> Intent:
    """Hand in a sealed vote that its voter signed (`commit_data`)."""
    told = {name: value for name, value in (("opens", opens), ("closes", closes), ("lose", lose)) if value}
    m = signed["message"]
    arguments = (m["id"], m["round"], word(m["commitment"]), m["voter"], m["nonce"], m["deadline"], signature)
    return intent(network, COURT, "commitBySig", *arguments, **told)


def commit_data(
    network: Network, case: int, round_: int, commitment: str, *, voter: str, nonce: int, deadline: int
) -> dict[str, Any]:
    """What a voter signs, as EIP-712 data, so that others may hand the sealed vote in; `nonce` is `nonce_of`."""
    message = {
        "id": case,
        "round": round_,
        "commitment": "0x" + word(commitment).hex(),
        "voter": voter,
        "nonce": nonce,
        "deadline": deadline,
    }
    return typed_calls.commit_data(network, message)


# -- reads ---------------------------------------------------------------------------------------------------------


def case(nodes: Sequence[Node], network: Network, number: int) -> CaseState | None:
    """A case as it is stored; None where there is none."""
    found = case_of(number, read(nodes, network, "caseOf", number))
    return found if found.flagger else None


def phase(nodes: Sequence[Node], network: Network, number: int) -> Phase:
    """Where a case is, by the court's clock."""
    return known(Phase, read(nodes, network, "phaseOf", number))


def round_(nodes: Sequence[Node], network: Network, number: int, round_: int) -> RoundState:
    """A round of a case as it is stored; zeros where there is none."""
    return round_of(read(nodes, network, "roundOf", number, round_))


def vote(nodes: Sequence[Node], network: Network, number: int, round_: int, voter: str) -> VoteState:
    """A voter in a round; `seats` is 0 where there is none."""
    return vote_of(read(nodes, network, "voteOf", number, round_, voter))


def side(nodes: Sequence[Node], network: Network, number: int, round_: int, against: bool) -> SideState:  # noqa: FBT001 - as the contract takes it
    """What a side of the appeal from a round has."""
    return side_of(read(nodes, network, "sideOf", number, round_, against))


def contribution(nodes: Sequence[Node], network: Network, number: int, round_: int, against: bool, account: str) -> int:  # noqa: FBT001 - as the contract takes it
    """What an account paid into a side and has not claimed."""
    return int(read(nodes, network, "contributionOf", number, round_, against, account))


def appeal_target(nodes: Sequence[Node], network: Network, number: int, round_: int, against: bool) -> int:  # noqa: FBT001 - as the contract takes it
    """What a side of the appeal from a round needs; 0 where there is no further round."""
    return int(read(nodes, network, "appealTarget", number, round_, against))


def bond_for(nodes: Sequence[Node], network: Network, media: str, claim_hash: str = "") -> int:
    """The bond for flagging a file, with the hash of a claim where there is one."""
    return int(read(nodes, network, "bondFor", word(media), word(claim_hash)))


def credit(nodes: Sequence[Node], network: Network, account: str) -> int:
    """What the court owes an account."""
    return int(read(nodes, network, "creditOf", account))


def nonce_of(nodes: Sequence[Node], network: Network, account: str) -> int:
    """The number that an account's next signature for `commit_by_signature` must carry."""
    return int(read(nodes, network, "nonceOf", account))


def count(nodes: Sequence[Node], network: Network) -> int:
    """How many cases there are; they are numbered from 1."""
    return int(read(nodes, network, "caseCount"))


def clock(nodes: Sequence[Node], network: Network) -> int:
    """The court's time, which stands still in a pause."""
    return int(read(nodes, network, "clock"))


def last_case(nodes: Sequence[Node], network: Network, media: str, claim: str = "") -> int:
    """The last case about a file and a claim (its text); 0 for none."""
    return int(read(nodes, network, "lastCase", word(media), word(claim_hash(claim))))


def parameters(nodes: Sequence[Node], network: Network, number: int | None = None) -> CourtParameters:
    """Parameters by number, or those that hold for new cases."""
    if number is None:
        number = int(read(nodes, network, "parametersNumber"))
    return parameters_of(number, read(nodes, network, "parametersOf", number))


# -- what needs no node ----------------------------------------------------------------------------------------------


def commitment(network: Network, case: int, round_: int, voter: str, ballot: Ballot, salt: str) -> str:
    """What a voter commits to: equals the court's `commitmentOf`. ValueError where the salt or an address is none."""
    words = (
        network.chain_id.to_bytes(32),
        named(network.court),
        case.to_bytes(32),
        round_.to_bytes(32),
        named(voter),
        int(ballot).to_bytes(32),
        word(salt),
    )
    return keccak256(b"".join(words)).hex()


def claim_hash(text: str) -> str:
    """A claim's hash, as the court knows it; "" for "altered or generated"."""
    return keccak256(text.encode()).hex() if text else ""


def round_cost(parameters: CourtParameters, round_: int) -> int:
    """What a round costs: its seats, and the calls that move it on. For round 0 the least bounty."""
    return parameters.seats[round_] * parameters.seat_fee + KEEPER_CALLS * parameters.keeper_fee


def target(parameters: CourtParameters, round_: int, against: bool) -> int:  # noqa: FBT001 - as the contract takes it
    """What a side of the appeal from a round needs; 0 where there is no further round."""
    seats = parameters.seats[round_ + 1] if round_ + 1 < len(parameters.seats) else 0
    if not seats:
        return 0
    base = 2 * round_cost(parameters, round_ + 1) + seats * parameters.appeal_per_seat
    return 2 * base if against else base
