// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFactCheckCourt} from "../interfaces/IFactCheckCourt.sol";
import {Signed} from "../lib/Signed.sol";
import {TypedDomain} from "../lib/TypedDomain.sol";
import {CourtSeats} from "./CourtSeats.sol";

/// @title How the court votes
/// @notice Votes are committed to, then revealed. Nobody reveals before the last could commit.
abstract contract CourtBallots is CourtSeats, TypedDomain {
    bytes32 private constant COMMIT = keccak256(
        "Commit(uint256 id,uint8 round,bytes32 commitment,address voter,uint256 nonce,uint256 deadline)"
    );

    /// @inheritdoc IFactCheckCourt
    function commit(uint256 id, bytes32 commitment) external nonReentrant {
        _commit(id, _cases[id].round, commitment, msg.sender);
    }

    /// @inheritdoc IFactCheckCourt
    function commitBySig(
        uint256 id,
        uint8 round,
        bytes32 commitment,
        address voter,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant {
        if (block.timestamp > deadline) revert Expired(deadline);
        uint256 expected = _nonces[voter];
        if (nonce != expected) revert BadNonce(expected);
        _nonces[voter] = expected + 1;
        bytes32 digest = commitDigest(id, round, commitment, voter, nonce, deadline);
        if (!Signed.by(voter, digest, signature)) revert BadSignature();
        if (round != _cases[id].round) revert NoSeat();
        _commit(id, round, commitment, voter);
    }

    /// @inheritdoc IFactCheckCourt
    function skipNonce() external {
        emit NonceSkipped(msg.sender, _nonces[msg.sender]++);
    }

    /// @inheritdoc IFactCheckCourt
    function reveal(uint256 id, address voter, Ballot ballot, bytes32 salt) external nonReentrant {
        Case storage which = _in(id, Phase.Commit);
        uint8 number = which.round;
        Round storage round = _rounds[id][number];
        uint40 ends = round.commitEnds;
        _from(ends);
        _until(ends + _of(which).revealTime);
        Vote storage vote = _shown(id, which, voter, ballot, salt);
        (vote.revealed, vote.ballot) = (true, ballot);
        uint8 seats = vote.seats;
        if (vote.automated) round.automated[uint8(ballot)] += seats;
        else round.people[uint8(ballot)] += seats;
        emit Revealed(id, number, voter, ballot, seats, salt);
    }

    /// @inheritdoc IFactCheckCourt
    function justify(uint256 id, uint8 round, bytes32 item, string calldata uri) external nonReentrant {
        if (!_votes[id][round][msg.sender].revealed) revert NoSeat();
        if (item == 0) revert ZeroHash();
        _checkLength(uri, MAX_URI);
        emit Justified(id, round, msg.sender, item, uri);
    }

    /// @inheritdoc IFactCheckCourt
    function commitDigest(
        uint256 id,
        uint8 round,
        bytes32 commitment,
        address voter,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        return _typedDigest(keccak256(abi.encode(COMMIT, id, round, commitment, voter, nonce, deadline)));
    }

    function _commit(uint256 id, uint8 number, bytes32 commitment, address voter) private {
        _in(id, Phase.Commit);
        _until(_rounds[id][number].commitEnds);
        if (commitment == 0) revert ZeroHash();
        _sits(id, number, voter).commitment = commitment;
        emit Committed(id, number, voter, commitment);
    }

    function _domainName() internal pure override returns (string memory) {
        return "Touchstone FactCheckCourt";
    }
}
