// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtBase} from "./support/CourtBase.sol";

/// @dev What a whole case of seven seats costs, each call a transaction of its own (--isolate).
contract CourtGasTest is CourtBase {
    uint256 private _whole;

    function took(string memory name, uint256 most) private {
        uint256 gas_ = vm.snapshotGasLastCall("touchstone", string.concat("court: ", name));
        _whole += gas_;
        check(gas_ <= most, name);
    }

    function test_gas_case() public {
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory first = flagOf("other");
        vm.prank(FLAGGER);
        uint256 before = court.flag(first);
        took("the first flag ever", 220_000);
        _whole = 0;
        // From here on the court holds money, and keepers were paid before.
        pass(1 days);
        drawn(before);
        ICourtTypes.Flag memory what = flagOf(FILE);
        vm.prank(FLAGGER);
        uint256 id = court.flag(what);
        took("flag", 220_000);
        pass(1 days);
        court.requestSeed(id);
        took("requestSeed", type(uint256).max);
        mined(2);
        court.draw(id, 512);
        took("draw, 7 seats", type(uint256).max);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) == 0) continue;
            commits(id, reviewers[i], ICourtTypes.Ballot.Edited);
            took("commit", 85_000);
        }
        pass(2 days);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (seatsOf(id, who) == 0) continue;
            bytes32 salt_ = salt(id, who);
            court.reveal(id, who, ICourtTypes.Ballot.Edited, salt_);
            took("reveal", 90_000);
        }
        pass(1 days);
        court.tally(id);
        took("tally", type(uint256).max);
        pass(3 days);
        court.finalise(id);
        took("finalise", type(uint256).max);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (court.voteOf(id, 0, reviewers[i]).seats == 0) continue;
            court.settle(id, 0, reviewers[i]);
            took("settle", 80_000);
            court.withdraw(reviewers[i]);
            took("withdraw what is credited", type(uint256).max);
        }
        court.withdraw(FLAGGER);
        took("withdraw what is credited", type(uint256).max);
        check(_whole <= 2_900_000, string.concat("whole case ", vm.toString(_whole)));
    }

    /// @dev Whatever a seat voted, settling it keeps to the same; one is silent, one wrong, one cannot tell.
    function test_gas_settling() public {
        uint256 id = panel(15);
        ICourtTypes.Ballot[] memory said = new ICourtTypes.Ballot[](reviewers.length);
        uint256[] memory place = new uint256[](reviewers.length);
        uint256 n = 0;
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) == 0) continue;
            place[i] = seatsOf(id, reviewers[i]) == 1 && n < 3 ? n++ : 3;
            said[i] = ICourtTypes.Ballot(place[i] == 1 ? 1 : place[i] == 2 ? 0 : 2);
            if (place[i] != 0) commits(id, reviewers[i], said[i]);
        }
        pass(2 days);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) == 0 || place[i] == 0) continue;
            court.reveal(id, reviewers[i], said[i], salt(id, reviewers[i]));
        }
        pass(1 days);
        court.tally(id);
        court.finalise(id);
        check(court.caseOf(id).ruling == ICourtTypes.Ruling.Edited && n == 3, "a ruling");
        string[4] memory names = ["silent", "wrong", "cannot tell", "right"];
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (court.voteOf(id, 0, reviewers[i]).seats == 0) continue;
            court.settle(id, 0, reviewers[i]);
            took(string.concat("settle, ", names[place[i]]), 80_000);
        }
    }

    /// @dev The end of a case takes the same work for 63 seats as for 7.
    function test_gas_finalise() public {
        uint256 few = finalising(7);
        delete reviewers;
        setUp();
        uint256 many = finalising(63);
        check(many <= few + 500, string.concat("7: ", vm.toString(few), ", 63: ", vm.toString(many)));
    }

    function finalising(uint8 seats) private returns (uint256 gas_) {
        uint256 id = panel(seats);
        voted(id, ICourtTypes.Ballot.Edited);
        court.tally(id);
        court.finalise(id);
        gas_ = vm.snapshotGasLastCall("touchstone", string.concat("court: finalise, ", vm.toString(seats), " seats"));
    }

    /// @dev A drawn panel of this many, without appeals.
    function panel(uint8 seats) private returns (uint256 id) {
        ICourtTypes.Parameters memory p = terms();
        p.seats = [seats, 0, 0];
        vm.prank(TIMELOCK);
        court.propose(p);
        pass(2 days);
        court.adopt();
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory what = flagOf(FILE);
        what.bounty = 200_000_001;
        vm.prank(FLAGGER);
        id = court.flag(what);
        pass(1 days);
        drawn(id);
    }
}
