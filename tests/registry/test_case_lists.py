"""Lists of cases: filters, order, pages, whose turn it is; hostile texts stay plain."""

from __future__ import annotations

import pytest
from tests.registry.court_logs import COURT_NETWORK, DAY, FLAGGER, PARAMETERS, VOTERS, drawn, flagged, voted
from tests.registry.scripted import Chain, ScriptedNode, created, digest

from touchstone.chain import court_event_types as t
from touchstone.paths import Home
from touchstone.registry.case_lookup import Cases
from touchstone.registry.case_stage import CLOSED, OPEN
from touchstone.registry.case_types import Order
from touchstone.registry.court_types import Phase
from touchstone.registry.mirror import sync

START = 1_000_000
MANY = 30
ME, OTHER = "0x" + VOTERS[0].hex(), "0x" + VOTERS[4].hex()
HOSTILE = "\u202eLIKE '%' \x00 <b>; DROP TABLE court_case; --"


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Thirty cases about ten files; every third is final, every third cancelled. In 28 votes are sealed, mine is not;
    in 29 mine is sealed and they are being opened."""
    chain = Chain()
    chain.add(PARAMETERS, *created())
    for n in range(1, MANY + 1):
        claim = HOSTILE if n == 5 else f"Claim of Straße {n}" if n % 2 else ""
        publisher = 1 if n == 7 else 0
        chain.add(flagged(n, digest("media", n % 10), claim=claim, publisher=publisher), time=START + n)
    for n in range(3, MANY, 3):
        chain.add(t.Finalised(n, 3, 1, 1, 1), time=START + 100 + n)
    for n in range(1, MANY, 3):
        if n != 28:
            chain.add(t.CaseCancelled(n, 1), time=START + 200 + n)
    voters = [VOTERS[0], VOTERS[1]]
    for n, ends in ((28, START + 9 * DAY), (29, START + 7 * DAY), (3, START + 8 * DAY)):
        chain.add(*drawn(n, 0, voters), t.CommitStarted(n, 0, 2, bytes(32), ends), time=START + 3 * DAY)
    chain.add(*voted(29, 0, {0: None, 1: None}), time=START + 4 * DAY)
    chain.add(t.Finalised(3, 3, 1, 1, 1), time=START + 4 * DAY)
    chain.add(t.EvidenceAdded(20, VOTERS[4], digest("i"), digest("r"), ""), time=START + 5 * DAY)
    chain.add(t.AppealFunded(21, 0, True, VOTERS[4], 5, 5), time=START + 5 * DAY)
    home = Home(tmp_path_factory.mktemp("lists"))
    sync(home, COURT_NETWORK, [ScriptedNode(chain)])
    found = Cases(home, COURT_NETWORK)
    yield found
    found.close()


def ids(found):
    return [case.id for case in found]


def test_pages_put_together_are_the_whole_list(cases):
    whole = ids(cases.listing(limit=1000))
    assert whole == list(range(MANY, 0, -1))
    assert cases.count() == MANY
    paged = [number for at in range(0, 36, 4) for number in ids(cases.listing(limit=4, offset=at))]
    assert paged == whole
    assert ids(cases.listing(order=Order.OLDEST, limit=3)) == [1, 2, 3]
    assert cases.listing(limit=0) == cases.listing(offset=MANY) == ()


@pytest.mark.parametrize("states", [OPEN, CLOSED, {Phase.FINAL}, {Phase.CANCELLED, Phase.COMMIT}, {Phase.REVEAL}])
def test_phases_are_picked(cases, states):
    everything = cases.listing(limit=1000)
    wanted = [case.id for case in everything if case.phase in states]
    assert ids(cases.listing(states, limit=1000)) == wanted
    assert cases.count(states) == len(wanted)
    assert ids(cases.listing(states, limit=2, offset=1)) == wanted[1:3]
    assert ids(cases.listing(states, order=Order.OLDEST, limit=1000)) == wanted[::-1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("STRASSE 1", [19, 17, 15, 13, 11, 1]),
        ("#12", [12]),
        ("like '%'", [5]),
        ("drop table", [5]),
        ("%", [5]),
        ("agence", [7]),
        ("no such words", []),
        ("0xF1F1", list(range(MANY, 0, -1))),
        ("12", [12]),
        (digest("media", 4).hex()[:9], [24, 14, 4]),
        (digest("media", 4).hex(), [24, 14, 4]),
        (digest("media", 4).hex() + "0", []),
        ("a4a4a4", [21, 20]),
        ("\udcff", []),
    ],
)
def test_words_are_looked_for_as_they_are(cases, text, wanted):
    assert ids(cases.listing(text=text, limit=1000)) == wanted
    assert cases.count(text=text) == len(wanted)


def test_a_file_and_what_one_takes_part_in(cases):
    media = digest("media", 4).hex()
    assert ids(cases.listing(media=media)) == ids(cases.about(media)) == [24, 14, 4]
    assert ids(cases.listing(media=media, states=CLOSED)) == [24, 4]
    assert ids(cases.listing(mine=[ME])) == [29, 28, 3]
    assert ids(cases.listing(mine=[OTHER])) == [21, 20]
    assert cases.count(mine=["0x" + FLAGGER.hex()]) == MANY
    assert ids(cases.listing(mine=[ME, OTHER], states={Phase.FINAL}, text="#3")) == [3]
    assert cases.listing(mine=["0x" + "00" * 20]) == ()


def test_whose_turn_it_is_comes_first(cases):
    now = START + 7 * DAY
    assert ids(cases.turns([ME], now)) == [28, 29, 3], (
        "sealing ends first, then opening, then what is only to be settled"
    )
    listed = ids(cases.listing(first=[ME], now=now, limit=1000))
    assert listed[:3] == [28, 29, 3]
    assert sorted(listed) == list(range(1, MANY + 1))
    assert ids(cases.listing(first=[ME], now=now, limit=2, offset=2)) == listed[2:4]
    assert ids(cases.listing(OPEN, first=[ME], now=now, limit=3)) == [28, 29, 30]
    assert ids(cases.turns([ME], now - 1)) == [28, 3], "nothing can be opened yet"
    assert ids(cases.turns([ME], now + 2 * DAY)) == [3], "it is too late for either"
    assert cases.turns([OTHER], now) == ()


def test_what_is_no_hash_or_address_is_refused(cases):
    for wrong in (lambda: cases.about("zz"), lambda: cases.listing(mine=["0xzz"]), lambda: cases.listing(media="xy")):
        with pytest.raises(ValueError, match="hex"):
            wrong()


def test_hostile_text_comes_as_it_was_written(cases):
    assert cases.get(5).untrusted_claim == HOSTILE


def test_after_the_end_nothing_is_found(cases, tmp_path):
    other = Cases(Home(tmp_path), COURT_NETWORK)
    assert not other.is_known()
    assert other.listing() == ()
    assert other.get(1) is None
    other.close()
    assert other.count() == 0


def test_no_number_of_cases_about_texts_hides_those_about_the_file(tmp_path, monkeypatch):
    from touchstone.registry import case_lists

    monkeypatch.setattr(case_lists, "MOST", 3)
    chain, media = Chain(), digest("media")
    chain.add(PARAMETERS, flagged(1, media), flagged(2, media))
    chain.add(*(flagged(n, media, claim=f"Claim {n}") for n in range(3, 9)))
    sync(Home(tmp_path), COURT_NETWORK, [ScriptedNode(chain)])
    assert ids(Cases(Home(tmp_path), COURT_NETWORK).about(media.hex())) == [8, 7, 6, 2, 1]
