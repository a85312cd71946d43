"""The words around findings: what held the readers, what a check is doing, what a file is, what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from touchstone.report import Answer, Finding, Kind, Media, Protection, Witness
from touchstone.texts import _, answers, credentials, findings, formats, ngettext
from touchstone.texts.plain import plain


def kind_name(kind: Kind) -> str:
    """What sort of media a file is."""
    return {
        Kind.IMAGE: _("image"),
        Kind.VIDEO: _("video"),
        Kind.AUDIO: _("recording"),
        Kind.DOCUMENT: _("document"),
        Kind.UNKNOWN: _("file of unknown kind"),
    }[kind]


def media_line(media: Media) -> str:
    """What a file is, on one line: kind, type, size on screen, length, size on disk."""
    known = [kind_name(media.kind)]
    if media.kind is not Kind.UNKNOWN:
        known.append(plain(media.mime, 60))
    if media.width and media.height:
        known.append(
            _("{width} × {height} pixels").format(width=formats.whole(media.width), height=formats.whole(media.height))
        )
    if media.duration:
        known.append(formats.length(media.duration))
    known.append(formats.size(media.bytes))
    return " · ".join(known)


def step(name: str) -> str:
    """What a check is doing now."""
    return {
        "opening": _("opening the file"),
        "hashing": _("reading the file to its end"),
        "pixels": _("looking at the content"),
        "facts": _("reading metadata"),
        "credentials": _("reading credentials"),
        "register": _("looking in the register"),
        "embedded": _("reading credentials"),
        "sidecar": _("reading credentials next to the file"),
        "thumbnails": _("opening pictures inside the credentials"),
        "decode": _("opening the picture"),
        "frames": _("looking at frames"),
        "fingerprints": _("measuring what it looks like"),
        "detectors": _("asking the detectors"),
        "weighing": _("weighing what was found"),
    }.get(name, _("checking"))


def protection(entries: Iterable[Protection]) -> list[str]:
    """What held each reader while it read the file, a sentence for each."""
    return [_held(entry) for entry in entries]


def _held(entry: Protection) -> str:
    reader = {
        "pixels": _("The reader of content"),
        "provenance": _("The reader of credentials"),
        "detector": _("The process of the detectors"),
    }.get(entry.profile, _("A reader"))
    layers = {
        _("a process of its own"): entry.process,
        _("limits on time and memory"): entry.limits,
        _("no way to any other file"): entry.filesystem,
        _("a short list of allowed system calls"): entry.syscalls,
    }
    held = ", ".join(layer for layer, there in layers.items() if there)
    missing = ", ".join(layer for layer, there in layers.items() if not there)
    if not held:
        return _("{reader} was not held by anything: this system offers no protection that is used.").format(
            reader=reader
        )
    if missing:
        return _("{reader} had: {held}. Missing on this system: {missing}.").format(
            reader=reader, held=held, missing=missing
        )
    return _("{reader} had: {held}.").format(reader=reader, held=held)


def rests_on(source: str, version: str) -> str:
    """What a finding rests on, and which state of it, on one line; empty where it names nothing."""
    named = {
        "official": _("official trust list"),
        "interim": _("interim trust list"),
        "yours": _("your own trust list"),
        "samples": _("the samples' own list"),
        "c2pa": _("C2PA reader"),
        "practice": _("practice ledger"),
    }.get(source, plain(source, 80))
    return " · ".join(part for part in (named, plain(version, 200)) if part)


class Changed(Protocol):
    """A difference between two reports: `touchstone.check.recheck.Change`."""

    @property
    def code(self) -> str:
        """What sort of difference."""

    @property
    def params(self) -> Mapping[str, Any]:
        """Its two sides."""

    @property
    def findings(self) -> tuple[Finding, Finding] | None:
        """The findings compared, if it is about findings."""


def change(found: Changed) -> str:
    """One difference between two reports, as a sentence."""
    code, params = found.code, found.params
    if found.findings is not None:
        before, now = (findings.sentence(side) for side in found.findings)
        return _("{witness} said: {before} It says now: {now}").format(
            witness=_witness(params.get("witness")), before=before, now=now
        )
    fixed = _changes().get(code)
    if fixed is None:
        return _("Something else is different ({code}).").format(code=plain(code, 40))
    return fixed.format(
        before=_state(code, params.get("before")),
        now=_state(code, params.get("now")),
        witness=_witness(params.get("witness")),
        list=credentials.list_name(params.get("list")),
        days=_days(params.get("days")),
    )


def _changes() -> Mapping[str, str]:
    return {
        "same-file": _("It is the same file, to the last byte."),
        "other-file": _("It is not the same file: what follows compares two different files."),
        "file-unknown": _("Whether it is the same file cannot be told: one of the two could not be read."),
        "nothing": _("Nothing has changed since that report."),
        "answer": _("The answer was “{before}” and is now “{now}”."),
        "issuer": _("What is known of the signer was “{before}” and is now “{now}”."),
        "integrity": _("What became of the file since it was signed was “{before}” and is now “{now}”."),
        "finding-status": _("{witness}: {before} then, {now} now."),
        "list-newer": _("The trust list in use is newer: {list}, of {before} then, of {now} now."),
        "list-older": _("The trust list in use is older: {list}, of {before} then, of {now} now."),
        "list-added": _("A trust list was added: {list}, of {now}."),
        "list-removed": _("A trust list is no longer there: {list}, of {before}."),
        "version": _("{witness} rests on another version: {before} then, {now} now."),
        "application": _("Another version of the application made this report: {before} then, {now} now."),
        "age": _("That report is {days} old."),
    }


def _state(code: str, value: object) -> str:
    """A value before or after a change, as it is shown in the sentence for that change."""
    if code == "answer" and value in set(Answer):
        return answers.answer_word(Answer(str(value)))
    if code in {"list-newer", "list-older", "list-added", "list-removed"}:
        return formats.day(value)
    if code == "issuer":
        return credentials.issuer(value)
    if code == "integrity":
        return credentials.integrity(value)
    if code == "finding-status":
        return {
            "done": _("checked"),
            "not-checked": _("not checked"),
            "failed": _("could not be checked"),
        }.get(str(value), plain(value, 40))
    return plain(value if value not in {None, ""} else _("none"), 300)


def _witness(value: object) -> str:
    return findings.witness_name(Witness(str(value))) if value in set(Witness) else ""


def _days(value: object) -> str:
    count = value if isinstance(value, int) and not isinstance(value, bool) else 0
    return ngettext("{count} day", "{count} days", count).format(count=formats.whole(count))
