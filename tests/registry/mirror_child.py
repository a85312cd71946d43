"""Syncs a mirror of a long scripted chain until somebody ends this process: `python mirror_child.py HOME SEED`."""

import sys
import time
from pathlib import Path

from tests.registry.scripted import NETWORK, Chain, ScriptedNode, created, digest, item, registered

from touchstone.paths import Home
from touchstone.registry.mirror import sync


def long_chain(seed: int, blocks: int = 400) -> Chain:
    chain = Chain()
    chain.add(*created())
    for n in range(blocks):
        pdq = digest("pdq", seed, n)
        chain.add(registered(digest(seed, n), pdq=pdq), *[item(digest(seed, n, k), pdq=pdq) for k in range(5)])
    return chain


if __name__ == "__main__":
    home, seed = Home(Path(sys.argv[1])), int(sys.argv[2])
    chain = long_chain(seed)
    print("ready", flush=True)
    for turn in range(1000):
        if turn:
            chain.rewrite(chain.head - 5)
            for _ in range(5):
                chain.add(registered(digest("again", turn)))
        sync(home, NETWORK, [ScriptedNode(chain, final=20, widest=7)])
        time.sleep(0)
