"""An audit of a model in words: its steps, how it ended, why there is none, and what a bundle says of itself."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, formats, lineage_steps, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.lineage.audit_case import AuditError
    from touchstone.lineage.audit_types import Audit, Place, Step
    from touchstone.lineage.sealing import SealingError

_WIDTH = 78  # characters of a line of the text in a bundle


def place(code: Place | str) -> str:
    """What a link of the chain is called, in a word or two."""
    said: Mapping[str, str] = {
        "manifest": _("Manifest"),
        "weights": _("Weights"),
        "files": _("Other files"),
        "record": _("Record"),
        "seal": _("Seal"),
        "checkpoints": _("Checkpoints"),
        "data": _("Data root"),
        "splits": _("Splits"),
        "contents": _("Files of the data"),
        "evaluation": _("Evaluation"),
        "register": _("Register"),
        "parents": _("Parents"),
        "attestations": _("Attestations"),
        "outputs": _("Outputs"),
    }
    return said.get(str(code), plain(code, 40))


def doing(code: Place | str) -> str:
    """What an audit is at, for a line of progress."""
    return _("Checking: {what}").format(what=place(code))


def sentence(step: Step) -> str:
    """What a step found, with the field where there is one."""
    said = lineage_steps.said(step.code, step.params)
    field = step.params.get("field") or step.params.get("untrusted_field")
    if step.outcome == "failed" and field:
        return _("{said} Look at: {field}.").format(said=said, field=plain(field, 80))
    return said


def summary(audit: Audit) -> str:
    """What it all comes to, in a sentence or two."""
    failed = list(dict.fromkeys(place(step.place) for step in audit.steps if step.outcome == "failed"))
    left = list(dict.fromkeys(place(step.place) for step in audit.steps if step.outcome == "not-checked"))
    if failed:
        return _("Something is not as it should be: {places}.").format(places=", ".join(failed))
    if not left:
        return _("Everything that was looked at fits together.")
    return _("Everything that could be looked at fits together. Not checked, or to be noted: {places}.").format(
        places=", ".join(left)
    )


def trouble(error: AuditError) -> str:
    """Why nothing was audited, or no bundle was written, and what to do."""
    file = plain(error.params.get("untrusted_file", ""), 80)
    words = {
        "not-found": _("There is no such model, folder or bundle. `touchstone model list` shows the models."),
        "not-a-model": _("There is no manifest and no record in that folder, so there is nothing to audit."),
        "not-a-bundle": _("This is no audit bundle as Touchstone writes it, or it was changed since. Get it again."),
        "too-large": _("It is larger than an audit bundle can be (4 GB)."),
        "changed": _("A file was changed while it was read. Wait until it is written, then try again."),
        "unreadable": _("It cannot be read. See to it that you may read it."),
        "name-taken": _("The model has a file with a name that the bundle needs: {file}. Give it another name."),
        "no-room": _("There is no room left on the disk."),
        "unwritable": _("The file could not be written there. Choose another place."),
    }
    return words.get(error.code, _("It did not work ({code}).").format(code=plain(error.code, 40))).format(file=file)


def refused(error: SealingError) -> str:
    """Why a run was not sealed, and what to do."""
    if error.code == "stopped":
        return _("Stopped. Nothing was written.")
    said = _refusals().get(error.code)
    if said is None:
        return _("It was not sealed ({code}).").format(code=plain(error.code, 40))
    return said(error.params)


def _refusals() -> Mapping[str, Callable[[Mapping[str, Any]], str]]:
    def field(p: Mapping[str, Any]) -> str:
        return plain(p.get("untrusted_field") or "record.json", 80)

    return {
        "not-a-folder": lambda _p: _("That is no folder. Name the folder with model.onnx and manifest.json."),
        "manifest": lambda _p: _("Its manifest.json is missing or cannot be used. The model needs one to be sealed."),
        "weights": lambda _p: _(
            "The weights are not those that manifest and record name. Seal the folder that the run has written, or make"
            " a new record."
        ),
        "record": lambda p: _("Its record.json cannot be used: look at {field}.").format(field=field(p)),
        "record-exists": lambda _p: _(
            "There is a record already, and --data and --parent would change what it tells. Leave them out, or move"
            " record.json away."
        ),
        "no-record": lambda _p: _(
            "There is no record.json, so say what the model was trained on: --data with a folder, or a list of SHA-256."
        ),
        "items": lambda p: _("The list of items is missing, or is not the one that the record names ({why}).").format(
            why=plain(p.get("why") or "data.items", 40)
        ),
        "data": lineage_steps.items_trouble,
        "parent": lambda p: _("{name} is no model with readable weights, so it cannot be named as a parent.").format(
            name=plain(p.get("untrusted_name", ""), 80)
        ),
        "relation": lambda _p: _("Say how it was made from its parent: fine-tuned, retrained, distilled or merged."),
        "file": lambda p: _("{file} is missing, or is not the file that the record names.").format(
            file=plain(p.get("untrusted_file", ""), 80)
        ),
        "signature": lambda _p: _("The key gave no signature that holds. Nothing was written."),
        "no-room": lambda _p: _("There is no room left on the disk. Nothing was written."),
        "unwritable": lambda _p: _("The folder cannot be written to. Nothing was written."),
    }


def sealed(model: str, address: str, *, once: bool, minimal: bool) -> str:
    """A run was sealed."""
    said = _("{model} is sealed by {address}.").format(model=plain(model, 64), address=plain(address, 60))
    if once:
        said = _("{said} That key was made for this seal and is gone: nobody can seal with it again.").format(said=said)
    if minimal:
        said = _(
            "{said} Its record tells the data and the weights alone: nothing was kept of how it was trained, so there"
            " are no sessions beyond the sealing itself, and no checkpoints."
        ).format(said=said)
    return said


def bundled(path: str, files: int) -> str:
    """A bundle was written."""
    said = ngettext("{path} has {count} file in it.", "{path} has {count} files in it.", files)
    return said.format(path=plain(path, 200), count=formats.whole(files))


def readme(audit: Audit) -> str:
    """What explains a bundle to whoever has nothing but the bundle."""
    head = _("How the model {model} was made").format(model=plain(audit.model, 64))
    parts = (
        _(
            "This bundle tells what a model was trained on, how, and what came out, in a form that can be checked"
            " without trusting whoever gave it to you."
        ),
        _("What is in it:"),
        "\n".join(f"  {name:<14} {what}" for name, what in _contents().items()),
        _("To check it you need Python 3.11 or newer, and nothing else. In this folder, run:"),
        "  python check.py",
        _(
            "It hashes every file, builds the data root from the list of items, computes the chain of checkpoints, and"
            " holds all of it to each other. It cannot check the signature of the seal, and it asks no register."
            " Touchstone does both: touchstone model audit, with this bundle."
        ),
        _(
            "To check for yourself that it was registered, ask a node or an explorer of the chain that register.json"
            " names for its transaction, and compare."
        ),
        _(
            "To check that a file was, or was not, trained on, ask for a proof. Touchstone makes one: touchstone model"
            " absent. Then run:"
        ),
        "  python verifier.py ROOT COUNT ITEM PROOF-FILE",
        _(
            "What this does not prove: that the list of items is complete, that the training went as the record says,"
            " or that the figures were measured well. It proves what was said, by which key, and that nothing of it"
            " was changed since."
        ),
    )
    wrapped = (part if part.startswith(" ") else textwrap.fill(part, _WIDTH) for part in parts)
    return "\n\n".join((f"{head}\n{'=' * len(head)}", *wrapped)) + "\n"


def _contents() -> Mapping[str, str]:
    return {
        "manifest.json": _("what the model takes and answers, and how often it is wrong"),
        "model.onnx": _("the weights, unless they were left out"),
        "record.json": _("the training: data root, code, parameters, checkpoints, figures, parents"),
        "data.items": _("the SHA-256 of every item of the data, unless that list is not public"),
        "seal.json": _("a signature over the hashes of all of these"),
        "register.json": _("what the register says, where the model is registered"),
        "bundle.json": _("every file here with its SHA-256, and those that were left out"),
        "check.py": _("checks all of this with Python alone"),
        "verifier.py": _("checks a proof that an item was, or was not, trained on"),
    }
