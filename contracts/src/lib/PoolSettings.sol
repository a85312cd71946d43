// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReviewerPool} from "../interfaces/IReviewerPool.sol";

/// @title What the pool's roles may do
/// @notice TIMELOCK sets the court once, and proposes parameters within bounds, which anyone may adopt two days later.
abstract contract PoolSettings is IReviewerPool {
    /// @notice From a proposal of parameters until it can be adopted.
    uint40 public constant PARAMETER_DELAY = 2 days;

    uint96 private constant MOST_STAKE = 1e24;

    /// @inheritdoc IReviewerPool
    address public immutable TIMELOCK;

    /// @inheritdoc IReviewerPool
    address public court;
    uint40 private _readyAt;
    Parameters internal _parameters;
    Parameters private _proposal;

    modifier onlyTimelock() {
        if (msg.sender != TIMELOCK) revert NotTimelock();
        _;
    }

    constructor(address timelock, Parameters memory first) {
        if (timelock == address(0)) revert ZeroAddress();
        TIMELOCK = timelock;
        _check(first);
        _parameters = first;
        emit ParametersAdopted(first);
    }

    /// @inheritdoc IReviewerPool
    function setCourt(address court_) external onlyTimelock {
        if (court != address(0)) revert CourtKnown();
        if (court_ == address(0)) revert ZeroAddress();
        court = court_;
        emit CourtSet(court_);
    }

    /// @inheritdoc IReviewerPool
    function propose(Parameters calldata next) external onlyTimelock {
        _check(next);
        _proposal = next;
        _readyAt = _now() + PARAMETER_DELAY;
        emit ParametersProposed(next, _readyAt);
    }

    /// @inheritdoc IReviewerPool
    function adopt() external {
        // No balance is compared.
        // slither-disable-next-line incorrect-equality
        if (_readyAt == 0) revert NothingProposed();
        if (_now() < _readyAt) revert TooEarly(_readyAt);
        _readyAt = 0;
        _parameters = _proposal;
        emit ParametersAdopted(_parameters);
    }

    /// @inheritdoc IReviewerPool
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    /// @inheritdoc IReviewerPool
    function proposal() external view returns (Parameters memory, uint40 readyAt) {
        return (_proposal, _readyAt);
    }

    function _check(Parameters memory next) private view {
        if (next.minStake == 0 || next.minStake > MOST_STAKE) revert OutOfBounds(0);
        if (next.minAutomated == 0 || next.minAutomated > next.minStake) revert OutOfBounds(1);
        if (next.activationDelay > 30 days) revert OutOfBounds(2);
        if (next.unbondingTime < 1 days || next.unbondingTime > 60 days) revert OutOfBounds(3);
        if (next.people.code.length == 0) revert OutOfBounds(4);
        if (next.automated.code.length == 0) revert OutOfBounds(5);
    }

    function _now() internal view returns (uint40) {
        return uint40(block.timestamp);
    }
}
