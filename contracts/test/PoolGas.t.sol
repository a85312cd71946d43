// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PoolBase} from "./support/PoolBase.sol";

/// @dev What whole transactions of the pool cost, with 20 people in its tree (run as `Gas.t.sol` is).
contract PoolGasTest is PoolBase {
    uint256 private constant MANY = 20;

    function took(string memory name) private {
        vm.snapshotGasLastCall("touchstone", name);
    }

    function person(uint256 i) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("person", i)))));
    }

    function test_gas_pool() public {
        for (uint256 i = 0; i < MANY; ++i) seated(person(i), LEAST, false);
        address who = person(MANY);
        coin.mint(who, 2 * LEAST);
        vm.prank(who);
        coin.approve(address(pool), type(uint256).max);
        vm.prank(who);
        pool.stake(LEAST);
        took("pool: stake");
        vm.prank(who);
        pool.join(false, 0);
        took("pool: join");
        vm.warp(block.timestamp + DELAY);
        pool.refresh(who);
        took("pool: refresh, with weight");
        vm.prank(COURT);
        pool.freeze();
        took("pool: freeze");
        (address drawn,,) = pool.pick(1, false, uint256(keccak256("word")));
        took("pool: pick, one of 21");
        vm.prank(COURT);
        pool.lock(drawn, false, LEAST);
        took("pool: lock");
        vm.prank(COURT);
        pool.collect(LEAST / 4);
        vm.prank(COURT);
        pool.settle(drawn, LEAST, LEAST / 4, false, false);
        took("pool: settle, slashed");
        vm.prank(who);
        pool.unbond(LEAST / 2);
        took("pool: unbond, in a new epoch");
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(who);
        pool.withdraw(who);
        took("pool: withdraw");
    }
}
