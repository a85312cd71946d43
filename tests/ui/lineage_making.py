"""Models with a lineage for windows: one that came with the application, one that was added, each small and sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lineage import audited
from tests.ui.publishing import PASSWORD

from touchstone import modelfile
from touchstone.chain import keystore
from touchstone.chain.signer import KeystoreSigner
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.lineage import seal
from touchstone.paths import Home

SHIPPED, ADDED, BARE, CHILD = "brightness", "mine", "bare", "child"


def shipped(folder: Path, **changed: Any) -> Path:
    """A model as it ships, sealed with a key that is thrown away."""
    made = audited.make(folder / SHIPPED, checkpoints=False, **changed)
    (made / seal.SEAL).write_bytes(seal.make(made, ThrowawaySigner()))
    return made


def added(home: Home, **changed: Any) -> Path:
    """A model of the user's own with weights of its own, sealed with his key."""
    weights = b"other weights, which nothing runs either"
    made = audited.make(home.models / ADDED, ADDED, weights, checkpoints=False, **changed)
    rename(made, ADDED, "Mine")
    (key,) = keystore.keys(home)
    signer = KeystoreSigner(key)
    signer.unlock(PASSWORD)
    (made / seal.SEAL).write_bytes(seal.make(made, signer))
    signer.lock()
    return made


def child(home: Home, **changed: Any) -> Path:
    """A model that was made from another, sealed with a key that is thrown away."""
    made = audited.make(home.models / CHILD, CHILD, b"weights of a child", checkpoints=False, **changed)
    rename(made, CHILD, "Child")
    (made / seal.SEAL).write_bytes(seal.make(made, ThrowawaySigner()))
    return made


def bare(home: Home) -> Path:
    """A model without a record."""
    made = audited.make(home.models / BARE, BARE, b"bare weights", checkpoints=False)
    for name in (modelfile.RECORD, seal.ITEMS):
        (made / name).unlink()
    rename(made, BARE, "Bare")
    return made


def rename(folder: Path, model: str, title: str) -> None:
    """Change a manifest."""
    told = json.loads((folder / modelfile.MANIFEST).read_text("utf-8"))
    (folder / modelfile.MANIFEST).write_text(json.dumps({**told, "id": model, "title": title}), "utf-8")
