// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may join a tree of reviewers
interface IEligibility {
    /// @notice Whether an account may review, and as whom.
    /// @param account who asks to join
    /// @return eligible whether it may, now
    /// @return identity what stands for the person or firm behind it, the same for all its accounts; 0 where the rule
    /// knows of none. Where it is told, one account of it may be in a tree, and one seat of it in a panel.
    function check(address account) external view returns (bool eligible, bytes32 identity);

    /// @notice Which rule this is, a short ASCII name padded with zeros on the right: open, allow-list, attestation.
    function kind() external view returns (bytes32);
}
