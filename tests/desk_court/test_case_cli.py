"""`touchstone case flag|list|show`, as they are typed, on a practice ledger with real keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.desk_court.bundles import sha256
from tests.desk_court.commands import Run, document, flag, kept

from touchstone.paths import Home
from touchstone.store.outbox import Outbox


def test_from_flag_to_reply(run: Run, folder: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("the tide table of that day")
    flagged = document(run(*flag(folder, "--evidence", note, "--link", "https://example.org/a"), key="other"))
    media = sha256(folder / "in" / "ours.jpg")
    assert (flagged["case"], flagged["media"], flagged["already"]) == (1, media, False)
    assert kept(folder) == {flagged["evidence"]}
    # The list, and who is it about.
    (listed,) = document(run("case", "list", "--json", "--open", "--mine"))["cases"]
    assert (listed["case"], listed["phase"], listed["ruling"], listed["flagger"]) == (
        1, "flagged", None, flagged["flagger"].lower(),
    )  # fmt: skip
    assert (listed["bounty"], listed["bond"]) == (
        {"amount": "30.60", "units": 30_600_000}, {"amount": "35.00", "units": 35_000_000},
    )  # fmt: skip
    assert document(run("case", "list", "--json", "--text", media[:12]))["total"] == 1
    assert document(run("case", "list", "--json", "--text", "nothing like it"))["total"] == 0
    # The case.
    shown = document(run("case", "show", 1, "--json"))
    assert (shown["untrusted_publisher"], shown["publisher"]) == ("Agence X", 1)
    assert [(one["item"], one["here"]) for one in shown["items"]] == [(flagged["evidence"], "here")]
    assert shown["ends"] - shown["flagged"] == 3 * 86400
    assert {"who": "publisher", "command": "touchstone case reply 1 --reason TEXT"} in shown["can_do"]
    text = run("case", "show", 1)[1]
    assert "30.60 practice dollars" in text
    assert "Was it altered or generated?" in text
    # Evidence: what is here is verified and can be checked as any file.
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert (item["state"], item["choice"], item["untrusted_reason"]) == ("here", "edited", "the quay was dry")
    assert [one["untrusted_name"] for one in item["files"]] == ["ours.jpg", "note.txt"]
    report = document(run("case", "evidence", 1, "--check", "--json"))
    assert (report["media"]["sha256"], report["media"]["name"]) == (media, "ours.jpg")
    assert run("case", "evidence", 1, "--check", item["item"][:8])[0] == 0
    # A second look by somebody else, and the reply of the publisher.
    more = run("case", "evidence", 1, "--add", note, "--reason", "it was ebb", "--json", key="practice")
    assert "stays on this computer" in more[2]
    assert document(more)["item"] in kept(folder)
    said = run("case", "reply", 1, "--reason", "it is as it was", "--counter-bond", "--json", key="practice")
    assert document(said)["case"] == 1
    items = document(run("case", "evidence", 1, "--json"))["items"]
    assert [(one["publisher"], one["state"]) for one in items] == [(None, "here"), (None, "here"), (1, "here")]
    assert items[2]["counter_bond"] == {"amount": "35.00", "units": 35_000_000}
    # The flagger's own check knows that the registration is theirs; what others get does not say so.
    inside = (folder / "home" / "evidence" / flagged["evidence"] / "report.json").read_bytes()
    assert b'"own_key":true' not in inside
    assert b'"own":true' not in inside
    # Everybody's check says so.
    checked = document(run("check", folder / "in" / "ours.jpg", "--json"))
    (reviewers,) = [one for one in checked["findings"] if one["witness"] == "reviewers"]
    assert reviewers["details"]["case"] == 1


def test_nothing_is_flagged_twice_or_without_sense(run: Run, folder: Path, tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.txt"
    empty.touch()
    text.write_text("no picture")
    path = folder / "in" / "ours.jpg"
    why = ["--choice", "manipulated", "--reason", "x"]
    refused: list[tuple[list[object], str]] = [
        (["case", "flag", tmp_path / "gone.jpg", *why], "cannot be read"),
        (["case", "flag", tmp_path, *why], "cannot be read"),
        (["case", "flag", empty, *why], "nothing to review"),
        (["case", "flag", text, *why], "nothing to review"),
        (["case", "flag", path, "--choice", "context", "--reason", "x"], "Say the text"),
        (["case", "flag", path, *why, "--claim", "a ship"], "Only a flag"),
        (["case", "flag", path, *why, "--bond", "1"], "35.00 practice dollars"),
        (["case", "flag", path, *why, "--bounty", "30.59"], "30.60 practice dollars"),
        (["case", "flag", path, *why, "--link", "file:///etc/passwd"], "no address of the web"),
        (["case", "flag", path, *why, "--uri", "gopher://x"], "Use https, ipfs or file"),
        (["case", "flag", path, *why, "--uri", "https://example.org/" + "x" * 500], "512 bytes"),
        (["case", "flag", path, *why, "--evidence", empty], "is empty"),
        (["case", "flag", path, *why, "--evidence", tmp_path / "gone"], "cannot be read"),
        (["case", "flag", path, *why, "--evidence", tmp_path], "cannot be read"),
        (["case", "flag", path, *why, "--bundle", text], "no bundle of evidence"),
    ]
    for arguments, words in refused:
        ended, out, err = run(*arguments, key="other")
        assert (ended, out) == (1, ""), arguments
        assert words in err, (arguments, err)
        assert kept(folder) == set(), arguments
    assert run("case", "flag", path, "--choice", "manipulated", key="other")[0] == 2
    assert document(run(*flag(folder), key="other"))["case"] == 1
    before = kept(folder)
    ended, out, err = run(*flag(folder), key="practice")
    assert (ended, out) == (1, "")
    assert "Case 1 about this is open already" in err
    assert kept(folder) == before
    context = ["case", "flag", path, "--choice", "context", "--claim", "a ship", "--reason", "x", "--json"]
    assert document(run(*context, key="other"))["case"] == 2


def test_what_is_not_agreed_to_leaves_nothing(run: Run, folder: Path) -> None:
    signing = ["--key", "other", "--password-file", folder / "password"]
    ended, out, err = run(*flag(folder), *signing)
    assert (ended, out) == (1, "")
    assert "not done" in err
    assert kept(folder) == set()
    outbox = Outbox(Home(folder / "home"))
    assert not [one for one in outbox.recent() if one.code.startswith("case-flag")]
    outbox.close()


def test_what_is_asked_wrongly_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no case 7" in run("case", "show", 7)[2]
    assert "no case 0" in run("case", "evidence", 0)[2]
    assert run("case", "list")[0] == 0
    for arguments in (["show", "x"], ["list", "--limit", "-1"], ["flag"], ["evidence", "1", "--most", "0"], []):
        with pytest.raises(SystemExit) as ended:
            run("case", *arguments)
        assert ended.value.code == 2
    capsys.readouterr()
