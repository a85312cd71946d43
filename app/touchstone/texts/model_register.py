"""Registering models in words: why one is not registered, what to do about it, and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from touchstone.texts import _, chain, formats, model_calls, ngettext
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.lineage.record import Parent
    from touchstone.registry.model_types import ModelEntry


def refused(code: str, params: Mapping[str, str]) -> str:
    """Why a model is not registered, and what to do; `code` is that of a `RegisterError`."""
    said = _of_files().get(code) or _of_parents().get(code) or _of_evaluations().get(code)
    if said is None:
        return _("The model was not registered.")
    known = {name: plain(value, 400) for name, value in params.items()}
    if code == "seal-differs":
        known["what"] = _parts().get(params.get("what", ""), known.get("what", ""))
    return said.format(**known)


def _of_files() -> Mapping[str, str]:
    return {
        "no-manifest": _("There is no manifest of a model there, or it cannot be read."),
        "weights-missing": _("The model's file cannot be read."),
        "weights-differ": _("The model's file is not the one that its manifest names."),
        "no-record": _("There is no record of its training. `touchstone model record FOLDER` writes one and seals it."),
        "record-broken": _("The record of its training is damaged, or of another kind ({field})."),
        "record-differs": _("The record is about another model, or about other weights."),
        "chain-broken": _("The chain of checkpoints in the record does not hold: something in it was changed."),
        "no-seal": _("The model is not sealed. `touchstone model record FOLDER` seals it with one of your keys."),
        "seal-broken": _("The seal is damaged, or its signature does not fit ({field})."),
        "seal-differs": _("The seal is about something else: {what} differs. Seal the model again."),
        "items-missing": _("The list of what it was trained on is not there, though the record names it."),
        "items-differ": _("The list of what it was trained on is not the one that the record names."),
        "file-missing": _("{untrusted_file}, which the record names, is not there."),
        "file-differs": _("{untrusted_file} is not the file that the record names."),
        "file-not-named": _("{untrusted_file} lies beside the model, and the record does not name it."),
        "stopped": _("Stopped."),
    }


def _parts() -> Mapping[str, str]:
    return {
        "model": _("the model's name"),
        "manifest": _("the manifest"),
        "weights": _("the model's file"),
        "record": _("the record of its training"),
        "evaluation": _("what was measured of it"),
        "items": _("the list of what it was trained on"),
    }


def _of_parents() -> Mapping[str, str]:
    return {
        "parent-unknown": _("No model with the id {id} is registered, as far as this computer knows."),
        "parent-not-in-record": _("The record does not name {id} as a model that this one was made from."),
        "parent-ambiguous": _(
            "Several publishers have registered {untrusted_name}, from which it was made. Say which is meant with"
            " --parent: {ids}"
        ),
        "parents-too-many": _("It was made from more models than can be registered: 16 at most."),
    }


def _of_evaluations() -> Mapping[str, str]:
    return {
        "evaluation-unreadable": _("The report cannot be read."),
        "evaluation-none": _("That is no report of `touchstone model evaluate --json`."),
        "evaluation-other": _("The report is about other models: these weights are not among what it measured."),
    }


def no_role(address: str, publisher: int, roles: str, *, sealed: bool) -> str:
    """That a key may not register models, and how it is let to; `roles` as the command takes them."""
    command = f"touchstone publisher signer add {plain(address, 42)} --roles {roles} --publisher {publisher}"
    if sealed:
        said = _("The key {address}, which sealed the model, may not register models for publisher {publisher}.")
    else:
        said = _("The key {address} may not register models for publisher {publisher}.")
    told = said.format(address=plain(address, 42), publisher=publisher)
    return _("{told} Whoever controls the publisher lets it with: {command}").format(told=told, command=command)


def unknown_parents(parents: Sequence[Parent]) -> tuple[str, ...]:
    """That models which it was made from are not registered."""
    said = _(
        "It was made from {name} ({weights}), which is not registered, as far as this computer knows. The record tells"
        " of it; the register will not."
    )
    return tuple(said.format(name=plain(one.name, 80), weights=middle(one.weights)) for one in parents)


def others(entries: Sequence[ModelEntry]) -> tuple[str, ...]:
    """That others have registered the same manifest."""
    said = _("Publisher {number} ({name}) has registered the same manifest, on {when}.")
    return tuple(
        said.format(number=one.publisher, name=plain(one.name, 60), when=chain.moment(one.registered))
        for one in entries
    )


def registered(name: str, model: str, publisher: int) -> str:
    """That a model is registered."""
    return _("{name} is registered for publisher {publisher}, as {model}.").format(
        name=plain(name, 64), publisher=publisher, model=model
    )


def already(name: str, model: str, publisher: int) -> str:
    """That it was registered before."""
    return _("{name} is registered for publisher {publisher} already, as {model}. Nothing was sent.").format(
        name=plain(name, 64), publisher=publisher, model=model
    )


def data(items: int) -> str:
    """What becomes known of the data."""
    return ngettext(
        "The register will tell that it was trained on {count} item, by a root that names none of them.",
        "The register will tell that it was trained on {count} items, by a root that names none of them.",
        items,
    ).format(count=formats.whole(items))


def not_registered(named: str) -> str:
    """That a model is on no register known here."""
    return _("{name} is not registered, as far as this computer knows.").format(name=plain(named, 120))


def not_yours(named: str) -> str:
    """That a model belongs to others."""
    return _("{name} is registered, but not for a publisher that this key acts for.").format(name=plain(named, 120))


def not_offered(named: str) -> str:
    """That a model was not offered to oneself."""
    return _("{name} was not offered to a publisher of yours.").format(name=plain(named, 120))


def several(entries: Sequence[ModelEntry]) -> str:
    """That more than one model is meant."""
    ids = "\n".join(
        _("{model}: publisher {number} ({name})").format(model=one.model, number=one.owner, name=plain(one.name, 60))
        for one in entries
    )
    return _("Several publishers have registered it. Name one by its id:\n{ids}").format(ids=ids)


def status(code: int) -> str:
    """How its owner says that a model stands, in a word."""
    return {1: _("active"), 2: _("deprecated"), 3: _("withdrawn")}.get(code, _("unknown"))


def has_status(code: int) -> str:
    """That a model has that status already."""
    return _("The model is {status} already.").format(status=status(code))


def is_withdrawn() -> str:
    """That a model was withdrawn, which cannot be undone."""
    return _("The model was withdrawn, and stays so.")


def changed(model: str, code: int, reason: int) -> str:
    """That a model's status changed."""
    return _("The model {model} is {status} now ({reason}).").format(
        model=model, status=status(code), reason=model_calls.reason(reason)
    )


def attested(model: str, evaluation: str) -> str:
    """That what was measured is attested."""
    return _("What was measured of the model {model} is attested, by the report {evaluation}.").format(
        model=model, evaluation=evaluation
    )


def attested_already() -> str:
    """That this report is attested."""
    return _("Your publisher has attested this report already. Nothing was sent.")


def nothing_attested() -> str:
    """That there is nothing to take back."""
    return _("Your publisher has attested nothing of this model.")


def taken_back(model: str) -> str:
    """That an attestation is withdrawn."""
    return _("What your publisher attested of the model {model} is taken back.").format(model=model)


def offered(model: str, to: int) -> str:
    """That a model is offered, or no longer."""
    if not to:
        return _("The model {model} is offered to nobody any more.").format(model=model)
    return _("The model {model} is offered to publisher {to}, which takes it with: {command}").format(
        model=model, to=to, command=f"touchstone model accept {model}"
    )


def accepted(model: str, publisher: int) -> str:
    """That a model went over."""
    return _("The model {model} belongs to publisher {publisher} now.").format(model=model, publisher=publisher)
