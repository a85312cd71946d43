"""The samples as a user meets them: made by the command, read by the SDK, checked by the application."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from dataclasses import replace
from pathlib import Path

import c2pa
import cv2
import numpy as np
import pytest
from PIL import Image
from tests.detect import nets
from tests.making import Authority

from touchstone.chain.errors import ChainError, ChainTrouble
from touchstone.chain.local import PracticeLedger
from touchstone.check import practice_once
from touchstone.check.models import ModelStore
from touchstone.check.opening import Stopped
from touchstone.check.run import Checker
from touchstone.check.samples import NAMES, README, SampleRecord, SamplesError, SamplesFailure, make_samples
from touchstone.check.samples_register import PUBLISHER, register_samples
from touchstone.media import pdq
from touchstone.paths import Home
from touchstone.report import Witness

MIME = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4", ".wav": "audio/wav"}
SIGNED_WELL = ["signed", "laundered", "declared-ai", "composite", "video-signed", "sound-signed"]
UNSIGNED = ["generator-text", "stripped", "smaller", "plain", "withdrawn", "everyday"]
STILLS = [code for code, name in NAMES.items() if name.endswith((".jpg", ".png"))]


def command(*arguments, home, **options):
    return subprocess.run(
        [sys.executable, "-m", "touchstone", "--home", str(home), *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("samples")


@pytest.fixture(scope="module")
def home(place):
    return Home(place / "home")


@pytest.fixture(scope="module")
def made(place, home):
    done = command("samples", place / "files", "--json", home=home.root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def files(made, place):
    return {code: place / "files" / name for code, name in NAMES.items()}


def read(path, root):
    """The SDK's own view of a file, with the sample root as the only anchor."""
    settings = {
        "trust": {"user_anchors": root},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
    }
    with c2pa.Reader(
        MIME[path.suffix], io.BytesIO(path.read_bytes()), context=c2pa.Context.from_dict(settings)
    ) as reader:
        return json.loads(reader.json())


def failures(view):
    return {entry["code"] for entry in view["validation_results"]["activeManifest"]["failure"]}


def active(view):
    return view["manifests"][view["active_manifest"]]


def source_types(manifest):
    actions = next(a["data"]["actions"] for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    return [a["digitalSourceType"].rsplit("/", 1)[-1] for a in actions if "digitalSourceType" in a]


def test_the_folder_holds_the_samples_and_a_readme_that_explains_each(made, place):
    assert sorted(path.name for path in (place / "files").iterdir()) == sorted([*NAMES.values(), README])
    assert [entry["code"] for entry in made["files"]] == list(NAMES)
    text = (place / "files" / README).read_text(encoding="utf-8")
    for entry in made["files"]:
        assert entry["text"] in text
        assert Path(entry["path"]).name in text


@pytest.mark.parametrize("code", SIGNED_WELL)
def test_signed_samples_stand_on_the_sample_root_and_are_whole(code, made, files):
    view = read(files[code], made["root"])
    assert view["validation_state"] == "Trusted"
    assert failures(view) == set()
    manifest = active(view)
    assert manifest["claim_generator_info"][0]["name"] == "Touchstone samples"
    signer = manifest["signature_info"]
    assert (signer["issuer"], signer["common_name"]) == ("Touchstone samples", "made on this computer")
    assert "time" not in manifest["signature_info"]


@pytest.mark.parametrize("code", SIGNED_WELL)
def test_without_the_sample_root_nobody_vouches_for_a_sample(code, files):
    assert "signingCredential.untrusted" in failures(read(files[code], Authority.create().pem))


@pytest.mark.parametrize(
    ("code", "mismatch"),
    [
        ("changed", "assertion.dataHash.mismatch"),
        ("video-changed", "assertion.bmffHash.mismatch"),
        ("sound-changed", "assertion.dataHash.mismatch"),
    ],
)
def test_changed_samples_fail_by_their_data_alone(code, mismatch, made, files):
    assert failures(read(files[code], made["root"])) == {mismatch}


def test_the_laundered_sample_has_a_failed_parent_under_a_good_signature(made, files):
    view = read(files["laundered"], made["root"])
    (parent,) = active(view)["ingredients"]
    assert parent["relationship"] == "parentOf"
    failed = {entry["code"] for entry in parent["validation_results"]["activeManifest"]["failure"]}
    assert failed == {"assertion.dataHash.mismatch"}


def test_the_expired_sample_has_run_out_and_has_no_other_fault(made, files):
    view = read(files["expired"], made["root"])
    assert failures(view) == {"signingCredential.untrusted", "signingCredential.expired"}


def test_the_composite_has_two_traceable_ingredients_with_pictures(made, files):
    ingredients = active(read(files["composite"], made["root"]))["ingredients"]
    assert [i["relationship"] for i in ingredients] == ["componentOf", "componentOf"]
    for ingredient in ingredients:
        assert ingredient["validation_results"]["activeManifest"]["failure"] == []
        assert ingredient["active_manifest"]
        assert ingredient["thumbnail"]["format"] == "image/jpeg"


def test_what_the_samples_say_of_their_origin(made, files):
    said = {
        code: source_types(active(read(files[code], made["root"]))) for code in ("signed", "declared-ai", "composite")
    }
    assert said == {
        "signed": ["algorithmicMedia"],
        "declared-ai": ["trainedAlgorithmicMedia"],
        "composite": ["composite"],
    }


@pytest.mark.parametrize("code", UNSIGNED)
def test_unsigned_samples_carry_no_credentials(code, made, files):
    with pytest.raises(c2pa.C2paError, match="ManifestNotFound"):
        read(files[code], made["root"])


def test_only_one_sample_carries_a_generators_text(files):
    with Image.open(files["generator-text"]) as image:
        assert "Steps: 28" in image.info["parameters"]
    with Image.open(files["plain"]) as image:
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_stripped_copy_is_the_signed_picture_to_the_last_pixel(files):
    with Image.open(files["signed"]) as signed, Image.open(files["stripped"]) as stripped:
        assert np.array_equal(np.asarray(signed), np.asarray(stripped))


def test_the_edit_took_one_boat_out_and_left_the_rest(files):
    with Image.open(files["signed"]) as signed, Image.open(files["changed"]) as changed:
        apart = np.abs(np.asarray(signed, np.int16) - np.asarray(changed, np.int16)).max(axis=2)
    assert apart[300:900, 700:1100].max() > 100  # where the boat was
    assert np.median(apart[:250]) <= 3  # the sky: nothing but the encoder's rounding


@pytest.mark.parametrize("code", STILLS)
def test_pictures_are_rich_enough_for_a_fingerprint(code, files):
    assert _fingerprint(files[code]).quality == 100


def test_fingerprints_tell_the_pictures_apart_and_the_copies_together(files):
    bits = {code: _bits(files[code]) for code in STILLS}
    assert bits["stripped"] == bits["signed"]
    assert _apart(bits["smaller"], bits["signed"]) <= 16
    distinct = [
        "signed", "expired", "declared-ai", "generator-text", "plain", "composite", "withdrawn", "everyday",
    ]  # fmt: skip
    for number, one in enumerate(distinct):
        for other in distinct[number + 1 :]:
            assert _apart(bits[one], bits[other]) > 80, (one, other)


def _fingerprint(path):
    with Image.open(path) as image:
        return pdq.fingerprint(np.asarray(image.convert("RGB")))


def _bits(path):
    return int(_fingerprint(path).hashes[0], 16)


def _apart(one, other):
    return (one ^ other).bit_count()


@pytest.mark.parametrize("code", ["video-signed", "video-changed"])
def test_films_play_to_their_end(code, files, monkeypatch):
    # The product's reader sets this for its own process, and only lets streams through; here a path is opened.
    monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", raising=False)
    film = cv2.VideoCapture(str(files[code]))
    frames = []
    while (read_frame := film.read())[0]:
        frames.append(read_frame[1])
    film.release()
    assert len(frames) == 40
    assert np.abs(frames[0].astype(int) - frames[20].astype(int)).mean() > 2  # something moves


def test_sounds_last_the_same_and_differ(files):
    heard = {}
    for code in ("sound-signed", "sound-changed"):
        with wave.open(str(files[code])) as sound:
            assert sound.getframerate() == 44100
            assert 6 < sound.getnframes() / 44100 < 7
            heard[code] = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(int)
    assert np.abs(heard["sound-signed"]).max() > 20000
    assert np.abs(heard["sound-signed"] - heard["sound-changed"]).max() > 2000


def test_no_key_is_left_anywhere(made, place):
    for path in place.rglob("*"):
        if path.is_file():
            assert b"PRIVATE KEY" not in path.read_bytes(), path


def test_a_detector_says_nothing_of_what_is_known_to_be_drawn(made, files, home, tmp_path):
    certain = replace(nets.MEASURED, limit=0.0, none_below=0.0)
    nets.install(tmp_path / "models", calibration=certain)
    copy = tmp_path / "copy.png"
    Image.open(files["plain"]).convert("RGB").save(copy)
    checker = Checker(home, models=ModelStore(home, tmp_path / "models"))
    try:
        sample, other = (checker.check(p).report.finding(Witness.AI_IMAGE) for p in (files["plain"], copy))
    finally:
        checker.close()
    assert (sample.code, sample.details["decision"], sample.details["reason"]) == (*["inconclusive"] * 2, "drawing")
    assert other.code == "signs"


def test_the_record_knows_every_sample_by_its_hash(made, home):
    record = SampleRecord.load(home)
    assert record.sha256 == {entry["sha256"] for entry in made["files"]}
    assert record.roots == made["root"]


ANSWERS = {
    "signed": "traced",
    "changed": "doubtful",
    "laundered": "doubtful",
    "expired": "signed-unknown",
    "declared-ai": "declared-ai",
    "generator-text": "declared-ai",
    "stripped": "similar",
    "smaller": "similar",
    "plain": "registered",
    "composite": "traced",
    "video-signed": "traced",
    "video-changed": "doubtful",
    "sound-signed": "traced",
    "sound-changed": "doubtful",
    "withdrawn": "doubtful",
    "everyday": "no-proof",
}


@pytest.fixture(scope="module")
def reports(home, files):
    done = command("check", "--json", *files.values(), home=home.root)
    assert done.returncode == 0, done.stderr
    return dict(zip(files, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("code", NAMES)
def test_a_check_comes_to_what_the_sample_shows(code, reports):
    assert reports[code]["answer"] == ANSWERS[code]


def details(report, witness):
    return next(f for f in report["findings"] if f["witness"] == witness)["details"]


def credentials(report):
    return details(report, "credentials")


def test_the_register_says_who_registered_what_and_that_it_is_practice(made, reports):
    assert made["registered"] is True
    matches = {code: details(report, "register")["match"] for code, report in reports.items()}
    assert {code for code, match in matches.items() if match == "exact"} == {"signed", "plain", "withdrawn"}
    assert {code for code, match in matches.items() if match == "similar"} == {"stripped", "smaller"}
    for code, report in reports.items():
        found = details(report, "register")
        assert (found["practice"], found["network"]) == (True, "practice")
        if matches[code] != "none":
            assert (found["own"], found["domain_verified"]) == (True, False)
            assert found["untrusted_publisher"] == PUBLISHER
    original = next(entry["sha256"] for entry in made["files"] if entry["code"] == "signed")
    assert details(reports["smaller"], "register")["similar_sha256"] == original
    assert details(reports["withdrawn"], "register")["claims"][0]["revoked_reason"] == "manipulated"
    assert reports["plain"]["headline_text"].startswith("Practice: Registered by an unverified publisher on ")
    assert reports["withdrawn"]["headline_text"] == "Practice: Withdrawn by the unverified publisher that registered it"
    assert reports["smaller"]["headline_text"].startswith("Practice: Looks like a file that an unverified publisher")


def test_registering_them_again_changes_nothing(home, files):
    assert register_samples(home, files) == 0


def test_a_ledger_that_began_anew_gets_them_again(home, files, tmp_path):
    again = Home(tmp_path / "home")
    shutil.copytree(home.root, again.root)
    ledger = PracticeLedger(again.ledger)
    ledger.reset(keep_copy=False)
    ledger.close()
    assert register_samples(again, files) == 3


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_an_interrupted_registration_is_finished_and_not_begun_again(sent, home, files, tmp_path, monkeypatch):
    again = Home(tmp_path / "home")
    shutil.copytree(home.samples, again.samples)
    mined, done = practice_once.mined, []

    def stops(ledger, raw):
        if len(done) >= sent:
            raise ChainError(ChainTrouble.BUSY)
        done.append(raw)
        return mined(ledger, raw)

    monkeypatch.setattr(practice_once, "mined", stops)
    with pytest.raises(ChainError):
        register_samples(again, files)
    monkeypatch.setattr(practice_once, "mined", mined)
    register_samples(again, files)
    found = json.loads(command("check", "--json", files["withdrawn"], home=again.root).stdout)
    assert details(found, "register")["match"] == "exact"
    assert details(found, "register")["revoked_reason"] == "manipulated"
    assert details(found, "register")["claimants"] == 1
    assert not (again.samples / "registrations.json").exists()


@pytest.mark.parametrize("journal", ["", "[1]", '["zz"]', '["00"]', "{", '{"a": 1}'])
def test_a_journal_that_makes_no_sense_is_dropped(journal, home, files, tmp_path):
    again = Home(tmp_path / "home")
    shutil.copytree(home.root, again.root)
    (again.samples / "registrations.json").write_text(journal)
    assert register_samples(again, files) == 0
    assert not (again.samples / "registrations.json").exists()


def test_the_samples_list_is_named_as_what_vouches(reports):
    assert {credentials(reports[code])["issuer"] for code in SIGNED_WELL} == {"samples"}
    assert credentials(reports["expired"])["issuer"] == "expired"
    assert credentials(reports["laundered"])["history"] == "ingredient-failed"
    assert credentials(reports["composite"])["history"] == "complete"


def test_the_samples_list_vouches_for_the_recorded_files_and_no_other(home, files, made, tmp_path):
    copy = tmp_path / "under another name.jpg"
    shutil.copy(files["signed"], copy)
    forgetful = Home(tmp_path / "home")
    forgetful.samples.mkdir(parents=True)
    record = json.loads((home.samples / "record.json").read_text())
    hashes = {entry["code"]: entry["sha256"] for entry in made["files"]}
    del record["generations"][0]["files"][hashes["signed"]]
    (forgetful.samples / "record.json").write_text(json.dumps(record))

    def checked(path, where):
        report = json.loads(command("check", "--json", path, home=where.root).stdout)
        return report["answer"], credentials(report)["issuer"]

    assert checked(copy, home) == ("traced", "samples")
    assert checked(copy, forgetful) == ("signed-unknown", "unknown")  # the root is there, the file is not
    assert checked(files["composite"], forgetful) == ("traced", "samples")


def test_making_them_again_replaces_them_and_keeps_older_folders_working(home, files, made, place, tmp_path):
    again, folder = Home(tmp_path / "home"), tmp_path / "files"
    shutil.copytree(home.root, again.root)
    shutil.copytree(place / "files", folder)
    second = make_samples(again, folder, readme="two")
    assert (folder / README).read_text() == "two"
    assert second.root != made["root"]
    record = SampleRecord.load(again)
    assert {entry["sha256"] for entry in made["files"]} | set(second.sha256.values()) == record.sha256
    assert record.roots == second.root + made["root"]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    older = command("check", "--json", files["signed"], folder / NAMES["signed"], home=again.root)
    assert [json.loads(line)["answer"] for line in older.stdout.splitlines()] == ["traced", "traced"]

    # An edited sample is the user's own work: it is not replaced, and nothing else is either.
    edited = folder / NAMES["plain"]
    edited.write_bytes(edited.read_bytes() + b"mine")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SamplesError) as refused:
        make_samples(again, folder)
    assert (refused.value.failure, refused.value.name) == (SamplesFailure.NOT_OURS, NAMES["plain"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("thing", ["file", "folder", "link", "dangling"])
@pytest.mark.parametrize("name", [NAMES["video-changed"], README])
def test_what_is_not_a_sample_is_never_touched(thing, name, tmp_path):
    folder, own = tmp_path / "files", tmp_path / "own.txt"
    folder.mkdir()
    own.write_text("mine")
    match thing:
        case "file":
            (folder / name).write_text("mine")
        case "folder":
            (folder / name).mkdir()
        case "link":
            (folder / name).symlink_to(own)
        case "dangling":
            (folder / name).symlink_to(tmp_path / "nowhere")
    done = command("samples", folder, home=tmp_path / "home")
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == [name]
    assert own.read_text() == "mine"
    assert not (tmp_path / "home").exists()


def test_a_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    done = command("samples", tmp_path / "taken", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (1, "")
    assert "taken is not a folder" in done.stderr


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that nobody can write to")
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    done = command("samples", "/sys/kernel", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (1, "")
    assert "/sys/kernel cannot be written to" in done.stderr


def test_no_room_leaves_nothing_behind(tmp_path):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = command("samples", tmp_path / "files", home=tmp_path / "home", preexec_fn=limit)
    assert done.returncode == 1
    assert "not enough room" in done.stderr
    assert not (tmp_path / "files").exists()


def test_a_home_that_cannot_be_written_to_means_no_samples(tmp_path):
    (tmp_path / "home").write_text("not a folder")
    done = command("samples", tmp_path / "files", home=tmp_path / "home")
    assert done.returncode == 1
    assert "record of samples" in done.stderr
    assert not (tmp_path / "files").exists()


def test_stopping_leaves_nothing(tmp_path):
    home, cancel, steps = Home(tmp_path / "home"), threading.Event(), []

    def on_step(step):
        steps.append(step)
        cancel.set()

    with pytest.raises(Stopped):
        make_samples(home, tmp_path / "files", on_step, cancel)
    assert len(steps) == 1
    assert not (tmp_path / "files").exists()
    assert SampleRecord.load(home).sha256 == frozenset()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_command_leaves_no_file_and_no_process(how, tmp_path):
    folder = tmp_path / "files"
    arguments = [sys.executable, "-m", "touchstone", "--home", tmp_path / "home", "samples", folder]
    running = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(lambda: list(folder.glob(".touchstone-samples-*/*")))  # the child is at work
    if how is signal.SIGINT:
        os.killpg(running.pid, how)  # as a terminal does it: to the whole group
    else:
        running.send_signal(how)
    _out, complaint = running.communicate(timeout=30)
    assert "Traceback" not in complaint
    wait_until(lambda: not processes_of(running.pid))
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def wait_until(true, seconds=30):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def processes_of(session):
    """Living processes of a session, from /proc."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(entry))
    return found
