// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFactCheckCourt} from "../interfaces/IFactCheckCourt.sol";
import {CourtStore} from "./CourtStore.sol";

/// @title The court's parameters within their bounds, and what is read of it
abstract contract CourtViews is IFactCheckCourt, CourtStore {
    // Amounts above this, and sums might not fit in 96 bits.
    uint96 private constant MAX_AMOUNT = uint96(1) << 72;

    /// @notice The time between a proposal of parameters and their adoption.
    uint40 public constant PARAMETER_DELAY = 2 days;

    constructor(Parameters memory first) {
        _check(first);
        _hold(first);
    }

    /// @inheritdoc IFactCheckCourt
    function propose(Parameters calldata proposed) external {
        if (msg.sender != _timelock) revert NotTimelock();
        _check(proposed);
        _proposal = proposed;
        _readyAt = uint40(block.timestamp) + PARAMETER_DELAY;
        emit ParametersProposed(proposed, _readyAt);
    }

    /// @inheritdoc IFactCheckCourt
    function adopt() external {
        // No balance is compared.
        // slither-disable-next-line incorrect-equality
        if (_readyAt == 0) revert NothingProposed();
        if (block.timestamp < _readyAt) revert TooEarly(_readyAt);
        _readyAt = 0;
        _hold(_proposal);
    }

    /// @inheritdoc IFactCheckCourt
    function phaseOf(uint256 id) external view returns (Phase) {
        Case storage which = _cases[id];
        if (which.phase != Phase.Commit) return which.phase;
        uint40 ends = _rounds[id][which.round].commitEnds;
        uint40 moment = clock();
        if (moment < ends) return Phase.Commit;
        return moment < ends + _of(which).revealTime ? Phase.Reveal : Phase.Tallying;
    }

    /// @inheritdoc IFactCheckCourt
    function caseOf(uint256 id) external view returns (Case memory) {
        return _cases[id];
    }

    /// @inheritdoc IFactCheckCourt
    function roundOf(uint256 id, uint8 round) external view returns (Round memory) {
        return _rounds[id][round];
    }

    /// @inheritdoc IFactCheckCourt
    function voteOf(uint256 id, uint8 round, address voter) external view returns (Vote memory) {
        return _votes[id][round][voter];
    }

    /// @inheritdoc IFactCheckCourt
    function sideOf(uint256 id, uint8 round, bool against) external view returns (Side memory) {
        return _sides[id][round][against];
    }

    /// @inheritdoc IFactCheckCourt
    function contributionOf(uint256 id, uint8 round, bool against, address account) external view returns (uint96) {
        return _contributions[id][round][against][account];
    }

    /// @inheritdoc IFactCheckCourt
    function appealTarget(uint256 id, uint8 round, bool against) external view returns (uint96) {
        return uint96(_target(_of(_cases[id]), round, against));
    }

    /// @inheritdoc IFactCheckCourt
    function bondFor(bytes32 media, bytes32 claim) external view returns (uint96) {
        return _parameters[_number].flagBond << _topics[_key(media, claim)].doublings;
    }

    /// @inheritdoc IFactCheckCourt
    function lastCase(bytes32 media, bytes32 claim) external view returns (uint256) {
        return _topics[_key(media, claim)].last;
    }

    /// @inheritdoc IFactCheckCourt
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IFactCheckCourt
    function nonceOf(address account) external view returns (uint256) {
        return _nonces[account];
    }

    /// @inheritdoc IFactCheckCourt
    function parametersOf(uint32 number) external view returns (Parameters memory) {
        return _parameters[number];
    }

    /// @inheritdoc IFactCheckCourt
    function proposal() external view returns (Parameters memory, uint40 readyAt) {
        return (_proposal, _readyAt);
    }

    /// @inheritdoc IFactCheckCourt
    function commitmentOf(uint256 id, uint8 round, address voter, Ballot ballot, bytes32 salt)
        external
        view
        returns (bytes32)
    {
        return _commitment(id, round, voter, ballot, salt);
    }

    /// @inheritdoc IFactCheckCourt
    function POOL() external view returns (address) {
        return _pool;
    }

    /// @inheritdoc IFactCheckCourt
    function MEDIA() external view returns (address) {
        return _media;
    }

    /// @inheritdoc IFactCheckCourt
    function TOKEN() external view returns (address) {
        return _token;
    }

    /// @inheritdoc IFactCheckCourt
    function TREASURY() external view returns (address) {
        return _treasury;
    }

    /// @inheritdoc IFactCheckCourt
    function TIMELOCK() external view returns (address) {
        return _timelock;
    }

    /// @inheritdoc IFactCheckCourt
    function caseCount() external view returns (uint256) {
        return _count;
    }

    /// @inheritdoc IFactCheckCourt
    function parametersNumber() external view returns (uint32) {
        return _number;
    }

    function _hold(Parameters memory next) private {
        uint16 number = ++_number;
        _parameters[number] = next;
        emit ParametersAdopted(number, next);
    }

    /// @dev What is set aside for a round covers its fees, whoever votes how, as no seat is paid more than `seatFee`.
    function _check(Parameters memory p) private view {
        _checkSeats(p.seats);
        if (p.slashBps == 0 || p.slashBps > 5000) revert OutOfBounds(1);
        if (p.leakBps > 5000) revert OutOfBounds(2);
        _checkTime(p.evidenceTime, 3);
        _checkTime(p.commitTime, 4);
        if (p.obtainTime > p.commitTime / 2) revert OutOfBounds(5);
        _checkTime(p.revealTime, 6);
        _checkTime(p.appealTime, 7);
        _checkAmounts(p);
        if (p.randomness.code.length == 0) revert OutOfBounds(15);
    }

    function _checkSeats(uint8[3] memory all) private pure {
        for (uint256 i = 0; i < 3; ++i) {
            uint256 seats = all[i];
            if (seats == 0 && i != 0) continue;
            if (seats < 3 || seats > 63 || seats % 2 == 0) revert OutOfBounds(0);
            if (i != 0 && seats <= all[i - 1]) revert OutOfBounds(0);
            if (i == 2 && all[1] == 0) revert OutOfBounds(0);
        }
    }

    function _checkAmounts(Parameters memory p) private pure {
        if (p.seatLock == 0 || p.seatLock > MAX_AMOUNT) revert OutOfBounds(8);
        if (p.automatedLock == 0 || p.automatedLock > p.seatLock) revert OutOfBounds(9);
        if (p.seatFee > MAX_AMOUNT) revert OutOfBounds(10);
        if (p.fixedFee > p.seatFee) revert OutOfBounds(11);
        if (p.keeperFee > MAX_AMOUNT) revert OutOfBounds(12);
        if (p.flagBond == 0 || p.flagBond > MAX_AMOUNT) revert OutOfBounds(13);
        if (p.appealPerSeat > MAX_AMOUNT) revert OutOfBounds(14);
    }

    function _checkTime(uint32 time, uint256 which) private pure {
        if (time < 1 minutes || time > 14 days) revert OutOfBounds(which);
    }
}
