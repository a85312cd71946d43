// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A pause that ends by itself, and a clock that stops with it
/// @notice The guardian pauses, for 7 days at most, and no sooner than 30 days after the last pause ended. A contract
/// measures its windows by `clock`, which stands still meanwhile, so that ending a pause extends every deadline by as
/// long as it lasted; and as a pause ends, nobody's stake is held for ever.
abstract contract Paused {
    /// @notice The longest pause.
    uint40 public constant MAX_PAUSE = 7 days;
    /// @notice The shortest time between two pauses.
    uint40 public constant PAUSE_GAP = 30 days;

    /// @notice Who may pause.
    address public immutable GUARDIAN;

    uint40 private _pausedAt;
    uint40 private _pausedUntil;
    uint40 private _before;

    /// @notice Paused, until `until` at the latest.
    event PausedUntil(uint40 until);
    /// @notice The pause was ended.
    event Unpaused();

    /// @notice The caller is not the guardian.
    error NotGuardian();
    /// @notice Paused until then at the latest.
    error IsPaused(uint40 until);
    /// @notice The last pause was not long enough ago.
    error PausedLately(uint40 readyAt);
    /// @notice There is nothing to end.
    error NotPaused();

    modifier whenRunning() {
        if (paused()) revert IsPaused(_pausedUntil);
        _;
    }

    constructor(address guardian) {
        GUARDIAN = guardian;
    }

    /// @notice Pause what may be paused. By the guardian.
    function pause() external {
        if (msg.sender != GUARDIAN) revert NotGuardian();
        uint40 moment = uint40(block.timestamp);
        if (_pausedUntil != 0 && moment < _pausedUntil + PAUSE_GAP) revert PausedLately(_pausedUntil + PAUSE_GAP);
        _before += _pausedUntil - _pausedAt;
        (_pausedAt, _pausedUntil) = (moment, moment + MAX_PAUSE);
        emit PausedUntil(moment + MAX_PAUSE);
    }

    /// @notice End a pause. By the guardian.
    function unpause() external {
        if (msg.sender != GUARDIAN) revert NotGuardian();
        if (!paused()) revert NotPaused();
        _pausedUntil = uint40(block.timestamp);
        emit Unpaused();
    }

    /// @notice Whether it is paused now.
    function paused() public view returns (bool) {
        return block.timestamp < _pausedUntil;
    }

    /// @notice Time in which pauses do not count.
    function clock() public view returns (uint40) {
        uint40 moment = uint40(block.timestamp);
        return moment - _before - ((moment < _pausedUntil ? moment : _pausedUntil) - _pausedAt);
    }
}
