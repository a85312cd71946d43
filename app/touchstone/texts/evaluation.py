"""What an evaluation of detectors found, in words: figures with what they mean and how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.report import Finding, Status, Witness
from touchstone.texts import _, detectors, failures, formats, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.check.evaluate import Figure, Measured, Source, Together
    from touchstone.check.evaluate_kept import Evaluation
    from touchstone.check.evaluate_labels import LabelError

_NAME = 80
UNDECIDED = frozenset({"too-small", "recompressed", "disagree", "unfamiliar", "drawing", "between", "not-measured"})
FEW = 50  # pictures of a kind below which figures are called rough


def headline(evaluation: Evaluation) -> str:
    """What was measured on how much."""
    measured = ngettext("{count} detector", "{count} detectors", len(evaluation.detectors))
    pictures = ngettext("{count} picture", "{count} pictures", evaluation.pictures)
    sources = ngettext("{count} source", "{count} sources", evaluation.sources)
    return _("{detectors} measured on {pictures} from {sources}").format(
        detectors=measured.format(count=formats.whole(len(evaluation.detectors))),
        pictures=pictures.format(count=formats.whole(evaluation.pictures)),
        sources=sources.format(count=formats.whole(evaluation.sources)),
    )


def meaning() -> str:
    """How all of the figures are to be taken."""
    return _(
        "Every source counts the same, however many pictures it has. The ranges come from drawing sources again and"
        " again: 95 in 100 such draws lie inside. The figures hold for pictures like these, and for no others."
    )


def label_counts(labels: Mapping[str, int]) -> str:
    """How many pictures there are of each kind."""
    names = {"untouched": _("untouched"), "generated": _("generated"), "manipulated": _("manipulated")}
    said = [
        _("{count} {kind}").format(count=formats.whole(count), kind=names.get(label, plain(label, 40)))
        for label, count in labels.items()
    ]
    return ", ".join(said)


def percent(share: float | None) -> str:
    """A share as a percentage; a dash where there is none."""
    return "–" if share is None else _("{number} %").format(number=f"{share * 100:.1f}")


def number(value: float | None) -> str:
    """A figure between 0 and 1 as it is; a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def figure(found: Figure | None, *, as_share: bool = True) -> str:
    """A figure with its range: `2.1 % (0.4 % to 5.0 %)`."""
    said = percent if as_share else number
    if found is None or found.low is None or found.high is None:
        return said(None if found is None else found.value)
    return _("{value} ({low} to {high})").format(value=said(found.value), low=said(found.low), high=said(found.high))


def rows(measured: Measured) -> list[tuple[str, str]]:
    """The figures of one detector, as labels and values."""
    found = [
        (_("Pictures"), pictures(measured)),
        (_("Tells them apart (AUC; 0.5 is chance)"), figure(measured.auc, as_share=False)),
        (_("Untouched pictures flagged"), figure(measured.false_alarms)),
        (_("Worst source"), worst(measured.untouched_sources)),
        (_("Pictures to be found that are flagged"), figure(measured.recall)),
        (_("Decided, one way or the other"), figure(measured.coverage)),
        (_("Right where it decides (both kinds count the same)"), figure(measured.accuracy)),
        (_("Distance of scores from shares (calibration error)"), figure(measured.calibration_error, as_share=False)),
        (_("Limit"), number(measured.limit)),
        (_("At or above the limit, decided or not"), above(measured)),
    ]
    return [(label, value) for label, value in found if value not in {"", "–"}]


def pictures(measured: Measured) -> str:
    """How many pictures a detector was measured on."""
    return _("{untouched} untouched, {positive} to be found").format(
        untouched=formats.whole(measured.untouched), positive=formats.whole(measured.positive)
    )


def worst(sources: Sequence[Source]) -> str:
    """The source of which the largest share is flagged."""
    if not sources:
        return ""
    one = max(sources, key=lambda source: (source.signs, source.pictures))
    return _("{source}: {share} of {count}").format(
        source=plain(one.name, _NAME), share=percent(one.signs), count=formats.whole(one.pictures)
    )


def above(measured: Measured) -> str:
    """What the limit alone would flag."""
    if measured.false_alarms_above is None and measured.recall_above is None:
        return ""
    return _("{untouched} of the untouched, {positive} of those to be found").format(
        untouched=percent(measured.false_alarms_above), positive=percent(measured.recall_above)
    )


def together_rows(found: Together) -> list[tuple[str, str]]:
    """What all detectors flag between them, as labels and values."""
    return [
        (_("Untouched pictures flagged by any of them"), figure(found.false_alarms)),
        (
            _("Worst source"),
            _("{source}: {share}").format(source=plain(found.worst_source, _NAME), share=percent(found.worst_share)),
        ),
        (_("Pictures to be found that any of them flags"), figure(found.recall)),
    ]


def notes(measured: Measured) -> list[str]:
    """What has to be known before the figures of one detector are relied on, a sentence each."""
    said = []
    if not measured.positive:
        said.append(_("There are no pictures of the kind that it looks for, so only false alarms could be measured."))
    elif not measured.untouched:
        said.append(_("There are no untouched pictures for it, so false alarms could not be measured."))
    for count, sources, kind in (
        (measured.untouched, measured.untouched_sources, _("untouched pictures")),
        (measured.positive, measured.positive_sources, _("pictures to be found")),
    ):
        if 0 < count < FEW:
            said.append(_("There are only {count} {kind}: its figures are rough.").format(count=count, kind=kind))
        if count and len(sources) == 1:
            one = _("All {kind} come from one source: the ranges say nothing about how it fares on others.")
            said.append(one.format(kind=kind))
    if measured.unscored:
        one = ngettext("{count} picture got no score.", "{count} pictures got no score.", measured.unscored)
        said.append(one.format(count=formats.whole(measured.unscored)))
    for why, count in measured.outside.items():
        one = ngettext("{count} picture was left out: {why}.", "{count} pictures were left out: {why}.", count)
        said.append(one.format(count=formats.whole(count), why=reason(why)))
    return said


def reason(code: str) -> str:
    """Why a detector was not asked, gave no answer, or could not decide, as part of a sentence."""
    return detectors.not_asked().get(code) or failures.reason(code)


def line(witness: str, decision: str, why: str) -> str:
    """What one detector says of one file, without its rate."""
    if decision == "inconclusive" and why not in UNDECIDED:
        return _("Inconclusive: {why}.").format(why=reason(why))
    details = {"decision": decision, "reason": why}
    return detectors.decision(Finding(Witness(witness), Status.DONE, decision, details=details))


def undecided(witness: str, why: str) -> str:
    """Why a detector left a picture undecided, as a cell of a table."""
    return line(witness, "inconclusive", why)


def roc_title() -> str:
    """The title of the drawing of found pictures against false alarms."""
    return _("Found against false alarms")


def roc_description(measured: Measured) -> str:
    """That drawing in words."""
    return _(
        "How many pictures are found (upwards) at how many false alarms (to the right), at every limit. The area below"
        " the line is {auc}; chance would be a half, the dashed line. The dot is the limit in use."
    ).format(auc=number(measured.auc.value if measured.auc else None))


def reliability_title() -> str:
    """The title of the drawing of scores against shares."""
    return _("Scores against shares")


def reliability_description(measured: Measured) -> str:
    """That drawing in words."""
    error = measured.calibration_error
    return _(
        "Of pictures with a score (to the right), how many were made or changed (upwards). On the dashed line a score"
        " says exactly what it promises; the mean distance from it is {error}. Larger dots stand for more pictures."
    ).format(error=number(error.value if error else None))


def label_trouble(error: LabelError) -> str:
    """Why there is nothing to evaluate on, and what to do."""
    folders = _("Name folders untouched and generated (or manipulated), with a folder for each source inside.")
    one_class = {
        "untouched": _("There are no untouched pictures, so nothing can be told apart. {folders}"),
    }.get(error.what, _("All pictures are untouched, so nothing can be told apart. {folders}"))
    said = {
        "not-a-folder": _("{what}: there is no folder that can be read."),
        "no-labels": _("{what}: none of its folders says what is in it. {folders}"),
        "no-table": _("{what}: this is not a table of comma-separated values in UTF-8."),
        "no-column": _("The table has no column {what}."),
        "unknown-label": _("Line {line} has the label {what}; known are untouched, generated and manipulated."),
        "outside": _("Line {line} names {what}, which does not lie in the folder."),
        "too-many": _("There are more than {what} pictures."),
        "one-class": one_class,
        "too-few": _("There are fewer than {what} pictures of a kind: no figure would mean anything."),
    }[str(error.trouble)]
    return said.format(what=plain(error.what, 200), line=error.line, folders=folders)


def no_detectors(only: str | None) -> str:
    """Why nothing can be asked."""
    if only:
        return _("There is no detector here for {witness}, or it is switched off: touchstone model list").format(
            witness=detectors.subject(Witness(only))
        )
    return _("There are no detectors here that are switched on: touchstone model list")


def no_model(model_id: str) -> str:
    """That there is no model of this name."""
    return _("There is no detector {id} here: touchstone model list").format(id=plain(model_id, 64))


def nothing_scored(reasons: Iterable[str]) -> str:
    """Why an evaluation found nothing: no picture has a score."""
    counted = Counter(reasons)
    why = reason(counted.most_common(1)[0][0]) if counted else _("no detector was asked")
    return _("No picture got a score, so nothing was measured: {why}.").format(why=why)


def done_before(count: int) -> str:
    """That an evaluation goes on where it was stopped."""
    said = ngettext("{count} picture is done already.", "{count} pictures are done already.", count)
    return said.format(count=formats.whole(count))


def stopped(done: int, total: int) -> str:
    """How far an evaluation is that was stopped, and how to go on."""
    said = ngettext(
        "Stopped: {done} of {total} picture is done. The same command goes on from there.",
        "Stopped: {done} of {total} pictures are done. The same command goes on from there.",
        total,
    )
    return said.format(done=formats.whole(done), total=formats.whole(total))


def no_format(path: Path) -> str:
    """That an evaluation is written in other forms."""
    return _("{path}: figures are written as .html or .json. Choose a name that ends in one of these.").format(
        path=plain(path, 300)
    )


def other_detectors(path: Path) -> str:
    """Why a file of lines is not written on."""
    return _("{file} was begun with other detectors. Name another file.").format(file=plain(path))


def in_use(path: Path) -> str:
    """Why a file of lines is not written on now."""
    return _("Another run is writing to {file}. Wait for its end, or name another file.").format(file=plain(path))


def not_lines(path: Path) -> str:
    """Why a file that is something else is not written to."""
    return _("{file} holds something else than the lines of this command. Name another file.").format(file=plain(path))
