// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPublisherRegistry} from "../src/interfaces/IPublisherRegistry.sol";
import {Base} from "./support/Base.sol";

contract PublisherRegistryTest is Base {
    address internal constant HEIR = address(0xE1);

    function get() private view returns (IPublisherRegistry.Publisher memory) {
        return publishers.publisherOf(1);
    }

    function text(uint256 length) private pure returns (string memory) {
        return string(new bytes(length));
    }

    function asOwner() private {
        vm.prank(OWNER);
    }

    // -- becoming a publisher ---------------------------------------------------------------------------------------

    function test_numbers_start_at_one_and_rise() public {
        same(publishers.publisherCount(), 1, "count");
        (uint32 second,) = another("second");
        (uint32 third,) = another("third");
        same(second, 2, "second");
        same(third, 3, "third");
        same(publishers.publisherCount(), 3, "count");
    }

    function test_create_stores_and_tells() public {
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.PublisherCreated(2, HEIR, RECOVERY, "Name");
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.DomainClaimed(2, keccak256("example.com"), "example.com");
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.SignerSet(2, HEIR, ALL, START, 0);
        vm.prank(HEIR);
        same(publishers.create("Name", "example.com", RECOVERY), 2, "number");
        IPublisherRegistry.Publisher memory made = publishers.publisherOf(2);
        same(made.controller, HEIR, "controller");
        same(made.createdAt, START, "createdAt");
        same(made.recovery, RECOVERY, "recovery");
        same(made.pendingController, address(0), "pending");
        same(made.recoveryTo, address(0), "recoveryTo");
        same(made.recoveryReadyAt, 0, "recoveryReadyAt");
        same(made.domainHash, keccak256("example.com"), "domain");
        check(publishers.isSigner(2, HEIR, ALL), "the controller signs in every role");
    }

    function test_lengths_of_names_and_domains() public {
        publishers.create(text(64), text(253), address(0));
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 65, 64));
        publishers.create(text(65), "", address(0));
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 0, 64));
        publishers.create("", "", address(0));
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 254, 253));
        publishers.create("Name", text(254), address(0));
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 65, 64));
        asOwner();
        publishers.setName(1, text(65));
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 0, 64));
        asOwner();
        publishers.setName(1, "");
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadLength.selector, 100_000, 253));
        asOwner();
        publishers.claimDomain(1, text(100_000));
    }

    function test_name_and_domain_change() public {
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.NameSet(1, "New");
        asOwner();
        publishers.setName(1, "New");
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.DomainClaimed(1, keccak256("b.example"), "b.example");
        asOwner();
        publishers.claimDomain(1, "b.example");
        same(get().domainHash, keccak256("b.example"), "domain");
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.DomainClaimed(1, bytes32(0), "");
        asOwner();
        publishers.claimDomain(1, "");
        same(get().domainHash, bytes32(0), "cleared");
    }

    function test_two_publishers_may_claim_one_domain() public {
        vm.prank(HEIR);
        publishers.create("Other", "example.org", address(0));
        same(publishers.publisherOf(2).domainHash, get().domainHash, "a claim is no proof");
    }

    // -- who may ----------------------------------------------------------------------------------------------------

    function testFuzz_only_the_controller_acts(address who) public {
        vm.assume(who != OWNER && who != address(0));
        bytes[8] memory calls = [
            abi.encodeCall(publishers.setName, (1, "x")),
            abi.encodeCall(publishers.claimDomain, (1, "x")),
            abi.encodeCall(publishers.offerControl, (1, who)),
            abi.encodeCall(publishers.setRecovery, (1, who)),
            abi.encodeCall(publishers.cancelRecovery, (1)),
            abi.encodeCall(publishers.setSigner, (1, who, ALL, 0, 0)),
            abi.encodeCall(publishers.revokeSigner, (1, signer)),
            abi.encodeCall(publishers.markCompromised, (1, signer, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(who);
            (bool success, bytes memory reason) = address(publishers).call(calls[i]);
            check(!success && bytes4(reason) == IPublisherRegistry.NotController.selector, "refused");
        }
    }

    function test_nobody_controls_what_does_not_exist() public {
        vm.expectRevert(IPublisherRegistry.NotController.selector);
        asOwner();
        publishers.setName(0, "x");
        vm.expectRevert(IPublisherRegistry.NotController.selector);
        asOwner();
        publishers.setName(2, "x");
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        asOwner();
        publishers.acceptControl(2);
        vm.expectRevert(IPublisherRegistry.NotRecovery.selector);
        asOwner();
        publishers.startRecovery(2, OWNER);
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        publishers.finishRecovery(2);
        check(!publishers.isSigner(2, OWNER, REGISTER), "no signer");
        same(publishers.publisherOf(7).controller, address(0), "zeros");
    }

    function test_a_signer_is_no_controller() public {
        vm.expectRevert(IPublisherRegistry.NotController.selector);
        vm.prank(signer);
        publishers.setSigner(1, HEIR, ALL, 0, 0);
    }

    // -- control in two steps ---------------------------------------------------------------------------------------

    function test_control_goes_over_when_accepted() public {
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.ControlOffered(1, OWNER, HEIR);
        asOwner();
        publishers.offerControl(1, HEIR);
        same(get().controller, OWNER, "not yet");
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        vm.prank(STRANGER);
        publishers.acceptControl(1);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.ControlTransferred(1, OWNER, HEIR);
        vm.prank(HEIR);
        publishers.acceptControl(1);
        same(get().controller, HEIR, "controller");
        same(get().pendingController, address(0), "no offer stands");
        check(publishers.isSigner(1, OWNER, REGISTER), "signers stay as they were");
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        vm.prank(HEIR);
        publishers.acceptControl(1);
        vm.expectRevert(IPublisherRegistry.NotController.selector);
        asOwner();
        publishers.setName(1, "x");
    }

    function test_an_offer_is_taken_back_or_replaced() public {
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        asOwner();
        publishers.offerControl(1, address(0));
        asOwner();
        publishers.offerControl(1, HEIR);
        asOwner();
        publishers.offerControl(1, address(0));
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        vm.prank(HEIR);
        publishers.acceptControl(1);
        asOwner();
        publishers.offerControl(1, HEIR);
        asOwner();
        publishers.offerControl(1, STRANGER);
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        vm.prank(HEIR);
        publishers.acceptControl(1);
    }

    // -- recovery ---------------------------------------------------------------------------------------------------

    function recovering() private returns (uint40 readyAt) {
        readyAt = uint40(block.timestamp) + publishers.RECOVERY_DELAY();
        vm.prank(RECOVERY);
        publishers.startRecovery(1, HEIR);
    }

    function test_recovery_waits_seven_days() public {
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.RecoveryStarted(1, HEIR, START + 7 days);
        uint40 readyAt = recovering();
        vm.warp(readyAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.TooEarly.selector, readyAt));
        publishers.finishRecovery(1);
        vm.warp(readyAt);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.ControlTransferred(1, OWNER, HEIR);
        vm.prank(STRANGER);
        publishers.finishRecovery(1);
        same(get().controller, HEIR, "controller");
        same(get().recoveryTo, address(0), "done");
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        publishers.finishRecovery(1);
    }

    function test_recovery_is_refused_by_the_controller() public {
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        asOwner();
        publishers.cancelRecovery(1);
        uint40 readyAt = recovering();
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.RecoveryCancelled(1);
        asOwner();
        publishers.cancelRecovery(1);
        vm.warp(readyAt);
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        publishers.finishRecovery(1);
    }

    function test_another_recovery_address_ends_a_recovery() public {
        uint40 readyAt = recovering();
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.RecoveryCancelled(1);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.RecoverySet(1, STRANGER);
        asOwner();
        publishers.setRecovery(1, STRANGER);
        vm.warp(readyAt);
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        publishers.finishRecovery(1);
        vm.expectRevert(IPublisherRegistry.NotRecovery.selector);
        vm.prank(RECOVERY);
        publishers.startRecovery(1, HEIR);
    }

    function test_an_accepted_offer_ends_a_recovery() public {
        asOwner();
        publishers.offerControl(1, STRANGER);
        uint40 readyAt = recovering();
        vm.prank(STRANGER);
        publishers.acceptControl(1);
        vm.warp(readyAt);
        vm.expectRevert(IPublisherRegistry.NothingPending.selector);
        publishers.finishRecovery(1);
        same(get().controller, STRANGER, "controller");
    }

    function test_an_offer_does_not_survive_a_recovery() public {
        asOwner();
        publishers.offerControl(1, STRANGER);
        vm.warp(recovering());
        publishers.finishRecovery(1);
        vm.expectRevert(IPublisherRegistry.NotOffered.selector);
        vm.prank(STRANGER);
        publishers.acceptControl(1);
    }

    function test_beginning_again_waits_again() public {
        uint40 readyAt = recovering();
        vm.warp(readyAt - 1);
        vm.prank(RECOVERY);
        publishers.startRecovery(1, STRANGER);
        vm.warp(readyAt);
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.TooEarly.selector, readyAt - 1 + 7 days));
        publishers.finishRecovery(1);
    }

    function testFuzz_only_the_recovery_address_begins(address who) public {
        vm.assume(who != RECOVERY);
        vm.expectRevert(IPublisherRegistry.NotRecovery.selector);
        vm.prank(who);
        publishers.startRecovery(1, who);
        (uint32 without,) = another("without");
        vm.expectRevert(IPublisherRegistry.NotRecovery.selector);
        vm.prank(who == address(0) ? STRANGER : who);
        publishers.startRecovery(without, who);
    }

    function test_recovery_to_nobody_is_refused() public {
        vm.expectRevert(IPublisherRegistry.ZeroAddress.selector);
        vm.prank(RECOVERY);
        publishers.startRecovery(1, address(0));
    }

    // -- signers ----------------------------------------------------------------------------------------------------

    function testFuzz_windows(uint40 from, uint40 to, uint40 moment, uint8 roles, uint8 role) public {
        from = uint40(bound(from, START + 1, START + 1000));
        to = uint40(bound(to, from + 1, START + 2000));
        moment = uint40(bound(moment, START, START + 3000));
        roles = uint8(bound(roles, 0, 15));
        role = uint8(bound(role, 0, 31));
        asOwner();
        publishers.setSigner(1, HEIR, roles, from, to);
        vm.warp(moment);
        bool wanted = role != 0 && roles & role == role && moment >= from && moment < to;
        check(publishers.isSigner(1, HEIR, role) == wanted, "isSigner");
        vm.warp(START + 4000);
        check(publishers.wasSigner(1, HEIR, role, moment) == wanted, "wasSigner");
        check(!publishers.isSigner(1, HEIR, role), "over");
    }

    function test_a_window_without_an_end() public {
        vm.warp(type(uint40).max);
        check(publishers.isSigner(1, signer, ALL), "no end");
    }

    function test_nobody_knows_the_future() public view {
        check(!publishers.wasSigner(1, signer, REGISTER, START + 1), "not yet");
        check(publishers.wasSigner(1, signer, REGISTER, START), "now");
        check(!publishers.wasSigner(1, signer, REGISTER, START - 1), "before it was named");
    }

    function test_bad_windows_and_roles() public {
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadRoles.selector, 16));
        named(16, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadWindow.selector, START, START));
        named(ALL, 0, START);
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadWindow.selector, START + 9, START + 9));
        named(ALL, START + 9, START + 9);
        vm.expectRevert(IPublisherRegistry.ZeroAddress.selector);
        asOwner();
        publishers.setSigner(1, address(0), ALL, 0, 0);
    }

    function test_a_beginning_is_neither_moved_back_nor_lost() public {
        vm.warp(START + 100);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.SignerSet(1, HEIR, REGISTER, START + 100, 0);
        asOwner();
        publishers.setSigner(1, HEIR, REGISTER, START, 0);
        vm.warp(START + 200);
        asOwner();
        publishers.setSigner(1, HEIR, REVOKE, 0, START + 300);
        IPublisherRegistry.Signer memory record = publishers.signerOf(1, HEIR);
        same(record.validFrom, START + 100, "kept");
        same(record.validTo, START + 300, "validTo");
        same(record.roles, REVOKE, "roles");
        asOwner();
        publishers.setSigner(1, HEIR, REVOKE, START + 200, 0);
        same(publishers.signerOf(1, HEIR).validFrom, START + 100, "nor moved to now");
        vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadWindow.selector, START + 100, START + 200));
        asOwner();
        publishers.setSigner(1, HEIR, REVOKE, 0, START + 200);
        asOwner();
        publishers.setSigner(1, STRANGER, ALL, START + 900, 0);
        asOwner();
        publishers.setSigner(1, STRANGER, ALL, 0, 0);
        same(publishers.signerOf(1, STRANGER).validFrom, START + 200, "one that has not begun may begin now");
    }

    function test_no_roles_suspend() public {
        named(0, 0, 0);
        check(!publishers.isSigner(1, signer, REGISTER) && !publishers.isSigner(1, signer, 0), "suspended");
        named(REGISTER, 0, 0);
        check(publishers.isSigner(1, signer, REGISTER), "again");
        check(!publishers.isSigner(1, signer, REGISTER | REVOKE), "each role is needed");
    }

    function test_revoked_stays_revoked() public {
        vm.warp(START + 10);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.SignerRevoked(1, signer, START + 10);
        asOwner();
        publishers.revokeSigner(1, signer);
        check(!publishers.isSigner(1, signer, REGISTER), "revoked");
        check(publishers.wasSigner(1, signer, REGISTER, START + 9), "was until then");
        check(!publishers.wasSigner(1, signer, REGISTER, START + 10), "not from then on");
        vm.expectRevert(IPublisherRegistry.AlreadyRevoked.selector);
        named(ALL, 0, 0);
        vm.expectRevert(IPublisherRegistry.AlreadyRevoked.selector);
        asOwner();
        publishers.revokeSigner(1, signer);
    }

    function test_strangers_are_not_revoked() public {
        vm.expectRevert(IPublisherRegistry.NotSigner.selector);
        asOwner();
        publishers.revokeSigner(1, HEIR);
        vm.expectRevert(IPublisherRegistry.NotSigner.selector);
        asOwner();
        publishers.markCompromised(1, HEIR, START);
    }

    function test_compromise_reaches_back_and_only_moves_earlier() public {
        vm.warp(START + 1000);
        vm.expectEmit(address(publishers));
        emit IPublisherRegistry.SignerCompromised(1, signer, START + 500);
        asOwner();
        publishers.markCompromised(1, signer, START + 500);
        check(!publishers.isSigner(1, signer, REGISTER), "may not sign");
        check(publishers.wasSigner(1, signer, REGISTER, START + 499), "before");
        check(!publishers.wasSigner(1, signer, REGISTER, START + 500), "from then on");
        uint40[4] memory wrong = [uint40(0), START + 500, START + 501, START + 1001];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPublisherRegistry.BadMoment.selector, wrong[i]));
            asOwner();
            publishers.markCompromised(1, signer, wrong[i]);
        }
        asOwner();
        publishers.markCompromised(1, signer, 1);
        check(!publishers.wasSigner(1, signer, REGISTER, START), "never counted");
        vm.expectRevert(IPublisherRegistry.AlreadyRevoked.selector);
        named(ALL, 0, 0);
    }

    function test_compromise_of_a_revoked_signer_and_the_other_way_round() public {
        vm.warp(START + 100);
        asOwner();
        publishers.revokeSigner(1, signer);
        asOwner();
        publishers.markCompromised(1, signer, START + 50);
        check(publishers.wasSigner(1, signer, REGISTER, START + 49), "before");
        check(!publishers.wasSigner(1, signer, REGISTER, START + 60), "after");
        asOwner();
        publishers.markCompromised(1, OWNER, START + 100);
        asOwner();
        publishers.revokeSigner(1, OWNER);
        same(publishers.signerOf(1, OWNER).revokedAt, START + 100, "revoked as well");
    }

    function test_a_signer_of_one_publisher_is_none_of_another() public {
        (uint32 other,) = another("other");
        check(!publishers.isSigner(other, signer, REGISTER), "other");
        check(!publishers.isSigner(0, signer, REGISTER), "none");
    }
}
