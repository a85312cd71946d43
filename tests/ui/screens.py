"""Every screen of the window, with something on it. As a program: all of them at the scale of its environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QPropertyAnimation, QRect
from PySide6.QtWidgets import QApplication, QWidget
from tests.ui import detecting, looking, models_screens, publish_screens, review_screens
from tests.unit import examples

from touchstone.report import Finding, Picture, Report
from touchstone.ui import pictures
from touchstone.ui.batch import TILE, Item, Outcome, Shown, State, pack
from touchstone.ui.help import HelpDialog
from touchstone.ui.navigation import Place
from touchstone.ui.window import MainWindow

SCREENS = (
    "first-run",
    "empty",
    "traced",
    "laundered",
    "no-proof",
    "detectors",
    "history",
    "settings",
    *models_screens.SCREENS,
    *review_screens.SCREENS,
    *publish_screens.SCREENS,  # whose last one leaves a sheet lying over the window
    "help",
)
LONG = "a-rather-long-name-of-a-file-as-cameras-and-messengers-like-to-give-them-20260312-143055-0001.jpg"


def faults_of(window: MainWindow, *, colours: bool = True) -> dict[str, dict[str, list[str]]]:
    """What is wrong with each screen. The window has to be one that is opened for the first time."""
    found = {screen: looking.faults(show_screen(window, screen), colours=colours) for screen in SCREENS}
    return {screen: faults for screen, faults in found.items() if faults}


def show_screen(window: MainWindow, screen: str) -> QWidget:
    """Put a screen into the state in which it is looked at; returns what to look at."""
    looked_at: QWidget = window
    match screen:
        case "first-run":
            window.go(Place.CHECK)
        case "empty":
            window.go(Place.CHECK)
            window.check.start.welcome.close_button.click()
        case "traced" | "laundered" | "no-proof" | "detectors":
            _show_card(window, screen)
        case "history":
            window.go(Place.HISTORY)
        case "settings":
            window.go(Place.SETTINGS)
        case _ if screen in models_screens.SCREENS:
            models_screens.show(window, screen)
        case _ if screen in review_screens.SCREENS:
            review_screens.show(window, screen)
        case "help":
            window._help()
            looked_at = window.findChild(HelpDialog)
        case _:
            looked_at = publish_screens.show(window, screen)
    settle(window)
    return looked_at


def _show_card(window: MainWindow, screen: str) -> None:
    """The card of a report, with all of its rows open."""
    shown = {
        "traced": lambda: _report(examples.credentials(), examples.facts()),
        "laundered": _laundered,
        "no-proof": lambda: _report(examples.unsigned(), examples.facts(declares_ai="yes")),
        "detectors": detecting.every_witness,
    }
    _list(window, [*_some(), shown[screen]()], detecting.pictures())
    card = window.check.bench.pane.card
    for fold in card.folds.values():
        fold.open()
    card.marks.show("ai-image")


def settle(window: MainWindow) -> None:
    """Let what is read in threads arrive, animations end and layouts come to rest."""
    clock = QElapsedTimer()
    clock.start()
    while clock.elapsed() < 150 or any(a.state() is a.State.Running for a in window.findChildren(QPropertyAnimation)):
        QCoreApplication.processEvents()
    before: list[QRect] = []
    while (now := [widget.geometry() for widget in window.findChildren(QWidget)]) != before:
        before = now
        for _round in range(3):
            QCoreApplication.processEvents()


def _report(*findings: Finding) -> Report:
    return examples.report(*findings)


def _some() -> list[Report]:
    return [
        _report(examples.unsigned(), examples.facts()),
        _report(examples.credentials(integrity="changed"), examples.facts()),
    ]


def _laundered() -> Report:
    def node(parent: int, **changes: object) -> dict[str, object]:
        known: dict[str, object] = {
            "parent": parent,
            "relation": "this" if parent < 0 else "parent",
            "integrity": "intact",
            "issuer": "official",
            "declares_ai": "unknown",
            "signals": [],
            "codes": [],
            "picture": "ingredient-1" if parent == 0 else "",
            "untrusted_title": LONG,
            "untrusted_format": "image/jpeg",
            "untrusted_generator": "",
            "untrusted_signer": "Agence X, photographers and correspondents",
        }
        return known | changes

    failed = [{"node": 1, "codes": ["assertion.dataHash.mismatch"]}]
    nodes = [node(-1), node(0, integrity="changed"), node(1)]
    details = {"history": "ingredient-failed", "failed_ingredients": failed, "ingredients": nodes, "sources": 2}
    return _report(examples.credentials(**details), examples.facts(untrusted_make="Maker Z", thumbnail="differs"))


def _list(window: MainWindow, reports: list[Report], more: Mapping[str, Picture] | None = None) -> None:
    """Files on the bench, as if they had been checked: the last one is chosen."""
    bench = window.check.bench
    window.go(Place.CHECK)
    window.check._pages.setCurrentWidget(bench)
    made = {"thumbnail": examples.picture(), "ingredient-1": examples.picture(160, 120), **(more or {})}
    images = {name: pictures.image(picture) for name, picture in made.items()}
    items = [Item(Path("/pictures", LONG), LONG) for _report in reports]
    waiting, stopped = Item(Path("/a.jpg"), "waiting.jpg"), Item(Path("/b.jpg"), "stopped.jpg", state=State.STOPPED)
    bench.model.add([*items, waiting, stopped])
    for item, report in zip(items, reports, strict=True):
        shown = Shown(report, item.path, images, made)
        tile = pictures.small(images["thumbnail"], TILE)
        bench.runner._settle(Outcome(item, State.DONE, shown, tile, pack(report)))
    bench.select(items[-1])


def main(folder: str, theme: str) -> None:
    """Look at every screen; print what is wrong with each."""
    from touchstone.paths import Home
    from touchstone.settings import Settings, Theme, save
    from touchstone.ui.launch import close_window, open_window

    application = QApplication(["touchstone", "-style", "fusion"])
    home = Home(Path(folder, "home"))
    save(home, Settings(theme=Theme(theme)))
    window = open_window(application, home)
    window.fill()
    faults = faults_of(window)
    scale = window.devicePixelRatio()
    close_window(application, window)
    print(json.dumps({"scale": scale, "faults": faults}))


if __name__ == "__main__":
    main(*sys.argv[1:])
