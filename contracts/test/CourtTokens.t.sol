// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {Money} from "../src/lib/Money.sol";
import {CourtHandler} from "./support/CourtHandler.sol";

/// @dev Tokens that refuse, lie, take a fee, freeze accounts and call back (I14), and permits.
contract CourtTokensTest is CourtHandler {
    uint256 private constant PAYER = 0xFA7E;

    function refuses(address who, bytes memory call) private returns (bytes4 reason) {
        vm.prank(who);
        (bool success, bytes memory answer) = address(court).call(call);
        check(!success, "the token went through");
        if (answer.length >= 4) reason = bytes4(answer);
    }

    /// @dev Whatever money goes in by.
    function payments(uint256 tallied, uint256 flagged_) private view returns (address[3] memory who, bytes[3] memory calls) {
        who = [FLAGGER, STRANGER, OWNER];
        calls[0] = abi.encodeCall(court.flag, (flagOf("another")));
        calls[1] = abi.encodeCall(court.fundAppeal, (tallied, true, 1000));
        calls[2] = abi.encodeCall(court.reply, (flagged_, 1, "item", "", true));
    }

    /// @dev I14: nothing is written for money that did not come, and once the token behaves all goes on.
    function test_I14_tokens_that_do_not_pay() public {
        uint256 id = opened();
        ruled(id, ICourtTypes.Ballot.Edited);
        uint256 other = flagged(file(0));
        uint256 owedToKeeper = court.creditOf(address(this));
        (address[3] memory who, bytes[3] memory calls) = payments(id, other);
        for (uint256 mode = 0; mode < 3; ++mode) {
            coin.refuse(mode == 0);
            coin.pretend(mode == 1);
            coin.charge(mode == 2 ? 1 : 0);
            for (uint256 i = 0; i < 3; ++i) {
                bytes4 reason = refuses(who[i], calls[i]);
                check(mode == 0 || reason == Money.BadTransfer.selector, "another reason");
            }
            if (mode != 2) refuses(STRANGER, abi.encodeCall(court.withdraw, (address(this))));
            same(court.creditOf(address(this)), owedToKeeper, "a credit is gone");
            check(court.caseCount() == 2 && court.caseOf(other).replier == address(0), "a case without money");
            same(court.sideOf(id, 0, true).funded, 0, "an appeal without money");
            holds();
        }
        coin.charge(0);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(who[i]);
            (bool success,) = address(court).call(calls[i]);
            check(success, "once the token behaves");
        }
        brought();
        holds();
        emptied(0);
    }

    /// @dev I14: accounts that cannot be paid hinder nobody else, and may be paid elsewhere.
    function test_I14_frozen_accounts() public {
        uint256 id = opened();
        uint256 frozen = 0;
        address sits = address(0);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) == 0 || frozen++ % 2 == 1) continue;
            sits = reviewers[i];
            coin.freeze(sits, true);
        }
        coin.freeze(FLAGGER, true);
        coin.freeze(TREASURY, true);
        coin.freeze(address(this), true);
        ruled(id, ICourtTypes.Ballot.Edited);
        closed(id);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (court.voteOf(id, 0, who).seats == 0) continue;
            court.settle(id, 0, who);
            uint256 credit = court.creditOf(who);
            check(credit != 0, "paid");
            if (coin.blocked(who)) refuses(STRANGER, abi.encodeCall(court.withdraw, (who)));
            else same(court.withdraw(who), credit, "the others are paid");
        }
        uint256 mine = court.creditOf(sits);
        vm.prank(sits);
        same(court.withdrawTo(STRANGER), mine, "elsewhere");
        holds();
        for (uint256 i = 0; i < reviewers.length; ++i) coin.freeze(reviewers[i], false);
        coin.freeze(FLAGGER, false);
        coin.freeze(TREASURY, false);
        coin.freeze(address(this), false);
        emptied(1);
    }

    /// @dev I14: within a transfer nothing of the court can be entered but what is over.
    function test_I14_tokens_that_call_back() public {
        uint256 done_ = opened();
        ruled(done_, ICourtTypes.Ballot.Edited);
        closed(done_);
        uint256 id = flagged("second");
        pass(1 days);
        drawn(id);
        pass(3 days);
        court.tally(id);
        vm.prank(STRANGER);
        court.fundAppeal(id, false, 1000);
        pass(3 days);
        uint256 other = flagged(file(0));
        pass(1 days);
        bytes[8] memory calls;
        calls[0] = abi.encodeCall(court.withdraw, (address(this)));
        calls[1] = abi.encodeCall(court.withdraw, (FLAGGER));
        calls[2] = abi.encodeCall(court.finalise, (id));
        calls[3] = abi.encodeCall(court.requestSeed, (other));
        calls[4] = abi.encodeCall(court.addEvidence, (done_, "item", ""));
        calls[5] = abi.encodeCall(court.claimAppeal, (id, 0, false, STRANGER));
        calls[6] = abi.encodeCall(court.openRound, (id));
        calls[7] = abi.encodeCall(court.tally, (id));
        for (uint256 i = 0; i < 8; ++i) {
            coin.enter(address(court), calls[i]);
            flagged(keccak256(abi.encode("re-entered", i)));
            check(!coin.entered(), "entered by a payment in");
        }
        holds();
        // The first four of these would have gone well at any other moment.
        coin.enter(address(court), calls[2]);
        court.withdraw(FLAGGER);
        coin.enter(address(court), calls[1]);
        court.withdraw(address(this));
        check(!coin.entered(), "entered by a payment out");
        coin.enter(address(0), "");
        court.finalise(id);
        court.requestSeed(other);
        court.withdraw(address(this));
        holds();
        brought();
        emptied(0);
    }

    /// @dev The end of a case takes lost stake out of the pool: within that transfer, a seat may be settled, no more.
    function test_I14_within_the_end_of_a_case() public {
        uint256 id = opened();
        pass(3 days);
        court.tally(id);
        pass(3 days);
        address sits;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) sits = reviewers[i];
        }
        coin.enter(address(court), abi.encodeCall(court.finalise, (id)));
        uint256 before = coin.balanceOf(address(pool));
        court.finalise(id);
        check(!coin.entered() && coin.balanceOf(address(pool)) < before, "ended once");
        holds();
        coin.enter(address(court), abi.encodeCall(court.settle, (id, 0, sits)));
        court.withdraw(FLAGGER);
        check(coin.entered() && court.voteOf(id, 0, sits).settled, "what is over may be settled");
        coin.enter(address(0), "");
        holds();
        emptied(0);
    }

    // -- permits ---------------------------------------------------------------------------------------------------------

    function permitted(uint256 value, uint256 deadline) private view returns (IReviewerPool.Permit memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(PAYER, coin.permitDigest(vm.addr(PAYER), address(court), value, deadline));
        return IReviewerPool.Permit(value, deadline, v, r, s);
    }

    function payer() private returns (address who) {
        who = vm.addr(PAYER);
        coin.mint(who, 1e12);
        minted += 1e12;
    }

    function test_permits() public {
        address who = payer();
        ICourtTypes.Flag memory what = flagOf(FILE);
        uint256 value = uint256(what.bounty) + what.bond;
        IReviewerPool.Permit memory permit = permitted(value, block.timestamp);
        // Of somebody else it is none.
        vm.prank(STRANGER);
        coin.approve(address(court), 0);
        vm.prank(STRANGER);
        vm.expectRevert();
        court.flagWithPermit(what, permit);
        vm.prank(who);
        uint256 id = court.flagWithPermit(what, permit);
        same(court.caseOf(id).flagger, who, "flagged");
        same(coin.allowance(who, address(court)), 0, "no more than that");
        pass(1 days);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.Edited);
        uint96 target = court.appealTarget(id, 0, false);
        permit = permitted(target, block.timestamp);
        vm.prank(who);
        court.fundAppealWithPermit(id, false, target, permit);
        same(court.contributionOf(id, 0, false, who), target, "funded");
        vm.prank(who);
        vm.expectRevert(ICourtTypes.FullyFunded.selector);
        court.fundAppealWithPermit(id, false, 1, permit);
    }

    /// @dev Whoever hands in a permit first takes nothing from its owner but the trouble.
    function test_permits_used_first_by_another() public {
        address who = payer();
        ICourtTypes.Flag memory what = flagOf(FILE);
        uint256 value = uint256(what.bounty) + what.bond;
        IReviewerPool.Permit memory permit = permitted(value, block.timestamp);
        vm.prank(STRANGER);
        coin.permit(who, address(court), permit.value, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(who);
        uint256 id = court.flagWithPermit(what, permit);
        same(court.caseOf(id).flagger, who, "flagged all the same");
        // Expired, and no allowance: nothing is paid, nothing is flagged.
        what = flagOf("other");
        permit = permitted(value, block.timestamp - 1);
        vm.prank(who);
        vm.expectRevert();
        court.flagWithPermit(what, permit);
        same(court.caseCount(), 1, "one case");
    }

    function parties() internal view override returns (address[] memory all) {
        address[] memory known = super.parties();
        all = new address[](known.length + 1);
        for (uint256 i = 0; i < known.length; ++i) all[i] = known[i];
        all[known.length] = vm.addr(PAYER);
    }
}
