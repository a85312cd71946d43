"""Backups in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from touchstone.texts import _, formats, ngettext
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.store.backup import Contents


def trouble(code: object) -> str:
    """Why there is no backup, or why nothing was restored."""
    return _troubles().get(str(code)) or _("The system refused it. Nothing was changed.")


def not_finished(code: object) -> str:
    """That a restoration was ended midway, and why it stays so."""
    known = {
        "busy": _("another window or command is at it"),
        "full": _("the disk is full"),
        "read-only": _("there is no permission to write there"),
        "damaged": _("what was written about it is damaged, and was put aside"),
    }
    return _(
        "Bringing back a backup was interrupted, and could not be finished now ({why}). Some files are those of the"
        " backup, others those from before."
    ).format(why=known.get(str(code), _("the system refused it")))


def stays_unfinished() -> str:
    """The same, where nobody knows why any more."""
    return _(
        "Bringing back a backup was interrupted, and could not be finished yet. Some files are those of the backup,"
        " others those from before. Make sure that the disk has room and can be written to, then open Touchstone again."
    )


def _troubles() -> Mapping[str, str]:
    return {
        "not-a-backup": _("That is no backup of Touchstone."),
        "newer": _("A newer version of Touchstone made this backup. Use that one to restore it."),
        "wrong-password": _("The password is wrong. Nothing was changed."),
        "weak-password": _("The password is too short: it needs at least 8 characters."),
        "truncated": _("The backup was cut short: a part of it is missing. Nothing was changed."),
        "changed": _("The backup was changed or damaged since it was made. Nothing was changed here."),
        "missing": _("There is no such file."),
        "exists": _("There is a file of that name already. Choose another name."),
        "nothing": _("There is nothing to keep yet."),
        "read-only": _("There is no permission to write there. Nothing was changed."),
        "full": _("The disk is full. Nothing was changed."),
        "busy": _("Another backup is under way. Try again in a moment."),
        "damaged": _("A database in it is damaged. Nothing was changed."),
    }


def contents(found: Contents) -> tuple[tuple[str, str], ...]:
    """What is in a backup: label and value."""
    keys = found.count("keys")
    parts = {
        "history.sqlite3": _("history"),
        "settings.toml": _("settings"),
        "networks.toml": _("networks"),
        "outbox.sqlite3": _("journal of transactions"),
        "practice-ledger.sqlite3": _("practice ledger"),
        "shared-ledger.sqlite3": _("shared practice ledger"),
        "votes": _("sealed votes"),
        "votes.sqlite3": _("sealed votes"),
        "publish": _("records of publishing"),
        "publishing.sqlite3": _("records of publishing"),
        "trust": _("lists of trusted signers"),
    }
    there = dict.fromkeys(words for name, words in parts.items() if found.count(name))
    return (
        (_("Made"), formats.moment(found.created)),
        (_("With version"), plain(found.application, 40)),
        (_("Keys"), ngettext("{count} key file", "{count} key files", keys).format(count=keys)),
        (_("Also"), ", ".join(there) or _("nothing")),
        (_("Size"), formats.size(sum(member.bytes for member in found.members))),
    )
