// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtBench} from "../src/court/CourtBench.sol";
import {FactCheckCourt} from "../src/FactCheckCourt.sol";
import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev Every bound of every parameter, on both of its sides.
contract CourtBoundsTest is CourtBase {
    uint96 private constant MOST = uint96(1) << 72;

    function good(ICourtTypes.Parameters memory p) private {
        vm.prank(TIMELOCK);
        court.propose(p);
        (ICourtTypes.Parameters memory proposed, uint40 readyAt) = court.proposal();
        same(keccak256(abi.encode(proposed)), keccak256(abi.encode(p)), "proposed");
        same(readyAt, block.timestamp + 2 days, "ready");
    }

    function bad(ICourtTypes.Parameters memory p, uint256 which) private {
        vm.prank(TIMELOCK);
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.OutOfBounds.selector, which));
        court.propose(p);
    }

    function seats(uint8 a, uint8 b, uint8 c, bool fits) private {
        ICourtTypes.Parameters memory p = terms();
        p.seats = [a, b, c];
        if (fits) good(p);
        else bad(p, 0);
    }

    function test_bounds_of_seats() public {
        seats(3, 0, 0, true);
        seats(63, 0, 0, true);
        seats(3, 5, 0, true);
        seats(59, 61, 63, true);
        seats(0, 0, 0, false);
        seats(1, 0, 0, false);
        seats(65, 0, 0, false);
        seats(6, 0, 0, false);
        seats(7, 8, 0, false);
        seats(7, 7, 0, false);
        seats(7, 5, 0, false);
        seats(7, 15, 15, false);
        seats(7, 15, 14, false);
        seats(7, 0, 15, false);
        seats(7, 1, 0, false);
        seats(7, 65, 0, false);
        seats(0, 7, 15, false);
    }

    function test_bounds_of_shares() public {
        ICourtTypes.Parameters memory p = terms();
        (p.slashBps, p.leakBps) = (1, 0);
        good(p);
        (p.slashBps, p.leakBps) = (5000, 5000);
        good(p);
        p.slashBps = 0;
        bad(p, 1);
        p.slashBps = 5001;
        bad(p, 1);
        p.slashBps = 2500;
        p.leakBps = 5001;
        bad(p, 2);
    }

    function test_bounds_of_times() public {
        uint32[4] memory times = [1 minutes, uint32(14 days), 1 minutes - 1, 14 days + 1];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 which = 3; which < 8; ++which) {
                if (which == 5) continue;
                ICourtTypes.Parameters memory p = terms();
                p.obtainTime = 0;
                if (which == 3) p.evidenceTime = times[i];
                if (which == 4) p.commitTime = times[i];
                if (which == 6) p.revealTime = times[i];
                if (which == 7) p.appealTime = times[i];
                if (i < 2) good(p);
                else bad(p, which);
            }
        }
        ICourtTypes.Parameters memory half = terms();
        half.obtainTime = half.commitTime / 2;
        good(half);
        ++half.obtainTime;
        bad(half, 5);
    }

    function test_bounds_of_amounts() public {
        ICourtTypes.Parameters memory p = terms();
        (p.seatLock, p.automatedLock, p.seatFee, p.fixedFee, p.keeperFee, p.flagBond, p.appealPerSeat) =
            (MOST, MOST, MOST, MOST, MOST, MOST, MOST);
        good(p);
        (p.seatLock, p.automatedLock, p.seatFee, p.fixedFee, p.keeperFee, p.flagBond, p.appealPerSeat) =
            (1, 1, 0, 0, 0, 1, 0);
        good(p);
        p.seatLock = 0;
        bad(p, 8);
        p.seatLock = MOST + 1;
        bad(p, 8);
        p = terms();
        p.automatedLock = 0;
        bad(p, 9);
        p.automatedLock = p.seatLock;
        good(p);
        ++p.automatedLock;
        bad(p, 9);
        p = terms();
        p.seatFee = MOST + 1;
        bad(p, 10);
        p = terms();
        p.fixedFee = p.seatFee;
        good(p);
        ++p.fixedFee;
        bad(p, 11);
        p = terms();
        p.keeperFee = MOST + 1;
        bad(p, 12);
        p = terms();
        p.flagBond = 0;
        bad(p, 13);
        p.flagBond = MOST + 1;
        bad(p, 13);
        p = terms();
        p.appealPerSeat = MOST + 1;
        bad(p, 14);
        p = terms();
        p.randomness = STRANGER;
        bad(p, 15);
    }

    /// @dev The first parameters are held to the same, and so is who made the court.
    function test_what_a_court_is_made_with() public {
        ICourtTypes.Parameters memory p = terms();
        p.slashBps = 0;
        address bench = court.BENCH();
        vm.expectRevert(abi.encodeWithSelector(ICourtTypes.OutOfBounds.selector, 1));
        new FactCheckCourt(address(pool), address(media), TREASURY, TIMELOCK, GUARDIAN, bench, p);
        p = terms();
        for (uint256 i = 0; i < 5; ++i) {
            address[5] memory all = [address(pool), address(media), TREASURY, TIMELOCK, GUARDIAN];
            all[i] = address(0);
            vm.expectRevert(ICourtTypes.ZeroAddress.selector);
            new CourtBench(all[0], all[1], all[2], all[3], all[4]);
        }
    }

    /// @dev A later proposal takes the place of an earlier one and begins to wait anew.
    function test_a_proposal_in_place_of_another() public {
        ICourtTypes.Parameters memory p = terms();
        p.slashBps = 1;
        good(p);
        pass(1 days);
        p.slashBps = 2;
        good(p);
        pass(2 days - 1);
        vm.expectPartialRevert(ICourtTypes.TooEarly.selector);
        court.adopt();
        pass(1);
        vm.expectEmit(address(court));
        emit ICourtTypes.ParametersAdopted(2, p);
        vm.prank(STRANGER);
        court.adopt();
        same(court.parametersOf(2).slashBps, 2, "the later one");
        same(court.parametersOf(1).slashBps, 2500, "the first are kept");
        (, uint40 readyAt) = court.proposal();
        same(readyAt, 0, "nothing is left to adopt");
    }

    /// @dev The largest amounts that parameters allow fit, whatever happens.
    function test_the_largest_amounts() public {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            rich(reviewers[i], uint256(MOST) * 100, address(pool));
            vm.prank(reviewers[i]);
            pool.stake(uint96(MOST) * 100);
        }
        pass(1 days);
        for (uint256 i = 0; i < PEOPLE; ++i) pool.refresh(reviewers[i]);
        ICourtTypes.Parameters memory p = terms();
        (p.seatLock, p.automatedLock, p.seatFee, p.fixedFee, p.keeperFee, p.flagBond, p.appealPerSeat) =
            (MOST, 1, MOST, MOST, MOST, MOST, MOST);
        p.seats = [59, 61, 63];
        good(p);
        pass(2 days);
        court.adopt();
        rich(FLAGGER, uint256(1) << 95, address(court));
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.bounty = (uint96(1) << 87) + 1;
        vm.prank(FLAGGER);
        vm.expectPartialRevert(ICourtTypes.BountyTooLow.selector);
        court.flag(what);
        --what.bounty;
        vm.prank(FLAGGER);
        uint256 id = court.flag(what);
        pass(1 days);
        drawn(id);
        ruled(id, ICourtTypes.Ballot.Edited);
        uint96 target = court.appealTarget(id, 0, true);
        rich(STRANGER, target, address(court));
        vm.prank(STRANGER);
        court.fundAppeal(id, true, target);
        pass(3 days);
        court.openRound(id);
        drawn(id);
        pass(3 days);
        court.tally(id);
        closed(id);
        emptied(0);
    }
}
