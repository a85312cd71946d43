"""Video and audio: tracks, tags, and sampled frames of video with their fingerprints."""

from __future__ import annotations

import io
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

# FFmpeg may use these demuxers and nothing that opens something else; OpenCV reads this when it opens a stream.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
    "format_whitelist;mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,ogg,flv,asf|protocol_whitelist;none"
)

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from touchstone.filefacts import MAX_FRAMES, THUMBNAIL, THUMBNAIL_SMALL, Note
from touchstone.media import arrays, containers, pdq, raster
from touchstone.media.containers import Track, number
from touchstone.media.embedded import c2pa_bytes, xmp_packet
from touchstone.media.facts import Facts
from touchstone.media.metadata import read_xmp
from touchstone.media.streams import CaptureStream
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

MAX_FRAME_PIXELS = 64_000_000
MAX_SECONDS = 1e7
_MAX_SIDE = 1 << 17
_MAX_COUNT = 1e9
_SAMPLING_SECONDS = 6.0
_DECODING_SECONDS = 10.0
_COUNTED_WELL = 0.9  # containers estimate how many frames there are; the last of them may be missing
_NEAR = 12  # frames from one sample to the next up to which decoding all of them is faster than seeking

Frame = NDArray[np.uint8]
Sample = tuple[float, Frame]


def preload(mime: str) -> None:  # noqa: ARG001 - all of them need the same
    """Load what reading needs, and use it once, so that whatever loads late has loaded."""
    cv2.setNumThreads(1)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    raster.contiguous_images()
    Image.preinit()
    containers.preload()
    with capture(io.BytesIO(b"")):
        pass
    pdq.fingerprint(np.zeros((8, 8, 3), np.uint8))


def read(job: Job) -> Result:
    """Serve "read" for video and audio, "arrays" for video.

    Raises:
        JobError: it is no clip of its type (unreadable), or its frames are larger than are decoded (too-large).
    """
    if job.request["op"] == "arrays":
        return _arrays(job)
    file, mime = job.files[0], str(job.request["mime"])
    facts = Facts()
    if c2pa_bytes(file, mime):
        facts.notes.add(Note.C2PA_BYTES)
    read_xmp(xmp_packet(file, mime), facts)
    job.step("facts")
    listed = containers.tracks(file, mime)
    containers.gather(listed, facts)
    general, video = containers.first(listed, "General"), containers.first(listed, "Video")
    if video is None and containers.first(listed, "Audio") is None:
        raise JobError(WorkerFailure.UNREADABLE)
    media = _media(general, video)
    if (media["width"] or 0) * (media["height"] or 0) > MAX_FRAME_PIXELS:
        raise JobError(WorkerFailure.TOO_LARGE)
    samples: list[Sample] = []
    if job.request["kind"] == "video" and video is not None:
        job.step("frames")
        samples = _sampled(file, media, facts)
    sizes, blobs, fingerprints = _looked_at(samples)
    cut = arrays.of_frames(samples if job.request.get("detectors") else [])
    body = {"media": media, "fingerprints": fingerprints, "facts": facts.body(), "thumbnails": sizes}
    return Result(body | {"arrays": cut.body()}, blobs | cut.blobs)


def _arrays(job: Job) -> Result:
    """Frames for detectors and no more."""
    media, facts = _media(None, None), Facts()
    cut = arrays.of_frames(_sampled(job.files[0], media, facts))
    return Result({"media": media, "notes": sorted(facts.notes), "arrays": cut.body()}, cut.blobs)


def _media(general: Track | None, video: Track | None) -> dict[str, Any]:
    width, height = (_whole(number(video, name, _MAX_SIDE)) for name in ("Width", "Height"))
    rotation = number(video, "Rotation", 360) or 0.0
    if round(rotation) % 180 == 90:
        width, height = height, width
    duration = number(general, "Duration", MAX_SECONDS) or number(video, "Duration", MAX_SECONDS)
    return {
        "width": width,
        "height": height,
        "duration": duration,
        "fps": number(video, "FrameRate", 10_000),
        "format": None,
        "frames": _whole(number(video, "FrameCount", _MAX_COUNT)),
        "has_alpha": False,
    }


def _whole(value: float | None) -> int | None:
    return int(value) if value else None


@contextmanager
def capture(file: BinaryIO) -> Iterator[cv2.VideoCapture]:
    """A reader on the open file. Never on a path: FFmpeg would follow what the file says to other files."""
    stream: Any = CaptureStream(file, _DECODING_SECONDS)
    opened = cv2.VideoCapture(stream, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        yield opened
    finally:
        opened.release()
        # OpenCV drops its reference without holding the interpreter's lock: it must not be the last one.
        del stream


def _sampled(file: BinaryIO, media: dict[str, Any], facts: Facts) -> list[Sample]:
    if file.seek(0, io.SEEK_END) > CaptureStream.LARGEST:
        facts.notes.add(Note.FRAMES_TOO_FAR)
        return []
    try:
        with capture(file) as opened:
            size = opened.get(cv2.CAP_PROP_FRAME_WIDTH) * opened.get(cv2.CAP_PROP_FRAME_HEIGHT)
            if math.isfinite(size) and size > MAX_FRAME_PIXELS:
                raise JobError(WorkerFailure.TOO_LARGE)
            count = opened.get(cv2.CAP_PROP_FRAME_COUNT)
            samples = list(_frames(opened, int(count) if 0 < count <= _MAX_COUNT else 0, facts))
    except cv2.error:
        samples = []
    if samples:
        media["height"], media["width"] = (int(side) for side in samples[0][1].shape[:2])
    else:
        facts.notes.add(Note.NO_FRAMES)
    return samples


def _frames(opened: cv2.VideoCapture, count: int, facts: Facts) -> Iterator[Sample]:
    """Up to 16 frames spread over the clip, each with its time in seconds, as RGB and the right way up."""
    started = time.monotonic()
    wanted = sorted({int((k + 0.5) * count / MAX_FRAMES) for k in range(MAX_FRAMES)}) if count else range(MAX_FRAMES)
    at = 0
    for index in wanted:
        if time.monotonic() - started > _SAMPLING_SECONDS:
            facts.notes.add(Note.SAMPLED_IN_PART)
            return
        if index - at > _NEAR:
            opened.set(cv2.CAP_PROP_POS_FRAMES, index)
            at = index
        while at < index and opened.grab():
            at += 1
        done, frame = opened.read()
        at += 1
        if not done or frame is None:
            if 1 < at < _COUNTED_WELL * count:
                facts.notes.add(Note.TRUNCATED)
            return
        seconds = opened.get(cv2.CAP_PROP_POS_MSEC) / 1000
        yield (
            (seconds if 0 <= seconds <= MAX_SECONDS else 0.0),
            np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8),
        )


def _looked_at(samples: list[Sample]) -> tuple[dict[str, list[int]], dict[str, bytes], dict[str, Any]]:
    """Sizes and bytes of thumbnails, of the frame that shows most; fingerprints of all."""
    if not samples:
        return {}, {}, {}
    found = [pdq.fingerprint(frame) for _time, frame in samples]
    most = max(range(len(samples)), key=lambda k: (found[k].quality, -abs(k - len(samples) // 2)))
    shown = raster.shrink(Image.fromarray(samples[most][1]), THUMBNAIL)
    small = raster.shrink(shown, THUMBNAIL_SMALL)
    named = {"thumbnail": shown, "thumbnail-small": small}
    frames = [
        {"time": round(seconds, 3), "pdq": one.hash, "pdq_orientations": list(one.hashes), "quality": one.quality}
        for (seconds, _frame), one in zip(samples, found, strict=True)
    ]
    return (
        {name: [picture.width, picture.height] for name, picture in named.items()},
        {name: picture.tobytes() for name, picture in named.items()},
        {"pdq_frames": frames, "pipeline": pdq.PIPELINE},
    )
