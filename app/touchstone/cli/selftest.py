"""`touchstone --selftest`: makes the samples in a folder for the moment, checks them, and says whether all is well.

It goes the whole way, from drawing and signing through the locked-down workers to the answers, and touches nothing of
the user's. In a packaged build it shows that every part came along.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from touchstone.chain.errors import ChainError
from touchstone.check import batch, samples
from touchstone.check.run import Checked, Checker
from touchstone.check.samples import SamplesError, SampleSet
from touchstone.check.samples_register import register_samples
from touchstone.paths import Home
from touchstone.report import Answer, Kind, Protection, Status, Witness
from touchstone.texts import _, answers, ngettext
from touchstone.texts import samples as texts
from touchstone.texts.plain import plain

# What each sample must come to: the answer, and what the credentials witness says. The register's are of practice.
EXPECTED: Mapping[str, tuple[Answer, str]] = {
    "signed": (Answer.TRACED, "signed"),
    "changed": (Answer.DOUBTFUL, "changed"),
    "laundered": (Answer.DOUBTFUL, "source-failed"),
    "expired": (Answer.SIGNED_UNKNOWN, "signed-expired"),
    "declared-ai": (Answer.DECLARED_AI, "signed"),
    "generator-text": (Answer.DECLARED_AI, "none"),
    "stripped": (Answer.SIMILAR, "none"),
    "smaller": (Answer.SIMILAR, "none"),
    "plain": (Answer.REGISTERED, "none"),
    "composite": (Answer.TRACED, "signed"),
    "video-signed": (Answer.TRACED, "signed"),
    "video-changed": (Answer.DOUBTFUL, "changed"),
    "sound-signed": (Answer.TRACED, "signed"),
    "sound-changed": (Answer.DOUBTFUL, "changed"),
    "withdrawn": (Answer.DOUBTFUL, "none"),
    "everyday": (Answer.NO_PROOF, "none"),
}


def run(_arguments: argparse.Namespace, _home: Home) -> int:
    """Check the samples; 0 where each came to what it must."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="touchstone-selftest-") as folder:
        home = Home(Path(folder) / "home")
        print(_("Making the samples ..."), file=sys.stderr)
        try:
            made = samples.make_samples(home, Path(folder) / "samples")
            register_samples(home, made.files)
        except SamplesError as error:
            print(texts.problem(error.failure, folder, error.name), file=sys.stderr)
            return 1
        except ChainError as error:
            print(texts.not_registered(str(error.code)), file=sys.stderr)
            return 1
        wrong = _check(home, made)
    return _close(wrong, time.monotonic() - began)


def _check(home: Home, made: SampleSet) -> int:
    """Check every sample and print a line for each; returns how many were wrong."""
    wrong = 0
    seen: list[Protection] = []
    checker = Checker(home)
    try:
        for code, checked in zip(made.files, batch.run(checker, made.files.values(), threading.Event()), strict=True):
            complaint = complaint_about(code, checked)
            wrong += bool(complaint)
            seen += checked.report.protection
            mark = _("WRONG") if complaint else _("ok")
            name = plain(checked.report.media.name)
            print(f"{mark:<6}{name:<36}{answers.headline(checked.report.headline)}", flush=True)
            if complaint:
                print(f"      {complaint}", file=sys.stderr, flush=True)
    finally:
        checker.close()
    print(_protection(seen))
    return wrong


def complaint_about(code: str, checked: Checked) -> str:
    """What is wrong with the report on a sample; empty where nothing is."""
    report = checked.report
    answer, said = EXPECTED[code]
    credentials, facts = report.finding(Witness.CREDENTIALS), report.finding(Witness.FACTS)
    if credentials is None or credentials.code != said:
        found = "" if credentials is None else credentials.code
        return _("The credentials should be {expected} and are {found}.").format(expected=said, found=plain(found))
    if facts is None or facts.status is not Status.DONE:
        return _("The file's facts could not be read ({found}).").format(found=facts.params if facts else "")
    if report.answer is not answer:
        return _("The answer should be {expected} and is {found}.").format(expected=answer, found=report.answer)
    if report.media.kind in {Kind.IMAGE, Kind.VIDEO} and not report.media.fingerprints:
        return _("The fingerprint is missing.")
    return ""


def _protection(seen: list[Protection]) -> str:
    layers = {
        _("own process"): all(p.process for p in seen),
        _("limits"): all(p.limits for p in seen),
        _("no files"): all(p.filesystem for p in seen),
        _("no system calls beyond reading"): all(p.syscalls for p in seen),
    }
    held = [name for name, holds in layers.items() if holds and seen]
    lacking = [name for name, holds in layers.items() if not (holds and seen)]
    said = _("Readers were held by: {layers}.").format(layers=", ".join(held) or _("nothing"))
    if lacking:
        said += " " + _("Not in force on this system: {layers}.").format(layers=", ".join(lacking))
    return said


def _close(wrong: int, seconds: float) -> int:
    if wrong:
        said = ngettext("{count} sample came to something else.", "{count} samples came to something else.", wrong)
        print(said.format(count=wrong), file=sys.stderr)
        return 1
    print(_("All is well ({seconds} s).").format(seconds=round(seconds)))
    return 0
