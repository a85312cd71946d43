"""What an audit of a model comes to: one step for each link of the chain, from the data to what the model said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Place(StrEnum):
    """A link of the chain, in the order in which they are walked."""

    MANIFEST = "manifest"
    WEIGHTS = "weights"
    FILES = "files"  # what accompanies the weights
    RECORD = "record"
    SEAL = "seal"  # the signature over all of it
    CHECKPOINTS = "checkpoints"
    DATA = "data"  # the list of items against the data root
    SPLITS = "splits"
    CONTENTS = "contents"  # the items themselves
    EVALUATION = "evaluation"
    REGISTER = "register"
    PARENTS = "parents"
    ATTESTATIONS = "attestations"
    OUTPUTS = "outputs"


class Outcome(StrEnum):
    """How a step ended."""

    VERIFIED = "verified"
    FAILED = "failed"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `code` says what was found, for a sentence; texts of others stand under `untrusted_` keys."""

    place: Place
    outcome: Outcome
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audit:
    """Every step, in order. `facts` are values by place, for showing: hashes, counts, times, addresses."""

    model: str
    steps: tuple[Step, ...]
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether nothing failed. What was not checked is said, and does not count as failed."""
        return all(step.outcome is not Outcome.FAILED for step in self.steps)


OnStep = Callable[[Place, float | None], None]  # where it is, and how far there (0 to 1) where that is known
