"""Recording what detectors found: from the history to a list on the ledger, once, whatever happens in between."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.lineage import outputs_desk
from tests.lineage.outputs_desk import finding, keep, lists, on_ledger, record, recorded_of, report, waiting
from tests.registry.publishing import Desk

from touchstone.chain import keystore
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.send import Sender
from touchstone.lineage import outputs
from touchstone.lineage.outputs import DECLARED, GENERATOR, Hands, OutputsStoppedError
from touchstone.registry import mirror, models, output_lists
from touchstone.registry.model_types import Decision, Output
from touchstone.report import Finding, Media, Status, Witness, to_dict
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.outputs_journal import BatchState, OutputsJournal, path_of


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk.make(tmp_path_factory.mktemp("begun"))
    (desk.home.keys / "own.json").unlink()
    keystore.attach(desk.home, "own", desk.signer.address, "http://127.0.0.1:8550")  # named here, kept elsewhere
    outputs_desk.install(desk.home)
    return desk


@pytest.fixture
def desk(begun: Desk, tmp_path: Path) -> Desk:
    return begun.copy(tmp_path)


@pytest.fixture
def net(desk: Desk) -> Any:
    from touchstone.lineage import installed

    return next(one for one in installed.models(desk.home) if one.manifest.id == "mine")


class Ended(BaseException):
    """The program ends here."""


def ending_at(step: str) -> Any:
    def on_step(now: Any, _params: Any) -> None:
        if str(now) == step:
            raise Ended

    return on_step


class TestCollecting:
    def test_a_finding_is_taken_as_it_was_said(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest, "inconclusive", 0.4567891)))
        (said,) = waiting(desk).said
        assert said.output == Output(
            net.sha256, outputs_desk.sha("a.jpg"), "ai-image", 456_789, Decision.INCONCLUSIVE, 1_793_527_200
        )
        assert (said.name, said.model) == ("a.jpg", "mine")

    def test_only_detectors_that_were_asked_are_taken(self, desk, net):
        silent = Finding(Witness.AI_IMAGE, Status.NOT_CHECKED, "too-large")
        other = Finding(Witness.FACTS, Status.DONE, "none", details={"model_sha256": net.manifest.sha256, "score": 0.5})
        unread = dataclasses.replace(report("b.jpg", finding(net.manifest)), media=Media("b.jpg", 1, ""))
        keep(desk.home, report("a.jpg", silent, other), unread)
        assert waiting(desk) == outputs.Waiting()

    def test_what_rests_on_a_model_that_is_not_here_cannot_be_recorded(self, desk, net):
        gone = dataclasses.replace(net.manifest, sha256="ab" * 32)
        newer = dataclasses.replace(net.manifest, version="2")
        keep(desk.home, report("a.jpg", finding(gone)), report("b.jpg", finding(newer)))
        found = waiting(desk)
        assert (found.said, found.unknown) == ((), 2)

    def test_a_report_that_names_the_manifest_needs_no_model_here(self, desk, net):
        gone = dataclasses.replace(net.manifest, sha256="ab" * 32)
        keep(desk.home, report("a.jpg", finding(gone, manifest_sha256="cd" * 32)))
        (said,) = waiting(desk).said
        assert said.output.manifest == "cd" * 32

    def test_scores_that_are_none_are_left_out(self, desk, net):
        for number, score in enumerate((None, "0.5", True, -0.1, 1.5)):
            keep(desk.home, report(f"{number}.jpg", finding(net.manifest, score=score)))
        assert [said.output.score for said in waiting(desk).said] == [None] * 5

    def test_the_same_report_twice_counts_once_and_a_later_check_counts_again(self, desk, net):
        one = report("a.jpg", finding(net.manifest))
        later = dataclasses.replace(one, created="2026-11-02T10:00:00+00:00")
        keep(desk.home, one, one, later)
        assert len(waiting(desk).said) == 2
        assert len(waiting(desk, since=outputs.moment_of(later.created)).said) == 1
        assert outputs.of_reports(desk.home, desk.network, [one, None, one]).unreadable == 1

    def test_only_what_was_checked_since_is_looked_at(self, desk, net):
        for day in range(1, 10):
            keep(desk.home, report(f"{day}.jpg", finding(net.manifest), created=f"2026-11-0{day}T10:00:00+00:00"))
        since = outputs.moment_of("2026-11-07T00:00:00+00:00")
        looked: list[int] = []
        found = waiting(desk, since=since, on_progress=lambda _done, of: looked.append(of))
        assert [said.name for said in found.said] == ["7.jpg", "8.jpg", "9.jpg"]
        assert looked == [3, 3, 3]
        assert waiting(desk, since=since + 10**9) == outputs.Waiting()

    def test_a_report_that_makes_no_sense_is_counted(self, desk, net):
        for details in (5, None, {"score": {"a": float("nan")}}, {"model": "x" * 30_000}):
            document = to_dict(report("a.jpg", finding(net.manifest)))
            document["findings"][0]["details"] = details
            keep(desk.home, document)
        keep(desk.home, report("b.jpg", finding(net.manifest)))
        found = waiting(desk)
        assert (len(found.said), found.unreadable) == (1, 4)

    def test_it_can_be_stopped(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        cancel = threading.Event()
        cancel.set()
        with pytest.raises(OutputsStoppedError):
            waiting(desk, cancel=cancel)


class TestRecording:
    def test_what_waits_is_recorded_once(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)), report("b.jpg", finding(net.manifest, "none", 0.01)))
        (batch,) = record(desk)
        assert (batch.state, batch.count) == (BatchState.RECORDED, 2)
        found = waiting(desk)
        assert (found.said, found.recorded) == ((), 2)
        assert record(desk) == []
        (listed,) = lists(desk)
        assert (listed.root, listed.publisher, listed.count) == (batch.root, 0, 2)
        assert listed.signer.lower() == desk.signer.address.lower()
        keep(desk.home, report("c.jpg", finding(net.manifest)))
        (second,) = record(desk)
        assert second.count == 1
        (one,) = recorded_of(desk, outputs_desk.sha("c.jpg"))
        assert (one.output.decision, one.index, one.list.root) == (Decision.SIGNS, 0, second.root)

    def test_the_list_is_there_before_anything_is_sent(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        seen = []

        def confirm(prepared: Any) -> bool:
            (path,) = desk.home.outputs.glob("*.outputs")
            seen.append((prepared.intent.code, output_lists.load(path.read_bytes())))
            return True

        (batch,) = record(desk, confirm=confirm)
        ((code, listed),) = seen
        assert code == "outputs-record"
        assert len(listed) == batch.count == 1

    def test_in_a_publishers_name(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        said = [one.output for one in waiting(desk).said]
        batch = outputs.prepare(desk.home, desk.network, said, publisher=desk.publisher, uri="https://agence.example/l")
        outputs_desk.finish(desk, batch.id)
        (listed,) = lists(desk)
        assert (listed.publisher, listed.name, listed.uri) == (desk.publisher, "Agence X", "https://agence.example/l")

    def test_who_says_no_has_the_list_taken_back(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        with pytest.raises(ChainError) as caught:
            record(desk, confirm=lambda _p: False)
        assert caught.value.code is ChainTrouble.REJECTED
        assert list(desk.home.outputs.glob("*.outputs")) == []
        assert outputs.unfinished(desk.home, desk.network) == []
        assert len(waiting(desk).said) == 1
        assert lists(desk) == []

    def test_a_publisher_that_the_key_may_not_act_for_leaves_nothing_behind(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        batch = outputs.prepare(desk.home, desk.network, [o.output for o in waiting(desk).said], publisher=99)
        with pytest.raises(ChainError) as caught:
            outputs_desk.finish(desk, batch.id)
        assert caught.value.params["reason"] == "NotSigner"
        assert outputs.unfinished(desk.home, desk.network) == []
        assert len(waiting(desk).said) == 1

    def test_an_empty_list_is_none(self, desk):
        with pytest.raises(output_lists.OutputsError):
            outputs.prepare(desk.home, desk.network, [])
        assert not desk.home.outputs.exists() or list(desk.home.outputs.glob("*.outputs")) == []

    def test_a_manifest_that_changed_since_makes_no_finding_new(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        record(desk)
        path = net.folder / "manifest.json"
        path.write_text(path.read_text().replace("A net of a few nodes", "A net of some nodes"))
        found = waiting(desk)
        assert (found.said, found.recorded) == ((), 1)
        for path in desk.home.outputs.glob("journal*"):
            path.unlink()
        assert waiting(desk).recorded == 1


class TestInterruption:
    @pytest.mark.parametrize("step", ["signing", "signed", "kept", "broadcast", "waiting", "mined", "final"])
    def test_the_next_call_goes_on_and_nothing_is_recorded_twice(self, desk, net, step):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        before = desk.transactions()
        try:
            record(desk, on_step=ending_at(step))
        except Ended:
            assert len(outputs.unfinished(desk.home, desk.network)) == 1
            assert waiting(desk).said == ()
        keep(desk.home, report("b.jpg", finding(net.manifest)))
        record(desk)
        assert sorted(one.media for one in on_ledger(desk)) == sorted(map(outputs_desk.sha, ("a.jpg", "b.jpg")))
        assert desk.transactions() - before == 2
        assert outputs.unfinished(desk.home, desk.network) == []

    def test_after_it_counted_and_before_that_was_noted(self, desk, net, monkeypatch):
        keep(desk.home, report("a.jpg", finding(net.manifest)))

        def ended(*_arguments: Any) -> None:
            raise Ended

        with monkeypatch.context() as patched:
            patched.setattr(OutputsJournal, "recorded", ended)
            with pytest.raises(Ended):
                record(desk)
        before = desk.transactions()
        (batch,) = record(desk)
        assert batch.hash
        assert desk.transactions() == before
        assert len(on_ledger(desk)) == 1

    def test_between_the_list_and_the_journal(self, desk, net, monkeypatch):
        keep(desk.home, report("a.jpg", finding(net.manifest)))

        def ended(*_arguments: Any) -> None:
            raise Ended

        with monkeypatch.context() as patched:
            patched.setattr(OutputsJournal, "begin", ended)
            with pytest.raises(Ended):
                record(desk)
        assert len(record(desk)) == 1
        assert len(on_ledger(desk)) == 1

    def test_a_list_that_was_lost_or_changed_meanwhile_is_written_anew(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        batch = outputs.prepare(desk.home, desk.network, [one.output for one in waiting(desk).said])
        (path,) = desk.home.outputs.glob("*.outputs")
        path.write_bytes(path.read_bytes()[:-3])
        outputs_desk.finish(desk, batch.id)
        assert output_lists.list_hash(path.read_bytes()).hex() == batch.list_hash
        assert len(on_ledger(desk)) == 1

    def test_a_journal_that_was_lost_is_made_up_for_by_the_mirror(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        record(desk)
        for path in desk.home.outputs.glob("journal*"):
            path.unlink()
        assert waiting(desk).recorded == 1
        assert record(desk) == []
        # And where the mirror too is gone, the contract knows the root.
        said = output_lists.load(next(desk.home.outputs.glob("*.outputs")).read_bytes())
        batch = outputs.prepare(desk.home, desk.network, said)
        before = desk.transactions()
        assert outputs_desk.finish(desk, batch.id).state is BatchState.RECORDED
        assert desk.transactions() == before

    def test_a_damaged_journal_is_set_aside(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        record(desk)
        for path in desk.home.outputs.glob("journal*"):
            path.write_bytes(b"no database at all" * 100)
        assert waiting(desk).recorded == 1

    def test_a_ledger_that_was_begun_anew_knows_nothing_of_it(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        record(desk)
        desk.ledger.reset(keep_copy=False)
        desk.ledger.fund(desk.signer.address, 10**18)
        assert len(waiting(desk).said) == 1
        (batch,) = record(desk)
        assert len(on_ledger(desk)) == batch.count == 1

    def test_a_node_that_is_down_leaves_it_for_later(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        batch = outputs.prepare(desk.home, desk.network, [one.output for one in waiting(desk).said])

        class Down:
            label = "down"

            def request(self, _method: str, _params: Any) -> Any:
                raise ChainError(ChainTrouble.UNREACHABLE)

        sender = Sender(desk.home, desk.network, [Down()])  # type: ignore[list-item]
        with pytest.raises(ChainError) as caught:
            outputs.finish(desk.home, desk.network, batch.id, Hands(sender, desk.signer, lambda _p: True))
        sender.close()
        assert caught.value.code is ChainTrouble.UNREACHABLE
        assert [one.id for one in outputs.unfinished(desk.home, desk.network)] == [batch.id]
        assert len(record(desk)) == 1


class TestSeveralAtOnce:
    def test_another_process_that_was_faster_is_noticed(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        said = [one.output for one in waiting(desk).said]
        first = outputs.prepare(desk.home, desk.network, said)
        with pytest.raises(StoreError) as caught:
            outputs.prepare(desk.home, desk.network, said)
        assert caught.value.code is Trouble.BUSY
        assert (desk.home.outputs / output_lists.file_name(bytes.fromhex(first.root))).exists()

    def test_one_list_is_sent_by_one_process(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        batch = outputs.prepare(desk.home, desk.network, [one.output for one in waiting(desk).said])
        journal = OutputsJournal(desk.home)
        with journal.only_one(batch.id), pytest.raises(StoreError) as caught:
            outputs_desk.finish(desk, batch.id)
        journal.close()
        assert caught.value.code is Trouble.BUSY
        assert outputs_desk.finish(desk, batch.id).state is BatchState.RECORDED
        assert outputs_desk.finish(desk, batch.id).state is BatchState.RECORDED
        assert len(lists(desk)) == 1

    def test_stopping_leaves_it_for_later(self, desk, net):
        keep(desk.home, report("a.jpg", finding(net.manifest)))
        batch = outputs.prepare(desk.home, desk.network, [one.output for one in waiting(desk).said])
        cancel, sender = threading.Event(), Sender(desk.home, desk.network)
        cancel.set()
        with pytest.raises(ChainError) as caught:
            outputs.finish(desk.home, desk.network, batch.id, Hands(sender, desk.signer, lambda _p: True), cancel)
        sender.close()
        assert caught.value.code is ChainTrouble.STOPPED
        assert [one.id for one in outputs.unfinished(desk.home, desk.network)] == [batch.id]
        assert len(record(desk)) == 1


def declared(desk: Desk, *names: str, time: int = 1_790_000_000) -> list[Output]:
    manifest = "ab" * 32
    return [Output(manifest, outputs_desk.sha(name), GENERATOR, None, Decision.MADE, time) for name in names]


class TestDeclaring:
    def test_a_file_is_declared_once_whenever(self, desk):
        said = declared(desk, "a.png", "b.png")
        batch = outputs.prepare(desk.home, desk.network, said, kind=DECLARED)
        outputs_desk.finish(desk, batch.id)
        assert (
            outputs.unrecorded(desk.home, desk.network, DECLARED, declared(desk, "a.png", time=1_795_000_000)) == set()
        )
        assert len(outputs.unrecorded(desk.home, desk.network, DECLARED, declared(desk, "a.png", "c.png"))) == 1
        (one,) = recorded_of(desk, outputs_desk.sha("b.png"))
        assert (one.output.decision, one.output.witness) == (Decision.MADE, "generator")

    def test_a_finding_about_it_by_the_same_model_is_another_matter(self, desk):
        outputs_desk.finish(desk, outputs.prepare(desk.home, desk.network, declared(desk, "a.png"), kind=DECLARED).id)
        for path in desk.home.outputs.glob("journal*"):
            path.unlink()
        found = Output("ab" * 32, outputs_desk.sha("a.png"), "ai-image", 5, Decision.SIGNS, 1_790_000_000)
        assert len(outputs.unrecorded(desk.home, desk.network, outputs.FINDINGS, [found])) == 1
        assert outputs.unrecorded(desk.home, desk.network, DECLARED, declared(desk, "a.png")) == set()

    def test_after_a_withdrawal_it_can_be_declared_again(self, desk):
        said = declared(desk, "a.png")
        batch = outputs.prepare(desk.home, desk.network, said, kind=DECLARED)
        outputs_desk.finish(desk, batch.id)
        withdraw(desk, batch.root)
        assert len(outputs.unrecorded(desk.home, desk.network, DECLARED, said)) == 1
        again = outputs.prepare(desk.home, desk.network, declared(desk, "a.png", time=1_790_000_001), kind=DECLARED)
        outputs_desk.finish(desk, again.id)
        assert len(on_ledger(desk)) == 1


def withdraw(desk: Desk, root: str) -> None:
    sender = Sender(desk.home, desk.network)
    intent = models.withdraw_outputs(desk.network, desk.signer.address, root)
    sender.send(sender.prepare(intent, desk.signer.address), desk.signer, lambda _p: True)
    sender.close()
    mirror.sync(desk.home, desk.network)
    outputs.withdrawn(desk.home, desk.network, root)


def test_findings_that_were_withdrawn_are_not_offered_again(desk: Desk, net: Any) -> None:
    keep(desk.home, report("a.jpg", finding(net.manifest)))
    (batch,) = record(desk)
    withdraw(desk, batch.root)
    (listed,) = lists(desk)
    assert listed.withdrawn
    assert waiting(desk).said == ()
    for path in desk.home.outputs.glob("journal*"):
        path.unlink()
    assert waiting(desk).said == ()


def test_nothing_is_made_where_nobody_records(desk: Desk) -> None:
    assert outputs.unfinished(desk.home, desk.network) == []
    assert not path_of(desk.home).exists()


def test_lists_and_journal_are_in_a_backup(desk: Desk, net: Any, tmp_path: Path) -> None:
    from touchstone.store import backup

    keep(desk.home, report("a.jpg", finding(net.manifest)))
    (batch,) = record(desk)
    contents = backup.create(desk.home, tmp_path / "b.touchstone-backup", "long enough", work=2**4)
    names = {member.name for member in contents.members}
    assert {f"outputs/{batch.root}.outputs", "outputs/journal.sqlite3"} <= names


def test_a_full_disk_leaves_nothing_half_done(desk: Desk, net: Any) -> None:
    keep(desk.home, report("a.jpg", finding(net.manifest)))
    said = [one.output for one in waiting(desk).said]
    shutil.rmtree(desk.home.outputs)
    desk.home.outputs.write_text("something else stands here")
    with pytest.raises(OSError, match="outputs"):
        outputs.prepare(desk.home, desk.network, said)
    desk.home.outputs.unlink()
    assert len(record(desk)) == 1


def test_a_journal_of_a_newer_version_is_left_alone(desk: Desk) -> None:
    journal = OutputsJournal(desk.home)
    journal.close()
    with sqlite3.connect(path_of(desk.home)) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path_of(desk.home).read_bytes()
    assert outputs.unrecorded(desk.home, desk.network, DECLARED, declared(desk, "a.png")) != set()
    assert path_of(desk.home).read_bytes() == before


def test_what_is_kept_is_plain_enough_for_other_programs(desk: Desk, net: Any) -> None:
    keep(desk.home, report("a.jpg", finding(net.manifest)))
    (batch,) = record(desk)
    assert json.loads(json.dumps(dataclasses.asdict(batch)))["root"] == batch.root
