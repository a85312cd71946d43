"""One value of a JSON document with the place where it stands, read strictly: what is out of bounds names itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

_E = TypeVar("_E", bound=StrEnum)
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # the longer one is that of repositories with SHA-256
MODEL = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
LARGEST = 2**53 - 1


class FieldError(ValueError):
    """A value is not what it has to be; `path` is where it stands (`checkpoints[3].sha256`)."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Field:
    """A value and its place. Everything raises FieldError."""

    value: Any
    path: str = ""

    def members(self, names: Collection[str]) -> dict[str, Field]:
        """The members of an object that has these and no others."""
        found = self.named(len(names))
        for name in [*names, *found]:
            if (name in names) != (name in found):
                raise FieldError(self._inside(name))
        return found

    def named(self, most: int, pattern: re.Pattern[str] | None = None) -> dict[str, Field]:
        """The members of an object with at most so many, whose names are of a form."""
        if not isinstance(self.value, Mapping):
            raise FieldError(self.path)
        for name in self.value:
            if pattern is not None and not pattern.fullmatch(name):
                raise FieldError(self._inside(name))
        if pattern is not None and len(self.value) > most:
            raise FieldError(self.path)
        return {name: Field(part, self._inside(name)) for name, part in self.value.items()}

    def each(self, least: int, most: int) -> list[Field]:
        """The elements of an array."""
        if not isinstance(self.value, list) or not least <= len(self.value) <= most:
            raise FieldError(self.path)
        return [Field(part, f"{self.path}[{index}]") for index, part in enumerate(self.value)]

    def free(self) -> Mapping[str, Any]:
        """An object of anybody's making; its bounds are those of the document."""
        if not isinstance(self.value, Mapping):
            raise FieldError(self.path)
        return self.value

    def text(self, pattern: re.Pattern[str]) -> str:
        """A text of a form."""
        if not isinstance(self.value, str) or not pattern.fullmatch(self.value):
            raise FieldError(self.path)
        return self.value

    def line(self, most: int, least: int = 0) -> str:
        """A line of printable text."""
        if not isinstance(self.value, str) or not least <= len(self.value) <= most or not self.value.isprintable():
            raise FieldError(self.path)
        return self.value

    def whole(self, least: int = 0, most: int = LARGEST) -> int:
        """A whole number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not least <= self.value <= most:
            raise FieldError(self.path)
        return self.value

    def yes(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise FieldError(self.path)
        return self.value

    def time(self) -> str:
        """A time in UTC, to the second (`2026-01-31T12:00:00Z`)."""
        text = self.text(_TIME)
        try:
            datetime.datetime.fromisoformat(text)
        except ValueError as error:
            raise FieldError(self.path) from error
        return text

    def member_of(self, kind: type[_E]) -> _E:
        """One of an enumeration."""
        try:
            return kind(self.value if isinstance(self.value, str) else "")
        except ValueError as error:
            raise FieldError(self.path) from error

    def _inside(self, name: str) -> str:
        shown = name if name.isprintable() and len(name) <= 64 else "?"
        return f"{self.path}.{shown}" if self.path else shown
