"""Why a detector cannot be added, kept or taken away, as codes; `touchstone.texts.models` has the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Refusal(StrEnum):
    """Why not."""

    # The folder and its files.
    NOT_A_FOLDER = "not-a-folder"
    NO_MANIFEST = "no-manifest"
    MANIFEST_BROKEN = "manifest-broken"  # {untrusted_field}
    NO_MODEL = "no-model"
    UNREADABLE = "unreadable"  # a file cannot be opened or read
    TOO_LARGE = "too-large"
    HALF_DOWNLOADED = "half-downloaded"  # {bytes, of}
    HASH_DIFFERS = "hash-differs"
    CHANGED_WHILE_READ = "changed-while-read"
    RECORD_BROKEN = "record-broken"
    TASK_UNUSED = "task-unused"  # nothing asks a model of this task
    # The model, as the trial found it (`touchstone.detect.dryrun_graph.Trouble`).
    NOT_ONNX = "not-onnx"
    EXTERNAL_DATA = "external-data"
    CUSTOM_OPS = "custom-ops"
    TOO_COMPLEX = "too-complex"
    OTHER_PREPROCESSING = "other-preprocessing"  # made for pictures prepared in another way
    WRONG_INPUTS = "wrong-inputs"
    WRONG_OUTPUTS = "wrong-outputs"
    NOT_FINITE = "not-finite"
    NOT_DETERMINISTIC = "not-deterministic"
    # How the trial ended.
    TOO_SLOW = "too-slow"
    TOO_MUCH_MEMORY = "too-much-memory"
    CRASHED = "crashed"
    UNAVAILABLE = "unavailable"  # no process could be started to try it in
    # What is installed.
    ALREADY_INSTALLED = "already-installed"
    ID_TAKEN = "id-taken"  # by a detector that ships with the application
    SHIPPED = "shipped"  # it came with the application: it cannot be removed
    UNKNOWN = "unknown"  # no detector has this id
    # The disk.
    READ_ONLY = "read-only"
    FULL = "full"
    BUSY = "busy"
    FAILED = "failed"


TRIAL = frozenset(
    {
        *(Refusal.NOT_ONNX, Refusal.EXTERNAL_DATA, Refusal.CUSTOM_OPS, Refusal.TOO_COMPLEX),
        *(Refusal.OTHER_PREPROCESSING, Refusal.WRONG_INPUTS),
        *(Refusal.WRONG_OUTPUTS, Refusal.NOT_FINITE, Refusal.NOT_DETERMINISTIC, Refusal.TOO_MUCH_MEMORY),
    }
)


class PluginError(Exception):
    """It was not done; nothing has changed."""

    def __init__(self, refusal: Refusal, **params: Any) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.params: Mapping[str, Any] = params
