// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./support/CourtBase.sol";
import {Wallet} from "./support/Wallets.sol";

/// @dev Votes by signature, reasons, evidence, payments elsewhere, panels of few, silence, ties, and appeals of two sides.
contract CourtVotesTest is CourtBase {
    uint256 private constant VOTER = 0x707E;
    Wallet private _wallet;

    /// @dev A key and a wallet's contract that hold nine tenths of all weight sit in every panel.
    function setUp() public override {
        super.setUp();
        _wallet = new Wallet();
        joins(vm.addr(VOTER), 60 * STAKE);
        joins(address(_wallet), 60 * STAKE);
        pass(1 days);
        pool.refresh(vm.addr(VOTER));
        pool.refresh(address(_wallet));
    }

    function joins(address who, uint96 amount) private {
        reviewers.push(who);
        rich(who, amount, address(pool));
        vm.prank(who);
        pool.stake(amount);
        vm.prank(who);
        pool.join(false, 0);
    }

    function signed(uint256 id, uint8 round, bytes32 commitment, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = court.commitDigest(id, round, commitment, vm.addr(VOTER), nonce, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(VOTER, digest);
        return abi.encodePacked(r, s, v);
    }

    // -- by signature ------------------------------------------------------------------------------------------------

    function test_I10_a_signed_vote() public {
        uint256 id = opened();
        address who = vm.addr(VOTER);
        bytes32 mine = court.commitmentOf(id, 0, who, ICourtTypes.Ballot.Edited, "salt");
        bytes memory signature = signed(id, 0, mine, 0, block.timestamp);
        vm.expectEmit(address(court));
        emit ICourtTypes.Committed(id, 0, who, mine);
        vm.prank(STRANGER);
        court.commitBySig(id, 0, mine, who, 0, block.timestamp, signature);
        same(court.voteOf(id, 0, who).commitment, mine, "committed");
        same(court.nonceOf(who), 1, "used");
        // I10: not again, not with another number, not for another.
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.BadNonce.selector, 1));
        court.commitBySig(id, 0, mine, who, 0, block.timestamp, signature);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, mine, who, 1, block.timestamp, signature);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, mine, address(_wallet), 0, block.timestamp, signature);
        // A later one takes its place; the voter's own as well.
        bytes32 next = keccak256("next");
        court.commitBySig(id, 0, next, who, 1, block.timestamp, signed(id, 0, next, 1, block.timestamp));
        same(court.voteOf(id, 0, who).commitment, next, "replaced");
        vm.prank(who);
        court.commit(id, mine);
        pass(2 days);
        signature = signed(id, 0, next, 2, block.timestamp);
        vm.expectPartialRevert(ICourtTypes.WrongTime.selector);
        court.commitBySig(id, 0, next, who, 2, block.timestamp, signature);
        court.reveal(id, who, ICourtTypes.Ballot.Edited, "salt");
        check(court.voteOf(id, 0, who).revealed, "revealed");
    }

    function test_I10_a_signature_serves_once_and_here_alone() public {
        uint256 id = opened();
        address who = vm.addr(VOTER);
        uint256 until = block.timestamp;
        bytes memory signature = signed(id, 0, "c", 0, until);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "d", who, 0, until, signature);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id + 1, 0, "c", who, 0, until, signature);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 1, "c", who, 0, until, signature);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "c", who, 0, until + 1, signature);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.Expired.selector, until - 1));
        court.commitBySig(id, 0, "c", who, 0, until - 1, signature);
        signature[64] = signature[64] == bytes1(uint8(27)) ? bytes1(uint8(28)) : bytes1(uint8(27));
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "c", who, 0, until, signature);
        // The other form of the same signature.
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(VOTER, court.commitDigest(id, 0, "c", who, 0, until));
        signature = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "c", who, 0, until, signature);
        signature = signed(id, 0, "c", 0, until);
        uint256 chain = block.chainid;
        vm.chainId(99);
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "c", who, 0, until, signature);
        vm.chainId(chain);
        // For another round, properly signed: the seat is of this one.
        signature = signed(id, 1, "c", 0, until);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.commitBySig(id, 1, "c", who, 0, until, signature);
        // Nothing.
        signature = signed(id, 0, 0, 0, until);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.commitBySig(id, 0, 0, who, 0, until, signature);
        // Taken back.
        signature = signed(id, 0, "c", 0, until);
        vm.prank(who);
        court.skipNonce();
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.BadNonce.selector, 1));
        court.commitBySig(id, 0, "c", who, 0, until, signature);
    }

    function test_a_wallet_votes() public {
        uint256 id = opened();
        vm.expectRevert(ICourtTypes.BadSignature.selector);
        court.commitBySig(id, 0, "c", address(_wallet), 0, block.timestamp, "");
        _wallet.agree(court.commitDigest(id, 0, "c", address(_wallet), 0, block.timestamp));
        court.commitBySig(id, 0, "c", address(_wallet), 0, block.timestamp, "");
        same(court.voteOf(id, 0, address(_wallet)).commitment, bytes32("c"), "committed");
    }

    function test_votes_are_refused() public {
        uint256 id = opened();
        vm.prank(STRANGER);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.commit(id, "c");
        vm.prank(vm.addr(VOTER));
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.commit(id, 0);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.commit(id + 1, "c");
        pass(2 days);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.reveal(id, STRANGER, ICourtTypes.Ballot.Edited, "salt");
        vm.expectRevert(ICourtTypes.NotCommitted.selector);
        court.reveal(id, vm.addr(VOTER), ICourtTypes.Ballot.Edited, "salt");
    }

    // -- reasons, evidence, money elsewhere ----------------------------------------------------------------------------

    function test_reasons() public {
        uint256 id = opened();
        address who = vm.addr(VOTER);
        vm.prank(who);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.justify(id, 0, "item", "");
        voted(id, ICourtTypes.Ballot.Edited);
        vm.prank(who);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.justify(id, 0, 0, "");
        vm.prank(who);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.BadLength.selector, 513, 512));
        court.justify(id, 0, "item", string(new bytes(513)));
        vm.prank(who);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.justify(id, 1, "item", "");
        vm.prank(STRANGER);
        vm.expectRevert(ICourtTypes.NoSeat.selector);
        court.justify(id, 0, "item", "");
        vm.expectEmit(address(court));
        emit ICourtTypes.Justified(id, 0, who, "item", "https://example.org/why");
        vm.prank(who);
        court.justify(id, 0, "item", "https://example.org/why");
        court.tally(id);
        closed(id);
        vm.prank(who);
        court.justify(id, 0, "later", string(new bytes(512)));
    }

    function test_evidence_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.WrongPhase.selector, ICourtTypes.Phase.None));
        court.addEvidence(1, "item", "");
        uint256 id = flagged(FILE);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.addEvidence(id, 0, "");
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.BadLength.selector, 513, 512));
        court.addEvidence(id, "item", string(new bytes(513)));
        bytes32 before = court.caseOf(id).evidenceRoot;
        same(before, keccak256("bundle"), "begins with the flag's");
        bytes32 root = keccak256(abi.encode(before, STRANGER, bytes32("item")));
        vm.expectEmit(address(court));
        emit ICourtTypes.EvidenceAdded(id, STRANGER, "item", root, "u");
        vm.prank(STRANGER);
        court.addEvidence(id, "item", "u");
        same(court.caseOf(id).evidenceRoot, root, "root");
        pass(1 days);
        drawn(id);
        same(court.roundOf(id, 0).evidenceRoot, root, "frozen");
        ruled(id, ICourtTypes.Ballot.Edited);
        court.addEvidence(id, "for a round to come", "");
        same(court.roundOf(id, 0).evidenceRoot, root, "still");
        closed(id);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.WrongPhase.selector, ICourtTypes.Phase.Final));
        court.addEvidence(id, "item", "");
    }

    function test_evidence_of_the_last_round() public {
        uint256 id = onlyRound(7);
        vm.expectRevert(ICourtTypes.NoFurtherRound.selector);
        court.addEvidence(id, "item", "");
    }

    function test_replies_are_refused() public {
        vm.prank(signer);
        media.register(1, registration(FILE));
        (uint32 other, address controller) = another("Second News");
        vm.prank(controller);
        media.register(other, registration(FILE));
        uint256 id = flagged(FILE);
        vm.prank(controller);
        vm.expectRevert(ICourtTypes.NotNamed.selector);
        court.reply(id, other, "item", "", true);
        vm.prank(OWNER);
        vm.expectRevert(ICourtTypes.NotPublisher.selector);
        court.reply(id, other, "item", "", false);
        vm.prank(OWNER);
        vm.expectRevert(ICourtTypes.ZeroHash.selector);
        court.reply(id, 1, 0, "", false);
        vm.prank(signer);
        court.reply(id, 1, "a signer with the role", "", false);
        named(REVOKE, 0, 0);
        vm.prank(signer);
        vm.expectRevert(ICourtTypes.NotPublisher.selector);
        court.reply(id, 1, "without it", "", false);
        vm.prank(OWNER);
        media.revoke(1, FILE, 1, 0);
        vm.prank(OWNER);
        vm.expectRevert(ICourtTypes.NotPublisher.selector);
        court.reply(id, 1, "a claim withdrawn", "", false);
        pass(1 days);
        drawn(id);
        vm.prank(controller);
        vm.expectPartialRevert(ICourtTypes.WrongPhase.selector);
        court.reply(id, other, "item", "", false);
    }

    function test_I6_withdrawing_elsewhere() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        uint256 mine = court.creditOf(FLAGGER);
        vm.prank(FLAGGER);
        vm.expectRevert(ICourtTypes.ZeroAddress.selector);
        court.withdrawTo(address(0));
        vm.prank(STRANGER);
        vm.expectRevert(ICourtTypes.NothingCredited.selector);
        court.withdrawTo(STRANGER);
        vm.expectEmit(address(court));
        emit ICourtTypes.Withdrawn(FLAGGER, OWNER, mine);
        vm.prank(FLAGGER);
        same(court.withdrawTo(OWNER), mine, "all of it");
        same(coin.balanceOf(OWNER), mine, "there");
        vm.expectRevert(ICourtTypes.NothingCredited.selector);
        court.withdraw(FLAGGER);
        emptied(0);
    }

    // -- appeals of two sides --------------------------------------------------------------------------------------------

    /// @dev Both pay in full; who is wrong loses all, half of it is burned, and who is right has all back.
    function bothSides(ICourtTypes.Ballot next) private returns (uint256 id, uint256 with, uint256 against) {
        id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        (with, against) = (court.appealTarget(id, 0, false), court.appealTarget(id, 0, true));
        same(against, 2 * with, "twice");
        rich(STRANGER, 1e12, address(court));
        rich(OWNER, 1e12, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, true, uint96(against / 3));
        vm.prank(OWNER);
        court.fundAppeal(id, true, uint96(against));
        vm.prank(STRANGER);
        court.fundAppeal(id, false, uint96(with));
        pass(3 days);
        court.openRound(id);
        drawn(id);
        ruled(id, next);
        closed(id);
        court.claimAppeal(id, 0, true, STRANGER);
        court.claimAppeal(id, 0, true, OWNER);
        court.claimAppeal(id, 0, false, STRANGER);
    }

    function test_both_sides_and_it_holds() public {
        (, uint256 with, uint256 against) = bothSides(ICourtTypes.Ballot.Synthetic);
        same(court.creditOf(STRANGER), with, "whole");
        same(court.creditOf(OWNER), 0, "lost");
        same(court.creditOf(BURN), against / 2, "half is burned");
        emptied(0);
    }

    function test_both_sides_and_it_turns() public {
        (, uint256 with, uint256 against) = bothSides(ICourtTypes.Ballot.NotAltered);
        same(court.creditOf(STRANGER), against / 3, "their part of what was right");
        same(court.creditOf(OWNER), against - against / 3, "the rest of it");
        same(court.creditOf(BURN), with / 2, "half is burned");
        emptied(1);
    }

    function test_both_sides_and_nobody_can_tell() public {
        (uint256 id, uint256 with, uint256 against) = bothSides(ICourtTypes.Ballot.CannotTell);
        same(uint256(court.caseOf(id).ruling), uint256(ICourtTypes.Ruling.CannotTell), "a ruling");
        uint256 cost = 15 * uint256(2_000_003) + 6 * uint256(100_003);
        same(court.creditOf(STRANGER) + court.creditOf(OWNER), with + against - cost, "but for the round");
        same(court.creditOf(BURN), 0, "nothing is burned");
        emptied(2);
    }

    // -- silence, ties, few, lost seeds ----------------------------------------------------------------------------------

    function onlyRound(uint8 seats) private returns (uint256 id) {
        ICourtTypes.Parameters memory p = terms();
        p.seats = [seats, 0, 0];
        vm.prank(TIMELOCK);
        court.propose(p);
        pass(2 days);
        court.adopt();
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.bounty = 200_000_001;
        vm.prank(FLAGGER);
        id = court.flag(what);
        pass(1 days);
        drawn(id);
    }

    /// @dev With one round only there is no appeal, and no time to wait for one.
    function test_silence_in_an_only_round() public {
        uint256 id = onlyRound(3);
        pass(3 days);
        court.tally(id);
        vm.expectRevert(ICourtTypes.NoFurtherRound.selector);
        court.fundAppeal(id, true, 1);
        court.finalise(id);
        same(uint256(court.caseOf(id).ruling), uint256(ICourtTypes.Ruling.Unresolved), "unresolved");
        same(court.caseOf(id).share, 0, "no share");
        emptied(3);
    }

    /// @dev One voter alone that reveals makes no quorum, has its fee, and nobody else anything.
    function test_one_vote_of_many() public {
        uint256 id = opened();
        address who = address(0);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            uint256 seats = seatsOf(id, reviewers[i]);
            if (seats != 0 && 3 * seats < 14) who = reviewers[i];
        }
        commits(id, who, ICourtTypes.Ballot.NotAltered);
        pass(2 days);
        court.reveal(id, who, ICourtTypes.Ballot.NotAltered, salt(id, who));
        pass(1 days);
        court.tally(id);
        closed(id);
        same(uint256(court.caseOf(id).ruling), uint256(ICourtTypes.Ruling.Unresolved), "no quorum");
        court.settle(id, 0, who);
        same(court.creditOf(who), court.voteOf(id, 0, who).seats * uint256(200_001), "a fee");
        emptied(0);
    }

    /// @dev As many say edited as generated: altered, with the kind left open, and both are right.
    function test_a_tie_over_the_kind() public {
        (address one, address two) = (vm.addr(VOTER), address(_wallet));
        uint256 id = 0;
        uint256 seats = 0;
        for (uint256 i = 0; i < 40 && seats == 0; ++i) {
            id = flagged(keccak256(abi.encode("tie", i)));
            pass(1 days);
            drawn(id);
            uint256 each = seatsOf(id, one);
            if (4 * each > 7 && each == seatsOf(id, two)) seats = each;
        }
        check(seats != 0, "no equal seats were drawn");
        commits(id, one, ICourtTypes.Ballot.Edited);
        commits(id, two, ICourtTypes.Ballot.Synthetic);
        for (uint256 i = 0; i < PEOPLE + MACHINES; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) commits(id, reviewers[i], ICourtTypes.Ballot.NotAltered);
        }
        pass(2 days);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            ICourtTypes.Ballot said = who == one ? ICourtTypes.Ballot.Edited : ICourtTypes.Ballot.NotAltered;
            if (who == two) said = ICourtTypes.Ballot.Synthetic;
            if (seatsOf(id, who) != 0) court.reveal(id, who, said, salt(id, who));
        }
        pass(1 days);
        court.tally(id);
        closed(id);
        same(uint256(court.caseOf(id).ruling), uint256(ICourtTypes.Ruling.Altered), "the kind is open");
        court.settle(id, 0, one);
        court.settle(id, 0, two);
        same(court.creditOf(one), court.creditOf(two), "both are right");
        same(court.creditOf(one), seats * court.caseOf(id).share, "and share");
    }

    function none() private {
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (pool.accountOf(reviewers[i]).automated) continue;
            vm.prank(reviewers[i]);
            pool.depart();
        }
    }

    /// @dev Without people there is no panel, however many automated reviewers there are.
    function test_no_people() public {
        none();
        same(pool.freePeople(), 0, "nobody");
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        same(uint256(court.caseOf(id).reason), uint256(ICourtTypes.Reason.PoolTooSmall), "too small");
        same(court.creditOf(FLAGGER), 50_000_007 + 20_000_001, "all back");
        emptied(0);
    }

    /// @dev One person may hold all people's seats, if the stake is there: seats are of stake, not of heads.
    function test_one_person() public {
        none();
        address who = vm.addr(VOTER);
        vm.prank(who);
        pool.join(false, 0);
        pass(1 days);
        pool.refresh(who);
        uint256 id = opened();
        ICourtTypes.Round memory round = court.roundOf(id, 0);
        same(court.voteOf(id, 0, who).seats, round.seatsPeople, "all of people's");
        check(round.seatsPeople + round.seatsAutomated == 7 && round.seatsAutomated <= 2, "I9: a third at most");
        same(pool.accountOf(who).locked, round.seatsPeople * uint256(20_000_009), "locked for each");
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        emptied(1);
    }

    /// @dev Nobody automated: people take all seats.
    function test_no_automated() public {
        for (uint256 i = PEOPLE; i < PEOPLE + MACHINES; ++i) {
            vm.prank(reviewers[i]);
            pool.depart();
        }
        uint256 id = opened();
        same(court.roundOf(id, 0).seatsPeople, 7, "people's");
    }

    /// @dev A draw that finds nobody who is free ends in a cancelled case, and every lock comes back.
    function test_a_draw_that_finds_too_few() public {
        uint256 id = flagged(FILE);
        pass(1 days);
        court.requestSeed(id);
        mined(2);
        // After the seed all but one seat's stake is locked elsewhere.
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            bool automated = pool.accountOf(who).automated;
            uint96 amount = pool.accountOf(who).staked - (i == reviewers.length - 1 ? 20_000_009 : 0);
            vm.prank(address(court));
            check(pool.lock(who, automated, amount), "locked");
        }
        court.draw(id, 512);
        same(uint256(court.caseOf(id).reason), uint256(ICourtTypes.Reason.PoolTooSmall), "too small");
        same(court.roundOf(id, 0).seatsPeople, 1, "one was found");
        same(court.voteOf(id, 0, reviewers[reviewers.length - 1]).locked, 20_000_009, "and locked");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            uint96 amount = pool.accountOf(who).locked - (i == reviewers.length - 1 ? 20_000_009 : 0);
            vm.prank(address(court));
            pool.settle(who, amount, 0, false, false);
        }
        emptied(2);
    }

    /// @dev I9: all seats filled, in any size, hold a third of automated ones and one of a family.
    function testFuzz_I9_panels(uint8 size, bytes32 seed) public {
        vm.roll(1000 + uint256(seed) % 100_000);
        uint8 seats = uint8(3 + 2 * bound(size, 0, 30));
        uint256 id = onlyRound(seats);
        ICourtTypes.Round memory round = court.roundOf(id, 0);
        same(uint256(round.seatsPeople) + round.seatsAutomated, seats, "all seats");
        check(round.seatsAutomated <= seats / 3, "I9: a third");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            ICourtTypes.Vote memory vote = court.voteOf(id, 0, reviewers[i]);
            check(!vote.automated || vote.seats == 1, "I9: a family");
            same(vote.locked, pool.accountOf(reviewers[i]).locked, "I4: locked");
            check(vote.automated == (vote.seats != 0 && i >= PEOPLE && i < PEOPLE + MACHINES), "tree");
        }
    }

    /// @dev Three seeds are lost in a later round: its locks are nobody's, and settling it takes nothing.
    function test_a_later_round_that_is_not_drawn() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        uint96 target = court.appealTarget(id, 0, false);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, false, target);
        pass(3 days);
        court.openRound(id);
        court.requestSeed(id);
        mined(2);
        court.draw(id, 5);
        same(uint256(court.caseOf(id).phase), uint256(ICourtTypes.Phase.Drawn), "in part");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            bool automated = pool.accountOf(who).automated;
            uint96 amount = pool.accountOf(who).staked - pool.accountOf(who).locked;
            vm.prank(address(court));
            check(pool.lock(who, automated, amount), "locked");
        }
        court.draw(id, 512);
        check(court.caseOf(id).phase == ICourtTypes.Phase.Final, "final all the same");
        same(uint256(court.caseOf(id).reason), uint256(ICourtTypes.Reason.PoolTooSmall), "why its last round is none");
        same(uint256(court.caseOf(id).ruling), uint256(ICourtTypes.Ruling.Edited), "the ruling before it");
        uint256 seats = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            ICourtTypes.Vote memory vote = court.voteOf(id, 1, who);
            seats += vote.seats;
            uint96 held = vote.locked + court.voteOf(id, 0, who).locked;
            uint96 elsewhere = pool.accountOf(who).locked - held;
            vm.prank(address(court));
            pool.settle(who, elsewhere, 0, false, false);
            if (vote.seats == 0) continue;
            (uint256 credit, uint96 staked) = (court.creditOf(who), pool.accountOf(who).staked);
            court.settle(id, 1, who);
            check(court.creditOf(who) == credit && pool.accountOf(who).staked == staked, "nothing taken, nothing paid");
            same(pool.accountOf(who).missed, 0, "nor missed");
        }
        check(seats != 0, "some were drawn");
        emptied(0);
    }
}
