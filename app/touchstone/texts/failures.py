"""Why something could not be read, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from touchstone.texts import _, formats
from touchstone.texts.plain import plain


def reason(code: object, seconds: object = None) -> str:
    """Why a file could not be read, as part of a sentence. `code` is a worker's failure or one of opening a file."""
    timed = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if code == "timeout" and timed:
        return _("the reader was stopped after {seconds} s").format(seconds=formats.whole(seconds))
    return _reasons().get(str(code)) or _("the reader failed ({code})").format(code=plain(code, 40))


def _reasons() -> Mapping[str, str]:
    return {
        "unreadable": _("it is damaged, or not what it seems"),
        "undecodable": _("its beginning can be read, its content cannot"),
        "unsupported": _("there is no reader for files of this kind"),
        "too-large": _("it is larger than is read"),
        "timeout": _("the reader took too long and was stopped"),
        "cpu": _("the reader worked for too long and was stopped"),
        "memory": _("the reader needed more memory than it may have"),
        "crashed": _("the reader crashed"),
        "protocol": _("the reader answered in a way that is not allowed"),
        "internal": _("the reader failed"),
        "unavailable": _("no reader could be started"),
        "stopped": _("it was stopped"),
        "empty": _("the file is empty"),
        "missing": _("there is no such file"),
        "no-permission": _("you have no permission to read it"),
        "folder": _("it is a folder"),
        "not-a-file": _("it is not a regular file"),
        "changed-while-read": _("it changed while it was being read"),
        "io-error": _("the disk reported an error"),
    }


def advice(code: object) -> str:
    """What a failure means for the file, and what to do next."""
    damaged = _("It may be cut off or damaged. Get another copy, from as near its origin as you can, and check that.")
    stopped = _(
        "Files are stopped that ask too much of a reader; some are made to. You can allow more time and memory in the"
        " settings and check again."
    )
    attacked = _(
        "Nothing else on this computer was touched: every file is read in a closed process of its own. Treat the file"
        " with caution, and check another copy."
    )
    said = {
        "unreadable": damaged,
        "undecodable": damaged,
        "empty": damaged,
        "too-large": _("Check a smaller version of it, but know that a smaller version is another file."),
        "timeout": stopped,
        "cpu": stopped,
        "memory": stopped,
        "crashed": attacked,
        "protocol": attacked,
        "unavailable": _("The fault lies with this computer, not with the file. Start the application again."),
        "missing": _("It may have been moved or deleted since you named it."),
        "no-permission": _("Copy it to a folder of your own, or ask whoever it belongs to, and check again."),
        "folder": _("Name the files in it instead."),
        "not-a-file": _("Devices, pipes and sockets are not read. Save it as a file and check that."),
        "changed-while-read": _("Wait until whatever writes to it is done, then check again."),
        "io-error": _("The disk or the connection to it may be failing. Copy the file elsewhere and check again."),
    }
    return said.get(str(code), _("Nothing is known about the file. Check it again, or check another copy."))
