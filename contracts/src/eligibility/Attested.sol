// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibility} from "../interfaces/IEligibility.sol";

/// @title The part of the Ethereum Attestation Service that is read here
interface IAttestations {
    struct Attestation {
        bytes32 uid;
        bytes32 schema;
        uint64 time;
        uint64 expirationTime;
        uint64 revocationTime;
        bytes32 refUID;
        address recipient;
        address attester;
        bool revocable;
        bytes data;
    }

    function getAttestation(bytes32 uid) external view returns (Attestation memory);
}

/// @title Whom an attester vouched for may review
/// @notice An account shows the attestation that it goes by; it counts for as long as it is neither revoked nor expired. The
/// first word of its data is the identity; without data none is told.
contract Attested is IEligibility {
    /// @inheritdoc IEligibility
    bytes32 public constant kind = "attestation";
    /// @notice The service.
    address public immutable SERVICE;
    /// @notice Whose word counts.
    address public immutable ATTESTER;
    /// @notice What the word has to be about.
    bytes32 public immutable SCHEMA;

    mapping(address account => bytes32) private _shown;

    /// @notice An account goes by this attestation.
    event Shown(address indexed account, bytes32 indexed uid);

    /// @notice Not an attestation of this attester's, of this kind, about the caller, that stands.
    error BadAttestation(bytes32 uid);
    /// @notice An address is needed.
    error ZeroAddress();

    constructor(address service, address attester, bytes32 schema) {
        if (service == address(0) || attester == address(0)) revert ZeroAddress();
        (SERVICE, ATTESTER, SCHEMA) = (service, attester, schema);
    }

    /// @notice Go by an attestation.
    function show(bytes32 uid) external {
        (bool good,) = _read(msg.sender, uid);
        if (!good) revert BadAttestation(uid);
        _shown[msg.sender] = uid;
        emit Shown(msg.sender, uid);
    }

    /// @inheritdoc IEligibility
    function check(address account) external view returns (bool eligible, bytes32 identity) {
        bytes32 uid = _shown[account];
        if (uid == 0) return (false, 0);
        return _read(account, uid);
    }

    function _read(address account, bytes32 uid) private view returns (bool good, bytes32 identity) {
        IAttestations.Attestation memory word = IAttestations(SERVICE).getAttestation(uid);
        good = uid != 0 && word.uid == uid && word.schema == SCHEMA && word.attester == ATTESTER
            && word.recipient == account && word.revocationTime == 0
            && (word.expirationTime == 0 || block.timestamp < word.expirationTime);
        if (good && word.data.length >= 32) {
            bytes memory data = word.data;
            assembly ("memory-safe") {
                identity := mload(add(data, 32))
            }
        }
    }
}
