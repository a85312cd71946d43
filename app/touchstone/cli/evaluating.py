"""What `touchstone model evaluate` does once the decoders are loading."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from touchstone import __version__, settings
from touchstone.check import detecting_lines, evaluate, evaluate_kept, evaluate_labels
from touchstone.check.detecting_files import DetectingFiles, Measuring, lines_of
from touchstone.check.detecting_lines import Line, LinesFile, NotLinesError, OtherDetectorsError, path_text
from touchstone.check.evaluate_kept import Evaluation, Model
from touchstone.check.evaluate_labels import Item, LabelError
from touchstone.check.sandbox import Pool
from touchstone.cli.output import Ticker, complain
from touchstone.cli.stopping import stopped_by_signals
from touchstone.export import evaluation as export
from touchstone.export.write import ExportError, ExportTrouble
from touchstone.paths import Home
from touchstone.report import Witness
from touchstone.store.files import make_folder
from touchstone.texts import _, detectors, evaluation, exports
from touchstone.texts.plain import plain

LEAST = 5  # pictures of a kind


def run(arguments: argparse.Namespace, home: Home, pixels: Pool) -> int:
    """Measure; 1 where there was nothing to measure, or it was stopped; 2 where nothing was named."""
    if not (arguments.folder or arguments.labels or arguments.index):
        complain(_("Name a folder, or a table with --labels or --index."))
        return 2
    try:
        if arguments.report is not None:
            export.refuse_unwritable(arguments.report)
        items = _items(arguments)
        evaluate_labels.refuse_unusable(items, LEAST)
    except ExportError as error:
        return complain(_not_written(error))
    except LabelError as error:
        return complain(evaluation.label_trouble(error))
    except OSError as error:
        return complain(_("{file}: {why}").format(file=plain(error.filename), why=plain(error.strerror or error)))
    store = Measuring(home, arguments.model)
    detecting = DetectingFiles(home, settings.load(home), store=store, pixels=pixels)
    try:
        if not detecting.asked:
            return complain(evaluation.no_model(arguments.model) if arguments.model else evaluation.no_detectors(None))
        return _evaluate(arguments, home, items, detecting)
    finally:
        detecting.close()


def _evaluate(arguments: argparse.Namespace, home: Home, items: list[Item], detecting: DetectingFiles) -> int:
    models = [
        Model(one.manifest.id, one.manifest.version, str(task), one.manifest.sha256)
        for task, one in detecting.asked.items()
    ]
    place = evaluate_kept.under_way(home.models, models, items)
    lines = _lines(place, detecting, items)
    if lines is None:
        return 1
    found = _found(_name(arguments), items, lines, models)
    measured = {one.witness for one in found.detectors if one.untouched + one.positive > one.unscored}
    place.unlink()
    if not measured:
        return complain(evaluation.nothing_scored(line.reason for line in lines))
    evaluate_kept.keep(home.models, found, [model for model in models if model.task in measured])
    if arguments.json:
        print(json.dumps(evaluate_kept.document(found), indent=2))
    else:
        print(as_text(found))
    if arguments.report is not None:
        try:
            export.save(found, arguments.report)
        except ExportError as error:
            return complain(_not_written(error))
    return 0


def as_text(found: Evaluation) -> str:
    """The figures for a terminal."""
    said = [evaluation.headline(found), "  " + evaluation.label_counts(found.labels), ""]
    for one in found.detectors:
        said.append(detectors.subject(Witness(one.witness)) + (f" ({plain(one.model, 64)})" if one.model else ""))
        said += _rows(evaluation.rows(one))
        said += [f"  {note}" for note in evaluation.notes(one)]
        said.append("")
    if found.together is not None:
        said += [_("All detectors together"), *_rows(evaluation.together_rows(found.together)), ""]
    return "\n".join([*said, evaluation.meaning()])


def _rows(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _value in rows), default=0)
    return [f"  {label:<{width}}  {value}" for label, value in rows]


def _items(arguments: argparse.Namespace) -> list[Item]:
    if arguments.index is not None:
        return evaluate_labels.from_index(arguments.index, split=arguments.split, use=arguments.use)
    if arguments.labels is not None:
        return evaluate_labels.from_table(arguments.labels, arguments.folder or arguments.labels.parent)
    return evaluate_labels.from_folders(arguments.folder)


def _name(arguments: argparse.Namespace) -> str:
    """What the set is called: by its folder, and by the part of the index."""
    if arguments.index is not None:
        named = (arguments.index.resolve().parent.name, arguments.split, arguments.use)
        return " · ".join(part for part in named if part)
    return path_text(Path((arguments.folder or arguments.labels).resolve().name))


def _lines(place: Path, detecting: DetectingFiles, items: Sequence[Item]) -> list[Line] | None:
    """What the detectors say of every picture, those that were done before it was stopped included; None if stopped."""
    make_folder(place.parent)
    with _taken_up(place, detecting) as kept:
        left = list(kept.left(item.path for item in items))
        if done := len(items) - len(left):
            complain(evaluation.done_before(done))
        if not _run(detecting, left, kept, len(items)):
            return None
    return detecting_lines.read(place)


def _taken_up(place: Path, detecting: DetectingFiles) -> LinesFile:
    try:
        return LinesFile(place, detecting.witnesses)
    except (NotLinesError, OtherDetectorsError):
        place.unlink()  # it is ours, and of no use
        return LinesFile(place, detecting.witnesses)


def _run(detecting: DetectingFiles, left: list[Path], kept: LinesFile, total: int) -> bool:
    """Ask about what is left; whether it came to its end."""
    cancel, done = threading.Event(), total - len(left)
    if left:
        detecting.warm()
    with Ticker(len(left)) as ticker, stopped_by_signals(cancel):
        for detected in detecting.run(left, cancel):
            kept.add(detecting.lines(detected))
            ticker.step()
            done += 1
    if cancel.is_set():
        complain(evaluation.stopped(done, total))
    return not cancel.is_set()


def _found(name: str, items: Sequence[Item], lines: Sequence[Line], models: Sequence[Model]) -> Evaluation:
    by_path = lines_of(lines)
    pairs = [(item, by_path.get(path_text(item.path), [])) for item in items]
    labels = {str(label): sum(item.label is label for item in items) for label in evaluate_labels.Label}
    return Evaluation(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        application=f"touchstone {__version__}",
        name=name,
        set_sha256=evaluate_kept.set_hash((item, said[0].sha256 if said else "") for item, said in pairs),
        pictures=len(items),
        sources=len({(item.label, item.source) for item in items}),
        labels={label: count for label, count in labels.items() if count},
        models=tuple(models),
        detectors=evaluate.measured(pairs),
        together=evaluate.together(pairs),
    )


def _not_written(error: ExportError) -> str:
    if error.code is ExportTrouble.NO_FORMAT:
        return evaluation.no_format(error.path)
    return exports.failure(error, error.path)
