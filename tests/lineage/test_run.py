"""A plain loop leaves a record; an interruption, whenever it comes, loses at most the line being written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lineage import run_child

from touchstone.lineage import canonical, items, record, states
from touchstone.lineage.items_types import ItemsError
from touchstone.lineage.journal import Journal
from touchstone.lineage.record import Parent, Relation
from touchstone.lineage.run import JOURNAL, RECORD, RunError, TrainingRecord
from touchstone.lineage.tree import root_of

_APP = Path(__file__).parents[2] / "app"
_DATA = run_child.DATA


def _run(folder: Path, **changed: Any) -> TrainingRecord:
    given: dict[str, Any] = {
        "model": "steps",
        "data": _DATA,
        "parameters": {"rate": 0.5},
        "seeds": {"any": 1},
        **changed,
    }
    return TrainingRecord(folder, **given)


def _trained(folder: Path, **changed: Any) -> record.Record:
    with _run(folder, **changed) as run:
        for step in (1, 2, 3):
            run.checkpoint({"w": np.arange(step)}, step=step)
        run.weights(b"weights")
    assert run.record is not None
    return run.record


def _refused(code: str, run: TrainingRecord) -> RunError:
    with pytest.raises(RunError) as caught, run:
        pass
    assert caught.value.code == code
    return caught.value


def test_a_plain_loop_leaves_a_record_and_its_list(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("numpy==2")
    parent = Parent(None, "ab" * 32, Relation.FINE_TUNED, "another", ())
    shipped = tmp_path / "model.onnx"
    shipped.write_bytes(b"weights")
    with TrainingRecord(
        tmp_path / "run",
        model="steps",
        data=[*_DATA, _DATA[0]],
        splits={"judged": _DATA[:5], "fold-0": [hashlib.sha256(b"elsewhere").digest()]},
        parameters={"rate": np.float64(0.5), "sizes": (1, 2), "parent": parent},
        seeds={"numpy": np.int64(3)},
        parents=[parent],
        lock=tmp_path / "lock",
    ) as run:
        assert run.step is None
        told = run.checkpoint({"w": np.zeros((2, 3), np.float32)}, step=10)
        assert told == run.checkpoint({"w": np.zeros((2, 3), np.float32)}, step=20)
        assert run.step == 20
        run.metric("loss", 1.0)
        run.metric("loss", float("nan"))
        run.metrics({"auc": np.float32(0.5), "by": {"a": [1, float("inf")]}})
        run.files({"features.json": b"{}", "beside/model.onnx": shipped})
        assert run.weights(shipped) == hashlib.sha256(b"weights").hexdigest()
    raw = (tmp_path / "run" / RECORD).read_bytes()
    found = record.parse(raw)
    assert found == run.record
    assert found.chain_holds
    assert not found.clock_went_back
    assert found.data.items == len(_DATA)
    assert found.data.root == root_of(bytes.fromhex(one) for one in _DATA).root.hex()
    assert {name: one.items for name, one in found.splits.items()} == {"fold-0": 1, "judged": 5}
    with items.read(tmp_path / "run" / items.FILE) as listed:
        assert listed.root().root.hex() == found.data.root
        assert listed.root("judged").root.hex() == found.splits["judged"].root
    written = (tmp_path / "run" / items.FILE).read_bytes()
    assert found.items_file == record.FileHash(hashlib.sha256(written).hexdigest(), len(written))
    assert found.metrics == {"loss": None, "auc": 0.5, "by": {"a": [1, None]}}
    assert found.parameters["rate"] == 0.5
    assert found.parameters["sizes"] == [1, 2]
    assert found.seeds == {"numpy": 3}
    assert found.parents == (parent,)
    assert set(found.files) == {"features.json", "beside/model.onnx"}
    assert found.environment.lock_sha256 == hashlib.sha256(b"numpy==2").hexdigest()
    assert found.environment.packages["numpy"] == np.__version__
    assert found.code == record.Code(None, dirty=False, diff_sha256=None)


def test_a_list_on_disk_is_taken_over_with_its_sets(tmp_path: Path) -> None:
    path = tmp_path / "mine.items"
    items.write(path, {bytes.fromhex(one): 1 if n % 2 else 3 for n, one in enumerate(_DATA)}, ["judged"])
    told = _trained(tmp_path / "run", data=path)
    assert told.splits["judged"].items == 10
    assert (tmp_path / "run" / items.FILE).read_bytes() == path.read_bytes()
    again = _trained(tmp_path / "run", data=tmp_path / "run" / items.FILE)
    assert len(again.sessions) == 2
    error = _refused("data", _run(tmp_path / "other", data=path, splits={"a": _DATA}))
    assert "unknown-set" in str(error)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ([], "empty"),
        (["AB" * 32], "not-hex"),
        (["ab" * 31], "bad-item"),
        ([b"short"], "bad-item"),
        (["x"], "not-hex"),
        (Path("/nowhere"), "unreadable"),
    ],
)
def test_data_that_is_none_is_told(tmp_path: Path, data: Any, why: str) -> None:
    assert why in str(_refused("data", _run(tmp_path, data=data)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [JOURNAL]
    _trained(tmp_path)  # nothing is left in the way


def test_without_weights_there_is_no_record_yet(tmp_path: Path) -> None:
    with _run(tmp_path) as run:
        run.checkpoint(b"state", step=1)
    assert run.record is None
    assert not (tmp_path / RECORD).exists()
    assert [one.step for one in _trained(tmp_path).checkpoints] == [1, 1, 2, 3]


def test_an_exception_in_the_block_is_not_hidden_and_the_run_goes_on_later(tmp_path: Path) -> None:
    run = _run(tmp_path)

    def interrupted() -> None:
        with run:
            run.checkpoint(b"state", step=5)
            run.weights(b"weights")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not (tmp_path / RECORD).exists()
    with _run(tmp_path) as again:
        assert again.step == 5
        assert again.sessions == 2
        assert again.knows(b"state")
        assert not again.knows(b"other")
    assert again.record is not None
    assert [one.resumed_from for one in again.record.sessions] == [None, 5]
    assert again.record.chain_holds


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "other"),
        ("data", _DATA[1:]),
        ("splits", {"judged": _DATA[:1]}),
        ("parameters", {"rate": 0.25}),
        ("seeds", {}),
        ("parents", [Parent(None, "ab" * 32, Relation.MERGED, "m", ())]),
    ],
)
def test_another_run_in_the_same_folder_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    before = _trained(tmp_path)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir()}
    error = _refused("differs", _run(tmp_path, **{field: value}))
    assert error.params["field"] == field
    assert field in str(error)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == kept
    assert record.parse((tmp_path / RECORD).read_bytes()) == before


@pytest.mark.parametrize("field", ["parameters", "seeds"])
@pytest.mark.parametrize("value", [{"a": {1, 2j}}, {"a": 2**60}, {"a": float("nan")}, {"a": object()}])
def test_what_has_no_form_is_refused_by_name(tmp_path: Path, field: str, value: Mapping[str, Any]) -> None:
    try:
        run = _run(tmp_path, **{field: value})
    except TypeError:
        return  # such a set has no order
    assert field in str(_refused("value", run))


def test_a_checkpoint_that_is_missing_is_told_and_costs_nothing(tmp_path: Path) -> None:
    with _run(tmp_path) as run:
        run.checkpoint(b"one", step=1)
        with pytest.raises(RunError) as caught:
            run.checkpoint(tmp_path / "nothing.pt", step=2)
        assert caught.value.code == "no-file"
        assert "nothing.pt" in str(caught.value)
        for wrong, code in ((object(), "value"), ({"a": object()}, "value"), (tmp_path, "no-file")):
            with pytest.raises(RunError) as caught:
                run.checkpoint(wrong, step=2)
            assert caught.value.code == code
        run.weights(b"weights")
    assert run.record is not None
    assert [one.step for one in run.record.checkpoints] == [1]


@pytest.mark.parametrize("step", [-1, 2**53, "1", 1.5, True, None])
def test_a_step_that_is_none_is_refused(tmp_path: Path, step: Any) -> None:
    with _run(tmp_path) as run:
        for way in (run.resumed, lambda step: run.checkpoint(b"state", step=step)):
            with pytest.raises(RunError) as caught:
                way(step)
            assert caught.value.code == "value"
            assert "step" in str(caught.value)
    assert [one.step for one in _trained(tmp_path).checkpoints] == [1, 2, 3]


def test_a_model_name_or_a_file_name_that_is_none_is_told_by_its_field(tmp_path: Path) -> None:
    for folder, model, name, field in (("a", "My Model", "sound.json", "model"), ("b", "sound", "../up", "files")):
        run = _run(tmp_path / folder, model=model)
        run.__enter__()
        run.files({name: b""})
        run.weights(b"weights")
        with pytest.raises(RunError) as caught:
            run.__exit__(None, None, None)
        assert caught.value.params["field"].startswith(field)
        assert not (tmp_path / folder / RECORD).exists()


def test_nothing_is_written_outside_of_the_block(tmp_path: Path) -> None:
    run = _run(tmp_path)
    with pytest.raises(RunError) as caught:
        run.checkpoint(b"", step=1)
    assert caught.value.code == "closed"
    with run:
        pass
    with pytest.raises(RunError):
        run.metric("a", 1)


def test_a_clock_that_goes_back_is_recorded_as_told_and_flagged(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    with _run(tmp_path, clock=lambda: now[0]) as run:
        run.checkpoint(b"one", step=1)
    now[0] -= 86_400
    with _run(tmp_path, clock=lambda: now[0]) as run:
        run.checkpoint(b"two", step=2)
        run.weights(b"weights")
    assert run.record is not None
    assert run.record.clock_went_back
    assert run.record.chain_holds
    assert run.record.sessions[1].started < run.record.sessions[0].ended


@pytest.mark.parametrize("now", [-1e30, -1.0, 1e30, 253_402_300_800.0])
def test_no_clock_is_odd_enough_to_end_a_training(tmp_path: Path, now: float) -> None:
    assert _trained(tmp_path, clock=lambda: now).chain_holds


def test_more_checkpoints_than_a_record_can_hold_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "MOST_CHECKPOINTS", 2)
    with _run(tmp_path) as run:
        run.checkpoint(b"one", step=1)
        run.checkpoint(b"two", step=2)
        with pytest.raises(RunError) as caught:
            run.checkpoint(b"three", step=3)
        run.weights(b"weights")
    assert "2" in str(caught.value)
    assert run.record is not None


def test_a_full_disk_is_told_and_leaves_a_sound_journal(tmp_path: Path) -> None:
    with _run(tmp_path) as run:
        run.checkpoint(b"one", step=1)
        before = (tmp_path / JOURNAL).read_bytes()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 30, hard))
        try:
            with pytest.raises(RunError) as caught:
                run.checkpoint(b"two", step=2)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert caught.value.code == "folder"
        assert (tmp_path / JOURNAL).read_bytes() == before
        run.checkpoint(b"two", step=2)
    assert [one.step for one in _trained(tmp_path).checkpoints] == [1, 2, 1, 2, 3]


# -- the journal ------------------------------------------------------------------------------------------------------


def test_a_line_that_is_cut_short_is_dropped_at_every_byte(tmp_path: Path) -> None:
    with _run(tmp_path / "run") as run:
        run.checkpoint(b"one", step=1)
        run.checkpoint(b"two", step=2)
    whole = (tmp_path / "run" / JOURNAL).read_bytes()
    lines = whole.splitlines(keepends=True)
    start = sum(map(len, lines[:3]))
    assert b"two" not in whole
    assert json.loads(lines[3])["step"] == 2
    for cut in range(start, start + len(lines[3]), 7):
        (tmp_path / "run" / JOURNAL).write_bytes(whole[:cut])
        with contextlib.suppress(RunError), _run(tmp_path / "run") as again:
            assert again.step == 1
        kept = (tmp_path / "run" / JOURNAL).read_bytes()
        assert kept.startswith(whole[:start])
        assert kept.endswith(b"\n")


def test_a_journal_cut_short_in_its_first_line_begins_anew(tmp_path: Path) -> None:
    _trained(tmp_path)
    (tmp_path / JOURNAL).write_bytes((tmp_path / JOURNAL).read_bytes()[:40])
    assert len(_trained(tmp_path, parameters={"rate": 2}).sessions) == 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that is not changed."""
    made = tmp_path_factory.mktemp("run")
    _trained(made)
    return made


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_line_that_was_edited_is_named(folder: Path, data: st.DataObject) -> None:
    sound = (folder / JOURNAL).read_bytes()
    lines = (folder / JOURNAL).read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[number]) - 2))
    by = data.draw(st.integers(1, 255))
    edited = bytearray(lines[number])
    edited[at] ^= by
    (folder / JOURNAL).write_bytes(b"".join([*lines[:number], bytes(edited), *lines[number + 1 :]]))
    before = (folder / JOURNAL).read_bytes()
    error = _refused("edited", _run(folder))
    after = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(sound)
    assert after == before
    assert error.params["line"] == number + 1
    assert f"line {number + 1}" in str(error)


@pytest.mark.parametrize(
    "entries",
    [
        [{"kind": "metrics", "time": "2026-01-31T00:00:00Z", "values": {}}],
        [{"kind": "start"}],
        [{}],
        [{"kind": 1, "time": 2}],
        [{"kind": "start", "time": "", **dict.fromkeys(("model", "data", "splits", "parameters", "seeds", "parents"))}]
        * 2,
    ],
)
def test_lines_that_hang_together_and_are_none_of_ours_are_named(tmp_path: Path, entries: list[dict[str, Any]]) -> None:
    journal = Journal(tmp_path / JOURNAL, lambda _entry: None)
    for entry in entries:
        journal.add(entry)
    journal.close()
    assert _refused("edited", _run(tmp_path)).params["line"] == len(entries)


@pytest.mark.parametrize(("step", "code"), [("three", "edited"), (3, "record")])
def test_a_checkpoint_of_somebody_elses_making_makes_no_record(tmp_path: Path, step: object, code: str) -> None:
    _trained(tmp_path)
    journal = Journal(tmp_path / JOURNAL, lambda _entry: None)
    journal.add({"kind": "checkpoint", "time": "2026-01-31T00:00:00Z", "step": step, "sha256": "", "bytes": []})
    journal.close()
    _refused(code, _run(tmp_path))


@pytest.mark.parametrize("change", ["left out", "twice", "exchanged", "empty"])
def test_lines_that_do_not_follow_are_named(tmp_path: Path, change: str) -> None:
    _trained(tmp_path)
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    ways: dict[str, Callable[[], Iterable[bytes]]] = {
        "left out": lambda: lines[:2] + lines[3:],
        "twice": lambda: lines[:3] + lines[2:],
        "exchanged": lambda: [*lines[:2], lines[3], lines[2], *lines[4:]],
        "empty": lambda: [*lines[:2], b"\n", *lines[2:]],
    }
    (tmp_path / JOURNAL).write_bytes(b"".join(ways[change]()))
    assert _refused("edited", _run(tmp_path)).params["line"] in {3, 4}


def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    with _child(tmp_path, 10_000, 0.01) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"entered\n"
        _refused("busy", _run(tmp_path))
        child.kill()
    with _run(tmp_path / "other"):
        _refused("busy", _run(tmp_path / "other"))


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    _refused("folder", _run(tmp_path / "file"))
    _refused("folder", _run(tmp_path / "file" / "inside"))
    _refused("lock", _run(tmp_path / "run", lock=tmp_path / "nothing"))
    link = tmp_path / "linked"
    link.mkdir()
    (link / JOURNAL).symlink_to(tmp_path / "elsewhere")
    _refused("folder", _run(link))
    assert not (tmp_path / "elsewhere").exists()


# -- killed at any moment ---------------------------------------------------------------------------------------------


def _child(folder: Path, steps: int, pause: float) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    paths = os.pathsep.join([str(_APP), str(_APP.parent)])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.lineage.run_child", str(folder), str(steps), str(pause)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
    )


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, seed: int) -> None:
    draw, kills, steps = random.Random(seed), 0, 120
    while kills < 3:
        with _child(tmp_path, steps, 0.003) as child:
            assert child.stdout is not None
            if draw.random() < 0.7:
                child.stdout.readline()
            time.sleep(draw.random() * 0.15)
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGKILL)
            kills += 1
    run = run_child.train(tmp_path, steps)
    found = run.record
    assert found is not None
    assert found.chain_holds
    assert 1 <= len(found.sessions) <= 4
    unbroken = run_child.train(tmp_path / "unbroken", steps).record
    assert unbroken is not None
    # Interrupted between telling and keeping, a step was made, and told, twice; it came out the same.
    assert {(one.step, one.sha256) for one in found.checkpoints} == {
        (one.step, one.sha256) for one in unbroken.checkpoints
    }
    assert found.weights == unbroken.weights
    assert found.metrics == unbroken.metrics
    assert found.parameters == unbroken.parameters


# -- states -----------------------------------------------------------------------------------------------------------


def test_arrays_have_one_hash_whatever_order_they_are_in() -> None:
    whole = {"b": np.arange(6.0).reshape(2, 3), "a": {"x": np.int32(4), 3: [1, "t", None, True]}}
    turned = {"a": {3: (1, "t", None, True), "x": np.int32(4)}, "b": np.asfortranarray(np.arange(6.0).reshape(2, 3))}
    assert states.hashed(whole) == states.hashed(turned)
    assert states.hashed({"b": np.arange(6.0).astype(">f8")}) == states.hashed({"b": np.arange(6.0)})
    raw = b"".join(bytes(part) for part in states.serialised({"a": np.float32([1, 2])}))
    assert raw == b'{"place":["a"],"dtype":"float32","shape":[2]}\n' + np.float32([1, 2]).tobytes()
    assert states.hashed({"a": np.float32([1, 2])}) == (hashlib.sha256(raw).hexdigest(), len(raw))


@pytest.mark.parametrize(
    "other",
    [
        {"a": np.float32([1, 3])},
        {"a": np.float64([1, 2])},
        {"a": np.float32([[1, 2]])},
        {"b": np.float32([1, 2])},
        {"a": np.float32([1, 2]), "b": {}},
        {"a": np.float32([1, 2]), "b": []},
        {"a": np.float32([1, 2]), "b": None},
        {"a": [1.5, 2]},
        {},
    ],
)
def test_whatever_differs_has_another_hash(other: dict[str, Any]) -> None:
    assert states.hashed(other) != states.hashed({"a": np.float32([1, 2])})


@pytest.mark.parametrize(
    "state",
    [
        3,
        None,
        [np.zeros(2)],
        {"a": object()},
        {"a": np.array([object()])},
        {"a": float("nan")},
        {1.5: 2},
        {True: 1},
        {"a": 2**60},
    ],
)
def test_what_is_no_state_is_refused(state: object) -> None:
    with pytest.raises(states.StateError):
        states.hashed(state)


def test_a_state_within_itself_is_refused() -> None:
    state: dict[str, Any] = {}
    state["a"] = state
    with pytest.raises(states.StateError):
        states.hashed(state)


def test_the_hook_needs_no_more_than_it_says() -> None:
    code = (
        "import sys, touchstone.lineage.run as r, touchstone.lineage.canonical as c; c.dumps({});"
        "print(sorted({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=_bare())
    assert {name for name in eval(done.stdout) if not name.startswith("_")} <= {"numpy", "rfc8785", "touchstone"}


def _bare() -> dict[str, str]:
    paths = [str(_APP), *(path for path in sys.path if path.endswith("site-packages"))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def test_the_code_of_a_work_tree_is_told(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()

    def git(*arguments: str) -> str:
        name = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", "-C", str(tree), *name, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    (tree / "train.py").write_text("1\n")
    assert _trained(tmp_path / "none", repository=tree).code.commit is None
    git("add", "train.py")
    git("commit", "-q", "-m", "One")
    clean = _trained(tmp_path / "clean", repository=tree).code
    assert clean == record.Code(git("rev-parse", "HEAD"), dirty=False, diff_sha256=None)
    (tree / "train.py").write_text("2\n")
    dirty = _trained(tmp_path / "dirty", repository=tree)
    assert dirty.code.dirty
    assert dirty.code.diff_sha256 == hashlib.sha256((git("diff", "HEAD") + "\n").encode()).hexdigest()
    assert dirty.sessions[0].commit == clean.commit
    assert dirty.sessions[0].dirty
    assert _trained(tmp_path / "gone", repository=tmp_path / "nowhere").code.commit is None


def test_errors_of_lists_are_the_ones_that_are_told(tmp_path: Path) -> None:
    with pytest.raises(ItemsError):
        items.read(tmp_path / "nothing")
    assert canonical.sha256({}) == hashlib.sha256(b"{}").hexdigest()
