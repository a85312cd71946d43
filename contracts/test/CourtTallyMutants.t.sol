// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev Rulings at the edge: exactly enough votes and one too few, exactly half, and people against machines.
contract CourtTallyMutantsTest is CourtBase {
    address[] private _voters;
    uint256 private _next;

    function test_two_thirds_are_enough() public {
        same(split(3, 2, 0, 0, true), uint256(ICourtTypes.Ruling.Edited), "five of seven");
    }

    function test_less_than_two_thirds_are_not() public {
        same(split(3, 1, 0, 0, true), uint256(ICourtTypes.Ruling.Unresolved), "four of seven");
    }

    function test_half_is_no_majority() public {
        same(split(2, 1, 2, 1, false), uint256(ICourtTypes.Ruling.Unresolved), "three to three");
        same(split(3, 0, 2, 1, false), uint256(ICourtTypes.Ruling.Unresolved), "and most people are not enough");
    }

    function test_people_have_to_be_for_it() public {
        same(split(2, 2, 3, 0, false), uint256(ICourtTypes.Ruling.Unresolved), "two of five people");
        same(split(3, 2, 2, 0, false), uint256(ICourtTypes.Ruling.Edited), "three of five people");
    }

    function test_machines_have_to_be_counted() public {
        same(split(3, 0, 2, 2, false), uint256(ICourtTypes.Ruling.Unresolved), "most people, and fewer than half of all");
    }

    /// @dev So many seats of people and machines for "edited", so many for the other; a case where voters can be parted so.
    function split(uint256 people, uint256 machines, uint256 otherPeople, uint256 otherMachines, bool silent)
        private
        returns (uint256)
    {
        for (uint256 i = 0; i < 40; ++i) {
            uint256 id = flagged(keccak256(abi.encode(++_next)));
            pass(1 days);
            drawn(id);
            delete _voters;
            for (uint256 j = 0; j < reviewers.length; ++j) if (seatsOf(id, reviewers[j]) != 0) _voters.push(reviewers[j]);
            uint256 yes = some(id, people, machines, 0);
            if (yes == 0) continue;
            uint256 no = silent ? 0 : some(id, otherPeople, otherMachines, yes);
            if (no == 0 && !silent) continue;
            return ruledBy(id, yes, no);
        }
        revert Failed("no panel can be parted so");
    }

    function some(uint256 id, uint256 people, uint256 machines, uint256 without) private view returns (uint256) {
        for (uint256 mask = 1; mask < 1 << _voters.length; ++mask) {
            if (mask & without != 0) continue;
            (uint256 p, uint256 m) = (0, 0);
            for (uint256 j = 0; j < _voters.length; ++j) {
                if (mask >> j & 1 == 0) continue;
                ICourtTypes.Vote memory vote = court.voteOf(id, 0, _voters[j]);
                if (vote.automated) m += vote.seats;
                else p += vote.seats;
            }
            if (p == people && m == machines) return mask;
        }
        return 0;
    }

    function ruledBy(uint256 id, uint256 yes, uint256 no) private returns (uint256) {
        for (uint256 j = 0; j < _voters.length; ++j) {
            if ((yes | no) >> j & 1 == 1) commits(id, _voters[j], ballot(yes, j));
        }
        pass(2 days);
        for (uint256 j = 0; j < _voters.length; ++j) {
            if ((yes | no) >> j & 1 == 0) continue;
            court.reveal(id, _voters[j], ballot(yes, j), salt(id, _voters[j]));
        }
        pass(1 days);
        court.tally(id);
        return uint256(court.roundOf(id, 0).ruling);
    }

    function ballot(uint256 yes, uint256 j) private pure returns (ICourtTypes.Ballot) {
        return yes >> j & 1 == 1 ? ICourtTypes.Ballot.Edited : ICourtTypes.Ballot.NotAltered;
    }
}
