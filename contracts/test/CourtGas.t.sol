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
}
