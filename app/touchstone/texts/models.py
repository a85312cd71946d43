"""Detectors as things that are installed: what state they are in, how often they are wrong, and why one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from touchstone.report import Finding, Status, Witness
from touchstone.texts import _, detectors, formats
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.check.evaluate_kept import Kept
    from touchstone.check.plugins import Listed
    from touchstone.modelfile import Calibration


def origin(*, shipped: bool) -> str:
    """Where a detector is from."""
    return _("Came with Touchstone") if shipped else _("Added by you")


def state(code: str, *, enabled: bool, barred: str = "") -> str:
    """Whether a detector is asked, in a word or two; `barred` is why the register keeps it from that, as a code."""
    if code != "ok":
        return _("Not run")
    if barred:
        return {"model-withdrawn": _("Withdrawn"), "model-differs": _("Not as registered")}.get(barred, _("Not run"))
    return _("In use") if enabled else _("Switched off")


def file_state(code: str) -> str:
    """What its file is, held against its manifest, in a word."""
    return {
        "ok": _("Matches"),
        "missing": _("Missing"),
        "changed": _("Changed"),
        "refused": _("Refused"),
    }.get(code, plain(code, 40))


def file_advice(code: str, *, shipped: bool) -> str:
    """What a state of the file means, and what to do; empty where all is well."""
    if code == "ok":
        return ""
    what = {
        "missing": _("Its file is not there, so it is not asked."),
        "changed": _("Its file is not the one that its manifest names, so it is not run."),
    }.get(code, _("Its manifest cannot be read, so it is not run."))
    todo = _("Install Touchstone again.") if shipped else _("Remove it, then add it again from where you had it.")
    return _("{what} {todo}").format(what=what, todo=todo)


def not_measured() -> str:
    """What stands in place of rates."""
    return _("Not measured here")


def rates_short(alarms: float | None, recall: float | None) -> str:
    """Rates for a cell of a table: `3 in 100 wrongly flagged, 36 in 100 found`."""
    if alarms is None:
        return not_measured()
    flagged = _("{rate} wrongly flagged").format(rate=formats.in_hundred(alarms))
    if recall is None:
        return flagged
    return _("{flagged}, {found} found").format(flagged=flagged, found=formats.in_hundred(recall))


def rates_of(witness: str, rates: Mapping[str, Any]) -> str:
    """Rates in sentences: how many untouched ones are flagged, in the worst source too, and how many are found."""
    return detectors.rate(Finding(Witness(witness), Status.DONE, "none", details={"error_rate": rates}))


def measured_here(kept: Kept, witness: str) -> str:
    """What was measured on this computer, in sentences."""
    rates = {"false_alarms": kept.false_alarms, "worst_source": kept.worst_source, "recall": kept.recall}
    said = _("Measured here on {day}, on {pictures} pictures from {sources} sources.").format(
        day=formats.day(kept.date), pictures=formats.whole(kept.pictures), sources=formats.whole(kept.sources)
    )
    return _("{said} {rates}").format(said=said, rates=rates_of(witness, rates))


def stated(calibration: Calibration, witness: str, *, shipped: bool) -> str:
    """What its manifest says of how often it is wrong, and who says so."""
    rates = calibration.rates
    if rates.false_alarms is None:
        return _("Its manifest gives no error rates.")
    said = rates_of(
        witness,
        {"false_alarms": rates.false_alarms, "worst_source": rates.worst_source, "recall": rates.recall},
    )
    return said if shipped else _("Whoever made it says: {said}").format(said=said)


def not_measured_yet() -> str:
    """What an added detector's figures are worth before an evaluation."""
    return _(
        "Not measured here. It leaves every picture undecided until you evaluate it on pictures of which you know what"
        " they are."
    )


def looks_at(task: str) -> str:
    """What a detector looks at, in a word or two that begin a line."""
    said = detectors.subject(Witness(task))
    return said[:1].upper() + said[1:]


def rates(one: Listed) -> list[str]:
    """How often a detector is wrong: what was measured here, and what its manifest says; a few sentences."""
    if one.manifest is None:
        return []
    task, calibration = str(one.manifest.task), one.manifest.calibration
    said = []
    if one.kept is not None:
        said.append(measured_here(one.kept, task))
    elif not one.shipped:
        said.append(not_measured_yet())
    if one.shipped or one.kept is None:
        said.append(stated(calibration, task, shipped=one.shipped))
    return said


def drop_an_item() -> str:
    """What is said while a file is dragged over the question whether it is in a model's data."""
    return _("Drop a file to look it up in the data of this detector")


def step(code: str) -> str:
    """What is being done with a model, for a line of progress."""
    return {
        "reading": _("Reading the folder"),
        "looking": _("Looking through the model"),
        "loading": _("Loading the model"),
        "running": _("Trying it on made-up pictures"),
        "installing": _("Installing it"),
        "hashing": _("Reading its file"),
    }.get(code, _("Working"))


def added(title: str, *, enabled: bool = False) -> str:
    """A model was added."""
    if enabled:
        return _("{title} was added and switched on: checks ask it from now on.").format(title=plain(title, 120))
    return _("{title} was added. It is not asked until you switch it on.").format(title=plain(title, 120))


def all_off() -> str:
    """No detector is asked, whatever the list says."""
    return _("Detectors are switched off in the settings, so checks ask none of these.")


def how_to_evaluate() -> str:
    """What to do next with a model that was added."""
    return _("How often it is wrong was not measured here. `touchstone model evaluate FOLDER` measures it.")


def how_a_folder_is_made() -> str:
    """What a folder to evaluate on holds."""
    return _(
        "A folder with two folders in it, untouched and generated (or manipulated), and in each a folder for every"
        " source. The more sources, the more the figures are worth."
    )


def evaluating(done: int, of: int) -> str:
    """How far an evaluation is."""
    return _("Asking it about pictures: {done} of {of}").format(done=formats.whole(done), of=formats.whole(of))


def evaluation_stopped(done: int, of: int) -> str:
    """An evaluation was stopped."""
    return _(
        "Stopped: {done} of {of} pictures are done. Evaluate on the same folder again to go on from there."
    ).format(done=formats.whole(done), of=formats.whole(of))


def switched(title: str, *, on: bool) -> str:
    """A model was switched on or off."""
    if on:
        return _("{title} is asked by checks from now on.").format(title=plain(title, 120))
    return _("{title} is no longer asked.").format(title=plain(title, 120))


def not_verified(title: str, code: str, params: Mapping[str, Any] | None = None) -> str:
    """A model is not what it should be."""
    return _("{title}: {why}").format(title=plain(title, 120), why=refusal(code, params))


def removed(title: str) -> str:
    """A model was removed."""
    return _("{title} was removed.").format(title=plain(title, 120))


def verified(title: str) -> str:
    """A model's file and what it does are as they should be."""
    return _("{title}: its file is the one that its manifest names, and the trial went well.").format(
        title=plain(title, 120)
    )


def ask_remove(title: str) -> str:
    """The question before a model is removed."""
    return _("Remove {title}?").format(title=plain(title, 120))


def remove_consequence() -> str:
    """What removing does."""
    return _("Its files are deleted from this computer. Reports that were made with it stay as they are.")


def refusal(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Why it was not done and what to do next, in two sentences or three."""
    what = {**_folder(params or {}), **_model(), **_installed()}.get(code)
    if what is None:
        return _("It did not work ({code}). Nothing was changed.").format(code=plain(code, 40))
    return what


def _folder(params: Mapping[str, Any]) -> Mapping[str, str]:
    file = plain(params.get("untrusted_file", ""), 80)
    field = plain(params.get("untrusted_field", ""), 80)
    again = _("Get the folder once more from where you had it.")
    return {
        "not-a-folder": _("That is no folder. Choose the folder that holds model.onnx and manifest.json."),
        "no-manifest": _(
            "There is no manifest.json in that folder, so nobody says what the model takes and how often it is wrong."
            " Ask whoever made it for one."
        ),
        "manifest-broken": _(
            "Its manifest.json cannot be used: look at {field}. Ask whoever made the model to put it right."
        ).format(field=field or "manifest.json"),
        "no-model": _("There is no model.onnx in that folder. {again}").format(again=again),
        "unreadable": _("{file} cannot be read. See to it that you may read it, then add it again.").format(
            file=file or "model.onnx"
        ),
        "too-large": _("The model is larger than the 20 MB that a detector may have. Ask for a smaller one."),
        "half-downloaded": _(
            "The model is not there as a whole: {bytes} of {of} bytes. Download it again, then add it."
        ).format(bytes=formats.whole(params.get("bytes", 0)), of=formats.whole(params.get("of", 0))),
        "hash-differs": _(
            "The model is not the one that its manifest names: their SHA-256 differ. It was damaged or exchanged."
            " {again}"
        ).format(again=again),
        "changed-while-read": _("The file was changed while it was read. Wait until it is written, then add it again."),
        "record-broken": _(
            "Its record.json is no training record. Take that file out of the folder, or ask for one that is whole."
        ),
        "task-unused": _("Nothing would ask it: models for voices and for whole clips cannot be added yet."),
    }


def _model() -> Mapping[str, str]:
    ask = _("Ask whoever made the model for another version.")
    texts = {
        "not-onnx": _("This is no ONNX model that can be loaded. {ask}"),
        "external-data": _("The model wants to read data from other files. A detector is one file. {ask}"),
        "custom-ops": _("The model uses operations or functions that ONNX itself does not define. {ask}"),
        "too-complex": _("The model has more parts, one within the other, than is tried. {ask}"),
        "other-preprocessing": _("The model was made for pictures prepared as another version does. {ask}"),
        "wrong-inputs": _("The model does not take what its manifest says that it takes. {ask}"),
        "wrong-outputs": _("The model does not answer with what its manifest says that it answers with. {ask}"),
        "not-finite": _("In the trial, the model answered with what is no number. {ask}"),
        "not-deterministic": _("In the trial, the model gave two answers to the same picture. {ask}"),
        "too-slow": _(
            "In the trial, the model took too long and was stopped. Close other programs and add it again, or ask for a"
            " smaller one."
        ),
        "too-much-memory": _("In the trial, the model wanted more memory than a detector may have. {ask}"),
        "crashed": _("In the trial, the model made the process crash that it was tried in. {ask}"),
        "unavailable": _(
            "No process could be started to try it in. The fault lies with this computer. Start the application again."
        ),
    }
    return {code: text.format(ask=ask) for code, text in texts.items()}


def _installed() -> Mapping[str, str]:
    disk = _("The folder of detectors could not be written: {why}. Nothing was changed.")
    return {
        "already-installed": _("A detector with this name is installed already. Remove it first, then add this one."),
        "id-taken": _(
            "A detector that came with Touchstone has this name. Give the model another id in its manifest.json."
        ),
        "shipped": _("It came with Touchstone and cannot be removed. You can switch it off."),
        "unknown": _("No detector has this name. The list shows those that are installed."),
        "read-only": disk.format(why=_("it is read-only")),
        "full": disk.format(why=_("the disk is full")),
        "busy": disk.format(why=_("another window is at it")),
        "failed": disk.format(why=_("the system refuses")),
    }
