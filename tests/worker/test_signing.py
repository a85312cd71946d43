"""The signing worker and its desk: what it may not do, what it asks, and what comes of it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from tests import making
from tests.making import GENERATED, Authority, changed, sign
from tests.stamping import StampAuthority

from touchstone.check import credentials, signing, signing_keys, signing_practice, signing_stamp
from touchstone.check.opening import OpenError, Stopped
from touchstone.check.run import Checker
from touchstone.check.samples import SampleRecord
from touchstone.check.sandbox import Pool
from touchstone.check.signing import FileSigner, SignError, SignFailure, Source, Statement
from touchstone.check.signing_keys import Identity, IdentityError, KeyFailure
from touchstone.check.weigh_views import PRACTICE_SIGNER
from touchstone.paths import Home
from touchstone.provenance import cose, jumbf
from touchstone.report import Answer, Witness
from touchstone.trust.lists import TrustSnapshot

REGISTRATION = {"chain": "eip155:7031337", "registry": "0x" + "ab" * 20, "publisher": 7}
STATEMENT = Statement("Harbour", Source.CAPTURED, REGISTRATION)


@dataclass(frozen=True)
class World:
    folder: Path
    home: Home
    root: Authority
    identity: Identity
    signer: FileSigner

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def target(self, name: str = "signed.jpg") -> Path:
        return self.folder / "out" / name

    def left(self) -> list[str]:
        out = self.folder / "out"
        return sorted(p.name for p in out.iterdir()) if out.exists() else []


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.create("Press Root")


@pytest.fixture(scope="module")
def identity(root: Authority) -> Identity:
    leaf = root.leaf("Agence X", "Desk")
    return signing_keys.identity(leaf.chain.encode(), leaf.key.encode())


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Iterator[FileSigner]:
    made = FileSigner(Home(tmp_path_factory.mktemp("home")), identity)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, root: Authority, identity: Identity, pools: FileSigner) -> World:
    return World(tmp_path, Home(tmp_path / "home"), root, identity, pools)


def manifest(path: Path, mime: str) -> dict[str, Any]:
    with path.open("rb") as media, c2pa.Reader(mime, media) as reader:
        store = json.loads(reader.json())
    return dict(store["manifests"][store["active_manifest"]])


def failure(call: Any) -> SignFailure:
    with pytest.raises(SignError) as caught:
        call()
    return caught.value.failure


MEDIA = {
    "a.jpg": ("image/jpeg", making.jpeg),
    "a.png": ("image/png", making.png),
    "a.webp": ("image/webp", making.webp),
    "a.wav": ("audio/wav", making.wav),
    "a.mp4": ("video/mp4", making.mp4),
}


@pytest.mark.parametrize("name", MEDIA)
def test_a_signed_copy_appears_and_says_what_it_should(world: World, name: str) -> None:
    mime, make = MEDIA[name]
    source = world.file(name, make())
    before = source.read_bytes()
    signed = world.signer.sign(source, world.target(name), STATEMENT)
    assert source.read_bytes() == before
    assert (signed.opened, signed.stamped, signed.bytes) == (False, False, signed.path.stat().st_size)
    said = manifest(signed.path, mime)
    first, *others = next(a for a in said["assertions"] if a["label"].startswith("c2pa.actions"))["data"]["actions"]
    assert (first["action"], others) == ("c2pa.created", [])
    assert first["digitalSourceType"].endswith("/digitalCapture")
    assert {"label": "org.touchstone.registration", "data": REGISTRATION} in [
        {"label": a["label"], "data": a["data"]} for a in said["assertions"]
    ]
    assert said["title"] == "Harbour"
    assert world.left() == [name]


@pytest.mark.parametrize(
    ("source", "term"), [(Source.COMPOSITE, "composite"), (Source.GENERATED, "trainedAlgorithmicMedia")]
)
def test_what_the_publisher_says_of_its_source(world: World, source: Source, term: str) -> None:
    signed = world.signer.sign(world.file("a.jpg", making.jpeg()), world.target(), Statement("x", source))
    actions = next(a for a in manifest(signed.path, "image/jpeg")["assertions"] if a["label"].startswith("c2pa.act"))
    assert actions["data"]["actions"][0]["digitalSourceType"].endswith("/" + term)


def test_where_nothing_is_said_of_its_source_it_was_opened(world: World) -> None:
    signed = world.signer.sign(world.file("a.jpg", making.jpeg()), world.target(), Statement("x"))
    said = manifest(signed.path, "image/jpeg")
    actions = next(a for a in said["assertions"] if a["label"].startswith("c2pa.actions"))["data"]["actions"]
    assert [a["action"] for a in actions] == ["c2pa.opened"]
    assert [i["relationship"] for i in said["ingredients"]] == ["parentOf"]
    assert not signed.opened


def test_credentials_that_were_there_become_the_parent(world: World) -> None:
    camera = world.root.leaf("Camera Y")
    before, _store = sign(making.jpeg(), "image/jpeg", camera, title="From the camera")
    signed = world.signer.sign(world.file("a.jpg", before), world.target(), STATEMENT)
    assert signed.opened
    said = manifest(signed.path, "image/jpeg")
    assert [(i["relationship"], "active_manifest" in i) for i in said["ingredients"]] == [("parentOf", True)]


def test_a_file_whose_credentials_do_not_fit_is_not_signed_over(world: World) -> None:
    before, _store = sign(making.jpeg(), "image/jpeg", world.root.leaf("Camera Y"))
    source = world.file("a.jpg", changed(before))
    assert failure(lambda: world.signer.sign(source, world.target(), STATEMENT)) is SignFailure.SOURCE_FAILED
    assert world.left() == []


@pytest.mark.parametrize("data", [b"BM" + bytes(12) + b"\x28" + bytes(100), b"plain text", b"OggS" + bytes(90)])
def test_other_formats_are_said_to_be_so(world: World, data: bytes) -> None:
    assert failure(lambda: world.signer.sign(world.file("a", data), world.target(), STATEMENT)) is SignFailure.FORMAT
    assert world.left() == []


@pytest.mark.parametrize("data", [making.jpeg()[:40], b"\x89PNG\r\n\x1a\n" + bytes(50), b"RIFF\x10\0\0\0WAVE"])
def test_damaged_files_are_not_signed(world: World, data: bytes) -> None:
    with pytest.raises(SignError):
        world.signer.sign(world.file("a", data), world.target(), STATEMENT)
    assert world.left() == []


def test_what_is_there_stays_unless_it_is_to_be_replaced(world: World) -> None:
    source, target = world.file("a.jpg", making.jpeg()), world.target()
    world.signer.sign(source, target, STATEMENT)
    kept = target.read_bytes()
    assert failure(lambda: world.signer.sign(source, target, STATEMENT)) is SignFailure.EXISTS
    assert target.read_bytes() == kept
    world.signer.sign(source, target, STATEMENT, replace=True)
    assert target.read_bytes() != kept


def test_a_source_that_is_not_there(world: World) -> None:
    with pytest.raises(OpenError):
        world.signer.sign(world.folder / "none", world.target(), STATEMENT)
    assert world.left() == []


def test_stopped_before_it_is_done(world: World) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Stopped):
        world.signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT, cancel=cancel)
    assert world.left() == []


def test_progress_of_a_larger_file(world: World) -> None:
    parts: list[float] = []
    film = making.mp4() + (8 << 20).to_bytes(4, "big") + b"free" + bytes((8 << 20) - 8)
    world.signer.sign(world.file("a.mp4", film), world.target("a.mp4"), STATEMENT, parts.append)
    assert len(parts) > 3
    assert parts == sorted(parts)
    assert parts[-1] == 1


def test_a_file_that_grows_meanwhile_is_not_signed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    source = world.file("a.jpg", making.jpeg())
    real = world.identity.sign

    def meanwhile(data: bytes) -> bytes:
        with source.open("ab") as file:
            file.write(b"more")
        return real(data)

    with contextlib.closing(FileSigner(world.home, _with(world.identity, meanwhile))) as signer:
        assert failure(lambda: signer.sign(source, world.target(), STATEMENT)) is SignFailure.CHANGED
    assert world.left() == []


def test_a_folder_that_cannot_be_written_to(world: World) -> None:
    source = world.file("a.jpg", making.jpeg())
    target = world.file("not-a-folder", b"") / "x.jpg"
    assert failure(lambda: world.signer.sign(source, target, STATEMENT)) is SignFailure.FAILED


def _with(identity: Identity, sign: Any) -> Identity:
    return Identity(identity.chain, identity.algorithm, identity.expires, sign=sign)


class TestKeys:
    @pytest.mark.parametrize("kind", ["p256", "p384", "p521", "ed25519", "rsa"])
    def test_every_kind_of_key(self, world: World, kind: str) -> None:
        chain, key = certified(world.root, kind)
        found = signing_keys.identity(chain, key)
        algorithm = {"p256": "ES256", "p384": "ES384", "p521": "ES512", "ed25519": "Ed25519", "rsa": "PS256"}[kind]
        assert found.algorithm == algorithm
        with contextlib.closing(FileSigner(world.home, found)) as signer:
            signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT)

    def test_an_encrypted_key(self, tmp_path: Path, root: Authority) -> None:
        chain, key = certified(root, "p256", b"secret")
        (tmp_path / "chain.pem").write_bytes(chain)
        path = tmp_path / "key.pem"
        path.write_bytes(key)
        path.chmod(0o600)
        assert signing_keys.load(tmp_path / "chain.pem", path, b"secret").algorithm == "ES256"
        for password, expected in ((b"other", KeyFailure.WRONG_PASSWORD), (None, KeyFailure.NEEDS_PASSWORD)):
            with pytest.raises(IdentityError) as caught:
                signing_keys.load(tmp_path / "chain.pem", path, password)
            assert caught.value.failure is expected
        path.chmod(0o644)
        with pytest.raises(IdentityError) as caught:
            signing_keys.load(tmp_path / "chain.pem", path, b"secret")
        assert caught.value.failure is KeyFailure.EXPOSED

    def test_what_is_no_identity(self, root: Authority) -> None:
        chain, key = certified(root, "p256")
        other = certified(root, "p256")[1]
        old = root.leaf(years=(-2, -1))
        cases = [
            (chain, other, KeyFailure.MISMATCH),
            (b"", key, KeyFailure.NO_CHAIN),
            (chain, b"", KeyFailure.NO_KEY),
            (chain, key[:80], KeyFailure.NO_KEY),
            (old.chain.encode(), old.key.encode(), KeyFailure.EXPIRED),
            (root.pem.encode(), pem(root.key), KeyFailure.SELF_SIGNED),
        ]
        for given_chain, given_key, expected in cases:
            with pytest.raises(IdentityError) as caught:
                signing_keys.identity(given_chain, given_key)
            assert caught.value.failure is expected, expected

    def test_a_certificate_for_something_else_is_refused(self, world: World) -> None:
        leaf = world.root.leaf(usage=making.ExtendedKeyUsageOID.SERVER_AUTH)
        found = signing_keys.identity(leaf.chain.encode(), leaf.key.encode())
        with contextlib.closing(FileSigner(world.home, found)) as signer:
            source = world.file("a.jpg", making.jpeg())
            assert failure(lambda: signer.sign(source, world.target(), STATEMENT)) is SignFailure.CERTIFICATE
        assert world.left() == []

    def test_the_key_is_in_no_text(self, identity: Identity) -> None:
        assert "sign" not in repr(identity)


def pem(key: Any, password: bytes | None = None) -> bytes:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden))


def certified(root: Authority, kind: str, password: bytes | None = None) -> tuple[bytes, bytes]:
    """A chain and a key of this kind."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    makers = {
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    key = makers[kind]()
    like = x509.load_pem_x509_certificate(root.leaf("Agence X").chain.encode())
    builder = x509.CertificateBuilder(
        like.issuer,
        like.subject,
        key.public_key(),
        x509.random_serial_number(),
        like.not_valid_before_utc,
        like.not_valid_after_utc,
    )
    for extension in like.extensions:
        if not isinstance(extension.value, x509.SubjectKeyIdentifier):
            builder = builder.add_extension(extension.value, extension.critical)
    leaf = builder.sign(root.key, hashes.SHA256())
    return leaf.public_bytes(serialization.Encoding.PEM) + root.pem.encode(), pem(key, password)


class TestOneSignature:
    """What the desk says to a worker that has been taken over."""

    @pytest.fixture
    def asked(self, identity: Identity) -> Iterator[tuple[signing._Answers, Any]]:
        read, write = os.pipe()
        answers = signing._Answers(identity, "", write)

        def heard() -> bytes:
            (length,) = signing._LENGTH.unpack(os.read(read, 4))
            return os.read(read, length) if length else b""

        yield answers, heard
        os.close(read)
        os.close(write)

    def test_one_and_no_more(self, asked: Any) -> None:
        answers, heard = asked
        answers.answer("signature", signing._CLAIM + b"x")
        assert len(heard()) == 64
        answers.answer("signature", signing._CLAIM + b"y")
        assert heard() == b""

    @pytest.mark.parametrize("data", [b"", b"any bytes", b"\x30\x82\x01\x00", b"\x84\x70CounterSignature"])
    def test_nothing_but_a_claim(self, asked: Any, data: bytes) -> None:
        answers, heard = asked
        answers.answer("signature", data)
        assert heard() == b""

    def test_no_stamp_where_none_was_chosen_and_nothing_else_at_all(self, asked: Any) -> None:
        answers, heard = asked
        for what in ("time-stamp", "password", ""):
            answers.answer(what, signing._CLAIM)
            assert heard() == b""

    def test_a_worker_that_asks_where_nothing_may_be_asked(self, identity: Identity, tmp_path: Path) -> None:
        """Through the pool, without anybody to answer: that is no reply."""
        pool = Pool("sign")
        path = tmp_path / "a.jpg"
        path.write_bytes(making.jpeg())
        read, write = os.pipe()
        with path.open("rb") as media, (tmp_path / "out").open("w+b") as out:
            request = {
                "op": "sign", "mime": "image/jpeg", "title": "x", "chain": identity.chain, "algorithm": "ES256",
                "source_type": "", "registration": {}, "stamp": False, "generator": {"name": "x"},
            }  # fmt: skip
            with pytest.raises(signing.WorkerError) as caught:
                pool.run(request, [media.fileno(), out.fileno(), read])
        assert caught.value.failure is signing.WorkerFailure.PROTOCOL
        os.close(read)
        os.close(write)
        pool.close()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"done": True},
            {"done": 1, "manifest": "0" * 64, "opened": True, "stamped": True},
            {"done": True, "manifest": "x" * 64, "opened": True, "stamped": True},
            {"done": True, "manifest": "0" * 64, "opened": True, "stamped": True, "more": 1},
            {"failed": "<b>text</b>"},
            {"failed": "format", "more": 1},
        ],
    )
    def test_replies_that_are_none(self, body: dict[str, Any]) -> None:
        with pytest.raises(SignError) as caught:
            signing._said(body)
        assert caught.value.failure is SignFailure.WORKER


def test_what_holds_the_signing_worker(identity: Identity, tmp_path: Path) -> None:
    """The same layers as every reader has: no path, no socket, no process; and no file larger than it may make."""
    pool, path = Pool("sign"), tmp_path / "a.jpg"
    path.write_bytes(making.jpeg())
    hears, says = os.pipe()
    answers = signing._Answers(identity, "", says)
    request = {
        "op": "sign", "mime": "image/jpeg", "title": "x", "chain": identity.chain, "algorithm": "ES256",
        "source_type": "", "registration": {}, "stamp": False, "generator": {"name": "x"},
    }  # fmt: skip
    with path.open("rb") as media, (tmp_path / "out").open("w+b") as out:
        files = [media.fileno(), out.fileno(), hears]
        reply = pool.run(request, files, signing.Limits(file_bytes=1 << 20), on_ask=answers.answer)
        held = reply.protection
        assert (held.process, held.limits, held.filesystem, held.syscalls) == (True, True, True, True)
        out.truncate(0)
        small = signing.Limits(file_bytes=1000)
        refused = pool.run(request, files, small, on_ask=signing._Answers(identity, "", says).answer)
        assert refused.body == {"failed": "no-room"}
    os.close(hears)
    os.close(says)
    pool.close()


class TestTimeStamps:
    @pytest.fixture
    def stamps(self, root: Authority) -> Iterator[str]:
        with StampAuthority.under(root).serving() as url:
            yield url

    @pytest.mark.parametrize("name", MEDIA)
    def test_a_stamp_that_its_reader_trusts(self, world: World, stamps: str, name: str) -> None:
        """The worker has no socket, so the stamp came through the desk; the SDK finds it where it should be."""
        mime, make = MEDIA[name]
        with contextlib.closing(FileSigner(world.home, world.identity, stamps)) as signer:
            signed = signer.sign(world.file(name, make()), world.target(name), STATEMENT)
        assert signed.stamped
        trusted = TrustSnapshot(anchors={credentials.Slot.OFFICIAL: world.root.pem}, time_stamps=world.root.pem)
        pool = Pool("provenance", credentials.setup(trusted, None))
        with signed.path.open("rb") as media:
            reply = pool.run(credentials.request(mime, sidecar=False, sample=False), [media.fileno()])
        pool.close()
        reading = credentials.parse(reply.body, reply.blobs).main
        assert (reading.integrity, reading.issuer, reading.stamp) == ("intact", "official", "trusted")

    def test_a_large_store_in_several_segments(self, world: World, stamps: str) -> None:
        parent, _store = sign(making.jpeg(), "image/jpeg", world.root.leaf("A"), thumbnail=making.noise(700, 500))
        assert len(_store) > 2 * 65536
        with contextlib.closing(FileSigner(world.home, world.identity, stamps)) as signer:
            assert signer.sign(world.file("a.jpg", parent), world.target(), STATEMENT).stamped

    @pytest.mark.parametrize("answer", [b"", b"<html>busy</html>", b"\x30\x05\x30\x03\x02\x01\x02", b"\x30\x80" * 9])
    def test_a_server_that_answers_nonsense_leaves_nothing(self, world: World, answer: bytes) -> None:
        with serving(answer) as url, contextlib.closing(FileSigner(world.home, world.identity, url)) as signer:
            failed = failure(lambda: signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT))
        assert failed in {SignFailure.TIME_STAMP, SignFailure.TIME_STAMP_USELESS}
        assert world.left() == []

    def test_a_stamp_over_something_else_is_found_out(self, world: World, root: Authority) -> None:
        authority = StampAuthority.under(root)
        wrong = authority.answer(signing_stamp.request(b"something else"))
        with serving(wrong) as url, contextlib.closing(FileSigner(world.home, world.identity, url)) as signer:
            failed = failure(lambda: signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT))
        assert failed is SignFailure.NOT_VERIFIED
        assert world.left() == []

    def test_a_dead_server_leaves_nothing(self, world: World) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        with contextlib.closing(FileSigner(world.home, world.identity, url)) as signer:
            failed = failure(lambda: signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT))
        assert failed is SignFailure.TIME_STAMP
        assert world.left() == []

    def test_a_server_that_says_nothing_is_left_in_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            began = time.monotonic()
            with pytest.raises(signing_stamp.NoStampError):
                signing_stamp.fetch(url, b"x", seconds=0.3)
            assert time.monotonic() - began < 2

    def test_too_long_an_answer(self) -> None:
        with serving(bytes(signing_stamp.LARGEST + 1)) as url, pytest.raises(signing_stamp.NoStampError):
            signing_stamp.fetch(url, b"x")

    @pytest.mark.parametrize("url", ["", "ftp://x/", "http://", "x", "http://[", "http://x:0/", "file:///etc/passwd"])
    def test_addresses_that_are_none(self, url: str) -> None:
        assert not signing_stamp.is_address(url)
        with pytest.raises(signing_stamp.NoStampError):
            signing_stamp.fetch(url, b"x")


@contextlib.contextmanager
def serving(body: bytes) -> Iterator[str]:
    """A server that answers every request with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve() -> None:
            with contextlib.suppress(OSError):
                taken, _address = listening.accept()
                with taken:
                    taken.settimeout(5)
                    seen = b""
                    while b"\r\n\r\n" not in seen or len(seen.split(b"\r\n\r\n", 1)[1]) < 40:
                        seen += taken.recv(65536)
                    taken.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


class TestCose:
    @pytest.fixture
    def signed(self, root: Authority) -> bytes:
        return sign(making.jpeg(), "image/jpeg", root.leaf("A"))[1]

    def test_stamping_moves_nothing(self, signed: bytes, root: Authority) -> None:
        start, end = jumbf.signature(signed)
        plain = signed[start:end]
        answer = StampAuthority.under(root).answer(signing_stamp.request(cose.to_be_stamped(cose.read(plain))))
        stamped = cose.with_stamp(plain, answer)
        assert len(stamped) == len(plain)
        before, after = cose.read(plain), cose.Signature
        assert stamped[: before.start] == plain[: before.start]
        assert stamped[before.end :] == plain[before.end :]
        assert isinstance(before, after)

    def test_no_room(self, signed: bytes) -> None:
        start, end = jumbf.signature(signed)
        large = b"\x30\x83\x01\x00\x00" + b"\x30\x03\x02\x01\x00" + b"\x30\x82\xff\xf7" + bytes(0xFFF7)
        with pytest.raises(cose.StampError):
            cose.with_stamp(signed[start:end], large)

    def test_no_prefix_of_anything_gets_through(self, signed: bytes) -> None:
        start, end = jumbf.signature(signed)
        plain = signed[start:end]
        for cut in (*range(40), len(plain) // 2, len(plain) - 70, len(plain) - 1):
            with pytest.raises(cose.StampError):
                cose.read(plain[:cut])
        for cut in (0, 4, 9, 60, len(signed) // 2, len(signed) - 1):
            with pytest.raises(jumbf.LayoutError):
                jumbf.signature(signed[:cut])


@given(st.binary(max_size=200))
def test_any_bytes_in_the_place_of_a_signature_a_stamp_or_a_store(data: bytes) -> None:
    for read in (cose.read, cose.token, lambda raw: cose.with_stamp(b"\xd2\x84" + raw, raw)):
        with contextlib.suppress(cose.StampError):
            read(data)
    for look in (jumbf.signature, jumbf.active_manifest, lambda raw: jumbf.boxes(raw, 0, len(raw))):
        with contextlib.suppress(jumbf.LayoutError):
            look(data)


class TestPractice:
    def test_only_the_files_signed_here_are_vouched_for(self, world: World) -> None:
        practice = signing_practice.signer(world.home)
        with contextlib.closing(FileSigner(world.home, practice)) as signer:
            signed = signer.sign(world.file("a.jpg", making.jpeg()), world.target(), STATEMENT)
        record = SampleRecord.load(world.home)
        assert signed.sha256 in record
        assert not record.knows(signed.sha256)  # it is no sample: nothing may overwrite it
        elsewhere = world.target("b.jpg")
        with contextlib.closing(FileSigner(world.home, _with(practice, practice.sign))) as signer:
            signer.sign(world.file("b.jpg", making.jpeg(2)), elsewhere, STATEMENT)  # the same key, not recorded
        checker = Checker(world.home)
        try:
            here, there = (checker.check(p).report for p in (signed.path, elsewhere))
        finally:
            checker.close()
        assert here.answer is Answer.TRACED
        assert here.headline.params["practice"] is True
        assert signing_practice.ORGANISATION == PRACTICE_SIGNER
        found = here.finding(Witness.CREDENTIALS)
        assert found is not None
        assert found.details["issuer"] == "samples"
        assert there.answer is Answer.SIGNED_UNKNOWN

    def test_the_signer_stays_the_same_and_its_key_private(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        first, second = signing_practice.signer(home), signing_practice.signer(home)
        assert first.chain == second.chain
        assert (home.samples / "practice-key.pem").stat().st_mode & 0o077 == 0
        (home.samples / "practice-key.pem").write_text("damaged")
        assert signing_practice.signer(home).chain != first.chain

    def test_a_damaged_record_is_kept_aside(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        chain = signing_practice.signer(home).chain
        (home.samples / "practice.json").write_text("{")
        signing_practice.remember(home, "a" * 64, chain)
        assert signing_practice.PracticeRecord.load(home).files == {"a" * 64}
        assert len(list(home.samples.glob("practice.json.damaged*"))) == 1


def test_generated_files_say_so_to_a_check(world: World) -> None:
    assert GENERATED
    practice = signing_practice.signer(world.home)
    with contextlib.closing(FileSigner(world.home, practice)) as signer:
        source = world.file("a.jpg", making.jpeg())
        signed = signer.sign(source, world.target(), Statement("x", Source.GENERATED, REGISTRATION))
    checker = Checker(world.home)
    try:
        assert checker.check(signed.path).report.answer is Answer.DECLARED_AI
    finally:
        checker.close()
