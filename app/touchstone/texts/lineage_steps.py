"""The sentence of each step of an audit, by its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from touchstone.texts import _, chain, formats, model_calls, ngettext
from touchstone.texts.plain import middle, plain

Params = Mapping[str, Any]
Say = Callable[[Params], str]


def said(code: str, params: Params) -> str:
    """What a step found."""
    for table in (_documents, _run, _data, _register, _unasked, _parents, _beside):
        words = table().get(code)
        if words is not None:
            return words(params)
    return plain(code, 60)


def items_trouble(params: Params) -> str:
    """Why a set of items cannot be used."""
    why = str(params.get("why", ""))
    words = {
        "empty": _("There is nothing in it: a model is trained on at least one item."),
        "unsorted": _("The list is not in order, or names an item twice."),
        "bad-mask": _("The list says of an item that it is in no set, or in one that has no name."),
        "not-a-list": _("It is no list of items."),
        "truncated": _("The list ends too early."),
        "trailing": _("There is more in the file than the list."),
        "not-hex": _("Line {line} is no SHA-256 in lower-case hex."),
        "too-long": _("Line {line} is longer than a line can be."),
        "unreadable": _("It cannot be read: {path}."),
        "changed": _("A file was changed while it was read: {path}."),
    }
    text = words.get(why, _("It cannot be used ({why})."))
    path = plain(params.get("untrusted_path", ""), 120) or _("the list")
    return text.format(line=formats.whole(params.get("line", 0)), path=path, why=plain(why, 40))


def _who(names: object) -> str:
    """Parts of the chain that say something, joined."""
    words = {
        "manifest": _("the manifest"),
        "record": _("the record"),
        "seal": _("the seal"),
        "register": _("the register"),
    }
    found = [words.get(str(one), plain(one, 20)) for one in names] if isinstance(names, (list, tuple)) else []
    if len(found) < 2:
        return "".join(found)
    return _("{first} and {last}").format(first=", ".join(found[:-1]), last=found[-1])


def _named_by(text: str, alone: str) -> Say:
    """A sentence with those who name a thing, or the other where nobody does."""
    return lambda p: text.format(who=_who(p["named_by"])) if p.get("named_by") else alone


def _against(text: str) -> Say:
    return lambda p: text.format(who=_who(p.get("against", ())))


def _flat(text: str) -> Say:
    return lambda _p: text


def _file(text: str) -> Say:
    return lambda p: text.format(file=plain(p.get("untrusted_file", ""), 80))


def _documents() -> Mapping[str, Say]:
    read = _("It cannot be read.")
    large = _("It is larger than it can be, and was not read.")
    strange = _("It is no file: a link, a folder or something else stands there.")
    changed = _("It was changed while it was read.")
    unread: dict[str, Say] = {}
    for what in ("manifest", "weights", "record", "seal", "items"):
        unread |= {f"{what}-unreadable": _flat(read), f"{what}-too-large": _flat(large)}
        unread |= {f"{what}-not-a-file": _flat(strange), f"{what}-changed": _flat(changed)}
    sizes = _("It has {bytes} bytes, and should have {of}.")
    return {
        **unread,
        "manifest-matches": _named_by(
            _("Its hash is the one named by {who}."), _("It can be read. Nothing else names its hash.")
        ),
        "manifest-missing": _flat(_("There is none.")),
        "manifest-broken": _flat(_("It cannot be used.")),
        "manifest-differs": _against(_("Its hash is not the one named by {who}: it was changed.")),
        "weights-match": _named_by(_("The file is the one named by {who}."), _("The file is here. Nobody names it.")),
        "weights-missing": _flat(_("The file is not there.")),
        "weights-size": lambda p: sizes.format(bytes=formats.whole(p.get("bytes")), of=formats.whole(p.get("of"))),
        "weights-differ": _against(_("The file is not the one named by {who}.")),
        "weights-named-apart": _against(
            _("The file is not here, and another one is named by {who} than by the others.")
        ),
        "weights-sizes-differ": _flat(_("Manifest and record tell two lengths of one file.")),
        "weights-not-here": _named_by(
            _("The file was left out of this bundle; the same one is named by {who}."), _("The file was left out.")
        ),
        "files-match": lambda p: ngettext(
            "{count} file that the record names is here as it says.",
            "{count} files that the record names are here as it says.",
            p.get("count", 0),
        ).format(count=formats.whole(p.get("count", 0))),
        "no-files": _flat(_("The record names none.")),
        "file-not-named": _file(_("{file} lies beside the weights, is read with them, and is not in the record.")),
        "file-missing": _file(_("{file} is not there.")),
        "file-size": _file(_("{file} has another length than the record says.")),
        "file-differs": _file(_("{file} is not the file that the record names.")),
        "file-unreadable": _file(_("{file} cannot be read.")),
        "file-not-a-file": _file(_("{file} is no file.")),
        "file-too-large": _file(_("{file} is larger than it can be.")),
        "file-changed": _file(_("{file} was changed while it was read.")),
        "file-not-here": _file(_("{file} was left out of this bundle.")),
        "bundle-file-differs": _file(_("{file} is not the file that the bundle names.")),
    }


def _run() -> Mapping[str, Say]:
    return {
        "record-matches": _named_by(
            _("It is one, to the byte, and its hash is the one named by {who}."),
            _("It is one, to the byte. Nothing else names its hash."),
        ),
        "no-record": _flat(_("There is no training record, so this cannot be checked.")),
        "record-missing": lambda p: _("It is not there, but one is named by {who}.").format(
            who=_who(p.get("named_by", ()))
        ),
        "record-broken": _flat(_("It is no record in the one form that a record has.")),
        "record-differs": _against(_("Its hash is not the one named by {who}: it was changed.")),
        "record-of-another": _flat(_("It is the record of another model.")),
        "clock-went-back": _flat(_("Its times do not follow each other: a clock was set. The hashes do not need it.")),
        "time-to-come": lambda p: _("It says that it ended on {day}, which is to come: a clock was wrong.").format(
            day=formats.day(p.get("time"))
        ),
        "seal-fits": lambda p: _(
            "The signature fits, by the key {address}. Whose key that is was not asked of the register."
        ).format(address=plain(p.get("address", ""), 60)),
        "seal-of-publisher": lambda p: _("Signed by {who} with the key {address}.").format(
            who=_publisher(p), address=plain(p.get("address", ""), 60)
        ),
        "no-seal": _flat(_("There is none, so nobody vouches for manifest and record by signature.")),
        "seal-broken": _flat(_("It is no seal in the one form that a seal has.")),
        "seal-does-not-fit": _flat(_("The signature does not fit: the seal was changed, or is another key's.")),
        "seal-of-another": _flat(_("It is the seal of another model.")),
        "seal-of-stranger": lambda p: _(
            "The key {address} does not act for the publisher that registered the model. Seal it again with a key that"
            " does."
        ).format(address=plain(p.get("address", ""), 60)),
        "seal-compromised": lambda p: _(
            "The key {address} counts for nothing since {when}, which is before the seal."
        ).format(address=plain(p.get("address", ""), 60), when=chain.moment(p.get("time"))),
        "sealed-before-finished": _flat(_("The seal says an earlier time than the record: a clock was wrong.")),
        "chain-holds": lambda p: ngettext(
            "The chain over {count} checkpoint comes out as the record says.",
            "The chain over {count} checkpoints comes out as the record says.",
            p.get("count", 0),
        ).format(count=formats.whole(p.get("count", 0))),
        "no-checkpoints": _flat(_("The record names none; its chain begins as it should.")),
        "chain-broken": _flat(_("The chain does not come out as the record says.")),
        "checkpoint-files-not-here": _flat(_("The checkpoints themselves are not here.")),
        "checkpoint-files-match": _flat(_("The checkpoints themselves are here, and are those of the record.")),
        "checkpoint-missing": lambda p: _(
            "Of the checkpoints, {count} are not here; the first is that of step {step}."
        ).format(count=formats.whole(p.get("count")), step=formats.whole(p.get("step"))),
        "checkpoint-differs": lambda p: _("The checkpoint of step {step} is not the one of the record.").format(
            step=formats.whole(p.get("step"))
        ),
        "evaluation-matches": _named_by(
            _("The hash of what was measured is the one named by {who}."),
            _("What was measured can be read. Nothing else names its hash."),
        ),
        "no-metrics": _flat(_("The record tells nothing that was measured.")),
        "evaluation-differs": _against(_("The hash of what was measured is not the one named by {who}.")),
    }


def _data() -> Mapping[str, Say]:
    return {
        "data-root-matches": lambda p: ngettext(
            "The list of {items} item makes the root named by {who}.",
            "The list of {items} items makes the root named by {who}.",
            p.get("items", 0),
        ).format(items=formats.whole(p.get("items", 0)), who=_who(p.get("named_by", ()))),
        "data-root-differs": _flat(_("The list of items makes another root than the record tells.")),
        "data-register-differs": _flat(_("The register tells another root, or number of items, than the record.")),
        "items-not-here": _flat(_("The list of items is not here, so the root could not be built.")),
        "no-items-file": _flat(_("The record names no list of items, so the root could not be built.")),
        "items-missing": _flat(_("The list of items is not there.")),
        "items-size": _flat(_("The list of items has another length than the record says.")),
        "items-differ": _against(_("The list of items is not the one named by {who}.")),
        "items-broken": lambda p: _("The list of items cannot be used. {why}").format(why=items_trouble(p)),
        "splits-match": lambda p: ngettext(
            "{count} split makes the root that the record tells.",
            "{count} splits make the roots that the record tells.",
            p.get("count", 0),
        ).format(count=formats.whole(p.get("count", 0))),
        "no-splits": _flat(_("The record names none.")),
        "splits-not-built": _flat(_("The list of items is not at hand, so their roots could not be built.")),
        "split-not-listed": lambda p: _("List and record do not name the same splits: {name}.").format(
            name=plain(p.get("split", ""), 40)
        ),
        "split-differs": lambda p: _("The split {name} makes another root than the record tells.").format(
            name=plain(p.get("split", ""), 40)
        ),
        "contents-not-here": _flat(_("The files of the data are not here, so they were not hashed.")),
        "contents-without-list": _flat(_("There is no list to hold the files to.")),
        "contents-no-folder": _flat(_("The folder with the files of the data is not there.")),
        "contents-unreadable": _file(_("{file} cannot be read.")),
        "contents-match": lambda p: _("Every item is here as a file ({found}); {extra} files are none of them.").format(
            found=formats.whole(p.get("found")), extra=formats.whole(p.get("extra"))
        ),
        "contents-missing": lambda p: _(
            "{missing} items have no file here, and {extra} files are none of the items. {found} are here."
        ).format(**{name: formats.whole(p.get(name)) for name in ("missing", "extra", "found")}),
    }


def _publisher(p: Params) -> str:
    name = plain(p.get("untrusted_name", ""), 60)
    number = _("publisher {number}").format(number=plain(p.get("publisher", ""), 12))
    return _("{name} ({number})").format(name=name, number=number) if name else number


def _register() -> Mapping[str, Say]:
    return {
        "registered": lambda p: _("Registered by {who} on {when}.").format(
            who=_publisher(p), when=chain.moment(p.get("time"))
        ),
        "deprecated": lambda p: _("Registered by {who}, who advises against using it any more: {why}.").format(
            who=_publisher(p), why=model_calls.reason(p.get("reason"))
        ),
        "withdrawn": lambda p: _("Withdrawn by its owner on {when}: {why}.").format(
            when=chain.moment(p.get("time")), why=model_calls.reason(p.get("reason"))
        ),
        "registered-otherwise": lambda p: _(
            "Registered by {who} is another manifest, with these weights or this record."
        ).format(who=_publisher(p)),
        "register-differs": lambda p: _("What {who} registered is not what is here. Different: {fields}.").format(
            who=_publisher(p), fields=", ".join(plain(one, 20) for one in p.get("fields", ()))
        ),
        "id-differs": _flat(_("The model's number on the register does not come from its publisher and manifest.")),
        "signer-compromised": lambda p: _("The key {address} that registered it counts for nothing since then.").format(
            address=plain(p.get("address", ""), 60)
        ),
        "contract-differs": _flat(_("The contract says other than the copy of the register on this computer.")),
        "contract-not-asked": lambda p: _("The contract itself could not be asked ({why}).").format(why=_why(p)),
        "bundle-differs": _flat(_("What the bundle says of the register is not what the register says.")),
        "bundle-of-another-chain": lambda p: _(
            "The bundle speaks of a register on another chain (number {chain}), which was not asked."
        ).format(chain=plain(p.get("chain_id", ""), 20)),
        "mirror-old": lambda p: _(
            "The copy of the register is of {when}, and could not be brought up to date ({why})."
        ).format(when=chain.moment(p.get("time")), why=_why(p)),
        "registered-before-finished": _flat(_("It was registered before the record says it ended: a clock was wrong.")),
        "other-records": lambda p: ngettext(
            "{count} other record is registered for the same weights.",
            "{count} other records are registered for the same weights.",
            p.get("count", 0),
        ).format(count=formats.whole(p.get("count", 0))),
    }


def _why(p: Params) -> str:
    return plain(p.get("why", ""), 40)


def _network(text: str) -> Say:
    return lambda p: text.format(network=plain(p.get("network", ""), 40))


def _unasked() -> Mapping[str, Say]:
    """Why the register was not asked, or had no answer."""
    return {
        "offline": _flat(_("No register was asked.")),
        "no-ledger": _flat(_("There is no practice ledger on this computer yet, so no register was asked.")),
        "no-consent": _network(_("You have not agreed to ask {network}. `touchstone network` says how.")),
        "no-register-of-models": _network(_("There is no register of models on {network}.")),
        "models-not-read": _network(
            _("The copy of the register of {network} does not know of models yet. `touchstone index sync` reads them.")
        ),
        "no-mirror": _flat(_("There is no copy of the register yet. `touchstone index sync` makes one.")),
        "node-down": lambda p: _("No register could be asked ({why}).").format(why=_why(p)),
        "mirror-unreadable": lambda p: _("The copy of the register cannot be read ({why}).").format(why=_why(p)),
        "not-registered": _flat(_("Nobody has registered it.")),
        "registered-elsewhere": _network(_("It is not on this register, but on that of {network}.")),
    }


def _parents() -> Mapping[str, Say]:
    def named(text: str) -> Say:
        return lambda p: text.format(
            name=plain(p.get("untrusted_name", ""), 120), count=formats.whole(p.get("count", 0))
        )

    return {
        "no-parents": _flat(_("It was made from no other model, as far as the record tells.")),
        "parent-found": named(_("{name} is known: its weights and record are those that are named here.")),
        "parent-unknown": named(_("{name} is neither on the register nor on this computer.")),
        "parent-not-here": named(_("{name} is not on this computer, and no register was asked.")),
        "parent-weights-differ": named(_("{name} is on this computer with other weights than its record names.")),
        "parent-record-differs": named(_("{name} is on this computer with another record than the one named here.")),
        "parent-not-in-record": lambda p: _("The register names a parent that the record does not ({model}).").format(
            model=middle(plain(p.get("model", ""), 80))
        ),
        "parent-not-named": named(_("The register knows {name}, and does not name it as a parent.")),
        "parents-cycle": _flat(_("The model would be made from itself.")),
        "family-differs": _flat(_("The register gives it another family than its first parent's.")),
        "removed-absent": named(_("None of the {count} items that were taken out since {name} is in the list.")),
        "removed-still-in": named(_("An item that was to be taken out since {name} is still in the list.")),
        "removed-never-in": named(_("An item that is said to be taken out since {name} was not in the list of that.")),
        "removed-without-list": named(_("{count} items were taken out since {name}; without the list nobody can see.")),
    }


def _beside() -> Mapping[str, Say]:
    return {
        "attestations": _attested,
        "outputs": _outputs,
    }


def _attested(p: Params) -> str:
    count = p.get("count", 0)
    if not count:
        return _("Nobody else says what was measured of it.")
    text = ngettext(
        "{count} publisher says what was measured of it; {same} name the same figures as the record.",
        "{count} publishers say what was measured of it; {same} name the same figures as the record.",
        count,
    )
    return text.format(count=formats.whole(count), same=formats.whole(p.get("same", 0)))


def _outputs(p: Params) -> str:
    count = p.get("count", 0)
    if not count:
        return _("Nothing is recorded of what it said.")
    text = ngettext("{count} output of it is recorded.", "{count} outputs of it are recorded.", count)
    return text.format(count=formats.whole(count))
