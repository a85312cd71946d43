"""Detectors in exports: the document and its schema, maps and frames on the page and in the PDF, a terminal's words."""

from __future__ import annotations

import base64
import copy
import os
import re

import jsonschema
import numpy as np
import pytest
from tests.ui import detecting
from tests.unit import examples as made
from tests.unit.test_export import SCHEMA, Seen, decoded

from touchstone.cli.output import as_text
from touchstone.export import detected, document, heatmap, html, layers, page
from touchstone.report import Finding, Report, Status, Witness, loads

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PICTURES = {"thumbnail": made.picture(), **detecting.pictures()}


@pytest.fixture(scope="module")
def report() -> Report:
    return detecting.every_witness()


@pytest.fixture(scope="module")
def seen(report: Report) -> Seen:
    return Seen(html.render(report, PICTURES))


class TestDocument:
    def test_it_keeps_to_the_schema_and_comes_back_whole(self, report: Report) -> None:
        data = document.to_document(report)
        VALIDATOR.validate(data)
        assert loads(document.canonical(data)) == report

    def test_a_map_is_named_and_not_carried(self, report: Report) -> None:
        found = {f["witness"]: f["details"].get("map") for f in document.to_document(report)["findings"]}
        assert found["ai-image"] == "map-ai-image"
        assert found["splice"] == "map-splice"

    @pytest.mark.parametrize(
        ("key", "value"),
        [("decision", "fake"), ("reason", "mood"), ("score", 1.5), ("model_sha256", "abc"), ("boxes", [[0, 0, 2, 1]]),
         ("error_rate", {"false_alarms": 3}), ("timeline", [{"time": 1}]), ("features", [["x"]])],
    )  # fmt: skip
    def test_the_schema_knows_no_other_values(self, report: Report, key: str, value: object) -> None:
        data = copy.deepcopy(document.to_document(report))
        finding = next(f for f in data["findings"] if f["witness"] == "ai-image")
        finding["details"][key] = value
        assert not VALIDATOR.is_valid(data)


class TestPage:
    def test_every_finding_says_its_rate_and_its_model(self, report: Report, seen: Seen) -> None:
        assert seen.open == []
        for finding in document.to_document(report)["findings"]:
            if finding["status"] == "done":
                assert finding["text"] in seen.text
        assert seen.text.count(detecting.SHA256) >= 5
        assert "What stood out most, held against photographs: the grain of its noise" in seen.text
        assert "Nothing of it was used. Remove the model if that happens again" in seen.text

    def test_maps_lie_over_the_picture_where_they_point(self, seen: Seen) -> None:
        images = [a for tag, a in seen.tags if tag == "img"]
        assert [a["alt"] for a in images] == [
            "",
            "Generation: strongest at the top, right.",
            "The faces that were looked at",
            "Splice: strongest at the bottom, left.",
        ]
        plain, generation, _faces, splice = (_pixels(str(a["src"])) for a in images)
        for drawn, place in ((generation, (0.8, 0.2)), (splice, (0.2, 0.8))):
            assert drawn.shape == plain.shape
            frame = [np.all(drawn == ink, axis=2) for ink in (heatmap.OUTLINE, heatmap.OUTLINE_DARK)]
            differs = np.where(frame[0] | frame[1], 0, np.abs(drawn - plain).sum(axis=2))
            rows, columns = np.nonzero(differs > 0.8 * differs.max())
            middle = (columns.mean() / plain.shape[1], rows.mean() / plain.shape[0])
            assert middle == pytest.approx(place, abs=0.15)

    def test_a_map_is_called_a_hint(self, seen: Seen) -> None:
        assert seen.text.count("A map is a hint where to look. It is not proof") == 2

    def test_frames_are_a_picture_that_needs_nothing_beside_it(self, seen: Seen) -> None:
        (plot,) = [a for tag, a in seen.tags if tag == "svg" and a.get("class") == "plot"]
        assert plot["aria-label"] == "5 of 24 frames lie above the limit."
        dots = [a["class"] for tag, a in seen.tags if tag == "circle" and a.get("class")]
        assert dots.count("above") == 5
        assert dots.count("below") == 19
        (line,) = [a for tag, a in seen.tags if tag == "polyline"]
        assert len(str(line["points"]).split()) == 24
        assert "The dashed line is the limit." in seen.text
        assert "0:11.5" in seen.text

    def test_without_maps_and_pictures_the_words_are_all_there(self, report: Report) -> None:
        bare = Seen(html.render(report, {}))
        assert not [tag for tag, _a in bare.tags if tag == "img"]
        assert "At this limit 3 in 100" in bare.text

    def test_what_a_model_calls_itself_breaks_nothing(self) -> None:
        hostile = {"model": made.HOSTILE, "error_rate": {"set": made.HOSTILE}, "map": "map-ai-image"}
        shown = html.render(made.report(made.facts(), made.detector(**hostile)), PICTURES)
        assert "<b>Evil" not in shown
        assert "\u202e" not in shown


def _pixels(source: str) -> np.ndarray:
    width, height, rgb = decoded(base64.b64decode(source.split(",")[1]))
    return np.frombuffer(rgb, np.uint8).reshape(height, width, 3).astype(int)


class TestPlot:
    def test_points_lie_within_and_times_run_on(self) -> None:
        plot = detected.plot_of(layers.frames_of(detecting.clip()))
        assert plot is not None
        assert all(0 <= x <= plot.width and 0 <= y <= plot.height for x, y in plot.points)
        assert [x for x, _y in plot.points] == sorted(x for x, _y in plot.points)
        assert plot.points[0] == (0, plot.height)
        assert plot.points[-1] == (plot.width, 0)
        assert plot.limit == pytest.approx(0.2 * plot.height)
        assert [said for _x, said in plot.ticks] == ["0:00.0", "0:02.9", "0:05.8", "0:08.6", "0:11.5"]

    def test_frames_at_one_moment(self) -> None:
        same = [{"time": 1.0, "score": 0.5}] * 3
        plot = detected.plot_of(layers.frames_of(detecting.clip(timeline=same, limit=None)))
        assert plot is not None
        assert plot.limit is None
        assert {x for x, _y in plot.points} == {0.0}

    @pytest.mark.parametrize("count", [0, 1])
    def test_too_few_frames_are_no_plot(self, count: int) -> None:
        assert detected.plot_of(layers.frames_of(detecting.clip(count))) is None


class TestPdf:
    def test_figures_are_drawn_and_columns_keep_their_width(self, report: Report, qapp: object) -> None:
        document_ = _laid_out(report)
        text = re.sub(r"\s+", " ", document_.toPlainText())
        assert "Detector: forensic traces" in text
        assert "Where the estimate of generation comes from." in text
        assert "The dashed line is the limit." in text
        images, block = 0, document_.begin()
        while block.isValid():
            images += block.text().count("\N{OBJECT REPLACEMENT CHARACTER}")
            if block.text() in {"Detector: AI images", "Detector: splices"}:
                assert block.layout().lineCount() <= 2  # a label that is squeezed breaks within its words
                words = [_line(block, n) for n in range(block.layout().lineCount())]
                assert " ".join(words) == block.text()
            block = block.next()
        assert images == 6  # the icon of the answer, the picture, three figures, and the frames

    def test_it_is_a_file(self, report: Report, qapp: object) -> None:
        from touchstone.export import pdf

        assert pdf.encode(report, PICTURES).startswith(b"%PDF")


def _line(block, number: int) -> str:
    line = block.layout().lineAt(number)
    return block.text()[line.textStart() : line.textStart() + line.textLength()].strip()


def _laid_out(report: Report):
    from PySide6.QtCore import QBuffer, QIODevice

    from touchstone.export import pdf

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    shown = page.build(report, PICTURES)
    writer = pdf._writer(buffer, shown)
    laid = pdf._document(shown, writer)
    laid._kept = (buffer, writer, shown)
    return laid


class TestTerminal:
    def test_it_says_what_the_page_says(self, report: Report) -> None:
        said = re.sub(r"\s+", " ", as_text(report))
        assert "Generated pictures Signs of generation found. At this limit 3 in 100 photographs" in said
        assert "Model ai-image 1, SHA-256 3f2a9c…2a9c1e." in said
        assert "the grain of its noise (very far from usual)" in said
        assert "Voices Could not be checked: its model answered with what is no number in range." in said
        assert "%" not in said
        assert "0.93" not in said

    def test_a_failed_detector_is_not_called_a_reader(self) -> None:
        found = made.report(made.facts(), made.failed(Witness.VIDEO, "crashed"))
        said = re.sub(r"\s+", " ", as_text(found))
        assert "the detector crashed" in said
        assert "the reader crashed" not in said

    def test_one_that_was_switched_off(self) -> None:
        found = made.report(made.facts(), Finding(Witness.FACE, Status.NOT_CHECKED, "switched-off"))
        assert "Detectors: faces: detectors are switched off" in re.sub(r"\s+", " ", as_text(found))
