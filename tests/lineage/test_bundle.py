"""Audit bundles: the same bytes from the same parts, read back strictly, checked by a stranger who has Python alone."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import audited
from tests.lineage.audited import World, codes, failed, places

from touchstone.lineage import archive, bundle, canonical, items
from touchstone.lineage.archive import ArchiveError
from touchstone.lineage.audit import AuditError, AuditStoppedError
from touchstone.lineage.tree import Prover
from touchstone.texts import lineage

ALONE = [sys.executable, "-I", "-S", "-B"]  # no packages, nothing of this project
NAMES = {
    *("README.txt", "bundle.json", "check.py", "data.items", "features.json", "manifest.json", "model.onnx"),
    *("record.json", "register.json", "seal.json", "verifier.py"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("audited"))
    made.register()
    made.audit()
    return made


def export(
    world: World, path: Path, folder: Path | None = None, *, weights: bool = True, offline: bool = False
) -> Path:
    wanted = bundle.Wanted(lineage.readme(world.audit(network=None)), weights=weights)
    network = None if offline else world.network
    bundle.export(folder or world.folder, path, wanted, home=world.home, network=network)
    return path


@pytest.fixture(scope="module")
def packed(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(world, tmp_path_factory.mktemp("bundle") / "brightness.zip")


@pytest.fixture
def unpacked(packed: Path, tmp_path: Path) -> Path:
    """As anybody's program for zip files unpacks it."""
    with zipfile.ZipFile(packed) as opened:
        assert opened.testzip() is None
        opened.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


# --- The file ---------------------------------------------------------------------------------------------------------


def test_the_same_parts_make_the_same_bytes(world: World, packed: Path, tmp_path: Path) -> None:
    other = shutil.copytree(world.folder, tmp_path / "elsewhere" / "model")
    os.utime(other / "model.onnx", (1, 1))
    assert export(world, tmp_path / "again.zip", other).read_bytes() == packed.read_bytes()
    with zipfile.ZipFile(packed) as opened:
        assert set(opened.namelist()) == NAMES
        assert opened.namelist() == sorted(NAMES)
        assert {one.date_time for one in opened.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        whole = b"".join(opened.read(name) for name in opened.namelist() if name != "model.onnx")
    for where in (world.home.root, world.folder, tmp_path):
        assert str(where).encode() not in whole


def test_a_bundle_and_its_folder_are_audited_as_the_model_is(world: World, packed: Path, unpacked: Path) -> None:
    for what in (packed, unpacked):
        found = world.audit(what)
        assert found.sound, failed(found)
        assert found.model == "brightness"
        assert codes(found, "register") == ["registered"]
        assert found.facts["register"]["tx"]
        assert world.audit(what, network=None).sound


def test_without_weights_those_who_name_them_are_held_to_each_other(world: World, tmp_path: Path) -> None:
    path = export(world, tmp_path / "light.zip", weights=False)
    found = world.audit(path)
    assert found.sound
    (step,) = (step for step in found.steps if step.place == "weights")
    assert (step.outcome, step.code) == ("not-checked", "weights-not-here")
    assert step.params["named_by"] == ["manifest", "record", "seal", "register"]


def test_what_is_not_there_is_left_out_and_said(world: World, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(world.folder, tmp_path / "model"))
    (folder / "data.items").unlink()
    (folder / "features.json").unlink()
    found = world.audit(export(world, tmp_path / "less.zip", folder, offline=True))
    assert found.sound
    assert codes(found, "files") == ["file-not-here"]
    assert codes(found, "data") == ["items-not-here"]
    with zipfile.ZipFile(tmp_path / "less.zip") as opened:
        assert "register.json" not in opened.namelist()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_anywhere_in_a_bundle_is_found(
    world: World, packed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(packed.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("changed") / "b.zip"
    path.write_bytes(whole)
    with pytest.raises(AuditError, match="not-a-bundle"):
        world.audit(path)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_changed_file_is_found_although_the_zip_fits_it(
    world: World, unpacked: Path, tmp_path: Path, name: str
) -> None:
    whole = bytearray((unpacked / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (unpacked / name).write_bytes(whole)
    changed = tmp_path / "changed.zip"
    with changed.open("xb") as file:
        archive.write(file, {one: unpacked / one for one in NAMES})
    for what in (changed, unpacked):
        if name == "bundle.json":
            with pytest.raises(AuditError, match="not-a-bundle"):
                world.audit(what)
        else:
            assert "files" in places(world.audit(what))


def test_what_a_bundle_says_of_the_register_is_held_to_the_register(
    world: World, unpacked: Path, tmp_path: Path
) -> None:
    told = canonical.loads((unpacked / "register.json").read_bytes())
    index = canonical.loads((unpacked / "bundle.json").read_bytes())
    assert told["chain_id"] == 7_031_337
    for name in ("tx", "block", "publisher", "signer", "contract", "model", "weights", "registered", "parents"):
        value = told[name]
        other = value + 1 if isinstance(value, int) else ["ab" * 32] if isinstance(value, list) else value[::-1]
        audited.write(unpacked / "register.json", {**told, name: other})
        raw = (unpacked / "register.json").read_bytes()
        index["files"]["register.json"] = audited.file(raw)
        audited.write(unpacked / "bundle.json", index)
        found = world.audit(unpacked)
        assert failed(found) == {("register", "bundle-differs")}, name
        assert next(s for s in found.steps if s.code == "bundle-differs").params["field"] == f"register.json: {name}"


# --- Files that are no bundle, or are meant to harm -------------------------------------------------------------------


def zipped(*files: tuple[str, bytes], compression: int = zipfile.ZIP_STORED, mode: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as target:
        for name, content in files:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = compression, mode << 16
            target.writestr(info, content)
    return made.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(lambda: b"", id="empty"),
        pytest.param(lambda: b"PK", id="short"),
        pytest.param(zipped, id="no files"),
        pytest.param(lambda: zipped(("bundle.json", b"0" * 50_000_000), compression=zipfile.ZIP_DEFLATED), id="bomb"),
        pytest.param(lambda: zipped(("../bundle.json", b"{}")), id="above"),
        pytest.param(lambda: zipped(("/etc/bundle.json", b"{}")), id="absolute"),
        pytest.param(lambda: zipped(("a/../../bundle.json", b"{}")), id="around"),
        pytest.param(lambda: zipped(("bundle.json", b"{}"), ("bundle.json", b"{}")), id="twice"),
        pytest.param(lambda: zipped(("Bundle.json", b"{}"), ("bundle.json", b"{}")), id="twice, almost"),
        pytest.param(lambda: zipped(("a", b"{}"), ("a/b", b"{}")), id="a file as a folder"),
        pytest.param(lambda: zipped(("bundle.json", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), id="link"),
        pytest.param(lambda: zipped(("bundle.json", b"{}")), id="another's zip"),
        pytest.param(lambda: zipped(*((f"f{n:03}", b"") for n in range(500))), id="many"),
    ],
)
def test_other_files_are_refused_and_leave_nothing(
    world: World, tmp_path: Path, raw: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "work"))
    (tmp_path / "b.zip").write_bytes(raw())
    with pytest.raises(AuditError, match="not-a-bundle") as caught:
        world.audit(tmp_path / "b.zip")
    assert lineage.trouble(caught.value)
    assert list((tmp_path / "work").iterdir()) == []


def test_names_that_a_disk_would_take_for_one_are_not_written() -> None:
    for names in ({"A", "a"}, {"a", "a/b"}, {".hidden"}, {"../a"}, {"a/b/c"}, {"ä"}, {"a" * 65}, {""}):
        with pytest.raises(ArchiveError):
            archive.write(io.BytesIO(), dict.fromkeys(names, b""))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.from_regex(archive.NAME, fullmatch=True), st.binary(max_size=200), min_size=1, max_size=8))
def test_an_archive_comes_back_as_it_went_in(files: dict[str, bytes]) -> None:
    made = io.BytesIO()
    try:
        archive.write(made, files)
    except ArchiveError:
        plain = {name.casefold() for name in files}
        assert len(plain) < len(files) or any(name.rpartition("/")[0] in plain for name in plain)
        return
    assert {one.name: b"".join(archive.chunks(made, one)) for one in archive.read(made)} == files
    with zipfile.ZipFile(made) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files


def test_a_bundle_is_written_whole_or_not_at_all(world: World, tmp_path: Path) -> None:
    before = export(world, tmp_path / "b.zip").read_bytes()
    cancel = threading.Event()
    cancel.set()
    wanted = bundle.Wanted("")
    with pytest.raises(AuditStoppedError):
        bundle.export(world.folder, tmp_path / "b.zip", wanted, home=world.home, network=None, cancel=cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]
    assert (tmp_path / "b.zip").read_bytes() == before
    with pytest.raises(AuditError, match="unwritable"):
        bundle.export(world.folder, tmp_path / "none" / "b.zip", wanted, home=world.home, network=None)
    folder = audited.make(tmp_path / "taken", files={"check.py": audited.file(b"")})
    with pytest.raises(AuditError, match="name-taken"):
        bundle.export(folder, tmp_path / "c.zip", wanted, home=world.home, network=None)


def test_the_programs_come_from_the_resources_where_modules_have_no_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "__file__", str(tmp_path / "packed" / "bundle.pyc"))
    monkeypatch.setattr("touchstone.paths.resources", lambda: tmp_path)
    (tmp_path / "lineage").mkdir()
    for name in bundle.PROGRAMS.values():
        (tmp_path / "lineage" / name).write_bytes(name.encode())
        assert bundle.program(name) == name.encode()


# --- A stranger with Python alone -------------------------------------------------------------------------------------


def checked(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [*ALONE, str(folder / "check.py")],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_check_py_needs_nothing_and_says_what_it_did_not_do(unpacked: Path) -> None:
    code, said = checked(unpacked)
    assert code == 0, said
    assert [line[:8].rstrip() for line in said.splitlines()[:6]] == ["holds"] * 6
    assert "12 items make the data root, and 2 splits theirs" in said
    assert "signature of the seal was not checked" in said
    assert "register.json says it was registered: transaction 0x" in said
    shutil.rmtree(unpacked / "__pycache__", ignore_errors=True)
    (unpacked / "model.onnx").unlink()
    assert checked(unpacked)[0] == 1


@pytest.mark.parametrize("name", sorted(NAMES - {"bundle.json", "check.py"}))
def test_check_py_finds_changed_files_by_themselves(unpacked: Path, name: str) -> None:
    """Even where bundle.json was made to fit, except for texts and programs, and times that nothing else names."""
    whole = bytearray((unpacked / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (unpacked / name).write_bytes(whole)
    code, said = checked(unpacked)
    assert (code, "FAILED   files" in said) == (1, True)


@pytest.mark.parametrize("name", ["manifest.json", "record.json", "data.items", "model.onnx"])
def test_check_py_holds_the_parts_to_each_other(unpacked: Path, name: str) -> None:
    whole = (unpacked / name).read_bytes()
    index = canonical.loads((unpacked / "bundle.json").read_bytes())
    for at in range(0, len(whole), max(1, len(whole) // 6)):
        changed = bytearray(whole)
        changed[at] ^= 1
        (unpacked / name).write_bytes(changed)
        index["files"][name] = audited.file(bytes(changed))
        audited.write(unpacked / "bundle.json", index)
        code, said = checked(unpacked)
        assert code == 1, (name, at)
        assert "FAILED   files" not in said


def test_the_verifier_in_a_bundle_runs_alone(unpacked: Path, tmp_path: Path) -> None:
    item, stranger = audited.sha(audited.TRAINED[0]), audited.sha(b"nobody's")
    with items.read(unpacked / "data.items") as listed:
        prover = Prover(listed)
        root = prover.root
        proofs = {item: prover.presence(bytes.fromhex(item)), stranger: prover.absence(bytes.fromhex(stranger))}
    for sought, word in ((item, "present"), (stranger, "absent")):
        (tmp_path / "proof").write_bytes(proofs[sought] or b"")
        command = [*ALONE, "verifier.py", root.root.hex(), str(root.items), sought]
        done = subprocess.run(
            [*command, str(tmp_path / "proof")], capture_output=True, text=True, cwd=unpacked, check=False
        )
        assert (done.returncode, word in done.stdout) == (0, True), done.stderr
