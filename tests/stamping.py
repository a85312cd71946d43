"""A time-stamp authority (RFC 3161) for tests: answers on this computer, with a certificate made for one test."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.making import Authority, now

_SHA256 = "2.16.840.1.101.3.4.2.1"
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"


def _tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, *parts)


def _set(*parts: bytes) -> bytes:
    return _tlv(0x31, *sorted(parts))


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for number in (first * 40 + second, *rest):
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(0x80 | (number & 0x7F))
        out += bytes(reversed(septets))
    return _tlv(0x06, bytes(out))


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and contents of each element in turn."""
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at : at + count], "big"), at + count
        yield tag, data[at : at + size]
        at += size


@dataclass(frozen=True)
class StampAuthority:
    """One authority: its own leaf under a root."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def under(cls, root: Authority) -> StampAuthority:
        pem = root.leaf("Stamps Ltd", "Stamp clock", usage=ExtendedKeyUsageOID.TIME_STAMPING, critical_usage=True)
        key = serialization.load_pem_private_key(pem.key.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls(x509.load_pem_x509_certificate(pem.chain.encode()), key)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """The address at which it answers."""
        answer = self.answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}/"
            server.shutdown()
            thread.join()

    def answer(self, request: bytes, moment: datetime.datetime | None = None) -> bytes:
        """TimeStampResp to a TimeStampReq (RFC 3161, section 2.4)."""
        ((_tag, body),) = _parts(request)
        fields = list(_parts(body))
        imprint = _sequence(fields[1][1])
        nonce = b"".join(_tlv(tag, value) for tag, value in fields[2:] if tag == 0x02)
        stamp = (moment or now()).strftime("%Y%m%d%H%M%SZ").encode()
        info = _sequence(_integer(1), _oid("1.2.3.4.1"), imprint, _integer(7), _tlv(0x18, stamp), nonce)
        content = _sequence(_oid(_SIGNED_DATA), _tlv(0xA0, self._signed(info)))
        return _sequence(_sequence(_integer(0)), content)

    def _signed(self, info: bytes) -> bytes:
        """SignedData (RFC 5652, section 5.1) over a TSTInfo."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        algorithm = _sequence(_oid(_SHA256))
        named = _sequence(_sequence(_sequence(_tlv(0x04, hashlib.sha256(der).digest()))))
        attributes = [
            _sequence(_oid(_CONTENT_TYPE), _set(_oid(_TST_INFO))),
            _sequence(_oid(_MESSAGE_DIGEST), _set(_tlv(0x04, hashlib.sha256(info).digest()))),
            _sequence(_oid(_SIGNING_CERTIFICATE), _set(named)),
        ]
        signature = self.key.sign(_set(*attributes), ec.ECDSA(hashes.SHA256()))
        signer = _sequence(
            _integer(1),
            _sequence(self.certificate.issuer.public_bytes(), _integer(self.certificate.serial_number)),
            algorithm,
            _tlv(0xA0, *sorted(attributes)),
            _sequence(_oid(_ECDSA_SHA256)),
            _tlv(0x04, signature),
        )
        content = _sequence(_oid(_TST_INFO), _tlv(0xA0, _tlv(0x04, info)))
        return _sequence(_integer(3), _set(algorithm), content, _tlv(0xA0, der), _set(signer))
