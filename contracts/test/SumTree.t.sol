// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumTree} from "../src/lib/SumTree.sol";
import {Base} from "./support/Base.sol";

/// @dev The tree beside a plain list of weights, kept for every epoch.
contract SumTreeTest is Base {
    using SumTree for SumTree.Tree;

    uint256 private constant MOST = 40;

    SumTree.Tree private _tree;
    uint48 private _epoch = 1;
    uint96[] private _weights;
    mapping(uint48 epoch => uint96[]) private _then;
    mapping(uint48 epoch => uint24) private _size;

    function _grow() private {
        same(_tree.grow(_epoch), _weights.length + 1, "leaves are numbered in turn");
        _weights.push(0);
    }

    function _set(uint256 leaf, uint96 weight) private {
        _tree.set(_epoch, uint24(leaf), weight);
        _weights[leaf - 1] = weight;
    }

    function _freeze() private {
        _then[_epoch] = _weights;
        _size[_epoch] = _tree.size;
        ++_epoch;
    }

    function _sum(uint96[] memory weights) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < weights.length; ++i) sum += weights[i];
    }

    /// @dev Whom a value falls to, by walking along the list.
    function _walk(uint96[] memory weights, uint256 value) private pure returns (uint256 leaf) {
        while (value >= weights[leaf]) value -= weights[leaf++];
        return leaf + 1;
    }

    function _agrees(uint48 epoch, uint256 value) private view {
        uint96[] memory weights = _then[epoch];
        uint256 sum = _sum(weights);
        if (sum == 0) return;
        uint24 leaf = _tree.find(epoch, _size[epoch], value % sum);
        same(leaf, _walk(weights, value % sum), "found");
        check(weights[leaf - 1] != 0, "a leaf without weight was found");
        same(_tree.find(epoch, _size[epoch], 0), _walk(weights, 0), "the first");
        same(_tree.find(epoch, _size[epoch], sum - 1), _walk(weights, sum - 1), "the last");
    }

    /// @dev Whatever was done in whatever order, every frozen tree draws as the list did then, and the total is the sum.
    function testFuzz_frozen_trees_draw_as_lists_do(uint256 seed) public {
        for (uint256 i = 0; i < 60; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 act = seed % 8;
            if (act < 2 && _weights.length < MOST) {
                _grow();
            } else if (act < 6 && _weights.length != 0) {
                uint96 weight = seed % 5 == 0 ? 0 : uint96((seed >> 16) % (seed % 3 == 0 ? 3 : 1e24));
                _set(1 + (seed >> 8) % _weights.length, weight);
            } else {
                _freeze();
            }
            same(_tree.total(), _sum(_weights), "total");
        }
        _freeze();
        for (uint48 epoch = 1; epoch < _epoch; ++epoch) {
            seed = uint256(keccak256(abi.encode(seed)));
            _agrees(epoch, seed);
        }
    }

    function test_every_value_falls_to_its_leaf() public {
        for (uint256 i = 1; i <= 21; ++i) {
            _grow();
            _set(i, i % 4 == 0 ? 0 : uint96(i));
        }
        _freeze();
        uint256 sum = _sum(_then[1]);
        for (uint256 value = 0; value < sum; ++value) {
            same(_tree.find(1, _size[1], value), _walk(_then[1], value), "found");
        }
    }

    function test_what_grows_later_is_not_in_a_frozen_tree() public {
        _grow();
        _set(1, 5);
        _freeze();
        for (uint256 i = 2; i <= 9; ++i) {
            _grow();
            _set(i, 1000);
        }
        _set(1, 0);
        for (uint256 value = 0; value < 5; ++value) same(_tree.find(1, _size[1], value), 1, "the only one");
        vm.expectRevert(abi.encodeWithSelector(SumTree.BeyondTotal.selector, 5, 5));
        this.find(1, 5);
        _freeze();
        same(_tree.find(2, _size[2], 0), 2, "who is there now");
    }

    function find(uint48 epoch, uint256 value) external view returns (uint24) {
        return _tree.find(epoch, _size[epoch], value);
    }

    function set(uint24 leaf) external {
        _tree.set(_epoch, leaf, 1);
    }

    function test_no_leaf() public {
        vm.expectRevert(abi.encodeWithSelector(SumTree.NoLeaf.selector, 1));
        this.set(1);
        _grow();
        vm.expectRevert(abi.encodeWithSelector(SumTree.NoLeaf.selector, 0));
        this.set(0);
        vm.expectRevert(abi.encodeWithSelector(SumTree.NoLeaf.selector, 2));
        this.set(2);
        vm.expectRevert(abi.encodeWithSelector(SumTree.BeyondTotal.selector, 0, 0));
        this.find(1, 0);
    }

    /// @dev Many epochs in one node: the search in its history finds each.
    function test_a_long_history() public {
        _grow();
        for (uint256 i = 1; i <= 70; ++i) {
            if (i % 3 != 0) _set(1, uint96(i));
            _freeze();
        }
        for (uint48 epoch = 1; epoch <= 70; ++epoch) {
            uint256 sum = _then[epoch][0];
            same(_tree.find(epoch, 1, sum - 1), 1, "the last");
            vm.expectRevert(abi.encodeWithSelector(SumTree.BeyondTotal.selector, sum, sum));
            this.find(epoch, sum);
        }
    }
}
