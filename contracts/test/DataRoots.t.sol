// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Base} from "./support/Base.sol";

contract DataRootsTest is Base {
    /// @dev Items ascend by their first bytes, two apart, with room between them.
    bytes32[] private _items;
    bytes32[][] private _levels;

    // -- trees, written a third time: level by level --------------------------------------------------------------------

    function itemAt(uint256 i) private pure returns (bytes32) {
        return bytes32(((2 * i + 2) << 240) | (uint256(keccak256(abi.encode("item", i))) >> 16));
    }

    function grow(uint256 count) private returns (bytes32) {
        bytes32[] memory items = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) items[i] = itemAt(i);
        return growOver(items);
    }

    function growOver(bytes32[] memory items) private returns (bytes32) {
        _items = items;
        delete _levels;
        bytes32[] memory level = new bytes32[](items.length);
        for (uint256 i = 0; i < level.length; ++i) level[i] = sha256(abi.encodePacked(uint8(0), items[i]));
        _levels.push(level);
        while (level.length > 1) {
            bytes32[] memory above = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < above.length; ++i) {
                above[i] = 2 * i + 1 == level.length ? level[2 * i] : nodeOf(level[2 * i], level[2 * i + 1]);
            }
            level = above;
            _levels.push(level);
        }
        return level[0];
    }

    function nodeOf(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }

    /// @dev The hashes beside the way from a node at a height; at height 0 from a leaf.
    function pathFrom(uint256 height, uint256 place) private view returns (bytes32[] memory path) {
        path = new bytes32[](_levels.length - 1 - height);
        uint256 length = 0;
        for (; height + 1 < _levels.length; (height, place) = (height + 1, place / 2)) {
            if (place ^ 1 < _levels[height].length) path[length++] = _levels[height][place ^ 1];
        }
        assembly {
            mstore(path, length)
        }
    }

    function pathOf(uint256 place) private view returns (bytes32[] memory) {
        return pathFrom(0, place);
    }

    /// @dev What would stand at an index, made of leaves `left` and `right` and their own paths; at `_items.length` none.
    function made(uint256 index, uint256 left, uint256 right) private view returns (IModelRegistry.Absence memory proof) {
        proof.index = uint64(index);
        if (left < _items.length) (proof.left, proof.leftPath) = (_items[left], pathOf(left));
        if (right < _items.length) (proof.right, proof.rightPath) = (_items[right], pathOf(right));
    }

    function honest(uint256 index) private view returns (IModelRegistry.Absence memory) {
        return made(index, index == 0 ? _items.length : index - 1, index);
    }

    /// @dev Something at an index that is not there: next to a leaf on either side, or anywhere between.
    function between(uint256 index, uint256 how) private view returns (bytes32) {
        (uint256 low, uint256 high) = (0, type(uint256).max);
        if (index > 0) low = uint256(_items[index - 1]) + 1;
        if (index < _items.length) high = uint256(_items[index]) - 1;
        if (how % 4 == 0) return bytes32(low);
        if (how % 4 == 1) return bytes32(high);
        return bytes32(low + how % (high - low));
    }

    // -- the published vector -------------------------------------------------------------------------------------------

    function keyOf(string memory list, uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "]", name);
    }

    function absenceAt(string memory json, string memory place) private pure returns (IModelRegistry.Absence memory) {
        return IModelRegistry.Absence(
            uint64(vm.parseJsonUint(json, string.concat(place, ".index"))),
            vm.parseJsonBytes32(json, string.concat(place, ".left")),
            vm.parseJsonBytes32(json, string.concat(place, ".right")),
            vm.parseJsonBytes32Array(json, string.concat(place, ".leftPath")),
            vm.parseJsonBytes32Array(json, string.concat(place, ".rightPath"))
        );
    }

    /// @dev Each line is taken in a call of its own, which gives its memory back.
    function test_published_vector() public {
        uint256 trees = 0;
        uint256 proofs = 0;
        uint256 refused = 0;
        while (true) {
            string memory line = vm.readLine("../tests/lineage/root-vectors.json");
            bytes memory text = bytes(line);
            if (text.length == 0) break;
            if (text[0] != "{" || text[2] == "a") continue;
            if (text[2] == "c") {
                (trees, proofs) = (trees + 1, proofs + this.takeTree(line));
            } else {
                this.takeForged(line);
                ++refused;
            }
        }
        same(trees, 18, "trees");
        same(proofs, 226, "proofs");
        same(refused, 23, "refused");
    }

    function takeTree(string calldata json) external returns (uint256 seen) {
        bytes32[] memory items = vm.parseJsonBytes32Array(json, ".items");
        uint64 count = uint64(vm.parseJsonUint(json, ".count"));
        bytes32 root = vm.parseJsonBytes32(json, ".root");
        same(growOver(items), root, "root");
        for (uint256 i = 0; vm.keyExistsJson(json, keyOf("present", i, "")); ++i) {
            uint64 index = uint64(vm.parseJsonUint(json, keyOf("present", i, ".index")));
            bytes32[] memory path = vm.parseJsonBytes32Array(json, keyOf("present", i, ".path"));
            same(keccak256(abi.encode(path)), keccak256(abi.encode(pathOf(index))), "path");
            check(models.provesPresence(root, count, items[index], index, path), "present");
            ++seen;
        }
        for (uint256 i = 0; vm.keyExistsJson(json, keyOf("absent", i, "")); ++i) {
            bytes32 item = vm.parseJsonBytes32(json, keyOf("absent", i, ".item"));
            IModelRegistry.Absence memory proof = absenceAt(json, keyOf("absent", i, ""));
            same(keccak256(abi.encode(proof)), keccak256(abi.encode(honest(proof.index))), "proof");
            check(models.provesAbsence(root, count, item, proof), "absent");
            ++seen;
        }
    }

    function takeForged(string calldata json) external view {
        bool accepted = models.provesAbsence(
            vm.parseJsonBytes32(json, ".root"),
            uint64(vm.parseJsonUint(json, ".count")),
            vm.parseJsonBytes32(json, ".item"),
            absenceAt(json, "")
        );
        check(!accepted, json);
    }

    // -- what is there, and what is not ---------------------------------------------------------------------------------

    function testFuzz_every_item_is_proved_where_it_is_and_nowhere_else(uint256 count, uint256 place) public {
        count = bound(count, 1, 70);
        place = bound(place, 0, count - 1);
        bytes32 root = grow(count);
        bytes32[] memory path = pathOf(place);
        for (uint256 index = 0; index <= count + 1; ++index) {
            bool proved = models.provesPresence(root, uint64(count), _items[place], uint64(index), path);
            check(proved == (index == place), "that place only");
        }
    }

    function testFuzz_every_absent_item_is_proved(uint256 count, uint256 index, uint256 how) public {
        count = bound(count, 1, 70);
        index = bound(index, 0, count);
        bytes32 root = grow(count);
        check(models.provesAbsence(root, uint64(count), between(index, how), honest(index)), "absent");
        for (uint256 other = 0; other <= count; ++other) {
            bool proved = models.provesAbsence(root, uint64(count), between(index, how), honest(other));
            check(proved == (other == index), "by its neighbours only");
        }
    }

    function test_every_gap_of_every_small_tree() public {
        for (uint256 count = 1; count <= 20; ++count) {
            bytes32 root = grow(count);
            for (uint256 index = 0; index <= count; ++index) {
                for (uint256 how = 0; how < 3; ++how) {
                    check(models.provesAbsence(root, uint64(count), between(index, how), honest(index)), "absent");
                }
            }
        }
    }

    // -- what nobody can prove ------------------------------------------------------------------------------------------

    /// @dev Everything a liar can put together from the leaves of a tree and their paths, whatever count and index are
    /// claimed: what is accepted never has a leaf between.
    function test_no_absence_is_made_up_from_a_small_tree() public {
        uint256 accepted = 0;
        for (uint256 count = 1; count <= 8; ++count) {
            bytes32 root = grow(count);
            for (uint64 claimed = 0; claimed <= count + 4; ++claimed) {
                for (uint64 index = 0; index <= claimed; ++index) {
                    accepted += this.everyPair(root, claimed, index);
                }
            }
        }
        // The true count's own proofs alone are 44 here: 2 to 9. Some hold under a wrong count too, and are as true.
        check(accepted >= 44, "the honest ones at least");
    }

    function everyPair(bytes32 root, uint64 claimed, uint64 index) external view returns (uint256 accepted) {
        uint256 count = _items.length;
        for (uint256 left = 0; left <= count; ++left) {
            for (uint256 right = 0; right <= count; ++right) {
                if (left == count && right == count) continue;
                bool hides;
                bytes32 item;
                (hides, item) = hidden(left, right);
                bool proved = models.provesAbsence(root, claimed, item, made(index, left, right));
                check(!(proved && hides), "a leaf that is there was proved absent");
                if (proved) ++accepted;
            }
        }
    }

    /// @dev A leaf between two, where there is one, or else something that is not there.
    function hidden(uint256 left, uint256 right) private view returns (bool hides, bytes32 item) {
        uint256 count = _items.length;
        uint256 next = left == count ? 0 : left + 1;
        if (next < right && next < count) return (true, _items[next]);
        if (left < count && right < left) return (true, _items[right]);
        return (false, between(next, 1));
    }

    /// @dev The same of larger trees, with nodes for leaves and pieces of paths as well.
    function testFuzz_no_absence_is_made_up(uint256 count, uint256 claimed, uint256 place, uint256 seed) public {
        count = bound(count, 2, 70);
        place = bound(place, 0, count - 1);
        bytes32 root = grow(count);
        bytes32 item = _items[place];
        uint256[3] memory counts = [count, bound(claimed, 0, 2 * count + 2), claimed];
        for (uint256 i = 0; i < 60; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint64 told = uint64(counts[i % 3]);
            IModelRegistry.Absence memory proof = madeUp(seed, place, uint256(told) + 1);
            check(!models.provesAbsence(root, told, item, proof), "a leaf that is there was proved absent");
        }
    }

    /// @dev Neighbours of a leaf, near and far, at an index that is right or is not, with paths that are theirs or another's.
    function madeUp(uint256 seed, uint256 place, uint256 span) private view returns (IModelRegistry.Absence memory proof) {
        uint256 count = _items.length;
        uint256 left = seed % 3 == 0 || place == 0 ? (seed >> 8) % (count + 1) : place - 1;
        uint256 right = seed % 5 == 0 ? (seed >> 24) % (count + 1) : place + 1;
        uint256 index = place + (seed >> 40) % 2;
        if (seed % 7 < 2) index = (seed >> 48) % span;
        proof = made(index, left, right);
        if (seed % 11 < 3) proof.left = bytes32(uint256(_items[place]) - 1 - (seed >> 200));
        if (seed % 13 < 3) proof.right = bytes32(uint256(_items[place]) + 1 + (seed >> 200));
        if (seed % 17 < 3) (proof.leftPath, proof.rightPath) = (proof.rightPath, proof.leftPath);
        uint256 height = (seed >> 64) % _levels.length;
        uint256 node = (seed >> 96) % _levels[height].length;
        if (seed % 19 < 4) (proof.left, proof.leftPath) = (_levels[height][node], pathFrom(height, node));
        if (seed % 23 < 4) (proof.right, proof.rightPath) = (_levels[height][node], pathFrom(height, node));
    }

    /// @dev There is one proof under one count: nothing can be changed, left out, put in or put elsewhere.
    function testFuzz_a_changed_proof_proves_nothing(uint256 count, uint256 index, uint256 seed, bytes32 noise) public {
        count = bound(count, 2, 70);
        index = bound(index, 0, count);
        bytes32 root = grow(count);
        bytes32 item = between(index, seed);
        for (uint256 how = 0; how < 6; ++how) {
            IModelRegistry.Absence memory proof = honest(index);
            bool right = index == 0 || (index < count && seed % 2 == 0);
            bytes32[] memory path = right ? proof.rightPath : proof.leftPath;
            path = changed(path, how, (seed >> 16) % path.length, noise);
            if (right) proof.rightPath = path;
            else proof.leftPath = path;
            check(!models.provesAbsence(root, uint64(count), item, proof), vm.toString(how));
        }
    }

    function changed(bytes32[] memory path, uint256 how, uint256 place, bytes32 noise)
        private
        pure
        returns (bytes32[] memory other)
    {
        if (how == 0) {
            path[place] = path[place] == noise ? ~noise : noise;
        } else if (how == 1) {
            path[place] = path[place] ^ bytes32(uint256(1) << (uint256(noise) % 256));
        } else if (how < 5) {
            other = new bytes32[](how == 4 ? path.length + 1 : path.length - 1);
            // Without the first, without the last, or with one more.
            for (uint256 i = 0; i < other.length; ++i) other[i] = how == 2 ? path[i + 1] : i < path.length ? path[i] : noise;
            return other;
        } else {
            uint256 next = (place + 1) % path.length;
            (path[place], path[next]) = (path[next], path[place]);
            if (next == place) path[place] = ~path[place];
        }
        return path;
    }

    /// @dev At the ends one side is empty, and is written in one way.
    function testFuzz_an_empty_side_is_empty(uint256 count, bytes32 noise) public {
        count = bound(count, 1, 30);
        vm.assume(noise != bytes32(0));
        bytes32 root = grow(count);
        IModelRegistry.Absence memory first = honest(0);
        IModelRegistry.Absence memory last = honest(count);
        (bytes32 below, bytes32 above) = (between(0, 1), between(count, 0));
        (first.left, last.right) = (noise, noise);
        check(!models.provesAbsence(root, uint64(count), below, first), "a leaf before the first");
        check(!models.provesAbsence(root, uint64(count), above, last), "a leaf after the last");
        (first, last) = (honest(0), honest(count));
        (first.leftPath, last.rightPath) = (pathOf(0), pathOf(count - 1));
        if (count == 1) (first.leftPath, last.rightPath) = (new bytes32[](1), new bytes32[](1));
        check(!models.provesAbsence(root, uint64(count), below, first), "a path before the first");
        check(!models.provesAbsence(root, uint64(count), above, last), "a path after the last");
    }

    /// @dev A leaf hashes 33 bytes and a node 65, and they begin otherwise.
    function testFuzz_a_node_is_no_item(uint256 count, uint256 claimed, uint256 index) public {
        count = bound(count, 1, 40);
        bytes32 root = grow(count);
        for (uint256 height = 0; height < _levels.length; ++height) {
            for (uint256 place = 0; place < _levels[height].length; ++place) {
                bytes32[] memory path = pathFrom(height, place);
                uint64 told = uint64(bound(claimed, 0, count));
                bytes32 node = _levels[height][place];
                check(!models.provesPresence(root, told, node, uint64(place), path), "a node");
                told = uint64(_levels[height].length);
                check(!models.provesPresence(root, told, node, uint64(place), path), "a node of a cut tree");
                check(!models.provesPresence(root, uint64(claimed), node, uint64(index), path), "anywhere");
            }
        }
    }

    function testFuzz_nothing_is_proved_of_no_items_or_no_root(bytes32 item, bytes32 left, bytes32 right, uint64 count)
        public
        view
    {
        bytes32[] memory none = new bytes32[](0);
        bytes32 root = sha256(abi.encodePacked(uint8(0), right));
        IModelRegistry.Absence memory proof = IModelRegistry.Absence(0, bytes32(0), bytes32(0), none, none);
        check(!models.provesAbsence(root, 0, item, proof), "no items");
        check(!models.provesAbsence(bytes32(0), 0, item, proof), "nothing at all");
        check(!models.provesAbsence(bytes32(0), count, item, proof), "no root");
        check(!models.provesPresence(bytes32(0), count, item, 0, none), "no root");
        check(!models.provesPresence(root, 0, right, 0, none), "no items");
        proof.right = right;
        check(models.provesAbsence(root, 1, item, proof) == (item < right), "before the only one");
        proof = IModelRegistry.Absence(1, right, bytes32(0), none, none);
        check(models.provesAbsence(root, 1, item, proof) == (item > right), "after the only one");
        proof.left = left;
        check(left == right || !models.provesAbsence(root, 1, item, proof), "after another");
    }

    /// @dev However long the path and however high the count, it ends, and the answer is no.
    function testFuzz_the_longest_and_the_largest(uint64 count, uint64 index, bytes32 noise, uint256 length) public view {
        bytes32[] memory path = new bytes32[](bound(length, 0, 100));
        for (uint256 i = 0; i < path.length; ++i) path[i] = keccak256(abi.encode(noise, i));
        check(!models.provesPresence(noise, count, noise, index, path), "present");
        uint64 most = type(uint64).max;
        check(!models.provesPresence(noise, most, noise, most - 1, path), "the last of all");
        check(!models.provesPresence(noise, most, noise, most, path), "after the last of all");
        IModelRegistry.Absence memory proof = IModelRegistry.Absence(index, noise, ~noise, path, path);
        check(!models.provesAbsence(noise, count, noise, proof), "absent");
        (proof.index, proof.right, proof.rightPath) = (most, bytes32(0), new bytes32[](0));
        check(!models.provesAbsence(noise, most, bytes32(type(uint256).max), proof), "after the last of all");
    }

    /// @dev What no path can tell: a root over items out of order. Two proofs of presence show it to anyone.
    function test_a_root_over_items_out_of_order_deceives_and_is_shown() public {
        bytes32[] memory items = new bytes32[](3);
        (items[0], items[1], items[2]) = (itemAt(0), itemAt(2), itemAt(1));
        bytes32 root = growOver(items);
        IModelRegistry.Absence memory proof = made(3, 2, 3);
        check(models.provesAbsence(root, 3, items[1], proof), "it is there, and is proved absent");
        check(models.provesPresence(root, 3, items[1], 1, pathOf(1)), "the higher one stands before");
        check(models.provesPresence(root, 3, items[2], 2, pathOf(2)), "the lower one stands after");
    }
}
