// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IPublisherRegistry} from "./interfaces/IPublisherRegistry.sol";
import {DataRoots} from "./lib/DataRoots.sol";

/// @title Register of models
/// @notice See the interface. There is no owner, no upgrade and no pause, it holds no money, and one publisher can neither
/// change nor hinder what another says.
contract ModelRegistry is IModelRegistry {
    uint8 private constant MODEL = 8;
    uint8 private constant ACTIVE = 1;
    uint8 private constant REVOKED = 3;
    uint256 private constant MAX_BATCH = 500;
    uint256 private constant MAX_PARENTS = 16;
    uint256 private constant MAX_URI = 512;

    /// @inheritdoc IModelRegistry
    address public immutable PUBLISHERS;

    // A model without parents has no family in storage: it is its own.
    mapping(bytes32 model => Model) private _models;
    mapping(bytes32 model => mapping(uint256 place => bytes32)) private _parents;
    mapping(bytes32 model => mapping(uint32 publisher => Attestation)) private _attestations;
    mapping(address signer => mapping(bytes32 root => Outputs)) private _outputs;
    mapping(uint32 publisher => mapping(bytes32 item => uint40)) private _retired;

    modifier onlySigner(uint32 publisher) {
        if (!_maySign(publisher)) revert NotSigner();
        _;
    }

    /// @notice Ask this register of publishers about signers, for ever.
    constructor(address publishers) {
        if (publishers == address(0)) revert ZeroAddress();
        PUBLISHERS = publishers;
    }

    /// @inheritdoc IModelRegistry
    function register(uint32 publisher, Registration calldata what)
        external
        onlySigner(publisher)
        returns (bytes32 model)
    {
        _check(what);
        model = idOf(publisher, what.manifest);
        Model storage made = _models[model];
        if (made.registeredAt != 0) revert AlreadyRegistered(model);
        bytes32 family = _nameParents(model, what.parents);
        made.owner = publisher;
        made.registeredAt = _now();
        made.status = ACTIVE;
        made.items = what.items;
        made.parents = uint8(what.parents.length);
        made.manifest = what.manifest;
        made.weights = what.weights;
        made.record = what.record;
        if (what.dataRoot != bytes32(0)) made.dataRoot = what.dataRoot;
        if (what.evaluation != bytes32(0)) made.evaluation = what.evaluation;
        if (family != model) made.family = family;
        _emitRegistered(model, publisher, what, family);
        for (uint256 i = 0; i < what.parents.length; ++i) {
            emit ParentNamed(model, what.parents[i]);
        }
    }

    /// @inheritdoc IModelRegistry
    function setStatus(bytes32 model, uint8 status, uint8 reason) external {
        Model storage which = _known(model);
        uint32 owner = which.owner;
        if (!_maySign(owner)) revert NotSigner();
        if (which.status == REVOKED) revert AlreadyRevoked();
        if (status < ACTIVE || status > REVOKED || status == which.status) revert BadStatus(status);
        which.status = status;
        which.reason = reason;
        which.changedAt = _now();
        emit StatusSet(model, owner, msg.sender, status, reason);
    }

    /// @inheritdoc IModelRegistry
    function offerModel(bytes32 model, uint32 to) external {
        Model storage which = _known(model);
        uint32 owner = which.owner;
        if (_publisher(owner).controller != msg.sender) revert NotController();
        if (to == 0 && which.pendingOwner == 0) revert NotOffered();
        // A number that nobody has yet would be for whoever becomes a publisher next.
        if (to != 0 && _publisher(to).createdAt == 0) revert NotRegistered();
        which.pendingOwner = to;
        emit ModelOffered(model, owner, to);
    }

    /// @inheritdoc IModelRegistry
    function acceptModel(bytes32 model) external {
        Model storage which = _models[model];
        (uint32 from, uint32 to) = (which.owner, which.pendingOwner);
        if (to == 0 || _publisher(to).controller != msg.sender) revert NotOffered();
        (which.owner, which.pendingOwner) = (to, 0);
        emit ModelTransferred(model, from, to);
    }

    /// @inheritdoc IModelRegistry
    function attest(uint32 publisher, bytes32 model, bytes32 evaluation, string calldata uri)
        external
        onlySigner(publisher)
    {
        _known(model);
        if (evaluation == bytes32(0)) revert ZeroHash();
        _checkUri(uri);
        _attestations[model][publisher] = Attestation(evaluation, _now(), 0);
        emit Attested(model, publisher, msg.sender, evaluation, uri);
    }

    /// @inheritdoc IModelRegistry
    function withdrawAttestation(uint32 publisher, bytes32 model, uint8 reason) external onlySigner(publisher) {
        Attestation storage said = _attestations[model][publisher];
        if (said.attestedAt == 0) revert NotRegistered();
        if (said.withdrawnAt != 0) revert AlreadyRevoked();
        said.withdrawnAt = _now();
        emit AttestationWithdrawn(model, publisher, msg.sender, reason);
    }

    /// @inheritdoc IModelRegistry
    function recordOutputs(uint32 publisher, bytes32 root, uint32 count, bytes32 listHash, string calldata uri)
        external
    {
        if (publisher != 0 && !_maySign(publisher)) revert NotSigner();
        if (root == bytes32(0) || listHash == bytes32(0)) revert ZeroHash();
        if (count == 0) revert BatchSize(count);
        _checkUri(uri);
        Outputs memory known = _outputs[msg.sender][root];
        if (known.recordedAt != 0 && known.withdrawnAt == 0) revert AlreadyRecorded(root);
        _outputs[msg.sender][root] = Outputs(_now(), 0, count, publisher);
        emit OutputsRecorded(root, publisher, msg.sender, count, listHash, uri);
    }

    /// @inheritdoc IModelRegistry
    function withdrawOutputs(address signer, bytes32 root, uint8 reason) external {
        Outputs storage list = _outputs[signer][root];
        if (list.recordedAt == 0) revert NotRegistered();
        uint32 publisher = list.publisher;
        if (msg.sender != signer && (publisher == 0 || !_maySign(publisher))) revert NotSigner();
        if (list.withdrawnAt != 0) revert AlreadyRevoked();
        list.withdrawnAt = _now();
        emit OutputsWithdrawn(root, publisher, signer, reason);
    }

    /// @inheritdoc IModelRegistry
    function retire(uint32 publisher, bytes32[] calldata items, uint8 reason) external onlySigner(publisher) {
        if (items.length == 0 || items.length > MAX_BATCH) revert BatchSize(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            bytes32 item = items[i];
            if (item == bytes32(0)) revert ZeroHash();
            if (_retired[publisher][item] != 0) revert AlreadyRetired(item);
            _retired[publisher][item] = _now();
            emit ItemRetired(item, publisher, msg.sender, reason);
        }
    }

    /// @inheritdoc IModelRegistry
    function modelOf(bytes32 model) external view returns (Model memory which) {
        which = _models[model];
        // Nothing that anyone can move by sending money is compared here, or below.
        // slither-disable-next-line incorrect-equality
        if (which.registeredAt != 0 && which.family == bytes32(0)) which.family = model;
    }

    /// @inheritdoc IModelRegistry
    function parentOf(bytes32 model, uint256 place) external view returns (bytes32) {
        return _parents[model][place];
    }

    /// @inheritdoc IModelRegistry
    function attestationOf(bytes32 model, uint32 publisher) external view returns (Attestation memory) {
        return _attestations[model][publisher];
    }

    /// @inheritdoc IModelRegistry
    function outputsOf(address signer, bytes32 root) external view returns (Outputs memory) {
        return _outputs[signer][root];
    }

    /// @inheritdoc IModelRegistry
    function verifyOutput(address signer, bytes32 root, Output calldata output, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        Outputs memory list = _outputs[signer][root];
        // slither-disable-next-line incorrect-equality
        return list.recordedAt != 0 && list.withdrawnAt == 0 && output.index < list.count
            && MerkleProof.verifyCalldata(proof, root, outputHash(output));
    }

    /// @inheritdoc IModelRegistry
    function retiredAt(uint32 publisher, bytes32 item) external view returns (uint40) {
        return _retired[publisher][item];
    }

    /// @inheritdoc IModelRegistry
    function provesPresence(bytes32 root, uint64 count, bytes32 item, uint64 index, bytes32[] calldata path)
        external
        pure
        returns (bool)
    {
        return DataRoots.present(root, count, item, index, path);
    }

    /// @inheritdoc IModelRegistry
    function provesAbsence(bytes32 root, uint64 count, bytes32 item, Absence calldata proof)
        external
        pure
        returns (bool)
    {
        return DataRoots.absent(root, count, item, proof);
    }

    /// @inheritdoc IModelRegistry
    function presentIn(bytes32 model, bytes32 item, uint64 index, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        Model storage which = _models[model];
        return DataRoots.present(which.dataRoot, which.items, item, index, path);
    }

    /// @inheritdoc IModelRegistry
    function absentFrom(bytes32 model, bytes32 item, Absence calldata proof) external view returns (bool) {
        Model storage which = _models[model];
        return DataRoots.absent(which.dataRoot, which.items, item, proof);
    }

    /// @inheritdoc IModelRegistry
    function idOf(uint32 publisher, bytes32 manifest) public pure returns (bytes32) {
        return keccak256(abi.encode(publisher, manifest));
    }

    /// @inheritdoc IModelRegistry
    function outputHash(Output calldata output) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(output))));
    }

    /// @dev Whoever a model was made from is there before it, so that no line of parents comes back to where it began.
    /// @return family the first parent's, or the model's own
    function _nameParents(bytes32 model, bytes32[] calldata parents) private returns (bytes32 family) {
        family = model;
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 parent = parents[i];
            Model storage which = _models[parent];
            if (which.registeredAt == 0) revert UnknownParent(parent);
            for (uint256 j = 0; j < i; ++j) {
                if (parents[j] == parent) revert DuplicateParent(parent);
            }
            if (i == 0) family = which.family == bytes32(0) ? parent : which.family;
            _parents[model][i] = parent;
        }
    }

    function _emitRegistered(bytes32 model, uint32 publisher, Registration calldata what, bytes32 family) private {
        emit ModelRegistered(
            model,
            publisher,
            what.manifest,
            msg.sender,
            what.weights,
            what.dataRoot,
            what.items,
            what.record,
            what.evaluation,
            family,
            what.uri
        );
    }

    function _known(bytes32 model) private view returns (Model storage which) {
        which = _models[model];
        if (which.registeredAt == 0) revert NotRegistered();
    }

    function _maySign(uint32 publisher) private view returns (bool) {
        return IPublisherRegistry(PUBLISHERS).isSigner(publisher, msg.sender, MODEL);
    }

    function _publisher(uint32 publisher) private view returns (IPublisherRegistry.Publisher memory) {
        return IPublisherRegistry(PUBLISHERS).publisherOf(publisher);
    }

    function _check(Registration calldata what) private pure {
        if (what.manifest == bytes32(0) || what.weights == bytes32(0) || what.record == bytes32(0)) revert ZeroHash();
        if (what.dataRoot == bytes32(0) && what.items != 0) revert ZeroHash();
        if (what.dataRoot != bytes32(0) && what.items == 0) revert BatchSize(0);
        if (what.parents.length > MAX_PARENTS) revert TooManyParents(what.parents.length);
        _checkUri(what.uri);
    }

    function _checkUri(string calldata uri) private pure {
        if (bytes(uri).length > MAX_URI) revert BadLength(bytes(uri).length, MAX_URI);
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
