"""The practice ledger over HTTP JSON-RPC, so that other programs, or several desks, share it.

It holds no keys and signs nothing. A web page must not reach it: a request that names another host than this
computer (as after DNS rebinding), or that comes from a page elsewhere, is refused, and the content type must be one
that a browser asks permission for.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from touchstone.chain.errors import ChainError
from touchstone.chain.ledger_rules import RpcError
from touchstone.chain.local import PracticeLedger

PORT = 8545  # where clients look for a node of their own
LARGEST_BODY = 1024 * 1024
MOST_IN_A_BATCH = 100
_SECONDS = 10.0  # for a request to arrive
_MOST_AT_ONCE = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KEPT_HERE = frozenset({"touchstone_skip"})  # time moves for everybody, so only this computer moves it


class LedgerServer(ThreadingHTTPServer):
    """Serves `ledger` on loopback, or to the whole local network. Port 0 takes any that is free.

    Raises:
        OSError: the port is taken, or may not be opened.
    """

    daemon_threads = True
    request_queue_size = 2 * _MOST_AT_ONCE
    block_on_close = False

    def __init__(self, ledger: PracticeLedger, port: int = PORT, *, lan: bool = False) -> None:
        self.ledger, self.lan = ledger, lan
        self.slots = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(("0.0.0.0" if lan else "127.0.0.1", port), _Handler)  # noqa: S104 - asked for

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def urls(self) -> tuple[str, ...]:
        """Where to reach it."""
        hosts = ["127.0.0.1", *(_addresses() if self.lan else ())]
        return tuple(f"http://{host}:{self.port}" for host in dict.fromkeys(hosts))

    def allows_host(self, host: str) -> bool:
        """Whether a request may call this server by that name: an address cannot be pointed here by somebody else."""
        name = _name(host)
        if name in _LOOPBACK:
            return True
        own = socket.gethostname().lower()
        return self.lan and (_is_address(name) or name in {own, f"{own}.local"})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the caller's affair; anything else is said as the base class does."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def answer(self, asked: Any) -> Any:
        """The answer to a request or a batch of them; None where none is wanted."""
        if not isinstance(asked, list):
            return self._one(asked)
        if not asked or len(asked) > MOST_IN_A_BATCH:
            return _error(None, -32600, f"a batch has 1 to {MOST_IN_A_BATCH} requests")
        return [answer for one in asked if (answer := self._one(one)) is not None] or None

    def _one(self, asked: Any) -> dict[str, Any] | None:
        number = asked.get("id") if isinstance(asked, dict) else None
        if not isinstance(asked, dict) or not isinstance(asked.get("method"), str) or isinstance(number, dict | list):
            return _error(None, -32600, "invalid request")
        params = asked.get("params", [])
        if not isinstance(params, list):
            return _error(number, -32602, "parameters must be a list")
        said = self._ask(asked["method"], params)
        return {"jsonrpc": "2.0", "id": number} | said if "id" in asked else None

    def _ask(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        if self.lan and method in _KEPT_HERE:
            return {"error": {"code": -32601, "message": f"the method {method} does not exist/is not available"}}
        try:
            return {"result": self.ledger.request(method, params)}
        except RpcError as error:
            return {"error": error.as_json()}
        except ChainError as error:
            return {"error": {"code": -32603, "message": f"practice ledger: {error.code}"}}


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "touchstone"
    sys_version = ""
    timeout = _SECONDS
    server: LedgerServer

    def do_POST(self) -> None:
        """Answer one request or batch."""
        if refusal := self._refusal():
            self._reply(*refusal)
            return
        if not self.server.slots.acquire(blocking=False):
            self._reply(503, _error(None, -32005, "too many requests at once"))
            return
        try:
            body = self._body()
            if body is not None:
                self._reply(200, self._answer(body))
        finally:
            self.server.slots.release()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing is logged."""

    def _answer(self, body: bytes) -> Any:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return _error(None, -32700, "parse error")
        return self.server.answer(asked)

    def _refusal(self) -> tuple[int, Any] | None:
        """The status and body of a refusal; None where the request may be read."""
        origin = self.headers.get("Origin")
        if not self.server.allows_host(self.headers.get("Host", "")):
            return 403, _error(None, -32600, "unknown host")
        if origin is not None and _name(urlsplit(origin).netloc) not in _LOOPBACK:
            return 403, _error(None, -32600, "pages from elsewhere are not answered")
        if self.headers.get_content_type() != "application/json":
            return 415, _error(None, -32600, "the content type must be application/json")
        size = self.headers.get("Content-Length", "")
        if not size.isascii() or not size.isdecimal():
            return 411, _error(None, -32600, "the length must be given")
        if len(size) > 9 or int(size) > LARGEST_BODY:
            return 413, _error(None, -32600, f"at most {LARGEST_BODY} bytes")
        return None

    def _body(self) -> bytes | None:
        """The body, within the time there is; None where it does not come, and the connection ends."""
        left, parts, until = int(self.headers["Content-Length"]), [], time.monotonic() + _SECONDS
        try:
            while left:
                part = self.rfile.read1(min(left, 65_536))
                if not part or time.monotonic() > until:
                    raise TimeoutError
                parts.append(part)
                left -= len(part)
        except OSError:
            self.close_connection = True
            return None
        return b"".join(parts)

    def _reply(self, status: int, answer: Any) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        if status != 200:
            self.close_connection = True  # the body, if there was one, was not read
        try:
            self.send_response(204 if status == 200 and answer is None else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def _error(number: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}


def _name(host: str) -> str:
    """The host of `host:port`, in small letters; "" where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _addresses() -> list[str]:
    """This computer's addresses in the local network, as far as its own name leads to them."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    return [str(one[4][0]) for one in found if not str(one[4][0]).startswith("127.")]
