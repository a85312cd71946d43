"""What the commands about outputs of models share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from touchstone.cli.acting import RefusedError
from touchstone.paths import Home
from touchstone.texts import _, outputs

if TYPE_CHECKING:
    from touchstone.registry.model_types import Output, OutputList
    from touchstone.store.outputs_journal import Batch

REASONS = ("unstated", "error", "replaced", "data", "performance", "security", "key-compromised")
SHA256 = re.compile(r"[0-9a-f]{64}")


def guarded(work: Callable[[], int]) -> int:
    """Do something; what goes wrong with lists becomes a RefusedError."""
    from touchstone.lineage.outputs import OutputsStoppedError
    from touchstone.registry.output_lists import OutputsError
    from touchstone.store.database import StoreError
    from touchstone.store.files import Trouble

    try:
        return work()
    except OutputsError as error:
        raise RefusedError(outputs.list_trouble(error.trouble)) from error
    except OutputsStoppedError as error:
        raise RefusedError(_("Stopped. The same command goes on where it was.")) from error
    except StoreError as error:
        if error.code is not Trouble.BUSY:
            raise
        raise RefusedError(outputs.busy()) from error


def manifest_of(home: Home, named: str) -> str:
    """The SHA-256 of the manifest that is meant: as it is named, of a detector here, or in a folder.

    Raises:
        RefusedError: there is none.
    """
    from touchstone.lineage import installed

    if SHA256.fullmatch(named.lower()):
        return named.lower()
    found = installed.find(home, named)
    if found is None:
        raise RefusedError(outputs.no_model(named))
    return found.sha256


def list_data(one: OutputList, mine: Iterable[str] = ()) -> dict[str, Any]:
    """A recorded list as `--json` shows it."""
    data = {f"untrusted_{name}" if name in {"name", "domain", "uri"} else name: v for name, v in asdict(one).items()}
    return {**data, "yours": one.signer.lower() in mine, "text": outputs.list_state(one)}


def output_data(output: Output) -> dict[str, Any]:
    """An output as `--json` shows it; `score` 0 to 1."""
    return {
        "manifest": output.manifest,
        "media": output.media,
        "witness": output.witness,
        "score": None if output.score is None else output.score / 1_000_000,
        "decision": output.decision.name.lower(),
        "time": datetime.fromtimestamp(output.time, UTC).isoformat(),
        "text": outputs.spoken(output),
    }


def batch_data(batch: Batch) -> dict[str, Any]:
    """A list as the journal has it, as `--json` shows it."""
    return {
        "root": batch.root,
        "count": batch.count,
        "kind": batch.kind,
        "publisher": batch.publisher or None,
        "signer": batch.signer or None,
        "state": str(batch.state),
        "transaction": batch.hash or None,
        "block": batch.block or None,
    }
