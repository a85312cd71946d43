"""From folders and lines to figures, pages and what is kept: cases worked out by hand, and what files may hold."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from touchstone.check import evaluate, evaluate_kept, evaluate_labels
from touchstone.check.deciding import Choice
from touchstone.check.detecting_lines import Line
from touchstone.check.evaluate_labels import Item, Label, LabelError, Trouble
from touchstone.export import evaluation as page
from touchstone.export.write import ExportError
from touchstone.texts import evaluation as words

ROUNDS = 200
MODEL = evaluate_kept.Model("ai-image", "1.0.0", "ai-image", "ab" * 32)
HOSTILE = "<script>alert(1)</script>\"'&\u202e"


def pair(label: Label, source: str, score: float | None, *, limit: float = 0.5, reason: str = "", witness="ai-image"):
    """A picture and what one detector says of it."""
    name = f"{source}-{score}"
    decision = Choice.INCONCLUSIVE if reason else Choice.SIGNS if (score or 0) >= limit else Choice.NONE
    return Item(Path(name), label, source), [Line(name, "0" * 64, witness, score, limit, decision, reason, witness)]


def untouched(source: str, *scores: float):
    return [pair(Label.UNTOUCHED, source, score) for score in scores]


def generated(source: str, *scores: float):
    return [pair(Label.GENERATED, source, score) for score in scores]


def measured(pairs) -> evaluate.Measured:
    (found,) = evaluate.measured(pairs, ROUNDS)
    return found


def evaluation(pairs, name: str = "set") -> evaluate_kept.Evaluation:
    return evaluate_kept.Evaluation(
        created="2026-11-27T20:00:00+00:00",
        application="touchstone",
        name=name,
        set_sha256="cd" * 32,
        pictures=len(pairs),
        sources=len({item.source for item, _lines in pairs}),
        labels={"untouched": 2, "generated": 2},
        models=(MODEL,),
        detectors=evaluate.measured(pairs, ROUNDS),
        together=evaluate.together(pairs, ROUNDS),
    )


class TestFigures:
    def test_a_detector_that_is_always_right(self):
        found = measured(untouched("a", 0.1, 0.2) + untouched("b", 0.1) + generated("x", 0.8, 0.9))
        assert (found.auc.value, found.auc_pooled, found.accuracy.value) == (1, 1, 1)
        assert (found.false_alarms.value, found.recall.value, found.coverage.value) == (0, 1, 1)
        assert (found.auc.low, found.auc.high) == (None, None)  # all draws are alike, which is no certainty
        assert (found.false_alarms.low, found.false_alarms.high) == (0, pytest.approx(1 - 0.025 ** (1 / 3)))
        assert (found.recall.low, found.recall.high) == (pytest.approx(0.025 ** (1 / 2)), 1)
        assert found.confusion == {
            "untouched": {"signs": 0, "none": 3, "inconclusive": 0},
            "positive": {"signs": 2, "none": 0, "inconclusive": 0},
        }
        assert found.curve[0] == (0, 0)
        assert (0, 1) in found.curve
        assert found.curve[-1] == pytest.approx((1, 1))

    def test_every_source_counts_the_same(self):
        found = measured(untouched("large", *[0.1] * 9) + untouched("small", 0.9) + generated("x", 0.5, 0.5))
        assert found.auc.value == pytest.approx(0.5)
        assert found.auc_pooled == pytest.approx(0.9)
        assert found.false_alarms.value == pytest.approx(0.5)
        assert [(s.name, s.pictures, s.signs) for s in found.untouched_sources] == [
            ("small", 1, 1.0),
            ("large", 9, 0.0),
        ]

    def test_what_is_left_undecided_lowers_the_coverage_and_nothing_else(self):
        pairs = untouched("a", 0.1, 0.2) + generated("x", 0.9)
        pairs.append(pair(Label.GENERATED, "x", 0.7, reason="unfamiliar"))
        found = measured(pairs)
        assert (found.recall.value, found.recall_above, found.coverage.value) == (0.5, 1.0, 0.75)
        assert (found.accuracy.value, found.reasons) == (1, {"unfamiliar": 1})
        assert found.positive_sources[0].decided == 0.5

    def test_a_picture_without_a_score_is_undecided_and_counted(self):
        found = measured(
            [*untouched("a", 0.1), pair(Label.UNTOUCHED, "a", None, reason="unreadable"), *generated("x", 1)]
        )
        assert (found.untouched, found.unscored, found.auc.value) == (2, 1, 1)
        assert found.confusion["untouched"] == {"signs": 0, "none": 1, "inconclusive": 1}
        assert "1 picture got no score." in words.notes(found)

    def test_what_a_detector_does_not_look_at_is_counted_apart(self):
        pairs = [
            pair(Label.MANIPULATED, "swaps", 0.9, witness="face"),
            pair(Label.UNTOUCHED, "a", 0.1, witness="face"),
            pair(Label.UNTOUCHED, "a", None, reason="no-face", witness="face"),
            pair(Label.GENERATED, "x", 0.9, witness="face"),  # not what it looks for
        ]
        found = measured(pairs)
        assert (found.untouched, found.positive, found.outside) == (1, 1, {"no-face": 1})
        assert found.coverage.value == 1

    def test_one_kind_alone_gives_what_it_can(self):
        found = measured(untouched("a", 0.1, 0.9))
        assert (found.auc, found.accuracy, found.calibration_error, found.recall) == (None, None, None, None)
        assert (found.false_alarms.value, found.curve, found.bins) == (0.5, (), ())
        assert any("only false alarms" in note for note in words.notes(found))

    def test_a_picture_is_flagged_once_whichever_detector_flags_it(self):
        a, b = untouched("a", 0.9, 0.1), untouched("b", 0.1, 0.1)
        pairs = [
            (item, [*lines, pair(Label.UNTOUCHED, "", score, witness="forensic")[1][0]])
            for (item, lines), score in zip([*a, *b], (0.9, 0.1, 0.9, 0.1), strict=True)
        ]
        pairs += generated("x", 0.9)
        found = evaluate.together(pairs, ROUNDS)
        assert (found.false_alarms.value, found.recall.value) == (0.5, 1.0)
        assert found.worst_share == 0.5
        assert evaluate.together(a + b + generated("x", 0.9), ROUNDS) is None  # one detector alone

    def test_content_is_measured_inside_itself(self):
        pairs = []
        for content, low, high in (("photo", 0.1, 0.9), ("face", 0.9, 0.1)):
            for label, score in ((Label.UNTOUCHED, low), (Label.GENERATED, high)):
                item, lines = pair(label, str(label), score)
                pairs.append((Item(item.path, label, item.source, "", content), lines))
        assert measured(pairs).auc_by_content == {"face": 0.0, "photo": 1.0}


class TestLabels:
    def test_folders_say_what_is_in_them_and_where_it_is_from(self, tmp_path):
        for name in ("Real/cam/one.jpg", "Real/two.jpg", "ai/x/deep/three.png", "spliced/four.png", "other/five.png"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        found = {(i.path.name, i.label, i.source, i.generator) for i in evaluate_labels.from_folders(tmp_path)}
        assert found == {
            ("one.jpg", Label.UNTOUCHED, "cam", ""),
            ("two.jpg", Label.UNTOUCHED, "Real", ""),
            ("three.png", Label.GENERATED, "x", "x"),
            ("four.png", Label.MANIPULATED, "spliced", ""),
        }

    def test_a_table_names_pictures_inside_the_folder(self, tmp_path):
        table = tmp_path / "labels.csv"
        table.write_bytes("\ufeffpath,label,source\nä/1.jpg,untouched,cam\n2.jpg,AI,\n".encode())
        one, two = evaluate_labels.from_table(table, tmp_path)
        assert (one.path, one.label, one.source) == (tmp_path / "ä" / "1.jpg", Label.UNTOUCHED, "cam")
        assert (two.label, two.source) == (Label.GENERATED, "generated")

    @pytest.mark.parametrize("where", ["../x.jpg", "/etc/passwd", "a/../../x.jpg", ""])
    def test_a_table_leads_nowhere_else(self, tmp_path, where):
        table = tmp_path / "labels.csv"
        table.write_text(f"path,label\n{where},real\n", encoding="utf-8")
        with pytest.raises(LabelError) as caught:
            evaluate_labels.from_table(table, tmp_path)
        assert (caught.value.trouble, caught.value.line) == (Trouble.OUTSIDE, 2)

    @pytest.mark.parametrize(
        ("content", "trouble"),
        [
            (b"path,kind\n", Trouble.NO_COLUMN),
            (b"path,label\na.jpg,maybe\n", Trouble.UNKNOWN_LABEL),
            (b"path,label\na.jpg\n", Trouble.UNKNOWN_LABEL),
            (b"\xff\xfe\x00path", Trouble.NO_TABLE),
            (b'path,label\n"a.jpg,real\n', Trouble.NO_TABLE),
            (b"", Trouble.NO_COLUMN),
        ],
    )
    def test_what_is_no_table_is_said_to_be_none(self, tmp_path, content, trouble):
        table = tmp_path / "labels.csv"
        table.write_bytes(content)
        with pytest.raises(LabelError) as caught:
            evaluate_labels.from_table(table, tmp_path)
        assert caught.value.trouble is trouble
        assert words.label_trouble(caught.value)

    def test_an_index_is_read_for_one_split_and_one_way_of_storing(self, tmp_path):
        index = tmp_path / "index.csv"
        index.write_text(
            "stem,split,label,generator,source,crop_file,view_file,content\n"
            "1,dev,real,camera,s1,c/1.jpg,v/1.webp,photo\n"
            "2,dev,ai-generated,gen,s2,c/2.jpg,,gallery\n"
            "3,train,real,camera,s1,c/3.jpg,v/3.webp,photo\n"
            "4,dev,spliced,hand,s1,c/4.jpg,v/4.webp,photo\n",
            encoding="utf-8",
        )
        views = evaluate_labels.from_index(index, split="dev", use="view")
        assert [(i.path, i.label, i.content) for i in views] == [
            (tmp_path / "v/1.webp", Label.UNTOUCHED, "photo"),
            (tmp_path / "v/4.webp", Label.MANIPULATED, "photo"),
        ]
        assert len(evaluate_labels.from_index(index, split="", use="crop")) == 4
        with pytest.raises(LabelError, match="full_file"):
            evaluate_labels.from_index(index, split="dev", use="full")

    def test_one_kind_or_too_few_pictures_are_refused_before_any_work(self):
        items = [item for item, _lines in untouched("a", *[0.1] * 9)]
        made = [item for item, _lines in generated("x", 0.1, 0.2)]
        for given, trouble in (
            (items, Trouble.ONE_CLASS),
            (made, Trouble.ONE_CLASS),
            ([], Trouble.ONE_CLASS),
            (items + made, Trouble.TOO_FEW),
        ):
            with pytest.raises(LabelError) as caught:
                evaluate_labels.refuse_unusable(given, 5)
            assert caught.value.trouble is trouble
            assert "{" not in words.label_trouble(caught.value)
        evaluate_labels.refuse_unusable(items + made, 2)


class TestKept:
    def test_what_was_measured_here_is_found_by_the_hash_of_the_model(self, tmp_path):
        pairs = untouched("a", 0.1, 0.9) + untouched("b", 0.1) + generated("x", 0.9, 0.4)
        assert evaluate_kept.newest(tmp_path, MODEL.sha256) is None
        evaluate_kept.keep(tmp_path, evaluation(pairs))
        kept = evaluate_kept.newest(tmp_path, MODEL.sha256)
        assert (kept.pictures, kept.sources, kept.date[:10]) == (5, 3, "2026-11-27")
        assert (kept.false_alarms, kept.worst_source, kept.recall) == (0.25, 0.5, 0.5)
        assert evaluate_kept.newest(tmp_path, "ef" * 32) is None
        assert evaluate_kept.newest(tmp_path, "../../x") is None

    def test_no_false_alarm_among_few_pictures_is_not_kept_as_none_at_all(self, tmp_path):
        evaluate_kept.keep(tmp_path, evaluation(untouched("a", *[0.1] * 20) + generated("x", *[0.9] * 10)))
        kept = evaluate_kept.newest(tmp_path, MODEL.sha256)
        assert (kept.false_alarms, kept.worst_source) == (pytest.approx(1 - 0.025 ** (1 / 20)), None)
        assert kept.recall == pytest.approx(0.025 ** (1 / 10))

    @pytest.mark.parametrize(
        "damage", [b"", b"{", b"[]", b"null", b'{"schema": "touchstone.evaluation/1"}', b"[" * 100_000]
    )
    def test_a_damaged_one_is_passed_over(self, tmp_path, damage):
        evaluate_kept.keep(tmp_path, evaluation(untouched("a", 0.1) + generated("x", 0.9)))
        (tmp_path / "evaluations" / MODEL.sha256 / "30000101T000000.json").write_bytes(damage)
        assert evaluate_kept.newest(tmp_path, MODEL.sha256).pictures == 2

    def test_the_set_is_named_by_its_pictures_labels_and_sources_in_any_order(self):
        pairs = [(item, str(i)) for i, (item, _lines) in enumerate(untouched("a", 0.1, 0.2))]
        assert evaluate_kept.set_hash(pairs) == evaluate_kept.set_hash(reversed(pairs))
        relabelled = [(Item(item.path, Label.GENERATED, item.source), sha) for item, sha in pairs]
        assert evaluate_kept.set_hash(pairs) != evaluate_kept.set_hash(relabelled)

    def test_lines_under_way_are_shared_by_the_same_models_and_pictures_alone(self, tmp_path):
        items = [item for item, _lines in untouched("a", 0.1, 0.2)]
        place = evaluate_kept.under_way(tmp_path, [MODEL], items)
        other = evaluate_kept.Model("ai-image", "1.0.0", "ai-image", "cd" * 32)
        assert place == evaluate_kept.under_way(tmp_path, [MODEL], items)
        assert place != evaluate_kept.under_way(tmp_path, [other], items)
        assert place != evaluate_kept.under_way(tmp_path, [MODEL], items[:1])


class _Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _value in attrs]

    def handle_data(self, data):
        self.said += data


class TestPage:
    def test_the_page_carries_figures_drawings_and_tables_and_needs_nothing_else(self, tmp_path):
        pairs = untouched("a", 0.1, 0.9) + untouched("b", 0.2) + generated("x", 0.9, 0.4)
        page.save(evaluation(pairs), tmp_path / "out.html")
        text = (tmp_path / "out.html").read_text(encoding="utf-8")
        shown = _Page(text)
        assert not {"script", "img", "link", "iframe", "object"} & set(shown.tags)
        assert not re.search(r"(src|href)=|url\(|@import|https?:", text)
        for said in ("1 detector measured on 5 pictures from 3 sources", "25.0 %", "50.0 % of 2", MODEL.sha256):
            assert said in shown.said
        drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
        assert len(drawings) == 2
        for drawing in drawings:
            root = ElementTree.fromstring(drawing)
            assert root.get("role") == "img"
            named = root.get("aria-labelledby").split()
            assert [root.find("title").get("id"), root.find("desc").get("id")] == named
            assert root.find("desc").text
        assert shown.tags.count("caption") == shown.tags.count("table") >= 3

    def test_hostile_names_stay_text(self, tmp_path):
        pairs = untouched(HOSTILE, 0.1, 0.9) + generated(HOSTILE, 0.9, 0.4)
        page.save(evaluation(pairs, HOSTILE), tmp_path / "out.html")
        text = (tmp_path / "out.html").read_text(encoding="utf-8")
        shown = _Page(text)
        assert "script" not in shown.tags
        assert "\u202e" not in text
        assert "<script>alert(1)</script>" in shown.said
        assert not any(name.startswith("on") for name in shown.attributes)

    def test_lone_surrogates_can_be_written(self, tmp_path):
        pairs = untouched("a\udcff", 0.1) + generated("x", 0.9)
        page.save(evaluation(pairs), tmp_path / "out.html")
        page.save(evaluation(pairs), tmp_path / "out.json")
        assert json.loads((tmp_path / "out.json").read_text())["detectors"][0]["auc"]["value"] == 1

    def test_one_kind_alone_still_makes_a_page(self, tmp_path):
        page.save(evaluation(untouched("a", 0.1)), tmp_path / "out.html")
        assert "<svg" not in (tmp_path / "out.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["out.pdf", "out", "missing/out.html"])
    def test_where_it_cannot_be_written_is_known_before_the_work(self, tmp_path, name):
        with pytest.raises(ExportError):
            page.refuse_unwritable(tmp_path / name)
