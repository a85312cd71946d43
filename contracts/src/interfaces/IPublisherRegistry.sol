// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who publishes, and which keys speak for them
/// @notice A publisher is a number. Its controller names the signers, their roles and the time they may sign in. Nothing
/// here proves who a publisher is: names are free text, and a domain counts only where the domain says the same, which is
/// looked up off chain.
/// @dev Times are Unix seconds. Roles are bits: REGISTER 1, REVOKE 2, BATCH 4, MODEL 8.
interface IPublisherRegistry {
    /// @notice What is stored about a publisher.
    /// @param controller names signers, and may hand control on
    /// @param createdAt when the number was given
    /// @param pendingController who was offered control, or 0
    /// @param recovery who may take control after a delay, or 0
    /// @param recoveryTo whom a recovery under way gives control to, or 0
    /// @param recoveryReadyAt when that recovery may be finished, or 0
    /// @param domainHash keccak256 of the domain claimed, or 0
    struct Publisher {
        address controller;
        uint40 createdAt;
        address pendingController;
        address recovery;
        address recoveryTo;
        uint40 recoveryReadyAt;
        bytes32 domainHash;
    }

    /// @notice What is stored about a signer, in one slot.
    /// @param roles bits of what it may sign
    /// @param validFrom first second in which it may; 0 where it was never named
    /// @param validTo first second in which it may no longer; 0 where there is no end
    /// @param revokedAt when it was revoked; 0 where it was not
    /// @param compromisedSince from when on nothing it signed counts; 0 where nothing is known
    struct Signer {
        uint8 roles;
        uint40 validFrom;
        uint40 validTo;
        uint40 revokedAt;
        uint40 compromisedSince;
    }

    /// @notice A publisher got its number.
    event PublisherCreated(uint32 indexed publisher, address indexed controller, address recovery, string name);
    /// @notice A publisher goes by another name.
    event NameSet(uint32 indexed publisher, string name);
    /// @notice A publisher claims a domain; "" and 0 take the claim back.
    event DomainClaimed(uint32 indexed publisher, bytes32 indexed domainHash, string domain);
    /// @notice Control was offered; `to` 0: the offer was taken back.
    event ControlOffered(uint32 indexed publisher, address indexed from, address indexed to);
    /// @notice Control went over, by acceptance or by recovery. Signers stay as they were.
    event ControlTransferred(uint32 indexed publisher, address indexed from, address indexed to);
    /// @notice Another address, or none, may recover control.
    event RecoverySet(uint32 indexed publisher, address recovery);
    /// @notice The recovery address began to take control for `to`.
    event RecoveryStarted(uint32 indexed publisher, address indexed to, uint40 readyAt);
    /// @notice A recovery under way came to nothing.
    event RecoveryCancelled(uint32 indexed publisher);
    /// @notice A signer was named, or its roles or window were changed. Values are those stored.
    event SignerSet(
        uint32 indexed publisher, address indexed signer, uint8 roles, uint40 validFrom, uint40 validTo
    );
    /// @notice A signer may never sign again.
    event SignerRevoked(uint32 indexed publisher, address indexed signer, uint40 revokedAt);
    /// @notice Nothing this signer signed at or after `since` counts. A later event only ever names an earlier moment.
    event SignerCompromised(uint32 indexed publisher, address indexed signer, uint40 since);

    /// @notice The caller is not the publisher's controller, or there is no such publisher.
    error NotController();
    /// @notice The caller is not the publisher's recovery address.
    error NotRecovery();
    /// @notice Control was not offered to the caller.
    error NotOffered();
    /// @notice That address was never named as a signer.
    error NotSigner();
    /// @notice The signer was revoked, or marked as compromised, and stays so.
    error AlreadyRevoked();
    /// @notice An address is needed.
    error ZeroAddress();
    /// @notice There is nothing to take back, cancel or finish.
    error NothingPending();
    /// @notice The recovery may be finished from `readyAt` on.
    error TooEarly(uint40 readyAt);
    /// @notice No such role.
    error BadRoles(uint8 roles);
    /// @notice The window is empty, or ends in the past.
    error BadWindow(uint40 validFrom, uint40 validTo);
    /// @notice The moment is 0, in the future, or not earlier than the one known.
    error BadMoment(uint40 moment);
    /// @notice The text is empty where it must not be, or longer than `most` bytes.
    error BadLength(uint256 length, uint256 most);

    /// @notice Become a publisher. The caller is its controller, and a signer with every role and no end.
    /// @param name 1 to 64 bytes of UTF-8; nobody checks it
    /// @param domain up to 253 bytes, or "" for none
    /// @param recovery who may take control after a delay, or 0
    /// @return publisher its number
    function create(string calldata name, string calldata domain, address recovery)
        external
        returns (uint32 publisher);

    /// @notice Go by another name. By the controller.
    function setName(uint32 publisher, string calldata name) external;

    /// @notice Claim a domain, or "" to claim none. By the controller. The claim alone proves nothing.
    function claimDomain(uint32 publisher, string calldata domain) external;

    /// @notice Offer control to `to`, which has to accept; 0 takes an offer back. By the controller.
    function offerControl(uint32 publisher, address to) external;

    /// @notice Take control that was offered. A recovery under way ends: the controller has shown to be there.
    /// Signers stay as they were, the former controller's own key among them.
    function acceptControl(uint32 publisher) external;

    /// @notice Name another recovery address, or none. By the controller. A recovery under way ends.
    function setRecovery(uint32 publisher, address recovery) external;

    /// @notice Begin to take control for `to`, for a controller that lost its key. By the recovery address. Beginning
    /// again starts the delay again.
    function startRecovery(uint32 publisher, address to) external;

    /// @notice Refuse a recovery. By the controller.
    function cancelRecovery(uint32 publisher) external;

    /// @notice Carry out a recovery whose delay is over. By anyone. An offer of control that stood lapses.
    function finishRecovery(uint32 publisher) external;

    /// @notice Name a signer, or change its roles and window. By the controller. One that was revoked stays revoked.
    /// @param publisher the publisher
    /// @param signer an account, with or without code
    /// @param roles bits; 0 suspends
    /// @param validFrom when it may begin; 0 or a past moment means now, or for a signer that has begun no change
    /// @param validTo when it must stop, later than now and than its beginning; 0 for no end
    function setSigner(uint32 publisher, address signer, uint8 roles, uint40 validFrom, uint40 validTo) external;

    /// @notice End a signer for good, from now on. By the controller.
    function revokeSigner(uint32 publisher, address signer) external;

    /// @notice Say that nothing this signer signed at or after `since` counts. By the controller. It may be said of a
    /// revoked signer, and again with an earlier moment, never with a later one. The signer may not sign again.
    function markCompromised(uint32 publisher, address signer, uint40 since) external;

    /// @notice How many publishers there are; they are numbered from 1.
    function publisherCount() external view returns (uint32);

    /// @notice What is stored about a publisher; zeros where there is none.
    function publisherOf(uint32 publisher) external view returns (Publisher memory);

    /// @notice What is stored about a signer; zeros where it was never named.
    function signerOf(uint32 publisher, address signer) external view returns (Signer memory);

    /// @notice Whether an account may sign for a publisher in a role now.
    /// @param role one bit, or several of which each is needed
    function isSigner(uint32 publisher, address signer, uint8 role) external view returns (bool);

    /// @notice Whether what an account signed at a moment counts, by the record as it stands: roles and window, not
    /// revoked by then, and before the compromise.
    /// @dev Roles and window are those of now: what was changed since is in the events.
    function wasSigner(uint32 publisher, address signer, uint8 role, uint40 moment) external view returns (bool);

    /// @notice How long a recovery waits before it can be finished, in seconds.
    function RECOVERY_DELAY() external view returns (uint40);
}
