// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Drawing in proportion to weight, from a tree as it stood
/// @notice A Fenwick tree over leaves 1, 2, ...: node i holds the sum of the lowbit(i) leaves up to i. Every node keeps its
/// history by epoch, so that a tree can be frozen in constant time and drawn from later while weights change. Leaves are
/// given out once and never again, so that a frozen leaf names nobody new.
/// @dev `size` is a power of two, 0 where there is no leaf, and node `size` holds the total. A node that comes with a
/// doubling is empty, except the new last one, which starts with the total; a frozen tree is read with the size it had.
/// Changing a weight touches one node for each level at most, drawing reads one for each.
library SumTree {
    uint256 private constant SHIFT = 208;
    uint256 private constant VALUE = (1 << SHIFT) - 1;

    /// @dev A node's history is a list of epoch << 208 | sum, in rising order of epochs.
    struct Tree {
        uint24 leaves;
        uint24 size;
        mapping(uint256 node => uint256[]) nodes;
        mapping(uint256 leaf => uint96) weights;
    }

    /// @notice There is no such leaf.
    error NoLeaf(uint256 leaf);
    /// @notice A word at or above the total finds nothing.
    error BeyondTotal(uint256 value, uint256 total);

    /// @dev A new leaf without weight.
    function grow(Tree storage tree, uint48 epoch) internal returns (uint24 leaf) {
        uint24 size = tree.size;
        leaf = tree.leaves + 1;
        tree.leaves = leaf;
        if (leaf <= size) return leaf;
        uint256 sum = _latest(tree.nodes[size]);
        size = size == 0 ? 1 : size * 2;
        tree.size = size;
        if (sum != 0) _write(tree.nodes[size], epoch, sum);
    }

    /// @dev Give a leaf a weight from this epoch on, which is not before that of any earlier change.
    function set(Tree storage tree, uint48 epoch, uint24 leaf, uint96 weight) internal {
        if (leaf == 0 || leaf > tree.leaves) revert NoLeaf(leaf);
        uint96 known = tree.weights[leaf];
        if (known == weight) return;
        tree.weights[leaf] = weight;
        uint256 size = tree.size;
        for (uint256 i = leaf; i <= size; i += i & (~i + 1)) {
            uint256[] storage node = tree.nodes[i];
            _write(node, epoch, _latest(node) - known + weight);
        }
    }

    /// @dev The weight of all leaves now.
    function total(Tree storage tree) internal view returns (uint96) {
        return uint96(_latest(tree.nodes[tree.size]));
    }

    /// @dev The leaf over which a value below the total falls, in the tree of a size as an epoch left it. For some leaf and
    /// the sum P of all before it, P <= value < P + its weight: so its weight is more than 0.
    function find(Tree storage tree, uint48 epoch, uint24 size, uint256 value) internal view returns (uint24 leaf) {
        uint256 place = 0;
        uint256 all = _upTo(tree.nodes[size], epoch);
        if (value >= all) revert BeyondTotal(value, all);
        // The last node is the total, which is more than the value, so that the search starts below it.
        for (uint256 step = size >> 1; step != 0; step >>= 1) {
            uint256 sum = _upTo(tree.nodes[place + step], epoch);
            if (sum <= value) {
                value -= sum;
                place += step;
            }
        }
        return uint24(place + 1);
    }

    function _latest(uint256[] storage node) private view returns (uint256) {
        uint256 length = node.length;
        return length == 0 ? 0 : node[length - 1] & VALUE;
    }

    /// @dev A change in the same epoch takes the place of the one before.
    function _write(uint256[] storage node, uint48 epoch, uint256 sum) private {
        uint256 length = node.length;
        uint256 entry = uint256(epoch) << SHIFT | sum;
        if (length != 0 && node[length - 1] >> SHIFT == epoch) node[length - 1] = entry;
        else node.push(entry);
    }

    /// @dev What the node held at the end of an epoch. The newest entries are looked at first: draws follow freezing soon.
    function _upTo(uint256[] storage node, uint48 epoch) private view returns (uint256) {
        uint256 high = node.length;
        uint256 low = 0;
        for (uint256 step = 1; high != low; step *= 2) {
            uint256 middle = high - low > step ? high - step : low;
            if (node[middle] >> SHIFT <= epoch) {
                low = middle + 1;
                break;
            }
            high = middle;
        }
        // Entry low - 1 is early enough, if there is one; entry high and all after it are too late.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (node[middle] >> SHIFT <= epoch) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : node[low - 1] & VALUE;
    }
}
