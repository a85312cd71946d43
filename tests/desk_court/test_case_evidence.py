"""`touchstone case evidence|reply`, and bundles that are given away, as they are typed."""

from __future__ import annotations

from pathlib import Path

from tests.desk_court.bundles import picture, report_on
from tests.desk_court.commands import Run, document, flag, kept

from touchstone.court.evidence import EvidenceStore
from touchstone.paths import Home


def test_a_report_can_be_given_and_a_bundle_made_before(run: Run, folder: Path, tmp_path: Path) -> None:
    home = Home(folder / "home")
    ours, other = folder / "in" / "ours.jpg", picture(tmp_path, 2, "other.jpg")
    (tmp_path / "report.json").write_bytes(report_on(home, ours))
    given = ["--evidence", tmp_path / "report.json"]
    why = ["--choice", "generated", "--reason", "x"]
    ended, _out, err = run("case", "flag", other, *why, *given, key="other")
    assert ended == 1
    assert "about another file" in err
    made = document(run("case", "flag", ours, *why, *given, "--export", tmp_path / "e.zip", "--json"))
    assert (tmp_path / "e.zip").stat().st_size == made["bytes"]
    assert kept(folder) == set()
    uri = (tmp_path / "e.zip").as_uri()
    bundle = ["--bundle", tmp_path / "e.zip", "--uri", uri, "--json"]
    ended, _out, err = run("case", "flag", other, *bundle, key="other")
    assert ended == 1
    assert kept(folder) == set()
    flagged = document(run("case", "flag", ours, *bundle, key="other"))
    assert flagged["evidence"] == made["item"]
    # Another desk with the same ledger fetches it from there.
    EvidenceStore(home).remove(made["item"])
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert item["state"] == "elsewhere"
    fetched = document(run("case", "evidence", 1, "--fetch", "--json"))
    assert fetched["items"] == [{"item": made["item"], "fetched": True, "refused": None}]
    (item,) = document(run("case", "evidence", 1, "--json"))["items"]
    assert (item["state"], item["choice"], item["report"]) == ("here", "generated", "registered")


def test_hidden_evidence_stays_hidden(run: Run, folder: Path, tmp_path: Path) -> None:
    item = document(run(*flag(folder), key="other"))["evidence"]
    document(run("case", "evidence", 1, "--export", tmp_path / "e.zip", "--json"))
    assert document(run("case", "evidence", 1, "--hide", item[:10], "--json"))["hidden"] == item
    assert document(run("case", "evidence", 1, "--json"))["items"][0]["state"] == "hidden"
    assert kept(folder) == set()
    for asked in (["--check"], ["--export", tmp_path / "f.zip"], ["--fetch", "--item", item]):
        assert run("case", "evidence", 1, *asked)[0] == 1, asked
    assert run("case", "evidence", 1, "--fetch")[0] == 0
    assert run("case", "evidence", 1, "--unhide", item)[0] == 0
    ended, _out, err = run("case", "evidence", 1, "--fetch")
    assert ended == 1
    assert "does not say where it is" in err


def test_evidence_is_handed_in_once_and_leaves_nothing_where_it_is_not(run: Run, folder: Path, tmp_path: Path) -> None:
    first = document(run(*flag(folder, "--no-media", "--no-report"), key="other"))
    assert run("case", "evidence", 1, "--check")[0] == 1  # nobody has the file yet
    add = ["case", "evidence", 1, "--add", folder / "in" / "ours.jpg", "--reason", "here is the file", "--json"]
    signing = ["--key", "other", "--password-file", folder / "password"]
    assert run(*add, *signing)[0] == 1  # nobody agreed
    assert kept(folder) == {first["evidence"]}
    one, two = document(run(*add, key="other")), document(run(*add, key="other"))
    assert (one["item"], one["transaction"]) == (two["item"], two["transaction"])
    items = document(run("case", "evidence", 1, "--json"))["items"]
    assert [item["item"] for item in items] == [first["evidence"], one["item"]]
    assert items[1]["files"][0]["role"] == "media"  # by its bytes, whatever it was called
    assert document(run("case", "evidence", 1, "--check", "--json"))["media"]["sha256"] == first["media"]


def test_what_cannot_be_handed_in_is_said(run: Run, folder: Path, tmp_path: Path) -> None:
    document(run(*flag(folder), key="other"))
    before = kept(folder)
    other = document(
        run("case", "flag", picture(tmp_path, 3), "--choice", "generated", "--reason", "x",
            "--export", tmp_path / "e.zip", "--json")
    )  # fmt: skip
    refused: list[tuple[list[object], str]] = [
        (["evidence", 1, "--add", tmp_path / "gone", "--reason", "x"], "cannot be read"),
        (["evidence", 1, "--add", tmp_path / "harbour.jpg"], "Say why"),
        (["evidence", 1, "--bundle", tmp_path / "e.zip"], "about another file"),
        (["evidence", 1, "--reason", "x", "--uri", "ftp://example.org"], "Use https"),
        (["evidence", 9, "--reason", "x"], "no case 9"),
        (["reply", 1, "--reason", "x"], "no publisher"),
    ]
    for arguments, words in refused:
        ended, out, err = run("case", *arguments, key="other")
        assert (ended, out) == (1, ""), arguments
        assert words.lower() in err.lower(), (arguments, err)
        assert kept(folder) == before, arguments
    assert other["item"] not in before


def test_a_reply_is_taken_from_publishers_alone_and_evidence_until_the_votes(run: Run, folder: Path) -> None:
    document(run(*flag(folder), key="other"))
    before = kept(folder)
    assert run("ledger", "skip", 2 * 86400 + 3600)[0] == 0  # the last third of the window
    ended, _out, err = run("case", "evidence", 1, "--reason", "too late", key="other")
    assert ended == 1
    assert err
    assert kept(folder) == before
    assert run("case", "reply", 1, "--reason", "in time", key="practice")[0] == 0
    shown = document(run("case", "show", 1, "--json"))
    assert {"who": "anyone", "command": "touchstone case evidence 1 --add FILE --reason TEXT"} not in shown["can_do"]
    assert len(shown["items"]) == 2
