import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from touchstone.check.samples import NAMES, Generation, SampleRecord, SamplesFailure
from touchstone.paths import Home
from touchstone.samples import carry
from touchstone.samples.authority import Authority
from touchstone.texts import samples as texts

FORBIDDEN = ("authentic", "genuine", " real", "fake", "verified true")
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def a_generation(number):
    return Generation(f"2026-01-0{number}", PEM, {f"{number:064x}": "01-signed.jpg"}, f"{number + 100:064x}")


def stored(home, record):
    entries = [dataclasses.asdict(generation) for generation in record.generations]
    home.samples.mkdir(parents=True)
    (home.samples / "record.json").write_text(json.dumps({"version": 1, "generations": entries}))


def test_a_record_is_read_as_it_was_kept(tmp_path):
    home, record = Home(tmp_path), SampleRecord((a_generation(2), a_generation(1)))
    stored(home, record)
    assert SampleRecord.load(home) == record
    assert f"{1:064x}" in record
    assert f"{9:064x}" not in record
    assert f"{101:064x}" not in record  # the README is ours, but no sample
    assert record.knows(f"{101:064x}")


def test_only_a_few_sets_are_remembered_newest_first():
    record = SampleRecord()
    for number in range(1, 9):
        record = record.with_newest(a_generation(number))
    assert [generation.made[-1] for generation in record.generations] == ["8", "7", "6", "5", "4"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
shaped = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "generations": json_values
        | st.lists(
            st.fixed_dictionaries({"made": json_values, "root": st.just(PEM) | json_values, "files": json_values,
                                   "readme": json_values})
        ),
    }
)  # fmt: skip


@given(data=st.binary(max_size=300) | (json_values | shaped).map(lambda value: json.dumps(value).encode()))
def test_whatever_the_record_holds_loading_it_gives_a_record(tmp_path_factory, data):
    home = Home(tmp_path_factory.mktemp("home"))
    home.samples.mkdir()
    (home.samples / "record.json").write_bytes(data)
    record = SampleRecord.load(home)
    assert all(len(digest) == 64 for digest in record.sha256)
    assert all(generation.root.startswith("-----BEGIN CERTIFICATE-----") for generation in record.generations)


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: entry | {"root": "-----BEGIN PRIVATE KEY-----"},
        lambda entry: entry | {"root": PEM + "and more"},
        lambda entry: entry | {"files": {"A" * 64: "x"}},
        lambda entry: entry | {"files": ["0" * 64]},
        lambda entry: {key: value for key, value in entry.items() if key != "readme"},
    ],
)
def test_a_damaged_set_counts_for_nothing(damage, tmp_path):
    home = Home(tmp_path)
    stored(home, SampleRecord((a_generation(1),)))
    path = home.samples / "record.json"
    found = json.loads(path.read_text())
    found["generations"][0] = damage(found["generations"][0])
    path.write_text(json.dumps(found))
    assert SampleRecord.load(home) == SampleRecord()


def test_every_sample_and_every_failure_has_its_words():
    said = [texts.describe(code) for code in NAMES]
    said += [texts.problem(failure, "/place", "name") for failure in SamplesFailure]
    said.append(texts.readme(NAMES))
    assert len(set(said)) == len(said)
    for sentence in said:
        assert not [word for word in FORBIDDEN if word in sentence.lower()], sentence


def test_names_from_the_disk_are_shown_as_plain_text():
    assert "\u202e" not in texts.problem("not-ours", "/a\u202eb", "x\u202ey")


class TestAuthority:
    def test_a_signature_verifies_under_the_chain(self):
        authority = Authority()
        identity = authority.signer()
        leaf, root = x509.load_pem_x509_certificates(identity.chain.encode())
        assert x509.load_pem_x509_certificate(authority.root.encode()) == root
        leaf.verify_directly_issued_by(root)
        root.verify_directly_issued_by(root)
        signature = identity.sign(b"data")
        r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
        leaf.public_key().verify(encode_dss_signature(r, s), b"data", ec.ECDSA(hashes.SHA256()))
        assert len(signature) == 64

    def test_the_profile_of_the_leaf(self):
        leaf, root = x509.load_pem_x509_certificates(Authority().signer().chain.encode())
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
        assert usage.critical
        assert usage.value.digital_signature
        assert not usage.value.key_cert_sign
        purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purposes) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
        issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        subject = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        assert issuer.key_identifier == subject.digest
        assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca

    def test_every_authority_and_every_signer_has_a_key_of_its_own(self):
        first, second = Authority(), Authority()
        assert first.root != second.root
        assert first.signer().chain != first.signer().chain

    def test_a_short_life_is_short_and_lies_within_the_roots(self):
        authority = Authority()
        identity = authority.expiring(3)
        leaf, root = x509.load_pem_x509_certificates(identity.chain.encode())
        left = leaf.not_valid_after_utc - datetime.now(UTC)
        assert timedelta(seconds=1) < left <= timedelta(seconds=3)
        assert identity.expires == leaf.not_valid_after_utc
        assert (
            root.not_valid_before_utc < leaf.not_valid_before_utc < leaf.not_valid_after_utc < root.not_valid_after_utc
        )

    def test_names_say_what_it_is(self):
        leaf, root = x509.load_pem_x509_certificates(Authority().signer().chain.encode())
        for certificate in (leaf, root):
            name = certificate.subject.rfc4514_string()
            assert "sample" in name.lower()
            assert "made on this computer" in name


class TestCarry:
    def test_files_without_a_manifest_have_none_to_carry(self):
        plain = b"\xff\xd8\xff\xe0\x00\x10" + bytes(14) + b"\xff\xda\x00\x02"
        with pytest.raises(ValueError, match="no manifest"):
            carry.jpeg_into(plain, plain)
        assert carry.jpeg_without(plain) == plain

    def test_sounds_of_different_length_are_refused(self):
        from tests.making import wav

        with pytest.raises(ValueError, match="shape"):
            carry.wav_into(wav(0.1), wav(0.1), wav(0.2))
