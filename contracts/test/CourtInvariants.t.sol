// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "../src/interfaces/ICourtTypes.sol";
import {CourtHandler} from "./support/CourtHandler.sol";
import {Vm} from "./support/Vm.sol";

/// @dev What holds of the court's money, whoever does whatever in any order. What holds of each call (I5, I6, I7, I14) is
/// checked by the handler, right after it.
contract CourtInvariantsTest is CourtHandler {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    mapping(uint256 id => uint256) private _in;
    mapping(uint256 id => uint256) private _out;

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(this);
    }

    function targetSelectors() external view returns (Selectors[] memory all) {
        all = new Selectors[](1);
        all[0].addr = address(this);
        all[0].selectors = new bytes4[](1);
        all[0].selectors[0] = CourtInvariantsTest.actOften.selector;
    }

    function actOften(uint256 seed) external {
        for (uint256 i = 0; i < 4; ++i) act(uint256(keccak256(abi.encode(seed, i))));
    }

    /// @dev In one, as each invariant is a campaign of its own: what is held is owed, locks and weights are sums, rulings are
    /// of revealed votes, panels keep to their caps.
    function invariant_I1_I4_I8_I9_I13() public view {
        holds();
    }

    /// @dev I2: after any history, everything is settled in any order, everybody is paid, and nothing is left. I3: of each
    /// case exactly what went into it was paid, to the unit.
    /// forge-config: default.fuzz.runs = 48
    /// forge-config: long.fuzz.runs = 2000
    function testFuzz_I2_I3_settle_everything(uint256 seed, uint8 order) public {
        vm.recordLogs();
        for (uint256 i = 0; i < 300; ++i) {
            act(uint256(keccak256(abi.encode(seed, i))));
            if (i % 60 == 0) holds();
        }
        brought();
        holds();
        emptied(order);
        balanced();
    }

    /// @dev What each case took and what seats lost in it, against all that it credited.
    function balanced() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(court) || logs[i].topics.length < 2) continue;
            (bytes32 what, uint256 id, bytes memory data) = (logs[i].topics[0], uint256(logs[i].topics[1]), logs[i].data);
            if (what == ICourtTypes.SeatsSettled.selector || what == ICourtTypes.Leaked.selector) _in[id] += word(data, 1);
            else if (what == ICourtTypes.Credited.selector) _out[uint256(logs[i].topics[2])] += word(data, 0);
        }
        check(court.caseCount() != 0, "no case");
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            ICourtTypes.Case memory which = court.caseOf(id);
            uint256 bond = uint256(court.parametersOf(which.parameters).flagBond) << which.doublings;
            _in[id] += which.bounty + (which.replier == address(0) ? bond : 2 * bond);
            for (uint8 r = 0; r < 3; ++r) _in[id] += court.sideOf(id, r, true).funded + court.sideOf(id, r, false).funded;
            same(_out[id], _in[id], "I3: what went in, and no more");
        }
    }

    function word(bytes memory data, uint256 place) private pure returns (uint256 value) {
        assembly {
            value := mload(add(data, mul(add(place, 1), 32)))
        }
    }

    /// @dev These would hold over histories in which nothing happens.
    function test_the_handler_reaches_every_phase() public {
        for (uint256 i = 0; i < 2000; ++i) this.act(i);
        for (uint256 i = 1; i < 10; ++i) {
            if (i == 1 || i == 3) continue;
            check(reached[i] != 0, string.concat("never reached: ", vm.toString(i)));
        }
        check(
            done > 19 * refused,
            string.concat("refused: ", vm.toString(refused), " of ", vm.toString(refused + done))
        );
    }
}
