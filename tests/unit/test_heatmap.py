"""Maps in colour, where they lie over a picture, and what of them an exported report shows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ui import detecting
from tests.unit import examples as made

from touchstone.export import detected, heatmap, layers
from touchstone.report import Picture, Witness

GREY = Picture(40, 30, bytes([128]) * (40 * 30 * 3))
# What eyes without one sort of cones see of linear red, green and blue (Viénot, Brettel and Mollon 1999).
BLINDNESS = {
    "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def linear(colour) -> np.ndarray:
    value = np.asarray(colour, float) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lightness(light: np.ndarray) -> float:
    y = float(light @ (0.2126, 0.7152, 0.0722))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


class TestColours:
    @pytest.mark.parametrize("eyes", ["usual", *BLINDNESS])
    def test_they_only_get_lighter_whatever_eyes_see_them(self, eyes: str) -> None:
        seen = [linear(heatmap.colour(step / 50)) for step in range(51)]
        if eyes != "usual":
            seen = [np.clip(np.array(BLINDNESS[eyes]) @ light, 0, 1) for light in seen]
        steps = [lightness(light) for light in seen]
        assert all(later > earlier for earlier, later in itertools.pairwise(steps))
        assert steps[-1] - steps[0] > 75

    def test_values_outside_are_those_at_the_ends(self) -> None:
        assert heatmap.colour(-1) == heatmap.colour(0)
        assert heatmap.colour(2) == heatmap.colour(1)

    @pytest.mark.parametrize("floor", [heatmap.FLOOR, 0.5])
    def test_low_values_are_not_drawn_and_high_ones_are(self, floor: float) -> None:
        ramp = Picture(256, 1, b"".join(bytes([v] * 3) for v in range(256)))
        width, height, rgba = heatmap.coloured(ramp, floor)
        assert (width, height) == (256, 1)
        alpha = [rgba[4 * v + 3] for v in range(256)]
        assert alpha == sorted(alpha)
        assert set(alpha[: int(255 * floor) + 1]) == {0}
        assert alpha[int(255 * floor) + 60 :].count(255) > 50
        assert tuple(rgba[4 * 255 : 4 * 255 + 3]) == heatmap.colour(1)


class TestPlaces:
    def test_a_box_lies_within_the_picture_not_within_its_place(self) -> None:
        area = (0, 25, 100, 50)  # bars above and below
        assert heatmap.placed((0.5, 0.5, 0.5, 0.5), area) == (50, 50, 50, 25)

    def test_boxes_are_cut_to_the_picture_and_junk_is_left_out(self) -> None:
        listed = [
            [-0.5, 0.5, 1, 0.25],
            [0.9, 0.9, 5, 5],
            [0.2, 0.2, 0, 0.5],
            [2, 2, 1, 1],
            [0, 0, "1", 1],
            "x",
            [0] * 3,
        ]
        found = heatmap.boxes_of(listed)
        assert found == ((0.0, 0.5, 0.5, 0.25), pytest.approx((0.9, 0.9, 0.1, 0.1)))

    @given(st.recursive(st.none() | st.floats() | st.integers(), lambda inner: st.lists(inner, max_size=5)))
    def test_whatever_stands_there(self, junk: object) -> None:
        for left, top, width, height in heatmap.boxes_of(junk):
            assert min(left, top) >= 0
            assert left + width <= 1.000001
            assert top + height <= 1.000001

    @pytest.mark.parametrize("place", [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)])
    def test_the_strongest_place(self, place: tuple[float, float]) -> None:
        found = heatmap.strongest(detecting.blob(64, 48, *place))
        assert found == pytest.approx(place, abs=0.02)
        assert heatmap.strongest(Picture(8, 8, bytes(192))) is None


class TestOver:
    @pytest.mark.parametrize("place", [(0.1, 0.2), (0.9, 0.2), (0.2, 0.9), (0.8, 0.8)])
    def test_a_map_colours_the_part_it_points_at_and_no_other(self, place: tuple[float, float]) -> None:
        drawn = heatmap.over(GREY, detecting.blob(16, 12, *place), (), 1.0)
        pixels = np.frombuffer(drawn.rgb, np.uint8).reshape(30, 40, 3).astype(int)
        changed = np.abs(pixels - 128).max(axis=2)
        row, column = divmod(int(changed.argmax()), 40)
        assert ((column + 0.5) / 40, (row + 0.5) / 30) == pytest.approx(place, abs=0.12)
        far = changed[int(30 * (1 - place[1]))][int(40 * (1 - place[0]))]
        assert far == 0

    def test_its_strength_is_that_of_the_colour(self) -> None:
        full = Picture(4, 4, bytes([255]) * 48)
        for strength in (0.0, 0.5, 1.0):
            drawn = heatmap.over(GREY, full, (), strength)
            wanted = [round(128 + (c - 128) * strength) for c in heatmap.colour(1)]
            assert list(drawn.rgb[:3]) == pytest.approx(wanted, abs=1)

    def test_frames_are_drawn_where_they_belong_and_their_inside_is_left_alone(self) -> None:
        drawn = heatmap.over(GREY, None, [(0.25, 0.2, 0.5, 0.6)], 1.0)
        pixels = np.frombuffer(drawn.rgb, np.uint8).reshape(30, 40, 3)
        assert tuple(pixels[6, 20]) == heatmap.OUTLINE
        assert tuple(pixels[15, 10]) == heatmap.OUTLINE
        assert tuple(pixels[15, 20]) == (128, 128, 128)
        assert tuple(pixels[2, 2]) == (128, 128, 128)

    def test_a_frame_round_everything_stays_within_the_picture(self) -> None:
        drawn = heatmap.over(GREY, None, [(0.0, 0.0, 1.0, 1.0)], 1.0)
        pixels = np.frombuffer(drawn.rgb, np.uint8).reshape(30, 40, 3)
        assert {tuple(pixels[0, 0]), tuple(pixels[29, 39])} <= {heatmap.OUTLINE, heatmap.OUTLINE_DARK}

    @pytest.mark.parametrize("sides", [(1, 1), (1, 9), (9, 1)])
    def test_the_smallest_pictures_and_maps(self, sides: tuple[int, int]) -> None:
        width, height = sides
        tiny = Picture(width, height, bytes(width * height * 3))
        assert heatmap.over(tiny, Picture(1, 1, b"\xff" * 3), [(0, 0, 1, 1)], 0.5).width == width
        assert heatmap.over(GREY, tiny, (), 0.5).height == 30


class TestLayers:
    def test_they_come_in_the_order_of_the_detectors_with_what_is_at_hand(self) -> None:
        report = made.report(made.facts(), *reversed(detecting.pointing()))
        found = layers.layers_of(report, detecting.pictures())
        assert [layer.code for layer in found] == ["ai-image", "face", "splice"]
        assert [layer.map is not None for layer in found] == [True, False, True]
        assert [len(layer.boxes) for layer in found] == [1, 2, 0]
        assert not any(layer.missing for layer in found)

    def test_a_map_that_was_not_kept_is_missed(self) -> None:
        found = layers.layers_of(made.report(made.facts(), *detecting.pointing()), {})
        assert [layer.missing for layer in found] == [True, False, True]

    def test_a_box_round_the_whole_picture_points_at_nothing(self) -> None:
        whole = made.detector(boxes=[[0, 0, 1, 1]], map="map-ai-image")
        face = made.detector(Witness.FACE, boxes=[[0, 0, 1, 1]])
        found = layers.layers_of(made.report(made.facts(), whole, face), detecting.pictures())
        assert [len(layer.boxes) for layer in found] == [0, 1]

    def test_places_that_speak_for_a_picture_are_not_coloured(self) -> None:
        calm = Picture(8, 8, bytes([120]) * 192)
        (layer,) = layers.layers_of(made.report(made.facts(), made.detector(map="m")), {"m": calm})
        assert heatmap.strongest(calm, layer.floor) is None
        assert detected.meaning_of(layer).startswith("Nothing stands out in this map. Coloured places, each looked at")
        assert detected.place_of(layer) == "Generation: nothing stands out."

    def test_no_layer_without_a_finding_that_is_done(self) -> None:
        report = made.report(made.facts(), made.failed(Witness.SPLICE, "crashed"), made.detector(map=""))
        assert layers.layers_of(report, detecting.pictures()) == ()


class TestFrames:
    def test_they_are_in_the_order_of_time(self) -> None:
        listed = [{"time": 2, "score": 0.9}, {"time": 1, "score": 0.1}]
        frames = layers.frames_of(made.detector(Witness.VIDEO, timeline=listed, limit=0.5))
        assert frames.times == (1, 2)
        assert frames.scores == (0.1, 0.9)
        assert frames.above == 1

    @pytest.mark.parametrize(
        "junk",
        [None, "x", [1], [{}], [{"time": -1, "score": 0.5}], [{"time": 1, "score": 2}], [{"time": True, "score": 0.5}],
         [{"time": float("inf"), "score": 0.5}]],
    )  # fmt: skip
    def test_junk_is_left_out(self, junk: object) -> None:
        assert layers.frames_of(made.detector(Witness.VIDEO, timeline=junk)).times == ()

    def test_without_a_limit_nothing_is_above_it(self) -> None:
        assert layers.frames_of(detecting.clip(limit=None)).above == 0
