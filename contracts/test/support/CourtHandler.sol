// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../../src/interfaces/ICourtTypes.sol";
import {IRandomness} from "../../src/interfaces/IRandomness.sol";
import {IReviewerPool} from "../../src/interfaces/IReviewerPool.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev Whoever there is does whatever the phase of a case lets them try: flaggers, publishers, reviewers, leakers, those
/// who pay for appeals, keepers, the guardian. Each call may be refused. After each, what must hold of phases is checked.
abstract contract CourtHandler is CourtBase {
    uint256 internal constant FILES = 2;
    bytes32 private _seed;
    uint256 public done;
    uint256 public refused;
    mapping(bytes4 call => uint256) public refusedBy;
    uint256 private _pausedLast;
    mapping(uint256 outcome => uint256) public reached;
    mapping(uint256 id => mapping(uint8 round => mapping(address voter => ICourtTypes.Ballot))) private _ballots;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(OWNER);
        publishers.setSigner(1, OWNER, ALL, 0, 0);
        vm.prank(OWNER);
        media.register(1, registration(file(0)));
        rich(FLAGGER, 1e13, address(court));
        rich(STRANGER, 1e13, address(court));
        rich(OWNER, 1e13, address(court));
    }

    function file(uint256 i) internal pure returns (bytes32) {
        return keccak256(abi.encode("file", i % FILES));
    }

    /// @dev One act, of a number; nearly all go well.
    function act(uint256 seed) public {
        _seed = keccak256(abi.encode(_seed, seed));
        uint256 id = court.caseCount();
        if (id == 0 || _dice(20) == 0) return _flag();
        uint256 which = _dice(60);
        if (which == 0) return _pause();
        if (which < 6) return _pools();
        if (which == 6) return _misbehaves(id);
        if (id > 1 && _dice(3) == 0) --id;
        _go(id);
    }

    function _go(uint256 id) private {
        ICourtTypes.Phase was = court.phaseOf(id);
        uint8 round = court.caseOf(id).round;
        if (was == ICourtTypes.Phase.Flagged) _evidence(id);
        else if (was == ICourtTypes.Phase.SeedRequested || was == ICourtTypes.Phase.Drawn) _draw(id);
        else if (was == ICourtTypes.Phase.Commit) _commits(id);
        else if (was == ICourtTypes.Phase.Reveal) _reveals(id);
        else if (was == ICourtTypes.Phase.Tallying) _try(address(this), abi.encodeCall(court.tally, (id)));
        else if (was == ICourtTypes.Phase.Appealable) _appeals(id);
        else _settles(id);
        ICourtTypes.Phase now_ = court.phaseOf(id);
        uint8 next = court.caseOf(id).round;
        // I7: a round only goes on, and a later one only opens.
        check(next > round || (next == round && now_ >= was), "I7: a case went back");
        check(next <= round + 1, "I7: a round was left out");
        if (now_ != was) ++reached[uint256(now_)];
    }

    function _flag() private {
        bytes32 which = file(_dice(FILES));
        uint256 last = court.lastCase(which, 0);
        if (last != 0 && court.phaseOf(last) < ICourtTypes.Phase.Final) return _go(last);
        if (court.paused()) return pass(1 days);
        ICourtTypes.Flag memory what = flagOf(which);
        what.bounty += uint96(_dice(1000));
        _try(FLAGGER, abi.encodeCall(court.flag, (what)));
    }

    function _pause() private {
        if (court.paused()) {
            _try(GUARDIAN, abi.encodeCall(court.unpause, ()));
            _pausedLast = block.timestamp;
        } else if (_pausedLast == 0 || block.timestamp >= _pausedLast + 37 days) {
            _try(GUARDIAN, abi.encodeCall(court.pause, ()));
            _pausedLast = block.timestamp;
        }
    }

    /// @dev Reviewers come and go: never with what a seat holds (I4, I6).
    function _pools() private {
        address who = reviewers[_dice(reviewers.length)];
        IReviewerPool.Account memory now_ = pool.accountOf(who);
        uint256 which = _dice(6);
        bytes memory call = abi.encodeCall(pool.refresh, (who));
        if (now_.status != IReviewerPool.Status.Joined) {
            if (now_.staked - now_.unbonding < 100e6) return;
            call = abi.encodeCall(pool.join, (now_.automated, _modelOf(who)));
        } else if (which == 0 && _dice(3) == 0) {
            call = abi.encodeCall(pool.depart, ());
        } else if (which == 1 && now_.staked - now_.unbonding > 600e6) {
            call = abi.encodeCall(pool.unbond, (uint96(1 + _dice(300e6))));
        } else if (which == 2 && pool.withdrawable(who) != 0) {
            call = abi.encodeCall(pool.withdraw, (who));
        }
        vm.prank(who);
        (bool success,) = address(pool).call(call);
        if (success) ++done;
        else ++refused;
    }

    function _modelOf(address who) private view returns (bytes32) {
        uint256 i = uint256(uint160(who)) - 0x1000;
        return i < PEOPLE ? bytes32(0) : models.idOf(1, keccak256(abi.encode(i)));
    }

    /// @dev I14: a token that does not pay changes nothing; an account that is frozen hinders nobody else.
    function _misbehaves(uint256 id) private {
        uint256 which = _dice(3);
        if (which == 2) {
            address who = reviewers[_dice(reviewers.length)];
            coin.freeze(who, !coin.blocked(who));
            return;
        }
        coin.refuse(which == 0);
        coin.pretend(which == 1);
        uint256 before = court.caseCount();
        ICourtTypes.Flag memory what = flagOf(keccak256(abi.encode("hostile", _seed)));
        check(!_went(FLAGGER, abi.encodeCall(court.flag, (what))), "I14: flagged for nothing");
        check(!_went(STRANGER, abi.encodeCall(court.fundAppeal, (id, true, 1))), "I14: funded by nothing");
        address rich_ = _credited(true);
        if (rich_ != address(0)) check(!_went(rich_, abi.encodeCall(court.withdraw, (rich_))), "I14: paid nothing");
        same(court.caseCount(), before, "I14: a case");
        coin.refuse(false);
        coin.pretend(false);
    }

    function _evidence(uint256 id) private {
        ICourtTypes.Case memory which = court.caseOf(id);
        uint256 moment = court.clock();
        uint256 dice = _dice(4);
        if (moment >= which.evidenceEnds) {
            if (which.round != 0 && dice == 0) _try(STRANGER, abi.encodeCall(court.addEvidence, (id, "more", "")));
            else if (court.paused()) pass(1 days);
            else _try(address(this), abi.encodeCall(court.requestSeed, (id)));
        } else if (dice == 0 && which.publisher == 1) {
            bool bond = which.replier == address(0) && _dice(2) == 0;
            _try(OWNER, abi.encodeCall(court.reply, (id, 1, "item", "", bond)));
        } else if (moment < which.evidenceEnds - 8 hours && dice < 2) {
            _try(STRANGER, abi.encodeCall(court.addEvidence, (id, "more", "")));
        } else {
            check(!_went(address(this), abi.encodeCall(court.requestSeed, (id))), "I7: drawn too early");
            pass(10 hours);
        }
    }

    function _draw(uint256 id) private {
        if (court.paused()) return pass(1 days);
        ICourtTypes.Case memory which = court.caseOf(id);
        ICourtTypes.Round memory round = court.roundOf(id, which.round);
        IRandomness source = IRandomness(court.parametersOf(which.parameters).randomness);
        IRandomness.State state = source.stateOf(round.request);
        bytes memory again = abi.encodeCall(court.requestSeed, (id));
        if (which.phase == ICourtTypes.Phase.SeedRequested && state != IRandomness.State.Ready) {
            check(!_went(address(this), abi.encodeCall(court.draw, (id, 512))), "I7: drawn without a seed");
            if (state == IRandomness.State.Lost) _try(address(this), again);
            else mined(id % 5 == 4 && _dice(4) != 0 ? 300 : 2);
        } else {
            check(!_went(address(this), again), "I7: a seed was asked for again");
            _try(address(this), abi.encodeCall(court.draw, (id, uint16(_dice(3) == 0 ? 1 + _dice(9) : 512))));
        }
    }

    function _commits(uint256 id) private {
        uint256 which = _dice(30);
        (address who, bool found) = _voter(id);
        uint8 round = court.caseOf(id).round;
        ICourtTypes.Vote memory vote = court.voteOf(id, round, who);
        bytes32 mine = court.commitmentOf(id, round, who, _ballots[id][round][who], salt(id, who));
        if (!found || which == 0) {
            pass(1 days);
        } else if (which == 1 && vote.commitment == mine) {
            _try(STRANGER, abi.encodeCall(court.reportLeak, (id, who, _ballots[id][round][who], salt(id, who))));
        } else if ((which == 2 || id % 4 == 2) && !vote.unobtainable && round == 0 && _obtains(id)) {
            _try(who, abi.encodeCall(court.reportUnobtainable, (id)));
        } else if (which == 3) {
            bytes memory early = abi.encodeCall(court.reveal, (id, who, _ballots[id][round][who], salt(id, who)));
            check(!_went(who, early), "I7: revealed too early");
            check(!_went(STRANGER, abi.encodeCall(court.commit, (id, mine))), "I6: committed for another");
        } else {
            uint256 bias = uint256(keccak256(abi.encode(id, round))) % 3;
            _commit(id, who, round, _dice(3) == 0 ? _dice(4) : (bias == 2 ? 2 + _dice(2) : 1 + bias % 2));
        }
    }

    function _obtains(uint256 id) private view returns (bool) {
        return court.clock() < court.roundOf(id, 0).commitEnds - 2 days + 12 hours;
    }

    function _commit(uint256 id, address who, uint8 round, uint256 ballot) private {
        bytes32 commitment = court.commitmentOf(id, round, who, ICourtTypes.Ballot(ballot), salt(id, who));
        if (_try(who, abi.encodeCall(court.commit, (id, commitment)))) {
            _ballots[id][round][who] = ICourtTypes.Ballot(ballot);
        }
    }

    function _reveals(uint256 id) private {
        (address who, bool found) = _voter(id);
        uint256 which = _dice(40);
        uint8 round = court.caseOf(id).round;
        if (which == 0 || !found || court.voteOf(id, round, who).commitment == 0) {
            pass(6 hours);
        } else if (which == 1) {
            check(!_went(who, abi.encodeCall(court.commit, (id, "late"))), "I7: committed too late");
            check(!_went(address(this), abi.encodeCall(court.tally, (id))), "I7: counted too early");
        } else {
            ICourtTypes.Ballot ballot = _ballots[id][round][who];
            _try(STRANGER, abi.encodeCall(court.reveal, (id, who, ballot, salt(id, who))));
        }
    }

    function _appeals(uint256 id) private {
        uint8 round = court.caseOf(id).round;
        uint256 ends = court.roundOf(id, round).appealEnds;
        (uint256 with, uint256 against) = (_missing(id, round, false), _missing(id, round, true));
        if (court.clock() >= ends) {
            bool funded = court.appealTarget(id, round, true) != 0 && (with == 0 || against == 0);
            bytes memory opens = abi.encodeCall(court.openRound, (id));
            bytes memory ends_ = abi.encodeCall(court.finalise, (id));
            check(!_went(address(this), funded ? ends_ : opens), "I7: another end of a round");
            _try(address(this), funded ? opens : ends_);
            return;
        }
        bool second = court.clock() >= ends - 1.5 days;
        bool side = !second && _dice(3) != 0;
        uint256 missing = side ? against : with;
        if (missing == 0 || _dice(3) == 0) return pass(12 hours);
        uint96 amount = uint96(_dice(2) == 0 ? missing : 1 + missing / (1 + _dice(9)));
        _try(_dice(2) == 0 ? STRANGER : OWNER, abi.encodeCall(court.fundAppeal, (id, side, amount)));
    }

    function _missing(uint256 id, uint8 round, bool against) private view returns (uint256) {
        return court.appealTarget(id, round, against) - court.sideOf(id, round, against).funded;
    }

    /// @dev I5: each seat and each contribution at most once.
    function _settles(uint256 id) private {
        uint8 round = uint8(_dice(uint256(court.caseOf(id).round) + 1));
        address[] memory all = parties();
        uint256 from = _dice(all.length);
        uint256 which = _dice(3);
        for (uint256 i = 0; i < all.length && which != 2; ++i) {
            address who = all[(from + i) % all.length];
            ICourtTypes.Vote memory vote = court.voteOf(id, round, who);
            bool side = _dice(2) == 0;
            bytes memory settles_ = abi.encodeCall(court.settle, (id, round, who));
            bytes memory claims = abi.encodeCall(court.claimAppeal, (id, round, side, who));
            if (which == 0 && vote.seats != 0) {
                if (!vote.settled) _try(STRANGER, settles_);
                check(!_went(STRANGER, settles_), "I5: settled twice");
                return;
            }
            if (which == 1 && court.contributionOf(id, round, side, who) != 0) {
                _try(STRANGER, claims);
                check(!_went(STRANGER, claims), "I5: claimed twice");
                return;
            }
        }
        address owner = _credited(false);
        if (owner != address(0)) _try(STRANGER, abi.encodeCall(court.withdraw, (owner)));
        else _flag();
    }

    /// @dev Somebody who can be paid, or anybody with a credit.
    function _credited(bool anybody) private returns (address) {
        address[] memory all = parties();
        uint256 from = _dice(all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            address who = all[(from + i) % all.length];
            if (court.creditOf(who) != 0 && (anybody || !coin.blocked(who))) return who;
        }
        return address(0);
    }

    /// @dev Somebody with a seat, who has something to reveal where that is what is done.
    function _voter(uint256 id) private returns (address who, bool found) {
        uint256 from = _dice(reviewers.length);
        bool reveals = court.phaseOf(id) == ICourtTypes.Phase.Reveal;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            who = reviewers[(from + i) % reviewers.length];
            if (seatsOf(id, who) == 0) continue;
            ICourtTypes.Vote memory vote = court.voteOf(id, court.caseOf(id).round, who);
            if (reveals && (vote.revealed || vote.commitment == 0)) continue;
            return (who, true);
        }
    }

    function _went(address who, bytes memory call) internal returns (bool success) {
        if (who != address(this)) vm.prank(who);
        (success,) = address(court).call(call);
    }

    function _try(address who, bytes memory call) private returns (bool success) {
        success = _went(who, call);
        if (success) {
            ++done;
        } else {
            ++refused;
            ++refusedBy[bytes4(call)];
        }
    }

    function _dice(uint256 sides) private returns (uint256) {
        _seed = keccak256(abi.encode(_seed));
        return uint256(_seed) % sides;
    }

    // -- what must hold ----------------------------------------------------------------------------------------------

    /// @dev I1: what the court holds is what it owes. The sum is made of what is stored, seat by seat, and not of what
    /// the court adds up.
    function owed() internal view returns (uint256 sum) {
        address[] memory all = parties();
        for (uint256 i = 0; i < all.length; ++i) sum += court.creditOf(all[i]);
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            ICourtTypes.Case memory which = court.caseOf(id);
            bool over = which.phase == ICourtTypes.Phase.Final || which.phase == ICourtTypes.Phase.Cancelled;
            if (!over) {
                sum += which.bounty - which.keeperPaid;
                uint256 bond = uint256(court.parametersOf(which.parameters).flagBond) << which.doublings;
                sum += which.replier == address(0) ? bond : 2 * bond;
            }
            for (uint8 r = 0; r <= which.round; ++r) {
                sum += _ofSide(court.sideOf(id, r, true)) + _ofSide(court.sideOf(id, r, false));
                if (which.phase == ICourtTypes.Phase.Final) sum += _ofSeats(id, r, which, all);
            }
        }
    }

    function _ofSide(ICourtTypes.Side memory side) private pure returns (uint256) {
        return side.reduced ? side.back : side.unclaimed;
    }

    function _ofSeats(uint256 id, uint8 r, ICourtTypes.Case memory which, address[] memory all)
        private
        view
        returns (uint256 sum)
    {
        uint256 fee = court.parametersOf(which.parameters).fixedFee;
        uint256 group = _group(uint256(which.ruling));
        for (uint256 i = 0; i < all.length; ++i) {
            ICourtTypes.Vote memory vote = court.voteOf(id, r, all[i]);
            if (vote.settled || !vote.revealed) continue;
            uint256 mine = uint256(vote.ballot) > 2 ? 2 : uint256(vote.ballot);
            if (mine == 0 || group == 0 || group == 3) sum += vote.seats * fee;
            else if (mine == group) sum += vote.seats * uint256(which.share);
        }
    }

    function _group(uint256 ruling) internal pure returns (uint256) {
        if (ruling == 1 || ruling == 2) return ruling - 1;
        return ruling == 0 || ruling == 6 ? 3 : 2;
    }

    /// @dev I8: the ruling of a round is what its revealed votes say, counted anew from the voters.
    function countedAnew(uint256 id, uint8 r) internal view {
        ICourtTypes.Round memory round = court.roundOf(id, r);
        uint256[4] memory people;
        uint256[4] memory machines;
        uint256 seats = 0;
        uint256 automated = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            ICourtTypes.Vote memory vote = court.voteOf(id, r, reviewers[i]);
            if (vote.automated) check(vote.seats <= 1, "I9: a family has two seats");
            if (vote.voided) continue;
            seats += vote.seats;
            if (vote.automated) automated += vote.seats;
            if (!vote.revealed) continue;
            if (vote.automated) machines[uint256(vote.ballot)] += vote.seats;
            else people[uint256(vote.ballot)] += vote.seats;
        }
        uint256 wanted = r == 0 ? 7 : (r == 1 ? 15 : 31);
        check(automated <= wanted / 3, "I9: too many automated seats");
        check(seats + round.voided <= wanted, "more seats than the round has");
        same(seats, uint256(round.seatsPeople) + round.seatsAutomated, "seats");
        for (uint256 i = 0; i < 4; ++i) {
            same(round.people[i], people[i], "people");
            same(round.automated[i], machines[i], "automated");
        }
        if (round.commitEnds == 0 || round.ruling == ICourtTypes.Ruling.None) return;
        same(_group(uint256(round.ruling)), _majority(people, machines, wanted, round.panelPeople), "I8: ruling");
    }

    function _majority(uint256[4] memory people, uint256[4] memory machines, uint256 wanted, uint256 panel)
        private
        pure
        returns (uint256)
    {
        uint256 persons = people[0] + people[1] + people[2] + people[3];
        uint256 all = persons + machines[0] + machines[1] + machines[2] + machines[3];
        if (3 * all < 2 * wanted || 2 * persons < panel) return 3;
        for (uint256 g = 0; g < 3; ++g) {
            uint256 p = people[g] + (g == 2 ? people[3] : 0);
            uint256 m = machines[g] + (g == 2 ? machines[3] : 0);
            if (2 * (p + m) > all && 2 * p > persons) return g;
        }
        return 3;
    }

    function holds() internal view {
        holdsMoney();
        holdsStakes();
        holdsPanels();
    }

    /// @dev I1.
    function holdsMoney() internal view {
        same(coin.balanceOf(address(court)), owed(), "I1: the court");
        same(coin.balanceOf(address(pool)) + pool.pendingSlash(), pool.totalStaked(), "I1: the pool");
        check(pool.pendingSlash() <= pool.totalLocked(), "pending is locked");
    }

    /// @dev I4, I13, and the sum of what is locked of people in their tree.
    function holdsStakes() internal view {
        uint256[2] memory weights;
        uint256 locked = 0;
        uint256 busy = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            IReviewerPool.Account memory who = pool.accountOf(reviewers[i]);
            check(who.locked <= who.staked, "I4");
            locked += who.locked;
            if (!who.automated && who.status == IReviewerPool.Status.Joined) busy += who.locked;
            weights[who.automated ? 1 : 0] += pool.weightOf(reviewers[i]);
        }
        same(pool.totalLocked(), locked, "I4: all locks");
        same(pool.total(false), weights[0], "I13: people");
        same(pool.total(true), weights[1], "I13: automated");
        same(pool.freePeople(), weights[0] > busy ? weights[0] - busy : 0, "free people");
    }

    /// @dev I8, I9.
    function holdsPanels() internal view {
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            for (uint8 r = 0; r <= court.caseOf(id).round; ++r) countedAnew(id, r);
        }
    }

    /// @dev Every case to its end, by whoever can bring it there.
    function brought() internal {
        for (uint256 i = 0; i < reviewers.length; ++i) coin.freeze(reviewers[i], false);
        if (court.paused()) pass(7 days);
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            for (uint256 i = 0; i < 60; ++i) {
                ICourtTypes.Phase at_ = court.phaseOf(id);
                if (at_ >= ICourtTypes.Phase.Final) break;
                pass(3 days);
                if (at_ == ICourtTypes.Phase.Flagged) _try(address(this), abi.encodeCall(court.requestSeed, (id)));
                mined(2);
                if (at_ == ICourtTypes.Phase.SeedRequested || at_ == ICourtTypes.Phase.Drawn) {
                    if (!_try(address(this), abi.encodeCall(court.draw, (id, 512)))) {
                        mined(300);
                        _try(address(this), abi.encodeCall(court.requestSeed, (id)));
                    }
                }
                if (at_ == ICourtTypes.Phase.Tallying) _try(address(this), abi.encodeCall(court.tally, (id)));
                if (at_ == ICourtTypes.Phase.Appealable && !_try(address(this), abi.encodeCall(court.finalise, (id)))) {
                    _try(address(this), abi.encodeCall(court.openRound, (id)));
                }
            }
            check(court.phaseOf(id) >= ICourtTypes.Phase.Final, "a case came to no end");
        }
    }
}
