// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which publisher said that it published which file
/// @notice A claim is a publisher's word about a file, by the file's SHA-256. Anyone may claim any file: being first is
/// information, not ownership. What is written here is public for ever, and a hash tells anyone who has the file that it
/// was registered.
/// @dev Values of the enumerations that a reader does not know count as 0.
/// kind: 0 unknown, 1 image, 2 video, 3 audio, 4 document.
/// flags: bit 0 the file carries a manifest signed by this publisher, bit 1 declared to be AI-generated.
/// reason: 0 unstated, 1 error, 2 replaced, 3 rights, 4 privacy, 5 found altered, 6 key compromised.
/// Fingerprints, manifests, parents and addresses are asserted by the publisher; nothing here has seen the file.
interface IMediaRegistry {
    /// @notice A file to register singly.
    /// @param sha256 of its bytes
    /// @param pdq 256-bit perceptual fingerprint, or 0
    /// @param manifest SHA-256 of its active C2PA manifest, or 0
    /// @param parent SHA-256 of the file it was made from, or 0
    /// @param kind see above
    /// @param flags see above
    /// @param uri where it or a description can be found, up to 512 bytes, or ""
    struct Registration {
        bytes32 sha256;
        bytes32 pdq;
        bytes32 manifest;
        bytes32 parent;
        uint8 kind;
        uint8 flags;
        string uri;
    }

    /// @notice A file of a batch; fields as in `Registration`.
    struct Item {
        bytes32 sha256;
        bytes32 pdq;
        bytes32 manifest;
        uint8 kind;
        uint8 flags;
    }

    /// @notice A file of a Merkle batch; fields as in `Registration`.
    /// @param index its place in the list, from 0
    struct Leaf {
        uint32 index;
        bytes32 sha256;
        bytes32 pdq;
        bytes32 manifest;
    }

    /// @notice What is stored about a file, in one slot: the first claim, and how many publishers ever claimed it.
    struct Entry {
        uint32 publisher;
        uint40 registeredAt;
        uint40 revokedAt;
        uint32 claims;
        uint8 kind;
        uint8 flags;
    }

    /// @notice What is stored about one publisher's claim of a file.
    struct Claim {
        uint40 registeredAt;
        uint40 revokedAt;
        uint8 kind;
        uint8 flags;
    }

    /// @notice What is stored about a Merkle batch.
    struct Root {
        uint40 registeredAt;
        uint40 revokedAt;
        uint32 count;
    }

    /// @notice A publisher registered a file.
    event Registered(
        bytes32 indexed sha256,
        uint32 indexed publisher,
        address indexed signer,
        uint8 kind,
        uint8 flags,
        bytes32 pdq,
        bytes32 manifest,
        bytes32 parent,
        string uri
    );
    /// @notice A publisher registered a file in a batch.
    event BatchItem(
        bytes32 indexed sha256,
        uint32 indexed publisher,
        address indexed signer,
        uint8 kind,
        uint8 flags,
        bytes32 pdq,
        bytes32 manifest
    );
    /// @notice A publisher registered a list of files by its Merkle root. `listHash` is keccak256 of the list's bytes.
    event RootRegistered(
        bytes32 indexed root,
        uint32 indexed publisher,
        address indexed signer,
        uint32 count,
        bytes32 listHash,
        string uri
    );
    /// @notice A publisher withdrew its claim of a file. `replacement` is the SHA-256 of what takes its place, or 0.
    event Revoked(
        bytes32 indexed sha256, uint32 indexed publisher, address indexed signer, uint8 reason, bytes32 replacement
    );
    /// @notice A publisher withdrew one file of a Merkle batch.
    event LeafRevoked(
        bytes32 indexed sha256,
        uint32 indexed publisher,
        address indexed signer,
        bytes32 root,
        uint32 index,
        uint8 reason,
        bytes32 replacement
    );
    /// @notice A publisher withdrew a whole Merkle batch.
    event RootRevoked(bytes32 indexed root, uint32 indexed publisher, address indexed signer, uint8 reason);
    /// @notice An account took back whatever it had signed with this nonce.
    event NonceSkipped(address indexed signer, uint256 nonce);

    /// @notice The account may not sign for that publisher in the role that is needed, now.
    error NotSigner();
    /// @notice The publisher's claim of this file, or of this root, stands.
    error AlreadyRegistered(bytes32 sha256);
    /// @notice The publisher never registered it.
    error NotRegistered();
    /// @notice The publisher has withdrawn it.
    error AlreadyRevoked();
    /// @notice The leaf is not in that tree, or its index is not below the count.
    error BadProof();
    /// @notice The nonce is not the signer's next one.
    error BadNonce(uint256 expected);
    /// @notice The signature was to be used up to `deadline`.
    error Expired(uint256 deadline);
    /// @notice The signature is not the signer's, or not over this.
    error BadSignature();
    /// @notice A batch has 1 to 500 items, a root stands for at least one.
    error BatchSize(uint256 size);
    /// @notice A hash is needed.
    error ZeroHash();
    /// @notice An address is needed.
    error ZeroAddress();
    /// @notice The text is longer than `most` bytes.
    error BadLength(uint256 length, uint256 most);

    /// @notice Register a file. By a signer with the role REGISTER. Where the publisher withdrew its claim before, the
    /// claim stands again from now on.
    function register(uint32 publisher, Registration calldata what) external;

    /// @notice Register a file for a signer who signed for it (EIP-712). By anyone; the signer needs the role REGISTER.
    /// @param publisher the publisher
    /// @param what the file
    /// @param signer who signed: a plain key, or an account that answers ERC-1271
    /// @param nonce the signer's next one
    /// @param deadline last second in which the signature may be used
    /// @param signature 65 bytes r, s, v for a key; what the account understands otherwise
    function registerBySig(
        uint32 publisher,
        Registration calldata what,
        address signer,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Take back a signature that was given and not used: the caller's next one has to carry the nonce after.
    function skipNonce() external;

    /// @notice Register 1 to 500 files, all or none. By a signer with the role BATCH.
    function registerMany(uint32 publisher, Item[] calldata items) external;

    /// @notice Register a list of files by its Merkle root. By a signer with the role BATCH. Nothing here checks the list:
    /// readers fetch it, hold it to `listHash` and build the tree again.
    /// @param publisher the publisher
    /// @param root of the tree over `leafHash` of each leaf in order (OpenZeppelin's standard layout)
    /// @param count of leaves, at least 1
    /// @param listHash keccak256 of the list's bytes
    /// @param uri where the list can be found, up to 512 bytes, or ""
    function registerRoot(uint32 publisher, bytes32 root, uint32 count, bytes32 listHash, string calldata uri)
        external;

    /// @notice Withdraw the publisher's claim of a file. By a signer with the role REVOKE.
    function revoke(uint32 publisher, bytes32 file, uint8 reason, bytes32 replacement) external;

    /// @notice Withdraw one file of a Merkle batch. By a signer with the role REVOKE.
    function revokeLeaf(
        uint32 publisher,
        bytes32 root,
        Leaf calldata leaf,
        bytes32[] calldata proof,
        uint8 reason,
        bytes32 replacement
    ) external;

    /// @notice Withdraw a whole Merkle batch. By a signer with the role REVOKE.
    function revokeRoot(uint32 publisher, bytes32 root, uint8 reason) external;

    /// @notice Whether a leaf is in a publisher's batch, and neither it nor the batch is withdrawn.
    function verifyLeaf(uint32 publisher, bytes32 root, Leaf calldata leaf, bytes32[] calldata proof)
        external
        view
        returns (bool);

    /// @notice The first claim of a file, and how many publishers ever claimed it singly; zeros where nobody did.
    function firstOf(bytes32 file) external view returns (Entry memory);

    /// @notice One publisher's claim of a file; zeros where there is none.
    function claimOf(bytes32 file, uint32 publisher) external view returns (Claim memory);

    /// @notice A publisher's Merkle batch; zeros where there is none.
    function rootOf(uint32 publisher, bytes32 root) external view returns (Root memory);

    /// @notice When a leaf of a publisher's batch was withdrawn, by its hash; 0 where it was not.
    function leafRevokedAt(uint32 publisher, bytes32 root, bytes32 leaf) external view returns (uint40);

    /// @notice The hash of a leaf: keccak256 of keccak256 of its fields, so that no node of a tree passes for a leaf.
    function leafHash(Leaf calldata leaf) external pure returns (bytes32);

    /// @notice The nonce that the next signature of an account has to carry.
    function nonceOf(address signer) external view returns (uint256);

    /// @notice The EIP-712 digest that `registerBySig` needs a signature of.
    function registrationDigest(
        uint32 publisher,
        Registration calldata what,
        address signer,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice The register of publishers that is asked about signers.
    function PUBLISHERS() external view returns (address);
}
