"""An evaluation under way: every labelled picture asked about, taken up where it was stopped, its figures kept.

What the command line and the window do alike: `ask` is gone through, then `finish` measures.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from touchstone import __version__
from touchstone.check import detecting_lines, evaluate, evaluate_kept, evaluate_labels
from touchstone.check.detecting_files import DetectingFiles, Measuring, lines_of
from touchstone.check.detecting_lines import Line, LinesFile, NotLinesError, OtherDetectorsError, path_text
from touchstone.check.evaluate_kept import Evaluation, Model
from touchstone.check.evaluate_labels import Item
from touchstone.check.sandbox import Pool
from touchstone.paths import Home
from touchstone.settings import Settings
from touchstone.store.files import make_folder

LEAST = 5  # pictures of a kind


class NothingMeasuredError(Exception):
    """No picture got a score. `reasons` are those of the lines, one each; none where there was no detector to ask."""

    def __init__(self, reasons: Sequence[str] = ()) -> None:
        super().__init__("nothing measured")
        self.reasons = reasons


class Evaluating:
    """One evaluation of `items`, called `name`; of one detector alone where its id is given.

    Raises:
        LabelError: there are too few pictures of a kind.
        NothingMeasuredError: there is no such detector.
    """

    def __init__(
        self, home: Home, settings: Settings, items: Sequence[Item], name: str, *, model: str = "",
        pixels: Pool | None = None,
    ) -> None:  # fmt: skip
        evaluate_labels.refuse_unusable(items, LEAST)
        self.items = items
        self._home, self._name = home, name
        self._detecting = DetectingFiles(home, settings, store=Measuring(home, model), pixels=pixels)
        if not self._detecting.asked:
            self.close()
            raise NothingMeasuredError
        self.models = [
            Model(one.manifest.id, one.manifest.version, str(task), one.manifest.sha256)
            for task, one in self._detecting.asked.items()
        ]
        self._place = evaluate_kept.under_way(home.models, self.models, items)

    def close(self) -> None:
        """End every process."""
        self._detecting.close()

    def done(self) -> int:
        """How many pictures were done when it was last stopped.

        Raises:
            OSError: the system refuses to keep what is found.
        """
        with self._taken_up() as kept:
            return len(self.items) - len(self._left(kept))

    def ask(self, cancel: threading.Event) -> Iterator[Path]:
        """Ask about what is left; each picture once it is done. Setting `cancel` ends it.

        Raises:
            OSError: the system refuses to keep what is found.
        """
        with self._taken_up() as kept:
            left = self._left(kept)
            if left:
                self._detecting.warm()
            for detected in self._detecting.run(left, cancel):
                kept.add(self._detecting.lines(detected))
                yield detected.path

    def finish(self) -> Evaluation:
        """The figures, kept for each detector that gave a score.

        Raises:
            NothingMeasuredError: none did.
            OSError: the system refuses.
        """
        lines = detecting_lines.read(self._place)
        found = self._found(lines)
        self._place.unlink()
        measured = {one.witness for one in found.detectors if one.untouched + one.positive > one.unscored}
        if not measured:
            raise NothingMeasuredError([line.reason for line in lines])
        evaluate_kept.keep(self._home.models, found, [model for model in self.models if model.task in measured])
        return found

    def _left(self, kept: LinesFile) -> list[Path]:
        return list(kept.left(item.path for item in self.items))

    def _taken_up(self) -> LinesFile:
        make_folder(self._place.parent)
        try:
            return LinesFile(self._place, self._detecting.witnesses)
        except (NotLinesError, OtherDetectorsError):
            self._place.unlink()  # it is ours, and of no use
            return LinesFile(self._place, self._detecting.witnesses)

    def _found(self, lines: Sequence[Line]) -> Evaluation:
        by_path, items = lines_of(lines), self.items
        pairs = [(item, by_path.get(path_text(item.path), [])) for item in items]
        labels = {str(label): sum(item.label is label for item in items) for label in evaluate_labels.Label}
        return Evaluation(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            application=f"touchstone {__version__}",
            name=self._name,
            set_sha256=evaluate_kept.set_hash((item, said[0].sha256 if said else "") for item, said in pairs),
            pictures=len(items),
            sources=len({(item.label, item.source) for item in items}),
            labels={label: count for label, count in labels.items() if count},
            models=tuple(self.models),
            detectors=evaluate.measured(pairs),
            together=evaluate.together(pairs),
        )


def name_of(path: Path) -> str:
    """What a set of pictures is called: by its folder or table."""
    return path_text(Path(path.resolve().name))
