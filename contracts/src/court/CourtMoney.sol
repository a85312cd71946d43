// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReviewerPool} from "../interfaces/IReviewerPool.sol";
import {CourtStore} from "./CourtStore.sol";

/// @title What the court pays
/// @notice The end of a case takes the same work whatever the number of seats: counters of each round, against the final
/// ruling. Each contributor is settled later, by anyone, as each voter is (`CourtSeats`). The mathematics are in the interface.
abstract contract CourtMoney is CourtStore {
    uint8 private constant MAX_DOUBLINGS = 4;

    /// @dev What rounds add up to, against the final group.
    struct Sums {
        uint256 silent;
        uint256 wrong;
        uint256 undecided;
        uint256 winners;
        uint256 revealed;
    }

    /// @notice See `IFactCheckCourt`.
    function finalise(uint256 id) external nonReentrant {
        Case storage which = _in(id, Phase.Appealable);
        _from(_rounds[id][which.round].appealEnds);
        if (_funded(id, which)) revert RoundFunded();
        _payKeeper(id, which);
        _finish(id, which);
    }

    /// @notice See `IFactCheckCourt`.
    function claimAppeal(uint256 id, uint8 round, bool against, address account) external nonReentrant {
        Case storage which = _cases[id];
        if (which.phase != Phase.Final && which.phase != Phase.Cancelled) revert WrongPhase(which.phase);
        uint96 mine = _contributions[id][round][against][account];
        if (mine == 0) revert NothingToSettle();
        _contributions[id][round][against][account] = 0;
        Side storage side = _sides[id][round][against];
        uint96 paid = mine;
        if (side.reduced) {
            // Whoever comes last takes what rounding left.
            paid = uint96(uint256(side.back) * mine / side.unclaimed);
            side.back -= paid;
        }
        side.unclaimed -= mine;
        emit AppealClaimed(id, round, against, account, mine, paid);
        _credit(id, account, paid);
    }

    /// @dev End a case that nobody is slashed for.
    function _cancel(uint256 id, Case storage which, Reason reason) internal {
        (which.phase, which.reason) = (Phase.Cancelled, reason);
        uint256 bond = _bond(which);
        uint256 back = which.bounty - which.keeperPaid;
        if (reason == Reason.NotObtainable) {
            _double(which);
            _credit(id, BURN, bond);
        } else {
            back += bond;
        }
        _credit(id, which.flagger, back);
        if (which.replier != address(0)) _credit(id, which.replier, bond);
        emit CaseCancelled(id, reason);
    }

    /// @dev End a case by the ruling that stands.
    function _finish(uint256 id, Case storage which) internal {
        if (which.ruling == Ruling.None) which.ruling = Ruling.Unresolved;
        uint8 group = _group(which.ruling);
        which.phase = Phase.Final;
        if (group != 2) _double(which);
        Parameters storage p = _of(which);
        Sums memory sums = _sum(id, which.round, p, group);
        // Keepers of later rounds are paid by appeals, so it is all of this that covers them, and not the bounty alone.
        uint256 pot = which.bounty + _bonds(id, which, group) + _appeals(id, which, p, group) - which.keeperPaid;
        uint256 share = 0;
        if (group == 1 || group == 2) {
            pot += sums.silent + sums.wrong;
            uint256 rest = pot - sums.undecided * p.fixedFee;
            // The ruling of a round has more than half of what was revealed in it: there are winners.
            // What the floor leaves is handed on.
            // slither-disable-next-line divide-before-multiply
            share = rest / sums.winners;
            which.share = uint88(share);
            _credit(id, _treasury, rest - share * sums.winners);
        } else {
            uint256 rest = pot - sums.revealed * p.fixedFee;
            uint256 back = rest < which.bounty ? rest : which.bounty;
            _credit(id, which.flagger, back);
            _credit(id, _treasury, rest - back);
            _credit(id, BURN, sums.silent);
        }
        emit Finalised(id, which.ruling, which.round + 1, uint96(pot), uint96(share));
        // What is lost comes now, out of locks that stay until each is settled: no order of settling leaves anybody short.
        uint256 lost = sums.silent + sums.wrong;
        if (lost != 0) IReviewerPool(_pool).collect(lost);
    }

    /// @dev Another case about the same costs a doubled bond.
    function _double(Case storage which) private {
        Topic storage topic = _topics[_key(which.media, which.claim)];
        if (topic.doublings < MAX_DOUBLINGS) ++topic.doublings;
    }

    function _sum(uint256 id, uint256 last, Parameters storage p, uint8 group)
        private
        view
        returns (Sums memory sums)
    {
        for (uint256 i = 0; i <= last; ++i) {
            Round storage round = _rounds[id][i];
            if (round.commitEnds == 0) continue;
            _add(sums, round.people, round.seatsPeople, p, false, group);
            _add(sums, round.automated, round.seatsAutomated, p, true, group);
        }
    }

    function _add(
        Sums memory sums,
        uint8[4] memory ballots,
        uint256 seats,
        Parameters storage p,
        bool automated,
        uint8 group
    ) private view {
        uint256 altered = uint256(ballots[2]) + ballots[3];
        uint256 revealed = uint256(ballots[0]) + ballots[1] + altered;
        sums.revealed += revealed;
        sums.undecided += ballots[0];
        sums.silent += (seats - revealed) * _lockOf(p, automated);
        if (group == 1) {
            sums.winners += ballots[1];
            sums.wrong += altered * _slashOf(p, automated);
        } else if (group == 2) {
            sums.winners += altered;
            sums.wrong += ballots[1] * _slashOf(p, automated);
        }
    }

    /// @dev What of both bonds goes to the pot.
    function _bonds(uint256 id, Case storage which, uint8 group) private returns (uint256) {
        uint256 bond = _bond(which);
        uint256 half = bond / 2;
        address replier = which.replier;
        if (group == 1) {
            if (replier == address(0)) return bond;
            _credit(id, replier, bond + half);
            return bond - half;
        }
        _credit(id, which.flagger, bond);
        if (replier == address(0)) return 0;
        if (group == 2) {
            _credit(id, which.flagger, half);
            return bond - half;
        }
        _credit(id, replier, bond);
        return 0;
    }

    /// @dev What of appeals goes to the pot; what goes back of each side is written down.
    function _appeals(uint256 id, Case storage which, Parameters storage p, uint8 group) private returns (uint256 pot) {
        uint8 standing = UNRESOLVED;
        for (uint256 i = 0; i < which.round; ++i) {
            uint8 said = _group(_rounds[id][i].ruling);
            if (said != UNRESOLVED) standing = said;
            pot += _appeal(id, i, p, group, standing == group);
        }
    }

    function _appeal(uint256 id, uint256 round, Parameters storage p, uint8 group, bool held)
        private
        returns (uint256)
    {
        bool with = _full(id, round, p, false);
        bool against = _full(id, round, p, true);
        Side storage wrong = _sides[id][round][held];
        if ((group == 1 || group == 2) && (held ? against : with)) {
            uint96 funded = wrong.funded;
            (wrong.reduced, wrong.back) = (true, 0);
            _credit(id, BURN, funded / 2);
            return funded - funded / 2;
        }
        uint256 cost = _cost(p, round + 1);
        uint256 withPays = with ? (against ? cost / 2 : cost) : 0;
        // The constants name the sides.
        // slither-disable-next-line boolean-cst
        if (with) _reduce(_sides[id][round][false], withPays);
        // slither-disable-next-line boolean-cst
        if (against) _reduce(_sides[id][round][true], cost - withPays);
        return cost;
    }

    function _reduce(Side storage side, uint256 by) private {
        (side.reduced, side.back) = (true, uint96(side.funded - by));
    }
}
