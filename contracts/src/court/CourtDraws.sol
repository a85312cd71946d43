// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRandomness} from "../interfaces/IRandomness.sol";
import {IReviewerPool} from "../interfaces/IReviewerPool.sol";
import {CourtTally} from "./CourtTally.sol";

/// @title How the court's seats are given
/// @notice The trees are frozen when the seed is asked for. Each word of the seed names one account, whatever became of the
/// others, so that nobody who declines a seat moves another's. A seat locks stake as it is drawn.
abstract contract CourtDraws is CourtTally {
    // People's weight that no seat has locked is at least this many times what a panel locks.
    uint256 private constant DEPTH = 4;
    uint8 private constant MAX_REQUESTS = 3;
    // Words that may go to automated seats, before people take what is left of them.
    uint16 private constant AUTOMATED_WORDS = 128;

    /// @notice See `IFactCheckCourt`.
    // Locked against re-entry, as all of these.
    // slither-disable-next-line reentrancy-benign
    function requestSeed(uint256 id) external nonReentrant whenRunning {
        Case storage which = _cases[id];
        uint256 number = which.round;
        Round storage round = _rounds[id][number];
        Parameters storage p = _of(which);
        uint40 pauses = uint40(block.timestamp) - clock();
        bool paid = true;
        if (which.phase == Phase.Flagged) {
            _from(which.evidenceEnds);
            which.phase = Phase.SeedRequested;
            ++round.requests;
        } else {
            _in(id, Phase.SeedRequested);
            if (IRandomness(p.randomness).stateOf(round.request) != IRandomness.State.Lost) revert SeedNotLost();
            // A seed that was lost while nothing could be drawn is nobody's fault.
            // No balance is compared.
            // slither-disable-next-line incorrect-equality
            paid = round.pauses == pauses;
            if (paid) {
                if (round.requests == MAX_REQUESTS) {
                    _fail(id, which, round, Reason.SeedLost);
                    return;
                }
                ++round.requests;
            }
        }
        (uint48 snapshot, uint96 free) = IReviewerPool(_pool).freeze();
        if (free < DEPTH * _seatsOf(p, number) * p.seatLock) {
            _fail(id, which, round, Reason.PoolTooSmall);
            return;
        }
        uint256 request = IRandomness(p.randomness).request();
        (round.snapshot, round.request, round.pauses) = (snapshot, request, pauses);
        emit SeedRequested(id, uint8(number), request, snapshot, p.randomness);
        if (paid) _payKeeper(id, which);
    }

    /// @notice See `IFactCheckCourt`.
    // slither-disable-next-line reentrancy-benign
    function draw(uint256 id, uint16 words) external nonReentrant whenRunning {
        Case storage which = _cases[id];
        Round storage round = _rounds[id][which.round];
        Parameters storage p = _of(which);
        if (which.phase != Phase.Drawn) {
            _in(id, Phase.SeedRequested);
            which.phase = Phase.Drawn;
            round.seed = IRandomness(p.randomness).take(round.request);
        }
        uint256 wanted = _seatsOf(p, which.round);
        if (_drawAutomated(id, which, round, wanted, words)) return;
        uint256 missing = wanted - round.seatsAutomated - round.seatsPeople;
        uint16 cursor = round.cursor;
        uint16 end = cursor + words < MAX_WORDS ? cursor + words : MAX_WORDS;
        for (; missing != 0 && cursor < end; ++cursor) {
            if (_seat(id, which.round, round, p, false, cursor)) --missing;
        }
        round.cursor = cursor;
        if (missing == 0) {
            _startCommit(id, which, round, p);
        } else if (cursor == MAX_WORDS) {
            _fail(id, which, round, Reason.PoolTooSmall);
        }
    }

    /// @notice See `IFactCheckCourt`.
    function reportUnobtainable(uint256 id) external nonReentrant {
        Case storage which = _in(id, Phase.Commit);
        if (which.round != 0) revert WrongPhase(Phase.Commit);
        Round storage round = _rounds[id][0];
        Parameters storage p = _of(which);
        _until(round.commitEnds - p.commitTime + p.obtainTime);
        Vote storage vote = _sits(id, 0, msg.sender);
        if (vote.unobtainable) revert AlreadyReported();
        vote.unobtainable = true;
        round.unobtainable += vote.seats;
        emit Unobtainable(id, msg.sender, vote.seats);
        if (3 * uint256(round.unobtainable) >= 2 * _seatsOf(p, 0)) _cancel(id, which, Reason.NotObtainable);
    }

    /// @notice See `IFactCheckCourt`.
    // slither-disable-next-line reentrancy-benign
    function reportLeak(uint256 id, address voter, Ballot ballot, bytes32 salt) external nonReentrant {
        Case storage which = _in(id, Phase.Commit);
        Round storage round = _rounds[id][which.round];
        _until(round.commitEnds);
        Vote storage vote = _shown(id, which, voter, ballot, salt);
        (vote.voided, vote.settled) = (true, true);
        (uint8 seats, bool automated) = (vote.seats, vote.automated);
        if (vote.unobtainable) round.unobtainable -= seats;
        if (automated) round.seatsAutomated -= seats;
        else round.seatsPeople -= seats;
        uint256 lost = vote.locked;
        // Later there would be no time left for others: the seats count as not revealed.
        uint8 before = round.voided;
        if (clock() < round.commitEnds - _of(which).commitTime / 2) _refill(id, which, round, automated, seats);
        else round.voided += seats;
        emit Leaked(id, which.round, voter, msg.sender, uint96(lost), seats - (round.voided - before));
        uint256 reward = lost * _of(which).leakBps / BPS;
        _credit(id, msg.sender, reward);
        _credit(id, BURN, lost - reward);
        IReviewerPool(_pool).collect(lost);
        IReviewerPool(_pool).settle(voter, uint96(lost), uint96(lost), false, false);
    }

    /// @dev Give void seats to the next words, few of which are tried. Those that find nobody stay void.
    function _refill(uint256 id, Case storage which, Round storage round, bool automated, uint256 seats) private {
        Parameters storage p = _of(which);
        uint16 cursor = round.cursor;
        uint256 tries = 4 * seats;
        uint256 left = seats;
        for (; left != 0 && tries != 0; --tries) {
            if (_seat(id, which.round, round, p, automated, cursor++)) --left;
        }
        round.cursor = cursor;
        round.voided += uint8(left);
    }

    /// @dev No panel: the case is cancelled, or the ruling of the round before stands.
    function _fail(uint256 id, Case storage which, Round storage round, Reason reason) private {
        if (which.round == 0) {
            _cancel(id, which, reason);
            return;
        }
        (round.ruling, which.reason) = (Ruling.Unresolved, reason);
        _finish(id, which);
    }

    /// @return more whether automated seats need another call
    function _drawAutomated(uint256 id, Case storage which, Round storage round, uint256 wanted, uint16 words)
        private
        returns (bool more)
    {
        uint16 cursor = round.cursor;
        if (cursor >= AUTOMATED_WORDS) return false;
        Parameters storage p = _of(which);
        uint256 missing = wanted / 3 - round.seatsAutomated;
        if (IReviewerPool(_pool).totalAt(round.snapshot, true) == 0) missing = 0;
        uint256 end = uint256(cursor) + words;
        // A tree of few families is not asked again and again.
        // The floor is what is meant.
        // slither-disable-next-line divide-before-multiply
        uint256 last = 4 * (wanted / 3);
        if (end > last) end = last;
        for (; missing != 0 && cursor < end; ++cursor) {
            if (_seat(id, which.round, round, p, true, cursor)) --missing;
        }
        more = missing != 0 && cursor < last;
        round.cursor = more ? cursor : AUTOMATED_WORDS;
    }

    function _startCommit(uint256 id, Case storage which, Round storage round, Parameters storage p) private {
        uint40 ends = clock() + p.commitTime;
        which.phase = Phase.Commit;
        (round.commitEnds, round.evidenceRoot, round.panelPeople) = (ends, which.evidenceRoot, round.seatsPeople);
        emit CommitStarted(
            id, which.round, round.seatsPeople + round.seatsAutomated, which.evidenceRoot, ends
        );
        _payKeeper(id, which);
    }

    // Words are bounded, and it is the pool that is called.
    // slither-disable-start calls-loop
    function _seat(
        uint256 id,
        uint256 number,
        Round storage round,
        Parameters storage p,
        bool automated,
        uint16 word
    ) private returns (bool) {
        (address account, bytes32 family, bytes32 identity) = IReviewerPool(_pool).pick(
            round.snapshot, automated, uint256(keccak256(abi.encode(round.seed, id, number, automated, word)))
        );
        if (_seatedAlready(id, number, automated, family, identity)) return false;
        Vote storage vote = _votes[id][number][account];
        if (vote.voided) return false;
        uint96 lock = _lockOf(p, automated);
        if (!IReviewerPool(_pool).lock(account, automated, lock)) return false;
        if (automated) {
            _seated[id][number][family] = true;
            ++round.seatsAutomated;
            vote.automated = true;
        } else {
            ++round.seatsPeople;
        }
        if (identity != 0) _seated[id][number][identity] = true;
        ++vote.seats;
        vote.locked += lock;
        if (vote.unobtainable) ++round.unobtainable;
        emit SeatDrawn(id, uint8(number), account, automated, family, lock);
        return true;
    }

    // slither-disable-end calls-loop
    function _seatedAlready(uint256 id, uint256 number, bool automated, bytes32 family, bytes32 identity)
        private
        view
        returns (bool)
    {
        if (automated && _seated[id][number][family]) return true;
        return identity != 0 && _seated[id][number][identity];
    }
}
