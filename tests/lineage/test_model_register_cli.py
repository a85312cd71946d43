"""`touchstone model register` and what can be said of a model afterwards, as it is typed, on a practice ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lineage import audited, records
from tests.lineage.records import hashed

from touchstone.chain import keystore
from touchstone.chain.signer import open_signer
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.cli import main as command_line
from touchstone.lineage import canonical, record, seal
from touchstone.paths import Home

WORK = 2**4
PASSWORD = "correct horse battery"
Run = Callable[..., tuple[int, str, str]]


def main(folder: Path, *arguments: object, sends: bool = False) -> int:
    more = ["--password-file", folder / "password", "--yes"] if sends else []
    return command_line.main([str(a) for a in ("--home", folder / "home", *arguments, *more)], lambda _home: 99)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a publisher whose key sealed a model, and a second publisher of the same key."""
    folder = tmp_path_factory.mktemp("registering")
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    before = keystore.new.__defaults__
    keystore.new.__defaults__ = (WORK,)
    try:
        for name in ("Agence X", "Agence Y"):
            assert main(folder, "publisher", "create", name, sends=True) == 0
    finally:
        keystore.new.__defaults__ = before
    audited.make(folder / "model", checkpoints=False)
    resealed(folder)
    return folder


def resealed(folder: Path, where: Path | None = None, signer: Any = None) -> None:
    own = signer or open_signer(keystore.find(Home(folder / "home")), ask=lambda: PASSWORD)
    model = where or folder / "model"
    (model / seal.SEAL).write_bytes(seal.make(model, own))


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    shutil.copytree(begun, tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, sends: bool = True) -> tuple[int, str, str]:
        code = main(folder, "model", *arguments, sends=sends)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


@pytest.fixture
def registered(folder: Path, run: Run) -> str:
    """The id of the model, registered for the first publisher."""
    code, out, err = run("register", folder / "model", "--publisher", 1, "--json")
    assert code == 0, err
    return str(json.loads(out)["model"])


class TestRegistering:
    def test_what_the_files_say_together_is_registered_once(self, run, folder):
        code, out, err = run("register", folder / "model", "--publisher", 1, "--uri", "https://x.example/m", "--json")
        assert code == 0, err
        told, done = record.read(folder / "model" / "record.json"), json.loads(out)
        assert (done["already"], done["publisher"], done["id"]) == (False, 1, "brightness")
        assert (done["data_root"], done["items"]) == (told.data.root, 12)
        assert (done["record"], done["evaluation"], done["parents"]) == (told.sha256, told.evaluation, [])
        assert "trained on 12 items" in err
        code, out, _err = run("register", folder / "model", "--publisher", 1, "--json")
        again = json.loads(out)
        assert (code, again["already"], again["model"]) == (0, True, done["model"])
        # Another publisher may say it too; that somebody has is told.
        code, out, err = run("register", folder / "model", "--publisher", 2)
        assert code == 0, err
        assert "Publisher 1 (Agence X) has registered the same manifest" in err
        assert "is registered for publisher 2" in out

    def test_which_publisher_has_to_be_said_where_there_are_two(self, run, folder):
        code, _out, err = run("register", folder / "model")
        assert code == 1
        assert "--publisher" in err

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("model.onnx", "not the one that its manifest names"),
            ("manifest.json", "manifest"),
            ("record.json", "record"),
            ("data.items", "what it was trained on"),
            ("features.json", "features.json"),
            ("seal.json", "seal"),
        ],
    )
    def test_a_byte_that_was_changed_and_a_file_that_is_gone_are_noticed(self, run, folder, name, said):
        path = folder / "model" / name
        raw = path.read_bytes()
        for changed in (
            raw[:-1],
            raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :],
            b"",
        ):
            path.write_bytes(changed)
            code, out, err = run("register", folder / "model", "--publisher", 1)
            assert (code, out) == (1, "")
            assert said in err
        path.unlink()
        assert run("register", folder / "model", "--publisher", 1)[0] == 1
        path.mkdir()
        assert run("register", folder / "model", "--publisher", 1)[0] == 1

    def test_a_seal_over_other_files_is_none(self, run, folder):
        whole = canonical.loads((folder / "model" / "record.json").read_bytes())
        audited_metrics = canonical.dumps({**whole, "metrics": {"auc": 0.99}})
        (folder / "model" / "record.json").write_bytes(audited_metrics)
        code, _out, err = run("register", folder / "model", "--publisher", 1)
        assert code == 1
        assert "the record of its training differs" in err

    def test_what_is_read_beside_the_model_has_to_be_in_the_record(self, run, folder):
        whole = canonical.loads((folder / "model" / "record.json").read_bytes())
        (folder / "model" / "record.json").write_bytes(canonical.dumps({**whole, "files": {}}))
        resealed(folder)
        code, _out, err = run("register", folder / "model", "--publisher", 1)
        assert code == 1
        assert "features.json lies beside the model" in err

    def test_a_record_of_other_weights_or_a_broken_chain_is_refused(self, run, folder):
        whole = canonical.loads((folder / "model" / "record.json").read_bytes())
        other = records.document(model="other", weights=whole["weights"])
        for document, said in ((other, "another model"), ({**whole, "chain": "00" * 32}, "chain")):
            (folder / "model" / "record.json").write_bytes(canonical.dumps(document))
            code, _out, err = run("register", folder / "model", "--publisher", 1)
            assert code == 1
            assert said in err

    def test_a_key_that_may_not_register_models_is_told_how_it_may(self, run, folder, capsys):
        stranger = ThrowawaySigner()
        resealed(folder, signer=stranger)
        code, _out, err = run("register", folder / "model", "--publisher", 1)
        assert code == 1
        command = f"touchstone publisher signer add {stranger.address} --roles model --publisher 1"
        assert command in err
        assert main(folder, *command.split()[1:], sends=True) == 0
        capsys.readouterr()
        assert run("register", folder / "model", "--publisher", 1)[0] == 0

    def test_the_roles_that_a_key_has_are_kept_in_that_command(self, run, folder, capsys):
        stranger = ThrowawaySigner()
        resealed(folder, signer=stranger)
        add = ("publisher", "signer", "add", stranger.address, "--roles", "register,batch", "--publisher", 1)
        assert main(folder, *add, sends=True) == 0
        capsys.readouterr()
        _code, _out, err = run("register", folder / "model", "--publisher", 1)
        assert "--roles register,batch,model" in err

    def test_a_publisher_of_others_is_not_registered_for(self, run, folder):
        code, _out, err = run("register", folder / "model", "--publisher", 77)
        assert code == 1
        assert "may not register models for publisher 77" in err

    @pytest.mark.parametrize("named", ["nobody", "a\0b", "", "{folder}", "{folder}/password"])
    def test_what_is_no_model_is_refused(self, run, folder, named):
        code, out, err = run("register", named.format(folder=folder), "--publisher", 1)
        assert (code, out) == (1, "")
        assert "no manifest" in err

    def test_a_long_address_is_refused(self, run, folder):
        assert run("register", folder / "model", "--uri", "x" * 513)[0] == 1

    def test_without_a_publisher_it_says_what_to_do(self, run, folder, monkeypatch):
        monkeypatch.setattr(keystore.new, "__defaults__", (WORK,))
        (folder / "home").rename(folder / "old")
        code, _out, err = run("register", folder / "model")
        assert code == 1
        assert "publisher create" in err

    def test_nobody_to_ask_is_no(self, run, folder):
        code, out, err = run(
            "register", folder / "model", "--publisher", 1, "--password-file", folder / "password", sends=False
        )
        assert (code, out) == (1, "")
        assert "--yes" in err


def child_of(folder: Path, name: str = "child", **changed: Any) -> Path:
    """A sealed model that was made from the other one."""
    told = record.read(folder / "model" / "record.json")
    parent = {
        "record": told.sha256, "weights": told.weights.sha256, "relation": "retrained", "name": "brightness, first",
        "removed": [],
    }  # fmt: skip
    made = folder / name
    made.mkdir()
    (made / "model.onnx").write_bytes(b"other weights")
    whole = records.document(
        weights=audited.file(b"other weights"), files={}, parents=[{**parent, **changed}], metrics={"made": name}
    )
    manifest = json.loads((folder / "model" / "manifest.json").read_bytes())
    manifest |= audited.file(b"other weights")
    (made / "manifest.json").write_text(json.dumps(manifest))
    (made / "record.json").write_bytes(canonical.dumps(whole))
    resealed(folder, made)
    return made


class TestParents:
    def test_a_parent_is_found_by_what_the_record_says_of_it(self, run, folder, registered):
        code, out, err = run("register", child_of(folder), "--publisher", 1, "--json")
        assert code == 0, err
        assert json.loads(out)["parents"] == [registered]
        assert "made from 1 other model" in err

    def test_it_can_be_named(self, run, folder, registered):
        child = child_of(folder, record=None)
        code, out, _err = run("register", child, "--publisher", 1, "--parent", "0x" + registered, "--json")
        assert (code, json.loads(out)["parents"]) == (0, [registered])

    def test_one_that_nobody_registered_is_said_and_left_out(self, run, folder):
        code, out, err = run("register", child_of(folder), "--publisher", 1, "--json")
        assert (code, json.loads(out)["parents"]) == (0, [])
        assert "brightness, first" in err
        assert "not registered" in err

    def test_of_two_registrations_ones_own_is_the_parent(self, run, folder, registered):
        _code, out, _err = run("register", folder / "model", "--publisher", 2, "--json")
        other = json.loads(out)["model"]
        code, out, _err = run("register", child_of(folder), "--publisher", 2, "--json")
        assert (code, json.loads(out)["parents"]) == (0, [other])

    def test_what_the_record_does_not_name_is_no_parent(self, run, folder, registered):
        child = child_of(folder, weights=hashed("somebody else's"), record=None)
        for named, said in ((registered, "does not name"), ("ab" * 32, "No model with the id"), ("x", "no id")):
            code, _out, err = run("register", child, "--publisher", 1, "--parent", named)
            assert code == 1
            assert said in err


class TestStatus:
    def test_deprecated_active_and_withdrawn_for_ever(self, run, folder, registered):
        code, out, err = run(
            "withdraw", folder / "model", "--publisher", 1, "--deprecate", "--reason", "replaced", "--json"
        )
        assert code == 0, err
        assert json.loads(out)["status"] == "deprecated"
        assert run("withdraw", registered, "--deprecate")[0] == 1
        code, out, _err = run("activate", registered)
        assert code == 0
        assert "active now" in out
        assert run("activate", registered)[0] == 1
        code, out, err = run("withdraw", registered, "--reason", "data")
        assert code == 0
        assert "This is for ever" in err
        assert "withdrawn now" in out
        for again in (("activate", registered), ("withdraw", registered), ("withdraw", registered, "--deprecate")):
            code, _out, err = run(*again)
            assert code == 1
            assert "withdrawn" in err

    def test_only_ones_own(self, run, folder, registered):
        code, _out, err = run("withdraw", registered, "--publisher", 2)
        assert code == 1
        assert "not for a publisher" in err

    @pytest.mark.parametrize("action", ["withdraw", "activate", "accept"])
    def test_what_is_not_registered_is_said(self, run, folder, action):
        for named in ("ab" * 32, folder / "model"):
            code, _out, err = run(action, named)
            assert code == 1
            assert "not registered" in err
        assert "no model here" in run(action, "nobody")[2]


def evaluation(folder: Path, weights: str, **changed: Any) -> Path:
    """A report as `model evaluate --json` writes it, as far as that matters here."""
    document = {
        "schema": "touchstone.evaluation/1",
        "created": "2026-11-28T10:00:00+00:00",
        "models": [{"id": "brightness", "version": "1", "task": "forensic", "sha256": weights}],
        "detectors": [{"auc": {"value": 0.75, "low": 0.5, "high": 1.0}}],
        **changed,
    }
    path = folder / "evaluation.json"
    path.write_text(json.dumps(document, indent=2))
    return path


class TestAttesting:
    def test_what_was_measured_is_attested_and_taken_back(self, run, folder, registered):
        path = evaluation(folder, audited.sha(audited.WEIGHTS))
        code, out, err = run("attest", registered, path, "--publisher", 2, "--json")
        assert code == 0, err
        done = json.loads(out)
        assert done["evaluation"] == canonical.sha256(json.loads(path.read_bytes()))
        # White space and order make no other report; the same is not sent twice.
        path.write_text(json.dumps(dict(reversed(json.loads(path.read_bytes()).items()))))
        code, out, _err = run("attest", folder / "model", path, "--publisher", 2, "--json")
        assert (code, json.loads(out)["already"]) == (0, True)
        code, out, err = run("attest", registered, "--withdraw", "--reason", "error", "--publisher", 2)
        assert code == 0, err
        assert "taken back" in out
        assert run("attest", registered, "--withdraw", "--publisher", 2)[0] == 1
        assert run("attest", registered, path, "--publisher", 2)[0] == 0

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"", "no report"),
            (b"{", "no report"),
            (b"[]", "no report"),
            (b'{"schema": "touchstone.evaluation/1", "schema": "touchstone.evaluation/1"}', "no report"),
            (b'{"schema": "touchstone.report/1"}', "no report"),
            (b'{"schema": "touchstone.evaluation/1", "models": {}}', "other models"),
            (b'{"schema": "touchstone.evaluation/1", "models": [1, {"sha256": "00"}]}', "other models"),
            (b'{"schema": "touchstone.evaluation/1", "x": NaN}', "no report"),
            (b"[" * 100_000, "no report"),
        ],
    )
    def test_what_is_no_report_of_it_is_refused(self, run, folder, registered, raw, said):
        (folder / "bad.json").write_bytes(raw)
        code, _out, err = run("attest", registered, folder / "bad.json", "--publisher", 1)
        assert code == 1
        assert said in err

    def test_a_report_must_be_named(self, run, folder, registered):
        assert run("attest", registered, "--publisher", 1)[0] == 1
        assert run("attest", registered, folder / "none", "--publisher", 1)[0] == 1
        assert run("attest", registered, folder / "none", "--withdraw", "--publisher", 1)[0] == 1


class TestHandingOver:
    def test_a_model_goes_over_in_two_steps(self, run, folder, registered):
        assert run("accept", registered)[0] == 1
        code, out, err = run("offer", registered, "--to", 2, "--publisher", 1)
        assert code == 0, err
        assert f"touchstone model accept {registered}" in out
        code, out, err = run("accept", registered, "--json")
        assert code == 0, err
        assert json.loads(out)["publisher"] == 2
        assert run("withdraw", registered, "--publisher", 1)[0] == 1
        assert run("withdraw", registered, "--publisher", 2)[0] == 0

    def test_an_offer_is_taken_back(self, run, folder, registered):
        assert run("offer", registered, "--to", 2)[0] == 0
        code, out, _err = run("offer", registered, "--to", 0)
        assert code == 0
        assert "nobody" in out
        assert run("accept", registered)[0] == 1
        for number in (-1, 2**32):
            assert run("offer", registered, "--to", number)[0] == 1

    def test_of_several_one_has_to_be_named(self, run, folder, registered):
        assert run("register", folder / "model", "--publisher", 2)[0] == 0
        code, _out, err = run("withdraw", folder / "model")
        assert code == 1
        assert registered in err
        assert run("withdraw", folder / "model", "--publisher", 2)[0] == 0
