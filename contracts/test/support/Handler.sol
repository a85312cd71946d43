// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../../src/MediaRegistry.sol";
import {PublisherRegistry} from "../../src/PublisherRegistry.sol";
import {IMediaRegistry} from "../../src/interfaces/IMediaRegistry.sol";
import {IPublisherRegistry} from "../../src/interfaces/IPublisherRegistry.sol";
import {Model} from "./Model.sol";
import {Vm} from "./Vm.sol";

/// @dev Anyone doing anything, with few enough people, files and batches that they meet. A call may be refused; what it
/// told goes to the model. Before and after, what must only ever move one way is compared.
contract Handler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 public constant PEOPLE = 4;
    uint256 public constant FILES = 5;
    uint32 public constant PUBLISHERS = 3;

    PublisherRegistry public immutable publishers;
    MediaRegistry public immutable media;
    Model public immutable model;
    mapping(address => uint256) public used;
    mapping(bytes32 => uint32) public firstSeen;
    uint256 public done;
    uint256 public refused;
    bytes32 private _seed;
    address[PEOPLE] private _people;

    error Moved(string what);

    constructor(PublisherRegistry publishers_, MediaRegistry media_) {
        (publishers, media, model) = (publishers_, media_, new Model());
        for (uint256 i = 0; i < PEOPLE; ++i) _people[i] = vm.addr(key(i));
        vm.recordLogs();
        for (uint256 i = 0; i < PUBLISHERS; ++i) {
            vm.prank(person(i));
            publishers.create("Publisher", "", person(i + 1));
        }
        model.take(vm.getRecordedLogs());
    }

    function key(uint256 i) public pure returns (uint256) {
        return 1000 + i % PEOPLE;
    }

    function person(uint256 i) public view returns (address) {
        return _people[i % PEOPLE];
    }

    function file(uint256 i) public pure returns (bytes32) {
        return keccak256(abi.encode("file", i % FILES));
    }

    function leaf(uint256 i) public pure returns (IMediaRegistry.Leaf memory) {
        return IMediaRegistry.Leaf(0, file(i), bytes32(0), bytes32(0));
    }

    function root(uint256 i) public view returns (bytes32) {
        return media.leafHash(leaf(i));
    }

    function publishersDo(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        _act(address(publishers), person(_dice(PEOPLE)), _publisherCall(_number(), _dice(10)));
    }

    function mediaDo(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        _act(address(media), person(_dice(PEOPLE)), _mediaCall(_number(), _dice(7)));
    }

    /// @dev Most of these are carried out: the one who signs is a signer of that publisher, where it has one.
    function mediaDoWell(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        uint32 number = _number();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (publishers.isSigner(number, person(i), 7)) {
                _act(address(media), person(i), _mediaCall(number, _dice(7)));
                return;
            }
        }
    }

    function signedFor(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        uint256 who = _dice(PEOPLE);
        uint32 number = _number();
        for (uint256 i = 0; i < PEOPLE && !publishers.isSigner(number, person(who), 1); ++i) ++who;
        IMediaRegistry.Registration memory what = _registration();
        uint256 nonce = media.nonceOf(person(who));
        if (_dice(8) == 0) nonce += _dice(3);
        uint256 deadline = block.timestamp + _dice(3);
        bytes32 digest = media.registrationDigest(number, what, person(who), nonce, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(_dice(8) == 0 ? who + 1 : who), digest);
        bytes memory call = abi.encodeCall(
            media.registerBySig, (number, what, person(who), nonce, deadline, abi.encodePacked(r, s, v))
        );
        if (_act(address(media), person(0), call)) ++used[person(who)];
    }

    function skipNonce(uint256 who) external {
        if (_act(address(media), person(who), abi.encodeCall(media.skipNonce, ()))) ++used[person(who)];
    }

    function wait_(uint256 seed) external {
        vm.warp(block.timestamp + seed % 4 days);
    }

    function _publisherCall(uint32 number, uint256 which) private returns (bytes memory) {
        address who = person(_dice(PEOPLE));
        if (which == 0) return abi.encodeCall(publishers.claimDomain, (number, _dice(2) == 0 ? "" : "a.example"));
        if (which == 1) return abi.encodeCall(publishers.offerControl, (number, _dice(4) == 0 ? address(0) : who));
        if (which == 2) return abi.encodeCall(publishers.acceptControl, (number));
        if (which == 3) return abi.encodeCall(publishers.setRecovery, (number, who));
        if (which == 4) return abi.encodeCall(publishers.startRecovery, (number, who));
        if (which == 5) return abi.encodeCall(publishers.cancelRecovery, (number));
        if (which == 6) return abi.encodeCall(publishers.finishRecovery, (number));
        if (which == 7 && _dice(3) == 0) return abi.encodeCall(publishers.revokeSigner, (number, who));
        if (which == 8 && _dice(3) == 0) {
            return abi.encodeCall(publishers.markCompromised, (number, who, uint40(block.timestamp - _dice(1000))));
        }
        uint40 from = _dice(2) == 0 ? 0 : uint40(block.timestamp + _dice(2 days));
        uint40 to = _dice(2) == 0 ? 0 : uint40(block.timestamp + _dice(9 days));
        return abi.encodeCall(publishers.setSigner, (number, who, uint8(_dice(20)), from, to));
    }

    function _mediaCall(uint32 number, uint256 which) private returns (bytes memory) {
        uint256 i = _dice(FILES);
        if (which == 0) return abi.encodeCall(media.registerMany, (number, _items()));
        if (which == 1) return abi.encodeCall(media.registerRoot, (number, root(i), 1, keccak256("list"), ""));
        if (which == 2) return abi.encodeCall(media.revokeRoot, (number, root(i), 1));
        if (which == 3) {
            return abi.encodeCall(
                media.revokeLeaf, (number, root(i), leaf(i), new bytes32[](0), 1, keccak256("better"))
            );
        }
        if (which < 6) return abi.encodeCall(media.register, (number, _registration()));
        return abi.encodeCall(media.revoke, (number, file(i), 1, bytes32(0)));
    }

    function _registration() private returns (IMediaRegistry.Registration memory what) {
        (what.sha256, what.kind, what.flags) = (file(_dice(FILES)), uint8(_dice(256)), uint8(_dice(256)));
    }

    function _items() private returns (IMediaRegistry.Item[] memory items) {
        items = new IMediaRegistry.Item[](_dice(3));
        uint256 from = _dice(FILES);
        for (uint256 i = 0; i < items.length; ++i) items[i].sha256 = file(_dice(8) == 0 ? from : from + i);
    }

    function _act(address where, address who, bytes memory call) private returns (bool success) {
        uint256[] memory nonces = new uint256[](PEOPLE);
        for (uint256 i = 0; i < PEOPLE; ++i) nonces[i] = media.nonceOf(person(i));
        IPublisherRegistry.Signer[] memory before = _signers();
        vm.recordLogs();
        vm.prank(who);
        (success,) = where.call(call);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        // Of a call that was refused forge keeps the events as well; a chain does not.
        if (success) {
            ++done;
            if (logs.length == 0) revert Moved("something, untold");
            model.take(logs);
        } else {
            ++refused;
        }
        _compare(nonces, before);
    }

    function _compare(uint256[] memory nonces, IPublisherRegistry.Signer[] memory before) private {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 risen = media.nonceOf(person(i)) - nonces[i];
            if (risen > 1) revert Moved("a nonce by more than one");
        }
        IPublisherRegistry.Signer[] memory now_ = _signers();
        for (uint256 i = 0; i < now_.length; ++i) {
            if (before[i].revokedAt != 0 && now_[i].revokedAt != before[i].revokedAt) revert Moved("revokedAt");
            uint40 since = before[i].compromisedSince;
            if (since != 0 && (now_[i].compromisedSince == 0 || now_[i].compromisedSince > since)) {
                revert Moved("compromisedSince");
            }
        }
        for (uint256 i = 0; i < FILES; ++i) {
            uint32 first = media.firstOf(file(i)).publisher;
            if (firstSeen[file(i)] != 0 && firstSeen[file(i)] != first) revert Moved("the first publisher");
            firstSeen[file(i)] = first;
        }
    }

    function _signers() private view returns (IPublisherRegistry.Signer[] memory all) {
        all = new IPublisherRegistry.Signer[](PEOPLE * PUBLISHERS);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = publishers.signerOf(uint32(i / PEOPLE + 1), person(i));
        }
    }

    function _number() private returns (uint32) {
        return uint32(1 + _dice(PUBLISHERS));
    }

    function _dice(uint256 sides) private returns (uint256) {
        _seed = keccak256(abi.encode(_seed));
        return uint256(_seed) % sides;
    }
}
