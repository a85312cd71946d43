"""What each witness says, as a sentence; and what none of them could say, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from touchstone.report import DETECTORS, Finding, NotChecked, Status, Witness
from touchstone.texts import _, credentials, facts, failures, register, reviewers, traces
from touchstone.texts import detectors as estimates
from touchstone.texts.plain import plain


def witness_name(witness: Witness) -> str:
    """What a witness is called."""
    names = {
        Witness.CREDENTIALS: _("Content credentials"),
        Witness.FACTS: _("File facts"),
        Witness.REGISTER: _("Publisher register"),
        Witness.REVIEWERS: _("Reviewers"),
    }
    if witness in DETECTORS:
        return _("Detector: {subject}").format(subject=estimates.subject(witness))
    return names[witness]


def witness_names(witnesses: Sequence[Witness]) -> str:
    """Several witnesses in a row; the detectors among them are named together."""
    named = [witness_name(w) for w in witnesses if w not in DETECTORS]
    subjects = [estimates.subject(w) for w in witnesses if w in DETECTORS]
    if len(subjects) == len(DETECTORS):
        named.append(_("Detectors"))
    elif subjects:
        named.append(_("Detectors: {subjects}").format(subjects=", ".join(subjects)))
    return "; ".join(named) if subjects and len(subjects) < len(DETECTORS) else ", ".join(named)


def witness_question(witness: Witness) -> str:
    """The question that a witness answers."""
    if witness is Witness.CREDENTIALS:
        return _("Who signed this file, is it unchanged since, and what do they say it is?")
    if witness is Witness.FACTS:
        return _("What do its metadata and its make admit?")
    if witness is Witness.REGISTER:
        return _("Has a publisher registered exactly this file, or one that looks like it?")
    if witness is Witness.REVIEWERS:
        return _("Has anyone disputed it, and what did reviewers decide?")
    return _("Does it look generated, swapped or spliced?")


def status_word(status: Status) -> str:
    """How far a witness got, in a word or two."""
    return {
        Status.DONE: _("checked"),
        Status.NOT_CHECKED: _("not checked"),
        Status.FAILED: _("could not be checked"),
    }[status]


def sentence(finding: Finding) -> str:
    """What a witness says, as a sentence or two."""
    if finding.status is Status.NOT_CHECKED:
        return _("Not checked: {why}.").format(why=reason(finding.code))
    if finding.status is Status.FAILED and finding.witness in DETECTORS:
        return estimates.failed(finding)
    if finding.status is Status.FAILED:
        code = _failure(finding)
        why = register.failure(code) or failures.reason(code, _seconds(finding))
        return _("Could not be checked: {why}.").format(why=why)
    said = _SENTENCES.get(finding.witness, estimates.sentence)
    return said(finding)


def in_full(finding: Finding) -> str:
    """What a witness says and what has to be known of it, in one paragraph: for places that have no room for rows."""
    if finding.witness not in DETECTORS:
        return sentence(finding)
    model = estimates.model_line(finding)
    more = [traces.stood_out(finding), *estimates.notes(finding), f"{model}." if model else ""]
    said = [sentence(finding), *(more if finding.status is Status.DONE else [estimates.advice(finding)])]
    return " ".join(part for part in said if part)


def left_open(entry: NotChecked) -> str:
    """A question that a report leaves open, and why, as a sentence."""
    return _("{witness}: {why}.").format(witness=witness_name(entry.witness), why=reason(entry.why, entry.witness))


def reason(why: str, witness: Witness | None = None) -> str:
    """Why something was not checked, as part of a sentence. A detector's failure is not called a reader's."""
    said = _reasons().get(why) or register.failure(why)
    if not said and witness in DETECTORS and plain(why) == why:
        return estimates.reason(why)
    if said:
        return said
    return failures.reason(why) if plain(why) == why else _("no reason that can be shown")


def _reasons() -> Mapping[str, str]:
    return {
        "not-installed": _("not installed yet"),
        "not-applicable": _("does not apply to files of this kind"),
        "not-measured": _("its error rate has not been measured here"),
        "no-consent": _("would have to ask another computer, and was not allowed to"),
        "offline": _("needs a network, and there is none"),
        "format-not-supported": _("files of this kind cannot be looked through for it"),
        "sidecar-alone": _("this file holds credentials alone; check the media file they belong to"),
        "unsupported": _("there is no reader for files of this kind"),
        "kind-not-read": _("there is no reader for files of this kind"),
        "file-unreadable": _("the file could not be read far enough to look for it"),
        "remote-manifest": _("the credentials are stored elsewhere and were not fetched"),
        "identity-offline": _("a claimed identity can only be checked online, so it was not"),
        "bytes-not-covered": _("some parts of the file are outside what was signed"),
        "no-official-list": _("the official trust list is not on this computer"),
        "revocation-offline": _("whether the certificate was withdrawn later can only be asked online, so it was not"),
        "invisible-watermarks": _("invisible watermarks such as SynthID cannot be read on your own computer"),
        **estimates.not_asked(),
    }


_SENTENCES: Mapping[Witness, Callable[[Finding], str]] = {
    Witness.CREDENTIALS: credentials.sentence,
    Witness.FACTS: facts.sentence,
    Witness.REGISTER: register.sentence,
    Witness.REVIEWERS: reviewers.sentence,
}


def _failure(finding: Finding) -> object:
    return finding.params.get("failure") or finding.params.get("why") or finding.code


def _seconds(finding: Finding) -> object:
    return finding.params.get("seconds")
