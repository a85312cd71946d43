"""A small model with everything that an audit looks at, made by code: data, run, seal, and a register that holds it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lineage import records
from tests.practice import Publisher, ledger_of
from tests.registry.publishing import KeySigner

from touchstone import modelfile
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.lineage import canonical, items, seal
from touchstone.lineage import record as lineage_record
from touchstone.lineage.audit import audit
from touchstone.lineage.audit_types import Audit, Outcome
from touchstone.paths import Home

WEIGHTS = b"some weights, which nothing here runs"
FEATURES = b'{"features":[1,2,3]}'
TRAINED, JUDGED = tuple(f"picture {n}".encode() for n in range(12)), tuple(f"judged {n}".encode() for n in range(3))
ZERO = "00" * 32


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file(data: bytes) -> dict[str, Any]:
    return {"sha256": sha(data), "bytes": len(data)}


def data_files(folder: Path) -> Path:
    """The files that the model was trained and judged on."""
    for number, content in enumerate((*TRAINED, *JUDGED)):
        path = folder / ("judged" if content in JUDGED else "trained") / f"{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def make(
    folder: Path,
    name: str = "brightness",
    weights: bytes = WEIGHTS,
    *,
    trained: tuple[bytes, ...] = TRAINED,
    checkpoints: bool = True,
    **changed: Any,
) -> Path:
    """A folder with all parts that belong together; `changed` goes into the record. It is not sealed."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(weights)
    (folder / "features.json").write_bytes(FEATURES)
    masks = {hashlib.sha256(one).digest(): 1 for one in trained}
    masks |= {hashlib.sha256(one).digest(): 2 for one in JUDGED}
    masks[hashlib.sha256(trained[0]).digest()] |= 4
    items.write(folder / "data.items", masks, ["judged", "shown"])
    with items.read(folder / "data.items") as listed:
        roots = {name: listed.root(name) for name in ("", "judged", "shown")}
    told = {name: {"root": root.root.hex(), "items": root.items} for name, root in roots.items()}
    states = [b"state after 100", b"state after 200"]
    whole = records.document(
        data=told[""],
        splits={name: told[name] for name in ("judged", "shown")},
        items_file=file((folder / "data.items").read_bytes()),
        model=name,
        weights=file(weights),
        checkpoints=[
            {"step": 100 * n, "time": f"2026-01-31T10:{n}0:00Z", **file(state)} for n, state in enumerate(states, 1)
        ],
        **{"parents": [], "files": {"features.json": file(FEATURES)}, **changed},
    )
    if checkpoints:
        (folder / "checkpoints").mkdir()
        for number, state in enumerate(states):
            (folder / "checkpoints" / f"{number}.pt").write_bytes(state)
    (folder / "record.json").write_bytes(canonical.dumps(whole))
    manifest = modelfile.Manifest(
        id=name,
        version="1",
        task=modelfile.Task.FORENSIC,
        title="Brightness",
        licence="CC0-1.0",
        inputs=(modelfile.Input("features", modelfile.Feed.FEATURES, 3),),
        outputs=modelfile.Outputs("logit"),
        **file(weights),
    )
    (folder / "manifest.json").write_text(modelfile.dumps(manifest), "utf-8")
    return folder


def registration(folder: Path, **changed: Any) -> dict[str, Any]:
    """What is registered of a folder, as the contract takes it; `changed` are its fields."""
    told = lineage_record.read(folder / "record.json")
    return {
        "manifest": "0x" + sha((folder / "manifest.json").read_bytes()),
        "weights": "0x" + told.weights.sha256,
        "dataRoot": "0x" + told.data.root,
        "items": told.data.items,
        "record": "0x" + told.sha256,
        "evaluation": "0x" + told.evaluation,
        "parents": [],
        "uri": "",
        **changed,
    }


@dataclass
class World:
    """A home with a practice ledger, a publisher on it, and a sealed model."""

    home: Home
    folder: Path
    publisher: Publisher
    network: Network

    @classmethod
    def make(cls, root: Path, **changed: Any) -> World:
        home = Home(root / "home")
        publisher = Publisher.create(ledger_of(home))
        world = cls(home, make(root / "model", **changed), publisher, Networks.load(home).get("practice"))
        world.seal()
        return world

    def copy(self, root: Path) -> World:
        """The same once more elsewhere."""
        shutil.copytree(self.home.root, root / "home")
        shutil.copytree(self.folder, root / "model")
        home = Home(root / "home")
        from tests.practice import Key

        key = Key(ledger_of(home), self.publisher.key.signer, self.publisher.key.nonce)
        return World(home, root / "model", Publisher(key, self.publisher.id), self.network)

    @property
    def signer(self) -> KeySigner:
        return KeySigner(self.publisher.key.signer)

    def seal(self, folder: Path | None = None, signer: Any = None) -> None:
        where = folder or self.folder
        (where / "seal.json").write_bytes(seal.make(where, signer or self.signer))

    def register(self, folder: Path | None = None, publisher: Publisher | None = None, **changed: Any) -> str:
        """Register a folder's model; its id."""
        from touchstone.registry import models

        by = publisher or self.publisher
        what = registration(folder or self.folder, **changed)
        by.key.send("ModelRegistry", "register", by.id, what)
        return models.id_of(by.id, what["manifest"][2:])

    def audit(self, folder: Path | None = None, **options: Any) -> Audit:
        options = {"home": self.home, "network": self.network, **options}
        return audit(folder or self.folder, **options)


def failed(found: Audit) -> set[tuple[str, str]]:
    """Places and codes of what failed."""
    return {(str(step.place), step.code) for step in found.steps if step.outcome is Outcome.FAILED}


def places(found: Audit) -> set[str]:
    return {place for place, _code in failed(found)}


def codes(found: Audit, place: str) -> list[str]:
    return [step.code for step in found.steps if step.place == place]


def write(path: Path, document: dict[str, Any]) -> None:
    """Write a document in its canonical form."""
    path.write_bytes(canonical.dumps(document))


def seal_again(folder: Path, world: World, publisher: Publisher | None = None) -> None:
    """A seal that fits what lies in the folder, whether or not that belongs together, by a publisher's key."""
    told = canonical.loads((folder / "seal.json").read_bytes())
    record = canonical.loads((folder / "record.json").read_bytes())
    told |= {
        "model": record["model"],
        "manifest": sha((folder / "manifest.json").read_bytes()),
        "record": sha((folder / "record.json").read_bytes()),
        "weights": record["weights"]["sha256"],
        "items": None if record["items_file"] is None else record["items_file"]["sha256"],
        "evaluation": canonical.sha256(record["metrics"]),
    }
    signer = KeySigner((publisher or world.publisher).key.signer)
    bare = {name: value for name, value in told.items() if name != "signature"}
    message = f"Touchstone model seal\nSHA-256: {canonical.sha256(bare)}\nSigner: {signer.address}".encode()
    signature = {"scheme": seal.SCHEME, "address": signer.address, "value": "0x" + signer.sign_message(message).hex()}
    write(folder / "seal.json", {**bare, "signature": signature})


def chain(whole: dict[str, Any]) -> str:
    """The chain of a record as it has to be."""
    told = [whole[name] for name in ("model", "data", "splits", "parameters", "seeds")]
    states = [(one["sha256"], one["step"]) for one in whole["checkpoints"]]
    return lineage_record.chain_after(lineage_record.chain_start(*told), states)
