"""The proof that a model said something of a file, as a document that a stranger can verify.

JSON of the schema `touchstone.output-proof/1`: the output, the hashes that lead from it to the root of its list, and
where that root is recorded, by whom. It holds nothing of the other outputs in the list but their hashes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.chain.network import Network
from touchstone.lineage.fields import SHA256, Field, FieldError
from touchstone.registry import output_lists
from touchstone.registry.merkle import verify
from touchstone.registry.model_types import Decision, Output, OutputList
from touchstone.registry.output_lists import MILLION, OutputsError, Proof

SCHEMA = "touchstone.output-proof/1"
LARGEST = 64 * 1024  # bytes
_MOST_STEPS = 32
_MOST_ID = 2**32 - 1
_LATEST = 2**40 - 1
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_WITNESS = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class ProofError(ValueError):
    """These bytes are no proof; the text names the field."""


@dataclass(frozen=True, slots=True)
class OutputProof:
    """A proof and where its list is recorded. Addresses are 0x hex, hashes lower-case hex; `tx` 0x hex, "" for none.

    `network` is the name that the network had where the proof was written: `chain_id` and `registry` tell which it is.
    """

    proof: Proof
    network: str
    chain_id: int
    registry: str
    signer: str
    publisher: int
    count: int
    list_hash: str
    recorded: int
    block: int
    tx: str

    @property
    def fits(self) -> bool:
        """Whether the output stands under the root, at its place in a list of that length."""
        proof = self.proof
        if proof.index >= self.count:
            return False
        return verify(proof.root, output_lists.output_hash(proof.index, proof.output), proof.path)


def of(network: Network, recorded: OutputList, proof: Proof) -> OutputProof:
    """The proof of an output in a recorded list."""
    return OutputProof(
        proof,
        network.name,
        network.chain_id,
        network.models,
        recorded.signer,
        recorded.publisher,
        recorded.count,
        recorded.list_hash,
        recorded.recorded,
        recorded.block,
        f"0x{recorded.tx.removeprefix('0x')}" if recorded.tx else "",
    )


def dumps(one: OutputProof) -> bytes:
    """The document."""
    proof, output = one.proof, one.proof.output
    document = {
        "schema": SCHEMA,
        "network": {"name": one.network, "chain_id": one.chain_id, "registry": one.registry},
        "list": {
            "root": proof.root.hex(),
            "count": one.count,
            "list_hash": one.list_hash,
            "signer": one.signer,
            "publisher": one.publisher,
            "recorded": one.recorded,
            "block": one.block,
            "transaction": one.tx or None,
        },
        "output": {
            "index": proof.index,
            "manifest": output.manifest,
            "media": output.media,
            "witness": output.witness,
            "score": output.score,
            "decision": int(output.decision),
            "time": output.time,
        },
        "path": [step.hex() for step in proof.path],
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def loads(raw: bytes) -> OutputProof:
    """The proof in a document, whoever wrote it. What it says is not held to anything yet.

    Raises:
        ProofError: it is none.
    """
    if len(raw) > LARGEST:
        raise ProofError("size")
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
        if not isinstance(data, Mapping) or data.get("schema") != SCHEMA:
            raise ProofError("schema")
        return _proof(Field(data).members(("schema", "network", "list", "output", "path")))
    except FieldError as error:
        raise ProofError(error.path) from error
    except OutputsError as error:
        raise ProofError("output") from error
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, ProofError) else ProofError("JSON") from error


def _proof(data: Mapping[str, Field]) -> OutputProof:
    place = data["network"].members(("name", "chain_id", "registry"))
    listed = data["list"].members(
        ("root", "count", "list_hash", "signer", "publisher", "recorded", "block", "transaction")
    )
    said = data["output"].members(("index", "manifest", "media", "witness", "score", "decision", "time"))
    output = Output(
        said["manifest"].text(SHA256),
        said["media"].text(SHA256),
        said["witness"].text(_WITNESS),
        None if said["score"].value is None else said["score"].whole(0, MILLION),
        Decision(said["decision"].whole(0, max(Decision))),
        said["time"].whole(0, _LATEST),
    )
    path = tuple(bytes.fromhex(step.text(SHA256)) for step in data["path"].each(0, _MOST_STEPS))
    root = bytes.fromhex(listed["root"].text(SHA256))
    return OutputProof(
        Proof(root, said["index"].whole(0, _MOST_ID), output, path),
        place["name"].text(_NAME),
        place["chain_id"].whole(1),
        place["registry"].text(_ADDRESS),
        listed["signer"].text(_ADDRESS),
        listed["publisher"].whole(0, _MOST_ID),
        listed["count"].whole(1, _MOST_ID),
        listed["list_hash"].text(SHA256),
        listed["recorded"].whole(0, _LATEST),
        listed["block"].whole(),
        "" if listed["transaction"].value is None else listed["transaction"].text(_HASH),
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ProofError("JSON")
    return found
