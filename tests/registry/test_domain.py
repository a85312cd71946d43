"""Domains that vouch for publishers: a real name server and a real TLS server on this computer, a real ledger."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from tests.making import Authority
from tests.practice import Publisher, ledger_of

from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.paths import Home
from touchstone.registry import domain, domain_proofs
from touchstone.registry.domain import DomainError, Statement, Wanted, check, normalised, verified
from touchstone.registry.domain_proofs import DomainFailure, DomainProofs, Proof, Standing, Way
from touchstone.trust import https
from touchstone.trust.https import FetchError, FetchFailure

DOMAIN = "agence-x.example"


class Names:
    """A name server on UDP: TXT records by name; what is `silent` gets no answer."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def resolver(self) -> dns.resolver.Resolver:
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = self._socket.getsockname()[1]
        return made

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                data, address = self._socket.recvfrom(4096)
                if not self.silent:
                    self._socket.sendto(self._answer(data), address)

    def _answer(self, data: bytes) -> bytes:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        name = query.question[0].name
        texts = self.records.get(str(name).rstrip(".").lower())
        if texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif texts and query.question[0].rdtype == dns.rdatatype.TXT:
            quoted = [" ".join(f'"{t[i : i + 200]}"' for i in range(0, len(t), 200)) for t in texts]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        return answer.to_wire()


@pytest.fixture
def names() -> Iterator[Names]:
    server = Names()
    yield server
    server.close()


class Site:
    """A TLS server for the domain; `files` by path."""

    def __init__(self, folder: Path) -> None:
        authority = Authority.create("Web Root")
        leaf = authority.leaf("Web", DOMAIN, usage=ExtendedKeyUsageOID.SERVER_AUTH, names=["localhost"])
        (folder / "server.pem").write_text(leaf.chain + leaf.key)
        self.files: dict[str, bytes] = {}
        files = self.files

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = files.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "server.pem")
        self.client = ssl.create_default_context(cadata=authority.pem)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def fetch(self, url: str, limit: int, seconds: float) -> bytes:
        here = url.replace(f"https://{DOMAIN}", f"https://localhost:{self.server.server_port}")
        assert here != url
        return https.fetch(here, limit, seconds, allowed=lambda _address: True, tls=self.client)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("tls"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _empty(site: Site) -> None:
    site.files.clear()


class Press:
    """A ledger with a publisher who claims the domain, and one who does not."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ledger = ledger_of(home)
        self.network = Networks.load(home).get("practice")
        self.publisher = Publisher.create(self.ledger, "Agence X", DOMAIN)
        self.other = Publisher.create(self.ledger, "Somebody else", "")

    def statement(self, **changed: Any) -> Statement:
        fields = {
            "network": self.network,
            "publisher": self.publisher.id,
            "controller": self.publisher.key.address,
            "domain": DOMAIN,
        }
        return Statement(**{**fields, **changed})


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    made = Press(Home(tmp_path_factory.mktemp("home")))
    yield made
    made.ledger.close()


@pytest.fixture(autouse=True)
def _forgotten(press: Press) -> None:
    (press.home.registers / "domains.json").unlink(missing_ok=True)


def looked(press: Press, names: Names, site: Site, publisher: int | None = None) -> Any:
    return check(
        press.home,
        press.network,
        [press.ledger.node()],
        publisher or press.publisher.id,
        DOMAIN,
        resolver=names.resolver(),
        fetch=site.fetch,
    )


def known(press: Press, **options: Any) -> Any:
    return verified(press.home, press.network, press.publisher.id, DOMAIN, **options)


def test_nobody_has_looked(press: Press) -> None:
    assert known(press).standing is Standing.NEVER
    assert known(press).checked == ""


def test_by_a_record(press: Press, names: Names, site: Site) -> None:
    statement = press.statement()
    names.records[statement.host] = ["v=spf1 -all", statement.record]
    found = looked(press, names, site)
    assert (found.standing, found.way) == (Standing.VERIFIED, Way.DNS)
    assert known(press) == found
    assert known(press).is_verified
    assert statement.zone_line.startswith("_touchstone.agence-x.example. 3600 IN TXT ")


def test_by_a_document(press: Press, names: Names, site: Site) -> None:
    site.files[domain.PATH] = json.dumps(press.statement().document()).encode()
    found = looked(press, names, site)
    assert (found.standing, found.way) == (Standing.VERIFIED, Way.DID)


def test_a_record_of_more_than_one_string(press: Press, names: Names) -> None:
    statement = press.statement()
    names.records[statement.host] = [statement.record + " " * 200]
    assert domain.in_dns(statement, names.resolver()) is Wanted.FOUND


def test_nothing_there(press: Press, names: Names, site: Site) -> None:
    found = looked(press, names, site)
    assert (found.standing, found.failure) == (Standing.FAILED, DomainFailure.NO_RECORD)
    assert not known(press).is_verified


@pytest.mark.parametrize(
    "changed",
    [{"publisher": 99}, {"controller": "0x" + "11" * 20}, {"network": Network("n", 1, "0x" + "22" * 20, "0x")}],
)
def test_what_names_another(press: Press, names: Names, site: Site, changed: dict[str, Any]) -> None:
    other = press.statement(**changed)
    names.records[other.host] = [other.record]
    site.files[domain.PATH] = json.dumps(other.document()).encode()
    found = looked(press, names, site)
    assert (found.standing, found.failure) == (Standing.FAILED, DomainFailure.OTHER_PUBLISHER)


def test_a_publisher_that_does_not_claim_it(press: Press, names: Names, site: Site) -> None:
    """The domain alone proves nothing: both have to name each other."""
    other = press.statement(publisher=press.other.id, controller=press.other.key.address)
    names.records[other.host] = [other.record]
    found = looked(press, names, site, press.other.id)
    assert (found.standing, found.failure) == (Standing.FAILED, DomainFailure.NOT_CLAIMED)
    nobody = looked(press, names, site, 4000)
    assert nobody.failure == DomainFailure.NOT_CLAIMED


@pytest.mark.parametrize(
    "body",
    [
        b"<html>hello</html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": "did:web:elsewhere.example"}',
        b'{"id": ["did:web:agence-x.example"]}',
    ],
)
def test_documents_that_are_none(press: Press, names: Names, site: Site, body: bytes) -> None:
    site.files[domain.PATH] = body
    assert looked(press, names, site).failure == DomainFailure.MALFORMED


@pytest.mark.parametrize(
    "changed",
    [
        {"verificationMethod": None},
        {"verificationMethod": ["x", 1, {}]},
        {"service": {"type": "TouchstonePublisher"}},
        {"service": [{"type": "LinkedDomains", "serviceEndpoint": "https://x"}]},
    ],
)
def test_documents_about_something_else(press: Press, names: Names, site: Site, changed: dict[str, Any]) -> None:
    site.files[domain.PATH] = json.dumps({**press.statement().document(), **changed}).encode()
    assert not looked(press, names, site).is_verified


def test_too_large_a_document(press: Press, names: Names, site: Site) -> None:
    site.files[domain.PATH] = b" " * (300 * 1024)
    assert looked(press, names, site).failure == DomainFailure.UNREACHABLE


def test_what_cannot_be_reached_takes_no_proof_away(
    press: Press, names: Names, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = press.statement()
    names.records[statement.host] = [statement.record]
    assert looked(press, names, site).is_verified
    monkeypatch.setattr(domain, "_SECONDS", 0.3)
    names.silent = True

    def dead(_url: str, _limit: int, _seconds: float) -> bytes:
        raise FetchError(FetchFailure.TIMEOUT)

    site_fetch, site.fetch = site.fetch, dead  # type: ignore[method-assign]
    try:
        found = looked(press, names, site)
    finally:
        site.fetch = site_fetch  # type: ignore[method-assign]
    assert (found.standing, found.failure) == (Standing.FAILED, DomainFailure.UNREACHABLE)
    assert known(press).is_verified
    names.silent = False
    names.records.clear()
    assert looked(press, names, site).failure == DomainFailure.NO_RECORD
    assert not known(press).is_verified


def test_a_proof_grows_old_and_is_for_one_controller(press: Press) -> None:
    mine = press.publisher.key.address.lower()
    for age, standing in ((29, Standing.VERIFIED), (31, Standing.STALE), (-3, Standing.STALE)):
        checked = (datetime.now(UTC) - timedelta(days=age)).isoformat(timespec="seconds")
        domain_proofs.keep(press.home, press.network, press.publisher.id, DOMAIN, Proof(checked, mine, Way.DNS, None))
        assert known(press).standing is standing, age
    checked = datetime.now(UTC).isoformat(timespec="seconds")
    domain_proofs.keep(press.home, press.network, press.publisher.id, DOMAIN, Proof(checked, mine, Way.DNS, None))
    assert known(press, controller=press.publisher.key.address).is_verified
    assert known(press, controller="0x" + "11" * 20).standing is Standing.STALE
    assert not verified(press.home, press.network, press.publisher.id + 1, DOMAIN).is_verified
    assert not verified(press.home, press.network, press.publisher.id, "other.example").is_verified


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2, "proofs": {}}',
        b'{"version": 1, "proofs": {"x": ["2026-01-01T00:00:00", "", "dns", ""]}}',
        b'{"version": 1, "proofs": {"x": ["yesterday", "", "dns", ""]}}',
        b'{"version": 1, "proofs": {"x": ["2026-01-01T00:00:00+00:00", "", "", ""]}}',
        b'{"version": 1, "proofs": {"x": ["2026-01-01T00:00:00+00:00", "", "magic", ""]}}',
        b'{"version": 1, "proofs": {"x": 5}}',
        b'{"version": 1, "proofs": [1]}',
    ],
)
def test_what_is_kept_and_damaged_counts_for_nothing(press: Press, kept: bytes) -> None:
    path = press.home.registers / "domains.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(kept)
    assert DomainProofs.load(press.home).entries == {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    domain_proofs.keep(press.home, press.network, 1, DOMAIN, Proof(now, "", Way.DNS, None))
    assert len(DomainProofs.load(press.home).entries) == 1
    for aside in path.parent.glob("domains.json.damaged*"):
        aside.unlink()


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Agence-X.example", "agence-x.example"),
        ("agence-x.example.", "agence-x.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("点看.example", "xn--3pxu8k.example"),
        ("a.b.c.example", "a.b.c.example"),
    ],
)
def test_domains_as_they_are_claimed(given_: str, expected: str) -> None:
    assert normalised(given_) == expected


@pytest.mark.parametrize(
    "text",
    ["", ".", "localhost", "127.0.0.1", "a..b", "-a.example", "a b.example", "a/b.example", "x:80", "a.example:443",
     "a" * 64 + ".example", ".".join(["abcdefgh"] * 30), "user@x.example", "xn--.example", "\0.example"],
)  # fmt: skip
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(DomainError):
        normalised(text)


@given(st.text(max_size=80))
def test_any_text_is_a_domain_or_refused(text: str) -> None:
    with contextlib.suppress(DomainError):
        name = normalised(text)
        assert name.isascii()
        assert normalised(name) == name
