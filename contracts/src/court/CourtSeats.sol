// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFactCheckCourt} from "../interfaces/IFactCheckCourt.sol";
import {IReviewerPool} from "../interfaces/IReviewerPool.sol";
import {CourtViews} from "./CourtViews.sol";

/// @title How the court settles a voter's seats
/// @notice One case has many voters, so this reads as little as it can: a vote for the ruling needs the case, the vote, and
/// nothing of rounds or parameters.
abstract contract CourtSeats is CourtViews {
    /// @inheritdoc IFactCheckCourt
    // Not locked against re-entry: all is written before the pool is called, which calls nobody, and a case that is over has
    // nothing that could be found half-way.
    function settle(uint256 id, uint8 number, address voter) external {
        Case storage which = _cases[id];
        Phase phase = which.phase;
        if (phase != Phase.Final && phase != Phase.Cancelled) revert WrongPhase(phase);
        Vote storage vote = _votes[id][number][voter];
        uint256 seats = vote.seats;
        if (seats == 0 || vote.settled) revert NothingToSettle();
        vote.settled = true;
        (uint96 locked, bool revealed) = (vote.locked, vote.revealed);
        uint256 slashed = 0;
        uint256 paid = 0;
        // Of a case without a ruling, or a round that was never drawn to its end, nothing is taken.
        bool counted = phase == Phase.Final && (which.reason == Reason.None || number != which.round);
        if (counted) {
            if (revealed) (slashed, paid) = _due(which, vote, seats);
            else slashed = locked;
        }
        emit SeatsSettled(id, number, voter, uint96(paid), uint96(slashed));
        _credit(id, voter, paid);
        IReviewerPool(_pool).settle(voter, locked, uint96(slashed), counted && !revealed, counted && revealed);
    }

    /// @dev What revealed seats lose, and what they are paid, in a case with a final ruling.
    function _due(Case storage which, Vote storage vote, uint256 seats)
        private
        view
        returns (uint256 slashed, uint256 paid)
    {
        (uint8 group, Ballot ballot) = (_group(which.ruling), vote.ballot);
        if (ballot == Ballot.CannotTell || group == 0 || group == UNRESOLVED) return (0, _of(which).fixedFee * seats);
        if ((ballot == Ballot.NotAltered) == (group == 1)) return (0, which.share * seats);
        return (_slashOf(_of(which), vote.automated) * seats, 0);
    }
}
