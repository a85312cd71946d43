"""`touchstone`: the window, the command line, or a worker, told apart before anything is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from touchstone.paths import Home


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from touchstone.worker.main import main as work

        return work(arguments[1:])
    from touchstone.cli.main import main as command

    return command(arguments, _open_window)


def _open_window(home: Home) -> int:
    from touchstone.ui import app

    return app.run(home)


if __name__ == "__main__":
    sys.exit(main())
