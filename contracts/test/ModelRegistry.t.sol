// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ModelRegistry} from "../src/ModelRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Base} from "./support/Base.sol";

contract ModelRegistryTest is Base {
    bytes32 internal constant MANIFEST = keccak256("manifest");
    bytes32 internal constant REPORT = keccak256("report");
    bytes32 internal constant LIST = keccak256("list");
    bytes32 internal constant ITEM = keccak256("item");

    function register(bytes32 manifest) private returns (bytes32) {
        vm.prank(signer);
        return models.register(1, trained(manifest));
    }

    function registerFrom(bytes32 manifest, bytes32[] memory parents) private returns (bytes32) {
        IModelRegistry.Registration memory what = trained(manifest);
        what.parents = parents;
        vm.prank(signer);
        return models.register(1, what);
    }

    function refused(IModelRegistry.Registration memory what, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(signer);
        models.register(1, what);
    }

    function setStatus(bytes32 model, uint8 status) private {
        vm.prank(signer);
        models.setStatus(model, status, 2);
    }

    function offer(bytes32 model, uint32 to) private {
        vm.prank(OWNER);
        models.offerModel(model, to);
    }

    function accept(bytes32 model, address who) private {
        vm.prank(who);
        models.acceptModel(model);
    }

    function record(uint32 publisher, bytes32 root, address who) private {
        vm.prank(who);
        models.recordOutputs(publisher, root, 7, LIST, "https://example.org/list");
    }

    function withdraw(address whose, bytes32 root, address who) private {
        vm.prank(who);
        models.withdrawOutputs(whose, root, 3);
    }

    function retire(bytes32[] memory items) private {
        vm.prank(signer);
        models.retire(1, items, 4);
    }

    function hashes(uint256 count, string memory name) private pure returns (bytes32[] memory all) {
        all = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) all[i] = keccak256(abi.encode(name, i));
    }

    function pair(bytes32 a, bytes32 b) private pure returns (bytes32[] memory both) {
        both = new bytes32[](2);
        (both[0], both[1]) = (a, b);
    }

    function only(bytes32 a) private pure returns (bytes32[] memory one) {
        one = new bytes32[](1);
        one[0] = a;
    }

    // -- registering ------------------------------------------------------------------------------------------------

    function test_register_stores_and_tells() public {
        IModelRegistry.Registration memory what = trained(MANIFEST);
        bytes32 model = keccak256(abi.encode(uint256(1), MANIFEST));
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelRegistered(
            model, 1, MANIFEST, signer, what.weights, what.dataRoot, 7, what.record, what.evaluation, model, what.uri
        );
        same(register(MANIFEST), model, "id");
        same(models.idOf(1, MANIFEST), model, "idOf");
        IModelRegistry.Model memory wanted = IModelRegistry.Model(
            1,
            0,
            START,
            0,
            1,
            0,
            7,
            0,
            MANIFEST,
            what.weights,
            what.dataRoot,
            what.record,
            what.evaluation,
            model
        );
        same(keccak256(abi.encode(models.modelOf(model))), keccak256(abi.encode(wanted)), "stored");
        IModelRegistry.Model memory none;
        same(keccak256(abi.encode(models.modelOf(LIST))), keccak256(abi.encode(none)), "zeros where there is none");
    }

    function test_what_is_not_told_is_zero() public {
        IModelRegistry.Registration memory what = trained(MANIFEST);
        (what.dataRoot, what.items, what.evaluation, what.uri) = (bytes32(0), 0, bytes32(0), "");
        vm.prank(signer);
        bytes32 model = models.register(1, what);
        same(models.modelOf(model).dataRoot, bytes32(0), "root");
        same(models.modelOf(model).evaluation, bytes32(0), "evaluation");
        IModelRegistry.Absence memory proof;
        check(!models.absentFrom(model, ITEM, proof), "nothing is proved absent from data that is not told");
        check(!models.presentIn(model, ITEM, 0, new bytes32[](0)), "nor present");
        check(!models.absentFrom(LIST, ITEM, proof), "nor of a model that is not there");
    }

    function test_what_has_to_be_told() public {
        bytes memory zero = abi.encodeWithSelector(IModelRegistry.ZeroHash.selector);
        IModelRegistry.Registration memory what = trained(bytes32(0));
        refused(what, zero);
        what = trained(MANIFEST);
        what.weights = bytes32(0);
        refused(what, zero);
        what = trained(MANIFEST);
        what.record = bytes32(0);
        refused(what, zero);
        what = trained(MANIFEST);
        what.dataRoot = bytes32(0);
        refused(what, zero);
        what = trained(MANIFEST);
        what.items = 0;
        refused(what, abi.encodeWithSelector(IModelRegistry.BatchSize.selector, 0));
        what = trained(MANIFEST);
        what.uri = string(new bytes(513));
        refused(what, abi.encodeWithSelector(IModelRegistry.BadLength.selector, 513, 512));
        what.uri = string(new bytes(512));
        vm.prank(signer);
        models.register(1, what);
    }

    function test_register_of_publishers_is_needed() public {
        vm.expectRevert(IModelRegistry.ZeroAddress.selector);
        new ModelRegistry(address(0));
        same(models.PUBLISHERS(), address(publishers), "publishers");
    }

    function test_a_manifest_is_registered_once_by_each() public {
        bytes32 model = register(MANIFEST);
        refused(trained(MANIFEST), abi.encodeWithSelector(IModelRegistry.AlreadyRegistered.selector, model));
        (uint32 other, address who) = another("other");
        vm.warp(START + 5);
        vm.prank(who);
        bytes32 theirs = models.register(other, trained(MANIFEST));
        check(theirs != model, "an id of its own");
        same(models.modelOf(theirs).owner, other, "theirs");
        same(models.modelOf(model).registeredAt, START, "ours is as it was");
        setStatus(model, 3);
        refused(trained(MANIFEST), abi.encodeWithSelector(IModelRegistry.AlreadyRegistered.selector, model));
    }

    function testFuzz_values_come_back(IModelRegistry.Registration memory what, uint40 moment) public {
        vm.assume(what.manifest != 0 && what.weights != 0 && what.record != 0);
        vm.assume(bytes(what.uri).length <= 512 && (what.dataRoot == 0) == (what.items == 0));
        what.parents = new bytes32[](0);
        vm.warp(bound(moment, START, type(uint40).max));
        vm.prank(signer);
        IModelRegistry.Model memory model = models.modelOf(models.register(1, what));
        same(model.manifest, what.manifest, "manifest");
        same(model.weights, what.weights, "weights");
        same(model.dataRoot, what.dataRoot, "root");
        same(model.items, what.items, "items");
        same(model.record, what.record, "record");
        same(model.evaluation, what.evaluation, "evaluation");
        same(model.registeredAt, block.timestamp, "time");
    }

    // -- parents ----------------------------------------------------------------------------------------------------

    function test_parents_are_stored_told_and_give_the_family() public {
        bytes32 a = register("a");
        bytes32 b = register("b");
        bytes32 child = models.idOf(1, MANIFEST);
        IModelRegistry.Registration memory what = trained(MANIFEST);
        what.parents = pair(b, a);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelRegistered(
            child, 1, MANIFEST, signer, what.weights, what.dataRoot, 7, what.record, what.evaluation, b, what.uri
        );
        vm.expectEmit(address(models));
        emit IModelRegistry.ParentNamed(child, b);
        vm.expectEmit(address(models));
        emit IModelRegistry.ParentNamed(child, a);
        registerFrom(MANIFEST, what.parents);
        same(models.modelOf(child).parents, 2, "how many");
        same(models.parentOf(child, 0), b, "the first");
        same(models.parentOf(child, 1), a, "the second");
        same(models.parentOf(child, 2), bytes32(0), "no third");
        same(models.modelOf(child).family, b, "the first parent's");
        bytes32 grandchild = registerFrom("grandchild", pair(child, a));
        same(models.modelOf(grandchild).family, b, "of its first parent's family");
    }

    function test_parents_of_others_and_withdrawn_ones_will_do() public {
        (uint32 other, address who) = another("other");
        vm.prank(who);
        bytes32 theirs = models.register(other, trained("theirs"));
        vm.prank(who);
        models.setStatus(theirs, 3, 1);
        same(models.modelOf(registerFrom(MANIFEST, only(theirs))).family, theirs, "what it was made from, it was made from");
    }

    function testFuzz_parents_are_known_and_named_once(uint256 count, uint256 place, uint256 from) public {
        count = bound(count, 2, 16);
        place = bound(place, 1, count - 1);
        from = bound(from, 0, place - 1);
        bytes32[] memory parents = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) parents[i] = register(keccak256(abi.encode(i)));
        IModelRegistry.Registration memory what = trained(MANIFEST);
        what.parents = parents;
        bytes32 good = parents[place];
        parents[place] = parents[from];
        refused(what, abi.encodeWithSelector(IModelRegistry.DuplicateParent.selector, parents[from]));
        parents[place] = LIST;
        refused(what, abi.encodeWithSelector(IModelRegistry.UnknownParent.selector, LIST));
        parents[place] = bytes32(0);
        refused(what, abi.encodeWithSelector(IModelRegistry.UnknownParent.selector, bytes32(0)));
        parents[place] = models.idOf(1, MANIFEST);
        refused(what, abi.encodeWithSelector(IModelRegistry.UnknownParent.selector, parents[place]));
        same(models.modelOf(models.idOf(1, MANIFEST)).registeredAt, 0, "nothing of it is left");
        same(models.parentOf(models.idOf(1, MANIFEST), 0), bytes32(0), "no parent either");
        parents[place] = good;
        bytes32 model = registerFrom(MANIFEST, parents);
        for (uint256 i = 0; i < count; ++i) same(models.parentOf(model, i), parents[i], "in order");
    }

    function test_more_than_sixteen_parents() public {
        bytes32[] memory parents = new bytes32[](17);
        for (uint256 i = 0; i < 17; ++i) parents[i] = register(keccak256(abi.encode(i)));
        IModelRegistry.Registration memory what = trained(MANIFEST);
        what.parents = parents;
        refused(what, abi.encodeWithSelector(IModelRegistry.TooManyParents.selector, 17));
        assembly {
            mstore(parents, 16)
        }
        same(models.modelOf(registerFrom(MANIFEST, parents)).parents, 16, "sixteen");
    }

    // -- who may ----------------------------------------------------------------------------------------------------

    function prepared() private returns (bytes32 model) {
        model = register(MANIFEST);
        vm.prank(signer);
        models.attest(1, model, REPORT, "");
        vm.prank(OWNER);
        models.recordOutputs(1, keccak256("root"), 7, LIST, "");
    }

    function calls() private view returns (bytes[7] memory) {
        bytes32 model = models.idOf(1, MANIFEST);
        return [
            abi.encodeCall(models.register, (1, trained(keccak256("new")))),
            abi.encodeCall(models.setStatus, (model, 2, 1)),
            abi.encodeCall(models.attest, (1, model, REPORT, "")),
            abi.encodeCall(models.withdrawAttestation, (1, model, 1)),
            abi.encodeCall(models.recordOutputs, (1, keccak256("new root"), 7, LIST, "")),
            abi.encodeCall(models.withdrawOutputs, (OWNER, keccak256("root"), 1)),
            abi.encodeCall(models.retire, (1, only(ITEM), 1))
        ];
    }

    function testFuzz_each_call_needs_the_role_of_models(uint8 roles, uint256 which) public {
        prepared();
        roles = uint8(bound(roles, 0, 15));
        named(roles, 0, 0);
        bytes memory call = calls()[bound(which, 0, 6)];
        vm.prank(signer);
        (bool success, bytes memory reason) = address(models).call(call);
        check(success == (roles & MODEL != 0), "by role");
        check(success || bytes4(reason) == IModelRegistry.NotSigner.selector, "why");
    }

    function testFuzz_strangers_may_nothing(address who, uint256 which) public {
        vm.assume(who != signer && who != OWNER);
        bytes32 model = prepared();
        another("other");
        offer(model, 2);
        bytes memory call = calls()[bound(which, 0, 6)];
        vm.prank(who);
        (bool success, bytes memory reason) = address(models).call(call);
        check(!success && bytes4(reason) == IModelRegistry.NotSigner.selector, "refused");
        vm.expectRevert(IModelRegistry.NotController.selector);
        vm.prank(who);
        models.offerModel(model, 2);
        vm.assume(who != publishers.publisherOf(2).controller);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, who);
    }

    function test_nobody_signs_for_a_publisher_that_is_not_there() public {
        for (uint32 number = 0; number < 3; number += 2) {
            vm.expectRevert(IModelRegistry.NotSigner.selector);
            vm.prank(signer);
            models.register(number, trained(MANIFEST));
            vm.expectRevert(IModelRegistry.NotSigner.selector);
            vm.prank(signer);
            models.retire(number, only(ITEM), 1);
        }
    }

    function test_revoked_and_compromised_signers_may_nothing() public {
        bytes32 model = register(MANIFEST);
        vm.prank(OWNER);
        publishers.markCompromised(1, signer, 1);
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        setStatus(model, 3);
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        register("another");
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        retire(only(ITEM));
        vm.prank(OWNER);
        models.setStatus(model, 2, 1);
    }

    // -- status -----------------------------------------------------------------------------------------------------

    function test_status_is_set_and_told() public {
        bytes32 model = register(MANIFEST);
        vm.warp(START + 7);
        vm.expectEmit(address(models));
        emit IModelRegistry.StatusSet(model, 1, signer, 2, 9);
        vm.prank(signer);
        models.setStatus(model, 2, 9);
        IModelRegistry.Model memory which = models.modelOf(model);
        same(which.status, 2, "status");
        same(which.reason, 9, "reason");
        same(which.changedAt, START + 7, "when");
        same(which.registeredAt, START, "registered before");
        setStatus(model, 1);
        same(models.modelOf(model).status, 1, "back again");
    }

    function testFuzz_a_withdrawn_model_stays_so(uint8 status, uint8 before) public {
        bytes32 model = register(MANIFEST);
        if (before % 2 == 0) setStatus(model, 2);
        setStatus(model, 3);
        vm.expectRevert(IModelRegistry.AlreadyRevoked.selector);
        setStatus(model, status);
        (uint32 other, address who) = another("other");
        offer(model, other);
        accept(model, who);
        vm.expectRevert(IModelRegistry.AlreadyRevoked.selector);
        vm.prank(who);
        models.setStatus(model, status, 0);
        same(models.modelOf(model).status, 3, "withdrawn");
    }

    function testFuzz_there_are_three(uint8 status) public {
        bytes32 model = register(MANIFEST);
        if (status == 2 || status == 3) return;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadStatus.selector, status));
        setStatus(model, status);
    }

    function test_the_status_of_nothing() public {
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        setStatus(LIST, 2);
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        offer(LIST, 1);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(LIST, OWNER);
    }

    // -- another owner ----------------------------------------------------------------------------------------------

    function test_a_model_goes_over_in_two_steps() public {
        bytes32 model = register(MANIFEST);
        (uint32 other, address who) = another("other");
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelOffered(model, 1, other);
        offer(model, other);
        same(models.modelOf(model).owner, 1, "not yet");
        same(models.modelOf(model).pendingOwner, other, "offered");
        setStatus(model, 2);
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        vm.prank(who);
        models.setStatus(model, 1, 0);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelTransferred(model, 1, other);
        accept(model, who);
        same(models.modelOf(model).owner, other, "theirs");
        same(models.modelOf(model).pendingOwner, 0, "the offer is used");
        same(models.modelOf(model).manifest, MANIFEST, "the same");
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        setStatus(model, 3);
        vm.expectRevert(IModelRegistry.NotController.selector);
        offer(model, 1);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, who);
        refused(trained(MANIFEST), abi.encodeWithSelector(IModelRegistry.AlreadyRegistered.selector, model));
        vm.prank(who);
        models.setStatus(model, 1, 0);
    }

    function test_an_offer_is_taken_back_or_made_to_another() public {
        bytes32 model = register(MANIFEST);
        (uint32 other, address who) = another("other");
        (uint32 third, address whose) = another("third");
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        offer(model, 0);
        offer(model, other);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelOffered(model, 1, 0);
        offer(model, 0);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, who);
        offer(model, other);
        offer(model, third);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, who);
        accept(model, whose);
        same(models.modelOf(model).owner, third, "theirs");
    }

    /// @dev Whoever became a publisher next would have been able to take it.
    function test_a_model_is_offered_to_somebody() public {
        bytes32 model = register(MANIFEST);
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        offer(model, 2);
        another("other");
        offer(model, 2);
    }

    /// @dev Signers set a status; only a controller gives a model away, and takes one.
    function test_signers_hand_nothing_on() public {
        bytes32 model = register(MANIFEST);
        (uint32 other, address who) = another("other");
        vm.expectRevert(IModelRegistry.NotController.selector);
        vm.prank(signer);
        models.offerModel(model, other);
        vm.prank(who);
        publishers.setSigner(other, STRANGER, ALL, 0, 0);
        offer(model, other);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, STRANGER);
    }

    function test_an_offer_follows_control_of_both() public {
        bytes32 model = register(MANIFEST);
        (uint32 other, address who) = another("other");
        offer(model, other);
        vm.prank(who);
        publishers.offerControl(other, STRANGER);
        vm.prank(STRANGER);
        publishers.acceptControl(other);
        vm.expectRevert(IModelRegistry.NotOffered.selector);
        accept(model, who);
        accept(model, STRANGER);
        same(models.modelOf(model).owner, other, "the publisher's");
    }

    // -- attestations -----------------------------------------------------------------------------------------------

    function test_attesting_stores_tells_and_takes_the_place_of_what_was_said() public {
        bytes32 model = register(MANIFEST);
        (uint32 other, address who) = another("other");
        vm.expectEmit(address(models));
        emit IModelRegistry.Attested(model, other, who, REPORT, "https://example.org/report");
        vm.prank(who);
        models.attest(other, model, REPORT, "https://example.org/report");
        IModelRegistry.Attestation memory said = models.attestationOf(model, other);
        same(said.evaluation, REPORT, "evaluation");
        same(said.attestedAt, START, "when");
        same(models.attestationOf(model, 1).attestedAt, 0, "nobody else's");
        vm.warp(START + 5);
        vm.expectEmit(address(models));
        emit IModelRegistry.AttestationWithdrawn(model, other, who, 6);
        vm.prank(who);
        models.withdrawAttestation(other, model, 6);
        same(models.attestationOf(model, other).withdrawnAt, START + 5, "withdrawn");
        vm.expectRevert(IModelRegistry.AlreadyRevoked.selector);
        vm.prank(who);
        models.withdrawAttestation(other, model, 6);
        vm.warp(START + 6);
        vm.prank(who);
        models.attest(other, model, LIST, "");
        said = models.attestationOf(model, other);
        same(said.evaluation, LIST, "the new one");
        same(said.attestedAt, START + 6, "from now on");
        same(said.withdrawnAt, 0, "stands");
        vm.prank(who);
        models.attest(other, model, REPORT, "");
        same(models.attestationOf(model, other).evaluation, REPORT, "in its place");
    }

    function test_bad_attestations() public {
        bytes32 model = register(MANIFEST);
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        vm.prank(signer);
        models.attest(1, LIST, REPORT, "");
        vm.expectRevert(IModelRegistry.ZeroHash.selector);
        vm.prank(signer);
        models.attest(1, model, bytes32(0), "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadLength.selector, 513, 512));
        vm.prank(signer);
        models.attest(1, model, REPORT, string(new bytes(513)));
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        vm.prank(signer);
        models.withdrawAttestation(1, model, 0);
    }

    // -- outputs ----------------------------------------------------------------------------------------------------

    function test_outputs_are_stored_and_told() public {
        vm.expectEmit(address(models));
        emit IModelRegistry.OutputsRecorded(REPORT, 1, signer, 7, LIST, "https://example.org/list");
        record(1, REPORT, signer);
        IModelRegistry.Outputs memory list = models.outputsOf(signer, REPORT);
        same(list.recordedAt, START, "when");
        same(list.count, 7, "count");
        same(list.publisher, 1, "publisher");
        same(models.outputsOf(STRANGER, REPORT).recordedAt, 0, "nobody else's");
        vm.expectEmit(address(models));
        emit IModelRegistry.OutputsRecorded(REPORT, 0, STRANGER, 7, LIST, "https://example.org/list");
        record(0, REPORT, STRANGER);
        same(models.outputsOf(STRANGER, REPORT).publisher, 0, "in one's own name");
    }

    function test_bad_outputs() public {
        vm.expectRevert(IModelRegistry.ZeroHash.selector);
        models.recordOutputs(0, bytes32(0), 7, LIST, "");
        vm.expectRevert(IModelRegistry.ZeroHash.selector);
        models.recordOutputs(0, REPORT, 7, bytes32(0), "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchSize.selector, 0));
        models.recordOutputs(0, REPORT, 0, LIST, "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadLength.selector, 513, 512));
        models.recordOutputs(0, REPORT, 7, LIST, string(new bytes(513)));
        vm.expectRevert(IModelRegistry.NotRegistered.selector);
        models.withdrawOutputs(STRANGER, REPORT, 0);
    }

    function test_a_list_stands_until_it_is_withdrawn() public {
        record(0, REPORT, STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyRecorded.selector, REPORT));
        record(0, REPORT, STRANGER);
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        withdraw(STRANGER, REPORT, signer);
        vm.warp(START + 5);
        vm.expectEmit(address(models));
        emit IModelRegistry.OutputsWithdrawn(REPORT, 0, STRANGER, 3);
        withdraw(STRANGER, REPORT, STRANGER);
        same(models.outputsOf(STRANGER, REPORT).withdrawnAt, START + 5, "withdrawn");
        vm.expectRevert(IModelRegistry.AlreadyRevoked.selector);
        withdraw(STRANGER, REPORT, STRANGER);
        record(0, REPORT, STRANGER);
        same(models.outputsOf(STRANGER, REPORT).withdrawnAt, 0, "recorded again");
    }

    function test_a_publisher_withdraws_what_was_recorded_in_its_name() public {
        vm.prank(OWNER);
        publishers.setSigner(1, STRANGER, MODEL, 0, 0);
        record(1, REPORT, STRANGER);
        record(1, ITEM, STRANGER);
        vm.prank(OWNER);
        publishers.revokeSigner(1, STRANGER);
        (, address who) = another("other");
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        withdraw(STRANGER, REPORT, who);
        vm.expectEmit(address(models));
        emit IModelRegistry.OutputsWithdrawn(REPORT, 1, STRANGER, 3);
        withdraw(STRANGER, REPORT, signer);
        withdraw(STRANGER, ITEM, STRANGER);
        vm.expectRevert(IModelRegistry.NotSigner.selector);
        record(1, LIST, STRANGER);
    }

    function outputAt(uint256 i) private pure returns (IModelRegistry.Output memory) {
        return IModelRegistry.Output(
            uint32(i), MANIFEST, keccak256(abi.encode("media", i)), "face-swap", uint32(i * 1000), uint8(i % 4), START
        );
    }

    function recordedTree() private returns (bytes32 root, bytes32[] memory leaves) {
        leaves = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) leaves[i] = models.outputHash(outputAt(i));
        // A complete binary tree in an array: leaf i at place 4 - i, node i over 2i + 1 and 2i + 2.
        root = sorted(sorted(leaves[1], leaves[0]), leaves[2]);
        vm.prank(signer);
        models.recordOutputs(1, root, 3, LIST, "");
    }

    function sorted(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function test_an_output_is_proved_in_a_list_that_stands() public {
        IModelRegistry.Output memory it = outputAt(1);
        bytes memory plain = abi.encode(
            uint256(1), it.manifest, it.media, it.witness, uint256(it.score), uint256(it.decision), uint256(it.time)
        );
        same(models.outputHash(it), keccak256(abi.encode(keccak256(plain))), "hash");
        (bytes32 root, bytes32[] memory leaves) = recordedTree();
        bytes32[] memory proof = pair(leaves[0], leaves[2]);
        check(models.verifyOutput(signer, root, it, proof), "proved");
        check(!models.verifyOutput(STRANGER, root, it, proof), "by who recorded it");
        check(!models.verifyOutput(signer, root, outputAt(2), proof), "another");
        check(models.verifyOutput(signer, root, outputAt(2), only(sorted(leaves[0], leaves[1]))), "with its own proof");
        withdraw(signer, root, signer);
        check(!models.verifyOutput(signer, root, it, proof), "not of a list that is withdrawn");
    }

    function testFuzz_a_changed_output_is_not_in_the_list(uint256 which, uint256 value) public {
        (bytes32 root, bytes32[] memory leaves) = recordedTree();
        IModelRegistry.Output memory it = outputAt(1);
        bytes32 before = keccak256(abi.encode(it));
        which = bound(which, 0, 6);
        if (which == 0) it.index = uint32(value);
        else if (which == 1) it.manifest = bytes32(value);
        else if (which == 2) it.media = bytes32(value);
        else if (which == 3) it.witness = bytes32(value);
        else if (which == 4) it.score = uint32(value);
        else if (which == 5) it.decision = uint8(value);
        else it.time = uint40(value);
        vm.assume(keccak256(abi.encode(it)) != before);
        check(!models.verifyOutput(signer, root, it, pair(leaves[0], leaves[2])), "changed");
    }

    function test_an_output_beyond_the_count_is_not_in_the_list() public {
        bytes32 root = models.outputHash(outputAt(1));
        vm.prank(signer);
        models.recordOutputs(1, root, 1, LIST, "");
        check(!models.verifyOutput(signer, root, outputAt(1), new bytes32[](0)), "index 1 of 1");
        root = models.outputHash(outputAt(0));
        vm.prank(signer);
        models.recordOutputs(1, root, 1, LIST, "");
        check(models.verifyOutput(signer, root, outputAt(0), new bytes32[](0)), "index 0 of 1");
    }

    // -- items that will be trained on no more ----------------------------------------------------------------------

    function test_retiring_tells_each_and_sizes() public {
        bytes32[] memory items = hashes(3, "few");
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(models));
            emit IModelRegistry.ItemRetired(items[i], 1, signer, 4);
        }
        retire(items);
        same(models.retiredAt(1, items[2]), START, "when");
        same(models.retiredAt(2, items[2]), 0, "nobody else");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchSize.selector, 0));
        retire(new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BatchSize.selector, 501));
        retire(hashes(501, "many"));
        retire(hashes(500, "many"));
        same(models.retiredAt(1, hashes(500, "many")[499]), START, "the last");
        (uint32 other, address who) = another("other");
        vm.prank(who);
        models.retire(other, items, 0);
    }

    function testFuzz_once_and_for_all(uint256 count, uint256 place, uint256 from) public {
        count = bound(count, 2, 20);
        place = bound(place, 1, count - 1);
        from = bound(from, 0, place - 1);
        bytes32[] memory items = hashes(count, "items");
        bytes32 good = items[place];
        items[place] = items[from];
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyRetired.selector, items[from]));
        retire(items);
        items[place] = bytes32(0);
        vm.expectRevert(IModelRegistry.ZeroHash.selector);
        retire(items);
        for (uint256 i = 0; i < count; ++i) same(models.retiredAt(1, items[i]), 0, "none");
        items[place] = good;
        retire(items);
        vm.warp(START + 5);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyRetired.selector, good));
        retire(only(good));
        same(models.retiredAt(1, good), START, "as before");
    }

    // -- what a model was trained on --------------------------------------------------------------------------------

    function test_presence_and_absence_are_of_what_the_model_told() public {
        bytes32 a = sha256(abi.encodePacked(uint8(0), bytes32(uint256(10))));
        bytes32 b = sha256(abi.encodePacked(uint8(0), bytes32(uint256(20))));
        IModelRegistry.Registration memory what = trained(MANIFEST);
        (what.dataRoot, what.items) = (sha256(abi.encodePacked(uint8(1), a, b)), 2);
        vm.prank(signer);
        bytes32 model = models.register(1, what);
        check(models.presentIn(model, bytes32(uint256(10)), 0, only(b)), "the first");
        check(models.presentIn(model, bytes32(uint256(20)), 1, only(a)), "the second");
        check(!models.presentIn(model, bytes32(uint256(15)), 1, only(a)), "not there");
        IModelRegistry.Absence memory proof =
            IModelRegistry.Absence(1, bytes32(uint256(10)), bytes32(uint256(20)), only(b), only(a));
        check(models.absentFrom(model, bytes32(uint256(15)), proof), "absent");
        check(!models.absentFrom(model, bytes32(uint256(10)), proof), "there");
        check(!models.absentFrom(LIST, bytes32(uint256(15)), proof), "of no model");
        bytes32 other = register("other");
        check(!models.absentFrom(other, bytes32(uint256(15)), proof), "of another");
        setStatus(model, 3);
        check(models.absentFrom(model, bytes32(uint256(15)), proof), "of a withdrawn one as well");
    }
}
