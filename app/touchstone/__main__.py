"""`touchstone`: the window, the command line, or a worker, told apart before anything is imported."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # what type checkers take for true; the module of that name takes its time
if TYPE_CHECKING:
    from touchstone.paths import Home


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from touchstone.worker.main import main as work

        return work(arguments[1:])
    try:
        from touchstone.cli.main import main as command

        return command(arguments, _open_window)
    except KeyboardInterrupt:  # while it was still loading, before there were words for it
        return 1


def _open_window(home: Home) -> int:
    from touchstone.ui import app

    return app.run(home)


if __name__ == "__main__":
    sys.exit(main())
