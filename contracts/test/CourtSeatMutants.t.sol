// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {Paused} from "../src/lib/Paused.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev Who gets a seat, who does not, and what becomes of the counters when one is lost.
contract CourtSeatMutantsTest is CourtBase {
    /// @dev The round's counters, from the voters anew.
    function counted(uint256 id) private view returns (uint256 people, uint256 machines, uint256 unobtainable) {
        uint8 number = court.caseOf(id).round;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            ICourtTypes.Vote memory vote = court.voteOf(id, number, reviewers[i]);
            if (vote.voided) continue;
            if (vote.automated) machines += vote.seats;
            else people += vote.seats;
            if (vote.unobtainable) unobtainable += vote.seats;
        }
        ICourtTypes.Round memory round = court.roundOf(id, number);
        same(round.seatsPeople, people, "people");
        same(round.seatsAutomated, machines, "machines");
        same(round.unobtainable, unobtainable, "unobtainable");
        same(people + machines + round.voided, 7, "seven seats");
    }

    function named(uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode("panel", i));
    }

    function drawnFor(uint256 i) private returns (uint256 id) {
        id = flagged(named(i));
        pass(1 days);
        court.requestSeed(id);
        mined(2 + i);
        court.draw(id, 512);
    }

    function test_every_panel_has_its_seats() public {
        for (uint256 i = 0; i < 12; ++i) counted(drawnFor(i));
    }

    /// @dev Words that name somebody who has nothing left to lock go to the next in line.
    function test_who_has_left_gets_no_seat() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        for (uint256 i = 0; i < 9; ++i) {
            vm.prank(reviewers[i]);
            pool.unbond(STAKE);
        }
        pass(7 days);
        for (uint256 i = 0; i < 9; ++i) {
            vm.prank(reviewers[i]);
            pool.withdraw(reviewers[i]);
        }
        mined(2);
        court.draw(id, 512);
        counted(id);
        for (uint256 i = 0; i < 9; ++i) same(seatsOf(id, reviewers[i]), 0, "left");
    }

    /// @dev Whoever leaks, and however often: no seat comes back to them, none is made, and what they reported is gone.
    function test_leaks_keep_the_counters() public {
        for (uint256 i = 0; i < 6; ++i) {
            uint256 id = drawnFor(i);
            for (uint256 j = 0; j < reviewers.length; ++j) {
                address who = reviewers[(j + i) % reviewers.length];
                if (seatsOf(id, who) == 0) continue;
                if (seatsOf(id, who) == 1 && j % 2 == 0) {
                    vm.prank(who);
                    court.reportUnobtainable(id);
                    vm.prank(who);
                    vm.expectRevert(ICourtTypes.AlreadyReported.selector);
                    court.reportUnobtainable(id);
                    if (court.phaseOf(id) != ICourtTypes.Phase.Commit) break;
                }
                commits(id, who, ICourtTypes.Ballot.Edited);
                court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt(id, who));
                same(seatsOf(id, who), 0, "void");
                counted(id);
            }
        }
    }

    /// @dev A word after another, and no more of them than was asked for.
    function test_a_draw_takes_so_many_words() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        mined(2);
        court.draw(id, 0);
        same(court.roundOf(id, 0).cursor, 0, "none");
        court.draw(id, 1);
        same(court.roundOf(id, 0).cursor, 1, "one");
        while (court.roundOf(id, 0).cursor < 128) court.draw(id, 1);
        uint256 before = court.roundOf(id, 0).cursor;
        while (court.caseOf(id).phase == ICourtTypes.Phase.Drawn) {
            court.draw(id, 1);
            same(court.roundOf(id, 0).cursor, ++before, "one more");
        }
        counted(id);
    }

    /// @dev Nobody of the people can be seated: after 512 words it is over, in whatever parts.
    function test_words_end() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            vm.prank(reviewers[i]);
            pool.unbond(STAKE);
        }
        pass(7 days);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            vm.prank(reviewers[i]);
            pool.withdraw(reviewers[i]);
        }
        mined(2);
        court.draw(id, 300);
        same(uint256(court.caseOf(id).phase), uint256(ICourtTypes.Phase.Drawn), "not yet");
        same(court.roundOf(id, 0).cursor, 428, "300 after the machines' 128");
        court.draw(id, 83);
        same(court.roundOf(id, 0).cursor, 511, "one is left");
        same(uint256(court.caseOf(id).phase), uint256(ICourtTypes.Phase.Drawn), "still not");
        court.draw(id, 300);
        same(uint256(court.caseOf(id).phase), uint256(ICourtTypes.Phase.Cancelled), "over");
        same(uint256(court.caseOf(id).reason), uint256(ICourtTypes.Reason.PoolTooSmall), "why");
        emptied(0);
    }

    function test_a_pause_stops_seeds_and_draws() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        vm.prank(GUARDIAN);
        court.pause();
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.requestSeed(id);
        vm.prank(GUARDIAN);
        court.unpause();
        court.requestSeed(id);
    }

    /// @dev Only the first panel says that media cannot be had; and a signed vote is for the round that it names.
    function test_a_second_round_is_another() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        uint96 target = court.appealTarget(id, 0, true);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, true, target);
        pass(3 days);
        court.openRound(id);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.reply(id, 1, "item", "", false);
        drawn(id);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) == 0) continue;
            vm.prank(reviewers[i]);
            vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
            court.reportUnobtainable(id);
            vm.prank(reviewers[i]);
            vm.expectRevert(ICourtTypes.ZeroHash.selector);
            court.commit(id, 0);
        }
        address voter = vm.addr(KEY);
        bytes32 digest = court.commitDigest(id, 0, "c", voter, 0, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.commitBySig(id, 0, "c", voter, 0, block.timestamp, abi.encodePacked(r, s, v));
    }

    /// @dev Two silences in a row put somebody out, a vote between them does not.
    function test_silence_is_counted_and_a_vote_is_not() public {
        uint256 id = drawnFor(1);
        pass(3 days);
        court.tally(id);
        closed(id);
        uint256 voted_ = drawnFor(2);
        ruled(voted_, ICourtTypes.Ballot.Edited);
        closed(voted_);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            uint256 missed = court.voteOf(id, 0, who).seats == 0 ? 0 : 1;
            if (missed == 1) court.settle(id, 0, who);
            same(pool.accountOf(who).missed, missed, "missed");
            if (court.voteOf(voted_, 0, who).seats == 0) continue;
            court.settle(voted_, 0, who);
            same(pool.accountOf(who).missed, 0, "forgotten");
        }
    }

    /// @dev In the last round, once votes are taken, evidence has no round to come.
    function test_no_evidence_after_the_last_panel() public {
        ICourtTypes.Parameters memory p = terms();
        p.seats = [7, 0, 0];
        vm.prank(TIMELOCK);
        court.propose(p);
        pass(2 days);
        court.adopt();
        uint256 id = opened();
        vm.expectRevert(ICourtTypes.NoFurtherRound.selector);
        court.addEvidence(id, "item", "");
    }
}
