"""Writes content credentials into sample files, in memory, and reads back what it wrote."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from c2pa import Builder, C2paSigningAlg, Context, Reader, Signer

from touchstone import __version__
from touchstone.samples.authority import Identity

GENERATOR = "Touchstone samples"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
BY_CODE = _SOURCE_TYPES + "algorithmicMedia"
BY_MODEL = _SOURCE_TYPES + "trainedAlgorithmicMedia"
COMPOSITE = _SOURCE_TYPES + "composite"
JPEG, PNG, MP4, WAV = "image/jpeg", "image/png", "video/mp4", "audio/wav"


class SigningError(RuntimeError):
    """A file does not read as it was signed."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that went into another. `relationship` is parentOf or componentOf (C2PA 2.x, "Ingredient")."""

    title: str
    data: bytes
    relationship: str
    mime: str = JPEG


@dataclass(frozen=True, slots=True)
class Statement:
    """What a manifest says about its file: a title, how it came about, and what it was made of.

    Without a parent among the ingredients it says "created" with `source_type` (an IPTC term), else "opened".
    """

    title: str
    source_type: str = BY_CODE
    ingredients: Sequence[Ingredient] = ()
    edits: Sequence[str] = ()


class Stamp:
    """Signs with one identity. Opens no socket: no time stamp, no revocation look-up, no remote manifest."""

    def __init__(self, identity: Identity, root: str) -> None:
        self._identity = identity
        self._context = Context.from_dict(
            {
                "trust": {"user_anchors": root},
                "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
                "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
                "builder": {"thumbnail": {"long_edge": 480, "quality": "medium"}},
            }
        )

    def sign(self, data: bytes, mime: str, statement: Statement) -> bytes:
        """`data` with a manifest that says `statement`.

        Raises:
            SigningError: what was written does not read back as signed and unchanged.
            c2pa.C2paError: the library refused to sign.
        """
        signed = io.BytesIO()
        with Builder(_manifest(statement), context=self._context) as builder:
            for number, ingredient in enumerate(statement.ingredients):
                about = {
                    "title": ingredient.title,
                    "relationship": ingredient.relationship,
                    "instance_id": _instance(number),
                }
                builder.add_ingredient(about, ingredient.mime, io.BytesIO(ingredient.data))
            with Signer.from_callback(self._identity.sign, C2paSigningAlg.ES256, self._identity.chain) as signer:
                builder.sign(signer, mime, io.BytesIO(data), signed)
        self._read_back(signed.getvalue(), mime)
        return signed.getvalue()

    def _read_back(self, data: bytes, mime: str) -> None:
        with Reader(mime, io.BytesIO(data), context=self._context) as reader:
            results = reader.get_validation_results() or {}
        failures = {entry["code"] for entry in results.get("activeManifest", {}).get("failure", ())}
        # The short-lived certificate may have run out by now: that sample is about nothing else.
        unexpected = failures - {"signingCredential.untrusted", "signingCredential.expired"}
        if unexpected:
            raise SigningError(", ".join(sorted(unexpected)))


def _instance(number: int) -> str:
    return f"xmp:iid:touchstone-sample-{number}"


def _manifest(statement: Statement) -> str:
    actions = [_first_action(statement)]
    for number, ingredient in enumerate(statement.ingredients):
        if ingredient.relationship == "componentOf":
            actions.append({"action": "c2pa.placed", "parameters": {"ingredientIds": [_instance(number)]}})
    actions += [{"action": edit} for edit in statement.edits]
    manifest = {
        "title": statement.title,
        "claim_generator_info": [{"name": GENERATOR, "version": __version__}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }
    return json.dumps(manifest)


def _first_action(statement: Statement) -> dict[str, Any]:
    for number, ingredient in enumerate(statement.ingredients):
        if ingredient.relationship == "parentOf":
            return {"action": "c2pa.opened", "parameters": {"ingredientIds": [_instance(number)]}}
    return {"action": "c2pa.created", "digitalSourceType": statement.source_type}
