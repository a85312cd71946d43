// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev Whoever there is does whatever the phase of a case lets them try: flaggers, publishers, reviewers, leakers, those
/// who pay for appeals, keepers, the guardian. Each call may be refused. After each, what must hold of phases is checked.
abstract contract CourtHandler is CourtBase {
    uint256 internal constant FILES = 2;
    bytes32 private _seed;
    uint256 public done;
    uint256 public refused;
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

    /// @dev One act, of a number; most go well.
    function act(uint256 seed) public {
        _seed = keccak256(abi.encode(_seed, seed));
        uint256 id = court.caseCount();
        if (id == 0 || _dice(25) == 0) return _flag();
        if (_dice(40) == 0) return _pause();
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
        ICourtTypes.Flag memory what = flagOf(file(_dice(FILES)));
        what.bounty += uint96(_dice(1000));
        _try(FLAGGER, abi.encodeCall(court.flag, (what)));
    }

    function _pause() private {
        bytes memory call = court.paused() ? abi.encodeCall(court.unpause, ()) : abi.encodeCall(court.pause, ());
        _try(GUARDIAN, call);
    }

    function _evidence(uint256 id) private {
        uint256 which = _dice(4);
        if (which == 0) _try(OWNER, abi.encodeCall(court.reply, (id, 1, "item", "", _dice(2) == 0)));
        else if (which == 1) pass(12 hours);
        else if (which == 2) _try(address(this), abi.encodeCall(court.requestSeed, (id)));
        else _try(STRANGER, abi.encodeCall(court.addEvidence, (id, "more", "")));
    }

    function _draw(uint256 id) private {
        uint256 which = _dice(10);
        if (which == 0 || (id % 5 == 4 && which < 5)) mined(300);
        else if (which == 1 || (id % 5 == 4 && which < 9)) _try(address(this), abi.encodeCall(court.requestSeed, (id)));
        else if (which < 4) _try(address(this), abi.encodeCall(court.draw, (id, uint16(_dice(9)))));
        else if (which == 4 && court.paused()) pass(3 days);
        else if (which == 5) mined(2);
        else _try(address(this), abi.encodeCall(court.draw, (id, 512)));
    }

    function _commits(uint256 id) private {
        uint256 which = _dice(30);
        address who = _voter(id);
        uint8 round = court.caseOf(id).round;
        if (which == 0) {
            pass(1 days);
        } else if (which == 1) {
            _try(STRANGER, abi.encodeCall(court.reportLeak, (id, who, _ballots[id][round][who], salt(id, who))));
        } else if (which == 2 || (id % 4 == 2 && which < 25)) {
            _try(who, abi.encodeCall(court.reportUnobtainable, (id)));
        } else if (which == 3) {
            _mayNotReveal(id, who);
        } else {
            uint256 bias = uint256(keccak256(abi.encode(id, round))) % 3;
            _commit(id, who, round, _dice(3) == 0 ? _dice(4) : (bias == 2 ? 2 + _dice(2) : 1 + bias % 2));
        }
    }

    function _commit(uint256 id, address who, uint8 round, uint256 ballot) private {
        bytes32 commitment = court.commitmentOf(id, round, who, ICourtTypes.Ballot(ballot), salt(id, who));
        if (_try(who, abi.encodeCall(court.commit, (id, commitment)))) {
            _ballots[id][round][who] = ICourtTypes.Ballot(ballot);
        }
    }

    function _mayNotReveal(uint256 id, address who) private {
        ICourtTypes.Ballot ballot = _ballots[id][court.caseOf(id).round][who];
        check(!_try(who, abi.encodeCall(court.reveal, (id, who, ballot, salt(id, who)))), "I7: revealed too early");
    }

    function _reveals(uint256 id) private {
        address who = _voter(id);
        uint256 which = _dice(40);
        if (which == 0) {
            pass(12 hours);
        } else if (which == 1) {
            check(!_try(who, abi.encodeCall(court.commit, (id, "late"))), "I7: committed too late");
        } else {
            ICourtTypes.Ballot ballot = _ballots[id][court.caseOf(id).round][who];
            _try(STRANGER, abi.encodeCall(court.reveal, (id, who, ballot, salt(id, who))));
        }
    }

    function _appeals(uint256 id) private {
        uint256 which = _dice(6);
        uint8 round = court.caseOf(id).round;
        if (which < 3) {
            bool against = _dice(3) != 0;
            uint96 target = court.appealTarget(id, round, against);
            uint96 amount = _dice(2) == 0 ? target : uint96(1 + target / (1 + _dice(9)));
            _try(_dice(2) == 0 ? STRANGER : OWNER, abi.encodeCall(court.fundAppeal, (id, against, amount)));
        } else if (which == 3) {
            pass(1 days);
        } else if (which == 4) {
            _try(address(this), abi.encodeCall(court.openRound, (id)));
        } else {
            _try(address(this), abi.encodeCall(court.finalise, (id)));
        }
    }

    function _settles(uint256 id) private {
        uint8 round = uint8(_dice(uint256(court.caseOf(id).round) + 1));
        address[] memory all = parties();
        address who = all[_dice(all.length)];
        uint256 which = _dice(6);
        if (which < 3) {
            // I5: at most once.
            bool before = court.voteOf(id, round, who).settled;
            bool went = _try(STRANGER, abi.encodeCall(court.settle, (id, round, who)));
            check(!(before && went), "I5: settled twice");
        } else if (which == 3) {
            _try(address(this), abi.encodeCall(court.claimAppeal, (id, round, _dice(2) == 0, who)));
        } else {
            _try(STRANGER, abi.encodeCall(court.withdraw, (who)));
        }
    }

    /// @dev Mostly somebody with a seat.
    function _voter(uint256 id) private returns (address who) {
        uint256 from = _dice(reviewers.length);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            who = reviewers[(from + i) % reviewers.length];
            if (seatsOf(id, who) == 0) continue;
            bool reveals = court.phaseOf(id) == ICourtTypes.Phase.Reveal;
            if (reveals && court.voteOf(id, court.caseOf(id).round, who).revealed) continue;
            return who;
        }
    }

    function _try(address who, bytes memory call) private returns (bool success) {
        if (who != address(this)) vm.prank(who);
        (success,) = address(court).call(call);
        if (success) ++done;
        else ++refused;
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
        same(coin.balanceOf(address(court)), owed(), "I1: the court");
        same(coin.balanceOf(address(pool)) + pool.pendingSlash(), pool.totalStaked(), "I1: the pool");
        check(pool.pendingSlash() <= pool.totalLocked(), "pending is locked");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            check(pool.accountOf(reviewers[i]).locked <= pool.accountOf(reviewers[i]).staked, "I4");
        }
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            for (uint8 r = 0; r <= court.caseOf(id).round; ++r) countedAnew(id, r);
        }
    }

    /// @dev Every case to its end, by whoever can bring it there.
    function brought() internal {
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
