"""Several processes and threads at one mirror, and one that is killed in the middle."""

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from tests.registry.mirror_child import long_chain
from tests.registry.scripted import NETWORK, SIGNER, Chain, ScriptedNode, contents, created, digest, registered

from touchstone.chain import event_types as e
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.registry.lookup import Register, mirror_path
from touchstone.registry.mirror import sync

CHILD = "tests/registry/mirror_child.py"


@contextlib.contextmanager
def syncing(home, seed, root):
    code = f"import runpy, sys; sys.path.insert(0, '.'); del sys.argv[0]; runpy.run_path({CHILD!r}, None, '__main__')"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "-", str(home.root), str(seed)], stdout=subprocess.PIPE, cwd=root
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def killed(home, seed, root, after):
    with syncing(home, seed, root) as process:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_is_whole_and_goes_on(tmp_path, pytestconfig, seed):
    _killed_and_compared(tmp_path, pytestconfig.rootpath, seed, 3)


@pytest.mark.long
def test_killed_fifty_times(tmp_path, pytestconfig):
    _killed_and_compared(tmp_path, pytestconfig.rootpath, 99, 50)


def _killed_and_compared(folder, root, seed, times):
    chance, home = random.Random(seed), Home(folder / "home")
    for _ in range(times):
        killed(home, seed, root, chance.uniform(0, 0.6))
        if mirror_path(home, NETWORK).exists():
            connection = sqlite3.connect(mirror_path(home, NETWORK))
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()
    chain = long_chain(seed)
    files = [digest(seed, n) for n in range(0, 400, 7)]
    sync(home, NETWORK, [ScriptedNode(chain, final=20)])
    fresh = Home(folder / "fresh")
    sync(fresh, NETWORK, [ScriptedNode(chain, final=20)])
    assert contents(home, files) == contents(fresh, files)
    registers = [Register(one, NETWORK) for one in (home, fresh)]
    for n in range(0, 400, 41):
        one, other = ([s.sha256 for s in r.similar([digest("pdq", seed, n).hex()])] for r in registers)
        assert sorted(one) == sorted(other)
        assert len(one) == 6
    for register in registers:
        register.close()


def test_readers_see_whole_states_while_it_syncs(tmp_path):
    """In every block one publisher withdraws a file and the other registers it: exactly one claim ever stands."""
    home, chain, file = Home(tmp_path), Chain(), digest("file")
    chain.add(*created(1), *created(2), registered(file, 1))
    for n in range(50):
        one, other = (1, 2) if n % 2 == 0 else (2, 1)
        chain.add(e.Revoked(file, one, SIGNER, 1, bytes(32)), registered(file, other, pdq=digest("pdq")))
    sync(home, NETWORK, [ScriptedNode(chain, final=200, head=1)])
    done, standing = threading.Event(), []

    def read():
        register = Register(home, NETWORK)
        while not done.is_set():
            standing.append(sum(not claim.revoked for claim in register.exact(file.hex())))
            standing.extend(sum(not c.revoked for c in s.claims) for s in register.similar([digest("pdq").hex()]))
        register.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for head in range(2, chain.head):
        sync(home, NETWORK, [ScriptedNode(chain, final=200, head=head)])
    done.set()
    for reader in readers:
        reader.join()
    assert len(standing) > 100
    assert set(standing) == {1}


def test_two_that_sync_at_once_take_turns(tmp_path):
    home, chain = Home(tmp_path), long_chain(5, 150)
    codes = []

    def work():
        try:
            sync(home, NETWORK, [ScriptedNode(chain, final=20, widest=9)])
        except ChainError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {ChainTrouble.BUSY}
    register = Register(home, NETWORK)
    assert register.state().count == 150 * 6
    register.close()
