"""What a transaction to the register of models would do, in plain words; `touchstone.texts.intents` asks here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from touchstone.texts import _, formats, ngettext
from touchstone.texts import call_words as words
from touchstone.texts.call_words import Params

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent

# What is there for ever and can be taken back only as a word about it.
REGISTRATIONS = frozenset({"model-register", "model-attest", "outputs-record"})
_ACTIVE, _DEPRECATED = 1, 2


def titles() -> Mapping[str, str]:
    """What each call is, in a few words."""
    return {
        "model-register": _("Register a model"),
        "model-status": _("Change a model's status"),
        "model-offer": _("Offer a model"),
        "model-accept": _("Take over a model"),
        "model-attest": _("Attest what was measured"),
        "model-attest-withdraw": _("Take back what was attested"),
        "outputs-record": _("Record outputs of models"),
        "outputs-withdraw": _("Withdraw a list of outputs"),
        "items-retire": _("Retire items from training"),
    }


def sentences() -> Mapping[str, Callable[[Params], str]]:
    """What each call does, in a sentence or two."""
    return {
        "model-register": _register,
        "model-status": _status,
        "model-offer": _offer,
        "model-accept": lambda p: _(
            "You take over the model {model}. From then on it belongs to the publisher it was offered to."
        ).format(model=words.model(p)),
        "model-attest": lambda p: _(
            "Publisher {publisher} attests what it measured of the model {model}, in a report with the hash {report}."
            " That takes the place of what it attested before."
        ).format(publisher=words.number(p), model=words.model(p), report=words.file(p, "evaluation")),
        "model-attest-withdraw": lambda p: _(
            "Publisher {publisher} takes back what it attested of the model {model} ({reason})."
        ).format(publisher=words.number(p), model=words.model(p), reason=reason(p.get("reason"))),
        "outputs-record": _record,
        "outputs-withdraw": lambda p: _(
            "The list of outputs {root}, which {signer} recorded, is withdrawn ({reason})."
        ).format(root=words.file(p, "root"), signer=words.address(p, "signer"), reason=reason(p.get("reason"))),
        "items-retire": _retire,
    }


def public_names() -> Mapping[str, str]:
    """What becomes public, by its code."""
    return {
        "model": _("the hashes of the model's manifest, weights and training record"),
        "data": _("how many items it was trained on, and the root over their hashes"),
        "evaluation": _("the hash of what was measured"),
        "parents": _("which models it was made from"),
        "status": _("the new status"),
        "transfer": _("which publishers it goes between"),
        "outputs": _("how many outputs, and the root over them"),
        "items": _("the hash of every item"),
    }


def warnings(intent: Intent) -> tuple[str, ...]:
    """What somebody would regret not having read."""
    said = []
    if {"model", "evaluation", "outputs"} & set(intent.public):
        said.append(
            _("Hashes stay public for ever, and can be guessed: whoever has a file can find out whether it is meant.")
        )
    if "data" in intent.public:
        said.append(_("The root names no item. Whoever is given a proof can check it against the root, for ever."))
    if intent.code == "model-status" and not intent.reversible:
        said.append(_("This is for ever: a model that was withdrawn never becomes active again."))
    if intent.code == "model-offer" and intent.params.get("to"):
        said.append(_("Once it is taken, the other publisher alone decides about the model."))
    if intent.code == "outputs-record":
        said.append(_("Whoever has the list can prove any line of it, for ever."))
    if intent.code == "items-retire":
        said.append(
            _(
                "This tells everybody the hash of each item. Whoever has such a file can see that it was named here,"
                " and that can neither be undone nor erased."
            )
        )
    return tuple(said)


def reasons() -> Mapping[int, str]:
    """Why a model's status changed, or what was said was withdrawn, by the number that the register has for it."""
    return {
        0: _("no reason given"),
        1: _("an error"),
        2: _("replaced by another model"),
        3: _("it was trained on what it should not have been"),
        4: _("it is wrong more often than was said"),
        5: _("it is not safe to run"),
        6: _("the key was compromised"),
    }


def reason(code: object) -> str:
    """One of them."""
    return reasons().get(code if type(code) is int else 0, _("a reason that is not known here"))


def retirement_reasons() -> Mapping[int, str]:
    """Why an item is trained on no more, by the number that the register has for it."""
    return {
        0: _("no reason given"),
        1: _("somebody whose it is, or who is in it, asked"),
        2: _("rights"),
        3: _("an error"),
        4: _("it is against the law"),
    }


def retirement_reason(code: object) -> str:
    """One of them."""
    return retirement_reasons().get(code if type(code) is int else 0, _("a reason that is not known here"))


def refusals(intent_code: str) -> Mapping[str, str]:
    """Why the register refuses, by the name of its error, where the other registers' words would not do."""
    if intent_code not in titles():
        return {}
    return {
        "AlreadyRegistered": _("this publisher has registered this model already."),
        "AlreadyRevoked": _("that was withdrawn already, for good."),
        "NotOffered": _("that model was not offered, or not to a publisher that this address controls."),
        "NotRegistered": _("that is not on the register."),
        "BatchSize": _("1 to 500 items can be retired at once, and a list or a root stands for at least one."),
    }


def _register(p: Params) -> str:
    said = _("Publisher {publisher} registers the model with the manifest {manifest}.").format(
        publisher=words.number(p), manifest=words.model(p, "manifest")
    )
    items, parents = words.count(p, "items"), words.count(p, "parents_count")
    if items:
        said += " " + ngettext(
            "It was trained on {count} item, under the root {root}.",
            "It was trained on {count} items, under the root {root}.",
            items,
        ).format(count=formats.whole(items), root=words.file(p, "dataRoot"))
    else:
        said += " " + _("It does not tell what it was trained on.")
    if parents:
        said += " " + ngettext(
            "It was made from {count} other model.", "It was made from {count} other models.", parents
        ).format(count=parents)
    return said


def _status(p: Params) -> str:
    model, why = words.model(p), reason(p.get("reason"))
    status = words.count(p, "status")
    if status == _ACTIVE:
        return _("The model {model} is called active again ({reason}).").format(model=model, reason=why)
    if status == _DEPRECATED:
        return _(
            "The model {model} is deprecated ({reason}): it is not for new use. What it said still counts."
        ).format(model=model, reason=why)
    return _("The model {model} is withdrawn for ever ({reason}). Nobody who looks it up should use it.").format(
        model=model, reason=why
    )


def _offer(p: Params) -> str:
    if not p.get("to"):
        return _("The offer of the model {model} is taken back.").format(model=words.model(p))
    return _("The model {model} is offered to publisher {to}, who can then take it.").format(
        model=words.model(p), to=words.number(p, "to")
    )


def _record(p: Params) -> str:
    outputs, root = words.count(p, "count"), words.file(p, "root")
    if not p.get("publisher"):
        return ngettext(
            "The address that signs records a list of {count} output of models under {root}, in its own name.",
            "The address that signs records a list of {count} outputs of models under {root}, in its own name.",
            outputs,
        ).format(count=formats.whole(outputs), root=root)
    return ngettext(
        "Publisher {publisher} records a list of {count} output of models under {root}.",
        "Publisher {publisher} records a list of {count} outputs of models under {root}.",
        outputs,
    ).format(publisher=words.number(p), count=formats.whole(outputs), root=root)


def _retire(p: Params) -> str:
    items, why = words.count(p, "items_count"), retirement_reason(p.get("reason"))
    if "items_only" in p:
        return _("Publisher {publisher} says that it will train on {item} no more ({reason}).").format(
            publisher=words.number(p), item=words.file(p, "items_only"), reason=why
        )
    return ngettext(
        "Publisher {publisher} says that it will train on {count} item no more ({reason}).",
        "Publisher {publisher} says that it will train on {count} items no more ({reason}).",
        items,
    ).format(publisher=words.number(p), count=formats.whole(items), reason=why)
