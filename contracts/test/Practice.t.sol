// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFactCheckCourt} from "../src/interfaces/IFactCheckCourt.sol";
import {IReviewerPool} from "../src/interfaces/IReviewerPool.sol";
import {CallBundle} from "../src/practice/CallBundle.sol";
import {PracticeSteward} from "../src/practice/PracticeSteward.sol";
import {PracticeUSD} from "../src/practice/PracticeUSD.sol";
import {Base} from "./support/Base.sol";

/// @dev What ships, put in place as a network of ours does it, and the contracts that only practice networks have.
contract PracticeTest is Base {
    string internal constant FOLDER = "../resources/contracts/";
    string[10] internal ORDER_OF_DEPLOYMENT = [
        "PublisherRegistry",
        "MediaRegistry",
        "ModelRegistry",
        "PracticeUSD",
        "PracticeSteward",
        "Open",
        "FutureBlockHash",
        "ReviewerPool",
        "CourtBench",
        "FactCheckCourt"
    ];

    PracticeUSD private _money;
    CallBundle private _bundle;

    function setUp() public override {
        super.setUp();
        _money = new PracticeUSD();
        _bundle = new CallBundle();
    }

    // -- artefacts --------------------------------------------------------------------------------------------------

    function read(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat(FOLDER, name, ".json"));
    }

    function test_what_ships_lands_at_its_address_with_its_hash() public {
        string memory deployment = read("deployment");
        address proxy = vm.parseJsonAddress(deployment, ".proxy");
        vm.etch(proxy, vm.parseJsonBytes(read("Create2Proxy"), ".deployedBytecode"));
        for (uint256 i = 0; i < ORDER_OF_DEPLOYMENT.length; ++i) {
            string memory name = ORDER_OF_DEPLOYMENT[i];
            bytes memory code = vm.parseJsonBytes(read(name), ".bytecode");
            code = bytes.concat(code, vm.parseJsonBytes(deployment, string.concat(".encoded.", name)));
            (bool success, bytes memory answer) = proxy.call(bytes.concat(bytes32(0), code));
            check(success && answer.length == 20, name);
            address made = address(bytes20(answer));
            same(made, vm.parseJsonAddress(deployment, string.concat(".addresses.", name)), name);
            same(made.codehash, vm.parseJsonBytes32(deployment, string.concat(".codeHashes.", name)), name);
            same(keccak256(made.code), keccak256(vm.parseJsonBytes(read(name), ".deployedBytecode")), name);
        }
        isJoined(deployment);
    }

    /// @dev What the steward then does: the court is set in the pool, by whoever asks, once.
    function isJoined(string memory deployment) private {
        IReviewerPool pool = IReviewerPool(vm.parseJsonAddress(deployment, ".addresses.ReviewerPool"));
        IFactCheckCourt court = IFactCheckCourt(vm.parseJsonAddress(deployment, ".addresses.FactCheckCourt"));
        PracticeSteward steward = PracticeSteward(vm.parseJsonAddress(deployment, ".addresses.PracticeSteward"));
        same(court.POOL(), address(pool), "pool");
        same(pool.TIMELOCK(), address(steward), "timelock");
        same(court.TREASURY(), address(steward), "treasury");
        same(court.parametersOf(1).flagBond, 35e6, "bond");
        same(pool.parameters().minStake, 50e6, "stake");
        bytes memory call = abi.encodeCall(pool.setCourt, (address(court)));
        vm.prank(STRANGER);
        steward.run(address(pool), call);
        same(pool.court(), address(court), "court");
        vm.expectRevert(IReviewerPool.CourtKnown.selector);
        steward.run(address(pool), call);
    }

    function test_the_steward_does_what_anyone_asks() public {
        PracticeSteward steward = new PracticeSteward();
        vm.prank(STRANGER);
        bytes memory answer = steward.run(address(_money), abi.encodeCall(_money.mint, (address(steward), 5)));
        same(answer.length, 0, "nothing to say");
        answer = steward.run(address(_money), abi.encodeCall(_money.balanceOf, (address(steward))));
        same(abi.decode(answer, (uint256)), 5, "what it was answered");
        steward.run(address(_money), abi.encodeCall(_money.transfer, (STRANGER, 5)));
        same(_money.balanceOf(STRANGER), 5, "in its name");
        vm.expectRevert(abi.encodeWithSelector(PracticeUSD.TooMuch.selector, 1e30, 10_000e6));
        steward.run(address(_money), abi.encodeCall(_money.mint, (OWNER, 1e30)));
    }

    function test_the_proxy_makes_nothing_twice_nor_from_nothing() public {
        address proxy = vm.parseJsonAddress(read("deployment"), ".proxy");
        vm.etch(proxy, vm.parseJsonBytes(read("Create2Proxy"), ".deployedBytecode"));
        bytes memory call = bytes.concat(bytes32(uint256(1)), type(CallBundle).creationCode);
        (bool success,) = proxy.call(call);
        check(success, "once");
        (success,) = proxy.call(call);
        check(!success, "twice");
        (success,) = proxy.call(new bytes(31));
        check(!success, "no salt");
        (success,) = proxy.call(bytes.concat(bytes32(0), hex"fd"));
        check(!success, "code that refuses");
    }

    // -- the practice dollar ----------------------------------------------------------------------------------------

    function test_money() public {
        same(_money.decimals(), 6, "decimals");
        same(keccak256(bytes(_money.symbol())), keccak256("PUSD"), "symbol");
        same(keccak256(bytes(_money.name())), keccak256("Practice dollar"), "name");
        _money.mint(OWNER, 10_000e6);
        same(_money.balanceOf(OWNER), 10_000e6, "minted");
        vm.expectRevert(abi.encodeWithSelector(PracticeUSD.TooMuch.selector, 10_000e6 + 1, 10_000e6));
        _money.mint(OWNER, 10_000e6 + 1);
    }

    function permitDigest(uint256 value, uint256 nonce, uint256 deadline) private view returns (bytes32) {
        bytes32 inner = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                signer,
                OWNER,
                value,
                nonce,
                deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", _money.DOMAIN_SEPARATOR(), inner));
    }

    function test_permit() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, permitDigest(5, 0, START));
        _money.permit(signer, OWNER, 5, START, v, r, s);
        same(_money.allowance(signer, OWNER), 5, "allowance");
        same(_money.nonces(signer), 1, "nonce");
        vm.expectRevert(PracticeUSD.BadSignature.selector);
        _money.permit(signer, OWNER, 5, START, v, r, s);
        (v, r, s) = vm.sign(KEY, permitDigest(6, 1, START));
        vm.expectRevert(PracticeUSD.BadSignature.selector);
        _money.permit(STRANGER, OWNER, 6, START, v, r, s);
        vm.expectRevert(PracticeUSD.BadSignature.selector);
        _money.permit(address(0), OWNER, 6, START, 0, r, s);
        bytes32 other = bytes32(ORDER - uint256(s));
        vm.expectRevert(PracticeUSD.BadSignature.selector);
        _money.permit(signer, OWNER, 6, START, v == 27 ? 28 : 27, r, other);
        vm.warp(START + 1);
        vm.expectRevert(abi.encodeWithSelector(PracticeUSD.Expired.selector, START));
        _money.permit(signer, OWNER, 6, START, v, r, s);
    }

    function test_a_permit_is_for_one_chain() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, permitDigest(5, 0, START));
        vm.chainId(block.chainid + 1);
        vm.expectRevert(PracticeUSD.BadSignature.selector);
        _money.permit(signer, OWNER, 5, START, v, r, s);
    }

    // -- many calls in one ------------------------------------------------------------------------------------------

    function test_aggregate3() public {
        CallBundle.Call3[] memory calls = new CallBundle.Call3[](3);
        calls[0] = CallBundle.Call3(address(_money), false, abi.encodeCall(_money.decimals, ()));
        calls[1] = CallBundle.Call3(address(_money), true, abi.encodeCall(_money.mint, (OWNER, 1e30)));
        calls[2] = CallBundle.Call3(address(_bundle), false, abi.encodeCall(_bundle.getChainId, ()));
        CallBundle.Result[] memory results = _bundle.aggregate3(calls);
        check(results[0].success && abi.decode(results[0].returnData, (uint8)) == 6, "first");
        check(!results[1].success && bytes4(results[1].returnData) == PracticeUSD.TooMuch.selector, "second");
        check(results[2].success && abi.decode(results[2].returnData, (uint256)) == block.chainid, "third");
        calls[1].allowFailure = false;
        vm.expectRevert(abi.encodeWithSelector(CallBundle.CallFailed.selector, 1));
        _bundle.aggregate3(calls);
    }

    function test_aggregate3_value() public {
        CallBundle.Call3Value[] memory calls = new CallBundle.Call3Value[](2);
        calls[0] = CallBundle.Call3Value(address(0xF00D), false, 3, "");
        calls[1] = CallBundle.Call3Value(address(0xF11D), false, 4, "");
        _bundle.aggregate3Value{value: 7}(calls);
        same(address(0xF11D).balance, 4, "sent");
        vm.deal(address(_bundle), 1);
        vm.expectRevert(abi.encodeWithSelector(CallBundle.ValueMismatch.selector, 6, 7));
        _bundle.aggregate3Value{value: 6}(calls);
    }

    function test_the_older_forms() public {
        CallBundle.Call[] memory calls = new CallBundle.Call[](2);
        calls[0] = CallBundle.Call(address(_money), abi.encodeCall(_money.decimals, ()));
        calls[1] = CallBundle.Call(address(_money), hex"deadbeef");
        same(_bundle.tryAggregate(false, calls).length, 2, "results");
        (uint256 number, bytes32 hash, CallBundle.Result[] memory results) = _bundle.tryBlockAndAggregate(false, calls);
        check(number == block.number && hash == bytes32(0) && results[0].success && !results[1].success, "block");
        vm.expectRevert(abi.encodeWithSelector(CallBundle.CallFailed.selector, 1));
        _bundle.aggregate(calls);
        vm.expectRevert(abi.encodeWithSelector(CallBundle.CallFailed.selector, 1));
        _bundle.blockAndAggregate(calls);
        calls[1].callData = calls[0].callData;
        (, bytes[] memory data) = _bundle.aggregate(calls);
        same(abi.decode(data[1], (uint256)), 6, "data");
    }

    function test_what_the_block_says() public view {
        same(_bundle.getBlockNumber(), block.number, "number");
        same(_bundle.getCurrentBlockTimestamp(), START, "time");
        same(_bundle.getCurrentBlockGasLimit(), block.gaslimit, "gas limit");
        same(_bundle.getCurrentBlockCoinbase(), block.coinbase, "coinbase");
        same(_bundle.getCurrentBlockDifficulty(), block.prevrandao, "prevrandao");
        same(_bundle.getBasefee(), block.basefee, "base fee");
        same(_bundle.getEthBalance(address(this)), address(this).balance, "balance");
        same(_bundle.getBlockHash(block.number - 1), blockhash(block.number - 1), "hash");
        same(_bundle.getLastBlockHash(), blockhash(block.number - 1), "last hash");
    }
}
