// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./support/CourtBase.sol";
import {Vm} from "./support/Vm.sol";

/// @dev Edges and events of the court that whole cases do not need, and what random histories once found.
contract CourtMutantsTest is CourtBase {
    mapping(bytes32 topic => uint256) private _told;

    function adopted(ICourtTypes.Parameters memory p) private {
        vm.prank(TIMELOCK);
        court.propose(p);
        pass(2 days);
        court.adopt();
    }

    function paid(uint256 id, bool against) private {
        uint96 target = court.appealTarget(id, court.caseOf(id).round, against);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, against, target);
    }

    /// @dev Appeals pay for the keepers of their rounds. That left such a case unable to end, with all in it.
    function test_keepers_of_later_rounds_may_cost_more_than_the_bounty() public {
        ICourtTypes.Parameters memory p = terms();
        (p.seatFee, p.fixedFee) = (1, 1);
        adopted(p);
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.bounty = 7 + 6 * 100_003;
        vm.prank(FLAGGER);
        uint256 id = court.flag(what);
        pass(1 days);
        for (uint256 i = 0; i < 3; ++i) {
            drawn(id);
            ruled(id, ICourtTypes.Ballot.Edited);
            if (i == 2) break;
            paid(id, false);
            pass(3 days);
            court.openRound(id);
        }
        court.finalise(id);
        check(court.caseOf(id).keeperPaid > what.bounty, "keepers cost more");
        emptied(0);
    }

    function test_a_proposal_is_told_and_has_its_moment() public {
        ICourtTypes.Parameters memory p = terms();
        p.leakBps = 77;
        vm.prank(TIMELOCK);
        court.propose(p);
        (ICourtTypes.Parameters memory proposed, uint40 readyAt) = court.proposal();
        same(proposed.leakBps, 77, "proposed");
        same(readyAt, block.timestamp + 2 days, "in two days");
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.TooEarly.selector, readyAt));
        court.adopt();
        vm.warp(readyAt);
        court.adopt();
        same(court.parametersOf(2).leakBps, 77, "adopted");
        (, readyAt) = court.proposal();
        same(readyAt, 0, "once");
    }

    function test_texts_and_hashes_of_a_flag() public {
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory what = flagOf("long");
        what.evidence = 0;
        vm.prank(FLAGGER);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.flag(what);
        what.evidence = "bundle";
        what.claim = string(new bytes(1025));
        vm.prank(FLAGGER);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.BadLength.selector, 1025, 1024));
        court.flag(what);
        (what.claim, what.uri) = (string(new bytes(1024)), string(new bytes(512)));
        vm.prank(FLAGGER);
        uint256 id = court.flag(what);
        same(court.caseOf(id).claim, keccak256(new bytes(1024)), "claim");
        same(court.lastCase("long", keccak256(new bytes(1024))), id, "about both");
        same(court.lastCase("long", 0), 0, "and not about the file alone");
    }

    function test_a_bounty_has_a_least_and_a_most() public {
        rich(FLAGGER, uint256(1) << 90, address(court));
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.bounty = (uint96(1) << 87) + 1;
        vm.prank(FLAGGER);
        vm.expectPartialRevert(ICourtTypes.BountyTooLow.selector);
        court.flag(what);
        what.bounty = uint96(1) << 87;
        vm.prank(FLAGGER);
        court.flag(what);
        what = flagOf("least");
        what.bounty = 7 * 2_000_003 + 6 * 100_003;
        vm.prank(FLAGGER);
        court.flag(what);
    }

    function test_evidence_is_chained() public {
        uint256 id = flagged(FILE);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.addEvidence(id, 0, "");
        vm.expectPartialRevert(ICourtTypes.BadLength.selector);
        court.addEvidence(id, "item", string(new bytes(513)));
        court.addEvidence(id, "item", string(new bytes(512)));
        bytes32 root = keccak256(abi.encode(keccak256("bundle"), address(this), bytes32("item")));
        same(court.caseOf(id).evidenceRoot, root, "root");
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.addEvidence(id + 1, "item", "");
    }

    function test_reasons_are_for_who_revealed() public {
        uint256 id = opened();
        address who = seated(id);
        commits(id, who, ICourtTypes.Ballot.Edited);
        vm.prank(who);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.justify(id, 0, "why", "");
        bytes32 salt_ = salt(id, who);
        pass(2 days);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
        vm.prank(who);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.justify(id, 0, 0, "");
        vm.prank(who);
        vm.expectPartialRevert(ICourtTypes.BadLength.selector);
        court.justify(id, 0, "why", string(new bytes(513)));
        vm.prank(who);
        court.justify(id, 0, "why", string(new bytes(512)));
    }

    function seated(uint256 id) private view returns (address who) {
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) return reviewers[i];
        }
    }

    function test_money_goes_where_its_owner_says() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        uint256 mine = court.creditOf(FLAGGER);
        uint256 before = coin.balanceOf(OWNER);
        vm.prank(FLAGGER);
        vm.expectRevert(ICourtTypes.ZeroAddress.selector);
        court.withdrawTo(address(0));
        vm.expectRevert(ICourtTypes.NothingCredited.selector);
        court.withdraw(OWNER);
        vm.prank(FLAGGER);
        same(court.withdrawTo(OWNER), mine, "all of it");
        same(coin.balanceOf(OWNER) - before, mine, "to whom they said");
        vm.prank(FLAGGER);
        vm.expectRevert(ICourtTypes.NothingCredited.selector);
        court.withdrawTo(OWNER);
    }

    function test_the_side_against_has_the_first_half() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        rich(STRANGER, 1e9, address(court));
        uint40 ends = court.roundOf(id, 0).appealEnds;
        same(ends, court.clock() + 3 days, "three days");
        vm.warp(block.timestamp + 36 hours - 1);
        vm.prank(STRANGER);
        court.fundAppeal(id, true, 5);
        pass(1);
        vm.prank(STRANGER);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.fundAppeal(id, true, 5);
        pass(36 hours - 1);
        vm.prank(STRANGER);
        court.fundAppeal(id, false, 5);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.finalise(id);
        pass(1);
        vm.prank(STRANGER);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.fundAppeal(id, false, 5);
        court.finalise(id);
    }

    /// @dev Both sides paid and nobody was wrong: each pays half of the round, the odd unit by the side against.
    function test_two_sides_share_what_a_round_cost() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.CannotTell);
        (uint256 with, uint256 against) = (court.appealTarget(id, 0, false), court.appealTarget(id, 0, true));
        same(against, 2 * with, "twice as much");
        paid(id, false);
        paid(id, true);
        pass(3 days);
        court.openRound(id);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.CannotTell);
        closed(id);
        uint256 cost = 15 * uint256(2_000_003) + 6 * uint256(100_003);
        same(cost % 2, 1, "odd");
        court.claimAppeal(id, 0, false, STRANGER);
        same(court.creditOf(STRANGER), with - cost / 2, "with it");
        court.claimAppeal(id, 0, true, STRANGER);
        same(court.creditOf(STRANGER), with + against - cost, "against it");
        emptied(0);
    }

    /// @dev Twice for each case that changed nothing, sixteen times at most, and only about the same.
    function test_a_bond_doubles_four_times() public {
        for (uint256 i = 0; i < 6; ++i) {
            same(court.bondFor(FILE, 0), uint256(20_000_001) << (i < 4 ? i : 4), "bond");
            uint256 id = flagged(FILE);
            pass(1 days);
            drawn(id);
            ruled(id, ICourtTypes.Ballot.CannotTell);
            closed(id);
            for (uint256 j = 0; j < reviewers.length; ++j) {
                if (court.voteOf(id, 0, reviewers[j]).seats != 0) court.settle(id, 0, reviewers[j]);
            }
        }
        same(court.bondFor("another", 0), 20_000_001, "another file");
    }

    /// @dev Readers have nothing but events.
    function test_each_step_is_told() public {
        vm.prank(signer);
        media.register(1, registration(FILE));
        vm.recordLogs();
        uint256 id = flagged(FILE);
        rich(OWNER, 20_000_001, address(court));
        vm.prank(OWNER);
        court.reply(id, 1, "item", "", true);
        pass(1 days);
        drawn(id);
        address who = seated(id);
        vm.prank(who);
        court.reportUnobtainable(id);
        commits(id, who, ICourtTypes.Ballot.Edited);
        court.reportLeak(id, who, ICourtTypes.Ballot.Edited, salt(id, who));
        ruled(id, ICourtTypes.Ballot.NotAltered);
        vm.prank(seated(id));
        court.justify(id, 0, "why", "");
        paid(id, true);
        pass(3 days);
        court.openRound(id);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.NotAltered);
        closed(id);
        court.settle(id, 1, seated(id));
        court.claimAppeal(id, 0, true, STRANGER);
        court.withdraw(BURN);
        vm.prank(who);
        court.skipNonce();
        count();
        expected();
    }

    function count() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(court)) ++_told[logs[i].topics[0]];
        }
    }

    function expected() private view {
        same(_told[ICourtTypes.Flagged.selector], 1, "Flagged");
        same(_told[ICourtTypes.EvidenceAdded.selector], 1, "EvidenceAdded");
        same(_told[ICourtTypes.Replied.selector], 1, "Replied");
        same(_told[ICourtTypes.SeedRequested.selector], 2, "SeedRequested");
        check(_told[ICourtTypes.SeatDrawn.selector] >= 22, "SeatDrawn");
        same(_told[ICourtTypes.CommitStarted.selector], 2, "CommitStarted");
        check(_told[ICourtTypes.Committed.selector] >= 3, "Committed");
        same(_told[ICourtTypes.Unobtainable.selector], 1, "Unobtainable");
        same(_told[ICourtTypes.Leaked.selector], 1, "Leaked");
        check(_told[ICourtTypes.Revealed.selector] >= 2, "Revealed");
        same(_told[ICourtTypes.Justified.selector], 1, "Justified");
        same(_told[ICourtTypes.Tallied.selector], 2, "Tallied");
        same(_told[ICourtTypes.AppealFunded.selector], 1, "AppealFunded");
        same(_told[ICourtTypes.RoundOpened.selector], 1, "RoundOpened");
        same(_told[ICourtTypes.Finalised.selector], 1, "Finalised");
        same(_told[ICourtTypes.SeatsSettled.selector], 1, "SeatsSettled");
        same(_told[ICourtTypes.AppealClaimed.selector], 1, "AppealClaimed");
        // Two seeds, two draws, two tallies, one end.
        same(_told[ICourtTypes.KeeperPaid.selector], 7, "KeeperPaid");
        check(_told[ICourtTypes.Credited.selector] >= 8, "Credited");
        same(_told[ICourtTypes.Withdrawn.selector], 1, "Withdrawn");
        same(_told[ICourtTypes.NonceSkipped.selector], 1, "NonceSkipped");
    }
}
