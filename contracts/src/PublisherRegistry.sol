// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPublisherRegistry} from "./interfaces/IPublisherRegistry.sol";

/// @title Register of publishers
/// @notice See the interface. There is no owner, no upgrade and no pause: what a publisher's controller did not do, nobody
/// did, except a recovery that the controller let pass.
contract PublisherRegistry is IPublisherRegistry {
    /// @inheritdoc IPublisherRegistry
    uint40 public constant RECOVERY_DELAY = 7 days;

    uint8 private constant ALL_ROLES = 15;
    uint256 private constant MAX_NAME = 64;
    uint256 private constant MAX_DOMAIN = 253;

    uint32 private _count;
    mapping(uint32 publisher => Publisher) private _publishers;
    mapping(uint32 publisher => mapping(address signer => Signer)) private _signers;

    modifier onlyController(uint32 publisher) {
        if (_publishers[publisher].controller != msg.sender) revert NotController();
        _;
    }

    /// @inheritdoc IPublisherRegistry
    function create(string calldata name, string calldata domain, address recovery)
        external
        returns (uint32 publisher)
    {
        _checkName(name);
        publisher = ++_count;
        Publisher storage made = _publishers[publisher];
        made.controller = msg.sender;
        made.createdAt = _now();
        if (recovery != address(0)) made.recovery = recovery;
        emit PublisherCreated(publisher, msg.sender, recovery, name);
        if (bytes(domain).length != 0) _claimDomain(publisher, domain);
        _signers[publisher][msg.sender].roles = ALL_ROLES;
        _signers[publisher][msg.sender].validFrom = _now();
        emit SignerSet(publisher, msg.sender, ALL_ROLES, _now(), 0);
    }

    /// @inheritdoc IPublisherRegistry
    function setName(uint32 publisher, string calldata name) external onlyController(publisher) {
        _checkName(name);
        emit NameSet(publisher, name);
    }

    /// @inheritdoc IPublisherRegistry
    function claimDomain(uint32 publisher, string calldata domain) external onlyController(publisher) {
        _claimDomain(publisher, domain);
    }

    /// @inheritdoc IPublisherRegistry
    function offerControl(uint32 publisher, address to) external onlyController(publisher) {
        Publisher storage which = _publishers[publisher];
        if (to == address(0) && which.pendingController == address(0)) revert NothingPending();
        which.pendingController = to;
        emit ControlOffered(publisher, msg.sender, to);
    }

    /// @inheritdoc IPublisherRegistry
    function acceptControl(uint32 publisher) external {
        Publisher storage which = _publishers[publisher];
        if (which.pendingController != msg.sender) revert NotOffered();
        _cancelRecovery(publisher);
        _transfer(publisher, msg.sender);
    }

    /// @inheritdoc IPublisherRegistry
    function setRecovery(uint32 publisher, address recovery) external onlyController(publisher) {
        _cancelRecovery(publisher);
        _publishers[publisher].recovery = recovery;
        emit RecoverySet(publisher, recovery);
    }

    /// @inheritdoc IPublisherRegistry
    function startRecovery(uint32 publisher, address to) external {
        Publisher storage which = _publishers[publisher];
        if (which.recovery != msg.sender) revert NotRecovery();
        if (to == address(0)) revert ZeroAddress();
        uint40 readyAt = _now() + RECOVERY_DELAY;
        which.recoveryTo = to;
        which.recoveryReadyAt = readyAt;
        emit RecoveryStarted(publisher, to, readyAt);
    }

    /// @inheritdoc IPublisherRegistry
    function cancelRecovery(uint32 publisher) external onlyController(publisher) {
        if (!_cancelRecovery(publisher)) revert NothingPending();
    }

    /// @inheritdoc IPublisherRegistry
    function finishRecovery(uint32 publisher) external {
        Publisher storage which = _publishers[publisher];
        (address to, uint40 readyAt) = (which.recoveryTo, which.recoveryReadyAt);
        if (readyAt == 0) revert NothingPending();
        if (_now() < readyAt) revert TooEarly(readyAt);
        (which.recoveryTo, which.recoveryReadyAt) = (address(0), 0);
        _transfer(publisher, to);
    }

    /// @inheritdoc IPublisherRegistry
    function setSigner(uint32 publisher, address signer, uint8 roles, uint40 validFrom, uint40 validTo)
        external
        onlyController(publisher)
    {
        if (signer == address(0)) revert ZeroAddress();
        if (roles > ALL_ROLES) revert BadRoles(roles);
        Signer memory record = _signers[publisher][signer];
        if (record.revokedAt != 0 || record.compromisedSince != 0) revert AlreadyRevoked();
        uint40 moment = _now();
        if (validFrom <= moment) {
            bool begun = record.validFrom != 0 && record.validFrom <= moment;
            validFrom = begun ? record.validFrom : moment;
        }
        if (validTo != 0 && (validTo <= moment || validTo <= validFrom)) revert BadWindow(validFrom, validTo);
        _signers[publisher][signer] = Signer(roles, validFrom, validTo, 0, 0);
        emit SignerSet(publisher, signer, roles, validFrom, validTo);
    }

    /// @inheritdoc IPublisherRegistry
    function revokeSigner(uint32 publisher, address signer) external onlyController(publisher) {
        Signer storage record = _named(publisher, signer);
        if (record.revokedAt != 0) revert AlreadyRevoked();
        record.revokedAt = _now();
        emit SignerRevoked(publisher, signer, _now());
    }

    /// @inheritdoc IPublisherRegistry
    function markCompromised(uint32 publisher, address signer, uint40 since) external onlyController(publisher) {
        Signer storage record = _named(publisher, signer);
        uint40 known = record.compromisedSince;
        if (since == 0 || since > _now() || (known != 0 && since >= known)) revert BadMoment(since);
        record.compromisedSince = since;
        emit SignerCompromised(publisher, signer, since);
    }

    /// @inheritdoc IPublisherRegistry
    function publisherCount() external view returns (uint32) {
        return _count;
    }

    /// @inheritdoc IPublisherRegistry
    function publisherOf(uint32 publisher) external view returns (Publisher memory) {
        return _publishers[publisher];
    }

    /// @inheritdoc IPublisherRegistry
    function signerOf(uint32 publisher, address signer) external view returns (Signer memory) {
        return _signers[publisher][signer];
    }

    /// @inheritdoc IPublisherRegistry
    function isSigner(uint32 publisher, address signer, uint8 role) external view returns (bool) {
        return _counts(_signers[publisher][signer], role, _now());
    }

    /// @inheritdoc IPublisherRegistry
    function wasSigner(uint32 publisher, address signer, uint8 role, uint40 moment) external view returns (bool) {
        return moment <= _now() && _counts(_signers[publisher][signer], role, moment);
    }

    /// @dev Whether what was signed at a moment counts. A role of no bits is nobody's.
    function _counts(Signer memory record, uint8 role, uint40 moment) private pure returns (bool) {
        return role != 0 && record.roles & role == role && moment >= record.validFrom
            && (record.validTo == 0 || moment < record.validTo) && (record.revokedAt == 0 || moment < record.revokedAt)
            && (record.compromisedSince == 0 || moment < record.compromisedSince);
    }

    function _claimDomain(uint32 publisher, string calldata domain) private {
        uint256 length = bytes(domain).length;
        if (length > MAX_DOMAIN) revert BadLength(length, MAX_DOMAIN);
        bytes32 domainHash = length == 0 ? bytes32(0) : keccak256(bytes(domain));
        _publishers[publisher].domainHash = domainHash;
        emit DomainClaimed(publisher, domainHash, domain);
    }

    /// @dev Hands control on, and lets an offer that stood lapse.
    function _transfer(uint32 publisher, address to) private {
        Publisher storage which = _publishers[publisher];
        address from = which.controller;
        which.controller = to;
        which.pendingController = address(0);
        emit ControlTransferred(publisher, from, to);
    }

    function _cancelRecovery(uint32 publisher) private returns (bool cancelled) {
        Publisher storage which = _publishers[publisher];
        if (which.recoveryReadyAt == 0) return false;
        (which.recoveryTo, which.recoveryReadyAt) = (address(0), 0);
        emit RecoveryCancelled(publisher);
        return true;
    }

    function _named(uint32 publisher, address signer) private view returns (Signer storage record) {
        record = _signers[publisher][signer];
        if (record.validFrom == 0) revert NotSigner();
    }

    function _checkName(string calldata name) private pure {
        uint256 length = bytes(name).length;
        if (length == 0 || length > MAX_NAME) revert BadLength(length, MAX_NAME);
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
