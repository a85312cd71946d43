"""What a detector estimates, in words: never without its error rate, and never a percentage alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from touchstone.report import DETECTORS, Finding, Status, Witness
from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import middle, plain

_HASH_ENDS = 6  # characters of a SHA-256 that stay at either end


def subject(witness: Witness) -> str:
    """What a detector looks at, in a word or two."""
    return {
        Witness.AI_IMAGE: _("AI images"),
        Witness.FORENSIC: _("forensic traces"),
        Witness.FACE: _("faces"),
        Witness.SPLICE: _("splices"),
        Witness.VIDEO: _("video"),
        Witness.VOICE: _("voices"),
    }[witness]


def title(witness: Witness) -> str:
    """What a detector is called in a list of detectors."""
    return {
        Witness.AI_IMAGE: _("Generated pictures"),
        Witness.FORENSIC: _("Forensic traces"),
        Witness.FACE: _("Changed faces"),
        Witness.SPLICE: _("Splices and copies"),
        Witness.VIDEO: _("Video"),
        Witness.VOICE: _("Voices"),
    }[witness]


def looked_at(witness: Witness) -> str:
    """What a detector looks at, as a sentence."""
    return {
        Witness.AI_IMAGE: _("It looks at the whole picture for what image generators leave in it."),
        Witness.FORENSIC: _("It measures noise, frequencies and compression, which generators get wrong."),
        Witness.FACE: _("It looks at each face that is large enough, for signs that it was replaced or changed."),
        Witness.SPLICE: _("It looks for parts that were put in from elsewhere or copied within the picture."),
        Witness.VIDEO: _("It looks at frames spread over the clip, and at what they have in common."),
        Witness.VOICE: _("It listens for what speech synthesis leaves in a voice."),
    }[witness]


def sentence(finding: Finding) -> str:
    """What a detector that was asked sees, and how often it is wrong."""
    rate_said = rate_beside(finding)
    return _("{finding} {rate}").format(finding=decision(finding), rate=rate_said) if rate_said else decision(finding)


def decision(finding: Finding) -> str:
    """What a detector sees, in words: signs, none, or that it cannot tell and why."""
    found = finding.details.get("decision")
    if found == "signs":
        return _signs(finding)
    if found == "none":
        return _("No signs found. That does not show that there are none.")
    why = _undecided(finding.witness).get(str(finding.details.get("reason")), _("it cannot tell"))
    return _("Inconclusive: {why}.").format(why=why)


def rate_beside(finding: Finding) -> str:
    """The error rate, for a place beside the decision; empty where that itself says that there is none."""
    unmeasured = finding.details.get("decision") == "inconclusive" and finding.details.get("reason") == "not-measured"
    return "" if unmeasured else rate(finding)


def rate(finding: Finding) -> str:
    """How often a detector is wrong at its limit, and how much it finds there, in words."""
    rates = finding.details.get("error_rate")
    measured = rates if isinstance(rates, Mapping) else {}
    alarms, worst, found = (_share(measured.get(name)) for name in ("false_alarms", "worst_source", "recall"))
    if alarms is None:
        return _("How often it is wrong has not been measured.")
    untouched, wanted = _things(finding.witness)
    said = _flagged(alarms, worst, untouched)
    if found is None:
        return _("{flagged} How many {wanted} it finds has not been measured.").format(flagged=said, wanted=wanted)
    return _("{flagged} It finds {found} {wanted}.").format(
        flagged=said, found=formats.in_hundred(found), wanted=wanted
    )


def _flagged(alarms: float, worst: float | None, untouched: str) -> str:
    known = {"rate": formats.in_hundred(alarms), "untouched": untouched}
    if worst is None:
        return _("At this limit {rate} {untouched} are flagged.").format(**known)
    return _("At this limit {rate} {untouched} are flagged; in the worst source it was measured on, {worst}.").format(
        **known, worst=formats.in_hundred(worst)
    )


def _things(witness: Witness) -> tuple[str, str]:
    """What is flagged by mistake, and what is to be found."""
    photographs = _("photographs that nobody touched")
    return {
        Witness.AI_IMAGE: (photographs, _("generated pictures")),
        Witness.FORENSIC: (photographs, _("generated pictures")),
        Witness.FACE: (_("faces that nobody touched"), _("changed faces")),
        Witness.SPLICE: (photographs, _("pictures with a part put in or copied")),
        Witness.VIDEO: (_("clips that nobody touched"), _("generated or changed clips")),
        Witness.VOICE: (_("recordings that nobody touched"), _("synthesised voices")),
    }.get(witness, (photographs, _("generated pictures")))


def _signs(finding: Finding) -> str:
    if finding.witness is Witness.VIDEO and finding.details.get("led_by") == str(Witness.FACE):
        return _("Signs found in its frames that a face was replaced or changed.")
    return {
        Witness.FORENSIC: _("Signs of generation found in its noise, frequencies or compression."),
        Witness.FACE: _("Signs found that a face was replaced or changed."),
        Witness.SPLICE: _("Signs found that parts were put in or copied."),
        Witness.VIDEO: _("Signs of generation found in its frames."),
        Witness.VOICE: _("Signs found that the voice was synthesised."),
    }.get(finding.witness, _("Signs of generation found."))


def _undecided(witness: Witness) -> Mapping[str, str]:
    small = _("the picture is too small")
    unmeasured = _("how often this model is wrong has not been measured")
    if witness is Witness.FACE:
        small = _("the faces in it are too small")
    if witness is Witness.VIDEO:
        unmeasured = _("how often a clip is flagged by mistake has not been measured")
    return {
        "too-small": small,
        "recompressed": _("it was compressed too heavily, which wipes out what is looked for"),
        "disagree": _("its own measurements disagree"),
        "unfamiliar": _("it is unlike anything that this detector was measured on"),
        "drawing": _("this seems to be a drawing or a screenshot, not a photograph"),
        "between": _("the score lies between what is common in untouched files and what counts as a sign"),
        "not-measured": unmeasured,
    }


def fold_line(findings: Sequence[Finding]) -> str:
    """What all detectors came to, on one line; a sign never without how often that one is wrong."""
    done = [f for f in findings if f.status is Status.DONE]
    signs = [f for f in done if f.details.get("decision") == "signs"]
    if signs:
        return _("Signs found: {which}").format(which="; ".join(map(_sign_with_rate, signs)))
    clear = sum(f.details.get("decision") == "none" for f in done)
    said = [
        ngettext("{count} found no signs", "{count} found no signs", clear).format(count=clear) if clear else "",
        ngettext("{count} is inconclusive", "{count} are inconclusive", len(done) - clear).format(
            count=len(done) - clear
        )
        if len(done) > clear
        else "",
    ]
    if done:
        return ", ".join(part for part in said if part)
    reasons = {reason(_code(f)) for f in findings}
    return _("Not checked: {why}").format(why=reasons.pop()) if len(reasons) == 1 else _("Not checked")


def _sign_with_rate(finding: Finding) -> str:
    rates = finding.details.get("error_rate")
    alarms = _share(rates.get("false_alarms")) if isinstance(rates, Mapping) else None
    if alarms is None:
        return _("{subject} (error rate not measured)").format(subject=subject(finding.witness))
    return _("{subject} (flags {rate} untouched)").format(
        subject=subject(finding.witness), rate=formats.in_hundred(alarms)
    )


def failed(finding: Finding) -> str:
    """Why a detector gave no answer, as a sentence."""
    return _("Could not be checked: {why}.").format(why=reason(_code(finding), finding.params.get("seconds")))


def advice(finding: Finding) -> str:
    """What to do about a detector that was not asked, or gave no answer; empty for one that did."""
    if finding.status is Status.DONE:
        return ""
    return _next_steps().get(_code(finding), _("Check the file again. What the other witnesses say holds without it."))


def reason(code: str, seconds: object = None) -> str:
    """Why a detector was not asked or gave no answer, as part of a sentence."""
    if code == "timeout" and isinstance(seconds, (int, float)) and not isinstance(seconds, bool):
        return _("the detector was stopped after {seconds} s").format(seconds=formats.whole(seconds))
    return {**not_asked(), **_failures()}.get(code) or _("the detector failed ({code})").format(code=plain(code, 40))


def not_asked() -> Mapping[str, str]:
    """Reasons that detectors alone give for not having looked, as parts of sentences."""
    return {
        "no-face": _("no face was found that is large enough"),
        "no-video": _("this is not a video"),
        "no-voice": _("there is no voice in it"),
        "not-a-picture": _("there is no picture in it"),
        "switched-off": _("detectors are switched off"),
        "model-missing": _("its model is not on this computer"),
        "model-changed": _("its model file is not the one that its manifest names, so it was not run"),
        "model-refused": _("its model asks for what a model may not have, so it was not run"),
        "model-withdrawn": _("its owner has withdrawn its model on the register, so it was not run"),
        "model-differs": _("its model is not as the register has it, so it was not run"),
        "broken-output": _("its model answered with what is no number in range"),
    }


def _failures() -> Mapping[str, str]:
    return {
        "not-installed": _("not installed yet"),
        "unreadable": _("the picture could not be read"),
        "undecodable": _("the picture could not be read"),
        "unsupported": _("files of this kind have no picture to look at"),
        "too-large": _("the picture is larger than is looked at"),
        "timeout": _("the detector took too long and was stopped"),
        "cpu": _("the detector worked for too long and was stopped"),
        "memory": _("the detector needed more memory than it may have"),
        "crashed": _("the detector crashed"),
        "protocol": _("the detector answered in a way that is not allowed"),
        "internal": _("the detector failed"),
        "unavailable": _("no detector could be started"),
        "stopped": _("it was stopped"),
    }


def _next_steps() -> Mapping[str, str]:
    again = _("Check the file again. If that happens once more, remove the model, or add another version of it.")
    readable = _("Detectors need a picture that can be opened. Get another copy of the file, and check that.")
    return {
        "not-installed": _("Add a model for it, in the list of models or with: touchstone model add FOLDER"),
        "no-face": _(
            "Nothing needs to be done. Faces that are small in the picture are left out; to have one looked at, cut"
            " that part out and check it."
        ),
        "no-video": _("Nothing needs to be done: this detector looks at videos alone."),
        "no-voice": _("Nothing needs to be done: this detector listens to voices alone."),
        "not-a-picture": _("Nothing needs to be done: detectors look at pictures and at the frames of videos."),
        "switched-off": _("Switch it on in the settings or in the list of models, and check the file again."),
        "model-missing": _("Install the application again, or add the model anew: touchstone model add FOLDER"),
        "model-changed": _(
            "It was damaged or exchanged. Add the model anew from where you had it; if it came with the application,"
            " install that again."
        ),
        "model-refused": _("Ask whoever made the model for a version that keeps to what a detector may do."),
        "model-withdrawn": _("Look at why in the list of models, and add another version of it where there is one."),
        "model-differs": _(
            "Somebody changed what belongs to it. Add the model anew from where you had it; if it came with the"
            " application, install that again. The list of models shows what differs."
        ),
        "broken-output": _("Nothing of it was used. Remove the model if that happens again, and tell whoever made it."),
        "unreadable": readable,
        "undecodable": readable,
        "unsupported": readable,
        "too-large": _("Check a smaller version of it, but know that a smaller version is another file."),
        "timeout": _("Allow more time for one file in the settings, or close other programs, and check again."),
        "cpu": _("Allow more time for one file in the settings, or close other programs, and check again."),
        "memory": _("Close other programs, and check again."),
        "crashed": again,
        "protocol": again,
        "internal": again,
        "unavailable": _("The fault lies with this computer, not with the file. Start the application again."),
        "stopped": _("Check the file again, and let it come to its end."),
    }


def notes(finding: Finding) -> list[str]:
    """What else has to be known of a finding, a sentence for each."""
    details, said = finding.details, []
    if finding.witness is Witness.VIDEO and details.get("led_by") in {str(w) for w in DETECTORS}:
        led = title(Witness(str(details["led_by"])))
        said.append(_("The frames were looked at by the detector for: {detector}.").format(detector=led))
    if details.get("agreed") is True:
        said.append(_("Two detectors with the same question agree, each at the limit that holds where they do."))
    if details.get("joint_limit") is False and details.get("decision") == "signs":
        said.append(
            _("It does not count towards the answer: its limit is not part of the budget that all detectors share.")
        )
    if details.get("standing") == "deprecated":
        said.append(_("The owner of its model advises against using it any longer."))
    return said


def model_line(finding: Finding) -> str:
    """The model that was run, by name, version, the two ends of its hash and its standing; empty where none was."""
    name, sha256 = finding.details.get("model"), finding.details.get("model_sha256")
    if not isinstance(name, str) or not name:
        return ""
    named = " ".join(part for part in (plain(name, 64), plain(finding.version, 40)) if part)
    if not isinstance(sha256, str) or not sha256:
        return _("Model {name}").format(name=named)
    said = _("Model {name}, SHA-256 {hash}").format(name=named, hash=middle(plain(sha256, 64), _HASH_ENDS))
    standing = _standings().get(str(finding.details.get("standing")))
    return _("{model}, {standing}").format(model=said, standing=standing) if standing else said


def technical(finding: Finding) -> list[tuple[str, str]]:
    """The raw figures of a finding, as labels and values, for those who want them."""
    details = finding.details
    rates = details.get("error_rate")
    measured_on = rates.get("set") if isinstance(rates, Mapping) else None
    rows = [
        (_("Score"), _number(details.get("score"))),
        (_("Limit"), _number(details.get("limit"))),
        (_("Median of the frames"), _number(details.get("median"))),
        (_("Highest tenth of the frames"), _number(details.get("p90"))),
        (_("Measured on"), plain(measured_on, 200) if isinstance(measured_on, str) else ""),
        (_("In the register of models"), _registered(details)),
    ]
    return [(label, value) for label, value in rows if value]


def _standings() -> Mapping[str, str]:
    return {
        "registered": _("registered"),
        "deprecated": _("registered; its owner advises against using it"),
        "withdrawn": _("withdrawn by its owner"),
        "differs": _("not as the register has it"),
        "not-registered": _("not registered"),
    }


def _registered(details: Mapping[str, Any]) -> str:
    by = details.get("registered_by")
    name = plain(by.get("untrusted_name"), 60) if isinstance(by, Mapping) else ""
    match details.get("standing"):
        case "registered":
            return _("yes, by {name}").format(name=name) if name else _("yes")
        case "deprecated":
            return _("yes; its owner advises against using it")
        case "withdrawn":
            return _("withdrawn by its owner")
        case "differs":
            return _("otherwise than it is here")
        case "unknown":
            return _("not known: the register could not be read")
    return _("no") if details.get("registered") is False else ""


def detectors_of(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of detectors, in their usual order."""
    return sorted((f for f in findings if f.witness in DETECTORS), key=lambda f: DETECTORS.index(f.witness))


def _code(finding: Finding) -> str:
    return str(finding.params.get("failure") or finding.params.get("why") or finding.code)


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return ""
    return f"{value:.3f}"


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return None
    return float(value)
