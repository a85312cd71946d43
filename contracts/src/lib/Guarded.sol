// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A lock against re-entry
/// @notice It is in transient storage, so that it costs little, and it is open again after each call.
abstract contract Guarded {
    bool private transient _entered;

    /// @notice Called from within a call of its own.
    error Reentered();

    modifier nonReentrant() {
        _enter();
        _;
        _entered = false;
    }

    function _enter() private {
        if (_entered) revert Reentered();
        _entered = true;
    }
}
