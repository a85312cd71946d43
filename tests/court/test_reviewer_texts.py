"""Every code of simulated and automated reviewers has its sentence, whatever comes with it."""

import pytest

from touchstone.chain.errors import ChainTrouble
from touchstone.court.automated import Happened
from touchstone.court.keeper import Wait
from touchstone.court.practice import Deed
from touchstone.court.practice_judging import MACHINES, TEMPERS
from touchstone.court.troubles import VoteTrouble
from touchstone.court.vault import VaultTrouble
from touchstone.registry.case_stage import Next, Stage
from touchstone.registry.court_types import Ballot, Phase
from touchstone.texts import automated, practice_reviewers

AT = Stage(Phase.COMMIT, 1_800_000_000, 1_800_100_000, Next.WAIT)


@pytest.mark.parametrize("deed", Deed)
def test_what_simulated_reviewers_did(deed):
    for count in (1, 3):
        said = practice_reviewers.deed(str(deed), {"count": count, "case": 7, "next": "tally"})
        assert said.endswith((".", "!"))


@pytest.mark.parametrize("wait", [one for one in Wait if one])
def test_why_nothing_is_due(wait):
    assert practice_reviewers.not_due(str(wait), AT, 5, 10) != practice_reviewers.not_due("nothing of ours", AT)


@pytest.mark.parametrize("step", [one for one in Next if one not in {Next.WAIT, Next.SETTLE}])
def test_what_moves_a_case_on(step):
    assert practice_reviewers.moved(str(step)) != str(step)
    assert practice_reviewers.due(step)


@pytest.mark.parametrize("code", ["not-practice", "no-case", "closed", "no-clock", "own-seal", "own-open", "else"])
def test_why_practice_refuses(code):
    assert practice_reviewers.trouble(code, {"case": 7}).endswith(".")


def test_how_they_are():
    for kind in (*TEMPERS, MACHINES):
        assert practice_reviewers.temper(kind.name)
    assert practice_reviewers.rates(50, 0, 0) == "wrong in 5 of 100 files"
    assert "30 of 100" in practice_reviewers.rates(25, 300, 20)
    assert practice_reviewers.drawn_from(0) != practice_reviewers.drawn_from(1_800_000_000)
    assert practice_reviewers.skipped(90_000, AT, AT)
    assert practice_reviewers.until(AT)


@pytest.mark.parametrize("kind", Happened)
def test_what_an_automated_reviewer_tells(kind):
    told = {"hash": "0x1", "count": 2, "root": "ab", "seconds": 5.0, "of": "disk", "code": "full"}
    for why in ("inconclusive", "claim", "missing", "withdrawn", "differs", "not-registered", "unknown"):
        said = automated.event(str(kind), 3, {**told, "why": why, "ballot": "cannot-tell", "what": "open"})
        assert said.startswith("Case 3: ")
        assert str(kind) == "sent" or not said.endswith(str(kind))


@pytest.mark.parametrize(
    ("of", "code"),
    [("chain", str(ChainTrouble.TIMEOUT)), ("store", "full"), ("disk", "failed")]
    + [("votes", str(one)) for one in VoteTrouble]
    + [("vault", str(one)) for one in VaultTrouble],
)
def test_what_hinders_it(of, code):
    params = {"of": of, "code": code, "params": {"case": 1}, "seconds": 10.0}
    assert "10 s" in automated.event("trouble", 1, params)


def test_every_vote_has_a_word():
    for one in Ballot:
        code = one.name.lower().replace("_", "-")
        said = automated.event("looked", 1, {"ballot": code})
        assert said != automated.event("looked", 1, {"ballot": "else"})
