// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtBallots} from "./court/CourtBallots.sol";
import {CourtBench} from "./court/CourtBench.sol";
import {CourtStore} from "./court/CourtStore.sol";
import {CourtViews} from "./court/CourtViews.sol";
import {IFactCheckCourt} from "./interfaces/IFactCheckCourt.sol";
import {IMediaRegistry} from "./interfaces/IMediaRegistry.sol";
import {IReviewerPool} from "./interfaces/IReviewerPool.sol";
import {Money} from "./lib/Money.sol";

/// @title The court
/// @notice See the interface. There is no owner and no upgrade. TIMELOCK changes parameters within bounds, for cases that
/// are flagged later; GUARDIAN pauses flags and draws, for seven days at most, and nothing else.
contract FactCheckCourt is CourtBallots {
    uint256 private constant MAX_CLAIM = 1024;
    // With this, a seat's share fits in 88 bits.
    uint96 private constant MAX_BOUNTY = uint96(1) << 87;

    /// @notice The other half of the code, for ever.
    address public immutable BENCH;

    /// @notice Reviewers of this pool, publishers of this register, for ever.
    constructor(
        address pool,
        address media,
        address treasury,
        address timelock,
        address guardian,
        // It has to answer below.
        // slither-disable-next-line missing-zero-check
        address bench,
        Parameters memory first
    ) CourtStore(pool, media, treasury, timelock, guardian) CourtViews(first) {
        (address pool_, address media_, address treasury_, address token) = CourtBench(bench).madeWith();
        if (pool_ != pool || media_ != media || treasury_ != treasury || token != _token) revert OtherBench();
        BENCH = bench;
    }

    /// @inheritdoc IFactCheckCourt
    function flag(Flag calldata what) external nonReentrant returns (uint256 id) {
        return _flag(what);
    }

    /// @inheritdoc IFactCheckCourt
    // Locked against re-entry, as all of these.
    // slither-disable-next-line reentrancy-benign
    function flagWithPermit(Flag calldata what, IReviewerPool.Permit calldata permit) external nonReentrant returns (uint256 id) {
        _permit(permit);
        return _flag(what);
    }

    /// @inheritdoc IFactCheckCourt
    function fundAppeal(uint256 id, bool against, uint96 amount) external nonReentrant {
        _fund(id, against, amount);
    }

    /// @inheritdoc IFactCheckCourt
    // slither-disable-next-line reentrancy-benign
    function fundAppealWithPermit(uint256 id, bool against, uint96 amount, IReviewerPool.Permit calldata permit)
        external nonReentrant
    {
        _permit(permit);
        _fund(id, against, amount);
    }

    /// @inheritdoc IFactCheckCourt
    function withdraw(address account) external nonReentrant returns (uint256 amount) {
        return _withdraw(account, account);
    }

    /// @inheritdoc IFactCheckCourt
    function withdrawTo(address to) external nonReentrant returns (uint256 amount) {
        if (to == address(0)) revert ZeroAddress();
        return _withdraw(msg.sender, to);
    }

    /// @inheritdoc IFactCheckCourt
    function addEvidence(uint256, bytes32, string calldata) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function reply(uint256, uint32, bytes32, string calldata, bool) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function requestSeed(uint256) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function draw(uint256, uint16) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function reportUnobtainable(uint256) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function reportLeak(uint256, address, Ballot, bytes32) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function tally(uint256) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function openRound(uint256) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function finalise(uint256) external {
        _onBench();
    }

    /// @inheritdoc IFactCheckCourt
    function claimAppeal(uint256, uint8, bool, address) external {
        _onBench();
    }

    function _flag(Flag calldata what) private whenRunning returns (uint256 id) {
        if (what.media == 0 || what.evidence == 0) revert ZeroHash();
        _checkLength(what.claim, MAX_CLAIM);
        _checkLength(what.uri, MAX_URI);
        bytes32 claim = bytes(what.claim).length == 0 ? bytes32(0) : keccak256(bytes(what.claim));
        id = ++_count;
        Case storage which = _cases[id];
        uint96 bond = _open(id, which, what, claim);
        which.publisher = IMediaRegistry(_media).firstOf(what.media).publisher;
        _emitFlagged(id, what, claim, bond);
        Money.pull(_token, msg.sender, uint256(what.bounty) + bond);
    }

    function _open(uint256 id, Case storage which, Flag calldata what, bytes32 claim) private returns (uint96 bond) {
        Topic storage topic = _topics[_key(what.media, claim)];
        uint256 last = topic.last;
        if (last != 0 && _cases[last].phase < Phase.Final) revert AlreadyOpen(last);
        (which.parameters, which.doublings) = (_number, topic.doublings);
        topic.last = uint64(id);
        bond = uint96(_bond(which));
        if (what.bond != bond) revert BadBond(what.bond, bond);
        uint256 cost = _cost(_of(which), 0);
        if (what.bounty < cost || what.bounty > MAX_BOUNTY) revert BountyTooLow(what.bounty, uint96(cost));
        (which.media, which.evidenceRoot) = (what.media, what.evidence);
        if (claim != 0) which.claim = claim;
        (which.flagger, which.bounty) = (msg.sender, what.bounty);
        uint40 moment = clock();
        (which.flaggedAt, which.evidenceEnds) = (moment, moment + _of(which).evidenceTime);
        which.phase = Phase.Flagged;
    }

    function _emitFlagged(uint256 id, Flag calldata what, bytes32 claim, uint96 bond) private {
        Case storage which = _cases[id];
        emit Flagged(
            id,
            what.media,
            msg.sender,
            claim,
            what.evidence,
            what.bounty,
            bond,
            which.publisher,
            which.parameters,
            what.claim,
            what.uri
        );
    }

    function _fund(uint256 id, bool against, uint96 amount) private {
        Case storage which = _in(id, Phase.Appealable);
        uint8 number = which.round;
        Parameters storage p = _of(which);
        uint256 target = _target(p, number, against);
        if (target == 0) revert NoFurtherRound();
        uint40 ends = _rounds[id][number].appealEnds;
        _until(against ? ends - p.appealTime / 2 : ends);
        if (amount == 0) revert ZeroAmount();
        Side storage side = _sides[id][number][against];
        uint96 missing = uint96(target - side.funded);
        if (missing == 0) revert FullyFunded();
        if (amount > missing) amount = missing;
        side.funded += amount;
        side.unclaimed += amount;
        _contributions[id][number][against][msg.sender] += amount;
        emit AppealFunded(id, number, against, msg.sender, amount, side.funded);
        Money.pull(_token, msg.sender, amount);
    }

    function _permit(IReviewerPool.Permit calldata permit) private {
        Money.permit(_token, msg.sender, permit.value, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _withdraw(address account, address to) private returns (uint256 amount) {
        amount = _credits[account];
        if (amount == 0) revert NothingCredited();
        _credits[account] = 0;
        emit Withdrawn(account, to, amount);
        Money.push(_token, to, amount);
    }

    /// @dev Run this call by the other half's code, which has the function that was called, and nothing to call else.
    // slither-disable-next-line controlled-delegatecall
    function _onBench() private {
        (bool success, bytes memory answer) = BENCH.delegatecall(msg.data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
