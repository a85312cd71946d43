// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IEligibility} from "./interfaces/IEligibility.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IReviewerPool} from "./interfaces/IReviewerPool.sol";
import {Money} from "./lib/Money.sol";
import {Paused} from "./lib/Paused.sol";
import {PoolSettings} from "./lib/PoolSettings.sol";
import {Signed} from "./lib/Signed.sol";
import {SumTree} from "./lib/SumTree.sol";
import {TypedDomain} from "./lib/TypedDomain.sol";

/// @title Pool of reviewers
/// @notice See the interface. There is no owner and no upgrade. TIMELOCK sets the court once and changes parameters within
/// bounds, the guardian pauses `stake` and `join`; neither can take or hold anyone's stake. The court can take what it has
/// locked, and nothing else.
contract ReviewerPool is PoolSettings, TypedDomain, Paused, ReentrancyGuard {
    using SumTree for SumTree.Tree;

    /// @notice Seats missed in a row that deactivate.
    uint8 public constant MOST_MISSED = 2;

    uint8 private constant REVOKED = 3;
    bytes32 private constant UNBOND = keccak256("Unbond(address account,uint96 amount,uint256 nonce,uint256 deadline)");
    bytes32 private constant WITHDRAW =
        keccak256("Withdraw(address account,address to,uint256 nonce,uint256 deadline)");

    /// @dev Both trees as a number froze them: weight and size of each.
    struct Snapshot {
        uint96 people;
        uint96 automated;
        uint24 peopleSize;
        uint24 automatedSize;
    }

    /// @dev What seats have locked. `busy` is what of it is locked of people who are in their tree, `pending` what the court
    /// has collected of it. 2^80 and more of the token's units are more than there is of any stablecoin of six decimals.
    struct Held {
        uint88 locked;
        uint88 busy;
        uint80 pending;
    }

    /// @inheritdoc IReviewerPool
    address public immutable TOKEN;
    /// @inheritdoc IReviewerPool
    address public immutable MODELS;
    uint48 private _epoch = 1;
    uint256 private _staked;
    Held private _held;
    mapping(address account => Account) private _accounts;
    mapping(address account => bytes32) private _modelOf;
    mapping(address account => uint256) private _nonces;
    mapping(bool automated => SumTree.Tree) private _trees;
    mapping(bool automated => mapping(uint256 leaf => address)) private _leaves;
    mapping(bool automated => mapping(bytes32 identity => address)) private _holders;
    mapping(uint48 id => Snapshot) private _frozen;

    modifier onlyCourt() {
        if (msg.sender != court) revert NotCourt();
        _;
    }

    /// @notice Stake this token, read families from that register, obey these two within the bounds, for ever.
    constructor(address token, address models, address timelock, address guardian, Parameters memory first)
        Paused(guardian)
        PoolSettings(timelock, first)
    {
        if (token == address(0) || models == address(0)) revert ZeroAddress();
        (TOKEN, MODELS) = (token, models);
    }

    // -- what an owner does -----------------------------------------------------------------------------------------

    /// @inheritdoc IReviewerPool
    function stake(uint96 amount) external nonReentrant whenRunning {
        _stake(amount);
    }

    /// @inheritdoc IReviewerPool
    // Nothing comes back in, and what is credited is what then comes in.
    // slither-disable-next-line reentrancy-benign
    function stakeWithPermit(uint96 amount, Permit calldata permit) external nonReentrant whenRunning {
        Money.permit(TOKEN, msg.sender, permit.value, permit.deadline, permit.v, permit.r, permit.s);
        _stake(amount);
    }

    /// @inheritdoc IReviewerPool
    function join(bool automated, bytes32 model) external nonReentrant whenRunning {
        Account storage who = _accounts[msg.sender];
        if (who.status == Status.Joined) revert AlreadyJoined();
        if (who.staked - who.unbonding < _least(automated)) revert BadAmount(who.staked - who.unbonding);
        bytes32 family = _familyOf(automated, model);
        (bool eligible, bytes32 identity) = _rule(automated).check(msg.sender);
        if (!eligible) revert NotEligible();
        if (identity != 0) {
            address holder = _holders[automated][identity];
            if (holder != address(0)) revert IdentityTaken(holder);
            _holders[automated][identity] = msg.sender;
        }
        if (who.leaf == 0) {
            uint24 leaf = _trees[automated].grow(_epoch);
            (who.leaf, who.automated, who.family) = (leaf, automated, family);
            _leaves[automated][leaf] = msg.sender;
        } else if (who.automated != automated || who.family != family) {
            revert OtherTree();
        } else {
            // Leaving must not be a way to choose one's cases: whoever comes back waits as whoever is new.
            who.maturing = who.staked - who.unbonding;
            who.maturesAt = _now() + _parameters.activationDelay;
            if (!automated) _held.busy += uint88(who.locked);
        }
        if (who.status == Status.Deactivated) who.missed = 0;
        (who.status, who.identity) = (Status.Joined, identity);
        _modelOf[msg.sender] = model;
        emit Joined(msg.sender, automated, family, who.leaf, identity, model);
        _weigh(msg.sender, _due(who));
    }

    /// @inheritdoc IReviewerPool
    function refresh(address account) external nonReentrant {
        Account storage who = _accounts[account];
        if (who.status != Status.Joined) revert NotJoined();
        (bool eligible, bytes32 identity) = _rule(who.automated).check(account);
        if (!eligible || identity != who.identity || _revoked(account)) _deactivate(account);
        else _weigh(account, _due(who));
    }

    /// @inheritdoc IReviewerPool
    function depart() external nonReentrant {
        Account storage who = _accounts[msg.sender];
        if (who.status != Status.Joined) revert NotJoined();
        who.status = Status.None;
        _release(msg.sender);
        emit Left(msg.sender);
    }

    /// @inheritdoc IReviewerPool
    function unbond(uint96 amount) external nonReentrant {
        _unbond(msg.sender, amount);
    }

    /// @inheritdoc IReviewerPool
    function unbondBySig(address account, uint96 amount, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        nonReentrant
    {
        _use(account, nonce, deadline, unbondDigest(account, amount, nonce, deadline), signature);
        _unbond(account, amount);
    }

    /// @inheritdoc IReviewerPool
    function withdraw(address to) external nonReentrant returns (uint96 amount) {
        return _withdraw(msg.sender, to);
    }

    /// @inheritdoc IReviewerPool
    function withdrawBySig(address account, address to, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        nonReentrant
        returns (uint96 amount)
    {
        _use(account, nonce, deadline, withdrawDigest(account, to, nonce, deadline), signature);
        return _withdraw(account, to);
    }

    /// @inheritdoc IReviewerPool
    function skipNonce() external {
        emit NonceSkipped(msg.sender, _nonces[msg.sender]++);
    }

    // -- what the court does ----------------------------------------------------------------------------------------

    /// @inheritdoc IReviewerPool
    function freeze() external onlyCourt returns (uint48 id, uint96 free) {
        id = _epoch;
        _epoch = id + 1;
        // The constants name the trees.
        // slither-disable-next-line boolean-cst
        Snapshot memory taken = Snapshot(total(false), total(true), _trees[false].size, _trees[true].size);
        _frozen[id] = taken;
        emit Frozen(id, taken.people, taken.automated);
        free = _free(taken.people);
    }

    /// @inheritdoc IReviewerPool
    function lock(address account, bool automated, uint96 amount) external onlyCourt returns (bool) {
        Account storage who = _accounts[account];
        if (who.automated != automated || who.status == Status.Deactivated) return false;
        if (who.staked - who.locked < amount) return false;
        who.locked += amount;
        Held memory held = _held;
        held.locked += SafeCast.toUint88(amount);
        if (!automated && who.status == Status.Joined) held.busy += uint88(amount);
        _held = held;
        emit Locked(account, amount);
        return true;
    }

    /// @inheritdoc IReviewerPool
    function collect(uint256 amount) external onlyCourt nonReentrant {
        uint256 most = _held.locked - _held.pending;
        if (amount > most) revert TooMuch(amount, most);
        uint256 pending = _held.pending + amount;
        _held.pending = SafeCast.toUint80(pending);
        emit Collected(amount, pending);
        Money.push(TOKEN, msg.sender, amount);
    }

    /// @inheritdoc IReviewerPool
    function settle(address account, uint96 amount, uint96 slashed, bool missed, bool revealed) external onlyCourt {
        Account storage who = _accounts[account];
        (uint96 locked, Status status) = (who.locked, who.status);
        if (amount > locked) revert TooMuch(amount, locked);
        Held memory held = _held;
        uint256 most = amount < held.pending ? amount : held.pending;
        if (slashed > most) revert TooMuch(slashed, most);
        who.locked = locked - amount;
        held.locked -= uint88(amount);
        if (status == Status.Joined && !who.automated) held.busy -= uint88(amount);
        if (slashed != 0) {
            held.pending -= uint80(slashed);
            who.staked -= slashed;
            _staked -= slashed;
            _clamp(who);
        }
        _held = held;
        emit Settled(account, amount, slashed, missed);
        if (revealed) {
            if (who.missed != 0) who.missed = 0;
        } else if (missed && status != Status.Deactivated && ++who.missed >= MOST_MISSED) {
            _deactivate(account);
        }
    }

    // -- what anyone reads ------------------------------------------------------------------------------------------

    /// @inheritdoc IReviewerPool
    function pick(uint48 id, bool automated, uint256 random)
        external
        view
        returns (address account, bytes32 family, bytes32 identity)
    {
        Snapshot memory taken = _taken(id);
        uint96 all = automated ? taken.automated : taken.people;
        if (all == 0) revert EmptyTree();
        uint24 size = automated ? taken.automatedSize : taken.peopleSize;
        account = _leaves[automated][_trees[automated].find(id, size, random % all)];
        if (automated) family = _accounts[account].family;
        identity = _accounts[account].identity;
    }

    /// @inheritdoc IReviewerPool
    function totalAt(uint48 id, bool automated) external view returns (uint96) {
        Snapshot memory taken = _taken(id);
        return automated ? taken.automated : taken.people;
    }

    /// @inheritdoc IReviewerPool
    function weightOf(address account) external view returns (uint96) {
        Account storage who = _accounts[account];
        return _trees[who.automated].weights[who.leaf];
    }

    /// @inheritdoc IReviewerPool
    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    /// @inheritdoc IReviewerPool
    function withdrawable(address account) external view returns (uint96) {
        Account storage who = _accounts[account];
        return _now() < who.unbondsAt ? 0 : _open(who);
    }

    /// @inheritdoc IReviewerPool
    function totalStaked() external view returns (uint256) {
        return _staked;
    }

    /// @inheritdoc IReviewerPool
    function totalLocked() external view returns (uint256) {
        return _held.locked;
    }

    /// @inheritdoc IReviewerPool
    function pendingSlash() external view returns (uint256) {
        return _held.pending;
    }

    /// @inheritdoc IReviewerPool
    function nonceOf(address account) external view returns (uint256) {
        return _nonces[account];
    }

    /// @inheritdoc IReviewerPool
    function freePeople() external view returns (uint96) {
        // The constant names the tree.
        // slither-disable-next-line boolean-cst
        return _free(total(false));
    }

    /// @inheritdoc IReviewerPool
    function total(bool automated) public view returns (uint96) {
        return _trees[automated].total();
    }

    /// @inheritdoc IReviewerPool
    function unbondDigest(address account, uint96 amount, uint256 nonce, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _typedDigest(keccak256(abi.encode(UNBOND, account, amount, nonce, deadline)));
    }

    /// @inheritdoc IReviewerPool
    function withdrawDigest(address account, address to, uint256 nonce, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _typedDigest(keccak256(abi.encode(WITHDRAW, account, to, nonce, deadline)));
    }

    // -- how ---------------------------------------------------------------------------------------------------------

    function _stake(uint96 amount) private {
        if (amount == 0) revert BadAmount(0);
        Money.pull(TOKEN, msg.sender, amount);
        Account storage who = _accounts[msg.sender];
        uint40 moment = _now();
        who.maturing = (moment < who.maturesAt ? who.maturing : 0) + amount;
        who.maturesAt = moment + _parameters.activationDelay;
        who.staked += amount;
        _staked += amount;
        emit Staked(msg.sender, amount, who.maturesAt);
    }

    /// @dev No rule is asked here: nothing outside can keep stake from leaving.
    function _unbond(address account, uint96 amount) private {
        Account storage who = _accounts[account];
        uint96 most = who.staked - who.unbonding;
        if (amount == 0) revert BadAmount(0);
        if (amount > most) revert NotFree(amount, most);
        who.unbonding += amount;
        who.unbondsAt = _now() + _parameters.unbondingTime;
        if (_now() < who.maturesAt) who.maturing -= amount < who.maturing ? amount : who.maturing;
        else if (who.maturing != 0) who.maturing = 0;
        emit Unbonding(account, amount, who.unbondsAt);
        if (who.status != Status.Joined) return;
        uint96 due = _due(who);
        if (due < _trees[who.automated].weights[who.leaf]) _weigh(account, due);
    }

    function _withdraw(address account, address to) private returns (uint96 amount) {
        if (to == address(0)) revert ZeroAddress();
        Account storage who = _accounts[account];
        if (_now() < who.unbondsAt) revert TooEarly(who.unbondsAt);
        amount = _open(who);
        if (amount == 0) revert BadAmount(0);
        who.staked -= amount;
        who.unbonding -= amount;
        _staked -= amount;
        emit Withdrawn(account, to, amount);
        Money.push(TOKEN, to, amount);
    }

    /// @dev What is unbonding and not locked.
    function _open(Account storage who) private view returns (uint96) {
        uint96 free = who.staked - who.locked;
        return who.unbonding < free ? who.unbonding : free;
    }

    /// @dev The weight that stake and parameters give, of who is in a tree.
    function _due(Account storage who) private view returns (uint96) {
        uint96 weight = who.staked - who.unbonding;
        if (_now() < who.maturesAt) weight -= who.maturing;
        return weight < _least(who.automated) ? 0 : weight;
    }

    /// @dev Unbonding and maturing stake are never more than all stake. A slash takes first what is neither, then what
    /// matures, then what unbonds.
    function _clamp(Account storage who) private {
        uint96 staked = who.staked;
        if (who.unbonding > staked) who.unbonding = staked;
        uint96 rest = staked - who.unbonding;
        if (who.maturing > rest) who.maturing = rest;
    }

    function _weigh(address account, uint96 weight) private {
        Account storage who = _accounts[account];
        SumTree.Tree storage tree = _trees[who.automated];
        if (tree.weights[who.leaf] == weight) return;
        tree.set(_epoch, who.leaf, weight);
        emit WeightSet(account, who.automated, weight);
    }

    function _deactivate(address account) private {
        // No balance is compared.
        // slither-disable-next-line incorrect-equality
        bool joined = _accounts[account].status == Status.Joined;
        _accounts[account].status = Status.Deactivated;
        if (joined) _release(account);
        emit Deactivated(account);
    }

    function _free(uint96 people) private view returns (uint96) {
        uint96 busy = _held.busy;
        return people > busy ? people - busy : 0;
    }

    /// @dev Out of the tree, and its identity free for another account. What it was stays known to trees frozen before.
    function _release(address account) private {
        Account storage who = _accounts[account];
        _weigh(account, 0);
        if (!who.automated && who.locked != 0) _held.busy -= uint88(who.locked);
        if (who.identity != 0) delete _holders[who.automated][who.identity];
    }

    function _use(address account, uint256 nonce, uint256 deadline, bytes32 digest, bytes calldata signature) private {
        if (block.timestamp > deadline) revert Expired(deadline);
        uint256 expected = _nonces[account];
        if (nonce != expected) revert BadNonce(expected);
        _nonces[account] = expected + 1;
        if (!Signed.by(account, digest, signature)) revert BadSignature();
    }

    function _taken(uint48 id) private view returns (Snapshot memory) {
        if (id == 0 || id >= _epoch) revert UnknownSnapshot(id);
        return _frozen[id];
    }

    function _least(bool automated) private view returns (uint96) {
        return automated ? _parameters.minAutomated : _parameters.minStake;
    }

    function _rule(bool automated) private view returns (IEligibility) {
        return IEligibility(automated ? _parameters.automated : _parameters.people);
    }

    function _familyOf(bool automated, bytes32 model) private view returns (bytes32) {
        if (!automated) {
            if (model != 0) revert BadModel(model);
            return 0;
        }
        IModelRegistry.Model memory known = IModelRegistry(MODELS).modelOf(model);
        if (known.status == 0 || known.status == REVOKED) revert BadModel(model);
        return known.family;
    }

    function _revoked(address account) private view returns (bool) {
        bytes32 model = _modelOf[account];
        return model != 0 && IModelRegistry(MODELS).modelOf(model).status == REVOKED;
    }

    function _domainName() internal pure override returns (string memory) {
        return "Touchstone ReviewerPool";
    }
}
