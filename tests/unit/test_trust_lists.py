"""Trust lists: what is taken, what is refused, and that they stay apart on the disk."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import json
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from tests.making import Authority, now

from touchstone.store.files import Trouble
from touchstone.trust import releases
from touchstone.trust.certificates import LARGEST, ListRefusedError, Refusal, parse
from touchstone.trust.lists import Slot, TrustError, TrustStore

DATA = Path(__file__).parents[3] / "shared" / "data" / "c2pa" / "trust"

SCHEMA = '{"schema": "touchstone.trust/1", "lists": '


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority.create("Root")


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def as_json(
    *roots: Authority,
    name: str = "C2PA Trust List",
    issued: str = "2026-01-02T03:04:05Z",
    status: str = "http://c2pa.org/conformance/trust-list/trusted",
) -> bytes:
    """A list of trusted entities in the form that the C2PA publishes."""
    services = [
        {
            "ServiceInformation": {
                "ServiceStatus": status,
                "ServiceDigitalIdentity": {
                    "X509Certificates": [{"val": base64.b64encode(der(r.certificate)).decode()}]
                },
            }
        }
        for r in roots
    ]
    about = {"SchemeName": [{"lang": "en", "value": name}], "ListIssueDateTime": issued, "NextUpdate": "2027-01-02T03:04:05Z"}  # fmt: skip  # noqa: E501
    body = {"ListAndSchemeInformation": about, "TrustedEntitiesList": [{"TrustedEntityServices": services}]}
    return json.dumps({"LoTE": body}).encode()


def text(authority: Authority) -> str:
    return base64.b64encode(der(authority.certificate)).decode()


def refusal(data: bytes) -> Refusal:
    with pytest.raises(ListRefusedError) as caught:
        parse(data)
    return caught.value.refusal


class TestParse:
    def test_pem_with_words_around_it(self, root: Authority) -> None:
        data = f"# Our roots\nSubject: {root.certificate.subject}\n{root.pem}\nthe end".encode()
        parsed = parse(data)
        assert (parsed.count, parsed.expired, parsed.unreadable) == (1, 0, 0)
        assert parsed.pem.split() == root.pem.split()
        assert parsed.sha256 == hashlib.sha256(data).hexdigest()

    def test_each_certificate_once(self, root: Authority) -> None:
        assert parse((root.pem * 3).encode()).count == 1

    def test_der(self, root: Authority) -> None:
        assert parse(der(root.certificate)).pem.split() == root.pem.split()

    def test_json_says_when_it_was_issued(self, root: Authority) -> None:
        parsed = parse(as_json(root))
        assert (parsed.issued, parsed.next_update) == ("2026-01-02T03:04:05Z", "2027-01-02T03:04:05Z")
        assert parsed.pem.split() == root.pem.split()

    def test_services_that_are_no_longer_trusted_are_left_out(self, root: Authority) -> None:
        withdrawn = as_json(root, status="http://c2pa.org/conformance/trust-list/withdrawn")
        assert refusal(withdrawn) is Refusal.NOT_A_LIST

    def test_time_stamp_authorities_are_told_by_name_or_by_usage(self, root: Authority) -> None:
        assert parse(as_json(root, name="C2PA TSA Trust List")).time_stamps
        assert not parse(as_json(root)).time_stamps
        stamping = root.leaf(usage=x509.oid.ExtendedKeyUsageOID.TIME_STAMPING).chain
        assert parse(stamping.encode()).time_stamps
        assert not parse((stamping + root.leaf().chain).encode()).time_stamps

    def test_expired_certificates_are_counted(self, root: Authority) -> None:
        old = Authority.create("Old", years=(-9, -1))
        parsed = parse((root.pem + old.pem).encode())
        assert (parsed.count, parsed.expired) == (2, 1)
        assert refusal(old.pem.encode()) is Refusal.ALL_EXPIRED

    def test_signers_are_not_authorities(self, root: Authority) -> None:
        leaf = root.leaf().chain.removesuffix(root.pem)
        assert refusal(leaf.encode()) is Refusal.NO_AUTHORITY
        assert parse((leaf + root.pem).encode()).count == 2

    def test_a_certificate_that_cannot_be_read_is_counted_and_left_out(self, root: Authority) -> None:
        bad = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIB\n-----END CERTIFICATE-----\n"
        parsed = parse((bad + root.pem).encode())
        assert (parsed.count, parsed.unreadable) == (1, 1)
        assert refusal(bad.encode()) is Refusal.NO_CERTIFICATE

    def test_a_private_key_is_refused_however_it_is_written(self, root: Authority) -> None:
        for kind in serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL:
            for locked in serialization.NoEncryption(), serialization.BestAvailableEncryption(b"x"):
                key = root.key.private_bytes(serialization.Encoding.PEM, kind, locked)
                assert refusal(root.pem.encode() + key) is Refusal.PRIVATE_KEY

    @pytest.mark.parametrize(
        "data", [b"", b"rubbish", b"{}", b'{"LoTE": []}', b"{" * 5000, b'{"LoTE":' + b"[" * 50_000]
    )
    def test_rubbish(self, data: bytes) -> None:
        assert refusal(data) is Refusal.NOT_A_LIST

    def test_a_huge_file(self) -> None:
        assert refusal(bytes(LARGEST + 1)) is Refusal.TOO_LARGE

    def test_too_many(self) -> None:
        assert refusal(b"-----BEGIN CERTIFICATE-----AA==-----END CERTIFICATE-----" * 2001) is Refusal.TOO_MANY

    @given(st.binary(max_size=300), st.sampled_from([b"", b"{", b"\x30\x82", b"-----BEGIN CERTIFICATE-----\n"]))
    def test_any_bytes_are_taken_or_refused(self, data: bytes, start: bytes) -> None:
        with contextlib.suppress(ListRefusedError):
            parse(start + data + b"-----END CERTIFICATE-----")

    @given(
        st.recursive(  # of the names that the form has
            st.none() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "LoTE",
                            "ListAndSchemeInformation",
                            "TrustedEntitiesList",
                            "TrustedEntityServices",
                            "SchemeName",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
        )
    )
    def test_any_json_is_taken_or_refused(self, data: object) -> None:
        with contextlib.suppress(ListRefusedError):
            parse(json.dumps({"LoTE": data}).encode())


class TestStore:
    def test_three_lists_kept_apart(self, tmp_path: Path, root: Authority) -> None:
        store = TrustStore(tmp_path)
        roots = {slot: Authority.create(slot) for slot in Slot}
        for slot, authority in roots.items():
            store.add(authority.pem.encode(), f"{slot}.pem", slot)
        store.add(as_json(root, name="C2PA TSA Trust List"), "https://x.example/TSA.json", Slot.OFFICIAL)
        snapshot = TrustStore(tmp_path).snapshot()
        assert {slot: pem.split() for slot, pem in snapshot.anchors.items()} == {
            slot: authority.pem.split() for slot, authority in roots.items()
        }
        assert snapshot.time_stamps.split() == root.pem.split()
        assert snapshot.dates()["time-stamps"] == "2026-01-02"
        assert set(snapshot.dates()) == {"official", "interim", "yours", "time-stamps"}

    def test_an_official_list_replaces_the_one_before_and_yours_add_up(self, tmp_path: Path, root: Authority) -> None:
        store, other = TrustStore(tmp_path), Authority.create("Other")
        for slot in (Slot.OFFICIAL, Slot.YOURS):
            for authority in (root, other):
                store.add(authority.pem.encode(), "list.pem", slot)
        anchors = store.snapshot().anchors
        assert anchors[Slot.OFFICIAL].split() == other.pem.split()
        assert anchors[Slot.YOURS].count("BEGIN") == 2
        assert len(list(tmp_path.glob("*.pem"))) == 3  # what was replaced is gone

    def test_taking_the_same_file_again_changes_nothing_but_its_date(self, tmp_path: Path, root: Authority) -> None:
        store = TrustStore(tmp_path)
        store.add(root.pem.encode(), "a.pem")
        store.add(root.pem.encode(), "b.pem")
        assert len(store.snapshot().lists) == 1

    def test_an_older_official_list_is_refused(self, tmp_path: Path, root: Authority) -> None:
        store = TrustStore(tmp_path)
        store.add(as_json(root, issued="2026-05-05T00:00:00Z"), "new.json", Slot.OFFICIAL)
        with pytest.raises(ListRefusedError) as caught:
            store.add(as_json(root, issued="2026-04-05T00:00:00Z"), "old.json", Slot.OFFICIAL)
        assert caught.value.refusal is Refusal.OLDER
        assert store.snapshot().lists[0].name == "new.json"

    def test_time_stamp_authorities_go_to_the_official_list_only(self, tmp_path: Path, root: Authority) -> None:
        for slot in (Slot.YOURS, Slot.INTERIM):
            with pytest.raises(ListRefusedError) as caught:
                TrustStore(tmp_path).add(as_json(root, name="C2PA TSA Trust List"), "tsa.json", slot)
            assert caught.value.refusal is Refusal.TIME_STAMPS_ELSEWHERE

    def test_overdue(self, tmp_path: Path, root: Authority) -> None:
        entry = TrustStore(tmp_path).add(as_json(root), "list.json", Slot.OFFICIAL)
        due = datetime.datetime.fromisoformat("2027-01-02T03:04:05Z")
        assert not entry.overdue(due - datetime.timedelta(seconds=1))
        assert entry.overdue(due + datetime.timedelta(seconds=1))
        assert not TrustStore(tmp_path).add(root.pem.encode(), "mine.pem").overdue(now())

    def test_a_list_of_unknown_origin_is_said_to_be_one(self, tmp_path: Path, root: Authority) -> None:
        assert not TrustStore(tmp_path).add(as_json(root), "list.json", Slot.OFFICIAL).recognised

    def test_removed(self, tmp_path: Path, root: Authority) -> None:
        store = TrustStore(tmp_path)
        entry = store.add(root.pem.encode(), "mine.pem")
        assert store.remove(entry.sha256)
        assert not store.remove(entry.sha256)
        assert not store.snapshot().lists
        assert not list(tmp_path.glob("*.pem"))

    def test_altered_certificates_are_not_used(self, tmp_path: Path, root: Authority) -> None:
        store, other = TrustStore(tmp_path), Authority.create("Intruder")
        store.add(root.pem.encode(), "mine.pem")
        (stored,) = tmp_path.glob("*.pem")
        stored.write_text(other.pem)
        snapshot = store.snapshot()
        assert (snapshot.anchors, snapshot.lists, snapshot.damaged) == ({}, (), ("mine.pem",))
        store.add(root.pem.encode(), "mine.pem")
        assert store.snapshot().damaged == ()

    @pytest.mark.parametrize(
        "index",
        [
            "",
            "[]",
            "{}",
            '{"schema": "touchstone.trust/9", "lists": []}',
            '{"schema": "touchstone.trust/1", "lists": [{}]}',
        ],
    )
    def test_a_damaged_index_trusts_nobody(self, tmp_path: Path, index: str) -> None:
        (tmp_path / "index.json").write_text(index)
        snapshot = TrustStore(tmp_path).snapshot()
        assert (snapshot.lists, snapshot.damaged) == ((), ("index.json",))

    def test_an_index_that_points_out_of_its_folder_is_refused(self, tmp_path: Path, root: Authority) -> None:
        TrustStore(tmp_path).add(root.pem.encode(), "mine.pem")
        path = tmp_path / "index.json"
        document = json.loads(path.read_text())
        document["lists"][0]["stored"] = "../../" + document["lists"][0]["stored"][6:]
        path.write_text(json.dumps(document))
        assert TrustStore(tmp_path).snapshot().damaged == ("index.json",)

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path, root: Authority) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(TrustError) as caught:
            TrustStore(tmp_path / "file").add(root.pem.encode(), "mine.pem")
        assert caught.value.trouble is Trouble.FAILED

    def test_two_windows_at_once_lose_nothing(self, tmp_path: Path) -> None:
        roots = [Authority.create(f"Root {n}") for n in range(8)]
        threads = [
            threading.Thread(target=TrustStore(tmp_path).add, args=(r.pem.encode(), f"{n}.pem"))
            for n, r in enumerate(roots)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(TrustStore(tmp_path).snapshot().lists) == len(roots)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no published lists at {DATA}")
class TestPublishedLists:
    @pytest.mark.parametrize("name", ["C2PA-TRUST-LIST", "C2PA-TSA-TRUST-LIST"])
    def test_both_forms_are_recognised_and_hold_the_same(self, tmp_path: Path, name: str) -> None:
        found = []
        for suffix in ("json", "pem"):
            store = TrustStore(tmp_path / suffix)
            data = (DATA / "official" / f"{name}.{suffix}").read_bytes()
            entry = store.add(data, f"{name}.{suffix}", Slot.OFFICIAL)
            assert entry.recognised
            assert entry.unreadable == 0
            found.append((entry.count, entry.issued, entry.next_update, entry.time_stamps))
        assert found[0] == found[1]
        assert found[0][1].startswith("2026-08-05")
        assert found[0][3] is ("TSA" in name)

    def test_the_interim_list_is_recognised_as_such_and_only_there(self, tmp_path: Path) -> None:
        data = (DATA / "interim" / "anchors.pem").read_bytes()
        assert TrustStore(tmp_path).add(data, "anchors.pem", Slot.INTERIM).recognised
        assert not TrustStore(tmp_path).add(data, "anchors.pem", Slot.OFFICIAL).recognised

    def test_known_hashes_are_of_files_that_are_there(self) -> None:
        hashes = {hashlib.sha256(p.read_bytes()).hexdigest() for p in DATA.glob("*/*")}
        assert set(releases.KNOWN) <= hashes
