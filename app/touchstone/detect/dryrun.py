"""The model-trial profile: a model that somebody wants to add is tried on made-up pictures, in a locked-down process.

It is loaded from bytes, so that data in other files has no place to come from. Request: {"manifest": its JSON text},
one file: the model. Reply: {"code": "" or a `Trouble`, "took_ms": the longest run, "nodes": int}. What takes too long,
or more memory than there is, ends with the process; the desk knows why (`touchstone.check.plugins`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from touchstone import modelfile
from touchstone.detect.dryrun_graph import TrialError, Trouble, look
from touchstone.modelfile import Feed, Input, Manifest
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

Floats = NDArray[np.float32]
_SEED = 20_251
_LARGEST_DETAIL = (1280, 819)  # a side, and what leaves about a megapixel
_LONGEST_MAP = 1280
_FLOATS = {"tensor(float)", "tensor(double)", "tensor(float16)"}
_MEMORY_WORDS = ("alloc", "memory", "would require more than")


def setup(data: bytes) -> None:
    """Nothing."""


def preload(request: Mapping[str, Any]) -> None:  # noqa: ARG001
    """Import what a child could not any more, and use it once."""
    import onnxruntime

    from touchstone.detect import features, prepare  # noqa: F401 - used later

    onnxruntime.set_default_logger_severity(4)


def handle(job: Job) -> Result:
    """Try the model.

    Raises:
        JobError: internal, where the request is none.
    """
    try:
        manifest = modelfile.parse(str(job.request["manifest"]).encode())
    except (KeyError, modelfile.ManifestError) as error:
        raise JobError(WorkerFailure.INTERNAL) from error
    data = job.files[0].read(modelfile.MAX_MODEL + 1)
    try:
        job.step("looking")
        _made_for_this_version(manifest)
        seen = look(data)
        job.step("loading")
        session = _session(data, manifest)
        _names(session, manifest)
        took = _tried(session, manifest, job)
    except TrialError as error:
        return Result({"code": str(error.trouble), "took_ms": 0, "nodes": 0})
    return Result({"code": "", "took_ms": took, "nodes": seen.nodes})


def _made_for_this_version(manifest: Manifest) -> None:
    """A model that was trained on pictures prepared otherwise would answer, and be wrong."""
    from touchstone.detect import features, prepare

    given = [i for i in manifest.inputs if i.feed is Feed.FEATURES]
    if manifest.preprocessing != (features.VERSION if given else prepare.VERSION):
        raise TrialError(Trouble.OTHER_PREPROCESSING)
    if any(i.size != len(features.NAMES) for i in given):
        raise TrialError(Trouble.WRONG_INPUTS)


def _session(data: bytes, manifest: Manifest) -> Any:
    """As `touchstone.detect.session` makes one: but here the runtime's own words tell why it does not."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = all(given.feed is not Feed.DETAIL for given in manifest.inputs)
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:
        raise TrialError(_why(error, Trouble.NOT_ONNX)) from error


def _why(error: Exception, otherwise: Trouble) -> Trouble:
    """What the runtime's exception means; it has no codes for these, only texts."""
    said = str(error).lower()
    if any(word in said for word in _MEMORY_WORDS):
        return Trouble.TOO_MUCH_MEMORY
    if "registered" in said or "could not find an implementation" in said:
        return Trouble.CUSTOM_OPS
    return otherwise


def _names(session: Any, manifest: Manifest) -> None:
    """Hold what goes in and comes out to what the manifest names."""
    offered = {i.name: i for i in session.get_inputs()}
    if set(offered) != {i.name for i in manifest.inputs} or len(offered) != len(manifest.inputs):
        raise TrialError(Trouble.WRONG_INPUTS)
    for given in manifest.inputs:
        there = offered[given.name]
        rank = 2 if given.feed is Feed.FEATURES else 4
        if there.type != "tensor(float)" or len(there.shape) != rank:
            raise TrialError(Trouble.WRONG_INPUTS)
    types = {o.name: o.type for o in session.get_outputs()}
    if any(types.get(name) not in _FLOATS for name in _wanted(manifest)):
        raise TrialError(Trouble.WRONG_OUTPUTS)


def _wanted(manifest: Manifest) -> list[str]:
    said = manifest.outputs
    return [name for name in (said.logit, said.distance, said.map, said.parts) if name]


def _tried(session: Any, manifest: Manifest, job: Job) -> int:
    """Run it on nothing and on noise, least and most at a time; the longest run in milliseconds."""
    longest = 0.0
    job.step("running")
    for feeds in _feeds(manifest):
        began = time.monotonic()
        first = _run(session, manifest, feeds)
        longest = max(longest, time.monotonic() - began)
        _judge(first, manifest, feeds)
    second = _run(session, manifest, feeds)
    if any(not np.array_equal(first[name], second[name]) for name in first):
        raise TrialError(Trouble.NOT_DETERMINISTIC)
    return round(longest * 1000)


def _run(session: Any, manifest: Manifest, feeds: Mapping[str, Floats]) -> dict[str, NDArray[Any]]:
    wanted = _wanted(manifest)
    try:
        values = session.run(wanted, feeds)
    except MemoryError:
        raise
    except Exception as error:
        said = str(error)
        shape = "Got invalid dimensions" in said or "Invalid rank" in said
        raise TrialError(_why(error, Trouble.WRONG_INPUTS if shape else Trouble.WRONG_OUTPUTS)) from error
    return dict(zip(wanted, values, strict=True))


def _feeds(manifest: Manifest) -> Iterator[dict[str, Floats]]:
    """Zeros and noise, each of one element and of as many as the manifest allows; the largest noise comes last."""
    chance = default_rng(_SEED)
    for noisy in (False, True):
        for most in (False, True):
            least = manifest.calibration.least_side
            yield {i.name: _fed(i, _shape(i, least, most=most), chance if noisy else None) for i in manifest.inputs}


def _fed(given: Input, shape: tuple[int, ...], chance: Generator | None) -> Floats:
    if given.feed is Feed.FEATURES:
        return np.zeros(shape, np.float32) if chance is None else chance.standard_normal(shape, np.float32)
    pixels = np.zeros(shape, np.float32) if chance is None else chance.random(shape, np.float32)
    pixels -= np.asarray(given.mean, np.float32)[:, None, None]
    pixels /= np.asarray(given.std, np.float32)[:, None, None]
    return pixels


def _shape(given: Input, least: int, *, most: bool) -> tuple[int, ...]:
    """The shape of one input, as `prepare` makes it of the largest picture, or of one with the `least` sides."""
    if given.feed is Feed.FEATURES:
        return (1, given.size)
    if given.feed is Feed.DETAIL:
        wide, tall = _LARGEST_DETAIL if most else (min(least, _LARGEST_DETAIL[1]),) * 2
        return (1, 3, tall + -tall % given.size, wide + -wide % given.size)
    return (given.count if most else 1, 3, given.size, given.size)


def _judge(values: Mapping[str, NDArray[Any]], manifest: Manifest, feeds: Mapping[str, Floats]) -> None:
    """Hold the outputs to their shapes, and to being numbers."""
    said = manifest.outputs
    faces = [feeds[i.name].shape[0] for i in manifest.inputs if i.feed is Feed.FACES]
    pictures = faces[0] if faces else 1
    batch = max(feed.shape[0] for feed in feeds.values())
    sizes = {said.logit: {pictures}, said.distance: {1, pictures}, said.parts: {batch}}
    for name, value in values.items():
        array = np.asarray(value)
        if name == said.map and name != said.logit:
            sound = _is_map(array)
        else:
            sound = array.size in sizes.get(name, set()) and array.ndim <= 4
        if not sound or array.dtype.kind != "f":
            raise TrialError(Trouble.WRONG_OUTPUTS)
        if not np.isfinite(array).all():
            raise TrialError(Trouble.NOT_FINITE)


def _is_map(array: NDArray[Any]) -> bool:
    """Whether it is h x w, but for leading ones."""
    *ones, height, width = array.shape if array.ndim >= 2 else (0, 0)
    return all(n == 1 for n in ones) and 1 <= height <= _LONGEST_MAP and 1 <= width <= _LONGEST_MAP
