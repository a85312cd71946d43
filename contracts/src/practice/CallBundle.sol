// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Many calls in one
/// @notice Answers the interface of Multicall3, for the practice ledger, where it stands in the first block at the address
/// known from other networks. It keeps nothing: never send it money or tokens to keep, and never approve it.
contract CallBundle {
    /// @notice A call that has to succeed.
    struct Call {
        address target;
        bytes callData;
    }

    /// @notice A call that may fail where `allowFailure` says so.
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    /// @notice The same, with wei to send along.
    struct Call3Value {
        address target;
        bool allowFailure;
        uint256 value;
        bytes callData;
    }

    /// @notice What a call came to.
    struct Result {
        bool success;
        bytes returnData;
    }

    /// @notice The call at this place failed, and had to succeed.
    error CallFailed(uint256 index);
    /// @notice The values of the calls do not add up to the value sent.
    error ValueMismatch(uint256 sent, uint256 spent);

    /// @notice Make every call, or revert; answers with the block's number.
    function aggregate(Call[] calldata calls)
        external
        payable
        returns (uint256 blockNumber, bytes[] memory returnData)
    {
        blockNumber = block.number;
        returnData = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, false, i).returnData;
        }
    }

    /// @notice Make every call; revert at a failure only where `requireSuccess`.
    function tryAggregate(bool requireSuccess, Call[] calldata calls)
        external
        payable
        returns (Result[] memory returnData)
    {
        returnData = _try(requireSuccess, calls);
    }

    /// @notice As `tryAggregate`, with the block's number, and the 0 that stands for its unknown hash.
    function tryBlockAndAggregate(bool requireSuccess, Call[] calldata calls)
        external
        payable
        returns (uint256 blockNumber, bytes32 blockHash, Result[] memory returnData)
    {
        return (block.number, blockhash(block.number), _try(requireSuccess, calls));
    }

    /// @notice As `tryBlockAndAggregate`; every call has to succeed.
    function blockAndAggregate(Call[] calldata calls)
        external
        payable
        returns (uint256 blockNumber, bytes32 blockHash, Result[] memory returnData)
    {
        return (block.number, blockhash(block.number), _try(true, calls));
    }

    /// @notice Make every call; revert at a failure only where the call does not allow it.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, calls[i].allowFailure, i);
        }
    }

    /// @notice As `aggregate3`, with wei sent along; all of the value sent has to be spent.
    function aggregate3Value(Call3Value[] calldata calls) external payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        uint256 spent = 0;
        for (uint256 i = 0; i < calls.length; ++i) {
            spent += calls[i].value;
            returnData[i] = _call(calls[i].target, calls[i].value, calls[i].callData, calls[i].allowFailure, i);
        }
        if (spent != msg.value) revert ValueMismatch(msg.value, spent);
    }

    /// @notice The chain's id.
    function getChainId() external view returns (uint256 chainid) {
        return block.chainid;
    }

    /// @notice The hash of one of the last 256 blocks.
    function getBlockHash(uint256 blockNumber) external view returns (bytes32 blockHash) {
        return blockhash(blockNumber);
    }

    /// @notice The hash of the block before this one.
    function getLastBlockHash() external view returns (bytes32 blockHash) {
        return blockhash(block.number - 1);
    }

    /// @notice This block's number.
    function getBlockNumber() external view returns (uint256 blockNumber) {
        return block.number;
    }

    /// @notice This block's time, in Unix seconds.
    function getCurrentBlockTimestamp() external view returns (uint256 timestamp) {
        return block.timestamp;
    }

    /// @notice This block's gas limit.
    function getCurrentBlockGasLimit() external view returns (uint256 gaslimit) {
        return block.gaslimit;
    }

    /// @notice Who proposed this block.
    function getCurrentBlockCoinbase() external view returns (address coinbase) {
        return block.coinbase;
    }

    /// @notice The value that a chain without work keeps where the difficulty was.
    function getCurrentBlockDifficulty() external view returns (uint256 difficulty) {
        return block.prevrandao;
    }

    /// @notice This block's base fee.
    function getBasefee() external view returns (uint256 basefee) {
        return block.basefee;
    }

    /// @notice An account's balance in wei.
    function getEthBalance(address account) external view returns (uint256 balance) {
        return account.balance;
    }

    function _try(bool requireSuccess, Call[] calldata calls) private returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            returnData[i] = _call(calls[i].target, 0, calls[i].callData, !requireSuccess, i);
        }
    }

    function _call(address target, uint256 value, bytes calldata data, bool allowFailure, uint256 index)
        private
        returns (Result memory result)
    {
        // Calling whatever the caller names, again and again and with the caller's wei, is what this contract is for.
        // slither-disable-next-line arbitrary-send-eth,calls-loop
        (result.success, result.returnData) = target.call{value: value}(data);
        if (!result.success && !allowFailure) revert CallFailed(index);
    }
}
