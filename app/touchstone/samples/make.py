"""Draws, records and signs the sample files. Runs in a process of its own and reads nothing but its request.

The request is one JSON line on standard input: `directory`, an empty folder to write to, and `files`, which gives the
file name of every sample by its code. Answers are JSON lines: `{"step", "of", "name"}` before each sample (its code as
name), then `{"done": {"root": PEM}}`, or `{"failed": code}`. The keys live in this process and end with it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
from c2pa import C2paError

from touchstone.samples import carry, credentials, melody
from touchstone.samples.authority import Authority, Identity
from touchstone.samples.canvas import Bytes
from touchstone.samples.credentials import JPEG, MP4, WAV, Ingredient, Stamp, Statement
from touchstone.samples.scenes import aurora, balloons, dunes, harbour, lighthouse, mountains, pears, postcard

_QUALITY = 90
_EXPIRES_AFTER = (3, 8, 20)  # seconds, the longer ones for a machine that was too slow to sign in time
_THREADS = 2
_PROMPT = (
    "northern lights over a quiet lake, dark firs on the far shore, round stones in front, long exposure, wide view\n"
    "Negative prompt: people, text, watermark, blurry\n"
    "Steps: 28, Sampler: Euler a, CFG scale: 6.5, Seed: 1621, Size: 832x832, Model: sample-model (no model was used)"
)


def main(stdin: TextIO, stdout: TextIO) -> int:
    """Serve one request. Returns the exit code: 0 done, 1 failed (and said so), 2 no request."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the desk decides what an interruption means
    line = stdin.readline()
    if not line:
        return 2
    request = json.loads(line)

    def say(message: Mapping[str, object]) -> None:
        stdout.write(json.dumps(message) + "\n")
        stdout.flush()

    try:
        os.chdir(request["directory"])
        root = _Workshop(request["files"], say).make_all()
    except BrokenPipeError:
        # The desk is gone, and with it whoever would have tidied up.
        shutil.rmtree(request["directory"], ignore_errors=True)
        return 1
    except OSError as error:
        say({"failed": "cannot-write", "errno": error.errno or 0})
        return 1
    except (C2paError, credentials.SigningError, ValueError, cv2.error):
        say({"failed": "cannot-make"})
        return 1
    say({"done": {"root": root}})
    return 0


class _Workshop:
    """Makes one set of samples in the current folder. Drawing happens on other threads, signing on this one."""

    def __init__(self, names: Mapping[str, str], say: Callable[[Mapping[str, object]], None]) -> None:
        self._names = names
        self._say = say
        self._written = 0
        self._authority = Authority()
        self._stamp = Stamp(self._authority.signer(), self._authority.root)

    def make_all(self) -> str:
        """Write every sample; returns the root certificate, PEM."""
        cv2.setNumThreads(1)  # two scenes at a time keep two cores busy better than one scene on both
        with ThreadPoolExecutor(_THREADS) as pool:
            try:
                self._make(pool)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return self._authority.root

    def _make(self, pool: ThreadPoolExecutor) -> None:
        ranges = pool.submit(mountains.draw)
        bays = pool.submit(_harbours)
        films = pool.submit(_films)
        desert = pool.submit(dunes.draw)
        fruit = pool.submit(pears.draw)
        flight = pool.submit(balloons.draw)
        evening = pool.submit(mountains.draw, mountains.ELSEWHERE)
        sounds = pool.submit(_sounds)
        lights = pool.submit(aurora.draw)
        expires = self._expired(_jpeg(ranges.result()))
        signed = self._harbour(*bays.result(), ranges)
        self._declared(desert, lights)
        self._step("plain")
        self._write("plain", _jpeg(fruit.result()))
        self._step("withdrawn")
        self._write("withdrawn", _jpeg(flight.result()))
        self._step("everyday")
        self._write("everyday", _jpeg(np.ascontiguousarray(evening.result()[:, ::-1])))  # the sun on the other side
        self._small(signed, bays.result()[0])
        self._film(*films.result())
        self._sound(*sounds.result())
        time.sleep(max(0.0, (expires - datetime.now(UTC)).total_seconds() + 1))

    def _expired(self, picture: bytes) -> datetime:
        """Signed with a certificate that is valid now and no longer when the set is done. Returns its end."""
        self._step("expired")
        statement = Statement("Mountains, misty morning")
        for seconds in _EXPIRES_AFTER:
            identity = self._authority.expiring(seconds)
            try:
                self._write("expired", self._signed_by(identity, picture, statement))
            except C2paError:
                if seconds == _EXPIRES_AFTER[-1]:
                    raise
            else:
                break
        return identity.expires

    def _signed_by(self, identity: Identity, picture: bytes, statement: Statement) -> bytes:
        return Stamp(identity, self._authority.root).sign(picture, JPEG, statement)

    def _harbour(self, full: Bytes, emptied: Bytes, ranges: Future[Bytes]) -> bytes:
        """The harbour as signed; without its boat; that one signed again; and on a picture postcard."""
        self._step("signed")
        signed = self._stamp.sign(_jpeg(full), JPEG, Statement("Harbour at dusk"))
        self._write("signed", signed)
        self._step("changed")
        changed = carry.jpeg_into(signed, _jpeg(emptied))
        self._write("changed", changed)
        self._step("laundered")
        parent = Ingredient(self._names["changed"], changed, "parentOf")
        self._write("laundered", self._stamp.sign(changed, JPEG, Statement("Harbour at dusk", ingredients=[parent])))
        self._step("composite")
        other = self._stamp.sign(_jpeg(ranges.result()), JPEG, Statement("Mountains, misty morning"))
        parts = [
            Ingredient(self._names["signed"], signed, "componentOf"),
            Ingredient("mountains.jpg", other, "componentOf"),
        ]
        card = _jpeg(postcard.draw(full, ranges.result()))
        statement = Statement("Two views", credentials.COMPOSITE, parts)
        self._write("composite", self._stamp.sign(card, JPEG, statement))
        return signed

    def _declared(self, desert: Future[Bytes], lights: Future[Bytes]) -> None:
        self._step("declared-ai")
        statement = Statement("Ringed planet", credentials.BY_MODEL)
        self._write("declared-ai", self._stamp.sign(_jpeg(desert.result()), JPEG, statement))
        self._step("generator-text")
        self._write("generator-text", carry.png_with_text(_encoded(".png", lights.result()), "parameters", _PROMPT))

    def _small(self, signed: bytes, full: Bytes) -> None:
        self._step("stripped")
        self._write("stripped", carry.jpeg_without(signed))
        self._step("smaller")
        height, width = full.shape[:2]
        half = cv2.resize(full, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        self._write("smaller", _jpeg(half.astype("uint8"), 72))

    def _film(self, film: bytes, edited: bytes) -> None:
        self._step("video-signed")
        signed = self._stamp.sign(film, MP4, Statement("Lighthouse at night"))
        self._write("video-signed", signed)
        self._step("video-changed")
        self._write("video-changed", carry.mp4_into(signed, edited))

    def _sound(self, sound: bytes, edited: bytes) -> None:
        self._step("sound-signed")
        signed = self._stamp.sign(sound, WAV, Statement("A tune on eight strings"))
        self._write("sound-signed", signed)
        self._step("sound-changed")
        self._write("sound-changed", carry.wav_into(signed, sound, edited))

    def _step(self, code: str) -> None:
        self._written += 1
        self._say({"step": self._written, "of": len(self._names), "name": code})

    def _write(self, code: str, data: bytes) -> None:
        Path(self._names[code]).write_bytes(data)


def _harbours() -> tuple[Bytes, Bytes]:
    """The harbour with all its boats, and without the largest."""
    fewer = [boat for boat in harbour.BOATS if boat.length < 200]
    full, emptied = harbour.draw(harbour.BOATS, fewer)
    return full, emptied


def _films() -> tuple[bytes, bytes]:
    """The film with its ship, and without."""
    with_ship, without = zip(*lighthouse.frames(), strict=True)
    return _mp4("with.mp4", with_ship), _mp4("without.mp4", without)


def _sounds() -> tuple[bytes, bytes]:
    return melody.recording(), melody.recording(melody.CHANGED)


def _encoded(kind: str, picture: Bytes, options: tuple[int, ...] = ()) -> bytes:
    done, data = cv2.imencode(kind, picture, options)
    if not done:
        raise ValueError(f"cannot encode {kind}")
    return bytes(data)


def _jpeg(picture: Bytes, quality: int = _QUALITY) -> bytes:
    return _encoded(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))


def _mp4(name: str, frames: tuple[Bytes, ...]) -> bytes:
    """A film of these pictures, through a file in the current folder: OpenCV writes to paths only."""
    height, width = frames[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(name, cv2.CAP_FFMPEG, code, lighthouse.FRAMES_PER_SECOND, (width, height))
    if not writer.isOpened():
        raise ValueError("no MP4 encoder")
    for frame in frames:
        writer.write(frame)
    writer.release()
    data = Path(name).read_bytes()
    Path(name).unlink()
    return data
