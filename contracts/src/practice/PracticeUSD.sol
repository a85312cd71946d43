// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {TypedDomain} from "../lib/TypedDomain.sol";

/// @title Practice dollar
/// @notice A stand-in for a stablecoin on practice and test networks. Anyone can make any amount of it: it is worth nothing.
contract PracticeUSD is ERC20, IERC20Permit, Nonces, TypedDomain {
    /// @notice The most that one call of the faucet gives.
    uint256 public constant MAX_MINT = 10_000e6;

    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @notice The faucet gives at most `most` in one call.
    error TooMuch(uint256 amount, uint256 most);
    /// @notice The signature was to be used up to `deadline`.
    error Expired(uint256 deadline);
    /// @notice The signature is not the owner's, or not over this.
    error BadSignature();

    constructor() ERC20("Practice dollar", "PUSD") {}

    /// @notice The faucet: make up to 10,000 practice dollars for anyone.
    function mint(address to, uint256 amount) external {
        if (amount > MAX_MINT) revert TooMuch(amount, MAX_MINT);
        _mint(to, amount);
    }

    /// @inheritdoc IERC20Permit
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        if (block.timestamp > deadline) revert Expired(deadline);
        bytes32 digest =
            _typedDigest(keccak256(abi.encode(PERMIT, owner, spender, value, _useNonce(owner), deadline)));
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, v, r, s);
        if (problem != ECDSA.RecoverError.NoError || recovered != owner) revert BadSignature();
        _approve(owner, spender, value);
    }

    /// @inheritdoc IERC20Permit
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _separator();
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice Six, as the stablecoins it stands in for.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _domainName() internal pure override returns (string memory) {
        return "Practice dollar";
    }
}
