"""A home with a detector, reports in its history, a practice ledger and a key: what recording outputs works with."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from tests.detect import nets
from tests.registry.publishing import Desk

from touchstone import modelfile
from touchstone.chain.send import Sender
from touchstone.check.weigh import weigh
from touchstone.lineage import outputs
from touchstone.lineage.outputs import Hands, Waiting
from touchstone.modelfile import Manifest
from touchstone.paths import Home
from touchstone.registry import mirror
from touchstone.registry.model_lookup import Models
from touchstone.registry.model_types import Output, OutputList, RecordedOutput
from touchstone.report import Finding, Kind, Media, Report, Status, Witness
from touchstone.store.history import History
from touchstone.store.outputs_journal import Batch


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def install(home: Home, name: str = "mine", **fields: Any) -> tuple[Manifest, str]:
    """Put a detector into a home: its manifest, and the SHA-256 of that."""
    manifest = nets.install(home.models, name=name, **fields)
    return manifest, hashlib.sha256((home.models / name / modelfile.MANIFEST).read_bytes()).hexdigest()


def finding(manifest: Manifest, code: str = "signs", score: float | None = 0.75, **details: Any) -> Finding:
    """What a detector found."""
    told = {"decision": code, "model": manifest.id, "model_sha256": manifest.sha256, "score": score, **details}
    return Finding(Witness.AI_IMAGE, Status.DONE, code, source=manifest.id, version=manifest.version, details=told)


def report(name: str, *findings: Finding, created: str = "2026-11-01T10:00:00+00:00", sha256: str = "") -> Report:
    """A report about a file of that name, whose SHA-256 is made from it."""
    media = Media(name, 1000, sha256 or sha(name), Kind.IMAGE, "image/jpeg")
    verdict = weigh(findings, media)
    return Report(created, "touchstone", media, verdict.answer, verdict.headline, findings)


def keep(home: Home, *reports: Report | dict[str, Any]) -> None:
    """Put reports into the history."""
    history = History(home)
    for one in reports:
        assert history.add(one, Path("/pictures")) is not None
    history.close()


def waiting(desk: Desk, **options: Any) -> Waiting:
    mirror.sync(desk.home, desk.network)
    return outputs.waiting(desk.home, desk.network, **options)


def finish(desk: Desk, batch: int, confirm: Any = lambda _prepared: True, on_step: Any = lambda _s, _p: None) -> Batch:
    """Send one list."""
    sender = Sender(desk.home, desk.network)
    try:
        return outputs.finish(desk.home, desk.network, batch, Hands(sender, desk.signer, confirm, on_step))
    finally:
        sender.close()
        mirror.sync(desk.home, desk.network)


def record(desk: Desk, **options: Any) -> list[Batch]:
    """What the command does: what was begun first, then what waits."""
    mirror.sync(desk.home, desk.network)
    done = [finish(desk, batch.id, **options) for batch in outputs.unfinished(desk.home, desk.network)]
    said = waiting(desk).said
    if said:
        batch = outputs.prepare(desk.home, desk.network, [one.output for one in said])
        done.append(finish(desk, batch.id, **options))
    return done


def recorded_of(desk: Desk, media: str) -> list[RecordedOutput]:
    models = Models(desk.home, desk.network)
    try:
        return list(models.outputs_of(media))
    finally:
        models.close()


def lists(desk: Desk) -> list[OutputList]:
    models = Models(desk.home, desk.network)
    try:
        return list(models.output_lists())
    finally:
        models.close()


def on_ledger(desk: Desk) -> list[Output]:
    """Everything in every list that stands, as often as it does."""
    models = Models(desk.home, desk.network)
    try:
        return [
            one for listed in models.output_lists() if not listed.withdrawn for one in models.outputs_in(listed.root)
        ]
    finally:
        models.close()


def contents(desk: Desk, root: str) -> list[Output]:
    """What is under a root, as the mirror has it."""
    models = Models(desk.home, desk.network)
    try:
        return list(models.outputs_in(root))
    finally:
        models.close()
