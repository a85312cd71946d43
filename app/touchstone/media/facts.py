"""What the metadata of a file admits, gathered under the bounds of `touchstone.filefacts`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from touchstone.filefacts import (
    AI_SOURCE_TYPES,
    MAX_KEY,
    MAX_TEXT,
    MAX_TEXTS,
    QUOTED,
    Basis,
    DeclaresAi,
    Generator,
    Note,
    SourceType,
    Thumbnail,
)
from touchstone.media.jpeg import Coding
from touchstone.media.traces import Field, Text, Trace, find_generator, find_software


@dataclass(slots=True)
class Facts:
    """Collected while reading one file; `body` is what crosses the border."""

    texts: list[Text] = field(default_factory=list)  # what generators may have left, uncut
    shown: dict[str, str] = field(default_factory=dict)  # single values, cut when they are sent
    notes: set[Note] = field(default_factory=set)
    source_types: list[str] = field(default_factory=list)
    source_type: SourceType | None = None
    gps: bool = False
    embedded_thumbnail: Thumbnail = Thumbnail.NONE
    coding: Coding | None = None
    streams: dict[str, Any] = field(default_factory=dict)

    def tool(self, name: str, value: str) -> None:
        """A field that names the program or device that wrote the file."""
        self._add(Field.TOOL, name, value)
        self.show("software", value)

    def settings(self, name: str, value: str) -> None:
        """Free text in which generators keep their settings."""
        self._add(Field.SETTINGS, name, value)

    def prose(self, name: str, value: str) -> None:
        """A title, description or comment."""
        self._add(Field.PROSE, name, value)

    def show(self, name: str, value: str) -> None:
        """A value worth showing; the first one of a name stays."""
        if value.strip():
            self.shown.setdefault(name, value.strip())

    def _add(self, kind: Field, name: str, value: str) -> None:
        text = Text(kind, name, value)
        if value.strip() and text not in self.texts:
            self.texts.append(text)

    def body(self) -> dict[str, Any]:
        """Closed values, numbers, booleans; strings of the file under `untrusted` and `untrusted_texts`."""
        trace = find_generator(self.texts)
        generator, basis, declares = _declared(trace, self.source_type)
        if trace is not None:
            self.show("trace", trace.text.value)
        software = find_software(t.value for t in self.texts if t.field is Field.TOOL)
        listed = [[clip(t.name, MAX_KEY), clip(t.value, MAX_TEXT)] for t in self.texts[:MAX_TEXTS]]
        if len(self.texts) > MAX_TEXTS:
            self.notes.add(Note.METADATA_CAPPED)
        return {
            "declares_ai": declares,
            "basis": basis,
            "generator": generator,
            "software": software,
            "source_type": self.source_type,
            "gps": self.gps,
            "thumbnail": self.embedded_thumbnail,
            "jpeg": None
            if self.coding is None
            else {
                "tables": self.coding.tables,
                "quality": self.coding.quality,
                "sampling": self.coding.sampling,
                "progressive": self.coding.progressive,
            },
            "streams": self.streams,
            "notes": sorted(self.notes),
            "untrusted": {name: clip(value, MAX_TEXT) for name, value in self.shown.items() if name in QUOTED},
            "untrusted_texts": listed,
        }


def _declared(trace: Trace | None, source_type: SourceType | None) -> tuple[Generator | None, Basis | None, DeclaresAi]:
    generator = None if trace is None else trace.generator
    if source_type in AI_SOURCE_TYPES:
        return generator, Basis.SOURCE_TYPE, DeclaresAi.YES
    if trace is not None:
        return generator, trace.basis, DeclaresAi.YES
    return None, None, DeclaresAi.UNKNOWN if source_type in {None, SourceType.EMPTY} else DeclaresAi.NO


def clip(value: str, limit: int) -> str:
    """At most `limit` characters of `value`, without what JSON or UTF-8 could trip over."""
    cut = value[:limit]
    return cut.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
