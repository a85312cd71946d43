"""The keys of this user: one file each, encrypted with a password, readable by this user only.

A key file is a keystore of version 3 (https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage/)
with scrypt, and a `name` beside the members that other wallets read. A key that lives in a signer outside has a file
with its address and where to ask. Windows has no permission bits: there, who can read a file is not looked at.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from touchstone.chain import safe_json
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.eth_libraries import nesting_kept
from touchstone.chain.keccak import keccak256
from touchstone.chain.networks import chain_error, usable_url
from touchstone.paths import Home
from touchstone.store.files import locked, make_folder, write_atomically

SCRYPT_N = 2**18  # 256 MiB and about a second; what other wallets use
SHORTEST_PASSWORD = 8
_LARGEST_SCRYPT = 2**30  # bytes that a keystore may ask for
_MOST_ROUNDS = 10_000_000  # of PBKDF2
_LARGEST = 64 * 1024  # bytes in a key file
_LONGEST_NAME = 40
_HEX_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its address (checksummed), the user's name for it, where its file is, and the signer that has it.

    `url` is empty where the file itself holds the key. `exposed` is whether others can read the file, `damaged`
    whether it is no key file; a key that is either is never used.
    """

    address: str
    name: str
    path: Path
    url: str = ""
    created: str = ""
    exposed: bool = False
    damaged: bool = False


def keys(home: Home) -> tuple[Key, ...]:
    """Every key file, by name. Nothing is decrypted."""
    try:
        found = [_described(path) for path in home.keys.glob("*.json")]
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda key: (key.name.casefold(), key.address)))


def find(home: Home, who: str = "") -> Key:
    """The key of that name or address; the only one there is where `who` is empty.

    Raises:
        ChainError: NO_KEY {untrusted_name, count}: there is none, or several to choose from.
    """
    usable = [key for key in keys(home) if not key.damaged]
    wanted = who.casefold()
    matching = [key for key in usable if not who or wanted in {key.name.casefold(), key.address.casefold()}]
    if len(matching) != 1:
        raise ChainError(ChainTrouble.NO_KEY, untrusted_name=who, count=len(matching) if not who else 0)
    return matching[0]


def new(home: Home, name: str, password: str, work: int = SCRYPT_N) -> Key:
    """Make a key and keep it.

    Raises:
        ChainError: WEAK_PASSWORD, KEY_EXISTS (the name is taken), BAD_KEY {what: name}, or what the disk refuses.
    """
    while True:
        secret = os.urandom(32)
        if 0 < int.from_bytes(secret, "big") < _ORDER:
            return _keep(home, name, secret, password, work)


def take(home: Home, name: str, material: str, password: str, work: int = SCRYPT_N) -> Key:
    """Keep a key that was made elsewhere: 64 hexadecimal digits, or the text of a keystore with the same password.

    Raises:
        ChainError: BAD_KEY, WRONG_PASSWORD, WEAK_PASSWORD, KEY_EXISTS, or what the disk refuses.
    """
    material = material.strip()
    if _HEX_KEY.fullmatch(material):
        secret = bytes.fromhex(material.removeprefix("0x"))
        if not 0 < int.from_bytes(secret, "big") < _ORDER:
            raise ChainError(ChainTrouble.BAD_KEY)
    else:
        secret = decrypt(_parsed(material.encode()), password)
    return _keep(home, name, secret, password, work)


def attach(home: Home, name: str, address: str, url: str) -> Key:
    """Write down a key that lives in a signer outside, reached by JSON-RPC at `url`.

    Raises:
        ChainError: BAD_NETWORK {what: url}, KEY_EXISTS, BAD_KEY {what: name | address}, or what the disk refuses.
    """
    if not usable_url(url):
        raise ChainError(ChainTrouble.BAD_NETWORK, what="url")
    return _write(home, name, {"address": checksummed(address), "signer": "json-rpc", "url": url})


def checksummed(address: str) -> str:
    """An address with the letter case of its checksum (EIP-55).

    Raises:
        ChainError: BAD_KEY {what: address}.
    """
    digits = address[2:].lower()
    if not _ADDRESS.fullmatch(address):
        raise ChainError(ChainTrouble.BAD_KEY, what="address")
    marks = keccak256(digits.encode()).hex()
    written = "0x" + "".join(c.upper() if int(mark, 16) > 7 else c for c, mark in zip(digits, marks, strict=False))
    if address[2:] not in {digits, digits.upper(), written[2:]}:
        raise ChainError(ChainTrouble.BAD_KEY, what="address")  # mistyped
    return written


def load(path: Path) -> Mapping[str, Any]:
    """The keystore at `path`, as long as nobody else can read it.

    Raises:
        ChainError: EXPOSED_KEY {untrusted_path}, BAD_KEY, NO_KEY.
    """
    try:
        with path.open("rb") as file:
            if exposed(os.fstat(file.fileno()).st_mode):
                raise ChainError(ChainTrouble.EXPOSED_KEY, untrusted_path=str(path))
            return _parsed(file.read(_LARGEST + 1))
    except FileNotFoundError as error:
        raise ChainError(ChainTrouble.NO_KEY, untrusted_name=path.name, count=0) from error
    except OSError as error:
        raise chain_error(error) from error


def decrypt(keystore: Mapping[str, Any], password: str) -> bytes:
    """The 32 bytes of the key in a keystore.

    Raises:
        ChainError: WRONG_PASSWORD, or BAD_KEY: damaged, of another kind, or made to need more memory than there is.
    """
    with nesting_kept():
        from eth_keyfile.keyfile import decode_keyfile_json

    _refuse_excess(keystore)
    try:
        secret = bytes(decode_keyfile_json(dict(keystore), password.encode()))
    except ValueError as error:
        wrong = "MAC mismatch" in str(error)
        raise ChainError(ChainTrouble.WRONG_PASSWORD if wrong else ChainTrouble.BAD_KEY) from None
    except Exception:  # noqa: BLE001 - a hostile file finds many ways; what they say may hold what was typed
        raise ChainError(ChainTrouble.BAD_KEY) from None
    stated = str(keystore.get("address", "")).lower().removeprefix("0x")
    if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < _ORDER:
        raise ChainError(ChainTrouble.BAD_KEY)
    if stated and stated != address_of(secret).lower().removeprefix("0x"):
        raise ChainError(ChainTrouble.BAD_KEY)
    return secret


def address_of(secret: bytes) -> str:
    """The address of a key."""
    from eth_keys.datatypes import PrivateKey

    return str(PrivateKey(secret).public_key.to_checksum_address())


def exposed(mode: int) -> bool:
    """Whether permission bits let anybody but the owner read or write."""
    return os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)


def _keep(home: Home, name: str, secret: bytes, password: str, work: int) -> Key:
    with nesting_kept():
        from eth_keyfile.keyfile import create_keyfile_json

    if len(password) < SHORTEST_PASSWORD:
        raise ChainError(ChainTrouble.WEAK_PASSWORD, shortest=SHORTEST_PASSWORD)
    made = create_keyfile_json(secret, password.encode(), kdf="scrypt", iterations=work)
    return _write(home, name, {**made, "address": address_of(secret)})


def _write(home: Home, name: str, document: Mapping[str, Any]) -> Key:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ChainError(ChainTrouble.BAD_KEY, what="name")
    address = str(document["address"])
    path = home.keys / f"{address}.json"
    created = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        make_folder(home.keys)
        home.keys.chmod(0o700)
        with locked(home.keys / ".lock"):
            taken = [k for k in keys(home) if k.address == address or k.name.casefold() == name.casefold()]
            if taken or path.exists():
                raise ChainError(ChainTrouble.KEY_EXISTS, untrusted_name=taken[0].name if taken else path.name)
            write_atomically(path, json.dumps({**document, "name": name, "created": created}).encode())
    except OSError as error:
        raise chain_error(error) from error
    return _described(path)


def _described(path: Path) -> Key:
    try:
        mode = path.stat().st_mode
        with path.open("rb") as file:
            document = _parsed(file.read(_LARGEST + 1))
        url = str(document.get("url", "")) if document.get("signer") == "json-rpc" else ""
        address = checksummed(str(document["address"]))
        if not url:
            _refuse_excess(document)
    except (OSError, KeyError, ChainError):
        return Key("", path.name, path, damaged=True)
    name, created = str(document.get("name", path.stem)), str(document.get("created", ""))
    return Key(address, name[:_LONGEST_NAME], path, url, created, exposed=not url and exposed(mode))


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        document = safe_json.parse(raw) if len(raw) <= _LARGEST else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ChainError(ChainTrouble.BAD_KEY)
    # Old wallets wrote the members' names with capitals.
    return {str(key).lower(): value for key, value in document.items()}


def _refuse_excess(keystore: Mapping[str, Any]) -> None:
    """BAD_KEY for what is no keystore of version 3, or would take memory or time without end."""
    try:
        crypto = keystore["crypto"]
        params = crypto["kdfparams"]
        if crypto["kdf"] == "scrypt":
            n, r, p = (int(params[name]) for name in ("n", "r", "p"))
            sound = 1 < n <= _LARGEST_SCRYPT and 0 < r <= 64 and 0 < p <= 16 and 128 * n * r * p <= _LARGEST_SCRYPT
        else:
            sound = crypto["kdf"] == "pbkdf2" and 0 < int(params["c"]) <= _MOST_ROUNDS
        sound = sound and int(params["dklen"]) == 32 and keystore["version"] == 3
    except (KeyError, TypeError, ValueError):
        sound = False
    if not sound:
        raise ChainError(ChainTrouble.BAD_KEY)
