"""A short tune on plucked strings in a small hall, made from sines."""

from __future__ import annotations

import functools
import io
import wave
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RATE = 44100
SECONDS = 6.5
_BEAT = 0.34
_A4 = 440.0
TUNE = (
    # beat, note in semitones from A4, loudness
    (0, -12, 0.7), (0, 0, 0.9), (1, 4, 0.7), (2, 7, 0.8), (3, 12, 1.0),
    (4, -10, 0.7), (4, 11, 0.8), (5, 7, 0.7), (6, 9, 0.9), (7, 5, 0.6),
    (8, -15, 0.8), (8, 4, 0.8), (9, 0, 0.6), (10, 2, 0.8), (11, 4, 0.9),
    (12, -5, 0.8), (12, 2, 0.9), (13, -1, 0.6),
    (14, -24, 0.9), (14, -12, 0.8), (14, 0, 1.0), (14.06, 4, 0.6), (14.12, 7, 0.6),
)  # fmt: skip
_MOVED = {9: 8, 4: 3}  # notes of the middle bars, and what they become
CHANGED = tuple((beat, _MOVED.get(note, note) if 4 <= beat < 12 else note, loud) for beat, note, loud in TUNE)


def recording(tune: Sequence[tuple[float, int, float]] = TUNE) -> bytes:
    """The tune as a WAV file: 16 bits, two channels, 44.1 kHz, `SECONDS` long."""
    rng = np.random.default_rng(1711)
    dry = np.zeros((int(RATE * SECONDS), 2), np.float64)
    for beat, note, loud in tune:
        start = int(RATE * (0.15 + beat * _BEAT + rng.uniform(-0.006, 0.006)))
        tone = loud * _pluck(note)[: len(dry) - start]
        place = 0.5 + 0.32 * np.clip(note / 18, -1, 1)
        dry[start : start + len(tone)] += tone[:, None] * np.sqrt([1 - place, place])
    wet = dry + 0.33 * _hall(dry, rng)
    wet += rng.standard_normal(wet.shape) * 0.0006
    fade = np.clip((SECONDS - np.arange(len(wet)) / RATE) / 0.9, 0, 1)[:, None]
    samples = np.clip(wet * fade / np.abs(wet).max() * 0.86, -1, 1)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


@functools.lru_cache(maxsize=64)
def _pluck(note: int) -> NDArray[np.float64]:
    """A string plucked near its end: overtones slightly sharp, the high ones gone first."""
    rng = np.random.default_rng(1711 + abs(note))
    pitch = _A4 * 2 ** (note / 12)
    time = np.arange(int(RATE * 2.6)) / RATE
    tone = np.zeros(len(time))
    for partial in range(1, 13):
        frequency = pitch * partial * np.sqrt(1 + 0.00013 * partial**2)
        if frequency > 9000:
            break
        strength = abs(np.sin(np.pi * partial * 0.19)) / partial**1.25
        length = 1.5 / (0.75 + 0.34 * partial) * (330 / pitch) ** 0.35
        tone += strength * np.exp(-time / length) * np.sin(2 * np.pi * frequency * time + rng.uniform(0, 0.4))
    attack = np.clip(time / 0.004, 0, 1)
    nail = rng.standard_normal(len(time)) * np.exp(-time / 0.006) * 0.05
    return np.asarray(tone * attack + nail, np.float64)


def _hall(dry: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The echo of a small hall: the sound convolved with noise that dies away."""
    length = int(RATE * 1.1)
    decay = np.exp(-np.arange(length) / (RATE * 0.22))[:, None]
    echo = rng.standard_normal((length, 2)) * decay
    echo[: int(RATE * 0.012)] = 0
    echo /= np.sqrt((echo**2).sum(axis=0))
    size = 1 << int(np.ceil(np.log2(len(dry) + length)))
    spectrum = np.fft.rfft(dry, size, axis=0) * np.fft.rfft(echo, size, axis=0)
    return np.asarray(np.fft.irfft(spectrum, size, axis=0)[: len(dry)], np.float64)
