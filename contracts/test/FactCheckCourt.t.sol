// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtBench} from "../src/court/CourtBench.sol";
import {FactCheckCourt} from "../src/FactCheckCourt.sol";
import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {Paused} from "../src/lib/Paused.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev Whole cases, and what is refused on the way.
contract FactCheckCourtTest is CourtBase {
    function ruling(uint256 id, ICourtTypes.Ruling wanted) private view {
        same(uint256(court.caseOf(id).ruling), uint256(wanted), "ruling");
    }

    function phase(uint256 id, ICourtTypes.Phase wanted) private view {
        same(uint256(court.phaseOf(id)), uint256(wanted), "phase");
    }

    function test_altered() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Synthetic);
        closed(id);
        ruling(id, ICourtTypes.Ruling.Synthetic);
        // Bounty less what seven seats share is dust, and four calls were paid for.
        uint256 pot = 50_000_007 - 4 * uint256(100_003);
        same(court.caseOf(id).share, pot / 7, "share");
        same(court.creditOf(FLAGGER), 20_000_001, "bond");
        same(court.creditOf(TREASURY), pot % 7, "dust");
        same(court.bondFor(FILE, 0), 20_000_001, "a flag that was right doubles nothing");
        emptied(0);
    }

    function test_not_altered() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.NotAltered);
        closed(id);
        ruling(id, ICourtTypes.Ruling.NotAltered);
        same(court.creditOf(FLAGGER), 0, "bond lost");
        same(court.caseOf(id).share, (50_000_007 + uint256(20_000_001) - 4 * uint256(100_003)) / 7, "share");
        same(court.bondFor(FILE, 0), 40_000_002, "doubled");
        emptied(1);
    }

    function test_cannot_tell() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.CannotTell);
        closed(id);
        ruling(id, ICourtTypes.Ruling.CannotTell);
        uint256 back = 50_000_007 - 4 * uint256(100_003) - 7 * uint256(200_001) + 20_000_001;
        same(court.creditOf(FLAGGER), back, "bounty and bond");
        same(court.creditOf(TREASURY), 0, "nothing over");
        emptied(2);
    }

    function test_all_silent() public {
        uint256 id = opened();
        pass(3 days);
        court.tally(id);
        closed(id);
        ruling(id, ICourtTypes.Ruling.Unresolved);
        ICourtTypes.Round memory round = court.roundOf(id, 0);
        uint256 lost = uint256(round.seatsPeople) * 20_000_009 + uint256(round.seatsAutomated) * 10_000_003;
        same(court.creditOf(BURN), lost, "locks are burned");
        same(court.creditOf(FLAGGER), 50_000_007 - 4 * uint256(100_003) + 20_000_001, "nobody gains by it");
        emptied(3);
    }

    /// @dev Votes split with nobody over a half: no ruling, and nobody slashed.
    function test_tie() public {
        uint256 id = opened();
        uint256 n = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) commits(id, reviewers[i], ICourtTypes.Ballot(n++ % 3));
        }
        pass(2 days);
        n = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (seatsOf(id, who) != 0) court.reveal(id, who, ICourtTypes.Ballot(n++ % 3), salt(id, who));
        }
        pass(1 days);
        court.tally(id);
        closed(id);
        same(pool.pendingSlash(), 0, "nobody loses");
        emptied(0);
    }

    function appealed(uint256 id, bool against) private {
        uint96 target = court.appealTarget(id, court.caseOf(id).round, against);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, against, target);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.openRound(id);
        pass(3 days);
        vm.expectRevert(ICourtTypes.RoundFunded.selector);
        court.finalise(id);
        court.openRound(id);
        drawn(id);
    }

    function test_an_appeal_turns_it() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.NotAltered);
        appealed(id, true);
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        ruling(id, ICourtTypes.Ruling.Edited);
        uint256 target = court.appealTarget(id, 0, true);
        court.claimAppeal(id, 0, true, STRANGER);
        same(court.creditOf(STRANGER), target - 15 * uint256(2_000_003) - 6 * uint256(100_003), "all but the round");
        same(court.creditOf(FLAGGER), 20_000_001, "bond");
        emptied(0);
    }

    function test_an_appeal_fails() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.NotAltered);
        appealed(id, true);
        ruled(id, ICourtTypes.Ballot.NotAltered);
        closed(id);
        ruling(id, ICourtTypes.Ruling.NotAltered);
        same(court.creditOf(BURN), court.appealTarget(id, 0, true) / 2, "half is burned");
        court.claimAppeal(id, 0, true, STRANGER);
        same(court.creditOf(STRANGER), 0, "and all is lost");
        emptied(1);
    }

    /// @dev Silence in the round that an appeal paid for annuls nothing.
    function test_a_silent_round_leaves_the_ruling() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        appealed(id, false);
        pass(3 days);
        court.tally(id);
        ruling(id, ICourtTypes.Ruling.Edited);
        closed(id);
        ruling(id, ICourtTypes.Ruling.Edited);
        emptied(2);
    }

    function test_three_rounds() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        appealed(id, true);
        ruled(id, ICourtTypes.Ballot.NotAltered);
        appealed(id, true);
        ruled(id, ICourtTypes.Ballot.Synthetic);
        vm.expectRevert(ICourtTypes.NoFurtherRound.selector);
        court.fundAppeal(id, true, 1);
        court.finalise(id);
        ruling(id, ICourtTypes.Ruling.Synthetic);
        emptied(3);
    }

    function test_no_evidence() public {
        uint256 id = opened();
        uint256 said = 0;
        for (uint256 i = 0; i < reviewers.length && 3 * said < 14; ++i) {
            uint256 seats = seatsOf(id, reviewers[i]);
            if (seats == 0) continue;
            vm.prank(reviewers[i]);
            court.reportUnobtainable(id);
            said += seats;
        }
        phase(id, ICourtTypes.Phase.Cancelled);
        same(court.creditOf(BURN), 20_000_001, "bond");
        same(court.creditOf(FLAGGER), 50_000_007 - 2 * uint256(100_003), "bounty");
        same(pool.pendingSlash(), 0, "nobody loses");
        emptied(0);
    }

    function test_a_leak() public {
        uint256 id = opened();
        address who = first(id);
        uint256 seats = seatsOf(id, who);
        commits(id, who, ICourtTypes.Ballot.Edited);
        bytes32 salt_ = salt(id, who);
        vm.expectRevert(ICourtTypes.NotCommitted.selector);
        court.reportLeak(id, who, ICourtTypes.Ballot.NotAltered, salt_);
        ICourtTypes.Round memory before = court.roundOf(id, 0);
        vm.prank(STRANGER);
        court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt_);
        same(court.creditOf(STRANGER), seats * 20_000_009 / 10, "reward");
        same(court.creditOf(BURN), seats * 20_000_009 - seats * 20_000_009 / 10, "burned");
        ICourtTypes.Round memory after_ = court.roundOf(id, 0);
        same(after_.seatsPeople + after_.voided, before.seatsPeople, "seats");
        same(seatsOf(id, who), 0, "no seat");
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt_);
        vm.prank(who);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.commit(id, keccak256("again"));
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        emptied(1);
    }

    /// @dev Too late for others to come in: the seat counts as silent, and the panel does not shrink.
    function test_a_late_leak() public {
        uint256 id = opened();
        address who = first(id);
        uint256 seats = seatsOf(id, who);
        commits(id, who, ICourtTypes.Ballot.Edited);
        pass(1 days);
        court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt(id, who));
        same(court.roundOf(id, 0).voided, seats, "void");
        pass(1 days);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, keccak256(abi.encode(id, uint8(0), who)));
        pass(1 days);
        court.tally(id);
        closed(id);
        emptied(2);
    }

    function first(uint256 id) private view returns (address who) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) return reviewers[i];
        }
    }

    /// @dev I7: not a second too early, nor too late.
    function test_windows() public {
        uint256 id = flagged(FILE);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.requestSeed(id);
        pass(1 days - 1);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.requestSeed(id);
        pass(1);
        drawn(id);
        address who = first(id);
        bytes32 salt_ = salt(id, who);
        commits(id, who, ICourtTypes.Ballot.Edited);
        pass(2 days - 1);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
        commits(id, who, ICourtTypes.Ballot.Edited);
        pass(1);
        phase(id, ICourtTypes.Phase.Reveal);
        vm.prank(who);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.commit(id, keccak256("late"));
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt_);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.tally(id);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
        vm.expectRevert(ICourtTypes.AlreadyRevealed.selector);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
        pass(1 days);
        phase(id, ICourtTypes.Phase.Tallying);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
        court.tally(id);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.tally(id);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.finalise(id);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.settle(id, 0, who);
        closed(id);
        court.settle(id, 0, who);
        vm.expectRevert(ICourtTypes.NothingToSettle.selector);
        court.settle(id, 0, who);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.finalise(id);
        emptied(0);
    }

    function test_appeals_are_refused() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        vm.expectRevert(ICourtTypes.ZeroAmount.selector);
        court.fundAppeal(id, false, 0);
        rich(STRANGER, 1e12, address(court));
        pass(36 hours);
        vm.prank(STRANGER);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.fundAppeal(id, true, 5);
        vm.prank(STRANGER);
        court.fundAppeal(id, false, type(uint96).max);
        same(court.sideOf(id, 0, false).funded, court.appealTarget(id, 0, false), "no more than is needed");
        vm.prank(STRANGER);
        vm.expectRevert(ICourtTypes.FullyFunded.selector);
        court.fundAppeal(id, false, 1);
    }

    /// @dev What does not reach its target comes back whole.
    function test_an_appeal_that_is_not_funded() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        rich(STRANGER, 777, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, true, 777);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.claimAppeal(id, 0, true, STRANGER);
        pass(3 days);
        vm.expectRevert(ICourtTypes.RoundNotFunded.selector);
        court.openRound(id);
        court.finalise(id);
        court.claimAppeal(id, 0, true, STRANGER);
        same(court.creditOf(STRANGER), 777, "back");
        vm.expectRevert(ICourtTypes.NothingToSettle.selector);
        court.claimAppeal(id, 0, true, STRANGER);
        emptied(0);
    }

    function test_flags_are_refused() public {
        uint256 id = flagged(FILE);
        ICourtTypes.Flag memory what = flagOf(FILE);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.AlreadyOpen.selector, id));
        court.flag(what);
        what = flagOf("other");
        what.bond += 1;
        vm.expectPartialRevert(ICourtTypes.BadBond.selector);
        court.flag(what);
        what.bond -= 1;
        what.bounty = 7 * 2_000_003 + 6 * 100_003 - 1;
        vm.expectPartialRevert(ICourtTypes.BountyTooLow.selector);
        court.flag(what);
        what.media = 0;
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.flag(what);
        what.media = "other";
        what.uri = string(new bytes(513));
        vm.expectPartialRevert(ICourtTypes.BadLength.selector);
        court.flag(what);
    }

    /// @dev A case about a claim knows no kinds, and does not stand in the way of one about the file.
    function test_a_claim() public {
        uint256 id = flagged(FILE);
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.claim = "taken yesterday";
        vm.prank(FLAGGER);
        uint256 other = court.flag(what);
        check(id != other && court.lastCase(FILE, keccak256("taken yesterday")) == other, "two cases");
        pass(1 days);
        drawn(other);
        address who = first(other);
        commits(other, who, ICourtTypes.Ballot.Synthetic);
        pass(2 days);
        bytes32 salt_ = salt(other, who);
        vm.expectPartialRevert(ICourtTypes.BadBallot.selector);
        court.reveal(other, who, ICourtTypes.Ballot.Synthetic, salt_);
    }

    function test_a_publisher_answers() public {
        vm.prank(signer);
        media.register(1, registration(FILE));
        uint256 id = flagged(FILE);
        same(court.caseOf(id).publisher, 1, "named");
        vm.prank(STRANGER);
        vm.expectRevert(ICourtTypes.NotPublisher.selector);
        court.reply(id, 1, "item", "", false);
        rich(OWNER, 20_000_001, address(court));
        vm.prank(OWNER);
        court.reply(id, 1, "item", "", true);
        vm.prank(OWNER);
        vm.expectRevert(ICourtTypes.AlreadyReplied.selector);
        court.reply(id, 1, "item", "", true);
        pass(1 days);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.NotAltered);
        closed(id);
        same(court.creditOf(OWNER), 30_000_001, "the bond and half of the flag's");
        emptied(0);
    }

    /// @dev Three seeds are lost, and everything goes back.
    function test_lost_seeds() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        for (uint256 i = 0; i < 3; ++i) {
            court.requestSeed(id);
            vm.expectRevert(ICourtTypes.SeedNotLost.selector);
            court.requestSeed(id);
            mined(300);
        }
        court.requestSeed(id);
        phase(id, ICourtTypes.Phase.Cancelled);
        same(court.creditOf(FLAGGER), 50_000_007 - 3 * uint256(100_003) + 20_000_001, "refund");
        emptied(0);
    }

    /// @dev The same in a round that an appeal paid for: the ruling before it stands.
    function test_lost_seeds_of_an_appeal() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        uint96 target = court.appealTarget(id, 0, true);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, true, target);
        pass(3 days);
        court.openRound(id);
        for (uint256 i = 0; i < 4; ++i) {
            court.requestSeed(id);
            mined(300);
        }
        phase(id, ICourtTypes.Phase.Final);
        ruling(id, ICourtTypes.Ruling.Edited);
        emptied(1);
    }

    function test_too_few_reviewers() public {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            vm.prank(reviewers[i]);
            pool.depart();
        }
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        phase(id, ICourtTypes.Phase.Cancelled);
        same(court.creditOf(FLAGGER), 50_000_007 + 20_000_001, "refund");
        emptied(2);
    }

    /// @dev A pool that is locked to the brim seats nobody, however much weight it has.
    function test_a_pool_without_free_people() public {
        uint256 least = 4 * 7 * uint256(20_000_009);
        uint256 whole = pool.total(false);
        uint256 free = whole;
        for (uint256 i = 0; free >= least; ++i) {
            address who = reviewers[i % PEOPLE];
            uint96 amount = uint96(bound(STAKE, 1, free - least + 1));
            uint96 left = pool.accountOf(who).staked - pool.accountOf(who).locked;
            if (amount > left) amount = left;
            vm.prank(address(court));
            check(pool.lock(who, false, amount), "locked");
            free -= amount;
        }
        same(pool.total(false), whole, "as much weight as ever");
        same(pool.freePeople(), least - 1, "one unit short");
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        phase(id, ICourtTypes.Phase.Cancelled);
        same(uint256(court.caseOf(id).reason), uint256(ICourtTypes.Reason.PoolTooSmall), "why");
        address last = reviewers[0];
        free = pool.accountOf(last).locked;
        vm.prank(address(court));
        pool.settle(last, uint96(free), 0, false, false);
        id = flagged(FILE);
        pass(1 days);
        drawn(id);
    }

    /// @dev The last third of the first window is for the reply of who was named alone.
    function test_the_last_third_is_for_the_reply() public {
        vm.prank(signer);
        media.register(1, registration(FILE));
        (uint32 other, address controller) = another("Second News");
        vm.prank(controller);
        media.register(other, registration(FILE));
        uint256 id = flagged(FILE);
        pass(16 hours - 1);
        court.addEvidence(id, "in time", "");
        vm.prank(controller);
        court.reply(id, other, "in time", "", false);
        pass(1);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.addEvidence(id, "late", "");
        vm.prank(controller);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.reply(id, other, "late", "", false);
        vm.prank(OWNER);
        court.reply(id, 1, "answer", "", false);
        pass(8 hours - 1);
        vm.prank(OWNER);
        court.reply(id, 1, "answer", "", false);
        pass(1);
        vm.prank(OWNER);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.reply(id, 1, "late", "", false);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.addEvidence(id, "late", "");
        court.requestSeed(id);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.addEvidence(id, "late", "");
        mined(2);
        court.draw(id, 512);
        court.addEvidence(id, "for a later round", "");
        same(court.roundOf(id, 0).evidenceRoot == court.caseOf(id).evidenceRoot ? 1 : 0, 0, "not for this one");
    }

    /// @dev I11: a pause holds up flags and draws; windows stand still; voting, settling and withdrawing go on.
    function test_pauses() public {
        uint256 id = opened();
        address who = first(id);
        vm.expectRevert(Paused.NotGuardian.selector);
        court.pause();
        vm.prank(GUARDIAN);
        court.pause();
        ICourtTypes.Flag memory what = flagOf("other");
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.flag(what);
        commits(id, who, ICourtTypes.Ballot.Edited);
        pass(2 days);
        phase(id, ICourtTypes.Phase.Commit);
        vm.prank(GUARDIAN);
        court.unpause();
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        pass(30 days);
        vm.prank(GUARDIAN);
        court.pause();
        emptied(0);
    }

    function test_a_seed_lost_in_a_pause_is_not_counted() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        vm.prank(GUARDIAN);
        court.pause();
        vm.expectPartialRevert(Paused.IsPaused.selector);
        court.draw(id, 512);
        mined(300);
        pass(7 days);
        court.requestSeed(id);
        same(court.roundOf(id, 0).requests, 1, "not counted");
        same(court.caseOf(id).keeperPaid, 100_003, "nor paid for");
        mined(2);
        court.draw(id, 512);
        phase(id, ICourtTypes.Phase.Commit);
    }

    /// @dev Drawn in as many calls as one likes: the same panel.
    function testFuzz_a_draw_in_parts(uint16 words) public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        mined(2);
        words = uint16(bound(words, 1, 30));
        while (court.phaseOf(id) != ICourtTypes.Phase.Commit) court.draw(id, words);
        uint256 parts = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) parts = parts * 8 + seatsOf(id, reviewers[i]);
        ICourtTypes.Round memory round = court.roundOf(id, 0);
        same(uint256(round.seatsPeople) + round.seatsAutomated, 7, "seats");
        check(round.seatsAutomated <= 2, "I9: a third at most");
        for (uint256 i = PEOPLE; i < reviewers.length; ++i) check(seatsOf(id, reviewers[i]) <= 1, "I9: family");
    }

    /// @dev I10: what is committed to is for one chain, court, case, round and voter.
    function test_a_commitment_serves_nobody_else() public {
        uint256 id = opened();
        bytes32 mine = court.commitmentOf(id, 0, FLAGGER, ICourtTypes.Ballot.Edited, "salt");
        check(mine != court.commitmentOf(id + 1, 0, FLAGGER, ICourtTypes.Ballot.Edited, "salt"), "case");
        check(mine != court.commitmentOf(id, 1, FLAGGER, ICourtTypes.Ballot.Edited, "salt"), "round");
        check(mine != court.commitmentOf(id, 0, STRANGER, ICourtTypes.Ballot.Edited, "salt"), "voter");
        check(mine != court.commitmentOf(id, 0, FLAGGER, ICourtTypes.Ballot.Synthetic, "salt"), "ballot");
        check(mine != made(terms()).commitmentOf(id, 0, FLAGGER, ICourtTypes.Ballot.Edited, "salt"), "court");
        vm.chainId(99);
        check(mine != court.commitmentOf(id, 0, FLAGGER, ICourtTypes.Ballot.Edited, "salt"), "chain");
    }

    function test_signed_commitments() public {
        uint256 id = opened();
        address voter = vm.addr(KEY);
        bytes32 digest = court.commitDigest(id, 0, "c", voter, 0, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        bytes memory signature = abi.encodePacked(r, s, v);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "d", voter, 0, block.timestamp, signature);
        vm.expectPartialRevert(ICourtTypes.BadNonce.selector);
        court.commitBySig(id, 0, "c", voter, 1, block.timestamp, signature);
        vm.expectPartialRevert(ICourtTypes.Expired.selector);
        court.commitBySig(id, 0, "c", voter, 0, block.timestamp - 1, signature);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.commitBySig(id, 0, "c", voter, 0, block.timestamp, signature);
        vm.prank(voter);
        court.skipNonce();
        same(court.nonceOf(voter), 1, "taken back");
    }

    function test_parameters() public {
        ICourtTypes.Parameters memory p = terms();
        vm.expectRevert(ICourtTypes.NotTimelock.selector);
        court.propose(p);
        p.slashBps = 5001;
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.OutOfBounds.selector, 1));
        court.propose(p);
        p.slashBps = 5000;
        vm.expectRevert(ICourtTypes.NothingProposed.selector);
        court.adopt();
        uint256 id = flagged(FILE);
        vm.prank(TIMELOCK);
        court.propose(p);
        vm.expectPartialRevert(ICourtTypes.TooEarly.selector);
        court.adopt();
        pass(2 days);
        court.adopt();
        same(court.parametersNumber(), 2, "adopted");
        same(court.caseOf(id).parameters, 1, "a case keeps what held");
        vm.expectRevert(ICourtTypes.NothingProposed.selector);
        court.adopt();
    }

    /// @dev The other half of the code is nothing by itself.
    function test_the_bench_alone() public {
        uint256 id = opened();
        CourtBench bench = CourtBench(court.BENCH());
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        bench.tally(id);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        bench.finalise(id);
        CourtBench other = new CourtBench(address(pool), address(media), OWNER, TIMELOCK, GUARDIAN);
        ICourtTypes.Parameters memory p = terms();
        vm.expectRevert(ICourtTypes.OtherBench.selector);
        new FactCheckCourt(address(pool), address(media), TREASURY, TIMELOCK, GUARDIAN, address(other), p);
    }
}
