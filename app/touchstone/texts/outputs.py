"""What models said of files, as lists that are recorded: what waits, what becomes public, what a proof comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchstone.report import DETECTORS, Witness
from touchstone.texts import _, chain, detectors, formats, model_calls, ngettext
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.lineage.outputs import Said
    from touchstone.registry.model_types import Output, OutputList
    from touchstone.store.outputs_journal import Batch

_SOON = 600  # seconds by which two clocks may differ before it is said


def waits(count: int) -> str:
    """How many findings are not recorded."""
    if not count:
        return _("Nothing waits to be recorded.")
    return ngettext(
        "{count} finding of detectors is not recorded yet.",
        "{count} findings of detectors are not recorded yet.",
        count,
    ).format(count=formats.whole(count))


def left_out(unknown: int, unreadable: int) -> tuple[str, ...]:
    """What cannot be recorded, and why."""
    said = []
    if unknown:
        said.append(
            ngettext(
                "{count} finding is left out: the detector that it is of is not on this computer as it was then.",
                "{count} findings are left out: the detectors that they are of are not on this computer as they were"
                " then.",
                unknown,
            ).format(count=formats.whole(unknown))
        )
    if unreadable:
        said.append(
            ngettext(
                "{count} report is left out: this version does not understand it.",
                "{count} reports are left out: this version does not understand them.",
                unreadable,
            ).format(count=formats.whole(unreadable))
        )
    return tuple(said)


def becomes_public(uri: str) -> tuple[str, ...]:
    """What recording a list tells others, now and once they have the list."""
    now = _(
        "Public for ever at once: how many outputs you recorded, when, under which address, and a root over all of"
        " them."
    )
    if uri:
        later = _(
            "The list itself will stand at {uri}, as you say. Whoever reads it there sees the SHA-256 of each of your"
            " files, which model was asked about it, when, and what that said."
        ).format(uri=plain(uri, 200))
    else:
        later = _(
            "The list itself stays on this computer. Whoever you give it to, or a proof out of it, sees the SHA-256 of"
            " your files that are in it, which model was asked about them, when, and what that said."
        )
    lasting = _("It can be withdrawn later, but not erased.")
    return now, later, lasting


def row(said: Said) -> str:
    """Something that waits, in a line."""
    return _("{file}: {output}").format(
        file=plain(said.name, 80) or middle(said.output.media), output=spoken(said.output)
    )


def spoken(output: Output) -> str:
    """What an output says, in a line."""
    when = chain.moment(output.time)
    if int(output.decision) == 3:
        return _("made by this model, said on {when}").format(when=when)
    score = "" if output.score is None else _("score {score}").format(score=f"{output.score / 1_000_000:.3f}")
    parts = [witness(output.witness), decision(int(output.decision)), score, when]
    return ", ".join(part for part in parts if part)


def witness(name: str) -> str:
    """Who was asked, in a word or two."""
    known = {str(one): one for one in DETECTORS}
    return detectors.subject(Witness(known[name])) if name in known else plain(name, 32)


def decision(code: int) -> str:
    """What it came to, in a word or two."""
    return {0: _("no signs"), 1: _("signs"), 2: _("inconclusive"), 3: _("made by this model")}.get(code, _("unknown"))


def going_on(batch: Batch) -> str:
    """That a list which was begun is sent now."""
    return ngettext(
        "Going on with the list of {count} output that was begun on {date}.",
        "Going on with the list of {count} outputs that was begun on {date}.",
        batch.count,
    ).format(count=formats.whole(batch.count), date=formats.day(batch.created))


def begun(batch: Batch) -> str:
    """That a list was begun and is not known to be recorded."""
    return ngettext(
        "A list of {count} output was begun on {date} and is not recorded yet. The next recording sends it.",
        "A list of {count} outputs was begun on {date} and is not recorded yet. The next recording sends it.",
        batch.count,
    ).format(count=formats.whole(batch.count), date=formats.day(batch.created))


def counted(count: int) -> str:
    """How many outputs."""
    return ngettext("{count} output", "{count} outputs", count).format(count=formats.whole(count))


def further(count: int) -> str:
    """How many more there are than are shown."""
    return ngettext("and {count} more", "and {count} more", count).format(count=formats.whole(count))


def busy() -> str:
    """That somebody else has the findings or the list."""
    return _("Another window or command is recording these. Try again when it is done.")


def recorded(batch: Batch) -> str:
    """That a list counts."""
    return ngettext(
        "{count} output is recorded under {root}.", "{count} outputs are recorded under {root}.", batch.count
    ).format(count=formats.whole(batch.count), root=batch.root)


def drafted(count: int, root: str) -> str:
    """What would be recorded."""
    return ngettext(
        "{count} output would be recorded under {root}. Nothing was written or sent.",
        "{count} outputs would be recorded under {root}. Nothing was written or sent.",
        count,
    ).format(count=formats.whole(count), root=root)


def kept_at(path: object) -> str:
    """Where the list is."""
    return _("The list is kept at {path}. Without it nobody can show what is under the root.").format(
        path=plain(path, 300)
    )


def declared_already(count: int) -> str:
    """That files were declared before."""
    return ngettext(
        "{count} file is left out: you have declared it as made by this model already.",
        "{count} files are left out: you have declared them as made by this model already.",
        count,
    ).format(count=formats.whole(count))


def no_model(named: str) -> str:
    """That nobody knows which model is meant."""
    return _("{name} is no model here, no folder with a manifest, and no SHA-256 of one.").format(
        name=plain(named, 120)
    )


def manifest_unknown() -> str:
    """That a model which is declared to have made files is registered by nobody."""
    return _("No model with that manifest is registered, as far as this computer knows.")


def who(publisher: int, name: str, domain: str, signer: str) -> str:
    """Who recorded a list; name and domain are of anybody's making."""
    if not publisher:
        return _("the address {address}").format(address=plain(signer, 42))
    named = plain(name, 60) or plain(domain, 100)
    return _("publisher {number} ({name}), with the key {address}").format(
        number=publisher, name=named, address=plain(signer, 42)
    )


def by(listed: OutputList) -> str:
    """Who recorded a list, and when."""
    return _("recorded on {when} by {who}").format(
        when=chain.moment(listed.recorded), who=who(listed.publisher, listed.name, listed.domain, listed.signer)
    )


def standing(listed: OutputList, *, ahead: bool = False) -> tuple[str, ...]:
    """What speaks against a list, in sentences; nothing where it stands."""
    said = []
    if listed.withdrawn:
        said.append(
            _("The list was withdrawn on {when} ({reason}).").format(
                when=chain.moment(listed.withdrawn), reason=model_calls.reason(listed.reason)
            )
        )
    if not listed.counts:
        said.append(
            _("The key that recorded it was not allowed to then, or was in other hands: it counts for nothing.")
        )
    if ahead:
        said.append(clock())
    return tuple(said)


def is_ahead(time: int, recorded: int) -> bool:
    """Whether an output says a time that had not come when it was recorded."""
    return bool(recorded) and time > recorded + _SOON


def clock() -> str:
    """That a time cannot be right."""
    return _("It says a time later than that at which it was recorded: a clock was wrong.")


def proved(code: str) -> str:
    """What a proof comes to."""
    return {
        "verified": _("Proved: this output is in a list that was recorded and stands."),
        "mirrored": _("Proved against the copy of the register on this computer. Nobody was asked."),
        "no-list": _("Not proved: the list that it is in is not to be had."),
        "not-in-list": _("Not proved: the output does not lead to the root that is named."),
        "not-recorded": _("Not proved: nobody recorded a list with that root from that address."),
        "withdrawn": _("The output was in a list that was recorded, and was withdrawn since."),
        "refused": _("Not proved: the register does not confirm it."),
        "differs": _("Not proved: the register has other values for this list."),
        "other-network": _("This proof is about another network, or about another register than the one used here."),
        "not-asked": _("The output leads to the root that is named. The register could not be asked about that root."),
    }.get(code, _("Not proved."))


def asks(network: str) -> str:
    """What asking a network gives away."""
    return _(
        "The nodes of {network} are asked about this; they can see which file it is. --offline asks nobody."
    ).format(network=plain(network, 40))


def proof_written(path: object) -> str:
    """That a proof was written, and what to do with it."""
    return _("The proof is in {path}. Anybody can check it: touchstone model outputs verify --proof FILE").format(
        path=plain(path, 300)
    )


def first_of(count: int) -> str:
    """That a proof was written of one output among several."""
    return ngettext(
        "A proof is of one output, and there is {count}.",
        "A proof is of one output, and there are {count}: it is of the first. --model says of which instead.",
        count,
    ).format(count=formats.whole(count))


def no_outputs(*, media: bool = True) -> str:
    """That nothing is recorded."""
    if media:
        return _("No recorded output of any model is known here for this file.")
    return _("You have recorded no outputs on this network.")


def missing_lists(count: int) -> str:
    """That what is recorded may be known to others."""
    return ngettext(
        "{count} list of outputs is recorded whose content is not on this computer; this file may be in it.",
        "{count} lists of outputs are recorded whose content is not on this computer; this file may be in one.",
        count,
    ).format(count=formats.whole(count))


def not_followed(network: str) -> str:
    """That nothing is known here of what was recorded on a network."""
    return _(
        "This computer has no copy of what was recorded on {network}. `touchstone index sync` fetches one."
    ).format(network=plain(network, 40))


def list_trouble(code: object) -> str:
    """Why a list is of no use."""
    return {
        "too-large": _("It has more than a list may have."),
        "malformed": _("It is no list of outputs."),
        "duplicates": _("It names the same output twice."),
        "wrong-hash": _("It is not the list that was recorded: its bytes differ."),
        "wrong-count": _("It is not the list that was recorded: that has another number of outputs."),
        "wrong-root": _("It is not the list that was recorded: its root is another."),
        "not-recorded": _("Nobody recorded a list with this root, as far as this computer knows."),
        "unreadable": _("It cannot be read."),
    }.get(str(code), _("It cannot be used."))


def bad_proof(name: str, field: str) -> str:
    """That a file is no proof."""
    return _("{name} is no proof of an output ({field}).").format(name=plain(name, 80), field=plain(field, 60))


def withdrawn(root: str) -> str:
    """That a list is withdrawn."""
    return _("The list {root} is withdrawn.").format(root=plain(root, 64))


def not_yours(root: str) -> str:
    """That one has no such list."""
    return _("None of your keys recorded a list with the root {root}, nor did a publisher of yours.").format(
        root=plain(root, 64)
    )


def withdrawn_already() -> str:
    """That there is nothing left to withdraw."""
    return _("That list is withdrawn already.")


def list_state(listed: OutputList) -> str:
    """How a list stands, in a word or two."""
    if listed.withdrawn:
        return _("withdrawn")
    if not listed.counts:
        return _("counts for nothing")
    return {0: _("recorded; its content is not here"), 1: _("recorded")}.get(
        listed.state, _("recorded; what was found as its content is not it")
    )
