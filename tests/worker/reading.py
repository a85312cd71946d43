"""One file through both sides of the pixels witness, in this process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from touchstone.check import pixels
from touchstone.check.identify import identify
from touchstone.check.pixels import PixelsReply
from touchstone.media import handler
from touchstone.report import Finding
from touchstone.worker.job import Job


@dataclass(frozen=True)
class Read:
    """What came of it: the raw body, and what the desk makes of it."""

    body: dict[str, Any]
    reply: PixelsReply
    finding: Finding

    @property
    def details(self) -> dict[str, Any]:
        return dict(self.finding.details)

    @property
    def notes(self) -> list[str]:
        return list(self.details["notes"])


def read(data: bytes, mime: str | None = None) -> Read:
    """Identify, ask, read, parse, find. Raises what the handler raises."""
    known = identify(data, "file")
    request = pixels.request(known.kind, mime or known.mime)
    handler.preload(request)
    result = handler.handle(Job(request, [io.BytesIO(data)]))
    raw = json.dumps(result.body, allow_nan=False)
    assert len(raw) < 32 * 1024
    reply = pixels.parse(json.loads(raw), result.blobs)
    return Read(dict(result.body), reply, pixels.facts_finding(reply))
