// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Where a draw gets its seed
/// @notice A word is asked for, cannot be known at that moment, and can be read later by anyone. Who can bias it differs
/// from one source to another; `kind` says which one this is, and a ruling is shown with it.
interface IRandomness {
    /// @notice Where a request stands.
    enum State {
        Unknown,
        Waiting,
        Ready,
        Lost
    }

    /// @notice A word was asked for. It depends on who asked and on the number.
    event Requested(uint256 indexed id, address indexed requester, uint256 readyAfter);
    /// @notice A word was fixed; it is the same at every reading from now on.
    event Fixed(uint256 indexed id, bytes32 word);

    /// @notice The word cannot be known yet.
    error NotReady(uint256 id);
    /// @notice Nobody read it in time; it has to be asked for again.
    error WordLost(uint256 id);
    /// @notice No such request.
    error UnknownRequest(uint256 id);

    /// @notice Ask for a word.
    function request() external returns (uint256 id);

    /// @notice Read a word, and fix it where that was not done before. By anyone; it gives everyone the same.
    function take(uint256 id) external returns (bytes32 word);

    /// @notice Where a request stands now.
    function stateOf(uint256 id) external view returns (State);

    /// @notice Which source this is, a short ASCII name padded with zeros on the right.
    function kind() external view returns (bytes32);
}
