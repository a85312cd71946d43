// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Steward of a practice network
/// @notice It stands where a public network has a time lock, a guardian and a treasury, and does whatever anyone asks of
/// it: there is nothing to guard where the money is play money. Never make a contract with it that holds real money.
contract PracticeSteward {
    /// @notice Call a contract in the steward's name. A refusal comes back as it was given.
    /// @param target the contract
    /// @param data the call
    /// @return answer what it answered
    // slither-disable-next-line missing-zero-check
    function run(address target, bytes calldata data) external returns (bytes memory answer) {
        bool success;
        // Anyone may have anything called: that is what it is for.
        // slither-disable-next-line low-level-calls
        (success, answer) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
