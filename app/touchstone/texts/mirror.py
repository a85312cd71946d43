"""The copy of the register on this computer, in words: how far it goes, what it lacks, snapshots of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.registry.lookup_types import MirrorState, MissingList
    from touchstone.registry.snapshot import Snapshot


def status(state: MirrorState) -> list[str]:
    """How far it goes, a line each."""
    if state.synced_at == 0:
        return [_("There is no copy yet. Without one, no check finds anything in the register.")]
    lines = [
        ngettext("{count} registered file", "{count} registered files", state.count).format(
            count=formats.whole(state.count)
        ),
        _("up to block {block}, read {moment}").format(
            block=formats.whole(state.synced_block), moment=moment(state.synced_at)
        ),
        _("final up to block {block}").format(block=formats.whole(state.final_block))
        if state.final_block >= 0
        else _("nothing in it is final yet"),
    ]
    if state.head > state.synced_block:
        behind = state.head - state.synced_block
        lines.append(
            ngettext(
                "{count} block of the ledger is not in it yet", "{count} blocks of the ledger are not in it yet", behind
            ).format(count=formats.whole(behind))
        )
    if not state.models:
        lines.append(_("without all that was registered about models: `touchstone index sync` reads what is missing"))
    if state.court is False:
        lines.append(_("without all cases of the court: `touchstone index sync` reads what is missing"))
    if state.missing_outputs:
        lines.append(
            ngettext(
                "{count} list of what models said of files is not here",
                "{count} lists of what models said of files are not here",
                state.missing_outputs,
            ).format(count=formats.whole(state.missing_outputs))
        )
    if not state.agreed:
        lines.append(_("from one node alone: nobody else was asked whether it says the truth"))
    return lines


def missing(entry: MissingList) -> str:
    """A batch whose list is not here, and why."""
    files = ngettext("{count} file", "{count} files", entry.files).format(count=formats.whole(entry.files))
    why = _why().get(entry.why, _("it could not be fetched"))
    said = _("Batch {root} of publisher {publisher}, {files}: {why}.").format(
        root=middle(entry.root), publisher=entry.publisher, files=files, why=why
    )
    if entry.uri and not entry.bad:
        said += " " + plain(entry.uri)
    return said


def not_found(files: int) -> str:
    """What missing lists mean."""
    return ngettext(
        "{count} registered file cannot be found, because the list of its batch is not here:",
        "{count} registered files cannot be found, because the lists of their batches are not here:",
        files,
    ).format(count=formats.whole(files))


def _why() -> Mapping[str, str]:
    return {
        "": _("its list was not looked for yet"),
        "no-address": _("its address is none that can be used"),
        "not-allowed": _("its list may not be fetched from where it is"),
        "no-gateway": _("its list is on IPFS, and no gateway was named"),
        "missing": _("its list is not where it should be"),
        "not-a-file": _("what is at its address is no file"),
        "too-large": _("its list is larger than one can be"),
        "wrong-hash": _("its list is not the one that was registered"),
        "malformed": _("its list makes no sense"),
        "wrong-count": _("its list has another number of files than was registered"),
        "duplicates": _("its list names a file twice"),
        "wrong-root": _("its list does not belong to the batch"),
        "private-address": _("its address leads into a private network"),
        "unreachable": _("the server of its list does not answer"),
        "refused": _("the server of its list refuses"),
        "timeout": _("the server of its list takes too long"),
        "tls": _("the server of its list cannot prove who it is"),
        "moved": _("its list has moved to another server"),
    }


def step(name: str) -> str:
    """What a sync is at; `name` is a `touchstone.registry.follow.Step`."""
    return {
        "blocks": _("Reading blocks"),
        "reorganised": _("Following a change of the chain"),
        "restarted": _("Beginning again: the chain is another"),
        "lists": _("Fetching lists of batches"),
        "index": _("Sorting fingerprints"),
    }.get(name, name)


def reorganised(block: int) -> str:
    """The chain was changed after `block`."""
    return _("The chain has changed: what was read after block {block} was dropped and read again.").format(
        block=formats.whole(block)
    )


def restarted() -> str:
    """The mirror began from the beginning."""
    return _("The chain is another than before, or has changed where nothing should change: all of it was read again.")


def pruned() -> str:
    """What can be done where no node has the history any more."""
    return _("A snapshot may have it: touchstone index import FILE")


def exported(snapshot: Snapshot, path: object) -> str:
    """A snapshot was written."""
    return _("Saved as {path}. Its hash, for whoever imports it: {digest}").format(
        path=plain(path, 500), digest=snapshot.sha256
    )


def taken(snapshot: Snapshot) -> str:
    """A snapshot was taken."""
    said = _(
        "The snapshot was taken: {files} up to block {block}, hash {digest}. Compare the hash with the one that"
        " its maker gives, then sync to follow on from it."
    )
    files = ngettext("{count} registered file", "{count} registered files", snapshot.files)
    return said.format(
        files=files.format(count=formats.whole(snapshot.files)),
        block=formats.whole(snapshot.block),
        digest=snapshot.sha256,
    )


def snapshot_failure(code: str) -> str:
    """Why there was no snapshot; `code` is a `touchstone.registry.snapshot.SnapshotTrouble`."""
    return {
        "nothing": _("There is nothing final in the copy yet, so there is nothing to export."),
        "unreadable": _("The file could not be read."),
        "not-a-snapshot": _("That is no snapshot of a register."),
        "newer": _("A newer version of Touchstone wrote this snapshot. Use that one to take it."),
        "damaged": _("The snapshot is damaged. Nothing was changed."),
        "unexpected": _("The snapshot has another hash than it should. Nothing was changed."),
        "other-network": _("The snapshot is of another network. Choose that one first."),
        "older": _("The snapshot is older than the copy that is here. Nothing was changed."),
        "busy": _("Another window or command is at it. Try again in a moment."),
        "disk": _("The disk refused it. Nothing was changed."),
    }.get(code, _("It failed. Nothing was changed."))


def unreadable(code: str) -> str:
    """Why the mirror cannot be read; `code` is a `touchstone.store.files.Trouble`."""
    return {
        "damaged": _("The copy of the register is damaged. `touchstone index sync` makes it anew."),
        "newer": _("A newer version of Touchstone wrote the copy of the register. Use that one, or another home."),
        "busy": _("Another window or command is at it. Try again in a moment."),
        "full": _("The disk is full."),
        "read-only": _("The copy of the register cannot be opened: there is no permission to."),
    }.get(code, _("The copy of the register cannot be read."))


def moment(seconds: int) -> str:
    """A moment in unix seconds."""
    try:
        return formats.moment(datetime.fromtimestamp(seconds, UTC).isoformat())
    except (OverflowError, ValueError, OSError):
        return plain(seconds)
