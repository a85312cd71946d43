// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibility} from "../interfaces/IEligibility.sol";

/// @title Whom a keeper of a list names may review
/// @notice The keeper says of each account whether it may, and which identity stands behind it.
contract AllowList is IEligibility {
    struct Entry {
        bool allowed;
        bytes32 identity;
    }

    /// @inheritdoc IEligibility
    bytes32 public constant kind = "allow-list";
    /// @notice Who keeps the list.
    address public immutable KEEPER;

    mapping(address account => Entry) private _entries;

    /// @notice An account was put on the list, or taken off it.
    event Listed(address indexed account, bool allowed, bytes32 indexed identity);

    /// @notice The caller does not keep the list.
    error NotKeeper();
    /// @notice An address is needed.
    error ZeroAddress();

    constructor(address keeper) {
        if (keeper == address(0)) revert ZeroAddress();
        KEEPER = keeper;
    }

    /// @notice Put an account on the list, or take it off. By the keeper.
    /// @param account whom
    /// @param allowed on or off
    /// @param identity who stands behind it, 0 for untold
    function set(address account, bool allowed, bytes32 identity) external {
        if (msg.sender != KEEPER) revert NotKeeper();
        _entries[account] = Entry(allowed, identity);
        emit Listed(account, allowed, identity);
    }

    /// @inheritdoc IEligibility
    function check(address account) external view returns (bool eligible, bytes32 identity) {
        Entry memory entry = _entries[account];
        return (entry.allowed, entry.identity);
    }
}
