// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {PoolBase} from "./support/PoolBase.sol";
import {Vm} from "./support/Vm.sol";

/// @dev What changes of the pool went unnoticed without.
contract PoolMutantsTest is PoolBase {
    /// @dev Stake that has matured before its owner joins counts from then on, without anybody's call.
    function test_who_joins_late_has_weight_at_once() public {
        staked(ANN, LEAST);
        vm.warp(block.timestamp + DELAY);
        vm.prank(ANN);
        pool.join(false, 0);
        same(pool.weightOf(ANN), LEAST, "weight");
        same(pool.total(false), LEAST, "of all");
    }

    /// @dev Readers have nothing but events: each of its arguments where it belongs.
    function test_joining_is_told() public {
        people.name(ANN, "somebody");
        staked(ANN, LEAST);
        vm.recordLogs();
        vm.prank(ANN);
        pool.join(false, 0);
        (uint24 leaf, bytes32 identity, bytes32 of_) =
            abi.decode(told(IReviewerPool.Joined.selector), (uint24, bytes32, bytes32));
        check(leaf == 1 && identity == "somebody" && of_ == 0, "leaf, identity, model");
        staked(BEN, LEAST_AUTOMATED);
        vm.prank(BEN);
        pool.join(true, model);
        (leaf, identity, of_) = abi.decode(told(IReviewerPool.Joined.selector), (uint24, bytes32, bytes32));
        check(leaf == 1 && identity == 0 && of_ == model, "a machine");
    }

    /// @dev To the unit: what a departed account has locked is no part of what people have locked.
    function test_a_unit_that_is_locked_departs_with_its_owner() public {
        seated(ANN, LEAST, false);
        seated(BEN, LEAST, false);
        locked(ANN, 1);
        same(pool.freePeople(), 2 * LEAST - 1, "both");
        vm.prank(ANN);
        pool.depart();
        same(pool.freePeople(), LEAST, "one");
    }

    function test_adopting_is_told() public {
        IReviewerPool.Parameters memory next = settings();
        next.unbondingTime = 9 days;
        vm.prank(TIMELOCK);
        pool.propose(next);
        vm.warp(block.timestamp + 2 days);
        vm.recordLogs();
        pool.adopt();
        IReviewerPool.Parameters memory now_ =
            abi.decode(told(IReviewerPool.ParametersAdopted.selector), (IReviewerPool.Parameters));
        same(now_.unbondingTime, 9 days, "told");
    }

    function test_a_proposal_waits_two_days() public {
        vm.prank(TIMELOCK);
        pool.propose(settings());
        (, uint40 readyAt) = pool.proposal();
        same(readyAt, block.timestamp + 2 days, "two days");
    }

    function told(bytes32 topic) private returns (bytes memory data) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic) return logs[i].data;
        }
        revert("not told");
    }
}
