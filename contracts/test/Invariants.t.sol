// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../src/MediaRegistry.sol";
import {PublisherRegistry} from "../src/PublisherRegistry.sol";
import {IMediaRegistry} from "../src/interfaces/IMediaRegistry.sol";
import {IPublisherRegistry} from "../src/interfaces/IPublisherRegistry.sol";
import {Base} from "./support/Base.sol";
import {Handler} from "./support/Handler.sol";
import {Model} from "./support/Model.sol";

/// @dev What holds whoever does whatever, in any order. The handler itself fails where something moves the wrong way.
contract InvariantsTest is Base {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    Handler private _handler;
    Model private _model;

    function setUp() public override {
        super.setUp();
        publishers = new PublisherRegistry();
        media = new MediaRegistry(address(publishers));
        _handler = new Handler(publishers, media);
        _model = _handler.model();
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory all) {
        all = new Selectors[](1);
        all[0].addr = address(_handler);
        all[0].selectors = new bytes4[](7);
        all[0].selectors[0] = Handler.publishersDo.selector;
        all[0].selectors[1] = Handler.mediaDo.selector;
        all[0].selectors[2] = Handler.mediaDoWell.selector;
        all[0].selectors[3] = Handler.mediaDoWell.selector;
        all[0].selectors[4] = Handler.signedFor.selector;
        all[0].selectors[5] = Handler.wait_.selector;
        all[0].selectors[6] = Handler.skipNonce.selector;
    }

    /// @dev Publishers and signers are what the events told.
    function invariant_publishers_are_what_events_told() public view {
        same(publishers.publisherCount(), _model.count(), "count");
        for (uint32 number = 0; number <= _handler.PUBLISHERS() + 1; ++number) {
            same(
                keccak256(abi.encode(publishers.publisherOf(number))),
                keccak256(abi.encode(_model.publisherOf(number))),
                "publisher"
            );
            for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
                address who = _handler.person(i);
                same(
                    keccak256(abi.encode(publishers.signerOf(number, who))),
                    keccak256(abi.encode(_model.signerOf(number, who))),
                    "signer"
                );
            }
        }
    }

    /// @dev Claims, their number, the first of them, roots and leaves are what the events told.
    function invariant_media_are_what_events_told() public view {
        for (uint256 i = 0; i < _handler.FILES(); ++i) {
            bytes32 file = _handler.file(i);
            IMediaRegistry.Entry memory first = media.firstOf(file);
            same(first.publisher, _model.firstOf(file), "the first");
            same(first.claims, _model.claimsOf(file), "distinct publishers ever");
            if (first.publisher != 0) {
                IMediaRegistry.Claim memory its = _model.claimOf(file, first.publisher);
                check(its.registeredAt == first.registeredAt && its.revokedAt == first.revokedAt, "its claim");
            }
            uint256 claims = 0;
            for (uint32 number = 0; number <= _handler.PUBLISHERS() + 1; ++number) {
                IMediaRegistry.Claim memory claim = media.claimOf(file, number);
                same(keccak256(abi.encode(claim)), keccak256(abi.encode(_model.claimOf(file, number))), "claim");
                if (claim.registeredAt != 0) ++claims;
                check(claim.revokedAt == 0 || claim.revokedAt >= claim.registeredAt, "withdrawn after");
                roots(number, i);
            }
            same(first.claims, claims, "every claim is counted once");
        }
    }

    function roots(uint32 number, uint256 i) private view {
        bytes32 root = _handler.root(i);
        IMediaRegistry.Root memory batch = media.rootOf(number, root);
        same(keccak256(abi.encode(batch)), keccak256(abi.encode(_model.rootOf(number, root))), "root");
        uint40 gone = _model.leafRevokedAt(number, root, _handler.file(i));
        same(media.leafRevokedAt(number, root, root), gone, "leaf");
        bool wanted = batch.registeredAt != 0 && batch.revokedAt == 0 && gone == 0;
        check(media.verifyLeaf(number, root, _handler.leaf(i), new bytes32[](0)) == wanted, "verifyLeaf");
    }

    /// @dev A nonce is the number of signatures that were used or taken back.
    function invariant_nonces_count_signatures() public view {
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            address who = _handler.person(i);
            same(media.nonceOf(who), _handler.used(who), "nonce");
        }
    }

    /// @dev Who may sign now could have signed now, and nobody does who is revoked or compromised.
    function invariant_signing_now_agrees_with_the_record() public view {
        for (uint32 number = 1; number <= _handler.PUBLISHERS(); ++number) {
            for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
                address who = _handler.person(i);
                IPublisherRegistry.Signer memory record = publishers.signerOf(number, who);
                for (uint8 role = 1; role < 16; role *= 2) {
                    bool may = publishers.isSigner(number, who, role);
                    check(may == publishers.wasSigner(number, who, role, uint40(block.timestamp)), "now");
                    check(!may || (record.revokedAt == 0 && record.compromisedSince == 0), "revoked");
                    check(!may || record.roles & role == role, "role");
                }
            }
        }
    }

    /// @dev Nothing above means anything unless every kind of change comes about.
    function test_the_handler_reaches_every_event() public {
        for (uint256 i = 0; i < 1500; ++i) {
            if (i % 5 == 0) _handler.publishersDo(i);
            else if (i % 5 == 1) _handler.mediaDo(i);
            else if (i % 5 == 2) _handler.mediaDoWell(i);
            else if (i % 5 == 3) _handler.signedFor(i);
            else _handler.wait_(uint256(keccak256(abi.encode(i))) % 40 hours);
        }
        bytes32[15] memory kinds = [
            IPublisherRegistry.PublisherCreated.selector,
            IPublisherRegistry.DomainClaimed.selector,
            IPublisherRegistry.ControlOffered.selector,
            IPublisherRegistry.ControlTransferred.selector,
            IPublisherRegistry.RecoverySet.selector,
            IPublisherRegistry.RecoveryStarted.selector,
            IPublisherRegistry.RecoveryCancelled.selector,
            IPublisherRegistry.SignerSet.selector,
            IPublisherRegistry.SignerRevoked.selector,
            IPublisherRegistry.SignerCompromised.selector,
            IMediaRegistry.Registered.selector,
            IMediaRegistry.BatchItem.selector,
            IMediaRegistry.Revoked.selector,
            IMediaRegistry.RootRegistered.selector,
            IMediaRegistry.RootRevoked.selector
        ];
        for (uint256 i = 0; i < kinds.length; ++i) check(_model.told(kinds[i]) != 0, vm.toString(i));
        check(_model.told(IMediaRegistry.LeafRevoked.selector) != 0, "leaf");
        check(_handler.refused() != 0, "refusals");
        invariant_media_are_what_events_told();
        invariant_publishers_are_what_events_told();
    }
}
