"""The lineage of a model with every sort of link on it, as data: nothing of it lies on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from tests.lineage import records

from touchstone.chain.keystore import Key
from touchstone.lineage import canonical, record
from touchstone.lineage.audit_types import Audit, Outcome, Place, Step
from touchstone.lineage.outputs import Waiting
from touchstone.registry.model_types import ModelEntry, OutputList, Standing, Status
from touchstone.ui.lineage_chain import Known
from touchstone.ui.lineage_outputs_work import Outputs
from touchstone.ui.lineage_places import Kind
from touchstone.ui.lineage_who import Name
from touchstone.ui.lineage_work import Looked, Subject
from touchstone.ui.models_pane import LINEAGE, OUTPUTS
from touchstone.ui.models_screen import ModelsScreen

LONG = "the-picture-desk-of-an-agency-with-a-rather-long-name-that-no-box-will-ever-hold"
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
_CODES = {
    Place.MANIFEST: "manifest-matches",
    Place.WEIGHTS: "weights-match",
    Place.FILES: "files-match",
    Place.RECORD: "record-matches",
    Place.SEAL: "seal-fits",
    Place.CHECKPOINTS: "chain-holds",
    Place.DATA: "data-root-matches",
    Place.EVALUATION: "evaluation-matches",
    Place.REGISTER: "registered",
}


def show(screen: ModelsScreen, name: str) -> None:
    """Put the pane below the table into the state in which it is looked at."""
    pane, row = screen.pane, screen._chosen()
    assert row is not None
    page = pane.lineage
    looked = Looked(Subject(row.id, row.listed.folder, row.manifest), audited(fails="failed" in name), known(), ())
    page._looked[row.id] = looked if row.manifest is None else replace(looked, known=known(row.manifest))
    page._close_details()
    page.deeds.register_form.hide()
    pane.go(OUTPUTS if name == "models-outputs" else LINEAGE)
    page.work.stop()
    page._show()
    key = Key(ADDRESS, LONG, Path("/keys/a"))
    named = (Name(1, f"{LONG} · publisher 1", key),)
    if name == "models-lineage-open":
        page.open_details(Kind.RUN)
    if name == "models-lineage-forms":
        page.deeds._open(page.deeds.register_form, lambda: page.deeds.register_form.begin(f"Register {LONG}", named))
    if name == "models-outputs":
        while pane.outputs.work.running():  # what is read for real comes first
            QCoreApplication.processEvents()
        pane.outputs._show(Outputs(Waiting(unknown=2, unreadable=1), (), lists(), named))


def audited(*, fails: bool) -> Audit:
    """One step at each place."""
    steps = [Step(place, Outcome.VERIFIED, code, {"count": 1, "items": 12}) for place, code in _CODES.items()]
    steps += [
        Step(Place.CONTENTS, Outcome.NOT_CHECKED, "contents-not-here"),
        Step(Place.PARENTS, Outcome.NOT_CHECKED, "parent-not-registered", {"untrusted_name": LONG}),
    ]
    if fails:
        steps.append(Step(Place.WEIGHTS, Outcome.FAILED, "weights-differ", {"against": ["manifest", "record", "seal"]}))
    return Audit("any", tuple(steps))


def known(manifest: object = None) -> Known:
    """Everything there can be, with long names."""
    told = record.parse(canonical.dumps(records.document()))
    parent = replace(told.parents[0], name=LONG) if told.parents else None
    entry = ModelEntry(
        "aa" * 32, 1, 1, 0, LONG, f"{LONG[:40]}.example", ADDRESS, True, "bb" * 32, "cc" * 32, "dd" * 32, 12, "ee" * 32,
        "ff" * 32, "aa" * 32, (), "https://models.example/" + LONG, Status.ACTIVE, 0, 1_763_900_000, 0, 123_456,
        "0x" + "ab" * 32,
    )  # fmt: skip
    told = replace(told, parents=(parent,)) if parent is not None else told
    return Known(manifest, told, None, Standing.REGISTERED, entry, practice=True, outputs=12_345)


def lists() -> list[OutputList]:
    """One that stands, one that was withdrawn."""
    one = OutputList(
        "ab" * 32, 1, LONG, "", ADDRESS, True, 12_345, "cd" * 32, "", 1_763_900_000, 0, 0, 1, "", 12, "0x" + "ef" * 32
    )
    return [one, replace(one, root="ba" * 32, publisher=0, withdrawn=1_763_990_000, reason=1)]
