"""What changed between an earlier report and a new one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from touchstone.report import Finding, Report, Status, Witness


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `params` holds `before` and `now` where the code has two sides, and `witness` or `list`.

    Codes: `same-file`, `other-file` or `file-unknown` come first, always one of them; then `age`, `answer`,
    `integrity`, `issuer`, `finding-status`, `finding`, `list-newer`, `list-older`, `list-added`, `list-removed`,
    `version`, `application`; or `nothing`. `findings` are the two that a `finding` compares.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, Finding] | None = None


def compare(old: Report, new: Report) -> list[Change]:
    """What is different in `new`: the file first, then the answer, then what it rests on."""
    differences = [
        *_answer(old, new),
        *_signature(old, new),
        *_findings(old, new),
        *_lists(old, new),
        *_versions(old, new),
    ]
    return [_file(old, new), *_age(old, new), *(differences or [Change("nothing")])]


def same_file(changes: list[Change]) -> bool:
    """Whether the comparison was of one file with itself."""
    return any(change.code == "same-file" for change in changes)


def _file(old: Report, new: Report) -> Change:
    before, now = old.media.sha256, new.media.sha256
    params = {"before": before, "now": now}
    if not before or not now:
        return Change("file-unknown", params)
    return Change("same-file" if before == now else "other-file", params)


def _age(old: Report, new: Report) -> Iterator[Change]:
    try:
        days = (datetime.fromisoformat(new.created) - datetime.fromisoformat(old.created)).days
    except (ValueError, TypeError, OverflowError):
        return
    if days > 0:
        yield Change("age", {"days": days})


def _answer(old: Report, new: Report) -> Iterator[Change]:
    if old.answer is not new.answer:
        yield Change("answer", {"before": str(old.answer), "now": str(new.answer)})


def _signature(old: Report, new: Report) -> Iterator[Change]:
    before, now = _details(old, Witness.CREDENTIALS), _details(new, Witness.CREDENTIALS)
    for key in ("integrity", "issuer"):
        if key in before and key in now and before[key] != now[key]:
            yield Change(key, {"before": str(before[key]), "now": str(now[key])})


def _findings(old: Report, new: Report) -> Iterator[Change]:
    for witness in Witness:
        before, now = old.finding(witness), new.finding(witness)
        if before is None or now is None or before.status is not now.status:
            sides = [str(Status.NOT_CHECKED if side is None else side.status) for side in (before, now)]
            if sides[0] != sides[1]:
                params = {"witness": str(witness), "before": sides[0], "now": sides[1]}
                yield Change("finding-status", params)
        elif (before.code, dict(before.params)) != (now.code, dict(now.params)):
            both = {"before": before.code, "now": now.code}
            yield Change("finding", {"witness": str(witness), **both}, (before, now))


def _lists(old: Report, new: Report) -> Iterator[Change]:
    before, now = _dates(old), _dates(new)
    if before is None or now is None:
        return
    for name in dict.fromkeys([*before, *now]):
        params = {"list": name, "before": before.get(name, ""), "now": now.get(name, "")}
        if name not in before:
            yield Change("list-added", params)
        elif name not in now:
            yield Change("list-removed", params)
        elif before[name] != now[name]:
            yield Change("list-newer" if now[name] > before[name] else "list-older", params)


def _versions(old: Report, new: Report) -> Iterator[Change]:
    for witness in Witness:
        before, now = _version(old, witness), _version(new, witness)
        if before and now and before != now:
            yield Change("version", {"witness": str(witness), "before": before, "now": now})
    if old.application != new.application:
        yield Change("application", {"before": old.application, "now": new.application})


def _version(report: Report, witness: Witness) -> str:
    """The version a finding rests on; that of the credentials' reader alone, because its lists are told apart."""
    if witness is Witness.CREDENTIALS:
        return str(_details(report, witness).get("sdk", ""))
    finding = report.finding(witness)
    return finding.version if finding is not None else ""


def _dates(report: Report) -> dict[str, str] | None:
    """The dates of the lists that a report names; None where its credentials were not read."""
    dates = _details(report, Witness.CREDENTIALS).get("list_dates")
    return {str(k): str(v) for k, v in dates.items()} if isinstance(dates, Mapping) else None


def _details(report: Report, witness: Witness) -> Mapping[str, Any]:
    finding = report.finding(witness)
    return finding.details if finding is not None else {}
