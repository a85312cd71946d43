"""What the credentials witness and the trust lists say, in words.

Names of signers that no list vouches for, titles, programs and hosts come from the file: they go through `plain`, and
a sentence says whose word they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Finding
from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

_NAME = 80


def sentence(finding: Finding) -> str:
    """One sentence for a finding of this witness."""
    params = finding.params
    simple = _simple().get(finding.code)
    if simple is not None:
        return simple
    if finding.code == "elsewhere":
        return _("The file says that its credentials are stored at {host}. They have not been fetched.").format(
            host=plain(params.get("untrusted_host") or _("an address it does not name"), _NAME)
        )
    return _signed(finding.code, params, finding.details)


def _simple() -> Mapping[str, str]:
    return {
        "none": _("No content credentials in this file."),
        "broken": _("There are content credentials in this file, but they are damaged and cannot be read."),
        "file-unreadable": _("The file could not be read far enough to look for content credentials."),
        "fragments-missing": _(
            "This is the beginning of a stream. Its credentials can only be held against the whole of it."
        ),
        "format-not-supported": _("Files of this kind cannot be looked through for content credentials."),
        "sidecar-alone": _("This file holds credentials alone. Check the media file that they belong to."),
    }


def _signed(code: str, params: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    name = signer(params)
    if code == "source-failed":
        return _source_failed(name, params, details)
    if code == "signed":
        return _trusted(name, params)
    sentences = {
        "changed": _("Changed since {name} signed it."),
        "changed-unknown": _("Changed since an unknown signer signed it."),
        "signed-expired": _(
            "Unchanged since it was signed. The certificate has run out, and no trusted time stamp shows that it"
            " was signed before. It names {name}."
        ),
        "signed-revoked": _("Unchanged since it was signed, with a certificate that its issuer has withdrawn."),
        "signed-unknown": _("Signed and unchanged; the signer is on none of your lists. The certificate names {name}."),
    }
    return sentences[code].format(name=name)


def _trusted(name: str, params: Mapping[str, Any]) -> str:
    if params.get("signed_at"):
        return _("Signed by {name} and unchanged since, time-stamped {date}. The signer is on {list}.").format(
            name=name, date=day(params["signed_at"]), list=list_name(params.get("list"))
        )
    return _("Signed by {name} and unchanged since. The signer is on {list}.").format(
        name=name, list=list_name(params.get("list"))
    )


def _source_failed(name: str, params: Mapping[str, Any], details: Mapping[str, Any]) -> str:
    failed = details.get("failed_ingredients")
    count = len(failed) if isinstance(failed, (list, tuple)) and failed else 1
    what = ngettext(
        "A source inside it is not what was signed.", "{count} sources inside it are not what was signed.", count
    ).format(count=count)
    if params.get("issuer_name"):
        return _("Signed by {name} and unchanged since, but: {what}").format(name=name, what=what)
    return _("Signed by an unknown signer and unchanged since, but: {what}").format(what=what)


def signer(params: Mapping[str, Any]) -> str:
    """The signer as the certificate names it: organisation, and product or unit where that is another name."""
    name = params.get("issuer_name") or params.get("untrusted_issuer_name")
    product = params.get("issuer_product") or params.get("untrusted_issuer_product")
    if not name:
        return _("nobody")
    if not product:
        return plain(name, _NAME)
    return _("{organisation} ({product})").format(organisation=plain(name, _NAME), product=plain(product, _NAME))


def list_name(slot: object) -> str:
    """A trust list in the middle of a sentence."""
    names = {
        "official": _("the official C2PA list"),
        "interim": _("the interim list of 2025"),
        "yours": _("your own list"),
        "samples": _("the list of the samples and practice files made on this computer"),
        "time-stamps": _("the official list of time-stamp authorities"),
    }
    return names.get(str(slot), _("no list"))


def issuer(code: object) -> str:
    """What is known of a signer: a word or two for a table."""
    names = {
        "official": _("official list"),
        "interim": _("interim list"),
        "yours": _("your list"),
        "samples": _("sample"),
        "expired": _("certificate expired"),
        "revoked": _("certificate withdrawn"),
        "unknown": _("on no list"),
        "none": _("not signed"),
    }
    return names.get(str(code), _("not known"))


def integrity(code: object) -> str:
    """What became of a file since it was signed: a word or two for a table."""
    names = {
        "intact": _("unchanged"),
        "changed": _("changed"),
        "broken": _("credentials damaged"),
        "none": _("no credentials"),
        "elsewhere": _("credentials elsewhere"),
    }
    return names.get(str(code), _("not known"))


def relation(code: object) -> str:
    """How a source was used."""
    names = {
        "this": _("this file"),
        "parent": _("made from"),
        "component": _("contains"),
        "input": _("used as input"),
    }
    return names.get(str(code), _("refers to"))


def stamp(code: object) -> str:
    """What is known of the time of signing."""
    names = {
        "trusted": _("time-stamped by an authority on a list"),
        "untrusted": _("time-stamped by an authority that is on no list; the time is the signer's say"),
        "unchecked": _("time-stamped in the older way, where the authority is not checked"),
        "invalid": _("carries a time stamp that does not fit"),
        "none": _("not time-stamped"),
    }
    return names.get(str(code), _("not known"))


def identity(code: object) -> str:
    """Whether a person's identity is claimed."""
    if code == "not-checked-offline":
        return _("An identity is claimed as well. It could only be checked online, so it was not.")
    return _("No personal identity is claimed.")


def coverage(code: object) -> str:
    """Whether every byte is covered by the signature."""
    names = {
        "whole": _("The signature covers the whole file."),
        "exclusions": _("Some parts of the file were left out of what was signed."),
    }
    return names.get(str(code), _("It is not known which parts of the file the signature covers."))


def signal(code: object) -> str:
    """One thing that a signer says about how a file came to be."""
    return _sources().get(str(code)) or _edits().get(str(code)) or _("changed in a way that has no name here")


def _sources() -> Mapping[str, str]:
    return {
        "captured": _("captured with a camera or microphone"),
        "captured-computed": _("captured with a camera that computes its pictures"),
        "digitised": _("digitised from film or print"),
        "edited-by-people": _("edited by people, without generative AI"),
        "composite-captured": _("put together from several captures"),
        "enhanced-by-program": _("enhanced by a program"),
        "made-by-program": _("made by a program, not by a trained model"),
        "made-from-data": _("drawn from data"),
        "drawn": _("made by hand with software"),
        "virtual-recording": _("recorded from a virtual event"),
        "composite": _("put together from several parts"),
        "generated-part": _("partly AI-generated"),
        "generated-wholly": _("wholly AI-generated"),
        "screen-capture": _("captured from a screen"),
        "blank-start": _("started from an empty canvas"),
    }


def _edits() -> Mapping[str, str]:
    return {
        "text-added": _("text added"),
        "colour-adjusted": _("colours adjusted"),
        "speed-changed": _("speed changed"),
        "converted": _("converted to another format"),
        "created": _("created"),
        "cropped": _("cropped"),
        "parts-deleted": _("parts deleted"),
        "drawn-on": _("drawn on"),
        "dubbed": _("dubbed"),
        "edited": _("edited"),
        "metadata-edited": _("metadata edited"),
        "enhanced": _("enhanced"),
        "filtered": _("filtered"),
        "opened": _("opened from another file"),
        "turned": _("turned or mirrored"),
        "placed": _("other files placed in it"),
        "published": _("published"),
        "redacted": _("parts of the credentials redacted"),
        "removed": _("a part taken out"),
        "repackaged": _("repackaged without change"),
        "resized": _("resized"),
        "transcoded": _("encoded again"),
        "translated": _("translated"),
        "trimmed": _("trimmed"),
        "unknown-edit": _("changed in a way the signer does not name"),
        "watermarked": _("watermarked"),
    }


def fetch_failure(code: object, status: int = 0) -> str:
    """Why something could not be fetched from an address, and what to do."""
    names = {
        "not-https": _("Only https addresses are fetched, and this is not one."),
        "bad-address": _("That is not an address."),
        "private-address": _("The address leads to this computer or the network around it. It was not fetched."),
        "unreachable": _("The host could not be reached. Is this computer online?"),
        "tls": _("The host could not prove who it is. Nothing was fetched."),
        "moved": _("The host sent us on to another one. Nothing was fetched."),
        "too-large": _("What the host sent is too large. Nothing was kept."),
        "timeout": _("The host took too long to answer."),
    }
    if code == "refused":
        return _("The host refused (answer {status}).").format(status=status)
    return names.get(str(code), _("It could not be fetched."))


def list_refusal(code: object) -> str:
    """Why a file was not taken as a trust list."""
    names = {
        "too-large": _("The file is too large for a trust list."),
        "private-key": _("The file holds a private key. A trust list never does: keep that file to yourself."),
        "not-a-list": _("The file is not a trust list: it has neither PEM certificates nor the C2PA's JSON."),
        "no-certificate": _("None of the certificates in the file can be read."),
        "no-authority": _(
            "The certificates in the file are signers' own. A list needs those of the authorities that issued them."
        ),
        "too-many": _("There are more certificates or files than a list may have."),
        "all-expired": _("Every certificate in the file has run out."),
        "older": _("The list in place is newer than this one. Nothing was changed."),
        "time-stamps-elsewhere": _(
            "These are time-stamp authorities. They belong beside the official list (--as official)."
        ),
    }
    return names.get(str(code), _("The file was not taken."))


def day(moment: object) -> str:
    """The day of an ISO 8601 moment, in local time; what is not one stays as it is."""
    return formats.day(moment)
