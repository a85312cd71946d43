"""Key files: made, taken in, listed, and refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_keyfile import create_keyfile_json
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.chain.nodes import PASSWORD, WORK

from touchstone.chain import keystore
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.paths import Home
from touchstone.texts import chain as words

# The test vector of https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage/
SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
ADDRESS = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b"
SCRYPT_VECTOR: dict[str, Any] = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32,
            "n": 262144,
            "p": 8,
            "r": 1,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def refused(call: Any) -> ChainError:
    with pytest.raises(ChainError) as caught:
        call()
    return caught.value


def test_a_new_key_is_encrypted_and_for_this_user_alone(home: Home) -> None:
    key = keystore.new(home, "agence", PASSWORD, work=WORK)
    assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o700
    document = json.loads(key.path.read_text())
    assert document["version"] == 3
    assert document["crypto"]["kdf"] == "scrypt"
    assert Account.from_key(Account.decrypt(document, PASSWORD)).address == key.address, "another wallet must read it"
    assert keystore.keys(home) == (key,)
    assert keystore.find(home) == keystore.find(home, "AGENCE") == keystore.find(home, key.address.lower()) == key


def test_what_a_new_key_asks_of_a_password_guesser(home: Home) -> None:
    document = json.loads(keystore.new(home, "real", PASSWORD).path.read_text())
    params = document["crypto"]["kdfparams"]
    assert 128 * params["n"] * params["r"] * params["p"] >= 256 * 1024 * 1024


def test_a_keystore_of_another_wallet(home: Home) -> None:
    key = keystore.take(home, "old", json.dumps(SCRYPT_VECTOR), "testpassword", work=WORK)
    assert key.address == ADDRESS
    assert keystore.decrypt(keystore.load(key.path), "testpassword").hex() == SECRET


def test_names_of_members_in_capitals(home: Home) -> None:
    made = create_keyfile_json(bytes.fromhex(SECRET), PASSWORD.encode(), kdf="pbkdf2", iterations=1000)
    shouted = {"Crypto": made["crypto"], "Version": 3}
    assert keystore.take(home, "old", json.dumps(shouted), PASSWORD, work=WORK).address == ADDRESS


@pytest.mark.parametrize("material", [SECRET, "0x" + SECRET, f"  {SECRET.upper()}\n"])
def test_a_key_in_hexadecimal(home: Home, material: str) -> None:
    assert keystore.take(home, "typed", material, PASSWORD, work=WORK).address == ADDRESS


@pytest.mark.parametrize(
    "material",
    ["", "00" * 32, "ff" * 32, SECRET[:-1], SECRET + "0", "[]", "null", "{}", "{" * 500, "seed words of mine"],
)
def test_what_is_no_key(home: Home, material: str) -> None:
    assert refused(lambda: keystore.take(home, "x", material, PASSWORD)).code is ChainTrouble.BAD_KEY
    assert keystore.keys(home) == ()


def test_a_wrong_password(home: Home) -> None:
    key = keystore.new(home, "me", PASSWORD, work=WORK)
    found = refused(lambda: keystore.decrypt(keystore.load(key.path), "wrong password"))
    assert found.code is ChainTrouble.WRONG_PASSWORD
    assert "wrong password" not in str(found.params)
    assert found.__cause__ is None


def test_a_short_password(home: Home) -> None:
    assert refused(lambda: keystore.new(home, "me", "1234567", work=WORK)).code is ChainTrouble.WEAK_PASSWORD


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o666])
def test_a_file_that_others_can_read_is_refused_with_what_to_do(home: Home, mode: int) -> None:
    key = keystore.new(home, "me", PASSWORD, work=WORK)
    key.path.chmod(mode)
    found = refused(lambda: keystore.load(key.path))
    assert found.code is ChainTrouble.EXPOSED_KEY
    assert f"chmod 600 '{key.path}'" in words.trouble(found)[:400]
    assert keystore.keys(home)[0].exposed
    key.path.chmod(0o600)
    assert keystore.decrypt(keystore.load(key.path), PASSWORD)


@pytest.mark.parametrize("keep", [0, 1, 20, 200, -1])
def test_a_truncated_file(home: Home, keep: int) -> None:
    key = keystore.new(home, "me", PASSWORD, work=WORK)
    key.path.write_bytes(key.path.read_bytes()[:keep])
    assert refused(lambda: keystore.load(key.path)).code is ChainTrouble.BAD_KEY
    (listed,) = keystore.keys(home)
    assert listed.damaged
    assert refused(lambda: keystore.find(home, "me")).code is ChainTrouble.NO_KEY


def test_a_file_that_says_another_address(home: Home) -> None:
    """Somebody swapped the label: what would be signed with is not what is shown."""
    key = keystore.new(home, "me", PASSWORD, work=WORK)
    document = json.loads(key.path.read_text()) | {"address": ADDRESS}
    assert refused(lambda: keystore.decrypt(document, PASSWORD)).code is ChainTrouble.BAD_KEY


@pytest.mark.parametrize(
    "params",
    [
        {"n": 2**40},
        {"n": 2**20, "r": 64, "p": 16},
        {"n": 0},
        {"n": -8},
        {"r": 2**30},
        {"p": 2**30},
        {"dklen": 2**31},
        {"n": "many"},
        {"n": None},
        {"n": 3},
    ],
)
def test_a_keystore_made_to_take_all_memory(params: dict[str, Any]) -> None:
    document = {**SCRYPT_VECTOR, "crypto": {**SCRYPT_VECTOR["crypto"]}}
    document["crypto"]["kdfparams"] = {**SCRYPT_VECTOR["crypto"]["kdfparams"], **params}
    assert refused(lambda: keystore.decrypt(document, PASSWORD)).code is ChainTrouble.BAD_KEY


@pytest.mark.parametrize("change", [{"version": 4}, {"version": 1}, {"crypto": None}, {"crypto": {"kdf": "none"}}])
def test_a_keystore_of_another_kind(change: dict[str, Any]) -> None:
    assert refused(lambda: keystore.decrypt({**SCRYPT_VECTOR, **change}, PASSWORD)).code is ChainTrouble.BAD_KEY


_NAMES = st.sampled_from(["crypto", "kdf", "kdfparams", "n", "r", "p", "dklen", "version", "cipherparams", "x"])


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda inner: st.dictionaries(_NAMES, inner, max_size=4)
    )
)
@settings(max_examples=100)
def test_whatever_else_a_file_holds(document: Any) -> None:
    if isinstance(document, dict):
        assert refused(lambda: keystore.decrypt(document, PASSWORD)).code is ChainTrouble.BAD_KEY


def test_names_are_taken_once(home: Home) -> None:
    key = keystore.new(home, "me", PASSWORD, work=WORK)
    assert refused(lambda: keystore.new(home, "ME", PASSWORD, work=WORK)).code is ChainTrouble.KEY_EXISTS
    secret = keystore.decrypt(keystore.load(key.path), PASSWORD).hex()
    assert refused(lambda: keystore.take(home, "two", secret, PASSWORD, work=WORK)).code is ChainTrouble.KEY_EXISTS


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "two\nlines", "\u202eevil"])
def test_names_that_are_none(home: Home, name: str) -> None:
    found = refused(lambda: keystore.new(home, name, PASSWORD, work=WORK))
    assert (found.code, found.params["what"]) == (ChainTrouble.BAD_KEY, "name")


def test_which_of_several(home: Home) -> None:
    assert refused(lambda: keystore.find(home)).code is ChainTrouble.NO_KEY
    keystore.new(home, "one", PASSWORD, work=WORK)
    keystore.new(home, "two", PASSWORD, work=WORK)
    found = refused(lambda: keystore.find(home))
    assert (found.code, found.params["count"]) == (ChainTrouble.NO_KEY, 2)
    assert keystore.find(home, "two").name == "two"


def test_a_key_outside(home: Home) -> None:
    key = keystore.attach(home, "device", ADDRESS.lower(), "http://127.0.0.1:1248")
    assert (key.address, key.url) == (ADDRESS, "http://127.0.0.1:1248")
    assert keystore.find(home, "device") == key
    assert refused(lambda: keystore.attach(home, "x", ADDRESS, "http://10.0.0.1")).code is ChainTrouble.BAD_NETWORK


# https://eips.ethereum.org/EIPS/eip-55
CHECKSUMMED = ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"]


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_checksums(address: str) -> None:
    assert keystore.checksummed(address) == address
    assert keystore.checksummed(address.lower()) == address
    assert (
        refused(lambda: keystore.checksummed(address.replace("5a", "5A").replace("fB", "Fb"))).code
        is ChainTrouble.BAD_KEY
    )
    assert refused(lambda: keystore.checksummed(address[:-1])).code is ChainTrouble.BAD_KEY
