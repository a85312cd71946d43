// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReviewerPool} from "../src/ReviewerPool.sol";
import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {Money} from "../src/lib/Money.sol";
import {Paused} from "../src/lib/Paused.sol";
import {PracticeUSD} from "../src/practice/PracticeUSD.sol";
import {PoolBase} from "./support/PoolBase.sol";
import {Wallet} from "./support/Wallets.sol";

contract ReviewerPoolTest is PoolBase {
    // -- in and out --------------------------------------------------------------------------------------------------

    function test_stake_has_weight_after_the_delay() public {
        staked(ANN, LEAST);
        same(pool.totalStaked(), LEAST, "staked");
        vm.expectRevert(IReviewerPool.NotJoined.selector);
        pool.refresh(ANN);
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.weightOf(ANN), 0, "not yet");
        vm.warp(START + DELAY - 1);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), 0, "nearly");
        vm.warp(START + DELAY);
        vm.expectEmit(address(pool));
        emit IReviewerPool.WeightSet(ANN, false, LEAST);
        pool.refresh(ANN);
        same(pool.total(false), LEAST, "total");
        vm.prank(ANN);
        vm.expectRevert(IReviewerPool.AlreadyJoined.selector);
        pool.join(false, 0);
    }

    function test_further_stake_matures_by_itself() public {
        seated(ANN, LEAST, false);
        staked(ANN, 7);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), LEAST, "what is new has none");
        vm.warp(block.timestamp + DELAY);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), LEAST + 7, "matured");
        staked(ANN, 3);
        same(pool.accountOf(ANN).maturing, 3, "what matured before does not mature again");
        vm.warp(block.timestamp + DELAY - 1);
        staked(ANN, 4);
        same(pool.accountOf(ANN).maturing, 7, "with what was maturing");
    }

    function test_too_little_stake() public {
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadAmount.selector, 0));
        pool.stake(0);
        staked(ANN, LEAST - 1);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadAmount.selector, LEAST - 1));
        pool.join(false, 0);
        vm.prank(ANN);
        pool.join(true, model);
        same(pool.accountOf(ANN).family, model, "family");
    }

    function test_below_the_least_there_is_no_weight() public {
        seated(ANN, LEAST, false);
        vm.prank(ANN);
        pool.unbond(1);
        same(pool.weightOf(ANN), 0, "weight");
        same(pool.total(false), 0, "total");
    }

    function test_unbonding() public {
        seated(ANN, 2 * LEAST, false);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.NotFree.selector, 2 * LEAST + 1, 2 * LEAST));
        pool.unbond(2 * LEAST + 1);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadAmount.selector, 0));
        pool.unbond(0);
        vm.prank(ANN);
        pool.unbond(LEAST);
        same(pool.weightOf(ANN), LEAST, "weight falls at once");
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.NotFree.selector, LEAST + 1, LEAST));
        pool.unbond(LEAST + 1);
        uint40 readyAt = uint40(block.timestamp) + UNBONDING;
        vm.warp(readyAt - 1);
        same(pool.withdrawable(ANN), 0, "not yet");
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooEarly.selector, readyAt));
        pool.withdraw(ANN);
        vm.warp(readyAt);
        same(pool.withdrawable(ANN), LEAST, "now");
        vm.prank(ANN);
        vm.expectRevert(IReviewerPool.ZeroAddress.selector);
        pool.withdraw(address(0));
        vm.prank(ANN);
        same(pool.withdraw(BEN), LEAST, "amount");
        same(coin.balanceOf(BEN), LEAST, "paid");
        same(pool.accountOf(ANN).staked, LEAST, "the rest");
        same(pool.totalStaked(), LEAST, "all");
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadAmount.selector, 0));
        pool.withdraw(ANN);
    }

    function test_what_matures_unbonds_first() public {
        seated(ANN, LEAST, false);
        staked(ANN, 10);
        vm.prank(ANN);
        pool.unbond(4);
        same(pool.accountOf(ANN).maturing, 6, "maturing");
        same(pool.weightOf(ANN), LEAST, "weight stays");
        vm.prank(ANN);
        pool.unbond(8);
        same(pool.accountOf(ANN).maturing, 0, "none left");
        same(pool.weightOf(ANN), 0, "and now it is below the least");
        staked(ANN, 5);
        vm.warp(block.timestamp + DELAY);
        vm.prank(ANN);
        pool.unbond(1);
        same(pool.accountOf(ANN).maturing, 0, "what matured is not maturing");
    }

    function test_unbonding_never_adds_weight() public {
        seated(ANN, LEAST, false);
        staked(ANN, LEAST);
        vm.warp(block.timestamp + DELAY);
        people.set(true, false);
        vm.prank(ANN);
        pool.unbond(1);
        same(pool.weightOf(ANN), LEAST, "what matured waits for the rule");
    }

    function test_a_seat_cannot_be_dodged_by_unbonding_or_departing() public {
        seated(ANN, LEAST, false);
        uint48 id = frozen();
        vm.prank(ANN);
        pool.unbond(LEAST);
        vm.prank(ANN);
        pool.depart();
        (address drawn,,) = pool.pick(id, false, 12345);
        same(drawn, ANN, "drawn");
        locked(ANN, LEAST);
        vm.warp(block.timestamp + UNBONDING);
        same(pool.withdrawable(ANN), 0, "locked");
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadAmount.selector, 0));
        pool.withdraw(ANN);
        settled(ANN, LEAST, 0, false, true);
        vm.prank(ANN);
        same(pool.withdraw(ANN), LEAST, "free again");
    }

    function test_departing() public {
        vm.prank(ANN);
        vm.expectRevert(IReviewerPool.NotJoined.selector);
        pool.depart();
        seated(ANN, LEAST, false);
        vm.expectEmit(address(pool));
        emit IReviewerPool.Left(ANN);
        vm.prank(ANN);
        pool.depart();
        same(pool.total(false), 0, "no weight");
        same(pool.accountOf(ANN).staked, LEAST, "stake stays");
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.weightOf(ANN), 0, "waits as whoever is new");
        same(pool.accountOf(ANN).maturing, LEAST, "with all of it");
        same(pool.accountOf(ANN).leaf, 1, "in its place");
        vm.warp(block.timestamp + DELAY - 1);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), 0, "not a second less");
        vm.warp(block.timestamp + 1);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), LEAST, "back");
    }

    /// @dev Coming back does not forget a seat that was missed.
    function test_departing_does_not_forget_misses() public {
        seated(ANN, LEAST, false);
        settled(ANN, 0, 0, true, false);
        vm.prank(ANN);
        pool.depart();
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.accountOf(ANN).missed, 1, "kept");
        settled(ANN, 0, 0, true, false);
        same(uint256(pool.accountOf(ANN).status), uint256(IReviewerPool.Status.Deactivated), "two");
    }

    /// @dev What panels can still be made of: weight of people in their tree, less what is locked of them.
    function test_free_people() public {
        seated(ANN, LEAST, false);
        seated(BEN, 2 * LEAST, false);
        seated(CAY, LEAST, true);
        same(pool.freePeople(), 3 * LEAST, "all of it");
        locked(ANN, 70e6);
        locked(BEN, 150e6);
        locked(CAY, 30e6);
        same(pool.freePeople(), 80e6, "machines do not count");
        vm.prank(COURT);
        (, uint96 free) = pool.freeze();
        same(free, 80e6, "the court is told");
        vm.prank(ANN);
        pool.depart();
        same(pool.freePeople(), 50e6, "neither weight nor locks of who left");
        locked(ANN, 10e6);
        same(pool.freePeople(), 50e6, "drawn from a frozen tree after leaving");
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.freePeople(), 0, "locked, and without weight yet");
        vm.warp(block.timestamp + DELAY);
        pool.refresh(ANN);
        same(pool.freePeople(), 70e6, "back");
        settled(ANN, 80e6, 0, false, true);
        same(pool.freePeople(), 150e6, "settled");
        settled(BEN, 50e6, 0, true, false);
        settled(BEN, 50e6, 0, true, false);
        same(pool.freePeople(), LEAST, "deactivated with a lock left");
        settled(BEN, 50e6, 0, false, true);
        same(pool.freePeople(), LEAST, "and without");
    }

    function test_one_tree_and_family_for_an_account() public {
        seated(ANN, LEAST, false);
        vm.prank(ANN);
        pool.depart();
        vm.prank(ANN);
        vm.expectRevert(IReviewerPool.OtherTree.selector);
        pool.join(true, model);
        seated(BEN, LEAST, true);
        vm.prank(signer);
        bytes32 other = models.register(1, trained("other"));
        vm.prank(BEN);
        pool.depart();
        vm.prank(BEN);
        vm.expectRevert(IReviewerPool.OtherTree.selector);
        pool.join(true, other);
    }

    // -- rules ---------------------------------------------------------------------------------------------------------

    function test_models() public {
        staked(ANN, LEAST);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadModel.selector, model));
        pool.join(false, model);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadModel.selector, bytes32(0)));
        pool.join(true, 0);
        seated(BEN, LEAST, true);
        vm.prank(signer);
        models.setStatus(model, 2, 0);
        pool.refresh(BEN);
        same(pool.weightOf(BEN), LEAST, "deprecated is not revoked");
        vm.prank(signer);
        models.setStatus(model, 3, 0);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadModel.selector, model));
        pool.join(true, model);
        vm.expectEmit(address(pool));
        emit IReviewerPool.Deactivated(BEN);
        pool.refresh(BEN);
        same(pool.total(true), 0, "a revoked model has no weight");
    }

    function test_who_is_not_let_in() public {
        staked(ANN, LEAST);
        people.set(true, false);
        vm.prank(ANN);
        vm.expectRevert(IReviewerPool.NotEligible.selector);
        pool.join(false, 0);
        people.set(false, false);
        vm.prank(ANN);
        pool.join(false, 0);
        people.set(true, false);
        pool.refresh(ANN);
        check(pool.accountOf(ANN).status == IReviewerPool.Status.Deactivated, "no longer");
    }

    function test_one_account_for_an_identity_in_a_tree() public {
        people.name(ANN, "x");
        people.name(BEN, "x");
        machines.name(CAY, "x");
        seated(ANN, LEAST, false);
        seated(CAY, LEAST, true);
        staked(BEN, LEAST);
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.IdentityTaken.selector, ANN));
        pool.join(false, 0);
        (,, bytes32 identity) = pool.pick(frozen(), false, 1);
        same(identity, "x", "identity");
        vm.prank(ANN);
        pool.depart();
        vm.prank(BEN);
        pool.join(false, 0);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.IdentityTaken.selector, BEN));
        pool.join(false, 0);
        people.name(BEN, "y");
        pool.refresh(BEN);
        check(pool.accountOf(BEN).status == IReviewerPool.Status.Deactivated, "became another");
        vm.prank(ANN);
        pool.join(false, 0);
    }

    function test_a_broken_rule_keeps_nobody_in() public {
        seated(ANN, LEAST, false);
        people.set(false, true);
        vm.prank(ANN);
        pool.unbond(LEAST / 2);
        vm.prank(ANN);
        pool.depart();
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ANN);
        same(pool.withdraw(ANN), LEAST / 2, "out");
    }

    // -- the court -----------------------------------------------------------------------------------------------------

    function test_only_the_court() public {
        bytes[4] memory calls = [
            abi.encodeCall(pool.freeze, ()),
            abi.encodeCall(pool.lock, (ANN, false, 0)),
            abi.encodeCall(pool.collect, (0)),
            abi.encodeCall(pool.settle, (ANN, 0, 0, false, false))
        ];
        address[5] memory callers = [STRANGER, TIMELOCK, GUARDIAN, ANN, address(0)];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.prank(callers[j]);
                (bool success, bytes memory answer) = address(pool).call(calls[i]);
                check(!success && bytes4(answer) == IReviewerPool.NotCourt.selector, "not the court");
            }
        }
    }

    function test_a_pool_without_a_court_has_none() public {
        ReviewerPool other = new ReviewerPool(address(coin), address(models), TIMELOCK, GUARDIAN, settings());
        vm.prank(COURT);
        vm.expectRevert(IReviewerPool.NotCourt.selector);
        other.freeze();
        vm.expectRevert(IReviewerPool.NotTimelock.selector);
        other.setCourt(COURT);
        vm.prank(TIMELOCK);
        vm.expectRevert(IReviewerPool.ZeroAddress.selector);
        other.setCourt(address(0));
        vm.prank(TIMELOCK);
        vm.expectRevert(IReviewerPool.CourtKnown.selector);
        pool.setCourt(STRANGER);
    }

    function test_locks() public {
        seated(ANN, LEAST, false);
        vm.prank(COURT);
        check(!pool.lock(ANN, true, 1), "the other tree");
        vm.prank(COURT);
        check(!pool.lock(ANN, false, LEAST + 1), "more than there is");
        locked(ANN, LEAST - 1);
        vm.prank(COURT);
        check(!pool.lock(ANN, false, 2), "more than is free");
        locked(ANN, 1);
        same(pool.totalLocked(), LEAST, "locked");
        same(pool.weightOf(ANN), LEAST, "weight stays");
        settled(ANN, LEAST, 0, false, false);
        same(pool.totalLocked(), 0, "free");
    }

    function test_slashing() public {
        seated(ANN, 2 * LEAST, false);
        locked(ANN, LEAST);
        vm.prank(COURT);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooMuch.selector, LEAST + 1, LEAST));
        pool.collect(LEAST + 1);
        vm.prank(COURT);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooMuch.selector, 1, 0));
        pool.settle(ANN, LEAST, 1, false, true);
        collected(LEAST / 4);
        same(coin.balanceOf(COURT), LEAST / 4, "paid to the court");
        same(pool.pendingSlash(), LEAST / 4, "pending");
        vm.prank(COURT);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooMuch.selector, LEAST, LEAST * 3 / 4));
        pool.collect(LEAST);
        vm.prank(COURT);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooMuch.selector, LEAST + 1, LEAST));
        pool.settle(ANN, LEAST + 1, 0, false, true);
        vm.prank(COURT);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooMuch.selector, 2, 1));
        pool.settle(ANN, 1, 2, false, true);
        settled(ANN, LEAST, LEAST / 4, false, true);
        same(pool.accountOf(ANN).staked, 2 * LEAST - LEAST / 4, "stake");
        same(pool.pendingSlash(), 0, "nothing pending");
        same(pool.totalStaked(), coin.balanceOf(address(pool)), "all is there");
        same(pool.weightOf(ANN), 2 * LEAST, "weight lags");
        pool.refresh(ANN);
        same(pool.weightOf(ANN), 2 * LEAST - LEAST / 4, "until somebody looks");
    }

    function test_a_slash_reaches_what_unbonds() public {
        seated(ANN, LEAST, false);
        staked(ANN, 10);
        vm.prank(ANN);
        pool.unbond(LEAST);
        locked(ANN, LEAST);
        collected(LEAST);
        settled(ANN, LEAST, LEAST, true, false);
        IReviewerPool.Account memory who = pool.accountOf(ANN);
        same(who.staked, 10, "staked");
        same(who.unbonding, 10, "unbonding");
        same(who.maturing, 0, "maturing");
        pool.refresh(ANN);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ANN);
        same(pool.withdraw(ANN), 10, "out");
    }

    function test_a_slash_reaches_what_matures() public {
        seated(ANN, LEAST, false);
        staked(ANN, 50);
        locked(ANN, LEAST + 20);
        collected(LEAST + 20);
        settled(ANN, LEAST + 20, LEAST + 20, true, false);
        same(pool.accountOf(ANN).maturing, 30, "what is left matures");
        pool.refresh(ANN);
        same(pool.weightOf(ANN), 0, "no weight");
    }

    function test_two_misses_in_a_row_deactivate() public {
        seated(ANN, LEAST, false);
        locked(ANN, 4);
        settled(ANN, 1, 0, true, false);
        settled(ANN, 1, 0, false, false);
        same(pool.accountOf(ANN).missed, 1, "one");
        settled(ANN, 1, 0, false, true);
        same(pool.accountOf(ANN).missed, 0, "revealed");
        settled(ANN, 0, 0, true, false);
        check(pool.accountOf(ANN).status == IReviewerPool.Status.Joined, "one again");
        uint48 before = frozen();
        vm.expectEmit(address(pool));
        emit IReviewerPool.Deactivated(ANN);
        settled(ANN, 1, 0, true, false);
        same(pool.total(false), 0, "no weight");
        vm.prank(COURT);
        check(!pool.lock(ANN, false, 1), "no seat, from an earlier tree either");
        same(pool.totalAt(before, false), LEAST, "as it stood");
        settled(ANN, 0, 0, true, false);
        vm.expectRevert(IReviewerPool.NotJoined.selector);
        pool.refresh(ANN);
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.weightOf(ANN), 0, "waits again");
        same(pool.accountOf(ANN).missed, 0, "anew");
        vm.warp(block.timestamp + DELAY);
        pool.refresh(ANN);
        same(pool.weightOf(ANN), LEAST, "back");
    }

    function test_all_stake_of_who_was_deactivated_waits() public {
        seated(ANN, LEAST, false);
        staked(ANN, 5);
        vm.warp(block.timestamp + DELAY);
        settled(ANN, 0, 0, true, false);
        settled(ANN, 0, 0, true, false);
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.weightOf(ANN), 0, "waits");
        same(pool.accountOf(ANN).maturing, LEAST + 5, "with all of it");
    }

    function test_who_departed_and_missed_waits_as_well() public {
        people.name(ANN, "x");
        people.name(BEN, "x");
        seated(ANN, LEAST, false);
        vm.prank(ANN);
        pool.depart();
        seated(BEN, LEAST, false);
        settled(ANN, 0, 0, true, false);
        settled(ANN, 0, 0, true, false);
        same(pool.weightOf(BEN), LEAST, "nobody else is touched");
        people.name(CAY, "x");
        staked(CAY, LEAST);
        vm.prank(CAY);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.IdentityTaken.selector, BEN));
        pool.join(false, 0);
    }

    // -- drawing -------------------------------------------------------------------------------------------------------

    function test_frozen_trees() public {
        uint48 none = frozen();
        seated(ANN, LEAST, false);
        seated(BEN, 3 * LEAST, false);
        seated(CAY, LEAST, true);
        vm.expectEmit(address(pool));
        emit IReviewerPool.Frozen(none + 1, 4 * LEAST, LEAST);
        uint48 id = frozen();
        vm.prank(BEN);
        pool.unbond(3 * LEAST);
        seated(STRANGER, LEAST, false);
        same(pool.totalAt(id, false), 4 * LEAST, "as it stood");
        (address drawn, bytes32 family, bytes32 identity) = pool.pick(id, false, LEAST - 1);
        check(drawn == ANN && family == 0 && identity == 0, "first");
        (drawn,,) = pool.pick(id, false, LEAST);
        same(drawn, BEN, "second");
        (drawn,,) = pool.pick(id, false, 4 * uint256(LEAST) - 1);
        same(drawn, BEN, "last");
        (drawn,,) = pool.pick(id, false, 4 * uint256(LEAST));
        same(drawn, ANN, "around");
        (drawn, family,) = pool.pick(id, true, 99);
        check(drawn == CAY && family == model, "automated");
        vm.expectRevert(IReviewerPool.EmptyTree.selector);
        pool.pick(none, false, 0);
        uint48[2] memory unknown = [uint48(0), id + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IReviewerPool.UnknownSnapshot.selector, unknown[i]));
            pool.pick(unknown[i], false, 0);
            vm.expectRevert(abi.encodeWithSelector(IReviewerPool.UnknownSnapshot.selector, unknown[i]));
            pool.totalAt(unknown[i], false);
        }
    }

    function testFuzz_nobody_without_weight_is_drawn(uint256 seed) public {
        address[] memory all = new address[](9);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = address(uint160(0x1000 + i));
            seated(all[i], LEAST + uint96(uint256(keccak256(abi.encode(seed, i))) % 1e12), false);
        }
        for (uint256 i = 0; i < all.length; i += 2) {
            vm.prank(all[i]);
            pool.depart();
        }
        uint48 id = frozen();
        for (uint256 i = 0; i < 32; ++i) {
            (address drawn,,) = pool.pick(id, false, uint256(keccak256(abi.encode(i, seed))));
            check(pool.weightOf(drawn) != 0, "weight");
        }
    }

    // -- signatures and permits ----------------------------------------------------------------------------------------

    function signed(bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    function test_out_by_signature() public {
        seated(signer, LEAST, false);
        uint256 deadline = block.timestamp;
        bytes memory signature = signed(pool.unbondDigest(signer, LEAST, 0, deadline));
        vm.expectRevert(IReviewerPool.BadSignature.selector);
        pool.unbondBySig(signer, LEAST - 1, 0, deadline, signature);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadNonce.selector, 0));
        pool.unbondBySig(signer, LEAST, 1, deadline, signature);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.Expired.selector, deadline));
        pool.unbondBySig(signer, LEAST, 0, deadline, signature);
        vm.warp(deadline);
        pool.unbondBySig(signer, LEAST, 0, deadline, signature);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.BadNonce.selector, 1));
        pool.unbondBySig(signer, LEAST, 0, deadline, signature);
        vm.warp(block.timestamp + UNBONDING);
        deadline = block.timestamp;
        signature = signed(pool.withdrawDigest(signer, BEN, 1, deadline));
        vm.expectRevert(IReviewerPool.BadSignature.selector);
        pool.withdrawBySig(signer, STRANGER, 1, deadline, signature);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(IReviewerPool.BadSignature.selector);
        pool.withdrawBySig(signer, BEN, 1, deadline, signature);
        vm.chainId(block.chainid - 1);
        same(pool.withdrawBySig(signer, BEN, 1, deadline, signature), LEAST, "paid");
        same(coin.balanceOf(BEN), LEAST, "to whom it was signed for");
        same(pool.nonceOf(signer), 2, "nonces");
        vm.prank(signer);
        pool.skipNonce();
        same(pool.nonceOf(signer), 3, "skipped");
    }

    function test_a_wallet_that_is_a_contract_signs_too() public {
        Wallet wallet = new Wallet();
        seated(address(wallet), LEAST, false);
        bytes32 digest = pool.unbondDigest(address(wallet), 1, 0, block.timestamp);
        vm.expectRevert(IReviewerPool.BadSignature.selector);
        pool.unbondBySig(address(wallet), 1, 0, block.timestamp, "");
        wallet.agree(digest);
        pool.unbondBySig(address(wallet), 1, 0, block.timestamp, "");
        same(pool.accountOf(address(wallet)).unbonding, 1, "unbonding");
    }

    function test_permits() public {
        PracticeUSD money = new PracticeUSD();
        ReviewerPool other = new ReviewerPool(address(money), address(models), TIMELOCK, GUARDIAN, settings());
        money.mint(signer, 5);
        bytes32 inner = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                signer,
                address(other),
                5,
                0,
                block.timestamp
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(KEY, keccak256(abi.encodePacked(hex"1901", money.DOMAIN_SEPARATOR(), inner)));
        IReviewerPool.Permit memory permit = IReviewerPool.Permit(5, block.timestamp, v, r, s);
        vm.prank(STRANGER);
        money.permit(signer, address(other), 5, block.timestamp, v, r, s);
        vm.prank(signer);
        other.stakeWithPermit(5, permit);
        same(other.totalStaked(), 5, "a permit that somebody handed in before does no harm");
        money.mint(signer, 5);
        vm.prank(signer);
        vm.expectRevert();
        other.stakeWithPermit(5, permit);
        coin.mint(ANN, 5);
        vm.prank(ANN);
        coin.approve(address(pool), 5);
        vm.prank(ANN);
        pool.stakeWithPermit(5, permit);
        same(pool.totalStaked(), 5, "nor one of a token that has none");
    }

    // -- hostile tokens ------------------------------------------------------------------------------------------------

    function test_a_token_that_lies() public {
        seated(ANN, LEAST, false);
        coin.mint(BEN, LEAST);
        vm.prank(BEN);
        coin.approve(address(pool), type(uint256).max);
        coin.refuse(true);
        vm.prank(BEN);
        vm.expectRevert();
        pool.stake(LEAST);
        coin.refuse(false);
        coin.pretend(true);
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(Money.BadTransfer.selector, 0, LEAST));
        pool.stake(LEAST);
        vm.prank(ANN);
        pool.unbond(LEAST);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(Money.BadTransfer.selector, 0, LEAST));
        pool.withdraw(ANN);
        coin.pretend(false);
        coin.charge(1);
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(Money.BadTransfer.selector, LEAST - 1, LEAST));
        pool.stake(LEAST);
        same(pool.totalStaked(), LEAST, "nothing was credited");
    }

    function test_a_blocked_account_blocks_itself_alone() public {
        seated(ANN, LEAST, false);
        seated(BEN, LEAST, false);
        locked(ANN, LEAST);
        coin.freeze(ANN, true);
        collected(LEAST);
        settled(ANN, LEAST, LEAST, true, false);
        vm.prank(BEN);
        pool.unbond(LEAST);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(BEN);
        same(pool.withdraw(BEN), LEAST, "Ben is paid");
        same(pool.pendingSlash(), 0, "settled");
    }

    function test_a_token_that_comes_back_in() public {
        seated(address(coin), LEAST, false);
        vm.prank(address(coin));
        pool.unbond(LEAST);
        seated(ANN, LEAST, false);
        vm.prank(ANN);
        pool.unbond(LEAST);
        vm.warp(block.timestamp + UNBONDING);
        bytes[6] memory calls = [
            abi.encodeCall(pool.withdraw, (address(coin))),
            abi.encodeCall(pool.stake, (1)),
            abi.encodeCall(pool.unbond, (1)),
            abi.encodeCall(pool.depart, ()),
            abi.encodeCall(pool.join, (false, bytes32(0))),
            abi.encodeCall(pool.refresh, (ANN))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            coin.enter(address(pool), calls[i]);
            staked(BEN, 1);
            check(!coin.entered(), "came in by staking");
        }
        coin.enter(address(pool), calls[0]);
        vm.prank(ANN);
        same(pool.withdraw(ANN), LEAST, "paid once");
        check(!coin.entered(), "came in by withdrawing");
        same(pool.totalStaked(), coin.balanceOf(address(pool)), "all is there");
    }

    // -- roles ---------------------------------------------------------------------------------------------------------

    function test_a_pause_stops_coming_and_not_leaving() public {
        seated(ANN, LEAST, false);
        staked(BEN, LEAST);
        vm.prank(STRANGER);
        vm.expectRevert(Paused.NotGuardian.selector);
        pool.pause();
        vm.prank(GUARDIAN);
        vm.expectRevert(Paused.NotPaused.selector);
        pool.unpause();
        vm.prank(GUARDIAN);
        pool.pause();
        uint40 until = uint40(block.timestamp) + pool.MAX_PAUSE();
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(Paused.IsPaused.selector, until));
        pool.stake(1);
        IReviewerPool.Permit memory permit;
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(Paused.IsPaused.selector, until));
        pool.stakeWithPermit(1, permit);
        vm.prank(BEN);
        vm.expectRevert(abi.encodeWithSelector(Paused.IsPaused.selector, until));
        pool.join(false, 0);
        pool.refresh(ANN);
        locked(ANN, 1);
        settled(ANN, 1, 0, false, true);
        vm.prank(ANN);
        pool.unbond(LEAST);
        vm.prank(ANN);
        pool.depart();
        vm.warp(until);
        check(!pool.paused(), "it ends by itself");
        vm.prank(ANN);
        pool.withdraw(ANN);
        vm.prank(BEN);
        pool.join(false, 0);
    }

    function test_pauses_are_short_and_seldom_and_stop_the_clock() public {
        same(pool.clock(), START, "as the chain's");
        vm.warp(START + 10);
        vm.prank(GUARDIAN);
        pool.pause();
        vm.warp(START + 15);
        same(pool.clock(), START + 10, "stands still");
        vm.prank(STRANGER);
        vm.expectRevert(Paused.NotGuardian.selector);
        pool.unpause();
        vm.prank(GUARDIAN);
        pool.unpause();
        vm.warp(START + 20);
        same(pool.clock(), START + 15, "goes on");
        uint40 next = START + 15 + pool.PAUSE_GAP();
        vm.warp(next - 1);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(Paused.PausedLately.selector, next));
        pool.pause();
        vm.warp(next);
        vm.prank(GUARDIAN);
        pool.pause();
        vm.warp(next + 30 days);
        same(pool.clock(), next + 30 days - pool.MAX_PAUSE() - 5, "no longer than that");
    }

    function test_parameters() public {
        IReviewerPool.Parameters memory next = settings();
        next.unbondingTime = 60 days;
        vm.expectRevert(IReviewerPool.NotTimelock.selector);
        pool.propose(next);
        vm.expectRevert(IReviewerPool.NothingProposed.selector);
        pool.adopt();
        seated(ANN, LEAST, false);
        vm.prank(ANN);
        pool.unbond(LEAST);
        uint40 unbondsAt = pool.accountOf(ANN).unbondsAt;
        vm.prank(TIMELOCK);
        pool.propose(next);
        (IReviewerPool.Parameters memory proposed, uint40 readyAt) = pool.proposal();
        same(proposed.unbondingTime, 60 days, "proposed");
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IReviewerPool.TooEarly.selector, readyAt));
        pool.adopt();
        vm.warp(readyAt);
        pool.adopt();
        same(pool.parameters().unbondingTime, 60 days, "adopted");
        same(pool.accountOf(ANN).unbondsAt, unbondsAt, "what is unbonding keeps its date");
        vm.expectRevert(IReviewerPool.NothingProposed.selector);
        pool.adopt();
    }

    function test_bounds() public {
        for (uint256 i = 0; i < 9; ++i) {
            IReviewerPool.Parameters memory next = settings();
            uint256 which = i;
            if (i == 0) next.minStake = 0;
            if (i == 1) next.minAutomated = 0;
            if (i == 2) next.activationDelay = 30 days + 1;
            if (i == 3) next.unbondingTime = 1 days - 1;
            if (i == 4) next.people = ANN;
            if (i == 5) next.automated = ANN;
            if (i == 6) (next.minStake, which) = (1e24 + 1, 0);
            if (i == 7) (next.minAutomated, which) = (LEAST + 1, 1);
            if (i == 8) (next.unbondingTime, which) = (60 days + 1, 3);
            vm.prank(TIMELOCK);
            vm.expectRevert(abi.encodeWithSelector(IReviewerPool.OutOfBounds.selector, which));
            pool.propose(next);
        }
        IReviewerPool.Parameters memory widest = settings();
        (widest.minStake, widest.minAutomated, widest.activationDelay) = (1e24, 1e24, 30 days);
        vm.prank(TIMELOCK);
        pool.propose(widest);
        (widest.minStake, widest.minAutomated, widest.unbondingTime) = (1, 1, 1 days);
        vm.prank(TIMELOCK);
        pool.propose(widest);
    }

    function test_addresses_are_needed() public {
        vm.expectRevert(IReviewerPool.ZeroAddress.selector);
        new ReviewerPool(address(0), address(models), TIMELOCK, GUARDIAN, settings());
        vm.expectRevert(IReviewerPool.ZeroAddress.selector);
        new ReviewerPool(address(coin), address(0), TIMELOCK, GUARDIAN, settings());
        vm.expectRevert(IReviewerPool.ZeroAddress.selector);
        new ReviewerPool(address(coin), address(models), address(0), GUARDIAN, settings());
    }
}
