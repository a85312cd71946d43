// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {Paused} from "../src/lib/Paused.sol";
import {CourtHandler} from "./support/CourtHandler.sol";

/// @dev I11: the guardian pauses in every phase. Flags and draws wait, windows stand still, and nobody is kept from voting,
/// leaving, settling or withdrawing.
contract CourtPausesTest is CourtHandler {
    uint256 private _over;

    function setUp() public override {
        super.setUp();
        _over = opened();
        ruled(_over, ICourtTypes.Ballot.Edited);
        closed(_over);
    }

    function test_I11_flagged() public {
        uint256 id = flagged(file(0));
        pass(5 hours);
        stopped(id, ICourtTypes.Phase.Flagged, court.caseOf(id).evidenceEnds);
        pass(19 hours - 1);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.requestSeed(id);
        pass(1);
        court.requestSeed(id);
    }

    function test_I11_seed_requested() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        court.requestSeed(id);
        mined(2);
        stopped(id, ICourtTypes.Phase.SeedRequested, 0);
        court.draw(id, 512);
    }

    function test_I11_drawn() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        court.requestSeed(id);
        mined(2);
        court.draw(id, 1);
        stopped(id, ICourtTypes.Phase.Drawn, 0);
        court.draw(id, 512);
    }

    function test_I11_commit() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        drawn(id);
        pass(1 days);
        stopped(id, ICourtTypes.Phase.Commit, court.roundOf(id, 0).commitEnds);
        pass(1 days - 1);
        commits(id, sitting(id), ICourtTypes.Ballot.Edited);
        pass(1);
        same(uint256(court.phaseOf(id)), uint256(ICourtTypes.Phase.Reveal), "as long as without the pause");
    }

    function test_I11_reveal() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        drawn(id);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) commits(id, reviewers[i], ICourtTypes.Ballot.Edited);
        }
        pass(2 days + 1 hours);
        stopped(id, ICourtTypes.Phase.Reveal, court.roundOf(id, 0).commitEnds + 1 days);
        pass(23 hours - 1);
        same(uint256(court.phaseOf(id)), uint256(ICourtTypes.Phase.Reveal), "to its last second");
        pass(1);
        same(uint256(court.phaseOf(id)), uint256(ICourtTypes.Phase.Tallying), "and no longer");
    }

    function test_I11_tallying() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        drawn(id);
        voted(id, ICourtTypes.Ballot.Edited);
        stopped(id, ICourtTypes.Phase.Tallying, 0);
        check(court.phaseOf(id) == ICourtTypes.Phase.Appealable, "counted in the pause");
    }

    function test_I11_appealable() public {
        uint256 id = flagged(file(0));
        pass(1 days);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.Edited);
        pass(1 days);
        stopped(id, ICourtTypes.Phase.Appealable, court.roundOf(id, 0).appealEnds);
        pass(2 days - 1);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.finalise(id);
        pass(1);
        court.finalise(id);
    }

    /// @dev It ends by itself, and is not begun again soon.
    function test_I11_a_guardian_who_is_gone() public {
        vm.prank(GUARDIAN);
        court.pause();
        uint40 moment = court.clock();
        pass(7 days - 1);
        check(court.paused() && court.clock() == moment, "seven days");
        pass(1);
        check(!court.paused() && court.clock() == moment, "no more");
        pass(29 days);
        vm.prank(GUARDIAN);
        vm.expectPartialRevert(Paused.PausedLately.selector);
        court.pause();
        pass(1 days);
        vm.prank(GUARDIAN);
        court.pause();
        vm.prank(STRANGER);
        vm.expectRevert(Paused.NotGuardian.selector);
        court.unpause();
        vm.prank(GUARDIAN);
        court.unpause();
        vm.prank(GUARDIAN);
        vm.expectRevert(Paused.NotPaused.selector);
        court.unpause();
        emptied(0);
    }

    function sitting(uint256 id) private view returns (address who) {
        for (uint256 i = 0; i < reviewers.length; ++i) {
            ICourtTypes.Vote memory vote = court.voteOf(id, 0, reviewers[i]);
            if (vote.seats != 0 && !vote.revealed) return reviewers[i];
        }
    }

    /// @dev Three days of pause of both, in this phase; what may go on does, and what is left of a window is left.
    function stopped(uint256 id, ICourtTypes.Phase phase, uint40 ends) private {
        same(uint256(court.phaseOf(id)), uint256(phase), "phase");
        uint40 moment = court.clock();
        vm.prank(GUARDIAN);
        court.pause();
        vm.prank(GUARDIAN);
        pool.pause();
        pass(3 days);
        same(court.clock(), moment, "the clock stands");
        same(uint256(court.phaseOf(id)), uint256(phase), "and so does the case");
        if (ends != 0) check(ends > moment, "a window is open");
        waits(id);
        goesOn(id, phase);
        leaves();
        vm.prank(GUARDIAN);
        court.unpause();
        same(court.clock(), moment, "and goes on from there");
        holds();
    }

    function waits(uint256 id) private {
        ICourtTypes.Flag memory what = flagOf("while paused");
        vm.prank(FLAGGER);
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.flag(what);
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.requestSeed(id);
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.draw(id, 512);
    }

    function goesOn(uint256 id, ICourtTypes.Phase phase) private {
        if (phase == ICourtTypes.Phase.Flagged) {
            vm.prank(OWNER);
            court.reply(id, 1, "item", "", true);
            court.addEvidence(id, "item", "");
        } else if (phase == ICourtTypes.Phase.Commit) {
            commits(id, sitting(id), ICourtTypes.Ballot.NotAltered);
        } else if (phase == ICourtTypes.Phase.Reveal) {
            address who = sitting(id);
            court.reveal(id, who, ICourtTypes.Ballot.Edited, salt(id, who));
        } else if (phase == ICourtTypes.Phase.Tallying) {
            court.tally(id);
        } else if (phase == ICourtTypes.Phase.Appealable) {
            vm.prank(STRANGER);
            court.fundAppeal(id, true, 1000);
        }
    }

    /// @dev Settle, take one's money, leave the pool with all that no seat holds.
    function leaves() private {
        bool left = false;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (court.voteOf(_over, 0, who).seats != 0) {
                court.settle(_over, 0, who);
                court.withdraw(who);
            }
            if (left || pool.accountOf(who).locked != 0) continue;
            left = true;
            vm.prank(who);
            pool.depart();
            vm.prank(who);
            pool.unbond(STAKE);
        }
        court.withdraw(FLAGGER);
        court.withdraw(address(this));
    }
}
