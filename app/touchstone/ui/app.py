"""Opens the window. It is on the screen before anything is imported that reads or checks files."""

from __future__ import annotations

import gc
import sys

from touchstone.paths import Home


def run(home: Home) -> int:
    """Show the window and wait until it is closed; returns the exit code."""
    # Nothing that is made before the window is shown is garbage: looking for some would take a tenth of the time.
    gc.disable()
    if sys.platform == "linux":
        _find_fonts()
    from touchstone.ui.launch import launch

    return launch(home)


def _find_fonts() -> None:
    """Have fontconfig read what fonts there are, in a thread, while modules load. Qt finds it done."""
    import ctypes
    import threading

    def find() -> None:
        try:
            ctypes.CDLL("libfontconfig.so.1").FcInit()
        except (OSError, AttributeError):
            return  # then Qt does it, when it first draws words

    threading.Thread(target=find, daemon=True).start()
