// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../src/MediaRegistry.sol";
import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {Base} from "./support/Base.sol";

contract MediaRegistryTest is Base {
    bytes32 internal constant FILE = keccak256("file");

    function register(bytes32 file) private {
        vm.prank(signer);
        media.register(1, registration(file));
    }

    function revoke(bytes32 file) private {
        vm.prank(signer);
        media.revoke(1, file, 1, bytes32(0));
    }

    function registerFor(uint32 publisher, address who, bytes32 file) private {
        vm.prank(who);
        media.register(publisher, registration(file));
    }

    // -- registering ------------------------------------------------------------------------------------------------

    function test_register_stores_and_tells() public {
        IMediaRegistry.Registration memory what = registration(FILE);
        (what.manifest, what.parent) = (keccak256("manifest"), keccak256("parent"));
        vm.expectEmit(address(media));
        emit IMediaRegistry.Registered(
            FILE, 1, signer, 1, 2, keccak256("pdq"), keccak256("manifest"), keccak256("parent"), what.uri
        );
        vm.prank(signer);
        media.register(1, what);
        IMediaRegistry.Entry memory first = media.firstOf(FILE);
        same(first.publisher, 1, "publisher");
        same(first.registeredAt, START, "registeredAt");
        same(first.revokedAt, 0, "revokedAt");
        same(first.claims, 1, "claims");
        same(first.kind, 1, "kind");
        same(first.flags, 2, "flags");
        same(media.claimOf(FILE, 1).registeredAt, START, "claim");
        same(media.claimOf(FILE, 2).registeredAt, 0, "no other claim");
        same(media.claimOf(FILE, 0).registeredAt, 0, "nobody's claim");
    }

    function test_a_claim_that_stands_is_not_made_again() public {
        register(FILE);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, FILE));
        register(FILE);
        (uint32 other, address who) = another("other");
        registerFor(other, who, FILE);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, FILE));
        registerFor(other, who, FILE);
    }

    function test_zero_hash_and_long_uri() public {
        vm.expectRevert(IMediaRegistry.ZeroHash.selector);
        register(bytes32(0));
        IMediaRegistry.Registration memory what = registration(FILE);
        what.uri = string(new bytes(513));
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BadLength.selector, 513, 512));
        vm.prank(signer);
        media.register(1, what);
        what.uri = string(new bytes(512));
        vm.prank(signer);
        media.register(1, what);
    }

    function test_register_of_publishers_is_needed() public {
        vm.expectRevert(IMediaRegistry.ZeroAddress.selector);
        new MediaRegistry(address(0));
        same(media.PUBLISHERS(), address(publishers), "publishers");
    }

    // -- who may ----------------------------------------------------------------------------------------------------

    function calls() private view returns (bytes[7] memory all, uint8[7] memory roles) {
        IMediaRegistry.Leaf memory leaf;
        all = [
            abi.encodeCall(media.register, (1, registration(keccak256("new")))),
            abi.encodeCall(media.registerMany, (1, itemsOf(2))),
            abi.encodeCall(media.registerRoot, (1, keccak256("new root"), 1, keccak256("list"), "")),
            abi.encodeCall(media.revoke, (1, FILE, 0, bytes32(0))),
            abi.encodeCall(media.revokeRoot, (1, keccak256("root"), 0)),
            abi.encodeCall(media.revokeLeaf, (1, media.leafHash(leaf), leaf, new bytes32[](0), 0, bytes32(0))),
            abi.encodeCall(media.register, (1, registration(keccak256("newer"))))
        ];
        roles = [REGISTER, BATCH, BATCH, REVOKE, REVOKE, REVOKE, REGISTER];
    }

    function prepared() private {
        IMediaRegistry.Leaf memory leaf;
        register(FILE);
        vm.prank(signer);
        media.registerRoot(1, keccak256("root"), 1, keccak256("list"), "");
        bytes32 root = media.leafHash(leaf);
        vm.prank(signer);
        media.registerRoot(1, root, 1, keccak256("list"), "");
    }

    function testFuzz_each_call_needs_its_role(uint8 roles, uint256 which) public {
        prepared();
        (bytes[7] memory all, uint8[7] memory needed) = calls();
        roles = uint8(bound(roles, 0, 15));
        which = bound(which, 0, 6);
        named(roles, 0, 0);
        vm.prank(signer);
        (bool success, bytes memory reason) = address(media).call(all[which]);
        check(success == (roles & needed[which] != 0), "by role");
        check(success || bytes4(reason) == IMediaRegistry.NotSigner.selector, "why");
    }

    function testFuzz_strangers_may_nothing(address who, uint256 which) public {
        vm.assume(who != signer && who != OWNER);
        prepared();
        (bytes[7] memory all,) = calls();
        vm.prank(who);
        (bool success, bytes memory reason) = address(media).call(all[bound(which, 0, 6)]);
        check(!success && bytes4(reason) == IMediaRegistry.NotSigner.selector, "refused");
    }

    function test_the_window_is_held_at_each_call() public {
        vm.prank(OWNER);
        publishers.setSigner(1, STRANGER, ALL, START + 10, START + 20);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        registerFor(1, STRANGER, FILE);
        vm.warp(START + 10);
        registerFor(1, STRANGER, FILE);
        vm.warp(START + 20);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        registerFor(1, STRANGER, keccak256("late"));
    }

    function test_revoked_and_compromised_signers_may_nothing() public {
        vm.prank(OWNER);
        publishers.setSigner(1, STRANGER, ALL, 0, 0);
        vm.prank(OWNER);
        publishers.revokeSigner(1, STRANGER);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        registerFor(1, STRANGER, FILE);
        vm.prank(OWNER);
        publishers.markCompromised(1, signer, 1);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        register(FILE);
    }

    // -- further claims, withdrawing --------------------------------------------------------------------------------

    function test_anyone_may_claim_too_and_the_first_stays_first() public {
        register(FILE);
        vm.warp(START + 10);
        (uint32 other, address who) = another("other");
        registerFor(other, who, FILE);
        IMediaRegistry.Entry memory first = media.firstOf(FILE);
        same(first.publisher, 1, "first");
        same(first.registeredAt, START, "its time");
        same(first.claims, 2, "claims");
        same(media.claimOf(FILE, other).registeredAt, START + 10, "further claim");
        revoke(FILE);
        same(media.firstOf(FILE).publisher, 1, "still first");
        same(media.claimOf(FILE, other).revokedAt, 0, "one's own claim only");
        vm.warp(START + 20);
        register(FILE);
        same(media.firstOf(FILE).registeredAt, START + 20, "stands again from now on");
        same(media.firstOf(FILE).revokedAt, 0, "stands");
        same(media.firstOf(FILE).claims, 2, "distinct publishers");
    }

    function test_a_further_claim_is_withdrawn_and_made_again() public {
        register(FILE);
        (uint32 other, address who) = another("other");
        registerFor(other, who, FILE);
        vm.warp(START + 5);
        vm.expectEmit(address(media));
        emit IMediaRegistry.Revoked(FILE, other, who, 3, keccak256("better"));
        vm.prank(who);
        media.revoke(other, FILE, 3, keccak256("better"));
        same(media.claimOf(FILE, other).revokedAt, START + 5, "withdrawn");
        same(media.firstOf(FILE).revokedAt, 0, "the first is not");
        vm.warp(START + 6);
        registerFor(other, who, FILE);
        same(media.claimOf(FILE, other).registeredAt, START + 6, "again");
        same(media.claimOf(FILE, other).revokedAt, 0, "stands");
        same(media.firstOf(FILE).claims, 2, "counted once");
    }

    function test_only_what_stands_is_withdrawn() public {
        vm.expectRevert(IMediaRegistry.NotRegistered.selector);
        revoke(FILE);
        (uint32 other, address who) = another("other");
        registerFor(other, who, FILE);
        vm.expectRevert(IMediaRegistry.NotRegistered.selector);
        revoke(FILE);
        register(FILE);
        revoke(FILE);
        vm.expectRevert(IMediaRegistry.AlreadyRevoked.selector);
        revoke(FILE);
        same(media.firstOf(FILE).revokedAt, 0, "the other's stands");
    }

    // -- batches ----------------------------------------------------------------------------------------------------

    function many(IMediaRegistry.Item[] memory items) private {
        vm.prank(signer);
        media.registerMany(1, items);
    }

    function test_batch_sizes() public {
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BatchSize.selector, 0));
        many(itemsOf(0));
        many(itemsOf(1));
        many(itemsOf(500));
        same(media.claimOf(keccak256(abi.encode(uint256(500), uint256(499))), 1).registeredAt, START, "the last");
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BatchSize.selector, 501));
        many(itemsOf(501));
    }

    function test_batch_tells_each() public {
        IMediaRegistry.Item[] memory items = itemsOf(3);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(media));
            emit IMediaRegistry.BatchItem(
                items[i].sha256, 1, signer, 1, 1, keccak256("pdq"), keccak256("manifest")
            );
        }
        many(items);
    }

    function testFuzz_a_duplicate_fails_the_whole_batch(uint256 count, uint256 place, uint256 from) public {
        count = bound(count, 2, 20);
        place = bound(place, 1, count - 1);
        from = bound(from, 0, place - 1);
        IMediaRegistry.Item[] memory items = itemsOf(count);
        items[place].sha256 = items[from].sha256;
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, items[from].sha256));
        many(items);
        for (uint256 i = 0; i < count; ++i) same(media.firstOf(items[i].sha256).claims, 0, "none");
    }

    function test_zero_hash_fails_the_whole_batch() public {
        IMediaRegistry.Item[] memory items = itemsOf(3);
        items[2].sha256 = bytes32(0);
        vm.expectRevert(IMediaRegistry.ZeroHash.selector);
        many(items);
    }

    function test_singly_and_in_a_batch_are_one_claim() public {
        IMediaRegistry.Item[] memory items = itemsOf(2);
        register(items[1].sha256);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, items[1].sha256));
        many(items);
        revoke(items[1].sha256);
        many(items);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, items[0].sha256));
        register(items[0].sha256);
    }

    // -- what the values may be -------------------------------------------------------------------------------------

    function testFuzz_values_come_back(bytes32 file, uint8 kind, uint8 flags, uint40 moment) public {
        vm.assume(file != bytes32(0));
        vm.warp(bound(moment, START, type(uint40).max));
        IMediaRegistry.Registration memory what = registration(file);
        (what.kind, what.flags) = (kind, flags);
        vm.prank(signer);
        media.register(1, what);
        IMediaRegistry.Claim memory claim = media.claimOf(file, 1);
        same(claim.kind, kind, "kind");
        same(claim.flags, flags, "flags");
        same(claim.registeredAt, block.timestamp, "time");
    }
}
