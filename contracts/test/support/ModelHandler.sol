// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {PublisherRegistry} from "../../src/PublisherRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Lineage} from "./Lineage.sol";
import {Vm} from "./Vm.sol";

/// @dev Anyone doing anything about models, with few enough people, manifests, items and lists that they meet. A call may
/// be refused; what it told goes to the rebuilt register. Before and after each, everything there is is compared: what
/// must not move has not, and what is a publisher's moved only by one who may act for it.
contract ModelHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint8 private constant MODEL = 8;
    uint256 public constant PEOPLE = 4;
    uint32 public constant PUBLISHERS = 3;
    uint256 public constant MANIFESTS = 3;
    uint256 public constant ITEMS = 3;
    uint256 public constant LISTS = 2;

    PublisherRegistry public immutable publishers;
    ModelRegistry public immutable models;
    Lineage public immutable lineage;
    uint256 public done;
    uint256 public refused;
    bytes32 private _seed;
    address[PEOPLE] private _people;
    bytes32[] private _ids;
    bytes32[] private _lists;

    error Moved(string what);

    constructor(PublisherRegistry publishers_, ModelRegistry models_) {
        (publishers, models, lineage) = (publishers_, models_, new Lineage());
        for (uint256 i = 0; i < PEOPLE; ++i) _people[i] = vm.addr(2000 + i);
        for (uint256 i = 0; i < PUBLISHERS; ++i) {
            vm.prank(person(i));
            publishers.create("Publisher", "", address(0));
        }
        for (uint256 i = 0; i < PUBLISHERS * MANIFESTS; ++i) {
            _ids.push(models.idOf(uint32(1 + i % PUBLISHERS), manifest(i / PUBLISHERS)));
        }
        for (uint256 i = 0; i < LISTS; ++i) _lists.push(models.outputHash(output(i)));
    }

    function person(uint256 i) public view returns (address) {
        return _people[i % PEOPLE];
    }

    function manifest(uint256 i) public pure returns (bytes32) {
        return keccak256(abi.encode("manifest", i % MANIFESTS));
    }

    /// @dev Every id that there can be: of each publisher and manifest.
    function model(uint256 i) public view returns (bytes32) {
        return _ids[i % _ids.length];
    }

    function item(uint256 i) public pure returns (bytes32) {
        return keccak256(abi.encode("item", i % ITEMS));
    }

    function output(uint256 i) public pure returns (IModelRegistry.Output memory) {
        return IModelRegistry.Output(0, manifest(i % LISTS), item(0), "face-swap", 7, 1, 9);
    }

    function list(uint256 i) public view returns (bytes32) {
        return _lists[i % LISTS];
    }

    /// @dev Keys and control change hands meanwhile.
    function publishersDo(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        (uint32 number, address who) = (_number(), person(_dice(PEOPLE)));
        address controller = publishers.publisherOf(number).controller;
        uint256 which = _dice(9);
        if (which == 0) {
            vm.prank(controller);
            publishers.offerControl(number, who);
            vm.prank(who);
            publishers.acceptControl(number);
            return;
        }
        bytes memory call = abi.encodeCall(publishers.setSigner, (number, who, uint8(_dice(16)) | MODEL, 0, 0));
        if (which == 1) call = abi.encodeCall(publishers.setSigner, (number, who, uint8(_dice(8)), 0, 0));
        if (which == 2 && _dice(4) == 0) call = abi.encodeCall(publishers.revokeSigner, (number, who));
        vm.prank(controller);
        (bool success,) = address(publishers).call(call);
        if (success) ++done;
    }

    function modelsDo(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        _act(person(_dice(PEOPLE)), _call(_number(), _dice(10)));
    }

    /// @dev Most of these are carried out: the one who acts may act for that publisher, where there is one.
    function modelsDoWell(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        uint32 number = _number();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (publishers.isSigner(number, person(i), MODEL)) {
                _act(person(i), _call(number, _dice(10)));
                return;
            }
        }
    }

    /// @dev A model of this publisher's is offered or set, by who may.
    function ownersDoWell(uint256 seed) external {
        _seed = keccak256(abi.encode(seed));
        bytes32 id = model(_dice(PUBLISHERS * MANIFESTS));
        IModelRegistry.Model memory which = models.modelOf(id);
        if (which.pendingOwner != 0 && _dice(2) == 0) {
            _act(publishers.publisherOf(which.pendingOwner).controller, abi.encodeCall(models.acceptModel, (id)));
        } else if (which.owner != 0) {
            uint32 to = uint32(_dice(PUBLISHERS + 2));
            _act(publishers.publisherOf(which.owner).controller, abi.encodeCall(models.offerModel, (id, to)));
        }
    }

    function wait_(uint256 seed) external {
        vm.warp(block.timestamp + seed % 4 days);
    }

    function _call(uint32 number, uint256 which) private returns (bytes memory) {
        bytes32 id = model(_dice(PUBLISHERS * MANIFESTS));
        if (which < 3) return abi.encodeCall(models.register, (number, _registration()));
        if (which == 3) return abi.encodeCall(models.setStatus, (id, uint8(_dice(5) == 0 ? 3 : _dice(3)), 1));
        if (which == 4) return abi.encodeCall(models.offerModel, (id, uint32(_dice(PUBLISHERS + 1))));
        if (which == 5) return abi.encodeCall(models.attest, (number, id, keccak256(abi.encode(_dice(2))), ""));
        if (which == 6) return abi.encodeCall(models.withdrawAttestation, (number, id, 1));
        if (which == 7) {
            uint32 for_ = _dice(3) == 0 ? 0 : number;
            uint32 count = uint32(_dice(3));
            return abi.encodeCall(models.recordOutputs, (for_, list(_dice(LISTS)), count, keccak256("list"), ""));
        }
        if (which == 8) return abi.encodeCall(models.withdrawOutputs, (person(_dice(PEOPLE)), list(_dice(LISTS)), 1));
        return abi.encodeCall(models.retire, (number, _items(), 1));
    }

    function _registration() private returns (IModelRegistry.Registration memory what) {
        (what.manifest, what.weights, what.record) = (manifest(_dice(MANIFESTS)), keccak256("w"), keccak256("r"));
        if (_dice(2) == 0) (what.dataRoot, what.items) = (keccak256(abi.encode(_dice(2))), uint64(1 + _dice(9)));
        if (_dice(2) == 0) what.evaluation = keccak256("e");
        what.parents = new bytes32[](_dice(4));
        uint256 from = _dice(PUBLISHERS * MANIFESTS);
        for (uint256 i = 0; i < what.parents.length; ++i) {
            what.parents[i] = model(from);
            // Mostly others that are there, seldom the same once more.
            for (uint256 j = 0; j < 12 && _dice(9) != 0; ++j) {
                what.parents[i] = model(++from);
                if (models.modelOf(model(from)).registeredAt != 0) break;
            }
        }
    }

    function _items() private returns (bytes32[] memory items) {
        items = new bytes32[](_dice(3));
        uint256 from = _dice(ITEMS);
        for (uint256 i = 0; i < items.length; ++i) items[i] = item(_dice(8) == 0 ? from : from + i);
    }

    function _act(address who, bytes memory call) private {
        bytes32[] memory before = _all();
        IModelRegistry.Model[] memory known = _known();
        bool[] memory may = _may(who, known);
        vm.recordLogs();
        vm.prank(who);
        (bool success,) = address(models).call(call);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        // Of a call that was refused forge keeps the events as well; a chain does not.
        if (success) {
            ++done;
            if (logs.length == 0) revert Moved("something, untold");
            lineage.take(logs);
        } else {
            ++refused;
        }
        _compareModels(known);
        bytes32[] memory now_ = _all();
        for (uint256 i = 0; i < now_.length; ++i) {
            if (now_[i] == before[i]) continue;
            if (!success) revert Moved("what was refused");
            if (!may[i]) revert Moved("what is another's");
        }
    }

    function _known() private view returns (IModelRegistry.Model[] memory known) {
        known = new IModelRegistry.Model[](PUBLISHERS * MANIFESTS);
        for (uint256 i = 0; i < known.length; ++i) known[i] = models.modelOf(model(i));
    }

    /// @dev What is registered stays as it was said; what is withdrawn stays so; one owner at a time, by agreement.
    function _compareModels(IModelRegistry.Model[] memory known) private view {
        for (uint256 i = 0; i < known.length; ++i) {
            IModelRegistry.Model memory was = known[i];
            if (was.registeredAt == 0) continue;
            IModelRegistry.Model memory is_ = models.modelOf(model(i));
            if (was.status == 3 && is_.status != 3) revert Moved("a model that was withdrawn");
            if (was.status == 3 && is_.changedAt != was.changedAt) revert Moved("when it was withdrawn");
            if (is_.owner != was.owner && is_.owner != was.pendingOwner) revert Moved("to whom it was not offered");
            (was.owner, was.pendingOwner, was.status) = (is_.owner, is_.pendingOwner, is_.status);
            (was.changedAt, was.reason) = (is_.changedAt, is_.reason);
            if (keccak256(abi.encode(was)) != keccak256(abi.encode(is_))) revert Moved("what was registered");
        }
    }

    /// @dev Everything that there can be: models, then attestations, lists, and items that are retired.
    function _all() private view returns (bytes32[] memory all) {
        uint256 ids = PUBLISHERS * MANIFESTS;
        all = new bytes32[](ids + ids * PUBLISHERS + PEOPLE * LISTS + PUBLISHERS * ITEMS);
        uint256 next = 0;
        for (uint256 i = 0; i < ids; ++i) all[next++] = keccak256(abi.encode(models.modelOf(model(i))));
        for (uint256 i = 0; i < ids * PUBLISHERS; ++i) {
            all[next++] = keccak256(abi.encode(models.attestationOf(model(i / PUBLISHERS), uint32(1 + i % PUBLISHERS))));
        }
        for (uint256 i = 0; i < PEOPLE * LISTS; ++i) {
            all[next++] = keccak256(abi.encode(models.outputsOf(person(i / LISTS), list(i % LISTS))));
        }
        for (uint256 i = 0; i < PUBLISHERS * ITEMS; ++i) {
            all[next++] = bytes32(uint256(models.retiredAt(uint32(1 + i / ITEMS), item(i % ITEMS))));
        }
    }

    /// @dev Which of these somebody may change, by the register of publishers as it is before the call.
    function _may(address who, IModelRegistry.Model[] memory known) private view returns (bool[] memory may) {
        bool[4] memory for_;
        for (uint32 number = 1; number <= PUBLISHERS; ++number) {
            for_[number] = publishers.isSigner(number, who, MODEL);
        }
        may = new bool[](known.length + known.length * PUBLISHERS + PEOPLE * LISTS + PUBLISHERS * ITEMS);
        uint256 next = 0;
        for (uint256 i = 0; i < known.length; ++i) may[next++] = _mayModel(who, known[i], for_, i % PUBLISHERS + 1);
        for (uint256 i = 0; i < known.length * PUBLISHERS; ++i) may[next++] = for_[1 + i % PUBLISHERS];
        for (uint256 i = 0; i < PEOPLE * LISTS; ++i) {
            uint32 number = models.outputsOf(person(i / LISTS), list(i % LISTS)).publisher;
            may[next++] = person(i / LISTS) == who || for_[number];
        }
        for (uint256 i = 0; i < PUBLISHERS * ITEMS; ++i) may[next++] = for_[1 + i / ITEMS];
    }

    function _mayModel(address who, IModelRegistry.Model memory which, bool[4] memory for_, uint256 namesake)
        private
        view
        returns (bool)
    {
        if (which.registeredAt == 0) return for_[namesake];
        if (for_[which.owner] || publishers.publisherOf(which.owner).controller == who) return true;
        return which.pendingOwner != 0 && publishers.publisherOf(which.pendingOwner).controller == who;
    }

    function _number() private returns (uint32) {
        return uint32(1 + _dice(PUBLISHERS));
    }

    function _dice(uint256 sides) private returns (uint256) {
        _seed = keccak256(abi.encode(_seed));
        return uint256(_seed) % sides;
    }
}
