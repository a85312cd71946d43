// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who reviews, and with how much at stake
/// @notice Reviewers stake a token and join one of two trees: people, or automated reviewers that run a registered model.
/// The court draws from a tree in proportion to stake, as it stood when the seed was asked for. Only the owner, or their
/// signature, lowers stake that no seat has locked; only the court lowers what a seat has locked. Leaving is never paused.
/// @dev Amounts are in the token's smallest unit, times in Unix seconds. Weight is stake that is neither maturing nor
/// unbonding. It is written at `join`, `refresh`, `unbond`, `depart` and where a reviewer is deactivated. After a slash it
/// lags until anyone calls `refresh`; a seat is only ever given to whoever can lock its whole amount, so weight without
/// stake wins none. A leaf belongs to one account for ever, so that a frozen tree never names somebody else.
interface IReviewerPool {
    /// @notice Where an account stands.
    enum Status {
        None,
        Joined,
        Deactivated
    }

    /// @notice What is stored about an account.
    /// @param staked all it has here, locked and unbonding stake included
    /// @param locked by seats
    /// @param maturesAt when maturing stake gets weight
    /// @param missed seats in a row for which it did not reveal
    /// @param automated which tree; an account keeps to one for ever
    /// @param status where it stands
    /// @param maturing staked not long ago, without weight until `maturesAt`
    /// @param unbonding to be withdrawn from `unbondsAt` on, without weight
    /// @param unbondsAt when unbonding stake can be withdrawn
    /// @param leaf its place in its tree, from 1; 0 before it joined for the first time
    /// @param family of its model, 0 in the people's tree; an account keeps to one for ever
    /// @param identity what the rule said stands behind it when it joined, or 0
    struct Account {
        uint96 staked;
        uint96 locked;
        uint40 maturesAt;
        uint8 missed;
        bool automated;
        Status status;
        uint96 maturing;
        uint96 unbonding;
        uint40 unbondsAt;
        uint24 leaf;
        bytes32 family;
        bytes32 identity;
    }

    /// @notice What TIMELOCK may change, within bounds, after a delay.
    /// @param minStake least stake with weight in the people's tree
    /// @param minAutomated the same in the automated tree
    /// @param activationDelay before stake gets weight; at most 30 days
    /// @param unbondingTime before stake can be withdrawn, 1 to 60 days; what is unbonding keeps its date
    /// @param people rule for the people's tree (`IEligibility`)
    /// @param automated rule for the automated tree
    struct Parameters {
        uint96 minStake;
        uint96 minAutomated;
        uint32 activationDelay;
        uint32 unbondingTime;
        address people;
        address automated;
    }

    /// @notice A permit (ERC-2612) for what a call takes. It is tried; where it fails, the allowance decides.
    struct Permit {
        uint256 value;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Stake came in. It matures, with what was maturing.
    event Staked(address indexed account, uint96 amount, uint40 maturesAt);
    /// @notice An account joined a tree.
    event Joined(
        address indexed account, bool indexed automated, bytes32 indexed family, uint24 leaf, bytes32 identity, bytes32 model
    );
    /// @notice An account's weight in its tree changed.
    event WeightSet(address indexed account, bool indexed automated, uint96 weight);
    /// @notice An account left its tree. Its stake stays.
    event Left(address indexed account);
    /// @notice An account missed two seats in a row, or the rule no longer lets it in. It may join again.
    event Deactivated(address indexed account);
    /// @notice Stake is on its way out, with what was unbonding.
    event Unbonding(address indexed account, uint96 amount, uint40 unbondsAt);
    /// @notice Stake went out.
    event Withdrawn(address indexed account, address indexed to, uint96 amount);
    /// @notice A seat locked stake.
    event Locked(address indexed account, uint96 amount);
    /// @notice A seat's lock was settled: `slashed` of it is gone, the rest is free again.
    event Settled(address indexed account, uint96 amount, uint96 slashed, bool missed);
    /// @notice The court took what seats have lost, before each of them is settled.
    event Collected(uint256 amount, uint256 pendingSlash);
    /// @notice The trees were frozen as they stand, under a number.
    event Frozen(uint48 indexed id, uint96 people, uint96 automated);
    /// @notice The court was set, for ever.
    event CourtSet(address indexed court);
    /// @notice Parameters were proposed; anyone may adopt them from `readyAt` on.
    event ParametersProposed(Parameters parameters, uint40 readyAt);
    /// @notice Parameters hold from now on.
    event ParametersAdopted(Parameters parameters);
    /// @notice A signature that was given and not used was taken back.
    event NonceSkipped(address indexed account, uint256 nonce);

    /// @notice The caller is not the court.
    error NotCourt();
    /// @notice The court was set before.
    error CourtKnown();
    /// @notice The amount is 0, or does not fit.
    error BadAmount(uint256 amount);
    /// @notice More than what is there and not unbonding yet.
    error NotFree(uint256 amount, uint256 free);
    /// @notice Nothing can be withdrawn yet.
    error TooEarly(uint40 readyAt);
    /// @notice The rule does not let this account in.
    error NotEligible();
    /// @notice Another account of the same identity is in the tree.
    error IdentityTaken(address holder);
    /// @notice No such model, or it was revoked.
    error BadModel(bytes32 model);
    /// @notice The account is in a tree already.
    error AlreadyJoined();
    /// @notice The account is in no tree now.
    error NotJoined();
    /// @notice The account joined the other tree, or with a model of another family, before: use another account.
    error OtherTree();
    /// @notice The caller is not TIMELOCK.
    error NotTimelock();
    /// @notice The court settles or collects more than is locked.
    error TooMuch(uint256 amount, uint256 most);
    /// @notice Nobody in that tree had weight.
    error EmptyTree();
    /// @notice No such frozen tree.
    error UnknownSnapshot(uint48 id);
    /// @notice A parameter is out of its bounds; `which` is its place, from 0.
    error OutOfBounds(uint256 which);
    /// @notice There is no proposal.
    error NothingProposed();
    /// @notice The signature was to be used up to `deadline`.
    error Expired(uint256 deadline);
    /// @notice The next nonce of that account is another.
    error BadNonce(uint256 expected);
    /// @notice The signature is not the account's, or not over this.
    error BadSignature();
    /// @notice An address is needed.
    error ZeroAddress();

    /// @notice Stake for oneself. It gets weight after the activation delay, once `join` and `refresh` were called. Paused
    /// with the pool.
    function stake(uint96 amount) external;

    /// @notice The same with a permit.
    function stakeWithPermit(uint96 amount, Permit calldata permit) external;

    /// @notice Join a tree, by the owner, where the rule allows and at least the least stake is there. Who comes back, having
    /// left or been deactivated, waits for the activation delay again. Paused with the pool.
    /// @param automated which tree
    /// @param model id of the model that is run (`IModelRegistry`), 0 for people. Its family is kept.
    function join(bool automated, bytes32 model) external;

    /// @notice Write an account's weight as its stake, the parameters and the rule have it now. By anyone. Whom the rule no
    /// longer lets in, or whose model was revoked, is deactivated.
    function refresh(address account) external;

    /// @notice Leave the tree. By the owner. Coming back takes the activation delay. Seats that were drawn, or that are drawn from a tree frozen before, remain.
    function depart() external;

    /// @notice Begin to take stake out, locked stake as well. By the owner. What matures goes first. Until it is withdrawn it can still be locked by a draw from a tree
    /// frozen before, so that nobody dodges a seat.
    function unbond(uint96 amount) external;

    /// @notice The same with the owner's signature.
    function unbondBySig(address account, uint96 amount, uint256 nonce, uint256 deadline, bytes calldata signature)
        external;

    /// @notice Take out what has unbonded and no seat has locked. By the owner.
    function withdraw(address to) external returns (uint96 amount);

    /// @notice The same with the owner's signature.
    function withdrawBySig(address account, address to, uint256 nonce, uint256 deadline, bytes calldata signature)
        external
        returns (uint96 amount);

    /// @notice Take back a signature that was given and not used.
    function skipNonce() external;

    /// @notice Freeze both trees as they stand. By the court, when it asks for a seed.
    /// @return id number of what was frozen
    /// @return free `freePeople` at that moment
    function freeze() external returns (uint48 id, uint96 free);

    /// @notice Lock stake for a seat. By the court. False, and nothing changes, where the account is no longer in that
    /// tree by no act of its own, or has not that much that is not locked.
    function lock(address account, bool automated, uint96 amount) external returns (bool);

    /// @notice Take what seats have lost out of the pool, to the court, before each of them is settled. By the court. At
    /// most what is locked and not yet taken.
    function collect(uint256 amount) external;

    /// @notice Settle a lock. By the court, which has collected `slashed` before.
    /// @param account whose
    /// @param amount locked for it
    /// @param slashed of that, gone; the rest is free again
    /// @param missed whether it did not reveal; two in a row deactivate, a reveal sets the count back
    /// @param revealed whether it did reveal (neither, for what was cancelled or voided)
    function settle(address account, uint96 amount, uint96 slashed, bool missed, bool revealed) external;

    /// @notice Set the court, once. By TIMELOCK.
    function setCourt(address court_) external;

    /// @notice Propose parameters. By TIMELOCK.
    function propose(Parameters calldata next) external;

    /// @notice Let proposed parameters hold, after the delay. By anyone.
    function adopt() external;

    /// @notice Who is drawn from a frozen tree by a random word. Its weight was more than 0.
    function pick(uint48 id, bool automated, uint256 random)
        external
        view
        returns (address account, bytes32 family, bytes32 identity);

    /// @notice Weight of a frozen tree.
    function totalAt(uint48 id, bool automated) external view returns (uint96);

    /// @notice Weight of a tree now.
    function total(bool automated) external view returns (uint96);

    /// @notice Weight of the people's tree now, less what seats have locked of those in it: what panels can still be made of.
    function freePeople() external view returns (uint96);

    /// @notice Weight of an account as it was last written.
    function weightOf(address account) external view returns (uint96);

    /// @notice What is stored about an account.
    function accountOf(address account) external view returns (Account memory);

    /// @notice What can be withdrawn now.
    function withdrawable(address account) external view returns (uint96);

    /// @notice The sum of all stakes. The pool's balance and `pendingSlash` are at least as much.
    function totalStaked() external view returns (uint256);

    /// @notice The sum of all locks.
    function totalLocked() external view returns (uint256);

    /// @notice What the court has collected of locks that are not settled yet.
    function pendingSlash() external view returns (uint256);

    /// @notice The parameters that hold.
    function parameters() external view returns (Parameters memory);

    /// @notice What is proposed, and when it can be adopted; 0 for nothing.
    function proposal() external view returns (Parameters memory, uint40 readyAt);

    /// @notice What is signed for `unbondBySig` (EIP-712: Unbond(address account,uint96 amount,uint256 nonce,uint256
    /// deadline)).
    function unbondDigest(address account, uint96 amount, uint256 nonce, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice What is signed for `withdrawBySig` (EIP-712: Withdraw(address account,address to,uint256 nonce,uint256
    /// deadline)).
    function withdrawDigest(address account, address to, uint256 nonce, uint256 deadline)
        external
        view
        returns (bytes32);

    /// @notice The next nonce of an account.
    function nonceOf(address account) external view returns (uint256);

    /// @notice The court; 0 before it is set.
    function court() external view returns (address);

    /// @notice The token that is staked.
    function TOKEN() external view returns (address);

    /// @notice The register of models that families are read from.
    function MODELS() external view returns (address);

    /// @notice Who proposes parameters.
    function TIMELOCK() external view returns (address);
}
