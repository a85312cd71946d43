"""Where the application keeps its files, and where its resources are."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

APP = "touchstone"


@dataclass(frozen=True, slots=True)
class Home:
    """Every folder the application writes to. `TOUCHSTONE_HOME` or `--home` puts all of it under one folder."""

    root: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.root / "settings.toml"

    @property
    def history(self) -> Path:
        """The history database."""
        return self.root / "history.sqlite3"

    @property
    def trust(self) -> Path:
        """The folder of trust lists."""
        return self.root / "trust"

    @property
    def samples(self) -> Path:
        """The folder of the record of samples made on this computer."""
        return self.root / "samples"

    @property
    def ledger(self) -> Path:
        """The practice ledger's database."""
        return self.root / "practice-ledger.sqlite3"

    @property
    def shared_ledger(self) -> Path:
        """The database of the practice ledger that this computer serves to other desks."""
        return self.root / "shared-ledger.sqlite3"

    @property
    def registers(self) -> Path:
        """The folder of mirrors of register events, one database a network."""
        return self.root / "registers"

    @property
    def keys(self) -> Path:
        """The folder of keystores."""
        return self.root / "keys"

    @property
    def networks(self) -> Path:
        """What the user configured about networks."""
        return self.root / "networks.toml"

    @property
    def outbox(self) -> Path:
        """The journal of transactions that were sent, and of publishing under way."""
        return self.root / "outbox.sqlite3"

    @property
    def models(self) -> Path:
        """The folder of detectors that were added, each in a folder named by its id, and of what was chosen of them."""
        return self.root / "models"

    @property
    def outputs(self) -> Path:
        """The folder of what is to be recorded, and was, of what models said."""
        return self.root / "outputs"

    @property
    def vault(self) -> Path:
        """The database of sealed votes; what is in it is encrypted."""
        return self.root / "votes.sqlite3"

    @property
    def vault_keys(self) -> Path:
        """The folder of the key to those sealed votes that may be opened without their owner's key."""
        return self.root / "votes"

    @property
    def evidence(self) -> Path:
        """The folder of evidence for the court, each item in a folder named by it, and the list of what is hidden."""
        return self.root / "evidence"

    @property
    def restoring(self) -> Path:
        """What there is only while a backup is being put in place: which files it moves."""
        return self.root / "restore-under-way.json"


def home(override: str | Path | None = None) -> Home:
    """The home folder: the override, else `TOUCHSTONE_HOME`, else the platform's place for application data.

    Nothing is created here: each writer makes its folder when it first writes.
    """
    chosen = override or os.environ.get("TOUCHSTONE_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    import platformdirs

    return Home(Path(platformdirs.user_data_dir(APP, appauthor=False, roaming=False)))


def resources() -> Path:
    """The folder of shipped resources: in a frozen build, in an installed package, or in the repository."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "resources"
    installed = Path(__file__).parent / "_resources"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "resources"


def shipped_models() -> Path:
    """The folder of detectors that came with the application; `TOUCHSTONE_MODELS` names another one."""
    return Path(os.environ.get("TOUCHSTONE_MODELS") or resources() / "models")


def worker_command() -> list[str]:
    """How to start this program again as a worker: the frozen executable itself, or this interpreter."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-m", "touchstone", "worker"]
