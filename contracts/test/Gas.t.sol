// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {Base} from "./support/Base.sol";

/// @dev What whole transactions cost (run with --isolate: each call is a transaction, intrinsic gas included). Hashes have
/// no zeros, addresses of files are 60 bytes long. script/gas.mjs holds the numbers to `gas-snapshot`.
contract GasTest is Base {
    bytes32 internal constant FILE = keccak256("file");
    string internal constant URI = "https://example.org/2026/media/0123456789abcdef0123456789.jpg";

    function took(string memory name) private {
        vm.snapshotGasLastCall("touchstone", name);
    }

    function what(bytes32 file) private pure returns (IMediaRegistry.Registration memory) {
        return IMediaRegistry.Registration(file, keccak256("pdq"), keccak256("manifest"), bytes32(0), 1, 1, URI);
    }

    function register(uint32 publisher, address who, bytes32 file) private {
        vm.prank(who);
        media.register(publisher, what(file));
    }

    function test_gas_publishers() public {
        vm.prank(address(0xF00));
        publishers.create("Example News", "example.org", address(0xBA5E));
        took("create");
        vm.prank(OWNER);
        publishers.setSigner(1, address(0xF00), ALL, 0, 0);
        took("setSigner");
        vm.prank(OWNER);
        publishers.revokeSigner(1, address(0xF00));
        took("revokeSigner");
        vm.prank(OWNER);
        publishers.markCompromised(1, address(0xF00), START);
        took("markCompromised");
        vm.prank(OWNER);
        publishers.claimDomain(1, "news.example.org");
        took("claimDomain");
    }

    function test_gas_one() public {
        register(1, signer, FILE);
        took("register");
        (uint32 other, address who) = another("other");
        register(other, who, FILE);
        took("register, further claim");
        vm.prank(signer);
        media.revoke(1, FILE, 2, keccak256("better"));
        took("revoke");
        vm.prank(who);
        media.revoke(other, FILE, 2, keccak256("better"));
        took("revoke, further claim");
        register(1, signer, FILE);
        took("register again");
    }

    function test_gas_longest() public {
        IMediaRegistry.Registration memory all = what(FILE);
        all.parent = keccak256("parent");
        bytes memory uri = new bytes(512);
        for (uint256 i = 0; i < uri.length; ++i) uri[i] = "a";
        all.uri = string(uri);
        vm.prank(signer);
        media.register(1, all);
        took("register, parent and 512 bytes of address");
    }

    function test_gas_signed() public {
        bytes32 digest = media.registrationDigest(1, what(FILE), signer, 0, START);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        vm.prank(STRANGER);
        media.registerBySig(1, what(FILE), signer, 0, START, abi.encodePacked(r, s, v));
        took("registerBySig, first");
        digest = media.registrationDigest(1, what(keccak256("b")), signer, 1, START);
        (v, r, s) = vm.sign(KEY, digest);
        vm.prank(STRANGER);
        media.registerBySig(1, what(keccak256("b")), signer, 1, START, abi.encodePacked(r, s, v));
        took("registerBySig, later");
    }

    function test_gas_many() public {
        IMediaRegistry.Item[] memory items = itemsOf(100);
        vm.prank(signer);
        media.registerMany(1, items);
        took("registerMany, 100");
        items = itemsOf(500);
        vm.prank(signer);
        media.registerMany(1, items);
        took("registerMany, 500");
    }

    /// @dev A tree of 10,000: a proof has 14 hashes. Its inner nodes need not be there for the gas to be right.
    function test_gas_root() public {
        IMediaRegistry.Leaf memory leaf = IMediaRegistry.Leaf(9999, FILE, keccak256("pdq"), keccak256("manifest"));
        bytes32 root = media.leafHash(leaf);
        bytes32[] memory proof = new bytes32[](14);
        for (uint256 i = 0; i < proof.length; ++i) {
            proof[i] = keccak256(abi.encode(i));
            root = root < proof[i] ? keccak256(abi.encode(root, proof[i])) : keccak256(abi.encode(proof[i], root));
        }
        vm.prank(signer);
        media.registerRoot(1, root, 10_000, keccak256("list"), URI);
        took("registerRoot, 10,000");
        media.verifyLeaf(1, root, leaf, proof);
        took("verifyLeaf of 10,000 (a read)");
        vm.prank(signer);
        media.revokeLeaf(1, root, leaf, proof, 2, keccak256("better"));
        took("revokeLeaf of 10,000");
        vm.prank(signer);
        media.revokeRoot(1, root, 1);
        took("revokeRoot");
    }
}
