// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtMoney} from "./CourtMoney.sol";

/// @title How the court counts, and goes on to another round
/// @notice What is counted is what was revealed, and nothing else.
abstract contract CourtTally is CourtMoney {
    /// @notice See `IFactCheckCourt`.
    function tally(uint256 id) external nonReentrant {
        Case storage which = _in(id, Phase.Commit);
        uint8 number = which.round;
        Round storage round = _rounds[id][number];
        Parameters storage p = _of(which);
        _from(round.commitEnds + p.revealTime);
        uint256 wanted = _seatsOf(p, number);
        // It begins with zeros.
        // slither-disable-next-line uninitialized-local
        uint256[4] memory all;
        uint256 revealed = 0;
        uint256 people = 0;
        for (uint256 i = 0; i < 4; ++i) {
            all[i] = uint256(round.people[i]) + round.automated[i];
            revealed += all[i];
            people += round.people[i];
        }
        Ruling ruling = Ruling.Unresolved;
        if (3 * revealed >= 2 * wanted && 2 * people >= round.panelPeople) {
            ruling = _ruling(round, all, revealed, people);
        }
        round.ruling = ruling;
        // A later round without a ruling leaves the one that stands.
        if (ruling != Ruling.Unresolved) which.ruling = ruling;
        which.phase = Phase.Appealable;
        round.appealEnds = clock() + (_seatsOf(p, uint256(number) + 1) == 0 ? 0 : p.appealTime);
        emit Tallied(id, number, ruling, uint8(revealed), uint8(wanted), round.appealEnds);
        _payKeeper(id, which);
    }

    /// @notice See `IFactCheckCourt`.
    function openRound(uint256 id) external nonReentrant {
        Case storage which = _in(id, Phase.Appealable);
        uint8 number = which.round;
        _from(_rounds[id][number].appealEnds);
        if (!_funded(id, which)) revert RoundNotFunded();
        which.round = number + 1;
        which.phase = Phase.Flagged;
        emit RoundOpened(id, number + 1);
    }

    /// @dev More than half of what was revealed, and of what people revealed. Both ways of being altered are one at first.
    function _ruling(Round storage round, uint256[4] memory all, uint256 revealed, uint256 people)
        private
        view
        returns (Ruling)
    {
        uint256 altered = all[2] + all[3];
        if (2 * altered > revealed && 2 * (uint256(round.people[2]) + round.people[3]) > people) {
            if (all[2] == all[3]) return Ruling.Altered;
            return all[2] > all[3] ? Ruling.Edited : Ruling.Synthetic;
        }
        if (2 * all[1] > revealed && 2 * uint256(round.people[1]) > people) return Ruling.NotAltered;
        if (2 * all[0] > revealed && 2 * uint256(round.people[0]) > people) return Ruling.CannotTell;
        return Ruling.Unresolved;
    }
}
