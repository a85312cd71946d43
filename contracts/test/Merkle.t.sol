// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {Base} from "./support/Base.sol";

contract MerkleTest is Base {
    uint256 internal constant TREES = 6;
    bytes32 internal constant LIST = keccak256("list");

    IMediaRegistry.Leaf[] private _leaves;
    bytes32[] private _nodes;

    function leafOf(uint256 index, bytes32 file) private pure returns (IMediaRegistry.Leaf memory) {
        return IMediaRegistry.Leaf(uint32(index), file, keccak256("pdq"), bytes32(0));
    }

    /// @dev The tree over `count` leaves, written a third time.
    function grow(uint256 count) private returns (bytes32 root) {
        delete _leaves;
        _nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) {
            _leaves.push(leafOf(i, keccak256(abi.encode("file", i))));
            _nodes[2 * count - 2 - i] = media.leafHash(_leaves[i]);
        }
        for (uint256 i = count - 1; i > 0; --i) _nodes[i - 1] = pair(_nodes[2 * i - 1], _nodes[2 * i]);
        root = _nodes[0];
        vm.prank(signer);
        media.registerRoot(1, root, uint32(count), LIST, "https://example.org/list");
    }

    function pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function proofOf(uint256 index) private view returns (bytes32[] memory proof) {
        uint256 length = 0;
        for (uint256 i = _nodes.length - 1 - index; i > 0; i = (i - 1) / 2) ++length;
        proof = new bytes32[](length);
        length = 0;
        for (uint256 i = _nodes.length - 1 - index; i > 0; i = (i - 1) / 2) {
            proof[length++] = _nodes[i % 2 == 1 ? i + 1 : i - 1];
        }
    }

    function revokeLeaf(bytes32 root, uint256 index) private {
        vm.prank(signer);
        media.revokeLeaf(1, root, _leaves[index], proofOf(index), 1, keccak256("better"));
    }

    // -- the published vector ---------------------------------------------------------------------------------------

    function key(uint256 tree, string memory rest) private pure returns (string memory) {
        return string.concat(".trees[", vm.toString(tree), "].", rest);
    }

    function test_published_vector() public {
        string memory json = vm.readFile("../tests/registry/merkle-vector.json");
        uint256 seen = 0;
        for (uint256 tree = 0; tree < TREES; ++tree) {
            bytes32 root = vm.parseJsonBytes32(json, key(tree, "root"));
            uint32 count = uint32(vm.parseJsonUint(json, key(tree, "count")));
            vm.prank(signer);
            media.registerRoot(1, root, count, vm.parseJsonBytes32(json, key(tree, "listHash")), "");
            for (uint256 i = 0; i < count; ++i) {
                string memory place = key(tree, string.concat("leaves[", vm.toString(i), "]."));
                IMediaRegistry.Leaf memory leaf = IMediaRegistry.Leaf(
                    uint32(vm.parseJsonUint(json, string.concat(place, "index"))),
                    vm.parseJsonBytes32(json, string.concat(place, "sha256")),
                    vm.parseJsonBytes32(json, string.concat(place, "pdq")),
                    vm.parseJsonBytes32(json, string.concat(place, "manifest"))
                );
                same(leaf.index, i, "in order");
                same(media.leafHash(leaf), vm.parseJsonBytes32(json, string.concat(place, "hash")), "hash");
                bytes32[] memory proof = vm.parseJsonBytes32Array(json, string.concat(place, "proof"));
                check(media.verifyLeaf(1, root, leaf, proof), "proof");
                ++seen;
            }
        }
        same(seen, 32, "1 + 2 + 3 + 5 + 8 + 13");
    }

    // -- roots ------------------------------------------------------------------------------------------------------

    function test_root_stores_and_tells() public {
        vm.expectEmit(address(media));
        emit IMediaRegistry.RootRegistered(keccak256("root"), 1, signer, 7, LIST, "https://example.org/list");
        vm.prank(signer);
        media.registerRoot(1, keccak256("root"), 7, LIST, "https://example.org/list");
        IMediaRegistry.Root memory batch = media.rootOf(1, keccak256("root"));
        same(batch.registeredAt, START, "registeredAt");
        same(batch.revokedAt, 0, "revokedAt");
        same(batch.count, 7, "count");
        same(media.rootOf(2, keccak256("root")).registeredAt, 0, "this publisher's only");
    }

    function test_bad_roots() public {
        bytes32 root = grow(3);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, root));
        vm.prank(signer);
        media.registerRoot(1, root, 3, LIST, "");
        vm.expectRevert(IMediaRegistry.ZeroHash.selector);
        vm.prank(signer);
        media.registerRoot(1, bytes32(0), 3, LIST, "");
        vm.expectRevert(IMediaRegistry.ZeroHash.selector);
        vm.prank(signer);
        media.registerRoot(1, LIST, 3, bytes32(0), "");
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BatchSize.selector, 0));
        vm.prank(signer);
        media.registerRoot(1, LIST, 0, LIST, "");
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BadLength.selector, 513, 512));
        vm.prank(signer);
        media.registerRoot(1, LIST, 1, LIST, string(new bytes(513)));
    }

    function test_nobody_gets_in_before_a_root() public {
        (uint32 other, address who) = another("other");
        bytes32 root = grow(2);
        vm.prank(who);
        media.registerRoot(other, root, 1, keccak256("another list"), "");
        check(media.verifyLeaf(1, root, _leaves[1], proofOf(1)), "ours is as we said");
        check(!media.verifyLeaf(other, root, _leaves[1], proofOf(1)), "theirs is as they said");
        vm.prank(who);
        media.revokeRoot(other, root, 1);
        check(media.verifyLeaf(1, root, _leaves[1], proofOf(1)), "ours stands");
    }

    function test_a_root_is_withdrawn_and_registered_again() public {
        bytes32 root = grow(3);
        revokeLeaf(root, 1);
        vm.warp(START + 5);
        vm.expectEmit(address(media));
        emit IMediaRegistry.RootRevoked(root, 1, signer, 4);
        vm.prank(signer);
        media.revokeRoot(1, root, 4);
        same(media.rootOf(1, root).revokedAt, START + 5, "withdrawn");
        check(!media.verifyLeaf(1, root, _leaves[0], proofOf(0)), "with all its leaves");
        vm.expectRevert(IMediaRegistry.AlreadyRevoked.selector);
        vm.prank(signer);
        media.revokeRoot(1, root, 4);
        vm.expectRevert(IMediaRegistry.AlreadyRevoked.selector);
        revokeLeaf(root, 0);
        vm.warp(START + 6);
        vm.prank(signer);
        media.registerRoot(1, root, 3, LIST, "");
        same(media.rootOf(1, root).registeredAt, START + 6, "again");
        check(media.verifyLeaf(1, root, _leaves[0], proofOf(0)), "stands");
        check(!media.verifyLeaf(1, root, _leaves[1], proofOf(1)), "a leaf withdrawn singly stays withdrawn");
    }

    function test_roots_that_are_not_there() public {
        vm.expectRevert(IMediaRegistry.NotRegistered.selector);
        vm.prank(signer);
        media.revokeRoot(1, LIST, 0);
        IMediaRegistry.Leaf memory leaf = leafOf(0, LIST);
        bytes32 hash = media.leafHash(leaf);
        vm.expectRevert(IMediaRegistry.NotRegistered.selector);
        vm.prank(signer);
        media.revokeLeaf(1, hash, leaf, new bytes32[](0), 0, bytes32(0));
        check(!media.verifyLeaf(1, hash, leaf, new bytes32[](0)), "not registered");
    }

    // -- leaves -----------------------------------------------------------------------------------------------------

    function testFuzz_every_leaf_proves_and_no_other(uint256 count, uint256 index, bytes32 other) public {
        count = bound(count, 1, 70);
        index = bound(index, 0, count - 1);
        bytes32 root = grow(count);
        bytes32[] memory proof = proofOf(index);
        IMediaRegistry.Leaf memory leaf = _leaves[index];
        check(media.verifyLeaf(1, root, leaf, proof), "proves");
        vm.assume(other != leaf.sha256 && other != leaf.pdq && other != leaf.manifest);
        leaf.sha256 = other;
        check(!media.verifyLeaf(1, root, leaf, proof), "another file");
        leaf = _leaves[index];
        leaf.pdq = other;
        check(!media.verifyLeaf(1, root, leaf, proof), "another fingerprint");
        leaf = _leaves[index];
        leaf.manifest = other;
        check(!media.verifyLeaf(1, root, leaf, proof), "another manifest");
        leaf = _leaves[index];
        leaf.index = uint32((index + 1) % (count + 1));
        check(!media.verifyLeaf(1, root, leaf, proof), "another place");
    }

    function testFuzz_a_changed_proof_proves_nothing(uint256 count, uint256 index, uint256 place, bytes32 noise) public {
        count = bound(count, 2, 70);
        index = bound(index, 0, count - 1);
        bytes32 root = grow(count);
        bytes32[] memory proof = proofOf(index);
        place = bound(place, 0, proof.length - 1);
        vm.assume(noise != proof[place]);
        proof[place] = noise;
        check(!media.verifyLeaf(1, root, _leaves[index], proof), "changed");
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        bytes32[] memory good = proofOf(index);
        for (uint256 i = 0; i < good.length; ++i) longer[i] = good[i];
        longer[good.length] = noise;
        check(!media.verifyLeaf(1, root, _leaves[index], longer), "longer");
    }

    /// @dev A node is the hash of 64 bytes, a leaf the hash of the hash of 128: neither passes for the other.
    function test_a_node_is_no_leaf() public {
        bytes32 root = grow(4);
        IMediaRegistry.Leaf memory forged = IMediaRegistry.Leaf(0, _nodes[1], _nodes[2], bytes32(0));
        check(!media.verifyLeaf(1, root, forged, new bytes32[](0)), "children of the root as a leaf");
        forged = IMediaRegistry.Leaf(0, root, bytes32(0), bytes32(0));
        check(!media.verifyLeaf(1, root, forged, new bytes32[](0)), "the root as a leaf");
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = _nodes[2];
        forged = IMediaRegistry.Leaf(0, _nodes[3], _nodes[4], bytes32(0));
        check(!media.verifyLeaf(1, root, forged, proof), "a pair of leaves as a leaf");
    }

    function test_an_index_at_or_above_the_count_is_not_in_the_list() public {
        IMediaRegistry.Leaf memory leaf = leafOf(1, LIST);
        bytes32 root = media.leafHash(leaf);
        vm.prank(signer);
        media.registerRoot(1, root, 1, LIST, "");
        check(!media.verifyLeaf(1, root, leaf, new bytes32[](0)), "index 1 of 1");
        vm.expectRevert(IMediaRegistry.BadProof.selector);
        vm.prank(signer);
        media.revokeLeaf(1, root, leaf, new bytes32[](0), 0, bytes32(0));
    }

    function testFuzz_a_withdrawn_leaf_and_no_other(uint256 count, uint256 index) public {
        count = bound(count, 2, 40);
        index = bound(index, 0, count - 1);
        bytes32 root = grow(count);
        vm.warp(START + 9);
        vm.expectEmit(address(media));
        emit IMediaRegistry.LeafRevoked(
            _leaves[index].sha256, 1, signer, root, uint32(index), 1, keccak256("better")
        );
        revokeLeaf(root, index);
        for (uint256 i = 0; i < count; ++i) {
            check(media.verifyLeaf(1, root, _leaves[i], proofOf(i)) == (i != index), "that one only");
        }
        same(media.leafRevokedAt(1, root, media.leafHash(_leaves[index])), START + 9, "when");
        vm.expectRevert(IMediaRegistry.AlreadyRevoked.selector);
        revokeLeaf(root, index);
    }

    function test_a_leaf_needs_its_proof_to_be_withdrawn() public {
        bytes32 root = grow(4);
        bytes32[] memory wrong = proofOf(1);
        vm.expectRevert(IMediaRegistry.BadProof.selector);
        vm.prank(signer);
        media.revokeLeaf(1, root, _leaves[0], wrong, 0, bytes32(0));
    }
}
