"""The journal of transactions: what it keeps, and what it never lets happen twice."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from touchstone.paths import Home
from touchstone.store.database import StoreError
from touchstone.store.files import Trouble
from touchstone.store.outbox import LIVE, Outbox, Sent, SentState

ENTRY = Sent(5, "mine", "0xabc", 1, "0xdef", b"\x01", "publisher-name", 1, 2, 3, {"name": "X"}, "deed", b"\x02", "0x01")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def outbox(home: Home) -> Iterator[Outbox]:
    made = Outbox(home)
    yield made
    made.close()


def test_what_is_written_comes_back(home: Home, outbox: Outbox) -> None:
    kept = outbox.add(ENTRY)
    assert dataclasses.replace(kept, id=0, created="", changed="") == ENTRY
    other = Outbox(home)
    assert other.get(kept.id) == kept
    assert other.keyed(5, "deed") == [kept]
    assert other.keyed(6, "deed") == []
    other.close()
    assert home.outbox.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyError):
        outbox.get(99)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_one_nonce_is_signed_once(outbox: Outbox, state: SentState) -> None:
    first = outbox.add(dataclasses.replace(ENTRY, state=state))
    with pytest.raises(StoreError):
        outbox.add(dataclasses.replace(ENTRY, raw=b"\x03", hash="0x02"))
    assert outbox.live(5) == [first]
    rival = outbox.add(dataclasses.replace(ENTRY, raw=b"\x03", hash="0x02", replaces=first.id))
    assert outbox.rivals(first) == [first, rival]
    outbox.add(dataclasses.replace(ENTRY, chain_id=6))
    outbox.add(dataclasses.replace(ENTRY, sender="0xother"))


@pytest.mark.parametrize("state", sorted(set(SentState) - LIVE))
def test_a_nonce_is_free_once_nothing_is_under_way(outbox: Outbox, state: SentState) -> None:
    first = outbox.add(ENTRY)
    outbox.change(first.id, state=state)
    assert outbox.live(5) == []
    assert outbox.add(ENTRY).id != first.id


def test_only_what_may_change_changes(outbox: Outbox) -> None:
    kept = outbox.add(ENTRY)
    changed = outbox.change(kept.id, state=SentState.MINED, block=7, block_hash="0x77", gas_used=8, fee=9)
    assert (changed.state, changed.block, changed.fee) == (SentState.MINED, 7, 9)
    assert outbox.newest_in_block(5) == changed
    with pytest.raises(ValueError, match="nonce"):
        outbox.change(kept.id, nonce=2)


def test_a_chain_that_is_no_more(outbox: Outbox) -> None:
    outbox.add(ENTRY)
    other = outbox.add(dataclasses.replace(ENTRY, chain_id=6))
    outbox.forget(5)
    assert outbox.recent() == [other]


def test_signed_bytes_do_not_show_in_a_log() -> None:
    assert "raw" not in repr(dataclasses.replace(ENTRY, raw=b"\x99" * 9))


def test_a_power_failure_loses_nothing_that_was_said_to_be_kept(outbox: Outbox) -> None:
    """SQLite waits for the disk at each commit: 2 is FULL (https://www.sqlite.org/pragma.html#pragma_synchronous)."""
    assert outbox._database._open is not None
    assert outbox._database._open.writer.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_was_written_survives_kill_9(home: Home) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        from touchstone.paths import Home
        from touchstone.store.outbox import Outbox, Sent
        outbox = Outbox(Home(Path(sys.argv[1])))
        outbox.add(Sent(5, "mine", "0xabc", 1, "0xdef", b"", "c", 1, 2, 3, raw=b"r", hash="0x01"))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(home.root)], check=False, timeout=30)
    outbox = Outbox(home)
    assert [one.hash for one in outbox.live(5)] == ["0x01"]
    outbox.close()


def test_the_lock_of_a_process_that_died_is_free(home: Home, outbox: Outbox) -> None:
    script = """
        import os, signal, sys
        from pathlib import Path
        from touchstone.paths import Home
        from touchstone.store.outbox import Outbox
        with Outbox(Home(Path(sys.argv[1]))).one_sender(5, "0xabc"):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(home.root)], check=False, timeout=30)
    with outbox.one_sender(5, "0xabc", 0.5), outbox.one_sender(5, "0xother", 0.5):
        with pytest.raises(StoreError) as caught, outbox.one_sender(5, "0xabc", 0.1):
            pass
        assert caught.value.code is Trouble.BUSY
