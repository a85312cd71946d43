// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {PoolBase} from "./support/PoolBase.sol";
import {PoolHandler} from "./support/PoolHandler.sol";

/// @dev What holds of stakes whoever does whatever, in any order. The handler itself fails where somebody's stake falls
/// without their agreement, or where another is drawn than the weights of that moment say.
contract PoolInvariantsTest is PoolBase {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    PoolHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new PoolHandler(pool, coin, people, machines, GUARDIAN, COURT, model);
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory all) {
        all = new Selectors[](1);
        all[0].addr = address(_handler);
        all[0].selectors = new bytes4[](14);
        all[0].selectors[0] = PoolHandler.comes.selector;
        all[0].selectors[1] = PoolHandler.comes.selector;
        all[0].selectors[2] = PoolHandler.refreshes.selector;
        all[0].selectors[3] = PoolHandler.refreshes.selector;
        all[0].selectors[4] = PoolHandler.goes.selector;
        all[0].selectors[5] = PoolHandler.freezes.selector;
        all[0].selectors[6] = PoolHandler.draws.selector;
        all[0].selectors[7] = PoolHandler.draws.selector;
        all[0].selectors[8] = PoolHandler.rules.selector;
        all[0].selectors[9] = PoolHandler.settles.selector;
        all[0].selectors[10] = PoolHandler.overreaches.selector;
        all[0].selectors[11] = PoolHandler.guards.selector;
        all[0].selectors[12] = PoolHandler.misbehaves.selector;
        all[0].selectors[13] = PoolHandler.waits.selector;
    }

    /// @dev I1: what is in the pool and what was taken ahead is what all have staked.
    function invariant_balance_and_pending_are_the_stakes() public view {
        uint256 staked = 0;
        uint256 held = 0;
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            IReviewerPool.Account memory who = pool.accountOf(_handler.person(i));
            staked += who.staked;
            held += who.locked;
        }
        same(pool.totalStaked(), staked, "staked");
        same(pool.totalLocked(), held, "locked");
        same(coin.balanceOf(address(pool)) + pool.pendingSlash(), staked, "balance");
        same(coin.balanceOf(COURT), _handler.taken(), "the court's");
        check(pool.pendingSlash() <= held, "more pending than locked");
    }

    /// @dev I4, and what unbonds and matures is there.
    function invariant_locked_is_at_most_staked() public view {
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            IReviewerPool.Account memory who = pool.accountOf(_handler.person(i));
            check(who.locked <= who.staked, "locked");
            check(uint256(who.unbonding) + (block.timestamp < who.maturesAt ? who.maturing : 0) <= who.staked, "parts");
        }
    }

    /// @dev I13: a tree's total is the sum of the weights of those in it, and only who is in it has one.
    function invariant_totals_are_sums_of_weights() public view {
        uint256[2] memory sums;
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            IReviewerPool.Account memory who = pool.accountOf(_handler.person(i));
            uint96 weight = pool.weightOf(_handler.person(i));
            check(weight == 0 || who.status == IReviewerPool.Status.Joined, "weight of who is in no tree");
            sums[who.automated ? 1 : 0] += weight;
        }
        same(pool.total(false), sums[0], "people");
        same(pool.total(true), sums[1], "automated");
    }

    /// @dev I2, I11, I14: with rules broken, one account that cannot be paid, and in a pause, everything is settled, all
    /// others leave with all that is theirs, and so does the last as soon as it can be paid.
    function afterInvariant() external {
        _handler.behaves();
        people.set(true, true);
        machines.set(true, true);
        vm.prank(GUARDIAN);
        try pool.pause() {} catch {}
        _handler.settleAll();
        same(pool.pendingSlash(), 0, "nothing pending");
        same(pool.totalLocked(), 0, "nothing locked");
        uint256 many = _handler.PEOPLE();
        for (uint256 i = 0; i < many; ++i) {
            coin.freeze(_handler.person(i), i == 0);
            IReviewerPool.Account memory who = pool.accountOf(_handler.person(i));
            if (who.staked == who.unbonding) continue;
            vm.prank(_handler.person(i));
            pool.unbond(who.staked - who.unbonding);
        }
        vm.warp(block.timestamp + UNBONDING);
        for (uint256 i = many; i > 0; --i) {
            address who = _handler.person(i - 1);
            if (i == 1) coin.freeze(who, false);
            uint96 all = pool.accountOf(who).staked;
            if (all == 0) continue;
            uint256 before = coin.balanceOf(who);
            vm.prank(who);
            pool.withdraw(who);
            same(coin.balanceOf(who) - before, all, "all that is theirs");
        }
        same(coin.balanceOf(address(pool)), 0, "nothing is left");
        same(pool.total(false) + pool.total(true), 0, "nobody has weight");
    }

    /// @dev The invariants are checked over runs in which everything happens.
    function test_the_handler_reaches_everything() public {
        for (uint256 i = 0; i < 600; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            uint96 amount = uint96(seed >> 100);
            uint256 act = i % 11;
            if (act < 2) _handler.comes(seed, amount);
            if (act == 2) _handler.waits(seed);
            if (act == 3) _handler.refreshes(seed);
            if (act == 4) _handler.goes(seed, amount);
            if (act == 5) _handler.freezes(seed);
            if (act == 6 || act == 7) _handler.draws(seed, amount);
            if (act == 8) _handler.rules(seed);
            if (act == 9) _handler.settles(seed);
            if (act == 10) {
                if (i % 2 == 0) _handler.guards(seed);
                else if (i % 3 == 0) _handler.misbehaves(seed);
                else _handler.overreaches(seed);
            }
        }
        bytes4[11] memory selectors = [
            pool.stake.selector,
            pool.join.selector,
            pool.refresh.selector,
            pool.depart.selector,
            pool.unbond.selector,
            pool.unbondBySig.selector,
            pool.withdraw.selector,
            pool.lock.selector,
            pool.collect.selector,
            pool.settle.selector,
            pool.pause.selector
        ];
        for (uint256 i = 0; i < selectors.length; ++i) check(_handler.done(selectors[i]) != 0, vm.toString(i));
        invariant_balance_and_pending_are_the_stakes();
        invariant_totals_are_sums_of_weights();
    }
}
