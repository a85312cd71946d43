// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {Gate} from "./support/Coins.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev What changes of the court went unnoticed without.
contract CourtShareMutantsTest is CourtBase {
    function test_a_panel_is_drawn_once() public {
        uint256 id = opened();
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.draw(id, 512);
        ruled(id, ICourtTypes.Ballot.Edited);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.draw(id, 512);
    }

    /// @dev One voter cannot tell, the others say altered: its fees come off the pot, and the others share the rest.
    function test_cannot_tell_is_paid_before_the_rest_is_shared() public {
        uint256 id = opened();
        address unsure;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) (unsure, i) = (reviewers[i], PEOPLE);
        }
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) commits(id, reviewers[i], said(reviewers[i], unsure));
        }
        pass(2 days);
        uint256 seats = seatsOf(id, unsure);
        check(seats < 3, "the others are a majority");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (seatsOf(id, who) != 0) court.reveal(id, who, said(who, unsure), salt(id, who));
        }
        pass(1 days);
        court.tally(id);
        closed(id);
        uint256 rest = 50_000_007 - 4 * uint256(100_003) - seats * 200_001;
        same(court.caseOf(id).share, rest / (7 - seats), "share");
        same(court.creditOf(TREASURY), rest % (7 - seats), "dust");
        court.settle(id, 0, unsure);
        same(court.creditOf(unsure), seats * 200_001, "fee");
        emptied(0);
    }

    function said(address who, address unsure) private pure returns (ICourtTypes.Ballot) {
        return who == unsure ? ICourtTypes.Ballot.CannotTell : ICourtTypes.Ballot.Edited;
    }

    /// @dev There are enough others, so a seat that is lost early is given again, a single one as well.
    function test_an_early_leak_is_filled() public {
        uint256 id = opened();
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (seatsOf(id, who) != 1 || i >= PEOPLE) continue;
            commits(id, who, ICourtTypes.Ballot.Edited);
            court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt(id, who));
            same(court.roundOf(id, 0).voided, 0, "none is void");
            return;
        }
        check(false, "nobody with one seat");
    }

    /// @dev Where the rule knows who is who, nobody has two seats of a panel.
    function test_one_seat_for_an_identity() public {
        Gate gate = new Gate();
        IReviewerPool.Parameters memory next = pool.parameters();
        next.people = address(gate);
        vm.prank(TIMELOCK);
        pool.propose(next);
        pass(2 days);
        pool.adopt();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            gate.name(reviewers[i], keccak256(abi.encode(i)));
            vm.prank(reviewers[i]);
            pool.depart();
            vm.prank(reviewers[i]);
            pool.join(false, 0);
        }
        pass(1 days);
        for (uint256 i = 0; i < PEOPLE; ++i) pool.refresh(reviewers[i]);
        for (uint256 n = 0; n < 4; ++n) {
            uint256 id = flagged(keccak256(abi.encode(n)));
            pass(1 days);
            drawn(id);
            for (uint256 i = 0; i < PEOPLE; ++i) check(seatsOf(id, reviewers[i]) <= 1, "two seats");
        }
    }
}
