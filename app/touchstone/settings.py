"""What the user chose, as `settings.toml`.

Nothing in that file is ever lost: a damaged one is kept aside, keys and values that this version does not know stay
where they are, and a save changes only what this process changed, so that two windows do not undo each other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone.paths import Home
from touchstone.store.files import Trouble, locked, trouble_of, write_atomically

if TYPE_CHECKING:
    from touchstone.report import Message

_LARGEST = 1024 * 1024  # bytes; a settings file is a few hundred


class Theme(StrEnum):
    """How the window looks."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class SettingsError(Exception):
    """The settings could not be written; those in memory stay good."""

    def __init__(self, code: Trouble) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice, with what holds where none was made.

    `language` is a gettext language name, "" for that of the system. `report_folder` and `sample_folder` are paths,
    "" for the one the application proposes. `network` is the name of the network whose register is asked.
    `lock_seconds` is how long a key stays open once its password was given (0: for one signature).
    `wall_seconds` is how long one reader may take for one file, `memory_mb` how much address space it may have (MiB),
    `parallel` how many files are read at once (0: one for each core). `detectors` says whether they are asked.
    `record_outputs` is from when on (unix seconds) what they say is set aside to be recorded, 0 where it is not.
    `notices` says what was wrong with the file, if anything; `stored` is the file as it was read.
    """

    theme: Theme = Theme.SYSTEM
    language: str = ""
    history: bool = True
    first_run_done: bool = False
    report_folder: str = ""
    sample_folder: str = ""
    network: str = "practice"
    lock_seconds: int = 300
    wall_seconds: int = 30
    memory_mb: int = 4096
    parallel: int = 0
    detectors: bool = True
    record_outputs: int = 0
    notices: tuple[Message, ...] = field(default=(), compare=False, repr=False)
    stored: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


RANGES: Mapping[str, tuple[int, int]] = {
    "lock_seconds": (0, 86400),
    "wall_seconds": (5, 3600),
    "memory_mb": (1024, 262144),
    "parallel": (0, 64),
    "record_outputs": (0, 2**40),
}
_LONGEST = 4096  # characters in a string
_KEYS = tuple(f.name for f in dataclasses.fields(Settings) if f.name not in {"notices", "stored"})
_DEFAULTS = Settings()


def load(home: Home) -> Settings:
    """The settings of `home`; where they cannot be read, the defaults. Never raises, never waits.

    `notices` then carries a message: `settings-damaged` {untrusted_kept: name of the file kept aside},
    `settings-unreadable` {why: a `Trouble`} where the file had to stay in its place, or one `settings-value`
    {untrusted_key} for each value that this version does not understand (the default holds, the file keeps its value).
    """
    path = home.settings
    try:
        stored = _read(path)
    except OSError as error:
        return Settings(notices=(_notice("settings-unreadable", why=str(trouble_of(error))),))
    except ValueError:
        kept = _keep_aside(path)
        if kept:
            return Settings(notices=(_notice("settings-damaged", untrusted_kept=kept),))
        return Settings(notices=(_notice("settings-unreadable", why=str(Trouble.DAMAGED)),))
    values, refused = _values(stored)
    notices = tuple(_notice("settings-value", untrusted_key=key) for key in refused)
    return Settings(**values, notices=notices, stored=stored)


def for_network(settings: Settings, name: str | None) -> Settings:
    """The settings with another network for the moment; as they are where `name` is None. Not for saving."""
    return settings if name is None else dataclasses.replace(settings, network=name)


def _notice(code: str, **params: str) -> Message:
    from touchstone.report import Message  # not needed by a window that finds nothing to say

    return Message(code, params)


def save(home: Home, settings: Settings) -> Settings:
    """Write what differs from what was loaded; returns the settings as they now stand, others' changes included.

    Raises:
        SettingsError: the disk refuses, or the file there cannot be read (it is not overwritten).
    """
    path = home.settings
    before, _ = _values(settings.stored)
    changed = {
        key: _raw(value)
        for key in _KEYS
        if (value := getattr(settings, key)) != before.get(key, getattr(_DEFAULTS, key))
    }
    try:
        with locked(path.with_name("settings.lock")):
            document = {**_read_to_change(path), **changed}
            import tomli_w

            write_atomically(path, tomli_w.dumps(document).encode())
    except OSError as error:
        raise SettingsError(trouble_of(error)) from error
    except UnicodeEncodeError as error:  # a folder whose name is not text
        raise SettingsError(Trouble.FAILED) from error
    values, _ = _values(document)
    return Settings(**values, stored=document)


def _read_to_change(path: Path) -> dict[str, Any]:
    try:
        return _read(path)
    except ValueError:
        if not _keep_aside(path):
            raise SettingsError(Trouble.DAMAGED) from None
        return {}


def _read(path: Path) -> dict[str, Any]:
    """The document at `path`, empty where there is none; ValueError where it is not TOML of a sensible size."""
    import tomllib

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("not a file")
    except FileNotFoundError:
        return {}
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise ValueError("too large")
    try:
        return tomllib.loads(raw.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _keep_aside(path: Path) -> str:
    """Move a damaged file out of the way; its new name, or "" where it has to stay."""
    with contextlib.suppress(OSError):
        number = 1
        while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
            number += 1
        path.rename(aside)
        return aside.name
    return ""


def _values(stored: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The understood values by key, and the keys whose value is not understood."""
    values: dict[str, Any] = {}
    refused: list[str] = []
    for key in _KEYS:
        if key in stored:
            try:
                values[key] = _parse(key, stored[key])
            except ValueError:
                refused.append(key)
    return values, refused


def _parse(key: str, value: object) -> object:
    default = getattr(_DEFAULTS, key)
    if isinstance(default, Theme):
        return Theme(str(value))
    if type(value) is not type(default):
        raise ValueError(key)
    if isinstance(value, str) and (len(value) > _LONGEST or "\0" in value):
        raise ValueError(key)
    if key in RANGES and isinstance(value, int):
        low, high = RANGES[key]
        if not low <= value <= high:
            raise ValueError(key)
    return value


def _raw(value: object) -> object:
    return str(value) if isinstance(value, str) else value
