"""What detectors say: decisions, error rates, reasons, what to do next, what stood out, layers and frames in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ui import detecting
from tests.unit import examples as made

from touchstone.check.deciding import Why
from touchstone.check.detector_reply import BROKEN_OUTPUT
from touchstone.detect.features import FAMILIES
from touchstone.report import DETECTORS, Finding, NotChecked, Status, Witness
from touchstone.texts import detectors, findings, overlays, traces
from touchstone.wire import WorkerFailure

LEFT_OUT = ("no-face", "not-a-picture", "model-missing", "model-changed", "model-refused")
NOT_ASKED = (*LEFT_OUT, "not-installed", "switched-off", "no-video")
JUNK = [None, True, -1, 2, float("nan"), "3 in 100", [], {}]


@pytest.mark.parametrize("witness", DETECTORS)
@pytest.mark.parametrize("decision", ["signs", "none", "inconclusive"])
def test_every_detector_says_what_it_sees_and_how_often_it_is_wrong(witness: Witness, decision: str) -> None:
    said = findings.sentence(made.detector(witness, decision=decision))
    assert "At this limit 3 in 100 " in said
    assert "that nobody touched are flagged; in the worst source it was measured on, 10 in 100." in said
    assert "It finds 40 in 100 " in said
    assert "%" not in said
    assert not re.search(r"0\.\d", said)
    assert detectors.looked_at(witness).endswith(".")
    assert detectors.title(witness) != detectors.subject(witness).upper()


def test_a_clip_says_what_its_frames_show_signs_of() -> None:
    assert detectors.decision(detecting.clip(led_by="face")).endswith("that a face was replaced or changed.")
    assert detectors.decision(detecting.clip(led_by="ai-image")) == "Signs of generation found in its frames."


def test_no_signs_is_never_more_than_that() -> None:
    assert "does not show that there are none" in findings.sentence(made.detector(decision="none"))


@pytest.mark.parametrize("reason", [str(why) for why in Why])
def test_every_abstention_has_its_reason(reason: str) -> None:
    said = {detectors.decision(made.detector(w, decision="inconclusive", reason=reason)) for w in DETECTORS}
    assert all(one.startswith("Inconclusive: ") and one.endswith(".") for one in said)
    assert "Inconclusive: it cannot tell." not in said


def test_an_abstention_for_want_of_rates_says_so_once() -> None:
    said = findings.sentence(made.detector(decision="inconclusive", reason="not-measured", error_rate={}))
    assert said.count("been measured") == 1


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ({"false_alarms": 0.03, "recall": 0.36}, "At this limit 3 in 100 photographs that nobody touched are flagged."),
        ({"false_alarms": 0.03}, "How many generated pictures it finds has not been measured."),
        ({"false_alarms": 0.0, "recall": 0.0}, "fewer than 1 in 100 generated pictures"),
        ({"false_alarms": None, "recall": 0.4}, "How often it is wrong has not been measured."),
        (None, "How often it is wrong has not been measured."),
        ("3 in 100", "How often it is wrong has not been measured."),
    ],
)
def test_rates_are_said_as_far_as_they_are_known(rates: object, said: str) -> None:
    assert said in detectors.rate(made.detector(error_rate=rates))


@pytest.mark.parametrize("junk", JUNK)
def test_a_rate_that_is_none_counts_as_not_measured(junk: object) -> None:
    assert detectors.rate(made.detector(error_rate={"false_alarms": junk})).endswith("has not been measured.")


@pytest.mark.parametrize("code", NOT_ASKED)
def test_every_reason_not_to_look_has_words_and_a_next_step(code: str) -> None:
    finding = Finding(Witness.FACE, Status.NOT_CHECKED, code)
    said = findings.sentence(finding)
    assert said.startswith("Not checked: ")
    assert f"({code})" not in said
    assert findings.left_open(NotChecked(Witness.FACE, code)).startswith("Detector: faces: ")
    assert detectors.advice(finding) != detectors.advice(Finding(Witness.FACE, Status.NOT_CHECKED, "unheard-of"))


@pytest.mark.parametrize("code", sorted({BROKEN_OUTPUT, *LEFT_OUT, *(str(f) for f in WorkerFailure)}))
def test_every_failure_of_a_detector_has_words_and_a_next_step(code: str) -> None:
    finding = made.failed(Witness.AI_IMAGE, code)
    said = findings.sentence(finding)
    assert said.startswith("Could not be checked: ")
    assert f"({code})" not in said
    assert "reader" not in said
    assert len(detectors.advice(finding)) > 20


def test_one_that_did_its_work_needs_no_advice() -> None:
    assert detectors.advice(made.detector()) == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([made.detector(), made.detector(Witness.FACE, decision="none")], "Signs found: AI images (flags 3 in 100"),
        ([made.detector(error_rate={})], "Signs found: AI images (error rate not measured)"),
        ([made.detector(decision="none"), made.detector(Witness.FACE, decision="none")], "2 found no signs"),
        ([made.detector(decision="none"), made.detector(decision="inconclusive")], "1 found no signs, 1 is inconclus"),
        ([made.detector(decision="inconclusive")], "1 is inconclusive"),
        ([made.absent(w) for w in DETECTORS], "Not checked: not installed yet"),
        ([made.absent(Witness.VOICE), Finding(Witness.FACE, Status.NOT_CHECKED, "no-face")], "Not checked"),
    ],
)
def test_one_line_says_what_all_of_them_came_to(found: list[Finding], said: str) -> None:
    assert detectors.fold_line(found).startswith(said)


def test_the_model_is_named_with_both_ends_of_its_hash() -> None:
    assert detectors.model_line(made.detector(**detecting.KNOWN)) == "Model ai-image 1, SHA-256 3f2a9c…2a9c1e"
    assert detectors.model_line(made.detector(model="x")) == "Model x 1"
    assert detectors.model_line(made.detector()) == ""


def test_names_of_models_are_harmless() -> None:
    said = detectors.model_line(made.detector(model=made.HOSTILE, model_sha256=made.HOSTILE))
    assert "\u202e" not in said
    assert "\x1b" not in said


def test_raw_figures_are_for_those_who_look_for_them() -> None:
    rows = dict(detectors.technical(detecting.clip(registered=True, standing="registered")))
    assert rows["Score"] == "0.930"
    assert rows["Limit"] == "0.800"
    assert rows["Median of the frames"] == "0.500"
    assert rows["Measured on"] == "set 1"
    assert rows["In the register of models"] == "yes"
    assert detectors.technical(made.detector(score=float("nan"), limit=None, error_rate=None)) == []


def test_what_does_not_count_is_said_to_be_so() -> None:
    assert "does not count towards the answer" in detectors.notes(made.detector(joint_limit=False))[0]
    assert detectors.notes(made.detector(joint_limit=True)) == []
    assert detectors.notes(detecting.clip(led_by="face")) == [
        "The frames were looked at by the detector for: Changed faces."
    ]
    assert detectors.notes(detecting.clip(led_by="oracle")) == []


class TestTraces:
    @pytest.mark.parametrize("family", FAMILIES)
    def test_every_family_of_features_has_plain_words(self, family: str) -> None:
        said = traces.stood_out(made.detector(Witness.FORENSIC, features=[[f"fine.{family}.luma.level", 3.0]]))
        assert said.startswith("What stood out most, held against photographs: ")
        assert said.endswith("(far from usual).")
        assert family not in {"noise", "cosine", "level"} or "luma" not in said

    def test_the_strongest_come_first_one_of_a_family(self) -> None:
        listed = [["fine.noise.a", -9.0], ["coarse.noise.b", 8.0], ["fine.grid.c", 2.5], ["x.nothing.y", 9]]
        said = traces.stood_out(made.detector(Witness.FORENSIC, features=listed))
        assert said.count("noise") == 1
        assert said.index("grain of its noise (very far") < said.index("repeats every few pixels (far")

    @given(st.recursive(st.none() | st.floats() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=4)))
    def test_whatever_stands_there(self, junk: object) -> None:
        assert isinstance(traces.stood_out(made.detector(features=junk)), str)


class TestOverlays:
    @pytest.mark.parametrize("code", ["", "ai-image", "splice", "face", "forensic", "tomorrow"])
    def test_every_layer_has_a_name(self, code: str) -> None:
        assert overlays.layer_name(code)
        assert overlays.figure(code)

    def test_colours_and_frames_are_explained(self) -> None:
        assert "lighter and yellower" in overlays.layer_meaning("ai-image", heat=True, boxes=1)
        assert "drove the score most" in overlays.layer_meaning("ai-image", heat=True, boxes=1)
        assert "put in or copied" in overlays.layer_meaning("splice", heat=True, boxes=0)
        assert "the 2 faces" in overlays.layer_meaning("face", heat=False, boxes=2)
        assert "not proof" in overlays.caution()

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ((0.1, 0.1), "at the top, left"),
            ((0.9, 0.5), "at the middle, right"),
            ((0.5, 0.9), "at the bottom, middle"),
            ((0.5, 0.5), "in the middle"),
            (None, "nothing stands out"),
        ],
    )
    def test_where_a_map_is_strongest_is_said(self, place: tuple[float, float] | None, said: str) -> None:
        assert said in overlays.where("splice", place)

    @pytest.mark.parametrize(
        ("seconds", "said"), [(0, "0:00.0"), (3.24, "0:03.2"), (59.96, "1:00.0"), (3723.5, "1:02:03.5"), (-1, "0:00.0")]
    )
    def test_moments(self, seconds: float, said: str) -> None:
        assert overlays.moment(seconds) == said

    def test_a_frame_is_told_without_a_number_alone(self) -> None:
        standing = [overlays.standing(score, 0.5) for score in (0.1, 0.45, 0.5, 0.9)]
        assert standing == [
            "well below the limit", "just below the limit", "just above the limit", "well above the limit",
        ]  # fmt: skip
        assert "no limit" in overlays.standing(0.5, None)
        assert overlays.frame(3, 24, 1.5, standing[0]) == "Frame 3 of 24, at 0:01.5: well below the limit."

    def test_the_clip_as_a_whole(self) -> None:
        assert overlays.timeline(0, 24) == "All 24 frames that were looked at lie below the limit."
        assert overlays.timeline(7, 24) == "7 of 24 frames lie above the limit."
        assert overlays.unlimited_timeline(1).startswith("1 frame was looked at.")
