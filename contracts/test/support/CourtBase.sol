// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FactCheckCourt} from "../../src/FactCheckCourt.sol";
import {ReviewerPool} from "../../src/ReviewerPool.sol";
import {CourtBench} from "../../src/court/CourtBench.sol";
import {Open} from "../../src/eligibility/Open.sol";
import {ICourtTypes} from "../../src/interfaces/ICourtTypes.sol";
import {IReviewerPool} from "../../src/interfaces/IReviewerPool.sol";
import {FutureBlockHash} from "../../src/randomness/FutureBlockHash.sol";
import {Base} from "./Base.sol";
import {Coin} from "./Coins.sol";

/// @dev A court over the real pool, twelve people and three automated reviewers of three families, and whole steps of a
/// case. Amounts are odd, so that every division leaves something over.
abstract contract CourtBase is Base {
    address internal constant TIMELOCK = address(0x71ED);
    address internal constant GUARDIAN = address(0x64A4D);
    address internal constant TREASURY = address(0x7EA5);
    address internal constant FLAGGER = address(0xF1A6);
    address internal constant BURN = 0x000000000000000000000000000000000000dEaD;
    uint256 internal constant PEOPLE = 12;
    uint256 internal constant MACHINES = 3;
    uint96 internal constant STAKE = 2_000_000_003;
    bytes32 internal constant FILE = keccak256("file");

    Coin internal coin;
    ReviewerPool internal pool;
    FactCheckCourt internal court;
    address[] internal reviewers;
    uint256 internal minted;

    function setUp() public virtual override {
        super.setUp();
        vm.roll(1000);
        coin = new Coin();
        Open open = new Open();
        pool = new ReviewerPool(
            address(coin),
            address(models),
            TIMELOCK,
            GUARDIAN,
            IReviewerPool.Parameters(100e6, 40e6, 1 days, 7 days, address(open), address(open))
        );
        court = made(terms());
        vm.prank(TIMELOCK);
        pool.setCourt(address(court));
        for (uint256 i = 0; i < PEOPLE + MACHINES; ++i) {
            address who = address(uint160(0x1000 + i));
            reviewers.push(who);
            rich(who, STAKE, address(pool));
            vm.prank(who);
            pool.stake(STAKE);
            bytes32 model = 0;
            if (i >= PEOPLE) {
                vm.prank(signer);
                model = models.register(1, trained(keccak256(abi.encode(i))));
            }
            vm.prank(who);
            pool.join(i >= PEOPLE, model);
        }
        vm.warp(block.timestamp + 1 days);
        for (uint256 i = 0; i < reviewers.length; ++i) pool.refresh(reviewers[i]);
    }

    function made(ICourtTypes.Parameters memory first) internal returns (FactCheckCourt) {
        CourtBench bench = new CourtBench(address(pool), address(media), TREASURY, TIMELOCK, GUARDIAN);
        return new FactCheckCourt(address(pool), address(media), TREASURY, TIMELOCK, GUARDIAN, address(bench), first);
    }

    function terms() internal returns (ICourtTypes.Parameters memory p) {
        p.seats = [7, 15, 31];
        (p.slashBps, p.leakBps) = (2500, 1000);
        (p.evidenceTime, p.commitTime, p.obtainTime, p.revealTime, p.appealTime) =
            (1 days, 2 days, 12 hours, 1 days, 3 days);
        (p.seatLock, p.automatedLock) = (20_000_009, 10_000_003);
        (p.seatFee, p.fixedFee, p.keeperFee) = (2_000_003, 200_001, 100_003);
        (p.flagBond, p.appealPerSeat) = (20_000_001, 2_000_001);
        p.randomness = address(new FutureBlockHash());
    }

    function rich(address who, uint256 amount, address spender) internal {
        coin.mint(who, amount);
        minted += amount;
        vm.prank(who);
        coin.approve(spender, type(uint256).max);
    }

    function flagOf(bytes32 file) internal view returns (ICourtTypes.Flag memory) {
        return ICourtTypes.Flag(file, "", keccak256("bundle"), "https://example.org/b", 50_000_007, court.bondFor(file, 0));
    }

    function flagged(bytes32 file) internal returns (uint256 id) {
        rich(FLAGGER, 1e12, address(court));
        ICourtTypes.Flag memory what = flagOf(file);
        vm.prank(FLAGGER);
        id = court.flag(what);
    }

    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }

    function mined(uint256 blocks) internal {
        vm.roll(block.number + blocks);
    }

    /// @dev From where a seed can be asked for, to where commitments are taken.
    function drawn(uint256 id) internal {
        court.requestSeed(id);
        mined(2);
        court.draw(id, 512);
        same(uint256(court.caseOf(id).phase), uint256(ICourtTypes.Phase.Commit), "drawn");
    }

    function opened() internal returns (uint256 id) {
        id = flagged(FILE);
        pass(1 days);
        drawn(id);
    }

    function salt(uint256 id, address who) internal view returns (bytes32) {
        return keccak256(abi.encode(id, court.caseOf(id).round, who));
    }

    function commits(uint256 id, address who, ICourtTypes.Ballot ballot) internal {
        uint8 round = court.caseOf(id).round;
        bytes32 commitment = court.commitmentOf(id, round, who, ballot, salt(id, who));
        vm.prank(who);
        court.commit(id, commitment);
    }

    function seatsOf(uint256 id, address who) internal view returns (uint256) {
        ICourtTypes.Vote memory vote = court.voteOf(id, court.caseOf(id).round, who);
        return vote.voided ? 0 : vote.seats;
    }

    /// @dev Everyone with a seat votes for the same, until the reveal window ends.
    function voted(uint256 id, ICourtTypes.Ballot ballot) internal {
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (seatsOf(id, reviewers[i]) != 0) commits(id, reviewers[i], ballot);
        }
        pass(2 days);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            address who = reviewers[i];
            if (seatsOf(id, who) != 0) court.reveal(id, who, ballot, salt(id, who));
        }
        pass(1 days);
    }

    function ruled(uint256 id, ICourtTypes.Ballot ballot) internal {
        voted(id, ballot);
        court.tally(id);
    }

    function closed(uint256 id) internal {
        pass(3 days);
        court.finalise(id);
    }

    /// @dev All that somebody may be owed anything by.
    function parties() internal view virtual returns (address[] memory all) {
        all = new address[](reviewers.length + 6);
        for (uint256 i = 0; i < reviewers.length; ++i) all[i] = reviewers[i];
        uint256 n = reviewers.length;
        (all[n], all[n + 1], all[n + 2], all[n + 3], all[n + 4]) = (FLAGGER, TREASURY, BURN, address(this), OWNER);
        all[n + 5] = STRANGER;
    }

    /// @dev Settle whatever can be settled, in an order that a number gives, and pay all out; nothing may be left (I2).
    function emptied(uint256 order) internal {
        address[] memory all = parties();
        uint256 n = all.length;
        for (uint256 id = 1; id <= court.caseCount(); ++id) {
            uint8 last = court.caseOf(id).round;
            for (uint8 r = 0; r <= last; ++r) {
                for (uint256 i = 0; i < n; ++i) {
                    address who = all[order % 2 == 0 ? i : n - 1 - i];
                    ICourtTypes.Vote memory vote = court.voteOf(id, r, who);
                    if (vote.seats != 0 && !vote.settled) court.settle(id, r, who);
                    if (court.contributionOf(id, r, true, who) != 0) court.claimAppeal(id, r, true, who);
                    if (court.contributionOf(id, r, false, who) != 0) court.claimAppeal(id, r, false, who);
                    // Whoever is first takes the money at once.
                    if (court.creditOf(who) != 0 && (order >> 1) % 2 == 0) court.withdraw(who);
                }
            }
        }
        same(pool.pendingSlash(), 0, "pending");
        same(pool.totalLocked(), 0, "locked");
        for (uint256 i = 0; i < n; ++i) {
            if (court.creditOf(all[i]) != 0) court.withdraw(all[i]);
        }
        same(coin.balanceOf(address(court)), 0, "left in the court");
        same(coin.balanceOf(address(pool)), pool.totalStaked(), "stakes");
        for (uint256 i = 0; i < reviewers.length; ++i) {
            uint96 staked = pool.accountOf(reviewers[i]).staked;
            if (staked == 0) continue;
            uint96 already = pool.accountOf(reviewers[i]).unbonding;
            vm.prank(reviewers[i]);
            if (staked != already) pool.unbond(staked - already);
        }
        pass(7 days);
        for (uint256 i = 0; i < reviewers.length; ++i) {
            if (pool.accountOf(reviewers[i]).staked == 0) continue;
            vm.prank(reviewers[i]);
            pool.withdraw(reviewers[i]);
        }
        same(coin.balanceOf(address(pool)), 0, "left in the pool");
        uint256 sum = 0;
        for (uint256 i = 0; i < n; ++i) sum += coin.balanceOf(all[i]);
        same(sum, minted, "all that was minted");
    }
}
