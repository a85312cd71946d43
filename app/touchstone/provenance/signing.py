"""The signing profile: writes content credentials into a copy of one file. The key is not here.

Request: `{"op": "sign", "mime", "title", "chain": PEM, "algorithm", "source_type": address or "", "registration":
{...}, "stamp": bool, "generator": {"name", "version"}}`; files: the media, the file to write to (empty), and a pipe
on which the desk answers. For what it may not do itself this process asks (`Job.ask`): once for a `signature` of the
bytes it names, and once for a `time-stamp` of those. An answer is a four-byte length and that many bytes; an empty
one means no.

Body: `{"done": true, "manifest": hex, "opened": bool, "stamped": bool}`, or `{"failed": code}` with a code of
`touchstone.check.signing.SignFailure`.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import io
import json
import os
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import c2pa
from c2pa import c2pa as native

from touchstone.provenance import cose, jumbf
from touchstone.wire import WorkerFailure
from touchstone.worker.job import Job, JobError, Result

LABEL = "org.touchstone.registration"
_LENGTH = struct.Struct("!I")
_ANSWER_BYTES = 64 * 1024
_STEP_PERCENT = 2
_BUFFER = 1 << 20
_WINDOW = 8 << 20
_INSTANCE = "xmp:iid:touchstone-source"
_ALGORITHMS = {
    "ES256": c2pa.C2paSigningAlg.ES256,
    "ES384": c2pa.C2paSigningAlg.ES384,
    "ES512": c2pa.C2paSigningAlg.ES512,
    "PS256": c2pa.C2paSigningAlg.PS256,
    "Ed25519": c2pa.C2paSigningAlg.ED25519,
}
_SETTINGS = {
    "version": 1,
    "verify": {
        "verify_after_sign": False,  # the desk has it read by another process
        "verify_trust": False,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
    },
    "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_types: frozenset[str] = frozenset()


class _RefusedError(Exception):
    """The file is not signed; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def setup(data: bytes) -> None:
    """Learn what can be written, before any fork."""
    global _types  # noqa: PLW0603 - what every child of this process inherits
    del data
    _types = frozenset(c2pa.Builder.get_supported_mime_types())


def preload(request: Mapping[str, Any]) -> None:
    """Nothing is left to import for one kind of file or another."""
    del request


def handle(job: Job) -> Result:
    """Sign one file.

    Raises:
        JobError: the request is not one of this profile.
    """
    if job.request.get("op") != "sign" or len(job.files) != 3:
        raise JobError(WorkerFailure.INTERNAL)
    try:
        return Result(_Signing(job).run())
    except _RefusedError as error:
        return Result({"failed": error.code})


@dataclass(slots=True)
class _Signing:
    job: Job
    asked: str = ""  # what the desk said no to

    def run(self) -> dict[str, Any]:
        request, media = self.job.request, self.job.files[0]
        mime = str(request["mime"])
        if mime not in (_types or frozenset(c2pa.Builder.get_supported_mime_types())):
            raise _RefusedError("format")
        context = c2pa.Context.from_json(json.dumps(_SETTINGS))
        carries = _carries(mime, media, context)
        opened = carries or not request["source_type"]
        out = _Output(self.job)
        try:
            with c2pa.Builder(_manifest(request, opened=opened), context) as builder:
                if opened:
                    about = {"title": request["title"], "relationship": "parentOf", "instance_id": _INSTANCE}
                    media.seek(0)
                    builder.add_ingredient(about, mime, media)
                media.seek(0)
                store = builder.sign(self._signer(), mime, media, out)
            out.flush()
        except c2pa.C2paError as error:
            raise _RefusedError(self.asked or out.refused or _code(error)) from error
        if request["stamp"]:
            store = self._stamped(mime, store, out)
        box = jumbf.active_manifest(store)
        digest = hashlib.sha256(store[box.start : box.end]).hexdigest()
        return {"done": True, "manifest": digest, "opened": carries, "stamped": bool(request["stamp"])}

    def _signer(self) -> c2pa.Signer:
        request = self.job.request
        return c2pa.Signer.from_callback(
            lambda data: self._ask("signature", data), _ALGORITHMS[str(request["algorithm"])], str(request["chain"])
        )

    def _ask(self, what: str, data: bytes) -> bytes:
        """The desk's answer, empty where it refuses."""
        self.job.ask(what, data)
        answers = self.job.files[2]
        (length,) = _LENGTH.unpack(answers.read(_LENGTH.size).ljust(_LENGTH.size, b"\0"))
        answer = answers.read(length) if 0 < length <= _ANSWER_BYTES else b""
        if not answer:
            self.asked = what
        return answer

    def _stamped(self, mime: str, store: bytes, out: _Output) -> bytes:
        """The store with a time stamp in it, which is written to its place in the file as well."""
        try:
            start, end = jumbf.signature(store)
            plain = store[start:end]
            answer = self._ask("time-stamp", cose.to_be_stamped(cose.read(plain)))
            if not answer:
                raise _RefusedError("time-stamp")
            stamped = store[:start] + cose.with_stamp(plain, answer) + store[end:]
        except (jumbf.LayoutError, cose.StampError) as error:
            raise _RefusedError("time-stamp-useless") from error
        out.replace(_embedded(mime, store), _embedded(mime, stamped))
        return stamped


def _carries(mime: str, media: BinaryIO, context: c2pa.Context) -> bool:
    """Whether the file has credentials already.

    Raises:
        _RefusedError: it has some that cannot be read, or cannot be read itself.
    """
    media.seek(0)
    try:
        c2pa.Reader(mime, media, context=context).close()
    except c2pa.C2paError.ManifestNotFound:
        return False
    except c2pa.C2paError as error:
        raise _RefusedError("remote" if str(error).startswith("Remote:") else "unreadable") from error
    return True


def _manifest(request: Mapping[str, Any], *, opened: bool) -> dict[str, Any]:
    action: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": request["source_type"]}
    if opened:
        action = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_INSTANCE]}}
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}]
    if request["registration"]:
        assertions.append({"label": LABEL, "data": request["registration"]})
    return {
        "title": request["title"],
        "claim_generator_info": [request["generator"]],
        "assertions": assertions,
    }


def _code(error: c2pa.C2paError) -> str:
    text = str(error).casefold()
    if isinstance(error, c2pa.C2paError.NotSupported):
        return "format"
    if "certificate" in text or isinstance(error, c2pa.C2paError.Signature):
        return "certificate"
    return "unreadable"


def _embedded(mime: str, store: bytes) -> bytes:
    """The store as it stands in a file of this type: in segments, or in a chunk with its checksum."""
    if mime not in {"image/jpeg", "image/png"}:
        return store
    pointer = ctypes.POINTER(ctypes.c_ubyte)()
    source = (ctypes.c_ubyte * len(store)).from_buffer_copy(store)
    size = native._lib.c2pa_format_embeddable(mime.encode(), source, len(store), ctypes.byref(pointer))
    if size <= 0:
        raise _RefusedError("time-stamp-useless")
    try:
        return ctypes.string_at(pointer, size)
    finally:
        native._lib.c2pa_manifest_bytes_free(pointer)


class _Output:
    """The file that is written to, as a stream of the SDK; says how far it is."""

    def __init__(self, job: Job) -> None:
        self._file = io.BufferedRandom(io.FileIO(job.files[1].fileno(), "r+", closefd=False), _BUFFER)
        self._size = max(1, job.files[0].seek(0, os.SEEK_END))  # `fstat` by descriptor is a call with a path
        self._step: Callable[[str], None] = job.step
        self._written, self._told = 0, 0
        self.refused = ""

    def write(self, data: bytes) -> int:
        with self._disk():
            self._file.write(data)
        self._written += len(data)
        percent = min(100, self._written * 100 // self._size)
        if percent >= self._told + _STEP_PERCENT:
            self._told = percent
            self._step(f"written-{percent}")
        return len(data)

    def flush(self) -> None:
        with self._disk():
            self._file.flush()

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = 0) -> int:
        with self._disk():
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def replace(self, old: bytes, new: bytes) -> None:
        """Overwrite the place where `old` stands, a signature and so nothing that stands there twice.

        Raises:
            _RefusedError: there is none.
        """
        self.flush()
        at = self._find(old)
        if at < 0 or len(old) != len(new):
            raise _RefusedError("time-stamp-useless")
        self.seek(at)
        self.write(new)
        self.flush()

    def _find(self, wanted: bytes) -> int:
        """Where the bytes first stand in the file, read in pieces; -1 where they do not."""
        self._file.seek(0)
        start, window = 0, b""
        while chunk := self._file.read(_WINDOW):
            window += chunk
            at = window.find(wanted)
            if at >= 0:
                return start + at
            kept = window[max(0, len(window) - len(wanted) + 1) :]
            start, window = start + len(window) - len(kept), kept
        return -1

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.refused = "no-room"
            raise
