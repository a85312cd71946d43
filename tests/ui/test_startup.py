"""Opening the window loads nothing that reads files, keeps keys or knows a chain."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PROGRAM = """
import json, os, sys, time
from pathlib import Path
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication
from touchstone.paths import Home
from touchstone.ui.launch import close_window, open_window

application = QApplication(["touchstone", "-style", "fusion"])
window = open_window(application, Home(Path(sys.argv[1])))
until = time.monotonic() + 0.3
while time.monotonic() < until:
    application.processEvents()
print(json.dumps(sorted(sys.modules)))
close_window(application, window)
"""
FORBIDDEN = (
    "touchstone.chain",
    "touchstone.registry",
    "touchstone.check",
    "touchstone.trust",
    "touchstone.store.history",
)
HEAVY = {"web3", "eth", "eth_abi", "eth_keys", "cryptography", "numpy", "sqlite3", "dns", "idna"}


def test_no_chain_and_nothing_heavy_is_loaded_to_show_the_window(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(REPOSITORY / "app"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "home")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "touchstone.ui.navigation" in loaded
    assert [name for name in loaded if name.startswith(FORBIDDEN) or name.split(".")[0] in HEAVY] == []
    assert not (tmp_path / "home").exists()
