// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title What is, and what is not, under a data root
/// @notice A data root is the Merkle Tree Hash of RFC 9162, section 2.1.1, over distinct items in ascending order: a leaf
/// is SHA-256(0x00 || item), a node SHA-256(0x01 || left || right). Paths are verified as in section 2.1.3.2.
/// @dev Why nothing false is proved of a tree whose leaves ascend, unless SHA-256 collides:
///
/// Separation. A leaf hashes 33 bytes that begin with 0, a node 65 that begin with 1. Neither has a preimage as the
/// other, so a node never passes for an item, nor an item for a node: whatever is accepted is a leaf of the tree.
///
/// Place. Index and count alone say how long a path is and whether each hash in it is to the left or to the right; the
/// prover chooses none of it. What is accepted is the leaf where those turns lead to, and no other.
///
/// Adjacency. The turns to two places that follow each other are P·left·right·…·right and P·right·left·…·left for some
/// beginning P, in a tree of any count. Where both end at leaves, the first is the last leaf under P's left child, and the
/// second the first leaf under its right child: nothing stands between them. In the same way the place 0 has left turns
/// only and the last place right turns only, so they are the tree's ends. An item strictly between is nowhere in the tree.
///
/// The count. None of this needs the count to be true. Under a wrong one some paths lead to nodes, and are refused; those
/// that lead to leaves still lead to neighbours. A wrong count can hide proofs and misstate an index, not forge an absence.
///
/// What remains is the order. Whoever publishes a root over items that do not ascend can prove an item absent that is
/// there. No path tells; whoever holds the list sees it, and two proofs of presence out of order show it to anyone.
library DataRoots {
    /// @notice Whether an item stands at a place under a root.
    /// @dev Takes at most 64 hashes, since each leaves at most half of the count.
    function present(bytes32 root, uint64 count, bytes32 item, uint64 index, bytes32[] calldata path)
        internal
        pure
        returns (bool)
    {
        if (root == bytes32(0) || index >= count) return false;
        (uint256 place, uint256 last) = (index, uint256(count) - 1);
        bytes32 hash = sha256(abi.encodePacked(bytes1(0), item));
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false;
            if (place & 1 == 1 || place == last) {
                hash = sha256(abi.encodePacked(bytes1(0x01), path[i], hash));
                // The last node of a level that has no other beside it goes up as it is. It ends: last is not 0 here.
                for (; place & 1 == 0; place >>= 1) last >>= 1;
            } else {
                hash = sha256(abi.encodePacked(bytes1(0x01), hash, path[i]));
            }
            (place, last) = (place >> 1, last >> 1);
        }
        return last == 0 && hash == root;
    }

    /// @notice Whether an item is proved not to be under a root: it would stand between two leaves that follow each other,
    /// before the first or after the last.
    /// @dev One spelling: the side that has no leaf is zero and has no path.
    function absent(bytes32 root, uint64 count, bytes32 item, IModelRegistry.Absence calldata proof)
        internal
        pure
        returns (bool)
    {
        uint64 index = proof.index;
        // Of no items, index 0 would be both ends, and nothing would be left to prove.
        if (root == bytes32(0) || count == 0 || index > count) return false;
        if (index == 0) {
            if (proof.left != bytes32(0) || proof.leftPath.length != 0) return false;
        } else if (proof.left >= item || !present(root, count, proof.left, index - 1, proof.leftPath)) {
            return false;
        }
        if (index == count) return proof.right == bytes32(0) && proof.rightPath.length == 0;
        return item < proof.right && present(root, count, proof.right, index, proof.rightPath);
    }
}
