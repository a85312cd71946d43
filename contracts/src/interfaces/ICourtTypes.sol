// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What the court tells, and what it pays
/// @notice A case is about a file and a claim: claim 0 says that the file was altered or generated; any other is the hash of
/// a text, and asks whether the file is used out of context with it, which says nothing of the file itself. Reviewers are
/// drawn by stake, commit, reveal, and are paid or lose stake by the final ruling. An appeal opens a round with more
/// seats; it never changes a ruling by itself.
///
/// @dev **Money of a case.** Shorthands: `S` seats of a round as drawn and filled, `lock` and `slash` of a seat by its
/// tree (slash = lock * slashBps / 10000, floored for one seat and then multiplied), all by the parameters of that round.
///   roundCost(r)  = seats[r] * seatFee + KEEPER_CALLS * keeperFee
///   base(r)       = 2 * roundCost(r) + seats[r] * appealPerSeat, for the appeal that opens round r
///   target        = base for the side that holds with the ruling, 2 * base for the side against it
/// Flagging takes bounty >= roundCost(0) and a bond. At the final ruling, with the group of a ruling being 0 cannot tell,
/// 1 not altered, 2 altered (edited, synthetic or kind undecided), 3 unresolved:
///   - The final ruling is that of the last round that was not unresolved: a later round that fails leaves it.
///   - A seat that did not reveal loses its lock, whatever the ruling. In groups 1 and 2 a revealed seat of the other of
///     these two loses its slash; "cannot tell" never does. In groups 0 and 3 no revealed seat loses anything.
///   - Bonds. Group 1: the flag's bond is lost, half (floored) to who posted the counter-bond, if anyone did, the rest to
///     the pot; the counter-bond returns. Group 2: the flag's bond returns; of a counter-bond half (floored) goes to the
///     flagger, the rest to the pot. Groups 0 and 3: both return.
///   - Appeals. A side that did not reach its target takes no part: all is refunded. A funded side that held with a ruling
///     is right where the final group is that ruling's, one against it where it is another. In groups 1 and 2 a funded
///     side that is wrong loses all: half (floored) is burned, the rest goes to the pot; the other side, if funded, is
///     refunded in full. Where no funded side is wrong, or the final group is 0 or 3, the funded sides pay roundCost of
///     the round that they opened to the pot, in equal parts, the odd unit by the side against, and are refunded the rest.
///   - pot = bounty + the above + all unrevealed locks + all slashes - keeper fees paid. Every revealed "cannot tell" seat
///     gets fixedFee of its round, in every group. In groups 1 and 2 the rest is shared by the revealed seats of the
///     winning group over all rounds, each the same floored share; what is left over goes to the treasury. In groups 0
///     and 3 every revealed seat gets fixedFee, out of the pot without the locks, which are burned; of the rest the
///     flagger gets no more than the bounty, the treasury what is over: nobody gains by others' silence.
///   - Cancelled: bounty and bond return to the flagger less keeper fees paid, the counter-bond to who posted it, locks are
///     freed. Where the media could not be obtained the bond is burned, and who said so gets nothing.
///   - A leak: lock of all seats of that voter in the round is lost at once; leakBps of it to the reporter, the rest is
///     burned; the seats are void.
/// Money for others is credited, never sent: one account that cannot be paid hinders nobody. What is burned is credited to
/// 0x000000000000000000000000000000000000dEaD.
///
/// **Time.** Windows are measured by `clock`, which stands still in a pause. All `...Ends` and `flaggedAt` are in that
/// clock. A window includes its begin and excludes its end.
interface ICourtTypes {
    /// @notice Where a case is. Commit, Reveal and Tallying follow one another by the clock alone.
    enum Phase {
        None,
        Flagged,
        SeedRequested,
        Drawn,
        Commit,
        Reveal,
        Tallying,
        Appealable,
        Final,
        Cancelled
    }

    /// @notice A vote. In a case about a claim, Edited means "out of context" and Synthetic is refused.
    enum Ballot {
        CannotTell,
        NotAltered,
        Edited,
        Synthetic
    }

    /// @notice What a round says. Altered: by step one altered, by step two a tie over the kind.
    enum Ruling {
        None,
        CannotTell,
        NotAltered,
        Edited,
        Synthetic,
        Altered,
        Unresolved
    }

    /// @notice Why a case was cancelled.
    enum Reason {
        None,
        SeedLost,
        PoolTooSmall,
        NotObtainable
    }

    /// @notice What TIMELOCK may change, within bounds, after a delay. A case keeps what held when it was flagged.
    /// @param seats of each round; odd, rising, 3 to 63; 0 from where there is no further round
    /// @param slashBps of a lock, for a vote against the final ruling; at most 5000
    /// @param leakBps of a lock, to who reports a leak; at most 5000
    /// @param evidenceTime window for evidence and reply, 1 minute to 14 days, as all windows; its last third (floored) is
    /// for the reply of the named publisher alone
    /// @param commitTime window to commit
    /// @param obtainTime first part of it, in which media can be reported as not obtainable; at most half of it
    /// @param revealTime window to reveal
    /// @param appealTime window to fund appeals
    /// @param seatLock stake locked by a seat of people
    /// @param automatedLock stake locked by an automated seat, at most `seatLock`
    /// @param seatFee paid in for a seat; at least `fixedFee`
    /// @param fixedFee paid out to a seat that cannot tell
    /// @param keeperFee for each call that moves a case on
    /// @param flagBond bond of a flag
    /// @param appealPerSeat bond of an appeal, for a seat of the round that it opens
    /// @param randomness where seeds come from (`IRandomness`)
    struct Parameters {
        uint8[3] seats;
        uint16 slashBps;
        uint16 leakBps;
        uint32 evidenceTime;
        uint32 commitTime;
        uint32 obtainTime;
        uint32 revealTime;
        uint32 appealTime;
        uint96 seatLock;
        uint96 automatedLock;
        uint96 seatFee;
        uint96 fixedFee;
        uint96 keeperFee;
        uint96 flagBond;
        uint96 appealPerSeat;
        address randomness;
    }

    /// @notice A flag.
    /// @param media SHA-256 of the file
    /// @param claim text that the file is used with, up to 1024 bytes; "" for "altered or generated"
    /// @param evidence hash of the bundle, which holds the media itself
    /// @param uri where the bundle is, up to 512 bytes
    /// @param bounty for reviewers, at least `roundCost` of the first round
    /// @param bond exactly `bondFor` this case, so that nobody pays another than they saw
    struct Flag {
        bytes32 media;
        string claim;
        bytes32 evidence;
        string uri;
        uint96 bounty;
        uint96 bond;
    }

    /// @notice What is stored about a case.
    /// @param media SHA-256 of the file
    /// @param claim keccak256 of the claim's text, or 0
    /// @param evidenceRoot over all evidence so far: keccak256(root before, submitter, item) for each, from the flag's on
    /// @param flagger who flagged
    /// @param bounty paid in with the flag
    /// @param publisher first publisher who claimed the file in the register when it was flagged, or 0
    /// @param parameters number of the parameters that it keeps
    /// @param flaggedAt when
    /// @param evidenceEnds end of the evidence window, the last third of which is the named publisher's alone
    /// @param round which one it is in, from 0
    /// @param phase as stored; `phaseOf` has it by the clock
    /// @param reason why it was cancelled; where it is final, why its last round could not be drawn
    /// @param ruling that stands after the rounds so far, or None; final where the phase is
    /// @param doublings of the bond; bond and counter-bond are flagBond times two to this
    /// @param share of the pot for each revealed seat of the winning group, once final
    /// @param replier who posted the counter-bond, or 0
    /// @param keeperPaid keeper fees so far
    struct Case {
        bytes32 media;
        bytes32 claim;
        bytes32 evidenceRoot;
        address flagger;
        uint96 bounty;
        uint32 publisher;
        uint16 parameters;
        uint40 flaggedAt;
        uint40 evidenceEnds;
        uint8 round;
        Phase phase;
        Reason reason;
        Ruling ruling;
        uint8 doublings;
        uint88 share;
        address replier;
        uint96 keeperPaid;
    }

    /// @notice What is stored about a round. `people` and `automated` count revealed seats by ballot.
    /// @param seed of the draw, 0 before it is known
    /// @param evidenceRoot as it stood when the commit window began
    /// @param request number at the source of randomness
    /// @param snapshot number of the frozen trees
    /// @param commitEnds end of the commit window, which began commitTime before
    /// @param appealEnds end of the appeal window
    /// @param cursor words drawn so far
    /// @param requests seeds asked for, at most 3; one lost in a pause is not counted
    /// @param pauses how long pauses had lasted in all when the seed was asked for
    /// @param panelPeople people's seats as the panel was drawn
    /// @param seatsPeople filled and not void
    /// @param seatsAutomated filled and not void
    /// @param voided seats void after a leak and not filled again
    /// @param unobtainable seats that reported the media as not obtainable
    /// @param ruling of this round; a later round that could not be drawn is Unresolved and has no commitEnds
    /// @param people revealed people's seats by ballot
    /// @param automated revealed automated seats by ballot
    struct Round {
        bytes32 seed;
        bytes32 evidenceRoot;
        uint256 request;
        uint48 snapshot;
        uint40 commitEnds;
        uint40 appealEnds;
        uint16 cursor;
        uint8 requests;
        uint40 pauses;
        uint8 panelPeople;
        uint8 seatsPeople;
        uint8 seatsAutomated;
        uint8 voided;
        uint8 unobtainable;
        Ruling ruling;
        uint8[4] people;
        uint8[4] automated;
    }

    /// @notice One voter's seats in a round: one vote, counted once for each seat. `locked` is the stake that they locked.
    struct Vote {
        bytes32 commitment;
        uint8 seats;
        bool automated;
        bool revealed;
        bool voided;
        bool settled;
        bool unobtainable;
        Ballot ballot;
        uint96 locked;
    }

    /// @notice What an appeal's side has.
    /// @param funded in all
    /// @param unclaimed of that, contributions that are not claimed yet
    /// @param reduced whether those get back less than they paid
    /// @param back what is left to pay back, where that is so
    struct Side {
        uint96 funded;
        uint96 unclaimed;
        bool reduced;
        uint96 back;
    }

    /// @notice A file was flagged.
    event Flagged(
        uint256 indexed id,
        bytes32 indexed media,
        address indexed flagger,
        bytes32 claim,
        bytes32 evidence,
        uint96 bounty,
        uint96 bond,
        uint32 publisher,
        uint32 parameters,
        string claimText,
        string uri
    );
    /// @notice Evidence was added.
    event EvidenceAdded(
        uint256 indexed id, address indexed from, bytes32 indexed item, bytes32 evidenceRoot, string uri
    );
    /// @notice A publisher of the file replied; `counterBond` 0: without a bond.
    event Replied(uint256 indexed id, uint32 indexed publisher, address indexed by, bytes32 item, uint96 counterBond);
    /// @notice A seed was asked for, and the trees were frozen.
    event SeedRequested(uint256 indexed id, uint8 indexed round, uint256 request, uint48 snapshot, address randomness);
    /// @notice A seat was drawn.
    event SeatDrawn(
        uint256 indexed id, uint8 indexed round, address indexed voter, bool automated, bytes32 family, uint96 locked
    );
    /// @notice All seats are drawn; the commit window has begun.
    event CommitStarted(uint256 indexed id, uint8 indexed round, uint8 seats, bytes32 evidenceRoot, uint40 commitEnds);
    /// @notice A voter committed, for the first time or anew.
    event Committed(uint256 indexed id, uint8 indexed round, address indexed voter, bytes32 commitment);
    /// @notice A voter could not get the media.
    event Unobtainable(uint256 indexed id, address indexed voter, uint8 seats);
    /// @notice A voter's vote was shown before its time. Its seats are void; `filled` of them were drawn again.
    event Leaked(
        uint256 indexed id, uint8 indexed round, address indexed voter, address reporter, uint96 lost, uint8 filled
    );
    /// @notice A vote was revealed.
    event Revealed(
        uint256 indexed id, uint8 indexed round, address indexed voter, Ballot ballot, uint8 seats, bytes32 salt
    );
    /// @notice A voter says why.
    event Justified(uint256 indexed id, uint8 indexed round, address indexed voter, bytes32 item, string uri);
    /// @notice A round was tallied.
    event Tallied(uint256 indexed id, uint8 indexed round, Ruling ruling, uint8 revealed, uint8 seats, uint40 appealEnds);
    /// @notice An appeal was funded in part.
    event AppealFunded(
        uint256 indexed id, uint8 indexed round, bool indexed against, address from, uint96 amount, uint96 funded
    );
    /// @notice A round opened.
    event RoundOpened(uint256 indexed id, uint8 indexed round);
    /// @notice The ruling is final.
    event Finalised(uint256 indexed id, Ruling ruling, uint8 rounds, uint96 pot, uint96 share);
    /// @notice The case was cancelled.
    event CaseCancelled(uint256 indexed id, Reason reason);
    /// @notice A voter's seats were settled.
    event SeatsSettled(uint256 indexed id, uint8 indexed round, address indexed voter, uint96 paid, uint96 slashed);
    /// @notice What an appeal's contributor gets back was credited.
    event AppealClaimed(
        uint256 indexed id, uint8 indexed round, bool indexed against, address account, uint96 contributed, uint96 paid
    );
    /// @notice A caller was paid for moving a case on.
    event KeeperPaid(uint256 indexed id, address indexed keeper, uint96 amount);
    /// @notice Money was credited.
    event Credited(address indexed account, uint256 indexed id, uint96 amount);
    /// @notice Money went out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice Parameters were proposed; anyone may adopt them from `readyAt` on.
    event ParametersProposed(Parameters parameters, uint40 readyAt);
    /// @notice Parameters hold for cases flagged from now on, under a number.
    event ParametersAdopted(uint32 indexed number, Parameters parameters);
    /// @notice A signature that was given and not used was taken back.
    event NonceSkipped(address indexed account, uint256 nonce);

    /// @notice Not in this phase.
    error WrongPhase(Phase found);
    /// @notice Not yet, or no more, in this phase.
    error WrongTime(uint40 moment);
    /// @notice A case about this file and claim is open.
    error AlreadyOpen(uint256 id);
    /// @notice The bounty is less than what the first round costs.
    error BountyTooLow(uint96 bounty, uint96 least);
    /// @notice The bond is another.
    error BadBond(uint96 bond, uint96 wanted);
    /// @notice A hash is needed.
    error ZeroHash();
    /// @notice An address is needed.
    error ZeroAddress();
    /// @notice The text is longer than `most` bytes.
    error BadLength(uint256 length, uint256 most);
    /// @notice The caller does not speak for a publisher with a standing claim to this file.
    error NotPublisher();
    /// @notice The caller is not the publisher who was named when it was flagged.
    error NotNamed();
    /// @notice The counter-bond was posted before.
    error AlreadyReplied();
    /// @notice No seat of this account's in this round, or it is void.
    error NoSeat();
    /// @notice It said so before.
    error AlreadyReported();
    /// @notice The vote was revealed before.
    error AlreadyRevealed();
    /// @notice Not what was committed to.
    error NotCommitted();
    /// @notice No such vote in this case.
    error BadBallot(Ballot ballot);
    /// @notice The side is funded already.
    error FullyFunded();
    /// @notice The amount is 0.
    error ZeroAmount();
    /// @notice There is no further round.
    error NoFurtherRound();
    /// @notice The next round is paid for: it has to open.
    error RoundFunded();
    /// @notice Nobody paid for the next round in full.
    error RoundNotFunded();
    /// @notice It was settled or claimed before, or there is nothing.
    error NothingToSettle();
    /// @notice Nothing is credited to this account.
    error NothingCredited();
    /// @notice The source of randomness still has the word: no other may be asked for.
    error SeedNotLost();
    /// @notice A parameter is out of its bounds; `which` is its place, from 0.
    error OutOfBounds(uint256 which);
    /// @notice There is no proposal.
    error NothingProposed();
    /// @notice Not before that moment.
    error TooEarly(uint40 readyAt);
    /// @notice The caller is not TIMELOCK.
    error NotTimelock();
    /// @notice The signature was to be used up to `deadline`.
    error Expired(uint256 deadline);
    /// @notice The next nonce of that account is another.
    error BadNonce(uint256 expected);
    /// @notice The signature is not the account's, or not over this.
    error BadSignature();
    /// @notice The other half of the code was made with something else.
    error OtherBench();
}
