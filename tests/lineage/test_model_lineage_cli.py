"""`touchstone model record`, `audit` and `verify`, as they are typed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lineage import audited
from tests.lineage.audited import World
from tests.plugins import onnx_making

from touchstone import modelfile
from touchstone.chain import keystore
from touchstone.chain.throwaway import ThrowawaySigner
from touchstone.cli import main as command_line
from touchstone.lineage import items, record, seal
from touchstone.lineage.sealing import SealingError, seal_run
from touchstone.paths import Home
from touchstone.registry.model_types import ModelReason, Status

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("begun"))
    made.register()
    return made


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object, home: Path | None = None) -> tuple[int, str, str]:
        where = home or tmp_path / "home"
        code = command_line.main([str(a) for a in ("--home", where, "model", *arguments)], lambda _home: 99)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A model that was trained without a record."""
    folder = audited.make(tmp_path / "bare", checkpoints=False)
    for name in ("record.json", "data.items"):
        (folder / name).unlink()
    return folder


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- audit ------------------------------------------------------------------------------------------------------------


def test_an_audit_prints_a_line_for_each_step_and_a_sentence(begun: World, run: Run, tmp_path: Path) -> None:
    code, out, err = run("audit", begun.folder, home=begun.home.root)
    assert (code, err) == (0, "")
    head, *rows, last = out.splitlines()
    assert head == "brightness: Brightness"
    assert [row[2:10].strip() for row in rows if row[2:10].strip()].count("ok") == 14
    assert any("Registered by Agence X (publisher 1)" in row for row in rows)
    assert last.startswith("Everything that could be looked at fits together.")
    assert max(map(len, rows)) <= 100
    (begun.folder / "model.onnx").rename(tmp_path / "kept")
    (begun.folder / "model.onnx").write_bytes(audited.WEIGHTS[::-1])
    code, out, _err = run("audit", begun.folder, home=begun.home.root)
    (begun.folder / "model.onnx").write_bytes(audited.WEIGHTS)
    assert code == 1
    assert "  FAILED  Weights" in out
    assert out.splitlines()[-1] == "Something is not as it should be: Weights, Register."


def test_an_audit_as_json_with_bundle_and_contents(begun: World, run: Run, tmp_path: Path) -> None:
    data = audited.data_files(tmp_path / "data")
    target = tmp_path / "b.zip"
    arguments = ("--contents", data, "--bundle", target, "--no-weights", "--json")
    code, out, _err = run("audit", begun.folder, *arguments, home=begun.home.root)
    told = json.loads(out)
    assert (code, told["sound"], told["model"]) == (0, True, "brightness")
    assert told["facts"]["contents"]["found"] == 15
    assert told["facts"]["register"]["contract_agrees"]
    assert "register.json" in told["bundle"]["files"]
    assert "model.onnx" not in told["bundle"]["files"]
    assert all(step["text"] for step in told["steps"])
    (data / "trained" / "3.bin").write_bytes(b"another")
    code, out, _err = run("audit", target, "--contents", data, "--json", home=begun.home.root)
    told = json.loads(out)
    assert code == 1
    assert [step["code"] for step in told["steps"] if step["outcome"] == "failed"] == ["contents-missing"]
    assert told["facts"]["contents"] == {"files": 15, "found": 14, "missing": 1, "extra": 1}


def test_an_audit_of_nothing(run: Run, tmp_path: Path) -> None:
    for what, word in ((tmp_path / "none", "no such model"), (tmp_path, "nothing to audit"), ("\0", "no such model")):
        code, out, err = run("audit", what)
        assert (code, out) == (1, "")
        assert word in err
    code, out, _err = run("audit", tmp_path / "none", "--json")
    assert (code, json.loads(out)) == (1, {"refused": "not-found"})


def test_offline_says_so(begun: World, run: Run) -> None:
    code, out, _err = run("audit", begun.folder, "--offline", home=begun.home.root)
    assert code == 0
    assert "No register was asked." in out


# --- record -----------------------------------------------------------------------------------------------------------


def test_a_run_without_a_record_gets_one_that_tells_the_least(run: Run, bare: Path, tmp_path: Path) -> None:
    data = audited.data_files(tmp_path / "data")
    code, out, err = run("record", bare, "--sign-once")
    assert (code, out) == (1, "")
    assert "--data" in err
    code, out, _err = run("record", bare, "--data", data, "--sign-once")
    assert code == 0
    assert "no checkpoints" in " ".join(out.split())
    told = record.read(bare / "record.json")
    assert (told.data.items, told.checkpoints, told.metrics, told.splits) == (15, (), {}, {})
    assert (told.environment.python, told.code.commit) == ("", None)
    assert set(told.files) == {"features.json"}
    code, out, _err = run("audit", bare, "--contents", data)
    assert code == 0, out


@pytest.mark.parametrize("kind", ["sha256sum", "items"])
def test_the_data_may_be_a_list(run: Run, bare: Path, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "list"
    if kind == "items":
        items.write(source, {hashlib.sha256(one).digest(): 1 for one in audited.TRAINED}, ["judged"][:0])
    else:
        lines = (f"{audited.sha(one)}  picture {n}\n" for n, one in enumerate((*audited.TRAINED, *audited.TRAINED)))
        source.write_text("".join(lines))
    code, out, _err = run("record", bare, "--data", source, "--sign-once", "--json")
    told = json.loads(out)
    assert (code, told["data"]["items"], told["minimal"], told["sign_once"]) == (0, 12, True, True)
    assert seal.read(bare / "seal.json").address == told["address"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "nothing in it"),
        ("AB" * 32 + "\n", "Line 1 is no SHA-256 in lower-case hex"),
        ("ab" * 32 + "\n" + "ab" * 31 + "\n", "Line 2"),
        ("x" * 100_000, "longer than a line"),
    ],
)
def test_a_list_that_is_none_is_refused_and_nothing_written(
    run: Run, bare: Path, tmp_path: Path, text: str, word: str
) -> None:
    before = listing(bare)
    (tmp_path / "list").write_text(text)
    code, out, err = run("record", bare, "--data", tmp_path / "list", "--sign-once")
    assert (code, out) == (1, "")
    assert word in err
    assert listing(bare) == before
    code, _out, err = run("record", bare, "--data", tmp_path / "none", "--sign-once")
    assert code == 1
    assert "cannot be read" in err


def test_a_finished_run_is_sealed_with_a_key_of_ones_own(run: Run, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    key = keystore.new(home, "mine", "correct horse battery", 2**4)
    (tmp_path / "password").write_text("correct horse battery\n")
    (tmp_path / "password").chmod(0o600)
    folder = audited.make(tmp_path / "run")
    before = (folder / "record.json").read_bytes()
    code, out, _err = run("record", folder, "--key", "mine", "--password-file", tmp_path / "password")
    assert code == 0
    assert out.strip() == f"brightness is sealed by {key.address}."
    assert (folder / "record.json").read_bytes() == before
    assert run("audit", folder)[0] == 0
    # Sealed again, by another; a wrong password leaves the seal as it is.
    (tmp_path / "password").write_text("wrong horse battery\n")
    sealed = (folder / "seal.json").read_bytes()
    assert run("record", folder, "--password-file", tmp_path / "password")[0] == 1
    assert (folder / "seal.json").read_bytes() == sealed


def test_a_record_that_disagrees_with_the_files_is_not_sealed(run: Run, tmp_path: Path) -> None:
    cases = {
        "model.onnx": (b"other weights", "weights are not those"),
        "features.json": (b"{}", "features.json is missing, or is not the file"),
        "data.items": (b"touchstone-items/1 1 \n" + b"\1" * 33, "not the one that the record names"),
        "record.json": (b"{}", "look at schema"),
        "manifest.json": (b"{}", "manifest.json is missing or cannot be used"),
    }
    for name, (content, word) in cases.items():
        folder = audited.make(tmp_path / name)
        (folder / name).write_bytes(content)
        code, out, err = run("record", folder, "--sign-once")
        assert (code, out) == (1, ""), name
        assert word in err, name
        assert not (folder / "seal.json").exists()
    folder = audited.make(tmp_path / "has one")
    code, _out, err = run("record", folder, "--data", tmp_path, "--sign-once")
    assert code == 1
    assert "There is a record already" in err


def test_parents_are_named_with_what_was_taken_out(run: Run, bare: Path, tmp_path: Path) -> None:
    older = audited.make(tmp_path / "home" / "models" / "older", "older", b"weights that were there before")
    fewer = tmp_path / "list"
    fewer.write_text("".join(f"{audited.sha(one)}\n" for one in audited.TRAINED[2:]))
    for parent, word in (("older", "fine-tuned, retrained"), ("nobody:merged", "nobody is no model")):
        code, _out, err = run("record", bare, "--data", fewer, "--parent", parent, "--sign-once")
        assert code == 1
        assert word in err
    arguments = ("--parent", "older:retrained", "--parent", f"{older}:distilled")
    code, out, _err = run("record", bare, "--data", fewer, *arguments, "--sign-once", "--json")
    assert (code, json.loads(out)["removed"]) == (0, 2)
    first, second = record.read(bare / "record.json").parents
    assert first.removed == tuple(sorted(audited.sha(one) for one in audited.TRAINED[:2]))
    assert (first.record, second.removed) == (audited.sha((older / "record.json").read_bytes()), ())
    code, out, _err = run("audit", bare)
    assert code == 0
    assert "None of the 2 items that were taken out since older is in the list." in " ".join(out.split())


class Refusing(ThrowawaySigner):
    """A signer that gives no signature."""

    def sign_message(self, message: bytes) -> bytes:
        return bytes(65)


def test_without_a_signature_nothing_is_written(bare: Path, tmp_path: Path) -> None:
    before = listing(bare)
    with pytest.raises(SealingError, match="signature"):
        seal_run(bare, Refusing(), data=audited.data_files(tmp_path / "data"))
    assert listing(bare) == before
    assert [path.name for path in bare.iterdir() if path.name.startswith(".")] == []
    folder = audited.make(tmp_path / "run")
    before = listing(folder)
    with pytest.raises(SealingError, match="signature"):
        seal_run(folder, Refusing())
    assert listing(folder) == before


# --- verify -----------------------------------------------------------------------------------------------------------


def test_verify_holds_file_manifest_and_register_together(
    begun: World, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that its own publisher has withdrawn fails, with the reason; nothing else needs to be said of the others."""
    monkeypatch.setenv("TOUCHSTONE_MODELS", str(tmp_path / "none"))
    world = begun.copy(tmp_path)
    home = world.home
    folder = home.models / "mean-of-all"
    folder.mkdir(parents=True)
    model = onnx_making.sound()
    (folder / "model.onnx").write_bytes(model)
    (folder / "manifest.json").write_text(modelfile.dumps(onnx_making.manifest(model)), "utf-8")
    seal_run(folder, world.signer, data=audited.data_files(tmp_path / "data"))
    home.keys.mkdir(exist_ok=True)
    (home.keys / "own.json").write_text(json.dumps({"address": world.publisher.key.address}))
    code, out, err = run("verify", home=home.root)
    assert code == 0, err
    assert "Nobody has registered it." in out
    registered = world.register(folder)
    code, out, err = run("verify", "mean-of-all", "--json", home=home.root)
    (told,) = json.loads(out)["models"]
    assert code == 0, err
    assert (told["verified"], told["standing"], told["registered"]) == (True, "registered", True)
    world.publisher.key.send(
        "ModelRegistry", "setStatus", "0x" + registered, int(Status.REVOKED), int(ModelReason.SECURITY)
    )
    code, _out, err = run("verify", home=home.root)
    assert code == 1
    assert "Withdrawn by Agence X: it is not safe to run." in err
    assert shutil.rmtree(folder) is None
