"""Test media, certificates and signatures, all made here by code. Nothing is read from a file."""

from __future__ import annotations

import datetime
import io
import math
import struct
import tempfile
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

DIGITAL_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
CAPTURED: Mapping[str, Any] = {"action": "c2pa.created", "digitalSourceType": DIGITAL_SOURCE + "digitalCapture"}
GENERATED: Mapping[str, Any] = {
    "action": "c2pa.created",
    "digitalSourceType": DIGITAL_SOURCE + "trainedAlgorithmicMedia",
}
COMPOSITE_AI = DIGITAL_SOURCE + "compositeWithTrainedAlgorithmicMedia"
OPENED: Mapping[str, Any] = {"action": "c2pa.opened"}


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Leaf:
    """A signer: its certificate chain (leaf first) and its key, both PEM."""

    chain: str
    key: str


@dataclass(frozen=True)
class Authority:
    """A root certificate made for one test, with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls, name: str = "Test Root", *, years: tuple[float, float] = (-5, 5)) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name, f"{name} CA")
        builder = _certificate(subject, subject, key.public_key(), years)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign=False, certify=True), critical=True)
        return cls(builder.sign(key, hashes.SHA256()), key)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def leaf(
        self,
        organisation: str = "Agence X",
        common_name: str = "Agence X Desk",
        *,
        years: tuple[float, float] = (-1, 1),
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
        critical_usage: bool = False,
        names: Sequence[str] = (),
    ) -> Leaf:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(_name(organisation, common_name), self.certificate.subject, key.public_key(), years)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign=True, certify=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical_usage)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return Leaf(
            certificate.public_bytes(serialization.Encoding.PEM).decode() + self.pem,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
        )


def _name(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, years: tuple[float, float]
) -> x509.CertificateBuilder:
    start, end = (now() + datetime.timedelta(days=365 * y) for y in years)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), start, end)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True)
class Ingredient:
    """A file that another one is made from."""

    data: bytes
    mime: str = "image/jpeg"
    title: str = "source.jpg"
    relationship: str = "parentOf"


def sign(
    data: bytes,
    mime: str,
    leaf: Leaf,
    *,
    title: str = "picture",
    actions: Sequence[Mapping[str, Any]] = (CAPTURED,),
    ingredients: Iterable[Ingredient] = (),
    thumbnail: bytes | None = None,
    assertions: Sequence[Mapping[str, Any]] = (),
    generator: Mapping[str, str] | None = None,
    remote: str | None = None,
    embed: bool = True,
    trusting: str = "",
    stamps: str | None = None,
) -> tuple[bytes, bytes]:
    """The signed file and its manifest store (which is the sidecar where `embed` is false).

    `trusting` is the PEM of roots that the signer's own program trusts, for what it records about ingredients;
    `stamps` is the address of a time-stamp authority.
    """
    sources = [(f"source-{n}", one) for n, one in enumerate(ingredients)]
    done = [_with_sources(action, sources) for action in actions]
    manifest = {
        "title": title,
        "claim_generator_info": [dict(generator or {"name": "Touchstone tests", "version": "1"})],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": done}}, *assertions],
    }
    if thumbnail is not None:
        manifest["thumbnail"] = {"format": "image/jpeg", "identifier": "thumbnail"}
    # Verifying right after signing would refuse what some tests are about: certificates that ran out.
    context = c2pa.Context.from_dict(
        {
            "version": 1,
            "trust": {"user_anchors": trusting} if trusting else {},
            "verify": {"verify_after_sign": False, "verify_trust": bool(trusting), "remote_manifest_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
    signer = c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, leaf.chain.encode(), leaf.key.encode(), stamps)
    )
    out = io.BytesIO()
    with c2pa.Builder(manifest, context) as builder:
        if thumbnail is not None:
            builder.add_resource("thumbnail", io.BytesIO(thumbnail))
        for label, one in sources:
            entry = {"title": one.title, "relationship": one.relationship, "label": label}
            builder.add_ingredient(entry, one.mime, io.BytesIO(one.data))
        if remote is not None:
            builder.set_remote_url(remote)
        if not embed:
            builder.set_no_embed()
        store = builder.sign(signer, mime, io.BytesIO(data), out)
    return out.getvalue(), store


def _with_sources(action: Mapping[str, Any], sources: Sequence[tuple[str, Ingredient]]) -> dict[str, Any]:
    """An opening names what it opened; the specification asks for it."""
    parents = [label for label, one in sources if one.relationship == "parentOf"]
    if action["action"] != "c2pa.opened" or not parents:
        return dict(action)
    return {**action, "parameters": {"ingredientIds": parents}}


def noise(width: int, height: int) -> bytes:
    """A JPEG that compresses badly."""
    grains = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return _saved(Image.fromarray(grains, "RGB"), "JPEG", quality=95)


def picture(seed: int = 1, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A smooth, coloured picture that differs with `seed`."""
    width, height = size
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    planes = [0.5 + 0.5 * np.sin(2 * math.pi * (x * (seed + k) + y * (2 * k + 1))) for k in range(3)]
    return Image.fromarray((np.stack(planes, axis=-1) * 255).astype(np.uint8), "RGB")


def jpeg(seed: int = 1, size: tuple[int, int] = (96, 64)) -> bytes:
    return _saved(picture(seed, size), "JPEG", quality=90)


def png(seed: int = 1, size: tuple[int, int] = (96, 64)) -> bytes:
    return _saved(picture(seed, size), "PNG")


def webp(seed: int = 1, size: tuple[int, int] = (96, 64)) -> bytes:
    return _saved(picture(seed, size), "WEBP")


def _saved(image: Image.Image, name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def wav(seconds: float = 0.25, rate: int = 8000, pitch: float = 440.0) -> bytes:
    out = io.BytesIO()
    samples = [int(12000 * math.sin(2 * math.pi * pitch * n / rate)) for n in range(int(seconds * rate))]
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


def mp4(frames: int = 8, size: tuple[int, int] = (96, 64)) -> bytes:
    import cv2

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 8.0, size)
        for n in range(frames):
            writer.write(np.asarray(picture(n + 1, size))[:, :, ::-1])
        writer.release()
        return path.read_bytes()


def changed(data: bytes, at: float = 0.9) -> bytes:
    """The same file with one byte of its later part altered."""
    where = int(len(data) * at)
    return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]
