// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMediaRegistry} from "../../src/interfaces/IMediaRegistry.sol";
import {IPublisherRegistry} from "../../src/interfaces/IPublisherRegistry.sol";
import {Vm} from "./Vm.sol";

/// @dev Both registers rebuilt from their events alone, as a mirror does it. What the contracts answer is held to this, so
/// nothing is stored that no event told, and no event tells what is not stored.
contract Model {
    mapping(uint32 publisher => IPublisherRegistry.Publisher) private _publishers;
    mapping(uint32 publisher => mapping(address signer => IPublisherRegistry.Signer)) private _signers;
    mapping(bytes32 file => mapping(uint32 publisher => IMediaRegistry.Claim)) private _claims;
    mapping(bytes32 file => uint32) public firstOf;
    mapping(bytes32 file => uint32) public claimsOf;
    mapping(uint32 publisher => mapping(bytes32 root => IMediaRegistry.Root)) private _roots;
    mapping(uint32 publisher => mapping(bytes32 root => mapping(bytes32 file => uint40))) public leafRevokedAt;
    uint32 public count;
    mapping(bytes32 kind => uint256) public told;

    function publisherOf(uint32 publisher) external view returns (IPublisherRegistry.Publisher memory) {
        return _publishers[publisher];
    }

    function signerOf(uint32 publisher, address signer) external view returns (IPublisherRegistry.Signer memory) {
        return _signers[publisher][signer];
    }

    function claimOf(bytes32 file, uint32 publisher) external view returns (IMediaRegistry.Claim memory) {
        return _claims[file][publisher];
    }

    function rootOf(uint32 publisher, bytes32 root) external view returns (IMediaRegistry.Root memory) {
        return _roots[publisher][root];
    }

    function take(Vm.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            bool known = logs[i].topics[0] == IMediaRegistry.NonceSkipped.selector;
            if (!known && !_publisher(logs[i]) && !_media(logs[i])) revert("an event of no register");
            ++told[logs[i].topics[0]];
        }
    }

    function _publisher(Vm.Log calldata log) private returns (bool) {
        bytes32 kind = log.topics[0];
        uint32 number = uint32(uint256(log.topics[1]));
        IPublisherRegistry.Publisher storage which = _publishers[number];
        if (kind == IPublisherRegistry.PublisherCreated.selector) {
            if (number != ++count) revert("numbers");
            (address recovery,) = abi.decode(log.data, (address, string));
            (which.controller, which.createdAt, which.recovery) = (_address(log, 2), uint40(block.timestamp), recovery);
        } else if (kind == IPublisherRegistry.DomainClaimed.selector) {
            which.domainHash = log.topics[2];
        } else if (kind == IPublisherRegistry.ControlOffered.selector) {
            which.pendingController = _address(log, 3);
        } else if (kind == IPublisherRegistry.ControlTransferred.selector) {
            if (which.controller != _address(log, 2)) revert("control of another");
            (which.controller, which.pendingController) = (_address(log, 3), address(0));
            (which.recoveryTo, which.recoveryReadyAt) = (address(0), 0);
        } else if (kind == IPublisherRegistry.RecoverySet.selector) {
            which.recovery = abi.decode(log.data, (address));
        } else if (kind == IPublisherRegistry.RecoveryStarted.selector) {
            (which.recoveryTo, which.recoveryReadyAt) = (_address(log, 2), abi.decode(log.data, (uint40)));
        } else if (kind == IPublisherRegistry.RecoveryCancelled.selector) {
            (which.recoveryTo, which.recoveryReadyAt) = (address(0), 0);
        } else {
            return kind == IPublisherRegistry.NameSet.selector || _signer(log, number);
        }
        return true;
    }

    function _signer(Vm.Log calldata log, uint32 number) private returns (bool) {
        IPublisherRegistry.Signer storage record = _signers[number][_address(log, 2)];
        if (log.topics[0] == IPublisherRegistry.SignerSet.selector) {
            if (record.revokedAt != 0 || record.compromisedSince != 0) revert("came back");
            (record.roles, record.validFrom, record.validTo) = abi.decode(log.data, (uint8, uint40, uint40));
        } else if (log.topics[0] == IPublisherRegistry.SignerRevoked.selector) {
            if (record.revokedAt != 0) revert("revokedAt moved");
            record.revokedAt = abi.decode(log.data, (uint40));
        } else if (log.topics[0] == IPublisherRegistry.SignerCompromised.selector) {
            uint40 since = abi.decode(log.data, (uint40));
            if (record.compromisedSince != 0 && since >= record.compromisedSince) revert("compromisedSince moved later");
            record.compromisedSince = since;
        } else {
            return false;
        }
        return true;
    }

    function _media(Vm.Log calldata log) private returns (bool) {
        bytes32 kind = log.topics[0];
        bytes32 hash = log.topics[1];
        uint32 number = uint32(uint256(log.topics[2]));
        uint40 moment = uint40(block.timestamp);
        if (kind == IMediaRegistry.Registered.selector || kind == IMediaRegistry.BatchItem.selector) {
            (uint8 sort, uint8 flags) = abi.decode(log.data[:64], (uint8, uint8));
            IMediaRegistry.Claim storage claim = _claims[hash][number];
            if (claim.registeredAt != 0 && claim.revokedAt == 0) revert("a claim that stands was made again");
            if (claim.registeredAt == 0) ++claimsOf[hash];
            if (firstOf[hash] == 0) firstOf[hash] = number;
            _claims[hash][number] = IMediaRegistry.Claim(moment, 0, sort, flags);
        } else if (kind == IMediaRegistry.Revoked.selector) {
            if (_claims[hash][number].registeredAt == 0) revert("withdrawn before it was registered");
            _claims[hash][number].revokedAt = moment;
        } else if (kind == IMediaRegistry.RootRegistered.selector) {
            _roots[number][hash] = IMediaRegistry.Root(moment, 0, abi.decode(log.data[:32], (uint32)));
        } else if (kind == IMediaRegistry.RootRevoked.selector) {
            _roots[number][hash].revokedAt = moment;
        } else if (kind == IMediaRegistry.LeafRevoked.selector) {
            leafRevokedAt[number][abi.decode(log.data[:32], (bytes32))][hash] = moment;
        } else {
            return false;
        }
        return true;
    }

    function _address(Vm.Log calldata log, uint256 place) private pure returns (address) {
        return address(uint160(uint256(log.topics[place])));
    }
}
