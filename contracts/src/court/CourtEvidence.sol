// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMediaRegistry} from "../interfaces/IMediaRegistry.sol";
import {IPublisherRegistry} from "../interfaces/IPublisherRegistry.sol";
import {Money} from "../lib/Money.sol";
import {CourtStore} from "./CourtStore.sol";

/// @title How the court takes evidence and replies
/// @notice The last third of the first evidence window is for the reply of the publisher who was named when the file was
/// flagged, and for nobody else: nothing new can come too late to be answered.
abstract contract CourtEvidence is CourtStore {
    uint8 private constant REGISTER = 1;

    /// @notice See `IFactCheckCourt`.
    function addEvidence(uint256 id, bytes32 item, string calldata uri) external nonReentrant {
        Case storage which = _cases[id];
        Phase phase = which.phase;
        if (phase == Phase.None || phase > Phase.Appealable) revert WrongPhase(phase);
        if (phase > Phase.Drawn) {
            // Once commitments are taken, it is for a round to come.
            if (_seatsOf(_of(which), uint256(which.round) + 1) == 0) revert NoFurtherRound();
        } else if (which.round == 0) {
            _until(_evidenceStops(which));
        }
        _addEvidence(id, which, item, uri);
    }

    /// @notice See `IFactCheckCourt`.
    function reply(uint256 id, uint32 publisher, bytes32 item, string calldata uri, bool counterBond) external nonReentrant {
        Case storage which = _in(id, Phase.Flagged);
        if (which.round != 0) revert WrongPhase(Phase.Flagged);
        bool named = publisher == which.publisher;
        _until(named ? which.evidenceEnds : _evidenceStops(which));
        if (!_speaksFor(publisher, which.media)) revert NotPublisher();
        uint256 bond = 0;
        if (counterBond) {
            if (!named) revert NotNamed();
            if (which.replier != address(0)) revert AlreadyReplied();
            which.replier = msg.sender;
            bond = _bond(which);
        }
        _addEvidence(id, which, item, uri);
        emit Replied(id, publisher, msg.sender, item, uint96(bond));
        if (bond != 0) Money.pull(_token, msg.sender, bond);
    }

    function _addEvidence(uint256 id, Case storage which, bytes32 item, string calldata uri) private {
        if (item == 0) revert ZeroHash();
        _checkLength(uri, MAX_URI);
        bytes32 root = keccak256(abi.encode(which.evidenceRoot, msg.sender, item));
        which.evidenceRoot = root;
        emit EvidenceAdded(id, msg.sender, item, root, uri);
    }

    function _evidenceStops(Case storage which) private view returns (uint40) {
        return which.evidenceEnds - _of(which).evidenceTime / 3;
    }

    function _speaksFor(uint32 publisher, bytes32 media) private view returns (bool) {
        IMediaRegistry.Claim memory claim = IMediaRegistry(_media).claimOf(media, publisher);
        if (claim.registeredAt == 0 || claim.revokedAt != 0) return false;
        IPublisherRegistry publishers = IPublisherRegistry(IMediaRegistry(_media).PUBLISHERS());
        return publishers.publisherOf(publisher).controller == msg.sender
            || publishers.isSigner(publisher, msg.sender, REGISTER);
    }
}
