"""The Models screen with detectors of every sort on it, as data: nothing of it lies on the disk."""

from __future__ import annotations

from pathlib import Path

from tests.ui import lineage_screens

from touchstone.check.evaluate_kept import Kept
from touchstone.check.models import State
from touchstone.check.plugins import Listed
from touchstone.modelfile import Calibration, Feed, Input, Manifest, Outputs, Rates, Task
from touchstone.ui.models_model import Row
from touchstone.ui.models_pane import ABOUT
from touchstone.ui.models_screen import ModelsScreen
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

SCREENS = (
    "models-none",
    "models",
    "models-question",
    "models-lineage",
    "models-lineage-open",
    "models-lineage-failed",
    "models-lineage-forms",
    "models-outputs",
)
LONG = "A detector whose maker was fond of long names and gave it one that no column of a table will ever hold"
RECORD = (("Trained", "20 November 2026"), ("Data root", "ab" * 32), ("Code", "c0ffee" * 6 + "c0de"))


def show(window: MainWindow, screen: str) -> None:
    """Put the screen into the state in which it is looked at."""
    window.go(Place.MODELS)
    (found,) = window.findChildren(ModelsScreen)
    found._generation += 1  # what is read from the disk meanwhile is not shown
    found._show([] if screen == "models-none" else rows())
    if screen != "models-none":
        found.table.setCurrentIndex(found.model.index(found.model.row_of("someone's"), 0))
        found._say("Half was not added. The model is not there as a whole. Download it again, then add it.")
    if screen == "models-question":
        found._ask_remove()
        found.working.show_step("Trying it on made-up pictures")
    else:
        found.confirm.hide()
        found.working.end()
    if screen.startswith("models-lineage") or screen == "models-outputs":
        found.notice.dismiss()
        lineage_screens.show(found, screen)
    else:
        found.pane.go(ABOUT)


def rows() -> list[Row]:
    """Shipped ones; added ones: measured here, not measured, changed, and one whose manifest cannot be read."""
    kept = Kept("evaluation", "2026-11-27T20:00:00+00:00", 1200, 14, 0.8, 0.02, 0.09, 0.3, 0.7)
    return [
        Row(Listed("ai-image", Path("/a"), True, True, State.OK, manifest("ai-image", Task.AI_IMAGE)), RECORD),
        Row(Listed("splice", Path("/b"), True, False, State.OK, manifest("splice", Task.SPLICE))),
        Row(Listed("measured", Path("/c"), False, True, State.OK, manifest("measured", Task.FACE), kept)),
        Row(Listed("someone's", Path("/d"), False, False, State.CHANGED, manifest(LONG, Task.FORENSIC)), RECORD),
        Row(Listed("broken", Path("/e"), False, False, State.REFUSED)),
    ]


def manifest(title: str, task: Task) -> Manifest:
    return Manifest(
        id="any",
        version="1.0",
        task=task,
        title=title,
        licence="Apache-2.0",
        sha256="9f" * 32,
        bytes=13_400_000,
        inputs=(Input("squares", Feed.SQUARES, 224, 4),),
        outputs=Outputs("logit"),
        calibration=Calibration(set=LONG, date="2026-11-20", rates=Rates(0.03, 0.08, 0.36, 0.83)),
        made="2026-11-20",
        limits_of_use=("Not for drawings and screenshots.", LONG),
    )
