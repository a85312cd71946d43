"""A check whose workers cannot be started: the report says so, and still has what the desk knows by itself."""

import hashlib

import pytest

from touchstone import paths
from touchstone.check.run import Checker
from touchstone.report import Answer, Finding, Status, Witness
from touchstone.texts import findings
from touchstone.wire import WorkerFailure


def test_the_report_says_that_no_reader_could_be_started(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "worker_command", lambda: ["/nonexistent/touchstone"])
    data = b"\xff\xd8\xff\xe0 not much of a picture"
    (tmp_path / "a.jpg").write_bytes(data)
    checker = Checker(paths.home(tmp_path / "home"))
    report = checker.check(tmp_path / "a.jpg").report
    checker.close()
    assert report.media.sha256 == hashlib.sha256(data).hexdigest()
    assert report.answer is Answer.UNREADABLE
    for witness in (Witness.CREDENTIALS, Witness.FACTS):
        finding = report.finding(witness)
        assert (finding.status, finding.code) == (Status.FAILED, "unavailable")
        assert "no reader could be started" in findings.sentence(finding)


@pytest.mark.parametrize("failure", list(WorkerFailure))
def test_every_failure_has_words_of_its_own(failure):
    said = findings.sentence(Finding(Witness.CREDENTIALS, Status.FAILED, str(failure)))
    assert f"({failure})" not in said  # what a code without words would get
