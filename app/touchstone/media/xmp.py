"""XMP (ISO 16684-1): the few properties that say how a file came to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from touchstone.filefacts import AI_SOURCE_TYPES, Note, SourceType

MAX_BYTES = 1 << 20
_MAX_NODES = 20_000
_MAX_VALUES = 16

WANTED = frozenset(
    {
        "digitalsourcetype",
        "creatortool",
        "credit",
        "softwareagent",
        "aisystemused",
        "aiprompt",
        "aipromptinformation",
        "usercomment",
        "description",
        "make",
        "model",
        "createdate",
        "datecreated",
        "gpslatitude",
        "gpslongitude",
    }
)
_SOURCE_TYPES = {s.casefold(): s for s in SourceType}


class XmpError(Exception):
    """The packet was not read; `note` says why."""

    def __init__(self, note: Note) -> None:
        super().__init__(str(note))
        self.note = note


def read(packet: bytes) -> dict[str, list[str]]:
    """The wanted properties by their local names in lower case, wherever in the packet they stand.

    Raises:
        XmpError: the packet is larger than is read, is not XML, or declares a document type or entities.
    """
    if len(packet) > MAX_BYTES:
        raise XmpError(Note.METADATA_CAPPED)
    try:
        root = fromstring(packet.strip(b"\x00 \r\n\t"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise XmpError(Note.METADATA_REFUSED) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise XmpError(Note.METADATA_UNREADABLE) from error
    found: dict[str, list[str]] = defaultdict(list)
    for count, element in enumerate(root.iter()):
        if count >= _MAX_NODES:
            break
        for name, value in _properties(element):
            if name in WANTED and len(found[name]) < _MAX_VALUES:
                found[name].append(value)
    return dict(found)


def _properties(element: object) -> Iterator[tuple[str, str]]:
    tag, attributes = getattr(element, "tag", None), getattr(element, "attrib", {})
    if not isinstance(tag, str):
        return
    local = _local(tag)
    text = " ".join(part.strip() for part in _texts(element) if part.strip())
    if text:
        yield local, text
    for name, value in attributes.items():
        attribute = _local(name)
        yield (local if attribute == "resource" else attribute), str(value)


def _texts(element: object) -> Iterator[str]:
    """The element's own text, and that of the items of an array below it (rdf:Alt, rdf:Bag, rdf:Seq)."""
    yield getattr(element, "text", None) or ""
    for array in list(element)[:4]:  # type: ignore[call-overload]
        if _local(str(array.tag)) in {"alt", "bag", "seq"}:
            yield from (item.text or "" for item in list(array)[:_MAX_VALUES])


def _local(name: str) -> str:
    return name.rpartition("}")[2].casefold()


def source_type(values: list[str]) -> tuple[SourceType | None, str | None]:
    """The source type these values name (one that a model had a part in comes first), or the first unknown one."""
    known = [_SOURCE_TYPES.get(v.strip().rstrip("/").rpartition("/")[2].casefold()) for v in values]
    declared = [k for k in known if k is not None]
    if declared:
        return next((k for k in declared if k in AI_SOURCE_TYPES), declared[0]), None
    return None, next(iter(values), None)
