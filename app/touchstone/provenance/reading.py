"""One manifest store read under each list in turn, until it is known who vouches for its signers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import c2pa

from touchstone.provenance.codes import expired, part, stamp
from touchstone.provenance.contexts import Contexts
from touchstone.provenance.history import Source, Store, View

THUMBNAILS_AT_MOST = 8
THUMBNAIL_BYTES = 1024 * 1024
_JSON_AT_MOST = 32 * 1024 * 1024
# A larger file is hashed again for each list until its own signer is known, but not for the sake of its sources'.
_LARGE = 64 * 1024 * 1024
_REMOTE = re.compile(r"Remote: must fetch remote manifests from url (.+)", re.DOTALL)
_SCANNED = 4 * 1024 * 1024


class NotReadError(Exception):
    """There is no store to look at: `integrity` and `reason` say what there is instead."""

    def __init__(self, integrity: str, reason: str, remote: str = "") -> None:
        super().__init__(reason)
        self.integrity, self.reason, self.remote = integrity, reason, remote


@dataclass(frozen=True, slots=True)
class Reading:
    """A store with its views, who vouches for which manifest, and the pictures it carries."""

    store: Store
    issuers: dict[str, str]  # manifest label -> list
    stamped: View | None  # with the time-stamp authorities as anchors
    signatures: dict[str, Any]  # manifest label -> the SDK's description of its certificate
    sources: list[Source] = field(default_factory=list)
    left_out: int = 0
    thumbnails: dict[int, bytes] = field(default_factory=dict)  # by place in `sources`


def supported_types() -> frozenset[str]:
    """Media types and extensions that the SDK has a reader for."""
    return frozenset(c2pa.Reader.get_supported_mime_types())


@dataclass(slots=True)
class StoreReader:
    """Reads the store of one file, from the file itself or from `manifest`."""

    mime: str
    media: BinaryIO
    manifest: bytes | None
    contexts: Contexts
    sample: bool

    def read(self) -> Reading:
        """Everything there is to know about the store.

        Raises:
            NotReadError: there is none, or it cannot be read.
        """
        first, *rest = self.contexts.names(sample=self.sample)
        with self._open(self.contexts.signers(first)) as reader:
            store = Store([View.of(first, _json(reader.json()))])
            signatures = _signatures(reader)
            sources, left_out = store.sources()
            thumbnails = _thumbnails(reader, store, sources)
        issuers = self._ask(store, first, rest)
        stamped = self._stamped(store)
        if stamped is not None and store.active_label not in issuers:
            issuers |= self._ask_about_then(store, stamped)
        return Reading(store, issuers, stamped, signatures, sources, left_out, thumbnails)

    def _ask(self, store: Store, first: str, rest: list[str]) -> dict[str, str]:
        """Which list vouches for which manifest: the first one that does, in their order."""
        entries = {str(e.get("active_manifest") or ""): e for e in store.ingredients()}
        waiting = [store.active_label, *(label for label in entries if label in store.manifests)]
        issuers: dict[str, str] = {}
        for name in [first, *rest]:
            if name != first:
                store.views.append(self._view(name, self.contexts.signers(name)))
            view = store.views[-1]
            for label in waiting:
                if name and store.trusts(view, label, entries.get(label)):
                    issuers[label] = name
            waiting = [label for label in waiting if label not in issuers]
            if not waiting or (self._large() and store.active_label in issuers):
                break
        return issuers

    def _stamped(self, store: Store) -> View | None:
        """A view that knows the time-stamp authorities, where there is a stamp that they could vouch for."""
        if not self.contexts.stamps or store.active.get("claim_version") == 1:
            return None
        if stamp(store.views[0].active) != "validated":
            return None
        return self._view("", self.contexts.only_stamps())

    def _ask_about_then(self, store: Store, stamped: View) -> dict[str, str]:
        """Who vouched for the file's signer at the stamped time, where its certificate has run out since.

        A list counts if it vouches together with the authorities, and the authorities beyond it would not without it.
        """
        then = "timeStamp.trusted" in stamped.active.success and any(expired(v.active) for v in store.views)
        for name in self.contexts.names(sample=self.sample) if then else []:
            both = self._view(name, self.contexts.signers_and_stamps(name))
            if not name or not store.trusts(both, store.active_label):
                continue
            if not store.trusts(self._view(name, self.contexts.only_stamps(beyond=name)), store.active_label):
                return {store.active_label: name}
        return {}

    def _view(self, name: str, context: c2pa.Context) -> View:
        with self._open(context) as reader:
            return View.of(name, _json(reader.json()))

    def _open(self, context: c2pa.Context) -> c2pa.Reader:
        self.media.seek(0)
        store = [] if self.manifest is None else [self.manifest]
        try:
            return c2pa.Reader(self.mime, self.media, *store, context=context)
        except c2pa.C2paError as error:
            raise self._not_read(error) from error

    def _not_read(self, error: Exception) -> NotReadError:
        text = str(error)
        if isinstance(error, c2pa.C2paError.ManifestNotFound):
            return NotReadError("none", "no-credentials")
        remote = _REMOTE.search(text)
        if remote:
            return NotReadError("elsewhere", "remote", remote.group(1).strip())
        if self.manifest is not None or self._mentions_credentials():
            return NotReadError("broken", "credentials-unreadable")
        return NotReadError("broken", "file-unreadable")

    def _mentions_credentials(self) -> bool:
        """Whether the bytes of a manifest store seem to be there, in the first or the last megabytes."""
        end = self.media.seek(0, 2)
        for start in {0, max(0, end - _SCANNED)}:
            self.media.seek(start)
            seen = self.media.read(_SCANNED)
            if (b"jumb" in seen and b"c2pa" in seen) or b"c2pa:manifest" in seen:
                return True
        return False

    def _large(self) -> bool:
        return self.media.seek(0, 2) > _LARGE


def _json(text: str) -> dict[str, Any]:
    if len(text) > _JSON_AT_MOST:
        raise NotReadError("broken", "credentials-too-large")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadError("broken", "credentials-unreadable") from error
    if not isinstance(data, dict):
        raise NotReadError("broken", "credentials-unreadable")
    return data


def _signatures(reader: c2pa.Reader) -> dict[str, Any]:
    """What the SDK tells about each manifest's signature: certificate names, validity, time stamp."""
    try:
        manifests = _json(reader.crjson()).get("manifests")
    except (c2pa.C2paError, NotReadError):
        return {}
    listed = manifests if isinstance(manifests, list) else []
    return {str(m.get("label")): part(m, "signature") for m in listed if isinstance(m, dict)}


def _thumbnails(reader: c2pa.Reader, store: Store, sources: list[Source]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for index, source in enumerate(sources):
        own = source.entry.get("thumbnail") or store.manifests.get(source.label, {}).get("thumbnail")
        address = part(own, "identifier")
        data = _resource(reader, address) if isinstance(address, str) else b""
        if data:
            found[index] = data
        if len(found) == THUMBNAILS_AT_MOST:
            break
    return found


class _Bounded:
    """A stream to write to that refuses to grow beyond what a thumbnail may have."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        if len(self.data) + len(data) > THUMBNAIL_BYTES:
            raise ValueError("too large")
        self.data += data
        return len(data)

    def read(self, _size: int = -1) -> bytes:
        return b""

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return len(self.data)

    def tell(self) -> int:
        return len(self.data)

    def flush(self) -> None:
        pass


def _resource(reader: c2pa.Reader, address: str) -> bytes:
    out = _Bounded()
    try:
        reader.resource_to_stream(address, out)
    except (c2pa.C2paError, UnicodeError):
        return b""
    return bytes(out.data)
