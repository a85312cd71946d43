"""The choices of publishing are those that signing and registering know."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from touchstone.check.signing import Source
from touchstone.registry.deals import Mode
from touchstone.ui.publish_options import OWN, SAMPLE, OptionsPanel


def test_every_way_and_every_source_is_offered(qtbot: QtBot) -> None:
    panel = OptionsPanel(practice=True)
    qtbot.addWidget(panel)
    assert set(panel.ways) == {str(mode) for mode in Mode}
    offered = {panel.source.itemData(row) for row in range(panel.source.count())}
    assert offered == {str(source) for source in Source}


def test_the_sample_authority_is_for_practice_alone(qtbot: QtBot) -> None:
    panel = OptionsPanel(practice=True)
    qtbot.addWidget(panel)
    panel.sign.setChecked(True)
    assert panel.value().sign_with == SAMPLE
    panel.use_network(practice=False)
    assert panel.value().sign_with == OWN
    assert [panel.signer.itemData(row) for row in range(panel.signer.count())] == [OWN]


def test_what_does_not_apply_is_not_passed_on(qtbot: QtBot) -> None:
    panel = OptionsPanel(practice=True)
    qtbot.addWidget(panel)
    panel.stamp.setText("https://time.example")
    panel.uri.setText("https://list.example")
    panel.password.setText("secret")
    value = panel.value()
    assert (value.sign_with, value.time_stamp_url, value.uri, value.password) == ("", "", "", "")
    assert "secret" not in repr(value)
