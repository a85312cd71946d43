// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Moving a token whose word is not taken for it
/// @notice Balances before and after are compared: a token that takes a fee, or says that it paid and did not, is refused.
library Money {
    using SafeERC20 for IERC20;

    /// @notice Not exactly this amount moved.
    error BadTransfer(uint256 moved, uint256 wanted);

    /// @dev Take from an account to this contract.
    function pull(address token, address from, uint256 amount) internal {
        uint256 before = IERC20(token).balanceOf(address(this));
        // Everyone calls this for themselves alone: `from` is msg.sender.
        // slither-disable-next-line arbitrary-send-erc20
        IERC20(token).safeTransferFrom(from, address(this), amount);
        uint256 moved = IERC20(token).balanceOf(address(this)) - before;
        if (moved != amount) revert BadTransfer(moved, amount);
    }

    /// @dev Pay from this contract, which must not lose more than that.
    function push(address token, address to, uint256 amount) internal {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 moved = before - IERC20(token).balanceOf(address(this));
        if (moved != amount) revert BadTransfer(moved, amount);
    }

    /// @dev Try a permit. Anyone may have handed it in before, so its failure decides nothing: the allowance does.
    function permit(address token, address owner, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        internal
    {
        try IERC20Permit(token).permit(owner, address(this), value, deadline, v, r, s) {} catch {}
    }
}
