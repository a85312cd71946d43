"""A record of a training that never was, sound in every field, and a folder of a model with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from touchstone import modelfile
from touchstone.lineage import canonical, record


def hashed(text: str) -> str:
    """A SHA-256 that nothing else here has."""
    return hashlib.sha256(text.encode()).hexdigest()


def document(**changed: Any) -> dict[str, Any]:
    """A record as an object, with every kind of field filled; the chain is that of what is told."""
    whole: dict[str, Any] = {
        "schema": record.SCHEMA,
        "model": "brightness",
        "started": "2026-01-31T10:00:00Z",
        "finished": "2026-01-31T12:00:00Z",
        "sessions": [
            {
                "started": "2026-01-31T10:00:00Z",
                "ended": "2026-01-31T10:30:00Z",
                "resumed_from": None,
                "commit": None,
                "dirty": False,
            },
            {
                "started": "2026-01-31T11:00:00Z",
                "ended": "2026-01-31T12:00:00Z",
                "resumed_from": 100,
                "commit": "ab" * 20,
                "dirty": True,
            },
        ],
        "code": {"commit": "ab" * 20, "dirty": True, "diff_sha256": hashed("diff")},
        "data": {"root": hashed("data"), "items": 12},
        "splits": {"fold-0": {"root": hashed("fold-0"), "items": 5}, "judged": {"root": hashed("judged"), "items": 3}},
        "items_file": None,
        "parameters": {"rate": 0.001, "layers": [1, 2], "name": "plain"},
        "seeds": {"torch": 3},
        "environment": {
            "python": "3.11.7",
            "machine": "x86_64",
            "system": "Linux",
            "packages": {"numpy": "2.4.6"},
            "lock_sha256": hashed("lock"),
        },
        "checkpoints": [
            {"step": 100, "sha256": hashed("100"), "bytes": 10, "time": "2026-01-31T10:20:00Z"},
            {"step": 200, "sha256": hashed("200"), "bytes": 10, "time": "2026-01-31T11:50:00Z"},
        ],
        "chain": "",
        "files": {"features.json": {"sha256": hashed("features"), "bytes": 2}},
        "weights": {"sha256": hashed("weights"), "bytes": 7},
        "metrics": {"auc": 0.75, "limits": {"low": 1e-07, "many": 1e20}},
        "parents": [
            {
                "record": hashed("older"),
                "weights": hashed("older weights"),
                "relation": "retrained",
                "name": "brightness, first",
                "removed": sorted([hashed("a"), hashed("b")]),
            }
        ],
        **changed,
    }
    if "chain" not in changed:
        told = [whole[name] for name in ("model", "data", "splits", "parameters", "seeds")]
        start = record.chain_start(*told)
        whole["chain"] = record.chain_after(start, [(c["sha256"], c["step"]) for c in whole["checkpoints"]])
    return whole


def model_folder(folder: Path, **changed: Any) -> Path:
    """A folder with a network (some bytes), its manifest and its record; `changed` goes into the record."""
    folder.mkdir(parents=True)
    weights = b"weights"
    (folder / "model.onnx").write_bytes(weights)
    told: dict[str, Any] = {"sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)}
    manifest = modelfile.Manifest(
        id="brightness",
        version="1",
        task=modelfile.Task.AI_IMAGE,
        title="Brightness",
        licence="CC0-1.0",
        inputs=(modelfile.Input("squares", modelfile.Feed.SQUARES, 64),),
        outputs=modelfile.Outputs("logit"),
        **told,
    )
    (folder / "manifest.json").write_text(modelfile.dumps(manifest), "utf-8")
    (folder / "record.json").write_bytes(canonical.dumps(document(**{"weights": told, **changed})))
    return folder
