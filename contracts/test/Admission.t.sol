// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AllowList} from "../src/eligibility/AllowList.sol";
import {Attested, IAttestations} from "../src/eligibility/Attested.sol";
import {Open} from "../src/eligibility/Open.sol";
import {IRandomness} from "../src/interfaces/IRandomness.sol";
import {FutureBlockHash} from "../src/randomness/FutureBlockHash.sol";
import {Base} from "./support/Base.sol";

/// @dev A service of attestations that says what it is told.
contract Attestations is IAttestations {
    mapping(bytes32 uid => Attestation) private _words;

    function put(Attestation calldata word) external {
        _words[word.uid] = word;
    }

    function getAttestation(bytes32 uid) external view returns (Attestation memory) {
        return _words[uid];
    }
}

/// @dev Rules of admission, and seeds.
contract AdmissionTest is Base {
    bytes32 private constant SCHEMA = keccak256("schema");
    bytes32 private constant UID = keccak256("uid");

    function test_open() public {
        Open rule = new Open();
        (bool eligible, bytes32 identity) = rule.check(STRANGER);
        check(eligible && identity == 0 && rule.kind() == "open", "open");
    }

    function test_allow_list() public {
        AllowList rule = new AllowList(OWNER);
        (bool eligible,) = rule.check(STRANGER);
        check(!eligible && rule.kind() == "allow-list", "not listed");
        vm.expectRevert(AllowList.NotKeeper.selector);
        rule.set(STRANGER, true, 0);
        vm.expectEmit(address(rule));
        emit AllowList.Listed(STRANGER, true, "x");
        vm.prank(OWNER);
        rule.set(STRANGER, true, "x");
        bytes32 identity;
        (eligible, identity) = rule.check(STRANGER);
        check(eligible && identity == "x", "listed");
        vm.prank(OWNER);
        rule.set(STRANGER, false, "x");
        (eligible,) = rule.check(STRANGER);
        check(!eligible, "taken off");
        vm.expectRevert(AllowList.ZeroAddress.selector);
        new AllowList(address(0));
    }

    function _word() private view returns (IAttestations.Attestation memory word) {
        (word.uid, word.schema, word.recipient, word.attester) = (UID, SCHEMA, signer, OWNER);
        word.time = START;
        word.data = abi.encode(bytes32("someone"), uint256(7));
    }

    function test_attested() public {
        Attestations service = new Attestations();
        Attested rule = new Attested(address(service), OWNER, SCHEMA);
        check(rule.kind() == "attestation", "kind");
        (bool eligible, bytes32 identity) = rule.check(signer);
        check(!eligible && identity == 0, "nothing shown");
        vm.prank(signer);
        vm.expectRevert(abi.encodeWithSelector(Attested.BadAttestation.selector, UID));
        rule.show(UID);
        service.put(_word());
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(Attested.BadAttestation.selector, UID));
        rule.show(UID);
        vm.prank(signer);
        vm.expectRevert(abi.encodeWithSelector(Attested.BadAttestation.selector, bytes32(0)));
        rule.show(0);
        vm.prank(signer);
        rule.show(UID);
        (eligible, identity) = rule.check(signer);
        check(eligible && identity == "someone", "vouched for");
        for (uint256 i = 0; i < 6; ++i) {
            IAttestations.Attestation memory word = _word();
            if (i == 0) word.revocationTime = START;
            if (i == 1) word.expirationTime = START;
            if (i == 2) word.schema = "other";
            if (i == 3) word.attester = STRANGER;
            if (i == 4) word.recipient = STRANGER;
            if (i == 5) word.expirationTime = START + 1;
            service.put(word);
            (eligible, identity) = rule.check(signer);
            check(eligible == (i == 5) && (identity == 0) == (i != 5), "stands");
        }
        IAttestations.Attestation memory bare = _word();
        bare.data = hex"01";
        service.put(bare);
        (eligible, identity) = rule.check(signer);
        check(eligible && identity == 0, "no identity told");
        vm.expectRevert(Attested.ZeroAddress.selector);
        new Attested(address(0), OWNER, SCHEMA);
        vm.expectRevert(Attested.ZeroAddress.selector);
        new Attested(address(service), address(0), SCHEMA);
    }

    function test_a_word_comes_from_the_block_after() public {
        FutureBlockHash source = new FutureBlockHash();
        check(source.kind() == "future block hash", "kind");
        check(source.stateOf(1) == IRandomness.State.Unknown, "unknown");
        vm.expectRevert(abi.encodeWithSelector(IRandomness.UnknownRequest.selector, 1));
        source.take(1);
        vm.roll(1000);
        uint256 id = source.request();
        same(source.request(), id + 1, "numbers");
        for (uint256 height = 1000; height <= 1001; ++height) {
            vm.roll(height);
            check(source.stateOf(id) == IRandomness.State.Waiting, "waiting");
            vm.expectRevert(abi.encodeWithSelector(IRandomness.NotReady.selector, id));
            source.take(id);
        }
        vm.roll(1002);
        check(source.stateOf(id) == IRandomness.State.Ready, "ready");
        bytes32 word = source.take(id);
        check(word != 0, "a word");
        same(
            word, keccak256(abi.encode(blockhash(1001), block.chainid, address(source), address(this), id)), "of that block"
        );
        vm.roll(1001 + 256);
        check(source.stateOf(id + 1) == IRandomness.State.Ready, "in time");
        vm.roll(1002 + 256);
        same(source.take(id), word, "fixed for ever");
        check(source.stateOf(id) == IRandomness.State.Ready, "fixed");
        check(source.stateOf(id + 1) == IRandomness.State.Lost, "lost");
        vm.expectRevert(abi.encodeWithSelector(IRandomness.WordLost.selector, id + 1));
        source.take(id + 1);
    }

    function test_two_requests_in_a_block_get_two_words() public {
        FutureBlockHash source = new FutureBlockHash();
        (uint256 first, uint256 second) = (source.request(), source.request());
        vm.roll(block.number + 2);
        check(source.take(first) != source.take(second), "two words");
    }
}
