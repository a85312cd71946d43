"""Makes a practice ledger as it was before a register of models, or a court: `python old_ledger.py RESOURCES PATH ID`.

It runs in a process of its own, with the contracts that shipped then as its resources.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODELS = ("PublisherRegistry", "MediaRegistry", "PracticeUSD")  # what there was before there were models
COURT = ("PublisherRegistry", "MediaRegistry", "ModelRegistry", "PracticeUSD")  # and before there was a court


def made(folder: Path, ledger: Path, chain_id: int, there: tuple[str, ...] = MODELS) -> dict[str, object]:
    """Make one at `ledger` with what was `there`; what is on it: {controller, sha256, block, hash}."""
    resources = folder / "then" / "resources" / "contracts"
    shutil.copytree(ROOT / "resources" / "contracts", resources)
    deployment = json.loads((resources / "deployment.json").read_text())
    for new in [name for name in deployment["order"] if name not in there]:
        (resources / f"{new}.json").unlink()
        deployment["order"].remove(new)
        for table in ("arguments", "encoded", "addresses", "codeHashes"):
            del deployment[table][new]
    (resources / "deployment.json").write_text(json.dumps(deployment))
    command = [sys.executable, __file__, resources.parent.parent, ledger, str(chain_id)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def _make(path: Path, chain_id: int) -> None:
    from touchstone.chain import contracts, transactions
    from touchstone.chain.local import PracticeLedger
    from touchstone.chain.throwaway import ThrowawaySigner

    ledger, signer = PracticeLedger(path, chain_id=chain_id), ThrowawaySigner()
    ledger.fund(signer.address, 10**19)
    sha256 = "0x" + "5a" * 32
    what = {"sha256": sha256, "kind": 1, "flags": 0, "uri": ""} | dict.fromkeys(
        ("pdq", "manifest", "parent"), bytes(32)
    )
    calls = (
        ("PublisherRegistry", "create", ("Agence X", "", "0x" + "00" * 20)),
        ("MediaRegistry", "register", (1, what)),
    )
    for nonce, (contract, function, arguments) in enumerate(calls):
        fields = transactions.fields(
            chain_id=chain_id,
            nonce=nonce,
            to=contracts.address(contract),
            data=contracts.encode(contract, function, *arguments),
            gas=500_000,
            max_fee=10**11,
            priority=10**9,
        )
        ledger.ask("eth_sendRawTransaction", ["0x" + signer.sign_transaction(fields).raw.hex()])
    ledger.give_dollars(signer.address, 5_000_000)
    assert contracts.order(practice=True) in {MODELS, COURT}
    status = ledger.status()
    ledger.close()
    print(json.dumps({"controller": signer.address, "sha256": sha256, "block": status.block, "hash": status.hash}))


if __name__ == "__main__":
    sys._MEIPASS = sys.argv[1]  # type: ignore[attr-defined]  # where a frozen build has its resources
    _make(Path(sys.argv[2]), int(sys.argv[3]))
