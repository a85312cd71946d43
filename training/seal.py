"""`python -m training.seal`: seal the models that ship, all with one key that is made for it and thrown away.

It comes last, after `training.joint` wrote the limits into the manifests, and runs in the application's environment.
Whoever registers the models says whose they are; a seal says that the files beside it belong together.
"""

from __future__ import annotations

import sys
from pathlib import Path

from touchstone import modelfile
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.lineage import seal
from touchstone.store.files import write_atomically

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "models"


def main(folder: Path = FOLDER) -> None:
    """Every model with a record; what does not belong together is told, and nothing is written then.

    Raises:
        SystemExit: with the model and the reason.
    """
    signer, made = ThrowawaySigner(), {}
    for record in sorted(folder.glob(f"*/{modelfile.RECORD}")):
        try:
            made[record.parent] = seal.make(record.parent, signer)
        except seal.SealError as error:
            raise SystemExit(f"{record.parent.name}: {error}") from error
    for one, raw in made.items():
        write_atomically(one / seal.SEAL, raw)
        (one / seal.SEAL).chmod(0o644)
    print(f"{len(made)} models sealed with {signer.address}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
