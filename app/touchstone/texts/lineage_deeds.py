"""What can be done with the lineage of models in the window: asked about items, registered, withdrawn, recorded."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain


def collect() -> str:
    """The switch."""
    return _("Collect what detectors say, so that I can record it")


def about_collecting() -> str:
    """What the switch does, and does not."""
    return _(
        "From now on, what detectors say in checks is set aside on this computer. Nothing of it is sent before you"
        " press Record and agree to what you are then shown."
    )


def reading_history() -> str:
    """What is being done."""
    return _("Looking through the history")


def nothing_recorded() -> str:
    """What stands in place of the table of lists."""
    return _("You have recorded nothing yet. What you record is listed here, and can be withdrawn.")


def begun() -> str:
    """A list was written, and nobody knows that it was recorded."""
    return _("A list that was begun before is not recorded yet. Record goes on with it.")


def no_key() -> str:
    """There is nobody to sign."""
    return _("Recording needs a key of yours. You get one by becoming a publisher.")


def no_publisher() -> str:
    """There is no publisher to register a model for."""
    return _("To register a model you need a publisher of your own, and a key of it that may sign for models.")


def withdraw_list(count: int) -> str:
    """The question before a list is withdrawn."""
    said = ngettext("Withdraw the list of {count} output", "Withdraw the list of {count} outputs", count)
    return said.format(count=formats.whole(count))


def withdraw_list_means() -> str:
    """What that does."""
    return _("The list stays readable for ever, marked as withdrawn, with this reason.")


def list_withdrawn() -> str:
    """A list was withdrawn."""
    return _("The list was withdrawn. Whoever looks it up is told so from now on.")


def register_title(title: str) -> str:
    """The question before a model is registered."""
    return _("Register {title}").format(title=plain(title, 120))


def registering_means() -> str:
    """What that does."""
    return _(
        "The hashes of its manifest, weights, training record, data and figures go to the register, for ever. Its files"
        " stay on this computer."
    )


def public_address() -> str:
    """What the address is for."""
    return _("An address stays public for ever. Name one only where the model's folder can be had by everybody.")


def withdraw_title(title: str) -> str:
    """The question before a model is withdrawn."""
    return _("Withdraw {title}").format(title=plain(title, 120))


def withdrawing_means() -> str:
    """What that does."""
    return _("The registration stays readable for ever, with what you say of it here.")


def statuses() -> Mapping[int, str]:
    """What its owner can say of a model, by the register's number of the status."""
    return {
        1: _("Say that it can be used again."),
        2: _("Advise against using it any more. Checks still ask it, and say so. This can be taken back."),
        3: _("Withdraw it for good. Checks no longer ask it. This can never be taken back."),
    }


def was_registered() -> str:
    """A model was registered."""
    return _("The model is registered.")


def was_withdrawn() -> str:
    """A model was withdrawn."""
    return _("The model was withdrawn. Checks do not ask it any more.")


def was_activated() -> str:
    """A model is in use again."""
    return _("The register says from now on that this model can be used again.")


def no_role(address: str, *, sealed: bool) -> str:
    """A key may not sign for the models of a publisher."""
    said = _("The key {address} may not register models for this publisher.")
    if sealed:
        said = _("The key {address}, which sealed the model, may not register models for this publisher.")
    told = said.format(address=plain(address, 42))
    return _("{told} Let it under Publisher, with the right to sign for models, then register again.").format(told=told)


def was_deprecated() -> str:
    """A model was advised against."""
    return _("The register says from now on that you advise against this model.")


def about_items() -> str:
    """What can be asked about an item."""
    return _(
        "Choose the file, drop it here, or paste its SHA-256. It is looked up in the list that came with the model:"
        " nothing leaves this computer."
    )


def looking_up() -> str:
    """What is being done."""
    return _("Looking the item up")


def item_means(code: str) -> str:
    """What an answer about an item rests on."""
    return {
        "present": _(
            "The proof leads from this item to the root that the training record names. Whoever trained the model can"
            " be asked to leave it out."
        ),
        "absent": _(
            "The proof shows the two neighbours in the sorted list between which this item would stand, with nothing"
            " between them."
        ),
        "unknown": _("Ask whoever made the model for data.items, the list that the training record names."),
    }.get(code, "")


def bad_hash() -> str:
    """What was typed is no SHA-256."""
    return _("That is no SHA-256: it has 64 digits and letters from a to f. Choose the file instead.")
