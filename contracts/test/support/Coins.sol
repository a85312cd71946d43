// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A token that behaves until it is told otherwise.
contract Coin {
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public blocked;
    mapping(address account => uint256) public nonces;
    bool public lies;
    bool public mute;
    uint256 public fee;
    address public target;
    bytes public call;
    bool public entered;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @dev Answer false, and move nothing.
    function refuse(bool refuses) external {
        lies = refuses;
    }

    /// @dev Answer true, and move nothing.
    function pretend(bool pretends) external {
        mute = pretends;
    }

    function charge(uint256 fee_) external {
        fee = fee_;
    }

    function freeze(address account, bool frozen) external {
        blocked[account] = frozen;
    }

    /// @dev Call this within the next transfers.
    function enter(address target_, bytes calldata call_) external {
        (target, call, entered) = (target_, call_, false);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function permitDigest(address owner, address spender, uint256 value, uint256 deadline) public view returns (bytes32) {
        return keccak256(abi.encode(this, owner, spender, value, deadline, nonces[owner]));
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        require(block.timestamp <= deadline, "expired");
        address signer = ecrecover(permitDigest(owner, spender, value, deadline), v, r, s);
        require(signer == owner && owner != address(0), "not the owner's");
        ++nonces[owner];
        allowance[owner][spender] = value;
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        require(!blocked[from] && !blocked[to], "blocked");
        if (target != address(0)) {
            (bool success,) = target.call(call);
            if (success) entered = true;
        }
        if (lies) return false;
        if (mute) return true;
        balanceOf[from] -= amount;
        balanceOf[to] += amount - fee;
        return true;
    }
}

/// @dev Lets somebody in while it says so, and breaks when it is told to.
contract Gate {
    bool public shut;
    bool public broken;
    mapping(address account => bytes32) public identities;

    function set(bool shut_, bool broken_) external {
        (shut, broken) = (shut_, broken_);
    }

    function name(address account, bytes32 identity) external {
        identities[account] = identity;
    }

    function check(address account) external view returns (bool, bytes32) {
        require(!broken, "broken");
        return (!shut, identities[account]);
    }

    function kind() external pure returns (bytes32) {
        return "gate";
    }
}
