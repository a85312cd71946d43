// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRandomness} from "../interfaces/IRandomness.sol";

/// @title Seeds from the hash of a block to come
/// @notice The word is fixed by the block after the request's, so whoever asks does not know it. **Who makes that block can
/// bias it**: a proposer by leaving its block out, which costs the block; the sequencer of a rollup freely, and without
/// cost, by trying what it puts in. A case says that its seats were drawn this way.
/// @dev The chain keeps 256 hashes. A word that nobody took by then is lost.
contract FutureBlockHash is IRandomness {
    struct Request {
        address requester;
        uint64 source;
        bytes32 word;
    }

    /// @inheritdoc IRandomness
    bytes32 public constant kind = "future block hash";

    uint256 private _count;
    mapping(uint256 id => Request) private _requests;

    /// @inheritdoc IRandomness
    function request() external returns (uint256 id) {
        id = ++_count;
        uint64 source = uint64(block.number + 1);
        _requests[id].requester = msg.sender;
        _requests[id].source = source;
        emit Requested(id, msg.sender, source);
    }

    /// @inheritdoc IRandomness
    function take(uint256 id) external returns (bytes32 word) {
        State state = stateOf(id);
        if (state == State.Unknown) revert UnknownRequest(id);
        if (state == State.Waiting) revert NotReady(id);
        if (state == State.Lost) revert WordLost(id);
        Request storage asked = _requests[id];
        word = asked.word;
        if (word != 0) return word;
        word = keccak256(abi.encode(blockhash(asked.source), block.chainid, address(this), asked.requester, id));
        asked.word = word;
        emit Fixed(id, word);
    }

    /// @inheritdoc IRandomness
    function stateOf(uint256 id) public view returns (State) {
        Request storage asked = _requests[id];
        if (asked.requester == address(0)) return State.Unknown;
        if (asked.word != 0) return State.Ready;
        if (block.number <= asked.source) return State.Waiting;
        return blockhash(asked.source) == 0 ? State.Lost : State.Ready;
    }
}
