// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReviewerPool} from "../../src/ReviewerPool.sol";
import {IReviewerPool} from "../../src/interfaces/IReviewerPool.sol";
import {Coin, Gate} from "./Coins.sol";
import {Vm} from "./Vm.sol";

/// @dev Owners, strangers, a court, a guardian and a token that misbehaves, doing whatever. A call may be refused; what was
/// done to whom is compared after every one.
contract PoolHandler {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 public constant PEOPLE = 6;

    struct Seat {
        address account;
        uint96 amount;
        uint96 slash;
        bool missed;
    }

    ReviewerPool public immutable pool;
    Coin public immutable coin;
    Gate public immutable people;
    Gate public immutable machines;
    address public immutable guardian;
    address public immutable court;
    bytes32 public immutable model;
    uint256 public taken;
    mapping(bytes4 selector => uint256) public done;
    Seat[] private _seats;
    uint48 private _last;
    mapping(uint48 id => mapping(uint24 leaf => uint96)) private _weights;
    mapping(uint24 leaf => address) private _owners;
    uint24 private _leaves;
    address[PEOPLE] private _people;
    IReviewerPool.Account[PEOPLE] private _before;
    uint256 private _seed;
    bool private _hostile;

    error Moved(string what);

    constructor(
        ReviewerPool pool_,
        Coin coin_,
        Gate people_,
        Gate machines_,
        address guardian_,
        address court_,
        bytes32 model_
    ) {
        (pool, coin, people, machines) = (pool_, coin_, people_, machines_);
        (guardian, court, model) = (guardian_, court_, model_);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _people[i] = vm.addr(5000 + i);
            coin.mint(person(i), 1e30);
            vm.prank(person(i));
            coin.approve(address(pool), type(uint256).max);
        }
    }

    function person(uint256 i) public view returns (address) {
        return _people[i % PEOPLE];
    }

    function seats() external view returns (uint256) {
        return _seats.length;
    }

    // -- what owners do ----------------------------------------------------------------------------------------------

    function comes(uint256 seed, uint96 amount) external {
        _begin(seed);
        amount = uint96(1e8 + amount % 1e9);
        address who = person(seed);
        if (_dice(3) == 0) _act(who, abi.encodeCall(pool.stake, (amount)), who);
        if (_dice(3) != 0) _act(who, abi.encodeCall(pool.stake, (amount)), who);
        bool automated = seed % PEOPLE % 3 == 2;
        _act(who, abi.encodeCall(pool.join, (automated, automated ? model : bytes32(0))), who);
        if (pool.accountOf(who).leaf > 0) _note(who);
    }

    function refreshes(uint256 seed) external {
        _begin(seed);
        address who = person(_dice(PEOPLE));
        if (!_act(person(_dice(PEOPLE)), abi.encodeCall(pool.refresh, (who)), address(0))) return;
        IReviewerPool.Account memory now_ = pool.accountOf(who);
        uint256 due = now_.staked - now_.unbonding - (block.timestamp < now_.maturesAt ? now_.maturing : 0);
        IReviewerPool.Parameters memory set = pool.parameters();
        if (due < (now_.automated ? set.minAutomated : set.minStake)) due = 0;
        if (now_.status != IReviewerPool.Status.Joined) due = 0;
        if (pool.weightOf(who) != due) revert Moved("weight is not what is due");
    }

    function goes(uint256 seed, uint96 amount) external {
        _begin(seed);
        address who = person(seed);
        uint256 act = _dice(8);
        IReviewerPool.Account memory now_ = pool.accountOf(who);
        uint96 most = now_.staked - now_.unbonding;
        if (act < 3) {
            _act(who, abi.encodeCall(pool.unbond, (most == 0 ? 0 : uint96(amount % (uint256(most) + 2)))), who);
        } else if (act < 6) {
            _act(who, abi.encodeCall(pool.withdraw, (who)), who);
        } else if (act == 6) {
            _act(who, abi.encodeCall(pool.depart, ()), who);
        } else {
            _signs(who, most, _dice(3) == 0);
        }
    }

    function _signs(address who, uint96 amount, bool badly) private {
        uint256 key = 5000;
        while (person(key - 5000) != who) ++key;
        uint256 nonce = pool.nonceOf(who);
        bytes32 digest = pool.unbondDigest(who, amount, nonce, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(badly ? key + 1 : key, digest);
        bytes memory call =
            abi.encodeCall(pool.unbondBySig, (who, amount, nonce, block.timestamp, abi.encodePacked(r, s, v)));
        if (_act(person(_dice(PEOPLE)), call, badly ? address(0) : who) && badly) revert Moved("a forged signature");
    }

    // -- what the court does -----------------------------------------------------------------------------------------

    function freezes(uint256 seed) external {
        _begin(seed);
        if (!_act(court, abi.encodeCall(pool.freeze, ()), address(0))) revert Moved("freezing was refused");
        ++_last;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            IReviewerPool.Account memory now_ = pool.accountOf(person(i));
            if (now_.leaf != 0) _weights[_last][_key(now_)] = pool.weightOf(person(i));
        }
    }

    /// @dev A leaf of either tree as one number.
    function _key(IReviewerPool.Account memory who) private pure returns (uint24) {
        return who.leaf * 2 + (who.automated ? 1 : 0);
    }

    function _note(address who) private {
        IReviewerPool.Account memory now_ = pool.accountOf(who);
        uint24 key = _key(now_);
        if (_owners[key] != address(0) && _owners[key] != who) revert Moved("a leaf has two owners");
        _owners[key] = who;
        if (key > _leaves) _leaves = key;
    }

    function draws(uint256 seed, uint96 amount) external {
        _begin(seed);
        if (_last == 0) return;
        uint48 id = uint48(1 + _dice(_last));
        bool automated = _dice(3) == 0;
        uint96 all = pool.totalAt(id, automated);
        uint256 sum = 0;
        uint256 random = uint256(keccak256(abi.encode(seed, amount)));
        address wanted;
        for (uint24 key = automated ? 3 : 2; key <= _leaves; key += 2) {
            uint96 weight = _weights[id][key];
            if (all != 0 && random % all >= sum && random % all < sum + weight) wanted = _owners[key];
            sum += weight;
        }
        if (sum != all) revert Moved("a frozen tree has another weight");
        if (all == 0) return;
        (address drawn,,) = pool.pick(id, automated, random);
        if (drawn != wanted || wanted == address(0)) revert Moved("another was drawn");
        uint96 lock = uint96(1 + amount % 3e8);
        IReviewerPool.Account memory who = pool.accountOf(drawn);
        bool good = who.status != IReviewerPool.Status.Deactivated && who.staked - who.locked >= lock;
        vm.prank(court);
        if (pool.lock(drawn, automated, lock) != good) revert Moved("a lock");
        if (good) _seats.push(Seat(drawn, lock, 0, false));
        if (good && pool.accountOf(drawn).locked != who.locked + lock) revert Moved("locked");
        if (good) ++done[pool.lock.selector];
    }

    /// @dev What a case's end does to some of its seats: all are taken for together, each is settled by itself.
    function rules(uint256 seed) external {
        _begin(seed);
        uint256 sum = 0;
        uint96[] memory slashes = new uint96[](_seats.length);
        for (uint256 i = 0; i < _seats.length; ++i) {
            if (_seats[i].slash != 0 || _dice(3) == 0) continue;
            slashes[i] = _dice(3) == 0 ? _seats[i].amount : _seats[i].amount / 4;
            sum += slashes[i];
        }
        if (!_act(court, abi.encodeCall(pool.collect, (sum)), address(0))) return;
        // What a token keeps of a payment on the way is not the pool's.
        taken += sum - coin.fee();
        for (uint256 i = 0; i < slashes.length; ++i) {
            if (slashes[i] == 0) continue;
            (_seats[i].slash, _seats[i].missed) = (slashes[i], slashes[i] == _seats[i].amount);
        }
    }

    function settles(uint256 seed) external {
        _begin(seed);
        if (_seats.length != 0) _settle(_dice(_seats.length));
    }

    function settleAll() external {
        while (_seats.length != 0) _settle(_seats.length - 1);
    }

    function _settle(uint256 i) private {
        Seat memory seat = _seats[i];
        _seats[i] = _seats[_seats.length - 1];
        _seats.pop();
        _keep();
        IReviewerPool.Account memory was = pool.accountOf(seat.account);
        vm.prank(court);
        pool.settle(seat.account, seat.amount, seat.slash, seat.missed, !seat.missed && seat.slash == 0);
        IReviewerPool.Account memory now_ = pool.accountOf(seat.account);
        if (now_.staked != was.staked - seat.slash || now_.locked != was.locked - seat.amount) revert Moved("settled");
        _compare(seat.account);
        ++done[pool.settle.selector];
    }

    /// @dev More than was locked is never taken or settled, whatever the court asks for.
    function overreaches(uint256 seed) external {
        _begin(seed);
        uint256 most = pool.totalLocked() - pool.pendingSlash();
        if (_act(court, abi.encodeCall(pool.collect, (most + 1)), address(0))) revert Moved("collected too much");
        address who = person(_dice(PEOPLE));
        uint96 held = pool.accountOf(who).locked;
        bytes memory call = abi.encodeCall(pool.settle, (who, held + 1, 0, false, false));
        if (_act(court, call, address(0))) revert Moved("settled too much");
        call = abi.encodeCall(pool.settle, (who, held, held + 1, false, false));
        if (_act(court, call, address(0))) revert Moved("slashed too much");
    }

    // -- everything else -----------------------------------------------------------------------------------------------

    function guards(uint256 seed) external {
        _begin(seed);
        _act(guardian, _dice(2) == 0 ? abi.encodeCall(pool.pause, ()) : abi.encodeCall(pool.unpause, ()), address(0));
    }

    function misbehaves(uint256 seed) external {
        _begin(seed);
        uint256 act = _dice(8);
        _hostile = act < 4;
        coin.refuse(act == 0);
        coin.pretend(act == 1);
        coin.charge(act == 2 ? 1 : 0);
        coin.enter(act == 3 ? address(pool) : address(0), abi.encodeCall(pool.withdraw, (person(0))));
        coin.freeze(person(_dice(PEOPLE)), _dice(2) == 0);
        people.set(_dice(6) == 0, _dice(6) == 0);
        machines.set(_dice(6) == 0, _dice(6) == 0);
    }

    function behaves() public {
        coin.refuse(false);
        coin.pretend(false);
        coin.charge(0);
        coin.enter(address(0), "");
    }

    function waits(uint256 seed) external {
        vm.warp(block.timestamp + seed % 3 days);
    }

    function _begin(uint256 seed) private {
        _seed = uint256(keccak256(abi.encode(seed)));
    }

    function _dice(uint256 sides) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % sides;
    }

    /// @dev Nobody's stake that is not locked falls but that of who agrees to it.
    function _act(address from, bytes memory call, address agrees) private returns (bool success) {
        _keep();
        vm.prank(from);
        (success,) = address(pool).call(call);
        _compare(agrees);
        if (success) ++done[bytes4(call)];
    }

    function _keep() private {
        for (uint256 i = 0; i < PEOPLE; ++i) _before[i] = pool.accountOf(person(i));
    }

    function _compare(address but) private view {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (person(i) == but) continue;
            IReviewerPool.Account memory was = _before[i];
            IReviewerPool.Account memory now_ = pool.accountOf(person(i));
            if (now_.staked < was.staked || now_.locked != was.locked) revert Moved("somebody else's stake");
            if (now_.unbonding != was.unbonding) revert Moved("somebody else's unbonding");
        }
    }
}
