"""Another process at the practice ledger, for tests: `python ledger_child.py DOES PATH`, orders on standard input.

- `send`: each line is a signed transaction; answers with its hash once it is kept, or with the code of what failed.
- `crash`: each line is a ledger and a file of signed transactions, a tab between; forks a child that opens the one and
  sends the other, until somebody kills it. Says the child's number first, and `ended` when it is gone.
- `hold`: takes the writer's turn, says `held`, and keeps it until there is a line.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    does, path = sys.argv[1], Path(sys.argv[2])
    from touchstone.chain import engine_state  # noqa: F401 - loaded before the clock runs, or the fork
    from touchstone.chain.ledger_file import LedgerFile
    from touchstone.chain.local import PracticeLedger

    if does == "hold":
        file = LedgerFile(path)
        with file.writing() as connection:
            connection.execute("DELETE FROM block")
            print("held", flush=True)
            sys.stdin.readline()
            raise SystemExit  # nothing of it is kept
    elif does == "send":
        print("ready", flush=True)
        send(PracticeLedger(path), sys.stdin)
    else:
        for order in sys.stdin:
            crash(*(Path(one) for one in order.strip().split("\t")))


def send(ledger, lines) -> None:
    from touchstone.chain.errors import ChainError

    for line in lines:
        try:
            say(ledger.ask("eth_sendRawTransaction", [line.strip()]))
        except ChainError as error:
            say(error.code)


def say(answer: object) -> None:
    """A line in one piece: whoever is killed between a word and its end would leave half a line for others to end."""
    os.write(sys.stdout.fileno(), f"{answer}\n".encode())


def crash(path: Path, orders: Path) -> None:
    from touchstone.chain.local import PracticeLedger

    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        with orders.open() as lines:
            send(PracticeLedger(path), lines)
        os._exit(0)
    os.waitpid(child, 0)
    print("ended", flush=True)


if __name__ == "__main__":
    main()
