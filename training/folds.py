"""Folds that hold out generator families and real sources together, matched in content.

Every source stands in one fold, with the others of its generator's family; what straddles two is left out. Each has
photographs, faces, screenshots and art made by people, so that a model is never judged on telling content apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from training.data import Item

FOLDS = 4
_SOURCES: tuple[str, ...] = (
    # GPT-image family | web photographs, screenshots, posters, art
    "src16 src22 src46 | src01 src29 src08 src30",
    # nano-banana, infinity, DALL-E 3 | photographs, web faces, screenshots, painting, sketch-notes
    "src10 src43 src45 | src04 src23 src17 src32 src31 src36",
    # SD 1.x, SD 3 portraits | camera photographs, studio faces, art, screenshots
    "src12 src18 src49 | src19 src09 src38 src03 src13",
    # SDXL and its kin, and what came before 2023 | photographs, cameras, art, renders, screenshots
    """src07 src14 src15 src41 src42 src44 | src02 src05 src06 src11 src20 src21 src24 src25 src26 src27 src28 src33
    src34 src35 src37 src39 src40""",
)
_FOLD_OF = {s: fold for fold, names in enumerate(_SOURCES) for s in names.replace("|", "").split()}
# Generators (or guesses at them) whose family stands in another fold than their source: in no fold at all.
_STRADDLING = frozenset({("src16", "gpt-4o-or-nano-banana"), ("src46", "dall-e-3"), ("src14", "stability-sd1-2022")})


def straddling(item: Item) -> bool:
    """Whether cross-validation leaves the picture out: neither trained on nor judged, only in what ships."""
    return (item.source, item.generator) in _STRADDLING


def fold(item: Item) -> int:
    """The fold that a picture's source is held out in.

    Raises:
        KeyError: the source is in no fold.
    """
    return _FOLD_OF[item.source]


def splits(items: Iterable[Item]) -> Iterator[tuple[int, list[Item], list[Item]]]:
    """For each fold: its number, what is trained on, and what is held out; what straddles folds is in neither."""
    every = [i for i in items if not straddling(i)]
    for number in range(FOLDS):
        yield number, [i for i in every if fold(i) != number], [i for i in every if fold(i) == number]
