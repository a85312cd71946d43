"""The Review screen in every state in which it is looked at, as data: nothing of it lies on a ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget
from tests.unit import examples

from touchstone.chain.keystore import Key
from touchstone.chain.networks import Networks
from touchstone.registry.case_stage import stage
from touchstone.registry.case_types import Earned, Earning
from touchstone.registry.court_types import (
    Ballot,
    CancelReason,
    CaseEntry,
    CourtParameters,
    EvidenceEntry,
    Phase,
    PoolParameters,
    ReviewerEntry,
    RoundEntry,
    Ruling,
    SeatEntry,
)
from touchstone.ui import pictures
from touchstone.ui.batch import Shown
from touchstone.ui.case_evidence import File, Item
from touchstone.ui.case_vote import OwnSeat
from touchstone.ui.case_work import CaseView
from touchstone.ui.flag_work import Price
from touchstone.ui.navigation import Place
from touchstone.ui.review import CASES, ROBOT, STAKE, ReviewScreen
from touchstone.ui.review_model import Line
from touchstone.ui.review_watch import Reminder
from touchstone.ui.review_work import Turn
from touchstone.ui.robot_work import Choices
from touchstone.ui.stake_plot import Point
from touchstone.ui.stake_work import Stake
from touchstone.ui.style import Tone
from touchstone.ui.window import MainWindow

SCREENS = (
    "review-none",
    "review-cases",
    "review-flag",
    "review-evidence",
    "review-seal",
    "review-open",
    "review-appeal",
    "review-final",
    "review-stake",
    "review-robot",
)
LONG = "A storm tore the roof off the station last night, says a caption that goes on and on and on"
NOW = 1_795_800_000
ME, OTHER = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23", "0x1111111111111111111111111111111111111111"
KEY = Key("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23", "newsroom", Path("/keys/newsroom.json"))
DAY = 86_400
RULES = CourtParameters(
    1, (15, 31, 0), 2500, 1000, 3 * DAY, 2 * DAY, DAY // 2, 2 * DAY, 3 * DAY,
    20_000_000, 10_000_000, 2_000_000, 200_000, 100_000, 35_000_000, 2_000_000, OTHER,
)  # fmt: skip


def show(window: MainWindow, screen: str) -> QWidget:
    """Put the screen into the state in which it is looked at."""
    window.go(Place.REVIEW)
    review = window.review
    review.go(CASES)
    {
        "review-none": _none,
        "review-cases": _cases,
        "review-flag": _flag,
        "review-stake": _stake,
        "review-robot": _robot,
    }.get(screen, lambda review: _case(review, screen))(review)
    return window


def seat(number: int, **changes: object) -> SeatEntry:
    made = SeatEntry(
        f"0x{number:040x}",
        number > 11,
        "",
        1,
        20_000_000,
        f"{number:064x}",
        None,
        "",
        False,
        False,
        "",
        "",
        False,
        0,
        0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def case(
    phase: Phase, *, claim: bool = False, ruling: Ruling = Ruling.NONE, seats: tuple[SeatEntry, ...] = ()
) -> CaseEntry:
    begun = {
        Phase.FLAGGED: NOW - DAY,
        Phase.COMMIT: NOW - 4 * DAY,
        Phase.REVEAL: NOW - 6 * DAY,
        Phase.APPEALABLE: NOW - 8 * DAY,
        Phase.FINAL: NOW - 12 * DAY,
    }[phase]
    evidence_ends = begun + 3 * DAY
    commit_ends = evidence_ends + 2 * DAY
    reveal_ends = commit_ends + 2 * DAY
    opened = phase in {Phase.REVEAL, Phase.APPEALABLE, Phase.FINAL}
    people, programs = ((0, 2, 7, 1), (1, 0, 2, 0)) if opened else ((0, 0, 0, 0), (0, 0, 0, 0))
    entry = RoundEntry(
        0, evidence_ends, OTHER, 15, 4, "", evidence_ends, commit_ends, reveal_ends, reveal_ends,
        reveal_ends + 3 * DAY, ruling, people, programs, 20_000_000, 374_400_000, seats,
    )  # fmt: skip
    rounds = (entry,) if phase is not Phase.FLAGGED else ()
    return CaseEntry(
        12, "ab" * 32, "cd" * 32 if claim else "", LONG if claim else "", ME, 30_600_000, 35_000_000, 7,
        "Agence X, photographers and correspondents since 1871", RULES, "ef" * 32, "https://agence-x.example/bundle.zip",
        begun, evidence_ends, phase, 0, ruling, 0, CancelReason.NONE, 0, 0,
        NOW - DAY if phase is Phase.FINAL else 0, 1, "00" * 32, rounds,
    )  # fmt: skip


def _none(review: ReviewScreen) -> None:
    model = review.cases.model
    model._generation += 1  # what is read from the disk meanwhile is not shown
    model._take(0, [])


def _cases(review: ReviewScreen) -> None:
    phases = [Phase.COMMIT, Phase.REVEAL, Phase.FLAGGED, Phase.APPEALABLE, Phase.FINAL]
    tasks = {Phase.COMMIT: ("seal", "Seal your vote"), Phase.REVEAL: ("open", "Open your vote")}
    lines = []
    for number, phase in enumerate(phases * 3):
        ruling = Ruling.ALTERED if phase in {Phase.APPEALABLE, Phase.FINAL} else Ruling.NONE
        entry = case(phase, claim=number % 4 == 1, ruling=ruling)
        at, (task, part) = stage(entry, NOW), tasks.get(phase, ("", "You flagged it"))
        lines.append(Line(entry, at.phase, at.ends, NOW, task, part, "a-rather-long-name-of-a-picture-0001.jpg"))
    model = review.cases.model
    model._generation += 1
    review.cases.reader._own.turns = tuple(
        Turn(n, "seal", f"Seal your vote, case {n}", "until Tue 14:00, in 5 h · You have a seat.", NOW, n == 3)
        for n in range(3, 8)
    )
    model._take(len(lines), lines)
    review.cases.table.setCurrentIndex(model.index(0, 0))


def _items() -> tuple[Item, ...]:
    entry = EvidenceEntry(12, ME, "ef" * 32, "https://agence-x.example/b.zip", NOW - DAY, 0, 0, 1, "00" * 32)
    link = "https://x.example/" + "a" * 90
    files = (File("the-picture.jpg", 3_300_000, Path("/a.jpg"), True), File(LONG + ".pdf", 9_000, Path("/b"), False))
    return (
        Item(
            entry,
            "here",
            "Who flagged it (you)",
            "edited",
            LONG + ".\n" + LONG,
            (link,),
            files,
        ),
        Item(replace(entry, publisher=7), "elsewhere", "Publisher Agence X, photographers", host="agence-x.example"),
        Item(entry, "hidden", OTHER),
        Item(entry, "broken", OTHER, problem="The copy of this evidence on this computer was changed. Fetch it again."),
    )


def _case(review: ReviewScreen, screen: str) -> None:
    phase = {
        "review-evidence": Phase.FLAGGED,
        "review-seal": Phase.COMMIT,
        "review-open": Phase.REVEAL,
        "review-appeal": Phase.APPEALABLE,
        "review-final": Phase.FINAL,
    }[screen]
    opened = phase in {Phase.APPEALABLE, Phase.FINAL}
    seats = tuple(
        seat(n, opened=Ballot.EDITED if opened else None, settled=phase is Phase.FINAL, paid=2_150_000)
        for n in range(1, 16)
    )
    mine = seat(1, voter=ME)
    entry = case(
        phase, claim=phase is Phase.REVEAL, ruling=Ruling.ALTERED if opened else Ruling.NONE, seats=(mine, *seats)
    )
    network = Networks.load(review._desk.home).get("practice")
    view = CaseView(
        network, entry, stage(entry, NOW), NOW, (KEY, replace(KEY, name="night desk")),
        (OwnSeat(KEY, 0, mine if phase is Phase.REVEAL else replace(mine, sealed="")),) if not opened else (),
        _items(), Path("/a.jpg"), (), {seats[3].voter: 4, seats[12].voter: 26},
        frozenset({"settle", "withdraw"}) if phase is Phase.FINAL else frozenset(),
    )  # fmt: skip
    page = review.case
    page._generation += 1
    page._number = 0  # nothing is read again
    review._stack.setCurrentWidget(page)
    page.show_view(view)
    page.tell("Practice time went 3 days ahead: from “Evidence” to “Seal votes”.")
    page.deeds.form.hide()
    page.deeds.confirm.hide()
    page.working.end()
    if screen == "review-evidence":
        page.deeds.begin_evidence(reply=False)
        page.working.show_step("Case 12: simulated reviewers look at the file and the evidence.")
    if screen == "review-seal":
        page.deeds._ask_anyway("own-seal")
    if screen == "review-final":
        window = review.window()
        banner = getattr(window, "_banner", None)
        if banner is not None:
            banner.remind(Reminder(12, "Open your vote, case 12", "until Tue 14:00, in 5 h", urgent=True))


def _flag(review: ReviewScreen) -> None:
    report = examples.report(examples.unsigned(), examples.facts())
    picture = examples.picture()
    shown = Shown(report, Path("/a.jpg"), {"thumbnail": pictures.image(picture)}, {})
    page = review.flag
    review._stack.setCurrentWidget(page)
    page._generation += 1
    form = page.form
    form.begin(shown)
    form.show_keys((KEY,))
    form.choices["context"].setChecked(True)
    form.show_price(Price(_network(review), 35_000_000, 30_600_000, 15, 12_000_000, 0))
    form._chose()
    form.files.use((Path("/pictures", LONG), Path("/b.txt")))
    form._agree()
    page._soon.stop()


def _stake(review: ReviewScreen) -> None:
    page = review.stake
    review.go(STAKE)
    page._generation += 1
    reviewer = ReviewerEntry(ME, 900_000_000, 60_000_000, 100_000_000, NOW + DAY, 50_000_000, NOW + DAY, 12_000_000,
                             800_000_000, 0, True, False, False, "", "")  # fmt: skip
    rules = PoolParameters(50_000_000, 25_000_000, 14 * DAY, 14 * DAY, OTHER, OTHER)
    earned = tuple(
        Earned(kind, n, 0, 2_150_000 * (n + 1), NOW - n * DAY, n, "00" * 32) for n, kind in enumerate(Earning)
    )
    points = [
        Point(NOW - (20 - n) * DAY, 800_000_000 + n * 5_000_000, n % 4 * 20_000_000, n * 2_000_000) for n in range(20)
    ]
    page.show_stake(Stake(_network(review), (KEY,), KEY, reviewer, rules, 12_345_678, 9_000_000, earned, points, NOW))
    page.notice.say("It is at stake. What is new counts once it has matured.", Tone.INK)


def _robot(review: ReviewScreen) -> None:
    review.go(ROBOT)
    page = review.robot
    page._show(Choices([("ai-image", "Generated pictures")], (KEY,), True))
    page.lines.setPlainText("14:00:01  Case 12: the model says: cannot tell.\n14:00:02  Case 12: sealed.")
    page.notice.say("It has stopped. What it sealed has to be opened in time: start it again.", Tone.INK)


def _network(review: ReviewScreen):
    return Networks.load(review._desk.home).get("practice")
