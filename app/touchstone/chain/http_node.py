"""A node behind an address: JSON-RPC over HTTP, with bounds on what it may answer and how long it may take.

web3's own provider reads a body to its end whatever its size, follows redirections and takes proxies from the
environment; this one does none of that. What a node says never becomes a sentence: it ends in a `ChainTrouble`, and
its own words are kept as `untrusted_message`.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from touchstone.chain import safe_json
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.networks import usable_url
from touchstone.chain.rpc_errors import error_of

LARGEST_ANSWER = 32 * 1024 * 1024  # bytes; 10,000 logs of ours take less than half
SECONDS = 20.0
_CHUNK = 64 * 1024
_REFUSED = frozenset({401, 402, 403, 407, 451})


class HttpNode:
    """A JSON-RPC endpoint at `url`. Thread-safe: one question at a time, on one connection kept open.

    `seconds` bounds one question in all, `largest` the bytes of its answer. `shared` is as in `usable_url`.

    Raises:
        ChainError: BAD_NETWORK {what: url}: what `usable_url` does not allow.
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = SECONDS,
        largest: int = LARGEST_ANSWER,
        tls: ssl.SSLContext | None = None,
        shared: bool = False,
    ) -> None:
        if not usable_url(url, shared=shared):
            raise ChainError(ChainTrouble.BAD_NETWORK, what="url")
        parts = urlsplit(url)
        self.url = url
        self._host, self._port, self._secure = parts.hostname or "", parts.port, parts.scheme == "https"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._seconds, self._largest, self._tls = seconds, largest, tls
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None

    def __repr__(self) -> str:
        return f"HttpNode({self.label})"

    @property
    def label(self) -> str:
        """The host, without a path that may hold an access key."""
        return self._host if self._port is None else f"{self._host}:{self._port}"

    def request(self, method: str, params: Sequence[Any]) -> Any:
        """As in `Node`."""
        with self._lock:
            number = next(self._ids)
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}).encode()
            status, headers, answer = self._exchange(body)
        return _result(status, headers, answer, number)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._drop()

    def _exchange(self, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        deadline = time.monotonic() + self._seconds
        kept = self._connection is not None
        try:
            return self._ask(body, deadline)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self._drop()
            if not kept:  # a fresh connection that ends so may have carried the question
                raise ChainError(ChainTrouble.UNREACHABLE) from None
        except BaseException:
            self._drop()
            raise
        # A connection that was kept had been closed by the other side. The question goes out once more; what is sent
        # twice this way is the same bytes, a transaction included.
        try:
            return self._ask(body, deadline)
        except (OSError, http.client.HTTPException):
            self._drop()
            raise ChainError(ChainTrouble.UNREACHABLE) from None
        except BaseException:
            self._drop()
            raise

    def _ask(self, body: bytes, deadline: float) -> tuple[int, Mapping[str, str], bytes]:
        connection = self._connected(deadline)
        try:
            headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "touchstone"}
            connection.request("POST", self._target, body, headers)
            _wait_at_most(connection, deadline)
            with connection.getresponse() as response:
                answer = self._read(connection, response, deadline)
                if response.will_close:
                    self._drop()
                return response.status, dict(response.headers.items()), answer
        except TimeoutError as error:
            raise ChainError(ChainTrouble.TIMEOUT) from error
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ChainError(ChainTrouble.UNREACHABLE) from error

    def _connected(self, deadline: float) -> http.client.HTTPConnection:
        if self._connection is None:
            left = _left(deadline)
            if self._secure:
                tls = self._tls or ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(self._host, self._port, timeout=left, context=tls)
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=left)
            try:
                self._connection.connect()
            except TimeoutError as error:
                raise ChainError(ChainTrouble.TIMEOUT, nothing_sent=True) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise ChainError(ChainTrouble.UNREACHABLE, nothing_sent=True) from error
        _wait_at_most(self._connection, deadline)
        return self._connection

    def _read(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, deadline: float
    ) -> bytes:
        body = bytearray()
        while True:
            _wait_at_most(connection, deadline)
            chunk = response.read1(_CHUNK)
            if not chunk:
                if response.length:
                    raise ChainError(ChainTrouble.UNREACHABLE)  # cut off before its announced end
                return bytes(body)
            body += chunk
            if len(body) > self._largest:
                raise ChainError(ChainTrouble.TOO_LARGE, limit=self._largest)

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        self._connection = None


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ChainError(ChainTrouble.TIMEOUT)
    return left


def _wait_at_most(connection: http.client.HTTPConnection, deadline: float) -> None:
    left = _left(deadline)
    if isinstance(connection.sock, socket.socket):
        connection.sock.settimeout(left)


def _result(status: int, headers: Mapping[str, str], answer: bytes, number: int) -> Any:
    """What stands under `result`; an error where the answer is none, or none to our question."""
    document = _document(answer)
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        raise error_of(error)
    if status != http.client.OK:
        raise _refusal(status, headers)
    if document is None:
        raise ChainError(ChainTrouble.NOT_JSON, untrusted_message=answer[:200].decode(errors="replace"))
    if not isinstance(document, dict) or document.get("jsonrpc") != "2.0" or "result" not in document:
        raise ChainError(ChainTrouble.PROTOCOL)
    if document.get("id") != number or isinstance(document.get("id"), bool):
        raise ChainError(ChainTrouble.PROTOCOL, what="id")
    return document["result"]


def _refusal(status: int, headers: Mapping[str, str]) -> ChainError:
    if status == http.client.TOO_MANY_REQUESTS:
        after = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
        return ChainError(ChainTrouble.RATE_LIMITED, after=int(after) if after.isdigit() and len(after) < 6 else 0)
    if status in _REFUSED:
        return ChainError(ChainTrouble.REFUSED, status=status)
    if status == http.client.REQUEST_ENTITY_TOO_LARGE:
        return ChainError(ChainTrouble.TOO_LARGE, status=status)
    if status >= 500:
        return ChainError(ChainTrouble.UNREACHABLE, status=status)
    return ChainError(ChainTrouble.PROTOCOL, status=status)  # redirections among them: they are not followed


def _document(answer: bytes) -> Any:
    """The JSON in `answer`; None where it is none, or holds what no answer of a node does."""
    try:
        return safe_json.parse(answer)
    except ValueError:
        return None
