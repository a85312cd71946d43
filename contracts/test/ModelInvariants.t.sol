// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ModelRegistry} from "../src/ModelRegistry.sol";
import {PublisherRegistry} from "../src/PublisherRegistry.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {Base} from "./support/Base.sol";
import {Lineage} from "./support/Lineage.sol";
import {ModelHandler} from "./support/ModelHandler.sol";

/// @dev What holds of models whoever does whatever, in any order. The handler itself fails where something moves that
/// must not, or by somebody who may not.
contract ModelInvariantsTest is Base {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    ModelHandler private _handler;
    Lineage private _lineage;
    uint256 private _ids;

    function setUp() public override {
        super.setUp();
        publishers = new PublisherRegistry();
        models = new ModelRegistry(address(publishers));
        _handler = new ModelHandler(publishers, models);
        _lineage = _handler.lineage();
        _ids = _handler.PUBLISHERS() * _handler.MANIFESTS();
    }

    function targetContracts() external view returns (address[] memory all) {
        all = new address[](1);
        all[0] = address(_handler);
    }

    function targetSelectors() external view returns (Selectors[] memory all) {
        all = new Selectors[](1);
        all[0].addr = address(_handler);
        all[0].selectors = new bytes4[](6);
        all[0].selectors[0] = ModelHandler.publishersDo.selector;
        all[0].selectors[1] = ModelHandler.modelsDo.selector;
        all[0].selectors[2] = ModelHandler.modelsDoWell.selector;
        all[0].selectors[3] = ModelHandler.modelsDoWell.selector;
        all[0].selectors[4] = ModelHandler.ownersDoWell.selector;
        all[0].selectors[5] = ModelHandler.wait_.selector;
    }

    /// @dev All in one run, which is the dear part.
    function invariant_of_models() public view {
        models_are_what_events_told();
        parents_come_before_and_the_first_give_the_family();
        lists_stand_until_withdrawn();
    }

    /// @dev Models, parents, attestations, lists and retired items are what the events told.
    function models_are_what_events_told() private view {
        for (uint256 i = 0; i < _ids; ++i) {
            bytes32 id = _handler.model(i);
            same(hashed(models.modelOf(id)), hashed(_lineage.modelOf(id)), "model");
            for (uint32 number = 0; number <= _handler.PUBLISHERS() + 1; ++number) {
                IModelRegistry.Attestation memory said = models.attestationOf(id, number);
                IModelRegistry.Attestation memory told = _lineage.attestationOf(id, number);
                same(keccak256(abi.encode(said)), keccak256(abi.encode(told)), "attestation");
                check(said.withdrawnAt == 0 || said.withdrawnAt >= said.attestedAt, "withdrawn after");
                check(said.attestedAt == 0 || models.modelOf(id).registeredAt != 0, "about a model");
            }
        }
        for (uint32 number = 0; number <= _handler.PUBLISHERS() + 1; ++number) {
            for (uint256 i = 0; i < _handler.ITEMS(); ++i) {
                uint40 told = _lineage.retiredAt(number, _handler.item(i));
                same(models.retiredAt(number, _handler.item(i)), told, "retired");
            }
        }
    }

    function hashed(IModelRegistry.Model memory model) private pure returns (bytes32) {
        return keccak256(abi.encode(model));
    }

    /// @dev Each parent was registered before, so no line of parents comes back; a family is the root of the first ones.
    function parents_come_before_and_the_first_give_the_family() private view {
        for (uint256 i = 0; i < _ids; ++i) {
            bytes32 id = _handler.model(i);
            IModelRegistry.Model memory model = models.modelOf(id);
            bytes32[] memory parents = _lineage.parentsOf(id);
            same(parents.length, model.parents, "how many");
            for (uint256 j = 0; j < parents.length; ++j) {
                same(models.parentOf(id, j), parents[j], "in order");
                check(_lineage.born(parents[j]) != 0 && _lineage.born(parents[j]) < _lineage.born(id), "before");
                check(models.modelOf(parents[j]).registeredAt <= model.registeredAt, "not later");
                for (uint256 k = 0; k < j; ++k) check(parents[j] != parents[k], "once");
            }
            same(models.parentOf(id, parents.length), bytes32(0), "no more");
            bytes32 root = id;
            for (uint256 steps = 0; models.parentOf(root, 0) != 0; ++steps) {
                check(steps < _ids, "it ends");
                root = models.parentOf(root, 0);
            }
            check(model.registeredAt == 0 ? model.family == 0 : model.family == root, "family");
        }
    }

    /// @dev A list stands from when it was recorded until it is withdrawn, and proves its outputs just then.
    function lists_stand_until_withdrawn() private view {
        for (uint256 i = 0; i < _handler.PEOPLE(); ++i) {
            address who = _handler.person(i);
            for (uint256 j = 0; j < _handler.LISTS(); ++j) {
                bytes32 root = _handler.list(j);
                IModelRegistry.Outputs memory list = models.outputsOf(who, root);
                same(keccak256(abi.encode(list)), keccak256(abi.encode(_lineage.outputsOf(who, root))), "list");
                bool stands = list.recordedAt != 0 && list.withdrawnAt == 0;
                check(stands == models.verifyOutput(who, root, _handler.output(j), new bytes32[](0)), "proves");
                check(list.recordedAt == 0 || list.count != 0, "of something");
            }
        }
    }

    /// @dev Nothing above means anything unless every kind of change comes about.
    function test_the_handler_reaches_every_event() public {
        for (uint256 i = 0; i < 1000; ++i) {
            if (i % 5 == 0) _handler.publishersDo(i);
            else if (i % 5 == 1) _handler.modelsDo(i);
            else if (i % 5 == 2) _handler.modelsDoWell(i);
            else if (i % 5 == 3) _handler.ownersDoWell(i);
            else _handler.wait_(uint256(keccak256(abi.encode(i))) % 40 hours);
        }
        bytes32[10] memory kinds = [
            IModelRegistry.ModelRegistered.selector,
            IModelRegistry.ParentNamed.selector,
            IModelRegistry.StatusSet.selector,
            IModelRegistry.ModelOffered.selector,
            IModelRegistry.ModelTransferred.selector,
            IModelRegistry.Attested.selector,
            IModelRegistry.AttestationWithdrawn.selector,
            IModelRegistry.OutputsRecorded.selector,
            IModelRegistry.OutputsWithdrawn.selector,
            IModelRegistry.ItemRetired.selector
        ];
        for (uint256 i = 0; i < kinds.length; ++i) check(_lineage.told(kinds[i]) > 2, vm.toString(i));
        check(_handler.refused() != 0, "refusals");
        uint256 families = 0;
        uint256 withdrawn = 0;
        for (uint256 i = 0; i < _ids; ++i) {
            IModelRegistry.Model memory model = models.modelOf(_handler.model(i));
            if (model.parents != 0 && models.modelOf(model.family).family == model.family) ++families;
            if (model.status == 3) ++withdrawn;
        }
        check(families > 1, "models with parents");
        check(withdrawn > 1, "withdrawn models");
        invariant_of_models();
    }
}
