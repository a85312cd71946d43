"""Opens the window. It is on the screen before anything is imported that reads or checks files."""

from __future__ import annotations

import gc

from touchstone.paths import Home


def run(home: Home) -> int:
    """Show the window and wait until it is closed; returns the exit code."""
    # Nothing that is made before the window is shown is garbage: looking for some would take a tenth of the time.
    gc.disable()
    from touchstone.ui.launch import launch

    return launch(home)
