"""Change the pure cores in small ways, one at a time, and see whether a test notices (docs/mutation.md).

Run by `make audit`, or alone: `python packaging/mutation.py [--keep]`, with requirements-audit.lock installed. It works
in a copy outside the repository, in one process. Exit status 1 where a change survives that `mutation-accepted.toml`
does not list.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "packaging" / "mutation.toml"
ACCEPTED = ROOT / "packaging" / "mutation-accepted.toml"
COPIED = ("tests/unit", "resources")
# Modules that are tables, with the tests that hold them.
TABLES = {
    "src/touchstone/check/bounds.py": "tests/unit/test_pixels.py",
    "src/touchstone/check/pixels_reply.py": "tests/unit/test_pixels.py",
    "src/touchstone/check/credentials_reply.py": "tests/unit/test_credentials.py",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change: where, what became what, and whether the tests noticed."""

    module: str
    change: str
    killed: bool


def copy_to(place: Path) -> None:
    """The sources and their tests, with the configuration of this run as their own."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "app", place / "src", ignore=ignored)
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    shutil.copy2(CONFIG, place / "pyproject.toml")


def tool(name: str, *arguments: str, place: Path) -> str:
    """Run a tool of this Python's environment in the copy; what it printed.

    Raises:
        SystemExit: it failed.
    """
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    environment = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(place / ".hypothesis")}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def bodies(place: Path) -> Iterator[Outcome]:
    """Every change that mutmut makes."""
    tool("mutmut", "run", "--max-children", "1", place=place)
    for line in tool("mutmut", "results", "--all", "true", place=place).splitlines():
        name, _, status = line.strip().rpartition(": ")
        if status in {"killed", "timeout"}:
            yield Outcome(_module(name), "", killed=True)
        elif status in {"survived", "no tests"}:
            yield Outcome(_module(name), _change(tool("mutmut", "show", name, place=place)), killed=False)
        elif name:
            raise SystemExit(f"{name}: {status}")


def tables(place: Path) -> Iterator[Outcome]:
    """Every change that cosmic-ray makes."""
    base = CONFIG.read_text(encoding="utf-8")
    for module, tests in TABLES.items():
        config, session = place / f"{Path(module).stem}.toml", place / f"{Path(module).stem}.sqlite"
        command = f"{sys.executable} -m pytest -x -q {tests}"
        named = f"[cosmic-ray]\nmodule-path = {json.dumps(module)}\ntest-command = {json.dumps(command)}\n"
        config.write_text(base.replace("[cosmic-ray]\n", named), encoding="utf-8")
        tool("cosmic-ray", "init", config.name, session.name, place=place)
        tool("cr-filter-operators", session.name, config.name, place=place)
        tool("cosmic-ray", "baseline", config.name, place=place)
        tool("cosmic-ray", "exec", config.name, session.name, place=place)
        for line in tool("cosmic-ray", "dump", session.name, place=place).splitlines():
            _work, result = json.loads(line)
            if result is None or result["worker_outcome"] == "skipped":
                continue
            killed = result["test_outcome"] == "killed"
            yield Outcome(Path(module).name, _change(result["diff"] or ""), killed=killed)


def _module(mutant: str) -> str:
    """`touchstone.check.weigh.x__why__mutmut_3` stands in `weigh.py`."""
    return mutant.rpartition(".")[0].rpartition(".")[2] + ".py"


def _change(diff: str) -> str:
    """`old -> new` of a unified diff, without indentation."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"} and line.strip()]
    old, new = (" ".join(" ".join(part[1:] for part in lines if part[0] == sign).split()) for sign in "-+")
    return f"{old} -> {new}"


def main() -> int:
    """Measure, print the table, and name every survivor that nobody has looked at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the copy, to look at survivors with mutmut")
    keep = parser.parse_args().keep
    begun = time.monotonic()
    place = Path(tempfile.mkdtemp(prefix="touchstone-mutation-"))
    try:
        copy_to(place)
        outcomes = [*bodies(place), *tables(place)]
    finally:
        if keep:
            print(f"The copy is in {place}", file=sys.stderr)
        else:
            shutil.rmtree(place)
    accepted = {
        f"{module}: {change}"
        for group in tomllib.loads(ACCEPTED.read_text(encoding="utf-8")).get("accepted", [])
        for module, changes in group["changes"].items()
        for change in changes
    }
    return report(outcomes, accepted, time.monotonic() - begun)


def report(outcomes: list[Outcome], accepted: set[str], seconds: float) -> int:
    """Print what was found; the exit status."""
    survived = Counter(f"{o.module}: {o.change}" for o in outcomes if not o.killed)
    print("| module | changes | noticed | accepted | survived |\n|---|---|---|---|---|")
    for module in [*dict.fromkeys(o.module for o in outcomes), ""]:
        of = [o for o in outcomes if not module or o.module == module]
        killed = sum(o.killed for o in of)
        known = sum(not o.killed and f"{o.module}: {o.change}" in accepted for o in of)
        print(f"| {module or 'all'} | {len(of)} | {killed} | {known} | {len(of) - killed - known} |")
    print(f"{seconds / 60:.0f} minutes")
    for change in sorted(survived.keys() - accepted):
        print(f"SURVIVED {change}")
    for change in sorted(accepted - survived.keys()):
        print(f"listed, but noticed now: {change}")
    return int(bool(survived.keys() - accepted))


if __name__ == "__main__":
    sys.exit(main())
