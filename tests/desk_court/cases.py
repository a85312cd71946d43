"""Cases made by code."""

from __future__ import annotations

from touchstone.registry.case_stage import blank_parameters
from touchstone.registry.court_types import CancelReason, CaseEntry, Phase, Ruling

FLAGGER = "0x" + "12" * 20


def case_about(media: str, evidence: str, number: int = 1) -> CaseEntry:
    return CaseEntry(
        number, media, "", "", FLAGGER, 30_600_000, 35_000_000, 0, "", blank_parameters(1), evidence, "", 1000, 2000,
        Phase.FLAGGED, 0, Ruling.NONE, 0, CancelReason.NONE, 0, 0, 0, 1, "",
    )  # fmt: skip
