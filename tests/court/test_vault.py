"""Sealed votes: kept so that nobody else reads them, and that their owner's key alone brings them back."""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.chain.nodes import PASSWORD, WORK, Scripted

from touchstone.chain import keystore
from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.rpc_signer import RpcSigner
from touchstone.chain.signer import KeystoreSigner
from touchstone.court import salts
from touchstone.court.vault import Kept, SealedVote, Vault, VaultError, VaultTrouble, salt_from, secret_of
from touchstone.court.vault_crypto import BrokenError, OtherKeyError, seal, unseal, unwrap, wrap
from touchstone.paths import Home
from touchstone.registry.court_types import Ballot
from touchstone.store import backup

CHAIN, COURT = 7_031_337, "0x" + "c0" * 20
SEALED_WITH = {"work": 10}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def signer(home: Home) -> KeystoreSigner:
    made = KeystoreSigner(keystore.new(home, "reviewer", PASSWORD, work=WORK))
    made.unlock(PASSWORD)
    return made


def vote_of(signer: Any, ballot: Ballot = Ballot.EDITED, case: int = 4, round_: int = 0) -> tuple[SealedVote, bytes]:
    secret = secret_of(signer, CHAIN, COURT, case, round_)
    return SealedVote(CHAIN, COURT, case, round_, signer.address.lower(), ballot, salt_from(secret)), secret


def put(vault: Vault, signer: Any, ballot: Ballot = Ballot.EDITED, **more: Any) -> tuple[Kept, SealedVote]:
    vote, secret = vote_of(signer, ballot)
    return vault.put(vote, secret=secret, **more), vote


def refused(call: Any) -> VaultError:
    with pytest.raises(VaultError) as caught:
        call()
    return caught.value


def everything(home: Home) -> bytes:
    """Every byte of the home but the keys of accounts."""
    return b"".join(one.read_bytes() for one in home.root.rglob("*") if one.is_file() and home.keys not in one.parents)


# --- opening


def test_a_vote_opens_after_a_restart_with_its_owners_key_alone(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    kept, vote = put(vault, signer)
    assert (kept.commitment, kept.by_itself, kept.only_here, kept.at_hand) == (vote.commitment, False, False, True)
    vault.close()
    later = Vault(home)
    (kept,) = later.of(CHAIN, COURT.upper().replace("X", "x"), 4, 0, signer.address)
    assert not kept.at_hand
    assert refused(lambda: later.open(kept)).code is VaultTrouble.NEEDS_KEY
    assert later.open(kept, signer) == vote
    assert later.of(CHAIN, COURT, 4, 0, signer.address)[0].at_hand
    later.close()


def test_a_wallet_that_locks_in_between_does_not_keep_the_same_process_from_opening(
    home: Home, signer: KeystoreSigner
) -> None:
    vault = Vault(home)
    kept, vote = put(vault, signer)
    signer.lock()
    assert vault.open(kept, signer) == vote
    vault.close()
    with pytest.raises(ChainError) as caught:
        Vault(home).open(kept, signer)
    assert caught.value.code is ChainTrouble.LOCKED


def test_a_saved_instruction_opens_without_any_key(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    kept, vote = put(vault, signer, by_itself=True)
    vault.close()
    shutil.rmtree(home.keys)
    assert kept.by_itself
    assert Vault(home).open(kept) == vote


def test_sealing_again_keeps_the_instruction_and_other_votes_of_the_seat(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    first, _vote = put(vault, signer, by_itself=True)
    again, _vote = put(vault, signer)
    assert (again.id, again.by_itself) == (first.id, True)
    other, _vote = put(vault, signer, Ballot.NOT_ALTERED)
    assert [one.commitment for one in vault.of(CHAIN, COURT, 4, 0, signer.address)] == [
        first.commitment,
        other.commitment,
    ]
    vault.close()


def test_two_windows_see_each_others_votes(home: Home, signer: KeystoreSigner) -> None:
    one, two = Vault(home), Vault(home)
    kept, vote = put(one, signer)
    put(two, signer, Ballot.CANNOT_TELL)
    assert len(one.of(CHAIN, COURT, 4, 0, signer.address)) == 2
    assert two.open(kept, signer) == vote
    one.close()
    two.close()


def test_two_processes_make_one_file_key(home: Home, signer: KeystoreSigner) -> None:
    vaults = [Vault(home) for _ in range(6)]
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda v=vault: found.append(v.opener(CHAIN))) for vault in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    for vault in vaults:
        vault.close()


# --- what others can read


def test_neither_vote_nor_salt_stands_anywhere(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    _kept, vote = put(vault, signer, by_itself=True)
    secret = vault.opener(CHAIN)
    vault.close()
    stored = everything(home)
    for hidden in (bytes.fromhex(vote.salt), vote.salt.encode(), secret, secret_of(signer, CHAIN, COURT, 4, 0)):
        assert hidden not in stored
    assert vote.salt not in repr(vote)
    assert "EDITED" not in repr(vote)


def test_votes_of_every_kind_look_alike(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    for ballot in Ballot:
        put(vault, signer, ballot)
    vault.close()
    with sqlite3.connect(home.vault) as connection:
        lengths = connection.execute("SELECT DISTINCT length(sealed), length(by_wallet) FROM vote").fetchall()
    assert len(lengths) == 1


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_no_other_user_can_read_any_of_it(home: Home, signer: KeystoreSigner) -> None:
    old = os.umask(0)
    try:
        vault = Vault(home)
        kept, _vote = put(vault, signer, by_itself=True)
    finally:
        os.umask(old)
    for path in (*home.root.glob("votes.sqlite3*"), home.vault_keys, home.vault_keys / "opens-by-itself.key"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    vault.close()
    (home.vault_keys / "opens-by-itself.key").chmod(0o644)
    found = refused(lambda: Vault(home).open(kept))
    assert found.code is VaultTrouble.FILE_EXPOSED
    assert Vault(home).open(kept, signer).ballot is Ballot.EDITED, "its owner's key is another way"
    found = refused(lambda: put(Vault(home), signer, Ballot.NOT_ALTERED, by_itself=True))
    assert found.code is VaultTrouble.FILE_EXPOSED


# --- recovery (the vault is gone)


def test_the_key_alone_brings_a_vote_back(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    network = _network()
    for ballot in Ballot:
        kept, vote = put(vault, signer, ballot)
        home_without = Vault(Home(home.root / "elsewhere"))
        assert home_without.of(CHAIN, COURT, 4, 0, signer.address) == ()
        assert salts.recover(signer, network, 4, 0, kept.commitment) is ballot
        assert salts.recovered(signer, network, 4, 0, "0x" + kept.commitment.upper()) == vote
        home_without.close()
    assert salts.recover(signer, network, 5, 0, kept.commitment) is None
    assert salts.recover(signer, network, 4, 1, kept.commitment) is None
    vault.close()


def test_another_account_neither_opens_nor_recovers_it(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    kept, _vote = put(vault, signer)
    vault.close()
    other = KeystoreSigner(keystore.new(home, "other", PASSWORD, work=WORK))
    other.unlock(PASSWORD)
    found = refused(lambda: Vault(home).open(kept, other))
    assert found.code is VaultTrouble.OTHER_KEY
    assert found.params == {"case": 4, "voter": signer.address.lower()}
    assert salts.recover(other, _network(), 4, 0, kept.commitment) is None


def test_a_signer_outside_that_signs_the_same_twice_is_as_good_as_a_key_file(
    home: Home, signer: KeystoreSigner
) -> None:
    outside = Scripted()
    outside.answers["eth_accounts"] = [signer.address.lower()]
    outside.answers["eth_signTypedData_v4"] = lambda params: "0x" + signer.sign_typed_data(json.loads(params[1])).hex()
    try:
        far = RpcSigner(outside.url, signer.address)
        assert secret_of(far, CHAIN, COURT, 4, 0) == secret_of(signer, CHAIN, COURT, 4, 0)
        assert outside.methods().count("eth_signTypedData_v4") == 2
        vault = Vault(home)
        kept, vote = put(vault, signer)
        vault.close()
        assert Vault(home).open(kept, far) == vote
    finally:
        outside.close()


class Dice:
    """A signer that signs differently each time, as some devices do."""

    def __init__(self, signer: KeystoreSigner) -> None:
        self._signer = signer
        self.address = signer.address
        self.asked = 0

    def sign_typed_data(self, _data: Any) -> bytes:
        self.asked += 1
        return secrets.token_bytes(65)


def test_a_signer_that_does_not_sign_the_same_twice_is_found_out(signer: KeystoreSigner) -> None:
    dice = Dice(signer)
    with pytest.raises(ChainError) as caught:
        secret_of(dice, CHAIN, COURT, 4, 0)  # type: ignore[arg-type]
    assert caught.value.code is ChainTrouble.UNSUPPORTED
    assert dice.asked == 2


def test_a_vote_with_a_random_salt_is_here_alone_and_opens_by_itself(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    vote = SealedVote(CHAIN, COURT, 4, 0, signer.address.lower(), Ballot.SYNTHETIC, secrets.token_hex(32))
    kept = vault.put(vote, only_here=True)
    assert (kept.by_itself, kept.only_here) == (True, True)
    vault.close()
    assert Vault(home).open(kept) == vote


def test_a_backup_brings_it_all_back_and_tells_nobody_without_the_password(
    home: Home, signer: KeystoreSigner, tmp_path: Path
) -> None:
    vault = Vault(home)
    vote = SealedVote(CHAIN, COURT, 4, 0, signer.address.lower(), Ballot.SYNTHETIC, secrets.token_hex(32))
    vault.put(vote, only_here=True)
    by_key, other = put(vault, signer)
    path = tmp_path / "all.tsbackup"
    contents = backup.create(home, path, "a password", **SEALED_WITH)
    assert {"votes.sqlite3", "votes/opens-by-itself.key"} <= {member.name for member in contents.members}
    for hidden in (vote.salt, other.salt):
        assert bytes.fromhex(hidden) not in path.read_bytes()
    vault.close()
    elsewhere = Home(tmp_path / "elsewhere")
    with backup.opened(elsewhere, path, "a password") as staged:
        staged.put()
    there = Vault(elsewhere)
    first, second = there.all(CHAIN)
    assert there.open(first) == vote
    assert refused(lambda: there.open(second)).code is VaultTrouble.NEEDS_KEY
    back = KeystoreSigner(keystore.find(elsewhere, "reviewer"))
    back.unlock(PASSWORD)
    assert there.open(by_key, back) == other
    there.close()


# --- damage


def test_a_vault_that_is_no_database_is_set_aside_and_said_once(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    put(vault, signer)
    vault.close()
    home.vault.write_bytes(b"no database " * 1000)
    for side in ("-wal", "-shm"):
        home.vault.with_name(home.vault.name + side).unlink(missing_ok=True)
    broken = Vault(home)
    assert refused(broken.all).code is VaultTrouble.VAULT_DAMAGED
    assert broken.all() == ()
    assert list(home.root.glob("votes.sqlite3.damaged-*")), "it is kept"
    put(broken, signer)
    assert len(broken.all()) == 1
    broken.close()


def test_a_vault_that_a_newer_version_wrote_is_left_alone(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    put(vault, signer)
    vault.close()
    with sqlite3.connect(home.vault) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = home.vault.read_bytes()
    for _time in range(2):
        newer = Vault(home)
        assert refused(lambda v=newer: put(v, signer)).code is VaultTrouble.NEWER
        newer.close()
    assert home.vault.read_bytes() == before


@pytest.mark.parametrize("column", ["sealed", "by_wallet", "commitment", "round", "only_here"])
def test_one_changed_line_is_told_from_a_wrong_key(home: Home, signer: KeystoreSigner, column: str) -> None:
    vault = Vault(home)
    put(vault, signer)
    vault.close()
    with sqlite3.connect(home.vault) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM vote").fetchone()
        if isinstance(value, bytes):
            value = value[:-1] + bytes([value[-1] ^ 1])
        elif isinstance(value, int):
            value = 1 - value
        else:
            value = value[:-1] + ("0" if value[-1] != "0" else "1")
        connection.execute(f"UPDATE vote SET {column} = ?", (value,))
    vault = Vault(home)
    (kept,) = vault.all()
    code = refused(lambda: vault.open(kept, signer)).code
    assert code is (VaultTrouble.OTHER_KEY if column == "round" else VaultTrouble.DAMAGED)
    vault.close()


def test_the_file_with_the_key_is_lost_or_another(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    by_file, vote = put(vault, signer, by_itself=True)
    only = vault.put(dataclasses.replace(vote, salt=secrets.token_hex(32)), only_here=True)
    opener = vault.opener(CHAIN)
    vault.close()
    path = home.vault_keys / "opens-by-itself.key"
    kept = path.read_bytes()
    for content in (None, os.urandom(32), b"short", b"long" * 100):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
            path.chmod(0o600)
        later = Vault(home)
        assert refused(lambda v=later: v.open(by_file)).code is VaultTrouble.FILE_LOST
        assert refused(lambda v=later: v.open(only, signer)).code is VaultTrouble.FILE_LOST
        assert later.open(by_file, signer) == vote, "the key is another way"
        later.close()
    path.write_bytes(kept)
    later = Vault(home)
    assert later.open(only).salt
    assert later.opener(CHAIN) == opener
    path.write_bytes(os.urandom(32))
    assert later.opener(CHAIN) != opener, "an account under a key that is gone is replaced"
    later.close()


@pytest.mark.parametrize("place", ["votes.sqlite3", "votes"])
def test_nothing_is_sealed_where_the_disk_refuses(home: Home, signer: KeystoreSigner, place: str) -> None:
    """Something else stands where the database, or the file with the key, belongs."""
    if place == "votes":
        (home.root / place).write_bytes(b"")
    else:
        (home.root / place).mkdir(parents=True)
    vault = Vault(home)
    assert refused(lambda: put(vault, signer, by_itself=True)).code is VaultTrouble.FAILED
    vault.close()


def test_what_is_forgotten_is_gone(home: Home, signer: KeystoreSigner) -> None:
    vault = Vault(home)
    kept, vote = put(vault, signer)
    other = vault.put(dataclasses.replace(vote, chain_id=1))
    vault.forget_chain(1)
    assert vault.all() == vault.all(CHAIN)
    assert refused(lambda: vault.open(other, signer)).code is VaultTrouble.MISSING
    vault.forget(kept)
    assert refused(lambda: vault.open(kept, signer)).code is VaultTrouble.MISSING
    assert vault.all() == ()
    vault.close()


# --- the format


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.binary(max_size=40), st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_changed_does_not_open(key: bytes, plain: bytes, about: bytes, data: st.DataObject) -> None:
    sealed = seal(key, plain, about)
    assert unseal(key, sealed, about) == plain
    wrapped = wrap(key, key, about)
    assert unwrap(key, wrapped, about) == key
    for whole, opened in ((sealed, unseal), (wrapped, unwrap)):
        at = data.draw(st.integers(0, len(whole) - 1))
        changed = bytearray(whole)
        changed[at] ^= data.draw(st.integers(1, 255))
        cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
        for bad in (bytes(changed), cut, whole + b"\0"):
            with pytest.raises((BrokenError, OtherKeyError)):
                opened(key, bad, about)
        with pytest.raises(BrokenError):
            opened(key, whole, about + b"x")
    other = bytes([key[0] ^ 1]) + key[1:]
    with pytest.raises(BrokenError):
        unseal(other, sealed, about)
    with pytest.raises(OtherKeyError):
        unwrap(other, wrapped, about)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_end_in_a_refusal(data: bytes) -> None:
    for opened in (unseal, unwrap):
        with pytest.raises((BrokenError, OtherKeyError)):
            opened(bytes(32), data, b"")


def _network() -> Any:
    from touchstone.chain.networks import Networks

    return _Seen(Networks.load(Home(Path("/nowhere"))).get("practice").chain_id, COURT)


@dataclasses.dataclass(frozen=True)
class _Seen:
    """What of a network names a court."""

    chain_id: int
    court: str
