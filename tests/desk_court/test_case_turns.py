"""What `case show` says can be done, by whom, as a case goes on; and a voter who says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.chain.nodes import PASSWORD
from tests.court import reviewing
from tests.court.reviewing import DAY
from tests.desk_court.commands import document, typed

from touchstone.court.evidence import EvidenceStore
from touchstone.registry import court


def test_who_can_do_what_until_it_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reviewing.make(tmp_path / "home")
    bench = reviewing.opened(tmp_path / "home")
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    store = EvidenceStore(bench.home)

    def run(*arguments: object, by: str = "") -> tuple[int, str, str]:
        more = ["--key", by, "--password-file", password, "--yes"] if by else []
        return typed(tmp_path / "home", capsys, "case", *arguments, *more)

    def can_do() -> dict[str, str]:
        found = document(run("show", 1, "--json"))
        return {one["command"].split()[2]: one["who"] for one in found["can_do"]}

    try:
        assert can_do() == {"evidence": "anyone", "seal": "you", "skip": "anyone"}
        seats = bench.seats(1)
        for who in seats:
            assert run("seal", 1, "--vote", "altered", by=who)[0] == 0
        assert document(run("show", 1, "--json"))["ruling"] is None
        assert "Reviewers found" not in run("show", 1)[1]
        bench.ledger.skip(2 * DAY)
        assert can_do() == {"evidence": "anyone", "open": "you", "skip": "anyone"}
        first, *others = seats
        ended, _out, err = run("justify", 1, "--reason", "before it is open", by=first)
        assert ended == 1
        assert err
        assert store.items() == ()
        for who in seats:
            assert run("open", 1, by=who)[0] == 0
        why = document(run("justify", 1, "--reason", "look at the hands", "--json", by=first))
        assert why["item"] in store.items()
        shown = document(run("evidence", 1, "--json"))["items"]
        assert [(one["kind"], one["state"]) for one in shown] == [("evidence", "elsewhere"), ("why", "here")]
        assert shown[1]["untrusted_reason"] == "look at the hands"
        assert shown[1]["sender"] == bench.address(first)
        bench.ledger.skip(2 * DAY)
        assert can_do()["advance"] == "anyone"
        bench.send("dot", court.tally(bench.network, 1))
        document_now = document(run("show", 1, "--json"))
        assert (document_now["phase"], document_now["ruling"]) == ("appealable", "edited")
        assert can_do()["appeal"] == "anyone"
        assert "Altered: " in run("show", 1)[1]
        bench.ledger.skip(3 * DAY)
        bench.send("dot", court.finalise(bench.network, 1))
        assert can_do() == {"settle": "anyone", "withdraw": "anyone"}
        for who in seats:
            bench.send("dot", court.settle(bench.network, 1, 0, bench.address(who)))
        assert can_do() == {"withdraw": "anyone"}
        assert document(run("list", "--json", "--open"))["total"] == 0
        (listed,) = document(run("list", "--json"))["cases"]
        assert (listed["phase"], listed["ruling"], listed["decided_by"]) == ("final", "edited", 0)
        assert others
    finally:
        bench.close()
