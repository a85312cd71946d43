// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MediaRegistry} from "../../src/MediaRegistry.sol";
import {IMediaRegistry} from "../../src/interfaces/IMediaRegistry.sol";

/// @dev An account that agrees to one digest (ERC-1271).
contract Wallet {
    bytes32 public agreed;

    function agree(bytes32 digest) external {
        agreed = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == agreed ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @dev What a delegate of EIP-7702 may be: code that knows nothing of signatures.
contract Delegate {
    receive() external payable {}
}

/// @dev An account that answers with too little, too much, or an error.
contract Rude {
    uint256 private immutable MODE;

    constructor(uint256 mode) {
        MODE = mode;
    }

    fallback() external {
        if (MODE == 0) revert("no");
        if (MODE == 1) {
            assembly {
                mstore(0, shl(224, 0x1626ba7e))
                return(0, 4)
            }
        }
        if (MODE == 2) {
            assembly {
                mstore(0, not(0))
                return(0, 32)
            }
        }
        if (MODE == 3) {
            assembly {
                invalid()
            }
        }
        assembly {
            return(0, 1000000)
        }
    }
}

/// @dev An account that tries to register again while it is asked.
contract Greedy {
    MediaRegistry private immutable MEDIA;
    bytes private _again;

    constructor(MediaRegistry media) {
        MEDIA = media;
    }

    function prepare(bytes calldata again) external {
        _again = again;
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        bytes memory again = _again;
        (bool success,) = address(MEDIA).call(again);
        return success ? bytes4(0) : this.isValidSignature.selector;
    }
}
