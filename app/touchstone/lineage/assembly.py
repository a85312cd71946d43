"""A record put together from the lines of a run's journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from touchstone.lineage import record

_Entry = Mapping[str, Any]


def assembled(entries: Sequence[_Entry], items_file: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document of `record` for a run that has begun and has weights; whether it holds is for `record.parse`."""
    start = next(one for one in entries if one["kind"] == "start")
    sessions = _sessions(entries)
    checkpoints = [_only(one, "step", "sha256", "bytes", "time") for one in entries if one["kind"] == "checkpoint"]
    last = [one for one in entries if one["kind"] == "session"][-1]
    told = [start[name] for name in ("model", "data", "splits", "parameters", "seeds")]
    chain = record.chain_start(*told)
    return {
        "schema": record.SCHEMA,
        **_only(start, "model", "data", "splits", "parameters", "seeds", "parents"),
        "started": sessions[0]["started"],
        "finished": entries[-1]["time"],
        "sessions": sessions,
        "code": last["code"],
        "environment": last["environment"],
        "items_file": items_file,
        "checkpoints": checkpoints,
        "chain": record.chain_after(chain, [(one["sha256"], one["step"]) for one in checkpoints]),
        "files": _merged(entries, "files", "files"),
        "weights": _only([one for one in entries if one["kind"] == "weights"][-1], "sha256", "bytes"),
        "metrics": _merged(entries, "metrics", "values"),
    }


def _sessions(entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    """A session ends with the last line that was written in it, whatever ended it."""
    found: list[dict[str, Any]] = []
    for one in entries:
        if one["kind"] == "session":
            code = _only(one["code"], "commit", "dirty")
            found.append({"started": one["time"], "ended": one["time"], "resumed_from": one["resumed_from"], **code})
        elif found:
            found[-1]["ended"] = one["time"]
            if one["kind"] == "resumed":
                found[-1]["resumed_from"] = one["step"]
    return found


def _merged(entries: Sequence[_Entry], kind: str, name: str) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for one in entries:
        if one["kind"] == kind:
            whole.update(one[name])
    return whole


def _only(entry: _Entry, *names: str) -> dict[str, Any]:
    return {name: entry[name] for name in names}
