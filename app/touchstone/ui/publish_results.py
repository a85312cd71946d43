"""What came of publishing, and what it would come to: in the table and in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from touchstone.texts import _, formats, intents, ngettext
from touchstone.texts import publish as words
from touchstone.texts.plain import plain
from touchstone.ui.publish_model import Entry, Known, PublishModel, Stage
from touchstone.ui.publish_options import BATCH
from touchstone.ui.register_desk import why
from touchstone.ui.style import Tone

if TYPE_CHECKING:
    from touchstone.paths import Home
    from touchstone.registry.job import Outcome, Planned
    from touchstone.store.publish_journal import FileLine

_DONE = {"registered", "done"}
_LEFT_OUT = {"skipped", "failed"}


def show(model: PublishModel, files: Iterable[FileLine]) -> None:
    """Show in the table how far the files of a job are."""
    lines = {line.source: line for line in files}
    touched: list[Entry] = []
    for entry in model.entries():
        line = lines.get(entry.path.absolute())
        if line is None:
            continue
        touched.append(entry)
        state = str(line.state)
        if state in _DONE:
            entry.stage, entry.known, entry.problem = Stage.REGISTERED, Known.YOURS, ""
            entry.sha256 = line.sha256
        elif state in _LEFT_OUT:
            entry.stage = Stage.FAILED if state == "failed" else Stage.READY
            entry.problem = _capital(words.state(state, line.why))
    model.touched(touched)


def sentence(outcome: Outcome, home: Home) -> tuple[str, Tone]:
    """What came of a job; where the list of a batch is that has no address."""
    from touchstone.registry import leaves, lists

    done = sum(str(line.state) in _DONE for line in outcome.files)
    left = len(outcome.files) - done
    said = ngettext("{count} file was registered.", "{count} files were registered.", done)
    said = said.format(count=formats.whole(done))
    if left:
        more = ngettext(
            "{count} was left out; its row says why.", "{count} were left out; their rows say why.", left
        ).format(count=formats.whole(left))
        said = _("{said} {more}").format(said=said, more=more)
    roots = [deal.root for deal in outcome.deals if deal.root and not deal.uri]
    if roots and done:
        place = plain(lists.own_folder(home) / leaves.file_name(bytes.fromhex(roots[-1])), 300)
        more = _("Others find the files only where they get the list of the batch: {path}").format(path=place)
        said = _("{said} {more}").format(said=said, more=more)
    return said, Tone.AMBER if left and not done else Tone.INK


def plan_words(planned: Planned, mode: str) -> str:
    """What a job would cost, and what becomes public for ever."""
    if planned.trouble is not None:
        return why(planned.trouble)
    count = sum(str(line.state) == "read" for line in planned.files)
    if not planned.prepared:
        return _("There is nothing to register: your rows say why.")
    network = planned.prepared[0].network
    expected = intents.coins(sum(one.expected for one in planned.prepared), network)
    most = intents.coins(sum(one.cost for one in planned.prepared), network)
    transactions = ngettext("{count} transaction", "{count} transactions", len(planned.prepared))
    lines = [
        _("{transactions}: about {expected}, at most {most}.").format(
            transactions=transactions.format(count=formats.whole(len(planned.prepared))), expected=expected, most=most
        ),
        words.for_ever(count),
        words.guessable(),
    ]
    if mode == BATCH:
        lines.insert(1, _("Others find the files only where they get the list of the batch."))
    return "\n\n".join(lines)


def why_not(error: Exception) -> str:
    """Why a job came to nothing, or no further."""
    from touchstone.check.signing_keys import IdentityError, KeyFailure
    from touchstone.store.database import StoreError
    from touchstone.texts import notices

    match error:
        case IdentityError(failure=KeyFailure.NEEDS_PASSWORD):
            return _("The signing key has a password: type it on the right.")
        case IdentityError():
            return words.no_identity(error.failure)
        case StoreError():
            return _("The journal of publishing could not be used ({why}).").format(why=notices.trouble(error.code))
        case OSError():
            return _("A receipt or a list could not be written. Continue once there is room and permission.")
    return why(error)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
