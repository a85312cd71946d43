"""What settings and history had to say when they were opened, in words."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.report import Message
from touchstone.texts import _
from touchstone.texts.plain import plain


def notice(message: Message) -> str:
    """A notice as a sentence or two: what happened, and what became of what was there."""
    said = _notices().get(message.code, _("Something in the application's own files could not be used."))
    params = message.params
    return said.format(
        kept=plain(params.get("untrusted_kept", "")),
        used=plain(params.get("untrusted_used", "")),
        key=plain(params.get("untrusted_key", ""), 60),
        why=trouble(params.get("why")),
    )


def _notices() -> Mapping[str, str]:
    return {
        "settings-damaged": _("The settings file was damaged. It was kept as {kept}; the usual settings are in use."),
        "settings-unreadable": _("The settings could not be read ({why}). The usual settings are in use."),
        "settings-value": _("The setting {key} has a value that this version does not know. The usual one is in use."),
        "history-damaged": _("The history was damaged. It was kept as {kept}, and a new one was begun."),
        "history-newer": _(
            "A newer version of Touchstone wrote the history {kept}. It stays as it is; {used} is used."
        ),
        "history-read-only": _("The history can be read, but nothing can be added to it."),
        "history-off": _("There is no history for now ({why})."),
        "history-not-saved": _("The last report was not kept in the history ({why})."),
    }


def trouble(code: object) -> str:
    """What a disk refused, as part of a sentence."""
    return {
        "read-only": _("no permission to write there"),
        "full": _("the disk is full"),
        "busy": _("another window keeps it busy"),
        "damaged": _("the file is damaged"),
        "newer": _("a newer version wrote it"),
    }.get(str(code), _("the system refused"))
