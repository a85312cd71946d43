"""What a publishing job is given, what it needs done by others, and what comes of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from touchstone.chain.errors import ChainError
from touchstone.chain.intent import Intent
from touchstone.registry.deals import Mode
from touchstone.store.publish_journal import DealLine, FileLine

if TYPE_CHECKING:
    from touchstone.chain.send import Prepared


class Step(StrEnum):
    """What a job is at."""

    READING = "reading"
    SIGNING = "signing"
    MEASURING = "measuring"
    REGISTERING = "registering"
    RECEIPTS = "receipts"


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. `sender` is the address that registers; `source` a value of `check.signing.Source`, "" unstated.

    With `sign`, copies go to `folder`; receipts go there as well, or beside each file where it is None. `uri` is the
    address of the list of a batch, or of more about each file otherwise. Paths are absolute.
    """

    sender: str
    mode: Mode = Mode.MANY
    sign: bool = False
    source: str = ""
    folder: Path | None = None
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about a file. `pdqs` are fingerprints (hex) of what shows something, the best first.

    `own` is whether this publisher's registration of it stands; `others` how many others registered it; `credentials`
    is the integrity of what it carries (none, intact, changed, broken …). `problem` is a code where it is of no use.
    """

    sha256: str = ""
    kind: int = 0
    pdqs: tuple[str, ...] = ()
    credentials: str = ""
    own: bool = False
    others: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SignedCopy:
    """A signed copy: its hash, and that of its active manifest."""

    sha256: str
    manifest: str


class NotSignedError(Exception):
    """A file was not signed; `code` says why. With `fit` it may be registered as it is."""

    def __init__(self, code: str, *, fit: bool) -> None:
        super().__init__(code)
        self.code, self.fit = code, fit


class Hands(Protocol):
    """What a job needs done by processes that may read media: `touchstone.check.publishing` has them."""

    def look(self, path: Path, publisher: int, cancel: threading.Event | None) -> Seen:
        """Hash and measure a file, and ask the mirror about it. Raises `Stopped` alone."""
        ...

    def sign(
        self,
        source: Path,
        target: Path,
        order: Order,
        before: Callable[[SignedCopy], None],
        cancel: threading.Event | None,
    ) -> None:
        """Write a signed copy; `before` hears of it before it has its name. Raises NotSignedError, `Stopped`."""
        ...

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file, "" where it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """What a job would do: its files, and the transactions with what each would cost."""

    files: tuple[FileLine, ...]
    intents: tuple[Intent, ...]
    prepared: tuple[Prepared, ...] = ()
    trouble: ChainError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. `table` is the CSV of its receipts, None where nothing was registered."""

    job: int
    files: tuple[FileLine, ...]
    deals: tuple[DealLine, ...]
    receipts: tuple[Path, ...] = ()
    table: Path | None = None


class StoppedError(Exception):
    """The user stopped the job; it can be taken up again."""


OnProgress = Callable[[Step, int, int, str], None]  # the step, done, of how many, the name of a file or ""


def packed(order: Order) -> dict[str, Any]:
    """An order as JSON-ready data."""
    folder = "" if order.folder is None else os.fsencode(order.folder.absolute()).decode("latin-1")
    return {
        "sender": order.sender,
        "mode": str(order.mode),
        "sign": order.sign,
        "source": order.source,
        "folder": folder,
        "uri": order.uri,
    }


def unpacked(kept: Mapping[str, Any]) -> Order:
    """The order that `packed` made data of."""
    folder = Path(os.fsdecode(str(kept["folder"]).encode("latin-1"))) if kept["folder"] else None
    return Order(kept["sender"], Mode(kept["mode"]), bool(kept["sign"]), kept["source"], folder, kept["uri"])
