"""Publishing as a job, on a real ledger with real files: what comes of it, and that nothing is done twice."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import making
from tests.making import Authority, changed, sign
from tests.practice import NOBODY, Key
from tests.practice import Publisher as Registrant
from tests.registry.publishing import Desk, KeySigner

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.send import Sender
from touchstone.check import publishing
from touchstone.check.run import Checker
from touchstone.check.signing import FileSigner
from touchstone.cli.main import main as command_line
from touchstone.registry import job as jobs
from touchstone.registry import leaves, mirror, receipts, withdraw
from touchstone.registry.job import Mode, Publisher, StoppedError, local_original
from touchstone.registry.lists import own_folder
from touchstone.registry.lookup import Register
from touchstone.registry.media import Flag, Reason
from touchstone.report import Answer
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.publish_journal import FileState, JobState, PublishJournal


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.make(tmp_path_factory.mktemp("first"))
    made.ledger.close()
    made.checker = Checker(made.home)
    yield made
    made.checker.close()


@pytest.fixture
def desk(first: Desk, tmp_path: Path) -> Iterator[Desk]:
    made = first.copy(tmp_path)
    yield made
    made.ledger.close()


def states(outcome: jobs.Outcome) -> dict[str, tuple[str, str]]:
    return {file.source.name: (str(file.state), file.why) for file in outcome.files}


def claims(desk: Desk, sha256: str) -> tuple[Any, ...]:
    register = Register(desk.home, desk.network)
    try:
        return register.exact(sha256)
    finally:
        register.close()


def answer(desk: Desk, path: Path) -> Answer:
    checker = Checker(desk.home)
    try:
        return checker.check(path, pictures=False).report.answer
    finally:
        checker.close()


@pytest.mark.parametrize("mode", Mode)
def test_signed_and_registered(desk: Desk, mode: Mode) -> None:
    paths = desk.files("a.jpg", "b.png", "c.txt")
    outcome = desk.publish(desk.order(mode, sign=True, source="captured"), paths)
    assert states(outcome) == {"a.jpg": ("done", ""), "b.png": ("done", ""), "c.txt": ("done", "format")}
    assert len(outcome.deals) == {Mode.BATCH: 1, Mode.MANY: 1, Mode.SINGLE: 3}[mode]
    for file in outcome.files:
        (claim,) = claims(desk, file.sha256)
        assert claim.publisher == desk.publisher
        assert claim.manifest == file.manifest
        assert (claim.root != "") is (mode is Mode.BATCH)
        if mode is not Mode.BATCH:
            assert claim.flags == (Flag.SIGNED if file.manifest else 0)
        final = file.final or file.source
        assert local_original(desk.home, file.sha256) == final
    assert answer(desk, desk.folder / "out" / "a.jpg") is Answer.TRACED
    assert answer(desk, paths[2]) is Answer.REGISTERED


def test_without_signing_it_is_the_file_itself(desk: Desk) -> None:
    (path,) = desk.files("a.jpg")
    before = path.read_bytes()
    outcome = desk.publish(desk.order(Mode.SINGLE, folder=None, uri="https://agency.example/a"), [path])
    assert path.read_bytes() == before
    (claim,) = claims(desk, outcome.files[0].sha256)
    assert (claim.uri, claim.flags, claim.kind) == ("https://agency.example/a", 0, 1)
    assert outcome.receipts == (path.with_name("a.jpg.touchstone.json"),)
    assert answer(desk, path) is Answer.REGISTERED


def test_generated_files_are_registered_as_such(desk: Desk) -> None:
    outcome = desk.publish(desk.order(Mode.MANY, sign=True, source="trainedAlgorithmicMedia"), desk.files("a.jpg"))
    (claim,) = claims(desk, outcome.files[0].sha256)
    assert claim.flags == Flag.SIGNED | Flag.GENERATED


def test_receipts_hold_the_proof(desk: Desk) -> None:
    outcome = desk.publish(desk.order(sign=True), desk.files("a.jpg", "=b.png", "film.mp4"))
    assert outcome.table is not None
    (deal,) = outcome.deals
    rows = list(csv.DictReader(outcome.table.read_text().splitlines()))
    assert [row["file"] for row in rows] == ["a.jpg", "'=b.png", "film.mp4"]
    for path, file in zip(outcome.receipts, outcome.files, strict=True):
        kept = receipts.read(path)
        proved = receipts.proved(kept)
        assert (proved[0][0].hex(), proved[0][2].sha256.hex()) == (deal.root, file.sha256)
        assert kept["transaction"]["hash"] == deal.hash
    assert len(receipts.proved(receipts.read(outcome.receipts[2]))) > 1  # a clip has a leaf for each of several frames
    name = leaves.file_name(bytes.fromhex(deal.root))
    listed = (own_folder(desk.home) / name).read_bytes()
    assert (desk.folder / "out" / name).read_bytes() == listed
    leaves.check(
        listed, root=bytes.fromhex(deal.root), count=len(leaves.load(listed)), hashed=bytes.fromhex(deal.list_hash)
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(sha256="00" * 32),
        lambda d: d["batch"].update(index=d["batch"]["index"] + 1),
        lambda d: d["batch"].update(index=-1),
        lambda d: d["batch"].update(index=True),
        lambda d: d["batch"].update(proof=[]),
        lambda d: d["batch"].update(proof=["00" * 32] * 40),
        lambda d: d["batch"].update(proof="x"),
        lambda d: d["batch"].update(more=[{"index": 0}]),
        lambda d: d["batch"].update(root=5),
        lambda d: d.update(pdq=["x"]),
        lambda d: d.update(schema="touchstone.receipt/2"),
        lambda d: d.update(batch=[1]),
    ],
)
def test_receipts_that_were_changed_prove_nothing(desk: Desk, spoil: Callable[[dict[str, Any]], object]) -> None:
    outcome = desk.publish(desk.order(), desk.files("a.jpg", "b.png"))
    kept = json.loads(outcome.receipts[0].read_bytes())
    spoil(kept)
    path = desk.folder / "receipt.json"
    path.write_text(json.dumps(kept))
    with pytest.raises(receipts.ReceiptError):
        receipts.read(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b" " * (2 << 20)])
def test_receipts_that_are_none(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(raw)
    with pytest.raises(receipts.ReceiptError):
        receipts.read(path)


class TestWhatIsLeftOut:
    def test_the_same_file_twice(self, desk: Desk) -> None:
        first, second = desk.files("a.jpg", "b.jpg")
        second.write_bytes(first.read_bytes())
        outcome = desk.publish(desk.order(sign=True), [first, second])
        assert states(outcome) == {"a.jpg": ("done", ""), "b.jpg": ("skipped", "duplicate")}

    def test_what_was_registered_before(self, desk: Desk) -> None:
        paths = desk.files("a.jpg", "b.png")
        desk.publish(desk.order(Mode.MANY), paths[:1])
        outcome = desk.publish(desk.order(Mode.MANY), paths)
        assert states(outcome) == {"a.jpg": ("skipped", "already-registered"), "b.png": ("done", "")}

    def test_what_the_mirror_did_not_know(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Registered elsewhere meanwhile: the transaction would be refused, so it goes without that file."""
        paths = desk.files("a.jpg", "b.png", "c.png")
        desk.publish(desk.order(Mode.MANY), paths[:1])
        seen = publishing.PublishHands.look

        def unaware(self: Any, *arguments: Any) -> Any:
            import dataclasses

            return dataclasses.replace(seen(self, *arguments), own=False)

        monkeypatch.setattr(publishing.PublishHands, "look", unaware)
        outcome = desk.publish(desk.order(Mode.MANY), paths)
        assert states(outcome) == {
            "a.jpg": ("skipped", "already-registered"),
            "b.png": ("done", ""),
            "c.png": ("done", ""),
        }

    def test_what_cannot_be_read(self, desk: Desk) -> None:
        (good,) = desk.files("a.jpg")
        outcome = desk.publish(desk.order(), [good, desk.folder / "none.jpg", desk.folder])
        assert states(outcome)["none.jpg"] == ("failed", "missing")
        assert states(outcome)[desk.folder.name] == ("failed", "folder")
        assert len(outcome.receipts) == 1

    def test_nothing_is_left(self, desk: Desk) -> None:
        before = desk.transactions()
        outcome = desk.publish(desk.order(), [desk.folder / "none.jpg"])
        assert (outcome.deals, outcome.receipts, outcome.table) == ((), (), None)
        assert desk.transactions() == before

    def test_credentials_that_do_not_fit(self, desk: Desk) -> None:
        leaf = Authority.create().leaf()
        path = desk.folder / "a.jpg"
        path.write_bytes(changed(sign(making.jpeg(), "image/jpeg", leaf)[0]))
        outcome = desk.publish(desk.order(sign=True), [path])
        assert states(outcome) == {"a.jpg": ("failed", "source-failed")}

    def test_two_files_of_one_name(self, desk: Desk) -> None:
        first, second = desk.files("a.jpg", "b.jpg")
        twin = first.parent / "more" / "a.jpg"
        twin.parent.mkdir()
        second.rename(twin)
        outcome = desk.publish(desk.order(), [first, twin])
        assert [path.name for path in outcome.receipts] == ["a.jpg.touchstone.json", "a.jpg-2.touchstone.json"]
        kept = [receipts.read(path)["sha256"] for path in outcome.receipts]
        assert kept == [file.sha256 for file in outcome.files]

    def test_a_name_that_is_taken(self, desk: Desk) -> None:
        (path,) = desk.files("a.jpg")
        (desk.folder / "out").mkdir()
        (desk.folder / "out" / "a.jpg").write_text("somebody's")
        outcome = desk.publish(desk.order(sign=True), [path])
        assert outcome.files[0].final == desk.folder / "out" / "a-2.jpg"
        assert (desk.folder / "out" / "a.jpg").read_text() == "somebody's"


class TestOthers:
    def test_somebody_elses_file_is_a_further_claim(self, desk: Desk) -> None:
        (path,) = desk.files("a.jpg")
        desk.publish(desk.order(Mode.SINGLE), [path])
        other = Registrant.create(desk.ledger, "Somebody else")
        signer = KeySigner(other.key.signer)
        later = Desk(desk.home, desk.folder, desk.ledger, desk.network, other, signer, desk.checker)
        outcome = later.publish(later.order(Mode.SINGLE), [path])
        assert outcome.files[0].facts["others"] == 1
        first, second = claims(desk, outcome.files[0].sha256)
        assert (first.publisher, second.publisher) == (desk.publisher, other.id)

    def test_a_key_that_may_not(self, desk: Desk) -> None:
        stranger = Registrant.create(desk.ledger, "Somebody else")
        desk.signer = KeySigner(stranger.key.signer)
        with pytest.raises(ChainError) as caught:
            desk.publish(desk.order(), desk.files("a.jpg"))
        assert caught.value.code is ChainTrouble.REVERTED
        assert caught.value.params["reason"] == "NotSigner"


class TestWithdrawal:
    def withdraw(
        self, desk: Desk, sha256: str, reason: Reason, replacement: str = "", given: tuple[Any, ...] = ()
    ) -> None:
        standing = withdraw.standing(desk.home, desk.network, desk.publisher, sha256)
        sender = Sender(desk.home, desk.network)
        for intent in withdraw.intents(desk.home, desk.network, standing, (sha256, reason, replacement), given):
            sender.send(sender.prepare(intent, desk.signer.address), desk.signer, lambda _p: True)
        sender.close()
        mirror.sync(desk.home, desk.network)

    @pytest.mark.parametrize("mode", Mode)
    def test_withdrawn_then_registered_again(self, desk: Desk, mode: Mode) -> None:
        paths = desk.files("a.jpg", "b.png")
        outcome = desk.publish(desk.order(mode), paths)
        sha256 = outcome.files[0].sha256
        self.withdraw(desk, sha256, Reason.ERROR)
        assert all(claim.revoked and claim.reason == Reason.ERROR for claim in claims(desk, sha256))
        assert not any(claim.revoked for claim in claims(desk, outcome.files[1].sha256))
        assert answer(desk, paths[0]) is Answer.DOUBTFUL
        with pytest.raises(withdraw.WithdrawError) as caught:
            withdraw.standing(desk.home, desk.network, desk.publisher, sha256)
        assert caught.value.failure is withdraw.WithdrawFailure.WITHDRAWN
        again = desk.publish(desk.order(Mode.SINGLE), paths[:1])
        assert states(again) == {"a.jpg": ("done", "")}
        assert not all(claim.revoked for claim in claims(desk, sha256))
        assert answer(desk, paths[0]) is Answer.REGISTERED

    def test_replaced(self, desk: Desk) -> None:
        paths = desk.files("a.jpg", "b.png")
        outcome = desk.publish(desk.order(Mode.MANY), paths)
        old, new = (file.sha256 for file in outcome.files)
        self.withdraw(desk, old, Reason.REPLACED, new)
        (claim,) = claims(desk, old)
        assert (claim.reason, claim.replacement) == (Reason.REPLACED, new)

    def test_a_clip_is_withdrawn_as_a_whole(self, desk: Desk) -> None:
        outcome = desk.publish(desk.order(), desk.files("a.mp4", "b.jpg"))
        clip = outcome.files[0].sha256
        assert len(claims(desk, clip)) > 1
        self.withdraw(desk, clip, Reason.RIGHTS)
        assert all(claim.revoked for claim in claims(desk, clip))

    def test_by_receipt_where_the_list_is_lost(self, desk: Desk) -> None:
        outcome = desk.publish(desk.order(), desk.files("a.jpg", "b.png"))
        for kept in own_folder(desk.home).iterdir():
            kept.unlink()
        sha256 = outcome.files[1].sha256
        with pytest.raises(withdraw.WithdrawError) as caught:
            self.withdraw(desk, sha256, Reason.ERROR)
        assert caught.value.failure is withdraw.WithdrawFailure.NO_PROOF
        wrong, right = (receipts.read(path) for path in outcome.receipts)
        with pytest.raises(withdraw.WithdrawError):
            self.withdraw(desk, sha256, Reason.ERROR, given=(wrong,))
        self.withdraw(desk, sha256, Reason.ERROR, given=(wrong, right))
        assert all(claim.revoked for claim in claims(desk, sha256))

    def test_what_was_never_registered(self, desk: Desk) -> None:
        with pytest.raises(withdraw.WithdrawError) as caught:
            self.withdraw(desk, "ab" * 32, Reason.ERROR)
        assert caught.value.failure is withdraw.WithdrawFailure.NOT_REGISTERED


class TestInterrupted:
    """The process is killed at a step, with everything it had in hand; another goes on."""

    STEPS = (
        "looked", "before-signing", "before-name", "named", "measured", "settled", "listed", "prepared", "SIGNED",
        "KEPT", "BROADCAST", "MINED", "FINAL", "counted", "receipt",
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("step", "mode"), [*((s, Mode.BATCH) for s in STEPS), ("KEPT", Mode.SINGLE), ("counted", Mode.SINGLE)]
    )
    def test_killed(self, desk: Desk, step: str, mode: Mode) -> None:
        paths, order = desk.files("a.jpg", "b.png"), desk.order(mode, sign=True, source="captured")
        job, before = desk.begin(order, paths), desk.transactions()
        killed(lambda: desk_run(desk, job, order, step))
        left = {p.name for p in (desk.folder / "out").glob("*.jpg")} if (desk.folder / "out").exists() else set()
        outcome = desk.publish(order, paths, job)
        assert states(outcome) == {"a.jpg": ("done", ""), "b.png": ("done", "")}, (step, left)
        assert desk.transactions() == before + len(outcome.deals)
        signed = sorted(
            p.name for p in (desk.folder / "out").iterdir() if p.suffix in {".jpg", ".png"} and p.name[0] != "."
        )
        assert signed == ["a.jpg", "b.png"]
        for file in outcome.files:
            assert len(claims(desk, file.sha256)) == 1
            assert desk.hands(sign=False).sha256(file.final or file.source) == file.sha256

    def test_a_copy_that_has_its_name_is_not_signed_again(self, desk: Desk) -> None:
        paths, order = desk.files("a.jpg"), desk.order(sign=True)
        job = desk.begin(order, paths)
        killed(lambda: desk_run(desk, job, order, "named"))
        kept = (desk.folder / "out" / "a.jpg").read_bytes()
        desk.publish(order, paths, job)
        assert (desk.folder / "out" / "a.jpg").read_bytes() == kept

    def test_a_copy_that_was_changed_meanwhile_is_not_taken_for_ours(self, desk: Desk) -> None:
        paths, order = desk.files("a.jpg"), desk.order(sign=True)
        job = desk.begin(order, paths)
        killed(lambda: desk_run(desk, job, order, "named"))
        (desk.folder / "out" / "a.jpg").write_bytes(b"somebody's")
        outcome = desk.publish(order, paths, job)
        assert states(outcome) == {"a.jpg": ("failed", "exists")}
        assert (desk.folder / "out" / "a.jpg").read_bytes() == b"somebody's"

    def test_a_job_that_is_done_does_nothing_more(self, desk: Desk) -> None:
        paths, order = desk.files("a.jpg"), desk.order(sign=True)
        job = desk.begin(order, paths)
        desk.publish(order, paths, job)
        before = desk.transactions()
        outcome = desk.publish(order, paths, job)
        assert states(outcome) == {"a.jpg": ("done", "")}
        assert desk.transactions() == before

    def test_refused_by_the_person_and_taken_up_again(self, desk: Desk) -> None:
        paths, order = desk.files("a.jpg"), desk.order(sign=True)
        job = desk.begin(order, paths)
        with pytest.raises(ChainError) as caught:
            desk.publish(order, paths, job, confirm=lambda _prepared: False)
        assert caught.value.code is ChainTrouble.REJECTED
        publisher = Publisher(desk.home, desk.network, None)  # type: ignore[arg-type]
        assert [line.id for line in publisher.unfinished()] == [job]
        outcome = desk.publish(order, paths, job)
        assert states(outcome) == {"a.jpg": ("done", "")}
        assert publisher.unfinished() == []
        publisher.close()

    def test_a_ledger_that_was_begun_anew_ends_what_was_interrupted_on_it(self, desk: Desk) -> None:
        desk.begin(desk.order(), desk.files("a.jpg"))
        code = command_line(["--home", str(desk.home.root), "ledger", "reset", "--yes"], lambda _home: 9)
        assert code == 0
        publisher = Publisher(desk.home, desk.network, None)  # type: ignore[arg-type]
        assert publisher.unfinished() == []
        publisher.close()

    def test_two_processes_at_one_job(self, desk: Desk) -> None:
        paths, order = desk.files("a.jpg"), desk.order()
        job = desk.begin(order, paths)
        journal = PublishJournal(desk.home)
        with journal.only_one(job), pytest.raises(StoreError) as caught:
            desk.publish(order, paths, job)
        assert caught.value.code is Trouble.BUSY
        journal.close()

    def test_stopped(self, desk: Desk) -> None:
        hands, sender = desk.hands(), Sender(desk.home, desk.network)
        publisher = Publisher(desk.home, desk.network, hands)
        cancel = threading.Event()
        order = desk.order(sign=True)
        job = publisher.begin(desk.publisher, order, desk.files("a.jpg", "b.png"))
        told: list[str] = []

        def tell(step: object, done: int, _of: int, _name: str) -> None:
            told.append(str(step))
            if str(step) == "signing" and done:
                cancel.set()

        with pytest.raises((StoppedError, publishing.OpenError, Exception)) as caught:
            publisher.run(job, sender, desk.signer, lambda _p: True, tell, cancel)
        assert type(caught.value).__name__ in {"StoppedError", "Stopped"}
        assert publisher.files(job)[0].state is FileState.SIGNED
        publisher.close()
        sender.close()
        hands.close()

    def test_a_ledger_that_was_begun_anew(self, desk: Desk) -> None:
        """What was registered on it is not there any more, whatever the journals say."""
        order, paths = desk.order(), desk.files("a.jpg")
        job = desk.begin(order, paths)
        desk.publish(order, paths, job)
        desk.ledger.reset(keep_copy=False)
        key = Key(desk.ledger, desk.registrant.key.signer)
        key.send("PublisherRegistry", "create", "Agence X", "", NOBODY)
        outcome = desk.publish(order, paths, job)
        assert states(outcome) == {"a.jpg": ("done", "")}
        assert len(claims(desk, outcome.files[0].sha256)) == 1

    def test_given_up(self, desk: Desk) -> None:
        publisher = Publisher(desk.home, desk.network, None)  # type: ignore[arg-type]
        job = publisher.begin(desk.publisher, desk.order(), desk.files("a.jpg"))
        publisher.abandon(job)
        assert publisher.unfinished() == []
        publisher.close()


class TestDryRun:
    @pytest.mark.parametrize("mode", Mode)
    def test_cost_and_nothing_else(self, desk: Desk, mode: Mode) -> None:
        mirror.sync(desk.home, desk.network)
        hands, sender = desk.hands(sign=False), Sender(desk.home, desk.network)
        publisher = Publisher(desk.home, desk.network, hands)
        before, files = desk.transactions(), desk.files("a.jpg", "b.png")
        listing = sorted(desk.home.root.rglob("*"))
        planned = publisher.plan(desk.publisher, desk.order(mode, sign=True), files, sender)
        assert planned.trouble is None
        assert len(planned.prepared) == len(planned.intents) == (2 if mode is Mode.SINGLE else 1)
        assert all(50_000 < p.gas_used < 120_000 and p.cost > 0 for p in planned.prepared)
        assert desk.transactions() == before
        assert publisher.unfinished() == []
        assert sorted(desk.home.root.rglob("*")) == listing
        assert not (desk.folder / "out").exists()
        publisher.close()
        sender.close()
        hands.close()

    def test_no_money(self, desk: Desk) -> None:
        from touchstone.chain.throwaway import ThrowawaySigner

        poor = KeySigner(ThrowawaySigner())
        desk.registrant.key.send("PublisherRegistry", "setSigner", desk.publisher, poor.address, 15, 0, 0)
        hands, sender = desk.hands(sign=False), Sender(desk.home, desk.network)
        publisher = Publisher(desk.home, desk.network, hands)
        order = jobs.Order(poor.address)
        planned = publisher.plan(desk.publisher, order, desk.files("a.jpg"), sender)
        assert planned.trouble is not None
        assert planned.trouble.code is ChainTrouble.NO_FUNDS
        publisher.close()
        sender.close()
        hands.close()


def test_originals_that_are_gone_or_unknown(desk: Desk) -> None:
    assert local_original(desk.home, "ab" * 32) is None
    (path,) = desk.files("a.jpg")
    outcome = desk.publish(desk.order(folder=None), [path])
    assert local_original(desk.home, outcome.files[0].sha256) == path
    path.unlink()
    assert local_original(desk.home, outcome.files[0].sha256) is None


def test_a_damaged_journal_is_kept_aside_and_nothing_is_known(desk: Desk) -> None:
    (path,) = desk.files("a.jpg")
    outcome = desk.publish(desk.order(folder=None), [path])
    from touchstone.store.publish_journal import path_of

    for kept in desk.home.root.glob("publishing.sqlite3*"):
        kept.unlink()
    path_of(desk.home).write_bytes(b"no database" * 1000)
    assert local_original(desk.home, outcome.files[0].sha256) is None


def test_jobs_of_a_ledger_that_is_no_more(desk: Desk) -> None:
    job = desk.begin(desk.order(), desk.files("a.jpg"))
    journal = PublishJournal(desk.home)
    journal.forget(desk.network.chain_id)
    assert journal.job(job).state is JobState.ABANDONED
    journal.close()


def killed(work: Callable[[], object]) -> None:
    """Run `work` in a process that has to end by SIGKILL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # a step that never comes ends it too, by another signal
        try:
            work()
        finally:
            os._exit(3)  # it was to be killed, and was not
    _pid, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def desk_run(desk: Desk, job: int, order: jobs.Order, step: str) -> None:
    """Run a job in this process, which is killed at a step."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    desk.checker = None  # its threads stayed behind

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def on_step(name: Any, _params: Any) -> None:
        if name.name == step:
            die()

    _dies_around(publishing.PublishHands, "look", step, after="looked", die=die)
    _dies_around(FileSigner, "sign", step, before="before-signing", after="named", die=die)
    _dies_around(
        Path, "replace", step, before="before-name", die=die, where=lambda path: ".touchstone-sign-" in str(path)
    )
    _dies_around(Publisher, "_measure", step, after="measured", die=die)
    _dies_around(Publisher, "_settle", step, after="settled", die=die)
    _dies_around(jobs.Deal, "write_list", step, after="listed", die=die)
    _dies_around(Sender, "prepare", step, after="prepared", die=die)
    _dies_around(PublishJournal, "counted", step, after="counted", die=die)
    write = receipts.write

    def dying_write(*arguments: Any) -> Path:
        path = write(*arguments)
        if step == "receipt":
            die()
        return path

    receipts.write = dying_write
    hands, sender = desk.hands(sign=order.sign), Sender(desk.home, desk.network)
    Publisher(desk.home, desk.network, hands).run(job, sender, desk.signer, lambda _p: True, on_step=on_step)


def _dies_around(
    owner: Any, name: str, step: str, *, die: Callable[[], None], before: str = "", after: str = "", where: Any = None
) -> None:
    real = getattr(owner, name)

    def instead(self: Any, *arguments: Any, **options: Any) -> Any:
        if step == before and (where is None or where(self)):
            die()
        result = real(self, *arguments, **options)
        if step == after:
            die()
        return result

    setattr(owner, name, instead)
