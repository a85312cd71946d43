// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtHandler} from "./support/CourtHandler.sol";

/// @dev What holds of the court's money, whoever does whatever in any order.
contract CourtInvariantsTest is CourtHandler {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(this);
    }

    function targetSelectors() external view returns (Selectors[] memory all) {
        all = new Selectors[](1);
        all[0].addr = address(this);
        all[0].selectors = new bytes4[](1);
        all[0].selectors[0] = CourtInvariantsTest.actOften.selector;
    }

    function actOften(uint256 seed) external {
        for (uint256 i = 0; i < 5; ++i) act(uint256(keccak256(abi.encode(seed, i))));
    }

    function invariant_of_the_court() public view {
        holds();
    }

    /// @dev I2, I3: after any history, everything is settled in any order, everybody is paid, and nothing is left, nor
    /// was anything made.
    function testFuzz_settle_everything(uint256 seed, uint8 order) public {
        for (uint256 i = 0; i < 400; ++i) {
            act(uint256(keccak256(abi.encode(seed, i))));
            if (i % 40 == 0) holds();
        }
        brought();
        holds();
        emptied(order);
    }

    /// @dev These would hold over histories in which nothing happens.
    function test_the_handler_reaches_every_phase() public {
        for (uint256 i = 0; i < 2000; ++i) this.act(i);
        for (uint256 i = 2; i < 10; ++i) {
            if (i == 3) continue;
            check(reached[i] != 0, string.concat("never reached: ", vm.toString(i)));
        }
        check(3 * done > refused, "too much is refused");
    }
}
