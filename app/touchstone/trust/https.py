"""Fetches one file over HTTPS, for those few moments when the user has asked for exactly that.

An address that came from a media file may point at this computer or the network around it, so the host's addresses
are looked at first and the connection goes to the one that was looked at.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

_PORT = 443
_REDIRECTS = 3
_CHUNK = 64 * 1024
_STALLED = 30.0  # seconds
_MOVED = frozenset({301, 302, 303, 307, 308})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Take = Callable[[bytes], object]


class FetchFailure(StrEnum):
    """Why nothing was fetched."""

    NOT_HTTPS = "not-https"
    BAD_ADDRESS = "bad-address"
    PRIVATE = "private-address"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    REFUSED = "refused"  # the server answered with an error
    MOVED = "moved"  # to another host, or in circles
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"


class FetchError(Exception):
    """Nothing was fetched; `failure` says why, `status` is what the server answered (0: nothing)."""

    def __init__(self, failure: FetchFailure, status: int = 0) -> None:
        super().__init__(str(failure))
        self.failure, self.status = failure, status


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not address.is_multicast


def fetch(
    url: str,
    limit: int,
    timeout: float,
    *,
    allowed: Callable[[Address], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """At most `limit` bytes from an https address, within `timeout` seconds in all.

    Redirects are followed on the same host only.

    Raises:
        FetchError: nothing was fetched, and why.
    """
    body = bytearray()
    download(url, body.extend, limit, timeout, allowed=allowed, tls=tls)
    return bytes(body)


def download(
    url: str,
    take: Take,
    limit: int,
    timeout: float,
    *,
    allowed: Callable[[Address], bool] = is_public,
    tls: ssl.SSLContext | None = None,
) -> None:
    """The same, given to `take` as it comes; whatever that raises, but for OSError and ValueError, ends it.

    Raises:
        FetchError: not all was fetched, and why; `take` may have been given a part. TIMEOUT also where nothing comes
            for half a minute.
    """
    deadline = time.monotonic() + timeout
    context = tls or ssl.create_default_context()
    for _ in range(_REDIRECTS + 1):
        moved = _once(url, take, limit, deadline, (allowed, context))
        if moved is None:
            return
        if _host(moved) != _host(url):
            raise FetchError(FetchFailure.MOVED)
        url = moved
    raise FetchError(FetchFailure.MOVED)


def _host(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORT
    except ValueError as error:
        raise FetchError(FetchFailure.BAD_ADDRESS) from error
    if parts.scheme != "https":
        raise FetchError(FetchFailure.NOT_HTTPS)
    if not parts.hostname or parts.username is not None or not url.isascii() or not url.isprintable():
        raise FetchError(FetchFailure.BAD_ADDRESS)
    return parts.hostname, port


def _once(
    url: str, take: Take, limit: int, deadline: float, how: tuple[Callable[[Address], bool], ssl.SSLContext]
) -> str | None:
    """Where it has moved to, None where all was given to `take`."""
    allowed, context = how
    host, port = _host(url)
    connection = _Pinned(host, port, _resolve(host, port, allowed), context, _left(deadline))
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers={"User-Agent": "touchstone", "Accept": "*/*"})
        with connection.getresponse() as response:
            if response.status in _MOVED:
                return urljoin(url, response.headers.get("Location", ""))
            if response.status != http.client.OK:
                raise FetchError(FetchFailure.REFUSED, response.status)
            for chunk in _chunks(connection, response, limit, deadline):
                take(chunk)
            return None
    except TimeoutError as error:
        raise FetchError(FetchFailure.TIMEOUT) from error
    except ssl.SSLError as error:
        raise FetchError(FetchFailure.TLS) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchError(FetchFailure.UNREACHABLE) from error
    finally:
        connection.close()


def _chunks(connection: _Pinned, response: http.client.HTTPResponse, limit: int, deadline: float) -> Iterator[bytes]:
    size = 0
    while True:
        connection.wait_at_most(min(_left(deadline), _STALLED))
        chunk = response.read1(_CHUNK)
        if not chunk:
            if response.length:
                raise FetchError(FetchFailure.UNREACHABLE)  # cut off before its announced end
            return
        size += len(chunk)
        if size > limit:
            raise FetchError(FetchFailure.TOO_LARGE)
        yield chunk


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchError(FetchFailure.TIMEOUT)
    return left


def _resolve(host: str, port: int, allowed: Callable[[Address], bool]) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(FetchFailure.UNREACHABLE) from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    if not addresses or not all(allowed(a) for a in addresses):
        raise FetchError(FetchFailure.PRIVATE)
    return str(addresses[0])


class _Pinned(http.client.HTTPSConnection):
    """Connects to an address that was looked at, and still asks for the host's own certificate."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def wait_at_most(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)
