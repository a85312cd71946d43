"""Background work: a function in, its value or its exception out, on the main thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from touchstone.ui.work import Background


def test_value_arrives_on_the_main_thread(qtbot: QtBot) -> None:
    background, seen = Background(), []
    main = QThread.currentThread()
    background.run(threading.get_ident, lambda ident: seen.append((ident, QThread.currentThread() is main)))
    qtbot.waitUntil(lambda: bool(seen))
    background.close()
    (ident, on_main) = seen[0]
    assert on_main
    assert ident != threading.get_ident()


def test_exception_arrives_where_it_was_asked_for(qtbot: QtBot) -> None:
    background, seen = Background(), []
    background.run(lambda: 1 // 0, seen.append, lambda error: seen.append(type(error)))
    qtbot.waitUntil(lambda: bool(seen))
    background.close()
    assert seen == [ZeroDivisionError]


def test_exception_nobody_asked_for_is_told(qtbot: QtBot, caplog) -> None:
    background, seen = Background(), []
    background.trouble.connect(seen.append)
    background.run(lambda: 1 // 0)
    qtbot.waitUntil(lambda: bool(seen))
    background.close()
    assert isinstance(seen[0], ZeroDivisionError)
    assert "background work failed" in caplog.text


def test_nothing_is_delivered_after_closing(qtbot: QtBot) -> None:
    background, seen, begun, go_on = Background(), [], threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        go_on.wait(10)
        return 1

    background.run(work, seen.append)
    assert begun.wait(10)
    go_on.set()
    background.close()
    background.run(lambda: 2, seen.append)
    background.later(lambda: seen.append(3))
    qtbot.wait(50)
    assert seen == []
