// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICourtTypes} from "./ICourtTypes.sol";
import {IReviewerPool} from "./IReviewerPool.sol";

/// @title The court: flags, sealed votes, appeals
/// @notice What a case is, and the mathematics of its money, are in `ICourtTypes`.
interface IFactCheckCourt is ICourtTypes {
    /// @notice Flag a file. Takes bounty and bond. One case at a time for a file and claim. Paused with the court.
    function flag(Flag calldata what) external returns (uint256 id);

    /// @notice The same with a permit.
    function flagWithPermit(Flag calldata what, IReviewerPool.Permit calldata permit) external returns (uint256 id);

    /// @notice Add evidence. By anyone, until the last commit window of the case begins; it is for the round to come. For
    /// the first round it is taken until the last third of the evidence window, so that nothing comes too late for a reply.
    /// @param id the case
    /// @param item hash of the bundle
    /// @param uri where it is, up to 512 bytes
    function addEvidence(uint256 id, bytes32 item, string calldata uri) external;

    /// @notice Reply as a publisher of the file, in the evidence window of the first round: by its controller, or a signer
    /// with the role REGISTER. The item is added as evidence. The publisher named in the case may post a counter-bond of
    /// the flag's bond, once. In the last third of the window the named publisher alone replies.
    function reply(uint256 id, uint32 publisher, bytes32 item, string calldata uri, bool counterBond) external;

    /// @notice Ask for a seed and freeze the trees. By anyone, after the evidence window; again, where a seed was lost, at
    /// most three times in all, not counting those lost in a pause, or the case is cancelled (a later round: unresolved,
    /// final). So it is where people's weight that no seat has locked is less than four times what the seats lock. Pays the caller, but for a seed
    /// in place of one lost in a pause. Paused with the court.
    function requestSeed(uint256 id) external;

    /// @notice Draw seats, up to `words` words of the seed. By anyone; again until all are drawn, which pays the caller.
    /// A word may give no seat: stake locked elsewhere, identity or family seated already. After `MAX_WORDS` words an
    /// unfilled automated seat is one of people's; where people's seats are missing as well, the case is cancelled as
    /// `PoolTooSmall` (a later round: unresolved, final). Paused with the court.
    function draw(uint256 id, uint16 words) external;

    /// @notice Commit to a vote; may be replaced until the window closes. By a voter with a seat.
    function commit(uint256 id, bytes32 commitment) external;

    /// @notice The same with the voter's signature.
    function commitBySig(
        uint256 id,
        uint8 round,
        bytes32 commitment,
        address voter,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Say that the media cannot be obtained. By a voter with a seat, in the first round, in the first part of the
    /// commit window. Where two thirds of the seats say so, the case is cancelled.
    function reportUnobtainable(uint256 id) external;

    /// @notice Show a vote that somebody let out before the reveal window. By anyone. Seats are filled again by the draw's
    /// next words in the first half of the commit window; those that are not count as not revealed.
    function reportLeak(uint256 id, address voter, Ballot ballot, bytes32 salt) external;

    /// @notice Reveal a vote. By anyone who has it.
    function reveal(uint256 id, address voter, Ballot ballot, bytes32 salt) external;

    /// @notice Say why. By a voter, after its vote was revealed.
    function justify(uint256 id, uint8 round, bytes32 item, string calldata uri) external;

    /// @notice Count a round, after the reveal window. By anyone; pays the caller. In the last round there is nothing to
    /// appeal: `finalise` follows at once.
    function tally(uint256 id) external;

    /// @notice Pay into an appeal; takes no more than is missing. The side against only in the first half of the window,
    /// the side with the ruling in all of it.
    /// @param id the case
    /// @param against the ruling, or with it
    /// @param amount at most
    function fundAppeal(uint256 id, bool against, uint96 amount) external;

    /// @notice The same with a permit.
    function fundAppealWithPermit(uint256 id, bool against, uint96 amount, IReviewerPool.Permit calldata permit)
        external;

    /// @notice Open the next round, after the appeal window, where a side is fully funded. By anyone.
    function openRound(uint256 id) external;

    /// @notice Make the ruling final, after the appeal window, where no side is fully funded. By anyone; pays the caller.
    function finalise(uint256 id) external;

    /// @notice Settle a voter's seats in a round of a case that is final or cancelled. By anyone.
    function settle(uint256 id, uint8 round, address voter) external;

    /// @notice Credit what a contributor to an appeal gets back. By anyone, once the case is final or cancelled.
    function claimAppeal(uint256 id, uint8 round, bool against, address account) external;

    /// @notice Pay an account what is credited to it. By anyone.
    function withdraw(address account) external returns (uint256 amount);

    /// @notice Pay what is credited to the caller to another address.
    function withdrawTo(address to) external returns (uint256 amount);

    /// @notice Take back a signature that was given and not used.
    function skipNonce() external;

    /// @notice Propose parameters. By TIMELOCK.
    function propose(Parameters calldata parameters) external;

    /// @notice Let proposed parameters hold for new cases, after the delay. By anyone.
    function adopt() external;

    /// @notice What a voter commits to: keccak256(abi.encode(chain id, court, case, round, voter, ballot, salt)).
    function commitmentOf(uint256 id, uint8 round, address voter, Ballot ballot, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice What is signed for `commitBySig` (EIP-712: Commit(uint256 id,uint8 round,bytes32 commitment,address
    /// voter,uint256 nonce,uint256 deadline)).
    function commitDigest(
        uint256 id,
        uint8 round,
        bytes32 commitment,
        address voter,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice Where a case is, by the clock.
    function phaseOf(uint256 id) external view returns (Phase);

    /// @notice What is stored about a case; zeros where there is none.
    function caseOf(uint256 id) external view returns (Case memory);

    /// @notice What is stored about a round.
    function roundOf(uint256 id, uint8 round) external view returns (Round memory);

    /// @notice What is stored about a voter in a round.
    function voteOf(uint256 id, uint8 round, address voter) external view returns (Vote memory);

    /// @notice What an appeal's side has, of the appeal against (or with) the ruling of a round.
    function sideOf(uint256 id, uint8 round, bool against) external view returns (Side memory);

    /// @notice What an account paid into a side and has not claimed.
    function contributionOf(uint256 id, uint8 round, bool against, address account) external view returns (uint96);

    /// @notice What a side of the appeal against a round's ruling needs.
    function appealTarget(uint256 id, uint8 round, bool against) external view returns (uint96);

    /// @notice The bond for flagging a file with a claim (its hash, or 0) now: `flagBond`, doubled for each case about them
    /// that was closed without "altered" or for want of the media, four times at most. New evidence changes nothing: one
    /// byte would make it new.
    function bondFor(bytes32 media, bytes32 claim) external view returns (uint96);

    /// @notice The last case about a file and a claim; 0 for none.
    function lastCase(bytes32 media, bytes32 claim) external view returns (uint256);

    /// @notice How many cases there are; they are numbered from 1.
    function caseCount() external view returns (uint256);

    /// @notice What is credited to an account.
    function creditOf(address account) external view returns (uint256);

    /// @notice The next nonce of an account.
    function nonceOf(address account) external view returns (uint256);

    /// @notice The number of the parameters that hold for new cases.
    function parametersNumber() external view returns (uint32);

    /// @notice Parameters by number, from 1.
    function parametersOf(uint32 number) external view returns (Parameters memory);

    /// @notice What is proposed, and when it can be adopted; 0 for nothing.
    function proposal() external view returns (Parameters memory, uint40 readyAt);

    /// @notice The pool that reviewers are drawn from.
    function POOL() external view returns (address);

    /// @notice The register of media that publishers are looked up in.
    function MEDIA() external view returns (address);

    /// @notice The token of all amounts.
    function TOKEN() external view returns (address);

    /// @notice Who gets what is left over.
    function TREASURY() external view returns (address);

    /// @notice Who proposes parameters.
    function TIMELOCK() external view returns (address);
}
