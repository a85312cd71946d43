"""The lineage of a model in the window: what its boxes are called, what each proves, and what it does not.

The sentences of an audit's steps are those of `touchstone.texts.lineage`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from touchstone.texts import _, formats, model_calls, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.lineage.audit_types import Step
    from touchstone.registry.model_types import ModelEntry, Standing


def title(kind: str) -> str:
    """What a box is called."""
    return {
        "parents": _("Made from"),
        "register": _("Register"),
        "data": _("Data"),
        "run": _("Training run"),
        "weights": _("Weights"),
        "evaluation": _("Evaluation"),
        "outputs": _("Outputs"),
    }.get(kind, plain(kind, 40))


def mark(code: str) -> str:
    """How it was found, in a word or two."""
    return {
        "verified": _("Holds"),
        "partly": _("Holds, in part"),
        "failed": _("Does not hold"),
        "not-checked": _("Not checked"),
        "waiting": _("Waiting"),
    }.get(code, plain(code, 40))


def proves(kind: str) -> str:
    """What a link proves where it holds, in a sentence."""
    return {
        "parents": _(
            "The training record names the models that this one was made from, by the hashes of their weights."
        ),
        "register": _(
            "A publisher put exactly this manifest, these weights and this training record on the register, at the"
            " latest at the time that stands there."
        ),
        "data": _(
            "The list of items is the one that the training record names: adding, leaving out or exchanging a single"
            " item would change its root."
        ),
        "run": _(
            "Data, settings and every saved state of the training are tied together in one chain of hashes, and the"
            " record was not changed since it was sealed."
        ),
        "weights": _(
            "The file that checks ask is, byte for byte, the one that manifest, training record and seal name."
        ),
        "evaluation": _("The figures are those that were sealed together with the model: nobody changed them since."),
        "outputs": _(
            "Whoever recorded what the model said did so at the latest at the time that stands there, and cannot change"
            " it unseen."
        ),
    }.get(kind, "")


def proves_not(kind: str) -> str:
    """What a link does not prove, in a sentence."""
    return {
        "parents": _("It does not prove that no other model played a part."),
        "register": _("It does not prove who trained the model, nor that what the publisher says of it is true."),
        "data": _("It does not prove that nothing else was used, nor that the items could rightly be used."),
        "run": _("It does not prove that the training went as it is told: nobody has repeated it here."),
        "weights": _("It does not prove that the model is any good: that is what its error rates are for."),
        "evaluation": _(
            "It does not prove that the figures were measured well, nor that they hold for pictures of other kinds."
        ),
        "outputs": _(
            "It does not prove that the model gave that answer: to see that, check the same file with it again."
        ),
    }.get(kind, "")


def nothing(kind: str) -> str:
    """What stands in a box that nothing is known for."""
    return {
        "parents": _("None named"),
        "register": _("Not registered"),
        "data": _("Not told"),
        "run": _("Not told"),
        "evaluation": _("No figures"),
        "outputs": _("None recorded"),
    }.get(kind, _("Not told"))


def items(count: int) -> str:
    """How many items there are."""
    return ngettext("{count} item", "{count} items", count).format(count=formats.whole(count))


def steps(count: int) -> str:
    """How long a training ran."""
    return ngettext("{count} step", "{count} steps", count).format(count=formats.whole(count))


def saved_states(count: int) -> str:
    """How many states of a training were saved."""
    return ngettext("{count} saved state", "{count} saved states", count).format(count=formats.whole(count))


def root(short: str) -> str:
    """The root of the data, short."""
    return _("root {root}").format(root=short)


def auc(value: float) -> str:
    """How well it separates, as a decimal number."""
    return _("AUC {value}").format(value=f"{value:.3f}")


def false_alarms(rate: float) -> str:
    """How many untouched ones are flagged."""
    return _("{rate} false alarms").format(rate=formats.in_hundred(rate))


def recorded(count: int) -> str:
    """How many outputs were recorded."""
    return ngettext("{count} recorded", "{count} recorded", count).format(count=formats.whole(count))


def of_file(short: str) -> str:
    """The label of what a model said of a file."""
    return _("Of {file}").format(file=short)


def show_model(name: str) -> str:
    """A button that leads to another model."""
    return _("Show {name}").format(name=plain(name, 60))


def summary(steps: Sequence[Step]) -> str:
    """What an audit came to in which nothing failed."""
    left = sum(step.outcome == "not-checked" for step in steps)
    if not left:
        return _("Every link holds.")
    return ngettext(
        "Everything that could be checked holds. {count} thing could not be checked here.",
        "Everything that could be checked holds. {count} things could not be checked here.",
        left,
    ).format(count=formats.whole(left))


def auditing() -> str:
    """What is being done before a first step is named."""
    return _("Following the chain of this model")


def not_audited() -> str:
    """What stands above the picture after an audit was stopped."""
    return _("Stopped. The chain was not followed to its end.")


def no_record() -> tuple[str, str]:
    """Title and words where a model has no training record."""
    return (
        _("Nothing is known about how it was made"),
        _(
            "This model came without a training record. Ask whoever made it for the folder with record.json, then"
            " remove the model and add it again. Whoever has the data can make a record with the command: touchstone"
            " model record"
        ),
    )


def no_model() -> str:
    """What stands in place of the picture where no model is chosen, or its manifest cannot be read."""
    return _("Choose a detector whose manifest can be read to see what it was made of.")


def choose_a_link() -> str:
    """What stands below the picture before a box is chosen."""
    return _("Choose a box to read what was checked, what that proves, and what it does not.")


def standing(value: Standing, entry: ModelEntry | None, *, practice: bool) -> str:
    """How an installed model stands with the register, in a sentence."""
    who = _who(entry)
    day = formats.day(iso(entry.registered)) if entry is not None else ""
    said = {
        "registered": _("Registered by {who} on {day}."),
        "deprecated": _("Registered by {who} on {day}; its owner advises against using it any more."),
        "withdrawn": _("Withdrawn by {who}: {reason}. Checks do not ask it."),
        "differs": _("Not the one that {who} registered: another manifest, weights or record. Checks do not ask it."),
        "not-registered": _("Nobody has registered it."),
        "unknown": _("The register could not be read."),
    }[str(value)].format(who=who, day=day, reason=model_calls.reason(entry.reason) if entry is not None else "")
    if practice and entry is not None:
        return _("Practice: {said}").format(said=said)
    return said


def _who(entry: ModelEntry | None) -> str:
    if entry is None:
        return _("a publisher")
    if entry.name:
        return plain(entry.name, 60)
    return _("publisher {number}").format(number=entry.owner)


def iso(seconds: int) -> str:
    """A unix time as ISO 8601, "" for none."""
    import datetime

    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat() if seconds else ""
    except (OverflowError, OSError, ValueError):
        return ""


def label(name: str) -> str:
    """The label of a fact."""
    return _labels().get(name, plain(name, 60))


def _labels() -> Mapping[str, str]:
    return {
        "item": _("Item"),
        "items": _("Items"),
        "root": _("Root"),
        "list": _("List of items"),
        "record": _("Training record"),
        "started": _("Begun"),
        "finished": _("Finished"),
        "sessions": _("Sessions"),
        "code": _("Code"),
        "changed": _("Changed since"),
        "environment": _("Made with"),
        "lock": _("Lock file"),
        "states": _("Saved states"),
        "chain": _("Chain"),
        "seeds": _("Seeds"),
        "weights": _("Weights"),
        "size": _("Size"),
        "manifest": _("Manifest"),
        "file": _("File beside it"),
        "sealed": _("Sealed"),
        "sealed-by": _("Sealed by"),
        "evaluation": _("Figures"),
        "auc": _("AUC"),
        "false-alarms": _("False alarms"),
        "recall": _("Found"),
        "measured-on": _("Measured on"),
        "model": _("Number on the register"),
        "publisher": _("Publisher"),
        "domain": _("Domain"),
        "signer": _("Signed by"),
        "registered": _("Registered"),
        "status": _("Status"),
        "changed-on": _("Changed"),
        "block": _("Block"),
        "transaction": _("Transaction"),
        "address": _("Where it lies"),
        "attested": _("Measured by others"),
        "recorded": _("Recorded"),
        "parent": _("Made from"),
        "relation": _("How"),
        "removed": _("Left out"),
    }


def relation(code: str) -> str:
    """How a model was made from another."""
    return {
        "fine-tuned": _("trained further"),
        "retrained": _("trained anew"),
        "distilled": _("learned from its answers"),
        "merged": _("merged with it"),
    }.get(code, plain(code, 40))


def status(number: int, why: int) -> str:
    """What its owner says of a model."""
    said = {1: _("In use"), 2: _("No longer advised"), 3: _("Withdrawn")}.get(number, plain(number, 20))
    return said if number == 1 else _("{status}: {reason}").format(status=said, reason=model_calls.reason(why))


def changed_code(*, dirty: bool) -> str:
    """Whether the code was exactly that of its commit."""
    return _("with changes that no commit holds") if dirty else _("nothing")
