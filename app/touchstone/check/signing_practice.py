"""The application's own signer, for practice: its certificate vouches for the files it signed here, and nothing else.

Its root goes on no list of the user's. Beside the record of samples stands one of the files that were signed here, by
SHA-256, and only for those does the root count (`touchstone.check.witnesses`), so that a copy of the key is worth
nothing elsewhere, nor here for any other file. The key of the root is thrown away as soon as it has signed.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from touchstone.check.signing_keys import Identity, IdentityError, identity
from touchstone.paths import Home
from touchstone.store.files import free_name, locked, write_atomically

ORGANISATION = "Touchstone practice"
_ROOT_NAME = "Touchstone Practice Authority (made on this computer)"
_SIGNER_NAME = "made on this computer"  # headlines put it in brackets after the organisation
_LIFE = timedelta(days=5 * 365)
_LEFT = timedelta(days=30)
_VERSION = 1
_LARGEST = 64 * 1024 * 1024
_ROOTS = 16
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ROOT = re.compile(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]{1,8000}-----END CERTIFICATE-----\n")


@dataclass(frozen=True, slots=True)
class PracticeRecord:
    """The files that the practice signer signed on this computer, and the roots (PEM) it stood on."""

    roots: tuple[str, ...] = ()
    files: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def load(cls, home: Home) -> PracticeRecord:
        """What is recorded; nothing where there is no record or it cannot be read as one."""
        try:
            return _parse(_read(_record_path(home)))
        except (OSError, ValueError):
            return cls()


def signer(home: Home) -> Identity:
    """The practice signer of this home, made where there is none or its certificate runs out.

    Raises:
        OSError: it cannot be kept.
    """
    with locked(_lock_path(home)):
        try:
            found = identity(_read(_chain_path(home)), _read(_key_path(home)))
            if found.expires - datetime.now(UTC) > _LEFT:
                return _practice(found)
        except (OSError, IdentityError):
            pass
        return _practice(_made(home))


def remember(home: Home, sha256: str, chain: str) -> None:
    """Record a file as signed by the practice signer, before it gets its name.

    Raises:
        OSError: the record cannot be kept.
    """
    path = _record_path(home)
    root = _ROOT.findall(chain)[-1]
    with locked(_lock_path(home)):
        try:
            record = _parse(_read(path))
        except FileNotFoundError:
            record = PracticeRecord()
        except ValueError:
            path.rename(free_name(path, "damaged"))
            record = PracticeRecord()
        roots = record.roots if root in record.roots else (root, *record.roots)[:_ROOTS]
        document = {"version": _VERSION, "roots": list(roots), "files": sorted(record.files | {sha256})}
        write_atomically(path, json.dumps(document, indent=0).encode())


def _practice(found: Identity) -> Identity:
    return Identity(found.chain, found.algorithm, found.expires, found.untrusted_name, practice=True, sign=found.sign)


def _made(home: Home) -> Identity:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from touchstone.certificate import certificate, pem

    now = datetime.now(UTC).replace(microsecond=0)
    lifetime = (now - timedelta(days=1), now + _LIFE)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate((ORGANISATION, _ROOT_NAME), root_key.public_key(), root_key, lifetime)
    leaf = certificate((ORGANISATION, _SIGNER_NAME), key.public_key(), root_key, lifetime, issuer=root)
    chain = (pem(leaf) + pem(root)).encode()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomically(_key_path(home), secret)
    write_atomically(_chain_path(home), chain)
    return identity(chain, secret)


def _record_path(home: Home) -> Path:
    return home.samples / "practice.json"


def _lock_path(home: Home) -> Path:
    return home.samples / "practice.lock"


def _key_path(home: Home) -> Path:
    return home.samples / "practice-key.pem"


def _chain_path(home: Home) -> Path:
    return home.samples / "practice-chain.pem"


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > _LARGEST:
            raise ValueError("too large")
        return file.read(_LARGEST)


def _parse(data: bytes) -> PracticeRecord:
    """The record in `data`. Raises ValueError where it is not one of this version."""
    try:
        found = json.loads(data)
        roots, files = tuple(found["roots"]), frozenset(found["files"])
        sound = found["version"] == _VERSION and all(map(_ROOT.fullmatch, roots)) and all(map(_SHA256.fullmatch, files))
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a record of practice") from error
    if not sound:
        raise ValueError("another version of the record")
    return PracticeRecord(roots, files)
