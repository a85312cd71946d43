"""One detector measured on a folder of pictures that somebody knows; its figures saved as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.texts import _, formats
from touchstone.texts import models as words
from touchstone.texts.plain import plain
from touchstone.ui.models_work import Task

if TYPE_CHECKING:
    from touchstone.check.evaluate_kept import Evaluation
    from touchstone.paths import Home
    from touchstone.settings import Settings


class StoppedEarlyError(Exception):
    """Somebody stopped it. What is done stays, and the next evaluation on the same folder goes on from there."""

    def __init__(self, done: int, of: int) -> None:
        super().__init__(f"{done} of {of}")
        self.done, self.of = done, of


def evaluate(home: Home, settings: Settings, model_id: str, folder: Path, task: Task) -> Evaluation:
    """Measure a detector on the pictures in a folder. For threads.

    Raises:
        StoppedEarlyError: `task` was stopped.
        LabelError, NothingMeasuredError: there is nothing to measure it on.
        OSError: the system refuses.
    """
    from touchstone.check import evaluate_labels
    from touchstone.check.evaluate_run import Evaluating, name_of

    task.step(_("Looking for pictures in {folder}").format(folder=plain(folder.name, 80)))
    items = evaluate_labels.from_folders(folder)
    running = Evaluating(home, settings, items, name_of(folder), model=model_id)
    try:
        done, of = running.done(), len(items)
        task.step(words.evaluating(done, of), done, of)
        for _path in running.ask(task.stopped):
            done += 1
            task.step(words.evaluating(done, of), done, of)
        if task.stopped.is_set():
            raise StoppedEarlyError(done, of)
        task.step(_("Working out the figures"))
        return running.finish()
    finally:
        running.close()


def save(found: Evaluation, path: Path) -> Path:
    """Write the figures as an HTML page or as JSON; where. Raises `ExportError`. For threads."""
    from touchstone.export import evaluation

    target = path if path.suffix else path.with_suffix(".html")
    evaluation.save(found, target)
    return target


def proposed_name(found: Evaluation, title: str, folder: str) -> str:
    """A name for the page."""
    safe = "".join(c if c.isalnum() or c in " -_" else "-" for c in f"{title} {found.created[:10]}")[:80]
    return str(Path(folder or Path.home(), f"{safe}.html"))


def came_to(home: Home, found: Evaluation, title: str) -> str:
    """What an evaluation came to: the figures that stand in the table from now on. For threads."""
    from touchstone.check import evaluate_kept

    kept = evaluate_kept.newest(home.models, found.models[0].sha256) if found.models else None
    short = words.rates_short(*((None, None) if kept is None else (kept.false_alarms, kept.recall)))
    return _("{title}: {rates}, on {count} pictures. The report says how sure that is.").format(
        title=plain(title, 120), rates=short, count=formats.whole(found.pictures)
    )


def why(error: Exception) -> str:
    """Why there are no figures, and what to do next."""
    from touchstone.check.evaluate_labels import LabelError
    from touchstone.check.evaluate_run import NothingMeasuredError
    from touchstone.export.write import ExportError, ExportTrouble
    from touchstone.texts import evaluation

    said = _("The pictures could not be gone through ({why}).").format(why=plain(error, 200))
    match error:
        case StoppedEarlyError():
            said = words.evaluation_stopped(error.done, error.of)
        case LabelError():
            said = evaluation.label_trouble(error)
        case NothingMeasuredError():
            said = evaluation.nothing_scored(error.reasons) if error.reasons else words.refusal("unknown")
        case ExportError() if error.code is ExportTrouble.NO_FORMAT:
            said = evaluation.no_format(error.path)
        case ExportError():
            said = str(error)
    return said
