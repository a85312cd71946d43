// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../interfaces/ICourtTypes.sol";
import {IReviewerPool} from "../interfaces/IReviewerPool.sol";
import {Guarded} from "../lib/Guarded.sol";
import {Paused} from "../lib/Paused.sol";

/// @title What the court keeps
/// @notice Storage and sums, the same for both halves of the court's code. Whatever changes a case is behind one lock against
/// re-entry, so that neither the token nor a source of randomness finds it half-way.
abstract contract CourtStore is ICourtTypes, Paused, Guarded {
    /// @notice What is burned is credited to here.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;
    /// @notice Calls of a round that are paid for: three seeds, draw, tally, finalise.
    uint256 public constant KEEPER_CALLS = 6;
    /// @notice Words of a seed that a draw may use, over all its calls.
    uint16 public constant MAX_WORDS = 512;

    uint256 internal constant MAX_URI = 512;
    uint8 internal constant UNRESOLVED = 3;
    uint256 internal constant BPS = 10_000;

    address internal immutable _pool;
    address internal immutable _media;
    address internal immutable _token;
    address internal immutable _treasury;
    address internal immutable _timelock;

    struct Topic {
        uint64 last;
        uint8 doublings;
    }

    // Each half leaves some of this to the other.
    // slither-disable-start unused-state,uninitialized-state,constable-states
    mapping(uint256 id => Case) internal _cases;
    mapping(uint256 id => mapping(uint256 round => Round)) internal _rounds;
    mapping(uint256 id => mapping(uint256 round => mapping(address voter => Vote))) internal _votes;
    // Families and identities with a seat in a panel.
    mapping(uint256 id => mapping(uint256 round => mapping(bytes32 who => bool))) internal _seated;
    mapping(uint256 id => mapping(uint256 round => mapping(bool against => Side))) internal _sides;
    mapping(uint256 id => mapping(uint256 round => mapping(bool against => mapping(address account => uint96))))
        internal _contributions;
    mapping(bytes32 key => Topic) internal _topics;
    mapping(address account => uint256) internal _credits;
    mapping(address account => uint256) internal _nonces;
    mapping(uint256 number => Parameters) internal _parameters;
    // One slot, in use from the start: the first flag costs no more than the next.
    uint64 internal _count;
    uint16 internal _number;
    uint40 internal _readyAt;
    Parameters internal _proposal;
    // slither-disable-end unused-state,uninitialized-state,constable-states

    constructor(
        address pool,
        address media,
        address treasury,
        address timelock,
        address guardian
    ) Paused(guardian) {
        if (pool == address(0) || media == address(0) || treasury == address(0)) revert ZeroAddress();
        if (timelock == address(0) || guardian == address(0)) revert ZeroAddress();
        (_pool, _media, _treasury, _timelock) = (pool, media, treasury, timelock);
        _token = IReviewerPool(pool).TOKEN();
    }

    function _in(uint256 id, Phase phase) internal view returns (Case storage which) {
        which = _cases[id];
        if (which.phase != phase) revert WrongPhase(which.phase);
    }

    function _commitment(uint256 id, uint8 round, address voter, Ballot ballot, bytes32 salt)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, round, voter, ballot, salt));
    }

    function _sits(uint256 id, uint8 number, address voter) internal view returns (Vote storage vote) {
        vote = _votes[id][number][voter];
        if (vote.seats == 0 || vote.voided) revert NoSeat();
    }

    /// @dev A vote that is committed to this, and was not revealed.
    function _shown(uint256 id, Case storage which, address voter, Ballot ballot, bytes32 salt)
        internal
        view
        returns (Vote storage vote)
    {
        uint8 number = which.round;
        vote = _sits(id, number, voter);
        if (vote.revealed) revert AlreadyRevealed();
        if (ballot == Ballot.Synthetic && which.claim != 0) revert BadBallot(ballot);
        if (vote.commitment != _commitment(id, number, voter, ballot, salt)) revert NotCommitted();
    }

    function _full(uint256 id, uint256 round, Parameters storage p, bool against) internal view returns (bool) {
        uint256 target = _target(p, round, against);
        return target != 0 && _sides[id][round][against].funded == target;
    }

    function _funded(uint256 id, Case storage which) internal view returns (bool) {
        Parameters storage p = _of(which);
        return _full(id, which.round, p, false) || _full(id, which.round, p, true);
    }

    function _of(Case storage which) internal view returns (Parameters storage) {
        return _parameters[which.parameters];
    }

    function _until(uint40 end) internal view {
        uint40 moment = clock();
        if (moment >= end) revert WrongTime(moment);
    }

    function _from(uint40 begin) internal view {
        uint40 moment = clock();
        if (moment < begin) revert WrongTime(moment);
    }

    function _credit(uint256 id, address account, uint256 amount) internal {
        if (amount == 0) return;
        _credits[account] += amount;
        emit Credited(account, id, uint96(amount));
    }

    function _payKeeper(uint256 id, Case storage which) internal {
        uint96 fee = _of(which).keeperFee;
        which.keeperPaid += fee;
        emit KeeperPaid(id, msg.sender, fee);
        _credit(id, msg.sender, fee);
    }

    function _seatsOf(Parameters storage p, uint256 round) internal view returns (uint256) {
        return round < 3 ? p.seats[round] : 0;
    }

    function _cost(Parameters storage p, uint256 round) internal view returns (uint256) {
        return _seatsOf(p, round) * p.seatFee + KEEPER_CALLS * p.keeperFee;
    }

    /// @dev What a side of the appeal from a round needs; 0 where there is no further round.
    function _target(Parameters storage p, uint256 round, bool against) internal view returns (uint256) {
        uint256 seats = _seatsOf(p, round + 1);
        if (seats == 0) return 0;
        uint256 base = 2 * _cost(p, round + 1) + seats * p.appealPerSeat;
        return against ? 2 * base : base;
    }

    function _bond(Case storage which) internal view returns (uint256) {
        return uint256(_of(which).flagBond) << which.doublings;
    }

    function _lockOf(Parameters storage p, bool automated) internal view returns (uint96) {
        return automated ? p.automatedLock : p.seatLock;
    }

    /// @dev For one seat: seats' losses are floored one by one, as they are taken.
    function _slashOf(Parameters storage p, bool automated) internal view returns (uint256) {
        return uint256(_lockOf(p, automated)) * p.slashBps / BPS;
    }

    /// @dev 0 cannot tell, 1 not altered, 2 altered, 3 unresolved: what money goes by.
    // No balance is compared.
    // slither-disable-next-line incorrect-equality
    function _group(Ruling ruling) internal pure returns (uint8) {
        if (ruling == Ruling.CannotTell) return 0;
        if (ruling == Ruling.NotAltered) return 1;
        return ruling == Ruling.None || ruling == Ruling.Unresolved ? UNRESOLVED : 2;
    }

    function _key(bytes32 media, bytes32 claim) internal pure returns (bytes32) {
        return keccak256(abi.encode(media, claim));
    }

    function _checkLength(string calldata text, uint256 most) internal pure {
        if (bytes(text).length > most) revert BadLength(bytes(text).length, most);
    }
}
