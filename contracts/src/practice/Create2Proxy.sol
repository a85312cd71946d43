// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Deployment proxy for networks that begin without one
/// @notice Call data: 32 bytes of salt, then init code. Creates the contract by CREATE2 with the value sent, and answers with
/// its 20-byte address; reverts where there is none, with what the init code reverted with.
/// Wei sent along goes to what is made, and where nothing is made all is undone, so none stays here.
/// @dev Stands in the practice ledger's first block at the address that other networks know such a proxy by, so that
/// contracts get the same addresses everywhere.
// slither-disable-next-line locked-ether
contract Create2Proxy {
    fallback() external payable {
        assembly {
            if lt(calldatasize(), 32) { revert(0, 0) }
            let size := sub(calldatasize(), 32)
            calldatacopy(0, 32, size)
            let made := create2(callvalue(), 0, size, calldataload(0))
            if iszero(made) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
            mstore(0, made)
            return(12, 20)
        }
    }
}
