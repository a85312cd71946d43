// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMediaRegistry} from "./interfaces/IMediaRegistry.sol";
import {IPublisherRegistry} from "./interfaces/IPublisherRegistry.sol";
import {TypedDomain} from "./lib/TypedDomain.sol";

/// @title Register of media
/// @notice See the interface. There is no owner, no upgrade and no pause, it holds no money, and one publisher can neither
/// change nor hinder what another says.
contract MediaRegistry is IMediaRegistry, TypedDomain {
    uint8 private constant REGISTER = 1;
    uint8 private constant REVOKE = 2;
    uint8 private constant BATCH = 4;
    uint256 private constant MAX_BATCH = 500;
    uint256 private constant MAX_URI = 512;
    bytes32 private constant REGISTRATION = keccak256(
        "Registration(uint32 publisher,address signer,bytes32 sha256,bytes32 pdq,bytes32 manifest,bytes32 parent,uint8 kind,uint8 flags,string uri,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IMediaRegistry
    address public immutable PUBLISHERS;

    mapping(bytes32 sha256 => Entry) private _first;
    mapping(bytes32 sha256 => mapping(uint32 publisher => Claim)) private _further;
    mapping(uint32 publisher => mapping(bytes32 root => Root)) private _roots;
    mapping(uint32 publisher => mapping(bytes32 root => mapping(bytes32 leaf => uint40))) private _leaves;
    mapping(address signer => uint256) private _nonces;

    modifier onlySigner(uint32 publisher, uint8 role) {
        _checkSigner(publisher, msg.sender, role);
        _;
    }

    /// @notice Ask this register of publishers about signers, for ever.
    constructor(address publishers) {
        if (publishers == address(0)) revert ZeroAddress();
        PUBLISHERS = publishers;
    }

    /// @inheritdoc IMediaRegistry
    function register(uint32 publisher, Registration calldata what) external onlySigner(publisher, REGISTER) {
        _register(publisher, msg.sender, what);
    }

    /// @inheritdoc IMediaRegistry
    function registerBySig(
        uint32 publisher,
        Registration calldata what,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) revert Expired(deadline);
        uint256 expected = _nonces[signer];
        if (nonce != expected) revert BadNonce(expected);
        _checkSigner(publisher, signer, REGISTER);
        _nonces[signer] = expected + 1;
        bytes32 digest = registrationDigest(publisher, what, signer, nonce, deadline);
        if (!_signed(signer, digest, signature)) revert BadSignature();
        _register(publisher, signer, what);
    }

    /// @inheritdoc IMediaRegistry
    function skipNonce() external {
        emit NonceSkipped(msg.sender, _nonces[msg.sender]++);
    }

    /// @inheritdoc IMediaRegistry
    function registerMany(uint32 publisher, Item[] calldata items) external onlySigner(publisher, BATCH) {
        if (items.length == 0 || items.length > MAX_BATCH) revert BatchSize(items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            Item calldata item = items[i];
            _claim(publisher, item.sha256, item.kind, item.flags);
            emit BatchItem(item.sha256, publisher, msg.sender, item.kind, item.flags, item.pdq, item.manifest);
        }
    }

    /// @inheritdoc IMediaRegistry
    function registerRoot(uint32 publisher, bytes32 root, uint32 count, bytes32 listHash, string calldata uri)
        external
        onlySigner(publisher, BATCH)
    {
        if (root == bytes32(0) || listHash == bytes32(0)) revert ZeroHash();
        if (count == 0) revert BatchSize(count);
        _checkUri(uri);
        Root memory known = _roots[publisher][root];
        if (known.registeredAt != 0 && known.revokedAt == 0) revert AlreadyRegistered(root);
        _roots[publisher][root] = Root(_now(), 0, count);
        emit RootRegistered(root, publisher, msg.sender, count, listHash, uri);
    }

    /// @inheritdoc IMediaRegistry
    function revoke(uint32 publisher, bytes32 file, uint8 reason, bytes32 replacement)
        external
        onlySigner(publisher, REVOKE)
    {
        Claim memory claim = claimOf(file, publisher);
        // Nothing that anyone can move by sending money is compared here.
        // slither-disable-start incorrect-equality
        if (claim.registeredAt == 0) revert NotRegistered();
        if (claim.revokedAt != 0) revert AlreadyRevoked();
        if (_first[file].publisher == publisher) _first[file].revokedAt = _now();
        else _further[file][publisher].revokedAt = _now();
        // slither-disable-end incorrect-equality
        emit Revoked(file, publisher, msg.sender, reason, replacement);
    }

    /// @inheritdoc IMediaRegistry
    function revokeLeaf(
        uint32 publisher,
        bytes32 root,
        Leaf calldata leaf,
        bytes32[] calldata proof,
        uint8 reason,
        bytes32 replacement
    ) external onlySigner(publisher, REVOKE) {
        Root memory batch = _standing(publisher, root);
        bytes32 hash = leafHash(leaf);
        if (!_proved(batch, root, leaf.index, hash, proof)) revert BadProof();
        if (_leaves[publisher][root][hash] != 0) revert AlreadyRevoked();
        _leaves[publisher][root][hash] = _now();
        emit LeafRevoked(leaf.sha256, publisher, msg.sender, root, leaf.index, reason, replacement);
    }

    /// @inheritdoc IMediaRegistry
    function revokeRoot(uint32 publisher, bytes32 root, uint8 reason) external onlySigner(publisher, REVOKE) {
        _standing(publisher, root);
        _roots[publisher][root].revokedAt = _now();
        emit RootRevoked(root, publisher, msg.sender, reason);
    }

    /// @inheritdoc IMediaRegistry
    function verifyLeaf(uint32 publisher, bytes32 root, Leaf calldata leaf, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        Root memory batch = _roots[publisher][root];
        bytes32 hash = leafHash(leaf);
        return batch.registeredAt != 0 && batch.revokedAt == 0 && _leaves[publisher][root][hash] == 0
            && _proved(batch, root, leaf.index, hash, proof);
    }

    /// @inheritdoc IMediaRegistry
    function firstOf(bytes32 file) external view returns (Entry memory) {
        return _first[file];
    }

    /// @inheritdoc IMediaRegistry
    function rootOf(uint32 publisher, bytes32 root) external view returns (Root memory) {
        return _roots[publisher][root];
    }

    /// @inheritdoc IMediaRegistry
    function leafRevokedAt(uint32 publisher, bytes32 root, bytes32 leaf) external view returns (uint40) {
        return _leaves[publisher][root][leaf];
    }

    /// @inheritdoc IMediaRegistry
    function nonceOf(address signer) external view returns (uint256) {
        return _nonces[signer];
    }

    /// @inheritdoc IMediaRegistry
    function claimOf(bytes32 file, uint32 publisher) public view returns (Claim memory) {
        Entry memory first = _first[file];
        if (publisher == 0 || first.publisher != publisher) return _further[file][publisher];
        return Claim(first.registeredAt, first.revokedAt, first.kind, first.flags);
    }

    /// @inheritdoc IMediaRegistry
    function registrationDigest(
        uint32 publisher,
        Registration calldata what,
        address signer,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        bytes memory file = abi.encode(
            what.sha256, what.pdq, what.manifest, what.parent, what.kind, what.flags, keccak256(bytes(what.uri))
        );
        return _typedDigest(
            keccak256(bytes.concat(abi.encode(REGISTRATION, publisher, signer), file, abi.encode(nonce, deadline)))
        );
    }

    /// @inheritdoc IMediaRegistry
    function leafHash(Leaf calldata leaf) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.index, leaf.sha256, leaf.pdq, leaf.manifest))));
    }

    function _register(uint32 publisher, address signer, Registration calldata what) private {
        _checkUri(what.uri);
        _claim(publisher, what.sha256, what.kind, what.flags);
        emit Registered(
            what.sha256,
            publisher,
            signer,
            what.kind,
            what.flags,
            what.pdq,
            what.manifest,
            what.parent,
            what.uri
        );
    }

    /// @dev The first publisher's claim lives in the file's slot, each further one in a slot of its own.
    function _claim(uint32 publisher, bytes32 file, uint8 kind, uint8 flags) private {
        if (file == bytes32(0)) revert ZeroHash();
        Entry storage first = _first[file];
        uint32 owner = first.publisher;
        if (owner == 0) {
            _first[file] = Entry(publisher, _now(), 0, 1, kind, flags);
        } else if (owner == publisher) {
            if (first.revokedAt == 0) revert AlreadyRegistered(file);
            _first[file] = Entry(publisher, _now(), 0, first.claims, kind, flags);
        } else {
            Claim memory known = _further[file][publisher];
            if (known.registeredAt == 0) ++first.claims;
            else if (known.revokedAt == 0) revert AlreadyRegistered(file);
            _further[file][publisher] = Claim(_now(), 0, kind, flags);
        }
    }

    function _checkSigner(uint32 publisher, address signer, uint8 role) private view {
        if (!IPublisherRegistry(PUBLISHERS).isSigner(publisher, signer, role)) revert NotSigner();
    }

    /// @dev A key's signature is tried first: an account that carries delegated code (EIP-7702) still has its key.
    function _signed(address signer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (problem == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer.code.length != 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }

    function _standing(uint32 publisher, bytes32 root) private view returns (Root memory batch) {
        batch = _roots[publisher][root];
        if (batch.registeredAt == 0) revert NotRegistered();
        if (batch.revokedAt != 0) revert AlreadyRevoked();
    }

    function _proved(Root memory batch, bytes32 root, uint32 index, bytes32 hash, bytes32[] calldata proof)
        private
        pure
        returns (bool)
    {
        return index < batch.count && MerkleProof.verifyCalldata(proof, root, hash);
    }

    function _checkUri(string calldata uri) private pure {
        if (bytes(uri).length > MAX_URI) revert BadLength(bytes(uri).length, MAX_URI);
    }

    function _domainName() internal pure override returns (string memory) {
        return "Touchstone MediaRegistry";
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
