// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReviewerPool} from "../../src/ReviewerPool.sol";
import {IReviewerPool} from "../../src/interfaces/IReviewerPool.sol";
import {Base} from "./Base.sol";
import {Coin, Gate} from "./Coins.sol";

/// @dev A pool over a token that can be told to misbehave, with a court that is a mere address.
abstract contract PoolBase is Base {
    address internal constant COURT = address(0xC0047);
    address internal constant TIMELOCK = address(0x71ED);
    address internal constant GUARDIAN = address(0x64A4D);
    address internal constant ANN = address(0xA);
    address internal constant BEN = address(0xB);
    address internal constant CAY = address(0xC);
    uint96 internal constant LEAST = 100e6;
    uint96 internal constant LEAST_AUTOMATED = 40e6;
    uint32 internal constant DELAY = 1 days;
    uint32 internal constant UNBONDING = 7 days;

    Coin internal coin;
    Gate internal people;
    Gate internal machines;
    ReviewerPool internal pool;
    bytes32 internal model;

    function setUp() public virtual override {
        super.setUp();
        (coin, people, machines) = (new Coin(), new Gate(), new Gate());
        pool = new ReviewerPool(address(coin), address(models), TIMELOCK, GUARDIAN, settings());
        vm.prank(TIMELOCK);
        pool.setCourt(COURT);
        vm.prank(signer);
        model = models.register(1, trained("manifest"));
    }

    function settings() internal view returns (IReviewerPool.Parameters memory) {
        return IReviewerPool.Parameters(
            LEAST, LEAST_AUTOMATED, DELAY, UNBONDING, address(people), address(machines)
        );
    }

    function staked(address who, uint96 amount) internal {
        coin.mint(who, amount);
        vm.prank(who);
        coin.approve(address(pool), amount);
        vm.prank(who);
        pool.stake(amount);
    }

    /// @dev Staked, joined, and with weight.
    function seated(address who, uint96 amount, bool automated) internal {
        staked(who, amount);
        vm.prank(who);
        pool.join(automated, automated ? model : bytes32(0));
        vm.warp(block.timestamp + DELAY);
        pool.refresh(who);
        same(pool.weightOf(who), amount, "weight");
    }

    function locked(address who, uint96 amount) internal {
        bool automated = pool.accountOf(who).automated;
        vm.prank(COURT);
        check(pool.lock(who, automated, amount), "locked");
    }

    function collected(uint256 amount) internal {
        vm.prank(COURT);
        pool.collect(amount);
    }

    function settled(address who, uint96 amount, uint96 slashed, bool missed, bool revealed) internal {
        vm.prank(COURT);
        pool.settle(who, amount, slashed, missed, revealed);
    }

    function frozen() internal returns (uint48 id) {
        vm.prank(COURT);
        (id,) = pool.freeze();
    }
}
