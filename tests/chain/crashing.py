"""Sends one transaction and is killed on the way: `python crashing.py HOME STEP`.

STEP is one of the steps of sending, `arrived` (the ledger has it, the journal does not know yet) or `nowhere`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from touchstone.chain import keystore, known_calls
from touchstone.chain.agree import open_nodes
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import KeystoreSigner
from touchstone.paths import Home

PASSWORD, KEY, NOBODY = "correct horse", "the deed", "0x" + "00" * 20


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, at: str) -> None:
    home = Home(Path(folder))
    network = Networks.load(home).get("practice")
    (node,) = open_nodes(home, network)

    class Line:
        label = "line"

        def request(self, method: str, params: Sequence[Any]) -> Any:
            answer = node.request(method, params)
            if at == "arrived" and method == "eth_sendRawTransaction":
                die()
            return answer

        def close(self) -> None:
            node.close()

    def on_step(step: str, _params: Mapping[str, Any]) -> None:
        if step == at:
            die()

    sender = Sender(home, network, [Line()])
    signer = KeystoreSigner(keystore.find(home, "me"), ask=lambda: PASSWORD)
    intent = known_calls.intent(network, "PublisherRegistry", "create", "Agence X", "", NOBODY)
    sender.send(sender.prepare(intent, signer.address), signer, lambda _p: True, on_step=on_step, key=KEY)


if __name__ == "__main__":
    main(*sys.argv[1:])
