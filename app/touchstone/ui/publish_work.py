"""Runs publishing jobs for the window: what one would come to, doing it, going on with one that was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import QObject, Signal

from touchstone.texts import publish as words
from touchstone.ui.desk import Desk
from touchstone.ui.publish_options import OWN, Options
from touchstone.ui.signing import Agreement, Deed, Signing, was_refused

if TYPE_CHECKING:
    from touchstone.chain.keystore import Key
    from touchstone.chain.network import Network
    from touchstone.check.publishing import PublishHands
    from touchstone.check.signing_keys import Identity
    from touchstone.registry.job import Order, Outcome, Planned, Publisher, Step
    from touchstone.registry.job_types import OnProgress
    from touchstone.store.publish_journal import JobLine


@dataclass(frozen=True, slots=True)
class Actor:
    """Who publishes: the network, the publisher's number and (untrusted) name, and the key that signs."""

    network: Network
    publisher: int
    name: str
    key: Key


class PublishWork(QObject):
    """One job at a time. `planned`, `done` and `failed` carry what came of it; `interrupted` a job to go on with."""

    planned = Signal(object)  # Planned
    done = Signal(object)  # Outcome
    failed = Signal(object)  # Exception
    interrupted = Signal(object)  # JobLine, or None

    def __init__(self, desk: Desk, signing: Signing) -> None:
        super().__init__(signing)
        self._desk, self._signing = desk, signing

    def plan(self, actor: Actor, options: Options, paths: Sequence[Path]) -> None:
        """Work out what a job would come to; nothing is signed, sent or written."""
        desk = self._desk

        def work(deed: Deed) -> Planned:
            with _at_hand(desk, actor, None) as tools:
                order = _order(actor, options)
                sender = desk.register.open_sender()
                try:
                    tell = _progress(deed)
                    return tools.publisher.plan(actor.publisher, order, paths, sender, tell, deed.stopped)
                finally:
                    sender.close()

        self._signing.run(actor.key, work, self.planned.emit, self._failed)

    def begin(self, actor: Actor, options: Options, paths: Sequence[Path]) -> None:
        """Write a job down and do it."""

        def work(deed: Deed) -> Outcome:
            from touchstone.chain.errors import ChainError, ChainTrouble

            identity = _identity(self._desk, options)
            with _at_hand(self._desk, actor, identity, options.time_stamp_url) as tools:
                job = tools.publisher.begin(actor.publisher, _order(actor, options), paths)
                try:
                    return self._run(deed, tools, job, actor.name)
                except ChainError as error:
                    if error.code is ChainTrouble.REJECTED and not _has_begun(tools.publisher, job):
                        tools.publisher.abandon(job)  # who says no to the first question wants none of it
                    raise

        self._signing.run(actor.key, work, self._ended, self._failed)

    def go_on(self, actor: Actor, options: Options, line: JobLine) -> None:
        """Go on with a job that was interrupted. Who signs is taken from `options`: the journal keeps no keys."""

        def work(deed: Deed) -> Outcome:
            identity = _identity(self._desk, options) if line.order.get("sign") else None
            with _at_hand(self._desk, actor, identity, options.time_stamp_url) as tools:
                return self._run(deed, tools, line.id, actor.name)

        self._signing.run(actor.key, work, self._ended, self._failed)

    def discard(self, network: Network, line: JobLine) -> None:
        """Give a job up; what was registered stays so."""
        desk = self._desk

        def work() -> None:
            from touchstone.store.publish_journal import JobState, PublishJournal

            journal = PublishJournal(desk.home)
            try:
                journal.set_job(line.id, JobState.ABANDONED)
            finally:
                journal.close()

        desk.background.run(work, lambda _none: self.look(network), self.failed.emit)

    def look(self, network: Network) -> None:
        """Look whether a job was interrupted on this network."""
        home = self._desk.home

        def work() -> JobLine | None:
            from touchstone.store.publish_journal import PublishJournal, path_of

            if not path_of(home).exists():
                return None
            journal = PublishJournal(home)
            try:
                return next(iter(journal.unfinished(network.chain_id)), None)
            finally:
                journal.close()

        self._desk.background.run(work, self.interrupted.emit, self.failed.emit)

    def _run(self, deed: Deed, tools: _Tools, job: int, name: str) -> Outcome:
        register = self._desk.register
        register.fund(deed.key.address)
        sender = register.open_sender()
        agreement = Agreement(deed, self._desk, name)

        def told(step: Step, done: int, of: int, name: str) -> None:
            if str(step) == "registering":
                agreement.at(done, of)
            deed.tell(words.step(step, done, of, name), done, of)

        try:
            return tools.publisher.run(
                job, sender, deed.signer, agreement.confirm, told, deed.stopped, agreement.on_step
            )
        finally:
            sender.close()
            register.follow()

    def _ended(self, outcome: Outcome) -> None:
        self.done.emit(outcome)

    def _failed(self, error: Exception) -> None:
        from touchstone.check.opening import Stopped
        from touchstone.registry.job import StoppedError

        quiet = isinstance(error, (Stopped, StoppedError)) or was_refused(error)
        self.failed.emit(None if quiet else error)


class _Tools:
    """What a job needs, closed at its end."""

    def __init__(self, publisher: Publisher, hands: PublishHands) -> None:
        self.publisher, self._hands = publisher, hands

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.publisher.close()
        self._hands.close()


def _at_hand(desk: Desk, actor: Actor, identity: Identity | None, stamps: str = "") -> _Tools:
    from touchstone.check.publishing import PublishHands
    from touchstone.registry.job import Publisher

    hands = PublishHands(
        desk.home, actor.network, actor.publisher, identity=identity, stamps=stamps, checker=desk.checker()
    )
    return _Tools(Publisher(desk.home, actor.network, hands), hands)


def _has_begun(publisher: Publisher, job: int) -> bool:
    """Whether anything of a job stays: a registration, or a signed copy."""
    return any(str(file.state) in {"registered", "done"} or file.final is not None for file in publisher.files(job))


def _order(actor: Actor, options: Options) -> Order:
    from touchstone.registry.job import Mode, Order

    return Order(
        sender=actor.key.address,
        mode=Mode(options.mode),
        sign=bool(options.sign_with),
        source=options.source_type,
        folder=options.folder,
        uri=options.uri,
    )


def _identity(desk: Desk, options: Options) -> Identity | None:
    """Who signs the files. For threads. Raises IdentityError, OSError."""
    from touchstone.check import signing_keys, signing_practice

    if not options.sign_with:
        return None
    if options.sign_with != OWN:
        return signing_practice.signer(desk.home)
    if options.chain is None or options.key is None:
        raise signing_keys.IdentityError(signing_keys.KeyFailure.MISSING)
    return signing_keys.load(options.chain, options.key, options.password.encode() or None)


def _progress(deed: Deed) -> OnProgress:
    return lambda step, done, of, name: deed.tell(words.step(step, done, of, name), done, of)
