// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
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

    // -- models -----------------------------------------------------------------------------------------------------

    function model(bytes32 manifest) private pure returns (IModelRegistry.Registration memory all) {
        all = trained(manifest);
        (all.items, all.uri) = (10_000, URI);
    }

    function test_gas_models() public {
        vm.prank(signer);
        bytes32 a = models.register(1, model("a"));
        took("register a model");
        vm.prank(OWNER);
        bytes32 b = models.register(1, model("b"));
        IModelRegistry.Registration memory child = model(keccak256("child"));
        child.parents = new bytes32[](2);
        (child.parents[0], child.parents[1]) = (a, b);
        vm.prank(signer);
        models.register(1, child);
        took("register a model, 2 parents");
        vm.prank(signer);
        models.setStatus(a, 2, 1);
        took("setStatus");
        (uint32 other, address who) = another("other");
        vm.prank(OWNER);
        models.offerModel(a, other);
        took("offerModel");
        vm.prank(who);
        models.acceptModel(a);
        took("acceptModel");
        vm.prank(who);
        models.attest(other, a, keccak256("evaluation"), URI);
        took("attest");
        vm.prank(who);
        models.withdrawAttestation(other, a, 1);
        took("withdrawAttestation");
    }

    function test_gas_retire() public {
        bytes32[] memory items = new bytes32[](1);
        items[0] = keccak256("one");
        vm.prank(signer);
        models.retire(1, items, 1);
        took("retire, 1");
        items = new bytes32[](100);
        for (uint256 i = 0; i < items.length; ++i) items[i] = keccak256(abi.encode(i));
        vm.prank(signer);
        models.retire(1, items, 1);
        took("retire, 100");
    }

    /// @dev A list of 10,000: a proof has 14 hashes.
    function test_gas_outputs() public {
        IModelRegistry.Output memory output =
            IModelRegistry.Output(9999, keccak256("manifest"), FILE, "face-swap", 870_000, 1, START);
        bytes32 root = models.outputHash(output);
        bytes32[] memory proof = new bytes32[](14);
        for (uint256 i = 0; i < proof.length; ++i) {
            proof[i] = keccak256(abi.encode(i));
            root = root < proof[i] ? keccak256(abi.encode(root, proof[i])) : keccak256(abi.encode(proof[i], root));
        }
        vm.prank(signer);
        models.recordOutputs(1, root, 10_000, keccak256("list"), URI);
        took("recordOutputs, 10,000");
        vm.prank(STRANGER);
        models.recordOutputs(0, root, 10_000, keccak256("list"), URI);
        took("recordOutputs, 10,000, in one's own name");
        check(models.verifyOutput(signer, root, output, proof), "output");
        took("verifyOutput of 10,000 (a read)");
        vm.prank(signer);
        models.withdrawOutputs(signer, root, 1);
        took("withdrawOutputs");
    }

    /// @dev Trees of 10,000 and of ten million: the longest paths have 14 and 24 hashes. What is proved absent stands in
    /// the middle of a tree's left half, so that both ways are as long as can be and share but their last step.
    function test_gas_data_roots() public {
        absence("provesAbsence in 10,000 (a read)", 10_000, 14);
        absence("provesAbsence in 10,000,000 (a read)", 10_000_000, 24);
        bytes32[] memory path = beside(14, "present");
        bytes32 root = climbed(FILE, 0, path, 14);
        check(models.provesPresence(root, 10_000, FILE, 0, path), "present");
        took("provesPresence in 10,000 (a read)");
    }

    function absence(string memory name, uint64 count, uint256 depth) private {
        IModelRegistry.Absence memory proof;
        proof.index = uint64(1) << uint64(depth - 2);
        (proof.left, proof.right) = (bytes32(uint256(FILE) - 1), bytes32(uint256(FILE) + 1));
        (proof.leftPath, proof.rightPath) = (beside(depth, "left"), beside(depth, "right"));
        bytes32 leftNode = climbed(proof.left, proof.index - 1, proof.leftPath, depth - 2);
        proof.leftPath[depth - 2] = climbed(proof.right, proof.index, proof.rightPath, depth - 2);
        (proof.rightPath[depth - 2], proof.rightPath[depth - 1]) = (leftNode, proof.leftPath[depth - 1]);
        bytes32 root = climbed(proof.left, proof.index - 1, proof.leftPath, depth);
        check(models.provesAbsence(root, count, FILE, proof), "absent");
        took(name);
    }

    function beside(uint256 depth, string memory name) private pure returns (bytes32[] memory path) {
        path = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) path[i] = keccak256(abi.encode(name, i));
    }

    /// @dev The node some steps above a leaf where no node goes up alone.
    function climbed(bytes32 item, uint64 index, bytes32[] memory path, uint256 steps)
        private
        pure
        returns (bytes32 hash)
    {
        hash = sha256(abi.encodePacked(uint8(0), item));
        for (uint256 i = 0; i < steps; ++i) {
            hash = index & 1 == 1
                ? sha256(abi.encodePacked(uint8(1), path[i], hash))
                : sha256(abi.encodePacked(uint8(1), hash, path[i]));
            index >>= 1;
        }
    }
}
