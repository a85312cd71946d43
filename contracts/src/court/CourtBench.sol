// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CourtDraws} from "./CourtDraws.sol";
import {CourtEvidence} from "./CourtEvidence.sol";
import {CourtStore} from "./CourtStore.sol";

/// @title The other half of the court's code
/// @notice One contract's code may be no longer than 24,576 bytes. Evidence, draws, reports and the end of a case are
/// here; the court runs them on its own storage, at an address that it keeps for ever. Called directly this has no cases and may do nothing.
contract CourtBench is CourtDraws, CourtEvidence {
    /// @notice Made with the same as the court.
    constructor(address pool, address media, address treasury, address timelock, address guardian)
        CourtStore(pool, media, treasury, timelock, guardian)
    {}

    /// @notice What both halves have to agree on.
    function madeWith() external view returns (address pool, address media, address treasury, address token) {
        return (_pool, _media, _treasury, _token);
    }
}
