"""Going from screen to screen, by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from touchstone.ui.navigation import Place


@pytest.mark.parametrize("way", [tuple(Place), tuple(reversed(Place))])
def test_each_name_opens_its_own_screen(window, qtbot, way):
    seen = {}
    for place in way:
        qtbot.mouseClick(window.navigation.buttons[place], Qt.MouseButton.LeftButton)
        assert [button.isChecked() for button in window.navigation.buttons] == [one is place for one in Place]
        seen[place] = window._pages.currentWidget()
    assert len(set(map(id, seen.values()))) == len(Place)
    for place in Place:
        qtbot.keyClick(window, f"{place + 1}", Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda place=place: window._pages.currentWidget() is seen[place])
