"""No source and no generator's family is on both sides of a split; every fold can be judged."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from tests.training.conditions import needs_data

from training import data, folds
from training.data import Item

# Which names are one family, where names differ: the same base model, or successors of it under one roof.
_FAMILIES = {
    "gpt-4o-image": "gpt-image",
    "gpt-image-1": "gpt-image",
    "gpt-4o-or-nano-banana": "gpt-image or nano-banana",
    "sd-1.5": "stable-diffusion",
    "stable-diffusion-1.x": "stable-diffusion",
    "stability-sd1-2022": "stable-diffusion",
}


def _family(item: Item) -> str:
    return "workflow" if item.generator.startswith("wf-") else _FAMILIES.get(item.generator, item.generator)


@needs_data
def test_every_source_is_in_a_fold_and_only_one() -> None:
    found = defaultdict(set)
    for item in data.items():
        found[item.source].add(folds.fold(item))
    assert all(len(numbers) == 1 for numbers in found.values())
    assert {n for numbers in found.values() for n in numbers} == set(range(folds.FOLDS))


@needs_data
def test_no_family_of_generators_is_in_two_folds() -> None:
    found = defaultdict(set)
    for item in data.items(label="ai-generated"):
        if not folds.straddling(item):
            found[_family(item)].add(folds.fold(item))
    assert {name: numbers for name, numbers in found.items() if len(numbers) > 1} == {}


@needs_data
def test_splits_share_neither_source_nor_family_and_hold_both_classes() -> None:
    items = [i for i in data.items() if i.label != "spliced"]
    judged = []
    for _, trained, held in folds.splits(items):
        assert not {i.source for i in trained} & {i.source for i in held}
        assert not {_family(i) for i in trained if i.generated} & {_family(i) for i in held if i.generated}
        assert not {i.stem for i in trained} & {i.stem for i in held}
        assert {i.label for i in held} == {i.label for i in trained} == {"real", "ai-generated"}
        assert {"photo", "screenshot"} <= {i.content for i in held if i.label == "real"}
        judged += held
    assert len(judged) == len({i.stem for i in judged}) == sum(not folds.straddling(i) for i in items)


@needs_data
def test_what_straddles_is_little() -> None:
    made = data.items(label="ai-generated")
    assert np.mean([folds.straddling(i) for i in made]) < 0.06


def test_a_source_that_is_in_no_fold_is_refused() -> None:
    nowhere = data.ROOT
    item = Item("0" * 16, "0" * 64, "train", "real", "camera", "src99", "photo", nowhere, None, None, None)
    with pytest.raises(KeyError):
        folds.fold(item)
