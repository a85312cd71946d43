"""What `touchstone model evaluate` does once the decoders are loading."""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Sequence

from touchstone import settings
from touchstone.check import evaluate_kept, evaluate_labels
from touchstone.check.evaluate_kept import Evaluation
from touchstone.check.evaluate_labels import Item, LabelError
from touchstone.check.evaluate_run import Evaluating, NothingMeasuredError, name_of
from touchstone.check.sandbox import Pool
from touchstone.cli.output import Ticker, complain
from touchstone.cli.stopping import stopped_by_signals
from touchstone.export import evaluation as export
from touchstone.export.write import ExportError, ExportTrouble
from touchstone.paths import Home
from touchstone.report import Witness
from touchstone.texts import _, detectors, evaluation, exports
from touchstone.texts.plain import plain


def run(arguments: argparse.Namespace, home: Home, pixels: Pool) -> int:
    """Measure; 1 where there was nothing to measure, or it was stopped; 2 where nothing was named."""
    if not (arguments.folder or arguments.labels or arguments.index):
        complain(_("Name a folder, or a table with --labels or --index."))
        return 2
    try:
        evaluating = _begun(arguments, home, pixels)
    except ExportError as error:
        return complain(_not_written(error))
    except LabelError as error:
        return complain(evaluation.label_trouble(error))
    except NothingMeasuredError:
        return complain(evaluation.no_model(arguments.model) if arguments.model else evaluation.no_detectors(None))
    except OSError as error:
        return complain(_("{file}: {why}").format(file=plain(error.filename), why=plain(error.strerror or error)))
    try:
        return _evaluate(arguments, evaluating)
    finally:
        evaluating.close()


def _begun(arguments: argparse.Namespace, home: Home, pixels: Pool) -> Evaluating:
    if arguments.report is not None:
        export.refuse_unwritable(arguments.report)
    items = _items(arguments)
    return Evaluating(home, settings.load(home), items, _name(arguments), model=arguments.model, pixels=pixels)


def _evaluate(arguments: argparse.Namespace, evaluating: Evaluating) -> int:
    if not _asked(evaluating):
        return 1
    try:
        found = evaluating.finish()
    except NothingMeasuredError as error:
        return complain(evaluation.nothing_scored(error.reasons))
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
    return name_of(arguments.folder or arguments.labels)


def _asked(evaluating: Evaluating) -> bool:
    """Ask about what is left; whether it came to its end."""
    cancel, total = threading.Event(), len(evaluating.items)
    done = evaluating.done()
    if done:
        complain(evaluation.done_before(done))
    with Ticker(total - done) as ticker, stopped_by_signals(cancel):
        for _path in evaluating.ask(cancel):
            ticker.step()
            done += 1
    if cancel.is_set():
        complain(evaluation.stopped(done, total))
    return not cancel.is_set()


def _not_written(error: ExportError) -> str:
    if error.code is ExportTrouble.NO_FORMAT:
        return evaluation.no_format(error.path)
    return exports.failure(error, error.path)
