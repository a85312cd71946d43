"""`touchstone`: the window, the command line, or a worker, told apart before anything is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["worker"]:
        from touchstone.worker.main import main as work

        return work(arguments[1:])
    from touchstone.cli.main import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
