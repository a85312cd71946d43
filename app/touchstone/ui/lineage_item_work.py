"""Whether an item is in a model's data: what the form asks, in threads, and the proof as files."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.texts import _
from touchstone.texts import lineage_deeds as deeds
from touchstone.texts import lineage_view as words
from touchstone.texts.plain import plain
from touchstone.ui.lineage_chain import Fact
from touchstone.ui.lineage_work import Subject
from touchstone.ui.models_work import Task

if TYPE_CHECKING:
    from touchstone.chain.network import Network
    from touchstone.lineage import absence
    from touchstone.paths import Home

_SHA256 = re.compile(r"[0-9a-f]{64}")


class NotAHashError(ValueError):
    """What was typed is no SHA-256."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The model that is asked about, and whose copy of which register is asked."""

    home: Home
    network: Network
    subject: Subject


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an item. `code` is present, absent or unknown; `more` are sentences about what it rests on."""

    found: absence.Answer
    code: str
    said: str
    more: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def item(self) -> str:
        """Its SHA-256."""
        return self.found.item.hex()


def of_file(asked: Asked, path: Path, task: Task) -> Answer:
    """Ask about a file.

    Raises:
        OpenError, Stopped, ItemsError: it cannot be read, or it was stopped.
    """
    from touchstone.check.opening import OpenedFile

    task.step(deeds.looking_up())
    with OpenedFile(path) as opened:
        item = opened.sha256(task.stopped)
    return _answer(asked, item, task)


def of_hash(asked: Asked, typed: str, task: Task) -> Answer:
    """Ask about a SHA-256 as somebody typed it.

    Raises:
        NotAHashError: it is none.
        ItemsError: it was stopped.
    """
    item = "".join(typed.split()).lower()
    if not _SHA256.fullmatch(item):
        raise NotAHashError
    return _answer(asked, item, task)


def _answer(asked: Asked, item: str, task: Task) -> Answer:
    from touchstone.lineage import absence
    from touchstone.texts import absence as said

    task.step(deeds.looking_up())
    (found,) = absence.search([asked.subject.folder], [bytes.fromhex(item)], cancel=task.stopped)
    code = str(found.state)
    more = [deeds.item_means(code)]
    if found.proof:
        more += _from_register(asked, found)
    facts = [Fact(words.label("item"), item, whole=True)]
    if found.model.root:
        facts.append(Fact(words.label("root"), found.model.root, whole=True))
    return Answer(found, code, said.answer(found), tuple(line for line in (*more, said.limits()) if line), tuple(facts))


def _from_register(asked: Asked, found: absence.Answer) -> list[str]:
    """What the register's copy says of the root, and of the item."""
    from touchstone.lineage import absence
    from touchstone.registry.model_lookup import Models
    from touchstone.store.database import StoreError
    from touchstone.texts import absence as said

    models = Models(asked.home, asked.network)
    try:
        with contextlib.suppress(StoreError):
            state, entry = absence.on_register(found.model, models)
            retired = models.retired(found.item.hex())
            return [said.on_register(str(state), entry), *(said.retirement(one) for one in retired)]
        return []
    finally:
        models.close()


def save(answer: Answer, folder: Path) -> Path:
    """Write a proof into a folder of its own, with the program that checks it and how that is done; where.

    Raises:
        OSError: the disk refuses.
    """
    from touchstone.lineage import bundle
    from touchstone.store.files import write_atomically
    from touchstone.texts import absence as said

    found, name = answer.found, f"{answer.item[:16]}.proof"
    target = folder / f"{_safe(found.model.name)}-{answer.code}-{answer.item[:16]}"
    check = f"python verifier.py {found.model.root} {found.model.items} {answer.item} {name}"
    files = {
        name: found.proof,
        "verifier.py": bundle.program("verifier.py"),
        "README.txt": said.readme([check]).encode(),
    }
    for file, data in files.items():
        write_atomically(target / file, data)
    return target


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:64]


def why(error: Exception) -> str:
    """Why there is no answer; "" where it was stopped."""
    from touchstone.check.opening import OpenError, Stopped
    from touchstone.lineage.items_types import ItemsError
    from touchstone.store.files import trouble_of
    from touchstone.texts import absence as said
    from touchstone.texts import failures, notices

    match error:
        case Stopped() | ItemsError(code="stopped"):
            return ""
        case NotAHashError():
            return deeds.bad_hash()
        case ItemsError():
            return said.items_trouble(error.code, error.params)
        case OpenError():
            return _("The file could not be read: {why}.").format(why=failures.reason(error.failure))
        case OSError():
            return _("It could not be written: {why}.").format(why=notices.trouble(str(trouble_of(error))))
    return _("Something went wrong in the application ({kind}).").format(kind=plain(type(error).__name__, 60))
