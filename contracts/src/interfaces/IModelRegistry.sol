// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which model was trained on what, by whom, and what it said
/// @notice Models are registered by publishers (`IPublisherRegistry`) through signers with the role MODEL. Nobody owns a
/// manifest by being first: a model is one publisher's word about a manifest, and the same manifest may be registered by
/// others, each under an id of its own.
/// @dev Hashes of files are SHA-256. Data roots are Merkle Tree Hashes of RFC 9162, section 2.1.1, over the distinct
/// SHA-256 of the items in ascending order: a leaf is SHA-256(0x00 || item), a node SHA-256(0x01 || left || right).
/// Times are Unix seconds.
interface IModelRegistry {
    /// @notice What is registered of a model.
    /// @param manifest hash of the manifest, which names the weights, the limits and what was measured
    /// @param weights hash of the file of weights
    /// @param dataRoot root over what it was trained on, or 0 where that is not told
    /// @param items number of leaves under that root, 0 exactly where the root is 0
    /// @param record hash of the training record
    /// @param evaluation hash of what was measured of it, or 0
    /// @param parents ids of the models it was made from, up to 16, each registered before; the first decides its family
    /// @param uri where manifest and record can be found, up to 512 bytes, or ""
    struct Registration {
        bytes32 manifest;
        bytes32 weights;
        bytes32 dataRoot;
        uint64 items;
        bytes32 record;
        bytes32 evaluation;
        bytes32[] parents;
        string uri;
    }

    /// @notice What is stored about a model; zeros where there is none.
    /// @param owner the publisher it belongs to
    /// @param pendingOwner the publisher it was offered to, or 0
    /// @param registeredAt when it was registered
    /// @param changedAt when its status last changed, or 0
    /// @param status 1 active, 2 deprecated, 3 revoked
    /// @param reason why, a code of the application's, 0 for none
    /// @param items number of items under `dataRoot`
    /// @param parents how many it was made from
    /// @param manifest hash of the manifest
    /// @param weights hash of the weights
    /// @param dataRoot root over the data, or 0
    /// @param record hash of the training record
    /// @param evaluation hash of what was measured, or 0
    /// @param family the model at the root of its line of first parents, itself where it has none
    struct Model {
        uint32 owner;
        uint32 pendingOwner;
        uint40 registeredAt;
        uint40 changedAt;
        uint8 status;
        uint8 reason;
        uint64 items;
        uint8 parents;
        bytes32 manifest;
        bytes32 weights;
        bytes32 dataRoot;
        bytes32 record;
        bytes32 evaluation;
        bytes32 family;
    }

    /// @notice A publisher's word about how often a model is wrong.
    struct Attestation {
        bytes32 evaluation;
        uint40 attestedAt;
        uint40 withdrawnAt;
    }

    /// @notice One thing that a model said of a file, or, with the decision 3, that it made the file.
    /// @param index place in the list, from 0
    /// @param manifest hash of the model's manifest
    /// @param media SHA-256 of the file
    /// @param witness short name of what was asked, ASCII, padded with zeros on the right
    /// @param score in millionths; 4294967295 for none
    /// @param decision 0 no signs, 1 signs, 2 inconclusive, 3 made by this model
    /// @param time when it said so
    struct Output {
        uint32 index;
        bytes32 manifest;
        bytes32 media;
        bytes32 witness;
        uint32 score;
        uint8 decision;
        uint40 time;
    }

    /// @notice A list of outputs, by its Merkle root; zeros where there is none.
    struct Outputs {
        uint40 recordedAt;
        uint40 withdrawnAt;
        uint32 count;
        uint32 publisher;
    }

    /// @notice That an item is not under a root: the two leaves between which it would stand.
    /// @param index where it would stand, 0 to the number of items
    /// @param left the item before, at index - 1; 0 where index is 0
    /// @param right the item after, at index; 0 where index is the number of items
    /// @param leftPath hashes from the left leaf to the root, from below; empty where index is 0
    /// @param rightPath hashes from the right leaf to the root; empty where index is the number of items
    struct Absence {
        uint64 index;
        bytes32 left;
        bytes32 right;
        bytes32[] leftPath;
        bytes32[] rightPath;
    }

    /// @notice A model was registered. Its parents follow, an event each, in order.
    event ModelRegistered(
        bytes32 indexed model,
        uint32 indexed publisher,
        bytes32 indexed manifest,
        address signer,
        bytes32 weights,
        bytes32 dataRoot,
        uint64 items,
        bytes32 record,
        bytes32 evaluation,
        bytes32 family,
        string uri
    );
    /// @notice A model was made from another.
    event ParentNamed(bytes32 indexed model, bytes32 indexed parent);
    /// @notice A model's status changed.
    event StatusSet(
        bytes32 indexed model, uint32 indexed owner, address indexed signer, uint8 status, uint8 reason
    );
    /// @notice A model was offered to another publisher; `to` 0: the offer was taken back.
    event ModelOffered(bytes32 indexed model, uint32 indexed from, uint32 indexed to);
    /// @notice A model went over to another publisher. Its id stays.
    event ModelTransferred(bytes32 indexed model, uint32 indexed from, uint32 indexed to);
    /// @notice A publisher measured a model, and says what came out; it takes the place of what it said before.
    event Attested(
        bytes32 indexed model, uint32 indexed publisher, address indexed signer, bytes32 evaluation, string uri
    );
    /// @notice A publisher takes back what it said about a model.
    event AttestationWithdrawn(
        bytes32 indexed model, uint32 indexed publisher, address indexed signer, uint8 reason
    );
    /// @notice A list of outputs was recorded; `publisher` 0: in the signer's own name alone.
    event OutputsRecorded(
        bytes32 indexed root,
        uint32 indexed publisher,
        address indexed signer,
        uint32 count,
        bytes32 listHash,
        string uri
    );
    /// @notice A list of outputs was withdrawn. `signer` is who recorded it.
    event OutputsWithdrawn(bytes32 indexed root, uint32 indexed publisher, address indexed signer, uint8 reason);
    /// @notice A publisher will train on this item no more.
    event ItemRetired(bytes32 indexed item, uint32 indexed publisher, address indexed signer, uint8 reason);

    /// @notice The account may not sign for that publisher in the role MODEL, now.
    error NotSigner();
    /// @notice The caller is not the controller of that publisher.
    error NotController();
    /// @notice That model was not offered to a publisher of the caller's.
    error NotOffered();
    /// @notice The publisher registered this manifest before.
    error AlreadyRegistered(bytes32 model);
    /// @notice There is no such model, list of outputs, attestation or publisher.
    error NotRegistered();
    /// @notice It was withdrawn, and stays so.
    error AlreadyRevoked();
    /// @notice No such status, or the one it has.
    error BadStatus(uint8 status);
    /// @notice A parent is no registered model.
    error UnknownParent(bytes32 parent);
    /// @notice A parent is named twice.
    error DuplicateParent(bytes32 parent);
    /// @notice More than 16 parents.
    error TooManyParents(uint256 count);
    /// @notice The list of outputs stands already.
    error AlreadyRecorded(bytes32 root);
    /// @notice The publisher retired this item before.
    error AlreadyRetired(bytes32 item);
    /// @notice A batch has 1 to 500 items, a root stands for at least one.
    error BatchSize(uint256 size);
    /// @notice A hash is needed.
    error ZeroHash();
    /// @notice An address is needed.
    error ZeroAddress();
    /// @notice The text is longer than `most` bytes.
    error BadLength(uint256 length, uint256 most);

    /// @notice Register a model. By a signer with the role MODEL.
    /// @return model its id, keccak256(abi.encode(publisher, manifest))
    function register(uint32 publisher, Registration calldata what) external returns (bytes32 model);

    /// @notice Set a model's status: 1 active, 2 deprecated, 3 revoked, which is for ever. By a signer of its owner's with
    /// the role MODEL.
    function setStatus(bytes32 model, uint8 status, uint8 reason) external;

    /// @notice Offer a model to another publisher; 0 takes an offer back. By the controller of its owner. An offer stands,
    /// whoever controls either of them meanwhile.
    function offerModel(bytes32 model, uint32 to) external;

    /// @notice Take a model that was offered. By the controller of the publisher that it was offered to.
    function acceptModel(bytes32 model) external;

    /// @notice Say what was measured of a model. By a signer with the role MODEL, of any publisher.
    /// @param publisher who says so
    /// @param model which model
    /// @param evaluation hash of the report
    /// @param uri where the report can be found, up to 512 bytes, or ""
    function attest(uint32 publisher, bytes32 model, bytes32 evaluation, string calldata uri) external;

    /// @notice Take back what one's publisher said about a model. By a signer with the role MODEL.
    function withdrawAttestation(uint32 publisher, bytes32 model, uint8 reason) external;

    /// @notice Record a list of outputs by its Merkle root over `outputHash` of each, in order (OpenZeppelin's standard
    /// layout). By anyone for publisher 0; by a signer with the role MODEL for another.
    /// @param publisher in whose name, 0 for the caller's own alone
    /// @param root of the tree
    /// @param count of leaves, at least 1
    /// @param listHash keccak256 of the list's bytes
    /// @param uri where the list can be found, up to 512 bytes, or ""
    function recordOutputs(uint32 publisher, bytes32 root, uint32 count, bytes32 listHash, string calldata uri)
        external;

    /// @notice Withdraw a list of outputs. By who recorded it, or by a signer of its publisher's with the role MODEL.
    function withdrawOutputs(address signer, bytes32 root, uint8 reason) external;

    /// @notice Say that 1 to 500 items will be trained on no more. By a signer with the role MODEL. It cannot be undone.
    function retire(uint32 publisher, bytes32[] calldata items, uint8 reason) external;

    /// @notice What is stored about a model; zeros where there is none.
    function modelOf(bytes32 model) external view returns (Model memory);

    /// @notice The id of a publisher's model.
    function idOf(uint32 publisher, bytes32 manifest) external pure returns (bytes32);

    /// @notice The parent of a model at a place, from 0.
    function parentOf(bytes32 model, uint256 place) external view returns (bytes32);

    /// @notice What a publisher said of a model; zeros where it said nothing.
    function attestationOf(bytes32 model, uint32 publisher) external view returns (Attestation memory);

    /// @notice A list of outputs by who recorded it.
    function outputsOf(address signer, bytes32 root) external view returns (Outputs memory);

    /// @notice The hash of an output: keccak256 of keccak256 of its fields, so that no node of a tree passes for a leaf.
    function outputHash(Output calldata output) external pure returns (bytes32);

    /// @notice Whether an output is in a list that this account recorded and that is not withdrawn.
    function verifyOutput(address signer, bytes32 root, Output calldata output, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice When a publisher retired an item; 0 where it did not.
    function retiredAt(uint32 publisher, bytes32 item) external view returns (uint40);

    /// @notice Whether an item stands at a place under a root.
    function provesPresence(bytes32 root, uint64 count, bytes32 item, uint64 index, bytes32[] calldata path)
        external
        pure
        returns (bool);

    /// @notice Whether an item is proved not to be under a root.
    function provesAbsence(bytes32 root, uint64 count, bytes32 item, Absence calldata proof)
        external
        pure
        returns (bool);

    /// @notice Whether an item is proved to be in what a model was trained on.
    function presentIn(bytes32 model, bytes32 item, uint64 index, bytes32[] calldata path)
        external
        view
        returns (bool);

    /// @notice Whether an item is proved not to be in what a model was trained on. False for a model that tells no data.
    function absentFrom(bytes32 model, bytes32 item, Absence calldata proof) external view returns (bool);

    /// @notice The register of publishers that is asked about signers.
    function PUBLISHERS() external view returns (address);
}
