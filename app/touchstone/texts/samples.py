"""What the sample files are, in words, and what can go wrong in making them."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.texts import _
from touchstone.texts.plain import plain


def describe(code: str) -> str:
    """One line about a sample; `code` is its key in `touchstone.check.samples.NAMES`."""
    return {
        "signed": _("A harbour at dusk, signed by the sample signer, registered, and unchanged since."),
        "changed": _("The same file after someone took the largest boat out: the credentials no longer fit it."),
        "laundered": _("The changed file, signed once more: the new signature holds, the source inside it does not."),
        "expired": _("Mountains, signed and unchanged; the certificate has run out, and there is no time stamp."),
        "declared-ai": _("A ringed planet whose credentials say that a model made it. (It was drawn by code.)"),
        "generator-text": _("Northern lights, with an image generator's settings left in the file, unsigned."),
        "stripped": _("The harbour again, the same picture to the last pixel, with its credentials taken out."),
        "smaller": _("The harbour at half its size, saved again: nothing left but a likeness to the registered one."),
        "plain": _("Pears on a table. Nothing in the file tells of its origin, but it is registered."),
        "composite": _("Two signed pictures in one, signed: its history shows where both came from."),
        "video-signed": _("A lighthouse at night, a short film, signed and unchanged."),
        "video-changed": _("The same film without its ship, under the credentials of the first."),
        "sound-signed": _("A tune, signed and unchanged."),
        "sound-changed": _("The same tune with some of its notes moved, under the credentials of the first."),
        "withdrawn": _("Balloons over fields, registered on the practice ledger and withdrawn again."),
        "everyday": _("Other mountains. No credentials, no traces, not registered: most files are like this."),
    }[code]


def readme(names: Mapping[str, str]) -> str:
    """The text of the README beside the samples; `names` gives file names by code."""
    lines = [
        _("Sample files of Touchstone"),
        "",
        _(
            "All of them were drawn, recorded and signed by code on this computer. Their signer is a sample:"
            " its key was thrown away as soon as they were signed, and it vouches for nothing else. Three of them are"
            " registered on the practice ledger of this computer, by a publisher that is a sample too."
        ),
        "",
    ]
    for code, name in names.items():
        lines += [name, f"    {describe(code)}"]
    return "\n".join(lines) + "\n"


def step(number: int, of: int, name: str) -> str:
    """What is being made now."""
    return _("Making sample {number} of {of}: {name}").format(number=number, of=of, name=name)


def registering() -> str:
    """That samples are being registered now."""
    return _("Registering samples on the practice ledger")


def not_registered(why: str) -> str:
    """That the samples are there, but not on the practice ledger; `why` is a `touchstone.chain.errors.ChainTrouble`."""
    said = {
        "busy": _("another program was writing to it"),
        "full": _("the disk is full"),
        "read-only": _("it cannot be written to"),
        "damaged": _("it is damaged"),
    }.get(why, _("it could not be written ({code})").format(code=plain(why, 40)))
    return _(
        "The samples are complete, but they could not be registered on the practice ledger: {why}. Until they are, the"
        " register knows nothing of them. Make them again to try once more."
    ).format(why=said)


def problem(code: str, folder: object, name: str = "") -> str:
    """Why no samples were made; `code` is a `touchstone.check.samples.SamplesFailure`."""
    said = {
        "not-a-folder": _("{folder} is not a folder. Choose another place for the samples."),
        "not-ours": _(
            "{folder} has a file named {name} that is not one of the samples made here. Nothing was written;"
            " choose another folder, or move that file away."
        ),
        "read-only": _("{folder} cannot be written to. Choose another folder for the samples."),
        "full": _("There is not enough room for the samples in {folder}: they need about 13 MB."),
        "failed": _("The samples could not be written to {folder}. Choose another folder."),
        "home": _(
            "The record of samples could not be kept in the application's own folder, so that none were written."
            " Make room there, or allow writing to it."
        ),
        "cannot-make": _("The samples could not be made: the program that draws and signs them gave up."),
    }[code]
    return said.format(folder=plain(folder, 400), name=plain(name))
