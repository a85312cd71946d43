"""Fetching over HTTPS, against a server on this computer whose certificate was made here."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.making import Authority
from tests.unit.test_trust_lists import as_json

from touchstone.check import remote
from touchstone.trust import https
from touchstone.trust.certificates import ListRefusedError
from touchstone.trust.https import FetchError, FetchFailure, is_public
from touchstone.trust.lists import Slot, TrustStore
from touchstone.trust.releases import OFFICIAL_URLS
from touchstone.trust.update import update

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A server and what it answers by path."""

    port: int
    client: ssl.SSLContext
    answers: dict[str, Answer] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        return f"https://localhost:{self.port}{path}"

    def fetch(self, path: str = "/", *, limit: int = 1000, timeout: float = 5) -> bytes:
        return https.fetch(self.url(path), limit, timeout, allowed=lambda _address: True, tls=self.client)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("Web Root")


@pytest.fixture(scope="module")
def site(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    leaf = authority.leaf("Web", "localhost", usage=ExtendedKeyUsageOID.SERVER_AUTH, names=["localhost"])
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_text(leaf.chain + leaf.key)
    answers: dict[str, Answer] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers[self.path](self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that leaves early is what some tests are about

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(path)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(server.server_port, ssl.create_default_context(cadata=authority.pem), answers)
        server.shutdown()
        thread.join()


def says(body: bytes, status: int = 200, *, announced: int | None = None, **headers: str) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def failure(call: Callable[[], object]) -> FetchFailure:
    with pytest.raises(FetchError) as caught:
        call()
    return caught.value.failure


def test_fetched(site: Site) -> None:
    site.answers["/a?b=c"] = says(b"the bytes")
    assert site.fetch("/a?b=c") == b"the bytes"


def test_no_more_than_the_limit(site: Site) -> None:
    site.answers["/large"] = says(bytes(1001))
    site.answers["/fits"] = says(bytes(1000))
    assert failure(lambda: site.fetch("/large")) is FetchFailure.TOO_LARGE
    assert len(site.fetch("/fits")) == 1000


def test_an_endless_answer_stops_at_the_limit(site: Site) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(4096))

    site.answers["/endless"] = answer
    assert failure(lambda: site.fetch("/endless", limit=100_000)) is FetchFailure.TOO_LARGE


def test_a_server_that_drips_is_left_in_time(site: Site) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b".")
            handler.wfile.flush()
            time.sleep(0.05)

    site.answers["/slow"] = answer
    began = time.monotonic()
    assert failure(lambda: site.fetch("/slow", timeout=0.5)) is FetchFailure.TIMEOUT
    assert time.monotonic() - began < 2


def test_an_answer_that_is_cut_off_is_none(site: Site) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        says(b"half", announced=8)(handler)
        handler.connection.close()

    site.answers["/cut"] = answer
    assert failure(lambda: site.fetch("/cut")) is FetchFailure.UNREACHABLE


def test_redirects_stay_on_the_host(site: Site) -> None:
    site.answers["/there"] = says(b"arrived")
    site.answers["/here"] = says(b"", 302, Location="/there")
    site.answers["/away"] = says(b"", 302, Location="https://elsewhere.example/there")
    site.answers["/plain"] = says(b"", 302, Location=f"http://localhost:{site.port}/there")
    site.answers["/round"] = says(b"", 302, Location="/round")
    assert site.fetch("/here") == b"arrived"
    assert failure(lambda: site.fetch("/away")) is FetchFailure.MOVED
    assert failure(lambda: site.fetch("/plain")) is FetchFailure.NOT_HTTPS
    assert failure(lambda: site.fetch("/round")) is FetchFailure.MOVED


def test_an_error_is_told_with_its_number(site: Site) -> None:
    site.answers["/gone"] = says(b"", 410)
    with pytest.raises(FetchError) as caught:
        site.fetch("/gone")
    assert (caught.value.failure, caught.value.status) == (FetchFailure.REFUSED, 410)


def test_a_certificate_of_nobody_known_is_refused(site: Site) -> None:
    site.answers["/"] = says(b"secret")
    strict = ssl.create_default_context()
    call = lambda: https.fetch(site.url(), 100, 5, allowed=lambda _a: True, tls=strict)  # noqa: E731
    assert failure(call) is FetchFailure.TLS


def test_the_certificate_must_be_the_hosts_own(site: Site) -> None:
    call = lambda: https.fetch(  # noqa: E731
        f"https://127.0.0.1:{site.port}/", 100, 5, allowed=lambda _a: True, tls=site.client
    )
    assert failure(call) is FetchFailure.TLS


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_addresses_around_this_computer_are_never_asked(site: Site, host: str) -> None:
    assert failure(lambda: remote.fetch(f"https://{host}:{site.port}/")) is FetchFailure.PRIVATE


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("0.0.0.0", False),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1", False),
        ("fd00::1", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://x.example/", FetchFailure.NOT_HTTPS),
        ("file:///etc/passwd", FetchFailure.NOT_HTTPS),
        ("", FetchFailure.NOT_HTTPS),
        ("https://", FetchFailure.BAD_ADDRESS),
        ("https://user@x.example/", FetchFailure.BAD_ADDRESS),
        ("https://x.example:99999/", FetchFailure.BAD_ADDRESS),
        ("https://x.example/\r\nHost: y", FetchFailure.BAD_ADDRESS),
        ("https://x.example/ü", FetchFailure.BAD_ADDRESS),
        ("https://[::1/", FetchFailure.BAD_ADDRESS),
    ],
)
def test_addresses_that_are_not_fetched(address: str, expected: FetchFailure) -> None:
    assert failure(lambda: remote.fetch(address)) is expected


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    call = lambda: https.fetch(f"https://127.0.0.1:{port}/", 1, 2, allowed=lambda _a: True)  # noqa: E731
    assert failure(call) is FetchFailure.UNREACHABLE


@pytest.mark.parametrize(
    ("address", "host"), [("https://a.example/x", "a.example"), ("nonsense", ""), ("https://[", "")]
)
def test_the_host_that_would_be_asked(address: str, host: str) -> None:
    assert remote.host(address) == host


class TestUpdate:
    def lists(self, root: Authority, issued: str = "2026-10-01T00:00:00Z") -> dict[str, bytes]:
        names = ("C2PA Trust List", "C2PA TSA Trust List")
        return {url: as_json(root, name=n, issued=issued) for url, n in zip(OFFICIAL_URLS, names, strict=True)}

    def test_both_lists_are_put_in_place(self, tmp_path: Path, authority: Authority) -> None:
        files = self.lists(authority)
        store = TrustStore(tmp_path)
        taken = update(store, lambda url, _limit, _timeout: files[url])
        assert [(one.slot, one.time_stamps) for one in taken] == [(Slot.OFFICIAL, False), (Slot.OFFICIAL, True)]
        assert store.snapshot().dates() == {"official": "2026-10-01", "time-stamps": "2026-10-01"}

    def test_nothing_changes_unless_both_came(self, tmp_path: Path, authority: Authority) -> None:
        def fetched(url: str, _limit: int, _timeout: float) -> bytes:
            if url == OFFICIAL_URLS[1]:
                raise FetchError(FetchFailure.UNREACHABLE)
            return self.lists(authority)[url]

        store = TrustStore(tmp_path)
        with pytest.raises(FetchError):
            update(store, fetched)
        assert not store.snapshot().lists

    def test_a_page_that_is_no_list_changes_nothing(self, tmp_path: Path, authority: Authority) -> None:
        files = {**self.lists(authority), OFFICIAL_URLS[1]: b"<html>Log in to the network</html>"}
        store = TrustStore(tmp_path)
        with pytest.raises(ListRefusedError):
            update(store, lambda url, _limit, _timeout: files[url])
        assert not store.snapshot().lists

    def test_an_older_list_does_not_replace_a_newer_one(self, tmp_path: Path, authority: Authority) -> None:
        store = TrustStore(tmp_path)
        for issued, expected in (("2026-10-01T00:00:00Z", None), ("2026-09-01T00:00:00Z", ListRefusedError)):
            files = self.lists(authority, issued)
            if expected is None:
                update(store, lambda url, _limit, _timeout: files[url])  # noqa: B023
            else:
                with pytest.raises(expected):
                    update(store, lambda url, _limit, _timeout: files[url])  # noqa: B023
        assert store.snapshot().dates()["official"] == "2026-10-01"
