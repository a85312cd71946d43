// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../../src/MediaRegistry.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {PublisherRegistry} from "../../src/PublisherRegistry.sol";
import {IMediaRegistry} from "../../src/interfaces/IMediaRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IPublisherRegistry} from "../../src/interfaces/IPublisherRegistry.sol";
import {Vm} from "./Vm.sol";

/// @dev Assertions, and a publisher (number 1, controlled by `OWNER`) with a plain key as a signer of every role.
abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint8 internal constant REGISTER = 1;
    uint8 internal constant REVOKE = 2;
    uint8 internal constant BATCH = 4;
    uint8 internal constant MODEL = 8;
    uint8 internal constant ALL = 15;
    uint40 internal constant START = 1_750_000_000;
    uint256 internal constant KEY = 0xA11CE;
    uint256 internal constant OTHER_KEY = 0xB0B;
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    address internal constant OWNER = address(0x0A11);
    address internal constant RECOVERY = address(0x5AFE);
    address internal constant STRANGER = address(0xBAD);

    PublisherRegistry internal publishers;
    MediaRegistry internal media;
    ModelRegistry internal models;
    address internal signer;

    error Failed(string what);
    error Differ(string what, bytes32 found, bytes32 wanted);

    function setUp() public virtual {
        vm.warp(START);
        publishers = new PublisherRegistry();
        media = new MediaRegistry(address(publishers));
        models = new ModelRegistry(address(publishers));
        signer = vm.addr(KEY);
        vm.prank(OWNER);
        publishers.create("Example News", "example.org", RECOVERY);
        vm.prank(OWNER);
        publishers.setSigner(1, signer, ALL, 0, 0);
    }

    function check(bool good, string memory what) internal pure {
        if (!good) revert Failed(what);
    }

    function same(bytes32 found, bytes32 wanted, string memory what) internal pure {
        if (found != wanted) revert Differ(what, found, wanted);
    }

    function same(uint256 found, uint256 wanted, string memory what) internal pure {
        same(bytes32(found), bytes32(wanted), what);
    }

    function same(address found, address wanted, string memory what) internal pure {
        same(bytes32(uint256(uint160(found))), bytes32(uint256(uint160(wanted))), what);
    }

    function named(uint8 roles, uint40 from, uint40 to) internal {
        vm.prank(OWNER);
        publishers.setSigner(1, signer, roles, from, to);
    }

    function another(string memory name) internal returns (uint32 publisher, address controller) {
        controller = address(uint160(uint256(keccak256(bytes(name)))));
        vm.prank(controller);
        publisher = publishers.create(name, "", address(0));
    }

    function registration(bytes32 file) internal pure returns (IMediaRegistry.Registration memory what) {
        what.sha256 = file;
        what.pdq = keccak256("pdq");
        what.kind = 1;
        what.flags = 2;
        what.uri = "https://example.org/a";
    }

    function itemOf(bytes32 file) internal pure returns (IMediaRegistry.Item memory) {
        return IMediaRegistry.Item(file, keccak256("pdq"), keccak256("manifest"), 1, 1);
    }

    function itemsOf(uint256 count) internal pure returns (IMediaRegistry.Item[] memory items) {
        items = new IMediaRegistry.Item[](count);
        for (uint256 i = 0; i < count; ++i) items[i] = itemOf(keccak256(abi.encode(count, i)));
    }

    /// @dev A model trained on seven items, made from nothing.
    function trained(bytes32 manifest) internal pure returns (IModelRegistry.Registration memory what) {
        what.manifest = manifest;
        what.weights = keccak256("weights");
        what.dataRoot = keccak256("data");
        what.items = 7;
        what.record = keccak256("record");
        what.evaluation = keccak256("evaluation");
        what.uri = "https://example.org/model";
    }

    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
