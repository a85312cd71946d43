"""The training record of the face net: what it was made of, with what, and what came out, as canonical JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any

from training import data
from training.data import Item
from training.face_fit import Design

_PACKAGES = ("torch", "numpy", "opencv-python-headless", "onnx", "onnxruntime", "ai-edge-litert", "scipy")


def root(items: Iterable[Item]) -> str:
    """The root of a sorted Merkle tree over the SHA-256 of pictures; leaves and nodes are hashed apart."""
    level = [hashlib.sha256(b"\0" + bytes.fromhex(h)).digest() for h in sorted({i.sha256 for i in items})]
    while len(level) > 1:
        pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(p)).digest() if len(p) > 1 else p[0] for p in pairs]
    return level[0].hex()


def record(design: Design, trained_on: Sequence[str], swaps: str, weights: str, metrics: dict[str, Any]) -> str:
    """The record as text, keys in order."""
    every = data.items()
    used = [i for i in every if i.stem in set(trained_on)]
    commit = subprocess.run(
        ["git", "-C", str(data.ROOT), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    told = {
        "schema": "touchstone.training/1",
        "model": "face",
        "data": {"root": root(every), "items": len({i.sha256 for i in every})},
        "trained_on": {"root": root(used), "items": len(used), "sources": sorted({i.source for i in used})},
        "judged_on": {"swaps": swaps, "list": "training/face_swaps.json"},
        "parameters": dataclasses.asdict(design),
        "commit": commit,
        "environment": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            **{name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "weights": {"sha256": weights},
        "metrics": metrics,
    }
    return json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
