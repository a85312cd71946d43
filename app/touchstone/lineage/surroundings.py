"""What a training ran with: the code, as the version control tells it, and the packages that are installed."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from touchstone.lineage.fields import COMMIT

MOST_PACKAGES = 1000
_SECONDS = 60.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NOTHING: dict[str, Any] = {"commit": None, "dirty": False, "diff_sha256": None}


def code(repository: Path | None) -> dict[str, Any]:
    """{commit, dirty, diff_sha256} of a work tree. Where there is none, or no git, commit and diff are None.

    Dirty is a tree with files that are changed or not tracked; the hash is that of `git diff --binary HEAD`.
    """
    if repository is None:
        return dict(_NOTHING)
    commit = _git(repository, "rev-parse", "--verify", "HEAD")
    status = _git(repository, "status", "--porcelain")
    if commit is None or status is None or not COMMIT.fullmatch(commit.decode("ascii", "replace").strip()):
        return dict(_NOTHING)
    diff = None
    if status:
        diff = _git(repository, "diff", "--binary", "--no-ext-diff", "--no-textconv", "--no-color", "HEAD")
    return {
        "commit": commit.decode("ascii").strip(),
        "dirty": bool(status),
        "diff_sha256": None if diff is None else hashlib.sha256(diff).hexdigest(),
    }


def _git(repository: Path, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(repository), "-c", "core.fsmonitor=false", "-c", "core.quotePath=true", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def environment(lock: Path | None) -> dict[str, Any]:
    """{python, machine, system, packages, lock_sha256}: every package that is installed, and its version.

    Raises:
        OSError: there is no such lock file.
    """
    return {
        "python": platform.python_version(),
        "machine": platform.machine()[:64],
        "system": platform.system()[:120],
        "packages": dict(_packages()),
        "lock_sha256": None if lock is None else hashlib.sha256(lock.read_bytes()).hexdigest(),
    }


@functools.cache
def _packages() -> tuple[tuple[str, str], ...]:
    packages: dict[str, str] = {}
    for one in importlib.metadata.distributions():
        name, version = one.metadata["Name"], one.version
        if name and version and _NAME.fullmatch(name) and len(version) <= 64 and version.isprintable():
            packages.setdefault(re.sub(r"[-_.]+", "-", name).lower(), version)  # the first is the one imported
    return tuple(sorted(packages.items())[:MOST_PACKAGES])
