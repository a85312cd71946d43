// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../src/MediaRegistry.sol";
import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {Base} from "./support/Base.sol";
import {Delegate, Greedy, Rude, Wallet} from "./support/Wallets.sol";

contract SignaturesTest is Base {
    bytes32 internal constant FILE = keccak256("file");
    uint256 internal constant LATER = START + 100;

    function signed(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function digestOf(uint256 nonce) private view returns (bytes32) {
        return media.registrationDigest(1, registration(FILE), signer, nonce, LATER);
    }

    function submit(address who, uint256 nonce, bytes memory signature) private {
        vm.prank(STRANGER);
        media.registerBySig(1, registration(FILE), who, nonce, LATER, signature);
    }

    function refused(bytes memory signature) private {
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        submit(signer, 0, signature);
    }

    function test_anyone_carries_a_signature() public {
        bytes memory signature = signed(KEY, digestOf(0));
        vm.expectEmit(address(media));
        emit IMediaRegistry.Registered(
            FILE, 1, signer, 1, 2, keccak256("pdq"), bytes32(0), bytes32(0), "https://example.org/a"
        );
        submit(signer, 0, signature);
        same(media.nonceOf(signer), 1, "nonce");
        same(media.firstOf(FILE).publisher, 1, "registered");
    }

    function test_the_digest_is_that_of_eip_712() public view {
        IMediaRegistry.Registration memory what = registration(FILE);
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Touchstone MediaRegistry"),
                keccak256("1"),
                block.chainid,
                address(media)
            )
        );
        bytes32 inner = keccak256(
            abi.encode(
                keccak256(
                    "Registration(uint32 publisher,address signer,bytes32 sha256,bytes32 pdq,bytes32 manifest,bytes32 parent,uint8 kind,uint8 flags,string uri,uint256 nonce,uint256 deadline)"
                ),
                uint256(1),
                signer,
                what.sha256,
                what.pdq,
                what.manifest,
                what.parent,
                what.kind,
                what.flags,
                keccak256(bytes(what.uri)),
                uint256(7),
                LATER
            )
        );
        same(
            media.registrationDigest(1, what, signer, 7, LATER),
            keccak256(abi.encodePacked(hex"1901", separator, inner)),
            "digest"
        );
        (bytes1 fields, string memory name, string memory version, uint256 chain, address where,,) =
            media.eip712Domain();
        check(fields == 0x0f && chain == block.chainid && where == address(media), "domain");
        same(keccak256(bytes(name)), keccak256("Touchstone MediaRegistry"), "name");
        same(keccak256(bytes(version)), keccak256("1"), "version");
    }

    // -- replay -----------------------------------------------------------------------------------------------------

    function test_not_twice() public {
        bytes memory signature = signed(KEY, digestOf(0));
        submit(signer, 0, signature);
        vm.prank(signer);
        media.revoke(1, FILE, 0, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BadNonce.selector, 1));
        submit(signer, 0, signature);
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        submit(signer, 1, signature);
        submit(signer, 1, signed(KEY, digestOf(1)));
    }

    function testFuzz_not_on_another_chain(uint64 chain) public {
        vm.assume(chain != 0 && chain != block.chainid);
        bytes memory signature = signed(KEY, digestOf(0));
        vm.chainId(chain);
        refused(signature);
    }

    function test_not_at_another_contract() public {
        MediaRegistry twin = new MediaRegistry(address(publishers));
        bytes memory signature = signed(KEY, digestOf(0));
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        twin.registerBySig(1, registration(FILE), signer, 0, LATER, signature);
    }

    function testFuzz_not_with_another_nonce(uint256 nonce) public {
        vm.assume(nonce != 0);
        bytes memory signature = signed(KEY, digestOf(nonce));
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BadNonce.selector, 0));
        submit(signer, nonce, signature);
        refused(signature);
    }

    function test_not_for_another_signer() public {
        address other = vm.addr(OTHER_KEY);
        vm.prank(OWNER);
        publishers.setSigner(1, other, ALL, 0, 0);
        refused(signed(OTHER_KEY, digestOf(0)));
        bytes memory signature = signed(KEY, digestOf(0));
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        submit(other, 0, signature);
    }

    function test_not_for_another_publisher() public {
        (uint32 second, address who) = another("second");
        vm.prank(who);
        publishers.setSigner(second, signer, ALL, 0, 0);
        bytes memory signature = signed(KEY, digestOf(0));
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        media.registerBySig(second, registration(FILE), signer, 0, LATER, signature);
    }

    function testFuzz_not_with_anything_changed(uint256 which) public {
        bytes memory signature = signed(KEY, digestOf(0));
        IMediaRegistry.Registration memory what = registration(FILE);
        uint256 deadline = LATER;
        which = bound(which, 0, 7);
        if (which == 0) what.sha256 = keccak256("x");
        if (which == 1) what.pdq = keccak256("x");
        if (which == 2) what.manifest = keccak256("x");
        if (which == 3) what.parent = keccak256("x");
        if (which == 4) what.kind = 9;
        if (which == 5) what.flags = 9;
        if (which == 6) what.uri = "https://example.org/b";
        if (which == 7) ++deadline;
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        media.registerBySig(1, what, signer, 0, deadline, signature);
    }

    function test_not_after_its_deadline() public {
        bytes memory signature = signed(KEY, digestOf(0));
        vm.warp(LATER + 1);
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.Expired.selector, LATER));
        submit(signer, 0, signature);
        vm.warp(LATER);
        submit(signer, 0, signature);
    }

    /// @dev A signature that came too late is still good after the file was withdrawn, unless it is taken back.
    function test_not_after_it_was_taken_back() public {
        bytes memory signature = signed(KEY, digestOf(0));
        vm.prank(signer);
        media.register(1, registration(FILE));
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.AlreadyRegistered.selector, FILE));
        submit(signer, 0, signature);
        vm.expectEmit(address(media));
        emit IMediaRegistry.NonceSkipped(signer, 0);
        vm.prank(signer);
        media.skipNonce();
        vm.prank(signer);
        media.revoke(1, FILE, 0, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IMediaRegistry.BadNonce.selector, 1));
        submit(signer, 0, signature);
        submit(signer, 1, signed(KEY, digestOf(1)));
    }

    function test_not_by_a_signer_who_may_no_longer() public {
        bytes memory signature = signed(KEY, digestOf(0));
        named(ALL - REGISTER, 0, 0);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        submit(signer, 0, signature);
        vm.prank(OWNER);
        publishers.revokeSigner(1, signer);
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        submit(signer, 0, signature);
        same(media.nonceOf(signer), 0, "a refusal uses no nonce");
    }

    // -- what a signature may look like -----------------------------------------------------------------------------

    function test_the_other_form_of_a_signature_is_refused() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digestOf(0));
        refused(abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)));
    }

    function testFuzz_noise_is_refused(bytes memory noise) public {
        refused(noise);
    }

    function test_nobody_signs_for_address_zero() public {
        vm.expectRevert(IMediaRegistry.NotSigner.selector);
        submit(address(0), 0, new bytes(65));
    }

    // -- accounts with code -----------------------------------------------------------------------------------------

    function may(address account) private {
        vm.prank(OWNER);
        publishers.setSigner(1, account, REGISTER, 0, 0);
    }

    function test_an_account_that_agrees() public {
        Wallet wallet = new Wallet();
        may(address(wallet));
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        submit(address(wallet), 0, "");
        wallet.agree(media.registrationDigest(1, registration(FILE), address(wallet), 0, LATER));
        submit(address(wallet), 0, "");
        same(media.nonceOf(address(wallet)), 1, "nonce");
    }

    function test_one_owner_of_two_accounts_signs_for_each() public {
        Wallet one = new Wallet();
        Wallet two = new Wallet();
        may(address(one));
        may(address(two));
        bytes32 digest = media.registrationDigest(1, registration(FILE), address(one), 0, LATER);
        two.agree(digest);
        vm.expectRevert(IMediaRegistry.BadSignature.selector);
        submit(address(two), 0, "");
    }

    function test_a_key_with_delegated_code_still_signs() public {
        vm.etch(signer, abi.encodePacked(hex"ef0100", address(new Delegate())));
        submit(signer, 0, signed(KEY, digestOf(0)));
        vm.etch(signer, address(new Delegate()).code);
        vm.prank(signer);
        media.revoke(1, FILE, 0, bytes32(0));
        submit(signer, 1, signed(KEY, digestOf(1)));
    }

    function test_delegated_code_may_answer_too() public {
        vm.etch(signer, address(new Wallet()).code);
        Wallet(signer).agree(digestOf(0));
        submit(signer, 0, "what the code understands");
    }

    function test_accounts_that_answer_badly() public {
        for (uint256 mode = 0; mode < 5; ++mode) {
            Rude rude = new Rude(mode);
            may(address(rude));
            vm.expectRevert(IMediaRegistry.BadSignature.selector);
            vm.prank(STRANGER);
            media.registerBySig{gas: 10_000_000}(1, registration(FILE), address(rude), 0, LATER, "");
        }
    }

    function test_an_account_cannot_come_back_in() public {
        Greedy greedy = new Greedy(media);
        may(address(greedy));
        greedy.prepare(abi.encodeCall(media.register, (1, registration(FILE))));
        submit(address(greedy), 0, "");
        same(media.firstOf(FILE).claims, 1, "once");
    }
}
