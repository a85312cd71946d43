"""Items and what models were trained on, in words: what is known, how far it reaches, and why a list is of no use."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, formats, model_calls, ngettext
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.lineage.absence import Answer
    from touchstone.registry.model_types import ModelEntry, Retirement


def limits() -> str:
    """What such answers do not reach."""
    return _(
        "This is about exact bytes. A picture that was saved once more, cut or made smaller has another SHA-256, and is"
        " not found by this one. And it is about what the record of each model says that it was trained on."
    )


def answer(found: Answer) -> str:
    """What is known of an item and a model, in a sentence or two."""
    sets = ", ".join(plain(name, 32) for name in found.sets)
    record = middle(found.model.record)
    if found.state == "unknown":
        return _("Not known. {why}").format(why=unknown(found.why, found.params))
    if found.state == "present":
        if not sets:
            return _("Trained on it: the record {record} names it, which is proved.").format(record=record)
        return _("Trained on it: the record {record} names it, in {sets}, which is proved.").format(
            record=record, sets=sets
        )
    count = formats.whole(found.model.items)
    said = ngettext(
        "Not trained on it: it is proved not to be the {count} item of the record {record}.",
        "Not trained on it: it is proved to be none of the {count} items of the record {record}.",
        found.model.items,
    ).format(count=count, record=record)
    if not sets:
        return said
    return _("{said} But it was used, to choose or to measure: it is in {sets}.").format(said=said, sets=sets)


def unknown(code: str, params: Mapping[str, Any]) -> str:
    """Why nothing is known about a model, in a sentence."""
    said = {
        "no-list": _("No list of items came with this model, so nobody can tell from here."),
        "no-record": _("No training record came with this model, so nothing says what it was trained on."),
        "record-broken": _("Its training record cannot be read."),
        "record-of-another": _("Its training record is about other weights than its manifest."),
        "list-differs": _("Its list of items is not the one that its record names."),
        "bundle-differs": _("A file of this bundle is not as the bundle says: {file}.").format(
            file=plain(params.get("untrusted_file", ""), 80)
        ),
        "not-found": _("There is no model of that name, and no folder or bundle either."),
        "not-a-model": _("There is no model in it."),
        "not-a-bundle": _("It is no audit bundle, or a damaged one."),
        "too-large": _("It is too large for an audit bundle."),
    }.get(code)
    return said or items_trouble(code, params)


def items_trouble(code: str, params: Mapping[str, Any]) -> str:
    """Why a list of items, or the items in a folder, cannot be used, in a sentence or two."""
    where = plain(params.get("untrusted_path", ""), 120) or _("The list of items")
    line = formats.whole(params.get("line", 0))
    return {
        "empty": _("There is no item in it, and over nothing there is no root."),
        "unreadable": _("{where} cannot be read: it is not there, you may not read it, or it is no file."),
        "changed": _("{where} was changed while it was read. Wait until it is written, then try again."),
        "not-a-list": _("{where} is no list of items."),
        "truncated": _("{where} ends too early. Get it once more from where you had it."),
        "trailing": _("{where} goes on after its last item, so it is damaged."),
        "unsorted": _("The items in {where} are not in order, or one is there twice, so it proves nothing."),
        "bad-mask": _("{where} names an item that is in nothing, or in a set without a name, so it is damaged."),
        "bad-item": _("That is no item: an item is a SHA-256."),
        "not-hex": _("Line {line} of {where} is no SHA-256 in lower-case letters a to f and digits."),
        "too-long": _("Line {line} of {where} is too long for a SHA-256 and the name of a file."),
        "unknown-set": _("There is no such set, or a name of one that cannot be: {where}."),
        "no-room": _("There is no room left on the disk. Nothing was kept."),
        "unwritable": _("It cannot be written there. Nothing was kept."),
        "stopped": _("Stopped."),
    }.get(code, _("It did not work ({code}).").format(code=plain(code, 40))).format(where=where, line=line)


def on_register(state: str, entry: ModelEntry | None) -> str:
    """How the data root that a proof is about stands with the register."""
    who = publisher(entry.publisher, entry.name) if entry is not None else ""
    return {
        "same": _("The register has this data root: {publisher} registered it.").format(publisher=who),
        "differs": _("The register has another data root for this model, so this goes by its files alone."),
        "not-told": _("{publisher} registered it without a data root, so this goes by its files alone.").format(
            publisher=who
        ),
        "not-registered": _("It is not on the register, so this goes by its files alone."),
    }.get(state, _("The register could not be asked, so this goes by its files alone."))


def reading(done: int) -> str:
    """How far a list is."""
    return _("Reading lists of items: {done}").format(done=formats.whole(done))


def agreed(agrees: bool) -> str:  # noqa: FBT001 - the answer itself
    """What the contract makes of a proof."""
    if agrees:
        return _("The contract was given the proof, and takes it.")
    return _("The contract was given the proof, and does not take it.")


def publisher(number: int, name: str) -> str:
    """A publisher by number, and the name it gave itself."""
    if not name:
        return _("publisher {number}").format(number=number)
    return _("publisher {number} (it calls itself {name})").format(number=number, name=plain(name, 64))


def retirement(found: Retirement) -> str:
    """That an item is retired, by whom, when and why."""
    said = _("Retired on {day} by {publisher}: {reason}.").format(
        day=formats.day(datetime.fromtimestamp(found.time, UTC).isoformat()),
        publisher=publisher(found.publisher, found.name),
        reason=model_calls.retirement_reason(found.reason),
    )
    return said if found.counts else _("{said} It does not count: that key may not speak for it.").format(said=said)


def retired(count: int, already: int) -> str:
    """What was retired."""
    parts = []
    if count:
        parts.append(
            ngettext("{count} item is retired.", "{count} items are retired.", count).format(count=formats.whole(count))
        )
    if already:
        parts.append(
            ngettext(
                "{count} was retired before.",
                "{count} were retired before.",
                already,
            ).format(count=formats.whole(already))
        )
    return " ".join(parts)


def readme(checks: Sequence[str]) -> str:
    """What is written beside proofs: how anybody checks them."""
    said = _(
        "Each file that ends in .proof shows that one item (the SHA-256 of a file, which `sha256sum` prints) is, or is"
        " not, among what one model was trained on. To check one, run the line for it below in this folder, with"
        " Python 3.11 or newer and nothing else; verifier.py is short, and says at its top why such a proof can be"
        " believed. A line names the data root of the model's training record, the number of items under it, the item,"
        " and the proof. Compare root and number with the record, and with the register where the model is"
        " registered: a proof says nothing about any other root."
    )
    return "\n".join([textwrap.fill(said, 100), "", *checks, "", textwrap.fill(limits(), 100), ""])
