"""The answer in words: its headline, what that means, and what contradicts it.

Nothing here says more than was established. "Signed by X" and "X says" name whose word something is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchstone.report import Answer, Conflict, Message, Report
from touchstone.texts import _, credentials, failures, formats, generators, ngettext, registrations
from touchstone.texts.plain import plain

_NAME = 80


def answer_word(answer: Answer) -> str:
    """An answer in a word or two, for lists and captions."""
    return {
        Answer.REFUTED: _("Refuted"),
        Answer.DOUBTFUL: _("Doubtful"),
        Answer.DECLARED_AI: _("Declared AI"),
        Answer.UPHELD: _("Upheld"),
        Answer.TRACED: _("Traced"),
        Answer.REGISTERED: _("Registered"),
        Answer.SIGNED_UNKNOWN: _("Signed, signer unknown"),
        Answer.SIMILAR: _("Looks similar"),
        Answer.UNREADABLE: _("Unreadable"),
        Answer.NO_PROOF: _("No proof"),
    }[answer]


def tone(answer: Answer, headline: Message) -> str:
    """The tone that goes with an answer: `stone`, `ink`, `amber` or `brick`. It never stands alone."""
    if answer is Answer.REFUTED or headline.code == "changed":
        return "brick"
    if answer in {Answer.DOUBTFUL, Answer.DECLARED_AI, Answer.SIMILAR}:
        return "amber"
    return "stone" if answer in {Answer.UNREADABLE, Answer.NO_PROOF} else "ink"


def headline(message: Message) -> str:
    """The strongest true statement about a file, without a full stop."""
    said = _headline(message.code, message.params)
    if message.params.get("sample"):
        return _("Sample: {headline}").format(headline=said)
    if message.params.get("practice"):
        return _("Practice: {headline}").format(headline=said)
    return said


def _headline(code: str, params: Mapping[str, Any]) -> str:
    fixed = _fixed_headlines().get(code)
    if fixed is not None:
        return fixed
    for told in (_told_by_signer, _told_by_panel, registrations.headline, _told_by_file):
        said = told(code, params)
        if said:
            return said
    return _("An answer that this version has no words for ({code})").format(code=plain(code, 40))


def _fixed_headlines() -> Mapping[str, str]:
    return {
        "source-changed": _("A source inside it was changed"),
        "source-failed": _("The record of a source inside it does not hold"),
        "similar-altered": _("Looks like a file that reviewers found altered"),
        "similar-generated": _("Looks like a file that reviewers found generated"),
        "no-proof": _("No proof either way"),
        "no-proof-broken": _("No proof either way; its content credentials are damaged"),
        "no-proof-elsewhere": _("No proof either way; its content credentials are stored elsewhere"),
    }


def _told_by_signer(code: str, params: Mapping[str, Any]) -> str:
    name = credentials.signer(params) if params.get("issuer_name") else ""
    match code:
        case "changed" if name:
            return _("Changed since {name} signed it").format(name=name)
        case "changed":
            return _("Changed since an unknown signer signed it")
        case "signed-ai":
            return _declared(name, params)
        case "traced":
            return _traced(name, params)
        case "signed-unknown" | "signed-expired" | "signed-revoked":
            return _signed_by_nobody_known(code, params)
    return ""


def _declared(name: str, params: Mapping[str, Any]) -> str:
    signer = name or _("The signer")
    if params.get("extent") == "part":
        said = _("{signer} says: AI-generated in part").format(signer=signer)
    else:
        said = _("{signer} says: AI-generated").format(signer=signer)
    return _with_list(said, params)


def _traced(name: str, params: Mapping[str, Any]) -> str:
    signer = name or _("a signer without a name")
    if params.get("time_stamp"):
        said = _("Signed by {signer}, unchanged, time-stamped {day}").format(
            signer=signer, day=formats.day(params["time_stamp"])
        )
    else:
        said = _("Signed by {signer}, unchanged").format(signer=signer)
    lost = _count(params, "untraceable")
    if lost:
        sources = ngettext("{count} source not traceable", "{count} sources not traceable", lost).format(
            count=formats.whole(lost)
        )
        said = _("{headline}, {sources}").format(headline=said, sources=sources)
    return _with_list(said, params)


def _with_list(said: str, params: Mapping[str, Any]) -> str:
    """A statement with the list that vouches for the signer; samples are named as such at its beginning."""
    names = {
        "official": _("official list"),
        "interim": _("interim list"),
        "yours": _("your own list"),
    }
    name = names.get(str(params.get("list")))
    return _("{headline} · {list}").format(headline=said, list=name) if name else said


def _signed_by_nobody_known(code: str, params: Mapping[str, Any]) -> str:
    said = {
        "signed-expired": _("Signed and unchanged; the certificate expired without a time stamp"),
        "signed-revoked": _("Signed and unchanged; the signer's certificate was revoked"),
    }.get(code, _("Signed and unchanged; the signer is on none of your lists"))
    if code == "signed-unknown" and params.get("no_lists"):
        said = _("Signed and unchanged; there is no trust list here that could name the signer")
    if not params.get("declares_ai"):
        return said
    part = params["declares_ai"] == "part"
    if code == "signed-unknown" and not params.get("no_lists"):
        quoted = _("{headline} and says: AI-generated in part") if part else _("{headline} and says: AI-generated")
    elif part:
        quoted = _("{headline}; the signer says: AI-generated in part")
    else:
        quoted = _("{headline}; the signer says: AI-generated")
    return quoted.format(headline=said)


def _told_by_panel(code: str, params: Mapping[str, Any]) -> str:
    said = {
        "refuted-altered": _("Reviewers found it altered ({votes} of {seats} seats, final)"),
        "refuted-generated": _("Reviewers found it generated ({votes} of {seats} seats, final)"),
        "upheld": _("Reviewers found no manipulation ({votes} of {seats} seats, final)"),
    }.get(code)
    if said is None:
        return ""
    return said.format(votes=formats.whole(_count(params, "votes")), seats=formats.whole(_count(params, "seats")))


def _told_by_file(code: str, params: Mapping[str, Any]) -> str:
    if code == "file-says-ai":
        name = generators.name(params.get("generator"))
        if name:
            return _("The file itself says: made with {generator} (unsigned)").format(generator=name)
        return _("The file itself says: AI-generated (unsigned)")
    if code == "detectors":
        return {
            "manipulation": _("Detectors see signs of manipulation"),
            "both": _("Detectors see signs of generation and of manipulation"),
        }.get(str(params.get("kind")), _("Detectors see signs of generation"))
    if code == "unreadable":
        return _("Could not be read: {why}").format(why=failures.reason(params.get("reason"), params.get("seconds")))
    return ""


def meaning(report: Report) -> str:
    """What a headline means for whoever has to decide: a sentence or two."""
    code, params = report.headline.code, report.headline.params
    if code == "unreadable":
        return failures.advice(params.get("reason"))
    if code == "signed-unknown" and params.get("no_lists"):
        return _("Get or import a trust list in the settings, then check again. Until then the signer may be anybody.")
    said = (
        registrations.meaning(code, params)
        or _meanings_of_signatures().get(code)
        or _meanings_of_others().get(code)
        or ""
    )
    if code == "traced" and params.get("list") == "yours":
        return _("{meaning} You put the signer on your own list; no public list is asked.").format(meaning=said)
    if code == "traced" and params.get("list") == "interim":
        return _("{meaning} The interim list has been frozen since January 2026 and is not the official one.").format(
            meaning=said
        )
    return said


def _meanings_of_signatures() -> Mapping[str, str]:
    return {
        "changed": _("What you see is not what was signed. The signature says nothing about this version."),
        "source-changed": _(
            "The outer signature holds, but something that went into the file was altered after it was signed."
        ),
        "source-failed": _(
            "The outer signature holds, but what it says about something that went into the file cannot be confirmed."
        ),
        "signed-ai": _("The signer states this about its own file. The signature holds and the file is unchanged."),
        "traced": _(
            "You know where it comes from, not whether what it shows is so. A certificate issued to a product names"
            " the product, not a person."
        ),
        "signed-unknown": _("Nothing was changed since somebody signed it, but nobody you rely on vouches for who."),
        "signed-expired": _(
            "Nothing was changed since it was signed. Without a time stamp nobody can tell whether that was before"
            " the certificate ran out; this happens to honest files."
        ),
        "signed-revoked": _(
            "Nothing was changed since it was signed, but whoever issued the certificate has withdrawn it."
        ),
        "no-proof-broken": _("Something in the file should say where it comes from, but it cannot be read."),
        "no-proof-elsewhere": _(
            "The file names an address for its credentials. Fetching them tells that host what you are checking, so"
            " it is left to you."
        ),
    }


def _meanings_of_others() -> Mapping[str, str]:
    panel = _("A full panel of staked reviewers looked at exactly this file, and the time for appeals is over.")
    alike = _("Likeness is not identity: look at both files side by side before you conclude anything.")
    return {
        "refuted-altered": panel,
        "refuted-generated": panel,
        "upheld": panel,
        "file-says-ai": _(
            "A note inside the file says so. It is not signed: whoever had the file in hand could have written it."
        ),
        "similar-altered": alike,
        "similar-generated": alike,
        "similar-registered": alike,
        "similar-registered-unverified": alike,
        "detectors": _(
            "This is an estimate, not proof: detectors also flag some photographs that nobody touched. The rates are"
            " given with each."
        ),
        "no-proof": _("That is common, and says nothing for or against it. Most files carry no proof at all."),
    }


def conflict(found: Conflict) -> str:
    """A contradiction between witnesses, as a sentence."""
    said = _conflicts_of_signatures().get(found.code) or _conflicts_of_others().get(found.code)
    if said is None:
        return _("Two witnesses contradict each other in a way that this version has no words for ({code}).").format(
            code=plain(found.code, 40)
        )
    params = found.params
    return said.format(
        publisher=plain(params.get("untrusted_publisher") or _("a publisher without a name"), _NAME),
        generator=generators.name(params.get("generator")) or _("generative AI"),
        votes=formats.whole(_count(params, "votes")),
        seats=formats.whole(_count(params, "seats")),
        count=formats.whole(_count(params, "claims")),
    )


def _conflicts_of_signatures() -> Mapping[str, str]:
    return {
        "signed-but-file-says-ai": _(
            "The credentials do not say that it is AI-generated, but a note in the file says: made with {generator}."
        ),
        "signed-ai-but-file-says-captured": _(
            "The credentials say that it is AI-generated, but a note in the file says that a camera captured it."
        ),
        "signed-but-thumbnail-differs": _(
            "The credentials say that the file is unchanged, but the small picture inside it shows something else. It"
            " may have been edited before it was signed."
        ),
        "changed-but-registered": _(
            "The file was changed after it was signed, yet {publisher} registered exactly this version."
        ),
        "signed-but-withdrawn": _("The signature holds, but {publisher} registered this file and has withdrawn it."),
        "manifests-disagree": _(
            "The credentials inside the file and those stored next to it disagree about whether it is unchanged."
        ),
        "similar-altered-but-signed": _(
            "The signature holds, but the file looks like one that reviewers found altered."
        ),
        "signs-but-captured": _("The signer says that a camera captured it, but detectors see signs against that."),
        "signed-but-recorded-ai": _(
            "The credentials do not say that it is AI-generated, but {publisher} recorded that a model made it."
        ),
        "signs-but-signed": _("The credentials say nothing of generation, but detectors see signs of it."),
    }


def _conflicts_of_others() -> Mapping[str, str]:
    return {
        "ruled-altered-but-signed": _(
            "Reviewers found it altered ({votes} of {seats} seats), but the credentials say that it is unchanged since"
            " it was signed. It may have been altered before."
        ),
        "ruled-altered-but-registered": _(
            "Reviewers found it altered ({votes} of {seats} seats), but a publisher still stands by it."
        ),
        "ruled-unaltered-but-signed-ai": _(
            "Reviewers found no manipulation ({votes} of {seats} seats), but the signer says that it is AI-generated."
        ),
        "ruled-unaltered-but-file-says-ai": _(
            "Reviewers found no manipulation ({votes} of {seats} seats), but a note in the file says that it is"
            " AI-generated."
        ),
        "ruled-unaltered-but-changed": _(
            "Reviewers found no manipulation ({votes} of {seats} seats), but the file, or a source inside it, is not"
            " as it was signed."
        ),
        "ruled-unaltered-but-withdrawn": _(
            "Reviewers found no manipulation ({votes} of {seats} seats), but the publisher that registered it has"
            " withdrawn it."
        ),
        "several-claimants": _("{count} publishers have registered exactly this file."),
        "registered-but-file-says-ai": _(
            "{publisher} registered exactly this file, and a note in it says that it is AI-generated."
        ),
        "registered-but-recorded-ai": _(
            "A publisher stands by this file, but {publisher} recorded that a model made it."
        ),
        "ruled-unaltered-but-recorded-ai": _(
            "Reviewers found no manipulation, but {publisher} recorded that a model made it."
        ),
        "signs-but-ruled-unaltered": _("Reviewers found no manipulation, but detectors see signs of it."),
        "detectors-disagree": _("Some detectors see signs, others see none."),
    }


def _count(params: Mapping[str, Any], key: str) -> int:
    value = params.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
