// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title EIP-712 domain without a cache
/// @notice OpenZeppelin's EIP712 keeps the chain id and the domain separator in the code, which then differs from network
/// to network. Here they are hashed at each use (about 200 gas), so that one code hash can be pinned for every network.
abstract contract TypedDomain is IERC5267 {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant VERSION_HASH = keccak256("1");

    /// @notice The domain that signatures are bound to (ERC-5267).
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", _domainName(), "1", block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    function _separator() internal view returns (bytes32) {
        return
            keccak256(abi.encode(DOMAIN, keccak256(bytes(_domainName())), VERSION_HASH, block.chainid, address(this)));
    }

    function _typedDigest(bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_separator(), structHash);
    }

    function _domainName() internal pure virtual returns (string memory);
}
