"""A history of 100,000 reports: the slowest page and count over every order, filter and search."""

from __future__ import annotations

import random
import tempfile
import time
from itertools import product
from pathlib import Path

from results import Table

from touchstone.paths import Home
from touchstone.report import Answer, Finding, Kind, Media, Message, Picture, Report, Status, Witness
from touchstone.store.history import History, HistoryOrder, HistoryQuery

_WORDS = ("holiday", "press", "img", "dsc", "scan", "protest", "archive", "camera", "export", "final")
_SEARCHES = ("", "a", "protest", "zzzz", "Agence ü", "12345", "press jpg")
_FILTERS = (frozenset(), frozenset({Answer.TRACED, Answer.NO_PROOF}))


def measure(table: Table, *, quick: bool) -> None:
    count = 2_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        history = History(Home(Path(folder)))
        start = time.perf_counter()
        _fill(history, count)
        table.add(f"history: adding one report to {count}", (time.perf_counter() - start) / count * 1e3, "ms")
        slowest = {"page": 0.0, "count": 0.0}
        for text, answers in product(_SEARCHES, _FILTERS):
            found = history.count(HistoryQuery(text, answers))
            slowest["count"] = max(slowest["count"], _best(lambda: history.count(HistoryQuery(text, answers))))  # noqa: B023
            for order, descending, offset in product(HistoryOrder, (True, False), (0, max(0, found - 50))):
                query = HistoryQuery(text, answers, order, descending)
                slowest["page"] = max(slowest["page"], _best(lambda: history.page(query, offset, 50)))  # noqa: B023
        for name, seconds in slowest.items():
            table.add(f"  slowest {name} of {len(_SEARCHES) * len(_FILTERS)} queries", seconds * 1e3, "ms", 50)
        history.close()


def _best(work) -> float:
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _fill(history: History, count: int) -> None:
    chance = random.Random(3)
    picture = Picture(64, 48, chance.randbytes(64 * 48 * 3))
    for _ in range(count):
        name = f"{chance.choice(_WORDS)}_{chance.randrange(10**6)}.jpg"
        report = Report(
            created=f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}T10:00:00+00:00",
            application="benchmark",
            media=Media(name, chance.randrange(10**7), f"{chance.getrandbits(256):064x}", Kind.IMAGE),
            answer=chance.choice(list(Answer)),
            headline=Message("headline", {"untrusted_signer": "Agence Ü"}),
            findings=(Finding(Witness.CREDENTIALS, Status.DONE, "code", {"untrusted_issuer": "Agence Ü"}),),
        )
        history.add(report, Path("/home/someone/Pictures", chance.choice(_WORDS), chance.choice(_WORDS), name), picture)
