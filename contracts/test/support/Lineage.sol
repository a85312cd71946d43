// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Vm} from "./Vm.sol";

/// @dev The register of models rebuilt from its events alone, as a mirror does it. What the contract answers is held to
/// this, so nothing is stored that no event told, and no event tells what is not stored.
contract Lineage {
    mapping(bytes32 model => IModelRegistry.Model) private _models;
    mapping(bytes32 model => bytes32[]) private _parents;
    mapping(bytes32 model => mapping(uint32 publisher => IModelRegistry.Attestation)) private _attestations;
    mapping(address signer => mapping(bytes32 root => IModelRegistry.Outputs)) private _outputs;
    mapping(uint32 publisher => mapping(bytes32 item => uint40)) public retiredAt;
    /// @dev The how manieth registered, from 1.
    mapping(bytes32 model => uint256) public born;
    uint256 public count;
    mapping(bytes32 kind => uint256) public told;

    function modelOf(bytes32 model) external view returns (IModelRegistry.Model memory) {
        return _models[model];
    }

    function parentsOf(bytes32 model) external view returns (bytes32[] memory) {
        return _parents[model];
    }

    function attestationOf(bytes32 model, uint32 publisher) external view returns (IModelRegistry.Attestation memory) {
        return _attestations[model][publisher];
    }

    function outputsOf(address signer, bytes32 root) external view returns (IModelRegistry.Outputs memory) {
        return _outputs[signer][root];
    }

    function take(Vm.Log[] calldata logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (!_model(logs[i]) && !_said(logs[i]) && !_list(logs[i])) revert("no event of the register of models");
            ++told[logs[i].topics[0]];
        }
    }

    function _model(Vm.Log calldata log) private returns (bool) {
        (bytes32 kind, bytes32 id) = (log.topics[0], log.topics[1]);
        IModelRegistry.Model storage which = _models[id];
        if (kind == IModelRegistry.ModelRegistered.selector) {
            if (born[id] != 0) revert("registered again");
            born[id] = ++count;
            _registered(which, log);
        } else if (kind == IModelRegistry.ParentNamed.selector) {
            if (born[log.topics[2]] == 0 || born[log.topics[2]] >= born[id]) revert("a parent that was not there before");
            _parents[id].push(log.topics[2]);
            ++which.parents;
        } else if (kind == IModelRegistry.StatusSet.selector) {
            if (_number(log, 2) != which.owner || which.status == 3) revert("a status that nobody may set");
            (which.status, which.reason) = abi.decode(log.data, (uint8, uint8));
            which.changedAt = uint40(block.timestamp);
        } else if (kind == IModelRegistry.ModelOffered.selector) {
            if (_number(log, 2) != which.owner) revert("offered by another than its owner");
            which.pendingOwner = _number(log, 3);
        } else if (kind == IModelRegistry.ModelTransferred.selector) {
            bool good = _number(log, 2) == which.owner && _number(log, 3) == which.pendingOwner;
            if (!good || which.pendingOwner == 0) revert("went over to whom it was not offered");
            (which.owner, which.pendingOwner) = (which.pendingOwner, 0);
        } else {
            return false;
        }
        return true;
    }

    function _registered(IModelRegistry.Model storage which, Vm.Log calldata log) private {
        (which.owner, which.manifest) = (_number(log, 2), log.topics[3]);
        (which.registeredAt, which.status) = (uint40(block.timestamp), 1);
        (, which.weights, which.dataRoot, which.items) = abi.decode(log.data, (address, bytes32, bytes32, uint64));
        (which.record, which.evaluation, which.family) = abi.decode(log.data[128:], (bytes32, bytes32, bytes32));
    }

    function _said(Vm.Log calldata log) private returns (bool) {
        bytes32 kind = log.topics[0];
        if (kind == IModelRegistry.ItemRetired.selector) {
            if (retiredAt[_number(log, 2)][log.topics[1]] != 0) revert("retired again");
            retiredAt[_number(log, 2)][log.topics[1]] = uint40(block.timestamp);
            return true;
        }
        IModelRegistry.Attestation storage said = _attestations[log.topics[1]][_number(log, 2)];
        if (kind == IModelRegistry.Attested.selector) {
            if (born[log.topics[1]] == 0) revert("about no model");
            (said.evaluation, said.attestedAt) = (bytes32(log.data[:32]), uint40(block.timestamp));
            said.withdrawnAt = 0;
        } else if (kind == IModelRegistry.AttestationWithdrawn.selector) {
            if (said.attestedAt == 0 || said.withdrawnAt != 0) revert("nothing stood");
            said.withdrawnAt = uint40(block.timestamp);
        } else {
            return false;
        }
        return true;
    }

    function _list(Vm.Log calldata log) private returns (bool) {
        address signer = address(uint160(uint256(log.topics[3])));
        IModelRegistry.Outputs storage list = _outputs[signer][log.topics[1]];
        if (log.topics[0] == IModelRegistry.OutputsRecorded.selector) {
            if (list.recordedAt != 0 && list.withdrawnAt == 0) revert("a list that stands was recorded again");
            _outputs[signer][log.topics[1]] = IModelRegistry.Outputs(
                uint40(block.timestamp), 0, abi.decode(log.data[:32], (uint32)), _number(log, 2)
            );
        } else if (log.topics[0] == IModelRegistry.OutputsWithdrawn.selector) {
            if (list.recordedAt == 0 || list.withdrawnAt != 0) revert("no list stood");
            if (list.publisher != _number(log, 2)) revert("a list of another publisher's");
            list.withdrawnAt = uint40(block.timestamp);
        } else {
            return false;
        }
        return true;
    }

    function _number(Vm.Log calldata log, uint256 place) private pure returns (uint32) {
        return uint32(uint256(log.topics[place]));
    }
}
