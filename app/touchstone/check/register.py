"""The register witness: has a publisher registered exactly this file, or one that looks like it?

It asks the mirror on this computer and nothing else; no socket is opened. Only the practice ledger, a file of this
computer too, is read first where it has moved on. All of it runs on one thread of its own, beside the readers of the
file and within bounds of time; whatever goes wrong there ends in a finding.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.check import register_claims as claims
from touchstone.check.opening import Stopped
from touchstone.check.register_claims import Beside, Looked, Match
from touchstone.check.register_home import addresses, proofs, stamp
from touchstone.check.samples import SampleRecord
from touchstone.check.weigh_views import QUALITY_AT_LEAST
from touchstone.paths import Home
from touchstone.report import Finding, Kind, Status, Witness
from touchstone.settings import Settings
from touchstone.store.files import Trouble

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.registry.lookup import MirrorState, Register, Similar
    from touchstone.registry.model_lookup import Models
    from touchstone.registry.model_types import RecordedOutput

SYNC_SECONDS = 5.0  # what following the practice ledger may take at the beginning of a check; it goes on with the next
WAIT_SECONDS = 15.0
_POLL_SECONDS = 0.05
_LOOKED_AT = frozenset({Kind.IMAGE, Kind.VIDEO})
_log = logging.getLogger(__name__)


class NotAskedError(Exception):
    """The register was not asked, and why (a code)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class _Open:
    """The register of one network. `behind` is how many blocks of the practice ledger its mirror lacks."""

    network: Network
    register: Register
    models: Models
    behind: int = 0


class RegisterWitness:
    """Looks files up in the register of one network, that of `settings.network`."""

    def __init__(self, home: Home, settings: Settings) -> None:
        self._home, self._name = home, settings.network
        self._thread: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._late = threading.Event()
        self._opened: _Open | None = None
        self._damaged = False
        self._beside: Beside | None = None
        self._stamp: tuple[int, ...] = ()

    def warm(self) -> None:
        """Load what a look-up needs now, so that the first file need not wait for it."""
        self.begin(Kind.IMAGE)  # whatever it raises, the first file will meet again

    def begin(self, kind: Kind) -> RegisterQuestion:
        """Make the register ready while the file is being read."""

        def work() -> None:
            self._ready()
            if self._opened is not None and kind in _LOOKED_AT:
                self._opened.register.warm(clip=kind is Kind.VIDEO)

        return RegisterQuestion(self._submit(work))

    def finish(
        self,
        question: RegisterQuestion,
        sha256: str,
        kind: Kind,
        media: Mapping[str, Any],
        cancel: threading.Event | None = None,
    ) -> Finding:
        """Look the file up; `media` are the fields of `report.Media` that are known. Raises `Stopped` alone."""
        began, fingerprints = time.monotonic(), media.get("fingerprints") or {}
        return self.ask(
            question, Witness.REGISTER, lambda ready: _look(ready, sha256, kind, fingerprints, began), cancel
        )

    def ask(
        self,
        question: RegisterQuestion,
        witness: Witness,
        work: Callable[[Ready], Finding],
        cancel: threading.Event | None = None,
        otherwise: Mapping[str, str] = MappingProxyType({}),
    ) -> Finding:
        """What `work` finds in the register, on its thread; else why it was not asked, or could not be.

        `otherwise` maps codes of why it was not asked to what this witness calls them. Raises `Stopped` alone.
        """
        try:
            _wait(question.ready, cancel)
            found: Finding = _wait(self._submit(lambda: work(self._now_ready())), cancel)
        except NotAskedError as error:
            return Finding(witness, Status.NOT_CHECKED, otherwise.get(error.why, error.why), source=self._name)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a register must not cost the check
            _log.info("the register could not be asked: %r", error)
            self._forget(damaged=getattr(error, "code", None) is Trouble.DAMAGED)
            return Finding(witness, Status.FAILED, _failure(error), source=self._name)
        return found

    def refresh(self, network: str | None = None) -> None:
        """Read samples, keys and networks again with the next file; from then on ask `network`, if one is given."""

        def work() -> None:
            self._beside = None
            self._close()
            self._name = self._name if network is None else network

        if self._thread is None:
            self._name = self._name if network is None else network
        else:
            self._submit(work)

    def close(self) -> None:
        """Close what is open and end the thread."""
        self._late.set()
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(RuntimeError):
                thread.submit(self._close)
            thread.shutdown(wait=True)

    def _submit(self, work: Callable[[], Any]) -> Future[Any]:
        with self._lock:
            if self._thread is None:
                self._late.clear()
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="register")
            return self._thread.submit(work)

    def _forget(self, *, damaged: bool) -> None:
        """Open everything anew with the next file: what is there now could not be read."""

        def work() -> None:
            self._close()
            self._damaged = damaged

        self._submit(work)

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.register.close()
            opened.models.close()

    # What follows runs on the witness's own thread.

    def _ready(self) -> None:
        """Open the register; on practice, follow the ledger.

        Raises:
            NotAskedError: there is nothing to ask.
            ChainError: it cannot be read, as does StoreError.
        """
        if self._opened is None:
            self._opened = self._open()
        opened = self._opened
        if opened.network.practice:
            self._follow(opened)
        elif opened.register.state().synced_block < 0:
            consented = opened.network.consented or not opened.network.public
            raise NotAskedError("mirror-missing" if consented else "no-consent")

    def _open(self) -> _Open:
        from touchstone.chain.networks import Networks

        try:
            network = Networks.load(self._home).get(self._name)
        except ChainError as error:
            raise NotAskedError(str(error.code)) from error
        if network.practice and not self._home.ledger.exists():
            raise NotAskedError("no-register")
        from touchstone.registry.lookup import Register, mirror_path
        from touchstone.registry.model_lookup import Models

        if self._damaged and network.practice:  # what it was made from is at hand, so that it can be made again
            from touchstone.store.register_store import set_aside

            set_aside(mirror_path(self._home, network))
        self._damaged = False
        return _Open(network, Register(self._home, network), Models(self._home, network))

    def _follow(self, opened: _Open) -> None:
        """Bring the mirror of the practice ledger up to date, within bounds of time; what is missing is said."""
        from touchstone.registry import mirror

        late = threading.Timer(SYNC_SECONDS, self._late.set)
        late.daemon = True
        late.start()
        try:
            state = mirror.sync(self._home, opened.network, cancel=self._late)
        except ChainError as error:
            if error.code not in {ChainTrouble.BUSY, ChainTrouble.STOPPED}:
                raise
            state = opened.register.state()
        finally:
            late.cancel()
            self._late.clear()
        opened.behind = max(0, state.head - state.synced_block)

    def _now_ready(self) -> Ready:
        if self._opened is None:  # closed by `refresh` meanwhile
            self._ready()
        opened = self._opened
        assert opened is not None  # noqa: S101 - or it raised
        return Ready(self._home, opened, lambda: self._now_beside(opened.network))

    def _now_beside(self, network: Network) -> Beside:
        now = stamp(self._home)
        if self._beside is None or now != self._stamp:
            self._stamp = now
            # Others write to a shared ledger: what they say of a sample made here is no word of this computer's.
            samples = frozenset() if network.shared else SampleRecord.load(self._home).sha256
            self._beside = Beside(
                network.play, proofs(self._home, network), addresses(self._home), samples.__contains__
            )
        return self._beside


class Ready:
    """A register that can be asked, on its own thread."""

    def __init__(self, home: Home, opened: _Open, beside: Callable[[], Beside]) -> None:
        self.home, self.network, self.register, self.models = home, opened.network, opened.register, opened.models
        self.behind = opened.behind
        self.beside = beside

    @cached_property
    def state(self) -> MirrorState:
        """How far the mirror goes. Raises StoreError."""
        return self.register.state()

    def facts(self) -> dict[str, Any]:
        """What a finding says of the look-up itself."""
        network, state = self.network, self.state
        practice = network.practice
        age = 0 if practice and not self.behind else max(0, int(time.time() - state.synced_at))
        facts = {"network": network.name, "practice": practice, "mirror_age_s": age}
        facts |= {"practice": True, "shared": True} if network.shared else {}
        facts |= {"behind": self.behind} if self.behind else {}
        return facts | ({} if practice or state.agreed else {"agreed": False})

    def version(self) -> str:
        """What a finding rests on."""
        state = self.state
        return _version(state.synced_block, "" if self.network.practice else claims.moment(state.synced_at))


@dataclass(frozen=True, slots=True)
class RegisterQuestion:
    """A register that is being made ready."""

    ready: Future[None]


def _wait(future: Future[Any], cancel: threading.Event | None) -> Any:
    """The value of a future.

    Raises:
        Stopped: `cancel` was set.
        LateError: it took too long.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        if cancel is not None and cancel.is_set():
            raise Stopped
        try:
            return future.result(_POLL_SECONDS)
        except LateError:
            if future.done() or time.monotonic() > until:
                raise


def _look(ready: Ready, sha256: str, kind: Kind, fingerprints: Mapping[str, Any], began: float) -> Finding:
    beside, state = ready.beside(), ready.state
    outputs = ready.models.outputs_of(sha256)
    if ready.network.practice and not state.count and not outputs:
        raise NotAskedError("mirror-behind" if ready.behind else "no-register")
    facts = ready.facts()
    facts |= {"missing_files": state.missing_files} if state.missing_files else {}
    looked = _looked(ready.register, (sha256, kind, fingerprints), beside, facts)
    found = claims.details(looked)
    found |= _made(ready.home, ready.network, outputs, (beside, found))
    told = ("untrusted_publisher", "registered", "revoked", "claimants")
    return Finding(
        witness=Witness.REGISTER,
        status=Status.DONE,
        code=claims.code(looked) if looked.match != "none" or not found.get("made_decides") else "recorded-ai",
        params={key: found[key] for key in told if found.get(key)},
        source=ready.network.name,
        version=ready.version(),
        took_ms=round((time.monotonic() - began) * 1000),
        details=found,
    )


def _looked(
    register: Register, subject: tuple[str, Kind, Mapping[str, Any]], beside: Beside, facts: dict[str, Any]
) -> Looked:
    """The claims about this very file, else about those that look like it."""
    sha256, kind, fingerprints = subject
    exact = claims.matched(sha256, register.exact(sha256), beside)
    clear = quality(fingerprints)
    if exact.relied is not None:
        return Looked(exact, quality=clear, facts=facts)
    if kind not in _LOOKED_AT or clear is None:
        return Looked(exact, compared="kind", facts=facts)
    if clear < QUALITY_AT_LEAST:
        return Looked(exact, compared="quality", quality=clear, facts=facts)
    found = alike(register, fingerprints)
    similar: Match | None
    similar, count = claims.nearest(found, sha256, beside)
    return Looked(exact, similar, count, quality=clear, facts=facts)


def _made(
    home: Home, network: Network, outputs: Sequence[RecordedOutput], told: tuple[Beside, Mapping[str, Any]]
) -> dict[str, Any]:
    """Details about who recorded that a model made the file; empty where nobody did."""
    if not outputs:
        return {}
    from touchstone.check import register_made
    from touchstone.registry.domain_proofs import DomainProofs

    beside, found = told
    kept = DomainProofs.load(home)
    around = register_made.Around(
        beside.addresses,
        lambda held: kept.state(network, held.publisher, held.domain, held.controller).is_verified,
        beside.practice,
    )
    relied = int(found.get("publisher") or 0) if found["match"] == "exact" else 0
    entries = register_made.listed(outputs, around, relied)
    if not entries:
        return {}
    return {"made": entries, "made_decides": register_made.decides(entries[0], practice=beside.practice)}


def alike(register: Register, fingerprints: Mapping[str, Any]) -> tuple[Similar, ...]:
    """Registered files that look like one with these fingerprints, the nearest first. Raises StoreError."""
    frames = fingerprints.get("pdq_frames")
    if frames:
        return register.similar_video([f["pdq_orientations"] for f in frames if f["quality"] >= QUALITY_AT_LEAST])
    return register.similar(fingerprints["pdq_orientations"])


def quality(fingerprints: Mapping[str, Any]) -> int | None:
    """0 to 100: that of a picture, or of the best frame of a video; None where there is no fingerprint."""
    frames = fingerprints.get("pdq_frames")
    if frames:
        return max(int(frame["quality"]) for frame in frames)
    known = fingerprints.get("pdq_quality")
    return known if isinstance(known, int) and fingerprints.get("pdq_orientations") else None


def _version(block: int, synced: str) -> str:
    return f"block {block}; {synced}" if synced else f"block {block}"


def _failure(error: Exception) -> str:
    code = getattr(error, "code", None)
    if isinstance(code, (ChainTrouble, Trouble)):
        return f"register-{code}"
    if isinstance(error, LateError):
        return "register-timeout"
    return "register-damaged" if isinstance(error, (sqlite3.DatabaseError, ValueError)) else "register-failed"
