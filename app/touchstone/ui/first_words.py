"""What a window says first, if anything: that something was wrong with the settings, or was left unfinished."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from touchstone.ui.desk import Desk


def tell(desk: Desk, say: Callable[[str], None]) -> None:
    """What was wrong with the settings; or that a restoration stays unfinished."""
    if desk.home.restoring.exists():
        from touchstone.texts import backup

        say(backup.stays_unfinished())
    elif desk.settings.notices:
        from touchstone.texts import notices

        say(" ".join(notices.notice(message) for message in desk.settings.notices))
