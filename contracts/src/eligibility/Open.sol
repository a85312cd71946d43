// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibility} from "../interfaces/IEligibility.sol";

/// @title Everyone may review
/// @notice Stake is then the only thing that speaks against one person with a hundred accounts.
contract Open is IEligibility {
    /// @inheritdoc IEligibility
    bytes32 public constant kind = "open";

    /// @inheritdoc IEligibility
    function check(address) external pure returns (bool eligible, bytes32 identity) {
        return (true, 0);
    }
}
